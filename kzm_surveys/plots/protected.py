"""Which numbers a picture leaves out, so that those beside them do not give a withheld one away."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.estimation.estimates import Estimate, Estimates

#: What the shares of a statistic add up to one over; other shares than these by their group.
_WHOLE = {"row_proportion": ("variable", "by", "category"), "total_proportion": ("variable", "by")}
_ROUNDING = 1e-9


def left_out(whole: Sequence[Hashable], shares: FloatArray, withheld: BoolArray) -> BoolArray:
    """Withheld shares, and beside a single one of a whole the smallest other that is not zero.

    Parameters
    ----------
    whole
        (k,) what the shares with the same name add up to: a single missing one is what the others leave of it.
    shares
        (k,) shares on 0-1.
    withheld
        (k,) those that print withholds.

    Examples
    --------
    >>> left_out(["q"] * 4, np.array([0.5, 0.3, 0.18, 0.02]), np.array([False, False, False, True])).tolist()
    [False, False, True, True]
    """
    out = withheld.copy()
    for name in dict.fromkeys(whole):
        here = np.array([each == name for each in whole])
        others = np.flatnonzero(here & ~withheld & (shares > 0))
        if np.count_nonzero(here & withheld) == 1 and len(others):
            out[others[np.argmin(shares[others])]] = True
    return out


def protected(estimates: Estimates) -> Estimates:
    """Withhold beside a single withheld share of a whole the smallest other, where the shares add up to one.

    Examples
    --------
    >>> import pandas as pd, kzm_surveys as kzm
    >>> answers = pd.DataFrame({"q": ["a"] * 50 + ["b"] * 30 + ["c"] * 18 + ["d"] * 2})
    >>> shares = kzm.proportion(kzm.SurveyDesign(answers), "q")
    >>> [row.withheld for row in shares], [row.withheld for row in protected(shares)]
    ([False, False, False, True], [False, False, True, True])
    """
    rows = estimates.rows
    shares = np.array([row.estimate for row in rows])
    sums: dict[Hashable, float] = {}
    for row in rows:
        sums[_whole(row)] = sums.get(_whole(row), 0.0) + row.estimate
    add_up = [_whole(row) if abs(sums[_whole(row)] - 1) < _ROUNDING else place for place, row in enumerate(rows)]
    return _flagged(estimates, left_out(add_up, shares, np.array([row.withheld for row in rows], dtype=np.bool_)))


def beside_total(groups: Estimates) -> Estimates:
    """Withhold beside a single withheld group the one with the fewest answers behind it: their total is shown too.

    Examples
    --------
    >>> import pandas as pd, kzm_surveys as kzm
    >>> answers = pd.DataFrame({"g": ["a"] * 60 + ["b"] * 40 + ["c"] * 3, "q": (["y", "n"] * 52)[:103]})
    >>> shares = kzm.proportion(kzm.SurveyDesign(answers), "q", by="g", categories=["y"])
    >>> [row.withheld for row in shares], [row.withheld for row in beside_total(shares)]
    ([False, False, True], [False, True, True])
    """
    rows = groups.rows
    each = [(row.variable, row.category) if row.by else place for place, row in enumerate(rows)]
    withheld = np.array([row.withheld for row in rows], dtype=np.bool_)
    return _flagged(groups, left_out(each, groups.cell_n.astype(np.float64), withheld))


def _whole(row: Estimate) -> Hashable:
    return tuple(getattr(row, name) for name in _WHOLE.get(row.statistic, ("variable", "by", "by_category")))


def _flagged(estimates: Estimates, hidden: BoolArray) -> Estimates:
    flags = [
        f"{row.flag} small_cell".lstrip() if hide and not row.withheld else row.flag
        for row, hide in zip(estimates, hidden.tolist(), strict=True)
    ]
    return estimates.renamed(flag=flags)
