import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kzm_surveys import EstimationError, SurveyDesign, crosstab, proportion

# Counts          x  y        weights 1 in x, 2 in y
#            a    3  1
#            b    1  2
#            c    0  3
ANSWERS = [("a", "x")] * 3 + [("a", "y"), ("b", "x")] + [("b", "y")] * 2 + [("c", "y")] * 3
FRAME = pd.DataFrame([*ANSWERS, (None, "x"), ("a", None)], columns=["q", "g"])
FRAME["weight"] = np.where(FRAME["g"] == "y", 2.0, 1.0)


def shares(percent):
    frame = crosstab(SurveyDesign(FRAME, "weight"), "q", "g", percent=percent).estimates.frame
    assert set(frame["statistic"]) == {f"{percent}_proportion"}
    assert (set(frame["variable"]), set(frame["by"])) == ({"q"}, {"g"})
    return frame.set_index(["category", "by_category"])["estimate"].to_dict()


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        ("column", {"ax": 3 / 4, "bx": 1 / 4, "cx": 0, "ay": 1 / 6, "by": 2 / 6, "cy": 3 / 6}),
        ("row", {"ax": 3 / 5, "bx": 1 / 5, "cx": 0, "ay": 2 / 5, "by": 4 / 5, "cy": 1}),
        ("total", {"ax": 3 / 16, "bx": 1 / 16, "cx": 0, "ay": 2 / 16, "by": 4 / 16, "cy": 6 / 16}),
    ],
)
def test_percentages_are_those_counted_by_hand(percent, expected):
    assert shares(percent) == pytest.approx({tuple(cell): share for cell, share in expected.items()})


def test_counts_hold_every_cell_also_the_empty_one():
    counts = crosstab(SurveyDesign(FRAME, "weight"), "q", "g").counts
    assert counts.columns.tolist() == ["row", "column", "n", "weighted"]
    assert counts.values.tolist() == [
        ["a", "x", 3, 3.0],
        ["a", "y", 1, 2.0],
        ["b", "x", 1, 1.0],
        ["b", "y", 2, 4.0],
        ["c", "x", 0, 0.0],
        ["c", "y", 3, 6.0],
    ]


def test_column_percentages_are_proportions_by_the_column_variable():
    design = SurveyDesign(FRAME, "weight")
    found, expected = crosstab(design, "q", "g").estimates, proportion(design, "q", by="g")
    columns = ["category", "by_category", "estimate", "se", "ci_low", "ci_high", "n"]
    pd.testing.assert_frame_equal(found.frame[columns], expected.frame[columns])
    np.testing.assert_allclose(found.covariance, expected.covariance)


def test_without_design_the_test_is_pearsons():
    # V = (D - pp')/(n-1) and contrasts sum to 0, so Δ = n/(n-1)·I:
    # F = X²·(n-1)/n/d on d = (r-1)(c-1) and d·(n-1).
    # Table 4 2 / 1 5: X² = 12·(4·5 - 2·1)²/(6·6·5·7) = 3888/1260.
    frame = pd.DataFrame({"q": list("aaaaaabbbbbb"), "g": list("xxxxyyxyyyyy")})
    test = crosstab(SurveyDesign(frame), "q", "g").test
    assert test.statistic == pytest.approx(3888 / 1260 * 11 / 12)
    assert (test.df_num, test.df_den) == pytest.approx((1, 11))
    # Table 4 2 3 / 1 5 2 by scipy's textbook Pearson test.
    frame = pd.DataFrame({"q": ["a"] * 9 + ["b"] * 8, "g": list("xxxxyyzzzxyyyyyzz")})
    pearson = stats.chi2_contingency([[4, 2, 3], [1, 5, 2]], correction=False).statistic
    test = crosstab(SurveyDesign(frame), "q", "g").test
    assert test.statistic == pytest.approx(pearson * 16 / 17 / 2)
    assert (test.df_num, test.df_den) == pytest.approx((2, 32))


def test_p_value_is_the_upper_tail_of_f():
    test = crosstab(SurveyDesign(FRAME, "weight"), "q", "g").test
    assert test.p_value == pytest.approx(stats.f.sf(test.statistic, test.df_num, test.df_den), rel=1e-10)
    assert test.df_den == pytest.approx(test.df_num * 11)  # twelve rows, two of them without an answer, as in R


def test_rows_and_columns_may_change_places():
    design = SurveyDesign(FRAME, "weight")
    one, other = crosstab(design, "q", "g").test, crosstab(design, "g", "q").test
    assert (one.statistic, one.df_num, one.p_value) == pytest.approx((other.statistic, other.df_num, other.p_value))


def test_category_that_nobody_chose_does_not_enter_the_test():
    q = FRAME["q"].astype(pd.CategoricalDtype(["a", "b", "c", "nobody"]))
    one = crosstab(SurveyDesign(FRAME, "weight"), "q", "g").test
    other = crosstab(SurveyDesign(FRAME.assign(q=q), "weight"), "q", "g").test
    assert other == one


def test_rows_of_weight_zero_count_nowhere():
    nobody = pd.DataFrame({"q": ["c", "new"], "g": ["x", "y"], "weight": 0.0})
    one = crosstab(SurveyDesign(FRAME, "weight"), "q", "g")
    other = crosstab(SurveyDesign(pd.concat([FRAME, nobody], ignore_index=True), "weight"), "q", "g")
    pd.testing.assert_frame_equal(other.counts.iloc[:6], one.counts)
    assert other.counts["n"].tolist()[6:] == [0, 0]
    assert (other.test.df_num, other.test.df_den) == pytest.approx((one.test.df_num, one.test.df_den))


def test_without_degrees_of_freedom_no_test_exists():
    design = SurveyDesign(FRAME.assign(unit=1), psu="unit", lonely_psu="remove")
    with pytest.raises(EstimationError, match="0 degrees of freedom, no test exists"):
        crosstab(design, "q", "g")
