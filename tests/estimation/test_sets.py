"""Select-all sets and batteries: shares by hand arithmetic, and their covariance row by row."""

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, Margins, SurveyDesign
from kzm_surveys.estimation.replication import replicates
from tests.estimation.textbook import carried_back, textbook_covariance

#: The set "disturbed" has seven options. Answers of seven people: chosen, not chosen, no answer, not asked.
OPTIONS = ("morning", "day", "evening", "night", "weekend", "other", "none")
MARKS = ["1100000", "1000000", "0110000", "1110000", "0000001", ".......", "-------"]
WEIGHTS = [1.0, 2.0, 3.0, 1.0, 2.0, 1.0, 4.0]


@pytest.fixture(scope="module")
def survey():
    return kzm.load("surveys/noise/2021")


def small(survey, marks=MARKS, weights=WEIGHTS, **columns):
    names = {"1": "selected", "0": "not_selected"}
    frame = pd.DataFrame({
        f"disturbed_{option}": pd.Categorical(
            [names.get(mark[place]) for mark in marks], categories=["not_selected", "selected"]
        ) for place, option in enumerate(OPTIONS)
    }).assign(w=weights, **columns)  # fmt: skip
    reasons = pd.DataFrame({
        f"disturbed_{option}": [{".": "no_answer", "-": "not_asked"}.get(mark[place]) for mark in marks]
        for place, option in enumerate(OPTIONS)
    })  # fmt: skip
    return SurveyDesign(frame, "w")._with(survey=survey, missing=reasons)


def test_share_of_respondents_by_hand(survey):
    # Weights of those who answered: 1 + 2 + 3 + 1 + 2 = 9; morning 1 + 2 + 1, day 1 + 3 + 1, evening 3 + 1, none 2.
    found = kzm.multiple_response(small(survey), "disturbed")
    assert found.frame["variable"].tolist() == [f"disturbed_{option}" for option in OPTIONS]
    assert found.frame["estimate"].tolist() == pytest.approx([4 / 9, 5 / 9, 4 / 9, 0, 0, 0, 2 / 9])
    assert found.frame["n"].tolist() == [5] * 7
    assert found.cell_n.tolist() == [3, 3, 2, 0, 0, 0, 1]
    assert set(found.frame["statistic"]) == {"proportion"}


def test_base_asked_counts_who_did_not_answer(survey):
    # The sixth was asked and gave no answer, the seventh was not asked: 10 of weight, 6 people.
    found = kzm.multiple_response(small(survey), "disturbed", base="asked")
    assert found.frame["estimate"].tolist() == pytest.approx([0.4, 0.5, 0.4, 0, 0, 0, 0.2])
    assert found.frame["n"].tolist() == [6] * 7


def test_share_of_answers_by_hand(survey):
    # Answers: people chose 2, 1, 2, 3, 1 options, weighted 2 + 2 + 6 + 3 + 2 = 15.
    found = kzm.multiple_response(small(survey), "disturbed", percent="answers")
    assert found.frame["estimate"].tolist() == pytest.approx([4 / 15, 5 / 15, 4 / 15, 0, 0, 0, 2 / 15])
    assert found.frame["n"].tolist() == [9] * 7  # answers
    assert found.cell_n.tolist() == [3, 3, 2, 0, 0, 0, 1]
    assert set(found.frame["statistic"]) == {"answer_share"}
    np.testing.assert_allclose(found.covariance.sum(axis=1), 0, atol=1e-15)
    # A ratio of two totals: share of "morning" has the influence (chosen - answers·4/15)/15, weighted and centred
    # already: 1·(1 - 8/15), 2·(1 - 4/15), 3·(0 - 8/15), 1·(1 - 12/15), 2·(0 - 4/15), over 15; 7 rows.
    scores = np.array([7 / 15, 22 / 15, -24 / 15, 3 / 15, -8 / 15, 0, 0]) / 15
    assert scores.sum() == pytest.approx(0)
    assert found.rows[0].se == pytest.approx(np.sqrt(7 / 6 * (scores**2).sum()), rel=1e-12)
    # base="asked": who gave no answer chose nothing, and adds no answers.
    asked = kzm.multiple_response(small(survey), "disturbed", percent="answers", base="asked")
    pd.testing.assert_frame_equal(asked.frame, found.frame)


def chosen(design):
    """(n, options) chosen and answered."""
    columns = [design.frame[f"disturbed_{option}"] for option in OPTIONS]
    return np.column_stack([c == "selected" for c in columns]), np.column_stack([c.notna() for c in columns])


def designs(survey):
    random = np.random.default_rng(11)
    marks = ["".join(random.choice(["0", "1"], 7, p=[0.7, 0.3])) for _ in range(90)]
    marks = [mark if number % 9 else "." * 7 for number, mark in enumerate(marks)]
    extra = {"g": random.choice(["x", "y"], 90), "village": np.arange(90) % 15, "inside": random.random(90) < 0.7,
             "sex": random.choice(["f", "m"], 90)}  # fmt: skip
    plain = small(survey, marks, random.integers(0, 5, 90).astype(float), **extra)
    clustered = SurveyDesign(plain.frame, "w", psu="village")._with(survey=survey, missing=plain.missing)
    margins = Margins({"sex": {"f": 0.4, "m": 0.6}})
    return {"simple": plain, "raked": kzm.rake(plain, margins), "clustered": clustered,
            "clustered, raked": kzm.rake(clustered, margins)}  # fmt: skip


@pytest.mark.parametrize("name", ["simple", "raked", "clustered", "clustered, raked"])
@pytest.mark.parametrize("percent", ["respondents", "answers"])
def test_joint_covariance_is_that_of_the_rows(survey, name, percent):
    design = designs(survey)[name]
    hit, known = chosen(design)
    w, inside = design.weights, design.frame["inside"].to_numpy()
    found = kzm.multiple_response(design, "disturbed", percent=percent, by="g", where="inside")
    estimates, influence, counted = [], [], []
    for group in ("x", "y"):
        here = inside & (design.frame["g"] == group).to_numpy()
        for option in range(7):
            top = hit[:, option] & here
            bottom = (hit & here[:, None]).sum(axis=1) if percent == "answers" else known[:, option] & here
            estimates.append((w @ top) / (w @ bottom))
            influence.append((top - estimates[-1] * bottom) / (w @ bottom))
            counted.append(here)
    back = carried_back(design, np.column_stack(influence))
    np.testing.assert_allclose(found.frame["estimate"], estimates, rtol=1e-12)
    np.testing.assert_allclose(
        found.covariance, textbook_covariance(design, back, np.column_stack(counted)), atol=1e-14
    )
    assert found.frame["by_category"].tolist() == ["x"] * 7 + ["y"] * 7
    where = kzm.multiple_response(design, "disturbed", percent=percent, where=inside & (design.frame["g"] == "x"))
    columns = ["variable", "estimate", "se", "ci_low", "ci_high", "df", "n", "n_eff", "deff", "flag"]
    pd.testing.assert_frame_equal(found.frame.loc[:6, columns], where.frame[columns], rtol=1e-10)


def test_an_option_is_the_share_of_those_who_selected_it(survey):
    made = designs(survey)
    for design in (made["clustered, raked"], replicates(made["simple"]), replicates(made["clustered"])):
        for base in ("answered", "asked"):
            found = kzm.multiple_response(design, "disturbed", base=base, ci="beta")
            for row in found:
                one = kzm.proportion(design, row.variable, base=base, categories=["selected"], ci="beta").row()
                numbers = ["estimate", "se", "ci_low", "ci_high", "df", "n", "n_eff", "deff"]
                assert [getattr(row, each) for each in numbers] == pytest.approx(
                    [getattr(one, each) for each in numbers], rel=1e-9, nan_ok=True
                )
                assert row.flag == one.flag


def test_difference_of_two_options_by_contrast_is_the_mean_of_the_differences(survey):
    design = designs(survey)["clustered"]
    hit, known = chosen(design)
    found = kzm.multiple_response(design, "disturbed")
    difference = kzm.contrast(found, {"disturbed_day": 1, "disturbed_night": -1}).row()
    made = design._with(frame=design.frame.assign(d=np.where(known[:, 1], hit[:, 1] * 1.0 - hit[:, 3], np.nan)))
    direct = kzm.mean(made, "d").row()
    assert (difference.estimate, difference.se) == pytest.approx((direct.estimate, direct.se), rel=1e-10)


def test_a_battery_is_the_net_of_each_item(survey):
    design = kzm.weight(survey)
    items = survey.codebook.members("annoyance")
    for base, by in (("answered", None), ("asked", "sex")):
        found = kzm.battery(design, "annoyance", ["very", "extremely"], base=base, by=by)
        assert found.frame["variable"].tolist() == list(items) * (1 if by is None else 2)
        assert set(found.frame["category"]) == {"very+extremely"}
        for item in items[:3]:
            one = kzm.proportion(design, item, categories=["very", "extremely"], base=base, by=by)
            columns = ["estimate", "se", "ci_low", "ci_high", "df", "n", "n_eff", "deff", "flag"]
            same = found.frame[found.frame["variable"] == item].reset_index(drop=True)
            pd.testing.assert_frame_equal(same[columns], one.frame[columns], rtol=1e-9)
    # The covariance of two items: the mean of the difference of their 0/1 answers among those who gave both ...
    both = [design.frame[item].isin(["very", "extremely"]) for item in items[:2]]
    answered = design.frame[list(items[:2])].notna().all(axis=1)
    two = kzm.battery(design, "annoyance", ["very", "extremely"], where=answered)
    made = design._with(frame=design.frame.assign(d=both[0] * 1.0 - both[1]))
    direct = kzm.mean(made, "d", where=answered).row()
    found = kzm.contrast(two, [1, -1] + [0] * (len(items) - 2)).row()
    assert (found.estimate, found.se) == pytest.approx((direct.estimate, direct.se), rel=1e-9)


def test_a_group_of_nobody_is_empty_and_leaves_the_others(survey):
    marks = [mark for mark in MARKS[:5] for _ in range(3)]
    groups = pd.Categorical(["x", "y", "x"] * 5, categories=["x", "nobody", "y"])
    found = kzm.multiple_response(small(survey, marks, [1.0] * 15, g=groups), "disturbed", by="g").frame
    empty = found["by_category"] == "nobody"
    assert found.loc[empty, ["estimate", "se", "ci_low", "ci_high"]].isna().all(axis=None)
    assert found.loc[empty, "flag"].str.startswith("empty").all()
    assert found.loc[~empty, ["estimate", "se"]].notna().all(axis=None)


def test_nobody_in_a_replicate_is_refused_as_for_a_single_question(survey):
    # Everybody of group x lives in village 0, which one replicate leaves out.
    marks = [mark for mark in MARKS[:5] for _ in range(4)]
    village = np.arange(20) % 4
    made = small(survey, marks, [1.0] * 20, village=village, g=np.where(village == 0, "x", "y"))
    design = replicates(SurveyDesign(made.frame, "w", psu="village")._with(survey=survey, missing=made.missing))
    with pytest.raises(EstimationError, match="1 of 4 replicates have nobody in a group"):
        kzm.proportion(design, "disturbed_day", by="g")
    with pytest.raises(EstimationError, match="1 of 4 replicates have nobody in a group"):
        kzm.multiple_response(design, "disturbed", by="g")


def test_bad_calls_say_what_is_allowed(survey):
    design = small(survey)
    with pytest.raises(EstimationError, match="unknown percent"):
        kzm.multiple_response(design, "disturbed", percent="people")
    with pytest.raises(EstimationError, match="unknown select-all set"):
        kzm.multiple_response(design, "disturbd")
    with pytest.raises(EstimationError, match="codebook"):
        kzm.multiple_response(SurveyDesign(design.frame), "disturbed")
    with pytest.raises(EstimationError, match="unknown base"):
        kzm.multiple_response(design, "disturbed", base="all")
    with pytest.raises(EstimationError, match="domain is empty"):
        kzm.multiple_response(design, "disturbed", where=[False] * 7)
    with pytest.raises(EstimationError, match="unknown category"):
        kzm.battery(kzm.SurveyDesign.from_survey(survey), "annoyance", ["awfully"])
    with pytest.raises(EstimationError, match="one or more"):
        kzm.battery(kzm.SurveyDesign.from_survey(survey), "annoyance", [])
    with pytest.raises(kzm.KzmError):
        kzm.battery(kzm.SurveyDesign.from_survey(survey), "annoyances", ["very"])
    with pytest.raises(EstimationError, match="categories"):
        kzm.battery(kzm.SurveyDesign.from_survey(survey), "annoyance", "very")


def test_an_opt_in_sample_has_shares_and_n_only(survey):
    design = small(survey)
    made = SurveyDesign(design.frame, "w", sampling="opt_in")._with(survey=survey, missing=design.missing)
    for percent in ("respondents", "answers"):
        found = kzm.multiple_response(made, "disturbed", percent=percent).frame
        expected = kzm.multiple_response(design, "disturbed", percent=percent).frame
        pd.testing.assert_frame_equal(found[["variable", "estimate", "n"]], expected[["variable", "estimate", "n"]])
        assert found[["se", "ci_low", "ci_high", "df", "n_eff", "deff"]].isna().all(axis=None)
        assert found["flag"].str.endswith("opt_in").all()
