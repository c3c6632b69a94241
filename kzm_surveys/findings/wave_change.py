"""A finding about what changed between two waves of a survey."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.change import Changes
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.findings.distinct import ALPHA
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.ordered import Measured, labels, measure, measured, quoted, reference
from kzm_surveys.findings.text import Fixed, Number, Piece, Reference, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import date, month, round_half_up

_KEY = ("variable", "category", "by", "by_category", "statistic")


@dataclass(frozen=True)
class _Row:
    """One estimate in both waves, with the numbers of its difference."""

    before: Estimate
    after: Estimate
    difference: float
    ci_low: float
    ci_high: float
    df: float
    p: float

    @property
    def printable(self) -> bool:
        return self.before.printable and self.after.printable


def change_between_waves(voice: Voice, id: str, changes: Changes, *, see: Reference | None = None) -> Finding:
    """Say of each share or mean whether it changed between two waves, in which direction and by how much.

    Parameters
    ----------
    voice, id
        The voice of the later wave, with the words ``measure`` ("Delež prebivalcev, ki jih vir moti,") and, for several
        rows, ``at`` ("pri viru").
    changes
        Of :func:`kzm_surveys.change`; its corrected p-values decide.
    see
        Table or figure with all of them.

    Raises
    ------
    WithheldError
        Nothing may be printed of both waves.
    FindingError
        The later estimates are not of the voice's design, the waves are of different surveys or in the wrong order,
        or the rows are neither shares nor means.

    Examples
    --------
    >>> import datetime
    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> survey = kzm.load("surveys/noise/2021")
    >>> fieldwork = survey.wave.fieldwork.model_copy(update={"first": datetime.date(2025, 3, 3)})
    >>> later = replace(survey, wave=survey.wave.model_copy(update={"wave": "2025", "fieldwork": fieldwork}))
    >>> before, after = (kzm.SurveyDesign.from_survey(each) for each in (survey, later))
    >>> shares = (kzm.proportion(design, "annoyance_port", categories=["very"]) for design in (before, after))
    >>> words = ScriptWords(Path("analyses/noise.sl.toml"), "sl", {"port.measure": "Delež ljudi, ki jih luka moti,"})
    >>> print(change_between_waves(Voice(after, "sl", words), "port", kzm.change(*shares)).text)
    Spremembe v deležu ljudi, ki jih luka moti, med raziskavama (...) ni bilo mogoče zaznati
    (prej ..., potem ...; razlika 0,0...).
    """
    voice.require(changes.after)
    earlier = _earlier(voice, id, changes)
    rows = _rows(changes)
    kind = measured(voice, id, [row.after for row in rows])
    shown = [row for row in rows if row.printable]
    if not shown:
        raise WithheldError(f"{voice.survey.wave.name}: '{id}': too few answers stand behind every change.")
    told = _Told(voice, earlier, id, kind, changes, shown, several=len(rows) > 1)
    subject, within = measure(voice, id, kind)
    groups = {
        "up": [row for row in shown if row.p < ALPHA and row.difference > 0],
        "down": [row for row in shown if row.p < ALPHA and row.difference < 0],
        "none": [row for row in shown if row.p >= ALPHA],
        "untested": [row for row in shown if math.isnan(row.p)],
    }
    sentences: list[Piece] = []
    for name, chosen in groups.items():
        if not chosen:
            continue
        number = "one" if len(chosen) == 1 else "more"
        key = f"finding.change_{name}_{kind if name in ('up', 'down') else number}"
        values: dict[str, Piece] = {"rows": told.rows(chosen), "see": reference(voice, None if sentences else see)}
        if sentences:
            key += "_also"
        else:
            values |= {
                "when": told.when,
                "measure" if name in ("up", "down") else "within": subject if name in ("up", "down") else within,
            }
        sentences.append(voice.text(key, **values))
    if changes.correction != "none" and sum(not math.isnan(row.p) for row in rows) > 1:
        corrected = voice.text(f"finding.corrected_{changes.correction}")
        sentences.append(voice.text("finding.p_values_sentence", corrected=corrected))
    if groups["untested"] and not (voice.design.infers and earlier.design.infers):
        sentences.append(voice.text("finding.change_opt_in"))
    if any(row.before.withheld or row.after.withheld for row in rows):
        sentences.append(voice.text("finding.some_withheld"))
    key_text = None
    if len(rows) == 1 and not groups["none"] and not groups["untested"]:
        row = shown[0]
        key_text = voice.say_if_there(
            f"{id}.key", before=earlier.value(row.before), after=voice.value(row.after), difference=told.difference(row)
        )
    return Finding(id, join(sentences), [each for row in shown for each in (row.before, row.after)], key_text)


def _earlier(voice: Voice, id: str, changes: Changes) -> Voice:
    """The voice of the earlier wave."""
    survey = changes.before.design.survey
    here = voice.survey.wave
    if survey is None or survey.wave.survey != here.survey:
        other = "no survey" if survey is None else survey.wave.name
        raise FindingError(f"{here.name}: '{id}' compares with {other}, which is no wave of '{here.survey}'.")
    if survey.wave.fieldwork.first > here.fieldwork.first:
        raise FindingError(f"{here.name}: '{id}': {survey.wave.name} is the later wave; exchange before and after.")
    return Voice(changes.before.design, voice.lang, voice.words)


def _rows(changes: Changes) -> list[_Row]:
    """The rows of the frame with the estimates of both waves."""

    def keyed(rows: Sequence[Estimate]) -> dict[tuple[str | None, ...], Estimate]:
        return {tuple(getattr(row, name) for name in _KEY): row for row in rows}

    before, after = keyed(changes.before.rows), keyed(changes.after.rows)
    frame = changes.frame.astype(dict.fromkeys(_KEY, object))
    frame = frame.where(frame.notna(), None)
    out = []
    for row in frame.to_dict("records"):
        key = tuple(row[name] for name in _KEY)
        numbers = [math.nan if row[name] is None else float(row[name])
                   for name in ("difference", "ci_low", "ci_high", "df", "p_adjusted")]  # fmt: skip
        out.append(_Row(before[key], after[key], *numbers))
    return out


class _Told:
    """What is said of single rows."""

    def __init__(
        self,
        voice: Voice,
        earlier: Voice,
        id: str,
        kind: Measured,
        changes: Changes,
        rows: Sequence[_Row],
        *,
        several: bool,
    ) -> None:
        self.voice, self.earlier, self.id, self.kind, self.several = voice, earlier, id, kind, several
        self.names = labels(voice, changes.after.rows)

    @property
    def when(self) -> Text:
        """Return "med raziskavama (november 2021 in marec 2025)"."""
        first, second = (each.survey.wave.fieldwork.first for each in (self.earlier, self.voice))
        lang = self.voice.lang
        told = [month(day, lang) for day in (first, second)]
        if told[0] == told[1]:
            told = [date(day, lang) for day in (first, second)]
        return self.voice.text("finding.between_waves", first=Fixed(told[0], "date"), second=Fixed(told[1], "date"))

    def rows(self, rows: Sequence[_Row]) -> Text:
        """The rows with their numbers in brackets."""
        pieces: list[Piece] = []
        for row in rows:
            inside = say("({inner})", inner=self._inner(row))
            at = self.voice.words[f"{self.id}.at"] if self.several else ""
            pieces.append(join([quoted(self.voice, self.names[row.after], at=at), inside]) if self.several else inside)
        return self.voice.enumerated(pieces)

    def difference(self, row: _Row) -> Text:
        """The difference: percentage points, or units of the variable."""
        number = self._number(row, row.difference, "change")
        return self.voice.counted(number, "odstotna točka") if self.kind == "share" else join([number])

    def _inner(self, row: _Row) -> Text:
        voice, earlier = self.voice, self.earlier
        bases = voice.text("finding.both_bases", first=earlier.base(row.before), second=voice.base(row.after))
        parts: list[Piece] = [
            voice.text("finding.before_after", before=earlier.value(row.before), after=voice.value(row.after)),
            voice.text(f"finding.{self._exactness(row)}", difference=self.difference(row)),
        ]
        if math.isfinite(row.ci_low) and math.isfinite(row.ci_high):
            ends = (
                self._number(row, value, f"change.{name}")
                for name, value in (("ci_low", row.ci_low), ("ci_high", row.ci_high))
            )
            parts[1] = join([parts[1], ", ", voice.between(*ends)], "")
        parts.append(bases)
        if not math.isnan(row.p):
            after = row.after
            p = voice.p_value(
                row.p, f"{self.id}.change.p", variable=after.variable, category=after.category, by=after.by,
                by_category=after.by_category, where=after.where, n=after.n, since=self.earlier.survey.wave.name,
            )  # fmt: skip
            parts.append(p)
        flags = {*row.before.flag.split(), *row.after.flag.split()}
        weak = [name for name in ("small_base", "imprecise") if name in flags]
        parts += [
            catalogue.text(voice.lang, "small_base" if name == "small_base" else f"finding.{name}") for name in weak
        ]
        return join(parts, "; ")

    def _exactness(self, row: _Row) -> str:
        """Whether the difference of the printed numbers is the printed difference."""
        scale = 100 if self.kind == "share" else 1
        before, after, difference = (
            round_half_up(scale * value, 1) for value in (row.before.estimate, row.after.estimate, row.difference)
        )
        return "difference_is" if after - before == difference else "difference_unrounded"

    def _number(self, row: _Row, value: float, statistic: str) -> Number:
        after = row.after
        return self.voice.fact(
            value, statistic, decimals=1, variable=after.variable, category=after.category, by=after.by,
            by_category=after.by_category, where=after.where, n=after.n, df=row.df if math.isfinite(row.df) else None,
            ci_low=_known(row.ci_low), ci_high=_known(row.ci_high), since=self.earlier.survey.wave.name,
            kind="points" if self.kind == "share" else "decimal", weight=self.voice.weight_record(),
        )  # fmt: skip


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
