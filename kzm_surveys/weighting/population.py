"""Tables of the statistical office to margins: which cells make which category, as ``wave.toml`` says."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.wave import Fieldwork, MarginTable, TableDimension, Wave
from kzm_surveys.weighting.age_groups import age_groups, into_bands
from kzm_surveys.weighting.margins import Margins, margins_of
from kzm_surveys.weighting.margins_file import FileTable
from kzm_surveys.weighting.population_table import Dimension, PopulationTable

#: Names that the reader gives to dimensions which a CSV file leaves unnamed.
_UNNAMED, _UNNAMED_PERIOD = "HEADING ", "PERIOD"
#: Day of the last update, as JSON-stat (2022-05-13T10:30:00Z) and PC-Axis (20220513 10:30) write it.
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")


def nearest_half_year(fieldwork: Fieldwork) -> str:
    """Half-year whose first day is nearest to the middle of the fieldwork; of two as near, the earlier.

    Examples
    --------
    >>> nearest_half_year(Fieldwork(first=datetime.date(2021, 11, 24), last=datetime.date(2021, 12, 2)))
    '2022H1'
    """
    middle = fieldwork.first + (fieldwork.last - fieldwork.first) / 2
    periods = [f"{year}H{half}" for year in range(middle.year - 1, middle.year + 2) for half in (1, 2)]
    return min(periods, key=lambda period: abs(first_day(period) - middle))


def first_day(period: str) -> datetime.date:
    """Day that a half-year's numbers are of: the statistical office counts on 1 January (H1) and 1 July (H2).

    Examples
    --------
    >>> first_day("2021H2").isoformat()
    '2021-07-01'
    """
    return datetime.date(int(period[:4]), 7 if period.endswith("H2") else 1, 1)


def map_tables(wave: Wave, codebook: Codebook, files: Mapping[Path, PopulationTable]) -> list[FileTable]:
    """Sum the cells of the office's tables to the categories of the codebook, as ``[margins]`` of ``wave.toml`` says.

    Parameters
    ----------
    wave, codebook
        As :func:`kzm_surveys.wave.read_wave` gives them.
    files
        Path -> table. Where there are several, a file belongs to the table whose code its name holds, or else to the
        only one whose dimensions it has.

    Returns
    -------
    list of FileTable
        In the order of ``wave.toml``, with population, date, status, source and who was left out.

    Raises
    ------
    WeightingError
        A file, dimension, place, period or category that cannot be found or stands for two; a category of the table
        that is neither used nor named as total or left out; an age group across the border of a band; a cell that is
        needed and withheld or missing.
    """
    if wave.margins is None:
        raise WeightingError(f"{wave.name}: wave.toml has no [margins]. Say there which table makes which margin.")
    period = wave.margins.period or nearest_half_year(wave.fieldwork)
    made = []
    used: set[Path] = set()
    for entry in wave.margins.tables:
        path = _file_of(entry, files, len(wave.margins.tables))
        used.add(path)
        mapping = _Mapping(entry, codebook, files[path], f"{path} (table {entry.table})")
        names = [name for name in (wave.margins.municipality, wave.margins.municipality_name) if name]
        made.append(mapping.table(names, entry.period or period))
    if unused := [path for path in files if path not in used]:
        raise WeightingError(f"{unused[0]}: no table of [margins] in wave.toml is made of this file. Leave it out.")
    return made


def map_population(wave: Wave, codebook: Codebook, files: Mapping[Path, PopulationTable]) -> Margins:
    """Margins of the office's tables: see :func:`map_tables`."""
    return margins_of(map_tables(wave, codebook, files))


def _file_of(entry: MarginTable, files: Mapping[Path, PopulationTable], entries: int) -> Path:
    if len(files) == entries == 1:
        return next(iter(files))
    named = [path for path in files if entry.table.lower() in path.stem.lower()]
    needed = [dimension.dimension for dimension in entry.variables.values()]
    fitting = [path for path, table in files.items() if all(_axis(table, name) is not None for name in needed)]
    found = named or fitting
    if len(found) != 1:
        shown = ", ".join(map(str, found or files))
        several = "several files may be" if found else "none of the files is"
        raise WeightingError(f"{several} table {entry.table}: {shown}. Give its name the code: {entry.table}.json.")
    return found[0]


def place_key(name: str) -> str:
    """Name without case, blanks, dashes and other marks, for comparing the spellings of different sources.

    Examples
    --------
    >>> len({place_key(name) for name in ("Koper-Center", "Koper - Center", "KOPER – center")})
    1
    """
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())


def _axis(table: PopulationTable, name: str) -> int | None:
    names = [{place_key(dimension.code), place_key(dimension.text)} for dimension in table.dimensions]
    return next((axis for axis, known in enumerate(names) if place_key(name) in known), None)


def _positions(dimension: Dimension, name: str, where: str) -> list[int]:
    """Where a code or label stands: as written, else by its letters, else by the first part of "Koper/Capodistria"."""
    ways = (
        [code == name for code in dimension.codes],
        [label == name for label in dimension.labels],
        [place_key(label) == place_key(name) for label in dimension.labels],
        [place_key(label.split("/")[0]) == place_key(name) for label in dimension.labels],
    )
    for way in ways:
        if found := [position for position, hit in enumerate(way) if hit]:
            if len(found) > 1:
                shown = ", ".join(dimension.codes[position] for position in found)
                raise WeightingError(f"{where}: '{name}' may be any of {shown}. Name its code.")
            return found
    return []


def _labels_of(codebook: Codebook, variable: str) -> dict[str, list[set[str]]]:
    """Category -> its parts, each with the labels under which a table may show it; groups have several parts."""
    entry = codebook.derived.get(variable)
    if entry is not None and entry.groups and isinstance(entry.of, str):
        parts = _labels_of(codebook, entry.of)
        return {group.name: [part for member in group.of for part in parts[member]] for group in entry.groups}
    return {category.name: [{*category.label.values()}] for category in codebook[variable].categories}


@dataclass(frozen=True)
class _Axis:
    """Use of one dimension for a variable: positions of each category, and those left out, with their name."""

    axis: int
    categories: Mapping[str, Sequence[int]]
    left_out: Sequence[int]
    name: str


@dataclass(frozen=True)
class _Mapping:
    """One entry of ``[[margins.tables]]`` applied to one table."""

    entry: MarginTable
    codebook: Codebook
    source: PopulationTable
    where: str

    def table(self, municipality: Sequence[str], period: str) -> FileTable:
        entry = self.entry
        index: dict[int, int] = {}
        for name, wanted in ((entry.municipality_dimension, municipality), (entry.period_dimension, [period]),
                             *((name, [code]) for name, code in entry.only.items())):  # fmt: skip
            axis = self._axis_of(name, index)
            index[axis] = self._one(axis, wanted)
        axes: list[_Axis] = []
        for variable, spec in entry.variables.items():
            axis = self._axis_of(spec.dimension, [*index, *(other.axis for other in axes)])
            axes.append(self._use(axis, variable, spec))
        for axis, dimension in enumerate(self.source.dimensions):
            if axis not in index and axis not in [other.axis for other in axes]:
                if len(dimension.codes) > 1:
                    raise WeightingError(
                        f"{self.where}: dimension '{dimension.code}' has {len(dimension.codes)} codes and no use. Name "
                        f"in 'only' the one that counts: {', '.join(dimension.codes[:10])}."
                    )
                index[axis] = 0
        targets = {
            key: self._sum(index, axes, [axis.categories[name] for axis, name in zip(axes, key, strict=True)])
            for key in product(*(axis.categories for axis in axes))
        }
        day = _DAY.match(self.source.updated)
        updated = ", " + "-".join(day.groups()) if day else ""
        facts = {
            "population": entry.population,
            "date": (entry.date or first_day(period)).isoformat(),
            "status": "official",
            "source": f"SURS, SiStat, {entry.table}, {period}{updated}",
            "left_out": self._left_out(index, axes),
        }
        return FileTable(tuple(entry.variables), entry.use_as, targets, {k: fact for k, fact in facts.items() if fact})

    def _axis_of(self, name: str, taken: Iterable[int]) -> int:
        """Axis of a dimension by its name, or the only one that the file leaves without a name."""
        if (axis := _axis(self.source, name)) is not None:
            return axis
        start = _UNNAMED_PERIOD if name == self.entry.period_dimension else _UNNAMED
        unnamed = [axis for axis, dimension in enumerate(self.source.dimensions)
                   if dimension.code.startswith(start) and axis not in taken]  # fmt: skip
        if len(unnamed) != 1:
            known = [dimension.code for dimension in self.source.dimensions]
            raise WeightingError(f"{self.where}: " + one_of("unknown dimension", name, known))
        return unnamed[0]

    def _one(self, axis: int, names: Sequence[str]) -> int:
        dimension = self.source.dimensions[axis]
        hits = {name: found[0] for name in names if (found := _positions(dimension, name, self.where))}
        if len(set(hits.values())) > 1:
            meant = " and ".join(f"'{name}' is {dimension.labels[position]}" for name, position in hits.items())
            raise WeightingError(f"{self.where}: {dimension.code}: {meant} in this table. Correct wave.toml.")
        if hits:
            return next(iter(hits.values()))
        shown = dict(zip(dimension.codes, dimension.labels, strict=True))
        known = [code if code == label else f"{code} ({label})" for code, label in shown.items()]
        raise WeightingError(f"{self.where}: " + one_of(f"{dimension.code}: unknown code", names[0], known))

    def _use(self, axis: int, variable: str, spec: TableDimension) -> _Axis:
        dimension = self.source.dimensions[axis]
        where = f"{self.where}: {dimension.code}"
        totals = {position for name in spec.totals for position in _positions(dimension, name, where)}
        left = {position for name in spec.left_out for position in _positions(dimension, name, where)}
        rest = {p: label for p, label in enumerate(dimension.labels) if p not in totals | left}
        entry = self.codebook.derived.get(variable)
        if entry is not None and entry.bands and not spec.codes:
            top = next(iter(_positions(dimension, spec.open_top, where)), None) if spec.open_top else None
            groups = age_groups(rest, top, where)
            bands: Mapping[str, Sequence[int]] = into_bands(groups, entry.bands, spec, where)
            used = {position for positions in bands.values() for position in positions}
            outside = [group for group in groups if group.position not in used]
            return _Axis(axis, bands, [*left, *(group.position for group in outside)], spec.dimension)
        categories = self._categories(dimension, variable, spec, where)
        claimed = [position for positions in categories.values() for position in positions]
        if twice := [dimension.codes[p] for p in set(claimed) if claimed.count(p) > 1 or p in totals | left]:
            raise WeightingError(f"{where}: code '{twice[0]}' stands in two places of wave.toml. Name it once.")
        if unused := [position for position in rest if position not in claimed]:
            shown = ", ".join(f"{dimension.codes[p]} ({dimension.labels[p]})" for p in unused[:5])
            raise WeightingError(
                f"{where}: no category of '{variable}' is made of {shown}{' ...' if len(unused) > 5 else ''}. Name it "
                "under 'codes', as one of 'totals', or as 'left_out'."
            )
        return _Axis(axis, categories, sorted(left), spec.dimension)

    def _categories(
        self, dimension: Dimension, variable: str, spec: TableDimension, where: str
    ) -> dict[str, list[int]]:
        """Positions of each category by the codes of ``wave.toml``; by its labels where a file holds no codes."""
        out: dict[str, list[int]] = {}
        labelled = _labels_of(self.codebook, variable)
        of_label = {place_key(label): name for name, parts in labelled.items() for part in parts for label in part}
        for category, parts in labelled.items():
            codes = spec.codes.get(category, ())
            found = {code: _positions(dimension, code, where) for code in codes}
            if not any(found.values()):
                found = {}
                for labels in parts:
                    hits = {p for label in labels for p in _positions(dimension, label, where)}
                    found[" / ".join([*codes, *sorted(labels)])] = sorted(hits)
            for name, positions in found.items():
                if not positions:
                    known = [f"{code} ({label})" for code, label in zip(dimension.codes, dimension.labels, strict=True)]
                    raise WeightingError(one_of(f"{where}: nothing found for category '{category}':", name, known))
            for name, (position, *_) in found.items():
                if (other := of_label.get(place_key(dimension.labels[position]), category)) != category:
                    raise WeightingError(
                        f"{where}: code '{name}' is given for category '{category}', but the table calls it "
                        f"'{dimension.labels[position]}', as the codebook calls '{other}'. Correct 'codes'."
                    )
            out[category] = sorted({position for positions in found.values() for position in positions})
        return out

    def _cells(
        self, index: Mapping[int, int], axes: Sequence[_Axis], parts: Iterable[Sequence[int]]
    ) -> list[tuple[int, ...]]:
        chosen = {axis.axis: part for axis, part in zip(axes, parts, strict=True)}
        return list(product(*(chosen.get(axis, [index.get(axis, 0)]) for axis in range(self.source.values.ndim))))

    def _sum(self, index: Mapping[int, int], axes: Sequence[_Axis], parts: Sequence[Sequence[int]]) -> float:
        cells = self._cells(index, axes, parts)
        if lacking := [cell for cell in cells if np.isnan(self.source.values[cell])]:
            used = [axis.axis for axis in axes]
            shown = "; ".join(
                ", ".join(f"{self.source.dimensions[axis].code} {self.source.dimensions[axis].labels[cell[axis]]}"
                          for axis in used) + f": '{self.source.marks.get(cell, '')}'"
                for cell in lacking[:5]
            )  # fmt: skip
            raise WeightingError(
                f"{self.where}: {len(lacking)} needed cell{'s are' if len(lacking) > 1 else ' is'} withheld or missing "
                f"({shown}{' ...' if len(lacking) > 5 else ''}). Merge categories, or use a table without such marks."
            )
        numbers = [float(self.source.values[cell]) for cell in cells]
        if min(numbers) < 0:
            raise WeightingError(
                f"{self.where}: a needed cell holds {min(numbers):g}; persons cannot be fewer than none."
            )
        return math.fsum(numbers)

    def _left_out(self, index: Mapping[int, int], axes: Sequence[_Axis]) -> str:
        """Labels outside the population and how many people they are, over all categories of the other variables."""
        told = []
        for axis in axes:
            if not axis.left_out:
                continue
            inside = [[p for positions in other.categories.values() for p in positions] for other in axes]
            parts = [axis.left_out if other is axis else part for other, part in zip(axes, inside, strict=True)]
            number = math.fsum(float(self.source.values[cell]) for cell in self._cells(index, axes, parts))
            labels = [self.source.dimensions[axis.axis].labels[p] for p in sorted(axis.left_out)]
            runs = labels[0] if len(labels) == 1 else f"{labels[0]} ... {labels[-1]}"
            told.append(f"{axis.name} {runs}: {'?' if math.isnan(number) else format(number, '.12g')}")
        return "; ".join(told)
