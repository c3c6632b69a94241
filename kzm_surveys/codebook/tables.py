"""What ``[tables]`` of wave.toml asks for: questions on sheets, breaks, nets and means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from kzm_surveys.codebook.codebook import Codebook
from kzm_surveys.codebook.questions import Named, Variable, distinct
from kzm_surveys.errors import one_of
from kzm_surveys.toml_model import Keys, Misfit, Strict, Text


class Net(Named):
    """Categories of `of` (a variable, or a battery: of each item) whose shares are also shown added up."""

    of: str
    categories: tuple[str, ...] = Field(min_length=2)


class TableSheet(Strict):
    """A sheet of the workbook: one question, or several under a title.

    A row is a variable, a battery (a table for each item), or a select-all set.
    """

    rows: tuple[str, ...] = Field(min_length=1)
    title: Text | None = None

    @model_validator(mode="after")
    def _titled(self) -> TableSheet:
        if len(self.rows) > 1 and self.title is None:
            raise Misfit(("title",), "a sheet of several rows needs a title")
        return self


class Tables(Strict):
    """``[tables]``: every row by every break.

    Numbers have a mean; `means` names ordered variables and batteries that have one too, over the codes.
    """

    breaks: tuple[str, ...] = Field(min_length=1)
    sheets: tuple[TableSheet, ...] = Field(min_length=1)
    nets: tuple[Net, ...] = ()
    means: tuple[str, ...] = ()
    base: Literal["answered", "asked"] = "answered"

    @model_validator(mode="after")
    def _once(self) -> Tables:
        for field, names in (("breaks", self.breaks), ("sheets", self.rows), ("means", self.means)):
            if twice := [name for name in names if names.count(name) > 1]:
                raise Misfit((field,), f"'{twice[0]}' stands twice")
        for net in self.nets:
            distinct("nets", [other for other in self.nets if other.of == net.of], "name")
        return self

    @property
    def rows(self) -> tuple[str, ...]:
        """Rows of all sheets."""
        return tuple(row for sheet in self.sheets for row in sheet.rows)

    def misfits(self, codebook: Codebook) -> Iterator[tuple[Keys, str]]:
        """Rows, breaks, nets and means that do not go with the codebook: key below ``tables`` and words."""
        shown = [name for name, variable in codebook.variables.items() if variable.kind in ("categorical", "number")]
        sources = dict.fromkeys(variable.source for variable in codebook.variables.values())
        several = [key for key in sources if key not in codebook]
        categorical = sorted(
            (name for name in shown if codebook[name].categories), key=lambda name: codebook[name].source != name
        )
        ordered = [name for name in categorical if codebook[name].ordered]
        scales = [key for key in several if key not in codebook.sets and _same_categories(codebook, key)]
        for name in self.breaks:
            if name not in categorical:
                yield ("breaks",), one_of("unknown break, or one without categories,", name, categorical)
        asked: set[str] = set()
        for place, sheet in enumerate(self.sheets):
            here: Keys = ("sheets", place, "rows")
            for name in sheet.rows:
                if name not in (*shown, *several):
                    yield here, one_of("unknown question", name, [*several, *shown])
                elif both := {name, *members(name, codebook)} & set(self.breaks):
                    yield here, f"'{min(both)}' is a break; a question by itself says nothing"
                else:
                    asked |= {name, *members(name, codebook)}
        for place, net in enumerate(self.nets):
            if net.of not in asked or net.of not in (*categorical, *scales):
                allowed = [name for name in (*scales, *categorical) if name in asked]
                yield ("nets", place, "of"), one_of("no row with categories", net.of, allowed)
                continue
            known = [category.name for category in question_of(net.of, codebook).categories]
            for category in net.categories:
                if category not in known or net.categories.count(category) > 1:
                    fault = f"unknown or repeated category of '{net.of}'"
                    yield ("nets", place, "categories"), one_of(fault, category, known)
        scored = [key for key in scales if all(name in ordered for name in codebook.members(key))]
        for name in self.means:
            if name not in asked or name not in (*ordered, *scored):
                allowed = [known for known in (*scored, *ordered) if known in asked]
                yield ("means",), one_of("no row with ordered categories", name, allowed)


def members(row: str, codebook: Codebook) -> tuple[str, ...]:
    """Variables that a row of ``[tables]`` or a net means: itself, or the items of a battery or options of a set."""
    return (row,) if row in codebook else codebook.members(row)


def question_of(row: str, codebook: Codebook) -> Variable:
    """A variable that has the wording and the routing of a row."""
    return codebook[members(row, codebook)[0]]


def _same_categories(codebook: Codebook, battery: str) -> bool:
    """Tell a battery whose items have the same categories."""
    return len({tuple(c.name for c in codebook[name].categories) for name in codebook.members(battery)}) == 1
