"""Letters of a banner table: which columns of a break differ by the design-based test."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import special

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.estimation.crossing import Crossing, Results
from kzm_surveys.estimation.multiplicity import Correction, adjust_p_values

#: A difference whose variance is below this share of those of its two parts has no sampling variance.
_NO_VARIANCE = 1e-12


def column_letters(
    crossing: Crossing, results: Results, letters: Sequence[str], compared: BoolArray, *, level: float,
    correction: Correction,
) -> npt.NDArray[np.object_]:  # fmt: skip
    """(labels, groups) letters of the groups whose share or mean is lower, by t tests of all pairs of groups.

    Parameters
    ----------
    crossing, results
        Answers by the groups of a break.
    letters
        Letter of each group.
    compared
        (groups,) which groups are compared.
    level
        1 - level is the error rate.
    correction
        Over all pairs of groups and all labels.
    """
    n_groups = len(letters)
    labels = len(results.estimate) // n_groups
    out = np.full((labels, n_groups), "", dtype=object)
    pairs = np.array([pair for pair in combinations(range(n_groups), 2) if compared[list(pair)].all()])
    if not len(pairs):
        return out
    difference, p = _t_tests(crossing, results, pairs)
    p = adjust_p_values(p.ravel(), method=correction).reshape(p.shape)
    for number, label in np.argwhere(p < 1 - level):
        first, second = pairs[number]
        higher, lower = (first, second) if difference[number, label] > 0 else (second, first)
        out[label, higher] += letters[lower]
    return out


def _t_tests(crossing: Crossing, results: Results, pairs: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """(pairs, labels) differences and p-values; degrees of freedom are those of both groups together."""
    n_groups = len(crossing.groups)
    estimate = results.estimate.reshape(n_groups, -1)
    labels = estimate.shape[1]
    by_label = np.einsum("albl->lab", results.covariance.reshape(n_groups, labels, n_groups, labels))
    first, second = pairs.T
    own = by_label[:, first, first] + by_label[:, second, second]
    variance = own - 2 * by_label[:, first, second]
    difference = estimate[first] - estimate[second]
    tab = crossing.tabulation
    groups = np.arange(tab.n_cells) // tab.shape[-1]
    df = tab.degrees_of_freedom((groups == pairs[:, :1] + 1) | (groups == pairs[:, 1:] + 1))
    # A share of 0 or 100 % has no variance to be estimated: a t test would take it as known for certain.
    varies = (by_label[:, first, first] > 0) & (by_label[:, second, second] > 0)
    testable = varies & (variance > _NO_VARIANCE * own) & (df > 0)
    t = np.abs(difference.T) / np.sqrt(np.where(testable, variance, 1.0))
    p = np.where(testable, 2 * special.stdtr(np.where(df > 0, df, 1.0), -t), np.nan)
    return difference, p.T


def equal_means(results: Results, df: float, used: BoolArray) -> tuple[float, int, float] | None:
    """Wald F of equal means of some groups, its df_num and df_den; None where no test exists.

    W/k·(df - k + 1)/df on k and df - k + 1 degrees of freedom, k groups less one (Fellegi 1980, JASA 75, p. 264).
    """
    k = int(used.sum()) - 1
    if k < 1 or not df - k + 1 > 0:
        return None
    contrasts = np.eye(k + 1)[1:] - np.eye(k + 1)[0]
    means = contrasts @ results.estimate[used]
    variance = contrasts @ results.covariance[np.ix_(used, used)] @ contrasts.T
    size = np.sqrt(np.diag(variance))
    if (
        not (size > _NO_VARIANCE * np.abs(results.estimate[used]).max()).all()
        or np.linalg.matrix_rank(variance / np.outer(size, size), hermitian=True) < k
    ):
        return None
    wald = float(means @ np.linalg.solve(variance, means))
    return wald / k * (df - k + 1) / df, k, df - k + 1
