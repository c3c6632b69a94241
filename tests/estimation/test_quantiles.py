import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kzm_surveys import SurveyDesign, replicates
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.quantiles import quantile
from tests import golden

RESULT = ["estimate", "ci_low", "ci_high", "se"]
# y in order 1 1 2 3 4 5 6 9 with weights 2 1 1 1 1 3 2 1, running sums 2 3 4 5 6 9 11 12 of 12.
SMALL = pd.DataFrame({"y": [3, 1, 4, 1, 5, 9, 2, 6], "w": [1.0, 2, 1, 1, 3, 1, 1, 2]})

# R: svyquantile(~enroll, dstrat, c(.1, .25, .5, .9), qrule = ...): estimate, ci, se. Five rules agree here.
STEPS = [
    (262, 195, 278, 21.0437813541814),
    (334, 304, 365, 15.4659115976514),
    (446, 424, 522, 24.8468743699973),
    (1139, 1068, 1358, 73.5264649724409),
]
RULES = {
    **dict.fromkeys(("math", "school", "hf1", "hf2", "hf3"), STEPS),
    "hf4": [
        (259.151323978682, 184.9609855582, 270.522939141982, 21.6933378729363),
        (332.398553167528, 291.999743048877, 358.858467009683, 16.9513297427802),
        (446, 423.391155387514, 516.590796664883, 23.6297936545675),
        (1118.65036266781, 1041.80260664401, 1345.42645271561, 76.9806485620038),
    ],
    "hf5": [
        (262, 195, 281.114094365585, 21.8333273896712),
        (333.398553167528, 294.999229146632, 361.358467009683, 16.8246902701224),
        (446.081091008618, 423.85095182775, 520.090796664884, 24.400605449554),
        (1131.46308384916, 1053.91667673822, 1351.92645271561, 75.5572598442975),
    ],
    "hf6": [
        (259.356254999186, 185.062822730012, 270.571715808987, 21.6798849372533),
        (332.569329017948, 292.372000561282, 360.027509539777, 17.1533462451722),
        (446, 423.539527616313, 517.957350251001, 23.938650788702),
        (1139.13709843523, 1077.72747087929, 1370.32028399638, 74.1838456029032),
    ],
    "hf7": [
        (262, 195, 284.231327673004, 22.6236692710121),
        (334, 306.407726778843, 366.90884254418, 15.3394247210815),
        (446.410315158197, 427.156181063298, 522.096104176614, 24.0710239009568),
        (1125.61348121655, 1048.76692537868, 1349.52184030336, 76.2532610948226),
    ],
    "hf8": [
        (261.21963431885, 186.994931282137, 270.872531364317, 21.2662876703958),
        (333.122145117668, 294.123486284849, 360.914814519714, 16.9342422618057),
        (446, 423.724383853333, 519.379647860256, 24.2523910980504),
        (1133.81865959947, 1055.99042946716, 1352.72799018635, 75.2347029800936),
    ],
    "hf9": [
        (261.452556733808, 187.236444851153, 270.910133308733, 21.2145880120386),
        (333.191247130133, 294.342422000294, 361.025727642206, 16.9068542638849),
        (446, 423.753350975401, 519.557435061413, 24.2901228716101),
        (1133.20708604437, 1055.45202507551, 1352.52760581867, 75.3204044195845),
    ],
}

# R: svyquantile(~api00, dclus1, c(.25, .5, .75), qrule = "hf7", interval.type = ...): ci, se.
INTERVALS = {
    "mean": [
        (492.210197672813, 627.28707008675, 31.4895819651584),
        (560.547629172822, 714.220720932715, 35.8247961500268),
        (691, 771.022577789971, 18.6551367184348),
    ],
    "beta": [
        (502.263696765705, 636.554869435255, 31.3064169565325),
        (556.422367884241, 715.949994198683, 37.1896252464421),
        (684.219853121811, 760.885721801644, 17.8726092230322),
    ],
    "xlogit": [
        (506.388809298499, 631.261811952769, 29.1108209869341),
        (564.758878669977, 712.296524547476, 34.3944800451768),
        (685.358996130792, 759, 17.1674424044239),
    ],
    "asin": [
        (503.210044341815, 629, 29.3245842038269),
        (561.507212499003, 714, 35.5496395888767),
        (689.43860611324, 760.068638407468, 16.4655144243729),
    ],
    "score": [
        (514.55737704918, 638.524590163934, 28.8996602350007),
        (565.420765027322, 701.666666666667, 31.7621100519824),
        (662.939890710383, 749.792349726776, 20.2473419631095),
    ],
}


def numbers(estimates):
    return estimates.frame[RESULT].to_numpy(float)


@pytest.mark.parametrize("rule", RULES)
def test_rules_equal_r(rule):
    found = quantile(golden.design("dstrat"), "enroll", [0.1, 0.25, 0.5, 0.9], rule=rule)
    assert numbers(found) == pytest.approx(np.array(RULES[rule]), rel=1e-10)
    assert set(found.frame["df"]) == {197.0}


@pytest.mark.parametrize("interval", INTERVALS)
def test_intervals_equal_r(interval):
    found = quantile(golden.design("dclus1"), "api00", [0.25, 0.5, 0.75], rule="hf7", interval=interval)
    assert numbers(found)[:, 1:] == pytest.approx(np.array(INTERVALS[interval]), rel=1e-10)


def test_domain_and_level_equal_r():
    # R: svyquantile(~meals, subset(dclus1, stype == "M"), c(.25, .5), alpha = .1); degf 11, 25 rows.
    frame = golden.read("apiclus1")
    design = SurveyDesign(frame, weights="pw", psu="dnum", fpc="fpc")
    found = quantile(design, "meals", [0.25, 0.5], where=frame["stype"] == "M", level=0.9)
    assert numbers(found) == pytest.approx(np.array([(28, 17, 37, 5.56828583651387), (37, 28, 58, 8.3524287547708)]))
    assert found.frame[["df", "n"]].drop_duplicates().values.tolist() == [[11, 25]]


def test_missing_answers_leave_the_degrees_of_freedom_as_in_r():
    # R: svyquantile(~acs.46, subset(dstrat, awards == "No"), c(.2, .5), na.rm = TRUE). 45 are missing: df 39, not 84.
    frame = golden.read("apistrat")
    design = SurveyDesign(frame, weights="pw", strata="stype", fpc="fpc")
    found = quantile(design, "acs.46", [0.2, 0.5], where=frame["awards"] == "No")
    assert numbers(found) == pytest.approx(np.array([(28, 28, 29, 0.247195453861489), (30, 30, 32, 0.494390907722978)]))
    assert set(found.frame["df"]) == {39.0}


def test_replicates_equal_r():
    # R: d <- as.svrepdesign(dstrat, type = "JKn"); svyquantile(~api00, d, c(.25, .5, .9), interval.type = "mean"),
    # then with interval.type = "quantile".
    design = replicates(SurveyDesign(golden.read("apistrat"), weights="pw", strata="stype", fpc="fpc"))
    woodruff = [(565, 535, 597, 15.7194511320391), (668, 642, 694, 13.1840557881618), (836, 806, 865, 14.9588325288759)]
    assert numbers(quantile(design, "api00", [0.25, 0.5, 0.9])) == pytest.approx(np.array(woodruff))
    spread = numbers(quantile(design, "api00", [0.25, 0.5], interval="quantile"))
    assert spread == pytest.approx(
        np.array([(565, 565, 565, 0), (668, 654.461913177396, 681.538086822604, 6.86488045900739)]), abs=1e-9
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # The sum 3 of 12 meets 0.25 at the second 1; 0.5 is met at 4; the middles of the steps of hf5 are
        # (1, 2.5, 3.5, 4.5, 5.5, 7.5, 10, 11.5)/12: 3/12 lies half way from 1 to 2, 6/12 a quarter from 4 to 5.
        ("math", [1, 4]),
        ("school", [1.5, 4.5]),
        # Of the distinct 1 2 3 4 5 6 9, 0.25 is met at the first, an odd place: up; 0.5 at the fourth: stay.
        ("hf3", [2, 4]),
        ("hf5", [1.5, 4.25]),
        # Steps from 0, 2, 3, 4, 5, 6, 9, 11 of 11: 2.75 lies below the 2 at 3 by a quarter step, 5.5 half way to 5.
        ("hf7", [1.75, 4.5]),
    ],
)
def test_rules_by_hand(rule, expected):
    found = quantile(SurveyDesign(SMALL, "w"), "y", [0.25, 0.5], rule=rule)
    assert found.frame["estimate"].tolist() == pytest.approx(expected)


def test_interval_beyond_the_data_has_no_end_and_no_standard_error():
    # R: svyquantile(~y, svydesign(id = ~1, weights = ~w, data = x), c(.25, .5, .9)).
    found = numbers(quantile(SurveyDesign(SMALL, "w"), "y", [0.25, 0.5, 0.9]))
    nan = np.nan
    expected = np.array([(1, nan, 5, nan), (4, 1, 9, 1.69160068340906), (6, 5, nan, nan)])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_below_the_share_of_the_lowest_answer_the_rules_do_as_r():
    # R: survey:::qrule_math(c(1, 2, 3), c(1, 1, 1), 0) is 2, qrule_hf4 0, qrule_hf5 1.
    design = SurveyDesign(pd.DataFrame({"y": [1, 2, 3]}))
    found = {rule: quantile(design, "y", 0, rule=rule).row().estimate for rule in ("math", "hf4", "hf5")}
    assert found == pytest.approx({"math": 2, "hf4": 0, "hf5": 1})


def test_whole_distribution_is_the_highest_answer_but_for_hf4():
    found = {rule: quantile(SurveyDesign(SMALL, "w"), "y", 1, rule=rule).row().estimate for rule in RULES}
    assert np.isnan(found.pop("hf4"))
    assert set(found.values()) == {9}


def test_one_answer_to_all_is_every_quantile_with_certainty():
    design = SurveyDesign(pd.DataFrame({"y": [3] * 8}))
    assert numbers(quantile(design, "y", [0.1, 0.5, 1])).tolist() == [[3, 3, 3, 0]] * 3


def test_rows_of_weight_zero_do_not_count():
    more = pd.concat([SMALL, pd.DataFrame({"y": [100, -100], "w": [0.0, 0.0]})], ignore_index=True)
    for rule in RULES:
        with_zero, without = (quantile(SurveyDesign(frame, "w"), "y", [0.3, 0.7], rule=rule) for frame in (more, SMALL))
        assert with_zero.frame[["estimate", "n", "n_eff"]].equals(without.frame[["estimate", "n", "n_eff"]])


def test_rows_are_groups_by_probabilities_named_as_text():
    frame = SMALL.assign(g=pd.Categorical(list("aabbaabb"), ["a", "b", "c"]))
    found = quantile(SurveyDesign(frame, "w"), "y", [0.25, 0.5, 1], by="g")
    assert found.frame["category"].tolist() == ["0.25", "0.5", "1"] * 3
    assert found.frame["by_category"].tolist() == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    assert set(found.frame["statistic"]) == {"quantile"}
    assert found.row("0.5", by_category="c").n == 0
    assert found.frame.tail(3)[RESULT].isna().all(axis=None)


@pytest.mark.parametrize("interval", ["mean", "beta", "xlogit", "asin", "score"])
def test_a_row_of_by_equals_where(interval):
    frame = golden.read("apistrat")
    design = SurveyDesign(frame, weights="pw", strata="stype", fpc="fpc")
    together = quantile(design, "api00", [0.25, 0.5], by="awards", interval=interval)
    for place, name in enumerate(("No", "Yes")):
        alone = quantile(design, "api00", [0.25, 0.5], where=frame["awards"] == name, interval=interval)
        assert numbers(together)[2 * place : 2 * place + 2] == pytest.approx(numbers(alone), rel=1e-12)
        assert together.frame["df"][2 * place] == alone.frame["df"][0]


def test_covariance_is_known_on_the_diagonal_only():
    found = quantile(golden.design("dstrat"), "api00", [0.25, 0.5])
    assert np.diag(found.covariance) == pytest.approx(found.frame["se"] ** 2)
    assert np.isnan(found.covariance[0, 1])


def test_effective_size_is_kishs():
    # (2+1+1+1+1+3+2+1)² = 144, the squares sum to 22.
    row = quantile(SurveyDesign(SMALL, "w"), "y", 0.5).row()
    assert (row.n_eff, row.n) == (pytest.approx(144 / 22), 8)
    assert np.isnan(row.deff)


def test_an_opt_in_sample_has_estimates_only():
    found = quantile(SurveyDesign(SMALL, "w", sampling="opt_in"), "y", [0.25, 0.5])
    assert found.frame["estimate"].tolist() == [1, 4]
    assert found.frame[["se", "ci_low", "ci_high", "df", "n_eff"]].isna().all(axis=None)
    justified = quantile(SurveyDesign(SMALL, "w", sampling="opt_in", justification="a model"), "y", 0.5)
    assert justified.row().se == pytest.approx(1.69160068340906)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=3, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_equally_weighted_rows_does_not_matter(answers, random):
    shuffled = random.sample(answers, len(answers))
    for rule in RULES:
        first, second = (
            quantile(SurveyDesign(pd.DataFrame({"y": y})), "y", [0.2, 0.5, 0.9], rule=rule) for y in (answers, shuffled)
        )
        np.testing.assert_allclose(numbers(first), numbers(second), rtol=1e-9, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3).map(lambda y: round(y, 6)), min_size=2, max_size=30), st.floats(0.01, 0.99))
def test_hf7_without_weights_is_numpys_quantile(answers, share):
    found = quantile(SurveyDesign(pd.DataFrame({"y": answers})), "y", share, rule="hf7").row().estimate
    assert found == pytest.approx(np.quantile(answers, share), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("wanted", [-0.1, 1.1, np.nan, [], "half", [[0.5]]])
def test_probabilities_outside_zero_to_one_are_refused(wanted):
    with pytest.raises(EstimationError, match="probabilities must be one or more numbers from 0 to 1"):
        quantile(SurveyDesign(SMALL), "y", wanted)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "maths"}, "unknown rule 'maths'; did you mean 'math'"),
        ({"interval": "woodruff"}, "unknown interval 'woodruff'"),
        ({"interval": "quantile"}, "needs replicate weights"),
        ({"base": "asked"}, "who did not answer has no number"),
        ({"level": 1.5}, "level must lie between 0 and 1"),
        ({"where": [False] * 8}, "the domain is empty"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(EstimationError, match=message):
        quantile(SurveyDesign(SMALL), "y", 0.5, **options)


@pytest.mark.parametrize("answers", [list("abcdefgh"), pd.Categorical(list("aabbccdd"), ordered=True)])
def test_categories_have_no_quantile(answers):
    with pytest.raises(EstimationError, match=r"'q' is .* not a number"):
        quantile(SurveyDesign(SMALL.assign(q=answers)), "q", 0.5)


def test_a_variable_without_answers_is_refused():
    with pytest.raises(EstimationError, match="nobody in the domain has an answer"):
        quantile(SurveyDesign(SMALL.assign(q=np.nan)), "q", 0.5)


def test_a_group_that_vanishes_from_a_replicate_is_refused():
    design = replicates(SurveyDesign(SMALL.assign(g=list("abbbbbbb"))))
    for interval in ("mean", "quantile"):
        with pytest.raises(EstimationError, match=r"(have|has) nobody"):
            quantile(design, "y", 0.5, by="g", interval=interval)
