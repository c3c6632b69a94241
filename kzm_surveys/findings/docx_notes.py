"""Footnotes of a Word file, which python-docx does not know."""

from __future__ import annotations

from collections.abc import Sequence

from docx.document import Document as DocumentType
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from kzm_surveys.findings.docx_xml import DECLARED

#: Elements of CT_Settings (ECMA-376, part 1, 17.15.1.78) that stand behind footnotePr.
_AFTER = ("endnotePr", "compat", "docVars", "rsids", "mathPr", "attachedSchema", "themeFontLang", "clrSchemeMapping",
          "doNotIncludeSubdocsInStats", "doNotAutoCompressPictures", "forceUpgrade", "captions", "readModeInkLockDown",
          "smartTagType", "schemaLibrary", "shapeDefaults", "doNotEmbedSmartTags", "decimalSymbol",
          "listSeparator")  # fmt: skip
_EMPTY = (
    f"<w:footnotes {DECLARED}>"
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:pPr>'
    '<w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:pPr>'
    '<w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr><w:r><w:continuationSeparator/></w:r></w:p>'
    "</w:footnote></w:footnotes>"
)


def first_note(document: DocumentType) -> int:
    """Number of the first footnote: behind the lines between text and notes that a template has."""
    part = _part(document)
    ids = [] if part is None else [int(note.get(qn("w:id"), 0)) for note in parse_xml(part.blob)]
    return max([0, *ids]) + 1


def put_notes(document: DocumentType, notes: Sequence[str], first: int) -> None:
    """Write footnotes, each the text of a paragraph, numbered from `first`; without any, nothing is written."""
    if not notes:
        return
    part = _part(document)
    if part is None:
        part = Part(PackURI("/word/footnotes.xml"), CT.WML_FOOTNOTES, _EMPTY.encode(), document.part.package)
        document.part.relate_to(part, RT.FOOTNOTES)
        _name_separators(document)
    root = parse_xml(part.blob)
    added = "".join(
        f'<w:footnote w:id="{number}">{note}</w:footnote>' for number, note in enumerate(notes, start=first)
    )
    root.extend(list(parse_xml(f"<w:footnotes {DECLARED}>{added}</w:footnotes>")))
    part._blob = serialize_part_xml(root)


def without_notes(blob: bytes) -> bytes:
    """Return a part of footnotes or endnotes with nothing but its separating lines."""
    root: BaseOxmlElement = parse_xml(blob)
    for note in list(root):
        if note.get(qn("w:type"), "normal") == "normal":
            root.remove(note)
    return bytes(serialize_part_xml(root))


def _part(document: DocumentType) -> Part | None:
    found = (relation.target_part for relation in document.part.rels.values() if relation.reltype == RT.FOOTNOTES)
    return next(found, None)


def _name_separators(document: DocumentType) -> None:
    """Name the separating lines in the settings, as Word itself does."""
    settings = document.settings.element
    if settings.find(qn("w:footnotePr")) is None:
        element = parse_xml(f'<w:footnotePr {DECLARED}><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>')
        later = next((child for child in settings if child.tag.rpartition("}")[2] in _AFTER), None)
        settings.append(element) if later is None else later.addprevious(element)
