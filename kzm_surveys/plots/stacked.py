"""100 % stacked bars: a battery of questions on one ordered scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.language.numbers import Language, decimal, round_half_up
from kzm_surveys.plots.style import (
    DIVERGING,
    INK,
    MUTED,
    OUTLINE,
    SEQUENTIAL,
    Frame,
    add_legend,
    framed,
    house_style,
    legend_columns,
    percent_axis,
    row_height,
    wrapped,
)

#: Smallest share whose number fits into its segment.
LABELS_FROM = 0.045


def stacked_bars(
    items: Sequence[Estimates],
    frame: Frame,
    *,
    diverging: bool = False,
    lang: Language = "sl",
    withheld: str,
    labels_from: float = LABELS_FROM,
) -> Figure:
    """Draw a bar per question, a segment per category, the number of answers at the right.

    Parameters
    ----------
    items
        Proportions of all categories of one question each, in the order of the bars from the top.
    frame
        Words around the plot.
    diverging
        Colours from disagreement over neutral to agreement, in place of weak to strong.
    lang
        Language of labels.
    withheld
        Words in place of the bar of a question that has a withheld share: the rest would give it away.
    labels_from
        Smallest share that carries its number.

    Raises
    ------
    FindingError
        No items, more than five categories, items on different scales or without answers, all withheld.
    """
    if not items:
        raise FindingError("stacked bars: no estimates to draw.")
    codebook = _codebook(items[0])
    scale = codebook[items[0].rows[0].variable].categories
    for item in items:
        if [row.category for row in item] != [category.name for category in scale]:
            raise FindingError("stacked bars: the questions do not share one scale.")
        if not all(np.isfinite(row.estimate) for row in item):
            raise WithheldError(f"stacked bars: '{item.rows[0].variable}' has no answers.")
    ramp = DIVERGING if diverging else SEQUENTIAL
    if len(scale) > len(ramp):
        raise FindingError(f"stacked bars: at most {len(ramp)} categories, found {len(scale)}.")
    colours = tuple(ramp[i] for i in np.linspace(0, len(ramp) - 1, len(scale)).round().astype(int))
    hidden = np.array([any(row.withheld for row in item) for item in items])
    if hidden.all():
        raise WithheldError("stacked bars: every question is withheld.")
    names = [wrapped(codebook[item.rows[0].variable].label[lang], 1.85) for item in items]
    handles = [
        Patch(facecolor=colour, edgecolor=OUTLINE, linewidth=0.4, label=category.label[lang])
        for colour, category in zip(colours, scale, strict=True)
    ]
    columns, rows = legend_columns([category.label[lang] for category in scale])
    with house_style():
        height = row_height(names, 0.3) * len(items) + 0.05
        figure, axes = framed(frame, plot_height=height, left=1.95, right=0.62, legend_rows=rows)
        shares = np.where(hidden[:, None], 0.0, [[row.estimate for row in item] for item in items])
        starts = np.cumsum(shares, axis=1) - shares
        lines = np.flatnonzero(~hidden)
        for column, colour in enumerate(colours):
            axes.barh(
                lines, shares[lines, column], left=starts[lines, column], height=0.72, color=colour,
                edgecolor=OUTLINE, linewidth=0.4,
            )  # fmt: skip
            ink = "white" if _dark(colour) else INK
            for line in np.flatnonzero(shares[:, column] >= labels_from).tolist():
                share = float(shares[line, column])
                text = decimal(float(round_half_up(100 * share, 0)), 0, lang)
                axes.text(starts[line, column] + share / 2, line, text, ha="center", va="center", color=ink, size=7.5)
        for line, item in enumerate(items):
            axes.text(1.015, line, decimal(item.rows[0].n, 0, lang), va="center", size=7.5)
            if hidden[line]:
                axes.text(0.01, line, withheld, va="center", size=7.5, color=MUTED, style="italic")
        axes.set_yticks(range(len(items)), names)
        axes.set_ylim(len(items) - 0.5, -0.5)
        percent_axis(axes, 1.0, lang)
        axes.text(1.015, -0.62, "n", va="bottom", size=7.5, style="italic")
        add_legend(figure, axes, handles, columns)
    return figure


def _codebook(estimates: Estimates) -> Codebook:
    survey = estimates.design.survey
    if survey is None:
        raise FindingError("figures take their labels from a codebook; make the design with from_survey.")
    return survey.codebook


def _dark(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
