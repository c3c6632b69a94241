"""What the annual report of 2022 printed about the noise survey of 2021, recomputed from the answers.

N01 508 respondents; N02 66,5 % aged 62 or more; N03 a good quarter aged 40 to 61; N04 to N06 road traffic 30 %, port
26,3 % and music events 17,8 % slightly or moderately; N07 the order of what annoys most; N08 dates; N09 mode.
"""

import datetime

import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.language.numbers import percent
from kzm_surveys.published import read_published
from kzm_surveys.synthesis.constraints import unmet_claims
from tests.loaders import SURVEYS

FOLDER = SURVEYS / "noise" / "2021"
CLAIMS = {claim.id: claim for claim in read_published(FOLDER).claims}
PRINTED = {"N02": "66,5 %", "N04": "30 %", "N05": "26,3 %", "N06": "17,8 %"}


@pytest.fixture(scope="module")
def survey():
    return kzm.load(FOLDER)


@pytest.fixture(scope="module")
def design(survey):
    return kzm.SurveyDesign.from_survey(survey)


def net(design, variable, categories):
    return kzm.proportion(design, variable, categories=categories).frame["estimate"].item()


def test_every_claim_is_checked_here():
    with_statistic = {name for name, c in CLAIMS.items() if c.value is not None}
    assert with_statistic == set(PRINTED)
    assert set(CLAIMS) - with_statistic == {"N01", "N03", "N07", "N08", "N09"}


@pytest.mark.parametrize("name", PRINTED)
def test_share_prints_as_published(design, name):
    claim = CLAIMS[name]
    assert (
        percent(net(design, claim.variable, claim.categories), claim.decimals).replace("\u00a0", " ") == PRINTED[name]
    )
    assert name in ("N02", "N04") or claim.categories == ("slightly", "moderately")


def test_number_of_respondents(survey, design):
    assert CLAIMS["N01"].count == 508 == len(survey)
    assert set(kzm.proportion(design, "sex").frame["n"]) == {508}


def test_a_good_quarter_is_between_26_and_27_percent(design):
    claim = CLAIMS["N03"]
    assert (claim.lowest, claim.highest) == (26.0, 27.0)
    assert 0.26 <= net(design, "age_group", ["40_61"]) <= 0.27
    assert net(design, "age_group", ["40_61"]) > 0.25


def test_order_of_what_annoys_most(survey, design):
    sources = [name for name, variable in survey.codebook.variables.items() if variable.source == "annoyance"]
    much = {name: net(design, name, ["very", "extremely"]) for name in sources}
    order = sorted(sources, key=much.get, reverse=True)
    assert order[:5] == [f"annoyance_{s}" for s in ("road", "port", "motorbikes", "neighbours", "construction")]
    assert CLAIMS["N07"].ranking == tuple(order[:5])
    assert len({much[name] for name in order[:6]}) == 6


def test_dates_and_mode(survey):
    assert (survey.wave.fieldwork.first, survey.wave.fieldwork.last) == (
        datetime.date(2021, 11, 24),
        datetime.date(2021, 12, 2),
    )
    assert not survey.wave.fieldwork.approximate
    assert survey.wave.mode == {"sl": "telefonska anketa", "en": "telephone survey"}


@pytest.mark.parametrize("name", ["N05", "N06"])
def test_shares_of_port_and_music_are_of_fewer_than_all(survey, name):
    # No count out of 508 rounds to 26.3 or 17.8: 133 -> 26.18, 134 -> 26.38; 90 -> 17.72, 91 -> 17.91.
    possible = (456, 460, 467, 471, 472, 482, 483, 490, 494, 495, 499, 501, 505, 506)
    answered = int(survey.responses[CLAIMS[name].variable].notna().sum())
    value = CLAIMS[name].value
    fits = [n for n in range(450, 509) if any(abs(100 * count / n - value) < 0.05 for count in range(n))]
    assert answered in fits
    assert 508 not in fits
    assert set(possible) <= set(fits)


def altered(responses, variable, old, new, count):
    """Copy in which the first `count` answers `old` are `new`."""
    changed = responses.copy()
    rows = changed.index[changed[variable] == old][:count]
    assert len(rows) == count
    changed.loc[rows, variable] = new
    return changed


ALTERED = {
    "N02": ("age_group", "62_plus", "18_39", 1),
    "N03": ("age_group", "40_61", "18_39", 6),
    "N04": ("annoyance_road", "slightly", "not_at_all", 6),
    "N05": ("annoyance_port", "slightly", "not_at_all", 1),
    "N06": ("annoyance_music", "moderately", "not_at_all", 1),
    "N07": ("annoyance_construction", "not_at_all", "extremely", 150),
}


@pytest.mark.parametrize("name", ALTERED)
def test_check_fails_on_altered_answers(survey, name):
    changed = altered(survey.responses, *ALTERED[name])
    unmet = unmet_claims(changed, survey.codebook, read_published(FOLDER))
    assert [line.split(":")[0] for line in unmet] == [name]


def test_check_fails_on_a_lost_respondent(survey):
    published = read_published(FOLDER)
    assert unmet_claims(survey.responses, survey.codebook, published) == []
    unmet = unmet_claims(survey.responses.iloc[1:], survey.codebook, published)
    assert "N01: 507 respondents, published 508" in unmet


def test_check_fails_on_shuffled_columns(survey):
    swapped = survey.responses.rename(
        columns={"annoyance_road": "annoyance_port", "annoyance_port": "annoyance_road"},
    )
    unmet = unmet_claims(pd.DataFrame(swapped), survey.codebook, read_published(FOLDER))
    assert {line.split(":")[0] for line in unmet} == {"N04", "N05", "N07"}
