r"""1KA (EnKlikAnketa) CSV exports, read and written as the 1KA server writes them.

Facts from the open source of 1KA (bleifrei/1ka, November 2021): UTF-8 with BOM; a row of names and a row of
labels, each with a dangling delimiter; every data cell as ``="value"``; quotes, apostrophes and backslashes in
answers escaped with a backslash; the delimiter in answers replaced; CRLF; missing answers as negative codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import DataError, Problem
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.wave import UnitRule, Wave

#: 1KA's default set of missing codes; -96 is not in it.
MISSING_CODES: dict[int, str] = {
    -1: "no_answer", -2: "not_asked", -3: "break_off", -4: "added_later", -5: "empty_unit",
    -97: "not_applicable", -98: "refused", -99: "dont_know",
}  # fmt: skip
#: Metadata before and paradata after the question columns, in the order of the export.
BEFORE = {
    "relevance": "Ustreznost", "invitation": "Vabilo", "status": "Status", "lurker": "Prazna",
    "unx_ins_date": "unx_ins_date", "recnum": "Record number", "testdata": "Testni", "itime": "Datum",
}  # fmt: skip
AFTER = {
    "t_insert": "začetek", "t_edit": "konec", "Browser": "Brskalnik", "BrowserVersion": "Verzija brskalnika",
    "OS": "Operacijski sistem", "Device": "Naprava", "Referer": "Referer", "Unsubscribed": "Unsubscribed",
    "Language": "Jezik",
}  # fmt: skip
SYNTHETIC_MARK = "kzm_surveys synthetic data"
_SYSTEM = re.compile(r"(date_\d+|random_\d+|IP|code|usr_from_cms)")
_CELL = re.compile(r'="(.*)"', re.DOTALL)


def read_enka_csv(path: Path, wave: Wave) -> RawTable:
    """Read a 1KA CSV export, with or without paradata, `;` or `,`.

    Units are kept by the rule in ``wave.toml`` ([data.units]); the counts of those dropped stand in the record.
    Without paradata there is no status and no id: all units are kept but those that are empty throughout (-5),
    and ids are row numbers; both are noted as warnings.

    Raises
    ------
    DataError
        Not a 1KA CSV, a header row missing, a row with too many or too few cells, bytes that are not UTF-8.
    """
    where = f"{wave.name}: {path}"
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not UTF-8 (byte {error.start}); it was probably re-saved by Excel. Export it again from 1KA "
            "and do not open it in Excel before."
        ) from None
    if "\x00" in text:
        raise DataError(f"{where} holds NUL bytes and is damaged. Export it again from 1KA.")
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if not lines:
        raise DataError(f"{where} is empty. Export it again from 1KA.")
    delimiter = max(";,", key=lines[0].count)
    names, rows = _split(where, lines, delimiter)
    frame = pd.DataFrame(rows, columns=names, dtype="str")
    problems: list[Problem] = []
    before = [name for name in BEFORE if name in names]
    system = frozenset({*before, *(name for name in AFTER if name in names), *filter(_SYSTEM.fullmatch, names)})
    key = wave.data.id or "recnum"
    if wave.data.id is not None and key not in names and "status" in names:
        raise DataError(f"{where} has no id column '{key}'. Correct [data] id in wave.toml.")
    if key in names:
        if (bad := ~frame[key].str.fullmatch(r"\d+")).any():
            rows_of = ", ".join(str(row + 3) for row in np.flatnonzero(bad)[:8])
            raise DataError(f"{where}: {key} is not a whole number in row {rows_of}. Export the file again from 1KA.")
        ids = pd.Index(frame[key].astype("int64"), name="id")
    else:
        ids = pd.RangeIndex(1, len(frame) + 1, name="id")
        found = "the export has data only: no id, no status, no test mark, and nothing that tells synthetic answers"
        to_do = "export data and paradata; until then ids are row numbers and test units stay in"
        problems.append(Problem("warning", "file", found, "", to_do))
    frame = frame.set_axis(ids, axis=0)
    keep, dropped = _apply_rule(frame, wave.data.units, [n for n in names if n not in system])
    browser = frame["Browser"] if "Browser" in frame else pd.Series("", index=frame.index)
    return RawTable(
        cells=frame[keep],
        rows=len(frame),
        synthetic=bool(browser.str.contains(SYNTHETIC_MARK, regex=False).any()),
        dropped=dropped,
        missing_codes=MISSING_CODES,
        other_columns=system,
        problems=tuple(problems),
    )


def _split(where: str, lines: Sequence[str], delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Names and rows of unwrapped cells."""

    def is_data(line: str) -> bool:
        return line.startswith('="')

    heads = sum(1 for line in lines[:2] if not is_data(line))
    if heads < 2 or len(lines) < 2:
        found = "one header row" if heads == 1 else "no header rows"
        raise DataError(
            f"{where} has {found}; a 1KA CSV has two (names, then question texts). Export it again with the option "
            "to export question texts on."
        )
    names = lines[0].split(delimiter)
    if names[-1] == "":
        names.pop()
    if len(names) < 2 or not all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in names):
        raise DataError(f"{where}: the first row does not hold 1KA variable names. Is it a 1KA CSV export?")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(
            f"{where}: column names stand twice: {', '.join(repeated)}. Rename them in 1KA and export again."
        )
    rows = []
    for number, line in enumerate(lines[2:], start=3):
        cells = line.split(delimiter)
        unwrapped = [_CELL.fullmatch(cell) for cell in cells]
        if len(cells) != len(names) or not all(unwrapped):
            raise DataError(
                f"{where}, row {number}: {len(cells)} cells where the header has {len(names)}, or a cell not written "
                'as ="...". The file is cut short or was changed after the export. Export it again from 1KA.'
            )
        rows.append([_unescape(match[1]) for match in unwrapped if match])
    return names, rows


def _unescape(text: str) -> str:
    r"""Undo the backslashes that 1KA puts before quotes, apostrophes and backslashes.

    >>> _unescape(r"radio, \"Val\" 202 \\ d\'oseb")
    'radio, "Val" 202 \\ d\'oseb'
    """
    return re.sub(r"\\([\"'\\])", r"\1", text)


def _escape(text: str, delimiter: str = ";") -> str:
    r"""Write an answer as 1KA does: newlines and bars to blanks, tags out, backslashes, delimiter replaced.

    >>> _escape('radio; "Val"\n202')
    'radio, \\"Val\\" 202'
    """
    flat = re.sub(r"<(?=\S)[^>]*>?", "", re.sub(r"[\n\r|]", " ", text))
    escaped = re.sub(r"([\"'\\])", r"\\\1", flat).strip()
    return escaped.replace(delimiter, "," if delimiter == ";" else ";")


def _apply_rule(frame: pd.DataFrame, rule: UnitRule, answers: list[str]) -> tuple[pd.Series[bool], dict[str, int]]:
    """Mask of the units kept and counts of those dropped, each under the first reason that fits."""
    keep = pd.Series(True, index=frame.index)
    dropped: dict[str, int] = {}
    reasons: dict[str, pd.Series[bool]] = {}
    if "testdata" in frame and not rule.test_units:
        reasons["test_unit"] = frame["testdata"] != "0"
    if "status" in frame:
        reasons["status"] = ~frame["status"].isin([str(status) for status in rule.statuses])
    if "lurker" in frame and not rule.lurkers:
        reasons["lurker"] = frame["lurker"] == "1"
    if not rule.lurkers:
        reasons["empty_unit"] = frame[answers].isin([*map(str, MISSING_CODES), ""]).all(axis=1)
    for reason, hit in reasons.items():
        dropped[reason] = int((keep & hit).sum())
        keep &= ~hit
    return keep, {reason: count for reason, count in dropped.items() if count}


@dataclass(frozen=True)
class Column:
    """A question column of the export: its name, the variable it holds, its text in the label row."""

    name: str
    variable: str
    label: str


def enka_columns(codebook: Codebook, wave: Wave) -> list[Column]:
    """Question columns in order: ``Q1``; ``Q2a``, ``Q2b`` for items; ``Q2c_text`` after the option "other".

    Questions are named Q1, Q2, ... unless ``wave.toml`` names them; over 26 items all get two letters.
    """
    out = []
    for number, (key, question) in enumerate(codebook.questions.items(), start=1):
        stem = wave.data.columns.get(key, f"Q{number}")
        if not question.items:
            out.append(Column(stem, key, question.question["sl"]))
        for item, letters in zip(question.items, _letters(len(question.items)), strict=False):
            out.append(Column(stem + letters, f"{key}_{item.name}", item.label["sl"]))
            if item.other:
                out.append(Column(f"{stem}{letters}_text", f"{key}_{item.name}_text", item.label["sl"]))
    return out


def _letters(count: int) -> Iterable[str]:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return alphabet if count <= 26 else (a + b for a in alphabet for b in alphabet)


def write_enka_csv(
    path: Path, columns: Sequence[Column], cells: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]],
    after: Mapping[str, Sequence[str]], pages: int,
) -> None:  # fmt: skip
    """Write a CSV export with paradata, `;`, question texts on.

    Parameters
    ----------
    path
        The file.
    columns, cells
        Question columns and, per column name, the answer or missing code of each unit.
    before, after
        Metadata and paradata per unit by 1KA's column names; ``after`` also holds ``date_0`` ... of the pages.
    pages
        Number of question pages.
    """
    dates = {f"date_{page}": f"datum_{page}" for page in range(pages + 1)}
    tail = {"t_insert": AFTER["t_insert"], "t_edit": AFTER["t_edit"], **dates}
    tail |= {name: label for name, label in AFTER.items() if name not in tail}
    head = {name: label for name, label in BEFORE.items() if name in before}
    labels = [*head.values(), *(column.label.replace(";", ",") for column in columns), *tail.values()]
    names = [*head, *(column.name for column in columns), *tail]
    values = [
        *(before[name] for name in head),
        *(cells[c.name] for c in columns),
        *(after[name] for name in tail),
    ]
    lines = [";".join([*names, ""]), ";".join([*labels, ""])]
    lines += [";".join(f'="{_escape(cell)}"' for cell in unit) for unit in zip(*values, strict=True)]
    path.write_bytes(("\ufeff" + "".join(f"{line}\r\n" for line in lines)).encode())
