"""Tests that compare groups: means (t) and ranks."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.finish import check_options
from kzm_surveys.estimation.independence import quadratic_form
from kzm_surveys.estimation.test_result import TestResult, told
from kzm_surveys.estimation.variables import Where, categories_of, domain_of, numbers_of, require_design
from kzm_surveys.estimation.variance import covariance, degrees_of_freedom

Score = Literal["wilcoxon", "vanderwaerden", "median"]
SCORES = ("wilcoxon", "vanderwaerden", "median")
Ties = Literal["r", "midrank"]
TIES = ("r", "midrank")
#: A standard error below this part of the largest value is rounding: the values do not vary.
_ROUNDING = 1e-12


def ttest(
    design: SurveyDesign, variable: str, *, by: str | None = None, null: float = 0.0, where: Where = None,
    level: float = 0.95,
) -> TestResult:  # fmt: skip
    """Design-based t test of a mean, or of the difference between the means of two groups.

    Parameters
    ----------
    design
        The design.
    variable
        Numeric column.
    by
        Column of two groups with answers; the difference is second minus first category. None: one mean.
    null
        Mean or difference under the null hypothesis, in units of the variable.
    where
        Boolean mask or boolean column: the domain.
    level
        Of the t interval.

    Returns
    -------
    TestResult
        t, its degrees of freedom, and the mean or difference with its standard error and interval: R's ``svyttest``.

    Raises
    ------
    EstimationError
        Unknown or non-numeric column, an empty domain, not exactly two groups, no sampling variance or degrees of
        freedom, an opt-in sample.

    Notes
    -----
    Two groups: the slope of y on the group (Binder 1983, Int. Stat. Rev. 51, p. 279), which is ȳ₂ - ȳ₁. The degrees of
    freedom are, as in R, those of the design less one: of the rows with answers; of all rows in the domain for one
    mean, and for replicate weights.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 5.0, 7.0, 9.0], "g": list("aaabbb")})
    >>> found = ttest(SurveyDesign(frame), "y", by="g")
    >>> found.estimate, round(found.statistic, 4), found.df_den
    (5.0, 4.3301, 4.0)
    """
    require_design(design)
    design.require_inference("ttest")
    check_options(level, "without")
    if not isinstance(null, Real) or not np.isfinite(null):
        raise EstimationError(f"null must be a number, found {null!r}.")
    groups = _groups(design, variable, numbers_of(design, variable), by, where)
    if by is not None and len(groups.names) != 2:
        raise EstimationError(
            f"'{variable}' by '{by}': a t test compares two groups, {len(groups.names)} have answers. Choose two with "
            "where=, or use ranktest or glm."
        )
    keeps_missing = by is None or design.replicates is not None
    df = _df(design, groups.domain if keeps_missing else groups.used, 1, groups.what)
    difference = np.array([[1.0]]) if by is None else np.array([[-1.0, 1.0]])

    def statistic(weights: FloatArray) -> FloatArray:
        mass, sums = groups.sums(weights, groups.answers)
        with np.errstate(invalid="ignore", divide="ignore"):
            means: FloatArray = sums / mass
        return difference @ means

    estimate = statistic(design.weights)
    v = covariance(design, estimate, lambda: groups.influence(groups.answers, difference), statistic)
    return _t(
        float(estimate[0]), float(v[0, 0]), null, df, level, float(np.abs(groups.answers[groups.used]).max()),
        groups, f"Design-based t test of {'one mean' if by is None else 'two means'}",
    )  # fmt: skip


def ranktest(
    design: SurveyDesign, variable: str, *, by: str, score: Score = "wilcoxon", ties: Ties = "r", where: Where = None,
    level: float = 0.95,
) -> TestResult:  # fmt: skip
    """Design-based rank test that groups have the same distribution.

    Parameters
    ----------
    design
        The design.
    variable
        Numeric column, or categories with an order.
    by
        Column of two or more groups with answers.
    score
        Of the estimated population rank R on 0-1: "wilcoxon": R (with several groups Kruskal and Wallis's test);
        "vanderwaerden": the normal quantile of R; "median": 1 above one half.
    ties
        Rank of equal values. "r": as R's ``svyranktest`` the unweighted mean of the ranks that the rows would have in
        the order of the file; where tied rows differ in weight it depends on that order. "midrank": the middle of
        their weight, in any order. The same where weights are equal or values differ.
    where
        Boolean mask or boolean column: the domain.
    level
        Of the t interval of two groups.

    Returns
    -------
    TestResult
        Two groups: t, and the difference of the mean scores, second minus first category. More groups: F, which is
        R's Chisq / df, on (groups - 1) and the design's degrees of freedom less as many.

    Raises
    ------
    EstimationError
        As :func:`ttest`; fewer than two groups, too few sampling units for the number of groups.

    Notes
    -----
    Lumley and Scott (2013, Biometrika 100, p. 831): the score is treated as a variable, and its group means are
    compared. Replicates too take the scores of the full sample, as in R, which has no test of several groups on them.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 5.0, 7.0, 9.0], "g": list("ababbb")})
    >>> found = ranktest(SurveyDesign(frame), "y", by="g")
    >>> round(found.estimate, 4), round(found.statistic, 4), found.df_den
    (0.375, 2.0074, 4.0)
    """
    require_design(design)
    design.require_inference("ranktest")
    check_options(level, "without")
    for what, word, allowed in (("score", score, SCORES), ("ties", ties, TIES)):
        if word not in allowed:
            raise EstimationError(one_of(f"unknown {what}", word, allowed))
    if by is None:
        raise EstimationError("ranktest: by= must name the column of the groups.")
    groups = _groups(design, variable, _in_order(design, variable), by, where)
    more = len(groups.names) - 1
    if more < 1:
        raise EstimationError(f"'{variable}' by '{by}': a rank test compares groups, only one has answers.")
    df = _df(design, groups.used, more, groups.what)
    scores = np.zeros(len(design))
    scores[groups.used] = _scores(groups.answers[groups.used], design.weights[groups.used], score, ties)
    against_first = np.column_stack([-np.ones(more), np.eye(more)])
    mass, sums = groups.sums(design.weights, scores)
    influence = groups.influence(scores, against_first)
    v = covariance(design, np.zeros(more), lambda: influence, lambda weights: weights @ influence)
    estimate = against_first @ (sums / mass)
    if more == 1:
        return _t(
            float(estimate[0]), float(v[0, 0]), 0.0, df, level, float(np.abs(scores).max()), groups,
            f"Design-based rank test of two groups ({score})",
        )  # fmt: skip
    statistic = quadratic_form(estimate, v, groups.what) / more
    return TestResult(
        statistic, float(more), df, float(special.fdtrc(more, df, statistic)),
        f"Design-based rank test of {more + 1} groups ({'Kruskal-Wallis' if score == 'wilcoxon' else score}, F)",
        **groups.told,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Groups:
    """Rows of a domain that answered, in k groups; `codes` are 0 to k-1, and 0 with `used` false elsewhere."""

    design: SurveyDesign
    answers: FloatArray
    codes: IntArray
    names: list[str]
    domain: BoolArray
    used: BoolArray
    what: str
    told: dict[str, Any]

    def sums(self, weights: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(k,) sums of weights and of weighted values."""
        inside = np.where(self.used, weights, 0.0)
        size = len(self.names)
        mass: FloatArray = np.bincount(self.codes, inside, size).astype(np.float64)
        return mass, np.bincount(self.codes, inside * values, size).astype(np.float64)

    def influence(self, values: FloatArray, contrasts: FloatArray) -> FloatArray:
        """(n, q) influence of q contrasts of the group means: c·(y - ȳ)/Ŵ of the row's own group."""
        mass, sums = self.sums(self.design.weights, values)
        residual = np.where(self.used, (values - (sums / mass)[self.codes]) / mass[self.codes], 0.0)
        influence: FloatArray = residual[:, None] * contrasts.T[self.codes]
        return influence


def _groups(
    design: SurveyDesign, variable: str, values: FloatArray, by: str | None, where: Where
) -> _Groups:  # fmt: skip
    what = f"'{variable}'" if by is None else f"'{variable}' by '{by}'"
    weighted = design.weights > 0
    mask, words = domain_of(design, where, variable)
    domain = weighted if mask is None else weighted & mask
    used = domain & np.isfinite(values)
    codes, names = np.zeros(len(design), np.int64), ["all"]
    if by is not None:
        names, codes = categories_of(design, by)
        used = used & (codes >= 0)
        present = np.bincount(codes[used], minlength=len(names)) > 0
        names = [name for name, there in zip(names, present, strict=True) if there]
        codes = np.where(used, (np.cumsum(present) - 1)[codes], 0)
    if not used.any():
        raise EstimationError(f"{what}: nobody in the domain has answers.")
    about = told(design, variable if by is None else f"{variable} by {by}", words)
    return _Groups(design, np.where(used, values, 0.0), codes, names, domain, used, what, about)


def _df(design: SurveyDesign, rows: BoolArray, contrasts: int, what: str) -> float:
    of_design = degrees_of_freedom(design, rows)
    if of_design - contrasts <= 0:
        raise EstimationError(
            f"{what}: the design has {of_design:.0f} degrees of freedom, the test needs at least {contrasts + 1}."
        )
    return of_design - contrasts


def _t(
    estimate: float, variance: float, null: float, df: float, level: float, largest: float, groups: _Groups,
    method: str,
) -> TestResult:  # fmt: skip
    se = float(np.sqrt(variance)) if variance >= 0 else float(variance)
    if not se > _ROUNDING * largest:
        reason = "a group has no answers in some replicate" if np.isnan(se) else "the answers do not vary"
        raise EstimationError(f"{groups.what}: {reason}, no test exists.")
    statistic = (estimate - null) / se
    half = float(special.stdtrit(df, 0.5 + level / 2)) * se
    p = float(2 * special.stdtr(df, -abs(statistic)))
    return TestResult(statistic, 1.0, df, p, method, estimate, se, estimate - half, estimate + half, **groups.told)


def _in_order(design: SurveyDesign, variable: str) -> FloatArray:
    """(n,) numbers, or places of categories that have an order; NaN where missing."""
    column = design.column(variable)
    if isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered:
        codes = column.cat.codes.to_numpy(np.float64)
        return np.where(codes >= 0, codes, np.nan)
    return numbers_of(design, variable)


def _scores(values: FloatArray, weights: FloatArray, score: Score, ties: Ties) -> FloatArray:
    """(n,) scores of the estimated population ranks."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    reached = np.cumsum(weights[order])
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    counts = np.diff(np.r_[starts, len(values)])
    if ties == "r":
        of_value = np.add.reduceat(reached - weights[order] / 2, starts) / counts
    else:
        ends = reached[starts + counts - 1]
        of_value = (np.r_[0.0, ends[:-1]] + ends) / 2
    total = reached[-1]
    if score == "wilcoxon":
        of_value = of_value / total
    elif score == "vanderwaerden":
        of_value = special.ndtri(of_value / total)
    else:
        # A rank of exactly one half is not above it, whatever the rounding of the sums.
        of_value = (of_value > total / 2 * (1 + _ROUNDING)).astype(np.float64)
    scores = np.empty(len(values))
    scores[order] = np.repeat(of_value, counts)
    return scores
