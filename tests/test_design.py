import dataclasses

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, SurveyDesign, WeightingError, crosstab, mean, proportion, total

# Strata 1 and 2 have two rows each, stratum 3 has one.
FRAME = pd.DataFrame(
    {
        "stratum": [1, 1, 2, 2, 3],
        "unit": [1, 2, 3, 4, 5],
        "weight": [1.0, 2.0, 3.0, 2.0, 2.0],
        "population": [4, 4, 8, 8, 1],
        "y": [1.0, 2.0, 3.0, 4.0, 7.0],
        "q": ["a", "b", "a", "a", "b"],
    }
)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"strata": "stratun"}, EstimationError, "strata: unknown column 'stratun'; did you mean 'stratum'"),
        ({"psu": "units"}, EstimationError, "psu: unknown column 'units'; did you mean 'unit'"),
        ({"fpc": "popul"}, EstimationError, "fpc: unknown column 'popul'"),
        ({"weights": "weigth"}, WeightingError, "unknown column 'weigth'; did you mean 'weight'"),
        ({"sampling": "optin"}, EstimationError, "unknown sampling kind 'optin'; did you mean 'opt_in'"),
        (
            {"lonely_psu": "adjust"},
            EstimationError,
            "unknown lonely_psu policy 'adjust'.*R's 'adjust' is 'centre' here",
        ),
        ({"strata": ["stratum", "unit"]}, EstimationError, "at most 1 stage"),
    ],
)
def test_wrong_name_is_refused_with_the_nearest_right_one(options, error, match):
    with pytest.raises(error, match=match):
        SurveyDesign(FRAME, **options)


@pytest.mark.parametrize("column", ["stratum", "unit", "population"])
def test_missing_value_in_a_design_column_is_refused(column):
    role = {"stratum": "strata", "unit": "psu", "population": "fpc"}[column]
    frame = FRAME.assign(**{column: [1, None, 1, 1, 1]})
    with pytest.raises(EstimationError, match=f"{role} column '{column}' has 1 missing value[.]"):
        SurveyDesign(frame, **{role: column})
    with pytest.raises(EstimationError, match=r"has 5 missing values\."):
        SurveyDesign(frame.assign(**{column: None}), **{role: column})


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        ([1, 2, -1, 1, 1], "1 of 5 are negative"),
        ([1, np.nan, np.nan, 1, 1], "2 of 5 are missing or infinite"),
        ([1, np.inf, 1, 1, 1], "1 of 5 are missing or infinite"),
        ([0, 0, 0, 0, 0], "all zero"),
        (["1", "2", "3", "4", "5"], "not numbers"),
    ],
)
def test_bad_weights_are_refused(weights, match):
    with pytest.raises(WeightingError, match=f"weights 'weight'.*{match}"):
        SurveyDesign(FRAME.assign(weight=weights), weights="weight")


def test_frame_without_rows_is_refused():
    with pytest.raises(EstimationError, match="no rows"):
        SurveyDesign(FRAME.iloc[:0])


def test_units_that_cross_strata_are_refused_unless_numbered_anew():
    frame = FRAME.assign(unit=[1, 2, 1, 2, 1])
    with pytest.raises(EstimationError, match=r"'unit': units cross strata.*nest=True"):
        SurveyDesign(frame, strata="stratum", psu="unit")
    nested = SurveyDesign(frame, strata="stratum", psu="unit", nest=True, lonely_psu="remove")
    assert mean(nested, "y").row().df == 2  # 5 units in 3 strata


@pytest.mark.parametrize(
    ("population", "match"),
    [
        ([1.5, 1.5, 8, 8, 1], "more units sampled than the population has"),
        ([4, 5, 8, 8, 1], "differs within a stratum"),
        ([0, 0, 8, 8, 1], "must be positive"),
    ],
)
def test_impossible_population_is_refused(population, match):
    with pytest.raises(EstimationError, match=f"fpc 'population'.*{match}"):
        SurveyDesign(FRAME.assign(population=population), strata="stratum", fpc="population")


def test_weights_follow_from_the_population():
    # 2 of 4, 2 of 8, 1 of 1.
    design = SurveyDesign(FRAME, strata="stratum", fpc="population")
    assert design.weights.tolist() == [2, 2, 4, 4, 1]


def test_population_counts_and_fractions_are_the_same_design():
    fractions = FRAME.assign(population=[0.5, 0.5, 0.25, 0.25, 1.0])
    counts, shares = (SurveyDesign(f, strata="stratum", fpc="population") for f in (FRAME, fractions))
    np.testing.assert_allclose(shares.weights, counts.weights)
    np.testing.assert_allclose(total(shares, "y").row().se, total(counts, "y").row().se, rtol=1e-12)


def test_stratum_taken_completely_adds_nothing_and_is_not_lonely():
    # N²(1 - n/N)s²/n per stratum: 16·0.5·0.5/2 + 64·0.75·0.5/2 + 0 = 2 + 12.
    design = SurveyDesign(FRAME, strata="stratum", fpc="population", lonely_psu="error")
    assert total(design, "y").row().estimate == 2 * (1 + 2) + 4 * (3 + 4) + 7
    assert total(design, "y").row().se == pytest.approx(np.sqrt(14))


def test_two_stages_follow_the_textbook():
    # 2 of M = 4 units, in them 2 of N = 3 and 2 of 4 persons. Unit totals 3·(1 + 3)/2 = 6 and 16.
    # So s² = 50 between units; 2 and 8 within. M²(1 - m/M)s²/m + M/m·ΣN²(1 - n/N)s²/n (Lohr 2010, chapter 5)
    # = 16·0.5·25 + 2·(9·1/3·1 + 16·1/2·4) = 200 + 70.
    frame = pd.DataFrame(
        {"unit": [1, 1, 2, 2], "person": [1, 2, 1, 2], "units": 4, "persons": [3, 3, 4, 4], "y": [1, 3, 2, 6]}
    )
    design = SurveyDesign(frame, psu=["unit", "person"], fpc=["units", "persons"])
    assert design.weights.tolist() == [3, 3, 4, 4]
    found = total(design, "y").row()
    assert (found.estimate, found.df) == (44, 1)
    assert found.se == pytest.approx(np.sqrt(270))


def test_stratum_of_one_unit_has_no_variance():
    design = SurveyDesign(FRAME, strata="stratum", lonely_psu="error")
    for estimate in (lambda: mean(design, "y"), lambda: proportion(design, "q")):
        with pytest.raises(EstimationError, match="1 stratum has one sampling unit"):
            estimate()


# Mean 17/5 = 3.4, influence (y - 3.4)/5. Strata 1 and 2 each give 2/1·(0.1² + 0.1²) = 0.04.
@pytest.mark.parametrize(
    ("policy", "variance"),
    [
        ("remove", 0.08),
        ("certainty", 0.08),
        ("average", 0.08 * 3 / 2),  # stratum 3 counts as the average of the other two
        ("centre", 0.08 + (3.6 / 5) ** 2),  # deviation from the mean of all units, which is 0
    ],
)
def test_policy_for_a_stratum_of_one_unit(policy, variance):
    found = mean(SurveyDesign(FRAME, strata="stratum", lonely_psu=policy), "y").row()
    assert found.se == pytest.approx(np.sqrt(variance))
    assert found.df == 2


def test_centre_leaves_the_influence_of_a_lone_unit_as_it_is_as_r_does():
    # Total: strata 1 and 2 give 2/1·(0.5² + 0.5²) = 1 each, stratum 3 7² = 49; R: survey.lonely.psu = "adjust".
    found = total(SurveyDesign(FRAME, strata="stratum", lonely_psu="centre"), "y").row()
    assert found.se == pytest.approx(np.sqrt(51))


def test_later_changes_of_the_users_frame_do_not_reach_the_design():
    frame = FRAME.copy()
    design = SurveyDesign(frame, weights="weight")
    frame.loc[0, "y"] = 1e6
    frame["weight"] = 99.0
    del frame["q"]
    # (1·1 + 2·2 + 3·3 + 2·4 + 2·7)/10
    assert mean(design, "y").row().estimate == pytest.approx(3.6)
    assert design.weights.tolist() == [1, 2, 3, 2, 2]
    assert proportion(design, "q").row("a").estimate == pytest.approx(0.6)


def test_attributes_of_a_design_cannot_be_set():
    with pytest.raises(AttributeError):
        SurveyDesign(FRAME).weights = np.ones(5)


@pytest.mark.parametrize(
    ("where", "match"),
    [
        ([True, False], "mask has 2 values, the design 5 rows"),
        ([1, 0, 1, 0, 1], "needs True or False for every row"),
        ([True, None, True, False, True], "needs True or False for every row"),
        ([True, np.nan, True, False, True], "needs True or False for every row"),
        (pd.array([True, None, True, False, True], dtype="boolean"), "needs True or False"),
        ("q", "needs True or False for every row"),
        ("nowhere", "unknown column 'nowhere'"),
        ([False] * 5, "domain is empty"),
    ],
)
def test_bad_mask_is_refused(where, match):
    with pytest.raises(EstimationError, match=match):
        mean(SurveyDesign(FRAME), "y", where=where)


def test_domain_in_which_nobody_has_weight_is_empty():
    design = SurveyDesign(FRAME.assign(weight=[0, 1, 1, 1, 1]), weights="weight")
    with pytest.raises(EstimationError, match="'y': the domain is empty"):
        mean(design, "y", where=FRAME["y"] == 1)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda d: proportion(d, "q", base="everyone"), "unknown base 'everyone'. Allowed: answered, asked"),
        (lambda d: proportion(d, "share"), "'share' is a continuous variable"),
        (lambda d: proportion(d, "q", categories=["c"]), "q: unknown category 'c'"),
        (lambda d: proportion(d, "q", level=95), "level must lie between 0 and 1"),
        (lambda d: proportion(d, "empty"), "'empty' has no answers"),
        (lambda d: mean(d, "q"), "'q' is str, not a number. Use proportion"),
        (lambda d: mean(d, "yy"), "unknown column 'yy'; did you mean 'y'"),
        (lambda d: mean(d, "y", by="group"), "unknown column 'group'"),
        (lambda d: mean(d, "y", by="share"), "'share' is a continuous variable"),
        (lambda d: mean(d, "y", deff="srs"), "unknown deff 'srs'"),
        (lambda d: crosstab(d, "q", "stratum", percent="columns"), "unknown percent 'columns'"),
        (lambda d: crosstab(d, "q", "stratum", test="chi"), "unknown test 'chi'"),
        (lambda d: crosstab(d, "q", "constant"), "needs two categories with answers"),
    ],
)
def test_impossible_estimate_is_refused(call, match):
    frame = FRAME.assign(share=[0.1, 0.2, 0.3, 0.4, 0.5], empty=np.nan, constant="x")
    with pytest.raises(EstimationError, match=match):
        call(SurveyDesign(frame))


def test_mean_of_a_column_without_any_answer_is_no_number():
    found = mean(SurveyDesign(FRAME.assign(y=np.nan)), "y").row()
    assert found.n == 0
    assert np.isnan([found.estimate, found.se, found.ci_low, found.ci_high]).all()


def test_missing_answers_leave_the_base():
    # 1, 2, 4 answered by three of five: mean 7/3, domain variance 5/4·Σ(y - 7/3)²/3² = 5/4·(14/3)/9.
    found = mean(SurveyDesign(FRAME.assign(y=[1, 2, 4, np.nan, np.nan])), "y").row()
    assert (found.n, found.estimate) == (3, pytest.approx(7 / 3))
    assert found.se == pytest.approx(np.sqrt(5 / 4 * (14 / 3) / 9))


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "5 rows, weights sum to 5"),
        ({"weights": "weight", "strata": "stratum"}, "5 rows, 3 strata, weights sum to 10"),
        ({"psu": "stratum"}, "5 rows, 3 clusters, weights sum to 5"),
        ({"strata": "stratum", "fpc": "population"}, "5 rows, 3 strata, finite population, weights sum to 13"),
        (
            {"weights": "weight", "strata": "half", "psu": ["stratum", "unit"]},
            "5 rows, 3 clusters, 2 strata, 2 stages, weights sum to 10",
        ),
        ({"sampling": "opt_in"}, "5 rows, weights sum to 5, opt-in sample"),
        ({"replicate_weights": np.ones((5, 4))}, "5 rows, weights sum to 5, 4 given replicates"),
    ],
)
def test_a_design_shows_what_it_knows_of_the_sample(options, shown):
    frame = FRAME.assign(half=[1, 1, 1, 1, 2])
    assert repr(SurveyDesign(frame, **options)) == f"<SurveyDesign: {shown}>"


def test_a_design_of_one_row_shows_it_in_the_singular():
    assert repr(SurveyDesign(FRAME.iloc[:1])) == "<SurveyDesign: 1 row, weights sum to 1>"


OPT_IN = "surveys/breastfeeding/2022"


@pytest.mark.parametrize("make", [kzm.weight, SurveyDesign.from_survey])
def test_an_opt_in_survey_infers_with_a_justification(make):
    survey = kzm.load(OPT_IN)
    assert not make(survey).infers
    assert np.isnan(mean(make(survey), "age").row().se)
    argued = make(survey, justification="matched to the register of births")
    assert argued.infers
    assert argued.justification == "matched to the register of births"
    assert mean(argued, "age").row().se > 0


@pytest.mark.parametrize("make", [kzm.weight, SurveyDesign.from_survey])
def test_a_justification_given_wins_over_that_of_the_wave(make):
    survey = kzm.load(OPT_IN)
    sampling = survey.wave.sampling.model_copy(update={"justification": {"sl": "register", "en": "the register"}})
    survey = dataclasses.replace(survey, wave=survey.wave.model_copy(update={"sampling": sampling}))
    assert make(survey).justification == "the register"
    assert make(survey, justification="a panel").justification == "a panel"


@pytest.mark.parametrize("make", [kzm.weight, SurveyDesign.from_survey])
def test_a_probability_wave_takes_no_justification(make):
    with pytest.raises(EstimationError, match="justification: a text that only goes with sampling='opt_in'"):
        make(kzm.load("surveys/noise/2021"), justification="none needed")


def test_a_refused_test_says_where_a_justification_goes():
    with pytest.raises(EstimationError, match=r"justification= of kzm.weight or SurveyDesign.*wave.toml \[sampling\]"):
        kzm.ttest(kzm.weight(kzm.load(OPT_IN)), "age", null=30)


def test_what_is_remembered_of_weights_does_not_outlive_them():
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4], "answered": [True, False, True, True], "cell": list("aabb")})
    design = SurveyDesign(frame)
    assert mean(design, "y").row().n == 4
    adjusted = kzm.adjust_nonresponse(design, "answered", cells=["cell"])
    # 2·1 + 3 + 4 over 4; who did not answer has weight 0 and does not count.
    assert (mean(adjusted, "y").row().n, mean(adjusted, "y").row().estimate) == (3, 2.25)
