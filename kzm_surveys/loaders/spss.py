"""SPSS .sav and .zsav files, also those that the server of 1KA makes, with their missing codes, labels and sets."""

from __future__ import annotations

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
from kzm_surveys.loaders.text import mojibake
from kzm_surveys.wave import Wave

SYNTHETIC_MARK = "SINTETICNI PODATKI / SYNTHETIC DATA"  # file labels are ASCII for old SPSS versions
#: How a .sav file begins; PSPP on the server of 1KA may have printed messages before.
MAGIC = (b"$FL2", b"$FL3")
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
    with tempfile.TemporaryDirectory() as folder:
        whole = _without_messages(path, Path(folder), problems)
        try:
            header = read_header(whole)
            parsed = _parse_any_encoding(whole, wave, header, problems)
        except FaultError as fault:
            size = path.stat().st_size
            raise DataError(f"{where} is damaged or cut short ({fault}; {size} bytes). {_AGAIN}") from None
    frame, about = parsed.frame, parsed.about
    rows = len(frame)
    if header.rows not in (None, rows):
        raise DataError(
            f"{where} is damaged or cut short (its header promises {header.rows} rows, {rows} could be read). {_AGAIN}"
        )
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
        sets={name: StoredSet(s["label"] or "", tuple(s["variable_list"]), _counted(s))
              for name, s in about["sets"].items()},
        other_columns=others,
        counted=header.rows is not None,
        problems=tuple(problems),
    )  # fmt: skip


def _without_messages(path: Path, folder: Path, problems: list[Problem]) -> Path:
    """The file itself, or a copy that begins where the .sav begins."""
    content = path.read_bytes()
    place = min((found for magic in MAGIC if (found := content.find(magic, 0, 65536)) >= 0), default=0)
    if not place:
        return path
    problems.append(
        Problem("warning", "file", f"{place} bytes of messages stand before the .sav file; they were left out", "",
                "look at the messages: the program that made the file may have failed")
    )  # fmt: skip
    whole = folder / "whole.sav"
    whole.write_bytes(content[place:])
    return whole


def _parse_any_encoding(path: Path, wave: Wave, header: Header, problems: list[Problem]) -> Parsed:
    """Parse in the encoding that ``wave.toml`` or the file names, or as windows-1250 where that is wrong."""
    given = wave.data.encoding
    try:
        return parse(path, given or "", header)
    except FaultError as fault:
        if given or not ("invalid byte sequence" in str(fault) or "UnicodeDecodeError" in str(fault)):
            raise
    parsed = parse(path, "WINDOWS-1250", header)
    problems.append(
        Problem("warning", "file", "the text is not in the encoding that the file declares; read as windows-1250", "",
                "look at labels with č, š and ž; name the right one in [data] encoding of wave.toml")
    )  # fmt: skip
    return parsed


def _code(code: Code) -> Code:
    return code if isinstance(code, str) else float(code)


def _counted(stored: Mapping[str, Any]) -> Code | None:
    value = stored["counted_value"]
    if not stored["is_dichotomy"] or value is None:
        return None
    return _code(value)


def _judge_letters(frame: pd.DataFrame, about: Mapping[str, Any], where: str) -> list[Problem]:
    """Refuse text that was spoiled before the file was saved; note an encoding that has no č."""
    labels = [*about["labels"].values(), *(label for pairs in about["value_labels"].values() for _, label in pairs)]
    answers = [text for name in about["text"] for text in frame[name].unique() if isinstance(text, str)]
    for place, texts in (("column names", frame.columns), ("labels", labels), ("answers", answers)):
        for spoiled in filter(None, map(mojibake, texts)):
            raise DataError(
                f"{where}: {place} hold '{spoiled[0]}' where '{spoiled[1]}' was meant: UTF-8 was read in another "
                "encoding and saved again. Ask for the original file."
            )
    western = "1252" in about["encoding"] or "8859-1" in about["encoding"]
    if western and any(set(text) & set("èÈ") for text in [*labels, *answers]):
        return [Problem("warning", "file", f"text has 'è', and the file says it is {about['encoding']}: no 'č'",
                        "", "if č is meant, name 'windows-1250' in [data] encoding of wave.toml")]  # fmt: skip
    return []
