"""The sample against the population: a pyramid by two variables such as sex and age, before and after weighting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, percent
from kzm_surveys.plots.lettering import line_height, wrapped
from kzm_surveys.plots.margins import Group, Margin, Weighted, explained
from kzm_surveys.plots.palette import BAR, BLUE, INK, MUTED, ORANGE, OUTLINE
from kzm_surveys.plots.rows import Row, RowPlot, Scale, row_plot, share_scale
from kzm_surveys.plots.sheet import NUMBERS, WORDS, Frame, Key
from kzm_surveys.plots.style import Width, house_style
from kzm_surveys.plots.words import withheld_words, word
from kzm_surveys.record import WeightingRecord

_GAP = 0.05
#: Inches: least width of one side, for its name, in a full and a half column.
_SIDE = 1.8, 0.7
#: Scale over its highest share: in a full column numbers stand beside the bars.
_ROOM = 1.35, 1.04


@dataclass(frozen=True)
class _Pyramid:
    """A margin as a pyramid: labels of its sides and of its rows from the top, and the group of each side and row."""

    margin: Margin
    title: str
    sides: Sequence[str]
    rows: Sequence[str]
    groups: Sequence[Sequence[Group | None]]


def population_pyramid(
    weighted: SurveyDesign | WeightingRecord, frame: Frame | None = None, *, margin: str | None = None,
    lang: Language = "sl", width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw a joint margin as a pyramid: bars of the sample, outline of the population, dots of the weighted sample.

    The variable with two categories makes the sides, the other one the rows, its first category at the bottom. All
    groups of both sides together are 100 %. Groups of fewer respondents than ``smallest_cell`` of the wave, and those
    that would give one away, have words in place of bar and dot. The key says whether the population's numbers are
    official or an estimate.

    Parameters
    ----------
    weighted
        A weighted design, or its record (``design.weighting``), for which names stand in place of labels.
    frame
        Words around the plot; from the design if None.
    margin
        Name of the margin, such as "sex*age_group"; may be left out if only one is fit.
    lang, width
        Language of the words; "full" (with the shares in numbers) or "half" of the text column of an A4 page.

    Raises
    ------
    FindingError
        The answers are not weighted; no margin of two variables of which one has two categories, or several; the
        figure would be higher than a page.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> figure = population_pyramid(kzm.weight(kzm.load("surveys/noise/2021")), lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "side"]
    ['men', 'women']
    """
    known = Weighted(weighted, lang)
    pyramid = _pyramid(known, margin)
    every = [group for side in pyramid.groups for group in side if group]
    title = f"{word(lang, 'sample_and_population')}: {pyramid.title}"
    frame = frame or known.frame(title, word(lang, "pyramid_subtitle"), "dossier.shares_base",
                                 sum(group.n for group in every), [pyramid.margin])  # fmt: skip
    frame = explained(frame, every, lang)
    shares = [share for group in every for share in (group.target, *(() if group.withheld else _sample(group)))]
    scale = share_scale(max(shares), lang)
    narrow = width == "half"
    room = scale.high * _ROOM[narrow]
    both = Scale(-room, room, [-tick for tick in scale.ticks[:0:-1]] + [*scale.ticks],
                 lambda share: percent(abs(share), 0, lang))  # fmt: skip
    names = [wrapped(side, _SIDE[narrow], WORDS, bold=True) for side in pyramid.sides]
    with house_style():
        plot = row_plot(
            frame, [Row(label) for label in pyramid.rows], both, width=width, keys=_keys(pyramid.margin, lang, width),
            columns=(), least=0.3, above=max(map(len, names)) * line_height(WORDS) + 0.04,
        )  # fmt: skip
        for sign, lines, groups in zip((-1, 1), names, pyramid.groups, strict=True):
            x = plot.inches(sign * room / 2)
            for number, line in enumerate(lines):
                plot.sheet.write(
                    x, number * line_height(WORDS), line, ha="center", va="top", weight="bold", name="side"
                )
            _draw(plot, sign, groups)
            _write(plot, sign, groups, lang, width)
        top, bottom = plot.y[0] - plot.heights[0] / 2, plot.y[-1] + plot.heights[-1] / 2
        middle = LineCollection([[(0.0, top), (0.0, bottom)]], colors=OUTLINE, linewidths=0.8, gid="middle", zorder=2.6)
        plot.axes.add_collection(middle, autolim=False)
    return plot.figure


def _pyramid(known: Weighted, name: str | None) -> _Pyramid:
    """The margin to draw, with the variable of two categories at the sides and the last of the others on top."""
    margins = known.margins()
    fit = {margin.name: margin for margin in margins if len(margin.variables) == 2 and 2 in _sizes(margin)}
    if name is not None and name not in fit:
        raise FindingError(one_of("no margin fit for a pyramid", name, fit))
    if name is None and len(fit) != 1:
        if fit:
            raise FindingError(f"several margins are fit for a pyramid: {', '.join(fit)}. Name one: margin=...")
        found = ", ".join(f"{margin.name} ({' x '.join(map(str, _sizes(margin)))} categories)" for margin in margins)
        raise FindingError(
            "a population pyramid needs a margin of two variables together, one of them with exactly two categories, "
            f"such as sex*age_group; the weighting has: {found}. Weight by such a margin, or draw "
            "margins_before_and_after."
        )
    margin = fit[name or next(iter(fit))]
    side = _sizes(margin).index(2)
    ordered = [known.ordered(variable, _categories(margin, place)) for place, variable in enumerate(margin.variables)]
    at = {(group.categories[side], group.categories[1 - side]): group for group in margin.groups}
    rows = ordered[1 - side][::-1]
    both = [known.variable(variable) for variable in (margin.variables[side], margin.variables[1 - side])]
    return _Pyramid(
        margin, f" {catalogue.text(known.lang, 'codebook.and')} ".join(both),
        [known.category(margin.variables[side], each) for each in ordered[side]],
        [known.category(margin.variables[1 - side], each) for each in rows],
        [[at.get((each, row)) for row in rows] for each in ordered[side]],
    )  # fmt: skip


def _categories(margin: Margin, place: int) -> list[str]:
    return list(dict.fromkeys(group.categories[place] for group in margin.groups))


def _sizes(margin: Margin) -> list[int]:
    """Number of categories of each variable."""
    return [len(_categories(margin, place)) for place in range(len(margin.variables))]


def _sample(group: Group) -> tuple[float, float]:
    return group.before, group.after


def _keys(margin: Margin, lang: Language, width: Width) -> list[Key]:
    """Entries of the key; in a full column they also say which number is which."""
    before = word(lang, "before_weighting")
    target = word(lang, "with_status", mark=word(lang, "in_population"), status=margin.status)
    if width == "full":
        before, target = word(lang, "upper_number", mark=before), word(lang, "lower_number", mark=target)
    return [Key(before, "area", BAR), Key(target, "line", ORANGE), Key(word(lang, "after_weighting"), "dot", INK)]


def _draw(plot: RowPlot, sign: int, groups: Sequence[Group | None]) -> None:
    """Draw one side: bars of the sample, dots of the weighted sample, and the outline of the population around them."""
    side = "left" if sign < 0 else "right"
    shown = [(group, y) for group, y in zip(groups, plot.y, strict=True) if group and not group.withheld]
    if shown:
        y = np.array([y for _, y in shown])
        before, after = (sign * np.array([_sample(group)[which] for group, _ in shown]) for which in (0, 1))
        plot.bars(y, np.minimum(before, 0), np.maximum(before, 0), 0.17, BAR, name=f"before {side}", outline=False)
        plot.dots(after, y, INK, name=f"after {side}", size=4)
    outline = []
    for group, y, height in zip(groups, plot.y, plot.heights, strict=True):
        x = sign * group.target if group else 0.0
        outline += [(x, y - height / 2), (x, y + height / 2)]
    path = [(0.0, outline[0][1]), *outline, (0.0, outline[-1][1])]
    steps = LineCollection([path], colors=ORANGE, linewidths=1.5, gid=f"population {side}", zorder=2.4, clip_on=False)
    plot.axes.add_collection(steps, autolim=False)


def _write(plot: RowPlot, sign: int, groups: Sequence[Group | None], lang: Language, width: Width) -> None:
    """Write the shares of the sample and of the population beside the longer one, and words for what is withheld."""
    align = "right" if sign < 0 else "left"
    step = line_height(NUMBERS) / 2
    for group, y in zip(groups, plot.y, strict=True):
        if group is None:
            plot.write(0.0, y, "–", name="number", align=align, gap=_GAP, colour=MUTED)
            continue
        edge = sign * (group.target if group.withheld else max(group.target, *_sample(group)))
        if width == "full":
            plot.write(edge, y + step, percent(group.target, 1, lang), name="number", align=align, gap=_GAP,
                       colour=ORANGE, blank=True)  # fmt: skip
            if not group.withheld:
                plot.write(edge, y - step, percent(group.before, 1, lang), name="number", align=align, gap=_GAP,
                           colour=BLUE, blank=True)  # fmt: skip
        if group.withheld:
            _write_withheld(plot, sign, edge, y - step if width == "full" else y, lang)


def _write_withheld(plot: RowPlot, sign: int, edge: float, y: float, lang: Language) -> None:
    """Write that a group is withheld outside the outline, or inside it where there is more room."""
    inside, outside = abs(edge) / plot.per_inch, (plot.scale.high - abs(edge)) / plot.per_inch
    out = outside >= inside
    words = withheld_words(lang, max(inside, outside) - 2 * _GAP)
    align = "left" if (sign > 0) == out else "right"
    plot.write(edge, y, words, name="withheld", align=align, gap=_GAP, colour=MUTED, style="italic", blank=True)
