"""The list of points: real bullets, so that screen readers count them."""

from __future__ import annotations

from docx.document import Document as DocumentType
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from kzm_surveys.findings.docx_xml import DECLARED


def bullet_list(document: DocumentType) -> int:
    """Add a list with bullets and return its number."""
    element = _numbering(document)
    number = 1 + max((int(each.get(qn("w:numId"), 0)) for each in element.iter(qn("w:num"))), default=0)
    kind = 1 + max((int(each.get(qn("w:abstractNumId"), 0)) for each in element.iter(qn("w:abstractNum"))), default=0)
    bullet = parse_xml(
        f'<w:abstractNum {DECLARED} w:abstractNumId="{kind}"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0">'
        '<w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr>'
        '<w:ind w:left="397" w:hanging="284"/></w:pPr></w:lvl></w:abstractNum>'
    )
    instance = parse_xml(f'<w:num {DECLARED} w:numId="{number}"><w:abstractNumId w:val="{kind}"/></w:num>')
    # CT_Numbering: numPicBullet, abstractNum, num, numIdMacAtCleanup
    _insert(element, bullet, ("w:num", "w:numIdMacAtCleanup"))
    _insert(element, instance, ("w:numIdMacAtCleanup",))
    return number


def _insert(parent: BaseOxmlElement, element: BaseOxmlElement, followers: tuple[str, ...]) -> None:
    after = next((child for child in parent if child.tag in {qn(name) for name in followers}), None)
    parent.append(element) if after is None else after.addprevious(element)


def _numbering(document: DocumentType) -> BaseOxmlElement:
    """The root of the numbering part, which is made where there is none."""
    for relation in document.part.rels.values():
        if relation.reltype == RT.NUMBERING:
            assert isinstance(relation.target_part, XmlPart)
            return relation.target_part.element
    part = XmlPart(PackURI("/word/numbering.xml"), CT.WML_NUMBERING, parse_xml(f"<w:numbering {DECLARED}/>"),
                   document.part.package)  # fmt: skip
    document.part.relate_to(part, RT.NUMBERING)
    return part.element
