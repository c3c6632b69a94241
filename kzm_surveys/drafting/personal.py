"""Columns that may tell who a respondent is, by the words of their names and labels in Slovenian and English."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from kzm_surveys.drafting.columns import ColumnFacts
from kzm_surveys.drafting.names import words

#: Words without accents; said by a name or a label alike.
_SAID = (
    r"e ?mail\w*|e ?(post[aeio]|naslov\w*)|elektronsk\w+ (post\w+|naslov\w*)|"
    r"telefon|(telefonsk|mobiln|hisn|davcn)\w+ st(ev\w+)?|"
    r"tel|gsm|mobitel|phone|ime|((first|last|full|family|your|user) ?)name|priim\w+|surname|naslov|(?<!at )address|"
    r"ip|emso|geslo|password|iban|trr|rojstn\w+ da\w+|da\w+ rojst\w+|"
    r"(birth ?da(te|y)|date of birth)"
)
#: A name is short: here these words say enough too.
_NAME = re.compile(rf"\b({_SAID}|ime( in)? priimek|name|mail|ulica|street|telefonsk\w+)\b")
_LABEL = re.compile(rf"\b({_SAID})\b")


def without_personal(columns: Sequence[ColumnFacts]) -> tuple[list[ColumnFacts], list[str]]:
    """Leave out columns that may identify a person; note what only a look at the question can settle.

    A name made of nothing but such words is enough, and a name with such a word where the column has no categories. A
    label is enough for open answers; numbers and days are noted. Categories, of which few are shared by many, never
    count by their label.

    Returns
    -------
    tuple
        The columns to describe, some with a note, and the names of those left out.
    """
    kept: list[ColumnFacts] = []
    left_out: list[str] = []
    for column in columns:
        name, label = _spelled(column.name), _spelled(column.label)
        closed = column.kind == "choice"
        by_name, by_label = _NAME.search(name), _LABEL.search(label)
        if _NAME.fullmatch(name) or (by_name and not closed) or (by_label and column.kind in ("text", "empty")):
            left_out.append(column.name)
        elif by_name or (by_label and not closed):
            note = "may identify a person: take the column out of the file if it does"
            kept.append(dataclasses.replace(column, notes=(*column.notes, note)))
        else:
            kept.append(column)
    return kept, left_out


def _spelled(text: str) -> str:
    """Words without the numbers at their ends.

    >>> _spelled("E-pošta2"), _spelled("tel. št."), _spelled("imeOtroka")
    ('e posta', 'tel st', 'ime otroka')
    """
    parted = re.sub(r"(?<=[^\W\d_A-ZČŠŽĆĐ])(?=[A-ZČŠŽĆĐ])", " ", text)
    return " ".join(filter(None, (word.rstrip("0123456789") for word in words(parted))))
