"""Safe Excel workbooks: text can never become a formula, numbers stay numbers, two runs give the same bytes."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

FORMATS = {"percent": "0.0%", "decimal": "0.0", "count": "#,##0"}


@dataclass(frozen=True)
class Value:
    """A number in a cell with its Excel format."""

    number: float
    kind: str


@dataclass(frozen=True)
class Sheet:
    """One table: sheet name, title, header row, rows of text or numbers, notes under the table."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | Value]]
    notes: Sequence[str]


def workbook(sheets: Sequence[Sheet], *, title: str, mark: str, contents: str, day: datetime.date) -> bytes:
    """Write a workbook: a contents sheet with links, then a sheet per table.

    Parameters
    ----------
    sheets
        The tables.
    title, mark, contents
        Title of the workbook, mark of synthetic data (may be empty), name of the contents sheet.
    day
        Creation date in the properties.

    Returns
    -------
    bytes
        The .xlsx file.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "comments": mark, "created": datetime.datetime.combine(day, datetime.time())})
    bold, wrap = (
        book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        book.add_format({"text_wrap": True}),
    )
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#E6E9ED"})
    warning = book.add_format({"bold": True, "font_color": "#801650"})
    link = book.add_format({"font_color": "#12436D", "underline": 1})
    formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}
    names = _sheet_names([contents, *(sheet.name for sheet in sheets)])
    first = book.add_worksheet(names[0])
    first.set_column(0, 0, 100)
    first.write_string(0, 0, title, bold)
    if mark:
        first.write_string(1, 0, mark, warning)
    for row, (sheet, name) in enumerate(zip(sheets, names[1:], strict=True), start=3):
        first.write_url(row, 0, f"internal:'{name}'!A1", link, sheet.title)
    for sheet, name in zip(sheets, names[1:], strict=True):
        page = book.add_worksheet(name)
        page.set_column(0, 0, 38)
        page.set_column(1, max(len(sheet.header) - 1, 1), 16)
        page.write_string(0, 0, sheet.title)
        top = 1
        if mark:
            page.write_string(1, 0, mark, warning)
            top = 2
        for column, text in enumerate(sheet.header):
            page.write_string(top, column, text, head)
        page.freeze_panes(top + 1, 1)
        page.repeat_rows(top)
        for row, cells in enumerate(sheet.rows, start=top + 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, Value):
                    page.write_number(row, column, cell.number, formats[cell.kind])
                else:
                    page.write_string(row, column, cell, wrap if column == 0 else None)
        for row, note in enumerate(sheet.notes, start=top + 2 + len(sheet.rows)):
            page.write_string(row, 0, note)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def _sheet_names(names: Sequence[str]) -> list[str]:
    r"""Excel's rules: at most 31 characters, none of []:*?/\\, no repetition.

    >>> _sheet_names(["a/b", "x" * 40, "x" * 40])
    ['a b', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx 2']
    """
    out: list[str] = []
    for name in names:
        clean = re.sub(r"[\[\]:*?/\\']", " ", name)[:31].strip() or "list"
        number = 2
        candidate = clean
        while candidate.lower() in (known.lower() for known in out):
            candidate = f"{clean[: 31 - len(str(number)) - 1]} {number}"
            number += 1
        out.append(candidate)
    return out
