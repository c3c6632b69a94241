"""Figures of the weights: how many respondents have which weight, and each margin before, as wanted, and after."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.plots.margins import Weighted
from kzm_surveys.plots.weights import bar_edges, margins_before_and_after, weight_histogram
from kzm_surveys.record import WeightingRecord, WeightingStep
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, LONG, weighted

NBSP = "\u00a0"
SIZES = [(lang, width) for lang in ("sl", "en") for width in ("full", "half")]


def recorded(weights):
    """A record of weights, without margins."""
    after = np.asarray(weights, dtype=np.float64)
    return WeightingRecord((WeightingStep("made", np.ones(len(after)), after),))


def heights(figure):
    """Left edge of each bar and its height."""
    boxes = [path.get_extents() for path in artist(figure, "respondents").get_paths()]
    return {round(box.x0, 6): (box.y0, box.y1) for box in boxes}


def place(figure, name):
    return tuple(float(value[0]) for value in artist(figure, name).get_data())


def points(figure, name):
    return list(zip(*(values.tolist() for values in artist(figure, name).get_data()), strict=True))


def one_margin(counts, targets, **facts):
    """A design with one margin "group"."""
    table = {None: ("group",)} | {(name,): n for name, n in counts.items()}
    return weighted({"group": targets}, table, provenance={"group": facts} if facts else None)


@pytest.mark.parametrize("highest", [0.4, 1.0, 2.0, 3.9, 8.07, 40.0, 100.0, 999.0])
def test_bars_cover_all_weights_and_are_not_too_many(highest):
    edges = bar_edges(highest)
    assert edges[0] == 0
    assert max(highest, 2.0) < edges[-1]
    assert 2 <= len(edges) <= 42
    assert np.allclose(np.diff(edges), edges[1])


@pytest.mark.parametrize("highest", [1.0, 3.9, 8.07, 30.0])
def test_the_mean_stands_between_two_bars(highest):
    assert np.isclose(bar_edges(highest), 1).any()


def test_heights_are_numbers_of_respondents():
    # Mean (6 x 50 + 2 x 126 + 348) / 9 = 100: in multiples 0.5, 1.26 and 3.48.
    figure = weight_histogram(recorded([50] * 6 + [126] * 2 + [348]), FRAME)
    assert heights(figure) == {0.5: (0, 6), 1.2: (0, 2), 3.4: (0, 1)}  # bars of 0.1
    assert artist(figure, "mean").get_segments()[0][:, 0].tolist() == [1, 1]
    assert place(figure, "lowest")[0] == pytest.approx(0.5)
    assert place(figure, "highest")[0] == pytest.approx(3.48)
    assert place(figure, "lowest")[1] > 6 > 1 < place(figure, "highest")[1]


def test_bars_of_real_weights_hold_everybody(noise):
    figure = weight_histogram(noise)
    assert sum(high for _, high in heights(figure).values()) == len(noise.survey)


@pytest.mark.parametrize(
    ("lang", "shown"),
    [
        ("sl", ["najmanjša utež: 0,50", "povprečna utež: 1,00", "največja utež: 3,48"]),
        ("en", ["lowest weight: 0.50", "mean weight: 1.00", "highest weight: 3.48"]),
    ],
)
def test_lowest_mean_and_highest_are_told_in_the_key(lang, shown):
    assert words(weight_histogram(recorded([50] * 6 + [126] * 2 + [348]), FRAME, lang=lang), "key") == shown


def test_ticks_are_whole_respondents_in_the_numbers_of_the_language():
    record = recorded([1.0] * 5000 + [2.0] * 1200)
    ticks = words(weight_histogram(record, FRAME), "tick")
    assert {"0", "2.000", "4.000"} <= set(ticks)
    assert {"0", "2,000", "4,000"} <= set(words(weight_histogram(record, FRAME, lang="en"), "tick"))
    few = words(weight_histogram(recorded([1.0, 2.0, 3.0]), FRAME), "tick")
    assert few[:2] == ["0", "1"]


def test_axes_are_named():
    assert words(weight_histogram(recorded([1, 2]), FRAME), "axis") == [
        "število anketiranih", "utež v večkratnikih povprečne uteži",
    ]  # fmt: skip


def test_respondents_without_weight_do_not_count():
    figure = weight_histogram(recorded([0.0, 1.0, 1.0]))
    assert heights(figure) == {1.0: (0, 2)}
    assert f"Osnova: vsi anketirani z utežjo (n{NBSP}={NBSP}2)." in words(figure, "foot")


@pytest.mark.parametrize("weights", [[1.0] * 7, [0.1] * 13, [2.3] * 6])
def test_equal_weights_are_one_bar_at_the_mean(weights):
    assert heights(weight_histogram(recorded(weights), FRAME)) == {1.0: (0, len(weights))}


def test_a_giant_weight_is_seen():
    # One of 101 equal ones gets 9900 / 100 times as much: 99 of 199 shares of weight, 50 times the mean.
    figure = weight_histogram(recorded([1.0] * 10_000 + [101.02] * 1), FRAME)
    assert place(figure, "highest")[0] == pytest.approx(100, abs=0.1)
    assert list(heights(figure).values())[-1] == (0, 1)
    assert artist(figure, "respondents").get_linewidth()[0] > 0  # a bar of one respondent is at least a line


@pytest.mark.parametrize(
    "weights", [[1.0] * 7, [1.0] * 999 + [100.0], [0.5, 0.9, 1.0, 1.1, 1.5], [1, 1, 1e6], [1e-6, 1]]
)
@pytest.mark.parametrize(("lang", "width"), SIZES)
def test_histogram_without_faults(weights, lang, width):
    assert faults(weight_histogram(recorded(weights), lang=lang, width=width)) == []


@pytest.mark.parametrize("kind", [weight_histogram, margins_before_and_after])
def test_answers_that_are_not_weighted_are_refused(kind, breastfeeding):
    for data in (breastfeeding, None, WeightingRecord(())):
        with pytest.raises(FindingError, match="not weighted"):
            kind(data)
    with pytest.raises(FindingError, match="a weighted design or its record is needed, found DataFrame"):
        kind(pd.DataFrame())


def test_marks_stand_at_the_three_shares(noise):
    figure = margins_before_and_after(noise)
    record = noise.weighting.margins
    assert [x for x, _ in points(figure, "before")] == pytest.approx(record["before"].tolist(), abs=1e-12)
    assert [x for x, _ in points(figure, "after")] == pytest.approx(record["after"].tolist(), abs=1e-12)
    targets = [segment[0] for segment in artist(figure, "target").get_segments()]
    assert [x for x, _ in targets] == pytest.approx(record["target"].tolist(), abs=1e-12)
    ways = [tuple(segment[:, 0]) for segment in artist(figure, "way").get_segments()]
    assert ways == [pytest.approx(pair) for pair in zip(record["before"], record["after"], strict=True)]
    # By hand: the sample from the answers, the population from population.csv.
    counts = noise.frame["place_type"].value_counts(normalize=True)
    assert points(figure, "before")[6][0] == pytest.approx(counts["city"])
    population = pd.read_csv("surveys/noise/2021/population.csv").set_index("category")["count"]
    places = population[["city", "suburb", "countryside"]].sum()
    assert targets[6][0] == pytest.approx(population["city"] / places)


def test_marks_of_a_group_are_in_its_row(noise):
    figure = margins_before_and_after(noise)
    figure.canvas.draw()
    labels = [text for text in figure.texts if text.get_gid() == "label"]
    assert [label.get_text() for label in labels][-3:] == ["mesto", "predmestje", "podeželje"]
    rows = [y for _, y in points(figure, "before")]
    assert rows == [y for _, y in points(figure, "after")]
    for label, y in zip(labels, rows, strict=True):
        box = label.get_window_extent()
        assert box.y0 < figure.axes[0].transData.transform((0, y))[1] < box.y1


def test_the_shares_stand_in_columns_of_a_full_figure(noise):
    figure = margins_before_and_after(noise, lang="en")
    assert words(figure, "column") == ["n", "before", "target", "after"]
    values = words(figure, "value")
    found = noise.weighting.margins
    expected = [
        *(str(n) for n in found["n"]),
        *(f"{100 * share:.1f}%" for part in ("before", "target", "after") for share in found[part]),
    ]
    assert values == expected
    assert words(margins_before_and_after(noise, width="half"), "column") == ["n"]


def test_headings_name_the_margin_and_its_status(noise):
    assert words(margins_before_and_after(noise), "heading") == [
        "spol in starostna skupina hkrati (ocena, ki ni uradni podatek)", "tip kraja (ocena, ki ni uradni podatek)",
    ]  # fmt: skip


def test_status_source_and_date_of_the_population_stand_in_the_foot():
    facts = {"population": "odrasli", "date": "2021-01-01", "status": "official", "source": "SURS."}
    figure = margins_before_and_after(one_margin({"a": 30, "b": 70}, {"a": 0.5, "b": 0.5}, **facts))
    assert words(figure, "heading") == ["group (uradni podatek)"]
    assert f"Group (odrasli, 1.{NBSP}januar{NBSP}2021) – uradni podatek: SURS." in words(figure, "foot")
    bare = margins_before_and_after(one_margin({"a": 30, "b": 70}, {"a": 0.5, "b": 0.5}), lang="en")
    assert "Group – status not given." in words(bare, "foot")
    odd = one_margin({"a": 30, "b": 70}, {"a": 0.5, "b": 0.5}, status="začasni podatki", date="2021")
    assert "Group (2021) – začasni podatki." in words(margins_before_and_after(odd), "foot")


def test_the_base_is_who_has_all_weighting_variables(noise):
    foot = words(margins_before_and_after(noise), "foot")
    assert foot[0] == f"Osnova: anketirani z vsemi podatki za uteževanje (n{NBSP}={NBSP}{len(noise.survey)})."


@pytest.mark.parametrize("width", ["full", "half"])
def test_small_groups_and_what_gives_them_away_are_withheld(width):
    design = one_margin({"a": 3, "b": 27, "c": 170}, {"a": 0.2, "b": 0.3, "c": 0.5})
    for data in (design, design.weighting):  # the rule holds for a record alone, too
        figure = margins_before_and_after(data, width=width)
        assert [x for x, _ in points(figure, "before")] == pytest.approx([170 / 200])
        assert [x for x, _ in points(figure, "after")] == pytest.approx([0.5])
        assert len(artist(figure, "target").get_segments()) == 3  # the population is public
        assert len(words(figure, "withheld")) == 2
        told = " ".join(text.get_text() for text in figure.texts)
        for secret in ("1,5", "13,5", " 3 ", " 27 "):  # 3 / 200 and 27 / 200
            assert secret not in told, secret
        assert faults(figure) == []


def test_the_threshold_is_that_of_the_wave(noise):
    # 11 young men and 24 young women, the next fewest.
    quality = noise.survey.wave.quality.model_copy(update={"smallest_cell": 12})
    wave = noise.survey.wave.model_copy(update={"quality": quality})
    design = kzm.weight(dataclasses.replace(noise.survey, wave=wave))
    assert len(words(margins_before_and_after(design), "withheld")) == 2
    assert words(margins_before_and_after(noise), "withheld") == []


def test_an_empty_group_is_shown_as_none():
    # Nobody of "b" answered: a target that raking cannot reach, so the record is made by hand.
    record = one_margin({"a": 30, "b": 10, "c": 60}, {"a": 0.4, "b": 0.1, "c": 0.5}).weighting
    step = record.steps[0]
    nobody = step.before * (step.cells.rows != step.cells.rows[30])
    emptied = WeightingRecord((dataclasses.replace(step, before=nobody, after=nobody),))
    figure = margins_before_and_after(emptied)
    assert [x for x, _ in points(figure, "before")] == pytest.approx([30 / 90, 0, 60 / 90])
    assert words(figure, "value")[:3] == ["30", "0", "60"]
    assert faults(figure) == []


def test_some_margins_only(noise):
    figure = margins_before_and_after(noise, margins=["place_type"])
    assert words(figure, "label") == ["mesto", "predmestje", "podeželje"]
    with pytest.raises(FindingError, match="no such margin in the weighting 'place'; did you mean 'place_type'"):
        margins_before_and_after(noise, margins=["place"])
    with pytest.raises(FindingError, match="no margin is named"):
        margins_before_and_after(noise, margins=[])


def test_weights_without_margins_of_categories_are_refused():
    with pytest.raises(FindingError, match="no margins of categories"):
        margins_before_and_after(recorded([1, 2]))


@pytest.mark.parametrize(("lang", "width"), SIZES)
@pytest.mark.parametrize("count", [1, 2, 12])
def test_margins_without_faults(count, lang, width):
    names = [LONG, *(f"skupina {i}" for i in range(count - 1))]
    shares = np.arange(1, count + 1) / np.arange(1, count + 1).sum()
    design = one_margin(
        {name: 7 + 13 * i if i != 1 else 2 for i, name in enumerate(names)}, dict(zip(names, shares, strict=True)),
        status="estimate", source="vir " * 20,
    )  # fmt: skip
    assert faults(margins_before_and_after(design, lang=lang, width=width)) == []


@pytest.mark.parametrize("width", ["full", "half"])
def test_a_label_of_300_characters_wraps(width):
    figure = margins_before_and_after(one_margin({"b" * 300: 40, "č": 60}, {"b" * 300: 0.01, "č": 0.99}), width=width)
    assert faults(figure) == []
    assert "".join(words(figure, "label")).count("b") == 300


def test_forty_groups_do_not_fit_a_page():
    names = [f"g{i}" for i in range(60)]
    with pytest.raises(FindingError, match="a page takes 9"):
        margins_before_and_after(one_margin(dict.fromkeys(names, 9), dict.fromkeys(names, 1 / 60)))


@pytest.mark.parametrize(("lang", "width"), SIZES)
def test_real_figures_are_drawn_without_faults(noise, lang, width):
    assert faults(margins_before_and_after(noise, lang=lang, width=width)) == []
    assert faults(weight_histogram(noise, lang=lang, width=width)) == []


def test_merged_categories_have_the_labels_of_their_parts(noise):
    assert Weighted(noise, "en").category("place_type", "suburb+countryside") == "suburb + countryside"


def test_a_star_in_a_category_is_no_joint_margin():
    design = weighted({"q": {"3*": 0.5, "4*": 0.5}}, {None: ("q",), ("3*",): 60, ("4*",): 40})
    assert words(margins_before_and_after(design), "label") == ["3*", "4*"]


def test_a_star_in_a_name_that_looks_like_a_joint_margin_is_refused():
    design = weighted({"q*r": {"a": 0.5, "b": 0.5}}, {None: ("q*r",), ("a",): 60, ("b",): 40})
    with pytest.raises(FindingError, match="'q\\*r' has the category 'a': stars in names"):
        margins_before_and_after(design)
