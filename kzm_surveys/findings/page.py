"""A document of headings, facts and tables, not tied to an analysis, and its form as one HTML file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 or 2; `anchor` is what links point at."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of words."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Names with what is said of each."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Grid:
    """A table: the first cell of a row names it (a second line is an identifier); the last columns are `numbers`.

    `widths` are shares of the width of the page.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: int
    widths: Sequence[float]


Block = Heading | Paragraph | Facts | Grid


@dataclass(frozen=True)
class Page:
    """Title, subtitle, who is responsible, and what stands below; `mark` says the answers are invented, or is empty."""

    title: str
    subtitle: str
    author: str
    mark: str
    day: datetime.date
    lang: Language
    blocks: Sequence[Block]

    @property
    def headings(self) -> tuple[Heading, ...]:
        """All headings in order, for the list of contents."""
        return tuple(block for block in self.blocks if isinstance(block, Heading))


STYLE = """
:root { color: #1a1a1a; background: #fff; font: 16px/1.5 Calibri, Carlito, "Segoe UI", sans-serif; }
body { max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem 3rem; }
h1, h2, h3 { color: #12436d; line-height: 1.25; break-after: avoid; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #12436d; }
h3 { margin-top: 2rem; }
a { color: #12436d; }
.mark { color: #801650; font-weight: bold; position: sticky; top: 0; background: #fff; padding: .25rem 0; margin: 0; }
nav ul { list-style: none; padding-left: 0; columns: 2; column-gap: 2rem; }
nav li.deeper { padding-left: 1.25rem; }
nav li { break-inside: avoid; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .2rem 1rem; margin: .75rem 0; }
dt { font-weight: bold; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 1.25rem; font-size: .95rem; }
caption { text-align: left; font-weight: bold; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .5rem; border-bottom: 1px solid #8a929b; }
thead th { background: #e6e9ed; }
tbody th { font-weight: normal; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font-size: .85em; overflow-wrap: anywhere; }
tr { break-inside: avoid; }
@page { size: A4; margin: 20mm; }
@media print { :root { font-size: 11px; } body { max-width: none; padding: 0; } .mark { position: fixed; top: -12mm; }
  a { text-decoration: none; } thead { display: table-header-group; } }
"""


def to_html(page: Page) -> str:
    """Write a page as one HTML file without scripts and without other files.

    Examples
    --------
    >>> page = Page("A < B", "", "City", "", datetime.date(2021, 1, 1), "en", [Heading(1, "Sex & age", "sex")])
    >>> [line for line in to_html(page).splitlines() if line.startswith(("<h1", "<h2"))]
    ['<h1>A &lt; B</h1>', '<h2 id="contents">Contents</h2>', '<h2 id="sex">Sex &amp; age</h2>']
    """
    contents = catalogue.text(page.lang, "contents")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{page.lang}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="author" content="{escape(page.author)}">',
            f"<title>{escape(page.title + (f' – {page.mark}' if page.mark else ''))}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<header>",
            *([f'<p class="mark">{escape(page.mark)}</p>'] if page.mark else []),
            f"<h1>{escape(page.title)}</h1>",
            *([f"<p>{escape(page.subtitle)}</p>"] if page.subtitle else []),
            "</header>",
            '<nav aria-labelledby="contents">',
            f'<h2 id="contents">{escape(contents)}</h2>',
            "<ul>",
            *(_entry(heading) for heading in page.headings),
            "</ul>",
            "</nav>",
            "<main>",
            *(line for block in page.blocks for line in _block(block)),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _entry(heading: Heading) -> str:
    deeper = ' class="deeper"' if heading.level > 1 else ""
    return f'<li{deeper}><a href="#{escape(heading.anchor)}">{escape(heading.text)}</a></li>'


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        tag = f"h{block.level + 1}"
        yield f'<{tag} id="{escape(block.anchor)}">{escape(block.text)}</{tag}>'
    elif isinstance(block, Paragraph):
        yield f"<p>{escape(block.text)}</p>"
    elif isinstance(block, Facts):
        yield "<dl>"
        for name, value in block.rows:
            yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        yield "</dl>"
    else:
        yield from _table(block)


def _table(grid: Grid) -> Iterator[str]:
    first_number = len(grid.header) - grid.numbers

    def side(position: int) -> str:
        return ' class="number"' if position >= first_number else ""

    yield "<table>"
    yield f"<caption>{escape(grid.title)}</caption>"
    yield "".join(f'<col style="width:{100 * width:.1f}%">' for width in grid.widths)
    names = [f'<th scope="col"{side(place)}>{escape(name)}</th>' for place, name in enumerate(grid.header)]
    yield f"<thead><tr>{''.join(names)}</tr></thead>"
    yield "<tbody>"
    for first, *rest in grid.rows:
        label, _, identifier = first.partition("\n")
        named = escape(label) + (f"<br><code>{escape(identifier)}</code>" if identifier else "")
        cells = [f"<td{side(place)}>{escape(cell)}</td>" for place, cell in enumerate(rest, start=1)]
        yield f'<tr><th scope="row">{named}</th>{"".join(cells)}</tr>'
    yield "</tbody>"
    yield "</table>"
