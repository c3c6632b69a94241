"""Rows of a forest plot: what each level of a model is called, and what is told of it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kzm_surveys.estimation.formula import Categories, Factor
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.model import Model
from kzm_surveys.estimation.model_matrix import Column
from kzm_surveys.estimation.printed_cells import interval_cell
from kzm_surveys.estimation.quality import thresholds
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, decimal
from kzm_surveys.plots.words import word

#: Ratios beyond this, up or down, are told as more or less than it, and have no say in the scale.
FARTHEST = 1000.0


@dataclass(frozen=True)
class Line:
    """A row of the plot: a level with its estimate, or a heading, a reference or a withheld level without one."""

    label: str
    kind: str = "estimate"
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    small: bool = False

    @property
    def drawn(self) -> bool:
        """It has an estimate that may be shown."""
        return self.kind == "estimate"


def model_lines(model: Model, labels: Labels, ratios: bool, lang: Language) -> list[Line]:
    """Headings and levels in the order of the formula."""
    matrix, limits = model.fit.matrix, thresholds(model.design)
    layout, support = {column.name: column for column in matrix.layout}, matrix.support()
    table = model.odds_ratios if ratios else model.frame.loc[[term is not None for term in model.terms]]
    ends = {row.term: (float(row.estimate), float(row.ci_low), float(row.ci_high)) for row in table.itertuples()}
    out: list[Line] = []
    before = None
    for name, term in zip(model.names, model.terms, strict=True):
        if term is None:
            continue
        column = layout[name]
        factors = [matrix.factors[code] for code, _ in column.parts]
        numeric = len(factors) == 1 and not isinstance(factors[0], Categories)
        if term != before and not numeric:
            out.append(Line(" × ".join(_variable(factor, labels) for factor in factors), "heading"))
            code = column.parts[0][0]
            if len(factors) == 1 and (code, matrix.levels[code][0]) not in [
                part for other in matrix.layout if other.term == term for part in other.parts
            ]:
                out.append(Line(_part(factors[0], matrix.levels[code][0], labels), "reference"))
        before = term
        label = (
            word(lang, "per_unit", label=_variable(factors[0], labels)) if numeric else _level(column, factors, labels)
        )
        rests_on = support.get(name, limits.smallest_base)
        if 0 < rests_on < limits.smallest_cell:
            out.append(Line(label, "withheld"))
        elif not math.isfinite(ends[name][0]) or (ratios and ends[name][0] <= 0):
            out.append(Line(label, "not estimable"))
        else:
            out.append(Line(label, "estimate", *ends[name], small=rests_on < limits.smallest_base))
    return out


def _level(column: Column, factors: Sequence[Factor], labels: Labels) -> str:
    parts = zip(factors, column.parts, strict=True)
    return " × ".join(_part(factor, level, labels) for factor, (_, level) in parts)


def _part(factor: Factor, level: int | None, labels: Labels) -> str:
    if level is None or not isinstance(factor, Categories):
        return _variable(factor, labels)
    return labels.category(_name(factor), factor.names[level])


def _variable(factor: Factor, labels: Labels) -> str:
    return labels.variable(_name(factor))


def _name(factor: Factor) -> str:
    """Name of the variable behind a factor, also of ``C(variable)``."""
    found = re.fullmatch(r"C\((.+)\)", factor.label)
    return found[1] if found else factor.label


def told(line: Line, ratios: bool, decimals: int, lang: Language) -> str:
    """What stands in the column: the number with its interval, or why there is none."""
    if line.kind == "reference":
        return word(lang, "reference", value=decimal(1 if ratios else 0, 0, lang))
    if not line.drawn:
        return word(lang, "withheld_short" if line.kind == "withheld" else "not_estimable")
    numbers = [_ratio(value, lang) if ratios else _plain(value, decimals, lang)
               for value in (line.estimate, line.low, line.high)]  # fmt: skip
    if numbers[1:] == ["–", "–"]:
        return numbers[0]
    if any(number.startswith((">", "<")) for number in numbers):
        interval = catalogue.text(lang, "tables.from_to").format(low=numbers[1], high=numbers[2])
    else:
        interval = interval_cell(numbers[1:], False, lang)
    return f"{numbers[0]} ({interval})"


def _plain(value: float, decimals: int, lang: Language) -> str:
    return decimal(value, decimals, lang) if math.isfinite(value) else "–"


def _ratio(value: float, lang: Language) -> str:
    """A ratio with two or three digits."""
    if math.isnan(value):
        return "–"
    if value >= FARTHEST:
        return f">{NBSP}{decimal(FARTHEST, 0, lang)}"
    if value < 1 / FARTHEST:
        return f"<{NBSP}{decimal(1 / FARTHEST, 3, lang)}"
    return decimal(value, 3 if value < 0.01 else 2 if value < 10 else 1 if value < 100 else 0, lang)
