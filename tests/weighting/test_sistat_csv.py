import numpy as np
import pytest

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.sistat import read_population_table

# Slovenia = Koper + the rest in every column: 60 + 40 = 100, 66 + 44 = 110, 61 + 39 = 100, 67 + 43 = 110.
WIDE = [
    '"Prebivalstvo po spolu, občine, Slovenija, polletno"',
    "",
    '"OBČINE";"2021H1 Moški";"2021H1 Ženske";"2021H2 Moški";"2021H2 Ženske"',
    '"SLOVENIJA";100;110;100;110',
    '"Koper/Capodistria";60;66;61;67',
    '"Črnomelj";40;44;39;43',
]
VALUES = [[[100, 110], [100, 110]], [[60, 66], [61, 67]], [[40, 44], [39, 43]]]


@pytest.fixture
def read(tmp_path):
    def _read(lines, encoding="cp1250", end="\r\n"):
        path = tmp_path / "table.px"  # the name tells nothing
        path.write_bytes("".join(line + end for line in lines).encode(encoding))
        return read_population_table(path)

    return _read


def named(table):
    return [(d.code, d.labels) for d in table.dimensions]


def test_wide_table_is_read_with_one_dimension_per_part_of_the_heading(read):
    table = read(WIDE)
    assert named(table) == [
        ("OBČINE", ("SLOVENIJA", "Koper/Capodistria", "Črnomelj")),
        ("PERIOD", ("2021H1", "2021H2")),
        ("HEADING 1", ("Moški", "Ženske")),
    ]
    assert all(d.codes == d.labels and d.text == d.code for d in table.dimensions)
    np.testing.assert_array_equal(table.values, VALUES)
    assert (table.title, table.source, table.updated) == (WIDE[0].strip('"'), "", "")


@pytest.mark.parametrize("encoding", ["cp1250", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_code_page_separator_and_line_end_reads_alike(read, encoding, separator, end):
    table = read([*WIDE[:2], *(line.replace(";", separator) for line in WIDE[2:])], encoding, end)
    np.testing.assert_array_equal(table.values, VALUES)
    assert table.dimensions == read(WIDE).dimensions
    assert table.title == "Prebivalstvo po spolu, občine, Slovenija, polletno"


def test_title_may_lack_the_blank_line_or_stand_unquoted_or_padded_or_not_at_all(read):
    quoted, bare = WIDE[0], WIDE[0].strip('"')
    for head in ([quoted], [bare, ""], [bare + ";;;;", ";;;;"], [bare + ";;;;"], [], ["", quoted, ""]):
        table = read([*head, *WIDE[2:], ";;;;", ""])
        np.testing.assert_array_equal(table.values, VALUES)
        assert table.title == (bare if head else "")
    with_commas = [line.replace(";", ",") for line in WIDE[2:]]
    assert read([bare, "", *with_commas]).title == bare.replace(", ", ",")


def test_code_page_of_central_europe_keeps_the_letters_that_differ(read):
    # 0xC8 and 0xE8 are Č and č in cp1250 but È and è in cp1252; š and ž do not tell the two apart.
    table = read(['"STATISTIČNA REGIJA";"2020"', '"Obalno-kraška";1', '"Koroška, ožje območje";2'])
    assert named(table)[0] == ("STATISTIČNA REGIJA", ("Obalno-kraška", "Koroška, ožje območje"))


def test_letters_spoilt_by_the_wrong_code_page_are_refused(read):
    with pytest.raises(WeightingError, match="'STATISTIÈNA REGIJA' was saved in the wrong code page"):
        read(['"STATISTIÈNA REGIJA";"2020"', '"Goriška";1'], "utf-8")


def test_totals_printed_after_the_years_are_a_category_of_their_own(read):
    # The layout of the regional table by sex: two columns of the stub, one year and the age total in each heading.
    lines = [
        "SPOL;STATISTIČNA REGIJA;2010 Starost - SKUPAJ;2011 Starost - SKUPAJ",
        "Spol - SKUPAJ;SLOVENIJA;7;11",
        "Spol - SKUPAJ;Pomurska;3;5",
        "Moški;SLOVENIJA;4;6",
        "Moški;Pomurska;2;3",
    ]
    table = read(lines)
    assert named(table) == [
        ("SPOL", ("Spol - SKUPAJ", "Moški")),
        ("STATISTIČNA REGIJA", ("SLOVENIJA", "Pomurska")),
        ("PERIOD", ("2010", "2011")),
        ("HEADING 1", ("Starost - SKUPAJ",)),
    ]
    np.testing.assert_array_equal(table.values[..., 0], [[[7, 11], [3, 5]], [[4, 6], [2, 3]]])


@pytest.mark.parametrize(
    ("headings", "labels"),
    [
        (["Moški", "Ženske", "Skupaj"], [("HEADING 1", ("Moški", "Ženske", "Skupaj"))]),
        (["2021H1", "2021H2", "2022H1"], [("PERIOD", ("2021H1", "2021H2", "2022H1"))]),
        (["Moški 2020", "Moški 2021", "Ženske 2020", "Ženske 2021"],
         [("HEADING 1", ("Moški", "Ženske")), ("PERIOD", ("2020", "2021"))]),
        (["Spol - SKUPAJ 0 let", "Spol - SKUPAJ 85 + let", "Moški 0 let", "Moški 85 + let"],
         [("HEADING 1", ("Spol - SKUPAJ", "Moški")), ("HEADING 2", ("0 let", "85 + let"))]),
        (["2021H1 Moški 0 let", "2021H1 Moški 1 leto", "2021H1 Ženske 0 let", "2021H1 Ženske 1 leto"],
         [("PERIOD", ("2021H1",)), ("HEADING 1", ("Moški", "Ženske")), ("HEADING 2", ("0 let", "1 leto"))]),
        (["2021H1 Moški", "2021H1 Ženske", "2021H2 Moški", "Skupaj"],  # no combinations: as printed
         [("HEADING 1", ("2021H1 Moški", "2021H1 Ženske", "2021H2 Moški", "Skupaj"))]),
        (["0 let", "1 leto", "2 leti", "3 leta"], [("HEADING 1", ("0 let", "1 leto", "2 leti", "3 leta"))]),
    ],
)  # fmt: skip
def test_headings_are_taken_apart_only_into_combinations(read, headings, labels):
    table = read([";".join(["OBČINE", *headings]), ";".join(["Koper", *map(str, range(len(headings)))])])
    assert named(table)[1:] == labels
    assert table.values.ravel().tolist() == list(range(len(headings)))


def test_long_table_is_read_and_the_name_of_its_cells_goes_to_the_title(read):
    lines = ["Prebivalstvo", "OBČINE;SPOL;LETO;Število", "Koper;Moški;2020;60", "Koper;Moški;2021;61"]
    table = read([*lines, "Koper;Ženske;2020;66", "Koper;Ženske;2021;z"])
    assert named(table) == [("OBČINE", ("Koper",)), ("SPOL", ("Moški", "Ženske")), ("LETO", ("2020", "2021"))]
    np.testing.assert_array_equal(table.values, [[[60, 61], [66, np.nan]]])
    assert table.title == "Prebivalstvo: Število"


def test_labels_that_are_numbers_are_not_taken_for_cells(read):
    # One year only: without care 2021 would be read as a count.
    assert named(read(["OBČINE;LETO;Število", "Koper;2021;60"])) == [("OBČINE", ("Koper",)), ("LETO", ("2021",))]
    table = read(["LETO;STAROST;Število", "2020;0;5", "2020;999;50", "2021;0;6", "2021;999;60"])
    assert named(table) == [("LETO", ("2020", "2021")), ("STAROST", ("0", "999"))]
    assert named(read(["OBČINE;STAROST;Število", "Koper;0;5", "Koper;85+;50"]))[1] == ("STAROST", ("0", "85+"))


def test_columns_named_in_capitals_may_be_cells(read):
    table = read(["SPOL;SLOVENIJA;Koper", "Moški;100;60", "Ženske;110;66"])
    assert named(table) == [("SPOL", ("Moški", "Ženske")), ("HEADING 1", ("SLOVENIJA", "Koper"))]


@pytest.mark.parametrize(
    ("cell", "value", "mark"),
    [
        ("0", 0, None), ("-", 0, None), ("57 M", 57, None), ("57M", 57, None), ("12.5", 12.5, None),
        ('"12,5"', 12.5, None),
        ("+3", 3, None), ("z", np.nan, "z"), ("...", np.nan, "..."), ("..", np.nan, ".."), ("N", np.nan, "N"),
        ("57 N", np.nan, "N"), ("M", np.nan, "M"), ("", np.nan, ""), ("…", np.nan, "…"), ("57 z", np.nan, "z"),
    ],
)  # fmt: skip
def test_marks_are_told_from_numbers(read, cell, value, mark):
    table = read([*WIDE[:3], f"SLOVENIJA;{cell};1;1;1"])
    np.testing.assert_array_equal(table.values[0, 0, 0], value)
    assert table.marks == ({} if mark is None else {(0, 0, 0): mark})


@pytest.mark.parametrize(
    ("cell", "match"),
    [
        ("26.367", "line 5, column '2021H1 Ženske': '26.367' has a mark of thousands, or three decimals"),
        ("26,367", "mark of thousands"),
        ("1.026.367", "mark of thousands"),
        ("26 367", "mark of thousands"),
        ("2O", "line 5, column '2021H1 Ženske': '2O' is neither a number nor a mark"),
        ("nan", "'nan' is neither"),
        ("inf", "'inf' is neither"),
        ("1e3", "'1e3' is neither"),
        ("١٢", "is neither"),
        ('="12"', "is neither"),
        ("9" * 30, "is neither"),
        ("12;13", "line 5: 6 cells, but the header in line 3 has 5"),
        ('"12', "not a CSV table"),
    ],
)
def test_damaged_cell_is_refused_with_its_place(read, cell, match):
    with pytest.raises(WeightingError, match=match):
        read([*WIDE[:4], f"Koper;60;{cell};61;67"], "utf-8")


@pytest.mark.parametrize(
    ("lines", "match"),
    [
        ([*WIDE, WIDE[-1]], "line 7: 'Črnomelj' stands twice, first in line 6"),
        ([*WIDE[:2], *WIDE[3:]], "'100' stands where the header must name a column. Is a line missing"),
        ([*WIDE, ";1;2;3;4"], "a label of 'OBČINE' is empty"),
        (WIDE[:3], "no row follows the header"),
        (["just a title"], "no separator"),
        (["OBČINE;2020;2020", "Koper;1;2"], "'PERIOD': category '2020' stands twice"),
        (["OBČINE;2020;", "Koper;1;2"], "'' stands where the header must name"),
        (["OBČINE;OBČINE;Število", "Koper;Piran;2"], "dimension 'OBČINE' stands twice"),
        (["A;SPOL;Število", "a;m;1", "a;f;2", "b;m;3"], "no row for 'b, f', though its parts occur"),
        (["A;Spol", "a;moški"], "column 'Spol': 'moški' is neither a number nor a mark"),
        (["A;2020", "a;z"], "no cell holds a number"),
    ],
)
def test_table_that_contradicts_itself_is_refused(read, lines, match):
    with pytest.raises(WeightingError, match=match):
        read(lines)


@pytest.mark.parametrize("note", ["Vir: SURS", "Vir: SURS;"])
def test_note_below_the_table_is_named(read, note):
    with pytest.raises(WeightingError, match=r"line 6: one cell, as in a note below the table.*header in line 3 has 2"):
        read(["Prebivalstvo", "", "OBČINE;2021H1", "Koper;5", "", note])


def test_last_number_that_may_be_cut_off_is_refused(read):
    with pytest.raises(WeightingError, match="the last line has no end: is a number cut off"):
        read(["\r\n".join(WIDE)], end="")


def test_every_truncation_is_refused_or_loses_whole_rows_only(read):
    text = "\n".join(WIDE) + "\n"
    for length in range(len(text)):
        try:
            table = read([text[:length]], end="")
        except WeightingError:
            continue
        np.testing.assert_array_equal(table.values, VALUES[: len(table.values)])


def test_long_headings_cost_no_time(read):
    words = "a " * 60_000
    table = read([";".join(["A", *(f"{words}{n}" for n in "bcde")]), "x;1;2;3;4"])
    assert table.values.shape == (1, 4)
    # 20 000 periods, each with a text of its own: their combinations would be 400 million.
    names = [f"{1900 + n // 100}M{n % 100:02} x{n}" for n in range(20_000)]
    table = read([";".join(["A", *names]), ";".join(["x", *["1"] * len(names)])])
    assert table.values.shape == (1, 20_000)
