"""Means, totals, ratios and proportions for the whole sample and for domains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.crossing import MEAN, Crossing, OfSums, divided, far_from_zero, results_as_estimates
from kzm_surveys.estimation.estimates import Base, Estimates
from kzm_surveys.estimation.finish import Deff, check_options
from kzm_surveys.estimation.intervals import ProportionInterval
from kzm_surveys.estimation.variables import Where, coded, column_of, net_members, numbers_of, with_base


def mean(
    design: SurveyDesign, variable: str, *, by: str | None = None, where: Where = None, base: Base = "answered",
    level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Weighted mean of a number, Σwy/Σw over those who answered.

    Parameters
    ----------
    design
        The design.
    variable
        Numeric (or boolean) column.
    by
        Column of groups; one row per group.
    where
        Boolean mask or boolean column: the domain. Rows outside it stay in the design.
    base
        Only "answered": who did not answer has no number.
    level
        Of the t interval.
    deff
        Against simple random sampling "without" or "with" replacement. Without replacement needs weights on
        the population's scale; with relative weights (sum ≤ n) the population counts as infinite.

    Returns
    -------
    Estimates
        Statistic "mean", in units of the variable. Degrees of freedom: sampling units less strata among all rows of
        the domain (R's ``degf`` of the subset).

    Raises
    ------
    EstimationError
        Unknown or non-numeric column, empty domain, base="asked".

    Notes
    -----
    Influence of row i: (yᵢ - ȳ)/Ŵ in the domain, 0 outside (Woodruff 1971; Särndal et al. 1992, sec. 5.7).

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0], "g": list("aabb")})
    >>> mean(SurveyDesign(frame), "y").frame[["estimate", "se", "df", "n"]].round(4).values.tolist()
    [[3.0, 1.0801, 3.0, 4.0]]
    """
    _answered_only("mean", variable, base)
    return _of_numbers(design, [variable], "mean", *MEAN, by=by, where=where, level=level, deff=deff)


def total(
    design: SurveyDesign, variable: str, *, by: str | None = None, where: Where = None, base: Base = "answered",
    level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Weighted total Σwy of a number, or the weighted count of each category of a categorical variable.

    Parameters, base and errors as in :func:`mean`; missing answers add nothing.

    Returns
    -------
    Estimates
        Statistic "total"; a row per category for a categorical variable. Relative weights (mean 1) give totals of the
        sample's size, and print says so; rake to counts, or with ``total=``, for totals of the population.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0], "w": [2.0] * 4})
    >>> total(SurveyDesign(frame, "w"), "y").frame[["estimate", "se"]].round(4).values.tolist()
    [[24.0, 8.641]]
    """
    _answered_only("total", variable, base)
    column = column_of(design, variable)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):

        def value(sums: FloatArray) -> FloatArray:
            return sums[1]

        def slope(sums: FloatArray) -> FloatArray:
            return np.stack([np.zeros_like(sums[0]), np.ones_like(sums[1])])

        return _of_numbers(design, [variable], "total", value, slope, by=by, where=where, level=level, deff=deff)
    check_options(level, deff)
    names, codes = coded(design, variable)
    crossing = Crossing.of(design, variable, by, where, (codes, len(names)))
    members = np.eye(len(names) + 1, dtype=bool)[1:]
    counts = crossing.shares(members, np.arange(len(names) + 1) > 0, of_total=True)
    words = {"variable": variable, "category": names, "statistic": "total"}
    return results_as_estimates(crossing, counts, words, base=base, level=level, deff=deff, ci=None)


def ratio(
    design: SurveyDesign, numerator: str, denominator: str, *, by: str | None = None, where: Where = None,
    base: Base = "answered", level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Ratio of two totals, Σwy/Σwx, over those who have both numbers.

    Parameters, base and errors as in :func:`mean`.

    Returns
    -------
    Estimates
        Statistic "ratio", `variable` is "numerator/denominator"; NaN where the denominator's total is zero.

    Notes
    -----
    Influence of row i: (yᵢ - R·xᵢ)/X̂ (Särndal et al. 1992, sec. 5.6; R's ``svyratio``).

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0], "x": [2.0, 2.0, 4.0, 4.0]})
    >>> ratio(SurveyDesign(frame), "y", "x").frame[["estimate", "se"]].round(4).values.tolist()
    [[1.0, 0.2357]]
    """
    _answered_only("ratio", f"{numerator}/{denominator}", base)

    def value(sums: FloatArray) -> FloatArray:
        return divided(sums[1], sums[2])

    def slope(sums: FloatArray) -> FloatArray:
        one = np.ones_like(sums[0])
        return np.stack([0 * one, divided(one, sums[2]), -divided(sums[1], sums[2] ** 2)])

    return _of_numbers(
        design, [numerator, denominator], "ratio", value, slope, by=by, where=where, level=level, deff=deff
    )


def proportion(
    design: SurveyDesign, variable: str, *, by: str | None = None, where: Where = None, base: Base = "answered",
    ci: ProportionInterval = "logit", level: float = 0.95, deff: Deff = "without",
    categories: Sequence[str] | None = None,
) -> Estimates:  # fmt: skip
    """Weighted share (0-1) of each category.

    Parameters
    ----------
    design, by, where, level, deff
        As in :func:`mean`.
    variable
        Categorical, text, boolean, or whole numbers with at most 20 different values.
    base
        "answered": those who gave one of the categories. "asked": all who were asked the question, so that
        don't know, refusals and declared reasons stand in the denominator and the shares sum to less than 1.
    ci
        Kind of interval, see :func:`kzm_surveys.estimation.intervals.proportion`.
    categories
        One share of these categories together (their net) in place of a row per category.

    Returns
    -------
    Estimates
        Statistic "proportion"; a net's category is its names joined by "+".

    Raises
    ------
    EstimationError
        Unknown column or category, a continuous variable, an empty domain.

    Examples
    --------
    >>> frame = pd.DataFrame({"q": ["a", "b", "b", "b"]})
    >>> proportion(SurveyDesign(frame), "q").frame[["category", "estimate"]].values.tolist()
    [['a', 0.25], ['b', 0.75]]
    """
    check_options(level, deff, ci)
    names, codes = coded(design, variable)
    labels, members = net_members(variable, names, categories)
    answers, in_base = with_base(design, variable, (codes, len(names)), base)
    crossing = Crossing.of(design, variable, by, where, answers)
    members = np.pad(members, ((0, 0), (1, answers[1] - len(names))))
    words = {"variable": variable, "category": labels, "statistic": "proportion"}
    found = crossing.shares(members, in_base)
    return results_as_estimates(crossing, found, words, base=base, level=level, deff=deff, ci=ci)


def _answered_only(what: str, variable: str, base: Base) -> None:
    """Refuse base="asked": who did not answer has no number."""
    if base == "asked":
        raise EstimationError(
            f"{what} of '{variable}': base='asked' has no meaning, who did not answer has no number. Leave base out."
        )
    if base != "answered":
        raise EstimationError(one_of("unknown base", base, ("answered",)))


def _of_numbers(
    design: SurveyDesign, variables: Sequence[str], statistic: str, value: OfSums, slope: OfSums, *, by: str | None,
    where: Where, level: float, deff: Deff,
) -> Estimates:  # fmt: skip
    """Estimates that are a function of the weighted sums of numbers in each group."""
    check_options(level, deff)
    columns, shifts = [], []
    answered = None
    for name in variables:
        column = numbers_of(design, name)
        missing = np.isnan(column)
        if missing.any():
            answered = ~missing if answered is None else answered & ~missing
        columns.append(column)
    codes = np.zeros(len(design), np.int8) if answered is None else answered.astype(np.int8) - np.int8(1)
    for place, column in enumerate(columns):
        shift = far_from_zero(column)
        centred = column - shift if shift else column
        columns[place] = centred if answered is None else np.where(answered, centred, 0.0)
        shifts.append(shift)
    crossing = Crossing.of(design, variables[0], by, where, (codes, 1), columns)
    found = crossing.of_numbers(value, slope, np.array(shifts), of_total=statistic == "total")
    words: dict[str, str | Sequence[str | None]] = {"variable": "/".join(variables), "statistic": statistic}
    return results_as_estimates(crossing, found, words, base="answered", level=level, deff=deff, ci=None)
