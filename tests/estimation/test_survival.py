"""Survival curves and the log-rank test against R's svykm and svylogrank, and by hand.

The numbers of R are of R 4.2.2, survey 4.1-1, survival 3.5-3, on its California schools (tests/golden):
    s <- transform(apistrat, m = floor(enroll/100), e = as.numeric(sch.wide == "Yes"), far = api00 > 600)
    cl <- the same of apiclus1
    dstrat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = s, fpc = ~fpc)
    dclus1 <- svydesign(id = ~dnum, weights = ~pw, data = cl, fpc = ~fpc)
    ps <- postStratify(dclus1, ~stype, data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018)))
    at <- c(2, 4, 6, 10, 20)
"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kzm_surveys import EstimationError, SurveyDesign, poststratify, replicates
from kzm_surveys.estimation import survival
from kzm_surveys.estimation.survival import kaplan_meier, logrank
from tests.golden import margins, read

RELATIVE = 1e-8
AT = [2, 4, 6, 10, 20]


def schools(name):
    frame = read(name)
    return frame.assign(m=frame["enroll"] // 100, e=frame["sch.wide"] == "Yes", far=frame["api00"] > 600)


def design(name, **options):
    if name == "dstrat":
        return SurveyDesign(schools("apistrat"), "pw", strata="stype", fpc="fpc", **options)
    clustered = SurveyDesign(schools("apiclus1"), "pw", psu="dnum", fpc="fpc", **options)
    return poststratify(clustered, margins("pop.types")) if name == "ps" else clustered


# k <- svykm(Surv(m, e) ~ 1, design, se = TRUE)
# k$surv, k$varlog, confint(k, at), quantile(k, c(.75, .5, .25), ci = TRUE)
CURVES = {
    # dstrat
    ("dstrat", None, None): (
        [0.83747510673361736, 0.52259187186825429, 0.32466940374767789, 0.20506679945858547, 0.08438624743389228],
        [0.001075417649879705, 0.003285273143912225, 0.004176103459275660, 0.009194192468937462, 0.041435719033894668],
        [0.78534046824659431, 0.46706150506605898, 0.28604499612861400, 0.16993261580685742, 0.05662433105021192],
        [0.8930706906832383, 0.5847244133385381, 0.3685092316122084, 0.2474651028027707, 0.1257593445061536],
        [[3, 3, 3], [5, 4, 5], [9, 7, 10]],
    ),
    # dclus1
    ("dclus1", None, None): (
        [0.87816327208014977, 0.51162367199162928, 0.26453626645749279, 0.16211101615885096, 0.04939450938780977],
        [0.001486575993330935, 0.009585800923207233, 0.021896815791395140, 0.080857709556941465, 0.127185576811867207],
        [0.81424710447528581, 0.42229112353168646, 0.19793748719094664, 0.09284728264043154, 0.02455352952543106],
        [0.94709668378553236, 0.61985385710471208, 0.35354311739727079, 0.28304524174206980, 0.09936728465597629],
        [[3, 3, 4], [5, 4, 5], [7, 6, 12]],
    ),
    # ps
    ("ps", None, None): (
        [0.87908771695043175, 0.53283238352281204, 0.30617036959830940, 0.20124165800552893, 0.06803820881755308],
        [0.001676495206063135, 0.010677818600395154, 0.019944940496398916, 0.074243936061311896, 0.153029983901222244],
        [0.81129676089851865, 0.43514395108456938, 0.23214048898827105, 0.11797356391659339, 0.03160610219057186],
        [0.9525432016235891, 0.6524515582095811, 0.4038084680036219, 0.3432820334685002, 0.1464653196141932],
        [[3, 3, 4], [5, 4, 6], [8, 6, 14]],
    ),
    # svykm(Surv(m, e) ~ awards, dclus1, se = TRUE)[["No"]]
    ("dclus1", "No", None): (
        [0.8355723291629575, 0.6934294925981264, 0.4731570407521335, 0.4353254925865395, 0.2056332022533878],
        [0.007449172148699773, 0.014847790587232844, 0.033218128431244894, 0.034419176587264622, 0.092733895132739982],
        [0.7055341620549848, 0.5461124974504198, 0.3310294756524605, 0.3026186813490215, 0.1132096108721497],
        [0.9895780457026235, 0.8804860966371669, 0.6763071015717027, 0.6262279765773821, 0.3735108136422814],
        [[3, 2, 6], [6, 5, 19], [19, 18, 21]],
    ),
    # ...[["Yes"]]
    ("dclus1", "Yes", None): (
        [0.89571382377320630, 0.45679059619173240, 0.20358870822622135, 0.08846038405635503, 0.01859757144068000],
        [0.001060235120056946, 0.010717979545005387, 0.023258233582137952, 0.086883845336876681, 0.368148382940630514],
        [0.840336232043070064, 0.372901592196741571, 0.150987125028759994, 0.049641865530812991, 0.005662232796791585],
        [0.95474076150187670, 0.55955150939422993, 0.27451587086863477, 0.15763387341961718, 0.06108361770063178],
        [[3, 3, 3], [4, 4, 5], [6, 5, 7]],
    ),
    # subset(ps, far)
    ("ps", None, "far"): (
        [0.87998349981560220, 0.49940269373676255, 0.28084980559122319, 0.14741035719052734, 0.04431794416757649],
        [0.002878294511201755, 0.010688859945350777, 0.016869411704104879, 0.119247340416402364, 0.301671714228493149],
        [0.79215065965979237, 0.40780050128483558, 0.21772992044031458, 0.07491854068653299, 0.01510289281950427],
        [0.9775551538141591, 0.6115810297578193, 0.3622681400016861, 0.2900458712611431, 0.1300466207840634],
        [[3, 3, 4], [4, 4, 5], [8, 6, 14]],
    ),
}


@pytest.mark.parametrize("block", [survival._TIMES, 3], ids=["at_once", "three_times_at_once"])
@pytest.mark.parametrize("case", CURVES, ids=str)
def test_curve_variance_band_and_quantiles_equal_r(case, block, monkeypatch):
    monkeypatch.setattr(survival, "_TIMES", block)
    (name, group, where), (curve, varlog, low, high, quantiles) = case, CURVES[case]
    made = kaplan_meier(design(name), "m", "e", by=group and "awards", where=where, estimator="aalen")

    def of_group(rows):
        return rows[rows["by_category"] == group] if group else rows

    found = of_group(made.at(AT))
    np.testing.assert_allclose(found["survival"], curve, rtol=RELATIVE)
    np.testing.assert_allclose((found["se"] / found["survival"]) ** 2, varlog, rtol=RELATIVE)
    np.testing.assert_allclose(found["ci_low"], low, rtol=RELATIVE)
    np.testing.assert_allclose(found["ci_high"], high, rtol=RELATIVE)
    for share, expected in zip((0.75, 0.5, 0.25), quantiles, strict=True):
        assert of_group(made.quantile(share))[["time", "ci_low", "ci_high"]].to_numpy().tolist() == [expected]


def test_the_product_limit_equals_r_without_standard_errors():
    # svykm(Surv(m, e) ~ 1, dstrat)
    expected = [0.82983217350121918, 0.48414858322538618, 0.28105520676086304, 0.17241700221936154, 0.06656591619707153]
    found = kaplan_meier(design("dstrat"), "m", "e", estimator="product_limit").at(AT)
    np.testing.assert_allclose(found["survival"], expected, rtol=RELATIVE)


def test_the_product_limit_without_censoring_is_the_plain_share_with_its_standard_error():
    # 10 durations, nobody censored: S(3) = 6/10; linearised variance of a share: p(1 - p)/(n - 1) = 0.24/9.
    frame = pd.DataFrame({"m": [0, 1, 3, 3, 4, 4, 4, 5, 6, 6], "e": True})
    row = kaplan_meier(SurveyDesign(frame), "m", "e", estimator="product_limit").at(3).iloc[0]
    assert row["survival"] == pytest.approx(0.6, rel=1e-14)
    assert row["se"] == pytest.approx(math.sqrt(0.24 / 9), rel=1e-12)
    assert (row["n_risk"], row["events"]) == (8, 2)


def test_the_product_limit_that_reaches_zero_has_no_band_there():
    curve = kaplan_meier(SurveyDesign(pd.DataFrame({"m": [1, 2, 2], "e": 1})), "m", "e", estimator="product_limit")
    assert curve.frame["survival"].tolist() == pytest.approx([2 / 3, 0])
    assert curve.frame["se"].isna().tolist() == [False, True]
    assert curve.at(9)["survival"].tolist() == [0]


# (design, by, options): score, se, (chi-square, p) of svylogrank(Surv(m, e) ~ factor(by), design, ...)
TESTS = {
    ("dstrat", "awards", None): ([1034.597210727652], [143.0200884781362], 52.32973333965329, 4.692160570106475e-13),
    ("dstrat", "stype", None): (None, None, 299.8168550688304, 7.863160329638984e-66),
    ("dclus1", "awards", None): ([757.5230447476241], [401.2124968602251], 3.56486259178807607, 0.05901462468470666),
    # rho = 1
    ("dclus1", "awards", (1, 0)): ([345.7350641090329], [230.4972684884186], 2.2498589338548944, 0.1336265835235119),
    # rho = 0.5, gamma = 1
    ("dclus1", "stype", (0.5, 1)): (None, None, 17.20628404261955, 1.835282371631954e-04),
    ("ps", "awards", None): ([875.5474935743996], [359.2408516243426], 5.94002104546706989, 0.01480084195484658),
}


@pytest.mark.parametrize("case", TESTS, ids=str)
def test_logrank_equals_r(case):
    (name, by, powers), (score, se, chi2, p) = case, TESTS[case]
    rho, gamma = powers or (0, 0)
    found = logrank(design(name), "m", "e", by=by, rho=rho, gamma=gamma)
    assert found.statistic == pytest.approx(chi2, rel=RELATIVE)
    assert found.p_value == pytest.approx(p, rel=1e-7)
    assert (found.df_num, found.df_den) == (2 if by == "stype" else 1, math.inf)
    if score:
        assert found.estimate == pytest.approx(score[0], rel=RELATIVE)
        assert found.se == pytest.approx(se[0], rel=RELATIVE)
    else:
        assert math.isnan(found.estimate)


def test_logrank_in_a_domain_equals_r():
    # svylogrank(Surv(m, e) ~ awards, subset(dclus1, far))
    found = logrank(design("dclus1"), "m", "e", by="awards", where="far")
    assert (found.estimate, found.se) == pytest.approx((273.588253029305, 225.4331940743676), rel=RELATIVE)
    assert (found.statistic, found.p_value) == pytest.approx((1.4728521862060309, 0.2248962216049684), rel=RELATIVE)


def test_logrank_on_replicates_equals_r():
    # svylogrank(Surv(m, e) ~ awards, as.svrepdesign(dstrat, type = "JKn"))
    found = logrank(replicates(design("dstrat")), "m", "e", by="awards")
    assert (found.estimate, found.se) == pytest.approx((1034.597210727652, 143.0200884781364), rel=RELATIVE)


def test_logrank_by_hand():
    # Expected events among b: 3/6 + 3/5 + 3/4 + 2/3 + 1/1 at 1, 2, 3, 4, 6; two happened.
    frame = pd.DataFrame({"m": [1, 2, 3, 4, 5, 6], "e": [1, 1, 1, 1, 0, 1], "g": list("aababb")})
    found = logrank(SurveyDesign(frame), "m", "e", by="g")
    assert found.estimate == pytest.approx(2 - (1 / 2 + 3 / 5 + 3 / 4 + 2 / 3 + 1), rel=1e-14)


def test_the_jackknife_band_is_close_to_the_linearised_one():
    for estimator in ("aalen", "product_limit"):
        linear = kaplan_meier(design("dstrat"), "m", "e", estimator=estimator).at(AT)
        again = kaplan_meier(replicates(design("dstrat")), "m", "e", estimator=estimator).at(AT)
        np.testing.assert_allclose(again["se"], linear["se"], rtol=0.2)
    # Leave one of three out, all with events at 1, 2, 3: hazards by 1 are 1/3; 0, 1/2, 1/2 in the replicates.
    three = replicates(SurveyDesign(pd.DataFrame({"m": [1, 2, 3], "e": 1})))
    row = kaplan_meier(three, "m", "e", estimator="aalen").at(1).iloc[0]
    # JK1: 2/3 * ((0 - 1/3)² + 2 (1/2 - 1/3)²) = 1/9, times S² = exp(-2/3).
    assert row["se"] == pytest.approx(math.exp(-1 / 3) / 3, rel=1e-12)


@pytest.mark.parametrize(
    "event",
    [
        pd.Series([True, False, True, None], dtype="boolean"),
        pd.Series([1.0, 0.0, 1.0, np.nan]),
        pd.Series(["yes", "no", "yes", None]),
        pd.Categorical(["Yes", "No", "Yes", None], ["Yes", "No"]),
        pd.Series([True, False, True, None], dtype=object),
        pd.Categorical(["selected", "not_selected", "selected", None]),
    ],
)
def test_an_event_may_be_said_in_several_ways_and_is_missing_where_it_is(event):
    frame = pd.DataFrame({"m": [1, 2, 3, 1], "e": event})
    found = kaplan_meier(SurveyDesign(frame), "m", "e", estimator="product_limit").frame
    # 1 of 3 at 1; of the two left one is censored at 2; the last at 3.
    assert found[["time", "n_risk", "events"]].to_numpy().tolist() == [[1, 3, 1], [3, 1, 1]]
    assert found["survival"].tolist() == pytest.approx([2 / 3, 0], rel=1e-14)


def made(**columns):
    base = {"m": [1.0, 2, 3, 4, 5, 6], "e": [1, 1, 0, 1, 1, 0], "g": list("ababab"), "w": [1.0, 2, 1, 2, 1, 0]}
    return pd.DataFrame(base | columns)


def test_rows_without_weight_or_answers_leave_the_domain_but_not_the_design():
    frame = made(m=[1.0, 2, np.nan, 4, 5, 6])
    rows = kaplan_meier(SurveyDesign(frame, "w"), "m", "e", estimator="aalen").frame
    assert rows["n_risk"].tolist() == [4, 3, 2, 1]
    inside = np.array([1, 1, 0, 1, 1, 1], bool)
    same = kaplan_meier(SurveyDesign(made(), "w"), "m", "e", where=inside, estimator="aalen").frame
    pd.testing.assert_frame_equal(rows, same)
    # Six rows stay in the variance: u = (1/6 - 1/36, -1/36 x 5) w..., n/(n - 1) = 6/5 of the sum of squares of
    # w (d/Y - Y_i d/Y²) = 1 (1/6 - 1/36), -2/36, -2/36, -1/36 at time 1, their sum 0.
    expected = math.sqrt(6 / 5 * (25 + 4 + 4 + 1) / 36**2)
    assert rows["se"][0] / rows["survival"][0] == pytest.approx(expected, rel=1e-12)


def test_a_group_without_events_and_an_empty_group_are_flagged_by_nan():
    frame = made(e=[1, 0, 1, 0, 1, 0], g=pd.Categorical(list("ababab"), ["a", "b", "c"]))
    rows = kaplan_meier(SurveyDesign(frame), "m", "e", by="g").frame
    b, c = rows[rows["by_category"] == "b"], rows[rows["by_category"] == "c"]
    assert b[["time", "n_risk", "events", "survival"]].to_numpy().tolist() == [[6, 1, 0, 1]]
    assert c[["n_risk", "events"]].to_numpy().tolist() == [[0, 0]]
    assert b[["se", "ci_low", "ci_high"]].isna().all(axis=None)
    assert c[["time", "survival", "se", "ci_low", "ci_high"]].isna().all(axis=None)
    assert kaplan_meier(SurveyDesign(frame), "m", "e", by="g").quantile().set_index("by_category")["time"].isna()["c"]


def test_values_at_times_before_the_first_event_and_after_the_last_duration():
    curve = kaplan_meier(SurveyDesign(made()), "m", "e")
    rows = curve.at([0, 0.5, 3, 6, 7])
    assert rows["n_risk"].tolist() == [6, 6, 4, 1, 0]
    assert rows["events"].tolist() == [0, 0, 0, 0, 0]
    assert rows[["survival", "se", "ci_low", "ci_high"]].iloc[0].tolist() == [1, 0, 1, 1]
    assert rows["survival"].isna().tolist() == [False, False, False, False, True]
    assert list(rows.columns) == list(curve.frame.columns)


def test_the_median_that_is_not_reached_is_nan():
    frame = pd.DataFrame({"m": range(1, 11), "e": [1, *[0] * 9]})
    row = kaplan_meier(SurveyDesign(frame), "m", "e").quantile(0.5)
    assert row[["time", "ci_low", "ci_high"]].isna().all(axis=None)


def test_an_opt_in_sample_has_a_curve_without_band_and_no_test():
    curve = kaplan_meier(SurveyDesign(made(), sampling="opt_in"), "m", "e")
    assert curve.frame["survival"].notna().all()
    assert curve.frame[["se", "ci_low", "ci_high"]].isna().all(axis=None)
    with pytest.raises(EstimationError, match="opt-in"):
        logrank(SurveyDesign(made(), sampling="opt_in"), "m", "e", by="g")
    justified = SurveyDesign(made(), sampling="opt_in", justification="a model")
    assert 0 < logrank(justified, "m", "e", by="g").p_value < 1


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        ({"m": [-1.0, 2, 3, 4, 5, 6]}, {}, "1 values are negative"),
        ({"m": [np.nan] * 6}, {}, "the domain is empty"),
        ({"m": list("abcdef")}, {}, "not a number"),
        ({"m": [1.0, 2, 3, 4, 5, np.inf]}, {}, "infinite"),
        ({"e": [0] * 6}, {}, "happened to nobody"),
        ({"e": [1, 2, 1, 2, 1, 1]}, {}, "2 values are neither 0 nor 1"),
        ({"e": ["stopped", "feeding"] * 3}, {}, "needed: True/False"),
        ({"e": [None] * 6}, {}, "no answers|the domain is empty"),
        ({}, {"where": np.zeros(6, bool)}, "the domain is empty"),
        ({}, {"level": 1.5}, "level must lie"),
        ({}, {"estimator": "greenwood"}, "unknown estimator"),
        ({}, {"by": "h"}, "unknown column 'h'"),
    ],
)
def test_bad_input_to_a_curve_is_one_clear_error(columns, options, words):
    with pytest.raises(EstimationError, match=words):
        kaplan_meier(SurveyDesign(made(**columns)), "m", "e", **options)


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        ({"g": ["a"] * 6}, {}, "one category"),
        ({"g": pd.Categorical(list("ababab"), ["a", "b", "c"])}, {}, "nobody in category 'c'"),
        ({"g": [None] * 6}, {}, "no answers"),
        ({"e": [0] * 6}, {}, "happened to nobody"),
        ({}, {"rho": -1}, "rho must be"),
        ({}, {"gamma": math.nan}, "gamma must be"),
        ({"p": [1, 1, 1, 2, 2, 2], "g": list("abcabc")}, {}, "too few sampling units"),
    ],
)
def test_bad_input_to_a_test_is_one_clear_error(columns, options, words):
    frame = made(**columns)
    with pytest.raises(EstimationError, match=words):
        logrank(SurveyDesign(frame, psu="p" if "p" in frame else None), "m", "e", by="g", **options)


def test_bad_times_and_shares_are_refused():
    curve = kaplan_meier(SurveyDesign(made()), "m", "e")
    with pytest.raises(EstimationError, match="at: times"):
        curve.at([1, -1])
    with pytest.raises(EstimationError, match="between 0 and 1"):
        curve.quantile(1)


def test_the_printed_form_says_what_lasts_until_what():
    curve = kaplan_meier(SurveyDesign(made()), "m", "e", by="g")
    assert "'m' until 'e', level 0.95, product-limit estimator" in repr(curve)
    assert curve._repr_html_().startswith("<table")


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(1, 4), st.sampled_from("ab")), min_size=8))
def test_neither_the_order_of_rows_nor_the_scale_of_weights_matters(rows):
    frame = pd.DataFrame(rows, columns=["m", "e", "w", "g"]).astype({"w": float})
    frame.loc[0, "e"] = True
    turned = frame.iloc[::-1].assign(w=frame["w"] * 7)
    first, second = (kaplan_meier(SurveyDesign(f, "w"), "m", "e").frame for f in (frame, turned))
    np.testing.assert_allclose(first.iloc[:, 2:].astype(float), second.iloc[:, 2:].astype(float), rtol=1e-9, atol=1e-12)
    in_a = (frame["g"] == "a").to_numpy()
    if (in_a & frame["e"]).any():
        grouped = kaplan_meier(SurveyDesign(frame, "w"), "m", "e", by="g").frame
        alone = kaplan_meier(SurveyDesign(frame, "w"), "m", "e", where=in_a).frame
        grouped = grouped[grouped["by_category"] == "a"].reset_index(drop=True)
        pd.testing.assert_frame_equal(grouped.iloc[:, 2:], alone.iloc[:, 2:])
