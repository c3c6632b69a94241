import numpy as np
import pytest

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.sistat import read_population_table

# Stub: municipality, age; heading: half-year, sex. Row by row, the last of the heading fastest.
# Koper, 0 years: 2021H1 250 240, 2021H2 251 .; Koper, 85+: 400 900 - 0. Sum 250 + 240 + 251 + 400 + 900 = 2041.
PX = """CHARSET="ANSI";
AXIS-VERSION="2010";
CODEPAGE="windows-1250";
LANGUAGE="sl";
LANGUAGES="sl","en";
TITLE="Prebivalstvo po OBČINE, STAROST, "
"POLLETJE in SPOL, Slovenija, "
"polletno";
TITLE[en]="Population";
CONTENTS="Prebivalstvo";
STUB="OBČINE","STAROST";
STUB[en]="MUNICIPALITIES","AGE";
HEADING="POLLETJE","SPOL";
CONTVARIABLE="SPOL";
VALUES("OBČINE")="Koper/"
"Capodistria";
VALUES[en]("MUNICIPALITIES")="Koper";
VALUES("STAROST")="0 let","85 + let";
VALUES("POLLETJE")="2021H1","2021H2";
TIMEVAL("POLLETJE")=TLIST(H1,"20211","20212");
VALUES("SPOL")="Moški","Ženske";
CODES("OBČINE")="050";
CODES("STAROST")="0",
"85";
CODES("SPOL")="1","2";
VALUENOTE("OBČINE","Koper/Capodistria (2021)")="Opomba (a); b = c";
LAST-UPDATED("Moški")="20210615 08:30";
SOURCE="Statistični urad Republike Slovenije";
DECIMALS=0;
DATA=
250 240 251 "."
400, 900
"-" 0;
"""


@pytest.fixture
def read(tmp_path):
    def _read(text, encoding="cp1250"):
        path = tmp_path / "table.dat"
        path.write_bytes(text.encode(encoding))
        return read_population_table(path)

    return _read


def test_stub_comes_before_heading_and_the_last_variable_varies_fastest(read):
    table = read(PX)
    assert [(d.code, d.codes, d.labels) for d in table.dimensions] == [
        ("OBČINE", ("050",), ("Koper/Capodistria",)),
        ("STAROST", ("0", "85"), ("0 let", "85 + let")),
        ("POLLETJE", ("2021H1", "2021H2"), ("2021H1", "2021H2")),
        ("SPOL", ("1", "2"), ("Moški", "Ženske")),
    ]
    np.testing.assert_array_equal(table.values, [[[[250, 240], [251, np.nan]], [[400, 900], [0, 0]]]])
    assert np.nansum(table.values) == 2041
    assert table.marks == {(0, 0, 1, 1): "."}
    assert table.title == "Prebivalstvo po OBČINE, STAROST, POLLETJE in SPOL, Slovenija, polletno"
    assert (table.source, table.updated) == ("Statistični urad Republike Slovenije", "20210615 08:30")


def test_windows_and_mac_line_ends_read_alike(read):
    plain = read(PX)
    for end in ("\r\n", "\r"):
        table = read(PX.replace("\n", end))
        np.testing.assert_array_equal(table.values, plain.values)
        assert table.dimensions == plain.dimensions


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("windows-1250", "cp1250"),
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("windows-1250", "utf-8-sig"),
        ("iso-8859-2", "iso-8859-2"),
        ("ibm852", "cp852"),
        ("utf-8", "cp1250"),  # the declaration is wrong
        ("windows-1252", "cp1250"),
        ("unicode_escape", "cp1250"),
        ("zip", "cp1250"),
    ],
)
def test_declared_code_page_is_tried_and_then_cp1250(read, declared, encoding):
    table = read(PX.replace("windows-1250", declared), encoding)
    assert table.dimensions[0].code == "OBČINE"
    assert table.dimensions[3].labels == ("Moški", "Ženske")


def test_letters_that_iso_8859_2_lacks_betray_cp1250(read):
    # š and ž are 0x9A and 0x9E in cp1250, which are control characters in ISO 8859-2.
    sex = read(PX.replace("windows-1250", "iso-8859-2"), "cp1250").dimensions[3]
    assert sex.labels == ("Moški", "Ženske")


def test_no_declared_code_page_means_utf_8_or_cp1250(read):
    text = PX.replace('CODEPAGE="windows-1250";\n', "")
    assert read(text, "cp1250").dimensions == read(text, "utf-8").dimensions == read(PX).dimensions


@pytest.mark.parametrize("mark", [".", "..", "...", "....", ".....", "......"])
def test_dots_are_missing_quoted_or_not(read, mark):
    for cell in (f'"{mark}"', mark):
        assert read(PX.replace('"."', cell)).marks == {(0, 0, 1, 1): mark}


def test_printed_symbol_of_a_mark_is_given(read):
    assert read(PX.replace("DATA=", 'DATASYMBOL1="z";\nDATA=')).marks == {(0, 0, 1, 1): "z"}


def test_dash_is_zero_unless_the_file_prints_it_as_something_else(read):
    for cell in ('"-"', "-"):
        assert read(PX.replace('"-"', cell)).values[0, 1, 1, 0] == 0
    assert read(PX.replace("DATA=", 'DATASYMBOLNIL="0";\nDATA=')).values[0, 1, 1, 0] == 0
    table = read(PX.replace("DATA=", 'DATASYMBOLNIL="Ni podatka";\nDATA='))
    assert table.marks == {(0, 0, 1, 1): ".", (0, 1, 1, 0): "Ni podatka"}


def test_any_other_quoted_text_is_a_missing_mark(read):
    assert read(PX.replace('"."', '"zaupno"')).marks == {(0, 0, 1, 1): "zaupno"}


def test_data_may_end_at_the_end_of_the_file(read):
    np.testing.assert_array_equal(read(PX.replace(" 0;\n", " 0\n")).values, read(PX).values)


def test_number_that_the_end_of_the_file_may_have_cut_is_refused(read):
    with pytest.raises(WeightingError, match="DATA ends within a number"):
        read(PX.replace(" 0;\n", " 0"))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("250 240", "250", "DATA holds 7 cells, but 1 x 2 x 2 x 2 = 8"),
        ("250 240", "250 240 1", "DATA holds 9 cells"),
        ("250 240", "250;240", "something follows the ending ;"),
        ("250 240", "250,,240", "empty"),
        ("250 240", "250 2O0", "cell 2: '2O0' is neither"),
        ("250 240", "250 nan", "cell 2: 'nan' is neither"),
        ("250 240", "250 1_0", "cell 2: '1_0' is neither"),
        ('"."', '"57"', "cell 4: '57' is quoted like a mark, but holds digits"),
        ('"."', '"."7', "touches a quoted mark"),
        ('"-" 0;', '" 0;', "quotation mark has no partner"),
        ("DATA=", 'KEYS("OBČINE")=CODES;\nDATA=', "KEYS: the sparse layout"),
        ("DATA=", "DATEN=", "the file ends before DATA"),
        ('"2021H1","2021H2"', '"2021H1","2021H1"', "'POLLETJE': category '2021H1' stands twice"),
        ('CODES("SPOL")="1","2"', 'CODES("SPOL")="1"', "1 codes, but 2 labels"),
        ('VALUES("POLLETJE")', 'VALUES("X")', "dimension 'POLLETJE': has no name, no category"),
        ('VALUES("SPOL")', 'VALUES("POLLETJE")', "VALUES.'POLLETJE'. stands twice"),
        ('"Moški","Ženske"', '"Moški,"Ženske"', "VALUES holds 'Ženske' outside of quotation marks"),
        ('"Moški","Ženske"', '"Moški",Ženske', "VALUES holds 'Ženske' outside of quotation marks"),
        ('HEADING="POLLETJE","SPOL"', 'HEADING="SPOL","SPOL"', "dimension 'SPOL' stands twice"),
        ('LANGUAGE="sl";', "?", "a keyword and = are expected, found"),
    ],
)
def test_damaged_file_is_refused(read, old, new, match):
    assert old in PX
    with pytest.raises(WeightingError, match=match):
        read(PX.replace(old, new, 1))


def test_codes_stand_in_for_labels_that_are_not_there(read):
    assert read(PX.replace('VALUES("SPOL")', 'NOTE("SPOL")')).dimensions[3].labels == ("1", "2")


def test_file_without_stub_and_heading_is_refused(read):
    with pytest.raises(WeightingError, match="neither STUB nor HEADING"):
        read('CHARSET="ANSI";\nDATA=\n1;\n')


def test_absurd_size_is_refused_before_anything_is_made(read):
    many = ",".join(f'"{n}"' for n in range(2000))
    text = "".join(f'VALUES("{name}")={many};\n' for name in "ABC")
    with pytest.raises(WeightingError, match="2000 x 2000 x 2000 make more than 2,000,000 cells"):
        read(f'STUB="A","B","C";\n{text}DATA=1;')


def test_every_truncation_is_refused_or_reads_the_whole_table(read):
    whole = read(PX)
    for length in range(len(PX)):
        try:
            table = read(PX[:length])
        except WeightingError:
            continue
        np.testing.assert_array_equal(table.values, whole.values)
