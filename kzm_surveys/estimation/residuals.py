"""Which cells of a cross-table hold more or fewer answers than independence of rows and columns would give them."""

from __future__ import annotations

import numpy as np
from scipy import special

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.estimation.multiplicity import adjust_p_values

#: A variance below this part of what independent simple random sampling would give is rounding.
_NO_VARIANCE = 1e-10


def residuals(
    cells: FloatArray, covariance: FloatArray, counts: IntArray, *, df: float, fewest: float = 5
) -> dict[str, FloatArray]:  # fmt: skip
    """Differences of the cells of a table from independence, each with its design-based t test.

    Parameters
    ----------
    cells
        (r, c) estimated shares of the table, summing to 1.
    covariance
        (r·c, r·c) their covariance, row by row; NaN for an opt-in sample.
    counts
        (r, c) unweighted counts.
    df
        Degrees of freedom of the design.
    fewest
        A cell is tested only if at least so many answers are expected under independence, by the unweighted counts, in
        each cell of the two-by-two table of its row and its column against all others.

    Returns
    -------
    dict
        (r, c) arrays "residual" p_ij - p_i·p_·j on the scale of the shares of all, its standard error "se", "z" (their
        quotient), the two-sided "p_value" of Student's t with `df` degrees of freedom, and "p_adjusted" after Holm's
        correction over all tested cells; of two rows (or columns) one is the mirror of the other and counts once. NaN
        where there is no test; only the residual always exists.

    Notes
    -----
    By the delta method the variance is g'Vg with the slopes g_kl = (1_ik - p_i·)(1_jl - p_·j) - p_i·p_·j, the last
    term being the same for all cells and so without effect on shares that sum to 1; R's ``svycontrast`` of
    ``svymean(~interaction(row, column))``. Haberman's adjusted residual (1973, Biometrics 29, p. 205) divides the same
    difference by √(p_i·(1 - p_i·)p_·j(1 - p_·j)/n), its standard error in a simple random sample if rows and columns
    are independent. There the two agree in large samples; here the variance is that of the design and is not taken
    under independence, as in a Wald test.

    Examples
    --------
    >>> shares = np.array([[0.3, 0.2], [0.1, 0.4]])
    >>> p = shares.ravel()
    >>> simple_random = (np.diag(p) - np.outer(p, p)) / 100
    >>> found = residuals(shares, simple_random, (100 * shares).astype(int), df=99)
    >>> found["residual"].round(4).tolist(), found["z"].round(3).tolist()
    ([[0.1, -0.1], [-0.1, 0.1]], [[4.472, -4.472], [-4.472, 4.472]])
    """
    rows, columns = cells.sum(axis=1), cells.sum(axis=0)
    residual = cells - np.outer(rows, columns)
    slopes = np.kron(np.eye(len(rows)) - rows[:, None], np.eye(len(columns)) - columns[:, None])
    variance = np.einsum("ik,kl,il->i", slopes, covariance, slopes, optimize=True).reshape(cells.shape)
    n = max(int(counts.sum()), 1)
    independent = np.outer(rows * (1 - rows), columns * (1 - columns)) / n
    se = np.where(variance > _NO_VARIANCE * independent, np.sqrt(variance.clip(min=0)), np.nan)
    of_row, of_column = counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(np.minimum(of_row, n - of_row), np.minimum(of_column, n - of_column)) / n
    tested = np.isfinite(se) & (expected >= fewest) & (df > 0)
    z = np.where(tested, residual / se, np.nan)
    p = 2 * special.stdtr(df, -np.abs(z)) if df > 0 else np.full(cells.shape, np.nan)
    once = p[: 1 if len(rows) == 2 else None, : 1 if len(columns) == 2 else None]
    adjusted = np.broadcast_to(adjust_p_values(once), p.shape)
    return {"residual": residual, "se": se, "z": z, "p_value": p, "p_adjusted": adjusted}
