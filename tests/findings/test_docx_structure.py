"""The Word file of the report, read as XML: headings, pictures, tables, language, properties, headers and footers."""

import itertools
import re

import pytest

from tests.findings.docx_schema import NS, WP, W, style, words

#: A4 with margins of 25 mm, in twentieths of a point; a picture counts in 635ths of that.
WIDTH, HEIGHT = 11906 - 2 * 1417, 16838 - 2 * 1417


@pytest.fixture(scope="module")
def levels(body):
    found = [(style(p), words(p)) for p in body.findall("w:p", NS)]
    return [(int(name[-1]), text) for name, text in found if name and re.fullmatch(r"Heading\d", name)]


def test_headings_of_the_waves_stand_in_order_at_their_levels(levels, designs):
    expected = []
    for name in ("breastfeeding", "noise"):
        expected += list(enumerate(designs[name].survey.wave.report.headings, start=1))
    report = [heading for heading in levels if heading in expected]
    assert report == expected
    assert expected[0] == (1, "I. Investicija v človeka")
    assert (1, "II. Okolje – načrtovanje naselij za zdravje in dobro počutje") in expected


def test_there_is_one_title(body):
    assert [words(p) for p in body.findall("w:p", NS) if style(p) == "Title"] == [
        "Ugotovitve raziskav za poročilo projektnega sveta Koper – zdravo mesto za leto 2022"
    ]


def test_properties_of_the_document(parts):
    core = parts["docProps/core.xml"]
    found = {element.tag.rpartition("}")[2]: element.text for element in core}
    assert found["title"].startswith("Ugotovitve raziskav")
    assert found["title"].endswith("2022")
    assert found["language"] == "sl-SI"
    assert found["creator"]
    assert "SINTETIČNI" in found["keywords"]
    assert found["created"].startswith("2022-12-31")
    assert "python-docx" not in " ".join(filter(None, found.values()))


def test_page_numbers_stand_in_the_footer(parts):
    footers = [part for name, part in parts.items() if name.startswith("word/footer")]
    instructions = [node.text.strip() for part in footers for node in part.iter(f"{W}instrText")]
    assert instructions == ["PAGE", "NUMPAGES"]
    assert [words(part) for part in footers] == ["Stran 1 od 1"]


def test_the_synthetic_mark_stands_on_every_page(parts):
    every_page = [words(part) for name, part in parts.items() if name.startswith(("word/header", "word/footer"))]
    assert any("sintet" in text.lower() for text in every_page)


def test_every_picture_has_the_alternative_text_of_its_figure(body, figures):
    pictures = {each.get("name").removeprefix("figure-"): each.get("descr") for each in body.iter(f"{WP}docPr")}
    assert len(pictures) == len(list(body.iter(f"{WP}docPr")))
    assert set(pictures) <= set(figures)
    for name, alt in pictures.items():
        assert alt == str(figures[name].alt)
        assert len(alt) > 60


def test_pictures_are_as_wide_as_the_text_and_no_higher_than_a_page(body):
    for extent in body.iter(f"{WP}extent"):
        width, height = int(extent.get("cx")), int(extent.get("cy"))
        assert width <= WIDTH * 635
        assert height <= 0.86 * HEIGHT * 635
        assert width == WIDTH * 635 or height > 0.84 * HEIGHT * 635


def test_tables_are_as_wide_as_the_text_and_name_each_column_once(body):
    found = body.findall("w:tbl", NS)
    assert found
    for table in found:
        assert sum(int(column.get(f"{W}w")) for column in table.findall("w:tblGrid/w:gridCol", NS)) == WIDTH
        names = [words(cell) for cell in table.find("w:tr", NS).findall("w:tc", NS)]
        assert len(set(names)) == len(names)


def test_every_table_names_base_or_source_in_its_notes(body):
    for table in body.findall("w:tbl", NS):
        assert style(table.getnext()) == "KzmNote"


def test_the_synthetic_mark_stands_above_both_sections(body, designs):
    texts = [(style(p), words(p)) for p in body.findall("w:p", NS)]
    marks = [text for name, text in texts if name == "KzmBox"]
    assert len(marks) == len(designs)
    assert all(text.startswith("SINTETIČNI PODATKI") for text in marks)
    levels = [name for name, _ in texts if name in ("Heading1", "KzmBox", "KzmPoint")]
    order = [name for name, _ in itertools.groupby(levels)]
    assert order[:6] == ["Heading1", "KzmBox", "KzmPoint"] * 2
