"""Weighted cross-tables with a valid test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.estimates import Base, Estimate, Estimates
from kzm_surveys.estimation.estimators import proportion
from kzm_surveys.estimation.intervals import ProportionInterval
from kzm_surveys.estimation.linearization import covariance, degrees_of_freedom
from kzm_surveys.estimation.replication import replicate_covariance, replicate_degrees_of_freedom
from kzm_surveys.estimation.variables import Where, categories_of, domain_mask, in_base

Percent = Literal["column", "row", "total"]


@dataclass(frozen=True)
class TestResult:
    """A test: its statistic, degrees of freedom, p-value and what it is."""

    __test__ = False  # not a pytest class

    statistic: float
    df_num: float
    df_den: float
    p_value: float
    method: str


@dataclass(frozen=True, eq=False)
class CrossTab:
    """A cross-table.

    Attributes
    ----------
    estimates
        A row per cell: ``category`` of the row variable, ``by_category`` of the column variable.
    counts
        Frame ``row column n weighted``: unweighted and weighted counts of every cell, empty ones included.
    test
        Independence of rows and columns; None for opt-in samples, where no test is valid.
    """

    estimates: Estimates
    counts: pd.DataFrame
    test: TestResult | None

    def __repr__(self) -> str:
        frame = self.estimates.frame
        table = frame.pivot_table(
            index="category", columns="by_category", values="estimate", sort=False, observed=False
        )
        test = self.test and f"{self.test.method}: F = {self.test.statistic:.4g}, p = {self.test.p_value:.4g}"
        return f"{table}\n[{test or 'no test: opt-in sample'}]"


def crosstab(
    design: SurveyDesign, row: str, column: str, *, percent: Percent = "column", test: Literal["F"] = "F",
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
        "F": Pearson's statistic with the second-order correction of Rao and Scott (1984, Annals of Statistics
        12, p. 46), referred to F as in Thomas and Rao (1987); R's ``svychisq(statistic = "F")``.
    where, base, ci, level
        As in :func:`kzm_surveys.proportion`; the test is always over those who answered both.

    Returns
    -------
    CrossTab
        Statistic "column_proportion", "row_proportion" or "total_proportion".

    Raises
    ------
    EstimationError
        Unknown column or option, continuous variable, empty domain, a table with a single row or column.

    Examples
    --------
    >>> frame = pd.DataFrame({"q": ["a", "a", "b", "b", "b", "a"], "g": list("xxxyyy")})
    >>> table = crosstab(SurveyDesign(frame), "q", "g")
    >>> table.estimates.frame["estimate"].round(3).tolist(), round(table.test.statistic, 4)
    ([0.667, 0.333, 0.333, 0.667], 0.5556)
    """
    if percent not in ("column", "row", "total"):
        raise EstimationError(one_of("unknown percent", percent, ("column", "row", "total")))
    if test != "F":
        raise EstimationError(one_of("unknown test", test, ("F",)))
    domain, words = domain_mask(design, where)
    row_names, row_codes = categories_of(design, row)
    column_names, column_codes = categories_of(design, column)
    if percent == "total":
        estimates = _total_shares(design, row, column, domain, words, base, ci, level)
    else:
        inner, outer, outer_codes = (row, column, column_codes) if percent == "column" else (column, row, row_codes)
        estimates = proportion(
            design, inner, by=outer, where=domain & (outer_codes >= 0), base=base, ci=ci, level=level
        )

        def named(cell: Estimate) -> Estimate:
            categories = (cell.category, cell.by_category) if percent == "column" else (cell.by_category, cell.category)
            return cell._replace(
                variable=row, category=categories[0], by=column, by_category=categories[1],
                statistic=f"{percent}_proportion", where=words,
            )  # fmt: skip

        estimates = estimates.renamed(named, words)
    both = domain & (row_codes >= 0) & (column_codes >= 0) & (design.weights > 0)
    size = (len(row_names), len(column_names))
    cell = np.where(both, row_codes * size[1] + column_codes, 0)
    n = np.bincount(cell[both], minlength=size[0] * size[1])
    weighted = np.bincount(cell[both], design.weights[both], size[0] * size[1])
    index = pd.MultiIndex.from_product([row_names, column_names], names=["row", "column"])
    counts = pd.DataFrame({"n": n, "weighted": weighted}, index=index).reset_index()
    result = None
    if design.sampling != "opt_in":
        result = rao_scott(design, row_codes, column_codes, both, names=(row, column))
    return CrossTab(estimates, counts, result)


def _total_shares(
    design: SurveyDesign, row: str, column: str, domain: np.ndarray[tuple[int], np.dtype[np.bool_]],
    words: str | None, base: Base, ci: ProportionInterval, level: float,
) -> Estimates:  # fmt: skip
    """Joint shares: a proportion of the crossing of the two variables."""
    row_names, row_codes = categories_of(design, row)
    column_names, column_codes = categories_of(design, column)
    pairs = [(r, c) for r in row_names for c in column_names]
    missing = (row_codes < 0) | (column_codes < 0)
    codes = np.where(missing, -1, row_codes * len(column_names) + column_codes)
    crossing = pd.Categorical.from_codes(codes, [f"{i}" for i in range(len(pairs))])
    asked = in_base(design, row, row_codes, base) & in_base(design, column, column_codes, base)
    joint = design._with(frame=pd.DataFrame({"crossing": crossing}), missing=None)
    estimates = proportion(joint, "crossing", where=domain & asked, base=base, ci=ci, level=level)
    named = [
        cell._replace(variable=row, category=r, by=column, by_category=c, statistic="total_proportion", where=words)
        for cell, (r, c) in zip(estimates, pairs, strict=True)
    ]
    return Estimates(tuple(named), estimates.covariance, estimates.cell_n, base, level, design, words)


def rao_scott(
    design: SurveyDesign, rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    columns: np.ndarray[tuple[int], np.dtype[np.int64]], domain: np.ndarray[tuple[int], np.dtype[np.bool_]],
    *, names: tuple[str, str],
) -> TestResult:  # fmt: skip
    """Second-order Rao-Scott test of independence of two codings within a domain.

    With p the cell shares, V their design covariance, V₀ = (diag p - pp')/n and C a basis of the interaction
    contrasts orthogonal to rows and columns, Δ = (C'D⁻¹V₀D⁻¹C)⁻¹ C'D⁻¹VD⁻¹C with D = diag p. The statistic is
    X²/tr Δ on d = (tr Δ)²/tr Δ² and d·df degrees of freedom.

    Raises
    ------
    EstimationError
        Fewer than two rows or columns have answers, or the design has no degrees of freedom.
    """
    used_rows, r = np.unique(rows[domain], return_inverse=True)
    used_columns, c = np.unique(columns[domain], return_inverse=True)
    n_r, n_c = len(used_rows), len(used_columns)
    if n_r < 2 or n_c < 2:
        raise EstimationError(f"'{names[0]}' by '{names[1]}': a test needs two categories with answers in each.")
    df = replicate_degrees_of_freedom(design) if design.replicates else degrees_of_freedom(design, domain)
    if df <= 0:
        raise EstimationError(
            f"'{names[0]}' by '{names[1]}': the design has {df:.0f} degrees of freedom, no test exists."
        )
    cell = np.full(len(design), -1)
    cell[domain] = r * n_c + c
    n, mass = int(domain.sum()), design.weights[domain].sum()
    indicator = np.equal.outer(cell, np.arange(n_r * n_c)).astype(np.float64)
    p: FloatArray = design.weights @ indicator / mass
    if design.replicates is not None:
        inside = np.broadcast_to(domain[:, None], indicator.shape)
        v = replicate_covariance(design, indicator, inside, p, is_total=False)
    else:
        v = covariance(design, (indicator - p) * domain[:, None] / mass)
    expected = np.outer(p.reshape(n_r, n_c).sum(axis=1), p.reshape(n_r, n_c).sum(axis=0)).ravel()
    chi2 = n * float(((p - expected) ** 2 / expected).sum())
    main = np.column_stack([np.kron(np.eye(n_r), np.ones((n_c, 1))), np.kron(np.ones((n_r, 1)), np.eye(n_c))])
    interaction = np.kron(np.eye(n_r)[:, 1:], np.eye(n_c)[:, 1:])
    contrasts = interaction - main @ np.linalg.lstsq(main, interaction, rcond=None)[0]
    inverse = np.where(p > 0, 1 / np.where(p > 0, p, 1.0), 0.0)
    scaled = inverse[:, None] * contrasts
    delta = np.linalg.solve(contrasts.T @ scaled / n, scaled.T @ v @ scaled)
    trace = float(np.trace(delta))
    if not trace > 1e-10:
        raise EstimationError(f"'{names[0]}' by '{names[1]}': the table has no sampling variance, no test exists.")
    df_num = trace**2 / float(np.trace(delta @ delta))
    statistic = chi2 / trace
    return TestResult(
        statistic, df_num, df_num * df, float(special.fdtrc(df_num, df_num * df, statistic)),
        "Pearson X² with second-order Rao-Scott correction (F)",
    )  # fmt: skip
