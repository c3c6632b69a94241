import datetime
import io
import zipfile

import openpyxl
import pytest

from kzm_surveys.protection.workbook import Sheet, Value, workbook

DAY = datetime.date(2022, 12, 31)
MARK = "SINTETIČNI PODATKI"
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', "\t=1", "{=1}", "-5 %", "'=1"]
ROWS = (("vrstica", Value(0.5, "percent")),)


def sheet(name="Preglednica 1", rows=ROWS, **other):
    return Sheet(**({"name": name, "title": "Naslov", "header": ["Vir", "Delež"], "rows": rows, "notes": ["Osnova."]}
                    | other))  # fmt: skip


def made(*sheets, mark=MARK, **other):
    return workbook(
        sheets or [sheet()], **({"title": "Zvezek", "mark": mark, "contents": "Kazalo", "day": DAY} | other)
    )


def read(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def cells(page):
    return [cell for row in page.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_stays_text_wherever_it_stands(text):
    book = read(made(sheet(title=text, header=[text, text], rows=[[text, text]], notes=[text]), title=text, mark=text))
    for page in book:
        for cell in cells(page):
            assert cell.data_type == "s", (page.title, cell.coordinate)
            assert cell.value.strip() == text.strip()
    # A1, mark, link on the contents sheet; title, mark, two heads, two cells and a note on the table's.
    assert [len(cells(page)) for page in book] == [3, 7]


def test_no_formula_stands_in_the_file():
    content = made(sheet(rows=[[text, text] for text in DANGEROUS]))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in package.read(name)
                assert b"<f " not in package.read(name)


def test_addresses_in_text_do_not_become_links():
    texts = ["http://kdo.example/x", "mailto:a@b.example", "internal:A1", "file:///etc"]
    book = read(made(sheet(rows=[[text, text] for text in texts])))
    page = book["Preglednica 1"]
    assert [cell.value for cell in page["A"][3:7]] == texts
    assert all(cell.hyperlink is None for cell in cells(page))


@pytest.mark.parametrize("number", [-0.25, 0.0, 0.123456789012345, 1e-9, 44035.0, -3.0])
@pytest.mark.parametrize("kind", ["percent", "decimal", "count"])
def test_numbers_stay_numbers_unrounded(number, kind):
    cell = read(made(sheet(rows=[["a", Value(number, kind)]])))["Preglednica 1"]["B4"]
    assert cell.data_type == "n"
    assert cell.value == number
    assert cell.number_format == {"percent": '0.0"\u00a0"%', "decimal": "0.0", "count": "#,##0"}[kind]


@pytest.mark.parametrize("mark", ["\u00a0M", " z", ' "q"', " 0;[Red]"])
def test_a_marked_number_stays_a_number(mark):
    cell = read(made(sheet(rows=[["a", Value(0.25, "percent", mark)]])))["Preglednica 1"]["B4"]
    assert (cell.data_type, cell.value) == ("n", 0.25)
    quoted = mark.replace('"', "")
    assert cell.number_format == f'0.0"\u00a0"%"{quoted}"'


def test_a_table_of_one_column():
    page = read(made(sheet(header=["Vir"], rows=[["cesta"]])))["Preglednica 1"]
    assert page["A4"].value == "cesta"


def test_digits_in_text_stay_text():
    page = read(made(sheet(rows=[["00123", "12"]])))["Preglednica 1"]
    assert [(cell.value, cell.data_type) for cell in page[4]] == [("00123", "s"), ("12", "s")]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a[b]c:d*e?f/g\\h"], ["a b c d e f g h"]),
        (["'v narekovajih'"], ["v narekovajih"]),
        (["x" * 40], ["x" * 31]),
        (["x" * 31, "X" * 31], ["x" * 31, "X" * 29 + " 2"]),
        (["isto", "Isto", "ISTO"], ["isto", "Isto 2", "ISTO 3"]),
        (["Kazalo"], ["Kazalo 2"]),
        (["", "  ", "///"], ["list", "list 2", "list 3"]),
        ([f"isto ime, a zelo dolgo do konca {i}" for i in range(12)],
         ["isto ime, a zelo dolgo do konca", *(f"isto ime, a zelo dolgo do kon {i}" for i in range(2, 10)),
          *(f"isto ime, a zelo dolgo do ko {i}" for i in range(10, 13))]),
    ],
)  # fmt: skip
def test_sheet_names_follow_the_rules_of_excel(names, expected):
    found = read(made(*(sheet(name) for name in names))).sheetnames
    assert found == ["Kazalo", *expected]
    assert all(len(name) <= 31 for name in found)
    assert len({name.lower() for name in found}) == len(found)


@pytest.mark.parametrize("name", ["History", "history"])
def test_reserved_sheet_name_is_changed(name):
    assert read(made(sheet(name))).sheetnames[1].lower() != "history"


def test_sheet_name_of_wide_signs_is_cut():
    (_, name) = read(made(sheet("\U0001f37c" * 20))).sheetnames
    assert len(name.encode("utf-16-le")) <= 62


def test_same_tables_same_bytes():
    assert made() == made()
    assert made(sheet("a"), sheet("b")) == made(sheet("a"), sheet("b"))
    assert made() != made(sheet(notes=["Osnova drugače."]))


def test_contents_sheet_links_to_every_table():
    book = read(made(sheet("a/b", title="Prva"), sheet("c 'd'", title="Druga")))
    first = book.worksheets[0]
    assert first.title == "Kazalo"
    assert first["A1"].value == "Zvezek"
    links = [cell for cell in first["A"] if cell.hyperlink]
    assert [cell.value for cell in links] == ["Prva", "Druga"]
    for cell, page in zip(links, book.worksheets[1:], strict=True):
        assert cell.hyperlink.location.replace("'", "").removesuffix("!A1") == page.title


def test_tables_scroll_and_print_well():
    page = read(made())["Preglednica 1"]
    assert page.freeze_panes == "B4"  # under the header row 3, right of the labels
    assert page.print_title_rows in ("3:3", "$3:$3")
    assert page.page_setup.orientation == "landscape"
    assert str(page.page_setup.paperSize) == "9"  # A4
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) in ((1, 0), (None, 0))
    assert page.sheet_properties.pageSetUpPr.fitToPage


def test_title_mark_header_rows_and_notes_stand_in_this_order():
    rows = [["cesta", Value(0.31, "percent")], ["luka", Value(0.25, "percent")]]
    page = read(made(sheet(rows=rows, notes=["Osnova.", "Vir."])))["Preglednica 1"]
    column = [cell.value for cell in page["A"]]
    assert column == ["Naslov", MARK, "Vir", "cesta", "luka", None, "Osnova.", "Vir."]
    assert [cell.value for cell in page["B"]][2:5] == ["Delež", 0.31, 0.25]


def test_the_mark_stands_on_every_sheet_and_in_the_properties():
    book = read(made(sheet("a"), sheet("b"), sheet("c")))
    assert [page["A2"].value for page in book] == [MARK] * 4
    assert book.properties.description == MARK
    assert book.properties.title == "Zvezek"
    assert book.properties.created == datetime.datetime(2022, 12, 31)


def test_real_answers_have_no_mark():
    book = read(made(mark=""))
    assert not any(cell.value == MARK for page in book for cell in cells(page))
    page = book["Preglednica 1"]
    assert [cell.value for cell in page["A"] if cell.value] == ["Naslov", "Vir", "vrstica", "Osnova."]


def test_there_are_no_macros_and_no_links_outside():
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        names = package.namelist()
        assert not any("vba" in name.lower() or "external" in name.lower() for name in names)
        for name in names:
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in package.read(name)
