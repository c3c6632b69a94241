"""Rows without a weighting variable: refused, or given the mean weight by an explicit rule."""

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import Margins, SurveyDesign, WeightingError, mean, rake

FRAME = pd.DataFrame({"sex": ["m", "m", "m", "f", None], "y": [1.0, 2.0, 3.0, 6.0, 4.0]})
HALVES = Margins({"sex": {"m": 0.5, "f": 0.5}})


def test_without_a_rule_they_are_refused():
    with pytest.raises(WeightingError, match="'sex' is missing for 1 of 5"):
        rake(SurveyDesign(FRAME), HALVES)


def test_mean_weight_by_hand():
    # Five rows of weight 1: the four known ones share 4 equally between m (three rows) and f (one row).
    raked = rake(SurveyDesign(FRAME), HALVES, missing="mean_weight")
    assert raked.weights == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2, 1])
    assert raked.weighting.steps[0].mean_weight == 1
    assert raked.weighting.margins["after"].tolist() == pytest.approx([0.5, 0.5])
    assert mean(raked, "y").row().estimate == pytest.approx((2 / 3 * 6 + 12 + 4) / 5)


def test_variance_takes_only_the_known_rows_from_the_margins():
    # Residuals: within m and f for the known rows, the influence itself for the fifth.
    raked = rake(SurveyDesign(FRAME), HALVES, missing="mean_weight")
    w, y = raked.weights, FRAME["y"].to_numpy()
    influence = (y - w @ y / w.sum()) / w.sum()
    residual = influence - np.array([influence[:3].mean()] * 3 + [influence[3], 0.0])
    scores = w * residual
    expected = 5 / 4 * ((scores - scores.mean()) ** 2).sum()
    assert mean(raked, "y").row().se == pytest.approx(np.sqrt(expected))


def test_nothing_missing_changes_nothing():
    known = SurveyDesign(FRAME.iloc[:4])
    assert np.array_equal(rake(known, HALVES).weights, rake(known, HALVES, missing="mean_weight").weights)


def test_nobody_known_and_an_unknown_rule_are_refused():
    nobody = FRAME.assign(sex=pd.Categorical([None] * 5, ["m", "f"]))
    with pytest.raises(WeightingError, match="nobody has all weighting variables"):
        rake(SurveyDesign(nobody), HALVES, missing="mean_weight")
    with pytest.raises(WeightingError, match="unknown rule for missing values 'drop'"):
        rake(SurveyDesign(FRAME), HALVES, missing="drop")


def test_a_refused_age_does_not_stop_the_noise_wave():
    survey = kzm.load("surveys/noise/2021")
    responses = survey.responses.copy()
    responses.iloc[0, responses.columns.get_loc("age_group")] = np.nan
    from dataclasses import replace

    from kzm_surveys.findings.methods import methods
    from kzm_surveys.findings.voice import Voice

    design = kzm.weight(replace(survey, responses=responses))
    assert design.weights[0] == pytest.approx(1)
    assert design.weights.mean() == pytest.approx(1)
    text = " ".join(str(block.text) for block in methods(Voice(design)) if hasattr(block, "text"))
    assert "je utež povprečna (število takih anketiranih: 1; vseh: 508)." in text
