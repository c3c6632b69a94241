"""A finding: a sentence or two with the estimates that they rest on, or the words that say why it is not shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kzm_surveys.errors import WithheldError
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.findings.section import Paragraph, Points
from kzm_surveys.findings.text import Piece, Text, join
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue


@dataclass(frozen=True)
class Finding:
    """What a builder makes of estimates.

    Attributes
    ----------
    id
        Its name in the script's words, and in the document through all its versions.
    text
        The sentences; of a withheld finding the sentence that says so.
    rows
        The estimates it rests on.
    key
        The short sentence for the box of key findings; None for a finding that is none.
    withheld
        Why it is not shown; empty for one that is.

    Examples
    --------
    >>> short = Finding("harm", Text(("Hrup škoduje zdravju.",))).then("To je mnenje, ne izmerjen učinek.")
    >>> print(short.paragraph.text)
    Hrup škoduje zdravju. To je mnenje, ne izmerjen učinek.
    """

    id: str
    text: Text
    rows: Sequence[Estimate] = ()
    key: Text | None = None
    withheld: str = ""

    @property
    def paragraph(self) -> Paragraph:
        """The finding as a paragraph of a section."""
        return Paragraph(self.text, id=self.id)

    def then(self, *more: Piece) -> Finding:
        """Return the finding with further sentences behind its own; a withheld one stays as it is."""
        said = [piece for piece in more if not (isinstance(piece, Text) and not piece.parts)]
        return self if self.withheld else replace(self, text=join([self.text, *said]))


def finding(voice: Voice, name: str, build: Callable[[Voice, str], Finding]) -> Finding:
    """Return the finding that `build` makes of a voice and a name, or one that says why it is not shown.

    Too few answers never stop the whole report. The words of the script name the topic: ``<name>.topic``.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> voice = Voice(design, "sl", ScriptWords(Path("noise.sl.toml"), "sl", {"harm.topic": "škodljivost"}))
    >>> def build(voice: Voice, name: str) -> Finding:
    ...     raise WithheldError("too few answers")
    >>> found = finding(voice, "harm", build)
    >>> found.withheld, "škodljivost" in str(found.text)
    ('too few answers', True)
    """
    try:
        return build(voice, name)
    except WithheldError as reason:
        return Finding(name, voice.text("withheld_finding", topic=voice.words[f"{name}.topic"]), withheld=str(reason))


def key_findings(voice: Voice, findings: Sequence[Finding]) -> list[Points]:
    """Return the box of key findings, in a list; an empty list where no finding is one.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
    >>> words = Text(("Hrup moti največ ljudi zvečer.",))
    >>> found = [Finding("when", words, key=words), Finding("who", words)]
    >>> [(box.title, box.ids) for box in key_findings(voice, found)]
    [('Ključne ugotovitve', ['when'])]
    """
    chosen = [each for each in findings if each.key is not None]
    if not chosen:
        return []
    items = [each.key for each in chosen if each.key is not None]
    return [Points(catalogue.text(voice.lang, "key_findings"), items, [each.id for each in chosen])]


def warnings_of(voice: Voice, findings: Sequence[Finding]) -> list[str]:
    """What the author must read: each finding that is withheld, with the reason.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
    >>> warnings_of(voice, [Finding("harm", Text(()), withheld="too few answers")])
    ["noise 2021: 'harm' is not shown: too few answers"]
    """
    name = voice.survey.wave.name
    return [f"{name}: '{each.id}' is not shown: {each.withheld}" for each in findings if each.withheld]
