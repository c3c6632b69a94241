"""Generalised linear models with design-based covariance.

Weighted score equations solved by Newton's method on the normal equations, block by block of rows; the covariance is
that of the influence values A⁻¹x(y - μ) under the design (Binder 1983, International Statistical Review 51, 279-292).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import variance
from kzm_surveys.estimation.families import BINOMIAL, FAMILIES, GAUSSIAN, POISSON, Family, FamilyName
from kzm_surveys.estimation.finish import check_level
from kzm_surveys.estimation.formula import Categories, Factor, Formula, factor_of, parse
from kzm_surveys.estimation.model import Model
from kzm_surveys.estimation.model_matrix import ModelMatrix, model_matrix, rows_counted
from kzm_surveys.estimation.newton import Point, blocks, solve
from kzm_surveys.estimation.variables import Where, domain_mask, require_design

#: With more rows than this the iteration starts from the fit to every k-th row, SUBSAMPLE rows in all.
LARGE, SUBSAMPLE = 100_000, 20_000


def glm(
    design: SurveyDesign, formula: str, *, family: FamilyName = "gaussian", where: Where = None, level: float = 0.95,
) -> Model:  # fmt: skip
    """Generalised linear model with the canonical link and design-based standard errors, as R's ``svyglm``.

    Parameters
    ----------
    design
        The design. With replicate weights the model is fitted again in each replicate.
    formula
        ``"y ~ a + b + a:b"``: columns, ``C(column)`` for numbers that are categories, expressions such as
        ``log(x)`` and ``I(x ** 2)``, ``Q("a name")``; ``- 1`` leaves the intercept out. Categories are in the
        codebook's order and compared with the first that has rows, or with the one named by ``C(a, Treatment("b"))``.
    family
        "gaussian" (identity link), "binomial" (logit) or "poisson" (log). "quasibinomial" and "quasipoisson" are the
        same fit: the design gives the variance, whatever the distribution. The response of a logit is True/False, 0/1
        or a column of two categories, of which the model is for the second.
    where
        Boolean mask or boolean column: the domain. Rows outside it, and rows that miss the response or a predictor,
        stay in the design.
    level
        Of the intervals.

    Returns
    -------
    Model
        Terms are named ``(Intercept)``, ``x``, ``a[category]``, ``a[category]:x``.

    Raises
    ------
    EstimationError
        Unknown family or names; a response that the family does not allow, or that does not vary; an empty domain;
        collinear columns; separation in a logit or Poisson model; an opt-in sample without justification.

    See Also
    --------
    Model.term_test, Model.margins, Model.odds_ratios : tests of terms, average marginal effects and odds ratios of the
        result; :func:`kzm_surveys.contrast` combines its coefficients.

    Notes
    -----
    Degrees of freedom are those of the design among the rows used (with replicates: among the rows of the domain, also
    those with missing answers), plus one, less the number of parameters, as in R. If that is not positive, estimates
    and standard errors stand and intervals and p-values are NaN. R stops iterating at 1e-8 of the deviance, which
    leaves up to 1e-4 in its standard errors; here the score is solved to 1e-12, as R does with
    ``control = glm.control(epsilon = 1e-15, maxit = 100)``. Categories without rows are left out and collinear
    columns are an error; R gives them NA.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"y": [0, 1, 0, 1, 1, 0, 1, 1], "g": list("aaaabbbb")})
    >>> glm(SurveyDesign(frame), "y ~ g", family="binomial").frame[["term", "estimate", "se"]].round(4).values.tolist()
    [['(Intercept)', 0.0, 1.069], ['g[b]', 1.0986, 1.633]]
    """
    check_level(level)
    if family not in FAMILIES:
        raise EstimationError(one_of("glm: unknown family", family, FAMILIES))
    require_design(design)
    design.require_inference("glm")
    read = parse(formula, [str(name) for name in design.frame.columns])
    inside, words = domain_mask(design, where)
    response = factor_of(design, read.response)
    y, success = _numbers(response, family)
    matrix = model_matrix(design, read, inside & ~np.isnan(y))
    w, y = matrix.used(design.weights), matrix.used(y)
    _check(y, read, FAMILIES[family], family)
    fit = _Glm(design, read, matrix, FAMILIES[family], y, w)
    back, coefficients = matrix.back, matrix.back @ fit.point.parameters
    covariance = variance.covariance(
        design, coefficients, lambda: fit.influence(back), lambda weights: back @ fit.solved(weights)
    )
    df = variance.degrees_of_freedom(design, rows_counted(design, matrix, inside)) + 1 - len(matrix.layout)
    response_name = read.response if success is None else f"{read.response} = {success}"
    mean_weight = float(design.weights[inside & (design.weights > 0)].mean())
    return Model(
        family=family, link=fit.family.link, formula=formula, response=response_name,
        names=matrix.names, terms=tuple(column.term for column in matrix.layout), coefficients=coefficients,
        covariance=covariance, naive=fit.naive, df=df, n=len(y), level=level,
        deviance=fit.deviance / float(design.weights[inside].mean()),
        dispersion=fit.dispersion(mean_weight), where=words, design=design, fit=fit,
    )  # fmt: skip


def _numbers(response: Factor, family: str) -> tuple[FloatArray, str | None]:
    """(n,) response as numbers, NaN where missing, and the category that counts as 1."""
    if not isinstance(response, Categories):
        return response.values, None
    names, codes = response.names, response.codes
    if names == ["False", "True"]:
        return np.where(codes < 0, np.nan, codes), None
    if FAMILIES[family].link != "logit":
        raise EstimationError(f"glm: '{response.label}' is categorical; family '{family}' needs numbers.")
    if len(names) == 1:
        raise EstimationError(f"glm: '{response.label}' has one outcome only; a logit needs two.")
    if len(names) != 2:
        raise EstimationError(
            f"glm: '{response.label}' has {len(names)} categories, a logit needs two. Write the outcome as an "
            f"expression, such as I({response.label} == {names[-1]!r}), or use ordinal()."
        )
    return np.where(codes < 0, np.nan, codes), names[1]


def _check(y: FloatArray, formula: Formula, family: Family, name: str) -> None:
    """Refuse a response outside the range of the family, or without variation."""
    low, high = float(y.min()), float(y.max())
    if family.link == "logit" and not np.isin(y, (0.0, 1.0)).all():
        raise EstimationError(
            f"glm: family '{name}' needs a response of True/False, 0/1 or two categories; "
            f"'{formula.response}' has other numbers."
        )
    if family is POISSON and low < 0:
        raise EstimationError(f"glm: family '{name}' needs counts; '{formula.response}' has negative numbers.")
    if low == high:
        raise EstimationError(
            f"glm: '{formula.response}' has the same value in all rows used; there is nothing to model."
        )


@dataclass(frozen=True, eq=False)
class _Equations:
    """X'(y - μ) = 0 over the rows of a table: weights summed, and weights times response summed."""

    text: str
    names: Sequence[str]
    table: FloatArray
    mass: FloatArray
    total: FloatArray
    family: Family
    unit: float

    def at(self, parameters: FloatArray) -> Point:
        p = len(parameters)
        mean, score, information, unit = np.empty(len(self.table)), np.zeros(p), np.zeros((p, p)), 0.0
        with np.errstate(invalid="ignore", over="ignore"):
            for block in blocks(len(self.table)):
                x, mass = self.table[block], self.mass[block]
                mean[block] = mu = self.family.mean(x @ parameters)
                score += x.T @ (self.total[block] - mass * mu)
                weight = mass * self.family.variance(mu)
                information += x.T @ (x * weight[:, None])
                unit += float(weight.sum())
        return Point(parameters, score, information, unit * self.unit, mean)

    def gram(self) -> FloatArray:
        result: FloatArray = self.table.T @ (self.table * self.mass[:, None])
        return result

    def reach(self, direction: FloatArray) -> tuple[FloatArray, float]:
        move = self.table @ direction
        longest = float(np.abs(move).max()) or 1.0
        some, all_ = self.total > 0, self.total >= self.mass * (1 - 1e-12)
        if self.family is BINOMIAL:
            against = np.maximum(np.where(some, -move, 0.0), np.where(all_, 0.0, move))
        elif self.family is POISSON:
            against = np.where(some, np.abs(move), move)
        else:
            against = np.abs(move)
        moves = np.abs(direction) * np.abs(self.table).max(axis=0)
        return moves / moves.max(), float(against[self.mass > 0].max()) / longest


@dataclass(frozen=True, eq=False)
class _Glm:
    """The fit and what can be asked of it again: refits, deviances, predictions."""

    design: SurveyDesign
    formula: Formula
    matrix: ModelMatrix
    family: Family
    y: FloatArray
    weights: FloatArray
    categories: tuple[str, ...] = ()

    @cached_property
    def point(self) -> Point:
        """The solution, for the shifted columns."""
        equations = self._equations(self.weights, np.ones(len(self.matrix.layout), dtype=bool))
        start = np.zeros(len(equations.names))
        if self.formula.intercept:
            start[0] = self.family.predictor(float(equations.total.sum() / equations.mass.sum()))
        if len(equations.table) > LARGE and self.family is not GAUSSIAN:
            start = _from_subsample(equations, start)
        return solve(equations, start)

    def _equations(self, weights: FloatArray, kept: BoolArray) -> _Equations:
        """Score equations with some weights of the rows used, for some of the columns."""
        table = self.matrix.table if kept.all() else self.matrix.table[:, kept]
        names = [name for name, keep in zip(self.matrix.names, kept, strict=True) if keep]
        mass, total = self.matrix.sums(weights), self.matrix.sums(weights * self.y)
        return _Equations(self.formula.text, names, table, mass, total, self.family, self._unit)

    @cached_property
    def _unit(self) -> float:
        """Square of the unit of the response."""
        return (float(np.var(self.y)) or 1.0) if self.family is GAUSSIAN else 1.0

    @property
    def parameters(self) -> FloatArray:
        """(p,) solution, for the shifted columns."""
        return self.point.parameters

    @cached_property
    def naive(self) -> FloatArray:
        """(p, p) inverse of the information."""
        result: FloatArray = self.matrix.back @ np.linalg.solve(self.point.information, self.matrix.back.T)
        return result

    def influence(self, linear: FloatArray) -> FloatArray:
        """(n, k) derivatives of k linear functions (k, p) of the solution by each row's weight."""
        table, residuals = self.matrix.table, self.y - self.matrix.spread(self.point.fitted)
        spread = np.linalg.solve(self.point.information, linear.T)
        out = np.empty((len(linear), len(residuals))).T
        if self.matrix.cells is None:
            for block in blocks(len(table)):
                out[block] = (table[block] * residuals[block, None]) @ spread
        else:
            for line, column in zip(out.T, (table @ spread).T, strict=True):
                np.multiply(column[self.matrix.cells], residuals, out=line)
        return self.matrix.placed(out, len(self.design))

    def solved(self, weights: FloatArray) -> FloatArray:
        """(p,) solution with other weights of the design's rows."""
        every = np.ones(len(self.matrix.layout), dtype=bool)
        try:
            return solve(self._equations(self.matrix.used(weights), every), self.point.parameters).parameters
        except EstimationError as error:
            raise EstimationError(f"in a replicate: {error}") from None

    def predicted(self, table: FloatArray, parameters: FloatArray) -> FloatArray:
        """(1, g) means."""
        return self.family.mean(table @ parameters)[None]

    def predicted_gradient(self, table: FloatArray, mass: FloatArray) -> FloatArray:
        """(1, p) derivative of the weighted sum of the means by the solution."""
        mu = self.family.mean(table @ self.point.parameters)
        return ((mass * self.family.variance(mu)) @ table)[None]

    def slope(self, table: FloatArray, change: FloatArray, parameters: FloatArray) -> FloatArray:
        """(1, g) derivatives of the means by a variable that changes the columns by `change`."""
        return (self.family.variance(self.family.mean(table @ parameters)) * (change @ parameters))[None]

    def slope_gradient(self, table: FloatArray, change: FloatArray, mass: FloatArray) -> FloatArray:
        """(1, p) derivative of the weighted sum of the slopes by the solution."""
        mu = self.family.mean(table @ self.point.parameters)
        bend = mass * self.family.curvature(mu) * (change @ self.point.parameters)
        return (bend @ table + (mass * self.family.variance(mu)) @ change)[None]

    @cached_property
    def deviance(self) -> float:
        """Weighted sum of the unit deviances."""
        return self._deviance(self.point.fitted)

    def deviance_without(self, dropped: BoolArray) -> float:
        """Deviance of the fit to the same rows without some columns."""
        equations = self._equations(self.weights, ~dropped)
        if not equations.names:
            return self._deviance(self.family.mean(np.zeros(len(equations.table))))
        return self._deviance(solve(equations, self.point.parameters[~dropped] * 0).fitted)

    def _deviance(self, fitted: FloatArray) -> float:
        return float(self.weights @ self.family.deviance(self.y, self.matrix.spread(fitted)))

    def dispersion(self, mean_weight: float) -> float:
        """Weighted variance of the Pearson residuals as in R's summary; `mean_weight` is that of the domain."""
        mu, n, total = self.point.fitted, len(self.y), float(self.weights.sum())
        if n < 2:
            return float("nan")
        with np.errstate(invalid="ignore", divide="ignore"):
            pearson = (self.y - self.matrix.spread(mu)) / self.matrix.spread(np.sqrt(self.family.variance(mu)))
        centre = self.weights @ pearson / total
        return float(self.weights @ (pearson - centre) ** 2) / (n - 1) / mean_weight


def _from_subsample(equations: _Equations, start: FloatArray) -> FloatArray:
    """Starting values from every k-th row; the given ones if those rows do not determine a fit."""
    every = slice(None, None, len(equations.table) // SUBSAMPLE)
    few = replace(
        equations, table=equations.table[every].copy(order="F"), mass=equations.mass[every].copy(),
        total=equations.total[every].copy(),
    )  # fmt: skip
    try:
        return solve(few, start).parameters
    except EstimationError:
        return start
