"""The record of weighting: what each step did to the margins and to the weights, and what it cost.

Everything is computed when it is asked for, from the weights before and after each step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray
from kzm_surveys.language.numbers import Language

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MARGIN_COLUMNS = ["variable", "category", "n", "before", "target", "after"]


def kish_deff(weights: FloatArray) -> float:
    """Kish's design effect of unequal weights; rows of weight zero do not count.

    Examples
    --------
    >>> kish_deff(np.array([1.0, 1.0, 1.0])), kish_deff(np.array([1.0, 3.0, 0.0]))
    (1.0, 1.25)
    """
    used = weights[weights > 0]
    return float(len(used) * (used @ used) / used.sum() ** 2)


def fact_in(facts: Mapping[str, str], name: str, lang: Language) -> str:
    """Population or source of a margin in a language; as it stands where the margins file has no translation.

    Examples
    --------
    >>> facts = {"population": "vsi prebivalci občine", "population_en": "all residents"}
    >>> fact_in(facts, "population", "en"), fact_in(facts, "population", "sl"), fact_in(facts, "source", "en")
    ('all residents', 'vsi prebivalci občine', '')
    """
    return facts.get(f"{name}_{lang}") or facts.get(name, "")


@dataclass(frozen=True, eq=False)
class MarginCells:
    """The weighting cells of a step and how each margin divides them.

    Attributes
    ----------
    rows
        (n,) cell of each row.
    place
        (cells,) place of each cell in the product of the variables' categories, 0 of each = missing.
    levels
        Per variable the names of its categories.
    margins
        Margin name -> (cells,) number of its category, -1 for cells that lack a variable.
    categories
        Margin name -> names of its categories.
    shares
        Margin name -> target shares (0-1).
    """

    rows: CodeArray
    place: CodeArray
    levels: Sequence[Sequence[str]]
    margins: Mapping[str, CodeArray]
    categories: Mapping[str, Sequence[str]]
    shares: Mapping[str, FloatArray]

    def counts(self, used: BoolArray) -> FloatArray:
        """(cells,) rows of each cell among those used."""
        return np.bincount(self.rows[used], minlength=len(self.place)).astype(np.float64)

    @cached_property
    def labels(self) -> list[str]:
        """Per cell its categories joined by a star; a cell that lacks a variable has ``?`` in its place."""
        parts = [["?", *names] for names in self.levels]
        split = np.unravel_index(self.place, [len(names) for names in parts])
        return ["*".join(part[i] for part, i in zip(parts, at, strict=True)) for at in zip(*split, strict=True)]

    def complete(self) -> BoolArray:
        """(cells,) whether a cell has all variables."""
        return np.logical_and.reduce([level >= 0 for level in self.margins.values()])


@dataclass(frozen=True, eq=False)
class WeightingStep:
    """What one weighting verb did.

    Attributes
    ----------
    method
        Name of the method.
    before, after
        (n,) weights.
    iterations
        Sweeps or Newton steps.
    worst_margin
        Largest remaining distance from a target, relative to the target.
    cells
        The weighting cells, where the method has them.
    totals
        Frame ``variable before target after``: calibration totals of numeric variables, in their units.
    trimmed_rows
        (n,) rows whose weight was cut to a limit, for trimming.
    notes
        What else was done or found, in words: limits, merged categories.
    """

    method: str
    before: FloatArray
    after: FloatArray
    iterations: int = 0
    worst_margin: float = 0.0
    cells: MarginCells | None = None
    totals: pd.DataFrame | None = None
    trimmed_rows: BoolArray | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        used = self.used.sum()
        return f"<WeightingStep {self.method}: n {used}, design effect {self.deff:.4g}, effective n {self.n_eff:,.6g}>"

    @cached_property
    def used(self) -> BoolArray:
        """(n,) rows that had weight before the step."""
        return self.before > 0

    @cached_property
    def mean_weight(self) -> int:
        """Rows that lack a weighting variable and were given the mean weight."""
        if self.cells is None:
            return 0
        return int(self.cells.counts(self.used)[~self.cells.complete()].sum())

    @cached_property
    def margins(self) -> pd.DataFrame:
        """Frame ``variable category n before target after``: unweighted count and shares (0-1) of each category."""
        return margins_frame(self.cells, self.before, self.after)

    @cached_property
    def factors(self) -> pd.DataFrame:
        """Frame ``cell n factor``: weight after / weight before of each cell with weight, both scaled to mean 1."""
        if self.cells is None:
            return pd.DataFrame({"cell": [], "n": [], "factor": []})
        size = len(self.cells.place)
        before = np.bincount(self.cells.rows, self.before, size)
        after = np.bincount(self.cells.rows, self.after, size)
        keep = before > 0
        factor = (after[keep] / after.sum()) / (before[keep] / before.sum())
        labels = [label for label, kept in zip(self.cells.labels, keep, strict=True) if kept]
        return pd.DataFrame({"cell": labels, "n": self.cells.counts(self.used)[keep].astype(int), "factor": factor})

    @cached_property
    def deff(self) -> float:
        """Kish's design effect of the weights after the step."""
        return kish_deff(self.after)

    @property
    def n_eff(self) -> float:
        """Rows with weight / deff."""
        return float((self.after > 0).sum()) / self.deff

    @property
    def lowest(self) -> float:
        """Smallest weight above zero after the step."""
        return float(self.after[self.after > 0].min())

    @property
    def highest(self) -> float:
        """Largest weight after the step."""
        return float(self.after.max())

    @property
    def trimmed(self) -> float:
        """Share (0-1) of the rows with weight that were cut to a limit."""
        return 0.0 if self.trimmed_rows is None else float(self.trimmed_rows.sum() / self.used.sum())


@dataclass(frozen=True, eq=False)
class WeightingRecord:
    """What weighting did and cost, over all its steps.

    Attributes
    ----------
    steps
        One :class:`WeightingStep` per verb, in order.
    provenance
        Per margin: population, date, status and source, where the margins file gives them; see `fact_in`.
    """

    steps: tuple[WeightingStep, ...]
    provenance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __repr__(self) -> str:
        if not self.steps:
            return "<WeightingRecord: no step>"
        methods = " > ".join(step.method for step in self.steps)
        return (
            f"<WeightingRecord {methods}: n {self.n}, design effect {self.deff:.4g}, effective n {self.n_eff:,.6g}; "
            "see .margins, .quantiles, .steps>"
        )

    def then(self, step: WeightingStep, provenance: Mapping[str, Mapping[str, str]]) -> WeightingRecord:
        """The record with one more step."""
        return WeightingRecord((*self.steps, step), {**self.provenance, **provenance})

    @property
    def _weights(self) -> FloatArray:
        return self.steps[-1].after

    @cached_property
    def margins(self) -> pd.DataFrame:
        """Frame ``variable category n before target after``.

        Unweighted count and the three shares (0-1) of each category: before the first step, wanted, and after the last
        one, so that trimming shows. Joint margins are named ``a*b``. A margin used twice stands with its last target.
        """
        frames: dict[str, pd.DataFrame] = {}
        for step in self.steps:
            found = margins_frame(step.cells, self.steps[0].before, self._weights, used=step.used)
            frames.update({str(name): part for name, part in found.groupby("variable", sort=False)})
        return pd.concat(frames.values(), ignore_index=True) if frames else pd.DataFrame(columns=MARGIN_COLUMNS)

    @cached_property
    def n(self) -> int:
        """Rows with weight."""
        return int((self._weights > 0).sum())

    @cached_property
    def deff(self) -> float:
        """Kish design effect of the weights, n·Σw²/(Σw)² (Kish 1965, Survey Sampling, sec. 11.7)."""
        return kish_deff(self._weights)

    @property
    def n_eff(self) -> float:
        """N / deff."""
        return self.n / self.deff

    @property
    def lowest(self) -> float:
        """Smallest weight above zero."""
        return self.steps[-1].lowest

    @property
    def highest(self) -> float:
        """Largest weight."""
        return self.steps[-1].highest

    @property
    def mean(self) -> float:
        """Mean of the weights above zero."""
        return float(self._weights.sum() / self.n)

    @cached_property
    def quantiles(self) -> pd.Series[float]:
        """Quantiles of the weights above zero, linear between order statistics; index: their orders."""
        used = self._weights[self._weights > 0]
        return pd.Series(np.quantile(used, QUANTILES), index=list(QUANTILES))

    @cached_property
    def trimmed(self) -> float:
        """Share (0-1) of the rows with weight whose weight was cut to a limit at some step."""
        cut = [step.trimmed_rows for step in self.steps if step.trimmed_rows is not None]
        return float(np.logical_or.reduce(cut).sum() / self.n) if cut else 0.0

    @cached_property
    def smallest(self) -> tuple[str, int]:
        """Name and unweighted count of the smallest weighting cell of the last step that has cells; "", 0 without."""
        for step in reversed(self.steps):
            if step.cells is not None:
                counts = step.cells.counts(step.used)
                found = np.flatnonzero((counts > 0) & step.cells.complete())
                at = int(found[counts[found].argmin()])
                return step.cells.labels[at], int(counts[at])
        return "", 0

    @property
    def mean_weight(self) -> int:
        """Rows that lack a weighting variable and were given the mean weight."""
        return max(step.mean_weight for step in self.steps)

    def target(self, variable: str, category: str) -> float | None:
        """Target share (0-1) of a category, summed over the others in a joint margin; None without such a margin."""
        margin = next((name for name in self.margins["variable"].unique() if variable in name.split("*")), None)
        if margin is None:
            return None
        rows = self.margins[self.margins["variable"] == margin]
        part = rows["category"].str.split("*").str[margin.split("*").index(variable)]
        return float(rows.loc[part == category, "target"].sum())


def margins_frame(
    cells: MarginCells | None, before: FloatArray, after: FloatArray, used: BoolArray | None = None
) -> pd.DataFrame:
    """Margins of a step under any two sets of weights, among rows that have the weighting variables."""
    if cells is None:
        return pd.DataFrame(columns=MARGIN_COLUMNS)
    size = len(cells.place)
    complete = cells.complete()
    count = np.where(complete, cells.counts(before > 0 if used is None else used), 0)
    masses = [np.where(complete, np.bincount(cells.rows, weights, size), 0) for weights in (before, after)]
    parts = []
    for name, level in cells.margins.items():
        names = cells.categories[name]
        at = level.clip(min=0)
        start, end = (np.bincount(at, mass, len(names)) / mass.sum() for mass in masses)
        numbers = {"n": np.bincount(at, count, len(names)).astype(int), "before": start,
                   "target": cells.shares[name], "after": end}  # fmt: skip
        parts.append(pd.DataFrame({"variable": name, "category": list(names), **numbers}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=MARGIN_COLUMNS)
