"""One column of codes to answers and reasons for missing ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Variable
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.column import NO_DAY, NUMBER, BoolArray, Cells, cells_of, days_of, texts_of
from kzm_surveys.loaders.derive import categorical
from kzm_surveys.loaders.disagreements import declared_missing, label_drift, unknown_codes
from kzm_surveys.loaders.raw import Code, RawTable
from kzm_surveys.loaders.reasons import find_missing, labels_in, missing_codes, plain

IntArray = npt.NDArray[np.int16]


def decode(
    variable: Variable, raw: RawTable, column: str, series: pd.Series[object], skipped: BoolArray,
    reasons: list[str], by_label: Mapping[str, str],
) -> tuple[pd.Series[object], IntArray, list[Problem]]:  # fmt: skip
    """Values, numbers of the reasons (-1 where there is an answer) and problems of one column."""
    cells = cells_of(series, raw.seconds.get(column))
    codes, problems = missing_codes(variable, raw, column, by_label)
    problems += label_drift(variable, raw, column, codes)
    if variable.kind == "categorical":
        cells, noticed = _labels_as_codes(variable, codes.named, cells, by_label, labels_in(raw, column, text=True))
        problems += noticed
    texts = texts_of(cells) if variable.kind == "text" else None
    why, declared = find_missing(codes, cells.numbers, texts, reasons)
    not_asked = reasons.index("not_asked")
    why[cells.blank] = reasons.index("no_answer")
    why[cells.blank & skipped] = not_asked
    answered = why < 0
    if texts is not None:
        decoded: pd.Series[object] = pd.Series(texts, index=series.index, dtype="str").where(answered)
        unknown = np.zeros(len(texts), dtype=bool)
    elif variable.kind == "date":
        decoded, unknown = _accept_days(variable, cells, answered)
    else:
        decoded, unknown = _accept(variable, cells, answered)
    if (declared & answered).any():
        problems += declared_missing(variable, raw, column, cells, declared & answered)
        decoded, unknown = decoded.where(~declared), unknown | (declared & answered)
    if unknown.any():
        why[unknown] = reasons.index("unknown_code")
        problems += unknown_codes(variable, cells, unknown & ~declared)
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


def _labels_as_codes(
    variable: Variable, named: Mapping[Code, str], cells: Cells, by_label: Mapping[str, str],
    labels: Mapping[Code, str],
) -> tuple[Cells, list[Problem]]:  # fmt: skip
    """Codes for a column that holds labels ("ženske"), or letters with labels ("F"), throughout."""
    if cells.texts is None:
        return cells, []
    distinct, place = cells.texts
    codes = {plain(label): float(c.code) for c in variable.categories for label in (c.name, *c.label.values())}
    of_reason = {reason: code for code, reason in named.items() if not isinstance(code, str)}
    codes |= {
        label: of_reason[reason] for label, reason in by_label.items() if reason in of_reason and label not in codes
    }
    said = {text: plain(labels.get(text, text)) for text in distinct if text}
    if not said or any(map(NUMBER.fullmatch, said)) or not all(label in codes for label in said.values()):
        return cells, []
    number = np.array([codes[said[text]] if text else np.nan for text in distinct] + [np.nan])
    found = Problem("warning", variable.name, "cells hold labels or letters instead of codes; read by their labels",
                    "", "nothing, if the labels mean the same")  # fmt: skip
    return Cells(cells.raw, number[place], cells.blank, cells.texts), [found]


def _accept(variable: Variable, cells: Cells, answered: BoolArray) -> tuple[pd.Series[object], BoolArray]:
    """Answers that the codebook allows, and the mask of those that it does not."""
    index = cells.raw.index
    numbers = np.full(len(index), np.nan) if cells.are_days else cells.numbers
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
    found = days_of(cells)
    fits = ~np.isnat(found)
    if variable.earliest is not None:
        fits &= found >= np.datetime64(variable.earliest, "s")
    if variable.latest is not None:
        fits &= found <= np.datetime64(variable.latest, "s")
    return pd.Series(np.where(answered & fits, found, NO_DAY), index=cells.raw.index), answered & ~fits
