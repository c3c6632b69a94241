"""1KA's CSV: how rows are split, and header rows that are missing."""

import pytest

import kzm_surveys as kzm
from tests.loaders.enka_files import (
    BOM,
    BOOK,
    FIRST,
    LABELS,
    META,
    META_LABELS,
    NAMES,
    PARA,
    PARA_LABELS,
    SECOND,
    cells_of,
    csv_of,
    read,
    said,
    unit,
    wave_of,
    with_paradata,
)


def open_answer(escaped):
    """A data row whose open answer stands in the file as given."""
    return FIRST.replace(r"Več d\'oseb, manj  hrupa", escaped)


def last_answer(folder):
    return read(folder).cells["Q3"].tolist()[0]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        (r"\"\"", '""'),
        (r"konec \"", 'konec "'),
        ("konec \\\\", "konec \\"),
        (r"\\\"", '\\"'),
        (r"\";=\"", '";="'),
        ("a;b;;c", "a;b;;c"),  # the administrator changed what replaces the delimiter
        ("", ""),
        ("=1+1", "=1+1"),
        ('12" cevi', '12" cevi'),  # tables of text and numbers have no backslashes
        ('"', '"'),
        ("vrstica\u2028druga\x0btretja\x85", "vrstica\u2028druga\x0btretja\x85"),
        ("&amp; &lt;b&gt;", "&amp; &lt;b&gt;"),
        ("x" * 200_000, "x" * 200_000),
    ],
)
def test_cells_are_parted_only_where_1ka_parts_them(tmp_path, written, typed):
    assert last_answer(wave_of(tmp_path, csv_of(open_answer(written), SECOND))) == typed


@pytest.mark.parametrize("written", ['a";="b', 'a";="b";="c', 'a;="b', "konec \\"])
def test_what_cannot_be_split_safely_is_refused_by_row(tmp_path, written):
    with pytest.raises(kzm.DataError, match=r"row 3: .*a cell not written"):
        read(wave_of(tmp_path, csv_of(open_answer(written), SECOND)))


def test_all_rows_that_cannot_be_split_are_named_at_once(tmp_path):
    with pytest.raises(
        kzm.DataError, match=r"row 4: 8 cells where the header has 7.*2 more rows like this: row 6, 7\."
    ):
        read(wave_of(tmp_path, csv_of(SECOND, FIRST + ';="1"', SECOND, SECOND + ";", '="0";="1"', SECOND)))


def test_comma_files(tmp_path):
    # The default pair of a comma file turns commas in text into semicolons.
    rows = [FIRST.replace(", ", "; ").replace('";=', '",='), SECOND.replace('";=', '",=')]
    content = csv_of(*rows, names=NAMES.replace(";", ","), labels=LABELS.replace(";", ","))
    raw = read(wave_of(tmp_path, content))
    assert raw.cells["Q1c_text"].tolist() == ['radio; "Val" 202', "-2"]
    assert raw.cells["Q3"].tolist() == ["Več d'oseb; manj  hrupa", "-3"]
    assert raw.labels["Q3"] == "Kaj bi spremenili?"


def test_labels_may_begin_with_a_quote_and_hold_entities(tmp_path):
    # The default pair replaces the semicolon of an entity too; with another pair it stays, and is no delimiter.
    for end in ",;":
        labels = LABELS.replace("Splet", '"Splet"').replace("Voda", f"Voda &amp{end} zrak&#39{end}, R&D, &c, itd.")
        raw = read(wave_of(tmp_path, csv_of(FIRST, labels=labels.replace("Zrak", f"Zrak&nbsp{end}"))))
        assert raw.labels["Q1a"] == '"Splet"'
        assert raw.labels["Q2a"] == "Voda & zrak', R&D, &c, itd."
        assert raw.labels["Q2b"] == "Zrak"


def test_a_delimiter_left_in_a_label_costs_the_labels_and_no_answer(tmp_path):
    raw = read(wave_of(tmp_path, csv_of(FIRST, SECOND, labels=LABELS.replace("Voda", "Voda; pitna"))))
    assert raw.labels == {}
    assert raw.cells["Q2a"].tolist() == ["4", "-3"]
    assert "the row of labels has 9 cells for 7 columns, so labels were not read" in said(raw)


@pytest.mark.parametrize(
    ("old", "new"), [("spremenili?;\r\n", "spremenili?;"), ("Voda;", "Vo\nda;"), ("?;\r\n", "?\r\n")]
)
def test_labels_that_run_into_a_unit_or_are_cut_are_refused(tmp_path, old, new):
    content = csv_of(FIRST, SECOND).decode()
    assert old in content
    with pytest.raises(kzm.DataError, match=r"row [23]: .*(row of labels is|file is) cut short"):
        read(wave_of(tmp_path, content.replace(old, new).encode()))


def test_names_of_a_question_may_hold_letters_of_any_language(tmp_path):
    change = ("n = 2", 'n = 2\ncolumns = { change = "občina-želje" }')
    raw = read(wave_of(tmp_path, csv_of(FIRST, names=NAMES.replace("Q3", "občina-želje")), change=change))
    assert raw.cells["občina-želje"].tolist() == ["Več d'oseb, manj  hrupa"]


def test_names_that_differ_by_case_are_two_columns(tmp_path):
    content = with_paradata(unit(1, 6, cells=FIRST), unit(2, 5)).replace(b";Q3;", b";language;")
    raw = read(wave_of(tmp_path, content, change=("n = 2", 'n = 2\ncolumns = { change = "language" }')))
    assert raw.cells["language"].tolist()[0] == "Več d'oseb, manj  hrupa"
    assert raw.cells["Language"].tolist()[0] == "Slovenščina"
    assert "Language" in raw.other_columns
    assert "language" not in raw.other_columns


def test_last_line_without_its_end_is_noted(tmp_path):
    raw = read(wave_of(tmp_path, csv_of(FIRST, SECOND)[:-2]))
    assert len(raw.cells) == 2
    assert "the last line has no line end" in said(raw)
    assert "line end" not in said(read(wave_of(tmp_path, csv_of(FIRST, SECOND))))


def test_one_header_row_is_taken_for_names(tmp_path):
    raw = read(wave_of(tmp_path, BOM + f"{NAMES}\r\n{FIRST}\r\n{SECOND}\r\n".encode()))
    assert cells_of(raw)["Q2a"] == ["4", "-3"]
    assert raw.labels == {}
    assert "the row of labels is missing" in said(raw)


def test_without_header_rows_the_codebook_names_the_columns(tmp_path):
    folder = wave_of(tmp_path, BOM + f"{FIRST}\r\n{SECOND}\r\n".encode())
    raw = read(folder)
    assert raw.cells["Q1c_text"].tolist() == ['radio, "Val" 202', "-2"]
    assert raw.cells["Q3"].tolist() == ["Več d'oseb, manj  hrupa", "-3"]
    assert "column names were taken from the codebook by their order" in said(raw)
    assert kzm.load(folder).responses["quality_water"].tolist()[0] == "good"


#: A row with paradata as the reference prints it: no test column, intro and three pages.
REFERENCE_UNIT = (
    '="1";="0";="5";="0";="1743498030";="2";="01.04.2025";="0";="1";="0";="-2";="-3";="-3";="-3";'
    '="01.04.2025 11:00:00";="01.04.2025 11:00:30";="01.04.2025 11:00:04";="01.04.2025 11:00:30";="";="";'
    '="Mozilla/5.0 (Linux, Android 14)";="Chrome 134.0";="Android";="Telefon";="https://primer.si/";="0";="Slovenščina"'
)


def headless(*rows):
    return BOM + "".join(f"{row}\r\n" for row in rows).encode()


@pytest.mark.parametrize(
    ("changed", "extra"),
    [
        ({}, []),
        ({'="2";="01.04': '="2";="0";="01.04'}, ["testdata"]),
        ({'="2";="01.04': '="2";="gx71ab";="01.04'}, ["code"]),
        ({'="2";="01.04': '="2";="gx71ab";="1";="01.04'}, ["code", "testdata"]),
        ({'="Mozilla': '="193.2.1.66";="Mozilla'}, ["IP"]),
        ({'="Mozilla': '="2001:1470:8000::1";="Mozilla'}, ["IP"]),
        ({"01.04.2025": "00.00.0000", '"00.00.0000";': '"30.11.-0001";'}, []),  # a survey that does not record dates
    ],
)  # fmt: skip
def test_without_header_rows_1ka_paradata_are_known_by_their_look(tmp_path, changed, extra):
    row = REFERENCE_UNIT
    for old, new in changed.items():
        assert old in row
        row = row.replace(old, new)
    tests = ("n = 2", "n = 2\n[data.units]\ntest_units = true")
    raw = read(wave_of(tmp_path, headless(row), change=tests))
    assert raw.cells.index.tolist() == [2]
    assert cells_of(raw) == {
        "Q1a": ["0"], "Q1b": ["1"], "Q1c": ["0"], "Q1c_text": ["-2"], "Q2a": ["-3"], "Q2b": ["-3"], "Q3": ["-3"],
    }  # fmt: skip
    assert raw.units["status"].tolist() == [5]
    assert raw.units["device"].tolist() == ["Telefon"]
    assert raw.units["test"].tolist() == ["testdata" in extra and '="1";="01.04' in row]
    assert {"Browser", "date_1", *(name for name in extra if name == "testdata")} <= set(raw.cells)
    assert not {"code", "IP"} & set(raw.cells)


@pytest.mark.parametrize(
    "row",
    [
        FIRST + ';="1"',
        FIRST.rpartition(";")[0],
        REFERENCE_UNIT + ';="1"',
        REFERENCE_UNIT.replace('="5"', '="9"', 1),
        REFERENCE_UNIT.replace("01.04.2025 11:00:30", "prvi april"),
    ],
)
def test_without_header_rows_other_cells_are_refused(tmp_path, row):
    with pytest.raises(kzm.DataError, match=r"no header rows, and its \d+ cells in a row are not the 7 columns"):
        read(wave_of(tmp_path, headless(row)))


def test_header_with_paradata_as_the_reference_orders_it(tmp_path):
    meta, meta_labels = META.replace("testdata;", ""), META_LABELS.replace("Testni;", "")
    content = csv_of(REFERENCE_UNIT, names=meta + NAMES + PARA, labels=meta_labels + LABELS + PARA_LABELS)
    raw = read(wave_of(tmp_path, content))
    assert raw.cells.index.tolist() == [2]
    assert raw.units.loc[2, "seconds"] == 30
    assert raw.units.loc[2, "break_off"] == "Q2a"
    assert raw.labels["Device"] == "Naprava"
    assert not raw.problems


def test_survey_of_one_question(tmp_path):
    book = BOOK[: BOOK.index("[questions.news]")] + BOOK[BOOK.index("[questions.change]") :]
    raw = read(wave_of(tmp_path, csv_of('="a; b"', '="-1"', names="Q1;", labels="Kaj?;"), codebook=book))
    assert cells_of(raw) == {"Q1": ["a; b"]}
    assert raw.dropped == {"empty_unit": 1}
