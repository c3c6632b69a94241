"""Expected values: the test of a single option by R's `svychisq`, and hand arithmetic."""

import math

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, SurveyDesign
from kzm_surveys.estimation.replication import replicates
from kzm_surveys.estimation.select_all import select_all_test
from tests.golden import design

# svychisq(~sch.wide + stype, dclus1, statistic = "F" and "Chisq"): statistic, df, denominator df, p
R = {
    "F": (5.19336954147488, 1.49463977770746, 20.9249568879044, 0.0217474623707969),
    "chisq": (11.9408920807453, 2, math.inf, 0.00555326330311322),
}


def values(test):
    return test.statistic, test.df_num, test.df_den, test.p_value


def schools(name="dclus1"):
    """Three yes/no columns of the api data as options."""
    made = design(name)
    options = {name: (made.frame[name] == "Yes").astype(int) for name in ("sch.wide", "comp.imp", "awards")}
    return made._with(frame=made.frame.assign(**options))


@pytest.mark.parametrize(("test", "expected"), R.items())
def test_one_option_is_the_ordinary_test_of_the_option_by_the_group(test, expected):
    np.testing.assert_allclose(values(select_all_test(schools(), ["sch.wide"], by="stype", test=test)), expected, 1e-8)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        # svychisq(~stype + comp.imp, dstrat, statistic = "F")
        (schools("dstrat"), (15.055814224518182, 1.8817799271637712, 370.71064565126295, 9.718224680407835e-07)),
        # svychisq(~sch.wide + stype, as.svrepdesign(dclus1, type = "JK1"), statistic = "F")
        (replicates(schools()), (4.46390538192959, 1.4197254796946, 19.8761567157244, 0.0357733990135964)),
    ],
)
def test_one_option_equals_r_on_other_designs(made, expected):
    option = "comp.imp" if made.replicates is None else "sch.wide"
    np.testing.assert_allclose(values(select_all_test(made, [option], by="stype")), expected, rtol=1e-8)


def test_the_same_option_twice_tells_nothing_more():
    # Every block of Δ is that of the one option: tr and X² double, tr Δ² is four times, F and its df stay.
    made = schools()
    twice = made._with(frame=made.frame.assign(again=made.frame["sch.wide"]))
    one, other = (select_all_test(twice, options, by="stype") for options in (["sch.wide"], ["sch.wide", "again"]))
    np.testing.assert_allclose(values(other), values(one), rtol=1e-10)


def test_x2_adds_the_options_and_their_order_does_not_matter():
    made, options = schools(), ["sch.wide", "comp.imp", "awards"]
    alone = [select_all_test(made, [option], by="stype", test="chisq").statistic for option in options]
    together = select_all_test(made, options, by="stype", test="chisq")
    assert together.statistic == pytest.approx(sum(alone))
    assert together.df_num == 6
    turned = select_all_test(made, options[::-1], by="stype", test="chisq")
    assert values(turned) == pytest.approx(values(together))


# walk: 3 of 4 in x, 1 of 4 in y: X² = 8·(3·3 - 1·1)²/4⁴ = 2. bus: 2 of 4 in both: X² = 0.
# Simple random sampling: Δ has 8/7 on its diagonal, so F = 2/(16/7). Off it stands 8/7 of the correlation of the two
# log odds ratios: residuals of walk (±.75, ∓.25) over .1875 and of bus (±.5) over .25 have products -1/.046875 and
# squares 1.5/.1875² and 2/.25²: -1/√3. d = 2²/(2 + 2/3).
TWO = pd.DataFrame({"walk": [1, 1, 1, 0, 0, 0, 1, 0], "bus": [0, 1, 0, 1, 1, 1, 0, 0], "g": list("xxxxyyyy")})
BY_HAND = (2 / (16 / 7), 1.5, 1.5 * 7)


def test_two_options_are_tested_as_hand_arithmetic_says():
    test = select_all_test(SurveyDesign(TWO), ["walk", "bus"], by="g")
    assert values(test)[:3] == pytest.approx(BY_HAND)
    assert 0 < test.p_value < 1


@pytest.mark.parametrize(
    "frame",
    [
        TWO.assign(walk=TWO["walk"] == 1, bus=TWO["bus"].astype("boolean")),
        TWO.replace({"walk": {0: "not_selected", 1: "selected"}}),
        TWO.assign(walk=pd.Categorical(TWO["walk"].map({0: "not_selected", 1: "selected"}))),
        TWO.assign(g=pd.Categorical(TWO["g"], ["x", "nobody", "y"])),
        TWO.astype({"bus": float}),
        TWO.assign(bus=TWO["bus"].map({0: False, 1: True}).astype(object)),
    ],
)
def test_options_may_be_words_booleans_or_numbers(frame):
    assert values(select_all_test(SurveyDesign(frame), ["walk", "bus"], by="g"))[:3] == pytest.approx(BY_HAND)


def test_a_missing_answer_leaves_its_table_or_counts_as_not_selecting_among_the_asked():
    asked = TWO.assign(walk=[1, 1, 1, math.nan, 0, 0, 1, math.nan])
    found = select_all_test(SurveyDesign(asked), ["walk", "bus"], by="g", base="asked")
    assert values(found)[:3] == pytest.approx(BY_HAND)
    # walk 3 0 / 1 2 of 6: X² = 6·(3·2)²/(3·3·4·2) = 3
    answered = select_all_test(SurveyDesign(asked), ["walk", "bus"], by="g", test="chisq")
    assert answered.statistic == pytest.approx(3)


def test_rows_outside_the_domain_do_not_count_but_stay_in_the_design():
    more = pd.concat([TWO, TWO.assign(g="z")], ignore_index=True)
    inside = select_all_test(SurveyDesign(more), ["walk", "bus"], by="g", where=more["g"] != "z")
    # 16 rows in the design: the variance has 16/15 in place of 8/7.
    assert inside.statistic == pytest.approx(2 / (2 * 16 / 15))
    assert inside.df_den == pytest.approx(1.5 * 7)


def test_a_set_of_the_codebook_is_the_list_of_its_members():
    made = kzm.SurveyDesign.from_survey(kzm.load("surveys/noise/2021"))
    made = made._with(sampling="probability")
    members = made.survey.codebook.sets["coping"]
    chosen = [name for name in members if made.frame[name].eq("selected").any()]
    whole = select_all_test(made, "coping", by="sex", base="asked")
    assert values(whole) == pytest.approx(values(select_all_test(made, chosen, by="sex", base="asked")))
    with pytest.raises(EstimationError, match="unknown select-all set 'copping'; did you mean 'coping'"):
        select_all_test(made, "copping", by="sex")


BAD = TWO.assign(five=[1, 2, 3, 4, 5, 1, 2, 3], all=1, none=0, silent=math.nan, one="x", word="perhaps")


@pytest.mark.parametrize(
    ("options", "arguments", "words"),
    [
        (["walk", "x"], {"by": "g"}, "unknown column 'x'"),
        (["walk"], {"by": "x"}, "unknown column 'x'"),
        ("coping", {"by": "g"}, "sets are declared in a codebook"),
        ([], {"by": "g"}, "one or more different columns"),
        (["walk", "walk"], {"by": "g"}, "one or more different columns"),
        (["five"], {"by": "g"}, "'five' is not an option"),
        (["word"], {"by": "g"}, "'word' is not an option"),
        (["walk", "all"], {"by": "g"}, "'all': nobody in the domain passed over"),
        (["none"], {"by": "g"}, "'none': nobody in the domain selected"),
        (["silent"], {"by": "g"}, "'silent': nobody in the domain answered"),
        (["walk"], {"by": "one"}, "two groups with answers"),
        (["walk"], {"by": "g", "where": np.zeros(8, bool)}, "domain is empty"),
        (["walk"], {"by": "g", "test": "wald"}, "unknown test 'wald'"),
        (["walk"], {"by": "g", "base": "all"}, "unknown base 'all'"),
    ],
)
def test_what_allows_no_test_says_why(options, arguments, words):
    with pytest.raises(EstimationError, match=words):
        select_all_test(SurveyDesign(BAD), options, **arguments)


def test_opt_in_samples_and_designs_without_degrees_of_freedom_have_no_test():
    with pytest.raises(EstimationError, match="opt-in"):
        select_all_test(SurveyDesign(TWO, sampling="opt_in"), ["walk"], by="g")
    with pytest.raises(EstimationError, match="0 degrees of freedom"):
        select_all_test(SurveyDesign(TWO.assign(unit=1), psu="unit", lonely_psu="remove"), ["walk"], by="g")
