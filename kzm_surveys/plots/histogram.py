"""Columns over a scale of whole numbers, such as 0 to 10, with quantiles and the mean under it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.lettering import line_height, text_width
from kzm_surveys.plots.palette import BAR, BLUE, INK, MUTED, ORANGE
from kzm_surveys.plots.protected import ROUNDING, left_out
from kzm_surveys.plots.rows import Scale, share_scale
from kzm_surveys.plots.sheet import EDGE, NUMBERS, Frame, Key
from kzm_surveys.plots.style import Width, check_width, house_style
from kzm_surveys.plots.upright import UprightPlot, spread, upright_plot
from kzm_surveys.plots.words import frame_of, interval_words, word

#: More columns than this are too thin beside each other.
MOST_VALUES = 31
_HEIGHT = {"full": 1.9, "half": 1.6}
_COLUMN = 0.74
#: Inches above the highest column for its number.
_NUMBER = 0.19
_QUARTILES = {"0.25": "lower_quartile", "0.5": "median", "0.75": "upper_quartile"}


def histogram(
    shares: Estimates, frame: Frame | None = None, *, quantiles: Estimates | None = None, mean: Estimates | None = None,
    lang: Language = "sl", width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw a column per whole number of a scale, also for those that nobody gave; "–" where no share is given.

    Probability samples get whiskers; opt-in samples have no intervals and get none. Withheld shares are marked "z" and
    have no column; if there is only one, neither has the smallest other, which would give it away.

    Parameters
    ----------
    shares
        Shares (0-1) of the values of one variable: :func:`kzm_surveys.proportion` of whole numbers, for everybody or
        for one group.
    frame
        Words around the plot; from the codebook if None.
    quantiles
        :func:`kzm_surveys.quantile` of the same variable, marked under the columns, a line between the quartiles.
    mean
        :func:`kzm_surveys.mean` of it.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Every value is withheld or missing.
    FindingError
        No estimates; the categories are not whole numbers, there are several variables, groups or rows of one value, or
        more values than can be told apart; an unknown width.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> shares = kzm.proportion(design, "annoyance_overall")
    >>> figure = histogram(shares, quantiles=kzm.quantile(design, "annoyance_overall", [0.25, 0.5, 0.75]), lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "quantile"]
    ['lower quartile 3', 'median 4', 'upper quartile 6']
    """
    check_width(width)
    for given in (shares, quantiles, mean):
        if not isinstance(given, Estimates) and (given is not None or given is shares):
            raise FindingError(f"histogram: Estimates are needed, found {type(given).__name__}.")
    values = _values(shares)
    rows = shares.rows
    name = rows[0].variable
    estimate, low, high = (np.array([getattr(row, each) for row in rows]) for each in ("estimate", "ci_low", "ci_high"))
    hidden = left_out([name] * len(rows), estimate, np.array([row.withheld for row in rows]))
    shown = ~hidden & np.isfinite(estimate)
    if not (estimate[shown] > 0).any():
        raise WithheldError("histogram: every value is withheld or missing.")
    weak = np.array(["small_base" in row.flag.split() for row in rows])
    marks = [] if quantiles is None else list(_of_variable(quantiles, name, "quantile"))
    means = [] if mean is None else list(_of_variable(mean, name, "mean"))
    labels = Labels(shares.design, lang)
    frame = frame or frame_of(shares, lang)
    if hidden.any():
        frame = replace(frame, notes=(*frame.notes, catalogue.text(lang, "withheld")))
    told = [row.estimate for row in (*marks, *means) if row.printable]
    first, last = _ends(shares, np.concatenate([values, told]))
    across = Scale(first - 0.5, last + 0.5, [float(i) for i in range(first, last + 1)], lambda v: decimal(v, 0, lang))
    intervals = shown & np.isfinite(low) & np.isfinite(high)
    tops = np.where(intervals, high, estimate)
    with house_style():
        plot = upright_plot(
            frame, across, _up(float(tops[shown].max()), _HEIGHT[width], lang), plot_height=_HEIGHT[width], width=width,
            keys=_keys(marks, means, intervals, weak & shown, shares.level, labels),
            below=0.22 + (0.12 if marks or means else 0.0) + (0.1 + line_height(NUMBERS) if marks else 0.0),
        )  # fmt: skip
        _columns(plot, values[shown & ~weak], estimate[shown & ~weak], "share", hollow=False)
        _columns(plot, values[shown & weak], estimate[shown & weak], "share_of_small_base", hollow=True)
        if intervals.any():
            ends = zip(values[intervals], low[intervals], high[intervals], strict=True)
            plot.lines([np.array([(v, a), (v, b)]) for v, a, b in ends], INK, name="interval", width=0.9)
        # Values without a row are nobody's answer only if the others are all there is.
        whole = abs(float(np.nansum(estimate)) - 1) <= ROUNDING
        unknown = {*values[~shown & ~hidden]} | (set() if whole else {*across.ticks} - {*values})
        _numbers(plot, values, estimate, tops, shown, {*values[hidden]} | unknown, lang)
        for mark, name, places in ((MARKS["small_cell"], "withheld", {*values[hidden]}), ("–", "missing", unknown)):
            for value in sorted(places):
                plot.sheet.write(plot.x(value), plot.y(0.0) - 0.03, mark, size=NUMBERS, ha="center", va="baseline",
                                 color=MUTED, style="italic", name=name)  # fmt: skip
        _strip(plot, [row for row in marks if row.printable], [row for row in means if row.printable], labels)
    return plot.figure


def _values(shares: Estimates) -> FloatArray:
    """(rows,) the whole numbers that the rows are shares of."""
    rows = shares.rows
    if not rows:
        raise WithheldError("histogram: there are no estimates.")
    wholes = {(row.variable, row.by, row.by_category) for row in rows}
    if len(wholes) > 1 or rows[0].statistic != "proportion":
        found = ", ".join(dict.fromkeys(f"{row.statistic} of '{row.variable}'" for row in rows[:8]))
        raise FindingError(
            f"histogram: shares of one variable in one group are needed, found {found}"
            f"{' by groups' if rows[0].by else ''}. Give proportion(design, variable, where=...)."
        )
    values = []
    for row in rows:
        try:
            values.append(float(row.category or ""))
        except ValueError:
            values.append(np.nan)
        if not values[-1].is_integer():
            raise FindingError(
                f"histogram: '{row.category}' of '{row.variable}' is no whole number. Draw bars of categories."
            )
    if len(set(values)) < len(values):
        raise FindingError(f"histogram: '{rows[0].variable}' has two rows for one value.")
    return np.array(values)


def _of_variable(estimates: Estimates, name: str, statistic: str) -> Sequence[Estimate]:
    wrong = [row for row in estimates if row.variable != name or row.statistic != statistic]
    if wrong:
        raise FindingError(
            f"histogram: a {statistic} of '{name}' is needed, found {wrong[0].statistic} of '{wrong[0].variable}'."
        )
    if len({row.category for row in estimates}) < len(estimates):
        raise FindingError(f"histogram: a {statistic} of several groups is given. Give that of the columns' group.")
    return estimates.rows


def _ends(shares: Estimates, values: FloatArray) -> tuple[int, int]:
    """Both ends of the scale: those of the codebook, or of the values where there are none or they lie far apart."""
    survey, name = shares.design.survey, shares.rows[0].variable
    low, high = int(np.floor(values.min())), int(np.ceil(values.max()))
    known = survey.codebook[name] if survey and name in survey.codebook else None
    if known is not None and known.minimum is not None and known.maximum is not None:
        whole = min(low, int(known.minimum)), max(high, int(known.maximum))
        low, high = whole if whole[1] - whole[0] < MOST_VALUES else (low, high)
    if high - low >= MOST_VALUES:
        raise FindingError(
            f"histogram: '{name}' runs from {low} to {high}; at most {MOST_VALUES} values can be drawn beside each "
            "other. Declare bands in the codebook and draw bars of them."
        )
    return low, high


def _up(top: float, height: float, lang: Language) -> Scale:
    """Scale of the shares with room for the number above the highest column or whisker."""
    scale = share_scale(top, lang)
    return replace(scale, high=max(scale.high, top / (1 - _NUMBER / height)))


def _keys(
    marks: Sequence[Estimate], means: Sequence[Estimate], intervals: BoolArray, weak: BoolArray, level: float,
    labels: Labels,
) -> list[Key]:  # fmt: skip
    lang = labels.lang
    keys = [Key(interval_words(level, lang), "line", INK)] if intervals.any() else []
    keys += [Key(word(lang, "small_base"), "area", "white")] if weak.any() else []
    if {"0.25", "0.75"} <= {row.category for row in marks if row.printable}:
        keys.append(Key(word(lang, "middle_half"), "line", BLUE))
    keys += [Key(f"{labels.text('mean')} {_told(row, 1, lang)}", "dot", ORANGE, marker="D") for row in means]
    return keys


def _told(row: Estimate, most: int, lang: Language) -> str:
    """A number with as many decimals as it has, or the word for a withheld one."""
    if not row.printable:
        return catalogue.text(lang, "withheld") if row.withheld else "–"
    return decimal(row.estimate, 0 if row.statistic == "quantile" and row.estimate.is_integer() else most, lang)


def _columns(plot: UprightPlot, values: FloatArray, shares: FloatArray, name: str, *, hollow: bool) -> None:
    if not len(values):
        return
    half = _COLUMN / 2
    corners = [
        np.array([(v - half, 0), (v - half, share), (v + half, share), (v + half, 0)])
        for v, share in zip(values, shares, strict=True)
    ]
    plot.areas(corners, "white" if hollow else BAR, name=name, edge=BAR if hollow else "none")


def _numbers(
    plot: UprightPlot, values: FloatArray, shares: FloatArray, tops: FloatArray, shown: BoolArray,
    without: AbstractSet[float], lang: Language,
) -> None:  # fmt: skip
    """Percentages above the columns, 0 where no row is: with decimals and sign, without them, or none, as they fit."""
    places = dict(zip(values[shown].tolist(), zip(shares[shown], tops[shown], strict=True), strict=True))
    told = {tick: places.get(tick, (0.0, 0.0)) for tick in plot.across.ticks if tick not in without}
    room = plot.x(1.0) - plot.x(0.0) - 0.04
    forms = (
        [percent(share, 1, lang) for share, _ in told.values()],
        [percent(share, 0, lang) for share, _ in told.values()],
        [decimal(100 * share, 0, lang) for share, _ in told.values()],
    )
    texts = next((form for form in forms if max(text_width(text, NUMBERS) for text in form) <= room), None)
    if texts is None:
        return
    made = plot.sheet
    tops_inches = [plot.y(top) - 0.03 for _, top in told.values()]
    halves = [text_width(text, NUMBERS) / 2 + 0.015 for text in texts]
    blanks = [
        np.array([plot.at(plot.x(tick) + x, y - dy) for x, dy in ((-half, 0), (-half, 0.1), (half, 0.1), (half, 0))])
        for tick, y, half in zip(told, tops_inches, halves, strict=True)
    ]
    plot.areas(blanks, "white", name="blank", order=1.2)
    for tick, y, text in zip(told, tops_inches, texts, strict=True):
        made.write(plot.x(tick), y, text, size=NUMBERS, ha="center", va="baseline", color=INK, name="number")


def _strip(plot: UprightPlot, marks: Sequence[Estimate], means: Sequence[Estimate], labels: Labels) -> None:
    """Quantiles and mean on a line of their own under the numbers of the axis, the quantiles named below it."""
    made = plot.sheet
    y = made.height + 0.04 + line_height(NUMBERS) + 0.06
    level = plot.at(0.0, y)[1]
    ends = {row.category: row.estimate for row in marks}
    if {"0.25", "0.75"} <= set(ends):
        plot.lines([np.array([(ends["0.25"], level), (ends["0.75"], level)])], BLUE, name="middle_half", width=1.6)
    if means:
        plot.dots(np.array([row.estimate for row in means]), np.full(len(means), level), ORANGE, name="mean",
                  marker="D", size=4.5)  # fmt: skip
    if not marks:
        return
    plot.dots(np.array([row.estimate for row in marks]), np.full(len(marks), level), BLUE, name="quantiles", marker="|",
              size=8)  # fmt: skip
    texts = [f"{_quantile_word(row.category or '', labels)} {_told(row, 1, labels.lang)}" for row in marks]
    sizes = np.array([text_width(text, NUMBERS) + 0.12 for text in texts])
    room = made.figure.get_figwidth() - 2 * EDGE + 0.12
    if sizes.sum() > room:
        raise FindingError(
            f"histogram: the names of {len(texts)} quantiles do not fit side by side in the width of the figure. "
            "Give fewer."
        )
    at = np.array([plot.x(row.estimate) for row in marks])
    places = spread(at, sizes, EDGE - 0.06, EDGE - 0.06 + room)
    under = y + 0.1
    for start, place, text in zip(at, places, texts, strict=True):
        made.write(place, under + 0.06, text, size=NUMBERS, ha="center", va="top", color=INK, name="quantile")
        if abs(place - start) > 0.05:
            leader = [plot.at(start, y + 0.05), plot.at(place, under + 0.04)]
            plot.lines([np.array(leader)], MUTED, name="leader", width=0.5)


def _quantile_word(category: str, labels: Labels) -> str:
    if category in _QUARTILES:
        return word(labels.lang, _QUARTILES[category])
    return f"{labels.text('quantile')} {labels.number(float(category), len(category.partition('.')[2]))}"
