"""SPSS .sav files, read and written. The only module that imports pyreadstat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyreadstat

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.errors import DataError
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.wave import Wave

FloatArray = npt.NDArray[np.float64]
SYNTHETIC_MARK = "SINTETICNI PODATKI / SYNTHETIC DATA"  # file labels are ASCII for old SPSS versions


def read_sav(path: Path, wave: Wave) -> RawTable:
    """Read a .sav file with its user-missing codes kept as codes.

    Raises
    ------
    DataError
        The bytes are not a complete .sav file, or the id column named in ``wave.toml`` is not in it.
    """
    if path.read_bytes()[:4] not in (b"$FL2", b"$FL3"):
        raise DataError(
            f"{wave.name}: {path} is not an SPSS .sav file (its first bytes are not $FL2). Export it again."
        )
    try:
        frame, meta = pyreadstat.read_sav(str(path), user_missing=True, apply_value_formats=False)
    except (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        OverflowError,
        UnicodeError,
        ValueError,
    ) as error:
        raise DataError(
            f"{wave.name}: {path} is damaged or cut short ({error}; {path.stat().st_size} bytes). "
            "Ask for the file again or export it anew; nothing was read."
        ) from None
    rows = len(frame)
    ids: pd.Index[object] = pd.RangeIndex(1, rows + 1, name="id")
    others: set[str] = set()
    if wave.data.id is not None:
        if wave.data.id not in frame.columns:
            raise DataError(
                f"{wave.name}: {path} has no id column '{wave.data.id}' (columns: {', '.join(frame.columns[:12])} "
                "...). Correct [data] id in wave.toml."
            )
        column = frame[wave.data.id]
        if column.isna().any() or (column.astype("str").str.strip() == "").any():
            count = int((column.isna() | (column.astype("str").str.strip() == "")).sum())
            raise DataError(
                f"{wave.name}: {path}: {count} of {rows} ids in '{wave.data.id}' are empty. Fill them in the file."
            )
        ids = pd.Index(
            column.astype("int64") if column.notna().all() and column.dtype.kind == "f" else column, name="id"
        )
        others.add(wave.data.id)
    return RawTable(
        cells=frame.set_axis(ids, axis=0),
        rows=rows,
        synthetic=(meta.file_label or "").startswith(SYNTHETIC_MARK[:18]),
        labels={name: label for name, label in meta.column_names_to_labels.items() if label},
        value_labels=meta.variable_value_labels,
        other_columns=frozenset(others),
    )


def sav_columns(codebook: Codebook, wave: Wave) -> dict[str, str]:
    """Variable -> column of the file: its own name unless ``wave.toml`` renames it."""
    asked = [v for v in codebook.variables.values() if not v.derived]
    return {v.name: wave.data.columns.get(v.name, v.name) for v in asked}


def write_sav(
    path: Path,
    responses: pd.DataFrame,
    missing: pd.DataFrame,
    codebook: Codebook,
    wave: Wave,
    *,
    synthetic: bool,
) -> None:
    """Write answers as .sav: codes, Slovenian labels, user-missing codes, the id column.

    Reasons without a code of their own (not asked, no answer) become system-missing.
    """
    columns = sav_columns(codebook, wave)
    out: dict[str, object] = {wave.data.id or "id": responses.index.to_numpy(np.float64)}
    labels: dict[str, str | None] = {wave.data.id or "id": "zaporedna številka"}
    value_labels: dict[str, dict[float, str]] = {}
    missing_ranges: dict[str, list[Any]] = {}
    formats = {wave.data.id or "id": "F8.0"}
    measures: dict[str, str] = {}
    for name, column in columns.items():
        variable = codebook[name]
        labels[column] = _label(variable)
        if variable.kind == "text":
            out[column] = responses[name].astype("str").where(responses[name].notna(), "").to_numpy(object)
            continue
        values = _codes(responses[name], variable)
        for reason, code in variable.missing_codes.items():
            values[(missing[name] == reason).to_numpy()] = code
        out[column] = values
        formats[column] = "F8.0"
        if variable.kind == "categorical":
            measures[column] = "ordinal" if variable.ordered else "nominal"
        named = {float(c.code): c.label["sl"] for c in variable.categories}
        reasons = {float(code): codebook.reason_label(reason, "sl") or reason
                   for reason, code in variable.missing_codes.items()}  # fmt: skip
        if named or reasons:
            value_labels[column] = named | reasons
        if reasons:
            missing_ranges[column] = [{"lo": code, "hi": code} for code in sorted(reasons)]
    pyreadstat.write_sav(
        pd.DataFrame(out), str(path), file_label=SYNTHETIC_MARK if synthetic else "", column_labels=labels,
        variable_value_labels=value_labels, missing_ranges=missing_ranges, variable_format=formats,
        variable_measure=measures,
    )  # fmt: skip
    # The writer stamps the time of day into the header (bytes 92-108); the day of the wave keeps bytes the same.
    content = bytearray(path.read_bytes())
    content[92:109] = wave.fieldwork.last.strftime("%d %b %y00:00:00").encode("ascii")
    path.write_bytes(content)


def _label(variable: Variable) -> str:
    stem = variable.question["sl"]
    return stem if variable.item is None else f"{stem} {variable.label['sl']}"


def _codes(column: pd.Series[Any], variable: Variable) -> FloatArray:
    if variable.kind == "number":
        return column.to_numpy(np.float64, copy=True)
    codes = np.array([c.code for c in variable.categories], np.float64)
    index = column.cat.codes.to_numpy()
    return np.where(index >= 0, codes[index.clip(min=0)], np.nan)
