from dataclasses import replace

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.errors import WithheldError
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.plots.dot_blocks import DotBlock
from kzm_surveys.plots.multiples import multiples
from kzm_surveys.plots.style import WIDTHS
from tests.plots.faults import artist, boxes, faults, words
from tests.plots.made import FRAME, LONG, estimates, row

NBSP = "\u00a0"


def by(name, estimate, low=np.nan, high=np.nan, **options):
    """A row of the group with this name."""
    return row(estimate, low, high, **options)._replace(by="age", by_category=name)


def panel(title, *rows, total=None):
    """A panel of rows (group, estimate, low, high)."""
    whole = None if total is None else estimates([row(total, n=300)])
    return DotBlock(title, estimates([each if isinstance(each, Estimate) else by(*each) for each in rows]), whole)


THREE = [
    panel("mesto", ("mladi", 0.2, 0.1, 0.3), ("stari", 0.4, 0.3, 0.5), total=0.25),
    panel("obala", ("mladi", 0.1, 0.05, 0.2), ("stari", 0.3, 0.2, 0.4), total=0.25),
    panel("vas", ("mladi", 0.0, 0.0, 0.1), ("stari", 0.5, 0.4, 0.6), total=0.25),
]


def gridlines(figure):
    """Places in inches of the first grid line and of the last, of each panel."""
    lines = [line[0][0] for line in artist(figure, "grid").get_segments()]
    per = len(lines) // len(words(figure, "heading"))
    return [(lines[i * per], lines[(i + 1) * per - 1]) for i in range(len(lines) // per)]


def dots(figure, name="dot"):
    return list(zip(*artist(figure, name).get_data(), strict=True))


def value(x, ends, highest_tick):
    return (x - ends[0]) / (ends[1] - ends[0]) * highest_tick


def names(figure):
    return {child.get_gid() for axes in figure.axes for child in axes.get_children()}


@pytest.fixture(scope="module")
def places(noise):
    def of(name):
        found = kzm.proportion(
            noise, "highly_annoyed_road", by="age_group", categories=["yes"],
            where=(noise.frame["place_type"] == name).to_numpy(),
        )  # fmt: skip
        return DotBlock(noise.survey.codebook["place_type"].category_label(name, "sl"), found,
                        kzm.proportion(noise, "highly_annoyed_road", categories=["yes"]))  # fmt: skip

    return [of(name) for name in ("city", "suburb", "countryside")]


def test_dots_and_intervals_stand_at_the_estimates_on_one_scale():
    figure = multiples(THREE, FRAME)
    ends = gridlines(figure)  # ticks from 0 to 60 %
    expected = [each for block in THREE for each in block.groups]
    assert len(dots(figure)) == 6
    spans = artist(figure, "interval").get_segments()
    for number, (each, (x, _), span) in enumerate(zip(expected, dots(figure), spans, strict=True)):
        at = ends[number // 2]
        assert value(x, at, 0.6) == pytest.approx(each.estimate, abs=1e-9)
        assert value(span[0][0], at, 0.6) == pytest.approx(each.ci_low, abs=1e-9)
        assert value(span[1][0], at, 0.6) == pytest.approx(each.ci_high, abs=1e-9)
    widths = {round(last - first, 6) for first, last in ends}
    assert len(widths) == 1


def test_rows_of_one_group_stand_at_one_height_in_all_panels_of_a_band():
    heights = [round(y, 6) for _, y in dots(multiples(THREE, FRAME))]
    assert heights == heights[:2] * 3
    assert words(multiples(THREE, FRAME), "label") == ["mladi", "stari"]


def test_the_line_of_the_total_stands_at_its_value_in_every_panel():
    figure = multiples(THREE, FRAME, lang="en")
    lines = artist(figure, "total line").get_segments()
    assert [value(line[0][0], ends, 0.6) for line, ends in zip(lines, gridlines(figure), strict=True)] == [
        pytest.approx(0.25, abs=1e-9)
    ] * 3
    assert words(figure, "key") == [f"share and 95%{NBSP}confidence interval", "share among all: 25.0%"]


def test_totals_that_differ_are_not_named_with_one_value():
    other = [THREE[0], replace(THREE[1], total=estimates([row(0.3)]))]
    assert words(multiples(other, FRAME, lang="en"), "key")[1] == "share among all"
    no_total = [replace(block, total=None) for block in THREE]
    assert "total line" not in names(multiples(no_total, FRAME))


def test_titles_and_counts_belong_to_the_panels():
    blocks = [panel("a", by("x", 0.5, n=120), by("y", 0.5, n=33)), panel("b", by("x", 0.5, n=1500), by("y", 0.5, n=45))]
    figure = multiples(blocks, FRAME)
    assert words(figure, "heading") == ["a", "b"]
    assert words(figure, "value") == ["120", "33", "1.500", "45"]
    assert words(figure, "column") == ["n", "n"]


BANDS = [("full", {1: 1, 3: 1, 4: 1, 5: 2, 9: 3}), ("half", {1: 1, 2: 1, 3: 2, 5: 3})]


@pytest.mark.parametrize(("size", "count", "bands"), [(size, n, k) for size, found in BANDS for n, k in found.items()])
def test_panels_wrap_into_rows(size, count, bands):
    blocks = [panel(f"p{i}", ("x", 0.2, 0.1, 0.3), ("y", 0.4, 0.3, 0.5)) for i in range(count)]
    figure = multiples(blocks, FRAME, width=size)
    assert len({round(y, 4) for _, y in dots(figure)}) == 2 * bands
    assert words(figure, "label") == ["x", "y"] * bands
    assert max(x for x, _ in dots(figure)) < WIDTHS[size]


def test_a_group_that_a_panel_lacks_has_a_dash_and_no_dot():
    blocks = [panel("a", ("x", 0.2, 0.1, 0.3), ("y", 0.4, 0.3, 0.5)), panel("b", ("y", 0.3, 0.2, 0.4))]
    figure = multiples(blocks, FRAME)
    assert words(figure, "label") == ["x", "y"]
    assert words(figure, "empty") == ["–"]
    assert words(figure, "value")[2] == "–"
    assert len(dots(figure)) == 3


def test_withheld_is_named_and_has_neither_dot_nor_interval():
    hidden = by("y", 0.4, 0.3, 0.9, flag="small_cell small_base", n=12)
    figure = multiples([panel("a", ("x", 0.2, 0.1, 0.3), hidden)], FRAME)
    assert words(figure, "withheld") == ["z – zaupno (premalo odgovorov)"]
    assert len(dots(figure)) == len(artist(figure, "interval").get_segments()) == 1
    assert "small base" not in names(figure)
    # The scale ends at the intervals that are shown, not at the withheld one.
    assert words(figure, "tick")[-1] == f"30{NBSP}%"


def test_narrow_panels_have_the_short_words_and_the_long_ones_below():
    hidden = by("y", 0.4, 0.3, 0.9, flag="small_cell")
    blocks = [panel(f"p{i}", ("x", 0.2, 0.1, 0.3), hidden) for i in range(4)]
    full, half = multiples(blocks, FRAME), multiples(blocks, FRAME, width="half")
    assert set(words(full, "withheld")) == {"z – zaupno"}
    assert all(each in ("z", "z – zaupno") for each in words(half, "withheld"))
    for figure in (full, half):
        assert "z – zaupno (premalo odgovorov)." in words(figure, "foot")
        assert faults(figure) == []


def test_small_bases_are_hollow_and_in_the_key():
    small = by("y", 0.4, 0.3, 0.5, flag="small_base", n=12)
    figure = multiples([panel("a", ("x", 0.2, 0.1, 0.3), small)], FRAME)
    assert artist(figure, "small base").get_markerfacecolor() == "white"
    assert len(dots(figure, "small base")) == len(dots(figure)) == 1
    assert "majhna osnova" in words(figure, "key")


def test_opt_in_estimates_have_no_whiskers():
    figure = multiples([panel("a", ("x", 0.2), ("y", 0.4)), panel("b", ("x", 0.3), ("y", 0.1))], FRAME, lang="en")
    assert "interval" not in names(figure)
    assert words(figure, "key") == ["share"]


def test_means_stand_on_a_scale_of_their_own():
    mean = by("x", 6.2, 5.9, 6.5)._replace(statistic="mean", category=None)
    figure = multiples([DotBlock("a", estimates([mean]))], FRAME, lang="en")
    ticks = [float(text) for text in words(figure, "tick")]
    first, last = gridlines(figure)[0]
    ((at, _),) = dots(figure)
    assert 0 < first < last < WIDTHS["full"]
    # 5.9 to 6.5 in ticks of a tenth, all of them written
    assert (ticks[0], ticks[-1]) == (5.9, 6.5)
    assert 5.9 + (at - first) / (last - first) * 0.6 == pytest.approx(6.2, abs=1e-9)


def test_real_data_stand_with_their_wording(noise, places):
    figure = multiples(places)
    book = noise.survey.codebook
    assert words(figure, "heading") == [c.label["sl"] for c in book["place_type"].categories]
    assert words(figure, "label") == [c.label["sl"] for c in book["age_group"].categories]
    assert words(figure, "value") == [str(each.n) for block in places for each in block.groups]
    shown = [each for block in places for each in block.groups if each.printable]
    drawn = len(dots(figure)) + len(dots(figure, "small base"))
    assert drawn == len(shown)
    base = next(line for line in words(figure, "foot") if line.startswith("Osnova"))
    assert f"n{NBSP}={NBSP}{places[0].total.rows[0].n}" in base
    assert "le del anketiranih" not in base


def test_the_base_of_panels_without_totals_is_no_part_of_the_sample(places):
    figure = multiples([replace(block, total=None) for block in places])
    assert not any("le del anketiranih" in line for line in words(figure, "foot"))


@pytest.mark.parametrize("size", ["full", "half"])
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_real_data_are_not_cut_off(places, size, lang):
    figure = multiples(places, lang=lang, width=size)
    assert faults(figure) == []
    said = " ".join(text.get_text() for text in figure.texts if text.get_gid() in ("key", "foot", "withheld"))
    assert ("confidence" in said) == (lang == "en")


@pytest.mark.parametrize("size", ["full", "half"])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("label", ["a", LONG, "čŽ" * 30])
def test_nothing_is_cut_off_or_overlaps(size, count, label):
    hidden = by(f"{label} z", 0.4, flag="small_cell", n=4)
    rows = [(f"{label} x", 0.0, 0.0, 1.0), (f"{label} y", 1.0, 0.0, 1.0), hidden]
    blocks = [panel(f"{label} {i}", *rows, total=0.02) for i in range(count)]
    if count > 3 and size == "half" and len(label) > 1:
        with pytest.raises(FindingError, match="inches high"):
            multiples(blocks, FRAME, width=size)
    else:
        assert faults(multiples(blocks, FRAME, width=size)) == []


@pytest.mark.parametrize("size", ["full", "half"])
def test_two_to_twelve_groups_and_labels_of_three_hundred_signs(size):
    for groups in (2, 12):
        rows = [(f"skupina {i}", 0.3, 0.2, 0.4) for i in range(groups)]
        assert faults(multiples([panel("a", *rows), panel("b", *rows)], FRAME, width=size)) == []
    long = ("beseda " * 60)[:300].strip()
    figure = multiples([panel(long, (long, 0.3, 0.2, 0.4)), panel("b", (long, 0.3, 0.2, 0.4))], FRAME, width=size)
    assert faults(figure) == []
    assert long in " ".join(words(figure, "label"))


def test_dots_do_not_stand_on_labels():
    figure = multiples(THREE, FRAME)
    right = max(box.x1 for text, box in boxes(figure) if text.get_gid() == "label") / 100
    assert min(x for x, _ in dots(figure)) - 0.04 > right


def test_bad_input_is_one_clear_error():
    with pytest.raises(FindingError, match="no estimates to draw"):
        multiples([])
    with pytest.raises(FindingError, match="two panels are called 'a'"):
        multiples([panel("a", ("x", 0.2)), panel("a", ("x", 0.3))], FRAME)
    with pytest.raises(FindingError, match="different breaks"):
        multiples([panel("a", ("x", 0.2)), panel("b", row(0.3)._replace(by="sex", by_category="m"))], FRAME)
    with pytest.raises(FindingError, match="is there twice"):
        multiples([panel("a", ("x", 0.2), ("x", 0.3))], FRAME)
    with pytest.raises(FindingError, match="a heading each"):
        multiples([panel("", ("x", 0.2)), panel("b", ("x", 0.3))], FRAME)
    mixed = [panel("a", ("x", 0.2)), panel("b", by("x", 3.0)._replace(statistic="mean"))]
    with pytest.raises(FindingError, match="of one kind"):
        multiples(mixed, FRAME)
    with pytest.raises(FindingError, match="inches high"):
        multiples([panel(f"p{i}", *[(f"x{j}", 0.2) for j in range(12)]) for i in range(40)], FRAME)
    with pytest.raises(FindingError, match="no sign for '字'"):
        multiples([panel("字", ("x", 0.2))], FRAME)
    with pytest.raises(FindingError, match="quarter"):
        multiples(THREE, FRAME, width="quarter")


def test_everything_withheld_is_an_error():
    with pytest.raises(WithheldError):
        multiples([panel("a", by("x", 0.2, flag="small_cell"))], FRAME)


def test_one_axes_and_few_artists():
    figure = multiples(THREE, FRAME)
    assert len(figure.axes) == 1
    assert len(figure.axes[0].collections) + len(figure.axes[0].lines) <= 6
