"""XLSX workbooks: the one sheet with the answers, if it is a table."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.cell import get_column_letter
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from kzm_surveys.errors import DataError, Problem, one_of
from kzm_surveys.loaders.archive import unpack
from kzm_surveys.loaders.cells import raw_table
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.loaders.text import mojibake
from kzm_surveys.loaders.xlsx_sheet import Shared, Sheet, has_cells, read_sheet, read_strings, tag
from kzm_surveys.wave import Wave

#: 100,000 respondents with 200 answers; sheets of more are nearly empty and only swell.
MOST_CELLS = 20_000_000


@dataclasses.dataclass(frozen=True)
class _SheetEntry:
    """A worksheet as the workbook lists it."""

    name: str
    hidden: bool
    part: bytes


@dataclasses.dataclass(frozen=True)
class _Book:
    sheets: tuple[_SheetEntry, ...]
    shared: Shared
    #: Excel has yet to compute the formulas: the program that wrote the file put placeholders for their values.
    not_computed: bool


def read_xlsx(path: Path, wave: Wave) -> RawTable:
    """Read the sheet with the answers: the one named in ``wave.toml``, or the only visible one with cells.

    Raises
    ------
    DataError
        The file is no whole .xlsx file, is protected or too large, has several sheets and none is named, or the
        sheet has merged cells or formulas without a value, or no proper header.
    """
    where = f"{wave.name}: {path}"
    parts = {name.replace("\\", "/").casefold(): content for name, content in unpack(path, where).items()}
    if parts.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument"):
        raise DataError(f"{where} is an OpenDocument file (.ods), which is not read. Save it as .xlsx or as CSV UTF-8.")
    if not any(name.startswith(("_rels/", "xl/")) for name in parts):
        raise DataError(f"{where} is a zip archive and no Excel workbook. Unpack it and give the file inside.")
    try:
        book = _read_book(parts, where)
        chosen, problems = _choose(book, wave, where)
        sheet = read_sheet(chosen.part, book.shared, f"{where}, sheet '{chosen.name}'")
    except DefusedXmlException:
        raise _damaged(where, "it holds a document type definition, as no spreadsheet program writes it") from None
    except ParseError as error:
        raise _damaged(where, f"its XML cannot be read ({error})") from None
    except (ValueError, LookupError):  # numbers and references in the parts; nothing else runs here
        raise _damaged(where, "its parts do not fit together") from None
    _refuse_no_table(sheet, book, f"{where}, sheet '{chosen.name}'")
    names, columns = sheet.table()
    texts = [*names, *(cell for column in columns for cell in column.distinct if isinstance(cell, str))]
    if found := mojibake("\n".join(texts)):
        raise DataError(
            f"{where}: its letters are ruined: UTF-8 was read in another encoding and saved again; {found[0]!r} stands "
            f"for {found[1]!r}. Take the file as it was before."
        )
    letters = [get_column_letter(number) for number in sheet.used]
    table = raw_table(names, columns, sheet.rows, wave, where, "xlsx", places=letters)
    if wave.synthetic and not wave.data.is_enka:  # in 1KA's own columns the mark survives
        words = "a workbook holds no mark of invented answers, so nothing tells whether these are invented"
        problems.append(Problem("warning", "file", words, "", "give the .sav or the CSV with its codebook instead"))
    return dataclasses.replace(table, counted=True, problems=(*problems, *_noticed(sheet), *table.problems))


def _damaged(where: str, found: str) -> DataError:
    return DataError(f"{where} is damaged: {found}. Open it in Excel and save it anew, or ask for the file again.")


def _read_book(parts: Mapping[str, bytes], where: str) -> _Book:
    """Follow the references from the package to its sheets, texts and styles."""
    mains = [target for kind, target in _relations(parts, "").values() if kind == "officeDocument"]
    if mains and mains[0].endswith(".bin"):
        raise DataError(f"{where} is a binary workbook (.xlsb), which is not read. Save it as .xlsx or as CSV UTF-8.")
    workbook = _xml(parts[mains[0]]) if mains else None
    if workbook is None or tag(workbook) != "workbook":
        raise DataError(f"{where} is no Excel workbook. Give the .xlsx file with the answers.")
    related = _relations(parts, mains[0])
    sheets = []
    properties: dict[str, Element] = {}
    for element in workbook.iter():
        properties.setdefault(tag(element), element)
        if tag(element) == "sheet":
            # The attribute r:id; its namespace differs between the transitional and the strict form.
            kind, target = related["".join(value for name, value in element.attrib.items() if name.endswith("}id"))]
            if kind == "worksheet":
                hidden = element.get("state", "visible") != "visible"
                sheets.append(_SheetEntry(element.attrib["name"], hidden, parts[target]))
    targets = {kind: parts[target] for kind, target in related.values() if kind in ("sharedStrings", "styles")}
    strings = read_strings(targets["sharedStrings"]) if "sharedStrings" in targets else []
    formats = _formats(_xml(targets["styles"])) if "styles" in targets else []
    dated = "workbookPr" in properties and properties["workbookPr"].get("date1904") in ("1", "true")
    full = "calcPr" in properties and properties["calcPr"].get("fullCalcOnLoad") in ("1", "true")
    return _Book(tuple(sheets), Shared(strings, formats, MAC_EPOCH if dated else WINDOWS_EPOCH), full)


def _xml(part: bytes) -> Element:
    return fromstring(part, forbid_dtd=True)


def _relations(parts: Mapping[str, bytes], source: str) -> dict[str, tuple[str, str]]:
    """Id -> (kind, part) of what a part refers to inside the package."""
    folder, name = posixpath.split(source)
    relations = {}
    for element in _xml(parts[posixpath.join(folder, "_rels", f"{name}.rels")]):
        if element.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, element.attrib["Target"])).lstrip("/")
            relations[element.attrib["Id"]] = (posixpath.basename(element.attrib["Type"]), target.casefold())
    return relations


def _formats(styles: Element) -> list[str]:
    """Number format of each cell style."""
    own = {e.attrib["numFmtId"]: e.attrib["formatCode"] for e in styles.iter() if tag(e) == "numFmt"}
    ids = [xf.get("numFmtId", "0") for group in styles if tag(group) == "cellXfs" for xf in group]
    return [own.get(number, BUILTIN_FORMATS.get(int(number), "General")) for number in ids]


def _choose(book: _Book, wave: Wave, where: str) -> tuple[_SheetEntry, list[Problem]]:
    """The sheet with the answers."""
    if wave.data.sheet is not None:
        for entry in book.sheets:
            if entry.name == wave.data.sheet:
                return entry, []
        names = [entry.name for entry in book.sheets]
        raise DataError(f"{where}: " + one_of("unknown sheet", wave.data.sheet, names) + ". Correct [data] sheet.")
    filled = [entry for entry in book.sheets if not entry.hidden and has_cells(entry.part)]
    if len(filled) != 1:
        listed = ", ".join(f"'{entry.name}'" for entry in filled)
        found = f"several sheets have cells ({listed})" if filled else "no visible sheet has cells"
        raise DataError(f"{where}: {found}. Name the one with the answers as [data] sheet in wave.toml.")
    hidden = [entry.name for entry in book.sheets if entry.hidden]
    if not hidden:
        return filled[0], []
    found = f"hidden sheets are not read: {', '.join(hidden[:8])}"
    return filled[0], [Problem("warning", "file", found, "", "name [data] sheet in wave.toml if one has the answers")]


def _refuse_no_table(sheet: Sheet, book: _Book, where: str) -> None:
    if not sheet.header:
        raise DataError(f"{where} is empty. Name the sheet with the answers as [data] sheet in wave.toml.")
    if len(sheet.rows) * len(sheet.used) > MOST_CELLS:
        raise DataError(
            f"{where} spans {len(sheet.rows)} rows and {len(sheet.used)} columns, at most {MOST_CELLS} cells are read. "
            "Delete cells far from the table, or save it as CSV UTF-8."
        )
    merged = [
        name for name, (left, top, _, bottom) in sheet.merged.items()
        if top < sheet.rows.stop and bottom >= sheet.header_row and left <= sheet.used[-1]
    ]  # fmt: skip
    if merged:
        raise DataError(
            f"{where} has merged cells: {_some(merged)}. Which row or column their value belongs to cannot be "
            "known. Unmerge them in Excel and fill in every cell."
        )
    unknown = sheet.without_value or (sheet.formulas if book.not_computed else [])
    if unknown:
        raise DataError(
            f"{where} has formulas whose values the file does not hold: {_some(unknown)}. Open it in Excel, let it "
            "compute, and save it; or paste the values in place of the formulas."
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _noticed(sheet: Sheet) -> list[Problem]:
    """What may be in order but should be looked at."""
    rows = sum(row in sheet.rows for row in sheet.hidden_rows)
    columns = len(sheet.hidden_columns & set(sheet.used))
    problems = []
    if rows or columns:
        found = f"hidden rows: {rows}, hidden columns: {columns}; they are read like the others"
        problems.append(Problem("warning", "file", found, "", "delete what does not belong to the table"))
    if sheet.formulas:
        found = f"formulas: {len(sheet.formulas)}; the values stored with them are read"
        problems.append(Problem("warning", "file", found, _some(sheet.formulas), "check that Excel computed them last"))
    if sheet.booleans:
        to_do = "write the codes of the codebook in their place"
        found = f"cells with TRUE or FALSE: {len(sheet.booleans)}"
        problems.append(Problem("warning", "file", found, _some(sheet.booleans), to_do))
    if sheet.promised > sheet.read_to:
        found = f"the sheet says that it goes to row {sheet.promised}, but it ends at row {sheet.read_to}"
        problems.append(Problem("warning", "file", found, "", "compare the number of rows with the sender"))
    return problems
