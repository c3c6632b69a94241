"""Where the cells of a heat map stand, how their shares are written, and the words above them."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language.numbers import NBSP, Language, decimal, percent
from kzm_surveys.plots.lettering import line_height, text_width, wrapped
from kzm_surveys.plots.share_grid import ShareGrid
from kzm_surveys.plots.sheet import EDGE, NUMBERS, WORDS
from kzm_surveys.plots.style import WIDTHS, Width
from kzm_surveys.plots.words import word

#: Inches: the widest labels before they wrap, the space beside words, around numbers, between breaks; the widest cell.
LABELS = {"full": 2.1, "half": 1.15}
SPACE, PAD, BREAK, WIDEST = 0.07, 0.045, 0.08, 1.6
#: Around numbers where there is little room.
_LEAST = 0.018
#: How far labels may shrink so that headings fit.
NARROW = 0.7
#: A triangle, and its distance from the number.
SIGN, NEAR = 0.08, 0.03
#: A heading with more lines, or one broken inside a word, gives way to a letter and a list of what letters stand for.
_MOST_LINES = 5
_PIECES = re.compile(r"[^ \t\n\r–-]*[–-]+|[^ \t\n\r–-]+")
_LETTERS = [letter for letter in string.ascii_uppercase if letter not in MARKS.values()]


@dataclass(frozen=True)
class Layout:
    """Sizes in inches: where each column starts, how wide cells are, where the labels end; and how shares are written.

    `beside` has the labels left of their rows, wrapped to `widest`; else they stand above them. `direct` has the labels
    of the columns above them; else letters stand there, and `counts` tells whether the bases do. `stacked` has the
    signs below the numbers.
    """

    lefts: FloatArray
    cell: float
    labels: float
    widest: float
    beside: bool
    direct: bool
    counts: bool
    stacked: bool
    signs: bool
    write: Callable[[float], str]
    decimals: int
    number: float


def fitted(grid: ShareGrid, lang: Language, width: Width) -> Layout:
    """The layout with the most words that fits."""
    across, columns = WIDTHS[width] - 2 * EDGE, len(grid.columns)
    breaks = np.cumsum([0, *(a.of != b.of for a, b in zip(grid.columns, grid.columns[1:], strict=False))])
    of_rows = max(text_width(row.n, NUMBERS) for row in grid.rows)
    room = across - (of_rows + SPACE if of_rows else 0.0) - breaks[-1] * BREAK
    cells = [cell for line in grid.cells for cell in line]
    signs = any(cell.sign for cell in cells)
    of_columns = max(text_width(column.n, NUMBERS) for column in grid.columns)
    pad = PAD if any(each.small for each in cells) else _LEAST
    widest = LABELS[width]
    tries = [(True, widest, True), (True, NARROW * widest, True), (True, widest, False), (False, across, False)]
    for stacked, (beside, widest, direct) in product((False, True) if signs else (False,), tries):
        parts = [part for row in grid.rows for part in wrapped(row.label, widest, WORDS)]
        used = max(text_width(part, WORDS) for part in parts) if beside else 0.0
        start = used + SPACE if beside else 0.0
        cell = min((room - start) / columns, WIDEST)
        lefts = EDGE + start + np.arange(columns) * cell + breaks * BREAK
        counts = of_columns + 0.05 <= cell
        if columns > len(_LETTERS) or (direct and not (counts and _headings_fit(grid, lefts, cell))):
            continue
        for decimals, bare in ((1, False), (0, False), (0, True)):

            def write(share: float, decimals: int = decimals, bare: bool = bare) -> str:
                return decimal(100 * share, decimals, lang) if bare else percent(share, decimals, lang)

            number = max(text_width(each.instead or write(each.share), NUMBERS) for each in cells)
            beyond = SIGN + NEAR if signs and not stacked else 0.0
            if number + beyond + 2 * (pad if bare else PAD) <= cell:
                return Layout(
                    lefts, cell, EDGE + used, widest, beside, direct, counts, stacked, signs, write, decimals, number
                )
    raise FindingError(
        f"heatmap: {columns} columns do not fit into the width '{width}'. Merge categories, take fewer breaks, change "
        "rows and columns" + (", or draw it with width='full'." if width == "half" else ".")
    )


def _groups(grid: ShareGrid) -> list[list[int]]:
    """Places of the columns of each break."""
    return [list(group) for _, group in groupby(range(len(grid.columns)), key=lambda j: grid.columns[j].of)]


def _headings_fit(grid: ShareGrid, lefts: FloatArray, cell: float) -> bool:
    """Whether the labels of columns and breaks take few lines, none broken inside a word."""
    labels = [(column.label, cell - PAD) for column in grid.columns]
    labels += [(grid.columns[group[0]].of, lefts[group[-1]] - lefts[group[0]] + cell) for group in _groups(grid)]
    return all(
        len(wrapped(label, room, NUMBERS)) <= _MOST_LINES
        and all(text_width(piece, NUMBERS) <= room for piece in _PIECES.findall(label))
        for label, room in labels
    )


@dataclass
class Head:
    """Words above the cells, each with its place and looks, the rules under the breaks, and the height so far."""

    words: list[tuple[float, float, str, dict[str, str]]]
    rules: list[list[tuple[float, float]]]
    height: float

    def write(self, x: float, text: str, name: str, below: float = 0.0, **looks: str) -> None:
        """Add words, `below` the height so far."""
        if text:
            self.words.append((x, self.height + below, text, {"name": name, "ha": "center", **looks}))


def head_of(grid: ShareGrid, layout: Layout, lang: Language, width: Width) -> Head:
    """Breaks, columns, their letters and bases; where labels do not fit, letters and what they stand for."""
    head = Head([], [], 0.0)
    columns, inside, line = grid.columns, layout.cell - PAD, line_height(NUMBERS)
    middles = layout.lefts + layout.cell / 2
    groups, usable = _groups(grid), WIDTHS[width] - 2 * EDGE
    headings = [wrapped(column.label, inside, NUMBERS) for column in columns]
    letters = [column.letter for column in columns]
    if not layout.direct:
        named = letters if any(letters) else _LETTERS[: len(columns)]
        headings = [[letter] if letter else each for letter, each in zip(named, headings, strict=True)]
        letters = [""] * len(columns)
        for group in groups:
            told = [
                columns[j].label if layout.counts else word(lang, "group_n", group=columns[j].label, n=columns[j].n)
                for j in group
            ]
            listed = [
                f"{named[j]}{NBSP}={NBSP}{each}" if named[j] else each
                for j, each in zip(group, told, strict=True)
                if named[j] or not layout.counts
            ]
            of = [f"{columns[group[0]].of}:"] if columns[group[0]].of else []
            long = any(text_width(each, NUMBERS) > usable / 3 for each in listed)
            for entry in [*of, *listed] if long else [" ".join([*of, "; ".join(listed)])]:
                for words in wrapped(entry, usable, NUMBERS):
                    head.write(EDGE, words, "heading", ha="left")
                    head.height += line
        head.height += 0.05
    else:
        ends = [(layout.lefts[group[0]], layout.lefts[group[-1]] + layout.cell) for group in groups]
        breaks = [
            wrapped(columns[group[0]].of, end - start, NUMBERS)
            for group, (start, end) in zip(groups, ends, strict=True)
        ]
        deepest = max(map(len, breaks))
        for each, (start, end) in zip(breaks, ends, strict=True):
            for number, words in enumerate(each):
                head.write(start + 0.01, words, "heading", line * (deepest - len(each) + number), ha="left")
            if each:
                y = head.height + deepest * line + 0.02
                head.rules.append([(start + 0.01, y), (end - 0.01, y)])
        head.height += deepest * line + (0.04 if deepest else 0.0)
    deepest = max(map(len, headings))
    for middle, each in zip(middles, headings, strict=True):
        for number, words in enumerate(each):
            head.write(middle, words, "column", line * (deepest - len(each) + number))
    if any(row.n for row in grid.rows):
        x = layout.lefts[-1] + layout.cell + SPACE + max(text_width(row.n, NUMBERS) for row in grid.rows)
        head.write(x, "n", "column", line * (deepest - 1), ha="right", style="italic")
    head.height += deepest * line
    if any(letters):
        for middle, letter in zip(middles, letters, strict=True):
            head.write(middle, letter, "column", weight="bold")
        head.height += line
    if layout.counts and any(column.n for column in columns):
        x, align = (layout.labels, "right") if layout.beside else (EDGE, "left")
        head.height += 0.0 if layout.beside else 0.04
        head.write(x, "n", "column", ha=align, style="italic")
        head.height += 0.0 if layout.beside else line
        for middle, column in zip(middles, columns, strict=True):
            head.write(middle, column.n, "value")
        head.height += line
    head.height += 0.04
    return head
