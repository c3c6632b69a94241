"""Groups of the margins with their shares before weighting, in the population and after it, ready to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kzm_surveys.findings.text import Number, NumberKind, Text
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue
from kzm_surveys.protection.small_groups import withheld_groups
from kzm_surveys.record import WeightingRecord

#: Ledger's name of each share.
STATISTICS = {"before": "sample_share", "target": "population_share", "after": "weighted_share"}


@dataclass(frozen=True)
class Group:
    """One category of a margin; `hidden` ones rest on too few respondents, or would give such a one away."""

    variable: str
    category: str
    label: str
    n: int
    before: float
    target: float
    after: float
    hidden: bool

    @property
    def excess(self) -> float:
        """Share among respondents above that in the population."""
        return self.before - self.target

    def number(self, voice: Voice, which: Literal["before", "target", "after"]) -> Number:
        """One of the shares, as a percentage."""
        source = voice.margin_facts(self.variable).get("source") if which == "target" else None
        return voice.fact(
            getattr(self, which), STATISTICS[which], decimals=1, kind="percent", variable=self.variable,
            category=self.category, source=source, n=None if which == "target" else self.n,
            weight=voice.weight_record() if which == "after" else "none",
        )  # fmt: skip

    def count(self, voice: Voice) -> Number:
        """Unweighted number of respondents."""
        return voice.fact(self.n, "respondents", variable=self.variable, category=self.category, n=self.n)


@dataclass(frozen=True)
class MarginGroups:
    """A margin: its heading with the status, and its groups."""

    heading: str
    groups: Sequence[Group]


def groups(voice: Voice, *, joint: bool) -> list[MarginGroups]:
    """Groups of all margins of the weighting.

    Parameters
    ----------
    voice
        Of a weighted design.
    joint
        Joint margins as they are, or each of their variables by itself, summed over the others.
    """
    record = voice.design.weighting
    assert record is not None
    hidden = withheld_groups(record.margins, voice.survey.wave.quality.smallest_cell)
    out: dict[str, MarginGroups] = {}
    for name, part in record.margins.assign(hidden=hidden).groupby("variable", sort=False):
        status = voice.margin_status(str(name).partition("*")[0])
        heading = str(voice.text("dossier.margin_row", margin=voice.margin_label(str(name)), status=status))
        names = str(name).split("*")
        keys = part["category"].str.split("*")
        if joint:
            labels = [", ".join(_label(voice, n, c) for n, c in zip(names, key, strict=True)) for key in keys]
            rows = part.assign(label=labels)[["category", "label", "n", "before", "target", "after", "hidden"]]
            out[str(name)] = MarginGroups(heading, [Group(str(name), *row) for row in rows.itertuples(index=False)])
            continue
        for place, variable in enumerate(names):
            summed = part.groupby(keys.str[place], sort=False).agg(
                {"n": "sum", "before": "sum", "target": "sum", "after": "sum", "hidden": "any"}
            )
            single = [Group(variable, row[0], _label(voice, variable, row[0]), *row[1:]) for row in summed.itertuples()]
            out.setdefault(variable, MarginGroups(heading, single))
    return list(out.values())


def margins_base(voice: Voice, blocks: Sequence[MarginGroups]) -> Text:
    """Return the base of the margins: who has all weighting variables."""
    n = sum(group.n for group in blocks[0].groups)
    return voice.text("dossier.shares_base", n=voice.fact(n, "respondents_in_margins", n=n))


def source(voice: Voice) -> Text:
    """Return the survey that everything in the dossier comes from, and whether its answers are invented."""
    pieces = [voice.survey.wave.title[voice.lang]]
    if voice.survey.source.synthetic:
        pieces.append(catalogue.text(voice.lang, "synthetic_short"))
    return voice.text("source", source="; ".join(pieces))


def fact(voice: Voice, value: float, statistic: str, decimals: int = 2) -> Number:
    """Return a number about the weights."""
    kind: NumberKind = "decimal" if decimals else "count"
    n = len(voice.survey)
    return voice.fact(value, statistic, decimals=decimals, kind=kind, n=n, weight=voice.weight_record())


def multiple_of_mean(voice: Voice, weight: float, statistic: str) -> Number:
    """Return a weight in multiples of the mean one."""
    record = voice.design.weighting
    assert record is not None
    return voice.fact(weight / record.mean, statistic, decimals=2, kind="decimal", n=record.n,
                      weight=voice.weight_record())  # fmt: skip


def worst_gap(voice: Voice, record: WeightingRecord) -> Number:
    """Largest distance of a weighted share from its target, in percentage points."""
    worst = float((record.margins["after"] - record.margins["target"]).abs().max())
    return voice.fact(100 * worst, "largest_distance_from_target", decimals=2, kind="decimal", n=record.n,
                      weight=voice.weight_record())  # fmt: skip


def _label(voice: Voice, variable: str, category: str) -> str:
    """Label of a category; one that was merged has those of its parts, or the name that it was given."""
    known = {each.name for each in voice.codebook[variable].categories}
    parts = [category] if category in known else category.split("+")
    return voice.listed([voice.category(variable, part) for part in parts]) if known.issuperset(parts) else category
