"""Words about one survey: everything a sentence needs, bound to the design whose estimates it speaks of."""

from __future__ import annotations

import datetime
import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation import quality
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.findings.claims import Claims
from kzm_surveys.findings.script_words import ScriptWords
from kzm_surveys.findings.text import Number, Piece, Text, join, say
from kzm_surveys.language import catalogue, grammar
from kzm_surveys.language.numbers import NBSP, Language, date
from kzm_surveys.language.shares import PARTS
from kzm_surveys.language.shares import named as named_share
from kzm_surveys.language.slovene import Case, Tense
from kzm_surveys.record import fact_in

#: Percentages are a subject like five and more: "33,4 % anketiranih je odgovorilo".
_MANY = 5


class Voice(Claims):
    """Speaks about the estimates of one design in one language.

    Attributes
    ----------
    design, survey, lang
        What it speaks of, and how.
    words
        Texts of an analysis script.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
    >>> voice.label("annoyance_port"), voice.category("place_type", "city")
    ('pristanišče', 'mesto')
    >>> voice.listed(["cesta", "luka", "sosedje"])
    'cesta, luka in sosedje'
    >>> voice.weight_word(), voice.unweighted.weight_word()
    ('uteženi podatki; ...', 'neuteženi podatki')
    """

    def __init__(self, design: SurveyDesign, lang: Language = "sl", words: ScriptWords | None = None) -> None:
        super().__init__(design, lang)
        self.words = ScriptWords(Path("no script"), lang, {}) if words is None else words

    @cached_property
    def unweighted(self) -> Voice:
        """The voice that speaks about the same answers without weights."""
        return Voice(SurveyDesign.from_survey(self.survey), self.lang, self.words)

    def text(self, key: str, **values: Piece) -> Text:
        """Return a text of the engine's catalogue, filled in.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
        >>> print(voice.text("source", source="SURS"))
        Vir: SURS
        """
        return say(catalogue.text(self.lang, key), **values)

    def say(self, key: str, *, optional: Collection[str] = (), **values: Piece) -> Text:
        """Return a text of the analysis script, filled in.

        Parameters
        ----------
        key
            Of the script's words.
        optional
            Names of values that the text may leave out.
        values
            What stands in place of the names in braces.

        Raises
        ------
        CodebookError
            The script's words do not have it.
        FindingError
            A name without a value, or a value without a name; the file and the key are named.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> words = ScriptWords(Path("analyses/noise.sl.toml"), "sl", {"who.sentence": "Odgovorilo je {n} oseb."})
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")), "sl", words)
        >>> print(voice.say("who.sentence", n=voice.fact(508, "respondents")))
        Odgovorilo je 508 oseb.
        """
        template = self.words[key]
        try:
            named = {name for _, name, _, _ in string.Formatter().parse(template)}
            return say(
                template, **{name: each for name, each in values.items() if name in named or name not in optional}
            )
        except FindingError as error:
            raise FindingError(f"{self.words.path}: {key}: {error}") from None

    def say_if_there(self, key: str, **values: Piece) -> Text | None:
        """Return a text of the analysis script with those values that it takes; None where the script has none."""
        return self.say(key, optional=list(values), **values) if key in self.words else None

    def share(self, row: Estimate, decimals: int = 1) -> Text:
        """Return a share with its interval in brackets, and words on its quality.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
        >>> port = kzm.proportion(voice.design, "annoyance_port", categories=["very", "extremely"]).row()
        >>> str(voice.share(port)) == f"{voice.percent(port)} ({voice.interval(port)})"
        True
        """
        return self._with_brackets(self.percent(row, decimals), self._extras(row, decimals))

    def share_in_words(
        self, row: Estimate, case: Case | None = "nominative", *, of: str = "", verb: bool = False
    ) -> Text:  # fmt: skip
        """Return "dobra četrtina (26,3 %; 22,1–30,9 %)"; of a share without words "26,3 % (22,1–30,9 %)".

        `of` stands before the bracket: "dobra četrtina prebivalcev (26,3 %; 22,1–30,9 %)". Without a case there are no
        words; in the nominative without `verb` only those that take a verb in the singular, as the number does.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
        >>> port = kzm.proportion(voice.design, "annoyance_port", categories=["very", "extremely"]).row()
        >>> print(voice.share_in_words(port, "accusative", of="prebivalcev"))
        četrtino prebivalcev (...)
        """
        extras = self._extras(row, 1)
        words = self._words_of(row, case, verb=verb)
        first, inner = ([self.percent(row)], extras) if words is None else ([words], [self.percent(row), *extras])
        return self._with_brackets(join([*first, *([of] if of else [])]), inner)

    def share_verb(self, row: Estimate, verb: str, tense: Tense = "present") -> str:
        """Return the verb that agrees with a share in words, or with its number where it has no words."""
        if self._words_of(row, "nominative", verb=True) is not None:
            return grammar.share_verb(self.lang, row.estimate, verb, tense)
        return grammar.verb(self.lang, _MANY, "oseba", verb, tense=tense)

    def _words_of(self, row: Estimate, case: Case | None, *, verb: bool) -> str | None:
        interval = named_share(row.estimate) if row.printable else None
        if case is None or interval is None or (case == "nominative" and not verb and PARTS[interval.fraction] > 1):
            return None
        return grammar.share_words(self.lang, row.estimate, case)

    def for_participants(self, text: Text) -> Text:
        """Return sentences that say, of an opt-in sample, that they hold for those who took part.

        Nothing is added to a text that speaks of the participants already.
        """
        known = catalogue.text(self.lang, "finding.participants").split("|")
        if self.design.infers or any(word in str(text).lower() for word in known):
            return text
        return join([text, self.text("finding.of_participants_only")])

    def noted(self, text: Text, notes: Sequence[Piece]) -> Text:
        """Return a sentence with notes in brackets before its full stop."""
        *parts, last = text.parts
        if not notes or not isinstance(last, str):
            return text
        words = last.removesuffix(".")
        before, opening = (words[:-1], "; ") if words.endswith(")") else (words, " (")
        return join([*parts, before, opening, join(list(notes), "; "), ")."], "")

    def shares(self, rows: Sequence[tuple[str, Estimate]], *, decimals: int = 1) -> Text:
        """Return a list "label (share; interval), ..." in the given order."""
        return self.enumerated(
            [say("{label} ({inner})", label=label, inner=self.told(row, decimals)) for label, row in rows]
        )

    def told(self, row: Estimate, decimals: int = 1) -> Text:
        """Return what stands about an estimate inside brackets: "26,3 %; 22,1–30,9 %", and words on its quality."""
        return join([self.value(row, decimals), *self._extras(row, decimals)], "; ")

    def _extras(self, row: Estimate, decimals: int) -> list[Piece]:
        """What must stand beside an estimate: its interval, and what is weak about it."""
        interval = self.interval(row, decimals)
        return [*([] if interval is None else [interval]), *self.caveats(row)]

    def caveats(self, row: Estimate) -> list[Piece]:
        """Return what a reader must know of an estimate: a small base, a wide interval, few degrees of freedom."""
        flags = row.flag.split()
        found: list[Piece] = []
        if "small_base" in flags:
            found.append(say("{words}, n = {n}", words=catalogue.text(self.lang, "small_base"), n=self.base(row)))
        if "imprecise" in flags:
            found.append(self.text("finding.imprecise"))
        if "review" in flags and not row.df >= self.survey.wave.quality.fewest_df:
            found.append(self.text("finding.few_df"))
        return found

    @staticmethod
    def _with_brackets(first: Piece, extras: list[Piece]) -> Text:
        return say("{first} ({extras})", first=first, extras=join(extras, "; ")) if extras else join([first])

    def share_of(self, row: Estimate) -> Text:
        """Return a share or a mean with its interval in brackets."""
        return self._with_brackets(self.value(row), self._extras(row, 1))

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
        """Return the explanation of one mark of :data:`kzm_surveys.estimation.quality.MARKS`.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
        >>> str(voice.mark("small_base")).replace(NBSP, " ")
        'M = podatek je zaradi majhne osnove (število odgovorov je manjše od 30) manj zanesljiv'
        """
        numbers = quality.legend_numbers(name, self.survey.wave.quality)
        facts = {
            key: self.fact(value, f"threshold.{name}.{key}", decimals=decimals, kind="decimal" if decimals else "count")
            for key, (value, decimals) in numbers.items()
        }
        return self.text(f"quality.{name}", mark=quality.MARKS[name], **facts)

    def counted(self, count: Number, word: str, case: Case = "nominative") -> Text:
        """Return a number with its noun in the right form; only Slovenian has cases.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
        >>> [str(voice.counted(voice.fact(n, "proposals"), "predlog")).replace(NBSP, " ") for n in (1, 2, 3, 5)]
        ['1 predlog', '2 predloga', '3 predlogi', '5 predlogov']
        """
        value = count.claim.estimate * (100 if count.kind in ("percent", "points") else 1)
        return Text((count, f"{NBSP}{grammar.noun(self.lang, word, value, case, count.decimals)}"))

    def clause(self, count: Number, noun: str, verb: str, tense: Tense = "past") -> Text:
        """Return "je odgovorilo 224 oseb": a counted noun with the verb that agrees with it, both of the lexicon.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
        >>> str(voice.clause(voice.fact(2, "answered"), "oseba", "odgovoriti")).replace(NBSP, " ")
        'sta odgovorili 2 osebi'
        """
        agreed = grammar.verb(self.lang, count.claim.estimate, noun, verb, count.decimals, tense)
        return self.text("language.clause", verb=agreed, counted=self.counted(count, noun))

    def label(self, variable: str) -> str:
        """Label of a variable."""
        return self.codebook[variable].label[self.lang]

    def category(self, variable: str, category: str) -> str:
        """Label of a category."""
        return self.codebook[variable].category_label(category, self.lang)

    def listed(self, words: Sequence[str]) -> str:
        """Join words with commas and "in" or "and"."""
        return str(join(list(words), ", ", f" {catalogue.text(self.lang, 'language.and')} "))

    def enumerated(self, pieces: Sequence[Piece]) -> Text:
        """Join numbers or texts with commas and "in" or "and"."""
        return join(list(pieces), ", ", f" {catalogue.text(self.lang, 'language.and')} ")

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

    def source_line(self) -> Text:
        """Return survey, wave and weighting; for synthetic answers also that.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
        >>> print(voice.source_line())
        Vir: Zaznavanje okoljskega hrupa v Mestni občini Koper, 2021; ...; sintetični podatki
        """
        pieces: list[Piece] = [self.survey.wave.title[self.lang], self.weight_word()]
        if self.survey.source.synthetic:
            pieces.append(catalogue.text(self.lang, "synthetic_short"))
        return self.text("source", source=join(pieces, "; "))

    def synthetic_mark(self) -> str:
        """Return the mark for figures and sheets, empty for real answers."""
        return catalogue.text(self.lang, "synthetic") if self.survey.source.synthetic else ""
