"""Correction of p-values for the number of tests."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import EstimationError, one_of

Correction = Literal["holm", "benjamini_hochberg", "none"]
CORRECTIONS = ("holm", "benjamini_hochberg", "none")


def adjust_p_values(p_values: npt.ArrayLike, *, method: Correction = "holm") -> FloatArray:
    """p-values corrected for the number of tests.

    Parameters
    ----------
    p_values
        Of any shape, 0-1; NaN (no test) stays NaN and does not count as a test.
    method
        "holm": bounds the chance of any false finding (Holm 1979, Scand. J. Stat. 6, p. 65); "benjamini_hochberg":
        bounds the expected share of false findings (Benjamini and Hochberg 1995, JRSS B 57, p. 289); "none".

    Returns
    -------
    ndarray
        Of the same shape; R's ``p.adjust`` with "holm", "BH", "none".

    Raises
    ------
    EstimationError
        Unknown method, something else than numbers, or a number outside 0-1.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.04, np.nan, 0.03]).round(4).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    if method not in CORRECTIONS:
        raise EstimationError(one_of("unknown correction", method, CORRECTIONS))
    try:
        p = np.array(p_values, dtype=np.float64)
    except (TypeError, ValueError):  # results of tests, text, lists of different lengths
        raise EstimationError(
            "p-values are needed: numbers between 0 and 1. Of tests take them out: [test.p_value for test in tests]."
        ) from None
    tested = np.isfinite(p)
    if (np.isinf(p) | (tested & ((p < 0) | (p > 1)))).any():
        raise EstimationError("p-values must lie between 0 and 1.")
    count = int(tested.sum())
    if method == "none" or count < 2:
        return p
    # As statsmodels' multipletests, which the tests hold against this: it collects garbage at every call, which would
    # take 40 ms for each of the 240 families of a banner.
    order, rank = np.argsort(p[tested]), np.arange(1, count + 1)
    ordered = p[tested][order]
    if method == "holm":
        ordered = np.maximum.accumulate(ordered * (count + 1 - rank))
    else:
        ordered = np.minimum.accumulate((ordered * count / rank)[::-1])[::-1]
    corrected = np.empty(count)
    corrected[order] = np.minimum(ordered, 1.0)
    p[tested] = corrected
    return p
