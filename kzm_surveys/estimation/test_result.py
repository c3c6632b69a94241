"""What a test returns."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class TestResult:
    """A test: its statistic, degrees of freedom, p-value and what it is.

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
