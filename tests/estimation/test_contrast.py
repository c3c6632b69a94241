"""Differences and other weighted sums: R's ``svycontrast``, and the same number found another way."""

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, SurveyDesign, contrast
from kzm_surveys.estimation.replication import replicates
from tests.golden import design


def schools():
    return kzm.mean(design("dclus1"), "api00", by="stype")


# d <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1, fpc = ~fpc)
# b <- svyby(~api00, ~stype, d, svymean, covmat = TRUE)


def test_difference_of_groups_equals_r():
    # svycontrast(b, c(E = 1, H = -1))
    found = contrast(schools(), {"E": 1, "H": -1}).row()
    assert (found.estimate, found.se) == pytest.approx((30.29662698412699, 30.02760619184544), rel=1e-10)
    assert (found.statistic, found.category, found.variable) == ("contrast", "contrast", "api00")


def test_named_contrasts_and_their_covariance_equal_r():
    # svycontrast(b, list(eh = c(E = 1, H = -1), avg = c(E = 1/3, H = 1/3, M = 1/3)))
    found = contrast(schools(), {"eh": {"E": 1, "H": -1}, "avg": [1 / 3] * 3})
    assert found.frame["category"].tolist() == ["eh", "avg"]
    np.testing.assert_allclose(found.frame["estimate"], [30.29662698412699, 632.95982804232801], rtol=1e-10)
    expected = [[901.6571336125546, -318.9851769402246], [-318.9851769402246, 733.2301417376983]]
    np.testing.assert_allclose(found.covariance, expected, rtol=1e-9)


def test_contrasts_of_shares_totals_and_replicates_equal_r():
    made = design("dclus1")
    # svycontrast(svymean(~stype, d), c(stypeE = 1, stypeH = -2))
    share = contrast(kzm.proportion(made, "stype"), {"E": 1, "H": -2}).row()
    assert (share.estimate, share.se) == pytest.approx((0.63387978142076506, 0.09484631649359256), rel=1e-10)
    # svycontrast(svytotal(~stype, d), c(stypeE = 1, stypeH = -1))
    count = contrast(kzm.total(made, "stype"), {"E": 1, "H": -1}).row()
    assert (count.estimate, count.se) == pytest.approx((4400.109519958496, 1318.681058409850), rel=1e-10)
    # svycontrast(svyby(~api00, ~stype, as.svrepdesign(d, type = "JK1"), svymean, covmat = TRUE), c(E = 1, H = -1))
    jackknife = contrast(kzm.mean(replicates(made), "api00", by="stype"), {"E": 1, "H": -1}).row()
    assert (jackknife.estimate, jackknife.se) == pytest.approx((30.29662698412699, 37.60751566990059), rel=1e-10)


def test_contrast_of_coefficients_equals_r():
    # svycontrast(svyglm(api00 ~ meals + ell, d), c(`(Intercept)` = 1, meals = 50, ell = 10))
    model = kzm.glm(design("dclus1"), "api00 ~ meals + ell")
    for weights in ([1, 50, 10], dict(zip(model.frame["term"], [1, 50, 10], strict=True))):
        found = contrast(model, weights).row()
        assert (found.estimate, found.se) == pytest.approx((654.814860408380355, 9.919839896086266), rel=1e-8)
        assert found.df == model.frame["df"].iloc[0]


def test_all_ways_of_giving_weights_agree():
    found = schools()
    for weights in (
        {"E": 1, "H": -1}, [1, -1, 0], (1.0, -1.0, 0.0), np.array([1, -1, 0]), [[1, -1, 0]],
        {"E": np.float32(1), "H": np.int64(-1)}, {"difference": {"E": 1, "H": -1}},
        {"difference": np.array([1, -1, 0])},
    ):  # fmt: skip
        one = contrast(found, weights).row()
        assert (one.estimate, one.se) == pytest.approx((30.29662698412699, 30.02760619184544), rel=1e-6)
    several = contrast(found, np.eye(3))
    assert several.frame["category"].tolist() == ["contrast 1", "contrast 2", "contrast 3"]
    np.testing.assert_allclose(several.covariance, found.covariance, rtol=1e-12)


def pairs():
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"q": random.choice(["no", "yes"], 120), "g": random.choice(["men", "women"], 120),
                          "w": random.uniform(1, 4, 120), "y": random.normal(0, 1, 120)})  # fmt: skip
    return SurveyDesign(frame, "w")


def test_category_and_group_are_named_together():
    made = pairs()
    shares = kzm.proportion(made, "q", by="g")
    found = contrast(shares, {("yes", "men"): 1, ("yes", "women"): -1}).row()
    # The same difference as the slope of a regression on a constant and a 0/1 variable.
    yes, men = (made.frame["q"] == "yes").to_numpy(float), (made.frame["g"] == "men").to_numpy(float)
    w, x = made.weights, np.column_stack([np.ones(120), men])
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    slope = bread @ x.T @ (w * yes)
    scores = (w * (yes - x @ slope))[:, None] * x @ bread
    assert found.estimate == pytest.approx(slope[1], rel=1e-12)
    assert found.se == pytest.approx(np.sqrt(120 / 119 * (scores**2).sum(axis=0)[1]), rel=1e-10)
    with pytest.raises(EstimationError, match="2 rows are called 'yes'"):
        contrast(shares, {"yes": 1})
    with pytest.raises(EstimationError, match="called 'q'"):
        contrast(shares, {"q": 1})
    for unknown in ("maybe", ("men", "yes"), ("yes",), 1, None):
        with pytest.raises(EstimationError, match="no row called"):
            contrast(shares, {unknown: 1})


def test_degrees_of_freedom_n_level_and_flags_of_the_rows_used():
    frame = pd.DataFrame({"y": np.arange(100.0), "g": ["a"] * 60 + ["b"] * 25 + ["c"] * 15})
    found = kzm.mean(SurveyDesign(frame), "y", by="g", level=0.9)
    one, other = contrast(found, {"ab": {"a": 1, "b": -1}, "aa": {"a": 2}}).rows
    assert (one.df, one.n, one.flag) == (24, 25, "small_base")
    assert (other.df, other.n, other.flag) == (59, 60, "")
    assert (one.ci_high - one.estimate) / one.se == pytest.approx(1.71088208, rel=1e-8)  # qt(0.95, 24)
    wide = contrast(found, {"a": 1, "b": -1}, level=0.99).row()
    assert (wide.ci_high - wide.estimate) / wide.se == pytest.approx(2.79693950, rel=1e-8)  # qt(0.995, 24)


def test_a_group_of_nobody_spoils_only_what_uses_it():
    groups = pd.Categorical(["a", "a", "b", "b", "b"], categories=["a", "nobody", "b"])
    found = kzm.mean(SurveyDesign(pd.DataFrame({"y": [1.0, 2, 3, 4, 9], "g": groups})), "y", by="g")
    both = contrast(found, {"known": {"a": 1, "b": -1}, "unknown": {"a": 1, "nobody": -1}}).frame
    alone = contrast(found, {"a": 1, "b": -1}).row()
    assert both.loc[0, "se"] == pytest.approx(alone.se, rel=1e-12)
    assert both.loc[1, ["estimate", "se"]].isna().all()
    assert "empty" in both.loc[1, "flag"]


def test_an_unknown_covariance_is_refused():
    made = pairs()
    stacked = kzm.quantile(made, "y", [0.25, 0.75])
    with pytest.raises(EstimationError, match="covariance of these rows is not known"):
        contrast(stacked, [1, -1])
    assert contrast(stacked, [2, 0]).row().se == pytest.approx(2 * stacked.rows[0].se)


def test_an_opt_in_sample_has_differences_without_margin():
    found = contrast(
        kzm.mean(SurveyDesign(pairs().frame, sampling="opt_in"), "y", by="g"), {"men": 1, "women": -1}
    ).row()
    y, men = pairs().frame["y"], pairs().frame["g"] == "men"
    assert found.estimate == pytest.approx(y[men].mean() - y[~men].mean())
    assert np.isnan([found.se, found.ci_low, found.ci_high, found.df]).all()


@pytest.mark.parametrize(
    "weights",
    [
        {}, [], [1], [1, 2, 3, 4], [[1, 2], [3, 4]], [1, np.nan, 0], [1, np.inf, 0], {"E": np.nan}, {"E": np.inf},
        {"named": {"E": np.nan, "H": 1}}, "EH", ["a", "b", "c"], [[1, 2], [3]], None, {"E": "1"}, {"E": None},
        {"named": {"E": "1"}}, {"E": 1 + 2j}, {"named": {}}, {"named": {"E": 1}, "number": 1},
        {"named": [[1, -1, 0], [0, 1, -1]]}, np.ones((2, 3, 3)), 1,
    ],
)  # fmt: skip
def test_weights_that_make_no_sense_are_refused(weights):
    with pytest.raises(EstimationError, match="contrast"):
        contrast(schools(), weights)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, np.nan])
def test_a_level_outside_0_and_1_is_refused(level):
    with pytest.raises(EstimationError, match="level"):
        contrast(schools(), {"E": 1}, level=level)
