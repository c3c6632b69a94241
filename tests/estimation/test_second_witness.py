"""Linearised variances against statsmodels, an independent implementation."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kzm_surveys import SurveyDesign, mean, proportion
from tests import golden


def sandwich(frame: pd.DataFrame, y: np.ndarray) -> float:
    """Cluster-robust variance of a weighted constant: Σ over clusters of (Σwe)² / (Σw)², times G/(G-1)."""
    model = sm.WLS(y, np.ones(len(y)), weights=frame["pw"])
    robust = model.fit(cov_type="cluster", cov_kwds={"groups": frame["dnum"], "use_correction": False})
    clusters = frame["dnum"].nunique()
    return float(robust.bse[0] ** 2 * clusters / (clusters - 1))


def test_mean_of_a_clustered_sample():
    data = golden.read("apiclus1")
    found = mean(SurveyDesign(data, weights="pw", psu="dnum"), "api00").row()
    assert found.se**2 == pytest.approx(sandwich(data, data["api00"].to_numpy(float)), rel=1e-10)


def test_proportion_of_a_clustered_sample():
    data = golden.read("apiclus1")
    found = proportion(SurveyDesign(data, weights="pw", psu="dnum"), "awards").row("Yes")
    assert found.se**2 == pytest.approx(sandwich(data, (data["awards"] == "Yes").to_numpy(float)), rel=1e-10)
