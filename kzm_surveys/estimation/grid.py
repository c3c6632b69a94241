"""A table of words, drawn as plain text or as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import Protocol, runtime_checkable

from kzm_surveys.language.numbers import Language


@dataclass(frozen=True)
class Grid:
    """A table as text: heads from top to bottom as (text, columns below), rows of a label and cells, notes."""

    caption: str
    heads: Sequence[Sequence[tuple[str, int]]]
    rows: Sequence[tuple[str, Sequence[str]]]
    notes: Sequence[str]


@runtime_checkable
class HasGrid(Protocol):
    """A result that makes its own table, notes included."""

    def grid(self, lang: Language) -> Grid:
        """The table of the result in a language."""


def text_lines(grid: Grid, room: int) -> Iterator[str]:
    """Lines of a table; columns that do not fit into the width follow in a further part."""
    yield from wrapped(grid.caption, room)
    cells = [cells for _, cells in grid.rows]
    leaf = [text for text, _ in grid.heads[-1]] if len(grid.heads) < 3 else [text for text, _ in grid.heads[1]]
    needed = [_head_width(head, [len(row[column]) for row in cells]) for column, head in enumerate(leaf)]
    longest = max((len(label) for label, _ in grid.rows), default=0)
    label_width = min(longest, max(room // 3, room - sum(needed) - 2 * len(needed)))
    label_width = max(label_width, *(len(word) for label, _ in grid.rows for word in label.split(" ")))
    parts: list[list[int]] = [[]]
    for column, width in enumerate(needed):
        used = label_width + sum(needed[other] + 2 for other in parts[-1])
        if parts[-1] and used + 2 + width > room:
            parts.append([])
        parts[-1].append(column)
    for columns in parts:
        widths = [needed[column] for column in columns]
        rule = "─" * (label_width + sum(widths) + 2 * len(widths))
        yield rule
        for head in grid.heads:
            yield from _head_lines(head, columns, label_width, widths)
        for label, values in grid.rows:
            first, *rest = wrapped(label, label_width)
            numbers = "".join(f"  {values[column]:>{width}}" for column, width in zip(columns, widths, strict=True))
            yield f"{first:<{label_width}}{numbers}".rstrip()
            yield from rest
        yield rule
    for note in grid.notes:
        yield from wrapped(note, room)


def _head_width(head: str, cells: Sequence[int]) -> int:
    """Width of a column in which no word of its head is broken, no cell cut, and the head takes two lines at most."""
    width = max([*map(len, head.split(" ")), *cells])
    while len(wrapped(head, width)) > 2:
        width += 1
    return width


def _head_lines(
    head: Sequence[tuple[str, int]], columns: Sequence[int], label_width: int, widths: Sequence[int]
) -> Iterator[str]:
    """Lines of one row of heads: single columns stand right, heads over several stand left over their first."""
    ends = list(accumulate(span for _, span in head))
    boxes: list[tuple[list[str], int, bool]] = []
    for (text, span), end in zip(head, ends, strict=True):
        inside = [width for column, width in zip(columns, widths, strict=True) if end - span <= column < end]
        if inside:
            room = sum(inside) + 2 * (len(inside) - 1)
            boxes.append((list(wrapped(text, room)), room, span > 1))
    for number in range(max(len(lines) for lines, _, _ in boxes)):
        line = " " * label_width
        for lines, room, wide in boxes:
            missing = max(len(lines) for lines, _, _ in boxes) - len(lines)
            text = lines[number - missing] if number >= missing else ""
            line += "  " + (f"{text:<{room}}" if wide else f"{text:>{room}}")
        if line.strip():
            yield line.rstrip()


def wrapped(text: str, room: int) -> list[str]:
    """Lines of a text, broken between words; only a word longer than a line is broken itself."""
    lines = [""]
    for whole in text.split(" "):
        word = whole
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
        while len(word) > room:
            lines[-1], word = word[:room], word[room:]
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def html_table(grid: Grid) -> str:
    """A table with a caption, heads with their scope, escaped text; notes stand in its foot."""
    heads = []
    for place, head in enumerate(grid.heads):
        corner = f'<td rowspan="{len(grid.heads)}"></td>' if place == 0 else ""
        cells = "".join(
            f'<th scope="colgroup" colspan="{span}">{escape(text)}</th>' if span > 1
            else f'<th scope="col">{escape(text)}</th>' if text else "<td></td>"
            for text, span in head
        )  # fmt: skip
        heads.append(f"<tr>{corner}{cells}</tr>")
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for label, cells in grid.rows
    )
    columns = 1 + sum(span for _, span in grid.heads[0])
    foot = "".join(f'<tr><td colspan="{columns}">{escape(note)}</td></tr>' for note in grid.notes)
    return (
        f"<table><caption>{escape(grid.caption)}</caption><thead>{''.join(heads)}</thead><tbody>{rows}</tbody>"
        + (f"<tfoot>{foot}</tfoot>" if foot else "")
        + "</table>"
    )
