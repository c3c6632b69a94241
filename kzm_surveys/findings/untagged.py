"""Digits of a document that no tag holds: of a lost tag, typed by somebody, or in the description of a table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kzm_surveys.findings.document_record import HELD, Record
from kzm_surveys.findings.tracing import date_pattern
from kzm_surveys.findings.word_places import Place, same_words
from kzm_surveys.language.numbers import Language

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_DESCRIBED = re.compile(r": table [^:]+: (?:title|notes|description)$")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}\.\s?\d{1,2}\.")
#: How alike a sentence must be to the recorded one for a number in it to be taken for the recorded number.
_ALIKE = 0.5


@dataclass(frozen=True)
class Untagged:
    """A number outside of all tags; `id` is the one that it probably lost, `now` what the report says for that."""

    text: str
    sentence: str
    id: str = ""
    now: str = ""


@dataclass(frozen=True)
class Described:
    """The title or description of a table with digits that the report does not say, and what that says now."""

    text: str
    now: str


def untagged_in(
    places: Sequence[Place], headings: Collection[str], old: Record, new: Record, present: Collection[str],
    lang: Language,
) -> list[Untagged]:  # fmt: skip
    """Find digits that no tag, heading, field or date accounts for.

    Parameters
    ----------
    places
        Sentences and cells of the document.
    headings
        Ids of the styles whose digits are not looked at.
    old, new
        Records of the document, and of the report as it would be written now.
    present
        Claim ids that still stand in the document.
    lang
        Language of the dates.
    """
    fixed = _fixed(old)
    by_digits: dict[str, list[tuple[str, str]]] = {}
    for words in sorted(old.sentences):
        for name in HELD.findall(words):
            if name in old.numbers and (digits := _NUMBER.search(old.numbers[name].value)):
                by_digits.setdefault(digits.group(), []).append((name, old.filled(words)))
    found = []
    for place in places:
        if place.style in headings or place.repeated:
            continue
        for number in _typed(same_words(place.plain), fixed, lang):
            sentence = place.shown()
            name = _lost(sentence, by_digits.get(number, ()), present)
            found.append(Untagged(number, sentence, name, new.numbers[name].value if name in new.numbers else ""))
    return found


def stale_descriptions(descriptions: Sequence[str], old: Record, new: Record, lang: Language) -> list[Described]:
    """Find titles and descriptions of tables, where Word has no place for a tag, with digits that are not right."""
    told = [same_words(new.filled(" ".join(words))) for place, words in new.wording.items() if _DESCRIBED.search(place)]
    found = []
    for text in dict.fromkeys(same_words(each) for each in descriptions):
        if any(text in each for each in told) or not any(_typed(text, [*_fixed(old), *_fixed(new)], lang)):
            continue
        alike = {each: SequenceMatcher(None, text, each, autojunk=False).ratio() for each in told}
        now = max(alike, key=lambda each: alike[each], default="")
        found.append(Described(text, now if alike.get(now, 0) >= _ALIKE else ""))
    return found


def _fixed(record: Record) -> list[str]:
    """Words of the report whose digits are no results, the longest first."""
    return sorted({same_words(words) for words in record.fixed}, key=len, reverse=True)


def _typed(words: str, fixed: Sequence[str], lang: Language) -> Iterator[str]:
    """Numbers among words, without dates and the fixed texts of the report."""
    if not re.search(r"\d", words):
        return
    for each in fixed:
        words = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", " ", words)
    words = _DATE.sub(" ", date_pattern(lang).sub(" ", words))
    yield from _NUMBER.findall(words)


def _lost(sentence: str, candidates: Sequence[tuple[str, str]], present: Collection[str]) -> str:
    """The claim id whose recorded sentence is most like this one; ids that are missing from the document go first."""
    ranked = sorted(
        ((name not in present, SequenceMatcher(None, sentence, told, autojunk=False).ratio(), name)
         for name, told in candidates),
        reverse=True,
    )  # fmt: skip
    return next((name for _, alike, name in ranked if alike >= _ALIKE), "")
