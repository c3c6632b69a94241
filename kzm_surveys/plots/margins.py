"""The margins of a weighting as its figures show them: groups with labels, what is withheld, status and source."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.quality import thresholds
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, date, decimal
from kzm_surveys.plots.sheet import Frame
from kzm_surveys.plots.words import source_line, synthetic_mark
from kzm_surveys.protection.small_groups import withheld_groups
from kzm_surveys.record import WeightingRecord, fact_in
from kzm_surveys.wave import Thresholds


@dataclass(frozen=True)
class Group:
    """A group of a margin: its category of each variable, how many respondents it has, and its shares (0-1)."""

    categories: tuple[str, ...]
    label: str
    n: int
    before: float
    target: float
    after: float
    withheld: bool


@dataclass(frozen=True)
class Margin:
    """A margin: its name, its variables, what it is called, the status of its numbers in words, and its groups."""

    name: str
    variables: tuple[str, ...]
    label: str
    status: str
    groups: Sequence[Group]


class Weighted:
    """A weighting with its words: those of a design's codebook, or the names alone where there is only its record.

    Parameters
    ----------
    weighted
        A weighted design, or its record (``design.weighting``).
    lang
        Language.

    Raises
    ------
    FindingError
        Something else, or answers that are not weighted.
    """

    def __init__(self, weighted: SurveyDesign | WeightingRecord, lang: Language) -> None:
        self.lang = lang
        self.design = weighted if isinstance(weighted, SurveyDesign) else None
        self.labels = Labels(self.design, lang) if self.design else None
        record = self.design.weighting if self.design else weighted
        if record is None or (isinstance(record, WeightingRecord) and not record.steps):
            raise FindingError("the answers are not weighted, so there is nothing to draw. Weight the design first.")
        if not isinstance(record, WeightingRecord):
            raise FindingError(f"a weighted design or its record is needed, found {type(record).__name__}.")
        self.record = record

    def margins(self) -> list[Margin]:
        """All margins, in the order of the record.

        Raises
        ------
        FindingError
            The weights were not adjusted to shares of categories; names with stars.
        """
        frame = self.record.margins
        if frame.empty:
            raise FindingError("the weights have no margins of categories. Rake, poststratify or calibrate to some.")
        limits = thresholds(self.design) if self.design else Thresholds()
        hidden = withheld_groups(frame, limits.smallest_cell)
        found = []
        for name, part in frame.assign(withheld=hidden).groupby("variable", sort=False):
            variables = tuple(str(name).split("*"))
            rows = part[["category", "n", "before", "target", "after", "withheld"]].itertuples(index=False)
            groups = []
            for category, *numbers in rows:
                names = tuple(str(category).split("*")) if len(variables) > 1 else (str(category),)
                if len(names) != len(variables):
                    raise FindingError(
                        f"the margin '{name}' has the category '{category}': stars in names cannot be told from those "
                        "that join several variables. Rename it."
                    )
                label = ", ".join(self.category(*pair) for pair in zip(variables, names, strict=True))
                groups.append(Group(names, label, *numbers))
            found.append(Margin(str(name), variables, self.margin(str(name)), self.status(str(name)), groups))
        return found

    def category(self, variable: str, category: str) -> str:
        """Label of a category; merged ones are joined by a plus."""
        return self.labels.category(variable, category) if self.labels else category

    def ordered(self, variable: str, categories: Sequence[str]) -> list[str]:
        """Categories in the order of the codebook; in the given order where it does not know all of them."""
        codebook = self.labels.codebook if self.labels else None
        names = [each.name for each in codebook[variable].categories] if codebook and variable in codebook else []
        first = [category.split("+")[0] for category in categories]
        if not set(first) <= set(names):
            return list(categories)
        return [each for _, each in sorted(zip(map(names.index, first), categories, strict=True))]

    def variable(self, name: str) -> str:
        """Label of a variable."""
        return self.labels.variable(name) if self.labels else name

    def margin(self, name: str) -> str:
        """Return "spol in starostna skupina hkrati"."""
        *most, last = (self.variable(part) for part in name.split("*"))
        if not most:
            return last
        together = f"{', '.join(most)} {catalogue.text(self.lang, 'codebook.and')} {last}"
        return catalogue.text(self.lang, "joint_margin").format(variables=together)

    def status(self, name: str) -> str:
        """Whether the numbers of a margin are official, an estimate, or nobody says."""
        given = self._facts(name).get("status") or "unknown"
        return catalogue.texts(self.lang).get(f"status.{given}", given)

    def source(self, name: str) -> str:
        """Return "Spol (vsi prebivalci občine, 1. januar 2021) – uradni podatek: SURS."."""
        facts = self._facts(name)
        told = fact_in(facts, "population", self.lang), _day(facts.get("date", ""), self.lang)
        whom = ", ".join(part for part in told if part)
        origin = fact_in(facts, "source", self.lang).rstrip(".")
        about = (f" ({whom})" if whom else "", f": {origin}" if origin else "")
        words = f"{self.margin(name)}{about[0]} – {self.status(name)}{about[1]}."
        return words[:1].upper() + words[1:]

    def frame(self, title: str, subtitle: str, base: str, n: int, margins: Sequence[Margin] = ()) -> Frame:
        """Words around the plot: the base with n, where the population's numbers come from, the source."""
        stated = catalogue.text(self.lang, base).format(n=decimal(n, 0, self.lang)).replace(" = ", f"{NBSP}={NBSP}")
        return Frame(
            title=title, subtitle=subtitle, base=f"{stated}.",
            source=source_line(self.design, self.lang) if self.design else "",
            mark=synthetic_mark(self.design, self.lang) if self.design else "",
            notes=tuple(self.source(margin.name) for margin in margins),
        )  # fmt: skip

    def _facts(self, name: str) -> Mapping[str, str]:
        return self.record.provenance.get(name, {})


def explained(frame: Frame, groups: Iterable[Group], lang: Language) -> Frame:
    """The frame with a note on the mark of withheld groups, if there are any: the plot may only have room for it."""
    if not any(group.withheld for group in groups):
        return frame
    return replace(frame, notes=(*frame.notes, f"{catalogue.text(lang, 'withheld')}."))


def _day(given: str, lang: Language) -> str:
    """A date in words; anything else as it is given."""
    try:
        return date(datetime.date.fromisoformat(given), lang)
    except ValueError:
        return given
