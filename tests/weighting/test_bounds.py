import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kzm_surveys import Margins, SurveyDesign, WeightingError, calibrate, mean, rake, replicates

moderate = settings(deadline=None, max_examples=40)
# (sex, age, base weight, final weight): margins are those of the final weights, so that bounds around them can be met.
FIXED = [("m", "young", 2, 3.0), ("m", "old", 3, 2.5), ("f", "young", 1, 2.2), ("f", "old", 4, 6.0)]
row = st.tuples(st.sampled_from("mf"), st.sampled_from(["young", "old"]), st.integers(1, 9), st.floats(2, 8))
frames = st.lists(row, max_size=25).map(
    lambda rows: pd.DataFrame(FIXED + rows, columns=["sex", "age", "weight", "final"])
)
SMALL = pd.DataFrame({"sex": ["m", "m", "m", "f"]})
HALVES = Margins({"sex": {"m": 0.5, "f": 0.5}})


def margins_of(frame):
    return Margins({name: frame["final"].groupby(frame[name]).sum().to_dict() for name in ("sex", "age")})


def assert_margins_met(frame, weights):
    for name in ("sex", "age"):
        found, wanted = (pd.Series(w, frame.index).groupby(frame[name]).sum() for w in (weights, frame["final"]))
        np.testing.assert_allclose(found, wanted, rtol=2e-8)


@moderate
@given(frame=frames)
def test_bounds_on_the_adjustment_hold_and_margins_are_met(frame):
    wanted = frame["final"] / frame["weight"] / (frame["final"].sum() / frame["weight"].sum())
    bounds = 0.98 * wanted.min(), 1.02 * wanted.max()
    weights = rake(SurveyDesign(frame, "weight"), margins_of(frame), bounds=bounds).weights
    assert_margins_met(frame, weights)
    adjustment = weights / frame["weight"] / (weights.sum() / frame["weight"].sum())
    assert adjustment.min() >= bounds[0] * (1 - 1e-7)
    assert adjustment.max() <= bounds[1] * (1 + 1e-7)


@moderate
@given(frame=frames)
def test_bounds_on_the_final_weight_hold_and_margins_are_met(frame):
    weights = rake(SurveyDesign(frame, "weight"), margins_of(frame), weight_bounds=(1.9, 8.1)).weights
    assert_margins_met(frame, weights)
    assert weights.min() >= 1.9 * (1 - 1e-12)
    assert weights.max() <= 8.1 * (1 + 1e-12)


@moderate
@given(frame=frames)
def test_bounded_raking_is_calibration_with_the_raking_distance(frame):
    frame = frame.assign(weight=frame["weight"] * frame["final"].sum() / frame["weight"].sum(), y=frame["final"] ** 2)
    design, margins = SurveyDesign(frame, "weight"), margins_of(frame)
    raked = rake(design, margins, weight_bounds=(1.9, 8.1))
    calibrated = calibrate(design, margins, method="raking", weight_bounds=(1.9, 8.1))
    np.testing.assert_allclose(raked.weights, calibrated.weights, rtol=1e-6)
    assert mean(raked, "y").row().se == pytest.approx(mean(calibrated, "y").row().se, rel=1e-5)


@moderate
@given(frame=frames)
def test_bounds_that_nothing_reaches_change_nothing(frame):
    design, margins = SurveyDesign(frame, "weight"), margins_of(frame)
    free = rake(design, margins)
    for wide in ({"bounds": (1e-3, 1e3)}, {"weight_bounds": (1e-3, 1e4)}, {"bounds": (None, 1e3)}):
        bounded = rake(design, margins, **wide)
        np.testing.assert_allclose(bounded.weights, free.weights, rtol=1e-6)
        assert mean(bounded, "final").row().se == pytest.approx(mean(free, "final").row().se, rel=1e-5, abs=1e-7)


def test_a_weight_at_its_limit_leaves_the_rest_to_the_others():
    # Men must weigh 12. Unbounded they double to 2, 2, 8; the third is held at 6, so the other two share 6.
    frame = pd.DataFrame({"sex": ["m", "m", "m", "f"], "weight": [1.0, 1.0, 4.0, 6.0]})
    margins = Margins({"sex": {"m": 12, "f": 6}})
    weights = rake(SurveyDesign(frame, "weight"), margins, weight_bounds=(None, 6.0)).weights
    np.testing.assert_allclose(weights, [3, 3, 6, 6], rtol=1e-8)


def test_rows_of_weight_zero_stay_zero_and_do_not_count():
    frame = pd.DataFrame({"sex": ["m", "m", "m", "f", "f", None], "weight": [1.0, 1.0, 4.0, 6.0, 0.0, 0.0]})
    margins = Margins({"sex": {"m": 12, "f": 6}})
    for bounds in ({"weight_bounds": (None, 6.0)}, {"weight_bounds": (2.0, 6.0)}):
        weights = rake(SurveyDesign(frame, "weight"), margins, **bounds).weights
        np.testing.assert_allclose(weights, [3, 3, 6, 6, 0, 0], rtol=1e-8)
    free = rake(SurveyDesign(frame, "weight"), margins, bounds=(0.1, 4)).weights
    np.testing.assert_allclose(free, [2, 2, 8, 6, 0, 0], rtol=1e-8)


def test_input_design_stays_as_it_was():
    design = SurveyDesign(SMALL)
    rake(design, HALVES, bounds=(0.1, 5), weight_bounds=(0.1, 5))
    assert design.weights.tolist() == [1, 1, 1, 1]
    assert design.weighting is None
    assert design.adjustments == ()


@pytest.mark.parametrize("limits", [{"bounds": (0.5, 1.9)}, {"bounds": (0.7, 3)}, {"weight_bounds": (None, 1.9)}])
def test_bounds_that_exclude_every_solution_are_refused(limits):
    # Adjustments are 2/3 for men and 2 for the woman, whatever the method.
    with pytest.raises(WeightingError, match="within the bounds can meet all targets"):
        rake(SurveyDesign(SMALL), HALVES, **limits)
    assert rake(SurveyDesign(SMALL), HALVES, bounds=(0.6, 2.1)).weights[3] == pytest.approx(2)


def test_bounds_and_weight_bounds_that_exclude_each_other_are_refused():
    frame = SMALL.assign(weight=[1.0, 1.0, 1.0, 9.0])
    with pytest.raises(WeightingError, match="exclude each other"):
        rake(SurveyDesign(frame, "weight"), HALVES, bounds=(0.9, 1.1), weight_bounds=(None, 2))
    with pytest.raises(WeightingError, match="exclude each other"):
        calibrate(SurveyDesign(frame, "weight"), {"population": 12}, bounds=(0.9, 1.1), weight_bounds=(None, 2))


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"bounds": (2, 0.5)}, "below the upper"),
        ({"bounds": (-1, 2)}, "0 or more"),
        ({"bounds": (float("nan"), 2)}, "0 or more"),
        ({"bounds": (0.5,)}, "a lower and an upper"),
        ({"bounds": (1.2, 2)}, "must hold 1"),
        ({"weight_bounds": (3, 3)}, "weight_bounds: the lower must be"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(limits, match):
    with pytest.raises(WeightingError, match=match):
        rake(SurveyDesign(SMALL), HALVES, **limits)
    with pytest.raises(WeightingError, match=match):
        calibrate(SurveyDesign(SMALL), {"population": 4}, **limits)


def test_record_names_the_bounds():
    raked = rake(SurveyDesign(SMALL), HALVES, bounds=(0.5, 3), weight_bounds=(None, 2.5))
    assert raked.weighting.steps[0].notes == (
        "adjustment kept between 0.5 and 3",
        "final weight kept between 0 and 2.5",
    )


def test_unknown_variance_is_refused():
    with pytest.raises(WeightingError, match="unknown variance 'r'"):
        rake(SurveyDesign(SMALL), HALVES, variance="r")


def test_rows_at_their_bounds_do_not_stop_a_fit_that_exists():
    # The margins are those of weights `final`, all of them within the bounds: a solution exists by construction.
    rows = [("m", "young", 2, 3.0), ("m", "old", 3, 2.5), ("f", "young", 1, 2.2), ("f", "old", 4, 6.0),
            ("m", "young", 1, 2.0), ("f", "old", 1, 2.25), *[("f", "old", 7, 2.00390625)] * 3]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["sex", "age", "weight", "final"])
    frame["weight"] = frame["weight"] * frame["final"].sum() / frame["weight"].sum()
    sums = {name: frame["final"].groupby(frame[name]).sum().to_dict() for name in ("sex", "age")}
    raked = rake(SurveyDesign(frame, "weight"), Margins(sums), weight_bounds=(1.9, 8.1))
    assert raked.weights.min() >= 1.9 - 1e-12
    assert raked.weights.max() <= 8.1 + 1e-12
    for name, totals in sums.items():
        found = pd.Series(raked.weights).groupby(frame[name]).sum()
        assert found.to_dict() == pytest.approx(totals, rel=1e-8)


@pytest.mark.parametrize("bounds", [None, (0.3, 3.0)])
def test_bounds_and_calibration_are_redone_in_every_replicate(bounds):
    frame = pd.DataFrame({"sex": ["m", "f"] * 10, "age": ["young", "old", "old", "young", "old"] * 4})
    margins = Margins({"sex": {"m": 9, "f": 11}, "age": {"young": 9, "old": 11}})
    design = replicates(SurveyDesign(frame))
    for weighted in (rake(design, margins, bounds=bounds), calibrate(design, margins, method="raking", bounds=bounds)):
        sums = pd.DataFrame(weighted.replicates.weights).groupby(frame["sex"]).sum()
        np.testing.assert_allclose(sums.loc["m"], 9, rtol=1e-7)
        np.testing.assert_allclose(sums.loc["f"], 11, rtol=1e-7)
