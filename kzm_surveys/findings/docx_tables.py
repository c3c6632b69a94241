"""Tables of Word: one header row that repeats, no merged cells, described for screen readers, columns by need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kzm_surveys.findings.docx_xml import attribute, paragraph

#: A table of at most so many lines stays on one page if it can; of a longer one only the first rows stay together.
TOGETHER, FIRST_ROWS = 22, 3
#: Width of a character of a cell's print, of its small print, and the blank at the sides of a cell, in twentieths of
#: a point.
CHARACTER, SMALL_CHARACTER, SIDES = 100, 84, 160
#: A table of more rows is set in small print.
LONG_TABLE = 40
#: The column of labels takes at most this much of the width, and words beyond so many characters wrap.
WIDEST_LABELS, LONGEST_LINE, LONGEST_WORD = 0.44, 70, 22
_SLACK = 400


def table_xml(
    rows: Sequence[Sequence[str]], widths: Sequence[int], styles: Mapping[str, str], *, words: int, title: str,
    description: str = "", lines: int = 0, noted: bool = False,
) -> str:  # fmt: skip
    """Return a table.

    Parameters
    ----------
    rows
        Runs of each cell; the first row is the header.
    widths
        Of the columns, in twentieths of a point.
    styles
        Name of a style -> its id.
    words
        So many leading columns hold words and stand at the left, the others at the right.
    title, description
        For screen readers.
    lines
        About how many lines it has, if more than rows.
    noted
        Notes follow, which its last row must not leave behind.
    """
    described = f"<w:tblDescription w:val={attribute(description)}/>" if description else ""
    properties = (
        f'<w:tblPr><w:tblStyle w:val="{styles["kzm table"]}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="06A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" '
        f'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val={attribute(title)}/>{described}</w:tblPr>'
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    starts = [f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>' for width in widths]
    sides = ['<w:jc w:val="left"/>' if place < words else '<w:jc w:val="right"/>' for place in range(len(widths))]
    last = len(rows) - 1
    kept = last if max(len(rows), lines) <= TOGETHER else FIRST_ROWS
    table = []
    for number, row in enumerate(rows):
        keep = "<w:keepNext/>" if number < kept or (noted and number == last) else ""
        style = styles[(("kzm small cell" if last > LONG_TABLE else "kzm cell") if number else "kzm header")]
        cells = (
            f"{start}{paragraph(style, inside, keep + side)}</w:tc>"
            for start, side, inside in zip(starts, sides, row, strict=True)
        )
        repeated = "" if number else "<w:tblHeader/>"
        table.append(f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(cells)}</w:tr>")
    return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{''.join(table)}</w:tbl>"


def shared(total: int, shares: Sequence[float]) -> list[int]:
    """Return whole widths that add up to the total.

    Examples
    --------
    >>> shared(100, [1, 1, 1])
    [33, 34, 33]
    """
    ends = [round(total * sum(shares[: place + 1]) / sum(shares)) for place in range(len(shares))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def column_widths(total: int, rows: Sequence[Sequence[str]], words: int) -> list[int]:
    """Return widths of columns that add up to the total; the first row is the header.

    Beside one column of labels columns of numbers are equally wide, so that they stand near it; beside sentences or
    several columns of words they are no wider than they need. Columns of words share the rest by the length of their
    words.

    Examples
    --------
    >>> column_widths(9000, [["Vir hrupa", "n", "Delež"], ["Cesta", "508", "26,3 %"]], words=1)
    [3480, 2760, 2760]
    >>> column_widths(9000, [["Postavka", "Podatek"], ["Naročnik", "Mestna občina Koper, Urad za finance"]], 2)
    [1736, 7264]
    """
    columns = list(zip(*rows, strict=True))
    character = _character(rows)
    need = [SIDES + CHARACTER * max(_longest_word(cell) for cell in column) for column in columns]
    longest = [max(len(cell) for cell in column) for column in columns]
    line = [SIDES + character * min(LONGEST_LINE, length) for length in longest]
    numbers = len(columns) - words
    if not numbers:
        return shared(total, _stretched(total, need, line))
    whole = [SIDES + character * max(len(cell) for cell in column[1:]) for column in columns[words:]]
    wanted = [float(max(pair)) for pair in zip(whole, need[words:], strict=True)]
    if words == 1 and longest[0] <= LONGEST_LINE:
        labels = min(WIDEST_LABELS, 0.22 + 0.5 / len(columns))
        wanted = [max(total * (1 - labels) / numbers, *wanted)] * numbers
    scale = min(1.0, 0.75 * total / sum(wanted))
    each = [scale * width for width in wanted]
    return shared(total, [*_stretched(total - sum(each), need[:words], line[:words]), *each])


def lines_of(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> int:
    """About how many lines a table has.

    Examples
    --------
    >>> lines_of([["Vir", "n"], ["hrup cest in železnic v občini", "508"]], [1160, 660])
    4
    """
    room = [max(1, (width - SIDES) // _character(rows)) for width in widths]
    return sum(max(-(-len(cell) // chars) for cell, chars in zip(row, room, strict=True)) for row in rows)


def _character(rows: Sequence[Sequence[str]]) -> int:
    """Width of a character; the first row is the header."""
    return SMALL_CHARACTER if len(rows) - 1 > LONG_TABLE else CHARACTER


def _stretched(total: float, need: Sequence[int], line: Sequence[int]) -> list[float]:
    """Widths of columns of words: their longest words first, then what is left by the length of their lines."""
    scale = min(1.0, total / sum(need))
    left = total - scale * sum(need)
    more = [max(long - least, 0) + _SLACK for least, long in zip(need, line, strict=True)]
    return [scale * least + left * extra / sum(more) for least, extra in zip(need, more, strict=True)]


def _longest_word(cell: str) -> int:
    return min(LONGEST_WORD, max((len(word) for word in re.split(r"[ \n/–-]", cell)), default=1))
