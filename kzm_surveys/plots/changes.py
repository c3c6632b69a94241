"""Two waves beside each other: pairs of dots (dumbbells), or lines between two upright axes (slopes)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from kzm_surveys.arrays import BoolArray
from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.change import Changes
from kzm_surveys.estimation.printed_cells import interval_head
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language
from kzm_surveys.plots.lettering import line_height, text_width, wrapped
from kzm_surveys.plots.palette import BLUE, INK, MUTED, OUTLINE
from kzm_surveys.plots.rows import Row, RowPlot, Scale, row_plot
from kzm_surveys.plots.sheet import EDGE, NUMBERS, WORDS, Frame, Key, sheet
from kzm_surveys.plots.style import WIDTHS, Width, check_width, house_style
from kzm_surveys.plots.upright import UprightPlot, spread
from kzm_surveys.plots.wave_pairs import (
    DASH,
    Pair,
    Pairs,
    frame_of_waves,
    keys_of,
    labels_of,
    pairs_of,
    wave_names,
)
from kzm_surveys.plots.words import word

#: More lines than this cannot be followed from one axis to the other.
MOST_SLOPES = 12
#: Inches between an axis of the slopes and its words, and the room for the names of the waves above.
_ASIDE, _HEAD = 0.16, 0.2
#: Inches for the widest label before it wraps.
_ROOM = {"full": 2.5, "half": 1.45}
#: Inches: shorter lines cannot be followed.
_LEAST = 0.4


def dumbbell(
    changes: Changes, frame: Frame | None = None, *, waves: tuple[str, str] | None = None, lang: Language = "sl",
    width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw both waves of each row as a hollow and a filled dot on a line, with the difference and its interval.

    Differences that the test finds, corrected for the number of rows, have a thick line and ▲ or ▼. Opt-in samples have
    neither intervals nor tests. Withheld rows are named and have no dots.

    Parameters
    ----------
    changes
        Shares (0-1) or other numbers of one scale, from :func:`kzm_surveys.change`; rows stand in their order.
    frame
        Words around the plot; from the codebook of the later wave if None.
    waves
        Names of the waves, such as ("2021", "2023"); "before" and "after" if None.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Every row is withheld or missing.
    FindingError
        No result of :func:`kzm_surveys.change`, not two names of waves, shares mixed with other numbers; the figure
        would be higher than a page.

    Examples
    --------
    >>> import pandas as pd, kzm_surveys as kzm
    >>> frames = [pd.DataFrame({"q": ["yes"] * k + ["no"] * (200 - k)}) for k in (80, 128)]
    >>> found = kzm.change(*(kzm.proportion(kzm.SurveyDesign(frame), "q", categories=["yes"]) for frame in frames))
    >>> figure = dumbbell(found, waves=("2021", "2023"), lang="en")
    >>> [text.get_text().replace(NBSP, " ") for text in figure.texts if text.get_gid() == "value"]
    ['40.0%', '64.0%', '▲ +24.0 (14.4 to 33.6)']
    """
    labels = labels_of(changes, lang)
    names = wave_names(waves, labels)
    pairs = pairs_of(changes, labels)
    frame = frame or frame_of_waves(changes, names, lang)
    narrow = width == "half"
    head = labels.text("difference_points" if pairs.shares else "difference")
    if pairs.infers:
        head += f"\n{interval_head(changes.level, labels)}"
    rows = []
    for item in pairs.items:
        values = [] if narrow else [pairs.value(item.before, item), pairs.value(item.after, item)]
        rows.append(Row(item.label, [*values, pairs.difference(item)]))
    keys = [Key(names[0], "dot", BLUE, hollow=True), Key(names[1], "dot", BLUE), *keys_of(changes, pairs)]
    with house_style():
        plot = row_plot(
            frame, rows, pairs.scale(), width=width, keys=keys, columns=[*([] if narrow else names), head],
            labels_above=narrow, labels=1.75, beyond=0.06, least=0.2 if narrow else 0.27,
        )  # fmt: skip
        whole, found = (np.array([getattr(item, what) for item in pairs.items]) for what in ("whole", "found"))
        _between(plot, pairs, whole & found, "change_found", 2.4)
        _between(plot, pairs, whole & ~found, "change", 1.0)
        for name, hollow, size in (("before", True, 7.5), ("after", False, 4.5)):
            at = np.array([np.nan if item.hidden else getattr(item, name) for item in pairs.items])
            known = np.isfinite(at)
            plot.dots(at[known], plot.y[known], BLUE, name=name, hollow=hollow, size=size)
        for item, y in zip(pairs.items, plot.y, strict=True):
            if item.hidden:
                plot.write(plot.scale.low, y, _withheld(plot, lang), name="withheld", gap=0.05, colour=MUTED,
                           blank=True, style="italic")  # fmt: skip
    return plot.figure


def slope(
    changes: Changes, frame: Frame | None = None, *, waves: tuple[str, str] | None = None, lang: Language = "sl",
    width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw each row as a line from its value before to its value after, both told beside their axes.

    Differences that the corrected test finds have a thick blue line and ▲ or ▼, rows of a small base are dashed,
    withheld rows are named below and have no line. The scale does not begin at 0.

    Parameters
    ----------
    changes
        At most twelve rows of shares (0-1) or other numbers of one scale.
    frame, waves, lang, width
        As in :func:`dumbbell`.

    Raises
    ------
    WithheldError
        Every row is withheld or missing.
    FindingError
        More than twelve rows, or shares and other numbers are mixed; the figure would be higher than a page; an
        unknown width.
    """
    check_width(width)
    labels = labels_of(changes, lang)
    names = wave_names(waves, labels)
    pairs = pairs_of(changes, labels)
    if len(pairs.items) > MOST_SLOPES:
        raise FindingError(
            f"slope: {len(pairs.items)} lines cannot be followed; at most {MOST_SLOPES}. Draw a dumbbell."
        )
    frame = frame or frame_of_waves(changes, names, lang)
    if gone := [item.label for item in pairs.items if item.hidden]:
        frame = replace(frame, notes=(*frame.notes, f"{catalogue.text(lang, 'withheld')}: {'; '.join(gone)}"))
    if empty := [item.label for item in pairs.items if not item.hidden and not item.known]:
        frame = replace(frame, notes=(*frame.notes, f"–: {'; '.join(empty)}"))
    drawn = [item for item in pairs.items if item.known]
    ends = [_end(pairs, item, _ROOM[width]) for item in drawn]
    starts = [pairs.value(item.before, item) for item in drawn]
    left = EDGE + _ASIDE + max(text_width(text, WORDS, bold=True) for text in (*starts, names[0]))
    right = EDGE + _ASIDE + max(text_width(line, NUMBERS) for lines in ends for line in lines)
    right = max(right, EDGE + text_width(names[1], WORDS, bold=True))
    if WIDTHS[width] - left - right < _LEAST:
        raise FindingError(
            f"slope: {max(WIDTHS[width] - left - right, 0):.1f} inches are left for the lines beside the words. "
            "Shorten the names of the waves, or draw it with width='full'."
        )
    tall = np.array([len(lines) * line_height(NUMBERS) + 0.04 for lines in ends])
    height = max(2.4, float(tall.sum())) + _HEAD
    low, high = _span(drawn)
    up = Scale(low, high + (high - low) * _HEAD / (height - _HEAD), [], str)
    with house_style():
        made = sheet(
            frame, plot_height=height, left=left, right=right, width=width, keys=keys_of(changes, pairs, lines=True),
            below=0.14,
        )  # fmt: skip
        plot = UprightPlot(made, Scale(0.0, 1.0, [], str), up)
        made.axes.set_xlim(0.0, 1.0)
        made.axes.set_ylim(up.low, up.high)
        plot.lines([np.array([(x, low), (x, high)]) for x in (0.0, 1.0)], OUTLINE, name="axis", width=0.7, order=1.5)
        for x, name in ((0.0, names[0]), (1.0, names[1])):
            made.write(plot.x(x), 0.0, name, size=WORDS, ha="right" if x == 0 else "left", va="top", weight="bold",
                       name="wave")  # fmt: skip
        _slopes(plot, drawn)
        at_start = np.array([plot.y(item.before) if math.isfinite(item.before) else np.nan for item in drawn])
        at_end = np.array([plot.y(item.after if math.isfinite(item.after) else item.before) for item in drawn])
        known = np.isfinite(at_start)
        one = np.full(int(known.sum()), line_height(NUMBERS))
        places = spread(at_start[known], one, _HEAD, height)
        for y, place, text in zip(at_start[known], places, np.array(starts)[known], strict=True):
            _beside(plot, 0.0, y, place, [str(text)])
        for y, place, lines in zip(at_end, spread(at_end, tall, _HEAD, height), ends, strict=True):
            _beside(plot, 1.0, y, place, lines)
    return plot.figure


def _between(plot: RowPlot, pairs: Pairs, which: BoolArray, name: str, width: float) -> None:
    if not which.any():
        return
    items = [item for item, chosen in zip(pairs.items, which, strict=True) if chosen]
    before, after = (np.array([getattr(item, wave) for item in items]) for wave in ("before", "after"))
    plot.lines(plot.y[which], before, after, MUTED, name=name, width=width)


def _withheld(plot: RowPlot, lang: Language) -> str:
    """The words for a withheld row, or shorter ones where the plot is narrower."""
    words = catalogue.text(lang, "withheld")
    return words if text_width(words, NUMBERS) + 0.1 <= plot.sheet.width else word(lang, "withheld_short")


def _end(pairs: Pairs, item: Pair, room: float) -> list[str]:
    """Lines at the right of a slope: value after, sign of the test, label."""
    sign = "" if not item.found else f"{NBSP}▲" if item.difference > 0 else f"{NBSP}▼"
    weak = f"{NBSP}{MARKS['small_base']}" if item.weak else ""
    return wrapped(f"{pairs.value(item.after, item)}{sign}{weak} {item.label}", room, NUMBERS)


def _span(items: Sequence[Pair]) -> tuple[float, float]:
    known = [value for item in items for value in (item.before, item.after) if math.isfinite(value)]
    low, high = min(known), max(known)
    margin = 0.04 * (high - low) or 0.5 * abs(high) or 0.5
    return low - margin, high + margin


def _slopes(plot: UprightPlot, items: Sequence[Pair]) -> None:
    """Lines of each kind, and the dots at their ends."""
    looks = (
        ("slope_found", True, False, BLUE, 2.0, "-"), ("slope_found_of_small_base", True, True, BLUE, 2.0, DASH),
        ("slope", False, False, MUTED, 0.9, "-"), ("slope_of_small_base", False, True, MUTED, 0.9, DASH),
    )  # fmt: skip
    for name, found, weak, colour, width, dash in looks:
        chosen = [item for item in items if item.found == found and item.weak == weak and item.whole]
        if chosen:
            points = [np.array([(0.0, item.before), (1.0, item.after)]) for item in chosen]
            plot.lines(points, colour, name=name, width=width, dash=dash)
    for x, wave in ((0.0, "before"), (1.0, "after")):
        for found, colour in ((True, BLUE), (False, MUTED)):
            values = [getattr(item, wave) for item in items if item.found == found]
            y = np.array([value for value in values if math.isfinite(value)])
            if len(y):
                name = f"{wave}_found" if found else wave
                plot.dots(np.full(len(y), x), y, colour, name=name, hollow=wave == "before", size=4.5)


def _beside(plot: UprightPlot, x: float, y: float, place: float, lines: Sequence[str]) -> None:
    """Words beside an axis, with a thin line to their dot where they had to move."""
    made, side = plot.sheet, -1 if x == 0 else 1
    first = place - (len(lines) - 1) / 2 * line_height(NUMBERS)
    align, name = ("right", "value") if side < 0 else ("left", "label")
    for number, text in enumerate(lines):
        made.write(plot.x(x) + side * _ASIDE, first + number * line_height(NUMBERS), text, size=NUMBERS, ha=align,
                   va="center_baseline", color=INK, name=name)  # fmt: skip
    if abs(place - y) > 0.02:
        points = [plot.at(plot.x(x) + side * 0.05, y), plot.at(plot.x(x) + side * (_ASIDE - 0.03), place)]
        plot.lines([np.array(points)], MUTED, name="leader", width=0.4)
