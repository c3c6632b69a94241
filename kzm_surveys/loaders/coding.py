"""From answers and reasons back to codes: the columns of a file to write, for any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.language.catalogue import Language
from kzm_surveys.loaders.assemble import routed_out
from kzm_surveys.loaders.enka import MISSING_CODES
from kzm_surveys.loaders.raw import LABEL_BYTES, Code
from kzm_surveys.loaders.reasons import plain, reasons_by_label

#: Most single codes that SPSS lets a variable declare missing; more need one range.
MOST_CODES = 3
#: Reason -> the code that 1KA gives to it.
USUAL = {reason: code for code, reason in sorted(MISSING_CODES.items())}


@dataclass(frozen=True)
class CodedColumn:
    """One variable as a file holds it.

    `cells` are numbers (NaN empty) or text ("" empty); `value_labels` name answers and missing codes alike;
    `missing` maps each reason that occurs or is declared to its code.
    """

    variable: Variable
    cells: npt.NDArray[np.float64] | npt.NDArray[np.object_]
    value_labels: Mapping[Code, str]
    missing: Mapping[str, Code]

    @property
    def is_text(self) -> bool:
        """The column holds text: open answers, and days as 2021-11-24."""
        return self.variable.kind in ("text", "date")


def coded_columns(
    responses: pd.DataFrame, missing: pd.DataFrame, codebook: Codebook, lang: Language = "sl"
) -> list[CodedColumn]:
    """Code all asked variables so that reading the columns gives the same answers and reasons.

    An empty cell stands for "not asked" where the routing leads past the question and for "no answer" elsewhere; any
    other reason gets a code: that of the codebook, 1KA's, or a free one. A variable that needs more than three codes
    gets one block of them below its answers, because SPSS declares either three codes or one range.
    """
    by_label = reasons_by_label(codebook)
    values = {name: responses[name] for name in codebook.variables}
    return [
        _coded(variable, values, missing[variable.name], codebook, by_label, lang)
        for variable in codebook.variables.values()
        if not variable.derived
    ]


def full_label(variable: Variable, lang: Language) -> str:
    """The question's wording, with the item where there is one."""
    stem = variable.question[lang]
    return stem if variable.item is None else f"{stem} {variable.label[lang]}"


def _coded(
    variable: Variable, values: Mapping[str, pd.Series[object]], why: pd.Series[object], codebook: Codebook,
    by_label: Mapping[str, str], lang: Language,
) -> CodedColumn:  # fmt: skip
    column = values[variable.name]
    skipped = routed_out(variable, values, len(column))
    implied = (why == "not_asked").to_numpy(bool) & skipped | (why == "no_answer").to_numpy(bool) & ~skipped
    needed = [str(reason) for reason in why[~implied].dropna().unique()]
    cells = _texts(column) if variable.kind in ("text", "date") else _numbers(column, variable)
    codes = _choose(variable, needed, cells)
    for reason, code in codes.items():
        cells[(why == reason).to_numpy(bool) & ~implied] = code
    labels: dict[Code, str] = {float(c.code): c.label[lang] for c in variable.categories}
    for reason, code in codes.items():
        label = codebook.reason_labels(reason)[lang]
        kept = by_label.get(plain(label)) == reason and len(label.encode()) <= LABEL_BYTES
        labels[code] = label if kept else reason
    return CodedColumn(variable, cells, labels, codes)


def _texts(column: pd.Series[object]) -> npt.NDArray[np.object_]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return np.array(["" if pd.isna(day) else f"{day:%Y-%m-%d}" for day in column], dtype=object)
    return column.astype("str").where(column.notna(), "").to_numpy(object, copy=True)


def _numbers(column: pd.Series[object], variable: Variable) -> npt.NDArray[np.float64]:
    if variable.kind == "number":
        return column.to_numpy(np.float64, copy=True)
    codes = np.array([*(c.code for c in variable.categories), np.nan], np.float64)
    return codes[column.cat.codes.to_numpy()]


def _choose(
    variable: Variable, needed: list[str], cells: npt.NDArray[np.float64] | npt.NDArray[np.object_]
) -> dict[str, Code]:
    """Reason -> code, none of them an answer, or a code that the codebook gives to another reason."""
    text = variable.kind in ("text", "date")
    declared = variable.missing_codes
    reasons = list(dict.fromkeys([*declared, *sorted(needed, key=lambda reason: (reason not in USUAL, reason))]))
    valid = [float(c.code) for c in variable.categories] + ([variable.limits[0]] if variable.kind == "number" else [])
    lowest = 0 if text else int(np.floor(min(0.0, *valid)))
    answers = set(cells) if text else set()
    codes: dict[str, int] = {} if not text and len(reasons) > MOST_CODES else dict(declared)

    def free(reason: str, code: int) -> bool:
        of_another = code in declared.values() and declared.get(reason) != code
        return (text or code < lowest) and not of_another and code not in codes.values() and str(code) not in answers

    for reason in reasons:
        if reason in codes:
            continue
        code = USUAL.get(reason, lowest - 1)
        while not free(reason, code):
            code = min(code, lowest) - 1
        codes[reason] = code
    return {reason: str(code) if text else float(code) for reason, code in codes.items()}
