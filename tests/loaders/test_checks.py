import math
import shutil
from dataclasses import replace
from unittest.mock import ANY

import numpy as np
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


BIRTH = """
[questions.born]
kind = "number"
label = { sl = "leto rojstva", en = "year of birth" }
question = { sl = "Leto rojstva?", en = "Year of birth?" }
minimum = 1900
maximum = 2020
role = "birth_year"
"""
NEWS = """
[questions.news]
kind = "multiple"
label = { sl = "novice", en = "news" }
question = { sl = "Kje iščete novice?", en = "Where do you look for news?" }
items = [
  { name = "web", label = { sl = "splet", en = "web" } },
  { name = "paper", label = { sl = "časopis", en = "newspaper" } },
  { name = "other", other = true, label = { sl = "drugo", en = "other" } },
]
"""
DERIVED = """
[derived.bother]
of = "annoyance"
label = { sl = "kaj moti", en = "what bothers" }
selected = ["very"]
none = { name = "nothing", label = { sl = "nič", en = "nothing" } }
"""


def book_of(ordered=True, **batteries):
    """Codebook with batteries: name = (number of items, number of steps)."""

    def named(name, more=""):
        return f'{{ name = "{name}", {more}label = {{ sl = "{name}", en = "{name}" }} }}'

    text = TINY.split("[missing]")[0].split("[scales")[0].split("[questions")[0]
    for key, (items, steps) in batteries.items():
        categories = ", ".join(named(f"step{code}", f"code = {code}, ") for code in range(1, steps + 1))
        text += f"""
[questions.{key}]
kind = "battery"
label = {{ sl = "{key}", en = "{key}" }}
question = {{ sl = "{key}?", en = "{key}?" }}
ordered = {str(ordered).lower()}
categories = [{categories}]
items = [{", ".join(named(f"item{i}") for i in range(items))}]
"""
    return text


def battery_answers(n, **batteries):
    """Random codes of n people for the codebook of the same batteries."""
    draw = np.random.default_rng(1)
    columns = {
        f"{key}_item{i}": draw.integers(1, steps + 1, n).astype(float)
        for key, (items, steps) in batteries.items() for i in range(items)
    }  # fmt: skip
    return pd.DataFrame({"id": [100.0 + i for i in range(n)]} | columns)


def problems(tmp_path, frame, **wave):
    found = kzm.check(examine(tiny(tmp_path, frame, n=len(frame), **wave)))
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


def test_an_open_question_that_nobody_answered(tmp_path):
    found = problems(tmp_path, respondents(proposals=[""] * 12))
    assert list(found) == ["proposals"]
    assert "nobody answered" in found["proposals"].found


def test_the_text_of_other_is_missed_only_if_somebody_ticked_other(tmp_path):
    book = book_of() + NEWS
    news = {f"news_{name}": [1.0, 0.0] * 3 for name in ("web", "paper")}
    nobody = pd.DataFrame({"id": [float(i) for i in range(6)]} | news | {"news_other": 0.0, "news_other_text": ""})
    assert problems(tmp_path / "nobody", nobody, codebook=book) == {}
    somebody = nobody.assign(news_other=[1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert list(problems(tmp_path / "somebody", somebody, codebook=book)) == ["news_other_text"]


def test_all_answered_alike(tmp_path):
    found = problems(tmp_path, respondents(sex=[2.0] * 12))
    assert list(found) == ["sex"]
    assert "all answers are the same" in found["sex"].found


def test_the_same_answer_of_ten_is_no_problem(tmp_path):
    assert problems(tmp_path, respondents(annoyance_port=[1.0] * 10 + [98.0, 98.0])) == {}


@pytest.mark.parametrize(("answered", "named"), [(14, False), (15, True), (16, True)])
def test_identical_rows_are_named_by_id_if_they_share_fifteen_answers(tmp_path, answered, named):
    frame = battery_answers(30, q=(16, 5))
    items = frame.columns[1:]
    frame.loc[[4, 7], items[answered:]] = NAN
    frame.loc[7, items] = frame.loc[4, items].to_numpy()
    found = problems(tmp_path, frame, codebook=book_of(q=(16, 5)))
    assert {name: found[name].where for name in found} == ({"rows": "2 rows: id 104, 107"} if named else {})


def test_few_questions_are_answered_alike_by_chance(tmp_path):
    frame = battery_answers(500, q=(3, 2))
    assert problems(tmp_path, frame, codebook=book_of(q=(3, 2), ordered=False)) == {}


def test_who_answered_nothing_is_no_copy_of_another(tmp_path):
    frame = battery_answers(30, q=(16, 5))
    frame.loc[[1, 2, 3], frame.columns[1:]] = NAN
    assert problems(tmp_path, frame, codebook=book_of(q=(16, 5))) == {}


def test_options_that_are_not_ticked_make_no_copies(tmp_path):
    # Rows 0 and 1 share 16 ticks, rows 2 and 3 share 14 ticks and 2 empty boxes, rows 4 and 5 share 16 empty boxes.
    ticks = np.random.default_rng(1).integers(0, 2, (40, 16)).astype(float)
    ticks[:2], ticks[2:4], ticks[2:4, :2], ticks[4:6] = 1, 1, 0, 0
    names = [f"b_o{i}" for i in range(16)]
    items = ", ".join(f'{{ name = "o{i}", label = {{ sl = "{i}", en = "{i}" }} }}' for i in range(16))
    head = '[questions.b]\nkind = "multiple"\nlabel = { sl = "b", en = "b" }\nquestion = { sl = "b", en = "b" }'
    frame = pd.DataFrame(ticks, columns=names).assign(id=[100.0 + i for i in range(40)])
    found = problems(tmp_path, frame, codebook=book_of() + f"{head}\nitems = [{items}]\n")
    assert {name: found[name].where for name in found} == {"rows": "2 rows: id 100, 101"}


def ids(*rows):
    return tuple(100 + row for row in rows)


def straight(tmp_path, frame, **batteries):
    """Ids of the straight-liners that check names."""
    found = problems(tmp_path, frame, codebook=book_of(**batteries))
    assert set(found) <= {"batteries", "rows"}
    return found["batteries"].where.ids if "batteries" in found else ()


def test_one_answer_to_a_long_battery_is_noticed(tmp_path):
    frame = battery_answers(200, q=(20, 5))
    frame.loc[:14, frame.columns[1:]] = 3.0
    assert straight(tmp_path, frame, q=(20, 5)) == ids(*range(15))


@pytest.mark.parametrize(("items", "named"), [(9, False), (10, True)])
def test_one_battery_needs_ten_items(tmp_path, items, named):
    frame = battery_answers(100, q=(items, 5))
    frame.loc[5, frame.columns[1:]] = 2.0
    assert straight(tmp_path, frame, q=(items, 5)) == (ids(5) if named else ())


@pytest.mark.parametrize(("items", "named"), [(3, False), (4, True)])
def test_two_batteries_need_eight_items(tmp_path, items, named):
    frame = battery_answers(100, p=(4, 5), q=(items, 5))
    frame.loc[5, frame.columns[1:]] = 2.0
    assert (5 + 100 in straight(tmp_path, frame, p=(4, 5), q=(items, 5))) == named


def test_an_end_of_the_scale_is_plausible_in_one_battery_and_not_in_two(tmp_path):
    frame = battery_answers(100, p=(10, 5), q=(5, 5))
    first, second = frame.columns[1:11], frame.columns[11:]
    frame.loc[[1, 2], first], frame.loc[[1, 2], second] = 1.0, NAN
    frame.loc[3, first], frame.loc[3, second] = 5.0, NAN
    frame.loc[4, first], frame.loc[4, second] = 4.0, NAN
    frame.loc[5, frame.columns[1:]] = 1.0
    frame.loc[6, first], frame.loc[6, second] = 1.0, 4.0
    assert straight(tmp_path, frame, p=(10, 5), q=(5, 5)) == ids(4, 5, 6)


def test_two_different_answers_in_any_battery_acquit(tmp_path):
    frame = battery_answers(100, p=(12, 5), q=(4, 5))
    first, second = frame.columns[1:13], frame.columns[13:]
    frame.loc[[1, 2, 3], first], frame.loc[[1, 2, 3], second] = 3.0, 2.0
    frame.loc[2, second[0]] = 3.0
    frame.loc[3, second] = [2.0, 4.0, NAN, NAN]
    assert straight(tmp_path, frame, p=(12, 5), q=(4, 5)) == ids(1)


def test_a_battery_counts_if_half_of_it_is_answered(tmp_path):
    frame = battery_answers(100, q=(22, 5))
    frame.loc[[1, 2], frame.columns[1:]] = 3.0
    frame.loc[1, frame.columns[12:]] = NAN
    frame.loc[2, frame.columns[11:]] = NAN
    assert straight(tmp_path, frame, q=(22, 5)) == ids(1)


@pytest.mark.parametrize("ordered", [True, False])
def test_rare_symptoms_make_no_straight_liners(tmp_path, ordered):
    draw = np.random.default_rng(1).random((300, 8)) < 0.05
    frame = battery_answers(300, p=(4, 2), q=(4, 2))
    frame[frame.columns[1:]] = np.where(draw, 1.0, 2.0)
    assert (draw.sum(axis=1) == 0).sum() > 150
    assert straight(tmp_path, frame, p=(4, 2), q=(4, 2), ordered=ordered) == ()


def test_categories_without_order_make_no_straight_liners(tmp_path):
    frame = battery_answers(100, q=(12, 5))
    frame.loc[:3, frame.columns[1:]] = 3.0
    assert straight(tmp_path, frame, q=(12, 5), ordered=False) == ()


@pytest.mark.parametrize(("alike", "named"), [(20, True), (21, False)])
def test_what_more_than_a_fifth_answer_is_the_usual_answer(tmp_path, alike, named):
    # 120 people, of whom 20 answered nothing: 20 of 100 are a fifth.
    frame = battery_answers(120, q=(12, 5))
    frame.loc[: alike - 1, frame.columns[1:]] = 3.0
    frame.loc[100:, frame.columns[1:]] = NAN
    assert straight(tmp_path, frame, q=(12, 5)) == (ids(*range(alike)) if named else ())


YEARS = TINY.replace("maximum = 105", 'maximum = 105\nrole = "age"', 1) + BIRTH


def test_year_of_birth_against_age_without_days_of_interviews(tmp_path):
    # Fieldwork from November 2024 to April 2025: who was born in 1980 was 43 to 45.
    born, age = [1980.0] * 5 + [NAN] * 7, [42.0, 43.0, 44.0, 45.0, 46.0, *range(20, 27)]
    longer = ("first = 2025-04-01", "first = 2024-11-20")
    found = problems(tmp_path, respondents(born=born, age=age), codebook=YEARS, change=longer)
    assert {name: found[name].where for name in found if name != "born"} == {"age": "2 rows: id 100, 104"}
    assert "does not fit the year of birth in 'born'" in found["age"].found


def test_year_of_birth_against_age_on_the_day_of_the_interview(tmp_path):
    # Interviewed in 2024, who was born in 1980 was 43 or 44; in 2025, 44 or 45; without a day, 43 to 45.
    age = [43.0, 44.0, 45.0, 43.0, 44.0, 45.0, 42.0, 43.0, 44.0, 45.0, 46.0, NAN]
    day = ["2024-12-01"] * 3 + ["2025-02-01"] * 3 + [""] * 6
    data = ("first = 2025-04-01", "first = 2024-11-20")
    folder = tiny(tmp_path, respondents(born=[1980.0] * 12, age=age, day=day), n=12, codebook=YEARS, change=data)
    toml = (folder / "wave.toml").read_text(encoding="utf-8")
    (folder / "wave.toml").write_text(toml.replace('id = "id"', 'id = "id"\ninterview_date = "day"'), encoding="utf-8")
    found = {problem.variable: problem for problem in kzm.check(examine(folder))}
    assert found["age"].where == "4 rows: id 102, 103, 106, 110"


def test_speeders_are_the_fastest_third_of_the_median(tmp_path):
    # Median 12 minutes: under 4 is too fast. With 19 known lengths there is no median.
    minutes = [3.9, 4.0] + [12.0] * 22
    timed = ('id = "id"', 'id = "id"\nminutes = "minutes"')
    found = problems(tmp_path / "24", respondents(24, minutes=minutes), change=timed)
    assert {name: found[name].where for name in found} == {"units": "1 row: id 100"}
    assert "(240 seconds)" in found["units"].found
    assert problems(tmp_path / "19", respondents(24, minutes=minutes[:19] + [NAN] * 5), change=timed) == {}


def test_ids_that_stand_twice_do_not_stop_the_checks_of_interviews(tmp_path):
    timed = ('id = "id"', 'id = "id"\nminutes = "minutes"')
    frame = respondents(24, minutes=[3.9] + [12.0] * 23, id=[101.0, 101.0, *range(102, 124)])
    found = problems(tmp_path, frame, change=timed)
    assert {name: found[name].where for name in found} == {"id": ANY, "units": "1 row: id 101"}


def test_record_numbers_that_stand_twice_do_not_stop_the_checks_of_interviews(tmp_path):
    content = with_paradata(unit(31, 6, cells=FIRST), unit(31, 6), unit(32, 1, lurker=1))
    found = kzm.check(examine(wave_of(tmp_path, content, codebook=BOOK, n=2)))
    assert ("error", "id") in [(problem.severity, problem.variable) for problem in found]


def test_interviews_outside_fieldwork(tmp_path):
    days = ["2025-03-31", "2025-04-01", "2025-04-02", "2025-04-03"] + [""] * 8
    dated = ('id = "id"', 'id = "id"\ninterview_date = "day"')
    found = problems(tmp_path, respondents(day=days), change=dated)
    assert {name: found[name].where for name in found} == {"fieldwork": "2 rows: id 100, 103"}


def test_none_of_a_derived_set_excludes_its_other_options(tmp_path):
    book = TINY + DERIVED
    survey = examine(tiny(tmp_path, respondents(), n=12, codebook=book))
    assert "bother_nothing" in survey.codebook.sets["bother"]
    responses = survey.responses.copy()
    responses.loc[105, ["bother_nothing", "bother_road"]] = "selected"
    found = {problem.variable: problem.where for problem in kzm.check(replace(survey, responses=responses))}
    assert found.pop("file") == ""
    assert found == {"bother_nothing": "1 row: id 105"}


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
