"""A section of the report: headings, paragraphs, tables and figures, in one order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.findings.text import Number, Reference, Text
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.style import PictureKind, drawn
from kzm_surveys.survey import Survey

Cell = str | Number | Text


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `box` sets it apart (the mark of synthetic data).

    `id` names it through all versions of the document, whatever its words.
    """

    text: Text
    box: bool = False
    id: str = ""


@dataclass(frozen=True)
class Points:
    """Short statements in a box, under a title of their own: the key findings. `ids` name them through all versions."""

    title: str
    items: Sequence[Text]
    ids: Sequence[str]

    def __post_init__(self) -> None:
        if not self.items or len(set(self.ids)) != len(self.items):
            raise FindingError(
                f"the list '{self.title}' has {len(self.items)} statements and {len(set(self.ids))} names; each "
                "statement needs a name of its own."
            )


@dataclass(frozen=True)
class Heading:
    """A heading inside the section, below the report's own."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table: title, header row, rows (first cell labels the row), notes with base, method and marks.

    The first `words` columns hold words, the others numbers. `description` tells screen readers what the table
    compares; by default its notes do.
    """

    id: str
    title: Text
    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[Text]
    words: int = 1
    description: Text | None = None

    def __post_init__(self) -> None:
        if not self.rows:
            raise FindingError(f"table '{self.id}' has no rows.")
        if not all(str(name).strip() for name in self.header):
            raise FindingError(f"table '{self.id}': a header cell is empty; screen readers cannot name the column.")
        for row in self.rows:
            if len(row) != len(self.header):
                raise FindingError(f"table '{self.id}': a row has {len(row)} cells, the header {len(self.header)}.")


@dataclass(frozen=True)
class FigureRef:
    """The place of a figure; its picture comes from the figure script of the survey."""

    id: str


Block = Paragraph | Points | Heading | Table | FigureRef


@dataclass(frozen=True)
class Section:
    """What an analysis returns. The design's survey gives the headings unless `own_headings` are given.

    `warnings` are what the author must read before the section goes out.
    """

    design: SurveyDesign
    blocks: Sequence[Block]
    own_headings: Sequence[str] | None = None
    warnings: Sequence[str] = ()

    @property
    def survey(self) -> Survey:
        """The survey of the design.

        Raises
        ------
        FindingError
            The design has none.
        """
        if self.design.survey is None:
            raise FindingError("a section needs a survey; make the design with SurveyDesign.from_survey.")
        return self.design.survey

    @property
    def headings(self) -> Sequence[str]:
        """Headings above the blocks, from area to activity."""
        return self.survey.wave.report.headings if self.own_headings is None else self.own_headings


@dataclass(frozen=True)
class ReportFigure:
    """A figure with everything that comes with it.

    Attributes
    ----------
    id, figure
        Its name and the drawing.
    caption, foot
        What is shown; base, notes and source.
    alt, title
        Alternative text; the finding that stands above the plot.
    numbers
        Those drawn in the picture.
    place
        Whether it belongs to the report or to its annex.
    plotted
        The numbers behind the drawing, a row each; empty where nothing is shown.
    lang
        Language of all words.
    """

    id: str
    figure: Figure
    caption: Text
    foot: Text
    alt: Text
    title: Text
    numbers: Sequence[Number] = ()
    place: Literal["report", "annex"] = "report"
    plotted: pd.DataFrame = field(default_factory=pd.DataFrame)
    lang: Language = "sl"


def pictures(figures: Sequence[ReportFigure], kinds: Sequence[PictureKind]) -> list[dict[PictureKind, bytes]]:
    """Return the drawings as files by kind, with title, alternative text, base and source in their metadata.

    While a figure is drawn, a thread compresses the pixels of the one before it.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting = [{kind: thread.submit(_drawing(figure, kind)) for kind in kinds} for figure in figures]
    return [{kind: content.result() for kind, content in each.items()} for each in waiting]


def _drawing(figure: ReportFigure, kind: PictureKind) -> Callable[[], bytes]:
    about = f"{figure.alt} {figure.foot}"
    return drawn(figure.figure, kind, title=str(figure.title), description=about, lang=figure.lang)


def numbering(sections: Sequence[Section]) -> Mapping[str, int]:
    """Numbers of tables and figures by id, each kind counted through the whole document.

    Raises
    ------
    FindingError
        An id stands twice.
    """
    out: dict[str, int] = {}
    counts = {"table": 0, "figure": 0}
    for block in (block for section in sections for block in section.blocks):
        if not isinstance(block, (Table, FigureRef)):
            continue
        kind = "table" if isinstance(block, Table) else "figure"
        if block.id in out:
            raise FindingError(f"two tables or figures have the id '{block.id}'.")
        counts[kind] += 1
        out[block.id] = counts[kind]
    return out


def opened_headings(sections: Sequence[Section]) -> list[list[tuple[int, str]]]:
    """Return for each section the headings that it opens, each with its level from 1: what two share stands once.

    Examples
    --------
    >>> design = SurveyDesign(pd.DataFrame({"y": [1]}))
    >>> opened_headings([Section(design, [], ["Area", "Task"]), Section(design, [], ["Area", "Other task"])])
    [[(1, 'Area'), (2, 'Task')], [(2, 'Other task')]]
    """
    out, before = [], list[str]()
    for section in sections:
        headings = list(section.headings)
        same = next((at for at, both in enumerate(zip(before, headings, strict=False)) if both[0] != both[1]),
                    min(len(before), len(headings)))  # fmt: skip
        out.append(list(enumerate(headings[same:], start=same + 1)))
        before = headings
    return out


def section_texts(section: Section) -> Iterator[tuple[str, Text]]:
    """All texts of a section with the place where they stand: where a paragraph has an id, that is its place."""
    for position, block in enumerate(section.blocks, start=1):
        if isinstance(block, Paragraph):
            yield f"paragraph {block.id or position}", block.text
        elif isinstance(block, Points):
            yield from ((f"key finding {name}", item) for name, item in zip(block.ids, block.items, strict=True))
        elif isinstance(block, Table):
            yield f"table {block.id}", block.title
            yield from ((f"table {block.id}", cell_text(name)) for name in block.header)
            yield from ([(f"table {block.id}", block.description)] if block.description else [])
            for row in block.rows:
                yield from ((f"table {block.id}", cell_text(cell)) for cell in row)
            yield from ((f"table {block.id}", note) for note in block.notes)


def cell_text(cell: Cell) -> Text:
    """A table cell as a text."""
    return cell if isinstance(cell, Text) else Text((cell,))


def checked_figures(sections: Sequence[Section], figures: Mapping[str, ReportFigure]) -> None:
    """Refuse references to tables and figures that do not exist.

    Raises
    ------
    FindingError
        Naming the missing id.
    """
    numbering(sections)
    blocks = [block for section in sections for block in section.blocks]
    known = {block.id: "table" if isinstance(block, Table) else "figure" for block in blocks
             if isinstance(block, (Table, FigureRef))}  # fmt: skip
    for block in blocks:
        if isinstance(block, FigureRef) and block.id not in figures:
            raise FindingError(one_of("the section shows an unknown figure", block.id, figures))
    texts = [found for section in sections for found in section_texts(section)]
    for name, figure in figures.items():
        texts += [(f"figure {name}", text) for text in (figure.title, figure.caption, figure.foot, figure.alt)]
    for place, text in texts:
        for part in text.parts:
            if isinstance(part, Reference) and known.get(part.target) != part.kind:
                of_kind = [target for target, kind in known.items() if kind == part.kind]
                raise FindingError(f"{place}: " + one_of(f"reference to an unknown {part.kind}", part.target, of_kind))
