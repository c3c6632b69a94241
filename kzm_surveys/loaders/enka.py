"""1KA (EnKlikAnketa) exports: one door to all kinds, and what they have in common.

What the bytes look like is in ``enka_cells`` (CSV, XLS, TXT, data of the SPSS pair), ``enka_resaved`` (after a
spreadsheet) and ``enka_syntax`` (.sps); what the values mean in ``enka_codes``, ``enka_metadata`` and ``enka_units``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kzm_surveys.errors import DataError, Problem, rows_by_id
from kzm_surveys.loaders.column import as_texts
from kzm_surveys.loaders.enka_cells import (
    Table,
    is_wrapped,
    read_csv,
    read_podatki,
    read_text,
    read_txt,
    read_xls,
    unescape,
)
from kzm_surveys.loaders.enka_codes import (
    BLANK,
    MISSING_CODES,
    UNNAMED,
    Why,
    classify,
    doubtful_codes,
    missing_codes,
    text_columns,
)
from kzm_surveys.loaders.enka_metadata import IDENTIFIERS, SYSTEM_QUESTIONS, system_columns
from kzm_surveys.loaders.enka_resaved import read_resaved, workbook_table
from kzm_surveys.loaders.enka_syntax import read_syntax, sanitised
from kzm_surveys.loaders.enka_units import as_text, describe_units, metadata_problems
from kzm_surveys.loaders.kinds import partner
from kzm_surveys.loaders.raw import Code, RawTable, take_ids
from kzm_surveys.wave import FileKind, Wave

__all__ = [
    "MISSING_CODES",
    "SYNTHETIC_MARK",
    "finish",
    "read_enka",
]

SYNTHETIC_MARK = "kzm_surveys synthetic data"


def read_enka(
    path: Path, wave: Wave, kind: FileKind, columns: Sequence[str] = (), texts: Collection[str] = ()
) -> RawTable:
    """Read a 1KA export: CSV, the "Excel" .xls, TXT, or the SPSS pair (.sps and _podatki.txt, given either).

    Parameters
    ----------
    path, wave, kind
        The file, its wave and its kind.
    columns
        Names of the question columns that the codebook expects, in order. They name the columns of an export without
        header rows, and undo what 1KA does to names for SPSS.
    texts
        Those of them that hold open answers. Without them, the formats in the .sps tell, or the answers.

    Returns
    -------
    RawTable
        Units by the rule in ``wave.toml``; see :func:`finish`.

    Raises
    ------
    DataError
        The file is damaged, cut short or not of this kind.
    """
    where = f"{wave.name}: {path}"
    if kind == "1ka_spss":
        return _read_pair(path, wave, columns, texts)
    text, noted = read_text(path.read_bytes(), where, wave.data.encoding)
    if kind == "1ka_xls":
        table = read_xls(text, where)
    elif kind == "1ka_txt":
        table = read_txt(text, where)
    elif is_wrapped(text) or _only_header_rows(text):
        table = read_csv(text, where, columns)
    else:
        table = read_resaved(text, where, columns)
    return finish(
        _frame(table), wave, kind, where, columns=columns, texts=texts, labels=table.labels, lost=table.lost,
        places=table.places, problems=[*noted, *table.problems],
    )  # fmt: skip


def _only_header_rows(text: str) -> bool:
    """No units, and the dangling delimiter of the server."""
    lines = text.strip("\r\n").split("\n")
    return len(lines) <= 2 and lines[0].rstrip("\r").endswith((";", ","))


def _read_pair(path: Path, wave: Wave, columns: Sequence[str], texts: Collection[str]) -> RawTable:
    syntax_path, data_path = partner(path)
    syntax = read_syntax(syntax_path.read_bytes(), f"{wave.name}: {syntax_path}")
    where = f"{wave.name}: {data_path}"
    text, noted = read_text(data_path.read_bytes(), where, wave.data.encoding)
    table = read_podatki(text, where, list(syntax.formats))
    return finish(
        _frame(table), wave, "1ka_spss", where, columns=columns, texts=texts or syntax.texts, labels=syntax.labels,
        value_labels=syntax.value_labels, user_missing=syntax.user_missing, missing_labels=syntax.missing_labels,
        problems=[*noted, *table.problems],
    )  # fmt: skip


def from_workbook(raw: RawTable, wave: Wave, where: str, columns: Sequence[str], texts: Collection[str]) -> RawTable:
    """A 1KA export that a spreadsheet saved as a workbook; `raw` is read without ids, so its rows are not named."""
    cells = [as_texts(raw.cells[name]) for name in raw.cells]
    table = workbook_table(list(raw.cells), list(zip(*cells, strict=True)), columns)
    return finish(
        _frame(table), wave, "xlsx", where, columns=columns, texts=texts, labels=table.labels,
        problems=[*(problem for problem in raw.problems if problem.variable == "file"), *table.problems],
    )  # fmt: skip


def _frame(table: Table) -> pd.DataFrame:
    return pd.DataFrame(table.rows, columns=list(table.names), dtype="str")


def finish(
    frame: pd.DataFrame, wave: Wave, kind: FileKind, where: str, *, columns: Sequence[str] = (),
    texts: Collection[str] = (), labels: Mapping[str, str] | None = None,
    value_labels: Mapping[str, Mapping[Code, str]] | None = None,
    user_missing: Mapping[str, tuple[tuple[Code, Code], ...]] | None = None,
    missing_labels: Mapping[int, str] | None = None, lost: int = 0, places: Sequence[int] = (),
    problems: Sequence[Problem] = (),
) -> RawTable:  # fmt: skip
    """Ids, unit rule, missing codes and units of any 1KA export, also of the .SAV that its server makes.

    Units are kept by the rule in ``wave.toml`` ([data.units]); the counts of those left out stand in the record.
    Without paradata there is no status and no id: all units are kept but those without any answer, and ids are row
    numbers; both are noted. Columns that identify persons or machines are left out of the cells.

    Parameters
    ----------
    frame
        Cells under 1KA's column names: text, or numbers with NaN where the cell is empty (.SAV).
    wave, kind, where
        The wave, the kind of file, and how messages name the file.
    columns, texts
        As in :func:`read_enka`.
    labels, value_labels, user_missing
        As in :class:`RawTable`, as they stand in the file.
    missing_labels
        Code -> label of the survey's own missing codes. For a .SAV they are found among the value labels, where the
        server leaves nothing else.
    lost, places
        Rows of the file that could not be read; they are counted among those left out. `places` number the others.
    problems
        What the reader of the cells noticed.

    Raises
    ------
    DataError
        Two columns have one name, the file holds identifiers only, or a record number is none.
    """
    own_names = _names_from_spss(frame.columns, columns) if kind in ("1ka_spss", "1ka_sav") else {}
    frame = frame.rename(columns=own_names)
    _refuse_names(list(frame.columns), columns, where)
    if kind == "1ka_sav":
        in_text = [name for name in frame if pd.api.types.is_string_dtype(frame[name])]
        frame = frame.assign(**{name: frame[name].map(unescape, na_action="ignore") for name in in_text})
    labels = {own_names.get(name, name): _readable(text) for name, text in (labels or {}).items()}
    coded = {
        own_names.get(name, name): {code: _readable(text) for code, text in there.items()}
        for name, there in (value_labels or {}).items()
    }
    found = list(problems)
    system = system_columns(frame.columns, columns)
    frame, key = _take_ids(frame, wave, where, places or range(1, len(frame) + 1), found)
    if here := sorted(system & IDENTIFIERS - key - {"IP"}):
        found.append(
            Problem("warning", "file", f"the export holds identifiers of respondents ({', '.join(here)}); they were "
                    "not read", "", "keep the file where personal data may be kept, or export it without them")
        )  # fmt: skip
    answers = frame[[name for name in frame if name not in system and name not in key]]
    if missing_labels is None:
        missing_labels = _negative_labels(coded, answers)
    codes, unnamed = missing_codes(missing_labels, wave.data.missing_codes)
    why = classify(answers, codes, unnamed)
    units = describe_units(frame, answers, why, wave.data.units)
    keep = units["dropped"].isna().to_numpy(np.bool_)
    answers, why = answers[keep], Why(why.kinds, why.of[keep])
    found += metadata_problems(frame)
    in_text = text_columns(answers, why, texts)
    found += _unnamed_codes(answers, why, codes, unnamed)
    found += _empty_cells(answers, why, () if kind == "1ka_sav" else set(answers) - set(in_text))
    completed = units["status"].eq(6).fillna(value=False).to_numpy(np.bool_)[keep]
    found += doubtful_codes(answers, why, codes, in_text, completed)
    counts = units["dropped"].value_counts()
    reasons = ("test_unit", "status", "lurker", "empty_unit")
    return RawTable(
        cells=frame.loc[keep, [name for name in frame if name not in IDENTIFIERS or name in columns]],
        rows=len(frame) + lost,
        kind=kind,
        synthetic=bool(as_text(frame, "Browser").str.contains(SYNTHETIC_MARK, regex=False).any()),
        dropped=({"unreadable_row": lost} if lost else {}) | {r: int(counts[r]) for r in reasons if r in counts},
        missing_codes=codes,
        user_missing={own_names.get(name, name): ranges for name, ranges in (user_missing or {}).items()},
        labels=labels,
        value_labels=coded,
        other_columns=system | key,
        units=units,
        counted=kind == "1ka_xls",  # its closing </table> is checked
        problems=tuple(found),
    )


def _names_from_spss(names: Collection[str], expected: Collection[str]) -> dict[str, str]:
    """Names in an SPSS file -> those that the codebook expects and that 1KA had to change for SPSS."""
    back = {sanitised(name): name for name in ("Language", *expected)}
    return {name: back[name] for name in names if name not in expected and name in back}


def _refuse_names(names: Sequence[str], expected: Collection[str], where: str) -> None:
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(
            f"{where}: column names stand twice: {', '.join(repeated)}. Rename them in 1KA and export again."
        )
    if not set(names) - SYSTEM_QUESTIONS - {"code"} and not set(names) & set(expected):
        raise DataError(
            f"{where} holds only identifiers of respondents ({', '.join(names)}) and nothing that links them to "
            "answers. Export data and paradata from 1KA."
        )


def _readable(label: str) -> str:
    """A label without HTML entities, which 1KA leaves as they are."""
    return html.unescape(label).replace("\ufffd", "").strip()


def _take_ids(
    frame: pd.DataFrame, wave: Wave, where: str, places: Sequence[int], found: list[Problem]
) -> tuple[pd.DataFrame, frozenset[str]]:
    """Index the units by the id column, by the record number, or by row if the export has data only."""
    key = wave.data.id or "recnum"
    if key not in frame and "status" in frame and wave.data.id is not None:
        raise DataError(f"{where} has no id column '{key}'. Correct [data] id in wave.toml.")
    if key not in frame:
        words = "the export has data only: no id, no status, no test mark, and nothing that tells synthetic answers"
        to_do = "export data and paradata; until then ids are row numbers and test units stay in"
        found.append(Problem("warning", "file", words, "", to_do))
        return frame.set_axis(pd.Index(places, dtype="int64", name="id"), axis=0), frozenset()
    if key != "recnum":
        return take_ids(frame, wave, where)
    numbers = as_text(frame, key)
    if (bad := ~numbers.str.fullmatch(r"\d{1,18}")).any():
        units = ", ".join(str(place + 1) for place in np.flatnonzero(bad)[:8])
        raise DataError(f"{where}: {key} is not a whole number in unit {units}. Export the file again from 1KA.")
    return frame.set_axis(pd.Index(numbers.astype("int64"), name="id"), axis=0), frozenset({key})


def _negative_labels(value_labels: Mapping[str, Mapping[Code, str]], answers: pd.DataFrame) -> dict[int, str]:
    """Labels of the negative codes of question columns."""
    there = (pair for name in answers for pair in value_labels.get(name, {}).items())
    return {int(float(code)): label for code, label in there if re.fullmatch(r"-\d+(\.0)?", str(code))}


def _empty_cells(answers: pd.DataFrame, why: Why, certain: Collection[str]) -> Iterator[Problem]:
    """Question cells without anything: 1KA writes an answer or a code into each, so something was lost.

    It is an error in `certain` columns. An open answer may have consisted of a tag, which 1KA takes away; and in a .SAV
    PSPP takes the mark before the data for a part of the first cell and loses that.
    """
    blank = why.are(BLANK)
    for place in np.flatnonzero(blank.any(axis=0)):
        name = str(answers.columns[place])
        yield Problem(
            "error" if name in certain else "warning", name,
            "empty cells, where 1KA always writes an answer or a code: answers were lost after the export",
            rows_by_id(answers.index[blank[:, place]]), "export again from 1KA, as CSV or as SPSS syntax with its data",
        )  # fmt: skip


def _unnamed_codes(
    answers: pd.DataFrame, why: Why, codes: Mapping[int, str], unnamed: Mapping[int, str]
) -> list[Problem]:
    """Missing codes in use whose label in the file is not one that 1KA gives."""
    problems = []
    for code, label in unnamed.items():
        if code in codes:
            found = f"the missing code {code} is labelled '{label}' in the file; it was read as '{codes[code]}'"
            problems.append(Problem("warning", "file", found, "", "check that the code means the same"))
            continue
        hit = classify(answers, {}, [code]).are(UNNAMED).any(axis=1)
        if hit.any():
            found = f"the survey has a missing code of its own: {code}, labelled '{label}'"
            to_do = (
                "declare the reason with this label or code under [missing] in the codebook, or in [data.missing_codes]"
            )
            problems.append(Problem("warning", "file", found, rows_by_id(answers.index[hit]), to_do))
    return problems
