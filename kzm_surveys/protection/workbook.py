"""Safe Excel workbooks: text can never become a formula, numbers stay numbers, two runs give the same bytes."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter import Workbook as Workbook
from xlsxwriter.format import Format as Format
from xlsxwriter.worksheet import Worksheet as Worksheet

#: Number formats; Excel shows the decimal sign of the user's country. Signs that are no part of a format are quoted.
FORMATS = {
    "percent": '0.0"\u00a0"%', "close percent": "0.0%", "decimal": "0.0", "two decimals": "0.00", "count": "#,##0",
    "points": '0.0"\u00a0"%', "p_value": "0.000",
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """A number in a cell with its Excel format and a mark that is shown after it."""

    number: float
    kind: str
    mark: str = ""


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
    book = new_book(out, title, mark, day)
    style = _styles(book, sheets)
    names = sheet_names([contents, *(sheet.name for sheet in sheets)])
    first = book.add_worksheet(names[0])
    first.set_column(0, 0, 100)
    first.write_string(0, 0, title, style["title"])
    first.write_string(1, 0, mark, style["mark"])
    for row, (sheet, name) in enumerate(zip(sheets, names[1:], strict=True), start=3):
        first.write_url(row, 0, f"internal:'{name}'!A1", style["link"], sheet.title)
    for sheet, name in zip(sheets, names[1:], strict=True):
        _write_table(book.add_worksheet(name), sheet, mark, style)
    book.close()
    return out.getvalue()


def new_book(out: io.BytesIO, title: str, mark: str, day: datetime.date) -> Workbook:
    """An empty workbook in which text stays text."""
    texts = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = Workbook(out, {"in_memory": True, **texts})
    book.set_properties({"title": title, "comments": mark, "created": datetime.datetime.combine(day, datetime.time())})
    return book


def _styles(book: Workbook, sheets: Sequence[Sheet]) -> dict[object, Format]:
    """Cell formats by name; those of numbers by (kind, mark)."""
    head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#E6E9ED"}
    looks: dict[object, dict[str, object]] = {
        "title": {"bold": True},
        "mark": {"bold": True, "font_color": "#801650"},
        "link": {"font_color": "#12436D", "underline": 1},
        "head": head,
        "head of numbers": head | {"align": "right"},
        "label": {"text_wrap": True},
    }
    cells = (cell for sheet in sheets for row in sheet.rows for cell in row if isinstance(cell, Value))
    for kind, mark in sorted({(cell.kind, cell.mark) for cell in cells}):
        looks[kind, mark] = {"num_format": pattern(kind, mark)}
    return {name: book.add_format(look) for name, look in looks.items()}


def _write_table(page: Worksheet, sheet: Sheet, mark: str, style: dict[object, Format]) -> None:
    """Title, mark, header, rows and notes on one sheet, frozen and ready to print on A4."""
    top, width = 2, 16
    page.set_column(0, 0, 38)
    page.set_column(1, max(len(sheet.header) - 1, 1), width)
    page.write_string(0, 0, sheet.title, style["title"])
    page.write_string(1, 0, mark, style["mark"])
    page.set_row(top, 15 * max(-(-len(text) // (width - 3)) for text in sheet.header))
    for column, text in enumerate(sheet.header):
        page.write_string(top, column, text, style["head of numbers" if column else "head"])
    for row, cells in enumerate(sheet.rows, start=top + 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, Value):
                page.write_number(row, column, cell.number, style[cell.kind, cell.mark])
            else:
                page.write_string(row, column, cell, None if column else style["label"])
    for row, note in enumerate(sheet.notes, start=top + 2 + len(sheet.rows)):
        page.write_string(row, 0, note)
    page.freeze_panes(top + 1, 1)
    page.repeat_rows(top)
    page.set_paper(9)
    page.set_landscape()
    page.fit_to_pages(1, 0)


def pattern(kind: str, mark: str) -> str:
    """Excel number format of a kind, with the mark as quoted text."""
    quoted = mark.replace('"', "")
    return FORMATS[kind] + (f'"{quoted}"' if quoted else "")


def sheet_names(names: Sequence[str]) -> list[str]:
    r"""Excel's rules: at most 31 characters, none of []:*?/\\, no apostrophe at an end, no repetition.

    >>> sheet_names(["a/b's", "x" * 40, "x" * 40])
    ['a b’s', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx 2']
    """
    out: list[str] = []
    for name in names:
        clean = re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '").replace("'", "’")
        clean = shortened(clean, 31) or "list"
        clean += " 1" if clean.lower() == "history" else ""  # Excel keeps that name for itself
        number = 2
        candidate = clean
        while candidate.lower() in (known.lower() for known in out):
            candidate = f"{shortened(clean, 30 - len(str(number)))} {number}"
            number += 1
        out.append(candidate)
    return out


def shortened(name: str, most: int) -> str:
    """First `most` characters as Excel counts them, in UTF-16."""
    return name.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore").strip()
