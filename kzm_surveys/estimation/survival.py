"""How long it lasts, where some still go on: survival curves with design-based bands, and the log-rank test."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.finish import check_level
from kzm_surveys.estimation.survival_curves import ESTIMATORS, Curve, Estimator, Survival
from kzm_surveys.estimation.tabulation import Tabulation
from kzm_surveys.estimation.test_result import TestResult, told
from kzm_surveys.estimation.variables import Where, categories_of, domain_mask, numbers_of, require_design
from kzm_surveys.estimation.variance import covariance

#: What categories may be called for them to say whether the event happened: no, yes.
_NO_YES = (("false", "true"), ("0", "1"), ("no", "yes"), ("not_selected", "selected"))
#: The influence values of so many times, and of so many rows times times, are held at once.
_TIMES, _VALUES = 64, 1 << 23


@dataclass(frozen=True, eq=False)
class _RiskSets:
    """Who is under observation when: the rows of one group, compressed to the p distinct times of its events.

    `rows` are their numbers among the n of the design; `last` how many of the times each of them was under observation;
    `happened` whether that ended with the event.
    """

    rows: IntArray
    times: FloatArray
    last: IntArray
    happened: BoolArray

    @classmethod
    def of(cls, duration: FloatArray, happened: BoolArray, inside: BoolArray) -> _RiskSets:
        rows = np.flatnonzero(inside)
        times = np.unique(duration[inside & happened])
        return cls(rows, times, np.searchsorted(times, duration[rows], side="right"), happened[rows])

    def sums(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(p,) weights under observation just before each time, and of the events at it, from (n,) weights."""
        w, p = weights[self.rows], len(self.times)
        under = np.bincount(self.last, w, p + 1)[::-1].cumsum()[::-1][1:]
        events: FloatArray = np.bincount(self.last[self.happened] - 1, w[self.happened], p).astype(np.float64)
        return under, events

    def log_survival(self, weights: FloatArray, estimator: Estimator) -> FloatArray:
        """(p,) logarithm of the curve; -inf once nobody is left."""
        under, events = self.sums(weights)
        share = np.divide(events, under, out=np.zeros_like(events), where=under > 0)
        if estimator == "aalen":
            return -share.cumsum()
        # Everybody has it at the last time: only the counts say so without rounding.
        n_under, n_events = self.sums((weights > 0).astype(np.float64))
        with np.errstate(divide="ignore"):
            out: FloatArray = np.log1p(-np.where(n_under == n_events, np.sign(share), share)).cumsum()
        return out

    def cells(self, n: int) -> tuple[IntArray, int]:
        """(n,) cell of each row by its times and how it ended, -1 outside the group, and how many there are."""
        of_row = np.full(n, -1)
        of_row[self.rows] = self.last + (len(self.times) + 1) * self.happened
        return of_row, 2 * (len(self.times) + 1)

    def slopes(self, weights: FloatArray, estimator: Estimator, columns: slice) -> FloatArray:
        """(cells, columns) derivatives of the log curve at some times with respect to the weight of a row."""
        under, events = (sums[: columns.stop] for sums in self.sums(weights))
        jump = 1 / (under if estimator == "aalen" else under - events)
        drift = np.append(0.0, (jump * events / under).cumsum())
        times = np.arange(columns.start, columns.stop)
        last = np.arange(len(self.times) + 1)[:, None]
        own = np.zeros(last.shape)
        own[1 : columns.stop + 1, 0] = jump
        ongoing = drift[np.minimum(last, times + 1)]
        ended = ongoing - np.where(times + 1 >= last, own, 0.0)
        return np.concatenate([ongoing, ended])


def kaplan_meier(
    design: SurveyDesign, duration: str, event: str, *, by: str | None = None, where: Where = None,
    level: float = 0.95, estimator: Estimator = "product_limit",
) -> Survival:  # fmt: skip
    """Share to whom an event has not happened yet, by time, where for some it is still to come.

    Parameters
    ----------
    design
        The design.
    duration
        Numeric column, 0 or larger: time until the event, or until observation ended.
    event
        Whether it happened: boolean, 0/1, or two categories no/yes, false/true or not_selected/selected. Those to whom
        it did not happen are censored: they still breastfeed, and count as long as they were observed.
    by
        Column of groups; one curve per group.
    where
        Boolean mask or boolean column: the domain. Rows outside it, and rows with a missing duration, event or group,
        stay in the design.
    level
        Of the pointwise bands.
    estimator
        "product_limit": Kaplan and Meier's Π(1 - d/Y), R's ``svykm`` by default, where it gives no standard errors;
        here with bands. "aalen": exp(-Σ d/Y), what R's ``svykm`` gives as soon as standard errors are asked for
        (``se = TRUE``). They differ where many events fall on one time, as with durations in whole months; the product
        limit is then the plain share if nobody is censored.

    Returns
    -------
    Survival
        ``.frame``, ``.at(times)``, ``.quantile(0.5)``.

    Raises
    ------
    EstimationError
        Unknown column, negative durations, other values of `event`, an empty domain, no event in it.

    Notes
    -----
    With weighted sums Y(t) under observation and d(t) of events, row i has on -log S(t) the influence
    1(its event is at tᵢ ≤ t)/Y(tᵢ) - Σ d(s)/Y(s)² over s ≤ min(t, tᵢ) (Williams 1995, Lifetime Data Analysis 1,
    171-186); for the product limit 1/(Y - d) takes the place of one 1/Y (Greenwood). Bands are S·exp(±z·se(log S)), cut
    at 1 (Link 1984), with normal quantiles, as R's ``confint``. ``se`` is S·se(log S); R's ``varlog`` is (se / S)².
    Standard errors and bands are NaN for opt-in samples, and once a product limit (of sample or replicate) is 0.
    With replicate weights, where R gives no standard errors, they come from the replicates.

    Examples
    --------
    >>> frame = pd.DataFrame({"months": [2, 4, 4, 6], "stopped": [True, True, False, True]})
    >>> curve = kaplan_meier(SurveyDesign(frame), "months", "stopped", estimator="product_limit")
    >>> curve.frame[["time", "n_risk", "events", "survival"]].round(4).values.tolist()
    [[2.0, 4.0, 1.0, 0.75], [4.0, 3.0, 1.0, 0.5], [6.0, 1.0, 1.0, 0.0]]
    >>> curve.quantile(0.5)["time"].item()
    4.0
    """
    check_level(level)
    if estimator not in ESTIMATORS:
        raise EstimationError(one_of("unknown estimator", estimator, ESTIMATORS))
    durations, happened, inside, words = _observed(design, duration, event, where)
    names: list[str | None] = [None]
    groups = np.zeros(len(design), np.int64)
    if by is not None:
        found, groups = categories_of(design, by)
        names = list(found)
        _require_events(inside & (groups >= 0), happened, duration, event)
    curves = tuple(
        _curve(design, durations, happened, inside & (groups == code), name, level, estimator)
        for code, name in enumerate(names)
    )
    return Survival(curves, duration, event, by, estimator, level, design, words)


def _curve(
    design: SurveyDesign, duration: FloatArray, happened: BoolArray, inside: BoolArray, group: str | None,
    level: float, estimator: Estimator,
) -> Curve:  # fmt: skip
    sets = _RiskSets.of(duration, happened, inside)
    n_risk, events = (counts.astype(np.int64) for counts in sets.sums(np.ones(len(design))))
    log_survival = sets.log_survival(design.weights, estimator)
    error = np.sqrt(_variances(design, sets, log_survival, estimator))
    survival = np.exp(log_survival)
    half = -special.ndtri((1 - level) / 2) * error
    observed, counts = np.unique(duration[inside], return_counts=True)
    return Curve(
        group, sets.times, n_risk, events, survival, survival * error, survival * np.exp(-half),
        np.minimum(survival * np.exp(half), 1.0), observed, counts,
    )  # fmt: skip


def _variances(design: SurveyDesign, sets: _RiskSets, log_survival: FloatArray, estimator: Estimator) -> FloatArray:
    """(p,) variance of the logarithm of the curve, a few times at once."""
    out = np.full(len(log_survival), np.nan)
    tabulation = Tabulation(design, [sets.cells(len(design))])
    # A table with too many cells goes through the rows: n numbers for each time.
    width = _TIMES if tabulation.compressed else max(1, min(_TIMES, _VALUES // len(design)))
    exists = int(np.isfinite(log_survival).sum())

    def of(columns: slice) -> FloatArray:
        if design.infers and design.replicates is None:
            slopes = sets.slopes(design.weights, estimator, columns)
            return tabulation.covariance(np.pad(slopes, ((1, 0), (0, 0)))[None])
        return covariance(
            design, log_survival[columns], lambda: np.empty((len(design), 0)),
            lambda weights: sets.log_survival(weights, estimator)[columns],
        )  # fmt: skip

    for start in range(0, exists, width):
        columns = slice(start, min(start + width, exists))
        with np.errstate(invalid="ignore"):
            out[columns] = np.diag(of(columns))
    return out


def logrank(
    design: SurveyDesign, duration: str, event: str, *, by: str, where: Where = None, rho: float = 0.0,
    gamma: float = 0.0,
) -> TestResult:  # fmt: skip
    """Test that the time until an event is distributed alike in all groups: the weighted log-rank test.

    Parameters
    ----------
    design, duration, event, where
        As in :func:`kaplan_meier`.
    by
        Column of two or more groups.
    rho, gamma
        Harrington and Fleming's weights S(t-)^rho·(1 - S(t-))^gamma of the times, S the product limit of all groups
        together. rho=0, gamma=0 is the log-rank test, rho=1 the generalised Wilcoxon (Peto) test.

    Returns
    -------
    TestResult
        Chi-square on groups - 1 degrees of freedom, as R's ``svylogrank``. With two groups also ``estimate``, the
        score (weighted events in the second group less those expected), and its standard error.

    Raises
    ------
    EstimationError
        As :func:`kaplan_meier`; fewer than two groups, a group without respondents, an opt-in sample without
        justification, scores that have no variance.

    Notes
    -----
    The score of Cox's model at 0 with a share of each row's own contribution (Rader 2014); events of one time
    are spread as Efron (1977, JASA 72, p. 562) does, like R. Where durations of 0 are events and rho or gamma is not 0,
    R weights times after 0 with the mean of S before and at 0; here it is S at 0.

    Examples
    --------
    >>> frame = pd.DataFrame({"months": [1, 2, 3, 4, 5, 6], "stopped": [1, 1, 1, 1, 0, 1], "g": list("aababb")})
    >>> test = logrank(SurveyDesign(frame), "months", "stopped", by="g")
    >>> round(test.estimate, 4), test.df_num, test.method
    (-1.5167, 1.0, 'design-based log-rank test (chi-square)')
    """
    require_design(design)
    design.require_inference("logrank")
    for name, power in (("rho", rho), ("gamma", gamma)):
        if not isinstance(power, Real) or not (np.isfinite(power) and power >= 0):
            raise EstimationError(f"logrank: {name} must be a number, 0 or larger, found {power!r}.")
    durations, happened, inside, words = _observed(design, duration, event, where)
    names, groups = categories_of(design, by)
    inside &= groups >= 0
    _require_events(inside, happened, duration, event)
    sizes = np.bincount(groups[inside], minlength=len(names))
    if len(names) < 2:
        raise EstimationError(f"logrank: '{by}' has one category; two or more are compared.")
    if not sizes.all():
        raise EstimationError(
            f"logrank: nobody in category '{names[int(sizes.argmin())]}' of '{by}' has a weight, '{duration}' and "
            f"'{event}'. Take it out with .cat.remove_unused_categories() or merge it."
        )
    sets = _RiskSets.of(durations, happened, inside)
    scores = _scores(sets, groups[sets.rows], len(names), design.weights, rho, gamma)
    influence = np.zeros((len(design), len(names) - 1))
    influence[sets.rows] = scores
    score = design.weights @ influence
    # Replicates weight the same contributions anew, as R does.
    matrix = covariance(design, score, lambda: influence, lambda weights: weights @ influence)
    scale = np.sqrt(np.diag(matrix).clip(min=0))
    if not (scale > 0).all() or np.linalg.matrix_rank(matrix / np.outer(scale, scale), hermitian=True) < len(score):
        raise EstimationError(
            f"logrank of '{duration}' by '{by}': the design has too few sampling units (or events) for the variance of "
            f"{len(score)} differences. Merge groups."
        )
    statistic = float(score @ np.linalg.solve(matrix, score))
    df = float(len(score))
    kind = "log-rank test" if rho == gamma == 0 else f"log-rank test, weights rho={rho:g}, gamma={gamma:g}"
    one: dict[str, Any] = {"estimate": float(score[0]), "se": float(scale[0])} if len(score) == 1 else {}
    about: dict[str, Any] = told(design, f"{duration} until {event} by {by}", words)
    return TestResult(
        statistic, df, float("inf"), float(special.chdtrc(df, statistic)), f"design-based {kind} (chi-square)", **one,
        **about,
    )  # fmt: skip


def _scores(
    sets: _RiskSets, groups: IntArray, n_groups: int, weights: FloatArray, rho: float, gamma: float
) -> FloatArray:
    """(rows, groups - 1) what each row adds to the score of Cox's model at 0, the first group being the reference."""
    w, p, happened = weights[sets.rows], len(sets.times), sets.happened
    before = np.exp(np.append(0.0, sets.log_survival(weights, "product_limit")[:-1]))
    power = before**rho * (1 - before) ** gamma
    under = np.bincount(sets.last * n_groups + groups, w, (p + 1) * n_groups).reshape(p + 1, n_groups)
    under = under[::-1].cumsum(axis=0)[::-1][1:]
    ending = (sets.last[happened] - 1) * n_groups + groups[happened]
    dying = np.bincount(ending, w[happened], p * n_groups).reshape(p, n_groups)
    deaths = np.bincount(sets.last[happened] - 1, minlength=p)
    # Efron: the k-th of d tied events meets the risk set less k/d of the tied ones.
    tied = np.repeat(np.arange(p), deaths)
    first = deaths.cumsum() - deaths
    taken = ((np.arange(len(tied)) - first[tied]) / deaths[tied])[:, None]
    left = under[tied] - taken * dying[tied]
    all_left = left.sum(axis=1)
    shares = np.add.reduceat(left / all_left[:, None], first) / deaths[:, None]
    hazard = power * dying.sum(axis=1) / deaths * np.add.reduceat(1 / all_left, first)
    level = np.append(0.0, hazard.cumsum())
    drift = np.concatenate([np.zeros((1, n_groups)), (hazard[:, None] * shares).cumsum(axis=0)])
    own = np.equal.outer(groups, np.arange(n_groups)).astype(np.float64)
    scores = drift[sets.last] - own * level[sets.last][:, None]
    at = sets.last[happened] - 1
    scores[happened] += power[at][:, None] * (own[happened] - shares[at])
    return scores[:, 1:]


def _observed(
    design: SurveyDesign, duration: str, event: str, where: Where
) -> tuple[FloatArray, BoolArray, BoolArray, str | None]:
    """(n,) durations, whether the event happened, which rows say both and have weight in the domain; its words."""
    domain, words = domain_mask(design, where)
    durations = numbers_of(design, duration)
    if (negative := int((durations < 0).sum())) > 0:
        raise EstimationError(f"duration '{duration}': {negative} values are negative. Correct them.")
    happened = _happened(design, event)
    inside = domain & np.isfinite(durations) & (happened >= 0) & (design.weights > 0)
    if not inside.any():
        raise EstimationError(f"'{duration}' until '{event}': the domain is empty.")
    _require_events(inside, happened == 1, duration, event)
    return durations, happened == 1, inside, words


def _require_events(inside: BoolArray, happened: BoolArray, duration: str, event: str) -> None:
    if not (inside & happened).any():
        raise EstimationError(f"'{duration}' until '{event}': it happened to nobody in the domain, there is no curve.")


def _happened(design: SurveyDesign, event: str) -> IntArray:
    """(n,) 1 if the event happened, 0 if not, -1 where that is missing."""
    column = design.column(event)
    if pd.api.types.is_numeric_dtype(column):
        values = numbers_of(design, event)
        missing = np.isnan(values)
        if (other := int((~missing & (values != 0) & (values != 1)).sum())) > 0:
            raise EstimationError(
                f"event '{event}': {other} values are neither 0 nor 1. Recode it: True = it happened."
            )
        return np.where(missing, -1, np.nan_to_num(values)).astype(np.int64)
    names, codes = categories_of(design, event)
    for pair in _NO_YES:
        if {name.lower() for name in names} <= set(pair):
            meaning = np.array([pair.index(name.lower()) for name in names] + [-1])
            return meaning[codes]
    raise EstimationError(
        f"event '{event}' has the categories {', '.join(names[:5])}; needed: True/False, 0/1 or no/yes. Make it with "
        f"frame['happened'] = frame['{event}'] == 'the category that ends it', missing where it is missing."
    )
