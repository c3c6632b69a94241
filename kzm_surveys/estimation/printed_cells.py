"""Cells and notes of printed results: numbers with their marks, intervals, bases."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.quality import justification, marks
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.estimation.variables import MASK
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


def words_of_test(test: TestResult, lang: Language, *, what: str | None = None) -> str:
    """A test in a line: what it is and of what (or `what`), its statistic, p-value, and the difference it tests.

    Examples
    --------
    >>> test = TestResult(2.6, 1, 499, 0.0096, "t test of two means", 0.78, 0.3, 0.19, 1.37, of="age by sex")
    >>> words_of_test(test, "en")
    't test of two means, age by sex: t(499) = 2.60, p = 0.010; difference 0.78 (0.19 to 1.37)'
    >>> words_of_test(TestResult(14.281, 1.88, 905.2, 0.00001, "Pearson X² (F)"), "en")
    'Pearson X² (F): F(1.88; 905.20) = 14.28, p < 0.001'
    """
    if what is None:
        what = f"{test.method}, {test.of}" if test.of else test.method
    symbol = catalogue.text(lang, "tables.chi_square") if test.symbol == "chi-square" else test.symbol
    degrees = [decimal(df, 0 if df % 1 == 0 else 2, lang) if math.isfinite(df) else "–" for df in test.degrees]
    value = decimal(test.statistic, 2, lang) if math.isfinite(test.statistic) else "–"
    p = p_value(test.p_value, lang) if math.isfinite(test.p_value) else "p = –"
    words = f"{what}: {symbol}({'; '.join(degrees)}) = {value}, {p}"
    if not math.isfinite(test.estimate):
        return words
    key = "estimate"
    if test.symbol == "t":
        key = "mean" if "one mean" in test.method else "difference"
    places = decimals_of([test.estimate])
    words += f"; {catalogue.text(lang, f'tables.{key}')} {decimal(test.estimate, places, lang)}"
    if not (math.isfinite(test.ci_low) and math.isfinite(test.ci_high)):
        return words
    ends = {name: decimal(getattr(test, f"ci_{name}"), places, lang) for name in ("low", "high")}
    return f"{words} ({catalogue.text(lang, 'tables.from_to').format(**ends)})"


def is_share(statistic: str) -> bool:
    """Tell a share (0-1), printed as a percentage, from other statistics."""
    return "proportion" in statistic or "share" in statistic


def base_words(base: str, where: str | None, lang: Language) -> str:
    """Words for the base, with the subgroup where there is one."""
    words = catalogue.text(lang, f"base_{base}")
    if where is None:
        return words
    return f"{words} ({part_words(where, lang)})"


def part_words(where: str, lang: Language) -> str:
    """Words for a subgroup: the name of its column; conditions in names of the codebook are no words for readers."""
    column = where != MASK and "=" not in where
    return catalogue.text(lang, "tables.where" if column else "tables.part").format(where=where)


def weight_words(design: SurveyDesign, lang: Language) -> str:
    """Say whether the numbers are weighted, and by which margins: "uteženi podatki (spol in izobrazba hkrati)"."""
    weighted = design.weighted_by_design or bool(design.adjustments)
    words = catalogue.text(lang, "weighted_data" if weighted else "unweighted_data")
    if design.weighting is None or not (names := list(design.weighting.margins["variable"].unique())):
        return words
    labels = Labels(design, lang)
    parts = []
    for name in names:
        *most, last = (labels.variable(part) for part in str(name).split("*"))
        together = f"{', '.join(most)} {catalogue.text(lang, 'codebook.and')} {last}" if most else last
        parts.append(catalogue.text(lang, "joint_margin").format(variables=together) if most else last)
    return labels.text("weighted_to", data=words, margins="; ".join(parts))


def standing_notes(
    design: SurveyDesign, lang: Language, *, synthetic: bool = True, justified: bool = True
) -> list[str]:
    """Notes on the sample that belong below every result: why an opt-in one has margins of error, invented answers."""
    notes = []
    if justified and design.sampling == "opt_in" and design.infers:
        notes.append(Labels(design, lang).text("justified", reason=justification(design, lang) or ""))
    if synthetic and design.survey and design.survey.source.synthetic:
        notes.append(catalogue.text(lang, "synthetic"))
    return notes


def interval_head(level: float, labels: Labels) -> str:
    """Head of a column of intervals."""
    return labels.text("interval", level=labels.number(100 * level, 0 if math.isclose(100 * level % 1, 0) else 1))


def interval_cell(ends: Sequence[str], shares: bool, lang: Language) -> str:
    """Both ends of an interval; in words where one is negative or missing, which is then a question mark."""
    sign = percent(0.0, 0, lang).removeprefix("0") if shares else ""
    if set(ends) == {"–"}:
        return "–"
    if any(end.startswith(MINUS) or end == "–" for end in ends):
        low, high = ("?" if end == "–" else f"{end}{sign}" for end in ends)
        return catalogue.text(lang, "tables.from_to").format(low=low, high=high)
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
