"""Which words may stand for a share: each tied to an interval of the percentage as printed with one decimal.

The bare fraction stands for shares that round to within half a percentage point of it, "just over" and "just under" for
at most 2.5 points more or less. A share between the intervals has no words. The report of 2022 pins two of them: 66.5 %
are "dve tretjini", 26 to 27 % "dobra četrtina". The number always stands beside the words.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from kzm_surveys.errors import FindingError
from kzm_surveys.language.numbers import round_half_up

Fraction = Literal["tenth", "fifth", "quarter", "third", "half", "two_thirds", "three_quarters"]
Nearness = Literal["under", "exact", "over"]


class Interval(NamedTuple):
    """Percentages from `low` to under `high`, both in tenths of a per cent, and the fraction that they are called."""

    low: int
    high: int
    fraction: Fraction
    nearness: Nearness


def _around(fraction: Fraction, under: int, low: int, high: int, over: int) -> tuple[Interval, Interval, Interval]:
    return (
        Interval(under, low, fraction, "under"),
        Interval(low, high, fraction, "exact"),
        Interval(high, over, fraction, "over"),
    )


#: Disjoint, in rising order; tenths of a per cent: under from | exactly from | over from | to below.
INTERVALS: tuple[Interval, ...] = (
    *_around("tenth", 85, 95, 105, 120),
    *_around("fifth", 180, 195, 205, 220),
    *_around("quarter", 220, 245, 255, 280),
    *_around("third", 308, 328, 338, 358),
    *_around("half", 470, 495, 505, 530),
    *_around("two_thirds", 642, 662, 672, 692),
    *_around("three_quarters", 720, 745, 755, 780),
)

#: How many of its parts a fraction has: the number that the verb agrees with.
PARTS: dict[Fraction, int] = {
    "tenth": 1, "fifth": 1, "quarter": 1, "third": 1, "half": 1, "two_thirds": 2, "three_quarters": 3,
}  # fmt: skip

#: One in how many a fraction is, where it is exactly so.
ONE_IN: dict[Fraction, str] = {"tenth": "ten", "fifth": "five", "quarter": "four", "third": "three", "half": "two"}


def named(share: float) -> Interval | None:
    """Return the interval with a name that a share (0-1) lies in, or None.

    Raises
    ------
    FindingError
        The value is no share.

    Examples
    --------
    >>> named(0.263), named(338 / 508).fraction, named(0.29)
    (Interval(low=255, high=280, fraction='quarter', nearness='over'), 'two_thirds', None)
    """
    if not 0 <= share <= 1:
        raise FindingError(f"{share} is no share from 0 to 1, so there are no words for it.")
    tenths = int(round_half_up(100 * share, 1) * 10)
    return next((interval for interval in INTERVALS if interval.low <= tenths < interval.high), None)
