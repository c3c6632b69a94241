"""Banner tables: many questions by many breaks, with letters of columns that differ."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray
from kzm_surveys.codebook import SELECTED
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.banner_tables import Banner, BannerTable, Column, Line
from kzm_surveys.estimation.crossing import MEAN, Crossing, Results, far_from_zero
from kzm_surveys.estimation.crosstab import independence_of_cells
from kzm_surveys.estimation.estimates import Base
from kzm_surveys.estimation.finish import check_options
from kzm_surveys.estimation.letters import Comparisons, column_letters, compared, equal_means
from kzm_surveys.estimation.multiplicity import CORRECTIONS, Correction
from kzm_surveys.estimation.quality import quality_flags, thresholds
from kzm_surveys.estimation.select_all import select_all_test
from kzm_surveys.estimation.tabulation import Coded, Tabulation
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.estimation.variables import (
    Where,
    coded,
    domain_of,
    list_of_names,
    net_members,
    numbers_of,
    with_base,
)

#: The letters compare every pair of columns of a break.
_MOST_COLUMNS = 200
#: Scores beyond this overflow when their weighted squares are added up.
_LARGEST_SCORE = 1e50

_LETTERS = string.ascii_uppercase.replace("M", "")


def banner(
    design: SurveyDesign, rows: Sequence[str], columns: Sequence[str], *, where: Where = None, base: Base = "answered",
    level: float = 0.95, correction: Correction = "holm",
    nets: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    means: Mapping[str, Sequence[float]] | None = None,
) -> Banner:  # fmt: skip
    """Tabulate many questions by many breaks.

    Parameters
    ----------
    design
        The design.
    rows
        Questions: categorical columns, numbers (their mean), or select-all sets of the codebook.
    columns
        Break variables, categorical. The first column of every table is everybody.
    where, base
        As in :func:`kzm_surveys.proportion`.
    level, correction
        A column gets the letter of another one of its break if its share or mean is higher by a design-based t test at
        1 - level, after the correction over all pairs of columns and lines of the break ("holm",
        "benjamini_hochberg" or "none"). Columns with a small base are not compared, nor shares of 0 or 100 %.
    nets
        Question -> name -> categories added up, such as the top two of a scale.
    means
        Question -> score of each category, in order: adds the mean of the scores.

    Returns
    -------
    Banner
        With standard errors, letters and a test of independence per break (Rao-Scott F; over the options of a set; an
        adjusted Wald F of equal means for numbers), none of which exist for an opt-in sample.

    Raises
    ------
    EstimationError
        Unknown or repeated rows, columns or categories, a continuous break, an empty domain.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"q": ["a", "a", "b", "b"] * 20, "g": list("xyyx") * 20})
    >>> table = banner(SurveyDesign(frame), ["q"], ["g"]).tables[0]
    >>> table.estimate.tolist(), table.n.tolist()
    ([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]], [80, 40, 40])
    """
    check_options(level, "without")
    if correction not in CORRECTIONS:
        raise EstimationError(one_of("unknown correction", correction, CORRECTIONS))
    if base not in ("answered", "asked"):
        raise EstimationError(one_of("unknown base", base, ("answered", "asked")))
    rows, columns = list_of_names("banner", "rows", rows), list_of_names("banner", "columns", columns)
    _require_rows(rows, {"nets": nets or {}, "means": means or {}})
    domain, words = domain_of(design, where, "banner")
    breaks = [(name, *coded(design, name)) for name in columns]
    for name, names, _ in breaks:
        if len(names) > _MOST_COLUMNS:
            raise EstimationError(
                f"banner: '{name}' has {len(names)} categories, at most {_MOST_COLUMNS} can stand in columns. Merge "
                "categories."
            )
    heads = [Column(None, None, None)]
    for name, names, _ in breaks:
        heads += [Column(name, category, _letter(len(heads) - 1 + i)) for i, category in enumerate(names)]
    found = Banner((), tuple(heads), tuple(columns), base, level, correction, design, words)
    tables = []
    for row in rows:
        question = _question(design, row, base, (nets or {}).get(row, {}), (means or {}).get(row))
        tables.append(_table(found, question, breaks, domain))
    return replace(found, tables=tuple(tables))


@dataclass(frozen=True, eq=False)
class _Part:
    """Lines of a question that come from one variable; `members` and `in_base` as in Crossing.shares, or a number."""

    lines: tuple[Line, ...]
    answers: Coded
    members: FloatArray
    in_base: BoolArray
    number: FloatArray | None = None
    shift: float = 0.0


def _question(
    design: SurveyDesign, row: str, base: Base, nets: Mapping[str, Sequence[str]], scores: Sequence[float] | None
) -> tuple[str, list[_Part]]:
    """Name of the question and its parts."""
    if design.survey is not None and row in design.survey.codebook.sets:
        if nets or scores is not None:
            raise EstimationError(f"banner: '{row}' is a select-all set; nets and means go with categories.")
        return row, [_option(design, option, base) for option in design.survey.codebook.sets[row]]
    column = design.column(row)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column) and scores is None and not nets:
        values = numbers_of(design, row)
        answered = ~np.isnan(values)
        shift = far_from_zero(values)
        line = Line("mean", row)
        codes = answered.astype(np.int8) - np.int8(1)
        eye = np.array([[0.0, 1.0]])
        return row, [_Part((line,), (codes, 1), eye, eye > 0, np.where(answered, values - shift, 0.0), shift)]
    names, codes = coded(design, row)
    answers, in_base = with_base(design, row, (codes, len(names)), base)
    width = answers[1] + 1
    members = [np.eye(width)[1 : len(names) + 1]]
    inside = [np.broadcast_to(in_base, (len(names), width))]
    lines = [Line("category", name) for name in names]
    for name, categories in nets.items():
        held = net_members(row, names, categories)[1]
        members.append(np.pad(held.astype(np.float64), ((0, 0), (1, width - 1 - len(names)))))
        inside.append(in_base[None])
        lines.append(Line("net", name, tuple(categories)))
    if scores is not None:
        members.append(np.pad(_scores(row, names, scores)[None], ((0, 0), (1, width - 1 - len(names)))))
        inside.append(((np.arange(width) > 0) & (np.arange(width) <= len(names)))[None])
        lines.append(Line("mean", row))
    return row, [_Part(tuple(lines), answers, np.concatenate(members), np.concatenate(inside))]


def _scores(row: str, names: Sequence[str], scores: Sequence[float]) -> FloatArray:
    """(categories,) checked scores."""
    try:
        values = np.asarray(scores, np.float64)
    except (TypeError, ValueError):  # text
        values = np.empty(0)
    if values.shape != (len(names),) or not (np.abs(values) < _LARGEST_SCORE).all():
        raise EstimationError(
            f"means: '{row}' has {len(names)} categories and needs a number for each, found {scores!r}."
        )
    return values


def _option(design: SurveyDesign, member: str, base: Base) -> _Part:
    names, codes = coded(design, member)
    answers, in_base = with_base(design, member, (codes, len(names)), base)
    held = net_members(member, names, [SELECTED])[1]
    members = np.pad(held.astype(np.float64), ((0, 0), (1, answers[1] - len(names))))
    return _Part((Line("option", member),), answers, members, in_base[None])


def _table(
    found: Banner, question: tuple[str, list[_Part]], breaks: Sequence[tuple[str, list[str], CodeArray]],
    domain: BoolArray | None,
) -> BannerTable:  # fmt: skip
    """One question by all columns."""
    row, parts = question
    design, width = found.design, len(found.columns)
    lines = tuple(line for part in parts for line in part.lines)
    shape = (len(lines), width)
    made = {name: np.full(shape, np.nan) for name in ("estimate", "se", "df")}
    cell_n, n = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    mass, n_eff = np.zeros(width), np.zeros(width)
    letters = np.full(shape, "", dtype=object)
    tests: dict[str, TestResult | None] = {}
    start = 0
    limits = thresholds(design)
    blocks: list[tuple[str | None, Sequence[str | None], CodeArray | None]] = [(None, [None], None), *breaks]
    for name, names, codes in blocks:
        here = slice(start, start + len(names))
        top = 0
        comparisons: list[Comparisons] = []
        for part in parts:
            variables = [part.answers] if codes is None else [(codes, len(names)), part.answers]
            columns = () if part.number is None else (part.number,)
            crossing = Crossing(Tabulation(design, variables, columns=columns, domain=domain), name, names, None)
            results = _results(crossing, part)
            rows = slice(top, top + len(part.lines))
            top += len(part.lines)
            spread = (len(names), len(part.lines))
            made["estimate"][rows, here] = results.estimate.reshape(spread).T
            made["df"][rows, here] = results.df.reshape(spread).T
            cell_n[rows, here] = results.bases.cell_n.reshape(spread).T
            n[rows, here] = results.bases.n.reshape(spread).T
            of_mean = np.array([line.kind == "mean" for line in part.lines])
            cell_n[rows, here][of_mean] = n[rows, here][of_mean]
            if rows.start == 0:
                mass[here] = results.bases.mass.reshape(spread)[:, 0]
                n_eff[here] = results.bases.kish.reshape(spread)[:, 0] if design.infers else np.nan
            if design.infers:
                variance = np.where(results.bases.n > 0, results.covariance.diagonal().clip(min=0), np.nan)
                made["se"][rows, here] = np.sqrt(variance).reshape(spread).T
                if name is not None:
                    large = results.bases.n.reshape(spread).min(axis=1) >= limits.smallest_base
                    comparisons.append(compared(crossing, results, large))
        if comparisons:
            marks = [str(column.letter) for column in found.columns[here]]
            letters[:, here] = column_letters(comparisons, marks, level=found.level, correction=found.correction)
        if name is not None:
            tests[name] = _test(found, row, parts, crossing, results, name, domain) if design.infers else None
        start += len(names)
    flag = np.full(shape, "", dtype=object)
    of_share = np.array([line.kind != "mean" for line in lines])
    for shares in np.unique(of_share):
        some = of_share == shares
        flag[some] = quality_flags(
            thresholds=limits, n=n[some].ravel(), cell_n=cell_n[some].ravel(), estimate=made["estimate"][some].ravel(),
            se=made["se"][some].ravel(), df=made["df"][some].ravel(), shares=bool(shares), opt_in=not design.infers,
        ).reshape(-1, width)  # fmt: skip
    return BannerTable(row, lines, n[0], n_eff, mass, made["estimate"], made["se"], cell_n, flag, letters, tests)


def _results(crossing: Crossing, part: _Part) -> Results:
    if part.number is None:
        return crossing.shares(part.members, part.in_base)
    return crossing.of_numbers(*MEAN, np.array([part.shift]))


def _test(
    found: Banner, row: str, parts: Sequence[_Part], crossing: Crossing, results: Results, name: str,
    domain: BoolArray | None,
) -> TestResult | None:  # fmt: skip
    """Test of one question and one break; None where the data allow none."""
    design = found.design
    if parts[0].number is not None:
        tab = crossing.tabulation
        df = float(tab.degrees_of_freedom((np.arange(tab.n_cells) >= tab.shape[-1])[None])[0])
        wald = equal_means(results, df, results.bases.n > 0)
        if wald is None:
            return None
        statistic, k, df_den = wald
        p = float(special.fdtrc(k, df_den, statistic))
        return TestResult(statistic, float(k), df_den, p, "Adjusted Wald test of equal means (F)")
    try:
        if parts[0].lines[0].kind == "option":
            return select_all_test(design, row, by=name, where=domain, base=found.base)
        tab = crossing.tabulation
        categories = sum(line.kind == "category" for line in parts[0].lines)
        square = np.arange(tab.n_cells).reshape(tab.shape)[1:, 1 : categories + 1].T
        return independence_of_cells(tab, square, "F", (row, name))
    except EstimationError:  # a single row or column, or no sampling variance: the table stands without a test
        return None


def _letter(number: int) -> str:
    """A, B, ... Z without M (the mark of small bases), then A2, B2, ...

    >>> _letter(0), _letter(12), _letter(24), _letter(25)
    ('A', 'N', 'Z', 'A2')
    """
    turn, place = divmod(number, len(_LETTERS))
    return _LETTERS[place] + (str(turn + 1) if turn else "")


def _require_rows(rows: Sequence[str], of_rows: Mapping[str, Mapping[str, object]]) -> None:
    for what, given in of_rows.items():
        if not isinstance(given, Mapping):
            raise EstimationError(
                f"banner: {what} must map rows to what is added to them, found {type(given).__name__}."
            )
        for name, added in given.items():
            if name not in rows:
                raise EstimationError(f"banner: {what}: " + one_of("no such row", name, rows))
            if what == "nets" and not isinstance(added, Mapping):
                raise EstimationError(
                    f"banner: nets of '{name}' must map a name to categories, as {{'top two': ['a', 'b']}}, found "
                    f"{type(added).__name__}."
                )
