"""Means, totals and proportions with linearised standard errors, for the whole sample and for domains."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.codebook import SELECTED
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import intervals
from kzm_surveys.estimation.estimates import Base, Estimate, Estimates, flags
from kzm_surveys.estimation.linearization import covariance, degrees_of_freedom
from kzm_surveys.estimation.replication import replicate_covariance, replicate_degrees_of_freedom
from kzm_surveys.estimation.variables import Where, categories_of, domain_mask, in_base, numbers_of
from kzm_surveys.record import kish_deff

#: Columns of an estimate between the estimate itself and its flag, in order.
_FILLED = ("se", "ci_low", "ci_high", "df", "n", "n_eff", "deff")
Deff = Literal["without", "with"]


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
        Statistic "mean", in units of the variable.

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
    if base == "asked":
        raise EstimationError(f"mean of '{variable}': base='asked' has no meaning, who did not answer has no number.")
    values = numbers_of(design, variable)
    answered = np.isfinite(values)
    cells = _Cells(design, variable, by, where)
    for group in range(cells.n_groups):
        cells.add(None, group, np.where(answered, values, 0.0), cells.groups(group) & answered)
    return cells.estimates("mean", base=base, level=level, deff=deff)


def total(
    design: SurveyDesign, variable: str, *, by: str | None = None, where: Where = None, base: Base = "answered",
    level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Weighted total Σwy of a number, or the weighted count of each category of a categorical variable.

    Parameters, base and errors as in :func:`mean`; missing answers add nothing.

    Returns
    -------
    Estimates
        Statistic "total"; a row per category for a categorical variable.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0], "w": [2.0] * 4})
    >>> total(SurveyDesign(frame, "w"), "y").frame[["estimate", "se"]].round(4).values.tolist()
    [[24.0, 8.641]]
    """
    if base == "asked":
        raise EstimationError(f"total of '{variable}': base='asked' has no meaning, it equals base='answered'.")
    column = design.column(variable)
    cells = _Cells(design, variable, by, where)
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    for group in range(cells.n_groups):
        if numeric:
            values = numbers_of(design, variable)
            answered = np.isfinite(values)
            cells.add(None, group, np.where(answered, values, 0.0), cells.groups(group) & answered)
            continue
        names, codes = categories_of(design, variable)
        for code, name in enumerate(names):
            cells.add(name, group, (codes == code).astype(float), cells.groups(group) & (codes >= 0))
    return cells.estimates("total", base=base, level=level, deff=deff)


def proportion(
    design: SurveyDesign, variable: str, *, by: str | None = None, where: Where = None, base: Base = "answered",
    ci: intervals.ProportionInterval = "logit", level: float = 0.95, deff: Deff = "without",
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
        "logit", "beta" or "wald", see :func:`kzm_surveys.estimation.intervals.proportion`.
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
    if ci not in intervals.METHODS:
        raise EstimationError(one_of("unknown ci", ci, intervals.METHODS))
    names, codes = categories_of(design, variable)
    wanted: list[tuple[str, list[str]]] = [(name, [name]) for name in names]
    if categories is not None:
        if not categories or len(set(categories)) < len(categories):
            raise EstimationError(
                f"{variable}: categories must name one or more different categories, found {list(categories)}."
            )
        for name in categories:
            if name not in names:
                raise EstimationError(f"{variable}: " + one_of("unknown category", name, names))
        wanted = [("+".join(categories), list(categories))]
    inside = in_base(design, variable, codes, base)
    cells = _Cells(design, variable, by, where)
    for group in range(cells.n_groups):
        domain = cells.groups(group) & inside
        for label, members in wanted:
            hit = np.isin(codes, [names.index(member) for member in members])
            cells.add(label, group, hit.astype(float), domain)
    return cells.estimates("proportion", base=base, level=level, deff=deff, ci=ci)


def multiple_response(
    design: SurveyDesign, name: str, *, by: str | None = None, where: Where = None, base: Base = "answered",
    ci: intervals.ProportionInterval = "logit", level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Share of respondents who chose each option of a select-all set declared in the codebook.

    Parameters, base and errors as in :func:`proportion`. The shares may sum to more than 1.

    Returns
    -------
    Estimates
        A row per option: ``variable`` is the option's variable, ``category`` the option's name.
    """
    if design.survey is None:
        raise EstimationError(f"'{name}': sets are declared in a codebook; make the design with from_survey.")
    codebook = design.survey.codebook
    if name not in codebook.sets:
        raise EstimationError(one_of("unknown select-all set", name, codebook.sets))
    parts = []
    for member in codebook.sets[name]:
        part = proportion(
            design,
            member,
            by=by,
            where=where,
            base=base,
            ci=ci,
            level=level,
            deff=deff,
            categories=[SELECTED],
        )
        parts.append(part.renamed(partial(_as_option, item=codebook[member].item), part.where))
    return Estimates.concat(parts)


def battery(
    design: SurveyDesign, name: str, categories: Sequence[str], *, where: Where = None, base: Base = "answered",
    ci: intervals.ProportionInterval = "logit", level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Share of some categories together for every item of a battery declared in the codebook.

    Parameters, base and errors as in :func:`proportion`.

    Returns
    -------
    Estimates
        A row per item: ``variable`` is the item's variable.
    """
    if design.survey is None:
        raise EstimationError(f"'{name}': batteries are declared in a codebook; make the design with from_survey.")
    members = design.survey.codebook.members(name)
    return Estimates.concat(
        [
            proportion(
                design, member, where=where, base=base, ci=ci, level=level, deff=deff, categories=list(categories)
            )
            for member in members
        ]
    )


def _as_option(row: Estimate, item: str | None) -> Estimate:
    """The same estimate, named by the option in place of "selected"."""
    return row._replace(category=item)


class _Cells:
    """Collects numerators and domains, then turns them all into estimates at once."""

    def __init__(self, design: SurveyDesign, variable: str, by: str | None, where: Where) -> None:
        self.design, self.variable, self.by = design, variable, by
        self.domain, self.where = domain_mask(design, where)
        self.group_names: list[str | None] = [None]
        self._codes = np.zeros(len(design), np.int64)
        if by is not None:
            names, self._codes = categories_of(design, by)
            self.group_names = list(names)
        if not (self.domain & (design.weights > 0)).any():
            raise EstimationError(f"'{variable}': the domain is empty.")
        self.keys: list[tuple[str | None, int]] = []
        self.values: list[FloatArray] = []
        self.bases: list[BoolArray] = []

    @property
    def n_groups(self) -> int:
        return len(self.group_names)

    def groups(self, group: int) -> BoolArray:
        """Rows of the domain in one group."""
        return self.domain & (self._codes == group)

    def add(self, category: str | None, group: int, values: FloatArray, base: BoolArray) -> None:
        self.keys.append((category, group))
        self.values.append(values)
        self.bases.append(base & (self.design.weights > 0))

    def estimates(
        self, statistic: str, *, base: Base, level: float, deff: Deff,
        ci: intervals.ProportionInterval | None = None,
    ) -> Estimates:  # fmt: skip
        w = self.design.weights
        if not 0 < level < 1:
            raise EstimationError(f"level must lie between 0 and 1, found {level}.")
        if deff not in ("without", "with"):
            raise EstimationError(one_of("unknown deff", deff, ("without", "with")))
        y, inside = np.column_stack(self.values), np.column_stack(self.bases)
        n = inside.sum(axis=0)
        mass = w @ inside
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = (w @ (inside * y)) / mass
        is_total = statistic == "total"
        estimate = np.where(mass > 0, centre * mass, 0.0) if is_total else centre
        cell_n = (inside & (y != 0)).sum(axis=0) if ci is not None else n
        shape = {"n": n, "n_eff": np.full(len(n), np.nan)}
        out = {name: np.full(len(n), np.nan) for name in ("se", "ci_low", "ci_high", "df", "deff")} | shape
        matrix = np.full((len(n), len(n)), np.nan)
        opt_in = self.design.sampling == "opt_in"
        if not opt_in:
            matrix = self._fill(out, y, inside, centre, mass, is_total=is_total, level=level, deff=deff, ci=ci)
        marks = flags(
            n,
            cell_n,
            shares=ci is not None,
            subgroup=self.by is not None or self.where is not None,
            opt_in=opt_in,
        )
        numbers = zip(*(values.tolist() for values in (estimate, *(out[name] for name in _FILLED))), strict=True)
        rows = tuple(
            Estimate._make(
                (self.variable, category, self.by, self.group_names[group], statistic, *values, flag, base, self.where)
            )
            for (category, group), values, flag in zip(self.keys, numbers, marks, strict=True)
        )
        return Estimates(rows, matrix, cell_n, base, level, self.design, self.where)

    def _fill(
        self, out: dict[str, FloatArray], y: FloatArray, inside: BoolArray, centre: FloatArray, mass: FloatArray,
        *, is_total: bool, level: float, deff: Deff, ci: intervals.ProportionInterval | None,
    ) -> FloatArray:  # fmt: skip
        """Fill standard errors, intervals, df and design effects into `out`; return the covariance matrix."""
        design, n = self.design, out["n"].astype(np.float64)
        safe_mass, safe_centre = np.where(mass > 0, mass, 1.0), np.where(mass > 0, centre, 0.0)
        influence = inside * y if is_total else inside * (y - safe_centre) / safe_mass
        if design.replicates is not None:
            point = safe_centre * safe_mass if is_total else safe_centre
            matrix = replicate_covariance(design, y, inside, point, is_total=is_total)
        else:
            matrix = covariance(design, influence)
        empty = mass <= 0
        if not is_total and empty.any():
            matrix[empty, :] = matrix[:, empty] = np.nan
        variance = np.diag(matrix).clip(min=0)
        out["se"] = np.sqrt(variance)
        if design.replicates is not None:
            by_group = [replicate_degrees_of_freedom(design)] * self.n_groups
        else:
            by_group = [degrees_of_freedom(design, self.groups(g)) for g in range(self.n_groups)]
        out["df"] = np.array([by_group[key[1]] for key in self.keys])
        srs = _srs_variance(design, y, inside, safe_centre, mass, n, is_total=is_total, deff=deff)
        with np.errstate(invalid="ignore", divide="ignore"):
            # A variance that is zero but for rounding has no design effect.
            ratio = np.where(srs > 1e-14 * np.maximum(safe_centre**2, 1e-30) / np.maximum(n, 1), variance / srs, np.nan)
        out["deff"] = ratio
        kish = np.array(
            [n_k / kish_deff(design.weights[d]) if n_k else 0.0 for n_k, d in zip(n, inside.T, strict=True)]
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            out["n_eff"] = np.where(np.isfinite(ratio) & (ratio > 0), n / ratio, kish)
        if ci is not None:
            out["ci_low"], out["ci_high"] = intervals.proportion(
                safe_centre, out["se"], out["df"], n, kish, level=level, method=ci
            )
        else:
            value = safe_centre * safe_mass if is_total else safe_centre
            out["ci_low"], out["ci_high"] = intervals.wald(value, out["se"], out["df"], level)
        return matrix


def _srs_variance(
    design: SurveyDesign, y: FloatArray, inside: BoolArray, centre: FloatArray, mass: FloatArray, n: FloatArray,
    *, is_total: bool, deff: Deff,
) -> FloatArray:  # fmt: skip
    """Variance that a simple random sample of the same size would have (R's ``svyvar``-based reference)."""
    w = design.weights
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (w @ (inside * (y - centre) ** 2)) / mass * n / (n - 1)
        # Weights that sum to about n are relative: they know no population, which then counts as infinite.
        of_population = deff == "without" and w.sum() > 1.001 * (w > 0).sum()
        finite = np.where(of_population & (mass > n), 1 - n / mass, 1.0)
        reference: FloatArray = spread / n * finite * (mass**2 if is_total else 1.0)
    return reference
