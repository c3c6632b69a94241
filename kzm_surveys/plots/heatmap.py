"""Heat map of a cross-table: every cell with its share as colour and number, and a sign where it stands out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.banner_tables import Banner
from kzm_surveys.estimation.crosstab import CrossTab
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.grid_layout import NEAR, PAD, SIGN, SPACE, Layout, fitted, head_of
from kzm_surveys.plots.lettering import line_height, text_width, wrapped
from kzm_surveys.plots.palette import ASIDE, INK, MUTED, OUTLINE, letters_on, sequential
from kzm_surveys.plots.share_grid import ShareGrid, of_banner, of_crosstab
from kzm_surveys.plots.sheet import EDGE, NUMBERS, WORDS, Frame, Key, Sheet, sheet
from kzm_surveys.plots.style import WIDTHS, Width, check_width, house_style
from kzm_surveys.plots.words import word

_ROW = 0.29
_SMALL = NUMBERS - 0.5
_CLASSES = 5


def heatmap(
    table: CrossTab | Banner, frame: Frame | None = None, *, variable: str | None = None, marks: bool = True,
    lang: Language = "sl", width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw a table of shares: a cell per row and column, coloured by its share, which stands in it.

    Triangles and bold outlines mark the cells of a cross-table that hold more or fewer answers than if rows and columns
    were independent (:attr:`CrossTab.residuals`); a banner has its letters. Opt-in samples have neither. Notes after
    those of the frame say by which rule. Withheld cells have no colour; where a single one could be told from the
    others of its hundred per cent, the next smallest has none either. Cells with a small base are hollow.

    Parameters
    ----------
    table
        A cross-table, or a banner, whose lines of means are no shares and stay out.
    frame
        Words around the plot; from the codebook if None.
    variable
        The table of the banner; may be left out if it has only one.
    marks
        Mark what stands out, and print the test of the table.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Every value is withheld or missing.
    FindingError
        Neither a cross-table nor a banner; more columns than fit; more rows than a page takes; the font lacks a
        character.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> figure = heatmap(kzm.crosstab(design, "annoyance_port", "place_type"), lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "number"][:3]
    ['43.1%', '39.6%', '85.1%']
    """
    if isinstance(table, CrossTab):
        if variable is not None:
            raise FindingError("heatmap: variable= chooses a table of a banner; a cross-table is one table.")
        grid = of_crosstab(table, lang, marks=marks)
    elif isinstance(table, Banner):
        grid = of_banner(table, lang, variable=variable, marks=marks)
    else:
        raise FindingError(f"heatmap: a cross-table or a banner is needed, found {type(table).__name__}.")
    shares = np.array([[cell.share for cell in line] for line in grid.cells])
    if not np.isfinite(shares).any():
        raise WithheldError("heatmap: every value is withheld or missing.")
    check_width(width)
    frame = frame or grid.frame
    frame = replace(frame, notes=(*frame.notes, *grid.notes))
    with house_style():
        return _drawn(grid, shares, fitted(grid, lang, width), frame, lang, width)


def _drawn(grid: ShareGrid, shares: FloatArray, layout: Layout, frame: Frame, lang: Language, width: Width) -> Figure:
    across = WIDTHS[width]
    labels = [wrapped(row.label, layout.widest, WORDS) for row in grid.rows]
    letters = [wrapped(cell.letters, layout.cell - 2 * PAD, _SMALL) for line in grid.cells for cell in line]
    least = _ROW + max(len(lines) for lines in letters) * line_height(_SMALL) + (SIGN + NEAR) * layout.stacked
    written = np.array([len(lines) * line_height(WORDS) + 0.06 for lines in labels])
    heights = np.maximum(written, least) if layout.beside else np.full(len(labels), least)
    head = head_of(grid, layout, lang, width)
    tops = head.height + (0.0 if layout.beside else written.cumsum()) + heights.cumsum() - heights
    step, steps = _steps(shares, layout.decimals)
    made = sheet(
        frame, plot_height=float(tops[-1] + heights[-1]) + 0.02, left=0.0, right=0.0, width=width, below=0.08,
        keys=_keys(grid, step, int(steps.max()), lang),
    )  # fmt: skip
    made.axes.set_xlim(0, across)
    for x, y, text, looks in head.words:
        made.write(x, y, text, size=NUMBERS, va="top", **looks)
    if head.rules:
        rules = LineCollection(head.rules, colors=OUTLINE, linewidths=0.6, gid="rule")
        made.axes.add_collection(rules, autolim=False)
    for lines, y, high in zip(labels, tops, heights, strict=True):
        size = len(lines) * line_height(WORDS)
        first = y + (high - size) / 2 if layout.beside else y - 0.03 - size
        for number, line in enumerate(lines):
            made.write(
                layout.labels if layout.beside else EDGE, first + (number + 0.5) * line_height(WORDS), line,
                ha="right" if layout.beside else "left", va="center_baseline", name="label",
            )  # fmt: skip
    _cells(made, grid, steps, layout, tops, heights)
    end = layout.lefts[-1] + layout.cell + SPACE + max(text_width(row.n, NUMBERS) for row in grid.rows)
    for row, y, high in zip(grid.rows, tops, heights, strict=True):
        if row.n:
            made.write(end, y + high / 2, row.n, size=NUMBERS, ha="right", va="center_baseline", name="value")
    return made.figure


def _cells(on: Sheet, grid: ShareGrid, steps: IntArray, layout: Layout, tops: FloatArray, heights: FloatArray) -> None:
    """Areas, numbers and signs of the cells."""
    ramp = sequential(_CLASSES)
    faces: list[str] = []
    boxes, hollow, bold = [], [], []
    signs: dict[str, list[tuple[FloatArray, str]]] = {"more": [], "less": []}
    beside = SIGN + NEAR if layout.signs and not layout.stacked else 0.0
    # Numbers end at one place; they move to the left of the middle only where the sign needs the room.
    right = min(layout.number / 2, layout.cell / 2 - PAD - beside) if beside else layout.number / 2
    places = [
        (x, y, high) for y, high in zip(tops.tolist(), heights.tolist(), strict=True) for x in layout.lefts.tolist()
    ]
    cells = [cell for line in grid.cells for cell in line]
    for cell, step, (x, y, high) in zip(cells, steps.ravel().tolist(), places, strict=True):
        colour = ramp[step] if step >= 0 else ASIDE
        box = _box(x, y, layout.cell, high, 0.01)
        boxes.append(box)
        faces.append(ASIDE if cell.small else colour)
        if cell.small:
            hollow.append((_box(x, y, layout.cell, high, 0.028), colour))
        centre = x + layout.cell / 2
        lines = wrapped(cell.letters, layout.cell - 2 * PAD, _SMALL)
        below = (SIGN + NEAR) / 2 if layout.stacked and cell.sign else 0.0
        middle = y + high / 2 - len(lines) * line_height(_SMALL) / 2 - below
        if cell.instead:
            on.write(centre, middle, cell.instead, size=NUMBERS, ha="center", va="center_baseline", color=MUTED,
                     style="italic", name="withheld" if cell.instead == MARKS["small_cell"] else "empty")  # fmt: skip
            continue
        ink = letters_on(faces[-1])
        on.write(centre + right, middle, layout.write(cell.share), size=NUMBERS, ha="right", va="center_baseline",
                 color=ink, name="number")  # fmt: skip
        for number, line in enumerate(lines):
            on.write(centre, middle + (number + 1) * line_height(NUMBERS), line, size=_SMALL, ha="center",
                     va="center_baseline", color=ink, name="letters")  # fmt: skip
        if cell.sign:
            bold.append(_box(x, y, layout.cell, high, 0.02))
            at = (centre - SIGN / 2, middle + 0.13) if layout.stacked else (centre + right + NEAR, middle)
            signs[cell.sign].append((_triangle(*at, cell.sign), ink))
    draw = on.axes.add_collection
    draw(
        PolyCollection(boxes, facecolors=faces, edgecolors=OUTLINE, linewidths=0.4, gid="cell", zorder=1), autolim=False
    )
    if hollow:
        draw(
            PolyCollection([box for box, _ in hollow], facecolors="none", edgecolors=[colour for _, colour in hollow],
                           linewidths=2, joinstyle="miter", gid="small base", zorder=1.5),
            autolim=False,
        )  # fmt: skip
    if bold:
        draw(
            PolyCollection(bold, facecolors="none", edgecolors=INK, linewidths=1.6, joinstyle="miter", gid="outline",
                           zorder=2),
            autolim=False,
        )  # fmt: skip
    for sign, drawn in signs.items():
        if drawn:
            corners, inks = [each for each, _ in drawn], [ink for _, ink in drawn]
            draw(PolyCollection(corners, facecolors=inks, linewidths=0, gid=sign, zorder=3), autolim=False)


def _box(x: float, y: float, wide: float, high: float, inside: float) -> list[tuple[float, float]]:
    """Corners of a cell, so many inches inside its place."""
    left, right, top, bottom = x + inside, x + wide - inside, y + inside, y + high - inside
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _triangle(left: float, middle: float, sign: str) -> FloatArray:
    """Corners of a triangle that points up for more, down for less."""
    half = SIGN / 2 if sign == "more" else -SIGN / 2
    return np.array([(left, middle + half), (left + SIGN, middle + half), (left + SIGN / 2, middle - half)])


def _steps(shares: FloatArray, decimals: int) -> tuple[float, IntArray]:
    """Width of the classes of colour, in whole percents, and the class of each share as it is printed; -1 for none."""
    highest = float(np.nanmax(shares))
    step = next((step for step in (0.02, 0.05, 0.1) if highest < step * _CLASSES), 0.2)
    # The share as it is printed, so that a number is never outside the class of its colour.
    printed = np.round(np.nan_to_num(shares), decimals + 2)
    classes = np.minimum(np.floor(printed / step + 1e-9), _CLASSES - 1).astype(np.int64)
    return step, np.where(np.isnan(shares), -1, classes)


def _keys(grid: ShareGrid, step: float, last: int, lang: Language) -> list[Key]:
    """What the colours, the signs, hollow cells and the marks in place of numbers stand for."""
    ramp, keys = sequential(_CLASSES), []
    for number in range(last + 1):
        low, high = number * step, (number + 1) * step
        words = {"low": percent(low, 0, lang), "from": decimal(100 * low, 0, lang), "high": percent(high, 0, lang)}
        key = "heat_first" if number == 0 else "heat_last" if number == _CLASSES - 1 else "heat_class"
        keys.append(Key(word(lang, key, **words), "area", ramp[number]))
    cells = [cell for line in grid.cells for cell in line]
    for sign, marker in (("more", "^"), ("less", "v")):
        if any(cell.sign == sign for cell in cells):
            keys.append(Key(word(lang, f"heat_{sign}"), "dot", INK, marker=marker))
    if any(cell.small for cell in cells):
        keys.append(Key(word(lang, "small_base"), "area", ramp[-2], hollow=True))
    for name, mark in (("small_cell", catalogue.text(lang, "withheld")), ("empty", word(lang, "heat_empty"))):
        if any(cell.instead == MARKS[name] for cell in cells):
            keys.append(Key(mark, "area", ASIDE))
    return keys
