"""Files of the statistical office: JSON-stat, PxWeb's JSON, PC-Axis (.px) and CSV, told apart by their content."""

from __future__ import annotations

import re
from pathlib import Path

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.population_table import Dimension, PopulationTable, garbled
from kzm_surveys.weighting.sistat_csv import read_csv
from kzm_surveys.weighting.sistat_jsonstat import read_json
from kzm_surveys.weighting.sistat_px import STATEMENT, read_px

__all__ = ["Dimension", "PopulationTable", "read_population_table"]

BYTE_LIMIT = 100_000_000
_OTHER_FILES = {
    b"PK\x03\x04": "an Excel workbook or another zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip file",
}
_CODEPAGE = re.compile(rb'CODEPAGE\s*=\s*"([^"]{1,40})"')
# Only these, for Python knows codecs that are no code pages.
_CODE_PAGE_NAME = re.compile(r"(?:windows-|cp)125[0-8]|iso-8859-(?:1[0-6]?|[2-9])|utf-?8|(?:cp|ibm)?(?:437|85[0-8])")


def read_population_table(path: str | Path) -> PopulationTable:
    r"""Read a table that was saved from SiStat; its content decides which kind of file it is, not its name.

    Parameters
    ----------
    path
        JSON-stat 2 (or 1.x), the `json` answer of PxWeb, PC-Axis (.px) or CSV (wide or long; `;`, `,` or tab). JSON is
        UTF-8; the others are UTF-8, the code page they declare, or cp1250. At most 100 MB and 2,000,000 cells.

    Returns
    -------
    PopulationTable
        NaN where a number is withheld or missing, with its mark; a published 0 and the mark "-" (no occurrence) are 0.
        Numbers marked M (less precise) are numbers, those marked N (too imprecise to publish) are NaN. Where a format
        has no codes, labels serve as codes.

    Raises
    ------
    WeightingError
        No such file, too large a file, another kind of file (Excel, a web page, the table's description), or a
        damaged one; names file and place.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "population.csv"
    ...     lines = ['"Prebivalstvo"', '"OBČINE";"2021H1 Moški";"2021H1 Ženske"', '"Koper/Capodistria";100;z', ""]
    ...     _ = path.write_bytes("\r\n".join(lines).encode("cp1250"))
    ...     table = read_population_table(path)
    >>> [(dimension.code, dimension.labels) for dimension in table.dimensions]
    [('OBČINE', ('Koper/Capodistria',)), ('PERIOD', ('2021H1',)), ('HEADING 1', ('Moški', 'Ženske'))]
    >>> table.values.tolist(), table.marks
    ([[[100.0, nan]]], {(0, 0, 1): 'z'})
    """
    path = Path(path)
    try:
        return _read(_content(path))
    except WeightingError as error:
        raise WeightingError(f"{path}: {error}") from None


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise WeightingError("there is no such file of a population table.")
        if path.stat().st_size > BYTE_LIMIT:
            raise WeightingError(f"larger than {BYTE_LIMIT // 1_000_000} MB. Ask for fewer categories.")
        return path.read_bytes()
    except OSError as error:
        raise WeightingError(f"cannot be read: {error.strerror}.") from None


def _read(content: bytes) -> PopulationTable:
    for start, kind in _OTHER_FILES.items():
        if content.startswith(start):
            raise WeightingError(f"this is {kind}. Save the table as JSON-stat, px or CSV.")
    text = _decode(content)
    first = text.lstrip()[:1]
    if not first:
        raise WeightingError("the file is empty.")
    if first == "<":
        raise WeightingError("this is a web page or XML, not a table. Save the table as JSON-stat, px or CSV.")
    if first in "{[":
        return read_json(text)
    return read_px(text) if STATEMENT.match(text) else read_csv(text)


def _decode(content: bytes) -> str:
    """Text by the byte order mark, the declared code page, UTF-8 or cp1250: the first that fits."""
    is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    declared = _CODEPAGE.search(content, 0, 100_000)
    page = declared[1].decode("latin-1").lower() if declared else ""
    pages = ["utf-8-sig"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        pages = ["utf-16"]
    elif not is_json and not content.startswith(b"\xef\xbb\xbf"):
        pages = [*([page] if _CODE_PAGE_NAME.fullmatch(page) else []), "utf-8", "cp1250"]
    for name in pages:
        try:
            text = content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" in text:
            raise WeightingError("the file holds NUL characters: damaged, or not a text.")
        if name.startswith("utf") or not garbled(text):
            return text
    raise WeightingError(f"the text is not in {' or '.join(pages)}. Is the file damaged, or of another kind?")
