"""Trimming: weights cut to limits, the excess given to the others, and margins met again if asked."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from kzm_surveys.adjustment import Rescaling
from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.record import WeightingStep, kish_deff
from kzm_surveys.weighting.margins import Margins
from kzm_surveys.weighting.rake import Missing, rake

Redistribution = Literal["equal", "proportional", "none"]
REDISTRIBUTIONS = ("equal", "proportional", "none")
#: Rounds after which trimming that pushes others over the limits is given up.
ROUNDS = 10_000
#: Rounds of trimming and raking, and how far above a limit (relative) the last raking may leave a weight.
RAKING_ROUNDS, SLACK = 200, 1e-6


def trim_weights(
    design: SurveyDesign, *, lower: float | None = None, upper: float | None = None, strict: bool = False,
    quantiles: tuple[float, float] | None = None, deff: float | None = None, redistribute: Redistribution = "equal",
    rerake: Margins | None = None, missing: Missing = "error",
) -> SurveyDesign:  # fmt: skip
    """Cut weights to limits and give what is cut off to the rows within them.

    Parameters
    ----------
    design
        Design whose weights are trimmed; not changed. With replicates, each is trimmed to the same limits (with
        `quantiles` and `deff`: to its own). Weights of zero stay zero.
    lower, upper
        Limits, on the scale of the weights.
    strict
        What the others are given may lift them over a limit: repeat until nobody is outside (R's ``strict = TRUE``).
    quantiles
        Limits as quantiles (0-1) of the weights above zero, linear between order statistics, e.g. (0.0, 0.98).
    deff
        Kish's design effect that the trimmed weights are to have: the upper limit follows from it, and is strict.
    redistribute
        "equal": the same amount to every row within the limits (R's ``trimWeights``); "proportional": in proportion
        to its weight; "none": the sum of the weights changes.
    rerake
        Margins to meet after trimming. Trimming and raking take turns until both hold; the limits then hold to one
        part in a million.
    missing
        As in :func:`kzm_surveys.rake`, for `rerake`.

    Returns
    -------
    SurveyDesign
        With new weights; the record says how many were cut and at which limits.

    Raises
    ------
    WeightingError
        No limit or more than one kind, limits that exclude each other or the mean weight, a design effect not below
        that of the weights, margins that cannot be met within the limits.

    Notes
    -----
    The variance takes the factors as given, as R's ``trimWeights`` does.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"w": [1.0, 1.0, 2.0, 8.0]})
    >>> trim_weights(SurveyDesign(frame, "w"), upper=5).weights.tolist()
    [2.0, 2.0, 3.0, 5.0]
    """
    given = [name for name, value in (("lower/upper", lower if upper is None else upper), ("quantiles", quantiles),
                                      ("deff", deff)) if value is not None]  # fmt: skip
    if len(given) != 1:
        raise WeightingError(
            f"trim_weights: give one of lower/upper, quantiles and deff, found {', '.join(given) or 'none'}."
        )
    if redistribute not in REDISTRIBUTIONS:
        raise WeightingError(one_of("trim_weights: unknown redistribution", redistribute, REDISTRIBUTIONS))
    _check_numbers(lower, upper, quantiles, deff)

    def trimmed(weights: FloatArray, *, of_replicate: bool = False) -> tuple[FloatArray, BoolArray, float, float]:
        low, high = _limits(weights, lower, upper, quantiles)
        if deff is not None:
            high = _limit_for(weights, deff, redistribute, of_replicate=of_replicate)
        repeat = strict or deff is not None or rerake is not None
        after, cut = _trim(weights, low, high, redistribute, strict=repeat)
        return after, cut, low, high

    after, cut, low, high = trimmed(design.weights)
    replicates = design.replicates
    if replicates is not None:
        each = [trimmed(weights, of_replicate=True)[0] for weights in replicates.weights.T]
        replicates = replicates.with_weights(np.column_stack(each))
    notes = (f"{_share(cut, design)} rows cut to limits ({low:g} to {high:g}), the rest {_words(redistribute)}",)
    step = WeightingStep("trimming", design.weights, after, trimmed_rows=cut, notes=notes)
    out = design.with_step(step, Rescaling(design.weights, after), replicates)
    return out if rerake is None else _with_margins(design, out, rerake, low, high, redistribute, missing)


def _check_numbers(
    lower: float | None, upper: float | None, quantiles: tuple[float, float] | None, deff: float | None
) -> None:
    for name, value in (("lower", lower), ("upper", upper)):
        if value is not None and not (value >= 0 and not math.isnan(value)):
            raise WeightingError(f"trim_weights: {name} must be zero or more, found {value}.")
    if lower is not None and upper is not None and lower >= upper:
        raise WeightingError(f"trim_weights: lower ({lower:g}) must be below upper ({upper:g}).")
    if quantiles is not None and not (len(quantiles) == 2 and 0 <= quantiles[0] < quantiles[1] <= 1):
        raise WeightingError(
            f"trim_weights: quantiles must be two numbers from 0 to 1, the lower first, found {quantiles}."
        )
    if deff is not None and not (math.isfinite(deff) and deff > 1 + 1e-9):
        raise WeightingError(f"trim_weights: deff must be above 1 (equal weights), found {deff}.")


def _limits(
    weights: FloatArray, lower: float | None, upper: float | None, quantiles: tuple[float, float] | None
) -> tuple[float, float]:
    if quantiles is not None:
        low, high = np.quantile(weights[weights > 0], quantiles)
        return float(low), float(high)
    return 0.0 if lower is None else lower, math.inf if upper is None else upper


def _trim(
    weights: FloatArray, low: float, high: float, redistribute: Redistribution, *, strict: bool
) -> tuple[FloatArray, BoolArray]:
    """Weights within the limits and which rows were cut; `strict` repeats until nobody is outside."""
    used = weights > 0
    mean = float(weights[used].mean())
    if redistribute != "none" and not low <= mean <= high:
        raise WeightingError(
            f"trim_weights: the mean weight is {mean:g}, so no weights between {low:g} and {high:g} keep their sum. "
            "Move the limit to the other side of the mean, or give redistribute='none'."
        )
    after, cut = weights, np.zeros(len(weights), dtype=bool)
    for _ in range(ROUNDS):
        outside = used & ((after < low) | (after > high))
        if not outside.any():
            return after, cut
        cut |= outside
        clipped = np.where(used, after.clip(low, high), 0.0)
        excess = float((after - clipped).sum())
        within = used & ~outside
        if redistribute != "none":
            if not within.any():
                raise WeightingError("trim_weights: every weight lies outside the limits. Widen them.")
            if redistribute == "equal":
                clipped[within] += excess / int(within.sum())
            else:
                clipped[within] *= 1 + excess / float(clipped[within].sum())
            if (clipped[within] < 0).any():
                raise WeightingError(
                    "trim_weights: what the limits add would make other weights negative. Lower the lower limit."
                )
        after = clipped
        if not strict:
            return after, cut
    # What is still outside is rounding: the rounds shrink what is left over geometrically.
    return np.where(used, after.clip(low, high), 0.0), cut


def _limit_for(weights: FloatArray, deff: float, redistribute: Redistribution, *, of_replicate: bool) -> float:
    """Upper limit at which the trimmed weights have the wanted design effect.

    Strict trimming: otherwise the design effect jumps where the limit passes a weight, and some are never reached.
    """
    used = weights[weights > 0]
    now = kish_deff(used)
    if now <= deff:
        if of_replicate:
            return math.inf
        raise WeightingError(
            f"trim_weights: the design effect is {now:.4g} already, not above {deff:g}. Nothing to trim."
        )
    lowest = float(used.mean()) if redistribute != "none" else float(used.min())
    ordered = np.sort(used)
    n, below = len(ordered), np.arange(1, len(ordered) + 1)
    sums = np.cumsum(ordered)

    def excess(limit: float) -> float:
        # Where strict trimming ends: the m smallest weights take what the n - m at the limit leave, none above it.
        left = sums[-1] - (n - below) * limit
        if redistribute == "equal":
            top = ordered + (left - sums) / below
        else:
            top = ordered * (left / sums) if redistribute == "proportional" else ordered
        m = int(np.flatnonzero(top <= limit)[-1]) + 1
        shift = (left[m - 1] - sums[m - 1]) / m if redistribute == "equal" else 0.0
        scale = left[m - 1] / sums[m - 1] if redistribute == "proportional" else 1.0
        return kish_deff(np.append(ordered[:m] * scale + shift, np.full(n - m, limit))) - deff

    return float(brentq(excess, lowest * (1 + 1e-9), float(used.max()), xtol=1e-12 * lowest, rtol=1e-14))


def _with_margins(
    start: SurveyDesign, trimmed: SurveyDesign, margins: Margins, low: float, high: float,
    redistribute: Redistribution, missing: Missing,
) -> SurveyDesign:  # fmt: skip
    """Trim and rake in turns; the result has one step of trimming and one of raking."""
    total, now = float(start.weights.sum()), trimmed
    cut = np.zeros(len(start), dtype=bool)
    for _ in range(RAKING_ROUNDS):
        raked = rake(now, margins, total=total, missing=missing)
        used = raked.weights > 0
        over = used & ((raked.weights > high * (1 + SLACK)) | (raked.weights < low * (1 - SLACK)))
        if not over.any():
            return raked
        after, more = _trim(raked.weights, low, high, redistribute, strict=True)
        cut |= more
        replicates = raked.replicates
        if replicates is not None:
            each = [_trim(weights, low, high, redistribute, strict=True)[0] for weights in replicates.weights.T]
            replicates = replicates.with_weights(np.column_stack(each))
        assert trimmed.weighting is not None
        first = trimmed.weighting.steps[-1].trimmed_rows
        rows = cut if first is None else cut | first
        notes = (f"{_share(rows, start)} rows cut to limits ({low:g} to {high:g}), raked again in turns",)
        step = WeightingStep("trimming", start.weights, after, trimmed_rows=rows, notes=notes)
        now = start.with_step(step, Rescaling(start.weights, after), replicates)
    raise WeightingError(
        f"trimming and raking did not agree in {RAKING_ROUNDS} rounds: {int(over.sum())} weights stay outside "
        f"{low:g} to {high:g} (up to {float(raked.weights.max()):.4g}). Widen the limits, or merge thin categories."
    )


def _share(cut: BoolArray, design: SurveyDesign) -> str:
    return f"{int(cut.sum())} of {int(np.count_nonzero(design.weights))}"


def _words(redistribute: Redistribution) -> str:
    return {"equal": "given the difference in equal parts", "proportional": "scaled up in proportion",
            "none": "left as they were"}[redistribute]  # fmt: skip
