"""Every case of tests/golden/r_*.json: see tests/golden/comparison.py for what is compared and how."""

import numpy as np
import pytest

from kzm_surveys import EstimationError, crosstab
from tests.golden.comparison import FILES, called, cases, differences, pairs, where_of
from tests.golden.designs import R_DESIGNS, design

# The same float64 arithmetic in another order. Looser where R iterates: its logit and its models stop early, its
# saddlepoint and the Hessian of svyolr are numeric, and the likelihood interval is read from a spline.
RELATIVE = 1e-8
ITERATED = 1e-6
LOOSER = {"ordinal": 2e-6, "likelihood": 5e-3, "lrt": 1e-5}


def tolerance(case, quantity):
    verb, ci = case["ask"]["verb"], case["ask"].get("ci")
    if quantity.startswith("lrt"):
        return LOOSER["lrt"]
    if verb == "ordinal" or (ci == "likelihood" and quantity.startswith("ci_")):
        return LOOSER[ci or verb]
    return ITERATED if verb == "glm" or ci in ("logit", "likelihood") else RELATIVE


def of(*files):
    return [
        pytest.param(case, id=called(case)) for file in files for case in cases(file) if "error" not in case["result"]
    ]


def check(case):
    apart = {name: value for name, value in differences(case).items() if not value <= tolerance(case, name)}
    assert not apart, {name: (apart[name], *pairs(case)[name][:2]) for name in apart}


@pytest.mark.parametrize("case", of("means", "ratios", "contrasts"))
def test_estimates_equal_r(case):
    check(case)


def by_group_only(case):
    return case["ask"]["verb"] == "proportion" and {"by", "deff", "level"} & set(case["ask"]) == {"by"}


GROUPED = [param for param in of("means") if by_group_only(param.values[0])]


@pytest.mark.parametrize("percent", ["column", "row"])
@pytest.mark.parametrize("case", GROUPED)
def test_shares_of_a_cross_table_equal_r(case, percent):
    ask, result = case["ask"], case["result"]
    inner, outer = ask["variable"], ask["by"]
    pair = (inner, outer) if percent == "column" else (outer, inner)
    table = crosstab(design(case["design"]), *pair, percent=percent, test=None, where=where_of(case)).estimates
    for category, group, estimate, se in zip(*(result[k] for k in ("category", "by", "estimate", "se")), strict=True):
        names = (category, group) if percent == "column" else (group, category)
        found = table.row(names[0], by_category=names[1])
        assert found.estimate == pytest.approx(estimate, rel=RELATIVE, abs=1e-14)
        assert found.se == pytest.approx(se, rel=RELATIVE, abs=1e-9)


@pytest.mark.parametrize("case", of("degrees"))
def test_degrees_of_freedom_equal_r(case):
    check(case)


@pytest.mark.parametrize("case", of("intervals"))
def test_intervals_of_proportions_equal_r(case):
    check(case)


@pytest.mark.parametrize("case", of("quantiles"))
def test_quantiles_equal_r(case):
    check(case)


@pytest.mark.parametrize("case", of("tables", "tests"))
def test_tables_and_tests_equal_r(case):
    check(case)


@pytest.mark.parametrize("case", of("models", "ordinal"))
def test_models_equal_r(case):
    check(case)


@pytest.mark.parametrize("case", of("survival"))
def test_survival_equals_r(case):
    check(case)


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=called(c)) for file in FILES for c in cases(file) if "error" in c["result"]]
)
def test_strata_of_one_unit_are_refused_as_by_r(case):
    assert "has only one PSU" in case["result"]["error"]
    with pytest.raises(EstimationError, match="one sampling unit"):
        pairs(case)


@pytest.mark.parametrize("name", R_DESIGNS["weights"])
def test_weights_after_bounds_and_trimming_equal_r(name):
    np.testing.assert_allclose(design(name).weights, R_DESIGNS["weights"][name], rtol=1e-9)
