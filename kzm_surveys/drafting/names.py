"""Names for the engine from names and labels in a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Names are cut to this length, at the end of a word.
LONGEST = 40
_LETTERS = str.maketrans({"đ": "d", "Đ": "d", "ß": "ss", "ł": "l", "ø": "o", "æ": "ae"})


def slug(text: str) -> str:
    """Small letters a to z, digits and "_"; empty if nothing of that is in the text.

    Examples
    --------
    >>> slug("Črni Kal"), slug("$Q3_Sum"), slug("—")
    ('crni_kal', 'q3_sum', '')
    >>> slug("Ob dojenju v javnosti mi ni nikoli nerodno.")
    'ob_dojenju_v_javnosti_mi_ni_nikoli'
    """
    name = "_".join(words(text))
    if len(name) <= LONGEST:
        return name
    return name[: LONGEST + 1].rpartition("_")[0] or name[:LONGEST]


def words(text: str) -> list[str]:
    """The words of a text in small letters a to z and digits.

    >>> words("Ulica in hišna št.")
    ['ulica', 'in', 'hisna', 'st']
    """
    ascii_text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9]+", ascii_text.casefold())


def code_name(what: str, code: int | None) -> str:
    """A name for a code that has no label.

    >>> code_name("code", 7), code_name("missing", -2)
    ('code_7', 'missing_minus_2')
    """
    return f"{what}_{code}".replace("-", "minus_")


def fresh(wanted: str, taken: Iterable[str]) -> str:
    """The name, or the name with the lowest number that makes it new.

    >>> fresh("other", {"other", "other_2"})
    'other_3'
    """
    names, name, number = set(taken), wanted, 2
    while name in names:
        name, number = f"{wanted}_{number}", number + 1
    return name
