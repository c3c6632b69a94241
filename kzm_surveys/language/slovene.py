"""Slovenian grammar around numbers: s and z, lists, months in cases, and all that the ``slovene_`` modules give."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from kzm_surveys.errors import FindingError
from kzm_surveys.language.numbers import NBSP, round_half_up
from kzm_surveys.language.slovene_nouns import (
    CASES,
    CLASSES,
    LEXICON,
    Case,
    Gender,
    noun,
    noun_after_range,
    number_class,
)
from kzm_surveys.language.slovene_shares import one_in, share_verb, share_words
from kzm_surveys.language.slovene_verbs import VERBS, Tense, counted_verb, listed_verb, past, present

__all__ = [
    "CASES", "CLASSES", "LEXICON", "VERBS", "Case", "Gender", "Tense", "between_dates", "counted_verb", "in_month",
    "listed", "listed_verb", "noun", "noun_after_range", "number_class", "one_in", "past", "present", "share_verb",
    "share_words", "with_preposition", "with_word",
]  # fmt: skip

_SCALES = ((10**9, "z"), (10**6, "z"), (10**3, "s"))  # milijarda, milijon, tisoč


def with_preposition(value: float, decimals: int | None = None, *, ordinal: bool = False) -> str:
    """Return "s" or "z" by the first sound of the number as read aloud.

    Parameters
    ----------
    value
        The number; of a decimal the whole part is read first, of a negative one the word "minus".
    decimals
        Decimals that are printed, where the number is longer than that.
    ordinal
        Read "prvi" for 1, as in dates; no other ordinal begins with another sound than its number.

    Examples
    --------
    >>> [with_preposition(n) for n in (26.3, 17.8, 18, 46, 32, 38, 4.46, 100, 200, 508, 1000, 20)]
    ['s', 's', 'z', 's', 'z', 'z', 's', 's', 'z', 's', 's', 'z']
    >>> with_preposition(99.96), with_preposition(99.96, 1), with_preposition(1, ordinal=True), with_preposition(-3)
    ('z', 's', 's', 'z')
    """
    shown = value if decimals is None else float(round_half_up(value, decimals))
    whole = int(abs(shown))
    if shown < 0:
        return "z"
    if ordinal and whole == 1:
        return "s"
    for scale, letter in _SCALES:
        if whole >= scale:
            return letter if whole < 2 * scale else with_preposition(whole // scale)
    if whole >= 100:
        return "s" if whole // 100 in (1, 3, 4, 5, 6, 7) else "z"
    if whole > 20 and whole % 10:
        whole %= 10
    elif whole > 20:
        return "s" if whole // 10 in (3, 4, 5, 6, 7) else "z"
    return "s" if whole in (*range(3, 8), *range(13, 18)) else "z"


def with_word(words: str) -> str:
    """Return "s" before the sounds p t k f s š c č h, else "z"; words that begin with a number as it is read aloud.

    Raises
    ------
    FindingError
        There is neither letter nor digit in them.

    Examples
    --------
    >>> [with_word(w) for w in ("cestni promet", "glasba", "»hrup«", "Žusterna", "62 let ali več", "1.200 oseb")]
    ['s', 'z', 's', 'z', 'z', 's']
    """
    found = re.search(r"\d+(?:\.\d{3})*|[^\W\d_]", words)
    if found is None:
        raise FindingError(f"'{words}' has no first sound, so neither s nor z can stand before it.")
    first = found.group().casefold()
    if first[0].isdigit():
        return with_preposition(int(first.replace(".", "")))
    return "s" if first in "ptkfsšcčhxq" else "z"


def listed(items: Sequence[str], word: str = "in") -> str:
    """Join a list with commas, and "in" before its last item.

    Examples
    --------
    >>> listed(["cesta"]), listed(["cesta", "pristanišče", "sosedje"])
    ('cesta', 'cesta, pristanišče in sosedje')
    """
    if not items:
        raise FindingError("an empty list cannot be written out.")
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


_MONTH_INSTRUMENTAL = (
    "januarjem", "februarjem", "marcem", "aprilom", "majem", "junijem",
    "julijem", "avgustom", "septembrom", "oktobrom", "novembrom", "decembrom",
)  # fmt: skip

_MONTH_GENITIVE = (
    "januarja", "februarja", "marca", "aprila", "maja", "junija",
    "julija", "avgusta", "septembra", "oktobra", "novembra", "decembra",
)  # fmt: skip


def between_dates(first: datetime.date, last: datetime.date) -> str:
    """Return "med 24. novembrom in 2. decembrom 2021"; the year once if it is the same.

    Examples
    --------
    >>> between_dates(datetime.date(2021, 11, 24), datetime.date(2021, 12, 2)).replace(NBSP, "_")
    'med 24._novembrom in 2._decembrom_2021'
    """

    def day(d: datetime.date, *, with_year: bool) -> str:
        return f"{d.day}.{NBSP}{_MONTH_INSTRUMENTAL[d.month - 1]}" + (f"{NBSP}{d.year}" if with_year else "")

    if first == last:
        return f"{first.day}.{NBSP}{in_month(first)}"
    return f"med {day(first, with_year=first.year != last.year)} in {day(last, with_year=True)}"


def in_month(day: datetime.date) -> str:
    """Return the month in the genitive with the year.

    Examples
    --------
    >>> in_month(datetime.date(2022, 3, 1)).replace(NBSP, "_")
    'marca_2022'
    """
    return f"{_MONTH_GENITIVE[day.month - 1]}{NBSP}{day.year}"
