"""Forest plot: the ratios or differences of a model with their intervals, level by level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.model import Model
from kzm_surveys.estimation.printed_cells import decimals_of, part_words, standing_notes
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, decimal
from kzm_surveys.plots.forest_lines import FARTHEST, Line, model_lines, told
from kzm_surveys.plots.lettering import text_width, wrapped
from kzm_surveys.plots.palette import BLUE, INK
from kzm_surveys.plots.rows import Row, RowPlot, Scale, number_scale, row_plot
from kzm_surveys.plots.sheet import NUMBERS, WORDS, Frame, Key
from kzm_surveys.plots.style import WIDTHS, Width, check_width, house_style
from kzm_surveys.plots.words import interval_words, question, source_line, synthetic_mark, word

#: The scale of ratios reaches this far at least before it cuts intervals off.
_REACH = 32.0
#: Ticks of the scale of ratios; inches and lines that labels get beside the marks, more put them above.
_TICKS, _LABELS, _LINES = {"full": 7, "half": 5}, {"full": 2.1, "half": 0.75}, {"full": 3, "half": 2}
#: Inches for the plot and its margins beside labels and numbers; with less, labels stand above the marks.
_LEAST = 1.3


def forest(
    model: Model, frame: Frame | None = None, *, lang: Language = "sl", width: Width = "full"
) -> Figure:  # fmt: skip
    """Draw the odds ratios of a model with their intervals on a logarithmic scale, with a line at one.

    Each variable heads its categories, the reference first. A Poisson model gets its rate ratios, an identity link its
    differences on a linear scale with the line at zero. Intervals that reach over the scale end in an arrow. Levels
    with fewer answers than print allows are withheld; those with a small base are hollow.

    Parameters
    ----------
    model
        What :func:`kzm_surveys.glm` or :func:`kzm_surveys.ordinal` returns.
    frame
        Words around the plot; from the model and the codebook if None.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Every coefficient is withheld or cannot be estimated.
    FindingError
        Not a model, or one without predictors; an unknown width; the figure would be higher than a page; the font lacks
        a character.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> figure = forest(kzm.glm(design, "highly_annoyed_road ~ sex", family="binomial"))
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "label"]
    ['moški', 'ženske']
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "value"][0].replace(NBSP, " ")
    '1 (referenca)'
    """
    if not isinstance(model, Model):
        raise FindingError(f"forest: a Model of glm or ordinal is needed, found {type(model).__name__}.")
    check_width(width)
    ratios = model.link != "identity"
    lines = model_lines(model, Labels(model.design, lang), ratios, lang)
    shown = [line for line in lines if line.drawn]
    if not lines:
        raise FindingError(f"forest: the model '{model.formula}' has no predictors, so there is nothing to draw.")
    if not shown:
        raise WithheldError(f"forest: every coefficient of '{model.formula}' is withheld or cannot be estimated.")
    what = word(lang, _what(model))
    decimals = decimals_of([line.estimate for line in shown])
    rows = [
        Row(line.label, heading=True)
        if line.kind == "heading"
        else Row(line.label, [told(line, ratios, decimals, lang)])
        for line in lines
    ]
    ends = np.array([value for line in shown for value in (line.estimate, line.low, line.high)])
    scale = _ratio_scale(ends, width, lang) if ratios else _difference_scale(ends, lang)
    keys = [Key(what, "dot", marker="s")]
    if any(math.isfinite(line.low) for line in shown):
        interval = interval_words(model.level, lang)
        keys = [Key(word(lang, "with_interval", what=what, interval=interval), "interval", marker="s")]
    if any(line.small for line in shown):
        keys.append(Key(word(lang, "small_base"), "dot", hollow=True, marker="s"))
    if any(line.low < scale.low or line.high > scale.high for line in shown):
        keys.append(Key(word(lang, "beyond_scale"), "dot", marker=">"))
    frame = frame or _frame(model, what, lang)
    if any(line.kind == "withheld" for line in lines):
        # The column of numbers has room for the short words only.
        frame = replace(frame, notes=(*frame.notes, f"{catalogue.text(lang, 'withheld')}."))
    labels = [wrapped(line.label, _LABELS[width], WORDS) for line in lines if line.kind != "heading"]
    numbers = max(text_width(text, NUMBERS) for row in rows for text in (*row.values, what))
    beside = max(text_width(part, WORDS) for parts in labels for part in parts)
    above = max(len(parts) for parts in labels) > _LINES[width]
    above = above or WIDTHS[width] - beside - numbers < _LEAST
    with house_style():
        plot = row_plot(
            frame, rows, scale, width=width, keys=keys, columns=[what], least=0.2 if above else 0.25,
            labels=_LABELS[width], labels_above=above,
        )  # fmt: skip
        plot.upright(1.0 if ratios else 0.0, 0.0, plot.sheet.height, INK, name="none", dash="-")
        _draw(plot, lines)
    return plot.figure


def _what(model: Model) -> str:
    return {"logit": "odds_ratio", "log": "rate_ratio"}.get(model.link, "difference")


def _ratio_scale(values: np.ndarray, width: Width, lang: Language) -> Scale:
    """Scale of equal ratios around one that holds all estimates, and intervals up to a limit."""
    estimates = np.concatenate([values[::3], 1 / values[::3]])
    reach = max(_REACH, 2 * float(estimates[estimates <= FARTHEST / 2].max(initial=1.0)))
    known = values[~np.isnan(values)]
    low, high = (float(np.clip(end, 1 / reach, reach)) for end in (min(known.min(), 1.0), max(known.max(), 1.0)))
    for base in (2, 4, 10, 100, 1000):
        first = math.floor(math.log(low, base) + 1e-9)
        last = math.ceil(math.log(high, base) - 1e-9)
        if last - first < _TICKS[width] and (base >= 10 or base**first >= 1 / 16):
            break
    if first == last:
        first, last = -1, 1
    ticks = [float(base) ** power for power in range(first, last + 1)]

    def write(tick: float) -> str:
        return decimal(
            tick, next(places for places in range(12) if abs(round(tick, places) - tick) < 1e-9 * tick), lang
        )

    return Scale(ticks[0], ticks[-1], ticks, write, log=True)


def _difference_scale(values: np.ndarray, lang: Language) -> Scale:
    known = values[np.isfinite(values)]
    return number_scale(min(float(known.min()), 0.0), max(float(known.max()), 0.0), lang)


def _draw(plot: RowPlot, lines: Sequence[Line]) -> None:
    low, high = plot.scale.low, plot.scale.high
    shown = [(y, line) for y, line in zip(plot.y.tolist(), lines, strict=True) if line.drawn]
    # An interval that lies wholly beyond the scale has its arrow only.
    ends = np.array(
        [(y, max(line.low, low), min(line.high, high)) for y, line in shown if line.low < high and line.high > low]
    )
    if len(ends):
        plot.lines(ends[:, 0], ends[:, 1], ends[:, 2], BLUE, name="interval")
    for small, name in ((False, "ratio"), (True, "small base")):
        at = [(line.estimate, y) for y, line in shown if line.small == small and low <= line.estimate <= high]
        x, y = np.array(at).reshape(-1, 2).T
        plot.dots(x, y, BLUE, name=name, hollow=small, marker="s", size=4.8)
    for name, marker, edge, over in (
        ("below", "<", low, [y for y, line in shown if min(line.low, line.estimate) < low]),
        ("beyond", ">", high, [y for y, line in shown if max(line.high, line.estimate) > high]),
    ):
        plot.dots(np.full(len(over), edge), np.array(over), BLUE, name=name, marker=marker, size=4.5)


def _frame(model: Model, what: str, lang: Language) -> Frame:
    """Words of the model: what is modelled, how, and for whom."""
    labels, design = Labels(model.design, lang), model.design
    name, _, category = model.response.partition(" = ")
    response = labels.variable(name)
    if category:
        response = f"{response}: {labels.category(name, category)}"
    base = catalogue.text(lang, "tables.base_of_model")
    if model.where is not None:
        base = f"{base} ({part_words(model.where, lang)})"
    base = catalogue.text(lang, "base_n").format(base=base, n=decimal(model.n, 0, lang))
    kind = {"odds_ratio": "of_odds", "rate_ratio": "of_rates", "difference": "of_differences"}[_what(model)]
    note = word(lang, "of_ordinal" if model.family == "ordinal" else kind, response=response)
    return Frame(
        title=f"{response[:1].upper()}{response[1:]} – {what}", subtitle=question(design, [name], lang),
        base=f"{base.replace(' = ', f'{NBSP}={NBSP}')}.", source=source_line(design, lang),
        mark=synthetic_mark(design, lang), notes=(note, *standing_notes(design, lang, synthetic=False)),
    )  # fmt: skip
