"""1KA's CSV after a spreadsheet saved it again: no ="..." around cells, quotes doubled, often windows-1250."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from kzm_surveys.errors import DataError, Problem, rows_by_id
from kzm_surveys.loaders.enka_cells import (
    EXPORT_AGAIN,
    NO_END,
    Table,
    header_missing,
    names_of,
    refuse,
    unescape,
)
from kzm_surveys.loaders.enka_metadata import names_without_header, system_columns

#: What Excel (English, Slovenian) and LibreOffice show for a formula that failed: such a cell has lost its answer.
_FAILED = re.compile(
    r"(Err|Napaka):\d{3}|#(NAME\?|IME\?|VALUE!|VREDN!|REF!|SKLIC!|NUM!|ŠTEV!|DIV/0!|DEL/0!|N/A|N/V)|#{3,}"
)
_SHORTENED = re.compile(r"-?\d([.,]\d+)?E[+-]?\d+")
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


def read_resaved(text: str, where: str, expected: Sequence[str] = ()) -> Table:
    """Read a CSV export that was opened in a spreadsheet and saved again.

    Cells that the spreadsheet could not evaluate still stand as ``="..."`` and are unwrapped. Cells that failed or
    that hold a shortened number (1,23E+10) have lost digits or an answer: they are errors among the problems.

    Raises
    ------
    DataError
        It is no table of 1KA variables, its last line has no end, or a row has another number of cells than the
        first. Empty paradata at the end of a row may be missing, for spreadsheets leave them out.
    """
    if not text.endswith("\n"):
        raise DataError(f"{where} is cut short: {NO_END}. {EXPORT_AGAIN}.")
    delimiter = max(";,\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, [_unwrap(cell) for cell in cells]) for cells in reader if any(cells)]
    except csv.Error as error:
        raise DataError(
            f"{where}, row {reader.line_num}: quotes do not close or a cell is too long ({error}). The file is cut "
            f"short, or was changed after the export. {EXPORT_AGAIN}."
        ) from None
    heads = _header_rows([cells for _, cells in lines[:2]])
    body = lines[heads:]
    labels: dict[str, str] = {}
    problems = [_resaved_note()]
    if heads:
        names = names_of(lines[0][1], where)
        if heads == 2:
            number, second = lines[1]
            if len(second) < len(names) or _width(second) > len(names):  # a spreadsheet quotes a label with a delimiter
                refuse(where, [(number, len(second))], len(names), "a row of labels that is not whole")
            labels = dict(zip(names, second, strict=False))
            if not _metadata(names, second):
                problems.append(
                    Problem("warning", "file", f"row {number} was taken for the labels of the columns, not for a unit",
                            "", "look whether it is a unit; an export with paradata leaves no doubt")
                )  # fmt: skip
    else:
        width = max(_width(cells) for _, cells in body)
        names = names_without_header([_fill(cells, width) for _, cells in body], expected, where)
    if heads < 2:
        problems.append(header_missing(heads, len(body), where))
    least = _leading_answers(names, expected)
    faults, rows = [], []
    for number, cells in body:
        if not least <= len(cells) or _width(cells) > len(names):
            faults.append((number, len(cells)))
        else:
            rows.append([unescape(cell) for cell in _fill(cells, len(names))])
    refuse(where, faults, len(names), "quotes in the wrong place")
    return Table(names, rows, labels, [*problems, *_losses(names, rows)])


def _resaved_note() -> Problem:
    return Problem(
        "warning", "file", "the export was opened and saved again, probably in Excel: its cells are not written as "
        "1KA writes them", "",
        "export it again; a spreadsheet cuts texts over 255 characters, shortens long numbers and re-formats dates",
    )  # fmt: skip


def _unwrap(cell: str) -> str:
    match = _WRAPPED.fullmatch(cell)
    return match[1] if match else cell


def _width(cells: Sequence[str]) -> int:
    """Number of cells up to the last one that is not empty."""
    return max((at for at, cell in enumerate(cells, start=1) if cell), default=0)


def _fill(cells: Sequence[str], width: int) -> list[str]:
    """As many cells as there are columns: empty ones added or taken away at the end."""
    return [*cells, *[""] * (width - len(cells))][:width]


def _header_rows(lines: Sequence[Sequence[str]]) -> int:
    """How many of the first two lines are header rows: names hold letters, the second row of data mostly numbers.

    With paradata the record number, status and lurker decide: they are numbers in units and words in labels.
    """

    def numbers(cells: Sequence[str]) -> int:
        return sum(_NUMBER.fullmatch(cell) is not None for cell in cells)

    if not lines or numbers(lines[0]):
        return 0
    if len(lines) > 1 and (known := _metadata(lines[0], lines[1])):
        return 1 if all(map(_NUMBER.fullmatch, known)) else 2
    return 1 if len(lines) > 1 and 2 * numbers(lines[1]) > _width(lines[1]) else len(lines)


def _metadata(names: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Record number, status and lurker of a row, where there are any."""
    row = dict(zip(names, cells, strict=False))
    return [row[name] for name in ("recnum", "status", "lurker") if row.get(name)]


def _leading_answers(names: Sequence[str], expected: Sequence[str]) -> int:
    """Cells that every row must have: all up to the last question column."""
    system = system_columns(names, expected)
    return max((at for at, name in enumerate(names, start=1) if name not in system), default=len(names))


def _losses(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Problem]:
    """Cells that the spreadsheet ruined, by unit."""
    key = names.index("recnum") if "recnum" in names else None
    problems = []
    for place, name in enumerate(names):
        for pattern, found in ((_FAILED, "cells hold an error of the spreadsheet in place of the answer"),
                               (_SHORTENED, "numbers were shortened by the spreadsheet (as 1,23E+10)")):  # fmt: skip
            hit = [
                row[key] if key is not None else number
                for number, row in enumerate(rows, start=1) if pattern.fullmatch(row[place])
            ]  # fmt: skip
            if hit:
                problems.append(Problem("error", name, found, rows_by_id(hit), "export the file again from 1KA"))
    return problems


def workbook_table(names: Sequence[str], cells: Sequence[Sequence[str]], expected: Sequence[str]) -> Table:
    """An export that was opened in a spreadsheet and saved as a workbook: cells as text, perhaps labels on top.

    The row of labels is known by its record number, status or lurker, which is no number there; in an export of
    data only, by having no number at all.
    """
    first = dict(zip(names, cells[0], strict=True)) if cells else {}
    numbers = _metadata(names, cells[0]) if cells else []
    in_words = any(not _NUMBER.fullmatch(cell) for cell in numbers)
    answers = [first[name] for name in expected if name in first]
    heads = in_words or (not numbers and bool(answers) and not any(map(_NUMBER.fullmatch, answers)))
    rows = [[unescape(_unwrap(cell)) for cell in row] for row in cells[heads:]]
    return Table(list(names), rows, first if heads else {}, [_resaved_note(), *_losses(names, rows)])
