import datetime
import io
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

import kzm_surveys as kzm
from kzm_surveys.errors import DataError
from kzm_surveys.loaders import archive
from kzm_surveys.loaders.kinds import kind_of
from kzm_surveys.loaders.xlsx import read_xlsx
from tests.loaders import tiny, write_wave
from tests.loaders.tables import MAIN, parts_of, related, rows_of, wave_of, zipped

DAY = datetime.datetime(2021, 11, 24)


def read(folder, xml="", *, change=None, path=None, id=None, **data):
    """Read a workbook: given by path, or made of parts, some of them changed."""
    parts = parts_of(xml) | (change or {})
    path = path or zipped(folder / "answers.xlsx", {name: part for name, part in parts.items() if part is not None})
    return read_xlsx(path, wave_of(folder, "xlsx", id=id, **data))


def refused(folder, *args, **options):
    with pytest.raises(DataError) as caught:
        read(folder, *args, **options)
    assert str(caught.value).startswith("tiny 2025: ")
    return str(caught.value)


def said(table):
    return [(problem.severity, problem.variable, problem.where) for problem in table.problems]


def saved(folder, *rows, make=None):
    """A workbook written by openpyxl."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if make:
        make(book)
    path = folder / "openpyxl.xlsx"
    book.save(path)
    return path


def test_numbers_texts_and_days_keep_their_kind(tmp_path):
    day = '<c s="1"><v>44524</v></c>'  # 24 November 2021 is day 44524 after 30 December 1899
    table = read(
        tmp_path, rows_of(["id", "n", "t", "d", "m"], [11, 1.5, "več", day, 5], [12, 2, "šol", day, "b"]), id="id"
    )
    assert table.cells["n"].tolist() == [1.5, 2.0]
    assert table.cells["t"].tolist() == ["več", "šol"]
    assert table.cells["d"].tolist() == [pd.Timestamp(DAY)] * 2
    assert table.cells["m"].tolist() == ["5", "b"]
    assert [column.dtype.kind for _, column in table.cells.items()][:2] == ["f", "f"]
    assert table.cells.index.tolist() == [11, 12]
    assert (table.kind, table.rows, table.counted, table.problems) == ("xlsx", 2, True, ())


def test_every_cell_is_what_openpyxl_reads(tmp_path):
    random = np.random.default_rng(7)
    header = [f"q{place}" for place in range(12)]
    path = tmp_path / "xlsxwriter.xlsx"
    for constant_memory in (False, True):  # shared strings, and strings inside their cells
        book = xlsxwriter.Workbook(path, {"constant_memory": constant_memory})
        sheet, days = book.add_worksheet(), book.add_format({"num_format": "d. m. yyyy"})
        sheet.write_row(0, 0, header)
        for row in range(1, 60):
            for place in range(12):
                if random.random() < 0.3 and place:
                    continue
                if place == 3:
                    sheet.write_datetime(row, place, DAY + datetime.timedelta(days=int(random.integers(999))), days)
                elif place == 4:
                    sheet.write_string(row, place, random.choice(["  blanks ", "čšž", "a\nb", "x < y & z", "š\t"]))
                else:
                    sheet.write_number(row, place, random.choice([1, 2, -3.25, 1e-7, 123456789012, 0.1 + 0.2]))
        book.close()
        expected = pd.read_excel(path, engine="openpyxl").astype({"q4": "str"})
        found = read(tmp_path, path=path).cells.reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)


def test_a_workbook_of_openpyxl_is_read(tmp_path):
    path = saved(tmp_path, ["id", "q", "d"], [1, "da", DAY], [2, None, DAY.date()])
    table = read(tmp_path, path=path, id="id")
    assert table.cells["q"].tolist()[0] == "da"
    assert table.cells["q"].isna().tolist() == [False, True]
    assert table.cells["d"].tolist() == [pd.Timestamp(DAY)] * 2


def test_strict_names_and_absolute_targets_are_read(tmp_path):
    strict = {
        name: part.replace("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/x")
        .replace("http://schemas.openxmlformats.org/officeDocument/2006", "http://purl.oclc.org/ooxml/officeDocument")
        for name, part in parts_of(rows_of(["q"], [5])).items()
    }  # fmt: skip
    assert read(tmp_path, change=strict).cells["q"].tolist() == [5.0]


def test_text_in_runs_escapes_and_reading_aids(tmp_path):
    strings = (
        "<si><t>q</t></si><si><r><t>pod</t></r><r><t xml:space='preserve'>hod </t></r><rPh><t>kana</t></rPh></si>"
        "<si><t>a_x000A_b _x005F_x000A_ _xD83D_</t></si>"
    )
    sheet = rows_of(['<c t="s"><v>0</v></c>'], ['<c t="s"><v>1</v></c>'], ['<c t="s"><v>2</v></c>'])
    change = {"xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>"}
    assert read(tmp_path, sheet, change=change).cells["q"].tolist() == ["podhod ", "a\nb _x000A_ _xD83D_"]


def test_days_of_the_mac_calendar_times_and_impossible_days(tmp_path):
    # 24 November 2021 is day 43062 after 1 January 1904; half a day is noon; day -1 is none.
    sheet = rows_of(["d", "t", "e"], *([f'<c s="1"><v>{day}</v></c>' for day in (43062, 0.5, -3000000)],) * 2)
    table = read(tmp_path, change=parts_of(sheet, book='<workbookPr date1904="1"/>'))
    assert table.cells["d"].tolist() == [pd.Timestamp(DAY)] * 2
    assert table.cells["t"].tolist() == ["12:00:00"] * 2
    assert said(table) == [("error", "e", "2 rows: id 1, 2")]


@pytest.mark.parametrize(
    ("form", "is_day"),
    [("d. m. yyyy", True), ("[$-424]d. mmm yyyy;@", True), ('0.00" d"', False), ("General", False), ("[h]:mm", False)],
)
def test_what_a_date_is_depends_on_the_format(tmp_path, form, is_day):
    styles = f'<numFmts><numFmt numFmtId="164" formatCode="{form.replace(chr(34), "&quot;")}"/></numFmts>'
    styles += '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'
    change = {"xl/styles.xml": f"<styleSheet {MAIN}>{styles}</styleSheet>"}
    table = read(tmp_path, rows_of(["d"], ['<c s="1"><v>44524</v></c>']), change=change)
    assert (table.cells["d"].dtype.kind == "M") is is_day


def test_days_among_codes_are_reported(tmp_path):
    rows = [["id", "q"], [11, 1], [12, '<c s="1"><v>44228</v></c>'], [13, 2], [14, "3"]]
    table = read(tmp_path, rows_of(*rows), id="id")
    assert said(table) == [("error", "q", "1 row: id 12")]
    assert "turned codes" in table.problems[0].found


def test_error_values_are_reported_and_true_and_false_are_noted(tmp_path):
    rows = [["id", "q", "r"], [11, '<c t="e"><v>#N/A</v></c>', '<c t="b"><v>1</v></c>'], [12, 5, 0]]
    table = read(tmp_path, rows_of(*rows), id="id")
    assert said(table) == [("warning", "file", "C2"), ("error", "q", "1 row: id 11")]
    assert table.cells["r"].tolist() == ["TRUE", "0"]


def test_numbers_stored_as_text_follow_the_rules_of_csv(tmp_path):
    table = read(tmp_path, rows_of(["a", "b", "c"], ["1,5", "1,5", "'=1"], [2, "1.5", "b"]))
    assert table.cells["a"].tolist() == ["1.5", "2"]
    assert table.cells["c"].tolist() == ["=1", "b"]
    assert said(table) == [("error", "b", "1 row: id 1")]


def test_several_sheets_need_a_name(tmp_path):
    def more(book):
        book.create_sheet("Notes")["A1"] = "note"
        book.create_sheet("Empty")

    path = saved(tmp_path, ["q"], [1], make=more)
    message = refused(tmp_path, path=path)
    assert "several sheets have cells ('Sheet', 'Notes')" in message
    assert read(tmp_path, path=path, sheet="Sheet").cells["q"].tolist() == [1.0]
    message = refused(tmp_path, path=path, sheet="Shet")
    assert "unknown sheet 'Shet'; did you mean 'Sheet'? Allowed: Sheet, Notes, Empty" in message
    assert "sheet 'Empty' is empty" in refused(tmp_path, path=path, sheet="Empty")


def test_hidden_sheets_are_passed_over_and_noted(tmp_path):
    def hide(book):
        sheet = book.create_sheet("Lists")
        sheet["A1"], sheet.sheet_state = "x", "hidden"

    path = saved(tmp_path, ["q"], [1], make=hide)
    table = read(tmp_path, path=path)
    assert "Lists" in table.problems[0].found
    assert list(read(tmp_path, path=path, sheet="Lists").cells) == ["x"]


def test_hidden_rows_and_columns_are_read_and_noted(tmp_path):
    def hide(book):
        book.active.row_dimensions[3].hidden = True
        book.active.row_dimensions[99].hidden = True
        book.active.column_dimensions["B"].hidden = True

    table = read(tmp_path, path=saved(tmp_path, ["a", "b"], [1, 2], [3, 4], make=hide))
    assert table.rows == 2
    assert [problem.found for problem in table.problems] == [
        "hidden rows: 1, hidden columns: 1; they are read like the others"
    ]


def test_merged_cells_in_the_table_are_refused(tmp_path):
    merged = "".join(f'<mergeCell ref="A{row}:B{row}"/>' for row in range(2, 12))
    message = refused(tmp_path, rows_of(["a", "b"], *([1, 2],) * 10) + f"<mergeCells>{merged}</mergeCells>")
    assert "A2:B2, A3:B3" in message
    assert "A9:B9 and 2 more" in message


def test_merged_cells_beside_the_table_do_not_matter(tmp_path):
    path = saved(tmp_path, ["a"], [1], make=lambda book: book.active.merge_cells("D5:E6"))
    assert read(tmp_path, path=path).rows == 1


def test_formulas_without_a_value_are_refused(tmp_path):
    message = refused(tmp_path, path=saved(tmp_path, ["a", "b"], [1, "=A2+1"], [2, "=A3+1"]))
    assert "formulas whose values the file does not hold: B2, B3" in message


def test_formulas_with_a_value_are_read_and_noted(tmp_path):
    cells = ["<c><f>1+1</f><v>2</v></c>", '<c t="str"><f>A1</f><v></v></c>', '<c t="str"><f>A1</f><v>da</v></c>']
    table = read(tmp_path, rows_of(["a", "b", "c"], cells))
    assert table.cells["a"].tolist() == [2.0]
    assert table.cells["b"].isna().all()
    assert table.cells["c"].tolist() == ["da"]
    assert said(table) == [("warning", "file", "A2, B2, C2")]


def test_placeholders_in_place_of_computed_values_are_refused(tmp_path):
    # XlsxWriter stores 0 as the value of every formula and asks Excel to compute all when it opens the file.
    path = tmp_path / "xlsxwriter.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_column(0, 0, ["a", 5, "=A2+1"])
    assert "values the file does not hold: A3" in refused(tmp_path, path=path)


def test_the_table_may_stand_anywhere_and_empty_rows_inside_are_reported(tmp_path):
    def place(book):
        for name, cell in {"C3": "id", "D3": "q", "C4": 1, "D4": 5, "C7": 2, "D7": 6}.items():
            book.active[name] = cell

    table = read(tmp_path, path=saved(tmp_path, make=place), id="id")
    assert table.cells.to_dict("list") == {"id": [1.0, 2.0], "q": [5.0, 6.0]}
    assert said(table) == [("warning", "file", "row 5, 6")]


def test_the_header_follows_the_rules_of_csv(tmp_path):
    assert "stand twice: a" in refused(tmp_path, rows_of(["a", " a "], [1, 2]))
    assert "without a name in the first row hold cells: column B. " in refused(tmp_path, rows_of(["a"], [1, 2]))
    assert "has no header" in refused(tmp_path, rows_of([1, 2], [3, 4]))
    assert read(tmp_path, rows_of(["a", "b"])).rows == 0
    assert list(read(tmp_path, rows_of(["a", 2021], [1, 2])).cells) == ["a", "2021"]


def test_columns_are_named_by_their_letters_wherever_the_table_stands(tmp_path):
    path = saved(tmp_path, make=lambda book: [book.active.cell(row, 8, 1) for row in (3,)] + [
        book.active.cell(1, column, f"q{column}") for column in (3, 4)
    ])  # fmt: skip
    assert "hold cells: column H. " in refused(tmp_path, path=path)


def test_a_note_below_the_table_is_no_respondent(tmp_path):
    table = read(tmp_path, rows_of(["id", "q"], [11, 5], [12, 6], ["Vir: 2025"]), id="id")
    assert said(table) == [("error", "file", "1 row: id Vir: 2025")]
    assert table.problems[0].to_do == "delete notes below the table"


def test_a_workbook_of_a_wave_with_invented_answers_cannot_tell_them(tmp_path):
    path = zipped(tmp_path / "answers.xlsx", parts_of(rows_of(["q"], [5])))
    wave = wave_of(tmp_path, "xlsx", id=None).model_copy(update={"synthetic": True})
    (problem,) = read_xlsx(path, wave).problems
    assert (problem.severity, problem.variable) == ("warning", "file")
    assert "holds no mark of invented answers" in problem.found


def test_an_archive_without_a_workbook_is_named(tmp_path):
    path = zipped(tmp_path / "answers.xlsx", {"responses.csv": "id;q"})
    assert "is a zip archive and no Excel workbook. Unpack it" in refused(tmp_path, path=path)


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.zip", "is an archive (.zip). Unpack it and give the file inside."),
     ("a.DOCX", "files of the kind .docx are not read"), ("a.odt", "files of the kind .odt are not read")],
)  # fmt: skip
def test_other_packed_files_are_named_by_their_endings(tmp_path, name, said):
    path = zipped(tmp_path / name, {"responses.csv": "id;q"})
    with pytest.raises(DataError) as caught:
        kind_of(path, wave_of(tmp_path, "xlsx"))
    assert said in str(caught.value)


def test_mojibake_is_named(tmp_path):
    message = refused(tmp_path, rows_of(["id", "predlog"], [1, "veÄŤ tiĹˇine"]))
    assert "'ÄŤ' stands for 'č'" in message
    assert "tiĹˇine" not in message


def test_a_sheet_that_promises_more_rows_is_noted(tmp_path):
    table = read(tmp_path, '<dimension ref="A1:B40"/>' + rows_of(["a"], [1]))
    assert "goes to row 40, but it ends at row 2" in table.problems[0].found
    assert read(tmp_path, '<dimension ref="A1"/>' + rows_of(["a"], [1])).problems == ()


def test_rows_beyond_the_announced_size_are_read(tmp_path):
    assert read(tmp_path, '<dimension ref="A1:A2"/>' + rows_of(["a"], [1], [2], [3])).rows == 3


def test_a_cell_far_away_does_not_swell(tmp_path):
    names = "".join(f'<c r="{name}1" t="str"><v>{name}</v></c>' for name in ("A", "XFD"))
    sheet = f'<sheetData><row r="1">{names}</row><row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    assert read(tmp_path, sheet).rows == 1
    wide = "".join(f'<c t="str"><v>n{place}</v></c>' for place in range(50))
    message = refused(tmp_path, sheet.replace(names, wide))
    assert "spans 1048575 rows and 50 columns" in message


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A3"><v>1</v></c></row>',
        '<row r="1048577"><c><v>1</v></c></row>',
        '<row r="2"><c r="AAAA2"><v>1</v></c></row>',
        '<row r="2"><c r="XFE2"><v>1</v></c></row>',
        '<row r="2"><c t="s"><v>-1</v></c></row>',
        '<row r="2"><c t="s"><v>9</v></c></row>',
        '<row r="2"><c><v>secret</v></c></row>',
        '<row r="2"><c><v>nan</v></c></row>',
        '<row r="2"><c s="7"><v>1</v></c></row>',
        '<row r="2"><c t="x"><v>1</v></c></row>',
        '<row r="2"><c t="d"><v>yesterday</v></c></row>',
    ],
)
def test_what_cannot_be_in_a_sheet_is_damage(tmp_path, rows):
    header = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
    message = refused(tmp_path, f"<sheetData>{header}{rows}</sheetData>")
    assert "sheet 'Answers' is damaged in or after row" in message
    assert "secret" not in message


def test_days_in_iso_form_are_read(tmp_path):
    rows = [["d"], *(['<c t="d"><v>2021-11-24</v></c>'], ['<c t="d"><v>2021-11-24T10:30:00Z</v></c>'])]
    assert read(tmp_path, rows_of(*rows)).cells["d"].tolist() == [pd.Timestamp(DAY), pd.Timestamp("2021-11-24 10:30")]


@pytest.mark.parametrize(
    "part", ["_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
def test_a_missing_part_is_damage(tmp_path, part):
    assert "is damaged: its parts do not fit together" in refused(tmp_path, rows_of(["a"], [1]), change={part: None})


def test_document_type_definitions_are_refused(tmp_path):
    bomb = f'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet {MAIN}>&b;</worksheet>'
    for content in (bomb, b"\xff\xfe" + bomb.encode("utf-16-le")):
        message = refused(tmp_path, change={"xl/worksheets/sheet1.xml": content})
        assert "document type definition" in message
    assert "document type definition" in refused(tmp_path, change={"xl/workbook.xml": bomb})


def test_other_kinds_of_files_are_named(tmp_path):
    path = tmp_path / "other.xlsx"
    ole = bytes.fromhex("D0CF11E0A1B11AE1")
    for content, found in {
        b"": "is empty",
        b"id;q\n1;2\n": "is no .xlsx file (its first bytes are 69 64 3b 71)",
        b"<html><table>": "is no .xlsx file",
        ole + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"): "protected by a password",
        ole + b"\x00" * 600 + "Workbook".encode("utf-16-le"): "an old Excel file",
    }.items():
        path.write_bytes(content)
        assert found in refused(tmp_path, path=path)
    zipped(path, {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})
    assert "OpenDocument" in refused(tmp_path, path=path)
    zipped(path, {"_rels/.rels": related(r1=("officeDocument", "xl/workbook.bin")), "xl/workbook.bin": "x"})
    assert "binary workbook" in refused(tmp_path, path=path)
    zipped(
        path, {"_rels/.rels": related(r1=("officeDocument", "word/document.xml")), "word/document.xml": "<document/>"}
    )
    assert "is no Excel workbook" in refused(tmp_path, path=path)


def test_archives_that_swell_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "bomb.xlsx"
    zipped(path, parts_of(rows_of(["a"])) | {"xl/media/x.bin": b"\0" * (3 * 2**20)})
    assert "more than 200 times its size" in refused(tmp_path, path=path)
    monkeypatch.setattr(archive, "MOST_UNPACKED", 2000)
    assert "at most 0 MB are read" in refused(tmp_path, rows_of(["a"], *([place] for place in range(99))))
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MOST_ENTRIES", 5)
    assert "has 6 entries, at most 5" in refused(tmp_path, rows_of(["a"], [1]))


@pytest.mark.parametrize("name", ["../x.xml", "/etc/x.xml", "xl/../../x", "C:/x.xml"])
def test_entries_that_point_outside_are_refused(tmp_path, name):
    assert "point outside the archive" in refused(tmp_path, rows_of(["a"], [1]), change={name: "x"})


def test_entries_that_stand_twice_are_refused(tmp_path):
    path = zipped(tmp_path / "answers.xlsx", parts_of(rows_of(["a"], [1])))
    with zipfile.ZipFile(path, "a") as archived, pytest.warns(UserWarning, match="Duplicate name"):
        archived.writestr("xl/workbook.xml", "<workbook/>")
    assert "holds an entry twice" in refused(tmp_path, path=path)


def test_protected_and_oddly_packed_entries_are_refused(tmp_path):
    content = bytearray(zipped(tmp_path / "answers.xlsx", parts_of(rows_of(["a"], [1]))).read_bytes())
    directory = content.index(b"PK\x01\x02")  # flags stand 8 bytes after it, the method 10
    path = tmp_path / "changed.xlsx"
    for offset, number, found in ((8, 1, "protected by a password"), (10, 14, "no spreadsheet program uses")):
        changed = content.copy()
        changed[directory + offset] = number
        path.write_bytes(changed)
        assert found in refused(tmp_path, path=path)


def small_workbook(folder):
    path = saved(folder, ["id", "q", "t", "d"], *([row, row % 5, f"več {row}", DAY] for row in range(12)))
    wave = wave_of(folder, "xlsx")
    return path.read_bytes(), wave, read_xlsx(path, wave).cells


def test_no_cut_workbook_is_read(tmp_path):
    content, wave, _ = small_workbook(tmp_path)
    path = tmp_path / "cut.xlsx"
    for length in range(0, len(content), 17):
        path.write_bytes(content[:length])
        with pytest.raises(DataError):
            read_xlsx(path, wave)


def test_a_changed_byte_is_noticed_or_changes_nothing(tmp_path):
    content, wave, cells = small_workbook(tmp_path)
    path, refusals = tmp_path / "changed.xlsx", 0
    for place in range(0, len(content), 11):
        changed = bytearray(content)
        changed[place] ^= 0x55
        path.write_bytes(changed)
        try:
            table = read_xlsx(path, wave)
        except DataError:
            refusals += 1
        else:
            pd.testing.assert_frame_equal(table.cells, cells)
    assert refusals > len(content) / 11 / 2


def test_damaged_xml_in_a_sound_archive_is_a_data_error(tmp_path):
    content, wave, cells = small_workbook(tmp_path)
    random = np.random.default_rng(3)
    with zipfile.ZipFile(io.BytesIO(content)) as archived:
        parts = {name: archived.read(name) for name in archived.namelist()}
    refusals = 0
    for _ in range(400):
        name = random.choice([name for name in parts if name.endswith((".xml", ".rels"))])
        changed = bytearray(parts[name])
        start = int(random.integers(len(changed)))
        changed[start : start + int(random.integers(1, 9))] = random.bytes(int(random.integers(0, 4)))
        path = zipped(tmp_path / "changed.xlsx", parts | {name: bytes(changed)})
        try:
            assert len(read_xlsx(path, wave).cells) <= len(cells)
        except DataError:
            refusals += 1
    assert refusals > 100


def test_a_survey_reads_the_same_from_xlsx_as_from_sav(tmp_path):
    folder = write_wave(tmp_path, form="xlsx", file="answers.xlsx", change=("n = 4", 'n = 4\nid = "id"'))
    header = ["id", "sex", "age", "annoyance_road", "annoyance_port", "hours", "proposals"]
    rows = [
        [11, 1, 18, 1, 98, None, "Manj prometa čez šolski okoliš, žal"], [12, 2, 105, 3, 1, 2, None],
        [13, 2, 999, 97, 2, None, "ČŠŽ čšž"], [14, None, 40, 2, None, None, "tišina"],
    ]  # fmt: skip
    saved(tmp_path, header, *rows).rename(folder / "answers.xlsx")
    survey, expected = kzm.load(folder), kzm.load(tiny(tmp_path / "sav"))
    assert survey.responses.equals(expected.responses)
    assert survey.missing.equals(expected.missing)
    assert survey.source.kind == "xlsx"
