"""The pyramid of sample and population: bars, outline and dots on the right side and in the right row."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.plots.population import population_pyramid
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, LONG, weighted

SIZES = [(lang, width) for lang in ("sl", "en") for width in ("full", "half")]
AGES = ("18_39", "40_61", "62_plus")


def bars_of(figure, side):
    """Ends of the bars of a side, from the top."""
    boxes = [path.get_extents() for path in artist(figure, f"before {side}").get_paths()]
    return [(box.x0, box.x1) for box in sorted(boxes, key=lambda box: box.y0)]


def dots_of(figure, side):
    return artist(figure, f"after {side}").get_xdata().tolist()


def outline_of(figure, side):
    """Places of the outline in each row: the upright parts of the steps."""
    (path,) = artist(figure, f"population {side}").get_segments()
    return [(a[0], b[0]) for a, b in zip(path[1:-1:2], path[2:-1:2], strict=True)]


def made(ages, *, small=False, lowest=10):
    """Two sides by some ages; the youngest of the left side are three if `small`."""
    counts = {None: ("side", "age")}
    counts |= {(side, age): lowest + 5 * i + 40 * k for i, age in enumerate(ages) for k, side in enumerate(("l", "r"))}
    if small:
        counts["l", ages[0]] = 3
    share = 1 / (2 * len(ages))
    return weighted({("side", "age"): {(side, age): share for side in "lr" for age in ages}}, counts)


def test_bars_are_the_sample_men_to_the_left_the_youngest_at_the_bottom(noise):
    figure = population_pyramid(noise)
    cells = noise.frame.groupby(["sex", "age_group"], observed=True).size() / len(noise.frame)
    assert words(figure, "label") == ["62\u00a0let ali več", "40–61\u00a0let", "18–39\u00a0let"]
    assert words(figure, "side") == ["moški", "ženske"]
    assert bars_of(figure, "left") == [pytest.approx((-cells["male", age], 0)) for age in AGES[::-1]]
    assert bars_of(figure, "right") == [pytest.approx((0, cells["female", age])) for age in AGES[::-1]]


def test_the_outline_is_the_population_and_the_dots_are_the_weighted_sample(noise):
    figure = population_pyramid(noise)
    population = pd.read_csv("surveys/noise/2021/population.csv").set_index("category")["count"]
    adults = population[population.index.str.contains("*", regex=False)]
    weights = (
        pd.Series(noise.weights).groupby([noise.frame["sex"].to_numpy(), noise.frame["age_group"].to_numpy()]).sum()
    )
    for side, sex, sign in (("left", "male", -1), ("right", "female", 1)):
        expected = [sign * adults[f"{sex}*{age}"] / adults.sum() for age in AGES[::-1]]
        assert outline_of(figure, side) == [pytest.approx((x, x)) for x in expected]
        after = [sign * weights[sex, age] / noise.weights.sum() for age in AGES[::-1]]
        assert dots_of(figure, side) == pytest.approx(after)


def test_the_axis_is_positive_on_both_sides_and_of_one_scale(noise):
    figure = population_pyramid(noise, lang="en")
    assert words(figure, "tick") == ["40%", "30%", "20%", "10%", "0%", "10%", "20%", "30%", "40%"]
    low, high = figure.axes[0].get_xlim()
    assert low == -high


def test_both_shares_are_printed_in_a_full_column_only(noise):
    figure = population_pyramid(noise, lang="en")
    record = noise.weighting.margins.query("variable == 'sex*age_group'")
    expected = {f"{100 * share:.1f}%" for part in ("before", "target") for share in record[part]}
    assert set(words(figure, "number")) == expected
    assert words(figure, "key") == [
        "before weighting (upper number)", "in the population (target) – estimate, not official (lower number)",
        "after weighting",
    ]  # fmt: skip
    assert words(population_pyramid(noise, width="half"), "number") == []


def test_upper_and_lower_number_are_those_of_the_key(noise):
    figure = population_pyramid(noise, lang="en")
    top = max(text.get_position()[1] for text in figure.texts if text.get_gid() == "number")
    upper = {text.get_text() for text in figure.texts if text.get_gid() == "number" and text.get_position()[1] == top}
    cells = noise.frame.groupby(["sex", "age_group"], observed=True).size() / len(noise.frame)
    assert upper == {f"{100 * cells[sex, '62_plus']:.1f}%" for sex in ("male", "female")}


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_an_estimate_of_the_population_is_called_one(noise, lang):
    said = {"sl": "ocena, ki ni uradni podatek", "en": "estimate, not official"}[lang]
    for figure in (population_pyramid(noise, lang=lang), population_pyramid(noise, FRAME, lang=lang)):
        assert any(said in text for text in words(figure, "key"))
    assert said in " ".join(words(population_pyramid(noise, lang=lang), "foot"))


@pytest.mark.parametrize("width", ["full", "half"])
def test_a_small_group_and_the_next_smallest_are_withheld(width):
    design = made(["a", "b", "c"], small=True)  # 3 of "l", "a"; the next fewest are 15 of "l", "b"
    n = 3 + 15 + 20 + 50 + 55 + 60
    for data in (design, design.weighting):
        figure = population_pyramid(data, width=width)
        assert bars_of(figure, "left") == [pytest.approx((-20 / n, 0))]
        assert len(bars_of(figure, "right")) == len(dots_of(figure, "right")) == 3
        assert len(dots_of(figure, "left")) == 1
        assert len(outline_of(figure, "left")) == 3  # the population is public
        assert len(words(figure, "withheld")) == 2
        told = " ".join(text.get_text() for text in figure.texts)
        assert "z – zaupno (premalo odgovorov)" in told
        assert f"{100 * 3 / n:.1f}".replace(".", ",") not in told
        assert f"{100 * 15 / n:.1f}".replace(".", ",") not in told
        assert faults(figure) == []


def test_a_record_alone_is_drawn_with_names(noise):
    figure = population_pyramid(noise.weighting, lang="en")
    assert words(figure, "side") == ["male", "female"]
    assert words(figure, "label") == ["62_plus", "40_61", "18_39"]
    assert faults(figure) == []


def test_rows_stand_in_the_order_of_the_codebook(noise):
    swapped = {
        ("sex", "age_group"): {(sex, age): 1 / 6 for age in ("62_plus", "18_39", "40_61") for sex in ("female", "male")}
    }
    figure = population_pyramid(kzm.rake(kzm.SurveyDesign.from_survey(noise.survey), swapped))
    assert words(figure, "label") == ["62\u00a0let ali več", "40–61\u00a0let", "18–39\u00a0let"]
    assert words(figure, "side") == ["moški", "ženske"]


def test_the_variable_with_two_categories_makes_the_sides():
    counts = {None: ("age", "side")} | {(age, side): 10 for age in "abc" for side in "lr"}
    figure = population_pyramid(weighted({("age", "side"): {(a, s): 1 / 6 for a in "abc" for s in "lr"}}, counts))
    assert words(figure, "side") == ["l", "r"]
    assert words(figure, "label") == ["c", "b", "a"]


def test_margins_that_make_no_pyramid_are_named(noise):
    names = dict(noise.survey.wave.weighting)["variables"]
    assert "sex*age_group" in names
    wave = noise.survey.wave
    single = wave.model_copy(
        update={"weighting": wave.weighting.model_copy(update={"variables": ("sex", "place_type")})}
    )
    design = kzm.weight(dataclasses.replace(noise.survey, wave=single))
    with pytest.raises(
        FindingError, match=r"two variables together.*sex \(2 categories\), place_type \(3 categories\)"
    ):
        population_pyramid(design)
    counts = {None: ("x", "y")} | {(x, y): 10 for x in "abc" for y in "def"}
    three = weighted({("x", "y"): {(x, y): 1 / 9 for x in "abc" for y in "def"}}, counts)
    with pytest.raises(FindingError, match=r"x\*y \(3 x 3 categories\)"):
        population_pyramid(three)


def test_one_of_several_margins_must_be_named():
    counts = {None: ("s", "a", "b")} | {(s, a, b): 10 for s in "lr" for a in "123" for b in "456"}
    tables = {
        ("s", "a"): {(s, a): 1 / 6 for s in "lr" for a in "123"},
        ("s", "b"): {(s, b): 1 / 6 for s in "lr" for b in "456"},
    }
    design = weighted(tables, counts)
    with pytest.raises(FindingError, match=r"several margins are fit for a pyramid: s\*a, s\*b"):
        population_pyramid(design)
    assert words(population_pyramid(design, margin="s*b"), "label") == ["6", "5", "4"]
    with pytest.raises(FindingError, match=r"no margin fit for a pyramid 's\*c'"):
        population_pyramid(design, margin="s*c")


def test_answers_that_are_not_weighted_are_refused(breastfeeding):
    with pytest.raises(FindingError, match="not weighted"):
        population_pyramid(breastfeeding)


def test_an_unknown_width_is_refused(noise):
    with pytest.raises(FindingError, match="unknown width"):
        population_pyramid(noise, width="wide")


@pytest.mark.parametrize(("lang", "width"), SIZES)
@pytest.mark.parametrize("count", [1, 2, 12])
def test_pyramids_without_faults(count, lang, width):
    ages = [LONG, *(f"{20 + 5 * i}–{24 + 5 * i} let" for i in range(count - 1))]
    for small in (False, True):
        assert faults(population_pyramid(made(ages, small=small), lang=lang, width=width)) == []


@pytest.mark.parametrize(("width", "letters"), [("full", 300), ("half", 120)])
def test_long_names_of_sides_and_groups_wrap(width, letters):
    sides, age = ("š" * letters, "beseda " * (letters // 7)), "č" * letters
    counts = {None: ("s", "a")} | {(side, a): 20 for side in sides for a in (age, "b")}
    shares = dict(zip([key for key in counts if key], [0.97, 0.01, 0.01, 0.01], strict=True))
    figure = population_pyramid(weighted({("s", "a"): shares}, counts), FRAME, width=width)
    assert faults(figure) == []
    assert "".join(words(figure, "side")).count("š") == letters


@pytest.mark.parametrize(("lang", "width"), SIZES)
def test_real_pyramids_are_drawn_without_faults(noise, lang, width):
    assert faults(population_pyramid(noise, lang=lang, width=width)) == []


def test_too_many_rows_do_not_fit_a_page():
    with pytest.raises(FindingError, match="a page takes 9"):
        population_pyramid(made([f"a{i}" for i in range(40)]))


def test_bars_of_both_sides_lie_in_the_same_rows(noise):
    figure = population_pyramid(noise)
    for side in ("left", "right"):
        ys = artist(figure, f"after {side}").get_ydata()
        boxes = [path.get_extents() for path in artist(figure, f"before {side}").get_paths()]
        assert sorted((box.y0 + box.y1) / 2 for box in boxes) == pytest.approx(sorted(ys))
    left, right = (artist(figure, f"after {side}").get_ydata() for side in ("left", "right"))
    assert np.allclose(left, right)
