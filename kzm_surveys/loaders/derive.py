"""Values of derived variables, and why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import NOT_PUT, STANDARD_REASONS, Codebook, Derived, Variable

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Columns = Mapping[str, "pd.Series[object]"]


def categorical(codes: IntArray, variable: Variable, index: pd.Index[object]) -> pd.Series[object]:
    """Column of category names from their positions; -1 is missing."""
    names = [category.name for category in variable.categories]
    return pd.Series(pd.Categorical.from_codes(codes, names, ordered=variable.ordered), index=index, name=variable.name)


def reason_names(codebook: Codebook) -> list[str]:
    """All reasons for a missing answer: the standard ones, then those that the codebook declares."""
    return list(dict.fromkeys((*STANDARD_REASONS, *codebook.missing)))


def reasons_column(codes: IntArray, codebook: Codebook, index: pd.Index[object]) -> pd.Series[object]:
    """Column of reasons from their numbers; -1 is an answer. Every column has the same categories."""
    return pd.Series(pd.Categorical.from_codes(codes, reason_names(codebook)), index=index)


def derive(
    variable: Variable, codebook: Codebook, values: Columns, missing: Columns
) -> tuple[pd.Series[object], pd.Series[object], BoolArray]:
    """Values and reasons of one derived variable.

    Parameters
    ----------
    variable, codebook
        The variable, and the codebook that it is from.
    values, missing
        Columns of answers and of reasons for missing ones, by variable: at least those that it rests on.

    Returns
    -------
    tuple
        Values, reasons, and the mask of the numbers in no band. A missing value has the reason of the part it rests
        on (of the first missing one in a crossing or in "none"; of the first one asked); ``no_answer`` where a text
        proposes nothing; ``unknown_code`` for a number in no band. A score with too few answered items has the reason
        that all missing items share; ``not_asked`` where no item was put to the person; otherwise ``no_answer``.
    """
    parts = [values[name] for name in variable.rests_on]
    by_part = np.column_stack([missing[name].cat.codes.to_numpy(np.int64) for name in variable.rests_on])
    entry = codebook.derived[variable.source]
    names = reason_names(codebook)
    index = parts[0].index
    reasons = _first(by_part)
    homeless = np.zeros(len(index), dtype=bool)
    if entry.score:
        scores = _scores(entry, [codebook[name] for name in variable.rests_on], parts)
        reasons = np.where(np.isnan(scores), _why_no_score(by_part, names), -1)
        return pd.Series(scores, index=index, name=variable.name), reasons_column(reasons, codebook, index), homeless
    if entry.first_asked:
        place = _asked(by_part, names.index("not_asked"))
        numbers = np.column_stack([part.to_numpy(np.float64) for part in parts])
        reasons = np.take_along_axis(by_part, place[:, None], axis=1)[:, 0]
        found = np.take_along_axis(numbers, place[:, None], axis=1)[:, 0]
        return pd.Series(found, index=index, name=variable.name), reasons_column(reasons, codebook, index), homeless
    if entry.bands:
        codes, homeless = _banded(entry, parts[0])
        reasons[homeless] = names.index("unknown_code")
    elif entry.themes:
        codes = _mentioned(entry, variable, parts[0])
        reasons[(codes < 0) & (reasons < 0)] = names.index("no_answer")
    elif entry.selected:
        chosen = np.column_stack([_lookup(part, dict.fromkeys(entry.selected, 1), 0) for part in parts])
        codes = _none_of(chosen) if variable.exclusive else chosen[:, 0]
        reasons = np.where(codes < 0, reasons, -1)
    elif entry.cross:
        codes = _crossed(parts)
    else:
        groups = enumerate(entry.merged(codebook[variable.rests_on[0]]))
        codes = _lookup(parts[0], {name: position for position, group in groups for name in group.of}, -1)
    return categorical(codes, variable, index), reasons_column(reasons, codebook, index), homeless


def _first(by_part: IntArray) -> IntArray:
    """Reason of the first missing part, -1 where none is missing; a column per part."""
    return by_part[np.arange(len(by_part)), (by_part >= 0).argmax(axis=1)].copy()


def _asked(by_part: IntArray, not_asked: int) -> IntArray:
    """(n,) first part that was asked; the last one where none was."""
    asked = by_part != not_asked
    asked[:, -1] = True
    return asked.argmax(axis=1)


def _lookup(part: pd.Series[object], to: Mapping[str, int], otherwise: int) -> IntArray:
    """Number that each category stands for; -1 where missing."""
    numbers = np.array([to.get(str(name), otherwise) for name in part.cat.categories] + [-1], np.int64)
    return numbers[part.cat.codes.to_numpy()]


def _banded(entry: Derived, part: pd.Series[object]) -> tuple[IntArray, BoolArray]:
    """Numbers of the bands, and the mask of values in none."""
    values = part.to_numpy(np.float64)
    codes = np.full(len(values), -1, np.int64)
    for position, band in enumerate(entry.bands):
        low = -np.inf if band.lowest is None else band.lowest
        high = np.inf if band.highest is None else band.highest
        codes[(values >= low) & (values <= high)] = position
    return codes, np.isfinite(values) & (codes < 0)


def _mentioned(entry: Derived, variable: Variable, part: pd.Series[object]) -> IntArray:
    """1 where a text has the theme, 0 where it has not, -1 where it proposes nothing."""
    theme = next(theme for theme in entry.themes if theme.name == variable.item)
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(stem) for stem in theme.stems) + ")", re.IGNORECASE)
    empty = {answer.casefold() for answer in entry.empty_answers}
    texts = [text.strip(" .,!?-–").casefold() if isinstance(text, str) else None for text in part]
    said = np.array([text is not None and text not in empty for text in texts], dtype=bool)
    hit = np.array([bool(text and pattern.search(text)) for text in texts], dtype=bool)
    return np.where(said, hit, -1).astype(np.int64)


def _none_of(chosen: IntArray) -> IntArray:
    """1 where all are answered and none is chosen, 0 where one is, -1 otherwise; a column per option."""
    codes = np.where((chosen < 0).any(axis=1), -1, 1)
    codes[(chosen == 1).any(axis=1)] = 0
    return codes


def _crossed(parts: Sequence[pd.Series[object]]) -> IntArray:
    """Numbers of the combinations, the last part running fastest."""
    shape = tuple(len(part.cat.categories) for part in parts)
    codes = np.array([part.cat.codes.to_numpy(np.int64) for part in parts])
    whole = (codes >= 0).all(axis=0)
    return np.where(whole, np.ravel_multi_index(codes.clip(min=0), shape), -1)


def _scores(entry: Derived, items: Sequence[Variable], parts: Sequence[pd.Series[object]]) -> FloatArray:
    """Mean of the answered items, or that times the number of items; NaN where too few are answered."""
    assert entry.score is not None
    turned = entry.reversed_items(items)
    columns = []
    for item, part in zip(items, parts, strict=True):
        codes = np.array([category.code for category in item.categories], np.float64)
        codes = codes.min() + codes.max() - codes if item.name in turned else codes
        columns.append(np.append(codes, np.nan)[part.cat.codes.to_numpy()])
    answers = np.column_stack(columns)
    answered = np.isfinite(answers).sum(axis=1)
    # Multiplied before the division: with whole codes, a sum of all items stays a whole number.
    times = len(items) if entry.score.method == "sum" else 1
    enough = answered >= (entry.score.at_least or len(items))
    return np.where(enough, np.nansum(answers, axis=1) * times / answered.clip(min=1), np.nan)


def _why_no_score(by_item: IntArray, names: Sequence[str]) -> IntArray:
    """Reason that all missing items share; not_asked where no item was put; otherwise no_answer."""
    lowest = np.where(by_item < 0, len(names), by_item).min(axis=1)
    shared = lowest == by_item.max(axis=1)
    not_put = np.isin(by_item, [names.index(reason) for reason in NOT_PUT]).all(axis=1)
    otherwise = np.where(not_put, names.index("not_asked"), names.index("no_answer"))
    return np.where(shared, lowest, otherwise)
