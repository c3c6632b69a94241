"""Sections to a Word file: real captions and cross-references, repeated headers, alternative texts, sl-SI.

What python-docx lacks (caption fields, bookmarks, alternative text, table descriptions) is written here as
WordprocessingML (ECMA-376, part 1, sections 17 and 20). Page and styles are in ``docx_style``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import TypeVar

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph as DocxParagraph

from kzm_surveys.findings import page as pages
from kzm_surveys.findings.docx_style import DocumentInfo, field, set_up
from kzm_surveys.findings.section import (
    FigureRef,
    Heading,
    Paragraph,
    ReportFigure,
    Section,
    Table,
    cell_text,
    checked_figures,
    numbering,
)
from kzm_surveys.findings.text import Reference, Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language

TEXT_WIDTH, COMPACT_WIDTH = Mm(160), Mm(136)
C = TypeVar("C")


def to_docx(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], pictures: Mapping[str, bytes], info: DocumentInfo,
    lang: Language = "sl",
) -> bytes:  # fmt: skip
    """Write sections to a Word file.

    Parameters
    ----------
    sections
        In the order of the report.
    figures, pictures
        By id: caption, foot and alternative text; bytes of the PNG.
    info, lang
        Properties and language.

    Returns
    -------
    bytes
        The file; the same input gives the same bytes.

    Raises
    ------
    FindingError
        A reference or figure does not exist (see ``checked_figures``).
    """
    checked_figures(sections, figures)
    writer = _Writer(lang, numbering(sections), info)
    for section in sections:
        writer.section(section, figures, pictures)
    return writer.bytes()


class _Writer:
    def __init__(self, lang: Language, numbers: Mapping[str, int], info: DocumentInfo) -> None:
        self.lang, self.numbers, self.info = lang, numbers, info
        self.document: DocumentType = Document()
        self.bookmarks = 0
        self.shown_headings: list[str] = []
        set_up(self.document, info, lang)
        self.document.add_paragraph(info.title, style="Title")
        self.document.add_paragraph(info.subtitle, style="Subtitle")

    def section(self, section: Section, figures: Mapping[str, ReportFigure], pictures: Mapping[str, bytes]) -> None:
        headings = section.headings
        for level, text in enumerate(headings, start=1):
            if self.shown_headings[:level] != list(headings[:level]):
                self.document.add_heading(text, level)
        self.shown_headings = list(headings)
        for block in section.blocks:
            if isinstance(block, Heading):
                self.document.add_heading(block.text, len(headings) + 1)
            elif isinstance(block, Paragraph):
                self._fill(self.document.add_paragraph(style="Kzm box" if block.box else None), block.text)
            elif isinstance(block, Table):
                self._table(block)
            elif isinstance(block, FigureRef):
                self._figure(figures[block.id], pictures[block.id])

    def _fill(self, paragraph: DocxParagraph, text: Text) -> None:
        for part in text.parts:
            if isinstance(part, Reference):
                number = self.numbers[part.target]
                field(paragraph, f"REF {_bookmark(part.kind, number)} \\h", str(number))
            else:
                paragraph.add_run(str(part))

    def _caption(self, kind: str, target: str, text: Text, *, keep_with_next: bool) -> None:
        """Return "Preglednica 1: ..." with a counting field inside a bookmark that references point at."""
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = keep_with_next
        word = catalogue.text(self.lang, kind)
        paragraph.add_run(f"{word}{NBSP}")
        self.bookmarks += 1
        start, end = _bookmark_ends(_bookmark(kind, self.numbers[target]), self.bookmarks)
        paragraph._p.append(start)
        field(paragraph, f"SEQ {word} \\* ARABIC", str(self.numbers[target]))
        paragraph._p.append(end)
        paragraph.add_run(": ")
        self._fill(paragraph, text)

    def _figure(self, figure: ReportFigure, picture: bytes) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(2 if self.info.compact else 8)
        paragraph.paragraph_format.space_after = Pt(2)
        width = COMPACT_WIDTH if self.info.compact else TEXT_WIDTH
        shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=width)
        properties = shape._inline.docPr
        properties.set("descr", figure.alt.plain(self.numbers))
        properties.set("name", f"figure-{figure.id}")
        self._caption("figure", figure.id, figure.caption, keep_with_next=True)
        self._notes([figure.foot])

    def _table(self, block: Table) -> None:
        self._caption("table", block.id, block.title, keep_with_next=True)
        first = min(0.44, 0.22 + 0.5 / len(block.header))
        widths = [first, *[(1 - first) / (len(block.header) - 1)] * (len(block.header) - 1)]
        notes = " ".join(note.plain(self.numbers) for note in block.notes)
        _add_table(
            self.document, [block.header, *block.rows], widths, numbers=len(block.header) - 1,
            fill=lambda paragraph, cell: self._fill(paragraph, cell_text(cell)),
            title=block.title.plain(self.numbers), description=notes,
        )  # fmt: skip
        self._notes(block.notes)

    def _notes(self, notes: Sequence[Text]) -> None:
        """Small print below a table or figure, with room after the last line."""
        for position, note in enumerate(notes, start=1):
            paragraph = self.document.add_paragraph(style="Kzm note")
            self._fill(paragraph, note)
            if position == len(notes):
                paragraph.paragraph_format.space_after = Pt(4 if self.info.compact else 10)

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.document.save(out)
        return _with_fixed_dates(out.getvalue())


def page_to_docx(page: pages.Page) -> bytes:
    """Write a page with a list of contents as a Word file; the same page gives the same bytes."""
    document: DocumentType = Document()
    set_up(document, DocumentInfo(page.title, page.subtitle, page.author, page.mark, page.day), page.lang)
    document.add_paragraph(page.title, style="Title")
    document.add_paragraph(page.subtitle, style="Subtitle")
    if page.mark:
        document.add_paragraph(page.mark, style="Kzm box")
    places = {heading.anchor: number for number, heading in enumerate(page.headings, start=1)}
    document.add_paragraph(catalogue.text(page.lang, "contents"), style="Caption")
    for heading in page.headings:
        entry = document.add_paragraph(style="Kzm note")
        entry.paragraph_format.left_indent = Mm(6 * (heading.level - 1))
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), _bookmark("heading", places[heading.anchor]))
        link.append(entry.add_run(heading.text)._r)
        entry._p.append(link)
    for block, following in zip_longest(page.blocks, page.blocks[1:]):
        if isinstance(block, pages.Heading):
            title = document.add_heading(block.text, block.level)
            start, end = _bookmark_ends(_bookmark("heading", places[block.anchor]), places[block.anchor])
            title.runs[0]._r.addprevious(start)
            title._p.append(end)
        elif isinstance(block, pages.Paragraph):
            document.add_paragraph(block.text).paragraph_format.space_before = Pt(4)
        elif isinstance(block, pages.Facts):
            for name, value in block.rows:
                fact = document.add_paragraph(style="Kzm fact")
                fact.paragraph_format.keep_with_next = isinstance(following, pages.Grid)
                fact.add_run(f"{name}: ").bold = True
                fact.add_run(value)
        else:
            document.add_paragraph(block.title, style="Caption").paragraph_format.keep_with_next = True
            _add_table(document, [block.header, *block.rows], block.widths, numbers=block.numbers,
                       fill=_fill_cell, title=block.title)  # fmt: skip
    document.add_paragraph().paragraph_format.line_spacing = Pt(1)  # Word wants one after a table
    out = io.BytesIO()
    document.save(out)
    return _with_fixed_dates(out.getvalue())


def _fill_cell(paragraph: DocxParagraph, text: str) -> None:
    """Fill a cell; a second line is an identifier in small print."""
    label, line_break, identifier = text.partition("\n")
    run = paragraph.add_run(label)
    if line_break:
        run.add_break()
        paragraph.add_run(identifier).font.size = Pt(8)


def _add_table(
    document: DocumentType, rows: Sequence[Sequence[C]], widths: Sequence[float], *, numbers: int,
    fill: Callable[[DocxParagraph, C], object], title: str, description: str = "",
) -> None:  # fmt: skip
    """Append a table: the first row is its header, the last `numbers` columns stand at the right."""
    table = document.add_table(rows=0, cols=len(widths))
    table.autofit = False
    _describe(table._tbl, title, description)
    style = document.styles["Kzm cell"].style_id
    for column, width in zip(table.columns, widths, strict=True):
        column.width = int(TEXT_WIDTH * width)
    for number, contents in enumerate(rows):
        row = table.add_row()
        _row_property(row._tr, "w:cantSplit" if number else "w:tblHeader")
        for position, (cell, content) in enumerate(zip(row.cells, contents, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph._p.style = style  # by id: setting it by name searches all styles for every cell
            if position >= len(widths) - numbers:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            fill(paragraph, content)
            paragraph.paragraph_format.keep_with_next = number < len(rows) - 1
            if number == 0:
                _shade(cell, "E6E9ED")
                for run in paragraph.runs:
                    run.bold = True


def _bookmark(kind: str, number: int) -> str:
    """Name of the bookmark around the number of a table or figure."""
    return f"_Ref_{kind}_{number}"


def _bookmark_ends(name: str, number: int) -> tuple[BaseOxmlElement, BaseOxmlElement]:
    """Start and end of a bookmark; `number` is its own in the document."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (start, end):
        element.set(qn("w:id"), str(number))
    start.set(qn("w:name"), name)
    return start, end


def _describe(table: object, title: str, description: str) -> None:
    """Put title and description for screen readers into the table's properties, with borders and width."""
    properties = table.tblPr  # type: ignore[attr-defined]
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "8A929B")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    # The schema wants this order: tblW, tblBorders, tblLayout, tblLook, tblCaption, tblDescription.
    layout = properties.find(qn("w:tblLayout"))
    layout.addprevious(borders) if layout is not None else properties.append(borders)
    for tag, text in (("w:tblCaption", title), ("w:tblDescription", description)):
        element = OxmlElement(tag)
        element.set(qn("w:val"), text)
        properties.append(element)


def _row_property(row: object, tag: str) -> None:
    properties = row.get_or_add_trPr()  # type: ignore[attr-defined]
    element = OxmlElement(tag)
    element.set(qn("w:val"), "true")
    properties.append(element)


def _shade(cell: _Cell, colour: str) -> None:
    element = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        element.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(element)


def _with_fixed_dates(content: bytes) -> bytes:
    """The same zip with every entry dated 1 January 1980, so that two runs give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            fixed = zipfile.ZipInfo(entry.filename, date_time=(1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_STORED if entry.filename.endswith(".png") else zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            new.writestr(fixed, old.read(entry), compresslevel=6)
    return out.getvalue()
