"""A finding, or the words that say why it is not shown: too few answers never stop the whole report."""

from __future__ import annotations

from collections.abc import Callable

from kzm_surveys.errors import WithheldError
from kzm_surveys.findings.section import Paragraph
from kzm_surveys.findings.text import Text
from kzm_surveys.findings.voice import Voice


def paragraph(voice: Voice, topic: str, build: Callable[[Voice], Text]) -> Paragraph:
    """Return the paragraph that `build` makes, or a sentence that the finding on `topic` is not shown."""
    try:
        return Paragraph(build(voice))
    except WithheldError:
        return Paragraph(voice.text("withheld_finding", topic=topic))
