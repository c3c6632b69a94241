"""A .sav file parsed in processes of its own, so that a damaged one cannot end the program.

They have a limit of time everywhere, and one of memory on Linux. Windows knows no such limit and macOS does not enforce
it: there only the rows that a file unpacks to are limited.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from kzm_surveys.errors import DataError

#: Limits of the process that parses: bytes of address space; seconds, to which a file adds one per million bytes.
MOST_MEMORY = 4 * 2**30
MOST_SECONDS = 20.0
PARSER = Path(__file__).with_name("sav.py")
#: Values parsed in one piece: their Python objects take some 20 MB. But no file is read in more than 32 pieces and a
#: rest, because the parser goes through all rows before a piece. Two processes share a large file.
PIECE_VALUES, PIECES, PROCESSES = 500_000, 32, 2
ALL = 2**31 - 1
#: SPSS counts seconds from the beginning of the Gregorian calendar.
_EPOCH = np.datetime64("1582-10-14", "s")
_DAYS = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS", "MOYR", "QYR", "WKYR")


@dataclass(frozen=True)
class Parsed:
    """A .sav file as parsed: frame of numbers, days and text, the numbers behind days, what the file says of itself."""

    frame: pd.DataFrame
    seconds: Mapping[str, FloatArray]
    about: Mapping[str, Any]


#: What the parser says of the file, and the pieces of each column.
Answer = tuple[dict[str, Any], dict[str, list[Any]]]


FloatArray = np.ndarray[Any, np.dtype[np.float64]]


class FaultError(Exception):
    """Why the parsing process gave no table."""


@dataclass(frozen=True)
class Header:
    """What the first bytes say: rows (None if they do not), numbers per row, and whether rows are packed."""

    rows: int | None
    width: int
    packed: bool

    @property
    def piece(self) -> int:
        """Rows to parse at a time; the width of a damaged header may be anything."""
        width = self.width if 16 <= self.width <= 50_000 else 256
        return max(PIECE_VALUES // width, (self.rows or 0) // PIECES, 1)

    @property
    def shares(self) -> list[tuple[int, int]]:
        """First and last row of each process; the last one goes on to the end, whatever the header says."""
        rows = 0 if self.rows is None else self.rows
        if rows < 8 * self.piece:
            return [(0, rows + 1)] if rows else [(0, ALL)]
        return [(0, rows // 2), (rows // 2, ALL)]


def read_header(path: Path) -> Header:
    """Read the first bytes of a file that begins as .sav files do.

    Raises
    ------
    FaultError
        There are not enough of them.
    """
    with path.open("rb") as file:
        head = file.read(176)
    order = "<" if len(head) >= 68 and struct.unpack("<i", head[64:68])[0] in (2, 3) else ">"
    if len(head) < 176:
        raise FaultError(f"{len(head)} bytes are not even a header")
    width, packed, _, rows = struct.unpack(order + "iiii", head[68:84])
    return Header(rows if rows >= 0 else None, width, packed != 0)


def parse(path: Path, encoding: str, header: Header) -> Parsed:
    """Parse the bytes in processes of their own; see :mod:`kzm_surveys.loaders.sav` for what they send.

    Raises
    ------
    FaultError
        One said why it could not, was ended by a signal, or took too long.
    """
    whole: dict[str, FloatArray] = {}
    started: list[subprocess.Popen[bytes]] = []

    def share(rows: tuple[int, int]) -> Answer:
        return _parse_rows(path, encoding, header, whole, started, *rows)

    with ThreadPoolExecutor(PROCESSES) as pool:
        try:
            answers = list(pool.map(share, header.shares))
        except BaseException:  # also Ctrl-C: nobody waits for the others
            for process in started:
                process.kill()
            raise
    about = answers[0][0]
    columns: dict[str, Any] = {}
    seconds: dict[str, FloatArray] = {}
    for name in about["columns"]:
        if name in about["text"]:
            texts = [text for _, pieces in answers for piece in pieces[name] for text in piece]
            columns[name] = pd.array(texts, dtype="str")
        else:
            parts = [part for _, pieces in answers for part in pieces[name]]
            filled = sum(map(len, parts))
            numbers = whole[name][:filled] if name in whole else np.concatenate([*parts, np.empty(0)])
            if _is_day(about["formats"].get(name)):
                seconds[name] = numbers
            columns[name] = _days(numbers) if name in seconds else numbers
    return Parsed(pd.DataFrame(columns, copy=False), seconds, about)


def _parse_rows(
    path: Path, encoding: str, header: Header, whole: dict[str, FloatArray], started: list[subprocess.Popen[bytes]],
    first: int, last: int,
) -> Answer:  # fmt: skip
    """Start the parser for some rows, hear it out, and say what became of it."""
    numbers = [str(number) for number in (first, last, header.piece, MOST_MEMORY)]
    limit = MOST_SECONDS + path.stat().st_size / 1e6
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    try:
        process = subprocess.Popen(
            [sys.executable, "-P", str(PARSER), str(path.resolve()), encoding, *numbers],
            pipesize=2**20, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
    except (OSError, TypeError) as error:
        raise DataError(
            f"the program that parses .sav files cannot be started ({sys.executable or 'no Python interpreter'}: "
            f"{error}). Run kzm_surveys with a usual Python, or give the answers as CSV."
        ) from None
    started.append(process)
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        watch = threading.Timer(limit, end)
        watch.start()
        try:
            answer = _receive(process.stdout, header.rows, whole, first)
            said = process.stderr.read().decode("utf-8", "replace").strip()
            code = process.wait()
        finally:
            watch.cancel()
            process.kill()
    if late.is_set():
        raise FaultError(f"parsing took longer than {limit:.0f} seconds")
    if code < 0:
        raise FaultError(f"the parser was ended by signal {-code}")
    if code or answer is None:
        lines = said.splitlines()
        if lines and lines[-1].startswith(("ImportError", "ModuleNotFoundError")):
            raise DataError(f"the program that parses .sav files cannot be started ({lines[-1][:200]}). Install anew.")
        raise FaultError(lines[-1][:200] if lines else f"the parser stopped with code {code}")
    return answer


def _receive(stream: IO[bytes], promised: int | None, whole: dict[str, FloatArray], first: int) -> Answer | None:
    """Read the parser's answer, its description and the pieces of each column; None if it breaks off.

    Where the header says how many rows there are, numbers go straight to their place in `whole`, which the processes
    share, and the pieces are views of it: so memory holds them once.
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    about = json.loads(line)
    pieces: dict[str, list[Any]] = {name: [] for name in about["columns"]}
    texts, place = set(about["text"]), first
    if 8 * (promised or 0) * (len(pieces) - len(texts)) > MOST_MEMORY:
        raise FaultError(f"its header promises {promised} rows, more than memory holds")
    while rows := int(stream.readline() or -1):
        if rows < 0 or (promised is not None and place + rows > promised):
            return None
        for name, parts in pieces.items():
            if name in texts:
                size = int(stream.readline() or -1)
                content = stream.read(size) if size >= 0 else b""
                if len(content) != size:
                    return None
                parts.append(json.loads(content))
                continue
            if promised is None:
                part = np.empty(rows)
            else:
                part = whole.setdefault(name, np.empty(promised))[place : place + rows]
            if stream.readinto(part.data.cast("B")) != 8 * rows:  # type: ignore[attr-defined]
                return None
            parts.append(part)
        place += rows
    return about, pieces


def _is_day(format_name: str | None) -> bool:
    return (format_name or "").rstrip("0123456789.") in _DAYS


def _days(seconds: FloatArray) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """SPSS seconds as points in time; what lies outside the years 1 to 9999 is damage and becomes missing."""
    with np.errstate(invalid="ignore"):
        sound = np.isfinite(seconds) & (seconds > -5e10) & (seconds < 2.7e11)
    out = _EPOCH + np.where(sound, seconds, 0).astype("timedelta64[s]")
    return np.where(sound, out, np.datetime64("NaT", "s"))
