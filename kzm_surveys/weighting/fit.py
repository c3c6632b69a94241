"""Iterative proportional fitting on the table of weighting cells, of one set of weights or of many replicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from kzm_surveys.arrays import CodeArray, FloatArray

#: Indicator matrices up to this many entries are kept whole.
_DENSE = 100_000
#: The fit goes on until it is this much closer than asked, so that two orders of margins give the same weights.
CLOSER = 1e-2


def proportional_fit(
    start: FloatArray, levels: Sequence[CodeArray], shares: Sequence[FloatArray], *, tolerance: float,
    max_iterations: int,
) -> tuple[FloatArray, int, list[FloatArray]]:  # fmt: skip
    """Scale a table to each margin in turn until all are met (Deming and Stephan 1940, Ann. Math. Stat. 11, 427-444).

    Parameters
    ----------
    start
        (cells,) or (cells, R) table; every category of every margin must have a positive sum.
    levels
        Per margin (cells,) the number of the category.
    shares
        Per margin the targets, which sum to 1.
    tolerance, max_iterations
        Largest relative distance from a target; sweeps over all margins.

    Returns
    -------
    tuple
        Table that sums to 1, sweeps, and per margin the relative distances that remain ((k,) or (k, R)).
    """
    fitted = start / start.sum(axis=0)
    indicators = [indicator(level, len(share)) for level, share in zip(levels, shares, strict=True)]
    targets = [share if start.ndim == 1 else share[:, None] for share in shares]
    margins = list(zip(indicators, levels, targets, strict=True))
    sweeps = 0
    while sweeps < max_iterations:
        sweeps += 1
        worst = 0.0
        for member, level, target in margins:
            factor = target / (member @ fitted)
            worst = max(worst, float(np.abs(factor - 1).max()))
            fitted *= factor[level]
        if worst <= tolerance * CLOSER or len(margins) == 1:
            break
    return fitted, sweeps, [member @ fitted / target - 1 for member, _, target in margins]


def indicator(level: CodeArray, size: int) -> FloatArray | sparse.csr_array:
    """(categories, cells) which cells belong to which category."""
    if size * len(level) <= _DENSE:
        return np.equal.outer(np.arange(size), level).astype(np.float64)
    inside = np.flatnonzero(level >= 0)
    return sparse.csr_array((np.ones(len(inside)), (level[inside], inside)), shape=(size, len(level)))
