"""Ages in the labels of a table, single years or groups, to the bands of a codebook."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kzm_surveys.codebook.derived import Band
from kzm_surveys.errors import WeightingError
from kzm_surveys.wave import TableDimension

#: One or two numbers, at most one word, which is not read, and a plus: "2 leti", "85 + let", "20-24 let".
_LABEL = re.compile(
    r"(?P<low>\d{1,3})(?:\s*[-–—]\s*(?P<high>\d{1,3}))?\s*(?:[^\W\d]+\.?|(?P<open>(?:[^\W\d]+\s*)?\+\s*(?:[^\W\d]+\.?)?))?"
)


@dataclass(frozen=True)
class AgeGroup:
    """Ages `low` to `high`, both in it, at a position of the dimension; `high` is infinite in an open group."""

    position: int
    label: str
    low: int
    high: float


def parse_age(label: str) -> tuple[int, float] | None:
    """Ages that a label names; None if its numbers alone do not tell.

    Examples
    --------
    >>> [parse_age(label) for label in ("1 leto", "20-24 let", "85 + let", "85+")]
    [(1, 1), (20, 24), (85, inf), (85, inf)]
    >>> parse_age("Starost - SKUPAJ") is parse_age("85 and over") is parse_age("do 14 let") is None
    True
    """
    found = _LABEL.fullmatch(label.strip())
    if found is None or (found["high"] and (found["open"] or int(found["high"]) < int(found["low"]))):
        return None
    low = int(found["low"])
    return low, math.inf if found["open"] else int(found["high"] or low)


def age_groups(labels: Mapping[int, str], open_top: int | None, where: str) -> list[AgeGroup]:
    """Age groups of a dimension, from position -> label, in rising order.

    Raises
    ------
    WeightingError
        A label from which no ages can be read, or two groups that hold the same ages.
    """
    groups = []
    for position, label in labels.items():
        ages = parse_age(label)
        if position == open_top and (found := re.search(r"\d+", label)):
            ages = int(found[0]), math.inf
        if ages is None:
            raise WeightingError(
                f"{where}: from '{label}' no ages can be read. If it is a sum, name it in 'totals'; if it is people "
                "outside the population, in 'left_out'; if it is the last, open group, in 'open_top'."
            )
        groups.append(AgeGroup(position, label, *ages))
    groups.sort(key=lambda group: (group.low, group.high))
    for below, above in pairwise(groups):
        if above.low <= below.high:
            raise WeightingError(
                f"{where}: '{below.label}' and '{above.label}' hold the same ages and would be added twice. Name the "
                "one that repeats others in 'totals'."
            )
    return groups


def into_bands(
    groups: Sequence[AgeGroup], bands: Sequence[Band], spec: TableDimension, where: str
) -> dict[str, list[int]]:
    """Positions of the groups of each band; ages outside all bands are in none.

    Raises
    ------
    WeightingError
        A band without a lowest age, a group across the border of a band, or ages of a band that the table lacks.
    """
    return {band.name: _inside(groups, band, spec, where) for band in bands}


def _inside(groups: Sequence[AgeGroup], band: Band, spec: TableDimension, where: str) -> list[int]:
    lows = [limit for limit in (band.lowest, spec.lowest) if limit is not None]
    highs = [limit for limit in (band.highest, spec.highest) if limit is not None]
    if not lows:
        raise WeightingError(f"{where}: band '{band.name}' has no lowest age. Say the population's with 'lowest'.")
    low, high = max(lows), min(highs, default=math.inf)
    inside = []
    expected: float = low
    for group in groups:
        if group.high < low or group.low > high:
            continue
        if group.low < low or group.high > high:
            border = f"{low:g}" if group.low < low else f"{high:g}"
            raise WeightingError(
                f"{where}: '{group.label}' lies across the border {border} of band '{band.name}' and cannot be split. "
                "Ask for single years of age, or for groups that end where the band ends."
            )
        if group.low > expected:
            break
        inside.append(group.position)
        expected = group.high + 1
    if expected <= high and not (math.isinf(expected) and math.isinf(high)):
        if math.isinf(high):
            lacking = (
                f"{expected:g} and over (an open group such as 85+; if its label has no plus, name it in 'open_top')"
            )
        else:
            lacking = f"{expected:g}"
        raise WeightingError(f"{where}: band '{band.name}' needs the age {lacking}, and the table has no such row.")
    return inside
