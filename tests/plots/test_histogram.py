import dataclasses

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.errors import WithheldError
from kzm_surveys.plots.histogram import histogram
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, estimates, row

NBSP = "\u00a0"
SIZES = [(lang, width) for lang in ("sl", "en") for width in ("full", "half")]


def scale(shares, **looks):
    """Shares of the values 0, 1, 2 ...; None leaves a value out."""
    return estimates(row(s, category=str(v), **looks) for v, s in enumerate(shares) if s is not None)


def of(statistic, *pairs):
    return estimates(row(value)._replace(statistic=statistic, category=name) for name, value in pairs)


def columns(figure, name="share"):
    """Middle and height of each column."""
    boxes = [path.get_extents() for path in artist(figure, name).get_paths()]
    return [((box.x0 + box.x1) / 2, box.y1) for box in boxes], [box.y0 for box in boxes]


@pytest.fixture(scope="module")
def answers(noise):
    return kzm.proportion(noise, "annoyance_overall")


def test_columns_are_the_shares_of_the_values(answers):
    tops, feet = columns(histogram(answers))
    expected = answers.frame["estimate"].tolist()
    assert [x for x, _ in tops] == pytest.approx(list(range(11)))
    assert [y for _, y in tops] == pytest.approx(expected, abs=1e-12)
    assert feet == [0] * 11


def test_whiskers_are_the_intervals(answers):
    segments = artist(histogram(answers), "interval").get_segments()
    expected = answers.frame[["ci_low", "ci_high"]].to_numpy()
    assert np.array([segment[:, 1] for segment in segments]) == pytest.approx(expected, abs=1e-12)
    assert np.array([segment[:, 0] for segment in segments]) == pytest.approx(np.arange(11)[:, None].repeat(2, 1))


def test_without_intervals_there_are_no_whiskers():
    figure = histogram(scale([0.25, 0.5, 0.25]), FRAME)
    assert not [each for each in figure.axes[0].collections if each.get_gid() == "interval"]
    assert not any("interval" in word for word in words(figure, "key"))


def test_the_whole_scale_of_the_codebook_is_shown_also_where_nobody_answered(answers):
    three = [row(share, category=value) for value, share in (("0", 0.5), ("3", 0.3), ("4", 0.2))]
    shares = estimates([each._replace(variable="annoyance_overall") for each in three], answers.design.survey)
    figure = histogram(shares, FRAME, lang="en")
    assert [t for t in words(figure, "tick") if "%" not in t] == [str(v) for v in range(11)]
    numbers = words(figure, "number")
    assert [numbers[v] for v in (1, 2, 5, 10)] == ["0.0%"] * 4
    assert len(artist(figure, "share").get_paths()) == 3


def test_values_whose_share_is_not_given_are_not_said_to_be_nobodys_answer(answers):
    figure = histogram(answers.take([0, 3, 4]), lang="en")
    assert len(words(figure, "number")) == 3
    assert words(figure, "missing") == ["–"] * 8
    assert faults(figure) == []


def test_quantiles_beyond_the_columns_lengthen_the_scale_and_those_of_groups_are_refused():
    shares = scale([0.5, 0.5])
    figure = histogram(shares, FRAME, quantiles=of("quantile", ("0.5", 3.2)))
    assert [t for t in words(figure, "tick") if "%" not in t] == ["0", "1", "2", "3", "4"]
    assert faults(figure) == []
    with pytest.raises(FindingError, match="a quantile of several groups is given"):
        histogram(shares, FRAME, quantiles=of("quantile", ("0.5", 0.2), ("0.5", 0.8)))
    with pytest.raises(FindingError, match="a mean of several groups is given"):
        histogram(shares, FRAME, mean=of("mean", (None, 0.2), (None, 0.8)))


def test_without_a_codebook_the_scale_runs_over_the_answers():
    rows = [row(0.5, category="3"), row(0.5, category="7")]
    assert [t for t in words(histogram(estimates(rows), FRAME), "tick") if "%" not in t] == ["3", "4", "5", "6", "7"]


def test_quantiles_and_mean_stand_at_their_values(noise, answers):
    marks = kzm.quantile(noise, "annoyance_overall", [0.25, 0.5, 0.75])
    mean = kzm.mean(noise, "annoyance_overall")
    figure = histogram(answers, quantiles=marks, mean=mean)
    expected = marks.frame["estimate"].tolist()
    assert list(artist(figure, "quantiles").get_xdata()) == expected
    ((start, end),) = artist(figure, "middle_half").get_segments()
    assert (start[0], end[0]) == (expected[0], expected[2])
    assert artist(figure, "mean").get_xdata()[0] == mean.rows[0].estimate
    # Shares added up: 0.249 to 2, 0.395 to 3, 0.556 to 4, 0.749 to 5, 0.834 to 6.
    assert words(figure, "quantile") == ["spodnji kvartil 3", "mediana 4", "zgornji kvartil 6"]
    assert any(word.startswith("povprečje 4,") for word in words(figure, "key"))
    assert artist(figure, "quantiles").get_ydata()[0] < 0  # under the columns


def test_other_quantiles_are_called_by_their_share():
    figure = histogram(scale([0.25, 0.5, 0.25]), FRAME, quantiles=of("quantile", ("0.1", 0.0), ("0.9", 1.5)))
    assert words(figure, "quantile") == ["kvantil 0,1 0", "kvantil 0,9 1,5"]
    assert not [each for each in figure.axes[0].collections if each.get_gid() == "middle_half"]


def test_a_withheld_value_has_no_column_and_nothing_gives_it_away():
    shares = scale([0.5, 0.3, 0.18, 0.02])
    shares.columns["flag"][3] = "small_cell"
    figure = histogram(shares, FRAME)
    # The smallest other goes too: 100 less the rest would be the withheld one.
    assert columns(figure)[0] == [(0, pytest.approx(0.5)), (1, pytest.approx(0.3))]
    assert words(figure, "withheld") == ["z", "z"]
    assert words(figure, "number") == [f"50,0{NBSP}%", f"30,0{NBSP}%"]
    assert any("zaupno" in word for word in words(figure, "foot"))


def test_two_withheld_values_hide_each_other():
    shares = scale([0.5, 0.46, 0.02, 0.02])
    shares.columns["flag"][2:] = "small_cell"
    assert len(columns(histogram(shares, FRAME))[0]) == 2


def test_a_small_base_is_hollow_and_explained():
    figure = histogram(scale([0.25, 0.5, 0.25], flag="small_base"), FRAME)
    area = artist(figure, "share_of_small_base")
    assert area.get_facecolor()[0][:3].tolist() == [1, 1, 1]
    assert area.get_linewidth()[0] > 0
    assert "majhna osnova" in words(figure, "key")


def test_numbers_lose_their_decimals_and_sign_where_they_do_not_fit(answers):
    assert f"19,3{NBSP}%" in words(histogram(answers), "number")
    assert "19" in words(histogram(answers, width="half"), "number")
    many = scale([1 / 31] * 31)
    assert words(histogram(many, FRAME, width="half"), "number") == []


@pytest.mark.parametrize(("lang", "width"), SIZES)
@pytest.mark.parametrize("values", [1, 2, 7, 12, 31])
def test_nothing_is_cut_off_or_overlaps(lang, width, values):
    shares = np.linspace(1, 3, values) / np.linspace(1, 3, values).sum()
    made = estimates(row(s, 0.0, 1.0, category=str(v)) for v, s in enumerate(shares))
    last = values - 1.0
    for ends in ((0.0, 0.0, 0.0), (last, last, last), (0.0, last / 2, last)):
        marks = of("quantile", *zip(("0.25", "0.5", "0.75"), ends, strict=True))
        figure = histogram(made, FRAME, quantiles=marks, mean=of("mean", (None, last / 3)), lang=lang, width=width)
        assert faults(figure) == []


@pytest.mark.parametrize(("lang", "width"), SIZES)
def test_the_real_scale_is_drawn_without_faults(noise, answers, lang, width):
    marks = kzm.quantile(noise, "annoyance_overall", [0.25, 0.5, 0.75])
    figure = histogram(answers, quantiles=marks, mean=kzm.mean(noise, "annoyance_overall"), lang=lang, width=width)
    assert faults(figure) == []
    question = noise.survey.codebook["annoyance_overall"].question[lang]
    assert " ".join(words(figure, "subtitle")) == question
    assert words(figure, "mark")


def test_the_number_of_a_full_column_stays_inside_the_plot():
    figure = histogram(scale([0.0, 1.0]), FRAME)
    assert figure.axes[0].get_ylim()[1] > 1.05
    assert f"100{NBSP}%" in words(figure, "tick")
    assert not any(tick.startswith("1") and tick > f"100{NBSP}%" for tick in words(figure, "tick") if "%" in tick)


def test_shares_of_nought_and_all():
    tops, _ = columns(histogram(scale([0.0, 1.0, 0.0]), FRAME))
    assert tops == [(0, 0), (1, 1), (2, 0)]


@pytest.mark.parametrize(
    "shares",
    [[], [row(0.1, category="1", flag="small_cell")], [row(np.nan, category="1")],
     [row(0.0, category="0"), row(1.0, category="1", flag="small_cell")]],
)  # fmt: skip
def test_nothing_to_draw_is_withheld(shares):
    with pytest.raises(WithheldError, match="histogram: "):
        histogram(estimates(shares), FRAME)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([row(0.5, category="yes"), row(0.5, category="no")], "'yes' of 'q' is no whole number"),
        ([row(0.5, category="0.5")], "no whole number"),
        ([row(0.5, category="1"), row(0.5, category="1")], "two rows for one value"),
        ([row(0.5, category="1"), row(0.5, category="1", variable="p")], "shares of one variable in one group"),
        ([row(0.5, category="1")._replace(statistic="mean")], "found mean of 'q'"),
        ([row(0.5, category="0"), row(0.5, category="40")], "runs from 0 to 40; at most 31"),
    ],
)
def test_what_is_no_scale_is_refused(shares, message):
    with pytest.raises(FindingError, match=message):
        histogram(estimates(shares), FRAME)


def test_groups_quantiles_of_another_variable_and_too_many_of_them_are_refused(noise, answers):
    with pytest.raises(FindingError, match="by groups"):
        histogram(kzm.proportion(noise, "annoyance_overall", by="sex"))
    with pytest.raises(FindingError, match="a quantile of 'annoyance_overall' is needed, found mean"):
        histogram(answers, quantiles=kzm.mean(noise, "annoyance_overall"))
    with pytest.raises(FindingError, match="Give fewer"):
        histogram(answers, quantiles=kzm.quantile(noise, "annoyance_overall", np.arange(1, 10) / 10), width="half")


def test_a_sign_that_the_font_lacks_is_an_error():
    frame = dataclasses.replace(FRAME, title="Naslov 字")
    with pytest.raises(FindingError, match="has no sign"):
        histogram(scale([0.5, 0.5]), frame)
    with pytest.raises(FindingError, match="unknown width"):
        histogram(scale([0.5, 0.5]), FRAME, width="third")


@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("first", [2010, 1000000])
def test_large_numbers_under_the_columns_fit(first, width):
    rows = [row(0.1, category=str(first + k)) for k in range(10)]
    assert faults(histogram(estimates(rows), FRAME, width=width)) == []


@pytest.mark.parametrize("options", [{}, {"quantiles": 5}, {"mean": [3]}])
def test_other_results_are_refused(options):
    shares = scale([0.5, 0.5]) if options else None
    with pytest.raises(FindingError, match="histogram: Estimates are needed, found"):
        histogram(shares, FRAME, **options)
