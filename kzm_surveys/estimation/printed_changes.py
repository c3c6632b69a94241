"""Changes between two waves as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kzm_surveys.estimation.change import Changes
from kzm_surveys.estimation.grid import Grid
from kzm_surveys.estimation.labels import Key, Labels, row_names
from kzm_surveys.estimation.printed_cells import (
    base_words,
    decimals_of,
    interval_cell,
    interval_head,
    is_share,
    number_cell,
    p_value,
    standing_notes,
    weight_words,
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
    keys = frame[list(Key._fields)].astype(object)
    caption, names = row_names([Key(*row) for row in keys.where(keys.notna(), None).to_numpy().tolist()], labels)
    decimals = decimals_of(frame["difference"].tolist())
    body = []
    for name, row in zip(names, frame.itertuples(index=False), strict=True):
        hidden = bool(withheld(np.array([row.flag], dtype=object))[0])
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
        body.append((name, [*cells, *(decimal(n, 0, lang) for n in (row.n_before, row.n_after))]))
    return Grid(caption, [[(text, 1) for text in heads]], body, [])


def changes_notes(result: Changes, lang: Language) -> list[str]:
    """Base, rule of the p-values, marks, and what the comparison rests on."""
    design = result.after.design
    notes = [f"{base_words(result.after.base, result.after.where, lang)}; {weight_words(design, lang)}"]
    if result.frame["se"].notna().any():
        correction = catalogue.text(lang, f"tables.correction_{result.correction}")
        notes.append(Labels(design, lang).text("change_rule", correction=correction))
    flags = [flag.replace("opt_in", "") for flag in result.frame["flag"]]  # the notes of the waves say it
    marked = legend(flags, thresholds(design), lang)
    return [*notes, *marked, *_of_both(result.notes), *standing_notes(design, lang, justified=False)]


def _of_both(notes: Sequence[str]) -> list[str]:
    """Notes on the waves, once where both have the same."""
    merged = []
    for note in notes:
        before, after = note.replace("after", "before", 1), note.replace("before", "after", 1)
        if before == note or before not in notes:
            both = after != note and after in notes
            merged.append(note.replace("before", "before and after", 1) if both else note)
    return merged
