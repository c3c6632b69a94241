"""The closed lexicon of Slovenian verbs whose subject is counted or named, and how they agree with it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.language.slovene_nouns import Gender, entry, number_class

Tense = Literal["past", "present"]


class Verb(NamedTuple):
    """Past participle in the masculine and feminine singular, and the present for one, two and more."""

    masculine: str
    feminine: str
    present: tuple[str, str, str]


def _verb(masculine: str, feminine: str, present: str) -> Verb:
    one, two, more = present.split()
    return Verb(masculine, feminine, (one, two, more))


#: infinitive -> its forms in the third person
VERBS: dict[str, Verb] = {
    "biti": _verb("bil", "bila", "je sta so"),
    "dojiti": _verb("dojil", "dojila", "doji dojita dojijo"),
    "imeti": _verb("imel", "imela", "ima imata imajo"),
    "izbrati": _verb("izbral", "izbrala", "izbere izbereta izberejo"),
    "meniti": _verb("menil", "menila", "meni menita menijo"),
    "motiti": _verb("motil", "motila", "moti motita motijo"),
    "navesti": _verb("navedel", "navedla", "navede navedeta navedejo"),
    "oceniti": _verb("ocenil", "ocenila", "oceni ocenita ocenijo"),
    "odgovoriti": _verb("odgovoril", "odgovorila", "odgovori odgovorita odgovorijo"),
    "predlagati": _verb("predlagal", "predlagala", "predlaga predlagata predlagajo"),
    "slediti": _verb("sledil", "sledila", "sledi sledita sledijo"),
    "sodelovati": _verb("sodeloval", "sodelovala", "sodeluje sodelujeta sodelujejo"),
    "vedeti": _verb("vedel", "vedela", "ve vesta vedo"),
    "želeti": _verb("želel", "želela", "želi želita želijo"),
}
_BY_PARTICIPLE = {verb.masculine: verb for verb in VERBS.values()}

#: Endings of the participle for one, two, three and four.
_ENDINGS: dict[Gender, tuple[str, str, str]] = {
    "masculine": ("", "a", "i"),
    "feminine": ("a", "i", "e"),
    "neuter": ("o", "i", "a"),
}


def past(value: float, verb: str, gender: Gender, decimals: int = 0) -> str:
    """Auxiliary and participle that agree with a counted subject.

    Five and more, and decimals, take the neuter singular; so does a percentage, whatever its value.

    Parameters
    ----------
    value, decimals
        The number as printed.
    verb
        Infinitive or masculine participle ("odgovoriti", "odgovoril") of a verb of `VERBS`.
    gender
        Gender of the counted noun.

    Raises
    ------
    FindingError
        The verb is not in the closed lexicon.

    Examples
    --------
    >>> [past(n, "odgovoriti", "feminine") for n in (1, 2, 3, 5, 102)]
    ['je odgovorila', 'sta odgovorili', 'so odgovorile', 'je odgovorilo', 'sta odgovorili']
    >>> past(1, "navesti", "masculine"), past(508, "navesti", "masculine"), past(14.4, "meniti", "feminine", decimals=1)
    ('je navedel', 'je navedlo', 'je menilo')
    """
    masculine, feminine, _ = _entry(verb)
    stem = feminine[:-1]
    kind = number_class(value, decimals)
    if kind in ("many", "decimal"):
        return f"je {stem}o"
    index = ("one", "two", "few").index(kind)
    participle = stem + _ENDINGS[gender][index]
    return f"{('je', 'sta', 'so')[index]} {masculine if participle == stem else participle}"


def present(value: float, verb: str, decimals: int = 0) -> str:
    """Present tense that agrees with a counted subject; five and more take the singular.

    Examples
    --------
    >>> [present(n, "slediti") for n in (1, 2, 3, 5)], present(2.5, "meniti", decimals=1)
    (['sledi', 'sledita', 'sledijo', 'sledi'], 'meni')
    """
    forms = _entry(verb).present
    kind = number_class(value, decimals)
    return forms[("one", "two", "few").index(kind)] if kind in ("one", "two", "few") else forms[0]


def listed_verb(items: int, verb: str) -> str:
    """Present tense before or after things that are named, not counted: three and more take the plural.

    Examples
    --------
    >>> [listed_verb(n, "slediti") for n in (1, 2, 3, 5)]
    ['sledi', 'sledita', 'sledijo', 'sledijo']
    """
    if items < 1:
        raise FindingError(f"no subject for the verb '{verb}': nothing is named.")
    return _entry(verb).present[min(items, 3) - 1]


def counted_verb(value: float, word: str, verb: str, decimals: int = 0) -> str:
    """Return the past of a verb beside a counted noun of the lexicon, as in "je odgovorilo 508 oseb".

    Examples
    --------
    >>> counted_verb(508, "oseba", "odgovoriti"), counted_verb(2, "mama", "odgovoriti")
    ('je odgovorilo', 'sta odgovorili')
    """
    return past(value, verb, entry(word).gender, decimals)


def _entry(verb: str) -> Verb:
    found = VERBS.get(verb) or _BY_PARTICIPLE.get(verb)
    if found is None:
        raise FindingError(one_of("no Slovenian forms for the verb", verb, VERBS) + ". Add it to VERBS.")
    return found
