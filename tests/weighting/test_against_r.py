import re

import numpy as np
import pytest

from kzm_surveys import mean, rake, total
from tests.golden import CASES, design, margins

# As in tests/estimation/test_against_r.py. R raked to 1e-9 of a count, this package to 1e-10 of a share.
RELATIVE = 1e-8

POSTSTRATIFIED = {"ps_clus1": ("dclus1", "pop.types"), "ps_strat": ("dstrat", "pop.schwide")}
RAKED = ("rk_clus1", "rk_strat")
CALIBRATED = ("cal_lin", "cal_lin_api99", "cal_strat")
VERBS = {"svymean": mean, "svytotal": total}


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=RELATIVE)


def estimates_in_r_order(case, survey_design):
    verb, formula = re.match(r"(svymean|svytotal)\(~([^,]+),", case["call"]).groups()
    assert not survey_design.frame[formula.split(" + ")].isna().any(axis=None)
    return [VERBS[verb](survey_design, variable).row() for variable in formula.split(" + ")]


def cases_of(designs):
    return [k for k, c in CASES.items() if c["design"] in designs]


@pytest.mark.parametrize("name", [*POSTSTRATIFIED, *RAKED, *CALIBRATED])
def test_weights_equal_r(name):
    result = CASES[f"{name}.weights"]["result"]
    close(design(name).weights, result["weights"])
    close(design(name).weights.sum(), result["sum"])


@pytest.mark.parametrize("case_id", cases_of((*POSTSTRATIFIED, *RAKED, *CALIBRATED)))
def test_estimates_after_weighting_equal_r(case_id):
    case = CASES[case_id]
    found = estimates_in_r_order(case, design(case["design"]))
    close([row.estimate for row in found], list(case["result"]["estimate"].values()))
    assert {row.df for row in found} == {case["result"]["degf"]}


@pytest.mark.parametrize("case_id", cases_of((*POSTSTRATIFIED, *CALIBRATED)))
def test_standard_error_and_interval_after_poststratification_and_calibration_equal_r(case_id):
    case = CASES[case_id]
    found = estimates_in_r_order(case, design(case["design"]))
    close([row.se for row in found], list(case["result"]["se"].values()))
    close([row.ci_low for row in found], list(case["result"]["ci95_t_degf"]["lower"].values()))
    close([row.ci_high for row in found], list(case["result"]["ci95_t_degf"]["upper"].values()))


@pytest.mark.parametrize("case_id", cases_of(POSTSTRATIFIED))
def test_raking_to_one_margin_has_the_standard_error_of_poststratify_in_r(case_id):
    case = CASES[case_id]
    base, population = POSTSTRATIFIED[case["design"]]
    found = estimates_in_r_order(case, rake(design(base), margins(population)))
    close([row.se for row in found], list(case["result"]["se"].values()))


def full_dummies(frame, variables):
    """All categories of all margins, rank deficient on purpose."""
    return np.column_stack([(frame[v] == c).to_numpy(float) for v in variables for c in sorted(set(frame[v]))])


def residuals_on_margins(influence, dummies, base_weights):
    root = np.sqrt(base_weights)
    slope = np.linalg.lstsq(root[:, None] * dummies, root * influence, rcond=None)[0]
    return influence - dummies @ slope


def stratified_variance(values, strata, population):
    """Σ over strata of (1 - n/N)·n/(n-1)·Σ(z - mean z)², z = w·e (Cochran 1977, sec. 5.4, for a total)."""
    variance = 0.0
    for stratum in set(strata):
        z = values[strata == stratum]
        n, size = len(z), population[strata == stratum][0]
        variance += (1 - n / size) * n / (n - 1) * ((z - z.mean()) ** 2).sum()
    return variance


def clustered_variance(values, clusters, population):
    totals = np.array([values[clusters == cluster].sum() for cluster in sorted(set(clusters))])
    m = len(totals)
    return (1 - m / population) * m / (m - 1) * ((totals - totals.mean()) ** 2).sum()


MARGIN_VARIABLES = {"rk_clus1": ["stype", "sch.wide"], "rk_strat": ["sch.wide", "comp.imp"]}


def variance_of_scores(name, frame, scores):
    if name == "rk_clus1":
        return clustered_variance(scores, frame["dnum"].to_numpy(), frame["fpc"].iloc[0])
    return stratified_variance(scores, frame["stype"].to_numpy(), frame["fpc"].to_numpy())


def brute_force_variance(name, influence):
    frame = design(name).frame
    dummies = full_dummies(frame, MARGIN_VARIABLES[name])
    error = residuals_on_margins(influence, dummies, frame["pw"].to_numpy())
    return variance_of_scores(name, frame, np.array(CASES[f"{name}.weights"]["result"]["weights"]) * error)


@pytest.mark.parametrize("variable", ["api00", "enroll", "meals"])
@pytest.mark.parametrize("name", RAKED)
def test_standard_error_of_a_mean_after_raking_is_that_of_weighted_residuals(name, variable):
    raked, weights = design(name), np.array(CASES[f"{name}.weights"]["result"]["weights"])
    y = raked.frame[variable].to_numpy(float)
    influence = (y - weights @ y / weights.sum()) / weights.sum()
    close(mean(raked, variable).row().se ** 2, brute_force_variance(name, influence))


@pytest.mark.parametrize("variable", ["api00", "enroll", "meals"])
@pytest.mark.parametrize("name", RAKED)
def test_standard_error_of_a_total_after_raking_is_that_of_weighted_residuals(name, variable):
    raked = design(name)
    influence = raked.frame[variable].to_numpy(float)
    close(total(raked, variable).row().se ** 2, brute_force_variance(name, influence))


@pytest.mark.parametrize("name", RAKED)
def test_standard_error_of_a_domain_mean_after_raking_keeps_the_rows_outside(name):
    raked, weights = design(name), np.array(CASES[f"{name}.weights"]["result"]["weights"])
    inside = raked.frame["awards"].to_numpy() == "Yes"
    y, mass = raked.frame["enroll"].to_numpy(float), weights[inside].sum()
    influence = np.where(inside, (y - weights[inside] @ y[inside] / mass) / mass, 0.0)
    close(mean(raked, "enroll", where=inside).row().se ** 2, brute_force_variance(name, influence))


@pytest.mark.parametrize("case_id", cases_of(["rk_clus1"]))
def test_with_equal_base_weights_the_standard_error_after_raking_equals_r(case_id):
    # All schools of dclus1 weigh the same, so R's unweighted sweeps are the weighted regression.
    case = CASES[case_id]
    found = estimates_in_r_order(case, design(case["design"]))
    close([row.se for row in found], list(case["result"]["se"].values()))


def raked_as_in_r(name):
    # The R calls: rk_clus1 rakes dclus1 to stype and sch.wide, rk_strat rakes dstrat to sch.wide and comp.imp.
    base, populations = {
        "rk_clus1": ("dclus1", ("pop.types", "pop.schwide")),
        "rk_strat": ("dstrat", ("pop.schwide", "pop.comp")),
    }[name]
    return rake(design(base), margins(*populations), variance="r_rake")


@pytest.mark.parametrize("case_id", cases_of(RAKED))
def test_standard_error_and_interval_of_r_rake_come_by_the_named_option(case_id):
    case = CASES[case_id]
    found = estimates_in_r_order(case, raked_as_in_r(case["design"]))
    close([row.estimate for row in found], list(case["result"]["estimate"].values()))
    close([row.se for row in found], list(case["result"]["se"].values()))
    close([row.ci_low for row in found], list(case["result"]["ci95_t_degf"]["lower"].values()))
    close([row.ci_high for row in found], list(case["result"]["ci95_t_degf"]["upper"].values()))


def test_with_unequal_base_weights_the_default_differs_from_r_rake():
    # Else the tests above could not tell the two apart.
    expected = CASES["rk_strat.mean"]["result"]["se"]["api00"]
    assert mean(design("rk_strat"), "api00").row().se != pytest.approx(expected, rel=1e-5)
