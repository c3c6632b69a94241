"""One page that shows all figures with their words and files: HTML without scripts, which opens from disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from urllib.parse import quote

from kzm_surveys.errors import FindingError
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal

#: Pixels for an inch of print: a fifth more than a browser has, so that letters of 8 points are read on a screen.
_PIXELS = 115
#: Kinds of files in the order of their links; the first of those that a browser shows is the picture.
_KINDS, _SHOWN = ("svg", "png", "pdf", "csv"), ("svg", "png")

STYLE = """
:root { color: #1a1a1a; background: #fff; color-scheme: light; }
:root { font: 1rem/1.5 Calibri, Carlito, "Segoe UI", sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 3rem; overflow-wrap: break-word; }
h1, h2 { color: #12436d; line-height: 1.25; break-after: avoid; }
a { color: #12436d; }
:focus-visible { outline: 3px solid #c7511a; outline-offset: 2px; }
.skip { position: absolute; left: -999rem; background: #fff; padding: .5rem .75rem; }
.skip:focus { left: .5rem; top: .5rem; }
.mark { color: #801650; border: 2px solid #801650; padding: .5rem .75rem; font-weight: bold; }
nav a { display: block; width: fit-content; padding: .25rem 0; }
article { margin-top: 2.5rem; border-top: 2px solid #12436d; }
.place { color: #4a4a4a; margin: -.5rem 0 0; }
figure { margin: 1rem 0; break-inside: avoid; }
img { display: block; max-width: 100%; height: auto; }
figcaption p { margin: .5rem 0 0; }
.caption { font-weight: bold; }
.foot { color: #4a4a4a; font-size: .9rem; }
summary { padding: .5rem 0; cursor: pointer; color: #12436d; }
.files { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; }
.files a { display: block; padding: .5rem .75rem; border: 1px solid #12436d; border-radius: .25rem; }
.files a:hover, summary:hover { background: #dce6f0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@page { size: A4; margin: 20mm; }
@media print { :root { font-size: 11px; } body { max-width: none; padding: 0; } .skip, .files { display: none; }
  article { break-inside: avoid; } }
"""


def contact_sheet(
    figures: Sequence[ReportFigure], files: Mapping[str, Mapping[str, str]], *, title: str, lang: Language,
    mark: str = "", sizes: Mapping[str, int] | None = None,
) -> bytes:  # fmt: skip
    """Return one HTML page of figures: picture, caption, base, source, description in words and links to the files.

    Parameters
    ----------
    figures
        In the order of the page.
    files
        Name of a figure -> kind ("svg", "png", "pdf", "csv") -> name of a file beside the page.
    title, lang
        Of the page.
    mark
        Says that the answers are invented; empty for real ones.
    sizes
        File name -> bytes; links say how large a file is.

    Raises
    ------
    FindingError
        No figures, or two of one name.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from kzm_surveys.findings.text import say
    >>> words = {name: say(name) for name in ("caption", "foot", "alt", "title")}
    >>> figure = ReportFigure(id="noise", figure=Figure((6, 4)), **words)
    >>> page = contact_sheet([figure], {"noise": {"svg": "noise.svg"}}, title="Figures", lang="en").decode()
    >>> [line for line in page.splitlines() if line.startswith(("<h", "<img"))]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['<html lang="en">', '<head>', '<header>', '<h1>Figures</h1>', '<h2 id="contents">List of figures</h2>',
     '<h2 id="figure-noise">title</h2>', '<img src="noise.svg" width="690" height="460" alt="alt">']
    """
    names = [figure.id for figure in figures]
    if not names:
        raise FindingError("a page of figures needs at least one figure.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FindingError(f"a page of figures: two figures are named {', '.join(twice)}. Give each its own name.")

    entries = [(f"#figure-{quote(figure.id)}", _entry(figure, lang)) for figure in figures]
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{lang}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title + (f' – {mark}' if mark else ''))}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        f'<a class="skip" href="#figures">{_word(lang, "skip")}</a>',
        "<header>",
        f"<h1>{escape(title)}</h1>",
        *([f'<p class="mark">{escape(mark)}</p>'] if mark else []),
        "</header>",
        *_links("contents", lang, entries),
        '<main id="figures" tabindex="-1">',
        *(line for figure in figures for line in _article(figure, files.get(figure.id, {}), lang, sizes or {})),
        "</main>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines).encode()


def _word(lang: Language, key: str, **values: str) -> str:
    return escape(catalogue.text(lang, f"contact_sheet.{key}").format(**values))


def _entry(figure: ReportFigure, lang: Language) -> str:
    title = str(figure.title)
    return _word(lang, "annex_entry", title=title) if figure.place == "annex" else escape(title)


def _links(name: str, lang: Language, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield a list of links under a heading; nothing without links."""
    if entries:
        yield f'<nav aria-labelledby="{name}">'
        yield f'<h2 id="{name}">{_word(lang, name)}</h2>'
        yield "<ol>" if name == "contents" else "<ul>"
        yield from (f'<li><a href="{target}">{shown}</a></li>' for target, shown in entries)
        yield "</ol>" if name == "contents" else "</ul>"
        yield "</nav>"


def _article(figure: ReportFigure, files: Mapping[str, str], lang: Language, sizes: Mapping[str, int]) -> Iterator[str]:
    anchor, alt, caption = f"figure-{escape(figure.id)}", escape(str(figure.alt)), escape(str(figure.caption))
    picture = next((files[kind] for kind in _SHOWN if kind in files), None)
    yield f'<article aria-labelledby="{anchor}">'
    yield f'<h2 id="{anchor}">{escape(str(figure.title))}</h2>'
    yield f'<p class="place">{_word(lang, figure.place)} · {_word(lang, "name", name=figure.id)}</p>'
    yield "<figure>"
    if picture:
        across, down = (round(inches * _PIXELS) for inches in figure.figure.get_size_inches())
        yield f'<img src="{quote(picture)}" width="{across}" height="{down}" alt="{alt}">'
    yield f'<figcaption><p class="caption">{caption}</p><p class="foot">{escape(str(figure.foot))}</p></figcaption>'
    yield "</figure>"
    yield f"<details{'' if picture else ' open'}><summary>{_word(lang, 'alt')}{_unseen(caption)}</summary>"
    yield f"<p>{alt}</p></details>"
    if files:
        yield f'<ul class="files" aria-label="{_word(lang, "files")}: {caption}">'
        for kind in (kind for kind in _KINDS if kind in files):
            size = f", {_size(sizes[files[kind]], lang)}" if files[kind] in sizes else ""
            shown = f"{_word(lang, kind)}{size}{_unseen(caption)}"
            yield f'<li><a href="{quote(files[kind])}" download>{shown}</a></li>'
        yield "</ul>"
    yield "</article>"


def _unseen(words: str) -> str:
    """Words for those who hear one link or button after another, without what stands around it."""
    return f'<span class="unseen">: {words}</span>'


def _size(size: int, lang: Language) -> str:
    return _word(lang, "size", kilobytes=decimal(max(size / 1000, 1), 0, lang))
