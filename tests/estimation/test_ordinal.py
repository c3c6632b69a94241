"""Proportional odds models: R, statsmodels as the second witness, hand arithmetic, refusals."""

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.glm import glm
from kzm_surveys.estimation.ordinal import ordinal
from tests.golden.fits import MODELS, design, fitted

CASES = {k: c for k, c in MODELS.items() if c["kind"] == "ordinal"}


# R's optimiser stops 1e-9 to 1e-8 from the solution even at reltol = 1e-16.
@pytest.mark.parametrize("case_id", CASES)
def test_coefficients_and_thresholds_equal_r(case_id):
    case, model = CASES[case_id], fitted(CASES[case_id])
    assert list(model.names[-len(case["names"]) :]) == case["names"]
    np.testing.assert_allclose(model.coefficients, case["coef"], rtol=1e-7)
    assert model.df == case["df"]


# R's H is a numeric derivative of the score, here with ndeps = 1e-5 in place of 1e-3.
@pytest.mark.parametrize("case_id", CASES)
def test_covariance_equals_r(case_id):
    case, model = CASES[case_id], fitted(CASES[case_id])
    expected = np.reshape(case["vcov"], model.covariance.shape)
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(model.covariance / size, expected / size, atol=2e-6)


@pytest.mark.parametrize("case_id", CASES)
def test_the_score_is_zero(case_id):
    point = fitted(CASES[case_id]).fit.point
    length = np.sqrt(point.score @ np.linalg.solve(point.information, point.score) / point.unit)
    assert length < 1e-12


def frame_of(n=300, seed=5):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": random.normal(size=n), "g": random.choice(list("abc"), n)})
    latent = 0.8 * frame["x"] + (frame["g"] == "b") + random.logistic(size=n)
    frame["q"] = pd.cut(latent, [-np.inf, -1, 0, 1, np.inf], labels=["1", "2", "3", "4"])
    frame["w"] = random.uniform(0.5, 3, n)
    return frame


def test_statsmodels_agrees_without_weights():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    frame = frame_of()
    theirs = OrderedModel(frame["q"], frame[["x"]], distr="logit").fit(method="newton", disp=False, tol=1e-12)
    ours = ordinal(SurveyDesign(frame), "q ~ x")
    thresholds = theirs.model.transform_threshold_params(theirs.params.to_numpy())[1:-1]
    np.testing.assert_allclose(ours.coefficients, [theirs.params["x"], *thresholds], rtol=1e-6)


def test_thresholds_alone_are_the_log_odds_of_the_cumulative_shares():
    # Shares 1/8, 3/8, 4/8: log odds of 1/8 and of 1/2.
    frame = pd.DataFrame({"q": [1, 2, 3], "w": [1.0, 3.0, 4.0]})
    model = ordinal(SurveyDesign(frame, "w"), "q ~ 1")
    assert model.names == ("1|2", "2|3")
    np.testing.assert_allclose(model.coefficients, [np.log(1 / 7), 0], atol=1e-14)


def test_turning_the_scale_around_turns_the_signs():
    frame = frame_of()
    frame["p"] = frame["q"].cat.rename_categories(dict(zip("1234", "4321", strict=True)))
    frame["p"] = frame["p"].cat.reorder_categories(list("1234"))
    one, other = (ordinal(SurveyDesign(frame, "w"), f"{name} ~ x * g") for name in "qp")
    np.testing.assert_allclose(other.coefficients[:5], -one.coefficients[:5], rtol=1e-10)
    np.testing.assert_allclose(other.frame["se"][:5], one.frame["se"][:5], rtol=1e-10)
    np.testing.assert_allclose(other.coefficients[5:], -one.coefficients[:4:-1], rtol=1e-10)


def test_the_covariance_is_that_of_the_jackknife_on_a_plain_sample_to_first_order():
    formula = "band ~ ell + stype"
    linearised, jackknife = (ordinal(design(name), formula).frame for name in ("strat", "jkn"))
    np.testing.assert_allclose(linearised["estimate"], jackknife["estimate"], rtol=1e-12)
    np.testing.assert_allclose(linearised["se"], jackknife["se"], rtol=0.05)


def test_categories_alone_or_beside_a_number_are_the_same_fit():
    frame = frame_of()
    d = SurveyDesign(frame, "w")
    coded = ordinal(d, "q ~ g")
    dense = ordinal(d, "q ~ I(1.0 * (g == 'b')) + I(1.0 * (g == 'c'))")
    assert coded.fit.matrix.cells is not None
    assert dense.fit.matrix.cells is None
    np.testing.assert_allclose(dense.coefficients, coded.coefficients, rtol=1e-10)
    np.testing.assert_allclose(dense.covariance, coded.covariance, rtol=1e-9)


def test_the_scale_of_the_weights_matters_to_no_test():
    frame = frame_of()
    results = [
        ordinal(SurveyDesign(frame.assign(w=frame["w"] * scale), "w"), "q ~ x + g").term_test("g", method=method)
        for method in ("wald", "working_likelihood", "working_wald")
        for scale in (1, 1000)
    ]
    for one, other in zip(results[::2], results[1::2], strict=True):
        np.testing.assert_allclose([one.statistic, one.p_value], [other.statistic, other.p_value], rtol=1e-8)


def test_far_away_answers_keep_their_digits():
    frame = frame_of().assign(far=lambda f: f["x"] + 1e5)
    near, far = (ordinal(SurveyDesign(frame, "w"), f"q ~ {name}") for name in ("x", "far"))
    np.testing.assert_allclose(far.coefficients[0], near.coefficients[0], rtol=1e-9)
    np.testing.assert_allclose(far.frame["se"][0], near.frame["se"][0], rtol=1e-9)


def test_answers_that_nobody_gave_are_left_out_of_the_scale():
    frame = frame_of()
    frame["q"] = frame["q"].cat.add_categories(["5"])
    d = SurveyDesign(frame, "w")
    assert ordinal(d, "q ~ x").names == ("x", "1|2", "2|3", "3|4")
    assert ordinal(d, "q ~ x", where=(frame["q"] != "2")).names == ("x", "1|3", "3|4")


def test_of_two_answers_the_logit_gives_what_the_scale_cannot():
    frame = frame_of().assign(two=lambda f: f["q"].isin(["3", "4"]), text="ab")
    d = SurveyDesign(frame, "w")
    with pytest.raises(EstimationError, match="'two' has 2 answers in the rows used; three are needed"):
        ordinal(d, "two ~ x")
    assert glm(d, "two ~ x", family="binomial").n == 300


@pytest.mark.parametrize(("formula", "message"), [
    ("g ~ x", "'g' is text, whose order is not known"),
    ("x ~ g", "'x' is a continuous variable"),
    ("log(w) ~ x", "is an expression; an ordered column is needed"),
    ("q ~ x - 1", "thresholds stand in the place of the intercept"),
    ("q ~ nothing", "unknown name 'nothing'"),
    ("cut ~ x", "separation: 'x' predicts"),
    ("q ~ x + I(2 * x)", "collinear"),
])  # fmt: skip
def test_what_cannot_be_fitted_is_refused_in_one_sentence(formula, message):
    frame = frame_of().assign(cut=lambda f: pd.cut(f["x"], [-9, -0.5, 0.5, 9], labels=["1", "2", "3"]))
    with pytest.raises(EstimationError, match=message):
        ordinal(SurveyDesign(frame, "w"), formula)


def test_an_opt_in_sample_is_refused_without_justification():
    with pytest.raises(EstimationError, match="ordinal: the sample is opt-in"):
        ordinal(SurveyDesign(frame_of(), "w", sampling="opt_in"), "q ~ x")
