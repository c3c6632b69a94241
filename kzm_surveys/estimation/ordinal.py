"""Ordinal logit (proportional odds) with design-based covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import special

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation import variance
from kzm_surveys.estimation.families import expit
from kzm_surveys.estimation.finish import check_level
from kzm_surveys.estimation.formula import Categories, Factor, factor_of, parse
from kzm_surveys.estimation.model import Model
from kzm_surveys.estimation.model_matrix import ModelMatrix, model_matrix, rows_counted
from kzm_surveys.estimation.newton import Point, solve
from kzm_surveys.estimation.variables import Where, categories_of, domain_mask, require_design


def ordinal(design: SurveyDesign, formula: str, *, where: Where = None, level: float = 0.95) -> Model:
    """Proportional odds model of an ordered answer, logit P(Y ≤ k) = ζₖ - x'b, as R's ``svyolr``.

    A positive coefficient means higher answers (McCullagh 1980, J. Royal Statistical Society B 42, 109-142).

    Parameters
    ----------
    design, where, level
        As in :func:`kzm_surveys.estimation.glm.glm`.
    formula
        ``"q ~ a + b"``; the response is a categorical column in the order of its categories, or whole numbers. Answers
        that nobody in the domain gave are left out of the scale.

    Returns
    -------
    Model
        Coefficients, then thresholds ζ named ``lower|higher``.

    Raises
    ------
    EstimationError
        As for ``glm``; a response without order (text) or with fewer than three answers in use.

    See Also
    --------
    Model.term_test, Model.margins, Model.odds_ratios : tests of terms, average marginal effects and odds ratios of the
        result; :func:`kzm_surveys.contrast` combines its coefficients.

    Notes
    -----
    Covariance from the influence values H⁻¹ ∂ log p/∂(b, ζ) with the observed information H, as ``svyolr``; degrees of
    freedom are those of the design less the number of coefficients, thresholds not counted, as in R. R's optimiser
    stops at about 1e-5 of the solution; here the score is solved to 1e-12.

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [1, 2, 3, 1, 2, 3, 3, 2], "g": list("aaaabbbb")})
    >>> ordinal(SurveyDesign(frame), "q ~ g").frame[["term", "estimate"]].round(3).values.tolist()
    [['g[b]', 1.913], ['1|2', -0.259], ['2|3', 1.707]]
    """
    check_level(level)
    require_design(design)
    design.require_inference("ordinal")
    read = parse(formula, [str(name) for name in design.frame.columns])
    if not read.intercept:
        raise EstimationError("ordinal: the thresholds stand in the place of the intercept; leave out '- 1' or '0 +'.")
    inside, words = domain_mask(design, where)
    response = _ordered(design, factor_of(design, read.response))
    matrix = model_matrix(design, read, inside & (response.codes >= 0))
    found, y = np.unique(matrix.used(response.codes), return_inverse=True)
    if len(found) < 3:
        raise EstimationError(
            f"ordinal: '{response.label}' has {len(found)} answers in the rows used; three are needed. Use "
            "glm(family='binomial') for two."
        )
    answers = tuple(response.names[code] for code in found)
    fit = _Ordinal(design, formula, matrix, answers, y, matrix.used(design.weights))
    back = fit.back
    coefficients = back @ fit.parameters
    covariance = variance.covariance(
        design, coefficients, lambda: fit.influence(back), lambda weights: back @ fit.solved(weights)
    )
    slopes = matrix.layout[1:]
    return Model(
        family="ordinal", link="logit", formula=formula, response=read.response, names=fit.names,
        terms=(*(column.term for column in slopes), *(None for _ in answers[1:])), coefficients=coefficients,
        covariance=covariance, naive=back @ np.linalg.solve(fit.point.information, back.T),
        df=variance.degrees_of_freedom(design, rows_counted(design, matrix, inside)) - len(slopes), n=len(y),
        level=level, deviance=fit.deviance / float(fit.weights.mean()),
        dispersion=float("nan"), where=words, design=design, fit=fit,
    )  # fmt: skip


def _ordered(design: SurveyDesign, response: Factor) -> Categories:
    """The response as categories in a known order."""
    if isinstance(response, Categories):
        column = design.frame.get(response.label)
        if column is not None and not isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.kind != "b":
            raise EstimationError(
                f"ordinal: '{response.label}' is text, whose order is not known. Make it an ordered pandas.Categorical,"
                " or declare its categories in the codebook."
            )
        return response
    if response.recompute is not None:
        raise EstimationError(f"ordinal: '{response.label}' is an expression; an ordered column is needed.")
    return Categories(response.label, *categories_of(design, response.label))


@dataclass(frozen=True, eq=False)
class _Equations:
    """Score of b and ζ over a table of rows with their answers 0..q and the sums of their weights."""

    text: str
    names: Sequence[str]
    table: FloatArray
    y: IntArray
    mass: FloatArray

    def parts(self, parameters: FloatArray) -> tuple[FloatArray, ...]:
        """Per row: p, F and f at the upper and at the lower threshold; the outer thresholds are infinite."""
        slopes = self.table.shape[1]
        zeta = np.concatenate([[-np.inf], parameters[slopes:], [np.inf]])
        eta = self.table @ parameters[:slopes]
        upper, lower = zeta[self.y + 1] - eta, zeta[self.y] - eta
        above, below = expit(upper), expit(lower)
        # F(u) - F(l) = F(u)·F(-l)·(1 - exp(l - u)) keeps its digits where both are near 0 or 1.
        p = above * expit(-lower) * -np.expm1(zeta[self.y] - zeta[self.y + 1])
        return p, above, below, above * expit(-upper), below * expit(-lower)

    def scores(self, parameters: FloatArray) -> FloatArray:
        """(rows, parameters) derivatives of log p."""
        p, above, below, f_above, f_below = self.parts(parameters)
        slopes, rows = self.table.shape[1], np.arange(len(self.y))
        out = np.zeros((len(self.y), len(parameters) + 2))
        out[:, :slopes] = self.table * (above + below - 1)[:, None]
        out[rows, slopes + self.y + 1] = f_above / p
        out[rows, slopes + self.y] = -f_below / p
        return np.delete(out, [slopes, len(parameters) + 1], axis=1)

    def at(self, parameters: FloatArray) -> Point:
        size, slopes = len(parameters), self.table.shape[1]
        if (np.diff(parameters[slopes:]) <= 0).any():
            return Point(parameters, np.full(size, np.nan), np.zeros((size, size)), 1.0, np.zeros(0))
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            p, above, below, f_above, f_below = self.parts(parameters)
            score = self.mass @ self.scores(parameters)
            cross = self.mass * f_above * f_below / p**2
            up = self.mass * ((f_above / p) ** 2 - f_above * (1 - 2 * above) / p)
            down = self.mass * ((f_below / p) ** 2 + f_below * (1 - 2 * below) / p)
        weight = self.mass * (f_above + f_below)
        last = len(self.names) - slopes + 1
        information = np.zeros((size, size))
        information[:slopes, :slopes] = self.table.T @ (self.table * weight[:, None])
        mixed = np.array([np.bincount(self.y + 1, self.mass * f_above * x, last + 1)
                          + np.bincount(self.y, self.mass * f_below * x, last + 1) for x in self.table.T])  # fmt: skip
        if slopes:
            information[:slopes, slopes:] = -mixed[:, 1:last]
            information[slopes:, :slopes] = -mixed[:, 1:last].T
        diagonal = np.bincount(self.y + 1, up, last + 1) + np.bincount(self.y, down, last + 1)
        beside = np.bincount(self.y, cross, last)[1 : last - 1]
        thresholds = np.diag(diagonal[1:last]) - np.diag(beside, 1) - np.diag(beside, -1)
        information[slopes:, slopes:] = thresholds
        return Point(parameters, score, information, float(weight.sum()), p)

    def gram(self) -> FloatArray:
        result: FloatArray = self.table.T @ (self.table * self.mass[:, None])
        return result

    def reach(self, direction: FloatArray) -> tuple[FloatArray, float]:
        slopes = self.table.shape[1]
        zeta = np.concatenate([[np.inf], direction[slopes:], [np.inf]])
        move = self.table @ direction[:slopes]
        upper = zeta[self.y + 1] - move
        lower = np.where(self.y > 0, move - zeta[self.y], np.inf)
        sizes = np.abs(direction) * np.append(np.abs(self.table).max(axis=0), np.ones(len(direction) - slopes))
        against = np.maximum(-np.minimum(upper, lower), 0.0)
        return sizes / sizes.max(), float(against[self.mass > 0].max()) / float(sizes.max())


@dataclass(frozen=True, eq=False)
class _Ordinal:
    """The fit and what can be asked of it again: refits, deviances, predictions.

    Its solution is (b, ζ - b'shift) of the shifted columns.
    """

    design: SurveyDesign
    text: str
    matrix: ModelMatrix
    categories: tuple[str, ...]
    y: IntArray
    weights: FloatArray

    @cached_property
    def _pairs(self) -> tuple[IntArray, IntArray] | None:
        """Distinct pairs of a row of the model matrix and an answer, and the pair of each row used."""
        if self.matrix.cells is None:
            return None
        return np.unique(self.matrix.cells * len(self.categories) + self.y, return_inverse=True)

    def _equations(self, weights: FloatArray, dropped: BoolArray | None = None) -> _Equations:
        """Score equations with some weights of the rows used, without some of the slopes."""
        kept = np.ones(len(self.names), dtype=bool) if dropped is None else ~dropped
        table, y, mass = self.matrix.table[:, 1:], self.y, weights
        if self._pairs is not None:
            found, pair = self._pairs
            table, y, mass = (
                table[found // len(self.categories)],
                found % len(self.categories),
                np.bincount(pair, mass).astype(np.float64),
            )
        names = [name for name, keep in zip(self.names, kept, strict=True) if keep]
        return _Equations(self.text, names, table[:, kept[: table.shape[1]]], y, mass)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the slopes and thresholds."""
        thresholds = (f"{low}|{high}" for low, high in zip(self.categories, self.categories[1:], strict=False))
        return (*self.matrix.names[1:], *thresholds)

    def _solve(self, equations: _Equations) -> Point:
        """From equal slopes and the shares of the answers."""
        shares = np.bincount(equations.y, equations.mass).cumsum()[:-1] / equations.mass.sum()
        return solve(equations, np.concatenate([np.zeros(equations.table.shape[1]), special.logit(shares)]))

    @cached_property
    def point(self) -> Point:
        """The solution."""
        return self._solve(self._equations(self.weights))

    @property
    def parameters(self) -> FloatArray:
        """(p,) solution, for the shifted columns."""
        return self.point.parameters

    @property
    def back(self) -> FloatArray:
        """(p, p) matrix from the solution to slopes and thresholds of the columns themselves."""
        slopes = len(self.matrix.layout) - 1
        back = np.eye(len(self.names))
        back[slopes:, :slopes] = self.matrix.shift[1:]
        return back

    def influence(self, linear: FloatArray) -> FloatArray:
        """(n, k) derivatives of k linear functions (k, p) of the solution by each row's weight."""
        scores = self._equations(self.weights).scores(self.parameters)
        out = scores @ np.linalg.solve(self.point.information, linear.T)
        return self.matrix.placed(out if self._pairs is None else out[self._pairs[1]], len(self.design))

    def solved(self, weights: FloatArray) -> FloatArray:
        """(p,) solution with other weights of the design's rows."""
        try:
            return solve(self._equations(self.matrix.used(weights)), self.parameters).parameters
        except EstimationError as error:
            raise EstimationError(f"in a replicate: {error}") from None

    @property
    def deviance(self) -> float:
        """-2 Σ w log p."""
        return self._deviance(self.point, self._equations(self.weights))

    def deviance_without(self, dropped: BoolArray) -> float:
        """Deviance of the fit to the same rows without some parameters."""
        equations = self._equations(self.weights, dropped)
        return self._deviance(self._solve(equations), equations)

    @staticmethod
    def _deviance(point: Point, equations: _Equations) -> float:
        return -2 * float(special.xlogy(equations.mass, point.fitted).sum())

    def _thresholds(self, table: FloatArray, parameters: FloatArray) -> FloatArray:
        """(thresholds, g) ζₖ - x'b."""
        slopes = table.shape[1] - 1
        return parameters[slopes:, None] - (table[:, 1:] @ parameters[:slopes])[None]

    def predicted(self, table: FloatArray, parameters: FloatArray) -> FloatArray:
        """(K, g) shares of the answers."""
        return _steps(expit(self._thresholds(table, parameters)), last=1.0)

    def predicted_gradient(self, table: FloatArray, mass: FloatArray) -> FloatArray:
        """(K, p) derivative of the weighted sum of the shares by the solution."""
        f = _density(self._thresholds(table, self.parameters))
        return np.hstack([-_steps(f) @ (table[:, 1:] * mass[:, None]), _steps(np.diag(f @ mass))])

    def slope(self, table: FloatArray, change: FloatArray, parameters: FloatArray) -> FloatArray:
        """(K, g) derivatives of the shares by a variable that changes the columns by `change`."""
        slopes = table.shape[1] - 1
        return -_steps(_density(self._thresholds(table, parameters))) * (change[:, 1:] @ parameters[:slopes])

    def slope_gradient(self, table: FloatArray, change: FloatArray, mass: FloatArray) -> FloatArray:
        """(K, p) derivative of the weighted sum of the slopes by the solution."""
        thresholds = self._thresholds(table, self.parameters)
        f = _density(thresholds)
        bend = f * (1 - 2 * expit(thresholds))
        move = mass * (change[:, 1:] @ self.parameters[: table.shape[1] - 1])
        by_slopes = _steps(bend) @ (table[:, 1:] * move[:, None]) - _steps(f) @ (change[:, 1:] * mass[:, None])
        return np.hstack([by_slopes, -_steps(np.diag(bend @ move))])


def _steps(cumulative: FloatArray, last: float = 0.0) -> FloatArray:
    """Differences of neighbouring rows, beginning from 0 and ending at `last`."""
    ends = np.full((1, cumulative.shape[1]), last)
    return np.diff(np.vstack([np.zeros_like(ends), cumulative, ends]), axis=0)


def _density(z: FloatArray) -> FloatArray:
    """Logistic density."""
    return expit(z) * expit(-z)
