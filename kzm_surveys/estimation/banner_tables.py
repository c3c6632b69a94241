"""What a banner is: tables of many questions by many breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy.typing as npt

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.estimates import Base
from kzm_surveys.estimation.multiplicity import Correction
from kzm_surveys.estimation.test_result import TestResult


@dataclass(frozen=True)
class Column:
    """A column of a banner: a category of a break, or everybody (`variable`, `category` and `letter` None)."""

    variable: str | None
    category: str | None
    letter: str | None


@dataclass(frozen=True)
class Line:
    """A line of a banner table: a category, an option of a select-all set, a net of categories, or the mean.

    `name` is the category, the option's variable, the net's name, or the variable whose mean it is; `members` are
    the categories of a net.
    """

    kind: Literal["category", "option", "net", "mean"]
    name: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class BannerTable:
    """One question by all columns of a banner.

    Attributes
    ----------
    variable
        The question, or the select-all set.
    lines
        What each line shows.
    n, n_eff, weighted
        (columns,) unweighted base, Kish's effective base and weighted base of the first line; options of a set may have
        others.
    estimate, se
        (lines, columns) shares 0-1 or means, NaN where nobody is in the base; standard errors, NaN for opt-in samples.
    cell_n
        (lines, columns) unweighted count behind a share; the base for a mean.
    flag
        (lines, columns) flags as in :class:`Estimates`.
    letters
        (lines, columns) letters of the columns of the same break that this one exceeds; "" for none.
    tests
        Break -> test of independence of question and break (for a set: over its options; for a number: of equal means);
        None where no test exists.
    """

    variable: str
    lines: tuple[Line, ...]
    n: IntArray
    n_eff: FloatArray
    weighted: FloatArray
    estimate: FloatArray
    se: FloatArray
    cell_n: IntArray
    flag: npt.NDArray[Any]
    letters: npt.NDArray[Any]
    tests: Mapping[str, TestResult | None]


@dataclass(frozen=True, eq=False)
class Banner:
    """Banner tables of one call.

    Attributes
    ----------
    tables
        One per question.
    columns
        Everybody first, then the categories of each break; letters run A, B, ... within the banner.
    breaks
        The break variables.
    base, level, correction
        Base of the shares; 1 - level is the error rate of the letters, after `correction` within question and break.
    design, where
        The design, and words for the subgroup or None.
    """

    tables: tuple[BannerTable, ...]
    columns: tuple[Column, ...]
    breaks: tuple[str, ...]
    base: Base
    level: float
    correction: Correction
    design: SurveyDesign
    where: str | None

    def __repr__(self) -> str:
        from kzm_surveys.estimation.printed import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from kzm_surveys.estimation.printed import as_html

        return as_html(self)
