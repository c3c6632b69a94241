import math
import shutil
from dataclasses import replace

import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import Problem
from kzm_surveys.loaders import examine
from tests.loaders import SURVEYS, TINY, tiny
from tests.loaders.enka_files import BOOK, FIRST, unit, wave_of, with_paradata

NAN = math.nan
SECRET = "skrivnost št. 1"


def respondents(n=12, **changed):
    """Codes of n different respondents of the tiny survey, without routing violations."""
    columns = {
        "id": [float(i + 100) for i in range(n)],
        "sex": [1.0, 2.0] * (n // 2),
        "age": [float(20 + i) for i in range(n)],
        "annoyance_road": [1.0, 2.0, 3.0] * (n // 3),
        "annoyance_port": [1.0, 2.0, 2.0] * (n // 3),
        "hours": [NAN, 1.0, 2.0] * (n // 3),
        "proposals": [f"{SECRET} {i}" for i in range(n)],
    }
    return pd.DataFrame(columns | changed)


def problems(tmp_path, frame):
    found = kzm.check(examine(tiny(tmp_path, frame, n=len(frame))))
    assert all(isinstance(problem, Problem) for problem in found)
    assert not any(SECRET in str(problem) for problem in found)
    return {problem.variable: problem for problem in found if "names no SHA-256" not in problem.found}


@pytest.mark.parametrize("name", ["noise/2021", "breastfeeding/2022"])
def test_shipped_waves_are_clean(name):
    assert kzm.check(kzm.load(SURVEYS / name)) == []


def test_clean_file_has_no_problem(tmp_path):
    assert problems(tmp_path, respondents()) == {}


def test_nobody_answered(tmp_path):
    found = problems(tmp_path, respondents(annoyance_port=[98.0] * 12))
    assert list(found) == ["annoyance_port"]
    assert "nobody answered" in found["annoyance_port"].found


def test_an_open_question_that_nobody_answered_is_no_problem(tmp_path):
    assert problems(tmp_path, respondents(proposals=[""] * 12)) == {}


def test_all_answered_alike(tmp_path):
    found = problems(tmp_path, respondents(sex=[2.0] * 12))
    assert list(found) == ["sex"]
    assert "all answers are the same" in found["sex"].found


def test_the_same_answer_of_ten_is_no_problem(tmp_path):
    assert problems(tmp_path, respondents(annoyance_port=[1.0] * 10 + [98.0, 98.0])) == {}


def test_identical_rows_are_named_by_id(tmp_path):
    frame = respondents()
    frame.loc[7, frame.columns != "id"] = frame.loc[4, frame.columns != "id"].to_numpy()
    found = problems(tmp_path, frame)
    assert list(found) == ["rows"]
    assert found["rows"].where == "2 rows: id 104, 107"


def test_answer_past_the_routing(tmp_path):
    frame = respondents()
    frame.loc[0, "hours"] = 5.0
    frame.loc[3, "hours"] = 6.0
    found = problems(tmp_path, frame)
    assert list(found) == ["hours"]
    assert "answered although the routing leads past" in found["hours"].found
    assert found["hours"].where == "2 rows: id 100, 103"


def test_both_violations_of_routing_in_a_1ka_export(tmp_path):
    old = 'question = { sl = "Kaj bi spremenili?"'
    routed = BOOK.replace(old, f'asked_if = {{ quality_air = ["bad", "good"] }}\n{old}')
    past = FIRST  # the air is very good, yet the open question is answered
    skipped = FIRST.replace('="5"', '="2"').replace(r"Več d\'oseb, manj  hrupa", "-2")
    right = skipped.replace('="2";="-2"', '="5";="-2"')
    content = with_paradata(unit(31, 6, cells=past), unit(32, 6, cells=skipped), unit(33, 6, cells=right))
    found = kzm.check(examine(wave_of(tmp_path, content, codebook=routed, n=3)))
    told = {problem.found: problem.where for problem in found if problem.variable == "change"}
    assert told == {
        "answered although the routing leads past the question": "1 row: id 31",
        "skipped although the routing leads to the question": "1 row: id 32",
    }
    assert not any("oseb" in str(problem) for problem in found)


def test_errors_come_before_warnings(tmp_path):
    found = kzm.check(examine(tiny(tmp_path, respondents(sex=[9.0] * 12), n=12)))
    assert [problem.severity for problem in found] == sorted(problem.severity for problem in found)
    assert found[0].variable == "sex"
    assert found[0].where == "12 rows: id 100, 101, 102, 103, 104, 105, 106, 107 and 4 more"


HARD = {
    "no answer at all": {
        "sex": [NAN] * 12, "age": [NAN] * 12, "annoyance_road": [NAN] * 12, "annoyance_port": [NAN] * 12,
        "hours": [NAN] * 12, "proposals": [""] * 12,
    },
    "answers typed as text": {"sex": [SECRET] * 12, "age": [SECRET] * 12, "hours": ["∞"] * 12},
    "infinite numbers": {"age": [math.inf] * 12, "sex": [-math.inf] * 12},
    "one id for all": {"id": [1.0] * 12},
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_check_lists_and_never_raises(tmp_path, name):
    assert problems(tmp_path, respondents(**HARD[name]))


def test_check_of_a_survey_without_rows():
    survey = kzm.load(SURVEYS / "noise/2021")
    empty = replace(survey, responses=survey.responses.iloc[:0], missing=survey.missing.iloc[:0])
    assert len(kzm.check(empty)) > 10


def test_no_problem_of_a_shipped_wave_shows_an_open_answer():
    survey = kzm.load(SURVEYS / "noise/2021")
    doubled = pd.concat([survey.responses, survey.responses.iloc[:3]])
    found = kzm.check(replace(survey, responses=doubled))
    assert [problem.variable for problem in found] == ["rows"]
    texts = survey.responses["proposals"].dropna().unique()
    assert not any(text in str(problem) for text in texts for problem in found)


def test_check_leaves_the_survey_as_it_was(tmp_path):
    survey = examine(tiny(tmp_path, respondents(sex=[9.0] * 12), n=12))
    before = survey.responses.copy(deep=True), survey.missing.copy(deep=True), survey.problems
    kzm.check(survey)
    pd.testing.assert_frame_equal(survey.responses, before[0])
    pd.testing.assert_frame_equal(survey.missing, before[1])
    assert survey.problems == before[2]


def test_columns_that_are_mixed_up_are_noticed_by_their_labels(tmp_path):
    folder = shutil.copytree(SURVEYS / "breastfeeding", tmp_path / "breastfeeding") / "2022"
    toml = (folder / "wave.toml").read_text(encoding="utf-8")
    mixed = toml.replace('age = "Q1"', 'age = "Q0"').replace('child_age = "Q5"', 'child_age = "Q1"')
    (folder / "wave.toml").write_text(mixed.replace('age = "Q0"', 'age = "Q5"', 1), encoding="utf-8")
    told = [problem for problem in examine(folder).problems if "is labelled" in problem.found]
    assert [(p.variable, p.found.split("as ")[-1]) for p in told] == [
        ("age", "'child_age' is"),
        ("child_age", "'age' is"),
    ]


def test_further_languages_are_allowed_and_empty_ones_refused(tmp_path):
    italian = TINY.replace('en = "Sex?"', 'en = "Sex?", it = "Sesso?"')
    assert kzm.load(tiny(tmp_path, codebook=italian)).codebook["sex"].question["it"] == "Sesso?"
    with pytest.raises(kzm.CodebookError, match="the text in 'it' is empty"):
        kzm.load(tiny(tmp_path / "b", codebook=italian.replace("Sesso?", " ")))
