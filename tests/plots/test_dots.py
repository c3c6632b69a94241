import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.plots.dots import DotBlock, DotWords, dots
from kzm_surveys.plots.style import BLUE, ORANGE
from tests.plots.made import FRAME, estimates, row

WORDS = DotWords("delež z intervalom", "delež med vsemi", "majhna osnova", "z – zaupno")
NBSP = "\u00a0"


def markers(axes):
    return [line for line in axes.lines if line.get_marker() == "o"]


def whiskers(axes):
    return [line for line in axes.lines if line.get_marker() == "None" and to_hex(line.get_color()).upper() == BLUE]


def totals(axes):
    return [line for line in axes.lines if to_hex(line.get_color()).upper() == ORANGE]


def block(rows, total=0.3, heading="cesta"):
    rows = list(rows)
    return DotBlock(heading, estimates(rows), estimates([row(total)]), [f"skupina {i}" for i in range(len(rows))])


def tick_of(axes, label):
    names = [text.get_text() for text in axes.get_yticklabels()]
    return axes.get_yticks()[names.index(label)]


@pytest.fixture(scope="module")
def groups(noise):
    return kzm.proportion(noise, "highly_annoyed_port", by="place_type", categories=["yes"])


@pytest.fixture(scope="module")
def axes(noise, groups):
    total = kzm.proportion(noise, "highly_annoyed_port", categories=["yes"])
    labels = [noise.survey.codebook["place_type"].category_label(r.by_category, "sl") for r in groups]
    return dots([DotBlock("pristanišče", groups, total, labels)], FRAME, WORDS).axes[0]


def test_dots_stand_at_the_estimates_beside_their_labels(groups, axes):
    shown = {float(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in markers(axes)}
    expected = {"mesto": "city", "predmestje": "suburb", "podeželje": "countryside"}
    assert len(shown) == 3
    for label, name in expected.items():
        assert shown[tick_of(axes, label)] == pytest.approx(groups.row(by_category=name).estimate, abs=1e-12)


def test_whiskers_are_the_intervals(groups, axes):
    shown = [tuple(line.get_xdata()) for line in whiskers(axes)]
    assert shown == [pytest.approx((r.ci_low, r.ci_high), abs=1e-12) for r in groups]
    assert [line.get_ydata()[0] for line in whiskers(axes)] == [line.get_ydata()[0] for line in markers(axes)]


def test_the_line_of_the_total_stands_at_the_total_and_spans_its_groups(noise, axes):
    (line,) = totals(axes)
    expected = kzm.proportion(noise, "highly_annoyed_port", categories=["yes"]).row().estimate
    assert list(line.get_xdata()) == pytest.approx([expected, expected], abs=1e-12)
    heights = [dot.get_ydata()[0] for dot in markers(axes)]
    top, bottom = line.get_ydata()
    assert top < min(heights)
    assert bottom > max(heights)


def test_n_stands_beside_each_group(noise, groups, axes):
    counted = noise.frame.groupby("place_type", observed=True)["highly_annoyed_port"].count()
    for text in (t for t in axes.texts if t.get_text().isdigit()):
        name = {"mesto": "city", "predmestje": "suburb", "podeželje": "countryside"}
        label = axes.get_yticklabels()[list(axes.get_yticks()).index(text.get_position()[1])].get_text()
        assert int(text.get_text()) == counted[name[label]]


def test_numbers_have_a_decimal_comma():
    axes = dots([block([row(0.1234, 0.1, 0.2), row(0.25, 0.2, 0.3)])], FRAME, WORDS).axes[0]
    assert [t.get_text() for t in axes.texts if "%" in t.get_text()] == [f"12,3{NBSP}%", f"25,0{NBSP}%"]


def test_filled_and_hollow_dots_tell_the_base():
    rows = [row(0.4, 0.3, 0.5, n=29, flag="small_base"), row(0.3, 0.2, 0.4, n=30)]
    figure = dots([block(rows)], FRAME, WORDS)
    faces = [to_hex(line.get_markerfacecolor()).upper() for line in markers(figure.axes[0])]
    assert faces == ["#FFFFFF", BLUE]
    assert "majhna osnova" in [t.get_text() for t in figure.legends[0].get_texts()]


def test_the_legend_names_a_small_base_only_where_there_is_one():
    figure = dots([block([row(0.3, 0.2, 0.4)])], FRAME, WORDS)
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["delež z intervalom", "delež med vsemi"]


def test_opt_in_samples_get_no_whiskers(breastfeeding):
    groups = kzm.proportion(breastfeeding, "support_city", by="age_group", categories=["satisfied", "very_satisfied"])
    total = kzm.proportion(breastfeeding, "support_city", categories=["satisfied", "very_satisfied"])
    axes = dots([DotBlock("občina", groups, total, ["a", "b", "c"])], FRAME, WORDS).axes[0]
    shown = [r for r in groups if "small_cell" not in r.flag]
    assert len(markers(axes)) == len(shown) > 0
    assert whiskers(axes) == []


def test_the_legend_of_an_opt_in_sample_draws_no_interval():
    figure = dots([block([row(0.4), row(0.3)])], FRAME, WORDS)
    handle = figure.legends[0].get_lines()[0]
    assert handle.get_linestyle() == "None" or handle.get_linewidth() == 0


def test_a_withheld_group_is_named_and_has_no_dot():
    rows = [row(0.4, 0.3, 0.5), row(0.02, 0.01, 0.04, flag="small_cell"), row(np.nan)]
    axes = dots([block(rows)], FRAME, WORDS).axes[0]
    assert len(markers(axes)) == 1
    assert len(whiskers(axes)) == 1
    words = [t for t in axes.texts if t.get_text() == "z – zaupno"]
    assert [t.get_position()[1] for t in words] == [tick_of(axes, "skupina 1"), tick_of(axes, "skupina 2")]
    assert not any("2,0" in t.get_text() for t in axes.texts)


def test_blocks_keep_their_order_and_headings():
    axes = dots([block([row(0.4)], heading="cesta"), block([row(0.2)], 0.1, heading="luka")], FRAME, WORDS).axes[0]
    headings = sorted((t.get_position()[1], t.get_text()) for t in axes.texts if t.get_text() in ("cesta", "luka"))
    assert [text for _, text in headings] == ["cesta", "luka"]
    assert [line.get_xdata()[0] for line in totals(axes)] == pytest.approx([0.3, 0.1])
    assert len(axes.get_yticks()) == 2


@pytest.mark.parametrize("blocks", [[], [[]], [[row(0.1, flag="small_cell")]], [[row(np.nan)]]])
def test_nothing_to_draw_is_refused(blocks):
    with pytest.raises(FindingError, match="every value is withheld or missing"):
        dots([block(rows) for rows in blocks], FRAME, WORDS)


def test_thousands_of_answers_are_written_with_a_full_stop():
    axes = dots([block([row(0.3, n=2500)])], FRAME, WORDS).axes[0]
    assert "2.500" in [t.get_text() for t in axes.texts]


def test_the_axis_reaches_over_the_widest_interval():
    axes = dots([block([row(0.5, 0.3, 0.93)])], FRAME, WORDS).axes[0]
    assert axes.get_xlim()[1] >= 0.93
    assert dots([block([row(0.99, 0.95, 1.0)])], FRAME, WORDS).axes[0].get_xlim() == (0, 1)


def test_global_style_is_left_alone():
    before = dict(mpl.rcParams)
    dots([block([row(0.3)])], FRAME, WORDS)
    assert dict(mpl.rcParams) == before
