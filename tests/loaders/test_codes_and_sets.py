"""Codes, labels and sets that contradict each other or the codebook are seen, whatever a file stores them as."""

import math
import struct
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from kzm_surveys.loaders.spss_write import write_sav
from tests.loaders import TINY, answers, write_wave
from tests.loaders.test_sav import reasons
from tests.loaders.test_spss_files import DAYS, SETS, count, noticed, save, ticked, with_sets

NAN = math.nan
SET = b"$coping=D1 1 6 ukrepi xx yy zz\n"


def of_set(tmp_path, line, *, labels=None, codebook=SETS, **columns):
    folder = save(tmp_path, answers(**columns), codebook=codebook, column_labels=labels or {})
    with_sets(folder / "answers.sav", line)
    return folder


def errors(folder):
    return [f"{p.variable}: {p.found}" for p in examine(folder).problems if p.severity == "error"]


# --- sets


def test_an_option_that_a_set_lacks_is_an_error_and_the_others_stay(tmp_path):
    folder = of_set(tmp_path, b"$coping=D1 1 6 ukrepi coping_windows coping_plugs\n",
                    coping_windows=[1.0, 0.0, 1.0, 0.0], coping_plugs=[0.0, 1.0, 1.0, 0.0])  # fmt: skip
    assert errors(folder) == ["coping_none: the file has no column 'coping_none'"]
    assert [row[:2] for row in ticked(examine(folder))] == [[1, 0], [0, 1], [1, 1], [0, 0]]


def test_an_option_with_a_drifted_label_is_an_error_not_unticked(tmp_path):
    labels = {"xx": "zaprem okna", "yy": "čepki za ušesa", "zz": "nič"}
    folder = of_set(tmp_path, SET, labels=labels, xx=[1.0, 0, 0, 0], yy=[0.0, 1, 1, 1], zz=[0.0, 0, 0, 0])
    assert errors(folder) == ["coping_plugs: the file has no column 'coping_plugs'"]


def test_a_counted_text_ticks_and_the_only_other_text_does_not(tmp_path):
    labels = {"xx": "zaprem okna", "yy": "čepki", "zz": "nič"}
    folder = of_set(tmp_path, b"$coping=D1 Y 6 ukrepi xx yy zz\n", labels=labels,
                    xx=["Y", "N", "", "N"], yy=["N", "Y", "", "Y"], zz=["N", "N", "", "N"])  # fmt: skip
    assert ticked(kzm.load(folder)) == [[1, 0, 0], [0, 1, 0], ["no_answer"] * 3, [0, 1, 0]]


def test_a_set_of_text_columns_that_hold_option_codes(tmp_path):
    named = {"a": "zaprem okna", "b": "čepki", "c": "nič"}
    folder = save(tmp_path, answers(m1=["a", "b", "", "c"], m2=["b", "", "", ""]), codebook=SETS,
                  variable_value_labels={"m1": named, "m2": named})  # fmt: skip
    with_sets(folder / "answers.sav", b"$coping=C 6 ukrepi m1 m2\n")
    assert ticked(kzm.load(folder)) == [[1, 1, 0], [0, 1, 0], ["no_answer"] * 3, [0, 0, 1]]


def test_codes_that_mean_nothing_do_not_vanish_in_a_set(tmp_path):
    columns = {"coping_windows": [1.0, 7.0, 0.0, 98.0], "coping_plugs": [0.0, 1.0, 1.0, 98.0],
               "coping_none": [0.0, 0.0, 0.0, 98.0]}  # fmt: skip
    folder = of_set(tmp_path, b"$coping=D1 1 6 ukrepi coping_windows coping_plugs coping_none\n", **columns)
    assert [line.split(" (")[0] for line in errors(folder)] == ["coping_windows: code 7 is not in the codebook"]
    assert ticked(examine(folder))[3] == ["dont_know"] * 3
    named = {10.0: "zaprem okna", 20.0: "čepki", 30.0: "nič", -1.0: "ne vem"}
    frame = answers(m1=[10.0, 8.0, -1.0, 30.0], m2=[NAN, 20.0, NAN, NAN])
    labels = {"m1": named, "m2": named}
    missing = {"m1": [{"lo": -99, "hi": -1}]}
    spread = save(tmp_path / "b", frame, codebook=SETS, missing=missing, variable_value_labels=labels)
    with_sets(spread / "answers.sav", b"$coping=C 6 ukrepi m1 m2\n")
    assert errors(spread) == ["coping: the columns of the set hold codes that no option has"]
    assert ticked(examine(spread))[2] == ["dont_know"] * 3


def test_a_set_that_names_columns_which_are_not_there_is_noted(tmp_path):
    folder = of_set(
        tmp_path, SET, coping_windows=[1.0, 0, 0, 0], coping_plugs=[0.0, 1, 1, 1], coping_none=[0.0, 0, 0, 0]
    )
    assert any("'$coping' is damaged" in words for words in noticed(examine(folder)))


def test_a_refusal_does_not_untick_the_other_options(tmp_path):
    blank = ('id = "id"', 'id = "id"\nblank_is_unticked = ["coping"]')
    frame = answers(coping_windows=[98.0, 1.0, NAN, 1.0], coping_plugs=[NAN] * 4, coping_none=[NAN] * 4)
    assert ticked(kzm.load(save(tmp_path, frame, codebook=SETS, change=blank)))[:2] == [
        ["dont_know", "no_answer", "no_answer"], [1, 0, 0]
    ]  # fmt: skip


def test_labels_that_say_a_tick_is_none_are_noted(tmp_path):
    turned = {0.0: "izbrano", 1.0: "ni izbrano"}
    frame = answers(coping_windows=[1.0, 0, 0, 0], coping_plugs=[0.0, 1, 1, 1], coping_none=[0.0, 0, 0, 0])
    folder = save(tmp_path, frame, codebook=SETS, variable_value_labels={"coping_windows": turned})
    assert "the file's labels say that 0 is ticked or 1 is not" in noticed(kzm.load(folder))


# --- codes


def test_missing_codes_among_days_are_reasons_not_days_of_1582(tmp_path):
    frame = answers(moved=[13_200_000_000.0, 99.0, -99.0, NAN])
    book = DAYS.replace("earliest = 1920-01-01", "missing_codes = { refused = -99 }")
    folder = save(tmp_path, frame, codebook=book, missing={"moved": [99]}, variable_format={"moved": "DATE11"},
                  variable_value_labels={"moved": {99: "ne vem"}})  # fmt: skip
    survey = kzm.load(folder)
    assert survey.responses["moved"].notna().tolist() == [True, False, False, False]
    assert reasons(survey, "moved") == [None, "dont_know", "refused", "no_answer"]


def test_a_labelled_number_inside_the_limits_is_noted(tmp_path):
    folder = save(tmp_path, answers(age=[18.0, 99.0, 999.0, 40.0]), variable_value_labels={"age": {99.0: "b. o."}})
    assert "the file labels numbers inside the limits: 99 'b. o.'" in noticed(kzm.load(folder))


def test_a_missing_code_with_a_label_of_an_answer_is_noted(tmp_path):
    folder = save(tmp_path, variable_value_labels={"annoyance_road": {97.0: "morda"}})
    assert any("code 97 is labelled 'morda'" in words for words in noticed(kzm.load(folder)))


def test_a_text_question_stored_as_numbers_keeps_its_missing_codes(tmp_path):
    folder = save(tmp_path, answers(proposals=[6000.0, 9999.0, 9998.0, 6271.0]),
                  missing={"proposals": [{"lo": 9998, "hi": 9999}]},
                  variable_value_labels={"proposals": {9999: "ne vem", 9998: "zavrnil"}})  # fmt: skip
    survey = kzm.load(folder)
    assert survey.responses["proposals"].dropna().tolist() == ["6000", "6271"]
    assert reasons(survey, "proposals") == [None, "dont_know", "refused", None]


def test_a_choice_stored_as_text_keeps_its_missing_codes_and_labels(tmp_path):
    folder = save(tmp_path, answers(sex=["1", "2", "9", "1"]), missing={"sex": ["9"]},
                  variable_value_labels={"sex": {"1": "moški", "2": "ženske", "9": "ne vem"}})  # fmt: skip
    survey = kzm.load(folder)
    assert reasons(survey, "sex") == [None, None, "dont_know", None]
    assert noticed(survey) == []


def test_letters_are_read_by_their_labels(tmp_path):
    folder = save(
        tmp_path, answers(sex=["M", "F", "F", ""]), variable_value_labels={"sex": {"M": "moški", "F": "ženske"}}
    )
    assert kzm.load(folder).responses["sex"].tolist()[:3] == ["male", "female", "female"]


def test_codes_that_are_nearly_whole_are_shown_as_they_are(tmp_path):
    (line,) = errors(save(tmp_path, answers(sex=[1.0000000001, 2.0, 2.0, 1.0])))
    assert line.startswith("sex: code 1.0000000001 is not in the codebook")


def test_thousands_of_unknown_codes_are_summed_up():
    from kzm_surveys.loaders.column import cells_of
    from kzm_surveys.loaders.disagreements import MOST_LISTED, unknown_codes

    variable = kzm.read_codebook("surveys/noise/codebook.toml")["sex"]
    cells = cells_of(pd.Series(np.arange(100.0, 3100.0)))
    problems = unknown_codes(variable, cells, np.ones(3000, dtype=bool))
    assert len(problems) == MOST_LISTED + 1
    assert sum(len(problem.where.ids) for problem in problems) == 3000


# --- names


def test_columns_named_in_wave_toml_are_binding(tmp_path):
    frame = answers().rename(columns={"sex": "Q3", "age": "Q1", "annoyance_road": "Q2"})
    columns = ("[weighting]", '[data.columns]\nsex = "Q3"\nage = "Q1"\n\n[weighting]')
    survey = examine(save(tmp_path, frame, change=columns))
    assert survey.responses["sex"].tolist()[:2] == ["male", "female"]
    assert survey.responses["age"].tolist()[:2] == [18.0, 105.0]


def test_names_by_place_are_the_last_resort_and_said(tmp_path):
    names = {
        "sex": "q1",
        "age": "q2",
        "annoyance_road": "q3a",
        "annoyance_port": "q3b",
        "hours": "q4",
        "proposals": "q5",
    }
    survey = kzm.load(save(tmp_path, answers().rename(columns=names)))
    assert survey.responses["sex"].tolist()[:2] == ["male", "female"]
    assert any("taken by their place in the questionnaire: Q1 as 'sex'" in words for words in noticed(survey))


# --- ids


def test_leading_zeros_keep_ids_apart(tmp_path):
    frame = answers(id=["001", "1", "007", "7"])
    assert kzm.load(save(tmp_path, frame)).responses.index.tolist() == ["001", "1", "007", "7"]
    whole = kzm.load(save(tmp_path / "b", answers(id=["1", "2", "30", "-4"])))
    assert whole.responses.index.tolist() == [1, 2, 30, -4]


@pytest.mark.parametrize("bad", [math.inf, 1e20])
def test_ids_that_no_number_can_hold_are_refused(tmp_path, bad):
    with pytest.raises(kzm.DataError, match="1 ids in 'id' are no numbers"):
        kzm.load(save(tmp_path, answers(id=[1.0, 2.0, bad, 4.0])))


# --- files


def test_a_cut_within_a_row_shows_by_the_length_of_an_unpacked_file(tmp_path):
    folder = write_wave(tmp_path)
    import pyreadstat

    whole = tmp_path / "whole.sav"
    pyreadstat.write_sav(answers(), str(whole))
    count(whole, -1)
    assert len(kzm.load(folder, whole)) == 4
    width = struct.unpack("<i", whole.read_bytes()[68:72])[0]
    cut = tmp_path / "cut.sav"
    for missing in (8, 8 * width - 8):
        cut.write_bytes(whole.read_bytes()[:-missing])
        with pytest.raises(kzm.DataError, match="it ends within a row"):
            kzm.load(folder, cut, accept=True)


def test_an_encoding_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(kzm.DataError, match=r"encoding 'foo' has no such name. Usual are utf-8"):
        kzm.load(save(tmp_path, change=('id = "id"', 'id = "id"\nencoding = "foo"')))


def test_an_unreadable_file_is_one_error(tmp_path, monkeypatch):
    folder = save(tmp_path)

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kzm_surveys.loaders.kind_of", refuse)
    with pytest.raises(kzm.DataError, match=r"cannot be read \(Permission denied\)"):
        kzm.load(folder)


def test_without_a_python_to_start_there_is_one_error(tmp_path, monkeypatch):
    folder = save(tmp_path)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(kzm.DataError, match="cannot be started"):
        kzm.load(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"sex": "to"}, "as a word of its own"), ({"sex": "AGE"}, "does not tell the column 'age'"),
     ({"age": "ID"}, "does not tell the column 'ID' of 'age' from the id column")],
)  # fmt: skip
def test_names_that_spss_mixes_up_are_not_written(tmp_path, change, words):
    survey = kzm.load(save(tmp_path))
    wave = survey.wave.model_copy(update={"data": survey.wave.data.model_copy(update={"columns": change})})
    with pytest.raises(kzm.DataError, match=words):
        write_sav(tmp_path / "x.sav", survey.responses, survey.missing, survey.codebook, wave, synthetic=False)


@pytest.mark.parametrize("text", ["š" * 20_000, "a\0b"])
def test_texts_that_spss_cannot_hold_are_not_written(tmp_path, text):
    survey = kzm.load(save(tmp_path))
    responses = survey.responses.copy()
    responses["proposals"] = pd.Series([text, "x", "y", "z"], index=responses.index, dtype="str")
    spoiled = replace(survey, responses=responses)
    with pytest.raises(kzm.DataError, match=r"SPSS cannot hold all answers to 'proposals' \(1 row: id 11\)"):
        write_sav(tmp_path / "x.sav", spoiled.responses, survey.missing, survey.codebook, survey.wave, synthetic=False)


def test_a_long_label_of_a_reason_does_not_cost_the_reason(tmp_path):
    book = TINY.replace("tega vira tu ni", "č" * 70).replace("code = 97, ", "")
    survey = kzm.load(save(tmp_path))
    codebook = kzm.read_codebook(write_wave(tmp_path / "b", book).parent / "codebook.toml")
    write_sav(tmp_path / "x.sav", survey.responses, survey.missing, codebook, survey.wave, synthetic=False)
    again = examine(tmp_path / "b" / "tiny" / "2025", tmp_path / "x.sav")
    assert reasons(again, "annoyance_road") == [None, None, "no_such_source", None]


def test_days_with_reasons_are_written_and_read_back(tmp_path):
    days = pd.to_datetime(["2001-02-03", None, "1999-12-31", None])
    survey = kzm.load(save(tmp_path, answers(moved=days.date), codebook=DAYS))
    missing = survey.missing.copy()
    missing["moved"] = pd.Categorical([None, "refused", None, "break_off"], categories=missing["moved"].cat.categories)
    write_sav(tmp_path / "x.sav", survey.responses, missing, survey.codebook, survey.wave, synthetic=False)
    again = examine(tmp_path / "tiny" / "2025", tmp_path / "x.sav")
    assert reasons(again, "moved") == [None, "refused", None, "break_off"]
    assert again.responses["moved"].equals(survey.responses["moved"])
