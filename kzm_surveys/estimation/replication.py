"""Replicate weights made from a design, and the variance of estimates from them."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import linearization
from kzm_surveys.replicate_weights import Replicates
from kzm_surveys.sampling_units import lonely_words

Method = Literal["jackknife", "bootstrap", "brr", "fay"]
METHODS = ("jackknife", "bootstrap", "brr", "fay")
#: Fay's factor: weights of a half-sample are multiplied by FAY and 2 - FAY (Judkins 1990, J. Off. Stat. 6, 223-239).
FAY = 0.5
#: Most factors of a jackknife, 2 GiB of them.
_MOST = 1 << 28
#: Numbers made at a time, so that they stay in the processor's cache.
_BLOCK = 1 << 16


def replicates(
    design: SurveyDesign, method: Method = "jackknife", *, replicates: int | None = None, seed: int | None = None
) -> SurveyDesign:
    """Give a design replicate weights, before it is weighted: weighting is then redone in every replicate.

    Parameters
    ----------
    design
        One that has not been weighted yet; not changed.
    method
        "jackknife": leave out one first-stage unit at a time (JK1 without strata, JKn with); "bootstrap": Rao and Wu
        (1988, JASA 83, 231-241) with nₕ - 1 units drawn in each stratum; "brr" and "fay": balanced half-samples, two
        units in every stratum.
    replicates
        Number of bootstrap replicates; default 500. Other methods determine theirs.
    seed
        Needed for the bootstrap, so that the numbers can be found again.

    Returns
    -------
    SurveyDesign
        With ``.replicates``.

    Raises
    ------
    EstimationError
        Unknown method, a design already weighted, a bootstrap without seed, strata that do not fit the method.

    Notes
    -----
    With a finite population correction the jackknife's rscales are (1 - fₕ)(nₕ - 1)/nₕ as in R; the bootstrap shrinks
    its factors by √(1 - fₕ) (Rao and Wu 1988, sec. 2.2).

    Examples
    --------
    >>> import pandas as pd
    >>> design = SurveyDesign(pd.DataFrame({"y": [1.0, 2.0, 6.0]}))
    >>> replicates(design).replicates.weights.tolist()
    [[0.0, 1.5, 1.5], [1.5, 0.0, 1.5], [1.5, 1.5, 0.0]]
    """
    if method not in METHODS:
        raise EstimationError(one_of("replicates: unknown method", method, METHODS))
    if design.weighting is not None:
        raise EstimationError("replicates: make them before weighting, so that weighting is redone in each of them.")
    if replicates is not None and method != "bootstrap":
        raise EstimationError(f"replicates: their number follows from the design for '{method}'.")
    if seed is not None and method != "bootstrap":
        raise EstimationError(f"replicates: '{method}' draws nothing, it takes no seed.")
    for what, number in (("replicates", replicates), ("seed", seed)):
        if number is not None and (not isinstance(number, Integral) or number < 0):
            raise EstimationError(f"replicates: {what} must be a whole number from 0, found {number!r}.")
    psu, strata = design.psu[:, 0], design.strata[:, 0]
    n_units = int(psu.max()) + 1
    if method == "jackknife" and n_units**2 > _MOST:
        raise EstimationError(
            f"replicates: a jackknife of {n_units} sampling units has as many replicates, too many to hold. Use the "
            "bootstrap."
        )
    stratum = np.zeros(n_units, np.int64)
    stratum[psu] = strata
    fraction = np.zeros(n_units)
    if design.fractions is not None:
        fraction[psu] = design.fractions[:, 0]
    factors: npt.NDArray[np.number[Any]]
    line = None
    if method == "jackknife":
        factors, scale, rscales = _jackknife(stratum, fraction)
    elif method == "bootstrap":
        if seed is None:
            raise EstimationError("replicates: the bootstrap needs a seed, so that its numbers can be found again.")
        wanted = 500 if replicates is None else replicates
        if wanted < 2:
            raise EstimationError(f"replicates: at least 2 are needed, found {wanted}.")
        factors, line = _bootstrap(stratum, fraction, wanted, seed)
        scale, rscales = 1 / (wanted - 1), np.ones(wanted)
    else:
        kept = 0.0 if method == "brr" else FAY
        factors = _half_samples(stratum, kept)
        scale, rscales = 1 / (factors.shape[1] * (1 - kept) ** 2), np.ones(factors.shape[1])
    unit = None if design._stages is None else psu
    return design._with(replicates=Replicates(factors, method, scale, rscales, False, design.weights, unit, line))


def _sizes(stratum: IntArray) -> IntArray:
    sizes = np.bincount(stratum)
    if (lonely := int((sizes == 1).sum())) > 0:
        raise EstimationError(f"replicates: {lonely_words(lonely)}. Merge strata.")
    return sizes


def _jackknife(stratum: IntArray, fraction: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    sizes = _sizes(stratum)
    counts = sizes[stratum].astype(np.float64)
    same = np.equal.outer(stratum, stratum)
    factors = np.where(same, (counts / (counts - 1))[None, :], 1.0)
    np.fill_diagonal(factors, 0.0)
    return factors, 1.0, (1 - fraction) * (counts - 1) / counts


def _bootstrap(
    stratum: IntArray, fraction: FloatArray, wanted: int, seed: int
) -> tuple[npt.NDArray[np.uint8], tuple[FloatArray, FloatArray]]:
    """(units, R) times that each unit was drawn, and intercept and slope of what that multiplies its weight by."""
    sizes = _sizes(stratum)
    random = np.random.default_rng(seed)
    # A stratum of at most 256 units has at most 255 draws; in a larger one nobody is drawn as often.
    times = np.empty((len(stratum), wanted), np.uint8)
    shrink = np.sqrt(1 - fraction)
    for number, size in enumerate(sizes.tolist()):
        if size == 0:
            continue
        members = np.flatnonzero(stratum == number)
        together = max(1, _BLOCK // size)
        drawn = np.empty((wanted, size), np.uint8)
        for start in range(0, wanted, together):
            some = min(together, wanted - start)
            units = random.integers(0, size, (some, size - 1))
            units += size * np.arange(some)[:, None]
            drawn[start : start + some] = np.bincount(units.ravel(), minlength=some * size).reshape(some, size)
        for start in range(0, size, _BLOCK // 64):
            block = slice(start, start + _BLOCK // 64)
            times[members[block]] = drawn[:, block].T
    counts = sizes[stratum].astype(np.float64)
    return times, (1 - shrink, shrink * counts / (counts - 1))


def _half_samples(stratum: IntArray, kept: float) -> FloatArray:
    from scipy.linalg import hadamard

    sizes = np.bincount(stratum)
    if not np.isin(sizes, (0, 2)).all():
        raise EstimationError("replicates: balanced half-samples need two sampling units in every stratum.")
    places = np.unique(stratum, return_inverse=True)[1]
    order = 2 ** math.ceil(math.log2(int(places.max()) + 2))
    signs = hadamard(order)[places + 1].astype(np.float64)
    first = np.zeros(len(stratum), dtype=bool)
    first[np.unique(stratum, return_index=True)[1]] = True
    signs[~first] *= -1
    return np.where(signs > 0, 2 - kept, kept)


def covariance(replicates: Replicates, estimates: FloatArray, estimate: FloatArray) -> FloatArray:
    """Covariance matrix of p estimates from those of R replicates.

    Parameters
    ----------
    replicates
        Their scale.
    estimates
        (p, R) estimates of the replicates.
    estimate
        (p,) estimates of the full sample.

    Raises
    ------
    EstimationError
        An estimate that exists in the full sample has nobody in some replicates.

    Returns
    -------
    ndarray
        (p, p): scale·Σ rscales·(θᵣ - θ̄)(θᵣ - θ̄)'; θ̄ is the full sample's estimate with `mse`, else the mean.
    """
    used = replicates.rscales > 0
    estimates, rscales = estimates[:, used], replicates.rscales[used]
    lacking = np.atleast_1d(np.isnan(estimates[np.isfinite(estimate)]).any(axis=0))
    if lacking.any():
        raise EstimationError(
            f"{int(lacking.sum())} of {len(lacking)} replicates have nobody in a group. Merge groups."
        )
    centre = estimate if replicates.mse else estimates.mean(axis=1)
    deviations = estimates - centre[:, None]
    result: FloatArray = replicates.scale * (deviations * rscales) @ deviations.T
    return result


def degrees_of_freedom(design: SurveyDesign, domain: BoolArray | None) -> float:
    """Degrees of freedom in a domain (None: everybody), as R's ``degf`` has them.

    For replicates made from the design and not weighted since: units less strata; a jackknife counts no stratum that
    was taken whole, and in a domain takes off one unit for each stratum that is complete there, and one for the rest.
    For the bootstrap at most the number of replicates less one. For given and for weighted replicates: the rank of
    their matrix less one; R's ``calibrate`` keeps for everybody what there was before.
    """
    assert design.replicates is not None
    made = design.replicates
    used = design.weights > 0 if domain is None else domain & (design.weights > 0)
    everybody = domain is None or int(np.count_nonzero(used)) == int(np.count_nonzero(design.weights))
    steps = () if design.weighting is None else design.weighting.steps
    raked = any(step.method in ("raking", "post-stratification") for step in steps)
    ranked = made.method == "given" or raked or (bool(steps) and not everybody)
    if made.method == "bootstrap":
        of_row = design.first_stage.of_row
        units = int(np.count_nonzero(used if of_row is None else np.bincount(of_row[used])))
        df = linearization.degrees_of_freedom(design, None) if everybody and not raked else units - 1.0
        return max(min(df, len(made) - 1.0), 0.0)
    if ranked:
        return float(max(made.full_rank if everybody else made.rank(used), 1) - 1)
    if made.method == "jackknife":
        return _jackknife_df(design, used)
    return linearization.degrees_of_freedom(design, None) if everybody else float(max(made.rank(used), 1) - 1)


def _jackknife_df(design: SurveyDesign, used: BoolArray) -> float:
    """Rank of the jackknife's weights in a domain less one, by counting units."""
    units = design.first_stage
    _, first = np.unique(design.psu[used, 0], return_index=True)
    present = np.bincount(design.strata[used, 0][first], minlength=len(units.sizes))
    varies = (present > 0) & (units.fraction < 1)
    complete = int((varies & (present == units.sizes)).sum())
    others = bool(((present > 0) & ~varies).any())
    return float(max(present[varies].sum() - complete + int(complete > 0 or others) - 1, 0))
