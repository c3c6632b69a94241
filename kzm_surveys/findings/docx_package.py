"""A python-docx document as a file, the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import quoteattr

from docx.document import Document as DocumentType
from docx.opc.constants import CONTENT_TYPE as CT

_DEFAULTS = {"rels": CT.OPC_RELATIONSHIPS, "xml": CT.XML}


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
