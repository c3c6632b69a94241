import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.plots.changes import dumbbell, slope
from kzm_surveys.plots.plotted import COLUMNS, csv_of, plotted
from tests.plots.made import battery, estimates, row

NUMBERS = ["estimate", "se", "ci_low", "ci_high"]


def answers(**counts):
    return kzm.SurveyDesign(pd.DataFrame({"q": [name for name, n in counts.items() for _ in range(n)]}))


def read(content):
    return pd.read_csv(io.BytesIO(content), encoding="utf-8-sig")


def by_category(table):
    return table.set_index("category")


def test_a_row_has_names_labels_and_unrounded_numbers(noise):
    found = kzm.proportion(noise, "annoyance_port", by="place_type")
    table = plotted(found)
    frame = found.frame
    assert len(table) == len(frame) == 15
    shown = table["flag"].str.contains("small_cell|secondary") == 0
    assert shown.sum() > 10
    for name in [*NUMBERS, "n"]:
        assert table[name][shown].tolist() == frame[name][shown].tolist()
    first = table.iloc[0]
    assert first[["variable", "category", "by", "by_category"]].tolist() == [
        "annoyance_port", "not_at_all", "place_type", "city",
    ]  # fmt: skip
    assert first[["variable_label", "category_label", "by_label", "by_category_label"]].tolist() == [
        "motečnost hrupa po virih: pristanišče", "sploh ne", "tip kraja", "mesto",
    ]  # fmt: skip
    assert first[["statistic", "base"]].tolist() == ["proportion", "answered"]


def test_labels_are_in_the_language_asked_for(noise):
    found = kzm.proportion(noise, "annoyance_port")
    assert (
        plotted(found, "en")["category_label"][0] == noise.survey.codebook["annoyance_port"].categories[0].label["en"]
    )


def test_options_of_a_set_have_their_own_labels(noise):
    table = plotted(kzm.multiple_response(noise, "coping"))
    assert table["category_label"][:2].tolist() == ["zaprem okna", "umaknem se v drug prostor"]


def test_columns_stand_in_one_order(noise):
    for data in (kzm.proportion(noise, "annoyance_port"), noise):
        columns = plotted(data).columns.tolist()
        assert columns == [name for name in COLUMNS if name in columns]


def test_several_results_of_a_figure_stand_below_each_other():
    items = battery(["ena", "dve"], ["a", "b"], [0.25, 0.75])
    table = plotted([items[0], [items[1], estimates([row(0.5, variable="z")])]])
    assert table["variable"].tolist() == ["q_i0", "q_i0", "q_i1", "q_i1", "z"]
    assert table["estimate"].tolist() == [0.25, 0.75, 0.25, 0.75, 0.5]


def test_results_inside_a_dataclass_are_found(noise):
    @dataclass
    class Block:
        heading: str
        design: kzm.SurveyDesign
        shares: object

    block = Block("h", noise, estimates([row(0.5)]))
    assert plotted([block])["estimate"].tolist() == [0.5]


def test_a_frame_is_returned_as_it_is():
    frame = pd.DataFrame({"a": [1]})
    assert plotted(frame) is frame


@pytest.mark.parametrize("data", [[], "words", 5, None, {"a": 1}])
def test_data_without_numbers_are_refused(data):
    with pytest.raises(FindingError, match="no estimates in the data, found"):
        plotted(data)


def test_withheld_numbers_are_empty_and_the_flag_says_why():
    rows = [row(0.4, 0.3, 0.5), row(0.02, 0.01, 0.04, flag="small_cell"), row(np.nan, flag="empty")]
    table = plotted(estimates(rows))
    assert table["estimate"][0] == 0.4
    assert table.loc[1:, NUMBERS].isna().all(axis=None)
    assert table["flag"].tolist() == ["", "small_cell", "empty"]


def test_a_single_withheld_share_cannot_be_found_from_the_others():
    # 3 of 100: withheld; 100 % less the others would be it, so the smallest other one is left out as well.
    table = by_category(plotted(kzm.proportion(answers(a=50, b=30, c=17, d=3), "q")))
    assert table["estimate"].dropna().to_dict() == {"a": 0.5, "b": 0.3}
    assert table.loc[["c", "d"], NUMBERS].isna().all(axis=None)
    assert table["flag"]["d"].startswith("small_cell")
    assert table["flag"]["c"].endswith("secondary")


def test_two_withheld_shares_protect_each_other():
    table = by_category(plotted(kzm.proportion(answers(a=50, b=43, c=4, d=3), "q")))
    assert table["estimate"].dropna().to_dict() == {"a": 0.5, "b": 0.43}


def test_shares_stacked_to_a_whole_are_left_out_together():
    hidden, whole = (
        kzm.proportion(answers(**n), "q") for n in ({"a": 50, "b": 43, "c": 4, "d": 3}, {"e": 60, "f": 40})
    )
    table = by_category(plotted([hidden, whole], together=True))
    assert table["estimate"].dropna().to_dict() == {"e": 0.6, "f": 0.4}
    assert table["n"].tolist() == [100] * 6


def test_shares_that_are_no_whole_stay():
    # Each option of a set is a question of its own.
    rows = [row(0.5, variable="a"), row(0.02, flag="small_cell", variable="b"), row(0.3, variable="c")]
    assert plotted(estimates(rows), together=True)["estimate"].dropna().tolist() == [0.5, 0.3]


@pytest.mark.parametrize("percent", ["column", "row", "total"])
def test_withheld_cells_of_a_cross_table_are_protected_where_the_shares_add_up(percent):
    # Only the 3 is withheld.
    counts = {"x": {"a": 3, "b": 20, "c": 30}, "y": {"a": 25, "b": 26, "c": 24}, "z": {"a": 26, "b": 27, "c": 28}}
    rows = [(q, g) for g, column in counts.items() for q, n in column.items() for _ in range(n)]
    design = kzm.SurveyDesign(pd.DataFrame(rows, columns=["q", "g"]))
    table = plotted(kzm.crosstab(design, "q", "g", percent=percent))
    hidden = {(r.category, r.by_category) for r in table.itertuples() if np.isnan(r.estimate)}
    beside = {"column": ("b", "x"), "row": ("a", "y"), "total": ("b", "x")}[percent]
    assert hidden == {("a", "x"), beside}


def test_change_between_waves():
    before, after = (
        kzm.proportion(answers(**n), "q") for n in ({"a": 20, "b": 77, "c": 3}, {"a": 40, "b": 50, "c": 10})
    )
    table = by_category(plotted(kzm.change(before, after)))
    assert table.loc["b", ["before", "after"]].tolist() == [0.77, 0.5]
    assert table["difference"]["b"] == pytest.approx(-0.27)
    assert table.loc[["a", "c"], ["before", "after", "difference", *NUMBERS[1:], "p_adjusted"]].isna().all(axis=None)
    assert table.loc["a", ["n_before", "n_after"]].tolist() == [100, 100]


def test_survival_as_far_as_enough_people_are_observed():
    # Everybody's time is known: 20 people, one event a month.
    design = kzm.SurveyDesign(pd.DataFrame({"months": range(1, 21), "stopped": [True] * 20}))
    table = plotted(kzm.kaplan_meier(design, "months", "stopped")).set_index("time")
    assert table["estimate"].iloc[:16].tolist() == pytest.approx([1 - month / 20 for month in range(1, 17)])
    assert table.loc[17:, [*NUMBERS, "n"]].isna().all(axis=None)  # 4 people are under observation
    # Before the second month 19 people: one has left, whom the number would show.
    assert table["n"].iloc[:6].isna().tolist() == [False, True, True, True, True, False]
    assert table["n"][6] == 15
    assert table["flag"][17] == "small_cell"


def test_odds_ratios_without_those_of_a_handful_of_people():
    rng = np.random.default_rng(1)
    group = np.array(["a"] * 60 + ["b"] * 60 + ["c"] * 3)
    frame = pd.DataFrame({"y": np.where(rng.random(123) < 0.5, "yes", "no"), "g": group})
    frame.loc[120, "y"], frame.loc[121, "y"] = "yes", "no"
    model = kzm.glm(kzm.SurveyDesign(frame), "y ~ g", family="binomial")
    table = plotted(model).set_index("variable")
    ratios = model.odds_ratios.set_index("term")
    assert table["estimate"]["g[b]"] == ratios["estimate"]["g[b]"]
    assert table.loc["g[c]", ["estimate", "ci_low", "ci_high"]].isna().all()
    assert table["flag"].to_dict() == {"g[b]": "", "g[c]": "small_cell"}
    assert set(table["statistic"]) == {"odds_ratio"}


def test_terms_of_a_model_have_labels(noise):
    table = plotted(kzm.glm(noise, "highly_annoyed_port ~ place_type", family="binomial"))
    assert table["variable_label"].tolist() == ["tip kraja: predmestje", "tip kraja: podeželje"]


@pytest.mark.parametrize("of", ["design", "record"])
def test_margins_before_in_the_population_and_after(noise, of):
    table = plotted(noise if of == "design" else noise.weighting)
    margins = noise.weighting.margins
    for name in ("variable", "category", "n", "before", "target", "after"):
        assert table[name].tolist() == margins[name].tolist()
    labels = table["category_label"].tolist()
    assert labels[0] == ("moški, 18–39\u00a0let" if of == "design" else "male, 18_39")


def test_small_groups_of_a_margin_are_empty_with_the_one_that_gives_them_away():
    frame = pd.DataFrame({"g": ["a"] * 3 + ["b"] * 40 + ["c"] * 57})
    design = kzm.rake(kzm.SurveyDesign(frame), kzm.Margins({"g": {"a": 0.2, "b": 0.3, "c": 0.5}}))
    table = by_category(plotted(design))
    assert table["before"].dropna().to_dict() == {"c": 0.57}
    assert table.loc[["a", "b"], ["before", "after", "n"]].isna().all(axis=None)
    assert table["target"].tolist() == pytest.approx([0.2, 0.3, 0.5])


def test_csv_is_read_back_to_the_last_digit(noise):
    table = plotted(kzm.proportion(noise, "annoyance_port", by="place_type"))
    back = read(csv_of(table, foot="Osnova: vsi. Vir: sintetični podatki"))
    for name in [*NUMBERS, "n"]:
        np.testing.assert_array_equal(back[name], table[name])
    assert back["category_label"].tolist() == table["category_label"].tolist()
    assert set(back["base_and_source"]) == {"Osnova: vsi. Vir: sintetični podatki"}


def test_csv_has_a_byte_order_mark_and_lines_of_rfc_4180():
    content = csv_of(pd.DataFrame({"a": ['š "b", c', "d"], "x": [0.1, np.nan]}), foot="Vir")
    assert content == '\ufeffa,x,base_and_source\r\n"š ""b"", c",0.1,Vir\r\nd,,Vir\r\n'.encode()
    assert csv_of(pd.DataFrame({"x": [1]})) == b"\xef\xbb\xbfx\r\n1\r\n"


def test_words_cannot_become_formulas_and_numbers_stay_numbers():
    frame = pd.DataFrame({"=a": ["=1+1", "@x", "-b", None], "x": [-0.5, 1.0, 2.0, np.nan]})
    lines = csv_of(frame, foot="+1").decode("utf-8-sig").splitlines()
    assert lines == ["'=a,x,base_and_source", "'=1+1,-0.5,'+1", "'@x,1,'+1", "'-b,2,'+1", ",,'+1"]


def test_an_empty_frame_is_its_header():
    assert csv_of(pd.DataFrame({"a": []})) == b"\xef\xbb\xbfa\r\n"


@pytest.mark.parametrize("kind", [dumbbell, slope])
def test_a_change_leaves_out_the_same_rows_in_the_table_as_in_the_figure(kind):
    # Only 2 of "d" answered before. Beside it "b" has the smallest share before, "c" the smallest of the larger ones.
    waves = ({"a": 50, "b": 20, "c": 28, "d": 2}, {"a": 45, "b": 30, "c": 10, "d": 15})
    found = kzm.change(*(kzm.proportion(answers(**counts), "q") for counts in waves))
    drawn = {float(y) for axes in kind(found).axes for each in axes.lines for place in each.get_xydata() for y in place}
    table = by_category(plotted(found))
    assert table["before"].dropna().to_dict() == {"a": 0.5, "b": 0.2}
    assert {0.5, 0.2} <= drawn
    assert not {0.28, 0.02} & drawn


def test_a_linear_model_has_its_differences(noise):
    model = kzm.glm(noise, "annoyance_overall ~ place_type", family="gaussian")
    table = plotted(model)
    assert table["estimate"].tolist() == model.frame["estimate"][1:].tolist()
    assert set(table["statistic"]) == {"difference"}


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "object"])
def test_missing_values_of_every_type_are_empty(dtype):
    frame = pd.DataFrame({"a": pd.array([1, None], dtype=dtype)})
    assert csv_of(frame).decode("utf-8-sig").splitlines()[2] in ("", '""')


def test_columns_of_one_name_are_both_written():
    assert csv_of(pd.DataFrame([[1, "b"]], columns=["a", "a"])).decode("utf-8-sig") == "a,a\r\n1,b\r\n"
