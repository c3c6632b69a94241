"""Quantiles of a number with Woodruff intervals, as R's ``svyquantile``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import intervals, replication
from kzm_surveys.estimation.crossing import divided
from kzm_surveys.estimation.estimates import COLUMNS, Base, Estimates, column_of_words
from kzm_surveys.estimation.finish import Deff, check_options
from kzm_surveys.estimation.quality import quality_flags, thresholds
from kzm_surveys.estimation.tabulation import Coded, Tabulation
from kzm_surveys.estimation.variables import Where, check_size, coded, domain_of, numbers_of
from kzm_surveys.estimation.variance import covariance, degrees_of_freedom

Rule = Literal["math", "school", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"]
_STEPPED = ("math", "school", "hf1", "hf2", "hf3", "hf4")
QuantileInterval = Literal["mean", "beta", "xlogit", "asin", "score", "quantile"]


def quantile(
    design: SurveyDesign, variable: str, probabilities: float | Sequence[float], *, by: str | None = None,
    where: Where = None, base: Base = "answered", rule: Rule = "math", interval: QuantileInterval = "mean",
    level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Weighted quantiles of a number, with the rules and intervals of R's ``svyquantile`` (survey 4.1-1).

    Parameters
    ----------
    design
        The design.
    variable
        Numeric (or boolean) column.
    probabilities
        One or several, 0 to 1: 0.5 is the median.
    by
        Column of groups; a row per group and probability.
    where
        Boolean mask or boolean column: the domain. Rows outside it stay in the design.
    base
        Only "answered": who did not answer has no number.
    rule
        Where the weighted distribution steps over a probability: "math" the smallest number at which it is reached,
        "school" the mean of two numbers if it is reached exactly at the lower one; "hf1" to "hf9" the nine definitions
        of Hyndman and Fan (1996, Am. Stat. 50, 361-365) carried over to weights as R does.
    interval
        "mean": Woodruff's t interval; "beta", "xlogit", "asin": his with the interval of that name in
        :func:`kzm_surveys.estimation.intervals.proportion`; "score": the numbers that a score test does not reject
        (Francisco and Fuller 1991, Ann. Stat. 19, 454-469); "quantile": estimate ± t·se from the spread of the
        replicates' quantiles, for designs with replicates only.
    level
        Of the interval.
    deff
        As all estimators have it; a quantile has no design effect, with either word (nor in R).

    Returns
    -------
    Estimates
        Statistic "quantile", in units of the variable; ``category`` is the probability as text, such as "0.25". ``df``
        are those of the rows that answered; ``n_eff`` is Kish's effective size of the base; there is no ``deff``.
        The covariance of two quantiles is not known: NaN beside the diagonal.

    Raises
    ------
    EstimationError
        Unknown, non-numeric or unanswered column, a probability outside 0-1, unknown rule or interval, empty domain,
        base="asked", interval="quantile" without replicates.

    Notes
    -----
    Woodruff (1952, JASA 47, 635-646): the interval of the share of numbers up to the quantile, both ends turned into
    numbers by the same rule; se = length/(2t). A share's end outside 0-1 has no number: that end and the se are NaN.
    Whether a running sum of weights meets a probability exactly is decided by their last bit, as in R.

    As in R: below the share of the lowest answer "math", "school" and "hf1" to "hf3" give the second lowest (the lowest
    if its share is met exactly), and "hf4" extends the line through the two; "hf4" is NaN at 1; with tied numbers of
    unequal weight "hf4" to "hf9" depend on the order of the rows. Score limits become numbers by their unweighted
    share of the base. R searches the limits with a tolerance on the scale of the variable, here they are found exactly,
    NaN if there are none; and R counts rows of weight zero in that share, so all outside the domain of a calibrated
    design.

    Other than R 4.1-1, which takes "mean" for them: "beta", "xlogit" and "asin" also of designs with replicates, as
    R does since 4.2. "beta" takes n of the base, see :func:`kzm_surveys.estimation.intervals.proportion`. One answer is
    its own quantile by every rule but "hf4"; R fails with "hf5" to "hf9".

    Examples
    --------
    >>> import pandas as pd
    >>> design = SurveyDesign(pd.DataFrame({"y": [1.0, 2, 3, 6, 7, 9, 10, 12], "w": [1.0, 2, 1, 1, 3, 1, 1, 1]}), "w")
    >>> quantile(design, "y", [0.25, 0.5]).frame[["category", "estimate", "ci_low", "ci_high"]].values.tolist()
    [['0.25', 2.0, nan, 7.0], ['0.5', 7.0, 3.0, nan]]
    """
    if base == "asked":
        raise EstimationError(
            f"quantile of '{variable}': base='asked' has no meaning, who did not answer has no number."
        )
    if base != "answered":
        raise EstimationError(one_of("unknown base", base, ("answered",)))
    check_options(level, deff)
    if rule not in get_args(Rule):
        raise EstimationError(one_of("unknown rule", rule, get_args(Rule)))
    if interval not in get_args(QuantileInterval):
        raise EstimationError(one_of("unknown interval", interval, get_args(QuantileInterval)))
    if interval == "quantile" and design.replicates is None:
        raise EstimationError("interval='quantile' needs replicate weights. Make them with replicates, or take 'mean'.")
    shares = _checked(variable, probabilities)
    values = numbers_of(design, variable)
    inside = np.isfinite(values) & (design.weights > 0)
    domain, words = domain_of(design, where, variable)
    if domain is not None:
        inside &= domain
    names: Sequence[str | None] = [None]
    codes: CodeArray | None = None
    if by is not None:
        names, codes = coded(design, by)
        inside &= codes >= 0
    if not inside.any():
        raise EstimationError(f"'{variable}': nobody in the domain has an answer.")
    check_size(len(names) * len(shares))
    sample = _Sample(design, values, inside, codes, len(names), in_order=rule not in _STEPPED or rule == "hf4")
    estimate, n, n_eff = sample.quantiles(shares, rule), sample.n, sample.n_eff
    if design.infers:
        df = sample.degrees_of_freedom()
        se, low, high = _intervals(sample, estimate, shares, rule, interval, df, level)
    else:
        df = n_eff = np.full(len(names), np.nan)
        se = low = high = np.full(estimate.shape, np.nan)
    p = len(shares)
    texts = [np.format_float_positional(share, precision=12, trim="-") for share in shares]
    told = (variable, texts * len(names), by, [name for name in names for _ in range(p)], "quantile")
    columns = dict(zip(COLUMNS[:5], (column_of_words(word, estimate.size) for word in told), strict=True))
    estimate, se, low, high = (part.ravel() for part in (estimate, se, low, high))
    n, n_eff, df = np.repeat(n, p), np.repeat(n_eff, p), np.repeat(df, p)
    marks = quality_flags(
        thresholds=thresholds(design), n=n, cell_n=n, estimate=estimate, se=se, df=df, shares=False,
        opt_in=not design.infers,
    )  # fmt: skip
    numbers = (estimate, se, low, high, df, n, n_eff, np.full(len(n), np.nan), marks)
    columns |= dict(zip(COLUMNS[5:], numbers, strict=True))
    matrix = np.full((len(n), len(n)), np.nan)
    np.fill_diagonal(matrix, se**2)
    return Estimates(columns, matrix, n, base, level, design, words)


def _checked(variable: str, probabilities: float | Sequence[float]) -> FloatArray:
    try:
        shares = np.atleast_1d(np.asarray(probabilities, dtype=np.float64))
    except (TypeError, ValueError):
        shares = np.empty(0)
    if shares.ndim != 1 or len(shares) == 0 or not ((shares >= 0) & (shares <= 1)).all():
        raise EstimationError(
            f"quantile of '{variable}': probabilities must be one or more numbers from 0 to 1, found {probabilities!r}."
        )
    return shares


def _intervals(
    sample: _Sample, estimate: FloatArray, shares: FloatArray, rule: Rule, interval: QuantileInterval, df: FloatArray,
    level: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:  # fmt: skip
    """(groups, p) standard errors, lower and upper ends."""
    t = intervals.t_quantile(0.5 + level / 2, df)[:, None]
    if interval == "quantile":
        se = sample.spread_of_replicates(estimate, shares, rule)
        return se, estimate - t * se, estimate + t * se
    if interval == "score":
        low, high = sample.score_shares(shares, t)
    else:
        share, se = sample.shares_below(estimate)
        if interval == "mean":
            low, high = share - t * se, share + t * se
        else:
            wide = [np.broadcast_to(part[:, None], share.shape) for part in (df, sample.n.astype(float), sample.n_eff)]
            low, high = intervals.proportion(share, se, *wide, level=level, method=interval)
            low, high = (np.where((share > 0) & (share < 1) & (se > 0), end, np.nan) for end in (low, high))
    low, high = sample.quantiles(low, rule), sample.quantiles(high, rule)
    return (high - low) / (2 * t), low, high


@dataclass(frozen=True, eq=False)
class _Ordered:
    """Numbers in rising order, their weights and the running sums of these."""

    values: FloatArray
    weights: FloatArray
    sums: FloatArray

    @classmethod
    def of(cls, values: FloatArray, weights: FloatArray, *, in_order: bool, inverted: bool) -> _Ordered:
        """Sort; with `in_order` tied numbers keep the order of the rows."""
        order = np.argsort(values, kind="stable" if in_order else None)
        # R keeps probabilities of selection; its weights are their inverses.
        weights = 1 / (1 / weights[order]) if inverted else weights[order]
        return cls(values[order], weights, _running(weights))

    def quantiles(self, shares: FloatArray, rule: Rule) -> FloatArray:
        """(p,) quantiles; NaN where the share is NaN or not in 0-1."""
        good = (shares >= 0) & (shares <= 1) & (len(self.values) > 0)
        if not good.any():
            return np.full(len(shares), np.nan)
        wanted = np.where(good, shares, 0.5)
        made = self._stepped(wanted, rule) if rule in _STEPPED else self._interpolated(wanted, rule)
        return np.where(good, made, np.nan)

    def _stepped(self, shares: FloatArray, rule: Rule) -> FloatArray:
        values, sums = self.values, self.sums
        if rule == "hf3":
            steps = np.diff(values, prepend=-np.inf) > 0
            values, sums = values[steps], _running(np.bincount(np.cumsum(steps) - 1, self.weights).astype(np.float64))
        total = sums[-1]
        place = np.maximum(np.searchsorted(sums, shares * total, side="right") - 1, 0)
        after = np.minimum(place + 1, len(sums) - 1)
        lower, upper = values[place], values[after]
        below, above = shares - sums[place] / total, sums[after] / total - shares
        if rule == "hf4":
            with np.errstate(invalid="ignore", divide="ignore"):
                part = below / (above + below)
                return lower * (1 - part) + upper * part
        met = below == 0
        if rule == "hf3":
            met &= place % 2 == 1
        at_met = (lower + upper) / 2 if rule in ("school", "hf2") else lower
        return np.where(met, at_met, upper)

    def _interpolated(self, shares: FloatArray, rule: Rule) -> FloatArray:
        if len(self.values) == 1:
            return np.full(len(shares), self.values[0])
        sums, last = self.sums, self.weights[-1]
        before = np.concatenate([[0.0], sums[:-1]])
        if rule == "hf5":
            places = (sums - self.weights / 2) / sums[-1]
        elif rule == "hf6":
            places = sums / (sums[-1] + last)
        elif rule == "hf7":
            places = before / sums[-2]
        elif rule == "hf8":
            places = (before / 3 + sums * 2 / 3) / (sums[-1] + last / 3)
        else:
            places = (before * 3 / 8 + sums * 5 / 8) / (sums[-1] + last / 4)
        return np.interp(shares, places, self.values)


def _running(weights: FloatArray) -> FloatArray:
    """Running sums as R makes them: a probability is met exactly or missed by the last bit."""
    return np.cumsum(weights, dtype=np.longdouble).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Sample:
    """Rows that answered (`inside`), in groups by `codes`; arrays below are (groups, limits)."""

    design: SurveyDesign
    values: FloatArray
    inside: BoolArray
    codes: CodeArray | None
    size: int
    in_order: bool

    def _members(self, group: int) -> BoolArray:
        return self.inside if self.codes is None else self.inside & (self.codes == group)

    @cached_property
    def n(self) -> IntArray:
        """(groups,) rows."""
        return np.array([len(part.values) for part in self._ordered])

    @cached_property
    def n_eff(self) -> FloatArray:
        """(groups,) Kish's effective size, (Σw)²/Σw²."""
        return np.array(
            [part.sums[-1] ** 2 / (part.weights @ part.weights) if len(part.sums) else 0.0 for part in self._ordered]
        )

    @cached_property
    def _ordered(self) -> list[_Ordered]:
        return [self._sorted(self._members(group), self.design.weights) for group in range(self.size)]

    def _sorted(self, rows: BoolArray, weights: FloatArray) -> _Ordered:
        # R keeps probabilities, but for replicate weights that came with the file.
        given = self.design.replicates is not None and self.design.replicates.method == "given"
        return _Ordered.of(self.values[rows], weights[rows], in_order=self.in_order, inverted=not given)

    def degrees_of_freedom(self) -> FloatArray:
        """(groups,) degrees of freedom of the design among the rows that answered."""
        return np.array([degrees_of_freedom(self.design, self._members(group)) for group in range(self.size)])

    def quantiles(self, shares: FloatArray, rule: Rule) -> FloatArray:
        """Quantiles at shares that are the same for all groups, or each group's own."""
        wanted = np.broadcast_to(shares, (self.size, shares.shape[-1]))
        return np.array([part.quantiles(own, rule) for part, own in zip(self._ordered, wanted, strict=True)])

    def spread_of_replicates(self, estimate: FloatArray, shares: FloatArray, rule: Rule) -> FloatArray:
        """Standard errors from the quantiles of the replicates."""

        def statistic(weights: FloatArray) -> FloatArray:
            used = weights > 0
            parts = [self._sorted(self._members(group) & used, weights) for group in range(self.size)]
            if any(n > 0 and len(part.values) == 0 for n, part in zip(self.n, parts, strict=True)):
                raise EstimationError("a replicate has nobody in a group, so it has no quantile. Merge groups.")
            return np.array([part.quantiles(shares, rule) for part in parts]).ravel()

        # The design has replicates, so that no influence values are asked for.
        matrix = covariance(self.design, estimate.ravel(), lambda: np.empty((0, 0)), statistic)
        return np.sqrt(np.diag(matrix)).reshape(estimate.shape)

    def shares_below(self, limits: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Shares of each group up to its limits and their standard errors; NaN for a limit that is NaN."""
        p = limits.shape[1]
        order = np.argsort(limits, axis=1)
        rising = np.take_along_axis(limits, order, axis=1)
        # Every row's place among the limits of its group; nothing lies above a limit that is NaN.
        place: CodeArray = np.zeros(len(self.values), np.int16 if p < 1 << 14 else np.int64)
        for k in range(p):
            place = place + (self.values > (rising[0, k] if self.codes is None else rising[self.codes, k]))
        crossed: list[Coded] = [] if self.codes is None else [(self.codes, self.size)]
        tab = Tabulation(self.design, [*crossed, (place, p + 1)], domain=self.inside)

        def of_cells(sums: FloatArray) -> FloatArray:
            """(groups, p + 1, ...) running sums of the cells of each group."""
            return sums.reshape(-1, p + 2, *sums.shape[1:])[-self.size :, 1:].cumsum(axis=1)

        sums, counts = of_cells(tab.sums[0]), of_cells(tab.n.astype(np.float64))
        mass = sums[:, -1:]
        share = divided(sums[:, :p], mass)
        if self.design.replicates is None:
            slopes = np.zeros((tab.n_cells // (p + 2), p + 2, self.size, p))
            below = np.arange(p + 1)[:, None] <= np.arange(p)
            for group in range(self.size):
                slopes[group - self.size, 1:, group] = divided(below - share[group], mass[group], 0.0)
            matrix = tab.covariance(slopes.reshape(1, tab.n_cells, -1))
        else:
            made = of_cells(tab.replicate_sums[0])
            of_replicates = divided(made[:, :p], made[:, -1:]).reshape(share.size, -1)
            matrix = replication.covariance(self.design.replicates, of_replicates, share.ravel())
        se = np.sqrt(np.diag(matrix).clip(min=0)).reshape(share.shape)
        everybody = counts[:, :p] == counts[:, -1:]
        share, se = np.where(everybody, 1.0, share), np.where(everybody, 0.0, se)
        back = np.argsort(order, axis=1)
        known = np.isfinite(limits)
        share, se = (np.where(known, np.take_along_axis(part, back, axis=1), np.nan) for part in (share, se))
        return share, se

    def score_shares(self, shares: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Unweighted shares of each group up to the lower and upper limit of the score interval; NaN where none is.

        The score of x is (share above x - (1 - p))/se, a falling step function: the limits are the steps where it
        passes t and -t, found by bisection, and stand on that side of the step where the score is nearer to ±t.
        """
        distinct = [np.unique(part.values) if len(part.values) else np.full(1, np.nan) for part in self._ordered]
        ends = np.array([_inner(part.values) if len(part.values) else (0, 0) for part in self._ordered])
        target = np.concatenate([np.repeat(t, len(shares), axis=1), np.repeat(-t, len(shares), axis=1)], axis=1)

        def at(places: IntArray) -> FloatArray:
            return np.array([own[place] for own, place in zip(distinct, places, strict=True)])

        def score(places: IntArray) -> FloatArray:
            share, se = self.shares_below(at(places))
            with np.errstate(divide="ignore", invalid="ignore"):
                return (np.tile(shares, 2) - share) / se - target

        low, high = (np.broadcast_to(end[:, None], target.shape) for end in ends.T)
        at_low, at_high = score(low), score(high)
        exists = (at_low >= 0) & (at_high <= 0) & (low < high)
        while (high - low).max() > 1:
            middle = (low + high) // 2
            at_middle = score(middle)
            above = at_middle > 0
            low, at_low = np.where(above, middle, low), np.where(above, at_middle, at_low)
            high, at_high = np.where(above, high, middle), np.where(above, at_high, at_middle)
        chosen = at(np.where(np.abs(at_low) < np.abs(at_high), low, high))
        found = [np.searchsorted(own.values, x, side="right") for own, x in zip(self._ordered, chosen, strict=True)]
        share = np.where(exists, divided(np.array(found, np.float64), self.n[:, None].astype(np.float64)), np.nan)
        return share[:, : len(shares)], share[:, len(shares) :]


def _inner(values: FloatArray) -> tuple[int, int]:
    """Places among the distinct numbers between which R searches score limits: inside by a hundredth of the IQR."""
    distinct = np.unique(values)
    quarters = np.quantile(values, [0.25, 0.75])
    margin = (quarters[1] - quarters[0]) / 100
    low, high = np.searchsorted(distinct, [distinct[0] + margin, distinct[-1] - margin], side="right") - 1
    return int(low), int(high)
