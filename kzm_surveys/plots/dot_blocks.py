"""Blocks of estimates that are drawn as dots: what may stand in one figure, and on which scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Labels, row_names
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.protected import beside_others, beside_total, protected
from kzm_surveys.plots.rows import Scale, number_scale, share_scale
from kzm_surveys.plots.sheet import Frame
from kzm_surveys.plots.words import frame_of, word


@dataclass(frozen=True)
class DotBlock:
    """One question or one break.

    Attributes
    ----------
    heading
        What stands above its groups, or names the question in the key; may be empty if there is one block.
    groups
        The estimates that get a dot each, in their order from the top; those that would give a withheld one away are
        withheld too.
    total
        The one estimate of everybody, at which a line stands; no line if None.
    """

    heading: str
    groups: Estimates
    total: Estimates | None = None

    def __post_init__(self) -> None:
        if isinstance(self.groups, Estimates):
            groups = protected(self.groups)
            object.__setattr__(self, "groups", groups if self.total is None else beside_total(groups))


@dataclass(frozen=True)
class Measure:
    """How estimates of one statistic are written and on which scale they stand."""

    what: str
    of_all: str
    scale: Scale
    share: bool
    decimals: int
    lang: Language

    def write(self, value: float) -> str:
        """A number as it stands beside its dot."""
        return percent(value, 1, self.lang) if self.share else decimal(value, self.decimals, self.lang)


def checked_blocks(data: Estimates | Sequence[DotBlock], total: Estimates | None) -> list[DotBlock]:
    """The blocks to draw, each with its groups once and a total of the same question."""
    if not isinstance(data, Sequence | Estimates):
        raise FindingError(f"dots: Estimates or a list of DotBlock are needed, found {type(data).__name__}.")
    blocks = [DotBlock("", data, total)] if isinstance(data, Estimates) else list(data)
    if not isinstance(data, Estimates) and total is not None:
        raise FindingError(
            "dots: 'total' goes with estimates; blocks carry their own: DotBlock(heading, groups, total)."
        )
    for block in blocks:
        if not isinstance(block, DotBlock) or not isinstance(block.groups, Estimates):
            raise FindingError(f"dots: Estimates or a list of DotBlock are needed, found {type(block).__name__}.")
    if not any(len(block.groups) for block in blocks):
        raise FindingError("dots: no estimates to draw. Give at least one group.")
    if empty := [block.heading for block in blocks if not len(block.groups)]:
        raise FindingError(f"dots: the block '{empty[0]}' has no estimates. Leave it out.")
    if len(blocks) > 1 and any(not block.heading for block in blocks):
        raise FindingError("dots: several blocks need a heading each, so that the reader can tell them apart.")
    for block in blocks:
        keys = [(row.variable, row.category, row.by, row.by_category) for row in block.groups]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            told = ", ".join(str(part) for part in twice if part is not None)
            raise FindingError(f"dots: the estimate ({told}) is there twice. Draw it once.")
        _check_total(block)
    parts = iter(beside_others([part for block in blocks for part in (block.groups, block.total) if part is not None]))
    blocks = [
        replace(block, groups=next(parts), total=None if block.total is None else next(parts)) for block in blocks
    ]
    if not any(row.printable for block in blocks for row in block.groups):
        raise WithheldError("dots: every value is withheld or missing.")
    return blocks


def _check_total(block: DotBlock) -> None:
    if block.total is None:
        return
    if len(block.total) != 1:
        raise FindingError(
            f"dots: the total must be one estimate, found {len(block.total)}. Estimate it without by, for one category."
        )
    own = (block.total.rows[0].variable, block.total.rows[0].category, block.total.rows[0].statistic)
    for row in block.groups:
        if (row.variable, row.category, row.statistic) != own:
            found, needed = (" ".join(part for part in key if part) for key in
                             (own, (row.variable, row.category, row.statistic)))  # fmt: skip
            raise FindingError(
                f"dots: the total is of '{found}', a group of '{needed}'. Draw groups of one question and one category "
                "with the total of the same, or no total."
            )


def refuse_unlike(blocks: Sequence[DotBlock]) -> None:
    """Questions side by side need the same rows."""
    if len(blocks) not in (2, 3):
        raise FindingError(f"grouped_dots: two or three questions are needed, found {len(blocks)}.")
    if len({block.total is None for block in blocks}) > 1:
        raise FindingError("grouped_dots: give every question a total, or none.")
    if len({block.heading for block in blocks}) < len(blocks):
        raise FindingError(
            f"grouped_dots: two questions are called '{blocks[0].heading}'; the key needs a name for each."
        )
    groups = [[(row.by, row.by_category) for row in block.groups] for block in blocks]
    if any(by is None for by, _ in groups[0]) or len(set(groups[0])) < len(groups[0]):
        raise FindingError(
            "grouped_dots: one estimate per group is needed. Estimate each question with by=, one category."
        )
    for block, found in zip(blocks, groups, strict=True):
        if found != groups[0]:
            raise FindingError(
                f"grouped_dots: '{block.heading}' has the groups {', '.join(str(name) for _, name in found)}, "
                f"'{blocks[0].heading}' {', '.join(str(name) for _, name in groups[0])}. Use the same break."
            )


def every_row(block: DotBlock) -> list[Estimate]:
    """The total, if there is one, and the groups of a block."""
    return [*(block.total.rows if block.total is not None else ()), *block.groups.rows]


def measure_of(blocks: Sequence[DotBlock], lang: Language) -> Measure:
    """The statistic that all blocks share, with a scale that holds everything drawn."""
    every = [row for block in blocks for row in every_row(block)]
    statistics = {"share" if is_share(row.statistic) else row.statistic for row in every}
    if statistics not in ({"share"}, {"mean"}):
        raise FindingError(
            f"dots: shares or means are needed, of one kind in a figure; found {', '.join(sorted(statistics))}. "
            "Draw each statistic in a figure of its own."
        )
    share = statistics == {"share"}
    what, of_all = (
        catalogue.text(lang, f"tables.{statistics.pop()}"),
        word(lang, f"{'share' if share else 'mean'}_of_all"),
    )
    drawn = [row for row in every if row.printable]
    ends = np.array([value for row in drawn for value in (row.estimate, row.ci_low, row.ci_high) if np.isfinite(value)])
    if share:
        return Measure(what, of_all, share_scale(min(float(ends.max()), 1.0), lang), True, 1, lang)
    low, high = float(ends.min()), float(ends.max())
    ranges = {_limits(block.groups, row.variable) for block in blocks for row in block.groups}
    if len(ranges) > 1:
        raise FindingError(
            f"dots: the means of {', '.join(dict.fromkeys(row.variable for row in every))} stand on different ranges. "
            "Draw those of one range in a figure."
        )
    limits = ranges.pop()
    if limits is not None:
        low, high = min(low, limits[0]), max(high, limits[1])
    elif high - low < 1e-9 * max(abs(high), 1.0):
        low, high = low - 1.0, high + 1.0
    return Measure(what, of_all, number_scale(low, high, lang), False, 1 if high - low >= 2 else 2, lang)


def _limits(estimates: Estimates, variable: str) -> tuple[float, float] | None:
    """Lowest and highest value of a variable, or code of its categories, where the codebook knows them."""
    survey = estimates.design.survey
    if survey is None or variable not in survey.codebook:
        return None
    known = survey.codebook[variable]
    if known.categories:
        codes = [category.code for category in known.categories]
        return min(codes), max(codes)
    return known.limits if known.kind == "number" and known.minimum is not None else None


def group_names(block: DotBlock, labels: Labels) -> list[str]:
    """What each group is called, without the category that all share."""
    rows = block.groups.rows
    if len(rows) == 1:
        row = rows[0]
        return [labels.category(row.by, row.by_category or "") if row.by else labels.item(row.variable)]
    if len({row.category for row in rows}) == 1:
        rows = tuple(row._replace(category=None) for row in rows)
    return row_names(rows, labels)[1]


def level_of(blocks: Sequence[DotBlock]) -> float:
    """The level that all intervals have."""
    levels = {part.level for block in blocks for part in (block.groups, block.total) if part is not None}
    if len(levels) > 1:
        found = ", ".join(f"{level:g}" for level in sorted(levels))
        raise FindingError(f"dots: the intervals have different levels: {found}. Estimate all with one level.")
    return levels.pop()


def default_frame(blocks: Sequence[DotBlock], lang: Language) -> Frame:
    """Words from the codebook: the question, its category and the break; the base is that of the totals, if known."""
    groups, totals = [block.groups for block in blocks], [block.total for block in blocks if block.total is not None]
    rows = [row for part in groups for row in part]
    labels = Labels(groups[0].design, lang)
    frame = frame_of(totals if len(totals) == len(groups) else groups, lang)
    title = frame.title or ", ".join(block.heading for block in blocks if block.heading)
    parts = [title[:1].upper() + title[1:]]
    categories = {labels.category(row.variable, row.category) for row in rows if row.category is not None}
    if len(categories) == 1 and all(labels.is_category(row.variable, row.category or "") for row in rows):
        parts += categories
    breaks = {labels.variable(row.by) for row in rows if row.by is not None}
    return replace(frame, title=" – ".join([*parts, *breaks] if len(breaks) == 1 else parts))
