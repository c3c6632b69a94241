"""JSON of the statistical office: JSON-stat 2 (and the 1.x wrapper), and the `json` answer of PxWeb.

JSON-stat: json-stat.org/full. PxWeb: the answer to `"response": {"format": "json"}`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.population_table import (
    Dimension,
    PopulationTable,
    apply_mark,
    count_cells,
    excerpt,
    first_twice,
    make_dimension,
    make_table,
    parse_cell,
)

_POSITION = re.compile(r"0|[1-9][0-9]{0,9}")
_KINDS: dict[type, str] = {dict: "an object", list: "an array", str: "a text"}
_NO_TABLE = {
    ("variables",): "this is the description of a table, not its data: send the query by POST and save the answer",
    ("query", "response"): "this is the query, not its answer: send it by POST and save the answer",
    ("link",): "this is a JSON-stat collection, which only points to tables: save one table",
    ("error",): "this is a refusal of the server, not a table",
}


def read_json(text: str) -> PopulationTable:
    """Table of a JSON text, JSON-stat or PxWeb's own; WeightingError names the place of any fault."""
    try:
        document = json.loads(text, parse_constant=_no_number, object_pairs_hook=_object_without_twins)
    except json.JSONDecodeError as error:
        raise WeightingError(f"line {error.lineno}, column {error.colno}: not JSON ({error.msg}).") from None
    except RecursionError:
        raise WeightingError("arrays or objects are nested too deeply for a table.") from None
    except ValueError:
        raise WeightingError("a number has more digits than any count.") from None
    document = _expect(dict, document, "the file")
    if "columns" in document and "data" in document:
        return _read_answer(document)
    if "dataset" in document and "value" not in document:
        document = _expect(dict, document["dataset"], "dataset")
    if "dimension" in document and "value" in document:
        return _read_dataset(document)
    for keys, reason in _NO_TABLE.items():
        if all(key in document for key in keys):
            raise WeightingError(f"{reason}.")
    raise WeightingError("JSON without a table: needed are 'dimension' and 'value', or 'columns' and 'data'.")


def _no_number(constant: str) -> NoReturn:
    raise WeightingError(f"{constant} stands where a number or null is needed.")


def _object_without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WeightingError(f"{excerpt(first_twice(name for name, _ in pairs))} stands twice in one object.")
    return found


def _expect(kind: type, found: Any, place: str) -> Any:
    if not isinstance(found, kind):
        raise WeightingError(f"{place} must be {_KINDS[kind]}, found {excerpt(found)}.")
    return found


def _text_of(parent: Mapping[str, Any], name: str) -> str:
    found = parent.get(name)
    return "" if found is None else str(_expect(str, found, name))


def _cell(found: Any, place: str) -> tuple[float, str]:
    if found is None:
        return math.nan, ""
    if isinstance(found, str):
        return parse_cell(found, place)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise WeightingError(f"{place}: {excerpt(found)} is not a number.")
    try:
        return float(found), ""
    except OverflowError:
        raise WeightingError(f"{place}: a number has more digits than any count.") from None


def _read_dataset(document: Mapping[str, Any]) -> PopulationTable:
    described = _expect(dict, document["dimension"], "dimension")
    parent = document if "id" in document else described  # 1.x keeps id and size among the dimensions
    names = [_expect(str, name, "id") for name in _expect(list, parent.get("id"), "id")]
    sizes = _expect(list, parent.get("size"), "size")
    if len(sizes) != len(names) or not all(type(size) is int and size > 0 for size in sizes):
        raise WeightingError(f"size must hold one whole number above 0 for each of {len(names)} ids: {excerpt(sizes)}.")
    cells = count_cells(sizes)
    dimensions = [_dimension(described, name, size) for name, size in zip(names, sizes, strict=True)]
    values = np.full(cells, math.nan)
    marks: dict[int, str] = {}
    for position, found in _by_position(document["value"], cells, "value"):
        values[position], marks[position] = _cell(found, f"value {position}")
    for position, status in _statuses(document.get("status"), cells):
        if status is not None:
            status = _expect(str, status, f"status {position}").strip()
            place = f"value {position}"
            values[position], marks[position] = apply_mark(values[position], status or marks.get(position, ""), place)
    facts = _text_of(document, "label"), _text_of(document, "source"), _text_of(document, "updated")
    return make_table(facts, dimensions, values, marks)


def _by_position(found: Any, cells: int, place: str) -> Iterable[tuple[int, Any]]:
    """Positions and contents of an array of all cells, or of an object keyed by position."""
    if isinstance(found, list):
        if len(found) != cells:
            raise WeightingError(f"{place} holds {len(found)} cells, but size makes {cells}. Is the file cut off?")
        return enumerate(found)
    for key in _expect(dict, found, f"{place} (if not an array)"):
        if not _POSITION.fullmatch(key) or int(key) >= cells:
            raise WeightingError(f"{place}: {excerpt(key)} is not a position from 0 to {cells - 1}.")
    return ((int(key), content) for key, content in found.items())


def _statuses(found: Any, cells: int) -> Iterable[tuple[int, Any]]:
    if found is None:
        return ()
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, str) or found is None:
        return ((position, found) for position in range(cells))
    return _by_position(found, cells, "status")


def _dimension(described: Mapping[str, Any], name: str, size: int) -> Dimension:
    place = f"dimension {excerpt(name)}"
    found = _expect(dict, described.get(name), place)
    category = _expect(dict, found.get("category"), f"{place}, category")
    labels = _expect(dict, category.get("label", {}), f"{place}, category.label")
    index = category.get("index")
    if index is None:
        if size != 1 or len(labels) != 1:
            raise WeightingError(f"{place}: category.index may be absent only where one category has a label.")
        codes = list(labels)
    elif isinstance(index, list):
        codes = [_expect(str, code, f"{place}, category.index") for code in index]
    else:
        index = _expect(dict, index, f"{place}, category.index (if not an array)")
        if not all(type(position) is int for position in index.values()) or sorted(index.values()) != [*range(size)]:
            raise WeightingError(f"{place}: category.index must number its categories 0 to {size - 1}, each once.")
        codes = sorted(index, key=index.__getitem__)
    if len(codes) != size:
        raise WeightingError(f"{place}: {len(codes)} categories, but size says {size}.")
    if unknown := labels.keys() - set(codes):
        raise WeightingError(f"{place}: label for {excerpt(min(unknown))}, which category.index does not have.")
    texts = [_expect(str, labels.get(code, code), f"{place}, category.label") for code in codes]
    return make_dimension(name, _text_of(found, "label") or name, codes, texts)


def _read_answer(document: Mapping[str, Any]) -> PopulationTable:
    """PxWeb's `json`: columns of type d (dimension), t (time) and c (contents); labels are not in it, codes serve."""
    columns = [_expect(dict, column, "columns") for column in _expect(list, document["columns"], "columns")]
    for number, column in enumerate(columns):
        if column.get("type") not in ("d", "t", "c"):
            raise WeightingError(
                f"columns, entry {number}: type must be d, t or c, found {excerpt(column.get('type'))}."
            )
    keys = [column for column in columns if column["type"] != "c"]
    contents = [_text_of(column, "code") for column in columns if column["type"] == "c"]
    rows: dict[tuple[str, ...], list[Any]] = {}
    for number, row in enumerate(_expect(list, document["data"], "data")):
        place = f"data, entry {number}"
        row = _expect(dict, row, place)
        key = tuple(_expect(str, code, f"{place}, key") for code in _expect(list, row.get("key"), f"{place}, key"))
        values = _expect(list, row.get("values"), f"{place}, values")
        if len(key) != len(keys) or len(values) != len(contents):
            raise WeightingError(f"{place}: {len(keys)} keys and {len(contents)} values are needed: {excerpt(row)}.")
        if key in rows:
            raise WeightingError(f"{place}: key {excerpt(', '.join(key))} stands twice.")
        rows[key] = values
    if not rows or not contents:
        raise WeightingError("the answer holds no data.")
    codes = [tuple(dict.fromkeys(column)) for column in zip(*rows, strict=True)]
    several = [("CONTENTS", "CONTENTS", contents, contents)] if len(contents) > 1 else []
    described = [(_text_of(c, "code"), _text_of(c, "text"), k, k) for c, k in zip(keys, codes, strict=True)]
    sizes = [len(column) for column in codes] + [len(contents)] * len(several)
    flat = np.full(count_cells(sizes), math.nan)
    dimensions = [make_dimension(*parts) for parts in (*described, *several)]
    marks: dict[int, str] = {}
    where = [{code: position for position, code in enumerate(column)} for column in codes]
    for key, values in rows.items():
        start = 0
        for position_of, code in zip(where, key, strict=True):
            start = start * len(position_of) + position_of[code]
        for position, found in enumerate(values, start * len(contents)):
            flat[position], marks[position] = _cell(found, f"data, key {excerpt(', '.join(key))}")
    metadata = document.get("metadata")
    about = metadata[0] if isinstance(metadata, list) and metadata and isinstance(metadata[0], dict) else {}
    title = _text_of(about, "label") or ", ".join(
        _text_of(column, "text") for column in columns if column["type"] == "c"
    )
    return make_table((title, _text_of(about, "source"), _text_of(about, "updated")), dimensions, flat, marks)
