"""Word files as archives: read within limits, written the same every time."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.sax.saxutils import quoteattr

from docx.document import Document as DocumentType
from docx.opc.constants import CONTENT_TYPE as CT

from kzm_surveys.errors import FindingError
from kzm_surveys.loaders.archive import danger_in

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_DEFAULTS = {"rels": CT.OPC_RELATIONSHIPS, "xml": CT.XML}


def unpacked(content: bytes, where: str) -> dict[str, bytes]:
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


def packed(document: DocumentType) -> bytes:
    """Return a document as a file; every entry is dated 1 January 1980, so that two runs give the same bytes."""
    package = document.part.package
    parts = sorted(package.parts, key=lambda part: str(part.partname))
    for part in parts:
        part.before_marshal()
    files = {"_rels/.rels": package.rels.xml}
    overrides = []
    defaults = dict(_DEFAULTS)
    for part in parts:
        files[part.partname.membername] = part.blob
        if part.rels:
            files[part.partname.rels_uri.membername] = part.rels.xml
        extension, kind = part.partname.ext, part.content_type
        if kind.startswith("image/"):
            defaults.setdefault(extension, kind)
        if defaults.get(extension) != kind:
            overrides.append(f"<Override PartName={quoteattr(str(part.partname))} ContentType={quoteattr(kind)}/>")
    named = (f"<Default Extension={quoteattr(name)} ContentType={quoteattr(kind)}/>" for name, kind in defaults.items())
    types = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/'
        f'2006/content-types">{"".join(named)}{"".join(overrides)}</Types>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {"[Content_Types].xml": types.encode(), **files}.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            picture = name.endswith((".png", ".jpeg", ".jpg"))
            entry.compress_type = zipfile.ZIP_STORED if picture else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, content, compresslevel=6)
    return out.getvalue()
