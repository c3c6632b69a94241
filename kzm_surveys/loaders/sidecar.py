"""The codebook that ``kzm export --to csv`` writes beside a CSV file: labels, value labels, missing codes."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kzm_surveys.errors import DataError
from kzm_surveys.loaders.cells import without_apostrophe
from kzm_surveys.loaders.kinds import sidecar_path
from kzm_surveys.loaders.raw import Code
from kzm_surveys.loaders.text import decode
from kzm_surveys.wave import Wave

HEADER = ("variable", "label", "kind", "code", "meaning", "missing")
#: A row of kind "file" says of the whole file that its answers are invented.
SYNTHETIC_LABEL = "SINTETIČNI PODATKI"


@dataclass(frozen=True)
class Sidecar:
    """What the codebook beside a file says of its columns; `texts` are those of text and of days."""

    synthetic: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[Code, str]] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[tuple[Code, Code], ...]] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()


def read_sidecar(path: Path, wave: Wave) -> Sidecar | None:
    """Read ``<name>_codebook.csv`` beside a data file; None if there is none.

    A row without a code gives the label of a variable, a row with one the meaning of that code; ``missing`` is 1
    where the code is no answer. Codes are numbers except in variables of kind "text".

    Raises
    ------
    DataError
        Its header or its cells are not those that ``kzm export`` writes.
    """
    beside = sidecar_path(path)
    if not beside.is_file() or beside == path:
        return None
    where = f"{wave.name}: {beside}"
    text = decode(beside.read_bytes(), where).text
    try:
        header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    except csv.Error:
        raise _damaged(where, "a quote does not end") from None
    if tuple(header) != HEADER:
        raise _damaged(where, f"its first row is not {','.join(HEADER)}")
    synthetic = False
    labels: dict[str, str] = {}
    kinds: dict[str, str] = {}
    value_labels: dict[str, dict[Code, str]] = {}
    missing: dict[str, tuple[tuple[Code, Code], ...]] = {}
    for number, row in enumerate(rows, start=2):
        if len(row) != len(HEADER):
            raise _damaged(where, f"row {number} has {len(row)} cells instead of {len(HEADER)}")
        variable, label, kind, code, meaning, declared = map(without_apostrophe, row)
        if declared not in ("", "0", "1") or not variable or not kind:
            raise _damaged(where, f"row {number} lacks a variable or a kind, or its 'missing' is neither 0 nor 1")
        if kind == "file":
            synthetic |= label.startswith(SYNTHETIC_LABEL)
        elif not code:
            if variable in labels:
                raise _damaged(where, f"row {number} describes '{variable}' again")
            labels[variable], kinds[variable] = label, kind
        elif kinds.get(variable) != kind:
            raise _damaged(where, f"row {number} has a code of '{variable}', which no row before describes as '{kind}'")
        else:
            value = _code(code, kind, f"{where}, row {number}")
            if value in value_labels.setdefault(variable, {}):
                raise _damaged(where, f"row {number} gives a code of '{variable}' again")
            value_labels[variable][value] = meaning
            if declared == "1":
                missing[variable] = (*missing.get(variable, ()), (value, value))
    texts = frozenset(name for name, kind in kinds.items() if kind in ("text", "date"))
    return Sidecar(synthetic, labels, value_labels, missing, texts)


def _code(code: str, kind: str, where: str) -> Code:
    if kind == "text":
        return code
    try:
        number = float(code)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _damaged(where, "the code is not a number")
    return number


def _damaged(where: str, found: str) -> DataError:
    return DataError(f"{where}: {found}. Write the codebook anew with kzm export, or take the file away.")
