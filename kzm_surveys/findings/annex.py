"""The annex: where every number of a section comes from, an estimate or fact a row, as in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kzm_surveys.codebook import STANDARD_REASONS
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.variables import MASK
from kzm_surveys.findings.ledger import ledger_name, numbers_of
from kzm_surveys.findings.section import Cell, FigureRef, ReportFigure, Section, Table
from kzm_surveys.findings.text import Claim, Fixed, Number, NumberKind, Piece, Text, join, number
from kzm_surveys.findings.tracing import traced_section
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language

#: A base or an end of an interval bears the statistic of its estimate with this behind it.
_PARTS = ("n", "ci_low", "ci_high")
#: Degrees of freedom of a test bear its name with this behind it.
_DEGREES = ("df1", "df2")


def annexes(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], lang: Language = "sl"
) -> list[Section]:  # fmt: skip
    """Return a section per wave whose table tells the origin of every number printed in its section and figures.

    Numbers that stand in drawings only are left to the ledger, and a note says so. The base and the interval stand in
    the row of their estimate, degrees of freedom in that of their test; where that has none, in a row of their own.

    Parameters
    ----------
    sections
        Sections in which every digit is traced (:func:`kzm_surveys.findings.tracing.traced_section`).
    figures
        By id, traced as well.
    lang
        Language of the words.

    Raises
    ------
    FindingError
        A word of the table holds a digit that comes from nowhere.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.section import Paragraph
    >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
    >>> text = voice.clause(voice.fact(508, "respondents", n=508), "oseba", "odgovoriti")
    >>> [annex] = annexes([Section(voice.design, [Paragraph(text)])], {})
    >>> annex.headings[0], [str(cell).split()[-1] for cell in annex.blocks[0].rows[0]]
    ('Priloga: izvor števil', ['noise_2021.respondents', '508', '508'])
    """
    heading = catalogue.text(lang, "annex.heading")
    out = []
    for section in sections:
        voice = Voice(section.design, lang)
        shown = [block.id for block in section.blocks if isinstance(block, FigureRef)]
        found = numbers_of([section], {name: figures[name] for name in shown}, drawn=False)
        printed = {each.id: each for _, each in found}
        if printed:
            headings = (heading, section.survey.wave.title[lang])
            table = _table(voice, list(printed.values()))
            out.append(traced_section(Section(section.design, [table], headings), lang))
    return out


def _table(voice: Voice, printed: Sequence[Number]) -> Table:
    """The table of the numbers of a section, in the order of their first printing."""
    degrees = _degrees_of_tests(printed)
    estimates = {each.id for each in printed if not _is_part(each.claim)}
    beside = {part.id for each in printed if each.id in estimates for part in _beside(each, voice.lang)}
    beside |= {part.id for parts in degrees.values() for part in parts}
    listed = [each for each in printed if each.id not in beside]
    words = Words(voice)
    intervals = any(each.claim.ci_low is not None for each in listed)
    names = ["what", "printed", "n", *(["interval"] if intervals else [])]
    rows = [list(_row(each, degrees.get(each.id, ()), words, intervals)) for each in listed]
    wave = voice.survey.wave
    return Table(
        f"{wave.survey}_{wave.wave}_numbers",
        voice.text("annex.title", section=wave.title[voice.lang]),
        [catalogue.text(voice.lang, f"annex.{name}") for name in names],
        rows,
        [
            voice.text("annex.ledger", file=Fixed(ledger_name(voice.lang), "id")),
            voice.text("annex.drawn"),
            *([] if voice.design.infers else [voice.text("quality.opt_in")]),
            voice.source_line(),
        ],
        description=voice.text("annex.description"),
    )


def _row(printed: Number, degrees: Sequence[Number], words: Words, intervals: bool) -> Iterator[Cell]:
    base, interval = _base(printed, words.voice.lang), _interval(printed, words.voice.lang)
    of = [" (", *join(list(degrees), "; ").parts, ")"] if degrees else []
    yield Text((*words.told(printed.claim).parts, *of, "\n", Fixed(printed.id, "id")))
    yield printed
    yield "–" if base is None else base
    if intervals:
        yield join(list(interval), "–") if interval else "–"


def _degrees_of_tests(printed: Sequence[Number]) -> dict[str, list[Number]]:
    """Id of the statistic of each test -> its degrees of freedom."""
    known = {_of_test(each.claim): each for each in printed}
    found = {}
    for each in printed:
        test, _, part = each.claim.statistic.rpartition(".")
        degrees = [replace(each.claim, statistic=f"{test}.{name}") for name in _DEGREES]
        parts = [known[_of_test(claim)] for claim in degrees if _of_test(claim) in known]
        if parts and part not in (*_DEGREES, "p"):
            found[each.id] = parts
    return found


def _of_test(claim: Claim) -> Claim:
    """A claim without its value."""
    return replace(claim, estimate=0.0)


def _is_part(claim: Claim) -> bool:
    return claim.statistic.rpartition(".")[2] in _PARTS


def _beside(printed: Number, lang: Language) -> list[Number]:
    """What stands in the row of a number: its base and its interval, as far as they exist."""
    base = _base(printed, lang)
    return [*([] if base is None else [base]), *_interval(printed, lang)]


def _base(printed: Number, lang: Language) -> Number | None:
    n = printed.claim.n
    return None if n is None else _part(printed.claim, "n", n, "count", 0, lang)


def _interval(printed: Number, lang: Language) -> list[Number]:
    """The ends of the interval, with as many decimals as the estimate."""
    claim, kind, decimals = printed.claim, printed.kind, printed.decimals
    if claim.ci_low is None or claim.ci_high is None or kind == "count":
        return []
    first: NumberKind = "points" if kind == "percent" else kind
    low = _part(claim, "ci_low", claim.ci_low, first, decimals, lang)
    return [low, _part(claim, "ci_high", claim.ci_high, kind, decimals, lang)]


def _part(claim: Claim, name: str, value: float, kind: NumberKind, decimals: int, lang: Language) -> Number:
    whole = claim.statistic.rpartition(".")[0] if _is_part(claim) else claim.statistic
    return number(replace(claim, statistic=f"{whole}.{name}", estimate=float(value)), kind, decimals, lang)


class Words:
    """Says in words what a claim is: variable, category, group, filter, statistic, weighted or not.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> voice = Voice(design)
    >>> share = kzm.proportion(design, "annoyance_port", by="place_type", categories=["very"]).rows[0]
    >>> print(Words(voice).told(voice.percent(share).claim))
    motečnost hrupa po virih: pristanišče – zelo; tip kraja: mesto; delež, uteženo
    """

    def __init__(self, voice: Voice) -> None:
        self.voice, self.labels = voice, Labels(voice.design, voice.lang)

    def told(self, claim: Claim) -> Text:
        """Return "cestni promet – zelo + izjemno; tip kraja: mesto; delež, uteženo"."""
        if claim.source is not None and claim.statistic.startswith("quoted"):
            return self.voice.text("annex.quoted", source=Fixed(claim.source, "id"))
        quantile = claim.statistic.startswith("quantile")
        pieces: list[Piece] = []
        if claim.variable is not None:
            pieces.append(self._variable(claim.variable, None if quantile else claim.category))
        elif claim.category is not None:
            known = catalogue.texts(self.voice.lang).get(f"dropped.{claim.category}")
            pieces.append(known or Fixed(claim.category, "id"))
        if claim.by is not None:
            pieces.append(self._group(claim.by, claim.by_category))
        if claim.where is not None:
            pieces.append(self._filter(claim.where))
        if claim.since is not None:
            pieces.append(self.voice.text("annex.since", wave=Fixed(claim.since, "id")))
        median = quantile and claim.category == "0.5"
        statistic = claim.statistic.replace("quantile", "median") if median else claim.statistic
        last: list[Piece] = [self._statistic(statistic)]
        if claim.base == "asked":
            last.append(self.voice.text("annex.asked"))
        if claim.base is not None:
            weighted = claim.weight not in (None, "none")
            last.append(self.voice.text("annex.weighted" if weighted else "annex.unweighted"))
        return join([*pieces, join(last, ", ")], "; ")

    def _variable(self, variable: str, category: str | None) -> Piece:
        label = join([self._label(part) for part in variable.split("*")], " × ")
        if category is None or not self.labels.is_category(variable, category):
            return label
        crossed = list(zip(variable.split("*"), category.split("*"), strict=False))
        return join([label, join([self._category(*pair) for pair in crossed], " × ")], " – ")

    def _group(self, by: str, group: str | None) -> Piece:
        return self._label(by) if group is None else join([self._label(by), self._category(by, group)], ": ")

    def _label(self, variable: str) -> Piece:
        label = self.labels.variable(variable)
        return Fixed(variable, "id") if label == variable else label.rstrip(".?")

    def _category(self, variable: str, category: str) -> Piece:
        label = self.labels.category(variable, category)
        if label == category and category in (*STANDARD_REASONS, *self.voice.codebook.missing):
            reason = self.voice.codebook.reason_labels(category)[self.voice.lang]
            return self.voice.text("codebook.quoted", text=reason)
        return Fixed(category, "id") if label == category else label.rstrip(".")

    def _filter(self, where: str) -> Piece:
        variable, condition, categories = where.partition("=")
        if condition:
            return self.voice.text("annex.filter", filter=self._group(variable, categories))
        return (
            self.voice.text("tables.part")
            if where == MASK
            else self.voice.text("annex.filter", filter=self._label(where))
        )

    def _statistic(self, statistic: str) -> Piece:
        """The words for a statistic, or for the known parts of its name; where none is known, the name itself."""
        whole, _, part = statistic.rpartition(".")
        if whole and part in _PARTS:
            return self.voice.text(f"annex.part_{part}", statistic=self._statistic(whole))
        texts = catalogue.texts(self.voice.lang)
        names = [statistic] if f"statistic.{statistic}" in texts else statistic.split(".")
        known = [texts[f"statistic.{name}"] for name in names if f"statistic.{name}" in texts]
        return ": ".join(known) if known else Fixed(statistic, "id")
