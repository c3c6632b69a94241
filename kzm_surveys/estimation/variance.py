"""The variance of any estimator on any design: linearised, or from replicates where the design has them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation import linearization, replication
from kzm_surveys.replicate_weights import Replicates


def covariance(
    design: SurveyDesign, estimate: FloatArray, influence: Callable[[], FloatArray],
    statistic: Callable[[FloatArray], FloatArray],
) -> FloatArray:  # fmt: skip
    """Covariance matrix of p estimates.

    Parameters
    ----------
    design
        The design.
    estimate
        (p,) estimates of the full sample.
    influence
        Gives the (n, p) derivatives of the estimates with respect to each row's weight, zero outside the domain.
    statistic
        Gives the (p,) estimates from (n,) weights; called once per replicate, only if the design has replicates.

    Returns
    -------
    ndarray
        (p, p); NaN for an opt-in sample without justification.
    """
    if not design.infers:
        return np.full((len(estimate), len(estimate)), np.nan)
    if design.replicates is None:
        return linearization.covariance(design, influence())
    estimates = np.column_stack([statistic(weights) for weights in design.replicates.weights.T])
    return replication.covariance(design.replicates, estimates, estimate)


def replicate_logit_se(replicates: Replicates, estimates: FloatArray, estimate: FloatArray) -> FloatArray:
    """(p,) standard errors of the logits of shares from their (p, R) replicates; close to se/(p(1-p)), not equal.

    NaN where a replicate's share is 0 or 1.
    """
    with np.errstate(divide="ignore"):
        logits, logit = special.logit(estimates), special.logit(estimate)
    exists = np.isfinite(logits).all(axis=1) & np.isfinite(logit)
    se = np.full(len(logit), np.nan)
    se[exists] = np.sqrt(np.diag(replication.covariance(replicates, logits[exists], logit[exists])))
    return se


def degrees_of_freedom(design: SurveyDesign, domain: BoolArray | None) -> float:
    """Degrees of freedom of the design among the rows of a domain (None: all).

    Sampling units less strata that have weight in the domain, as R's ``degf`` of the subset; with replicates as
    :func:`kzm_surveys.estimation.replication.degrees_of_freedom` says.
    """
    if design.replicates is None:
        return linearization.degrees_of_freedom(design, domain)
    return replication.degrees_of_freedom(design, domain)
