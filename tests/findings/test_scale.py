"""Findings about a mean on a scale."""

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.findings.scale import scale
from tests.findings.spoken import estimates, plain, row, speaking

WORDS = {"a__sentence": "Na lestvici od {low} do {high} je povprečna ocena {mean}."}


def mean(design, value=4.25, **more):
    return estimates(
        design,
        [row(value, **{"variable": "annoyance_overall", "category": None, "statistic": "mean", "half": 0.3} | more)],
    )


def test_mean_with_its_interval_and_the_ends_of_the_scale(noise):
    found = scale(speaking(noise, **WORDS, a__key="Ocena je {mean}."), "a", mean(noise), limits=(0, 10))
    assert (
        plain(found.text) == "Na lestvici od 0 do 10 je povprečna ocena 4,3 (4,0–4,6)."
    )  # 3.95 and 4.55 are rounded up
    assert plain(found.key) == "Ocena je 4,3 (4,0–4,6)."
    assert [number.claim.statistic for number in found.text.numbers()] == [
        "scale_minimum", "scale_maximum", "mean", "mean.ci_low", "mean.ci_high"
    ]  # fmt: skip


def test_median_share_of_the_upper_end_and_base(noise):
    words = {"a__sentence": "Ocena je {mean}, mediana {median}, {top} visoko; od {low} do {high}, n = {n}."}
    median = estimates(
        noise, [row(4.0, variable="annoyance_overall", category="0.5", statistic="quantile", half=1)]
    ).rows[0]
    high = estimates(noise, [row(0.2, variable="annoyance_overall")]).rows[0]
    found = scale(speaking(noise, **words), "a", mean(noise), limits=(0, 10), median=median, high=high)
    assert plain(found.text) == (
        "Ocena je 4,3 (4,0–4,6), mediana 4,0 (3,0–5,0), 20,0 % (15,0–25,0 %) visoko; od 0 do 10, n = 500."
    )
    assert len(found.rows) == 3


def test_english(noise):
    voice = speaking(noise, "en", a__sentence="On a scale from {low} to {high} the mean is {mean}.")
    assert (
        plain(scale(voice, "a", mean(noise), limits=(0, 10)).text)
        == "On a scale from 0 to 10 the mean is 4.3 (4.0–4.6)."
    )


def test_quality_and_opt_in(noise, breastfeeding):
    found = scale(speaking(noise, **WORDS), "a", mean(noise, n=12, flag="small_base"), limits=(0, 10))
    assert plain(found.text).endswith("4,3 (4,0–4,6; majhna osnova, n = 12).")
    rows = mean(breastfeeding, variable="child_age", half=np.nan, se=np.nan, df=np.nan)
    assert plain(scale(speaking(breastfeeding, **WORDS), "a", rows, limits=(0, 36)).text) == (
        "Na lestvici od 0 do 36 je povprečna ocena 4,3. Podatki veljajo le za sodelujoče v anketi."
    )


def test_negative_ends_are_written_in_words(noise):
    found = scale(speaking(noise, **WORDS), "a", mean(noise, -0.25, half=0.5), limits=(-2.5, 2))
    assert plain(found.text) == "Na lestvici od −2,5 do 2 je povprečna ocena −0,3 (od −0,8 do 0,3)."


@pytest.mark.parametrize("limits", [(10, 0), (0, 0), (0, np.nan), (-np.inf, 3), (0, 4), (5, 10)])
def test_what_is_no_scale_for_the_mean_is_refused(noise, limits):
    with pytest.raises(FindingError):
        scale(speaking(noise, **WORDS), "a", mean(noise), limits=limits)


def test_what_is_no_mean_is_refused(noise):
    share = estimates(noise, [row(0.4)])
    with pytest.raises(FindingError, match="needs a mean"):
        scale(speaking(noise, **WORDS), "a", share, limits=(0, 10))
    with pytest.raises(FindingError, match="as high= a share"):
        scale(speaking(noise, **WORDS), "a", mean(noise), limits=(0, 10), high=mean(noise).rows[0])
    with pytest.raises(FindingError, match=r"values without a place \(median\)"):
        scale(speaking(noise, **WORDS), "a", mean(noise), limits=(0, 10), median=mean(noise).rows[0])
    with pytest.raises(WithheldError):
        scale(speaking(noise, **WORDS), "a", mean(noise, flag="small_cell"), limits=(0, 10))
    with pytest.raises(WithheldError):
        scale(speaking(noise, **WORDS), "a", mean(noise, np.nan), limits=(0, 10))
    with pytest.raises(kzm.KzmError, match="2 estimates"):
        scale(speaking(noise, **WORDS), "a", estimates(noise, [row(4.0, statistic="mean")] * 2), limits=(0, 10))
