"""Estimates, cross-tables and banners as text for a terminal and as HTML for a notebook.

Both forms show the same cells. A withheld number is never among them; the `frame` of a result keeps it.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from kzm_surveys.estimation.banner_tables import Banner, BannerTable
from kzm_surveys.estimation.change import Changes
from kzm_surveys.estimation.contrast import Contrast
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.grid import Grid, HasGrid, html_table, text_lines, wrapped
from kzm_surveys.estimation.labels import Labels, row_names
from kzm_surveys.estimation.printed_cells import (
    base_words,
    decimals_of,
    interval_cell,
    interval_head,
    is_share,
    number_cell,
    p_value,
    standing_notes,
    words_of_test,
)
from kzm_surveys.estimation.printed_cells import weight_words as weight_words  # the workbook takes it from here
from kzm_surveys.estimation.printed_changes import changes_grid, changes_notes
from kzm_surveys.estimation.quality import legend, thresholds, withheld
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal, percent

if TYPE_CHECKING:
    from kzm_surveys.estimation.crosstab import CrossTab


def as_text(
    result: Estimates | CrossTab | Banner | Changes | HasGrid, *, width: int | None = None, lang: Language = "en"
) -> str:
    """Print a result as plain text, aligned, with bases, marks and one legend.

    Parameters
    ----------
    result
        Estimates, a cross-table, a banner, the changes between two waves, a model, or survival curves.
    width
        Signs in a line; by default those of the terminal. Columns that do not fit stand below the others.
    lang
        Language of the labels and texts.

    Returns
    -------
    str
        Lines of at most `width` signs, as far as words and numbers let.

    Examples
    --------
    >>> import pandas as pd
    >>> from kzm_surveys import SurveyDesign, proportion
    >>> design = SurveyDesign(pd.DataFrame({"q": ["no"] * 40 + ["yes"] * 60}))
    >>> print(as_text(proportion(design, "q"), width=80).replace(chr(160), " "))
    q
    ─────────────────────────────
         share  95% interval    n
    no   40.0%    30.7–50.0%  100
    yes  60.0%    50.0–69.3%  100
    ─────────────────────────────
    Base: respondents who answered the question; unweighted data
    """
    room = width if width is not None else shutil.get_terminal_size((100, 24)).columns
    grids, foot = _grids(result, lang)
    parts = ["\n".join(text_lines(grid, max(room, 24))) for grid in grids]
    notes = "\n".join(line for note in foot for line in wrapped(note, max(room, 24)))
    return "\n\n".join(parts) + (("\n" if len(parts) == 1 else "\n\n") + notes if notes else "")


def as_html(result: Estimates | CrossTab | Banner | Changes | HasGrid, *, lang: Language = "en") -> str:
    """Show a result as HTML tables with captions and scoped heads; every text is escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> from kzm_surveys import SurveyDesign, proportion
    >>> design = SurveyDesign(pd.DataFrame({"q": ["<b>"] * 40 + ["c"] * 60}))
    >>> html = as_html(proportion(design, "q"))
    >>> '<th scope="row">&lt;b&gt;</th>' in html, "<caption>q</caption>" in html
    (True, True)
    """
    grids, foot = _grids(result, lang)
    notes = "".join(f"<p>{escape(note)}</p>" for note in foot)
    return f'<div lang="{lang}">' + "".join(html_table(grid) for grid in grids) + notes + "</div>"


def p_values(tests: Iterable[tuple[str, TestResult | None]], lang: Language) -> str:
    """P-values by break: "spol p = 0,012; starostna skupina p < 0,001"; breaks without a test say so."""
    parts = []
    for label, test in tests:
        if test is None or not math.isfinite(test.p_value):
            parts.append(f"{label}: {catalogue.text(lang, 'tables.no_test')}")
        else:
            parts.append(f"{label} {p_value(test.p_value, lang)}")
    return "; ".join(parts)


def _grids(result: Estimates | CrossTab | Banner | Changes | HasGrid, lang: Language) -> tuple[list[Grid], list[str]]:
    """Tables, and the notes that stand once below all of them."""
    told: Estimates | Banner
    flags: Iterable[str]
    if isinstance(result, HasGrid):
        return [result.grid(lang)], []
    if isinstance(result, Changes):
        return [changes_grid(result, lang)], changes_notes(result, lang)
    if isinstance(result, Estimates):
        grids, flags, told = [_estimates(result, lang)], result.columns["flag"], result
    elif isinstance(result, Banner):
        grids = [_banner_table(result, table, lang) for table in result.tables]
        flags = [flag for table in result.tables for flag in table.flag.ravel()]
        told = result
    else:
        grids, flags, told = [_crosstab(result, lang)], result.estimates.columns["flag"], result.estimates
    design = told.design
    base = base_words(told.base, told.where, lang)
    if isinstance(result, Estimates) and "answer_share" in result.columns["statistic"]:
        base = Labels(design, lang).text("base_of_answers")
    foot = [f"{base}; {weight_words(design, lang)}"]
    if isinstance(result, Estimates) and "total" in result.columns["statistic"] and design.relative:
        foot.append(Labels(design, lang).text("relative_totals"))
    if isinstance(result, Banner) and design.infers:
        foot.append(letter_words(result, lang))
    return grids, [*foot, *legend(flags, thresholds(design), lang), *standing_notes(design, lang)]


def letter_words(banner: Banner, lang: Language) -> str:
    """Say what the letters of a banner mean and by which rule they are set."""
    return Labels(banner.design, lang).text("letters", **letter_rule(banner, lang))


def letter_rule(banner: Banner, lang: Language) -> dict[str, str]:
    """Correction and error rate of the letters in words."""
    decimals = 0 if math.isclose(banner.level, round(banner.level, 2)) else 1
    return {
        "correction": catalogue.text(lang, f"tables.correction_{banner.correction}"),
        "alpha": percent(1 - banner.level, decimals, lang),
    }


def shown_letters(banner: Banner, table: BannerTable) -> list[list[str]]:
    """Letters of every line and column; none of a withheld number, and none that points to one."""
    out = []
    for hidden, letters in zip(withheld(table.flag).tolist(), table.letters.tolist(), strict=True):
        gone = {column.letter for column, no in zip(banner.columns, hidden, strict=True) if no}
        out.append(
            [
                "" if no else "".join(one for one in re.findall(r"[A-Z]\d*", told) if one not in gone)
                for told, no in zip(letters, hidden, strict=True)
            ]
        )
    return out


def _estimates(result: Estimates, lang: Language) -> Grid:
    """A row per estimate; what all rows share stands in the caption."""
    labels, rows = Labels(result.design, lang), result.rows
    shares = all(is_share(name) for name in result.columns["statistic"])
    points = False
    if isinstance(result, Contrast):
        caption, names = row_names(result.of.rows, labels)[0], [row.category or "" for row in rows]
        points = all(is_share(name) for name in result.of.columns["statistic"])
    else:
        caption, names = row_names(rows, labels)
    word = labels.text("share") if shares else statistic_word(rows[0].statistic, labels)
    head = labels.text("contrast_points") if points else word
    heads = [head, *([interval_head(result.level, labels)] if result.design.infers else []), "n"]
    decimals = decimals_of([row.estimate for row in rows])
    hidden = withheld(result.columns["flag"])
    body = []
    for name, row, no in zip(names, rows, hidden, strict=True):
        cells = [number_cell(row.estimate, shares or points, decimals, no, row.flag, lang, bare=points)]
        if result.design.infers:
            ends = [
                number_cell(end, shares or points, decimals, no, "", lang, bare=True)
                for end in (row.ci_low, row.ci_high)
            ]
            cells.append("" if no else interval_cell(ends, shares, lang))
        body.append((name, [*cells, decimal(row.n, 0, lang)]))
    return Grid(caption, [[(text, 1) for text in heads]], body, [])


def statistic_word(statistic: str, labels: Labels) -> str:
    """What a column of numbers that are no shares holds."""
    key = {"total": "total_of"}.get(statistic, statistic)
    return labels.text(key) if key in ("mean", "total_of", "ratio", "quantile", "contrast") else statistic


def _crosstab(result: CrossTab, lang: Language) -> Grid:
    """Row categories by column categories, the base above or beside them, the test below."""
    labels, estimates = Labels(result.estimates.design, lang), result.estimates
    cells = {(row.category, row.by_category): row for row in estimates.rows}
    hidden = dict(zip(cells, withheld(estimates.columns["flag"]), strict=True))
    across = list(dict.fromkeys(column for _, column in cells))
    down = list(dict.fromkeys(row for row, _ in cells))
    row_name, column_name = result.row, result.column
    body = []
    if result.percent == "column":
        bases = [next(cell.n for (_, name), cell in cells.items() if name == column) for column in across]
        body.append((labels.text("n"), [decimal(n, 0, lang) for n in bases]))
    for row in down:
        shown = []
        for column in across:
            cell = cells[row, column]
            shown.append(number_cell(cell.estimate, True, 1, hidden[row, column], cell.flag, lang))
        if result.percent == "row":
            shown.append(decimal(next(cell.n for (name, _), cell in cells.items() if name == row), 0, lang))
        body.append((labels.category(row_name, row or ""), shown))
    extra = [labels.text("n")] if result.percent == "row" else []
    heads = [
        [(labels.variable(column_name), len(across)), *((text, 1) for text in [""] * len(extra))],
        [*((labels.category(column_name, column or ""), 1) for column in across), *((text, 1) for text in extra)],
    ]
    of_all = "_asked" if estimates.base == "asked" else ""
    notes = [labels.text(f"percent_{result.percent}{of_all}")]
    if result.percent == "total":
        notes[0] += f" (n = {decimal(estimates.rows[0].n, 0, lang)})"
    if result.test is not None:
        what = result.test.method if lang == "en" else labels.text("independence")
        notes.append(words_of_test(result.test, lang, what=what))
        if math.isfinite(result.effect_size):
            notes[-1] += f"; {labels.text('effect_size')} = {decimal(result.effect_size, 2, lang)}"
    return Grid(f"{labels.titled(row_name)} – {labels.titled(column_name)}", heads, body, notes)


def _banner_table(banner: Banner, table: BannerTable, lang: Language) -> Grid:
    """Bases, then the lines; letters in brackets beside the numbers."""
    labels, infers = Labels(banner.design, lang), banner.design.infers
    groups: list[tuple[str, int]] = []
    for column in banner.columns:
        label = "" if column.variable is None else labels.variable(column.variable)
        if groups and groups[-1][0] == label:
            groups[-1] = (label, groups[-1][1] + 1)
        else:
            groups.append((label, 1))
    heads = [groups, [(column_label(column.variable, column.category, labels), 1) for column in banner.columns]]
    if infers:
        heads.append([(column.letter or "", 1) for column in banner.columns])
    rows = [
        (label, [decimal(value, 0, lang) for value in values]) for label, values in base_rows(banner, table, labels)
    ]
    hidden, letters = withheld(table.flag), shown_letters(banner, table)
    for place, line in enumerate(table.lines):
        cells = []
        for at in range(len(banner.columns)):
            cell = number_cell(
                float(table.estimate[place, at]), line.kind != "mean", 2, bool(hidden[place, at]),
                str(table.flag[place, at]), lang,
            )  # fmt: skip
            told = letters[place][at]
            cells.append(f"{cell} ({told})" if told else cell)  # in brackets: a letter may look like a mark
        rows.append((labels.line(table.variable, line), cells))
    notes = []
    if infers and table.tests:
        tests = p_values(((labels.variable(name), test) for name, test in table.tests.items()), lang)
        notes.append(labels.text("tests", tests=tests))
    return Grid(labels.titled(table.variable), heads, rows, notes)


def base_rows(banner: Banner, table: BannerTable, labels: Labels) -> Iterator[tuple[str, Sequence[float]]]:
    """Base rows of a banner table: unweighted, weighted and effective; only the first for opt-in samples."""
    yield labels.text("n"), table.n.tolist()
    if banner.design.infers:
        if banner.design.weighted_by_design or banner.design.adjustments:
            yield labels.text("weighted"), table.weighted.tolist()
        yield labels.text("n_eff"), table.n_eff.tolist()


def column_label(variable: str | None, category: str | None, labels: Labels) -> str:
    """Label of a column of a banner."""
    return labels.text("total") if variable is None else labels.category(variable, category or "")
