import itertools
import math

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import kzm_surveys as kzm
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.missing_shares import missing_share
from kzm_surveys.plots.palette import diverging, letters_on, sequential
from kzm_surveys.plots.stacked import stacked_bars
from kzm_surveys.plots.style import WIDTHS
from tests.plots.colour import contrast
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, LONG, battery

SOURCES = ("road", "port", "railway", "aircraft")
NBSP = "\u00a0"
#: Five steps with sums of halves that can be done in the head: 0.1 0.2 | 0.3 | 0.25 0.15.
FIVE = [0.1, 0.2, 0.3, 0.25, 0.15]


@pytest.fixture(scope="module")
def items(noise):
    return [kzm.proportion(noise, f"annoyance_{source}") for source in SOURCES]


@pytest.fixture(scope="module")
def opinions(noise):
    return [kzm.proportion(noise, name) for name in noise.survey.codebook.members("opinion")]


def segments(figure, step):
    """(left, right, middle, thickness) of the segments of a step, from the top."""
    found = []
    for path in artist(figure, f"share_{step}").get_paths():
        (left, top), (right, bottom) = path.vertices.min(axis=0), path.vertices.max(axis=0)
        found.append((left, right, (top + bottom) / 2, bottom - top))
    return sorted(found, key=lambda segment: (segment[2], segment[0]))


def texts(figure, name):
    return [text for text in figure.texts if text.get_gid() == name]


def place(figure, text):
    """Place of a text in data units across and inches down."""
    x, y = text.get_position()
    axes = figure.axes[0]
    pixels = figure.dpi_scale_trans.transform((x, y))
    return axes.transData.inverted().transform(pixels)


def foot(figure):
    return " ".join(words(figure, "foot"))


# 100 % stacked


def test_segments_are_the_estimates_and_follow_each_other_from_0_to_100_percent(items):
    figure = stacked_bars(items)
    steps = [segments(figure, row.category) for row in items[0]]
    for number, item in enumerate(items):
        end = 0.0
        for row, segment in zip(item, [step[number] for step in steps], strict=True):
            assert segment[0] == pytest.approx(end, abs=1e-12)
            end += row.estimate
            assert segment[1] == pytest.approx(end, abs=1e-12)
        assert end == pytest.approx(1)
    assert figure.axes[0].get_xlim() == (0, 1)
    assert words(figure, "tick") == [f"{p}{NBSP}%" for p in (0, 20, 40, 60, 80, 100)]


def test_the_first_question_is_on_top_beside_its_label_and_its_n(noise, items):
    figure = stacked_bars(items)
    labels = [noise.survey.codebook[f"annoyance_{source}"].label["sl"] for source in SOURCES]
    assert words(figure, "label") == labels
    n = [str(noise.frame[f"annoyance_{source}"].notna().sum()) for source in SOURCES]
    assert words(figure, "value") == n
    assert words(figure, "column") == ["n"]
    middles = [segment[2] for segment in segments(figure, "very")]
    assert middles == sorted(middles)
    for name in ("label", "value"):
        assert [place(figure, text)[1] for text in texts(figure, name)] == pytest.approx(middles)


def test_numbers_are_whole_percents_in_the_middle_of_segments_that_are_wide_enough(items):
    figure = stacked_bars(items)
    numbers = {tuple(np.round(place(figure, text), 6)): text.get_text() for text in texts(figure, "number")}
    inch = figure.axes[0].get_position().width * WIDTHS["full"]
    expected = {}
    for row, category in itertools.product(range(len(items)), [r.category for r in items[0]]):
        left, right, middle, _ = segments(figure, category)[row]
        share = items[row].row(category).estimate
        if share * inch > 0.2:  # two digits of 7.5 points are 0.13 inches wide
            expected[tuple(np.round(((left + right) / 2, middle), 6))] = str(math.floor(100 * share + 0.5))
        elif share * inch < 0.08:
            assert tuple(np.round(((left + right) / 2, middle), 6)) not in numbers
    assert expected.items() <= numbers.items()
    assert len(expected) > 10


def test_half_a_percent_is_rounded_up_and_rows_are_not_made_to_add_to_100():
    figure = stacked_bars(battery(["q"], ["a", "b"], [0.125, 0.875]), FRAME)
    assert words(figure, "number") == ["13", "88"]


def test_shares_of_0_and_100_percent_draw_one_segment():
    figure = stacked_bars(battery(["q"], ["a", "b", "c"], [0.0, 1.0, 0.0]), FRAME)
    assert words(figure, "number") == ["100"]
    assert [len(artist(figure, f"share_c{i}").get_paths()) for i in (1, 2, 3)] == [0, 1, 0]
    assert segments(figure, "c2")[0][:2] == (0, 1)


def test_thousands_of_answers_are_written_in_the_language():
    made = battery(["q"], ["a", "b"], [0.5, 0.5], n=2500)
    assert words(stacked_bars(made, FRAME), "value") == ["2.500"]
    assert words(stacked_bars(made, FRAME, lang="en"), "value") == ["2,500"]


def test_groups_of_one_question_are_rows(noise):
    by_place = kzm.proportion(noise, "annoyance_road", by="place_type")
    figure = stacked_bars(by_place, lang="en")
    assert words(figure, "label") == ["city", "suburb", "countryside"]
    drawn = [right - left for left, right, _, _ in segments(figure, "not_at_all")]
    shown = [row.estimate for row in by_place if row.category == "not_at_all"]
    hidden = [
        any(row.withheld for row in by_place if row.by_category == name) for name in ("city", "suburb", "countryside")
    ]
    assert drawn == pytest.approx([share for share, gone in zip(shown, hidden, strict=True) if not gone])


# diverging


def test_centred_neutral_stands_astride_zero():
    figure = stacked_bars(battery(["q"], list("abcde"), FIVE), FRAME, form="diverging")
    ends = [segments(figure, f"c{i}")[0][:2] for i in range(1, 6)]
    expected = [(-0.45, -0.35), (-0.35, -0.15), (-0.15, 0.15), (0.15, 0.4), (0.4, 0.55)]
    assert np.allclose(ends, expected)
    assert words(figure, "number") == ["10", "20", "30", "25", "15"]
    assert words(figure, "tick") == [f"{p}{NBSP}%" for p in (40, 20, 0, 20, 40, 60)]  # both sides positive
    assert words(figure, "value") == ["100"]


def test_split_neutral_has_a_half_on_each_side_and_its_share_in_a_column():
    figure = stacked_bars(battery(["q"], list("abcde"), FIVE), FRAME, form="diverging", neutral="split")
    assert np.allclose([s[:2] for s in segments(figure, "c3")], [(-0.15, 0), (0, 0.15)])
    assert np.allclose(segments(figure, "c2")[0][:2], (-0.35, -0.15))
    assert words(figure, "number") == ["10", "20", "25", "15"]
    assert [text for text in words(figure, "column") if text] == ["c", "n"]
    assert words(figure, "value") == [f"30{NBSP}%", "100"]
    assert "Odgovor »c« je razdeljen na polovici" in foot(figure)


def test_neutral_aside_leaves_the_bars_and_has_a_zero_of_its_own():
    made = battery(["q"], list("abcde"), FIVE)
    figure = stacked_bars(made, FRAME, form="diverging", neutral="aside")
    ends = [segments(figure, f"c{i}")[0][:2] for i in (1, 2, 4, 5)]
    assert np.allclose(ends, [(-0.3, -0.2), (-0.2, 0), (0, 0.25), (0.25, 0.4)])
    left, right = segments(figure, "c3")[0][:2]
    assert left > 0.4
    assert right - left == pytest.approx(0.3)
    zeros = sorted({segment[0][0] for segment in artist(figure, "zero").get_segments()})
    assert np.allclose(zeros, [0, left])
    assert "Odgovor »c« je prikazan posebej" in foot(figure)


def test_an_even_scale_meets_at_zero():
    figure = stacked_bars(battery(["q"], list("abcd"), [0.1, 0.2, 0.3, 0.4]), FRAME, form="diverging")
    ends = [segments(figure, f"c{i}")[0][:2] for i in range(1, 5)]
    assert np.allclose(ends, [(-0.3, -0.2), (-0.2, 0), (0, 0.3), (0.3, 0.7)])


def test_diverging_bars_are_the_estimates(opinions):
    figure = stacked_bars(opinions, form="diverging")
    for category in (row.category for row in opinions[0]):
        drawn = [right - left for left, right, _, _ in segments(figure, category)]
        assert drawn == pytest.approx([item.row(category).estimate for item in opinions], abs=1e-12)


# colours and key


@pytest.mark.parametrize(("form", "colours", "ramp"), [
    ("stacked", None, sequential), ("stacked", "diverging", diverging), ("diverging", None, diverging),
])  # fmt: skip
def test_the_key_names_all_steps_in_the_colours_of_the_bars(noise, items, form, colours, ramp):
    figure = stacked_bars(items, form=form, colours=colours)
    assert words(figure, "key") == [c.label["sl"] for c in noise.survey.codebook["annoyance_road"].categories]
    keys = [to_hex(patch.get_facecolor()) for patch in figure.artists]
    bars = [to_hex(artist(figure, f"share_{row.category}").get_facecolor()[0]) for row in items[0]]
    assert keys == bars == ramp(5)


@pytest.mark.parametrize("steps", range(2, 13))
@pytest.mark.parametrize("ramp", [sequential, diverging])
def test_letters_are_easy_to_read_on_every_step(ramp, steps):
    for colour in ramp(steps):
        assert contrast(colour, letters_on(colour)) >= 4.5


def test_numbers_have_the_letters_of_their_colour():
    figure = stacked_bars(battery(["q"], list("abcd"), [0.25] * 4), FRAME)
    drawn = [to_hex(text.get_color()) for text in texts(figure, "number")]
    assert drawn == [letters_on(colour).lower() for colour in sequential(4)]
    assert len(set(drawn)) == 2


# net and order


def test_the_net_is_the_sum_of_its_steps_before_n(items):
    figure = stacked_bars(items, net=["very", "extremely"], lang="en")
    both = [item.row("very").estimate + item.row("extremely").estimate for item in items]
    shown = words(figure, "value")
    assert [text for text in shown if text.endswith("%")] == [f"{math.floor(100 * share + 0.5)}%" for share in both]
    assert " ".join(text for text in words(figure, "column") if text).replace(NBSP, " ") == "very + extremely n"
    assert "Sorted" not in foot(figure)


def test_rows_sorted_by_the_net_say_so(noise, items):
    figure = stacked_bars(items[::-1], net=["very", "extremely"], net_label="močno moteni", order="net")
    both = {name: noise.survey.codebook[f"annoyance_{name}"].label["sl"] for name in SOURCES}
    shares = {
        name: item.row("very").estimate + item.row("extremely").estimate
        for name, item in zip(SOURCES, items, strict=True)
    }
    ranked = sorted(SOURCES, key=lambda name: -shares[name])
    assert words(figure, "label") == [both[name] for name in ranked]
    assert "Razvrščeno po deležu »močno moteni« od največjega." in foot(figure)
    widths = [right - left for left, right, _, _ in segments(figure, "very")]
    assert widths == pytest.approx([items[SOURCES.index(name)].row("very").estimate for name in ranked])


# reasons that stand apart


def test_reasons_stand_in_columns_of_their_own_with_their_base(noise, items):
    reasons = [missing_share(noise, f"annoyance_{source}", ["no_such_source"]) for source in SOURCES]
    figure = stacked_bars(items, aside=reasons)
    shown = [text for text in words(figure, "value") if text.endswith("%")]
    weights = noise.weights
    for text, source in zip(shown, SOURCES, strict=True):
        hit = (noise.missing[f"annoyance_{source}"] == "no_such_source").to_numpy()
        assert text == f"{math.floor(100 * weights[hit].sum() / weights.sum() + 0.5)}{NBSP}%"
    assert " ".join(word for word in words(figure, "column") if word not in ("", "n")) == "tega vira tu ni"
    assert f"»tega vira tu ni«. Osnova: vsi, ki jim je bilo vprašanje zastavljeno (n{NBSP}={NBSP}508)." in foot(figure)
    right = max(place(figure, text)[0] for text in texts(figure, "value"))
    assert all(
        place(figure, t)[0] == pytest.approx(right) for t in texts(figure, "value") if t.get_text().endswith("%")
    )


def test_a_withheld_reason_is_z_and_the_base_does_not_give_it_away(noise):
    item = kzm.proportion(noise, "annoyance_port")
    figure = stacked_bars([item], aside=[missing_share(noise, "annoyance_port", ["dont_know"])])  # 4 people
    assert words(figure, "value")[-1] == "z"
    assert "508" not in foot(figure)
    assert f"z{NBSP}={NBSP}podatek je zaupen" in foot(figure)


def test_reasons_of_other_questions_lacking_or_twice_are_refused(noise, items):
    share = [missing_share(noise, f"annoyance_{source}", ["dont_know"]) for source in SOURCES]
    with pytest.raises(FindingError, match="belongs to no bar"):
        stacked_bars(items[1:], aside=share)
    with pytest.raises(FindingError, match="no share of 'dont_know' for 'annoyance_aircraft'"):
        stacked_bars(items, aside=share[:-1])
    with pytest.raises(FindingError, match="given twice"):
        stacked_bars(items, aside=[*share, share[0]])
    with pytest.raises(FindingError, match="missing_share"):
        stacked_bars(items, aside=items)


# withheld, empty, small, opt-in


def test_a_question_with_a_withheld_share_is_wholly_withheld():
    shown, other = battery(["prvo", "drugo"], list("abcde"), FIVE)
    hidden = other.renamed(flag=["", "small_cell", "", "", ""])
    figure = stacked_bars([hidden, shown], FRAME, form="diverging", net=["c4", "c5"], order="net")
    assert words(figure, "label") == ["prvo", "drugo"]  # last, whatever its net
    assert all(len(segments(figure, f"c{i}")) == 1 for i in range(1, 6))
    assert words(figure, "withheld") == ["z – zaupno (premalo odgovorov)"]
    assert [text for text in words(figure, "value") if text] == [f"40{NBSP}%", "z", "100", "100"]
    assert "na koncu: vrstice brez prikazanega deleža." in foot(figure)


def test_the_axis_does_not_give_a_withheld_bar_away():
    shown = battery(["prvo", "drugo"], list("abcd"), [0.2, 0.2, 0.3, 0.3])
    loud = battery(["prvo", "drugo"], list("abcd"), [0.9, 0.05, 0.05, 0.0], flag="small_cell")
    figure = stacked_bars([shown[0], loud[1]], FRAME, form="diverging")
    assert figure.axes[0].get_xlim() == pytest.approx((-0.4, 0.6))


@pytest.mark.parametrize(("neutral", "label", "shown"), [
    ("srednje", "pozitivni", ["z – zaupno (premalo", "odgovorov)"]), ("nezadovoljivo", "nadpovprečno", ["z"]),
])  # fmt: skip
def test_only_the_mark_of_what_is_withheld_stands_where_words_do_not_fit(neutral, label, shown):
    first, second = battery(["prvo", "drugo"], ["a", "b", neutral, "d", "e"], FIVE)
    items = [first, second.renamed(flag="small_cell")]
    figure = stacked_bars(
        items, FRAME, form="diverging", neutral="split", net=["c4", "c5"], net_label=label, width="half"
    )
    assert words(figure, "withheld") == shown
    assert faults(figure) == []
    assert f"z{NBSP}={NBSP}podatek je zaupen" in foot(figure)


def test_a_question_without_answers_is_a_dash():
    shown, other = battery(["prvo", "drugo"], ["a", "b"], [0.5, 0.5])
    empty = battery(["prvo", "drugo"], ["a", "b"], [math.nan, math.nan], n=0, flag="empty small_base")[1]
    figure = stacked_bars([shown, empty], FRAME, net=["c1"])
    assert words(figure, "withheld") == ["–"]
    assert [text for text in words(figure, "value") if text] == [f"50{NBSP}%", "–", "100", "0"]
    assert "majhna osnova" not in words(figure, "key")
    assert other.rows[0].n == 100


@pytest.mark.parametrize("flag", ["small_cell", "empty"])
def test_nothing_to_show_is_refused(flag):
    share = math.nan if flag == "empty" else 0.5
    with pytest.raises(WithheldError, match="every question is withheld or has no answers"):
        stacked_bars(battery(["q", "r"], ["a", "b"], [share, share], flag=flag), FRAME)


def test_small_bases_are_thinner_and_the_key_says_so():
    large = battery(["prvo", "drugo"], ["a", "b"], [0.5, 0.5])
    small = battery(["prvo", "drugo"], ["a", "b"], [0.5, 0.5], n=20, flag="small_base")
    figure = stacked_bars([large[0], small[1]], FRAME)
    thick, thin = (segment[3] for segment in segments(figure, "c1"))
    assert thin < 0.7 * thick
    assert words(figure, "key") == ["a", "b", "majhna osnova"]
    assert words(stacked_bars(large, FRAME), "key") == ["a", "b"]


def test_opt_in_samples_are_drawn(breastfeeding):
    items = [kzm.proportion(breastfeeding, name) for name in breastfeeding.survey.codebook.members("support")]
    figure = stacked_bars(items, form="diverging", lang="en")
    assert len(segments(figure, "neither")) == 5
    assert words(figure, "mark")[0].startswith("SYNTHETIC DATA")


# layout

FORMS = [
    {},
    {"form": "diverging"},
    {"form": "diverging", "neutral": "aside"},
    {"form": "diverging", "neutral": "split"},
]


@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("steps", [2, 3, 5, 7, 12])
@pytest.mark.parametrize("options", FORMS)
def test_nothing_is_cut_off_or_overlaps(options, steps, width):
    if steps % 2 == 0 and "neutral" in options:
        return
    labels = [LONG, "Trditev, ki ji sledi še ena, prav tako dolga, da se mora oznaka vrstice prelomiti. " * 3, "kratka"]
    rest = (1 - 0.7) / (steps - 1)
    categories = [f"{i}. {LONG[3:]}" for i in range(steps)]
    made = battery(labels, categories, [0.7] + [rest] * (steps - 1))
    figure = stacked_bars(made, FRAME, width=width, net=["c1"], net_label="prvi odgovor", **options)
    assert faults(figure) == []


@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize("options", FORMS)
def test_real_batteries_fit(noise, opinions, items, options, lang, width):
    aside = [
        missing_share(noise, f"annoyance_{source}", [why])
        for source in SOURCES
        for why in ("no_such_source", "dont_know")[: 2 if width == "full" else 1]
    ]
    assert faults(stacked_bars(items, net=["very"], aside=aside, lang=lang, width=width, **options)) == []
    assert faults(stacked_bars(opinions, net=["agree", "strongly_agree"], lang=lang, width=width, **options)) == []


@pytest.mark.parametrize("count", [2, 12])
@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("shares", [[0, 0, 0, 0, 1], [1, 0, 0, 0, 0], [0.004, 0.001, 0.99, 0.001, 0.004]])
def test_extreme_shares_fit(count, width, shares):
    for options in FORMS:
        made = battery([f"trditev {i}" for i in range(count)], list("abcde"), shares)
        assert faults(stacked_bars(made, FRAME, width=width, **options)) == []


def test_half_width_has_labels_above_the_bars(opinions, noise):
    figure = stacked_bars(opinions, width="half")
    assert figure.get_figwidth() == WIDTHS["half"]
    tops = [segment[2] - segment[3] / 2 for segment in segments(figure, "neither")]
    labels = [noise.survey.codebook[item.rows[0].variable].label["sl"] for item in opinions]
    assert words(figure, "label") == labels
    for text, top in zip(texts(figure, "label"), tops, strict=True):
        assert place(figure, text)[1] < top


def test_a_figure_has_few_artists(items):
    figure = stacked_bars(items)
    assert len(figure.axes) == 1
    assert len(figure.axes[0].collections) <= 6  # the grid and five steps


def test_global_style_is_left_alone(items):
    before = dict(mpl.rcParams)
    stacked_bars(items)
    assert dict(mpl.rcParams) == before


# bad input


def test_no_estimates_are_refused():
    with pytest.raises(FindingError, match="no estimates to draw"):
        stacked_bars([])


@pytest.mark.parametrize("given", [None, ["annoyance_road"], "annoyance_road", pd.DataFrame({"q": [1]})])
def test_something_else_than_estimates_is_refused(given):
    with pytest.raises(FindingError, match="items must be Estimates"):
        stacked_bars(given)


def test_something_else_than_shares_is_refused(noise):
    with pytest.raises(FindingError, match="statistic 'mean' of 'annoyance_overall'"):
        stacked_bars(kzm.mean(noise, "annoyance_overall"))


def test_scales_that_differ_or_are_incomplete_are_refused(noise, items, opinions):
    with pytest.raises(FindingError, match="do not share one scale: 'opinion_getting_worse' has sploh se ne strinjam"):
        stacked_bars([*items, opinions[0]])
    with pytest.raises(FindingError, match="has 1 step; between 2 and 12"):
        stacked_bars(kzm.proportion(noise, "annoyance_road", categories=["very"]))
    with pytest.raises(FindingError, match="its scale is not_at_all, slightly"):
        stacked_bars(items[0].take([4, 3, 2, 1, 0]))
    with pytest.raises(FindingError, match=r"add to 0\.\d+, not to 1.*base='answered'"):
        stacked_bars(kzm.proportion(noise, "annoyance_railway", base="asked"))


def test_questions_that_repeat_are_refused(items):
    with pytest.raises(FindingError, match="'annoyance_road' is given twice"):
        stacked_bars([items[0], items[0]])


@pytest.mark.parametrize("steps", [13, 40])
def test_more_than_twelve_steps_are_refused(steps):
    with pytest.raises(FindingError, match=f"has {steps} steps; between 2 and 12"):
        stacked_bars(battery(["q"], [f"k{i}" for i in range(steps)], [1 / steps] * steps), FRAME)


def test_categories_without_an_order_are_refused(noise):
    with pytest.raises(FindingError, match="'place_type' have no order"):
        stacked_bars(kzm.proportion(noise, "place_type"))
    with pytest.raises(FindingError, match="have no order"):
        stacked_bars(battery(["q"], list("abc"), [0.2, 0.3, 0.5], ordered=False), FRAME)
    assert stacked_bars(battery(["q"], ["ne", "da"], [0.4, 0.6], ordered=False), FRAME)


def test_a_design_without_codebook_knows_the_order_of_an_ordered_column():
    answers = pd.DataFrame({"q": list("aabbccbbaacc") * 10})
    answers["scale"] = pd.Categorical(answers["q"], list("abc"), ordered=True)
    design = kzm.SurveyDesign(answers)
    assert words(stacked_bars(kzm.proportion(design, "scale"), FRAME), "key") == ["a", "b", "c"]
    with pytest.raises(FindingError, match="have no order"):
        stacked_bars(kzm.proportion(design, "q"), FRAME)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "divergin"}, "unknown form 'divergin'; did you mean 'diverging'"),
        ({"neutral": "middle"}, "unknown neutral"),
        ({"order": "codebook"}, "unknown order"),
        ({"colours": "rainbow"}, "unknown colours"),
        ({"width": "third"}, "unknown width"),
        ({"neutral": "split"}, "no meaning in stacked bars"),
        ({"form": "diverging", "colours": "sequential"}, "need diverging colours"),
        ({"order": "net"}, "needs the steps to sort by"),
        ({"net": ["vry"]}, "unknown step 'vry'; did you mean 'very'"),
        ({"net": "very"}, "must be a list"),
        ({"net": ["very", "very"]}, "each once"),
        ({"net": ["not_at_all", "slightly", "moderately", "very", "extremely"]}, "not all"),
    ],
)
def test_options_that_do_not_go_together_are_refused(items, options, message):
    with pytest.raises(FindingError, match=message):
        stacked_bars(items, **options)


@pytest.mark.parametrize("neutral", ["aside", "split"])
def test_an_even_scale_has_no_neutral_step(neutral):
    with pytest.raises(FindingError, match="a scale of 4 steps has no middle one"):
        stacked_bars(battery(["q"], list("abcd"), [0.25] * 4), FRAME, form="diverging", neutral=neutral)


def test_too_many_rows_and_letters_without_a_glyph_are_refused():
    with pytest.raises(FindingError, match="inches high"):
        stacked_bars(battery([f"trditev {i}" for i in range(40)], ["a", "b"], [0.5, 0.5]), FRAME)
    with pytest.raises(FindingError, match=r"U\+6C34"):
        stacked_bars(battery(["voda 水"], ["a", "b"], [0.5, 0.5]), FRAME)


def test_columns_that_leave_no_room_for_bars_are_refused(noise, items):
    reasons = ("no_such_source", "dont_know", "refused", "no_answer", "not_applicable")
    aside = [missing_share(noise, f"annoyance_{source}", [why]) for source in SOURCES for why in reasons]
    with pytest.raises(FindingError, match="inches for its marks beside labels and columns"):
        stacked_bars(items, aside=aside, width="half")
