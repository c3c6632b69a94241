"""The dossier of a wave's weights: why, to what, how, at what cost, and how far the results depend on them."""

from __future__ import annotations

from collections.abc import Iterator

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.estimation.sensitivity import sensitivity
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_style import DocumentInfo
from kzm_surveys.findings.dossier_figures import dossier_figures
from kzm_surveys.findings.dossier_margins import fact, groups, margins_base, source, worst_gap
from kzm_surveys.findings.dossier_sensitivity import sensitivity_table, widest_gaps
from kzm_surveys.findings.ledger import Ledger
from kzm_surveys.findings.markdown import to_markdown
from kzm_surveys.findings.methods import opt_in_rule
from kzm_surveys.findings.report import PICTURES
from kzm_surveys.findings.section import Block, Cell, FigureRef, Heading, Paragraph, Section, Table, pictures
from kzm_surveys.findings.text import Piece, Reference, Text, join
from kzm_surveys.findings.tracing import traced_figure, traced_section
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language
from kzm_surveys.record import WeightingRecord

#: A highest weight above this many times the mean is worth a warning; so is a design effect above 2.
HEAVY, HIGH_DEFF = 5.0, 2.0
MARGINS = "weights_table"


def dossier_files(design: SurveyDesign, lang: Language = "sl") -> dict[str, bytes]:
    """Write the dossier as Word and Markdown, with its two figures and the ledger of its numbers.

    Parameters
    ----------
    design
        The wave, weighted as its ``wave.toml`` says (:func:`kzm_surveys.weight`).
    lang
        Language of the texts.

    Returns
    -------
    dict
        File name -> bytes; the same design gives the same bytes.

    Raises
    ------
    WeightingError
        The design has no weighting.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> sorted(dossier_files(kzm.weight(kzm.load("surveys/noise/2021"))))[:3]
    ['dossier.docx', 'dossier.md', 'ledger.json']
    """
    voice = Voice(design, lang)
    section = traced_section(dossier(voice), lang)
    figures = {figure.id: traced_figure(figure, design) for figure in dossier_figures(voice)}
    survey = voice.survey
    title = str(voice.text("dossier.title", title=survey.wave.title[lang]))
    subtitle = catalogue.text(lang, "dossier.subtitle")
    wave = survey.wave
    info = DocumentInfo(title, subtitle, wave.sponsor[lang], voice.synthetic_mark(), wave.fieldwork.last, compact=True)
    drawings = dict(zip(figures, pictures(list(figures.values()), PICTURES), strict=True))
    files = {f"{name}.{kind}": file for name, each in drawings.items() for kind, file in each.items()}
    embedded = {name: each["png"] for name, each in drawings.items()}
    ledger = Ledger()
    ledger.add_document([section], figures)
    file = survey.source
    about = {"wave": wave.name, "language": lang, "synthetic": file.synthetic, "sha256": file.sha256}
    return {
        "dossier.docx": to_docx([section], figures, embedded, info, lang),
        "dossier.md": to_markdown([section], figures, title=title, picture_folder=".", lang=lang).encode(),
        "ledger.json": ledger.to_json(about),
        **files,
    }


def dossier(voice: Voice) -> Section:
    """Put the dossier together."""
    record = voice.design.weighting
    if record is None:
        raise WeightingError(f"{voice.survey.wave.name}: the answers are not weighted, so there is no dossier.")
    return Section(voice.design, [*_blocks(voice, record)], own_headings=())


def _blocks(voice: Voice, record: WeightingRecord) -> Iterator[Block]:
    lang = voice.lang

    def heading(key: str) -> Heading:
        return Heading(catalogue.text(lang, f"dossier.{key}_heading"))

    if voice.survey.source.synthetic:
        yield Paragraph(voice.text("dossier.synthetic_box"), box=True)
    yield heading("why")
    yield Paragraph(join([_skew(voice), voice.text("dossier.what")]))
    yield heading("margins")
    statuses = {facts.get("status", "") for facts in record.provenance.values()}
    unnamed = "" in statuses or len(record.provenance) < record.margins["variable"].nunique()
    doubts = [key for key, said in (("estimates", "estimate" in statuses), ("unknown", unnamed)) if said]
    lead = voice.text("dossier.margins_lead", table=Reference("table", MARGINS))
    yield Paragraph(join([lead, *(voice.text(f"dossier.{key}") for key in doubts or ["official"])]))
    yield _margins_table(voice)
    yield FigureRef("weights_margins")
    yield heading("method")
    yield Paragraph(_method(voice, record))
    yield heading("cost")
    yield Paragraph(_cost(voice, record))
    yield FigureRef("weights_distribution")
    yield heading("sensitivity")
    if not voice.survey.wave.key_results:
        yield Paragraph(voice.text("dossier.no_results"))
        return
    found = sensitivity(voice.design)
    if gaps := widest_gaps(voice, found):
        yield Paragraph(join(list(gaps)))
    yield sensitivity_table(voice, found)


def _skew(voice: Voice) -> Text:
    """Which groups are furthest above and below their share of the population."""
    single = [group for block in groups(voice, joint=False) for group in block.groups]
    over = max(single, key=lambda group: group.excess)
    under = min(single, key=lambda group: group.excess)
    if max(over.excess, -under.excess) < 0.005:
        return voice.text("dossier.balanced")
    if over.hidden or under.hidden:
        return voice.text("dossier.skewed_withheld")
    words: dict[str, Piece] = {}
    for name, group in (("over", over), ("under", under)):
        words |= {name: group.label, f"{name}_variable": voice.label(group.variable)}
        words |= {f"{name}_before": group.number(voice, "before"), f"{name}_target": group.number(voice, "target")}
    return voice.text("dossier.skewed", **words)


def _margins_table(voice: Voice) -> Table:
    rows: list[list[Cell]] = []
    mark = MARKS["small_cell"]
    blocks = groups(voice, joint=True)
    for block in blocks:
        rows.append([block.heading, "", "", "", ""])
        for group in block.groups:
            before: list[Cell] = [mark, mark] if group.hidden else [group.count(voice), group.number(voice, "before")]
            rows.append([group.label, *before, group.number(voice, "target"), group.number(voice, "after")])
    notes = [voice.text("dossier.margins_base", base=margins_base(voice, blocks))]
    facts = voice.margin_notes("population", "date", "source")
    notes += [Text((f"{note[0].upper()}{note[1:]}.",)) for note in facts]
    if any(group.hidden for block in blocks for group in block.groups):
        notes.append(voice.mark("small_cell"))
    header = [catalogue.text(voice.lang, f"dossier.{key}") for key in ("group", "before", "target", "after")]
    return Table(
        MARGINS, voice.text("dossier.margins_title"), [header[0], "n", *header[1:]], rows,
        [*notes, source(voice)],
    )  # fmt: skip


def _method(voice: Voice, record: WeightingRecord) -> Text:
    wave = voice.survey.wave
    variables = "; ".join(voice.margin_label(name) for name in record.margins["variable"].unique())
    mean, worst = fact(voice, record.mean, "weight.mean", 0), worst_gap(voice, record)
    if record.margins["variable"].nunique() == 1:  # raking to one table is post-stratification
        words = voice.text("dossier.poststratification", variables=variables, mean=mean, worst=worst)
    else:
        rounds = fact(voice, sum(step.iterations for step in record.steps), "raking.iterations", 0)
        words = voice.text("dossier.raking", variables=variables, mean=mean, iterations=rounds, worst=worst)
    pieces: list[Piece] = [words]
    if lacking := record.mean_weight:
        everybody = fact(voice, len(voice.survey), "respondents", 0)
        at_mean = fact(voice, lacking, "respondents_at_mean_weight", 0)
        pieces.append(voice.text("methods.mean_weight", n=at_mean, all=everybody))
    if record.trimmed:
        share = voice.fact(record.trimmed, "weights_trimmed", decimals=1, kind="percent", n=record.n)
        pieces.append(voice.text("dossier.trimmed", share=share))
    else:
        pieces.append(voice.text("dossier.not_trimmed"))
    if wave.weighting.note is not None:
        pieces.append(wave.weighting.note[voice.lang])
    if (rule := opt_in_rule(voice)) is not None:
        pieces.append(rule)
    if voice.design.infers:
        pieces.append(voice.text("dossier.variance"))
    return join(pieces)


def _cost(voice: Voice, record: WeightingRecord) -> Text:
    numbers = {
        "deff": fact(voice, record.deff, "kish_deff"),
        "n": fact(voice, record.n, "respondents_with_weight", 0),
        "n_eff": fact(voice, record.n_eff, "effective_n", 0),
    }
    pieces: list[Piece] = [
        voice.text("dossier.cost" if voice.design.infers else "dossier.cost_opt_in", **numbers),
        voice.text(
            "dossier.range",
            lowest=fact(voice, record.lowest, "weight.lowest"),
            highest=fact(voice, record.highest, "weight.highest"),
            lower=fact(voice, record.quantiles[0.25], "weight.quantile_25"),
            upper=fact(voice, record.quantiles[0.75], "weight.quantile_75"),
        ),
    ]
    _, smallest = record.smallest
    limit = voice.survey.wave.quality.smallest_cell
    if smallest < limit:
        pieces.append(voice.text("dossier.smallest_withheld", limit=fact(voice, limit, "small_cell", 0)))
    else:
        pieces.append(voice.text("dossier.smallest", n=fact(voice, smallest, "smallest_cell", 0)))
    if record.deff > HIGH_DEFF:
        pieces.append(voice.text("methods.deff_warning"))
    if (ratio := record.highest / record.mean) > HEAVY:
        pieces.append(voice.text("dossier.heavy", ratio=fact(voice, ratio, "weight.highest_to_mean", 1)))
    return join(pieces)
