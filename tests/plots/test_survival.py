import itertools

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.errors import WithheldError
from kzm_surveys.plots.palette import GROUPS
from kzm_surveys.plots.survival import survival
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, LONG

SIZES = [(lang, width) for lang in ("sl", "en") for width in ("full", "half")]


def curves(parts, sampling="probability"):
    """Survival by group from the durations and events of each; without groups for a single part named None."""
    frames = [pd.DataFrame({"months": m, "stopped": s, "group": name}) for name, (m, s) in parts.items()]
    frame = pd.concat(frames, ignore_index=True)
    by = None if None in parts else "group"
    return kzm.kaplan_meier(kzm.SurveyDesign(frame, sampling=sampling), "months", "stopped", by=by)


def answers(n=100, longest=20, censored=5):
    """n durations spread evenly over 1 to longest; every fifth still goes on."""
    return [1 + i % longest for i in range(n)], [i % censored > 0 for i in range(n)]


def all_of(figure, name):
    return [each for each in figure.axes[0].get_children() if each.get_gid() == name]


def corners(collection):
    """Corners of each line, one where the same stands twice."""
    return [[k for k, _ in itertools.groupby(segment.tolist())] for segment in collection.get_segments()]


@pytest.fixture(scope="module")
def hand():
    """Sixty people: thirty stop after 2 months, ten at 4, twenty go on until 5."""
    return curves({None: ([2] * 30 + [4] * 10 + [5] * 20, [True] * 40 + [False] * 20)})


def test_the_curve_steps_down_by_hand(hand):
    figure = survival(hand, FRAME)
    # 30 of 60 at 2, 10 of 30 at 4: 1/2, then 1/3. After 4 there are 20, fewer than 30: thin.
    third = pytest.approx(1 / 3)
    assert corners(artist(figure, "curve")) == [[[0, 1], [2, 1], [2, 0.5], [4, 0.5], [4, third]]]
    assert corners(artist(figure, "curve_of_small_base")) == [[[4, third], [5, third]]]
    assert artist(figure, "from_here_few").get_markerfacecolor() == "white"


def test_the_curve_has_the_values_of_the_frame():
    found = curves({None: answers(400)})
    figure = survival(found, FRAME)
    points = np.array(corners(artist(figure, "curve"))[0])
    for time, share in zip(found.frame["time"], found.frame["survival"], strict=True):
        here = points[points[:, 0] == time, 1]
        if len(here):
            assert here.min() == pytest.approx(share, abs=1e-12)
    assert points[0].tolist() == [0, 1]


def test_events_at_the_start_are_a_step_at_nought():
    found = curves({None: ([0] * 20 + [3] * 60, [True] * 80)})
    assert corners(artist(survival(found, FRAME), "curve"))[0][:3] == [[0, 1], [0, 0.75], [3, 0.75]]


def test_bands_are_those_of_the_frame():
    found = curves({None: answers(400)})
    low, high = (np.array(part) for part in corners(artist(survival(found, FRAME), "band_edge")))
    row = found.at(5.0).iloc[0]
    # Just after the step at 5 months.
    assert low[low[:, 0] == 5, 1].min() == pytest.approx(row["ci_low"], abs=1e-12)
    assert high[high[:, 0] == 5, 1].min() == pytest.approx(row["ci_high"], abs=1e-12)


def test_opt_in_samples_have_no_band():
    figure = survival(curves({None: answers()}, sampling="opt_in"))
    assert all_of(figure, "band") == all_of(figure, "band_edge") == []
    assert any("AAPOR" in line for line in words(figure, "foot"))
    assert not any("interval" in word for word in words(figure, "key"))


def test_the_median_is_marked_and_told(hand):
    figure = survival(hand, FRAME)
    assert words(figure, "median") == ["mediana 2"]
    dot = artist(figure, "median_dot")
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (2, 0.5)


def test_a_curve_that_stays_above_a_half_has_no_median():
    found = curves({None: ([2] * 10 + [5] * 90, [True] * 10 + [False] * 90)})
    figure = survival(found, FRAME)
    assert words(figure, "median") == []
    assert all_of(figure, "median_dot") == []


def test_the_table_has_those_still_observed_at_the_ticks():
    # Ten each stop at 3, 6, 9 ... 30 months.
    found = curves({None: ([3 * (1 + i // 10) for i in range(100)], [True] * 100)})
    figure = survival(found, FRAME, unit="meseci")
    assert [t for t in words(figure, "tick") if "%" not in t] == ["0", "6", "12", "18", "24", "30"]
    # At 6 months those of 3 are gone, at 12 those of 3, 6 and 9.
    assert words(figure, "at_risk") == ["100", "90", "70", "50", "30", "10"]
    assert words(figure, "unit") == ["meseci"]
    ticks = [t for t in figure.texts if t.get_gid() == "tick" and "%" not in t.get_text()]
    table = [t for t in figure.texts if t.get_gid() == "at_risk"]
    assert [t.get_position()[0] for t in ticks] == [t.get_position()[0] for t in table]


def test_few_people_and_few_others_are_withheld_in_the_table_and_end_the_curve():
    # Three stop at 1, then nothing until 12; at 24 four are left.
    months = [1] * 3 + [12] * 20 + [14] * 73 + [30] * 4
    figure = survival(curves({None: (months, [True] * 100)}), FRAME, every=6)
    # By hand: 100 at 0; 97 at 6 and 12 leave three; 4 at 18 to 30. The axis ends with the curve, at 14.
    assert words(figure, "at_risk") == ["100", "z", "z", "z"]
    drawn = np.array(corners(artist(figure, "curve"))[0])
    assert drawn[:, 0].max() == 14
    assert any("zaupno" in line for line in words(figure, "foot"))


def test_groups_differ_in_colour_and_dash_and_have_a_key_and_a_table():
    parts = {f"skupina {i}": answers(100 + 20 * i) for i in range(4)}
    figure = survival(curves(parts), FRAME)
    drawn = all_of(figure, "curve")
    assert [tuple(each.get_color()[0][:3]) for each in drawn] == [
        tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)) for colour in GROUPS
    ]
    assert len({str(each.get_linestyle()) for each in drawn}) == 4
    assert words(figure, "label") == list(parts)
    assert [key.partition(" (")[0] for key in words(figure, "key")[:4]] == list(parts)
    assert len([text for text in words(figure, "at_risk") if text in {"100", "120", "140", "160"}]) == 4


def test_a_group_of_too_few_is_named_and_not_drawn():
    found = curves({"a": answers(), "b": ([3, 4], [True, True])})
    figure = survival(found)
    assert len(all_of(figure, "curve")) == 1
    assert "b: z – zaupno (premalo odgovorov)" in words(figure, "key")
    # The base of the curves that are shown: 102 would give the two away.
    assert any("100" in line for line in words(figure, "foot"))
    assert not any("102" in text.get_text() for text in figure.texts)
    table = words(figure, "at_risk")
    assert set(table[len(table) // 2 :]) <= {"z", "0"}


@pytest.mark.parametrize(("lang", "width"), SIZES)
@pytest.mark.parametrize("label", ["a", LONG, "Zelo dolga oznaka " * 10])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_nothing_is_cut_off_or_overlaps(lang, width, label, groups):
    parts = {f"{i} {label}": answers(60 + 2000 * i, longest=18 + i) for i in range(groups)}
    for found in (curves(parts), curves(parts, sampling="opt_in")):
        assert faults(survival(found, FRAME, unit="meseci", lang=lang, width=width)) == []


def test_labels_of_300_characters_are_drawn_or_refused():
    label = "Zelo dolga oznaka " * 17
    parts = {f"{i} {label}": answers(60 + 20 * i) for i in range(4)}
    assert faults(survival(curves(parts), FRAME)) == []
    with pytest.raises(FindingError, match="shorten its labels"):
        survival(curves(parts), FRAME, width="half")


@pytest.mark.parametrize("longest", [1, 2, 7, 40, 500])
def test_any_length_of_time_is_drawn(longest):
    for unit in ("", "meseci"):
        figure = survival(curves({None: answers(200, longest=longest)}), FRAME, unit=unit, width="half")
        assert faults(figure) == []


@pytest.mark.parametrize(("lang", "width"), SIZES)
def test_breastfeeding_is_drawn_without_faults(lang, width):
    survey = kzm.load("surveys/breastfeeding/2022")
    answered = survey.responses
    still = answered["still_breastfeeding"]
    answered["months"] = answered["duration"].where(still == "no", answered["child_age"].where(still == "yes"))
    answered["stopped"] = (still == "no").where(still.notna()).astype("boolean")
    found = kzm.kaplan_meier(kzm.weight(survey), "months", "stopped", by="parity")
    figure = survival(found, unit="meseci", lang=lang, width=width)
    assert faults(figure) == []
    assert words(figure, "mark")
    labels = [c.label[lang] for c in survey.codebook["parity"].categories]
    assert words(figure, "label") == labels


def test_the_unit_comes_from_the_codebook(breastfeeding):
    found = kzm.kaplan_meier(breastfeeding, "duration", "stopping_pain")
    figure = survival(found)
    assert words(figure, "unit") == [breastfeeding.survey.codebook.questions["duration"].unit["sl"]]
    assert " ".join(words(figure, "title")).startswith("Trajanje dojenja v mesecih (po spominu)")


def test_nobody_to_show_is_withheld():
    with pytest.raises(WithheldError, match="every curve"):
        survival(curves({None: ([1, 2, 3], [True] * 3)}))


def test_five_curves_and_impossible_steps_are_refused():
    with pytest.raises(FindingError, match="5 curves cannot be told apart; at most 4"):
        survival(curves({str(i): answers() for i in range(5)}))
    for every in (0, -1, 0.01, float("nan")):
        with pytest.raises(FindingError, match="positive step"):
            survival(curves({None: answers()}), every=every)
    with pytest.raises(FindingError, match="unknown width"):
        survival(curves({None: answers()}), width="third")


def test_parts_of_a_unit_are_told_in_full_on_the_axis():
    found = curves({None: ([0.5 + k % 5 / 2 for k in range(100)], [True] * 100)})
    figure = survival(found, FRAME, every=0.25, lang="en")
    told = [text for text in words(figure, "tick") if "%" not in text]
    assert [float(text) for text in told] == pytest.approx(np.linspace(0, 2.5, len(told)))
    with pytest.raises(FindingError, match="positive step"):
        survival(found, FRAME, every=float("inf"))


@pytest.mark.parametrize(("time", "told"), [(0.004, "0.0040"), (0.25, "0.25"), (3.25, "3.3"), (592437927041.5, None)])
@pytest.mark.parametrize("width", ["full", "half"])
def test_a_median_is_told_with_digits_that_say_something(time, told, width):
    figure = survival(curves({None: ([time] * 60 + [1.7 * time] * 40, [True] * 100)}), FRAME, lang="en", width=width)
    assert words(figure, "median") == [f"median {told or '592,437,927,041.5'}"]
    assert faults(figure) == []


@pytest.mark.parametrize("width", ["full", "half"])
def test_a_long_unit_wraps(width):
    unit = "mesecev od rojstva do konca dojenja " * 8
    figure = survival(curves({None: answers()}), FRAME, unit=unit, width=width)
    assert " ".join(words(figure, "unit")) == unit.strip()
    assert faults(figure) == []


def test_a_unit_that_cannot_be_drawn_and_other_results_are_refused():
    with pytest.raises(FindingError, match="has no sign for '月'"):
        survival(curves({None: answers()}), unit="月")
    with pytest.raises(FindingError, match="a result of kaplan_meier is needed, found NoneType"):
        survival(None)


def test_very_many_months_have_round_numbers():
    figure = survival(
        curves({None: ([k * 1000 for k in range(1, 101)], [True] * 100)}), FRAME, unit="months", lang="en"
    )
    assert [text for text in words(figure, "tick") if "%" not in text] == ["0", "20,000", "40,000", "60,000", "80,000",
                                                                          "100,000"]  # fmt: skip
