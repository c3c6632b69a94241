"""Waves and small files for the tests of CSV and XLSX; workbooks are zipped from literal parts."""

import zipfile

from kzm_surveys.wave import read_wave
from tests.loaders import write_wave

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def wave_of(folder, form, **data):
    """Wave of the tiny survey whose file is of the kind `form`, with more keys in [data]."""
    keys = "".join(f'\n{name} = "{value}"' for name, value in ({"id": "id"} | data).items() if value is not None)
    return read_wave(write_wave(folder, form=form, file=f"answers.{form}", change=("n = 4", f"n = 4{keys}")))[0]


def related(**parts):
    rows = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in parts.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def parts_of(sheet, *, strings="", book="", calculation="", styles='<xf numFmtId="0"/><xf numFmtId="14"/>'):
    """Parts of a workbook with one sheet; `sheet` is what stands inside <worksheet>."""
    return {
        "_rels/.rels": related(r1=("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATIONS}">{book}<sheets><sheet name="Answers" sheetId="1" '
        f'r:id="r1"/></sheets>{calculation}</workbook>',
        "xl/_rels/workbook.xml.rels": related(
            r1=("worksheet", "worksheets/sheet1.xml"),
            r2=("sharedStrings", "/xl/sharedStrings.xml"),
            r3=("styles", "styles.xml"),
        ),
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        "xl/styles.xml": f"<styleSheet {MAIN}><cellXfs>{styles}</cellXfs></styleSheet>",
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}>{sheet}</worksheet>",
    }


def zipped(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def rows_of(*rows):
    """<sheetData> of rows of cells; text becomes an inline string, numbers numbers, other cells are given as XML."""

    def cell(name, content):
        if content is None:
            return ""
        if isinstance(content, str) and content.startswith("<c"):
            return content.replace("<c", f'<c r="{name}"', 1)
        if isinstance(content, str):
            return f'<c r="{name}" t="inlineStr"><is><t>{content}</t></is></c>'
        return f'<c r="{name}"><v>{content}</v></c>'

    lines = (
        f'<row r="{row}">{"".join(cell(f"{chr(65 + i)}{row}", content) for i, content in enumerate(cells))}</row>'
        for row, cells in enumerate(rows, start=1)
    )
    return f"<sheetData>{''.join(lines)}</sheetData>"
