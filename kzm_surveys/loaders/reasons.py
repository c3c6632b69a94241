"""Which codes in a file mean a missing answer, and why it is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kzm_surveys.codebook import STANDARD_REASONS, Codebook, Variable, reason_label
from kzm_surveys.errors import Problem
from kzm_surveys.loaders.raw import Code, RawTable

#: 1KA's labels of missing codes, Slovenian and English (bleifrei/1ka, lang/1.php and lang/2.php, November 2021).
MISSING_LABELS = {
    "Ni odgovoril": "no_answer", "Unanswered question": "no_answer",
    "Preskok (if)": "not_asked", "Skipped question (IF logic)": "not_asked",
    "Prekinjeno": "break_off", "Drop-out": "break_off",
    "Naknadno vprašanje": "added_later", "Subsequent question": "added_later",
    "Prazna enota": "empty_unit", "Empty unit": "empty_unit",
    "Neustrezno": "not_applicable", "Invalid": "not_applicable",
    "Zavrnil": "refused", "Refused": "refused",
    "Ne vem": "dont_know", "Don't know": "dont_know",
}  # fmt: skip
#: Stored by a calculation with a missing operand; 1KA gives it no label and writes it into number columns only.
NUMBER_CODES: dict[int, str] = {-88: "no_answer"}

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class MissingCodes:
    """Missing codes of one column: `named` code -> reason; `ranges` are further codes that the file calls missing."""

    named: Mapping[Code, str]
    ranges: tuple[tuple[Code, Code], ...]


def plain(label: str) -> str:
    """A label as compared: without case, the code before it ("-1: Ni odgovoril"), and outer blanks.

    >>> plain(" -1: Ni odgovoril")
    'ni odgovoril'
    """
    return re.sub(r"^\s*-?\d+\s*[:=]\s*", "", label).strip().casefold()


def as_compared(label: str) -> str:
    """A label without case, outer blanks, and marks that exports change.

    >>> as_compared("Kje; kdaj ali  `kako`?")
    "kje, kdaj ali 'kako'?"
    """
    return " ".join(label.replace("`", "'").replace(";", ",").casefold().split())


def reasons_by_label(codebook: Codebook) -> dict[str, str]:
    """Label without case -> reason: 1KA's labels, the engine's own, then those of the codebook."""
    known = {plain(label): reason for label, reason in MISSING_LABELS.items()}
    for reason in STANDARD_REASONS:
        known |= {reason: reason} | {plain(label): reason for label in reason_label(reason).values()}
    for reason, entry in codebook.missing.items():
        known |= {reason: reason} | {plain(label): reason for label in entry.label.values()}
    return known


def labels_in(raw: RawTable, column: str, *, text: bool) -> dict[Code, str]:
    """Value labels of a column under codes of the kind that its variable has: text, or numbers."""
    labels = raw.value_labels.get(column, {})
    return {code: label for key, label in labels.items() if (code := _code(key, text=text)) is not None}


def _code(code: Code, *, text: bool) -> Code | None:
    """A code as text ("9"), or as a number; None for text that is no number."""
    if text:
        return code.rstrip() if isinstance(code, str) else f"{code:.15g}"
    return _number(code)


def _number(code: Code) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def missing_codes(
    variable: Variable, raw: RawTable, column: str, by_label: Mapping[str, str]
) -> tuple[MissingCodes, list[Problem]]:
    """Missing codes of one column: what the codebook says, then labels in the file, then the format's own set.

    Returns
    -------
    tuple
        The codes (text for open questions) and what file and codebook say differently of each other.
    """
    text = variable.kind == "text"
    as_code = str if text else float
    answers = {float(category.code) for category in variable.categories}
    of_format = (NUMBER_CODES if raw.kind.startswith("1ka") and variable.kind == "number" else {}) | dict(
        raw.missing_codes
    )
    named: dict[Code, str] = {as_code(code): reason for code, reason in of_format.items()}
    labels = labels_in(raw, column, text=text)
    labelled = {
        code: by_label[plain(label)]
        for code, label in labels.items()
        if code not in answers and plain(label) in by_label
    }
    codebook = {as_code(code): reason for reason, code in variable.missing_codes.items()}
    problems = [
        Problem("warning", variable.name,
                f"code {shown(code)} is labelled '{labels[code]}' in the file, it is '{codebook[code]}' in the "
                "codebook", "", "check what the code means and make the labels agree")
        for code in codebook if code in labels and labelled.get(code) != codebook[code]
    ]  # fmt: skip
    return MissingCodes(named | labelled | codebook, raw.user_missing.get(column, ())), problems


def shown(code: Code) -> str:
    """A code as messages print it: all of it, so that 1.0000000001 is not shown as 1."""
    if isinstance(code, str):
        return code
    short = f"{code + 0.0:g}"
    return short if float(short) == code else f"{code:.17g}"


def find_missing(
    codes: MissingCodes, numbers: FloatArray, texts: npt.NDArray[np.object_] | None, reasons: list[str]
) -> tuple[npt.NDArray[np.int16], BoolArray]:
    """Number of the reason of each cell, -1 where there is none; and the cells that only the file calls missing.

    Open questions are compared as `texts`, all others as `numbers`.
    """
    why = np.full(len(numbers), -1, np.int16)
    values = numbers if texts is None else texts
    for code, reason in codes.named.items():
        why[values == code] = reasons.index(reason)
    return why, within(numbers, texts, codes.ranges) & (why < 0)


def within(
    numbers: FloatArray, texts: npt.NDArray[np.object_] | None, ranges: tuple[tuple[Code, Code], ...]
) -> BoolArray:
    """Mask of the cells that lie in one of the ranges, both ends in them; ranges of text are single codes."""
    inside = np.zeros(len(numbers), dtype=bool)
    for lowest, highest in ranges:
        low, high = _number(lowest), _number(highest)
        if texts is not None and isinstance(lowest, str):
            inside |= texts == lowest.rstrip()
        elif low is not None and high is not None:
            inside |= (numbers >= low) & (numbers <= high)
    return inside
