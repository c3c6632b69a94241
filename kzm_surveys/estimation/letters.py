"""Letters of a banner table: which columns of a break differ by the design-based test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import special

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.estimation.crossing import Crossing, Results
from kzm_surveys.estimation.multiplicity import Correction, adjust_p_values

#: A difference whose variance is below this share of those of its two parts has no sampling variance.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Pairs of columns of a break: (pairs, 2) numbers of the columns, (pairs, labels) differences and p-values."""

    pairs: npt.NDArray[np.int64]
    difference: FloatArray
    p: FloatArray


def compared(crossing: Crossing, results: Results, columns: BoolArray) -> Comparisons:
    """Compare the groups of a break in pairs by t tests, those that `columns` (groups,) names."""
    pairs = np.array(list(combinations(np.flatnonzero(columns), 2)), dtype=np.int64).reshape(-1, 2)
    if not len(pairs):
        nothing = np.zeros((0, len(results.estimate) // len(columns)))
        return Comparisons(pairs, nothing, nothing)
    return Comparisons(pairs, *_t_tests(crossing, results, pairs))


def column_letters(
    parts: Sequence[Comparisons], letters: Sequence[str], *, level: float, correction: Correction
) -> npt.NDArray[np.object_]:
    """(labels, groups) letters of the groups whose share or mean is lower.

    Parameters
    ----------
    parts
        Comparisons of the same groups; their labels stand one below the other.
    letters
        Letter of each group.
    level
        1 - level is the error rate.
    correction
        Over all pairs of groups and all labels of all parts.
    """
    tests = [part.p.T.ravel() for part in parts]
    corrected = adjust_p_values(np.concatenate(tests), method=correction)
    out = []
    for part, p in zip(parts, np.split(corrected, np.cumsum([len(test) for test in tests])[:-1]), strict=True):
        lines = np.full((part.p.shape[1], len(letters)), "", dtype=object)
        for label, number in np.argwhere(p.reshape(part.p.T.shape) < 1 - level):
            first, second = part.pairs[number]
            higher, lower = (first, second) if part.difference[number, label] > 0 else (second, first)
            lines[label, higher] += letters[lower]
        out.append(lines)
    return np.concatenate(out)


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
