"""Sentences and rows of two records whose words differ, whatever their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kzm_surveys.findings.document_record import CELLS, HELD, Record, names_a_number


@dataclass(frozen=True)
class Reworded:
    """A sentence or row that the report now words otherwise; empty where there was none, or is none any more.

    Attributes
    ----------
    place, was, now
        Where it stands in the report; with the old and the new numbers.
    ids
        Numbers whose words differ; none where only the order of rows does.
    wording
        What the record says of `was`.
    around
        All that the record says in that place.
    """

    place: str
    was: str
    now: str
    ids: Sequence[str]
    wording: Sequence[str]
    around: Sequence[str]


def reworded(old: Record, new: Record) -> list[Reworded]:
    """Return the sentences and rows whose words differ between two records.

    Examples
    --------
    >>> from kzm_surveys.findings.document_record import Printed
    >>> before, after = (
    ...     Record({}, {"n": Printed(n, "count", 0)}, {"noise 2021: paragraph who": [words]}, {}, {})
    ...     for n, words in (("508", "Odgovorilo je {n} oseb."), ("502", "Odgovorili sta {n} osebi."))
    ... )
    >>> [(each.was, each.now) for each in reworded(before, after)]
    [('Odgovorilo je 508 oseb.', 'Odgovorili sta 502 osebi.')]
    """
    found = [
        each
        for place in dict.fromkeys((*old.wording, *new.wording))
        for each in _differences(place, old.wording.get(place, ()), new.wording.get(place, ()), old, new)
    ]
    for name in dict.fromkeys((*old.tables, *new.tables)):
        found += _other_rows(f"table {name}", old.tables.get(name, ()), new.tables.get(name, ()), old, new)
    return found


def _differences(
    place: str, was: Sequence[str], now: Sequence[str], old: Record, new: Record
) -> Iterator[Reworded]:  # fmt: skip
    for kind, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind != "equal":
            yield _reworded(place, was[a:b], now[c:d], was, old, new)


def _other_rows(
    place: str, was: Sequence[str], now: Sequence[str], old: Record, new: Record
) -> Iterator[Reworded]:  # fmt: skip
    """Rows that only one of two tables has, equal labels side by side, and those of the others that changed places."""
    if len(was) != len(now):
        place += f" (rows: {max(len(was) - 1, 0)} before, {max(len(now) - 1, 0)} now)"
    added = [row for row in now if row not in was]
    for row in was:
        if row not in now:
            same = [other for other in added if _label(other) == _label(row)][:1]
            added = [other for other in added if other not in same]
            yield _reworded(place, [row], same, was, old, new)
    for row in added:
        yield _reworded(place, [], [row], was, old, new)
    before, after = [row for row in was if row in now], [row for row in now if row in was]
    moved = [position for position, (one, other) in enumerate(zip(before, after, strict=False)) if one != other]
    if moved and not names_a_number(before[moved[0]], old.numbers):  # the annex is in the order of printing
        first, last = moved[0], moved[-1] + 1
        orders = [r.filled("; ".join(map(_label, rows[first:last]))) for r, rows in ((old, before), (new, after))]
        yield Reworded(f"{place}: order of the rows", orders[0], orders[1], (), was, was)


def _label(row: str) -> str:
    return row.partition(CELLS)[0]


def _reworded(
    place: str, was: Sequence[str], now: Sequence[str], around: Sequence[str], old: Record, new: Record
) -> Reworded:  # fmt: skip
    ids = dict.fromkeys(held for words in (*was, *now) for held in HELD.findall(words))
    before, after = (record.filled(" ".join(words)) for record, words in ((old, was), (new, now)))
    return Reworded(place, before, after, list(ids), list(was), around)
