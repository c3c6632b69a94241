import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kzm_surveys import Margins, SurveyDesign, WeightingError, mean, rake, replicates, trim_weights
from tests.golden import design, margins

MARGINS = Margins({"sex": {"m": 0.5, "f": 0.5}, "age": {"young": 0.3, "mid": 0.3, "old": 0.4}})


def weighted(*weights):
    return SurveyDesign(pd.DataFrame({"w": [float(w) for w in weights]}), "w")


def skewed(n=300):
    random = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "sex": random.choice(["m", "f"], n, p=[0.4, 0.6]),
            "age": random.choice(["young", "mid", "old"], n, p=[0.1, 0.3, 0.6]),
            "w": random.lognormal(0, 0.6, n),
            "y": random.normal(10, 3, n),
        }
    )
    frame.loc[:4, "w"] = 0.0
    return SurveyDesign(frame, "w")


def deff(weights):
    used = weights[weights > 0]
    return len(used) * (used**2).sum() / used.sum() ** 2


def test_excess_is_given_in_equal_parts_to_the_rows_not_cut():
    # R's trimWeights: 8 is cut by 3, and 3 / 3 = 1 goes to each of the others.
    assert trim_weights(weighted(1, 1, 2, 8), upper=5).weights.tolist() == [2, 2, 3, 5]


def test_a_lower_limit_takes_from_the_rows_not_raised():
    # 1 is raised by 1; 4, 5 and 6 give 1/3 each.
    found = trim_weights(weighted(1, 4, 5, 6), lower=2).weights
    np.testing.assert_allclose(found, [2, 11 / 3, 14 / 3, 17 / 3], rtol=1e-14)


def test_without_strict_the_gift_may_lift_a_row_over_the_limit_and_strict_repeats():
    # Once: 0.5 + 3 is cut and 3.5 / 3 given to 1, 1 and 4.5, which lifts the last to 17/3 > 5.
    base = weighted(1, 1, 4.5, 5.5, 8)
    once = trim_weights(base, upper=5).weights
    np.testing.assert_allclose(once, [13 / 6, 13 / 6, 17 / 3, 5, 5], rtol=1e-14)
    # In the end three rows stand at 5, and the other two share 20 - 15 = 5.
    strict = trim_weights(base, upper=5, strict=True)
    np.testing.assert_allclose(strict.weights, [2.5, 2.5, 5, 5, 5], rtol=1e-12)
    assert strict.weights.max() <= 5
    assert (once.sum(), strict.weights.sum()) == pytest.approx((20, 20))
    assert strict.weighting.trimmed == pytest.approx(3 / 5)


def test_rows_cut_once_receive_again_and_are_cut_again():
    # Upper 3.5: 9 is cut by 5.5 and 5.5 / 3 given: 17/6, 17/6, 29/6, 3.5. Then 29/6 is cut by 4/3 and 4/9 given to
    # the rest, the first one cut included; the two small ones end at (14 - 2 * 3.5) / 2 = 3.5 each: all are equal.
    np.testing.assert_allclose(trim_weights(weighted(1, 1, 3, 9), upper=3.5, strict=True).weights, 3.5, rtol=1e-12)


def test_proportional_redistribution_keeps_the_ratios_of_the_others():
    # 3 is given to 1 : 1 : 2, that is 0.75, 0.75 and 1.5.
    found = trim_weights(weighted(1, 1, 2, 8), upper=5, redistribute="proportional").weights
    np.testing.assert_allclose(found, [1.75, 1.75, 3.5, 5], rtol=1e-14)


def test_without_redistribution_the_sum_falls():
    assert trim_weights(weighted(1, 1, 2, 8), upper=2, redistribute="none").weights.tolist() == [1, 1, 2, 2]


def test_quantiles_are_those_of_the_weights_above_zero():
    # The 0.75 quantile of 1 2 3 4 10 is the fourth: 4. 6 / 4 = 1.5 goes to each of the others, nothing to the zero.
    found = trim_weights(weighted(0, 1, 2, 3, 4, 10), quantiles=(0.0, 0.75)).weights
    np.testing.assert_allclose(found, [0, 2.5, 3.5, 4.5, 5.5, 4], rtol=1e-14)


def test_wanted_design_effect_is_reached():
    # With the limit 3.5 the others have 1.5: 4 * (3 * 2.25 + 12.25) / 8² = 1.1875.
    found = trim_weights(weighted(1, 1, 1, 5), deff=1.1875).weights
    np.testing.assert_allclose(found, [1.5, 1.5, 1.5, 3.5], rtol=1e-9)


@settings(deadline=None, max_examples=40)
@given(
    weights=st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, 3.5, 7.0, 20.0]), min_size=3, max_size=25),
    part=st.floats(0.05, 0.95),
    redistribute=st.sampled_from(["equal", "proportional", "none"]),
)
def test_wanted_design_effect_is_reached_whatever_the_weights(weights, part, redistribute):
    weights = np.array([1.0, 9.0, *weights])
    wanted = 1 + part * (deff(weights) - 1)
    found = trim_weights(weighted(*weights), deff=wanted, redistribute=redistribute).weights
    assert deff(found) == pytest.approx(wanted, rel=1e-8)
    assert ((found > 0) == (weights > 0)).all()


@pytest.mark.parametrize("redistribute", ["equal", "proportional", "none"])
def test_zero_weights_stay_zero(redistribute):
    found = trim_weights(weighted(0, 1, 3, 8, 0), lower=2, upper=6, redistribute=redistribute).weights
    assert found[[0, 4]].tolist() == [0, 0]
    assert (found[[1, 2, 3]] >= 2).all()


def test_input_is_unchanged_and_the_record_counts_rows_with_weight():
    base = weighted(0, 1, 1, 2, 8)
    trimmed = trim_weights(base, upper=5)
    assert base.weights.tolist() == [0, 1, 1, 2, 8]
    assert base.weighting is None
    (step,) = trimmed.weighting.steps
    assert (step.method, step.trimmed, trimmed.weighting.trimmed) == ("trimming", 0.25, 0.25)
    assert "1 of 4 rows cut to limits (0 to 5)" in step.notes[0]


@pytest.mark.parametrize(
    ("weights", "wanted", "match"),
    [
        ((1, 1, 2, 8), {}, "one of lower/upper, quantiles and deff, found none"),
        ((1, 1, 2, 8), {"upper": 4, "deff": 1.2}, "found lower/upper, deff"),
        ((1, 1, 2, 8), {"upper": 2}, "mean weight is 3, so no weights between 0 and 2 keep their sum"),
        ((1, 1, 2, 8), {"lower": 4}, "mean weight is 3"),
        ((1, 1, 3, 3), {"lower": 1.5, "upper": 2.5}, "every weight lies outside the limits"),
        # 8 * 1.4 = 11.2 is needed, 5.6 of it from a weight of 2.5.
        ((*[1] * 8, 2.5, 14), {"lower": 2.4}, "would make other weights negative"),
        ((1, 2), {"lower": 3, "upper": 2}, r"lower \(3\) must be below upper \(2\)"),
        ((1, 2), {"upper": -1}, "upper must be zero or more"),
        ((1, 2), {"upper": math.nan}, "upper must be zero or more"),
        ((1, 2), {"quantiles": (0.9, 0.1)}, "quantiles must be two numbers from 0 to 1"),
        ((1, 2), {"quantiles": (0.1, math.nan)}, "quantiles must be two numbers from 0 to 1"),
        ((1, 2), {"deff": 1.0}, "deff must be above 1"),
        ((1, 1, 1, 5), {"deff": 1.75}, r"design effect is 1\.75 already"),
        ((1, 2), {"upper": 2, "redistribute": "equally"}, "did you mean 'equal'"),
    ],
)
def test_what_cannot_be_trimmed_is_refused(weights, wanted, match):
    with pytest.raises(WeightingError, match=match):
        trim_weights(weighted(*weights), **wanted)


def test_after_trimming_margins_are_met_again_within_the_limits():
    base = skewed()
    raked = rake(base, MARGINS)
    low, high = 0.3, 0.7 * raked.weights.max()
    trimmed = trim_weights(raked, lower=low, upper=high, rerake=MARGINS)
    used = trimmed.weights > 0
    assert (used == (base.weights > 0)).all()
    for name, margin in MARGINS.tables.items():
        for (category,), share in margin.targets.items():
            found = trimmed.weights[(trimmed.frame[name] == category).to_numpy()].sum() / trimmed.weights.sum()
            assert found == pytest.approx(share, rel=1e-8)
    assert trimmed.weights.max() <= high * (1 + 1e-6)
    assert trimmed.weights[used].min() >= low * (1 - 1e-6)
    assert trimmed.weights.sum() == pytest.approx(raked.weights.sum())
    assert [step.method for step in trimmed.weighting.steps] == ["raking", "trimming", "raking"]
    outside = used & ((raked.weights > high) | (raked.weights < low))
    assert trimmed.weighting.trimmed >= outside.sum() / used.sum() > 0


def test_limits_within_which_the_margins_cannot_be_met_are_refused():
    # Of 10 rows 1 is m; half of the weight, 5, has to stand on it, and the limit is 2.
    base = SurveyDesign(pd.DataFrame({"sex": ["m"] + ["f"] * 9}))
    with pytest.raises(WeightingError, match=r"trimming and raking did not agree in .* rounds: 1 weights stay outside"):
        trim_weights(base, upper=2, rerake=Margins({"sex": {"m": 0.5, "f": 0.5}}))


@pytest.mark.parametrize("variable", ["api00", "enroll"])
def test_variance_after_trimming_a_raked_design_is_that_of_the_residuals_carried_back(variable):
    raked = design("rk_strat")
    limit = float(np.quantile(raked.weights, 0.9))
    trimmed = trim_weights(raked, upper=limit)
    assert (trimmed.weights != raked.weights).any()
    frame = trimmed.frame
    base, calibrated, final = frame["pw"].to_numpy(), raked.weights, trimmed.weights
    y = frame[variable].to_numpy(float)
    influence = (y - final @ y / final.sum()) / final.sum() * final / calibrated
    dummies = pd.get_dummies(frame[["sch.wide", "comp.imp"]].astype(str)).to_numpy(float)
    root = np.sqrt(base)[:, None]
    slope = np.linalg.lstsq(root * dummies, root[:, 0] * influence, rcond=None)[0]
    z = base * (calibrated / base) * (influence - dummies @ slope)
    variance = 0.0
    for stratum in sorted(set(frame["stype"])):
        inside = (frame["stype"] == stratum).to_numpy()
        n, size = inside.sum(), frame["fpc"].to_numpy()[inside][0]
        variance += (1 - n / size) * n / (n - 1) * ((z[inside] - z[inside].mean()) ** 2).sum()
    assert mean(trimmed, variable).row().se == pytest.approx(np.sqrt(variance), rel=1e-8)


def test_replicates_are_trimmed_too():
    made = replicates(weighted(1, 1, 2, 8))
    trimmed = trim_weights(made, upper=5)
    # Replicate 1 leaves out the first row: (0, 4/3, 8/3, 32/3); 32/3 - 5 = 17/3, half of it to each of the other two.
    np.testing.assert_allclose(trimmed.replicates.weights[:, 0], [0, 25 / 6, 33 / 6, 5], rtol=1e-14)
    assert made.replicates.weights[3, 0] == pytest.approx(32 / 3)


def test_replicates_meet_the_margins_after_trimming_and_raking():
    trimmed = trim_weights(rake(replicates(skewed(80)), MARGINS), upper=4, rerake=MARGINS)
    weights = trimmed.replicates.weights
    for name, margin in MARGINS.tables.items():
        for (category,), share in margin.targets.items():
            found = weights[(trimmed.frame[name] == category).to_numpy()].sum(axis=0) / weights.sum(axis=0)
            np.testing.assert_allclose(found, share, rtol=1e-8)


def test_trimming_to_the_margins_of_r_keeps_its_limits():
    raked = design("rk_clus1")
    limit = float(raked.weights.max() * 0.97)
    trimmed = trim_weights(raked, upper=limit, rerake=margins("pop.types", "pop.schwide"))
    assert trimmed.weights.max() <= limit * (1 + 1e-6)
