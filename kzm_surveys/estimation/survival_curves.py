"""What a survival estimate returns: curves with bands, their rows, quantiles and values at given times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.estimates import column_of_words

if TYPE_CHECKING:
    from kzm_surveys.estimation.grid import Grid
    from kzm_surveys.language.numbers import Language

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

    def grid(self, lang: Language) -> Grid:
        """Bases, events and median of every group; medians of too few people are withheld."""
        from kzm_surveys.estimation.grid import Grid
        from kzm_surveys.estimation.labels import Labels
        from kzm_surveys.estimation.printed_cells import (
            decimals_of,
            interval_cell,
            interval_head,
            number_cell,
            part_words,
            standing_notes,
            weight_words,
        )
        from kzm_surveys.estimation.quality import legend, quality_flags, thresholds, withheld

        labels, limits, infers = Labels(self.design, lang), thresholds(self.design), self.design.infers
        median = self.quantile(0.5)
        n = np.array([int(curve.counts.sum()) for curve in self.curves])
        flags = quality_flags(
            thresholds=limits, n=n, cell_n=n, estimate=median["time"].to_numpy(), se=np.full(len(n), np.nan),
            df=np.ones(len(n)), shares=False, opt_in=False,
        )  # fmt: skip
        places, body = decimals_of(median["time"].tolist()), []
        for curve, count, flag, hidden, row in zip(
            self.curves, n, flags, withheld(flags), median.itertuples(index=False), strict=True
        ):
            events = number_cell(float(curve.events.sum()), False, 0, hidden, flag if hidden else "", lang)
            cells = [labels.number(int(count)), events, number_cell(row.time, False, places, hidden, flag, lang)]
            if infers:
                ends = [number_cell(end, False, places, False, "", lang) for end in (row.ci_low, row.ci_high)]
                cells.append("" if hidden else interval_cell(ends, False, lang))
            body.append((labels.category(self.by, curve.group) if self.by and curve.group else "", cells))
        caption = labels.text(
            "survival", duration=labels.variable(self.duration), event=labels.variable(self.event),
            level=labels.number(self.level, len(f"{self.level:g}".partition(".")[2])),
            estimator=self.estimator.replace("_", "-"),
        )  # fmt: skip
        caption += f" – {labels.titled(self.by)}" if self.by else ""
        heads = ["n", labels.text("events"), labels.text("median")]
        heads += [interval_head(self.level, labels)] if infers else []
        where = f" ({part_words(self.where, lang)})" if self.where else ""
        notes = [f"{labels.text('base_of_survival')}{where}; {weight_words(self.design, lang)}"]
        notes += [*legend(flags, limits, lang), *([] if infers else [labels.text("no_bands")])]
        return Grid(caption, [[(head, 1) for head in heads]], body, [*notes, *standing_notes(self.design, lang)])

    def __repr__(self) -> str:
        from kzm_surveys.estimation.printed import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from kzm_surveys.estimation.grid import html_table

        return html_table(self.grid("en"))
