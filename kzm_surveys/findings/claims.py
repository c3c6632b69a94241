"""Numbers of one design, each with its claim."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.findings.text import LEAST_P, Claim, Number, NumberKind, Piece, Text, join, number, say
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import MINUS, NBSP, Language


class Claims:
    """Makes printed numbers of estimates and facts of one design, and refuses those of another.

    Attributes
    ----------
    design, survey, codebook, lang
        What the numbers are of, and the language they are printed in.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> claims = Claims(kzm.weight(kzm.load("surveys/noise/2021")), "sl")
    >>> women = kzm.proportion(claims.design, "sex").row("female")
    >>> claims.percent(women).id, claims.base(women).id
    ('noise_2021.sex.female.proportion.answered.raking.percent1', 'noise_2021.sex.female.proportion.n.answered.raking')
    >>> claims.percent(women).claim.estimate == women.estimate
    True
    """

    def __init__(self, design: SurveyDesign, lang: Language) -> None:
        if design.survey is None:
            raise FindingError("sentences need a survey; make the design with SurveyDesign.from_survey.")
        self.design, self.survey, self.lang = design, design.survey, lang
        self.codebook = self.survey.codebook

    def fact(
        self, value: float, statistic: str, *, decimals: int = 0, kind: NumberKind = "count", **facts: Any
    ) -> Number:
        """Return a number that is not an estimate: a count of respondents, a target, a design effect, a difference.

        Parameters
        ----------
        value, statistic
            The number, and what it is.
        decimals, kind
            How it is printed.
        facts
            Further fields of :class:`~kzm_surveys.findings.text.Claim`: variable, category, source, n, weight ...
            With a `source` the number comes from there and not from the answers.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> claims = Claims(kzm.weight(kzm.load("surveys/noise/2021")), "sl")
        >>> respondents = claims.fact(508, "respondents", n=508)
        >>> str(respondents), respondents.id
        ('508', 'noise_2021.respondents')
        """
        if not facts.get("source"):
            facts |= {"data_sha256": self.survey.source.sha256, "synthetic": self.survey.source.synthetic}
        claim = Claim(wave=self.survey.wave.name, statistic=statistic, estimate=float(value), **facts)
        return number(claim, kind, decimals, self.lang)

    def percent(self, row: Estimate, decimals: int = 1) -> Number:
        """Return a share as a percentage.

        Raises
        ------
        WithheldError
            The estimate is NaN, or withheld because too few answers stand behind it.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> claims = Claims(kzm.weight(kzm.load("surveys/noise/2021")), "sl")
        >>> port = kzm.proportion(claims.design, "annoyance_port", categories=["very", "extremely"]).row()
        >>> claims.percent(port).claim.question
        'Če pomislite na zadnjih 12 mesecev: koliko vas doma moti ali vznemirja hrup naslednjih virov?'
        """
        self._printable(row)
        return number(self._claim(row), "percent", decimals, self.lang)

    def mean(self, row: Estimate, decimals: int = 1) -> Number:
        """Return a mean in the units of its variable."""
        self._printable(row)
        return number(self._claim(row), "decimal", decimals, self.lang)

    def value(self, row: Estimate, decimals: int = 1) -> Number:
        """Return a share as a percentage, any other estimate in the units of its variable."""
        return self.percent(row, decimals) if is_share(row.statistic) else self.mean(row, decimals)

    def base(self, row: Estimate) -> Number:
        """Return the unweighted number of respondents behind an estimate."""
        claim = self._claim(row, statistic=f"{row.statistic}.n", estimate=float(row.n))
        return number(claim, "count", 0, self.lang)

    def interval(self, row: Estimate, decimals: int = 1) -> Text | None:
        """Return the confidence interval, or None for opt-in samples.

        Raises
        ------
        WithheldError
            The estimate is withheld: its limits would give it away.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> claims = Claims(kzm.weight(kzm.load("surveys/noise/2021")), "sl")
        >>> port = kzm.proportion(claims.design, "annoyance_port", categories=["very", "extremely"]).row()
        >>> [number.claim.statistic for number in claims.interval(port).numbers()]
        ['proportion.ci_low', 'proportion.ci_high']
        """
        self._printable(row)
        if not self.design.infers or not (math.isfinite(row.ci_low) and math.isfinite(row.ci_high)):
            return None
        kinds: tuple[NumberKind, NumberKind] = ("points", "percent") if is_share(row.statistic) else ("decimal",) * 2
        ends = (("ci_low", row.ci_low), ("ci_high", row.ci_high))
        low, high = (
            number(self._claim(row, statistic=f"{row.statistic}.{name}", estimate=value), kind, decimals, self.lang)
            for (name, value), kind in zip(ends, kinds, strict=True)
        )
        return self.between(low, high)

    def between(self, low: Number, high: Number) -> Text:
        """Return "22,1–30,9 %", or in words where the lower end is negative: "od −3,0 do 15,0".

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> claims = Claims(kzm.weight(kzm.load("surveys/noise/2021")), "sl")
        >>> ends = (claims.fact(value, "difference", kind="decimal") for value in (-3, 15))
        >>> print(claims.between(*ends))
        od −3 do 15
        """
        if str(low).startswith(MINUS):
            return say(catalogue.text(self.lang, "tables.from_to"), low=low, high=high)
        return Text((low, "–", high))

    def test(self, test: TestResult, name: str = "", *, p: Text | None = None, **facts: Any) -> Text:
        """Return "F(1,88; 905) = 14,28; p < 0,001": the statistic with its degrees of freedom, and its p-value.

        Parameters
        ----------
        test
            What to print.
        name
            Of the test in claims; by default its kind.
        p
            The p-value in words where it is not the test's own, but corrected.
        facts
            What was tested, as in :meth:`fact`.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> claims = Claims(kzm.weight(kzm.load("surveys/noise/2021")), "sl")
        >>> t_test = TestResult(2.6, 1, 499, 0.0096, "Design-based t test of two means")
        >>> str(claims.test(t_test)).replace(NBSP, " ")
        't(499) = 2,60; p = 0,010'
        """
        name = name or name_of_test(test)
        facts = {"n": len(self.survey), "weight": self.weight_record()} | facts

        def fact(value: float, part: str, decimals: int) -> Number:
            return self.fact(value, f"{name}.{part}", decimals=decimals, kind="decimal", **facts)

        # Degrees of freedom of a table are seldom whole numbers.
        places = (2, 0) if test.symbol == "F" and not float(test.df_num).is_integer() else (0, 0)
        degrees: list[Piece] = [
            fact(value, f"df{number}", decimals)
            for number, (value, decimals) in enumerate(zip(test.degrees, places, strict=False), start=1)
        ]
        symbol = catalogue.text(self.lang, "tables.chi_square") if test.symbol == "chi-square" else test.symbol
        p = self.p_value(test.p_value, f"{name}.p", **facts) if p is None else p
        statistic = fact(test.statistic, test.symbol, 2)
        return join([f"{symbol}(", join(degrees, f";{NBSP}"), f"){NBSP}={NBSP}", statistic, "; ", p], "")

    def p_value(self, p: float, statistic: str, **facts: Any) -> Text:
        """Return "p = 0,012", or "p < 0,001" where it is smaller than that.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> claims = Claims(kzm.weight(kzm.load("surveys/noise/2021")), "sl")
        >>> str(claims.p_value(0.00002, "change.p")).replace(NBSP, " ")
        'p < 0,001'
        """
        if not 0 <= p <= 1:
            raise FindingError(f"{self.survey.wave.name}: {p} is no p-value and cannot be printed.")
        facts = {"n": len(self.survey), "weight": self.weight_record()} | facts
        shown = self.fact(p, statistic, decimals=3, kind="p_value", **facts)
        return Text((f"p{NBSP}{'<' if p < LEAST_P else '='}{NBSP}", shown))

    @cached_property
    def _weights(self) -> str:
        if self.design.weighting is None:
            return "none"
        facts = self.design.weighting.provenance.items()
        margins = [f"{name}: {fact.get('status', 'no status')}" for name, fact in facts]
        return f"raking ({', '.join(margins)})"

    def weight_record(self) -> str:
        """Return the weighting for the ledger: method, and the status of every margin."""
        return self._weights

    def speaks_of(self, design: SurveyDesign) -> bool:
        """Whether estimates of a design are of the same answers and weights as those that the voice speaks of."""
        return design.survey is self.survey and design.weighting is self.design.weighting

    def require(self, of: Estimates) -> None:
        """Refuse estimates of another wave, another file or other weights.

        Raises
        ------
        FindingError
            Naming what they are of.
        """
        if not self.speaks_of(of.design):
            raise self._foreign(", ".join(dict.fromkeys(of.columns["variable"])) if len(of) else "", of.design)

    def _foreign(self, variable: str, design: SurveyDesign) -> FindingError:
        return FindingError(
            f"{self.survey.wave.name}: the estimate of '{variable}' is of another wave, another file or other "
            f"weights ({design!r}); its base and weighting would be told wrong. Speak of it with a voice of its "
            "own design."
        )

    def _printable(self, row: Estimate) -> None:
        if row.design is not None and not self.speaks_of(row.design):
            raise self._foreign(row.variable, row.design)
        if not row.printable:
            name = ".".join(str(part) for part in (row.variable, row.category, row.by_category) if part)
            why = "is withheld (too few answers)" if row.withheld else "has no estimate (NaN)"
            raise WithheldError(f"{self.survey.wave.name}: '{name}' {why} and cannot be printed.")

    def _claim(self, row: Estimate, *, statistic: str | None = None, estimate: float | None = None) -> Claim:
        def known(value: float) -> float | None:
            return value if math.isfinite(value) else None

        low, high = (math.nan, math.nan) if row.withheld else (row.ci_low, row.ci_high)  # they would give it away

        return Claim(
            wave=self.survey.wave.name, statistic=statistic or row.statistic,
            estimate=row.estimate if estimate is None else estimate, variable=row.variable, category=row.category,
            by=row.by, by_category=row.by_category, where=row.where, base=row.base,
            weight=self.weight_record(), n=int(row.n), ci_low=known(low), ci_high=known(high), df=known(row.df),
            flag=row.flag,
            question=self.codebook[row.variable].question[self.lang], data_sha256=self.survey.source.sha256,
            synthetic=self.survey.source.synthetic,
        )  # fmt: skip


#: Beginning of the method of a test -> its name in claims and, as ``finding.test_<name>``, in the catalogue.
TESTS = (
    ("Pearson X²", "rao_scott"),
    ("Wald test", "wald"),
    ("Adjusted Wald", "wald"),
    ("Design-based t test", "t_test"),
    ("Design-based rank test", "rank_test"),
)


def name_of_test(test: TestResult) -> str:
    """Name of a test in claims and in the catalogue.

    Examples
    --------
    >>> name_of_test(TestResult(2.6, 1, 499, 0.0096, "Design-based t test of two means"))
    't_test'
    """
    return next((name for start, name in TESTS if test.method.startswith(start)), "test")
