"""One column of a file in the shapes that decoding needs: numbers, texts, days."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.datetime64]
NO_DAY = np.datetime64("NaT", "s")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})\.?|(\d{4})-(\d{2})-(\d{2})([ T]00:00(:00)?)?", re.ASCII)


@dataclass(frozen=True)
class Cells:
    """One column in the three shapes that decoding needs."""

    raw: pd.Series[object]
    numbers: FloatArray
    blank: BoolArray
    #: Distinct texts and, for each row, which one it holds (-1: empty); None for columns of numbers.
    texts: tuple[list[str], npt.NDArray[np.intp]] | None

    @property
    def are_days(self) -> bool:
        """The file holds days here."""
        return pd.api.types.is_datetime64_any_dtype(self.raw)


def cells_of(series: pd.Series[object], seconds: FloatArray | None = None) -> Cells:
    """Numbers (NaN where a cell is none), empty cells, and distinct texts of a column; of days the seconds of SPSS."""
    if seconds is not None:
        return Cells(series, seconds, np.isnan(seconds), None)
    if pd.api.types.is_numeric_dtype(series):
        numbers = series.to_numpy(np.float64, na_value=np.nan)
        return Cells(series, numbers, np.isnan(numbers), None)
    if pd.api.types.is_datetime64_any_dtype(series):
        return Cells(series, np.full(len(series), np.nan), series.isna().to_numpy(np.bool_), None)
    place, distinct = pd.factorize(series)
    texts = [text.strip() if isinstance(text, str) else str(text) for text in distinct]
    number = np.array([float(text) if NUMBER.fullmatch(text) else np.nan for text in texts] + [np.nan])
    empty = np.array([text == "" for text in texts] + [True])
    return Cells(series, number[place], empty[place], (texts, place))


def texts_of(cells: Cells) -> npt.NDArray[np.object_]:
    """Cells as text: days as 2021-11-24, whole numbers without a decimal point, outer blanks away."""
    if cells.texts is not None:
        distinct, place = cells.texts
        return np.array([*distinct, ""], dtype=object)[place]
    if cells.are_days:
        return np.array(["" if pd.isna(day) else f"{day:%Y-%m-%d}" for day in cells.raw], dtype=object)
    return np.array(["" if np.isnan(x) else f"{x:.15g}" for x in cells.numbers], dtype=object)


def as_texts(series: pd.Series[object]) -> list[str]:
    """Cells of any kind as text."""
    return [str(text) for text in texts_of(cells_of(series))]


def days(series: pd.Series[object]) -> pd.Series[object]:
    """Cells as days; what is none is missing."""
    return pd.Series(days_of(cells_of(series)), index=series.index)


def days_of(cells: Cells) -> DayArray:
    """Cells as days at midnight, NaT where a cell is none."""
    if cells.texts is not None:
        distinct, place = cells.texts
        return np.array([*map(_day, distinct), NO_DAY], "datetime64[s]")[place]
    if cells.are_days:
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
