import re

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import SurveyDesign, crosstab, mean, proportion, total
from kzm_surveys.estimation.linearization import degrees_of_freedom
from tests.golden import CASES, design

# R and this package do the same float64 arithmetic in a different order: 1e-8 leaves room for the rounding of
# sums over 200 rows and of differences of large totals, and would still show any other formula.
RELATIVE = 1e-8
# Where R says exactly 0 (the strata's own shares), rounding leaves 1e-16 of the estimate.
ABSOLUTE_OF_ESTIMATE = 1e-12

MEANS = {k: c for k, c in CASES.items() if c["call"].startswith(("svymean", "svytotal")) and c["design"][0] == "d"}
FACTORS = [k for k, c in MEANS.items() if "vcov" in c["result"] and ".multi" not in k]


def close(found, expected, scale=1.0):
    np.testing.assert_allclose(found, expected, rtol=RELATIVE, atol=ABSOLUTE_OF_ESTIMATE * np.max(np.abs(scale)))


def estimates_in_r_order(case_id):
    """Rows in R's order, R's names of them, and the Estimates of each variable."""
    case = CASES[case_id]
    verb, formula = re.match(r"svy(mean|total)\(~([^,]+),", case["call"]).groups()
    survey_design = design(case["design"])
    parts, names = [], []
    for variable in formula.split(" + "):
        factor = not pd.api.types.is_numeric_dtype(survey_design.frame[variable])
        if verb == "total":
            part = total(survey_design, variable)
        else:
            part = proportion(survey_design, variable, ci="wald") if factor else mean(survey_design, variable)
        parts.append(part)
        names += [variable + name for name in part.frame["category"]] if factor else [variable]
    return pd.concat([part.frame for part in parts], ignore_index=True), names, parts


@pytest.mark.parametrize("case_id", MEANS)
def test_estimate_equals_r(case_id):
    frame, names, _ = estimates_in_r_order(case_id)
    expected = CASES[case_id]["result"]["estimate"]
    assert names == list(expected)
    close(frame["estimate"], list(expected.values()))


@pytest.mark.parametrize("case_id", MEANS)
def test_standard_error_equals_r(case_id):
    frame, _, _ = estimates_in_r_order(case_id)
    close(frame["se"], list(CASES[case_id]["result"]["se"].values()), scale=frame["estimate"])


@pytest.mark.parametrize("case_id", MEANS)
def test_degrees_of_freedom_equal_r(case_id):
    frame, _, _ = estimates_in_r_order(case_id)
    assert frame["df"].tolist() == [CASES[case_id]["result"]["degf"]] * len(frame)


@pytest.mark.parametrize("case_id", MEANS)
def test_t_interval_equals_r(case_id):
    frame, _, _ = estimates_in_r_order(case_id)
    expected = CASES[case_id]["result"]["ci95_t_degf"]
    close(frame["ci_low"], list(expected["lower"].values()))
    close(frame["ci_high"], list(expected["upper"].values()))


@pytest.mark.parametrize("case_id", MEANS)
def test_design_effect_without_replacement_equals_r(case_id):
    frame, _, _ = estimates_in_r_order(case_id)
    close(frame["deff"], list(CASES[case_id]["result"]["deff"].values()))


@pytest.mark.parametrize("case_id", FACTORS)
def test_covariance_of_categories_equals_r(case_id):
    frame, names, (part,) = estimates_in_r_order(case_id)
    expected = CASES[case_id]["result"]["vcov"]
    assert expected["rows"] == names
    close(part.covariance, np.array(expected["values"]), scale=frame["estimate"] ** 2)


@pytest.mark.parametrize("case_id", ["dstrat.degf", "dclus1.degf"])
def test_degrees_of_freedom_of_the_design_equal_r(case_id):
    survey_design = design(CASES[case_id]["design"])
    everybody = np.ones(len(survey_design), dtype=bool)
    assert [degrees_of_freedom(survey_design, everybody)] == CASES[case_id]["result"]["value"]


# R: svyciprop(~I(<condition>), ...); the condition in Python for each call.
CONDITIONS = {
    "I(ell == 0)": lambda frame: frame["ell"] == 0,
    "I(api00 > 700)": lambda frame: frame["api00"] > 700,
    'I(awards == "Yes")': lambda frame: frame["awards"] == "Yes",
}


@pytest.mark.parametrize("case_id", [k for k, c in CASES.items() if c["call"].startswith("svyciprop")])
def test_logit_interval_equals_svyciprop(case_id):
    case = CASES[case_id]
    condition = re.match(r"svyciprop\(~(I\(.+?\)), d", case["call"]).group(1)
    level = float(re.search(r"level = ([\d.]+)|$", case["call"]).group(1) or 0.95)
    source = design(case["design"])
    frame = source.frame.assign(condition=CONDITIONS[condition](source.frame))
    columns = {"strata": "stype"} if case["design"] == "dstrat" else {"psu": "dnum"}
    survey_design = SurveyDesign(frame, weights="pw", fpc="fpc", **columns)
    found = proportion(survey_design, "condition", ci="logit", level=level).row("True")
    close([found.estimate, found.se], [case["result"]["estimate"], case["result"]["se"]])
    close([found.ci_low, found.ci_high], case["result"]["ci"])


@pytest.mark.parametrize("case_id", [k for k, c in CASES.items() if c["call"].startswith("svychisq")])
def test_rao_scott_f_equals_svychisq(case_id):
    case = CASES[case_id]
    row, column = re.match(r"svychisq\(~(\S+) \+ (\S+),", case["call"]).groups()
    test = crosstab(design(case["design"]), row, column).test
    expected = case["result"]
    close(test.statistic, expected["statistic"][0])
    close(test.df_num, expected["parameter"]["ndf"])
    close(test.df_den, expected["parameter"]["ddf"])
    # Down to 1e-11, where the F tail is still exact in relative terms: no absolute tolerance here.
    np.testing.assert_allclose(test.p_value, expected["p_value"], rtol=RELATIVE)


@pytest.mark.parametrize("case_id", [k for k, c in CASES.items() if c["call"].startswith("svytable")])
def test_weighted_counts_equal_svytable(case_id):
    case = CASES[case_id]
    row, column = re.match(r"svytable\(~(\S+) \+ (\S+),", case["call"]).groups()
    counts = crosstab(design(case["design"]), row, column).counts
    table = counts.pivot_table(index="row", columns="column", values="weighted", observed=False)
    expected = case["result"]["table"]
    close(table.loc[expected["rows"], expected["cols"]], expected["values"])
