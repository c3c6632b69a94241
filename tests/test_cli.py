"""The kzm command from the outside: what it writes, what it says, and its exit code."""

import json
import shutil
import subprocess
import sys

import pytest

from kzm_surveys import cli
from tests.findings.spoiled import BAD, SAV, cells, no_data_file, set_cells

OUT = ["--out", "build/out"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Work in a copy of the project's own folders."""
    folder = tmp_path / "project"
    for name in ("surveys", "analyses", "figures"):
        shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def kzm(monkeypatch, capsys):
    """Run the command as the shell would: exit code, standard output, standard error."""

    def run(*words):
        monkeypatch.setenv("COLUMNS", "300")
        monkeypatch.setattr(sys, "argv", ["kzm", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return code, shown.out, shown.err

    return run


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
    assert len(written) == 17
    assert "17 files" in out
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
        (["report"], "--year"),
        (["report", "--year", "letos"], "--year"),
        (["report", "--year", "2022", "--lang", "xx"], "--lang"),
        (["report", "--year", "2022", "--data", "noise"], "SURVEY=FILE"),
        (["report", "--year", "2022", "--no-such-option"], "--no-such-option"),
        (["no-such-command"], "no-such-command"),
        (["check"], "WAVE"),
        (["synthesize", "surveys/noise/2021"], "--seed"),
        (["synthesize", "surveys/noise/2021", "--seed", "x"], "--seed"),
        (["check", "surveys/noise/2021", "surveys/breastfeeding/2022"], "breastfeeding"),
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
    assert "cannot write" in err


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


def test_same_seed_same_file(project, kzm):
    for name in ("a.sav", "b.sav"):
        assert kzm("synthesize", "surveys/noise/2021", "--seed", 5, "--n", 60, "--out", name)[0] == 0
    assert (project / "a.sav").read_bytes() == (project / "b.sav").read_bytes()


@pytest.mark.parametrize("command", [[], ["report"], ["check"], ["synthesize"]])
def test_help(kzm, command):
    code, out, err = kzm(*command, "--help")
    assert code == 0
    assert err == ""
    assert out.startswith("Usage: ")
    assert "--help" in out
    assert len(out.splitlines()) > 5


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


def run(folder, *words):
    command = [sys.executable, "-m", "kzm_surveys.cli", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


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
    assert run(project, "report").returncode == 2
