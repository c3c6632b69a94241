from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP
from kzm_surveys.plots.forest import forest
from tests.plots.faults import artist, faults, words
from tests.plots.made import FRAME, LONG

WIDTHS = ["full", "half"]


@pytest.fixture(scope="module")
def road(noise):
    return kzm.glm(noise, "highly_annoyed_road ~ sex + age_group + place_type", family="binomial")


@pytest.fixture(scope="module")
def figure(road):
    return forest(road)


def made(yes, no, names=("a", "b")):
    """Model of a yes among `yes` and `no` of each group."""
    q = [answer for y, n in zip(yes, no, strict=True) for answer in ["yes"] * y + ["no"] * n]
    g = [name for name, y, n in zip(names, yes, no, strict=True) for _ in range(y + n)]
    frame = pd.DataFrame(
        {"q": pd.Categorical(q, categories=["no", "yes"]), "g": pd.Categorical(g, categories=list(names))}
    )
    return kzm.glm(kzm.SurveyDesign(frame), "q ~ g", family="binomial")


def changed(model, coefficients, se):
    """The model with other coefficients after the intercept, and their standard errors."""
    covariance = np.diag([0.01, *np.square(se)])
    return replace(model, coefficients=np.array([0.0, *coefficients]), covariance=covariance)


def named(figure, name):
    return [each for each in figure.axes[0].get_children() if each.get_gid() == name]


def xs(figure, name):
    return artist(figure, name).get_xdata().tolist()


def ends(figure):
    return np.array([segment[:, 0] for segment in artist(figure, "interval").get_segments()])


def plain(texts):
    return [text.replace(NBSP, " ") for text in texts]


def test_squares_and_intervals_are_the_ratios_on_a_logarithmic_scale(road, figure):
    expected = road.odds_ratios
    assert xs(figure, "ratio") == pytest.approx(expected["estimate"].tolist(), rel=1e-12)
    assert ends(figure) == pytest.approx(expected[["ci_low", "ci_high"]].to_numpy(), rel=1e-12)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    half, one, two = axes.transData.transform([(0.5, 1), (1, 1), (2, 1)])[:, 0]
    assert one - half == pytest.approx(two - one)


def test_an_odds_ratio_is_that_of_the_table():
    # 30 of 40 in a, 45 of 95 in b: (45/50) / (30/10) = 0.3
    figure = forest(made([30, 45], [10, 50]), FRAME)
    assert xs(figure, "ratio") == pytest.approx([0.3], rel=1e-9)
    assert words(figure, "label") == ["a", "b"]
    shown = plain(words(figure, "value"))
    assert shown[0] == "1 (referenca)"
    assert shown[1].startswith("0,30 (0,1")


def test_every_variable_heads_its_levels_and_the_reference_stands_first(figure):
    assert words(figure, "heading") == ["spol", "starostna skupina", "tip kraja"]
    labels = ["moški", "ženske", "18–39 let", "40–61 let", "62 let ali več", "mesto", "predmestje", "podeželje"]
    assert plain(words(figure, "label")) == labels
    shown = plain(words(figure, "value"))
    assert [place for place, text in enumerate(shown) if text == "1 (referenca)"] == [0, 2, 5]
    y = artist(figure, "ratio").get_ydata()
    assert len(y) == 5
    assert (np.diff(y) > 0).all()


def test_squares_stand_beside_their_labels(figure):
    label = {
        text.get_text().replace(NBSP, " "): text.get_position()[1] for text in figure.texts if text.get_gid() == "label"
    }
    axes = figure.axes[0]
    at = [axes.transData.transform((1.0, y))[1] / figure.dpi for y in artist(figure, "ratio").get_ydata()]
    own = ["ženske", "40–61 let", "62 let ali več", "predmestje", "podeželje"]
    assert [label[name] for name in own] == pytest.approx(at, abs=1e-6)


def test_numbers_stand_with_their_intervals(road, figure):
    row = road.odds_ratios.iloc[0]
    told = f"{row.estimate:.2f} ({row.ci_low:.2f}–{row.ci_high:.2f})"
    assert words(figure, "value")[1] == told.replace(".", ",")
    assert words(forest(road, lang="en"), "value")[1] == told


def test_the_line_of_no_difference_stands_at_one(figure):
    assert {x for segment in artist(figure, "none").get_segments() for x in segment[:, 0]} == {1.0}


def test_ticks_are_round_ratios_with_the_decimals_of_the_language(road, figure):
    assert words(figure, "tick") == ["0,0625", "0,125", "0,25", "0,5", "1", "2", "4"]
    assert words(forest(road, lang="en"), "tick") == ["0.0625", "0.125", "0.25", "0.5", "1", "2", "4"]


def test_words_say_what_is_modelled_for_whom(road, noise):
    slovene, english = forest(road), forest(road, lang="en")
    assert words(slovene, "title")[0].lower().startswith("cestni promet: zelo ali izjemno")
    assert any(f"n{NBSP}={NBSP}{road.n}" in line for line in words(slovene, "foot"))
    assert "logističnega modela" in " ".join(words(slovene, "foot"))
    assert words(slovene, "key") == [f"razmerje obetov in 95-odstotni{NBSP}interval zaupanja"]
    assert words(english, "key") == [f"odds ratio and 95%{NBSP}confidence interval"]
    assert words(english, "heading") == ["sex", "age group", "type of place"]
    inside = kzm.glm(noise, "highly_annoyed_road ~ age", family="binomial", where=noise.frame["sex"] == "female")
    assert inside.where == "sex=female"
    assert "le del anketiranih" in " ".join(words(forest(inside), "foot"))


def test_intervals_that_reach_over_the_scale_end_in_arrows():
    model = changed(made([30, 40, 50], [30, 30, 30], "abc"), [np.log(2), np.log(0.5)], [0.2, 4.0])
    figure = forest(model, FRAME)
    low, high = figure.axes[0].get_xlim()
    assert xs(figure, "below") == [low]
    assert xs(figure, "beyond") == [high]
    assert artist(figure, "beyond").get_ydata() == artist(figure, "ratio").get_ydata()[1]
    assert ends(figure)[1] == pytest.approx([low, high])
    assert "interval sega čez lestvico" in words(figure, "key")
    assert plain(words(figure, "value"))[2] == "0,50 (od < 0,001 do > 1.000)"
    assert xs(figure, "ratio") == pytest.approx([2, 0.5])


def test_a_ratio_beyond_the_scale_has_an_arrow_and_no_square():
    model = changed(made([30, 40, 50], [30, 30, 30], "abc"), [np.log(2), 12.0], [0.2, 0.3])
    figure = forest(model, FRAME)
    assert xs(figure, "ratio") == pytest.approx([2])
    assert len(xs(figure, "beyond")) == 1
    assert plain(words(figure, "value"))[2].startswith("> 1.000")
    assert faults(figure) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, 800.0, -800.0])
def test_what_cannot_be_estimated_is_said_and_never_drawn(value):
    model = changed(made([30, 40, 50], [30, 30, 30], "abc"), [np.log(2), value], [0.2, 0.3])
    figure = forest(model, FRAME)
    assert xs(figure, "ratio") == pytest.approx([2])
    assert len(ends(figure)) == 1
    assert named(figure, "below") == named(figure, "beyond") == []
    assert words(figure, "value")[2] == "ni ocenljivo"


def test_ratios_without_intervals_are_squares_alone():
    figure = forest(replace(made([30, 40], [30, 30]), df=0), FRAME)
    assert named(figure, "interval") == []
    assert xs(figure, "ratio") == pytest.approx([4 / 3])
    assert words(figure, "value")[1] == "1,33"
    assert words(figure, "key") == ["razmerje obetov"]


def test_a_level_of_a_handful_is_withheld_as_in_print():
    model = made([30, 40, 1], [30, 30, 3], "abc")  # four answers in c, five are needed
    figure = forest(model, FRAME)
    assert len(xs(figure, "ratio")) == 1
    assert words(figure, "value")[2] == "z – zaupno"
    assert f"{catalogue.text('sl', 'withheld')}." in words(figure, "foot")
    told = f"{model.odds_ratios['estimate'][1]:.2f}".replace(".", ",")
    assert not any(told in text.get_text() for text in figure.texts)


def test_a_level_with_a_small_base_is_hollow():
    figure = forest(made([30, 40, 10], [30, 30, 10], "abc"), FRAME)  # 20 answers in c, 30 are needed
    assert xs(figure, "small base") == pytest.approx([1.0])
    assert artist(figure, "small base").get_markerfacecolor() == "white"
    assert "majhna osnova" in words(figure, "key")


def test_poisson_and_ordinal_models_and_interactions(noise):
    rates = forest(kzm.glm(noise, "annoyance_overall ~ sex", family="poisson"))
    assert words(rates, "column") == ["razmerje stopenj"]
    model = kzm.ordinal(noise, "annoyance_road ~ sex * place_type + age")
    figure = forest(model)
    assert words(figure, "heading") == ["spol", "tip kraja", "spol × tip kraja"]
    assert words(figure, "label")[-2:] == ["ženske × predmestje", "ženske × podeželje"]
    assert "starost (na enoto)" in words(figure, "label")
    assert xs(figure, "ratio") == pytest.approx(model.odds_ratios["estimate"].tolist(), rel=1e-12)
    assert "ordinalnega" in " ".join(words(figure, "foot"))


def test_differences_of_a_linear_model_stand_around_zero(noise):
    model = kzm.glm(noise, "annoyance_overall ~ sex + place_type")
    figure = forest(model)
    slopes = model.frame.iloc[1:]
    assert figure.axes[0].get_xscale() == "linear"
    assert xs(figure, "ratio") == pytest.approx(slopes["estimate"].tolist(), abs=1e-12)
    assert {x for segment in artist(figure, "none").get_segments() for x in segment[:, 0]} == {0.0}
    assert plain(words(figure, "value"))[0] == "0 (referenca)"
    assert "od −" in words(figure, "value")[3]
    assert words(figure, "column") == ["razlika"]


def test_a_column_read_as_categories_keeps_its_label(noise):
    figure = forest(kzm.glm(noise, "highly_annoyed_road ~ C(sex, Treatment('female'))", family="binomial"))
    assert words(figure, "heading") == ["spol"]
    assert words(figure, "label") == ["ženske", "moški"]


def test_without_intercept_no_level_is_the_reference():
    frame = pd.DataFrame({"y": np.arange(80.0), "g": ["a", "b"] * 40})
    figure = forest(kzm.glm(kzm.SurveyDesign(frame), "y ~ 0 + g"), FRAME)
    assert words(figure, "label") == ["a", "b"]
    # Means of the even and of the odd numbers below 80.
    assert xs(figure, "ratio") == pytest.approx([39, 40])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_real_models_fit(noise, road, lang, width):
    places = kzm.glm(noise, "annoyance_overall ~ local_community", family="quasipoisson")
    for model in (road, places, kzm.glm(noise, "annoyance_overall ~ sex + age")):
        assert faults(forest(model, lang=lang, width=width)) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", [2, 5, 12])
@pytest.mark.parametrize("label", ["da", LONG, "x" * 60])
@pytest.mark.parametrize("spread", [0.1, 30.0])
def test_long_labels_and_wide_numbers_fit(width, count, label, spread):
    names = [f"{label} {i}" for i in range(count)]
    model = made([20] * count, [20] * count, names)
    figure = forest(changed(model, np.linspace(-9, 9, count - 1), [spread] * (count - 1)), FRAME, width=width)
    assert faults(figure) == []
    low, high = figure.axes[0].get_xlim()
    expected = [ratio for ratio in np.exp(np.linspace(-9, 9, count - 1)) if low <= ratio <= high]
    assert [x for line in named(figure, "ratio") for x in line.get_xdata()] == pytest.approx(expected)


def test_what_is_no_model_is_refused(noise):
    with pytest.raises(FindingError, match="a Model of glm or ordinal is needed, found DataFrame"):
        forest(pd.DataFrame(), FRAME)
    with pytest.raises(FindingError, match="has no predictors"):
        forest(kzm.glm(noise, "highly_annoyed_road ~ 1", family="binomial"))
    with pytest.raises(WithheldError, match="every coefficient of 'q ~ g' is withheld"):
        forest(made([30, 2], [30, 2]), FRAME)
    with pytest.raises(FindingError, match="has no sign for"):
        forest(made([30, 40], [30, 30], ("a", "\u8a9e")), FRAME)
    count = 40
    with pytest.raises(FindingError, match="a page takes 9"):
        forest(made([9] * count, [8] * count, [f"g{i}" for i in range(count)]), FRAME)


def test_an_unknown_width_is_refused(road):
    with pytest.raises(FindingError, match="unknown width of a figure 'third'"):
        forest(road, width="third")
