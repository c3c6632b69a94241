"""1KA's "Excel" export, which is an HTML table with a broken head, and its text export, which quotes nothing."""

import pytest

import kzm_surveys as kzm
from tests.loaders.enka_files import (
    BOM,
    LABELS,
    META,
    META_LABELS,
    NAMES,
    PARA,
    PARA_LABELS,
    XLS,
    cells_of,
    read,
    said,
    unit,
    wave_of,
)


def xls(root, content, **wave):
    return read(wave_of(root, content, file="anketa999001.xls", form="1ka_xls", **wave))


def txt(root, *rows, names=NAMES, labels=LABELS, **wave):
    content = BOM + "".join(f"{line}\n" for line in (names, labels, *rows)).encode()
    return read(wave_of(root, content, file="anketa999001.txt", form="1ka_txt", **wave))


def with_answer(written):
    old = r"Več d\'oseb, manj  hrupa".encode()
    assert XLS.count(old) == 1
    return XLS.replace(old, written.encode())


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("a < b & c > d", "a < b & c > d"),
        ("&amp; &lt;td&gt; &#39;", "&amp; &lt;td&gt; &#39;"),
        ("<br>120, 40<br>16, 8", "<br>120, 40<br>16, 8"),  # a heat map
        (r"\"Val\"; d\'oseb; C:\\pot", '"Val"; d\'oseb; C:\\pot'),
        ("", ""),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_values_of_the_table_are_not_html(tmp_path, written, typed):
    assert xls(tmp_path, with_answer(written)).cells["Q3"].tolist()[0] == typed


def test_labels_of_the_table_are(tmp_path):
    raw = xls(tmp_path, XLS.replace(b"<td>Voda</td>", b"<td>Voda &amp; zrak &#269;isti</td>"))
    assert raw.labels["Q2a"] == "Voda & zrak čisti"


def test_head_that_opens_as_html_should_will_do(tmp_path):
    repaired = XLS.replace(b"</tr><td>Q1a", b"<tr><td>Q1a").replace(b"</tr><td>Splet", b"<tr><td>Splet")
    assert cells_of(xls(tmp_path, repaired)) == cells_of(xls(tmp_path, XLS))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"</table>", b"", "closing </table> is missing"),
        (b"</table>", b"</tab", "closing </table> is missing"),
        (b'<td align="center">-2</td>', b"", "row 5: 6 cells where the header has 7"),
        (b'<td align="center">-2</td>', b'<td align="center">-2</td><td>1</td>', "row 5: 8 cells where"),
        (b"-3</td></tr>\r\n", b"-3</td>\r\n", "row 5: no whole row"),
        (b'<table border="1">\r\n', b"", "does not begin with a table"),
        (BOM + b'<table border="1">\r\n', BOM + b"<html><head></head><body><table>", "saved again by Excel"),
        (BOM + b"<table", BOM + b'<!DOCTYPE html>\n<html lang="sl"><table', "saved again by Excel"),
        (b"<td>Q1b</td>", b"<td>Q1a</td>", "column names stand twice: Q1a"),
    ],
)
def test_damaged_table_gives_one_clear_error(tmp_path, old, new, words):
    assert old in XLS
    with pytest.raises(kzm.DataError, match=words) as caught:
        xls(tmp_path, XLS.replace(old, new, 1))
    assert "Val" not in str(caught.value)


def test_unit_is_not_taken_for_the_row_of_labels(tmp_path):
    start, end = XLS.index(b"</tr><td>Splet"), XLS.index(b"<tr><td align")
    with pytest.raises(kzm.DataError, match="lacks a header row"):
        xls(tmp_path, XLS[:start] + XLS[end:])
    with pytest.raises(kzm.DataError, match="has one header row"):
        txt(tmp_path, labels="0;1;0;-2;4;5;a")


def test_header_rows_of_the_table_are_needed(tmp_path):
    start, end = XLS.index(b"</tr><td>Q1a"), XLS.index(b"<tr><td align")
    with pytest.raises(kzm.DataError, match=r"variable names|lacks a header row"):
        xls(tmp_path, XLS[:start] + XLS[end:])


def test_rows_of_the_text_export_are_split_at_semicolons(tmp_path):
    raw = txt(tmp_path, r"0;1;0;-2;4;5;C:\\pot, \"Val\"", "0;1;0;-2;-3;-3;-3")
    assert raw.cells["Q3"].tolist() == ['C:\\pot, "Val"', "-3"]
    assert raw.labels["Q3"] == "Kaj bi spremenili?"
    assert not said(raw, "error")


def test_ambiguous_rows_are_reported_by_record_number_and_not_guessed(tmp_path):
    rows = [
        unit(recnum, 6).replace('="', "").replace('"', "").replace("-3;01", f"{answer};01")
        for recnum, answer in ((7, "a"), (3, "a; skrivnost"), (5, "b"), (12, "a;;"))
    ]
    raw = txt(tmp_path, *rows, names=META + NAMES + PARA, labels=META_LABELS + LABELS + PARA_LABELS)
    assert raw.cells.index.tolist() == [7, 5]
    assert "(2 rows: id 3, 12)" in said(raw, "error")
    assert "skrivnost" not in said(raw, "error")
    assert (raw.rows, raw.dropped) == (4, {"unreadable_row": 2})


def test_row_with_too_few_cells_is_reported_too(tmp_path):
    raw = txt(tmp_path, "0;1;0;-2;4;5;a", "0;1;0;-2;4;5")
    assert "(1 row: id 2)" in said(raw, "error")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('4 ("dobro")', "4"),
        ('-3 ("Prekinjeno")', "-3"),
        ('2.5 ("na pol")', "2.5"),
        ('4 ("rečejo "dobro"")', "4"),
        (r"5 (\"pet\")", '5 ("pet")'),  # typed: 1KA puts backslashes before the quotes
        ('5 otrok ("pet")', '5 otrok ("pet")'),
        ('("dobro")', '("dobro")'),
        ("4 (dobro)", "4 (dobro)"),
    ],
)
def test_labels_behind_codes_are_dropped(tmp_path, written, kept):
    raw = txt(tmp_path, f"0;1;0;{written};4;5;a")
    assert raw.cells["Q1c_text"].tolist() == [kept]
    assert ("labels behind codes were dropped in 1 cells" in said(raw)) == (kept in ("4", "-3", "2.5"))


def test_label_with_a_semicolon_costs_the_labels_and_an_entity_does_not(tmp_path):
    raw = txt(tmp_path, "0;1;0;-2;4;5;a", labels=LABELS.replace("Voda", "Voda &amp; zrak"))
    assert raw.labels["Q2a"] == "Voda & zrak"
    raw = txt(tmp_path, "0;1;0;-2;4;5;a", labels=LABELS.replace("Voda", "Voda; zrak"))
    assert raw.labels == {}
    assert cells_of(raw)["Q3"] == ["a"]


def test_text_export_whose_last_line_has_no_end_is_refused(tmp_path):
    # "12" cut to "1" would not show.
    content = BOM + f"{NAMES}\n{LABELS}\n0;1;0;-2;4;5;1".encode()
    with pytest.raises(kzm.DataError, match="cut short: the last line has no end"):
        read(wave_of(tmp_path, content, file="anketa999001.txt", form="1ka_txt"))


def test_text_export_without_the_row_of_labels_is_refused(tmp_path):
    with pytest.raises(kzm.DataError, match="has one header row"):
        read(wave_of(tmp_path, BOM + f"{NAMES}\n".encode(), file="anketa999001.txt", form="1ka_txt"))
