"""Calibration to totals of categorical and numeric variables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from kzm_surveys.adjustment import Calibration
from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.record import MarginCells, WeightingStep
from kzm_surveys.weighting.bounds import Bounds, checked_bounds, refuse_bounds
from kzm_surveys.weighting.cells import cross
from kzm_surveys.weighting.distance import METHODS, Distance, Method, solve
from kzm_surveys.weighting.margins import Margins
from kzm_surveys.weighting.rake import MISSING_RULES, Missing
from kzm_surveys.weighting.thin import merge_notes

#: Key of the number of people in the population, among the totals.
POPULATION = "population"


@dataclass(frozen=True, eq=False)
class _Problem:
    """Rows to calibrate by, and to what: `rows` (n,) row of `columns`, `inside` (n,) has all variables."""

    rows: CodeArray
    columns: FloatArray
    totals: FloatArray
    names: tuple[str, ...]
    inside: BoolArray
    population: float | None
    cells: MarginCells | None
    provenance: Mapping[str, Mapping[str, str]]


def calibrate(
    design: SurveyDesign, totals: Mapping[Any, Any] | Margins, *, method: Method = "linear",
    bounds: Bounds | None = None, weight_bounds: Bounds | None = None, tolerance: float = 1e-8,
    max_iterations: int = 100, missing: Missing = "error",
) -> SurveyDesign:  # fmt: skip
    """Calibrate the weights to totals (Deville and Särndal 1992, JASA 87, 376-382; R's ``calibrate``).

    Parameters
    ----------
    design
        Design whose weights are the base weights; not changed. With replicates, each is calibrated too.
    totals
        ``{"population": N, "income": total, "sex": {"m": count, "f": count}, ("sex", "age"): {...}}``: the number of
        people, totals of numeric variables in their units, counts of categories; or :class:`Margins` in counts.
    method
        Distance between adjustment and 1: "linear" (the GREG estimator), "raking" or "logit".
    bounds
        Lowest and highest adjustment (final weight / base weight). "logit" needs them.
    weight_bounds
        Lowest and highest final weight.
    tolerance
        Largest distance from a total, relative to it.
    max_iterations
        Newton steps.
    missing
        "error", or "mean_weight": rows that lack a variable keep their base weight, scaled like the average, and the
        others are calibrated to their part of the totals.

    Returns
    -------
    SurveyDesign
        With new weights, what the variance must know, and ``.weighting``, the record.

    Raises
    ------
    WeightingError
        A total that is no number; counts that disagree with each other or with the population; a category without
        target or without sample; missing values; bounds that cannot be met; negative weights ("linear" without
        bounds can give them); no convergence.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    >>> calibrated = calibrate(SurveyDesign(frame), {"population": 4, "x": 11})
    >>> calibrated.weights.round(4).tolist(), round(float(calibrated.weights @ frame["x"]), 9)
    ([0.7, 0.9, 1.1, 1.3], 11.0)
    """
    if method not in METHODS:
        raise WeightingError(one_of("calibrate: unknown method", method, METHODS))
    if missing not in MISSING_RULES:
        raise WeightingError(one_of("calibrate: unknown rule for missing values", missing, MISSING_RULES))
    limits = checked_bounds(bounds, weight_bounds)
    if method == "logit" and not (limits.lowest < 1 < limits.highest < math.inf):
        raise WeightingError("calibrate: method 'logit' needs bounds, a lower one below 1 and an upper one above 1.")
    if method == "logit" and weight_bounds is not None:
        raise WeightingError("calibrate: weight_bounds go with 'linear' and 'raking', not with 'logit'.")
    problem = _problem(design, totals, missing)

    def calibrated(base: FloatArray, *, replicate: int | None = None) -> tuple[FloatArray, int, float]:
        used = problem.inside & (base > 0)
        share, scale = 1.0, 1.0
        if (base[~used] > 0).any():
            share = float(base[used].sum() / base.sum())
            if problem.population is None:
                raise WeightingError("calibrate: missing='mean_weight' needs the population among the totals.")
            scale = problem.population / float(base.sum())
        index, low, high, mass, columns = _units(problem, base, used, method, limits.lowest, limits.highest,
                                                 limits.lightest, limits.heaviest, free=bounds is None)  # fmt: skip
        goal = problem.totals * share
        g, steps, left = solve(
            columns, mass, goal, Distance(method, low, high), tolerance=tolerance, max_iterations=max_iterations
        )
        worst = float(np.abs(left).max())
        if not worst <= tolerance:
            _refuse(problem, columns, mass, goal, low, high, left, steps, replicate)
        after = base * scale
        after[used] = base[used] * g[index]
        return after, steps, worst

    after, steps, worst = calibrated(design.weights)
    if (after < 0).any():
        raise WeightingError(
            f"calibrate: {int((after < 0).sum())} weights become negative (down to {float(after.min()):.4g}). Give "
            "bounds, for example (0.1, 10), or method='raking'."
        )
    replicates = design.replicates
    if replicates is not None:
        each = [calibrated(weights, replicate=i + 1)[0] for i, weights in enumerate(replicates.weights.T)]
        replicates = replicates.with_weights(np.column_stack(each))
    columns = np.where(problem.inside[:, None], problem.columns[problem.rows], 0.0)
    rows: CodeArray = np.arange(len(design))
    if problem.cells is not None:
        rows, columns = problem.rows, problem.columns
    merged = merge_notes(totals) if isinstance(totals, Margins) else ()
    step = WeightingStep(
        f"calibration ({method})", design.weights, after, steps, worst, problem.cells,
        totals=_numeric_totals(problem, design.weights, after), notes=(*merged, *limits.notes()),
    )  # fmt: skip
    return design.with_step(step, Calibration(rows, columns, design.weights, after), replicates, problem.provenance)


def _problem(design: SurveyDesign, totals: Mapping[Any, Any] | Margins, missing: Missing) -> _Problem:
    """Columns and totals of everything that was asked for."""
    given = totals if isinstance(totals, Margins) else None
    items = {} if isinstance(totals, Margins) else dict(totals)
    if given is None and not items:
        raise WeightingError("calibrate: no totals given.")
    numeric = {key: value for key, value in items.items() if not isinstance(value, Mapping)}
    for key, value in numeric.items():
        if not isinstance(key, str):
            raise WeightingError(f"calibrate: the total of {key} must be counts of categories, found {value!r}.")
        if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
            raise WeightingError(f"calibrate: the total of '{key}' is {value!r}, not a number.")
    population = float(numeric.pop(POPULATION)) if POPULATION in numeric else None
    if population is not None and population <= 0:
        raise WeightingError(f"calibrate: the population must be a positive number, found {population:g}.")
    if tables := {key: value for key, value in items.items() if isinstance(value, Mapping)}:
        given = Margins(tables)
    if given is not None:
        if shares := [margin.name for margin in given.tables.values() if margin.kind == "share"]:
            raise WeightingError(f"calibrate: '{shares[0]}' holds shares; totals are counts. Use rake for shares.")
        if (
            population is not None
            and given.total is not None
            and not math.isclose(population, given.total, rel_tol=1e-9)
        ):
            raise WeightingError(
                f"calibrate: targets disagree in total: population {population:,.10g}, "
                f"'{next(iter(given.tables))}' {given.total:,.10g}. Use one population."
            )
    n = len(design)
    rows: CodeArray = np.zeros(n, np.int64)
    columns, goal, names = np.zeros((1, 0)), np.zeros(0), []
    inside, cells, provenance = np.ones(n, dtype=bool), None, {}
    if given is not None and given.total is not None:
        found = cross(design, given, missing=missing)
        rows, columns, cells = found.rows, found.columns(), found.described()
        goal = np.concatenate([share * given.total for share in found.shares])
        names = found.target_names()
        inside = found.complete()[rows]
        provenance = {margin.name: margin.provenance for margin in found.margins if margin.provenance}
    if population is not None:
        columns, goal, names = (
            np.column_stack([columns, np.ones(len(columns))]),
            np.append(goal, population),
            [*names, POPULATION],
        )
        if cells is not None:
            columns[~found.complete()] = 0.0
    if numeric:
        values = np.column_stack([_numbers(design, name) for name in numeric])
        known: BoolArray = np.asarray(np.isfinite(values).all(axis=1))
        lacking = np.asarray(~known & (design.weights > 0), np.bool_)
        if missing == "error" and lacking.any():
            at = next(
                name for name, column in zip(numeric, values.T, strict=True) if not np.isfinite(column[lacking]).all()
            )
            raise WeightingError(
                f"calibrate: '{at}' is missing for {int(lacking.sum())} of {n} respondents. Fill those answers, or "
                "give missing='mean_weight'; they are not guessed."
            )
        inside = inside & known
        columns = np.column_stack([columns[rows], np.where(known[:, None], values, 0.0)])
        rows, cells = np.arange(n), None
        goal, names = np.concatenate([goal, [float(v) for v in numeric.values()]]), [*names, *numeric]
    if not (inside & (design.weights > 0)).any():
        raise WeightingError("calibrate: nobody has all calibration variables.")
    return _Problem(
        rows, columns, goal, tuple(names), inside,
        given.total if population is None and given is not None else population, cells, provenance,
    )  # fmt: skip


def _numbers(design: SurveyDesign, name: str) -> FloatArray:
    if name not in design.frame.columns:
        raise WeightingError(one_of("calibrate: unknown variable", name, [*design.frame.columns, POPULATION]))
    column = design.frame[name]
    if not pd.api.types.is_numeric_dtype(column):
        raise WeightingError(
            f"calibrate: '{name}' is {column.dtype}; give a count for each of its categories, not a total."
        )
    values = column.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise WeightingError(f"calibrate: '{name}' holds infinite values. Correct or drop them.")
    return values


def _units(
    problem: _Problem, base: FloatArray, used: BoolArray, method: Method, lowest: float, highest: float,
    lightest: float, heaviest: float, *, free: bool,
) -> tuple[CodeArray, FloatArray, FloatArray, FloatArray, FloatArray]:  # fmt: skip
    """Rows that share an adjustment: their number for each used row, bounds, mass and columns."""
    rows, weights = problem.rows[used], base[used]
    if (lightest, heaviest) == (0, math.inf):
        units, index = np.unique(rows, return_inverse=True)
        low, high = np.full(len(units), lowest), np.full(len(units), highest)
        if free:
            low[:] = -math.inf if method == "linear" else 0.0
    else:
        pairs, index = np.unique(np.column_stack([rows, weights]), axis=0, return_inverse=True)
        index = index.ravel()
        units = pairs[:, 0].astype(np.intp)
        low, high = np.maximum(lowest, lightest / pairs[:, 1]), np.minimum(highest, heaviest / pairs[:, 1])
        if (low > high).any():
            raise WeightingError("calibrate: bounds and weight_bounds exclude each other for some base weights.")
    mass = np.asarray(np.bincount(index, weights, len(units)), np.float64)
    return index, low, high, mass, problem.columns[units]


def _refuse(
    problem: _Problem, columns: FloatArray, mass: FloatArray, goal: FloatArray, low: FloatArray, high: FloatArray,
    left: FloatArray, steps: int, replicate: int | None,
) -> None:  # fmt: skip
    try:
        refuse_bounds(columns, mass, goal, low, high, problem.names, left, steps)
    except WeightingError as error:
        where = "calibrate" if replicate is None else f"calibrate, replicate {replicate}"
        scale = float(np.median(np.abs(goal) / np.maximum(np.abs(columns.T @ mass), 1e-300)))
        hint = (
            f" The totals are about {scale:.3g} times those of the base weights, and bounds are about final / base "
            "weight: bring the base weights to the population's scale first."
            if not 0.5 < scale < 2 and np.isfinite(high).any()
            else ""
        )
        raise WeightingError(f"{where}: {error}{hint}") from None


def _numeric_totals(problem: _Problem, before: FloatArray, after: FloatArray) -> pd.DataFrame:
    """Frame ``variable before target after`` of the population and the numeric variables."""
    rows = []
    for place, name in enumerate(problem.names):
        if " " in name and problem.cells is not None:
            continue
        values = np.where(problem.inside, problem.columns[problem.rows, place], 0.0)
        rows.append((name, float(before @ values), float(problem.totals[place]), float(after @ values)))
    return pd.DataFrame(rows, columns=["variable", "before", "target", "after"])
