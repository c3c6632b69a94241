"""Generalised linear models: R, statsmodels as the second witness, hand arithmetic, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import SurveyDesign, mean
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.glm import LARGE, glm
from kzm_surveys.estimation.replication import replicates
from tests.golden.fits import MODELS, design, fitted

CASES = {k: c for k, c in MODELS.items() if c["kind"] == "glm"}
# R counts the rank of a subset's replicate weights, and its dispersion of replicate designs is that of one row.
REPLICATES = {k for k, c in CASES.items() if c["design"].startswith("jk")}


@pytest.mark.parametrize("case_id", CASES)
def test_coefficients_equal_r(case_id):
    case, model = CASES[case_id], fitted(CASES[case_id])
    expected = np.atleast_1d(case["coef"])
    se = np.sqrt(np.diag(np.reshape(case["vcov"], model.covariance.shape)))
    np.testing.assert_allclose(model.coefficients / se, expected / se, atol=1e-10, rtol=1e-10)
    if "calibrated," not in case_id or case["where"] is None:  # R's weights then have mean 1 over all rows
        np.testing.assert_allclose(model.deviance, case["deviance"], rtol=1e-10)


# R takes A⁻¹ from the weights of its last iteration but one: 1e-8, also at epsilon = 1e-15.
@pytest.mark.parametrize("case_id", CASES)
def test_covariance_equals_r(case_id):
    case, model = CASES[case_id], fitted(CASES[case_id])
    expected = np.reshape(case["vcov"], model.covariance.shape)
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(model.covariance / size, expected / size, atol=5e-8)
    np.testing.assert_allclose(model.frame["statistic"], case["t"], rtol=5e-8, atol=1e-9)


@pytest.mark.parametrize("case_id", sorted(set(CASES) - {k for k in REPLICATES if "subset" in k}))
def test_degrees_of_freedom_p_values_and_intervals_equal_r(case_id):
    case, frame = CASES[case_id], fitted(CASES[case_id]).frame
    assert frame["df"].tolist() == [case["df"]] * len(frame)
    np.testing.assert_allclose(frame["p_value"], case["p"], rtol=1e-6)
    np.testing.assert_allclose(frame["ci_low"], case["low"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(frame["ci_high"], case["high"], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("case_id", sorted(set(CASES) - REPLICATES))
def test_dispersion_equals_r(case_id):
    np.testing.assert_allclose(fitted(CASES[case_id]).dispersion, CASES[case_id]["dispersion"], rtol=1e-10)


def frame_of(n=400, seed=3):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "x": random.normal(size=n), "z": random.normal(size=n), "g": random.choice(list("abc"), n),
        "h": random.choice(["m", "f"], n), "w": random.uniform(0.5, 4, n), "psu": np.arange(n) // 10,
    })  # fmt: skip
    eta = 0.5 * frame["x"] - 0.3 * frame["z"] + (frame["g"] == "c")
    frame["y"] = (random.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame["k"] = random.poisson(np.exp(0.4 * eta))
    return frame


@pytest.mark.parametrize(("family", "response"), [("gaussian", "z"), ("binomial", "y"), ("poisson", "k")])
@pytest.mark.parametrize("right", ["x + C(g) + C(h)", "C(g) * C(h)", "x * C(g)"])
def test_statsmodels_with_weights_and_clusters_agrees(family, response, right):
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    frame = frame_of()
    name = family.capitalize()
    with warnings.catch_warnings():  # "cov_type not fully supported with freq_weights"
        warnings.simplefilter("ignore")
        theirs = smf.glm(
            f"{response} ~ {right}", frame, family=getattr(sm.families, name)(), freq_weights=frame["w"]
        ).fit(tol=1e-14, maxiter=100, cov_type="cluster", cov_kwds={"groups": frame["psu"], "use_correction": False})
    ours = glm(SurveyDesign(frame, "w", psu="psu"), f"{response} ~ {right}", family=family)
    # statsmodels puts categories before numbers; its cluster covariance lacks the m/(m - 1) of the m = 40 units.
    names = [name.replace("(Intercept)", "Intercept").replace("[", "[T.") for name in ours.names]
    where = [theirs.params.index.get_loc(name) for name in names]
    np.testing.assert_allclose(ours.coefficients, theirs.params.to_numpy()[where], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        ours.covariance, theirs.cov_params().to_numpy()[np.ix_(where, where)] * 40 / 39, rtol=1e-7, atol=1e-12
    )


def test_a_logit_on_one_group_is_the_log_odds_ratio_of_the_table():
    # a: 1 of 4 by weight; b: 4 of 6 → odds 1/3 and 2, ratio 6.
    frame = pd.DataFrame({"y": ["no", "yes", "no", "yes"], "g": list("aabb"), "w": [3.0, 1.0, 2.0, 4.0]})
    model = glm(SurveyDesign(frame, "w"), "y ~ g", family="binomial")
    np.testing.assert_allclose(model.coefficients, np.log([1 / 3, 6]))
    assert model.response == "y = yes"


def test_a_model_of_groups_gives_the_same_as_domain_means():
    d = design("clus1")
    means = mean(d, "api00", by="stype").frame
    frame = glm(d, "api00 ~ stype - 1").frame
    np.testing.assert_allclose(frame["estimate"], means["estimate"], rtol=1e-12)
    np.testing.assert_allclose(frame["se"], means["se"], rtol=1e-10)


def test_categories_alone_or_beside_a_number_are_the_same_fit():
    """Purely categorical models are fitted to the table of their combinations, others to the rows."""
    frame = frame_of().assign(near=lambda f: f["x"] * 1e-9)
    d = SurveyDesign(frame, "w", psu="psu")
    table, rows = (glm(d, f"y ~ g * h{more}", family="binomial") for more in ("", " + near"))
    assert table.fit.matrix.cells is not None
    assert rows.fit.matrix.cells is None
    refit = glm(d, "y ~ g * h + I(h == 'm'):x - I(h == 'm'):x", family="binomial")
    np.testing.assert_allclose(table.covariance, refit.covariance, rtol=1e-10)
    dense = glm(d, "y ~ I(1.0 * (g == 'b')) + I(1.0 * (g == 'c')) + h", family="binomial")
    coded = glm(d, "y ~ g + h", family="binomial")
    np.testing.assert_allclose(dense.coefficients, coded.coefficients, rtol=1e-10)
    np.testing.assert_allclose(dense.covariance, coded.covariance, rtol=1e-10)


def test_a_start_from_a_part_of_many_rows_ends_at_the_same_solution():
    small = frame_of(n=500)
    times = LARGE // 500 + 1
    large = pd.concat([small] * times, ignore_index=True)
    one = glm(SurveyDesign(small, "w"), "y ~ x + g", family="binomial")
    many = glm(SurveyDesign(large, "w"), "y ~ x + g", family="binomial")
    np.testing.assert_allclose(many.coefficients, one.coefficients, rtol=1e-11)


def test_far_away_numbers_keep_their_digits():
    # The year 2000 ± 2 to the second power: shifted by hand the fit is y = 3 + 2t + t² exactly.
    t = np.array([-2.0, -1, 0, 1, 2, 1.5, -1.5])
    e = np.array([0.1, -0.2, 0.1, 0.3, -0.1, -0.1, -0.1])
    frame = pd.DataFrame({"t": t, "year": 2000 + t, "y": 3 + 2 * t + t**2 + e})
    near = glm(SurveyDesign(frame), "y ~ t")
    far = glm(SurveyDesign(frame), "y ~ year")
    np.testing.assert_allclose(far.coefficients[1], near.coefficients[1], rtol=1e-12)
    np.testing.assert_allclose(far.frame["se"][1], near.frame["se"][1], rtol=1e-11)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_scale_of_weights_and_the_order_of_rows_do_not_matter(scale):
    frame = frame_of()
    model = glm(SurveyDesign(frame, "w"), "k ~ x + g", family="poisson")
    other = frame.assign(w=frame["w"] * scale).sample(frac=1, random_state=1)
    again = glm(SurveyDesign(other, "w"), "k ~ x + g", family="poisson")
    np.testing.assert_allclose(again.coefficients, model.coefficients, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(again.covariance, model.covariance, rtol=1e-9, atol=1e-13)


def test_missing_answers_and_zero_weights_leave_the_domain_and_the_design_stays():
    frame = frame_of()
    frame.loc[:20, "x"] = np.nan
    frame.loc[50:60, "w"] = 0
    d = SurveyDesign(frame, "w", psu="psu")
    inside = frame["x"].notna() & (frame["w"] > 0)
    model, domain = glm(d, "z ~ x + g"), glm(d, "z ~ x + g", where=inside)
    assert model.n == int(inside.sum())
    pd.testing.assert_frame_equal(model.frame, domain.frame)
    # Units 0 and 1 and 5 are gone: 37 units of 40 less 1 stratum, plus 1, less 4 parameters.
    assert model.df == 37 - 1 + 1 - 4


def test_categories_without_rows_are_left_out_and_the_first_left_is_the_reference():
    frame = frame_of().assign(g=lambda f: pd.Categorical(f["g"], ["never", "a", "b", "c"]))
    d = SurveyDesign(frame, "w")
    assert glm(d, "z ~ g").names == ("(Intercept)", "g[b]", "g[c]")
    assert glm(d, "z ~ g", where=(frame["g"] != "a")).names == ("(Intercept)", "g[c]")
    assert glm(d, "z ~ C(g, Treatment('c'))").names == ("(Intercept)", "C(g)[a]", "C(g)[b]")


def test_replicates_of_a_calibrated_design_refit_the_model():
    frame = frame_of(60)
    d = replicates(SurveyDesign(frame, "w"))
    by_hand = [
        glm(SurveyDesign(frame.assign(w=weights), "w"), "z ~ x").coefficients for weights in d.replicates.weights.T
    ]
    deviations = np.array(by_hand) - np.mean(by_hand, axis=0)
    np.testing.assert_allclose(glm(d, "z ~ x").covariance, deviations.T @ deviations * 59 / 60, rtol=1e-8)


def test_without_degrees_of_freedom_estimates_stand_and_intervals_are_nan():
    frame = frame_of(40).assign(psu=lambda f: np.arange(40) // 20)
    table = glm(SurveyDesign(frame, "w", psu="psu"), "z ~ x + h").frame
    assert table["df"].tolist() == [-1.0] * 3
    assert table[["estimate", "se", "statistic"]].notna().all(axis=None)
    assert table[["p_value", "ci_low", "ci_high"]].isna().all(axis=None)


def test_an_opt_in_sample_is_refused_without_justification():
    frame = frame_of(40)
    with pytest.raises(EstimationError, match="glm: the sample is opt-in"):
        glm(SurveyDesign(frame, "w", sampling="opt_in"), "z ~ x")
    model = glm(SurveyDesign(frame, "w", sampling="opt_in", justification="model"), "z ~ x")
    np.testing.assert_array_equal(model.covariance, glm(SurveyDesign(frame, "w"), "z ~ x").covariance)


SEPARATED = frame_of(60).assign(
    whole=lambda f: (f["x"] > 0).astype(int),
    part=lambda f: np.where(f["g"] == "b", 1, f["y"]),
    none=lambda f: np.where(f["g"] == "c", 0, f["k"]),
    rare=[1] + [0] * 59,
    steep=lambda f: f["x"] * 1e6,
)


@pytest.mark.parametrize(("formula", "family", "named"), [
    ("whole ~ x", "binomial", "'x' predicts"),
    ("whole ~ steep", "quasibinomial", "'steep' predicts"),
    ("part ~ g", "binomial", r"'g\[b\]' predicts"),
    ("part ~ g + z", "binomial", r"'g\[b\]' predicts"),
    ("y ~ rare + z", "binomial", "'rare' predicts"),
    ("none ~ g + z", "poisson", r"'g\[c\]' predicts"),
])  # fmt: skip
def test_separation_is_refused_and_the_term_named(formula, family, named):
    with pytest.raises(EstimationError, match=f"separation: {named}"):
        glm(SurveyDesign(SEPARATED, "w"), formula, family=family)


def test_rare_outcomes_are_not_separation():
    # 1 of 100 000 in b, 1 of 2 in a: log odds -11.51.
    frame = pd.DataFrame({"y": [0, 1, 0, 1], "g": list("aabb"), "w": [1.0, 1, 99_999, 1]})
    model = glm(SurveyDesign(frame, "w"), "y ~ g", family="binomial")
    np.testing.assert_allclose(model.coefficients[1], -np.log(99_999), rtol=1e-10)


BAD = frame_of(60).assign(
    twice=lambda f: 2 * f["x"] + 3, same=5.0, minus=lambda f: f["k"] - 3, third=1 / 3, none=np.nan,
    when=pd.Timestamp("2022-01-01"), ones=1,
)  # fmt: skip


@pytest.mark.parametrize(("formula", "family", "message"), [
    ("z ~ x + twice", "gaussian", "collinear: 'twice' is a combination of 'x'"),
    ("z ~ g + I(g == 'b')", "gaussian", r"collinear: 'I\(g == 'b'\)\[True\]' is a combination of 'g\[b\]'"),
    ("z ~ same", "gaussian", "'same' is constant"),
    ("z ~ xx", "gaussian", "unknown name 'xx'; did you mean"),
    ("z ~ log(xx)", "gaussian", r"unknown name in log\(xx\) 'xx'"),
    ("z ~ __import__('os')", "gaussian", "unknown name in"),
    ("z ~ log(x)", "gaussian", "not a finite number for"),
    ("z ~ log(g)", "gaussian", r"cannot be computed from g \(TypeError\)"),
    ("z ~ C(nothing)", "gaussian", r"C\(\) of an unknown column 'nothing'"),
    ("z ~ C(x)", "gaussian", "'x' is a continuous variable"),
    ("z ~ C(g, Treatment('q'))", "gaussian", "unknown reference 'q'"),
    ("z ~ C(g, Sum)", "gaussian", r"write C\(column\)"),
    ("z ~ when", "gaussian", "'when' is datetime64"),
    ("z ~ none", "gaussian", "the domain is empty"),
    ("z ~ I(x > 99)", "gaussian", "has one category only"),
    ("z ~ x +", "gaussian", "cannot be read: expected a noun"),
    ("~ x", "gaussian", "one response is needed"),
    ("z + k ~ x", "gaussian", "one response is needed"),
    ("z ~ z", "gaussian", "stands on the right side too"),
    ("z ~ 0", "gaussian", "nothing is left on the right side"),
    ("z ~ C(psu) * C(k) * g * h", "gaussian", "parameters cannot be fitted to 60 rows"),
    ("same ~ x", "gaussian", "the same value in all rows"),
    ("g ~ x", "gaussian", "'g' is categorical; family 'gaussian' needs numbers"),
    ("g ~ x", "binomial", "'g' has 3 categories, a logit needs two"),
    ("k ~ x", "binomial", "needs a response of True/False, 0/1 or two categories"),
    ("ones ~ x", "binomial", "the same value in all rows"),
    ("minus ~ x", "poisson", "'minus' has negative numbers"),
    ("y ~ x", "probit", "unknown family 'probit'"),
    (3, "gaussian", "a text such as 'y ~ a \\+ b' is needed, found int"),
])  # fmt: skip
def test_what_cannot_be_fitted_is_refused_in_one_sentence(formula, family, message):
    with pytest.raises(EstimationError, match=message):
        glm(SurveyDesign(BAD, "w"), formula, family=family)


def test_domain_and_level_are_checked():
    d = SurveyDesign(BAD, "w")
    with pytest.raises(EstimationError, match="the domain is empty"):
        glm(d, "z ~ x", where=np.zeros(60, bool))
    with pytest.raises(EstimationError, match="level must lie between 0 and 1"):
        glm(d, "z ~ x", level=95)


def test_a_replicate_that_cannot_be_fitted_is_said_to_be_one():
    frame = frame_of(60).assign(few=[1, 1] + [0] * 58)
    frame.loc[[0, 1], "y"] = [0, 1]
    with pytest.raises(EstimationError, match=r"in a replicate: .*separation: 'few' predicts"):
        glm(replicates(SurveyDesign(frame, "w")), "y ~ x + few", family="binomial")


def test_columns_with_dots_and_blanks_can_be_named():
    frame = frame_of(40).rename(columns={"x": "x.1", "z": "a z"})
    assert glm(SurveyDesign(frame), "y ~ x.1 + Q('a z')").names == ("(Intercept)", "x.1", "a z")
