import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kzm_surveys import (
    Margins,
    SurveyDesign,
    WeightingError,
    load,
    mean,
    poststratify,
    rake,
    weight,
)

moderate = settings(deadline=None, max_examples=40)

# (sex, age, weight); these rows put weight into every cell, so that any two margins can hold together.
FIXED = [("m", "young", 2), ("m", "old", 3), ("f", "young", 1), ("f", "old", 4)]
row = st.tuples(st.sampled_from(["m", "f"]), st.sampled_from(["young", "old"]), st.integers(0, 9))
frames = st.lists(row, max_size=30).map(lambda rows: pd.DataFrame(FIXED + rows, columns=["sex", "age", "weight"]))
shares = st.floats(0.05, 0.95)
SMALL = pd.DataFrame({"sex": ["m", "m", "m", "f"], "age": ["young", "old", "old", "old"]})


def two_margins(men, young, scale=1.0):
    sex = {"m": men * scale, "f": (1 - men) * scale}
    age = {"young": young * scale, "old": (1 - young) * scale}
    return Margins({"sex": sex, "age": age})


def share_of(design, column, value):
    return design.weights[design.frame[column] == value].sum() / design.weights.sum()


@moderate
@given(frame=frames, men=shares, young=shares)
def test_margins_are_met(frame, men, young):
    raked = rake(SurveyDesign(frame, "weight"), two_margins(men, young))
    assert share_of(raked, "sex", "m") == pytest.approx(men, rel=1e-8)
    assert share_of(raked, "age", "old") == pytest.approx(1 - young, rel=1e-8)


@moderate
@given(frame=frames, men=shares, young=shares)
def test_adjustment_is_the_same_within_a_cell_and_a_product_of_one_factor_per_margin(frame, men, young):
    raked = rake(SurveyDesign(frame, "weight"), two_margins(men, young))
    used = frame[frame["weight"] > 0].assign(adjustment=lambda f: raked.weights[f.index] / f["weight"])
    cells = used.groupby(["sex", "age"])["adjustment"]
    np.testing.assert_allclose(cells.min(), cells.max(), rtol=1e-12)
    factor = cells.mean()
    # a(sex)·b(age): the odds ratio of the four factors is 1, which is what tells raking from other fits.
    product = factor["m", "young"] * factor["f", "old"], factor["m", "old"] * factor["f", "young"]
    assert product[0] == pytest.approx(product[1], rel=1e-9)


@moderate
@given(frame=frames, men=shares, young=shares, seed=st.integers(0, 1000))
def test_order_of_rows_and_margins_does_not_matter(frame, men, young, seed):
    margins = two_margins(men, young)
    raked = rake(SurveyDesign(frame, "weight"), margins)
    turned = rake(SurveyDesign(frame, "weight"), margins.select(("age", "sex")))
    np.testing.assert_allclose(turned.weights, raked.weights, rtol=1e-7)
    shuffled = frame.sample(frac=1, random_state=seed)
    weights = pd.Series(rake(SurveyDesign(shuffled, "weight"), margins).weights, shuffled.index)
    np.testing.assert_allclose(weights[frame.index], raked.weights, rtol=1e-7)


@moderate
@given(frame=frames, men=shares, young=shares)
def test_rows_of_weight_zero_stay_zero_and_do_not_count(frame, men, young):
    nobody = pd.DataFrame({"sex": ["m", "x", None], "age": ["old", "young", "old"], "weight": [0, 0, 0]})
    margins = two_margins(men, young)
    plain = rake(SurveyDesign(frame, "weight"), margins)
    longer = rake(SurveyDesign(pd.concat([frame, nobody], ignore_index=True), "weight"), margins)
    assert (longer.weights[-3:] == 0).all()
    assert ((longer.weights == 0)[:-3] == (frame["weight"] == 0)).all()
    np.testing.assert_allclose(
        longer.weights[:-3] / longer.weights.sum(), plain.weights / plain.weights.sum(), rtol=1e-9, atol=1e-15
    )
    pd.testing.assert_frame_equal(longer.weighting.margins, plain.weighting.margins)
    assert (longer.weighting.deff, longer.weighting.n_eff) == pytest.approx(
        (plain.weighting.deff, plain.weighting.n_eff)
    )


@moderate
@given(frame=frames, men=shares, young=shares)
def test_input_design_stays_as_it_was(frame, men, young):
    before = frame.copy()
    design = SurveyDesign(frame, "weight")
    raked = rake(design, two_margins(men, young))
    np.testing.assert_array_equal(design.weights, before["weight"])
    assert (design.weighting, design.adjustments) == (None, ())
    assert frame.equals(before)
    assert raked.frame.equals(before)
    assert not raked.weights.flags.writeable


def test_weights_have_mean_one_when_a_margin_holds_shares():
    margins = Margins({"sex": {"m": 300, "f": 700}, "age": {"young": 0.4, "old": 0.6}})
    frame = pd.DataFrame(FIXED, columns=["sex", "age", "weight"])
    assert rake(SurveyDesign(frame, "weight"), margins).weights.mean() == pytest.approx(1)


def test_weights_sum_to_the_population_when_all_margins_hold_counts():
    frame = pd.DataFrame(FIXED, columns=["sex", "age", "weight"])
    raked = rake(SurveyDesign(frame, "weight"), two_margins(0.5, 0.3, scale=53292))
    assert raked.weights.sum() == pytest.approx(53292)
    assert rake(SurveyDesign(frame), two_margins(0.5, 0.3), total=100).weights.sum() == pytest.approx(100)


def test_joint_margin_gives_the_poststratified_cells():
    # A respondent's weight times target/sum of its cell; the cells sum to 8, 3, 1, 4.
    frame = pd.DataFrame([*FIXED, ("m", "young", 6)], columns=["sex", "age", "weight"])
    joint = {("m", "young"): 40, ("m", "old"): 10, ("f", "young"): 20, ("f", "old"): 30}
    expected = [2 * 40 / 8, 3 * 10 / 3, 1 * 20 / 1, 4 * 30 / 4, 6 * 40 / 8]
    for verb in (rake, poststratify):
        found = verb(SurveyDesign(frame, "weight"), Margins({("sex", "age"): joint}))
        np.testing.assert_allclose(found.weights, expected, rtol=1e-12)
        assert found.weighting.margins["category"].tolist() == ["m*young", "m*old", "f*young", "f*old"]
        assert set(found.weighting.margins["variable"]) == {"sex*age"}


def test_record_says_what_was_done_and_what_it_cost():
    # Three men, one woman, to half and half: weights 2/3, 2/3, 2/3, 2. Kish: 4·(3·4/9 + 4)/4² = 4/3, n_eff 3.
    record = rake(SurveyDesign(SMALL), Margins({"sex": {"m": 0.5, "f": 0.5}})).weighting
    assert record.margins.columns.tolist() == ["variable", "category", "n", "before", "target", "after"]
    assert record.margins[["variable", "category", "n"]].values.tolist() == [["sex", "m", 3], ["sex", "f", 1]]
    assert record.margins["before"].tolist() == [0.75, 0.25]
    assert record.margins["target"].tolist() == [0.5, 0.5]
    assert record.margins["after"].tolist() == pytest.approx([0.5, 0.5])
    assert (record.deff, record.n_eff) == pytest.approx((4 / 3, 3))
    assert [step.method for step in record.steps] == ["post-stratification"]
    assert record.steps[0].iterations >= 1
    assert record.steps[0].worst_margin < 1e-8


def test_a_second_step_is_added_to_the_record():
    once = rake(SurveyDesign(SMALL), Margins({"sex": {"m": 0.5, "f": 0.5}}))
    twice = rake(once, Margins({"age": {"young": 0.25, "old": 0.75}}))
    assert (len(once.weighting.steps), len(twice.weighting.steps), len(twice.adjustments)) == (1, 2, 2)


def refuse(margins, match, frame=SMALL, **options):
    with pytest.raises(WeightingError, match=match):
        rake(SurveyDesign(frame), margins, **options)


def test_category_of_the_sample_without_target_is_refused():
    refuse(Margins({"age": {"young": 1.0}}), "margins for 'age' lack category 'old'")


def test_target_without_sample_is_refused():
    margins = Margins({"sex": {"m": 0.4, "f": 0.4, "other": 0.2}})
    refuse(margins, "have a target for 'other', but nobody in the sample")


def test_missing_value_in_a_weighting_variable_is_refused():
    frame = SMALL.assign(sex=["m", None, "m", "f"])
    refuse(Margins({"sex": {"m": 0.5, "f": 0.5}}), "'sex' is missing for 1 of 4", frame)


def test_unknown_weighting_variable_is_refused():
    with pytest.raises(WeightingError, match="unknown weighting variable 'gender'"):
        rake(SurveyDesign(SMALL), Margins({"gender": {"m": 0.5, "f": 0.5}}))


def test_margins_that_cannot_hold_together_do_not_converge():
    # Nobody is a young woman or an old man, so men are the young: 0.5 and 0.3 contradict each other.
    frame = pd.DataFrame({"sex": ["m", "f"], "age": ["young", "old"]})
    refuse(two_margins(0.5, 0.3), "did not converge in 50 iterations: 'sex' category", frame, max_iterations=50)


def test_bounds_that_one_margin_excludes_are_refused():
    # One margin leaves no choice: the adjustments are 2/3 for men and 2 for the woman.
    margins = Margins({"sex": {"m": 0.5, "f": 0.5}})
    refuse(margins, "no adjustment within the bounds can meet all targets", bounds=(0.5, 1.9))
    refuse(margins, "no adjustment within the bounds", bounds=(0.7, 3))
    assert rake(SurveyDesign(SMALL), margins, bounds=(0.6, 2.1)).weights[3] == pytest.approx(2)


def test_poststratify_refuses_two_tables():
    with pytest.raises(WeightingError, match="one table, found 2"):
        poststratify(SurveyDesign(SMALL), two_margins(0.5, 0.5))


def test_standard_error_after_two_steps_takes_residuals_of_the_last_step_first():
    # Residuals of the second step under the weights before it, times its factors: what they are worth on those weights.
    # Then the residuals of these in the first step under its own.
    frame = pd.DataFrame([*FIXED, ("m", "young", 6), ("f", "old", 2)], columns=["sex", "age", "weight"])
    frame["y"] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]
    once = rake(SurveyDesign(frame, "weight"), Margins({"sex": {"m": 0.4, "f": 0.6}}))
    twice = rake(once, Margins({"age": {"young": 0.3, "old": 0.7}}))
    error = (frame["y"] - np.average(frame["y"], weights=twice.weights)).to_numpy() / twice.weights.sum()
    for column, weights, after in (("age", once.weights, twice.weights), ("sex", frame["weight"], once.weights)):
        dummies, root = np.column_stack([frame[column] == c for c in set(frame[column])]), np.sqrt(weights)
        error = error - dummies @ np.linalg.lstsq(dummies * np.c_[root], error * root, rcond=None)[0]
        error = after / weights * error
    scores = frame["weight"] * error
    assert mean(twice, "y").row().se ** 2 == pytest.approx(6 / 5 * ((scores - scores.mean()) ** 2).sum())


@pytest.mark.parametrize("verb", [rake, poststratify])
def test_margins_may_be_a_mapping(verb):
    table = {"sex": {"m": 10, "f": 20}}
    found = verb(SurveyDesign(SMALL), table)
    np.testing.assert_array_equal(found.weights, verb(SurveyDesign(SMALL), Margins(table)).weights)
    np.testing.assert_allclose(found.weights, [10 / 3, 10 / 3, 10 / 3, 20])


@pytest.mark.parametrize(
    ("margins", "words"),
    [
        ([("sex", {"m": 1})], "needed is Margins, or a dict such as .* found list"),
        (None, "found NoneType"),
        ("population.csv", "found str"),
        ({"sex": [0.5, 0.5]}, "margins for 'sex': {category: target} is needed, found list"),
        ({}, "no table given"),
    ],
)
@pytest.mark.parametrize("verb", [rake, poststratify, lambda _, margins: Margins(margins)])
def test_what_is_no_margins_is_refused(verb, margins, words):
    with pytest.raises(WeightingError, match=words):
        verb(SurveyDesign(SMALL), margins)


def test_a_survey_is_weighted_to_margins_given_as_a_mapping():
    design = weight(load("surveys/noise/2021"), margins={"sex": {"male": 0.4, "female": 0.6}})
    assert share_of(design, "sex", "male") == pytest.approx(0.4, rel=1e-8)


def test_the_record_and_its_steps_print_on_a_line():
    # Weights 2/3 three times and 2: Σw² = 16/3, n·Σw²/(Σw)² = 4·(16/3)/16 = 4/3, 4/(4/3) = 3.
    record = rake(SurveyDesign(SMALL), {"sex": {"m": 0.5, "f": 0.5}}).weighting
    cost = "post-stratification: n 4, design effect 1.333, effective n 3"
    assert repr(record) == f"<WeightingRecord {cost}; see .margins, .quantiles, .steps>"
    assert repr(record.steps[0]) == f"<WeightingStep {cost}>"
