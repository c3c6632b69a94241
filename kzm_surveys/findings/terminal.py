"""A section in the terminal, for someone who runs an analysis script alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rich.console import Console
from rich.table import Table as RichTable

from kzm_surveys.findings.section import FigureRef, Heading, Paragraph, Points, Section, Table, cell_text, numbering
from kzm_surveys.findings.text import Footnote, Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language


def print_section(section: Section, lang: Language = "sl") -> None:
    """Print headings, key findings, paragraphs, tables, figures by number and name, then what the author must read."""
    console = Console(highlight=False, markup=False, soft_wrap=False)
    numbers = numbering([section])
    console.print(" / ".join(section.headings), style="bold")
    for block in section.blocks:
        if isinstance(block, Heading):
            console.print(f"\n{block.text}", style="bold")
        elif isinstance(block, Paragraph):
            console.print(f"\n{_words(block.text, numbers)}", style="bold magenta" if block.box else None)
        elif isinstance(block, Points):
            console.print(f"\n{block.title}", style="bold")
            for item in block.items:
                console.print(f"• {_words(item, numbers)}")
        elif isinstance(block, FigureRef):
            console.print(f"\n[{catalogue.text(lang, 'figure')} {numbers[block.id]}: {block.id}]", style="dim")
        elif isinstance(block, Table):
            _print_table(console, block, numbers, lang)
    for warning in section.warnings:
        console.print(f"\n{warning}", style="yellow")


def _print_table(console: Console, block: Table, numbers: Mapping[str, int], lang: Language) -> None:
    word = catalogue.text(lang, "table")
    console.print(f"\n{word} {numbers[block.id]}: {_words(block.title, numbers)}", style="italic")
    table = RichTable()
    for position, name in enumerate(block.header):
        side: Literal["right", "left"] = "right" if position >= block.words else "left"
        table.add_column(_words(cell_text(name), numbers), justify=side, overflow="fold")
    for row in block.rows:
        table.add_row(*(_words(cell_text(cell), numbers) for cell in row))
    console.print(table)
    for note in block.notes:
        console.print(_words(note, numbers), style="dim")


def _words(text: Text, numbers: Mapping[str, int]) -> str:
    """A text with its footnotes in brackets at the end."""
    notes = [part.text.plain(numbers) for part in text.parts if isinstance(part, Footnote)]
    return " ".join([text.plain(numbers), *(f"[{note}]" for note in notes)])
