"""Newton's method for concave log-likelihoods, which tells collinear columns and estimates that do not exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import EstimationError

ITERATIONS = 100
#: Squared length of the last step in units of the information of one observation's worth: the score is 0 to 1e-12.
TOLERANCE = 1e-24
#: A column whose variance given the others is this share of its own is a combination of them.
COLLINEAR = 1e-10
#: Rows per block of a pass: its columns stay in the processor's cache.
BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Point:
    """Score (p,) and information (p, p) at some parameters; `unit` is the total that steps are measured by."""

    parameters: FloatArray
    score: FloatArray
    information: FloatArray
    unit: float
    fitted: FloatArray


class Equations(Protocol):
    """Score equations of a model."""

    @property
    def text(self) -> str:
        """The formula, for messages."""

    @property
    def names(self) -> Sequence[str]:
        """(p,) names of the parameters."""

    def at(self, parameters: FloatArray) -> Point:
        """Score and information."""

    def gram(self) -> FloatArray:
        """Weighted cross-products of the first columns that parameters stand for."""

    def reach(self, direction: FloatArray) -> tuple[FloatArray, float]:
        """How far each parameter moves the predictor along a direction, and how far against the answers any row goes.

        Both relative to the longest move; the second is 0 if the likelihood rises along the direction for ever.
        """


def blocks(rows: int) -> Iterator[slice]:
    """Slices of at most BLOCK rows."""
    for first in range(0, rows, BLOCK):
        yield slice(first, first + BLOCK)


def solve(equations: Equations, start: FloatArray) -> Point:
    """Parameters at which the score is zero.

    Raises
    ------
    EstimationError
        Collinear columns; a likelihood that rises for ever (separation); no convergence.
    """
    point, before, slow = equations.at(start), np.inf, 0
    for _ in range(ITERATIONS):
        step = _step(equations, point)
        decrement = float(point.score @ step)
        if decrement <= TOLERANCE * point.unit or before / 2 < decrement < 1e-8 * point.unit:
            return point
        slow = slow + 1 if decrement > 0.1 * before else 0
        if slow >= 4:
            _refuse_separation(equations, step, 1e-5)
        point, before = _moved(equations, point, step), decrement
    raise EstimationError(
        f"'{equations.text}': the fit did not converge in {ITERATIONS} iterations. Rescale or leave out predictors."
    )


def _moved(equations: Equations, point: Point, step: FloatArray) -> Point:
    """Point after the step, or after the part of it that does not go far past the highest point on its way."""
    for _ in range(60):
        new = equations.at(point.parameters + step)
        if np.isfinite(new.score).all() and new.score @ step >= -0.5 * (point.score @ step):
            return new
        step = step / 2
    raise EstimationError(f"'{equations.text}': the fit did not converge. Rescale or leave out predictors.")


def _step(equations: Equations, point: Point) -> FloatArray:
    size = np.sqrt(np.diag(point.information))
    size = np.where(size > 0, size, 1.0)
    scaled = point.information / np.outer(size, size)
    try:
        determined = np.diag(np.linalg.cholesky(scaled)).min() ** 2 > COLLINEAR
    except np.linalg.LinAlgError:
        determined = False
    if not determined:
        refuse_collinear(equations)
        flattest = np.linalg.eigh(scaled)[1][:, 0] / size
        _refuse_separation(equations, flattest, 1e-3)
        _refuse_separation(equations, -flattest, 1e-3)
        raise EstimationError(f"'{equations.text}': the rows do not determine all coefficients. Leave out predictors.")
    result: FloatArray = np.linalg.solve(scaled, point.score / size) / size
    return result


def refuse_collinear(equations: Equations) -> None:
    """Raise if a column is a combination of earlier ones, naming them."""
    gram = equations.gram()
    size = np.sqrt(np.diag(gram))
    largest = size.max(initial=0.0)
    scaled = gram / np.outer(*[np.where(size > 0, size, 1.0)] * 2)
    for column in range(len(gram)):
        name = equations.names[column]
        if size[column] <= 1e-12 * largest:
            raise EstimationError(f"'{equations.text}': '{name}' is constant in the rows used. Leave it out.")
        share = np.linalg.lstsq(scaled[:column, :column], scaled[:column, column], rcond=None)[0]
        if 1 - share @ scaled[:column, column] <= COLLINEAR:
            others = [equations.names[other] for other in np.flatnonzero(np.abs(share) > 1e-6).tolist()]
            raise EstimationError(
                f"'{equations.text}': the columns are collinear: '{name}' is a combination of "
                f"{', '.join(repr(other) for other in others)}. Leave one of them out."
            )


def _refuse_separation(equations: Equations, direction: FloatArray, tolerance: float) -> None:
    """Raise if the likelihood rises for ever along a direction, naming the parameters that take part."""
    moves, against = equations.reach(direction)
    if against > tolerance:
        return
    names = [name for name, move in zip(equations.names, moves, strict=True) if move > 0.05]
    terms = [name for name in names if name != "(Intercept)" and "|" not in name] or names
    raise EstimationError(
        f"'{equations.text}': separation: {', '.join(repr(name) for name in terms[:10])} predict"
        f"{'s' if len(terms) == 1 else ''} the response of some rows without error, so that no finite estimate exists. "
        "Merge categories or leave the term out."
    )
