"""A finding about a mean on a scale."""

from __future__ import annotations

import math

from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.text import Number, Piece
from kzm_surveys.findings.voice import Voice


def scale(
    voice: Voice, id: str, mean: Estimates, *, limits: tuple[float, float], median: Estimate | None = None,
    high: Estimate | None = None,
) -> Finding:  # fmt: skip
    """Say where the answers lie on a scale.

    Parameters
    ----------
    voice, id
        The voice, with the words ``sentence`` that take {mean}, {low} and {high}, may take {n}, and take {median} and
        {top} where they are given; for the box of key findings ``key``, which takes any of them.
    mean
        One mean.
    limits
        Ends of the scale.
    median
        Of the same answers.
    high
        Share of those near its upper end: {top}.

    Raises
    ------
    WithheldError
        An estimate is NaN or withheld.
    FindingError
        Not one mean, no scale, a mean beyond its ends, or estimates of another design.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> texts = {"overall.sentence": "Na lestvici od {low} do {high} je povprečna ocena {mean}."}
    >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
    >>> print(scale(voice, "overall", kzm.mean(design, "annoyance_overall"), limits=(0, 10)).text)
    Na lestvici od 0 do 10 je povprečna ocena ... (...).
    """
    row = mean.row()
    low, top = limits
    if row.statistic != "mean" or (high is not None and not is_share(high.statistic)):
        raise FindingError(f"{voice.survey.wave.name}: '{id}' needs a mean, and as high= a share.")
    if not (math.isfinite(low) and math.isfinite(top) and low < top):
        raise FindingError(
            f"{voice.survey.wave.name}: '{id}': a scale goes from its lower to its upper end, found {limits}."
        )
    values: dict[str, Piece] = {
        "mean": voice.share_of(row), "low": _end(voice, row, low, "minimum"), "high": _end(voice, row, top, "maximum"),
        "n": voice.base(row),
    }  # fmt: skip
    for each in (row, median):
        if each is not None and each.printable and not low <= each.estimate <= top:
            raise FindingError(
                f"{voice.survey.wave.name}: '{id}': {each.estimate} lies beyond the scale from {low} to {top}."
            )
    if median is not None:
        values["median"] = voice.share_of(median)
    if high is not None:
        values["top"] = voice.share(high)
    text = voice.say(f"{id}.sentence", optional=["n"], **values)
    rows = [each for each in (row, median, high) if each is not None]
    key = voice.say_if_there(f"{id}.key", **values)
    return Finding(id, voice.for_participants(text), rows, key and voice.for_participants(key))


def _end(voice: Voice, row: Estimate, value: float, which: str) -> Number:
    whole = float(value).is_integer()
    return voice.fact(value, f"scale_{which}", variable=row.variable, decimals=0 if whole else 1,
                      kind="count" if whole else "decimal")  # fmt: skip
