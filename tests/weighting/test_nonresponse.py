import numpy as np
import pandas as pd
import pytest

from kzm_surveys import SurveyDesign, WeightingError, adjust_nonresponse, mean, replicates

SMALL = pd.DataFrame(
    {"g": ["a", "a", "a", "b", "b"], "w": [1.0, 2.0, 3.0, 4.0, 4.0], "answered": [True, False, True, True, False]}
)


def drawn(n=400):
    """Everybody's y is there, so that those who did not respond differ from the others only in weight."""
    random = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "sex": random.choice(["m", "f"], n),
            "age": random.choice(["young", "mid", "old"], n),
            "x": random.normal(0, 1, n),
            "w": random.uniform(1, 4, n),
        }
    )
    logit = 0.4 + 0.6 * frame["x"] + 0.5 * (frame["sex"] == "f") - 0.6 * (frame["age"] == "young")
    frame["answered"] = random.uniform(size=n) < 1 / (1 + np.exp(-logit))
    frame["y"] = 10 + 2 * frame["x"] + 3 * (frame["age"] == "old") + random.normal(0, 2, n)
    return frame


def test_weights_in_a_cell_are_divided_by_its_weighted_response_rate():
    # a: 1 + 3 of 6 responded, so 6/4; b: 4 of 8, so 2. The sum stays 14.
    base = SurveyDesign(SMALL, "w")
    adjusted = adjust_nonresponse(base, "answered", cells=["g"])
    assert adjusted.weights.tolist() == [1.5, 0, 4.5, 8, 0]
    assert base.weights.tolist() == [1, 2, 3, 4, 4]
    assert base.weighting is None
    (step,) = adjusted.weighting.steps
    assert step.method == "nonresponse adjustment"
    # 8 of 14 responded: 0.5714.
    assert "weighted response rate 0.5714; probabilities 0.5000 to 0.6667" in step.notes[0]
    assert step.notes[1] == "2 cells, the smallest 'b' with 1 respondents"


def test_cells_are_the_combinations_of_the_columns():
    frame = pd.DataFrame({"g": list("aabb"), "h": list("uvvv"), "answered": [1, 1, 1, 0]})
    # a*u and a*v responded whole; of the two in b*v one did.
    assert adjust_nonresponse(SurveyDesign(frame), "answered", cells=["g", "h"]).weights.tolist() == [1, 1, 2, 0]


def test_rows_without_weight_stay_without_and_count_nowhere():
    frame = pd.concat([SMALL, pd.DataFrame({"g": ["a", "c"], "w": [0.0, 0.0], "answered": [True, False]})])
    found = adjust_nonresponse(SurveyDesign(frame.reset_index(drop=True), "w"), "answered", cells=["g"])
    assert found.weights.tolist() == [1.5, 0, 4.5, 8, 0, 0, 0]


def test_cells_with_too_few_respondents_are_refused_by_name():
    empty = SMALL.assign(answered=[True, False, True, False, False])
    with pytest.raises(WeightingError, match=r"too few respondents in 'b' \(0\); 1 needed"):
        adjust_nonresponse(SurveyDesign(empty, "w"), "answered", cells=["g"])
    with pytest.raises(WeightingError, match=r"too few respondents in 'b' \(1\); 2 needed"):
        adjust_nonresponse(SurveyDesign(SMALL, "w"), "answered", cells=["g"], fewest=2)
    with pytest.raises(WeightingError, match=r"in replicate 4 in 'b' \(0\)"):
        adjust_nonresponse(replicates(SurveyDesign(SMALL, "w")), "answered", cells=["g"])


def logistic_by_newton(x, answered, weights):
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        beta = beta + np.linalg.solve((x * (weights * p * (1 - p))[:, None]).T @ x, x.T @ (weights * (answered - p)))
    return 1 / (1 + np.exp(-x @ beta))


def test_propensity_weights_are_those_of_a_weighted_logistic_regression():
    frame = drawn()
    answered, w = frame["answered"].to_numpy(float), frame["w"].to_numpy()
    x = np.column_stack([np.ones(len(frame)), frame["x"], frame["sex"] == "m"]).astype(float)
    p = logistic_by_newton(x, answered, w)
    found = adjust_nonresponse(SurveyDesign(frame, "w"), "answered", propensity="x + C(sex)")
    np.testing.assert_allclose(found.weights, answered * w / p, rtol=1e-8)


def test_standard_error_with_propensity_is_that_of_the_estimating_equations():
    # Sandwich: the mean's influence, less its regression on the scores of the logistic model.
    frame = drawn()
    r, w, y = frame["answered"].to_numpy(float), frame["w"].to_numpy(), frame["y"].to_numpy()
    x = np.column_stack([np.ones(len(frame)), frame["x"]])
    p = logistic_by_newton(x, r, w)
    v = r * w / p
    u = (y - v @ y / v.sum()) / v.sum()
    # d(sum of v u)/d(beta) = -sum of r w (1-p)/p u x; d(beta)/d(w) = information⁻¹ (r - p) x.
    slope = -((r * w * (1 - p) / p * u) @ x)
    information = (x * (w * p * (1 - p))[:, None]).T @ x
    z = w * (r / p * u + ((r - p)[:, None] * x) @ np.linalg.solve(information, slope))
    n = len(frame)
    expected = np.sqrt(n / (n - 1) * ((z - z.mean()) ** 2).sum())
    found = mean(adjust_nonresponse(SurveyDesign(frame, "w"), "answered", propensity="x"), "y")
    assert found.row().se == pytest.approx(expected, rel=1e-8)


def test_standard_error_with_cells_is_that_of_respondents_residuals_and_cell_means():
    # z = w (r (u - ū)/p + ū), ū the respondents' weighted mean in the cell.
    frame = drawn()
    adjusted = adjust_nonresponse(SurveyDesign(frame, "w"), "answered", cells=["age"])
    v, y = adjusted.weights, frame["y"].to_numpy()
    u = (y - v @ y / v.sum()) / v.sum()
    z = np.zeros(len(frame))
    for age in ("young", "mid", "old"):
        inside = (frame["age"] == age).to_numpy()
        r, w = frame["answered"].to_numpy(float)[inside], frame["w"].to_numpy()[inside]
        rate, average = (r * w).sum() / w.sum(), (r * w * u[inside]).sum() / (r * w).sum()
        z[inside] = w * (r * (u[inside] - average) / rate + average)
    n = len(frame)
    expected = np.sqrt(n / (n - 1) * ((z - z.mean()) ** 2).sum())
    assert mean(adjusted, "y").row().se == pytest.approx(expected, rel=1e-8)


def test_a_saturated_model_equals_cells():
    base = SurveyDesign(drawn(), "w")
    cells = adjust_nonresponse(base, "answered", cells=["sex", "age"])
    model = adjust_nonresponse(base, "answered", propensity="C(sex) * C(age)")
    np.testing.assert_allclose(model.weights, cells.weights, rtol=1e-8)
    assert mean(model, "y").row().se == pytest.approx(mean(cells, "y").row().se, rel=1e-8)


def test_classes_of_a_model_with_two_probabilities_are_the_cells():
    base = SurveyDesign(drawn(), "w")
    found = adjust_nonresponse(base, "answered", propensity="C(sex)", classes=2)
    np.testing.assert_allclose(found.weights, adjust_nonresponse(base, "answered", cells=["sex"]).weights, rtol=1e-12)


def test_classes_keep_the_sum_of_the_weights():
    base = SurveyDesign(drawn(), "w")
    found = adjust_nonresponse(base, "answered", propensity="x + C(age)", classes=5)
    assert found.weights.sum() == pytest.approx(base.weights.sum(), rel=1e-12)
    assert found.weighting.steps[0].notes[1].startswith("5 cells, the smallest 'class ")


@pytest.mark.parametrize("how", [{"cells": ["sex", "age"]}, {"propensity": "x + C(sex) + C(age)"}])
def test_linearised_standard_error_is_close_to_that_of_the_jackknife(how):
    base = SurveyDesign(drawn(), "w")
    linearised = mean(adjust_nonresponse(base, "answered", **how), "y").row()
    jackknife = mean(adjust_nonresponse(replicates(base), "answered", **how), "y").row()
    assert jackknife.estimate == linearised.estimate
    assert jackknife.se == pytest.approx(linearised.se, rel=0.04)
    assert jackknife.se != linearised.se


def test_adjustment_is_redone_in_every_replicate():
    adjusted = adjust_nonresponse(replicates(SurveyDesign(drawn(60), "w")), "answered", cells=["sex"])
    base = replicates(SurveyDesign(drawn(60), "w")).replicates.weights
    for sex in ("m", "f"):
        inside = (adjusted.frame["sex"] == sex).to_numpy()
        np.testing.assert_allclose(adjusted.replicates.weights[inside].sum(axis=0), base[inside].sum(axis=0))


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_variable_that_separates_respondents_is_refused(shift):
    frame = drawn()
    frame["x"] = frame["x"].abs() * np.where(frame["answered"], 1, -1) * shift
    with pytest.raises(WeightingError, match=r"the model 'x' does not converge .*separate respondents"):
        adjust_nonresponse(SurveyDesign(frame, "w"), "answered", propensity="x")


def test_a_category_without_respondents_is_refused_by_the_model_too():
    frame = drawn()
    frame["answered"] &= frame["age"] != "old"
    with pytest.raises(WeightingError, match="may separate respondents"):
        adjust_nonresponse(SurveyDesign(frame, "w"), "answered", propensity="C(age)")


def test_a_category_in_which_everybody_responded_keeps_its_weights():
    frame = drawn()
    frame["answered"] |= frame["age"] == "old"
    found = adjust_nonresponse(SurveyDesign(frame, "w"), "answered", propensity="C(age)")
    old = (frame["age"] == "old").to_numpy()
    np.testing.assert_allclose(found.weights[old], frame["w"][old], rtol=1e-6)


def test_a_column_whose_name_is_part_of_another_may_be_missing():
    frame = drawn().assign(ag=np.nan, s=np.nan)
    found = adjust_nonresponse(SurveyDesign(frame, "w"), "answered", propensity="C(age)")
    assert found.weights.sum() == pytest.approx(frame["w"].sum())


@pytest.mark.parametrize(
    ("changes", "given", "match"),
    [
        ({"g": ["a", None, "a", "b", "b"]}, {"cells": ["g"]}, "'g' is missing for 1 of 5 rows"),
        ({"g": ["a", None, "a", "b", "b"]}, {"propensity": "C(g)"}, "'g' is missing for 1 of 5 rows"),
        ({"answered": [True, None, True, True, False]}, {"cells": ["g"]}, "'answered' is missing for 1 rows"),
        ({"answered": [1, 2, 1, 1, 0]}, {"cells": ["g"]}, "must be True/False or 1/0"),
        ({"answered": list("ynyyn")}, {"cells": ["g"]}, "must be True/False or 1/0"),
        ({"answered": [False] * 5}, {"cells": ["g"]}, "nobody responded"),
        ({}, {}, "either cells or propensity"),
        ({}, {"cells": ["g"], "propensity": "g"}, "either cells or propensity"),
        ({}, {"cells": []}, "must be a list of columns"),
        ({}, {"cells": "g"}, "must be a list of columns"),
        ({}, {"cells": ["gg"]}, "unknown column 'gg'; did you mean 'g'"),
        ({}, {"cells": ["g"], "classes": 3}, "classes .* go with propensity"),
        ({}, {"propensity": "w", "classes": 1}, "classes .* go with propensity"),
        ({}, {"cells": ["g"], "fewest": 0}, "fewest must be at least 1"),
        ({}, {"propensity": "weight"}, "the formula 'weight' cannot be used"),
        ({}, {"propensity": "C(g) +"}, "the formula .* cannot be used"),
        ({}, {"propensity": "np.log(w - 4)"}, "the formula .* cannot be used"),
    ],
)
def test_what_cannot_be_adjusted_is_refused(changes, given, match):
    with pytest.raises(WeightingError, match=match):
        adjust_nonresponse(SurveyDesign(SMALL.assign(**changes), "w"), "answered", **given)


def test_unknown_response_column_is_refused():
    with pytest.raises(WeightingError, match="unknown column 'answer'; did you mean 'answered'"):
        adjust_nonresponse(SurveyDesign(SMALL, "w"), "answer", cells=["g"])
