import itertools

import pytest
from matplotlib.colors import to_hex

from kzm_surveys import FindingError
from kzm_surveys.plots.palette import (
    ASIDE,
    BAR,
    BLUE,
    GROUPS,
    INK,
    MOST_STEPS,
    MUTED,
    ORANGE,
    OUTLINE,
    PALE,
    RED,
    diverging,
    letters_on,
    sequential,
)
from tests.plots.colour import MACHADO, contrast, distance, lab, linear

VISIONS = ("normal", *MACHADO)
#: Delta E (CIE 1976, 2.3 is just noticeable): steps of a short ramp and of any, colours that tell things apart in one
#: figure, and any two colours of groups, which have a second sign as well.
SHORT_STEP, ANY_STEP, TOGETHER, ANY_PAIR = 12, 4, 20, 9
WHITE = "#FFFFFF"
STEPS = range(2, MOST_STEPS + 1)


def lightness(colour):
    return lab(linear(colour))[0]


def test_the_yardsticks_give_known_values():
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.005)  # the grey that just passes 4.5 in WCAG texts
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert lab(linear("#FF0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.01)  # Lindbloom's calculator, D65
    assert distance("#FF0000", "#00AA00", "deuteranopia") < distance("#FF0000", "#00AA00") / 2


@pytest.mark.parametrize("colour", [BLUE, RED, ORANGE, BAR, OUTLINE, *GROUPS])
def test_colours_of_areas_and_lines_stand_out_from_white(colour):
    assert contrast(colour, WHITE) >= 3


@pytest.mark.parametrize("colour", [INK, MUTED, RED, ORANGE, BLUE])
def test_colours_of_words_are_readable_on_white(colour):
    assert contrast(colour, WHITE) >= 4.5


def test_what_stands_aside_is_white_and_needs_the_outline():
    assert ASIDE == WHITE
    assert contrast(OUTLINE, ASIDE) >= 3
    assert contrast(OUTLINE, PALE) >= 3


@pytest.mark.parametrize("vision", VISIONS)
def test_groups_stay_apart(vision):
    for a, b in itertools.combinations(GROUPS, 2):
        assert distance(a, b, vision) >= ANY_PAIR, (a, b)
    for a, b in itertools.combinations(GROUPS[:3], 2):
        assert distance(a, b, vision) >= TOGETHER, (a, b)


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_that_stand_beside_each_other_stay_apart(vision):
    for a, b in ((BLUE, ORANGE), (BAR, PALE), (BAR, ORANGE)):
        assert distance(a, b, vision) >= TOGETHER, (a, b)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("ramp", [sequential, diverging])
def test_neighbouring_steps_stay_apart(ramp, vision):
    for steps in STEPS:
        for a, b in itertools.pairwise(ramp(steps)):
            assert distance(a, b, vision) >= (SHORT_STEP if steps <= 5 else ANY_STEP), (steps, a, b)


@pytest.mark.parametrize("steps", STEPS)
def test_ordered_answers_darken(steps):
    shown = [lightness(colour) for colour in sequential(steps)]
    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) == steps


@pytest.mark.parametrize("steps", STEPS)
def test_both_sides_of_a_middle_darken_away_from_it(steps):
    colours = diverging(steps)
    shown = [lightness(colour) for colour in colours]
    side = steps // 2
    assert shown[:side] == sorted(shown[:side])
    assert shown[-side:] == sorted(shown[-side:], reverse=True)
    if steps % 2:
        assert shown[side] == max(shown)
        assert colours[side] == diverging(3)[1]


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("steps", STEPS)
def test_disagreement_is_told_from_agreement(steps, vision):
    colours = diverging(steps)
    for a in colours[: steps // 2]:
        for b in colours[-(steps // 2) :]:
            assert distance(a, b, vision) >= TOGETHER, (a, b)


@pytest.mark.parametrize("steps", STEPS)
def test_a_short_scale_takes_the_ends_of_the_ramp(steps):
    for ramp in (sequential, diverging):
        colours = ramp(steps)
        assert (colours[0], colours[-1]) == (ramp(5)[0], ramp(5)[-1])
        assert len(set(colours)) == steps


def test_one_step_is_dark():
    assert sequential(1) == [to_hex(BLUE)]


def test_numbers_inside_areas_are_readable():
    steps = [each for n in STEPS for each in sequential(n) + diverging(n)]
    for colour in (*GROUPS, BAR, PALE, ASIDE, *steps):
        assert contrast(letters_on(colour), colour) >= 4.5, colour


@pytest.mark.parametrize("ramp", [sequential, diverging])
def test_scales_of_too_many_steps_are_refused(ramp):
    with pytest.raises(FindingError, match="a scale of 13 steps has too many colours to tell apart; at most 12"):
        ramp(13)
