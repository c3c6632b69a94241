"""Shares, counts and functions of numbers in groups: estimates, covariance and bases from a tabulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation import replication, variance
from kzm_surveys.estimation.estimates import Base, Estimates
from kzm_surveys.estimation.finish import Bases, Deff, finished
from kzm_surveys.estimation.intervals import ProportionInterval
from kzm_surveys.estimation.tabulation import Coded, Tabulation
from kzm_surveys.estimation.variables import Where, check_size, coded, domain_of

#: Weighted sums (1 + k, groups) or those of replicates (1 + k, groups, R) -> values, or slopes by sum.
OfSums = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Results:
    """Estimates of one tabulation: p numbers, their covariance, bases and degrees of freedom.

    Rows run through the labels of each group, group after group.
    """

    estimate: FloatArray
    covariance: FloatArray
    bases: Bases
    df: FloatArray
    logit_se: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Crossing:
    """Answers crossed with groups.

    Attributes
    ----------
    tabulation
        Groups (if any) by answers.
    by, groups
        Variable and names of the groups; None and [None] for everybody.
    where
        Words for the domain, or None.
    """

    tabulation: Tabulation
    by: str | None
    groups: Sequence[str | None]
    where: str | None

    def __post_init__(self) -> None:
        check_size(self.tabulation.n_cells)

    @classmethod
    def of(
        cls, design: SurveyDesign, what: str, by: str | None, where: Where, answers: Coded,
        columns: Sequence[FloatArray] = (),
    ) -> Crossing:  # fmt: skip
        """Cross answers with the groups of `by` in a domain; `what` names the estimate in errors.

        Raises
        ------
        EstimationError
            Unknown or continuous `by`, a domain without rows.
        """
        domain, words = domain_of(design, where, what)
        if by is None:
            return cls(Tabulation(design, [answers], columns=columns, domain=domain), None, [None], words)
        names, codes = coded(design, by)
        tabulation = Tabulation(design, [(codes, len(names)), answers], columns=columns, domain=domain)
        return cls(tabulation, by, names, words)

    def grouped(self, table: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(groups, answers, ...) of a (cells, ...) table, first answer the missing one."""
        answers = self.tabulation.shape[-1]
        return table.reshape(-1, answers, *table.shape[1:])[-len(self.groups) :]

    def shares(self, members: FloatArray | BoolArray, in_base: BoolArray, *, of_total: bool = False) -> Results:
        """Shares, weighted counts, or means of scores, of sets of answers in each group.

        Parameters
        ----------
        members
            (labels, answers) 1 for the answers that each label holds, or the score of each answer; 0 outside the base.
            The first answer is the missing one.
        in_base
            (answers,) or (labels, answers) answers that stand in the denominator.
        of_total
            Sums in place of means.
        """
        held = members.astype(np.float64)
        inside = np.broadcast_to(in_base, held.shape).astype(np.float64)
        mass = self.grouped(self.tabulation.sums[0])
        base, top = mass @ inside.T, mass @ held.T
        p = divided(top, base)
        rows = self.grouped(self.tabulation.n)
        n, cell_n = rows @ inside.T.astype(np.int64), rows @ (held != 0).T.astype(np.int64)

        def values(sums: FloatArray) -> FloatArray:
            """(p, R) from (1, cells, R)."""
            table = np.moveaxis(self.grouped(sums[0]), 1, -1)
            made = table @ held.T if of_total else divided(table @ held.T, table @ inside.T)
            return np.moveaxis(made, -1, 1).reshape(-1, sums.shape[-1])

        if of_total:
            slopes = np.broadcast_to(held, (len(base), *held.shape))
        else:
            slopes = divided((held - np.where(np.isnan(p), 0.0, p)[:, :, None]) * inside, base[:, :, None], 0.0)
        estimate = (top if of_total else p).ravel()
        covariance = self.covariance(estimate, slopes[None], values, inside > 0)
        logit_se = None
        if self.tabulation.design.replicates is not None and self.tabulation.design.infers and not of_total:
            logit_se = variance.replicate_logit_se(
                self.tabulation.design.replicates, values(self.tabulation.replicate_sums), estimate
            )
        spread = divided(mass @ (held**2).T, base) - p**2
        bases = Bases(
            n.ravel(), base.ravel(), cell_n.ravel(),
            lambda: (self.grouped(self.tabulation.squares) @ inside.T).ravel(), spread.clip(min=0).ravel(),
            np.repeat(self.rows(), len(held)), of_total,
        )  # fmt: skip
        df = np.repeat(self.degrees_of_freedom(), len(held))
        return Results(estimate, bases.without_rounding(covariance), bases, df, logit_se)

    def of_numbers(self, value: OfSums, slope: OfSums, shifts: FloatArray, *, of_total: bool = False) -> Results:
        """One function of the weighted sums per group, over those who answered.

        Parameters
        ----------
        value
            The function of the (1 + k, groups) sums Σw, Σwx.
        slope
            Its (1 + k, groups) derivatives.
        shifts
            (k,) what was taken from each column before it was summed, so that large numbers do not cancel.
        of_total
            The result is a total: its design effect rests on the numbers, not on residuals.
        """
        tab = self.tabulation

        def answered(sums: FloatArray) -> FloatArray:
            """(1 + k, groups, ...) sums of the numbers as they were, from (1 + k, cells, ...)."""
            table = np.stack([self.grouped(part)[:, 1] for part in sums])
            table[1:] += shifts.reshape(-1, *(1 for _ in table.shape[1:])) * table[0]
            return table

        sums = answered(tab.sums)
        estimate, slopes = value(sums), np.nan_to_num(slope(sums))
        slopes[0] += shifts @ slopes[1:]
        by_answer = np.zeros((len(slopes), len(self.groups), 1, tab.shape[-1]))
        by_answer[:, :, 0, 1] = slopes
        covariance = self.covariance(
            estimate, by_answer, lambda made: value(answered(made)), np.arange(tab.shape[-1])[None] == 1
        )
        n, mass = self.grouped(tab.n)[:, 1], self.grouped(tab.sums[0])[:, 1]
        own_sums = np.stack([self.grouped(part)[:, 1] for part in tab.sums])
        residuals = slopes.copy()
        residuals[0] -= divided((slopes * own_sums).sum(axis=0), mass, 0.0)
        spread = np.zeros(len(mass))
        for i, one in enumerate(residuals):
            for j, other in enumerate(residuals[i:], start=i):
                product = own_sums[j] if i == 0 else self.grouped(tab.moment(i, j))[:, 1]
                spread += (1 if i == j else 2) * one * other * product
        spread = divided(spread.clip(min=0), mass) * (1.0 if of_total else mass**2)
        bases = Bases(n, mass, n, lambda: self.grouped(tab.squares)[:, 1], spread, self.rows(), of_total)
        return Results(estimate, bases.without_rounding(covariance), bases, self.degrees_of_freedom())

    def rows(self) -> IntArray:
        """(groups,) rows in each group, whatever they weigh or answered; of a weighted design all rows, as in R."""
        tab = self.tabulation
        n = len(tab.design)
        if tab.design.adjustments:
            return np.full(len(self.groups), n)
        if self.by is None:
            return np.array([n if tab.domain is None else np.count_nonzero(tab.domain)])
        return np.asarray(self.grouped(tab.rows).sum(axis=1))

    def degrees_of_freedom(self) -> FloatArray:
        """(groups,) degrees of freedom of the design in each group, those who did not answer included."""
        tab = self.tabulation
        if not tab.design.infers:
            return np.full(len(self.groups), np.nan)
        if self.by is None:
            # Rows outside the domain and rows without an answer share a cell.
            return np.array([variance.degrees_of_freedom(tab.design, tab.domain)])
        cells = np.arange(tab.n_cells) // tab.shape[-1]
        return tab.degrees_of_freedom(cells == np.arange(1, len(self.groups) + 1)[:, None])

    def covariance(
        self, estimate: FloatArray, slopes: FloatArray, values: OfSums, inside: BoolArray | None = None
    ) -> FloatArray:
        """Covariance from the (1 + k, groups, labels, answers) slopes, or from the replicates.

        `inside` are the (labels, answers) that stand in the base of each label.
        """
        tab = self.tabulation
        p = len(estimate)
        if not tab.design.infers:
            return np.full((p, p), np.nan)
        if tab.design.replicates is not None:
            return replication.covariance(tab.design.replicates, values(tab.replicate_sums), estimate)
        q, n_groups, labels, answers = slopes.shape
        table = np.zeros((q, tab.n_cells // answers, answers, n_groups, labels))
        group = np.arange(n_groups)
        table[:, table.shape[1] - n_groups + group, :, group] = slopes.transpose(1, 0, 3, 2)
        domain = None
        if inside is not None and tab.design.lonely_psu in ("average", "error"):
            of_group = np.zeros(table.shape[1:], dtype=bool)
            of_group[table.shape[1] - n_groups + group, :, group] = inside.T
            domain = of_group.reshape(tab.n_cells, p)
        return tab.covariance(table.reshape(q, tab.n_cells, p), domain)


def results_as_estimates(
    crossing: Crossing, results: Results, words: Mapping[str, str | Sequence[str | None]], *, base: Base, level: float,
    deff: Deff, ci: ProportionInterval | None,
) -> Estimates:  # fmt: skip
    """Rows of Estimates; `words` has variable and statistic, and one category per label if there are labels."""
    labels = words.get("category")
    n_labels = 1 if labels is None else len(labels)
    groups = [name for name in crossing.groups for _ in range(n_labels)]
    categories = None if labels is None else [*labels] * len(crossing.groups)
    told = {"category": categories, "by": crossing.by, "by_category": groups}
    return finished(
        crossing.tabulation.design, results.estimate, results.covariance, results.bases, results.df,
        words={**words, **told}, base=base, level=level, deff=deff, ci=ci, where=crossing.where,
        logit_se=results.logit_se,
    )  # fmt: skip


def divided(top: FloatArray, bottom: FloatArray, otherwise: float = np.nan) -> FloatArray:
    """Quotient; `otherwise` where the bottom is zero."""
    zero = bottom == 0
    if not zero.any():
        return top / bottom
    quotient: FloatArray = np.where(zero, otherwise, top / np.where(zero, 1.0, bottom))
    return quotient


def _mean(sums: FloatArray) -> FloatArray:
    return divided(sums[1], sums[0])


def _mean_slope(sums: FloatArray) -> FloatArray:
    return np.stack([-divided(sums[1], sums[0] ** 2), divided(np.ones_like(sums[0]), sums[0])])


#: The mean Σwy/Σw and its slopes, for `Crossing.of_numbers`.
MEAN = (_mean, _mean_slope)


def far_from_zero(values: FloatArray) -> float:
    """What to take from numbers before they are summed: 0, or their middle if squares would lose it (years, prices).

    A look at a thousand rows is enough: the choice changes the last digits only.
    """
    seen = values[:: max(1, len(values) // 1000)]
    seen = seen[np.isfinite(seen)]
    if not seen.size:
        return 0.0
    middle = float(seen.mean())
    return middle if abs(middle) > 100 * float(seen.std()) else 0.0
