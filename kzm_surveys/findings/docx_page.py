"""Page, header, footer, language and properties of a Word file, our own or a template's."""

from __future__ import annotations

import datetime
import re

from docx import Document
from docx.document import Document as DocumentType
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.part import XmlPart
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.section import _BaseHeaderFooter

from kzm_surveys.findings.docx_style import DocumentInfo
from kzm_surveys.findings.docx_xml import DECLARED, field, paragraph, run
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, decimal

_MARGIN, _COMPACT_MARGIN = 1417, 1020  # 25 and 18 mm
_SETTINGS = (
    f'<w:settings {DECLARED}><w:zoom w:percent="100"/><w:defaultTabStop w:val="709"/>'
    '<w:characterSpacingControl w:val="doNotCompress"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang/><w:clrSchemeMapping w:bg1="light1" w:t1="dark1" w:bg2="light2" w:t2="dark2" '
    'w:accent1="accent1" w:accent2="accent2" w:accent3="accent3" w:accent4="accent4" w:accent5="accent5" '
    'w:accent6="accent6" w:hyperlink="hyperlink" w:followedHyperlink="followedHyperlink"/>'
    '<w:decimalSymbol w:val="{decimal}"/><w:listSeparator w:val="{separator}"/></w:settings>'
)


def own_document(lang: Language, *, compact: bool) -> DocumentType:
    """Make an empty document on A4 with settings of our own, and nothing else of what python-docx ships."""
    document: DocumentType = Document()
    kept = ("styles", "settings", "fontTable", "theme", "webSettings", "officeDocument", "core-properties",
            "extended-properties")  # fmt: skip
    for relations in (document.part.rels, document.part.package.rels):
        for key, relation in list(relations.items()):
            if relation.reltype.rpartition("/")[2] not in kept:
                del relations[key]
    point = decimal(0.5, 1, lang)[1]
    document.settings.element[:] = parse_xml(_SETTINGS.format(decimal=point, separator=";" if point == "," else ","))
    margin, edge = (_COMPACT_MARGIN, 454) if compact else (_MARGIN, 708)
    sides = " ".join(f'w:{side}="{_MARGIN if side in ("left", "right") else margin}"'
                     for side in ("top", "right", "bottom", "left"))  # fmt: skip
    body = document.element.body
    body[:] = [
        parse_xml(
            f'<w:sectPr {DECLARED}><w:pgSz w:w="11906" w:h="16838"/><w:pgMar {sides} w:header="{edge}" '
            f'w:footer="{edge}" w:gutter="0"/></w:sectPr>'
        )
    ]
    return document


def put_properties(document: DocumentType, info: DocumentInfo, lang: Language) -> None:
    """Title, author, language and dates of the document."""
    properties, tag = document.core_properties, catalogue.tag(lang)
    properties.title, properties.author, properties.keywords = info.title, info.author, info.mark
    properties.subject, properties.language, properties.comments = info.subtitle, tag, ""
    properties.created = properties.modified = datetime.datetime.combine(info.day, datetime.time())
    properties.last_modified_by, properties.revision = info.author, 1
    settings = document.settings.element
    language = settings.find(qn("w:themeFontLang"))
    if language is not None:
        language.attrib.clear()
        language.set(qn("w:val"), tag)


def put_header_and_footer(
    document: DocumentType, info: DocumentInfo, lang: Language, styles: dict[str, str], *, own: bool
) -> None:  # fmt: skip
    """Number the pages unless the template does, and set the mark of invented answers above every one of them."""
    headers, footers = _kinds(document)
    numbered = any(_has_page_number(part) for part in (*headers, *footers) if not part.is_linked_to_previous)
    if own:
        _append(headers[0], paragraph(styles.get("header"), run(info.title)))
    for header in headers:
        _remove(header, styles["kzm mark"])
        if info.mark:
            _append(header, paragraph(styles["kzm mark"], run(info.mark)))
    if not numbered:
        before, _, rest = catalogue.text(lang, "page_of").partition("{page}")
        between, _, after = rest.partition("{pages}")
        pages = run(before) + field("PAGE", "1") + run(between) + field("NUMPAGES", "1") + run(after)
        for footer in footers:
            _append(footer, paragraph(styles.get("footer"), pages, '<w:jc w:val="center"/>'))


def text_size(document: DocumentType) -> tuple[int, int]:
    """Width and height of the text of a page, in twentieths of a point; of several columns the width of one."""
    section = document.sections[-1]
    sides = [section.page_width, section.left_margin, section.right_margin, section.gutter]
    width, left, right, gutter = (length.twips if length is not None else 0 for length in sides)
    ends = [section.page_height, section.top_margin, section.bottom_margin]
    height, top, bottom = (length.twips if length is not None else 0 for length in ends)
    columns = section._sectPr.find(qn("w:cols"))
    count = 1 if columns is None else int(columns.get(qn("w:num"), 1))
    space = 0 if count == 1 else int(columns.get(qn("w:space"), 708)) * (count - 1)
    return (width - left - right - gutter - space) // count, height - abs(top) - abs(bottom)


def taken_ids(document: DocumentType) -> set[int]:
    """Numbers that controls, bookmarks and pictures of headers and footers bear already."""
    found = set()
    for relation in document.part.rels.values():
        if relation.reltype in (RT.HEADER, RT.FOOTER) and isinstance(relation.target_part, XmlPart):
            for element in relation.target_part.element.iter(qn("w:id"), qn("w:bookmarkStart"), qn("wp:docPr")):
                found.add(element.get(qn("w:val")) or element.get(qn("w:id")) or element.get("id") or "")
    return {int(number) for number in found if number.isdecimal()}


def _kinds(document: DocumentType) -> tuple[list[_BaseHeaderFooter], list[_BaseHeaderFooter]]:
    """Headers and footers that pages can show: the usual ones, those of the first page and of even pages where used."""
    section = document.sections[-1]
    first = (section.first_page_header, section.first_page_footer)
    even = (section.even_page_header, section.even_page_footer)
    pairs = [(section.header, section.footer)]
    pairs += [pair for pair, used in ((first, section.different_first_page_header_footer),
                                      (even, document.settings.odd_and_even_pages_header_footer))
              if used or not pair[0].is_linked_to_previous]  # fmt: skip
    return [header for header, _ in pairs], [footer for _, footer in pairs]


def _has_page_number(part: _BaseHeaderFooter) -> bool:
    element = part._element
    words = [node.text or "" for node in element.iter(qn("w:instrText"))]
    words += [node.get(qn("w:instr"), "") for node in element.iter(qn("w:fldSimple"))]
    return any(re.search(r"\bPAGE\b", text, re.IGNORECASE) for text in words)


def _remove(part: _BaseHeaderFooter, style: str) -> None:
    """Take the paragraphs of a style out of a header: the mark of an earlier report that serves as the template."""
    named = [] if part.is_linked_to_previous else part._element.iter(qn("w:pStyle"))
    for paragraph_style in [each for each in named if each.get(qn("w:val")) == style]:
        old = paragraph_style.getparent().getparent()
        old.getparent().remove(old)


def _append(part: _BaseHeaderFooter, content: str) -> None:
    """Append a paragraph; a header that the document has not is made, without python-docx's empty paragraph."""
    if part.is_linked_to_previous:
        part.is_linked_to_previous = False
        part._element[:] = []
    part._element.append(parse_xml(content.replace("<w:p>", f"<w:p {DECLARED}>", 1)))
