"""What each column of a data file says of itself: kind, codes with their labels, missing codes. Never an answer."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.drafting.toml_writer import both
from kzm_surveys.loaders.column import days
from kzm_surveys.loaders.raw import Code, RawTable
from kzm_surveys.loaders.reasons import plain, reasons_by_label

#: A codebook that knows nothing yet.
EMPTY = Codebook(survey="draft", title=both("-"), status=both("-"), questions={})
#: Label without case -> reason for a missing answer.
KNOWN_REASONS = reasons_by_label(EMPTY)
#: In a file without labels, whole numbers from 0 to this one are taken for codes of categories.
GREATEST_BARE_CODE = 10
#: More unlabelled codes than this, and than labelled ones, are taken for numbers.
MOST_BARE_CODES = 5
#: Up to so many different texts may be the labels of a closed question.
FEW_TEXTS = 12
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")

Kind = Literal["choice", "number", "date", "text", "empty"]
Limits = tuple[float, float]


class Missing(NamedTuple):
    """A missing code with its label, "" where the file has none; no code where a codebook cannot hold it."""

    code: int | None
    label: str


#: Numbers up to which limits can be rounded outwards and a missing code still found below.
LARGEST = 2.0**50


@dataclass(frozen=True)
class ColumnFacts:
    """One column.

    Attributes
    ----------
    name, label
        Name in the file; label, "" if it has none.
    kind
        ``choice`` has `codes`: those labelled and those in use, with their labels ("" where there is none);
        ``number`` has `limits`, rounded so that they hold all answers and show none; ``empty`` has no answers.
    missing
        Missing codes that the file declares, or labels as such.
    reasons
        Reasons that have codes of their own in this kind of file, as far as they are in use.
    blanks
        Some cells are empty.
    notes
        What a person should look at.
    """

    name: str
    label: str
    kind: Kind
    codes: Mapping[int, str]
    missing: tuple[Missing, ...]
    limits: Limits | None
    reasons: tuple[str, ...]
    blanks: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Values:
    """Distinct values of a column; `numbers` are answers, `codes` missing codes in use, `labels` those of answers."""

    numbers: Collection[float]
    texts: Collection[str]
    codes: Collection[float]
    labels: Mapping[float, str]
    is_day: bool


def describe_columns(raw: RawTable, left_out: Collection[str] = ()) -> list[ColumnFacts]:
    """Describe all columns of answers, in the order of the file.

    Parameters
    ----------
    raw
        The file as read.
    left_out
        Columns that hold no answers, besides those that the reader found.
    """
    names = [str(name) for name in raw.cells if name not in raw.other_columns and name not in left_out]
    values = {name: _values(raw, name) for name in names}
    labelled = any(found.labels for found in values.values())
    return [_describe(raw, name, values[name], labelled=labelled) for name in names]


def _values(raw: RawTable, name: str) -> _Values:
    cells = raw.cells[name]
    labels = {_number(code): label.strip() for code, label in raw.value_labels.get(name, {}).items()}
    answers = {
        code: label for code, label in labels.items() if isinstance(code, float) and not _is_missing(raw, name, code)
    }
    if pd.api.types.is_datetime64_any_dtype(cells):
        return _Values((), (), (), answers, is_day=True)
    distinct = [_number(value) for value in cells.dropna().unique()]
    numbers = {value for value in distinct if isinstance(value, float) and math.isfinite(value)}
    codes = {code for code in numbers if _is_missing(raw, name, code)}
    texts = {value for value in distinct if isinstance(value, str) and value}
    return _Values(numbers - codes, texts, codes, answers, is_day=False)


def _number(value: object) -> Code:
    """A code or cell as number where it is one, also if the file writes it as text; else the text without blanks."""
    if not isinstance(value, str):
        return float(value)  # type: ignore[arg-type]
    text = value.strip()
    return float(text) if _PLAIN_NUMBER.fullmatch(text) else text


def _is_missing(raw: RawTable, name: str, code: float) -> bool:
    """The kind of file, the file or the label says that a code is no answer."""
    labels = raw.value_labels.get(name, {})
    label = labels.get(code, labels.get(f"{code:g}", ""))
    return code in raw.missing_codes or _is_declared(raw, name, code) or plain(label) in KNOWN_REASONS


def _is_declared(raw: RawTable, name: str, code: float) -> bool:
    for low, high in ((_number(low), _number(high)) for low, high in raw.user_missing.get(name, ())):
        if not isinstance(low, str) and not isinstance(high, str) and low <= code <= high:
            return True
    return False


def _describe(raw: RawTable, name: str, values: _Values, *, labelled: bool) -> ColumnFacts:
    kind, note = _kind(values, labelled=labelled)
    notes = [note] if note else []
    missing = _missing(raw, name, values)
    limits = None
    if kind == "number" and max(map(abs, values.numbers or values.labels)) > LARGEST:
        kind = "text"
        notes.append("its numbers are too large to compute with, such as those of telephones")
    if kind == "number":
        known = values.numbers or values.labels
        low, high = min(known), max(known)
        limits = limits_around(low, high, [entry.code for entry in missing if entry.code is not None])
        inside = [entry for entry in missing if entry.code is not None and low < entry.code < high]
        missing = [Missing(None, entry.label) if entry in inside else entry for entry in missing]
        notes += [f"the missing code {entry.code} lies among the answers: change it in the file" for entry in inside]
    if any(entry.code is None and not entry.label for entry in missing):
        notes.append("the file declares something missing without saying why: label it in the file")
    codes = {int(code): values.labels.get(code, "") for code in sorted({*values.labels, *values.numbers})}
    return ColumnFacts(
        name=name,
        label=" ".join(raw.labels.get(name, "").split()),
        kind=kind,
        codes=codes if kind == "choice" else {},
        missing=tuple(entry for entry in missing if entry != Missing(None, "")),
        limits=limits,
        reasons=tuple(dict.fromkeys(raw.missing_codes[int(c)] for c in sorted(values.codes) if c in raw.missing_codes)),
        blanks=bool(raw.cells[name].isna().any()) or (not values.is_day and bool((raw.cells[name] == "").any())),
        notes=tuple(notes),
    )


def _kind(values: _Values, *, labelled: bool) -> tuple[Kind, str]:
    """Kind of a column, and what is not certain about it; `labelled` says that the file labels answers elsewhere."""
    if values.is_day:
        return "date", ""
    if values.texts:
        if not values.numbers and days(pd.Series(list(values.texts), dtype="str")).notna().all():
            return "date", ""
        few = 1 < len(values.texts) <= FEW_TEXTS
        return "text", "few different texts: if they are answers to choose from, list them as categories" if few else ""
    if not values.numbers and not values.labels:
        return "empty", "nobody answered, so the kind of the question is not known"
    whole = all(code % 1 == 0 for code in {*values.numbers, *values.labels})
    bare = set(values.numbers) - set(values.labels)
    if values.labels:
        of_number = len(bare) > max(MOST_BARE_CODES, len(values.labels))
        note = "only some of the numbers have a label in the file" if of_number or not whole else ""
        return ("number" if of_number or not whole else "choice"), note
    if bare <= {0, 1}:
        return "choice", ""
    if labelled:
        return "number", ""
    if whole and min(bare) >= 0 and max(bare) <= GREATEST_BARE_CODE:
        return "choice", "the file has no labels: say what the codes mean, or make it a number"
    return "number", "the file has no labels: if these are codes, list them as categories" if whole else ""


def _missing(raw: RawTable, name: str, values: _Values) -> list[Missing]:
    """Missing codes that the kind of file does not know by itself: labelled ones, declared ones, those in use."""
    labels = {_number(code): label.strip() for code, label in raw.value_labels.get(name, {}).items()}
    declared = [_number(low) for low, high in raw.user_missing.get(name, ()) if low == high]
    out = []
    for code in dict.fromkeys([*labels, *declared, *values.codes]):
        if code in values.labels:
            continue
        label = labels.get(code, "")
        if isinstance(code, str):
            if code in declared or plain(label) in KNOWN_REASONS:
                out.append(Missing(None, label))
        elif code not in raw.missing_codes and code % 1 == 0:
            out.append(Missing(int(code), label))
    return sorted(out, key=lambda entry: (entry.code is None, entry.code or 0))


def limits_around(low: float, high: float, missing: Collection[int]) -> Limits:
    """Round limits that hold all numbers from `low` to `high` and none of the missing codes outside them.

    Examples
    --------
    >>> limits_around(18, 93, [999]), limits_around(1934, 2003, []), limits_around(0.5, 7.25, [])
    ((0, 100), (1930, 2010), (0, 8))
    >>> limits_around(1, 88, [97, 98]), limits_around(3, 3, [4])
    ((0, 90), (0, 3.5))
    """
    spread = max(high - low, 1e-9) if high > low else 10 * max(abs(low), 1)
    digits = -math.floor(math.log10(spread))
    step = 10.0**-digits
    first = 0.0 if 0 <= low <= spread else round(math.floor(low / step) * step, digits)
    last = round(math.ceil(high / step) * step, digits)
    first -= step if first > low else 0  # a number too small to be divided
    last += step if last == first or last < high else 0
    for code in missing:
        if high < code <= last:
            last = code - 1 if code - 1 > high else (high + code) / 2
        elif first <= code < low:
            first = code + 1 if code + 1 < low else (low + code) / 2
    return _tidy(first), _tidy(last)


def _tidy(number: float) -> float:
    return int(number) if number % 1 == 0 else number
