"""R's values: tests/golden/r_residuals.json, with the R call of each; the script is make_residuals.R."""

import json

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import EstimationError, SurveyDesign, crosstab
from kzm_surveys.estimation.residuals import residuals
from tests.golden import HERE
from tests.golden.designs import design

CASES = json.loads((HERE / "r_residuals.json").read_text(encoding="utf-8"))


def asked(case):
    made, ask = design(case["design"]), case["ask"]
    where = None if ask["where"] is None else made.frame.eval(ask["where"]).to_numpy(bool)
    return crosstab(made, ask["row"], ask["column"], test=None, where=where).residuals


@pytest.mark.parametrize("case", CASES, ids=[f"{case['design']}: {case['call']}" for case in CASES])
def test_residuals_errors_and_p_values_equal_r(case):
    found, expected = asked(case), {name: np.array(values, float) for name, values in case["result"].items()}
    scale = np.abs(expected["se"]).max()
    np.testing.assert_allclose(found["residual"], expected["residual"], rtol=1e-8, atol=1e-8 * scale)
    np.testing.assert_allclose(found["se"], expected["se"], rtol=1e-8)
    assert (found["df"] == expected["df"]).all()
    tested = found["z"].notna().to_numpy()
    assert tested.sum() >= 4
    z = (expected["residual"] / expected["se"])[tested]
    np.testing.assert_allclose(found["z"][tested], z, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found["p_value"][tested], expected["p_value"][tested], rtol=1e-7)
    if tested.all():
        np.testing.assert_allclose(found["p_adjusted"], expected["p_holm"], rtol=1e-7)


def test_most_cases_from_r_test_every_cell():
    assert sum(asked(case)["z"].notna().all() for case in CASES) >= 8


def test_a_simple_random_sample_from_an_independent_table_has_the_variance_of_haberman():
    # p = (.6, .4) x (.3, .7), n = 1000: sqrt(.6 * .4 * .3 * .7 / 1000) = sqrt(.0504 / 1000)
    shares = np.outer([0.6, 0.4], [0.3, 0.7])
    p = shares.ravel()
    found = residuals(shares, (np.diag(p) - np.outer(p, p)) / 1000, (1000 * shares).round().astype(np.int64), df=np.inf)
    assert np.allclose(found["se"], np.sqrt(0.0504 / 1000), rtol=1e-12)
    assert np.allclose(found["residual"], 0, atol=1e-15)


def table(counts, **options):
    """Design of unweighted answers q by group g with these counts."""
    rows = [(f"q{i}", f"g{j}") for i, line in enumerate(counts) for j, count in enumerate(line) for _ in range(count)]
    return SurveyDesign(pd.DataFrame(rows, columns=["q", "g"]), **options)


def test_residuals_of_counts_by_hand():
    # 30 of 100 in the cell, 50 in its row, 40 in its column: .3 - .5 * .4
    found = crosstab(table([[30, 20], [10, 40]]), "q", "g").residuals
    assert list(found.columns) == ["row", "column", "residual", "se", "z", "df", "p_value", "p_adjusted"]
    assert found[["row", "column"]].to_numpy().tolist() == [
        ["q0", "g0"], ["q0", "g1"], ["q1", "g0"], ["q1", "g1"]
    ]  # fmt: skip
    assert np.allclose(found["residual"], [0.1, -0.1, -0.1, 0.1])
    # four cells, one question: the two-by-two table is a single test
    assert np.allclose(found["p_adjusted"], found["p_value"])


def test_holm_counts_the_mirrored_row_once():
    # Three columns, so three tests: the smallest p-value is tripled, not multiplied by six.
    found = crosstab(table([[60, 40, 20], [40, 60, 80]]), "q", "g").residuals
    smallest = found["p_value"].idxmin()
    assert found["p_adjusted"][smallest] == pytest.approx(3 * found["p_value"][smallest])
    assert found["p_adjusted"][:3].tolist() == pytest.approx(found["p_adjusted"][3:].tolist())


def test_holm_counts_every_tested_cell_of_a_larger_table():
    found = crosstab(table([[60, 40, 20], [40, 60, 80], [50, 50, 50]]), "q", "g").residuals
    smallest = found["p_value"].idxmin()
    assert found["p_adjusted"][smallest] == pytest.approx(9 * found["p_value"][smallest])


def test_cells_where_few_answers_would_be_expected_are_not_tested():
    # Column g2 has 8 of 208 answers, row q2 100: 8 * 100 / 208 = 3.8 expected, under 5.
    found = crosstab(table([[30, 74, 4], [50, 46, 4]]), "q", "g").residuals.set_index(["row", "column"])
    assert found["z"].notna().tolist() == [True, True, False] * 2
    assert found["residual"].notna().all()
    smallest = found["p_value"].min()
    assert found["p_adjusted"].min() == pytest.approx(2 * smallest)


def test_few_answers_outside_a_large_cell_count_too():
    # 96 of 100 in the first row: outside it 4 answers, at most 2 expected.
    found = crosstab(table([[50, 46], [0, 4]]), "q", "g", test=None).residuals
    assert found["z"].isna().all()


def test_the_shares_percent_and_test_do_not_change_the_residuals():
    made = design("strat")
    first = crosstab(made, "band", "awards").residuals
    for percent in ("row", "total"):
        pd.testing.assert_frame_equal(first, crosstab(made, "band", "awards", percent=percent, test=None).residuals)


def test_rows_and_columns_change_places():
    made = design("clus1_linear")
    first, second = crosstab(made, "band", "awards").residuals, crosstab(made, "awards", "band").residuals
    turned = second.rename(columns={"row": "column", "column": "row"}).sort_values(["row", "column"])
    for name in ("residual", "se", "z"):
        assert np.allclose(first.sort_values(["row", "column"])[name], turned[name], rtol=1e-9)


def test_an_opt_in_sample_has_residuals_and_no_tests():
    found = crosstab(table([[30, 20], [10, 40]], sampling="opt_in"), "q", "g").residuals
    assert np.allclose(found["residual"], [0.1, -0.1, -0.1, 0.1])
    assert found[["se", "z", "df", "p_value", "p_adjusted"]].isna().all(axis=None)


def test_cells_that_the_margins_fix_have_no_test():
    from kzm_surveys import Margins, poststratify

    margins = Margins({("q", "g"): {("q0", "g0"): 10.0, ("q0", "g1"): 20.0, ("q1", "g0"): 30.0, ("q1", "g1"): 40.0}})
    found = crosstab(poststratify(table([[30, 20], [10, 40]]), margins), "q", "g", test=None).residuals
    assert found[["se", "z", "p_value"]].isna().all(axis=None)


def test_a_single_column_has_no_test():
    found = crosstab(table([[30], [10]]), "q", "g", test=None).residuals
    assert np.allclose(found["residual"], 0)
    assert found["z"].isna().all()


def test_nothing_is_computed_before_it_is_asked_for():
    made = crosstab(design("strat"), "band", "awards")
    assert "residuals" not in vars(made)
    assert made.residuals is made.residuals


def test_a_table_with_too_many_cells_is_refused():
    frame = pd.DataFrame({"q": [f"q{i % 50:02}" for i in range(3000)], "g": [f"g{i % 47:02}" for i in range(3000)]})
    with pytest.raises(EstimationError, match="too large for a test"):
        _ = crosstab(SurveyDesign(frame), "q", "g", test=None).residuals
