"""An upright plot: shares or numbers up, a scale across; both axes in the units of what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from kzm_surveys.arrays import FloatArray
from kzm_surveys.plots.lettering import text_width
from kzm_surveys.plots.palette import GRID, INK, MUTED
from kzm_surveys.plots.rows import Scale
from kzm_surveys.plots.sheet import EDGE, NUMBERS, Frame, Key, Sheet, sheet
from kzm_surveys.plots.style import WIDTHS, Width

_SPACE = 0.06


@dataclass(frozen=True)
class UprightPlot:
    """An upright plot on its sheet, whose axes have the units of both scales."""

    sheet: Sheet
    across: Scale
    up: Scale

    @property
    def figure(self) -> Figure:
        """The figure."""
        return self.sheet.figure

    @property
    def axes(self) -> Axes:
        """The axes of the plot."""
        return self.sheet.axes

    def x(self, value: float) -> float:
        """Place on the scale across in inches from the left edge of the figure."""
        return self.sheet.left + (value - self.across.low) / (self.across.high - self.across.low) * self.sheet.width

    def y(self, value: float) -> float:
        """Place on the upright scale in inches down from the top of the plot."""
        return self.sheet.height * (self.up.high - value) / (self.up.high - self.up.low)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place in the units of the scales of a place in inches: from the left edge, down from the top of the plot."""
        made, across, up = self.sheet, self.across, self.up
        return (
            across.low + (x - made.left) / made.width * (across.high - across.low),
            up.high - y / made.height * (up.high - up.low),
        )

    def areas(self, corners: Sequence[FloatArray], colour: str, *, name: str, edge: str = "none", alpha: float = 1.0,
              order: float = 2.0) -> None:  # fmt: skip
        """Draw areas of one colour from their (corners, 2) places."""
        self.axes.add_collection(
            PolyCollection(
                corners, facecolors=colour, edgecolors=edge, linewidths=0.9 if edge != "none" else 0, alpha=alpha,
                gid=name, zorder=order,
            ),
            autolim=False,
        )  # fmt: skip

    def lines(
        self, points: Sequence[FloatArray], colour: str, *, name: str, width: float = 1.0, dash: object = "-",
        order: float = 2.5,
    ) -> None:  # fmt: skip
        """Draw lines of one colour, each through its (points, 2) places."""
        self.axes.add_collection(
            LineCollection(
                points, colors=colour, linewidths=width, linestyles=[dash], gid=name, zorder=order, clip_on=False
            ),
            autolim=False,
        )

    def dots(self, x: FloatArray, y: FloatArray, colour: str, *, name: str, hollow: bool = False, size: float = 5.5,
             marker: str = "o") -> None:  # fmt: skip
        """Draw dots, filled or hollow."""
        self.axes.plot(
            x, y, marker, markersize=size, markeredgecolor=colour, markerfacecolor="white" if hollow else colour,
            gid=name, zorder=3, clip_on=False, scalex=False, scaley=False,
        )  # fmt: skip


def upright_plot(
    frame: Frame, across: Scale, up: Scale, *, plot_height: float, width: Width = "full", keys: Sequence[Key] = (),
    below: float = 0.22,
) -> UprightPlot:  # fmt: skip
    """Return an empty upright plot with level lines, and numbers at both axes.

    Parameters
    ----------
    frame
        Words around the plot.
    across, up
        The scales; of the numbers across, as many stand as fit, at equal steps.
    plot_height, below
        Inches: height of the plot, room between it and the foot.
    width
        "full" or "half" of the text column.
    keys
        Entries of the key.
    """
    numbers = [up.write(tick) for tick in up.ticks]
    widest = max(text_width(text, NUMBERS) for text in numbers)
    # Half the first and the last number across may reach over the ends of the scale.
    per_inch = (across.high - across.low) / (WIDTHS[width] - 2 * EDGE - widest)
    over = [
        text_width(across.write(tick), NUMBERS) / 2 - abs(tick - end) / per_inch
        for tick, end in ((across.ticks[0], across.low), (across.ticks[-1], across.high))
    ]
    space, right = max(_SPACE, over[0] + 0.02), EDGE + max(0.0, over[1])
    left = EDGE + widest + space
    made = sheet(frame, plot_height=plot_height, left=left, right=right, width=width, keys=keys, below=below)
    made.axes.set_xlim(across.low, across.high)
    made.axes.set_ylim(up.low, up.high)
    plot = UprightPlot(made, across, up)
    ends = (across.low, across.high)
    lines = [np.array([(end, tick) for end in ends]) for tick in up.ticks if tick > up.low]
    plot.lines(lines, GRID, name="grid", width=0.5, order=1)
    plot.lines([np.array([(end, up.low) for end in ends])], INK, name="axis", width=0.6, order=2.8)
    for tick, text in zip(up.ticks, numbers, strict=True):
        made.write(left - space, plot.y(tick), text, size=NUMBERS, ha="right", va="center_baseline", color=MUTED,
                   name="tick")  # fmt: skip
    for tick in fitting(plot, across.ticks):
        made.write(plot.x(tick), plot_height + 0.04, across.write(tick), size=NUMBERS, ha="center", va="top",
                   color=MUTED, name="tick")  # fmt: skip
    return plot


def fitting(plot: UprightPlot, ticks: Sequence[float], least: float = 0.0) -> Sequence[float]:
    """Ticks at the smallest equal steps at which their numbers, or words of a least width, do not touch."""
    wide = max([least, *(text_width(plot.across.write(tick), NUMBERS) for tick in ticks)]) + _SPACE
    for step in range(1, len(ticks)):
        shown = ticks[::step]
        if plot.x(shown[1]) - plot.x(shown[0]) >= wide:
            return shown
    return ticks[:1]


def spread(wanted: FloatArray, sizes: FloatArray, low: float, high: float) -> FloatArray:
    """Places near the wanted ones for things of some sizes that may neither overlap nor leave the room.

    Parameters
    ----------
    wanted, sizes
        (k,) middles and sizes, in inches, in any order; their order is kept.
    low, high
        Ends of the room; it must be as large as all of them together.

    Notes
    -----
    Least squares: the isotonic regression of the wanted places less the room before each (pooled adjacent violators).

    Examples
    --------
    >>> spread(np.array([0.5, 0.6, 2.0]), np.array([0.4, 0.4, 0.4]), 0.0, 2.0).round(2).tolist()
    [0.35, 0.75, 1.8]
    """
    order = np.argsort(wanted, kind="stable")
    before = np.concatenate([[0.0], sizes[order].cumsum()[:-1]]) + sizes[order] / 2
    pools: list[list[float]] = []
    for place in wanted[order] - before:
        pool = [float(place)]
        while pools and np.mean(pools[-1]) > np.mean(pool):
            pool = pools.pop() + pool
        pools.append(pool)
    level = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools])
    out = np.empty(len(wanted))
    out[order] = level.clip(low, max(low, high - float(sizes.sum()))) + before
    return out
