"""Groups of a weighting's margins whose respondents are so few that their number is withheld."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kzm_surveys.arrays import BoolArray


def withheld_groups(margins: pd.DataFrame, smallest: int) -> BoolArray:
    """Mark the rows of a record's margins that may not be shown, and those that would give one away.

    A margin beside a joint one of the same variable is its sum, so a category that holds one withheld cell is withheld.

    Parameters
    ----------
    margins
        ``WeightingRecord.margins``: columns ``variable category n``, joint names joined by a star.
    smallest
        Fewest respondents of a group that is shown (``smallest_cell`` in ``wave.toml``).

    Returns
    -------
    ndarray
        (rows,) True where the count and the share among respondents are withheld.

    Examples
    --------
    >>> margins = pd.DataFrame({"variable": "sex", "category": ["male", "female"], "n": [3, 97]})
    >>> withheld_groups(margins, 5).tolist()
    [True, True]
    """
    rows = {str(name): np.asarray(found) for name, found in margins.groupby("variable", sort=False).indices.items()}
    counts, categories = margins["n"].to_numpy(), margins["category"].str.split("*")
    hidden = np.zeros(len(margins), dtype=np.bool_)
    for at in rows.values():
        hidden[at] = small_groups(counts[at].tolist(), smallest)
    for name, at in rows.items():
        parts = name.split("*")
        for joint, cells in rows.items():
            names = joint.split("*")
            if not set(parts) < set(names):
                continue
            places = [names.index(part) for part in parts]
            held = [[categories[row][place] for place in places] for row in cells if hidden[row]]
            known = [held.count(categories[row]) == 1 for row in at]
            hidden[at] = _completed([bool(a or b) for a, b in zip(hidden[at], known, strict=True)], counts[at].tolist())
    return hidden


def small_groups(counts: Sequence[int], smallest: int) -> list[bool]:
    """Mark groups of fewer than `smallest`, but not of 0, and the next smallest if the total would give one away.

    Examples
    --------
    >>> small_groups([100, 3, 12, 0], 5), small_groups([100, 3, 4], 5), small_groups([100, 12], 5)
    ([False, True, True, False], [False, True, True], [False, False])
    """
    return _completed([0 < n < smallest for n in counts], counts)


def _completed(hidden: Sequence[bool], counts: Sequence[int]) -> list[bool]:
    """Where one group is hidden, hide the smallest other one that is not empty: the total less the others is it."""
    out = list(hidden)
    others = [place for place, n in enumerate(counts) if n and not out[place]]
    if sum(out) == 1 and others:
        out[min(others, key=lambda place: counts[place])] = True
    return out
