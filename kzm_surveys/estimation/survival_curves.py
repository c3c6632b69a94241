"""What a survival estimate returns: curves with bands, their rows, quantiles and values at given times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.estimates import column_of_words

Estimator = Literal["aalen", "product_limit"]
ESTIMATORS: tuple[Estimator, ...] = ("aalen", "product_limit")

#: A curve this near to a share has reached it: products of fractions miss it by rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Curve:
    """The survival curve of one group at the p distinct times of its events.

    Attributes
    ----------
    group
        Category of `by`, or None.
    times
        (p,) times, in units of the duration.
    n_risk, events
        (p,) unweighted number still under observation just before each time, and of events at it.
    survival, se, ci_low, ci_high
        (p,) share (0-1) to whom it has not happened by then, its standard error and pointwise band.
    durations, counts
        Distinct durations observed, events or not, and their unweighted counts.
    """

    group: str | None
    times: FloatArray
    n_risk: IntArray
    events: IntArray
    survival: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    durations: FloatArray
    counts: IntArray

    def at(self, times: FloatArray) -> dict[str, FloatArray]:
        """Columns of the frame at given times; NaN after the longest duration observed, unless the curve has ended."""
        place = np.searchsorted(self.times, times, side="right")
        longest = self.durations.max(initial=-np.inf)
        known = (times <= longest) | (self.survival.min(initial=1.0) == 0)
        under = np.append(self.counts[::-1].cumsum()[::-1], 0)[np.searchsorted(self.durations, times)]
        events = np.where(np.isin(times, self.times), np.append(self.events, 0)[place - 1], 0)
        starts = {"survival": 1.0, "se": 0.0, "ci_low": 1.0, "ci_high": 1.0}
        shown = {
            name: np.where(known, np.concatenate([[start], getattr(self, name)])[place], np.nan)
            for name, start in starts.items()
        }
        return {"time": times, "n_risk": under, "events": events, **shown}

    def reached(self, share: float) -> tuple[float, float, float]:
        """First time at which the curve, its lower and its upper band are at or under a share; NaN if never."""
        first = []
        for values in (self.survival, self.ci_low, self.ci_high):
            there = np.flatnonzero(values <= share + _ROUNDING)
            first.append(float(self.times[there[0]]) if len(there) else np.nan)
        return first[0], first[1], first[2]


@dataclass(frozen=True, eq=False)
class Survival:
    """Survival curves of one call.

    Attributes
    ----------
    curves
        One :class:`Curve` per group.
    duration, event, by
        The variables; `by` may be None.
    estimator
        "aalen" or "product_limit".
    level
        Confidence level of the bands.
    design
        The design that was used.
    where
        Words for the subgroup, or None for the whole sample.
    """

    curves: tuple[Curve, ...]
    duration: str
    event: str
    by: str | None
    estimator: Estimator
    level: float
    design: SurveyDesign
    where: str | None

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row per group and time of an event: ``by by_category time n_risk events survival se ci_low ci_high``.

        ``n_risk`` and ``events`` are unweighted. A group to which nothing happened has one row, at its longest
        duration, with survival 1 and no band (NaN); an empty group one row of NaN.
        """
        parts = []
        for curve in self.curves:
            if len(curve.times):
                parts.append(self._rows(curve, curve.times))
                continue
            row = self._rows(curve, np.array([curve.durations.max(initial=-np.inf)]))
            row[["se", "ci_low", "ci_high"]] = np.nan
            parts.append(row if len(curve.durations) else row.assign(time=np.nan, survival=np.nan))
        return pd.concat(parts, ignore_index=True)

    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """Rows at given times, columns as in `frame`; the curve is flat between events.

        ``events`` are those at that very time. NaN after the longest duration observed, unless the curve is at 0.

        Raises
        ------
        EstimationError
            Times that are negative or not numbers.
        """
        try:
            wanted = np.atleast_1d(np.asarray(times, dtype=np.float64))
        except (TypeError, ValueError):  # text, or lists of different lengths
            wanted = np.array([np.nan])
        if wanted.ndim != 1 or not (np.isfinite(wanted) & (wanted >= 0)).all():
            raise EstimationError(f"at: times must be numbers, 0 or larger, found {times!r}.")
        return pd.concat([self._rows(curve, wanted) for curve in self.curves], ignore_index=True)

    def quantile(self, surviving: float = 0.5) -> pd.DataFrame:
        """Time at which the curve falls to a share: 0.5 gives the median duration.

        Parameters
        ----------
        surviving
            Share (0-1) to whom it has not happened yet, as in R's ``quantile`` of a ``svykm``.

        Returns
        -------
        DataFrame
            A row per group: ``by by_category surviving time ci_low ci_high``. The interval is where the band is at the
            share (Woodruff 1952); NaN where curve or band do not fall so low (R: Inf).

        Raises
        ------
        EstimationError
            A share outside 0-1.
        """
        if not isinstance(surviving, Real) or not 0 < surviving < 1:
            raise EstimationError(f"quantile: the share must lie between 0 and 1, found {surviving!r}.")
        found = np.array([curve.reached(surviving) for curve in self.curves])
        columns = dict(zip(("time", "ci_low", "ci_high"), found.T, strict=True))
        return pd.DataFrame({**self._words([curve.group for curve in self.curves]), "surviving": surviving, **columns})

    def _rows(self, curve: Curve, times: FloatArray) -> pd.DataFrame:
        return pd.DataFrame({**self._words([curve.group] * len(times)), **curve.at(times)})

    def _words(self, groups: Sequence[str | None]) -> dict[str, object]:
        words = {"by": column_of_words(self.by, len(groups)), "by_category": column_of_words(groups, len(groups))}
        return {name: pd.array(column, dtype="str") for name, column in words.items()}

    def _summary(self) -> pd.DataFrame:
        counts = {
            "n": [int(curve.counts.sum()) for curve in self.curves],
            "events": [int(curve.events.sum()) for curve in self.curves],
        }
        median = self.quantile(0.5).drop(columns=["by", "surviving"]).rename(columns={"time": "median"})
        shown = ["n", "events", "median", "ci_low", "ci_high"]
        return median.assign(**counts)[shown if self.by is None else ["by_category", *shown]]

    @property
    def _legend(self) -> str:
        among = f", {self.where}" if self.where else ""
        estimator = self.estimator.replace("_", "-")
        legend = f"'{self.duration}' until '{self.event}'{among}, level {self.level}, {estimator} estimator"
        if not self.design.infers:
            return f"{legend}; no bands: the sample is opt-in (AAPOR)"
        return f"{legend}; inference rests on: {self.design.justification}" if self.design.justification else legend

    def __repr__(self) -> str:
        return f"{self._summary().to_string(index=False)}\n[{self._legend}]"

    def _repr_html_(self) -> str:
        return f"{self._summary().to_html(index=False)}<p>{escape(self._legend)}</p>"
