"""Raking and post-stratification on the joint table of weighting cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.design import (
    Calibration,
    FloatArray,
    IntArray,
    SurveyDesign,
    WeightingRecord,
    WeightingStep,
    as_categories,
    kish_deff,
)
from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.weighting.margins import Key, Margin, Margins


@dataclass(frozen=True)
class _Table:
    """The sample cross-classified by all margins.

    `cells` (n,) cell of each row; `levels` per margin (cells,) its category number; `names` per margin.
    """

    cells: IntArray
    levels: list[IntArray]
    names: list[list[Key]]


def rake(
    design: SurveyDesign, margins: Margins, *, bounds: tuple[float, float] | None = None, tolerance: float = 1e-8,
    max_iterations: int = 200, total: float | None = None, missing: Literal["error", "mean_weight"] = "error",
) -> SurveyDesign:  # fmt: skip
    """Rake the weights to margins by iterative proportional fitting (Deming and Stephan 1940).

    Parameters
    ----------
    design
        Design whose weights are the base weights; not changed.
    margins
        One-way or joint tables.
    bounds
        Lowest and highest adjustment (final weight / base weight after scaling both to the same sum); a fit
        that leaves them is refused.
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

    Returns
    -------
    SurveyDesign
        With new weights, the calibration for the variance, and ``.weighting``, the record.

    Raises
    ------
    WeightingError
        A category in the sample without a target, a positive target without sample, missing values in a
        weighting variable (unless a rule is given), no convergence (the worst margin is named), bounds exceeded.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": ["m", "m", "m", "f"]})
    >>> raked = rake(SurveyDesign(frame), Margins({"sex": {"m": 0.5, "f": 0.5}}))
    >>> raked.weights.round(4).tolist(), round(raked.weighting.deff, 4)
    ([0.6667, 0.6667, 0.6667, 2.0], 1.3333)
    """
    if total is not None and not (math.isfinite(total) and total > 0):
        raise WeightingError(f"rake: total must be a positive number, found {total}.")
    if missing not in ("error", "mean_weight"):
        raise WeightingError(one_of("rake: unknown rule for missing values", missing, ("error", "mean_weight")))
    tables = list(margins.tables.values())
    inside = _answered(design, tables) if missing == "mean_weight" else np.ones(len(design), dtype=bool)
    part = design if inside.all() else design._with(frame=design.frame[inside], weights=design.weights[inside])
    table = _cross(part, tables)
    mass = np.bincount(table.cells, part.weights, len(table.levels[0]))
    shares = [np.array([m.targets[k] for k in names]) for m, names in zip(tables, table.names, strict=True)]
    shares = [share / share.sum() for share in shares]
    fitted, iterations, worst = _fit(mass / mass.sum(), table, shares, tolerance, max_iterations)
    if worst > tolerance:
        name, category, found, target = _worst_margin(fitted, tables, table, shares)
        raise WeightingError(
            f"raking did not converge in {max_iterations} iterations: '{name}' category '{category}' stands at "
            f"{found:.6f}, target {target:.6f}. Check that the margins can hold together, or raise max_iterations."
        )
    if total is None:
        all_counts = all(m.kind == "count" for m in tables)
        total = margins.total if all_counts and margins.total is not None else float((design.weights > 0).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        adjustment = np.where(mass > 0, fitted / (mass / mass.sum()), 0.0)
    if bounds is not None and (mass > 0).any():
        low, high = adjustment[mass > 0].min(), adjustment[mass > 0].max()
        if low < bounds[0] or high > bounds[1]:
            raise WeightingError(
                f"raking needs adjustments from {low:.3f} to {high:.3f}, outside the bounds {bounds}. Widen the "
                "bounds or merge thin categories in the codebook."
            )
    weights = design.weights * (total / design.weights.sum())
    weights[inside] *= adjustment[table.cells]
    columns = np.column_stack(
        [np.equal.outer(level, np.arange(len(names))) for level, names in zip(table.levels, table.names, strict=True)]
    ).astype(np.float64)
    cells = np.full(len(design), len(columns), np.int64)
    cells[inside] = table.cells
    if not inside.all():
        columns = np.vstack([columns, np.zeros(columns.shape[1])])
    step = WeightingStep("raking", iterations, worst, int((~inside & (design.weights > 0)).sum()))
    record = _record(part, weights, inside, tables, table, shares, step)
    return design.with_weights(weights, Calibration(cells, columns, design.weights), record)


def poststratify(design: SurveyDesign, margins: Margins) -> SurveyDesign:
    """Post-stratify to one table, one-way or joint: raking with one margin, exact in one step.

    Parameters, returns and errors as in :func:`rake`.

    Raises
    ------
    WeightingError
        More than one table, or see :func:`rake`.
    """
    if len(margins.tables) != 1:
        raise WeightingError(
            f"poststratify takes one table, found {len(margins.tables)}. Use rake for several margins."
        )
    return rake(design, margins)


def _answered(design: SurveyDesign, tables: list[Margin]) -> npt.NDArray[np.bool_]:
    """Rows that have all weighting variables; unknown ones are left to the cross-classification to refuse."""
    names = [name for margin in tables for name in margin.variables if name in design.frame.columns]
    answered: npt.NDArray[np.bool_] = design.frame[names].notna().all(axis=1).to_numpy(np.bool_)
    if not (answered & (design.weights > 0)).any():
        raise WeightingError(f"nobody has all weighting variables ({', '.join(names)}).")
    return answered


def _cross(design: SurveyDesign, tables: list[Margin]) -> _Table:
    """Cross-classify the rows; refuse what the margins cannot cover."""
    label = design.survey.wave.name + ": " if design.survey else ""
    codes: list[IntArray] = []
    names: list[list[Key]] = []
    positive = design.weights > 0
    for margin in tables:
        keys = np.zeros(len(design), np.int64)
        levels: list[list[str]] = []
        for variable in margin.variables:
            if variable not in design.frame.columns:
                raise WeightingError(label + one_of("unknown weighting variable", variable, design.frame.columns))
            column = design.column(variable)
            if (missing := int(column[positive].isna().sum())) > 0:
                raise WeightingError(
                    f"{label}weighting variable '{variable}' is missing for {missing} of {len(column)} respondents. "
                    "Fill those answers or choose another variable; they are not guessed."
                )
            column = as_categories(column)
            levels.append([str(name) for name in column.cat.categories])
            keys = keys * len(levels[-1]) + column.cat.codes.to_numpy(np.int64).clip(min=0)
        wanted = list(margin.targets)
        position = {key: i for i, key in enumerate(wanted)}
        combos = pd.MultiIndex.from_product(levels)
        lookup = np.array([position.get(tuple(combo), -1) for combo in combos], np.int64)
        level = lookup[keys]
        if (bad := positive & (level < 0)).any():
            found = sorted({"*".join(combos[k]) for k in np.unique(keys[bad])})
            have = ", ".join("*".join(key) for key in wanted)
            raise WeightingError(
                f"{label}margins for '{margin.name}' lack category '{', '.join(found)}' (the sample has it; the "
                f"margins have {have}). Add it to the margins file."
            )
        mass = np.bincount(level[positive], design.weights[positive], len(wanted))
        if none := ["*".join(k) for k, m in zip(wanted, mass, strict=True) if m > 0 and margin.targets[k] == 0]:
            raise WeightingError(
                f"{label}margins for '{margin.name}' have the target 0 for '{', '.join(none)}', but the sample has "
                "people there. Correct the target, or set their base weights to zero."
            )
        if empty := ["*".join(k) for k, m in zip(wanted, mass, strict=True) if m == 0 and margin.targets[k] > 0]:
            raise WeightingError(
                f"{label}margins for '{margin.name}' have a target for '{', '.join(empty)}', but nobody in the sample "
                "is in it. Merge it with a neighbour in codebook and margins."
            )
        codes.append(level.clip(min=0))
        names.append(wanted)
    flat = np.ravel_multi_index(tuple(codes), tuple(len(n) for n in names))
    used, cells = np.unique(flat, return_inverse=True)
    split = np.unravel_index(used, tuple(len(n) for n in names))
    return _Table(cells.astype(np.int64), [np.asarray(s, np.int64) for s in split], names)


def _fit(
    start: FloatArray, table: _Table, shares: list[FloatArray], tolerance: float, max_iterations: int
) -> tuple[FloatArray, int, float]:
    """Iterative proportional fitting on the cells; returns shares of cells, sweeps, worst relative distance."""
    fitted, worst = start.copy(), math.inf
    for sweep in range(1, max_iterations + 1):
        for level, share in zip(table.levels, shares, strict=True):
            now = np.bincount(level, fitted, len(share))
            with np.errstate(invalid="ignore", divide="ignore"):
                factor = np.where(now > 0, share / now, 0.0)
            fitted *= factor[level]
        worst = max(
            float(np.abs(np.bincount(level, fitted, len(share)) / np.where(share > 0, share, 1.0) - (share > 0)).max())
            for level, share in zip(table.levels, shares, strict=True)
        )
        if worst <= tolerance * 1e-2:
            return fitted, sweep, worst
    return fitted, max_iterations, worst


def _worst_margin(
    fitted: FloatArray, tables: list[Margin], table: _Table, shares: list[FloatArray]
) -> tuple[str, str, float, float]:
    rows = []
    for margin, level, names, share in zip(tables, table.levels, table.names, shares, strict=True):
        now = np.bincount(level, fitted, len(share))
        for key, found, target in zip(names, now, share, strict=True):
            rows.append((abs(found - target) / max(target, 1e-300), margin.name, "*".join(key), found, target))
    return max(rows)[1:]


def _record(
    design: SurveyDesign, weights: FloatArray, inside: npt.NDArray[np.bool_], tables: list[Margin], table: _Table,
    shares: list[FloatArray], step: WeightingStep,
) -> WeightingRecord:  # fmt: skip
    rows = []
    positive = design.weights > 0
    for margin, level, names, share in zip(tables, table.levels, table.names, shares, strict=True):
        codes = level[table.cells]
        n = np.bincount(codes[positive], minlength=len(names))
        before = np.bincount(codes, design.weights, len(names)) / design.weights.sum()
        after = np.bincount(codes, weights[inside], len(names)) / weights[inside].sum()
        for i, key in enumerate(names):
            rows.append((margin.name, "*".join(key), int(n[i]), before[i], share[i], after[i]))
    frame = pd.DataFrame(rows, columns=["variable", "category", "n", "before", "target", "after"])
    deff, used = kish_deff(weights), weights[weights > 0]
    provenance = {m.name: m.provenance for m in tables if m.provenance}
    return WeightingRecord(
        margins=frame, deff=deff, n_eff=len(used) / deff, lowest=float(used.min()), mean=float(used.mean()),
        highest=float(used.max()), steps=(step,), provenance=provenance,
    )  # fmt: skip
