"""Changes between two waves as a table."""

from __future__ import annotations

import math

import numpy as np

from kzm_surveys.estimation.change import Changes
from kzm_surveys.estimation.grid import Grid
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.printed_cells import (
    base_words,
    decimals_of,
    interval_cell,
    interval_head,
    is_share,
    number_cell,
    p_value,
    standing_notes,
)
from kzm_surveys.estimation.quality import legend, thresholds, withheld
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal


def changes_grid(result: Changes, lang: Language) -> Grid:
    """Both waves, their difference, its interval and its corrected p-value, a row per estimate."""
    labels, frame = Labels(result.after.design, lang), result.frame
    shares = all(is_share(name) for name in frame["statistic"])
    infers = bool(frame["se"].notna().any())
    heads = [labels.text("before"), labels.text("after"), labels.text("difference_points" if shares else "difference")]
    heads += [interval_head(result.level, labels), labels.text("p_corrected")] if infers else []
    heads += [labels.text("n_before"), labels.text("n_after")]
    several = [name for name in ("variable", "by_category", "category") if frame[name].nunique(dropna=False) > 1]
    decimals = decimals_of(frame["difference"].tolist())
    body = []
    for row in frame.itertuples(index=False):
        hidden = bool(withheld(np.array([row.flag], dtype=object))[0])
        names = {
            "variable": labels.item(row.variable),
            "by_category": labels.category(row.by, row.by_category) if isinstance(row.by_category, str) else "",
            "category": labels.category(row.variable, row.category) if isinstance(row.category, str) else "",
        }
        waves = [number_cell(value, shares, decimals, hidden, row.flag, lang) for value in (row.before, row.after)]
        flag = row.flag if hidden else ""
        rest = [
            number_cell(value, shares, decimals, hidden, flag, lang, bare=True)
            for value in (row.difference, row.ci_low, row.ci_high)
        ]
        cells = [*waves, rest[0]]
        if infers:
            p = "" if hidden or not math.isfinite(row.p_adjusted) else p_value(row.p_adjusted, lang).removeprefix("p ")
            cells += ["" if hidden else interval_cell(rest[1:], False, lang), p.removeprefix("= ")]
        body.append((
            " · ".join(names[name] for name in several),
            [*cells, *(decimal(n, 0, lang) for n in (row.n_before, row.n_after))],
        ))  # fmt: skip
    caption = [] if "variable" in several else [labels.titled(str(frame["variable"].iloc[0]))]
    caption += [] if "category" in several or not isinstance(first := frame["category"].iloc[0], str) else [
        labels.category(str(frame["variable"].iloc[0]), first)
    ]  # fmt: skip
    return Grid(" – ".join(caption), [[(text, 1) for text in heads]], body, [])


def changes_notes(result: Changes, lang: Language) -> list[str]:
    """Base, rule of the p-values, marks, and what the comparison rests on."""
    design = result.after.design
    notes = [base_words(result.after.base, result.after.where, lang)]
    if result.frame["se"].notna().any():
        correction = catalogue.text(lang, f"tables.correction_{result.correction}")
        notes.append(Labels(design, lang).text("change_rule", correction=correction))
    marked = legend(result.frame["flag"].tolist(), thresholds(design), lang)
    return [*notes, *marked, *result.notes, *standing_notes(design, lang)]
