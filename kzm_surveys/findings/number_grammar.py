"""Does a sentence that people wrote still stand when a number in it changes: noun, verb, s or z, order of shares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kzm_surveys.findings.document_record import Printed
from kzm_surveys.findings.text import LEAST_P, NumberKind
from kzm_surveys.language import shares
from kzm_surveys.language.numbers import MINUS, Language
from kzm_surveys.language.slovene import number_class, with_preposition

_WORD_AFTER = re.compile(r"\s+([^\W\d_]+)")
_VERB_BEFORE = re.compile(r"\b(?:je|sta|so|bo|bosta|bodo|was|were|is|are|has|have)\b[^.,;:()]*$", re.IGNORECASE)
_PREPOSITION = re.compile(r"(?<!\w)([sz])\s+$", re.IGNORECASE)
_SHARE_WORD = re.compile(
    r"\b(?:(?:polovic|tretjin|četrtin|petin|šestin|desetin|večin|manjšin)\w*|vsak\w*\s+(?:drug|tretj|četrt|pet|deset)\w*"
    r"|(?:eden|ena|eno)\s+od\s+(?:dveh|treh|štirih|petih|šestih|desetih)|one\s+in\s+(?:two|three|four|five|six|ten)"
    r"|half|(?:one|two|three)\s+(?:third|quarter|fifth|tenth)s?|(?:a|every)\s+(?:third|quarter|fifth|tenth)|majority|"
    r"minority|every\s+(?:second|other|fourth))\b",
    re.IGNORECASE,
)
#: After these no noun is counted by the number before them.
_NO_NOUN = {"in", "ali", "do", "od", "pa", "ter", "oziroma", "and", "or", "to", "of", "at"}
#: Characters within which a share word belongs to a number.
_NEAR = 60
_COMPARED: tuple[NumberKind, ...] = ("percent", "points", "decimal")


@dataclass(frozen=True)
class Changing:
    """A number of a sentence with what it was and will be, and where it stands in the new sentence."""

    old: str
    new: str
    form: Printed
    start: int


def flags_of(sentence: str, numbers: Sequence[Changing], at: int, lang: Language) -> list[str]:
    """Say what no longer fits around a number of a sentence.

    Parameters
    ----------
    sentence
        With the new numbers in it.
    numbers
        All numbers of the sentence, in its order.
    at
        Which of them is looked at.
    lang
        Language of the sentence.

    Examples
    --------
    >>> words = "Odgovorilo je 102 oseb."
    >>> flags_of(words, [Changing("508", "102", Printed("102", "count", 0), 14)], 0, "sl")
    ['noun or verb: 508 and 102 take different forms ("102 oseb")']
    """
    number = numbers[at]
    before, after = sentence[: number.start], sentence[number.start + len(number.new) :]
    found = list(_form(before, after, number, lang))
    if lang == "sl" and (preposition := _PREPOSITION.search(before)):
        right = with_preposition(abs(value_of(number.new, lang)))
        if preposition.group(1).casefold() != right:
            found.append(f'preposition: read aloud it is "{right} {number.new}"')
    old, new = value_of(number.old, lang), value_of(number.new, lang)
    if number.form.kind in ("percent", "points"):
        words = _share_words(before, after)
        found += [f'share word: does "{word}" still say {number.new}?' for word in words if not _holds(word, old, new)]
    if number.form.kind == "p_value" and (sign := re.search(r"([<=])\s*$", before)):
        right = "=" if new > LEAST_P else "<" if old > LEAST_P else sign.group(1)
        found += [f'p-value: "{right} {number.new}"'] if sign.group(1) != right else []
    if (old < 0) != (new < 0):
        found.append("sign: what rose falls, or the other way round")
    if at + 1 < len(numbers) and after.startswith("–") and value_of(numbers[at + 1].new, lang) < new:
        found.append("range: its ends have changed places")
    if _reordered(numbers, at, sentence, lang):
        found.append("order: this number and another of the sentence no longer stand in the order they stood in")
    return found


def _form(before: str, after: str, number: Changing, lang: Language) -> Iterator[str]:
    old, new = (value_of(text, lang) for text in (number.old, number.new))
    if number.form.kind in ("percent", "p_value") or math.isnan(old):
        return
    if lang == "sl":
        same = number_class(old, number.form.decimals) == number_class(new, number.form.decimals)
    else:
        same = (number.old == "1") == (number.new == "1")
    noun = _WORD_AFTER.match(after)
    if noun and noun.group(1).casefold() in _NO_NOUN:
        noun = None
    if not same and (noun or _VERB_BEFORE.search(before)):
        words = f'"{number.new}{noun.group()}"' if noun else f'"{before.split()[-1]} {number.new}"'
        yield f"noun or verb: {number.old} and {number.new} take different forms ({words})"


def _share_words(before: str, after: str) -> list[str]:
    """The words that tell a share once more: near its number, with no other number between."""
    near = re.split(r"\d", before[-_NEAR:])[-1], re.split(r"\d", after[:_NEAR])[0]
    return [match.group() for words in near for match in _SHARE_WORD.finditer(words)]


def _holds(word: str, old: float, new: float) -> bool:
    """Whether a share word that stood beside the old percentage fits the new one as well."""
    if re.match("večin|manjšin|majority|minority", word, re.IGNORECASE):
        return (old > 50) == (new > 50)
    told, tells = (shares.named(value / 100) if 0 <= value <= 100 else None for value in (old, new))
    return told is not None and told == tells


def _reordered(numbers: Sequence[Changing], at: int, sentence: str, lang: Language) -> bool:
    """Whether a share or mean has passed another of the sentence; ends of intervals are not compared."""
    compared = [
        each
        for each in numbers
        if each.form.kind == numbers[at].form.kind and each.form.kind in _COMPARED and not _in_range(each, sentence)
    ]
    if numbers[at] not in compared:
        return False

    def order(first: Changing, second: Changing, name: str) -> int:
        a, b = (value_of(getattr(each, name), lang) for each in (first, second))
        return (a > b) - (a < b)

    return any(order(numbers[at], each, "old") != order(numbers[at], each, "new") for each in compared)


def _in_range(number: Changing, sentence: str) -> bool:
    return sentence[: number.start].endswith("–") or sentence[number.start + len(number.new) :].startswith("–")


def value_of(text: str, lang: Language) -> float:
    """Return the value of a number as printed; NaN if it is none.

    Examples
    --------
    >>> value_of("1.234,5", "sl"), value_of("−2.5%", "en"), value_of("26,3\u00a0%", "sl")
    (1234.5, -2.5, 26.3)
    """
    digits = re.sub(r"[%\s]", "", text).replace(MINUS, "-")
    digits = digits.replace(".", "").replace(",", ".") if lang == "sl" else digits.replace(",", "")
    try:
        return float(digits)
    except ValueError:
        return float("nan")
