"""Population margins: what the weighted sample must agree with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from pathlib import Path
from typing import Any, Literal

from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.weighting.margins_file import FileTable, read_tables

Key = tuple[str, ...]
NEEDED = "Margins, or a dict such as {'sex': {'male': 26367, 'female': 26925}}"


@dataclass(frozen=True)
class Margin:
    """One table: target of each category (or combination of categories) of its variables.

    `kind` is "count" (persons) or "share" (0-1, sums to 1). `members` maps a merged category to the categories of the
    codebook that it holds.
    """

    variables: Key
    targets: Mapping[Key, float]
    kind: Literal["count", "share"]
    provenance: Mapping[str, str]
    members: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Variables joined by a star, as in the margins file."""
        return "*".join(self.variables)


def _key(value: object) -> Key:
    return tuple(str(part) for part in value) if isinstance(value, tuple) else (str(value),)


def _parts(category: object, variables: Key) -> Key:
    """Key of a category; of a joint table also from names joined by a star."""
    key = tuple(category.split("*")) if isinstance(category, str) and len(variables) > 1 else _key(category)
    if len(key) != len(variables):
        name = "*".join(variables)
        raise WeightingError(f"margins for '{name}': '{'*'.join(key)}' does not name {len(variables)} categories.")
    return key


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
        if not isinstance(tables, Mapping):
            raise WeightingError(f"margins: needed is {NEEDED}, found {type(tables).__name__}.")
        if not tables:
            raise WeightingError("margins: no table given.")
        self.tables: dict[str, Margin] = {}
        for variables, table in tables.items():
            names = _key(variables)
            if "*".join(names) in self.tables:
                raise WeightingError(f"margins for '{'*'.join(names)}' are given twice.")
            if not hasattr(table, "items"):
                found = type(table).__name__
                raise WeightingError(f"margins for '{'*'.join(names)}': {{category: target}} is needed, found {found}.")
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
        self.total: float | None = self._common_total()

    def _common_total(self) -> float | None:
        totals = {m.name: math.fsum(m.targets.values()) for m in self.tables.values() if m.kind == "count"}
        if totals and max(totals.values()) - min(totals.values()) > 1e-9 * max(totals.values()):
            shown = ", ".join(f"'{name}' {value:,.10g}" for name, value in totals.items())
            raise WeightingError(f"margins disagree in total: {shown}. Use one population, or give shares.")
        return next(iter(totals.values()), None)

    @classmethod
    def made_of(cls, what: str, margins: Margins | Mapping[Any, Mapping[Any, float]]) -> Margins:
        """The margins themselves, or those of a mapping; `what` names the verb in the error.

        Raises
        ------
        WeightingError
            It is something else, or see :class:`Margins`.
        """
        if isinstance(margins, Margins):
            return margins
        if not isinstance(margins, Mapping):
            raise WeightingError(f"{what}: needed is {NEEDED}, found {type(margins).__name__}.")
        return cls(margins)

    @classmethod
    def _of(cls, tables: Mapping[str, Margin]) -> Margins:
        """Margins of tables that are made already."""
        margins = cls.__new__(cls)
        margins.tables = dict(tables)
        margins.total = margins._common_total()
        return margins

    def _table(self, name: str) -> Margin:
        if name not in self.tables:
            raise WeightingError(one_of("unknown margin", name, self.tables))
        return self.tables[name]

    def select(self, names: tuple[str, ...]) -> Margins:
        """Only the named tables, in that order."""
        return self._of({name: self._table(name) for name in names})

    def merge(self, name: str, groups: Mapping[Any, Sequence[Any]]) -> Margins:
        """Put categories of one table together; the others stay as they are.

        Parameters
        ----------
        name
            The table, joint ones with a star: ``sex*age_group``.
        groups
            New category -> the categories it holds. In joint tables both are tuples or names joined by a star.

        Returns
        -------
        Margins
            The target of a new category is the sum of those it holds; `members` of the table says which these are, by
            their names before any merging, and so does its provenance ("merged").

        Raises
        ------
        WeightingError
            An unknown table or category, a category in two groups, or a new name that another category has.

        Examples
        --------
        >>> margins = Margins({"age_group": {"18_39": 13554, "40_61": 17006, "62_plus": 13475}})
        >>> merged = margins.merge("age_group", {"40_plus": ["40_61", "62_plus"]})
        >>> dict(merged.tables["age_group"].targets)
        {('18_39',): 13554.0, ('40_plus',): 30481.0}
        """
        margin = self._table(name)
        new_key: dict[Key, Key] = {}
        for merged, categories in groups.items():
            key = _parts(merged, margin.variables)
            if isinstance(categories, str) or not categories:
                raise WeightingError(f"margins for '{name}': name the categories of '{'*'.join(key)}' as a list.")
            for category in categories:
                old = _parts(category, margin.variables)
                if old not in margin.targets:
                    known = ["*".join(known) for known in margin.targets]
                    raise WeightingError(one_of(f"margins for '{name}': unknown category", "*".join(old), known))
                if old in new_key:
                    raise WeightingError(f"margins for '{name}': '{'*'.join(old)}' stands twice in what is merged.")
                new_key[old] = key
        for key in set(new_key.values()) & (margin.targets.keys() - new_key.keys()):
            raise WeightingError(
                f"margins for '{name}': there is a category '{'*'.join(key)}' already; name it otherwise."
            )
        held: dict[Key, list[Key]] = {}
        for old in margin.targets:
            held.setdefault(new_key.get(old, old), []).append(old)
        targets = {key: math.fsum(margin.targets[old] for old in olds) for key, olds in held.items()}
        members = {
            key: tuple(origin for old in olds for origin in margin.members.get(old, (old,)))
            for key, olds in held.items()
            if key in margin.members or key in new_key.values()
        }
        told = "; ".join(f"{'*'.join(key)}: {', '.join(map('*'.join, olds))}" for key, olds in members.items())
        facts = {**margin.provenance, "merged": told}
        return self._of({**self.tables, name: replace(margin, targets=targets, members=members, provenance=facts)})

    def __repr__(self) -> str:
        return f"<Margins {', '.join(f'{m.name} ({len(m.targets)}, {m.kind})' for m in self.tables.values())}>"


def read_margins(path: str | Path, names: Sequence[str] | None = None) -> Margins:
    """Read margins from a tidy CSV or a TOML file.

    Parameters
    ----------
    path
        CSV with columns ``variable`` (joint: ``sex*age_group``), ``category`` (joint: ``male*18_39``), ``count``
        (persons), ``use_as`` ("count", or "share" where the counts are of another population than the survey's, so
        that only their shares apply), and optionally ``population``, ``date``, ``status`` ("official" or "estimate")
        and ``source``. Commas or semicolons, UTF-8 or windows-1250, decimal point or comma are told apart.
        Or TOML with a ``[[margins]]`` for each table: ``variables``, ``use_as``, ``targets`` (a table of category =
        number, joint: ``"male*18_39" = 7085``) and the same optional facts.
    names
        Only these tables, in this order; only they must agree in total. Default: all.

    Returns
    -------
    Margins
        With the optional facts as provenance.

    Raises
    ------
    WeightingError
        The file is missing or damaged, a count is not a number, percentages do not sum to 100, or see :class:`Margins`.
    """
    path = Path(path)
    found = {"*".join(table.variables): table for table in read_tables(path)}
    for name in names or ():
        if name not in found:
            raise WeightingError(f"{path}: " + one_of("unknown margin", name, found))
    try:
        return margins_of(found.values() if names is None else [found[name] for name in names])
    except WeightingError as error:
        raise WeightingError(f"{path}: {error}") from None


def margins_of(tables: Iterable[FileTable]) -> Margins:
    """Make margins of tables as they stand in a file: counts of another population become shares.

    Raises
    ------
    WeightingError
        See :class:`Margins`.
    """
    targets: dict[Key, Mapping[Key, float]] = {}
    provenance: dict[str, Mapping[str, str]] = {}
    for table in tables:
        total = math.fsum(table.targets.values())
        counted = table.use_as == "count"
        targets[table.variables] = table.targets if counted else {k: v / total for k, v in table.targets.items()}
        provenance["*".join(table.variables)] = {**table.facts, "total": f"{total:.12g}"}
    return Margins(targets, provenance)
