"""Select-all questions that a file stores otherwise than as 0 and 1 in one column per option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.column import Cells, cells_of
from kzm_surveys.loaders.raw import Code, RawTable, StoredSet
from kzm_surveys.loaders.reasons import labels_in, missing_codes, within
from kzm_surveys.wave import Wave

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ticks:
    """Cells of one option as 1, 0, NaN or whatever else stands in the file; and the column whose labels hold."""

    cells: pd.Series[object]
    column: str


def ticks(
    raw: RawTable, codebook: Codebook, wave: Wave, columns: Mapping[str, str], by_label: Mapping[str, str]
) -> tuple[dict[str, Ticks], frozenset[str], list[Problem]]:
    """Options of select-all questions that the file stores as a set, or with empty cells for "not ticked".

    A set with a counted value: that value is 1; 0, or the only other code in the set, is 0; an empty cell is 0 if the
    person ticked another option. A set of columns that each hold the code of one option: 1 if any of them holds it, 0
    if the person chose others. Questions under ``blank_is_unticked``: an empty cell is 0 if another option has an
    answer. Missing codes and codes that mean nothing are left as they are, to be judged like those of any question.

    Returns
    -------
    tuple
        Variable -> cells, for the options found; the columns used; what could not be matched.
    """
    out: dict[str, Ticks] = {}
    used: set[str] = set()
    problems: list[Problem] = []
    for key, question in codebook.questions.items():
        if question.kind != "multiple":
            continue
        options = [codebook[f"{key}_{item.name}"] for item in question.items]
        stored = _stored_set(raw, wave, key, [columns[option.name] for option in options])
        if stored is None:
            if key in wave.data.blank_is_unticked:
                out |= _blank_is_unticked(raw, options, columns, by_label)
        elif stored.counted is None:
            made, found = _from_option_codes(raw, key, options, stored, by_label)
            out, problems = out | made, problems + found
            used |= set(stored.columns)
        else:
            homes = dict(_homes(raw, options, stored, columns))
            out |= _from_counted(raw, homes, stored.counted, codebook, by_label)
            used |= set(stored.columns)
    return out, frozenset(used), problems


def _stored_set(raw: RawTable, wave: Wave, key: str, columns: Sequence[str]) -> StoredSet | None:
    """The set of the file that is this question: named so, or holding its columns."""
    name = wave.data.columns.get(key, key).lstrip("$").casefold()
    small = {column.casefold() for column in columns}
    for stored_name, stored in raw.sets.items():
        if stored_name.lstrip("$").casefold() == name or small <= {column.casefold() for column in stored.columns}:
            return stored
    return None


def _homes(
    raw: RawTable, options: Sequence[Variable], stored: StoredSet, columns: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Option and its column: by its name, by its label, or by its place if columns bear no label at all."""
    there = {str(name).casefold(): str(name) for name in raw.cells.columns}
    by_label = {raw.labels[column].strip().casefold(): column for column in stored.columns if column in raw.labels}
    by_name = {o.name: there[columns[o.name].casefold()] for o in options if columns[o.name].casefold() in there}
    by_place = not by_name and not by_label and len(stored.columns) == len(options)
    for option, column in zip(options, stored.columns if by_place else [None] * len(options), strict=True):
        labelled = [by_label[text.casefold()] for text in option.label.values() if text.casefold() in by_label]
        for home in [by_name.get(option.name), *labelled, column]:
            if home is not None:
                yield option.name, home
                break


def _from_counted(
    raw: RawTable, homes: Mapping[str, str], counted: Code, codebook: Codebook, by_label: Mapping[str, str]
) -> dict[str, Ticks]:
    cells = {name: cells_of(raw.cells[home]) for name, home in homes.items()}
    ticked = {name: _holds(column, counted) for name, column in cells.items()}
    missing = {name: _missing(codebook[name], raw, homes[name], cells[name], by_label) for name in homes}
    others = {
        code
        for name, column in cells.items()
        for code in np.unique(column.numbers[~ticked[name] & ~missing[name] & ~column.blank])
        if np.isfinite(code)
    }
    unticked = {0.0} if 0.0 in others else others if len(others) == 1 else set()
    words = {text for name, column in cells.items() for text in _words(column, ~ticked[name] & ~missing[name])}
    anything = _any(list(ticked.values()), len(raw.cells))
    out = {}
    for name, column in cells.items():
        no = np.isin(column.numbers, list(unticked)) & ~missing[name]
        if len(words) == 1 and not unticked:  # "Y" counts, "N" is the only other text
            no |= _holds(column, next(iter(words)))
        codes = column.raw.astype("object")
        codes = codes.where(~(no | (column.blank & anything)), 0.0).where(~ticked[name], 1.0)
        out[name] = Ticks(codes, homes[name])
    return out


def _from_option_codes(
    raw: RawTable, key: str, options: Sequence[Variable], stored: StoredSet, by_label: Mapping[str, str]
) -> tuple[dict[str, Ticks], list[Problem]]:
    """Options from columns that hold their codes; the codes are known by their labels, or run from 1."""
    home = stored.columns[0]
    cells = [cells_of(raw.cells[column]) for column in stored.columns]
    in_text = cells[0].texts is not None
    labels = {
        label.strip().casefold(): code
        for column in stored.columns for code, label in labels_in(raw, column, text=in_text).items()
    }  # fmt: skip
    codes: dict[str, Code] = {}
    for place, option in enumerate(options, start=1):
        named = [labels[text.casefold()] for text in option.label.values() if text.casefold() in labels]
        if named or not labels:
            codes[option.name] = named[0] if named else float(place)
    chosen = {name: _any([_holds(column, code) for column in cells], len(raw.cells)) for name, code in codes.items()}
    anything = _any(list(chosen.values()), len(raw.cells))
    missing = [_missing(options[0], raw, column, c, by_label) for column, c in zip(stored.columns, cells, strict=True)]
    stray = np.zeros(len(raw.cells), dtype=bool)
    rest = pd.Series(np.nan, index=raw.cells.index, dtype="object")
    for column, why in zip(cells, missing, strict=True):
        known = _any([_holds(column, code) for code in codes.values()], len(raw.cells))
        stray |= ~known & ~why & ~column.blank
        rest = rest.where(~(why & rest.isna()), column.raw)
    problems = []
    if stray.any():
        problems.append(
            Problem("error", key, "the columns of the set hold codes that no option has", rows_by_id(rest.index[stray]),
                    "add the option, or correct the labels in the file or the codebook")
        )  # fmt: skip
    return {name: Ticks(rest.where(~anything, 0.0).where(~hit, 1.0), home) for name, hit in chosen.items()}, problems


def _blank_is_unticked(
    raw: RawTable, options: Sequence[Variable], columns: Mapping[str, str], by_label: Mapping[str, str]
) -> dict[str, Ticks]:
    there = {o.name: cells_of(raw.cells[columns[o.name]]) for o in options if columns[o.name] in raw.cells}
    answered = [
        ~there[o.name].blank & ~_missing(o, raw, columns[o.name], there[o.name], by_label)
        for o in options if o.name in there
    ]  # fmt: skip
    anything = _any(answered, len(raw.cells))
    return {
        name: Ticks(column.raw.astype("object").where(~(column.blank & anything), 0.0), columns[name])
        for name, column in there.items()
    }


def _missing(variable: Variable, raw: RawTable, column: str, cells: Cells, by_label: Mapping[str, str]) -> BoolArray:
    """Cells with a code that the codebook, a label or the file calls missing."""
    codes, _ = missing_codes(variable, raw, column, by_label)
    numbers = [code for code in codes.named if not isinstance(code, str)]
    return np.isin(cells.numbers, numbers) | within(cells.numbers, None, codes.ranges)


def _holds(cells: Cells, code: Code) -> BoolArray:
    """Cells that hold this very code; text without outer blanks."""
    if cells.texts is not None:
        wanted = code.strip() if isinstance(code, str) else None
        distinct, place = cells.texts
        if wanted is not None:
            return np.array([*(text == wanted for text in distinct), False], dtype=bool)[place]
    return np.zeros(len(cells.raw), dtype=bool) if isinstance(code, str) else cells.numbers == code


def _words(cells: Cells, where: BoolArray) -> set[str]:
    """Texts that are no numbers in some cells."""
    if cells.texts is None:
        return set()
    distinct, place = cells.texts
    here = np.unique(place[where & ~cells.blank & np.isnan(cells.numbers)])
    return {distinct[position] for position in here}


def _any(masks: Sequence[BoolArray], n: int) -> BoolArray:
    return np.logical_or.reduce(masks) if masks else np.zeros(n, dtype=bool)
