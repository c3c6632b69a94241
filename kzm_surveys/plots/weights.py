"""The weights themselves: how they are distributed, and what they do to the margins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from kzm_surveys.arrays import FloatArray
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.style import (
    BLANK,
    BLUE,
    FULL_WIDTH,
    INK,
    MUTED,
    ORANGE,
    OUTLINE,
    Frame,
    add_legend,
    framed,
    house_style,
    legend_columns,
    percent_axis,
    row_height,
    wrapped,
)

#: Widths of a bar of the histogram, in weights; the smallest that needs at most this many bars is taken.
STEPS, MOST_BARS = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0), 40


def bar_edges(highest: float) -> FloatArray:
    """Edges of the bars from zero to past the highest weight, with a mean weight of one on an edge.

    Examples
    --------
    >>> bar_edges(3.9)[:3].round(3).tolist(), round(float(bar_edges(3.9)[-1]), 3)
    ([0.0, 0.1, 0.2], 4.0)
    """
    step = next((step for step in STEPS if highest / step < MOST_BARS), highest / MOST_BARS)
    return step * np.arange(math.floor(highest / step + 1e-9) + 2, dtype=np.float64)


def weight_histogram(weights: FloatArray, words: tuple[str, str], frame: Frame, *, lang: Language = "sl") -> Figure:
    """Draw how many respondents have which weight, with the lowest, the mean and the highest.

    Parameters
    ----------
    weights
        (n,) weights in multiples of their mean, all above zero.
    words
        Names of the line at the mean and of the arrows at the lowest and the highest weight.
    frame, lang
        As in the other figures; the frame's words say what the axes are.
    """
    mean, ends = words
    edges = bar_edges(float(weights.max()))
    counts, _ = np.histogram(weights, edges)
    with house_style():
        figure, axes = framed(frame, plot_height=1.25, left=0.6, right=0.2, legend_rows=1)
        axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE, edgecolor="white", linewidth=0.4)
        top = 1.22 * float(counts.max())
        axes.plot([1, 1], [0, top], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)))
        for value in (float(weights.min()), float(weights.max())):
            height = float(counts[np.searchsorted(edges, value, side="right") - 1])
            axes.annotate(
                decimal(value, 2, lang), (value, height), xytext=(0, 13), textcoords="offset points", ha="center",
                va="bottom", size=7.5, color=INK, bbox=BLANK, arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.7},
            )  # fmt: skip
        axes.set_xlim(0, float(edges[-1]))
        axes.set_ylim(0, top)
        axes.grid(axis="y")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(9 if axis is axes.xaxis else 4, integer=True))
            axis.set_major_formatter(lambda value, _: decimal(value, 0, lang))
        handles = [
            Line2D([], [], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)), label=mean),
            Line2D([], [], color=INK, marker="v", markersize=4, linewidth=0, label=ends),
        ]
        add_legend(figure, axes, handles, 2)
    return figure


@dataclass(frozen=True)
class MarginBlock:
    """One margin: its heading, the label of each category, and the three shares (0-1); `before` is None if withheld."""

    heading: str
    labels: Sequence[str]
    before: Sequence[float | None]
    target: Sequence[float]
    after: Sequence[float]


def margins_before_and_after(
    blocks: Sequence[MarginBlock], words: tuple[str, str, str], frame: Frame, *, withheld: str, lang: Language = "sl"
) -> Figure:
    """Draw per category the share before weighting (ring), after it (dot), and the target (upright line).

    Parameters
    ----------
    blocks
        The margins, from the top.
    words
        Names of the three marks: before, target, after.
    frame, lang
        As in the other figures.
    withheld
        Words in place of a share that too few respondents stand behind.
    """
    shares = [share for block in blocks for part in (block.before, block.target, block.after) for share in part]
    highest = float(min(np.ceil(max(share for share in shares if share is not None) * 20 + 0.6) / 20, 1.0))
    before, target, after = words
    handles = [
        Line2D([], [], color=BLUE, marker="o", markerfacecolor="white", markersize=5.5, linewidth=0, label=before),
        Line2D([], [], color=ORANGE, marker="|", markersize=10, markeredgewidth=2, linewidth=0, label=target),
        Line2D([], [], color=BLUE, marker="o", markersize=5.5, linewidth=0, label=after),
    ]
    columns, legend_rows = legend_columns(list(words))
    labels = [wrapped(text, 1.8) for block in blocks for text in block.labels]
    with house_style():
        height = row_height(labels, 0.18) * sum(len(block.labels) + 1 for block in blocks)
        figure, axes = framed(frame, plot_height=height, left=1.95, right=0.3, legend_rows=legend_rows)
        beside_the_plot = blended_transform_factory(figure.transFigure, axes.transData)
        ticks: list[float] = []
        y = 0.0
        for block in blocks:
            axes.text(0.1 / FULL_WIDTH, y, block.heading, transform=beside_the_plot, va="center", size=8, weight="bold",
                      bbox=BLANK)  # fmt: skip
            for old, wanted, new in zip(block.before, block.target, block.after, strict=True):
                y += 1
                ticks.append(y)
                axes.plot(wanted, y, "|", color=ORANGE, markersize=10, markeredgewidth=2)
                if old is None:
                    far = new > highest / 2
                    axes.annotate(withheld, (new, y), xytext=(-8 if far else 36, 0), textcoords="offset points", size=7,
                                  ha="right" if far else "left", va="center", color=MUTED, style="italic")  # fmt: skip
                else:
                    axes.plot([old, new], [y, y], color=OUTLINE, linewidth=0.8, zorder=1)
                    axes.plot(old, y, "o", markersize=5.5, markeredgecolor=BLUE, markerfacecolor="white")
                    _beside(axes, old, y, percent(old, 1, lang), left=old < wanted)
                axes.plot(new, y, "o", markersize=4, color=BLUE)
                _beside(axes, new, y, percent(new, 1, lang), left=old is not None and old >= wanted)
            y += 1
        axes.set_yticks(ticks, labels)
        axes.set_ylim(y - 0.4, -0.5)
        percent_axis(axes, highest, lang)
        axes.set_xlim(-0.1 * highest, 1.04 * highest)  # room for the numbers beside the outermost marks
        add_legend(figure, axes, handles, columns)
    return figure


def _beside(axes: Axes, share: float, y: float, text: str, *, left: bool) -> None:
    """Print a share left or right of its mark."""
    axes.annotate(text, (share, y), xytext=(-5 if left else 5, 0), textcoords="offset points", va="center", size=7,
                  ha="right" if left else "left", bbox=BLANK, zorder=1.5)  # fmt: skip
