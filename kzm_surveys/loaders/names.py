"""Which column of a file holds which variable: by the codebook's own names, or by those that 1KA gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import Problem
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.wave import Wave


@dataclass(frozen=True)
class Column:
    """A question column: its name in the file, the variable it holds, the label that 1KA writes above it."""

    name: str
    variable: str
    label: str


def own_columns(codebook: Codebook, wave: Wave) -> dict[str, str]:
    """Variable -> column of the file: its own name unless ``wave.toml`` renames it."""
    renamed = {} if wave.data.is_enka else wave.data.columns
    return {v.name: renamed.get(v.name, v.name) for v in codebook.variables.values() if not v.derived}


def enka_columns(codebook: Codebook, wave: Wave) -> list[Column]:
    """Question columns in order: ``Q1``; ``Q2a``, ``Q2b`` for items; ``Q2c_text`` after the option "other".

    Questions are named Q1, Q2, ... unless ``wave.toml`` names them; over 26 items all get two letters.
    """
    renamed = wave.data.columns if wave.data.is_enka else {}
    out = []
    for number, (key, question) in enumerate(codebook.questions.items(), start=1):
        stem = renamed.get(key, f"Q{number}")
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


def has_enka_names(there: Iterable[object], enka: Iterable[str], own: Iterable[str]) -> bool:
    """Tell whether columns bear more of 1KA's names than of the codebook's own."""
    names = set(there)
    return len(names & set(enka)) > len(names & set(own))


def find_columns(raw: RawTable, codebook: Codebook, wave: Wave) -> tuple[dict[str, str], list[Problem]]:
    """Variable -> column: by the codebook's own names and those in ``wave.toml``, or by 1KA's.

    In a 1KA wave 1KA's names count unless the file has more of the codebook's own (an export of ours). In another
    wave 1KA's names, which follow the place in the questionnaire, are tried only if ``[data.columns]`` names nothing
    and not one name of the codebook is there; and that is noted. An exact name comes first. SPSS names do not tell
    capitals from small letters, so a name that differs only in them is taken if there is just one such column.

    Returns
    -------
    tuple
        Names of all asked variables, also of those whose column the file lacks, and what was noticed.
    """
    there = {str(name) for name in raw.cells.columns}
    small: dict[str, list[str]] = {}
    for name in sorted(there):
        small.setdefault(name.casefold(), []).append(name)
    own = own_columns(codebook, wave)
    enka = {column.variable: column.name for column in enka_columns(codebook, wave)}

    def found(way: Mapping[str, str]) -> int:
        return sum(name.casefold() in small for name in way.values())

    problems: list[Problem] = []
    if wave.data.is_enka:
        chosen = own if found(own) > found(enka) else enka
    else:
        chosen = enka if not wave.data.columns and not found(own) and found(enka) else own
        if chosen is enka:
            pairs = ", ".join(f"{name} as '{variable}'" for variable, name in list(enka.items())[:4])
            problems.append(
                Problem("warning", "file", f"columns were taken by their place in the questionnaire: {pairs} ...", "",
                        "name them in [data.columns] of wave.toml")
            )  # fmt: skip
    taken = {name for name in chosen.values() if name in there}
    columns, otherwise = {}, []
    for variable, name in chosen.items():
        near = [other for other in small.get(name.casefold(), []) if other not in taken]
        columns[variable] = near[0] if name not in there and len(near) == 1 else name
        if columns[variable] != name:
            otherwise.append(f"{near[0]} for {name}")
        elif name not in there and near:
            problems.append(
                Problem("error", variable, f"no column is named '{name}', several differ from it only in capitals",
                        ", ".join(near), "name the right one in [data.columns] of wave.toml")
            )  # fmt: skip
    if otherwise:
        listed = ", ".join(otherwise[:6]) + (f" and {len(otherwise) - 6} more" if len(otherwise) > 6 else "")
        problems.append(
            Problem("warning", "file", f"names differ from the codebook in capitals only: {listed}", "",
                    "nothing, if these are the same variables")
        )  # fmt: skip
    return columns, problems
