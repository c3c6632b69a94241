"""The Word file, read as XML: headings, tables, pictures, language, properties."""

import io
import itertools
import re
import zipfile

import pytest

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
NS = {"w": W[1:-1], "wp": WP[1:-1]}
#: CT_TblPr, ECMA-376 part 1, 17.4.59 and A.1 (transitional: caption and description last).
TABLE_PROPERTIES = (
    "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc",
    "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption",
    "tblDescription",
)  # fmt: skip
PARAGRAPH_PROPERTIES = ("pStyle", "keepNext", "keepLines", "spacing", "ind", "jc", "rPr")
RUN_PROPERTIES = ("rStyle", "rFonts", "b", "bCs", "i", "iCs", "color", "sz", "szCs", "lang")
CELL_PROPERTIES = ("cnfStyle", "tcW", "gridSpan", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "vAlign")


def words(element):
    return "".join(node.text or "" for node in element.iter(f"{W}t"))


def style(paragraph):
    found = paragraph.find("w:pPr/w:pStyle", NS)
    return None if found is None else found.get(f"{W}val")


def tables(body):
    found = body.findall("w:tbl", NS)
    assert len(found) == 2
    return found


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


def test_no_level_is_skipped(levels):
    assert levels[0][0] == 1
    for (before, _), (after, text) in itertools.pairwise(levels):
        assert after <= before + 1, text
    assert all(text.strip() for _, text in levels)


def test_there_is_one_title(body):
    assert [words(p) for p in body.findall("w:p", NS) if style(p) == "Title"] == [
        "Ugotovitve raziskav za poročilo projektnega sveta Koper – zdravo mesto za leto 2022"
    ]


def test_every_picture_has_an_alternative_text_and_its_own_number(body, figures):
    pictures = list(body.iter(f"{WP}docPr"))
    assert len(pictures) == len(figures) == 6
    assert len({picture.get("id") for picture in pictures}) == 6
    for picture in pictures:
        alt = picture.get("descr")
        assert len(alt) > 60
        assert "?" not in alt
        assert str(figures[picture.get("name").removeprefix("figure-")].alt) == alt


def test_pictures_fit_the_text_and_keep_their_shape(body):
    for extent in body.iter(f"{WP}extent"):
        width, height = int(extent.get("cx")), int(extent.get("cy"))
        assert width == 160 * 36000  # mm in EMU: A4 with margins of 25 mm
        assert height < 247 * 36000


def test_every_table_repeats_its_header_and_keeps_rows_whole(body):
    for table in tables(body):
        head, *rest = table.findall("w:tr", NS)
        assert head.find("w:trPr/w:tblHeader", NS) is not None
        assert rest
        for row in rest:
            assert row.find("w:trPr/w:cantSplit", NS) is not None
            assert row.find("w:trPr/w:tblHeader", NS) is None


def test_every_table_is_described(body):
    for table in tables(body):
        caption = table.find("w:tblPr/w:tblCaption", NS).get(f"{W}val")
        description = table.find("w:tblPr/w:tblDescription", NS).get(f"{W}val")
        assert len(caption) > 10
        assert "Osnova" in description
        assert "Vir: " in description


def test_no_cells_are_merged_and_all_rows_are_whole(body):
    for table in tables(body):
        columns = len(table.findall("w:tblGrid/w:gridCol", NS))
        for row in table.findall("w:tr", NS):
            assert len(row.findall("w:tc", NS)) == columns
        for tag in ("gridSpan", "vMerge", "hMerge"):
            assert table.find(f".//w:{tag}", NS) is None


def test_no_header_cell_is_empty_and_no_name_stands_twice(body):
    for table in tables(body):
        names = [words(cell) for cell in table.find("w:tr", NS).findall("w:tc", NS)]
        assert all(name.strip() for name in names)
        assert len(set(names)) == len(names)
        for row in table.findall("w:tr", NS):
            assert all(words(cell).strip() for cell in row.findall("w:tc", NS))


def in_order(element, order):
    found = [child.tag.removeprefix(W) for child in element]
    assert set(found) <= set(order), set(found) - set(order)
    assert found == sorted(found, key=order.index)
    assert len(set(found)) == len(found)


def test_properties_stand_in_the_order_of_the_schema(body):
    for table in tables(body):
        in_order(table.find("w:tblPr", NS), TABLE_PROPERTIES)
        names = [child.tag.removeprefix(W) for child in table.find("w:tblPr", NS)]
        assert {"tblW", "tblBorders", "tblLayout", "tblLook", "tblCaption", "tblDescription"} <= set(names)
    for element in body.iter(f"{W}pPr"):
        in_order(element, PARAGRAPH_PROPERTIES)
    for element in body.iter(f"{W}rPr"):
        in_order(element, RUN_PROPERTIES)
    for element in body.iter(f"{W}tcPr"):
        in_order(element, CELL_PROPERTIES)


def test_table_widths_add_up_to_the_width_of_the_text(body):
    for table in tables(body):
        widths = [int(column.get(f"{W}w")) for column in table.findall("w:tblGrid/w:gridCol", NS)]
        assert sum(widths) == pytest.approx(160 / 25.4 * 1440, abs=len(widths))


def test_language_is_slovenian_everywhere(parts):
    default = parts["word/styles.xml"].find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NS)
    assert default.get(f"{W}val") == "sl-SI"
    for name in ("word/document.xml", "word/styles.xml", "word/header1.xml", "word/footer1.xml"):
        for lang in parts[name].iter(f"{W}lang"):
            assert lang.get(f"{W}val") in (None, "sl-SI")


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


def test_the_synthetic_mark_stands_in_both_sections(body):
    texts = [(style(p), words(p)) for p in body.findall("w:p", NS)]
    starts = [i for i, (name, _) in enumerate(texts) if name == "Heading1"]
    assert len(starts) == 2
    for first, last in ((starts[0], starts[1]), (starts[1], len(texts))):
        part = texts[first:last]
        boxes = [text for name, text in part if text.startswith("SINTETIČNI PODATKI")]
        assert len(boxes) == 1
        first_words = next(text for name, text in part if not (name or "").startswith("Heading"))
        assert first_words == boxes[0]


def test_the_synthetic_mark_stands_on_every_page(parts):
    every_page = [words(part) for name, part in parts.items() if name.startswith(("word/header", "word/footer"))]
    assert any("sintet" in text.lower() for text in every_page)


def test_the_package_is_dated_the_same_every_time(built):
    with zipfile.ZipFile(io.BytesIO(built.files["report/findings_2022_sl.docx"])) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "[Content_Types].xml" in package.namelist()
