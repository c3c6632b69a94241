"""Derived variables: bands of a number, merged categories, themes of open answers."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import STANDARD_REASONS, Codebook, Variable


def categorical(codes: npt.NDArray[np.int64], variable: Variable, index: pd.Index[object]) -> pd.Series[object]:
    """Column of category names from their positions; -1 is missing."""
    names = [category.name for category in variable.categories]
    return pd.Series(pd.Categorical.from_codes(codes, names, ordered=variable.ordered), index=index, name=variable.name)


def reason_names(codebook: Codebook) -> list[str]:
    """All reasons for a missing answer: the standard ones, then those that the codebook declares."""
    return list(dict.fromkeys((*STANDARD_REASONS, *codebook.missing)))


def reasons_column(codes: npt.NDArray[np.int64], codebook: Codebook, index: pd.Index[object]) -> pd.Series[object]:
    """Column of reasons from their numbers; -1 is an answer. Every column has the same categories."""
    return pd.Series(pd.Categorical.from_codes(codes, reason_names(codebook)), index=index)


def derive(
    variable: Variable, codebook: Codebook, base: pd.Series[object], base_missing: pd.Series[object]
) -> tuple[pd.Series[object], pd.Series[object], npt.NDArray[np.bool_]]:
    """Values and reasons of one derived variable from the column it rests on.

    Returns
    -------
    tuple
        Values, reasons (those of the base; ``no_answer`` for empty texts, ``unknown_code`` for numbers in no band),
        and the mask of the numbers in no band.
    """
    entry = codebook.derived[variable.source]
    reasons = base_missing.cat.codes.to_numpy(np.int64, copy=True)
    homeless = np.zeros(len(base), dtype=bool)
    if entry.bands:
        numbers = base.to_numpy(np.float64)
        codes = np.full(len(base), -1, np.int64)
        for position, band in enumerate(entry.bands):
            low = -np.inf if band.lowest is None else band.lowest
            high = np.inf if band.highest is None else band.highest
            codes[(numbers >= low) & (numbers <= high)] = position
        homeless = np.isfinite(numbers) & (codes < 0)
        reasons[homeless] = reason_names(codebook).index("unknown_code")
    elif entry.groups:
        home = {name: position for position, group in enumerate(entry.groups) for name in group.of}
        lookup = np.array([home[str(name)] for name in base.cat.categories] + [-1], np.int64)
        codes = lookup[base.cat.codes.to_numpy()]
    else:
        theme = next(theme for theme in entry.themes if theme.name == variable.item)
        pattern = re.compile(r"\b(?:" + "|".join(re.escape(stem) for stem in theme.stems) + ")", re.IGNORECASE)
        empty = {answer.casefold() for answer in entry.empty_answers}
        texts = [text.strip(" .,!?-–").casefold() if isinstance(text, str) else None for text in base]
        said = np.array([text is not None and text not in empty for text in texts], dtype=bool)
        hit = np.array([bool(text and pattern.search(text)) for text in texts], dtype=bool)
        codes = np.where(said, hit, -1).astype(np.int64)
        reasons[~said & (reasons < 0)] = reason_names(codebook).index("no_answer")
    return categorical(codes, variable, base.index), reasons_column(reasons, codebook, base.index), homeless
