"""Rankings: who is first, who follows, ties as printed, and what cannot be told apart."""

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import CodebookError, FindingError, WithheldError
from kzm_surveys.findings.ranking import ranking
from kzm_surveys.findings.text import Reference
from tests.findings.spoken import SOURCES, estimates, of_groups, of_sources, plain, row, speaking

SL = {
    "a__measure": "Delež prebivalcev, ki jih vir moti,",
    "a__at": "pri viru",
    "a__key": "Najbolj moti {first} ({share}).",
}
EN = {"a__measure": "The share of residents whom the source annoys", "a__at": "for the source"}
FIRST = "Delež prebivalcev, ki jih vir moti, je najvišji pri viru »cestni promet« (40,0 %; 35,0–45,0 %)"
TESTS = "(preizkus t, Holmov popravek za več primerjav)"


@pytest.mark.parametrize(
    ("shares", "sentences"),
    [
        # Differences of .10 and .20, se = .02 * sqrt(2) = .0283: t = 3.5 and 7.1.
        ([0.4, 0.3, 0.2],
         f"{FIRST}, sledita »pristanišče« (30,0 %; 25,0–35,0 %) in »glasbene prireditve« (20,0 %; 15,0–25,0 %). "
         f"Razliki med najvišjim in preostalima navedenima deležema sta statistično značilni {TESTS}."),
        # t = 1.1: not told apart.
        ([0.2, 0.4, 0.37, 0.1],
         "Delež prebivalcev, ki jih vir moti, je najvišji pri viru »pristanišče« (40,0 %; 35,0–45,0 %), sledijo "
         "»glasbene prireditve« (37,0 %; 32,0–42,0 %), »cestni promet« (20,0 %; 15,0–25,0 %) in »motorji in ulični "
         "promet« (10,0 %; 5,0–15,0 %). Med najvišjim deležem in deležem za »glasbene prireditve« razlike ni bilo "
         f"mogoče zaznati {TESTS}."),
        # One difference of .057: t = 2.02, p = .044, below .05 alone ...
        ([0.4, 0.343],
         f"{FIRST}, sledi »pristanišče« (34,3 %; 29,3–39,3 %). Razlika med najvišjim in preostalim navedenim deležem "
         "je statistično značilna (preizkus t)."),
        # ... and above it after Holm's correction for two.
        ([0.4, 0.343, 0.343],
         f"{FIRST}, sledita »pristanišče« (34,3 %; 29,3–39,3 %) in »glasbene prireditve« (prav tako 34,3 %; 29,3–39,3 "
         "%). Med najvišjim deležem in deležema za »pristanišče« in »glasbene prireditve« razlik ni bilo mogoče "
         f"zaznati {TESTS}."),
        # Two are first: both are tested against the third.
        ([0.4, 0.4, 0.2],
         f"{FIRST} in pri viru »pristanišče« (prav tako 40,0 %; 35,0–45,0 %), sledi »glasbene prireditve« (20,0 %; "
         "15,0–25,0 %). Razlika med najvišjim in preostalim navedenim deležem je statistično značilna "
         f"{TESTS}."),
        ([0.4, 0.3, 0.25, 0.2],
         f"{FIRST}, sledijo »pristanišče« (30,0 %; 25,0–35,0 %), »glasbene prireditve« (25,0 %; 20,0–30,0 %) in "
         "»motorji in ulični promet« (20,0 %; 15,0–25,0 %). Razlike med najvišjim in preostalimi navedenimi deleži so "
         f"statistično značilne {TESTS}."),
        ([0.4, 0.4],
         "Delež prebivalcev, ki jih vir moti, je enak pri viru »cestni promet« (40,0 %; 35,0–45,0 %) in pri viru "
         "»pristanišče« (prav tako 40,0 %; 35,0–45,0 %)."),
        ([0.4], "Delež prebivalcev, ki jih vir moti, je pri viru »cestni promet« 40,0 % (35,0–45,0 %)."),
    ],
)  # fmt: skip
def test_sentence(noise, shares, sentences):
    found = ranking(speaking(noise, **SL), "a", of_sources(noise, shares))
    assert plain(found.text) == sentences


def test_english(noise):
    found = ranking(speaking(noise, "en", **EN), "a", of_sources(noise, [0.4, 0.37, 0.2]), see=Reference("table", "t"))
    assert plain(found.text) == (
        "The share of residents whom the source annoys is highest for the source “road traffic” (40.0%; 35.0–45.0%), "
        "followed by “port” (37.0%; 32.0–42.0%) and “music events” (20.0%; 15.0–25.0%); see Table ?. No difference was "
        "detected between the highest share and the share for “port” (t test, Holm correction for several comparisons)."
    )


def test_the_lowest_first(noise):
    found = ranking(speaking(noise, **SL), "a", of_sources(noise, [0.4, 0.3, 0.2]), least=True, shown=2)
    assert plain(found.text) == (
        "Delež prebivalcev, ki jih vir moti, je najnižji pri viru »glasbene prireditve« (20,0 %; 15,0–25,0 %), sledi "
        "»pristanišče« (30,0 %; 25,0–35,0 %). Razlika med najnižjim in preostalim navedenim deležem je statistično "
        "značilna (preizkus t)."
    )


def test_means_agree_with_povprecje(noise):
    rows = of_sources(noise, [4.0, 3.9, 2.0], statistic="mean", half=0.3, se=0.15)
    found = ranking(speaking(noise, a__measure="Povprečje ocen", a__at="pri viru"), "a", rows)
    assert plain(found.text) == (
        "Povprečje ocen je najvišje pri viru »cestni promet« (4,0; 3,7–4,3), sledita »pristanišče« (3,9; 3,6–4,2) in "
        "»glasbene prireditve« (2,0; 1,7–2,3). Med najvišjim povprečjem in povprečjem za »pristanišče« razlike ni bilo "
        f"mogoče zaznati {TESTS}."
    )


def test_an_opt_in_sample_has_no_test_and_its_order_holds_for_the_participants(breastfeeding):
    names = ("support_city", "support_family", "support_hospital")
    rows = estimates(breastfeeding, [row(p, variable=name, half=np.nan, se=np.nan, df=np.nan, flag="opt_in")
                                     for p, name in zip((0.2, 0.5, 0.4), names, strict=True)])  # fmt: skip
    words = {
        "a__measure": "Delež mam, ki jim pomaga vir,",
        "a__at": "pri viru",
        "a__key": "Največ pomaga {first} ({share}).",
    }
    found = ranking(speaking(breastfeeding, **words), "a", rows)
    assert plain(found.text) == (
        "Delež mam, ki jim pomaga vir, je najvišji pri viru »družina« (50,0 %), sledita »porodnišnica« (40,0 %) in "
        "»občina« (20,0 %). Vrstni red velja le za sodelujoče v anketi."
    )
    assert plain(found.key) == "Največ pomaga »družina« (50,0 %). Podatki veljajo le za sodelujoče v anketi."


def test_key_finding_says_that_the_first_does_not_stand_out(noise):
    voice = speaking(noise, **SL)
    clear = ranking(voice, "a", of_sources(noise, [0.4, 0.3, 0.2]))
    assert plain(clear.key) == "Najbolj moti »cestni promet« (40,0 %)."
    unclear = ranking(voice, "a", of_sources(noise, [0.4, 0.38, 0.2]))
    assert plain(unclear.key) == (
        "Najbolj moti »cestni promet« (40,0 %). Razlike med prvim in drugim po vrsti (»pristanišče«) "
        "ni bilo mogoče zaznati."
    )
    assert ranking(voice, "a", of_sources(noise, [0.4, 0.4, 0.2])).key is None


def test_key_finding_says_what_is_weak_about_the_first(noise):
    rows = of_sources(noise, [0.4, 0.3], n=[20, 500], flag=["small_base imprecise", ""])
    assert plain(ranking(speaking(noise, **SL), "a", rows).key) == (
        "Najbolj moti »cestni promet« (40,0 %; majhna osnova, n = 20; manj natančna ocena)."
    )
    untested = of_sources(noise, [0.4, 0.3], se=0.0)
    assert plain(ranking(speaking(noise, **SL), "a", untested).key) == (
        "Najbolj moti »cestni promet« (40,0 %). Razlike med prvim in drugim po vrsti (»pristanišče«) "
        "ni bilo mogoče preizkusiti."
    )


def test_a_withheld_row_might_be_higher(noise):
    rows = of_sources(noise, [0.4, 0.99, 0.2], flag=["", "small_cell", ""])
    found = ranking(speaking(noise, **SL), "a", rows)
    assert plain(found.text) == (
        "Delež prebivalcev, ki jih vir moti, je med prikazanimi najvišji pri viru »cestni promet« (40,0 %; 35,0–45,0 "
        "%), sledi »glasbene prireditve« (20,0 %; 15,0–25,0 %). Razlika med najvišjim in preostalim navedenim deležem "
        "je statistično značilna (preizkus t). Kjer je odgovorov premalo, podatek ni prikazan."
    )
    assert "99" not in plain(found.text)
    assert found.key is None


def test_a_withheld_row_below_the_first_leaves_the_key_finding(noise):
    rows = of_sources(noise, [0.4, 0.01, 0.2], flag=["", "small_cell", ""])
    assert ranking(speaking(noise, **SL), "a", rows).key is not None


def test_quality_stands_in_the_sentence(noise):
    rows = of_sources(
        noise, [0.4, 0.3, 0.2], n=[20, 500, 500], flag=["small_base", "imprecise", "review"], df=[500, 500, 5]
    )
    assert plain(ranking(speaking(noise, **SL), "a", rows).text).startswith(
        "Delež prebivalcev, ki jih vir moti, je najvišji pri viru »cestni promet« (40,0 %; 35,0–45,0 %; majhna osnova, "
        "n = 20), sledita »pristanišče« (30,0 %; 25,0–35,0 %; manj natančna ocena) in »glasbene prireditve« (20,0 %; "
        "15,0–25,0 %; malo prostostnih stopenj)."
    )


def test_forty_equal_rows(noise):
    found = ranking(speaking(noise, **SL), "a", of_groups(noise, [0.1] * 40))
    assert plain(found.text) == (
        "Delež prebivalcev, ki jih vir moti, je povsod enak, in sicer 10,0 % (število primerjanih: 40)."
    )


def test_all_zero(noise):
    found = ranking(speaking(noise, **SL), "a", of_sources(noise, [0.0, 0.0], half=0.0, se=0.0))
    assert plain(found.text) == (
        "Delež prebivalcev, ki jih vir moti, je enak pri viru »cestni promet« (0,0 %; 0,0–0,0 %) in pri viru "
        "»pristanišče« (prav tako 0,0 %; 0,0–0,0 %)."
    )


def test_rows_printed_like_the_last_one_are_named_too_or_counted(noise):
    voice = speaking(noise, **SL)
    three_more = ranking(voice, "a", of_groups(noise, [0.5, 0.3, *[0.1] * 4]), shown=3)
    assert [each.by_category for each in three_more.rows] == ["g0", "g1", "g2", "g3", "g4", "g5"]
    many = ranking(voice, "a", of_groups(noise, [0.5, 0.3, *[0.1] * 9]), shown=3)
    assert [each.by_category for each in many.rows] == ["g0", "g1", "g2"]
    assert "Število drugih z enakim deležem, kot ga ima »g2«: 8." in plain(many.text)


def test_floating_noise_is_a_tie_and_keeps_the_order_of_the_questionnaire(noise):
    found = ranking(speaking(noise, **SL), "a", of_sources(noise, [0.3, 0.3 + 1e-16, 0.3 + 2e-16, 0.1]))
    assert [each.variable for each in found.rows] == list(SOURCES[:4])
    assert plain(found.text).count("prav tako 30,0 %") == 2


def test_no_sampling_variance_is_said(noise):
    rows = of_sources(noise, [0.4, 0.3, 0.2], se=[0.0, 0.0, 0.02])
    text = plain(ranking(speaking(noise, **SL), "a", rows).text)
    assert text.endswith("Nekaterih razlik med navedenimi vrednostmi ni bilo mogoče preizkusiti.")
    assert "značiln" not in text
    rows = of_sources(noise, [0.4, 0.3, 0.2], se=0.0)
    text = plain(ranking(speaking(noise, **SL), "a", rows).text)
    assert text.endswith("Razlik med navedenimi vrednostmi ni bilo mogoče preizkusiti.")


def test_labels_lose_their_full_stop_and_stand_whole(noise):
    long = "x" * 300
    rows = of_groups(noise, [0.4, 0.3, 0.2], ["Sv. Anton.", "»luka« 2", long])
    text = plain(ranking(speaking(noise, **SL), "a", rows).text)
    assert "pri viru »Sv. Anton« (40,0 %" in text
    assert "sledita »»luka« 2« (30,0 %" in text
    assert f"»{long}« (20,0 %" in text


def test_it_agrees_with_the_estimates_of_a_survey(noise):
    battery = kzm.battery(noise, "annoyance", ["very", "extremely"])
    found = ranking(speaking(noise, **SL), "a", battery)
    order = battery.frame.sort_values("estimate", ascending=False)["variable"].tolist()
    assert [each.variable for each in found.rows] == order[:5]
    difference = kzm.contrast(battery, {order[0]: 1, order[1]: -1}).rows[0]
    assert (difference.ci_low < 0) == ("»pristanišče« razlike ni bilo mogoče zaznati" in plain(found.text))


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ({"shares": [0.4, 0.3], "flag": "small_cell"}, WithheldError, "too few answers"),
        ({"shares": [np.nan, np.nan]}, WithheldError, "too few answers"),
        ({"shares": []}, FindingError, "found nothing"),
        (
            {"shares": [0.4, 0.3], "statistic": ["mean", "proportion"]},
            FindingError,
            "shares or means, found mean, share",
        ),
        ({"shares": [0.4, 0.3], "statistic": "total"}, FindingError, "shares or means, found total"),
    ],
)
def test_what_cannot_be_ranked_is_refused(noise, rows, error, words):
    with pytest.raises(error, match=words):
        ranking(speaking(noise, **SL), "a", of_sources(noise, **rows))


def test_words_that_do_not_agree_are_refused(noise):
    rows = of_sources(noise, [0.4, 0.3])
    with pytest.raises(FindingError, match=r"script\.sl\.toml: a\.measure must begin with 'Delež'"):
        ranking(speaking(noise, **SL | {"a__measure": "Deležniki"}), "a", rows)
    with pytest.raises(CodebookError, match=r"there is no text 'a\.at'"):
        ranking(speaking(noise, a__measure="Delež"), "a", rows)
    with pytest.raises(FindingError, match="two or more"):
        ranking(speaking(noise, **SL), "a", rows, shown=1)


def test_estimates_of_another_wave_are_refused(noise, breastfeeding):
    with pytest.raises(FindingError, match="of another wave"):
        ranking(speaking(breastfeeding, **SL), "a", of_sources(noise, [0.4, 0.3]))


def test_each_that_shares_the_first_place_is_tested(noise):
    # The second of the two has ten times the standard error of the first: .2 / .201 is no difference.
    rows = of_sources(noise, [0.4, 0.4, 0.2], se=[0.02, 0.2, 0.02])
    assert plain(ranking(speaking(noise, **SL), "a", rows).text).endswith(
        f"Med najvišjim deležem in deležem za »glasbene prireditve« razlike ni bilo mogoče zaznati {TESTS}."
    )
