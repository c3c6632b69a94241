import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kzm_surveys import EstimationError, SurveyDesign, mean, proportion, rake
from kzm_surveys.estimation.change import change
from kzm_surveys.estimation.printed import as_html, as_text
from tests.golden import design, margins

COLUMNS = [
    "variable", "category", "by", "by_category", "statistic", "before", "after", "difference", "se", "ci_low",
    "ci_high", "df", "p_value", "p_adjusted", "n_before", "n_after", "flag",
]  # fmt: skip
EARLY = pd.DataFrame({"y": [1.0, 2, 3, 6], "q": list("aabb"), "g": list("xyxy")})
LATE = pd.DataFrame({"y": [4.0, 5, 9, 7, 5], "q": list("abbbb"), "g": list("xyxyx")})


def waves(verb, variable, early=EARLY, late=LATE, **options):
    return verb(SurveyDesign(early), variable, **options), verb(SurveyDesign(late), variable, **options)


def test_without_design_it_is_welchs_t_test():
    # scipy's textbook Welch test: se² = s²/n of each, df of Welch and Satterthwaite.
    frame = change(*waves(mean, "y")).frame
    welch = stats.ttest_ind(LATE["y"], EARLY["y"], equal_var=False)
    row = frame.iloc[0]
    assert frame.columns.tolist() == COLUMNS
    assert row["difference"] == pytest.approx(6 - 3)
    assert row["difference"] / row["se"] == pytest.approx(welch.statistic)
    assert (row["df"], row["p_value"]) == pytest.approx((welch.df, welch.pvalue))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(welch.confidence_interval(0.95)))
    assert (row["before"], row["after"], row["n_before"], row["n_after"]) == (3, 6, 4, 5)


def test_both_samples_in_one_r_design_have_the_same_error_and_the_sum_of_the_degrees_of_freedom():
    # both <- rbind(data.frame(api00 = apistrat$api00, pw = apistrat$pw, stratum = as.character(apistrat$stype),
    #                          fpc = apistrat$fpc, wave = "a", cl = 1:200 + 10000),
    #               data.frame(api00 = apiclus1$api00, pw = apiclus1$pw, stratum = "all", fpc = 757, wave = "b",
    #                          cl = apiclus1$dnum))
    # d <- svydesign(id = ~cl, strata = ~stratum, weights = ~pw, fpc = ~fpc, data = both)
    # svycontrast(svyby(~api00, ~wave, d, svymean, covmat = TRUE), c(-1, 1)); degf(d)
    found = change(mean(design("dstrat"), "api00"), mean(design("dclus1"), "api00"), df="sum").frame.iloc[0]
    expected = (-18.117964252216893, 25.352815699922257, 211)
    np.testing.assert_allclose((found["difference"], found["se"], found["df"]), expected, rtol=1e-8)


def test_every_row_is_compared_with_the_row_of_its_name():
    turned = LATE.iloc[::-1]  # the categories come in another order
    turned = turned.assign(q=pd.Categorical(turned["q"], ["b", "a"]), g=pd.Categorical(turned["g"], ["y", "x"]))
    frame = change(*waves(proportion, "q", late=turned, by="g")).frame
    assert frame["before"].tolist() == [0.5] * 4
    found = frame.set_index(["by_category", "category"])["after"].to_dict()
    assert found == pytest.approx({("x", "a"): 1 / 3, ("x", "b"): 2 / 3, ("y", "a"): 0, ("y", "b"): 1})


def test_p_values_are_corrected_for_the_number_of_rows():
    # Holm on two rows: twice the smaller p; the larger p, but not less than that.
    late = pd.DataFrame({"y": [8.0, 2, 9, 9, 7, 3], "g": list("xyxyxy")})
    pair = waves(mean, "y", late=late, by="g")
    p, q = change(*pair, correction="none").frame["p_value"]
    assert p < q
    assert change(*pair).frame["p_adjusted"].tolist() == pytest.approx([2 * p, max(2 * p, q)])
    assert change(*pair, correction="none").frame["p_adjusted"].tolist() == [p, q]


def test_degrees_of_freedom_by_other_rules():
    # 4 - 1 before, 5 - 1 after
    pair = waves(mean, "y")
    assert change(*pair, df="sum").frame["df"].tolist() == [7]
    assert change(*pair, df="smaller").frame["df"].tolist() == [3]


def test_a_share_of_0_in_one_wave_takes_its_error_and_df_from_the_other():
    none = LATE.assign(q=pd.Categorical(["b"] * 5, ["a", "b"]))
    row = change(*waves(proportion, "q", late=none)).frame.iloc[0]
    # half of 4: √(0.25/3), df 3
    assert (row["difference"], row["se"], row["df"]) == pytest.approx((-0.5, math.sqrt(0.25 / 3), 3))


def test_without_sampling_variance_in_both_waves_there_is_no_test():
    same = [frame.assign(q=pd.Categorical(["a"] * len(frame), ["a", "b"])) for frame in (EARLY, LATE)]
    frame = change(*waves(proportion, "q", *same)).frame
    assert frame["difference"].tolist() == [0, 0]
    assert frame[["ci_low", "ci_high", "df", "p_value", "p_adjusted"]].isna().all(axis=None)


def test_an_opt_in_wave_has_differences_but_no_inference_and_says_why():
    before = mean(SurveyDesign(EARLY), "y")
    found = change(before, mean(SurveyDesign(LATE, sampling="opt_in"), "y"))
    assert found.frame["difference"].tolist() == pytest.approx([3])
    assert found.frame[["se", "ci_low", "ci_high", "df", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert "the sample after is opt-in (AAPOR)" in repr(found)
    assert "the sample after is opt-in" in found._repr_html_()
    argued = SurveyDesign(LATE, sampling="opt_in", justification="quotas by age and sex")
    found = change(before, mean(argued, "y"))
    assert "inference after rests on: quotas by age and sex" in repr(found)
    assert found.frame["p_value"].notna().all()


def test_a_flag_of_either_wave_stands():
    many = pd.DataFrame({"y": np.arange(100.0)})
    (early,) = mean(SurveyDesign(EARLY), "y").frame["flag"]
    assert mean(SurveyDesign(many), "y").frame["flag"].tolist() == [""]
    assert "small_base" in early
    assert change(*waves(mean, "y", late=many)).frame["flag"].tolist() == [early]
    assert change(*waves(mean, "y", many, EARLY)).frame["flag"].tolist() == [early]
    assert change(*waves(mean, "y")).frame["flag"].tolist() == [early]


def test_a_row_of_one_wave_only_is_named_or_left_out_with_a_note():
    more = LATE.assign(q=list("abbcb"))
    with pytest.raises(EstimationError, match=r"1 rows stand only after: q/c/proportion\. .* rows='common'"):
        change(*waves(proportion, "q", late=more))
    found = change(*waves(proportion, "q", late=more), rows="common")
    assert found.frame["category"].tolist() == ["a", "b"]
    assert "only after, left out: q/c/proportion" in repr(found)


def test_what_cannot_be_compared_says_why():
    before, after = waves(mean, "y")
    with pytest.raises(EstimationError, match="same sample"):
        change(before, before)
    strat = design("dstrat")
    with pytest.raises(EstimationError, match="same sample"):
        change(mean(strat, "api00"), mean(rake(strat, margins("pop.schwide")), "api00"))
    with pytest.raises(EstimationError, match=r"level is 0.95 before and 0.9 after"):
        change(before, mean(SurveyDesign(LATE), "y", level=0.9))
    with pytest.raises(EstimationError, match="base is answered before and asked after"):
        change(proportion(SurveyDesign(EARLY), "q"), proportion(SurveyDesign(LATE), "q", base="asked"))
    with pytest.raises(EstimationError, match="stand only before"):
        change(before, proportion(SurveyDesign(LATE), "q"))
    with pytest.raises(EstimationError, match="no row in common"):
        change(before, proportion(SurveyDesign(LATE), "q"), rows="common")
    with pytest.raises(EstimationError, match="unknown df 'min'"):
        change(before, after, df="min")
    with pytest.raises(EstimationError, match="unknown rows 'some'"):
        change(before, after, rows="some")
    with pytest.raises(EstimationError, match="unknown correction 'bonferroni'"):
        change(before, after, correction="bonferroni")


def test_print_shows_both_waves_the_corrected_p_and_withholds_small_cells():
    early = pd.DataFrame({"q": ["a"] * 50 + ["b"] * 47 + ["c"] * 3})
    late = pd.DataFrame({"q": ["a"] * 80 + ["b"] * 60 + ["c"] * 60})
    found = change(*(proportion(SurveyDesign(frame), "q") for frame in (early, late)))
    lines = [line.replace("\u00a0", " ") for line in as_text(found, width=100).splitlines()]
    first, third = (next(line for line in lines if line.startswith(name)) for name in "ac")
    # 50 of 100 and 80 of 200: 10 points less, standard error √(0.25/99 + 0.24/199) = 6.1 points.
    assert first.split()[1:4] == ["50.0%", "40.0%", "−10.0"]
    assert "100" in first
    assert "200" in first
    assert "3.0" not in third
    assert "30.0" not in third
    assert third.split()[1:4] == ["z", "z", "z"]
    assert any("Holm's correction" in line for line in lines)
    slovenian = as_text(found, width=100, lang="sl")
    assert "razlika" in slovenian
    assert "Holmov popravek" in slovenian
    assert '<th scope="row">a</th>' in as_html(found)
