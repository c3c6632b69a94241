import io
import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from kzm_surveys import KzmError
from kzm_surveys.drafting.new_wave import new_wave
from kzm_surveys.findings.report import build_report, write_files
from kzm_surveys.findings.year import waves_of_year

FIGURES = (
    "breastfeeding_corners", "breastfeeding_proposals", "breastfeeding_support", "noise_annoyance_by_place",
    "noise_annoyance_by_source", "noise_sample_and_population",
)  # fmt: skip


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
    expected = {f"figures/{name}.{kind}" for name in FIGURES for kind in ("png", "svg")}
    expected |= {"report/findings_2022_sl.docx", "report/findings_2022_sl.md", "ledger.json"}
    expected |= {"tables/breastfeeding_2022_sl.xlsx", "tables/noise_2021_sl.xlsx"}
    assert set(built.files) == expected
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
        assert row["data_sha256"] in hashes
        assert row["synthetic"] is True
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
        assert len(book.worksheets) == 2
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
    (project / "analyses/noise.py").write_text(f"def section(design):\n    return {answer}\n")
    with pytest.raises(KzmError, match=rf"analyses/noise\.py: .*must return a Section, found {found}"):
        build_report(project, 2022)


@pytest.mark.parametrize("answer", ["None", "['slika']", "[None]"])
def test_figures_that_are_no_figures_are_refused(project, answer):
    (project / "figures/noise.py").write_text(f"def figures(design):\n    return {answer}\n")
    with pytest.raises(KzmError, match=r"figures/noise\.py"):
        build_report(project, 2022)


@pytest.mark.parametrize("text", ["def section(design)\n", "import no_such_module\n", "def section(d):\n    1 / 0\n"])
def test_a_broken_script_is_named(project, text):
    (project / "analyses/noise.py").write_text(text)
    with pytest.raises(KzmError, match=r"analyses/noise\.py"):
        build_report(project, 2022)


def test_a_typed_digit_in_an_analysis_is_refused(project):
    change(project / "analyses/noise.py", '"V raziskavi', '"V raziskavi leta 2021')
    with pytest.raises(KzmError, match="a digit is typed by hand"):
        build_report(project, 2022)


def test_a_figure_that_no_script_draws_is_named(project):
    change(project / "analyses/noise.py", 'FigureRef("noise_annoyance_by_place")', 'FigureRef("noise_by_place")')
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
