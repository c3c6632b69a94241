"""Header and cells of a table as people and spreadsheet programs write them; the same for CSV and XLSX."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.errors import DataError, Problem, rows_by_id
from kzm_surveys.loaders.raw import RawTable, take_ids
from kzm_surveys.wave import FileKind, Wave

IntArray = npt.NDArray[np.signedinteger[Any]]
BoolArray = npt.NDArray[np.bool_]
#: A filled cell; CSV files hold text only.
Cell = str | float | datetime.datetime

#: Blanks that part groups of three digits: these are no decimal marks in any country.
_BLANKS = " \u00a0\u202f"


def _style(mark: str, group: str) -> re.Pattern[str]:
    """Numbers with `mark` before the decimals and `group` or a blank between thousands."""
    return re.compile(
        rf"[+-]?(?:\d+|\d*{mark}\d+)(?:[eE][+-]?\d+)?|[+-]?[1-9]\d{{0,2}}(?:[{group}{_BLANKS}]\d{{3}})+(?:{mark}\d+)?",
        re.ASCII,
    )


_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_COMMA_STYLE = _style(",", ".")
_POINT_STYLE = _style(r"\.", ",")
#: Excel's error values in any language, and what it exports from a column too narrow for its dates.
_ERROR = re.compile(r"#N/[A-Z]|#[A-ZČŠŽ]+(?:/0)?[!?]|#{3,}")
_MONTH = r"(?:jan|feb|mar|apr|maj|may|jun|jul|avg|aug|sep|okt|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    r"\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{2,4})?|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
    rf"|\d{{1,2}}(?:\.\s?|[-/ ]){_MONTH}(?:[-/. ]\s?\d{{2,4}})?|{_MONTH}[-/. ]?\s?\d{{2,4}}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
#: ``kzm export`` puts an apostrophe before text that a spreadsheet would take for a formula.
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True)
class Column:
    """A column by its different cells: ``distinct[codes[i]]`` stands in row i; -1 is an empty cell."""

    distinct: Sequence[Cell]
    codes: IntArray


@dataclass(frozen=True)
class _Finding:
    """What is wrong with the values at the places `at`."""

    found: str
    at: Collection[int]
    to_do: str


def raw_table(
    names: Sequence[str], columns: Sequence[Column], rows: Sequence[int], wave: Wave, where: str, kind: FileKind,
    texts: Collection[str] = (), places: Sequence[str] = (),
) -> RawTable:  # fmt: skip
    """Name the columns, leave out empty rows, index by id, and settle how numbers are written.

    Parameters
    ----------
    names
        Cells of the header row, one per column.
    columns
        The cells below it.
    rows
        Number of each row in the file.
    wave
        Names the id column.
    where
        Begins every message: wave and file.
    kind
        The kind of file.
    texts
        Columns known to hold text or days, which stay as they are written.
    places
        What the file itself calls its columns ("A", "B" ...); numbers from 1 if it has no such names.

    Raises
    ------
    DataError
        The header lacks names or repeats them, or ids are empty.
    """
    named = _named(names, [_without_blanks(column) for column in columns], places, where)
    filled = np.zeros(len(rows), np.bool_)
    for column in named.values():
        filled |= column.codes >= 0
    cells: dict[str, pd.Series[object]] = {}
    findings: list[tuple[str, BoolArray, _Finding]] = []
    for name, column in named.items():
        codes = column.codes[filled]
        values, found = _settle(column.distinct, codes, text=name in texts)
        cells[name] = _series(values, codes)
        findings += [(name, np.isin(codes, list(finding.at)), finding) for finding in found]
    frame, ids = take_ids(pd.DataFrame(cells, copy=False), wave, where)
    problems = [*_empty_rows(rows, filled), *_bare_rows(frame, ids)]
    for name, mask, finding in findings:
        problems.append(Problem("error", name, finding.found, rows_by_id(frame.index[mask]), finding.to_do))
    return RawTable(frame, len(frame), kind, other_columns=ids, problems=tuple(problems))


def is_number(text: str) -> bool:
    """Whether a text is a number with a decimal point or a decimal comma.

    Examples
    --------
    >>> [is_number(text) for text in ("1,5", "1.234,50", "-2e3", "1.2.", "1,2,3")]
    [True, True, True, False, False]
    """
    return bool(_COMMA_STYLE.fullmatch(text) or _POINT_STYLE.fullmatch(text))


def without_apostrophe(text: str) -> str:
    """Take off the apostrophe that keeps a spreadsheet from running a text.

    Examples
    --------
    >>> [without_apostrophe(text) for text in ("'=1+1", "''@home", "'t Hart")]
    ['=1+1', "'@home", "'t Hart"]
    """
    return text[1:] if _ESCAPED.match(text) else text


def _without_blanks(column: Column) -> Column:
    """Cells of nothing but blanks become empty."""
    blank = np.array([isinstance(value, str) and not value.strip() for value in column.distinct], np.bool_)
    if not blank.any():
        return column
    places = np.append(np.where(blank, -1, np.cumsum(~blank) - 1), -1)
    return Column(list(compress(column.distinct, ~blank)), places[column.codes])


def _named(names: Sequence[str], columns: Sequence[Column], places: Sequence[str], where: str) -> dict[str, Column]:
    """Columns by trimmed name; a column without name and cells is what a last delimiter leaves."""
    named = [(name.strip(), column) for name, column in zip(names, columns, strict=True)]
    if nameless := [
        place for place, (name, column) in zip(places or map(str, count(1)), named, strict=False)
        if not name and (column.codes >= 0).any()
    ]:  # fmt: skip
        raise DataError(
            f"{where}: columns without a name in the first row hold cells: column {', '.join(nameless[:8])}. The first "
            "row must name every column; delete titles above it and notes beside the table."
        )
    named = [(name, column) for name, column in named if name]
    if repeated := [name for name, times in Counter(name for name, _ in named).items() if times > 1]:
        raise DataError(f"{where}: column names stand twice: {', '.join(repeated[:8])}. Rename them in the file.")
    if all(is_number(name) for name, _ in named):
        raise DataError(
            f"{where} has no header: its first row holds numbers or nothing. Put the names of the columns there."
        )
    return dict(named)


def _empty_rows(rows: Sequence[int], filled: BoolArray) -> list[Problem]:
    """Rows without any cell before the last filled one; those after it only end the table."""
    last = int(np.flatnonzero(filled)[-1]) if filled.any() else 0
    empty = [str(row) for row in compress(rows[:last], ~filled[:last])]
    if not empty:
        return []
    place = f"row {', '.join(empty[:8])}" + (f" and {len(empty) - 8} more" if len(empty) > 8 else "")
    to_do = "check that no respondent is lost there"
    return [Problem("warning", "file", "empty rows inside the table, left out", place, to_do)]


def _bare_rows(frame: pd.DataFrame, ids: Collection[str]) -> list[Problem]:
    """Rows with nothing but an id; where all others are numbered, one that is not is a note below the table."""
    answers = frame.drop(columns=list(ids))
    bare = answers.isna().all(axis=1).to_numpy(np.bool_)
    if not ids or answers.columns.empty or not bare.any():
        return []
    numbered = np.array([is_number(str(key)) for key in frame.index], np.bool_)
    notes = bare & ~numbered if numbered[~bare].all() and not bare.all() else np.zeros_like(bare)
    problems = []
    if notes.any():
        found = "rows with nothing but an id, which is no number as the others are: a note below the table?"
        problems.append(Problem("error", "file", found, rows_by_id(frame.index[notes]), "delete notes below the table"))
    if (rest := bare & ~notes).any():
        found, to_do = "rows with nothing but an id", "check that these respondents gave no answer"
        problems.append(Problem("warning", "file", found, rows_by_id(frame.index[rest]), to_do))
    return problems


def _series(values: Sequence[Cell], codes: IntArray) -> pd.Series[object]:
    """Numbers or days if the whole column is; text otherwise."""
    if values and all(isinstance(value, float) for value in values):
        return pd.Series(np.array([*values, np.nan], np.float64)[codes])
    if values and all(isinstance(value, datetime.datetime) for value in values):
        return pd.Series(np.array([*values, None], "datetime64[us]")[codes])
    return pd.Series(pd.array([*map(as_text, values), np.nan], dtype="str").take(codes))


def as_text(cell: Cell) -> str:
    """A cell as people write it: 5 and not 5.0, days without a time of day.

    Examples
    --------
    >>> [as_text(5.0), as_text(0.5), as_text(datetime.datetime(2021, 11, 24))]
    ['5', '0.5', '2021-11-24']
    """
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    return cell


def _settle(values: Sequence[Cell], codes: IntArray, *, text: bool) -> tuple[list[Cell], list[_Finding]]:
    """Values with numbers written one way, and what cannot be settled."""
    out = [without_apostrophe(value) if isinstance(value, str) else value for value in values]
    if text:
        return out, []
    cells = {place: value.strip() if isinstance(value, str) else value for place, value in enumerate(out)}
    findings = []
    if errors := {place for place, cell in cells.items() if isinstance(cell, str) and _ERROR.fullmatch(cell)}:
        to_do = "correct the formula or the cell in the spreadsheet and export again"
        findings.append(_Finding("error values of a spreadsheet (such as #N/A)", errors, to_do))
    rest = {place: cell for place, cell in cells.items() if place not in errors}
    if dates := _dates_among_codes(rest, codes):
        found = "dates among whole numbers: a spreadsheet program turned codes (such as 1-2) into dates"
        to_do = "take the file as it was before, or enter the codes again in columns formatted as text"
        findings.append(_Finding(found, dates, to_do))
    elif not any(isinstance(cell, datetime.datetime) for cell in rest.values()):
        texts = {place: cell for place, cell in rest.items() if isinstance(cell, str)}
        converted, doubt = _decimal_points(texts)
        for place, number in converted.items():
            out[place] = number
        if doubt:
            to_do = "write all numbers of the column in one way, without marks for thousands"
            findings.append(_Finding(doubt, {place for place, cell in texts.items() if "," in cell}, to_do))
    return out, findings


def _dates_among_codes(cells: Mapping[int, Cell], codes: IntArray) -> set[int]:
    """Places of dates where every other value is a whole number, and those are more, both as values and as cells.

    A column of days with a few missing codes in it is a column of days.
    """
    dates = {place for place, cell in cells.items() if _is_date(cell)}
    numbers = {place for place, cell in cells.items() if _is_whole(cell)}
    if not dates or len(dates) + len(numbers) < len(cells) or len(dates) > len(numbers):
        return set()
    more = np.isin(codes, list(numbers)).sum() > np.isin(codes, list(dates)).sum()
    return dates if more else set()


def _is_date(cell: Cell) -> bool:
    return bool(_DATE.fullmatch(cell)) if isinstance(cell, str) else isinstance(cell, datetime.datetime)


def _is_whole(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(_WHOLE.fullmatch(cell))
    return isinstance(cell, float) and cell.is_integer()


def _decimal_points(texts: Mapping[int, str]) -> tuple[dict[int, str], str | None]:
    """Numbers to be written with a decimal point and no marks for thousands, if all texts are numbers; or a doubt.

    Points alone are read as decimal points, as most programs write them; commas alone as decimal commas unless
    all of them stand before three digits.
    """
    if not any(mark in text for text in texts.values() for mark in "., \u00a0\u202f"):
        return {}, None
    if not all(is_number(text) for text in texts.values()):
        return {}, None
    with_comma = any("," in text for text in texts.values())
    all_comma = all(_COMMA_STYLE.fullmatch(text) for text in texts.values())
    all_point = all(_POINT_STYLE.fullmatch(text) for text in texts.values())
    if all_comma and all_point and with_comma:
        return {}, "commas before three digits: decimal commas or marks for thousands"
    if all_point:
        marks = str.maketrans("", "", _BLANKS + ",")
    elif all_comma:
        marks = str.maketrans(",", ".", _BLANKS + ".")
    else:
        return {}, "decimal commas and decimal points in one column"
    return {place: text.translate(marks) for place, text in texts.items()}, None
