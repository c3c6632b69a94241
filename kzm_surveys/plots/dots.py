"""Dots with intervals: a share or a mean by group, for one question, several below each other, or two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal
from kzm_surveys.plots.dot_blocks import (
    DotBlock as DotBlock,
)
from kzm_surveys.plots.dot_blocks import (
    Measure,
    checked_blocks,
    default_frame,
    every_row,
    group_names,
    level_of,
    measure_of,
    refuse_unlike,
)
from kzm_surveys.plots.dot_marks import Line, Series, draw_marks, is_small, room_for_numbers
from kzm_surveys.plots.lettering import wrapped
from kzm_surveys.plots.palette import BLUE, GROUPS, INK, MUTED, ORANGE
from kzm_surveys.plots.rows import Row, RowPlot, row_plot
from kzm_surveys.plots.sheet import WORDS, Frame, Key
from kzm_surveys.plots.style import Width, check_width, house_style
from kzm_surveys.plots.words import interval_words, word

#: Inches: the least height of a row, and of one among so many that a page would not take them.
_ROW, _CLOSE, _MANY = 0.27, 0.21, 20
#: Inches between the marks of two questions in a row.
_APART = 0.145
#: Questions side by side: their markers, and the dashes of the lines at the values of all.
_MARKERS, _DASHES = ("o", "s", "^"), ((0, (4, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
#: Inches: the widest labels beside the marks; of more lines than this, they stand above them.
_LABELS, _LINES = {"full": 2.1, "half": 0.95}, 3


@dataclass(frozen=True)
class _Place:
    """A row of the plot with its estimate; a heading has none."""

    row: Row
    estimate: Estimate | None = None
    total: bool = False


def dots(
    data: Estimates | Sequence[DotBlock], frame: Frame | None = None, *, total: Estimates | None = None,
    lang: Language = "sl", width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw a dot with its interval per estimate, and a dashed line at the value of all.

    Small bases get hollow dots. Withheld estimates are named and have no dot; opt-in samples have no intervals and get
    none. Shares stand on a scale from 0, means on the range that the codebook gives the variable.

    Parameters
    ----------
    data
        Shares (0-1) or means, by groups or of several variables; or blocks of them, to stand below each other.
    frame
        Words around the plot; from the codebook if None.
    total
        The one estimate of everybody, where `data` are estimates; blocks carry their own.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Every value is withheld or missing.
    FindingError
        Nothing to draw; an estimate twice; other statistics than shares or means, or both; means on different ranges;
        a total that is not one estimate of the same question; intervals of different levels; the figure would be
        higher than a page; the font lacks a character.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> by_place = kzm.proportion(design, "highly_annoyed_port", by="place_type", categories=["yes"])
    >>> figure = dots(by_place, total=kzm.proportion(design, "highly_annoyed_port", categories=["yes"]))
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "label"]
    ['vsi', 'mesto', 'predmestje', 'podeželje']
    """
    blocks = checked_blocks(data, total)
    measure = measure_of(blocks, lang)
    layout = _layout(blocks, lang)
    rows = [place.row for place in layout]
    drawn = [place.estimate for place in layout if place.estimate is not None and place.estimate.printable]
    intervals = any(np.isfinite(row.ci_low) for row in drawn)
    words = word(lang, "with_interval", what=measure.what, interval=interval_words(level_of(blocks), lang))
    keys = [Key(words, "interval") if intervals else Key(measure.what, "dot")]
    if any(place.total and place.estimate and place.estimate.printable for place in layout):
        keys.append(Key(measure.of_all, "line", ORANGE, dash=_DASHES[0]))
    with house_style():
        plot = _plot(blocks, frame, rows, measure, keys, width, least=_ROW if len(rows) <= _MANY else _CLOSE)
        series = {False: Series("", BLUE, "o"), True: Series("total ", ORANGE, "D")}
        lines, over_all = [], layout[0].total and rows[1].heading
        for number, (place, y) in enumerate(zip(layout, plot.y.tolist(), strict=True)):
            if place.estimate is None:
                continue
            series[place.total].marks.append((y, place.estimate))
            if place.total and place.estimate.printable:
                ends = [plot.y[later] for later in range(number, len(rows)) if rows[later].heading and not over_all]
                bottom = float(ends[0]) if ends else plot.sheet.height
                lines.append(Line(place.estimate.estimate, y, bottom, ORANGE, _DASHES[0]))
        draw_marks(plot, list(series.values()), lines, measure, width)
    return plot.figure


def grouped_dots(
    questions: Sequence[DotBlock], frame: Frame | None = None, *, lang: Language = "sl", width: Width = "full"
) -> Figure:
    """Draw two or three questions side by side within the row of each group, told apart by colour and marker.

    Otherwise as :func:`dots`. Where the questions have different bases, n is their range.

    Parameters
    ----------
    questions
        Each with its name for the key as `heading`, with the same groups in the same order, and all or none with a
        `total`.
    frame, lang, width
        As for :func:`dots`.

    Raises
    ------
    WithheldError, FindingError
        As :func:`dots`; also fewer than two or more than three questions, or not of the same groups.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> shares = [kzm.proportion(design, f"highly_annoyed_{source}", by="age_group", categories=["yes"])
    ...           for source in ("road", "port")]
    >>> figure = grouped_dots([DotBlock("cesta", shares[0]), DotBlock("pristanišče", shares[1])])
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "key"][:2]
    ['cesta', 'pristanišče']
    """
    blocks = checked_blocks(questions, None)
    refuse_unlike(blocks)
    measure = measure_of(blocks, lang)
    names = group_names(blocks[0], Labels(blocks[0].groups.design, lang))
    lists = [block.groups.rows for block in blocks]
    if blocks[0].total is not None:
        names = [word(lang, "everybody"), *names]
        lists = [(block.total.rows[0], *block.groups.rows) for block in blocks if block.total is not None]
    rows = [
        Row(name, [_range([row.n for row in alike], lang)])
        for name, alike in zip(names, zip(*lists, strict=True), strict=True)
    ]
    drawn = [row for alike in lists for row in alike if row.printable]
    keys = [
        Key(block.heading, "dot", colour, marker=marker)
        for block, colour, marker in zip(blocks, GROUPS, _MARKERS, strict=False)
    ]
    if any(np.isfinite(row.ci_low) for row in drawn):
        keys.append(Key(interval_words(level_of(blocks), lang), "line", INK))
    if any(alike[0].by is None and alike[0].printable for alike in lists):
        keys.append(Key(measure.of_all, "line", MUTED, dash=_DASHES[0]))
    with house_style():
        plot = _plot(blocks, frame, rows, measure, keys, width, least=_APART * len(blocks) + 0.1)
        shifts = (np.arange(len(blocks)) - (len(blocks) - 1) / 2) * _APART
        bottom = float(plot.y[-1] + plot.heights[-1] / 2)
        series, lines = [], []
        looks = zip(lists, GROUPS, _MARKERS, _DASHES, shifts, strict=False)
        for number, (alike, colour, marker, dash, shift) in enumerate(looks, 1):
            marks = list(zip((plot.y + shift).tolist(), alike, strict=True))
            series.append(Series(f"{number} ", colour, marker, marks))
            if alike[0].by is None and alike[0].printable:
                lines.append(Line(alike[0].estimate, marks[0][0], bottom, colour, dash))
        draw_marks(plot, series, lines, measure, width)
    return plot.figure


def _layout(blocks: Sequence[DotBlock], lang: Language) -> list[_Place]:
    """Rows from the top; a total that all blocks share stands once, above them."""
    labels = Labels(blocks[0].groups.design, lang)
    totals = [block.total.rows[0] if block.total is not None else None for block in blocks]
    shared = len(blocks) > 1 and len({total and (total.variable, total.category, total.estimate, total.n)
                                      for total in totals}) == 1  # fmt: skip
    out: list[_Place] = []

    def place(name: str, row: Estimate, *, is_total: bool = False) -> _Place:
        return _Place(Row(name, [decimal(row.n, 0, lang)]), row, is_total)

    for number, (block, total) in enumerate(zip(blocks, totals, strict=True)):
        heading = [_Place(Row(block.heading, heading=True))] if block.heading else []
        everybody = [place(word(lang, "everybody"), total, is_total=True)] if total and not (shared and number) else []
        out += [*everybody, *heading] if shared else [*heading, *everybody]
        out += [place(name, row) for name, row in zip(group_names(block, labels), block.groups.rows, strict=True)]
    return out


def _plot(
    blocks: Sequence[DotBlock], frame: Frame | None, rows: Sequence[Row], measure: Measure, keys: Sequence[Key],
    width: Width, *, least: float,
) -> RowPlot:  # fmt: skip
    check_width(width)
    lang, every = measure.lang, [row for block in blocks for row in every_row(block)]
    if any(row.printable and is_small(row) for row in every):
        keys = [*keys, Key(word(lang, "small_base"), "dot", INK, hollow=True)]
    frame = frame or default_frame(blocks, lang)
    if width == "half" and any(row.withheld for row in every):
        # The plot of half a column has room for the short words only.
        frame = replace(frame, notes=(*frame.notes, f"{catalogue.text(lang, 'withheld')}."))
    labels_above = any(len(wrapped(row.label, _LABELS[width], WORDS)) > _LINES for row in rows if not row.heading)
    return row_plot(
        frame, rows, measure.scale, width=width, keys=keys, least=least - 0.07 * labels_above, labels=_LABELS[width],
        beyond=room_for_numbers(every, measure), labels_above=labels_above,
    )  # fmt: skip


def _range(counts: Sequence[int], lang: Language) -> str:
    low, high = decimal(min(counts), 0, lang), decimal(max(counts), 0, lang)
    return low if low == high else f"{low}–{high}"
