"""Opt-in samples: estimates and unweighted n only, unless a justification is given, which is then printed (AAPOR)."""

import html

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, SurveyDesign

N = 60
REASON = "Within sex by age the respondents stand for all adults, as <Smith & Sons> argue."


def answers(n=N):
    random = np.random.default_rng(2)
    return pd.DataFrame({
        "y": random.normal(10, 2, n).round(2), "x": random.uniform(1, 5, n).round(2),
        "q": pd.Categorical(random.choice(["a", "b", "c"], n), ordered=True), "g": random.choice(["men", "women"], n),
        "b": random.integers(0, 2, n), "o": random.integers(0, 2, n), "w": random.uniform(0.5, 2, n),
        "months": random.integers(1, 12, n), "ended": random.integers(0, 2, n), "s": np.arange(n) % 3,
        "p": np.arange(n) // 2, "alone": np.arange(n),
    })  # fmt: skip


def opt_in(justification=None, **design):
    return SurveyDesign(answers(), "w", sampling="opt_in", justification=justification, **design)


def probability():
    return SurveyDesign(answers(), "w")


ESTIMATES = {
    "mean": lambda d: kzm.mean(d, "y", by="g"), "total": lambda d: kzm.total(d, "y"),
    "counts": lambda d: kzm.total(d, "q"), "ratio": lambda d: kzm.ratio(d, "y", "x"),
    "quantile": lambda d: kzm.quantile(d, "y", [0.25, 0.5]), "proportion": lambda d: kzm.proportion(d, "q", by="g"),
    "beta": lambda d: kzm.proportion(d, "q", ci="beta"), "net": lambda d: kzm.proportion(d, "q", categories=["a", "b"]),
    "domain": lambda d: kzm.mean(d, "y", where=d.frame["x"] > 2),
    "contrast": lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), {"men": 1, "women": -1}),
    "crosstab": lambda d: kzm.crosstab(d, "q", "g").estimates,
    "crosstab total": lambda d: kzm.crosstab(d, "q", "g", percent="total", test="adjusted_wald").estimates,
}  # fmt: skip
TESTS = {
    "ttest": lambda d: kzm.ttest(d, "y", by="g"), "ranktest": lambda d: kzm.ranktest(d, "y", by="g"),
    "goodness_of_fit": lambda d: kzm.goodness_of_fit(d, "q", [0.2, 0.3, 0.5]),
    "select_all_test": lambda d: kzm.select_all_test(d, ["b", "o"], by="g"),
    "logrank": lambda d: kzm.logrank(d, "months", "ended", by="g"), "glm": lambda d: kzm.glm(d, "y ~ x + g"),
    "ordinal": lambda d: kzm.ordinal(d, "q ~ x"),
}  # fmt: skip
#: Ways in which the sample might be described further; none makes a margin of error.
DESIGNS = {
    "plain": opt_in, "strata": lambda: opt_in(strata="s"), "clusters": lambda: opt_in(psu="p"),
    "one per stratum": lambda: opt_in(strata="alone"), "jackknife": lambda: kzm.replicates(opt_in()),
    "given replicates": lambda: opt_in(replicate_weights=np.random.default_rng(0).uniform(0.5, 2, (N, 5))),
    "raked": lambda: kzm.rake(opt_in(), kzm.Margins({"g": {"men": 0.5, "women": 0.5}})),
}  # fmt: skip


@pytest.mark.parametrize("name", ESTIMATES)
@pytest.mark.parametrize("kind", DESIGNS)
def test_estimates_and_n_are_there_and_every_measure_of_error_is_not(name, kind):
    found = ESTIMATES[name](DESIGNS[kind]())
    assert found.frame["estimate"].notna().all()
    assert found.frame[["se", "ci_low", "ci_high", "df", "deff", "n_eff"]].isna().all(axis=None)
    assert np.isnan(found.covariance).all()
    assert found.frame["flag"].str.contains("opt_in").all()


@pytest.mark.parametrize("name", ESTIMATES)
def test_estimates_and_n_are_those_of_a_probability_sample(name):
    columns = ["variable", "category", "by_category", "estimate", "n"]
    found, expected = ESTIMATES[name](opt_in()).frame[columns], ESTIMATES[name](probability()).frame[columns]
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("kind", DESIGNS)
def test_tests_and_models_refuse_with_the_reason_and_say_what_to_do(name, kind):
    with pytest.raises(EstimationError, match=rf"{name}: the sample is opt-in.*AAPOR.*justification="):
        TESTS[name](DESIGNS[kind]())


@pytest.mark.parametrize("test", ["F", "chisq", "wald", "adjusted_wald"])
def test_a_cross_table_has_no_test_and_prints_why(test):
    table = kzm.crosstab(opt_in(), "q", "g", test=test)
    assert table.test is None
    assert "no confidence intervals and tests" in " ".join(repr(table).split())


def test_a_banner_has_no_letters_no_tests_and_prints_why():
    found = kzm.banner(opt_in(), ["q", "y"], ["g"])
    for table in found.tables:
        assert np.isnan(table.se).all()
        assert not table.letters.any()
        assert table.tests == {"g": None}
    assert "no confidence intervals and tests" in " ".join(repr(found).split())


def test_survival_curves_have_no_bands_and_say_why():
    found = kzm.kaplan_meier(opt_in(), "months", "ended", by="g")
    assert found.frame["survival"].notna().all()
    assert found.frame[["se", "ci_low", "ci_high"]].isna().all(axis=None)
    assert "opt-in" in repr(found)


def test_a_change_from_an_opt_in_wave_has_no_interval_and_says_why():
    found = kzm.change(kzm.proportion(opt_in(), "q"), kzm.proportion(SurveyDesign(answers(50), "w"), "q"))
    assert found.frame["difference"].notna().all()
    assert found.frame[["se", "ci_low", "ci_high", "df", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert "the sample before is opt-in" in repr(found)


@pytest.mark.parametrize("name", ESTIMATES)
def test_with_a_justification_all_is_as_of_a_probability_sample(name):
    found, expected = ESTIMATES[name](opt_in(REASON)), ESTIMATES[name](probability())
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    assert not found.frame["flag"].str.contains("opt_in").any()


@pytest.mark.parametrize("name", TESTS)
def test_with_a_justification_tests_and_models_are_as_of_a_probability_sample(name):
    found, expected = TESTS[name](opt_in(REASON)), TESTS[name](probability())
    if name in ("glm", "ordinal"):
        pd.testing.assert_frame_equal(found.frame, expected.frame)
        assert REASON in repr(found)
    else:
        assert found == expected
        assert REASON in repr(found)
        assert np.isfinite(found.p_value)


PRINTED = ESTIMATES | {
    "crosstab": lambda d: kzm.crosstab(d, "q", "g"), "banner": lambda d: kzm.banner(d, ["q", "y"], ["g"]),
    "kaplan_meier": lambda d: kzm.kaplan_meier(d, "months", "ended"),
    "change": lambda d: kzm.change(kzm.mean(d, "y"), kzm.mean(SurveyDesign(answers(50), "w"), "y")),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_a_justification_is_printed_under_every_result(name):
    found = PRINTED[name](opt_in(REASON))
    assert " ".join(repr(found).split()).count(REASON) == 1
    page = found._repr_html_()
    assert page.count(html.escape(REASON)) == 1
    assert REASON not in page
    for design in (opt_in(), probability()):
        assert "Smith" not in repr(PRINTED[name](design))


def test_a_justification_stays_with_the_design_through_weighting_and_replicates():
    weighted = kzm.rake(kzm.replicates(opt_in(REASON)), kzm.Margins({"g": {"men": 0.5, "women": 0.5}}))
    found = kzm.mean(weighted, "y")
    assert found.row().se > 0
    assert " ".join(repr(found).split()).count(REASON) == 1
