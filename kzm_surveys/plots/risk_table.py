"""The table under survival curves: how many are still under observation at the numbers of the time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.estimation.survival_curves import Curve
from kzm_surveys.language.numbers import Language, decimal
from kzm_surveys.plots.lettering import line_height, text_width, wrapped
from kzm_surveys.plots.palette import INK, MUTED
from kzm_surveys.plots.sheet import EDGE, NUMBERS
from kzm_surveys.plots.style import WIDTHS, Width
from kzm_surveys.plots.upright import UprightPlot, fitting
from kzm_surveys.plots.words import word
from kzm_surveys.wave import Thresholds

_LINE = line_height(NUMBERS)
#: Inches: below the numbers of the axis, between two named rows, and the line of a curve before its name.
_ABOVE, _GAP, _SAMPLE, _NAME = 0.08, 0.05, 0.16, 0.22


@dataclass(frozen=True)
class RiskRow:
    """A row of the table: its name, numbers at the ticks, and the look of its curve; no line if it has none."""

    label: str
    cells: Sequence[str]
    colour: str
    dash: Any


@dataclass(frozen=True)
class RiskTable:
    """The rows, the unit of the time axis above them, and whether several curves must be told apart."""

    rows: Sequence[RiskRow]
    unit: str
    lang: Language
    width: Width

    @property
    def several(self) -> bool:
        """More than one curve."""
        return len(self.rows) > 1

    @property
    def named(self) -> bool:
        """Names stand in the table too; long ones stand in the key only."""
        room = WIDTHS[self.width] - 2 * EDGE - _NAME
        return self.several and all(text_width(row.label, NUMBERS) <= room for row in self.rows)

    @property
    def head(self) -> list[str]:
        """Lines of the heading."""
        return wrapped(word(self.lang, "at_risk"), WIDTHS[self.width] - 2 * EDGE, NUMBERS)

    @property
    def units(self) -> list[str]:
        """Lines of the unit."""
        return wrapped(self.unit, WIDTHS[self.width] - 2 * EDGE, NUMBERS)

    @property
    def height(self) -> float:
        """Inches below the numbers of the axis."""
        each = 2 * _LINE + _GAP if self.named else _LINE
        return (len(self.units) + len(self.head)) * _LINE + _ABOVE + len(self.rows) * each

    def write(self, plot: UprightPlot, top: float) -> None:
        """Write it from `top` inches below the top of the plot."""
        made, y, named = plot.sheet, top, self.named
        for part in self.units:
            end = max(made.left + made.width, EDGE + text_width(part, NUMBERS))
            made.write(end, y, part, size=NUMBERS, ha="right", va="top", color=MUTED, name="unit")
            y += _LINE
        y += _ABOVE
        widest = max(text_width(cell, NUMBERS) for row in self.rows for cell in row.cells)
        shown = set(fitting(plot, plot.across.ticks, widest))
        for part in self.head:
            made.write(EDGE, y, part, size=NUMBERS, va="top", style="italic", color=MUTED, name="heading")
            y += _LINE
        for row in self.rows:
            if self.several and row.colour != "none":
                sample = [plot.at(x, y + _LINE / 2) for x in (EDGE, EDGE + _SAMPLE)]
                plot.lines([np.array(sample)], row.colour, name="sample", width=1.7, dash=row.dash)
            if named:
                made.write(EDGE + _NAME, y + _LINE / 2, row.label, size=NUMBERS, va="center_baseline", name="label")
                y += _LINE
            for tick, cell in zip(plot.across.ticks, row.cells, strict=True):
                if tick in shown:
                    made.write(plot.x(tick), y + _LINE / 2, cell, size=NUMBERS, ha="center", va="center_baseline",
                               color=INK, name="at_risk")  # fmt: skip
            y += _LINE + (_GAP if named else 0.0)


def people(curve: Curve, time: float, limits: Thresholds, lang: Language) -> str:
    """Number under observation just before a time, withheld if it stands for too few or leaves too few."""
    n = int(curve.counts.sum())
    under = int(curve.counts[curve.durations >= time].sum())
    few = any(0 < count < limits.smallest_cell for count in (under, n - under))
    return MARKS["small_cell"] if few else decimal(under, 0, lang)
