"""Figures that every survey has: a battery on one scale, the options of a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.estimators import proportion
from kzm_surveys.estimation.sets import battery as shares_of_battery
from kzm_surveys.estimation.sets import multiple_response
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.sketch import Sketch
from kzm_surveys.findings.text import Piece, Text
from kzm_surveys.plots.bars import bars, set_notes
from kzm_surveys.plots.protected import beside_items
from kzm_surveys.plots.stacked import stacked_bars


def battery(
    sketch: Sketch, name: str, net: Sequence[str], *, both_ends: bool = False, aside: Sequence[Estimates] = (),
    **options: Any,
) -> ReportFigure:  # fmt: skip
    """Draw all steps of a battery, sorted by the share of some of them; ``other.net`` of the words names that share.

    Parameters
    ----------
    sketch
        The figure; its title fills in ``first`` and ``share``.
    name, net
        The battery, and the categories that are added up.
    both_ends
        The title fills in ``first``, ``high``, ``last`` and ``low`` instead.
    aside, options
        For :func:`kzm_surveys.plots.stacked.stacked_bars`.
    """
    shares = shares_of_battery(sketch.design, name, net)
    items = [proportion(sketch.design, row.variable) for row in shares]
    shares = beside_items(shares, items)
    finding: Text | None = None
    title = _first(sketch, shares)
    if both_ends:
        ranked = shares.ranked()
        title = {"first": _label(sketch, ranked[0].variable), "high": sketch.number(ranked[0]),
                 "last": _label(sketch, ranked[-1].variable), "low": sketch.number(ranked[-1])}  # fmt: skip
        finding = Text(())  # the title names both ends
    return sketch.drawn(
        stacked_bars, items, rows=shares, table=[*items, *aside, shares], title=title or sketch.caption,
        finding=finding, net=net, net_label=str(sketch.said("net")), order="net", aside=aside, **options,
    )  # fmt: skip


def options(sketch: Sketch, name: str, *, without: Sequence[str] = ("other", "none")) -> ReportFigure:
    """Draw the options of a select-all question, or the themes of an open one, from the highest to the lowest.

    Parameters
    ----------
    sketch
        The figure; its title fills in ``first`` and ``share``.
    name
        The set.
    without
        Options that the title does not name.
    """
    estimates = multiple_response(sketch.design, name)
    title = _first(sketch, estimates, without)
    notes = [Text((note,)) for note in set_notes(estimates, sketch.lang)]
    return sketch.drawn(bars, estimates, rows=estimates, title=title or sketch.caption, notes=notes, order="estimate")


def _first(sketch: Sketch, rows: Estimates, without: Sequence[str] = ()) -> dict[str, Piece] | None:
    """Values for a title that names the highest; None where there is none."""
    first = sketch.leading(rows, without=without)
    return first and {"first": _label(sketch, first.variable), "share": sketch.number(first)}


def _label(sketch: Sketch, variable: str) -> str:
    """Label of a variable inside a sentence: a statement without its full stop."""
    return sketch.voice.label(variable).rstrip(".")
