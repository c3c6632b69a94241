"""Survival curves: how long it lasts, where some still go on, over a table of how many are still observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.printed_cells import decimals_of, part_words
from kzm_surveys.estimation.quality import MARKS, thresholds
from kzm_surveys.estimation.survival_curves import Curve, Survival
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, decimal, percent
from kzm_surveys.plots.lettering import line_height, text_width
from kzm_surveys.plots.palette import GROUPS, INK, MUTED, PALE
from kzm_surveys.plots.risk_table import RiskRow, RiskTable, people
from kzm_surveys.plots.rows import Scale, number_scale
from kzm_surveys.plots.sheet import EDGE, NUMBERS, WORDS, Frame, Key
from kzm_surveys.plots.style import WIDTHS, Width, check_width, house_style
from kzm_surveys.plots.upright import UprightPlot, upright_plot
from kzm_surveys.plots.words import interval_words, question, source_line, synthetic_mark, word
from kzm_surveys.wave import Thresholds

MOST_GROUPS = len(GROUPS)
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.4, 1.2)), (0, (6, 1.4, 1.2, 1.4)))
_HEIGHT = {"full": 2.4, "half": 1.9}
#: Steps between the numbers of an axis of months.
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class _Line:
    """One curve as it is drawn: its numbers, name, colour and dash, its median, and where it ends or gets weak.

    `end` is the last time shown, `weak` the first with a small number under observation; NaN if there is none.
    """

    curve: Curve
    label: str
    colour: str
    dash: Any
    median: float
    end: float
    weak: float

    @property
    def hidden(self) -> bool:
        """Too few people stand behind the whole curve."""
        return bool(np.isnan(self.end))

    @property
    def drawn_colour(self) -> str:
        """Colour of its line; "none" if it has none."""
        return "none" if self.hidden else self.colour

    def steps(self, values: FloatArray, start: float, end: float) -> FloatArray:
        """(points, 2) corners of the steps of a column of the curve between two times."""
        times = self.curve.times
        inside = (times > start) & (times <= end)
        before = np.concatenate([[1.0], values])[[np.searchsorted(times, start, side="right" if start else "left")]]
        if not start:
            inside |= times == 0
        x = np.concatenate([[start], np.repeat(times[inside], 2), [end]])
        y = np.concatenate([before, values[inside]]).repeat(2)
        return np.column_stack([x, y])


def survival(
    result: Survival, frame: Frame | None = None, *, unit: str = "", every: float | None = None, lang: Language = "sl",
    width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw the curve of each group with its band and median, and the numbers still under observation below.

    Curves end where fewer people are under observation than a cell needs, and are thin after a hollow dot, from where
    on they are a small base; numbers of people that stand for so few, or leave so few, are marked "z". Opt-in samples
    have no bands.

    Parameters
    ----------
    result
        Curves of one to four groups, such as :func:`kzm_surveys.kaplan_meier` gives.
    frame
        Words around the plot; from the codebook if None.
    unit
        Word at the end of the time axis, such as "months"; from the codebook if empty.
    every
        Units between the numbers of the time axis; None: round ones, for months parts or multiples of a year.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Too few people stand behind every curve.
    FindingError
        No result of kaplan_meier, more than four groups, steps of the axis that are not positive or too many; an
        unknown width.

    Examples
    --------
    >>> import pandas as pd, kzm_surveys as kzm
    >>> answers = pd.DataFrame({"months": [*range(1, 21)] * 5, "stopped": [True] * 90 + [False] * 10})
    >>> result = kzm.kaplan_meier(kzm.SurveyDesign(answers), "months", "stopped")
    >>> figure = survival(result, unit="months", lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "at_risk"]
    ['100', '90', '75', '60', '45', '30', '15', '0']
    """
    check_width(width)
    if not isinstance(result, Survival):
        raise FindingError(f"survival: a result of kaplan_meier is needed, found {type(result).__name__}.")
    labels, limits = Labels(result.design, lang), thresholds(result.design)
    lines = _lines(result, labels, limits)
    drawn = [line for line in lines if not line.hidden]
    if not drawn:
        raise WithheldError("survival: too few people stand behind every curve.")
    unit = unit or _unit(result, lang)
    across = _time_scale(drawn, unit, every, lang)
    up = Scale(0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0], lambda share: percent(share, 0, lang))
    table = RiskTable(
        [
            RiskRow(
                line.label,
                [people(line.curve, tick, limits, lang) for tick in across.ticks],
                line.drawn_colour,
                line.dash,
            )
            for line in lines
        ],
        unit,
        lang,
        width,
    )
    # The base of the curves that are shown: with the others in it, their number could be told from the rest.
    frame = frame or _frame(result, labels, sum(int(line.curve.counts.sum()) for line in drawn))
    if any(MARKS["small_cell"] in row.cells for row in table.rows):
        frame = replace(frame, notes=(*frame.notes, f"{catalogue.text(lang, 'withheld')}."))
    under = 0.04 + line_height(NUMBERS)
    with house_style():
        plot = upright_plot(
            frame, across, up, plot_height=_HEIGHT[width], width=width, keys=_keys(lines, result, limits, labels),
            below=under + table.height + 0.1,
        )  # fmt: skip
        _medians(plot, drawn, labels, width, named=table.several)
        for line in drawn:
            _draw(plot, line, of=len(drawn))
        table.write(plot, plot.sheet.height + under)
    return plot.figure


def _lines(result: Survival, labels: Labels, limits: Thresholds) -> list[_Line]:
    if len(result.curves) > MOST_GROUPS:
        raise FindingError(
            f"survival: {len(result.curves)} curves cannot be told apart; at most {MOST_GROUPS}. Merge groups."
        )
    lines = []
    medians = result.quantile(0.5)["time"].tolist()
    for curve, median, colour, dash in zip(result.curves, medians, GROUPS, _DASHES, strict=False):
        label = labels.category(result.by, curve.group) if result.by and curve.group else ""
        end, weak = (_last(curve, least) for least in (limits.smallest_cell, limits.smallest_base))
        if int(curve.counts.sum()) < limits.smallest_cell:
            end = np.nan
        beyond = np.isnan(end) or not median <= end
        starts = 0.0 if np.isnan(weak) else weak
        lines.append(
            _Line(curve, label, colour, dash, np.nan if beyond else median, end, starts if starts < end else np.nan)
        )
    return lines


def _last(curve: Curve, least: int) -> float:
    """Longest duration up to which at least so many are under observation; NaN if never."""
    under = curve.counts[::-1].cumsum()[::-1]
    enough = curve.durations[under >= least]
    return float(enough.max()) if len(enough) else float("nan")


def _unit(result: Survival, lang: Language) -> str:
    codebook = result.design.survey.codebook if result.design.survey else None
    known = codebook.questions.get(result.duration) if codebook else None
    return known.unit[lang] if known is not None and known.unit else ""


def _time_scale(lines: Sequence[_Line], unit: str, every: float | None, lang: Language) -> Scale:
    """Time from 0 to the next tick after the longest that is shown; whole numbers for whole durations."""
    end = max(line.end for line in lines)
    if every is None and unit.startswith(("mesec", "month")):
        every = next((step for step in _MONTHS if end / step <= 8), None)
    if every is None:
        whole = all((line.curve.durations % 1 == 0).all() for line in lines)
        return number_scale(0.0, end or 1.0, lang, most=min(8, max(1, int(end))) if whole else 8)
    if not 0 < every < np.inf or end / every > 100:
        raise FindingError(
            f"survival: numbers every {every:g} on an axis to {end:g} cannot be drawn; give a positive step with at "
            "most 100 of them."
        )
    ticks = [every * i for i in range(max(1, int(np.ceil(end / every - 1e-9))) + 1)]
    decimals = next((places for places in range(6) if abs(round(every, places) - every) < 1e-9 * every), 6)
    return Scale(0.0, ticks[-1], ticks, lambda time: decimal(time, decimals, lang))


def _frame(result: Survival, labels: Labels, n: int) -> Frame:
    design, lang = result.design, labels.lang
    title = labels.variable(result.duration)
    where = f" ({part_words(result.where, lang)})" if result.where else ""
    asked = question(design, [result.duration], lang)
    return Frame(
        title=title[:1].upper() + title[1:],
        subtitle=asked or word(lang, "survival_subtitle", event=labels.variable(result.event)),
        base=f"{labels.text('base_of_survival')}{where} (n{NBSP}={NBSP}{labels.number(n)}).",
        source=source_line(design, lang), mark=synthetic_mark(design, lang),
        notes=() if design.infers else (labels.text("no_bands"),),
    )  # fmt: skip


def _keys(lines: Sequence[_Line], result: Survival, limits: Thresholds, labels: Labels) -> list[Key]:
    lang = labels.lang
    keys = []
    if len(lines) > 1:
        for line in lines:
            told = f" ({_median_words(line, labels)})"
            if line.hidden:
                told = f": {catalogue.text(lang, 'withheld') if len(line.curve.counts) else '–'}"
            keys.append(Key(line.label + told, "line", line.drawn_colour, dash=line.dash))
    if any(_banded(line) for line in lines):
        keys.append(Key(interval_words(result.level, lang), "area", PALE))
    if any(np.isfinite(line.weak) for line in lines):
        keys.append(
            Key(word(lang, "from_here_few", limit=labels.number(limits.smallest_base)), "dot", INK, hollow=True)
        )
    return keys


def _median_words(line: _Line, labels: Labels) -> str:
    if np.isnan(line.median):
        return word(labels.lang, "no_median")
    decimals = 0 if line.median.is_integer() else 1 if line.median >= 1 else decimals_of([line.median])
    return word(labels.lang, "median_of", median=labels.number(line.median, decimals))


def _banded(line: _Line) -> bool:
    return not line.hidden and bool(np.isfinite(line.curve.ci_low).any())


def _draw(plot: UprightPlot, line: _Line, *, of: int) -> None:
    """Band, curve, thin part of the curve."""
    if _banded(line):
        low, high = (line.steps(values, 0.0, line.end) for values in (line.curve.ci_low, line.curve.ci_high))
        known = np.isfinite(low[:, 1]) & np.isfinite(high[:, 1])
        plot.areas([np.concatenate([low[known], high[known][::-1]])], line.colour, name="band",
                   alpha=0.17 if of == 1 else 0.11 if of == 2 else 0.07, order=1.5)  # fmt: skip
        plot.lines([low[known], high[known]], line.colour, name="band_edge", width=0.4, dash=line.dash, order=1.6)
    sound = line.end if np.isnan(line.weak) else line.weak
    plot.lines([line.steps(line.curve.survival, 0.0, sound)], line.colour, name="curve", width=1.7, dash=line.dash)
    if np.isnan(line.weak):
        return
    thin = line.steps(line.curve.survival, line.weak, line.end)
    plot.lines([thin], line.colour, name="curve_of_small_base", width=0.7, dash=line.dash)
    plot.dots(thin[:1, 0], thin[:1, 1], line.colour, name="from_here_few", hollow=True, size=4.5)


def _medians(plot: UprightPlot, lines: Sequence[_Line], labels: Labels, width: Width, *, named: bool) -> None:
    """A dashed line at a half, a dot at each median; a single one is told beside it."""
    known = [line for line in lines if np.isfinite(line.median)]
    if not known:
        return
    times = np.array([line.median for line in known])
    plot.lines([np.array([(0.0, 0.5), (times.max(), 0.5)])], MUTED, name="half", width=0.8, dash=(0, (3, 2)), order=2.1)
    drops = [np.array([(time, 0.0), (time, 0.5)]) for time in times]
    plot.lines(drops, MUTED, name="median", width=0.8, dash=(0, (3, 2)), order=2.1)
    for line in known:
        plot.dots(np.array([line.median]), np.array([0.5]), line.colour, name="median_dot", size=4.5)
    if not named:
        text = _median_words(known[0], labels)
        # Left of its line: below a curve that is still above a half.
        wide = text_width(text, WORDS, bold=True)
        at = plot.x(times[0]) - 0.07 - wide
        if at < plot.sheet.left:
            at = min(plot.x(times[0]) + 0.07, WIDTHS[width] - EDGE - wide)
        plot.sheet.write(at, plot.y(0.0) - 0.12, text, size=WORDS, va="center_baseline", color=INK, weight="bold",
                         name="median")  # fmt: skip
