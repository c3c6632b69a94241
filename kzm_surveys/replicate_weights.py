"""Replicate weights: what a design carries so that weighting and estimates can be redone in every replicate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray, IntArray

#: Share of its length that a replicate must keep to count for the rank, as in R's ``degf``.
_INDEPENDENT = 1e-5
#: Units whose integers become numbers at a time, so that these stay in the processor's cache.
_UNITS = 2048
#: Share of a weighting cell's weight that is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True, eq=False)
class Layer:
    """Factors still to be multiplied in: raking R replicates together touches only the table of weighting cells.

    Attributes
    ----------
    cells
        (n,) weighting cell of each row.
    masses
        (cells, R) sums of the weights before the factors.
    factors
        (cells, R).
    """

    cells: CodeArray
    masses: FloatArray
    factors: FloatArray


@dataclass(frozen=True, eq=False)
class Replicates:
    """R sets of replicate weights and how their estimates become a variance.

    Attributes
    ----------
    multipliers
        (units, R) what the start weights of a unit's rows are multiplied by, or small integers that `line` turns to it:
        those of a bootstrap of 100 000 rows take an eighth of the memory so.
    method
        "jackknife", "bootstrap", "brr", "fay" or "given".
    scale, rscales
        The variance is scale·Σ rscales·(θᵣ - θ)².
    mse
        Deviations are from the full sample's estimate; else from the mean of the replicates.
    start
        (n,) weights; None for ones.
    unit
        (n,) unit of each row; None if every row is one.
    line
        Intercept and slope (units,) for integer multipliers; None if they are the multipliers.
    layer
        Factors of a weighting step on top, or None.
    """

    multipliers: npt.NDArray[np.number[Any]]
    method: str
    scale: float
    rscales: FloatArray
    mse: bool = False
    start: FloatArray | None = None
    unit: IntArray | None = None
    line: tuple[FloatArray, FloatArray] | None = None
    layer: Layer | None = None

    def __len__(self) -> int:
        return self.multipliers.shape[1]

    @cached_property
    def weights(self) -> FloatArray:
        """(n, R) weights of the replicates."""
        weights = np.asarray(self.multipliers, np.float64)
        if self.line is not None:
            weights = self.line[0][:, None] + self.line[1][:, None] * weights
        weights = weights if self.unit is None else weights[self.unit]
        if self.start is not None:
            weights = self.start[:, None] * weights
        return weights if self.layer is None else weights * self.layer.factors[self.layer.cells]

    def totals(self, cells: CodeArray, n_cells: int, values: FloatArray | None = None) -> FloatArray:
        """(cells, R) sums of the weights, or of weights times `values`, in each cell."""
        if self.layer is None:
            return self._sums(cells, n_cells, values)
        layer, size = self.layer, len(self.layer.factors)
        joint = layer.cells.astype(np.intp) * n_cells + cells
        if values is not None:
            sums = self._sums(joint, size * n_cells, values).reshape(size, n_cells, -1)
            return np.einsum("gcr,gr->cr", sums, layer.factors)
        # The sums over all cells are known: the commonest cell is what the others leave of them.
        commonest = int(np.bincount(cells, minlength=n_cells).argmax())
        sums = self._sums(joint, size * n_cells, None, cells != commonest).reshape(size, n_cells, -1)
        rest = layer.masses - sums.sum(axis=1)
        sums[:, commonest] = np.where(np.abs(rest) > _NOTHING * layer.masses, rest, 0.0)
        return np.einsum("gcr,gr->cr", sums, layer.factors)

    def _sums(
        self, cells: CodeArray, n_cells: int, values: FloatArray | None, counted: np.ndarray | None = None
    ) -> FloatArray:
        """Sums before the layer's factors, of the rows that are counted (default: all)."""
        rows = np.arange(len(cells)) if counted is None else np.flatnonzero(counted)
        data = np.ones(len(rows)) if self.start is None else self.start[rows]
        if values is not None:
            data = data * values[rows]
        unit = rows if self.unit is None else self.unit[rows]
        places = cells[rows]
        if self.line is None:
            return _product(places, unit, data, n_cells, self.multipliers)
        intercept, slope = self.line
        sums = _product(places, unit, data * slope[unit], n_cells, self.multipliers)
        sums += np.bincount(places, data * intercept[unit], n_cells)[:, None]
        return sums

    @cached_property
    def full_rank(self) -> int:
        """Rank of the weights of all rows."""
        return self.rank(None)

    def rank(self, rows: BoolArray | None) -> int:
        """Rank of the weights of some rows, by the rule of R's ``qr``.

        A replicate counts if what the earlier ones leave of it is at least :data:`_INDEPENDENT` of its length.
        """
        weights = self.weights[:, self.rscales > 0]
        weights = weights if rows is None else weights[rows]
        n, count = weights.shape
        basis = np.zeros((n, min(n, count)))
        rank = 0
        for column in np.ascontiguousarray(weights.T):
            known, length = basis[:, :rank], float(np.linalg.norm(column))
            rest = column - known @ (known.T @ column)
            rest -= known @ (known.T @ rest)
            size = float(np.linalg.norm(rest))
            if length > 0 and size >= _INDEPENDENT * length:
                basis[:, rank] = rest / size
                rank += 1
            if rank == n:
                break
        return rank

    def times(self, cells: CodeArray, masses: FloatArray, factors: FloatArray) -> Replicates:
        """The replicates with other factors (cells, R) on the weights that sum to `masses` in each cell."""
        if self.layer is not None:
            return self.with_weights(self.weights).times(cells, masses, factors)
        return replace(self, layer=Layer(cells, masses, factors))

    def with_weights(self, weights: FloatArray) -> Replicates:
        """The replicates with other weights (n, R)."""
        return replace(self, multipliers=weights, start=None, unit=None, line=None, layer=None)


def _product(
    cells: CodeArray, units: IntArray, data: FloatArray, n_cells: int, multipliers: npt.NDArray[np.number[Any]]
) -> FloatArray:
    """(cells, R) sums of data times the multipliers of their units, read in the order of the units."""
    by_unit = sparse.coo_array((data, (cells, units)), shape=(n_cells, len(multipliers))).tocsc()
    if multipliers.dtype == np.float64:
        return np.asarray(by_unit @ multipliers)
    entries = np.diff(by_unit.indptr)
    used = np.flatnonzero(entries)
    ends = np.append(0, np.cumsum(entries[used]))
    sums = np.zeros((n_cells, multipliers.shape[1]))
    numbers = np.empty((min(_UNITS, len(used)), multipliers.shape[1]))
    for start in range(0, len(used), _UNITS):
        some = used[start : start + _UNITS]
        at = ends[start : start + len(some) + 1]
        here = slice(at[0], at[-1])
        part = sparse.csc_array((by_unit.data[here], by_unit.indices[here], at - at[0]), shape=(n_cells, len(some)))
        numbers[: len(some)] = multipliers[some]
        sums += part @ numbers[: len(some)]
    return sums
