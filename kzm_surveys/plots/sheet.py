"""The sheet of a figure: words above and below the plot, and the key, all placed in inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from kzm_surveys.errors import FindingError
from kzm_surveys.plots.lettering import drawable, evenly_wrapped, line_height, text_width, wrapped
from kzm_surveys.plots.palette import BLUE, INK, MUTED, OUTLINE, RED
from kzm_surveys.plots.style import HIGHEST, WIDTHS, Width, check_width, house_style

EDGE = 0.1
#: Points: the title of a full and a half column, words below it and beside marks, numbers, the foot.
TITLES, WORDS, NUMBERS, FOOT = {"full": 10.0, "half": 9.0}, 8.0, 7.5, 7.0
_GAP, _APART = 0.08, 0.03
_KEY_ROW, _KEY_MARK, _KEY_SPACE = 0.18, 0.2, 0.14


@dataclass(frozen=True)
class Frame:
    """Words around the plot: title states the finding, subtitle the question, foot the base, notes and the source.

    `mark` is the visible mark of synthetic data, empty for real answers.
    """

    title: str
    subtitle: str
    base: str
    source: str
    mark: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """One entry of the key: an area, a thin one, a dot, a line, or a dot on its interval, and what it stands for."""

    label: str
    kind: Literal["area", "thin", "dot", "line", "interval", "tick"]
    colour: str = BLUE
    hollow: bool = False
    hatch: str = ""
    dash: Any = "-"
    marker: str = "o"


@dataclass(frozen=True)
class Sheet:
    """A figure with its words in place.

    Attributes
    ----------
    figure, axes
        The figure, and the one axes of the plot, whose y runs down in inches from its top; it draws no axis itself.
    left, bottom, width, height
        Place and size of the plot in inches.
    """

    figure: Figure
    axes: Axes
    left: float
    bottom: float
    width: float
    height: float

    def write(self, x: float, y: float, text: str, *, size: float = WORDS, name: str = "", **looks: Any) -> None:
        """Write words at a place in inches: x from the left edge of the figure, y down from the top of the plot."""
        drawable(text, bold=looks.get("weight") == "bold", italic=looks.get("style") == "italic")
        self.figure.text(x, self.bottom + self.height - y, text, transform=self.figure.dpi_scale_trans, size=size,
                         gid=name or None, **looks)  # fmt: skip


def sheet(
    frame: Frame, *, plot_height: float, left: float, right: float = EDGE, width: Width = "full",
    keys: Sequence[Key] = (), below: float = 0.22,
) -> Sheet:  # fmt: skip
    """Return the sheet of a figure.

    Parameters
    ----------
    frame
        The words; long ones wrap.
    plot_height, left, right
        Inches: height of the plot, margins left and right of it.
    width
        "full" or "half" of the text column of an A4 page.
    keys
        Entries of the key between subtitle and plot, from left to right; they wrap.
    below
        Inches between plot and foot: room for the numbers of an axis.

    Raises
    ------
    FindingError
        Unknown width; the figure would be higher than a page; the font lacks a character.
    """
    check_width(width)
    across = WIDTHS[width]
    usable = across - 2 * EDGE
    size = TITLES[width]
    title = evenly_wrapped(frame.title, usable, size, bold=True)
    subtitle = wrapped(frame.subtitle, usable, WORDS)
    mark = wrapped(frame.mark, usable, NUMBERS, bold=True)
    foot = [line for text in (frame.base, *frame.notes, frame.source) for line in wrapped(text, usable, FOOT)]
    rows = _key_rows(keys, usable)
    above = EDGE + len(title) * line_height(size) + len(subtitle) * line_height(WORDS) + _GAP
    above += len(rows) * _KEY_ROW + (_GAP if rows else 0)
    under = below + len(mark) * line_height(NUMBERS) + (_APART if mark else 0) + len(foot) * line_height(FOOT) + _GAP
    height = above + plot_height + under
    if height > HIGHEST:
        raise FindingError(
            f"the figure '{frame.title}' would be {height:.1f} inches high; a page takes {HIGHEST:g}. Show fewer rows, "
            "split it into several figures, or shorten its labels."
        )
    figure = Figure(figsize=(across, height))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((left / across, under / height, 1 - (left + right) / across, plot_height / height))
    axes.set_axis_off()
    axes.set_ylim(plot_height, 0)
    made = Sheet(figure, axes, left, under, across - left - right, plot_height)
    y = EDGE - above
    for lines, points, looks in (
        (title, size, {"weight": "bold", "color": INK}), (subtitle, WORDS, {"color": MUTED}),
    ):  # fmt: skip
        name = "title" if lines is title else "subtitle"
        for line in lines:
            made.write(EDGE, y, line, size=points, va="top", name=name, **looks)
            y += line_height(points)
    y += _GAP
    for row in rows:
        for x, key in row:
            _draw_key(made, key, EDGE + x, y)
        y += _KEY_ROW
    y = plot_height + below
    for lines, points, looks in (
        (mark, NUMBERS, {"weight": "bold", "color": RED}), (foot, FOOT, {"color": MUTED}),
    ):  # fmt: skip
        name = "mark" if lines is mark else "foot"
        for line in lines:
            made.write(EDGE, y, line, size=points, va="top", name=name, **looks)
            y += line_height(points)
        y += _APART if lines is mark and mark else 0
    return made


def empty_figure(frame: Frame, width: Width = "full") -> Figure:
    """Words only: what stands in the place of a figure that may not be drawn."""
    with house_style():
        return sheet(frame, plot_height=0.05, left=EDGE, width=width, below=0.05).figure


def _key_rows(keys: Sequence[Key], usable: float) -> list[list[tuple[float, Key]]]:
    """Rows of the key with the place of each entry; an entry wider than the figure stays in a row of its own."""
    rows: list[list[tuple[float, Key]]] = []
    x = 0.0
    for key in keys:
        for number, part in enumerate(wrapped(key.label, usable - _KEY_MARK, NUMBERS)):
            needed = _KEY_MARK + text_width(part, NUMBERS)
            if not rows or number or x + needed > usable:
                rows.append([])
                x = 0.0
            rows[-1].append((x, key if part == key.label else _part(key, part, first=number == 0)))
            x += needed + _KEY_SPACE
    return rows


def _part(key: Key, words: str, *, first: bool) -> Key:
    return Key(
        words,
        key.kind if first else "line",
        key.colour if first else "none",
        key.hollow,
        key.hatch,
        key.dash,
        key.marker,
    )


def _draw_key(on: Sheet, key: Key, x: float, y: float) -> None:
    figure = on.figure
    inches = figure.dpi_scale_trans
    middle = on.bottom + on.height - y - _KEY_ROW / 2
    on.write(x + _KEY_MARK, y + _KEY_ROW / 2, key.label, size=NUMBERS, va="center_baseline", name="key")
    if key.kind in ("area", "thin"):
        half = 0.05 if key.kind == "area" else 0.03
        figure.add_artist(
            Rectangle((x, middle - half), 0.14, 2 * half, facecolor="white" if key.hollow else key.colour,
                      edgecolor=key.colour if key.hollow else OUTLINE, linewidth=2 if key.hollow else 0.4,
                      hatch=key.hatch or None, transform=inches)
        )  # fmt: skip
        return
    line = key.kind in ("line", "interval")
    figure.add_artist(
        Line2D(
            [x, x + 0.07, x + 0.14], [middle] * 3, color=key.colour, linewidth=1.3 if line else 0, linestyle=key.dash,
            marker={"dot": key.marker, "interval": key.marker, "tick": "|"}.get(key.kind, ""), markevery=[1],
            markersize=9 if key.kind == "tick" else 5.5, markeredgewidth=2 if key.kind == "tick" else 1,
            markerfacecolor="white" if key.hollow else key.colour, transform=inches,
        )
    )  # fmt: skip
