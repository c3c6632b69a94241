"""From codes in a file to answers and reasons for missing answers, with every disagreement listed."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.decode import decode
from kzm_surveys.loaders.derive import categorical, derive, reason_names, reasons_column
from kzm_surveys.loaders.names import find_columns
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.loaders.reasons import as_compared, reasons_by_label
from kzm_surveys.loaders.sets import ticks
from kzm_surveys.wave import Wave

BoolArray = npt.NDArray[np.bool_]
#: Missing columns that are listed one by one, unless most are missing.
MOST_LACKING = 12


def assemble(raw: RawTable, codebook: Codebook, wave: Wave) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Apply the codebook to a raw table.

    Parameters
    ----------
    raw
        Codes as they stand in the file.
    codebook, wave
        The codebook, and the wave whose ``[data]`` says how the file is laid out.

    Returns
    -------
    tuple
        ``responses``, ``missing`` and all problems. A code outside the codebook becomes missing with the reason
        ``unknown_code`` and is an error.
    """
    index = raw.cells.index
    columns, found = find_columns(raw, codebook, wave)
    by_label = reasons_by_label(codebook)
    ticked, used, unmatched = ticks(raw, codebook, wave, columns, by_label)
    problems = [*raw.problems, *found, *unmatched, *_file_problems(raw, wave, codebook, columns, ticked.keys(), used)]
    problems += _swapped_labels(raw, codebook, columns)
    if not len(index):
        problems.append(Problem("error", "file", "the file has no respondents", "", "ask for the full file"))
    values: dict[str, pd.Series[object]] = {}
    missing: dict[str, pd.Series[object]] = {}
    reasons = reason_names(codebook)
    routes: dict[object, BoolArray] = {}
    for variable in codebook.variables.values():
        name = variable.name
        if variable.derived:
            values[name], missing[name], homeless = derive(variable, codebook, values, missing)
            if homeless.any():
                problems.append(
                    Problem("error", name, "values that lie in no band", rows_by_id(index[homeless]),
                            "complete the bands in the codebook or correct the file")
                )  # fmt: skip
            continue
        column = columns[name]
        if name in ticked or column in raw.cells.columns:
            route = tuple(variable.asked_if.items())
            if route not in routes:
                routes[route] = routed_out(variable, values, len(index))
            cells = ticked[name].cells if name in ticked else raw.cells[column]
            column = ticked[name].column if name in ticked else column
            values[name], why, noticed = decode(variable, raw, column, cells, routes[route], reasons, by_label)
            problems += noticed
        else:
            values[name] = _empty(variable, index)
            why = np.full(len(index), reasons.index("no_answer"), np.int16)
        missing[name] = reasons_column(why.astype(np.int64), codebook, index)
    return pd.DataFrame(values), pd.DataFrame(missing), problems


def _file_problems(
    raw: RawTable, wave: Wave, codebook: Codebook, columns: Mapping[str, str], ticked: Set[str], used: frozenset[str]
) -> list[Problem]:
    """Columns that are missing or unknown; ids that stand twice."""
    known = {*columns.values(), *raw.other_columns, *used, wave.data.interview_date, wave.data.minutes}
    unknown = [str(column) for column in raw.cells.columns if column not in known]
    lacking = {v: c for v, c in columns.items() if c not in raw.cells.columns and v not in ticked}
    problems = []
    if len(lacking) > max(MOST_LACKING, len(columns) / 2):
        names = ", ".join(list(lacking.values())[:MOST_LACKING])
        problems.append(
            Problem("error", "file", f"{len(lacking)} of {len(columns)} expected columns are not there: {names} ...",
                    "", "look whether it is a file of this survey and wave, or name the columns in [data.columns]")
        )  # fmt: skip
        return [*problems, *_repeated_ids(raw)]
    for name, column in lacking.items():
        near = [other for other in unknown if as_compared(raw.labels.get(other, "")) in labels_of(codebook[name])]
        hint = f"; column '{near[0]}' bears its label" if len(near) == 1 else ""
        problems.append(
            Problem("error", name, f"the file has no column '{column}'{hint}", "",
                    "correct [data.columns] in wave.toml or ask for the full file")
        )  # fmt: skip
    problems += [
        Problem("warning", column, "column is not in the codebook and is not read", "",
                "describe it in codebook.toml if it matters")
        for column in unknown
    ]  # fmt: skip
    return [*problems, *_repeated_ids(raw)]


def _repeated_ids(raw: RawTable) -> list[Problem]:
    if len(repeated := raw.cells.index[raw.cells.index.duplicated(keep=False)]):
        return [Problem("error", "id", "ids stand more than once", rows_by_id(repeated), "correct the ids in the file")]
    return []


def _swapped_labels(raw: RawTable, codebook: Codebook, columns: Mapping[str, str]) -> list[Problem]:
    """Columns labelled as another variable is, and not as their own: a sign that columns are mixed up."""
    asked = [v for v in codebook.variables.values() if not v.derived and v.other_text_of is None]
    of_label: dict[str, set[str]] = {}
    for variable in asked:
        for text in labels_of(variable):
            of_label.setdefault(text, set()).add(variable.name)
    problems = []
    for variable in asked:
        label = raw.labels.get(columns[variable.name], "")
        meant = of_label.get(as_compared(label), set())
        if len(meant) == 1 and variable.name not in meant:
            problems.append(
                Problem("warning", variable.name,
                        f"column '{columns[variable.name]}' is labelled '{label}' in the file, as '{min(meant)}' is",
                        "", "look whether columns are mixed up in [data.columns] of wave.toml")
            )  # fmt: skip
    return problems


def labels_of(variable: Variable) -> set[str]:
    """What files call a variable: its wording, its short label, or both, without case and marks."""
    out = set()
    for lang, label in variable.label.items():
        question = variable.question[lang]
        own = {label} if variable.item is not None else {label, question}
        out |= {as_compared(text) for text in own | {f"{question} {label}", f"{question}: {label}"}}
    return out


def routed_out(variable: Variable, values: Mapping[str, pd.Series[object]], n: int) -> BoolArray:
    """Rows to which the question is not put."""
    asked = np.ones(n, dtype=bool)
    for gate, answers in variable.asked_if.items():
        asked &= values[gate].isin(answers).to_numpy()
    return ~asked


def _empty(variable: Variable, index: pd.Index[object]) -> pd.Series[object]:
    if variable.kind == "categorical":
        return categorical(np.full(len(index), -1, np.int64), variable, index)
    dtype = {"number": "float64", "date": "datetime64[s]", "text": "str"}[variable.kind]
    return pd.Series(np.nan if variable.kind != "date" else pd.NaT, index=index, dtype=dtype, name=variable.name)
