"""Average marginal effects: what one variable changes in the mean response, averaged over the rows of a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation import variance
from kzm_surveys.estimation.formula import Categories, Numbers
from kzm_surveys.estimation.model_matrix import ModelMatrix

#: Step of the numeric derivative of an expression such as log(x), in standard deviations of x.
STEP = 1e-3


class Predictions(Protocol):
    """What average marginal effects need of a fit; K is 1, or the number of answers of an ordinal model."""

    @property
    def design(self) -> SurveyDesign:
        """The design."""

    @property
    def matrix(self) -> ModelMatrix:
        """The model matrix."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the K answers; empty if the mean of the response is predicted."""

    @property
    def parameters(self) -> FloatArray:
        """(p,) solution."""

    def predicted(self, table: FloatArray, parameters: FloatArray) -> FloatArray:
        """(K, g) predictions."""

    def predicted_gradient(self, table: FloatArray, mass: FloatArray) -> FloatArray:
        """(K, p) derivative of their weighted sum by the parameters."""

    def slope(self, table: FloatArray, change: FloatArray, parameters: FloatArray) -> FloatArray:
        """(K, g) derivatives of the predictions by a variable that changes the columns by `change`."""

    def slope_gradient(self, table: FloatArray, change: FloatArray, mass: FloatArray) -> FloatArray:
        """(K, p) derivative of their weighted sum by the parameters."""

    def influence(self, linear: FloatArray) -> FloatArray:
        """(n, k) influence values of linear functions (k, p) of the parameters."""

    def solved(self, weights: FloatArray) -> FloatArray:
        """(p,) solution with other weights."""


@dataclass(frozen=True, eq=False)
class _Effect:
    """From `base` to `other` tables (a category against the reference), or the derivative along `other` at `base`."""

    term: str
    base: FloatArray
    other: FloatArray
    derivative: bool

    def each(self, fit: Predictions, parameters: FloatArray) -> FloatArray:
        """(K, g) effect in each row of the table."""
        if self.derivative:
            return fit.slope(self.base, self.other, parameters)
        return fit.predicted(self.other, parameters) - fit.predicted(self.base, parameters)

    def gradient(self, fit: Predictions, mass: FloatArray) -> FloatArray:
        """(K, p) derivative of the weighted sum of the effects by the parameters."""
        if self.derivative:
            return fit.slope_gradient(self.base, self.other, mass)
        return fit.predicted_gradient(self.other, mass) - fit.predicted_gradient(self.base, mass)


def average_effects(fit: Predictions) -> tuple[list[str], list[str], FloatArray, FloatArray]:
    """Names of the terms and answers, effects and their covariance.

    Returns
    -------
    tuple
        Terms; answers (empty for a mean); (m,) effects; (m, m) covariance.

    Notes
    -----
    The effect D = Σ w d(xᵢ, θ) / Σ w has the influence (dᵢ - D)/W + ∂D/∂θ' · influence of θ: the covariates are
    counted as a sample too, and so is their dependence on θ (Korn and Graubard 1999, Analysis of Health
    Surveys, sec. 3.5).
    """
    matrix, design = fit.matrix, fit.design
    effects = list(_effects(fit))
    mass = matrix.sums(matrix.used(design.weights))
    size = float(mass.sum())
    each = np.vstack([effect.each(fit, fit.parameters) for effect in effects])
    estimate: FloatArray = each @ mass / size

    def influence() -> FloatArray:
        gradient = np.vstack([effect.gradient(fit, mass) for effect in effects]) / size
        centred = np.array([matrix.spread(row) for row in each - estimate[:, None]]).T / size
        return fit.influence(gradient) + matrix.placed(centred, len(design))

    def statistic(weights: FloatArray) -> FloatArray:
        solution, masses = fit.solved(weights), matrix.sums(matrix.used(weights))
        return np.concatenate([effect.each(fit, solution) @ masses for effect in effects]) / masses.sum()

    covariance = variance.covariance(design, estimate, influence, statistic)
    answers = fit.categories or ("",)
    terms = [effect.term for effect in effects for _ in answers]
    return terms, [answer for _ in effects for answer in answers], estimate, covariance


def _effects(fit: Predictions) -> Iterator[_Effect]:
    matrix = fit.matrix
    if not matrix.factors:
        raise EstimationError("margins: the model has no predictors.")
    done = set()
    for code, factor in matrix.factors.items():
        if isinstance(factor, Categories):
            shape = len(matrix.table)
            reference, *others = (matrix.filled({code: np.full(shape, level)}) for level in matrix.levels[code])
            for level, table in zip(matrix.levels[code][1:], others, strict=True):
                yield _Effect(f"{factor.label}[{factor.names[level]}]", reference, table, derivative=False)
            continue
        for column in factor.columns:
            if column not in done:
                done.add(column)
                yield _Effect(column, matrix.table, _change(fit, column), derivative=True)


def _change(fit: Predictions, column: str) -> FloatArray:
    """(g, p) derivative of the model matrix by a numeric column."""
    matrix = fit.matrix
    dependent = {
        code: factor
        for code, factor in matrix.factors.items()
        if isinstance(factor, Numbers) and column in factor.columns
    }
    frame = fit.design.frame if matrix.rows is None else fit.design.frame[matrix.rows]
    values = frame[column].to_numpy(np.float64)
    plain = all(factor.recompute is None for factor in dependent.values())
    step = float(values.std()) * (1.0 if plain else STEP)

    def moved(by: float) -> FloatArray:
        changed = frame if plain else frame.assign(**{column: values + by})
        return matrix.filled({
            code: values + by if factor.recompute is None else factor.recompute(changed)
            for code, factor in dependent.items()
        })  # fmt: skip

    change = (moved(step) - moved(-step)) / (2 * step)  # exact where the column enters as it is, whatever the step
    if not plain:
        change = (4 * change - (moved(2 * step) - moved(-2 * step)) / (4 * step)) / 3
    if not np.isfinite(change).all():
        raise EstimationError(f"margins: an expression of '{column}' has no derivative in some rows.")
    return change
