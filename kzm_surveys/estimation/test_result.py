"""What a test returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kzm_surveys.design import SurveyDesign


@dataclass(frozen=True, eq=False)
class TestResult:
    """A test: its statistic, degrees of freedom, p-value and what it is.

    Two are equal if their numbers and methods are, NaN being equal to NaN.

    Attributes
    ----------
    statistic
        On the scale that `method` names.
    df_num, df_den
        Of an F statistic. A t statistic has df_num 1; a chi-square has df_den infinite.
    p_value
        0-1; two-sided where a direction exists.
    method
        The test in words.
    estimate, se, ci_low, ci_high
        The difference that was tested, its standard error and interval, where the test is of one number; else NaN.
    of
        What was tested, in words: the variable, the groups and the subgroup.
    notes
        What the test rests on: why an opt-in sample is tested, and that answers are invented.
    """

    __test__ = False  # not a pytest class

    statistic: float
    df_num: float
    df_den: float
    p_value: float
    method: str
    estimate: float = math.nan
    se: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan
    of: str = ""
    notes: tuple[str, ...] = ()

    @property
    def symbol(self) -> str:
        """Distribution that the statistic is referred to: "t", "F" or "chi-square"."""
        if math.isinf(self.df_den):
            return "chi-square"
        return "t" if self.df_num == 1 and not self.method.endswith("F)") else "F"

    @property
    def degrees(self) -> tuple[float, ...]:
        """Degrees of freedom of that distribution."""
        return {"t": (self.df_den,), "F": (self.df_num, self.df_den), "chi-square": (self.df_num,)}[self.symbol]

    @property
    def _compared(self) -> tuple[str, ...]:
        numbers = (
            self.statistic,
            self.df_num,
            self.df_den,
            self.p_value,
            self.estimate,
            self.se,
            self.ci_low,
            self.ci_high,
        )
        return (self.method, *(repr(float(number)) for number in numbers))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TestResult) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _lines(self) -> tuple[str, ...]:
        from kzm_surveys.estimation.printed_cells import words_of_test

        return (words_of_test(self, "en"), *self.notes)

    def __repr__(self) -> str:
        return "\n".join(self._lines)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self._lines)


def told(design: SurveyDesign, of: str, where: str | None) -> dict[str, Any]:
    """The fields `of` and `notes` of a test on a design in a domain with these words."""
    from kzm_surveys.estimation.printed_cells import part_words, standing_notes

    part = "" if where is None else f" ({part_words(where, 'en')})"
    return {"of": f"{of}{part}", "notes": tuple(standing_notes(design, "en"))}
