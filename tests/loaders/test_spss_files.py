"""What SPSS, PSPP and others really write: ranges, sets, days, encodings, capitals, damage."""

import math
import struct
import textwrap

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kzm_surveys as kzm
from kzm_surveys.loaders import examine, spss_parse
from kzm_surveys.loaders.derive import reason_names
from kzm_surveys.loaders.spss_write import write_sav
from tests.loaders import TINY, answers, tiny, write_answers, write_wave
from tests.loaders.test_sav import found, reasons

NAN = math.nan
TERMINATION = struct.pack("<ii", 999, 0)
CODES = {"age": [999], "annoyance_road": [97, 98], "annoyance_port": [97, 98]}


def save(root, frame=None, *, missing=None, codebook=TINY, change=("", ""), name="answers.sav", **meta):
    """Wave folder with a .sav whose missing values are given."""
    folder = write_wave(root, codebook, file=name, change=change)
    frame = answers() if frame is None else frame
    ranges = {key: [{"lo": c, "hi": c} for c in codes] for key, codes in CODES.items() if key in frame}
    pyreadstat.write_sav(frame, str(folder / name), missing_ranges=ranges | (missing or {}), **meta)
    return folder


def noticed(survey):
    """What was found, but for the missing hash of a wave made here."""
    return [problem.found for problem in survey.problems if "SHA-256" not in problem.found]


def patch(path, old, new):
    content = path.read_bytes()
    assert content.count(old) >= 1
    path.write_bytes(content.replace(old, new))


def with_sets(path, line):
    """Put a multiple-response record (type 7, subtype 7) before the end of the dictionary."""
    content = path.read_bytes()
    place = content.index(TERMINATION)
    record = struct.pack("<iiii", 7, 7, 1, len(line)) + line
    path.write_bytes(content[:place] + record + content[place:])


# --- missing values


def test_a_range_and_a_single_code_are_missing_by_the_reasons_of_the_codebook(tmp_path):
    folder = save(tmp_path, missing={"annoyance_road": [{"lo": 90, "hi": 99}, {"lo": 0, "hi": 0}]})
    assert reasons(kzm.load(folder), "annoyance_road") == [None, None, "no_such_source", None]


def test_a_code_that_only_the_file_calls_missing_is_an_error_with_its_label(tmp_path):
    frame = answers(annoyance_road=[1.0, 96.0, 97.0, 2.0])
    folder = save(tmp_path, frame, missing={"annoyance_road": [{"lo": 90, "hi": 99}]},
                  variable_value_labels={"annoyance_road": {96: "ni bilo doma"}})  # fmt: skip
    with pytest.raises(kzm.DataError, match=r"code 96 \('ni bilo doma'\) missing, the codebook knows no reason.*id 12"):
        kzm.load(folder)
    assert reasons(examine(folder), "annoyance_road") == [None, "unknown_code", "no_such_source", None]


def test_a_label_in_the_file_gives_the_reason_where_the_codebook_has_no_code(tmp_path):
    frame = answers(annoyance_road=[1.0, 96.0, 97.0, 2.0], sex=[1.0, -9.0, 2.0, NAN])
    folder = save(tmp_path, frame, missing={"annoyance_road": [{"lo": 90, "hi": 99}], "sex": [-9]},
                  variable_value_labels={"annoyance_road": {96: "Zavrnil"}, "sex": {-9: "Don't know"}})  # fmt: skip
    survey = kzm.load(folder)
    assert reasons(survey, "annoyance_road") == [None, "refused", "no_such_source", None]
    assert reasons(survey, "sex") == [None, "dont_know", None, "no_answer"]


def test_a_code_that_the_file_calls_missing_and_the_codebook_an_answer_is_an_error(tmp_path):
    folder = save(tmp_path, missing={"sex": [2]})
    with pytest.raises(kzm.DataError, match=r"sex: the file declares code 2 missing, .* the answer 'female' \(2 rows"):
        kzm.load(folder)


def test_a_label_that_contradicts_the_codebook_is_noted_and_the_codebook_holds(tmp_path):
    folder = save(tmp_path, variable_value_labels={"annoyance_road": {97: "ne vem"}})
    survey = kzm.load(folder)
    assert reasons(survey, "annoyance_road")[2] == "no_such_source"
    assert any("code 97 is labelled 'ne vem'" in problem.found for problem in survey.problems)


def test_missing_text_is_told_by_its_label_or_is_an_error(tmp_path):
    texts = ["-98", "-9", "tišina", "-98"]
    labelled = save(tmp_path, answers(proposals=texts), missing={"proposals": ["-98", "-9"]},
                    variable_value_labels={"proposals": {"-98": "-98: Zavrnil", "-9": "ne vem"}})  # fmt: skip
    survey = kzm.load(labelled)
    assert reasons(survey, "proposals") == ["refused", "dont_know", None, "refused"]
    assert survey.responses["proposals"].dropna().tolist() == ["tišina"]
    bare = save(tmp_path / "bare", answers(proposals=texts), missing={"proposals": ["-98"]})
    with pytest.raises(kzm.DataError, match=r"proposals: the file declares code -98 missing"):
        kzm.load(bare)


def test_a_text_that_looks_like_a_code_but_is_not_declared_is_an_answer(tmp_path):
    survey = kzm.load(save(tmp_path, answers(proposals=["-98", "-1", "97", "x"])))
    assert survey.responses["proposals"].tolist() == ["-98", "-1", "97", "x"]


# --- labels


def test_labels_without_a_category_are_noted(tmp_path):
    folder = save(tmp_path, variable_value_labels={"sex": {1.0: "moški", 2.0: "ženske", 3.0: "drugo"}})
    survey = kzm.load(folder)
    assert noticed(survey) == ["the file labels codes that the codebook does not have: 3 'drugo'"]


def test_codes_without_labels_are_fine(tmp_path):
    assert noticed(kzm.load(save(tmp_path))) == []


def test_a_column_of_labels_is_read_by_them_and_noted(tmp_path):
    survey = kzm.load(save(tmp_path, answers(sex=["moški", "ženske", "women", ""])))
    assert survey.responses["sex"].tolist()[:3] == ["male", "female", "female"]
    assert noticed(survey) == ["cells hold labels or letters instead of codes; read by their labels"]


# --- kinds of file


def test_zsav_and_long_texts_and_names_read_like_sav(tmp_path):
    long = "š" * 1500 + "!"
    frame = answers(proposals=[long, "", "ČŠŽ čšž", "tišina"])
    plain = kzm.load(save(tmp_path / "a", frame))
    folder = save(tmp_path / "b", frame, name="answers.zsav", compress=True)
    assert (folder / "answers.zsav").read_bytes()[:4] == b"$FL3"
    zipped = kzm.load(folder)
    pd.testing.assert_frame_equal(plain.responses, zipped.responses)
    pd.testing.assert_frame_equal(plain.missing, zipped.missing)
    assert zipped.responses["proposals"].iloc[0] == long


LABELS = {"sex": {1.0: "moXki", 2.0: "Yenske"}}
TEXTS = ["niZ", "", "x", "y"]


def spoil(path, encoding):
    for mark, letter in (("moXki", "moški"), ("Yenske", "ženske"), ("niZ", "nič")):
        patch(path, mark.encode(), letter.encode(encoding))


def test_text_that_is_not_in_the_declared_encoding_is_read_as_cp1250_and_noted(tmp_path):
    folder = save(tmp_path, answers(proposals=TEXTS), variable_value_labels=LABELS)
    spoil(folder / "answers.sav", "cp1250")
    survey = kzm.load(folder)
    assert survey.responses["proposals"].iloc[0] == "nič"
    assert ["read as windows-1250" in words for words in noticed(survey)] == [True]


def declared(path, encoding):
    """Let the header say another encoding (record 7, subtype 20)."""
    content = path.read_bytes()
    place = content.index(b"UTF-8") - 4
    size = struct.pack("<i", len(encoding))
    path.write_bytes(content[:place] + size + encoding + content[place + 9 :])


def test_a_file_that_declares_cp1250_is_read_silently(tmp_path):
    folder = save(tmp_path, answers(proposals=TEXTS), variable_value_labels=LABELS)
    spoil(folder / "answers.sav", "cp1250")
    declared(folder / "answers.sav", b"windows-1250")
    survey = kzm.load(folder)
    assert survey.responses["proposals"].iloc[0] == "nič"
    assert noticed(survey) == []


def test_an_encoding_without_our_letters_is_noted_and_can_be_named(tmp_path):
    folder = save(tmp_path, answers(proposals=TEXTS), variable_value_labels=LABELS)
    spoil(folder / "answers.sav", "cp1250")
    declared(folder / "answers.sav", b"windows-1252")
    assert ["no 'č'" in words for words in noticed(kzm.load(folder))] == [True]
    named = write_wave(folder.parent.parent, change=('id = "id"', 'id = "id"\nencoding = "windows-1250"'))
    assert kzm.load(named).responses["proposals"].iloc[0] == "nič"


def test_letters_ruined_before_saving_are_named(tmp_path):
    ruined = "tišina".encode().decode("cp1250")
    with pytest.raises(kzm.DataError, match=r"answers hold 'Ĺˇ' where 'š' was meant"):
        kzm.load(save(tmp_path, answers(proposals=[ruined, "", "x", "y"])))


# --- names


def test_capitals_in_names_do_not_matter_and_are_noted(tmp_path):
    survey = kzm.load(save(tmp_path, answers().rename(columns={"sex": "SEX", "age": "Age"})))
    assert survey.responses["sex"].tolist()[:2] == ["male", "female"]
    assert noticed(survey) == ["names differ from the codebook in capitals only: SEX for sex, Age for age"]


def test_an_exact_name_comes_before_one_that_differs_in_capitals(tmp_path):
    frame = answers()
    frame["SEX"] = [2.0, 1.0, 1.0, 1.0]
    survey = kzm.load(save(tmp_path, frame))
    assert survey.responses["sex"].tolist()[:2] == ["male", "female"]
    assert noticed(survey) == ["column is not in the codebook and is not read"]


def test_two_names_that_differ_in_capitals_only_are_ambiguous(tmp_path):
    frame = answers(sex=None)
    frame["SEX"], frame["Sex"] = 1.0, 2.0
    with pytest.raises(kzm.DataError, match=r"sex: no column is named 'sex', several differ from it only in capitals"):
        kzm.load(save(tmp_path, frame))


# --- days

DAYS = TINY.replace("[questions.proposals]", '''[questions.moved]
kind = "date"
label = { sl = "selitev", en = "moved in" }
question = { sl = "Kdaj ste se vselili?", en = "When did you move in?" }
earliest = 1920-01-01
latest = 2025-04-02

[questions.proposals]''')  # fmt: skip


def test_days_of_spss_and_days_in_text_become_days(tmp_path):
    stamps = pd.to_datetime(["2001-02-03", None, "1999-12-31", "2025-04-02"])
    in_text = ["3. 2. 2001", "", "31.12.1999", "2025-04-02"]
    for place, column in (("a", stamps.date), ("b", in_text), ("c", stamps)):
        survey = kzm.load(save(tmp_path / place, answers(moved=column), codebook=DAYS))
        assert survey.responses["moved"].dt.strftime("%Y-%m-%d").tolist()[0] == "2001-02-03"
        assert reasons(survey, "moved") == [None, "no_answer", None, None]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["31.2.2001", "", "", ""], r"moved: cells that are no days inside the limits \(1 row: id 11\)"),
        (["1.1.1900", "3.4.2025", "", ""], r"moved: cells that are no days inside the limits \(2 rows: id 11, 12\)"),
        ([1.0, NAN, NAN, NAN], r"moved: numbers where days belong \(1 row: id 11\)"),
    ],
)
def test_impossible_days_are_errors(tmp_path, cells, words):
    with pytest.raises(kzm.DataError, match=words):
        kzm.load(save(tmp_path, answers(moved=cells), codebook=DAYS))


def test_days_in_a_column_of_codes_are_an_error(tmp_path):
    days = pd.to_datetime(["2001-02-03", None, "1999-12-31", None])
    with pytest.raises(kzm.DataError, match=r"sex: days where codes or numbers belong \(2 rows: id 11, 13\)"):
        kzm.load(save(tmp_path, answers(sex=days)))


def test_days_out_of_anyones_lifetime_are_noted_where_the_codebook_sets_no_limit(tmp_path):
    book = DAYS.replace("earliest = 1920-01-01\nlatest = 2025-04-02\n", "")
    days = ["24.11.1582", "1.4.2025", "2.4.2025", "3.4.2025"]  # fieldwork ended on 2 April 2025
    told = [p for p in kzm.check(kzm.load(save(tmp_path, answers(moved=days), codebook=book))) if p.variable == "moved"]
    assert [(p.found, p.where) for p in told] == [("days outside 1875-01-01 to 2025-04-02", "2 rows: id 11, 14")]


def test_interviews_outside_fieldwork_are_noted(tmp_path):
    days = pd.to_datetime(["2025-03-31", "2025-04-01", "2025-04-02", "2025-04-03"])
    data = ('id = "id"', 'id = "id"\ninterview_date = "day"')
    folder = save(tmp_path, answers(day=days), change=data)
    outside = [p for p in kzm.check(kzm.load(folder)) if p.variable == "fieldwork"]
    assert [p.where for p in outside] == ["2 rows: id 11, 14"]


# --- multiple-response sets

SETS = TINY.replace("[questions.proposals]", '''[questions.coping]
kind = "multiple"
label = { sl = "ukrepi", en = "coping" }
question = { sl = "Kaj storite?", en = "What do you do?" }
missing = ["dont_know"]
items = [
  { name = "windows", label = { sl = "zaprem okna", en = "close windows" } },
  { name = "plugs", label = { sl = "čepki", en = "ear plugs" } },
  { name = "none", exclusive = true, label = { sl = "nič", en = "nothing" } },
]

[questions.proposals]''')  # fmt: skip
SELECTED = ["coping_windows", "coping_plugs", "coping_none"]


def ticked(survey):
    """Per respondent: 1, 0 or the reason, option by option."""
    out = []
    for row in survey.responses.index:
        cells = [(survey.responses.loc[row, name], survey.missing.loc[row, name]) for name in SELECTED]
        out.append([why if isinstance(why, str) else int(value == "selected") for value, why in cells])
    return out


def test_a_set_with_a_counted_value_says_what_an_empty_option_means(tmp_path):
    # 11 ticks windows and leaves the rest empty; 12 has code 2 = no; 13 left all empty; 14 does not know.
    frame = answers(
        coping_windows=[1.0, 2.0, NAN, 98.0], coping_plugs=[NAN, 1.0, NAN, 98.0], coping_none=[NAN, 2.0, NAN, 98.0]
    )
    folder = save(tmp_path, frame, codebook=SETS)
    with_sets(folder / "answers.sav", b"$coping=D1 1 6 ukrepi coping_windows coping_plugs coping_none\n")
    expected = [[1, 0, 0], [0, 1, 0], ["no_answer"] * 3, ["dont_know"] * 3]
    assert ticked(kzm.load(folder)) == expected


def test_a_set_of_columns_with_other_names_is_matched_by_its_labels(tmp_path):
    frame = answers(zz=[1.0, 0.0, NAN, 0.0], xx=[0.0, 1.0, NAN, 1.0], yy=[0.0, 1.0, NAN, 0.0])
    labels = {"xx": "zaprem okna", "yy": "ČEPKI", "zz": "nič"}
    folder = save(tmp_path, frame, codebook=SETS, column_labels=labels)
    with_sets(folder / "answers.sav", b"$coping=D1 1 6 ukrepi zz xx yy\n")
    survey = kzm.load(folder)
    assert ticked(survey) == [[0, 0, 1], [1, 1, 0], ["no_answer"] * 3, [1, 0, 0]]
    assert noticed(survey) == []


def test_a_set_of_columns_that_hold_option_codes_is_spread_by_their_labels(tmp_path):
    frame = answers(m1=[20.0, 10.0, NAN, 30.0], m2=[10.0, NAN, NAN, NAN])
    labels = {name: {10.0: "zaprem okna", 20.0: "čepki", 30.0: "nič"} for name in ("m1", "m2")}
    folder = save(tmp_path, frame, codebook=SETS, variable_value_labels=labels)
    with_sets(folder / "answers.sav", b"$coping=C 6 ukrepi m1 m2\n")
    assert ticked(kzm.load(folder)) == [[1, 1, 0], [1, 0, 0], ["no_answer"] * 3, [0, 0, 1]]


def test_without_a_set_the_wave_may_say_that_an_empty_option_is_not_ticked(tmp_path):
    frame = answers(
        coping_windows=[1.0, NAN, NAN, 98.0], coping_plugs=[NAN, 1.0, NAN, 98.0], coping_none=[NAN, NAN, NAN, 98.0]
    )
    blank = ('id = "id"', 'id = "id"\nblank_is_unticked = ["coping"]')
    survey = kzm.load(save(tmp_path / "a", frame, codebook=SETS, change=blank))
    assert ticked(survey) == [[1, 0, 0], [0, 1, 0], ["no_answer"] * 3, ["dont_know"] * 3]
    silent = kzm.load(save(tmp_path / "b", frame, codebook=SETS))
    assert ticked(silent)[0] == [1, "no_answer", "no_answer"]


# --- whole or not


def count(path, number):
    content = bytearray(path.read_bytes())
    content[80:84] = struct.pack("<i", number)
    path.write_bytes(content)


@pytest.mark.parametrize(("promised", "width"), [(5, None), (2**31 - 1, None), (2**31 - 1, 1), (5, -1), (5, 2**31 - 1)])
def test_a_header_that_promises_another_number_of_rows_is_refused(tmp_path, promised, width):
    folder = tiny(tmp_path)
    count(folder / "answers.sav", promised)
    if width is not None:
        content = bytearray((folder / "answers.sav").read_bytes())
        content[68:72] = struct.pack("<i", width)
        (folder / "answers.sav").write_bytes(content)
    with pytest.raises(kzm.DataError, match="damaged or cut short"):
        kzm.load(folder)


def test_a_file_that_does_not_say_its_length_is_held_against_the_wave(tmp_path):
    folder = tiny(tmp_path)
    count(folder / "answers.sav", -1)
    assert len(kzm.load(folder)) == 4
    short = write_answers(tmp_path / "short.sav", answers().head(3))
    count(short, -1)
    with pytest.raises(kzm.DataError, match=r"holds 3 respondents, wave.toml says 4. Its header does not say"):
        kzm.load(folder, short)
    assert len(kzm.load(folder, short, accept=True)) == 3
    count(short, 3)
    assert len(kzm.load(folder, short)) == 3


PARSERS = {
    "crash": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11"),
    "hang": ("import time; time.sleep(60)", "longer than"),
    "breaks off": ("print('{\"columns\": [\"a\"], \"text\": [], \"formats\": {}}'); print(5)", "stopped with code 0"),
    "says why": ("import sys; sys.stderr.write('ReadstatError: no'); sys.exit(3)", "ReadstatError: no"),
}  # fmt: skip


@pytest.mark.parametrize("how", PARSERS)
def test_a_parser_that_fails_in_any_way_is_one_error(tmp_path, monkeypatch, how):
    code, words = PARSERS[how]
    folder = tiny(tmp_path)
    script = tmp_path / "parser.py"
    script.write_text(textwrap.dedent(code))
    monkeypatch.setattr(spss_parse, "PARSER", script)
    monkeypatch.setattr(spss_parse, "MOST_SECONDS", 0.5 if how == "hang" else 20.0)
    with pytest.raises(kzm.DataError, match=rf"damaged or cut short \(.*{words}.* bytes\)") as caught:
        kzm.load(folder)
    assert "nothing was read" in str(caught.value)


@pytest.mark.parametrize(("says", "words"), [(True, "more than memory holds"), (False, "MemoryError")])
def test_a_file_that_swells_beyond_its_memory_is_one_error(tmp_path, monkeypatch, says, words):
    rows = 600_000  # 41 columns of 8 bytes: 197 MB
    folder = write_wave(tmp_path, n=rows)
    frame = pd.DataFrame({"id": np.arange(rows, dtype=float)} | {f"v{i}": np.zeros(rows) for i in range(40)})
    pyreadstat.write_sav(frame, str(folder / "answers.sav"), compress=True)
    assert (folder / "answers.sav").stat().st_size < rows * 41 * 8 / 30  # zeros pack well
    if not says:
        count(folder / "answers.sav", -1)
    monkeypatch.setattr(spss_parse, "MOST_MEMORY", (180 if says else 350) * 2**20)
    with pytest.raises(kzm.DataError, match=rf"damaged or cut short \(.*{words}"):
        kzm.load(folder)


def test_single_flipped_bytes_never_crash(tmp_path):
    folder = tiny(tmp_path)
    whole = (folder / "answers.sav").read_bytes()
    flipped = tmp_path / "flipped.sav"
    random = np.random.default_rng(3)
    refused = 0
    for place in random.choice(len(whole), 25, replace=False):
        content = bytearray(whole)
        content[place] ^= 1 << random.integers(8)
        flipped.write_bytes(content)
        try:
            examine(folder, flipped)
        except kzm.KzmError:
            refused += 1
    assert refused > 3


# --- writing


def damaged_reasons(survey, seed):
    """Answers of a survey with random reasons in place of a fifth of them, as no export would have them."""
    random = np.random.default_rng(seed)
    responses, missing = survey.responses.copy(), survey.missing.copy()
    names = reason_names(survey.codebook)
    possible = [name for name in names if name != "unknown_code"]
    for name, variable in survey.codebook.variables.items():
        if variable.derived:
            continue
        hit = random.random(len(responses)) < 0.2
        responses[name] = responses[name].where(~hit)
        reason = np.where(hit, random.choice(possible, len(hit)), missing[name].astype(object))
        missing[name] = pd.Categorical(reason, categories=names)
    return responses, missing


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), lang=st.sampled_from(["sl", "en"]), end=st.sampled_from(["sav", "zsav"]))
def test_any_survey_written_as_sav_reads_back_equal(tmp_path, seed, lang, end):
    survey = kzm.load("surveys/noise/2021")
    responses, missing = damaged_reasons(survey, seed)
    path = tmp_path / f"again.{end}"
    write_sav(path, responses, missing, survey.codebook, survey.wave, synthetic=True, lang=lang)
    again = examine("surveys/noise/2021", path)
    assert [p for p in again.problems if p.severity == "error"] == []
    asked = [name for name, variable in survey.codebook.variables.items() if not variable.derived]
    pd.testing.assert_frame_equal(again.responses[asked], responses[asked], check_index_type=False)
    pd.testing.assert_frame_equal(again.missing[asked], missing[asked], check_index_type=False)
    assert again.source.synthetic


def test_what_is_written_has_labels_measures_and_missing_values(tmp_path):
    survey = kzm.load("surveys/noise/2021")
    path = tmp_path / "noise.sav"
    write_sav(path, survey.responses, survey.missing, survey.codebook, survey.wave, synthetic=True)
    frame, meta = pyreadstat.read_sav(str(path), user_missing=True)
    assert len(frame) == 508
    assert meta.variable_measure["age"] == "scale"
    assert meta.variable_measure["annoyance_road"] == "ordinal"
    assert meta.variable_measure["sex"] == "nominal"
    assert meta.variable_value_labels["annoyance_road"][97.0] == "tega vira tu ni"
    assert meta.missing_ranges["annoyance_road"] == [{"lo": c, "hi": c} for c in (97.0, 98.0, 99.0)]
    assert meta.column_names_to_labels["sex"] == survey.codebook["sex"].question["sl"]
    assert found(survey, "error") == []
