"""Questions as asked, their answer categories, reasons for missing answers, and the variables that come of them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.language import catalogue
from kzm_surveys.language.catalogue import Language
from kzm_surveys.toml_model import Misfit, Name, Strict, Text, Words

#: Reasons that every survey knows; their labels stand in the catalogue. A codebook may declare more, or label these
#: anew, in [missing].
STANDARD_REASONS = (
    "not_asked", "no_answer", "dont_know", "refused", "not_applicable", "break_off", "added_later", "empty_unit",
    "unknown_code",
)  # fmt: skip


def reason_label(reason: str) -> Text:
    """Return the label of a reason that every survey knows.

    Examples
    --------
    >>> reason_label("dont_know")["sl"], reason_label("dont_know")["en"]
    ('ne vem', "don't know")
    """
    return Words(catalogue.in_every_language(f"reasons.{reason}"))


#: Reasons that say the question was never put to the person: outside base="asked". 1KA's "broke off" is the tail of
#: questions after the last one seen.
NOT_PUT = frozenset({"not_asked", "break_off", "added_later", "empty_unit"})
SELECTED, NOT_SELECTED = "selected", "not_selected"

#: Whole numbers that a file of double-precision numbers (SPSS) holds exactly.
Code = Annotated[int, Field(ge=-(2**53), le=2**53)]
#: Limits of a number leave whole numbers below them that a file still holds exactly: codes of missing answers.
Limit = Annotated[float, Field(ge=-(2**52), le=2**52)]
#: The answers to one variable that lead to a question.
Answers = Annotated[tuple[str, ...], Field(min_length=1)]
Role = Literal["age", "birth_year"]


class Named(Strict):
    """Anything with a name in the engine and a label in both languages."""

    name: Name
    label: Text


class Category(Named):
    """One answer category: its name in the engine, its code in data files, its labels."""

    code: Code


class Reason(Strict):
    """A reason for a missing answer; `code` is its user-missing code in SPSS files."""

    label: Text
    code: Code | None = None


class Item(Named):
    """One row of a battery or one option of a select-all set."""

    exclusive: bool = False
    other: bool = False


class Scale(Strict):
    """Answer categories shared by several questions."""

    ordered: bool = True
    categories: tuple[Category, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _complete(self) -> Scale:
        distinct("categories", self.categories, "name", "code")
        return self


def distinct(field: str, parts: Sequence[Named], *whats: str) -> None:
    """Refuse two categories, items, bands ... with one name (or code)."""
    for what in whats:
        values = [getattr(part, what) for part in parts]
        if twice := sorted({str(value) for value in values if values.count(value) > 1}):
            raise Misfit((field,), f"two {field} have the {what} {', '.join(twice)}")


class Question(Strict):
    """A question as asked. `asked_if` maps a variable to the categories that lead to this question.

    `earliest` and `latest` limit a date; `role` marks the numbers that a check may hold against each other.
    """

    kind: Literal["single", "number", "date", "text", "battery", "multiple"]
    label: Text
    question: Text
    scale: str | None = None
    ordered: bool = False
    categories: tuple[Category, ...] = ()
    items: tuple[Item, ...] = ()
    missing: tuple[str, ...] = ()
    missing_codes: dict[str, Code] = {}
    minimum: Limit | None = None
    maximum: Limit | None = None
    unit: Text | None = None
    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    role: Role | None = None
    asked_if: dict[str, Answers] = {}

    @model_validator(mode="after")
    def _complete(self) -> Question:
        needs_scale = self.kind in ("single", "battery")
        if needs_scale and (self.scale is None) == (not self.categories):
            raise ValueError(f"a {self.kind} question needs either 'scale' or 'categories'")
        if not needs_scale and (self.scale or self.categories):
            raise ValueError(f"a {self.kind} question has no 'scale' or 'categories'")
        if self.ordered and not self.categories:
            raise ValueError("'ordered' belongs to 'categories'; a scale says itself whether it is ordered")
        if (self.kind in ("battery", "multiple")) != bool(self.items):
            raise ValueError("'items' belong to battery and multiple questions, and these need them")
        if self.kind == "number" and (self.minimum is None or self.maximum is None or self.minimum >= self.maximum):
            raise ValueError("a number question needs 'minimum' and 'maximum', the first below the second")
        for kind, fields in {"number": ("minimum", "maximum", "unit", "role"), "date": ("earliest", "latest")}.items():
            if self.kind != kind and (given := [field for field in fields if getattr(self, field) is not None]):
                raise ValueError(f"only a {kind} question has '{given[0]}'; this one is {self.kind}")
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            raise ValueError(f"'earliest' ({self.earliest}) is after 'latest' ({self.latest})")
        for number, item in enumerate(self.items):
            if self.kind == "battery" and (item.exclusive or item.other):
                field = "exclusive" if item.exclusive else "other"
                raise Misfit(("items", number, field), f"only an option of a multiple question can be '{field}'")
        distinct("items", self.items, "name")
        distinct("categories", self.categories, "name", "code")
        return self


class Variable(Strict):
    """One column of ``survey.responses``.

    `source` is the name of the question or derived entry it comes from, `item` the row, option or theme, `rests_on`
    the variables that a derived one is made from. `exclusive` marks an option such as "none", `other` the open one.
    """

    name: str
    kind: Literal["categorical", "number", "date", "text"]
    label: Text
    question: Text
    source: str
    derived: bool = False
    rests_on: tuple[str, ...] = ()
    item: str | None = None
    exclusive: bool = False
    other: bool = False
    categories: tuple[Category, ...] = ()
    ordered: bool = False
    missing_codes: dict[str, int] = {}
    minimum: float | None = None
    maximum: float | None = None
    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    role: Role | None = None
    asked_if: dict[str, tuple[str, ...]] = {}
    other_text_of: str | None = None

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value that a number may have."""
        if self.minimum is None or self.maximum is None:
            raise CodebookError(f"'{self.name}' is {self.kind} and has no limits.")
        return self.minimum, self.maximum

    def category_label(self, category: str, lang: Language) -> str:
        """Label of a category, or an error that lists the categories."""
        for known in self.categories:
            if known.name == category:
                return known.label[lang]
        names = [c.name for c in self.categories]
        raise CodebookError(f"{self.name}: " + one_of("unknown category", category, names))


def selection(kind: Literal["selected", "mentioned"]) -> tuple[Category, ...]:
    """Return the two categories of an option that may be selected, or of a theme that may be mentioned.

    Examples
    --------
    >>> [category.label["sl"] for category in selection("selected")]
    ['ni izbrano', 'izbrano']
    """
    return (
        Category(name=NOT_SELECTED, code=0, label=catalogue.in_every_language(f"labels.not_{kind}")),
        Category(name=SELECTED, code=1, label=catalogue.in_every_language(f"labels.{kind}")),
    )
