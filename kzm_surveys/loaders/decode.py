"""One column of codes to answers and reasons for missing ones."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import NOT_SELECTED, SELECTED, Variable
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.derive import categorical
from kzm_surveys.loaders.raw import Code, RawTable
from kzm_surveys.loaders.reasons import MissingCodes, as_compared, find_missing, missing_codes, plain, shown, within

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int16]
FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.datetime64]
NO_DAY = np.datetime64("NaT", "s")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})\.?|(\d{4})-(\d{2})-(\d{2})([ T]00:00(:00)?)?", re.ASCII)


@dataclass(frozen=True)
class Cells:
    """One column in the three shapes that decoding needs."""

    raw: pd.Series[object]
    numbers: FloatArray
    blank: BoolArray
    #: Distinct texts and, for each row, which one it holds (-1: empty); None for columns of numbers.
    texts: tuple[list[str], npt.NDArray[np.intp]] | None


def decode(
    variable: Variable, raw: RawTable, column: str, series: pd.Series[object], skipped: BoolArray,
    reasons: list[str], by_label: Mapping[str, str],
) -> tuple[pd.Series[object], IntArray, list[Problem]]:  # fmt: skip
    """Values, numbers of the reasons (-1 where there is an answer) and problems of one column."""
    cells = _cells(series)
    codes, problems = missing_codes(variable, raw, column, by_label)
    problems += _label_drift(variable, raw, column, codes)
    if variable.kind == "categorical":
        cells, noticed = _labels_as_codes(variable, codes.named, cells, by_label)
        problems += noticed
    if variable.kind == "text":
        texts = _texts(cells)
        why, declared = find_missing(codes, texts, reasons)
    else:
        why, declared = find_missing(codes, cells.numbers, reasons)
    not_asked = reasons.index("not_asked")
    why[cells.blank] = reasons.index("no_answer")
    why[cells.blank & skipped] = not_asked
    answered = why < 0
    if variable.kind == "text":
        decoded: pd.Series[object] = pd.Series(texts, index=series.index, dtype="str").where(answered)
        unknown = np.zeros(len(texts), dtype=bool)
    elif variable.kind == "date":
        decoded, unknown = _accept_days(variable, cells, answered)
    else:
        decoded, unknown = _accept(variable, cells.numbers, answered, series.index)
    if (declared & answered).any():
        problems += _declared_missing(variable, raw, column, series[declared & answered])
        decoded, unknown = decoded.where(~declared), unknown | (declared & answered)
    if unknown.any():
        why[unknown] = reasons.index("unknown_code")
        problems += _unknown(variable, cells, unknown & ~declared)
    if (against := answered & ~unknown & skipped).any():
        problems.append(
            Problem("warning", variable.name, "answered although the routing leads past the question",
                    rows_by_id(series.index[against]), "check asked_if in the codebook or the interview")
        )  # fmt: skip
    if (dropped := (why == not_asked) & ~skipped).any() and variable.other_text_of is None:
        problems.append(
            Problem("warning", variable.name, "skipped although the routing leads to the question",
                    rows_by_id(series.index[dropped]), "check asked_if in the codebook or the interview")
        )  # fmt: skip
    return decoded.rename(variable.name), why, problems


def _cells(series: pd.Series[object]) -> Cells:
    """Numbers (NaN where a cell is none), empty cells, and distinct texts of a column."""
    if pd.api.types.is_numeric_dtype(series):
        numbers = series.to_numpy(np.float64, na_value=np.nan)
        return Cells(series, numbers, np.isnan(numbers), None)
    if pd.api.types.is_datetime64_any_dtype(series):
        return Cells(series, np.full(len(series), np.nan), series.isna().to_numpy(np.bool_), None)
    place, distinct = pd.factorize(series)
    texts = [text.strip() if isinstance(text, str) else str(text) for text in distinct]
    number = np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts] + [np.nan])
    empty = np.array([text == "" for text in texts] + [True])
    return Cells(series, number[place], empty[place], (texts, place))


def _texts(cells: Cells) -> npt.NDArray[np.object_]:
    """Cells as text: days as 2021-11-24, whole numbers without a decimal point, outer blanks away."""
    if cells.texts is not None:
        distinct, place = cells.texts
        return np.array([*distinct, ""], dtype=object)[place]
    if pd.api.types.is_datetime64_any_dtype(cells.raw):
        return np.array(["" if pd.isna(day) else f"{day:%Y-%m-%d}" for day in cells.raw], dtype=object)
    return np.array(["" if np.isnan(x) else f"{x:.15g}" for x in cells.numbers], dtype=object)


def as_texts(series: pd.Series[object]) -> list[str]:
    """Cells of any kind as text."""
    return [str(text) for text in _texts(_cells(series))]


def _labels_as_codes(
    variable: Variable, named: Mapping[Code, str], cells: Cells, by_label: Mapping[str, str]
) -> tuple[Cells, list[Problem]]:
    """Codes for a column that holds labels ("ženske") throughout, as some tables are exported."""
    if cells.texts is None:
        return cells, []
    distinct, place = cells.texts
    codes = {plain(label): float(c.code) for c in variable.categories for label in (c.name, *c.label.values())}
    of_reason = {reason: code for code, reason in named.items() if not isinstance(code, str)}
    codes |= {
        label: of_reason[reason] for label, reason in by_label.items() if reason in of_reason and label not in codes
    }
    said = [text for text in distinct if text]
    if not said or any(_NUMBER.fullmatch(text) for text in said) or not all(plain(text) in codes for text in said):
        return cells, []
    number = np.array([codes[plain(text)] if text else np.nan for text in distinct] + [np.nan])
    found = Problem("warning", variable.name, "cells hold labels instead of codes; read by the labels of the codebook",
                    "", "nothing, if the labels mean the same")  # fmt: skip
    return Cells(cells.raw, number[place], cells.blank, cells.texts), [found]


def _accept(
    variable: Variable, numbers: FloatArray, answered: BoolArray, index: pd.Index[object]
) -> tuple[pd.Series[object], BoolArray]:
    """Answers that the codebook allows, and the mask of those that it does not."""
    if variable.kind == "number":
        low, high = variable.limits
        fits = (numbers >= low) & (numbers <= high)
        values = np.where(answered & fits, numbers, np.nan)
        return pd.Series(values, index=index), answered & ~fits
    codes = np.full(len(numbers), -1, np.int64)
    for position, category in enumerate(variable.categories):
        codes[answered & (numbers == category.code)] = position
    return categorical(codes, variable, index), answered & (codes < 0)


def _accept_days(variable: Variable, cells: Cells, answered: BoolArray) -> tuple[pd.Series[object], BoolArray]:
    """Days inside the limits of the codebook, and the mask of cells that are none."""
    found = _days(cells)
    fits = ~np.isnat(found)
    if variable.earliest is not None:
        fits &= found >= np.datetime64(variable.earliest, "s")
    if variable.latest is not None:
        fits &= found <= np.datetime64(variable.latest, "s")
    return pd.Series(np.where(answered & fits, found, NO_DAY), index=cells.raw.index), answered & ~fits


def days(series: pd.Series[object]) -> pd.Series[object]:
    """Cells as days; what is none is missing."""
    return pd.Series(_days(_cells(series)), index=series.index)


def _days(cells: Cells) -> DayArray:
    if cells.texts is not None:
        distinct, place = cells.texts
        return np.array([*map(_day, distinct), NO_DAY], "datetime64[s]")[place]
    if pd.api.types.is_datetime64_any_dtype(cells.raw):
        return cells.raw.to_numpy("datetime64[D]").astype("datetime64[s]")
    return np.full(len(cells.numbers), NO_DAY)


def _day(text: str) -> np.datetime64:
    """A day written as 24.11.2021, 24. 11. 2021 or 2021-11-24; NaT if it is none."""
    if match := _DAY.fullmatch(text):
        day, month, year, iso_year, iso_month, iso_day = match.groups()[:6]
        try:
            found = datetime.date(int(year or iso_year), int(month or iso_month), int(day or iso_day))
        except ValueError:
            return NO_DAY
        return np.datetime64(found, "s")
    return NO_DAY


def _declared_missing(variable: Variable, raw: RawTable, column: str, cells: pd.Series[object]) -> list[Problem]:
    """Codes that only the file calls missing: nobody knows why, or the codebook has them as answers."""
    labels = raw.value_labels.get(column, {})
    answers = {float(category.code): category.name for category in variable.categories}
    problems = []
    for value, part in cells.groupby(cells, sort=True):
        code: Code = str(value) if isinstance(value, str) else float(value)
        name = f"code {shown(code)}" + (f" ('{labels[code]}')" if code in labels else "")
        if code in answers:
            found = f"the file declares {name} missing, the codebook has it as the answer '{answers[float(code)]}'"
            to_do = "correct the codebook or the missing values in the file"
        else:
            found = f"the file declares {name} missing, the codebook knows no reason for it"
            to_do = "declare the reason with this code or label under [missing] in the codebook"
        problems.append(Problem("error", variable.name, found, rows_by_id(part.index), to_do))
    return problems


def _unknown(variable: Variable, cells: Cells, unknown: BoolArray) -> list[Problem]:
    """One problem per unknown code, with how often and where it stands; texts are never shown."""
    index, problems = cells.raw.index, []
    texts = unknown & np.isnan(cells.numbers)
    if texts.any():
        days = pd.api.types.is_datetime64_any_dtype(cells.raw)
        if variable.kind == "date":
            found, to_do = "cells that are no days inside the limits", "write days as 24.11.2021 or 2021-11-24"
        elif days:
            found, to_do = "days where codes or numbers belong", "a spreadsheet changed them: ask for the first file"
        else:
            found, to_do = "text where codes or numbers belong", "correct the file, or the kind of the question"
        problems.append(Problem("error", variable.name, found, rows_by_id(index[texts]), to_do))
    numbers = unknown & ~texts
    if not numbers.any():
        return problems
    if variable.kind == "date":
        problems.append(Problem("error", variable.name, "numbers where days belong", rows_by_id(index[numbers]),
                                "write days as 24.11.2021 or 2021-11-24"))  # fmt: skip
    elif variable.kind == "number":
        low, high = variable.limits
        problems.append(Problem("error", variable.name, f"values outside {low:g} to {high:g}",
                                rows_by_id(index[numbers]), "correct the file or the codebook's limits"))  # fmt: skip
    else:
        allowed = ", ".join(str(category.code) for category in variable.categories)
        reasons = ", ".join(f"{code} {reason}" for reason, code in variable.missing_codes.items())
        for code in np.unique(cells.numbers[numbers]):
            found = f"code {code:g} is not in the codebook (allowed: {allowed}{'; ' + reasons if reasons else ''})"
            where = rows_by_id(index[numbers & (cells.numbers == code)])
            problems.append(Problem("error", variable.name, found, where, "add the category or correct the file"))
    return problems


def _label_drift(variable: Variable, raw: RawTable, column: str, codes: MissingCodes) -> list[Problem]:
    """Value labels in the file that say something else than the codebook, or name codes that it does not know."""
    labels = raw.value_labels.get(column, {})
    problems = []
    if {category.name for category in variable.categories} == {SELECTED, NOT_SELECTED}:
        return []  # every program has its own words for a tick
    if variable.kind == "categorical":
        known = {float(c.code) for c in variable.categories} | {c for c in codes.named if not isinstance(c, str)}
        numbers = [code for code in labels if not isinstance(code, str)]
        declared = within(np.array(numbers, np.float64), codes.ranges)
        known |= {code for code, is_missing in zip(numbers, declared, strict=True) if is_missing}
        if extra := [code for code in labels if code not in known]:
            named = ", ".join(f"{shown(code)} '{labels[code]}'" for code in extra[:8])
            problems.append(
                Problem("warning", variable.name, f"the file labels codes that the codebook does not have: {named}",
                        "", "add the categories if they can be answers")
            )  # fmt: skip
    for category in variable.categories:
        there = labels.get(float(category.code))
        if there is not None and as_compared(there) not in map(as_compared, category.label.values()):
            problems.append(
                Problem("warning", variable.name,
                        f"code {category.code} is labelled '{there}' in the file, "
                        f"'{category.label['sl']}' in the codebook",
                        "", "check that the code means the same and make the labels agree")
            )  # fmt: skip
    return problems
