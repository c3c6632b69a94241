"""Dots with intervals: one share by group, for one or several questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kzm_surveys.errors import WithheldError
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.style import (
    BLANK,
    BLUE,
    INK,
    MUTED,
    ORANGE,
    Frame,
    add_legend,
    framed,
    house_style,
    legend_columns,
    percent_axis,
    row_height,
    wrapped,
)


@dataclass(frozen=True)
class DotBlock:
    """One question: its heading, the share by group, the share of all, the label of each group."""

    heading: str
    groups: Estimates
    total: Estimates
    labels: Sequence[str]


@dataclass(frozen=True)
class DotWords:
    """Words of the legend: an estimate (with its interval), the total, a small base, a withheld value."""

    interval: str
    total: str
    small: str
    withheld: str


def dots(blocks: Sequence[DotBlock], frame: Frame, words: DotWords, *, lang: Language = "sl") -> Figure:
    """Draw a dot with its interval per group; a line at the total; hollow dots on small bases.

    Withheld groups are named as withheld and have no dot; opt-in samples have no whiskers.

    Raises
    ------
    WithheldError
        Nothing to draw, or every value is withheld.
    """
    rows = [(block, group) for block in blocks for group in range(len(block.groups))]
    shown = [row for block in blocks for row in block.groups if row.printable]
    if not shown:
        raise WithheldError("dots: every value is withheld or missing.")
    reach = max(np.nanmax([r.estimate, r.ci_high]) for r in shown)
    highest = min(np.ceil(reach * 20 + 0.4) / 20, 1.0)
    with_intervals = any(np.isfinite(row.ci_low) for row in shown)
    small_seen = any("small_base" in row.flag.split() for row in shown)
    handles: list[Artist] = [
        Line2D(
            [], [], color=BLUE, marker="o", markersize=5.5, linewidth=1.3 if with_intervals else 0, label=words.interval
        ),
        Line2D([], [], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)), label=words.total),
    ]
    if small_seen:
        handles.append(Line2D([], [], color=BLUE, marker="o", markerfacecolor="white", linewidth=0, label=words.small))
    columns, legend_rows = legend_columns([str(handle.get_label()) for handle in handles])
    labels = [wrapped(text, 1.8) for block in blocks for text in (block.heading, *block.labels)]
    with house_style():
        height = row_height(labels, 0.235) * (len(rows) + len(blocks)) + 0.1
        figure, axes = framed(frame, plot_height=height, left=1.95, right=0.62, legend_rows=legend_rows)
        ticks: list[float] = []
        names: list[str] = []
        y = 0.0
        for block in blocks:
            heading = wrapped(block.heading, 1.6)
            axes.text(-0.015 * highest, y, heading, ha="right", va="center", size=8, weight="bold")
            top = y
            for row, label in zip(block.groups, block.labels, strict=True):
                y += 1
                ticks.append(y)
                names.append(wrapped(label, 1.8))
                axes.text(1.02 * highest, y, decimal(row.n, 0, lang), va="center", size=7.5)
                if not row.printable:
                    axes.text(0.01 * highest, y, words.withheld, va="center", size=7.5, color=MUTED, style="italic")
                    continue
                small = "small_base" in row.flag.split()
                if np.isfinite(row.ci_low):
                    axes.plot([row.ci_low, row.ci_high], [y, y], color=BLUE, linewidth=1.3, solid_capstyle="butt")
                axes.plot(row.estimate, y, "o", markersize=5.5, markeredgecolor=BLUE,
                          markerfacecolor="white" if small else BLUE)  # fmt: skip
                at_edge = row.estimate < 0.04 * highest
                axes.annotate(percent(row.estimate, 1, lang), (row.estimate, y), xytext=(-2 if at_edge else 0, 4),
                              textcoords="offset points", ha="left" if at_edge else "center", va="bottom", size=7,
                              color=INK, bbox=BLANK)  # fmt: skip
            mean = next(iter(block.total)).estimate
            axes.plot([mean, mean], [top + 0.55, y + 0.45], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)))
            y += 1
        axes.set_yticks(ticks, names)
        axes.set_ylim(y - 0.35, -0.5)
        percent_axis(axes, float(highest), lang)
        axes.text(1.02 * highest, -0.62, "n", va="bottom", size=7.5, style="italic")
        add_legend(figure, axes, handles, columns)
    return figure
