"""Raking and post-stratification on the joint table of weighting cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from kzm_surveys.adjustment import Adjustment, Calibration, UnweightedSweeps
from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.record import WeightingStep
from kzm_surveys.weighting.bounds import Bounds, bounded_fit, checked_bounds
from kzm_surveys.weighting.cells import Cells, cross
from kzm_surveys.weighting.fit import indicator, proportional_fit
from kzm_surveys.weighting.margins import Margins
from kzm_surveys.weighting.thin import merge_notes

Missing = Literal["error", "mean_weight"]
MISSING_RULES = ("error", "mean_weight")
Variance = Literal["calibration", "r_rake"]


def rake(
    design: SurveyDesign, margins: Margins | Mapping[Any, Mapping[Any, float]], *, bounds: Bounds | None = None,
    weight_bounds: Bounds | None = None, tolerance: float = 1e-8, max_iterations: int = 200,
    total: float | None = None, missing: Missing = "error", variance: Variance = "calibration",
) -> SurveyDesign:  # fmt: skip
    """Rake the weights to margins by iterative proportional fitting (Deming and Stephan 1940).

    Parameters
    ----------
    design
        Design whose weights are the base weights; not changed. With replicates, each is raked too.
    margins
        One-way or joint tables, or the dict that :class:`Margins` takes.
    bounds
        Lowest and highest adjustment (final weight / base weight after scaling both to the same sum). The margins are
        still met exactly, by the raking distance cut at the bounds (Deville and Särndal 1992).
    weight_bounds
        Lowest and highest final weight, likewise; the adjustment of a cell then differs with the base weight.
    tolerance
        Largest distance of a weighted share from its target, relative to the target.
    max_iterations
        Sweeps over all margins.
    total
        Sum of the final weights. Default: the margins' total if all tables hold counts; else the number of
        rows with weight, so that their weights have mean 1.
    missing
        What to do with rows that lack a weighting variable: "error", or "mean_weight": they keep their base
        weight, scaled like the average, and the others are raked without them. The record counts them.
    variance
        "calibration": residuals of the regression on the margins with the base weights (Deville and Särndal 1992), the
        standard errors of R's ``calibrate(calfun = "raking")``. "r_rake": unweighted residuals in ten sweeps, those of
        R's ``rake``; only to reproduce its numbers.

    Returns
    -------
    SurveyDesign
        With new weights, what the variance must know, and ``.weighting``, the record.

    Raises
    ------
    WeightingError
        A category in the sample without a target, a positive target without sample, missing values in a
        weighting variable (unless a rule is given), no convergence (the worst margin is named), bounds that
        cannot be met, a category that a replicate has nobody in.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["m", "m", "m", "f"]})
    >>> raked = rake(SurveyDesign(frame), {"sex": {"m": 0.5, "f": 0.5}})
    >>> raked.weights.round(4).tolist(), round(raked.weighting.deff, 4)
    ([0.6667, 0.6667, 0.6667, 2.0], 1.3333)
    """
    _check(total, tolerance, max_iterations, missing, variance)
    margins = Margins.made_of("rake", margins)
    cells = cross(design, margins, missing=missing)
    if total is None:
        counts = all(margin.kind == "count" for margin in cells.margins)
        total = margins.total if counts and margins.total is not None else float(np.count_nonzero(design.weights))
    rows = cells.rows.astype(np.intp, copy=False)
    if bounds is None and weight_bounds is None:
        factor, iterations, worst = _factors(cells, cells.mass, total, tolerance, max_iterations)
        after = factor[rows]
        after *= design.weights
        replicates = design.replicates
        if replicates is not None:
            masses = replicates.totals(cells.rows, len(cells))
            _refuse_empty_replicates(cells, masses)
            many, _, _ = _factors(cells, masses, total, tolerance, max_iterations)
            replicates = replicates.times(cells.rows, masses, many)
        notes = merge_notes(margins)
    else:
        limits = checked_bounds(bounds, weight_bounds)
        after, iterations, worst = bounded_fit(
            cells, design.weights, limits, total, tolerance=tolerance, max_iterations=max_iterations
        )
        replicates = design.replicates
        if replicates is not None:
            _refuse_empty_replicates(cells, replicates.totals(cells.rows, len(cells)))
            fitted = [
                bounded_fit(cells, weights, limits, total, tolerance=tolerance, max_iterations=max_iterations)[0]
                for weights in replicates.weights.T
            ]
            replicates = replicates.with_weights(np.column_stack(fitted))
        notes = (*merge_notes(margins), *limits.notes())
    method = "post-stratification" if len(cells.margins) == 1 else "raking"
    adjustment: Adjustment = Calibration(cells.rows, cells.columns(), design.weights, after)
    if variance == "r_rake":
        adjustment = UnweightedSweeps(cells.rows, cells.levels, design.weights, after)
    step = WeightingStep(method, design.weights, after, iterations, worst, cells.described(), notes=notes)
    provenance = {margin.name: margin.provenance for margin in cells.margins}
    return design.with_step(step, adjustment, replicates, {name: facts for name, facts in provenance.items() if facts})


def poststratify(
    design: SurveyDesign, margins: Margins | Mapping[Any, Mapping[Any, float]], *, missing: Missing = "error"
) -> SurveyDesign:
    """Post-stratify to one table, one-way or joint: raking with one margin, exact in one step.

    Parameters, returns and errors as in :func:`rake`.

    Raises
    ------
    WeightingError
        More than one table, or see :func:`rake`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["m", "m", "f"]})
    >>> poststratify(SurveyDesign(frame), Margins({"sex": {"m": 10, "f": 20}})).weights.tolist()
    [5.0, 5.0, 20.0]
    """
    margins = Margins.made_of("poststratify", margins)
    if len(margins.tables) != 1:
        raise WeightingError(
            f"poststratify takes one table, found {len(margins.tables)}. Use rake for several margins."
        )
    return rake(design, margins, missing=missing)


def _check(total: float | None, tolerance: float, max_iterations: int, missing: str, variance: str) -> None:
    if total is not None and not (math.isfinite(total) and total > 0):
        raise WeightingError(f"rake: total must be a positive number, found {total}.")
    if not (math.isfinite(tolerance) and tolerance > 0):
        raise WeightingError(f"rake: tolerance must be a positive number, found {tolerance}.")
    if max_iterations < 1:
        raise WeightingError(f"rake: max_iterations must be at least 1, found {max_iterations}.")
    if missing not in MISSING_RULES:
        raise WeightingError(one_of("rake: unknown rule for missing values", missing, MISSING_RULES))
    if variance not in ("calibration", "r_rake"):
        raise WeightingError(one_of("rake: unknown variance", variance, ("calibration", "r_rake")))


def _factors(
    cells: Cells, mass: FloatArray, total: float, tolerance: float, max_iterations: int
) -> tuple[FloatArray, int, float]:
    """(cells,) or (cells, R) factor of every cell, sweeps, worst relative distance."""
    inside = cells.inside
    start = mass[inside]
    levels = [level[inside] for level in cells.levels]
    fitted, sweeps, left = proportional_fit(
        start, levels, cells.shares, tolerance=tolerance, max_iterations=max_iterations
    )
    worst = max(float(np.abs(part).max()) for part in left)
    if not worst <= tolerance:
        _refuse_unmet(cells, left, f"raking did not converge in {sweeps} iterations")
    everybody = mass.sum(axis=0)
    factor = np.zeros_like(mass)
    factor[:] = total / everybody
    adjustment = np.divide(fitted * start.sum(axis=0), start, out=np.zeros_like(start), where=start > 0)
    factor[inside] *= adjustment
    return factor, sweeps, worst


def _refuse_unmet(cells: Cells, left: Sequence[FloatArray], what: str) -> None:
    """Name the category that is farthest from its target; `left` are relative distances per margin."""
    whole = [np.abs(part) if part.ndim == 1 else np.abs(part).max(axis=1) for part in left]
    at = int(np.argmax([part.max() for part in whole]))
    category = int(whole[at].argmax())
    signed = left[at][category] if left[at].ndim == 1 else left[at][category][np.abs(left[at][category]).argmax()]
    target = cells.shares[at][category]
    raise WeightingError(
        f"{what}: '{cells.margins[at].name}' category '{'*'.join(cells.names[at][category])}' stands at "
        f"{target * (1 + float(signed)):.6f}, target {target:.6f}. Check that the margins can hold together, or raise "
        "max_iterations."
    )


def _refuse_empty_replicates(cells: Cells, masses: FloatArray) -> None:
    for margin, level, names in zip(cells.margins, cells.levels, cells.names, strict=True):
        at = np.where(cells.inside, level, -1)
        found = indicator(at, len(names)) @ masses
        if (empty := found <= 0).any():
            category, replicate = (int(i[0]) for i in np.nonzero(empty))
            raise WeightingError(
                f"replicate {replicate + 1} has nobody in '{'*'.join(names[category])}' of '{margin.name}' "
                f"({int(empty.any(axis=0).sum())} of {masses.shape[1]} replicates lack a category). Merge thin "
                "categories (collapse_thin), or use jackknife replicates."
            )
