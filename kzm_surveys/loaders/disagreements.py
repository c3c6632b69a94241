"""Where the codes and labels of a file say something else than the codebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kzm_surveys.codebook import NOT_SELECTED, SELECTED, Variable
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.column import BoolArray, Cells, texts_of
from kzm_surveys.loaders.raw import LABEL_BYTES, Code, RawTable
from kzm_surveys.loaders.reasons import MissingCodes, as_compared, labels_in, shown, within

#: Unknown codes of one variable that get a line each.
MOST_LISTED = 20


def declared_missing(
    variable: Variable, raw: RawTable, column: str, cells: Cells, declared: BoolArray
) -> list[Problem]:
    """Codes that only the file calls missing: nobody knows why, or the codebook has them as answers."""
    labels = labels_in(raw, column, text=variable.kind == "text")
    answers = {float(category.code): category.name for category in variable.categories}
    values = texts_of(cells) if variable.kind == "text" else cells.numbers
    problems = []
    for code in np.unique(values[declared]):
        rows = rows_by_id(cells.raw.index[declared & (values == code)])
        name = f"code {shown(code)}" + (f" ('{labels[code]}')" if code in labels else "")
        if code in answers:
            found = f"the file declares {name} missing, the codebook has it as the answer '{answers[code]}'"
            to_do = "correct the codebook or the missing values in the file"
        else:
            found = f"the file declares {name} missing, the codebook knows no reason for it"
            to_do = "declare the reason with this code or label under [missing] in the codebook"
        problems.append(Problem("error", variable.name, found, rows, to_do))
    return problems


def unknown_codes(variable: Variable, cells: Cells, unknown: BoolArray) -> list[Problem]:
    """One problem per unknown code, with how often and where it stands; texts are never shown."""
    index, problems = cells.raw.index, []
    texts = unknown & (np.isnan(cells.numbers) | cells.are_days)
    if texts.any():
        if variable.kind == "date":
            found, to_do = "cells that are no days inside the limits", "write days as 24.11.2021 or 2021-11-24"
        elif cells.are_days:
            found = "days where codes or numbers belong"
            to_do = "correct the codebook or the file; spreadsheets turn codes such as 1.2. into days"
        else:
            found = "text where codes or numbers belong"
            to_do = "export codes instead of labels and empty cells instead of NA, or correct the kind of the question"
        problems.append(Problem("error", variable.name, found, rows_by_id(index[texts]), to_do))
    numbers = unknown & ~texts
    if not numbers.any():
        return problems
    if variable.kind == "date":
        problems.append(Problem("error", variable.name, "numbers where days belong", rows_by_id(index[numbers]),
                                "write days as 24.11.2021 or 2021-11-24"))  # fmt: skip
    elif variable.kind == "number":
        low, high = variable.limits
        problems.append(Problem("error", variable.name, f"values outside {low:g} to {high:g}",
                                rows_by_id(index[numbers]), "correct the file or the codebook's limits"))  # fmt: skip
    else:
        allowed = ", ".join(str(category.code) for category in variable.categories)
        reasons = ", ".join(f"{code} {reason}" for reason, code in variable.missing_codes.items())
        codes = np.unique(cells.numbers[numbers])
        for code in codes[:MOST_LISTED]:
            found = f"code {shown(code)} is not in the codebook (allowed: {allowed}{'; ' + reasons if reasons else ''})"
            where = rows_by_id(index[numbers & (cells.numbers == code)])
            problems.append(Problem("error", variable.name, found, where, "add the category or correct the file"))
        if len(codes) > MOST_LISTED:
            found = f"{len(codes) - MOST_LISTED} more codes are not in the codebook"
            where = rows_by_id(index[numbers & np.isin(cells.numbers, codes[MOST_LISTED:])])
            problems.append(Problem("error", variable.name, found, where, "look whether the kind of question is right"))
    return problems


def label_drift(variable: Variable, raw: RawTable, column: str, codes: MissingCodes) -> list[Problem]:
    """Value labels in the file that say something else than the codebook, or name codes that it does not know."""
    labels = labels_in(raw, column, text=False)
    if {category.name for category in variable.categories} == {SELECTED, NOT_SELECTED}:
        return _reversed_ticks(variable, labels)
    named = {code: label for code, label in labels.items() if code not in codes.named}
    numbers = np.array([code for code in named if not isinstance(code, str)], np.float64)
    missing = set(numbers[within(numbers, None, codes.ranges)])
    problems = []
    if variable.kind == "number":
        low, high = variable.limits
        inside = [
            code for code in set(numbers) - missing if low < code < high and as_compared(named[code]) != shown(code)
        ]
        if inside:
            problems.append(
                Problem("warning", variable.name,
                        f"the file labels numbers inside the limits: {_listed(named, sorted(inside))}", "",
                        "if they are no answers, declare them under missing_codes in the codebook")
            )  # fmt: skip
    if variable.kind == "categorical":
        known = {float(category.code) for category in variable.categories}
        if extra := sorted(set(numbers) - missing - known):
            problems.append(
                Problem("warning", variable.name,
                        f"the file labels codes that the codebook does not have: {_listed(named, extra)}", "",
                        "add the categories if they can be answers")
            )  # fmt: skip
    for category in variable.categories:
        there = labels.get(float(category.code))
        if there is not None and not any(_same(there, label) for label in category.label.values()):
            problems.append(
                Problem("warning", variable.name,
                        f"code {category.code} is labelled '{there}' in the file, "
                        f"'{category.label['sl']}' in the codebook",
                        "", "check that the code means the same and make the labels agree")
            )  # fmt: skip
    return problems


def _listed(labels: Mapping[Code, str], codes: Sequence[float]) -> str:
    return ", ".join(f"{shown(code)} '{labels[code]}'" for code in codes[:8])


def _same(there: str, label: str) -> bool:
    """Labels agree, also where SPSS cut the one in the file."""
    short = as_compared(there)
    whole = as_compared(label)
    return short == whole or (len(there.encode()) >= LABEL_BYTES - 3 and whole.startswith(short))


def _reversed_ticks(variable: Variable, labels: Mapping[Code, str]) -> list[Problem]:
    """Every program has its own words for a tick; only those that say the opposite are looked for."""
    no = {"ni izbran", "ni izbrano", "ne", "not selected", "no", "unchecked", "not checked"}
    yes = {"izbran", "izbrano", "da", "selected", "yes", "checked"}
    if as_compared(labels.get(0.0, "")) in yes or as_compared(labels.get(1.0, "")) in no:
        return [Problem("warning", variable.name, "the file's labels say that 0 is ticked or 1 is not", "",
                        "if so, correct the codes in the file: 1 must be ticked")]  # fmt: skip
    return []
