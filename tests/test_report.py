import copy
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import KzmError
from kzm_surveys.drafting.new_wave import new_wave
from kzm_surveys.errors import Problem
from kzm_surveys.findings.report import build_report, write_files
from kzm_surveys.findings.report_warnings import report_warnings
from kzm_surveys.findings.section import FigureRef, Paragraph, ReportFigure, Section
from kzm_surveys.findings.text import Text, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.findings.year import waves_of_year


@pytest.fixture(scope="module")
def built():
    return build_report(Path(), 2022)


@pytest.fixture
def project(tmp_path):
    """A copy of the project's own folders, to be altered."""
    for name in ("surveys", "analyses", "figures"):
        shutil.copytree(name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_files_of_the_report(built):
    pictures = {name for name in built.files if name.startswith("figures/")}
    expected = {f"report/findings_2022_sl.{kind}" for kind in ("docx", "html", "md")} | {"ledger.json"}
    expected |= {"tables/breastfeeding_2022_sl.xlsx", "tables/noise_2021_sl.xlsx"}
    assert set(built.files) - pictures == expected
    stems = {name.rpartition(".")[0] for name in pictures}
    assert pictures == {f"{stem}.{kind}" for stem in stems for kind in ("png", "svg")}
    assert {"figures/noise_annoyance_by_source", "figures/breastfeeding_support"} <= stems
    assert all(isinstance(content, bytes) and content for content in built.files.values())


def test_the_same_answers_give_the_same_bytes(built):
    again = build_report(Path(), 2022)
    assert [name for name in built.files if built.files[name] != again.files[name]] == []
    assert list(again.files) == list(built.files)


def test_the_folder_of_the_project_leaves_no_trace(built, project):
    steps = []
    elsewhere = build_report(project, 2022, step=steps.append)
    assert any("noise" in step for step in steps)
    assert [name for name in built.files if built.files[name] != elsewhere.files[name]] == []


def test_ledger(built):
    content = json.loads(built.files["ledger.json"])
    rows = content["numbers"]
    assert len(rows) == built.numbers > 100
    hashes = {about["sha256"] for about in content["about"]["data"].values()}
    for row in rows:
        assert row["id"]
        assert row["value"]
        assert isinstance(row["estimate"], float)
        assert {"base", "n", "weight", "where", "by", "by_category"} <= set(row)
        assert (row["data_sha256"] in hashes) is (row["source"] is None)
        assert row["synthetic"] is (row["source"] is None)
        assert row["places"]
        if row["statistic"].startswith(("proportion", "mean")):
            assert row["base"] in ("answered", "asked")
            assert row["n"] > 0
            assert row["question"]


def test_workbook_holds_the_unrounded_numbers_of_its_tables(built):
    rows = {(r["variable"], r["category"]): r for r in json.loads(built.files["ledger.json"])["numbers"]
            if r["statistic"] == "proportion" and r["weight"] != "none" and not r["by"]}  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(built.files["tables/noise_2021_sl.xlsx"]))
    page = book.worksheets[1]
    table = [[cell.value for cell in row] for row in page.iter_rows()]
    head = next(row for row in table if row[0] == "Vir hrupa")
    road = next(row for row in table if row[0] == "cestni promet")
    estimate = rows["annoyance_road", "very+extremely"]
    by_name = dict(zip(head, road, strict=True))
    assert by_name["Zelo ali izjemno"] == pytest.approx(estimate["estimate"], abs=1e-12)
    assert [by_name[f"Interval zaupanja – {end} meja"] for end in ("spodnja", "zgornja")] == pytest.approx(
        [estimate["ci_low"], estimate["ci_high"]], abs=1e-12
    )
    assert by_name["n"] == estimate["n"]


def test_every_sheet_says_that_the_answers_are_synthetic(built):
    for name in ("tables/breastfeeding_2022_sl.xlsx", "tables/noise_2021_sl.xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(built.files[name]))
        assert len(book.worksheets) >= 2
        for page in book:
            assert any("SINTETIČNI PODATKI" in str(cell.value) for row in page.iter_rows() for cell in row)


def test_unknown_year_names_the_years_that_exist(project):
    with pytest.raises(KzmError, match=r"no wave reported in 2021 \(years there: 2022\)"):
        build_report(project, 2021)
    change(project / "surveys/noise/2021/wave.toml", "year = 2022", "year = 2023")
    with pytest.raises(KzmError, match=r"years there: 2022, 2023"):
        build_report(project, 2021)


def test_a_folder_without_surveys_is_refused(tmp_path):
    with pytest.raises(KzmError, match="no wave reported in 2022"):
        build_report(tmp_path, 2022)


def test_waves_come_in_the_order_of_the_report(project):
    assert [folder.parent.name for folder in waves_of_year(project, 2022)] == ["breastfeeding", "noise"]
    change(project / "surveys/noise/2021/wave.toml", "order = 20", "order = 1")
    assert [folder.parent.name for folder in waves_of_year(project, 2022)] == ["noise", "breastfeeding"]


def test_a_wave_in_preparation_stops_its_own_year_only(project):
    new_wave(project / "surveys/noise/2023", "2021")
    toml = project / "surveys/noise/2023/wave.toml"
    assert len(waves_of_year(project, 2022)) == 2
    text = toml.read_text(encoding="utf-8")
    filled = "\n".join("year = 2024" if line.startswith('year = "FILL IN') else line for line in text.split("\n"))
    toml.write_text(filled, encoding="utf-8")
    assert len(waves_of_year(project, 2022)) == 2
    with pytest.raises(KzmError, match="not yet filled in: synthetic"):
        waves_of_year(project, 2024)


def test_a_year_with_one_wave(project):
    change(project / "surveys/noise/2021/wave.toml", "year = 2022", "year = 2023")
    built = build_report(project, 2022)
    assert [design.survey.wave.survey for design in built.designs] == ["breastfeeding"]
    assert not any("noise" in name for name in built.files)


def test_without_a_year_the_latest_one_is_built(built, project):
    assert list(build_report(project).files) == list(built.files)
    change(project / "surveys/noise/2021/wave.toml", "year = 2022", "year = 2023")
    latest = build_report(project)
    assert "report/findings_2023_sl.docx" in latest.files
    assert [design.survey.wave.survey for design in latest.designs] == ["noise"]


def test_only_the_surveys_that_are_named_are_built(project):
    one = build_report(project, 2022, surveys=["noise"])
    assert [design.survey.wave.survey for design in one.designs] == ["noise"]
    assert not any("breastfeeding" in name for name in one.files)
    assert json.loads(one.files["ledger.json"])["about"]["surveys"] == ["noise 2021"]
    with pytest.raises(KzmError, match=r"--survey: unknown survey 'promet'.* Allowed: breastfeeding, noise"):
        build_report(project, 2022, surveys=["noise", "promet"])


def test_a_data_file_for_a_survey_that_is_left_out_is_refused(project):
    with pytest.raises(KzmError, match="--data: unknown survey 'breastfeeding'"):
        build_report(project, 2022, surveys=["noise"], data={"breastfeeding": Path("x.csv")})


def test_two_languages_lie_in_one_folder(built):
    english = build_report(Path(), 2022, lang="en")
    assert {"report/findings_2022_en.docx", "report/findings_2022_en.html", "ledger_en.json"} <= set(english.files)
    assert not set(english.files) & set(built.files)
    words = english.files["report/findings_2022_en.md"].decode()
    for target in re.findall(r"!\[[^\]]*\]\(\.\./([^)]+)\)", words):
        assert target in english.files
    rows = json.loads(english.files["ledger_en.json"])["numbers"]
    asked = {row["question"] for row in rows if row["variable"] == "annoyance_road" and row["source"] is None}
    (noise,) = (design.survey for design in english.designs if design.survey.wave.survey == "noise")
    assert asked == {noise.codebook["annoyance_road"].question["en"]}


def test_a_language_without_texts_is_one_error(project):
    with pytest.raises(KzmError, match="there are no texts in 'xx'"):
        build_report(project, 2022, lang="xx")


def test_a_language_without_the_words_of_an_analysis_is_one_error(project):
    (project / "analyses/noise.en.toml").unlink()
    with pytest.raises(KzmError, match=r"there is no .*noise\.en\.toml"):
        build_report(project, 2022, lang="en")


def test_the_template_gives_the_look_of_the_word_file(built, project):
    template = project / "letterhead.docx"
    letter = docx.Document()
    letter.sections[0].header.paragraphs[0].text = "Mestna občina Koper – glava"
    letter.save(template)
    with_it = build_report(project, 2022, template=template).files
    name = "report/findings_2022_sl.docx"
    assert with_it[name] != built.files[name]
    headers = [p.text for part in docx.Document(io.BytesIO(with_it[name])).sections for p in part.header.paragraphs]
    assert any("glava" in text for text in headers)
    assert [other for other in built.files if other != name and with_it[other] != built.files[other]] == []


def test_a_template_that_is_none_is_one_error(project):
    (project / "letter.docx").write_text("to ni Word")
    for path in (project / "letter.docx", project / "none.docx"):
        with pytest.raises(KzmError, match=path.name):
            build_report(project, 2022, template=path)


def test_every_step_is_told(project):
    steps = []
    build_report(project, 2022, step=steps.append)
    for words in ("surveys/noise/2021", "analyses/noise.py", "figures/noise.py", "Word", "ledger"):
        assert sum(words in step for step in steps) == 1, words


def test_the_annex_names_every_ledger_row_that_is_printed_outside_drawings(built):
    words = built.files["report/findings_2022_sl.md"].decode()
    annex = words[words.index("## Priloga: izvor števil") :]
    rows = json.loads(built.files["ledger.json"])["numbers"]
    printed = [row for row in rows if not all(place.endswith(": drawing") for place in row["places"])]
    listed = set(re.findall(r"^\| .* `([^`]+)` \|", annex, re.MULTILINE))
    parts = (".n", ".ci_low", ".ci_high", ".df1", ".df2")
    lacking = {row["id"] for row in printed if not row["statistic"].endswith(parts)} - listed
    # Numbers in labels that only the annex itself quotes have no row of their own.
    assert {each for each in lacking if "quoted" not in each and "~" not in each} == set()
    assert len(listed) > 150


def test_warnings_say_what_the_author_must_read(built):
    text = "\n".join(built.warnings)
    assert all("\n" not in line for line in built.warnings)
    for words in (
        "noise 2021: SYNTHETIC answers (responses.sav)", "breastfeeding 2022: SYNTHETIC answers",
        "breastfeeding 2022: people chose to take part (opt-in)",
        "noise 2021: the weights cost much: design effect 2.41",
        "noise 2021: the weights rest on population shares of 'place_type' that are an estimate, not official",
    ):  # fmt: skip
        assert words in text, words


def warned(design, *blocks, figures=None, warnings=()):
    return report_warnings([Section(design, blocks, warnings=warnings)], figures or {})


@pytest.fixture(scope="module")
def noise():
    return kzm.weight(kzm.load("surveys/noise/2021"))


def test_withheld_findings_and_figures_are_warned_of(noise):
    figure = ReportFigure("f", None, say("c"), say("d"), say("e"), say("g"))
    lines = warned(noise, FigureRef("f"), figures={"f": figure}, warnings=["noise 2021: 'x' is not shown: too few"])
    assert "noise 2021: 'x' is not shown: too few" in lines
    assert "noise 2021: figure 'f' is not shown: too few answers stand behind it." in lines
    shown = replace(figure, plotted=pd.DataFrame({"estimate": [0.1]}))
    assert not any("figure" in line for line in warned(noise, FigureRef("f"), figures={"f": shown}))


def test_numbers_that_a_statistician_must_see_are_named(noise):
    row = kzm.proportion(noise, "annoyance_road").row("very")
    voice = Voice(noise)
    sound, odd = voice.percent(row), voice.percent(row._replace(category="extremely", flag="review"))
    lines = warned(noise, Paragraph(Text((sound, odd, voice.base(row._replace(flag="review"))))))
    (line,) = (line for line in lines if "statistician" in line)
    assert line.endswith(": 1. They bear the flag 'review' in the ledger.")


def test_official_margins_and_small_design_effects_are_no_warning(noise):
    lines = warned(kzm.SurveyDesign.from_survey(noise.survey))
    assert not any("weights" in line for line in lines)


def test_problems_of_the_file_are_warnings(noise):
    survey = copy.copy(noise.survey)
    problem = Problem("warning", "sex", "odd", "1 row", "look")
    object.__setattr__(survey, "problems", [problem])
    lines = warned(kzm.SurveyDesign.from_survey(survey))
    assert f"noise 2021: {problem}" in lines


def test_unknown_survey_in_data_is_refused_with_a_near_name(project):
    with pytest.raises(KzmError, match=r"--data: unknown survey 'nois'; did you mean 'noise'"):
        build_report(project, 2022, data={"nois": Path("x.sav")})


@pytest.mark.parametrize("folder", ["analyses", "figures"])
def test_a_missing_script_is_named(project, folder):
    (project / folder / "noise.py").unlink()
    with pytest.raises(KzmError, match=rf"there is no .*{folder}.noise\.py"):
        build_report(project, 2022)


@pytest.mark.parametrize(("folder", "function"), [("analyses", "section"), ("figures", "figures")])
def test_a_script_without_its_function_is_named(project, folder, function):
    change(project / folder / "noise.py", f"def {function}(", f"def other_{function}(")
    with pytest.raises(KzmError, match=rf"noise\.py has no function '{function}'"):
        build_report(project, 2022)


@pytest.mark.parametrize(("answer", "found"), [("None", "NoneType"), ("'besedilo'", "str"), ("[]", "list")])
def test_a_section_that_is_no_section_is_refused(project, answer, found):
    (project / "analyses/noise.py").write_text(f"def section(design, lang):\n    return {answer}\n")
    with pytest.raises(KzmError, match=rf"analyses/noise\.py: .*must return a Section, found {found}"):
        build_report(project, 2022)


@pytest.mark.parametrize("answer", ["None", "['slika']", "[None]"])
def test_figures_that_are_no_figures_are_refused(project, answer):
    (project / "figures/noise.py").write_text(f"def figures(design):\n    return {answer}\n")
    with pytest.raises(KzmError, match=r"figures/noise\.py"):
        build_report(project, 2022)


@pytest.mark.parametrize(
    "text", ["def section(design)\n", "import no_such_module\n", "def section(d, lang):\n    1 / 0\n"]
)
def test_a_broken_script_is_named(project, text):
    (project / "analyses/noise.py").write_text(text)
    with pytest.raises(KzmError, match=r"analyses/noise\.py"):
        build_report(project, 2022)


def test_a_typed_digit_in_an_analysis_is_refused(project):
    change(project / "analyses/noise.sl.toml", '"V raziskavi', '"V raziskavi leta 2021')
    with pytest.raises(KzmError, match=r"noise\.sl\.toml: who\.sentence: a digit is typed by hand"):
        build_report(project, 2022)


def test_a_figure_that_no_script_draws_is_named(project):
    change(project / "analyses/noise.py", "FigureRef(BY_PLACE)", 'FigureRef("noise_by_place")')
    with pytest.raises(KzmError, match="unknown figure 'noise_by_place'"):
        build_report(project, 2022)


def test_two_figures_of_one_name_are_refused(project):
    for script in ("figures/noise.py", "figures/noise.toml"):
        quote = '"' if script.endswith("py") else ""
        change(project / script, f"{quote}noise_annoyance_by_place{quote}", f"{quote}breastfeeding_corners{quote}")
    with pytest.raises(KzmError, match="a figure named 'breastfeeding_corners' exists already"):
        build_report(project, 2022)


def test_files_are_written_whole_or_the_fault_is_named(tmp_path):
    written = write_files({"a/b.txt": b"1", "c.txt": b"2"}, tmp_path / "build")
    assert [path.read_bytes() for path in written] == [b"1", b"2"]
    assert {path.name for path in (tmp_path / "build").rglob("*") if path.is_file()} == {"b.txt", "c.txt"}
    (tmp_path / "file").write_text("x")
    with pytest.raises(KzmError, match="cannot be written"):
        write_files({"a.txt": b"1"}, tmp_path / "file")
    (tmp_path / "build" / "d.txt").mkdir()
    with pytest.raises(KzmError, match="cannot be written"):
        write_files({"c.txt": b"new", "d.txt": b"3"}, tmp_path / "build")
    assert not list((tmp_path / "build").glob(".*"))


def folders(path):
    return sorted(str(found.relative_to(path)) for found in path.rglob("*") if "__pycache__" not in str(found))


def test_the_command_tells_steps_files_and_warnings(project, kzm, monkeypatch):
    monkeypatch.chdir(project)
    code, out, err = kzm("report", "--survey", "noise", "--out", "build/one")
    assert code == 0
    assert all(line.startswith("… ") for line in err.splitlines())
    assert len(err.splitlines()) >= 6
    table, _, warnings = out.partition("Read before the report goes out:")
    assert "findings_2022_sl.html" in table
    lines = warnings.strip().splitlines()
    assert all(line.startswith("- noise 2021: ") for line in lines)
    assert sum("SYNTHETIC" in line for line in lines) == 1


def test_brackets_of_a_warning_are_printed_as_they_stand(project, kzm, monkeypatch):
    monkeypatch.chdir(project)
    margins = project / "surveys/noise/2021/population.csv"
    margins.write_text(margins.read_text(encoding="utf-8").replace("own calculation", "[bold]own[/bold] calculation"))
    _, out, _ = kzm("report", "--survey", "noise", "--out", "build/one")
    assert "[bold]own[/bold] calculation" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--survey", "promet"], 1, "--survey: unknown survey 'promet'"),
        (["--lang", "xx"], 2, "there are no texts in 'xx'. Allowed: en, sl"),
        (["--template", "none.docx"], 1, "none.docx"),
        (["--year", "1999"], 1, "years there: 2022"),
        (["--year", "letos"], 2, "--year"),
    ],
)
def test_wrong_options_are_one_message_and_write_nothing(project, kzm, monkeypatch, words, code, said):
    monkeypatch.chdir(project)
    before = folders(project)
    found, out, err = kzm("report", *words, "--out", "build/one")
    assert (found, out) == (code, "")
    assert said in err
    assert folders(project) == before


def test_a_locked_report_is_one_message_and_the_old_files_stay(project, kzm, monkeypatch):
    monkeypatch.chdir(project)
    assert kzm("report", "--survey", "noise")[0] == 0
    before = {path: path.read_bytes() for path in (project / "build").rglob("*") if path.is_file()}
    locked, real = "findings_2022_sl.html", Path.replace

    def refuse(path, target):
        if path.name in (locked, f".{locked}.new"):
            raise PermissionError(13, "Permission denied")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    code, _, err = kzm("report", "--survey", "noise", "--data", "noise=surveys/noise/2021/responses.sav")
    assert code == 1
    (message,) = (line for line in err.splitlines() if not line.startswith("…"))
    assert f"{locked}: cannot be written (Permission denied). If a program has it open" in message
    assert {path: path.read_bytes() for path in (project / "build").rglob("*") if path.is_file()} == before
