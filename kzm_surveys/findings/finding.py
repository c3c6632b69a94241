"""A finding, or the words that say why it is not shown: too few answers never stop the whole report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kzm_surveys.errors import WithheldError
from kzm_surveys.findings.section import Paragraph, ReportFigure
from kzm_surveys.findings.text import Text
from kzm_surveys.findings.voice import Voice
from kzm_surveys.plots.style import Frame, empty_figure


def paragraph(voice: Voice, topic: str, build: Callable[[Voice], Text]) -> Paragraph:
    """Return the paragraph that `build` makes, or a sentence that the finding on `topic` is not shown."""
    try:
        return Paragraph(build(voice))
    except WithheldError:
        return Paragraph(voice.text("withheld_finding", topic=topic))


@dataclass(frozen=True)
class FigurePlan:
    """A figure by id, with the caption that it has even when nothing can be drawn."""

    id: str
    caption: Text
    build: Callable[[Voice, FigurePlan], ReportFigure]


def figure(voice: Voice, plan: FigurePlan) -> ReportFigure:
    """Return the figure that the plan makes, or an empty one that says why."""
    try:
        return plan.build(voice, plan)
    except WithheldError:
        words = voice.text("withheld_figure")
        frame = Frame(str(plan.caption), str(words), "", str(voice.source_line()), voice.synthetic_mark())
        return ReportFigure(plan.id, empty_figure(frame), plan.caption, voice.source_line(), words, plan.caption)
