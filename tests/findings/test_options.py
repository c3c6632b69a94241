"""Questions with several answers, and themes of open answers."""

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import CodebookError, FindingError, WithheldError
from kzm_surveys.findings.options import select_all, themes
from kzm_surveys.findings.text import Reference
from tests.findings.spoken import estimates, plain, row, speaking

WAYS = {
    "a__lead": "Prebivalci se s hrupom najpogosteje spopadajo takole:",
    "a__none": "Ničesar ne stori {share} prebivalcev.",
    "a__key": "Najpogosteje: {first} ({share}).",
}
OPEN = {"a__lead": "Na odprto vprašanje o predlogih", "a__key": "Najpogostejša tema: {first} ({share})."}


def ways(design, shares, **more):
    """Shares of options in the order given: name -> share."""
    return estimates(design, [row(p, variable=f"coping_{name}", category=name, **more) for name, p in shares.items()])


def topics(design, shares, **more):
    return estimates(
        design,
        [row(p, variable=f"proposal_themes_{name}", category=name, **{"n": 224} | more) for name, p in shares.items()],
    )


def test_most_frequent_options_and_those_who_chose_none(noise):
    shares = {"close_windows": 0.5, "change_room": 0.3, "leave_home": 0.2, "other": 0.9, "none": 0.15, "complain": 0.1}
    found = select_all(speaking(noise, **WAYS), "a", ways(noise, shares), see=Reference("figure", "f"))
    assert plain(found.text) == (
        "Prebivalci se s hrupom najpogosteje spopadajo takole: »zaprem okna« (50,0 %; 45,0–55,0 %), »umaknem se v drug "
        "prostor« (30,0 %; 25,0–35,0 %) in »grem od doma« (20,0 %; 15,0–25,0 %); gl. sliko ?. Možnih je bilo več "
        "odgovorov (n = 500). Razliki med najvišjim in preostalima navedenima deležema sta statistično značilni "
        "(preizkus t, Holmov popravek za več primerjav). Ničesar ne stori 15,0 % (10,0–20,0 %) prebivalcev."
    )
    assert plain(found.key) == "Najpogosteje: »zaprem okna« (50,0 %)."
    assert [each.category for each in found.rows] == ["close_windows", "change_room", "leave_home", "none"]


def test_options_that_cannot_be_told_apart_and_a_withheld_one(noise):
    rows = ways(noise, {"close_windows": 0.5, "change_room": 0.48, "leave_home": 0.2})
    rows.columns["flag"][2] = "small_cell"
    found = select_all(speaking(noise, **WAYS), "a", rows)
    assert plain(found.text) == (
        "Prebivalci se s hrupom najpogosteje spopadajo takole: »zaprem okna« (50,0 %; 45,0–55,0 %) in »umaknem se v "
        "drug prostor« (48,0 %; 43,0–53,0 %); upoštevani so le odgovori, ki jih je mogoče prikazati. Možnih je "
        "bilo več odgovorov (n = 500). Med najvišjim deležem in deležem za »umaknem se v drug prostor« razlike ni bilo "
        "mogoče zaznati (preizkus t). Kjer je odgovorov premalo, podatek ni prikazan."
    )


def test_english(noise):
    words = {"a__lead": "Against noise people most often do the following:", "a__none": "Nothing is done by {share}."}
    found = select_all(
        speaking(noise, "en", **words), "a", ways(noise, {"close_windows": 0.5, "leave_home": 0.2, "none": 0.1})
    )
    assert plain(found.text) == (
        "Against noise people most often do the following: “close the windows” (50.0%; 45.0–55.0%) and “leave home” "
        "(20.0%; 15.0–25.0%). Several answers were possible (n = 500). The difference between the highest and the "
        "other share named is statistically significant (t test). Nothing is done by 10.0% (5.0–15.0%)."
    )


def test_a_withheld_none_is_left_out(noise):
    rows = ways(noise, {"close_windows": 0.5, "leave_home": 0.2, "none": 0.1})
    rows.columns["flag"][2] = "small_cell"
    assert "Ničesar" not in plain(select_all(speaking(noise, **WAYS), "a", rows).text)
    assert "Ničesar" not in plain(select_all(speaking(noise, **WAYS), "a", rows, none=None).text)


def test_an_opt_in_sample(breastfeeding):
    no_error = {"half": np.nan, "se": np.nan, "df": np.nan, "n": 310}
    shares = {"corners": 0.5, "counselling": 0.4}
    needs = estimates(
        breastfeeding, [row(p, variable=f"needs_{name}", category=name, **no_error) for name, p in shares.items()]
    )
    found = select_all(speaking(breastfeeding, a__lead="Mame najpogosteje pogrešajo:"), "a", needs)
    assert plain(found.text) == (
        "Mame najpogosteje pogrešajo: »kotički za dojenje in previjanje« (50,0 %) in »več svetovanja« (40,0 %). Možnih "
        "je bilo več odgovorov (n = 310). Vrstni red velja le za sodelujoče v anketi."
    )


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ({"control": 0.5, "traffic": 0.3},
         "Najpogostejša tema odgovorov je »nadzor in kazni« (50,0 %; 45,0–55,0 %), sledi "
         "»umiritev prometa« (30,0 %; 25,0–35,0 %)."),
        ({"control": 0.5, "traffic": 0.5, "port": 0.3},
         "Najpogostejši temi odgovorov sta »nadzor in kazni« (50,0 %; 45,0–55,0 "
         "%) in »umiritev prometa« (prav tako 50,0 %; 45,0–55,0 %), sledi »ukrepi v pristanišču« (30,0 %; 25,0–35,0 "
         "%)."),
        ({"control": 0.5, "traffic": 0.5, "port": 0.5},
         "Najpogostejše teme odgovorov so »nadzor in kazni« (50,0 %; 45,0–55,0 "
         "%), »umiritev prometa« (prav tako 50,0 %; 45,0–55,0 %) in »ukrepi v pristanišču« (prav tako 50,0 %; "
         "45,0–55,0 %)."),
        ({"control": 0.5}, "Najpogostejša tema odgovorov je »nadzor in kazni« (50,0 %; 45,0–55,0 %)."),
    ],
)  # fmt: skip
def test_themes(noise, shares, sentence):
    found = themes(speaking(noise, **OPEN), "a", topics(noise, shares), noun="oseba", verb="odgovoriti")
    assert plain(found.text).startswith(f"Na odprto vprašanje o predlogih je odgovorilo 224 oseb. {sentence}")
    assert plain(found.text).endswith(
        "Upoštevani so le vsebinski odgovori; odgovor se lahko nanaša na več tem ali na nobeno."
    )


@pytest.mark.parametrize(
    ("n", "clause"),
    [(1, "je odgovorila 1 oseba"), (2, "sta odgovorili 2 osebi"), (3, "so odgovorile 3 osebe"),
     (5, "je odgovorilo 5 oseb"), (101, "je odgovorila 101 oseba"), (102, "sta odgovorili 102 osebi")],
)  # fmt: skip
def test_the_verb_agrees_with_the_number_of_answers(noise, n, clause):
    found = themes(speaking(noise, **OPEN), "a", topics(noise, {"control": 0.5}, n=n), noun="oseba", verb="odgovoriti")
    assert plain(found.text).startswith(f"Na odprto vprašanje o predlogih {clause}. ")


def test_themes_in_english(noise):
    found = themes(speaking(noise, "en", a__lead="the open question about proposals"), "a",
                   topics(noise, {"control": 0.5, "traffic": 0.3}), noun="oseba", verb="odgovoriti")  # fmt: skip
    assert plain(found.text) == (
        "224 people answered the open question about proposals. The most frequent theme of the answers is “control "
        "and fines” (50.0%; 45.0–55.0%), followed by “calmer traffic” (30.0%; 25.0–35.0%). The difference between the "
        "highest and the other share named is statistically significant (t test). Only answers with content are "
        "counted; an answer may touch on several themes or on none."
    )


def test_themes_of_the_survey(noise):
    rows = kzm.multiple_response(noise, "proposal_themes")
    found = themes(speaking(noise, **OPEN), "a", rows, noun="oseba", verb="odgovoriti")
    answered = noise.survey.responses["proposals"].notna().sum()
    assert next(found.text.numbers()).claim.estimate <= answered
    assert found.rows[0].estimate == rows.frame["estimate"].max()


def test_what_cannot_be_said_is_refused(noise):
    voice = speaking(noise, **WAYS)
    hidden = ways(noise, {"close_windows": 0.5, "leave_home": 0.2}, flag="small_cell")
    with pytest.raises(WithheldError):
        select_all(voice, "a", hidden)
    with pytest.raises(WithheldError):
        themes(speaking(noise, **OPEN), "a", hidden, noun="oseba", verb="odgovoriti")
    with pytest.raises(FindingError, match="needs shares"):
        select_all(voice, "a", ways(noise, {"close_windows": 0.5}, statistic="mean"))
    with pytest.raises(FindingError, match="no estimates"):
        select_all(voice, "a", ways(noise, {"none": 0.5}))
    with pytest.raises(FindingError, match="oseeba"):
        themes(speaking(noise, **OPEN), "a", topics(noise, {"control": 0.5}), noun="oseeba", verb="odgovoriti")
    with pytest.raises(CodebookError, match=r"a\.lead"):
        select_all(speaking(noise), "a", ways(noise, {"close_windows": 0.5}))
    with pytest.raises(CodebookError, match=r"a\.none"):
        select_all(speaking(noise, a__lead="Takole:"), "a", ways(noise, {"close_windows": 0.5, "none": 0.1}))
