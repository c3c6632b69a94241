"""An estimate beside a figure of somebody else: each with its own base, a difference only with a test."""

import math

import numpy as np
import pytest
from scipy import stats

from kzm_surveys.errors import CodebookError, FindingError, WithheldError
from kzm_surveys.findings.outside import outside_comparison
from kzm_surveys.findings.text import Footnote
from kzm_surveys.published import OutsideFigure, read_outside
from tests.findings.spoken import estimates, plain, row, speaking

SL = {"a__sentence": "Hrup pristanišča moti {share} prebivalcev (n = {n}).", "a__key": "Moti {share}."}
OWN = "Hrup pristanišča moti 40,0 % (35,0–45,0 %) prebivalcev (n = 500). "
GIVEN = "Za primerjavo: 32 % (prebivalci Izole; leto 2023; n = 400; vprašanje »Kaj vas moti?«). "


def figure(**changes):
    content = {
        "id": "izola", "value": 32, "n": 400, "year": 2023, "comparable": True,
        "population": {"sl": "prebivalci Izole", "en": "residents of Izola"},
        "wording": {"sl": "Kaj vas moti?", "en": "What annoys you?"},
        "source": {"sl": "Anketa o hrupu, 2023", "en": "Survey of noise, 2023"},
        "reason": {"sl": "vprašanje je bilo drugačno.", "en": "the question was another one."},
    }  # fmt: skip
    return OutsideFigure.model_validate(content | changes)


def own(design, share=0.4, **more):
    return estimates(design, [row(share, variable="annoyance_port", **more)]).rows[0]


def test_a_difference_is_tested_with_both_variances(noise):
    # u = .32 * .68 / 400 = .000544, v = .0004: se = .03072, t = .08 / .03072 = 2.604
    found = outside_comparison(speaking(noise, **SL), "a", own(noise), figure())
    assert plain(found.text) == (
        f"{OWN}{GIVEN}Delež v tej raziskavi je višji za 8,0 odstotne točke (interval zaupanja za razliko: 2,0–14,0; "
        "preizkus t, t(500) = 2,60; p = 0,009)."
    )
    p = next(number for number in found.text.numbers() if number.kind == "p_value")
    t = 0.08 / math.sqrt(0.02**2 + 0.32 * 0.68 / 400)
    assert p.claim.estimate == pytest.approx(2 * stats.t.sf(t, 500))
    assert plain(found.key) == "Moti 40,0 % (35,0–45,0 %)."


def test_lower_and_alike(noise):
    lower = outside_comparison(speaking(noise, **SL), "a", own(noise, 0.2), figure())
    assert (
        "Delež v tej raziskavi je nižji za 12,0 odstotne točke (interval zaupanja za razliko: od −18,0 do "
        "−6,0; preizkus t" in plain(lower.text)
    )
    alike = outside_comparison(speaking(noise, **SL), "a", own(noise, 0.36), figure())
    assert plain(alike.text).endswith(
        "Razlike med podatkoma ni bilo mogoče zaznati (interval zaupanja za razliko: od −2,0 do 10,0; preizkus t, "
        "t(500) = 1,30; p = 0,194)."
    )


def test_figures_that_may_not_be_compared_are_only_set_beside(noise):
    found = outside_comparison(speaking(noise, **SL), "a", own(noise), figure(comparable=False))
    assert plain(found.text) == f"{OWN}{GIVEN}Podatkov ni mogoče neposredno primerjati: vprašanje je bilo drugačno."


def test_without_a_base_there_is_no_test(noise):
    found = outside_comparison(speaking(noise, **SL), "a", own(noise), figure(n=None))
    assert plain(found.text) == (
        f"{OWN}Za primerjavo: 32 % (prebivalci Izole; leto 2023; število anketiranih ni navedeno; vprašanje »Kaj vas "
        "moti?«). Razlike ni mogoče preizkusiti, ker natančnost drugega podatka ni znana."
    )
    with_error = outside_comparison(speaking(noise, **SL), "a", own(noise), figure(n=None, se=2.0))
    assert "višji za 8,0 odstotne točke" in plain(with_error.text)


def test_no_variance_no_test(noise):
    for share, outside in (
        (own(noise, se=0.0), figure()),
        (own(noise, df=np.nan), figure()),
        (own(noise), figure(value=0)),
    ):
        text = plain(outside_comparison(speaking(noise, **SL), "a", share, outside).text)
        assert text.endswith("Razlike ni bilo mogoče preizkusiti.")


def test_an_opt_in_sample_is_not_tested(breastfeeding):
    share = own(breastfeeding)._replace(variable="needs_corners", ci_low=np.nan, ci_high=np.nan, se=np.nan, df=np.nan)
    voice = speaking(breastfeeding, a__sentence="Kotičke želi {share} mam.")
    assert plain(outside_comparison(voice, "a", share, figure()).text) == (
        f"Kotičke želi 40,0 % mam. {GIVEN}Podatki veljajo le za sodelujoče v anketi; razlik ni mogoče preizkusiti, ker "
        "je vzorec samoizbran."
    )
    beside = outside_comparison(voice, "a", share, figure(comparable=False))
    assert "Podatki veljajo le za sodelujoče v anketi. Za primerjavo" in plain(beside.text)


def test_means_and_english(noise):
    mean = own(noise, 4.0, statistic="mean", half=0.4, se=0.2)
    outside = figure(value=None, mean=3.0, decimals=1, se=0.1)
    found = outside_comparison(speaking(noise, "en", a__sentence="The mean is {share}."), "a", mean, outside)
    # se = sqrt(.04 + .01) = .2236, t = 4.47, half = 1.9647 * .2236 = .4393
    assert plain(found.text) == (
        "The mean is 4.0 (3.6–4.4). For comparison: 3.0 (residents of Izola; year 2023; n = 400; question “What annoys "
        "you?”). The mean in this survey is higher by 1.0 (confidence interval of the difference: 0.6–1.4; t test, "
        "t(500) = 4.47; p < 0.001)."
    )


def test_the_source_stands_in_a_note_and_in_the_claim(noise):
    text = outside_comparison(speaking(noise, **SL), "a", own(noise), figure()).text
    note = next(part for part in text.parts if isinstance(part, Footnote))
    assert str(note.text) == "Vir: Anketa o hrupu, 2023"
    claim = next(number.claim for number in text.numbers() if number.text.startswith("32"))
    assert (claim.statistic, claim.source, claim.n) == ("outside.izola", "outside.toml: Anketa o hrupu, 2023", 400)


def test_what_cannot_be_compared_is_refused(noise):
    with pytest.raises(FindingError, match="one is no share"):
        outside_comparison(speaking(noise, **SL), "a", own(noise), figure(value=None, mean=3.0))
    with pytest.raises(WithheldError):
        outside_comparison(speaking(noise, **SL), "a", own(noise, flag="small_cell"), figure())


FILE = """
[[figures]]
id = "izola"
value = 32
n = 400
year = 2023
population = { sl = "prebivalci Izole", en = "residents of Izola" }
wording = { sl = "Kaj vas moti?", en = "What annoys you?" }
source = { sl = "Anketa, 2023", en = "Survey, 2023" }
comparable = true
"""


def test_reading(tmp_path):
    assert read_outside(tmp_path).figures == ()
    (tmp_path / "outside.toml").write_text(FILE, encoding="utf-8")
    found = read_outside(tmp_path)["izola"]
    assert (found.estimate, found.variance) == (0.32, pytest.approx(0.32 * 0.68 / 400))
    with pytest.raises(CodebookError, match="did you mean 'izola'"):
        read_outside(tmp_path)["izla"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value = 32", "", "give either value"),
        ("value = 32", "value = 32\nmean = 3", "give either value"),
        ("value = 32", "value = 132", "at most 100"),
        ("n = 400", "n = 0", "greater than 0"),
        ("comparable = true", "comparable = false", "say why"),
        ("comparable = true", "", "comparable.*is missing"),
        ('id = "izola"', 'id = "izola"\nsize = 3', "unknown key"),
        ("comparable = true", "comparable = true\n" + FILE, "'izola' stands twice"),
    ],
)
def test_damaged_files_are_refused(tmp_path, old, new, words):
    (tmp_path / "outside.toml").write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CodebookError, match=words):
        read_outside(tmp_path)
