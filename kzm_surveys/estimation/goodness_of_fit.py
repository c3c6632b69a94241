"""Test that the shares of a variable in the population are given ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from scipy import special

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.test_result import TestResult, told
from kzm_surveys.estimation.variables import Where, categories_of, domain_of, require_design
from kzm_surveys.estimation.variance import covariance, degrees_of_freedom

FitTest = Literal["chisq", "F"]
#: Given shares may miss 1 by no more than this: the rounding of shares with six decimals.
_SUM = 1e-6
#: A smaller share is none.
_SMALLEST = 1e-12
#: A variance below this part of what simple random sampling would give is rounding.
_NO_VARIANCE = 1e-10


def goodness_of_fit(
    design: SurveyDesign, variable: str, shares: Mapping[str, float] | Sequence[float], *, test: FitTest = "chisq",
    where: Where = None,
) -> TestResult:  # fmt: skip
    """Design-based test that the categories of a variable have given shares.

    Parameters
    ----------
    design
        The design.
    variable
        Categorical, text, boolean, or whole numbers with at most 20 different values.
    shares
        Share of every category, 0-1, together 1: by name, or in the order of the categories.
    test
        "chisq": R's ``svygofchisq``; "F": the second-order correction of Rao and Scott.
    where
        Boolean mask or boolean column: the domain.

    Returns
    -------
    TestResult
        "chisq": `statistic` is X² = Σ(O - E)²/E of the weighted totals, which grows with the scale of the weights;
        `df_num` is Satterthwaite's, and the p-value that of X²/scale. "F": X²/tr D on d and d·df degrees of freedom.

    Raises
    ------
    EstimationError
        Unknown column or category, shares that are not positive or do not sum to 1, an empty domain, no sampling
        variance or degrees of freedom, an opt-in sample.

    Notes
    -----
    With λ the eigenvalues of the covariance of (O - E)/√E, E = N·p, with N estimated: scale = Σλ²/Σλ and
    df = (Σλ)²/Σλ² (Satterthwaite 1946, Biometrics Bulletin 2, p. 110). R pairs shares and categories by alphabet in
    this covariance, so its p-value differs where the categories have another order.

    "F": with V the covariance of the shares p̂ and n answers, X² = nΣ(p̂ - p)²/p, D = n·p^(-½)Vp^(-½) and
    d = (tr D)²/tr D² (Rao and Scott 1981, JASA 76, p. 221; F as in Thomas and Rao 1987, JASA 82, p. 630).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"q": list("aaaaaabbbb")})
    >>> found = goodness_of_fit(SurveyDesign(frame), "q", {"a": 0.5, "b": 0.5}, test="F")
    >>> round(found.statistic, 4), round(found.df_num, 6), round(found.df_den, 6)
    (0.375, 1.0, 9.0)
    """
    require_design(design)
    design.require_inference("goodness_of_fit")
    if test not in ("chisq", "F"):
        raise EstimationError(one_of("unknown test", test, ("chisq", "F")))
    names, codes = categories_of(design, variable)
    p = _checked(variable, names, shares)
    mask, words = domain_of(design, where, variable)
    about = told(design, variable, words)
    domain = design.weights > 0 if mask is None else mask & (design.weights > 0)
    answered = domain & (codes >= 0)
    n = int(answered.sum())
    if n == 0:
        raise EstimationError(f"'{variable}': nobody in the domain has answers.")
    df = degrees_of_freedom(design, domain)
    if df <= 0:
        raise EstimationError(f"'{variable}': the design has {df:.0f} degrees of freedom, no test exists.")
    indicator = np.equal.outer(np.where(answered, codes, -1), np.arange(len(p))).astype(np.float64)

    def totals(weights: FloatArray) -> FloatArray:
        result: FloatArray = weights @ indicator
        return result

    def found_shares(weights: FloatArray) -> FloatArray:
        result = totals(weights)
        return result / result.sum()

    if test == "chisq":
        observed = totals(design.weights)
        if np.count_nonzero(observed) < 2:
            raise EstimationError(
                f"'{variable}': all answers are in one category: no sampling variance, no test exists."
            )
        v = covariance(design, observed, lambda: indicator, totals)
        return _satterthwaite(observed, v, p, f"'{variable}'", about)
    found = found_shares(design.weights)
    mass = design.weights[answered].sum()
    v = covariance(design, found, lambda: (indicator - found) * answered[:, None] / mass, found_shares)
    effects = n * v / np.sqrt(np.outer(p, p))
    trace = float(np.trace(effects))
    _require_variance(trace, 1.0, f"'{variable}'")
    df_num = trace**2 / float((effects**2).sum())
    statistic = n * float(((found - p) ** 2 / p).sum()) / trace
    return TestResult(
        statistic, df_num, df_num * df, float(special.fdtrc(df_num, df_num * df, statistic)),
        "Goodness of fit, Pearson X² with second-order Rao-Scott correction (F)", **about,
    )  # fmt: skip


def _satterthwaite(
    observed: FloatArray, v: FloatArray, p: FloatArray, what: str, about: dict[str, Any]
) -> TestResult:  # fmt: skip
    """X² of totals, referred to a scaled chi-square."""
    expected = observed.sum() * p
    statistic = float(((observed - expected) ** 2 / expected).sum())
    of_total = p * (observed + expected) / (2 * expected**1.5)
    jacobian = np.diag(expected**-0.5) - of_total[:, None]
    variance = jacobian @ v @ jacobian.T
    trace = float(np.trace(variance))
    _require_variance(trace, float(observed.sum()), what)
    scale = float((variance**2).sum()) / trace
    df = trace / scale
    return TestResult(
        statistic, df, math.inf, float(special.chdtrc(df, statistic / scale)),
        "Goodness of fit, Pearson X² of totals with Satterthwaite's correction", **about,
    )  # fmt: skip


def _require_variance(trace: float, mass: float, what: str) -> None:
    if not trace > _NO_VARIANCE * mass:
        raise EstimationError(f"{what}: no sampling variance, no test exists.")


def _checked(variable: str, names: Sequence[str], shares: Mapping[str, float] | Sequence[float]) -> FloatArray:
    """(categories,) given shares in the order of the categories, summing to 1 exactly."""
    if len(names) < 2:
        raise EstimationError(f"'{variable}': a test needs two categories, it has one.")
    if isinstance(shares, Mapping):
        for name in shares:
            if name not in names:
                raise EstimationError(f"'{variable}': " + one_of("shares name an unknown category", name, names))
        if lacking := [name for name in names if name not in shares]:
            raise EstimationError(
                f"'{variable}': shares lack {', '.join(lacking)}. Give every category; leave some out with where= and "
                "a column that does not have them."
            )
        given = [shares[name] for name in names]
    else:
        if isinstance(shares, str) or not isinstance(shares, Iterable):
            raise EstimationError(
                f"'{variable}': shares must be a list of numbers, or a mapping from category to number."
            )
        given = list(shares)
        if len(given) != len(names):
            raise EstimationError(
                f"'{variable}': {len(given)} shares for {len(names)} categories. Give one for each, best by name."
            )
    try:
        p = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError(f"'{variable}': shares must be numbers.") from None
    if p.ndim != 1:
        raise EstimationError(f"'{variable}': shares must be one number for each category.")
    if not (np.isfinite(p).all() and (p > _SMALLEST).all()):
        raise EstimationError(f"'{variable}': every share must lie above 0; a category that cannot occur has no test.")
    if abs(p.sum() - 1) > _SUM:
        raise EstimationError(f"'{variable}': shares sum to {p.sum():.6g}, they must sum to 1.")
    return p / p.sum()
