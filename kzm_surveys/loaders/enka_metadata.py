"""Columns of a 1KA export that hold no answers: their names, and how to know them where nobody wrote the names.

Facts from the open source of 1KA (bleifrei/1ka, November 2021; class.SurveyDataCollect).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from kzm_surveys.errors import DataError

#: Metadata before and paradata after the question columns, in the order of the export, with their Slovenian labels.
BEFORE = {
    "relevance": "Ustreznost", "invitation": "Vabilo", "status": "Status", "lurker": "Prazna",
    "unx_ins_date": "unx_ins_date", "recnum": "Record number", "code": "Geslo", "testdata": "Testni",
    "itime": "Datum",
}  # fmt: skip
AFTER = {
    "usr_from_cms": "usr_from_cms", "t_insert": "začetek", "t_edit": "konec", "IP": "IP", "Browser": "Brskalnik",
    "BrowserVersion": "Verzija brskalnika", "OS": "Operacijski sistem", "Device": "Naprava", "Referer": "Referer",
    "Unsubscribed": "Unsubscribed", "Language": "Jezik",
}  # fmt: skip
#: 1KA's system questions. They identify a person; an export of identifiers holds nothing else.
SYSTEM_QUESTIONS = frozenset({"geslo", "email", "telefon", "ime", "priimek", "naziv", "drugo", "odnos"})
#: Columns that identify a person or a machine: they never leave the loader.
IDENTIFIERS = SYSTEM_QUESTIONS | {"code", "usr_from_cms", "IP"}
_NUMBERED = re.compile(r"(date|random)_\d+")

_TIME = r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d"
_ADDRESS = r"\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+"
_FRONT = ("[01]", "[0-2]", "-1|null|[0-6]", "[01]", r"\d{9,11}", r"\d+")  # relevance to recnum
_BACK = ("Browser", "BrowserVersion", "OS", "Device", "Referer", "Unsubscribed", "Language")


def system_columns(names: Collection[str], expected: Collection[str]) -> frozenset[str]:
    """Those of the columns that hold metadata, paradata or identifiers; never one that the codebook expects."""
    known = BEFORE.keys() | AFTER.keys() | SYSTEM_QUESTIONS
    return frozenset(n for n in names if n not in expected and (n in known or _NUMBERED.fullmatch(n)))


def names_without_header(rows: Sequence[Sequence[str]], expected: Sequence[str], where: str) -> list[str]:
    """Column names of an export that was made without question texts, which leaves out the names too.

    The cells must be exactly those of the codebook, or these between the metadata and paradata of 1KA.

    Raises
    ------
    DataError
        They are neither.
    """
    width = len(rows[0])
    if width == len(expected) > 0:
        return list(expected)

    def all_are(place: int, pattern: str) -> bool:
        return all(re.fullmatch(pattern, row[place]) for row in rows)

    if expected and width > len(expected) and (names := _with_paradata(width, expected, all_are)) is not None:
        return names
    raise DataError(
        f"{where} has no header rows, and its {width} cells in a row are not the {len(expected)} columns of the "
        "codebook, alone or between 1KA's metadata and paradata. Export it again with the option to export question "
        "texts on."
    )


def _with_paradata(width: int, expected: Sequence[str], all_are: Callable[[int, str], bool]) -> list[str] | None:
    """Names if metadata, the expected columns and paradata fill the width; None if the cells do not look so."""
    optional = {6: (), 7: ("code",), 8: ("code", "testdata")}
    day = next((at for at in optional if at < width and all_are(at, r"\d\d\.\d\d\.-?\d{4}")), None)
    if day is None or not all(all_are(at, pattern) for at, pattern in enumerate(_FRONT)):
        return None
    between = ("testdata",) if day == 7 and all_are(6, "[0-2]") else optional[day]
    names = [*list(BEFORE)[:6], *between, "itime", *expected]
    dates = width - len(names) - 2 - len(_BACK)
    if dates < 1 or not all_are(len(names), _TIME) or not all_are(len(names) + 1, _TIME) or not all_are(-2, "[01]"):
        return None
    first = len(names) + 2
    last = first + dates - 1
    address = all_are(last, _ADDRESS)
    if not all(all_are(place, f"({_TIME})?") for place in range(first, last + (not address))):
        return None
    pages = [f"date_{page}" for page in range(1, dates + (not address))]
    return [*names, "t_insert", "t_edit", *pages, *(["IP"] if address else []), *_BACK]
