"""From estimates and their covariance to rows of Estimates: intervals, degrees of freedom, design effects, flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal

import numpy as np

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import intervals
from kzm_surveys.estimation.estimates import COLUMNS, Base, Estimates, column_of_words
from kzm_surveys.estimation.quality import quality_flags, thresholds

Deff = Literal["without", "with"]
#: Share of the variance of a simple random sample below which a variance is rounding.
_ROUNDING = 1e-20


@dataclass(frozen=True, eq=False)
class Bases:
    """What each of p estimates rests on.

    Attributes
    ----------
    n
        (p,) unweighted base.
    mass
        (p,) weighted base.
    cell_n
        (p,) unweighted count behind the numerator of a share; the base for other statistics.
    squares
        Gives the (p,) sum of squared weights of the base; asked for only where it is needed.
    rows
        (p,) rows of the domain, whatever they weigh or answered; all rows of a weighted design: what R's beta interval
        takes for n.
    spread
        (p,) weighted mean of squared residuals, Σw(y - ȳ)²/Σw: what the variance of a simple random sample rests on.
    of_total
        The estimates are totals.
    """

    n: IntArray
    mass: FloatArray
    cell_n: IntArray
    squares: Callable[[], FloatArray]
    spread: FloatArray
    rows: IntArray
    of_total: bool = False

    def without_rounding(self, covariance: FloatArray) -> FloatArray:
        """Covariance with variances that are zero but for rounding as zero: of what the margins fix, for example."""
        scale = self.mass**2 if self.of_total else 1.0
        simple = self.spread * scale / np.maximum(self.n, 1)
        with np.errstate(invalid="ignore"):
            fixed = covariance.diagonal() < _ROUNDING * simple
        if not fixed.any():
            return covariance
        cleaned = covariance.copy()
        cleaned[fixed, :] = cleaned[:, fixed] = 0.0
        return cleaned

    @property
    def kish(self) -> FloatArray:
        """(p,) Kish's effective size of the base, (Σw)²/Σw²."""
        squares = self.squares()
        return np.divide(self.mass**2, squares, out=np.zeros_like(self.mass), where=squares > 0)

    def simple_variance(self, design: SurveyDesign, deff: Deff) -> FloatArray:
        """(p,) variance that a simple random sample of the same size would have (as R's ``svyvar`` has it)."""
        n = self.n.astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            # Weights that sum to about n are relative: they know no population, which then counts as infinite.
            of_population = deff == "without" and not design.relative
            finite = np.where(of_population & (self.mass > n), 1 - n / self.mass, 1.0)
            reference: FloatArray = self.spread / (n - 1) * finite
        return reference * self.mass**2 if self.of_total else reference


def check_level(level: float) -> None:
    """Refuse a level outside 0-1.

    Raises
    ------
    EstimationError
        With what is allowed.
    """
    if not isinstance(level, Real) or not 0 < level < 1:
        raise EstimationError(f"level must lie between 0 and 1, found {level!r}. Write 0.95 for 95 %.")


def check_options(level: float, deff: str, ci: str = "wald") -> None:
    """Refuse a level outside 0-1 and unknown words.

    Raises
    ------
    EstimationError
        With what is allowed.
    """
    check_level(level)
    if deff not in ("without", "with"):
        raise EstimationError(one_of("unknown deff", deff, ("without", "with")))
    if ci not in intervals.METHODS:
        raise EstimationError(one_of("unknown ci", ci, intervals.METHODS))


def finished(
    design: SurveyDesign, estimate: FloatArray, covariance: FloatArray, bases: Bases, df: FloatArray, *,
    words: dict[str, str | Sequence[str | None] | None], base: Base, level: float, deff: Deff,
    ci: intervals.ProportionInterval | None, where: str | None, logit_se: FloatArray | None = None,
) -> Estimates:  # fmt: skip
    """Rows of `Estimates` from p estimates.

    Parameters
    ----------
    design
        The design.
    estimate, covariance, bases, df
        (p,), (p, p), their bases, (p,) degrees of freedom.
    words
        Columns ``variable category by by_category statistic``: one word for all rows, or one per row.
    base, level, deff, where
        As the caller was asked.
    ci
        Kind of interval if the estimates are shares; None for t intervals of numbers.
    logit_se
        (p,) standard errors of log(p/(1-p)) from replicates; None: se/(p(1-p)).
    """
    p = len(estimate)
    gone = np.isnan(estimate)
    if gone.any():
        covariance = covariance.copy()
        covariance[gone, :] = covariance[:, gone] = np.nan
    if not design.infers:
        nothing = np.full(p, np.nan)
        se = low = high = ratio = n_eff = df = nothing
    else:
        variance = covariance.diagonal().clip(min=0)
        se = np.sqrt(variance)
        simple = bases.simple_variance(design, deff)
        with np.errstate(invalid="ignore", divide="ignore"):
            # A variance that is zero but for rounding has no design effect.
            tiny = 1e-14 * np.maximum(np.nan_to_num(estimate) ** 2, 1e-30) / np.maximum(bases.n, 1)
            ratio = np.where(simple > tiny, variance / simple, np.nan)
            n_eff = bases.n / ratio
        known = np.isfinite(ratio) & (ratio > 0)
        kish = bases.kish if not known.all() else n_eff
        n_eff = np.where(known, n_eff, kish)
        if ci is None:
            low, high = intervals.wald(estimate, se, df, level)
        else:
            low, high = intervals.proportion(
                np.nan_to_num(estimate),
                se,
                df,
                bases.n.astype(np.float64),
                kish,
                level=level,
                method=ci,
                rows=bases.rows.astype(np.float64),
                logit_se=logit_se,
            )
    told = {name: column_of_words(word, p) for name, word in words.items()}
    marks = quality_flags(
        thresholds=thresholds(design), n=bases.n, cell_n=bases.cell_n, estimate=estimate, se=se, df=df,
        shares=ci is not None, opt_in=not design.infers,
    )  # fmt: skip
    numbers = (estimate, se, low, high, df, bases.n, n_eff, ratio, marks)
    columns = told | dict(zip(COLUMNS[5:], numbers, strict=True))
    return Estimates(columns, covariance, bases.cell_n, base, level, design, where)
