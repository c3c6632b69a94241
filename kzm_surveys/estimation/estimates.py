"""The one result type: tidy, unrounded, shares on 0-1, every row with its own base."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, WithheldError, one_of
from kzm_surveys.estimation.quality import WITHHELD

Base = Literal["answered", "asked"]

COLUMNS = (
    "variable", "category", "by", "by_category", "statistic", "estimate", "se", "ci_low", "ci_high", "df", "n",
    "n_eff", "deff", "flag",
)  # fmt: skip


class Estimate(NamedTuple):
    """One row of an :class:`Estimates` frame with what a sentence needs to say about it."""

    variable: str
    category: str | None
    by: str | None
    by_category: str | None
    statistic: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    df: float
    n: int
    n_eff: float
    deff: float
    flag: str
    base: Base
    where: str | None
    design: SurveyDesign | None = None

    @property
    def withheld(self) -> bool:
        """Too few respondents stand behind the value for it to be shown."""
        return not WITHHELD.isdisjoint(self.flag.split())

    @property
    def printable(self) -> bool:
        """The value exists and is not withheld."""
        return not self.withheld and math.isfinite(self.estimate)


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates of one call.

    Attributes
    ----------
    columns
        Column name -> (rows,) array, the columns of `frame`; words that do not apply are None.
    rows
        One :class:`Estimate` per estimate.
    frame
        The rows as a frame with columns ``variable category by by_category statistic estimate se ci_low ci_high
        df n n_eff deff flag``, always all, in this order. Shares are on 0-1. ``n`` is the unweighted base;
        ``n_eff`` is n / deff of the row (Kish's effective size of the base where deff does not exist); ``deff``
        is against simple random sampling; ``flag`` see :mod:`kzm_surveys.estimation.quality`.
    covariance
        (rows, rows) covariance matrix of the estimates; NaN for opt-in samples.
    cell_n
        (rows,) unweighted count behind the numerator of a share; the base for other statistics.
    base
        "answered" or "asked".
    level
        Confidence level of the intervals.
    design
        The design that was used.
    where
        Words for the subgroup, or None for the whole sample.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    covariance: FloatArray
    cell_n: npt.NDArray[np.int64]
    base: Base
    level: float
    design: SurveyDesign
    where: str | None = None

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame; words that do not apply are missing."""
        words = {name: pd.array(self.columns[name], dtype="str") for name in COLUMNS[:4]}
        return pd.DataFrame(words | {name: self.columns[name] for name in COLUMNS[4:]})

    @cached_property
    def rows(self) -> tuple[Estimate, ...]:
        """One :class:`Estimate` per row."""
        lists = [self.columns[name].tolist() for name in COLUMNS]
        return tuple(
            Estimate._make((*values, self.base, self.where, self.design)) for values in zip(*lists, strict=True)
        )

    def __len__(self) -> int:
        return len(self.covariance)

    def __repr__(self) -> str:
        from kzm_surveys.estimation.printed import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from kzm_surveys.estimation.printed import as_html

        return as_html(self)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.rows)

    def row(
        self, category: str | None = None, *, by_category: str | None = None, variable: str | None = None
    ) -> Estimate:
        """Return the one row with these names.

        Raises
        ------
        EstimationError
            None or several rows fit.
        """
        wanted = {"category": category, "by_category": by_category, "variable": variable}
        asked = {name: value for name, value in wanted.items() if value is not None}
        found = [row for row in self if all(getattr(row, name) == value for name, value in asked.items())]
        if len(found) == 1:
            return found[0]
        for name, value in asked.items():
            known = list(dict.fromkeys(getattr(row, name) for row in self.rows))
            if value not in known:
                raise EstimationError(one_of(f"no estimate with {name}", value, known))
        raise EstimationError(f"{len(found)} estimates fit {asked}; name category, by_category and variable.")

    def ranked(self, *, without: Sequence[str] = ()) -> list[Estimate]:
        """Rows by falling estimate; withheld and empty ones and the categories in `without` are left out.

        Raises
        ------
        WithheldError
            Nothing is left.
        """
        shown = [row for row in self if row.printable and row.category not in without]
        if not shown:
            by = f" by '{self.rows[0].by}'" if self.rows[0].by else ""
            raise WithheldError(f"'{self.rows[0].variable}'{by}: too few answers stand behind every value.")
        return sorted(shown, key=lambda row: row.estimate, reverse=True)

    def take(self, order: Sequence[int]) -> Estimates:
        """The same estimates in another order of rows, covariance included."""
        chosen = np.asarray(order, dtype=np.int64)
        return replace(
            self,
            columns={name: values[chosen] for name, values in self.columns.items()},
            covariance=self.covariance[np.ix_(chosen, chosen)],
            cell_n=self.cell_n[chosen],
        )

    def renamed(self, **words: str | Sequence[str | None] | None) -> Estimates:
        """The same estimates with other words in some columns: one for all rows, or one per row."""
        columns = dict(self.columns)
        for name, told in words.items():
            columns[name] = column_of_words(told, len(self))
        return replace(self, columns=columns)


def column_of_words(told: str | Sequence[str | None] | None, rows: int) -> npt.NDArray[Any]:
    """(rows,) column of words: one for all rows, or one per row."""
    out = np.empty(rows, dtype=object)
    out[:] = told
    return out
