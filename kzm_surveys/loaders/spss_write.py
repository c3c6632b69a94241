"""Surveys written as SPSS files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import DataError, rows_by_id
from kzm_surveys.language import catalogue
from kzm_surveys.language.catalogue import Language
from kzm_surveys.loaders import sav
from kzm_surveys.loaders.coding import MOST_CODES, coded_columns, full_label
from kzm_surveys.loaders.names import own_columns
from kzm_surveys.loaders.raw import Code
from kzm_surveys.loaders.spss import SYNTHETIC_MARK
from kzm_surveys.wave import Wave

#: Words of SPSS's language that no variable can be named.
RESERVED = frozenset({"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"})
#: Longest text of an SPSS file.
MOST_BYTES = 32767
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_sav(
    path: Path,
    responses: pd.DataFrame,
    missing: pd.DataFrame,
    codebook: Codebook,
    wave: Wave,
    *,
    synthetic: bool,
    lang: Language = "sl",
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
    number = catalogue.text(lang, "ddi.record")
    names = own_columns(codebook, wave)
    _refuse_names(wave, key, names)
    columns: dict[str, object] = {key: id_cells(responses.index)}
    labels, formats, measures = {key: number}, {key: "F8.0"}, {key: "nominal"}
    value_labels: dict[str, Mapping[Code, str]] = {}
    ranges: dict[str, Sequence[object]] = {}
    for coded in coded_columns(responses, missing, codebook, lang):
        variable, name = coded.variable, names[coded.variable.name]
        if coded.is_text:
            _refuse_texts(wave, name, np.asarray(coded.cells, dtype=object), responses.index)
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
    write_columns(path, columns, wave, synthetic=synthetic, column_labels=labels, missing_ranges=ranges,
                  variable_value_labels=value_labels, variable_format=formats, variable_measure=measures)  # fmt: skip


def write_columns(path: Path, columns: Mapping[str, object], wave: Wave, *, synthetic: bool, **options: Any) -> None:
    """Write named columns as .sav with the mark of synthetic answers and the day of the wave in place of today's.

    Raises
    ------
    DataError
        The format cannot hold a name or a text.
    """
    mark = SYNTHETIC_MARK if synthetic else ""
    try:
        sav.write(path, pd.DataFrame(columns), file_label=mark, **options)
    except sav.REFUSALS as refusal:
        raise DataError(f"{wave.name}: an SPSS file cannot hold this survey ({refusal}). Write CSV instead.") from None
    # The writer stamps the time of day into the header (bytes 92-108); the day of the wave keeps bytes the same.
    content = bytearray(path.read_bytes())
    last = wave.fieldwork.last  # strftime would write the month in the language of the machine
    content[92:109] = f"{last:%d} {MONTHS[last.month - 1]} {last:%y}00:00:00".encode("ascii")
    path.write_bytes(content)


def _refuse_names(wave: Wave, key: str, names: Mapping[str, str]) -> None:
    """Refuse names that SPSS reads as words of its language, or takes for one because it ignores capitals."""
    seen = {key.casefold(): f"the id column '{key}'"}
    for variable, name in names.items():
        if name.upper() in RESERVED:
            raise DataError(
                f"{wave.name}: SPSS knows '{name}' as a word of its own. Rename '{variable}' for it, or write CSV."
            )
        if name.casefold() in seen:
            raise DataError(
                f"{wave.name}: SPSS does not tell the column '{name}' of '{variable}' from {seen[name.casefold()]}. "
                "Rename one in [data.columns] of wave.toml, or write CSV."
            )
        seen[name.casefold()] = f"'{name}' of '{variable}'"


def _refuse_texts(wave: Wave, name: str, cells: npt.NDArray[np.object_], ids: pd.Index[object]) -> None:
    """Refuse answers that SPSS cannot hold whole."""
    bad = [i for i, text in zip(ids, cells, strict=True) if "\0" in text or len(text.encode()) > MOST_BYTES]
    if bad:
        raise DataError(
            f"{wave.name}: SPSS cannot hold all answers to '{name}' ({rows_by_id(bad)}): they are longer than "
            f"{MOST_BYTES} bytes or hold a zero byte. Write CSV instead."
        )


def id_cells(index: pd.Index[object]) -> object:
    """Ids as a column of a .sav: numbers where all are whole numbers, otherwise text."""
    return index.to_numpy(np.float64) if pd.api.types.is_integer_dtype(index) else [str(i) for i in index]


def _declare(codes: Sequence[Code]) -> Sequence[object]:
    """Missing codes as SPSS knows them: up to three, or one range; of texts the first three that are short enough."""
    numbers = [code for code in codes if not isinstance(code, str)]
    if not numbers:
        return [code for code in codes if len(str(code)) <= 8][:MOST_CODES]
    if len(numbers) <= MOST_CODES:
        return [{"lo": code, "hi": code} for code in sorted(numbers)]
    return [{"lo": min(numbers), "hi": max(numbers)}]
