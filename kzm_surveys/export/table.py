"""Answers as CSV with a codebook beside it, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from kzm_surveys.errors import DataError
from kzm_surveys.language.catalogue import Language
from kzm_surveys.loaders.coding import CodedColumn, coded_columns, full_label
from kzm_surveys.loaders.names import own_columns
from kzm_surveys.loaders.raw import Code
from kzm_surveys.loaders.sidecar import HEADER
from kzm_surveys.survey import Survey

#: The first row of the codebook beside the table says of which file it is.
FILE_ROW = "_file"
#: Label of the first row where the answers are invented.
MARK = "SINTETIČNI PODATKI / SYNTHETIC DATA"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def table_files(survey: Survey, stem: str, lang: Language = "sl") -> dict[str, bytes]:
    """Write answers and codebook as two CSV files: UTF-8 with BOM, commas, RFC 4180.

    Numbers and codes stand as they are, empty cells as in :func:`kzm_surveys.loaders.coding.coded_columns`. Text that
    a spreadsheet would run as a formula gets an apostrophe before it, and so does text that begins with apostrophes
    before such a sign, so that taking one away gives the text back. Codes of missing answers in columns of text
    stay as they are.

    Parameters
    ----------
    survey
        The survey; derived variables are not written, they are computed when a file is read.
    stem
        Name of the table without ``.csv``.
    lang
        Language of the labels.

    Returns
    -------
    dict
        File name -> bytes: ``<stem>.csv`` and ``<stem>_codebook.csv``.

    Raises
    ------
    DataError
        Two columns would have one name.
    """
    names = own_columns(survey.codebook, survey.wave)
    columns = coded_columns(survey.responses, survey.missing, survey.codebook, lang)
    key = survey.wave.data.id or "id"
    header = [key, *(names[column.variable.name] for column in columns)]
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise DataError(
            f"{survey.wave.name}: two columns of the table would be named {', '.join(twice)}. "
            "Rename the id or the variable in [data] of wave.toml."
        )
    cells = [[safe(str(number)) if isinstance(number, str) else str(number) for number in survey.responses.index]]
    cells += [_cells(column, survey.responses[column.variable.name].notna().to_numpy(np.bool_)) for column in columns]
    mark = MARK if survey.source.synthetic else survey.wave.title[lang]
    about: list[tuple[str, ...]] = [(FILE_ROW, mark, "file", "", "", "")]
    about += [row for column in columns for row in _codebook_rows(column, names[column.variable.name], lang)]
    return {
        f"{stem}.csv": csv_bytes([header, *zip(*cells, strict=True)]),
        f"{stem}_codebook.csv": csv_bytes([HEADER, *(tuple(map(_safe_label, row)) for row in about)]),
    }


def safe(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run.

    Examples
    --------
    >>> [safe(text) for text in ("=1+1", "-5", "'@x", "a=b", "")]
    ["'=1+1", "'-5", "''@x", 'a=b', '']
    """
    return "'" + text if _FORMULA.match(text) else text


def number_text(value: float) -> str:
    """Print a number as short as it can be read back exactly; NaN is an empty cell.

    Examples
    --------
    >>> [number_text(value) for value in (3.0, -0.0, 2.5, 1e21, float("nan"))]
    ['3', '0', '2.5', '1000000000000000000000', '']
    """
    if value != value:
        return ""
    return f"{value + 0.0:.0f}" if value % 1 == 0 else repr(float(value))


def _cells(column: CodedColumn, answered: npt.NDArray[np.bool_]) -> list[str]:
    if column.is_text:
        return [safe(text) if own else text for text, own in zip(column.cells.tolist(), answered, strict=True)]
    distinct, place = np.unique(column.cells.astype(np.float64), return_inverse=True)
    texts = [number_text(value) for value in distinct.tolist()]
    return [texts[position] for position in place.tolist()]


def _codebook_rows(column: CodedColumn, name: str, lang: Language) -> Iterator[tuple[str, ...]]:
    """Rows of one variable: its label, then each code with its meaning."""
    yield name, full_label(column.variable, lang), column.variable.kind, "", "", ""
    reasons = {code: reason for reason, code in column.missing.items()}
    for code, meaning in column.value_labels.items():
        # A label that needs an apostrophe would not be known again as that of the reason; its name is.
        shown = reasons.get(code, meaning) if safe(meaning) != meaning else meaning
        yield name, "", column.variable.kind, _code_text(code), shown, "1" if code in reasons else ""


def _code_text(code: Code) -> str:
    return code if isinstance(code, str) else number_text(code)


def _safe_label(text: str) -> str:
    """Labels cannot become formulas either; codes are numbers and stay."""
    return text if re.fullmatch(r"-?\d+", text) else safe(text)


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV: UTF-8 with BOM, commas, RFC 4180."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")
