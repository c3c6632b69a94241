"""Derived variables: bands of a number, merged categories, themes of open answers."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import STANDARD_REASONS, Codebook, Variable
from kzm_surveys.errors import DataError


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
) -> tuple[pd.Series[object], pd.Series[object]]:
    """Values and reasons of one derived variable from the column it rests on.

    Missing answers keep their reason. A number outside all bands cannot occur once the codebook's limits hold.
    """
    entry = codebook.derived[variable.source]
    if entry.bands:
        numbers = base.to_numpy(np.float64)
        codes = np.full(len(base), -1, np.int64)
        for position, band in enumerate(entry.bands):
            low = -np.inf if band.lowest is None else band.lowest
            high = np.inf if band.highest is None else band.highest
            codes[(numbers >= low) & (numbers <= high)] = position
        if (left := np.isfinite(numbers) & (codes < 0)).any():
            examples = sorted(set(numbers[left].tolist()))[:5]
            raise DataError(
                f"derived variable '{variable.name}': no band for {examples}. Complete the bands in the codebook."
            )
    elif entry.groups:
        home = {name: position for position, group in enumerate(entry.groups) for name in group.of}
        lookup = np.array([home[str(name)] for name in base.cat.categories] + [-1], np.int64)
        codes = lookup[base.cat.codes.to_numpy()]
    else:
        theme = next(theme for theme in entry.themes if theme.name == variable.item)
        pattern = r"\b(?:" + "|".join(re.escape(stem) for stem in theme.stems) + ")"
        hit = base.astype("str").str.contains(pattern, case=False, regex=True)
        codes = np.where(base.isna(), -1, hit.fillna(False).astype(bool)).astype(np.int64)
    return categorical(codes, variable, base.index), base_missing
