"""SPSS .sav and .zsav files, also those that the server of 1KA makes, with their missing codes, labels and sets."""

from __future__ import annotations

import codecs
import re
import struct
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from kzm_surveys.errors import DataError, Problem
from kzm_surveys.loaders.enka import finish
from kzm_surveys.loaders.names import has_enka_names
from kzm_surveys.loaders.raw import Code, RawTable, StoredSet, take_ids
from kzm_surveys.loaders.spss_parse import FaultError, Header, Parsed, parse, read_header
from kzm_surveys.loaders.text import ENCODINGS, mojibake
from kzm_surveys.wave import Wave

SYNTHETIC_MARK = "SINTETICNI PODATKI / SYNTHETIC DATA"  # file labels are ASCII for old SPSS versions
#: How a .sav file begins; PSPP on the server of 1KA may have printed messages before.
MAGIC = (b"$FL2", b"$FL3")
_CONTROL = re.compile("[\x80-\x9f]")
_AGAIN = "Ask for the file again or export it anew; nothing was read."


def read_sav(
    path: Path, wave: Wave, columns: Sequence[str] = (), own: Collection[str] = (), texts: Collection[str] = ()
) -> RawTable:
    """Read a .sav or .zsav file with its user-missing codes kept as codes.

    The bytes are parsed in a process of its own with limits of time and memory, so that a damaged file cannot
    end the program. Days become datetime64; a file that is neither UTF-8 nor in the encoding it declares is read
    as windows-1250, and that is noted. A file of a 1KA wave goes through :func:`kzm_surveys.loaders.enka.finish` if it
    has 1KA's names.

    Parameters
    ----------
    path, wave
        The file and its wave.
    columns, own
        Names of the question columns by 1KA's way of naming, and by the codebook's own.
    texts
        Those of `columns` that hold open answers.

    Raises
    ------
    DataError
        The bytes are not a complete .sav file, they hold fewer rows than the header says, parsing them crashed,
        hung or needed too much memory, or the id column named in ``wave.toml`` is not in it.
    """
    where = f"{wave.name}: {path}"
    problems: list[Problem] = []
    _refuse_encoding(wave)
    with tempfile.TemporaryDirectory() as folder:
        whole = _without_messages(path, Path(folder), problems)
        try:
            header = read_header(whole)
            parsed = _parse_any_encoding(whole, wave, header, problems)
        except FaultError as fault:
            size = path.stat().st_size
            raise DataError(f"{where} is damaged or cut short ({fault}; {size} bytes). {_AGAIN}") from None
        cut = _ends_within_a_row(whole, header, len(parsed.frame))
    frame, about = parsed.frame, parsed.about
    rows = len(frame)
    if header.rows not in (None, rows) or cut:
        promise = "it ends within a row" if cut else f"its header promises {header.rows} rows, {rows} could be read"
        raise DataError(f"{where} is damaged or cut short ({promise}). {_AGAIN}")
    problems += _judge_letters(frame, about, where)
    user_missing = {name: tuple((lo, hi) for lo, hi in ranges) for name, ranges in about["missing"].items()}
    value_labels = {
        name: {_code(code): label for code, label in pairs} for name, pairs in about["value_labels"].items()
    }
    synthetic = about["file_label"].startswith(SYNTHETIC_MARK[:18])
    if wave.data.is_enka and has_enka_names(frame.columns, columns, own):
        raw = finish(
            frame, wave, "1ka_sav", where, columns=columns, texts=texts, labels=about["labels"],
            value_labels=value_labels, user_missing=user_missing, problems=problems,
        )  # fmt: skip
        return replace(raw, synthetic=raw.synthetic or synthetic, counted=header.rows is not None)
    frame, others = take_ids(frame, wave, where)
    return RawTable(
        cells=frame,
        rows=rows,
        kind="spss_sav",
        synthetic=synthetic,
        user_missing=user_missing,
        labels=about["labels"],
        value_labels=value_labels,
        sets=_stored_sets(path, about, set(frame.columns), problems),
        seconds=parsed.seconds,
        other_columns=others,
        counted=header.rows is not None,
        problems=tuple(problems),
    )  # fmt: skip


def _without_messages(path: Path, folder: Path, problems: list[Problem]) -> Path:
    """The file itself, or a copy that begins where the .sav begins."""
    with path.open("rb") as file:
        start = file.read(65536)
    place = min((found for magic in MAGIC if (found := start.find(magic)) >= 0), default=0)
    if not place:
        return path
    problems.append(
        Problem("warning", "file", f"{place} bytes of messages stand before the .sav file; they were left out", "",
                "look at the messages: the program that made the file may have failed")
    )  # fmt: skip
    whole = folder / "whole.sav"
    whole.write_bytes(path.read_bytes()[place:])
    return whole


def _refuse_encoding(wave: Wave) -> None:
    try:
        codecs.lookup(wave.data.encoding or "utf-8")
    except LookupError:
        raise DataError(
            f"{wave.name}: [data] encoding '{wave.data.encoding}' has no such name. Usual are {', '.join(ENCODINGS)}."
        ) from None


def _ends_within_a_row(path: Path, header: Header, rows: int) -> bool:
    """Tell a cut that only the length of the file shows: rows are not packed, and the header does not count them."""
    if header.packed or header.rows is not None or header.width <= 0:
        return False
    content = path.read_bytes()
    for order in ("<", ">"):
        end = struct.pack(order + "ii", 999, 0)  # of the dictionary
        place = content.find(end)
        while place >= 0:
            if len(content) - place - len(end) == 8 * header.width * rows:
                return False
            place = content.find(end, place + 1)
    return True


def _parse_any_encoding(path: Path, wave: Wave, header: Header, problems: list[Problem]) -> Parsed:
    """Parse in the encoding that ``wave.toml`` or the file names, or as windows-1250 where that is wrong.

    It is wrong where bytes do not fit, or give control characters: š and ž of windows-1250 are such in ISO 8859.
    """
    given = wave.data.encoding
    try:
        parsed = parse(path, given or "", header)
        if given or not any(map(_CONTROL.search, _all_texts(parsed.frame, parsed.about))):
            return parsed
    except FaultError as fault:
        if given or not ("invalid byte sequence" in str(fault) or "UnicodeDecodeError" in str(fault)):
            raise
    parsed = parse(path, "WINDOWS-1250", header)
    problems.append(
        Problem("warning", "file", "the text is not in the encoding that the file declares; read as windows-1250", "",
                "look at labels with č, š and ž; name the right one in [data] encoding of wave.toml")
    )  # fmt: skip
    return parsed


def _all_texts(frame: pd.DataFrame, about: Mapping[str, Any]) -> list[str]:
    """Labels, and the distinct answers in columns of text."""
    labels = [*about["labels"].values(), *(label for pairs in about["value_labels"].values() for _, label in pairs)]
    return [*labels, *(text for name in about["text"] for text in frame[name].unique() if isinstance(text, str))]


def _stored_sets(
    path: Path, about: Mapping[str, Any], there: Collection[str], problems: list[Problem]
) -> dict[str, StoredSet]:
    """Multiple-response sets whose columns are in the file; the parser does not give a counted value that is text."""
    out = {}
    for name, stored in about["sets"].items():
        columns = tuple(column for column in stored["variable_list"] if column in there)
        counted = None if stored["counted_value"] is None else _code(stored["counted_value"])
        if stored["is_dichotomy"] and counted is None:
            counted = _counted_text(path, name)
        if len(columns) < len(stored["variable_list"]) or not columns or (stored["is_dichotomy"] and counted is None):
            problems.append(
                Problem("warning", "file", f"the multiple-response set '${name}' is damaged and was not used", "",
                        "define it again in SPSS, if select-all questions depend on it")
            )  # fmt: skip
        else:
            out[name] = StoredSet(stored["label"] or "", columns, counted)
    return out


def _counted_text(path: Path, name: str) -> str | None:
    """Counted value as the record of the set holds it: ``$name=D1 Y ...``, its length first."""
    content = path.read_bytes()
    start = re.search(rb"\$" + re.escape(name.encode()) + rb"=(?:D|E (?:1|11) )(\d+) ", content)
    if start is None:
        return None
    return content[start.end() : start.end() + int(start[1])].decode("latin-1").strip() or None


def _code(code: Code) -> Code:
    return code if isinstance(code, str) else float(code)


def _judge_letters(frame: pd.DataFrame, about: Mapping[str, Any], where: str) -> list[Problem]:
    """Refuse text that was spoiled before the file was saved; note an encoding that has no č."""
    texts = _all_texts(frame, about)
    for spoiled in filter(None, map(mojibake, [*frame.columns, *texts])):
        raise DataError(
            f"{where}: names, labels or answers hold '{spoiled[0]}' where '{spoiled[1]}' was meant: UTF-8 was read in "
            'another encoding. Name encoding = "UTF-8" in [data] of wave.toml, or ask for the original file.'
        )
    western = "1252" in about["encoding"] or "8859-1" in about["encoding"]
    if western and any(set(text) & set("èÈ") for text in texts):
        return [Problem("warning", "file", f"text has 'è', and the file says it is {about['encoding']}: no 'č'",
                        "", "if č is meant, name 'windows-1250' in [data] encoding of wave.toml")]  # fmt: skip
    return []
