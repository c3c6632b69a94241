"""PC-Axis files (.px): KEYWORD[language]("variable")="text","text"; ... DATA=numbers;.

Layout: scb.se, "PX-file format specification", AXIS-VERSION 2013, and its page "Data in the PX-file".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.population_table import (
    Dimension,
    PopulationTable,
    apply_mark,
    count_cells,
    excerpt,
    make_dimension,
    make_table,
    parse_cell,
)

STATEMENT = re.compile(
    r"\s*+(?P<keyword>[A-Z][A-Z0-9_-]*+)\s*+(?P<language>\[[^\]\"=;]*+\])?+\s*+"
    r"(?:\(\s*+\"(?P<subject>[^\"]*+)\"(?:\s*+,\s*+\"[^\"]*+\")*+\s*+\))?+\s*+="
)
# Quoted parts, then what stands outside of quotes.
_PART = re.compile(r"\s*+(?:\"(?P<text>[^\"]*+)\"|(?P<end>;)|(?P<comma>,)|(?P<bare>[^\s\",;]++))")
_ONCE = ("STUB", "HEADING", "VALUES", "CODES")
#: Keyword and variable (or "") -> texts.
Statements = Mapping[tuple[str, str], tuple[str, ...]]


def read_px(text: str) -> PopulationTable:
    """Table of a .px text; WeightingError names the keyword or the line of any fault."""
    statements, data = _parse(text)
    if any(keyword == "KEYS" for keyword, _ in statements):
        raise WeightingError("KEYS: the sparse layout, which leaves out rows of zeros, is not read. Save it without.")
    names = statements.get(("STUB", ""), ()) + statements.get(("HEADING", ""), ())
    if not names:
        raise WeightingError("neither STUB nor HEADING names a dimension.")
    dimensions = [_dimension(statements, name) for name in names]
    cells = count_cells([len(dimension.codes) for dimension in dimensions])
    values = np.full(cells, math.nan)
    marks: dict[int, str] = {}
    tokens = list(_cells(data))
    if len(tokens) != cells:
        shown = " x ".join(str(len(dimension.codes)) for dimension in dimensions)
        raise WeightingError(f"DATA holds {len(tokens)} cells, but {shown} = {cells} are needed. Is the file cut off?")
    symbols = _symbols(statements)
    for position, (token, quoted) in enumerate(tokens):
        place = f"DATA, cell {position + 1}"
        if token in symbols:
            values[position], marks[position] = apply_mark(math.nan, symbols[token], place)
        elif not quoted:
            values[position], marks[position] = parse_cell(token, place)
        elif re.search("[0-9]", token):
            raise WeightingError(f"{place}: {excerpt(token)} is quoted like a mark, but holds digits.")
        else:
            marks[position] = token
    title = _first(statements, "TITLE") or _first(statements, "DESCRIPTION") or _first(statements, "CONTENTS")
    facts = title, _first(statements, "SOURCE"), _first(statements, "LAST-UPDATED")
    return make_table(facts, dimensions, values, marks)


def _parse(text: str) -> tuple[Statements, str]:
    """Statements of the file's main language, and the text behind DATA=."""
    statements: dict[tuple[str, str], tuple[str, ...]] = {}
    position = 0
    while statement := STATEMENT.match(text, position):
        keyword, subject = statement["keyword"], statement["subject"] or ""
        if keyword == "DATA":
            return statements, text[statement.end() :]
        texts, position = _texts(text, statement.end(), keyword)
        if statement["language"]:
            continue
        if keyword in _ONCE and (keyword, subject) in statements:
            raise WeightingError(f"{keyword}({excerpt(subject)}) stands twice.")
        statements.setdefault((keyword, subject), texts)
    line = text.count("\n", 0, position) + 1
    rest = text[position : position + 100].strip()
    if not rest:
        raise WeightingError(f"line {line}: the file ends before DATA. Is it cut off?")
    raise WeightingError(f"line {line}: a keyword and = are expected, found {excerpt(rest)}.")


def _texts(text: str, start: int, keyword: str) -> tuple[tuple[str, ...], int]:
    """Texts of one statement (adjacent quoted parts are one text), and where the next statement starts."""
    texts: list[list[str]] = []
    joins = False
    position = start
    while part := _PART.match(text, position):
        position = part.end()
        if part["end"]:
            return tuple("".join(parts) for parts in texts), position
        if part["comma"]:
            joins = False
            continue
        found = part["text"] if part["text"] is not None else part["bare"]
        if keyword in _ONCE and part["bare"] is not None:
            line = text.count("\n", 0, position) + 1
            raise WeightingError(f"line {line}: {keyword} holds {excerpt(found)} outside of quotation marks.")
        if not joins:
            texts.append([])
        texts[-1].append(found)
        joins = True
    line = text.count("\n", 0, start) + 1
    raise WeightingError(f"line {line}: {keyword} has no end (;). Is a quotation mark missing, or the file cut off?")


def _first(statements: Statements, keyword: str) -> str:
    """First text of a keyword, for the whole table or, where each content has its own, for the first content."""
    found = next((texts for (name, _), texts in statements.items() if name == keyword), ())
    return found[0] if found else ""


def _dimension(statements: Statements, name: str) -> Dimension:
    labels, codes = statements.get(("VALUES", name), ()), statements.get(("CODES", name), ())
    return make_dimension(name, name, codes or labels, labels or codes)


def _symbols(statements: Statements) -> dict[str, str]:
    """Stored mark -> printed mark. A dash is no occurrence unless DATASYMBOLNIL prints something else for it."""
    keywords = {"." * dots: f"DATASYMBOL{dots}" for dots in range(1, 7)} | {"-": "DATASYMBOLNIL"}
    printed = {stored: _first(statements, keyword).strip() or stored for stored, keyword in keywords.items()}
    return printed | ({"-": "-"} if printed["-"] == "0" else {})


def _cells(data: str) -> Iterator[tuple[str, bool]]:
    """Cells up to ; or the end of the file: text, and whether it is quoted."""
    parts = data.split('"')
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if number % 2:
            if last:
                raise WeightingError("DATA: a quotation mark has no partner. Is the file cut off?")
            yield part.strip(), True
            continue
        content, end, rest = part.partition(";")
        if end and (rest.strip() or not last):
            raise WeightingError(f"DATA: something follows the ending ;: {excerpt(rest.strip())}.")
        free_before = number == 0 or _parts(content[:1]) or (last and not content)
        free_after = last or _parts(content[-1:]) or (number == 0 and not content)
        if not (free_before and free_after):
            raise WeightingError(f"DATA: {excerpt(content[:40])} touches a quoted mark; a space or comma is missing.")
        if re.search(r",\s*,", content):
            raise WeightingError("DATA: a cell between two commas is empty.")
        if last and not end and content and not content[-1].isspace():
            raise WeightingError(
                "DATA ends within a number, without ; or a line end. If the file is complete, add ; at its end."
            )
        for token in re.split(r"[\s,]+", content):
            if token:
                yield token, False


def _parts(character: str) -> bool:
    return character.isspace() or character == ","
