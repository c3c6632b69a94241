"""What a file reader hands over: codes as they stand in the file, before the codebook is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.errors import DataError, Problem
from kzm_surveys.wave import Wave

#: A code in a file: a number, or text in columns of text.
Code = float | str
#: Bytes at which SPSS cuts a value label; a longer label of a reason gives way to the reason's name.
LABEL_BYTES = 120


@dataclass(frozen=True)
class StoredSet:
    """A multiple-response set that an SPSS file stores.

    `counted` is the code that means "ticked"; None for sets of columns that each hold the code of one option.
    """

    label: str
    columns: tuple[str, ...]
    counted: Code | None


@dataclass(frozen=True)
class RawTable:
    """Units of a file after the unit rule.

    Attributes
    ----------
    cells
        One column per file column; numbers, text or days (datetime64) as in the file; NaN where the cell is
        empty; index = respondent id.
    rows
        Units in the file before the unit rule; `dropped` counts those it left out, by reason.
    kind
        The kind of file, as in ``[data] format`` of ``wave.toml``.
    synthetic
        The file carries the mark of invented answers.
    missing_codes
        Codes that the *format* writes into every column, code -> reason (1KA). Labels in the file come before it.
    user_missing
        Column -> ranges of codes (both ends in it) that the file declares missing.
    labels, value_labels
        Column -> its label in the file; column -> {code: label}, missing codes included.
    sets
        Multiple-response sets stored in the file, by name.
    seconds
        SPSS: the numbers behind columns of days, so that missing codes among them are seen.
    other_columns
        Ids, metadata and paradata: known, but no answers.
    units
        1KA: one row per unit in the *file*, see :class:`kzm_surveys.Survey`; None for other files.
    counted
        The file itself says how many rows it has, and has them; otherwise a cut at the end of a row does not show.
    problems
        What the reader noticed.
    """

    cells: pd.DataFrame
    rows: int
    kind: str
    synthetic: bool = False
    dropped: Mapping[str, int] = field(default_factory=dict)
    missing_codes: Mapping[int, str] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[tuple[Code, Code], ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[Code, str]] = field(default_factory=dict)
    sets: Mapping[str, StoredSet] = field(default_factory=dict)
    seconds: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    other_columns: frozenset[str] = frozenset()
    units: pd.DataFrame | None = None
    counted: bool = False
    problems: tuple[Problem, ...] = ()


def take_ids(frame: pd.DataFrame, wave: Wave, where: str) -> tuple[pd.DataFrame, frozenset[str]]:
    """Index the rows of a file by the id column of ``wave.toml``, or number them from 1 if it names none.

    Returns
    -------
    tuple
        The frame with index ``id`` (whole numbers where all ids are, text otherwise), and the names of the
        columns used.

    Raises
    ------
    DataError
        There is no such column, or some ids are empty.
    """
    key = wave.data.id
    if key is None:
        return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="id"), axis=0), frozenset()
    if key not in frame.columns:
        shown = ", ".join(str(name) for name in frame.columns[:12])
        raise DataError(f"{where} has no id column '{key}' (columns: {shown} ...). Correct [data] id in wave.toml.")
    column = frame[key]
    empty = column.isna() | (column.astype("str").str.strip() == "")
    if empty.any():
        raise DataError(f"{where}: {int(empty.sum())} of {len(frame)} ids in '{key}' are empty. Fill them in the file.")
    if column.dtype.kind in "if":
        beyond = ~np.isfinite(column.to_numpy(np.float64)) | (column.abs() > 2**53)
        if beyond.any():
            raise DataError(f"{where}: {int(beyond.sum())} ids in '{key}' are no numbers that a file can hold exactly.")
    if column.dtype.kind in "if" and (column % 1 == 0).all():
        ids = pd.Index(column.astype("int64"), name="id")
    else:
        texts = column.astype("str").str.strip()
        whole = texts.str.fullmatch(r"0|-?[1-9]\d{0,14}").all()  # 007 is not 7
        ids = pd.Index(texts.astype("int64") if whole else texts, name="id")
    return frame.set_axis(ids, axis=0), frozenset({key})
