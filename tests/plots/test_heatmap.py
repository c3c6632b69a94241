from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import kzm_surveys as kzm
from kzm_surveys import FindingError, SurveyDesign, crosstab
from kzm_surveys.errors import WithheldError
from kzm_surveys.plots.heatmap import heatmap
from kzm_surveys.plots.palette import INK, sequential
from tests.plots.colour import contrast
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME

NBSP = "\u00a0"
RAMP = sequential(5)


def table(counts, rows=None, columns=None, *, sampling="probability", **options):
    """Cross-table of unweighted answers with these counts; categories keep their order."""
    rows = rows or [f"q{i}" for i in range(len(counts))]
    columns = columns or [f"g{j}" for j in range(len(counts[0]))]
    pairs = [(r, c) for r, line in zip(rows, counts, strict=True) for c, n in zip(columns, line, strict=True)
             for _ in range(n)]  # fmt: skip
    frame = pd.DataFrame(pairs, columns=["q", "g"])
    frame["q"] = pd.Categorical(frame["q"], rows)
    frame["g"] = pd.Categorical(frame["g"], columns)
    return crosstab(SurveyDesign(frame, sampling=sampling), "q", "g", **options)


def faces(figure):
    return [to_hex(colour) for colour in artist(figure, "cell").get_facecolors()]


def boxes(figure, name="cell"):
    """Left, top, right and bottom of each cell in inches, as whole hundredths."""
    return [tuple(np.round([*path.vertices.min(axis=0), *path.vertices.max(axis=0)], 2))
            for path in artist(figure, name).get_paths()]  # fmt: skip


def names(figure):
    return {child.get_gid() for axes in figure.axes for child in axes.get_children()}


@pytest.fixture(scope="module")
def port(noise):
    return crosstab(noise, "annoyance_port", "place_type")


def test_numbers_are_the_shares_of_the_table_row_by_row():
    # Columns of 100 and 200: 60, 40 and 50, 150.
    figure = heatmap(table([[60, 50], [40, 150]]), FRAME, lang="en")
    assert words(figure, "number") == ["60.0%", "25.0%", "40.0%", "75.0%"]
    assert words(figure, "value") == ["100", "200"]


def test_numbers_and_bases_follow_percent():
    by_row = heatmap(table([[60, 50], [40, 150]], percent="row"), FRAME, lang="en")
    assert words(by_row, "number") == ["54.5%", "45.5%", "21.1%", "78.9%"]
    assert words(by_row, "value") == ["110", "190"]
    of_all = heatmap(table([[60, 50], [40, 150]], percent="total"), FRAME, lang="en")
    assert words(of_all, "number") == ["20.0%", "16.7%", "13.3%", "50.0%"]
    assert words(of_all, "value") == []


def test_every_cell_has_the_colour_that_the_key_gives_its_share():
    figure = heatmap(table([[90, 30], [10, 70]], test=None), FRAME, lang="en")
    assert words(figure, "key")[:5] == [
        "under 20%",
        "20 to under 40%",
        "40 to under 60%",
        "60 to under 80%",
        "80% or more",
    ]
    assert faces(figure) == [RAMP[4], RAMP[1], RAMP[0], RAMP[3]]


def test_a_share_on_a_border_belongs_to_the_upper_class():
    figure = heatmap(table([[80, 40], [20, 60]], test=None), FRAME)
    assert faces(figure) == [RAMP[4], RAMP[2], RAMP[1], RAMP[3]]


def test_a_number_is_never_outside_the_class_of_its_colour():
    # 39.96 % is printed as 40.0 %.
    figure = heatmap(table([[3996], [6004]], test=None), FRAME, lang="en")
    assert words(figure, "number") == ["40.0%", "60.0%"]
    assert faces(figure) == [RAMP[2], RAMP[3]]


def test_small_shares_get_finer_classes():
    counts = [[40, 30], *[[96, 97]] * 10]
    figure = heatmap(table(counts, test=None), FRAME, lang="en")
    assert words(figure, "key")[:3] == ["under 2%", "2 to under 4%", "4 to under 6%"]


def test_letters_are_read_on_every_colour():
    figure = heatmap(table([[95, 5], [75, 25], [55, 45], [35, 65], [15, 85]], percent="row", test=None), FRAME)
    assert set(faces(figure)) == set(RAMP)
    numbers = [text for text in figure.texts if text.get_gid() == "number"]
    for text, face in zip(numbers, faces(figure), strict=True):
        assert contrast(to_hex(text.get_color()), face) >= 4.5


def test_cells_stand_in_the_order_of_rows_and_columns_and_do_not_overlap():
    found = boxes(heatmap(table([[30, 40, 50], [60, 50, 40]]), FRAME))
    lefts, tops = [box[0] for box in found], [box[1] for box in found]
    assert lefts[:3] == sorted(lefts[:3])
    assert lefts[:3] == lefts[3:]
    assert tops[0] == tops[2] < tops[3]
    assert all(a[2] <= b[0] for a, b in pairwise(found[:3]))


# ---- signs -----------------------------------------------------------------------------------------------------------
def test_signs_stand_in_the_cells_whose_residuals_are_significant(port):
    figure = heatmap(port, FRAME)
    found = port.residuals.assign(shown=[not row.withheld for _, row in ordered(port)])
    significant = found[(found["p_adjusted"] < 0.05) & found["shown"]]
    assert len(artist(figure, "more").get_paths()) == (significant["residual"] > 0).sum() == 2
    assert len(artist(figure, "less").get_paths()) == (significant["residual"] < 0).sum() == 1
    inside = [boxes(figure)[place] for place in significant.index]
    drawn = boxes(figure, "outline")
    assert len(drawn) == 3
    for outer, inner in zip(inside, drawn, strict=True):
        assert outer == pytest.approx(inner, abs=0.02)


def ordered(found):
    rows = {(row.category, row.by_category): row for row in found.estimates}
    return [((r, c), rows[r, c]) for r in found.row_names for c in found.column_names]


def test_the_sign_points_up_for_more_and_stands_in_its_cell():
    figure = heatmap(table([[80, 20], [20, 80]]), FRAME)
    cells = boxes(figure)
    for name, places in (("more", (0, 3)), ("less", (1, 2))):
        for box, place in zip(boxes(figure, name), places, strict=True):
            left, top, right, bottom = cells[place]
            assert left < box[0] < box[2] < right
            assert top < box[1] < box[3] < bottom
    up = artist(figure, "more").get_paths()[0].vertices
    assert np.argmin(up[:3, 1]) == 2  # y runs down: the tip is the highest corner
    assert (up[2, 1] < up[:2, 1]).all()


def test_the_sign_does_not_touch_its_number():
    for size in ("full", "half"):
        figure = heatmap(table([[80, 20, 50], [20, 80, 50]], columns=list("abc")), FRAME, width=size)
        figure.set_dpi(100)
        figure.canvas.draw()
        renderer, axes = figure.canvas.get_renderer(), figure.axes[0]
        numbers = [t.get_window_extent(renderer) for t in figure.texts if t.get_gid() == "number"]
        for name in ("more", "less"):
            for path in artist(figure, name).get_paths():
                corners = axes.transData.transform(path.vertices)
                for box in numbers:
                    inside = (corners[:, 0] < box.x1) & (corners[:, 0] > box.x0)
                    inside &= (corners[:, 1] < box.y1) & (corners[:, 1] > box.y0)
                    assert not inside.any()


def test_the_key_and_the_notes_explain_the_signs_and_the_test(port):
    sl, en = heatmap(port, FRAME), heatmap(port, FRAME, lang="en")
    assert "značilno več, kot bi bilo brez povezanosti" in words(sl, "key")
    assert "significantly less than without association" in words(en, "key")
    said = " ".join(words(sl, "foot"))
    assert f"stopnja tveganja 5{NBSP}%" in said
    assert "Holmov popravek" in said
    assert f"Preizkus neodvisnosti: F(6,35; 3.219,94){NBSP}={NBSP}7,22, p{NBSP}<{NBSP}0,001" in said
    assert "Rao-Scott" in " ".join(words(en, "foot"))


def test_a_table_where_nothing_stands_out_says_so():
    figure = heatmap(table([[50, 52], [50, 48]]), FRAME, lang="en")
    assert not {"more", "less", "outline"} & names(figure)
    assert any("No cell that could be tested" in line for line in words(figure, "foot"))


def test_without_marks_there_is_no_sign_and_no_test(port):
    figure = heatmap(port, FRAME, lang="en", marks=False)
    assert not {"more", "less", "outline"} & names(figure)
    assert not any("independen" in line or "F(" in line for line in words(figure, "foot"))


def test_an_opt_in_sample_has_no_sign_and_no_test():
    figure = heatmap(table([[80, 20], [20, 80]], sampling="opt_in"), FRAME, lang="en")
    assert not {"more", "less", "outline"} & names(figure)
    assert not any("independen" in line or "F(" in line for line in words(figure, "foot"))
    assert words(figure, "number") == ["80.0%", "20.0%", "20.0%", "80.0%"]


def test_the_level_of_the_intervals_is_that_of_the_signs():
    counts = [[58, 44], [42, 56]]  # p = 0.048
    assert "more" in names(heatmap(table(counts), FRAME))
    strict = heatmap(table(counts, level=0.99), FRAME, lang="en")
    assert "more" not in names(strict)
    assert any("error rate 1%" in line for line in words(strict, "foot"))


# ---- withheld, empty, small ------------------------------------------------------------------------------------------
def test_a_withheld_cell_is_named_has_no_colour_and_cannot_be_told_from_the_others():
    # 3 answers in the first column are withheld; 17, the next smallest of its hundred per cent, goes with them.
    figure = heatmap(table([[3, 30], [17, 30], [80, 40]]), FRAME)
    assert words(figure, "withheld") == ["z", "z"]
    assert f"80,0{NBSP}%" in words(figure, "number")
    assert faces(figure)[0] == faces(figure)[2] == "#ffffff"
    assert "z – zaupno (premalo odgovorov)" in words(figure, "key")
    shown = " ".join(text.get_text() for text in figure.texts)
    assert f"3,0{NBSP}%" not in shown
    assert f"17,0{NBSP}%" not in shown


@pytest.mark.parametrize(("percent", "hidden"), [("column", 2), ("row", 2), ("total", 2)])
def test_one_withheld_cell_of_each_hundred_takes_another_with_it(percent, hidden):
    figure = heatmap(table([[3, 30, 40], [40, 30, 50], [50, 40, 30]], percent=percent, test=None), FRAME)
    assert len(words(figure, "withheld")) == hidden


def test_withheld_cells_have_no_sign():
    figure = heatmap(table([[2, 60], [58, 40], [60, 40]]), FRAME)
    first = boxes(figure)[0]
    for name in {"more", "less"} & names(figure):
        for box in boxes(figure, name):
            assert not (first[0] < box[0] < first[2] and first[1] < box[1] < first[3])


def test_a_share_of_nothing_is_a_number_and_an_empty_column_a_dash():
    figure = heatmap(table([[0, 40, 0], [100, 60, 0]], test=None), FRAME, lang="en")
    assert words(figure, "number") == ["0.0%", "40.0%", "100.0%", "60.0%"]
    assert words(figure, "empty") == ["–", "–"]
    assert "– no answers" in words(figure, "key")


def test_a_small_base_is_hollow_and_has_no_sign():
    # 24 of 29 against 40 of 220: both columns differ from what independence gives, the first rests on few.
    made = table([[24, 40], [5, 180]])
    assert (made.residuals["p_adjusted"] < 0.05).all()
    figure = heatmap(made, FRAME)
    assert faces(figure) == ["#ffffff", RAMP[0], "#ffffff", RAMP[4]]
    assert [to_hex(colour) for colour in artist(figure, "small base").get_edgecolors()] == [RAMP[4], RAMP[0]]
    assert len(boxes(figure, "outline")) == 2
    signs = [*boxes(figure, "less"), *boxes(figure, "more")]
    assert all(box[0] > boxes(figure)[1][0] for box in signs)
    assert "majhna osnova" in words(figure, "key")


def test_everything_withheld_is_an_error():
    with pytest.raises(WithheldError, match="every value is withheld"):
        heatmap(table([[3, 2], [2, 3]], test=None), FRAME)


# ---- words -----------------------------------------------------------------------------------------------------------
def test_labels_and_headings_are_the_wording_of_the_codebook(noise, port):
    figure = heatmap(port)
    book = noise.survey.codebook
    assert words(figure, "label") == [c.label["sl"] for c in book["annoyance_port"].categories]
    assert words(figure, "heading") == ["tip kraja"]
    assert words(figure, "column")[:3] == [c.label["sl"] for c in book["place_type"].categories]
    assert words(figure, "value") == ["214", "161", "97"]
    assert any(line.startswith("SINTETIČNI") for line in words(figure, "mark"))


def test_no_english_in_a_slovenian_figure_and_no_slovenian_in_an_english_one(port):
    sl, en = (" ".join(t.get_text() for t in heatmap(port, lang=lang).texts) for lang in ("sl", "en"))
    assert not any(each in sl for each in (" the ", " of ", "Percent", "under", "Base"))
    assert not any(each in en for each in ("č", "š", "ž", "pod ", "Osnova"))


def test_headings_that_do_not_fit_give_way_to_letters_with_a_list():
    columns = [f"zelo dolga oznaka stolpca številka {j} z razlago" for j in range(12)]
    figure = heatmap(table([[40] * 12, [60] * 12], columns=columns), FRAME)
    assert words(figure, "column")[:12] == list("ABCDEFGHIJKL")
    listed = " ".join(words(figure, "heading")).replace(NBSP, " ")
    for letter, column in zip("ABCDEFGHIJKL", columns, strict=True):
        assert f"{letter} = {column}" in listed


@pytest.mark.parametrize("size", ["full", "half"])
@pytest.mark.parametrize("columns", range(2, 13))
@pytest.mark.parametrize("label", ["mesto", "zelo dolga oznaka možnosti, ki ima natanko šestdeset znakov.", "čŽ" * 30])
def test_nothing_is_cut_off_or_overlaps(size, columns, label):
    names = [f"{label} {j}" for j in range(columns)]
    counts = [[80 - 5 * j for j in range(columns)], [20 + 5 * j for j in range(columns)], [150] * columns]
    assert faults(heatmap(table(counts, columns=names), FRAME, width=size)) == []
    turned = [list(line) for line in zip(*counts, strict=True)]
    made = table(turned, rows=names, percent="row")
    if size == "full" or len(label) < 60:
        assert faults(heatmap(made, FRAME, width=size)) == []


@pytest.mark.parametrize("size", ["full", "half"])
def test_labels_of_three_hundred_signs_wrap(size):
    long = ("beseda " * 60)[:300].strip()
    figure = heatmap(table([[60, 50], [40, 150]], [long, "b"], [long, "d"]), FRAME, width=size)
    assert faults(figure) == []
    assert long in " ".join(words(figure, "label"))


def test_counts_of_thousands_stand_above_their_columns_or_in_the_list():
    made = table([[1200] * 12, [800] * 11 + [1800]], test=None)
    full, half = (heatmap(made, FRAME, width=size) for size in ("full", "half"))
    assert faults(full) == faults(half) == []
    assert words(full, "value") == ["2.000"] * 11 + ["3.000"]
    assert words(half, "value") == []
    assert f"L = g11 (n{NBSP}={NBSP}3.000)".replace(" = ", f"{NBSP}={NBSP}") in " ".join(words(half, "heading"))


def test_three_percents_have_the_same_look_at_real_data(noise):
    for percent in ("column", "row", "total"):
        for lang in ("sl", "en"):
            for size in ("full", "half"):
                made = crosstab(noise, "sensitivity", "age_group", percent=percent)
                assert faults(heatmap(made, lang=lang, width=size)) == []


# ---- banners ---------------------------------------------------------------------------------------------------------
def test_a_banner_has_its_letters(noise):
    banner = kzm.banner(noise, ["annoyance_port"], ["sex", "place_type"])
    figure = heatmap(banner, lang="en")
    assert words(figure, "value") == [str(n) for n in banner.tables[0].n]
    assert words(figure, "number")[0] == f"{100 * banner.tables[0].estimate[0, 0]:.1f}%"
    assert words(figure, "letters") == ["CD", "D"]
    assert any("letter" in line.lower() for line in words(figure, "foot"))
    assert not {"more", "less"} & names(figure)


def test_a_table_of_a_banner_is_chosen_by_its_question(noise):
    banner = kzm.banner(noise, ["annoyance_port", "sensitivity"], ["sex"])
    with pytest.raises(FindingError, match="2 tables; say which with variable="):
        heatmap(banner)
    with pytest.raises(FindingError, match="sensitivity"):
        heatmap(banner, variable="sensitivty")
    assert words(heatmap(banner, variable="sensitivity", lang="en"), "title") == ["Noise sensitivity"]


def test_banners_of_sets_and_nets_are_drawn_without_means_and_means_alone_refused(noise):
    figure = heatmap(kzm.banner(noise, ["health"], ["sex"]), lang="en")
    assert any("add up" in line or "hundred" in line for line in words(figure, "foot"))
    made = kzm.banner(
        noise, ["annoyance_port"], ["sex"], nets={"annoyance_port": {"high": ["very", "extremely"]}},
        means={"annoyance_port": [1, 2, 3, 4, 5]},
    )  # fmt: skip
    assert len(words(heatmap(made), "label")) == 6
    with pytest.raises(FindingError, match="no shares, only a mean"):
        heatmap(kzm.banner(noise, ["age"], ["sex"]))


def test_a_net_does_not_give_a_withheld_category_away():
    frame = pd.DataFrame({"q": ["a"] * 3 + ["b"] * 27 + ["c"] * 70 + ["d"] * 30 + ["a"] * 20 + ["b"] * 20 + ["c"] * 60,
                          "g": ["x"] * 130 + ["y"] * 100})  # fmt: skip
    banner = kzm.banner(SurveyDesign(frame), ["q"], ["g"], nets={"q": {"ac": ["a", "c"]}})
    figure = heatmap(banner, FRAME, lang="en")
    # Of x: a is withheld, b with it, and c, which the net would leave. The same of y: everybody less y is x.
    assert len(words(figure, "withheld")) == 6


@pytest.mark.parametrize("size", ["full", "half"])
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_banners_are_not_cut_off(noise, size, lang):
    banner = kzm.banner(noise, ["annoyance_port"], ["sex", "age_group", "place_type"])
    assert faults(heatmap(banner, lang=lang, width=size)) == []


# ---- errors ----------------------------------------------------------------------------------------------------------
def test_something_else_than_a_table_is_refused(port):
    with pytest.raises(FindingError, match="a cross-table or a banner is needed, found Estimates"):
        heatmap(port.estimates)
    with pytest.raises(FindingError, match="chooses a table of a banner"):
        heatmap(port, variable="annoyance_port")
    with pytest.raises(FindingError, match="quarter"):
        heatmap(port, width="quarter")


def test_too_many_columns_or_rows_are_refused_with_what_to_do():
    wide = table([[30] * 40, [60] * 40], test=None)
    with pytest.raises(FindingError, match=r"40 columns do not fit into the width 'full'\. Merge categories"):
        heatmap(wide, FRAME)
    many = table([[30, 40]] * 40, test=None)
    with pytest.raises(FindingError, match="inches high"):
        heatmap(many, FRAME)
    half = table([[30] * 22, [60] * 22], test=None)
    with pytest.raises(FindingError, match="width='full'"):
        heatmap(half, FRAME, width="half")


def test_a_character_without_a_sign_is_named():
    with pytest.raises(FindingError, match="no sign for '字'"):
        heatmap(table([[30, 40], [40, 30]], rows=["字", "b"]), FRAME)


def test_a_single_category_is_drawn():
    assert words(heatmap(table([[100]], test=None), FRAME, lang="en"), "number") == ["100.0%"]


def test_few_artists_draw_the_cells(port):
    axes = heatmap(port, FRAME).axes[0]
    assert len(axes.collections) <= 6
    assert not axes.patches
    assert INK in {to_hex(colour).upper() for colour in artist(heatmap(port, FRAME), "outline").get_edgecolors()}
