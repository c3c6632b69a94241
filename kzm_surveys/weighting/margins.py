"""Population margins: what the weighted sample must agree with."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.toml_model import FILL_IN

Key = tuple[str, ...]
REQUIRED = ("variable", "category", "count", "use_as")
STATUSES = ("official", "estimate")
OPTIONAL = ("population", "date", "status", "source")


@dataclass(frozen=True)
class Margin:
    """One table: target of each category (or combination of categories) of its variables.

    `kind` is "count" (persons) or "share" (0-1, sums to 1).
    """

    variables: Key
    targets: Mapping[Key, float]
    kind: Literal["count", "share"]
    provenance: Mapping[str, str]

    @property
    def name(self) -> str:
        """Variables joined by a star, as in the margins file."""
        return "*".join(self.variables)


def _key(value: object) -> Key:
    return tuple(str(part) for part in value) if isinstance(value, tuple) else (str(value),)


class Margins:
    """One or several margins, one-way or joint, counts or shares.

    Parameters
    ----------
    tables
        Variable name, or tuple of names for a joint table -> {category, or tuple of categories: target}.
        A table whose targets sum to 1 holds shares, any other holds counts.
    provenance
        Variable name (joint: names joined by ``*``) -> facts such as population, date, status, source.

    Raises
    ------
    WeightingError
        No table, an empty table, a target that is negative, NaN or zero in sum, a category named twice or
        with the wrong number of parts, count tables that disagree in total.

    Examples
    --------
    >>> margins = Margins({"sex": {"male": 26367, "female": 26925}})
    >>> margins.total, margins.tables["sex"].kind
    (53292.0, 'count')
    """

    def __init__(
        self,
        tables: Mapping[Any, Mapping[Any, float]],
        provenance: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        if not tables:
            raise WeightingError("margins: no table given.")
        self.tables: dict[str, Margin] = {}
        for variables, table in tables.items():
            names = _key(variables)
            if "*".join(names) in self.tables:
                raise WeightingError(f"margins for '{'*'.join(names)}' are given twice.")
            targets: dict[Key, float] = {}
            for category, target in table.items():
                key = _key(category)
                if len(key) != len(names):
                    raise WeightingError(
                        f"margins for '{'*'.join(names)}': {key} does not name {len(names)} categories."
                    )
                if key in targets:
                    raise WeightingError(f"margins for '{'*'.join(names)}': category {'*'.join(key)} stands twice.")
                if not isinstance(target, Real) or not (math.isfinite(target) and target >= 0):
                    raise WeightingError(f"margins for '{'*'.join(names)}': target of {'*'.join(key)} is {target}.")
                targets[key] = float(target)
            total = math.fsum(targets.values())
            if total <= 0:
                raise WeightingError(f"margins for '{'*'.join(names)}': the targets sum to {total}.")
            kind: Literal["count", "share"] = "share" if math.isclose(total, 1, abs_tol=1e-6) else "count"
            if kind == "count" and 0.9 < total < 1.1:
                name = "*".join(names)
                raise WeightingError(f"margins for '{name}': the shares sum to {total:.9g}, not 1. Give more digits.")
            facts = (provenance or {}).get("*".join(names), {})
            self.tables["*".join(names)] = Margin(names, targets, kind, facts)
        totals = {m.name: math.fsum(m.targets.values()) for m in self.tables.values() if m.kind == "count"}
        if totals and max(totals.values()) - min(totals.values()) > 1e-9 * max(totals.values()):
            shown = ", ".join(f"'{name}' {value:,.10g}" for name, value in totals.items())
            raise WeightingError(f"margins disagree in total: {shown}. Use one population, or give shares.")
        self.total: float | None = next(iter(totals.values()), None)

    def select(self, names: tuple[str, ...]) -> Margins:
        """Only the named tables, in that order."""
        for name in names:
            if name not in self.tables:
                raise WeightingError(one_of("unknown margin", name, self.tables))
        chosen = {self.tables[n].variables: dict(self.tables[n].targets) for n in names}
        return Margins(chosen, {n: self.tables[n].provenance for n in names})

    def __repr__(self) -> str:
        return f"<Margins {', '.join(f'{m.name} ({len(m.targets)}, {m.kind})' for m in self.tables.values())}>"


def read_margins(path: str | Path) -> Margins:
    """Read margins from a tidy CSV.

    Parameters
    ----------
    path
        UTF-8 CSV with columns ``variable`` (joint: ``sex*age_group``), ``category`` (joint: ``male*18_39``),
        ``count`` (persons), ``use_as`` ("count", or "share" where the counts are of another population than
        the survey's, so that only their shares apply), and optionally ``population``, ``date``, ``status``
        ("official" or "estimate") and ``source``.

    Returns
    -------
    Margins
        With the facts of the optional columns as provenance.

    Raises
    ------
    WeightingError
        The file is missing, a column is missing, a count is not a number, or see :class:`Margins`.
    """
    path = Path(path)
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise WeightingError(f"{path}: there is no such file of margins.") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise WeightingError(f"{path}: not a readable UTF-8 CSV: {error}") from None
    if lacking := [name for name in REQUIRED if name not in rows.columns]:
        raise WeightingError(f"{path}: column(s) {', '.join(lacking)} missing. Needed: {', '.join(REQUIRED)}.")
    if (unfilled := rows.apply(lambda column: column.str.startswith(FILL_IN)).any(axis=1)).any():
        lines = ", ".join(str(line) for line in rows.index[unfilled] + 2)
        raise WeightingError(f"{path}: margins are not filled in yet (line {lines}). Replace every FILL IN.")
    tables: dict[Key, dict[Key, float]] = {}
    provenance: dict[str, dict[str, str]] = {}
    for name, part in rows.groupby("variable", sort=False):
        uses = set(part["use_as"])
        if len(uses) > 1 or not uses <= {"count", "share"}:
            raise WeightingError(
                f"{path}: use_as of '{name}' must be 'count' or 'share' throughout, found {sorted(uses)}."
            )
        counts: dict[Key, float] = {}
        for line, category, text in zip(part.index + 2, part["category"], part["count"], strict=True):
            if re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", text):
                where = f"{path}, line {line}"
                raise WeightingError(f"{where}: count '{text}' is written with a mark of thousands; drop it.")
            try:
                value = float(text)
            except ValueError:
                raise WeightingError(f"{path}, line {line}: count '{text}' is not a number.") from None
            key = tuple(category.split("*"))
            if key in counts:
                raise WeightingError(f"{path}, line {line}: category '{category}' of '{name}' stands twice.")
            counts[key] = value
        total = math.fsum(counts.values())
        if uses == {"share"} and total > 0:
            counts = {key: value / total for key, value in counts.items()}
        tables[tuple(str(name).split("*"))] = counts
        _check_facts(path, part)
        facts = {column: "; ".join(dict.fromkeys(part[column])) for column in OPTIONAL if column in part}
        provenance[str(name)] = facts | {"total": f"{total:.12g}"}
    try:
        return Margins(tables, provenance)
    except WeightingError as error:
        raise WeightingError(f"{path}: {error}") from None


def _check_facts(path: Path, rows: pd.DataFrame) -> None:
    """Refuse a date or a status that no output could print."""
    for line, row in zip(rows.index + 2, rows.to_dict("records"), strict=True):
        if (status := row.get("status", "")) and status not in STATUSES:
            raise WeightingError(f"{path}, line {line}: " + one_of("unknown status", status, STATUSES))
        try:
            day = row.get("date", "")
            _ = day and datetime.date.fromisoformat(day)
        except ValueError:
            raise WeightingError(f"{path}, line {line}: date '{day}' is not of the form 2021-01-31.") from None
