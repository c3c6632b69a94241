"""Marks of a plot of dots, and their numbers where they touch no dot, interval or line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.language import catalogue
from kzm_surveys.plots.dot_blocks import Measure
from kzm_surveys.plots.lettering import text_width
from kzm_surveys.plots.palette import MUTED
from kzm_surveys.plots.rows import RowPlot
from kzm_surveys.plots.sheet import NUMBERS
from kzm_surveys.plots.style import Width
from kzm_surveys.plots.words import word

#: Inches: around a number, and from the middle of a dot to its edge.
_GAP, _DOT = 0.04, 0.045


@dataclass
class Series:
    """Marks that look alike: places down the plot with their estimates; `name` goes before the names of artists."""

    name: str
    colour: str
    marker: str
    marks: list[tuple[float, Estimate]] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """The upright line at the value of all."""

    x: float
    top: float
    bottom: float
    colour: str
    dash: object


def room_for_numbers(rows: Sequence[Estimate], measure: Measure) -> float:
    """Inches that the widest number needs right of the scale."""
    return max(text_width(measure.write(row.estimate), NUMBERS) for row in rows if row.printable) + _DOT + 2 * _GAP


def is_small(row: Estimate) -> bool:
    """The base of an estimate is small."""
    return "small_base" in row.flag.split()


def draw_marks(plot: RowPlot, series: Sequence[Series], lines: Sequence[Line], measure: Measure, width: Width) -> None:
    """Draw the lines, then each series with its intervals and numbers."""
    for line in lines:
        plot.upright(line.x, line.top, line.bottom, line.colour, name="total line", dash=line.dash)
    every = [row for each in series for _, row in each.marks]
    limit = plot.sheet.left + plot.sheet.width + room_for_numbers(every, measure)
    for each in series:
        shown = [(y, row) for y, row in each.marks if row.printable]
        known = [(y, row) for y, row in shown if np.isfinite(row.ci_low) and np.isfinite(row.ci_high)]
        if known:
            ends = np.array([(y, row.ci_low, row.ci_high) for y, row in known]).T
            plot.lines(ends[0], ends[1], ends[2], each.colour, name=f"{each.name}interval")
        for small in (False, True):
            at = np.array([(row.estimate, y) for y, row in shown if is_small(row) == small]).reshape(-1, 2).T
            plot.dots(at[0], at[1], each.colour, name=f"{each.name}{'small base' if small else 'dot'}", hollow=small,
                      marker=each.marker, size=4.8 if each.marker in "Ds" else 5.5)  # fmt: skip
        for y, row in each.marks:
            crossing = sorted(plot.inches(line.x) for line in lines if line.top <= y <= line.bottom)
            if row.printable:
                _number(plot, y, row, crossing, measure)
            else:
                words = [catalogue.text(measure.lang, "withheld"), word(measure.lang, "withheld_short")]
                _absent(plot, y, row, crossing, words[width == "half" :], limit)


def _number(plot: RowPlot, y: float, row: Estimate, lines: Sequence[float], measure: Measure) -> None:
    """Write the number right of its interval, or left of it, or behind the line that stands there."""
    text, dot = measure.write(row.estimate), plot.inches(row.estimate)
    needed = text_width(text, NUMBERS)
    low, high = (
        plot.inches(float(np.clip(end, plot.scale.low, plot.scale.high))) if np.isfinite(end) else dot
        for end in (row.ci_low, row.ci_high)
    )
    edge = max(high, dot + _DOT)
    start = _right_of(edge, needed, lines)
    left = min(low, dot - _DOT) - _GAP - needed
    if start > edge + _GAP and left >= plot.sheet.left and not _crossed(left, needed, lines):
        start = left
    plot.write(plot.place(start), y, text, name="number", blank=True)


def _absent(
    plot: RowPlot, y: float, row: Estimate, lines: Sequence[float], withheld: Sequence[str], limit: float
) -> None:
    """Say why there is no number, in the first words that end before a place in inches."""
    for words in withheld if row.withheld else ["–"]:
        needed = text_width(words, NUMBERS)
        start = _right_of(plot.sheet.left, needed, lines)
        if start + needed <= limit:
            break
    plot.write(plot.place(start), y, words, name="withheld" if row.withheld else "empty", colour=MUTED, blank=True,
               style="italic" if row.withheld else "normal")  # fmt: skip


def _right_of(edge: float, needed: float, lines: Sequence[float]) -> float:
    """Where words begin that stand right of a place, and of every line that would cross them."""
    start = edge + _GAP
    for line in lines:
        if _crossed(start, needed, [line]):
            start = line + _GAP
    return start


def _crossed(start: float, needed: float, lines: Sequence[float]) -> bool:
    return any(start - 0.9 * _GAP < line < start + needed + 0.9 * _GAP for line in lines)
