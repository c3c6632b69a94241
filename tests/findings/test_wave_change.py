"""What changed between two waves: detected changes with their size, and those that were not."""

import datetime
from dataclasses import replace

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.findings.ledger import Ledger
from kzm_surveys.findings.text import Reference
from kzm_surveys.findings.wave_change import change_between_waves
from tests.findings.spoken import estimates, of_sources, plain, row, speaking

SL = {
    "a__measure": "Delež prebivalcev, ki jih vir moti,",
    "a__at": "pri viru",
    "a__key": "Prej {before}, zdaj {after}.",
}
EN = {"a__measure": "The share of residents whom the source annoys", "a__at": "for the source"}
WHEN = "med raziskavama (november 2021 in marec 2025)"


def in_wave(survey, name="2025", first=datetime.date(2025, 3, 3), **changes):
    """A design of the same answers in another wave."""
    fieldwork = survey.wave.fieldwork.model_copy(update={"first": first, "last": first})
    wave = survey.wave.model_copy(update={"wave": name, "fieldwork": fieldwork, **changes})
    return kzm.SurveyDesign.from_survey(replace(survey, wave=wave, responses=survey.responses.copy()))


@pytest.fixture(scope="module")
def waves(noise):
    return kzm.SurveyDesign.from_survey(noise.survey), in_wave(noise.survey)


@pytest.fixture(scope="module")
def opt_in_waves(noise):
    sampling = noise.survey.wave.sampling.model_copy(update={"kind": "opt_in"})
    first = noise.survey.wave.fieldwork.first
    return in_wave(noise.survey, "2021", first, sampling=sampling), in_wave(noise.survey, sampling=sampling)


def changed(waves, before, after, **more):
    """Standard errors of .02 in both waves: that of a difference is .0283, half its interval 1.9623 * .0283 = .0555."""
    return kzm.change(of_sources(waves[0], before, **more), of_sources(waves[1], after, **more | {"n": 400}))


def test_one_share_that_rose(waves):
    found = change_between_waves(
        speaking(waves[1], **SL), "a", changed(waves, [0.3], [0.4]), see=Reference("figure", "f")
    )
    assert plain(found.text) == (
        f"Delež prebivalcev, ki jih vir moti, se je {WHEN} povečal (prej 30,0 %, potem 40,0 %; razlika 10,0 odstotne "
        "točke, 4,4–15,6; n = 500 in 400; p < 0,001); gl. sliko ?."
    )
    assert plain(found.key) == "Prej 30,0 %, zdaj 40,0 %."


def test_one_share_that_did_not_change(waves):
    found = change_between_waves(speaking(waves[1], **SL), "a", changed(waves, [0.3], [0.32]))
    # t = .02 / .02828 = .7071 with 1000 degrees of freedom: p = .4797
    assert plain(found.text) == (
        f"Spremembe v deležu prebivalcev, ki jih vir moti, {WHEN} ni bilo mogoče zaznati (prej 30,0 %, potem 32,0 %; "
        "razlika 2,0 odstotne točke, od −3,6 do 7,6; n = 500 in 400; p = 0,480)."
    )
    assert found.key is None


def test_several_shares(waves):
    found = change_between_waves(
        speaking(waves[1], **SL), "a", changed(waves, [0.3, 0.5, 0.2, 0.1], [0.4, 0.3, 0.21, 0.1])
    )
    assert plain(found.text) == (
        f"Delež prebivalcev, ki jih vir moti, se je {WHEN} povečal pri viru »cestni promet« (prej 30,0 %, potem 40,0 "
        "%; razlika 10,0 odstotne točke, 4,4–15,6; n = 500 in 400; p = 0,001). Zmanjšal se je pri viru »pristanišče« "
        "(prej 50,0 %, potem 30,0 %; razlika −20,0 odstotne točke, od −25,6 do −14,4; n = 500 in 400; p < 0,001). "
        "Sprememb ni bilo mogoče zaznati pri viru »glasbene prireditve« (prej 20,0 %, potem 21,0 %; razlika 1,0 "
        "odstotne točke, od −4,6 do 6,6; n = 500 in 400; p = 1,000) in pri viru »motorji in ulični promet« (prej 10,0 "
        "%, potem 10,0 %; razlika 0,0 odstotne točke, od −5,6 do 5,6; n = 500 in 400; p = 1,000). Vrednosti p so "
        "navedene po Holmovem popravku."
    )


def test_the_corrected_p_value_decides(waves):
    # .057 / .02828 = 2.015: p = .044 alone, four times that after Holm's correction.
    alone = change_between_waves(speaking(waves[1], **SL), "a", changed(waves, [0.3], [0.357]))
    assert "povečal" in plain(alone.text)
    together = change_between_waves(
        speaking(waves[1], **SL), "a", changed(waves, [0.3, 0.2, 0.2, 0.2], [0.357, 0.2, 0.2, 0.2])
    )
    assert plain(together.text).startswith("Sprememb v deležu prebivalcev")


def test_english(waves):
    found = change_between_waves(speaking(waves[1], "en", **EN), "a", changed(waves, [0.3, 0.2], [0.2, 0.21]))
    assert plain(found.text) == (
        "The share of residents whom the source annoys fell between the surveys (November 2021 and March 2025) for the "
        "source “road traffic” (before 30.0%, after 20.0%; difference −10.0 percentage points, −15.6 to −4.4; n = 500 "
        "and 400; p < 0.001). No change was detected for the source “port” (before 20.0%, after 21.0%; difference 1.0 "
        "percentage points, −4.6 to 6.6; n = 500 and 400; p = 0.724). The p-values are corrected by Holm's method."
    )


def test_means_agree_with_povprecje(waves):
    rows = [estimates(design, [row(value, variable="annoyance_overall", category=None, statistic="mean", se=0.1)])
            for design, value in zip(waves, (4.0, 4.5), strict=True)]  # fmt: skip
    voice = speaking(waves[1], a__measure="Povprečje ocen")
    assert plain(change_between_waves(voice, "a", kzm.change(*rows)).text) == (
        f"Povprečje ocen se je {WHEN} povečalo (prej 4,0, potem 4,5; razlika 0,5, 0,2–0,8; n = 500 in 500; p < 0,001)."
    )


def test_a_difference_that_rounding_hides_says_so(waves):
    found = change_between_waves(speaking(waves[1], **SL), "a", changed(waves, [0.3004], [0.4006]))
    # 30,0 and 40,1 are 10,1 apart, the shares 10,02.
    assert "prej 30,0 %, potem 40,1 %; razlika pred zaokroževanjem 10,0 odstotne točke" in plain(found.text)


def test_numbers_of_the_earlier_wave_are_its_own(waves):
    text = change_between_waves(speaking(waves[1], **SL), "a", changed(waves, [0.3], [0.4])).text
    claims = {number.text: number.claim for number in text.numbers()}
    assert claims["30,0\u00a0%"].wave == "noise 2021"
    assert claims["40,0\u00a0%"].wave == "noise 2025"
    assert claims["500"].wave == "noise 2021"
    assert (claims["10,0"].statistic, claims["10,0"].since) == ("change", "noise 2021")
    ledger = Ledger()
    ledger.add_text(text, "here")


def test_quality_of_either_wave_stands_in_the_brackets(waves):
    before = of_sources(waves[0], [0.3], flag="small_base", n=20)
    after = of_sources(waves[1], [0.4], flag="imprecise")
    text = plain(change_between_waves(speaking(waves[1], **SL), "a", kzm.change(before, after)).text)
    assert "p < 0,001; majhna osnova; manj natančna ocena)" in text


def test_withheld_rows(waves):
    before, after = of_sources(waves[0], [0.3, 0.2]), of_sources(waves[1], [0.4, 0.9], flag=["", "small_cell"])
    text = plain(change_between_waves(speaking(waves[1], **SL), "a", kzm.change(before, after)).text)
    assert "»cestni promet«" in text
    assert "pristanišče" not in text
    assert "90,0" not in text
    assert text.endswith("Kjer je odgovorov premalo, podatek ni prikazan.")
    hidden = of_sources(waves[1], [0.4, 0.9], flag="small_cell")
    with pytest.raises(WithheldError):
        change_between_waves(speaking(waves[1], **SL), "a", kzm.change(before, hidden))


def test_opt_in_waves_are_only_described(opt_in_waves):
    nothing = {"se": np.nan, "df": np.nan, "half": np.nan}
    changes = changed(opt_in_waves, [0.3], [0.4], **nothing)
    assert plain(change_between_waves(speaking(opt_in_waves[1], **SL), "a", changes).text) == (
        f"Spremembe v deležu prebivalcev, ki jih vir moti, {WHEN} ni bilo mogoče preizkusiti (prej 30,0 %, potem 40,0 "
        "%; razlika 10,0 odstotne točke; n = 500 in 400). Podatki veljajo le za sodelujoče v anketi, ker je "
        "vzorec samoizbran."
    )


def test_the_days_tell_waves_of_one_month_apart(waves, noise):
    soon = in_wave(noise.survey, "2021b", datetime.date(2021, 11, 30))
    changes = changed((waves[0], soon), [0.3], [0.4])
    assert "(24. november 2021 in 30. november 2021)" in plain(
        change_between_waves(speaking(soon, **SL), "a", changes).text
    )


def test_waves_of_other_surveys_or_in_the_wrong_order_are_refused(waves, noise, breastfeeding):
    changes = changed(waves[::-1], [0.3], [0.4])
    with pytest.raises(FindingError, match="is the later wave"):
        change_between_waves(speaking(waves[0], **SL), "a", changes)
    changes = changed((breastfeeding, waves[1]), [0.3], [0.4])
    with pytest.raises(FindingError, match="no wave of 'noise'"):
        change_between_waves(speaking(waves[1], **SL), "a", changes)
    with pytest.raises(FindingError, match="of another wave"):
        change_between_waves(speaking(noise, **SL), "a", changed(waves, [0.3], [0.4]))
    changes = changed(waves, [0.3], [0.4], statistic="total")
    with pytest.raises(FindingError, match="shares or means"):
        change_between_waves(speaking(waves[1], **SL), "a", changes)
