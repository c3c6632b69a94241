"""Office files are zip archives: unpack one whole, within limits, or say why not."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from kzm_surveys.errors import DataError

#: Far above any survey: 10,000 respondents with 300 answers unpack to about 100 MB.
MOST_ENTRIES = 10_000
MOST_UNPACKED = 200 * 2**20
#: Tables of codes are packed 5 to 30 times smaller; deflate can do 1000, and archives made to swell do.
MOST_RATIO = 200
_SMALL = 2**20
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def unpack(path: Path, where: str) -> dict[str, bytes]:
    """Unpack an .xlsx file, every part checked against its checksum.

    Parameters
    ----------
    path
        The file.
    where
        Begins every message: wave and file.

    Returns
    -------
    dict
        Name of each part -> its bytes.

    Raises
    ------
    DataError
        The file is another kind of spreadsheet, protected by a password, damaged, cut short, or unpacks too large.
    """
    _refuse_other_kinds(path.read_bytes(), where)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if found := danger_in(entries):
                raise DataError(
                    f"{where}: the file {found}. Save the sheet with the answers alone as a new .xlsx, or as CSV."
                )
            return {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise DataError(
            f"{where} is damaged or cut short: its archive cannot be unpacked ({error}). Ask for the file again; "
            "nothing was read."
        ) from None


def _refuse_other_kinds(content: bytes, where: str) -> None:
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise DataError(
                f"{where} is protected by a password. Open it in Excel, take the password off (File, Info, Protect "
                "Workbook, Encrypt with Password: empty) and save it again."
            )
        raise DataError(
            f"{where} is an old Excel file (.xls, before 2007), which is not read. Open it in Excel or LibreOffice and "
            "save it as .xlsx or as CSV UTF-8."
        )
    if not content.startswith(b"PK"):
        found = "empty" if not content else f"no .xlsx file (its first bytes are {content[:4].hex(' ')})"
        raise DataError(f"{where} is {found}. Export it again as .xlsx, or correct [data] format in wave.toml.")


def danger_in(entries: list[zipfile.ZipInfo]) -> str | None:
    """Say why an archive must not be unpacked, by its directory: no entry unpacks to more than that says."""
    names = [entry.filename for entry in entries]
    unpacked = sum(entry.file_size for entry in entries)
    if len(names) > MOST_ENTRIES:
        return f"has {len(names)} entries, at most {MOST_ENTRIES} are read"
    if unpacked > MOST_UNPACKED:
        return f"unpacks to {unpacked / 2**20:.0f} MB, at most {MOST_UNPACKED // 2**20} MB are read"
    if any(entry.file_size > _SMALL and entry.file_size > MOST_RATIO * entry.compress_size for entry in entries):
        return f"unpacks to more than {MOST_RATIO} times its size, as files made to swell do"
    if any(name.startswith(("/", "\\")) or ":" in name or ".." in name.split("/") for name in names):
        return "holds entries that point outside the archive"
    if len(set(names)) < len(names):
        return "holds an entry twice"
    if any(entry.flag_bits & 1 for entry in entries):
        return "holds entries protected by a password"
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        return "is packed in a way that no spreadsheet program uses"
    return None
