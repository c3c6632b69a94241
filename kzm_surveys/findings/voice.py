"""Numbers and words about one survey: everything a sentence needs, bound to the design it was computed with."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation import quality
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.findings.script_words import ScriptWords
from kzm_surveys.findings.text import LEAST_P, Claim, Number, NumberKind, Piece, Text, join, number, say
from kzm_surveys.language import catalogue, english, slovene
from kzm_surveys.language.numbers import NBSP, Language, date
from kzm_surveys.record import fact_in


class Voice:
    """Speaks about the estimates of one design in one language.

    Attributes
    ----------
    design, survey, lang
        What it speaks of, and how.
    words
        Texts of an analysis script.
    """

    def __init__(self, design: SurveyDesign, lang: Language = "sl", words: ScriptWords | None = None) -> None:
        if design.survey is None:
            raise FindingError("sentences need a survey; make the design with SurveyDesign.from_survey.")
        self.design, self.survey, self.lang = design, design.survey, lang
        self.codebook = self.survey.codebook
        self.words = ScriptWords(Path("no script"), lang, {}) if words is None else words

    @cached_property
    def unweighted(self) -> Voice:
        """The voice that speaks about the same answers without weights."""
        return Voice(SurveyDesign.from_survey(self.survey), self.lang, self.words)

    def text(self, key: str, **values: Piece) -> Text:
        """Return a text of the engine's catalogue, filled in."""
        return say(catalogue.text(self.lang, key), **values)

    def say(self, key: str, **values: Piece) -> Text:
        """Return a text of the analysis script, filled in.

        Raises
        ------
        CodebookError
            The script's words do not have it.
        """
        return say(self.words[key], **values)

    def fact(
        self, value: float, statistic: str, *, decimals: int = 0, variable: str | None = None,
        category: str | None = None, by: str | None = None, source: str | None = None,
        weight: str | None = None, n: int | None = None, kind: NumberKind = "count",
    ) -> Number:  # fmt: skip
        """Return a number that is not an estimate: a count of respondents, a target, a design effect."""
        claim = Claim(
            wave=self.survey.wave.name, statistic=statistic, estimate=float(value), variable=variable,
            category=category, by=by, source=source, weight=weight, n=n, data_sha256=self.survey.source.sha256,
            synthetic=self.survey.source.synthetic,
        )  # fmt: skip
        return number(claim, kind, decimals, self.lang)

    def percent(self, row: Estimate, decimals: int = 1) -> Number:
        """Return a share as a percentage.

        Raises
        ------
        WithheldError
            The estimate is NaN, or withheld because too few answers stand behind it.
        """
        self._printable(row)
        return number(self._claim(row), "percent", decimals, self.lang)

    def mean(self, row: Estimate, decimals: int = 1) -> Number:
        """Return a mean in the units of its variable."""
        self._printable(row)
        return number(self._claim(row), "decimal", decimals, self.lang)

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
        """
        self._printable(row)
        if not self.design.infers or not (math.isfinite(row.ci_low) and math.isfinite(row.ci_high)):
            return None
        kinds: tuple[NumberKind, NumberKind] = ("points", "percent") if is_share(row.statistic) else ("decimal",) * 2
        ends = (("ci_low", row.ci_low), ("ci_high", row.ci_high))
        numbers: list[Piece] = [
            number(self._claim(row, statistic=f"{row.statistic}.{name}", estimate=value), kind, decimals, self.lang)
            for (name, value), kind in zip(ends, kinds, strict=True)
        ]
        return join(numbers, "–")

    def share(self, row: Estimate, decimals: int = 1) -> Text:
        """Return a share with its interval in brackets, and words on a small base."""
        extras = self._extras(row, decimals)
        if not extras:
            return Text((self.percent(row, decimals),))
        return say("{share} ({extras})", share=self.percent(row, decimals), extras=join(extras, "; "))

    def shares(self, rows: Sequence[tuple[str, Estimate]], *, decimals: int = 1) -> Text:
        """Return a list "label (share; interval), ..." in the given order."""
        pieces: list[Piece] = []
        for label, row in rows:
            inner = join([self.percent(row, decimals), *self._extras(row, decimals)], "; ")
            pieces.append(say("{label} ({inner})", label=label, inner=inner))
        return join(pieces, ", ", " in ")

    def _extras(self, row: Estimate, decimals: int) -> list[Piece]:
        """What must stand beside a share: its interval, and that its base is small."""
        extras: list[Piece] = []
        if (interval := self.interval(row, decimals)) is not None:
            extras.append(interval)
        if "small_base" in row.flag.split():
            extras.append(say("{words}, n = {n}", words=catalogue.text(self.lang, "small_base"), n=self.base(row)))
        return extras

    def cell(self, row: Estimate, decimals: int = 1) -> Piece:
        """Return a table cell: the share or mean with the marks of its quality, or the mark of a withheld value."""
        if not row.printable:
            return self._instead(row)
        number = self.mean(row, decimals) if row.statistic == "mean" else self.percent(row, decimals)
        shown = quality.marks(row.flag)
        return Text((number, f"{NBSP}{shown}")) if shown else number

    def interval_cell(self, row: Estimate, decimals: int = 1) -> Piece:
        """Return the interval for a table cell; an en dash where there is none, the mark where it is withheld."""
        interval = self.interval(row, decimals) if row.printable else self._instead(row)
        return "–" if interval is None else interval

    @staticmethod
    def _instead(row: Estimate) -> str:
        """What stands in place of a number that may not be printed, or that does not exist."""
        return quality.marks(row.flag) if row.withheld else quality.MARKS["empty"]

    def legend(self, *estimates: Iterable[Estimate]) -> list[Text]:
        """Return explanations of the marks that cells of these estimates carry."""
        used = quality.marked(row.flag for part in estimates for row in part)
        return [self.mark(name) for name in quality.MARKS if name in used]

    def mark(self, name: str) -> Text:
        """Return the explanation of one mark of :data:`kzm_surveys.estimation.quality.MARKS`."""
        numbers = quality.legend_numbers(name, self.survey.wave.quality)
        facts = {
            key: self.fact(value, f"threshold.{name}.{key}", decimals=decimals, kind="decimal" if decimals else "count")
            for key, (value, decimals) in numbers.items()
        }
        return self.text(f"quality.{name}", mark=quality.MARKS[name], **facts)

    def test(self, test: TestResult, variable: str, by: str) -> Text:
        """Return "F(1,88; 905,21) = 14,28; p < 0,001" for a test of a variable by groups."""
        facts = {
            name: self.fact(
                value, f"rao_scott.{name}", decimals=decimals, variable=variable, by=by, kind="decimal",
                n=len(self.survey), weight=self.weight_record(),
            )
            for name, value, decimals in (
                ("df_num", test.df_num, 2), ("df_den", test.df_den, 0), ("F", test.statistic, 2),
            )
        }  # fmt: skip
        p = self.p_value(test.p_value, "rao_scott.p", variable=variable, by=by)
        return say("F({df_num}; {df_den}) = {F}; {p}", p=p, **facts)

    def p_value(self, p: float, statistic: str, *, variable: str, by: str | None = None) -> Text:
        """Return "p = 0,012", or "p < 0,001" where it is smaller than that."""
        if not 0 <= p <= 1:
            raise FindingError(f"{self.survey.wave.name}: {p} is no p-value and cannot be printed.")
        shown = self.fact(
            p, statistic, decimals=3, variable=variable, by=by, kind="p_value", n=len(self.survey),
            weight=self.weight_record(),
        )  # fmt: skip
        return Text((f"p{NBSP}{'<' if p < LEAST_P else '='}{NBSP}", shown))

    def counted(self, count: Number, word: str, case: slovene.Case = "nominative") -> Text:
        """Return a number with its noun in the right form; in English the case does not matter."""
        value, decimals = count.claim.estimate, count.decimals
        form = slovene.noun(word, value, case, decimals) if self.lang == "sl" else english.noun(word, value, decimals)
        return Text((count, f"{NBSP}{form}"))

    def label(self, variable: str) -> str:
        """Label of a variable."""
        return self.codebook[variable].label[self.lang]

    def category(self, variable: str, category: str) -> str:
        """Label of a category."""
        return self.codebook[variable].category_label(category, self.lang)

    def listed(self, words: Sequence[str]) -> str:
        """Join words with commas and "in" or "and"."""
        return str(join(list(words), ", ", f" {catalogue.text(self.lang, 'codebook.and')} "))

    def base_line(self, rows: Estimates | Sequence[Estimate], base: Literal["answered", "asked"] = "answered") -> Text:
        """Return the base with the unweighted n, or its range over several questions."""
        words = catalogue.text(self.lang, f"base_{base}")
        return self.text("base_n", base=words, n=self.bases(list(rows)))

    def bases(self, rows: Sequence[Estimate]) -> Text:
        """Return the unweighted n of several estimates: one number, or the lowest and the highest."""
        low, high = min(rows, key=lambda row: row.n), max(rows, key=lambda row: row.n)
        return Text((self.base(low),)) if low.n == high.n else join([self.base(low), self.base(high)], "–")

    def margin_facts(self, name: str) -> Mapping[str, str]:
        """Return what the margins file says of the margin of a variable, alone or jointly with others."""
        known = self.design.weighting.provenance if self.design.weighting else {}
        return next((facts for margin, facts in known.items() if name in (margin, *margin.split("*"))), {})

    def margin_status(self, name: str) -> str:
        """Return the status of a margin in words: official, or an estimate."""
        return catalogue.text(self.lang, f"status.{self.margin_facts(name).get('status') or 'unknown'}")

    def margin_label(self, name: str) -> str:
        """Return the label of a margin; a joint one says that its variables are taken together."""
        labels = self.listed([self.label(part) for part in name.split("*")])
        return str(self.text("joint_margin", variables=labels)) if "*" in name else labels

    def margin_notes(self, *wanted: Literal["population", "source", "date"]) -> list[str]:
        """Return per margin "spol (vsi prebivalci občine, 1. januar 2021) – uradni podatek: SURS", as far as wanted."""
        notes: list[str] = []
        record = self.design.weighting
        if record is None:
            return notes
        for name in record.margins["variable"].unique():
            facts = record.provenance.get(name, {})
            day = datetime.date.fromisoformat(facts["date"]) if facts.get("date") else None
            words = {name: fact_in(facts, name, self.lang) for name in ("population", "source")}
            words["date"] = date(day, self.lang) if day else ""
            whom = ", ".join(words[key] for key in ("population", "date") if key in wanted and words[key])
            status = catalogue.text(self.lang, f"status.{facts.get('status') or 'unknown'}")
            source = f": {words['source']}" if "source" in wanted and words["source"] else ""
            notes.append(f"{self.margin_label(name)}{f' ({whom})' if whom else ''} – {status}{source}")
        return notes

    def population_share(self, variable: str, category: str) -> Number:
        """Return the target of a category in the weighting, as a percentage.

        Raises
        ------
        WithheldError
            The design is not weighted by that variable, alone or jointly with others.
        """
        share = self.design.weighting.target(variable, category) if self.design.weighting else None
        if share is None:
            raise WithheldError(f"{self.survey.wave.name}: there is no margin with '{variable}'.")
        source = self.margin_facts(variable).get("source")
        return self.fact(share, "population_share", decimals=1, variable=variable, category=category, kind="percent",
                         source=source)  # fmt: skip

    def weight_word(self) -> str:
        """Return "uteženi podatki" or "neuteženi podatki"; variables whose margins are estimates are named."""
        if self.design.weighting is None:
            return catalogue.text(self.lang, "unweighted_data")
        words = catalogue.text(self.lang, "weighted_data")
        facts = self.design.weighting.provenance.items()
        estimated = [part for name, fact in facts if fact.get("status") == "estimate" for part in name.split("*")]
        if not estimated:
            return words
        labels = self.listed([self.label(name) for name in dict.fromkeys(estimated)])
        status = catalogue.text(self.lang, "status.estimate")
        return f"{words}; {self.text('estimated_population', variables=labels, status=status)}"

    def weight_record(self) -> str:
        """Return the weighting for the ledger: method, and the status of every margin."""
        if self.design.weighting is None:
            return "none"
        facts = self.design.weighting.provenance.items()
        margins = [f"{name}: {fact.get('status', 'no status')}" for name, fact in facts]
        return f"raking ({', '.join(margins)})"

    def source_line(self) -> Text:
        """Return survey, wave and weighting; for synthetic answers also that."""
        pieces: list[Piece] = [self.survey.wave.title[self.lang], self.weight_word()]
        if self.survey.source.synthetic:
            pieces.append(catalogue.text(self.lang, "synthetic_short"))
        return self.text("source", source=join(pieces, "; "))

    def synthetic_mark(self) -> str:
        """Return the mark for figures and sheets, empty for real answers."""
        return catalogue.text(self.lang, "synthetic") if self.survey.source.synthetic else ""

    def _printable(self, row: Estimate) -> None:
        if row.design is not None and not self.speaks_of(row.design):
            raise FindingError(
                f"{self.survey.wave.name}: the estimate of '{row.variable}' is of another wave, another file or other "
                f"weights ({row.design!r}); its base and weighting would be told wrong. Speak of it with a voice of its "
                "own design."
            )
        if not row.printable:
            name = ".".join(str(part) for part in (row.variable, row.category, row.by_category) if part)
            why = "is withheld (too few answers)" if row.withheld else "has no estimate (NaN)"
            raise WithheldError(f"{self.survey.wave.name}: '{name}' {why} and cannot be printed.")

    def speaks_of(self, design: SurveyDesign) -> bool:
        """Whether estimates of a design are of the same answers and weights as those that the voice speaks of."""
        return design.survey is self.survey and design.weighting is self.design.weighting

    def _claim(self, row: Estimate, *, statistic: str | None = None, estimate: float | None = None) -> Claim:
        def known(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return Claim(
            wave=self.survey.wave.name, statistic=statistic or row.statistic,
            estimate=row.estimate if estimate is None else estimate, variable=row.variable, category=row.category,
            by=row.by, by_category=row.by_category, where=row.where, base=row.base,
            weight=self.weight_record(), n=int(row.n), ci_low=known(row.ci_low),
            ci_high=known(row.ci_high), df=known(row.df), flag=row.flag,
            question=self.codebook[row.variable].question[self.lang], data_sha256=self.survey.source.sha256,
            synthetic=self.survey.source.synthetic,
        )  # fmt: skip
