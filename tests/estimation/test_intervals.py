import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kzm_surveys import SurveyDesign, proportion
from kzm_surveys.estimation import intervals


def answers(yes, n):
    return SurveyDesign(pd.DataFrame({"q": ["yes"] * yes + ["no"] * (n - yes)}))


@pytest.mark.parametrize(("yes", "n"), [(3, 10), (1, 40), (39, 40), (120, 200)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_beta_interval_of_a_simple_random_sample_is_clopper_pearson_with_one_fewer(yes, n, level):
    # R: n.eff = p(1-p)/v, and v = p(1-p)/(n-1) without a design, so the effective size is n-1.
    found = proportion(answers(yes, n), "q", ci="beta", level=level).row("yes")
    p, tail = yes / n, (1 - level) / 2
    low = stats.beta.ppf(tail, (n - 1) * p, (n - 1) * (1 - p) + 1)
    high = stats.beta.ppf(1 - tail, (n - 1) * p + 1, (n - 1) * (1 - p))
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), rel=1e-9)


def test_beta_interval_does_not_depend_on_the_design_effect_that_is_shown():
    frame = pd.DataFrame({"q": list("aabbb"), "w": [3.0, 2.0, 4.0, 1.0, 5.0]})
    shown = [proportion(SurveyDesign(frame, "w"), "q", ci="beta", deff=deff).row("a") for deff in ("with", "without")]
    assert shown[0].ci_low == shown[1].ci_low
    assert shown[0].deff != shown[1].deff


@pytest.mark.parametrize("ci", ["beta", "logit"])
def test_interval_of_a_unanimous_answer_has_the_length_of_clopper_pearson(ci):
    # Nobody of ten: (1 - p)^10 = 0.025 gives the upper end; the logit of 0 and 1 does not exist.
    design = SurveyDesign(pd.DataFrame({"q": pd.Categorical(["no"] * 10, ["yes", "no"])}))
    found = proportion(design, "q", ci=ci)
    end = 1 - 0.025**0.1
    assert (found.row("yes").ci_low, found.row("yes").ci_high) == (0, pytest.approx(end))
    assert (found.row("no").ci_low, found.row("no").ci_high) == (pytest.approx(1 - end), 1)


def test_beta_interval_takes_the_effective_size_adjusted_for_degrees_of_freedom():
    # Korn and Graubard (1998): n* = n_eff·(t(n-1)/t(df))², then Clopper-Pearson with n*p of n*.
    p, n, se, df = 0.3, 200, 0.06, 14
    size = p * (1 - p) / se**2 * (stats.t.ppf(0.025, n - 1) / stats.t.ppf(0.025, df)) ** 2
    low, high = intervals.proportion(
        np.array([p]), np.array([se]), np.array([float(df)]), np.array([n]), np.array([50.0]),
        level=0.95, method="beta",
    )  # fmt: skip
    assert low[0] == pytest.approx(stats.beta.ppf(0.025, size * p, size * (1 - p) + 1))
    assert high[0] == pytest.approx(stats.beta.ppf(0.975, size * p + 1, size * (1 - p)))


def test_wald_interval_is_cut_at_zero_and_one():
    # 1 of 8: 0.125 ± 2.36·0.125 would reach below 0.
    found = proportion(answers(1, 8), "q", ci="wald")
    half = stats.t.ppf(0.975, 7) * 0.125
    assert (found.row("yes").ci_low, found.row("yes").ci_high) == (0, pytest.approx(0.125 + half))
    assert (found.row("no").ci_low, found.row("no").ci_high) == (pytest.approx(0.875 - half), 1)


def test_without_degrees_of_freedom_there_is_no_interval():
    design = SurveyDesign(pd.DataFrame({"q": ["a", "b"], "unit": [1, 1]}), psu="unit", lonely_psu="remove")
    for ci in ("beta", "logit", "wald"):
        assert proportion(design, "q", ci=ci).frame[["ci_low", "ci_high"]].isna().all(axis=None)
