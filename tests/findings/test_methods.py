import re

import pytest

from kzm_surveys import Margins, SurveyDesign, rake, read_margins
from kzm_surveys.findings.methods import methods, opening, sources
from kzm_surveys.findings.section import Heading, Paragraph
from kzm_surveys.findings.voice import Voice

NBSP = "\u00a0"


def words(blocks):
    return "\n".join(str(block.text) for block in blocks if isinstance(block, Paragraph))


@pytest.fixture(scope="module")
def telephone(voice):
    return words(methods(voice))


@pytest.fixture(scope="module")
def web(web_voice):
    return words(methods(web_voice))


def test_both_begin_with_the_heading(voice, web_voice):
    for one in (voice, web_voice):
        first = methods(one)[0]
        assert isinstance(first, Heading)
        assert first.text == "Kako so bili podatki zbrani"


def test_telephone_survey_says_who_when_and_how_many(telephone):
    assert "Telefonska anketa: polnoletni prebivalci Mestne občine Koper." in telephone
    assert "Naročnik: Mestna občina Koper" in telephone
    assert "Izvajalec: Znanstveno-raziskovalno središče Koper." in telephone
    assert f"med 24.{NBSP}novembrom in 2.{NBSP}decembrom{NBSP}2021" in telephone
    assert "508" in telephone


def test_telephone_survey_says_what_weighting_did(telephone, noise):
    weights = noise.weights
    deff = len(weights) * (weights**2).sum() / weights.sum() ** 2  # Kish 1965, sec. 11.7
    assert f"je {deff:.2f}".replace(".", ",") in telephone
    assert re.search(rf"z velikostjo približno {len(weights) / deff:.0f}\b", telephone)
    for bound in (weights.min(), weights.max()):
        assert f"{bound:.2f}".replace(".", ",") in telephone
    assert "spol in starostna skupina" in telephone
    assert "ni uradni podatek" in telephone or "ne uradni podatek" in telephone
    assert deff > 2
    assert "Učinek zasnove je velik" in telephone


def test_telephone_survey_names_each_margin_whose_it_is_and_of_which_day(telephone):
    day = f"1.{NBSP}januar{NBSP}"
    assert (
        "ujema s prebivalstvom po naslednjih spremenljivkah: "
        f"spol in starostna skupina hkrati (polnoletni prebivalci občine, {day}2021) – ocena, ki ni uradni podatek; "
        f"tip kraja (vsi prebivalci občine, {day}2024) – ocena, ki ni uradni podatek. Uteži so od"
    ) in telephone


def test_margins_of_another_weighting_are_named_as_they_are(noise):
    unweighted = SurveyDesign.from_survey(noise.survey)
    margins = read_margins("surveys/noise/2021/population.csv").select(("sex", "age_group"))
    official, estimate = Voice(rake(unweighted, margins)).margin_notes("population", "source")
    assert official.startswith("spol (vsi prebivalci občine) – uradni podatek: SURS, objavljeno")
    assert estimate.startswith(
        "starostna skupina (polnoletni prebivalci občine) – ocena, ki ni uradni podatek: lastna ocena"
    )
    own = Voice(rake(unweighted, Margins({"sex": {"male": 0.5, "female": 0.5}})))
    assert own.margin_notes("population", "date", "source") == ["spol – status ni naveden"]
    assert Voice(unweighted).margin_notes("population") == []


def test_telephone_survey_says_what_an_interval_is(telephone):
    assert "95-odstotni interval zaupanja" in telephone
    assert "v 95 od 100 primerov" in telephone
    assert "Način izbora vzorca ni objavljen" in telephone


def test_another_level_is_written_as_such(voice):
    text = words(methods(voice, 0.9))
    assert "90-odstotni interval zaupanja" in text
    assert "v 90 od 100 primerov" in text


def test_web_survey_says_who_when_and_how_many(web, breastfeeding):
    assert "Spletna anketa: mame z majhnimi otroki v Mestni občini Koper." in web
    assert f"marca{NBSP}2022" in web  # the report gives no days
    assert "214" in web
    assert "268" in web
    source = breastfeeding.survey.source
    assert source.rows - sum(source.dropped.values()) == 214
    for count in source.dropped.values():
        assert re.search(rf": {count}\b", web)


def test_web_survey_has_no_margin_of_error(web):
    assert "Vzorčne napake zato ni mogoče izračunati" in web
    assert "ni dopustno posploševati" in web
    assert "sodelovale so mame, ki so se za to odločile same" in web
    assert "Odgovori niso uteženi" in web
    assert "odstotni interval" not in web
    assert "Učinek zasnove" not in web


def test_both_name_questionnaire_file_and_hash(telephone, web, noise, breastfeeding):
    for text, design in ((telephone, noise), (web, breastfeeding)):
        source = design.survey.source
        assert f"datoteka {source.file}" in text
        assert source.sha256[:12] in text
        assert "Vprašalnik – rekonstrukcija" in text


def test_the_box_says_synthetic(voice, web_voice):
    for one in (voice, web_voice):
        (box,) = opening(one)
        assert box.box
        assert "SINTETIČNI PODATKI" in str(box.text)
        assert "izmišljeni" in str(box.text)
        assert "ni dovoljeno navajati" in str(box.text)


def test_the_box_is_gone_for_real_answers(noise):
    from dataclasses import replace

    real = replace(noise.survey, source=replace(noise.survey.source, synthetic=False))
    one = Voice(SurveyDesign.from_survey(real))
    assert opening(one) == []
    assert one.synthetic_mark() == ""
    assert "sintet" not in str(one.source_line()).lower()


def test_sources_name_status_and_day_of_each_margin(voice, web_voice):
    text = words(sources(voice))
    estimate = "– ocena, ki ni uradni podatek: lasten izračun"
    when = [f"1.{NBSP}januar{NBSP}{year}" for year in (2021, 2024)]
    assert f"Spol in starostna skupina hkrati (polnoletni prebivalci občine, {when[0]}) {estimate}" in text
    assert f"Tip kraja (vsi prebivalci občine, {when[1]}) {estimate}" in text
    assert "Zaznavanje okoljskega hrupa v Mestni občini Koper, 2021." in text
    assert words(sources(web_voice)) == "Dojenje v Mestni občini Koper, 2022."


def test_no_text_has_leftover_braces_or_double_spaces(sections):
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                assert not re.search(r"[{}]|  |\.\.|\bnan\b|\bNone\b", str(block.text)), str(block.text)
