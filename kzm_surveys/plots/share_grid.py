"""The grid behind a heat map: labels, bases, shares and marks of a cross-table or of a banner table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kzm_surveys.arrays import IntArray
from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.estimation.banner_tables import Banner, BannerTable
from kzm_surveys.estimation.crosstab import CrossTab
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.printed import column_label, letter_words, shown_letters
from kzm_surveys.estimation.printed_cells import base_words, standing_notes, words_of_test
from kzm_surveys.estimation.quality import MARKS, withheld
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, decimal, percent
from kzm_surveys.plots.protected import ROUNDING, left_out_of_sums, protected
from kzm_surveys.plots.sheet import Frame
from kzm_surveys.plots.words import frame_of, question, source_line, synthetic_mark, word

Sign = Literal["", "more", "less"]


@dataclass(frozen=True)
class Cell:
    """A cell: its share, NaN where there is none or it may not be shown, and what stands in place of or beside it."""

    share: float
    instead: str = ""
    small: bool = False
    sign: Sign = ""
    letters: str = ""


@dataclass(frozen=True)
class Line:
    """A row or a column: its label; the label of its break, its letter and its base, empty where there are none."""

    label: str
    of: str = ""
    letter: str = ""
    n: str = ""


@dataclass(frozen=True)
class ShareGrid:
    """What a heat map draws: rows, columns, (rows, columns) cells, the words around them, and notes on the shares."""

    rows: Sequence[Line]
    columns: Sequence[Line]
    cells: Sequence[Sequence[Cell]]
    frame: Frame
    notes: Sequence[str]


def of_crosstab(table: CrossTab, lang: Language, *, marks: bool) -> ShareGrid:
    """The grid of a cross-table; its signs are the residuals that are significant at the level of the intervals."""
    estimates, labels = table.estimates, Labels(table.estimates.design, lang)
    found = {(row.category, row.by_category): row for row in protected(estimates)}
    lines = [[found[row, column] for column in table.column_names] for row in table.row_names]
    marked = marks and estimates.design.infers
    signs: list[list[Sign]] = _signs(table) if marked else [[""] * len(line) for line in lines]
    cells = [
        [_cell(cell.estimate, cell.withheld, cell.flag, sign=sign) for cell, sign in zip(line, signed, strict=True)]
        for line, signed in zip(lines, signs, strict=True)
    ]
    notes = [_sentence(labels.text(f"percent_{table.percent}" + ("_asked" if estimates.base == "asked" else "")))]
    if marked:
        notes += _notes_on_tests(table, labels, any(cell.sign for line in cells for cell in line))
    in_row, in_column = table.percent == "row", table.percent == "column"
    rows = [
        Line(labels.category(table.row, name), n=decimal(line[0].n, 0, lang) if in_row else "")
        for name, line in zip(table.row_names, lines, strict=True)
    ]
    of = labels.variable(table.column)
    columns = [
        Line(labels.category(table.column, name), of, n=decimal(cell.n, 0, lang) if in_column else "")
        for name, cell in zip(table.column_names, lines[0], strict=True)
    ]
    return ShareGrid(rows, columns, cells, frame_of(estimates, lang), notes)


def of_banner(banner: Banner, lang: Language, *, variable: str | None, marks: bool) -> ShareGrid:
    """The grid of one table of a banner, without its lines of means.

    Raises
    ------
    FindingError
        No such table, or only means in it.
    """
    labels = Labels(banner.design, lang)
    table = _table(banner, variable)
    places = [place for place, line in enumerate(table.lines) if line.kind != "mean"]
    if not places:
        raise FindingError(f"heatmap: the banner table of '{table.variable}' has no shares, only a mean.")
    hidden = withheld(table.flag)
    sizes = table.cell_n.ravel().astype(np.float64)
    hidden = left_out_of_sums(_sums(banner, table), sizes, hidden.ravel()).reshape(hidden.shape)
    marked = marks and banner.design.infers
    letters = shown_letters(banner, table) if marked else [[""] * len(banner.columns) for _ in table.lines]
    cells = [
        [
            _cell(float(table.estimate[i, j]), bool(hidden[i, j]), str(table.flag[i, j]), letters=letters[i][j])
            for j in range(len(banner.columns))
        ]
        for i in places
    ]
    head = labels.variable(table.variable)
    base = catalogue.text(lang, "base_n").format(
        base=base_words(banner.base, banner.where, lang), n=decimal(int(table.n[0]), 0, lang)
    )
    names = [line.name for line in table.lines] if table.lines[0].kind == "option" else [table.variable]
    frame = Frame(
        head[:1].upper() + head[1:], question(banner.design, names, lang), _sentence(base),
        source_line(banner.design, lang), synthetic_mark(banner.design, lang),
    )  # fmt: skip
    columns = [
        Line(
            column_label(column.variable, column.category, labels),
            "" if column.variable is None else labels.variable(column.variable),
            (column.letter or "") if marked else "",
            decimal(int(n), 0, lang),
        )
        for column, n in zip(banner.columns, table.n, strict=True)
    ]
    kind = "several" if table.lines[places[0]].kind == "option" else "percent_column"
    notes = [_sentence(labels.text(kind if kind == "several" or banner.base == "answered" else f"{kind}_asked"))]
    if marked:
        notes += [letter_words(banner, lang), *standing_notes(banner.design, lang, synthetic=False)]
    return ShareGrid([Line(labels.line(table.variable, table.lines[i])) for i in places], columns, cells, frame, notes)


def _sums(banner: Banner, table: BannerTable) -> list[IntArray]:
    """Places of the cells of which any one is what the others leave of it, in the (lines, columns) of a table.

    The categories of a column add up to its hundred per cent, and to nets; the groups of a break to everybody.
    """
    place = np.arange(table.estimate.size).reshape(table.estimate.shape)
    names = [line.name for line in table.lines]
    held = [i for i, line in enumerate(table.lines) if line.kind == "category"]
    whole = np.flatnonzero(abs(table.estimate[held].sum(axis=0) - 1) < ROUNDING)
    nets = [[i, *map(names.index, line.members)] for i, line in enumerate(table.lines) if line.kind == "net"]
    down = [*place[held][:, whole].T, *(each for net in nets for each in place[net].T)]
    breaks = [
        [j for j, column in enumerate(banner.columns) if column.variable in (None, name)] for name in banner.breaks
    ]
    shares = [i for i, line in enumerate(table.lines) if line.kind != "mean"]
    return down + [place[i, part] for i in shares for part in breaks]


def _table(banner: Banner, variable: str | None) -> BannerTable:
    tables = {table.variable: table for table in banner.tables}
    if variable is None and len(tables) != 1:
        raise FindingError(f"heatmap: the banner has {len(tables)} tables; say which with variable=.")
    if variable is not None and variable not in tables:
        raise FindingError(one_of("heatmap: no table of the banner is about", variable, tables))
    return banner.tables[0] if variable is None else tables[variable]


def _cell(share: float, hidden: bool, flag: str, *, sign: Sign = "", letters: str = "") -> Cell:
    """Nothing stands beside a withheld share, and no sign beside one with a small base."""
    if hidden:
        return Cell(math.nan, MARKS["small_cell"])
    if not math.isfinite(share):
        return Cell(math.nan, MARKS["empty"])
    small = "small_base" in flag.split()
    return Cell(share, small=small, sign="" if small else sign, letters=letters)


def _signs(table: CrossTab) -> list[list[Sign]]:
    tests = table.residuals
    stands_out = (tests["p_adjusted"] < 1 - table.estimates.level).to_numpy()
    signs = np.where(stands_out, np.where(tests["residual"] > 0, "more", "less"), "")
    found: list[list[Sign]] = signs.reshape(len(table.row_names), len(table.column_names)).tolist()
    return found


def _notes_on_tests(table: CrossTab, labels: Labels, found: bool) -> list[str]:
    lang, level = labels.lang, table.estimates.level
    alpha = percent(1 - level, 0 if math.isclose(level, round(level, 2)) else 1, lang)
    correction = catalogue.text(lang, "tables.correction_holm")
    notes = [word(lang, "heat_marks" if found else "heat_no_marks", correction=correction, alpha=alpha)]
    if table.test is not None:
        what = table.test.method if lang == "en" else labels.text("independence")
        told = words_of_test(table.test, lang, what=what)
        if math.isfinite(table.effect_size):
            told += f"; {labels.text('effect_size')} = {decimal(table.effect_size, 2, lang)}"
        notes.append(_sentence(told))
    return [*notes, *standing_notes(table.estimates.design, lang, synthetic=False)]


def _sentence(words: str) -> str:
    """Words with a full stop; the blanks around an equals or a less-than sign do not break."""
    whole = f"{words.removesuffix('.')}."
    return whole.replace(" = ", f"{NBSP}={NBSP}").replace(" < ", f"{NBSP}<{NBSP}")
