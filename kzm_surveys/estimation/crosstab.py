"""Weighted cross-tables with a valid test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import variance
from kzm_surveys.estimation.crossing import Crossing, divided, results_as_estimates
from kzm_surveys.estimation.estimates import Base, Estimates
from kzm_surveys.estimation.finish import check_options
from kzm_surveys.estimation.independence import TESTS, IndependenceTest, cramers_v, independence
from kzm_surveys.estimation.intervals import ProportionInterval
from kzm_surveys.estimation.quality import thresholds
from kzm_surveys.estimation.residuals import residuals
from kzm_surveys.estimation.tabulation import Tabulation
from kzm_surveys.estimation.test_result import TestResult, told
from kzm_surveys.estimation.variables import Where, coded, domain_of, with_base

Percent = Literal["column", "row", "total"]
PERCENTS = ("column", "row", "total")
#: Tests of a table take the covariance of all its cells; that of the whole solves equations in as many unknowns.
_MOST_CELLS = 2000


@dataclass(frozen=True, eq=False)
class CrossTab:
    """A cross-table.

    Attributes
    ----------
    row, column
        The variables.
    percent
        What the shares add up to one over: "column", "row" or "total".
    estimates
        A row per cell: ``category`` of the row variable, ``by_category`` of the column variable.
    counts
        Frame ``row column n weighted``: unweighted and weighted counts of every cell, empty ones included.
    test
        Independence of rows and columns; None if not asked for, and for opt-in samples, where no test is valid.
    effect_size
        Cramér's V of the weighted shares, 0-1; NaN with a single row or column.
    residuals
        Frame ``row column residual se z df p_value p_adjusted`` over those who answered both: the cell's share of all
        less what independence would give it, and its test, computed when first asked for. Cells in which fewer
        answers than ``smallest_cell`` of the wave would be expected are not tested: see
        :func:`kzm_surveys.estimation.residuals.residuals`. NaN beside the residuals of an opt-in sample.
    """

    row: str
    column: str
    percent: Percent
    estimates: Estimates
    test: TestResult | None
    effect_size: float
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    n: IntArray
    weighted: FloatArray
    tabulation: Tabulation
    place: IntArray

    def __repr__(self) -> str:
        from kzm_surveys.estimation.printed import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from kzm_surveys.estimation.printed import as_html

        return as_html(self)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Frame ``row column n weighted``."""
        index = pd.MultiIndex.from_product([self.row_names, self.column_names], names=["row", "column"])
        return pd.DataFrame({"n": self.n.ravel(), "weighted": self.weighted.ravel()}, index=index).reset_index()

    @cached_property
    def residuals(self) -> pd.DataFrame:
        """Frame ``row column residual se z df p_value p_adjusted``."""
        shares, covariance = _cells(self.tabulation, self.place, (self.row, self.column), of_totals=False)
        df = _degrees_of_freedom(self.tabulation) if self.tabulation.design.infers else np.nan
        fewest = thresholds(self.tabulation.design).smallest_cell
        found = residuals(shares.reshape(self.place.shape), covariance, self.n, df=df, fewest=fewest)
        index = pd.MultiIndex.from_product([self.row_names, self.column_names], names=["row", "column"])
        frame = pd.DataFrame({name: values.ravel() for name, values in found.items()}, index=index).reset_index()
        frame.insert(5, "df", df)
        return frame


def crosstab(
    design: SurveyDesign, row: str, column: str, *, percent: Percent = "column", test: IndependenceTest | None = "F",
    where: Where = None, base: Base = "answered", ci: ProportionInterval = "logit", level: float = 0.95,
) -> CrossTab:  # fmt: skip
    """Cross-tabulate two categorical variables.

    Parameters
    ----------
    design
        The design.
    row, column
        Categorical columns.
    percent
        "column": shares within each column category; "row": within each row category; "total": of all.
    test
        "F": Pearson's statistic with the second-order correction of Rao and Scott; "chisq": first-order; "wald" and
        "adjusted_wald"; see :func:`kzm_surveys.estimation.independence.independence`. None: no test.
    where, ci, level
        As in :func:`kzm_surveys.proportion`; the test is always over those who answered both. Its degrees of freedom
        are, as in R, those of all rows of the domain, and of the whole design once that is weighted.
    base
        "asked" counts who was asked and gave no answer into the denominator: of the row variable for column percents,
        of the column variable for row percents, of both for total percents.

    Returns
    -------
    CrossTab
        Statistic "column_proportion", "row_proportion" or "total_proportion".

    Raises
    ------
    EstimationError
        Unknown column or option, continuous variable, empty domain; with a test: a table with a single row or column,
        or one without sampling variance.

    Examples
    --------
    >>> frame = pd.DataFrame({"q": ["a", "a", "b", "b", "b", "a"], "g": list("xxxyyy")})
    >>> table = crosstab(SurveyDesign(frame), "q", "g")
    >>> table.estimates.frame["estimate"].round(3).tolist(), round(table.test.statistic, 4)
    ([0.667, 0.333, 0.333, 0.667], 0.5556)
    """
    if percent not in PERCENTS:
        raise EstimationError(one_of("unknown percent", percent, PERCENTS))
    if test is not None and test not in TESTS:
        raise EstimationError(one_of("unknown test", test, TESTS))
    check_options(level, "without", ci)
    row_names, row_codes = coded(design, row)
    column_names, column_codes = coded(design, column)
    domain, words = domain_of(design, where, f"{row} by {column}")
    bases = {"column": (base, "answered"), "row": ("answered", base), "total": (base, base)}[percent]
    rows, row_base = with_base(design, row, (row_codes, len(row_names)), bases[0])
    columns, column_base = with_base(design, column, (column_codes, len(column_names)), bases[1])
    variables = [rows, columns] if percent == "row" else [columns, rows]
    tabulation = Tabulation(design, variables, domain=domain)

    def named(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(rows, columns) of a (cells,) table, those who answered both."""
        square = table.reshape(tabulation.shape)
        square = square if percent == "row" else square.T
        return square[1 : len(row_names) + 1, 1 : len(column_names) + 1]

    place = named(np.arange(tabulation.n_cells))
    estimates = _shares(tabulation, percent, (row, column), (row_names, column_names), (row_base, column_base), place,
                        words, base=base, ci=ci, level=level)  # fmt: skip
    weighted = named(tabulation.sums[0])
    result = None
    if test is not None and design.infers:
        try:
            result = independence_of_cells(tabulation, place, test, (row, column))
            result = replace(result, **told(design, f"{row} by {column}", words))
        except EstimationError as error:
            raise EstimationError(f"{error} With test=None the table comes without a test.") from None
    return CrossTab(
        row, column, percent, estimates, result, cramers_v(weighted), tuple(row_names), tuple(column_names),
        named(tabulation.n), weighted, tabulation, place,
    )  # fmt: skip


def _shares(
    tabulation: Tabulation, percent: Percent, variables: tuple[str, str], names: tuple[list[str], list[str]],
    in_base: tuple[BoolArray, BoolArray], place: IntArray, where: str | None, *,
    base: Base, ci: ProportionInterval, level: float,
) -> Estimates:  # fmt: skip
    """Shares of the cells."""
    words = {"variable": variables[0], "statistic": f"{percent}_proportion"}
    if percent == "total":
        crossing = Crossing(tabulation.flat(), None, [None], where)
        members = np.equal.outer(place.ravel(), np.arange(tabulation.n_cells))
        counted = np.outer(in_base[1], in_base[0]).ravel()
        pairs = [(r, c) for r in names[0] for c in names[1]]
    else:
        outer, inner = (1, 0) if percent == "column" else (0, 1)
        crossing = Crossing(tabulation, variables[outer], names[outer], where)
        counted = in_base[inner]
        members = np.eye(len(counted), dtype=bool)[1 : len(names[inner]) + 1]
        pairs = [(i, o) if percent == "column" else (o, i) for o in names[outer] for i in names[inner]]
    found = crossing.shares(members, counted)
    estimates = results_as_estimates(
        crossing, found, {**words, "category": [None] * len(members)}, base=base, level=level, deff="without", ci=ci
    )
    return estimates.renamed(
        category=[pair[0] for pair in pairs], by=variables[1], by_category=[pair[1] for pair in pairs]
    )


def independence_of_cells(
    tabulation: Tabulation, place: IntArray, test: IndependenceTest,
    names: tuple[str, str],
) -> TestResult:  # fmt: skip
    """Test on the cells of those who answered both."""
    cells, covariance = _cells(tabulation, place, names, of_totals=test in ("wald", "adjusted_wald"))
    domain, used = _counted(tabulation), tabulation.design.weights > 0
    n = int(np.count_nonzero(used if domain is None else used & domain))
    df = _degrees_of_freedom(tabulation)
    return independence(cells.reshape(place.shape), covariance, n=n, df=df, test=test, names=names)


def _cells(
    tabulation: Tabulation, place: IntArray, names: tuple[str, str], *, of_totals: bool
) -> tuple[FloatArray, FloatArray]:
    """Shares or totals of the cells of those who answered both, and their covariance."""
    if place.size > _MOST_CELLS:
        raise EstimationError(
            f"'{names[0]}' by '{names[1]}': a table of {place.shape[0]} by {place.shape[1]} is too large for a test, "
            f"at most {_MOST_CELLS} cells can be tested. Merge categories."
        )
    crossing = Crossing(tabulation.flat(), None, [None], None)
    cells = place.ravel()
    totals = tabulation.sums[0][cells]
    mass, slopes = totals.sum(), np.zeros((1, 1, len(cells), tabulation.n_cells))
    estimate = totals if of_totals else totals / (mass or 1.0)
    slopes[0, 0][:, cells] = (
        np.eye(len(cells)) if of_totals else (np.eye(len(cells)) - estimate[:, None]) / (mass or 1.0)
    )

    def values(sums: FloatArray) -> FloatArray:
        made = sums[0][cells]
        return made if of_totals else divided(made, made.sum(axis=0))

    return estimate, crossing.covariance(estimate, slopes, values)


def _counted(tabulation: Tabulation) -> BoolArray | None:
    """Rows whose degrees of freedom a test of the table has; R counts all rows of a weighted design here."""
    design = tabulation.design
    return None if design.replicates is None and design.adjustments else tabulation.domain


def _degrees_of_freedom(tabulation: Tabulation) -> float:
    return variance.degrees_of_freedom(tabulation.design, _counted(tabulation))
