"""Surveys written as SPSS files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import DataError
from kzm_surveys.loaders import sav
from kzm_surveys.loaders.coding import MOST_CODES, coded_columns, full_label
from kzm_surveys.loaders.names import own_columns
from kzm_surveys.loaders.raw import Code
from kzm_surveys.loaders.spss import SYNTHETIC_MARK
from kzm_surveys.wave import Wave


def write_sav(
    path: Path,
    responses: pd.DataFrame,
    missing: pd.DataFrame,
    codebook: Codebook,
    wave: Wave,
    *,
    synthetic: bool,
    lang: Literal["sl", "en"] = "sl",
) -> None:
    """Write answers as .sav (.zsav by its name): codes, labels, measures, missing codes, the id column.

    Reading the file back gives the same answers and reasons; see :func:`kzm_surveys.loaders.coding.coded_columns`.
    Of the missing codes of a text column SPSS can be told three; the others carry their label only.

    Raises
    ------
    DataError
        SPSS files cannot hold a name or a text of the survey.
    """
    key = wave.data.id or "id"
    number = {"sl": "zaporedna številka", "en": "record number"}[lang]
    names = own_columns(codebook, wave)
    columns: dict[str, object] = {key: _ids(responses.index)}
    labels, formats, measures = {key: number}, {key: "F8.0"}, {key: "nominal"}
    value_labels: dict[str, Mapping[Code, str]] = {}
    ranges: dict[str, Sequence[object]] = {}
    for coded in coded_columns(responses, missing, codebook, lang):
        variable, name = coded.variable, names[coded.variable.name]
        columns[name] = coded.cells
        labels[name] = full_label(variable, lang)
        measures[name] = "nominal"
        if coded.value_labels:
            value_labels[name] = coded.value_labels
        if coded.missing:
            ranges[name] = _declare(list(coded.missing.values()))
        if not coded.is_text:
            whole = np.nan_to_num(coded.cells) % 1 == 0
            formats[name] = "F8.0" if whole.all() else "F8.2"
            measures[name] = "scale" if variable.kind == "number" else "ordinal" if variable.ordered else "nominal"
    if isinstance(columns[key], list):
        del formats[key]
    mark = SYNTHETIC_MARK if synthetic else ""
    try:
        sav.write(path, pd.DataFrame(columns), file_label=mark, column_labels=labels, missing_ranges=ranges,
                  variable_value_labels=value_labels, variable_format=formats, variable_measure=measures)  # fmt: skip
    except sav.REFUSALS as refusal:
        raise DataError(f"{wave.name}: an SPSS file cannot hold this survey ({refusal}). Write CSV instead.") from None
    # The writer stamps the time of day into the header (bytes 92-108); the day of the wave keeps bytes the same.
    content = bytearray(path.read_bytes())
    content[92:109] = wave.fieldwork.last.strftime("%d %b %y00:00:00").encode("ascii")
    path.write_bytes(content)


def _ids(index: pd.Index[object]) -> object:
    return index.to_numpy(np.float64) if pd.api.types.is_integer_dtype(index) else [str(i) for i in index]


def _declare(codes: Sequence[Code]) -> Sequence[object]:
    """Missing codes as SPSS knows them: up to three, or one range; of texts the first three that are short enough."""
    numbers = [code for code in codes if not isinstance(code, str)]
    if not numbers:
        return [code for code in codes if len(str(code)) <= 8][:MOST_CODES]
    if len(numbers) <= MOST_CODES:
        return [{"lo": code, "hi": code} for code in sorted(numbers)]
    return [{"lo": min(numbers), "hi": max(numbers)}]
