import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import EstimationError
from kzm_surveys.estimation.missing_shares import missing_share


@pytest.fixture(scope="module")
def raked():
    return kzm.weight(kzm.load("surveys/noise/2021"))


@pytest.fixture(scope="module")
def mothers():
    return kzm.SurveyDesign.from_survey(kzm.load("surveys/breastfeeding/2022"))


def test_the_share_is_the_weight_with_the_reason_over_the_weight_of_those_asked(raked):
    found = missing_share(raked, "annoyance_railway", ["no_such_source"])
    hit = (raked.missing["annoyance_railway"] == "no_such_source").to_numpy()
    assert found.rows[0].estimate == pytest.approx(raked.weights[hit].sum() / raked.weights.sum(), rel=1e-12)
    assert (found.rows[0].n, int(found.cell_n[0])) == (508, 122)
    assert (found.base, found.rows[0].statistic, found.rows[0].category) == ("asked", "missing_share", "no_such_source")


def test_who_was_not_asked_stands_in_no_base(mothers):
    # 214 answered the survey; 9 were not asked (never breastfed) and 14 broke off before: 191 were asked, 11 of them
    # said that it does not apply and 7 that they do not know.
    share = missing_share(mothers, "support_city", ["not_applicable", "dont_know"]).rows[0]
    assert (share.n, share.category) == (214 - 9 - 14, "not_applicable+dont_know")
    assert share.estimate == pytest.approx((11 + 7) / 191, rel=1e-12)
    assert np.isnan([share.se, share.ci_low, share.ci_high]).all()  # opt-in
    assert share.flag == "opt_in"


def test_error_and_interval_are_those_of_a_column_of_zeros_and_ones():
    survey = kzm.load("surveys/noise/2021")
    plain = kzm.SurveyDesign.from_survey(survey)
    frame = survey.responses.assign(dont_know=survey.missing["opinion_municipality_acts"] == "dont_know")
    witness = kzm.proportion(kzm.SurveyDesign(frame), "dont_know", by="sex").frame
    witness = witness[witness["category"] == "True"].reset_index(drop=True)
    found = missing_share(plain, "opinion_municipality_acts", ["dont_know"], by="sex").frame
    same = ["estimate", "se", "ci_low", "ci_high", "df", "n", "n_eff", "deff"]
    assert np.allclose(found[same].to_numpy(), witness[same].to_numpy(), rtol=1e-10)
    # By hand for a simple random sample: p(1-p)/(n-1), 30 of 508 in all.
    all_of_them = missing_share(plain, "opinion_municipality_acts", ["dont_know"]).rows[0]
    p = 30 / 508
    assert all_of_them.se == pytest.approx((p * (1 - p) / 507) ** 0.5, rel=1e-10)


def test_answers_and_reasons_of_those_asked_sum_to_one(raked):
    name = "annoyance_port"
    answered = sum(row.estimate for row in kzm.proportion(raked, name, base="asked"))
    reasons = [missing_share(raked, name, [why]).rows[0].estimate for why in ("no_such_source", "dont_know", "refused")]
    assert answered + sum(reasons) == pytest.approx(1, abs=1e-12)


def test_a_reason_of_fewer_than_five_people_is_withheld_and_of_nobody_is_not(raked):
    assert missing_share(raked, "annoyance_port", ["dont_know"]).rows[0].withheld  # 4 of them
    assert missing_share(raked, "annoyance_port", ["no_answer"]).rows[0].estimate == 0
    assert not missing_share(raked, "annoyance_port", ["no_answer"]).rows[0].withheld


@pytest.mark.parametrize(
    ("variable", "reasons", "message"),
    [
        ("annoyance_prt", ["dont_know"], "did you mean 'annoyance_port'"),
        ("annoyance_port", ["dont_knw"], "did you mean 'dont_know'"),
        ("annoyance_port", ["not_asked"], "'not_asked' says that the question was not put"),
        ("annoyance_port", "dont_know", "reasons must be a list"),
    ],
)
def test_unknown_names_are_refused(raked, variable, reasons, message):
    with pytest.raises(EstimationError, match=message):
        missing_share(raked, variable, reasons)


def test_a_design_without_codebook_knows_no_reasons(raked):
    with pytest.raises(EstimationError, match="from_survey"):
        missing_share(kzm.SurveyDesign(raked.frame), "annoyance_port", ["dont_know"])
