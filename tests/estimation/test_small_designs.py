"""Small designs in which random comparison with R found a difference. Expected values: R 4.2.2, survey 4.1-1."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import Margins, SurveyDesign, crosstab, glm, mean, poststratify, quantile, replicates, total
from kzm_surveys.estimation.variance import degrees_of_freedom

#: All three units of the first stratum were taken.
COMPLETE = pd.DataFrame(
    {
        "y": [1.0, 2, 6, 4, 5, 9, 7, 3],
        "s": [1, 1, 1, 2, 2, 2, 2, 2],
        "size": [3, 3, 3, 20, 20, 20, 20, 20],
        "h": list("abababab"),
        "q": list("uuvvuvvu"),
    }
)
H = Margins({"h": {"a": 12.0, "b": 11.0}})


def test_given_replicates_meet_a_share_with_the_weights_as_they_are() -> None:
    # svyquantile(~y, svrepdesign(data = X, weights = ~w, repweights = W, combined.weights = TRUE, type = "other",
    #   scale = 1, rscales = 1), c(.25, .5, .75), qrule = "school"); svydesign(id = ~1, weights = ~w) has 3.5 at .75
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4], "w": 3.8})
    weights = np.full((4, 3), 3.8)
    weights[range(3), range(3)] = 0
    given = SurveyDesign(frame, "w", replicate_weights=weights)
    shares = [0.25, 0.5, 0.75]
    assert quantile(given, "y", shares, rule="school").frame["estimate"].tolist() == [1.5, 2.5, 4.0]
    assert quantile(SurveyDesign(frame, "w"), "y", shares, rule="school").frame["estimate"].tolist() == [1.5, 2.5, 3.5]


def test_a_lonely_stratum_outside_the_domain_is_no_error() -> None:
    # options(survey.lonely.psu = "fail"); svymean(~y, subset(svydesign(id = ~1, strata = ~s, weights = ~w), s == 1))
    frame = pd.DataFrame({"y": [1.0, 2, 6, 4], "s": [1, 1, 1, 2], "w": [2.0, 2, 2, 3]})
    row = mean(SurveyDesign(frame, "w", strata="s"), "y", where=frame["s"] == 1).frame.iloc[0]
    assert (row["estimate"], row["se"]) == pytest.approx((3, 1.527525231651947), rel=1e-12)


def test_a_lonely_second_stage_unit_outside_the_domain_is_no_error() -> None:
    # svymean(~y, subset(svydesign(id = ~c + k, fpc = ~f + f), c < 3)); cluster 3 has one second-stage unit
    frame = pd.DataFrame({"y": [1.0, 2, 6, 4, 5, 7], "c": [1, 1, 2, 2, 3, 3], "k": [1, 2, 3, 4, 5, 5], "f": 0.5})
    row = mean(SurveyDesign(frame, psu=["c", "k"], fpc=["f", "f"]), "y", where=frame["c"] < 3).frame.iloc[0]
    assert (row["estimate"], row["se"]) == pytest.approx((3.25, 1.107502821666834), rel=1e-12)


def test_a_stratum_taken_as_a_whole_gives_a_jackknife_no_degrees_of_freedom() -> None:
    # J <- as.svrepdesign(svydesign(id = ~1, strata = ~s, fpc = ~size), type = "JKn")
    # degf(J); confint(svymean(~y, J), df = degf(J))
    jackknife = replicates(SurveyDesign(COMPLETE, strata="s", fpc="size"))
    row = mean(jackknife, "y").frame.iloc[0]
    assert row["df"] == 4
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((3.008960355106707, 7.512778775328076), rel=1e-12)


def test_rows_without_weight_leave_a_jackknife_the_rank_of_its_weights() -> None:
    # degf(as.svrepdesign(svydesign(id = ~1, strata = ~s, weights = ~w), type = "JKn"))
    frame = COMPLETE.assign(w=[1.0, 2, 0, 2, 3, 0, 1, 2])
    assert degrees_of_freedom(replicates(SurveyDesign(frame, "w", strata="s")), None) == 5


def test_totals_of_a_weighted_jackknife_vary_as_the_mean_does() -> None:
    # 23 * SE(svymean(~y, postStratify(J, ~h, ...))): the population is 23 in every replicate. R's SE(svytotal) of the
    # same is 20.796, because it drops the rows of the complete stratum, whose weights vary since the weighting.
    weighted = poststratify(replicates(SurveyDesign(COMPLETE, strata="s", fpc="size")), H)
    assert total(weighted, "y").frame["se"].item() == pytest.approx(20.06915658213787, rel=1e-12)


def test_pearsons_statistic_in_a_domain_of_a_weighted_jackknife_counts_its_rows() -> None:
    # x <- svychisq(~q + h, subset(postStratify(J, ~h, ...), y > 1), statistic = "Chisq"), stratum 1 being of 9
    frame = COMPLETE.assign(size=[9, 9, 9, 20, 20, 20, 20, 20])
    weighted = poststratify(replicates(SurveyDesign(frame, strata="s", fpc="size")), H)
    test = crosstab(weighted, "q", "h", test="chisq", where=frame["y"] > 1).test
    assert test is not None
    assert (test.statistic, test.p_value) == pytest.approx((0.07585207034032815, 0.8091279906533568), rel=1e-9)


def test_rows_without_weight_do_not_vary_after_poststratification() -> None:
    # SE(svytotal(~y, postStratify(subset(D, w > 0), ~h, data.frame(h = c("a", "b"), Freq = c(10, 12)))))
    # Without the subset R gives 25.386: it takes the stratum's mean off the rows of no weight too.
    frame = pd.DataFrame({"y": [1.0, 2, 6, 4, 5, 9], "h": list("aaabbb"), "w": [2.0, 0, 1, 3, 1, 2]})
    weighted = poststratify(SurveyDesign(frame, "w"), Margins({"h": {"a": 10.0, "b": 12.0}}))
    assert total(weighted, "y").frame["se"].item() == pytest.approx(25.24604846234283, rel=1e-12)


def test_a_regression_of_large_numbers_that_vary_little_converges() -> None:
    # svyglm(I(y - 1e6) ~ x, svydesign(id = ~1, weights = ~1)); with y itself R has the same to nine digits
    frame = pd.DataFrame({"y": [1000000.125, 999999.875, 1000000.625, 1000000.125], "x": [0.0, 4, 3, 4]})
    found = glm(SurveyDesign(frame), "y ~ x").frame
    assert found["estimate"][1] == pytest.approx(-0.01744186046511626, rel=1e-6)
    assert found["se"].tolist() == pytest.approx([0.1560817525714354, 0.05252440577351007], rel=1e-6)
