"""English forms of the counted nouns; the Slovenian word is the key, as in the lexicon of ``slovene.py``."""

from __future__ import annotations

from kzm_surveys.errors import FindingError, one_of

LEXICON = {
    "anketiranec": ("respondent", "respondents"),
    "anketiranka": ("respondent", "respondents"),
    "mama": ("mother", "mothers"),
    "mesec": ("month", "months"),
    "odgovor": ("answer", "answers"),
    "odstotek": ("per cent", "per cent"),
    "odstotna točka": ("percentage point", "percentage points"),
    "oseba": ("person", "people"),
    "leto": ("year", "years"),
    "prebivalec": ("resident", "residents"),
    "predlog": ("proposal", "proposals"),
}


def noun(word: str, value: float, decimals: int = 0) -> str:
    """Form of a noun beside a number: singular after 1, plural otherwise, also for decimals.

    Raises
    ------
    FindingError
        The noun is not in the closed lexicon.

    Examples
    --------
    >>> [noun("mesec", n) for n in (1, 2, 0)], noun("leto", 1.0, decimals=1)
    (['month', 'months', 'months'], 'years')
    """
    if word not in LEXICON:
        raise FindingError(one_of("no English forms for the noun", word, LEXICON) + ". Add it to LEXICON.")
    return LEXICON[word][0 if not decimals and round(abs(value)) == 1 else 1]
