"""Findings about one share: words with the number beside them, and what is weak about it."""

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import CodebookError, FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.findings.level import level
from tests.findings.spoken import estimates, plain, row, speaking


def one(design, share, **more):
    return estimates(design, [row(share, **more)]).rows[0]


@pytest.mark.parametrize(
    ("share", "sentence"),
    [
        (0.263, "Hrup moti dobro četrtino (26,3 %; 21,3–31,3 %) prebivalcev."),
        (0.665, "Hrup moti dve tretjini (66,5 %; 61,5–71,5 %) prebivalcev."),
        (0.40, "Hrup moti 40,0 % (35,0–45,0 %) prebivalcev."),
        (0.0, "Hrup moti 0,0 % (od −5,0 do 5,0 %) prebivalcev."),
        (1.0, "Hrup moti 100,0 % (95,0–105,0 %) prebivalcev."),
    ],
)
def test_object_of_a_sentence(noise, share, sentence):
    voice = speaking(noise, a__sentence="Hrup moti {share} prebivalcev.")
    assert plain(level(voice, "a", one(noise, share), case="accusative").text) == sentence


@pytest.mark.parametrize(
    ("share", "sentence", "english"),
    [
        (0.263, "Dobra četrtina prebivalcev (26,3 %; 21,3–31,3 %) meni, da je hrup vse hujši.",
         "Just over a quarter of the residents (26.3%; 21.3–31.3%) think that noise is getting worse."),
        (0.665, "Dve tretjini prebivalcev (66,5 %; 61,5–71,5 %) menita, da je hrup vse hujši.",
         "Two thirds of the residents (66.5%; 61.5–71.5%) think that noise is getting worse."),
        (0.40, "40,0 % prebivalcev (35,0–45,0 %) meni, da je hrup vse hujši.",
         "40.0% of the residents (35.0–45.0%) think that noise is getting worse."),
    ],
)  # fmt: skip
def test_subject_of_a_sentence_agrees_with_its_verb(noise, share, sentence, english):
    sl = speaking(noise, a__sentence="{share} {verb}, da je hrup vse hujši.", a__of="prebivalcev")
    assert plain(level(sl, "a", one(noise, share), verb="meniti").text) == sentence
    en = speaking(noise, "en", a__sentence="{share} {verb} that noise is getting worse.", a__of="of the residents")
    assert plain(level(en, "a", one(noise, share), verb="meniti").text) == english


def test_words_that_could_disagree_with_the_verb_of_the_sentence_do_not_stand(noise):
    voice = speaking(noise, a__sentence="{share} prebivalcev je menilo drugače.", b__sentence="To je {share} vseh.")
    assert plain(level(voice, "a", one(noise, 0.263)).text) == "26,3 % (21,3–31,3 %) prebivalcev je menilo drugače."
    shares = [level(voice, "b", one(noise, share), case="nominative") for share in (0.263, 0.665)]
    assert [plain(found.text) for found in shares] == [
        "To je dobra četrtina (26,3 %; 21,3–31,3 %) vseh.", "To je 66,5 % (61,5–71,5 %) vseh."
    ]  # fmt: skip


def test_base_further_words_and_key(noise):
    voice = speaking(noise, a__sentence="Od {n} {who} hrup moti {share}.", a__key="Hrup moti {share}.")
    found = level(voice, "a", one(noise, 0.4), case="accusative", who="prebivalcev")
    assert plain(found.text) == "Od 500 prebivalcev hrup moti 40,0 % (35,0–45,0 %)."
    assert plain(found.key) == "Hrup moti 40,0 % (35,0–45,0 %)."
    assert [each.estimate for each in found.rows] == [0.4]
    assert level(speaking(noise, a__sentence="{share}."), "a", one(noise, 0.4)).key is None


@pytest.mark.parametrize(
    ("more", "inside"),
    [
        ({"n": 20, "flag": "small_base"}, "35,0–45,0 %; majhna osnova, n = 20"),
        ({"flag": "imprecise"}, "35,0–45,0 %; manj natančna ocena"),
        ({"flag": "review", "df": 4.0}, "35,0–45,0 %; malo prostostnih stopenj"),
        ({"n": 20, "flag": "small_base imprecise review", "df": 4.0},
         "35,0–45,0 %; majhna osnova, n = 20; manj natančna ocena; malo prostostnih stopenj"),
        ({"half": np.nan, "flag": "review", "df": np.nan}, "malo prostostnih stopenj"),
    ],
)  # fmt: skip
def test_quality_stands_in_the_brackets(noise, more, inside):
    found = level(speaking(noise, a__sentence="Moti {share}."), "a", one(noise, 0.4, **more))
    assert plain(found.text) == f"Moti 40,0 % ({inside})."


def test_a_share_of_all_is_under_review_for_that_alone(noise):
    found = level(speaking(noise, a__sentence="Moti {share}."), "a", one(noise, 1.0, half=0.0, flag="review"))
    assert plain(found.text) == "Moti 100,0 % (100,0–100,0 %)."


def test_an_opt_in_share_holds_for_the_participants(breastfeeding):
    share = one(breastfeeding, 0.263, variable="needs_corners", category="selected", half=np.nan, se=np.nan, df=np.nan)
    words = {"a__of": "mam", "a__sentence": "Kotičke želi {share}.", "a__key": "Kotičke želi {share}, vse sodelujoče."}
    found = level(speaking(breastfeeding, **words), "a", share, case="nominative")
    assert plain(found.text) == ("Kotičke želi dobra četrtina mam (26,3 %). Podatki veljajo le za sodelujoče v anketi.")
    assert plain(found.key) == "Kotičke želi dobra četrtina mam (26,3 %), vse sodelujoče."


@pytest.mark.parametrize(
    ("row_of", "error", "words"),
    [
        ({"flag": "small_cell"}, WithheldError, "is withheld"),
        ({"share": np.nan}, WithheldError, "has no estimate"),
        ({"statistic": "mean"}, FindingError, "needs a share, found 'mean'"),
    ],
)
def test_what_cannot_be_said_is_refused(noise, row_of, error, words):
    share = one(noise, row_of.pop("share", 0.4), **row_of)
    with pytest.raises(error, match=words):
        level(speaking(noise, a__sentence="Moti {share}."), "a", share)


def test_words_that_do_not_fit_are_refused(noise):
    share = one(noise, 0.4)
    with pytest.raises(FindingError, match=r"script\.sl\.toml: a\.sentence: values without a place \(share\)"):
        level(speaking(noise, a__sentence="Hrup moti."), "a", share)
    with pytest.raises(FindingError, match=r"values without a place \(who\)"):
        level(speaking(noise, a__sentence="Hrup moti {share}."), "a", share, who="mame")
    with pytest.raises(FindingError, match=r"no value for '\{verb\}'"):
        level(speaking(noise, a__sentence="{share} {verb}."), "a", share)
    with pytest.raises(CodebookError, match=r"a\.sentence"):
        level(speaking(noise), "a", share)


def test_a_share_of_another_wave_or_of_other_weights_is_refused(noise, breastfeeding):
    plainly = kzm.SurveyDesign.from_survey(noise.survey)
    for other in (breastfeeding, plainly):
        with pytest.raises(FindingError, match="of another wave"):
            level(speaking(noise, a__sentence="Moti {share}."), "a", one(other, 0.4))


def test_the_claim_is_that_of_the_estimate(noise):
    share = kzm.proportion(noise, "annoyance_port", categories=["very", "extremely"]).row()
    assert isinstance(share, Estimate)
    found = level(speaking(noise, a__sentence="Moti {share}."), "a", share)
    assert next(iter(found.text.numbers())).claim.estimate == share.estimate
    assert found.rows == (share,)
