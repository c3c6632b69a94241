"""Slovenian words for shares, declined, with the verb that agrees with them; the number always stands beside them."""

from __future__ import annotations

from kzm_surveys.errors import FindingError
from kzm_surveys.language import shares
from kzm_surveys.language.slovene_nouns import CASES, Case, adjective, entry, feminine
from kzm_surveys.language.slovene_verbs import Tense, past, present

_STEMS: dict[shares.Fraction, str] = {
    "tenth": "desetin", "fifth": "petin", "quarter": "četrtin", "third": "tretjin", "half": "polovic",
    "two_thirds": "tretjin", "three_quarters": "četrtin",
}  # fmt: skip
_NEARNESS = {"over": "dobr", "under": "slab"}
_NUMERALS = ("", "dve dveh dvema dve dveh dvema", "tri treh trem tri treh tremi")
_ORDINALS = {"two": "drug", "three": "tretj", "four": "četrt", "five": "pet", "ten": "deset"}


def share_words(share: float, case: Case = "nominative") -> str | None:
    """Return the words for a share (0-1) by the intervals of ``shares.py``, or None where there are none.

    Examples
    --------
    >>> share_words(0.263, "accusative"), share_words(0.49), share_words(338 / 508), share_words(0.29)
    ('dobro četrtino', 'slaba polovica', 'dve tretjini', None)
    >>> share_words(0.68, "genitive"), share_words(0.74, "instrumental")
    ('dobrih dveh tretjin', 'slabimi tremi četrtinami')
    """
    interval = shares.named(share)
    if interval is None:
        return None
    row, at = shares.PARTS[interval.fraction] - 1, CASES.index(case)
    words = [feminine(_STEMS[interval.fraction])[1:][row][at]]
    if row:
        words.insert(0, _NUMERALS[row].split()[at])
    if interval.nearness != "exact":
        words.insert(0, adjective(_NEARNESS[interval.nearness], "feminine")[1:][row][at])
    return " ".join(words)


def share_verb(share: float, verb: str, tense: Tense = "present") -> str:
    """Return the verb that agrees with the words for a share: "četrtina meni", "dve tretjini menita".

    Raises
    ------
    FindingError
        There are no words for the share, or the verb is unknown.

    Examples
    --------
    >>> [share_verb(x, "meniti") for x in (0.26, 0.665, 0.75)], share_verb(0.665, "odgovoriti", "past")
    (['meni', 'menita', 'menijo'], 'sta odgovorili')
    """
    interval = shares.named(share)
    if interval is None:
        raise FindingError(
            f"there are no words for the share {share}, so no verb agrees with them; ask share_words first."
        )
    parts = shares.PARTS[interval.fraction]
    return past(parts, verb, "feminine") if tense == "past" else present(parts, verb)


def one_in(share: float, word: str, case: Case = "nominative") -> str | None:
    """Return "vsaka četrta mama" where the share (0-1) is the bare fraction of one, else None.

    Examples
    --------
    >>> one_in(0.251, "mama"), one_in(0.1, "anketirani", "accusative"), one_in(0.3, "oseba")
    ('vsaka četrta mama', 'vsakega desetega anketiranega', None)
    """
    interval = shares.named(share)
    forms = entry(word)
    if interval is None or interval.nearness != "exact" or interval.fraction not in shares.ONE_IN:
        return None
    at = CASES.index(case)
    every = list(adjective("vsak", forms.gender).singular)
    ordinal = list(adjective(_ORDINALS[shares.ONE_IN[interval.fraction]], forms.gender).singular)
    if forms.gender == "masculine":
        every[0] = "vsak"
        if forms.singular[0] == forms.singular[3]:  # inanimate: the accusative is the nominative
            every[3], ordinal[3] = every[0], ordinal[0]
    return f"{every[at]} {ordinal[at]} {forms.singular[at]}"
