import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from tests.loaders.enka_files import (
    BOM,
    BOOK,
    BROWSER,
    EXAMPLE,
    FIRST,
    LABELS,
    NAMES,
    unit,
    wave_of,
    with_paradata,
)

INVALID = ";".join(['="-5"'] * 7)


def reasons(survey, variable):
    return survey.missing[variable].astype(object).where(survey.missing[variable].notna(), None).tolist()


def test_example_of_the_reference(tmp_path):
    survey = kzm.load(wave_of(tmp_path, EXAMPLE))
    first = survey.responses.iloc[0]
    assert first["news_web"] == first["news_other"] == "selected"
    assert first["news_paper"] == "not_selected"
    assert first["news_other_text"] == 'radio, "Val" 202'
    assert (first["quality_water"], first["quality_air"]) == ("good", "very_good")
    assert first["change"] == "Več d'oseb, manj  hrupa"
    assert survey.missing.iloc[0].isna().all()
    assert survey.responses["news_paper"].tolist()[1] == "selected"
    assert reasons(survey, "news_other_text") == [None, "not_asked"]
    for variable in ("quality_water", "quality_air", "change"):
        assert reasons(survey, variable) == [None, "break_off"]


def test_data_only_has_row_numbers_as_ids_and_says_so(tmp_path):
    survey = kzm.load(wave_of(tmp_path, EXAMPLE))
    assert survey.responses.index.tolist() == [1, 2]
    assert any("no id, no status" in problem.found for problem in survey.problems)
    assert "change" not in {problem.variable for problem in kzm.check(survey)}


def test_paradata_give_ids_and_no_warning_about_columns(tmp_path):
    survey = kzm.load(wave_of(tmp_path, with_paradata(unit(7, 6, cells=FIRST), unit(3, 5))))
    assert survey.responses.index.tolist() == [7, 3]
    assert survey.responses["change"].tolist()[0] == "Več d'oseb, manj  hrupa"
    assert [p.variable for p in survey.problems] == ["file"]
    assert "names no SHA-256" in survey.problems[0].found


def test_units_that_are_no_respondents_are_dropped_and_counted(tmp_path):
    units = [
        unit(1, 6, cells=FIRST), unit(2, 5), unit(3, 3, lurker=1, cells=INVALID), unit(4, 4, lurker=1, cells=INVALID),
        unit(5, 5, lurker=1, cells=INVALID), unit(6, 6, lurker=1, cells=INVALID), unit(7, 6, test=1, cells=FIRST),
        unit(8, 6, test=2, cells=FIRST), unit(9, 6, cells=FIRST),
    ]  # fmt: skip
    survey = kzm.load(wave_of(tmp_path, with_paradata(*units), n=3))
    assert survey.responses.index.tolist() == [1, 2, 9]
    assert survey.source.rows == 9
    assert dict(survey.source.dropped) == {"test_unit": 2, "status": 2, "lurker": 2}


def test_unit_rule_of_the_wave(tmp_path):
    content = with_paradata(
        unit(1, 6, cells=FIRST), unit(2, 5), unit(3, 6, lurker=1, cells=INVALID), unit(4, 6, test=1)
    )
    only_complete = ("[weighting]", "[data.units]\nstatuses = [6]\n\n[weighting]")
    assert kzm.load(wave_of(tmp_path, content, n=1, change=only_complete)).responses.index.tolist() == [1]
    everybody = ("[weighting]", "[data.units]\nlurkers = true\ntest_units = true\n\n[weighting]")
    survey = kzm.load(wave_of(tmp_path, content, n=4, change=everybody))
    assert survey.responses.index.tolist() == [1, 2, 3, 4]
    assert reasons(survey, "change") == [None, "break_off", "empty_unit", "break_off"]


def test_empty_units_without_paradata_are_dropped(tmp_path):
    survey = kzm.load(wave_of(tmp_path, EXAMPLE + f"{INVALID}\r\n".encode()))
    assert dict(survey.source.dropped) == {"empty_unit": 1}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-1, "no_answer"), (-2, "not_asked"), (-3, "break_off"), (-4, "added_later"), (-5, "empty_unit"),
        (-97, "not_applicable"), (-98, "refused"), (-99, "dont_know"),
    ],
)  # fmt: skip
def test_missing_code_becomes_its_reason_in_codes_and_texts(tmp_path, code, reason):
    cells = f'="1";="0";="1";="{code}";="{code}";="5";="{code}"'
    survey = kzm.load(wave_of(tmp_path, with_paradata(unit(1, 6, cells=cells), unit(2, 6, cells=FIRST))))
    for variable in ("news_other_text", "quality_water", "change"):
        assert reasons(survey, variable) == [reason, None]


@pytest.mark.parametrize("code", ["-96", "-88", "7", "40", "x"])
def test_code_outside_the_codebook_is_an_error(tmp_path, code):
    folder = wave_of(tmp_path, with_paradata(unit(17, 6, cells=FIRST.replace('"4"', f'"{code}"')), unit(2, 5)))
    with pytest.raises(kzm.DataError, match=r"quality_water: .* (is not in the codebook|belong).*1 row: id 17"):
        kzm.load(folder)
    assert reasons(examine(folder), "quality_water")[0] == "unknown_code"


@pytest.mark.parametrize("text", ["-1.0", "-01", "-5.", "-99e0", " -2.0"])
def test_open_answer_that_only_looks_like_a_code_is_kept(tmp_path, text):
    # 1KA writes its codes as -1, -2, ...; only these exact texts cannot be told from an answer.
    cells = FIRST.replace(r"Več d\'oseb, manj  hrupa", text)
    survey = kzm.load(wave_of(tmp_path, with_paradata(unit(1, 6, cells=cells), unit(2, 5))))
    assert reasons(survey, "change")[0] is None


def test_number_and_empty_open_answers(tmp_path):
    cells = FIRST.replace(r"Več d\'oseb, manj  hrupa", "2")
    survey = kzm.load(wave_of(tmp_path, with_paradata(unit(1, 6, cells=cells), unit(2, 5))))
    assert survey.responses["change"].tolist()[0] == "2"


def test_comma_file_without_byte_order_mark_and_with_line_feeds(tmp_path):
    lines = [NAMES.replace(";", ","), LABELS.replace(";", ","), FIRST.replace(", ", "; ").replace('";=', '",='), ""]
    survey = kzm.load(wave_of(tmp_path, "\n".join(lines).encode(), n=1))
    assert survey.responses["news_other_text"].tolist() == ['radio; "Val" 202']
    assert survey.responses["change"].tolist() == ["Več d'oseb; manj  hrupa"]


def test_backslashes_in_answers(tmp_path):
    # Typed: C:\nova\"mapa" -> 1KA doubles the backslash and escapes the quotes.
    cells = FIRST.replace(r"Več d\'oseb, manj  hrupa", r"C:\\nova\\\"mapa\"")
    survey = kzm.load(wave_of(tmp_path, with_paradata(unit(1, 6, cells=cells), unit(2, 5))))
    assert survey.responses["change"].tolist()[0] == 'C:\\nova\\"mapa"'


def test_mark_of_synthetic_answers(tmp_path):
    content = with_paradata(unit(1, 6, browser=f"{BROWSER} kzm_surveys synthetic data"), unit(2, 5))
    folder = wave_of(tmp_path, content)
    with pytest.raises(kzm.DataError, match="carries the mark of synthetic answers"):
        kzm.load(folder)
    assert examine(folder).source.synthetic


def cut(content, end):
    return content[: content.rindex(end)]


DAMAGED = {
    "empty file": (b"", "is empty"),
    "byte order mark only": (BOM, "is empty"),
    "blank lines only": (BOM + b"\r\n\r\n", "is empty"),
    "names only": (BOM + f"{NAMES}\r\n".encode(), "has one header row"),
    "no header rows and other columns": (BOM + f'{FIRST};="1"\r\n'.encode(), "has no header rows, and its 8 cells"),
    "cut inside a cell": (cut(EXAMPLE, b'3"'), "row 4: .*cut short"),
    "cut between cells": (cut(EXAMPLE, b';="-3"'), "row 4: 6 cells where the header has 7"),
    "ragged row": (EXAMPLE.replace(b'="-2"', b'="-2";="0"'), "row 4: 8 cells where the header has 7"),
    "cell without its wrapping": (EXAMPLE.replace(b'="-2"', b"-2"), "row 4: .*not written"),
    "NUL byte": (EXAMPLE.replace(b"radio", b"rad\0o"), "NUL bytes"),
    "a byte that is not UTF-8 after the mark": (
        EXAMPLE.replace("č".encode(), b"\xe8"),
        "damaged: .*mark of UTF-8, but byte",
    ),
    "UTF-8 and windows-1250 mixed": (EXAMPLE[3:].replace("Č".encode(), b"\xc8"), "mixes UTF-8"),
    "column name twice": (EXAMPLE.replace(b"Q1b;", b"Q1a;", 1), "column names stand twice: Q1a"),
    "XLS, which is HTML": (BOM + b'<table border="1">\r\n</tr><td>Q1a</td></tr>\r\n', "is of the kind 1ka_xls"),
    "ordinary CSV": (b"id,sex\n1,2\n3,1\n", "the file has no column 'Q1a'"),
    "an Excel workbook": (b"PK\x03\x04" + b"\x14" * 50, "is of the kind xlsx"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_file_gives_one_clear_error(tmp_path, name):
    content, words = DAMAGED[name]
    folder = wave_of(tmp_path, content)
    with pytest.raises(kzm.DataError, match=words) as caught:
        kzm.load(folder)
    assert "anketa999001.csv" in str(caught.value)
    assert "Val" not in str(caught.value)


HEADER_END = EXAMPLE.index(b"=")


def cut_at(tmp_path, lengths):
    folder = wave_of(tmp_path, EXAMPLE)
    for length in lengths:
        (folder / "anketa999001.csv").write_bytes(EXAMPLE[:length])
        with pytest.raises(kzm.DataError):
            kzm.load(folder)


def test_file_cut_in_the_names_or_in_the_answers_is_refused(tmp_path):
    # A cut inside the last line break (2 bytes) loses nothing.
    cut_at(tmp_path, [*range(EXAMPLE.index(b"\n") + 1), *range(HEADER_END + 1, len(EXAMPLE) - 2)])


def test_file_cut_in_the_labels_is_refused(tmp_path):
    cut_at(tmp_path, range(EXAMPLE.index(b"\n") + 4, HEADER_END + 1))


@pytest.mark.parametrize("units", [[], [unit(1, 3, lurker=1, cells=INVALID)]], ids=["no units", "no respondents"])
def test_export_without_respondents(tmp_path, units):
    folder = wave_of(tmp_path, with_paradata(*units))
    with pytest.raises(kzm.DataError, match=r"holds 0 respondents, wave\.toml says 2"):
        kzm.load(folder)
    with pytest.raises(kzm.DataError, match="the file has no respondents"):
        kzm.load(folder, accept=True)
    survey = examine(folder, accept=True)
    assert len(survey) == 0
    assert kzm.check(survey)


def test_missing_and_extra_columns(tmp_path):
    folder = wave_of(tmp_path, EXAMPLE.replace(b"Q2b;", b"Q9;", 1))
    with pytest.raises(kzm.DataError, match="quality_air: the file has no column 'Q2b'"):
        kzm.load(folder)
    assert any(p.variable == "Q9" and p.severity == "warning" for p in examine(folder).problems)


@pytest.mark.parametrize("recnum", ["", "x", "1.5"])
def test_record_number_that_is_none_is_an_error(tmp_path, recnum):
    with pytest.raises(kzm.DataError):
        kzm.load(wave_of(tmp_path, with_paradata(unit(recnum, 6, cells=FIRST), unit(2, 5))))


def test_repeated_record_numbers_are_an_error(tmp_path):
    with pytest.raises(kzm.DataError, match=r"ids stand more than once \(2 rows: id 2, 2\)"):
        kzm.load(wave_of(tmp_path, with_paradata(unit(2, 6, cells=FIRST), unit(2, 5))))


def test_other_codebook_says_which_columns_fail(tmp_path):
    with pytest.raises(kzm.DataError, match="news_web: the file has no column 'Q7a'"):
        kzm.load(wave_of(tmp_path, EXAMPLE, codebook=BOOK, change=("n = 2", 'n = 2\ncolumns = { news = "Q7" }')))
