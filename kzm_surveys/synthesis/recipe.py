"""The invented shape of synthetic answers, read from ``synthesis.toml``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from kzm_surveys.codebook import Codebook, Strict, Variable, read_toml
from kzm_surveys.errors import CodebookError, one_of

Share = float


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
    added_after: Share = Field(default=0.0, ge=0, lt=1)


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
    for name, entry in recipe.variables.items():
        if name not in codebook.questions and name not in codebook:
            raise CodebookError(f"{path}: " + one_of("unknown variable", name, codebook.variables))
        for factor in entry.factors:
            if factor not in recipe.factors:
                raise CodebookError(f"{path}: variables.{name}: " + one_of("unknown factor", factor, recipe.factors))
        for gate in entry.shift:
            variable, _, category = gate.rpartition(".")
            known = [c.name for c in codebook[variable].categories]
            if category not in known:
                raise CodebookError(f"{path}: variables.{name}.shift: " + one_of("unknown category", category, known))
        allowed = _share_names(name, entry, codebook)
        for share in entry.shares:
            if share not in allowed:
                raise CodebookError(f"{path}: variables.{name}.shares: " + one_of("unknown category", share, allowed))
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
