"""The invented shape of synthetic answers, read from ``synthesis.toml``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from kzm_surveys.codebook import STANDARD_REASONS, Codebook, Variable
from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.toml_model import Strict, read_toml

Share = Annotated[float, Field(ge=0, le=1)]


class VariableRecipe(Strict):
    """Shape of one variable, or of all items of a question.

    `shares` of those who answered, per category (for a set: per option); `missing` shares of those asked, per
    reason; `shift` moves a person with "variable.category" along a standard normal scale; `factors` are loadings
    on traits shared by several answers; `mean`, `sd`, `at_most` shape a number; `bands` names the derived
    variable whose shares a number has; `added_after` is the share of units interviewed before the question.
    """

    shares: dict[str, Share] = {}
    missing: dict[str, Share] = {}
    shift: dict[str, float] = {}
    factors: dict[str, float] = {}
    mean: float | None = None
    sd: float | None = None
    at_most: str | None = None
    bands: str | None = None
    texts: tuple[str, ...] = ()
    added_after: Share = 0.0

    @model_validator(mode="after")
    def _sums(self) -> VariableRecipe:
        if sum(self.missing.values()) > 1:
            raise ValueError("the missing shares sum to more than 1")
        if self.shares and not sum(self.shares.values()) > 0:
            raise ValueError("the shares sum to 0")
        return self


class Units(Strict):
    """Units of a 1KA file beside complete answers, as shares of the respondents."""

    partial: Share = 0.1
    lurkers: Share = 0.1
    entered: Share = 0.1
    tests: Share = 0.01


class Recipe(Strict):
    """``synthesis.toml``: traits, units and variables. All of it may be left out."""

    factors: tuple[str, ...] = ()
    units: Units = Units()
    variables: dict[str, VariableRecipe] = {}

    def of(self, variable: Variable) -> VariableRecipe:
        """Recipe of a variable: its own entry over the entry of its question over the defaults."""
        merged: dict[str, object] = {}
        for name in dict.fromkeys((variable.source, variable.name)):
            if name in self.variables:
                merged |= self.variables[name].model_dump(exclude_unset=True)
        return VariableRecipe.model_validate(merged)


def read_recipe(folder: Path, codebook: Codebook) -> Recipe:
    """Read ``synthesis.toml`` of a survey folder; without the file every shape is the default.

    Raises
    ------
    CodebookError
        It names a variable, category, option, reason or factor that does not exist.
    """
    path = folder / "synthesis.toml"
    if not path.is_file():
        return Recipe()
    recipe = read_toml(path, Recipe)
    order = list(codebook.variables)
    for name, entry in recipe.variables.items():
        if name not in codebook.questions and name not in codebook:
            raise CodebookError(f"{path}: " + one_of("unknown variable", name, codebook.variables))
        first = min(i for i, v in enumerate(codebook.variables.values()) if name in (v.name, v.source))
        earlier = {n for n in order[:first] if not codebook[n].derived}
        for variable in codebook.variables.values():
            if variable.derived and set(variable.rests_on) <= earlier:
                earlier.add(variable.name)
        shifts = [(key.rpartition(".")[0], key.rpartition(".")[2]) for key in entry.shift]
        bands = [entry.bands] if entry.bands else []
        checks: list[tuple[str, str, Iterable[str], Iterable[str]]] = [
            ("factors", "factor", entry.factors, recipe.factors),
            ("missing", "reason", entry.missing, (*STANDARD_REASONS, *codebook.missing)),
            ("bands", "bands", bands, [key for key, derived in codebook.derived.items() if derived.names == (name,)]),
            ("at_most", "or later variable", [entry.at_most] if entry.at_most else [], earlier),
            ("shift", "or later variable", [gate for gate, _ in shifts], earlier),
        ]
        for gate, category in shifts:
            if gate in earlier:
                checks.append(("shift", "category", [category], [c.name for c in codebook[gate].categories]))
        if all(band in codebook.variables for band in bands):
            checks.append(("shares", "category", entry.shares, _share_names(name, entry, codebook)))
        for key, what, found, allowed in checks:
            for word in found:
                if word not in allowed:
                    raise CodebookError(f"{path}: variables.{name}.{key}: " + one_of(f"unknown {what}", word, allowed))
    return recipe


def _share_names(name: str, entry: VariableRecipe, codebook: Codebook) -> list[str]:
    if entry.bands:
        return [c.name for c in codebook[entry.bands].categories]
    question = codebook.questions.get(name)
    if question is not None and question.kind == "multiple":
        return [item.name for item in question.items]
    if question is not None and question.kind == "battery":
        return [c.name for c in codebook[f"{name}_{question.items[0].name}"].categories]
    return [c.name for c in codebook[name].categories]
