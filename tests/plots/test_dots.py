import itertools
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import kzm_surveys as kzm
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP
from kzm_surveys.plots.dots import DotBlock, dots, grouped_dots
from kzm_surveys.plots.palette import BLUE, GROUPS, ORANGE
from tests.plots.faults import artist, boxes, faults, words
from tests.plots.made import FRAME, LONG, estimates, row

WIDTHS = ["full", "half"]
INTERVALS = {
    "none": (np.nan, np.nan), "tiny": (0.001, 0.012), "middle": (0.3, 0.55), "whole": (0.0, 1.0), "top": (0.97, 1.0),
}  # fmt: skip
SHARES = {"none": 0.42, "tiny": 0.004, "middle": 0.42, "whole": 0.5, "top": 1.0}


def group(estimate, low=np.nan, high=np.nan, name="a", **about):
    return row(estimate, low, high, **about)._replace(by="g", by_category=name)


def groups(shares, low=np.nan, high=np.nan, names=None, **about):
    names = names or [f"skupina {i}" for i in range(len(shares))]
    return estimates([group(share, low, high, name, **about) for share, name in zip(shares, names, strict=True)])


def mean(value, low, high, name):
    return group(value, low, high, name, category=None)._replace(statistic="mean")


def xs(figure, name):
    return artist(figure, name).get_xdata().tolist()


def ends(figure, name):
    return [tuple(segment[:, 0]) for segment in artist(figure, name).get_segments()]


def test_all_local_communities_of_koper_fit_into_half_a_column():
    names = [f"skupnost {number}" for number in range(22)]
    frame = replace(FRAME, title=FRAME.title * 2, notes=("Opomba, ki sega čez dve vrstici polovice stolpca.",) * 10)
    figure = dots(groups([0.4] * 22, 0.2, 0.6, names), frame, total=estimates([row(0.4)]), width="half")
    assert faults(figure) == []


def named(figure, name):
    return [each for each in figure.axes[0].get_children() if each.get_gid() == name]


def number_faults(figure):
    """Numbers and words in the plot that a dot, an interval or a line at the total touches."""
    drawn = [(text, box) for text, box in boxes(figure) if text.get_gid() in ("number", "withheld", "empty")]
    axes, found = figure.axes[0], []
    for each in axes.get_children():
        name = each.get_gid() or ""
        if "interval" in name or name == "total line":
            marks = [axes.transData.transform(segment) for segment in each.get_segments()]
        elif name.endswith(("dot", "small base")):
            reach = each.get_markersize() / 72 * 100 / 2
            marks = [np.array([at - reach, at + reach]) for at in axes.transData.transform(each.get_xydata())]
        else:
            continue
        for (text, box), points in itertools.product(drawn, marks):
            (x0, y0), (x1, y1) = np.min(points, axis=0), np.max(points, axis=0)
            if x0 < box.x1 and x1 > box.x0 and y0 < box.y1 and y1 > box.y0:
                found.append((text.get_text(), name))
    return found


@pytest.fixture(scope="module")
def by_place(noise):
    return kzm.proportion(noise, "highly_annoyed_port", by="place_type", categories=["yes"])


@pytest.fixture(scope="module")
def everybody(noise):
    return kzm.proportion(noise, "highly_annoyed_port", categories=["yes"])


@pytest.fixture(scope="module")
def place_figure(by_place, everybody):
    return dots(by_place, total=everybody)


def test_dots_and_intervals_are_the_estimates_in_their_order(by_place, place_figure):
    assert xs(place_figure, "dot") == pytest.approx(by_place.frame["estimate"].tolist(), abs=1e-12)
    expected = by_place.frame[["ci_low", "ci_high"]].to_numpy()
    assert np.array(ends(place_figure, "interval")) == pytest.approx(expected, abs=1e-12)
    y = artist(place_figure, "dot").get_ydata()
    assert (np.diff(y) > 0).all()
    assert [segment[0, 1] for segment in artist(place_figure, "interval").get_segments()] == y.tolist()


def test_labels_stand_at_their_dots(place_figure):
    label = {text.get_text(): text for text in place_figure.texts if text.get_gid() == "label"}
    assert list(label) == ["vsi", "mesto", "predmestje", "podeželje"]
    inches = place_figure.axes[0].transData.transform([(0, y) for y in artist(place_figure, "dot").get_ydata()])
    inches = inches[:, 1] / place_figure.dpi
    assert [label[name].get_position()[1] for name in list(label)[1:]] == pytest.approx(inches.tolist(), abs=1e-6)


def test_the_line_of_all_stands_at_the_total_and_spans_the_groups(everybody, place_figure):
    share = everybody.row().estimate
    assert xs(place_figure, "total dot") == [pytest.approx(share, abs=1e-12)]
    line = artist(place_figure, "total line").get_segments()[0]
    assert line[:, 0] == pytest.approx([share, share], abs=1e-12)
    heights = artist(place_figure, "dot").get_ydata()
    assert line[:, 1].min() < heights.min()
    assert line[:, 1].max() > heights.max()
    assert to_hex(artist(place_figure, "total line").get_color()[0]).upper() == ORANGE


def test_numbers_and_n_are_written(noise, place_figure, by_place, everybody):
    expected = [f"{100 * each.estimate:.1f}".replace(".", ",") + f"{NBSP}%" for each in (*everybody, *by_place)]
    assert sorted(words(place_figure, "number")) == sorted(expected)
    counted = noise.frame.groupby("place_type", observed=True)["highly_annoyed_port"].count()
    own = [str(counted[name]) for name in ("city", "suburb", "countryside")]
    assert words(place_figure, "value") == [str(noise.frame["highly_annoyed_port"].count()), *own]
    assert words(place_figure, "column") == ["n"]


def test_the_key_names_dot_line_and_small_base():
    rows = [group(0.4, 0.3, 0.5, "a", n=29, flag="small_base"), group(0.3, 0.2, 0.4, "b", n=30)]
    figure = dots(estimates(rows), FRAME, total=estimates([row(0.35)]))
    assert words(figure, "key") == [f"delež in 95-odstotni{NBSP}interval zaupanja", "delež med vsemi", "majhna osnova"]
    assert xs(figure, "small base") == [0.4]
    assert to_hex(artist(figure, "small base").get_markerfacecolor()) == "#ffffff"
    assert to_hex(artist(figure, "dot").get_markerfacecolor()).upper() == BLUE
    english = dots(estimates(rows), FRAME, total=estimates([row(0.35)]), lang="en")
    assert words(english, "key") == [f"share and 95%{NBSP}confidence interval", "share among all", "small base"]
    assert words(dots(estimates(rows[1:]), FRAME), "key") == [f"delež in 95-odstotni{NBSP}interval zaupanja"]


def test_opt_in_samples_get_no_whiskers(breastfeeding):
    net = ["satisfied", "very_satisfied"]
    by_age = kzm.proportion(breastfeeding, "support_hospital", by="age_group", categories=net)
    figure = dots(by_age, total=kzm.proportion(breastfeeding, "support_hospital", categories=net))
    shown = [each.estimate for each in by_age if each.printable]
    assert xs(figure, "dot") == pytest.approx(shown)
    assert named(figure, "interval") == named(figure, "total interval") == []
    assert words(figure, "key")[:2] == ["delež", "delež med vsemi"]


def test_a_withheld_group_is_named_and_nothing_else_tells_its_number():
    shares = [
        group(0.2, 0.1, 0.3, "a"),
        group(0.877, 0.8, 0.94, "b", n=7, flag="small_cell"),
        group(np.nan, name="c", n=0),
    ]
    figure = dots(estimates(shares), FRAME)
    assert xs(figure, "dot") == [0.2]
    assert ends(figure, "interval") == [(0.1, 0.3)]
    assert words(figure, "withheld") == [catalogue.text("sl", "withheld")]
    assert words(figure, "empty") == ["–"]
    assert not any("87" in text.get_text() for text in figure.texts)
    assert figure.axes[0].get_xlim()[1] == pytest.approx(0.3)


def test_beside_a_total_a_second_group_is_withheld_with_a_single_one():
    answers = pd.DataFrame({"g": ["a"] * 60 + ["b"] * 40 + ["c"] * 3, "q": (["y", "n"] * 52)[:103]})
    design = kzm.SurveyDesign(answers)
    shares = kzm.proportion(design, "q", by="g", categories=["y"])
    assert len(xs(dots(shares, FRAME), "dot")) == 2
    with_total = dots(shares, FRAME, total=kzm.proportion(design, "q", categories=["y"]))
    assert xs(with_total, "dot") == [0.5]  # 30 of 60 in a; b has the fewest answers beside c, whose 3 are withheld
    assert len(words(with_total, "withheld")) == 2


def test_half_a_column_explains_the_short_words_for_withheld_below():
    rows = [group(0.2, 0.1, 0.3, "a"), group(0.9, name="b", flag="small_cell")]
    figure = dots(estimates(rows), FRAME, width="half")
    assert words(figure, "withheld") == ["z – zaupno"]
    assert f"{catalogue.text('sl', 'withheld')}." in words(figure, "foot")


def test_a_withheld_total_has_no_line():
    figure = dots(groups([0.3, 0.4]), FRAME, total=estimates([row(0.35, flag="small_cell")]))
    assert named(figure, "total line") == named(figure, "total dot") == []
    assert words(figure, "withheld") == [catalogue.text("sl", "withheld")]


def test_a_category_that_would_give_a_withheld_one_away_is_withheld_too():
    shares = [("c1", 0.6, ""), ("c2", 0.37, ""), ("c3", 0.03, "small_cell")]
    figure = dots(estimates([row(share, category=name, flag=flag) for name, share, flag in shares]), FRAME)
    assert xs(figure, "dot") == [0.6]
    assert len(words(figure, "withheld")) == 2


def test_blocks_keep_order_headings_and_their_own_totals():
    shares = {"cesta": (0.4, 0.3), "luka": (0.2, 0.1), "glasba": (0.15, 0.05)}
    blocks = [DotBlock(name, groups([own]), estimates([row(every)])) for name, (own, every) in shares.items()]
    figure = dots(blocks, FRAME)
    assert words(figure, "heading") == list(shares)
    assert words(figure, "label") == ["vsi", "skupina 0"] * 3
    assert xs(figure, "dot") == [0.4, 0.2, 0.15]
    lines = [line.get_segments()[0] for line in named(figure, "total line")]
    assert [line[0, 0] for line in lines] == [0.3, 0.1, 0.05]
    y = artist(figure, "dot").get_ydata()
    assert [[a < each < b for each in y] for a, b in (line[:, 1] for line in lines)] == np.eye(3, dtype=bool).tolist()
    assert all(len(line.get_segments()) == 1 for line in named(figure, "total line"))


def test_one_total_of_several_breaks_is_drawn_once():
    blocks = [DotBlock(name, groups([0.4, 0.2]), estimates([row(0.3)])) for name in ("spol", "starost")]
    figure = dots(blocks, FRAME)
    assert words(figure, "label").count("vsi") == 1
    line = artist(figure, "total line")
    assert {x for segment in line.get_segments() for x in segment[:, 0]} == {0.3}
    y = artist(figure, "dot").get_ydata()
    assert all(any(a <= each <= b for a, b in (segment[:, 1] for segment in line.get_segments())) for each in y)


def test_two_questions_stand_side_by_side_in_each_row():
    road, port = groups([0.4, 0.3], 0.2, 0.5), groups([0.1, 0.25], 0.05, 0.3, n=90)
    figure = grouped_dots([DotBlock("cesta", road), DotBlock("luka", port)], FRAME)
    assert xs(figure, "1 dot") == [0.4, 0.3]
    assert xs(figure, "2 dot") == [0.1, 0.25]
    assert words(figure, "label") == ["skupina 0", "skupina 1"]
    first, second = artist(figure, "1 dot"), artist(figure, "2 dot")
    assert (first.get_ydata() < second.get_ydata()).all()
    assert second.get_ydata()[0] < first.get_ydata()[1]
    assert first.get_marker() != second.get_marker()
    assert [to_hex(each.get_markeredgecolor()).upper() for each in (first, second)] == list(GROUPS[:2])
    assert words(figure, "key") == ["cesta", "luka", f"95-odstotni{NBSP}interval zaupanja"]
    assert words(figure, "value") == ["90–100", "90–100"]


def test_each_question_has_its_line_at_its_total(noise):
    sources = ("road", "port", "music")
    questions = [
        DotBlock(
            name,
            kzm.proportion(noise, f"highly_annoyed_{name}", by="age_group", categories=["yes"]),
            kzm.proportion(noise, f"highly_annoyed_{name}", categories=["yes"]),
        )
        for name in sources
    ]
    for width in WIDTHS:
        figure = grouped_dots(questions, width=width)
        lines = [line.get_segments()[0][0, 0] for line in named(figure, "total line")]
        assert lines == pytest.approx([question.total.row().estimate for question in questions], abs=1e-12)
        assert faults(figure) == []
        assert number_faults(figure) == []


def test_means_stand_on_the_range_of_the_codebook(noise):
    by_age = kzm.mean(noise, "annoyance_overall", by="age_group")
    figure = dots(by_age, total=kzm.mean(noise, "annoyance_overall"))
    assert figure.axes[0].get_xlim() == (0, 10)
    assert words(figure, "tick") == ["0", "2", "4", "6", "8", "10"]
    assert xs(figure, "dot") == pytest.approx(by_age.frame["estimate"].tolist(), abs=1e-12)
    assert words(figure, "number")[0] == f"{by_age.rows[0].estimate:.1f}".replace(".", ",")
    assert words(figure, "key") == [f"povprečje in 95-odstotni{NBSP}interval zaupanja", "povprečje vseh"]


def test_means_without_limits_stand_around_their_values():
    figure = dots(estimates([mean(52.0, 48, 56, "a"), mean(-3.0, -5, -1, "b")]), FRAME)
    low, high = figure.axes[0].get_xlim()
    assert low <= -5
    assert high >= 56
    alone = dots(estimates([mean(7.0, np.nan, np.nan, "a")]), FRAME)
    assert alone.axes[0].get_xlim()[0] < 7 < alone.axes[0].get_xlim()[1]


def test_a_battery_without_groups_gets_a_dot_per_item(noise):
    battery = kzm.battery(noise, "annoyance", categories=["very", "extremely"])
    figure = dots(battery)
    assert xs(figure, "dot") == pytest.approx(battery.frame["estimate"].tolist(), abs=1e-12)
    assert words(figure, "label")[:2] == ["cestni promet", "pristanišče"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_twenty_two_communities_with_small_bases_fit(noise, lang, width):
    by_place = kzm.proportion(noise, "highly_annoyed_road", by="local_community", categories=["yes"])
    total = kzm.proportion(noise, "highly_annoyed_road", categories=["yes"])
    figure = dots(by_place, total=total, lang=lang, width=width)
    assert len(words(figure, "value")) == 1 + len(by_place)
    assert faults(figure) == []
    assert number_faults(figure) == []
    assert len(words(figure, "withheld")) == sum(each.withheld for each in by_place)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", INTERVALS)
@pytest.mark.parametrize("total", [0.0, 0.03, 0.3, 0.56, 0.97, 1.0])
def test_numbers_touch_nothing_wherever_the_total_is(width, kind, total):
    shares = [SHARES[kind], min(SHARES[kind] + 0.05, 1), max(SHARES[kind] - 0.1, 0)]
    rows = [group(share, *INTERVALS[kind], name=name) for share, name in zip(shares, "abc", strict=True)]
    rows.append(group(0.5, name="d", flag="small_cell"))
    figure = dots(estimates(rows), FRAME, total=estimates([row(total, total * 0.9, total)]), width=width)
    assert faults(figure) == []
    assert number_faults(figure) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", [2, 3, 7, 12])
@pytest.mark.parametrize("label", ["da", LONG, "x" * 60, "č" * 24 + " dolga oznaka"])
def test_long_labels_wrap_in_both_widths(width, count, label):
    names = [f"{label} {i}" for i in range(count)]
    figure = dots(groups([0.3] * count, 0.1, 0.7, names), FRAME, total=estimates([row(0.4)]), width=width)
    assert faults(figure) == []
    assert number_faults(figure) == []
    shown = " ".join(words(figure, "label")).replace(" ", "")
    assert all(name.replace(" ", "") in shown for name in names)


@pytest.mark.parametrize("width", WIDTHS)
def test_labels_of_three_hundred_characters_stand_above_their_marks(width):
    names = [(f"{i} zelo dolga oznaka " * 20)[:300] for i in range(3)]
    figure = dots(groups([0.3] * 3, 0.1, 0.7, names), FRAME, total=estimates([row(0.4)]), width=width)
    assert faults(figure) == []
    drawn = [box for text, box in boxes(figure) if text.get_gid() == "label"]
    axes = figure.axes[0]
    for segment in artist(figure, "total line").get_segments():
        (x, y0), (_, y1) = axes.transData.transform(segment)
        assert not any(box.x0 < x < box.x1 and min(y0, y1) < box.y0 + 2 and max(y0, y1) > box.y1 - 2 for box in drawn)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("questions", [2, 3])
@pytest.mark.parametrize("kind", INTERVALS)
def test_grouped_numbers_touch_nothing(width, questions, kind):
    blocks = [
        DotBlock(f"vprašanje {i}", groups([SHARES[kind]] * 3, *INTERVALS[kind]), estimates([row(0.2 + 0.15 * i)]))
        for i in range(questions)
    ]
    hidden = [group(0.5, name="skupina 0", flag="small_cell"), *blocks[0].groups.rows[1:]]
    blocks[0] = replace(blocks[0], groups=estimates(hidden))
    figure = grouped_dots(blocks, FRAME, width=width)
    assert faults(figure) == []
    assert number_faults(figure) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no estimates to draw"),
        ([group(0.1), group(0.2)], r"\(q, yes, g, a\) is there twice"),
        ([group(0.1), mean(3, 2, 4, "b")], "of one kind in a figure; found mean, share"),
        ([group(10.0)._replace(statistic="total")], "shares or means are needed.*found total"),
        ([group(0.1, name="\u8a9e"), group(0.1)], "has no sign for"),
        ([group(0.1, name=f"g{i}") for i in range(40)], "a page takes 9"),
    ],
)
def test_bad_estimates_give_one_clear_error(rows, message):
    with pytest.raises(FindingError, match=message) as told:
        dots(estimates(rows), FRAME)
    assert not isinstance(told.value, WithheldError)


@pytest.mark.parametrize("rows", [[group(0.1, flag="small_cell")], [group(np.nan)]])
def test_nothing_printable_is_withheld(rows):
    with pytest.raises(WithheldError, match="every value is withheld or missing"):
        dots(estimates(rows), FRAME)


def test_totals_and_blocks_that_do_not_fit_are_refused():
    shares, total = groups([0.1, 0.2]), estimates([row(0.3)])
    with pytest.raises(FindingError, match="must be one estimate, found 2"):
        dots(shares, FRAME, total=shares)
    with pytest.raises(FindingError, match="the total is of 'other yes proportion', a group of 'q yes proportion'"):
        dots(shares, FRAME, total=estimates([row(0.3, variable="other")]))
    with pytest.raises(FindingError, match="blocks carry their own"):
        dots([DotBlock("a", shares)], FRAME, total=total)
    with pytest.raises(FindingError, match="need a heading each"):
        dots([DotBlock("", shares), DotBlock("b", shares)], FRAME)
    with pytest.raises(FindingError, match="found float"):
        dots([0.3], FRAME)
    with pytest.raises(FindingError, match=r"different levels: 0\.9, 0\.95"):
        dots([DotBlock("a", groups([0.1], 0.05, 0.2)), DotBlock("b", replace(shares, level=0.9))], FRAME)


def test_questions_that_cannot_stand_side_by_side_are_refused():
    shares, total = groups([0.1, 0.2]), estimates([row(0.3)])
    with pytest.raises(FindingError, match="two or three questions are needed, found 1"):
        grouped_dots([DotBlock("a", shares)], FRAME)
    with pytest.raises(FindingError, match="give every question a total, or none"):
        grouped_dots([DotBlock("a", shares, total), DotBlock("b", shares)], FRAME)
    with pytest.raises(FindingError, match="'b' has the groups skupina 0, 'a' skupina 0, skupina 1"):
        grouped_dots([DotBlock("a", shares), DotBlock("b", groups([0.1]))], FRAME)
    with pytest.raises(FindingError, match="two questions are called 'a'"):
        grouped_dots([DotBlock("a", shares), DotBlock("a", shares)], FRAME)
    with pytest.raises(FindingError, match="with by="):
        grouped_dots([DotBlock("a", total), DotBlock("b", total)], FRAME)


def test_means_on_different_ranges_are_refused(noise):
    blocks = [DotBlock(name, kzm.mean(noise, name, by="sex")) for name in ("annoyance_overall", "age")]
    with pytest.raises(FindingError, match="means of annoyance_overall, age stand on different ranges"):
        dots(blocks)


def test_words_come_from_the_codebook_in_both_languages(by_place, everybody):
    slovene, english = (dots(by_place, total=everybody, lang=lang) for lang in ("sl", "en"))
    assert words(slovene, "title")[0].startswith("Pristanišče – zelo ali izjemno – tip kraja")
    assert words(english, "title")[0].startswith("Port – very or extremely – type of place")
    assert words(english, "label") == ["all", "city", "suburb", "countryside"]
    assert any(f"n{NBSP}={NBSP}{everybody.row().n}" in line for line in words(slovene, "foot"))


def test_global_style_is_left_alone():
    before = dict(mpl.rcParams)
    dots(groups([0.3]), FRAME)
    assert dict(mpl.rcParams) == before
