"""Horizontal bars: the options of a select-all set, the themes of open answers, the categories of a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from matplotlib.figure import Figure

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import FindingError, WithheldError, one_of
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Labels, row_names
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.lettering import text_width
from kzm_surveys.plots.palette import BAR, GROUPS, INK, MUTED
from kzm_surveys.plots.protected import protected
from kzm_surveys.plots.rows import Row, RowPlot, row_plot, share_scale
from kzm_surveys.plots.sheet import NUMBERS, Frame, Key
from kzm_surveys.plots.style import Width, house_style
from kzm_surveys.plots.words import frame_of, interval_words, withheld_words, word

Order = Literal["given", "estimate"]
#: More bars than this beside each other for one option cannot be compared.
MOST_GROUPS = 3
_HATCHES = ("", "////", "....")
#: Inches: between a bar and its number, and from bar to bar of one option.
_GAP, _STEP = 0.05, 0.14
_ROUNDING = 1e-6


@dataclass(frozen=True)
class _Bar:
    """A row of the estimates; `hidden` if it is withheld, or would give a withheld one away."""

    row: Estimate
    hidden: bool

    @property
    def shown(self) -> bool:
        return self.row.printable and not self.hidden


@dataclass(frozen=True)
class _Option:
    """A row of the plot: its label, its bar in each group, and whether it is one such as "other" or "none"."""

    label: str
    bars: Sequence[_Bar]
    last: bool


def bars(
    estimates: Estimates, frame: Frame | None = None, *, order: Order = "given", lang: Language = "sl",
    width: Width = "full",
) -> Figure:  # fmt: skip
    """Draw a bar per row of the estimates from the top, with its percentage; of up to three groups beside each other.

    Probability samples get whiskers; opt-in samples have no intervals and get none. Withheld shares are named and have
    no bar, nor has the share that would give one away; bars of a small base are hollow. Rows with different bases show
    each its n. Where several answers were possible, a note says so (:func:`set_notes`).

    Parameters
    ----------
    estimates
        Shares (0-1), such as :func:`kzm_surveys.multiple_response` gives.
    frame
        Words around the plot; from the codebook if None.
    order
        "given", or "estimate": from the highest share (of the first group) down; what is not shown follows, and the
        codebook's "other" and exclusive options are last. A note states this rule.
    lang, width
        Language of the words; "full" or "half" of the text column of an A4 page.

    Raises
    ------
    WithheldError
        Every value is withheld or missing.
    FindingError
        No rows, a row that stands twice, no shares, more than three groups; the figure would be higher than a page, or
        the font lacks a character.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> figure = bars(kzm.multiple_response(design, "health"), lang="en")
    >>> [text.get_text() for text in figure.texts if text.get_gid() == "label"][0]
    'disturbed sleep'
    """
    if order not in ("given", "estimate"):
        raise FindingError(one_of("bars: unknown order", order, ("given", "estimate")))
    _check(estimates)
    groups, options = _options(estimates, Labels(estimates.design, lang))
    if not any(bar.shown for option in options for bar in option.bars):
        raise WithheldError("bars: every value is withheld or missing.")
    notes = set_notes(estimates, lang)
    if order == "estimate":
        options = sorted(options, key=_rank)
        notes = (*notes, _order_note(options, groups, lang))
    frame = frame or frame_of(estimates, lang)
    frame = replace(frame, notes=(*frame.notes, *(note for note in notes if note not in frame.notes)))
    with house_style():
        return _drawn(frame, groups, options, estimates.level, lang, width)


def set_notes(estimates: Estimates, lang: Language) -> tuple[str, ...]:
    """Say that shares of a select-all set may exceed 100 % together, or what themes of open answers are.

    Parameters
    ----------
    estimates
        Shares; those of other questions, and shares of all answers, need no note.
    lang
        Language.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> set_notes(kzm.multiple_response(design, "health"), "en")
    ('Several answers were possible, so the shares may add up to more than one hundred per cent.',)
    """
    codebook = estimates.design.survey.codebook if estimates.design.survey else None
    if codebook is None:
        return ()
    shares = [row.variable for row in estimates if row.statistic == "proportion" and row.variable in codebook]
    found = dict.fromkeys(codebook[name].source for name in shares)
    several = any(name in codebook.questions and codebook.questions[name].kind == "multiple" for name in found)
    themes = any(name in codebook.derived and codebook.derived[name].kind == "themes" for name in found)
    return tuple(word(lang, key) for key, said in (("several", several), ("themes", themes)) if said)


def _check(estimates: Estimates) -> None:
    if not isinstance(estimates, Estimates):
        raise FindingError(f"bars: Estimates are needed, found {type(estimates).__name__}.")
    rows = estimates.rows
    if not rows:
        raise FindingError("bars: there are no estimates to draw. Give shares, such as kzm.multiple_response returns.")
    for row in rows:
        if not is_share(row.statistic) or not (np.isnan(row.estimate) or -_ROUNDING <= row.estimate <= 1 + _ROUNDING):
            raise FindingError(
                f"bars draw shares from 0 to 1; '{row.variable}' is a {row.statistic} of {row.estimate:g}. "
                "Use kzm.proportion or kzm.multiple_response."
            )
    keys = [(row.variable, row.category, row.by, row.by_category) for row in rows]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise FindingError(f"bars: {' / '.join(str(part) for part in twice if part)} stands twice in the estimates.")


def _options(estimates: Estimates, labels: Labels) -> tuple[list[str], list[_Option]]:
    """Labels of the groups, none if each row is an option of its own, and the options."""
    rows = estimates.rows
    drawn = [
        _Bar(row, hidden) for row, hidden in zip(rows, [row.withheld for row in protected(estimates)], strict=True)
    ]
    groups = list(dict.fromkeys(row.by_category for row in rows))
    keys = list(dict.fromkeys((row.variable, row.category) for row in rows))
    if len(groups) < 2 or len(keys) < 2:
        names = row_names(rows, labels)[1]
        return [], [_Option(name, [bar], _is_last(bar.row, labels)) for name, bar in zip(names, drawn, strict=True)]
    by = rows[0].by or ""
    if len(groups) > MOST_GROUPS:
        raise FindingError(
            f"bars: '{by}' has {len(groups)} groups, too many for bars beside each other; at most {MOST_GROUPS}. "
            "Merge groups, or draw one option by group."
        )
    at = {(bar.row.variable, bar.row.category, bar.row.by_category): bar for bar in drawn}
    if len(at) < len(groups) * len(keys):
        raise FindingError(f"bars: not every option has an estimate in each group of '{by}'. Estimate all groups.")
    names = row_names([at[*key, groups[0]].row for key in keys], labels)[1]
    options = [
        _Option(name, [at[*key, group] for group in groups], _is_last(at[*key, groups[0]].row, labels))
        for name, key in zip(names, keys, strict=True)
    ]
    return [labels.category(by, group or "") for group in groups], options


def _is_last(row: Estimate, labels: Labels) -> bool:
    """Tell an option such as "other" or "none"."""
    known = labels.codebook[row.variable] if labels.codebook and row.variable in labels.codebook else None
    return known is not None and (known.other or known.exclusive)


def _rank(option: _Option) -> tuple[bool, bool, float]:
    """Place by the share in the first group; one that is not shown has none, and keeps its order like the last ones."""
    first = option.bars[0]
    ranked = first.shown and not option.last
    return option.last, not ranked, -first.row.estimate if ranked else 0.0


def _order_note(options: Sequence[_Option], groups: Sequence[str], lang: Language) -> str:
    rule = word(lang, "sorted_by_group", group=groups[0]) if groups else word(lang, "sorted")
    last = [option.label for option in options if option.last]
    if any(not option.bars[0].shown for option in options if not option.last):
        last.insert(0, word(lang, "rows_not_shown"))
    return word(lang, "sorted_last", rule=rule, last="; ".join(last)) if last else f"{rule}."


def _drawn(
    frame: Frame, groups: Sequence[str], options: Sequence[_Option], level: float, lang: Language, width: Width
) -> Figure:
    count = len(options[0].bars)
    shown = [bar.row for option in options for bar in option.bars if bar.shown]
    several = not groups and len({option.bars[0].row.n for option in options}) > 1
    rows = [Row(each.label, [decimal(each.bars[0].row.n, 0, lang)] if several else []) for each in options]
    plot = row_plot(
        frame, rows, share_scale(float(np.nanmax([(row.estimate, row.ci_high) for row in shown])), lang), width=width,
        keys=_keys(groups, options, shown, level, lang), columns=["n"] if several else [],
        least=0.27 if count == 1 else count * _STEP + 0.1, beyond=text_width(percent(1.0, 1, lang), NUMBERS) + 2 * _GAP,
    )  # fmt: skip
    for place in range(count):
        bars = [option.bars[place] for option in options]
        _draw(plot, plot.y + (place - (count - 1) / 2) * _STEP, bars, place if groups else None)
        for bar, y in zip(bars, plot.y + (place - (count - 1) / 2) * _STEP, strict=True):
            _write(plot, bar, y, lang)
    return plot.figure


def _draw(plot: RowPlot, y: FloatArray, bars: Sequence[_Bar], group: int | None) -> None:
    """Draw the bars of a group, hollow if their base is small, and the intervals that exist."""
    colour, hatch = (BAR, "") if group is None else (GROUPS[group], _HATCHES[group])
    for small in (False, True):
        at = [i for i, bar in enumerate(bars) if bar.shown and _is_small(bar.row) == small]
        if at:
            share = np.array([bars[i].row.estimate for i in at])
            plot.bars(
                y[at], np.zeros(len(at)), share, 0.18 if group is None else _STEP - 0.02, "white" if small else colour,
                name="small base" if small else "share", hatch=hatch, outline=small or group is not None,
            )  # fmt: skip
    known = [i for i, bar in enumerate(bars) if bar.shown and _has_interval(bar.row)]
    if known:
        ends = np.clip([(bars[i].row.ci_low, bars[i].row.ci_high) for i in known], 0, 1)
        # White beside the line keeps it apart from dark and hatched bars.
        for colour, name, wide in (("white", "halo", 2.6), (INK, "interval", 1.0)):
            plot.lines(y[known], ends[:, 0], ends[:, 1], colour, name=name, width=wide)


def _write(plot: RowPlot, bar: _Bar, y: float, lang: Language) -> None:
    """Write the share behind its bar or interval, or what stands in its place."""
    row = bar.row
    if bar.shown:
        end = max(min(row.ci_high, 1.0), row.estimate) if _has_interval(row) else row.estimate
        plot.write(end, y, percent(row.estimate, 1, lang), name="number", gap=_GAP, blank=True)
    elif row.withheld or bar.hidden:
        words = withheld_words(lang, plot.sheet.width)
        plot.write(0.0, y, words, name="withheld", gap=_GAP, colour=MUTED, style="italic", blank=True)
    else:
        plot.write(0.0, y, "–", name="number", gap=_GAP, colour=MUTED)


def _keys(
    groups: Sequence[str], options: Sequence[_Option], shown: Sequence[Estimate], level: float, lang: Language
) -> list[Key]:
    """Entries for the groups with their bases, for bars of a small base, and for intervals."""
    keys = []
    for place, group in enumerate(groups):
        bases = [option.bars[place].row.n for option in options]
        n = "–".join(decimal(base, 0, lang) for base in dict.fromkeys((min(bases), max(bases))))
        label = word(lang, "group_n", group=group, n=n)
        keys.append(Key(label, "area", GROUPS[place], hatch=_HATCHES[place]))
    if any(_is_small(row) for row in shown):
        keys.append(Key(word(lang, "small_base"), "area", "white"))
    if any(_has_interval(row) for row in shown):
        keys.append(Key(interval_words(level, lang), "line", INK))
    return keys


def _is_small(row: Estimate) -> bool:
    return "small_base" in row.flag.split()


def _has_interval(row: Estimate) -> bool:
    return bool(np.isfinite(row.ci_low) and np.isfinite(row.ci_high))
