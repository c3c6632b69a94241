"""R values: R 4.2.2, survey 4.1-1, `svyttest(y ~ g, design)` and `svyranktest(y ~ g, design, test = )`.

In R as here: apistrat$part <- ifelse(seq(200) %% 9 == 0, NA, apistrat$api00); jkn and jk1 are as.svrepdesign of dstrat
(JKn) and dclus1 (JK1); calibrated is calibrate(dstrat, ~sch.wide, c(6194, 5122)); two_stage stands in
test_independence.made_two_stage, its pair is group without "c".
"""

import math

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import EstimationError, SurveyDesign, calibrate
from kzm_surveys.estimation.group_tests import ranktest, ttest
from kzm_surveys.estimation.replication import replicates
from tests.estimation.test_independence import made_two_stage
from tests.golden import design


def r_design(name):
    if name == "two_stage":
        made = made_two_stage()
        group = made.frame["group"]
        return made._with(frame=made.frame.assign(pair=group.where(group != "c")))
    if name in ("dclus1", "jk1"):
        made = design("dclus1")
    else:
        made = design("dstrat")
        part = made.frame["api00"].where((np.arange(200) + 1) % 9 != 0)
        made = made._with(frame=made.frame.assign(part=part))
    if name == "calibrated":
        return calibrate(made, {"sch.wide": {"No": 1072, "Yes": 5122}})
    return replicates(made) if name in ("jkn", "jk1") else made


# t, df, p, estimate, interval; `by` None is svyttest(y ~ 0)
T = {
    ("dstrat", "api00", "comp.imp"): (
        2.08424329551705, 196, 0.0384341879512073, 40.9899300351764, 2.20466400155799, 79.7751960687948),
    ("dstrat", "part", "sch.wide"): (
        3.26209388241238, 174, 0.00133097922779629, 67.9416327994867, 26.8343489832923, 109.048916615681),
    ("dstrat", "part", None): (
        67.6439961202852, 196, 7.85794497029378e-138, 664.0803846403, 644.719312318117, 683.441456962483),
    ("dclus1", "api00", "awards"): (
        1.44535339205498, 13, 0.172031206099831, 26.400290275762, -13.0602042626603, 65.8607848141843),
    ("jkn", "part", "comp.imp"): (
        1.73633550862143, 196, 0.0840758458446664, 34.5071945774466, -4.68630260797131, 73.7006917628644),
    ("jkn", "part", None): (
        67.5751932279585, 196, 9.51457681731471e-138, 664.0803846403, 644.699599495842, 683.461169784758),
    ("jk1", "api00", "awards"): (
        1.22565675159186, 13, 0.242069168895536, 26.400290275762, -20.1334228206659, 72.9340033721899),
    ("calibrated", "part", "awards"): (
        1.73672121370501, 174, 0.0842061826416096, 34.0232499012563, -4.64236698237396, 72.6888667848866),
    ("two_stage", "y", "pair"): (
        -1.2439528371049, 10, 0.241885949671924, -0.809249656857251, -2.25875847070961, 0.640259156995106),
    ("two_stage", "y", None): (
        19.9906943676801, 10, 2.15584865374117e-09, 5.63859204498099, 5.01012132881442, 6.26706276114755),
}  # fmt: skip


@pytest.mark.parametrize(("case", "expected"), T.items(), ids=map(str, T))
def test_t_test_equals_r(case, expected):
    name, variable, by = case
    test = ttest(r_design(name), variable, by=by)
    found = (test.statistic, test.df_den, test.p_value, test.estimate, test.ci_low, test.ci_high)
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    assert test.df_num == 1


@pytest.mark.parametrize(
    ("by", "expected"),
    [  # svyttest(part ~ comp.imp, subset(dstrat, stype != "E")), (part ~ stype, ...)
        ("comp.imp", (3.39523936082923, 89, 0.00102615123514818, 79.8734670952648)),
        ("stype", (0.793485241148914, 89, 0.429605587554012, 18.7608695652173)),
    ],
)
def test_t_test_in_a_domain_equals_r_and_takes_the_groups_that_are_there(by, expected):
    made = r_design("dstrat")
    test = ttest(made, "part", by=by, where=made.frame["stype"] != "E")
    np.testing.assert_allclose((test.statistic, test.df_den, test.p_value, test.estimate), expected, rtol=1e-8)


def test_t_test_without_design_is_that_of_hand_arithmetic():
    # Means 2 and 7, squares about them 2 and 8; the linearised variance is n/(n-1)·Σ(residual/group size)²
    # = 6/5·(2/9 + 8/9) = 4/3; t = (5 - 1)/√(4/3) on 6 - 1 - 1 degrees of freedom.
    frame = pd.DataFrame({"y": [1.0, 2, 3, 5, 7, 9], "g": list("aaabbb")})
    test = ttest(SurveyDesign(frame), "y", by="g", null=1.0)
    assert (test.estimate, test.se, test.df_den) == pytest.approx((5, math.sqrt(4 / 3), 4))
    assert test.statistic == pytest.approx(4 / math.sqrt(4 / 3))
    # One mean: 4.5, squares about it 12.25+6.25+2.25+.25+6.25+20.25 = 47.5, variance 47.5/(6·5); df 6 - 1 - 1 as R.
    one = ttest(SurveyDesign(frame), "y", null=4.0)
    assert (one.statistic, one.df_den) == pytest.approx((0.5 / math.sqrt(47.5 / 30), 4))


def test_interval_widens_with_the_level():
    # t quantiles with 4 df: 2.776445 at 0.975, 2.131847 at 0.95 (any table of t)
    frame = pd.DataFrame({"y": [1.0, 2, 3, 5, 7, 9], "g": list("aaabbb")})
    wide, narrow = (ttest(SurveyDesign(frame), "y", by="g", level=level) for level in (0.95, 0.9))
    assert wide.ci_high - 5 == pytest.approx(2.776445 * wide.se, rel=1e-6)
    assert narrow.ci_high - 5 == pytest.approx(2.131847 * wide.se, rel=1e-6)


# two groups: t, df, p, difference of the mean scores
RANKS = {
    ("dstrat", "api00", "comp.imp", "wilcoxon"): (1.88118864576572, 196, 0.0614289005642574, 0.0861841985229115),
    ("dstrat", "api00", "comp.imp", "vanderwaerden"): (2.2918664850291, 196, 0.0229759302058944, 0.365265655981971),
    ("dstrat", "api00", "comp.imp", "median"): (1.06241735954066, 196, 0.289353521960633, 0.0821829040877291),
    ("dstrat", "part", "sch.wide", "wilcoxon"): (3.02078376496157, 174, 0.0029013395981774, 0.151131018237706),
    ("dclus1", "api00", "awards", "wilcoxon"): (1.33806767140529, 13, 0.20380994156446, 0.0654571843251091),
    ("dclus1", "api00", "awards", "vanderwaerden"): (1.61548880231333, 13, 0.130202789922714, 0.261998086255044),
    ("dclus1", "api00", "awards", "median"): (0.789387648053466, 13, 0.444045200007768, 0.0625544267053706),
    ("jkn", "api00", "comp.imp", "wilcoxon"): (1.88118864576572, 196, 0.0614289005642573, 0.0861841985229115),
    ("jk1", "api00", "awards", "vanderwaerden"): (1.61548880231333, 13, 0.130202789922714, 0.261998086255044),
    ("calibrated", "part", "awards", "wilcoxon"): (1.56936458243145, 174, 0.118379736080993, 0.073545787617193),
    ("two_stage", "y", "pair", "wilcoxon"): (-1.27173082309705, 10, 0.232248374156412, -0.0815911245055987),
    ("two_stage", "y", "pair", "vanderwaerden"): (-1.08441542559629, 10, 0.303632249900267, -0.244162920316225),
    ("two_stage", "y", "pair", "median"): (-1.03093256861691, 10, 0.326861725254422, -0.121341319257422),
}


@pytest.mark.parametrize(("case", "expected"), RANKS.items(), ids=map(str, RANKS))
def test_rank_test_of_two_groups_equals_r(case, expected):
    name, variable, by, score = case
    test = ranktest(r_design(name), variable, by=by, score=score)
    np.testing.assert_allclose((test.statistic, test.df_den, test.p_value, test.estimate), expected, rtol=1e-8)


# more groups: Chisq (which R returns in the place of the parameter), df, ddf, p
MORE = {
    ("dstrat", "enroll", "stype", "wilcoxon"): (143.868408062201, 2, 195, 3.98422697042492e-24),
    ("dstrat", "enroll", "stype", "vanderwaerden"): (128.854373773671, 2, 195, 3.30576784426719e-22),
    ("dstrat", "enroll", "stype", "median"): (96.4767607509075, 2, 195, 9.5387397001479e-18),
    ("dstrat", "part", "stype", "wilcoxon"): (7.60112158663498, 2, 173, 0.0242476466095888),
    ("dclus1", "meals", "stype", "wilcoxon"): (5.9793533449126, 2, 12, 0.088398128516704),
    ("dclus1", "meals", "stype", "median"): (15.2706454667539, 2, 12, 0.00725963811632654),
    ("calibrated", "part", "stype", "vanderwaerden"): (9.19398661674716, 2, 173, 0.0113447142949262),
    ("two_stage", "y", "group", "wilcoxon"): (1.70291140379374, 2, 9, 0.458492890134885),
    ("two_stage", "y", "group", "median"): (1.17169985630895, 2, 9, 0.57652796441966),
}


@pytest.mark.parametrize(("case", "expected"), MORE.items(), ids=map(str, MORE))
def test_rank_test_of_several_groups_equals_r(case, expected):
    name, variable, by, score = case
    test = ranktest(r_design(name), variable, by=by, score=score)
    np.testing.assert_allclose((test.statistic * 2, test.df_num, test.df_den, test.p_value), expected, rtol=1e-8)
    assert math.isnan(test.estimate)


def test_rank_test_in_a_domain_equals_r():
    # svyranktest(y ~ group, subset(two_stage, q != "no"))
    made = r_design("two_stage")
    test = ranktest(made, "y", by="group", where=made.frame["q"].isin(["some", "much"]))
    np.testing.assert_allclose((test.statistic * 2, test.p_value), (1.4384609751004, 0.513129719460934), rtol=1e-8)


TIED = pd.DataFrame({"y": [1, 2, 2, 3, 3, 4], "g": list("ababab"), "w": [1.0, 2, 4, 1, 3, 1]})


def test_ranks_of_tied_values_are_those_of_hand_arithmetic():
    # Weight reached: 1 3 7 8 11 12; ranks in file order 0.5 2 5 7.5 9.5 11.5 of 12.
    # R's ties: (2 + 5)/2 = 3.5 and (7.5 + 9.5)/2 = 8.5. Midranks: 1 + 6/2 = 4 and 7 + 4/2 = 9.
    # a: weights 1 4 3, b: 2 1 1.
    made = SurveyDesign(TIED, "w")
    as_r = (2 * 3.5 + 8.5 + 11.5) / 4 - (0.5 + 4 * 3.5 + 3 * 8.5) / 8
    middle = (2 * 4 + 9 + 11.5) / 4 - (0.5 + 4 * 4 + 3 * 9) / 8
    assert ranktest(made, "y", by="g").estimate == pytest.approx(as_r / 12)
    assert ranktest(made, "y", by="g", ties="midrank").estimate == pytest.approx(middle / 12)
    backwards = SurveyDesign(TIED[::-1], "w")
    assert ranktest(backwards, "y", by="g", ties="midrank").statistic == pytest.approx(
        ranktest(made, "y", by="g", ties="midrank").statistic
    )


def test_both_rules_for_ties_agree_under_equal_weights():
    one, other = (ranktest(r_design("dclus1"), "meals", by="stype", ties=ties) for ties in ("r", "midrank"))
    assert one.statistic == pytest.approx(other.statistic, rel=1e-10)


def test_scale_of_the_weights_does_not_matter():
    one, other = (ranktest(SurveyDesign(TIED.assign(w=TIED["w"] * k), "w"), "y", by="g") for k in (1, 1000))
    assert (one.statistic, one.p_value) == pytest.approx((other.statistic, other.p_value))


def test_categories_with_an_order_are_ranked_by_it():
    words = pd.Categorical.from_codes(TIED["y"] - 1, ["never", "at times", "often", "always"], ordered=True)
    made = SurveyDesign(TIED.assign(words=words), "w")
    assert ranktest(made, "words", by="g") == ranktest(made, "y", by="g")
    with pytest.raises(EstimationError, match="'words' is category, not a number"):
        ranktest(SurveyDesign(TIED.assign(words=words.as_unordered())), "words", by="g")


def test_rows_of_weight_zero_and_rows_outside_the_domain_do_not_count():
    more = pd.concat([TIED, pd.DataFrame({"y": [9, 2], "g": ["c", "a"], "w": [0.0, 0.0]})], ignore_index=True)
    one, other = (ranktest(SurveyDesign(frame, "w"), "y", by="g") for frame in (TIED, more))
    assert (one.estimate, one.df_den) == pytest.approx((other.estimate, other.df_den))


FRAME = pd.DataFrame(
    {
        "y": [1.0, 2, 3, 4, 5, 6],
        "g": list("aabbcc"),
        "two": list("aaabbb"),
        "one": list("aaaaaa"),
        "same": [0.1] * 6,
        "empty": [math.nan] * 6,
        "nobody": [False] * 6,
    }
)


@pytest.mark.parametrize(
    ("verb", "arguments", "words"),
    [
        (ttest, {"variable": "x", "by": "two"}, "unknown column 'x'"),
        (ttest, {"variable": "y", "by": "x"}, "unknown column 'x'"),
        (ttest, {"variable": "g", "by": "two"}, "not a number"),
        (ttest, {"variable": "empty"}, "nobody in the domain has answers"),
        (ttest, {"variable": "y", "by": "g"}, "compares two groups, 3 have answers"),
        (ttest, {"variable": "y", "by": "one"}, "compares two groups, 1 have answers"),
        (ttest, {"variable": "y", "by": "two", "where": "nobody"}, "domain is empty"),
        (ttest, {"variable": "same", "by": "two"}, "answers do not vary"),
        (ttest, {"variable": "y", "by": "two", "level": 95}, "level must lie between 0 and 1"),
        (ttest, {"variable": "y", "null": math.nan}, "null must be a number"),
        (ttest, {"variable": "y", "where": FRAME["y"] > 4}, "1 degrees of freedom"),
        (ranktest, {"variable": "y", "by": "one"}, "only one has answers"),
        (ranktest, {"variable": "y", "by": "two", "score": "mean"}, "unknown score 'mean'"),
        (ranktest, {"variable": "y", "by": "two", "ties": "first"}, "unknown ties 'first'"),
        (ranktest, {"variable": "same", "by": "two"}, "answers do not vary"),
        (ranktest, {"variable": "same", "by": "g"}, "no sampling variance"),
        (ranktest, {"variable": "empty", "by": "g"}, "nobody in the domain has answers"),
    ],
)
def test_what_allows_no_test_says_why(verb, arguments, words):
    with pytest.raises(EstimationError, match=words):
        verb(SurveyDesign(FRAME), **arguments)


@pytest.mark.parametrize("verb", [ttest, ranktest])
def test_opt_in_samples_have_no_test_without_justification(verb):
    with pytest.raises(EstimationError, match="opt-in"):
        verb(SurveyDesign(FRAME, sampling="opt_in"), "y", by="two")
    argued = SurveyDesign(FRAME, sampling="opt_in", justification="quota sample, weights by age and sex")
    assert verb(argued, "y", by="two") == verb(SurveyDesign(FRAME), "y", by="two")


def test_a_group_that_a_replicate_lacks_says_so():
    weights = np.array([[2.0, 0], [2, 0], [2, 0], [0, 2], [0, 2], [0, 2]])
    with pytest.raises(EstimationError, match="replicates have nobody in a group"):
        ttest(SurveyDesign(FRAME, replicate_weights=np.c_[weights, np.eye(6)]), "y", by="two")
