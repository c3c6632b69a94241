"""Files of margins, tidy CSV or TOML, to plain tables."""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kzm_surveys.errors import CodebookError, WeightingError, one_of
from kzm_surveys.toml_model import FILL_IN, Misfit, Strict, is_there, read_toml

REQUIRED = ("variable", "category", "count", "use_as")
USES = ("count", "share")
STATUSES = ("official", "estimate")
#: Facts about a margin, in the order of the columns; `left_out` says who of the table is outside the population.
FACTS = ("population", "population_en", "date", "status", "source", "source_en", "left_out")

#: "26.367" may be twenty-six thousand or a decimal; "0.333" can only be a decimal.
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}([.,\s][0-9]{3})+")
_NUMBER = re.compile(r"[-+]?[0-9]+([.,][0-9]+)?")


@dataclass(frozen=True)
class FileTable:
    """One table as it stands in the file: variables, use, target of each category, and facts about it."""

    variables: tuple[str, ...]
    use_as: str
    targets: Mapping[tuple[str, ...], float]
    facts: Mapping[str, str]


class _TomlTable(Strict):
    """One ``[[margins]]`` of a TOML file."""

    variables: tuple[str, ...] = Field(min_length=1)
    use_as: Literal["count", "share"]
    targets: dict[str, Annotated[float, Field(ge=0)]] = Field(min_length=1)
    population: str = ""
    population_en: str = ""
    date: datetime.date | None = None
    status: Literal["official", "estimate"] | None = None
    source: str = ""
    source_en: str = ""

    @model_validator(mode="after")
    def _coherent(self) -> _TomlTable:
        for category in self.targets:
            if fault := _faulty_category(category.split("*"), self.variables):
                raise Misfit(("targets", category), fault)
        if fault := faulty_sum(self.targets.values(), self.use_as):
            raise Misfit(("targets",), fault)
        return self


class _TomlFile(Strict):
    margins: tuple[_TomlTable, ...]

    @model_validator(mode="after")
    def _distinct(self) -> _TomlFile:
        if not self.margins:  # said here, because a minimum length is also reported of tables that have faults
            raise Misfit(("margins",), "must hold at least one table")
        names = [table.variables for table in self.margins]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise Misfit(("margins", place, "variables"), f"'{'*'.join(name)}' is given twice")
        return self


def read_tables(path: Path) -> list[FileTable]:
    """Read the tables of a file of margins.

    Parameters
    ----------
    path
        ``.toml``, or else a tidy CSV: see :func:`kzm_surveys.read_margins`.

    Raises
    ------
    WeightingError
        The file is missing or damaged, or says what cannot be; the message names the line or the key.
    """
    try:
        if not is_there(path):
            raise WeightingError(f"{path}: there is no such file of margins.")
        if path.suffix.lower() == ".toml":
            return [_from_toml(table) for table in read_toml(path, _TomlFile).margins]
    except CodebookError as error:
        raise WeightingError(str(error)) from None
    return _from_rows(path, rows_of(path))


def rows_of(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Read a tidy CSV of margins as it is: line and cells, without their outer blanks, of each row.

    Raises
    ------
    WeightingError
        Not text, no header with the needed columns, or a row of another width than the header.
    """
    text = _text(path)
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, [cell.strip() for cell in cells]) for cells in reader)
    except csv.Error as error:
        raise WeightingError(f"{path}, line {reader.line_num}: not readable as CSV: {error}.") from None
    rows = [(line, cells) for line, cells in rows if any(cells)]
    header = rows[0][1] if rows else []
    if lacking := [name for name in REQUIRED if name not in header]:
        raise WeightingError(f"{path}: column(s) {', '.join(lacking)} missing. Needed: {', '.join(REQUIRED)}.")
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise WeightingError(f"{path}: column '{twice[0]}' stands twice. Keep one.")
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise WeightingError(
                f"{path}, line {line}: {len(cells)} cells, but the header has {len(header)}. A decimal comma, or a "
                'comma in a text, splits a cell: write a decimal point, quote texts ("), or save with semicolons.'
            )
    return [(line, dict(zip(header, cells, strict=True))) for line, cells in rows[1:]]


def _text(path: Path) -> str:
    """UTF-8 or, as Excel saves it in Slovenia, windows-1250."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightingError(f"{path}: cannot be read ({error.strerror}). Check who may read it.") from None
    if b"\0" in content:
        raise WeightingError(f"{path}: not a CSV (it holds zero bytes). Save it as CSV, UTF-8.")
    for encoding in ("utf-8-sig", "cp1250"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return re.sub(r'\A"?sep=."?(?=\r?\n)', "", text)  # Excel's own first line, which names the delimiter
    raise WeightingError(f"{path}: neither UTF-8 nor windows-1250 text. Save it as CSV, UTF-8.")


def _from_rows(path: Path, rows: Sequence[tuple[int, dict[str, str]]]) -> list[FileTable]:
    if unfilled := [str(line) for line, row in rows if any(cell.startswith(FILL_IN) for cell in row.values())]:
        lines = ", ".join(unfilled)
        raise WeightingError(f"{path}: margins are not filled in yet (line {lines}). Replace every FILL IN.")
    tables: dict[str, dict[tuple[str, ...], float]] = {}
    uses: dict[str, str] = {}
    facts: dict[str, dict[str, list[str]]] = {}
    for line, row in rows:
        where, name = f"{path}, line {line}", row["variable"]
        variables, key = tuple(name.split("*")), tuple(part.strip() for part in row["category"].split("*"))
        if not all(variables):
            raise WeightingError(f"{where}: a variable has no name. Write it in the column 'variable'.")
        if fault := _faulty_category(key, variables):
            raise WeightingError(f"{where}: {fault}.")
        if row["use_as"] not in USES or uses.setdefault(name, row["use_as"]) != row["use_as"]:
            found = sorted({other["use_as"] for _, other in rows if other["variable"] == name})
            raise WeightingError(f"{where}: use_as of '{name}' must be 'count' or 'share' throughout, found {found}.")
        targets = tables.setdefault(name, {})
        if key in targets:
            raise WeightingError(f"{where}: category '{row['category']}' of '{name}' stands twice.")
        targets[key] = _number(row["count"], where)
        _check_facts(row, where)
        for fact in FACTS:
            if fact in row:
                facts.setdefault(name, {}).setdefault(fact, []).append(row[fact])
    for name, targets in tables.items():
        if fault := faulty_sum(targets.values(), uses[name]):
            raise WeightingError(f"{path}: '{name}': {fault}.")
    return [
        FileTable(tuple(name.split("*")), uses[name], targets,
                  {fact: "; ".join(dict.fromkeys(told)) for fact, told in facts.get(name, {}).items()})
        for name, targets in tables.items()
    ]  # fmt: skip


def _from_toml(table: _TomlTable) -> FileTable:
    facts = {"population": table.population, "population_en": table.population_en,
             "date": table.date.isoformat() if table.date else "", "status": table.status or "",
             "source": table.source, "source_en": table.source_en}  # fmt: skip
    targets = {tuple(category.split("*")): float(target) for category, target in table.targets.items()}
    return FileTable(table.variables, table.use_as, targets, {fact: told for fact, told in facts.items() if told})


def _number(text: str, where: str) -> float:
    if not text:
        raise WeightingError(f"{where}: count is empty. Give the number, or take the row out.")
    if _THOUSANDS.fullmatch(text):
        raise WeightingError(
            f"{where}: count '{text}' is written with a mark of thousands; drop it. If it is a decimal mark, give "
            "more or fewer digits than three behind it."
        )
    if not _NUMBER.fullmatch(text):
        raise WeightingError(f"{where}: count '{text}' is not a number.")
    value = float(text.replace(",", "."))
    if value < 0:
        raise WeightingError(f"{where}: count '{text}' is negative.")
    return value


def _faulty_category(parts: Sequence[str], variables: Sequence[str]) -> str | None:
    if not all(parts):
        return f"a category of '{'*'.join(variables)}' has no name"
    if len(parts) != len(variables):
        return f"'{'*'.join(parts)}' does not name {len(variables)} categories, as '{'*'.join(variables)}' needs"
    return None


def faulty_sum(values: Collection[float], use_as: str) -> str | None:
    """Say what is wrong with the sum of targets, if they are shares or percentages that do not add up.

    Whole numbers above 1 are taken for counts, whatever their sum, unless that is 100.

    Examples
    --------
    >>> faulty_sum([0.6, 0.94], "share")
    'the shares sum to 1.54, not 1'
    >>> faulty_sum([49.5, 50.5], "share") is None
    True
    """
    total = math.fsum(values)
    if total <= 0:
        return f"the targets sum to {total:g}"
    if use_as == "count" and abs(total - 100) <= 0.5:
        return f"the counts sum to {total:g} as percentages do; give persons, or write use_as share"
    if max(values) <= 1 and len(values) > 1 and abs(total - 1) > 0.005:
        return f"the shares sum to {total:g}, not 1"
    fractional = any(value != int(value) for value in values)
    if use_as == "share" and fractional and 1.5 < total < 150 and abs(total - 100) > 0.5:
        return f"the percentages sum to {total:g}, not 100"
    return None


def _check_facts(row: Mapping[str, str], where: str) -> None:
    """Refuse a date or a status that no output could print."""
    if (status := row.get("status", "")) and status not in STATUSES:
        raise WeightingError(f"{where}: " + one_of("unknown status", status, STATUSES))
    try:
        day = row.get("date", "")
        _ = day and datetime.date.fromisoformat(day)
    except ValueError:
        raise WeightingError(f"{where}: date '{day}' is not of the form 2021-01-31.") from None


def rows_from(tables: Iterable[FileTable]) -> list[dict[str, str]]:
    """Rows of a tidy CSV, one for each category."""
    return [
        {"variable": "*".join(table.variables), "category": "*".join(key), "count": f"{target:.12g}",
         "use_as": table.use_as, **table.facts}
        for table in tables
        for key, target in table.targets.items()
    ]  # fmt: skip


def csv_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as the text of a tidy CSV of margins; facts that no row has get no column."""
    columns = [*REQUIRED, *(fact for fact in FACTS if any(row.get(fact) for row in rows))]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
