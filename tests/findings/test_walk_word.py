"""The Word file, walked from the outside: every digit is traced, and the walk sees every digit that is changed."""

import io
import json
import re
import zipfile
from copy import deepcopy

import pytest
from lxml import etree

from tests.findings.walker import TOKEN, Facts, W, Word, word_faults

DOCUMENT = "word/document.xml"
STYLE = f"{W}pPr/{W}pStyle"


class File:
    """A produced Word file with its ledger."""

    def __init__(self, built, lang):
        self.content = built.files[f"report/findings_2022_{lang}.docx"]
        self.ledger = built.files["ledger.json" if lang == "sl" else f"ledger_{lang}.json"]
        self.rows = {row["id"]: row for row in json.loads(self.ledger)["numbers"]}
        self.faults = word_faults(self.content, self.ledger)

    def changed(self, change, part=DOCUMENT):
        """New faults after a change of the tree of a part."""
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self.content)) as old, zipfile.ZipFile(out, "w") as new:
            names = old.namelist()
            for name in names:
                content = old.read(name)
                if name == part:
                    tree = etree.fromstring(content)
                    change(tree)
                    content = etree.tostring(tree)
                new.writestr(name, content)
        return self.new(out.getvalue())

    def new(self, content):
        found = word_faults(content, self.ledger)
        for fault in self.faults:
            if fault in found:
                found.remove(fault)
        return found

    def tree(self, part=DOCUMENT):
        with zipfile.ZipFile(io.BytesIO(self.content)) as package:
            return etree.fromstring(package.read(part))


@pytest.fixture(scope="module")
def word(built):
    return File(built, "sl")


def other(digit):
    return str((int(digit) + 1) % 10)


def spoil(text):
    """The text with its last digit changed."""
    at = max(i for i, sign in enumerate(text) if sign.isdigit())
    return text[:at] + other(text[at]) + text[at + 1 :]


def style_of(node):
    paragraph = next(node.iterancestors(f"{W}p"))
    style = paragraph.find(STYLE)
    return "" if style is None else style.get(f"{W}val")


def controls(tree):
    return list(tree.iter(f"{W}sdt"))


def held(control):
    return next(control.iter(f"{W}t"))


def tag(control):
    return control.find(f"{W}sdtPr/{W}tag")


# The files as they are ----------------------------------------------------------------------------------------------


def test_every_digit_of_the_word_file_is_traced(word):
    assert word.faults == []


def test_every_digit_of_the_english_word_file_is_traced(built_in_english):
    assert File(built_in_english, "en").faults == []


def test_the_walk_meets_hundreds_of_numbers_in_all_their_places(word):
    walked = Word(word.content, Facts(word.ledger))
    assert len(walked.printed) > 800
    tree = word.tree()
    styles = {style_of(control) for control in controls(tree)}
    assert styles >= {"Normal", "KzmPoint", "KzmCell", "KzmNote"}
    assert controls(word.tree("word/footnotes.xml"))


def test_what_the_ledger_holds_beside_the_drawings_is_printed(word):
    """No row of the ledger is idle: those in texts are in the document, the others in a picture."""
    walked = {each for each, _ in Word(word.content, Facts(word.ledger)).printed}
    for row in word.rows.values():
        told = [place for place in row["places"] if not re.search(r"figure \w+: (drawing|alt|title)$", place)]
        assert row["id"] in walked or not told, row


def test_what_stands_in_a_place_by_the_ledger_has_a_place_in_the_document(word):
    """A key finding in the ledger is a point in the document."""
    points = {tag(control).get(f"{W}val") for control in controls(word.tree()) if style_of(control) == "KzmPoint"}
    told = {row["id"] for row in word.rows.values() if any(": key finding " in place for place in row["places"])}
    assert points == told


# One digit is changed -----------------------------------------------------------------------------------------------


def test_every_number_of_the_document_is_seen_when_a_digit_of_it_is_changed(word):
    for part in (DOCUMENT, "word/footnotes.xml"):
        changed = []

        def change(tree, changed=changed):
            for control in controls(tree):
                held(control).text = spoil(held(control).text)
                changed.append(control)

        assert len(word.changed(change, part)) == len(changed) > 0


@pytest.mark.parametrize("style", ["Normal", "KzmPoint", "KzmCell", "KzmNote"])
@pytest.mark.parametrize("which", [0, -1])
def test_a_digit_is_changed_in_one_number(word, style, which):
    def change(tree):
        found = [control for control in controls(tree) if style_of(control) == style]
        held(found[which]).text = spoil(held(found[which]).text)

    assert len(word.changed(change)) == 1


@pytest.mark.parametrize("style", ["Normal", "KzmPoint", "KzmCell", "KzmHeader", "KzmNote", "Caption", "KzmBox"])
@pytest.mark.parametrize("typed", [" 7", "7 ", " 30 %", " 26,3 %", " leta 1999", " ３", " ٣", " 60 decibelov"])
def test_a_digit_is_typed_beside_the_words(word, style, typed):
    def change(tree):
        texts = [text for text in tree.iter(f"{W}t") if next(text.iterancestors(f"{W}sdt"), None) is None
                 and style_of(text) == style and re.search(r"[a-z]{3}", text.text or "")]  # fmt: skip
        texts[len(texts) // 2].text += typed

    assert len(word.changed(change)) >= 1


def test_a_digit_is_typed_onto_a_number(word):
    def change(tree):
        control = controls(tree)[5]
        run = etree.SubElement(etree.Element("x"), f"{W}r")
        etree.SubElement(run, f"{W}t").text = "1"
        control.addprevious(run)

    assert len(word.changed(change)) == 1


def test_a_year_of_a_quoted_text_is_changed(word):
    def change(tree):
        (text, *_) = [text for text in tree.iter(f"{W}t") if "Koper, 2022;" in (text.text or "")]
        text.text = text.text.replace("2022", "2023")

    assert len(word.changed(change)) >= 1


def test_an_id_of_the_annex_is_changed(word):
    names = set(word.rows)

    def change(tree):
        text = [text for text in tree.iter(f"{W}t") if text.text in names and re.search(r"\d", text.text)][9]
        text.text = spoil(text.text)

    assert len(word.changed(change)) == 1


def test_a_file_or_fingerprint_is_changed(word):
    for name in ("anketa999001-2022-04-01.csv", "368b64326d18"):

        def change(tree, name=name):
            (text,) = [text for text in tree.iter(f"{W}t") if name in (text.text or "")]
            text.text = text.text.replace(name, spoil(name))

        assert len(word.changed(change)) >= 1, name


def test_a_digit_is_changed_in_a_footnote(word):
    def change(tree):
        control = controls(tree)[0]
        held(control).text = spoil(held(control).text)

    def typed(tree):
        text = [text for text in tree.iter(f"{W}t") if "Vir" in (text.text or "")][-1]
        text.text += " 7"

    assert len(word.changed(change, "word/footnotes.xml")) == 1
    assert len(word.changed(typed, "word/footnotes.xml")) == 1


@pytest.mark.parametrize("part", ["word/header1.xml", "word/footer1.xml"])
def test_a_digit_is_typed_into_header_and_footer(word, part):
    def change(tree):
        next(text for text in tree.iter(f"{W}t") if re.search(r"[a-z]", text.text or "")).text += " 7"

    assert len(word.changed(change, part)) == 1


@pytest.mark.parametrize("name", ["title", "subject", "keywords", "description"])
def test_a_digit_is_typed_into_the_properties(word, name):
    def change(tree):
        (node,) = tree.xpath(f"//*[local-name()='{name}']")
        node.text = f"{node.text or ''} 7"

    assert len(word.changed(change, "docProps/core.xml")) == 1


def pictures(tree):
    return [node for node in tree.iter() if isinstance(node.tag, str) and etree.QName(node).localname == "docPr"]


@pytest.mark.parametrize("attribute", ["descr", "title"])
def test_every_digit_of_alternative_texts_is_seen_when_it_is_changed(word, attribute):
    """Changed to a number that stands nowhere else in the text."""
    seen = 0
    for position, picture in enumerate(pictures(word.tree())):
        for match in TOKEN.finditer(picture.get(attribute)):

            def change(tree, position=position, match=match):
                node = pictures(tree)[position]
                words = node.get(attribute)
                node.set(attribute, f"{words[: match.start()]}{match[0]}7{words[match.end() :]}")

            assert word.changed(change), match
            seen += 1
    assert seen > 4


@pytest.mark.parametrize("local", ["tblCaption", "tblDescription"])
def test_every_digit_of_table_descriptions_is_seen_when_it_is_changed(word, local):
    seen = 0
    for position, node in enumerate(word.tree().iter(f"{W}{local}")):
        for match in TOKEN.finditer(node.get(f"{W}val")):

            def change(tree, position=position, match=match):
                found = list(tree.iter(f"{W}{local}"))[position]
                words = found.get(f"{W}val")
                found.set(f"{W}val", f"{words[: match.start()]}{match[0]}7{words[match.end() :]}")

            assert word.changed(change), match
            seen += 1
    assert seen > 1


# A tag is changed ---------------------------------------------------------------------------------------------------


def test_a_tag_names_another_claim(word):
    def change(tree):
        first, second = distinct(tree)
        tag(first).set(f"{W}val", tag(second).get(f"{W}val"))

    assert len(word.changed(change)) == 1


def distinct(tree):
    """Two numbers of the text that differ."""
    first, *others = [
        control for control in controls(tree) if style_of(control) == "Normal" and "," in held(control).text
    ]
    return first, next(control for control in others if held(control).text != held(first).text)


def test_a_tag_names_no_claim(word):
    def change(tree):
        node = tag(controls(tree)[3])
        node.set(f"{W}val", node.get(f"{W}val") + "x")

    assert len(word.changed(change)) == 1


def test_a_tag_is_taken_away(word):
    def change(tree):
        node = tag(controls(tree)[3])
        node.getparent().remove(node)

    assert len(word.changed(change)) == 1


def test_a_control_is_dissolved(word):
    def change(tree):
        control = controls(tree)[3]
        for run in control.find(f"{W}sdtContent"):
            control.addprevious(run)
        control.getparent().remove(control)

    assert len(word.changed(change)) == 1


def test_two_values_are_swapped(word):
    def change(tree):
        first, second = distinct(tree)
        held(first).text, held(second).text = held(second).text, held(first).text

    assert len(word.changed(change)) == 2


def test_a_control_within_a_control_hides_nothing(word):
    def change(tree):
        control = controls(tree)[3]
        outer = deepcopy(control)
        tag(outer).getparent().remove(tag(outer))
        outer.find(f"{W}sdtContent").insert(0, outer.find(f"{W}sdtContent")[0])
        control.addprevious(outer)

    assert word.changed(change)


# Where else digits could hide ---------------------------------------------------------------------------------------


def test_a_number_of_a_caption_is_changed(word):
    def change(tree):
        fields = [node for node in tree.iter(f"{W}instrText") if " SEQ " in node.text]
        run = fields[1].getparent()
        while run.find(f"{W}t") is None:
            run = run.getnext()
        run.find(f"{W}t").text = "9"

    assert len(word.changed(change)) >= 1


def test_a_number_of_a_reference_is_changed(word):
    def change(tree):
        fields = [node for node in tree.iter(f"{W}instrText") if " REF " in node.text]
        run = fields[1].getparent()
        while run.find(f"{W}t") is None:
            run = run.getnext()
        run.find(f"{W}t").text = "9"

    assert len(word.changed(change)) == 1


def test_a_number_is_computed_by_a_field(word):
    def change(tree):
        control = controls(tree)[3]
        field = etree.Element(f"{W}fldSimple")
        field.set(f"{W}instr", " = 3 + 4 ")
        run = etree.SubElement(field, f"{W}r")
        etree.SubElement(run, f"{W}t").text = "7"
        control.addprevious(field)

    assert len(word.changed(change)) == 1


def test_a_text_box_and_a_deleted_text_are_walked(word):
    def box(tree):
        paragraph = next(tree.iter(f"{W}p"))
        inner = etree.SubElement(etree.SubElement(etree.SubElement(paragraph, f"{W}r"), f"{W}pict"), f"{W}txbxContent")
        run = etree.SubElement(etree.SubElement(inner, f"{W}p"), f"{W}r")
        etree.SubElement(run, f"{W}t").text = "skrito 7"

    def deleted(tree):
        styles = [node for node in tree.iter(f"{W}pStyle") if node.get(f"{W}val") == "Normal"]
        paragraph = next(styles[0].iterancestors(f"{W}p"))
        run = etree.SubElement(etree.SubElement(paragraph, f"{W}del"), f"{W}r")
        etree.SubElement(run, f"{W}delText").text = " 7"

    assert word.changed(box)
    assert word.changed(deleted)


def test_digits_of_headings_are_not_looked_at(word):
    def change(tree):
        heading = next(node for node in tree.iter(f"{W}p") if node.find(STYLE).get(f"{W}val") == "Heading1")
        next(heading.iter(f"{W}t")).text += " 7"

    assert word.changed(change) == []


@pytest.mark.parametrize("name", ["word/comments.xml", "word/embeddings/table.xlsx", "word/afchunk.html"])
def test_a_part_that_nobody_walks_is_a_fault(word, name):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word.content)) as old, zipfile.ZipFile(out, "w") as new:
        for each in old.namelist():
            new.writestr(each, old.read(each))
        xml = f'<w:c xmlns:w="{W[1:-1]}"><w:p><w:r><w:t>7</w:t></w:r></w:p></w:c>'
        new.writestr(name, xml)
    assert len(word.new(out.getvalue())) == 1
