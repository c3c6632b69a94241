import math

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.plots.stacked import stacked_bars
from kzm_surveys.plots.style import DIVERGING, SEQUENTIAL
from tests.plots.made import FRAME, battery

NAMES = ("annoyance_road", "annoyance_port", "annoyance_railway", "annoyance_aircraft")


@pytest.fixture(scope="module")
def items(noise):
    return [kzm.proportion(noise, name) for name in NAMES]


@pytest.fixture(scope="module")
def axes(items):
    return stacked_bars(items, FRAME, withheld="z").axes[0]


def by_line(patches):
    lines = {}
    for patch in patches:
        lines.setdefault(round(patch.get_y() + patch.get_height() / 2), []).append(patch)
    return [lines[key] for key in sorted(lines)]


def test_widths_are_the_estimates_and_fill_the_row(items, axes):
    lines = by_line(axes.patches)
    assert len(lines) == len(items)
    for patches, item in zip(lines, items, strict=True):
        assert [p.get_width() for p in patches] == pytest.approx([row.estimate for row in item], abs=1e-12)
        assert sum(p.get_width() for p in patches) == pytest.approx(1, abs=1e-12)


def test_segments_follow_each_other_without_gaps(axes):
    for patches in by_line(axes.patches):
        ends = 0.0
        for patch in patches:
            assert patch.get_x() == pytest.approx(ends, abs=1e-12)
            ends = patch.get_x() + patch.get_width()


def test_first_question_is_on_top_and_the_axis_runs_from_0_to_100_percent(axes):
    low, high = axes.get_ylim()
    assert low > high
    assert axes.get_xlim() == (0, 1)
    assert [t.get_text() for t in axes.get_xticklabels()] == [f"{p}\u00a0%" for p in (0, 20, 40, 60, 80, 100)]


def test_tick_labels_are_the_labels_of_the_codebook(noise, axes):
    shown = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert shown == [noise.survey.codebook[name].label["sl"] for name in NAMES]
    assert shown[0] == "cestni promet"


def test_n_is_the_number_of_answers(noise, axes):
    right = [(t.get_position()[1], t.get_text()) for t in axes.texts if t.get_position()[0] > 1]
    printed = [text for _, text in sorted(right)]
    assert printed[0] == "n"
    assert printed[1:] == [str(noise.frame[name].notna().sum()) for name in NAMES]


def test_numbers_are_rounded_shares_in_the_middle_of_their_segments(items, axes):
    printed = {}
    for text in axes.texts:
        x, y = text.get_position()
        if x < 1:
            printed.setdefault(y, []).append((x, text.get_text()))
    for line, item in enumerate(items):
        expected, start = [], 0.0
        for row in item:
            if row.estimate >= 0.045:
                expected.append((start + row.estimate / 2, str(math.floor(100 * row.estimate + 0.5))))
            start += row.estimate
        assert [text for _, text in printed[line]] == [text for _, text in expected]
        assert [x for x, _ in printed[line]] == pytest.approx([x for x, _ in expected], abs=1e-12)


def test_small_segments_carry_no_number():
    figure = stacked_bars(battery(["q"], ["a", "b", "c"], [0.9, 0.06, 0.04]), FRAME, withheld="z")
    assert [t.get_text() for t in figure.axes[0].texts if t.get_position()[0] < 1] == ["90", "6"]


def test_half_a_percent_is_rounded_up():
    figure = stacked_bars(battery(["q"], ["a", "b"], [0.125, 0.875]), FRAME, withheld="z")  # not 12, as round() gives
    assert [t.get_text() for t in figure.axes[0].texts if t.get_position()[0] < 1] == ["13", "88"]


def test_thousands_of_answers_are_written_with_a_full_stop():
    figure = stacked_bars(battery(["q"], ["a", "b"], [0.5, 0.5], n=2500), FRAME, withheld="z")
    assert "2.500" in [t.get_text() for t in figure.axes[0].texts]


@pytest.mark.parametrize(("diverging", "ramp"), [(False, SEQUENTIAL), (True, DIVERGING)])
def test_legend_names_the_categories_in_the_colours_of_the_ramp(noise, items, diverging, ramp):
    figure = stacked_bars(items, FRAME, diverging=diverging, withheld="z")
    legend = figure.legends[0]
    names = [category.label["sl"] for category in noise.survey.codebook[NAMES[0]].categories]
    assert [text.get_text() for text in legend.get_texts()] == names
    assert [to_hex(patch.get_facecolor()).upper() for patch in legend.get_patches()] == list(ramp)
    first_row = by_line(figure.axes[0].patches)[0]
    assert [to_hex(patch.get_facecolor()).upper() for patch in first_row] == list(ramp)


def test_nothing_to_draw_is_refused():
    with pytest.raises(FindingError, match="no estimates"):
        stacked_bars([], FRAME, withheld="z")


def test_scales_that_differ_are_refused(noise, items):
    with pytest.raises(FindingError, match="do not share one scale"):
        stacked_bars([*items, kzm.proportion(noise, "opinion_getting_worse")], FRAME, withheld="z")
    with pytest.raises(FindingError, match="do not share one scale"):
        stacked_bars([kzm.proportion(noise, NAMES[0], categories=["very"])], FRAME, withheld="z")


def test_more_than_five_categories_are_refused():
    with pytest.raises(FindingError, match="at most 5 categories, found 6"):
        stacked_bars(battery(["q"], list("abcdef"), [1 / 6] * 6), FRAME, withheld="z")


def test_estimates_without_a_codebook_are_refused(noise):
    plain = kzm.SurveyDesign(noise.frame)
    with pytest.raises(FindingError, match="from_survey"):
        stacked_bars([kzm.proportion(plain, NAMES[0])], FRAME, withheld="z")


def test_withheld_shares_of_a_subgroup_are_not_drawn(noise):
    # 1 to 4 persons behind a share of a subgroup: the other figures and the tables withhold it.
    mask = np.zeros(len(noise), dtype=bool)
    mask[:12] = True
    item = kzm.proportion(noise, NAMES[0], where=mask)
    assert any("small_cell" in row.flag for row in item)
    with pytest.raises(FindingError, match="withheld"):
        stacked_bars([item], FRAME, withheld="z")


def test_missing_estimates_are_refused():
    with pytest.raises(FindingError):
        stacked_bars(battery(["q"], ["a", "b"], [math.nan, math.nan], n=0), FRAME, withheld="z")


def test_global_style_is_left_alone(items):
    before = dict(mpl.rcParams)
    stacked_bars(items, FRAME, withheld="z")
    assert dict(mpl.rcParams) == before
