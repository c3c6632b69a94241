import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.plots.bars import bars, sample_against_population
from tests.plots.made import FRAME, estimates, row

NBSP = "\u00a0"


def draw(rows, labels=None):
    rows = list(rows)
    labels = labels or [f"možnost {i}" for i in range(len(rows))]
    return bars(estimates(rows), labels, FRAME, withheld="z – zaupno").axes[0]


def test_lengths_are_the_estimates_beside_their_labels(noise):
    coping = kzm.multiple_response(noise, "coping")
    labels = [noise.survey.codebook[r.variable].label["sl"] for r in coping]
    axes = bars(coping, labels, FRAME, withheld="z").axes[0]
    assert [p.get_width() for p in axes.patches] == pytest.approx([r.estimate for r in coping], abs=1e-12)
    assert [p.get_x() for p in axes.patches] == [0] * len(coping)
    shown = [t.get_text().replace("\n", " ") for t in axes.get_yticklabels()]
    assert shown == labels
    middles = [p.get_y() + p.get_height() / 2 for p in axes.patches]
    assert middles == pytest.approx(list(axes.get_yticks()))
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first on top


def test_probability_samples_have_whiskers(noise):
    coping = kzm.multiple_response(noise, "coping")
    axes = bars(coping, list("abcdefghi"), FRAME, withheld="z").axes[0]
    shown = [tuple(line.get_xdata()) for line in axes.lines]
    assert shown == [pytest.approx((r.ci_low, r.ci_high), abs=1e-12) for r in coping]


def test_opt_in_samples_have_none(breastfeeding):
    needs = kzm.multiple_response(breastfeeding, "needs")
    axes = bars(needs, list("abcdefg"), FRAME, withheld="z").axes[0]
    assert len(axes.patches) == 7
    assert len(axes.lines) == 0


def test_numbers_stand_after_bar_or_whisker():
    axes = draw([row(0.1225), row(0.3, 0.2, 0.45)])
    # 12,25 has its half in the second decimal place and is rounded up.
    assert [(t.get_text(), t.xy[0]) for t in axes.texts] == [(f"12,3{NBSP}%", 0.1225), (f"30,0{NBSP}%", 0.45)]


def test_withheld_rows_are_named_and_have_no_bar():
    axes = draw([row(0.5), row(0.01, flag="small_cell"), row(np.nan)])
    assert len(axes.patches) == 1
    named = [t.get_position()[1] for t in axes.texts if t.get_text() == "z – zaupno"]
    assert named == [1, 2]
    assert not any("1,0" in t.get_text() for t in axes.texts)


@pytest.mark.parametrize("rows", [[], [row(0.1, flag="small_cell")], [row(np.nan), row(0.2, flag="small_cell")]])
def test_nothing_to_draw_is_refused(rows):
    with pytest.raises(FindingError, match="every value is withheld or missing"):
        draw(rows)


def test_labels_that_do_not_fit_the_rows_are_refused():
    with pytest.raises((FindingError, ValueError)):
        draw([row(0.1), row(0.2)], ["ena"])


@pytest.fixture(scope="module")
def pairs(noise):
    record = noise.weighting
    labels = [(name, list(part["category"])) for name, part in record.margins.groupby("variable", sort=False)]
    return sample_against_population(record, labels, ("anketirani", "prebivalci"), FRAME)


def test_pairs_are_sample_and_population_of_the_record(noise, pairs):
    axes = pairs.axes[0]
    margins = noise.weighting.margins
    widths = [p.get_width() for p in axes.patches]
    assert widths[0::2] == pytest.approx(margins["before"].tolist(), abs=1e-12)
    assert widths[1::2] == pytest.approx(margins["target"].tolist(), abs=1e-12)
    # By hand: sample from the answers, population from population.csv.
    counts = noise.frame["place_type"].value_counts(normalize=True)
    population = pd.read_csv("surveys/noise/2021/population.csv").set_index("category")["count"]
    places = population["city"] + population["suburb"] + population["countryside"]
    young_men = (noise.frame["sex"] == "male") & (noise.frame["age_group"] == "18_39")
    assert widths[0] == pytest.approx(young_men.mean(), abs=1e-12)
    adults = population[population.index.str.contains("*", regex=False)].sum()
    assert widths[1] == pytest.approx(population["male*18_39"] / adults, abs=1e-12)
    assert widths[12] == pytest.approx(counts["city"], abs=1e-12)  # after six pairs of sex by age group
    assert widths[13] == pytest.approx(population["city"] / places, abs=1e-12)


def test_upper_bar_of_a_pair_is_the_sample(pairs):
    axes = pairs.axes[0]
    for sample, population in zip(axes.patches[0::2], axes.patches[1::2], strict=True):
        assert sample.get_y() < population.get_y()  # the axis runs downwards
    assert [t.get_text() for t in pairs.legends[0].get_texts()] == ["anketirani", "prebivalci"]
    assert pairs.legends[0].get_patches()[1].get_hatch() == axes.patches[1].get_hatch()


def test_pairs_print_their_shares(noise, pairs):
    shown = [t.get_text() for t in pairs.axes[0].texts if "%" in t.get_text()]
    assert len(shown) == 2 * len(noise.weighting.margins)
    counts = noise.frame["place_type"].value_counts(normalize=True)
    for name in ("city", "suburb", "countryside"):
        assert f"{100 * counts[name]:.1f}".replace(".", ",") + f"{NBSP}%" in shown


def test_global_style_is_left_alone(noise):
    before = dict(mpl.rcParams)
    draw([row(0.3)])
    assert dict(mpl.rcParams) == before
