"""Word files as people leave them: written by hand, part by part, in the ways in which Word itself saves them."""

import io
import re
import zipfile
from dataclasses import replace

from kzm_surveys.findings.document_record import Printed, Record
from kzm_surveys.findings.docx_record import NAMESPACE

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
ABOUT = {
    "year": 2022, "language": "sl", "surveys": ["noise"], "synthetic": True,
    "data": {"noise 2021": {"file": "a.sav", "sha256": "aa", "n": 508}},
}  # fmt: skip
SENTENCES = ["Odgovorilo je {n} oseb.", "Promet moti {road} oseb, luka {port} (n = {n})."]
OLD = Record(
    ABOUT,
    {"n": Printed("508", "count", 0), "road": Printed("30,1\u00a0%", "percent", 1),
     "port": Printed("26,3\u00a0%", "percent", 1)},
    {"noise 2021: paragraph first": SENTENCES},
    {"sources": ["Vir | Delež", "promet | {road}", "luka | {port}"]},
    {"noise_sources": "drawn"},
    fixed=["24.\u00a0november\u00a02021"],
)  # fmt: skip


def record(wording=None, tables=None, figures=None, about=None, **values):
    """The record OLD with other values, words or tables."""
    numbers = dict(OLD.numbers)
    for name, value in values.items():
        numbers[name] = replace(numbers[name], value=value)
    return replace(
        OLD, numbers=numbers, wording=wording or OLD.wording, tables=tables or OLD.tables,
        figures=figures or OLD.figures, about=ABOUT | (about or {}),
    )  # fmt: skip


def run(words):
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def tagged(tag, inside):
    inside = inside if inside.startswith("<") else run(inside)
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="število"/><w:tag w:val="{tag}"/><w:id w:val="7"/><w:text/></w:sdtPr>'
        f"<w:sdtContent>{inside}</w:sdtContent></w:sdt>"
    )


def p(*inside, style=""):
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}{''.join(each if each.startswith('<') else run(each) for each in inside)}</w:p>"


def row(*cells):
    return f"<w:tr>{''.join(f'<w:tc>{p(cell)}</w:tc>' for cell in cells)}</w:tr>"


FIRST = p(
    "Odgovorilo je ", tagged("n", "508"), " oseb. Promet moti ", tagged("road", "30,1\u00a0%"), " oseb, luka ",
    tagged("port", "26,3\u00a0%"), " (n\u00a0=\u00a0", tagged("n", "508"), ").",
)  # fmt: skip
ROWS = [("Vir", "Delež"), ("promet", tagged("road", "30,1\u00a0%")), ("luka", tagged("port", "26,3\u00a0%"))]
TABLE = f"<w:tbl>{''.join(row(*cells) for cells in ROWS)}</w:tbl>"


def part(body, root="document"):
    inner = f"<w:body>{body}</w:body>" if root == "document" else body
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<w:{root} xmlns:w="{W}" xmlns:mc="{MC}">'
        f"{inner}</w:{root}>"
    )  # fmt: skip


STYLES = part(
    '<w:style w:styleId="Naslov1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="Navaden"><w:name '
    'w:val="Normal"/></w:style>', "styles"
)  # fmt: skip


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{TYPE}.styles+xml"/></Types>'
)  # fmt: skip


def relations(*pairs):
    each = [f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{to}"/>' for n, (kind, to) in enumerate(pairs)]
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(each)}</Relationships>'


def word(body, known=OLD, **more):
    """A Word file with a body, a record, and other parts by the name of their file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr("_rels/.rels", relations(("officeDocument", "word/document.xml")))
        main = relations(("styles", "styles.xml"), *([("customXml", "../customXml/item1.xml")] if known else []))
        package.writestr("word/_rels/document.xml.rels", main)
        package.writestr("word/document.xml", part(body))
        package.writestr("word/styles.xml", STYLES)
        package.writestr("word/media/image1.png", bytes(range(256)))
        for name, content in more.items():
            package.writestr(f"word/{name}.xml", content)
        if known is not None:
            inside = known.as_bytes().decode().replace("&", "&amp;").replace("<", "&lt;")
            package.writestr("customXml/item1.xml", f'<report xmlns="{NAMESPACE}">{inside}</report>')
    return out.getvalue()


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def blanked(xml):
    """A part without the texts of its tagged numbers, cut out of the bytes as they stand."""
    control = re.compile(rb"<w:sdt>.*?</w:sdt>", re.DOTALL)
    return control.sub(lambda found: re.sub(rb"(<w:t(?: [^>]*)?>)[^<]*", rb"\1", found.group()), xml)


def shown(content, name="word/document.xml"):
    """All text of a part that is seen, without what a tracked change deleted."""
    xml = unzipped(content)[name].decode()
    xml = re.sub(r"<w:del [^>]*>.*?</w:del>|<w:moveFrom [^>]*>.*?</w:moveFrom>", "", xml)
    return "".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)", xml))
