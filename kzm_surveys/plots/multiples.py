"""Small multiples: the same groups as dots with intervals in one panel per part of the sample, on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal
from kzm_surveys.plots.dot_blocks import (
    DotBlock,
    Measure,
    checked_blocks,
    default_frame,
    group_names,
    level_of,
    measure_of,
)
from kzm_surveys.plots.lettering import line_height, text_width, wrapped
from kzm_surveys.plots.palette import BLUE, GRID, INK, MUTED, ORANGE
from kzm_surveys.plots.sheet import EDGE, NUMBERS, WORDS, Frame, Key, Sheet, sheet
from kzm_surveys.plots.style import WIDTHS, Width, check_width, house_style
from kzm_surveys.plots.words import interval_words, withheld_words, word

#: The widest labels, the narrowest scale and most panels beside each other.
_LABELS, _NARROWEST, _MOST = {"full": 1.5, "half": 0.9}, {"full": 1.0, "half": 0.6}, {"full": 4, "half": 2}
#: Labels of more lines get more room.
_MOST_LINES, _LONG_LABELS = 4, {"full": 2.2, "half": 1.5}
_SPACE, _BETWEEN, _ROW, _TICKS = 0.09, 0.2, 0.23, 0.24
_DASH = (0, (4, 2))
_Line = list[tuple[float, float]]
#: Variable, category, break and group of a row.
_Key = tuple[str, str | None, str | None, str | None]


def multiples(
    panels: Sequence[DotBlock], frame: Frame | None = None, *, lang: Language = "sl", width: Width = "full"
) -> Figure:
    """Draw a panel per part of the sample, and in each the same groups as rows with a dot and its interval.

    All panels have one scale and share the labels at the left; they stand in several rows where the width does not take
    them. A dashed line stands at the total of each panel that has one. Small bases are hollow, withheld cells named,
    groups that a panel lacks get a dash. Opt-in samples have no intervals.

    Parameters
    ----------
    panels
        Each with its title as `heading`: shares or means of one question by one break, in a part of the sample
        (``where=``).
    frame
        Words around the plot; from the codebook if None.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Every value is withheld or missing.
    FindingError
        No panels, two with one title, panels of different breaks, an estimate twice, other statistics than shares or
        means, a figure higher than a page, a character that the font lacks.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> place = design.frame["place_type"]
    >>> panels = [
    ...     DotBlock(name, kzm.proportion(design, "highly_annoyed_road", by="age_group", categories=["yes"],
    ...                                   where=place == name))
    ...     for name in ("city", "suburb")
    ... ]
    >>> figure = multiples(panels, lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "heading"]
    ['city', 'suburb']
    """
    blocks = checked_blocks([panels] if isinstance(panels, DotBlock) else panels, None)
    titles = [block.heading for block in blocks]
    if twice := next((title for title in titles if titles.count(title) > 1), None):
        raise FindingError(f"multiples: two panels are called '{twice}'. Give each part of the sample its own title.")
    breaks = {block.groups.rows[0].by for block in blocks}
    if len(breaks) > 1:
        found = ", ".join(str(name) for name in breaks)
        raise FindingError(f"multiples: the panels have different breaks ({found}). Estimate all with the same by=.")
    check_width(width)
    measure = measure_of(blocks, lang)
    with house_style():
        return _drawn(blocks, frame or _frame(blocks, lang), measure, width)


def _frame(blocks: Sequence[DotBlock], lang: Language) -> Frame:
    """Words from the codebook; the panels together are not the part of the sample that each of them is."""
    several = len(blocks) > 1
    return default_frame(
        [replace(block, groups=replace(block.groups, where=None)) if several else block for block in blocks], lang
    )


def _aligned(blocks: Sequence[DotBlock], labels: Labels) -> tuple[list[str], list[list[Estimate | None]]]:
    """Names of the rows, in the order in which panels bring them, and the estimate of each in each panel."""
    names: dict[_Key, str] = {}
    panels: list[dict[_Key, Estimate]] = []
    for block in blocks:
        keys = [(row.variable, row.category, row.by, row.by_category) for row in block.groups]
        for key, name in zip(keys, group_names(block, labels), strict=True):
            names.setdefault(key, name)
        panels.append(dict(zip(keys, block.groups.rows, strict=True)))
    return list(names.values()), [[panel.get(key) for key in names] for panel in panels]


@dataclass
class _Marks:
    """What all panels draw, in inches: lines of the grid, at totals and of intervals, white blanks, dots."""

    grid: list[_Line] = field(default_factory=list)
    totals: list[_Line] = field(default_factory=list)
    intervals: list[_Line] = field(default_factory=list)
    blanks: list[list[tuple[float, float]]] = field(default_factory=list)
    dots: dict[bool, list[tuple[float, float]]] = field(default_factory=lambda: {False: [], True: []})


@dataclass(frozen=True)
class _Panel:
    """A panel: its sheet, the ends of its scale across and of its rows down in inches, how to write."""

    on: Sheet
    left: float
    right: float
    top: float
    bottom: float
    measure: Measure

    def x(self, value: float) -> float:
        """Place of a value in inches."""
        scale = self.measure.scale
        return self.left + (value - scale.low) / (scale.high - scale.low) * (self.right - self.left)

    def axis(self, marks: _Marks) -> None:
        """Lines of the grid, and the numbers below them that do not touch."""
        free = 0.0
        for tick in self.measure.scale.ticks:
            text, at = self.measure.scale.write(tick), self.x(tick)
            marks.grid.append([(at, self.top), (at, self.bottom)])
            half = text_width(text, NUMBERS) / 2
            if at - half >= free:
                self.on.write(
                    at, self.bottom + 0.04, text, size=NUMBERS, ha="center", va="top", color=MUTED, name="tick"
                )
                free = at + half + 0.06

    def row(self, row: Estimate | None, y: float, marks: _Marks) -> None:
        """The dot of an estimate with its interval, or words in its place."""
        lang = self.measure.lang
        if row is None or not row.printable:
            hidden = row is not None and row.withheld
            words = withheld_words(lang, self.right - self.left - _SPACE) if hidden else MARKS["empty"]
            name = "withheld" if hidden else "empty"
            start, end = self.left + _SPACE / 2, self.left + _SPACE + text_width(words, NUMBERS)
            half = line_height(NUMBERS) / 2
            marks.blanks.append([(start, y - half), (end, y - half), (end, y + half), (start, y + half)])
            self.on.write(self.left + _SPACE, y, words, size=NUMBERS, va="center_baseline", color=MUTED, name=name,
                          style="italic" if hidden else "normal")  # fmt: skip
            return
        if math.isfinite(row.ci_low) and math.isfinite(row.ci_high):
            marks.intervals.append([(self.x(row.ci_low), y), (self.x(row.ci_high), y)])
        marks.dots["small_base" in row.flag.split()].append((self.x(row.estimate), y))


def _drawn(blocks: Sequence[DotBlock], frame: Frame, measure: Measure, width: Width) -> Figure:
    lang = measure.lang
    names, rows = _aligned(blocks, Labels(blocks[0].groups.design, lang))
    labels = [wrapped(name, _LABELS[width], WORDS) for name in names]
    long = max(map(len, labels)) > _MOST_LINES
    if long:
        labels = [wrapped(name, _LONG_LABELS[width], WORDS) for name in names]
    used = max(text_width(line, WORDS) for lines in labels for line in lines) + _SPACE
    counts = max(text_width(decimal(row.n, 0, lang), NUMBERS) for panel in rows for row in panel if row) + _SPACE
    room = WIDTHS[width] - 2 * EDGE - used + _BETWEEN
    fit = max(int(room / (_NARROWEST[width] + counts + _BETWEEN)), 1)
    most = 1 if long and width == "half" else min(fit, _MOST[width])
    beside = math.ceil(len(blocks) / math.ceil(len(blocks) / most))
    step = room / beside
    across = step - counts - _BETWEEN
    heights = np.array([max(_ROW, len(lines) * line_height(WORDS) + 0.05) for lines in labels])
    middles = (heights.cumsum() - heights / 2).tolist()
    # Above a single panel the title has the width of the figure.
    margin = used if beside == 1 else 0.0
    wide = margin + across + counts
    narrow = wide - text_width("n", NUMBERS) - _SPACE
    # The heading of the counts stands beside the titles, or in a line of its own where that would break a word of them.
    apart = any(text_width(each, WORDS, bold=True) > narrow for block in blocks for each in block.heading.split())
    titles = [wrapped(block.heading, wide if apart else narrow, WORDS, bold=True) for block in blocks]
    below = 0.03 + (line_height(WORDS) if apart else 0.0)
    bands = [range(start, min(start + beside, len(blocks))) for start in range(0, len(blocks), beside)]
    tall = [max(1, *(len(titles[number]) for number in band)) * line_height(WORDS) + below for band in bands]
    ends = np.cumsum(np.array(tall) + heights.sum() + _TICKS)
    if any(row and row.withheld for panel in rows for row in panel):
        frame = replace(frame, notes=(*frame.notes, f"{catalogue.text(lang, 'withheld')}."))
    made = sheet(frame, plot_height=float(ends[-1]), left=0.0, right=0.0, width=width, below=0.02,
                 keys=_keys(blocks, [row for panel in rows for row in panel if row], measure))  # fmt: skip
    made.axes.set_xlim(0, WIDTHS[width])
    marks = _Marks()
    for band, end in zip(bands, ends.tolist(), strict=True):
        top, bottom = end - _TICKS - float(heights.sum()), end - _TICKS
        for lines, middle in zip(labels, middles, strict=True):
            for number, line in enumerate(lines):
                y = top + middle + (number - (len(lines) - 1) / 2) * line_height(WORDS)
                made.write(EDGE + used - _SPACE, y, line, ha="right", va="center_baseline", name="label")
        for place, number in enumerate(band):
            left = EDGE + used + place * step
            panel = _Panel(made, left, left + across, top, bottom, measure)
            for line_number, line in enumerate(reversed(titles[number]), start=1):
                y = top - below - line_number * line_height(WORDS)
                made.write(left - margin, y, line, va="top", weight="bold", name="heading")
            made.write(left + across + counts, top - 0.03 - line_height(WORDS), "n", size=NUMBERS, ha="right", va="top",
                       style="italic", name="column")  # fmt: skip
            panel.axis(marks)
            total = blocks[number].total
            if total is not None and total.rows[0].printable:
                at = panel.x(total.rows[0].estimate)
                marks.totals.append([(at, top), (at, bottom)])
            for row, middle in zip(rows[number], middles, strict=True):
                panel.row(row, top + middle, marks)
                made.write(left + across + counts, top + middle, decimal(row.n, 0, lang) if row else MARKS["empty"],
                           size=NUMBERS, ha="right", va="center_baseline", name="value")  # fmt: skip
    _draw(made, marks)
    return made.figure


def _keys(blocks: Sequence[DotBlock], rows: Sequence[Estimate], measure: Measure) -> list[Key]:
    """Dots with or without intervals, hollow dots, and the line at the total with its value if all panels share it."""
    lang = measure.lang
    shown = [row for row in rows if row.printable]
    words = word(lang, "with_interval", what=measure.what, interval=interval_words(level_of(blocks), lang))
    keys = [Key(words, "interval") if any(np.isfinite(row.ci_low) for row in shown) else Key(measure.what, "dot")]
    totals = [block.total.rows[0] for block in blocks if block.total is not None and block.total.rows[0].printable]
    if totals:
        one = len(totals) == len(blocks) and len({(row.estimate, row.n) for row in totals}) == 1
        of_all = f"{measure.of_all}: {measure.write(totals[0].estimate)}" if one else measure.of_all
        keys.append(Key(of_all, "line", ORANGE, dash=_DASH))
    if any("small_base" in row.flag.split() for row in shown):
        keys.append(Key(word(lang, "small_base"), "dot", INK, hollow=True))
    return keys


def _draw(on: Sheet, marks: _Marks) -> None:
    """All lines of a kind at once."""
    looks: list[tuple[str, list[_Line], str, float, float, object]] = [
        ("grid", marks.grid, GRID, 0.5, 1, "-"), ("total line", marks.totals, ORANGE, 1.2, 2, _DASH),
        ("interval", marks.intervals, BLUE, 1.3, 2.5, "-"),
    ]  # fmt: skip
    for name, lines, colour, thick, order, dash in looks:
        if lines:
            drawn = LineCollection(lines, colors=colour, linewidths=thick, linestyles=[dash], gid=name, zorder=order)
            on.axes.add_collection(drawn, autolim=False)
    if marks.blanks:
        on.axes.add_collection(
            PolyCollection(marks.blanks, facecolors="white", linewidths=0, zorder=2.2), autolim=False
        )
    for small, name in ((False, "dot"), (True, "small base")):
        if marks.dots[small]:
            x, y = np.array(marks.dots[small]).T
            on.axes.plot(x, y, "o", markersize=5.5, markeredgecolor=BLUE, markerfacecolor="white" if small else BLUE,
                         gid=name, zorder=3, clip_on=False, scalex=False, scaley=False)  # fmt: skip
