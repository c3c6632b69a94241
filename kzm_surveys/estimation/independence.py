"""Tests of independence in a two-way table, from its cells and their design covariance."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import special

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.test_result import TestResult

IndependenceTest = Literal["F", "chisq", "wald", "adjusted_wald"]
TESTS = ("F", "chisq", "wald", "adjusted_wald")
#: Mean design effect of the contrasts under which the table counts as free of sampling variance.
_NO_VARIANCE = 1e-10
#: Eigenvalue of a correlation matrix below which it counts as singular.
_SINGULAR = 1e-11


def independence(
    cells: FloatArray, covariance: FloatArray, *, n: int, df: float, test: IndependenceTest = "F",
    names: tuple[str, str] = ("rows", "columns"),
) -> TestResult:  # fmt: skip
    """Design-based test that the rows and columns of a table are independent.

    Parameters
    ----------
    cells
        (r, c) estimated shares of the table, summing to 1; for the Wald tests estimated totals. Empty rows and columns
        are left out.
    covariance
        (r·c, r·c) covariance of the cells, row by row.
    n
        Unweighted rows behind the table; it scales only the X² that "chisq" reports.
    df
        Degrees of freedom of the design.
    test
        "F": Pearson's X² with the second-order correction, X²/tr Δ on d = (tr Δ)²/tr Δ² and d·df degrees of freedom.
        "chisq": the first-order correction; `statistic` is X² itself, its p-value that of X²·k/tr Δ on
        k = (r-1)(c-1).
        "wald": Koch's statistic W/k on k and df. "adjusted_wald": W·(df-k+1)/(k·df) on k and df-k+1.
    names
        Of the row and the column variable, for errors.

    Returns
    -------
    TestResult
        The same statistic, degrees of freedom and p-value as R's ``svychisq`` with "F", "Chisq", "Wald", "adjWald".

    Raises
    ------
    EstimationError
        Fewer than two rows or columns with answers, too many empty cells, no sampling variance, too few degrees of
        freedom.

    Notes
    -----
    With D = diag p, V₀ = (D - pp')/n, V the covariance and C the contrasts orthogonal to rows and columns,
    Δ = (C'D⁻¹V₀D⁻¹C)⁻¹ C'D⁻¹VD⁻¹C (Rao and Scott 1984, Annals of Statistics 12, p. 46; F as in Thomas and Rao 1987,
    JASA 82, p. 630); empty cells have D⁻¹ = 0. W is the quadratic form of Y = N_ij - N_i·N_·j/N without the first row
    and column (Koch, Freeman and Freeman 1975, Int. Stat. Rev. 43, p. 59). Y depends on N: with totals the variance
    of an estimated N counts, as in R; with shares N is taken as known.

    Examples
    --------
    >>> shares = np.array([[0.3, 0.2], [0.1, 0.4]])
    >>> p = shares.ravel()
    >>> simple_random = (np.diag(p) - np.outer(p, p)) / 100
    >>> found = independence(shares, simple_random, n=100, df=99)
    >>> round(found.statistic, 3), round(found.df_num, 6), round(found.df_den, 6)
    (16.667, 1.0, 99.0)
    """
    if test not in TESTS:
        raise EstimationError(one_of("unknown test", test, TESTS))
    table, of = f"'{names[0]}' by '{names[1]}'", f"{names[0]} by {names[1]}"
    cells, covariance = _without_empty(cells, covariance)
    n_rows, n_columns = cells.shape
    if n_rows < 2 or n_columns < 2:
        raise EstimationError(f"{table}: a test needs two categories with answers in each.")
    if not df > 0:
        raise EstimationError(f"{table}: the design has {df:.0f} degrees of freedom, no test exists.")
    k = (n_rows - 1) * (n_columns - 1)
    if test in ("wald", "adjusted_wald"):
        wald = _wald(cells, covariance, table)
        df_den = df
        if test == "adjusted_wald":
            df_den = df - k + 1
            wald *= df_den / df
            if not df_den > 0:
                raise EstimationError(
                    f"{table}: the adjusted Wald test of {k} contrasts needs more than {k - 1} degrees of freedom, the "
                    f"design has {df:.0f}. Use test='F'."
                )
        statistic = wald / k
        p = float(special.fdtrc(k, df_den, statistic))
        method = "Wald test of independence (F)" if test == "wald" else "Adjusted Wald test of independence (F)"
        return TestResult(statistic, float(k), df_den, p, method, of=of)
    filled = cells.ravel() > 0
    if not filled.all() and np.linalg.matrix_rank(interaction_contrasts(n_rows, n_columns)[filled]) < k:
        raise EstimationError(
            f"{table}: {int((~filled).sum())} of {filled.size} cells are empty, too many for a test. Merge categories."
        )
    pearson, trace, trace_squared = rao_scott_terms(cells, covariance)
    if not n * trace > _NO_VARIANCE * k:
        raise EstimationError(f"{table}: no sampling variance, no test exists.")
    if test == "chisq":
        p = float(special.chdtrc(k, float(pearson / trace) * k))
        method = "Pearson X² with first-order Rao-Scott correction"
        return TestResult(n * float(pearson), float(k), math.inf, p, method, of=of)
    statistic, df_num = float(pearson / trace), float(trace**2 / trace_squared)
    return TestResult(
        statistic, df_num, df_num * df, float(special.fdtrc(df_num, df_num * df, statistic)),
        "Pearson X² with second-order Rao-Scott correction (F)", of=of,
    )  # fmt: skip


def rao_scott_terms(shares: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """X²/n, tr Δ/n and tr Δ²/n² of one table or of a stack of tables of the same size.

    Parameters
    ----------
    shares
        (..., r, c) shares, each table summing to 1, no row or column empty.
    covariance
        (..., r·c, r·c).

    Returns
    -------
    tuple of ndarray
        Three arrays of the shape of the stack. The F test is that of X²/tr Δ, as in :func:`independence`.

    Examples
    --------
    >>> p = np.array([0.3, 0.2, 0.1, 0.4])
    >>> simple_random = (np.diag(p) - np.outer(p, p)) / 100
    >>> [round(float(term), 4) for term in rao_scott_terms(p.reshape(2, 2), simple_random)]
    [0.1667, 0.01, 0.0001]
    """
    *stack, n_rows, n_columns = shares.shape
    expected = shares.sum(axis=-1, keepdims=True) * shares.sum(axis=-2, keepdims=True)
    pearson: FloatArray = ((shares - expected) ** 2 / expected).sum(axis=(-2, -1))
    p = shares.reshape(*stack, n_rows * n_columns, 1)
    contrasts = interaction_contrasts(n_rows, n_columns)
    scaled = np.divide(contrasts, p, out=np.zeros((*stack, *contrasts.shape)), where=p > 0)
    delta = np.linalg.solve(contrasts.T @ scaled, np.swapaxes(scaled, -1, -2) @ covariance @ scaled)
    trace: FloatArray = np.trace(delta, axis1=-2, axis2=-1)
    trace_squared: FloatArray = (delta * np.swapaxes(delta, -1, -2)).sum(axis=(-2, -1))
    return pearson, trace, trace_squared


def cramers_v(cells: FloatArray) -> float:
    """Cramér's V of an (r, c) table of shares or totals, 0 (independent) to 1; empty rows and columns are left out.

    √(Σ(p - e)²/e / (min(r, c) - 1)) (Cramér 1946, p. 282); NaN for a single row or column.

    Examples
    --------
    >>> round(cramers_v(np.array([[0.3, 0.2], [0.1, 0.4]])), 4)
    0.4082
    """
    filled = cells[cells.sum(axis=1) > 0][:, cells.sum(axis=0) > 0]
    smaller = min(filled.shape)
    if smaller < 2:
        return math.nan
    p = filled / filled.sum()
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    return math.sqrt(float(((p - expected) ** 2 / expected).sum()) / (smaller - 1))


def _without_empty(cells: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    rows, columns = cells.sum(axis=1) > 0, cells.sum(axis=0) > 0
    if rows.all() and columns.all():
        return cells, covariance
    kept = np.flatnonzero(np.outer(rows, columns).ravel())
    return cells[rows][:, columns], covariance[np.ix_(kept, kept)]


@lru_cache(maxsize=256)
def interaction_contrasts(n_rows: int, n_columns: int) -> FloatArray:
    """(r·c, (r-1)(c-1)) basis of the contrasts orthogonal to all rows and columns; Δ is the same in every basis."""
    basis = np.asarray(np.kron(_helmert(n_rows), _helmert(n_columns)), dtype=np.float64)
    basis.setflags(write=False)
    return basis


def _helmert(size: int) -> FloatArray:
    """(size, size - 1) orthonormal contrasts: each category against the mean of those before it."""
    place = np.arange(1, size, dtype=np.float64)
    against = np.triu(np.ones((size, size - 1))) - np.eye(size, size - 1, -1) * place
    contrasts: FloatArray = against * (place * (place + 1)) ** -0.5
    return contrasts


def _wald(totals: FloatArray, covariance: FloatArray, table: str) -> float:
    """Quadratic form of the interactions Y = N_ij - N_i·N_·j/N without the first row and column."""
    n_rows, n_columns = totals.shape
    total = totals.sum()
    row_shares, column_shares = totals.sum(axis=1) / total, totals.sum(axis=0) / total
    interaction = (totals - total * np.outer(row_shares, column_shares))[1:, 1:].ravel()
    keep_rows = np.eye(n_rows) - row_shares[:, None]
    keep_columns = np.eye(n_columns) - column_shares[:, None]
    jacobian = np.kron(keep_rows[1:], keep_columns[1:])
    variance = jacobian @ covariance @ jacobian.T
    return quadratic_form(interaction, variance, table)


def quadratic_form(estimate: FloatArray, covariance: FloatArray, what: str) -> float:
    """Wald statistic e'V⁻¹e of (k,) estimates; `what` names the test in the error.

    Raises
    ------
    EstimationError
        V is zero somewhere on its diagonal, or singular.

    Examples
    --------
    >>> quadratic_form(np.array([3.0, 4.0]), np.diag([1.0, 4.0]), "example")
    13.0
    """
    size = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    if not (size > _NO_VARIANCE * np.abs(estimate)).all():
        raise EstimationError(f"{what}: no sampling variance, no test exists.")
    correlation = covariance / np.outer(size, size)
    if np.linalg.matrix_rank(correlation, tol=_SINGULAR, hermitian=True) < len(size):
        raise EstimationError(
            f"{what}: the covariance of {len(size)} contrasts is singular, there are too few sampling units for a Wald "
            "test. Merge categories, or use test='F' where it is offered."
        )
    scaled = estimate / size
    return float(scaled @ np.linalg.solve(correlation, scaled))
