"""What every row tells beside its estimate: base, cell, degrees of freedom, design effect, by hand."""

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, Margins, SurveyDesign
from kzm_surveys.estimation.replication import replicates

NAN = float("nan")


def villages():
    """Stratum A: villages 1-3, stratum B: 4-6. The only "z" of B has no weight; the last row belongs to no group."""
    rows = [
        # stratum village weight g q y
        ("A", 1, 2, "x", "a", 1), ("A", 1, 2, "x", "b", 2), ("A", 2, 1, "x", None, NAN), ("A", 2, 3, "y", "a", 4),
        ("A", 3, 2, "y", "b", 5), ("B", 4, 1, "x", "a", 6), ("B", 4, 4, "y", "a", 7), ("B", 5, 2, "y", None, 8),
        ("B", 5, 0, "z", "b", 9), ("A", 1, 1, "z", "b", 1), ("B", 6, 5, None, "b", 3),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["stratum", "village", "weight", "g", "q", "y"])


def design(**changes):
    return SurveyDesign(villages().assign(**changes), "weight", strata="stratum", psu="village")


def test_degrees_of_freedom_are_villages_less_strata_of_each_group():
    # x lives in villages 1, 2, 4 of two strata: 1, the one without an answer included. y: 2, 3, 4, 5: 2. z with weight
    # only in village 1: 0. Everybody with weight: 6 villages less 2.
    for found in (kzm.mean(design(), "y", by="g"), kzm.proportion(design(), "q", by="g", categories=["a"])):
        assert found.frame["df"].tolist() == [1, 2, 0]
        assert np.isnan(found.frame.loc[2, "ci_low"])
    assert kzm.proportion(design(), "q").frame["df"].tolist() == [4, 4]
    assert kzm.crosstab(design(), "q", "g", test=None).estimates.frame["df"].tolist() == [1, 1, 2, 2, 0, 0]
    assert kzm.crosstab(design(), "q", "g", percent="total", test=None).estimates.frame["df"].tolist() == [4] * 6
    # a: villages 1, 2, 4: 1. b: 1, 3, 6 (5 has no weight): 1.
    rows = kzm.crosstab(design(), "q", "g", percent="row", test=None).estimates
    assert rows.frame["df"].tolist() == [1] * 6


def test_degrees_of_freedom_of_rows_as_units():
    weighted = SurveyDesign(villages(), "weight")
    assert kzm.mean(weighted, "y", by="g").frame["df"].tolist() == [4 - 1, 4 - 1, 0]
    assert kzm.mean(weighted, "y").row().df == 10 - 1  # who has no answer counts, who has no weight does not
    by_stratum = SurveyDesign(villages(), "weight", strata="stratum")
    assert kzm.mean(by_stratum, "y", by="g").frame["df"].tolist() == [2, 2, 0]


def test_degrees_of_freedom_are_the_same_after_weighting_and_in_made_replicates():
    margins = Margins({"stratum": {"A": 20, "B": 30}})
    for made in (kzm.rake(design(), margins), replicates(design()), kzm.rake(replicates(design()), margins)):
        found = kzm.proportion(made, "q", by="stratum").frame
        assert found["df"].tolist() == [2] * 4  # three villages in each stratum
        assert kzm.mean(made, "y").row().df == 4


def test_bases_count_who_has_weight_and_an_answer():
    found = kzm.proportion(design(), "q", by="g")
    assert found.frame["n"].tolist() == [3, 3, 3, 3, 1, 1]
    assert found.cell_n.tolist() == [2, 1, 2, 1, 0, 1]
    asked = kzm.proportion(design(), "q", by="g", base="asked")
    assert asked.frame["n"].tolist() == [4, 4, 4, 4, 1, 1]
    assert asked.cell_n.tolist() == [2, 1, 2, 1, 0, 1]
    net = kzm.proportion(design(), "q", where=villages()["stratum"] == "A", categories=["b", "a"])
    assert (net.frame["n"].tolist(), net.cell_n.tolist(), net.frame["category"].tolist()) == ([5], [5], ["b+a"])
    number = kzm.mean(design(), "y", by="g")
    assert number.frame["n"].tolist() == number.cell_n.tolist() == [3, 4, 1]
    counts = kzm.total(design(), "q", by="g")
    assert counts.frame["n"].tolist() == [3, 3, 3, 3, 1, 1]


def test_estimates_by_hand():
    found = kzm.proportion(design(), "q", by="g")
    # x: weights 2 a, 2 b, 1 a. y: 3 a, 2 b, 4 a. z: 1 b.
    assert found.frame["estimate"].tolist() == pytest.approx([3 / 5, 2 / 5, 7 / 9, 2 / 9, 0, 1])
    asked = kzm.proportion(design(), "q", by="g", base="asked")
    assert asked.frame["estimate"].tolist() == pytest.approx([3 / 6, 2 / 6, 7 / 11, 2 / 11, 0, 1])
    assert kzm.total(design(), "q", by="g").frame["estimate"].tolist() == [3, 2, 7, 2, 0, 1]
    totals = kzm.total(design(), "y", by="g").frame["estimate"].tolist()
    assert totals == pytest.approx([2 + 4 + 6, 12 + 10 + 28 + 16, 1])


def test_design_effects_with_and_without_replacement():
    # Four of twenty: s² = 14/3. A simple random sample without replacement has s²/4·(1 - 4/20), this design, without
    # fpc, has s²/4; with the correction it is the other way round.
    frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0], "w": [5.0] * 4, "N": [20] * 4})
    for estimator in (kzm.mean, kzm.total):
        plain, finite = SurveyDesign(frame, "w"), SurveyDesign(frame, fpc="N")
        assert estimator(plain, "y", deff="with").row().deff == pytest.approx(1)
        assert estimator(plain, "y", deff="without").row().deff == pytest.approx(1 / 0.8)
        assert estimator(finite, "y", deff="with").row().deff == pytest.approx(0.8)
        assert estimator(finite, "y").row().deff == pytest.approx(1)
        assert estimator(finite, "y", deff="with").row().n_eff == pytest.approx(4 / 0.8)
    relative = SurveyDesign(frame.assign(w=1.0), "w")
    assert kzm.mean(relative, "y").row().deff == kzm.mean(relative, "y", deff="with").row().deff == pytest.approx(1)


def test_a_share_of_nothing_or_all_has_no_design_effect_but_kish():
    # Weights 1, 3: (1 + 3)²/(1 + 9) = 1.6.
    frame = pd.DataFrame({"q": ["a", "a"], "w": [1.0, 3.0]})
    found = kzm.proportion(SurveyDesign(frame.astype({"q": pd.CategoricalDtype(["a", "b"])}), "w"), "q")
    assert found.frame["estimate"].tolist() == [1, 0]
    assert found.frame["deff"].isna().all()
    assert found.frame["n_eff"].tolist() == pytest.approx([1.6, 1.6])


def test_a_group_of_nobody_is_named_empty_and_has_no_numbers():
    groups = pd.Categorical(["x", "x", "y", "y"], categories=["x", "nobody", "y"])
    frame = pd.DataFrame({"q": ["a", "b", "a", "b"], "y": [1.0, 2, 3, 4], "g": groups})
    weights = np.random.default_rng(0).uniform(1, 2, (4, 6))
    for made in (SurveyDesign(frame), SurveyDesign(frame, replicate_weights=weights)):
        for found in (kzm.mean(made, "y", by="g"), kzm.proportion(made, "q", by="g")):
            empty = found.frame[found.frame["by_category"] == "nobody"]
            assert empty[["estimate", "se", "ci_low", "ci_high", "deff"]].isna().all(axis=None)
            assert (empty["n"] == 0).all()
            assert empty["flag"].str.startswith("empty").all()
            others = found.frame[found.frame["by_category"] != "nobody"]
            assert others[["estimate", "se"]].notna().all(axis=None)


def test_a_ratio_to_nothing_is_no_number_and_has_no_standard_error():
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4], "x": [1.0, -1, 2, 2], "g": list("aabb")})
    found = kzm.ratio(SurveyDesign(frame), "y", "x", by="g").frame
    assert found.loc[0, ["estimate", "se", "ci_low", "ci_high"]].isna().all()
    assert found.loc[1, "estimate"] == 7 / 4


@pytest.mark.parametrize("estimator", [kzm.mean, kzm.total])
def test_an_unknown_base_is_refused(estimator):
    with pytest.raises(EstimationError, match="base"):
        estimator(SurveyDesign(pd.DataFrame({"y": [1.0, 2.0]})), "y", base="everybody")


# --- lonely_psu="average" counts the strata of the domain ---

LONELY = pd.DataFrame({
    "s": [1, 2, 3, 3, 3, 4, 4, 4], "q": ["a", "b", "a", "b", "a", "a", "b", "b"], "y": [1.0, 5, 2, 7, 4, 3, 9, 6],
    "w": [2.0, 3, 1, 2, 3, 4, 5, 6], "x": [True] * 5 + [False] * 3,
})  # fmt: skip


def test_average_over_lonely_strata_equals_r():
    # options(survey.lonely.psu = "average"); des <- svydesign(~1, strata = ~s, weights = ~w, data = d)
    made = SurveyDesign(LONELY, "w", strata="s", lonely_psu="average")
    # vcov(svytotal(~q, des)): nobody in stratum 2 said a, which is a zero, not a missing stratum.
    np.testing.assert_allclose(kzm.total(made, "q").covariance, [[46, -52], [-52, 70]], rtol=1e-10)
    # SE(svymean(~y, des))^2; y[1] <- NA and na.rm = TRUE; SE(svymean(~y, subset(des, x)))^2
    assert kzm.mean(made, "y").row().se ** 2 == pytest.approx(1.84806204265, rel=1e-10)
    gap = SurveyDesign(LONELY.assign(y=LONELY["y"].mask(LONELY.index == 0)), "w", strata="s", lonely_psu="average")
    assert kzm.mean(gap, "y").row().se ** 2 == pytest.approx(1.59288194444, rel=1e-10)
    assert kzm.mean(made, "y", where="x").row().se ** 2 == pytest.approx(1.27634724404, rel=1e-10)
    # vcov(svytotal(~q, subset(des, x)))
    np.testing.assert_allclose(kzm.total(made, "q", where="x").covariance, [[21, -12], [-12, 12]], rtol=1e-10)


def test_a_lonely_stratum_of_the_domain_is_refused_whatever_its_values():
    # svytotal(~u, des) with options(survey.lonely.psu = "fail"): "Stratum (1) has only one PSU at stage 1"; its zero is
    # an answer. A lonely stratum outside the domain says nothing about it.
    made = SurveyDesign(LONELY.assign(u=LONELY["y"].where(LONELY["s"] > 2, 0.0)), "w", strata="s")
    with pytest.raises(EstimationError, match="one sampling unit"):
        kzm.total(made, "u")
    assert kzm.total(made, "u", where=LONELY["s"] > 2).row().se > 0
