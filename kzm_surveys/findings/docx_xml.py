"""WordprocessingML as text: runs, fields, content controls, paragraphs, pictures (ECMA-376, part 1, 17 and 20).

A document of some thousand runs is joined as text and parsed once; element by element it would take ten times as long.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from kzm_surveys.errors import FindingError

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
EMU_PER_TWIP = 635
#: Characters that XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def run(words: str, properties: str = "") -> str:
    """Return words as a run; a line break in them is one.

    Raises
    ------
    FindingError
        The words hold a control character.

    Examples
    --------
    >>> run("p < 0,05")
    '<w:r><w:t xml:space="preserve">p &lt; 0,05</w:t></w:r>'
    """
    if not words:
        return ""
    _writable(words)
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in words.split("\n"))
    return f"<w:r>{_properties(properties)}{lines}</w:r>"


def attribute(words: str) -> str:
    """Return words as the value of an attribute, in quotation marks; runs of blanks become one.

    Raises
    ------
    FindingError
        The words hold a control character.
    """
    _writable(words)
    return quoteattr(re.sub(r"[ \t\r\n]+", " ", words))


def field(instruction: str, shown: str) -> str:
    """Return a field with its result, so that it reads right before Word updates it."""
    return (
        f'{_mark("begin")}<w:r><w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
        f'{_mark("separate")}{run(shown)}{_mark("end")}'
    )  # fmt: skip


def bookmark(name: str, number: int, inside: str) -> str:
    """Return a bookmark around runs; `number` is its own in the document."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{inside}<w:bookmarkEnd w:id="{number}"/>'


def content_control(tag: str, alias: str, number: int, words: str) -> str:
    """Return words in a control of plain text: frame and alias show only where the cursor is, and never in print."""
    return (
        f"<w:sdt><w:sdtPr><w:alias w:val={attribute(alias)}/><w:tag w:val={attribute(tag)}/>"
        f'<w:id w:val="{number}"/><w:text/></w:sdtPr><w:sdtContent>{run(words)}</w:sdtContent></w:sdt>'
    )


def paragraph(style: str | None, inside: str, properties: str = "") -> str:
    """Return runs as a paragraph of a style, by the style's id; `properties` follow it in the order of the schema."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    found = f"<w:pPr>{named}{properties}</w:pPr>" if named or properties else ""
    return f"<w:p>{found}{inside}</w:p>"


def picture(relation: str, number: int, name: str, title: str, alt: str, size: tuple[int, int]) -> str:
    """Return a run with a picture in line with the text; `size` in twentieths of a point."""
    width, height = (round(side * EMU_PER_TWIP) for side in size)
    extent = f'cx="{width}" cy="{height}"'
    about = f'id="{number}" name={attribute(name)} descr={attribute(alt)} title={attribute(title)}'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {extent}/><wp:docPr {about}/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        f'<a:graphic><a:graphicData uri="{NAMESPACES["pic"]}"><pic:pic><pic:nvPicPr><pic:cNvPr {about}/><pic:cNvPicPr/>'
        f'</pic:nvPicPr><pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
        "</a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def _mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _properties(properties: str) -> str:
    return f"<w:rPr>{properties}</w:rPr>" if properties else ""


def _writable(words: str) -> None:
    if found := _FORBIDDEN.search(words):
        raise FindingError(
            f"the text '{_FORBIDDEN.sub('?', words)[:80]}' holds the control character U+{ord(found.group()):04X}, "
            "which Word cannot hold. Take it out of the file that the text comes from."
        )
