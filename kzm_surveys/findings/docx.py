"""Sections to a Word file: tagged numbers, captions and references as fields, footnotes, alternative texts.

python-docx opens, styles and saves; the text is written as WordprocessingML (``docx_xml``) and parsed once.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from docx.document import Document as DocumentType
from docx.oxml import parse_xml

from kzm_surveys.findings import page as pages
from kzm_surveys.findings.docx_notes import first_note, put_notes
from kzm_surveys.findings.docx_package import packed
from kzm_surveys.findings.docx_page import (
    own_document,
    put_header_and_footer,
    put_properties,
    taken_ids,
    text_size,
)
from kzm_surveys.findings.docx_record import embed_record
from kzm_surveys.findings.docx_runs import Runs, bookmark_name
from kzm_surveys.findings.docx_style import DocumentInfo, put_styles
from kzm_surveys.findings.docx_tables import column_widths, lines_of, shared, table_xml
from kzm_surveys.findings.docx_template import opened_template
from kzm_surveys.findings.docx_xml import DECLARED, attribute, bookmark, field, paragraph, picture, run
from kzm_surveys.findings.section import (
    FigureRef,
    Heading,
    Paragraph,
    Points,
    ReportFigure,
    Section,
    Table,
    cell_text,
    checked_figures,
    numbering,
    opened_headings,
)
from kzm_surveys.findings.text import Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language

#: Pictures of a compact document take this part of its width; the highest picture takes this part of a page.
COMPACT_WIDTH, HIGHEST = 0.85, 0.85
_KEEP = "<w:keepNext/>"


def to_docx(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], pictures: Mapping[str, bytes], info: DocumentInfo,
    lang: Language = "sl", *, template: Path | None = None, record: bytes = b"",
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
    template
        A .docx or .dotx whose page, headers, footers and styles the document takes over; by default our own look.
    record
        What `kzm refresh` must know of the document later, as JSON; it travels inside the file.

    Returns
    -------
    bytes
        The file; the same input gives the same bytes.

    Raises
    ------
    FindingError
        A reference or figure does not exist (see ``checked_figures``), or the template cannot be used.
    """
    checked_figures(sections, figures)
    levels = max((len(section.headings) + 1 for section in sections), default=1)
    document = own_document(lang, compact=info.compact) if template is None else opened_template(template, levels)
    writer = _Writer(document, info, lang, numbering(sections), own=template is None)
    for section, opened in zip(sections, opened_headings(sections), strict=True):
        writer.section(section, opened, figures, pictures)
    if record:
        embed_record(document, record)
    return writer.file()


class _Writer:
    """Joins the text of a document."""

    def __init__(
        self, document: DocumentType, info: DocumentInfo, lang: Language, numbers: Mapping[str, int], *,
        own: bool = True,
    ) -> None:  # fmt: skip
        self.document, self.info, self.lang, self.numbers = document, info, lang, numbers
        self.styles = put_styles(document, lang, compact=info.compact, own=own)
        self.first_note = first_note(document)
        self.runs = Runs(lang, numbers, self.styles, taken=taken_ids(document), first_note=self.first_note)
        self.width, self.height = text_size(document)
        put_properties(document, info, lang)
        put_header_and_footer(document, info, lang, self.styles, own=own)
        self.body: list[str] = []
        self.add("title", run(info.title))
        if info.subtitle:
            self.add("subtitle", run(info.subtitle))

    def add(self, style: str, inside: str, properties: str = "") -> None:
        """Append a paragraph of a style."""
        self.body.append(paragraph(self.styles[style], inside, properties))

    def section(
        self, section: Section, opened: Sequence[tuple[int, str]], figures: Mapping[str, ReportFigure],
        drawn: Mapping[str, bytes],
    ) -> None:  # fmt: skip
        """Append a section below the headings that it opens."""
        for level, text in opened:
            self.add(f"heading {level}", run(text))
        below = f"heading {len(section.headings) + 1}"
        for block in section.blocks:
            if isinstance(block, Heading):
                self.add(below, run(block.text))
            elif isinstance(block, Points):
                self.add(below, run(block.title))
                for following, item in zip_longest(block.items[1:], block.items):
                    self.add("kzm point", self.runs.of(item), _KEEP if following is not None else "")
            elif isinstance(block, Paragraph):
                self.add("kzm box" if block.box else "normal", self.runs.of(block.text))
            elif isinstance(block, Table):
                self._table(block)
            elif isinstance(block, FigureRef):
                self._figure(figures[block.id], drawn[block.id])

    def _caption(self, kind: str, target: str, text: Text) -> None:
        """Append "Preglednica 1: ..." with a counting field inside a bookmark that references point at."""
        word, number = catalogue.text(self.lang, kind), self.numbers[target]
        counted = bookmark(
            bookmark_name(kind, number), next(self.runs.ids), field(f"SEQ {word} \\* ARABIC", str(number))
        )
        self.add("caption", f"{run(word + NBSP)}{counted}{run(': ')}{self.runs.of(text)}", _KEEP)

    def _figure(self, figure: ReportFigure, content: bytes) -> None:
        relation, image = self.document.part.get_or_add_image(io.BytesIO(content))
        width = self.width * (COMPACT_WIDTH if self.info.compact else 1)
        width = min(width, HIGHEST * self.height * image.px_width / image.px_height)
        size = (round(width), round(width * image.px_height / image.px_width))
        title, alt = figure.title.plain(self.numbers), figure.alt.plain(self.numbers)
        self.add("kzm picture", picture(relation, next(self.runs.ids), f"figure-{figure.id}", title, alt, size), _KEEP)
        self._caption("figure", figure.id, figure.caption)
        self._notes([figure.foot])

    def _table(self, block: Table) -> None:
        self._caption("table", block.id, block.title)
        rows = [[cell_text(cell) for cell in row] for row in (block.header, *block.rows)]
        words = [[cell.plain(self.numbers) for cell in row] for row in rows]
        widths = column_widths(self.width, words, block.words)
        described = [block.description] if block.description is not None else block.notes
        self.body.append(
            table_xml(
                [[self.runs.of(cell) for cell in row] for row in rows], widths, self.styles, words=block.words,
                title=block.title.plain(self.numbers),
                description=" ".join(text.plain(self.numbers) for text in described), lines=lines_of(words, widths),
                noted=bool(block.notes),
            )
        )  # fmt: skip
        self._notes(block.notes)

    def _notes(self, notes: Sequence[Text]) -> None:
        """Small print below a table or figure, with room after the last line."""
        for position, note in enumerate(notes, start=1):
            room = f'<w:spacing w:after="{80 if self.info.compact else 220}"/>' if position == len(notes) else _KEEP
            self.add("kzm note", self.runs.of(note), room)

    def file(self) -> bytes:
        """Return the document as a file."""
        if self.body[-1].startswith("<w:tbl>"):  # Word wants a paragraph after a table
            self.add("kzm note", "")
        body = self.document.element.body
        content = parse_xml(f"<w:body {DECLARED}>{''.join(self.body)}</w:body>")
        content.append(body[-1])
        self.document.element.replace(body, content)  # its elements one by one would take ten times as long
        put_notes(self.document, self.runs.notes, self.first_note)
        return packed(self.document)


def page_to_docx(page: pages.Page) -> bytes:
    """Write a page with a list of contents as a Word file; the same page gives the same bytes."""
    info = DocumentInfo(page.title, page.subtitle, page.author, page.mark, page.day)
    writer = _Writer(own_document(page.lang, compact=False), info, page.lang, {})
    if page.mark:
        writer.add("kzm box", run(page.mark))
    places = {heading.anchor: number for number, heading in enumerate(page.headings, start=1)}
    writer.add("caption", run(catalogue.text(page.lang, "contents")), _KEEP)
    for heading in page.headings:
        anchor = attribute(bookmark_name("heading", places[heading.anchor]))
        link = f"<w:hyperlink w:anchor={anchor}>{run(heading.text)}</w:hyperlink>"
        writer.add("kzm contents", link, f'<w:ind w:left="{340 * (heading.level - 1)}"/>')
    for block, following in zip_longest(page.blocks, page.blocks[1:]):
        if isinstance(block, pages.Heading):
            name, number = bookmark_name("heading", places[block.anchor]), next(writer.runs.ids)
            writer.add(f"heading {block.level}", bookmark(name, number, run(block.text)))
        elif isinstance(block, pages.Paragraph):
            writer.add("normal", run(block.text), '<w:spacing w:before="80"/>')
        elif isinstance(block, pages.Facts):
            for name, value in block.rows:
                keep = _KEEP if isinstance(following, pages.Grid) else ""
                writer.add("kzm fact", run(f"{name}: ", "<w:b/><w:bCs/>") + run(value), keep)
        else:
            writer.add("caption", run(block.title), _KEEP)
            rows = [[_cell(cell) for cell in row] for row in (block.header, *block.rows)]
            widths = shared(writer.width, block.widths)
            words = len(block.header) - block.numbers
            lines = lines_of((block.header, *block.rows), widths)
            writer.body.append(table_xml(rows, widths, writer.styles, words=words, title=block.title, lines=lines))
    return writer.file()


def _cell(words: str) -> str:
    """A cell of a page; a second line is an identifier in small print."""
    label, line_break, identifier = words.partition("\n")
    small = run(identifier, '<w:sz w:val="16"/><w:szCs w:val="16"/>')
    return run(label) + (f"<w:r><w:br/></w:r>{small}" if line_break else "")
