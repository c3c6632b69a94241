"""Tests of differences: between rows of one result, and between an estimate and a figure of somebody else."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.contrast import contrast
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.multiplicity import adjust_p_values
from kzm_surveys.estimation.test_result import TestResult


def p_of_differences(estimates: Estimates, first: Sequence[Estimate], others: Sequence[Estimate]) -> FloatArray:
    """p-values of the differences of every first row from every other, corrected by Holm over all of them.

    Parameters
    ----------
    estimates
        Results of one call, with the covariance of their rows.
    first, others
        Rows of `estimates`.

    Returns
    -------
    ndarray
        (first, others); NaN where there is no test: no covariance, no sampling variance, no degrees of freedom.

    Examples
    --------
    >>> import pandas as pd
    >>> from kzm_surveys import SurveyDesign, proportion
    >>> found = proportion(SurveyDesign(pd.DataFrame({"q": ["a"] * 30 + ["b"] * 6 + ["c"] * 4})), "q")
    >>> a, b, c = found.rows
    >>> (p_of_differences(found, [a], [b, c]) < 0.001).tolist(), p_of_differences(found, [b], [c]).round(2).tolist()
    ([[True, True]], [[0.53]])
    """
    place = {row: number for number, row in enumerate(estimates.rows)}
    weights = np.zeros((len(first) * len(others), len(estimates)))
    for number, (one, other) in enumerate((one, other) for one in first for other in others):
        weights[number, place[one]], weights[number, place[other]] = 1, -1
    try:
        found = contrast(estimates, weights).columns
    except EstimationError:
        return np.full((len(first), len(others)), np.nan)
    se, df = found["se"], found["df"]
    tested = (se > 0) & (df > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(tested, 2 * special.stdtr(df, -np.abs(found["estimate"] / se)), np.nan)
    return adjust_p_values(p).reshape(len(first), len(others))


def against(row: Estimate, value: float, variance: float, *, level: float = 0.95) -> TestResult | None:
    """Test an estimate against an independent figure that has a variance of its own.

    Parameters
    ----------
    row
        The estimate, with its standard error and degrees of freedom.
    value, variance
        The other figure on the scale of the estimate, and its sampling variance.
    level
        Of the t interval of the difference.

    Returns
    -------
    TestResult
        The difference, own minus other, with its standard error, t interval and test; None where there is no sampling
        variance or there are no degrees of freedom.

    Notes
    -----
    t = (p - q)/√(v + u) with the degrees of freedom of the estimate, v and u the two variances.

    Examples
    --------
    >>> import pandas as pd
    >>> from kzm_surveys import SurveyDesign, proportion
    >>> share = proportion(SurveyDesign(pd.DataFrame({"q": ["a"] * 40 + ["b"] * 60})), "q").row("a")
    >>> found = against(share, 0.30, 0.30 * 0.70 / 100)
    >>> round(found.estimate, 3), round(found.statistic, 3), round(found.p_value, 3)
    (0.1, 1.487, 0.14)
    """
    if not (row.se > 0 and variance > 0 and row.df > 0):
        return None
    difference, se = row.estimate - value, math.sqrt(row.se**2 + variance)
    t, half = difference / se, float(special.stdtrit(row.df, (1 + level) / 2)) * se
    return TestResult(
        t, 1.0, row.df, float(2 * special.stdtr(row.df, -abs(t))), "Design-based t test against an outside figure",
        difference, se, difference - half, difference + half,
    )  # fmt: skip
