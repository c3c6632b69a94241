"""Tests of differences, by hand and against a contrast."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kzm_surveys import SurveyDesign, adjust_p_values, contrast, proportion
from kzm_surveys.estimation.differences import against, p_of_differences


@pytest.fixture(scope="module")
def shares():
    answers = ["a"] * 30 + ["b"] * 24 + ["c"] * 6
    return proportion(SurveyDesign(pd.DataFrame({"q": answers})), "q")


def test_differences_of_rows_are_those_of_contrasts_corrected_together(shares):
    a, b, c = shares.rows
    p = []
    for other in ("b", "c"):
        (row,) = contrast(shares, {"a": 1, other: -1}).rows
        p.append(2 * stats.t.sf(abs(row.estimate / row.se), row.df))
    assert p_of_differences(shares, [a], [b, c]) == pytest.approx(adjust_p_values(p)[None], rel=1e-12)


def test_an_outside_figure_is_tested_with_both_variances(shares):
    row = shares.row("a")  # 0.5 of 60
    found = against(row, 0.4, 0.4 * 0.6 / 200)
    se = math.sqrt(0.5 * 0.5 / 59 + 0.4 * 0.6 / 200)
    assert (found.estimate, found.se) == pytest.approx((0.1, se), rel=1e-12)
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.1 / se, 59), rel=1e-10)
    half = stats.t.ppf(0.95, 59) * se
    narrow = against(row, 0.4, 0.4 * 0.6 / 200, level=0.9)
    assert (narrow.ci_low, narrow.ci_high) == pytest.approx((0.1 - half, 0.1 + half), rel=1e-10)


def test_without_variance_or_degrees_of_freedom_there_is_no_test(shares):
    row = shares.row("a")
    assert against(row, 0.4, 0.0) is None
    assert against(row._replace(se=0.0), 0.4, 0.01) is None
    assert against(row._replace(df=0.0), 0.4, 0.01) is None
    assert against(row._replace(se=np.nan), 0.4, 0.01) is None
