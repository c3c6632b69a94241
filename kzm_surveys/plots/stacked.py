"""100 % stacked bars: a battery of questions on one ordered scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.language.numbers import Language, decimal, round_half_up
from kzm_surveys.plots.style import (
    DIVERGING,
    INK,
    OUTLINE,
    SEQUENTIAL,
    Frame,
    framed,
    house_style,
    percent_axis,
    wrapped,
)


def stacked_bars(
    items: Sequence[Estimates],
    frame: Frame,
    *,
    diverging: bool = False,
    lang: Language = "sl",
    labels_from: float = 0.045,
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
    labels_from
        Smallest share that carries its number.

    Raises
    ------
    FindingError
        No items, more than five categories, or items on different scales.
    """
    if not items:
        raise FindingError("stacked bars: no estimates to draw.")
    codebook = _codebook(items[0])
    scale = codebook[items[0].rows[0].variable].categories
    for item in items:
        if [row.category for row in item] != [category.name for category in scale]:
            raise FindingError("stacked bars: the questions do not share one scale.")
    colours = DIVERGING if diverging else SEQUENTIAL
    if len(scale) > len(colours):
        raise FindingError(f"stacked bars: at most {len(colours)} categories, found {len(scale)}.")
    colours = (
        colours if len(scale) == 5 else tuple(np.array(colours)[np.linspace(0, 4, len(scale)).round().astype(int)])
    )
    with house_style():
        figure, axes = framed(frame, plot_height=0.3 * len(items) + 0.05, left=1.95, right=0.62, legend_rows=1)
        shares = np.array([[row.estimate for row in item] for item in items])
        starts = np.cumsum(shares, axis=1) - shares
        lines = np.arange(len(items))
        for column, colour in enumerate(colours):
            axes.barh(
                lines, shares[:, column], left=starts[:, column], height=0.72, color=colour, edgecolor=OUTLINE,
                linewidth=0.4,
            )  # fmt: skip
            ink = "white" if _dark(colour) else INK
            for line in np.flatnonzero(shares[:, column] >= labels_from).tolist():
                share = float(shares[line, column])
                text = decimal(float(round_half_up(100 * share, 0)), 0, lang)
                axes.text(starts[line, column] + share / 2, line, text, ha="center", va="center", color=ink, size=7.5)
        for line, item in enumerate(items):
            axes.text(1.015, line, decimal(item.rows[0].n, 0, lang), va="center", size=7.5)
        names = [wrapped(codebook[item.rows[0].variable].label[lang], 1.85) for item in items]
        axes.set_yticks(range(len(items)), names)
        axes.set_ylim(len(items) - 0.5, -0.5)
        percent_axis(axes, 1.0, lang)
        axes.text(1.015, -0.62, "n", va="bottom", size=7.5, style="italic")
        handles = [
            Patch(facecolor=c, edgecolor=OUTLINE, linewidth=0.4, label=category.label[lang])
            for c, category in zip(colours, scale, strict=True)
        ]
        width, height = figure.get_size_inches()
        figure.legend(
            handles=handles, loc="lower left", ncols=len(handles), fontsize=7.5, handlelength=1.1, columnspacing=1.1,
            handletextpad=0.45, borderaxespad=0, bbox_to_anchor=(0.1 / width, axes.get_position().y1 + 0.1 / height),
        )  # fmt: skip
    return figure


def _codebook(estimates: Estimates) -> Codebook:
    survey = estimates.design.survey
    if survey is None:
        raise FindingError("figures take their labels from a codebook; make the design with from_survey.")
    return survey.codebook


def _dark(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
