"""Comparisons of groups: "differs" only where the corrected test of the design says so."""

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import CodebookError, FindingError, WithheldError
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.findings.comparison import Compared, comparison
from kzm_surveys.findings.ledger import Ledger
from kzm_surveys.findings.text import Reference
from tests.findings.spoken import NAN, estimates, of_groups, plain, row, speaking

SL = {
    "b__measure": "Delež prebivalcev, ki jih hrup moti,", "b__key": "Najbolj {high} ({most}), najmanj {low} ({least}).",
    "by__place_type": "po tipu kraja", "by__sex": "po spolu", "by__age_group": "po starosti",
}  # fmt: skip
EN = {
    "b__measure": "The share of residents whom noise annoys",
    "by__place_type": "by type of place",
    "by__sex": "by sex",
}
TYPES = ["city", "suburb", "countryside"]
METHOD = "Pearson X² with second-order Rao-Scott correction (F)"


def outcome(p, by="place_type"):
    return TestResult(14.281, 1.88, 905.2, p, METHOD, of=f"highly_annoyed_road by {by}")


def by_place(design, shares, groups=("city", "countryside"), **more):
    return of_groups(design, shares, list(groups), **more)


def by_sex(design, shares, **more):
    return of_groups(design, shares, ["male", "female"], by="sex", **more)


def test_a_difference_names_the_highest_and_the_lowest_group(noise):
    compared = Compared(by_place(noise, [0.4, 0.2]), outcome(0.00001))
    found = comparison(speaking(noise, **SL), "b", [compared], see=Reference("figure", "f"))
    assert plain(found.text) == (
        "Delež prebivalcev, ki jih hrup moti, se po tipu kraja razlikuje in je najvišji v skupini »mesto« (40,0 %; "
        "35,0–45,0 %), najnižji pa v skupini »podeželje« (20,0 %; 15,0–25,0 %); gl. sliko ?. Razlika je statistično "
        "značilna (Rao–Scottov preizkus, F(1,88; 905) = 14,28; p < 0,001)."
    )
    assert plain(found.key) == "Najbolj »mesto« (40,0 %), najmanj »podeželje« (20,0 %)."
    statistics = [number.claim.statistic for number in found.text.numbers()]
    assert statistics[-4:] == ["rao_scott.df1", "rao_scott.df2", "rao_scott.F", "rao_scott.p"]


def test_the_key_finding_says_what_is_weak_about_its_groups(noise):
    rows = by_place(noise, [0.4, 0.2])
    rows.columns["flag"][1] = "imprecise"
    found = comparison(speaking(noise, **SL), "b", [Compared(rows, outcome(0.01))])
    assert plain(found.key) == "Najbolj »mesto« (40,0 %), najmanj »podeželje« (20,0 %; manj natančna ocena)."


def test_p_values_are_corrected_over_all_breaks(noise):
    # .03 alone is below .05; Holm over two tests doubles it to .06.
    compared = [
        Compared(by_place(noise, [0.4, 0.2]), outcome(0.03)),
        Compared(by_sex(noise, [0.4, 0.35]), outcome(0.5, "sex")),
    ]
    alone = comparison(speaking(noise, **SL), "b", compared[:1])
    assert "se po tipu kraja razlikuje" in plain(alone.text)
    both = comparison(speaking(noise, **SL), "b", compared)
    assert plain(both.text) == (
        "Razlik po tipu kraja in po spolu v deležu prebivalcev, ki jih hrup moti, ni bilo mogoče zaznati (Rao–Scottov "
        "preizkus, po tipu kraja F(1,88; 905) = 14,28; p = 0,060 in po spolu F(1,88; 905) = 14,28; p = 0,500; "
        "vrednosti p po Holmovem popravku)."
    )
    assert both.key is None
    none = comparison(speaking(noise, **SL), "b", compared, correction="none")
    assert "značilna (Rao–Scottov preizkus, F(1,88; 905) = 14,28; p = 0,030 brez popravka" in plain(none.text)


def test_what_differs_and_what_does_not(noise):
    compared = [
        Compared(by_sex(noise, [0.4, 0.39]), outcome(0.4, "sex")),
        Compared(by_place(noise, [0.4, 0.2]), outcome(0.01)),
        Compared(
            of_groups(noise, [0.5, 0.3, 0.1], ["18_39", "40_61", "62_plus"], by="age_group"),
            outcome(0.001, "age_group"),
        ),
    ]
    assert plain(comparison(speaking(noise, **SL), "b", compared).text) == (
        "Delež prebivalcev, ki jih hrup moti, se po tipu kraja razlikuje in je najvišji v skupini »mesto« (40,0 %; "
        "35,0–45,0 %), najnižji pa v skupini »podeželje« (20,0 %; 15,0–25,0 %). Razlika je statistično značilna "
        "(Rao–Scottov preizkus, F(1,88; 905) = 14,28; p = 0,020 po Holmovem popravku). Ta delež se razlikuje tudi po "
        "starosti in je najvišji v skupini »18–39 let« (50,0 %; 45,0–55,0 %), najnižji pa v skupini »62 let ali več« "
        "(10,0 %; 5,0–15,0 %). Razlika je statistično značilna (Rao–Scottov preizkus, F(1,88; 905) = 14,28; p = 0,003 "
        "po Holmovem popravku). Razlik po spolu ni bilo mogoče zaznati (Rao–Scottov preizkus, F(1,88; 905) = 14,28; p "
        "= 0,400 po Holmovem popravku)."
    )


def test_english(noise):
    compared = [
        Compared(by_place(noise, [0.4, 0.2]), outcome(0.01)),
        Compared(by_sex(noise, [0.4, 0.39]), outcome(0.4, "sex")),
    ]
    assert plain(comparison(speaking(noise, "en", **EN), "b", compared).text) == (
        "The share of residents whom noise annoys differs by type of place and is highest in the group “city” (40.0%; "
        "35.0–45.0%) and lowest in the group “countryside” (20.0%; 15.0–25.0%). The difference is statistically "
        "significant (Rao–Scott test, F(1.88; 905) = 14.28; p = 0.020 corrected by Holm's method). No differences by "
        "sex were detected (Rao–Scott test, F(1.88; 905) = 14.28; p = 0.400 corrected by Holm's method)."
    )


def test_means_agree_with_povprecje_and_take_a_t_test(noise):
    rows = of_groups(noise, [3.8, 4.6], ["male", "female"], by="sex", statistic="mean", half=0.4, category=None)
    test = TestResult(
        2.6, 1, 499, 0.0096, "Design-based t test of two means", 0.8, 0.3, 0.2, 1.4, of="annoyance by sex"
    )
    found = comparison(speaking(noise, b__measure="Povprečje ocen", by__sex="po spolu"), "b", [Compared(rows, test)])
    assert plain(found.text) == (
        "Povprečje ocen se po spolu razlikuje in je najvišje v skupini »ženske« (4,6; 4,2–5,0), najnižje pa v skupini "
        "»moški« (3,8; 3,4–4,2). Razlika je statistično značilna (preizkus t, t(499) = 2,60; p = 0,010)."
    )


def test_an_opt_in_sample_is_only_described(breastfeeding):
    groups = breastfeeding.survey.codebook["parity"].categories
    names, labels = [each.name for each in groups], [each.label["sl"] for each in groups]
    no_error = {"half": NAN, "se": NAN, "df": NAN}
    rows = of_groups(breastfeeding, [0.5, 0.4], names[:2], by="parity", variable="needs_corners", **no_error)
    found = comparison(
        speaking(breastfeeding, b__measure="Delež mam", by__parity="po številu otrok"), "b", [Compared(rows)]
    )
    assert plain(found.text) == (
        f"Delež mam je po številu otrok najvišji v skupini »{labels[0]}« (50,0 %), najnižji pa v skupini »{labels[1]}« "
        "(40,0 %). Podatki veljajo le za sodelujoče v anketi; razlik ni mogoče preizkusiti, ker je vzorec samoizbran."
    )
    assert found.key is None
    with pytest.raises(FindingError, match="opt-in, so there is no test"):
        comparison(
            speaking(breastfeeding, b__measure="Delež mam", by__parity="po"),
            "b",
            [Compared(rows, outcome(0.01, "parity"))],
        )


def test_without_a_test_nothing_differs(noise):
    nan = TestResult(NAN, 1, 500, NAN, METHOD)
    for test in (None, nan):
        text = plain(comparison(speaking(noise, **SL), "b", [Compared(by_place(noise, [0.4, 0.2]), test)]).text)
        assert text == (
            "Delež prebivalcev, ki jih hrup moti, je po tipu kraja najvišji v skupini »mesto« (40,0 %; 35,0–45,0 %), "
            "najnižji pa v skupini »podeželje« (20,0 %; 15,0–25,0 %). Razlik po tipu kraja ni bilo mogoče preizkusiti."
        )
    pair = [Compared(by_place(noise, [0.4, 0.2])), Compared(by_sex(noise, [0.4, 0.2]))]
    text = plain(comparison(speaking(noise, **SL), "b", pair).text)
    assert " Ta delež je po spolu najvišji v skupini »moški« (40,0 %" in text
    assert text.endswith("Razlik po tipu kraja in po spolu ni bilo mogoče preizkusiti.")


def test_ties_at_both_ends(noise):
    rows = of_groups(noise, [0.4, 0.4, 0.1, 0.1, 0.1, 0.1])
    text = plain(comparison(speaking(noise, **SL), "b", [Compared(rows, outcome(0.01))]).text)
    assert (
        "in je najvišji v skupini »g0« (40,0 %; 35,0–45,0 %) in v skupini »g1« (prav tako 40,0 %; 35,0–45,0 %), "
        "najnižji pa v več skupinah (število skupin: 4; v vsaki 10,0 %). Razlika"
    ) in text
    equal = plain(comparison(speaking(noise, **SL), "b", [Compared(of_groups(noise, [0.4, 0.4]), outcome(0.01))]).text)
    assert "in je v vseh prikazanih skupinah zaokroženo enak (40,0 %). Razlika" in equal


def test_withheld_groups(noise):
    rows = of_groups(noise, [0.4, 0.2, 0.9], TYPES)
    hidden = of_groups(noise, [0.4, 0.2, 0.9], TYPES)
    hidden.columns["flag"][2] = "small_cell"
    assert "90,0 %" in plain(comparison(speaking(noise, **SL), "b", [Compared(rows, outcome(0.01))]).text)
    found = comparison(speaking(noise, **SL), "b", [Compared(hidden, outcome(0.01))])
    assert "in je med prikazanimi najvišji v skupini »mesto« (40,0 %" in plain(found.text)
    assert plain(found.text).endswith("Za nekatere skupine je odgovorov premalo, zato podatek zanje ni prikazan.")
    assert "90,0" not in plain(found.text)
    assert found.key is None
    hidden.columns["flag"][1] = "small_cell"
    one = of_groups(noise, [0.4, 0.2, 0.9], TYPES)
    one.columns["flag"][1:] = "small_cell"
    assert "in je prikazan le v skupini »mesto« (40,0 %; 35,0–45,0 %)" in plain(
        comparison(speaking(noise, **SL), "b", [Compared(one, outcome(0.01))]).text
    )
    one.columns["flag"][0] = "small_cell"
    with pytest.raises(WithheldError):
        comparison(
            speaking(noise, **SL), "b", [Compared(estimates(noise, [row(0.4, group="city", flag="small_cell")]))]
        )


def test_an_empty_group_and_forty_groups(noise):
    rows = of_groups(noise, [np.nan, 0.4, 0.2], TYPES)
    text = plain(comparison(speaking(noise, **SL), "b", [Compared(rows, outcome(0.01))]).text)
    assert "»mesto«" not in text
    forty = of_groups(noise, np.linspace(0.1, 0.9, 40))
    text = plain(comparison(speaking(noise, **SL), "b", [Compared(forty, outcome(0.01))]).text)
    assert "najvišji v skupini »g39« (90,0 %" in text
    assert "najnižji pa v skupini »g0« (10,0 %" in text


def test_it_says_of_the_survey_what_its_tests_say(noise):
    breaks = ("place_type", "sex", "age_group")
    compared = [
        Compared(kzm.proportion(noise, "highly_annoyed_port", by=by, categories=["yes"]),
                 kzm.crosstab(noise, "highly_annoyed_port", by).test) for by in breaks
    ]  # fmt: skip
    found = comparison(speaking(noise, **SL), "b", compared)
    p = kzm.adjust_p_values([each.test.p_value for each in compared])
    claimed = {number.claim.by: number.claim.estimate for number in found.text.numbers() if number.kind == "p_value"}
    assert claimed == pytest.approx(dict(zip(breaks, p, strict=True)))
    ledger = Ledger()
    ledger.add_text(found.text, "here")  # refuses two numbers with one id
    assert len(ledger) == len({number.id for number in found.text.numbers()})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"test": outcome(0.01, "sex")}, "are by 'place_type', the test is of highly_annoyed_road by sex"),
        ({"test": TestResult(1.0, 1, 9, 0.01, METHOD, of="annoyance_road by place_type")}, "of all answers"),
        ({"groups": ["city", "city"]}, "one share or mean per group"),
        ({"statistic": "mean", "category": None}, "means are tested by ttest"),
    ],
)
def test_a_test_of_something_else_is_refused(noise, change, words):
    test = change.pop("test", outcome(0.01))
    with pytest.raises(FindingError, match=words):
        comparison(speaking(noise, **SL), "b", [Compared(by_place(noise, [0.4, 0.2], **change), test)])


def test_what_is_no_comparison_is_refused(noise):
    one = Compared(by_place(noise, [0.4, 0.2]))
    for compared, words in (
        ([], "compares nothing"),
        ([one, one], "by one variable twice"),
        ([one, Compared(by_sex(noise, [0.4, 0.2], variable="annoyance_port"))], "several shares"),
        ([Compared(estimates(noise, [row(0.4)]))], "one share or mean per group"),
    ):
        with pytest.raises(FindingError, match=words):
            comparison(speaking(noise, **SL), "b", compared)
    with pytest.raises(CodebookError, match=r"by\.place_type"):
        comparison(speaking(noise, b__measure="Delež"), "b", [one])
