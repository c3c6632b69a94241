import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import expit, logit

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
    for ci in intervals.METHODS:
        assert proportion(design, "q", ci=ci).frame[["ci_low", "ci_high"]].isna().all(axis=None)


# R: svyciprop(~x, design, method = ..., level = ...) for the indicator x; estimate, se, degf and rows of the design.
WIDE = (0.827948011415823, 0.0243447801130748, 197, 200, 0.95)  # sch.wide == "Yes", dstrat
BOTH = (0.726775956284153, 0.0303276469631801, 14, 183, 0.95)  # comp.imp == "Yes", dclus1
HIGH = (0.0512820512820513, 0.0352294339859826, 11, 39, 0.9)  # api00 > 780, subset(dclus1, stype != "E")
CIPROP = {
    "logit": [
        (WIDE, 0.774539654351568, 0.870814854544509),
        (BOTH, 0.657180963009223, 0.786825521642517),
        (HIGH, 0.0145116614078053, 0.165569732918322),
    ],
    "xlogit": [
        (WIDE, 0.774539654746768, 0.870814854943599),
        (BOTH, 0.657180963009735, 0.786825521642994),
        (HIGH, 0.0145116612913596, 0.16556973296925),
    ],
    "likelihood": [
        (WIDE, 0.776411853428491, 0.872415866051528),
        (BOTH, 0.658642250319157, 0.788477035733052),
        (HIGH, 0.010289862709319, 0.140781532186026),
    ],
    "asin": [
        (WIDE, 0.77741790823432, 0.873178834149903),
        (BOTH, 0.659548676846952, 0.78917985088197),
        (HIGH, 0.00721087444288562, 0.132018892974211),
    ],
    "beta": [
        (WIDE, 0.774171328597313, 0.873431592620735),
        (BOTH, 0.656077361553672, 0.789956991476916),
        (HIGH, 0.00781180973425557, 0.162152637842891),
    ],
    "wald": [(WIDE, 0.779938180972881, 0.875957841858766), (BOTH, 0.661729622801654, 0.791822289766652)],
}


def interval(method, p, se, df, n, level, n_kish=None):
    p, se, df, n, n_kish = (np.array([float(x)]) for x in (p, se, df, n, n_kish or n))
    low, high = intervals.proportion(p, se, df, n, n_kish, level=level, method=method)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize("method", CIPROP)
def test_intervals_equal_rs_svyciprop(method):
    # R fits "logit" and "likelihood" by iteration: it stops at 1e-8 of the deviance, on a way that unequal weights
    # (dstrat) change.
    for sample, *expected in CIPROP[method]:
        iterated = 1e-5 if sample is WIDE and method == "likelihood" else 1e-7
        tolerance = iterated if method in ("logit", "likelihood") else 1e-12
        assert interval(method, *sample) == pytest.approx(expected, rel=tolerance)


def exact_likelihood(p, se, df, n, level):
    size, limit = p * (1 - p) / se**2, stats.t.ppf((1 + level) / 2, df) ** 2 * n / (n - 1)

    def excess(x):
        return 2 * size * (p * np.log(p / x) + (1 - p) * np.log((1 - p) / (1 - x))) - limit

    return optimize.brentq(excess, 1e-15, p, xtol=1e-15), optimize.brentq(excess, p, 1 - 1e-15, xtol=1e-15)


@pytest.mark.parametrize("given", [WIDE, BOTH, HIGH])
def test_likelihood_interval_is_rs_approximation_of_where_the_deviance_is_t_squared(given):
    assert interval("likelihood", *given) == pytest.approx(exact_likelihood(*given), rel=2e-3)


def test_likelihood_interval_is_exact_where_rs_profile_fails():
    # 10 000 answers worth 5: the cut-off of 140 standard errors underflows R's pnorm, and its profile has no limit.
    given = (0.3, 0.2, 3, 10000, 0.95)
    assert interval("likelihood", *given) == pytest.approx(exact_likelihood(*given), rel=1e-9)


def test_wilson_interval_by_hand():
    # p = 0.2, se = 0.04: n* = 0.16/0.0016 = 100; t(30 df, 0.975) = 2.0422725, t²/n* = 0.04170877.
    # Centre (0.2 + 0.02085438)/1.04170877 = 0.21201164, half √(0.04170877·0.16 + 0.02085438²)/1.04170877 = 0.08093508.
    assert interval("wilson", 0.2, 0.04, 30, 150, 0.95) == pytest.approx((0.13107656, 0.29294672), abs=1e-8)


def test_wilson_interval_ends_are_the_shares_that_a_score_test_just_rejects():
    p, se, df = 0.9, 0.02, 25
    size, t = p * (1 - p) / se**2, stats.t.ppf(0.975, df)
    for end in interval("wilson", p, se, df, 400, 0.95):
        assert abs(p - end) == pytest.approx(t * np.sqrt(end * (1 - end) / size))


def test_nobody_of_a_sample_has_intervals_of_kishs_size():
    # Wilson: upper end t²/(n + t²); likelihood: 2n·ln(1/(1 - x)) = t²·m/(m - 1) for m answers.
    t2 = stats.t.ppf(0.975, 40) ** 2
    assert interval("wilson", 0, 0, 40, 60, 0.95, 50) == (0, pytest.approx(t2 / (50 + t2)))
    assert interval("likelihood", 0, 0, 40, 60, 0.95, 50) == (0, pytest.approx(1 - np.exp(-t2 * 60 / 59 / 100)))
    beta = interval("beta", 0, 0, 40, 60, 0.95, 50)
    for method in ("logit", "xlogit", "asin"):
        assert interval(method, 0, 0, 40, 60, 0.95, 50) == beta


def test_beta_interval_of_a_share_almost_without_variance_is_the_share():
    assert interval("beta", 0.125, 1e-11, 1, 2, 0.8) == pytest.approx((0.125, 0.125), abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(intervals.METHODS), st.floats(0, 1), st.floats(0, 0.4), st.integers(1, 200), st.integers(2, 1000),
    st.sampled_from([0.8, 0.95, 0.999]),
)  # fmt: skip
def test_intervals_hold_the_share_and_stay_within_zero_and_one(method, p, se, df, n, level):
    low, high = interval(method, p, se, df, n, level)
    assert 0 <= low <= p + 1e-9
    assert p - 1e-9 <= high <= 1


@pytest.mark.parametrize("method", ["wilson", "likelihood", "logit", "beta", "asin"])
def test_intervals_of_a_share_and_its_complement_mirror_each_other(method):
    low, high = interval(method, 0.07, 0.02, 20, 300, 0.95)
    assert interval(method, 0.93, 0.02, 20, 300, 0.95) == pytest.approx((1 - high, 1 - low), rel=1e-9)


def test_logit_interval_takes_the_spread_of_replicates_logits_where_given():
    p, se, df, n = (np.array([x]) for x in (0.3, 0.05, 20.0, 100.0))
    low, high = intervals.proportion(p, se, df, n, n, level=0.95, method="logit", logit_se=np.array([0.25]))
    half = stats.t.ppf(0.975, 20) * 0.25
    assert (low[0], high[0]) == pytest.approx((expit(logit(0.3) - half), expit(logit(0.3) + half)))
