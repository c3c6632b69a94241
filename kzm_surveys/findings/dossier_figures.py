"""The two figures of the dossier: how the weights are distributed, and what they do to the margins."""

from __future__ import annotations

from kzm_surveys.findings.dossier_margins import groups, margins_base, multiple_of_mean, source, worst_gap
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import Text, join
from kzm_surveys.findings.voice import Voice
from kzm_surveys.plots.sheet import Frame
from kzm_surveys.plots.weights import margins_before_and_after, weight_histogram


def dossier_figures(voice: Voice) -> list[ReportFigure]:
    """Return both figures; the design is weighted."""
    return [_distribution(voice), _margins(voice)]


def _frame(voice: Voice, title: Text, subtitle: Text, base: Text) -> Frame:
    return Frame(str(title), str(subtitle), f"{base}.", str(source(voice)), voice.synthetic_mark())


def _foot(voice: Voice, base: Text) -> Text:
    return join([base, ". ", source(voice)], "")


def _distribution(voice: Voice) -> ReportFigure:
    """How many respondents have which weight."""
    record = voice.design.weighting
    assert record is not None

    lowest, highest = (
        multiple_of_mean(voice, record.lowest, "weight.lowest"),
        multiple_of_mean(voice, record.highest, "weight.highest"),
    )
    base = voice.text("dossier.histogram_base", n=voice.fact(record.n, "respondents_with_weight"))
    title = voice.text("dossier.histogram_title", lowest=lowest, highest=highest)
    alt = voice.text(
        "dossier.histogram_alt",
        lowest=lowest,
        highest=highest,
        mean=multiple_of_mean(voice, record.mean, "weight.mean"),
        median=multiple_of_mean(voice, record.quantiles[0.5], "weight.median"),
        base=base,
    )
    caption = voice.text("dossier.histogram_caption")
    picture = weight_histogram(voice.design, _frame(voice, title, caption, base), lang=voice.lang)
    numbers = [lowest, multiple_of_mean(voice, record.mean, "weight.mean"), highest]
    return ReportFigure(
        "weights_distribution", picture, caption, _foot(voice, base), alt, title, numbers, lang=voice.lang
    )


def _margins(voice: Voice) -> ReportFigure:
    """Share of each group before weighting, in the population, and after weighting."""
    record = voice.design.weighting
    assert record is not None
    found = groups(voice, joint=True)
    every = [group for block in found for group in block.groups]
    numbers = [group.number(voice, "target") for group in every]
    for group in every:
        if not group.hidden:
            numbers += [group.count(voice), group.number(voice, "before"), group.number(voice, "after")]
    base = margins_base(voice, found)
    worst = worst_gap(voice, record)
    apart = worst.claim.estimate >= 0.05  # percentage points: the shares as printed differ
    title = voice.text("dossier.shares_title_apart" if apart else "dossier.shares_title")
    caption = voice.text("dossier.shares_caption")
    alt = voice.text("dossier.shares_alt", worst=worst, base=base)
    picture = margins_before_and_after(voice.design, _frame(voice, title, caption, base), lang=voice.lang)
    return ReportFigure("weights_margins", picture, caption, _foot(voice, base), alt, title, numbers, lang=voice.lang)
