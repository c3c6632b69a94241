"""What an earlier report printed: which shares no count of the respondents gives, and whether its order is ours."""

from dataclasses import replace
from fractions import Fraction

import pytest

import kzm_surveys as kzm
from kzm_surveys import CodebookError, FindingError
from kzm_surveys.findings.earlier_report import EarlierReport, possible
from kzm_surveys.findings.script_words import read_script_words
from kzm_surveys.findings.text import Footnote
from kzm_surveys.findings.voice import Voice
from kzm_surveys.published import PublishedClaim
from tests.findings.wholeness import part_of

NBSP = "\u00a0"
WORDS = {lang: read_script_words("analyses/noise.py", lang) for lang in ("sl", "en")}


def claim(value, decimals):
    words = {"sl": "x", "en": "x"}
    return PublishedClaim(id="N", section="", sentence=words, value=value, decimals=decimals)


def reached(value, decimals, n):
    """Whether some k of n rounds (half up) to the value, by fractions over all k."""
    unit = Fraction(1, 10**decimals)
    wanted = Fraction(str(value))
    return any(wanted <= Fraction(100 * k, n) + unit / 2 < wanted + unit for k in range(n + 1))


@pytest.mark.parametrize(
    ("value", "decimals", "n", "expected"),
    [
        (26.3, 1, 508, False),  # 133/508 = 26.18, 134/508 = 26.38
        (17.8, 1, 508, False),  # 90/508 = 17.72, 91/508 = 17.91
        (30.0, 0, 508, True),  # 152/508 = 29.92
        (66.5, 1, 508, True),  # 338/508 = 66.54
        (26.3, 1, 505, True),  # 133/505 = 26.34
        (26.3, 1, 19, True),  # 5/19 = 26.32
        (50.0, 0, 1, False),
        (0.0, 1, 508, True),
        (100.0, 1, 508, True),
        (0.1, 1, 508, False),  # 1/508 = 0.197
        (0.2, 1, 508, True),
        (99.9, 1, 508, False),
        (100.2, 1, 508, False),  # no more than all can say it
        (-0.2, 1, 508, False),
        (12.5, 1, 8, True),
        (12.5, 1, 0, False),  # nobody was asked
    ],
)
def test_which_shares_a_count_of_respondents_can_give(value, decimals, n, expected):
    assert possible(claim(value, decimals), n) is expected
    assert n == 0 or reached(value, decimals, n) is expected


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 16, 40, 97, 214, 508, 999])
def test_possible_shares_are_those_that_all_counts_give(n):
    for decimals in (0, 1):
        for tenths in range(0, 1001, 1 if decimals else 10):
            value = tenths / 10
            assert possible(claim(value, decimals), n) == reached(value, decimals, n), (value, decimals, n)


@pytest.fixture
def report(noise, tmp_path):
    """Make the earlier report of the noise survey out of a few lines of TOML."""

    def make(*claims, lang="sl", design=noise):
        lines = ['source = { sl = "Poročilo za leto 2022", en = "Report for 2022" }']
        for name, fields in claims:
            lines += [
                "[[claims]]",
                f'id = "{name}"',
                'section = "x"',
                f'sentence = {{ sl = "Trdi {name}.", en = "Says {name}." }}',
            ]
            lines += [f"{key} = {value}" for key, value in fields.items()]
        (tmp_path / "published.toml").write_text("\n".join(lines), encoding="utf-8")
        survey = replace(design.survey, folder=tmp_path)
        return EarlierReport(Voice(kzm.SurveyDesign.from_survey(survey), lang, WORDS[lang]))

    return make


def share(value, decimals=1, variable="annoyance_port"):
    return {"value": value, "decimals": decimals, "variable": f'"{variable}"'}


def test_the_report_of_2022_has_two_shares_that_no_count_of_508_gives(noise):
    found = EarlierReport(Voice(noise, "sl", WORDS["sl"])).shares("earlier", ["N04", "N05", "N06"])
    text = str(found.text).replace(NBSP, " ")
    assert "cestni promet 30 %, pristanišče 26,3 % in glasbene prireditve 17,8 %" in text
    assert "Pri n = 508 nobeno število odgovorov ne da zaokroženih deležev 26,3 % in 17,8 %; njihova osnova" in text
    assert "30 % in" not in text
    (note,) = [part for part in found.text.parts if isinstance(part, Footnote)]
    assert "Poročilo o delu projektnega sveta Koper – zdravo mesto za leto 2022, področje II, naloga c" in str(
        note.text
    )
    assert found.id == "earlier"
    sources = {n.claim.source for n in found.text.numbers() if n.claim.statistic == "published"}
    assert all(source in str(note.text) for source in sources)
    assert len(sources) == 1


def test_other_respondents_make_other_shares_possible(report, noise):
    part = kzm.SurveyDesign.from_survey(part_of(noise.survey, list(range(505))))
    claims = [("A", share(26.3)), ("B", share(17.8, variable="annoyance_music"))]
    text = str(report(*claims, design=part).shares("earlier", ["A", "B"]).text).replace(NBSP, " ")
    assert "n = 505" not in text  # 133/505 = 26.34, 90/505 = 17.82
    assert "nobeno število odgovorov" not in text


def test_one_impossible_share_is_spoken_of_in_the_singular(report):
    text = str(report(("A", share(26.3)), ("B", share(30.0, 0))).shares("earlier", ["A", "B"]).text).replace(NBSP, " ")
    assert "ne da zaokroženega deleža 26,3 %; njegova osnova ni znana." in text
    assert "izračunani" not in text


def test_three_impossible_shares_are_not_spoken_of_in_the_dual(report):
    claims = [("A", share(26.3)), ("B", share(17.8)), ("C", share(0.1))]
    text = str(report(*claims).shares("earlier", ["A", "B", "C"]).text).replace(NBSP, " ")
    assert "ne da zaokroženih deležev 26,3 %, 17,8 % in 0,1 %; njihova osnova ni znana." in text
    assert "sta izračunani" not in text
    assert "njihova osnova ni znana" in text


def test_english_says_the_same(noise):
    text = str(EarlierReport(Voice(noise, "en", WORDS["en"])).shares("earlier", ["N04", "N05", "N06"]).text)
    assert "No count out of 508 respondents rounds to 26.3% and 17.8%" in text


def test_a_share_without_a_variable_is_printed_without_a_label(report):
    text = str(report(("A", {"value": 30.0})).shares("earlier", ["A"]).text).replace(NBSP, " ")
    assert ": 30 %." in text


def test_an_unknown_id_is_told_with_its_nearest_name(report):
    found = report(("N04", share(30.0, 0)))
    for say in (found.claim, found.number, lambda name: found.shares("earlier", [name])):
        with pytest.raises(FindingError, match=r"noise 2021: published\.toml: unknown claim 'N4'.*N04"):
            say("N4")


def test_a_claim_without_a_value_is_no_share(report):
    found = report(("N01", {"count": 508}))
    for say in (found.number, lambda name: found.shares("earlier", [name])):
        with pytest.raises(FindingError, match=r"noise 2021: published\.toml: N01 has no value"):
            say("N01")


def test_a_wave_without_an_earlier_report_is_told(noise, tmp_path):
    survey = replace(noise.survey, folder=tmp_path)
    none = EarlierReport(Voice(kzm.SurveyDesign.from_survey(survey), "sl", WORDS["sl"]))
    assert not none.there
    assert not none.has("N04")
    assert none.order("N07", kzm.battery(noise, "annoyance", ["very"])).parts == ()
    with pytest.raises(FindingError, match=r"noise 2021: there is no published\.toml in"):
        none.claim("N04")


def test_a_damaged_earlier_report_is_told(noise, tmp_path):
    (tmp_path / "published.toml").write_text("no toml at all", encoding="utf-8")
    survey = replace(noise.survey, folder=tmp_path)
    with pytest.raises(CodebookError, match=r"published\.toml"):
        EarlierReport(Voice(kzm.SurveyDesign.from_survey(survey), "sl", WORDS["sl"]))


def test_the_order_is_compared_with_that_of_the_estimates(report, noise):
    estimates = kzm.battery(noise, "annoyance", ["very", "extremely"])
    ranked = [row.variable for row in sorted(estimates, key=lambda row: -row.estimate)]

    def order(*names):
        found = report(("A", {"ranking": f"{list(names)}".replace("'", '"')}))
        return str(found.order("A", estimates)).replace(NBSP, " ")

    assert order(*ranked[:3]) == "Enak vrstni red navaja tudi letno poročilo."
    assert order(*ranked) == "Enak vrstni red navaja tudi letno poročilo."
    swapped = order(ranked[1], ranked[0])
    labels = [noise.survey.codebook[name].label["sl"] for name in ranked[:2]]
    assert swapped == f"Letno poročilo navaja drugačen vrstni red: »{labels[1]}« in »{labels[0]}«."
    assert order(ranked[0], ranked[2]).startswith("Letno poročilo navaja drugačen vrstni red")
    assert order(ranked[0]) == "Enako prvo mesto navaja tudi letno poročilo."
    assert order(ranked[1]) == f"V letnem poročilu je na prvem mestu »{labels[1]}«."


def test_categories_that_are_no_rank_are_left_out_of_the_order(report, breastfeeding):
    estimates = kzm.multiple_response(breastfeeding, "proposal_themes")
    first, second, *_ = sorted(estimates, key=lambda row: -row.estimate)
    earlier = report(("A", {"ranking": f'["{second.variable}"]'}), design=breastfeeding)
    assert str(earlier.order("A", estimates)).startswith("V letnem poročilu je na prvem mestu")
    assert str(earlier.order("A", estimates, without=[first.category])).startswith("Enako prvo mesto navaja")


def test_the_order_is_quoted_as_the_language_does(report, noise):
    estimates = kzm.battery(noise, "annoyance", ["very", "extremely"])
    text = str(report(("A", {"ranking": '["annoyance_port", "annoyance_road"]'}), lang="en").order("A", estimates))
    assert "“port” and “road traffic”" in text
    assert "»" not in text


def test_the_source_of_an_order_is_a_footnote(report, noise):
    estimates = kzm.battery(noise, "annoyance", ["very", "extremely"])
    text = report(("A", {"ranking": '["annoyance_road"]'})).order("A", estimates)
    (note,) = [part for part in text.parts if isinstance(part, Footnote)]
    assert "Poročilo za leto 2022" in str(note.text)
