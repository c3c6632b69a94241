"""A finding that sets an estimate beside a figure of somebody else, with its own base and source."""

from __future__ import annotations

from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.differences import against
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.findings.distinct import ALPHA
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.ordered import Measured, measured
from kzm_surveys.findings.text import Fixed, Footnote, Number, Piece, Text, join
from kzm_surveys.findings.voice import Voice
from kzm_surveys.published import OutsideFigure


def outside_comparison(voice: Voice, id: str, row: Estimate, outside: OutsideFigure) -> Finding:
    """State an own share or mean and an outside one; a difference only if both may be compared and a test finds it.

    Parameters
    ----------
    voice, id
        The voice, with the words ``sentence`` that take {share} and may take {n}; for the box of key findings ``key``,
        which takes any of them.
    row
        The own share or mean.
    outside
        From ``outside.toml``; its source stands in a note.

    Raises
    ------
    WithheldError
        The own estimate is NaN or withheld.
    FindingError
        One is a share and the other a mean, or the estimate is of another design.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> from kzm_surveys.published import read_outside
    >>> texts = {"port.sentence": "Hrup pristanišča zelo ali izjemno moti {share} prebivalcev."}
    >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
    >>> share = kzm.proportion(design, "annoyance_port", categories=["very", "extremely"]).row()
    >>> print(outside_comparison(voice, "port", share, read_outside(design.survey.folder)["port_poll_2020"]).text)
    Hrup pristanišča zelo ali izjemno moti ... prebivalcev. Za primerjavo: ... (...; leto 2020; ...).
    Podatkov ni mogoče neposredno primerjati: drugo vprašanje in drugo območje.
    """
    kind = measured(voice, id, [row])
    if (outside.value is not None) != (kind == "share"):
        raise FindingError(f"{voice.survey.wave.name}: '{id}': of '{row.variable}' and '{outside.id}' one is no share.")
    values: dict[str, Piece] = {"share": voice.share_of(row), "n": voice.base(row)}
    own = voice.say(f"{id}.sentence", optional=["n"], **values)
    sentences: list[Piece] = [own if outside.comparable else voice.for_participants(own), _stated(voice, outside)]
    if outside.comparable:
        sentences.append(_compared(voice, kind, row, outside))
    else:
        sentences.append(voice.text("finding.not_comparable", reason=outside.reason_in(voice.lang)))
    key = voice.say_if_there(f"{id}.key", **values)
    return Finding(id, join(sentences), (row,), key and voice.for_participants(key))


def _stated(voice: Voice, outside: OutsideFigure) -> Text:
    """The outside figure with its year, people, base and question."""
    lang = voice.lang
    source = f"outside.toml: {outside.source[lang]}"
    facts = {"source": source, "n": outside.n, "question": outside.wording[lang]}
    shown = voice.fact(
        outside.estimate, f"outside.{outside.id}", decimals=outside.decimals,
        kind="percent" if outside.value is not None else "decimal", **facts,
    )  # fmt: skip
    n: Piece = voice.text("finding.outside_no_n")
    if outside.n is not None:
        n = voice.text("finding.outside_n", n=voice.fact(outside.n, f"outside.{outside.id}.n", source=source))
    note = voice.text("finding.outside_source", source=outside.source[lang])
    return voice.text(
        "finding.outside", value=shown, note=Footnote(note),
        population=outside.population[lang], year=Fixed(str(outside.year), "date"), n=n,
        wording=voice.text("codebook.quoted", text=outside.wording[lang].rstrip(".")),
    )  # fmt: skip


def _compared(voice: Voice, kind: Measured, row: Estimate, outside: OutsideFigure) -> Text:
    """The difference with its test, or why there is none."""
    if not voice.design.infers:
        return voice.text("finding.not_tested_opt_in")
    variance = outside.variance
    if variance is None:
        return voice.text("finding.outside_untested")
    test = against(row, outside.estimate, variance)
    if test is None:
        return voice.text("finding.outside_no_test")

    def number(value: float, name: str) -> Number:
        return voice.fact(
            value, f"outside.{outside.id}.{name}", decimals=1, kind="points" if kind == "share" else "decimal",
            variable=row.variable, category=row.category, by=row.by, by_category=row.by_category, where=row.where,
            n=row.n, df=row.df, weight=voice.weight_record(),
        )  # fmt: skip

    shown = number(abs(test.estimate), "difference")
    ends = voice.between(number(test.ci_low, "ci_low"), number(test.ci_high, "ci_high"))
    told = voice.test(
        test, f"outside.{outside.id}.t_test", variable=row.variable, category=row.category, by=row.by,
        by_category=row.by_category, where=row.where, n=row.n,
    )  # fmt: skip
    if test.p_value >= ALPHA:
        return voice.text("finding.outside_alike", interval=ends, test=told)
    difference_words = voice.counted(shown, "odstotna točka") if kind == "share" else join([shown])
    key = f"finding.outside_{'higher' if test.estimate > 0 else 'lower'}_{kind}"
    return voice.text(key, difference=difference_words, interval=ends, test=told)
