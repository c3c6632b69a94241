"""What stands beside the bars of a Likert battery: columns of numbers, and sentences below."""

from __future__ import annotations

from collections.abc import Sequence

from kzm_surveys.arrays import BoolArray
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.printed_cells import base_words
from kzm_surveys.estimation.quality import MARKS, legend, thresholds
from kzm_surveys.language.numbers import Language, decimal, percent
from kzm_surveys.plots.lettering import evenly_wrapped, text_width
from kzm_surveys.plots.likert import Apart, Battery, Neutral, Order, Question
from kzm_surveys.plots.sheet import NUMBERS
from kzm_surveys.plots.style import Width
from kzm_surveys.plots.words import base_line, word

#: Inches: where headings wrap, and where the longest word of one does.
_HEADING, _LONGEST = {"full": 0.65, "half": 0.4}, 0.9


def columns_of(
    battery: Battery, apart: Sequence[Apart], in_net: BoolArray | None, net_label: str, neutral: Neutral,
    lang: Language, width: Width,
) -> tuple[list[str], list[list[str]]]:  # fmt: skip
    """Headings of the columns at the right, broken into lines, and their cells for every question.

    The share of a neutral step that is split, the net, n, and after a gap the reasons, which have another base.
    """

    def cell(question: Question, share: float) -> str:
        return MARKS["small_cell"] if question.withheld else percent(share, 0, lang) if question.shown else "–"

    middle = len(battery.names) // 2
    columns: list[tuple[str, list[str]]] = []
    if neutral == "split":
        columns.append((battery.labels[middle], [cell(each, each.shares[middle]) for each in battery.questions]))
    if in_net is not None:
        columns.append((net_label, [cell(each, each.shares[in_net].sum()) for each in battery.questions]))
    columns.append(("n", [decimal(question.n, 0, lang) for question in battery.questions]))
    if apart:
        columns.append(("", [""] * len(battery.questions)))
    for reason in apart:
        told = [
            percent(row.estimate, 0, lang) if row.printable else MARKS["small_cell"] if row.withheld else "–"
            for row in reason.rows
        ]
        columns.append((reason.label, told))
    headings = []
    for label, _ in columns:
        longest = max((text_width(part, NUMBERS) for part in label.split()), default=0.0)
        headings.append("\n".join(evenly_wrapped(label, min(max(longest, _HEADING[width]), _LONGEST), NUMBERS)))
    return headings, [list(values) for values in zip(*(values for _, values in columns), strict=True)]


def notes_of(
    battery: Battery, apart: Sequence[Apart], net_label: str, neutral: Neutral, order: Order, part: Estimates,
    lang: Language,
) -> list[str]:  # fmt: skip
    """Sentences on the order of the rows, the neutral step, the base of the reasons, the mark of what is withheld."""
    notes = _order_note(battery, order, net_label, lang)
    if neutral != "centred":
        notes.append(word(lang, f"likert_{neutral}", label=battery.labels[len(battery.labels) // 2]))
    return notes + _apart_note(apart, lang) + _withheld_note(part, battery, apart, lang)


def _order_note(battery: Battery, order: Order, net_label: str, lang: Language) -> list[str]:
    if order == "given":
        return []
    rule = word(lang, "likert_sorted", net=net_label)
    if all(question.shown for question in battery.questions):
        return [f"{rule}."]
    return [word(lang, "sorted_last", rule=rule, last=word(lang, "rows_not_shown"))]


def _apart_note(apart: Sequence[Apart], lang: Language) -> list[str]:
    """The base of the reasons; its size would give a withheld reason away as what the others and n leave of it."""
    if not apart:
        return []
    rows = [row for reason in apart for row in reason.rows]
    hidden = any(row.withheld for row in rows)
    base = base_words("asked", rows[0].where, lang) if hidden else base_line(rows, lang)
    reasons = ", ".join(word(lang, "likert_reason", label=reason.label) for reason in apart)
    return [word(lang, "likert_apart", reasons=reasons, base=base)]


def _withheld_note(part: Estimates, battery: Battery, apart: Sequence[Apart], lang: Language) -> list[str]:
    hidden = any(question.withheld for question in battery.questions)
    hidden = hidden or any(row.withheld for reason in apart for row in reason.rows)
    return [f"{sentence}." for sentence in legend(["small_cell"], thresholds(part.design), lang)] if hidden else []
