"""What every section must say of its survey: who, when, how, how many, weights, limits and sources (AAPOR, 2021)."""

from __future__ import annotations

from collections.abc import Iterator

from kzm_surveys.estimation.quality import justification
from kzm_surveys.findings.section import Block, Cell, FigureRef, Heading, Paragraph, Table
from kzm_surveys.findings.text import Fixed, Number, Piece, Reference, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue, grammar


def opening(voice: Voice) -> list[Block]:
    """Return title and place in the programme, and the box that says the answers are synthetic, if they are."""
    wave = voice.survey.wave
    levels: dict[str, Piece] = dict(zip(("area", "task", "activity"), wave.report.headings, strict=False))
    names = [
        voice.text(f"programme.{level}", name=voice.text("codebook.quoted", text=name))
        for level, name in levels.items()
    ]
    place = voice.text("programme.place", place=join([*names], ", "))
    blocks: list[Block] = [Heading(wave.title[voice.lang]), Paragraph(place, id="place")]
    if voice.survey.source.synthetic:
        blocks.append(Paragraph(voice.text("synthetic_box"), box=True, id="synthetic"))
    return blocks


def methods(voice: Voice, composition: str | None = None, *, level: float = 0.95) -> list[Block]:
    """Return headings, paragraphs and the table of AAPOR's eleven items.

    From ``wave.toml``, the codebook and the weighting record. An item without information says so. `composition` names
    a figure that stands with the weighting; `level` is that of the intervals.
    """
    wave, lang = voice.survey.wave, voice.lang
    who = voice.text(
        "methods.who", mode_capital=_capital(wave.mode[lang]), population=wave.population[lang],
        sponsor=wave.sponsor[lang], conductor=wave.conductor[lang], when=fieldwork(voice),
    )  # fmt: skip
    items = disclosure_table(voice)
    more = voice.text("aapor.see", table=Reference("table", items.id))
    blocks: list[Block] = [
        Heading(catalogue.text(lang, "methods_heading")),
        Paragraph(join([who, _sample_size(voice), more]), id="methods.who"),
        items,
        Heading(catalogue.text(lang, "weighting_heading")),
        Paragraph(_weighting(voice), id="methods.weighting"),
        *([] if composition is None else [FigureRef(composition)]),
        Heading(catalogue.text(lang, "limits_heading")),
    ]
    limits = [Paragraph(text, id=f"methods.{name}") for name, text in _limits(voice, level)]
    return [*blocks, *limits]


def _limits(voice: Voice, level: float) -> Iterator[tuple[str, Text]]:
    """What an interval means or why there is none, what the sample lacks, and the wave's own limits."""
    wave, lang = voice.survey.wave, voice.lang
    rule = opt_in_rule(voice)
    if rule is not None:
        yield "opt_in", rule
    if voice.design.infers:
        shown = voice.fact(100 * level, "confidence_level")
        hundred = voice.fact(100, "confidence_level.of")
        meaning = voice.text("methods.interval", level=shown, hundred=hundred)
        yield "interval", meaning if rule is not None else join([meaning, wave.sampling.note[lang]])
    record = voice.design.weighting
    if record is not None and record.deff > 2:
        yield "deff", voice.text("methods.deff_warning")
    if own := [text[lang] for text in wave.disclosure.limits]:
        yield "own", join([*own])


def opt_in_rule(voice: Voice) -> Text | None:
    """Return why an opt-in sample has no margins of error, or on what model they rest; None for probability samples."""
    wave, lang = voice.survey.wave, voice.lang
    if voice.design.sampling != "opt_in":
        return None
    note, reason = wave.sampling.note[lang], justification(voice.design, lang)
    if reason is not None:
        return voice.text("methods.justified", note=note, justification=reason)
    return voice.text("methods.opt_in", note=note, population=wave.population[lang])


def fieldwork(voice: Voice) -> Fixed:
    """Return dates of the fieldwork: exact days, or only the month where no days are known."""
    when, lang = voice.survey.wave.fieldwork, voice.lang
    exact = grammar.between_dates(lang, when.first, when.last)
    return Fixed(grammar.in_month(lang, when.first) if when.approximate else exact, "date")


def disclosure_table(voice: Voice) -> Table:
    """Return the eleven items that AAPOR wants with every published finding, each with what is known of it."""
    lang = voice.lang
    unknown = catalogue.text(lang, "aapor.unknown")
    rows: list[list[Cell]] = [
        [catalogue.text(lang, f"aapor.{item}"), join([*told], " ") if told else unknown]
        for item, told in _disclosed(voice)
    ]
    title = voice.text("aapor.title")
    header = [catalogue.text(lang, "aapor.item"), catalogue.text(lang, "aapor.told")]
    return Table(f"{voice.survey.wave.survey}_disclosure", title, header, rows, [voice.text("aapor.note")], words=2)


def _disclosed(voice: Voice) -> Iterator[tuple[str, list[Piece]]]:
    """The items of AAPOR's disclosure standards (April 2021) in their order, with what is known of each."""
    wave, lang = voice.survey.wave, voice.lang
    own, weighting = wave.disclosure, voice.design.weighting
    unknown = catalogue.text(lang, "aapor.unknown")

    def known(text: dict[str, str] | None) -> str:
        return _sentence(text[lang] if text else unknown)

    yield "strategy", [voice.text("aapor.survey", mode=wave.mode[lang])]
    funder = own.funder[lang].rstrip(".") if own.funder else unknown
    yield (
        "sponsor",
        [
            voice.text("aapor.who", sponsor=wave.sponsor[lang], conductor=wave.conductor[lang], funder=funder),
        ],
    )
    yield "instrument", [_sentence(_capital(voice.codebook.status[lang])), voice.text("aapor.wording")]
    yield "population", [_sentence(_capital(wave.population[lang]))]
    recruitment = own.recruitment[lang] if own.recruitment else _sentence(unknown)
    yield "sample", [_sentence(wave.sampling.note[lang]), voice.text("aapor.recruitment", told=recruitment)]
    language = own.language[lang].rstrip(".") if own.language else unknown
    yield "mode", [voice.text("aapor.mode_told", mode=_capital(wave.mode[lang]), language=language)]
    yield "dates", [voice.text("aapor.when", when=fieldwork(voice))]
    size: list[Piece] = [_sample_size(voice)]
    if weighting is not None and voice.design.infers:
        size.append(voice.text("aapor.n_eff", n_eff=_weight_fact(voice, weighting.n_eff, "effective_n", 0)))
    size.append(voice.text("aapor.intervals" if voice.design.infers else "aapor.no_intervals"))
    yield "size", size
    yield "weighting", [voice.text("aapor.weighted" if weighting is not None else "aapor.unweighted")]
    processing: list[Piece] = [wave.processing[lang]] if wave.processing else []
    yield "processing", [*processing, voice.text("aapor.quality", told=known(own.quality))]
    yield "limits", [voice.text("aapor.limits_told")]


def wording(voice: Voice, variable: str) -> Text:
    """Return the question behind a variable as it was put, for the notes of a table."""
    return voice.text("question_line", question=voice.codebook[variable].question[voice.lang])


def _sample_size(voice: Voice) -> Text:
    source = voice.survey.source
    n = voice.fact(len(voice.survey), "respondents", n=len(voice.survey))
    if not source.dropped:
        return voice.text("methods.n", n=n)
    dropped = [
        say("{words} ({count})", words=catalogue.text(voice.lang, f"dropped.{reason}"),
            count=voice.fact(count, "units_dropped", category=reason))
        for reason, count in source.dropped.items()
    ]  # fmt: skip
    rows = voice.fact(source.rows, "units_in_file")
    return voice.text("methods.n_dropped", n=n, rows=rows, dropped=voice.enumerated(dropped))


def _weight_fact(voice: Voice, value: float, statistic: str, decimals: int = 2) -> Number:
    return voice.fact(
        value, statistic, decimals=decimals, kind="decimal", n=len(voice.survey), weight=voice.weight_record()
    )


def _weighting(voice: Voice) -> Text:
    record, wave = voice.design.weighting, voice.survey.wave
    note: list[Piece] = [wave.weighting.note[voice.lang]] if wave.weighting.note else []
    if record is None:
        return join(note or [voice.text("aapor.unweighted")])
    pieces: list[Piece] = [
        voice.text("methods.raking", margins="; ".join(voice.margin_notes("population", "date"))),
        *note,
        voice.text(
            "methods.deff",
            lowest=_weight_fact(voice, record.lowest, "weight.lowest"),
            highest=_weight_fact(voice, record.highest, "weight.highest"),
            average=_weight_fact(voice, record.mean, "weight.mean", 0),
            deff=_weight_fact(voice, record.deff, "kish_deff"),
            n_eff=_weight_fact(voice, record.n_eff, "effective_n", 0),
        ),
    ]
    if lacking := sum(step.mean_weight for step in record.steps):
        n = voice.fact(lacking, "respondents_at_mean_weight", n=len(voice.survey))
        everybody = voice.fact(len(voice.survey), "respondents", n=len(voice.survey))
        pieces.append(voice.text("methods.mean_weight", n=n, all=everybody))
    return join(pieces)


def sources(voice: Voice) -> list[Block]:
    """Return heading and one paragraph per source: the survey with its file, and margins with their status."""
    wave, source = voice.survey.wave, voice.survey.source
    survey = voice.text(
        "methods.survey_source", title=wave.title[voice.lang], file=Fixed(source.file, "id"),
        hash=Fixed(source.sha256[:12], "id"),
    )  # fmt: skip
    out: list[Block] = [Heading(catalogue.text(voice.lang, "sources_heading")), Paragraph(survey, id="source.survey")]
    for number, note in enumerate(voice.margin_notes("source", "population", "date"), start=1):
        out.append(Paragraph(Text((_sentence(_capital(note)),)), id=f"source.margin{number}"))
    return out


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _sentence(words: str) -> str:
    """The words with a full stop."""
    return words if words.endswith((".", "!", "?")) else f"{words}."
