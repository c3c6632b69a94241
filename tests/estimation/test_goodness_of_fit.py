"""R values: R 4.2.2, survey 4.1-1, `svygofchisq(~variable, p = , design, na.rm = TRUE)`."""

import math

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import EstimationError, SurveyDesign, calibrate, poststratify
from kzm_surveys.estimation.goodness_of_fit import goodness_of_fit
from kzm_surveys.estimation.replication import replicates
from tests.estimation.test_independence import made_two_stage, schools
from tests.golden import design, margins

FIVE = [0.2, 0.1, 0.3, 0.3, 0.1]
STATE = {"M": 1018 / 6194, "E": 4421 / 6194, "H": 755 / 6194}

# X-squared, df, p; schools() says what five and miss are
R = {
    # p = c(.2, .1, .3, .3, .1)
    ("dstrat", "five"): (FIVE, 270.086944470612, 3.76664657554303, 0.157649992250837),
    # p = c(.3, .7)
    ("dstrat", "miss"): ({"Yes": 0.7, "No": 0.3}, 44.4250105486707, 1, 0.251306133821051),
    # p = c(4421, 755, 1018) / 6194
    ("dclus1", "stype"): (STATE, 180.101899310172, 1.50020421425072, 0.187970988871844),
    # as.svrepdesign(dstrat, type = "JKn"), as.svrepdesign(dclus1, type = "JK1")
    ("jkn", "five"): (FIVE, 270.086944470612, 3.76664657554303, 0.157649992250838),
    ("jk1", "stype"): (STATE, 180.101899310172, 1.50020421425072, 0.187970988871843),
    # calibrate(dclus1, ~stype, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018))
    ("calibrated", "five"): (FIVE, 172.235586280298, 1.68660548609062, 0.67402873660106),
    # p = c(.3, .3, .4) in R's order much, no, some
    ("two_stage", "q"): ({"no": 0.3, "much": 0.3, "some": 0.4}, 14.5327273260805, 1.9142257339837, 0.324616746675189),
}


def r_design(name):
    if name == "two_stage":
        return made_two_stage()
    if name == "jk1":
        return replicates(design("dclus1"))
    if name == "calibrated":
        return calibrate(schools("dclus1"), {"stype": {"E": 4421, "H": 755, "M": 1018}})
    return schools(name)


@pytest.mark.parametrize(("case", "expected"), R.items(), ids=map(str, R))
def test_equals_r(case, expected):
    shares, *values = expected
    test = goodness_of_fit(r_design(case[0]), case[1], shares)
    np.testing.assert_allclose((test.statistic, test.df_num, test.p_value), values, rtol=1e-8)
    assert test.df_den == math.inf


def test_equals_r_in_a_domain():
    # svygofchisq(~five, p = c(.2, .1, .3, .3, .1), subset(dstrat, stype != "E"))
    made = schools("dstrat")
    test = goodness_of_fit(made, "five", FIVE, where=made.frame["stype"] != "E")
    expected = (135.813618491733, 3.74126936280921, 0.0969763072731831)
    np.testing.assert_allclose((test.statistic, test.df_num, test.p_value), expected, rtol=1e-8)


def test_equals_r_with_a_category_that_nobody_chose():
    # apiclus1$none <- cut(api00, c(0, 10, 600, 700, 800, 1000)); p = c(.01, .19, .4, .2, .2)
    made = schools("dclus1", (0, 10, 600, 700, 800, 1000))
    test = goodness_of_fit(made, "five", [0.01, 0.19, 0.4, 0.2, 0.2])
    expected = (1757.05043686907, 1.29475318073643, 0.0881808094644513)
    np.testing.assert_allclose((test.statistic, test.df_num, test.p_value), expected, rtol=1e-8)


@pytest.mark.parametrize("test", ["chisq", "F"])
def test_the_order_of_the_categories_does_not_matter(test):
    made = made_two_stage()
    turned = pd.Categorical(made.frame["q"], ["some", "much", "no"])
    shares = {"no": 0.3, "much": 0.3, "some": 0.4}
    one = goodness_of_fit(made, "q", shares, test=test)
    other = goodness_of_fit(made._with(frame=made.frame.assign(q=turned)), "q", shares, test=test)
    assert (one.statistic, one.df_num, one.p_value) == pytest.approx((other.statistic, other.df_num, other.p_value))


def test_f_without_design_is_pearsons():
    # 20 12 8 of 40 against 1/2 1/4 1/4: X² = 0 + 4/10 + 4/10 = 0.8. V = (diag p̂ - p̂p̂')/39 with p̂ = .5 .3 .2, so
    # D has the diagonal 40/39·(.25/.5, .21/.25, .16/.25) = 40/39·(.5, .84, .64) and off it 40/39·(-.15/√.125,
    # -.1/√.125, -.06/.25): tr D = 40/39·1.98, tr D² = (40/39)²·(.25 + .7056 + .4096 + 2·(.18 + .08 + .0576)).
    frame = pd.DataFrame({"q": ["a"] * 20 + ["b"] * 12 + ["c"] * 8})
    test = goodness_of_fit(SurveyDesign(frame), "q", [0.5, 0.25, 0.25], test="F")
    df = 1.98**2 / (0.25 + 0.7056 + 0.4096 + 2 * (0.18 + 0.08 + 0.0576))
    assert (test.statistic, test.df_num, test.df_den) == pytest.approx((0.8 / (40 / 39 * 1.98), df, 39 * df))


def test_f_does_not_depend_on_the_scale_of_the_weights():
    made = schools("dstrat")
    thousand = SurveyDesign(made.frame.assign(pw=made.frame["pw"] * 1000), "pw", strata="stype")
    one = goodness_of_fit(SurveyDesign(made.frame, "pw", strata="stype"), "five", FIVE, test="F")
    other = goodness_of_fit(thousand, "five", FIVE, test="F")
    assert (one.statistic, one.df_den, one.p_value) == pytest.approx((other.statistic, other.df_den, other.p_value))


FRAME = pd.DataFrame(
    {"q": list("aabbbc"), "one": list("aaaaaa"), "y": np.arange(6) / 7, "empty": [None] * 6, "unit": [1] * 6}
)
THIRDS = [1 / 3] * 3


@pytest.mark.parametrize(
    ("variable", "shares", "options", "words"),
    [
        ("x", THIRDS, {}, "unknown column 'x'"),
        ("y", THIRDS, {}, "continuous variable"),
        ("empty", THIRDS, {}, "has no answers"),
        ("one", [1.0], {}, "a test needs two categories"),
        ("q", [0.5, 0.5], {}, "2 shares for 3 categories"),
        ("q", {"a": 0.5, "b": 0.5}, {}, "shares lack c"),
        ("q", {"a": 0.5, "b": 0.2, "d": 0.3}, {}, "unknown category 'd'"),
        ("q", [0.5, 0.2, 0.2], {}, "shares sum to 0.9, they must sum to 1"),
        ("q", [50, 20, 30], {}, "shares sum to 100"),
        ("q", [0.5, 0.5, 0.0], {}, "above 0"),
        ("q", [0.5, 0.5, math.nan], {}, "above 0"),
        ("q", ["half", 0.5, 0.1], {}, "shares must be numbers"),
        ("q", THIRDS, {"test": "wald"}, "unknown test 'wald'"),
        ("q", THIRDS, {"where": np.zeros(6, bool)}, "domain is empty"),
    ],
)
def test_what_allows_no_test_says_why(variable, shares, options, words):
    with pytest.raises(EstimationError, match=words):
        goodness_of_fit(SurveyDesign(FRAME), variable, shares, **options)


def test_opt_in_samples_have_no_test():
    with pytest.raises(EstimationError, match="opt-in"):
        goodness_of_fit(SurveyDesign(FRAME, sampling="opt_in"), "q", THIRDS)


def test_without_degrees_of_freedom_no_test_exists():
    with pytest.raises(EstimationError, match="0 degrees of freedom"):
        goodness_of_fit(SurveyDesign(FRAME, psu="unit", lonely_psu="remove"), "q", THIRDS)


@pytest.mark.parametrize("test", ["chisq", "F"])
def test_shares_that_the_weighting_fixed_have_no_test(test):
    fixed = poststratify(design("dclus1"), margins("pop.types"))
    with pytest.raises(EstimationError, match="no sampling variance"):
        goodness_of_fit(fixed, "stype", THIRDS, test=test)
