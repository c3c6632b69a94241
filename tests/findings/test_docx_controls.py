"""Numbers as tagged content controls, footnotes, and the record inside the file."""

import io
import re
import subprocess
import zipfile
from collections import Counter

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE as RT

from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_record import NAMESPACE, embed_record
from kzm_surveys.findings.section import Paragraph, Section, section_texts
from kzm_surveys.findings.text import Text, say
from kzm_surveys.findings.word_file import record_in
from tests.findings.docx_sample import DESIGN, INFO, count, figure, note, sample, section, share
from tests.findings.docx_schema import NS, W, faults, parts_of, relations_of, style, texts_of_word, trees, words

RECORD = '{"naslov": "Občina <Koper> & »Luka«", "vrednosti": [1, 2.5], "znak": "\\u0001\\r"}'.encode()


@pytest.fixture(scope="module")
def found():
    return trees(sample(annex=5))


def controls(tree):
    """Tag and words of each content control."""
    return [(each.find("w:sdtPr/w:tag", NS).get(f"{W}val"), words(each)) for each in tree.iter(f"{W}sdt")]


def test_every_number_of_every_text_is_a_control_with_its_claim_id(found):
    drawn, _ = figure()
    texts = [text for _, text in section_texts(section(annex=5))] + [drawn.caption, drawn.foot]
    expected = Counter((number.id, number.text) for text in texts for number in text.numbers())
    assert Counter(pair for tree in texts_of_word(found).values() for pair in controls(tree)) == expected
    assert max(expected.values()) > 5


def test_words_that_are_no_results_stay_plain(found):
    body = found["word/document.xml"]
    outside = "".join(node.text for node in body.iter(f"{W}t") if not list(node.iterancestors(f"{W}sdt")))
    assert "24.\u00a0november\u00a02021" in outside
    assert "noise_2021.vprasanje_1.proportion.percent1" in outside
    assert "26,3" not in outside
    assert "508" not in outside


def test_controls_can_be_edited_have_a_human_title_and_no_frame_of_their_own(found):
    for tree in texts_of_word(found).values():
        for control in tree.iter(f"{W}sdt"):
            properties = control.find("w:sdtPr", NS)
            assert [child.tag.removeprefix(W) for child in properties] == ["alias", "tag", "id", "text"]
            alias, tag = (properties.find(f"w:{name}", NS).get(f"{W}val") for name in ("alias", "tag"))
            assert 0 < len(tag) <= 64
            assert 1 < len(alias) <= 64
            assert control.getparent().tag == f"{W}p"
            assert [run.tag for run in control.find("w:sdtContent", NS)] == [f"{W}r"]


def test_the_title_of_a_control_says_what_the_number_is():
    n = count("respondents", 508)
    base = share("cesta", 0.2).claim
    ends = Text((share("cesta", 0.263), " ", n, " ", count("weird_fact", 3)))
    content = to_docx([Section(DESIGN, [Paragraph(ends)], ["Okolje"])], {}, {}, INFO)
    aliases = [each.get(f"{W}val") for each in trees(content)["word/document.xml"].iter(f"{W}alias")]
    assert aliases == ["delež: Kako moti cesta?", "število anketiranih", "weird fact"]
    assert base.question == "Kako moti cesta?"


def test_a_number_takes_the_form_of_the_words_around_it(found):
    for control in found["word/document.xml"].iter(f"{W}sdt"):
        assert control.find("w:sdtContent/w:r/w:rPr", NS) is None  # it comes from the style of the paragraph


# --- footnotes


def test_notes_stand_at_the_foot_of_the_page_in_the_order_of_the_text(found):
    notes = found["word/footnotes.xml"]
    assert [each.get(f"{W}type") for each in notes][:2] == ["separator", "continuationSeparator"]
    first = "Vir: raziskava, n\u00a0=\u00a0508; gl. preglednico\u00a01."
    shown = [words(each).strip() for each in notes[2:]]
    assert shown == [first, "Gl. 508 in <a & b>.", "Vir: občina.", "Pristanišče."]
    marks = [each.get(f"{W}id") for each in found["word/document.xml"].iter(f"{W}footnoteReference")]
    assert marks == [each.get(f"{W}id") for each in notes[2:]] == ["1", "2", "3", "4"]
    assert controls(notes) == [("noise_2021.respondents", "508")] * 2
    for each in notes[2:]:
        assert [style(paragraph) for paragraph in each] == ["FootnoteText"]
        assert len(list(each.iter(f"{W}footnoteRef"))) == 1
    settings = found["word/settings.xml"]
    assert [each.get(f"{W}id") for each in settings.find("w:footnotePr", NS)] == ["-1", "0"]


def test_marks_of_notes_are_raised_and_stand_where_they_belong(found):
    styles = found["word/styles.xml"]
    reference = styles.find(".//w:style[@w:styleId='FootnoteReference']/w:rPr/w:vertAlign", NS)
    assert reference.get(f"{W}val") == "superscript"
    for mark in found["word/document.xml"].iter(f"{W}footnoteReference"):
        assert mark.getparent().find("w:rPr/w:rStyle", NS).get(f"{W}val") == "FootnoteReference"
    places = {
        style(next(mark.iterancestors(f"{W}p"))) for mark in found["word/document.xml"].iter(f"{W}footnoteReference")
    }
    assert places == {"KzmPoint", "Normal", "Caption", "KzmCell"}


def test_the_same_note_twice_is_two_notes():
    text = say("Hrup{first} in mir{second}.", first=note("Vir: občina."), second=note("Vir: občina."))
    content = to_docx([Section(DESIGN, [Paragraph(text)], ["Okolje"])], {}, {}, INFO)
    assert faults(content) == []
    assert [words(each).strip() for each in trees(content)["word/footnotes.xml"][2:]] == ["Vir: občina."] * 2


def test_a_document_without_notes_has_no_part_for_them():
    content = to_docx([Section(DESIGN, [Paragraph(say("Hrup."))], ["Okolje"])], {}, {}, INFO)
    assert "word/footnotes.xml" not in parts_of(content)


# --- the record


def test_the_record_travels_in_the_file_as_it_was():
    content = sample(record=RECORD)
    assert record_in(parts_of(content)) == RECORD
    assert record_in(parts_of(sample())) is None
    found = trees(content)
    assert found["customXml/item1.xml"].tag == f"{{{NAMESPACE}}}report"
    about = found["customXml/itemProps1.xml"]
    assert about.find(".//{*}schemaRef").attrib.values() == [NAMESPACE]
    relations = {
        each.get("Type").rpartition("/")[2]: each.get("Target") for each in found["word/_rels/document.xml.rels"]
    }
    assert relations["customXml"] == "../customXml/item1.xml"
    assert [each.get("Target") for each in found[relations_of("customXml/item1.xml")]] == ["itemProps1.xml"]
    types = {each.get("PartName"): each.get("ContentType") for each in found["[Content_Types].xml"]}
    assert types["/customXml/itemProps1.xml"].endswith("customXmlProperties+xml")


def test_a_record_stands_beside_the_data_of_others_and_replaces_an_older_one():
    document = docx.Document()  # python-docx ships an item of its own
    embed_record(document, b'{"a": 1}')
    embed_record(document, RECORD)
    out = io.BytesIO()
    document.save(out)
    assert record_in(parts_of(out.getvalue())) == RECORD
    items = [each for each in document.part.rels.values() if each.reltype == RT.CUSTOM_XML]
    assert len(items) == 2


def test_a_long_record_is_kept_whole():
    record = b'{"a": "' + b"x" * 3_000_000 + b'"}'
    assert record_in(parts_of(sample(record=record))) == record


# --- LibreOffice


@pytest.fixture(scope="module")
def saved_again(tmp_path_factory):
    """The document opened and saved by LibreOffice, where that is installed."""
    folder = tmp_path_factory.mktemp("libreoffice")
    (folder / "sample.docx").write_bytes(sample(record=RECORD))
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
               "docx:MS Word 2007 XML", "--outdir", str(folder / "out"), str(folder / "sample.docx")]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (FileNotFoundError, subprocess.SubprocessError):
        pytest.skip("LibreOffice is not installed")
    return (folder / "out" / "sample.docx").read_bytes()


def test_libreoffice_keeps_record_notes_captions_references_and_controls(saved_again):
    assert record_in(parts_of(saved_again)) == RECORD
    before, after = (trees(content) for content in (sample(), saved_again))
    body = after["word/document.xml"]
    fields = [re.sub(r"\s+", " ", node.text).strip() for node in body.iter(f"{W}instrText")]
    assert fields == [node.text.strip() for node in before["word/document.xml"].iter(f"{W}instrText")]
    assert {each.get(f"{W}name") for each in body.iter(f"{W}bookmarkStart")} >= {"_Ref_table_1", "_Ref_figure_1"}
    assert len(list(body.iter(f"{W}footnoteReference"))) == 4
    assert len(list(body.iter(f"{W}sdt"))) == len(list(before["word/document.xml"].iter(f"{W}sdt")))
    assert words(body).split() == words(before["word/document.xml"]).split()


def test_the_file_of_libreoffice_is_whole(saved_again):
    with zipfile.ZipFile(io.BytesIO(saved_again)) as package:
        assert package.testzip() is None
