"""Raking with bounds on the adjustment and on the final weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.cells import Cells
from kzm_surveys.weighting.distance import Distance, solve

Bounds = tuple[float | None, float | None]
#: Above this many cells bounds are not searched by linear programming for whether they can be met.
_SEARCHED = 5000


@dataclass(frozen=True)
class Limits:
    """Bounds on the adjustment (1 = unchanged) and on the final weight; 0 and infinity where not given."""

    lowest: float
    highest: float
    lightest: float
    heaviest: float

    def notes(self) -> tuple[str, ...]:
        """The bounds in words for the record."""
        out = []
        if (self.lowest, self.highest) != (0, math.inf):
            out.append(f"adjustment kept between {self.lowest:g} and {self.highest:g}")
        if (self.lightest, self.heaviest) != (0, math.inf):
            out.append(f"final weight kept between {self.lightest:g} and {self.heaviest:g}")
        return tuple(out)


def checked_bounds(bounds: Bounds | None, weight_bounds: Bounds | None) -> Limits:
    """Both pairs with None replaced.

    Raises
    ------
    WeightingError
        Not a pair, negative, NaN, lower above upper, or an adjustment of 1 outside the bounds.
    """
    low, high = _pair("bounds", bounds)
    if not low <= 1 <= high:
        raise WeightingError(f"bounds ({low:g}, {high:g}) must hold 1, the adjustment that changes nothing.")
    return Limits(low, high, *_pair("weight_bounds", weight_bounds))


def _pair(name: str, given: Bounds | None) -> tuple[float, float]:
    if given is None:
        return 0.0, math.inf
    if len(given) != 2:
        raise WeightingError(f"{name}: give a lower and an upper number (None for no limit), found {given}.")
    low = 0.0 if given[0] is None else float(given[0])
    high = math.inf if given[1] is None else float(given[1])
    if not (0 <= low < high):
        raise WeightingError(f"{name}: the lower must be 0 or more and below the upper, found {given}.")
    return low, high


def bounded_fit(
    cells: Cells, weights: FloatArray, limits: Limits, total: float, *, tolerance: float, max_iterations: int
) -> tuple[FloatArray, int, float]:
    """(n,) raked weights within the limits, Newton steps, worst relative distance from a target.

    Raises
    ------
    WeightingError
        The limits cannot be met.
    """
    scale = total / weights.sum()
    after = weights * scale
    used = cells.inside[cells.rows] & (weights > 0)
    rows, base = cells.rows[used], after[used]
    if (limits.lightest, limits.heaviest) == (0, math.inf):
        units, index = np.unique(rows, return_inverse=True)
        low, high = np.full(len(units), limits.lowest), np.full(len(units), limits.highest)
    else:
        # Rows of a cell share an adjustment only if they share a base weight too.
        pairs, index = np.unique(np.column_stack([rows, base]), axis=0, return_inverse=True)
        index = index.ravel()
        units = pairs[:, 0].astype(np.intp)
        low = np.maximum(limits.lowest, limits.lightest / pairs[:, 1])
        high = np.minimum(limits.highest, limits.heaviest / pairs[:, 1])
        if (low > high).any():
            raise WeightingError(
                "bounds on the adjustment and weight_bounds exclude each other for some base weights. Widen one."
            )
    mass = np.asarray(np.bincount(index, base, len(units)), np.float64)
    columns = cells.columns()[units]
    targets = np.concatenate(list(cells.shares)) * mass.sum()
    g, steps, left = solve(
        columns, mass, targets, Distance("raking", low, high), tolerance=tolerance, max_iterations=max_iterations
    )
    worst = float(np.abs(left).max())
    if not worst <= tolerance:
        refuse_bounds(columns, mass, targets, low, high, cells.target_names(), left, steps)
    after[used] = base * g[index]
    return after, steps, worst


def refuse_bounds(
    columns: FloatArray, mass: FloatArray, targets: FloatArray, low: FloatArray, high: FloatArray,
    names: Sequence[str], left: FloatArray, steps: int,
) -> None:  # fmt: skip
    """Say whether the bounds exclude every solution or the search did not end, and which target is farthest off.

    Raises
    ------
    WeightingError
        Always.
    """
    worst = int(np.abs(left).argmax())
    farthest = f"'{names[worst]}' stays {100 * abs(float(left[worst])):.2g} % of its target away"
    if np.isfinite(high).any() or (low > 0).any():
        what, advice = "adjustment within the bounds", "Widen the bounds, or merge thin categories (collapse_thin)."
    else:
        what, advice = (
            "weights of 0 or more" if (low == 0).all() else "weights",
            "Check that the totals can hold together.",
        )
    if len(mass) <= _SEARCHED:
        size = np.maximum(np.abs(targets), 1e-300)
        found = linprog(
            np.zeros(len(mass)), A_eq=(columns * mass[:, None]).T / size[:, None], b_eq=targets / size,
            bounds=np.column_stack([low, high]),
        )  # fmt: skip
        if found.status == 2:
            raise WeightingError(f"no {what} can meet all targets ({farthest}). {advice}")
    raise WeightingError(f"no convergence in {steps} iterations: {farthest}. {advice}")
