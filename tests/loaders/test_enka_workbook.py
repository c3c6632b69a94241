"""A 1KA export that somebody opened in a spreadsheet and saved as .xlsx, and a survey's own files in a 1KA wave."""

import openpyxl
import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from tests.loaders.enka_files import FIRST, unit, wave_of, with_paradata


def cells_of(content):
    """Rows of a genuine CSV as a spreadsheet shows them."""
    lines = [line for line in content.decode("utf-8-sig").split("\r\n") if line]
    heads = [line.split(";")[:-1] for line in lines[:2]]
    return [*heads, *([cell.removeprefix('="').removesuffix('"') for cell in line.split(";")] for line in lines[2:])]


def workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture
def sound(tmp_path):
    content = with_paradata(unit(31, 6, cells=FIRST), unit(32, 5, cells=FIRST), unit(33, 4, lurker=1))
    return wave_of(tmp_path, content, n=2), content


@pytest.mark.parametrize("labels", [True, False])
def test_a_1ka_export_saved_as_a_workbook_reads_like_the_export(tmp_path, sound, labels):
    folder, content = sound
    rows = cells_of(content)
    path = workbook(tmp_path / "saved.xlsx", rows if labels else [rows[0], *rows[2:]])
    survey, again = kzm.load(folder), kzm.load(folder, path)
    assert again.source.kind == "xlsx"
    assert again.responses.equals(survey.responses)
    assert again.missing.equals(survey.missing)
    assert dict(again.source.dropped) == dict(survey.source.dropped)
    assert again.units["status"].tolist() == [6, 5, 4]
    assert any("opened and saved again" in problem.found for problem in again.problems)


def test_answers_that_the_spreadsheet_could_not_evaluate_are_errors(tmp_path, sound):
    folder, content = sound
    rows = cells_of(content)
    rows[2][rows[0].index("Q3")] = "Err:509"
    survey = examine(folder, workbook(tmp_path / "saved.xlsx", rows))
    assert [str(p.where) for p in survey.problems if p.severity == "error"] == ["1 row: id 31"]


def test_exports_of_a_1ka_wave_under_the_codebooks_own_names_read_back(tmp_path):
    from kzm_surveys.export.make import export_survey

    survey = kzm.load("surveys/breastfeeding/2022")
    for to, kind in (("csv", "csv"), ("sav", "spss_sav")):
        export_survey(survey, to, tmp_path / f"own.{to}")
        again = kzm.load("surveys/breastfeeding/2022", tmp_path / f"own.{to}")
        assert again.source.kind == kind
        assert again.responses.equals(survey.responses)
        assert again.missing.equals(survey.missing)
        assert again.source.synthetic
