"""Estimates in the order of their size as a sentence names them: labels, ties as printed, what may not be named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.findings.text import Piece, Reference, Text, join, say
from kzm_surveys.findings.voice import Voice

#: What a sentence can compare, with the noun that its verbs and adjectives agree with.
Measured = Literal["share", "mean"]
#: Estimates nearer to each other than this part of 1 differ by rounding only.
_ROUNDING = 12
#: So many rows more than asked for are named where they are as large as the last one.
_MORE = 3


@dataclass(frozen=True)
class Ordered:
    """Rows by their size.

    Attributes
    ----------
    rows
        All that may be printed, by falling (or rising) estimate; equal ones in their own order.
    named
        Those that a sentence names.
    first
        How many of these share the first place, as printed.
    untold
        How many more are printed like the last one that is named.
    withheld
        Some may not be printed, so a reader cannot know what stands before those that are named.
    hides_first
        One of them does stand before the first, or beside it.
    """

    rows: Sequence[Estimate]
    named: Sequence[Estimate]
    first: int
    untold: int
    withheld: bool
    hides_first: bool

    @property
    def all_equal(self) -> bool:
        """All rows are printed alike."""
        return self.first + (self.untold if self.first == len(self.named) else 0) == len(self.rows)


def ordered(
    voice: Voice, estimates: Estimates, *, shown: int, without: Collection[str] = (), least: bool = False
) -> Ordered:
    """Put estimates in order; ties are those that are printed alike.

    Parameters
    ----------
    voice
        Of the estimates' design.
    estimates
        Of one statistic.
    shown
        How many to name; up to three more if they are printed like the last one.
    without
        Categories (options of a set) that are left out.
    least
        The smallest first.

    Raises
    ------
    WithheldError
        None may be printed, or only shares of nobody.
    FindingError
        There are none, or they are of another design.
    """
    voice.require(estimates)
    chosen = [row for row in estimates if row.category not in without]
    if not chosen:
        raise FindingError(f"{voice.survey.wave.name}: there are no estimates to put in order.")
    rows = [row for row in chosen if row.printable]
    if not rows:
        raise WithheldError(f"{voice.survey.wave.name}: too few answers stand behind every '{chosen[0].variable}'.")
    rows.sort(key=lambda row: round(row.estimate, _ROUNDING), reverse=not least)
    values = [str(voice.value(row)) for row in rows]
    last = values[min(shown, len(rows)) - 1]
    end = len(values) - values[::-1].index(last)
    cut = min(shown, len(rows)) if end > shown + _MORE else end
    first = next((place for place, value in enumerate(values) if value != values[0]), len(values))
    hidden = [row.estimate for row in chosen if row.withheld]
    if hidden and not least and is_share(rows[0].statistic) and rows[0].estimate <= 0:
        raise WithheldError(
            f"{voice.survey.wave.name}: too few answers stand behind every '{rows[0].variable}' that anybody chose."
        )
    before = (value <= rows[0].estimate if least else value >= rows[0].estimate for value in hidden)
    return Ordered(rows, rows[:cut], min(first, cut), end - cut, bool(hidden), any(before))


def require_second(voice: Voice, name: str, shown: int) -> None:
    """Refuse an order that names the first only: nobody could tell whether it stands out."""
    if shown < 2:
        raise FindingError(f"{voice.survey.wave.name}: '{name}' must name two or more, found shown={shown}.")


def measured(voice: Voice, name: str, rows: Sequence[Estimate]) -> Measured:
    """Tell shares from means.

    Raises
    ------
    FindingError
        There is no sentence for such a statistic, or there are several.
    """
    statistics = dict.fromkeys(row.statistic for row in rows)
    kinds = {"share" if is_share(each) else each for each in statistics}
    if kinds == {"share"}:
        return "share"
    if kinds == {"mean"}:
        return "mean"
    raise FindingError(
        f"{voice.survey.wave.name}: '{name}' speaks of shares or means, found {', '.join(sorted(kinds)) or 'nothing'}."
    )


def measure(voice: Voice, name: str, kind: Measured) -> tuple[str, str]:
    """Return the script's words for what is measured: as the subject of a sentence, and after "differences in".

    Raises
    ------
    FindingError
        The words begin with another noun than verbs and adjectives agree with.
    """
    words = voice.words[f"{name}.measure"]
    subject = str(voice.text(f"finding.subject_{kind}"))
    if not (words == subject or words.startswith(f"{subject} ")):
        raise FindingError(
            f"{voice.words.path}: {name}.measure must begin with '{subject}', because the words after it agree with "
            f"it. Found: '{words}'"
        )
    return words, f"{voice.text(f'finding.within_{kind}')}{words.removeprefix(subject)}"


def labels(voice: Voice, rows: Sequence[Estimate]) -> dict[Estimate, str]:
    """Return what tells each row from the others: group, question, category, as far as they differ."""
    known = Labels(voice.design, voice.lang)
    differ = {name: len({getattr(row, name) for row in rows}) > 1 for name in ("variable", "category", "by_category")}
    out = {}
    for row in rows:
        words = []
        if row.by and row.by_category is not None and (differ["by_category"] or not any(differ.values())):
            words.append(known.category(row.by, row.by_category))
        if differ["variable"] or not (words or differ["category"]):
            words.append(known.item(row.variable))
        if row.category is not None and differ["category"] and known.is_category(row.variable, row.category):
            words.append(known.category(row.variable, row.category))
        out[row] = " – ".join(word.rstrip(".") for word in words)
    return out


def told(voice: Voice, rows: Sequence[Estimate], names: dict[Estimate, str], *, at: str = "") -> Text:
    """Return "»cesta« (31,0 %; 25,6–37,0 %) in »luka« (prav tako 31,0 %; …)"; `at` stands before each."""
    pieces: list[Piece] = []
    before = ""
    for row in rows:
        value = str(voice.value(row))
        inner: Piece = voice.told(row)
        if value == before:
            inner = voice.text("finding.likewise", value=inner)
        before = value
        label = quoted(voice, names[row], at=at)
        pieces.append(say("{label} ({inner})", label=label, inner=inner))
    return voice.enumerated(pieces)


def quoted(voice: Voice, label: str, *, at: str = "") -> Text:
    """Return "pri viru »cesta«"."""
    return join([*([at] if at else []), voice.text("codebook.quoted", text=label)])


def counted_key(key: str, count: int) -> str:
    """Name of the text for one, two or more: "finding.followed_two"."""
    return f"{key}_{('one', 'two')[count - 1] if count < 3 else 'more'}"


def reference(voice: Voice, see: Reference | None) -> Text:
    """Return "; gl. sliko 3", or nothing."""
    return join([]) if see is None else voice.text(f"finding.see_{see.kind}", see=see)
