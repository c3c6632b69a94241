"""The model matrix: the columns that a formula makes of a design's rows, one line per distinct row if there are few."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.formula import Categories, Factor, Formula, Numbers, factor_of


@dataclass(frozen=True)
class Column:
    """A column of the model matrix: the product of its parts, each a numeric factor or the indicator of a category."""

    name: str
    term: str | None
    parts: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, eq=False)
class ModelMatrix:
    """The model matrix of the rows that are used, as a table of its distinct rows where there are few.

    Attributes
    ----------
    layout
        The p columns.
    factors
        Code -> factor, for all rows of the design.
    rows
        (n,) mask of the rows of the design that are used, or None for all.
    cells
        (rows used,) row of `table` of each row, or None if the table has a row for each.
    values
        Code -> (g,) numbers or category codes in each row of the table.
    levels
        Code of a categorical factor -> its categories that have rows, the reference first.
    shift
        (p,) subtracted from each column, so that sums of squares keep their digits; zero without intercept.
    table
        (g, p), column after column in memory.
    """

    layout: tuple[Column, ...]
    factors: Mapping[str, Factor]
    rows: BoolArray | None
    cells: IntArray | None
    values: Mapping[str, npt.NDArray[Any]]
    levels: Mapping[str, list[int]]
    shift: FloatArray
    table: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """(p,) names of the columns."""
        return tuple(column.name for column in self.layout)

    def support(self) -> dict[str, int]:
        """Name of each column of zeros and ones -> rows used in which it is one: those its coefficient rests on."""
        values = self.table + self.shift
        rows = np.ones(len(values)) if self.cells is None else np.bincount(self.cells, minlength=len(values))
        ones: BoolArray = np.abs(values - 1.0) < 1e-9
        indicators = np.atleast_1d((ones | (np.abs(values) < 1e-9)).all(axis=0))
        return {name: int(rows @ ones[:, place]) for place, name in enumerate(self.names) if indicators[place]}

    @cached_property
    def back(self) -> FloatArray:
        """(p, p) matrix from the coefficients of the shifted columns to those of the columns themselves."""
        back = np.eye(len(self.layout))
        if self.shift.any():
            back[0] -= self.shift
        return back

    def used(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values of the rows that are used."""
        return values if self.rows is None else values[self.rows]

    def sums(self, values: FloatArray) -> FloatArray:
        """(g,) sums of the values of the rows used over each row of the table."""
        return values if self.cells is None else np.bincount(self.cells, values, len(self.table)).astype(np.float64)

    def spread(self, values: FloatArray) -> FloatArray:
        """Values of the table's rows for each row used."""
        return values if self.cells is None else values[self.cells]

    def placed(self, influence: FloatArray, n: int) -> FloatArray:
        """(n, k) influence values of all rows of the design, zero for those not used."""
        if self.rows is None:
            return influence
        out = np.zeros((influence.shape[1], n)).T
        out[self.rows] = influence
        return out

    def filled(self, changed: Mapping[str, npt.NDArray[Any]]) -> FloatArray:
        """(g, p) table with other values of some factors."""
        return fill(self.layout, {**self.values, **changed}, len(self.table)) - self.shift


def fill(layout: Sequence[Column], values: Mapping[str, npt.NDArray[Any]], rows: int) -> FloatArray:
    """(rows, p) model matrix, column after column in memory."""
    out = np.empty((len(layout), rows))
    for line, column in zip(out, layout, strict=True):
        if not column.parts:
            line[:] = 1.0
        for number, (code, level) in enumerate(column.parts):
            part = values[code] if level is None else values[code] == level
            if number == 0:
                line[:] = part
            else:
                line *= part
    return out.T


def model_matrix(design: SurveyDesign, formula: Formula, inside: BoolArray) -> ModelMatrix:
    """Make the model matrix of the rows in `inside` that miss no factor.

    Categories without such a row are left out; the first that is left is the reference. Factors of an interaction
    are coded as R codes them: by all categories where the term without the factor is not in the model.

    Raises
    ------
    EstimationError
        Unknown names; no rows left; a factor with one category.
    """
    factors = {code: factor_of(design, code) for code in formula.codes}
    inside = inside & (design.weights > 0)
    for factor in factors.values():
        inside &= ~np.isnan(factor.values) if isinstance(factor, Numbers) else factor.codes >= 0
    n_rows = int(np.count_nonzero(inside))
    if n_rows == 0:
        raise EstimationError(f"'{formula.text}': the domain is empty: no row with weight answered all of it.")
    rows = None if n_rows == len(inside) else inside
    values = {code: _raw(factor) if rows is None else _raw(factor)[rows] for code, factor in factors.items()}
    levels = {code: _levels(factor, values[code]) for code, factor in factors.items() if isinstance(factor, Categories)}
    layout = tuple(_layout(formula, factors, levels))
    if len(layout) > n_rows:
        raise EstimationError(f"'{formula.text}': {len(layout)} parameters cannot be fitted to {n_rows} rows.")
    cells = None
    size = int(np.prod([float(max(found) + 1) for found in levels.values()])) if len(levels) == len(factors) else n_rows
    if size <= n_rows // 2:
        cells, values = _cells(values, {code: max(found) + 1 for code, found in levels.items()}, n_rows)
    table = fill(layout, values, n_rows if cells is None else int(cells.max()) + 1)
    shift = np.zeros(len(layout))
    if formula.intercept:
        shift[1:] = table[:, 1:].mean(axis=0)
        for line, mean in zip(table.T[1:], shift[1:], strict=True):
            line -= mean
    return ModelMatrix(layout, factors, rows, cells, values, levels, shift, table)


def rows_counted(design: SurveyDesign, matrix: ModelMatrix, inside: BoolArray) -> BoolArray:
    """(n,) rows among which degrees of freedom are counted: those used; with replicates the whole domain, as in R."""
    return inside if design.replicates is not None or matrix.rows is None else matrix.rows


def _raw(factor: Factor) -> npt.NDArray[Any]:
    return factor.codes if isinstance(factor, Categories) else factor.values


def _levels(factor: Categories, codes: IntArray) -> list[int]:
    """Codes of the categories that have rows, the reference first."""
    found = np.flatnonzero(np.bincount(codes, minlength=len(factor.names))).tolist()
    if len(found) < 2:
        raise EstimationError(
            f"'{factor.label}' has one category only in the rows used, so it cannot be a predictor. Leave it out."
        )
    if factor.reference is not None:
        reference = factor.names.index(factor.reference)
        if reference not in found:
            raise EstimationError(f"'{factor.label}': the reference '{factor.reference}' has no rows.")
        found = [reference, *(code for code in found if code != reference)]
    return found


def _layout(
    formula: Formula, factors: Mapping[str, Factor], levels: Mapping[str, list[int]]
) -> Iterator[Column]:  # fmt: skip
    if formula.intercept:
        yield Column("(Intercept)", None, ())
    present = {frozenset(term) for term in formula.terms}
    first = next((term for term in formula.terms if len(term) == 1 and term[0] in levels), None)
    for term in formula.terms:
        label = ":".join(factors[code].label for code in term)
        choices: list[list[tuple[str, tuple[str, int | None]]]] = []
        for code in term:
            factor = factors[code]
            if isinstance(factor, Numbers):
                choices.append([(factor.label, (code, None))])
                continue
            rest = frozenset(term) - {code}
            contrasts = rest in present if rest else formula.intercept or term != first
            kept = levels[code][1:] if contrasts else levels[code]
            choices.append([(f"{factor.label}[{factor.names[level]}]", (code, level)) for level in kept])
        for backwards in itertools.product(*reversed(choices)):
            parts = backwards[::-1]
            yield Column(":".join(name for name, _ in parts), label, tuple(part for _, part in parts))


def _cells(
    values: Mapping[str, npt.NDArray[Any]], sizes: Mapping[str, int], n_rows: int
) -> tuple[IntArray, dict[str, npt.NDArray[Any]]]:  # fmt: skip
    """(rows,) number of each row's combination of categories, and the categories of each combination."""
    cells = np.zeros(n_rows, np.int64)
    for code, size in sizes.items():
        cells *= size
        cells += values[code]
    count = int(np.prod(list(sizes.values()), dtype=np.int64))
    found = np.flatnonzero(np.bincount(cells, minlength=count))
    if len(found) < count:
        number = np.zeros(count, np.int64)
        number[found] = np.arange(len(found))
        cells = number[cells]
    split = np.unravel_index(found, tuple(sizes.values())) if sizes else ()
    return cells, dict(zip(sizes, split, strict=True))
