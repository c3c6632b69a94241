"""Page, styles, language and properties of the Word files.

This module and ``docx`` are the only ones that import python-docx.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language

LANG_TAG: dict[Language, str] = {"sl": "sl-SI", "en": "en-GB"}
INK, BLUE, RED = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x12, 0x43, 0x6D), RGBColor(0x80, 0x16, 0x50)


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


def field(paragraph: DocxParagraph, instruction: str, shown: str) -> None:
    """Append a field with its result, so that it reads right before Word updates it."""
    for kind, text in (("begin", None), (None, instruction), ("separate", None), ("shown", shown), ("end", None)):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = str(text)
        elif kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = f" {text} "
            run._r.append(element)
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
            run._r.append(element)


def set_up(document: DocumentType, info: DocumentInfo, lang: Language) -> None:
    """Page, styles, language, properties and page numbers."""
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(25)
    properties = document.core_properties
    properties.title, properties.author, properties.keywords = info.title, info.author, info.mark
    properties.subject, properties.language, properties.comments = info.subtitle, LANG_TAG[lang], ""
    stamp = datetime.datetime.combine(info.day, datetime.time())
    properties.created = properties.modified = stamp
    properties.last_modified_by, properties.revision = info.author, 1
    styles = document.styles
    language = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    for name in ("val", "eastAsia"):
        language.set(qn(f"w:{name}"), LANG_TAG[lang])
    sizes = {
        "Title": 20, "Subtitle": 12, "Heading 1": 16, "Heading 2": 13, "Heading 3": 12, "Heading 4": 11, "Caption": 9.5,
    }  # fmt: skip
    for name in ("Normal", *sizes):
        style = styles[name]
        style.font.name = "Calibri"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), "Calibri")
        style.font.size = Pt(sizes.get(name, 11))
        style.font.color.rgb = BLUE if name in sizes and name != "Caption" else INK
        style.font.italic = False
    styles["Normal"].paragraph_format.space_after = Pt(6)
    styles["Caption"].paragraph_format.space_before = Pt(8)
    styles["Caption"].paragraph_format.space_after = Pt(3)
    for name, size in (("Kzm note", 8.5), ("Kzm cell", 9.5), ("Kzm fact", 10.5), ("Kzm box", 10.5)):
        style = styles.add_style(name, 1)
        style.base_style = styles["Normal"]
        style.font.size = Pt(size)
        style.paragraph_format.space_after = Pt(2)
    styles["Kzm box"].font.color.rgb = RED
    styles["Kzm box"].font.bold = True
    styles["Kzm box"].paragraph_format.space_after = Pt(8)
    if info.compact:
        _tighten(document)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, _, rest = catalogue.text(lang, "page_of").partition("{page}")
    between, _, after = rest.partition("{pages}")
    footer.add_run(before)
    field(footer, "PAGE", "1")
    footer.add_run(between)
    field(footer, "NUMPAGES", "1")
    footer.add_run(after)
    for run in footer.runs:
        run.font.size = Pt(9)
    header = section.header.paragraphs[0]
    header.add_run(info.title).font.size = Pt(9)
    if info.mark:
        warning = section.header.add_paragraph().add_run(info.mark)
        warning.bold, warning.font.size, warning.font.color.rgb = True, Pt(9), RED
    settings = document.settings.element
    settings.find(qn("w:themeFontLang")).attrib.clear()
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), LANG_TAG[lang])
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]  # the picture of an empty page that python-docx ships


def _tighten(document: DocumentType) -> None:
    """Smaller print and narrower spaces, for a document of a page or two."""
    section = document.sections[0]
    section.top_margin = section.bottom_margin = Mm(18)
    section.header_distance = section.footer_distance = Mm(8)
    styles = document.styles
    sizes = {
        "Title": 15, "Subtitle": 11, "Heading 1": 11.5, "Normal": 9.5, "Caption": 8.5, "Kzm note": 7.5, "Kzm cell": 8.5,
        "Kzm box": 9.5,
    }  # fmt: skip
    for name, size in sizes.items():
        styles[name].font.size = Pt(size)
    for name, before, after in (
        ("Title", 0, 2), ("Subtitle", 0, 4), ("Heading 1", 6, 1), ("Normal", 0, 3), ("Caption", 4, 2),
        ("Kzm note", 0, 1), ("Kzm cell", 0, 1), ("Kzm box", 0, 3),
    ):  # fmt: skip
        spacing = styles[name].paragraph_format
        spacing.space_before, spacing.space_after, spacing.line_spacing = Pt(before), Pt(after), 1.0
