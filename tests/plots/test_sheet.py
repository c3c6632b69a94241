from dataclasses import replace

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from kzm_surveys import FindingError
from kzm_surveys.plots.palette import BLUE, ORANGE, OUTLINE
from kzm_surveys.plots.sheet import Frame, Key, empty_figure, sheet
from kzm_surveys.plots.style import DPI, HIGHEST, WIDTHS, house_style
from tests.plots.faults import faults, words
from tests.plots.made import FRAME, LONG

PARTS = ("title", "subtitle", "mark", "foot")
SENTENCE = "Zelo dolg stavek o tem, kaj je na sliki in kdo je odgovarjal na vprašanje. " * 4


def made(frame=FRAME, **options):
    with house_style():
        return sheet(frame, **{"plot_height": 1.0, "left": 1.0} | options)


def place(figure, name):
    """Heights in inches, from the bottom, at which the lines of a part begin."""
    return [text.get_position()[1] for text in figure.texts if text.get_gid() == name]


def test_figures_are_as_wide_as_the_text_of_the_page():
    assert abs(WIDTHS["full"] - (210 - 2 * 25) / 25.4) < 0.01  # A4 with 25 mm margins
    assert abs(2 * WIDTHS["half"] + 5 / 25.4 - WIDTHS["full"]) < 0.01  # 5 mm between two columns
    assert DPI >= 300
    for width, inches in WIDTHS.items():
        assert made(width=width).figure.get_size_inches()[0] == inches


def test_words_stand_once_and_in_order():
    figure = made(replace(FRAME, notes=("Opomba.",))).figure
    assert [words(figure, part) for part in PARTS] == [
        [FRAME.title], [FRAME.subtitle], [FRAME.mark], [FRAME.base, "Opomba.", FRAME.source],
    ]  # fmt: skip
    heights = [height for part in PARTS for height in place(figure, part)]
    assert heights == sorted(heights, reverse=True)
    assert len(figure.texts) == 6


def test_real_answers_carry_no_mark():
    assert words(made(replace(FRAME, mark="")).figure, "mark") == []
    assert words(made().figure, "mark") == [FRAME.mark]


def test_lines_of_a_long_title_are_about_equally_long():
    title = "Največ prebivalcev se strinja s trditvijo »Hrup škoduje mojemu zdravju« (45,4\u00a0%)"
    lines = words(made(replace(FRAME, title=title)).figure, "title")
    assert len(lines) == 2
    assert " ".join(lines) == title
    assert min(map(len, lines)) > 0.6 * max(map(len, lines))
    whole = "nenavadnodolgabeseda" * 4  # a word that needs most of the line stays whole
    assert words(made(replace(FRAME, title=f"{whole[:62]} beseda beseda")).figure, "title")[0] == whole[:62]


@pytest.mark.parametrize("width", WIDTHS)
def test_long_words_are_wrapped_whole(width):
    frame = Frame(SENTENCE, SENTENCE, SENTENCE, SENTENCE, SENTENCE, notes=(SENTENCE, "Opomba."))
    figure = made(frame, width=width).figure
    assert faults(figure) == []
    for part in ("title", "subtitle", "mark"):
        assert len(words(figure, part)) > 1
        assert " ".join(words(figure, part)) == SENTENCE.strip()
    assert " ".join(words(figure, "foot")) == " ".join([SENTENCE.strip()] * 2 + ["Opomba."] + [SENTENCE.strip()])


def test_a_title_of_one_very_long_word_is_broken():
    figure = made(replace(FRAME, title="Naj" + "pre" * 40), width="half").figure
    assert faults(figure) == []
    assert "".join(words(figure, "title")) == "Naj" + "pre" * 40


def test_the_plot_has_the_place_that_is_asked_for():
    found = made(plot_height=2.0, left=1.5, right=0.4)
    across, down = found.figure.get_size_inches()
    box = found.axes.get_position()
    assert (box.x0 * across, (1 - box.x1) * across, box.height * down) == pytest.approx((1.5, 0.4, 2.0))
    assert (found.left, found.width, found.height) == pytest.approx((1.5, 6.3 - 1.9, 2.0))
    assert box.y0 * down == pytest.approx(found.bottom)
    assert found.axes.get_ylim() == (2.0, 0.0)  # inches down from the top


def test_words_in_the_plot_stand_where_they_are_put():
    found = made(plot_height=2.0)
    found.write(3.0, 0.5, "beseda", name="word")
    (text,) = (text for text in found.figure.texts if text.get_gid() == "word")
    x, y = text.get_transform().transform(text.get_position()) / found.figure.dpi
    assert (x, y) == pytest.approx((3.0, found.bottom + 1.5))


def test_more_words_make_the_figure_higher_and_not_the_plot_lower():
    short, long = made(), made(replace(FRAME, base=SENTENCE))
    assert long.figure.get_size_inches()[1] > short.figure.get_size_inches()[1]
    assert long.height == short.height


KEYS = [
    Key("interval zaupanja", "interval"), Key("delež", "area", ORANGE, hatch="///"),
    Key("vsi", "line", dash=(0, (4, 2))), Key("majhna osnova", "dot", hollow=True), Key("prebivalstvo", "tick"),
]  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", range(1, 13))
def test_keys_wrap_and_do_not_overlap(count, width):
    keys = [Key(f"{i}. {label}", "area") for i, label in enumerate(["sploh ne", "nekoliko moti", LONG[:30]] * 4)][
        :count
    ]
    figure = made(keys=keys, width=width).figure
    assert faults(figure) == []
    assert " ".join(words(figure, "key")) == " ".join(key.label for key in keys)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_entry_of_the_key_that_is_wider_than_the_figure_is_wrapped(width):
    keys = [Key("a", "dot"), Key(SENTENCE.strip(), "dot"), Key("b", "dot")]
    figure = made(keys=keys, width=width).figure
    assert faults(figure) == []
    assert " ".join(words(figure, "key")) == f"a {SENTENCE.strip()} b"
    assert len([line for line in figure.artists if line.get_marker() == "o"]) == 3


def test_entries_of_the_key_look_like_what_they_stand_for():
    figure = made(keys=KEYS).figure
    (area,) = (artist for artist in figure.artists if isinstance(artist, Rectangle))
    assert to_hex(area.get_facecolor()).upper() == ORANGE
    assert to_hex(area.get_edgecolor()).upper() == OUTLINE
    assert area.get_hatch()
    interval, line, dot, tick = (artist for artist in figure.artists if isinstance(artist, Line2D))
    assert (interval.get_marker(), line.get_marker(), dot.get_marker(), tick.get_marker()) == ("o", "", "o", "|")
    assert interval.get_linewidth() > 0
    assert line.get_linewidth() > 0
    assert dot.get_linewidth() == 0
    assert to_hex(dot.get_markerfacecolor()).upper() == "#FFFFFF"
    assert to_hex(interval.get_markerfacecolor()).upper() == BLUE
    assert line.is_dashed()


def test_keys_stand_between_subtitle_and_plot():
    found = made(keys=KEYS)
    (subtitle,) = place(found.figure, "subtitle")
    for height in place(found.figure, "key"):
        assert found.bottom + found.height < height < subtitle


def test_a_figure_higher_than_a_page_is_refused():
    with pytest.raises(FindingError, match=rf"would be 1\d\.\d inches high; a page takes {HIGHEST:g}"):
        made(plot_height=9.0)


def test_an_unknown_width_is_refused():
    with pytest.raises(FindingError, match="unknown width of a figure 'wide'"):
        made(width="wide")


def test_a_sign_that_the_font_lacks_is_refused():
    with pytest.raises(FindingError, match=r"no sign for '\u4e2d'"):
        made(replace(FRAME, title="Naslov \u4e2d"))


@pytest.mark.parametrize("width", WIDTHS)
def test_an_empty_figure_holds_its_words(width):
    figure = empty_figure(replace(FRAME, subtitle=SENTENCE), width)
    assert faults(figure) == []
    assert words(figure, "title") == [FRAME.title]
    assert words(figure, "mark") == [FRAME.mark]
    assert figure.get_size_inches()[0] == WIDTHS[width]


def test_all_words_are_at_least_seven_points():
    figure = made(replace(FRAME, notes=("Opomba.",)), keys=KEYS).figure
    assert min(text.get_fontsize() for text in figure.texts) >= 7


def test_a_dollar_sign_is_a_dollar_sign():
    figure = made(replace(FRAME, title="Cena $x^2$ in $"), keys=[Key("a_1 $b$", "dot")]).figure
    with house_style():
        figure.canvas.draw()
    assert not any(text.get_parse_math() for text in figure.texts)
    assert words(figure, "title") == ["Cena $x^2$ in $"]


def test_global_style_is_left_alone():
    before = dict(mpl.rcParams)
    made(keys=KEYS)
    empty_figure(FRAME)
    assert dict(mpl.rcParams) == before


def test_the_checks_of_the_layout_see_an_overlap_and_a_cut():
    found = made()
    found.write(2.0, 0.5, "ena", name="word")
    found.write(2.05, 0.52, "dve", name="word")
    found.write(5.9, 0.8, "predolgo besedilo", name="word")
    assert faults(found.figure) == ["cut off: 'predolgo besedilo'", "overlap: 'ena' and 'dve'"]


@pytest.mark.parametrize(("words", "looks"), [("日本", {}), ("a\tb", {}), ("\u0639", {"style": "italic"})])
def test_words_that_the_font_cannot_draw_are_refused_also_where_nobody_measures_them(words, looks):
    on = made()
    with pytest.raises(FindingError, match="has no sign for"):
        on.write(1, 1, words, **looks)
