"""Styles of the Word files: all of them for our own look; into a template only those that Word does not know.

Heading, title and caption styles of a template stay as they are.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from docx.document import Document as DocumentType
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.part import XmlPart
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from kzm_surveys.findings.docx_lists import bullet_list
from kzm_surveys.findings.docx_xml import DECLARED
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language

FONT = "Calibri"
INK, GREY, BLUE, RED = "1A1A1A", "595959", "12436D", "801650"
PALE_BLUE, PALE_RED, PALE_GREY, LINE = "EEF3F8", "FAEFF5", "E6E9ED", "8A929B"


@dataclass(frozen=True)
class DocumentInfo:
    """Title, subtitle and properties of the document; `day` stands in the properties, so that bytes repeat.

    `mark` stands in the header of every page and among the properties; empty for real answers. `compact` is a
    document of a page or two: smaller print, narrower spaces and pictures.
    """

    title: str
    subtitle: str
    author: str
    mark: str
    day: datetime.date
    compact: bool = False


@dataclass(frozen=True)
class _Look:
    """Print and blank above and below in points, as (usual, compact); properties in the order of the schema."""

    size: tuple[float, float]
    before: tuple[float, float] = (0, 0)
    after: tuple[float, float] = (2, 1)
    line: float = 1.0
    lead: str = ""
    indent: str = ""
    end: str = ""
    bold: bool = False
    colour: str = ""


def _border(colour: str, space: int, *sides: str) -> str:
    lines = (f'<w:{side} w:val="single" w:sz="6" w:space="{space}" w:color="{colour}"/>' for side in sides)
    return f"<w:pBdr>{''.join(lines)}</w:pBdr>"


def _box(line: str, shade: str) -> str:
    sides = _border(line, 4, "top", "left", "bottom", "right")
    return f'{sides}<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>'


_KEEP = "<w:keepNext/><w:keepLines/>"
_INSET = '<w:ind w:left="113" w:right="113"/>'


def _heading(level: int, size: tuple[float, float], before: tuple[float, float]) -> _Look:
    return _Look(size, before, (4, 1), 1.0, _KEEP, end=f'<w:outlineLvl w:val="{level - 1}"/>', bold=True, colour=BLUE)


_LOOKS = {
    "Normal": _Look((11, 9.5), after=(6, 3), line=1.12, lead="<w:widowControl/>", colour=INK),
    "Title": _Look((20, 15), after=(4, 2), lead=_KEEP + _border(BLUE, 4, "bottom"), bold=True, colour=BLUE),
    "Subtitle": _Look((12, 11), after=(14, 4), colour=GREY),
    "heading 1": _heading(1, (16, 11.5), (20, 6)),
    "heading 2": _heading(2, (13.5, 11), (14, 5)),
    "heading 3": _heading(3, (12, 10.5), (12, 5)),
    "heading 4": _heading(4, (11, 10), (12, 4)),
    "heading 5": _heading(5, (10.5, 9.5), (10, 4)),
    "heading 6": _heading(6, (10.5, 9.5), (10, 4)),
    "caption": _Look((9.5, 8.5), (10, 4), (3, 2), lead="<w:keepLines/>", bold=True, colour=INK),
    "header": _Look((9, 8.5), colour=GREY),
    "footer": _Look((9, 8.5), end='<w:jc w:val="center"/>', colour=GREY),
    "footnote text": _Look((9, 8)),
    "Kzm box": _Look((10.5, 9.5), (4, 0), (8, 3), lead=_box(RED, PALE_RED), indent=_INSET, bold=True, colour=RED),
    "Kzm note": _Look((8.5, 7.5), lead="<w:keepLines/>"),
    "Kzm cell": _Look((9.5, 8.5), (1, 0), (1, 1)),
    "Kzm small cell": _Look((8, 7.5), (1, 0), (1, 0)),
    "Kzm header": _Look((9.5, 8.5), (1, 0), (1, 1), lead="<w:keepNext/>", bold=True),
    "Kzm fact": _Look((10.5, 9.5)),
    "Kzm contents": _Look((9.5, 8.5)),
    "Kzm picture": _Look((11, 9.5), (8, 2), (2, 2), lead="<w:keepNext/>"),
    "Kzm mark": _Look((9, 8.5), bold=True, colour=RED),
}  # fmt: skip
_POINT_INDENT = '<w:ind w:left="397" w:right="113" w:hanging="284"/>'


def put_styles(document: DocumentType, lang: Language, *, compact: bool, own: bool) -> dict[str, str]:
    """Give the document its styles.

    Parameters
    ----------
    document
        New, or made from a template.
    lang, compact
        Language; whether print and spaces are small.
    own
        Whether the document has our own look; otherwise only styles that it lacks are added.

    Returns
    -------
    dict
        Name of each style in small letters -> its id in the document, which a localised Word translates.
    """
    part = document.part.part_related_by(RT.STYLES)
    assert isinstance(part, XmlPart)
    if own:
        part._element = parse_xml(_BLANK)
    styles = part.element
    ids = style_ids(styles)
    for name, kind, content in _styles(document, compact, has_points="kzm point" in ids):
        if name.casefold() in ids or not (own or name.startswith(("Kzm", "footnote"))):
            continue
        parent = next(
            (s for s in styles if s.get(qn("w:type")) == kind and s.get(qn("w:default")) in ("1", "true")), None
        )
        based = "" if parent is None else f'<w:basedOn w:val="{parent.get(qn("w:styleId"))}"/>'
        identifier = "".join(word[0].upper() + word[1:] for word in name.split())
        while identifier in ids.values():
            identifier += "Kzm"
        normal = ids.get("normal")
        following = f'<w:next w:val="{normal}"/>' if normal and name.startswith(("heading", "Title", "Sub")) else ""
        first = ' w:default="1"' if name == "Normal" else ' w:customStyle="1"' if name.startswith("Kzm") else ""
        styles.append(
            parse_xml(
                f'<w:style {DECLARED} w:type="{kind}"{first} w:styleId="{identifier}"><w:name w:val="{name}"/>{based}'
                f'{following}<w:uiPriority w:val="10"/><w:qFormat/>{content}</w:style>'
            )
        )
        ids[name.casefold()] = identifier
    _put_language(
        styles,
        catalogue.tag(lang),
        {ids[name.casefold()] for name in _LOOKS if name.casefold() in ids},
    )
    return ids


def style_ids(styles: BaseOxmlElement, kind: str = "") -> dict[str, str]:
    """Name of each style, or of each of a kind, in small letters -> its id; of several names of a style the first.

    Word never translates it: LibreOffice writes "Heading 1", Word "heading 1"; Slovenian Word gives it the id Naslov1.
    """
    found = {}
    for style in styles.iter(qn("w:style")):
        name = style.find(qn("w:name"))
        if name is not None and kind in ("", style.get(qn("w:type"), "paragraph")):
            found[name.get(qn("w:val"), "").partition(",")[0].casefold()] = style.get(qn("w:styleId"), "")
    return found


def _styles(document: DocumentType, compact: bool, *, has_points: bool) -> Iterator[tuple[str, str, str]]:
    """Name, kind and properties of each style."""
    for name, look in _LOOKS.items():
        yield name, "paragraph", _properties(look, compact)
    if not has_points:
        numbered = f'<w:numPr><w:numId w:val="{bullet_list(document)}"/></w:numPr>'
        point = _Look((10.5, 9.5), after=(4, 2), line=1.05, lead=f"<w:keepLines/>{numbered}{_box(LINE, PALE_BLUE)}",
                      indent=_POINT_INDENT)  # fmt: skip
        yield "Kzm point", "paragraph", _properties(point, compact)
    yield "footnote reference", "character", '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>' for side in ("top", "bottom", "insideH")
    )
    margins = '<w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/>'
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{PALE_GREY}"/>'
    yield (
        "Kzm table",
        "table",
        (
            f"<w:tblPr><w:tblBorders>{lines}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
            '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr><w:tblPr/><w:trPr><w:tblHeader/></w:trPr>'
            f"<w:tcPr>{shade}</w:tcPr></w:tblStylePr>"
        ),
    )


def _properties(look: _Look, compact: bool) -> str:
    size, before, after = (pair[compact] for pair in (look.size, look.before, look.after))
    spacing = (
        f'<w:spacing w:before="{20 * before:.0f}" w:after="{20 * after:.0f}" '
        f'w:line="{240 * (1.0 if compact else look.line):.0f}" w:lineRule="auto"/>'
    )
    bold = "<w:b/><w:bCs/>" if look.bold else ""
    colour = f'<w:color w:val="{look.colour}"/>' if look.colour else ""
    print_size = f'<w:sz w:val="{2 * size:.0f}"/><w:szCs w:val="{2 * size:.0f}"/>'
    return (
        f"<w:pPr>{look.lead}{spacing}{look.indent}{look.end}</w:pPr><w:rPr>{bold}{colour}{print_size}</w:rPr>"
    )  # fmt: skip


def _put_language(styles: BaseOxmlElement, tag: str, used: set[str]) -> None:
    """Let the document's defaults name the language of the text, and none of its styles another."""
    defaults = styles.find(qn("w:docDefaults"))
    if defaults is None:
        defaults = parse_xml(f"<w:docDefaults {DECLARED}/>")
        styles.insert(0, defaults)
    place = defaults
    for name in ("w:rPrDefault", "w:rPr", "w:lang"):
        found = place.find(qn(name))
        if found is None:
            found = parse_xml(f"<{name} {DECLARED}/>")
            place.insert(0, found) if name == "w:rPrDefault" else place.append(found)
        place = found
    for style in styles.iter(qn("w:style")):
        for other in list(style.iter(qn("w:lang"))) if style.get(qn("w:styleId")) in used else ():
            other.getparent().remove(other)
    for name in ("w:val", "w:eastAsia"):
        place.set(qn(name), tag)


_BLANK = (
    f"<w:styles {DECLARED}><w:docDefaults><w:rPrDefault><w:rPr>"
    f'<w:rFonts w:ascii="{FONT}" w:eastAsia="{FONT}" w:hAnsi="{FONT}" w:cs="{FONT}"/><w:lang w:bidi="ar-SA"/>'
    "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
    '<w:top w:w="0" w:type="dxa"/><w:left w:w="80" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style></w:styles>'
)
