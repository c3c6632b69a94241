"""What kind of file this is, told by its bytes and its name, so that any kind can be given with ``--data``."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from kzm_surveys.errors import DataError
from kzm_surveys.wave import FileKind, Wave

#: Names of metadata columns that only 1KA writes.
_ENKA_NAMES = ("relevance", "invitation", "lurker", "unx_ins_date", "recnum", "itime", "t_insert", "t_edit")
_ARCHIVES = (".zip", ".7z", ".rar", ".gz")
_NOT_READ = (
    ".por", ".dta", ".rds", ".rdata", ".sas7bdat", ".parquet", ".json", ".pdf", ".doc", ".docx", ".odt", ".rtf",
    ".ppt", ".pptx",
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(path: Path, wave: Wave) -> FileKind:
    """Tell the kind of a data file; a 1KA wave decides what its bytes leave open.

    Raises
    ------
    DataError
        The file is empty, or of a kind that is not read.
    """
    where = f"{wave.name}: {path}"
    with path.open("rb") as file:
        head = file.read(65536)
    if not head:
        raise DataError(f"{where} is empty (0 bytes): damaged or cut short. Ask for the file again.")
    suffix = path.suffix.casefold()
    if suffix in _ARCHIVES:
        raise DataError(f"{where} is an archive ({suffix}). Unpack it and give the file inside.")
    if suffix in _NOT_READ:
        raise DataError(
            f"{where}: files of the kind {suffix} are not read. Read are .sav, .zsav, .csv, .xlsx and the exports of "
            "1KA (.csv, .xls, .txt, .sps with _podatki.txt)."
        )
    if head[:4] in (b"$FL2", b"$FL3") or (suffix == ".sav" and re.search(rb"\$FL[23]@\(#\)", head)):
        return "1ka_sav" if wave.data.is_enka else "spss_sav"
    if head[:2] == b"PK" or head[:8] == _OLE:
        return "xlsx"
    if suffix == ".csv" and sidecar_path(path).is_file():
        return "csv"
    text = head.decode("utf-8-sig", "replace")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    start = text.lstrip()[:200].casefold()
    if start.startswith(("<table", "<html", "<!doctype")):
        return "1ka_xls"
    if suffix == ".sps" or path.name.casefold().endswith("_podatki.txt") or "\nGET DATA" in text:
        return "1ka_spss"
    if suffix in (".sav", ".zsav"):
        raise DataError(
            f"{where} is not an SPSS .sav file (its first bytes are {head[:4].hex(' ')}, not those of $FL2 or $FL3). "
            "Export it again; nothing was read."
        )
    if re.search(r'(^|\n)="', text):
        return "1ka_csv"
    names = {name.strip(' "') for name in re.split(r"[;,\t]", text.split("\n", 1)[0])}
    if wave.data.is_enka or sum(name in names for name in _ENKA_NAMES) >= 3:
        return "1ka_txt" if suffix == ".txt" else "1ka_csv"
    return "csv"


def sidecar_path(path: Path) -> Path:
    """Where the codebook of a CSV lies that ``kzm export`` wrote."""
    return path.with_name(f"{path.stem}_codebook.csv")


def partner(path: Path) -> tuple[Path, Path]:
    """The two files of a 1KA SPSS export, syntax and data, from either of them.

    Raises
    ------
    DataError
        The other one does not lie beside it.
    """
    stem = re.sub(r"(?i)(_podatki\.txt|\.sps)$", "", path.name)
    beside = {other.name.casefold(): other for other in path.parent.iterdir()}
    names = f"{stem}.sps", f"{stem}_podatki.txt"
    for name in names:
        if name.casefold() not in beside:
            raise DataError(f"{path}: a 1KA export for SPSS is two files, and {name} is not beside it. Put it there.")
    syntax, answers = (beside[name.casefold()] for name in names)
    return syntax, answers


def file_hash(path: Path, kind: FileKind) -> str:
    """SHA-256 of the file's bytes; of 1KA's pair, of the answers followed by the syntax."""
    files = partner(path)[::-1] if kind == "1ka_spss" else (path,)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
