"""Sections to a Word file: real captions and cross-references, repeated headers, alternative texts, sl-SI.

The only module that imports python-docx. What python-docx lacks (caption fields, bookmarks, alternative text,
table descriptions) is written here as WordprocessingML (ECMA-376, part 1, sections 17 and 20).
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph as DocxParagraph

from kzm_surveys.findings import page as pages
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

LANG_TAG: dict[Language, str] = {"sl": "sl-SI", "en": "en-GB"}
INK, BLUE, RED = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x12, 0x43, 0x6D), RGBColor(0x80, 0x16, 0x50)
TEXT_WIDTH = Mm(160)
C = TypeVar("C")


@dataclass(frozen=True)
class DocumentInfo:
    """Title, subtitle and properties of the document; `day` stands in the properties, so that bytes repeat.

    `mark` stands in the header of every page and among the properties; empty for real answers.
    """

    title: str
    subtitle: str
    author: str
    mark: str
    day: datetime.date


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
        _set_up(self.document, info, lang)
        self.document.add_paragraph(info.title, style="Title")
        self.document.add_paragraph(info.subtitle, style="Subtitle")

    def section(self, section: Section, figures: Mapping[str, ReportFigure], pictures: Mapping[str, bytes]) -> None:
        headings = section.survey.wave.report.headings
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
                _field(paragraph, f"REF {_bookmark(part.kind, number)} \\h", str(number))
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
        _field(paragraph, f"SEQ {word} \\* ARABIC", str(self.numbers[target]))
        paragraph._p.append(end)
        paragraph.add_run(": ")
        self._fill(paragraph, text)

    def _figure(self, figure: ReportFigure, picture: bytes) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(8)
        paragraph.paragraph_format.space_after = Pt(2)
        shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=TEXT_WIDTH)
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
                paragraph.paragraph_format.space_after = Pt(10)

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.document.save(out)
        return _with_fixed_dates(out.getvalue())


def page_to_docx(page: pages.Page) -> bytes:
    """Write a page with a list of contents as a Word file; the same page gives the same bytes."""
    document: DocumentType = Document()
    _set_up(document, DocumentInfo(page.title, page.subtitle, page.author, page.mark, page.day), page.lang)
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


def _field(paragraph: DocxParagraph, instruction: str, shown: str) -> None:
    """Append a field with its result, so that it reads right before Word updates it."""
    for kind, text in (("begin", None), (None, instruction), ("separate", None), ("shown", shown), ("end", None)):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = str(text)
        elif kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = f" {text} "
            run._r.append(element)
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
            run._r.append(element)


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


def _set_up(document: DocumentType, info: DocumentInfo, lang: Language) -> None:
    """Page, styles, language, properties and page numbers."""
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(25)
    properties = document.core_properties
    properties.title, properties.author, properties.keywords = info.title, info.author, info.mark
    properties.subject, properties.language, properties.comments = info.subtitle, LANG_TAG[lang], ""
    stamp = datetime.datetime.combine(info.day, datetime.time())
    properties.created = properties.modified = stamp
    properties.last_modified_by, properties.revision = info.author, 1
    styles = document.styles
    language = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    for name in ("val", "eastAsia"):
        language.set(qn(f"w:{name}"), LANG_TAG[lang])
    sizes = {
        "Title": 20, "Subtitle": 12, "Heading 1": 16, "Heading 2": 13, "Heading 3": 12, "Heading 4": 11, "Caption": 9.5,
    }  # fmt: skip
    for name in ("Normal", *sizes):
        style = styles[name]
        style.font.name = "Calibri"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), "Calibri")
        style.font.size = Pt(sizes.get(name, 11))
        style.font.color.rgb = BLUE if name in sizes and name != "Caption" else INK
        style.font.italic = False
    styles["Normal"].paragraph_format.space_after = Pt(6)
    styles["Caption"].paragraph_format.space_before = Pt(8)
    styles["Caption"].paragraph_format.space_after = Pt(3)
    for name, size in (("Kzm note", 8.5), ("Kzm cell", 9.5), ("Kzm fact", 10.5), ("Kzm box", 10.5)):
        style = styles.add_style(name, 1)
        style.base_style = styles["Normal"]
        style.font.size = Pt(size)
        style.paragraph_format.space_after = Pt(2)
    styles["Kzm box"].font.color.rgb = RED
    styles["Kzm box"].font.bold = True
    styles["Kzm box"].paragraph_format.space_after = Pt(8)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, _, rest = catalogue.text(lang, "page_of").partition("{page}")
    between, _, after = rest.partition("{pages}")
    footer.add_run(before)
    _field(footer, "PAGE", "1")
    footer.add_run(between)
    _field(footer, "NUMPAGES", "1")
    footer.add_run(after)
    for run in footer.runs:
        run.font.size = Pt(9)
    header = section.header.paragraphs[0]
    header.add_run(info.title).font.size = Pt(9)
    if info.mark:
        warning = section.header.add_paragraph().add_run(info.mark)
        warning.bold, warning.font.size, warning.font.color.rgb = True, Pt(9), RED
    settings = document.settings.element
    settings.find(qn("w:themeFontLang")).attrib.clear()
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), LANG_TAG[lang])
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]  # the picture of an empty page that python-docx ships


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
