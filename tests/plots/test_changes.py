import dataclasses

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError, SurveyDesign
from kzm_surveys.errors import WithheldError
from kzm_surveys.plots.changes import dumbbell, slope
from kzm_surveys.plots.upright import spread
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, LONG

NBSP = "\u00a0"
SIZES = [(lang, width) for lang in ("sl", "en") for width in ("full", "half")]
KINDS = [dumbbell, slope]


def plain(texts):
    return [text.replace(NBSP, " ") for text in texts]


def two_waves(before, after, n=500, sampling="probability"):
    """Changes of the share of "yes" in one question per pair of shares; each wave has n answers."""
    designs = []
    for shares in (before, after):
        names = ["yes" if k < round(share * n) else "no" for share in shares for k in range(n)]
        groups = np.repeat([f"group {i}" for i in range(len(shares))], n)
        frame = pd.DataFrame(
            {
                "q": pd.Categorical(names, categories=["yes", "no"]),
                "g": pd.Categorical(groups, categories=dict.fromkeys(groups)),
            }
        )
        designs.append(SurveyDesign(frame, sampling=sampling))
    return kzm.change(*(kzm.proportion(design, "q", by="g", categories=["yes"]) for design in designs))


def with_numbers(changes, place, **numbers):
    """The same changes with other numbers in one row."""
    frame = changes.frame.copy()
    for name, value in numbers.items():
        frame.loc[place, name] = value
    return dataclasses.replace(changes, frame=frame)


def labelled(changes, labels):
    """The same changes with other names of their groups."""
    frame = changes.frame.copy()
    frame["by_category"] = pd.array(labels, dtype="str")
    return dataclasses.replace(changes, frame=frame)


def names_in(figure):
    return {each.get_gid() for each in figure.axes[0].get_children()}


@pytest.fixture(scope="module")
def waves():
    # 0.2 to 0.4 is found (z about 7), 0.5 to 0.49 is not, 0.6 to 0.3 is found.
    return two_waves([0.2, 0.5, 0.6], [0.4, 0.49, 0.3])


def test_dots_stand_at_both_waves(waves):
    figure = dumbbell(waves, FRAME)
    assert list(artist(figure, "before").get_xdata()) == pytest.approx([0.2, 0.5, 0.6])
    assert list(artist(figure, "after").get_xdata()) == pytest.approx([0.4, 0.49, 0.3])
    assert artist(figure, "before").get_markerfacecolor() == "white"
    assert list(artist(figure, "before").get_ydata()) == list(artist(figure, "after").get_ydata())
    assert words(figure, "label") == ["group 0", "group 1", "group 2"]


def test_lines_run_between_them_thicker_where_the_test_finds_a_difference(waves):
    figure = dumbbell(waves, FRAME)
    found, other = artist(figure, "change_found"), artist(figure, "change")
    assert [segment[:, 0].tolist() for segment in found.get_segments()] == [
        pytest.approx([0.2, 0.4]), pytest.approx([0.6, 0.3]),
    ]  # fmt: skip
    assert [segment[:, 0].tolist() for segment in other.get_segments()] == [pytest.approx([0.5, 0.49])]
    assert found.get_linewidth()[0] > 2 * other.get_linewidth()[0]


def test_the_difference_stands_in_percentage_points_with_its_interval_and_mark(waves):
    # se of 0.2 to 0.4: sqrt(0.16/499 + 0.24/499) = 0.02831; t at 0.975 with 970 df: 1.9624; half width 5.6.
    values = plain(words(dumbbell(waves, FRAME), "value"))
    assert "▲ +20,0 (od 14,4 do 25,6)" in values
    # sqrt((0.25 + 0.2499)/499) = 0.03165; times 1.9624 is 6.2.
    assert "−1,0 (od −7,2 do 5,2)" in values
    assert any(value.startswith("▼ −30,0 (od −35,9 do −24,1)") for value in values)
    assert "▲ +20.0 (14.4 to 25.6)" in plain(words(dumbbell(waves, FRAME, lang="en"), "value"))


def test_columns_and_key_name_the_waves(waves):
    figure = dumbbell(waves, FRAME, waves=("2021", "2023"))
    assert plain(words(figure, "column")) == ["2021", "2023", "razlika (o. t.)", "95-odstotni interval"]
    assert words(figure, "key")[:2] == ["2021", "2023"]
    assert any("Holm" in word for word in words(figure, "key"))
    assert words(dumbbell(waves, FRAME), "key")[:2] == ["prej", "potem"]
    assert words(dumbbell(waves, FRAME, lang="en"), "key")[:2] == ["before", "after"]


def test_without_a_found_difference_there_is_no_mark():
    figure = dumbbell(two_waves([0.4, 0.5], [0.41, 0.5]), FRAME)
    assert "change_found" not in names_in(figure)
    assert not any("▲" in word or "▼" in word for word in (*words(figure, "value"), *words(figure, "key")))


@pytest.mark.parametrize("kind", KINDS)
def test_opt_in_samples_have_neither_intervals_nor_marks(kind):
    figure = kind(two_waves([0.1, 0.5], [0.9, 0.5], sampling="opt_in"))
    told = " ".join(text.get_text() for text in figure.texts)
    assert "▲" not in told
    assert "▼" not in told
    assert "interval" not in " ".join(words(figure, "column"))
    assert not names_in(figure) & {"change_found", "slope_found"}
    assert any("ni intervalov zaupanja" in line for line in words(figure, "foot"))


@pytest.mark.parametrize("kind", KINDS)
def test_withheld_rows_are_named_and_have_no_number(waves, kind):
    figure = kind(with_numbers(waves, 0, flag="small_cell"), FRAME)
    told = plain([text.get_text() for text in figure.texts])
    assert any("group 0" in text for text in told)
    assert any("z – zaupno" in text for text in told)
    assert not any("20,0" in text or "40,0" in text for text in told)
    dots = np.concatenate([each.get_xdata() if kind is dumbbell else each.get_ydata() for each in figure.axes[0].lines])
    assert not (np.isclose(dots, 0.2) | np.isclose(dots, 0.4)).any()


def test_the_only_withheld_category_takes_another_with_it():
    waves = [SurveyDesign(pd.DataFrame({"q": list("aaaabbbccd" * 30)})) for _ in range(2)]
    changes = kzm.change(*(kzm.proportion(design, "q") for design in waves))
    figure = dumbbell(with_numbers(changes, 3, flag="small_cell"), FRAME)
    # 40, 30, 20 and 10 %: with d goes c, or 100 less the rest would be d.
    assert list(artist(figure, "before").get_xdata()) == pytest.approx([0.4, 0.3])
    assert words(figure, "withheld") == ["z – zaupno (premalo odgovorov)"] * 2


def test_a_small_base_is_marked_and_explained(waves):
    weak = with_numbers(waves, 1, flag="small_base")
    assert "M −1,0 (od −7,2 do 5,2)" in plain(words(dumbbell(weak, FRAME), "value"))
    figure = slope(weak, FRAME)
    assert len(artist(figure, "slope_of_small_base").get_segments()) == 1
    assert artist(figure, "slope_of_small_base").get_linestyle()[0][1] is not None
    assert "M – majhna osnova" in words(figure, "key")


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_wave_is_a_dash_and_no_line(waves, kind):
    figure = kind(with_numbers(waves, 1, before=np.nan, difference=np.nan, ci_low=np.nan, ci_high=np.nan), FRAME)
    assert ("–" in words(figure, "value")) == (kind is dumbbell)
    assert not names_in(figure) & {"change", "slope"}
    values = words(figure, "value") + words(figure, "label")
    assert any(f"49,0{NBSP}%" in value for value in values)


def test_a_row_without_any_number_is_named_below_the_slopes(waves):
    figure = slope(with_numbers(waves, 1, before=np.nan, after=np.nan, difference=np.nan), FRAME)
    assert "–: group 1" in words(figure, "foot")
    assert len(words(figure, "label")) == 2


def test_slopes_run_from_before_to_after(waves):
    figure = slope(waves, FRAME, waves=("2021", "2023"))
    found = artist(figure, "slope_found").get_segments()
    assert [segment.tolist() for segment in found] == [
        [[0, pytest.approx(0.2)], [1, pytest.approx(0.4)]], [[0, pytest.approx(0.6)], [1, pytest.approx(0.3)]],
    ]  # fmt: skip
    assert artist(figure, "slope").get_segments()[0][:, 1].tolist() == pytest.approx([0.5, 0.49])
    assert words(figure, "wave") == ["2021", "2023"]
    assert plain(words(figure, "value")) == ["20,0 %", "50,0 %", "60,0 %"]
    assert plain(words(figure, "label")) == ["40,0 % ▲ group 0", "49,0 % group 1", "30,0 % ▼ group 2"]


def test_words_beside_a_slope_stand_level_with_their_dots_where_there_is_room(waves):
    figure = slope(waves, FRAME)
    axes = figure.axes[0]
    wanted = axes.transData.transform([(0, share) for share in (0.2, 0.5, 0.6)])[:, 1] / figure.dpi
    places = [text.get_position()[1] for text in figure.texts if text.get_gid() == "value"]
    assert places == pytest.approx(wanted.tolist(), abs=0.005)
    assert "leader" not in names_in(figure)


def test_words_that_would_touch_move_apart_and_keep_a_line_to_their_dot():
    figure = slope(two_waves([0.5] * 6, [0.3, 0.31, 0.32, 0.33, 0.34, 0.9]), FRAME)
    assert faults(figure) == []
    assert "leader" in names_in(figure)
    texts = [text for text in figure.texts if text.get_gid() == "label"]
    order = [text.get_text()[:4] for text in sorted(texts, key=lambda text: -text.get_position()[1])]
    assert order == ["90,0", "34,0", "33,0", "32,0", "31,0", "30,0"]


@pytest.mark.parametrize("kind", KINDS)
def test_means_keep_their_unit(noise, kind):
    answers = noise.frame.copy()
    answers["annoyance_overall"] = (answers["annoyance_overall"] + 1).clip(upper=10)
    later = SurveyDesign(answers)
    changes = kzm.change(*(kzm.mean(design, "annoyance_overall", by="place_type") for design in (noise, later)))
    figure = kind(changes, FRAME)
    assert not any("%" in word for word in (*words(figure, "value"), *words(figure, "tick")))
    expected = changes.frame["before"].tolist()
    if kind is dumbbell:
        assert list(artist(figure, "before").get_xdata()) == pytest.approx(expected)
        assert words(figure, "column")[2:] == ["razlika", f"95-odstotni{NBSP}interval"]
    else:
        drawn = np.concatenate([line.get_ydata() for line in figure.axes[0].lines if line.get_xdata()[0] == 0])
        assert sorted(drawn) == pytest.approx(sorted(expected))
    assert faults(figure) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("lang", "width"), SIZES)
@pytest.mark.parametrize("rows", [1, 2, 7, 12])
@pytest.mark.parametrize("label", ["a", LONG])
def test_nothing_is_cut_off_or_overlaps(kind, lang, width, rows, label):
    before, after = np.linspace(0, 1, rows), np.linspace(0.004, 0.05, rows)
    changes = labelled(two_waves(before, after, n=2000), [f"{i} {label}" for i in range(rows)])
    for drawn in (changes, with_numbers(changes, 0, flag="small_cell small_base") if rows > 1 else changes):
        assert faults(kind(drawn, FRAME, waves=("Val 2021", "Val 2023"), lang=lang, width=width)) == []


@pytest.mark.parametrize(("lang", "width"), SIZES)
def test_two_waves_of_the_noise_survey_are_drawn_without_faults(noise, lang, width):
    half = noise.frame.index % 2 == 0
    parts = [kzm.battery(noise, "annoyance", ["very", "extremely"], where=mask) for mask in (half, ~half)]
    other = SurveyDesign.from_survey(noise.survey)
    parts[1] = dataclasses.replace(kzm.battery(other, "annoyance", ["very", "extremely"], where=~half))
    for kind in KINDS:
        figure = kind(kzm.change(*parts), waves=("2021", "2023"), lang=lang, width=width)
        assert faults(figure) == []
        assert words(figure, "mark")
        net = [
            c.label[lang] for c in noise.survey.codebook["annoyance_road"].categories if c.name in ("very", "extremely")
        ]
        assert " ".join(words(figure, "title")).endswith(f"– {' + '.join(net)}")
        told = " ".join(words(figure, "label"))
        for item in noise.survey.codebook.questions["annoyance"].items:
            assert item.label[lang].split()[0] in told
        assert any("2021: n" in line.replace("\n", " ") for line in [" ".join(words(figure, "foot"))])


@pytest.mark.parametrize("kind", KINDS)
def test_an_invented_wave_marks_the_figure_whichever_it_is(noise, kind):
    def shares(survey, half):
        return kzm.battery(SurveyDesign.from_survey(survey), "annoyance", ["very", "extremely"], where=half)

    half = noise.frame.index % 2 == 0
    source = dataclasses.replace(noise.survey.source, synthetic=False)
    real = dataclasses.replace(noise.survey, source=source)
    invented, answered = shares(noise.survey, half), shares(real, ~half)
    for parts, marked in (((invented, answered), True), ((answered, invented), True), ((answered, answered), False)):
        before, after = parts
        changes = dataclasses.replace(kzm.change(invented, answered), before=before, after=after)
        assert bool(words(kind(changes), "mark")) == marked


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_300_characters_are_drawn_or_refused(waves, kind):
    long = labelled(waves, [f"{i} " + "dolga oznaka " * 23 for i in range(3)])
    assert faults(kind(long, FRAME)) == []
    many = labelled(two_waves([0.5] * 12, [0.4] * 12), [f"{i} " + "dolga oznaka " * 23 for i in range(12)])
    with pytest.raises(FindingError, match="inches high; a page takes 9"):
        kind(many, FRAME)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_draw_is_withheld(waves, kind):
    empty = dataclasses.replace(waves, frame=waves.frame.iloc[:0])
    hidden = dataclasses.replace(waves, frame=waves.frame.assign(flag="small_cell"))
    nothing = dataclasses.replace(waves, frame=waves.frame.assign(before=np.nan, after=np.nan))
    for changes, message in ((empty, "no rows"), (hidden, "every row"), (nothing, "every row")):
        with pytest.raises(WithheldError, match=message):
            kind(changes, FRAME)


@pytest.mark.parametrize("kind", KINDS)
def test_mixed_scales_and_rows_of_one_name_are_refused(waves, kind):
    with pytest.raises(FindingError, match="mean, proportion have different scales"):
        kind(with_numbers(waves, 0, statistic="mean"), FRAME)
    with pytest.raises(FindingError, match="two rows have the same name"):
        kind(with_numbers(waves, 0, by_category="group 1"), FRAME)


def test_forty_rows_are_a_dumbbell_or_an_error():
    changes = two_waves([0.5] * 40, [0.4] * 40, n=50)
    with pytest.raises(FindingError, match="inches high"):
        dumbbell(changes, FRAME)
    with pytest.raises(FindingError, match="40 lines cannot be followed; at most 12"):
        slope(changes, FRAME)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_width_is_refused(waves, kind):
    with pytest.raises(FindingError, match="unknown width of a figure 'third'"):
        kind(waves, FRAME, width="third")


@pytest.mark.parametrize("seed", range(20))
def test_things_spread_apart_keep_their_order_and_neither_touch_nor_leave_the_room(seed):
    random = np.random.default_rng(seed)
    sizes, wanted = random.uniform(0.1, 0.4, 8), random.uniform(-1, 5, 8)
    places = spread(wanted, sizes, 0.0, 4.0)
    order = np.argsort(wanted)
    tops, ends = (places - sizes / 2)[order], (places + sizes / 2)[order]
    assert (tops[1:] >= ends[:-1] - 1e-9).all()
    assert tops[0] >= -1e-9
    assert ends[-1] <= 4 + 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_other_results_and_other_names_of_waves_are_refused(kind):
    found = two_waves([0.3, 0.4], [0.4, 0.5])
    with pytest.raises(FindingError, match="a result of change is needed, found Estimates"):
        kind(found.after)
    for names in ("ab", ("2021",), ("2019", "2021", "2023"), 2021):
        with pytest.raises(FindingError, match="names of two waves are needed"):
            kind(found, waves=names)
    with pytest.raises(FindingError, match="has no sign for '日'"):
        kind(found, FRAME, waves=("2021", "日"))


@pytest.mark.parametrize("kind", KINDS)
def test_years_are_names_of_waves(kind):
    figure = kind(two_waves([0.3, 0.4], [0.4, 0.5]), waves=(2021, 2023))
    told = words(figure, "key") if kind is dumbbell else words(figure, "wave")
    assert told[:2] == ["2021", "2023"]


@pytest.mark.parametrize("width", ["full", "half"])
def test_long_names_of_waves_beside_slopes_fit_or_are_refused(width):
    found = two_waves([0.3, 0.4], [0.4, 0.5])
    figure = slope(found, FRAME, waves=("pomlad 2021", "jesen 2023 (ponovitev)"), width=width)
    assert faults(figure) == []
    with pytest.raises(FindingError, match="Shorten the names of the waves"):
        slope(found, FRAME, waves=("2021", LONG * 2), width=width)
    with pytest.raises(FindingError, match="Shorten the names of the waves"):
        slope(found, FRAME, waves=(LONG * 2, "2023"), width=width)


@pytest.mark.parametrize("kind", KINDS)
def test_very_small_means_are_drawn(kind):
    rng = np.random.default_rng(3)
    waves = [kzm.mean(SurveyDesign(pd.DataFrame({"x": rng.normal(k, 1, 300) * 1e-9})), "x") for k in (3, 4)]
    figure = kind(kzm.change(*waves), FRAME)
    assert faults(figure) == []


def test_small_means_are_told_with_digits_that_say_something():
    waves = [kzm.mean(SurveyDesign(pd.DataFrame({"x": [k, 2 * k] * 50})), "x") for k in (0.01, 0.02)]
    figure = dumbbell(kzm.change(*waves), FRAME, lang="en")
    assert words(figure, "value")[:2] == ["0.0150", "0.0300"]
