"""From codes in a file to answers and reasons for missing answers, with every disagreement listed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.derive import categorical, derive, reasons_column
from kzm_surveys.loaders.raw import RawTable

BoolArray = npt.NDArray[np.bool_]


def assemble(
    raw: RawTable, codebook: Codebook, columns: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Apply the codebook to a raw table.

    Parameters
    ----------
    raw
        Codes as they stand in the file.
    codebook
        The codebook.
    columns
        Variable -> column of the file.

    Returns
    -------
    tuple
        ``responses``, ``missing`` and all problems. A code outside the codebook becomes missing with the reason
        ``unknown_code`` and is an error.
    """
    index = raw.values.index
    problems = [*raw.problems, *_file_problems(raw, columns)]
    values: dict[str, pd.Series[object]] = {}
    reasons: dict[str, pd.Series[object]] = {}
    for variable in codebook.variables.values():
        if variable.derived:
            of = codebook.derived[variable.source].of
            values[variable.name], reasons[variable.name] = derive(
                variable, codebook, values[of], reasons[of]
            )
            continue
        column = columns[variable.name]
        if column not in raw.values.columns:
            values[variable.name] = _empty(variable, index)
            reasons[variable.name] = reasons_column(["no_answer"] * len(index), codebook, index)
            continue
        routed_out = _routed_out(variable, values, len(index))
        decoded, why, found = _decode(variable, raw, raw.values[column], routed_out)
        values[variable.name], reasons[variable.name] = decoded, reasons_column(why, codebook, index)
        problems += [*found, *_label_drift(variable, raw, column)]
    return pd.DataFrame(values), pd.DataFrame(reasons), problems


def _file_problems(raw: RawTable, columns: Mapping[str, str]) -> list[Problem]:
    problems = []
    for variable, column in columns.items():
        if column not in raw.values.columns:
            problems.append(
                Problem("error", variable, f"the file has no column '{column}'", "",
                        "correct [data.columns] in wave.toml or ask for the full file")
            )  # fmt: skip
    known = set(columns.values()) | raw.other_columns
    problems += [
        Problem("warning", str(column), "column is not in the codebook and is not read", "",
                "describe it in codebook.toml if it matters")
        for column in raw.values.columns if column not in known
    ]  # fmt: skip
    if len(repeated := raw.values.index[raw.values.index.duplicated()].unique()):
        problems.append(
            Problem(
                "error", "id", "ids stand more than once", rows_by_id(repeated), "correct the ids in the file"
            )
        )
    return problems


def _routed_out(variable: Variable, values: Mapping[str, pd.Series[object]], n: int) -> BoolArray:
    """Rows to which the question is not put."""
    asked = np.ones(n, dtype=bool)
    for gate, answers in variable.asked_if.items():
        asked &= values[gate].isin(answers).to_numpy()
    return ~asked


def _empty(variable: Variable, index: pd.Index[object]) -> pd.Series[object]:
    if variable.kind == "categorical":
        return categorical(np.full(len(index), -1, np.int64), variable, index)
    dtype = "float64" if variable.kind == "number" else "str"
    return pd.Series(np.nan, index=index, dtype=dtype, name=variable.name)


def _decode(
    variable: Variable, raw: RawTable, cells: pd.Series[object], routed_out: BoolArray
) -> tuple[pd.Series[object], list[object], list[Problem]]:
    """Values, reasons (None where there is an answer) and problems of one column."""
    text = variable.kind == "text"
    numbers = _as_numbers(cells, raw)
    why = np.full(len(cells), None, dtype=object)
    codes = {code: reason for reason, code in variable.missing_codes.items()} | dict(raw.missing_codes)
    coded = {code: reason for code, reason in codes.items() if raw.missing_codes or not text}
    for code, reason in coded.items():
        why[(numbers == code).to_numpy()] = reason
    blank = (cells.isna() | (cells.astype("str").str.strip() == "")).to_numpy()
    why[blank] = "no_answer"
    why[blank & routed_out] = "not_asked"
    answered = why == None  # noqa: E711 - elementwise on an object array
    problems: list[Problem] = []
    if text:
        decoded = cells.astype("str").where(answered)
    else:
        decoded, unknown = _accept(variable, numbers, answered, cells.index)
        why[unknown] = "unknown_code"
        problems += _unknown(variable, cells[unknown])
        answered &= ~unknown
    if (against := answered & routed_out).any():
        problems.append(
            Problem("warning", variable.name, "answered although the routing leads past the question",
                    rows_by_id(cells.index[against]), "check asked_if in the codebook or the interview")
        )  # fmt: skip
    if (skipped := (why == "not_asked") & ~routed_out).any() and variable.other_text_of is None:
        problems.append(
            Problem("warning", variable.name, "skipped although the routing leads to the question",
                    rows_by_id(cells.index[skipped]), "check asked_if in the codebook or the interview")
        )  # fmt: skip
    return decoded, list(why), problems


def _as_numbers(cells: pd.Series[object], raw: RawTable) -> pd.Series[float]:
    if pd.api.types.is_numeric_dtype(cells):
        return cells.astype("float64")
    return pd.to_numeric(cells, errors="coerce").astype("float64")


def _accept(
    variable: Variable, numbers: pd.Series[float], answered: BoolArray, index: pd.Index[object]
) -> tuple[pd.Series[object], BoolArray]:
    """Answers that the codebook allows, and the mask of those that it does not."""
    if variable.kind == "number":
        low, high = variable.minimum, variable.maximum
        fits = ((numbers >= low) & (numbers <= high)).to_numpy()
        return numbers.where(answered & fits).rename(variable.name), answered & ~fits
    position = {float(category.code): i for i, category in enumerate(variable.categories)}
    codes = numbers.map(position).fillna(-1).to_numpy(np.int64, copy=True)
    codes[~answered] = -1
    return categorical(codes, variable, index), answered & (codes < 0)


def _unknown(variable: Variable, cells: pd.Series[object]) -> list[Problem]:
    """One problem per unknown code, with how often and where it stands."""
    problems = []
    if variable.kind == "number":
        if len(cells):
            limits = f"{variable.minimum:g} to {variable.maximum:g}"
            problems.append(
                Problem("error", variable.name, f"values outside {limits} or not numbers", rows_by_id(cells.index),
                        "correct the file, or the limits in the codebook")
            )  # fmt: skip
        return problems
    allowed = ", ".join(str(category.code) for category in variable.categories)
    reasons = ", ".join(f"{code} {reason}" for reason, code in variable.missing_codes.items())
    for code, part in cells.groupby(cells.astype("str"), sort=True):
        shown = f"{float(code):g}" if _is_number(code) else "text"
        found = f"code {shown} is not in the codebook (allowed: {allowed}{'; ' + reasons if reasons else ''})"
        problems.append(
            Problem(
                "error", variable.name, found, rows_by_id(part.index), "add the category or correct the file"
            )
        )
    return problems


def _is_number(text: object) -> bool:
    try:
        float(str(text))
    except ValueError:
        return False
    return True


def _label_drift(variable: Variable, raw: RawTable, column: str) -> list[Problem]:
    """Value labels in the file that say something else than the codebook."""
    labels = raw.value_labels.get(column, {})
    problems = []
    for category in variable.categories:
        there = labels.get(float(category.code))
        if there is not None and there.strip().casefold() not in {
            t.casefold() for t in category.label.values()
        }:
            problems.append(
                Problem("warning", variable.name,
                        f"code {category.code} is labelled '{there}' in the file, '{category.label['sl']}' in the codebook",
                        "", "check that the code means the same and make the labels agree")
            )  # fmt: skip
    return problems
