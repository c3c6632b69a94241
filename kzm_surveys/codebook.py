"""Questions, answer categories, reasons for missing answers, routing and derived variables, read from TOML.

A codebook holds *questions* as asked (a battery has many items). From them come *variables*: one per column
of ``survey.responses``. The wording and every label stand in Slovenian and English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.toml_model import Name, Strict, Text, read_toml

#: Reasons that every survey knows. A codebook may declare more (with labels) under [missing].
STANDARD_REASONS = (
    "not_asked", "no_answer", "dont_know", "refused", "not_applicable", "break_off", "added_later",
    "empty_unit", "unknown_code",
)  # fmt: skip
#: Reasons that say the question was never put to the person: outside base="asked". 1KA's "broke off" is the tail of
#: questions after the last one seen.
NOT_PUT = frozenset({"not_asked", "break_off", "added_later", "empty_unit"})
SELECTED, NOT_SELECTED = "selected", "not_selected"


class Category(Strict):
    """One answer category: its name in the engine, its code in data files, its labels."""

    name: Name
    code: int
    label: Text


class Reason(Strict):
    """A reason for a missing answer; `code` is its user-missing code in SPSS files."""

    label: Text
    code: int | None = None


class Item(Strict):
    """One row of a battery or one option of a select-all set."""

    name: Name
    label: Text
    exclusive: bool = False
    other: bool = False


class Scale(Strict):
    """Answer categories shared by several questions."""

    ordered: bool = True
    categories: tuple[Category, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _complete(self) -> Scale:
        _distinct(self.categories)
        return self


def _distinct(categories: Sequence[Category]) -> None:
    """Refuse two categories with one name or one code."""
    for what in ("name", "code"):
        values = [getattr(category, what) for category in categories]
        if twice := sorted({str(value) for value in values if values.count(value) > 1}):
            raise ValueError(f"two categories have the {what} {', '.join(twice)}")


class Question(Strict):
    """A question as asked. `asked_if` maps a variable to the categories that lead to this question."""

    kind: Literal["single", "number", "text", "battery", "multiple"]
    label: Text
    question: Text
    scale: str | None = None
    ordered: bool = False
    categories: tuple[Category, ...] = ()
    items: tuple[Item, ...] = ()
    missing: tuple[str, ...] = ()
    missing_codes: dict[str, int] = {}
    minimum: float | None = None
    maximum: float | None = None
    unit: Text | None = None
    asked_if: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="after")
    def _complete(self) -> Question:
        needs_scale = self.kind in ("single", "battery")
        if needs_scale and (self.scale is None) == (not self.categories):
            raise ValueError(f"a {self.kind} question needs either 'scale' or 'categories'")
        if not needs_scale and (self.scale or self.categories):
            raise ValueError(f"a {self.kind} question has no 'scale' or 'categories'")
        if (self.kind in ("battery", "multiple")) != bool(self.items):
            raise ValueError("'items' belong to battery and multiple questions, and these need them")
        if self.kind == "number" and (self.minimum is None or self.maximum is None or self.minimum >= self.maximum):
            raise ValueError("a number question needs 'minimum' and 'maximum', the first below the second")
        _distinct(self.categories)
        return self


class Band(Strict):
    """A closed range of whole numbers, both ends in it; an open end is left out."""

    name: Name
    label: Text
    lowest: float | None = None
    highest: float | None = None


class Group(Strict):
    """Several categories under one name."""

    name: Name
    label: Text
    of: tuple[str, ...]


class Theme(Strict):
    """A theme of open answers: any word that begins with one of the stems (matched without case)."""

    name: Name
    label: Text
    stems: tuple[str, ...] = Field(min_length=1)


class Derived(Strict):
    """A variable made from another without code: bands of a number, merged categories, themes of a text.

    `empty_answers` are texts that propose nothing ("ne vem"): they leave the base of the themes as no answer.
    """

    of: str
    label: Text
    bands: tuple[Band, ...] = ()
    groups: tuple[Group, ...] = ()
    themes: tuple[Theme, ...] = ()
    empty_answers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Derived:
        if sum(map(bool, (self.bands, self.groups, self.themes))) != 1:
            raise ValueError("a derived variable has exactly one of 'bands', 'groups', 'themes'")
        for below, above in pairwise(self.bands):
            if below.highest is None or above.lowest is None or below.highest >= above.lowest:
                raise ValueError(f"bands '{below.name}' and '{above.name}' overlap or are not in rising order")
        return self


class Variable(Strict):
    """One column of ``survey.responses``.

    `source` is the name of the question or derived entry it comes from, `item` the row, option or theme.
    """

    name: str
    kind: Literal["categorical", "number", "text"]
    label: Text
    question: Text
    source: str
    derived: bool = False
    item: str | None = None
    categories: tuple[Category, ...] = ()
    ordered: bool = False
    missing_codes: dict[str, int] = {}
    minimum: float | None = None
    maximum: float | None = None
    asked_if: dict[str, tuple[str, ...]] = {}
    other_text_of: str | None = None

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value that a number may have."""
        if self.minimum is None or self.maximum is None:
            raise CodebookError(f"'{self.name}' is {self.kind} and has no limits.")
        return self.minimum, self.maximum

    def category_label(self, category: str, lang: Literal["sl", "en"]) -> str:
        """Label of a category, or an error that lists the categories."""
        for known in self.categories:
            if known.name == category:
                return known.label[lang]
        names = [c.name for c in self.categories]
        raise CodebookError(f"{self.name}: " + one_of("unknown category", category, names))


def _selection(names: tuple[Text, Text]) -> tuple[Category, ...]:
    return (
        Category(name=NOT_SELECTED, code=0, label=names[0]),
        Category(name=SELECTED, code=1, label=names[1]),
    )


_OPTION = _selection(({"sl": "ni izbrano", "en": "not selected"}, {"sl": "izbrano", "en": "selected"}))
_MENTION = _selection(({"sl": "ni omenjeno", "en": "not mentioned"}, {"sl": "omenjeno", "en": "mentioned"}))
_OTHER_TEXT: Text = {"sl": "drugo – besedilo", "en": "other – text"}


class Codebook(Strict):
    """All that is known about one survey's questionnaire.

    ``codebook["annoyance_road"]`` is a :class:`Variable`; ``codebook.variables`` maps all names in the order
    of the questionnaire; ``codebook.sets`` maps each select-all set (and set of themes) to its variables.

    Raises
    ------
    CodebookError
        From :func:`read_codebook`, naming file and key.
    """

    survey: Name
    title: Text
    status: Text
    missing: dict[str, Reason] = {}
    scales: dict[str, Scale] = {}
    questions: dict[Name, Question]
    derived: dict[Name, Derived] = {}

    @model_validator(mode="after")
    def _coherent(self) -> Codebook:
        reasons = set(STANDARD_REASONS) | set(self.missing)
        for key, question in self.questions.items():
            if question.scale is not None and question.scale not in self.scales:
                raise ValueError(f"questions.{key}: " + one_of("unknown scale", question.scale, self.scales))
            for reason in (*question.missing, *question.missing_codes):
                if reason not in reasons:
                    raise ValueError(f"questions.{key}: " + one_of("undeclared reason", reason, reasons))
        seen: set[str] = set()
        for variable in self._expand():
            if variable.name in seen:
                raise ValueError(f"two variables are named '{variable.name}'")
            for gate, answers in variable.asked_if.items():
                if gate not in seen:
                    raise ValueError(f"questions.{variable.source}.asked_if: '{gate}' is not asked before it")
                known = [c.name for c in self.variables[gate].categories]
                for answer in answers:
                    if answer not in known:
                        where = f"questions.{variable.source}.asked_if.{gate}: "
                        raise ValueError(where + one_of("unknown category", answer, known))
            seen.add(variable.name)
            self._unambiguous(variable)
        return self

    def _unambiguous(self, variable: Variable) -> None:
        """Refuse a reason whose code could also be an answer, or two reasons with one code."""
        answers = {category.code for category in variable.categories}
        codes = list(variable.missing_codes.values())
        for reason, code in variable.missing_codes.items():
            number = variable.kind == "number" and variable.limits[0] <= code <= variable.limits[1]
            if code in answers or number or codes.count(code) > 1:
                raise ValueError(f"questions.{variable.source}: the code {code} of '{reason}' has another meaning too")

    def __getitem__(self, name: str) -> Variable:
        """Return the variable of that name, or raise with the nearest names."""
        if name not in self.variables:
            raise CodebookError(f"codebook {self.survey}: " + one_of("unknown variable", name, self.variables))
        return self.variables[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether the codebook has a variable of that name."""
        return name in self.variables

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """All variables by name, asked ones first, then derived ones."""
        return {variable.name: variable for variable in self._expand()}

    @cached_property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """Select-all sets and sets of themes: name -> names of their 0/1 variables."""
        members: dict[str, list[str]] = {}
        for variable in self.variables.values():
            several = variable.source in self.derived or self.questions[variable.source].kind == "multiple"
            if variable.item is not None and variable.other_text_of is None and several:
                members.setdefault(variable.source, []).append(variable.name)
        return {name: tuple(variables) for name, variables in members.items()}

    def members(self, name: str) -> tuple[str, ...]:
        """Names of the variables of a battery or set, texts of "other" left out."""
        found = tuple(v.name for v in self.variables.values() if v.source == name and v.other_text_of is None)
        if not found:
            raise CodebookError(f"codebook {self.survey}: " + one_of("unknown question", name, self.questions))
        return found

    def reason_label(self, reason: str, lang: Literal["sl", "en"]) -> str | None:
        """Label of a declared reason for a missing answer; None for the standard ones without their own."""
        return self.missing[reason].label[lang] if reason in self.missing else None

    def _expand(self) -> Iterator[Variable]:
        for key, question in self.questions.items():
            yield from self._asked(key, question)
        made: dict[str, Variable] = {v.name: v for k, q in self.questions.items() for v in self._asked(k, q)}
        for key, entry in self.derived.items():
            if entry.of not in made:
                raise ValueError(f"derived.{key}: " + one_of("unknown variable", entry.of, made))
            for variable in _derive(key, entry, made[entry.of]):
                made[variable.name] = variable
                yield variable

    def _asked(self, key: str, question: Question) -> Iterator[Variable]:
        codes = {reason: self.missing[reason].code for reason in question.missing if reason in self.missing}
        codes |= question.missing_codes
        common: dict[str, Any] = {
            "source": key,
            "question": question.question,
            "asked_if": question.asked_if,
            "missing_codes": {reason: code for reason, code in codes.items() if code is not None},
        }
        scale = self.scales[question.scale] if question.scale else None
        categories = scale.categories if scale else question.categories
        ordered = scale.ordered if scale else question.ordered
        if question.kind == "single":
            yield Variable(name=key, kind="categorical", label=question.label, categories=categories,
                           ordered=ordered, **common)  # fmt: skip
        elif question.kind == "number":
            yield Variable(name=key, kind="number", label=question.label, minimum=question.minimum,
                           maximum=question.maximum, **common)  # fmt: skip
        elif question.kind == "text":
            yield Variable(name=key, kind="text", label=question.label, **common)
        for item in question.items:
            name = f"{key}_{item.name}"
            yield Variable(name=name, kind="categorical", label=item.label, item=item.name,
                           categories=categories or _OPTION, ordered=ordered and bool(categories),
                           **common)  # fmt: skip
            if item.other:
                gate = {"asked_if": {**question.asked_if, name: (SELECTED,)}, "missing_codes": {}}
                yield Variable(name=f"{name}_text", kind="text", label=_OTHER_TEXT, item=item.name,
                               other_text_of=name, **(common | gate))  # fmt: skip


def _derive(key: str, entry: Derived, base: Variable) -> Iterator[Variable]:
    """Variables of a derived entry: one, or one per theme."""
    common: dict[str, Any] = {
        "source": key,
        "derived": True,
        "question": base.question,
        "kind": "categorical",
    }
    needed = {"bands": "number", "groups": "categorical", "themes": "text"}
    for field, kind in needed.items():
        if getattr(entry, field) and base.kind != kind:
            raise ValueError(f"derived.{key}: '{field}' need a {kind} variable, '{base.name}' is {base.kind}")
    if entry.themes:
        for theme in entry.themes:
            yield Variable(name=f"{key}_{theme.name}", label=theme.label, item=theme.name,
                           categories=_MENTION, **common)  # fmt: skip
        return
    if entry.groups:
        known = [c.name for c in base.categories]
        used = [name for group in entry.groups for name in group.of]
        for name in used:
            if name not in known:
                raise ValueError(f"derived.{key}: " + one_of("unknown category", name, known))
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise ValueError(f"derived.{key}: in two groups: {', '.join(twice)}")
        if left := [name for name in known if name not in used]:
            raise ValueError(f"derived.{key}: no group for {', '.join(left)}")
    parts: tuple[Band | Group, ...] = (*entry.bands, *entry.groups)
    categories = tuple(Category(name=p.name, code=i, label=p.label) for i, p in enumerate(parts, start=1))
    yield Variable(name=key, label=entry.label, categories=categories, ordered=bool(entry.bands), **common)


def read_codebook(path: str | Path) -> Codebook:
    """Read ``codebook.toml``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Codebook
        Checked: scales, reasons, routing and derived variables refer to what exists.

    Raises
    ------
    CodebookError
        With file and key of everything that is wrong.
    """
    return read_toml(Path(path), Codebook)
