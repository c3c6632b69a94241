"""Confidence intervals. Quantiles come from scipy.special, which loads in a third of scipy.stats' time."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from kzm_surveys.arrays import FloatArray

ProportionInterval = Literal["logit", "beta", "wald"]
METHODS: tuple[ProportionInterval, ...] = ("logit", "beta", "wald")


def t_quantile(probability: float, df: FloatArray) -> FloatArray:
    """Quantile of Student's t; NaN where df is not positive.

    Examples
    --------
    >>> t_quantile(0.975, np.array([14.0, 0.0])).round(4).tolist()
    [2.1448, nan]
    """
    df = np.asarray(df, dtype=np.float64)
    good = df > 0
    out: FloatArray = np.where(good, special.stdtrit(np.where(good, df, 1.0), probability), np.nan)
    return out


def wald(estimate: FloatArray, se: FloatArray, df: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return estimate ± t·se with the design's degrees of freedom."""
    half = t_quantile(0.5 + level / 2, df) * se
    return estimate - half, estimate + half


def proportion(
    p: FloatArray, se: FloatArray, df: FloatArray, n: FloatArray, n_kish: FloatArray, *, level: float,
    method: ProportionInterval,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Interval of a proportion (0-1), never outside 0-1.

    ``logit``: t interval of log(p/(1-p)), as R's ``svyciprop(method = "logit")``. ``beta``: Korn and Graubard
    (1998, Survey Methodology 24, p. 193), Clopper-Pearson with the effective sample size p(1-p)/se² adjusted for
    df, as R's ``svyciprop(method = "beta")``. ``wald``: cut at 0 and 1. At exactly 0 or 1 there is no logit and no
    p(1-p)/se²: there the beta interval with Kish's effective size of the base stands.

    Parameters
    ----------
    p, se, df, n
        Same shape; `n` unweighted base.
    n_kish
        Kish's effective size of the base.
    level
        For example 0.95.
    method
        "logit", "beta" or "wald".

    Examples
    --------
    >>> p, se = np.array([0.33879781420768196, 0.0]), np.array([0.07980603466054507, 0.0])
    >>> low, high = proportion(p, se, np.array([14.0, 14]), np.array([183.0, 183]), np.array([35.0, 183]),
    ...                        level=0.95, method="logit")
    >>> low.round(6).tolist(), high.round(6).tolist()
    ([0.192671, 0.0], [0.523841, 0.023537])
    """
    usable = np.isfinite(se) & (df > 0)
    inside = (p > 0) & (p < 1)
    if method == "wald":
        low, high = wald(p, se, df, level)
        return np.clip(low, 0, 1), np.clip(high, 0, 1)
    varies = inside & (se > 0)
    n_eff = np.where(varies, p * (1 - p) / np.where(varies, se, 1.0) ** 2, n_kish)
    low, high = _beta(p, df, n, n_eff, level)
    if method == "logit":
        safe = np.where(inside, p, 0.5)
        centre = special.logit(safe)
        half = t_quantile(0.5 + level / 2, df) * se / (safe * (1 - safe))
        low = np.where(inside, special.expit(centre - half), low)
        high = np.where(inside, special.expit(centre + half), high)
    return np.where(usable, low, np.nan), np.where(usable, high, np.nan)


def _beta(
    p: FloatArray, df: FloatArray, n: FloatArray, n_eff: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    tail = (1 - level) / 2
    adjusted = n_eff * (t_quantile(tail, n - 1) / t_quantile(tail, df)) ** 2
    low = special.betaincinv(adjusted * p, adjusted * (1 - p) + 1, tail)
    high = special.betaincinv(adjusted * p + 1, adjusted * (1 - p), 1 - tail)
    return np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)
