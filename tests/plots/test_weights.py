import numpy as np
import pytest

from kzm_surveys.plots.weights import MarginBlock, bar_edges, margins_before_and_after, weight_histogram
from tests.plots.made import FRAME

NBSP = "\u00a0"
WORDS = ("povprečje", "najmanjša in največja utež")
MARKS = ("pred uteževanjem", "v prebivalstvu", "po uteževanju")
WEIGHTS = np.array([0.5] * 6 + [1.26] * 2 + [3.95])


@pytest.mark.parametrize("highest", [0.4, 1.0, 2.0, 3.9, 8.07, 40.0, 999.0])
def test_bars_cover_all_weights_and_are_not_too_many(highest):
    edges = bar_edges(highest)
    assert edges[0] == 0
    assert highest < edges[-1]
    assert len(edges) <= 42
    assert len(edges) >= 2
    assert np.allclose(np.diff(edges), edges[1])


@pytest.mark.parametrize("highest", [1.0, 3.9, 8.07, 30.0])
def test_the_mean_stands_between_two_bars(highest):
    assert np.isclose(bar_edges(highest), 1).any()


def test_heights_are_numbers_of_respondents():
    axes = weight_histogram(WEIGHTS, WORDS, FRAME).axes[0]
    heights = {round(p.get_x(), 6): p.get_height() for p in axes.patches if p.get_height()}
    assert heights == {0.5: 6, 1.2: 2, 3.9: 1}  # bars of 0.1
    assert axes.lines[0].get_xdata().tolist() == [1, 1]


@pytest.mark.parametrize(("lang", "shown"), [("sl", ["0,50", "3,95"]), ("en", ["0.50", "3.95"])])
def test_lowest_and_highest_weight_are_printed(lang, shown):
    figure = weight_histogram(WEIGHTS, WORDS, FRAME, lang=lang)
    assert [(t.get_text(), t.xy[0]) for t in figure.axes[0].texts] == list(zip(shown, (0.5, 3.95), strict=True))
    assert [t.get_text() for t in figure.legends[0].get_texts()] == list(WORDS)


def test_equal_weights_are_one_bar():
    axes = weight_histogram(np.ones(7), WORDS, FRAME).axes[0]
    assert [p.get_height() for p in axes.patches if p.get_height()] == [7]


@pytest.fixture
def axes():
    blocks = [
        MarginBlock("spol", ["moški", "ženske"], [0.3, 0.7], [0.5, 0.5], [0.5, 0.5]),
        MarginBlock("tip kraja", ["mesto", "vas"], [None, None], [0.9, 0.1], [0.88, 0.12]),
    ]
    return margins_before_and_after(blocks, MARKS, FRAME, withheld="z – zaupno").axes[0]


def marks(axes, marker, filled=None):
    """Share and row of all marks of a kind, from the top."""
    found = [line for line in axes.lines if line.get_marker() == marker]
    if filled is not None:
        found = [line for line in found if (line.get_markerfacecolor() != "white") == filled]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in found]


def test_marks_stand_at_the_three_shares(axes):
    assert marks(axes, "o", filled=False) == [(0.3, 1), (0.7, 2)]
    assert marks(axes, "|") == [(0.5, 1), (0.5, 2), (0.9, 4), (0.1, 5)]
    assert marks(axes, "o", filled=True) == [(0.5, 1), (0.5, 2), (0.88, 4), (0.12, 5)]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["moški", "ženske", "mesto", "vas"]
    assert axes.get_yticks().tolist() == [1, 2, 4, 5]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first on top


def test_withheld_shares_are_named_and_have_no_mark(axes):
    assert [t.xy[1] for t in axes.texts if t.get_text() == "z – zaupno"] == [4, 5]


def test_shares_are_printed_on_the_outer_side(axes):
    printed = {(t.get_text(), t.get_ha()) for t in axes.texts if t.get_text().endswith("%")}
    assert {(f"30,0{NBSP}%", "right"), (f"70,0{NBSP}%", "left")} <= printed
    assert {(f"50,0{NBSP}%", "left"), (f"50,0{NBSP}%", "right")} <= printed
    assert (f"88,0{NBSP}%", "left") in printed


def test_every_mark_and_number_lies_inside_the_picture(axes):
    figure = axes.figure
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for text in axes.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= height, text.get_text()
