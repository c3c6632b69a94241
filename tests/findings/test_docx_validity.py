"""Word opens the file without repair, as far as XML can tell; two runs give the same bytes."""

import dataclasses
import io
import time
import zipfile

import pytest
from lxml import etree

from kzm_surveys import FindingError
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_tables import column_widths
from kzm_surveys.findings.section import Paragraph, Section, Table
from kzm_surveys.findings.text import Text, say
from tests.findings.docx_sample import DESIGN, INFO, figure, note, sample, section
from tests.findings.docx_schema import NS, W, disorder, faults, parts_of, trees, words

KINDS = {
    "plain": {}, "English": {"lang": "en"}, "long": {"annex": 60}, "record": {"record": b'{"a": 1}'},
    "compact": {"info": dataclasses.replace(INFO, compact=True)},
    "unmarked": {"info": dataclasses.replace(INFO, mark="", subtitle="")},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_for_word_to_repair(kind):
    assert faults(sample(**KINDS[kind])) == []


def test_the_report_and_the_dossier_leave_nothing_to_repair(built):
    files = [content for name, content in built.files.items() if name.endswith(".docx")]
    assert files
    for content in files:
        assert faults(content) == []


@pytest.mark.parametrize(("xml", "found"), [
    ("<w:pPr {}><w:jc w:val='left'/><w:spacing w:after='0'/></w:pPr>", "pPr: ['jc', 'spacing']"),
    ("<w:sdtPr {}><w:id w:val='1'/><w:tag w:val='a'/></w:sdtPr>", "sdtPr: ['id', 'tag']"),
    ("<w:tblPr {}><w:tblStyle w:val='a'/><w:tblStyle w:val='b'/></w:tblPr>", "tblPr: tblStyle twice"),
    ("<w:tcPr {}><w:colour w:val='a'/></w:tcPr>", "tcPr: unknown ['colour']"),
])  # fmt: skip
def test_the_check_of_the_order_finds_disorder(xml, found):
    assert disorder(etree.fromstring(xml.format(f"xmlns:w='{W[1:-1]}'"))) == [found]


@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_give_the_same_bytes(kind):
    first = sample(**KINDS[kind])
    assert first == sample(**KINDS[kind])
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.namelist()[0] == "[Content_Types].xml"
    assert b"rsid" not in parts_of(first)["word/document.xml"]


def test_a_document_opens_in_no_compatibility_mode_and_asks_nothing_when_it_opens():
    settings = trees(sample())["word/settings.xml"]
    mode = settings.find("w:compat/w:compatSetting[@w:name='compatibilityMode']", NS)
    assert mode.get(f"{W}val") == "15"
    for asks in ("updateFields", "documentProtection", "mailMerge", "attachedTemplate"):
        assert settings.find(f"w:{asks}", NS) is None


def test_blanks_and_special_characters_of_the_words_stay():
    body = trees(sample())["word/document.xml"][0]
    assert "  Dva  presledka " in [words(cell) for cell in body.iter(f"{W}tc")]
    assert words(next(body.iter(f"{W}p"))) == "Ugotovitve & mnenja"


def test_no_number_is_torn_from_its_unit_or_word():
    for tree in trees(sample()).values():
        for paragraph in tree.iter(f"{W}p"):
            text = words(paragraph)
            assert " %" not in text
            assert "n = " not in text
            for noun in ("sliko ", "preglednico "):
                assert noun not in text


def test_a_control_character_is_refused_by_name():
    with pytest.raises(FindingError, match=r"'Hrup\? ceste' holds the control character U\+000B"):
        to_docx([Section(DESIGN, [Paragraph(Text(("Hrup\x0b ceste",)))], ["Okolje"])], {}, {}, INFO)


def test_a_line_break_in_the_words_is_one_in_word():
    content = to_docx([Section(DESIGN, [Paragraph(Text(("Prva\ndruga",)))], ["Okolje"])], {}, {}, INFO)
    paragraph = trees(content)["word/document.xml"][0][-2]
    assert [child.tag.removeprefix(W) for child in paragraph.find("w:r", NS)] == ["t", "br", "t"]


def test_a_footnote_inside_a_footnote_is_refused():
    inner = note("Vir: {deeper}", deeper=note("globlje"))
    with pytest.raises(FindingError, match="inside the footnote"):
        to_docx([Section(DESIGN, [Paragraph(say("Hrup{note}.", note=inner))], ["Okolje"])], {}, {}, INFO)


def test_a_table_of_450_rows_with_900_numbers_takes_less_than_half_a_second():
    drawn, picture = figure()
    long = section(annex=450)
    start = time.perf_counter()
    content = to_docx([long], {"moti": drawn}, {"moti": picture}, INFO)
    assert time.perf_counter() - start < 0.5
    assert parts_of(content)["word/document.xml"].count(b"<w:sdt>") > 900


@pytest.mark.parametrize("total", [9072, 13958, 4535])
@pytest.mark.parametrize("columns", [1, 2, 3, 5, 12])
def test_columns_fill_the_width_and_none_vanishes(total, columns):
    rows = [
        [f"stolpec {place}" for place in range(columns)],
        ["x" * (3 + 40 * (place == 0)) for place in range(columns)],
    ]
    for count in range(1, columns + 1):
        widths = column_widths(total, rows, count)
        assert sum(widths) == total
        assert min(widths) > min(500, total / (4 * columns))


def test_columns_of_words_get_what_columns_of_numbers_do_not_need():
    rows = [["Oznaka", "Kaj pove", "Natisnjeno", "n"], ["a" * 60, "Delež anketiranih, ki jih moti hrup", "26,3", "508"]]
    name, what, printed, n = column_widths(9072, rows, words=2)
    assert name > what > printed > n
    assert printed + n < 9072 / 4


def test_a_short_table_stays_on_a_page_and_a_long_one_or_one_with_long_cells_does_not():
    def kept(rows, *notes):
        block = Table("t", say("Preglednica"), ["Vir", "Besedilo"], rows, notes, words=2)
        found = trees(to_docx([Section(DESIGN, [block], ["Okolje"])], {}, {}, INFO))["word/document.xml"]
        return [row.find(".//w:keepNext", NS) is not None for row in found.iter(f"{W}tr")]

    assert kept([["cesta", "moti"]] * 5) == [True] * 5 + [False]
    assert kept([["cesta", "moti"]] * 40) == [True] * 3 + [False] * 38
    assert kept([["cesta", "moti zelo močno " * 40]] * 5) == [True] * 3 + [False] * 3
    note = say("Vir: raziskava.")  # and the last row does not leave it behind
    assert kept([["cesta", "moti"]] * 5, note) == [True] * 6
    assert kept([["cesta", "moti"]] * 40, note) == [True] * 3 + [False] * 37 + [True]
