import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from kzm_surveys import Margins, SurveyDesign, WeightingError, calibrate, mean, rake, total

moderate = settings(deadline=None, max_examples=40)
LOW, HIGH = 0.4, 2.5
# (sex, income, base weight, adjustment): totals are those of the adjusted weights, so that the bounds can be met.
FIXED = [("m", 1.0, 2, 1.2), ("m", 4.0, 3, 0.8), ("f", 2.0, 1, 1.5), ("f", 5.0, 4, 0.9)]
row = st.tuples(st.sampled_from("mf"), st.integers(0, 50).map(float), st.integers(1, 9), st.floats(0.5, 2.2))
frames = st.lists(row, max_size=25).map(
    lambda rows: pd.DataFrame(FIXED + rows, columns=["sex", "income", "weight", "adjustment"])
)
BOUNDED = [("linear", (LOW, HIGH)), ("raking", (LOW, HIGH)), ("logit", (LOW, HIGH))]
LINE = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
SEXES = pd.DataFrame({"sex": ["m", "m", "f", "f"], "age": ["old", "young", "old", "old"], "y": [3.0, 1.0, 4.0, 9.0]})


def reachable_totals(frame):
    after = frame["weight"] * frame["adjustment"]
    return {
        "population": after.sum(),
        "income": after @ frame["income"],
        "sex": {sex: after[frame["sex"] == sex].sum() for sex in "mf"},
    }


def matrix(frame):
    return np.column_stack([frame["sex"] == "m", frame["sex"] == "f", frame["income"]]).astype(float)


def inverse(method, g):
    """F⁻¹ = G' of Deville and Särndal (1992, p. 378, table 1: cases 1, 2, 6 and 7)."""
    if method == "linear":
        return g - 1
    if method == "raking":
        return np.log(g)
    steepness = (HIGH - LOW) / ((1 - LOW) * (HIGH - 1))
    return (np.log((g - LOW) / (1 - LOW)) - np.log((HIGH - g) / (HIGH - 1))) / steepness


def cost(method, g):
    """G of the same table, the integral of F⁻¹ from 1."""
    if method == "linear":
        return (g - 1) ** 2 / 2
    if method == "raking":
        return g * np.log(g) - g + 1
    steepness = (HIGH - LOW) / ((1 - LOW) * (HIGH - 1))
    parts = (g - LOW) * np.log((g - LOW) / (1 - LOW)), (HIGH - g) * np.log((HIGH - g) / (HIGH - 1))
    return (parts[0] + parts[1]) / steepness


@pytest.mark.parametrize(("method", "bounds"), BOUNDED)
@moderate
@given(frame=frames)
def test_totals_are_met_and_adjustments_stay_within_the_bounds(method, bounds, frame):
    totals = reachable_totals(frame)
    weights = calibrate(SurveyDesign(frame, "weight"), totals, method=method, bounds=bounds).weights
    goal = [totals["sex"]["m"], totals["sex"]["f"], totals["income"]]
    np.testing.assert_allclose(weights @ matrix(frame), goal, rtol=1.01e-8)
    adjustment = weights / frame["weight"]
    assert adjustment.min() >= LOW * (1 - 1e-12)
    assert adjustment.max() <= HIGH * (1 + 1e-12)


@pytest.mark.parametrize(("method", "bounds"), [*BOUNDED, ("linear", (0, None)), ("raking", None)])
@moderate
@given(frame=frames)
def test_adjustment_between_the_bounds_is_one_function_of_a_linear_combination(method, bounds, frame):
    g = calibrate(SurveyDesign(frame, "weight"), reachable_totals(frame), method=method, bounds=bounds).weights
    g = g / frame["weight"].to_numpy()
    low, high = bounds or (0, None)
    free = (g > low + 1e-7) & (g < (high or np.inf) - 1e-7)
    columns, wanted = matrix(frame), inverse(method, g[free])
    multiplier = np.linalg.lstsq(columns[free], wanted, rcond=None)[0]
    np.testing.assert_allclose(columns[free] @ multiplier, wanted, atol=1e-6)
    if np.linalg.matrix_rank(columns[free]) == 3:
        # Rows at a bound are those that the function would carry past it.
        beyond = columns[~free] @ multiplier
        at_low = g[~free] < 1
        assert (beyond[at_low] <= inverse("linear" if method == "linear" else "raking", max(low, 1e-300)) + 1e-5).all()
        if high is not None and method != "logit":
            assert (beyond[~at_low] >= inverse(method, high) - 1e-5).all()


@pytest.mark.parametrize("target", [11.0, 12.2])
@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
def test_weights_are_the_minimum_that_a_general_optimiser_finds(method, target):
    # With bounds (0.4, 2.5) the second target keeps an adjustment of "linear" at the lower bound.
    base = np.array([1.0, 2.0, 0.5, 1.0])
    x = LINE["x"].to_numpy()
    aim = target * base.sum() / 4
    frame = LINE.assign(weight=base)
    found = calibrate(
        SurveyDesign(frame, "weight"), {"population": base.sum(), "x": aim}, method=method, bounds=(LOW, HIGH)
    )
    judge = minimize(
        lambda g: base @ cost(method, g), np.ones(4), method="SLSQP", bounds=[(LOW + 1e-9, HIGH - 1e-9)] * 4,
        constraints=[{"type": "eq", "fun": lambda g: base @ g - base.sum()},
                     {"type": "eq", "fun": lambda g: base @ (g * x) - aim}],
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert judge.success
    np.testing.assert_allclose(found.weights / base, judge.x, atol=1e-5)


@pytest.mark.parametrize(
    ("method", "bounds", "weight_bounds"),
    [
        ("linear", (0.9, 1.1), None),
        ("raking", (0.9, 1.1), None),
        ("logit", (0.9, 1.1), None),
        ("linear", None, (0.9, 1.1)),
    ],
)
def test_bounds_that_exclude_every_solution_are_refused(method, bounds, weight_bounds):
    # Within (0.9, 1.1) and with sum 4, x reaches at most 10 + 0.1·(3 + 4 - 1 - 2) = 10.4.
    with pytest.raises(WeightingError, match="within the bounds"):
        calibrate(
            SurveyDesign(LINE), {"population": 4, "x": 10.5}, method=method, bounds=bounds, weight_bounds=weight_bounds
        )


def test_totals_that_no_positive_weights_reach_are_refused_without_talk_of_bounds():
    # The largest x is 4.
    with pytest.raises(WeightingError, match="no weights of 0 or more can meet all targets") as refused:
        calibrate(SurveyDesign(LINE), {"population": 4, "x": 17}, method="raking")
    assert "bounds" not in str(refused.value)


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_weight_bounds_hold_for_weights_not_for_adjustments(method):
    frame = LINE.assign(weight=[1.0, 1.0, 1.0, 5.0])
    totals = {"population": 8, "x": 24.5}
    assert calibrate(SurveyDesign(frame, "weight"), totals, method=method).weights[3] > 4.3
    weights = calibrate(SurveyDesign(frame, "weight"), totals, method=method, weight_bounds=(0.5, 4.2)).weights
    assert weights[3] == pytest.approx(4.2)
    assert (weights.sum(), weights @ frame["x"]) == pytest.approx((8, 24.5), rel=1e-8)
    if method == "linear":
        # The others have base weights 1, sum 3.8 and x 7.7: 3 + 3a + 6b = 3.8, 6 + 6a + 14b = 7.7; b = 0.05, a = 1/6.
        np.testing.assert_allclose(weights[:3], 1 + 1 / 6 + 0.05 * frame["x"][:3], rtol=1e-7)


def test_logit_needs_bounds_and_takes_none_on_weights():
    for bounds in (None, (0.5, None), (1.0, 2.0), (0.5, 1.0)):
        with pytest.raises(WeightingError, match="needs bounds"):
            calibrate(SurveyDesign(LINE), {"population": 4}, method="logit", bounds=bounds)
    with pytest.raises(WeightingError, match="not with 'logit'"):
        calibrate(SurveyDesign(LINE), {"population": 4}, method="logit", bounds=(0.5, 2), weight_bounds=(0.1, 9))


@moderate
@given(frame=frames)
def test_raking_distance_on_margins_gives_the_weights_and_standard_errors_of_rake(frame):
    frame = frame.assign(age=np.where(np.arange(len(frame)) % 4 < 2, "old", "young"), y=np.arange(len(frame)) ** 1.5)
    frame = pd.concat([frame, frame.iloc[:4].assign(age=["young", "old", "young", "old"])], ignore_index=True)
    after = frame["weight"] * frame["adjustment"]
    margins = Margins({name: after.groupby(frame[name]).sum().to_dict() for name in ("sex", "age")})
    design = SurveyDesign(frame, "weight")
    raked, calibrated = rake(design, margins), calibrate(design, margins, method="raking")
    np.testing.assert_allclose(calibrated.weights, raked.weights, rtol=1e-6)
    for verb in (mean, total):
        assert verb(calibrated, "y").row().se == pytest.approx(verb(raked, "y").row().se, rel=1e-5)


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_bounds_that_nothing_reaches_change_nothing(method):
    totals = {"population": 4, "x": 11}
    free = calibrate(SurveyDesign(LINE), totals, method=method)
    for wide in ({"bounds": (0.01, 50)}, {"weight_bounds": (0.01, 50)}):
        np.testing.assert_allclose(calibrate(SurveyDesign(LINE), totals, method=method, **wide).weights, free.weights)


@pytest.mark.parametrize(("method", "bounds"), [("linear", None), ("raking", None), ("logit", (0.5, 3))])
def test_the_population_alone_scales_the_weights(method, bounds):
    frame = pd.DataFrame({"weight": [1.0, 2.0, 3.0]})
    weights = calibrate(SurveyDesign(frame, "weight"), {"population": 12}, method=method, bounds=bounds).weights
    np.testing.assert_allclose(weights, [2, 4, 6], rtol=1e-8)


def test_rows_that_lack_a_variable_keep_the_mean_adjustment():
    # Base weights 1, population 8: the row without x weighs 8/4 = 2 and the others are calibrated to 3/4 of the totals,
    # 6 people and x = 0.75·17 = 12.75. g = 1 + a + b·x: 3 + 3a + 6b = 6, 6 + 6a + 14b = 12.75; b = 0.375, a = 0.25.
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, None]})
    calibrated = calibrate(SurveyDesign(frame), {"population": 8, "x": 17}, missing="mean_weight")
    np.testing.assert_allclose(calibrated.weights, [1.625, 2, 2.375, 2], rtol=1e-8)


def test_rows_that_lack_a_category_keep_the_mean_adjustment():
    # 3 of 4 rows have sex: they get 3/4 of the counts, 3 and 6; the fourth weighs 12/4.
    frame = pd.DataFrame({"sex": ["m", "m", "f", None]})
    calibrated = calibrate(SurveyDesign(frame), {"sex": {"m": 4, "f": 8}}, missing="mean_weight")
    np.testing.assert_allclose(calibrated.weights, [1.5, 1.5, 6, 3], rtol=1e-8)


def test_mean_weight_needs_the_population():
    frame = pd.DataFrame({"x": [1.0, 2.0, None]})
    with pytest.raises(WeightingError, match="needs the population"):
        calibrate(SurveyDesign(frame), {"x": 4}, missing="mean_weight")


def test_rows_of_weight_zero_stay_zero_and_do_not_count():
    used = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "weight": [0.1, 0.2, 0.3, 0.7]})
    unused = pd.DataFrame({"x": [9.0, None, 50.0], "weight": [0.0, 0.0, 0.0]})
    both = pd.concat([unused, used], ignore_index=True)
    for totals in ({"x": 4.5}, {"population": 1.4, "x": 4.5}):
        weights = calibrate(SurveyDesign(both, "weight"), totals).weights
        assert weights[:3].tolist() == [0, 0, 0]
        np.testing.assert_allclose(weights[3:], calibrate(SurveyDesign(used, "weight"), totals).weights, rtol=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_rounding_of_sums_does_not_make_rows_of_weight_zero_missing(seed):
    # Sums with and without the zeros may differ in the last digit.
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.random(300) * 5, "weight": rng.integers(0, 9, 300) * 0.1})
    aim = 1.1 * float(frame["weight"] @ frame["x"])
    weights = calibrate(SurveyDesign(frame, "weight"), {"x": aim}).weights
    assert weights @ frame["x"] == pytest.approx(aim, rel=1e-8)


def test_input_design_stays_as_it_was():
    design = SurveyDesign(LINE)
    calibrate(design, {"population": 4, "x": 11})
    assert design.weights.tolist() == [1, 1, 1, 1]
    assert design.weighting is None
    assert design.adjustments == ()


@pytest.mark.parametrize("unit", [1e9, 1e-9])
def test_the_unit_of_a_numeric_variable_does_not_matter(unit):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"sex": list("mf") * 20, "income": rng.gamma(2, 10, 40), "weight": rng.integers(1, 9, 40)})
    frame["y"] = frame["income"] * 2 + rng.normal(0, 3, 40)
    people = float(frame["weight"].sum())
    sexes = {"m": 0.55 * people, "f": 0.45 * people}
    aim = 1.05 * float(frame["weight"] @ frame["income"])
    plain = calibrate(SurveyDesign(frame, "weight"), {"population": people, "sex": sexes, "income": aim})
    scaled = frame.assign(income=frame["income"] * unit)
    other = calibrate(SurveyDesign(scaled, "weight"), {"population": people, "sex": sexes, "income": aim * unit})
    np.testing.assert_allclose(other.weights, plain.weights, rtol=1e-8)
    assert mean(other, "y").row().se == pytest.approx(mean(plain, "y").row().se, rel=1e-8)
    # A total that was calibrated to is known.
    assert total(other, "income").row().se < 1e-6 * total(SurveyDesign(scaled, "weight"), "income").row().se


def test_standard_error_is_that_of_residuals_of_the_weighted_regression():
    frame = LINE.assign(weight=[1.0, 2.0, 1.0, 3.0], y=[2.0, 3.0, 7.0, 8.0])
    calibrated = calibrate(SurveyDesign(frame, "weight"), {"population": 8, "x": 24})
    # GREG: g-weighted residuals of the regression on (1, x) with the base weights (Särndal et al. 1992, sec. 6.6).
    columns, root = np.column_stack([np.ones(4), frame["x"]]), np.sqrt(frame["weight"].to_numpy())
    slope = np.linalg.lstsq(columns * root[:, None], frame["y"] * root, rcond=None)[0]
    scores = calibrated.weights * (frame["y"].to_numpy() - columns @ slope)
    assert total(calibrated, "y").row().se ** 2 == pytest.approx(4 / 3 * ((scores - scores.mean()) ** 2).sum())


def test_record_holds_the_step():
    step = calibrate(SurveyDesign(LINE), {"population": 4, "x": 11}, bounds=(0.5, 2)).weighting.steps[0]
    assert step.method == "calibration (linear)"
    assert step.worst_margin <= 1e-8
    assert step.notes == ("adjustment kept between 0.5 and 2",)
    found = step.totals.set_index("variable")
    assert found.loc["x", ["before", "target", "after"]].tolist() == pytest.approx([10, 11, 11])


def refuse(totals, match, frame=SEXES, **options):
    with pytest.raises(WeightingError, match=match):
        calibrate(SurveyDesign(frame), totals, **options)


def test_negative_weights_are_refused():
    refuse({"population": 4, "x": 15.9}, "weights become negative", LINE)


def test_totals_that_disagree_are_refused():
    refuse({"population": 10, "sex": {"m": 4, "f": 5}}, "disagree in total: population 10, 'sex' 9")
    refuse({"sex": {"m": 4, "f": 5}, "age": {"old": 4, "young": 6}}, "disagree")


def test_totals_that_are_no_numbers_are_refused():
    for value in (np.nan, np.inf, "12", True, None):
        refuse({"population": 4, "y": value}, "total of 'y' is .* not a number")
    refuse({"population": np.nan}, "total of 'population' is nan, not a number")
    for value in (0, -3):
        refuse({"population": value}, "population must be a positive number")
    refuse({("sex", "age"): 5}, "must be counts of categories")
    refuse({}, "no totals given")


def test_variables_that_cannot_be_used_are_refused():
    refuse({"population": 4, "incme": 3}, "unknown variable 'incme'")
    refuse({"population": 4, "sex": 3}, "'sex' is .* give a count for each of its categories")
    refuse({"population": 4, "y": 20}, "'y' holds infinite values", SEXES.assign(y=[1.0, np.inf, 2.0, 3.0]))
    refuse({"sex": {"m": 4}}, "lack category 'f'")
    refuse({"sex": {"m": 4, "f": 4, "x": 1}}, "nobody in the sample")


def test_missing_values_are_refused_unless_a_rule_is_given():
    refuse({"population": 4, "y": 20}, "'y' is missing for 2 of 4", SEXES.assign(y=[1.0, None, None, 3.0]))
    refuse({"sex": {"m": 2, "f": 2}}, "'sex' is missing for 1 of 4", SEXES.assign(sex=["m", None, "f", "f"]))
    refuse({"population": 4}, "unknown rule for missing values 'drop'", missing="drop")


def test_shares_are_refused():
    with pytest.raises(WeightingError, match="'sex' holds shares; totals are counts"):
        calibrate(SurveyDesign(SEXES), Margins({"sex": {"m": 0.5, "f": 0.5}}))


def test_an_unknown_method_is_refused():
    refuse({"population": 4}, "unknown method 'rakng'.*linear, raking", method="rakng")


def test_too_few_iterations_are_refused():
    refuse({"population": 4, "x": 15}, "no convergence in 1 iterations", LINE, method="raking", max_iterations=1)


def test_merged_categories_stand_in_the_record():
    frame = pd.DataFrame({"age": ["young", "mid", "old", "old"]})
    margins = Margins({"age": {"young": 10, "mid": 20, "old": 30}}).merge("age", {"under": ["young", "mid"]})
    (step,) = calibrate(SurveyDesign(frame), margins, method="raking").weighting.steps
    assert step.notes == ("age: merged young + mid",)
