"""Findings that put estimates in order: sources, options, themes of open answers."""

from __future__ import annotations

from collections.abc import Sequence

from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.findings.distinct import distinction, leader
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.ordered import (
    counted_key,
    labels,
    measure,
    measured,
    ordered,
    quoted,
    reference,
    require_second,
    told,
)
from kzm_surveys.findings.text import Piece, Reference, join
from kzm_surveys.findings.voice import Voice


def ranking(
    voice: Voice, id: str, estimates: Estimates, *, shown: int = 5, without: Sequence[str] = (), least: bool = False,
    see: Reference | None = None,
) -> Finding:  # fmt: skip
    """Say which shares or means are the highest, which follow, and what cannot be told apart.

    Parameters
    ----------
    voice, id
        The voice, with the words ``measure`` ("Delež prebivalcev, ki jih vir moti,"), ``at`` ("pri viru") and, for the
        box of key findings, ``key`` with {first} and {share}.
    estimates
        Results of one call, so that the covariance of their rows is known.
    shown
        How many are named; up to three more that are printed like the last.
    without
        Categories that are left out.
    least
        The smallest first.
    see
        Table or figure with all of them.

    Raises
    ------
    WithheldError
        None may be printed.
    FindingError
        No shares or means, or of another design; words that do not fit.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> texts = {"sources.measure": "Delež prebivalcev, ki jih vir moti,", "sources.at": "pri viru"}
    >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
    >>> shares = kzm.battery(design, "annoyance", ["very", "extremely"])
    >>> print(ranking(voice, "sources", shares, shown=2).text)
    Delež prebivalcev, ki jih vir moti, je najvišji pri viru »cestni promet« (...), sledi »pristanišče« (...). ...
    """
    require_second(voice, id, shown)
    kind = measured(voice, id, estimates.rows)
    order = ordered(voice, estimates, shown=shown, without=without, least=least)
    names = labels(voice, estimates.rows)
    subject, _ = measure(voice, id, kind)
    at = voice.words[f"{id}.at"]
    first, others = order.named[: order.first], order.named[order.first :]
    extreme = str(voice.text(f"finding.{'lowest' if least else 'highest'}_{kind}"))
    fill: dict[str, Piece] = {"measure": subject, "see": reference(voice, see)}
    if len(order.rows) == 1:
        opening = voice.text(
            "finding.ranking_only", at=at, label=quoted(voice, names[first[0]]), share=voice.share_of(first[0]), **fill
        )
    elif order.all_equal and order.untold:
        count = voice.fact(len(order.rows), f"{id}.compared")
        equal = str(voice.text(f"finding.equal_{kind}"))
        opening = voice.text("finding.ranking_all", equal=equal, value=voice.value(first[0]), count=count, **fill)
    elif order.all_equal:
        equal = str(voice.text(f"finding.equal_{kind}"))
        opening = voice.text("finding.ranking", extreme=equal, first=told(voice, first, names, at=at), rest="", **fill)
    else:
        rest = (
            voice.text(counted_key("finding.followed", len(others)), rows=told(voice, others, names)) if others else ""
        )
        key = "finding.ranking_shown" if order.withheld else "finding.ranking"
        opening = voice.text(key, extreme=extreme, first=told(voice, first, names, at=at), rest=rest, **fill)
    sentences: list[Piece] = [opening]
    if order.untold and not order.all_equal:
        more = voice.fact(order.untold, f"{id}.not_named")
        sentences.append(voice.text(f"finding.untold_{kind}", label=quoted(voice, names[order.named[-1]]), n=more))
    if len(order.rows) > 1 and not order.all_equal:
        sentences += distinction(voice, estimates, order, names, kind=kind, least=least)
    elif not voice.design.infers:
        sentences.append(voice.text("finding.of_participants_only"))
    if order.withheld:
        sentences.append(voice.text("finding.some_withheld"))
    return Finding(id, join(sentences), order.named, leader(voice, id, estimates, order, names))
