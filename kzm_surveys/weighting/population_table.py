"""A table of the statistical office as its file gives it: dimensions, one number per cell, marks where none is."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import WeightingError

#: Twice what SiStat gives in one download (1,000,000 cells).
CELL_LIMIT = 2_000_000
#: Whole numbers above this cannot be held exactly.
_LARGEST = 2.0**53
_DIMENSION_LIMIT = 32
_NUMBER = re.compile(r"([+-]?[0-9]{1,16}(?:\.[0-9]+)?)\s*([MNz]?)")
_MARK = re.compile(r"-|[zNM]|\.{1,6}|…|")
_WITHHELD = re.compile(r"[zN]|\.{1,6}|…")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
# cp1250 read as cp1252 shows È for Č, read as ISO 8859-2 a control character for Š and Ž; UTF-8 read as either Windows
# page shows pairs such as ÄŚ, ÄŒ, Ĺˇ, Å¡.
_GARBLED = re.compile(r"[Èè\ufffd\x80-\x9f]|Ä[ŚŤŒ\x8c\x8d]|[ĹÅ][\xa0ˇ˝ľ¡½¾]")


@dataclass(frozen=True)
class Dimension:
    """One dimension of a table: the codes of its categories and, in the same order, their labels as printed."""

    code: str
    text: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PopulationTable:
    """Numbers of a published table.

    Attributes
    ----------
    title, source, updated
        As the file says, "" where it does not.
    dimensions
        In the order of the axes of `values`.
    values
        One axis per dimension; NaN where the office withholds the number or has none. A published 0 and the mark
        "-" (no occurrence) are 0.
    marks
        Index of each NaN cell -> its mark: "z" (withheld), "N" (too imprecise to publish), "..." (not available), ""
        where the file gives none.
    """

    title: str
    source: str
    updated: str
    dimensions: tuple[Dimension, ...]
    values: FloatArray
    marks: Mapping[tuple[int, ...], str]


def excerpt(found: object) -> str:
    """What was found, short enough for a message."""
    text = f"'{found:.200}'" if isinstance(found, str) else reprlib.repr(found)
    text = _CONTROL.sub("?", text)
    return text if len(text) <= 60 else text[:56] + " ..."


def tidy(text: str) -> str:
    """Text on one line, without the stray spaces that titles of SiStat hold.

    Examples
    --------
    >>> tidy("Prebivalstvo po LETO ,  MERITVE")
    'Prebivalstvo po LETO, MERITVE'
    """
    return re.sub(r" (?=[,;:])", "", " ".join(text.split()))


def garbled(text: str) -> bool:
    """Whether text was decoded by another code page than it was written in."""
    return _GARBLED.search(text) is not None


def make_dimension(code: str, text: str, codes: Sequence[str], labels: Sequence[str]) -> Dimension:
    """Dimension whose codes are unique and whose texts are readable; WeightingError if not."""
    place = f"dimension {excerpt(code)}"
    for part in (code, text, *codes, *labels):
        if _CONTROL.search(part):
            raise WeightingError(f"{place}: {excerpt(part)} holds a control character (?). Is the file damaged?")
        if garbled(part):
            raise WeightingError(
                f"{place}: {excerpt(part)} was saved in the wrong code page (È for Č and such). Download it anew."
            )
    if not code or not codes or "" in codes:
        raise WeightingError(f"{place}: has no name, no category, or a category without a code.")
    if len(codes) != len(labels):
        raise WeightingError(f"{place}: {len(codes)} codes, but {len(labels)} labels.")
    if twice := first_twice(codes):
        raise WeightingError(f"{place}: category {excerpt(twice)} stands twice.")
    return Dimension(code, text, tuple(codes), tuple(labels))


def first_twice(names: Iterable[str]) -> str | None:
    """First name that occurs a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def count_cells(sizes: Sequence[int]) -> int:
    """Cells of a table with dimensions of these lengths; WeightingError beyond `CELL_LIMIT`."""
    if not 1 <= len(sizes) <= _DIMENSION_LIMIT:
        raise WeightingError(f"{len(sizes)} dimensions; a table has 1 to {_DIMENSION_LIMIT}.")
    cells = math.prod(sizes)
    if cells > CELL_LIMIT:
        shown = " x ".join(str(size) for size in sizes)
        raise WeightingError(
            f"the dimensions {shown:.80} make more than {CELL_LIMIT:,} cells. Ask for fewer categories."
        )
    return cells


def parse_cell(text: str, place: str) -> tuple[float, str]:
    """Number and mark of a printed cell.

    Examples
    --------
    >>> parse_cell("57", ""), parse_cell("57 M", ""), parse_cell("-", "")
    ((57.0, ''), (57.0, ''), (0.0, ''))
    >>> parse_cell("z", ""), parse_cell("57 N", "")
    ((nan, 'z'), (nan, 'N'))
    """
    text = text.strip()
    if number := _NUMBER.fullmatch(text):
        return apply_mark(float(number[1]), number[2], place)
    if _MARK.fullmatch(text):
        return apply_mark(math.nan, text, place)
    raise WeightingError(f"{place}: {excerpt(text)} is neither a number nor a mark (-, z, N, M, . to ......).")


def apply_mark(value: float, mark: str, place: str) -> tuple[float, str]:
    """Number of a cell under its mark, and the mark if no number remains.

    "-" is no occurrence, so no person: 0. A number beside z, N or dots is filling, not a count. M (less precise) and
    any other mark leave a number as it is.
    """
    if mark == "-":
        if value and not math.isnan(value):
            raise WeightingError(f"{place}: the mark '-' (no occurrence) stands beside the number {value:g}.")
        return 0.0, ""
    if math.isnan(value) or _WITHHELD.fullmatch(mark):
        return math.nan, mark
    return value, ""


def make_table(
    facts: tuple[str, str, str], dimensions: Sequence[Dimension], values: FloatArray, marks: Mapping[int, str]
) -> PopulationTable:
    """Table from flat cells, last dimension fastest; `facts` are title, source and date of update.

    Raises
    ------
    WeightingError
        Two dimensions of one name, another number of cells than the dimensions make, a number that cannot be held
        exactly, no number at all.
    """
    if twice := first_twice(dimension.code for dimension in dimensions):
        raise WeightingError(f"dimension {excerpt(twice)} stands twice.")
    shape = tuple(len(dimension.codes) for dimension in dimensions)
    if count_cells(shape) != len(values):
        shown = " x ".join(str(size) for size in shape)
        raise WeightingError(f"{len(values)} cells, but the dimensions {shown} need {math.prod(shape)}.")
    empty = np.flatnonzero(np.isnan(values))
    if len(empty) == len(values):
        raise WeightingError("no cell holds a number.")
    if (too_large := np.flatnonzero(np.abs(values) > _LARGEST)).size:
        raise WeightingError(f"cell {too_large[0]} holds {values[too_large[0]]:g}, more than can be counted exactly.")
    indices = zip(*(axis.tolist() for axis in np.unravel_index(empty, shape)), strict=True)
    by_index = {
        index: _CONTROL.sub(" ", marks.get(position, ""))
        for position, index in zip(empty.tolist(), indices, strict=True)
    }
    table = values.reshape(shape)
    table.flags.writeable = False
    title, source, updated = (_CONTROL.sub(" ", tidy(fact)) for fact in facts)
    return PopulationTable(title, source, updated, tuple(dimensions), table, by_index)
