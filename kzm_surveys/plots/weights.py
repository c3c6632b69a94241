"""The weights themselves: how they are distributed, and what they do to the margins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.lettering import line_height, text_width
from kzm_surveys.plots.margins import Group, Margin, Weighted, explained
from kzm_surveys.plots.palette import BAR, BLUE, GRID, INK, MUTED, ORANGE, OUTLINE
from kzm_surveys.plots.rows import Row, RowPlot, number_scale, row_plot, share_scale
from kzm_surveys.plots.sheet import EDGE, NUMBERS, Frame, Key, Sheet, sheet
from kzm_surveys.plots.style import Width, house_style
from kzm_surveys.plots.words import withheld_words, word
from kzm_surveys.record import WeightingRecord

#: Widths of a bar of the histogram, in weights; the smallest that needs at most this many bars is taken.
STEPS, MOST_BARS = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0), 40
_HEIGHT, _GAP = 1.5, 0.06
_DASH = (0, (4, 2))


def bar_edges(highest: float) -> FloatArray:
    """Edges of the bars from zero to past the highest weight, and past twice the mean, with the mean of 1 on an edge.

    Examples
    --------
    >>> bar_edges(3.9)[:3].round(3).tolist(), round(float(bar_edges(3.9)[-1]), 3)
    ([0.0, 0.1, 0.2], 4.0)
    """
    furthest = max(highest, 2.0)
    step = next((step for step in STEPS if furthest / step < MOST_BARS), furthest / MOST_BARS)
    return step * np.arange(math.floor(furthest / step + 1e-9) + 2, dtype=np.float64)


def weight_histogram(
    weighted: SurveyDesign | WeightingRecord, frame: Frame | None = None, *, lang: Language = "sl",
    width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw how many respondents have which weight, in multiples of the mean; the lowest, mean and highest are marked.

    Parameters
    ----------
    weighted
        A weighted design, or its record (``design.weighting``), which has no labels and no source.
    frame
        Words around the plot; from the record if None.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    FindingError
        The answers are not weighted.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> figure = weight_histogram(kzm.weight(kzm.load("surveys/noise/2021")), lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "axis"]
    ['number of respondents', 'weight in multiples of the mean']
    """
    known = Weighted(weighted, lang)
    record = known.record
    edges, counts = _bars(record)
    ends = {"lowest": record.lowest / record.mean, "highest": record.highest / record.mean}
    printed = {name: decimal(value, 2, lang) for name, value in (*ends.items(), ("mean", 1.0))}
    keys = [
        Key(word(lang, "lowest_weight", weight=printed["lowest"]), "dot", INK, hollow=True, marker="v"),
        Key(word(lang, "mean_weight", weight=printed["mean"]), "line", ORANGE, dash=_DASH),
        Key(word(lang, "highest_weight", weight=printed["highest"]), "dot", INK, marker="v"),
    ]
    title = catalogue.text(lang, "dossier.histogram_title").format(**printed)
    frame = frame or known.frame(title, catalogue.text(lang, "dossier.histogram_caption"), "dossier.histogram_base",
                                 record.n)  # fmt: skip
    ticks = _count_ticks(int(counts.max()))
    with house_style():
        left = EDGE + max(text_width(decimal(tick, 0, lang), NUMBERS) for tick in ticks) + _GAP
        head = line_height(NUMBERS) + 0.04
        made = sheet(frame, plot_height=_HEIGHT + head, left=left, right=EDGE + 0.1, width=width, keys=keys, below=0.4)
        # The bars fill the plot below the name of the axis, with room for the marks above them.
        top = max(1.12 * float(counts.max()), float(ticks[-1])) * (_HEIGHT + head) / _HEIGHT
        _histogram_axes(made, float(edges[-1]), top, ticks, lang)
        corners = [
            [(a, 0.0), (a, count), (b, count), (b, 0.0)]
            for a, b, count in zip(edges[:-1], edges[1:], counts, strict=True) if count
        ]  # fmt: skip
        axes = made.axes
        axes.add_collection(
            PolyCollection(corners, facecolors=BAR, edgecolors=OUTLINE, linewidths=0.4, gid="respondents", zorder=2),
            autolim=False,
        )
        mean = LineCollection([[(1.0, 0.0), (1.0, top * _HEIGHT / (_HEIGHT + head))]], colors=ORANGE, linewidths=1.2,
                              linestyles=[_DASH], gid="mean", zorder=2.5)  # fmt: skip
        axes.add_collection(mean, autolim=False)
        for name, value in ends.items():
            height = counts[np.searchsorted(edges, round(value, 9), side="right") - 1] + 0.06 * top
            axes.plot(value, height, "v", markersize=5.5, markeredgecolor=INK, zorder=3, gid=name, clip_on=False,
                      markerfacecolor="white" if name == "lowest" else INK, scalex=False, scaley=False)  # fmt: skip
    return made.figure


def weight_counts(record: WeightingRecord) -> pd.DataFrame:
    """Return the bars of the histogram, ``lowest highest n``: who has a weight from `lowest` to below `highest`.

    Weights are in multiples of their mean.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> counts = weight_counts(kzm.weight(kzm.load("surveys/noise/2021")).weighting)
    >>> list(counts), int(counts["n"].sum())
    (['lowest', 'highest', 'n'], 508)
    """
    edges, counts = _bars(record)
    return pd.DataFrame({"lowest": edges[:-1], "highest": edges[1:], "n": counts})


def _bars(record: WeightingRecord) -> tuple[FloatArray, IntArray]:
    """Edges of the bars and the number of respondents in each."""
    # Weights that differ from a round number by rounding error belong to the bar that starts there.
    weights = (record.steps[-1].after[record.steps[-1].after > 0] / record.mean).round(9)
    edges = bar_edges(float(weights.max()))
    return edges, np.histogram(weights, edges)[0]


def _count_ticks(highest: int) -> list[int]:
    """Ticks at whole numbers, at most five."""
    size = 10 ** max(int(math.log10(max(highest, 1) / 4)), 0)
    step = next(size * k for k in (1, 2, 5, 10, 20, 50) if highest / (size * k) <= 4)
    return list(range(0, highest + 1, step))


def _histogram_axes(made: Sheet, right: float, top: float, ticks: Sequence[int], lang: Language) -> None:
    """Numbers and names of both axes, and lines across."""
    axes = made.axes
    axes.set_xlim(0, right)
    axes.set_ylim(0, top)
    lines = [[(0.0, tick), (right, tick)] for tick in ticks]
    axes.add_collection(LineCollection(lines, colors=GRID, linewidths=0.5, gid="grid", zorder=1), autolim=False)
    ground = LineCollection([lines[0]], colors=OUTLINE, linewidths=0.6, gid="ground", zorder=2.2, clip_on=False)
    axes.add_collection(ground, autolim=False)
    looks: dict[str, Any] = {"size": NUMBERS, "color": MUTED}
    for tick in ticks:
        y = made.height * (1 - tick / top)
        made.write(made.left - _GAP, y, decimal(tick, 0, lang), ha="right", va="center_baseline", name="tick", **looks)
    scale = number_scale(0.0, right, lang, most=8)
    for value in scale.ticks:
        if value <= right + 1e-9:
            x = made.left + made.width * value / right
            made.write(x, made.height + 0.08, scale.write(value), ha="center", va="top", name="tick", **looks)
    made.write(EDGE, 0.0, word(lang, "respondents_axis"), va="top", name="axis", **looks)
    name = word(lang, "weight_axis")
    made.write(made.left + made.width, made.height + 0.22, name, ha="right", va="top", name="axis", **looks)


def margins_before_and_after(
    weighted: SurveyDesign | WeightingRecord, frame: Frame | None = None, *, margins: Sequence[str] | None = None,
    lang: Language = "sl", width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw per group its share before weighting (ring), in the population (upright line) and after weighting (dot).

    Groups of fewer respondents than ``smallest_cell`` of the wave, and those that would give one away, have words in
    place of their shares. Each margin's heading says whether the population's numbers are official or an estimate.

    Parameters
    ----------
    weighted
        A weighted design, or its record (``design.weighting``), for which names stand in place of labels.
    frame
        Words around the plot; from the design if None.
    margins
        Names of the margins to draw, such as "sex*age_group"; all if None.
    lang, width
        Language of the words; "full" (with a column for each share) or "half" of the text column of an A4 page.

    Raises
    ------
    FindingError
        The answers are not weighted, or not to shares; an unknown margin; the figure would be higher than a page.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> figure = margins_before_and_after(kzm.weight(kzm.load("surveys/noise/2021")), lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "heading"][1]
    'type of place (estimate, not official)'
    """
    known = Weighted(weighted, lang)
    found = known.margins()
    if margins is not None:
        names = [margin.name for margin in found]
        for name in margins:
            if name not in names:
                raise FindingError(one_of("no such margin in the weighting", name, names))
        found = [margin for margin in found if margin.name in margins]
    if not found:
        raise FindingError("no margin is named; give margins=None for all of them.")
    frame = frame or known.frame(
        word(lang, "sample_and_population"), word(lang, "margins_subtitle"), "dossier.shares_base",
        sum(group.n for group in found[0].groups), found,
    )  # fmt: skip
    keys = [
        Key(word(lang, "before_weighting"), "dot", BLUE, hollow=True), Key(word(lang, "in_population"), "tick", ORANGE),
        Key(word(lang, "after_weighting"), "dot", BLUE),
    ]  # fmt: skip
    heads = ["n", *(word(lang, f"{name}_head") for name in ("before", "population", "after"))]
    columns = heads if width == "full" else heads[:1]
    rows = [row for margin in found for row in _rows(margin, len(columns), lang)]
    groups = [group for margin in found for group in (None, *margin.groups)]
    frame = explained(frame, [group for group in groups if group], lang)
    shares = [share for group in groups if group for share in _shares(group)]
    with house_style():
        plot = row_plot(
            frame, rows, share_scale(max(shares), lang), width=width, keys=keys, columns=columns, least=0.21,
            apart=0.13,
        )  # fmt: skip
        _marks(plot, [(group, y) for group, y in zip(groups, plot.y, strict=True) if group], lang)
    return plot.figure


def _rows(margin: Margin, columns: int, lang: Language) -> list[Row]:
    """Heading of a margin and a row per group, with its n and, if there is room, its shares."""
    rows = [Row(f"{margin.label} ({margin.status})", heading=True)]
    for group in margin.groups:
        before, target, after = (percent(share, 1, lang) for share in (group.before, group.target, group.after))
        values = [decimal(group.n, 0, lang), before, target, after]
        if group.withheld:
            values = [MARKS["small_cell"], MARKS["small_cell"], target, MARKS["small_cell"]]
        rows.append(Row(group.label, values[:columns]))
    return rows


def _shares(group: Group) -> list[float]:
    """Shares of a group that are drawn."""
    return [group.target] if group.withheld else [group.before, group.target, group.after]


def _marks(plot: RowPlot, groups: Sequence[tuple[Group, float]], lang: Language) -> None:
    shown = [(group, y) for group, y in groups if not group.withheld]
    y = np.array([y for _, y in shown])
    before, after = (np.array([getattr(group, which) for group, _ in shown]) for which in ("before", "after"))
    if shown:
        plot.lines(y, before, after, OUTLINE, name="way", width=0.8)
    targets = [[(group.target, at - 0.075), (group.target, at + 0.075)] for group, at in groups]
    ticks = LineCollection(targets, colors=ORANGE, linewidths=2, gid="target", zorder=2.8, clip_on=False)
    plot.axes.add_collection(ticks, autolim=False)
    plot.dots(before, y, BLUE, name="before", hollow=True)
    plot.dots(after, y, BLUE, name="after", size=4)
    for group, at in groups:
        if group.withheld:
            right = (plot.scale.high - group.target) / plot.per_inch
            left = (group.target - plot.scale.low) / plot.per_inch
            words = withheld_words(lang, max(left, right) - 2 * _GAP)
            align = "left" if right >= left else "right"
            plot.write(group.target, at, words, name="withheld", align=align, gap=_GAP, colour=MUTED, style="italic",
                       blank=True)  # fmt: skip
