"""Columns as arrays: the types of arrays, and the number of each row's category."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
#: Category numbers: any signed integers, so that a column of few categories takes one byte a row.
CodeArray = npt.NDArray[np.signedinteger[Any]]
#: Integers that span no more than this are numbered without sorting them.
_DENSE = 4096


def as_categories(column: pd.Series[Any]) -> pd.Series[Any]:
    """Column as categories named by text; whole numbers are named 1, 2, ... also where missing values made them 1.0."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    column = column.astype("category")
    names = column.cat.categories
    if pd.api.types.is_float_dtype(names.dtype) and (names == names.round()).all():
        return column.cat.rename_categories([f"{name + 0.0:.0f}" for name in names])
    return column


def codes_of(column: pd.Series[Any]) -> tuple[CodeArray, list[str]]:
    """(n,) number of each row's category, -1 where missing, and the names of the categories.

    Examples
    --------
    >>> codes, names = codes_of(pd.Series(["b", None, "a"]))
    >>> codes.tolist(), names
    ([1, -1, 0], ['a', 'b'])
    >>> codes_of(pd.Series([7, 5]))[1]
    ['5', '6', '7']
    """
    if not isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.kind == "i" and len(column):
        values = column.to_numpy().astype(np.int64, copy=False)
        lowest, highest = int(values.min()), int(values.max())
        if highest - lowest < _DENSE:
            return (values - lowest).astype(np.int16), [str(number) for number in range(lowest, highest + 1)]
    categorical = as_categories(column).array
    return categorical.codes, [str(name) for name in categorical.categories.tolist()]
