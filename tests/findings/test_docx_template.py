"""A municipality's template: what stays, what goes, what is added, and what cannot be used."""

import dataclasses
import io
import re
import zipfile

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.shared import Mm
from lxml import etree
from PIL import Image

from kzm_surveys import FindingError
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.section import Paragraph, Section
from kzm_surveys.findings.text import say
from kzm_surveys.findings.word_file import record_in
from tests.findings.docx_sample import DESIGN, INFO, sample
from tests.findings.docx_schema import NS, R, W, faults, parts_of, style, style_names, texts_of_word, trees, words

MARK = INFO.mark
UNMARKED = dataclasses.replace(INFO, mark="")


@pytest.fixture
def template(tmp_path):
    """Writes a template: python-docx's own, whose styles are Word's, after `change`, with parts replaced."""

    def write(change=lambda document: None, name="predloga.docx", **replaced):
        document = docx.Document()
        document.add_paragraph("Besedilo predloge")
        change(document)
        document.save(tmp_path / "base.docx")
        parts = parts_of((tmp_path / "base.docx").read_bytes())
        for part, edit in replaced.items():
            path = {"types": "[Content_Types].xml", "rels": "word/_rels/document.xml.rels"}.get(
                part, f"word/{part}.xml"
            )
            parts[path] = edit(parts.get(path, b""))
            if not parts[path]:
                del parts[path]
        return packed(parts, tmp_path / name)

    return write


def packed(parts, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def shown(content, kind):
    """Words of the headers or footers by type."""
    found = trees(content)
    targets = {each.get("Id"): each.get("Target") for each in found["word/_rels/document.xml.rels"]}
    section = found["word/document.xml"][0][-1]
    return {
        each.get(f"{W}type"): words(found[f"word/{targets[each.get(f'{R}id')]}"])
        for each in section.findall(f"w:{kind}Reference", NS)
    }


def test_page_styles_and_fonts_of_a_template_stay_and_its_text_goes(template):
    def change(document):
        document.styles["Heading 1"].font.name = "Tahoma"
        document.sections[0].left_margin = Mm(40)

    path = template(change)
    before, content = trees(path.read_bytes()), sample(template=path)
    assert faults(content) == []
    after = trees(content)
    text = words(after["word/document.xml"])
    assert "Besedilo predloge" not in text
    assert "Ključne ugotovitve" in text
    kept = {each.get(f"{W}styleId"): each for each in after["word/styles.xml"].iter(f"{W}style")}
    for old in before["word/styles.xml"].iter(f"{W}style"):
        assert etree.tostring(old, method="c14n") == etree.tostring(kept[old.get(f"{W}styleId")], method="c14n")
    margins = after["word/document.xml"][0][-1].find("w:pgMar", NS)
    assert margins.get(f"{W}left") == str(round(40 / 25.4 * 1440))
    assert sample(template=path) == content


def test_widths_of_pictures_and_tables_follow_the_page_of_the_template(template):
    def change(document):
        page = document.sections[0]
        page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
        page.left_margin = page.right_margin = Mm(30)

    body = trees(sample(template=template(change)))["word/document.xml"][0]
    width = 237 / 25.4 * 1440
    for table in body.iter(f"{W}tbl"):
        columns = [int(each.get(f"{W}w")) for each in table.iter(f"{W}gridCol")]
        assert sum(columns) == pytest.approx(width, abs=2)
    extent = next(body.iter("{*}extent"))
    shape = int(extent.get("cx")) / int(extent.get("cy"))
    assert int(extent.get("cx")) <= 237 * 36000
    assert int(extent.get("cy")) < 210 * 36000 - 2 * 914400  # python-docx's template leaves an inch above and below
    assert shape == pytest.approx(4 / 2.5, rel=0.01)


def test_a_localised_template_has_its_styles_by_other_ids(template):
    ids = {"Heading1": "Naslov1", "Heading2": "Naslov2", "Heading3": "Naslov3", "Heading4": "Naslov4",
           "Title": "Naslov", "Subtitle": "Podnaslov", "Caption": "Napis", "Normal": "Navaden"}  # fmt: skip

    def translated(styles):
        for english, slovene in ids.items():
            styles = styles.replace(f'"{english}"'.encode(), f'"{slovene}"'.encode())
            styles = styles.replace(f'name w:val="{slovene}"'.encode(), f'name w:val="{english}"'.encode())
        return styles

    content = sample(template=template(styles=translated, document=translated, stylesWithEffects=translated))
    assert faults(content) == []
    body = trees(content)["word/document.xml"][0]
    used = {style(paragraph) for paragraph in body.iter(f"{W}p")}
    assert {"Naslov", "Podnaslov", "Naslov1", "Naslov4", "Napis", "Navaden"} <= used
    assert not used & set(ids)
    assert (
        trees(content)["word/styles.xml"].find(".//w:style[@w:styleId='KzmNote']/w:basedOn", NS).get(f"{W}val")
        == "Navaden"
    )


def test_our_styles_stay_as_the_template_has_them(template):
    def change(document):
        document.styles.add_style("Kzm note", 1).font.name = "Tahoma"

    content = sample(template=template(change))
    assert faults(content) == []
    notes = [
        s
        for s in trees(content)["word/styles.xml"].iter(f"{W}style")
        if s.find("w:name", NS).get(f"{W}val") == "Kzm note"
    ]
    assert len(notes) == 1
    assert notes[0].find("w:rPr/w:rFonts", NS).get(f"{W}ascii") == "Tahoma"


def test_the_language_of_the_document_is_set_over_that_of_the_template(template):
    def german(styles):
        return styles.replace(b'w:lang w:val="en-US"', b'w:lang w:val="de-DE"')

    def change(document):
        properties = document.styles["Heading 1"].element.get_or_add_rPr()
        etree.SubElement(properties, f"{W}lang").set(f"{W}val", "de-DE")

    styles = trees(sample(template=template(change, styles=german)))["word/styles.xml"]
    assert styles.find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NS).get(f"{W}val") == "sl-SI"
    assert "de-DE" not in [each.get(f"{W}val") for each in styles.iter(f"{W}lang")]


@pytest.mark.parametrize("name", ["predloga.dotx", "predloga.docx"])
def test_a_template_of_word_becomes_a_document(template, name):
    def as_template(types):
        return types.replace(b"wordprocessingml.document.main+xml", b"wordprocessingml.template.main+xml")

    content = sample(template=template(name=name, types=as_template))
    assert faults(content) == []
    types = parts_of(content)["[Content_Types].xml"]
    assert b"document.main+xml" in types
    assert b"template.main+xml" not in types


def test_the_mark_stands_in_all_headers_and_page_numbers_in_all_footers(template):
    def change(document):
        document.settings.odd_and_even_pages_header_footer = True
        page = document.sections[0]
        page.different_first_page_header_footer = True
        page.header.paragraphs[0].text = "Mestna občina Koper"

    path = template(change)
    content = sample(template=path)
    assert faults(content) == []
    headers = shown(content, "header")
    assert headers == {"default": f"Mestna občina Koper{MARK}", "first": MARK, "even": MARK}
    assert set(shown(content, "footer").values()) == {"Stran 1 od 1"}
    assert len(shown(content, "footer")) == 3
    assert shown(sample(template=path, info=UNMARKED), "header") == {"default": "Mestna občina Koper"}


@pytest.mark.parametrize("place", ["header", "footer"])
def test_a_template_that_numbers_its_pages_is_not_numbered_twice(template, place):
    def change(document):
        paragraph = getattr(document.sections[0], place).paragraphs[0]
        field = etree.SubElement(paragraph._p, f"{W}fldSimple")
        field.set(f"{W}instr", " PAGE   \\* MERGEFORMAT ")

    content = sample(template=template(change))
    assert faults(content) == []
    assert "Stran" not in "".join(shown(content, "footer").values())


def test_headers_that_the_last_section_takes_over_from_one_before_it_stay(template):
    def change(document):
        document.sections[0].header.paragraphs[0].text = "Grb občine"
        document.add_section()

    content = sample(template=template(change))
    assert faults(content) == []
    assert shown(content, "header")["default"] == f"Grb občine{MARK}"


def test_changes_comments_notes_and_pictures_of_a_template_go(template):
    note = f'<w:footnotes xmlns:w="{W[1:-1]}">' + "".join(
        f'<w:footnote {kind}w:id="{number}"><w:p><w:r>{text}</w:r></w:p></w:footnote>'
        for number, (kind, text) in enumerate([('w:type="separator" ', "<w:separator/>"),
                                               ('w:type="continuationSeparator" ', "<w:continuationSeparator/>"),
                                               ("", "<w:t>Stara opomba</w:t>")])
    ) + "</w:footnotes>"  # fmt: skip

    def change(document):
        run = document.add_paragraph().add_run("Stara vsebina")
        document.add_comment(run, "Star komentar", author="Janez Novak")
        document.add_picture(io.BytesIO(other_picture()))
        insertion = etree.SubElement(document.add_paragraph()._p, f"{W}ins")
        for name, value in (("id", "900"), ("author", "Janez Novak"), ("date", "2022-01-01T00:00:00Z")):
            insertion.set(f"{W}{name}", value)
        etree.SubElement(etree.SubElement(insertion, f"{W}r"), f"{W}t").text = "Vstavljeno"

    def related(rels):
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
        return rels.replace(
            b"</Relationships>",
            f'<Relationship Id="rIdNotes" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode(),
        )

    def typed(types):
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
        return types.replace(
            b"</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'.encode()
        )

    path = template(change, footnotes=lambda _: note.encode(), rels=related, types=typed)
    content = sample(template=path)
    assert faults(content) == []
    raw = parts_of(content)
    everything = b"".join(part for name, part in raw.items() if name.startswith("word/")).decode("utf-8", "replace")
    for old in ("Stara", "Star komentar", "Janez Novak", "Vstavljeno"):
        assert old not in everything
    assert not [name for name in raw if "comment" in name]
    assert len([name for name in raw if name.startswith("word/media")]) == 1
    notes = trees(content)["word/footnotes.xml"]
    assert [note.get(f"{W}id") for note in notes] == ["0", "1", "2", "3", "4", "5"]
    assert "Vir: raziskava" in words(notes[2])


LOCKED = (
    '<w:writeProtection w:recommended="1"/>', '<w:mailMerge><w:mainDocumentType w:val="formLetters"/><w:dataType '
    'w:val="textFile"/><w:dataSource r:id="rIdData"/></w:mailMerge>', "<w:trackRevisions/>",
    '<w:documentProtection w:edit="readOnly" w:enforcement="1"/>',
)  # fmt: skip


def test_a_template_that_is_locked_merged_or_signed_gives_a_report_that_can_be_edited(template):
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    path = template(settings=lambda settings: settings.replace(b"<w:zoom", LOCKED[0].encode() + b"<w:zoom").replace(
        b"<w:defaultTabStop", "".join(LOCKED[1:]).encode() + b"<w:defaultTabStop"))  # fmt: skip
    parts = parts_of(path.read_bytes())
    parts["word/_rels/settings.xml.rels"] = (
        f'<Relationships xmlns="{package}"><Relationship Id="rIdData" Type="{office}/mailMergeSource" '
        'Target="file:///C:/naslovi.csv" TargetMode="External"/></Relationships>'
    ).encode()
    parts["_xmlsignatures/origin.sigs"] = b""
    kind = f"{package}/digital-signature/origin"
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(
        b"</Relationships>", f'<Relationship Id="rIdSigned" Type="{kind}" Target="_xmlsignatures/origin.sigs"/>'
        "</Relationships>".encode())  # fmt: skip
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", b'<Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.'
        b'digital-signature-origin"/></Types>')  # fmt: skip
    content = sample(template=packed(parts, path))
    assert faults(content) == []
    raw = parts_of(content)
    for locked in (b"documentProtection", b"trackRevisions", b"writeProtection", b"mailMerge"):
        assert locked not in raw["word/settings.xml"]
    assert not [name for name in raw if "settings.xml.rels" in name or "signature" in name or "thumbnail" in name]


def test_numbers_that_are_none_in_a_header_are_passed_over(template):
    def change(document):
        mark = etree.SubElement(document.sections[0].header.paragraphs[0]._p, f"{W}bookmarkStart")
        mark.set(f"{W}id", "a1")

    assert sample(template=template(change))


def test_a_style_of_another_kind_is_none_of_a_paragraph(template):
    path = template(lambda document: document.styles["Caption"].element.set(f"{W}type", "character"))
    with pytest.raises(FindingError, match="lacks the styles Caption"):
        sample(template=path)


def without(name, kind):
    """Takes a part, its type and the relation with it out of a template."""

    def edit(parts):
        rels, types = "word/_rels/document.xml.rels", "[Content_Types].xml"
        del parts[f"word/{name}.xml"]
        parts[rels] = re.sub(rb"<Relationship [^>]*/%s\"[^>]*>" % kind.encode(), b"", parts[rels])
        parts[types] = re.sub(rb'<Override [^>]*"/word/%s.xml"[^>]*>' % name.encode(), b"", parts[types])
        return parts

    return edit


@pytest.mark.parametrize("name", ["settings", "numbering", "theme/theme1", "fontTable", "footnotes"])
def test_a_template_without_a_part_that_it_need_not_have_will_do(tmp_path, name):
    edit = without(name, name.partition("/")[0].rstrip("1"))
    content = sample(template=packed(edit(parts_of(sample())), tmp_path / "predloga.docx"))
    assert [fault for fault in faults(content) if "list" not in fault] == []  # the style of points keeps its number


@pytest.mark.parametrize(
    "section", ["", "<w:sectPr/>", '<w:p><w:pPr><w:sectPr><w:cols w:num="2"/></w:sectPr></w:pPr></w:p>']
)
def test_a_template_with_half_a_page_or_none_gets_a_whole_one(tmp_path, section):
    parts = parts_of(sample())
    document = parts["word/document.xml"]
    parts["word/document.xml"] = re.sub(
        rb"<w:body[ >].*</w:body>", b"<w:body>%s</w:body>" % section.encode(), document, flags=re.S
    )
    content = sample(template=packed(parts, tmp_path / "predloga.docx"))
    assert faults(content) == []
    columns = trees(content)["word/document.xml"].find(".//w:tblGrid", NS)
    assert sum(int(each.get(f"{W}w")) for each in columns) > 4000


def test_a_page_without_room_for_text_is_refused(template):
    def change(document):
        document.sections[0].left_margin = Mm(180)

    with pytest.raises(FindingError, match="leaves 4 by 229 mm of a page for text"):
        sample(template=template(change))


def other_picture():
    """A picture that no document of ours holds: a red dot."""
    picture = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(picture, format="png")
    return picture.getvalue()


def test_numbers_of_controls_bookmarks_and_pictures_in_a_header_are_not_used_again(template):
    def change(document):
        paragraph = document.sections[0].header.paragraphs[0]
        paragraph.add_run().add_picture(io.BytesIO(other_picture()))
        paragraph._p.append(
            etree.fromstring(
                f'<w:sdt xmlns:w="{W[1:-1]}"><w:sdtPr><w:id w:val="2"/></w:sdtPr><w:sdtContent><w:r>'
                "<w:t>Občina</w:t></w:r></w:sdtContent></w:sdt>"
            )
        )
        for tag in ("bookmarkStart", "bookmarkEnd"):
            mark = etree.SubElement(paragraph._p, f"{W}{tag}")
            mark.set(f"{W}id", "10")
            if tag == "bookmarkStart":
                mark.set(f"{W}name", "glava")

    content = sample(template=template(change))
    assert faults(content) == []
    assert b"glava" in parts_of(content)["word/header1.xml"]


def test_an_earlier_report_can_be_the_template(tmp_path):
    path = tmp_path / "porocilo.docx"
    path.write_bytes(sample(record=b'{"year": "earlier"}'))
    content = sample(template=path, record=b'{"year": "now"}')
    assert faults(content) == []
    assert record_in(parts_of(content)) == b'{"year": "now"}'
    first, second = (trees(each) for each in (path.read_bytes(), content))
    assert style_names(first) == style_names(second)
    assert words(first["word/document.xml"]) == words(second["word/document.xml"])
    assert words(first["word/footnotes.xml"]) == words(second["word/footnotes.xml"])
    assert shown(content, "header")["default"].count(MARK) == 1
    assert MARK not in shown(sample(template=path, info=UNMARKED), "header")["default"]


def test_a_document_without_notes_leaves_a_template_without_its_own(tmp_path):
    path = tmp_path / "porocilo.docx"
    path.write_bytes(sample())
    content = to_docx([Section(DESIGN, [Paragraph(say("Hrup."))], ["Okolje"])], {}, {}, UNMARKED, template=path)
    assert faults(content) == []
    assert "občina" not in words(trees(content)["word/footnotes.xml"])


def test_missing_styles_are_named_in_one_message(template):
    def change(document):
        for name in ("Heading 3", "Heading 4", "Caption"):
            document.styles[name].delete()

    path = template(change)
    with pytest.raises(FindingError) as raised:
        sample(template=path)
    message = str(raised.value)
    assert "predloga.docx lacks the styles Heading 3, Heading 4, Caption (it has: " in message
    assert "Title, Subtitle, Heading 1, Heading 2)" in message
    assert "--template" in message


def test_deeper_headings_need_deeper_styles(template):
    path = template(lambda document: document.styles["Heading 5"].delete())
    assert sample(template=path)
    section = Section(DESIGN, [Paragraph(say("Hrup."))], ["a", "b", "c", "d"])
    with pytest.raises(FindingError, match="lacks the styles Heading 5 "):
        to_docx([section], {}, {}, INFO, template=path)


def test_every_text_part_keeps_the_language_of_the_document():
    for tree in texts_of_word(trees(sample())).values():
        assert [each.get(f"{W}val") for each in tree.iter(f"{W}lang")] == []
