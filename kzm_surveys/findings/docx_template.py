"""A municipality's template: its page, headers, footers and styles stay, what was written in it goes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from docx import Document
from docx.document import Document as DocumentType
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.part import XmlPart
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from kzm_surveys.errors import FindingError
from kzm_surveys.findings.docx_notes import without_notes
from kzm_surveys.findings.docx_page import text_size
from kzm_surveys.findings.docx_style import style_ids
from kzm_surveys.findings.docx_xml import DECLARED
from kzm_surveys.findings.word_file import parts_of

#: Relations of the document that no element of it names, so that they outlive its text. Comments and their authors go.
_SILENT = ("styles", "settings", "webSettings", "fontTable", "theme", "numbering", "footnotes", "endnotes", "customXml",
           "glossaryDocument", "stylesWithEffects")  # fmt: skip
#: Settings that lock a document, or tie it to the addresses and changes of another.
_LOCKS = ("writeProtection", "mailMerge", "revisionView", "trackRevisions", "documentProtection")
#: What of a package tells of the text that was in it: its signature, which would no longer hold, and its picture.
_OF_TEXT = ("origin", "thumbnail")
_A4 = (
    f'<w:sectPr {DECLARED}><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1417" w:right="1417" w:bottom="1417" '
    'w:left="1417" w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>'
)
#: What stands before the margins in a section (ECMA-376, part 1, 17.6.17).
_BEFORE_MARGINS = {qn(f"w:{name}") for name in ("headerReference", "footerReference", "footnotePr", "endnotePr", "type",
                                                "pgSz")}  # fmt: skip
#: The least width and height of text on a page, in twentieths of a point: two inches.
_LEAST = 2880


def opened_template(path: Path, levels: int) -> DocumentType:
    """Open a template and empty it.

    Parameters
    ----------
    path
        A .docx or .dotx file.
    levels
        How many levels of headings the document has; four are asked for at least.

    Raises
    ------
    FindingError
        The file is missing, no Word file, damaged, protected, holds macros, or lacks a style.
    """
    where = f"the template {path}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FindingError(
            f"{where} cannot be read ({error.strerror}). Check the name given with --template."
        ) from None
    parts = parts_of(content, where)
    if any(b"http://purl.oclc.org/ooxml/" in blob for name, blob in parts.items() if name.endswith(".rels")):
        raise FindingError(
            f"{where} is saved as Strict Open XML. Open it in Word and save it as Word Document (.docx)."
        )
    try:
        document: DocumentType = Document(_as_document(parts))
        _check_styles(document, levels, where)
        _empty(document)
        _unlock(document)
        width, height = text_size(document)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, SyntaxError) as error:
        raise FindingError(f"{where} is damaged ({error}). Open it in Word and save it under a new name.") from None
    if min(width, height) < _LEAST:
        raise FindingError(
            f"{where} leaves {width / 56.7:.0f} by {height / 56.7:.0f} mm of a page for text. Narrow its margins."
        )
    return document


def _as_document(parts: dict[str, bytes]) -> io.BytesIO:
    """The archive as that of a document, from which a template differs by the type of its main part alone."""
    types = "[Content_Types].xml"
    document = parts[types].replace(b"wordprocessingml.template.main+xml", b"wordprocessingml.document.main+xml")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, blob in (parts | {types: document}).items():
            archive.writestr(name, blob)
    return out


def _check_styles(document: DocumentType, levels: int, where: str) -> None:
    found = [relation.target_part for relation in document.part.rels.values() if relation.reltype == RT.STYLES]
    known = style_ids(found[0].element, "paragraph") if found and isinstance(found[0], XmlPart) else {}
    wanted = ["Title", "Subtitle", *(f"Heading {level}" for level in range(1, max(levels, 4) + 1)), "Caption"]
    if missing := [name for name in wanted if name.casefold() not in known]:
        others = [name for name in known if not name.endswith(" char")]
        there = ", ".join([name for name in wanted if name not in missing] or others[:10]) or "none"
        raise FindingError(
            f"{where} lacks the styles {', '.join(missing)} (it has: {there}). In Word, give a line of the template "
            "each of these styles once and save it (the file holds no style that was never used), or leave out "
            "--template."
        )


def _empty(document: DocumentType) -> None:
    """Leave the page, the headers and the footers of the last section; where it takes over those before it, these."""
    body = document.element.body
    sections = [each for each in body.iter(qn("w:sectPr")) if each.getparent().tag != qn("w:sectPrChange")]
    last = sections[-1] if sections and sections[-1].getparent() is body else parse_xml(_A4)
    shown: dict[tuple[str, str], BaseOxmlElement] = {}
    for section in sections:
        for child in list(section):
            if child.tag in (qn("w:headerReference"), qn("w:footerReference")):
                shown[child.tag, child.get(qn("w:type"), "default")] = child
            elif child.tag == qn("w:sectPrChange"):
                section.remove(child)
    for reference in shown.values():
        if reference.getparent() is not None:
            reference.getparent().remove(reference)
    for reference in list(last.iter(qn("w:headerReference"), qn("w:footerReference"))):
        last.remove(reference)
    for place, reference in enumerate(shown.values()):
        last.insert(place, reference)
    for size in parse_xml(_A4):  # size and margins of the page, where the template leaves them to Word
        if last.find(size.tag) is None:
            last.insert(sum(child.tag in _BEFORE_MARGINS for child in last), size)
    body[:] = [last]
    named = {value for element in document.element.iter() for value in element.attrib.values()}
    for key, relation in list(document.part.rels.items()):
        kind = relation.reltype.rpartition("/")[2]
        if kind in ("footnotes", "endnotes"):
            relation.target_part._blob = without_notes(relation.target_part.blob)
        elif kind not in _SILENT and key not in named:
            del document.part.rels[key]


def _unlock(document: DocumentType) -> None:
    """Let the report be edited: protection, mail merge and tracking of changes stay behind, and so does a signature."""
    settings = document.settings.element
    for element in list(settings.iter(*(qn(f"w:{name}") for name in _LOCKS))):
        element.getparent().remove(element)
    part, package = document.part.part_related_by(RT.SETTINGS), document.part.package
    for key, relation in list(part.rels.items()):
        if "mailMerge" in relation.reltype or relation.reltype.endswith("recipientData"):
            del part.rels[key]
    for key, relation in list(package.rels.items()):
        if relation.reltype.rpartition("/")[2] in _OF_TEXT:
            del package.rels[key]
