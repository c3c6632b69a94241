"""Calibration: the adjustments closest to 1 that meet given totals, for three distances, with bounds.

Deville and Särndal (1992, JASA 87, 376-382): minimise Σ dᵢ G(gᵢ) subject to Σ dᵢ gᵢ xᵢ = T. The solution is
gᵢ = F(xᵢ'λ), with F the inverse of G'; λ maximises the concave dual T'λ - Σ dᵢ Φ(xᵢ'λ), Φ' = F.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, xlogy

from kzm_surveys.arrays import FloatArray

Method = Literal["linear", "raking", "logit"]
METHODS = ("linear", "raking", "logit")
#: exp of more than this is no adjustment, and its square overflows.
_STEEPEST = 300.0
_HALVINGS = 60


@dataclass(frozen=True)
class Distance:
    """F, F' and Φ of one distance with bounds `low` and `high` on g, (cells,) each or single numbers."""

    method: Method
    low: FloatArray
    high: FloatArray

    def adjustment(self, u: FloatArray) -> FloatArray:
        """F(u): 1 + u cut at the bounds; eᵘ cut at the bounds; the logistic curve between them."""
        if self.method == "linear":
            return np.clip(1 + u, self.low, self.high)
        if self.method == "raking":
            return np.clip(np.exp(np.clip(u, -_STEEPEST, _STEEPEST)), self.low, self.high)
        return self.low + (self.high - self.low) * self._logistic(u)

    def slope(self, u: FloatArray) -> FloatArray:
        """F'(u)."""
        if self.method == "logit":
            share = self._logistic(u)
            return (self.high - self.low) * self._steepness * share * (1 - share)
        g = self.adjustment(u)
        free = (g > self.low) & (g < self.high)
        return np.where(free, 1.0 if self.method == "linear" else g, 0.0)

    def conjugate(self, u: FloatArray) -> FloatArray:
        """Φ(u) = u·g - G(g) at g = F(u)."""
        g = self.adjustment(u)
        if self.method == "linear":
            cost = (g - 1) ** 2 / 2
        elif self.method == "raking":
            cost = xlogy(g, g) - g + 1
        else:
            low, high = self.low, self.high
            cost = (xlogy(g - low, (g - low) / (1 - low)) + xlogy(high - g, (high - g) / (high - 1))) / self._steepness
        return u * g - cost

    @property
    def _steepness(self) -> FloatArray:
        return (self.high - self.low) / ((1 - self.low) * (self.high - 1))

    def _logistic(self, u: FloatArray) -> FloatArray:
        # F(0) = 1: the share of the way from low to high at which g is 1.
        return expit(self._steepness * u + np.log((1 - self.low) / (self.high - 1)))


def solve(
    columns: FloatArray, mass: FloatArray, totals: FloatArray, distance: Distance, *, tolerance: float,
    max_iterations: int,
) -> tuple[FloatArray, int, FloatArray]:  # fmt: skip
    """Newton's method on the dual, with step halving.

    Parameters
    ----------
    columns
        (cells, k) calibration variables.
    mass
        (cells,) sum of the base weights.
    totals
        (k,) targets of Σ mass·g·columns.
    distance
        With its bounds.
    tolerance
        Largest relative distance from a target that counts as met; the iteration goes on as long as it gets closer.
    max_iterations
        Newton steps.

    Returns
    -------
    tuple
        (cells,) adjustments, steps, (k,) remaining distance of each total, relative to its target.
    """
    size = np.sqrt(np.einsum("ck,ck,c->k", columns, columns, mass) / mass.sum())
    scaled = columns / np.where(size > 0, size, 1.0)
    goal = totals / np.where(size > 0, size, 1.0)
    unit = np.maximum(np.abs(goal), 1e-12 * max(float(np.abs(goal).max()), 1e-300))
    multiplier: FloatArray = np.zeros(columns.shape[1])

    def misfit_at(g: FloatArray) -> FloatArray:
        return goal - scaled.T @ (mass * g)

    def dual(at: FloatArray, u: FloatArray) -> float:
        return float(goal @ at - mass @ distance.conjugate(u))

    u = np.zeros(len(columns))
    g = distance.adjustment(u)
    misfit, value = misfit_at(g), dual(multiplier, u)
    steps = 0
    while steps < max_iterations:
        steps += 1
        worst = float(np.abs(misfit / unit).max())
        information = scaled.T @ ((mass * distance.slope(u))[:, None] * scaled)
        direction: FloatArray = np.linalg.pinv(information, rcond=1e-12, hermitian=True) @ misfit
        unsolved = float(np.abs(information @ direction - misfit).max()) > 1e-6 * float(np.abs(misfit).max())
        if not float(direction @ misfit) > 0 or (worst > tolerance and unsolved):
            # Cells at their bounds have no slope: a little of the identity keeps the step an ascent.
            damping = max(float(information.diagonal().max()), float(mass.sum())) * 1e-3
            direction = np.asarray(
                np.linalg.solve(information + damping * np.eye(len(information)), misfit), np.float64
            )
        length, gain = 1.0, float(direction @ misfit)
        for _ in range(_HALVINGS):
            trial = multiplier + length * direction
            trial_u = scaled @ trial
            trial_value = dual(trial, trial_u)
            if np.isfinite(trial_value) and trial_value >= value + 1e-4 * length * gain - 1e-13 * abs(value):
                break
            length /= 2
        trial_g = distance.adjustment(trial_u)
        trial_misfit = misfit_at(trial_g)
        trial_worst = float(np.abs(trial_misfit / unit).max())
        if worst <= tolerance and trial_worst >= worst:
            break
        multiplier, u, g, misfit, value = trial, trial_u, trial_g, trial_misfit, trial_value
        if trial_worst < 1e-15:
            break
    return g, steps, misfit / unit
