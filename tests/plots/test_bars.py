"""Bars: their lengths, intervals, numbers and notes, what is withheld, their order, and groups beside each other."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.errors import WithheldError
from kzm_surveys.language import catalogue
from kzm_surveys.plots.bars import bars, set_notes
from kzm_surveys.plots.palette import GROUPS
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, LONG, battery, estimates, row

NBSP = "\u00a0"
SEVERAL = "Mogočih je bilo več odgovorov"
THEMES = "En odgovor se lahko nanaša na več tem ali na nobeno od njih."


def rows_of(*shares, **options):
    return [row(share, category=f"možnost {i}", **options) for i, share in enumerate(shares)]


def grouped(shares, groups, **options):
    """Two options by groups: a row of shares per option."""
    return [
        row(share, category=f"možnost {i}", **options)._replace(by="skupina", by_category=group)
        for group, column in zip(groups, zip(*shares, strict=True), strict=True)
        for i, share in enumerate(column)
    ]


def lengths(figure, name="share"):
    """Left and right end of the bars of a name, from the top."""
    found = [each for each in figure.axes[0].collections if each.get_gid() == name]
    boxes = [path.get_extents() for each in found for path in each.get_paths()]
    return [(box.x0, box.x1) for box in sorted(boxes, key=lambda box: box.y0)]


def middles(figure, name="share"):
    found = [each for each in figure.axes[0].collections if each.get_gid() == name]
    return sorted((path.get_extents().y0 + path.get_extents().y1) / 2 for each in found for path in each.get_paths())


def intervals(figure):
    segments = artist(figure, "interval").get_segments()
    return [(line[0][0], line[1][0]) for line in sorted(segments, key=lambda line: line[0][1])]


def foot(figure):
    return " ".join(words(figure, "foot"))


def names(figure):
    """Labels of the rows, lines put together."""
    return " ".join(words(figure, "label"))


def test_lengths_are_the_estimates_beside_their_labels(noise):
    coping = kzm.multiple_response(noise, "coping")
    figure = bars(coping)
    assert lengths(figure) == [pytest.approx((0, row.estimate), abs=1e-12) for row in coping]
    assert names(figure) == " ".join(noise.survey.codebook[row.variable].label["sl"] for row in coping)


def test_a_label_stands_at_the_height_of_its_bar(noise):
    figure = bars(kzm.multiple_response(noise, "health"))
    figure.canvas.draw()
    axes = figure.axes[0]
    labels = [text for text in figure.texts if text.get_gid() == "label"]
    heights = [axes.transData.transform((0, y))[1] for y in middles(figure)]
    for label, height in zip(labels, heights, strict=False):
        box = label.get_window_extent()
        assert box.y0 < height < box.y1, label.get_text()


def test_probability_samples_have_whiskers_and_opt_in_samples_none(noise, breastfeeding):
    coping = kzm.multiple_response(noise, "coping")
    assert intervals(bars(coping)) == [pytest.approx((row.ci_low, row.ci_high), abs=1e-12) for row in coping]
    assert f"95-odstotni{NBSP}interval zaupanja" in words(bars(coping), "key")
    opt_in = bars(kzm.multiple_response(breastfeeding, "needs"))
    assert len(lengths(opt_in)) == 7
    assert not [each for each in opt_in.axes[0].collections if each.get_gid() in ("interval", "halo")]
    assert words(opt_in, "key") == []


def test_the_key_names_the_level_of_the_interval(noise):
    share = kzm.multiple_response(noise, "coping", level=0.9)
    assert f"90-odstotni{NBSP}interval zaupanja" in words(bars(share), "key")
    assert f"90%{NBSP}confidence interval" in words(bars(share, lang="en"), "key")


@pytest.mark.parametrize(("lang", "shown"), [("sl", [f"12,3{NBSP}%", f"30,0{NBSP}%"]), ("en", ["12.3%", "30.0%"])])
def test_numbers_stand_behind_bar_or_whisker(lang, shown):
    # 12.25 has its half in the second decimal place and is rounded up.
    figure = bars(estimates([row(0.1225, category="a"), row(0.3, 0.2, 0.45, category="b")]), FRAME, lang=lang)
    assert words(figure, "number") == shown
    inches = [text.get_position()[0] for text in figure.texts if text.get_gid() == "number"]
    left, right = figure.axes[0].get_position().x0 * 6.3, figure.axes[0].get_position().x1 * 6.3
    high = figure.axes[0].get_xlim()[1]
    ends = [left + (right - left) * end / high for end in (0.1225, 0.45)]
    assert inches == pytest.approx([end + 0.05 for end in ends], abs=0.005)


@pytest.mark.parametrize("width", ["full", "half"])
def test_withheld_rows_are_named_and_have_no_bar(width):
    rows = [row(0.5, category="a"), row(0.0123, flag="small_cell", category="b"), row(np.nan, category="c")]
    figure = bars(estimates(rows), FRAME, width=width)
    assert lengths(figure) == [(0, 0.5)]
    (told,) = words(figure, "withheld")
    assert told.startswith("z – zaupno")
    assert words(figure, "number") == [f"50,0{NBSP}%", "–"]
    assert not any("1,2" in text.get_text() for text in figure.texts)


def test_what_would_give_a_withheld_share_away_is_withheld_too():
    rows = [
        row(share, category=str(share), flag=flag)
        for share, flag in ((0.6, ""), (0.3, ""), (0.07, ""), (0.03, "small_cell"))
    ]
    figure = bars(estimates(rows), FRAME)
    assert lengths(figure) == [(0, 0.6), (0, 0.3)]
    assert len(words(figure, "withheld")) == 2
    alone = bars(estimates(rows[1:]), FRAME)  # these do not add up to a whole
    assert lengths(alone) == [(0, 0.3), (0, 0.07)]


def test_options_of_a_set_do_not_give_each_other_away():
    rows = [row(0.97, variable="a"), row(0.03, variable="b", flag="small_cell")]
    assert lengths(bars(estimates(rows), FRAME)) == [(0, 0.97)]


def test_small_bases_are_hollow_with_a_key():
    figure = bars(estimates([row(0.5, category="a"), row(0.4, category="b", n=12, flag="small_base")]), FRAME)
    assert lengths(figure) == [(0, 0.5)]
    assert lengths(figure, "small base") == [(0, 0.4)]
    hollow = artist(figure, "small base")
    assert to_hex(hollow.get_facecolor()[0]) == "#ffffff"
    assert hollow.get_linewidth()[0] > 0
    assert words(figure, "key") == ["majhna osnova"]


def test_rows_with_different_bases_show_each_its_n():
    different = bars(estimates([row(0.5, category="a", n=1200), row(0.4, category="b", n=90)]), FRAME)
    assert words(different, "value") == ["1.200", "90"]
    assert words(different, "column") == ["n"]
    same = bars(estimates(rows_of(0.5, 0.4)), FRAME)
    assert words(same, "value") == words(same, "column") == []


def test_the_base_is_stated(noise):
    coping = kzm.multiple_response(noise, "coping")
    assert f"Osnova: osebe, ki so na vprašanje odgovorile (n{NBSP}={NBSP}{coping.rows[0].n})." in words(
        bars(coping), "foot"
    )


def test_a_set_says_that_shares_may_exceed_the_whole(noise, breastfeeding):
    coping = kzm.multiple_response(noise, "coping")
    for figure in (bars(coping), bars(coping, FRAME), bars(kzm.multiple_response(breastfeeding, "corners"), FRAME)):
        assert foot(figure).count(SEVERAL) == 1
        assert THEMES not in foot(figure)
    (note,) = set_notes(coping, "sl")
    told = type(FRAME)("T", "", "B.", "V", notes=(note,))
    assert foot(bars(coping, told)).count(SEVERAL) == 1  # not twice where the frame has it
    assert "Several answers were possible" in foot(bars(coping, FRAME, lang="en"))


def test_themes_have_a_note_of_their_own(noise):
    figure = bars(kzm.multiple_response(noise, "proposal_themes"), FRAME)
    assert THEMES in foot(figure)
    assert SEVERAL not in foot(figure)


def test_questions_with_one_answer_and_shares_of_answers_have_no_note(noise):
    assert set_notes(kzm.proportion(noise, "education"), "sl") == ()
    assert set_notes(kzm.multiple_response(noise, "coping", percent="answers"), "sl") == ()
    assert set_notes(estimates([row(0.3)]), "sl") == ()


def test_the_order_is_as_given_unless_asked_for():
    figure = bars(estimates(rows_of(0.1, 0.5, 0.3)), FRAME)
    assert lengths(figure) == [(0, 0.1), (0, 0.5), (0, 0.3)]
    assert "Razvrščeno" not in foot(figure)


def test_sorted_bars_fall_and_other_and_none_are_last_with_the_rule(noise):
    coping = kzm.multiple_response(noise, "coping")
    figure = bars(coping, order="estimate")
    book = noise.survey.codebook
    last = [row for row in coping if book[row.variable].other or book[row.variable].exclusive]
    first = sorted((row for row in coping if row not in last), key=lambda row: -row.estimate)
    assert [right for _, right in lengths(figure)] == pytest.approx([row.estimate for row in [*first, *last]])
    assert last[1].estimate > first[1].estimate  # "nothing" is last although it is the second highest
    assert "Razvrščeno po deležu od največjega; na koncu: drugo; ničesar." in words(figure, "foot")


def test_a_withheld_share_has_no_place_in_the_order():
    hidden = [row(0.4, flag="small_cell", category="skrito 1"), row(0.9, flag="small_cell", category="skrito 2")]
    rows = [hidden[0], row(0.1, category="a"), hidden[1], row(np.nan, category="prazno"), row(0.5, category="b")]
    figure = bars(estimates(rows), FRAME, order="estimate")
    assert words(figure, "label") == ["b", "a", "skrito 1", "skrito 2", "prazno"]
    assert "Razvrščeno po deležu od največjega; na koncu: vrstice brez prikazanega deleža." in words(figure, "foot")


def test_what_is_withheld_stands_before_other_and_none(noise):
    coping = kzm.multiple_response(noise, "coping")
    turned = coping.take(range(len(coping))[::-1])  # "nothing" and "other" first
    hidden = turned.renamed(flag=["small_cell" if row.category == "leave_home" else "" for row in turned])
    told = names(bars(hidden, order="estimate", lang="en"))
    assert told.endswith("leave home nothing other")


def test_a_number_stands_behind_its_bar_even_if_the_interval_ends_in_it():
    figure = bars(estimates([row(1.0, 0.2, 0.7)]), FRAME)
    (number,) = (text for text in figure.texts if text.get_gid() == "number")
    box = figure.axes[0].get_position()
    assert number.get_position()[0] == pytest.approx(6.3 * box.x1 + 0.05)


def test_up_to_three_groups_stand_beside_each_other(noise):
    health = kzm.multiple_response(noise, "health", by="place_type")
    figure = bars(health, lang="en")
    places = ["city", "suburb", "countryside"]
    options = list(dict.fromkeys(row.variable for row in health))
    expected = [
        (0, share.estimate) for option in options for place in places
        if (share := health.row(variable=option, by_category=place)).printable
    ]  # fmt: skip
    assert lengths(figure) == [pytest.approx(each) for each in expected]
    drawn = [each for each in figure.axes[0].collections if each.get_gid() == "share"]
    assert [to_hex(each.get_facecolor()[0]).upper() for each in drawn] == list(GROUPS[:3])
    assert len({each.get_hatch() for each in drawn}) == 3  # never by colour alone
    assert len(words(figure, "label")) == len(options)
    bases = [health.row(variable=options[0], by_category=place).n for place in places]
    assert words(figure, "key")[:3] == [f"{name} (n{NBSP}={NBSP}{n})" for name, n in zip(places, bases, strict=True)]


def test_one_option_by_group_has_a_bar_per_group(noise):
    shares = kzm.proportion(noise, "highly_annoyed_road", by="age_group", categories=["yes"])
    figure = bars(shares)
    assert [right for _, right in lengths(figure)] == pytest.approx([row.estimate for row in shares if row.printable])
    assert len(words(figure, "label")) == 3


def test_sorting_groups_names_the_group_that_decides():
    rows = grouped([(0.2, 0.9), (0.6, 0.1)], ["x", "y"])
    figure = bars(estimates(rows), FRAME, order="estimate")
    assert [right for _, right in lengths(figure)] == [0.6, 0.1, 0.2, 0.9]
    assert "Razvrščeno po deležu v skupini »x« od največjega." in words(figure, "foot")


def test_more_groups_are_refused():
    with pytest.raises(FindingError, match=r"'skupina' has 4 groups.*at most 3"):
        bars(estimates(grouped([[0.1] * 4] * 2, list("abcd"))), FRAME)


def test_an_option_that_lacks_a_group_is_refused():
    with pytest.raises(FindingError, match="not every option has an estimate in each group of 'skupina'"):
        bars(estimates(grouped([(0.2, 0.9), (0.6, 0.1)], ["x", "y"])[:-1]), FRAME)


def test_all_withheld_is_a_withheld_figure():
    for rows in ([row(0.1, flag="small_cell")], [row(np.nan), row(0.2, flag="small_cell", category="b")]):
        with pytest.raises(WithheldError, match="every value is withheld or missing"):
            bars(estimates(rows), FRAME)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "there are no estimates to draw"),
        ([row(0.1), row(0.1)], "q / yes stands twice"),
        ([row(3.2)._replace(statistic="mean")], "draw shares from 0 to 1; 'q' is a mean of 3.2"),
        ([row(1.4)], "a proportion of 1.4"),
        ([row(-0.2)._replace(statistic="proportion")], "a proportion of -0.2"),
        ([row(0.2, category=f"c{i}") for i in range(40)], "inches high; a page takes 9"),
        ([row(0.2, category="znak \u4e2d")], "no sign for"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_message(rows, said):
    with pytest.raises(FindingError, match=said) as error:
        bars(estimates(rows), FRAME)
    assert not isinstance(error.value, WithheldError)


def test_an_unknown_order_or_width_is_refused():
    with pytest.raises(FindingError, match="unknown order 'size'"):
        bars(estimates([row(0.1)]), FRAME, order="size")
    with pytest.raises(FindingError, match="unknown width"):
        bars(estimates([row(0.1)]), FRAME, width="wide")


@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_nothing_is_cut_off_or_overlaps(count, lang, width):
    shares = np.linspace(0, 1, count)
    labels = [LONG, *(f"možnost {i}" for i in range(count - 1))]
    codebook = battery(labels, ["ne", "da"], [0.5, 0.5])[0].design.survey
    rows = [row(share, 0.0, 1.0, variable=f"q_i{i}", n=1000 + i) for i, share in enumerate(shares)]
    rows[-1] = rows[-1]._replace(flag="small_base")
    if count > 2:
        rows[1] = rows[1]._replace(flag="small_cell")
        rows[2] = rows[2]._replace(estimate=np.nan, ci_low=np.nan, ci_high=np.nan)
    assert faults(bars(estimates(rows, codebook), FRAME, order="estimate", lang=lang, width=width)) == []


@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("groups", [2, 3])
def test_grouped_bars_do_not_overlap(groups, width):
    shares = np.linspace(0, 1, 6 * groups).reshape(6, groups)
    rows = grouped(shares, [LONG, "b", "c"][:groups], low=0.0, high=1.0)
    rows[3] = rows[3]._replace(flag="small_cell")
    rows[4] = rows[4]._replace(flag="small_base")
    assert faults(bars(estimates(rows), FRAME, width=width)) == []


@pytest.mark.parametrize("width", ["full", "half"])
def test_a_label_of_300_characters_wraps(width):
    rows = [row(0.2, category="beseda " * 43), row(1.0, category="a" * 300)]
    figure = bars(estimates(rows), FRAME, width=width)
    assert faults(figure) == []
    assert "".join(words(figure, "label")).count("a") >= 300


def test_real_figures_are_drawn_without_faults(noise, breastfeeding):
    for design, names in ((noise, ("coping", "health", "proposal_themes")), (breastfeeding, ("corners", "needs"))):
        for name in names:
            for lang in ("sl", "en"):
                for width in ("full", "half"):
                    figure = bars(kzm.multiple_response(design, name), order="estimate", lang=lang, width=width)
                    assert faults(figure) == [], (name, lang, width)


def test_synthetic_answers_are_marked(noise):
    figure = bars(kzm.multiple_response(noise, "health"), lang="en")
    assert " ".join(words(figure, "mark")) == catalogue.text("en", "synthetic")


def test_global_style_is_left_alone():
    before = dict(mpl.rcParams)
    bars(estimates([row(0.3)]), FRAME)
    assert dict(mpl.rcParams) == before
