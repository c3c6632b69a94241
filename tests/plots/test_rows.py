from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from kzm_surveys import FindingError
from kzm_surveys.plots.lettering import text_width
from kzm_surveys.plots.palette import BAR, BLUE, ORANGE
from kzm_surveys.plots.rows import Row, Scale, number_scale, row_plot, share_scale
from kzm_surveys.plots.sheet import NUMBERS, WORDS
from kzm_surveys.plots.style import WIDTHS, house_style
from tests.plots.faults import artist, boxes, faults, words
from tests.plots.made import FRAME, LONG

NBSP = "\u00a0"
SHARES = share_scale(1.0, "sl")
VERY_LONG = "Zelo dolga oznaka možnosti, ki je nihče ne bi prebral v enem dihu. " * 5
assert len(VERY_LONG) > 300


def made(rows, scale=SHARES, **options):
    rows = [row if isinstance(row, Row) else Row(row) for row in rows]
    with house_style():
        return row_plot(FRAME, rows, scale, **{"columns": ()} | options)


def named(count, label="možnost"):
    return [f"{label} {i}" for i in range(count)]


def texts(figure, name):
    return [text for text in figure.texts if text.get_gid() == name]


def inches(figure, text):
    """Where a text begins: inches from the left, and down from the top of the figure."""
    x, y = text.get_transform().transform(text.get_position()) / figure.dpi
    return x, figure.get_size_inches()[1] - y


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize("label", ["možnost", LONG, "Naj" + "pre" * 19])
def test_labels_of_any_length_and_number_stay_apart(label, count, width):
    rows = [Row(name, ["1.508", f"12,3{NBSP}%"]) for name in named(count, label)]
    figure = made(rows, width=width, columns=["n", "delež"]).figure
    assert faults(figure) == []
    assert "".join(words(figure, "label")).replace(" ", "") == "".join(named(count, label)).replace(" ", "")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_label_of_three_hundred_letters_is_wrapped_whole(width):
    plot = made([VERY_LONG, "b"], width=width)
    assert faults(plot.figure) == []
    assert " ".join(words(plot.figure, "label")) == f"{VERY_LONG.strip()} b"
    assert plot.heights[0] > 5 * plot.heights[1]


@pytest.mark.parametrize("width", WIDTHS)
def test_labels_above_their_marks_have_the_width_of_the_figure(width):
    beside, above = made([LONG] * 3, width=width), made([LONG] * 3, width=width, labels_above=True)
    assert faults(above.figure) == []
    assert above.sheet.width > beside.sheet.width
    assert len(words(above.figure, "label")) < len(words(beside.figure, "label"))


def test_rows_stand_below_each_other_in_the_middle_of_their_labels():
    plot = made(["ena", LONG + LONG, "tri"], labels=1.5)
    top = plot.y[0] - plot.heights[0] / 2
    assert plot.y == pytest.approx(top + plot.heights.cumsum() - plot.heights / 2)
    assert plot.y[-1] + plot.heights[-1] / 2 == pytest.approx(plot.sheet.height)
    first = plot.figure.get_size_inches()[1] - plot.sheet.bottom - plot.sheet.height
    found = [inches(plot.figure, text)[1] - first for text in texts(plot.figure, "label")]
    assert found[0] == pytest.approx(plot.y[0])
    assert found[-1] == pytest.approx(plot.y[2])
    assert np.mean(found[1:-1]) == pytest.approx(plot.y[1])


def test_headings_are_bold_and_have_no_place_on_the_scale():
    plot = made([Row("Naslov skupine, ki je širši od stolpca z oznakami vrstic", heading=True), "ena", "dve"])
    (heading,) = texts(plot.figure, "heading")
    assert heading.get_fontweight() == "bold"
    assert words(plot.figure, "label") == ["ena", "dve"]
    assert plot.sheet.left == pytest.approx(made(["ena", "dve"]).sheet.left)
    assert faults(plot.figure) == []


def test_numbers_of_a_column_stand_right_below_its_heading():
    rows = [Row("Naslov", heading=True), Row("ena", ["1.508", "a"]), Row("dve", ["7", ""])]
    plot = made(rows, columns=["n", "mesto"])
    drawn = {text.get_text(): box for text, box in boxes(plot.figure)}
    assert drawn["1.508"].x1 == pytest.approx(drawn["7"].x1, abs=1.5)
    assert drawn["1.508"].x1 == pytest.approx(drawn["n"].x1, abs=1.5)
    assert words(plot.figure, "column") == ["n", "mesto"]
    assert words(plot.figure, "value") == ["1.508", "7", "a"]  # an empty one is not written
    end = (plot.sheet.left + plot.sheet.width) * 100
    assert drawn["1.508"].x0 > end
    assert drawn["ena"].y0 == pytest.approx(drawn["1.508"].y0, abs=3)


def test_room_for_numbers_beside_the_marks_is_kept():
    plain, wide = made(["ena"]), made(["ena"], beyond=0.6)
    end = WIDTHS["full"] - wide.sheet.left - wide.sheet.width
    assert end >= 0.6
    assert wide.sheet.width < plain.sheet.width


def test_a_scale_without_room_is_refused():
    with pytest.raises(FindingError, match="inches for its marks"):
        made([Row(LONG, ["9" * 30] * 2)], width="half", columns=["x" * 30, "n"])


def test_no_rows_are_refused_with_the_name_of_the_figure():
    with pytest.raises(FindingError, match=f"'{FRAME.title}' has no rows"):
        made([])


def test_too_many_rows_are_refused():
    with pytest.raises(FindingError, match=r"a page takes 9\.2\. Show fewer rows"):
        made(named(60))


def test_forty_rows_fit_if_they_are_narrow():
    assert faults(made(named(40), least=0.17).figure) == []


def test_places_on_the_scale_are_inches_of_the_figure():
    plot = made(["ena"], Scale(2.0, 4.0, [2, 3, 4], str))
    assert plot.inches(2.0) == pytest.approx(plot.sheet.left)
    assert plot.inches(3.0) == pytest.approx(plot.sheet.left + plot.sheet.width / 2)
    assert plot.place(plot.inches(3.7)) == pytest.approx(3.7)
    drawn = plot.axes.transData.transform((3.0, 0.0))[0] / plot.figure.dpi
    assert drawn == pytest.approx(plot.inches(3.0))


def test_places_on_a_scale_of_ratios():
    plot = made(["ena"], Scale(0.25, 4.0, [0.25, 1, 4], str, log=True))
    assert plot.inches(1.0) == pytest.approx(plot.sheet.left + plot.sheet.width / 2)
    assert plot.place(plot.inches(0.5)) == pytest.approx(0.5)
    assert plot.axes.transData.transform((1.0, 0.0))[0] / plot.figure.dpi == pytest.approx(plot.inches(1.0))


def test_bars_reach_from_their_left_to_their_right_end():
    plot = made(["ena", "dve"])
    plot.bars(plot.y, np.array([0.0, 0.25]), np.array([0.4, 0.75]), 0.2, BAR, name="share", hatch="//")
    found = artist(plot.figure, "share")
    corners = [path.vertices[:4] for path in found.get_paths()]
    assert [(part[:, 0].min(), part[:, 0].max()) for part in corners] == [(0.0, 0.4), (0.25, 0.75)]
    assert [part[:, 1].mean() for part in corners] == pytest.approx(list(plot.y))
    assert [np.ptp(part[:, 1]) for part in corners] == pytest.approx([0.2, 0.2])
    assert to_hex(found.get_facecolor()[0]).upper() == BAR
    assert found.get_hatch() == "//"


def test_lines_and_dots_stand_at_their_values():
    plot = made(["ena", "dve"])
    plot.lines(plot.y, np.array([0.1, 0.2]), np.array([0.3, 0.4]), BLUE, name="interval")
    plot.dots(np.array([0.2, 0.3]), plot.y, BLUE, name="dot")
    plot.dots(np.array([0.5]), plot.y[:1], BLUE, name="small", hollow=True)
    plot.dots(np.array([]), np.array([]), BLUE, name="none")
    plot.upright(0.5, 0.0, plot.sheet.height, ORANGE, name="total")
    segments = artist(plot.figure, "interval").get_segments()
    assert [segment[:, 0].tolist() for segment in segments] == [[0.1, 0.3], [0.2, 0.4]]
    assert [segment[0, 1] for segment in segments] == pytest.approx(list(plot.y))
    dots, hollow = artist(plot.figure, "dot"), artist(plot.figure, "small")
    assert list(dots.get_xdata()) == [0.2, 0.3]
    assert list(dots.get_ydata()) == pytest.approx(list(plot.y))
    assert to_hex(dots.get_markerfacecolor()).upper() == BLUE
    assert hollow.get_markerfacecolor() == "white"
    assert {x for segment in artist(plot.figure, "total").get_segments() for x in segment[:, 0]} == {0.5}
    assert plot.axes.get_xlim() == (0.0, 1.0)
    assert not [each for each in plot.axes.get_children() if each.get_gid() == "none"]


def test_words_stand_beside_their_mark():
    plot = made(["ena"], beyond=0.5)
    for align, side in (("left", 1), ("right", -1), ("center", 0)):
        plot.write(0.5, plot.y[0], "12", name=align, align=align, gap=0.05)
        (text,) = texts(plot.figure, align)
        expected = plot.inches(0.5) + 0.05 * side
        assert inches(plot.figure, text)[0] == pytest.approx(expected)
        assert text.get_ha() == align


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("high", [0.004, 0.03, 0.1, 0.33, 0.51, 0.97, 1.0])
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_ticks_of_shares_are_whole_percents_on_their_lines(lang, high, width):
    scale = share_scale(high, lang)
    assert scale.high >= high
    assert scale.high <= 1
    plot = made(["ena"], scale, width=width)
    assert faults(plot.figure) == []
    found = words(plot.figure, "tick")
    sign = f"{NBSP}%" if lang == "sl" else "%"
    assert len(found) >= 2
    assert all(text.endswith(sign) and text.removesuffix(sign).isdigit() for text in found)
    grid = [segment[0, 0] for segment in artist(plot.figure, "grid").get_segments()]
    assert grid == pytest.approx(scale.ticks)
    for text in texts(plot.figure, "tick"):
        share = int(text.get_text().removesuffix(sign)) / 100
        assert inches(plot.figure, text)[0] == pytest.approx(plot.inches(share))


def test_a_share_of_nothing_and_of_everybody_have_a_scale():
    assert share_scale(0.0, "sl").high > 0
    assert share_scale(1.0, "sl").high == 1


@pytest.mark.parametrize(
    "ends", [(0, 10), (0.3, 9.7), (-1.2, 3.4), (0, 1_250_000), (0.001, 0.002), (5, 5), (0, 0), (-7, -7)]
)
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_ticks_of_numbers_are_round_and_cover_all_values(lang, ends):
    scale = number_scale(*ends, lang)
    assert scale.low <= ends[0]
    assert scale.high >= ends[1]
    assert scale.low < scale.high
    assert 2 <= len(scale.ticks) <= 9
    steps = np.diff(scale.ticks)
    assert steps == pytest.approx(steps[0])
    written = [scale.write(tick) for tick in scale.ticks]
    assert len(set(written)) == len(written)
    back = [text.replace(".", "").replace(",", ".") if lang == "sl" else text.replace(",", "") for text in written]
    assert [float(text.replace("\u2212", "-")) for text in back] == pytest.approx(scale.ticks)


def test_numbers_of_the_axis_that_would_touch_are_left_out():
    scale = Scale(0.0, 1.0, [i / 40 for i in range(41)], lambda tick: f"{1_000_000 * tick:.0f}")
    plot = made(["ena"], scale, width="half")
    assert 2 <= len(words(plot.figure, "tick")) < 41
    assert faults(plot.figure) == []


def test_the_labels_need_as_much_room_as_they_take():
    plot = made(["ena", "dolga oznaka"])
    assert plot.sheet.left >= text_width("dolga oznaka", WORDS)
    assert NUMBERS >= 7
    narrow = made(["ena"])
    assert narrow.sheet.width > plot.sheet.width


def test_a_long_title_does_not_move_the_rows():
    with house_style():
        long = row_plot(replace(FRAME, title="beseda " * 40), [Row("ena")], SHARES, columns=())
    assert list(long.y) == pytest.approx(list(made(["ena"]).y))
    assert faults(long.figure) == []


@pytest.mark.parametrize("ends", [(1e-9, 3e-9), (1e12, 1e12 + 2), (-4e-11, 7e-12), (1e9, 3e9)])
def test_a_scale_of_very_small_or_very_large_numbers_has_its_ticks_apart_and_told_apart(ends):
    scale = number_scale(*ends, "en")
    assert scale.low <= ends[0] < ends[1] <= scale.high
    assert np.diff(scale.ticks).min() > 0
    assert len({scale.write(tick) for tick in scale.ticks}) == len(scale.ticks)
