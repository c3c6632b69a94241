"""What each weighting step does to the variance: how influence values are carried back to the weights before it.

A step turns weights v into w. An estimator with influence uᵢ on wᵢ has, to first order, the influence carried back on
vᵢ; done for all steps in turn, last first, this leaves influence values on the weights of the sampling design, whose
variance is known (Deville 1999, Survey Methodology 25, 193-203; Särndal, Swensson and Wretman 1992, sec. 6.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from kzm_surveys.arrays import CodeArray, FloatArray


class Adjustment(Protocol):
    """One weighting step; `before` are the (n,) weights that it started from."""

    @property
    def before(self) -> FloatArray:
        """(n,) weights before the step."""
        ...

    def carried_back(self, influence: FloatArray) -> FloatArray:
        """(n, p) influence values on the weights before the step, from those on the weights after it."""
        ...


def ratio(after: FloatArray, before: FloatArray) -> FloatArray:
    """(n,) factor of each row; 0 where the row had no weight."""
    return np.divide(after, before, out=np.zeros_like(after), where=before > 0)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Post-stratification, raking or calibration: residuals of the regression on the margins.

    Attributes
    ----------
    cells
        (n,) number of the weighting cell of each row.
    columns
        (cells, k) value of the k calibration variables in each cell (0/1 for margins).
    before, after
        (n,) weights. Those before the step weight the regression (Deville and Särndal 1992, JASA 87, p. 379,
        eq. 3.4 and 3.7; R's ``calibrate`` keeps the same ones).
    """

    cells: CodeArray
    columns: FloatArray
    before: FloatArray
    after: FloatArray

    def carried_back(self, influence: FloatArray) -> FloatArray:
        """Residuals times the adjustment; all but the last line happens on the table of cells."""
        sums = _sums(self.cells, self.before, influence, len(self.columns))
        return ratio(self.after, self.before)[:, None] * (influence - self.fitted(sums)[self.cells])

    def fitted(self, sums: FloatArray) -> FloatArray:
        """(cells, p) values that the regression on the margins fits, from the (cells, p) sums of before·influence."""
        left, right = self._regression
        return left @ (right.T @ sums)

    @cached_property
    def _regression(self) -> tuple[FloatArray, FloatArray]:
        """Two (cells, rank) factors of the regression's projection, by singular values of its scaled columns."""
        root = np.sqrt(np.bincount(self.cells, self.before, len(self.columns)))[:, None]
        size = np.sqrt(np.einsum("ck,ck->k", self.columns * root, self.columns * root))
        scaled = self.columns / np.where(size > 0, size, 1.0)
        u, s, vt = np.linalg.svd(root * scaled, full_matrices=False)
        kept = s > 1e-10 * s[0]
        right = np.divide(u[:, kept], root, out=np.zeros_like(u[:, kept]), where=root > 0)
        return scaled @ (vt[kept].T / s[kept]), right


@dataclass(frozen=True, eq=False)
class UnweightedSweeps:
    """Raking as R's ``rake`` sees it: ten times over the margins, subtract each category's plain mean.

    Attributes
    ----------
    cells
        (n,) number of the weighting cell of each row.
    levels
        Per margin (cells,) the number of its category, -1 for cells outside the margin.
    before, after
        (n,) weights.

    Notes
    -----
    It differs from :class:`Calibration` as soon as base weights differ: the mean of a category then takes no account
    of them (survey 4.1 for R, ``svyrecvar``). Only here so that R's numbers can be reproduced.
    """

    cells: CodeArray
    levels: Sequence[CodeArray]
    before: FloatArray
    after: FloatArray
    SWEEPS = 10

    def carried_back(self, influence: FloatArray) -> FloatArray:
        """Residuals of the sweeps times the adjustment."""
        n_cells = len(self.levels[0])
        used = (self.before > 0).astype(np.float64)
        count = np.bincount(self.cells, used, n_cells)
        left = _sums(self.cells, used, influence, n_cells)
        taken = np.zeros_like(left)
        for _ in range(self.SWEEPS):
            for level in self.levels:
                inside = level >= 0
                n_rows = np.bincount(level[inside], count[inside])
                sums = np.column_stack([np.bincount(level[inside], column[inside]) for column in left.T])
                means = sums / np.where(n_rows > 0, n_rows, 1)[:, None]
                step = np.where(inside[:, None], means[level], 0.0)
                taken += step
                left -= count[:, None] * step
        return ratio(self.after, self.before)[:, None] * (influence - taken[self.cells])


@dataclass(frozen=True, eq=False)
class Rescaling:
    """Trimming: the factors are taken as given, as R's ``trimWeights`` does."""

    before: FloatArray
    after: FloatArray

    def carried_back(self, influence: FloatArray) -> FloatArray:
        """Influence times the factor."""
        return ratio(self.after, self.before)[:, None] * influence


@dataclass(frozen=True, eq=False)
class ResponseModel:
    """Weights divided by estimated response probabilities.

    Attributes
    ----------
    before
        (n,) weights of the whole sample.
    responded
        (n,) 1 or 0.
    probability
        (n,) estimated response probability.
    cells, columns
        (n,) row of `columns` for each row, and (cells, k) the model's variables: the indicator of each cell for
        adjustment cells, the model matrix for a logistic model.

    Notes
    -----
    u becomes r·u/p + (r - p)·x'γ with γ = -(Σ v p(1-p) x x')⁻¹ Σ v r (1-p)/p u x: that the probabilities are estimated
    is part of the variance (Kim and Kim 2007, Canadian Journal of Statistics 35, 501-514, sec. 2). With cells
    this is r·(u - ū)/p + ū, ū the respondents' mean in the cell.
    """

    before: FloatArray
    responded: FloatArray
    probability: FloatArray
    cells: CodeArray
    columns: FloatArray

    def carried_back(self, influence: FloatArray) -> FloatArray:
        """Influence on the weights of the whole sample, those who did not answer included."""
        n_cells = len(self.columns)
        p = self.probability
        information = np.bincount(self.cells, self.before * p * (1 - p), n_cells)
        pull = _sums(self.cells, self.before * self.responded * (1 - p) / p, influence, n_cells)
        normal = self.columns.T @ (information[:, None] * self.columns)
        gamma = -np.linalg.pinv(normal, rcond=1e-12, hermitian=True) @ (self.columns.T @ pull)
        share = self.responded / p
        return share[:, None] * influence + (self.responded - p)[:, None] * (self.columns @ gamma)[self.cells]


def _sums(cells: CodeArray, weights: FloatArray, values: FloatArray, n_cells: int) -> FloatArray:
    """(cells, p) weighted sums of the columns of `values` in each cell."""
    return np.column_stack([np.bincount(cells, weights * column, n_cells) for column in values.T])
