"""Linearised (Taylor) variance of estimators from their influence values, for any SurveyDesign.

The covariance of Σ wᵢ·uᵢ over a stratified multistage design, after the calibrations the design has been
through (Särndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, sec. 4.3 and 6.6).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design import LonelyPsu, SurveyDesign
from kzm_surveys.errors import EstimationError


def covariance(design: SurveyDesign, influence: FloatArray) -> FloatArray:
    """Covariance matrix of the estimators whose influence values are the columns of `influence`.

    Parameters
    ----------
    design
        The design; its weighting steps carry influence values back to the weights of the sample.
    influence
        (n, p) derivative of each estimator with respect to each row's weight; zero outside the domain, so
        that rows outside a domain still count in their stratum and cluster.

    Returns
    -------
    ndarray
        (p, p).

    Raises
    ------
    EstimationError
        A stratum has one sampling unit and the design's policy is "error".
    """
    for adjustment in reversed(design.adjustments):
        influence = adjustment.carried_back(influence)
    scores = design.base_weights[:, None] * influence
    total = np.zeros((scores.shape[1], scores.shape[1]))
    carried = np.ones(len(design))
    for stage in range(design.psu.shape[1]):
        fraction = np.zeros(len(design)) if design.fractions is None else design.fractions[:, stage]
        total += _one_stage(scores, design.strata[:, stage], design.psu[:, stage], fraction, carried, design.lonely_psu)
        if design.fractions is None:
            break
        carried = carried * fraction
    return total


def _one_stage(
    scores: FloatArray, strata: IntArray, psu: IntArray, fraction: FloatArray, carried: FloatArray,
    policy: LonelyPsu,
) -> FloatArray:  # fmt: skip
    """Between-unit variance of one stage, weighted by the sampling fractions of the stages above."""
    n_units = int(psu.max()) + 1
    first = np.zeros(n_units, np.int64)
    first[psu[::-1]] = np.arange(len(psu))[::-1]
    totals = np.column_stack([np.bincount(psu, column, n_units) for column in scores.T])
    stratum = strata[first]
    sizes = np.bincount(stratum)
    lonely = (sizes == 1)[stratum] & (fraction[first] < 1)
    if lonely.any() and policy == "error":
        raise EstimationError(
            f"{int(lonely.sum())} strata have one sampling unit, so they have no variance. Merge strata, or choose "
            "lonely_psu='centre', 'average', 'remove' or 'certainty'."
        )
    means = np.column_stack([np.bincount(stratum, column, len(sizes)) for column in totals.T])
    deviations = totals - (means / np.maximum(sizes, 1)[:, None])[stratum]
    if policy == "centre":
        deviations[lonely] = totals[lonely] - totals.mean(axis=0)
    counts = sizes[stratum].astype(np.float64)
    scale = np.where(counts > 1, counts / np.maximum(counts - 1, 1), 1.0) * (1 - fraction[first]) * carried[first]
    if policy == "average" and lonely.any():
        strata_in_use = int((sizes > 0).sum())
        if strata_in_use == len(np.unique(stratum[lonely])):
            raise EstimationError(
                "lonely_psu='average': every stratum has one sampling unit, there is nothing to average."
            )
        scale = scale * strata_in_use / (strata_in_use - int(lonely.sum()))
    result: FloatArray = (deviations * scale[:, None]).T @ deviations
    return result


def degrees_of_freedom(design: SurveyDesign, domain: npt.NDArray[np.bool_]) -> float:
    """First-stage sampling units minus strata among the rows of a domain that have weight (R's ``degf``)."""
    used = domain & (design.weights > 0)
    units, strata = np.unique(design.psu[used, 0]), np.unique(design.strata[used, 0])
    return float(len(units) - len(strata))
