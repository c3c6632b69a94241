"""The methods paragraphs that every section must have: who, when, how, how many, weights, what an interval means."""

from __future__ import annotations

from kzm_surveys.estimation.quality import justification
from kzm_surveys.findings.section import Heading, Paragraph
from kzm_surveys.findings.text import Number, Piece, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue, slovene


def opening(voice: Voice) -> list[Paragraph]:
    """Return the box that says the answers are synthetic, or nothing for real ones."""
    if not voice.survey.source.synthetic:
        return []
    return [Paragraph(voice.text("synthetic_box"), box=True)]


def methods(voice: Voice, level: float = 0.95) -> list[Heading | Paragraph]:
    """Return heading and paragraphs from ``wave.toml``, the codebook and the weighting record."""
    wave, source = voice.survey.wave, voice.survey.source
    lang = voice.lang
    mode = wave.mode[lang]
    who = voice.text(
        "methods.who", mode_capital=mode[0].upper() + mode[1:], population=wave.population[lang],
        sponsor=wave.sponsor[lang], conductor=wave.conductor[lang], when=_when(voice),
    )  # fmt: skip
    paragraphs = [join([who, _sample_size(voice)])]
    if (rule := opt_in_rule(voice)) is not None:
        paragraphs.append(join([rule, *([wave.weighting.note[lang]] if wave.weighting.note else [])]))
    if voice.design.weighting is not None:
        paragraphs.append(_weighting(voice))
    if voice.design.infers:
        shown = voice.fact(100 * level, "confidence_level")
        hundred = voice.fact(100, "confidence_level.of")
        meaning = voice.text("methods.interval", level=shown, hundred=hundred)
        paragraphs.append(meaning if rule is not None else join([meaning, wave.sampling.note[lang]]))
    last: list[Piece] = []
    if wave.processing is not None:
        last.append(wave.processing[lang])
    last.append(voice.text("methods.questionnaire", status=voice.codebook.status[lang]))
    last.append(voice.text("methods.data", file=source.file, hash=source.sha256[:12]))
    paragraphs.append(join(last))
    return [Heading(catalogue.text(lang, "methods_heading")), *(Paragraph(text) for text in paragraphs)]


def opt_in_rule(voice: Voice) -> Text | None:
    """Return why an opt-in sample has no margins of error, or on what model they rest; None for probability samples."""
    wave, lang = voice.survey.wave, voice.lang
    if voice.design.sampling != "opt_in":
        return None
    note, reason = wave.sampling.note[lang], justification(voice.design, lang)
    if reason is not None:
        return voice.text("methods.justified", note=note, justification=reason)
    return voice.text("methods.opt_in", note=note, population=wave.population[lang])


def _when(voice: Voice) -> str:
    """Return dates of the fieldwork: exact days, or only the month where no days are known."""
    fieldwork = voice.survey.wave.fieldwork
    if fieldwork.approximate:
        return slovene.in_month(fieldwork.first)
    return slovene.between_dates(fieldwork.first, fieldwork.last)


def _sample_size(voice: Voice) -> Text:
    source = voice.survey.source
    n = voice.fact(len(voice.survey), "respondents")
    if not source.dropped:
        return voice.text("methods.n", n=n)
    dropped = [
        say("{words}: {count}", words=catalogue.text(voice.lang, f"dropped.{reason}"),
            count=voice.fact(count, "units_dropped", category=reason))
        for reason, count in source.dropped.items()
    ]  # fmt: skip
    rows = voice.fact(source.rows, "units_in_file")
    return voice.text("methods.n_dropped", n=n, rows=rows, dropped=join(list(dropped), "; "))


def _weighting(voice: Voice) -> Text:
    record, wave = voice.design.weighting, voice.survey.wave
    assert record is not None

    def fact(value: float, statistic: str, decimals: int = 2) -> Number:
        return voice.fact(
            value,
            statistic,
            decimals=decimals,
            kind="decimal",
            n=len(voice.survey),
            weight=voice.weight_record(),
        )

    pieces: list[Piece] = [
        voice.text("methods.raking", margins="; ".join(voice.margin_notes("population", "date"))),
        *([wave.weighting.note[voice.lang]] if wave.weighting.note else []),
        voice.text(
            "methods.deff",
            lowest=fact(record.lowest, "weight.lowest"),
            highest=fact(record.highest, "weight.highest"),
            average=fact(record.mean, "weight.mean", 0),
            deff=fact(record.deff, "kish_deff"),
            n_eff=fact(record.n_eff, "effective_n", 0),
        ),
    ]
    if lacking := sum(step.mean_weight for step in record.steps):
        n = voice.fact(lacking, "respondents_at_mean_weight", n=len(voice.survey))
        everybody = voice.fact(len(voice.survey), "respondents", n=len(voice.survey))
        pieces.append(voice.text("methods.mean_weight", n=n, all=everybody))
    if record.deff > 2:
        pieces.append(voice.text("methods.deff_warning"))
    return join(pieces)


def sources(voice: Voice) -> list[Heading | Paragraph]:
    """Return heading and one paragraph per source: margins with their status, the survey itself."""
    out: list[Heading | Paragraph] = [Heading(catalogue.text(voice.lang, "sources_heading"))]
    out.append(Paragraph(Text((voice.survey.wave.title[voice.lang] + ".",))))
    for note in voice.margin_notes("source", "population", "date"):
        out.append(Paragraph(Text((f"{note[0].upper()}{note[1:]}.",))))
    return out
