"""The kzm command from the outside: what it writes, what it says, and its exit code."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.findings.spoiled import BAD, SAV, cells, empty_sav, no_data_file, set_cells, truncated_sav

OUT = ["--out", "build/out"]


def split_row(line):
    """Cells of a line of a table in the terminal, with the edges."""
    return re.split("[│┃]", line)


def messages(err):
    """Lines of standard error that are not progress."""
    return [line for line in err.splitlines() if line and not line.startswith("…")]


def test_report_writes_its_files_over_old_ones(project, kzm):
    (project / "build/out").mkdir(parents=True)
    (project / "build/out/ledger.json").write_text("old")
    code, out, err = kzm("report", "--year", 2022, *OUT)
    assert code == 0
    assert messages(err) == []
    written = {str(path.relative_to(project / "build/out")) for path in (project / "build/out").rglob("*.*")}
    assert {"report/findings_2022_sl.docx", "report/findings_2022_sl.md", "ledger.json"} <= written
    assert len(written) == 18
    assert "18 files" in out
    assert json.loads((project / "build/out/ledger.json").read_text(encoding="utf-8"))["numbers"]
    assert "SYNTHETIC" in out
    for name in written:
        assert name.rpartition("/")[2] in out


@pytest.mark.parametrize(("spoil", "options", "words"), BAD, ids=[f"{b[0].__name__}{''.join(b[1])}" for b in BAD])
def test_bad_input_is_one_message_and_nothing_is_written(project, kzm, spoil, options, words):
    spoil(project)
    before = sorted(project.rglob("*"))
    code, out, err = kzm("report", "--year", 2022, *options, *OUT)
    assert code == 1
    assert out == ""
    for word in words:
        assert word in err
    assert len([line for line in messages(err) if not line.startswith("- ")]) == 1, err
    assert not (project / "build").exists()
    assert [path for path in sorted(project.rglob("*")) if "__pycache__" not in str(path)] == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Usage"),
        (["report", "--year", "letos"], "--year"),
        (["report", "--year", "2022", "--lang", "xx"], "--lang"),
        (["report", "--year", "2022", "--data", "noise"], "SURVEY=FILE"),
        (["report", "--year", "2022", "--no-such-option"], "--no-such-option"),
        (["no-such-command"], "no-such-command"),
        (["check"], "WAVE"),
        (["synthesize", "surveys/noise/2021"], "--seed"),
        (["synthesize", "surveys/noise/2021", "--seed", "x"], "--seed"),
        (["check", "surveys/noise/2021", "surveys/breastfeeding/2022"], "breastfeeding"),
        (["rates"], "WAVE"),
        (["rates", "surveys/noise/2021", "--e", "half"], "--e"),
        (["new"], "WAVE"),
        (["new", "surveys/noise/2023"], "--from"),
        (["new", "surveys/noise/2023", "--from", "2021", "--data", "a.sav"], "--data"),
        (["new", "surveys/noise/2023", "--from", "2021", "--sheet", "A"], "--sheet"),
        (["codebook", "surveys/noise/2021", "--lang", "it"], "--lang"),
        (["codebook", "surveys/noise/2021", "--out", "build/cb.html"], "name a folder"),
        (["codebook", "surveys/noise/2021", "--out", "build/cb.DOCX"], "name a folder"),
        (["export", "surveys/noise/2021"], "--to"),
        (["export", "surveys/noise/2021", "--to", "xlsx"], "--to"),
        (["compare", "surveys/noise/2021"], "NEW"),
    ],
)
def test_wrong_calls_have_exit_code_2(project, kzm, words, said):
    code, out, err = kzm(*words)
    assert code == 2
    assert said in out + err
    assert not (project / "build").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "--year", 1999], "years there: 2022"),
        (["report", "--year", 2022, "--data", "nois=x.sav"], "did you mean 'noise'"),
        (["report", "--year", 2022, "--data", "noise=none.sav"], "there is no data file none.sav"),
        (["check", "surveys/noise/2020"], "Waves here: "),
        (["synthesize", "surveys/noise/2021", "--seed", 1, "--n", 3], "10 or more"),
        (["rates", "surveys/noise/2021", "--e", 1.5], "between 0 and 1"),
        (["rates", "surveys/noise/2021", "--data", "none.sav"], "there is no data file none.sav"),
        (["new", "surveys/noise/2023", "--from", "2020"], "2021"),
        (["new", "surveys/noise/2021", "--from", "2021"], "surveys/noise/2021"),
        (["new", "surveys/traffic/2024", "--data", "none.sav"], "none.sav"),
        (["codebook", "surveys/noise/2020"], "Waves here: "),
        (["export", "surveys/noise/2021", "--to", "sav", "--out", "build/noise.csv"], ".sav"),
        (["export", "surveys/noise/2021", "--to", "sav", "--out", SAV], "never replaced"),
        (["compare", "surveys/noise/2021", "surveys/noise/2020"], "Waves here: "),
        (["check", "surveys/noise/2020", "--json", "build/problems.json"], "Waves here: "),
    ],
)
def test_what_is_not_there_has_exit_code_1(project, kzm, words, said):
    code, _, err = kzm(*words)
    assert code == 1
    assert said in err
    assert not (project / "build").exists()


def test_two_files_for_one_survey_are_refused(project, kzm):
    code, _, _ = kzm("report", "--year", 2022, "--data", "noise=none.sav", "--data", f"noise={SAV}", *OUT)
    assert code != 0


def test_an_output_that_cannot_be_written_is_named(project, kzm):
    (project / "build").write_text("a file, not a folder")
    code, _, err = kzm("report", "--year", 2022)
    assert code == 1
    assert "cannot be written" in err


@pytest.mark.parametrize("wave", ["surveys/noise/2021", "surveys/breastfeeding/2022"])
def test_check_of_a_clean_wave(project, kzm, wave):
    code, out, err = kzm("check", wave)
    assert code == 0
    assert "No problems" in out
    assert err == ""


def test_check_lists_every_problem(project, kzm):
    cells(project, set_cells(Q6="7", Q7="8", Q2="77", Q12a="9"))
    code, out, _ = kzm("check", "surveys/breastfeeding/2022", "--accept")
    assert code == 1
    for variable, found in (("ever_breastfed", "7"), ("first_hour", "8"), ("support_hospital", "9")):
        assert any(variable in line and f"code {found}" in line for line in out.splitlines()), variable
    assert "parity" in out
    assert "rrors: 4" in out or "4 errors" in out


def test_check_names_no_answer_text(project, kzm):
    cells(project, set_cells(Q16="Ana Novak, 040 123 456", Q6="7"))
    _, out, err = kzm("check", "surveys/breastfeeding/2022", "--accept")
    assert "Novak" not in out + err


@pytest.mark.parametrize(("survey", "wave", "file"), [("noise", "2021", "a.sav"), ("breastfeeding", "2022", "a.csv")])
def test_dry_run_with_another_number_of_respondents(project, kzm, survey, wave, file):
    folder = f"surveys/{survey}/{wave}"
    before = {path: path.read_bytes() for path in (project / folder).iterdir() if path.is_file()}
    code, out, _ = kzm("synthesize", folder, "--seed", 5, "--n", 333, "--out", f"dry/{file}")
    assert code == 0
    assert "333 respondents" in out
    assert "sha256" in out
    assert {path: path.read_bytes() for path in before} == before

    code, out, err = kzm("check", folder, "--data", f"dry/{file}")
    assert code == 0, out
    assert err == ""
    assert "SYNTHETIC" in out

    code, out, err = kzm("report", "--year", 2022, "--data", f"{survey}=dry/{file}", *OUT)
    assert code == 0, err
    ledger = json.loads((project / "build/out/ledger.json").read_text(encoding="utf-8"))
    assert ledger["about"]["data"][f"{survey} {wave}"]["n"] == 333
    assert ledger["about"]["data"][f"{survey} {wave}"]["file"] == file
    words = (project / "build/out/report/findings_2022_sl.md").read_text(encoding="utf-8")
    assert "333" in words


def test_one_respondent_is_no_plural(project, kzm):
    (project / "one.csv").write_text("id;sex\n1;1\n")
    _, out, _ = kzm("check", "surveys/noise/2021", "--data", "one.csv")
    assert "1 unit, 1 respondent" in out.splitlines()[0]
    assert "respondents" not in out.splitlines()[0]


def test_same_seed_same_file(project, kzm):
    for name in ("a.sav", "b.sav"):
        assert kzm("synthesize", "surveys/noise/2021", "--seed", 5, "--n", 60, "--out", name)[0] == 0
    assert (project / "a.sav").read_bytes() == (project / "b.sav").read_bytes()


COMMANDS = [
    "report", "refresh", "figures", "check", "rates", "weight", "tables", "population", "new", "codebook", "export",
    "compare", "synthesize",
]  # fmt: skip


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help(kzm, command):
    code, out, err = kzm(*command, "--help")
    assert code == 0
    assert err == ""
    assert out.startswith("Usage: ")
    assert "--help" in out
    assert len(out.splitlines()) > 5
    assert f"  kzm {' '.join(command)}" in out


def test_help_shows_the_commands_and_the_three_commonest_cases(kzm):
    _, out, _ = kzm("--help")
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert re.findall("^ +kzm ([a-z]+) ", out.partition("commonest cases")[2], re.MULTILINE) == [
        "check",
        "report",
        "new",
    ]


def problems_in(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    assert list(content) == ["wave", "file", "kind", "sha256", "units", "respondents", "dropped", "problems"]
    return content, content["problems"]


def test_check_writes_an_empty_list_for_a_clean_wave(project, kzm):
    code, _, _ = kzm("check", "surveys/noise/2021", "--json", "build/problems.json")
    content, listed = problems_in(project / "build/problems.json")
    assert (code, listed) == (0, [])
    assert (content["wave"], content["file"], content["kind"]) == ("noise 2021", "responses.sav", "spss_sav")
    assert (content["units"], content["respondents"], content["dropped"]) == (508, 508, {})
    assert content["sha256"] == hashlib.sha256((project / SAV).read_bytes()).hexdigest()


def test_check_writes_every_problem_with_all_ids(project, kzm):
    cells(project, set_cells(Q6="7"), rows=slice(2, 22))
    code, _, _ = kzm("check", "surveys/breastfeeding/2022", "--accept", "--json", "build/problems.json")
    assert code == 1
    (found,) = (entry for entry in problems_in(project / "build/problems.json")[1] if "code 7" in entry["found"])
    assert (found["severity"], found["variable"]) == ("error", "ever_breastfed")
    assert len(found["rows"]) == 20
    assert found["where"].endswith("and 12 more")


def test_warnings_alone_have_exit_code_0(project, kzm):
    path = project / "surveys/noise/2021/wave.toml"
    path.write_text(re.sub('sha256 = ".*"', 'sha256 = ""', path.read_text(encoding="utf-8")), encoding="utf-8")
    code, out, _ = kzm("check", "surveys/noise/2021", "--json", "build/problems.json")
    assert code == 0
    assert "Errors: 0, warnings: 1." in out
    assert [entry["severity"] for entry in problems_in(project / "build/problems.json")[1]] == ["warning"]


@pytest.mark.parametrize(
    ("spoil", "options", "file"),
    [(no_data_file, [], "responses.sav"), (truncated_sav, [], "responses.sav"),
     (truncated_sav, ["--data", SAV], "responses.sav"), (empty_sav, ["--accept"], "responses.sav"),
     (empty_sav, ["--data", "none.csv"], "none.csv")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_problem_in_the_list(project, kzm, spoil, options, file):
    spoil(project)
    code, out, err = kzm("check", "surveys/noise/2021", *options, "--json", "build/problems.json")
    content, (problem,) = problems_in(project / "build/problems.json")
    assert (code, out) == (1, "")
    assert (problem["severity"], problem["variable"], problem["rows"]) == ("error", "file", [])
    assert [problem["found"]] == messages(err)
    assert (content["wave"], content["file"]) == ("noise 2021", file)
    assert content["sha256"] is content["units"] is content["respondents"] is None


def test_a_list_that_cannot_be_written_is_named(project, kzm):
    (project / "build").write_text("a file, not a folder")
    code, _, err = kzm("check", "surveys/noise/2021", "--json", "build/problems.json")
    assert code == 1
    assert "cannot write build/problems.json" in err


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_nothing_is_cut_in_a_narrow_window(project, columns):
    path = project / "surveys/noise/2021/wave.toml"
    path.write_text(re.sub('sha256 = ".*"', 'sha256 = ""', path.read_text(encoding="utf-8")), encoding="utf-8")
    done = run(project, "check", "surveys/noise/2021", columns=columns)
    assert "…" not in done.stdout
    sha256 = hashlib.sha256((project / SAV).read_bytes()).hexdigest()
    assert f'sha256 = "{sha256}"' in done.stdout.splitlines()
    first = "noise 2021: responses.sav (spss_sav), 508 units, 508 respondents, SYNTHETIC"
    assert first in done.stdout.splitlines()
    done = run(project, "rates", "surveys/noise/2021", columns=columns)
    assert "…" not in done.stdout
    assert "The counts are invented." in done.stdout.splitlines()
    assert any(line.startswith("I 508, P 21") and line.endswith("(D / (D + NE))") for line in done.stdout.splitlines())


def test_the_hash_to_copy_is_printed_for_another_file_and_for_a_changed_one(project, kzm):
    kzm("synthesize", "surveys/noise/2021", "--seed", 5, "--n", 60, "--out", "dry.sav")
    _, out, _ = kzm("check", "surveys/noise/2021", "--data", "dry.sav")
    line = f'sha256 = "{hashlib.sha256((project / "dry.sav").read_bytes()).hexdigest()}"'
    assert line in out.splitlines()
    assert "write in [data] of wave.toml:" in out.splitlines()[out.splitlines().index(line) - 1]
    _, out, _ = kzm("check", "surveys/noise/2021")
    assert "sha256" not in out


def test_rates_of_a_wave_with_dispositions(project, kzm):
    code, out, err = kzm("rates", "surveys/noise/2021", "--e", 0.5)
    assert (code, err) == (0, "")
    # D = 508 + 21 + 1460 + 2210 + 85 = 4284, U = 640: RR1 = 508 / 4924 = 10.3 %, RR4 = 529 / 4604 = 11.5 %.
    rows = {cell[1].strip(): [part.strip() for part in cell[2:5]] for cell in map(split_row, out.splitlines())
            if len(cell) == 7}  # fmt: skip
    assert rows["RR1"] == ["10.3", "508", "4924"]
    assert rows["RR4"] == ["11.5", "529", "4604"]
    assert len([name for name in rows if name != "Rate"]) == 16
    assert "e = 0.5000 (given)" in out
    assert "The counts are invented." in out


def test_rates_of_a_1ka_export_come_from_its_statuses(project, kzm):
    code, out, _ = kzm("rates", "surveys/breastfeeding/2022")
    assert code == 0
    assert "RR1" in out
    assert "Opt-in" in out


def test_rates_of_a_wave_with_lengths_of_interviews_but_no_counts(project, kzm):
    path = project / "surveys/noise/2021/wave.toml"
    toml = path.read_text(encoding="utf-8").partition("# INVENTED counts")[0]
    path.write_text(toml.replace('id = "id"', 'id = "id"\nminutes = "years_at_address"'), encoding="utf-8")
    code, out, err = kzm("rates", "surveys/noise/2021")
    assert (code, out) == (1, "")
    assert "wave.toml has no [dispositions], and responses.sav no 1KA statuses" in err


def test_new_makes_the_next_wave_and_lists_what_to_fill_in(project, kzm):
    code, out, err = kzm("new", "surveys/noise/2023", "--from", "2021")
    assert (code, err) == (0, "")
    made = {path.name for path in (project / "surveys/noise/2023").iterdir()}
    assert made == {"wave.toml", "population.csv"}
    assert all(f"surveys/noise/2023/{name}" in out for name in made)
    assert "fieldwork.first" in out
    code, _, err = kzm("check", "surveys/noise/2023")
    assert code == 1
    assert "not yet filled in" in err


def test_new_drafts_a_survey_from_a_file_and_the_draft_is_read(project, kzm):
    shutil.copy(project / SAV, project / "answers.sav")
    code, out, err = kzm("new", "surveys/traffic/2024", "--data", "answers.sav")
    assert (code, err) == (0, "")
    assert "surveys/traffic/codebook.toml" in out
    assert (project / "surveys/traffic/2024/wave.toml").is_file()
    assert 'survey = "traffic"' in (project / "surveys/traffic/codebook.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("lang", "words"), [("sl", "motečnost hrupa po virih"), ("en", "noise annoyance by source")])
def test_codebook_writes_word_and_html(project, kzm, lang, words):
    code, out, err = kzm("codebook", "surveys/noise/2021", "--lang", lang, "--out", "build/book")
    assert (code, err) == (0, "")
    written = sorted((project / "build/book").iterdir())
    assert {path.suffix for path in written} == {".docx", ".html"}
    assert all(str(path.relative_to(project)) in out.splitlines() for path in written)
    page = next(path for path in written if path.suffix == ".html").read_text(encoding="utf-8")
    assert words in page


@pytest.mark.parametrize(
    ("to", "names"),
    [
        ("sav", ["noise_2021.sav"]),
        ("csv", ["noise_2021.csv", "noise_2021_codebook.csv"]),
        ("ddi", ["noise_2021.xml"]),
    ],
)
def test_export_writes_the_files_that_it_names(project, kzm, to, names):
    code, out, err = kzm("export", "surveys/noise/2021", "--to", to)
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"build/export/{name}" for name in names]
    assert sorted(path.name for path in (project / "build/export").iterdir()) == names


@pytest.mark.parametrize(("to", "file"), [("sav", "again.sav"), ("csv", "again.csv")])
def test_what_was_exported_checks_as_clean(project, kzm, to, file):
    assert kzm("export", "surveys/noise/2021", "--to", to, "--out", f"build/{file}")[0] == 0
    code, out, _ = kzm("check", "surveys/noise/2021", "--data", f"build/{file}")
    assert code == 0, out
    assert "508 respondents" in out


def test_compare_says_which_questions_changed(project, kzm):
    shutil.copytree(project / "surveys/noise/2021", project / "surveys/noise/2023")
    shutil.copy(project / "surveys/noise/codebook.toml", project / "surveys/noise/2023/codebook.toml")
    path = project / "surveys/noise/2023/codebook.toml"
    changed = path.read_text(encoding="utf-8").replace("maximum = 10\n", "maximum = 7\n")
    path.write_text(changed, encoding="utf-8")
    wave = project / "surveys/noise/2023/wave.toml"
    wave.write_text(wave.read_text(encoding="utf-8").replace('wave = "2021"', 'wave = "2023"'), encoding="utf-8")
    code, out, err = kzm("compare", "surveys/noise/2021", "surveys/noise/2023")
    assert (code, err) == (0, "")
    (line,) = (line for line in out.splitlines() if "annoyance_overall" in line)
    assert "7" in line
    assert out.splitlines()[-1].startswith("comparable: 58, ")


def test_a_date_that_is_no_date_is_one_message(project, kzm):
    path = project / "surveys/noise/2021/population.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2021-01-01", "1.1.2021"), encoding="utf-8")
    assert kzm("report", "--year", 2022)[0] == 1


def test_an_unknown_status_names_the_file(project, kzm):
    path = project / "surveys/noise/2021/population.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",official,", ",uradno,"), encoding="utf-8")
    code, _, err = kzm("report", "--year", 2022)
    assert code == 1
    assert "population.csv" in err


@pytest.mark.parametrize("options", [["--out", "surveys"], ["--out", "README/x.sav"], ["--seed", "-1"]])
def test_synthesize_that_cannot_write_is_one_message(project, kzm, options):
    (project / "README").write_text("a file")
    code, _, err = kzm("synthesize", "surveys/noise/2021", "--seed", 1, "--n", 40, *options)
    assert code in (1, 2)
    assert err


def run(folder, *words, columns="80"):
    command = [sys.executable, "-m", "kzm_surveys.cli", *words]
    environment = os.environ | {"COLUMNS": columns}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_as_a_process(project):
    done = run(project, "check", "surveys/noise/2021")
    assert (done.returncode, done.stderr) == (0, "")
    no_data_file(project)
    done = run(project, "report", "--year", "2022")
    assert done.returncode == 1
    assert "there is no data file" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (project / "build").exists()
    assert run(project, "report", "--year", "letos").returncode == 2
