"""Excel workbooks of many tables: contents, a sheet per block of tables, one sheet that explains the marks."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import accumulate

from kzm_surveys.protection.blocks import (
    ABOVE,
    LABEL_WIDTH,
    LINE,
    NOTE_LINE,
    SMALL,
    TITLE_LINE,
    About,
    Block,
    BlockSheet,
    Group,
    Legend,
    column_widths,
    first_rows,
    group_spans,
    head_depth,
    lines_of_head,
    page_breaks,
    row_height,
    rows_of_block,
    wrapped_lines,
)
from kzm_surveys.protection.workbook import (
    Format,
    Value,
    Workbook,
    Worksheet,
    new_book,
    pattern,
    sheet_names,
    shortened,
)


def block_workbook(sheets: Sequence[BlockSheet], legend: Legend, about: About) -> bytes:
    """Write a workbook of many tables: contents with links, a sheet per block, one sheet that explains the marks.

    Every sheet has a frozen head, links to contents and marks, and prints on A4, one page wide, with the head on
    each page.

    Parameters
    ----------
    sheets
        The tables.
    legend
        The sheet of marks; it comes last.
    about
        Title, mark of synthetic data, names and date.

    Returns
    -------
    bytes
        The .xlsx file.
    """
    out = io.BytesIO()
    pages = _Pages(new_book(out, about.title, about.mark, about.day), about)
    names = sheet_names([about.contents, *(sheet.name for sheet in sheets), legend.name])
    places = [first_rows(sheet) for sheet in sheets]
    pages.write_contents(names, sheets, places, legend)
    for name, sheet, rows in zip(names[1:-1], sheets, places, strict=True):
        pages.write_blocks(name, sheet, rows, legend_name=names[-1])
    pages.write_legend(names[-1], legend)
    pages.book.close()
    return out.getvalue()


LEGEND_WIDTHS, CONTENTS_WIDTH = (16, 114), 92
#: Behind a number without a mark, so that numbers stand below each other.
ROOM_FOR_MARK = "_ _M"
TEXT = "@" + ROOM_FOR_MARK
EDGE: Mapping[str, object] = {"left": 1, "left_color": "#A0A0A0"}
LOOKS: Mapping[str, Mapping[str, object]] = {
    "title": {"bold": True, "font_size": 14},
    "mark": {"bold": True, "font_color": "#801650"},
    "link": {"font_color": "#12436D", "underline": 1},
    "strong link": {"font_color": "#12436D", "underline": 1, "bold": True},
    "indented link": {"font_color": "#12436D", "underline": 1, "indent": 2},
    "text": {"text_wrap": True, "valign": "top"},
    "heading": {"bold": True, "top": 1, "bottom": 1, "bg_color": "#E6E9ED"},
    "group": {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "bg_color": "#E6E9ED"},
    "column": {"align": "right", "valign": "bottom", "text_wrap": True, "bg_color": "#E6E9ED"},
    "letter": {
        "align": "right", "num_format": TEXT, "bold": True, "font_color": "#12436D", "bottom": 1, "bg_color": "#E6E9ED",
    },
    "block": {"bold": True, "font_size": 12, "text_wrap": True, "valign": "bottom", "bottom": 1},
    "wording": {"italic": True, "text_wrap": True, "valign": "top", "font_color": "#333333"},
    "note": {"font_size": 9, "text_wrap": True, "valign": "top", "font_color": "#333333"},
    "plain": {}, "base": {"font_color": "#555555", "italic": True}, "strong": {"bold": True},
    "letters": {"font_color": "#12436D", "font_size": 9, "bold": True},
}  # fmt: skip


class _Pages:
    """The sheets of a block workbook, with the formats that they share."""

    def __init__(self, book: Workbook, about: About) -> None:
        self.book, self.about = book, about
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def look(self, name: str, **more: object) -> Format:
        """The format of a look, made once."""
        wanted = {**LOOKS[name], **more}
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(wanted)
        return self._formats[key]

    def page(self, name: str, title: str) -> Worksheet:
        """A new sheet with title and mark, ready to print on A4 across."""
        page = self.book.add_worksheet(name)
        page.hide_gridlines(2)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        left, right = (_plain_in_header(text) for text in (self.about.title, title))
        page.set_header(f"&L&9 {left}" + (f"&R&9 {right}" if title != self.about.title else ""))
        number = self.about.page.format(page="&P", pages="&N")
        page.set_footer(f'&L&"-,Bold"&9 {_plain_in_header(self.about.mark)}&R&9 {number}')
        page.write_string(0, 0, title, self.look("title"))
        if self.about.mark:
            page.write_string(1, 0, self.about.mark, self.look("mark"))
        return page

    def write_contents(
        self, names: Sequence[str], sheets: Sequence[BlockSheet], places: Sequence[Sequence[int]], legend: Legend
    ) -> None:
        """The first sheet: facts, then a link to every sheet and table."""
        page = self.page(names[0], self.about.title)
        page.set_portrait()
        page.set_column(0, 0, CONTENTS_WIDTH)
        row = 2
        for row, fact in enumerate(self.about.facts, start=2):
            page.set_row(row, LINE * wrapped_lines(fact, 1.1 * CONTENTS_WIDTH))
            page.write_string(row, 0, fact, self.look("text"))
        row += 2
        for name, sheet, rows in zip(names[1:-1], sheets, places, strict=True):
            page.write_url(row, 0, f"internal:'{name}'!A1", self.look("strong link"), sheet.title)
            row += 1
            for block, place in zip(sheet.blocks, rows, strict=True) if len(rows) > 1 else ():
                page.write_url(row, 0, f"internal:'{name}'!A{place + 1}", self.look("indented link"), block.title)
                row += 1
        page.write_url(row, 0, f"internal:'{names[-1]}'!A1", self.look("strong link"), legend.title)

    def write_blocks(self, name: str, sheet: BlockSheet, rows: Sequence[int], *, legend_name: str) -> None:
        """A sheet of tables under one head."""
        page = self.page(name, sheet.title)
        page.write_url(2, 0, f"internal:'{self.about.contents}'!A1", self.look("link"), f"← {self.about.contents}")
        page.write_url(2, 1, f"internal:'{legend_name}'!A1", self.look("link"), f"→ {legend_name}")
        widths = column_widths(sheet)
        page.set_column(0, 0, LABEL_WIDTH)
        for column, width in enumerate(widths, start=1):
            page.set_column(column, column, width)
        self._write_head(page, sheet.head, widths)
        head = head_depth(sheet.head)
        wide = LABEL_WIDTH + sum(widths)
        for row, note in enumerate(sheet.notes, start=ABOVE + head):
            self._across(page, row, note, "note", SMALL * wide, len(widths), points=NOTE_LINE)
        starts = {1 + before for before in accumulate(len(group.columns) for group in sheet.head)} | {1}
        for row, block in zip(rows, sheet.blocks, strict=True):
            self._write_block(page, row, block, widths, starts)
        page.freeze_panes(ABOVE + head, 1)
        page.repeat_rows(ABOVE, ABOVE + head - 1)
        page.print_area(ABOVE, 0, rows[-1] + rows_of_block(sheet.blocks[-1]) - 1, len(widths))
        page.set_h_pagebreaks(page_breaks(sheet, rows, widths))

    def _write_head(self, page: Worksheet, head: Sequence[Group], widths: Sequence[float]) -> None:
        """Breaks over their categories over the letters of these."""
        letters = head_depth(head) == 3
        for row, lines in enumerate(lines_of_head(head, widths), start=ABOVE):
            page.set_row(row, LINE * lines)
        last = {} if letters else {"bottom": 1}
        page.write_blank(ABOVE, 0, None, self.look("group"))
        page.write_blank(ABOVE + 1, 0, None, self.look("column", **last))
        if letters:
            page.write_blank(ABOVE + 2, 0, None, self.look("letter"))
        for group, span in zip(head, group_spans(head), strict=True):
            first, end = span[0] + 1, span[-1] + 1
            if end > first:
                page.merge_range(ABOVE, first, ABOVE, end, "", self.look("group", **EDGE))
            _write_text(page, ABOVE, first, group.label, self.look("group", **EDGE))
            for column, label in enumerate(group.columns, start=first):
                edge = EDGE if column == first else {}
                room = {"indent": 1} if " " in label else {"num_format": TEXT}  # a format pads the last line only
                _write_text(page, ABOVE + 1, column, label, self.look("column", **edge, **last, **room))
                if letters:
                    letter = group.letters[column - first] if group.letters else ""
                    _write_text(page, ABOVE + 2, column, letter, self.look("letter", **edge))

    def _write_block(self, page: Worksheet, top: int, block: Block, widths: Sequence[float], starts: set[int]) -> None:
        """One table; title, text and notes go across all columns."""
        wide = LABEL_WIDTH + sum(widths)
        row = top
        if block.title:
            row = self._across(page, row, block.title, "block", wide, len(widths), points=TITLE_LINE)
        if block.text:
            row = self._across(page, row, block.text, "wording", wide, len(widths))
        for line in block.rows:
            page.set_row(row, row_height(line))
            _write_text(page, row, 0, line.label, self.look(line.look, text_wrap=True, valign="top"))
            for column, cell in enumerate(line.cells, start=1):
                edge = {"valign": "top", **(EDGE if column in starts else {})}
                if isinstance(cell, Value):
                    number = pattern(cell.kind, cell.mark) + ("" if cell.mark else ROOM_FOR_MARK)
                    page.write_number(row, column, cell.number, self.look(line.look, num_format=number, **edge))
                else:
                    _write_text(page, row, column, cell, self.look(line.look, align="right", num_format=TEXT, **edge))
            row += 1
        for note in block.notes:
            row = self._across(page, row, note, "note", SMALL * wide, len(widths), points=NOTE_LINE)

    def _across(
        self, page: Worksheet, row: int, text: str, look: str, wide: float, columns: int, points: float = LINE
    ) -> int:
        """Write a text across all columns; the row after it."""
        page.set_row(row, points * wrapped_lines(text, wide))
        page.merge_range(row, 0, row, columns, "", self.look(look))
        page.write_string(row, 0, text, self.look(look))
        return row + 1

    def write_legend(self, name: str, legend: Legend) -> None:
        """The last sheet: what each mark means, and how the numbers were made."""
        page = self.page(name, legend.title)
        page.write_url(2, 0, f"internal:'{self.about.contents}'!A1", self.look("link"), f"← {self.about.contents}")
        for column, width in enumerate(LEGEND_WIDTHS):
            page.set_column(column, column, width)
        row = ABOVE + 1
        for mark, meaning in legend.marks:
            page.set_row(row, LINE * wrapped_lines(meaning, LEGEND_WIDTHS[1]))
            page.write_string(row, 0, mark, self.look("strong", valign="top"))
            page.write_string(row, 1, meaning, self.look("text"))
            row += 1
        for heading, notes in legend.notes.items():
            row += 1
            page.merge_range(row, 0, row, 1, "", self.look("heading"))
            page.write_string(row, 0, heading, self.look("heading"))
            row += 1
            for note in notes:
                row = self._across(page, row, note, "text", sum(LEGEND_WIDTHS), 1)


def _write_text(page: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    """Write a text as such; an empty one leaves its format alone."""
    if text:
        page.write_string(row, column, text, look)
    else:
        page.write_blank(row, column, None, look)


def _plain_in_header(text: str) -> str:
    """Text for a header or footer, where '&' begins a command and 255 characters are the most.

    >>> _plain_in_header("a & b")
    'a && b'
    """
    return shortened(text, 90).replace("&", "&&")
