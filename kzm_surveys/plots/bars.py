"""Horizontal bars: shares of options, and the sample beside the population."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from kzm_surveys.errors import WithheldError
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.language.numbers import Language, percent
from kzm_surveys.plots.style import (
    BLANK,
    BLUE,
    INK,
    MUTED,
    OUTLINE,
    Frame,
    add_legend,
    framed,
    house_style,
    percent_axis,
    row_height,
    wrapped,
)
from kzm_surveys.record import WeightingRecord


def bars(estimates: Estimates, labels: Sequence[str], frame: Frame, *, withheld: str, lang: Language = "sl") -> Figure:
    """Draw a bar per row of the estimates, in their order from the top, with its percentage.

    Probability samples get whiskers; opt-in samples have no intervals and get none. Withheld rows are named.

    Raises
    ------
    WithheldError
        Nothing to draw.
    """
    rows = list(estimates)
    shown = [row for row in rows if row.printable]
    if not shown:
        raise WithheldError("bars: every value is withheld or missing.")
    reach = max(np.nanmax([row.estimate, row.ci_high]) for row in shown)
    highest = float(min(np.ceil(reach * 10 + 0.6) / 10, 1.0))
    names = [wrapped(label, 2.25) for label in labels]
    with house_style():
        height = row_height(names, 0.27) * len(rows) + 0.08
        figure, axes = framed(frame, plot_height=height, left=2.35, right=0.6)
        for y, row in enumerate(rows):
            if not row.printable:
                axes.text(0.01 * highest, y, withheld, va="center", size=7.5, color=MUTED, style="italic")
                continue
            axes.barh(y, row.estimate, height=0.66, color=BLUE)
            end = row.estimate
            if np.isfinite(row.ci_low):
                axes.plot([row.ci_low, row.ci_high], [y, y], color=INK, linewidth=1.0)
                end = row.ci_high
            axes.annotate(percent(row.estimate, 1, lang), (end, y), xytext=(3, 0), textcoords="offset points",
                          va="center", size=7.5, bbox=BLANK)  # fmt: skip
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        percent_axis(axes, highest, lang)
    return figure


def sample_against_population(
    record: WeightingRecord, labels: Sequence[tuple[str, Sequence[str]]], words: tuple[str, str], frame: Frame,
    *, lang: Language = "sl",
) -> Figure:  # fmt: skip
    """Draw two bars per category of every margin: the unweighted sample and the population.

    Parameters
    ----------
    record
        The weighting record.
    labels
        Per margin its heading and the labels of its categories, in the record's order.
    words
        Names of the two bars.
    frame, lang
        As in the other figures.
    """
    highest = float(min(np.ceil(record.margins[["before", "target"]].to_numpy().max() * 10 + 0.6) / 10, 1.0))
    rows = record.margins
    with house_style():
        every = [wrapped(label, 1.65) for _, categories in labels for label in categories]
        height = row_height(every, 0.34) * (len(rows) + len(labels))
        figure, axes = framed(frame, plot_height=height, left=1.75, right=0.6, legend_rows=1)
        y, ticks, names = 0.0, [], []
        for (heading, categories), (_, part) in zip(labels, rows.groupby("variable", sort=False), strict=True):
            axes.text(-0.015 * highest, y, heading, ha="right", va="center", weight="bold")
            for label, before, target in zip(categories, part["before"], part["target"], strict=True):
                y += 1
                ticks.append(y)
                names.append(wrapped(label, 1.65))
                pairs = ((-0.2, before, BLUE, ""), (0.2, target, "#DCE6F0", "////"))
                for offset, share, colour, hatch in pairs:
                    axes.barh(
                        y + offset,
                        share,
                        height=0.36,
                        color=colour,
                        hatch=hatch,
                        edgecolor=OUTLINE,
                        linewidth=0.5,
                    )
                    axes.annotate(percent(share, 1, lang), (share, y + offset), xytext=(3, 0),
                                  textcoords="offset points", va="center", size=7, bbox=BLANK)  # fmt: skip
            y += 1
        axes.set_yticks(ticks, names)
        axes.set_ylim(y - 0.4, -0.5)
        percent_axis(axes, highest, lang)
        handles = [
            Patch(facecolor=BLUE, edgecolor=OUTLINE, linewidth=0.5, label=words[0]),
            Patch(facecolor="#DCE6F0", hatch="////", edgecolor=OUTLINE, linewidth=0.5, label=words[1]),
        ]
        add_legend(figure, axes, handles, columns=2)
    return figure
