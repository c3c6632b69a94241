"""Findings about questions with several answers: select-all sets, and themes of open answers."""

from __future__ import annotations

from collections.abc import Sequence

from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.findings.distinct import distinction, leader
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.ordered import (
    Ordered,
    counted_key,
    labels,
    measured,
    ordered,
    quoted,
    reference,
    require_second,
    told,
)
from kzm_surveys.findings.text import Piece, Reference, join
from kzm_surveys.findings.voice import Voice


def select_all(
    voice: Voice, id: str, estimates: Estimates, *, shown: int = 3, none: str | None = "none",
    without: Sequence[str] = ("none", "other"), see: Reference | None = None,
) -> Finding:  # fmt: skip
    """Say which options were chosen most often, how many chose none, and what cannot be told apart.

    Parameters
    ----------
    voice, id
        The voice, with the words ``lead`` ("Hrup prebivalce najpogosteje moti v naslednjih delih dneva:"), ``none``
        with {share} where the set has that option, and for the box of key findings ``key`` with {first} and {share}.
    estimates
        Of :func:`kzm_surveys.multiple_response`.
    shown
        How many options are named; up to three more that are printed like the last.
    none
        The option that excludes the others; None if the sentence on it is not wanted.
    without
        Options that are not put in order.
    see
        Table or figure with all of them.

    Raises
    ------
    WithheldError
        No option may be printed.
    FindingError
        No shares, or of another design; words that do not fit.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> texts = {"when.lead": "Hrup prebivalce najpogosteje moti", "when.none": "Ne moti jih {share}."}
    >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
    >>> print(select_all(voice, "when", kzm.multiple_response(design, "disturbed")).text)
    Hrup prebivalce najpogosteje moti »zvečer« (...), ... Možnih je bilo več odgovorov (...). ...
    """
    order, names = _options(voice, id, estimates, shown, without)
    exclusive = [row for row in estimates if row.category == none and row.printable]
    sentences: list[Piece] = []
    if order.rows[0].estimate <= 0:
        sentences.append(voice.text("finding.nobody", n=voice.bases(order.rows)))
    else:
        key = "finding.options_shown" if order.withheld else "finding.options"
        rows, bases, place = told(voice, order.named, names), voice.bases(order.named), reference(voice, see)
        sentences.append(voice.text(key, lead=voice.words[f"{id}.lead"], rows=rows, n=bases, see=place))
        sentences += _beyond(voice, id, estimates, order, names)
    sentences += [voice.say(f"{id}.none", share=voice.share(row)) for row in exclusive]
    return Finding(id, join(sentences), [*order.named, *exclusive], leader(voice, id, estimates, order, names))


def themes(
    voice: Voice, id: str, estimates: Estimates, *, noun: str, verb: str, shown: int = 4, see: Reference | None = None
) -> Finding:
    """Say how many answered an open question and which themes their answers name most often.

    Parameters
    ----------
    voice, id
        The voice, with the words ``lead`` ("Na odprto vprašanje o predlogih"), and for the box of key findings ``key``
        with {first} and {share}.
    estimates
        Of :func:`kzm_surveys.multiple_response` on a set of themes.
    noun, verb
        Who answered, and what they did: a noun and a verb of the lexicon.
    shown, see
        As in :func:`select_all`.

    Raises
    ------
    WithheldError
        No theme may be printed.
    FindingError
        No shares, or of another design; words that do not fit.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> texts = {"proposals.lead": "Na odprto vprašanje o predlogih"}
    >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
    >>> found = kzm.multiple_response(design, "proposal_themes")
    >>> print(themes(voice, "proposals", found, noun="oseba", verb="odgovoriti").text)
    Na odprto vprašanje o predlogih je odgovorilo ...oseb. Najpogostejša tema odgovorov je »nadzor in kazni« (...
    """
    order, names = _options(voice, id, estimates, shown, ())
    base = max(order.named, key=lambda row: row.n)
    lead, answered = voice.words[f"{id}.lead"], voice.clause(voice.base(base), noun, verb)
    sentences: list[Piece] = [voice.text("finding.answered", lead=lead, clause=answered)]
    if order.rows[0].estimate <= 0:
        return Finding(id, join([*sentences, voice.text("finding.no_theme")]), order.named)
    first, others = order.named[: order.first], order.named[order.first :]
    rest: Piece = ""
    if others:
        rest = voice.text(counted_key("finding.followed", len(others)), rows=told(voice, others, names))
    key = counted_key("finding.theme_shown" if order.withheld else "finding.theme", len(first))
    sentences.append(voice.text(key, first=told(voice, first, names), rest=rest, see=reference(voice, see)))
    sentences += _beyond(voice, id, estimates, order, names)
    sentences.append(voice.text("finding.themes_rule"))
    return Finding(id, join(sentences), order.named, leader(voice, id, estimates, order, names))


def _options(
    voice: Voice, id: str, estimates: Estimates, shown: int, without: Sequence[str]
) -> tuple[Ordered, dict[Estimate, str]]:
    require_second(voice, id, shown)
    if measured(voice, id, estimates.rows) != "share":
        raise FindingError(f"{voice.survey.wave.name}: '{id}' needs shares of options.")
    chosen = [row for row in estimates if row.category not in without and row.printable and row.estimate > 0]
    unchosen = [str(row.category) for row in estimates if chosen and row.printable and row.estimate <= 0]
    order = ordered(voice, estimates, shown=shown, without=(*without, *unchosen))
    return order, labels(voice, estimates.rows)


def _beyond(voice: Voice, id: str, estimates: Estimates, order: Ordered, names: dict[Estimate, str]) -> list[Piece]:
    """What the order leaves out, and what cannot be told apart."""
    out: list[Piece] = []
    if order.untold:
        more = voice.fact(order.untold, f"{id}.not_named")
        out.append(voice.text("finding.untold_share", label=quoted(voice, names[order.named[-1]]), n=more))
    if len(order.rows) > 1 or not voice.design.infers:
        out += distinction(voice, estimates, order, names, kind="share")
    if order.withheld:
        out.append(voice.text("finding.some_withheld"))
    return out
