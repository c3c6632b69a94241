"""What can be asked of a fitted model: tests of terms, average marginal effects, ratios, printed forms."""

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.formula import parse
from kzm_surveys.estimation.glm import glm
from kzm_surveys.estimation.ordinal import ordinal
from tests.golden.fits import MODELS, design, fitted, where_of

TESTED = {k: c for k, c in MODELS.items() if c["kind"] != "margins" and c["tests"]}
# R refits the smaller model to rows that lack only the dropped term: no equal question if answers are missing.
WORKING = {k: c for k, c in TESTED.items() if any("ww" in test for test in c["tests"])}
MARGINS = {k: c for k, c in MODELS.items() if c["kind"] == "margins"}


# R's A⁻¹ is from the weights of its last iteration but one (1e-8), its ordinal H a numeric derivative (1e-7);
# p-values of 1e-22 magnify that.
@pytest.mark.parametrize("case_id", TESTED)
def test_wald_test_of_a_term_equals_r(case_id):
    model = fitted(TESTED[case_id])
    for expected in TESTED[case_id]["tests"]:
        found = model.term_test(expected["term"])
        np.testing.assert_allclose(found.statistic, expected["F"], rtol=1e-6)
        assert found.df_num == expected["q"]
        if "subset(jkn" not in case_id:  # R counts the rank of a subset's replicate weights
            assert found.df_den == expected["df"]
            np.testing.assert_allclose(found.p_value, expected["p"], rtol=1e-5)
        if "chisq" in expected:
            found = model.term_test(expected["term"], statistic="chisq")
            np.testing.assert_allclose(found.statistic, expected["chisq"], rtol=1e-6)
            np.testing.assert_allclose(found.p_value, expected["chisq_p"], rtol=1e-5)
            assert found.df_den == np.inf


@pytest.mark.parametrize("case_id", WORKING)
def test_working_tests_of_a_term_equal_r(case_id):
    model = fitted(WORKING[case_id])
    for expected in WORKING[case_id]["tests"]:
        likelihood = model.term_test(expected["term"], method="working_likelihood")
        wald = model.term_test(expected["term"], method="working_wald")
        chisq = model.term_test(expected["term"], method="working_likelihood", statistic="chisq")
        for found, name in ((likelihood.statistic, "lrt"), (likelihood.p_value, "lrt_p"), (wald.statistic, "ww"),
                            (wald.p_value, "ww_p"), (chisq.p_value, "lrt_inf_p")):  # fmt: skip
            if expected[name] is not None:
                np.testing.assert_allclose(found, expected[name], rtol=1e-6)


@pytest.mark.parametrize("case_id", MARGINS)
def test_average_marginal_effects_equal_replicates_and_numeric_derivatives_in_r(case_id):
    case = MARGINS[case_id]
    frame = glm(design(case["design"]), case["formula"].replace("^", "**"), family=case["family"]).margins()
    np.testing.assert_allclose(frame["estimate"], case["estimate"], rtol=1e-8)
    v = np.array(case["vcov"]).reshape(len(frame), -1)
    np.testing.assert_allclose(frame["se"], np.sqrt(np.diag(v)), rtol=1e-7)


def test_margins_of_a_linear_model_are_its_coefficients():
    model = glm(design("clus1"), "api00 ~ stype + meals")
    frame = model.margins()
    assert frame["term"].tolist() == ["stype[H]", "stype[M]", "meals"]
    np.testing.assert_allclose(frame["estimate"], model.coefficients[1:], rtol=1e-10)
    np.testing.assert_allclose(frame["se"], model.frame["se"][1:], rtol=1e-10)


def test_ordinal_margins_sum_to_zero_over_the_answers_and_their_errors_are_near_those_of_the_jackknife():
    formula = "band ~ stype * meals + ell"
    linearised, jackknife = (ordinal(design(name), formula).margins() for name in ("strat", "jkn"))
    assert linearised.columns[:3].tolist() == ["term", "category", "estimate"]
    np.testing.assert_allclose(linearised.groupby("term")["estimate"].sum(), 0, atol=1e-12)
    np.testing.assert_allclose(linearised["estimate"], jackknife["estimate"], rtol=1e-10)
    np.testing.assert_allclose(linearised["se"], jackknife["se"], rtol=0.06)


def test_ordinal_margins_of_categories_are_the_observed_shares_in_a_saturated_table():
    # Two groups, three answers, no other predictor than the group: with two thresholds and one slope the model is not
    # saturated, but with the margin of the first cut moved alone it fits: F(ζ) = 1/4, 2/4 in a; e^b doubles the odds
    # P(Y > k) in b: 1/7 and 1/3 below, so the shares are 3/21, 4/21 and 14/21.
    frame = pd.DataFrame({
        "q": pd.Categorical(["lo", "mid", "hi"] * 2, ["lo", "mid", "hi"], ordered=True), "g": list("aaabbb"),
        "w": [1.0, 1.0, 2.0, 3.0, 4.0, 14.0],
    })  # fmt: skip
    model = ordinal(SurveyDesign(frame, "w"), "q ~ g")
    np.testing.assert_allclose(model.coefficients, [np.log(2), np.log(1 / 3), 0], atol=1e-12)
    np.testing.assert_allclose(model.margins()["estimate"], [3 / 21 - 1 / 4, 4 / 21 - 1 / 4, 14 / 21 - 1 / 2])


def test_odds_ratios_are_exponentials_without_intercepts():
    model = glm(design("strat"), "wide ~ ell + stype", family="binomial")
    frame = model.odds_ratios
    assert frame.columns.tolist() == ["term", "estimate", "ci_low", "ci_high"]
    assert frame["term"].tolist() == ["ell", "stype[H]", "stype[M]"]
    np.testing.assert_allclose(frame["ci_high"], np.exp(model.frame["ci_high"][1:]))
    assert ordinal(design("strat"), "band ~ ell").odds_ratios["term"].tolist() == ["ell"]
    with pytest.raises(EstimationError, match="differences, not ratios"):
        _ = glm(design("strat"), "api00 ~ ell").odds_ratios


def test_a_single_coefficient_can_be_tested_and_its_f_is_the_square_of_t():
    model = glm(design("strat"), "api00 ~ stype + ell")
    found = model.term_test("stype[H]")
    np.testing.assert_allclose(found.statistic, model.frame["statistic"][1] ** 2)
    np.testing.assert_allclose(found.p_value, model.frame["p_value"][1], rtol=1e-10)
    assert (found.estimate, found.se) == (model.frame["estimate"][1], model.frame["se"][1])


@pytest.mark.parametrize(("term", "options", "message"), [
    ("stipe", {}, "unknown term 'stipe'; did you mean 'stype'"),
    ([], {}, "no term given"),
    ("ell", {"method": "score"}, "unknown method 'score'"),
    ("ell", {"statistic": "z"}, "unknown statistic 'z'"),
    ("stype", {"method": "working_likelihood"}, "the interaction ell:stype stays in the model"),
])  # fmt: skip
def test_a_term_test_that_cannot_be_is_refused(term, options, message):
    with pytest.raises(EstimationError, match=message):
        glm(design("strat"), "api00 ~ stype * ell").term_test(term, **options)


def test_more_coefficients_than_sampling_units_cannot_be_tested_together():
    frame = pd.DataFrame({"y": [1.0, 3, 2, 5, 4, 7, 6, 9], "g": list("abcdabcd"), "psu": [1, 1, 1, 2, 2, 2, 3, 3]})
    model = glm(SurveyDesign(frame, psu="psu"), "y ~ g")
    with pytest.raises(EstimationError, match="does not have full rank: too few sampling units"):
        model.term_test("g")


def test_interactions_are_named_in_any_order():
    model = glm(design("strat"), "api00 ~ stype * ell")
    assert model.term_test("ell:stype") == model.term_test("stype:ell")


def test_a_model_prints_what_it_is_and_the_justification_of_an_opt_in_sample():
    frame = pd.DataFrame({"y": [1.0, 2, 4, 3, 8], "x": [1.0, 2, 3, 4, 5]})
    model = glm(SurveyDesign(frame, sampling="opt_in", justification="Weights <model> it."), "y ~ x")
    assert "gaussian model (identity) of y: y ~ x" in repr(model)
    assert "Weights <model> it." in repr(model)
    assert "Weights &lt;model&gt; it." in model._repr_html_()


def test_the_frame_has_the_promised_columns():
    columns = ["term", "estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high"]
    model = glm(design("strat"), "api00 ~ ell")
    assert model.frame.columns.tolist() == columns
    assert model.margins().columns.tolist() == columns


def test_where_words_reach_the_printed_form():
    d = design("strat")
    assert ", where mask" in repr(glm(d, "api00 ~ ell", where=where_of(d, "awards == 'Yes'")))


def test_a_formula_is_read_as_r_reads_it():
    columns = ["y", "a", "b", "x.1"]
    assert parse("y ~ (a + b) ** 2 - b", columns).terms == (("a",), ("a", "b"))
    assert parse("y ~ a / b + x.1", columns).terms == (("a",), ("x.1",), ("a", "b"))
    assert not parse("y ~ 0 + a", columns).intercept
