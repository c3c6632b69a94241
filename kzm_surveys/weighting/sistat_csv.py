"""CSV of SiStat: a title line, sometimes a blank line, a header, and one row for each combination of the stub."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import product

import numpy as np

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.population_table import (
    PopulationTable,
    count_cells,
    excerpt,
    make_dimension,
    make_table,
    parse_cell,
)

_PERIOD = r"(?:19|20)[0-9]{2}(?:[HQ][1-4]|M[0-9]{2})?"
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:[., \xa0][0-9]{3})+")
_DECIMAL_COMMA = re.compile(r"([0-9]),([0-9])")
_WORD = re.compile(r"[^\W\d_]{2}")
_CODE = re.compile(r"[0-9]{1,4}(?: ?\+| ?[-–] ?[0-9]{1,4})?|[^\W\d_]")
#: Longer headings are not taken apart.
_HEADING_LIMIT = 500
#: Line number in the file and cells.
Row = tuple[int, list[str]]


def read_csv(text: str) -> PopulationTable:
    """Table of a CSV text, wide or long; WeightingError names line and column of any fault.

    The columns of the stub come first and hold labels, the others hold cells. Headings such as "2021H1 Moški" are taken
    apart if they are all combinations of shorter ones, last fastest; the parts become the dimensions "PERIOD" and
    "HEADING 1", "HEADING 2", ..., for the file does not name them. A single column of cells that names no period is
    long form: its name goes to the title.
    """
    if text.rstrip(" \t")[-1:] not in '"\r\n':
        raise WeightingError("the last line has no end: is a number cut off? If the file is complete, add a line end.")
    title, header, rows = _layout(text)
    width = _stub_width(header, rows)
    stub = [list(dict.fromkeys(cells[column] for _, cells in rows)) for column in range(width)]
    heading, title = _heading(header[width:], title)
    sizes = [len(labels) for labels in stub] + [len(labels) for _, labels in heading]
    flat = np.empty(count_cells(sizes))
    marks: dict[int, str] = {}
    row_of = {tuple(cells[:width]): (line, cells) for line, cells in rows}
    shown_names = [excerpt(name) for name in header[width:]]
    position = 0
    for combination in product(*stub):
        if combination not in row_of:
            shown = excerpt(", ".join(combination))
            raise WeightingError(f"no row for {shown}, though its parts occur in other rows. Is the file cut off?")
        line, cells = row_of[combination]
        for name, cell in zip(shown_names, cells[width:], strict=True):
            flat[position], marks[position] = _cell(cell, f"line {line}, column {name}")
            position += 1
    named = [(name, labels) for name, labels in zip(header, stub, strict=False)] + heading
    dimensions = [make_dimension(name, name, labels, labels) for name, labels in named]
    return make_table((title, "", ""), dimensions, flat, marks)


def _layout(text: str) -> tuple[str, list[str], list[Row]]:
    """Title, header and rows, by the first separator that makes all rows equally wide."""
    ragged = broken = ""
    for separator in (";", "\t", ","):
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
        except csv.Error as error:
            broken = broken or f"line {reader.line_num}: {error}"
            continue
        filled = [number for number, (_, cells) in enumerate(lines) if any(cells)]
        if len(filled) < 2 or all(len(cells) < 2 for _, cells in lines):
            continue
        start = 1 if _is_title(lines, filled) else 0
        title = separator.join(lines[filled[0]][1]).rstrip(separator + " ") if start else ""
        line, header = lines[filled[start]]
        rows = [lines[number] for number in filled[start + 1 :]]
        odd = next((row for row in rows if len(row[1]) != len(header) or not any(row[1][1:])), None)
        if odd:
            single = not any(odd[1][1:])
            found = "one cell, as in a note below the table; take notes out," if single else f"{len(odd[1])} cells,"
            ragged = ragged or f"line {odd[0]}: {found} but the header in line {line} has {len(header)}"
        elif not rows:
            ragged = ragged or "no row follows the header"
        else:
            return title, header, rows
    raise WeightingError(f"not a CSV table: {ragged or broken or 'no separator (; , or tab) is in it'}.")


def _is_title(lines: Sequence[Row], filled: Sequence[int]) -> bool:
    """Whether the first filled line is a title: one cell, or another width than the next, or a blank line behind it."""
    first, second = lines[filled[0]][1], lines[filled[1]][1]
    return sum(map(bool, first)) == 1 or len(first) != len(second) or filled[1] > filled[0] + 1


def _stub_width(header: Sequence[str], rows: Sequence[Row]) -> int:
    """Number of leading columns that hold labels."""
    for name in header:
        if not name or (not re.fullmatch(_PERIOD, name) and re.fullmatch("[0-9.,]+", name)):
            raise WeightingError(f"{excerpt(name)} stands where the header must name a column. Is a line missing?")
    columns = list(zip(*(cells for _, cells in rows), strict=True))
    width = 1 + max(
        (column for column, name in enumerate(header) if column and _holds_labels(name, columns[column])), default=0
    )
    # Labels may be numbers too: a column named in capitals is of the stub if rows need it or if all are years.
    while width < len(header) - 1 and _names_dimension(header[width]):
        unique = len({tuple(cells[:width]) for _, cells in rows}) == len(rows)
        years = all(re.fullmatch(_PERIOD, cell) for cell in columns[width])
        if not years and (unique or not all(re.fullmatch("[0-9]{1,4}", cell) for cell in columns[width])):
            break
        width += 1
    if width == len(header):
        line, cells = next(row for row in rows if not _is_cell(row[1][-1]))
        raise WeightingError(
            f"line {line}, column {excerpt(header[-1])}: {excerpt(cells[-1])} is neither a number nor a mark."
        )
    seen: dict[tuple[str, ...], int] = {}
    for line, cells in rows:
        if "" in cells[:width]:
            raise WeightingError(f"line {line}: a label of {', '.join(map(excerpt, header[:width]))} is empty.")
        if (before := seen.setdefault(tuple(cells[:width]), line)) != line:
            shown = excerpt(", ".join(cells[:width]))
            raise WeightingError(f"line {line}: {shown} stands twice, first in line {before}.")
    return width


def _names_dimension(name: str) -> bool:
    """Whether a header is written as SiStat writes dimensions: in capitals, without digits."""
    return name.isupper() and not re.search("[0-9]", name)


def _holds_labels(name: str, column: Sequence[str]) -> bool:
    """Whether a column holds labels, and not cells of which some are damaged."""
    if re.search("[0-9]", name) or all(map(_is_cell, column)):
        return False
    codes = _names_dimension(name)
    return all(_WORD.search(text) or (codes and _CODE.fullmatch(text)) for text in column)


def _is_cell(text: str) -> bool:
    try:
        _cell(text, "")
    except WeightingError:
        return _THOUSANDS.fullmatch(text) is not None
    return True


def _cell(text: str, place: str) -> tuple[float, str]:
    if _THOUSANDS.fullmatch(text):
        raise WeightingError(
            f"{place}: {excerpt(text)} has a mark of thousands, or three decimals. Save plain numbers."
        )
    return parse_cell(_DECIMAL_COMMA.sub(r"\1.\2", text, count=1), place)


def _heading(names: Sequence[str], title: str) -> tuple[list[tuple[str, list[str]]], str]:
    """Dimensions of the heading with their labels, and the title."""
    if len(names) == 1 and not re.search(rf"^{_PERIOD}(?: |$)| {_PERIOD}$", names[0]):
        return [], f"{title}: {names[0]}" if title else names[0]
    parts = _take_apart(list(names))
    others = 0
    named = []
    for labels in parts:
        if all(re.fullmatch(_PERIOD, label) for label in labels):
            named.append(("PERIOD", labels))
        else:
            others += 1
            named.append((f"HEADING {others}", labels))
    return named, title


def _take_apart(names: list[str]) -> list[list[str]]:
    """Lists of labels whose combinations, last fastest, are the names; the names themselves if there are none."""
    if max(map(len, names)) > _HEADING_LIMIT:
        return [names]
    for pattern in (rf"({_PERIOD}) +(.+)", rf"(.+) ({_PERIOD})"):
        pairs = [(pair[1], pair[2]) for name in names if (pair := re.fullmatch(pattern, name))]
        if len(pairs) == len(names):
            first, second = (list(dict.fromkeys(side)) for side in zip(*pairs, strict=True))
            if len(first) * len(second) == len(pairs) and pairs == list(product(first, second)):
                return [*_take_apart(first), *_take_apart(second)]
    words = [tuple(name.split(" ")) for name in names]
    for length in range(len(names) // 2, 1, -1):
        if len(names) % length == 0 and (sides := _outer_and_inner(words, length)):
            return [sides[0], *_take_apart(sides[1])]
    return [names]


def _outer_and_inner(words: list[tuple[str, ...]], length: int) -> tuple[list[str], list[str]] | None:
    """Labels that the blocks of `length` columns start with, and the labels that repeat in every block."""
    first = words[:length]
    for cut in range(1, min(map(len, first))):
        inner = [name[cut:] for name in first]
        outer = [name[: -len(inner[0])] for name in words[::length]]
        if len(set(outer)) == len(outer) and [left + right for left, right in product(outer, inner)] == words:
            return [" ".join(name) for name in outer], [" ".join(name) for name in inner]
    return None
