"""What a fitted model is: coefficients with design-based covariance, tests of terms, marginal effects."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import pandas as pd
from scipy import optimize, special

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.intervals import t_quantile
from kzm_surveys.estimation.margins import Predictions, average_effects
from kzm_surveys.estimation.test_result import TestResult, told

if TYPE_CHECKING:
    from kzm_surveys.estimation.grid import Grid
    from kzm_surveys.estimation.labels import Labels
    from kzm_surveys.language.numbers import Language

TermTest = Literal["wald", "working_likelihood", "working_wald"]
METHODS: tuple[TermTest, ...] = ("wald", "working_likelihood", "working_wald")
Reference = Literal["F", "chisq"]
_RATIOS = ("logit", "log")


class Fit(Predictions, Protocol):
    """Predictions of a fit, and the deviance of smaller models."""

    @property
    def deviance(self) -> float:
        """Of the model, with the weights as they are."""

    def deviance_without(self, dropped: BoolArray) -> float:
        """Deviance of the fit to the same rows without some parameters."""


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A fitted model.

    Attributes
    ----------
    family, link
        Distribution and link: "identity", "logit" or "log".
    formula
        As it was given.
    response
        The response; for a logit of two categories ``name = category that is modelled``.
    names
        (p,) names of the parameters.
    terms
        (p,) term of the formula that each parameter belongs to; None for intercepts.
    coefficients
        (p,) estimates, on the scale of the link.
    covariance
        (p, p) design-based covariance.
    naive
        (p, p) inverse of the weighted information, which working tests compare with the covariance.
    df
        Degrees of freedom of the design (see ``glm``), plus one, less the number of parameters (for an ordinal
        model: less the number of slopes), as in R.
    n
        Rows used.
    level
        Confidence level.
    deviance
        Of weights with mean 1 in the domain, as R's.
    dispersion
        Weighted variance of the Pearson residuals, as R's ``summary(svyglm)$dispersion``, which multiplies it by the
        mean weight of the rows used over that of all rows of the domain (1 if no answer is missing). R 4.1 gives
        a wrong number for replicate designs, and takes means over all rows if the design was calibrated;
        here it is the same for every design. NaN for an ordinal model. Standard errors do not depend on it.
    where
        Words for the subgroup, or None.
    design
        The design.
    """

    family: str
    link: str
    formula: str
    response: str
    names: tuple[str, ...]
    terms: tuple[str | None, ...]
    coefficients: FloatArray
    covariance: FloatArray
    naive: FloatArray
    df: float
    n: int
    level: float
    deviance: float
    dispersion: float
    where: str | None
    design: SurveyDesign
    fit: Fit

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The coefficients: ``term estimate se statistic df p_value ci_low ci_high``."""
        return self._frame(self.names, self.coefficients, self.covariance)

    @property
    def odds_ratios(self) -> pd.DataFrame:
        """Exponentials of estimates and interval ends, without intercepts: ``term estimate ci_low ci_high``.

        Odds ratios of a logit, odds ratios of a higher answer in an ordinal model, rate ratios of a Poisson model.

        Raises
        ------
        EstimationError
            The link is the identity: its coefficients are differences.
        """
        if self.link not in _RATIOS:
            raise EstimationError(
                f"odds_ratios: the coefficients of a {self.family} model are differences, not ratios."
            )
        slopes = np.array([term is not None for term in self.terms])
        frame = self.frame.loc[slopes, ["term", "estimate", "ci_low", "ci_high"]].reset_index(drop=True)
        with np.errstate(over="ignore"):
            return frame.assign(**{name: np.exp(frame[name]) for name in ("estimate", "ci_low", "ci_high")})

    def term_test(
        self, term: str | Sequence[str], *, method: TermTest = "wald", statistic: Reference = "F",
    ) -> TestResult:  # fmt: skip
        """Test that all coefficients of one or more terms of the formula are zero, as R's ``regTermTest``.

        Parameters
        ----------
        term
            Terms of the formula as written there (``"a"``, ``"a:b"``), or names of single coefficients (``"a[high]"``).
        method
            "wald": b'V⁻¹b/q, referred to F with q and the model's degrees of freedom. "working_likelihood": the
            difference of deviances over the mean of the eigenvalues of V₀⁻¹V, referred to the sum of F variables with
            those weights (Rao and Scott 1984; Lumley and Scott 2014, Canadian Journal of Statistics 42, 1-18), by the
            saddlepoint approximation as R. "working_wald": b'V₀⁻¹b in place of the deviances.
        statistic
            "F", or "chisq" for infinite denominator degrees of freedom (R's ``df = Inf``); the statistic is then q·F.

        Returns
        -------
        TestResult
            With estimate, standard error and interval if there is one coefficient.

        Raises
        ------
        EstimationError
            Unknown term; a term whose interactions stay in the model (working tests); covariance of lower rank.

        Notes
        -----
        R refits the smaller model to all rows that it can use; here both models have the same rows. For ordinal models
        R 4.1 divides the deviance by the mean weight, but not V₀; here the test does not depend on the scale of the
        weights.
        """
        if method not in METHODS:
            raise EstimationError(one_of("term_test: unknown method", method, METHODS))
        if statistic not in ("F", "chisq"):
            raise EstimationError(one_of("term_test: unknown statistic", statistic, ("F", "chisq")))
        chosen = self._chosen([term] if isinstance(term, str) else list(term))
        q, df = int(chosen.sum()), np.inf if statistic == "chisq" else self.df
        estimate, matrix = self.coefficients[chosen], self.covariance[np.ix_(chosen, chosen)]
        size = np.sqrt(np.diag(matrix))
        if not (size > 0).all() or np.linalg.matrix_rank(matrix / np.outer(size, size), tol=1e-10) < q:
            raise EstimationError(
                f"term_test: the covariance of the {q} coefficients does not have full rank: too few sampling units. "
                "Test fewer terms."
            )
        if method == "wald":
            value = float(estimate @ np.linalg.solve(matrix, estimate))
            if statistic == "chisq":
                p_value, shown = float(special.chdtrc(q, value)), value
            else:
                shown = value / q
                p_value = float(special.fdtrc(q, df, shown)) if df > 0 else np.nan
            words = "Wald test of terms " + ("(chi-square)" if statistic == "chisq" else "(F)")
        else:
            naive = self.naive[np.ix_(chosen, chosen)]
            if method == "working_wald":
                value = float(estimate @ np.linalg.solve(naive, estimate))
            else:
                self._refuse_marginal(chosen)
                value = self.fit.deviance_without(chosen) - self.fit.deviance
            scales = np.linalg.eigvals(np.linalg.solve(naive, matrix)).real
            shown, p_value = value / float(scales.mean()), _sum_of_f(value, scales, df)
            kind = "likelihood ratio" if method == "working_likelihood" else "Wald"
            words = f"Rao-Scott working {kind} test of terms " + ("(chi-square)" if statistic == "chisq" else "(F)")
        single = self.frame[chosen].iloc[0] if q == 1 else {}
        about: dict[str, Any] = {
            name: float(single[name]) for name in ("estimate", "se", "ci_low", "ci_high") if q == 1
        }
        what = f"{', '.join([term] if isinstance(term, str) else term)} in {self.formula}"
        return TestResult(shown, q, df, p_value, words, **about, **told(self.design, what, self.where))

    def margins(self) -> pd.DataFrame:
        """Average marginal effects: the change of the mean response, averaged over the rows used with their weights.

        For a number the derivative by it, through all terms that it is part of; for a category the difference between
        giving it and giving the reference to everybody. On the scale of the response: shares 0-1 for a logit; for an
        ordinal model the share of each answer.

        Returns
        -------
        DataFrame
            ``term estimate se statistic df p_value ci_low ci_high``, for an ordinal model ``category`` after ``term``.

        Notes
        -----
        Standard errors are by the delta method under the design and count the covariates as a sample too (population
        effects): the influence of a row's own effect is added to that of the coefficients. With replicates both are
        redone in each. Expressions such as ``log(x)`` are differentiated numerically, to about 1e-10.
        """
        terms, answers, estimate, covariance = average_effects(self.fit)
        frame = self._frame(terms, estimate, covariance)
        if self.fit.categories:
            frame.insert(1, "category", answers)
        return frame

    def _frame(self, names: Sequence[str], estimate: FloatArray, covariance: FloatArray) -> pd.DataFrame:
        se = np.sqrt(np.diag(covariance).clip(min=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = estimate / se
        p_value = np.full(len(se), np.nan)
        if self.df > 0:
            p_value = special.betainc(self.df / 2, 0.5, self.df / (self.df + statistic**2))
        half = t_quantile(0.5 + self.level / 2, np.array(self.df)) * se
        return pd.DataFrame({
            "term": list(names), "estimate": estimate, "se": se, "statistic": statistic, "df": self.df,
            "p_value": p_value, "ci_low": estimate - half, "ci_high": estimate + half,
        })  # fmt: skip

    def _chosen(self, wanted: Sequence[str]) -> BoolArray:
        """(p,) parameters of the terms or with the names that are wanted."""
        terms = [None if term is None else frozenset(term.split(":")) for term in self.terms]
        chosen = np.zeros(len(self.names), dtype=bool)
        for name in wanted:
            found = np.array([term == frozenset(name.split(":")) for term in terms])
            if not found.any():
                found = np.array([name == one for one in self.names])
            if not found.any():
                known = [*dict.fromkeys(term for term in self.terms if term), *self.names]
                raise EstimationError(one_of("term_test: unknown term", name, known))
            chosen |= found
        if not chosen.any():
            raise EstimationError("term_test: no term given.")
        return chosen

    def _refuse_marginal(self, chosen: BoolArray) -> None:
        """A likelihood ratio needs the interactions of a term to leave with it."""
        sets = [frozenset() if term is None else frozenset(term.split(":")) for term in self.terms]
        out = {term for term, drop in zip(sets, chosen, strict=True) if drop}
        for term, drop in zip(sets, chosen, strict=True):
            if not drop and any(one and one < term for one in out):
                raise EstimationError(
                    f"term_test: the interaction {':'.join(sorted(term))} stays in the model; test both together."
                )

    def grid(self, lang: Language) -> Grid:
        """The coefficients as a table, with what the model rests on below."""
        from kzm_surveys.estimation.grid import Grid
        from kzm_surveys.estimation.labels import Labels
        from kzm_surveys.estimation.printed_cells import (
            interval_cell,
            interval_head,
            number_cell,
            p_value,
            standing_notes,
            weight_words,
        )
        from kzm_surveys.estimation.quality import legend, marks, thresholds
        from kzm_surveys.language import catalogue

        labels, body = Labels(self.design, lang), []
        support, fewest = self.fit.matrix.support(), thresholds(self.design).smallest_cell
        marked = []
        for row in self.frame.itertuples(index=False):
            if 0 < support.get(row.term, fewest) < fewest:
                # With the intercept such a coefficient would tell what a handful of people answered.
                body.append((_parameter(row.term, labels), [marks("small_cell")] * 4))
                marked.append("small_cell")
                continue
            places = _places(row.se if row.se > 0 else row.estimate)
            ends = [number_cell(end, False, places, False, "", lang) for end in (row.ci_low, row.ci_high)]
            p = p_value(row.p_value, lang).removeprefix("p ").removeprefix("= ") if math.isfinite(row.p_value) else "–"
            numbers = [number_cell(value, False, places, False, "", lang) for value in (row.estimate, row.se)]
            body.append((_parameter(row.term, labels), [*numbers, interval_cell(ends, False, lang), p]))
        caption = labels.text(
            "model", family=self.family, link=self.link, response=self.response, formula=self.formula
        )  # fmt: skip
        caption += labels.text("model_where", where=self.where) if self.where else ""
        heads = [labels.text("coefficient"), labels.text("se"), interval_head(self.level, labels), "p"]
        base = catalogue.text(lang, "base_n").format(base=labels.text("base_of_model"), n=labels.number(self.n))
        degrees = labels.text("degrees", df=labels.number(self.df, 0 if self.df == round(self.df) else 2))
        notes = [f"{base}; {degrees}; {weight_words(self.design, lang)}"]
        notes += [*legend(marked, thresholds(self.design), lang), *standing_notes(self.design, lang)]
        return Grid(caption, [[(head, 1) for head in heads]], body, notes)

    def __repr__(self) -> str:
        from kzm_surveys.estimation.grid import text_lines

        grid = self.grid("en")  # its notes are not broken: an argument for an opt-in sample stays whole
        room = max(shutil.get_terminal_size((100, 24)).columns, 24)
        return "\n".join([*text_lines(replace(grid, notes=[]), room), *grid.notes])

    def _repr_html_(self) -> str:
        from kzm_surveys.estimation.printed import as_html

        return as_html(self)


def _places(size: float) -> int:
    """Decimals that show three digits of a number."""
    return min(max(2 - math.floor(math.log10(abs(size))), 0), 10) if math.isfinite(size) and size != 0 else 2


def _parameter(name: str, labels: Labels) -> str:
    """Name of a parameter with labels of variables and categories, where the codebook has them."""
    parts = []
    for part in name.split(":"):
        found = re.fullmatch(r"(\w+)\[(.+)\]", part)
        whole = (
            f"{labels.variable(found[1])}: {labels.category(found[1], found[2])}" if found else labels.variable(part)
        )
        parts.append(whole if labels.survey else part)
    return (" × " if labels.survey else ":").join(parts)


def _sum_of_f(value: float, scales: FloatArray, df: float) -> float:
    """P(Σ scaleᵢ·χ²₁ > value), the scales being estimated with `df` degrees of freedom, by saddlepoint.

    Kuonen (1999, Biometrika 86, 929-935). Near the mean, where the saddlepoint formula is 0/0, Satterthwaite's
    approximation stands, as in R's ``pFsum`` and ``pchisqsum``.
    """
    if not df > 0:
        return float("nan")
    spread = float((scales**2).mean() / scales.mean() ** 2)
    scale, count = float(scales.mean()) * spread, len(scales) / spread
    if np.isinf(df):
        exact = _saddlepoint(value, scales, np.ones(len(scales)))
        return exact if np.isfinite(exact) else float(special.chdtrc(count, value / scale))
    exact = np.nan
    if value > 0:
        exact = _saddlepoint(0.0, np.append(scales, -value / df), np.append(np.ones(len(scales)), df))
    return exact if np.isfinite(exact) else float(special.fdtrc(count, df, max(value, 0.0) / count / scale))


def _saddlepoint(value: float, scales: FloatArray, counts: FloatArray) -> float:
    """P(Σ scaleᵢ·χ²(countᵢ) > value) by saddlepoint; NaN close to the mean."""
    largest = scales.max()
    scales, value = scales / largest, value / largest
    total = float(counts @ scales)

    def excess(z: float) -> float:
        return float(counts @ (scales / (1 - 2 * z * scales))) - value

    high = 0.5 * (1 - 1e-12)
    if (scales < 0).any():
        low = float((1 / (2 * scales[scales < 0])).max()) * (1 - 1e-12)
    else:
        low = -0.01 if value > total else -float(counts.sum()) / (2 * value)
    if abs(value - total) < 1e-12 * max(abs(value), 1.0):
        return float("nan")
    z = float(optimize.brentq(excess, low, high, xtol=1e-15, rtol=1e-14))
    if abs(z) < 1e-4:
        return float("nan")
    k = -0.5 * float(counts @ np.log(1 - 2 * z * scales))
    w = np.sign(z) * np.sqrt(2 * (z * value - k))
    v = z * np.sqrt(2 * float(counts @ (scales / (1 - 2 * z * scales)) ** 2))
    return float(special.ndtr(-(w + np.log(v / w) / w)))
