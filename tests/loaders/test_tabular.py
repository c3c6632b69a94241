import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kzm_surveys as kzm
from kzm_surveys.errors import DataError
from kzm_surveys.loaders.tabular import read_csv
from tests.loaders import tiny, write_wave
from tests.loaders.tables import wave_of

NAN = math.nan


def read(folder, content, **data):
    path = folder / "answers.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_csv(path, wave_of(folder, "csv", **data))


def refused(folder, content, **data):
    with pytest.raises(DataError) as caught:
        read(folder, content, **data)
    assert str(caught.value).startswith("tiny 2025: ")
    return str(caught.value)


def cells(table):
    return {name: [None if cell is NAN else cell for cell in column] for name, column in table.cells.items()}


def said(table):
    return [(problem.severity, problem.variable, problem.where) for problem in table.problems]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_every_delimiter_is_told_from_the_file(tmp_path, mark):
    table = read(tmp_path, "id;q1;q2\n11;1;a\n12;2;b\n".replace(";", mark))
    assert cells(table) == {"id": ["11", "12"], "q1": ["1", "2"], "q2": ["a", "b"]}
    assert table.cells.index.tolist() == [11, 12]
    assert (table.kind, table.rows, table.other_columns, table.problems) == ("csv", 2, {"id"}, ())


def test_decimal_commas_do_not_count_as_delimiters(tmp_path):
    # The header has one comma in a name; every row has one decimal comma.
    table = read(tmp_path, "id;age, years;weight\n1;20;1,5\n2;30;0,5\n")
    assert cells(table)["weight"] == ["1.5", "0.5"]
    assert list(table.cells) == ["id", "age, years", "weight"]


def test_an_ambiguous_delimiter_is_reported_and_a_first_line_settles_it(tmp_path):
    message = refused(tmp_path, "id,a;b\n1,2;3\n", id=None)
    assert "the delimiter may be ';' or ','" in message
    assert "sep=;" in message
    assert cells(read(tmp_path, "sep=;\r\nid,a;b\r\n1,2;3\r\n", id=None)) == {"id,a": ["1.2"], "b": ["3"]}
    assert cells(read(tmp_path, 'sep=,\nid,a;b\n1,"2;3"\n', id=None)) == {"id": ["1"], "a;b": ["2;3"]}


def test_windows_1250_and_utf_16_are_read_and_noted(tmp_path):
    text = "id;predlog\r\n1;več šol\r\n"
    table = read(tmp_path, text.encode("cp1250"))
    assert cells(table)["predlog"] == ["več šol"]
    assert [problem.variable for problem in table.problems] == ["file"]
    assert cells(read(tmp_path, text.encode("utf-16")))["predlog"] == ["več šol"]
    assert cells(read(tmp_path, text.encode("cp852"), encoding="cp852"))["predlog"] == ["več šol"]


def test_quoted_cells_hold_delimiters_line_ends_and_doubled_quotes(tmp_path):
    table = read(tmp_path, 'id;q\r\n1;"a;b\r\n""c"""\r\n2;5" pipe\r\n')
    assert cells(table)["q"] == ['a;b\r\n"c"', '5" pipe']


@pytest.mark.parametrize("content", ['id;q\n1;"a\n2;b\n', 'id;q\n1;"a"b\n2;c\n', 'id;q\n1;"a"";\n'])
def test_a_quote_without_end_is_refused(tmp_path, content):
    message = refused(tmp_path, content)
    assert "row 2: a quote does not end" in message
    assert "cut short" in message


def test_a_quote_that_swallows_rows_is_refused(tmp_path):
    # The quote after x is lost, so the answer ends at the quote before y: as many cells as before, two rows fewer.
    good = 'id;a;b;c;d\n1;"x";1;1;1\n2;2;2;2;2\n3;"";3;3;3\n'
    assert read(tmp_path, good).rows == 3
    lost = 'id;a;b;c;d\n1;"x;1;1;1\n2;2;2;2;2\n3;y";3;3;3\n'
    assert "row 2: a quoted answer holds whole rows" in refused(tmp_path, lost)


def test_long_answers_with_delimiters_in_every_line_are_not_taken_for_swallowed_rows(tmp_path):
    table = read(tmp_path, 'id,a,b,c,d\n1,"trees, shade,\nbenches",1,1,1\n')
    assert cells(table)["a"] == ["trees, shade,\nbenches"]


def test_all_ragged_rows_are_listed_at_once(tmp_path):
    rows = "".join(f"{i};{i};{i}\n" for i in range(2, 12))
    message = refused(tmp_path, f"id;q\n1;1\n{rows}13\n")
    assert "the header has 2 cells" in message
    # Rows 3 to 12 have one cell too many and row 13 one too few: 11, of which 8 are shown.
    assert "row 3 has 3, row 4 has 3" in message
    assert "row 10 has 3 and 3 more" in message


def test_the_header_needs_names(tmp_path):
    assert "column 2" in refused(tmp_path, "id;;b\n1;2;3\n")
    assert "stand twice: q" in refused(tmp_path, "id; q;q \n1;2;3\n")
    assert "has no header" in refused(tmp_path, "11;1,5;2\n12;2;3\n", id=None)
    assert "first row is empty" in refused(tmp_path, "\nid;q\n1;2\n")
    assert "no id column 'id'" in refused(tmp_path, "a;b\n1;2\n")


def test_names_are_trimmed_and_differ_by_case(tmp_path):
    assert list(read(tmp_path, "id; q ;Q\n1;2;3\n").cells) == ["id", "q", "Q"]


def test_a_delimiter_at_the_end_of_every_row_makes_no_column(tmp_path):
    assert cells(read(tmp_path, "id;q;\n1;2;\n")) == {"id": ["1"], "q": ["2"]}


def test_empty_rows_end_the_table_or_are_reported(tmp_path):
    table = read(tmp_path, "id;q\n1;2\n\n;\n  \n4;5\n;\n\n\n")
    assert cells(table) == {"id": ["1", "4"], "q": ["2", "5"]}
    assert said(table) == [("warning", "file", "row 3, 4, 5")]


def test_a_header_alone_is_a_table_without_rows_and_nothing_is_no_table(tmp_path):
    table = read(tmp_path, "id;q\n")
    assert (table.rows, list(table.cells)) == (0, ["id", "q"])
    for content in (b"", b"\r\n \r\n", b"\xef\xbb\xbf"):
        assert "is empty" in refused(tmp_path, content)


def test_a_table_of_one_column_needs_no_delimiter(tmp_path):
    assert cells(read(tmp_path, "id\n11\n12\n")) == {"id": ["11", "12"]}


def test_nul_bytes_are_refused(tmp_path):
    assert "0x00 (line 2)" in refused(tmp_path, "id;q\n1;\x002\n")


def test_empty_cells_are_missing_and_texts_that_look_missing_are_not(tmp_path):
    table = read(tmp_path, 'id;q\n1;\n2;""\n3;  \n4;NA\n5;null\n6; a \n')
    assert table.cells["q"].isna().tolist() == [True, True, True, False, False, False]
    assert table.cells["q"].tolist()[3:] == ["NA", "null", " a "]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (["1,5", "2", "-0,25"], ["1.5", "2", "-0.25"]),
        (["1.5", "2", "1e-3"], ["1.5", "2", "1e-3"]),
        (["1.234,5", "12", "1.234"], ["1234.5", "12", "1234"]),
        (["1,234.5", "12", "1,234"], ["1234.5", "12", "1234"]),
        (["1.234.567", "12"], ["1234567", "12"]),
        (["1 234,5", "2\u00a0000"], ["1234.5", "2000"]),
        (["0,123", "0,456"], ["0.123", "0.456"]),
        (["1.234", "0.987"], ["1.234", "0.987"]),
        (["1,5", "two"], ["1,5", "two"]),
        (["1,2,3", "4,5"], ["1,2,3", "4,5"]),
        (["007", "008"], ["007", "008"]),
    ],
)
def test_numbers_are_settled_where_all_cells_agree(tmp_path, written, read_as):
    table = read(tmp_path, "id;q\n" + "".join(f"{i};{text}\n" for i, text in enumerate(written, start=1)))
    assert cells(table)["q"] == read_as
    assert table.problems == ()


@pytest.mark.parametrize(
    ("written", "found", "rows"),
    [
        (["1,5", "1.5", "2"], "decimal commas and decimal points in one column", "1 row: id 1"),
        (["1.234,5", "1,234.5"], "decimal commas and decimal points in one column", "2 rows: id 1, 2"),
        (["1,234", "5", "2,500"], "commas before three digits", "2 rows: id 1, 3"),
    ],
)
def test_numbers_that_can_be_read_in_two_ways_are_reported(tmp_path, written, found, rows):
    table = read(tmp_path, "id;q\n" + "".join(f"{i};{text}\n" for i, text in enumerate(written, start=1)))
    (problem,) = table.problems
    assert (problem.severity, problem.variable, problem.where) == ("error", "q", rows)
    assert problem.found.startswith(found)
    assert cells(table)["q"] == written


@pytest.mark.parametrize("day", ["1.2.", "1. 2. 2021", "01.feb", "2-Jan", "jan.21", "2021-02-01", "1/2", "1/2/2021"])
def test_days_among_codes_are_reported(tmp_path, day):
    table = read(tmp_path, f"id;q\n1;2\n2;{day}\n3;4\n4;98\n")
    assert said(table) == [("error", "q", "1 row: id 2")]
    assert "turned codes (such as 1-2) into dates" in table.problems[0].found
    assert day not in str(table.problems[0])


@pytest.mark.parametrize(
    "column", [["2021-02-01", "1.2.2021"], ["1.2.2021", "2.2.2021", "98", "98", "98"], ["1.2.", "text", "3"]]
)
def test_columns_of_days_or_texts_are_no_code_columns(tmp_path, column):
    table = read(tmp_path, "id;q\n" + "".join(f"{i};{text}\n" for i, text in enumerate(column)))
    assert (cells(table)["q"], table.problems) == (column, ())


@pytest.mark.parametrize("error", ["#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#VREDN!", "######"])
def test_error_values_of_spreadsheets_are_reported(tmp_path, error):
    table = read(tmp_path, f"id;q\n1;2\n2;{error}\n3;#stop\n")
    assert said(table) == [("error", "q", "1 row: id 2")]


def test_the_apostrophe_before_formulas_is_taken_off_once(tmp_path):
    table = read(tmp_path, "id;q\n1;'=1+1\n2;''@home\n3;'t Hart\n4;'-5\n5;\"'\ttab\"\n")
    assert cells(table)["q"] == ["=1+1", "'@home", "'t Hart", "-5", "\ttab"]


def test_a_file_without_a_last_line_end_may_be_cut(tmp_path):
    assert said(read(tmp_path, "id;q\n1;2")) == [("warning", "file", "")]
    assert said(read(tmp_path, "id;q\r\n1;2\r")) == [("warning", "file", "")]
    assert said(read(tmp_path, "id;q\r1;2\r")) == []


def test_no_cut_goes_unnoticed_except_between_rows(tmp_path):
    content = 'id;q;text\r\n1;1,5;"več\r\nšol"\r\n2;2;"a;""b"""\r\n3;3;c\r\n'.encode()
    whole = read(tmp_path, content).rows
    between = {content.index(row) for row in (b"1;1,5", b"2;2;", b"3;3;")}
    for length in range(len(content)):
        try:
            table = read(tmp_path, content[:length])
        except DataError:
            continue
        assert table.problems or length in between or table.rows == 0, length
        assert table.rows < whole or table.problems


@given(
    st.lists(st.lists(st.text("ab čŠ;,|\t\"'\r\n5", max_size=8), min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from([";", ",", "\t", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\r\n", "\n"]),
)
def test_any_answers_survive_a_csv_file(tmp_path_factory, rows, mark, quoting, line_end):
    # An "x" at both ends keeps numbers, blank cells and apostrophes from being settled.
    # Python's csv leaves "\r" without quotes where lines end in "\n" alone.
    answers = [[f"x{cell if line_end != chr(10) else cell.replace(chr(13), '')}x" for cell in row] for row in rows]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=mark, quoting=quoting, lineterminator=line_end)
    writer.writerows([["alpha", "beta", "gamma"], *answers])
    folder = tmp_path_factory.mktemp("csv")
    table = read(folder, f"sep={mark}{line_end}{buffer.getvalue()}", id=None)
    assert table.cells.to_numpy().tolist() == answers


SIDECAR = """variable,label,kind,code,meaning,missing
_file,SINTETIČNI PODATKI – izmišljeno,file,,,
sex,Spol,categorical,,,
sex,,categorical,1,moški,
sex,,categorical,2,ženske,0
sex,,categorical,98,ne vem,1
code,"Koda, prosto",text,,,
code,,text,-,ni odgovora,1
code,,text,'=,'+ simbol,
day,Dan,date,,,
""".replace("\n", "\r\n")


def with_sidecar(folder, content, text="id;sex;code;day\n1;98;1,5;98\n2;1;-;1.2.2021\n3;1;#N/A;97\n"):
    (folder / "answers_codebook.csv").write_bytes(content.encode("utf-8-sig"))
    return read(folder, text)


def test_the_codebook_beside_the_file_gives_labels_and_missing_codes(tmp_path):
    table = with_sidecar(tmp_path, SIDECAR)
    assert table.synthetic
    assert table.labels == {"sex": "Spol", "code": "Koda, prosto", "day": "Dan"}
    assert table.value_labels == {
        "sex": {1.0: "moški", 2.0: "ženske", 98.0: "ne vem"},
        "code": {"-": "ni odgovora", "=": "+ simbol"},
    }
    assert table.user_missing == {"sex": ((98.0, 98.0),), "code": (("-", "-"),)}
    assert table.problems == ()


def test_what_the_codebook_calls_text_stays_as_it_is_written(tmp_path):
    table = with_sidecar(tmp_path, SIDECAR)
    assert (cells(table)["code"], cells(table)["day"]) == (["1,5", "-", "#N/A"], ["98", "1.2.2021", "97"])
    table = with_sidecar(tmp_path, SIDECAR, "id;sex;code;day\n1;1;1,5;\n2;2;'-2;\n")
    assert cells(table)["code"] == ["1,5", "-2"]


def test_a_file_without_a_codebook_beside_it_is_not_synthetic(tmp_path):
    table = read(tmp_path, "id;sex\n1;1\n")
    assert (table.synthetic, table.labels, table.value_labels, table.user_missing) == (False, {}, {}, {})


def test_a_wave_of_invented_answers_says_when_the_codebook_beside_the_file_is_lost(tmp_path):
    (tmp_path / "answers.csv").write_bytes(b"id;sex\n1;1\n")
    wave = wave_of(tmp_path, "csv").model_copy(update={"synthetic": True})
    table = read_csv(tmp_path / "answers.csv", wave)
    (problem,) = table.problems
    assert (problem.severity, problem.variable, table.synthetic) == ("warning", "file", False)
    assert problem.found == "no codebook lies beside the file, so nothing tells whether the answers are invented"
    assert problem.to_do == "keep answers_codebook.csv beside it"
    (tmp_path / "answers_codebook.csv").write_text(SIDECAR, encoding="utf-8", newline="")
    assert read_csv(tmp_path / "answers.csv", wave).synthetic
    assert "no codebook" not in str(read_csv(tmp_path / "answers.csv", wave).problems)


def test_a_row_with_nothing_but_an_id_is_noted_or_a_note(tmp_path):
    table = read(tmp_path, "id;q\n11;1\n12;\nVir: 2025;\n")
    assert said(table) == [("error", "file", "1 row: id Vir: 2025"), ("warning", "file", "1 row: id 12")]
    assert "a note below the table?" in table.problems[0].found
    # Where ids are no numbers, nothing tells a note from a respondent without answers.
    assert said(read(tmp_path, "id;q\na1;1\nVir: 2025;\n")) == [("warning", "file", "1 row: id Vir: 2025")]
    assert said(read(tmp_path, "id\n11\nx\n")) == []
    assert said(read(tmp_path, "id;q\na;\n11;\n")) == [("warning", "file", "2 rows: id a, 11")]


def test_long_answers_are_read_and_the_limit_of_csv_stays(tmp_path):
    before, long = csv.field_size_limit(), "x" * 300_000
    assert cells(read(tmp_path, f'id;q\n1;"{long}"\n'))["q"] == [long]
    assert "a quote does not end" in refused(tmp_path, f'id;q\n1;"{long}\n')
    assert csv.field_size_limit() == before


def test_two_files_joined_are_noted_and_ids_stay_numbers(tmp_path):
    table = read(tmp_path, "\ufeffid;q\n11;1\n\ufeff12;2\n")
    assert table.cells.index.tolist() == [11, 12]
    assert said(table) == [("warning", "file", "first in line 3")]


def test_a_codebook_of_another_file_is_noticed(tmp_path):
    assert said(with_sidecar(tmp_path, SIDECAR, "id;sex;day\n1;1;\n")) == [("warning", "code", "")]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("variable,label", "name,label", "its first row is not variable,label,kind,code,meaning,missing"),
        ("sex,,categorical,1,moški,", "sex,,categorical,1,moški", "row 4 has 5 cells"),
        ("98,ne vem,1", "98,ne vem,yes", "row 6 lacks a variable or a kind"),
        ("98,ne vem", "dk,ne vem", "row 6: the code is not a number"),
        ("98,ne vem", "nan,ne vem", "row 6: the code is not a number"),
        ("98,ne vem", "1,ne vem", "row 6 gives a code of 'sex' again"),
        ("code,,text", "cod,,text", "row 8 has a code of 'cod'"),
        ('"Koda, prosto"', '"Koda, prosto', "a quote does not end"),
        ('code,"Koda', 'sex,"Koda', "row 7 describes 'sex' again"),
    ],
)
def test_a_damaged_codebook_is_refused(tmp_path, old, new, found):
    assert old in SIDECAR
    with pytest.raises(DataError, match="answers_codebook") as caught:
        with_sidecar(tmp_path, SIDECAR.replace(old, new, 1))
    assert found in str(caught.value)


def test_a_survey_reads_the_same_from_csv_as_from_sav(tmp_path):
    folder = write_wave(tmp_path, form="csv", file="answers.csv", change=("n = 4", 'n = 4\nid = "id"'))
    (folder / "answers.csv").write_text(
        "id;sex;age;annoyance_road;annoyance_port;hours;proposals\n"
        '11;1;18;1;98;;"Manj prometa čez šolski okoliš, žal"\n12;2;105;3;1;2;\n13;2;999;97;2;;ČŠŽ čšž\n'
        "14;;40;2;;;tišina\n",
        encoding="utf-8-sig",
    )
    survey, expected = kzm.load(folder), kzm.load(tiny(tmp_path / "sav"))
    assert survey.responses.equals(expected.responses)
    assert survey.missing.equals(expected.missing)
    assert survey.source.kind == "csv"
