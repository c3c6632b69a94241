"""Text made of words and traceable numbers."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from kzm_surveys.errors import FindingError
from kzm_surveys.language.numbers import NBSP, Language, decimal, percent

#: How a number is printed: a share with its sign, a share or a difference of shares in points without one, a number in
#: its units, a count, a p-value (never below 0.001).
NumberKind = Literal["percent", "points", "decimal", "count", "p_value"]
#: Word takes no longer tag than this.
LONGEST_ID = 64
LEAST_P = 0.001


@dataclass(frozen=True)
class Claim:
    """What a printed number is: the estimate or fact, its base and where it comes from.

    `since` names the earlier wave of a change.
    """

    wave: str
    statistic: str
    estimate: float
    variable: str | None = None
    category: str | None = None
    by: str | None = None
    by_category: str | None = None
    where: str | None = None
    base: str | None = None
    weight: str | None = None
    since: str | None = None
    n: int | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    df: float | None = None
    flag: str = ""
    question: str | None = None
    source: str | None = None
    data_sha256: str | None = None
    synthetic: bool = False

    @cached_property
    def slug(self) -> str:
        """Readable identity: wave, variable, category, group, statistic, base, weight."""
        group = f"{self.by}={self.by_category}" if self.by and self.by_category else self.by
        parts = [
            self.wave,
            self.variable,
            self.category,
            group,
            self.where,
            self.since and f"since_{self.since}",
            self.statistic,
            self.base,
            self.weight and self.weight.partition(" ")[0],
        ]
        return re.sub(r"\s+", "_", ".".join(str(part) for part in parts if part))


def printed(value: float, kind: NumberKind, decimals: int, lang: Language) -> str:
    """Return a number as it is printed: what stands in the text, and what the ledger is checked against.

    Examples
    --------
    >>> [printed(0.2634, kind, 1, "sl").replace(NBSP, "_") for kind in ("percent", "points")]
    ['26,3_%', '26,3']
    >>> printed(0.00002, "p_value", 3, "sl"), printed(508, "count", 0, "sl")
    ('0,001', '508')
    """
    if kind == "percent":
        return percent(value, decimals, lang)
    if kind == "points":
        return decimal(100 * value, decimals, lang)
    return decimal(max(value, LEAST_P) if kind == "p_value" else value, decimals, lang)


@dataclass(frozen=True)
class Number:
    """A number as printed, with its claim."""

    text: str
    claim: Claim
    kind: NumberKind
    decimals: int

    @cached_property
    def id(self) -> str:
        """Claim id: what the number is and how it is printed, never its value, so that it outlives new answers.

        At most 64 characters, because Word takes no longer tag: a long one ends in a part of its own fingerprint.

        Examples
        --------
        >>> Number("26,3 %", Claim("noise 2021", "proportion", 0.263, "annoyance_port"), "percent", 1).id
        'noise_2021.annoyance_port.proportion.percent1'
        """
        form = "" if self.kind == "count" else f".{self.kind}{self.decimals}"
        whole = self.claim.slug + form
        if len(whole) <= LONGEST_ID:
            return whole
        return f"{whole[: LONGEST_ID - 11]}~{hashlib.sha256(whole.encode()).hexdigest()[:10]}"

    def __str__(self) -> str:
        return self.text


def number(claim: Claim, kind: NumberKind, decimals: int, lang: Language) -> Number:
    """Return the estimate of a claim as it is printed."""
    return Number(printed(claim.estimate, kind, decimals, lang), claim, kind, decimals)


@dataclass(frozen=True)
class Fixed:
    """Words whose digits are no results: a date, or the name or fingerprint of a file."""

    text: str
    kind: Literal["date", "id"]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Footnote:
    """A note at the foot of the page, or at the end: where a number or statement comes from."""

    text: Text

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class Reference:
    """A reference to a table or figure by its id; printed as its number in the document."""

    kind: Literal["table", "figure"]
    target: str


@dataclass(frozen=True)
class Text:
    """A run of words, numbers, references and footnotes."""

    parts: tuple[Part, ...]

    def plain(self, references: Mapping[str, int] | None = None) -> str:
        """Return the text as a string; references by the given numbers."""
        out = []
        for part in self.parts:
            if isinstance(part, Reference):
                if references is None or part.target not in references:
                    raise FindingError(f"the text refers to {part.kind} '{part.target}', which is not in the document.")
                out.append(str(references[part.target]))
            else:
                out.append(str(part))
        return "".join(out)

    def numbers(self) -> Iterator[Number]:
        """All numbers in the text and in its footnotes."""
        for part in self.parts:
            if isinstance(part, Number):
                yield part
            elif isinstance(part, Footnote):
                yield from part.text.numbers()

    def __str__(self) -> str:
        return "".join("?" if isinstance(part, Reference) else str(part) for part in self.parts)


Part = str | Number | Reference | Fixed | Footnote
Piece = Part | Text


def say(template: str, **values: Piece) -> Text:
    """Fill a template; its own words may hold no digit, so every number comes from an estimate or a fact.

    The blanks around "=" and before a reference become no-break spaces.

    Parameters
    ----------
    template
        Words with names in braces.
    values
        Numbers, references, texts, or strings from codebook and wave (labels, dates).

    Raises
    ------
    FindingError
        A digit stands in the template, or a name has no value or a value no name.

    Examples
    --------
    >>> str(say("Hrup moti {share} anketiranih.", share="četrtino"))
    'Hrup moti četrtino anketiranih.'
    >>> say("Hrup moti 30 % anketiranih.")
    Traceback (most recent call last):
        ...
    kzm_surveys.errors.FindingError: a digit is typed by hand in: 'Hrup moti 30 % anketiranih.'
    """
    parts: list[Part] = []
    used = set()
    for literal, name, spec, _ in string.Formatter().parse(template):
        if re.search(r"\d", literal):
            raise FindingError(f"a digit is typed by hand in: '{template}'")
        literal = literal.replace(" = ", f"{NBSP}={NBSP}")
        if isinstance(values.get(name or ""), Reference) and literal.endswith(" "):
            literal = literal[:-1] + NBSP
        if literal:
            parts.append(literal)
        if name is None:
            continue
        if name not in values or spec:
            given = ", ".join(sorted(values)) or "nothing"
            raise FindingError(f"no value for '{{{name}}}' (given: {given}) in: '{template}'")
        used.add(name)
        value = values[name]
        if not isinstance(value, (str, Number, Reference, Fixed, Footnote, Text)):
            raise FindingError(f"'{{{name}}}' is {value!r}, which cannot be printed, in: '{template}'")
        parts += value.parts if isinstance(value, Text) else [value]
    if unused := sorted(set(values) - used):
        raise FindingError(f"values without a place ({', '.join(unused)}) in: '{template}'")
    return Text(tuple(parts))


def join(pieces: list[Piece], separator: str = " ", last: str | None = None) -> Text:
    """Join pieces, with another separator before the last one if given.

    Examples
    --------
    >>> str(join(["cesta", "luka", "sosedje"], ", ", " in "))
    'cesta, luka in sosedje'
    """
    parts: list[Part] = []
    for position, piece in enumerate(pieces):
        if position:
            parts.append(last if last is not None and position == len(pieces) - 1 else separator)
        parts += piece.parts if isinstance(piece, Text) else [piece]
    return Text(tuple(parts))
