"""Texts as runs of Word: numbers as tagged content controls, references as fields, footnotes as footnotes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import count, groupby

from kzm_surveys.errors import FindingError
from kzm_surveys.findings.docx_xml import content_control, field, paragraph, run
from kzm_surveys.findings.text import Fixed, Footnote, Number, Part, Reference, Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language

#: Word shows no longer title of a control than this.
LONGEST_ALIAS = 64


class Runs:
    """Writes the texts of one document.

    Attributes
    ----------
    ids
        Numbers for controls, bookmarks and pictures, each given once in the document.
    notes
        Footnotes so far, as paragraphs.
    """

    def __init__(
        self, lang: Language, numbers: Mapping[str, int], styles: Mapping[str, str], *, taken: Collection[int] = (),
        first_note: int = 1,
    ) -> None:  # fmt: skip
        self.lang, self.numbers, self.styles, self.first_note = lang, numbers, styles, first_note
        self.ids: Iterator[int] = (number for number in count(1) if number not in taken)
        self.notes: list[str] = []

    def of(self, text: Text) -> str:
        """Return a text as runs."""
        return self._runs(text, inside_note=False)

    def _runs(self, text: Text, *, inside_note: bool) -> str:
        out = []
        for plain, parts in groupby(text.parts, lambda part: isinstance(part, (str, Fixed))):
            if plain:
                out.append(run("".join(str(part) for part in parts)))
            else:
                out += [self._part(part, inside_note) for part in parts]
        return "".join(out)

    def _part(self, part: Part, inside_note: bool) -> str:
        if isinstance(part, Number):
            return content_control(part.id, _alias(part, self.lang), next(self.ids), part.text)
        if isinstance(part, Reference):
            number = self.numbers[part.target]
            return field(f"REF {bookmark_name(part.kind, number)} \\h", str(number))
        assert isinstance(part, Footnote)
        if inside_note:
            raise FindingError(f"a footnote stands inside the footnote '{part.text}'; Word has no such thing.")
        mark = f'<w:rPr><w:rStyle w:val="{self.styles["footnote reference"]}"/></w:rPr>'
        number = self.first_note + len(self.notes)
        words = self._runs(part.text, inside_note=True)
        self.notes.append(
            paragraph(self.styles["footnote text"], f"<w:r>{mark}<w:footnoteRef/></w:r>{run(' ')}{words}")
        )
        return f'<w:r>{mark}<w:footnoteReference w:id="{number}"/></w:r>'


def bookmark_name(kind: str, number: int) -> str:
    """Name of the bookmark around the number of a table or figure; Word hides names that begin with _."""
    return f"_Ref_{kind}_{number}"


def _alias(number: Number, lang: Language) -> str:
    """What a number is, in a few words: the title that Word shows where the cursor stands in it."""
    claim = number.claim
    words = _statistic(claim.statistic, catalogue.texts(lang))
    if what := claim.question or claim.variable:
        words = f"{words}: {what}"
    return words if len(words) <= LONGEST_ALIAS else f"{words[: LONGEST_ALIAS - 1].rstrip()}…"


def _statistic(name: str, texts: Mapping[str, str]) -> str:
    """A statistic in words; of the base or an end of the interval of an estimate also that."""
    whole, _, part = name.rpartition(".")
    if whole and (words := texts.get(f"annex.part_{part}")):
        return words.format(statistic=_statistic(whole, texts))
    return texts.get(f"statistic.{name}", name.replace("_", " "))
