"""What the variables and categories of a result are called in a table: the codebook's labels, or else their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kzm_surveys.codebook import Derived, Question, Variable
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.banner_tables import Line
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal


class Key(NamedTuple):
    """What tells one row of a result from another."""

    variable: str
    category: str | None
    by: str | None
    by_category: str | None
    statistic: str


class Labels:
    """Labels of the survey behind a design; without a survey the names themselves."""

    def __init__(self, design: SurveyDesign, lang: Language) -> None:
        catalogue.texts(lang)  # refuses a language that there is not
        self.survey, self.lang = design.survey, lang
        self.codebook = design.survey.codebook if design.survey else None

    def _known(self, variable: str) -> Variable | None:
        return self.codebook[variable] if self.codebook and variable in self.codebook else None

    def variable(self, name: str) -> str:
        """Label of a variable with that of its battery or set before it, or of a whole battery or set."""
        if self.codebook is None:
            return name
        entries: dict[str, Question | Derived] = {**self.codebook.questions, **self.codebook.derived}
        known = self._known(name)
        if known is None:
            return entries[name].label[self.lang] if name in entries else name
        if known.item is None:
            return known.label[self.lang]
        return f"{entries[known.source].label[self.lang]}: {known.label[self.lang]}"

    def titled(self, name: str) -> str:
        """Label of a variable with its name, for those who go on in code."""
        label = self.variable(name)
        return label if label == name else f"{label} ({name})"

    def item(self, name: str) -> str:
        """Label of a variable without that of its battery or set."""
        known = self._known(name)
        return known.label[self.lang] if known else self.variable(name)

    def is_category(self, variable: str, name: str) -> bool:
        """Tell a category from the name of a battery's item or a set's option, which stands in its place in results."""
        known = self._known(variable)
        return known is None or name != known.item

    def category(self, variable: str, category: str) -> str:
        """Label of a category, or of several joined by a plus."""
        known = self._known(variable)
        labels = {one.name: one.label[self.lang] for one in known.categories} if known else {}
        parts = category.split("+")
        return " + ".join(labels[part] for part in parts) if set(parts) <= set(labels) else category

    def line(self, variable: str, line: Line) -> str:
        """Label of a line of a banner table of a variable."""
        if line.kind == "category":
            return self.category(variable, line.name)
        if line.kind == "option":
            return self.item(line.name)
        if line.kind == "net":
            return self.text("net", label=self._net(variable, line.name))
        known = self._known(variable)
        if known is None or not known.categories:
            return self.text("mean")
        codes = [category.code for category in known.categories]
        return self.text("scale_mean", low=self.number(min(codes)), high=self.number(max(codes)))

    def _net(self, variable: str, name: str) -> str:
        tables = self.survey.wave.tables if self.survey else None
        known = self._known(variable)
        whose = (variable, known.source if known else variable)
        found = [
            net.label[self.lang] for net in (tables.nets if tables else ()) if net.of in whose and net.name == name
        ]
        return found[0] if found else name

    def text(self, key: str, **values: object) -> str:
        """A text of the tables, filled in."""
        return catalogue.text(self.lang, f"tables.{key}").format(**values)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as it is printed."""
        return decimal(value, decimals, self.lang)


def row_names(rows: Sequence[Key | Estimate], labels: Labels) -> tuple[str, list[str]]:
    """Caption of a table of estimates, which says what all rows share, and what each row is called."""
    same = {
        name: len({getattr(row, name) for row in rows}) == 1 for name in ("variable", "by", "by_category", "category")
    }
    head = rows[0]
    alike = same["category"] and head.category is not None and not same["variable"]
    caption = [labels.titled(head.variable) if same["variable"] else _common(rows, labels)]
    if same["by"] and head.by:
        by = labels.titled(head.by)
        caption.append(f"{by}: {labels.category(head.by, head.by_category or '')}" if same["by_category"] else by)
    if alike:
        caption.append(labels.category(head.variable, head.category or ""))
    names = []
    for row in rows:
        words = []
        if not same["by_category"] and row.by and row.by_category is not None:
            words.append(labels.category(row.by, row.by_category))
        if not same["variable"]:
            words.append(labels.item(row.variable))
        if row.category is not None and not alike and labels.is_category(row.variable, row.category):
            words.append(_category_words(row, labels))
        names.append(" · ".join(words))
    return " – ".join(part for part in caption if part), names


def _category_words(row: Key | Estimate, labels: Labels) -> str:
    """Label of a row's category; the share of a quantile with the language's decimal sign."""
    category = row.category or ""
    if row.statistic == "quantile":
        return labels.number(float(category), len(category.partition(".")[2]))
    return labels.category(row.variable, category)


def _common(rows: Sequence[Key | Estimate], labels: Labels) -> str:
    """What the variables of several rows have in common: their battery or set."""
    whole = {labels.variable(row.variable).rpartition(": ")[0] for row in rows}
    return whole.pop() if len(whole) == 1 else ""
