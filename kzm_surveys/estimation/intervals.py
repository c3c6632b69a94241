"""Confidence intervals. Quantiles come from scipy.special, which loads in a third of scipy.stats' time."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from kzm_surveys.arrays import FloatArray

ProportionInterval = Literal["logit", "beta", "wilson", "likelihood", "wald", "xlogit", "asin"]
METHODS: tuple[ProportionInterval, ...] = ("logit", "beta", "wilson", "likelihood", "wald", "xlogit", "asin")
#: Shares nearer to 0 or 1 than this, and standard errors below it, are 0 or 1 and 0 but for rounding.
_ROUNDING = 1e-12
#: R's profile of the likelihood takes at most so many steps to each side of the estimate.
_PROFILE_STEPS = 9
#: The largest error of R's ends that is repeated, as a share of their distance from the estimate.
_SPLINE_ERROR = 0.01


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
    method: ProportionInterval, logit_se: FloatArray | None = None, rows: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Interval of a proportion (0-1), never outside 0-1; NaN where df ≤ 0.

    With t the quantile of Student's t for the design's df, and the effective size n* = p(1-p)/se²:

    - ``logit``: logit(p) ± t·se/(p(1-p)), carried back, as R's ``svyciprop(method = "logit")``. ``xlogit`` is the
      same in R, but for replicate weights: there R's "logit" takes the spread of the replicates' logits (`logit_se`).
    - ``beta``: Korn and Graubard (1998, Survey Methodology 24, p. 193), Clopper-Pearson with the size
      n*·(t(n-1)/t(df))², as R's; but where the design is calibrated
      R takes n of all rows for a subgroup too, and here n is always the base.
    - ``wilson``: the p₀ with (p - p₀)² ≤ t²·p₀(1-p₀)/n*, Wilson (1927, JASA 22, 209-212) with the effective size; R has
      it since survey 4.5.
    - ``likelihood``: the p₀ with 2n*·(p·ln(p/p₀) + (1-p)·ln((1-p)/(1-p₀))) = t²·n/(n-1), the profile likelihood in
      the scale of Rao and Scott (1984, Ann. Stat. 12, 46-60). R reads these ends from a spline through at most 19
      points of the profile, up to 1e-3 of them off. That is repeated here, so that the ends equal R's (to 1e-8 with
      equal weights, some 1e-5 with unequal ones, which change the steps of R's fit). Where R fails, or is off by
      more than a hundredth of the distance to p, stand the exact ends.
    - ``asin``: √p as sine of an angle, the angle ± t·se/(2√(p(1-p))), kept within its quarter circle; R's
      ``method = "asin"`` reflects at its ends.
    - ``wald``: p ± t·se cut at 0 and 1, R's ``method = "mean"``, which does not cut.

    Where p is exactly 0 or 1, or se is 0, there is no n*: Kish's effective size of the base stands for it, and the
    ends of ``logit``, ``xlogit`` and ``asin`` at 0 and 1 are those of ``beta`` (R: NaN for all but "mean").

    Parameters
    ----------
    p, se, df, n
        Same shape; `n` unweighted base.
    n_kish
        Kish's effective size of the base.
    level
        For example 0.95.
    method
        One of :data:`METHODS`.
    rows
        Rows of the design that "beta" takes for n; by default `n`. R takes ``nrow(design)``, missing answers included.
    logit_se
        Standard error of logit(p) for "logit"; where None or NaN, se/(p(1-p)).

    Examples
    --------
    >>> p, se = np.array([0.33879781420768196, 0.0]), np.array([0.07980603466054507, 0.0])
    >>> low, high = proportion(p, se, np.array([14.0, 14]), np.array([183.0, 183]), np.array([35.0, 183]),
    ...                        level=0.95, method="logit")
    >>> low.round(6).tolist(), high.round(6).tolist()
    ([0.192671, 0.0], [0.523841, 0.023537])
    """
    p, se, df = (np.asarray(values, dtype=np.float64) for values in (p, se, df))
    usable = np.isfinite(p) & np.isfinite(se) & (df > 0)
    if method == "wald":
        low, high = wald(p, se, df, level)
        return np.clip(low, 0, 1), np.clip(high, 0, 1)
    p = np.where(p < _ROUNDING, 0.0, np.where(p > 1 - _ROUNDING, 1.0, p))
    inside = (p > 0) & (p < 1)
    varies = inside & (se > _ROUNDING)
    n_eff = np.where(varies, p * (1 - p) / np.where(varies, se, 1.0) ** 2, n_kish)
    t = t_quantile(0.5 + level / 2, df)
    if method == "wilson":
        low, high = _wilson(p, n_eff, t)
    elif method == "likelihood":
        low, high = _likelihood(np.where(usable, p, 0.5), n_eff, np.where(usable, t, 1.0), n)
    else:
        needed = method == "beta" or not inside.all()
        low, high = _beta(p, df, n if rows is None else rows, n_eff, level) if needed else (p, p)
        safe = np.where(inside, p, 0.5)
        if method in ("logit", "xlogit"):
            spread = se / (safe * (1 - safe))
            if method == "logit" and logit_se is not None:
                spread = np.where(np.isfinite(logit_se), logit_se, spread)
            centre = special.logit(safe)
            ends = special.expit(centre - t * spread), special.expit(centre + t * spread)
        elif method == "asin":
            angle, half = np.arcsin(np.sqrt(safe)), t * se / (2 * np.sqrt(safe * (1 - safe)))
            ends = np.sin(np.maximum(angle - half, 0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2
        else:
            ends = low, high
        low, high = np.where(inside, ends[0], low), np.where(inside, ends[1], high)
    return np.where(usable, low, np.nan), np.where(usable, high, np.nan)


def _beta(
    p: FloatArray, df: FloatArray, n: FloatArray, n_eff: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    tail = (1 - level) / 2
    adjusted = n_eff * (t_quantile(tail, n - 1) / t_quantile(tail, df)) ** 2
    low = special.betaincinv(adjusted * p, adjusted * (1 - p) + 1, tail)
    high = special.betaincinv(adjusted * p + 1, adjusted * (1 - p), 1 - tail)
    # The inverse gives NaN for sizes so large that the beta distribution is normal to all digits.
    far = adjusted > 1e12
    half = special.ndtri(1 - tail) * np.sqrt(p * (1 - p) / np.where(far, adjusted, 1.0))
    low, high = np.where(far, np.maximum(p - half, 0.0), low), np.where(far, np.minimum(p + half, 1.0), high)
    return np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)


def _wilson(p: FloatArray, n_eff: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    share = t**2 / n_eff
    centre = p + share / 2
    half = np.sqrt(share * p * (1 - p) + share**2 / 4)
    low, high = np.clip([(centre - half) / (1 + share), (centre + half) / (1 + share)], 0, 1)
    return np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)


def _likelihood(p: FloatArray, n_eff: FloatArray, t: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends on R's spline where they are near the exact ones, else these."""
    with np.errstate(divide="ignore", invalid="ignore"):
        drop = t**2 / (2 * n_eff) * (n / (n - 1))
    drop = np.where(np.isfinite(drop), drop, np.nan)
    upper = _divergence_root(p, drop)
    lower = 1 - _divergence_root(1 - p, drop)
    for row in np.flatnonzero((p > 0) & (p < 1) & np.isfinite(drop)):
        ends = _profile_ends(float(p[row]), float(n_eff[row]), float(t[row]), float(n[row]))
        exact = np.array([lower[row], upper[row]])
        near = np.abs(ends - exact) <= _SPLINE_ERROR * np.abs(exact - p[row])
        lower[row], upper[row] = np.where(near, ends, exact)
    return lower, upper


def _divergence(p: FloatArray, p0: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence of a yes-no answer with share p0 from one with share p."""
    return special.rel_entr(p, p0) + special.rel_entr(1 - p, 1 - p0)


def _divergence_root(p: FloatArray, drop: FloatArray) -> FloatArray:
    """The p0 ≥ p whose divergence from p is `drop`, by bisection to the last bit."""
    low, high = p, np.ones_like(p)
    for _ in range(60):
        middle = (low + high) / 2
        below = _divergence(p, middle) < drop
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(np.isnan(drop), np.nan, (low + high) / 2)


def _profile_ends(p: float, n_eff: float, t: float, n: float) -> FloatArray:
    """(2,) ends as R's ``confint(svyglm, method = "likelihood")`` reads them; NaN where its profile does not reach.

    R walks from logit(p) in steps of a fifth of a standard error until the signed root of the deviance passes a limit
    (an F quantile on the naive likelihood's scale), draws a cubic spline through the points, evaluates it at three
    times as many and joins these by straight lines.
    """
    from scipy.interpolate import make_interp_spline

    cut = t * np.sqrt(n / n_eff * _last_weight(p, n))
    limit = -float(special.stdtrit(n - 1, special.ndtr(-cut) / 4))
    if not np.isfinite(limit):
        return np.full(2, np.nan)
    centre, step = special.logit(p), limit / 5 / np.sqrt(n_eff * p * (1 - p))
    points = centre + step * np.arange(-_PROFILE_STEPS, _PROFILE_STEPS + 1)
    deviance = 2 * (n - 1) * _divergence(np.array(p), special.expit(points))
    roots = np.sign(points - centre) * np.sqrt(deviance.clip(min=0))
    kept = np.abs(np.append(roots[1 : _PROFILE_STEPS + 1], roots[_PROFILE_STEPS:-1])) < limit
    kept = np.insert(kept, _PROFILE_STEPS, [True])
    points, roots = points[kept], roots[kept]
    if not np.isfinite(roots).all():
        return np.full(2, np.nan)
    # End conditions of R's spline: the third derivative of the cubic through the four outer points.
    bends = [6 * _third_difference(points[part], roots[part]) for part in (slice(4), slice(-4, None))]
    spline = make_interp_spline(points, roots, k=3, bc_type=([(3, bends[0])], [(3, bends[1])]))
    grid = np.linspace(points[0], points[-1], 3 * len(points))
    ends: FloatArray = special.expit(np.interp([-cut, cut], spline(grid), grid, left=np.nan, right=np.nan))
    return ends


def _last_weight(p: float, n: float) -> float:
    """Variance of an answer at the last but one step of R's ``glm`` over that at the last, if all weights are equal.

    R's naive likelihood has it at the last but one; how far that is from p(1-p) shows in the fifth digit of the ends.
    """
    eta, previous = (2 * p - 1) * (np.log(3) + 4 / 3), -2 * np.log(0.75)
    variance = 0.1875
    for _ in range(25):
        fitted = special.expit(eta)
        deviance = -2 * float(special.xlogy(p, fitted) + special.xlog1py(1 - p, -fitted))
        if abs(deviance - previous) < 1e-8 * (deviance + 0.1 / n):
            break
        previous, variance = deviance, fitted * (1 - fitted)
        eta += (p - fitted) / variance
    return float(variance / (fitted * (1 - fitted)))


def _third_difference(x: FloatArray, y: FloatArray) -> float:
    """Third divided difference of four points; 0 of fewer."""
    if len(x) < 4:
        return 0.0
    for order in (1, 2, 3):
        y = np.diff(y) / (x[order:] - x[:-order])
    return float(y[0])
