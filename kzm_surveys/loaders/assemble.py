"""From codes in a file to answers and reasons for missing answers, with every disagreement listed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.derive import categorical, derive, reason_names, reasons_column
from kzm_surveys.loaders.raw import RawTable

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


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
    index = raw.cells.index
    problems = [*raw.problems, *_file_problems(raw, columns)]
    if not len(index):
        problems.append(Problem("error", "file", "the file has no respondents", "", "ask for the full file"))
    values: dict[str, pd.Series[object]] = {}
    missing: dict[str, pd.Series[object]] = {}
    reasons = reason_names(codebook)
    for variable in codebook.variables.values():
        name = variable.name
        if variable.derived:
            of = codebook.derived[variable.source].of
            values[name], missing[name], homeless = derive(variable, codebook, values[of], missing[of])
            if homeless.any():
                problems.append(
                    Problem("error", name, f"values of '{of}' that lie in no band", rows_by_id(index[homeless]),
                            "complete the bands in the codebook or correct the file")
                )  # fmt: skip
            continue
        column = columns[name]
        if column in raw.cells.columns:
            routed_out = _routed_out(variable, values, len(index))
            values[name], why, found = _decode(variable, raw, raw.cells[column], routed_out, reasons)
            problems += [*found, *_label_drift(variable, raw, column)]
        else:
            values[name], why = _empty(variable, index), np.full(len(index), reasons.index("no_answer"))
        missing[name] = reasons_column(why, codebook, index)
    return pd.DataFrame(values), pd.DataFrame(missing), problems


def _file_problems(raw: RawTable, columns: Mapping[str, str]) -> list[Problem]:
    problems = []
    for variable, column in columns.items():
        if column not in raw.cells.columns:
            problems.append(
                Problem("error", variable, f"the file has no column '{column}'", "",
                        "correct [data.columns] in wave.toml or ask for the full file")
            )  # fmt: skip
    known = set(columns.values()) | raw.other_columns
    problems += [
        Problem("warning", str(column), "column is not in the codebook and is not read", "",
                "describe it in codebook.toml if it matters")
        for column in raw.cells.columns if column not in known
    ]  # fmt: skip
    if len(repeated := raw.cells.index[raw.cells.index.duplicated()].unique()):
        problems.append(
            Problem("error", "id", "ids stand more than once", rows_by_id(repeated), "correct the ids in the file")
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
    variable: Variable, raw: RawTable, cells: pd.Series[object], routed_out: BoolArray, reasons: list[str]
) -> tuple[pd.Series[object], IntArray, list[Problem]]:
    """Values, numbers of the reasons (-1 where there is an answer) and problems of one column."""
    text = variable.kind == "text"
    numbers, blank = _numbers_and_blanks(cells)
    why = np.full(len(cells), -1, np.int64)
    codes = {code: reason for reason, code in variable.missing_codes.items()} | dict(raw.missing_codes)
    for code, reason in codes.items():
        if not text:
            why[numbers == code] = reasons.index(reason)
        elif raw.missing_codes:
            # 1KA writes its codes into text columns too; only the very code is one, "-1.0" is an answer.
            why[(cells == str(code)).to_numpy(np.bool_)] = reasons.index(reason)
    not_asked = reasons.index("not_asked")
    why[blank] = reasons.index("no_answer")
    why[blank & routed_out] = not_asked
    answered = why < 0
    problems: list[Problem] = []
    if text:
        decoded = cells.astype("str").where(answered)
    else:
        decoded, unknown = _accept(variable, numbers, answered, cells.index)
        why[unknown] = reasons.index("unknown_code")
        if unknown.any():
            problems += _unknown(variable, cells[unknown])
        answered &= ~unknown
    if (against := answered & routed_out).any():
        problems.append(
            Problem("warning", variable.name, "answered although the routing leads past the question",
                    rows_by_id(cells.index[against]), "check asked_if in the codebook or the interview")
        )  # fmt: skip
    if (skipped := (why == not_asked) & ~routed_out).any() and variable.other_text_of is None:
        problems.append(
            Problem("warning", variable.name, "skipped although the routing leads to the question",
                    rows_by_id(cells.index[skipped]), "check asked_if in the codebook or the interview")
        )  # fmt: skip
    return decoded, why, problems


def _numbers_and_blanks(cells: pd.Series[object]) -> tuple[FloatArray, BoolArray]:
    """Cells as numbers, NaN where they are none, and the mask of empty cells."""
    if pd.api.types.is_numeric_dtype(cells):
        numbers = cells.to_numpy(np.float64, na_value=np.nan)
        return numbers, np.isnan(numbers)
    texts = [cell.strip() if isinstance(cell, str) else "" if pd.isna(cell) else str(cell) for cell in cells]
    known = {text: float(text) if _is_number(text) else np.nan for text in set(texts)}
    return np.array([known[text] for text in texts], np.float64), np.array([text == "" for text in texts], np.bool_)


def _accept(
    variable: Variable, numbers: FloatArray, answered: BoolArray, index: pd.Index[object]
) -> tuple[pd.Series[object], BoolArray]:
    """Answers that the codebook allows, and the mask of those that it does not."""
    if variable.kind == "number":
        low, high = variable.limits
        fits = (numbers >= low) & (numbers <= high)
        values = np.where(answered & fits, numbers, np.nan)
        return pd.Series(values, index=index, name=variable.name), answered & ~fits
    codes = np.full(len(numbers), -1, np.int64)
    for position, category in enumerate(variable.categories):
        codes[answered & (numbers == category.code)] = position
    return categorical(codes, variable, index), answered & (codes < 0)


def _unknown(variable: Variable, cells: pd.Series[object]) -> list[Problem]:
    """One problem per unknown code, with how often and where it stands."""
    problems = []
    if variable.kind == "number":
        low, high = variable.limits
        found = f"values outside {low:g} to {high:g} or not numbers"
        to_do = "correct the file, or the limits in the codebook"
        return [Problem("error", variable.name, found, rows_by_id(cells.index), to_do)]
    allowed = ", ".join(str(category.code) for category in variable.categories)
    reasons = ", ".join(f"{code} {reason}" for reason, code in variable.missing_codes.items())
    for code, part in cells.groupby(cells.astype("str"), sort=True):
        shown = f"{float(code):g}" if _is_number(code) else "text"
        found = f"code {shown} is not in the codebook (allowed: {allowed}{'; ' + reasons if reasons else ''})"
        problems.append(
            Problem("error", variable.name, found, rows_by_id(part.index), "add the category or correct the file")
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
        if there is not None and there.strip().casefold() not in {t.casefold() for t in category.label.values()}:
            problems.append(
                Problem("warning", variable.name,
                        f"code {category.code} is labelled '{there}' in the file, "
                        f"'{category.label['sl']}' in the codebook",
                        "", "check that the code means the same and make the labels agree")
            )  # fmt: skip
    return problems
