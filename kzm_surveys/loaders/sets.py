"""Select-all questions that a file stores otherwise than as 0 and 1 in one column per option."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Question
from kzm_surveys.errors import Problem
from kzm_surveys.loaders.raw import RawTable, StoredSet
from kzm_surveys.loaders.reasons import within
from kzm_surveys.wave import Wave

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


def ticks(
    raw: RawTable, codebook: Codebook, wave: Wave, columns: Mapping[str, str]
) -> tuple[dict[str, pd.Series[float]], frozenset[str], list[Problem]]:
    """Options of select-all questions as 1 (ticked), 0 (not), a missing code, or NaN.

    A set with a counted value: that value is 1, any other answer 0, and an empty cell is 0 if the person ticked
    another option. A set of columns that each hold an option's code: ticked if any of them holds it. Questions under
    ``blank_is_unticked``: an empty cell is 0 if another option has an answer.

    Returns
    -------
    tuple
        Variable -> codes, for the questions concerned; the columns used; what could not be matched.
    """
    out: dict[str, pd.Series[float]] = {}
    used: set[str] = set()
    problems: list[Problem] = []
    for key, question in codebook.questions.items():
        if question.kind != "multiple":
            continue
        variables = [f"{key}_{item.name}" for item in question.items]
        stored = _stored_set(raw, wave, key, [columns[name] for name in variables])
        if stored is not None and stored.counted is None:
            made, problem = _from_option_codes(raw, question, stored)
            problems += [Problem("error", key, problem, "", "correct the labels or the codebook")] if problem else []
            out |= dict(zip(variables, made, strict=False))
            used |= set(stored.columns)
        elif stored is not None:
            homes = _homes(raw, question, stored, [columns[name] for name in variables])
            reasons = frozenset(codebook[variables[0]].missing_codes.values())
            out |= dict(zip(variables, _from_counted(raw, stored, homes, reasons), strict=True))
            used |= set(stored.columns)
        elif key in wave.data.blank_is_unticked:
            cells = [_numbers(raw.cells[columns[name]]) for name in variables if columns[name] in raw.cells]
            anything = _any([np.isfinite(column) for column in cells], len(raw.cells))
            filled = [np.where(np.isnan(column) & anything, 0.0, column) for column in cells]
            there = [name for name in variables if columns[name] in raw.cells]
            out |= {name: _series(column, raw) for name, column in zip(there, filled, strict=True)}
    return out, frozenset(used), problems


def _stored_set(raw: RawTable, wave: Wave, key: str, columns: list[str]) -> StoredSet | None:
    """The set of the file that is this question: named so, or holding its columns."""
    name = wave.data.columns.get(key, key).lstrip("$").casefold()
    for stored_name, stored in raw.sets.items():
        if stored_name.lstrip("$").casefold() == name or set(columns) <= set(stored.columns):
            return stored
    return None


def _homes(raw: RawTable, question: Question, stored: StoredSet, columns: list[str]) -> list[str | None]:
    """Column of each option: by its name, by its label, or by its place if nothing else is known."""
    if set(columns) <= set(raw.cells.columns):
        return list(columns)
    by_label = {raw.labels.get(column, "").strip().casefold(): column for column in stored.columns}
    found = [
        next((by_label[text.casefold()] for text in item.label.values() if text.casefold() in by_label), None)
        for item in question.items
    ]
    if not any(found) and len(stored.columns) == len(question.items):
        return list(stored.columns)
    return found


def _from_counted(
    raw: RawTable, stored: StoredSet, homes: list[str | None], reasons: frozenset[int]
) -> list[pd.Series[float]]:
    """0/1 columns; `reasons` are the codes that the codebook gives to missing answers."""
    ticked, empty, cells = [], [], []
    for home in homes:
        column = raw.cells[home] if home is not None else pd.Series(np.nan, index=raw.cells.index)
        counted = column == stored.counted
        cells.append(np.where(counted, 1.0, _numbers(column)))
        ticked.append(counted.to_numpy(bool))
        empty.append((column.isna() | (column.astype("str").str.strip() == "")).to_numpy(bool))
    anything = _any(ticked, len(raw.cells))
    out = []
    for home, column, hit, blank in zip(homes, cells, ticked, empty, strict=True):
        code = np.isin(column, list(reasons)) | within(column, raw.user_missing.get(home or "", ()))
        codes = np.where(hit, 1.0, np.where(blank & ~anything, np.nan, np.where(code & ~blank, column, 0.0)))
        out.append(_series(codes, raw))
    return out


def _from_option_codes(
    raw: RawTable, question: Question, stored: StoredSet
) -> tuple[list[pd.Series[float]], str | None]:
    """0/1 columns from columns that hold option codes; the codes are known by their labels, or run from 1."""
    labels = {str(text).strip().casefold(): code for column in stored.columns
              for code, text in raw.value_labels.get(column, {}).items()}  # fmt: skip
    codes = [
        next((labels[text.casefold()] for text in item.label.values() if text.casefold() in labels), None)
        for item in question.items
    ]
    if labels and None in codes:
        unknown = [item.name for item, code in zip(question.items, codes, strict=True) if code is None]
        return [], f"the set in the file has no option labelled as {', '.join(unknown)}"
    chosen = codes if labels else [float(place) for place in range(1, len(question.items) + 1)]
    cells = [_numbers(raw.cells[column]) for column in stored.columns]
    missing = {code for column in stored.columns for code, _ in raw.user_missing.get(column, ())}
    first = cells[0]
    anything = _any([np.isin(column, [c for c in chosen if c is not None]) for column in cells], len(first))
    rest = np.where(np.isin(first, [c for c in missing if not isinstance(c, str)]), first, np.nan)
    return [
        _series(
            np.where(_any([column == code for column in cells], len(first)), 1.0, np.where(anything, 0.0, rest)), raw
        )
        for code in chosen
    ], None


def _any(masks: list[BoolArray], n: int) -> BoolArray:
    return np.logical_or.reduce(masks) if masks else np.zeros(n, dtype=bool)


def _numbers(column: pd.Series[object]) -> FloatArray:
    return pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _series(codes: FloatArray, raw: RawTable) -> pd.Series[float]:
    return pd.Series(codes, index=raw.cells.index)
