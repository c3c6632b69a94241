"""1KA's CSV after Excel opened and saved it: windows-1250, quotes doubled, no ="..."."""

import csv
import io

import pytest

import kzm_surveys as kzm
from tests.loaders.enka_files import (
    BOM,
    CELLS,
    EXAMPLE,
    FIRST,
    LABELS,
    META,
    META_LABELS,
    NAMES,
    PARA,
    PARA_LABELS,
    SECOND,
    cells_of,
    read,
    said,
    unit,
    wave_of,
    with_paradata,
)

#: The example as Excel leaves it: formulas evaluated, what is no formula for Excel (\" inside) quoted as text.
BODY = '1;0;1;"=""radio, \\""Val\\"" 202""";4;5;Več d\\\'oseb, manj  hrupa\r\n0;1;0;-2;-3;-3;-3\r\n'
RESAVED = f"{NAMES}\r\n{LABELS}\r\n{BODY}"


def resaved(content, delimiter=";"):
    """What a spreadsheet writes that evaluates every ="..."."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for line in content.removeprefix(BOM).decode().splitlines():
        evaluated = [cell[2:-1] if cell.startswith('="') else cell for cell in line.split(";")]
        writer.writerow(evaluated[:-1] if evaluated[-1] == "" else evaluated)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        RESAVED.encode("cp1250"),
        BOM + RESAVED.encode(),
        RESAVED.encode(),
        RESAVED.encode("utf-16"),
        RESAVED.replace(";\r\n", "\r\n").encode("cp1250"),  # no dangling delimiters
        RESAVED.replace("202\"\"\";4", "202\"\"\";4").replace("hrupa\r", "hrupa;;\r").encode("cp1250"),
        resaved(EXAMPLE, "\t").encode("utf-16"),
        resaved(EXAMPLE, ",").encode("cp1250"),
        EXAMPLE[3:].decode().encode("cp1250"),  # only the encoding was changed
    ],
    ids=["cp1250", "utf-8-mark", "utf-8", "utf-16", "trimmed", "longer", "tabs", "commas", "notepad"],
)  # fmt: skip
def test_file_saved_by_excel_is_read(tmp_path, content):
    raw = read(wave_of(tmp_path, content))
    assert cells_of(raw) == CELLS | {"Q1c_text": ['radio, "Val" 202', "-2"]}
    assert raw.labels["Q1b"] == "Časopis"


def test_saving_is_noted_with_what_may_be_lost(tmp_path):
    raw = read(wave_of(tmp_path, RESAVED.encode("cp1250")))
    assert "opened and saved again, probably in Excel" in said(raw)
    assert "cuts texts over 255 characters, shortens long numbers and re-formats dates" in said(raw)
    assert "windows-1250" in said(raw)
    assert "saved again" not in said(read(wave_of(tmp_path, EXAMPLE)))


def test_survey_loads_with_the_warning(tmp_path):
    survey = kzm.load(wave_of(tmp_path, RESAVED.encode("cp1250")))
    assert survey.responses["change"].tolist()[0] == "Več d'oseb, manj  hrupa"
    assert any("saved again" in problem.found for problem in kzm.check(survey))


def test_encoding_of_the_wave_is_used_where_the_file_has_no_mark(tmp_path):
    # 0xE6 is "ć" in windows-1250 and "ć" of another code page elsewhere; latin2 has "š" at 0xB9, windows-1250 "ą".
    content = RESAVED.replace("Val", "šum").encode("iso8859-2")
    change = ("n = 2", 'n = 2\nencoding = "iso8859-2"')
    assert read(wave_of(tmp_path, content, change=change)).cells["Q1c_text"].tolist()[0] == 'radio, "šum" 202'


def paradata(*units):
    return resaved(with_paradata(*units))


def test_empty_paradata_at_the_end_may_be_missing(tmp_path):
    text = paradata(unit(1, 6, cells=FIRST), unit(2, 5)).replace(";Slovenščina\r\n", "\r\n", 1)
    raw = read(wave_of(tmp_path, text.encode()))
    assert raw.cells["Language"].tolist() == ["", "Slovenščina"]
    assert raw.cells["Q3"].tolist()[1] == "-3"


def test_missing_answers_at_the_end_are_refused(tmp_path):
    with pytest.raises(kzm.DataError, match="row 4: 6 cells where the header has 7"):
        read(wave_of(tmp_path, RESAVED.replace("-3;-3;-3\r\n", "-3;-3\r\n").encode()))
    with pytest.raises(kzm.DataError, match="row 4: 8 cells where the header has 7"):
        read(wave_of(tmp_path, RESAVED.replace("-2;-3", "-2;4;-3").encode()))


@pytest.mark.parametrize(("old", "new"), [("Voda;", "Vo\nda;"), ("spremenili?;\r\n", "spremenili?;")])
def test_labels_that_run_into_a_unit_or_lack_one_are_refused(tmp_path, old, new):
    assert old in RESAVED
    with pytest.raises(kzm.DataError, match=r"row 2: \d+ cells where the header has 7"):
        read(wave_of(tmp_path, RESAVED.replace(";\r\n", "\r\n", 1).replace(old, new).encode()))


def test_cut_file_is_refused(tmp_path):
    text = paradata(unit(1, 6, cells=FIRST), unit(2, 5))
    last = len(text.encode()) - len("Slovenščina\r\n".encode())
    for content in (text.encode()[:last], RESAVED.encode()[: RESAVED.encode().index(b"Val")]):
        with pytest.raises(kzm.DataError, match="cut short"):
            read(wave_of(tmp_path, content))


def test_numbers_that_excel_shortened_are_errors_with_ids(tmp_path):
    text = paradata(unit(17, 6, cells=FIRST), unit(2, 5)).replace(";4;5;", ";1,23E+10;5;")
    raw = read(wave_of(tmp_path, text.encode()))
    assert "Q2a: numbers were shortened by the spreadsheet (as 1,23E+10) (1 row: id 17)" in said(raw, "error")


@pytest.mark.parametrize("error", ["#NAME?", "#IME?", "#VREDN!", "########"])
def test_cells_that_excel_could_not_evaluate_are_errors_with_ids(tmp_path, error):
    text = RESAVED.replace("-2;-3;-3;-3", f"-2;-3;-3;{error}")
    raw = read(wave_of(tmp_path, text.encode()))
    assert "Q3: cells hold an error of the spreadsheet in place of the answer (1 row: id 2)" in said(raw, "error")


def test_headers_that_are_gone_are_noted_too(tmp_path):
    raw = read(wave_of(tmp_path, BODY.encode("cp1250")))
    assert raw.cells["Q3"].tolist() == CELLS["Q3"]
    assert "there are no header rows" in said(raw)
    raw = read(wave_of(tmp_path, f"{NAMES}\r\n{BODY}".encode("cp1250")))
    assert raw.cells["Q3"].tolist() == CELLS["Q3"]
    assert "the row of labels is missing" in said(raw)


@pytest.mark.parametrize("content", [b"\x01\x02;\x03\n1;2\n3;4\n", b'"Q1a;Q1b\n1;2\n', b"Q1a;;Q1c\na;b;c\n1;2;3\n"])
def test_what_is_no_table_of_names_is_refused(tmp_path, content):
    with pytest.raises(kzm.DataError, match=r"variable names|quotes do not close|damaged"):
        read(wave_of(tmp_path, content))


def test_meta_rows_are_the_same_after_saving(tmp_path):
    text = paradata(unit(7, 6, cells=FIRST), unit(3, 5, cells=SECOND), unit(4, 3, lurker=1))
    assert text.startswith((META + NAMES + PARA).rstrip(";"))
    assert (META_LABELS + LABELS + PARA_LABELS).rstrip(";") in text
    raw = read(wave_of(tmp_path, text.encode("cp1250")))
    assert raw.cells.index.tolist() == [7, 3]
    assert raw.dropped == {"status": 1}
    assert raw.units["finished"].notna().all()
