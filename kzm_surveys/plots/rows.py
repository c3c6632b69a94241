"""A plot of horizontal rows: wrapped labels at the left, columns of numbers at the right, one scale across."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.path import Path

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.errors import FindingError
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.lettering import line_height, text_width, wrapped
from kzm_surveys.plots.palette import GRID, INK, MUTED, OUTLINE
from kzm_surveys.plots.sheet import EDGE, NUMBERS, WORDS, Frame, Key, Sheet, sheet
from kzm_surveys.plots.style import WIDTHS, Width, check_width

_SPACE = 0.07
_LABELS = {"full": 2.1, "half": 1.15}
#: Inches: marks on a shorter scale cannot be read.
_LEAST = 0.6
#: Numbers of an axis have no more than these.
_MOST_DECIMALS = 15


@dataclass(frozen=True)
class Row:
    """One row: its label, and what stands in each column at the right; a heading has no row of the plot."""

    label: str
    values: Sequence[str] = ()
    heading: bool = False


@dataclass(frozen=True)
class Scale:
    """The scale across: its ends, its ticks and how they are written; equal ratios lie equally far apart if `log`."""

    low: float
    high: float
    ticks: Sequence[float]
    write: Callable[[float], str]
    log: bool = False


@dataclass(frozen=True)
class RowPlot:
    """A plot of rows on its sheet.

    Attributes
    ----------
    sheet
        The sheet; its axes have the scale across and inches down.
    y, heights
        (rows,) middle of each row in inches from the top of the plot, and its height.
    rooms
        Tops and bottoms, in inches, of the stretches down the plot where marks stand: no headings, no labels.
    scale
        The scale.
    """

    sheet: Sheet
    y: FloatArray
    heights: FloatArray
    rooms: Sequence[tuple[float, float]]
    scale: Scale

    @property
    def figure(self) -> Figure:
        """The figure."""
        return self.sheet.figure

    @property
    def axes(self) -> Axes:
        """The axes of the plot."""
        return self.sheet.axes

    @property
    def per_inch(self) -> float:
        """Units of a scale without `log` in an inch across."""
        return (self.scale.high - self.scale.low) / self.sheet.width

    def inches(self, x: float) -> float:
        """Place on the scale in inches from the left edge of the figure."""
        if self.scale.log:
            return self.sheet.left + self.sheet.width * float(
                np.log(x / self.scale.low) / np.log(self.scale.high / self.scale.low)
            )
        return self.sheet.left + (x - self.scale.low) / self.per_inch

    def place(self, inches: float) -> float:
        """Place on the scale of a place in inches from the left edge of the figure."""
        across = (inches - self.sheet.left) / self.sheet.width
        if self.scale.log:
            return self.scale.low * float((self.scale.high / self.scale.low) ** across)
        return self.scale.low + across * (self.scale.high - self.scale.low)

    def bars(
        self, y: FloatArray, left: FloatArray, right: FloatArray, thickness: float | FloatArray, colour: str, *,
        name: str, hatch: str = "", outline: bool = True,
    ) -> None:  # fmt: skip
        """Draw bars of one colour between two places on the scale.

        `thickness` is in inches, one for all bars or (bars,).
        """
        half = np.broadcast_to(thickness, y.shape) / 2
        corners = [
            [(a, m - h), (b, m - h), (b, m + h), (a, m + h)] for m, a, b, h in zip(y, left, right, half, strict=True)
        ]
        self.axes.add_collection(
            PolyCollection(
                corners, facecolors=colour, edgecolors=OUTLINE if outline else "none", linewidths=0.4 if outline else 0,
                hatch=hatch or None, gid=name, zorder=2,
            ),
            autolim=False,
        )  # fmt: skip

    def lines(
        self, y: FloatArray, left: FloatArray, right: FloatArray, colour: str, *, name: str, width: float = 1.3
    ) -> None:
        """Draw horizontal lines: intervals, or the way between two marks."""
        segments = [[(a, m), (b, m)] for m, a, b in zip(y, left, right, strict=True)]
        self.axes.add_collection(
            LineCollection(segments, colors=colour, linewidths=width, gid=name, zorder=2.5), autolim=False
        )

    def upright(
        self, x: float, top: float, bottom: float, colour: str, *, name: str, dash: object = (0, (4, 2))
    ) -> None:
        """Draw an upright line, such as the value of all beside that of groups; not over headings and labels above."""
        parts = [(max(top, a), min(bottom, b)) for a, b in self.rooms if a < bottom and b > top]
        line = LineCollection(
            [[(x, a), (x, b)] for a, b in parts], colors=colour, linewidths=1.2, linestyles=[dash], gid=name, zorder=2.2
        )
        self.axes.add_collection(line, autolim=False)

    def dots(self, x: FloatArray, y: FloatArray, colour: str, *, name: str, hollow: bool = False, size: float = 5.5,
             marker: str = "o") -> None:  # fmt: skip
        """Draw dots, filled or hollow."""
        if len(x):
            self.axes.plot(
                x, y, marker, markersize=size, markeredgecolor=colour, markerfacecolor="white" if hollow else colour,
                gid=name, zorder=3, clip_on=False, scalex=False, scaley=False,
            )  # fmt: skip

    def write(
        self, x: float, y: float, text: str, *, name: str, align: str = "left", gap: float = 0.0, size: float = NUMBERS,
        colour: str = INK, blank: bool = False, **looks: object,
    ) -> None:  # fmt: skip
        """Write at a place on the scale, `gap` inches beside it; `blank` lays white behind it over the lines."""
        at = self.inches(x) + (gap if align == "left" else -gap if align == "right" else 0.0)
        if blank:
            width, half = text_width(text, size), line_height(size) / 2
            start = at - {"left": 0.0, "center": width / 2, "right": width}[align] - 0.02
            low, high = self.place(start), self.place(start + width + 0.04)
            self._blank([(low, y - half), (high, y - half), (high, y + half), (low, y + half), (low, y - half)])
        self.sheet.write(at, y, text, size=size, ha=align, va="center_baseline", color=colour, name=name, **looks)

    def _blank(self, corners: Sequence[tuple[float, float]]) -> None:
        """Lay white behind words; all such areas are one artist."""
        for drawn in self.axes.collections:
            if isinstance(drawn, PathCollection) and drawn.get_gid() == "blank":
                drawn.set_paths([*drawn.get_paths(), Path(corners)])
                return
        self.axes.add_collection(
            PathCollection([Path(corners)], facecolors="white", linewidths=0, clip_on=False, gid="blank", zorder=1.5),
            autolim=False,
        )


def row_plot(
    frame: Frame, rows: Sequence[Row], scale: Scale, *, width: Width = "full", keys: Sequence[Key] = (),
    columns: Sequence[str] = ("n",), least: float = 0.27, labels: float | None = None, beyond: float = 0.0,
    grid: bool = True, above: float = 0.0, labels_above: bool = False,
    apart: float = _SPACE,
) -> RowPlot:  # fmt: skip
    """Return an empty plot of rows.

    Parameters
    ----------
    frame
        Words around the plot.
    rows
        From the top; each gets the height that its label needs.
    scale
        The scale across.
    width
        "full" or "half" of the text column.
    keys
        Entries of the key.
    columns
        Headings of the columns at the right; a line break starts another line.
    least
        Inches: the least height of a row.
    labels
        Inches: the widest that labels may get before they wrap.
    beyond
        Inches between the end of the scale and the columns, for numbers beside the marks.
    grid
        Draw the lines of the grid.
    above
        Inches above the first row, for words over the plot.
    labels_above
        Labels stand above their marks, as wide as the figure, in place of left of them.
    apart
        Inches between the columns.

    Raises
    ------
    FindingError
        No rows; an unknown width; the figure would be higher than a page, or its scale too short; the font lacks a
        character.
    """
    if not rows:
        raise FindingError(f"the figure '{frame.title}' has no rows to draw.")
    check_width(width)
    widest = labels if labels is not None else _LABELS[width]
    across = WIDTHS[width]
    # A heading has the width of the figure: no mark stands beside it.
    lines = [
        wrapped(row.label, across - 2 * EDGE if row.heading or labels_above else widest, WORDS, bold=row.heading)
        for row in rows
    ]
    beside = (
        []
        if labels_above
        else [each for row, parts in zip(rows, lines, strict=True) if not row.heading for each in parts]
    )
    used = max((text_width(line, WORDS) + _SPACE for line in beside), default=0.0 if labels_above else _SPACE)
    is_heading = np.array([row.heading for row in rows])
    tall = np.array([len(parts) * line_height(WORDS) for parts in lines])
    one = tall + least + 0.04 if labels_above else np.maximum(least, tall + 0.06)
    heights = np.where(is_heading, tall + 0.07, one)
    top = heights.cumsum() - heights
    y = label_y = top + heights / 2
    if labels_above:
        y, label_y = np.where(is_heading, y, [top + tall + least / 2, top + tall / 2])
    sizes = [
        max(
            text_width(text, NUMBERS)
            for text in [*head.split("\n"), *(row.values[place] for row in rows if row.values)]
        )
        for place, head in enumerate(columns)
    ]
    first, last = (
        text_width(scale.write(scale.ticks[end]), NUMBERS) / 2 if len(scale.ticks) else 0.0 for end in (0, -1)
    )
    left = max(EDGE + used, first + EDGE / 2)
    right = max(beyond + (sum(sizes) + _SPACE + apart * (len(sizes) - 1) if sizes else 0.0), last) + EDGE
    if across - left - right < _LEAST:
        raise FindingError(
            f"the figure '{frame.title}' leaves {max(across - left - right, 0):.1f} inches for its marks beside labels "
            "and columns of numbers. Show fewer columns, shorten their headings, or draw it with width='full'."
        )
    most = max((head.count("\n") + 1 for head in columns), default=0)
    head = max(above, most * line_height(NUMBERS) + 0.02 if columns else 0.0)
    made = sheet(frame, plot_height=float(heights.sum()) + head, left=left, right=right, width=width, keys=keys)
    y = y + head
    made.axes.set_xlim(scale.low, scale.high)
    if scale.log:
        made.axes.set_xscale("log")
    rooms = _rooms(top + head + (tall + 0.03 if labels_above else 0.0), top + head + heights, is_heading)
    plot = RowPlot(made, y, heights, rooms, scale)
    _labels(plot, rows, lines, label_y + head, above=labels_above)
    edge = across - right + beyond + _SPACE
    for place, (title, size) in enumerate(zip(columns, sizes, strict=True)):
        at = edge + sum(sizes[:place]) + apart * place + size
        parts = title.split("\n")
        for number, part in enumerate(parts, start=most - len(parts)):
            made.write(
                at, number * line_height(NUMBERS), part, size=NUMBERS, ha="right", va="top", style="italic",
                name="column",
            )  # fmt: skip
        for row, middle in zip(rows, y, strict=True):
            if row.values and row.values[place]:
                made.write(at, middle, row.values[place], size=NUMBERS, ha="right", va="center_baseline", name="value")
    _axis(plot, grid=grid)
    return plot


def _rooms(tops: FloatArray, bottoms: FloatArray, is_heading: BoolArray) -> list[tuple[float, float]]:
    """Stretches of rows with marks, joined where one begins at the end of another."""
    rooms: list[tuple[float, float]] = []
    for top, bottom, heading in zip(tops.tolist(), bottoms.tolist(), is_heading.tolist(), strict=True):
        if heading:
            continue
        if rooms and top - rooms[-1][1] < 1e-9:
            rooms[-1] = (rooms[-1][0], bottom)
        else:
            rooms.append((top, bottom))
    return rooms


def _labels(plot: RowPlot, rows: Sequence[Row], lines: Sequence[Sequence[str]], y: FloatArray, *, above: bool) -> None:
    for row, parts, middle in zip(rows, lines, y, strict=True):
        first = middle - (len(parts) - 1) / 2 * line_height(WORDS)
        for number, line in enumerate(parts):
            x, align = (EDGE, "left") if row.heading or above else (plot.sheet.left - _SPACE, "right")
            plot.sheet.write(
                x, first + number * line_height(WORDS), line, ha=align, va="center_baseline",
                weight="bold" if row.heading else "normal", name="heading" if row.heading else "label",
            )  # fmt: skip


def _axis(plot: RowPlot, *, grid: bool) -> None:
    """Lines of the grid and the numbers under them; only every second, third ... from zero on if they would touch."""
    made = plot.sheet
    if grid:
        lines = [[(tick, top), (tick, bottom)] for tick in plot.scale.ticks for top, bottom in plot.rooms]
        made.axes.add_collection(
            LineCollection(lines, colors=GRID, linewidths=0.5, gid="grid", zorder=1), autolim=False
        )
    told = [(plot.inches(tick), plot.scale.write(tick)) for tick in plot.scale.ticks]
    ends = [(at - text_width(text, NUMBERS) / 2, at + text_width(text, NUMBERS) / 2) for at, text in told]
    zero = int(np.argmin(np.abs(plot.scale.ticks))) if told else 0
    for every in range(1, len(told) + 1):
        kept = range(zero % every, len(told), every)
        if all(ends[a][1] + 0.06 <= ends[b][0] for a, b in pairwise(kept)):
            break
    for at, text in [told[place] for place in kept] if told else []:
        made.write(at, made.height + 0.04, text, size=NUMBERS, ha="center", va="top", color=MUTED, name="tick")


def share_scale(highest: float, lang: Language) -> Scale:
    """Scale of shares from 0 to at least `highest` (0-1), in whole percents.

    Examples
    --------
    >>> scale = share_scale(0.33, "en")
    >>> scale.high, [scale.write(tick) for tick in scale.ticks]
    (0.35, ['0%', '10%', '20%', '30%'])
    """
    high = float(min(np.ceil(highest * 20 - 1e-9) / 20, 1.0)) or 0.05
    step = 0.2 if high > 0.5 else 0.1 if high > 0.25 else 0.05 if high > 0.1 else 0.02
    ticks = [round(i * step, 10) for i in range(int(high / step + 1e-9) + 1)]
    return Scale(0.0, high, ticks, lambda share: percent(share, 0, lang))


def number_scale(low: float, high: float, lang: Language, *, most: int = 7) -> Scale:
    """Scale of numbers with round ticks that covers `low` to `high`.

    Examples
    --------
    >>> scale = number_scale(0.3, 9.7, "sl")
    >>> scale.low, scale.high, [scale.write(tick) for tick in scale.ticks]
    (0.0, 10.0, ['0', '2', '4', '6', '8', '10'])
    """
    span = (high - low) or abs(high) or 1.0
    size = 10 ** np.floor(np.log10(span / most))
    step = float(next(size * k for k in (1, 2, 2.5, 5, 10, 20) if span / (size * k) <= most))
    first = int(np.floor(low / step + 1e-9))
    last = max(int(np.ceil(high / step - 1e-9)), first + 1)
    decimals = next((d for d in range(_MOST_DECIMALS) if abs(round(step, d) - step) < 1e-9 * step), _MOST_DECIMALS)
    # The 15 digits that a number holds for sure: steps are as they are written.
    ticks = [float(f"{i * step:.15g}") for i in range(first, last + 1)]
    return Scale(ticks[0], ticks[-1], ticks, lambda value: decimal(value, decimals, lang))
