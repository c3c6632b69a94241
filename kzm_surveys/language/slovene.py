"""Slovenian grammar around numbers: noun forms, verb agreement, s/z, lists, months in the instrumental.

CLDR's plural rule is not enough: it puts decimals with 3-4 ("33,4 odstotki"), where Slovenian uses the
genitive singular ("33,4 odstotka"). So decimals are a class of their own. Official examples that pin the
forms: "173 prebivalcev", "103 prebivalci", "101 prebivalec" (SURS municipal pages), "14,4 odstotka",
"za tri odstotne točke" (rtvslo.si, 24ur.com).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.language.numbers import NBSP, round_half_up

Case = Literal["nominative", "genitive", "dative", "accusative", "locative", "instrumental"]
Gender = Literal["masculine", "feminine", "neuter"]
NumberClass = Literal["one", "two", "few", "many", "decimal"]

CLASSES: tuple[NumberClass, ...] = ("one", "two", "few", "many", "decimal")
CASES: tuple[Case, ...] = ("nominative", "genitive", "dative", "accusative", "locative", "instrumental")


def _masculine(stem: str, sg: str, plural_nominative: str = "i", fleeting: str | None = None) -> dict[Case, str]:
    """Forms of a regular o-declension noun; `sg` is the nominative, `fleeting` a stem without the lost e."""
    s = fleeting or stem
    animate_accusative = sg if not sg.endswith("ec") or sg == "mesec" else s + "a"
    soft = s.endswith(("c", "č", "š", "ž", "j"))
    em, oma, om = ("em", "ema", "em") if soft else ("om", "oma", "om")
    pl = s + plural_nominative
    gpl = s + ("ev" if soft else "ov")
    return {
        "nominative": f"{sg}|{s}a|{pl}|{gpl}|{s}a",
        "genitive": f"{s}a|{gpl}|{gpl}|{gpl}|{s}a",
        "dative": f"{s}u|{s}{oma}|{s}{om}|{s}{om}|{s}a",
        "accusative": f"{animate_accusative}|{s}a|{s}e|{gpl}|{s}a",
        "locative": f"{s}u|{s}ih|{s}ih|{s}ih|{s}a",
        "instrumental": f"{s}{em}|{s}{oma}|{s}i|{s}i|{s}a",
    }


def _feminine(stem: str, genitive_plural: str) -> dict[Case, str]:
    """Forms of a regular a-declension noun."""
    s, g = stem, genitive_plural
    return {
        "nominative": f"{s}a|{s}i|{s}e|{g}|{s}e",
        "genitive": f"{s}e|{g}|{g}|{g}|{s}e",
        "dative": f"{s}i|{s}ama|{s}am|{s}am|{s}e",
        "accusative": f"{s}o|{s}i|{s}e|{g}|{s}e",
        "locative": f"{s}i|{s}ah|{s}ah|{s}ah|{s}e",
        "instrumental": f"{s}o|{s}ama|{s}ami|{s}ami|{s}e",
    }


_POINT: dict[Case, str] = {
    "nominative": "odstotna točka|odstotni točki|odstotne točke|odstotnih točk|odstotne točke",
    "genitive": "odstotne točke|odstotnih točk|odstotnih točk|odstotnih točk|odstotne točke",
    "dative": "odstotni točki|odstotnima točkama|odstotnim točkam|odstotnim točkam|odstotne točke",
    "accusative": "odstotno točko|odstotni točki|odstotne točke|odstotnih točk|odstotne točke",
    "locative": "odstotni točki|odstotnih točkah|odstotnih točkah|odstotnih točkah|odstotne točke",
    "instrumental": "odstotno točko|odstotnima točkama|odstotnimi točkami|odstotnimi točkami|odstotne točke",
}
_LETO: dict[Case, str] = {
    "nominative": "leto|leti|leta|let|leta",
    "genitive": "leta|let|let|let|leta",
    "dative": "letu|letoma|letom|letom|leta",
    "accusative": "leto|leti|leta|let|leta",
    "locative": "letu|letih|letih|letih|leta",
    "instrumental": "letom|letoma|leti|leti|leta",
}

#: noun -> (gender, case -> forms after 1 | 2 | 3-4 | 5 and more | a decimal number)
LEXICON: dict[str, tuple[Gender, dict[Case, str]]] = {
    "anketiranec": ("masculine", _masculine("anketiranec", "anketiranec", fleeting="anketiranc")),
    "anketiranka": ("feminine", _feminine("anketirank", "anketirank")),
    "mama": ("feminine", _feminine("mam", "mam")),
    "mesec": ("masculine", _masculine("mesec", "mesec")),
    "odgovor": ("masculine", _masculine("odgovor", "odgovor")),
    "odstotek": ("masculine", _masculine("odstotek", "odstotek", fleeting="odstotk")),
    "odstotna točka": ("feminine", _POINT),
    "oseba": ("feminine", _feminine("oseb", "oseb")),
    "leto": ("neuter", _LETO),
    "prebivalec": ("masculine", _masculine("prebivalec", "prebivalec", fleeting="prebivalc")),
    "predlog": ("masculine", _masculine("predlog", "predlog")),
}

_MONTH_INSTRUMENTAL = (
    "januarjem", "februarjem", "marcem", "aprilom", "majem", "junijem",
    "julijem", "avgustom", "septembrom", "oktobrom", "novembrom", "decembrom",
)  # fmt: skip

_MONTH_GENITIVE = (
    "januarja", "februarja", "marca", "aprila", "maja", "junija",
    "julija", "avgusta", "septembra", "oktobra", "novembra", "decembra",
)  # fmt: skip

_ENDINGS: dict[Gender, tuple[str, str, str]] = {
    "masculine": ("", "a", "i"),
    "feminine": ("a", "i", "e"),
    "neuter": ("o", "i", "a"),
}


def number_class(value: float, decimals: int = 0) -> NumberClass:
    """Class of a number as printed with `decimals`: which form of the noun stands beside it.

    Examples
    --------
    >>> [number_class(n) for n in (1, 2, 3, 4, 5, 0, 11, 101, 102, 508)]
    ['one', 'two', 'few', 'few', 'many', 'many', 'many', 'one', 'two', 'many']
    >>> number_class(33.4, decimals=1), number_class(2.0, decimals=1)
    ('decimal', 'decimal')
    """
    if decimals:
        return "decimal"
    last = int(round_half_up(abs(value), 0)) % 100
    if last in (1, 2):
        return ("one", "two")[last - 1]
    return "few" if last in (3, 4) else "many"


def noun(word: str, value: float, case: Case = "nominative", decimals: int = 0) -> str:
    """Form of a noun of the lexicon beside a number.

    Raises
    ------
    FindingError
        The noun is not in the closed lexicon; forms are never guessed.

    Examples
    --------
    >>> [noun("oseba", n) for n in (1, 2, 3, 5)], noun("odstotek", 33.4, decimals=1)
    (['oseba', 'osebi', 'osebe', 'oseb'], 'odstotka')
    """
    if word not in LEXICON:
        raise FindingError(one_of("no Slovenian forms for the noun", word, LEXICON) + ". Add it to LEXICON.")
    forms = LEXICON[word][1][case].split("|")
    return forms[CLASSES.index(number_class(value, decimals))]


def past(value: float, participle: str, gender: Gender) -> str:
    """Auxiliary and participle that agree with a counted subject.

    `participle` is the masculine singular ("odgovoril"). Five and more take the neuter singular.

    Examples
    --------
    >>> [past(n, "odgovoril", "feminine") for n in (1, 2, 3, 5, 102)]
    ['je odgovorila', 'sta odgovorili', 'so odgovorile', 'je odgovorilo', 'sta odgovorili']
    """
    kind = number_class(value)
    if kind == "many":
        return f"je {participle}o"
    index = ("one", "two", "few").index(kind)
    return f"{('je', 'sta', 'so')[index]} {participle}{_ENDINGS[gender][index]}"


def counted_verb(value: int, word: str, participle: str) -> str:
    """Return the verb before a counted noun of the lexicon, as in "je odgovorilo 508 oseb".

    Examples
    --------
    >>> counted_verb(508, "oseba", "odgovoril"), counted_verb(2, "mama", "odgovoril")
    ('je odgovorilo', 'sta odgovorili')
    """
    noun(word, value)
    return past(value, participle, LEXICON[word][0])


def with_preposition(value: float) -> str:
    """Return "s" or "z" by the first sound of the number as read aloud (decimals by their whole part).

    Examples
    --------
    >>> [with_preposition(n) for n in (26.3, 17.8, 18, 46, 32, 38, 4.46, 100, 200, 508, 1000, 20)]
    ['s', 's', 'z', 's', 'z', 'z', 's', 's', 'z', 's', 's', 'z']
    """
    whole = int(abs(value))
    if whole >= 1_000_000:
        return "z" if whole < 2_000_000 else with_preposition(whole // 1_000_000)
    if whole >= 1000:
        return "s" if whole < 2000 else with_preposition(whole // 1000)
    if whole >= 100:
        return "s" if whole // 100 in (1, 3, 4, 5, 6, 7) else "z"
    if whole > 20 and whole % 10:
        whole %= 10
    elif whole > 20:
        return "s" if whole // 10 in (3, 4, 5, 6, 7) else "z"
    return "s" if whole in (*range(3, 8), *range(13, 18)) else "z"


def listed(items: Sequence[str]) -> str:
    """Join a list with commas and "in".

    Examples
    --------
    >>> listed(["cesta"]), listed(["cesta", "pristanišče", "sosedje"])
    ('cesta', 'cesta, pristanišče in sosedje')
    """
    if not items:
        raise FindingError("an empty list cannot be written out.")
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} in {items[-1]}"


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
