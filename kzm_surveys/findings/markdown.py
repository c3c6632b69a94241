"""Sections to Markdown, from the same objects as the Word file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kzm_surveys.findings.section import (
    FigureRef,
    Heading,
    Paragraph,
    ReportFigure,
    Section,
    Table,
    cell_text,
    numbering,
)
from kzm_surveys.findings.text import Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language


def to_markdown(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], *, title: str = "",
    picture_folder: str = "../figures", lang: Language = "sl",
) -> str:  # fmt: skip
    """Write sections as Markdown; pictures are linked, not embedded.

    Parameters
    ----------
    sections, figures
        As for the Word file.
    title
        First heading; none if empty.
    picture_folder
        Where the PNG files lie, seen from the Markdown file.
    lang
        Language of "table" and "figure".
    """
    numbers = numbering(sections)
    lines = [f"# {_escaped(title)}", ""] if title else []
    for section in sections:
        headings = section.headings
        for level, text in enumerate(headings, start=2):
            lines += [f"{'#' * level} {_escaped(text)}", ""]
        for block in section.blocks:
            if isinstance(block, Heading):
                lines += [f"{'#' * (len(headings) + 2)} {_escaped(block.text)}", ""]
            elif isinstance(block, Paragraph):
                words = _words(block.text, numbers)
                lines += [f"> **{words}**" if block.box else words, ""]
            elif isinstance(block, Table):
                lines += _table(block, numbers, lang)
            elif isinstance(block, FigureRef):
                figure = figures[block.id]
                alt = figure.alt.plain(numbers).replace("[", "(").replace("]", ")")
                word = catalogue.text(lang, "figure")
                lines += [f"![{_escaped(alt)}]({picture_folder}/{block.id}.png)", ""]
                lines += [
                    f"**{word} {numbers[block.id]}:** {_words(figure.caption, numbers)}  ",
                    _words(figure.foot, numbers),
                    "",
                ]
    return "\n".join(lines).rstrip() + "\n"


def _table(block: Table, numbers: Mapping[str, int], lang: Language) -> list[str]:
    word = catalogue.text(lang, "table")
    lines = [f"**{word} {numbers[block.id]}:** {_words(block.title, numbers)}", ""]
    lines.append("| " + " | ".join(_words(cell_text(name), numbers) for name in block.header) + " |")
    lines.append("| " + " | ".join(["---", *["---:"] * (len(block.header) - 1)]) + " |")
    for row in block.rows:
        lines.append("| " + " | ".join(_words(cell_text(cell), numbers) for cell in row) + " |")
    return [*lines, "", *(f"{_words(note, numbers)}  " for note in block.notes), ""]


def _words(text: Text, numbers: Mapping[str, int]) -> str:
    return _escaped(text.plain(numbers))


def _escaped(words: str) -> str:
    r"""Escape what Markdown would read as structure.

    >>> _escaped("a|b *c* <d> 1. e")
    'a\\|b \\*c\\* \\<d\\> 1. e'
    """
    inside = re.sub(r"([\\|*_<>`#\[\]])", r"\\\1", words)
    return re.sub(r"^(\s*)([-+]|\d+[.)])(?=\s)", _escape_marker, inside)


def _escape_marker(match: re.Match[str]) -> str:
    """Escape the mark that would begin a list: the sign, or the point after the number."""
    mark = match[2]
    return f"{match[1]}\\{mark}" if mark in "-+" else f"{match[1]}{mark[:-1]}\\{mark[-1]}"
