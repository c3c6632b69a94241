"""Which columns of a file belong to one question: batteries and select-all sets, told by names, labels and codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase
from typing import Literal

from kzm_surveys.drafting.columns import ColumnFacts
from kzm_surveys.loaders.raw import StoredSet

#: A stem that labels share must be as long to make a battery of columns whose names share none.
SHORTEST_STEM = 12
_SEPARATED = re.compile(r"(.+[_.-])(\d+)")
_STEM_ENDS = re.compile(r"[:?!.…]+\s+|\s[–-]\s+")
_PAIRS = [first + second for first, second in product(ascii_lowercase, repeat=2)]

#: Whether a column goes on with the run of columns before it.
Rule = Callable[[Sequence[ColumnFacts], ColumnFacts], bool]


@dataclass(frozen=True)
class Member:
    """One item of a battery or option of a set, or the only column of a question.

    `name` is what its column's name has beyond the stem, `text` the name of the column with the text of "other"; in a
    set whose columns hold codes of options, an option has no column.
    """

    name: str
    label: str
    column: str | None
    text: str | None = None


@dataclass(frozen=True)
class Group:
    """One question: its members, and its columns without the texts of "other".

    `stem` is what their names share, `label` what their labels share; `stored` is the name under which the file stores
    them as a set.
    """

    kind: Literal["single", "battery", "multiple"]
    stem: str
    label: str
    members: tuple[Member, ...]
    columns: tuple[ColumnFacts, ...]
    stored: str | None = None


def group_columns(columns: Sequence[ColumnFacts], sets: Mapping[str, StoredSet], *, letters_only: bool) -> list[Group]:
    """Put the columns of each question together, in the order of the file.

    A set is what the file stores as one; if its columns hold codes of options, some must have labels. Otherwise
    neighbours belong together if they have the same codes and labels and names such as ``Q2a``, ``Q2b``, or ``q2_1``,
    ``q2_2``, or ``noise_road``, ``noise_port`` (these only if their labels begin the same), or labels such as
    ``Question?: item`` with the same question. Columns of 0 and 1 (or of 1 and nothing) are a select-all set, all
    others a battery. A column ``Q2c_text`` behind an option holds its "other".

    Parameters
    ----------
    columns, sets
        The columns, and the sets stored in the file.
    letters_only
        Names such as ``Q2a`` are the only sign (1KA, where nothing else can be read back).
    """
    by_name = {column.name: column for column in columns}
    in_set = {name: key for key, stored in sets.items() if _is_usable(stored, by_name) for name in stored.columns}
    rules: tuple[Rule, ...] = (_letters,) if letters_only else (_letters, _numbers, _words, _labels)
    out: list[Group] = []
    done: set[str] = set()
    for place, column in enumerate(columns):
        if column.name in done:
            continue
        if column.name in in_set:
            key = in_set[column.name]
            group = _stored(key, sets[key], by_name)
        else:
            free = [other for other in columns[place:] if other.name not in in_set]
            group = next((found for rule in rules if (found := _run(free, rule)) is not None), _alone(column))
        out.append(group)
        done |= {part.name for part in group.columns} | {member.text for member in group.members if member.text}
    return out


def _alone(column: ColumnFacts) -> Group:
    return Group("single", column.name, column.label, (Member(column.name, column.label, column.name),), (column,))


def _run(columns: Sequence[ColumnFacts], rule: Rule) -> Group | None:
    """The question that begins with the first column, if the rule finds more than that one."""
    run: list[ColumnFacts] = []
    texts: dict[str, str] = {}
    for column in columns:
        if run and column.name == f"{run[-1].name}_text" and column.kind in ("text", "empty"):
            texts[run[-1].name] = column.name
            continue
        if not (_same_codes(run, column) and (not run or rule(run, column))):
            break
        run.append(column)
    codes = {code for column in run for code in column.codes}
    if len(run) < 2 or not codes:
        return None
    reasons = {entry.code for column in run for entry in column.missing}
    ticks = codes <= {0, 1} and reasons.isdisjoint((0, 1)) and (0 in codes or all(column.blanks for column in run))
    texts = texts if ticks else {}
    labels, names = [column.label for column in run], [column.name for column in run]
    stem = label_stem(labels)
    shared = _name_stem(names)
    members = tuple(
        Member(name.removeprefix(shared).strip("_.-"), label.removeprefix(stem) or label or name, name, texts.get(name))
        for name, label in zip(names, labels, strict=True)
    )
    return Group("multiple" if ticks else "battery", shared, stem.strip(), members, tuple(run))


def _same_codes(run: Sequence[ColumnFacts], column: ColumnFacts) -> bool:
    """The column has the labelled codes of those before it; columns without any answer fit everywhere."""
    known = next((other for other in run if other.kind == "choice"), None)
    fits = known is None or column.kind == "empty" or _labelled(known) == _labelled(column)
    return fits and _agree([*run, column])


def _agree(columns: Sequence[ColumnFacts]) -> bool:
    """Closed questions in which no missing code has two meanings, and no reason two codes."""
    reasons = {(entry.label or entry.code, entry.code) for column in columns for entry in column.missing}
    labels, codes = {label for label, _ in reasons}, {code for _, code in reasons}
    answers = {code for column in columns for code in column.codes}
    closed = all(column.kind in ("choice", "empty") for column in columns)
    return closed and len(labels) == len(codes) == len(reasons) and codes.isdisjoint(answers)


def _labelled(column: ColumnFacts) -> dict[int, str]:
    return {code: label for code, label in column.codes.items() if label}


def _letters(run: Sequence[ColumnFacts], column: ColumnFacts) -> bool:
    """``Q2a``, ``Q2b``, ...; ``Q2aa``, ``Q2ab``, ... where there are more than 26."""
    first, here, place = run[0].name.casefold(), column.name.casefold(), len(run)
    for letters in (_PAIRS, ascii_lowercase):
        stem = first.removesuffix(letters[0])
        if stem not in ("", first) and place < len(letters) and here == stem + letters[place]:
            return True
    return False


def _numbers(run: Sequence[ColumnFacts], column: ColumnFacts) -> bool:
    """``q2_1``, ``q2_2``, ``q2_97``."""
    before, here = _SEPARATED.fullmatch(run[-1].name), _SEPARATED.fullmatch(column.name)
    return before is not None and here is not None and before[1] == here[1] and int(before[2]) < int(here[2])


def _words(run: Sequence[ColumnFacts], column: ColumnFacts) -> bool:
    """``noise_road``, ``noise_port``, if all labels begin with the same question or there are none."""
    both = [*run, column]
    labels = [other.label for other in both]
    if not any(labels) and not any(map(_labelled, both)) and len({other.codes.keys() <= {0, 1} for other in both}) > 1:
        return False
    return bool(_name_stem([other.name for other in both])) and (not any(labels) or bool(label_stem(labels)))


def _labels(run: Sequence[ColumnFacts], column: ColumnFacts) -> bool:
    """Any names, if all labels begin with the same question."""
    return bool(_labelled(run[0])) and len(label_stem([*(other.label for other in run), column.label])) >= SHORTEST_STEM


def label_stem(labels: Sequence[str]) -> str:
    """What labels have in common up to the end of a sentence or a colon.

    >>> label_stem(["How loud? By day: road", "How loud? By day: rail"])
    'How loud? By day: '
    >>> label_stem(["noise of roads", "noise of rails"])
    ''
    """
    shared = _shared(labels)
    ends = [match.end() for match in _STEM_ENDS.finditer(shared)]
    return shared[: ends[-1]] if ends and all(len(label) > ends[-1] for label in labels) else ""


def _shared(texts: Sequence[str]) -> str:
    """What all texts begin with: the first and the last in the alphabet differ soonest."""
    first, last = min(texts), max(texts)
    while not last.startswith(first):
        first = first[:-1]
    return first


def _name_stem(names: Sequence[str]) -> str:
    """What names have in common, up to a separator or a letter that counts."""
    shared = _shared(names)
    if all(re.fullmatch("[A-Za-z]{1,2}", name.removeprefix(shared)) for name in names) and not shared.endswith("_"):
        return shared
    return shared[: max(shared.rfind(mark) for mark in "_.-") + 1]


def _is_usable(stored: StoredSet, by_name: Mapping[str, ColumnFacts]) -> bool:
    """The set can be read back: its options have labels, or its ticks are not also missing codes."""
    columns = [by_name[name] for name in stored.columns if name in by_name]
    if not columns or not _agree(columns):
        return False
    if stored.counted is None:
        return any(map(_labelled, columns))
    return not any(entry.code in (0, 1) for column in columns for entry in column.missing)


def _stored(key: str, stored: StoredSet, by_name: Mapping[str, ColumnFacts]) -> Group:
    """The question that the file stores as a set."""
    columns = tuple(by_name[name] for name in stored.columns if name in by_name)
    name, stem = key.removeprefix("$"), label_stem([column.label for column in columns])
    if stored.counted is None:
        options = {code: label for column in columns for code, label in _labelled(column).items()}
        members = tuple(Member("", options[code], None) for code in sorted(options))
        return Group("multiple", name, stored.label, members, columns, key)
    shared = _name_stem([column.name for column in columns])
    members = tuple(
        Member(
            column.name.removeprefix(shared).strip("_.-") or column.name,
            column.label.removeprefix(stem) or column.name,
            column.name,
            text if (text := f"{column.name}_text") in by_name and text not in stored.columns else None,
        )
        for column in columns
    )
    return Group("multiple", name, stored.label or stem.strip(), members, columns, key)
