import datetime
import io
import re
import zipfile

import openpyxl
import pytest

from kzm_surveys.protection.block_workbook import block_workbook
from kzm_surveys.protection.blocks import About, Block, BlockSheet, Group, Legend, Row
from kzm_surveys.protection.workbook import Value

DAY = datetime.date(2021, 12, 2)
MARK = "SINTETIČNI PODATKI"
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', "\t=1", "{=1}", "http://kdo.example", "a & b &P"]
HEAD = [Group("", ["vsi"]), Group("spol", ["moški", "ženske"], ["A", "B"])]
ROWS = [
    Row("n", [Value(508, "count"), Value(203, "count"), Value(305, "count")], "base"),
    Row("da", [Value(0.25, "percent"), Value(1 / 3, "percent", "\u00a0M"), "z"]),
    Row("", ["", "B", ""], "letters"),
    Row("povprečje", [Value(2.5, "two decimals"), Value(2.25, "two decimals"), "–"], "strong"),
]
BLOCK = Block("1.1 Cesta", "Koliko vas moti?", ROWS, ["Osnova: vsi.", "Uteženi podatki."])


def sheet(name="1 Hrup", head=HEAD, blocks=(BLOCK, BLOCK), title="1 Hrup po virih"):
    return BlockSheet(name, title, head, blocks)


def made(*sheets, mark=MARK, title="Zvezek", facts=("Populacija: vsi",), legend=None):
    legend = legend or Legend("Oznake", "Oznake in postopek", [("z", "zaupno")], {"Postopek": ["Uteženo."]})
    return block_workbook(
        sheets or [sheet()], legend, About(title, mark, "Kazalo", "Stran {page} od {pages}", facts, DAY)
    )


def read(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def column(page, letter="A"):
    return [cell.value for cell in page[letter] if cell.value is not None]


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_stays_text_wherever_it_stands(text):
    block = Block(text, text, [Row(text, [text, text, text])], [text])
    head = [Group("", [text]), Group(text, [text, text], [text, text])]
    content = made(
        sheet(text, head, [block, block], text), mark=text, title=text, facts=[text],
        legend=Legend(text, text, [(text, text)], {text: [text]}),
    )  # fmt: skip
    for page in read(content):
        assert all(cell.data_type in ("s", "n") for row in page.iter_rows() for cell in row)
        assert not [
            cell for row in page.iter_rows() for cell in row if cell.data_type == "n" and cell.value is not None
        ]
        links = [cell.hyperlink for row in page.iter_rows() for cell in row if cell.hyperlink]
        assert all(link.location and not link.target for link in links)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            assert b"<f>" not in package.read(name)
            assert b'TargetMode="External"' not in package.read(name)


def test_numbers_stay_numbers_with_formats_and_marks_behind_them():
    page = read(made())["1 Hrup"]
    n, share, letters, mean = (page[row] for row in (9, 10, 11, 12))
    assert [cell.value for cell in n] == ["n", 508, 203, 305]
    assert [cell.value for cell in share] == ["da", 0.25, 1 / 3, "z"]
    assert [cell.value for cell in letters] == [None, None, "B", None]
    assert [cell.value for cell in mean] == ["povprečje", 2.5, 2.25, "–"]
    assert share[1].number_format == '0.0"\u00a0"%_ _M'
    assert share[2].number_format == '0.0"\u00a0"%"\u00a0M"'
    assert [cell.data_type for cell in share] == ["s", "n", "n", "s"]
    assert mean[1].number_format.startswith("0.00")
    assert n[1].number_format.startswith("#,##0")


def test_a_block_has_title_text_rows_and_notes_and_a_blank_row_after_it():
    page = read(made())["1 Hrup"]
    assert column(page)[:8] == [
        "1 Hrup po virih",
        MARK,
        "← Kazalo",
        "1.1 Cesta",
        "Koliko vas moti?",
        "n",
        "da",
        "povprečje",
    ]
    assert column(page)[8:10] == ["Osnova: vsi.", "Uteženi podatki."]
    assert [page.cell(row, 1).value for row in (7, 14, 15, 16)] == ["1.1 Cesta", "Uteženi podatki.", None, "1.1 Cesta"]


def test_a_block_without_a_title_begins_with_its_text():
    page = read(made(sheet(blocks=[Block("", "Koliko?", ROWS, [])])))["1 Hrup"]
    assert page["A7"].value == "Koliko?"


def test_the_head_names_break_category_and_letter():
    page = read(made())["1 Hrup"]
    assert [cell.value for cell in page[4]] == [None, None, "spol", None]
    assert [cell.value for cell in page[5]] == [None, "vsi", "moški", "ženske"]
    assert [cell.value for cell in page[6]] == [None, None, "A", "B"]
    assert "C4:D4" in {str(area) for area in page.merged_cells.ranges}


@pytest.mark.parametrize(("letters", "first"), [(["A", "B"], 7), ([], 6)])
def test_the_head_stays_in_sight_and_is_repeated_in_print(letters, first):
    page = read(made(sheet(head=[Group("", ["vsi"]), Group("spol", ["moški", "ženske"], letters)])))["1 Hrup"]
    assert page.freeze_panes == f"B{first}"
    assert page.print_title_rows in (f"4:{first - 1}", f"$4:${first - 1}")
    assert page[f"A{first}"].value == "1.1 Cesta"


def test_every_sheet_prints_on_a4_one_page_wide_with_page_numbers_and_the_mark():
    for page in read(made(sheet("a"), sheet("b"))):
        assert str(page.page_setup.paperSize) == "9"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) in ((1, 0), (None, 0))
        assert page.oddFooter.left.text.strip() == MARK
        assert page.oddFooter.right.text.strip() == "Stran &[Page] od &N".replace("&N", "&[Pages]") or (
            page.oddFooter.right.text.strip() == "Stran &P od &N"
        )
        assert page["A2"].value == MARK
    assert page.page_setup.orientation == "landscape"


def test_digits_and_ampersands_in_a_title_do_not_become_commands_of_the_header():
    with zipfile.ZipFile(io.BytesIO(made(sheet(title="2 Mir & red", blocks=[BLOCK]), title="2021 & prej"))) as package:
        header = re.search(b"<oddHeader>(.*?)</oddHeader>", package.read("xl/worksheets/sheet2.xml"))[1].decode()
    # In a header '&' begins a command ("&9" is a size of nine points), '&&' is the sign itself; XML writes it '&amp;'.
    assert header.replace("&amp;", "&") == "&L&9 2021 && prej&R&9 2 Mir && red"


def test_the_contents_link_to_every_sheet_and_table_and_every_sheet_links_back():
    book = read(made(sheet("1 Hrup", blocks=[BLOCK, BLOCK]), sheet("2 Mir", blocks=[BLOCK], title="2 Mir")))
    first = book["Kazalo"]
    links = [(cell.value, cell.hyperlink.location) for cell in first["A"] if cell.hyperlink]
    assert links == [
        ("1 Hrup po virih", "'1 Hrup'!A1"), ("1.1 Cesta", "'1 Hrup'!A7"), ("1.1 Cesta", "'1 Hrup'!A16"),
        ("2 Mir", "'2 Mir'!A1"), ("Oznake in postopek", "Oznake!A1"),
    ] or links[-1][1] == "'Oznake'!A1"  # fmt: skip
    for name, place in (location.replace("'", "").split("!") for _, location in links[1:3]):
        assert book[name][place].value == "1.1 Cesta"
    for page in book.worksheets[1:]:
        assert page["A3"].hyperlink.location.replace("'", "") == "Kazalo!A1"
    for page in book.worksheets[1:-1]:
        assert page["B3"].hyperlink.location.replace("'", "") == "Oznake!A1"


def test_sheet_names_that_excel_would_refuse_are_changed_in_links_too():
    book = read(made(sheet("1 a/b: c?"), sheet("1 a/b: c?")))
    names = book.sheetnames
    assert names == ["Kazalo", "1 a b  c", "1 a b  c 2", "Oznake"]
    targets = {cell.hyperlink.location.rpartition("!")[0].strip("'") for cell in book["Kazalo"]["A"] if cell.hyperlink}
    assert targets == set(names[1:])


def test_the_legend_explains_marks_then_method():
    page = read(made())["Oznake"]
    assert [(row[0].value, row[1].value) for row in page.iter_rows(min_row=5, max_row=5)] == [("z", "zaupno")]
    assert column(page)[-2:] == ["Postopek", "Uteženo."]


def test_real_answers_have_no_mark():
    book = read(made(mark=""))
    assert all(page["A2"].value is None for page in book.worksheets[1:])
    assert not book.properties.description


def test_same_tables_same_bytes_and_the_day_of_the_wave():
    assert made() == made()
    assert made() != made(facts=["drugače"])
    properties = read(made()).properties
    assert (properties.title, properties.created) == ("Zvezek", datetime.datetime(2021, 12, 2))


LONG = "zeloneprekinjenodolgabeseda"


@pytest.mark.parametrize("label", ["moški", f"en {LONG} na koncu", "62\u00a0let ali več"])
def test_no_word_of_a_head_is_wider_than_its_column_and_its_row_has_room(label):
    page = read(made(sheet(head=[Group("", ["vsi"]), Group("spol", [label, "b"], ["A", "B"])])))["1 Hrup"]
    width = page.column_dimensions["C"].width
    assert width >= max(map(len, label.split(" "))) + 1
    assert (page.row_dimensions[5].height or 15) >= 15 * -(-len(label) // (1.1 * width))


def test_a_break_with_a_long_name_has_room_above_one_column():
    page = read(made(sheet(head=[Group("", ["vsi"]), Group(LONG, ["a"], []), Group("spol", ["b"], [])])))["1 Hrup"]
    assert page.column_dimensions["C"].width > len(LONG)


@pytest.mark.parametrize("cell", [Value(1.0, "percent", "\u00a0M\u00a0~\u00a0!"), Value(123456789.0, "count")])
def test_a_number_with_all_marks_fits_into_its_column(cell):
    # Excel shows #### for a number that is wider than its column; a no-break space takes half a digit.
    rows = [Row("a", [cell, Value(0.5, "percent"), "z"])]
    page = read(made(sheet(blocks=[Block("", "", rows, [])])))["1 Hrup"]
    shown = {"percent": "100,0 % M ~ !", "count": "123.456.789"}[cell.kind]
    assert page.column_dimensions["B"].width >= len(shown)


def test_pages_end_between_tables():
    rows = [Row(f"{i}", [Value(0.5, "percent")] * 3) for i in range(20)]
    blocks = [Block(f"{i}", "Koliko?", rows, ["Osnova."]) for i in range(6)]
    page = read(made(sheet(blocks=blocks)))["1 Hrup"]
    starts = {cell.row for cell in page["A"] if cell.value in {str(i) for i in range(6)} and cell.font.b}
    ends = {one.id + 1 for one in page.row_breaks.brk}
    assert ends
    assert ends <= starts
