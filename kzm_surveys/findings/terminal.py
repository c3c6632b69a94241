"""A section in the terminal, for someone who runs an analysis script alone."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable

from kzm_surveys.findings.section import FigureRef, Heading, Paragraph, Section, Table, cell_text, numbering
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language


def print_section(section: Section, lang: Language = "sl") -> None:
    """Print headings, paragraphs and tables; figures by number and name."""
    console = Console(highlight=False, markup=False, soft_wrap=False)
    numbers = numbering([section])
    console.print(" / ".join(section.headings), style="bold")
    for block in section.blocks:
        if isinstance(block, Heading):
            console.print(f"\n{block.text}", style="bold")
        elif isinstance(block, Paragraph):
            console.print(f"\n{block.text.plain(numbers)}", style="bold magenta" if block.box else None)
        elif isinstance(block, FigureRef):
            console.print(f"\n[{catalogue.text(lang, 'figure')} {numbers[block.id]}: {block.id}]", style="dim")
        elif isinstance(block, Table):
            word = catalogue.text(lang, "table")
            table = RichTable(title=f"{word} {numbers[block.id]}: {block.title.plain(numbers)}", title_justify="left")
            for position, name in enumerate(block.header):
                table.add_column(str(name), justify="right" if position else "left")
            for row in block.rows:
                table.add_row(*(cell_text(cell).plain(numbers) for cell in row))
            console.print(Padding(table, (1, 0, 0, 0)))
            for note in block.notes:
                console.print(note.plain(numbers), style="dim")
