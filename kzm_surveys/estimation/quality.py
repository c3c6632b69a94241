"""Quality flags: which estimates rest on too little to be printed, or to be printed without a mark.

The rules stand in one table, :data:`RULES`, their thresholds in ``[quality]`` of ``wave.toml``. Values stay untouched
in ``Estimates.frame``; what prints asks :func:`withheld` and :func:`marks`, and explains itself with :func:`legend`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.intervals import t_quantile
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, decimal
from kzm_surveys.wave import Thresholds

#: The standards for proportions are written for 95 % intervals, whatever the level of those that are shown.
LEVEL = 0.95
_TAIL = (1 - LEVEL) / 2
_Z = float(special.ndtri(1 - _TAIL))
#: Shares nearer to 0 or 1 than this are 0 or 1 but for rounding.
_NOTHING = 1e-12
#: A bound that is met but for rounding is met.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Rows:
    """What the rules look at: (k,) arrays, whether the estimates are shares, whether no margin of error exists."""

    n: IntArray
    cell_n: IntArray
    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    shares: bool
    opt_in: bool

    @cached_property
    def judged(self) -> BoolArray:
        """Rows that the standards of precision judge: shares of a base that is not empty, with a margin of error."""
        return self.n > 0 if self.shares and not self.opt_in else np.zeros(self.n.shape, dtype=np.bool_)

    @cached_property
    def certain(self) -> BoolArray:
        """The estimate is 0 or 1."""
        return (self.estimate <= _NOTHING) | (self.estimate >= 1 - _NOTHING)


def empty(rows: Rows, limits: Thresholds) -> BoolArray:
    """Nobody stands in the base, so there is no estimate."""
    return rows.n == 0


def small_cell(rows: Rows, limits: Thresholds) -> BoolArray:
    """Fewer than `smallest_cell` answers, but some, stand behind the estimate or its complement.

    Those few people could be known. An estimate that is no share has its base for a cell. An empty cell is not small.
    """
    rest = rows.n - rows.cell_n
    few = limits.smallest_cell
    return ((rows.cell_n > 0) & (rows.cell_n < few)) | ((rest > 0) & (rest < few))


def small_base(rows: Rows, limits: Thresholds) -> BoolArray:
    """The unweighted base is under `smallest_base` answers."""
    return rows.n < limits.smallest_base


def imprecise(rows: Rows, limits: Thresholds) -> BoolArray:
    """The share fails the presentation standards for proportions of the US National Center for Health Statistics.

    It stands if the effective sample size is at least `smallest_n_eff` and the 95 % interval of Korn and Graubard is
    at most `narrow` wide, or less than `wide` and at most `relative_width` times the share. As there, the effective
    size is p(1-p)/se² (n over the design effect se²/(p(1-p)/n); the column ``n_eff`` has n-1 in place of that n, and
    may leave out the finite population), for the interval times (t₍n-1₎/t₍df₎)², each not more than n; at 0 and 100 %,
    which have no design effect, it is n. Where no interval exists, the share fails; one that the margins of the
    weighting fix has a standard error of 0 and stands.

    NCHS withholds such shares. Here they keep their number and get a mark: the standards are made for national
    surveys, and in a municipal sample most shares of subgroups would vanish although their interval stands beside them.
    What protects people, :func:`small_cell`, withholds.

    Source: Parker et al. (2017), Vital and Health Statistics, Series 2, no. 175; NCHS's program for the standards.
    """
    if not rows.judged.any():
        return rows.judged
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.where(rows.certain, rows.n, rows.estimate * (1 - rows.estimate) / rows.se**2)
    judged = rows.judged & ~((rows.se == 0) & ~rows.certain)
    flagged = judged & ~(np.minimum(size, rows.n) >= limits.smallest_n_eff * (1 - _ROUNDING))
    open_question = np.flatnonzero(judged & ~flagged)
    if open_question.size:
        p, n = rows.estimate[open_question], rows.n[open_question].astype(np.float64)
        relative = limits.relative_width * p
        limit = np.maximum(limits.narrow, np.minimum(limits.wide, relative))
        width = _width(p, n, size[open_question], rows.df[open_question], limit)
        up, down = 1 + _ROUNDING, 1 - _ROUNDING
        shown = (width <= limits.narrow * up) | ((width < limits.wide * down) & (width <= relative * up))
        flagged[open_question] = ~shown
    return flagged


def review(rows: Rows, limits: Thresholds) -> BoolArray:
    """By the same standards a statistician should look at it: under `fewest_df` degrees of freedom, or 0 or 100 %.

    Any other number only if it has no degrees of freedom, and so no interval.
    """
    if not rows.shares:
        return (rows.n > 0) & ~(rows.df > 0) if not rows.opt_in else rows.judged
    return rows.judged & (rows.certain | ~(rows.df >= limits.fewest_df))


def opt_in(rows: Rows, limits: Thresholds) -> BoolArray:
    """The sample is opt-in without a justification: no margin of error exists."""
    return np.full(rows.n.shape, rows.opt_in)


@dataclass(frozen=True)
class Rule:
    """A flag: its name, the rows that get it, and whether print withholds their numbers."""

    name: str
    applies: Callable[[Rows, Thresholds], BoolArray]
    withholds: bool = False


#: All rules, in the order of the words in a flag. Secondary suppression is one more rule that withholds.
RULES = (
    Rule("empty", empty), Rule("small_cell", small_cell, withholds=True), Rule("small_base", small_base),
    Rule("imprecise", imprecise), Rule("review", review), Rule("opt_in", opt_in),
)  # fmt: skip
#: Flags whose numbers print withholds.
WITHHELD = frozenset(rule.name for rule in RULES if rule.withholds)
#: Flag -> what print shows: in place of the number for "empty" and the withheld, else behind it. "M" and "z" are the
#: marks of the Statistical Office of Slovenia.
MARKS: Mapping[str, str] = {"empty": "–", "small_cell": "z", "small_base": "M", "imprecise": "~", "review": "!"}
#: Every combination of flags, by the sum of 2 to the power of the rules' places.
_WORDS = np.array(
    [" ".join(r.name for i, r in enumerate(RULES) if code >> i & 1) for code in range(2 ** len(RULES))], dtype=object
)


def thresholds(design: SurveyDesign) -> Thresholds:
    """Thresholds of the design's wave; the defaults if it was not made from a survey."""
    return Thresholds() if design.survey is None else design.survey.wave.quality


def justification(design: SurveyDesign, lang: Language) -> str | None:
    """Why an opt-in sample is held to allow inference: the text of ``wave.toml`` in a language, or the design's own."""
    known = design.survey.wave.sampling.justification if design.survey else None
    return known[lang] if known is not None and design.justification == known["en"] else design.justification


def quality_flags(
    *, thresholds: Thresholds, n: IntArray, cell_n: IntArray, estimate: FloatArray, se: FloatArray, df: FloatArray,
    shares: bool, opt_in: bool,
) -> npt.NDArray[Any]:  # fmt: skip
    """Flags of each estimate: names of :data:`RULES` in their order, joined by a blank; empty for a sound estimate.

    Parameters
    ----------
    thresholds
        Of the wave (:func:`thresholds`), or ``Thresholds()``.
    n
        (k,) unweighted bases.
    cell_n
        (k,) unweighted counts behind the numerators of shares; the bases for other statistics.
    estimate, se, df
        (k,) estimates (shares on 0-1), standard errors and degrees of freedom; NaN where there are none.
    shares
        The estimates are shares: only these are held to standards of precision.
    opt_in
        No margin of error exists: the design does not infer.

    Returns
    -------
    ndarray
        (k,) objects of type str.

    Examples
    --------
    >>> n, cell_n = np.array([200, 40, 20, 0]), np.array([100, 2, 9, 0])
    >>> p = np.array([0.5, 0.05, 0.45, np.nan])
    >>> quality_flags(thresholds=Thresholds(), n=n, cell_n=cell_n, estimate=p, se=np.sqrt(p * (1 - p) / 40),
    ...               df=n - 1.0, shares=True, opt_in=False).tolist()
    ['imprecise', 'small_cell imprecise', 'small_base imprecise', 'empty small_base']
    """
    rows = Rows(n, cell_n, estimate, se, df, shares, opt_in)
    code = np.zeros(n.shape, dtype=np.int64)
    for place, rule in enumerate(RULES):
        code += rule.applies(rows, thresholds).astype(np.int64) << place
    words: npt.NDArray[Any] = _WORDS[code]
    return words


def withheld(flag: npt.NDArray[Any]) -> BoolArray:
    """Which estimates print must withhold, by their flags.

    Examples
    --------
    >>> withheld(np.array(["", "small_base", "small_cell small_base"], dtype=object)).tolist()
    [False, False, True]
    """
    hidden = (bool(each) and not WITHHELD.isdisjoint(each.split()) for each in flag.flat)
    return np.fromiter(hidden, np.bool_, flag.size).reshape(flag.shape)


def marks(flag: str) -> str:
    """What print shows of a flag: the mark in place of the number if it is withheld or empty, else the marks behind it.

    Examples
    --------
    >>> marks("small_cell small_base"), marks("empty small_base"), marks("small_base review").replace(NBSP, "_")
    ('z', '–', 'M_!')
    """
    return NBSP.join(MARKS[name] for name in _shown(flag) if name in MARKS)


def legend(flags: Iterable[str], thresholds: Thresholds, lang: Language) -> list[str]:
    """Explain the marks that stand for these flags, a sentence each, in the order of :data:`MARKS`.

    Opt-in samples get a sentence, without a mark, on why there is no margin of error.

    Parameters
    ----------
    flags
        Flags of the rows that are printed.
    thresholds
        Those by which the flags were set.
    lang
        Language of the sentences.

    Examples
    --------
    >>> sentences = legend(["", "small_base", "small_cell small_base"], Thresholds(), "en")
    >>> print("; ".join(sentences).replace(NBSP, " ").replace("; ", chr(10)))
    z = withheld: too few answers stand behind the number or behind the rest of its base (under 5)
    M = less reliable: small base (under 30 answers)
    """
    used = marked(flags)
    sentences = []
    for name in (*MARKS, "opt_in"):
        if name in used:
            numbers = legend_numbers(name, thresholds).items()
            fields = {key: decimal(value, decimals, lang) for key, (value, decimals) in numbers}
            sentence = catalogue.text(lang, f"quality.{name}").format(mark=MARKS.get(name, ""), **fields)
            sentences.append(sentence.replace(" = ", f"{NBSP}={NBSP}"))
    return sentences


def marked(flags: Iterable[str]) -> set[str]:
    """Names in some flags of which the reader sees anything."""
    return {name for flag in set(flags) for name in _shown(flag)}


def legend_numbers(name: str, limits: Thresholds) -> dict[str, tuple[float, int]]:
    """Numbers in the legend's sentence on a flag, with their decimals; widths are percentages."""
    numbers: dict[str, dict[str, float]] = {
        "small_cell": {"limit": limits.smallest_cell},
        "small_base": {"limit": limits.smallest_base},
        "imprecise": {
            "n_eff": limits.smallest_n_eff, "level": 100 * LEVEL, "narrow": 100 * limits.narrow,
            "wide": 100 * limits.wide, "relative": 100 * limits.relative_width,
        },
        "review": {"df": limits.fewest_df, "none": 0, "all": 100},
    }  # fmt: skip
    return {key: (value, _decimals(value)) for key, value in numbers.get(name, {}).items()}


def _decimals(value: float) -> int:
    """Decimals that a threshold needs to be printed as it stands."""
    return next((places for places in range(4) if abs(round(value, places) - value) < _ROUNDING), 4)


def _shown(flag: str) -> list[str]:
    """Names in a flag of which the reader sees anything: no other mark stands beside one that replaces the number."""
    names = flag.split()
    instead = [name for name in names if name in WITHHELD or name == "empty"]
    return [*instead[:1], *(["opt_in"] if "opt_in" in names else [])] if instead else names


def korn_graubard_width(p: FloatArray, n: FloatArray, n_eff: FloatArray, df: FloatArray) -> FloatArray:
    """Width of the 95 % interval of Korn and Graubard (1998); as NCHS has it, the size adjusted for df is at most n.

    Parameters
    ----------
    p, n, n_eff, df
        (k,) shares on 0-1, unweighted bases, effective sizes and degrees of freedom of the design.

    Examples
    --------
    Ten of 100 in a simple random sample: Clopper and Pearson's interval is 0.0490 to 0.1762.

    >>> korn_graubard_width(np.array([0.1]), np.array([100.0]), np.array([100.0]), np.array([99.0])).round(4).tolist()
    [0.1272]
    """
    nothing, all_of_it = p <= _NOTHING, p >= 1 - _NOTHING
    adjusted = n_eff * (t_quantile(1 - _TAIL, n - 1.0) / t_quantile(1 - _TAIL, df)) ** 2
    m = np.where(nothing | all_of_it, n, np.minimum(adjusted, n))
    low = np.where(nothing, 0.0, special.betaincinv(m * p, m * (1 - p) + 1, _TAIL))
    high = np.where(all_of_it, 1.0, special.betaincinv(m * p + 1, m * (1 - p), 1 - _TAIL))
    width: FloatArray = high - low
    return width


def _width(p: FloatArray, n: FloatArray, n_eff: FloatArray, df: FloatArray, limit: FloatArray) -> FloatArray:
    """:func:`korn_graubard_width` where it could lie on either side of the limit; elsewhere :func:`_width_roughly`."""
    rough, error = _width_roughly(p, n, n_eff, df)
    near = np.flatnonzero(~(np.abs(rough - limit) > error))
    if near.size:
        rough[near] = korn_graubard_width(p[near], n[near], n_eff[near], df[near])
    return rough


def _width_roughly(p: FloatArray, n: FloatArray, n_eff: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Width, and by how much it may be off: Wilson's interval with half its second term, corrected for continuity.

    Quantiles of t by their expansion in 1/df (Abramowitz and Stegun 26.7.5). The inverse of the incomplete beta
    function takes a hundred times longer.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        adjusted = n_eff * (_t_roughly(n - 1.0) / _t_roughly(df)) ** 2
        m = np.where((p <= _NOTHING) | (p >= 1 - _NOTHING), n, np.minimum(adjusted, n))
        half = np.sqrt(p * (1 - p) / m + _Z**2 / (8 * m**2))
        width = 2 * _Z * half / (1 + _Z**2 / m) + 1.1 / m
        error = np.where((m >= 30) & (df >= 20), 0.33 / m + 0.0002, np.inf)
    return width, error


def _t_roughly(df: FloatArray) -> FloatArray:
    """Quantile of Student's t at 0.975 over that of the normal distribution, within 0.02 % from df = 20 on."""
    return 1 + (_Z**2 + 1) / (4 * df) + (5 * _Z**4 + 16 * _Z**2 + 3) / (96 * df**2)
