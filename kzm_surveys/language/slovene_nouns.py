"""The closed lexicon of Slovenian nouns that are counted: every form that can stand beside a number.

CLDR's plural rule is not enough: it puts decimals with 3-4 ("33,4 odstotki"), where Slovenian uses the genitive
singular in every case ("33,4 odstotka"). So decimals are a class of their own. Official examples that pin the forms:
"173 prebivalcev", "103 prebivalci", "101 prebivalec" (SURS municipal pages), "14,4 odstotka", "za tri odstotne točke"
(rtvslo.si, 24ur.com).

A paradigm is three rows, singular, dual and plural, of the endings in the order of `CASES`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.language.numbers import decimal, round_half_up

Case = Literal["nominative", "genitive", "dative", "accusative", "locative", "instrumental"]
Gender = Literal["masculine", "feminine", "neuter"]
NumberClass = Literal["one", "two", "few", "many", "decimal"]

CLASSES: tuple[NumberClass, ...] = ("one", "two", "few", "many", "decimal")
CASES: tuple[Case, ...] = ("nominative", "genitive", "dative", "accusative", "locative", "instrumental")


class Noun(NamedTuple):
    """Gender of a noun and its forms in the order of `CASES`."""

    gender: Gender
    singular: tuple[str, ...]
    dual: tuple[str, ...]
    plural: tuple[str, ...]


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


def entry(word: str) -> Noun:
    """Return the noun of the lexicon.

    Raises
    ------
    FindingError
        The noun is not in the closed lexicon; forms are never guessed.
    """
    if word not in LEXICON:
        raise FindingError(one_of("no Slovenian forms for the noun", word, LEXICON) + ". Add it to LEXICON.")
    return LEXICON[word]


def noun(word: str, value: float, case: Case = "nominative", decimals: int = 0) -> str:
    """Form of a noun of the lexicon beside a number.

    Five and more take the genitive plural in place of nominative and accusative, decimals the genitive singular.

    Raises
    ------
    FindingError
        The noun is not in the closed lexicon; forms are never guessed.

    Examples
    --------
    >>> [noun("oseba", n) for n in (1, 2, 3, 5)], noun("odstotek", 33.4, decimals=1)
    (['oseba', 'osebi', 'osebe', 'oseb'], 'odstotka')
    >>> noun("otrok", 1, "accusative"), noun("otrok", 12, "instrumental")
    ('otroka', 'otroki')
    """
    forms = entry(word)
    at, genitive = CASES.index(case), CASES.index("genitive")
    match number_class(value, decimals):
        case "one":
            return forms.singular[at]
        case "two":
            return forms.dual[at]
        case "few":
            return forms.plural[at]
        case "many":
            return forms.plural[genitive if case in ("nominative", "accusative") else at]
    return forms.singular[genitive]


def noun_after_range(word: str, low: float, high: float, case: Case = "nominative", decimals: int = 0) -> str:
    """Form of a noun after a range such as "2–5": that of its end.

    Raises
    ------
    FindingError
        The range runs backwards, or the noun is not in the lexicon.

    Examples
    --------
    >>> noun_after_range("odgovor", 2, 5), noun_after_range("mesec", 8, 10), noun_after_range("leto", 2, 3)
    ('odgovorov', 'mesecev', 'leta')
    """
    if low > high:
        ends = f"{decimal(low, decimals)}–{decimal(high, decimals)}"
        raise FindingError(f"the range {ends} before '{word}' runs backwards.")
    return noun(word, high, case, decimals)


_SOFT = "cčšžj"
_MASCULINE = (" a u  u om", "a ov oma a ih oma", "i ov om e ih i")
_ADJECTIVE: dict[Gender, tuple[str, str, str]] = {
    "masculine": ("i ega emu ega em im", "a ih ima a ih ima", "i ih im e ih imi"),
    "feminine": ("a e i o i o", "i ih ima i ih ima", "e ih im e ih imi"),
    "neuter": ("o ega emu o em im", "i ih ima i ih ima", "a ih im a ih imi"),
}
_FEMININE = ("a e i o i o", "i  ama i ah ama", "e  am e ah ami")
_FEMININE_CONSONANT = (" i i  i jo", "i i ma i ih ma", "i i im i ih mi")  # skupnost, možnost
_NEUTER = ("o a u o u om", "i  oma i ih oma", "a  om a ih i")


def _forms(stem: str, endings: tuple[str, str, str]) -> list[tuple[str, ...]]:
    return [tuple(stem + ending for ending in row.split(" ")) for row in endings]


def _masculine(nominative: str, stem: str = "", *, animate: bool = False) -> Noun:
    """Noun of the o-declension; the stem where it loses an e, soft after c č š ž j (-em, -ev)."""
    stem = stem or nominative
    endings = _MASCULINE
    if stem[-1] in _SOFT:
        endings = (endings[0].replace("om", "em"), endings[1].replace("o", "e"), endings[2].replace("o", "e"))
    singular, dual, plural = _forms(stem, endings)
    accusative = singular[1] if animate else nominative
    return Noun("masculine", (nominative, *singular[1:3], accusative, *singular[4:]), dual, plural)


def feminine(stem: str, genitive_plural: str = "") -> Noun:
    """Return a noun of the a-declension."""
    singular, dual, plural = _forms(stem, _FEMININE)
    many = genitive_plural or stem
    return Noun("feminine", singular, (dual[0], many, *dual[2:]), (plural[0], many, *plural[2:]))


def _feminine_consonant(nominative: str) -> Noun:
    """Noun of the i-declension in -ost."""
    return Noun("feminine", *_forms(nominative, _FEMININE_CONSONANT))


def _neuter(stem: str, genitive_plural: str = "") -> Noun:
    """Noun in -o, or in -e after j (vprašanje)."""
    soft = stem.endswith("j")
    endings = tuple(row.replace("o", "e") if soft else row for row in _NEUTER)
    singular, dual, plural = _forms(stem, (endings[0], endings[1], endings[2]))
    many = genitive_plural or stem
    return Noun("neuter", singular, (dual[0], many, *dual[2:]), (plural[0], many, *plural[2:]))


def adjective(stem: str, gender: Gender) -> Noun:
    """Return the definite forms of an adjective; the masculine accusative is that of a person."""
    singular, dual, plural = _forms(stem, _ADJECTIVE[gender])
    if gender == "neuter" and stem[-1] in _SOFT:
        singular = tuple(form[:-1] + "e" if form.endswith("o") else form for form in singular)
    return Noun(gender, singular, dual, plural)


def _with_adjective(stem: str, head: Noun) -> Noun:
    """Feminine noun with an adjective before it that agrees."""
    rows = zip(adjective(stem, "feminine")[1:], head[1:], strict=True)
    together = [tuple(f"{a} {n}" for a, n in zip(adjectives, nouns, strict=True)) for adjectives, nouns in rows]
    return Noun("feminine", *together)


def _with_attribute(head: Noun, attribute: str) -> Noun:
    """Noun with words behind it that do not change."""
    return Noun(head.gender, *(tuple(f"{form} {attribute}" for form in row) for row in head[1:]))


def _written(gender: Gender, singular: str, dual: str, plural: str) -> Noun:
    """Noun whose forms follow no paradigm of this module."""
    return Noun(gender, *(tuple(row.split()) for row in (singular, dual, plural)))


#: nominative singular -> all its forms
LEXICON: dict[str, Noun] = {
    "anketirani": adjective("anketiran", "masculine"),
    "anketiranec": _masculine("anketiranec", "anketiranc", animate=True),
    "anketiranka": feminine("anketirank"),
    "dan": _written(
        "masculine",
        "dan dneva dnevu dan dnevu dnevom",
        "dneva dni dnevoma dneva dneh dnevoma",
        "dnevi dni dnevom dni dneh dnevi",
    ),
    "delež": _masculine("delež"),
    "gospodinjstvo": _neuter("gospodinjstv", "gospodinjstev"),
    "kotiček": _masculine("kotiček", "kotičk"),
    "krajevna skupnost": _with_adjective("krajevn", _feminine_consonant("skupnost")),
    "leto": _neuter("let"),
    "lokacija": feminine("lokacij"),
    "mama": feminine("mam"),
    "mesec": _masculine("mesec"),
    "možnost": _feminine_consonant("možnost"),
    "ocena": feminine("ocen"),
    "odgovor": _masculine("odgovor"),
    "odstotek": _masculine("odstotek", "odstotk"),
    "odstotna točka": _with_adjective("odstotn", feminine("točk")),
    "oseba": feminine("oseb"),
    "otrok": _written(
        "masculine",
        "otrok otroka otroku otroka otroku otrokom",
        "otroka otrok otrokoma otroka otrocih otrokoma",
        "otroci otrok otrokom otroke otrocih otroki",
    ),
    "posameznik": _masculine("posameznik", animate=True),
    "prebivalec": _masculine("prebivalec", "prebivalc", animate=True),
    "prebivalka": feminine("prebivalk"),
    "predlog": _masculine("predlog"),
    "primerjava": feminine("primerjav"),
    "raziskava": feminine("raziskav"),
    "razlika": feminine("razlik"),
    "skupina": feminine("skupin"),
    "sodelujoči": adjective("sodelujoč", "masculine"),
    "teden": _masculine("teden", "tedn"),
    "tema": feminine("tem"),
    "trditev": _written(
        "feminine",
        "trditev trditve trditvi trditev trditvi trditvijo",
        "trditvi trditev trditvama trditvi trditvah trditvama",
        "trditve trditev trditvam trditve trditvah trditvami",
    ),
    "ukrep": _masculine("ukrep"),
    "ura": feminine("ur"),
    "vir": _masculine("vir"),
    "vir hrupa": _with_attribute(_masculine("vir"), "hrupa"),
    "vprašanje": _neuter("vprašanj"),
}
