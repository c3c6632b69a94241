"""Replicate weights: what a design carries so that weighting and estimates can be redone in every replicate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from kzm_surveys.arrays import CodeArray, FloatArray


@dataclass(frozen=True, eq=False)
class Replicates:
    """R sets of replicate weights and how their estimates become a variance.

    Attributes
    ----------
    base
        (n, R) weights, before `factors`.
    method
        "jackknife", "bootstrap", "brr", "fay" or "given".
    scale, rscales
        The variance is scale·Σ rscales·(θᵣ - θ)².
    mse
        Deviations are from the full sample's estimate; else from the mean of the replicates.
    factors
        Pairs of (n,) cells and (cells, R) factors still to be multiplied in: raking R replicates together touches the
        table of cells only, and the rows when their weights are asked for.
    """

    base: FloatArray
    method: str
    scale: float
    rscales: FloatArray
    mse: bool = False
    factors: tuple[tuple[CodeArray, FloatArray], ...] = ()

    def __len__(self) -> int:
        return self.base.shape[1]

    @cached_property
    def weights(self) -> FloatArray:
        """(n, R) weights of the replicates."""
        weights = self.base
        for cells, factor in self.factors:
            weights = weights * factor[cells]
        return weights

    def totals(self, cells: CodeArray, n_cells: int, values: FloatArray | None = None) -> FloatArray:
        """(cells, R) sums of the weights, or of weights times `values`, in each cell."""
        if not self.factors:
            return _row_sums(self.base, cells, n_cells, values)
        outer, factor = self.factors[0] if len(self.factors) == 1 else (None, None)
        if outer is None or factor is None:
            return _row_sums(self.weights, cells, n_cells, values)
        joint = outer.astype(np.intp) * n_cells + cells
        sums = _row_sums(self.base, joint, len(factor) * n_cells, values).reshape(len(factor), n_cells, -1)
        totals: FloatArray = np.einsum("gcr,gr->cr", sums, factor)
        return totals

    def times(self, cells: CodeArray, factor: FloatArray) -> Replicates:
        """The replicates with another factor (cells, R)."""
        return replace(self, factors=(*self.factors, (cells, factor)))

    def with_weights(self, weights: FloatArray) -> Replicates:
        """The replicates with other weights (n, R)."""
        return replace(self, base=weights, factors=())


def _row_sums(weights: FloatArray, cells: CodeArray, n_cells: int, values: FloatArray | None) -> FloatArray:
    n = len(cells)
    data = np.ones(n) if values is None else values
    sums: FloatArray = sparse.csr_array((data, (cells, np.arange(n))), shape=(n_cells, n)) @ weights
    return sums
