import itertools

import pytest
from matplotlib.colors import to_hex

from kzm_surveys.plots import style
from kzm_surveys.plots.bars import bars, sample_against_population
from kzm_surveys.plots.dots import DotBlock, DotWords, dots
from kzm_surveys.plots.stacked import stacked_bars
from kzm_surveys.plots.style import BLUE, DIVERGING, INK, MUTED, ORANGE, OUTLINE, RED, SEQUENTIAL
from tests.plots.colour import MACHADO, contrast, distance, lab, linear
from tests.plots.made import FRAME, battery, estimates, row

NAMED = {"BLUE": BLUE, "RED": RED, "ORANGE": ORANGE}
VISIONS = ("normal", *MACHADO)
#: Delta E (CIE 1976, 2.3 is just noticeable): steps of a ramp, and colours that tell things apart in one figure.
RAMP_STEP, TOGETHER, ANY_PAIR = 12, 20, 9
WHITE = "#FFFFFF"


def test_the_yardsticks_give_known_values():
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.005)  # the grey that just passes 4.5 in WCAG texts
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert lab(linear("#FF0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.01)  # Lindbloom's calculator, D65
    assert distance("#FF0000", "#00AA00", "deuteranopia") < distance("#FF0000", "#00AA00") / 2


@pytest.mark.parametrize("colour", [*NAMED.values(), OUTLINE], ids=[*NAMED, "OUTLINE"])
def test_named_colours_stand_out_from_white(colour):
    assert contrast(colour, WHITE) >= 3


@pytest.mark.parametrize("colour", [INK, MUTED, RED])
def test_colours_of_words_are_readable_on_white(colour):
    assert contrast(colour, WHITE) >= 4.5


@pytest.mark.parametrize("vision", VISIONS)
def test_named_colours_stay_apart(vision):
    for (first, a), (second, b) in itertools.combinations(NAMED.items(), 2):
        assert distance(a, b, vision) >= ANY_PAIR, (first, second)


@pytest.mark.parametrize("vision", VISIONS)
def test_neighbouring_steps_of_a_ramp_stay_apart(vision):
    for ramp in (SEQUENTIAL, DIVERGING):
        for a, b in itertools.pairwise(ramp):
            assert distance(a, b, vision) >= RAMP_STEP, (a, b)


@pytest.mark.parametrize("vision", VISIONS)
def test_the_sequential_ramp_darkens_and_the_two_ends_of_the_diverging_one_differ(vision):
    lightness = [lab(linear(colour))[0] for colour in SEQUENTIAL]
    assert lightness == sorted(lightness, reverse=True)
    for a in DIVERGING[:2]:
        for b in DIVERGING[3:]:
            assert distance(a, b, vision) >= TOGETHER


@pytest.mark.parametrize("vision", VISIONS)
def test_interval_and_total_of_the_dot_figure_stay_apart(vision):
    assert distance(BLUE, ORANGE, vision) >= TOGETHER


def outlined(patch):
    return patch.get_linewidth() > 0 and contrast(to_hex(patch.get_edgecolor()), WHITE) >= 3


def drawn_patches(noise):
    one = [row(0.4), row(0.2)]
    block = DotBlock("h", estimates(one), estimates([row(0.3)]), ["a", "b"])
    record = noise.weighting
    labels = [(name, list(part["category"])) for name, part in record.margins.groupby("variable", sort=False)]
    scale = ["a", "b", "c", "d", "e"]
    figures = [
        bars(estimates(one), ["a", "b"], FRAME, withheld="z"),
        dots([block], FRAME, DotWords("i", "t", "s", "w")),
        stacked_bars(battery(["q"], scale, [0.2] * 5), FRAME, withheld="z"),
        stacked_bars(battery(["q"], scale, [0.2] * 5), FRAME, diverging=True, withheld="z"),
        stacked_bars(battery(["q"], scale[:3], [0.3, 0.3, 0.4]), FRAME, withheld="z"),
        sample_against_population(record, labels, ("s", "p"), FRAME),
    ]
    for figure in figures:
        yield from figure.axes[0].patches
        for legend in figure.legends:
            yield from legend.get_patches()


def test_every_drawn_area_stands_out_from_white_or_has_the_dark_outline(noise):
    patches = list(drawn_patches(noise))
    assert len(patches) >= 40
    for patch in patches:
        face = to_hex(patch.get_facecolor())
        assert contrast(face, WHITE) >= 3 or outlined(patch), face


@pytest.mark.parametrize("vision", VISIONS)
def test_the_two_bars_of_a_pair_stay_apart(noise, vision):
    record = noise.weighting
    labels = [(name, list(part["category"])) for name, part in record.margins.groupby("variable", sort=False)]
    figure = sample_against_population(record, labels, ("s", "p"), FRAME)
    sample, population = (to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches[:2])
    assert distance(sample, population, vision) >= TOGETHER
    assert figure.axes[0].patches[1].get_hatch()  # and by pattern, for a black and white print
    assert not figure.axes[0].patches[0].get_hatch()


@pytest.mark.parametrize("diverging", [False, True])
@pytest.mark.parametrize("steps", [2, 3, 4, 5])
def test_numbers_inside_segments_are_readable(diverging, steps):
    items = battery(["q"], [f"c{i}" for i in range(steps)], [1 / steps] * steps)
    figure = stacked_bars(items, FRAME, diverging=diverging, withheld="z")
    axes = figure.axes[0]
    inside = [text for text in axes.texts if text.get_position()[0] < 1]
    assert len(inside) == steps
    for text, patch in zip(inside, axes.patches, strict=True):
        assert contrast(to_hex(text.get_color()), to_hex(patch.get_facecolor())) >= 4.5


def test_a_short_scale_takes_the_ends_of_the_ramp():
    for steps in (2, 3, 4):
        figure = stacked_bars(battery(["q"], [f"c{i}" for i in range(steps)], [1 / steps] * steps), FRAME, withheld="z")
        colours = [to_hex(patch.get_facecolor()).upper() for patch in figure.axes[0].patches]
        assert (colours[0], colours[-1]) == (SEQUENTIAL[0], SEQUENTIAL[-1])
        assert len(set(colours)) == steps


def test_figures_are_as_wide_as_the_text_of_the_page():
    assert abs(style.FULL_WIDTH - (210 - 2 * 25) / 25.4) < 0.01  # A4 with 25 mm margins
