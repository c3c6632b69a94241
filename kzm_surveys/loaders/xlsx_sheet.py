"""One sheet of an XLSX workbook: its cells, and what does not belong into a table.

The XML is read here because openpyxl's quick mode shows neither merged and hidden cells nor formulas without a value,
and drops rows beyond the announced size; its full mode takes about fifty times the memory of the file. What Excel
means by a date comes from openpyxl. Elements and attributes: ECMA-376 part 1, chapter 18.
"""

from __future__ import annotations

import datetime
import io
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree.ElementTree import Element

import numpy as np
from defusedxml.ElementTree import iterparse
from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.cell import column_index_from_string, range_boundaries
from openpyxl.utils.datetime import from_excel, from_ISO8601

from kzm_surveys.errors import DataError
from kzm_surveys.loaders.cells import Cell, Column, as_text

#: Rows and columns that Excel has.
_ROWS, _COLUMNS = 1_048_576, 16_384
_TRUE = ("1", "true")
_is_date_format = lru_cache(maxsize=256)(is_date_format)  # asked for every number
#: How characters that XML does not allow are written.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Shared:
    """What the sheets of a workbook share: texts, the number format of each cell style, day 0."""

    strings: Sequence[str]
    formats: Sequence[str]
    epoch: datetime.datetime


@dataclass
class _Filled:
    """Filled cells of one column, each different one once."""

    places: dict[Cell, int] = field(default_factory=dict)
    rows: array[int] = field(default_factory=lambda: array("i"))
    codes: array[int] = field(default_factory=lambda: array("i"))


@dataclass
class Sheet:
    """Cells of a sheet by column number, and what was met on the way; cells are named as in Excel ("B5").

    `read_to` is the last row in the file, `promised` the last row that the sheet says it has.
    """

    header_row: int = 0
    header: dict[int, str] = field(default_factory=dict)
    columns: dict[int, _Filled] = field(default_factory=dict)
    read_to: int = 0
    promised: int = 0
    merged: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    formulas: list[str] = field(default_factory=list)
    without_value: list[str] = field(default_factory=list)
    booleans: list[str] = field(default_factory=list)

    @property
    def used(self) -> list[int]:
        """Numbers of the columns with a filled cell."""
        return sorted(self.header.keys() | self.columns.keys())

    @property
    def rows(self) -> range:
        """Rows from below the header to the last one with a filled cell."""
        last = max((filled.rows[-1] for filled in self.columns.values()), default=self.header_row)
        return range(self.header_row + 1, last + 1)

    def table(self) -> tuple[list[str], list[Column]]:
        """Names in the header ("" where it has none) and the columns below it."""
        names, columns = [], []
        for number in self.used:
            filled = self.columns.get(number, _Filled())
            codes = np.full(len(self.rows), -1, np.int32)
            codes[np.array(filled.rows, np.intp) - self.rows.start] = filled.codes
            names.append(self.header.get(number, ""))
            columns.append(Column(list(filled.places), codes))
        return names, columns


def has_cells(part: bytes) -> bool:
    """Whether any cell of a sheet is filled."""
    return any(
        tag(element) == "c" and any(tag(child) in ("v", "f", "is") for child in element) for element in _elements(part)
    )


def read_strings(part: bytes) -> list[str]:
    """Texts of ``sharedStrings.xml``."""
    strings = []
    for element in _elements(part):
        if tag(element) == "si":
            strings.append(_text(element))
            element.clear()
    return strings


def read_sheet(part: bytes, shared: Shared, where: str) -> Sheet:
    """Read the cells of a sheet.

    Raises
    ------
    DataError
        A row holds a number, a reference or a kind of cell that cannot be.
    ValueError, LookupError, xml.etree.ElementTree.ParseError
        The XML around the rows is damaged.
    """
    sheet = Sheet()
    for element in _elements(part):
        name = _local(element.tag)
        if name == "row":
            try:
                _take_row(element, sheet, shared)
            except (ValueError, LookupError):
                raise DataError(
                    f"{where} is damaged in or after row {sheet.read_to}: a number, a reference or a kind of cell "
                    "there cannot be. Open it in Excel and save it anew, or ask for the file again."
                ) from None
            element.clear()
        elif name == "mergeCell":
            reference = element.attrib["ref"]
            sheet.merged[reference] = range_boundaries(reference)
        elif name == "col" and element.get("hidden") in _TRUE:
            first, last = int(element.attrib["min"]), int(element.attrib["max"])
            sheet.hidden_columns |= set(range(first, min(last, _COLUMNS) + 1))
        elif name == "dimension":
            sheet.promised = int(re.sub(r".*\D", "", element.attrib["ref"]) or 0)
    return sheet


def tag(element: Element) -> str:
    """Name of an element without its namespace, of which there are two (transitional and strict)."""
    return _local(element.tag)


@lru_cache(maxsize=256)
def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _elements(part: bytes) -> Iterator[Element]:
    """Elements of a part as they end; document type definitions are refused."""
    for _, element in iterparse(io.BytesIO(part), forbid_dtd=True):
        yield element


def _text(element: Element) -> str:
    """Text of a string, formatted in runs or not, without the reading aid of Asian scripts."""
    parts = []
    for child in element:
        if tag(child) == "t":
            parts.append(child.text or "")
        elif tag(child) == "r":
            parts += [run.text or "" for run in child if tag(run) == "t"]
    return _unescape("".join(parts))


def _unescape(text: str) -> str:
    r"""Characters that XML does not allow, except halves of a pair.

    >>> _unescape("a_x000A_b _x005F_x000A_")
    'a\nb _x000A_'
    """
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: found[0] if found[1][0] in "dD" else chr(int(found[1], 16)), text)


def _take_row(element: Element, sheet: Sheet, shared: Shared) -> None:
    row = int(element.get("r", sheet.read_to + 1))
    if not sheet.read_to < row <= _ROWS:
        raise ValueError("rows out of order")
    sheet.read_to = row
    if element.get("hidden") in _TRUE:
        sheet.hidden_rows.append(row)
    number = 0
    for child in element:
        if _local(child.tag) != "c":
            continue
        last, name = number, child.get("r")
        number = number + 1 if name is None else column_index_from_string(name.removesuffix(str(row)))
        if not last < number <= _COLUMNS:
            raise ValueError("cells out of order")
        cell = _cell(child, name or f"cell {number} of row {row}", sheet, shared)
        if cell is None:
            continue
        if row == sheet.header_row or not sheet.header:
            sheet.header_row = row
            sheet.header[number] = as_text(cell)
        else:
            filled = sheet.columns.setdefault(number, _Filled())
            filled.rows.append(row)
            filled.codes.append(filled.places.setdefault(cell, len(filled.places)))


def _cell(element: Element, name: str, sheet: Sheet, shared: Shared) -> Cell | None:
    """What a cell holds; None if it is empty."""
    kind, written, formula = element.get("t", "n"), None, False
    for child in element:
        match _local(child.tag):
            case "v":
                # Excel writes the empty text that a formula gives as an empty <v> of type "str".
                written = child.text or ("" if kind == "str" else None)
            case "is":
                written = _text(child)
            case "f":
                formula = True
    if formula:
        (sheet.formulas if written is not None else sheet.without_value).append(name)
    if written is None:
        return None
    match kind:
        case "n":
            return _number(written, _index(element.get("s", "0")), shared)
        case "s":
            return shared.strings[_index(written)]
        case "str":
            return _unescape(written)
        case "inlineStr":
            return written
        case "b":
            sheet.booleans.append(name)
            return "TRUE" if written in _TRUE else "FALSE"
        case "e":
            return "#VALUE!"
        case "d":
            return _moment(from_ISO8601(written))
    raise ValueError("unknown kind of cell")


def _index(written: str) -> int:
    index = int(written)
    if index < 0:
        raise ValueError("negative index")
    return index


def _number(written: str, style: int, shared: Shared) -> Cell:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError("no finite number")
    form = shared.formats[style] if style else "General"
    if not _is_date_format(form):
        return number
    try:
        return _moment(from_excel(number, shared.epoch, timedelta=is_timedelta_format(form)))
    except (OverflowError, ValueError):
        return "#VALUE!"  # a number that is no day: Excel shows hashes


def _moment(moment: datetime.datetime | datetime.date | datetime.time | datetime.timedelta) -> Cell:
    """Days as such; times of day and durations as text."""
    if isinstance(moment, datetime.datetime):
        return moment
    if isinstance(moment, datetime.date):
        return datetime.datetime.combine(moment, datetime.time())
    return str(moment)
