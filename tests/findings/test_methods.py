import re
from dataclasses import replace

import pytest

from kzm_surveys import Margins, SurveyDesign, rake, read_margins, trim_weights
from kzm_surveys.findings.methods import methods, opening, sources
from kzm_surveys.findings.section import Heading, Paragraph, Table, cell_text
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
    assert "Vzorčni učinek je velik" in telephone


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
    text = words(methods(voice, level=0.9))
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
        assert re.search(rf"\({count}\)", web)


def test_web_survey_has_no_margin_of_error(web):
    assert "Vzorčne napake zato ni mogoče izračunati" in web
    assert "ni dopustno posploševati" in web
    assert "sodelovale so mame, ki so se za to odločile same" in web
    assert "Odgovori niso uteženi" in web
    assert "odstotni interval" not in web
    assert "Vzorčni učinek" not in web


def test_both_name_questionnaire_file_and_fingerprint(voice, web_voice):
    for one in (voice, web_voice):
        source = one.survey.source
        text = words(sources(one))
        assert f"datoteka {source.file}" in text
        assert source.sha256[:12] in text
        assert "Rekonstrukcija po poročilu" in item(one, "Vprašalnik")


def test_the_box_says_synthetic(voice, web_voice):
    for one in (voice, web_voice):
        (box,) = [block for block in opening(one) if isinstance(block, Paragraph) and block.box]
        assert "SINTETIČNI PODATKI" in str(box.text)
        assert "izmišljeni" in str(box.text)
        assert "ni dovoljeno navajati" in str(box.text)


def real(design):
    return replace(design.survey, source=replace(design.survey.source, synthetic=False))


def test_the_box_is_gone_for_real_answers(noise):
    one = Voice(SurveyDesign.from_survey(real(noise)))
    assert not [block for block in opening(one) if isinstance(block, Paragraph) and block.box]
    assert one.synthetic_mark() == ""
    assert "sintet" not in str(one.source_line()).lower()


def test_the_opening_names_title_and_place_in_the_programme(voice, web_voice):
    for one, names in ((voice, ("področje", "naloga")), (web_voice, ("področje", "naloga", "aktivnost"))):
        heading, place = opening(one)[:2]
        assert heading.text == one.survey.wave.title["sl"]
        for name, words_of_it in zip(names, one.survey.wave.report.headings, strict=True):
            assert f"{name} »{words_of_it}«".replace(NBSP, " ") in str(place.text).replace(NBSP, " ")
    english = opening(Voice(voice.design, "en"))
    assert english[0].text == "Perception of environmental noise in the Municipality of Koper, 2021"
    assert "area" in str(english[1].text)
    assert "»" not in str(english[1].text), "English has other quotation marks"


def test_sources_name_status_and_day_of_each_margin(voice, web_voice):
    text = words(sources(voice))
    estimate = "– ocena, ki ni uradni podatek: lasten izračun"
    when = [f"1.{NBSP}januar{NBSP}{year}" for year in (2021, 2024)]
    assert f"Spol in starostna skupina hkrati (polnoletni prebivalci občine, {when[0]}) {estimate}" in text
    assert f"Tip kraja (vsi prebivalci občine, {when[1]}) {estimate}" in text
    assert text.startswith("Zaznavanje okoljskega hrupa v Mestni občini Koper, 2021 (datoteka responses.sav")
    assert words(sources(web_voice)).startswith("Dojenje v Mestni občini Koper, 2022 (datoteka anketa999001")
    assert len(sources(web_voice)) == 2


# AAPOR's eleven items (Code of Professional Ethics, April 2021, III.A) -----------------------------------------------

ITEMS = {
    "sl": ["Način zbiranja podatkov", "Naročnik, izvajalec in financer", "Vprašalnik", "Opazovana populacija",
           "Izbor in pridobivanje vzorca", "Način in jezik anketiranja", "Čas zbiranja",
           "Velikost vzorca in natančnost",
           "Uteževanje", "Obdelava in preverjanje kakovosti", "Omejitve"],
    "en": ["collection", "sponsor", "instrument|questionnaire", "population", "sample|recruit", "mode",
           "dates|when|collected",
           "size|precision", "weight", "process|quality", "limit"],
}  # fmt: skip


def items(voice):
    """Item and what is told, row by row."""
    (table,) = [block for block in methods(voice) if isinstance(block, Table)]
    return [(str(cell_text(row[0])), str(cell_text(row[1]))) for row in table.rows]


def item(voice, name):
    return dict(items(voice))[name]


def test_the_eleven_items_stand_in_their_order(voice, web_voice):
    for one in (voice, web_voice):
        assert [name for name, _ in items(one)] == ITEMS["sl"]
        english = items(Voice(one.design, "en"))
        assert len(english) == 11
        for (name, _), pattern in zip(english, ITEMS["en"], strict=True):
            assert re.search(pattern, name, re.IGNORECASE), (name, pattern)


def test_no_item_is_empty_and_each_ends_as_a_sentence(voice, web_voice):
    for one in (voice, web_voice, Voice(voice.design, "en"), Voice(web_voice.design, "en")):
        for name, told in items(one):
            assert told.strip(), name
            assert told.rstrip('»«"”').endswith((".", "!", "?")), (name, told)
            assert not re.search(r"[{}]|  |\.\.|\bnan\b|\bNone\b", told), (name, told)


def without_facts(design):
    """The survey with nothing in wave.toml that AAPOR asks for beyond what must stand there."""
    wave = design.survey.wave
    bare = type(wave.disclosure)()
    return replace(design.survey, wave=wave.model_copy(update={"disclosure": bare, "processing": None}))


def test_an_item_without_information_says_so(noise):
    one = Voice(SurveyDesign.from_survey(without_facts(noise)))
    told = dict(items(one))
    assert "Financer: ni podatka." in told["Naročnik, izvajalec in financer"]
    assert "Pridobivanje sodelujočih: ni podatka." in told["Izbor in pridobivanje vzorca"]
    assert "Jezik: ni podatka." in told["Način in jezik anketiranja"]
    assert "ni podatka" in told["Obdelava in preverjanje kakovosti"].lower()
    english = " ".join(told for _, told in items(Voice(SurveyDesign.from_survey(without_facts(noise)), "en")))
    assert english.lower().count("no information") == 4
    assert "ni podatka" not in english


def test_the_limits_of_a_wave_without_any_are_not_referred_to_in_vain(noise):
    """Who reads "see the section on limits" finds one with something in it."""
    blocks = methods(Voice(SurveyDesign.from_survey(without_facts(noise))))
    headings = [block.text if isinstance(block, Heading) else "" for block in blocks]
    assert isinstance(blocks[headings.index("Omejitve") + 1], Paragraph)


def test_what_is_known_is_told(noise):
    wave = noise.survey.wave
    known = {
        name: {"sl": f"Znano je {name}.", "en": f"Known is {name}."}
        for name in ("funder", "language", "quality", "recruitment")
    }
    survey = replace(
        noise.survey, wave=wave.model_copy(update={"disclosure": wave.disclosure.model_copy(update=known)})
    )
    told = " ".join(told for _, told in items(Voice(SurveyDesign.from_survey(survey))))
    for name in known:
        assert f"Znano je {name}" in told
    assert "ni podatka" not in told
    assert ".." not in told


def test_size_and_precision_tell_weights_and_intervals(voice, web_voice, noise):
    size = item(voice, "Velikost vzorca in natančnost")
    weights = noise.weights
    assert "508" in size
    assert f"{weights.sum() ** 2 / (weights**2).sum():.0f}" in size
    assert "ntervali zaupanja" in size
    web = item(web_voice, "Velikost vzorca in natančnost")
    assert "214" in web
    assert "ni mogoče izračunati" in web
    plain = Voice(SurveyDesign.from_survey(noise.survey))
    assert "niso uteženi" in item(plain, "Uteževanje")
    assert "Zaradi uteži" not in item(plain, "Velikost vzorca in natančnost")
    assert "so uteženi" in item(voice, "Uteževanje")


def test_a_justified_opt_in_sample_says_on_what_its_intervals_rest(noise):
    wave = noise.survey.wave
    reason = {"sl": "Model uspeha velja.", "en": "The model holds."}
    sampling = wave.sampling.model_copy(update={"kind": "opt_in", "justification": reason})
    survey = replace(noise.survey, wave=wave.model_copy(update={"sampling": sampling}))
    one = Voice(SurveyDesign.from_survey(survey))
    assert one.design.infers
    text = words(methods(one))
    assert "ne izhajajo iz slučajnega izbora, temveč iz modela" in text
    assert "Model uspeha velja." in text
    assert "95-odstotni interval zaupanja" in text
    assert "ni mogoče izračunati" not in text
    assert "The model holds." in words(methods(Voice(SurveyDesign.from_survey(survey), "en")))
    assert "ni mogoče izračunati" not in item(one, "Velikost vzorca in natančnost")


def test_trimmed_weights_are_told_as_they_are(noise):
    trimmed = trim_weights(noise, upper=4)
    text = words(methods(Voice(trimmed)))
    assert trimmed.weights.max() < noise.weights.max()
    assert f"{trimmed.weights.max():.2f}".replace(".", ",") in text
    assert f"{noise.weights.max():.2f}".replace(".", ",") not in text


def test_no_text_has_leftover_braces_or_double_spaces(sections):
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                assert not re.search(r"[{}]|  |\.\.|\bnan\b|\bNone\b", str(block.text)), str(block.text)
