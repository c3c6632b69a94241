"""CSV files as spreadsheets, R, pandas and survey programs write them."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from kzm_surveys.errors import DataError, Problem
from kzm_surveys.loaders.cells import Column, raw_table
from kzm_surveys.loaders.kinds import sidecar_path
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.loaders.sidecar import Sidecar, read_sidecar
from kzm_surveys.loaders.text import decode
from kzm_surveys.wave import Wave

DELIMITERS = ";,\t|"
#: Excel's own first line, which names the delimiter.
_SEPARATOR_LINE = re.compile(r'"?sep=([;,\t|])"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
#: With so many columns, an answer has a whole row's delimiters in each of its lines only if it swallowed rows.
_MANY_COLUMNS = 5


@dataclasses.dataclass(frozen=True)
class _Shape:
    """A text cut at one delimiter: cells of each row, the header first (0: empty line), and why it cannot be cut."""

    delimiter: str
    widths: list[int]
    fault: str | None

    @property
    def ragged(self) -> list[tuple[int, int]]:
        """Number in the file and number of cells of each row that is not as wide as the header."""
        return [(row, width) for row, width in enumerate(self.widths, start=1) if width not in (0, self.widths[0])]


def read_csv(path: Path, wave: Wave) -> RawTable:
    """Read a CSV file with one header row, and ``<name>_codebook.csv`` beside it if there is one.

    The delimiter (``;``, ``,``, tab or ``|``), the encoding and the decimal mark are told from the file; what they
    leave open is reported. Cells stay text.

    Raises
    ------
    DataError
        The bytes are no text, the delimiter is ambiguous, rows are not as wide as the header, a quote does not
        end, the header lacks names or repeats them, or the codebook beside the file is damaged.
    """
    where = f"{wave.name}: {path}"
    decoded = decode(path.read_bytes(), where, wave.data.encoding)
    if not decoded.text.strip():
        raise DataError(f"{where} is empty: damaged or cut short. Ask for the file again.")
    text, given = _separator_line(decoded.text)
    with _cells_up_to(len(text)):
        shape = _shape(text, given) if given else _best_shape(text, where)
        _refuse_faults(shape, where)
        names, columns = _columns(text, shape)
    beside = read_sidecar(path, wave)
    sidecar = beside or Sidecar()
    rows = range(2, len(shape.widths) + 1)
    table = raw_table(names, columns, rows, wave, where, "csv", sidecar.texts)
    unknown = sorted(sidecar.labels.keys() - set(table.cells.columns))
    cut = [] if text.endswith("\n" if "\n" in text else "\r") else [
        Problem("warning", "file", "the last row does not end with a line end, as in a file cut short", "",
                "compare the last row with the sender's file")
    ]  # fmt: skip
    lost = [
        Problem("warning", name, "the codebook beside the file describes a column that is not in it", "",
                "check that the two belong together")
        for name in unknown
    ]  # fmt: skip
    unmarked = []
    if beside is None and wave.synthetic:
        found = "no codebook lies beside the file, so nothing tells whether the answers are invented"
        unmarked.append(Problem("warning", "file", found, "", f"keep {sidecar_path(path).name} beside it"))
    return dataclasses.replace(
        table, synthetic=sidecar.synthetic, labels=sidecar.labels, value_labels=sidecar.value_labels,
        user_missing=sidecar.user_missing, problems=(*decoded.problems, *unmarked, *cut, *table.problems, *lost),
    )  # fmt: skip


@contextmanager
def _cells_up_to(characters: int) -> Iterator[None]:
    """Let csv read cells of this length, instead of 131,072 characters at most."""
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, characters))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _separator_line(text: str) -> tuple[str, str | None]:
    found = _SEPARATOR_LINE.match(text)
    return (text, None) if found is None else (text[found.end() :], found[1])


def _best_shape(text: str, where: str) -> _Shape:
    """The text cut at the delimiter that gives its header most cells and suits most rows."""
    buffer = io.StringIO(text, newline="")
    marks = [mark for mark in DELIMITERS if len(_header(buffer, mark)) > 1]
    if len(marks) < 2:
        return _shape(text, marks[0] if marks else DELIMITERS[0])
    shapes = [_shape(text, mark) for mark in marks]
    suitable = [shape for shape in shapes if len(shape.ragged) <= len(shape.widths) / 2] or shapes
    ranks = {shape.delimiter: (-shape.widths[0], len(shape.ragged)) for shape in suitable}
    best = [shape for shape in suitable if ranks[shape.delimiter] == min(ranks.values())]
    if len(best) > 1:
        raise DataError(
            f"{where}: the delimiter may be {best[0].delimiter!r} or {best[1].delimiter!r}. Put a line before the "
            f"first that names it: sep={best[0].delimiter}"
        )
    return best[0]


def _header(buffer: io.StringIO, delimiter: str) -> list[str]:
    """Cells of the first row; none if its quotes do not suit the delimiter."""
    buffer.seek(0)
    try:
        return next(csv.reader(buffer, delimiter=delimiter, strict=True))
    except csv.Error:
        return []


def _shape(text: str, delimiter: str) -> _Shape:
    """Count the cells of every row."""
    if '"' not in text:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
        return _Shape(delimiter, [line.count(delimiter) + 1 if line.strip(" ") else 0 for line in lines], None)
    widths: list[int] = []
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 0
    try:
        for row in reader:
            widths.append(len(row) if len(row) > 1 or "".join(row).strip(" ") else 0)
            if reader.line_num > line + 1 and _swallows_rows(row, delimiter, widths[0]):
                return _Shape(delimiter, widths, f"row {len(widths)}: a quoted answer holds whole rows")
            line = reader.line_num
    except csv.Error:
        return _Shape(delimiter, widths, f"row {len(widths) + 1}: a quote does not end, or ends inside an answer")
    return _Shape(delimiter, widths, None)


def _swallows_rows(row: list[str], delimiter: str, width: int) -> bool:
    """A quote that is missing joins rows; the joined answer then has all their delimiters."""
    if width < _MANY_COLUMNS:
        return False
    breaks = [(cell.count(delimiter), len(_LINE_END.findall(cell))) for cell in row]
    return any(count == lines * (width - 1) for count, lines in breaks if lines)


def _refuse_faults(shape: _Shape, where: str) -> None:
    if shape.fault:
        raise DataError(
            f"{where}, {shape.fault} (delimiter {shape.delimiter!r}). A quote is missing there or before, or the file "
            "is cut short. Quotes inside answers must be doubled. Correct the file or export it again."
        )
    if not shape.widths[0]:
        raise DataError(f"{where}: the first row is empty; it must hold the names of the columns. Delete it.")
    if ragged := shape.ragged:
        listed = ", ".join(f"row {row} has {width}" for row, width in ragged[:8])
        more = f" and {len(ragged) - 8} more" if len(ragged) > 8 else ""
        raise DataError(
            f"{where}: the header has {shape.widths[0]} cells (delimiter {shape.delimiter!r}), but {listed}{more}. The "
            "file is cut short, or answers with delimiters or line ends are not in quotes. Export it again."
        )


def _columns(text: str, shape: _Shape) -> tuple[list[str], list[Column]]:
    """Names and coded columns of a text whose shape is sound."""
    buffer = io.StringIO(text, newline="")
    names = next(csv.reader(buffer, delimiter=shape.delimiter, strict=True))  # leaves the buffer at the second row
    if len(shape.widths) == 1:
        return names, [Column([], np.empty(0, np.int64)) for _ in names]
    frame = pd.read_csv(
        buffer, sep=shape.delimiter, header=None, names=range(len(names)), index_col=False, dtype="str",
        keep_default_na=False, na_values=[""], skip_blank_lines=False, low_memory=False,
    )  # fmt: skip
    coded = (pd.factorize(frame[place]) for place in frame)
    return names, [Column(distinct.tolist(), codes) for codes, distinct in coded]
