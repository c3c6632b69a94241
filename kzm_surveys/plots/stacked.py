"""Likert batteries: bars of 100 % stacked from the steps of one scale, or on both sides of its middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, percent, round_half_up
from kzm_surveys.plots.lettering import line_height, text_width, wrapped
from kzm_surveys.plots.likert import Battery, Neutral, Order, Question, apart_of, battery_of, listed
from kzm_surveys.plots.likert_columns import columns_of, notes_of
from kzm_surveys.plots.palette import INK, MUTED, diverging, letters_on, sequential
from kzm_surveys.plots.rows import Row, RowPlot, Scale, row_plot
from kzm_surveys.plots.sheet import NUMBERS, Frame, Key
from kzm_surveys.plots.style import WIDTHS, Width, house_style
from kzm_surveys.plots.words import frame_of, word

Form = Literal["stacked", "diverging"]
Colours = Literal["sequential", "diverging"]

#: Inches: thickness of a bar and of one with a small base, room beside a number in its segment.
_BAR, _THIN, _ROOM = 0.2, 0.13, 0.025
#: Inches between columns.
_APART = {"full": 0.1, "half": 0.07}
#: Between the bars and the neutral step that stands aside, and after it, in units of the scale.
_ASIDE, _END = 0.12, 0.01


def stacked_bars(
    items: Estimates | Sequence[Estimates], frame: Frame | None = None, *, form: Form = "stacked",
    neutral: Neutral = "centred", net: Sequence[str] = (), net_label: str = "", order: Order = "given",
    colours: Colours | None = None, aside: Estimates | Sequence[Estimates] = (), lang: Language = "sl",
    width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw a bar per question, or per group of one question, with a segment for each step of their scale.

    A question with a withheld share has no bar: the rest would give the share away. Bars with a small base are thinner.
    Whole percents stand in the segments that are wide enough for them; they are rounded each for itself.

    Parameters
    ----------
    items
        Shares (0-1) of all steps of one ordered scale for each bar, from the top: :func:`kzm_surveys.proportion` of
        each question, or of one question with ``by=``.
    frame
        Words around the plot; from the codebook if None.
    form
        "stacked": from 0 to 100 %. "diverging": the lower half of the scale left of zero, the upper half right of it.
    neutral
        Middle step of a scale with an odd number of steps, in diverging bars: "centred" on zero, "aside" in a column of
        its own with a zero of its own, or "split" into a half left and a half right of zero, its share in a column.
    net
        Names of steps whose shares together stand in a column before n.
    net_label
        Heading of that column; the labels of the steps if empty.
    order
        "given", or by "net", largest on top, which a note states.
    colours
        "sequential" from weak to strong, "diverging" from one pole to the other; by the form if None.
    aside
        Shares of those asked with a reason for a missing answer, which stand apart at the right:
        :func:`kzm_surveys.estimation.missing_shares.missing_share`, each reason for every bar.
    lang, width
        Language of the words; "full" or "half" of the text column, where labels stand above the bars.

    Raises
    ------
    WithheldError
        No question can be shown.
    FindingError
        Estimates that are no shares of one ordered scale, or repeat; options that do not go together; a figure too high
        or bars too short for the page; a letter that the font lacks.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> items = [kzm.proportion(design, f"annoyance_{source}") for source in ("road", "port")]
    >>> figure = stacked_bars(items, net=["very", "extremely"], order="net", lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "value"]
    ['31%', '25%', '494', '472']
    """
    parts = listed("items", items)
    battery = battery_of(parts, lang)
    chosen = _check(battery, form, neutral, net, order, colours, width)
    in_net = np.isin(battery.names, net)
    if order == "net":
        # NaN, the net of what is not shown, sorts last.
        falling = np.argsort([-question.shares[in_net].sum() for question in battery.questions], kind="stable")
        battery = replace(battery, questions=[battery.questions[i] for i in falling])
    apart = apart_of(listed("aside", aside), battery, lang)
    net_label = net_label or f"{NBSP}+ ".join(np.array(battery.labels)[in_net])
    frame = frame or frame_of(parts, lang)
    notes = notes_of(battery, apart, net_label, neutral, order, parts[0], lang)
    frame = replace(frame, notes=(*frame.notes, *notes))
    ramp = (diverging if chosen == "diverging" else sequential)(len(battery.names))
    keys = [Key(label, "area", colour) for label, colour in zip(battery.labels, ramp, strict=True)]
    if any(question.small and question.shown for question in battery.questions):
        keys.append(Key(word(lang, "small_base"), "thin", "white"))
    headings, cells = columns_of(battery, apart, in_net if len(net) else None, net_label, neutral, lang, width)
    starts, zeros, scale = _places(battery, form, neutral, lang, width)
    rows = [Row(question.label, values) for question, values in zip(battery.questions, cells, strict=True)]
    with house_style():
        plot = row_plot(
            frame, rows, scale, width=width, keys=keys, columns=headings, labels_above=width == "half", least=0.28,
            apart=_APART[width],
        )  # fmt: skip
        _zero_lines(plot, zeros)
        if neutral == "aside":
            lines = max(heading.count("\n") + 1 for heading in headings)
            _head_of_neutral(plot, zeros[1], battery.labels[len(battery.labels) // 2], lines, lang)
        _draw(plot, battery, starts, ramp, split=neutral == "split")
        _not_shown(plot, battery.questions, lang)
    return plot.figure


def _check(
    battery: Battery, form: Form, neutral: Neutral, net: Sequence[str], order: Order, colours: Colours | None,
    width: Width,
) -> Colours:  # fmt: skip
    """Refuse options that do not exist or do not go together; return the colours."""
    for name, value, allowed in (
        ("form", form, get_args(Form)), ("neutral", neutral, get_args(Neutral)), ("order", order, get_args(Order)),
        ("colours", colours, (None, *get_args(Colours))), ("width", width, WIDTHS),
    ):  # fmt: skip
        if value not in allowed:
            raise FindingError("stacked_bars: " + one_of(f"unknown {name}", value, allowed))
    if neutral != "centred" and form == "stacked":
        raise FindingError(f"stacked_bars: neutral='{neutral}' has no meaning in stacked bars. Give form='diverging'.")
    if neutral != "centred" and len(battery.names) % 2 == 0:
        raise FindingError(
            f"stacked_bars: neutral='{neutral}': a scale of {len(battery.names)} steps has no middle one. Leave "
            "neutral out."
        )
    if form == "diverging" and colours == "sequential":
        raise FindingError("stacked_bars: diverging bars need diverging colours. Leave colours out.")
    if isinstance(net, str):
        raise FindingError(f"stacked_bars: net must be a list of names of steps, found the text '{net}'.")
    for name in net:
        if name not in battery.names:
            raise FindingError("stacked_bars: net: " + one_of("unknown step", name, battery.names))
    if len(set(net)) < len(net) or len(net) == len(battery.names):
        raise FindingError(
            "stacked_bars: net needs some steps of the scale, each once, not all: their sum is the base."
        )
    if order == "net" and not len(net):
        raise FindingError("stacked_bars: order='net' needs the steps to sort by. Give net=.")
    return colours or ("diverging" if form == "diverging" else "sequential")


def _places(
    battery: Battery, form: Form, neutral: Neutral, lang: Language, width: Width
) -> tuple[FloatArray, list[float], Scale]:
    """(questions, steps) left ends of the segments (NaN where nothing is shown), places of the zeros, and the scale."""
    shares = np.array([question.shares for question in battery.questions])
    if form == "stacked":
        step = 0.25 if width == "half" else 0.2
        ticks = [round(step * i, 10) for i in range(round(1 / step) + 1)]
        return shares.cumsum(axis=1) - shares, [], Scale(0.0, 1.0, ticks, lambda share: percent(share, 0, lang))
    steps = shares.shape[1]
    side, odd = steps // 2, steps % 2 == 1
    drawn = shares.copy()
    if neutral == "aside":
        drawn[:, side] = 0.0
    left = drawn[:, :side].sum(axis=1) + (drawn[:, side] / 2 if odd else 0.0)
    starts = drawn.cumsum(axis=1) - drawn - left[:, None]
    ends = [np.nanmax(left), np.nanmax(drawn.sum(axis=1) - left)]
    low, high = (float(max(np.ceil(end * 10 - 1e-9) / 10, 0.1)) for end in ends)
    ticks = [round(0.2 * i, 10) for i in range(-int(low / 0.2 + 1e-9), int(high / 0.2 + 1e-9) + 1)]
    zeros = [0.0]
    if neutral == "aside":
        zeros.append(high + _ASIDE)
        starts[:, side] = np.where(np.isnan(shares[:, side]), np.nan, zeros[1])
        high = zeros[1] + float(np.nanmax(shares[:, side])) + _END
    return starts, zeros, Scale(-low, high, ticks, lambda share: percent(abs(share), 0, lang))


def _draw(plot: RowPlot, battery: Battery, starts: FloatArray, ramp: Sequence[str], *, split: bool) -> None:
    """Segments, a collection per step, and the numbers that fit into them."""
    shares = np.array([question.shares for question in battery.questions])
    thickness = np.array([_THIN if question.small else _BAR for question in battery.questions])
    for step, (name, colour) in enumerate(zip(battery.names, ramp, strict=True)):
        here = np.flatnonzero(shares[:, step] > 0)
        left, size, y, thick = starts[here, step], shares[here, step], plot.y[here], thickness[here]
        halved = split and step == len(ramp) // 2
        if halved:
            left, size = np.concatenate([left, left + size / 2]), np.concatenate([size, size]) / 2
            y, thick = np.concatenate([y, y]), np.concatenate([thick, thick])
        plot.bars(y, left, left + size, thick, colour, name=f"share_{name}")
        if halved:  # its share stands in a column
            continue
        letters = letters_on(colour)
        for start, share, middle in zip(left, size, y, strict=True):
            text = _whole(float(share))
            if text_width(text, NUMBERS) + 2 * _ROOM <= share / plot.per_inch:
                plot.write(float(start + share / 2), float(middle), text, name="number", align="center", colour=letters)


def _whole(share: float) -> str:
    """Whole percents without the sign, which stands on the axis."""
    return str(round_half_up(100 * share, 0))


def _zero_lines(plot: RowPlot, zeros: Sequence[float]) -> None:
    """Lines behind the bars where they begin."""
    if zeros:
        lines = [[(x, top), (x, bottom)] for x in zeros for top, bottom in plot.rooms]
        plot.axes.add_collection(
            LineCollection(lines, colors=INK, linewidths=0.8, gid="zero", zorder=1.2), autolim=False
        )


def _head_of_neutral(plot: RowPlot, zero: float, label: str, lines: int, lang: Language) -> None:
    """Label of the neutral step over its bars, beside the last of some lines of headings, and their zero under them."""
    if text_width(label, NUMBERS) <= (plot.scale.high - zero) / plot.per_inch:
        top = (lines - 1) * line_height(NUMBERS)
        plot.sheet.write(plot.inches(zero), top, label, size=NUMBERS, va="top", style="italic", name="column")
    last, text = plot.scale.ticks[-1], percent(0.0, 0, lang)
    taken = plot.inches(last) + text_width(plot.scale.write(last), NUMBERS) / 2
    if plot.inches(zero) - text_width(text, NUMBERS) / 2 >= taken + 0.06:
        plot.sheet.write(plot.inches(zero), plot.sheet.height + 0.04, text, size=NUMBERS, ha="center", va="top",
                         color=MUTED, name="tick")  # fmt: skip


def _not_shown(plot: RowPlot, questions: Sequence[Question], lang: Language) -> None:
    """Words in the place of bars that are withheld or have nobody behind them; only the mark where words do not fit."""
    for question, middle in zip(questions, plot.y, strict=True):
        if question.shown:
            continue
        lines = (
            wrapped(catalogue.text(lang, "withheld"), plot.sheet.width - 0.05, NUMBERS) if question.withheld else ["–"]
        )
        if len(lines) > 2:
            lines = [MARKS["small_cell"]]
        for number, line in enumerate(lines):
            y = float(middle) + (number - (len(lines) - 1) / 2) * line_height(NUMBERS)
            plot.write(plot.scale.low, y, line, name="withheld", gap=0.03, colour=MUTED, blank=True, style="italic")
