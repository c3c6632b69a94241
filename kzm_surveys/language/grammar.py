"""The one door to the grammar of a language: Slovenian by its modules, every other language by its catalogue.

A catalogue names nouns and verbs by the Slovenian word and gives two forms, after one and after any other number.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.language import catalogue, shares, slovene
from kzm_surveys.language.catalogue import Language
from kzm_surveys.language.numbers import date, month, round_half_up
from kzm_surveys.language.slovene import Case, Tense


def noun(lang: Language, word: str, value: float, case: Case = "nominative", decimals: int = 0) -> str:
    """Form of a noun beside a number.

    Parameters
    ----------
    lang
        Language.
    word
        The noun by its Slovenian nominative singular.
    value, decimals
        The number as printed.
    case
        Case in Slovenian; other languages take none.

    Raises
    ------
    FindingError
        The noun is not in the closed lexicon; forms are never guessed.

    Examples
    --------
    >>> noun("sl", "otrok", 2, "genitive"), noun("en", "otrok", 2, "genitive"), noun("en", "leto", 1.0, decimals=1)
    ('otrok', 'children', 'years')
    """
    if lang == "sl":
        return slovene.noun(word, value, case, decimals)
    return _form(lang, "nouns", word, one=_one(value, decimals))


def noun_after_range(
    lang: Language, word: str, low: float, high: float, case: Case = "nominative", decimals: int = 0
) -> str:
    """Form of a noun after a range such as "2–5": that of its end.

    Raises
    ------
    FindingError
        The range runs backwards, or the noun is not in the closed lexicon.

    Examples
    --------
    >>> noun_after_range("sl", "odgovor", 2, 5), noun_after_range("en", "odgovor", 0, 1)
    ('odgovorov', 'answers')
    """
    in_slovenian = slovene.noun_after_range(word, low, high, case, decimals)
    return in_slovenian if lang == "sl" else _form(lang, "nouns", word, one=False)


def verb(lang: Language, value: float, word: str, verb: str, decimals: int = 0, tense: Tense = "past") -> str:
    """Return a verb that agrees with a counted noun.

    Parameters
    ----------
    lang
        Language.
    value, decimals
        The number as printed.
    word
        The counted noun by its Slovenian nominative singular.
    verb
        The verb by its Slovenian infinitive.
    tense
        Past or present.

    Raises
    ------
    FindingError
        The noun or the verb is not in the closed lexicon.

    Examples
    --------
    >>> verb("sl", 508, "oseba", "odgovoriti"), verb("sl", 2, "mama", "meniti", tense="present")
    ('je odgovorilo', 'menita')
    >>> verb("en", 508, "oseba", "sodelovati"), verb("en", 1, "oseba", "meniti", tense="present")
    ('took part', 'thinks')
    """
    past = slovene.counted_verb(value, word, verb, decimals)
    if lang != "sl":
        return _form(lang, tense, verb, one=_one(value, decimals))
    return past if tense == "past" else slovene.present(value, verb, decimals)


def listed_verb(lang: Language, items: int, verb: str) -> str:
    """Present tense of a verb whose subjects are named, not counted.

    Examples
    --------
    >>> [listed_verb("sl", n, "slediti") for n in (1, 2, 5)], listed_verb("en", 2, "slediti")
    (['sledi', 'sledita', 'sledijo'], 'follow')
    """
    return slovene.listed_verb(items, verb) if lang == "sl" else _form(lang, "present", verb, one=items == 1)


def share_words(lang: Language, share: float, case: Case = "nominative") -> str | None:
    """Return words for a share (0-1) by the intervals of ``shares.py``, or None where there are none.

    Examples
    --------
    >>> share_words("sl", 0.263), share_words("en", 0.263), share_words("en", 0.665), share_words("en", 0.29)
    ('dobra četrtina', 'just over a quarter', 'two thirds', None)
    """
    if lang == "sl":
        return slovene.share_words(share, case)
    interval = shares.named(share)
    if interval is None:
        return None
    words = catalogue.text(lang, f"shares.{interval.fraction}")
    return words if interval.nearness == "exact" else _filled(lang, f"grammar.{interval.nearness}", share=words)


def share_verb(lang: Language, share: float, verb: str, tense: Tense = "present") -> str:
    """Return the verb that agrees with the words for a share of people.

    Raises
    ------
    FindingError
        There are no words for the share, or the verb is unknown.

    Examples
    --------
    >>> share_verb("sl", 0.665, "meniti"), share_verb("sl", 0.5, "odgovoriti", "past"), share_verb("en", 0.5, "meniti")
    ('menita', 'je odgovorila', 'think')
    """
    if lang == "sl":
        return slovene.share_verb(share, verb, tense)
    interval = shares.named(share)
    if interval is None:
        raise FindingError(f"there are no words for the share {share}, so no verb agrees with them.")
    rule = catalogue.text(lang, "grammar.verb_of_share")
    if rule not in ("plural", "agrees"):
        raise FindingError(f"{lang}.toml: 'grammar.verb_of_share' must be 'plural' or 'agrees', found '{rule}'.")
    return _form(lang, tense, verb, one=rule == "agrees" and shares.PARTS[interval.fraction] == 1)


def one_in(lang: Language, share: float, word: str, case: Case = "nominative") -> str | None:
    """Return "vsaka četrta mama" where the share (0-1) is the bare fraction of one, else None.

    Examples
    --------
    >>> one_in("sl", 0.251, "mama"), one_in("en", 0.251, "mama"), one_in("en", 0.26, "mama")
    ('vsaka četrta mama', 'one in four mothers', None)
    """
    if lang == "sl":
        return slovene.one_in(share, word, case)
    interval = shares.named(share)
    if interval is None or interval.nearness != "exact" or interval.fraction not in shares.ONE_IN:
        return None
    words = catalogue.text(lang, f"shares.one_in_{shares.ONE_IN[interval.fraction]}")
    forms = {name: _form(lang, "nouns", word, one=name == "singular") for name in ("singular", "plural")}
    return _filled(lang, "grammar.one_in", share=words, **forms)


def with_number(lang: Language, value: float, decimals: int | None = None, *, ordinal: bool = False) -> str:
    """Return the word for "with" before a number.

    Examples
    --------
    >>> with_number("sl", 26.3), with_number("sl", 32), with_number("en", 32)
    ('s', 'z', 'with')
    """
    if lang == "sl":
        return slovene.with_preposition(value, decimals, ordinal=ordinal)
    return catalogue.text(lang, "grammar.with")


def with_word(lang: Language, words: str) -> str:
    """Return the word for "with" before words.

    Examples
    --------
    >>> with_word("sl", "cesto"), with_word("sl", "glasbo"), with_word("en", "music")
    ('s', 'z', 'with')
    """
    return slovene.with_word(words) if lang == "sl" else catalogue.text(lang, "grammar.with")


def listed(lang: Language, items: Sequence[str]) -> str:
    """Join a list with commas, and "in", "and" before its last item.

    Examples
    --------
    >>> listed("sl", ["cesta", "luka", "sosedje"]), listed("en", ["road", "port"])
    ('cesta, luka in sosedje', 'road and port')
    """
    return slovene.listed(items, catalogue.text(lang, "language.and"))


def between_dates(lang: Language, first: datetime.date, last: datetime.date) -> str:
    """Return when something lasted, as an adverb.

    Examples
    --------
    >>> days = datetime.date(2021, 11, 24), datetime.date(2021, 12, 2)
    >>> [between_dates(lang, *days).replace(chr(160), " ") for lang in ("sl", "en")]
    ['med 24. novembrom in 2. decembrom 2021', 'between 24 November 2021 and 2 December 2021']
    """
    if lang == "sl":
        return slovene.between_dates(first, last)
    if first == last:
        return _filled(lang, "grammar.on_date", day=date(first, lang))
    return _filled(lang, "grammar.between_dates", first=date(first, lang), last=date(last, lang))


def in_month(lang: Language, day: datetime.date) -> str:
    """Return the month with its year, as an adverb.

    Examples
    --------
    >>> [in_month(lang, datetime.date(2022, 3, 1)).replace(chr(160), " ") for lang in ("sl", "en")]
    ['marca 2022', 'in March 2022']
    """
    return slovene.in_month(day) if lang == "sl" else _filled(lang, "grammar.in_month", month=month(day, lang))


def _one(value: float, decimals: int) -> bool:
    return not decimals and round_half_up(abs(value), 0) == 1


def _form(lang: Language, table: str, word: str, *, one: bool) -> str:
    """One of the two forms of a word in a table of the catalogue."""
    key = f"{table}.{word}"
    lexicon = slovene.LEXICON if table == "nouns" else slovene.VERBS
    if word not in lexicon and key not in catalogue.texts(lang):
        raise FindingError(f"{lang}.toml: " + one_of(f"no forms in [{table}] for", word, lexicon))
    singular, bar, plural = catalogue.text(lang, key).partition("|")
    if not bar or not singular or not plural or "|" in plural:
        raise FindingError(f"{lang}.toml: '{key}' must hold two forms, \"after one|after any other number\".")
    return singular if one else plural


def _filled(lang: Language, key: str, **values: str) -> str:
    try:
        return catalogue.text(lang, key).format(**values)
    except (KeyError, IndexError) as error:
        known = ", ".join(f"{{{name}}}" for name in values)
        raise FindingError(f"{lang}.toml: '{key}' fills in {error}; it may fill in {known}.") from None
