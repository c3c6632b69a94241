"""Sections to Markdown, from the same objects as the Word file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

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
from kzm_surveys.findings.text import Fixed, Footnote, Reference, Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language

#: Markdown has no deeper heading.
_DEEPEST = 6


def to_markdown(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], *, title: str = "", mark: str = "",
    picture_folder: str = "../figures", picture_suffix: str = "", lang: Language = "sl",
) -> str:  # fmt: skip
    r"""Write sections as Markdown, with footnotes as GitHub and Pandoc read them; pictures are linked, not embedded.

    Parameters
    ----------
    sections, figures
        As for the Word file.
    title
        First heading; none if empty.
    mark
        Says which answers are invented, below the title; empty for real ones.
    picture_folder, picture_suffix
        Where the PNG files lie, seen from the Markdown file, and what their names have behind that of the figure.
    lang
        Language of "table" and "figure".

    Raises
    ------
    FindingError
        A reference or figure does not exist.

    Examples
    --------
    >>> to_markdown([], {}, title="Noise")
    '# Noise\n'
    """
    checked_figures(sections, figures)
    writer = _Writer(figures, f"{picture_folder}/{{}}{picture_suffix}.png", numbering(sections), lang)
    lines = [f"# {_escaped(title)}", ""] if title else []
    lines += [f"> **{_escaped(mark)}**", ""] if mark else []
    for section, opened in zip(sections, opened_headings(sections), strict=True):
        lines += writer.section(section, opened)
    for number, note in enumerate(writer.notes, start=1):
        lines.append(f"[^{number}]: {writer.words(note.text)}")
    return "\n".join(lines).rstrip() + "\n"


class _Writer:
    """Lines of the file; remembers the footnotes on the way."""

    def __init__(
        self, figures: Mapping[str, ReportFigure], picture: str, numbers: Mapping[str, int], lang: Language
    ) -> None:  # fmt: skip
        self.figures, self.picture, self.numbers, self.lang = figures, picture, numbers, lang
        self.notes: list[Footnote] = []

    def section(self, section: Section, opened: Sequence[tuple[int, str]]) -> Iterator[str]:
        for level, text in opened:
            yield from (_heading(level, text), "")
        for block in section.blocks:
            if isinstance(block, Heading):
                yield _heading(len(section.headings) + 1, block.text)
            elif isinstance(block, Paragraph):
                words = self.words(block.text)
                yield f"> **{words}**" if block.box else words
            elif isinstance(block, Points):
                yield from (f"> **{_escaped(block.title)}**", ">")
                yield from (f"> - {self.words(item)}" for item in block.items)
            elif isinstance(block, Table):
                yield from self.table(block)
            elif isinstance(block, FigureRef):
                yield from self.figure(self.figures[block.id])
            yield ""

    def table(self, table: Table) -> Iterator[str]:
        yield from (f"**{self.label('table', table.id)}** {self.words(table.title)}", "")
        yield self.row([self.words(cell_text(name)) for name in table.header])
        yield self.row(["---" if at < table.words else "---:" for at in range(len(table.header))])
        for row in table.rows:
            yield self.row([self.words(cell_text(cell)) for cell in row])
        yield ""
        yield from (f"{self.words(note)}  " for note in table.notes)

    @staticmethod
    def row(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def figure(self, figure: ReportFigure) -> Iterator[str]:
        alt = figure.alt.plain(self.numbers).replace("[", "(").replace("]", ")")
        yield from (f"![{_escaped(alt)}]({self.picture.format(figure.id)})", "")
        yield f"**{self.label('figure', figure.id)}** {self.words(figure.caption)}  "
        yield self.words(figure.foot)

    def label(self, kind: str, target: str) -> str:
        """Return "Preglednica 1:"."""
        return f"{catalogue.text(self.lang, kind)} {self.numbers[target]}:"

    def words(self, text: Text) -> str:
        """A text in one line (a line break is a blank): a footnote as its mark, a name as code, the rest escaped."""
        out, plain = [], ""
        for part in text.parts:
            if isinstance(part, Footnote):
                self.notes.append(part)
                out += [_inside(plain), f"[^{len(self.notes)}]"]
                plain = ""
            elif isinstance(part, Fixed) and part.kind == "id":
                out += [_inside(plain), f"`{part.text}`"]
                plain = ""
            else:
                plain += str(self.numbers[part.target]) if isinstance(part, Reference) else str(part)
        return _begun("".join([*out, _inside(plain)]).replace("\n", " "))


def _heading(level: int, text: str) -> str:
    """A heading below the title."""
    return f"{'#' * min(level + 1, _DEEPEST)} {_escaped(text)}"


def _escaped(words: str) -> str:
    r"""Escape what Markdown would read as structure.

    >>> _escaped("a|b *c* <d> 1. e")
    'a\\|b \\*c\\* \\<d\\> 1. e'
    """
    return _begun(_inside(words))


def _inside(words: str) -> str:
    return re.sub(r"([\\|*_<>`#~\[\]])", r"\\\1", words)


def _begun(line: str) -> str:
    return re.sub(r"^(\s*)([-+]|\d+[.)])(?=\s)", _escape_marker, line)


def _escape_marker(match: re.Match[str]) -> str:
    """Escape the mark that would begin a list: the sign, or the point after the number."""
    mark = match[2]
    return f"{match[1]}\\{mark}" if mark in "-+" else f"{match[1]}{mark[:-1]}\\{mark[-1]}"
