"""What a workbook of many tables consists of, and how much room its parts take on a sheet and on paper."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal

from kzm_surveys.protection.workbook import Value

#: Rows of a sheet of blocks above the head: title, mark, links.
ABOVE = 3
LABEL_WIDTH = 33
#: Points of a line of text, of a title and of a note.
LINE, TITLE_LINE, NOTE_LINE = 15, 18, 12.5
LINES: Mapping[str, int] = {"letters": 12}
#: How many signs of a note stand where one digit of the normal size would.
SMALL = 1.5
#: Points of A4 across within the margins; of a digit in a column's width, and of its padding.
PAGE_WIDTH, PAGE_HEIGHT, DIGIT, PADDING = 784, 508, 5.5, 3.75


@dataclass(frozen=True)
class Group:
    """Columns under one head: a label over their own; `letters` stand below the labels."""

    label: str
    columns: Sequence[str]
    letters: Sequence[str] = ()


Look = Literal["plain", "base", "strong", "letters"]


@dataclass(frozen=True)
class Row:
    """A row of a block: its label and a cell per column; text in a cell stands right, like the numbers."""

    label: str
    cells: Sequence[str | Value]
    look: Look = "plain"


@dataclass(frozen=True)
class Block:
    """A table on a sheet: title (empty if the sheet's says it), text under the title, rows, notes."""

    title: str
    text: str
    rows: Sequence[Row]
    notes: Sequence[str]


@dataclass(frozen=True)
class BlockSheet:
    """Tables with the same columns, under one head that stays in sight; `notes` on all of them stand first."""

    name: str
    title: str
    head: Sequence[Group]
    blocks: Sequence[Block]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Legend:
    """The sheet that explains all marks: mark and meaning, then notes with headings."""

    name: str
    title: str
    marks: Sequence[tuple[str, str]]
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """What stands on every sheet, and in the properties of the file.

    `page` is the footer with ``{page}`` and ``{pages}``, `contents` the name of the first sheet, `facts` the lines
    under its title, `day` the date of creation.
    """

    title: str
    mark: str
    contents: str
    page: str
    facts: Sequence[str]
    day: datetime.date


def head_depth(head: Sequence[Group]) -> int:
    """Break and category, and letters where there are any."""
    return 3 if any(group.letters for group in head) else 2


def rows_of_block(block: Block) -> int:
    """Rows that a block takes, the blank one after it left out."""
    return bool(block.title) + bool(block.text) + len(block.rows) + len(block.notes)


def first_rows(sheet: BlockSheet) -> list[int]:
    """First row of each block, from 0."""
    first = ABOVE + head_depth(sheet.head) + len(sheet.notes)
    return list(accumulate((rows_of_block(block) + 1 for block in sheet.blocks[:-1]), initial=first))


def page_breaks(sheet: BlockSheet, rows: Sequence[int], widths: Sequence[float]) -> list[int]:
    """Rows before which a page ends, so that a table is split only if it is longer than a page.

    On paper the rows above the head are left out: header and footer say the same.
    """
    wide = LABEL_WIDTH + sum(widths)
    scale = min(1.0, PAGE_WIDTH / (wide * DIGIT + (1 + len(widths)) * PADDING))
    room = PAGE_HEIGHT / scale - LINE * sum(lines_of_head(sheet.head, widths))
    breaks, used = [], NOTE_LINE * sum(wrapped_lines(note, SMALL * wide) for note in sheet.notes)
    for row, block in zip(rows, sheet.blocks, strict=True):
        notes = sum(wrapped_lines(note, SMALL * wide) for note in block.notes)
        texts = LINE * wrapped_lines(block.text, wide) + NOTE_LINE * notes
        height = sum(map(row_height, block.rows)) + texts + TITLE_LINE
        if used + height > room and row != rows[0]:
            breaks.append(row)
            used = 0.0
        used += height + LINE
    return breaks


def lines_of_head(head: Sequence[Group], widths: Sequence[float]) -> list[int]:
    """Lines of text in each row of the head."""
    labels = [label for group in head for label in group.columns]
    rooms = [sum(widths[column] for column in span) for span in group_spans(head)]
    above = max(wrapped_lines(group.label, room) for group, room in zip(head, rooms, strict=True))
    below = max(wrapped_lines(label, 1.05 * width) for label, width in zip(labels, widths, strict=True))
    return [above, below, *([1] if head_depth(head) == 3 else [])]


def row_height(line: Row) -> int:
    """Height of a row."""
    return LINES.get(line.look, LINE) * wrapped_lines(line.label, LABEL_WIDTH)


def group_spans(head: Sequence[Group]) -> list[range]:
    """Columns of each group, from 0."""
    ends = list(accumulate(len(group.columns) for group in head))
    return [range(end - len(group.columns), end) for group, end in zip(head, ends, strict=True)]


def column_widths(sheet: BlockSheet) -> list[float]:
    """Width of each column: no word of its head is broken, no number cut, and the name of its break has room."""
    labels = [label for group in sheet.head for label in group.columns]
    lines = [line.cells for block in sheet.blocks for line in block.rows]
    widths = [max(map(len, label.split(" "))) + 2.0 for label in labels]
    for column, width in enumerate(widths):
        widths[column] = max(width, *(_digits(cells[column]) + 0.7 for cells in lines))
    for group, span in zip(sheet.head, group_spans(sheet.head), strict=True):
        longest = max(map(len, group.label.split(" "))) + 2
        lacking = longest - sum(widths[column] for column in span)
        for column in span if lacking > 0 else ():
            widths[column] += lacking / len(span)
    return widths


def _digits(cell: str | Value) -> float:
    """Digits that a cell takes; a percent sign and a mark count for two."""
    if not isinstance(cell, Value):
        return len(cell) + 1.0
    share, decimals = "percent" in cell.kind, {"count": 0, "two decimals": 2}.get(cell.kind, 1)
    return len(f"{100 * cell.number if share else cell.number:,.{decimals}f}") + 2 * share + max(len(cell.mark), 2)


def wrapped_lines(text: str, width: float) -> int:
    """Lines that a text takes when it wraps between words.

    >>> wrapped_lines("", 10), wrapped_lines("ena dva tri", 7), wrapped_lines("nerazdruzljivo", 7)
    (1, 2, 2)
    """
    lines, room = 1, width
    for word in text.split(" "):
        if len(word) > room and room < width:
            lines, room = lines + 1, width
        while len(word) > width:
            word, lines = word[int(width) :], lines + 1
        room -= len(word) + 1
    return lines
