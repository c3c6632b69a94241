"""What was lost from a 1KA export after it was made is said."""

import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from tests.loaders import answers, write_answers
from tests.loaders.enka_files import EXAMPLE, FIRST, LABELS, NAMES, SECOND, unit, wave_of, with_paradata

EMPTY = "empty cells, where 1KA always writes an answer or a code: answers were lost after the export"


def told(survey, severity):
    return [(p.variable, p.found, str(p.where)) for p in survey.problems if p.severity == severity]


def test_an_empty_cell_is_no_missing_answer_but_a_lost_one(tmp_path):
    cut = FIRST.replace('="4"', '=""', 1)
    folder = wave_of(tmp_path, with_paradata(unit(31, 6, cells=cut), unit(32, 5, cells=SECOND)), n=2)
    assert told(examine(folder), "error") == [("Q2a", EMPTY, "1 row: id 31")]
    with pytest.raises(kzm.DataError, match="Q2a: empty cells"):
        kzm.load(folder)


def test_an_open_answer_may_have_been_a_tag(tmp_path):
    tag = FIRST.replace(r'="Več d\'oseb, manj  hrupa"', '=""')
    assert tag != FIRST
    survey = kzm.load(wave_of(tmp_path, with_paradata(unit(31, 6, cells=tag)), n=1))
    assert ("Q3", EMPTY, "1 row: id 31") in told(survey, "warning")


def test_rows_after_one_that_cannot_be_read_keep_their_numbers(tmp_path):
    lines = ["1;0;1;aa;4;5;a; b", "0;1;0;-2;4;5;c", "0;1;0;-2;9;5;d"]
    content = ("\ufeff" + "".join(f"{line}\n" for line in [NAMES, LABELS, *lines])).encode()
    folder = wave_of(tmp_path, EXAMPLE)
    path = tmp_path / "anketa.txt"
    path.write_bytes(content)
    problems = examine(folder, path).problems
    assert [str(p.where) for p in problems if p.severity == "error"] == ["1 row: id 1", "1 row: id 3"]


@pytest.mark.parametrize("labels", [True, False])
def test_the_record_number_tells_labels_from_a_unit_in_a_resaved_file(tmp_path, labels):
    folder = wave_of(tmp_path, with_paradata(unit(31, 6, cells=FIRST), unit(32, 6, cells=SECOND)), n=2)
    text = with_paradata(unit(31, 6, cells=FIRST), unit(32, 6, cells=SECOND)).decode("utf-8-sig")
    lines = [line.replace('="', "").replace('"', "") for line in text.split("\r\n") if line]
    kept = lines if labels else [lines[0], *lines[2:]]
    path = tmp_path / "resaved.csv"
    path.write_text("".join(f"{line.rstrip(';')}\r\n" for line in kept), encoding="cp1250", newline="")
    assert examine(folder, path).responses.index.tolist() == [31, 32]


def test_without_paradata_the_second_row_is_said_to_be_taken_for_labels(tmp_path):
    folder = wave_of(tmp_path, EXAMPLE)
    path = tmp_path / "resaved.csv"
    path.write_text("Q1a;Q1b\r\nSplet;Časopis\r\n1;0\r\n", encoding="cp1250", newline="")
    assert any("row 2 was taken for the labels" in p.found for p in examine(folder, path).problems)


def test_a_file_of_another_survey_is_one_error_not_fifty(tmp_path):
    other = write_answers(tmp_path / "tiny.sav", answers())  # sex, age and two sources of noise bear the same names
    asked = [v for v in kzm.load("surveys/noise/2021").codebook.variables.values() if not v.derived]
    lacking = [p for p in examine("surveys/noise/2021", other).problems if "expected columns" in p.found]
    assert [p.found.split(":")[0] for p in lacking] == [
        f"{len(asked) - 5} of {len(asked)} expected columns are not there"
    ]


def test_a_column_with_the_label_of_a_missing_one_is_pointed_at(tmp_path):
    moved = with_paradata(unit(31, 6, cells=FIRST)).replace(b"Q3;", b"Q4;")
    (error,) = [p for p in examine(wave_of(tmp_path, moved, n=1)).problems if p.severity == "error"]
    assert error.found == "the file has no column 'Q3'; column 'Q4' bears its label"
