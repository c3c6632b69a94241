"""Cells and notes of printed results: numbers with their marks, intervals, bases."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.quality import justification, marks
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import MINUS, Language, decimal, percent


def p_value(p: float, lang: Language) -> str:
    """Print a p-value with three decimals.

    Examples
    --------
    >>> p_value(0.0421, "sl"), p_value(0.00001, "en")
    ('p = 0,042', 'p < 0.001')
    """
    return f"p < {decimal(0.001, 3, lang)}" if p < 0.001 else f"p = {decimal(p, 3, lang)}"


def is_share(statistic: str) -> bool:
    """Tell a share (0-1), printed as a percentage, from other statistics."""
    return "proportion" in statistic or "share" in statistic


def base_words(base: str, where: str | None, lang: Language) -> str:
    """Words for the base, with the subgroup where there is one."""
    words = catalogue.text(lang, f"base_{base}")
    if where is None:
        return words
    part = catalogue.text(lang, "tables.part" if where == "mask" else "tables.where").format(where=where)
    return f"{words} ({part})"


def standing_notes(design: SurveyDesign, lang: Language, *, synthetic: bool = True) -> list[str]:
    """Notes on the sample that belong below every result: why an opt-in one has margins of error, invented answers."""
    notes = []
    if design.sampling == "opt_in" and design.infers:
        notes.append(Labels(design, lang).text("justified", reason=justification(design, lang) or ""))
    if synthetic and design.survey and design.survey.source.synthetic:
        notes.append(catalogue.text(lang, "synthetic"))
    return notes


def interval_head(level: float, labels: Labels) -> str:
    """Head of a column of intervals."""
    return labels.text("interval", level=labels.number(100 * level, 0 if math.isclose(100 * level % 1, 0) else 1))


def interval_cell(ends: Sequence[str], shares: bool, lang: Language) -> str:
    """Both ends of an interval; in words where one is negative."""
    sign = percent(0.0, 0, lang).removeprefix("0") if shares and "–" not in ends else ""
    if any(end.startswith(MINUS) for end in ends):
        return catalogue.text(lang, "tables.from_to").format(low=ends[0], high=ends[1])
    return f"{ends[0]}–{ends[1]}{sign}"


def decimals_of(values: Sequence[float]) -> int:
    """Decimals of a column of numbers that are no shares: three to four digits of the largest."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=1.0)
    return 0 if largest >= 1000 else 1 if largest >= 100 else 2 if largest >= 0.1 else 4


def number_cell(
    value: float, share: bool, decimals: int, hidden: bool, flag: str, lang: Language, *, bare: bool = False
) -> str:
    """A cell: the number with its mark, the mark of a withheld one, a dash where there is nobody."""
    if hidden or not math.isfinite(value):
        return marks(flag) or "–"
    if share:
        text = decimal(100 * value, 1, lang) if bare else percent(value, 1, lang)
    else:
        text = decimal(value, decimals, lang)
    return f"{text} {marks(flag)}".rstrip()
