"""The tables of a section as an Excel workbook, with unrounded numbers."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from kzm_surveys.findings.section import Cell, Section, Table, cell_text
from kzm_surveys.findings.text import Number
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language
from kzm_surveys.protection.workbook import Sheet, Value, workbook


def workbook_of(section: Section, numbers: Mapping[str, int], lang: Language, day: datetime.date) -> bytes:
    """Return the tables of a section as a workbook.

    Parameters
    ----------
    section
        The section.
    numbers
        Numbers of the tables in the document (:func:`kzm_surveys.findings.section.numbering`).
    lang
        Language of its words.
    day
        Creation date in the properties.
    """
    word = catalogue.text(lang, "table")
    sheets = []
    for block in section.blocks:
        if isinstance(block, Table):
            title = f"{word} {numbers[block.id]}: {block.title.plain(numbers)}"
            notes = [note.plain(numbers) for note in block.notes]
            sheets.append(Sheet(f"{word} {numbers[block.id]}", title, *_columns(block, lang), notes))
    survey = section.survey
    mark = catalogue.text(lang, "synthetic") if survey.source.synthetic else ""
    return workbook(
        sheets, title=survey.wave.title[lang], mark=mark, contents=catalogue.text(lang, "contents"), day=day
    )


def _columns(table: Table, lang: Language) -> tuple[list[str], list[list[str | Value]]]:
    """Header and rows for a workbook: words as they are, numbers as numbers, an interval as two columns."""
    header: list[str] = []
    columns: list[list[str | Value]] = []
    for position, (name, cells) in enumerate(zip(table.header, zip(*table.rows, strict=True), strict=True)):
        found = [list(cell_text(cell).numbers()) for cell in cells]
        if position < table.words:
            header.append(str(name))
            columns.append([str(cell) for cell in cells])
        elif max(len(numbers) for numbers in found) == 2:
            header += [f"{name!s} – {catalogue.text(lang, end)}" for end in ("lower_end", "upper_end")]
            for end in (0, 1):
                columns.append([_value(n[end]) if len(n) == 2 else str(c) for n, c in zip(found, cells, strict=True)])
        else:
            header.append(str(name))
            columns.append([_value(cell) for cell in cells])
    return header, [list(row) for row in zip(*columns, strict=True)]


def _value(cell: Cell) -> str | Value:
    """A number with the mark beside it, if it has one; words as they are."""
    parts = cell_text(cell).parts
    if parts and isinstance(parts[0], Number) and not any(isinstance(part, Number) for part in parts[1:]):
        return Value(parts[0].claim.estimate, parts[0].kind, "".join(str(part) for part in parts[1:]))
    return str(cell_text(cell))
