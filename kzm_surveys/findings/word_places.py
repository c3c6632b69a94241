"""Sentences and table rows of a Word part, with the tagged numbers in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from kzm_surveys.findings.document_record import CELLS, HELD, Record, sentences
from kzm_surveys.findings.word_text import Control, Paragraph, Part

#: Marks of the places of numbers and of computed fields while a paragraph is split into sentences.
_HOLE, _FIELD = "\ue000", "\ue001"


@dataclass(eq=False)
class Place:
    """A sentence or a cell: its words with a hole for every tagged number, and the row that it stands in.

    One that is `repeated` says again, for old programs, what stands beside it.
    """

    words: str
    controls: list[Control]
    style: str
    repeated: bool
    row: list[Place] = field(default_factory=list)

    def filled(self, texts: Mapping[Control, str]) -> tuple[str, list[int]]:
        """The words with the numbers in them, new ones where they are given, and where each number starts."""
        out, starts = "", []
        for piece, control in zip(self.words.split(_HOLE), [*self.controls, None], strict=True):
            out += piece.replace(_FIELD, "")
            if control is not None:
                starts.append(len(out))
                out += texts.get(control, control.text)
        return out, starts

    def shown(self, texts: Mapping[Control, str] | None = None) -> str:
        """The sentence, or the whole row of a table."""
        return CELLS.join(place.filled(texts or {})[0] for place in self.row or [self])

    @property
    def plain(self) -> str:
        """The words alone, without tagged numbers and fields."""
        return re.sub(f"{_HOLE}|{_FIELD}[^{_FIELD}]*{_FIELD}", " ", self.words)

    def is_one_of(self, wordings: Collection[str]) -> bool:
        """Whether the report wrote these words: their sentence or row is among those given ``without_references``."""
        return self._wording in wordings

    @property
    def _wording(self) -> str:
        cells = []
        for place in self.row or [self]:
            tags = iter(place.controls)
            words = re.sub(f"{_FIELD}[^{_FIELD}]*{_FIELD}", "", place.words)
            cells.append(re.sub(_HOLE, lambda _, tags=tags: f"{{{next(tags).tag}}}", words))  # type: ignore[misc]
        return same_words(CELLS.join(cells))


def places_of(part: Part, known: Collection[str]) -> Iterator[Place]:
    """All sentences and cells of a part.

    Parameters
    ----------
    part
        What stands in a part of the Word file.
    known
        Claim ids; other tags are people's own, and their text is words.
    """
    rows: dict[int, list[Place]] = {}
    for paragraph in part.paragraphs:
        for place in _places(paragraph, known):
            if paragraph.row is not None:
                rows.setdefault(paragraph.row, []).append(place)
                place.row = rows[paragraph.row]
            yield place


def restore_tags(part: Part, old: Record) -> None:
    """Name the controls that lost their tags by the recorded sentence or row in which they stand.

    LibreOffice up to 7.4 keeps content controls and drops their tags.
    """
    told = {
        same_words(old.filled(words)): [name for name in HELD.findall(words) if name in old.numbers]
        for words in old.sentences
    }
    for place in list(places_of(part, {"", *old.numbers})):
        controls = [control for each in place.row or [place] for control in each.controls]
        ids = told.get(same_words(place.shown()), [])
        if len(ids) == len(controls) and all(c.tag in ("", name) for c, name in zip(controls, ids, strict=True)):
            for control, name in zip(controls, ids, strict=True):
                control.tag = name


def same_words(words: str) -> str:
    """Words whose blanks are all alike."""
    return " ".join(words.split())


def without_references(wordings: Collection[str]) -> set[str]:
    """Sentences and rows of a record as `Place.is_one_of` compares them: fields stand where they hold references."""
    return {
        same_words(HELD.sub(lambda held: "" if held[1].startswith(("table:", "figure:")) else held[0], wording))
        for wording in wordings
    }


def _places(paragraph: Paragraph, known: Collection[str]) -> Iterator[Place]:
    words, controls = "", []
    for piece in paragraph.pieces:
        if piece.control is not None and piece.control.tag in known:
            if piece.control not in controls:
                words += _HOLE
                controls.append(piece.control)
        else:
            words += f"{_FIELD}{piece.text}{_FIELD}" if piece.field else piece.text
    waiting = iter(controls)
    for sentence in [words] if paragraph.row is not None else sentences(words):
        yield Place(
            sentence, [next(waiting) for _ in range(sentence.count(_HOLE))], paragraph.style, paragraph.repeated
        )
