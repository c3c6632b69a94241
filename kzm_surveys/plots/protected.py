"""Which numbers a picture leaves out, so that those beside them do not give a withheld one away."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.estimation.estimates import Estimate, Estimates

#: What the shares of a statistic add up to one over; other shares than these by their group.
_WHOLE = {"row_proportion": ("variable", "by", "category"), "total_proportion": ("variable", "by")}
#: Shares whose sum differs less from one add up to it.
ROUNDING = 1e-9


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
    wholes = [np.flatnonzero([each == name for each in whole]) for name in dict.fromkeys(whole)]
    return left_out_of_sums(wholes, shares, withheld)


def left_out_of_sums(sums: Sequence[IntArray], sizes: FloatArray, withheld: BoolArray) -> BoolArray:
    """Withheld cells of a table, and others with them until none is the only one left out of a sum.

    Parameters
    ----------
    sums
        Places of cells of which any one is what the others leave: those that add up to one, or to another of them.
    sizes
        (k,) by which the smallest other is chosen; one of nothing only if there is none beside it.
    withheld
        (k,) those that print withholds.

    Examples
    --------
    Two groups and their total: beside the first cell of a group go another of the group, and both of the other group.

    >>> columns, rows = [np.array([0, 3]), np.array([1, 4]), np.array([2, 5])], [np.arange(3), np.arange(3, 6)]
    >>> sizes = np.array([50.0, 3, 47, 60, 40, 20])
    >>> left_out_of_sums([*columns, *rows], sizes, sizes < 5).astype(int).tolist()
    [0, 1, 1, 0, 1, 1]
    """
    out = withheld.copy()
    while len(others := _beside_told(sums, out, withheld)):
        some = others[sizes[others] > 0]
        choice = some if len(some) else others
        out[choice[np.argmin(sizes[choice])]] = True
    return out


def _beside_told(sums: Sequence[IntArray], out: BoolArray, withheld: BoolArray) -> IntArray:
    """What is shown of a sum in which the other sums tell a cell that is left out; nothing if none is told."""
    several = [places for places in sums if len(places) > 1 and out[places].any()]
    for places in several:
        if np.count_nonzero(out[places]) == 1:
            return places[~out[places]]
    if several:
        # A cell is told by several sums together if no two solutions of the equations differ in it.
        equations = np.array([np.isin(np.flatnonzero(out), places) for places in several], dtype=np.float64)
        _, singular, directions = np.linalg.svd(equations)
        free = directions[np.count_nonzero(singular > ROUNDING) :]
        told = withheld.copy()
        told[out] &= (np.abs(free) < ROUNDING).all(axis=0)
        if told.any():
            nearest = sorted(several, key=lambda places: not told[places].any())
            return next((places[~out[places]] for places in nearest if not out[places].all()), nearest[0][:0])
    return np.empty(0, dtype=np.int64)


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
    add_up = [_whole(row) if abs(sums[_whole(row)] - 1) < ROUNDING else place for place, row in enumerate(rows)]
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


def beside_others(parts: Sequence[Estimates]) -> list[Estimates]:
    """Withhold beside a single withheld group the one with the smallest base, where another part tells the total.

    Parameters
    ----------
    parts
        All that a figure shows: a break of a question, its total, other breaks of it, other questions.

    Examples
    --------
    >>> import pandas as pd, kzm_surveys as kzm
    >>> answers = pd.DataFrame({"g": ["a"] * 60 + ["b"] * 40 + ["c"] * 3, "h": (["x"] * 50 + ["z"] * 53),
    ...                         "q": (["y", "n"] * 52)[:103]})
    >>> design = kzm.SurveyDesign(answers)
    >>> shares = [kzm.proportion(design, "q", by=by, categories=["y"]) for by in ("g", "h")]
    >>> [[row.withheld for row in part] for part in beside_others(shares)]
    [[False, True, True], [False, False]]
    """
    breaks: dict[Hashable, set[str | None]] = {}
    for row in (row for part in parts for row in part):
        breaks.setdefault(_asked(row), set()).add(row.by)
    out = []
    for part in parts:
        each = [(_asked(row), row.by) if row.by and len(breaks[_asked(row)]) > 1 else place
                for place, row in enumerate(part)]  # fmt: skip
        n, withheld = (np.array([getattr(row, name) for row in part]) for name in ("n", "withheld"))
        out.append(_flagged(part, left_out(each, n.astype(np.float64), withheld.astype(np.bool_))))
    return out


def beside_items(nets: Estimates, items: Sequence[Estimates]) -> Estimates:
    """Withhold the net of a question that has a withheld share: its bar is not shown.

    Parameters
    ----------
    nets
        A share of several categories per question, as :func:`kzm_surveys.battery` gives.
    items
        The shares of all categories of each question.

    Examples
    --------
    >>> import pandas as pd, kzm_surveys as kzm
    >>> answers = pd.DataFrame({"q": pd.Categorical(["a"] * 2 + ["b"] * 28 + ["c"] * 70, ordered=True)})
    >>> design = kzm.SurveyDesign(answers)
    >>> net = kzm.proportion(design, "q", categories=["a", "b"])
    >>> [row.withheld for row in beside_items(net, [kzm.proportion(design, "q")])]
    [True]
    """
    hidden = {row.variable for item in items for row in item if row.withheld}
    return _flagged(nets, np.array([row.withheld or row.variable in hidden for row in nets], dtype=np.bool_))


def _asked(row: Estimate) -> Hashable:
    return row.variable, row.category, row.statistic, row.base, row.where


def _whole(row: Estimate) -> Hashable:
    return tuple(getattr(row, name) for name in _WHOLE.get(row.statistic, ("variable", "by", "by_category")))


def _flagged(estimates: Estimates, hidden: BoolArray) -> Estimates:
    flags = [
        f"{row.flag} small_cell".lstrip() if hide and not row.withheld else row.flag
        for row, hide in zip(estimates, hidden.tolist(), strict=True)
    ]
    return estimates.renamed(flag=flags)
