"""A first draft of a codebook from what the columns of a data file say of themselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kzm_surveys.drafting.columns import Limits
from kzm_surveys.drafting.grouping import Group
from kzm_surveys.drafting.names import fresh, slug
from kzm_surveys.drafting.reasons import Reasons

#: Reasons with 1KA's own codes that a person gives; the others come of how the interview went.
GIVEN = ("dont_know", "refused", "not_applicable")


class Item(NamedTuple):
    """An item of a battery or an option of a set; `other` has a text beside it."""

    name: str
    label: str
    other: bool


@dataclass(frozen=True)
class Question:
    """One question, ready to be written; `categories` are codes with their labels, "" where the file has none."""

    key: str
    kind: str
    label: str
    categories: tuple[tuple[int, str], ...]
    items: tuple[Item, ...]
    limits: Limits | None
    missing: Mapping[str, int | None]
    notes: tuple[str, ...]


@dataclass
class Draft:
    """A codebook in the making.

    Attributes
    ----------
    enka
        The file is 1KA's: ``[data.columns]`` names questions, in other files it names variables.
    questions, reasons
        What the codebook says so far.
    columns, blank_is_unticked
        What ``[data]`` of ``wave.toml`` has to say, so that the file is read by this codebook.
    """

    enka: bool
    questions: list[Question] = field(default_factory=list)
    reasons: Reasons = field(default_factory=Reasons)
    columns: dict[str, str] = field(default_factory=dict)
    blank_is_unticked: list[str] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def add(self, group: Group) -> None:
        """Add the question that a group of columns makes."""
        codes: dict[int, str] = {}
        missing: dict[str, int | None] = {}
        notes: dict[str, None] = {}
        for fact in group.columns:
            codes |= {code: label for code, label in fact.codes.items() if label or code not in codes}
            missing |= {reason: None for reason in fact.reasons if reason in GIVEN}
            for reason, code in self.reasons.of(fact.missing).items():
                if code is not None and code not in (*missing.values(), *((0, 1) if group.kind == "multiple" else ())):
                    missing.setdefault(reason, code)
            notes |= dict.fromkeys(fact.notes)
        if any("not_asked" in fact.reasons for fact in group.columns):
            notes["not put to everybody: say in asked_if which answers lead to it"] = None
        if not group.label:
            notes["the file does not hold the wording of the question"] = None
        kind: str = group.kind
        if kind == "single" and group.columns[0].kind != "choice":
            kind = "text" if group.columns[0].kind == "empty" else group.columns[0].kind
        key, items = self._named(group)
        if kind == "multiple" and group.stored is None and 0 not in codes:
            self.blank_is_unticked.append(key)
        coded = kind in ("single", "battery")
        label = group.label.rstrip(": ") or group.stem.strip("_.- ") or key
        self.questions.append(
            Question(key, kind, label, tuple(sorted(codes.items())) if coded else (), items,
                     group.columns[0].limits if kind == "number" else None, missing, tuple(notes))
        )  # fmt: skip

    def _named(self, group: Group) -> tuple[str, tuple[Item, ...]]:
        """Key and items of a question, all of them new; remembers where the file has other names."""
        if group.kind == "single":
            key = self._new_key(group.stem)
            if self.enka or key != group.stem:
                self.columns[key] = group.stem
            return key, ()
        items: list[Item] = []
        for member in group.members:
            taken = {f"{item.name}{end}" for item in items for end in ("", "_text")}
            name = fresh(usable(member.name) or slug(member.label) or "option", taken)
            items.append(Item(name, member.label, member.text is not None))
        first = group.members[0].name
        stem = group.stem.rstrip("_.-") or f"{'set' if group.kind == 'multiple' else 'battery'}_{first}"
        key = self._new_key(stem, {item.name for item in items})
        if self.enka:
            self.columns[key] = group.stem
            return key, tuple(items)
        if group.stored is not None and key != group.stored.removeprefix("$").casefold():
            self.columns[key] = group.stored
        for item, member in zip(items, group.members, strict=True):
            variable = f"{key}_{item.name}"
            for name, column in ((variable, member.column), (f"{variable}_text", member.text)):
                if column is not None and column != name:
                    self.columns[name] = column
        return key, tuple(items)

    def _new_key(self, wanted: str, items: Collection[str] = ()) -> str:
        """A name for a question such that neither it nor one of its variables is taken."""
        first = key = usable(wanted) or "question"
        number = 1
        while self._taken & (names := {key, *(f"{key}_{item}{end}" for item in items for end in ("", "_text"))}):
            number += 1
            key = f"{first}_{number}"
        self._taken |= names
        return key


def usable(name: str) -> str:
    """A name in the file as the engine can use it: unchanged if possible."""
    return name if re.fullmatch(r"[a-z0-9][a-z0-9_]*", name) else slug(name)
