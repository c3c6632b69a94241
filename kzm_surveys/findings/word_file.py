"""A Word file as its parts: opened within limits, and written with some of them replaced."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kzm_surveys.errors import FindingError
from kzm_surveys.findings.docx_record import NAMESPACE
from kzm_surveys.loaders.archive import danger_in

_TEXT_PARTS = re.compile(r"word/(document|footnotes|endnotes|header|footer)\d*\.xml", re.IGNORECASE)
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def parts_of(content: bytes, where: str) -> dict[str, bytes]:
    """Return the parts of a Word file by name, every one checked against its checksum.

    Parameters
    ----------
    content
        The file.
    where
        Begins every message: what the file is for, and its name.

    Raises
    ------
    FindingError
        It is protected by a password, no Word file, damaged, holds macros, or unpacks too large.

    Examples
    --------
    >>> parts_of(b"", "report.docx")
    Traceback (most recent call last):
        ...
    kzm_surveys.errors.FindingError: report.docx is empty. Save it from Word again, or name another file.
    """
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise FindingError(f"{where} is protected by a password. Open it in Word, take the password off (File, "
                               "Info, Protect Document, Encrypt with Password: empty) and save it again.")  # fmt: skip
        raise FindingError(
            f"{where} is an old Word file (.doc or .dot). Open it in Word and save it as .docx or .dotx."
        )
    if not content.startswith(b"PK"):
        what = "no Word file (.docx or .dotx)" if content else "empty"
        raise FindingError(f"{where} is {what}. Save it from Word again, or name another file.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if found := danger_in(entries):
                raise FindingError(f"{where}: the file {found}. Open it in Word and save it under a new name.")
            parts = {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise FindingError(
            f"{where} is damaged or cut short: its archive cannot be unpacked ({error}). Ask for the file again."
        ) from None
    types = parts.get("[Content_Types].xml", b"")
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in parts):
        raise FindingError(f"{where} holds macros. Open it in Word and save it as .docx or .dotx, which hold none.")
    if b"wordprocessingml" not in types:
        raise FindingError(f"{where} is no Word file (.docx or .dotx). Save it from Word again, or name another file.")
    return parts


def text_parts(parts: Mapping[str, bytes]) -> list[str]:
    """Names of the parts with text that people read: the document first, then notes, headers and footers.

    Examples
    --------
    >>> text_parts({"word/styles.xml": b"", "word/footer1.xml": b"", "word/document.xml": b""})
    ['word/document.xml', 'word/footer1.xml']
    """
    order = ("document", "footnotes", "endnotes", "header", "footer")
    found = [(match.group(1).lower(), name) for name in parts if (match := _TEXT_PARTS.fullmatch(name))]
    return [name for _, name in sorted(found, key=lambda each: (order.index(each[0]), each[1]))]


def with_parts(content: bytes, changed: Mapping[str, bytes]) -> bytes:
    """Return the Word file with some parts replaced; all others keep their bytes, order and dates.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("word/document.xml", "before")
    >>> changed = with_parts(file.getvalue(), {"word/document.xml": b"after"})
    >>> zipfile.ZipFile(io.BytesIO(changed)).read("word/document.xml")
    b'after'
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        new.comment = old.comment
        for entry in old.infolist():
            copy = zipfile.ZipInfo(entry.filename, entry.date_time)
            copy.compress_type, copy.external_attr = entry.compress_type, entry.external_attr
            name = entry.filename
            new.writestr(copy, changed[name] if name in changed else old.read(entry))
    return out.getvalue()


def record_in(parts: Mapping[str, bytes]) -> bytes | None:
    """Return the record that a Word file carries, whatever name Word or LibreOffice gave to its part.

    Examples
    --------
    >>> record_in({"customXml/item1.xml": f'<report xmlns="{NAMESPACE}">{{}}</report>'.encode()}), record_in({})
    (b'{}', None)
    """
    found = _record_part(parts)
    return None if found is None else found[1]


def with_record(parts: Mapping[str, bytes], record: bytes) -> dict[str, bytes]:
    """Return the part that carries the record with another one in it; nothing if there is none.

    Examples
    --------
    >>> parts = {"customXml/item1.xml": f'<report xmlns="{NAMESPACE}">{{}}</report>'.encode()}
    >>> record_in(with_record(parts, b'{"year": 2022}'))
    b'{"year": 2022}'
    """
    found = _record_part(parts)
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<report xmlns="{NAMESPACE}">{{}}</report>'
    return {} if found is None else {found[0]: xml.format(escape(record.decode())).encode()}


def _record_part(parts: Mapping[str, bytes]) -> tuple[str, bytes] | None:
    for name, content in parts.items():
        if name.startswith("customXml/") and NAMESPACE.encode() in content:
            try:
                root = fromstring(content, forbid_dtd=True)
            except (ParseError, DefusedXmlException):
                continue
            if root.tag == f"{{{NAMESPACE}}}report":
                return name, (root.text or "").encode()
    return None


def read_file(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    FindingError
        There is none, or it cannot be read.

    Examples
    --------
    >>> read_file(Path("missing.docx"))
    Traceback (most recent call last):
        ...
    kzm_surveys.errors.FindingError: missing.docx: cannot be read (...). Name the Word file to refresh.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise FindingError(f"{path}: cannot be read ({error.strerror}). Name the Word file to refresh.") from None
