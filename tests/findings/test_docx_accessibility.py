"""The accessibility list holds for every Word file that we write, and finds what is broken."""

import dataclasses
import io
import zipfile

import docx
import pytest

import kzm_surveys as kzm
from kzm_surveys.findings.codebook_page import codebook_files
from kzm_surveys.findings.dossier import dossier_files
from tests.findings.accessible import barriers, contrast
from tests.findings.docx_sample import INFO, sample
from tests.findings.docx_schema import parts_of


def test_contrast_is_that_of_wcag():
    # Black on white is 21, a colour on itself 1; #767676 is the lightest grey that passes on white (4.54).
    assert contrast("000000", "FFFFFF") == pytest.approx(21)
    assert contrast("12436D", "12436D") == 1
    assert contrast("767676", "FFFFFF") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("case", [
    {}, {"annex": 40}, {"info": dataclasses.replace(INFO, compact=True)}, {"info": dataclasses.replace(INFO, mark="")},
])  # fmt: skip
def test_a_document_has_no_barrier(case):
    assert barriers(sample(**case)) == []


def test_an_english_document_has_no_barrier():
    assert barriers(sample("en"), "en-GB") == []


def test_a_document_from_a_template_has_no_barrier(tmp_path):
    docx.Document().save(tmp_path / "predloga.docx")
    found = barriers(sample(template=tmp_path / "predloga.docx"))
    assert [each for each in found if "contrast" not in each] == []  # the colours are those of the template


def test_the_report_has_no_barrier(built):
    files = [content for name, content in built.files.items() if name.endswith(".docx")]
    assert files
    for content in files:
        assert barriers(content) == []


def test_the_dossier_has_no_barrier(noise):
    assert barriers(dossier_files(noise)["dossier.docx"]) == []


def test_the_codebook_has_no_barrier_but_tables_that_describe_themselves():
    files = codebook_files(kzm.load("surveys/noise/2021"), "sl")
    found = barriers(next(content for name, content in files.items() if name.endswith(".docx")))
    assert [each for each in found if "has no description" not in each] == []


BROKEN = {
    "a level": ('<w:pStyle w:val="Heading2"/>', '<w:pStyle w:val="Heading4"/>', "skips a level: 1 -> 4"),
    "alt": ('descr="Stolpci', 'descr="" x="', "a picture has the alternative text ''"),
    "file name": ('descr="Stolpci: cesta moti', 'descr="slika.png: cesta moti', "slika.png"),
    "picture title": ('title="Cesta', 'title="" y="', "a picture has no title"),
    "table title": ("<w:tblCaption w:val=", "<w:tblTitle w:val=", "a table has no title"),
    "description": ("<w:tblDescription ", "<w:tblOther ", "has no description"),
    "repeated": ("<w:tblHeader/>", "", "must repeat"),
    "flag": ('w:firstRow="1"', 'w:firstRow="0"', "not flagged as header"),
    "flag bits": ('w:val="06A0"', 'w:val="0680"', "not flagged as header"),
    "broken rows": ("<w:cantSplit/>", "", "may break over pages"),
    "merged": ('<w:tcPr><w:tcW', '<w:tcPr><w:gridSpan w:val="2"/><w:tcW', "cells are merged"),
    "empty": ("<w:sectPr", "<w:p/><w:sectPr", "an empty paragraph"),
    "bullet": (">Hrup ceste moti ", ">• Hrup ceste moti ", "a bullet is typed"),
    "note": ("Anketirani so bili ", "Anketirani² so bili ", "mark of a note is typed"),
    "language": ("<w:keepNext/>", '<w:keepNext/><w:rPr><w:lang w:val="de-DE"/></w:rPr>', "language de-DE"),
    "caption": ('<w:pStyle w:val="Caption"/>', '<w:pStyle w:val="Normal"/>', "no caption"),
    "reference": ('w:name="_Ref_table_1"', 'w:name="_Ref_table_9"', "leads nowhere"),
    "title": ("Ugotovitve &amp; mnenja", "Ugotovitve", "the title is"),
    "no style of points": ('w:numId w:val="1"', 'w:numId w:val="7"', "the points are no list"),
    "colour": ('w:val="12436D"', 'w:val="8FB3D1"', "on FFFFFF has a contrast of 2"),
    "shade": ('w:fill="E6E9ED"', 'w:fill="556677"', "on 556677 has a contrast of"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_every_barrier_is_found(what):
    old, new, message = BROKEN[what]
    out, touched = io.BytesIO(), 0
    with zipfile.ZipFile(out, "w") as package:
        for name, part in parts_of(sample()).items():
            if name in ("word/document.xml", "word/styles.xml"):
                touched += part.count(old.encode())
                part = part.replace(old.encode(), new.encode())
            package.writestr(name, part)
    assert touched
    found = barriers(out.getvalue())
    assert any(message in each for each in found), found
