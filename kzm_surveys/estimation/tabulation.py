"""The sample cross-classified for an estimate: one pass over the rows, then arithmetic on a table of cells.

Every estimator here is a smooth function of the weighted sums Σwx of a few columns x in each cell. Its influence value
is then the same linear function of x for all rows of a cell, so the design's variance needs no row again: with rows as
sampling units Σw²xx' per cell and stratum is enough, with clusters Σwx per cell and cluster. Designs that this does not
cover (further stages with a finite population, several weighting steps, one-unit strata) go through the rows.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from kzm_surveys.adjustment import Calibration
from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation import linearization
from kzm_surveys.estimation.variance import degrees_of_freedom

#: Rows taken at a time, so that what is made of them stays in the processor's cache.
_BLOCK = 1 << 16
#: Largest table of cells when there are few rows; with many rows it may have half as many cells as there are rows.
_TABLE = 1 << 14
#: Below this share of the products that are added up to it, too few digits of a variance are left.
_CANCELLED = 1e-5
#: A variance below this share of the sum of squares that it is the small difference of is rounding.
_ROUNDING = 1e-12

#: Codes of a variable, -1 where missing, and the number of its categories.
Coded = tuple[CodeArray, int]


class Tabulation:
    """Sums of columns x over the cells of some crossed variables.

    Attributes
    ----------
    shape
        Categories of each variable plus one: place 0 of each holds the rows where it is missing. Rows outside the
        domain stand in place 0 of all.
    compressed
        The variance needs no row again.
    n
        (cells,) rows with weight.
    sums
        (1 + k, cells) Σw, then Σwx of the k columns.
    design
        The design.
    """

    def __init__(
        self, design: SurveyDesign, variables: Sequence[Coded], *, columns: Sequence[FloatArray] = (),
        domain: BoolArray | None = None,
    ) -> None:  # fmt: skip
        """Go once over the rows.

        Parameters
        ----------
        design
            The design.
        variables
            Variables to cross.
        columns
            k columns of (n,) numbers, finite in every row.
        domain
            (n,) rows that count; the others stay in the design.
        """
        self.design, self.shape = design, tuple(size + 1 for _, size in variables)
        self.columns, self.domain = tuple(columns), domain
        self.n_cells = math.prod(self.shape)
        self._variables = tuple(variables)
        self._split()
        self._count()

    def _split(self) -> None:
        """Choose what the rows are split by beyond the cells: strata and weighting cells, clusters, or nothing."""
        design = self.design
        units = design.first_stage
        steps = design.adjustments
        self._calibration = steps[0] if len(steps) == 1 and isinstance(steps[0], Calibration) else None
        self.compressed = False
        self._outer: list[tuple[CodeArray, int]] = []
        if not design.infers or design.replicates is not None:
            return
        one_stage = design.fractions is None or design.fractions.shape[1] == 1
        if not one_stage or units.lonely or (steps and self._calibration is None):
            return
        if units.of_row is None:
            outer = [] if units.stratum is None else [(units.stratum, len(units.sizes))]
            if self._calibration is not None:
                outer.append((self._calibration.cells, len(self._calibration.columns)))
        else:
            if self._calibration is not None and not self._fits(len(self._calibration.columns)):
                return
            outer = [(units.of_row, 1 + int(units.of_row.max()))]
        if self._fits(int(np.prod([size for _, size in outer]))):
            self.compressed, self._outer = True, outer

    def _fits(self, size: int) -> bool:
        return size * self.n_cells <= max(_TABLE, len(self.design) // 2)

    def _count(self) -> None:
        """Fill the tables: rows, Σwx and, with rows as sampling units, Σw²xx'."""
        design = self.design
        n_outer = int(np.prod([size for _, size in self._outer]))
        size, n_cells = n_outer * self.n_cells, self.n_cells
        q = 1 + len(self.columns)
        self._pairs = [(i, j) for i in range(q) for j in range(i, q)]
        by_row = self.compressed and design.first_stage.of_row is None
        unweighted = not design.weighted_by_design and not design.adjustments
        rows = np.zeros(size, np.int64)
        counted = np.zeros(size, np.int64) if design.has_zero_weights else rows
        first, second = np.zeros((q, size)), np.zeros((len(self._pairs), size if by_row else 0))
        moments = np.zeros((len(self._pairs), n_cells))
        for start in range(0, len(design), _BLOCK):
            block = slice(start, start + _BLOCK)
            inner = self._places(block)
            place = inner if not self._outer else inner + self._above(block) * n_cells
            rows += np.bincount(place, minlength=size)
            if unweighted and q == 1:
                continue
            weights = design.weights[block]
            if counted is not rows:
                counted += np.bincount(place[weights > 0], minlength=size)
            values = [column[block] for column in self.columns]
            scores = [weights, *(weights * value for value in values)]
            for i, score in enumerate(scores):
                first[i] += np.bincount(place, score, size)
            for number, (i, j) in enumerate(self._pairs):
                if by_row:
                    second[number] += np.bincount(place, scores[i] * scores[j], size)
                if i:
                    moments[number] += np.bincount(inner, scores[i] * values[j - 1], n_cells)
        if unweighted and q == 1:
            first[0] = rows
            second[0] = rows if by_row else 0
        self._rows, self._counted = (table.reshape(n_outer, n_cells) for table in (rows, counted))
        self._first = first.reshape(q, n_outer, n_cells)
        self._second = second.reshape(-1, n_outer, n_cells) if by_row else None
        self._moments = moments
        self.n: IntArray = self._counted.sum(axis=0)
        self.sums: FloatArray = self._first.sum(axis=1)

    def _places(self, block: slice) -> IntArray:
        """Cell of each row of a block."""
        narrow = np.int16 if self.n_cells < 1 << 14 else np.int64
        place: IntArray = np.zeros(len(self.design.weights[block]), narrow)
        shift = 0
        for codes, size in self._variables:
            if shift:
                place *= size + 1
            place += codes[block]
            shift = shift * (size + 1) + 1
        # Codes start at -1: this shifts every variable by one.
        place += np.array(shift, narrow)
        if self.domain is not None:
            place[~self.domain[block]] = 0
        return place.astype(np.intp)

    def _above(self, block: slice) -> IntArray:
        """Stratum, weighting cell or cluster of each row of a block, crossed."""
        above = self._outer[0][0][block].astype(np.intp)
        for codes, size in self._outer[1:]:
            above = above * size + codes[block]
        return above

    def places(self) -> IntArray:
        """(n,) cell of every row."""
        return self._places(slice(None))

    def flat(self) -> Tabulation:
        """The same table with all cells in one row."""
        new = copy.copy(self)
        new.shape = (self.n_cells,)
        return new

    @property
    def rows(self) -> IntArray:
        """(cells,) rows, whatever they weigh."""
        return self._rows.sum(axis=0)

    def moment(self, i: int, j: int) -> FloatArray:
        """(cells,) Σwxᵢxⱼ of two columns, counted from 1, i ≤ j."""
        return self._moments[self._pairs.index((i, j))]

    @cached_property
    def squares(self) -> FloatArray:
        """(cells,) Σw²."""
        if self._second is not None:
            return self._second[0].sum(axis=0)
        weights = self.design.weights
        squares: FloatArray = np.bincount(self.places(), weights * weights, self.n_cells).astype(np.float64)
        return squares

    def degrees_of_freedom(self, members: BoolArray) -> FloatArray:
        """(groups,) degrees of freedom of the design among the rows of each group of cells, (groups, cells)."""
        if not self.compressed:
            places = self.places()
            return np.array([degrees_of_freedom(self.design, group[places]) for group in members])
        units = self.design.first_stage
        count = self._counted @ members.T.astype(np.int64)
        if units.of_row is None:
            in_stratum = count.reshape(len(units.sizes), -1, len(members)).sum(axis=1)
            return _units_less_strata(in_stratum)
        present = (count > 0).astype(np.int64)
        if units.stratum is None:
            return _units_less_strata(present.sum(axis=0, keepdims=True))
        return _units_less_strata(np.column_stack([np.bincount(units.stratum, column) for column in present.T]))

    def covariance(self, coefficients: FloatArray, inside: BoolArray | None = None) -> FloatArray:
        """Covariance of p estimates by linearisation.

        Parameters
        ----------
        coefficients
            (1 + k, cells, p) derivatives of the estimates with respect to `sums`.
        inside
            (cells, p) cells that each estimate is about; default all. See :func:`linearization.covariance`.

        Returns
        -------
        ndarray
            (p, p).
        """
        if not self.compressed:
            return self._through_rows(coefficients, inside)
        fitted = None if self._calibration is None else self._fitted(self._calibration, coefficients)
        if self._second is None:
            return self._between_clusters(coefficients, fitted)
        result, added = self._between_rows(coefficients, fitted)
        if self.columns and (result.diagonal() < _CANCELLED * added).any():
            return self._through_rows(coefficients, inside)
        return result

    def _through_rows(self, coefficients: FloatArray, inside: BoolArray | None) -> FloatArray:
        places = self.places()
        influence = coefficients[0][places]
        for column, coefficient in zip(self.columns, coefficients[1:], strict=True):
            influence += column[:, None] * coefficient[places]
        of_rows = None if inside is None else inside[places]
        return linearization.covariance(self.design, influence, of_rows)

    def _between_clusters(self, coefficients: FloatArray, fitted: FloatArray | None) -> FloatArray:
        totals: FloatArray = sum(first @ part for first, part in zip(self._first, coefficients, strict=True))
        if fitted is not None:
            assert self._calibration is not None
            units, n_units = self._outer[0]
            size = len(fitted)
            # No table of clusters by weighting cells where it would be larger than the rows.
            if n_units * size > max(_TABLE, len(self.design)):
                taken = self.design.weights[:, None] * fitted[self._calibration.cells]
                totals = totals - np.column_stack([np.bincount(units, column, n_units) for column in taken.T])
                return linearization.between_first_stage_units(self.design, totals)
            place = units * size + self._calibration.cells
            totals = totals - np.bincount(place, self.design.weights, n_units * size).reshape(n_units, size) @ fitted
        return linearization.between_first_stage_units(self.design, totals)

    def _between_rows(self, coefficients: FloatArray, fitted: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        """Covariance, and the size (p,) of what cancels in its diagonal where numbers lie far from a group's mean."""
        assert self._second is not None
        units = self.design.first_stage
        n_strata, p = len(units.sizes), coefficients.shape[2]
        scale = units.scale
        constant = coefficients[0]
        if fitted is None:
            values = [constant, *coefficients[1:]]
        else:
            n_fitted = len(fitted)
            values = [(constant[None] - fitted[:, None]).reshape(-1, p)]
            values += [np.tile(part, (n_fitted, 1)) for part in coefficients[1:]]
        inner = len(values[0])
        squares, added = np.zeros((p, p)), np.zeros(p)
        for (i, j), table in zip(self._pairs, self._second, strict=True):
            pooled = scale @ table.reshape(n_strata, inner)
            part = (values[i] * pooled[:, None]).T @ values[j]
            squares += part if i == j else part + part.T
            if self.columns:
                added += np.abs(part.diagonal())
        sums: FloatArray = sum(
            first.reshape(n_strata, inner) @ part for first, part in zip(self._first, values, strict=True)
        )
        result: FloatArray = squares - (sums * (scale / units.sizes)[:, None]).T @ sums
        rounding = result.diagonal() < _ROUNDING * squares.diagonal()
        if rounding.any():
            result[rounding, :] = result[:, rounding] = 0.0
        return result, added

    def _fitted(self, calibration: Calibration, coefficients: FloatArray) -> FloatArray:
        """(weighting cells, p) what the regression on the margins takes from the influence values."""
        size = len(calibration.columns)
        plain = not self.design.weighted_by_design and not self.columns
        if self._second is not None and plain:
            # The first step of an unweighted design: before it, every row weighs one.
            masses = [self._rows.reshape(-1, size, self.n_cells).sum(axis=0)]
        else:
            place = calibration.cells.astype(np.intp) * self.n_cells + self.places()
            scores = [calibration.before, *(calibration.before * column for column in self.columns)]
            masses = [np.bincount(place, score, size * self.n_cells).reshape(size, -1) for score in scores]
        return calibration.fitted(sum(mass @ part for mass, part in zip(masses, coefficients, strict=True)))

    @cached_property
    def replicate_sums(self) -> FloatArray:
        """(1 + k, cells, R) `sums` of the replicates."""
        assert self.design.replicates is not None
        places = self.places()
        columns = [None, *self.columns]
        return np.stack([self.design.replicates.totals(places, self.n_cells, column) for column in columns])


def _units_less_strata(in_stratum: IntArray) -> FloatArray:
    """(groups,) degrees of freedom from the (strata, groups) numbers of units."""
    df: FloatArray = np.asarray(in_stratum.sum(axis=0) - (in_stratum > 0).sum(axis=0), np.float64)
    return df
