r"""Cells of 1KA's exports: CSV, the "Excel" .xls that is an HTML table, TXT, and the data of the SPSS pair.

Facts from the open source of 1KA (bleifrei/1ka, November 2021; class.SurveyExport): all kinds hold the same rows,
columns and values, codes and never labels; only the wrapping differs. They are UTF-8 with a byte order mark. Quotes,
apostrophes and backslashes in answers have a backslash before them (in tables of text and numbers they have none).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.entities import html5

from kzm_surveys.errors import DataError, Problem, rows_by_id
from kzm_surveys.loaders.enka_metadata import names_without_header
from kzm_surveys.loaders.text import decode

#: What to do about a file that is not as 1KA wrote it.
EXPORT_AGAIN = "Export it again from 1KA and do not open it in Excel first"
#: Why a file is refused whose last cell nothing closes.
NO_END = "the last line has no end, so its last cell may lack something"


@dataclass(frozen=True)
class Table:
    """Cells of a file, unwrapped and without 1KA's backslashes.

    `lost` rows of the file could not be read; `places` are then the numbers of the others, from 1.
    """

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    lost: int = 0
    places: Sequence[int] = ()


def read_text(content: bytes, where: str, encoding: str | None) -> tuple[str, list[Problem]]:
    """Decode a file: strictly as UTF-8 after a byte order mark, else by the encoding given or found.

    Raises
    ------
    DataError
        The bytes are damaged, or there are none.
    """
    problems: list[Problem] = []
    if content.startswith(codecs.BOM_UTF8):
        try:
            text = content[len(codecs.BOM_UTF8) :].decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{where} is damaged: it begins with the mark of UTF-8, but byte {error.start + 3} is not UTF-8. "
                f"{EXPORT_AGAIN}."
            ) from None
    else:
        decoded = decode(content, where, encoding)
        text, problems = decoded.text, list(decoded.problems)
    if "\x00" in text:
        raise DataError(f"{where} holds NUL bytes and is damaged. {EXPORT_AGAIN}.")
    if not text.strip():
        raise DataError(f"{where} is empty. {EXPORT_AGAIN}.")
    return text, problems


def unescape(text: str) -> str:
    r"""Undo the backslashes that 1KA puts before quotes, apostrophes and backslashes.

    In the SPSS pair an apostrophe has become a backtick; one with a backslash before it was an apostrophe. A bare
    backtick stays: in tables of text, which have no backslashes, it may have been either.

    >>> unescape(r"radio, \"Val\" 202 \\ d\'oseb d\`oseb")
    'radio, "Val" 202 \\ d\'oseb d\'oseb'
    """
    if "\\" not in text:
        return text
    return re.sub(r"\\([\"'`\\])", lambda match: match[1].replace("`", "'"), text)


def _lines(text: str) -> list[tuple[int, str]]:
    """Lines that are not empty with their numbers; only CR and LF end a line, answers may hold other separators."""
    lines = ((number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), start=1))
    return [(number, line) for number, line in lines if line.strip("\r")]


def _unended(text: str) -> list[Problem]:
    """Note a file whose last line has no end: its last row is whole, but there may have been more."""
    if text.endswith("\n"):
        return []
    found = "the last line has no line end as 1KA writes it; the file may be cut short"
    return [Problem("warning", "file", found, "", "compare the number of units with 1KA")]


def names_of(cells: Sequence[str], where: str) -> list[str]:
    """Variable names from the first row, without what the dangling delimiter leaves behind."""
    names = list(cells)
    while names and names[-1] == "":
        names.pop()
    if not names or not all(re.fullmatch(r"(?=.*[^\W\d_])[^\s\"=<>][^\"=<>]*", n) and n.isprintable() for n in names):
        raise DataError(f"{where}: the first row does not hold 1KA variable names. Is it an export of data from 1KA?")
    return names


_ENTITY = re.compile(r"&(#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]\w*)([;,])")


def _label_cells(line: str, delimiter: str) -> list[str]:
    """Cells of the row of labels, whose HTML entities end in a semicolon, or in the comma that 1KA put for it.

    >>> _label_cells("Voda &amp, zrak;R&D, ipd.;&#268;as;", ";")
    ['Voda &amp; zrak', 'R&D, ipd.', '&#268;as', '']
    """

    def whole(match: re.Match[str]) -> str:
        known = match[1].startswith("#") or f"{match[1]};" in html5
        return f"&{match[1]}\x00" if known else match[0]

    return [cell.replace("\x00", ";") for cell in _ENTITY.sub(whole, line).split(delimiter)]


def labels_of(names: Sequence[str], cells: Sequence[str]) -> tuple[dict[str, str], list[Problem]]:
    """Labels from the second row; none if the delimiter in a label shifted them."""
    cells = cells[:-1] if cells[-1:] == [""] and len(cells) == len(names) + 1 else cells
    if len(cells) == len(names):
        return dict(zip(names, cells, strict=True)), []
    found = f"the row of labels has {len(cells)} cells for {len(names)} columns, so labels were not read"
    return {}, [Problem("warning", "file", found, "", "nothing, if a label holds the delimiter")]


def refuse(where: str, faults: Sequence[tuple[int, int | None]], width: int, rule: str) -> None:
    """Refuse a file in which some rows cannot be split: (row number, cells or None), all of them at once."""
    if not faults:
        return
    number, count = faults[0]
    cells = "no whole row" if count is None else f"{count} cells where the header has {width}"
    also = ", ".join(str(row) for row, _ in faults[1:8]) + (", ..." if len(faults) > 8 else "")
    others = f"{len(faults) - 1} more row{'s' if len(faults) > 2 else ''}"
    more = f" {others} like this: row {also}." if len(faults) > 1 else ""
    raise DataError(
        f"{where}, row {number}: {cells}, or {rule}. The file is cut short or was changed after the export.{more} "
        f"{EXPORT_AGAIN}."
    )


def is_wrapped(text: str) -> bool:
    """Some line begins as 1KA begins a row of its CSV."""
    return re.search(r'(^|\n)="', text) is not None


def read_csv(text: str, where: str, expected: Sequence[str] = ()) -> Table:
    r"""Read a CSV export as the server writes it: every data cell as ``="value"``.

    Cells are parted at ``";="``, which no answer can hold, because 1KA has put backslashes before its quotes; so the
    delimiter may stand in an answer. In tables of text and numbers (no backslashes) it can, if the administrator
    changed what replaces the delimiter: then the row has too many cells and is refused.
    """
    lines = _lines(text)
    heads = next((at for at, (_, line) in enumerate(lines) if line.startswith('="')), len(lines))
    heads = min(heads, 2)
    first = lines[0][1]
    delimiter = max(";,", key=first.count if heads else lambda mark: first.count(f'"{mark}="'))
    problems = _unended(text)
    split = [(number, _split_wrapped(line, delimiter)) for number, line in lines[heads:]]
    if heads:
        names = names_of(first.split(delimiter), where)
        width = len(names)
    else:
        width = max((len(row) for _, row in split if row), default=0)
    faults = [
        (number, line.count(delimiter) + 1 if row is None else len(row))
        for (number, row), (_, line) in zip(split, lines[heads:], strict=True)
        if row is None or len(row) != width
    ]
    refuse(where, faults, width, 'a cell not written as ="..."')
    rows = [row for _, row in split if row is not None]
    labels: dict[str, str] = {}
    if heads == 2:
        if first.endswith(delimiter) and not lines[1][1].endswith(delimiter):
            raise DataError(
                f"{where}, row {lines[1][0]}: the row of labels is cut short or runs into a unit. {EXPORT_AGAIN}."
            )
        labels, noted = labels_of(names, _label_cells(lines[1][1], delimiter))
        problems += noted
    if heads == 0:
        names = names_without_header(rows, expected, where)
    if heads < 2:
        problems.append(header_missing(heads, len(rows), where))
    return Table(names, [[unescape(cell) for cell in row] for row in rows], labels, problems)


def header_missing(heads: int, rows: int, where: str) -> Problem:
    """Note which of the two header rows is missing, and what was done instead; refuse names without anything."""
    if heads == 1 and not rows:
        raise DataError(f"{where} has one header row and no data; 1KA writes two and then the units. {EXPORT_AGAIN}.")
    if heads == 1:
        found, to_do = "the row of labels is missing", "nothing, if somebody deleted it"
    else:
        found = "there are no header rows: column names were taken from the codebook by their order"
        to_do = "make sure that codebook and questionnaire agree, or export with question texts"
    return Problem("warning", "file", found, "", to_do)


def _split_wrapped(line: str, delimiter: str) -> list[str] | None:
    """Cells of a CSV row, still with backslashes; None if it is not wholly as 1KA writes it."""
    if len(line) < 3 or not (line.startswith('="') and line.endswith('"')):
        return None
    boundary = f'"{delimiter}="'
    if line.count(boundary[1:]) != line.count(boundary):  # ;=" without a quote before it is left of a cut cell
        return None
    cells = line[2:-1].split(boundary)
    # An odd backslash at the end of a cell belongs to a quote: the row was cut there.
    cut = "\\" in line and any((len(cell) - len(cell.rstrip("\\"))) % 2 for cell in cells)
    return None if cut else cells


_ROW = re.compile(r"</?tr><td(?: [^<>]*)?>(.*)</td></tr>", re.IGNORECASE)
_BETWEEN = re.compile(r"</td><td(?: [^<>]*)?>", re.IGNORECASE)


def read_xls(text: str, where: str) -> Table:
    """Read the "Excel" export: an HTML table whose header rows open with ``</tr>`` and whose values are not HTML."""
    if re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        raise DataError(
            f"{where} was saved again by Excel, which rewrites the whole page. {EXPORT_AGAIN}, or save it in Excel as "
            ".xlsx and give that file."
        )
    lines = _lines(text)
    if not re.fullmatch(r"<table[^<>]*>", lines[0][1].strip(), re.IGNORECASE):
        raise DataError(f"{where} does not begin with a table as 1KA's Excel export does. {EXPORT_AGAIN}.")
    if lines[-1][1].strip().casefold() != "</table>":
        raise DataError(f"{where} is cut short: the closing </table> is missing. {EXPORT_AGAIN}.")
    split = [
        (number, _BETWEEN.split(row[1]) if (row := _ROW.fullmatch(line)) else None) for number, line in lines[1:-1]
    ]
    if len(split) < 2 or split[0][1] is None or split[1][1] is None or "<td align" in lines[2][1]:
        raise DataError(f"{where} lacks a header row; 1KA writes names and then labels. {EXPORT_AGAIN}.")
    names = names_of(split[0][1], where)
    labels, problems = labels_of(names, split[1][1])
    faults = [
        (number, None if row is None else len(row))
        for number, row in split[1:] if row is None or len(row) != len(names)
    ]  # fmt: skip
    refuse(where, faults, len(names), "not a row of the table as 1KA writes it")
    return Table(names, [[unescape(cell) for cell in row] for _, row in split[2:] if row], labels, problems)


#: A code with what the server took for its label. The quotes have no backslash, so no answer looks like this.
_SUFFIXED = re.compile(r'(-?\d+(?:\.\d+)?) \("[^;]*"\)')


def read_txt(text: str, where: str) -> Table:
    """Read the text export, which puts semicolons between cells and leaves those in answers as they are.

    A row with too many cells cannot be read: it is an error among the problems, by record number if there is one, else
    by its place. The server adds labels of answers to codes, but those of another column as a rule; they are dropped
    and not believed.
    """
    lines = _lines(text)
    if not text.endswith("\n"):
        raise DataError(f"{where} is cut short: {NO_END}. {EXPORT_AGAIN}.")
    if len(lines) < 2 or (lines[0][1].endswith(";") and not lines[1][1].endswith(";")):  # only units have no last ";"
        raise DataError(f"{where} has one header row; 1KA writes two, names and labels. {EXPORT_AGAIN}.")
    names = names_of(lines[0][1].split(";"), where)
    labels, problems = labels_of(names, _label_cells(lines[1][1], ";"))
    rows, places, ambiguous, suffixes = [], [], [], 0
    key = names.index("recnum") if "recnum" in names else None
    for place, (_, line) in enumerate(lines[2:], start=1):
        cells = line.split(";")
        if len(cells) != len(names):
            # Record numbers come before all answers, so no semicolon of an answer can have shifted them.
            known = key is not None and len(cells) > key and cells[key].isdecimal()
            ambiguous.append(cells[key] if known and key is not None else str(place))
            continue
        for at, cell in enumerate(cells):
            if suffixed := _SUFFIXED.fullmatch(cell):
                cells[at] = suffixed[1]
                suffixes += 1
        rows.append([unescape(cell) for cell in cells])
        places.append(place)
    if ambiguous:
        problems.append(
            Problem("error", "file", f"rows have another number of cells than the {len(names)} columns, because an "
                    "answer holds a semicolon or the file is damaged; they cannot be read", rows_by_id(ambiguous),
                    "export the data as CSV or SPSS")
        )  # fmt: skip
    if suffixes:
        problems.append(
            Problem("warning", "file", f"labels behind codes were dropped in {suffixes} cells: 1KA's text export puts "
                    "labels of other columns there", "", "nothing; prefer the CSV or SPSS export")
        )  # fmt: skip
    return Table(names, rows, labels, problems, lost=len(ambiguous), places=places)


def read_podatki(text: str, where: str, names: Sequence[str]) -> Table:
    """Read the data of the SPSS pair: every value in apostrophes, a blank between; an answer holds no apostrophe."""
    faults, rows = [], []
    for number, line in _lines(text):
        whole = len(line) >= 2 and line.startswith("'") and line.endswith("'")
        cells = line[1:-1].split("' '")
        if not whole or len(cells) != len(names) or any("'" in cell for cell in cells):
            faults.append((number, len(cells)))
        else:
            rows.append([unescape(cell) for cell in cells])
    rule = "a value not written in apostrophes"
    if any(count != len(names) for _, count in faults):
        rule += ", or the two files are not of the same export"
    refuse(where, faults, len(names), rule)
    return Table(names, rows, {}, _unended(text))
