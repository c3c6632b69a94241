"""CSV with its codebook: exact bytes, nothing that a spreadsheet runs, and the same survey when read back."""

import csv
import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kzm_surveys as kzm
from kzm_surveys.export.table import safe, table_files
from kzm_surveys.loaders import examine
from kzm_surveys.loaders.derive import reason_names
from tests.export import ANSWERS, rich, rich_wave
from tests.loaders import tiny

BOM = b"\xef\xbb\xbf"


def rows_of(content):
    assert content.startswith(BOM)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def test_the_table_is_utf_8_with_bom_commas_and_crlf(tmp_path):
    # The four respondents of tests.loaders.answers: sex 1, 2, 2, empty; age 18, 105, refused, 40; and so on.
    files = table_files(kzm.load(tiny(tmp_path)), "tiny_2025")
    assert list(files) == ["tiny_2025.csv", "tiny_2025_codebook.csv"]
    assert (
        files["tiny_2025.csv"]
        == BOM
        + (
            "id,sex,age,annoyance_road,annoyance_port,hours,proposals\r\n"
            '11,1,18,1,98,,"Manj prometa čez šolski okoliš, žal"\r\n'
            "12,2,105,3,1,2,\r\n"
            "13,2,999,97,2,,ČŠŽ čšž\r\n"
            "14,,40,2,,,tišina\r\n"
        ).encode()
    )


def test_the_codebook_beside_it_names_every_code(tmp_path):
    rows = rows_of(table_files(kzm.load(tiny(tmp_path)), "t", "en")["t_codebook.csv"])
    assert rows[:8] == [
        ["variable", "label", "kind", "code", "meaning", "missing"],
        ["_file", "Trial 2025", "file", "", "", ""],
        ["sex", "Sex?", "categorical", "", "", ""],
        ["sex", "", "categorical", "1", "men", ""],
        ["sex", "", "categorical", "2", "women", ""],
        ["age", "Age?", "number", "", "", ""],
        ["age", "", "number", "999", "refused", "1"],
        ["annoyance_road", "How much? road", "categorical", "", "", ""],
    ]
    assert rows[-1] == ["proposals", "What do you propose?", "text", "", "", ""]


def test_invented_answers_say_so_in_the_first_row():
    rows = rows_of(table_files(kzm.load("surveys/noise/2021"), "n")["n_codebook.csv"])
    assert rows[1] == ["_file", "SINTETIČNI PODATKI / SYNTHETIC DATA", "file", "", "", ""]


DANGEROUS = {
    "=HYPERLINK(1)": "'=HYPERLINK(1)", "+386 5": "'+386 5", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "'=1": "''=1",
    "''-x": "'''-x", "\t=1": "'\t=1", "\r=1": "'\r=1", "'n'": "'n'", "a=1": "a=1", "–5": "–5", "": "",
}  # fmt: skip


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert safe(text) == DANGEROUS[text]


def with_texts(survey, name, texts):
    """The survey with these answers to an open question."""
    responses, missing = survey.responses.copy(), survey.missing.copy()
    responses[name] = pd.array(texts, dtype="str")
    missing[name] = pd.Categorical([None] * len(texts), categories=reason_names(survey.codebook))
    return dataclasses.replace(survey, responses=responses, missing=missing)


def test_missing_codes_in_a_column_of_text_stay_codes(tmp_path):
    survey = with_texts(kzm.load(tiny(tmp_path)), "proposals", ["-5", "=1", "x", "y"])
    survey.responses.loc[13, "proposals"] = np.nan
    survey.missing.loc[13, "proposals"] = "refused"
    rows = rows_of(table_files(survey, "t")["t.csv"])
    assert [row[-1] for row in rows[1:]] == ["'-5", "'=1", "-98", "y"]  # 1KA's code of a refusal is -98


def test_an_id_that_is_text_is_made_safe_too(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    index = pd.Index(["=1", "b", "c", "d"], name="id")
    moved = dataclasses.replace(
        survey, responses=survey.responses.set_index(index), missing=survey.missing.set_index(index)
    )
    assert [row[0] for row in rows_of(table_files(moved, "t")["t.csv"])] == ["id", "'=1", "b", "c", "d"]


def test_an_id_named_like_a_variable_is_refused(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    wave = survey.wave.model_copy(update={"data": survey.wave.data.model_copy(update={"id": "age"})})
    with pytest.raises(kzm.DataError, match="two columns of the table would be named age"):
        table_files(dataclasses.replace(survey, wave=wave), "t")


def written(survey, folder, lang="sl"):
    for name, content in table_files(survey, "again", lang).items():
        (folder / name).write_bytes(content)
    return folder / "again.csv"


def asked(survey):
    return [name for name, variable in survey.codebook.variables.items() if not variable.derived]


def assert_equal(again, survey):
    assert [problem for problem in again.problems if problem.severity == "error"] == []
    names = asked(survey)
    pd.testing.assert_frame_equal(again.responses[names], survey.responses[names], check_index_type=False)
    pd.testing.assert_frame_equal(again.missing[names], survey.missing[names], check_index_type=False)
    assert again.source.synthetic == survey.source.synthetic


def test_every_kind_of_question_reads_back_equal(tmp_path):
    folder = rich_wave(tmp_path)
    survey = examine(folder)
    assert_equal(examine(folder, written(survey, tmp_path)), survey)


@pytest.mark.parametrize("wave", ["noise/2021", "breastfeeding/2022"])
def test_a_shipped_wave_reads_back_equal(tmp_path, wave):
    survey = kzm.load(f"surveys/{wave}")
    again = examine(f"surveys/{wave}", written(survey, tmp_path, "en"))
    assert_equal(again, survey)
    pd.testing.assert_frame_equal(again.responses, survey.responses)  # derived variables are computed anew


PIECES = st.sampled_from(
    ["=", "+", "-", "@", "'", '"', ",", ";", "\n", "č", "1", "98", "-98", " ", "x", "\t", "—", "{"]
)
# An answer with a line "=" at its end looks, with its closing quote, like a row of 1KA.
LINES = st.lists(PIECES, min_size=1, max_size=8).map(lambda pieces: "".join(pieces).strip())
TEXTS = LINES.filter(bool)
NUMBERS = st.one_of(st.integers(0, 30).map(float), st.floats(0, 30).filter(lambda x: x == 0 or x > 1e-6))


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(TEXTS, min_size=6, max_size=6), numbers=st.lists(NUMBERS, min_size=6, max_size=6),
    seed=st.integers(0, 2**32 - 1), lang=st.sampled_from(["sl", "en"]),
)  # fmt: skip
def test_any_survey_reads_back_equal_reasons_included(tmp_path, texts, numbers, seed, lang):
    folder = rich_wave(tmp_path)
    survey = with_texts(examine(folder), "proposals", texts)
    names = reason_names(survey.codebook)
    survey.responses["distance"] = numbers
    survey.missing["distance"] = pd.Categorical([None] * 6, categories=names)
    random = np.random.default_rng(seed)
    for name in asked(survey):
        for row in survey.responses.index[random.random(6) < 0.3]:
            survey.responses.loc[row, name] = np.nan
            survey.missing.loc[row, name] = random.choice([reason for reason in names if reason != "unknown_code"])
    assert_equal(examine(folder, written(survey, tmp_path, lang)), survey)


def test_answers_are_written_as_they_came(tmp_path):
    rows = rows_of(table_files(rich(tmp_path), "r")["r.csv"])
    came = [line.split(",") for line in ANSWERS.splitlines()]
    assert rows == came
