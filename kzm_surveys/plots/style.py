"""House style: sizes, palette, the frame of every figure, saving with metadata and the same bytes."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kzm_surveys.language.numbers import Language, percent

#: Width of the text column of an A4 page with 25 mm margins, in inches.
FULL_WIDTH = 6.3
DPI = 300

#: At least 3:1 against white and told apart under the common colour blindnesses (checked by a test).
BLUE, RED, ORANGE = "#12436D", "#801650", "#C7511A"
#: Ordered answers from the weakest to the strongest; steps under 3:1 get a dark outline.
SEQUENTIAL = ("#E6E9ED", "#B9CBDD", "#7FA3C7", "#3F74A8", "#12436D")
#: Disagreement, neutral, agreement.
DIVERGING = ("#A34A1B", "#E3A981", "#E6E9ED", "#7FA3C7", "#12436D")
OUTLINE = "#3D3D3D"
#: White behind a printed number, so that no line of the grid runs through it.
BLANK: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
INK, MUTED = "#1A1A1A", "#4A4A4A"


@dataclass(frozen=True)
class Frame:
    """Words around the plot: title states the finding, subtitle the question, foot the base and the source.

    `mark` is the visible mark of synthetic data, empty for real answers.
    """

    title: str
    subtitle: str
    base: str
    source: str
    mark: str = ""


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the style sheet inside the context only."""
    with mpl.rc_context(fname=str(files("kzm_surveys.plots") / "kzm.mplstyle")):
        yield


#: Characters of 8 pt DejaVu Sans that fit an inch, a little on the safe side.
_CHARACTERS_PER_INCH = 15.5
_LINE = {"title": 0.19, "subtitle": 0.145, "foot": 0.13}


def framed(frame: Frame, *, plot_height: float, left: float, right: float = 0.12, width: float = FULL_WIDTH,
           legend_rows: int = 0) -> tuple[Figure, Axes]:  # fmt: skip
    """Return a figure with the words in place and one axes between them.

    Parameters
    ----------
    frame
        The words; long ones wrap.
    plot_height, left, right, width
        Inches: height of the axes, margins left and right of it, width of the figure.
    legend_rows
        Rows of legend between subtitle and axes.
    """
    usable = width - 0.2
    title = textwrap.wrap(frame.title, int(usable * _CHARACTERS_PER_INCH * 0.78))
    subtitle = textwrap.wrap(frame.subtitle, int(usable * _CHARACTERS_PER_INCH))
    foot = [line for text in (frame.base, frame.source) for line in textwrap.wrap(text, int(usable * 17.5))]
    top = 0.08 + len(title) * _LINE["title"] + len(subtitle) * _LINE["subtitle"] + 0.1 + legend_rows * 0.19
    bottom = 0.32 + len(foot) * _LINE["foot"] + (_LINE["foot"] + 0.03 if frame.mark else 0) + 0.06
    height = top + plot_height + bottom
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, plot_height / height))
    y = height - 0.08
    for line in title:
        figure.text(0.1 / width, y / height, line, size=10, weight="bold", va="top", color=INK)
        y -= _LINE["title"]
    for line in subtitle:
        figure.text(0.1 / width, y / height, line, size=8, va="top", color=MUTED)
        y -= _LINE["subtitle"]
    y = 0.06 + (len(foot) - 1) * _LINE["foot"]
    if frame.mark:
        figure.text(0.1 / width, (y + _LINE["foot"] + 0.03) / height, frame.mark, size=7.5, weight="bold", va="bottom",
                    color=RED)  # fmt: skip
    for line in foot:
        figure.text(0.1 / width, y / height, line, size=7, va="bottom", color=MUTED)
        y -= _LINE["foot"]
    return figure, axes


def empty_figure(frame: Frame) -> Figure:
    """Words only: what stands in the place of a figure that may not be drawn."""
    with house_style():
        figure, axes = framed(frame, plot_height=0.1, left=0.1)
        axes.set_axis_off()
    return figure


def percent_axis(axes: Axes, highest: float, lang: Language) -> None:
    """Ticks of a share axis: whole percents in the language's form."""
    step = 0.2 if highest > 0.5 else 0.1 if highest > 0.25 else 0.05
    ticks = [i * step for i in range(int(highest / step + 1e-9) + 1)]
    axes.set_xlim(0, highest)
    axes.set_xticks(ticks, [percent(tick, 0, lang) for tick in ticks])
    axes.grid(axis="x")


def row_height(labels: Sequence[str], least: float) -> float:
    """Inches that a row needs so that its wrapped label does not touch the next one."""
    lines = max((label.count("\n") + 1 for label in labels), default=1)
    return max(least, 0.135 * lines + 0.06)


def legend_columns(labels: Sequence[str], width: float = FULL_WIDTH) -> tuple[int, int]:
    """Columns and rows of a legend that fits the width of the figure.

    Examples
    --------
    >>> legend_columns(["sploh ne", "nekoliko", "srednje", "zelo", "izjemno"]), legend_columns(["a" * 60] * 5)
    ((5, 1), (1, 5))
    """
    needed = [len(label) / 17 + 0.34 for label in labels]  # 7.5 points, with key and gap
    for columns in range(len(labels), 0, -1):
        widest = [max(needed[start::columns]) for start in range(columns)]
        if sum(widest) <= width - 0.2 or columns == 1:
            return columns, -(-len(labels) // columns)
    return 1, 1


def add_legend(figure: Figure, axes: Axes, handles: Sequence[Artist], columns: int) -> None:
    """Legend between the words and the axes, its rows read from left to right."""
    rows = -(-len(handles) // columns)
    # Legends fill column by column; this order makes them read row by row.
    by_column = [handles[row * columns + column] for column in range(columns) for row in range(rows)
                 if row * columns + column < len(handles)]  # fmt: skip
    width, height = figure.get_size_inches()
    figure.legend(
        handles=by_column, loc="lower left", ncols=columns, fontsize=7.5, handlelength=1.3, columnspacing=1.1,
        handletextpad=0.45, labelspacing=0.35, borderaxespad=0, borderpad=0,
        bbox_to_anchor=(0.13 / width, axes.get_position().y1 + 0.14 / height),
    )  # fmt: skip


def wrapped(label: str, inches: float) -> str:
    """Label broken into lines that fit a width at 8 points."""
    return "\n".join(textwrap.wrap(label, max(int(inches * _CHARACTERS_PER_INCH), 8))) or label


def saved(
    figure: Figure, kind: Literal["png", "svg", "pdf"], *, title: str, description: str, lang: Language = "sl"
) -> bytes:
    """Bytes of a figure with title, description and language in the metadata; same figure, same bytes."""
    out = io.BytesIO()
    metadata: dict[str, str | None]
    options: dict[str, Any] = {}
    if kind == "png":
        metadata = {"Title": title, "Description": description, "Software": "kzm_surveys", "Language": lang}
        options = {"dpi": DPI, "pil_kwargs": {"compress_level": 3}}
    elif kind == "svg":
        metadata = {
            "Title": title,
            "Description": description,
            "Language": lang,
            "Date": None,
            "Creator": "kzm_surveys",
        }
    else:
        metadata = {"Title": title, "Subject": description, "Creator": "kzm_surveys", "CreationDate": None}
    with house_style():
        figure.savefig(out, format=kind, metadata=metadata, **options)
    return out.getvalue()
