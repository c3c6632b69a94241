"""The one door to pyreadstat: parses a .sav file as a process of its own, and writes one.

A damaged file can crash, hang or swell the parser (pyreadstat 1.3.7: single flipped bytes end in a segmentation
fault). So this file is run as a script by :mod:`kzm_surveys.loaders.spss`, under a limit of memory, and imports neither
pandas nor the rest of the package: it starts in a tenth of a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyreadstat

if TYPE_CHECKING:
    import pandas as pd

#: What the writer raises for names and texts that the format cannot hold.
REFUSALS = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError)


def write(path: Path, frame: pd.DataFrame, **options: Any) -> None:
    """Write a frame of numbers and text as .sav, or as .zsav if the name ends so."""
    zipped = path.suffix.casefold() == ".zsav"
    pyreadstat.write_sav(frame, str(path), compress=zipped, row_compress=not zipped, **options)


def _limit_memory(most: int) -> None:
    """Refuse more memory than `most` bytes to this process, where the system knows such limits."""
    with contextlib.suppress(ImportError):  # Windows
        import resource

        for what, limit in ((resource.RLIMIT_AS, most), (resource.RLIMIT_CORE, 0)):
            with contextlib.suppress(ValueError, OSError):  # a lower limit is set already, or not to be set
                resource.setrlimit(what, (limit, limit))


def _pieces(path: str, encoding: str, first: int, last: int, rows: int) -> Iterator[tuple[dict[str, list[Any]], Any]]:
    """Columns and description of rows `first` to `last`, a few at a time, so that Python's objects do not matter."""
    while True:
        piece, about = pyreadstat.read_sav(
            path, user_missing=True, disable_datetime_conversion=True, output_format="dict",
            encoding=encoding or None, row_offset=first, row_limit=min(rows, last - first),
        )  # fmt: skip
        yield piece, about
        first += rows
        if (about.number_rows or 0) < rows or first >= last:
            return


def _describe(meta: Any) -> dict[str, Any]:
    """What the file says of itself, as JSON can hold it: codes as pairs, because JSON keys are text."""
    names = list(meta.column_names)
    if len(set(names)) < len(names) or not all(names):
        raise ValueError("two columns have one name, or a column has none")
    return {
        "columns": names,
        "text": [name for name in names if meta.readstat_variable_types[name] == "string"],
        "formats": meta.original_variable_types,
        "labels": {name: label for name, label in meta.column_names_to_labels.items() if label},
        "value_labels": {
            name: [(code, label) for code, label in labels.items() if isinstance(label, str) and code == code]
            for name, labels in meta.variable_value_labels.items()
        },
        "missing": {name: [(r["lo"], r["hi"]) for r in ranges] for name, ranges in meta.missing_ranges.items()},
        "sets": meta.mr_sets or {},
        "file_label": meta.file_label or "",
        "encoding": meta.file_encoding or "",
    }


def _send(out: IO[bytes], pieces: Iterator[tuple[dict[str, list[Any]], Any]], most_bytes: int) -> None:
    """Write the description as a line of JSON; then per piece its number of rows and its columns; then 0."""
    head: dict[str, Any] = {}
    sent = 0
    for piece, about in pieces:
        if not head:
            head = _describe(about)
            out.write(json.dumps(head).encode() + b"\n")
        if about.number_rows:
            out.write(f"{about.number_rows}\n".encode())
        for name in head["columns"] if about.number_rows else ():
            if name in head["text"]:
                content = json.dumps(piece[name]).encode()
                out.write(f"{len(content)}\n".encode())
            else:
                content = np.asarray(piece[name], np.float64).tobytes()
            sent += len(content)
            if sent > most_bytes:
                raise MemoryError
            out.write(content)
    out.write(b"0\n")


def main(path: str, encoding: str, first: str, last: str, rows: str, most_memory: str) -> int:
    """Parse a file and write it to the standard output; or say on the standard error why not, with exit code 3.

    Rows `first` to `last` are read, `rows` at a time; half of the memory may be rows sent.
    """
    _limit_memory(int(most_memory))
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing that C code prints gets into the answer
        try:
            _send(out, _pieces(path, encoding, int(first), int(last), int(rows)), int(most_memory) // 2)
        except Exception as fault:  # damaged bytes make the parser raise nearly anything
            sys.stderr.write(f"{type(fault).__name__}: {fault}")
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
