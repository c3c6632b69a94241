"""Sections to one HTML file, from the same objects as the Word file: no scripts, no other files."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from kzm_surveys.findings.page import STYLE
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
from kzm_surveys.findings.text import Fixed, Footnote, Number, Reference, Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language

#: CSS pixels in an inch.
_PIXELS = 96
#: HTML has no deeper heading.
_DEEPEST = 6

OWN_STYLE = """
.skip { position: absolute; left: -100rem; background: #fff; padding: .5rem; z-index: 1; }
.skip:focus { left: .5rem; top: .5rem; }
:target { scroll-margin-top: 4rem; }
nav li.level-2 { padding-left: 1.25rem; }
nav li.level-3 { padding-left: 2.5rem; }
nav li.level-4, nav li.level-5 { padding-left: 3.75rem; }
h4, h5, h6 { color: #12436d; line-height: 1.25; margin: 1.5rem 0 .5rem; font-size: 1rem; break-after: avoid; }
h4 { font-size: 1.1rem; }
h1, h2, h3, h4, h5, h6, p, li { overflow-wrap: break-word; }
data { font-variant-numeric: tabular-nums; }
tbody th code:last-child { display: block; }
.box { border-left: 4px solid #801650; background: #f8f0f5; padding: .5rem 1rem; font-weight: bold; }
.points { border-left: 4px solid #12436d; background: #eef2f7; padding: .25rem 1rem; margin: 1rem 0; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, a:focus-visible { outline: 3px solid #12436d; outline-offset: 2px; }
.foot { font-size: .9rem; margin: 0 0 1.5rem; }
.foot p { margin: 0; }
figure { margin: 1.5rem 0; break-inside: avoid; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption .caption { font-weight: bold; margin: .5rem 0 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) { nav ul { columns: 1; } }
@media print { .skip { display: none; } .scroll { overflow: visible; } .mark { top: 0; }
  body { padding-top: 10mm; -webkit-box-decoration-break: clone; box-decoration-break: clone; } }
"""


def to_html(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], drawings: Mapping[str, bytes], *, title: str,
    subtitle: str = "", author: str = "", mark: str = "", lang: Language = "sl",
) -> str:  # fmt: skip
    """Write sections as one HTML page.

    Every number is a ``data`` element: its `value` is the unrounded estimate, `data-claim` the id in the ledger. The
    ids of the numbers in an alternative text stand in `data-claims` of its picture.

    Parameters
    ----------
    sections, figures
        As for the Word file.
    drawings
        SVG files of the figures by id; they become part of the page.
    title, subtitle, author
        Of the page.
    mark
        Says which answers are invented, above everything and on every printed page; empty for real ones.
    lang
        Language of the page.

    Raises
    ------
    FindingError
        A reference or figure does not exist.

    Examples
    --------
    >>> print(to_html([], {}, {}, title="Noise < 2", lang="en").partition("<body>")[2].strip())
    <a class="skip" href="#main">Skip to the content</a>
    <header>
    <h1>Noise &lt; 2</h1>
    </header>
    <main id="main" tabindex="-1">
    </main>
    </body>
    </html>
    """
    checked_figures(sections, figures)
    writer = _Writer(figures, drawings, numbering(sections), lang)
    content = [line for section, opened in zip(sections, opened_headings(sections), strict=True)
               for line in writer.section(section, opened)]  # fmt: skip
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{escape(catalogue.tag(lang))}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            *([f'<meta name="author" content="{escape(author)}">'] if author else []),
            f"<title>{escape(title + (f' – {mark}' if mark else ''))}</title>",
            f"<style>{STYLE}{OWN_STYLE}</style>",
            "</head>",
            "<body>",
            f'<a class="skip" href="#main">{writer.word("skip")}</a>',
            "<header>",
            *([f'<p class="mark">{escape(mark)}</p>'] if mark else []),
            f"<h1>{escape(title)}</h1>",
            *([f"<p>{escape(subtitle)}</p>"] if subtitle else []),
            "</header>",
            *writer.contents(),
            '<main id="main" tabindex="-1">',
            *content,
            *writer.footnotes(),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


class _Writer:
    """Lines of the page; remembers headings and footnotes on the way."""

    def __init__(
        self, figures: Mapping[str, ReportFigure], drawings: Mapping[str, bytes], numbers: Mapping[str, int],
        lang: Language,
    ) -> None:  # fmt: skip
        self.figures, self.drawings, self.numbers, self.lang = figures, drawings, numbers, lang
        self.headings: list[tuple[int, str]] = []
        self.notes: list[Footnote] = []

    def word(self, key: str, **values: object) -> str:
        return escape(catalogue.text(self.lang, f"html.{key}").format(**values))

    def section(self, section: Section, opened: Sequence[tuple[int, str]]) -> Iterator[str]:
        for level, text in opened:
            yield self.heading(level, text)
        below = len(section.headings) + 1
        for block in section.blocks:
            if isinstance(block, Heading):
                yield self.heading(below, block.text)
            elif isinstance(block, Paragraph):
                opening = '<p class="box">' if block.box else "<p>"
                yield f"{opening}{self.words(block.text)}</p>"
            elif isinstance(block, Points):
                yield f'<section class="points" aria-labelledby="heading-{len(self.headings) + 1}">'
                yield self.heading(below, block.title)
                yield "<ul>"
                yield from (f"<li>{self.words(item)}</li>" for item in block.items)
                yield "</ul>"
                yield "</section>"
            elif isinstance(block, Table):
                yield from self.table(block)
            elif isinstance(block, FigureRef):
                yield from self.figure(self.figures[block.id])

    def heading(self, level: int, text: str) -> str:
        """A heading below that of the page."""
        self.headings.append((level, text))
        tag = f"h{min(level + 1, _DEEPEST)}"
        return f'<{tag} id="heading-{len(self.headings)}">{escape(text)}</{tag}>'

    def contents(self) -> Iterator[str]:
        """Links to all headings; nothing without headings."""
        if self.headings:
            yield '<nav aria-labelledby="contents">'
            yield f'<h2 id="contents">{escape(catalogue.text(self.lang, "contents"))}</h2>'
            yield "<ul>"
            for number, (level, text) in enumerate(self.headings, start=1):
                yield f'<li class="level-{level}"><a href="#heading-{number}">{escape(text)}</a></li>'
            yield "</ul>"
            yield "</nav>"

    def words(self, text: Text) -> str:
        """A text with its numbers, references and footnotes as elements."""
        return "".join(map(self.part, text.parts))

    def part(self, part: object) -> str:
        if isinstance(part, Number):
            return f'<data value="{part.claim.estimate!r}" data-claim="{escape(part.id)}">{escape(part.text)}</data>'
        if isinstance(part, Reference):
            number = self.numbers[part.target]
            return f'<a href="#{part.kind}-{number}">{number}</a>'
        if isinstance(part, Fixed):
            shown = escape(part.text)
            return f"<code>{shown}</code>" if part.kind == "id" else f'<span data-kind="date">{shown}</span>'
        if isinstance(part, Footnote):
            self.notes.append(part)
            number = len(self.notes)
            link = f'href="#note-{number}" role="doc-noteref" aria-label="{self.word("note", number=number)}"'
            return f'<sup id="mark-{number}"><a {link}>{number}</a></sup>'
        return escape(str(part))

    def table(self, table: Table) -> Iterator[str]:
        anchor = f"table-{self.numbers[table.id]}"

        def side(position: int) -> str:
            return ' class="number"' if position >= table.words else ""

        yield f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{anchor}">'
        yield f'<table aria-describedby="{anchor}-about">'
        yield f'<caption id="{anchor}">{self.label("table", table.id)} {self.words(table.title)}</caption>'
        names = [
            f'<th scope="col"{side(at)}>{self.words(cell_text(name))}</th>' for at, name in enumerate(table.header)
        ]
        yield f"<thead><tr>{''.join(names)}</tr></thead>"
        yield "<tbody>"
        for first, *rest in table.rows:
            cells = [f"<td{side(at)}>{self.words(cell_text(cell))}</td>" for at, cell in enumerate(rest, start=1)]
            yield f'<tr><th scope="row">{self.words(cell_text(first))}</th>{"".join(cells)}</tr>'
        yield "</tbody>"
        yield "</table>"
        yield "</div>"
        about = f' id="{anchor}-about"'
        if table.description is not None:
            yield f'<p class="unseen"{about}>{self.words(table.description)}</p>'
            about = ""
        notes = "".join(f"<p>{self.words(note)}</p>" for note in table.notes)
        yield f'<div class="foot"{about}>{notes}</div>'

    def figure(self, figure: ReportFigure) -> Iterator[str]:
        across, down = (round(inches * _PIXELS) for inches in figure.figure.get_size_inches())
        alt, claims = escape(figure.alt.plain(self.numbers)), " ".join(number.id for number in figure.alt.numbers())
        source = f"data:image/svg+xml;base64,{base64.b64encode(self.drawings[figure.id]).decode()}"
        yield f'<figure id="figure-{self.numbers[figure.id]}">'
        yield f'<img src="{source}" width="{across}" height="{down}" alt="{alt}" data-claims="{escape(claims)}">'
        yield f'<figcaption><p class="caption">{self.label("figure", figure.id)} {self.words(figure.caption)}</p>'
        yield f'<p class="foot">{self.words(figure.foot)}</p></figcaption>'
        yield "</figure>"

    def label(self, kind: str, target: str) -> str:
        """Return "Preglednica 1:"."""
        return f'<span class="label">{escape(catalogue.text(self.lang, kind))} {self.numbers[target]}:</span>'

    def footnotes(self) -> Iterator[str]:
        """The notes, each with a link back; nothing without notes."""
        if self.notes:
            yield '<section role="doc-endnotes" aria-labelledby="notes">'
            yield f'<h2 id="notes">{self.word("notes")}</h2>'
            yield "<ol>"
            for number, note in enumerate(self.notes, start=1):
                link = f'href="#mark-{number}" role="doc-backlink" aria-label="{self.word("back", number=number)}"'
                yield f'<li id="note-{number}">{self.words(note.text)} <a {link}>↩</a></li>'
            yield "</ol>"
            yield "</section>"
