"""Routing and definitions as an officer reads them."""

import pytest

from kzm_surveys.codebook import read_codebook
from kzm_surveys.export.wording import asked_of, definition, empty_answers, plain_number, put_to
from tests.export import rich_wave
from tests.loaders import SURVEYS


@pytest.fixture(scope="module")
def codebook(tmp_path_factory):
    return read_codebook(rich_wave(tmp_path_factory.mktemp("rich")).parent / "codebook.toml")


ASKED = {
    "hours": (
        "tisti, ki so pri vprašanju 5 (hrup: cesta) odgovorili »nekoliko« ali »zelo«",
        "those who answered “somewhat” or “very” to question 5 (noise: road)",
    ),
    "time_other_text": (
        "tisti, ki so pri vprašanju 7 (kdaj moti) izbrali »drugo«",
        "those who selected “other” in question 7 (when it bothers)",
    ),
    "proposals": (
        "tisti, ki so pri vprašanju 1 (spol) odgovorili »ženske« in pri vprašanju 7 (kdaj moti) niso izbrali »nikoli«",
        "those who answered “women” to question 1 (sex) and did not select “never” in question 7 (when it bothers)",
    ),
    "sex": ("vsi anketirani", "all respondents"),
}


@pytest.mark.parametrize("name", ASKED)
def test_routing_is_said_in_words(codebook, name):
    assert (asked_of(codebook[name], codebook, "sl"), asked_of(codebook[name], codebook, "en")) == ASKED[name]


def test_routing_is_a_sentence():
    codebook = read_codebook(SURVEYS / "breastfeeding" / "codebook.toml")
    assert put_to(codebook["stopping_other_text"], codebook, "sl") == (
        "Vprašanje dobijo tisti, ki so pri vprašanju 6 (dojenje najmlajšega otroka) odgovorili »da«, so pri "
        "vprašanju 8 (še doji) odgovorili »ne« in so pri vprašanju 10 (razlogi za prenehanje) izbrali »drugo«."
    )
    assert put_to(codebook["age"], codebook, "en") == "The question is put to all respondents."


DEFINED = {
    "generation": "Razredi števila iz vprašanja 2 (leto rojstva): »starejši« pomeni 1959 ali manj; »srednji« pomeni "
    "od 1960 do 1989; »mlajši« pomeni 1990 ali več.",
    "annoyed_port": "Združeni so odgovori iz vprašanja 5 (hrup: pristanišče): »sploh ne ali nekoliko« pomeni »sploh "
    "ne« ali »nekoliko«; »zelo« pomeni »zelo«.",
    "sources_road": "Izbrano, če je pri vprašanju 5 (hrup: cesta) odgovor »nekoliko« ali »zelo«.",
    "sources_none": "Izbrano, če ima vsaka od teh spremenljivk odgovor in nobena nima odgovora »nekoliko« ali »zelo«: "
    "noise_road, noise_port, noise_music.",
    "sex_generation": "Vse kombinacije vrednosti vprašanja 1 (spol) in spremenljivke generation (rod).",
    "burden": "Vsota kod spremenljivk noise_road, noise_port, noise_music. Obrnjene spremenljivke: noise_music (koda "
    "se odšteje od vsote najnižje in najvišje kode). Izračuna se, če je število odgovorov najmanj 2. Vsota je "
    "povprečje danih odgovorov, pomnoženo s številom vseh spremenljivk.",
    "themes_traffic": "Omenjeno, če se katera od besed v odgovoru na vprašanje 8 (predlogi) začne z eno od osnov: "
    "promet-, cest-.",
}


@pytest.mark.parametrize("name", DEFINED)
def test_definition_is_said_in_words(codebook, name):
    assert definition(codebook[name], codebook, "sl") == DEFINED[name]
    english = definition(codebook[name], codebook, "en")
    assert english.endswith(".")
    assert not set("čšž»«") & set(english)


def test_answers_that_say_nothing_are_named(codebook):
    assert empty_answers(codebook.derived["themes"], "sl") == (
        "Odgovori »nič« in »ne vem« ne povedo ničesar in se štejejo kot manjkajoči."
    )


@pytest.mark.parametrize(
    ("value", "decimals", "sl", "en"),
    [(1985.0, 2, "1985", "1985"), (0.5, 2, "0,5", "0.5"), (-0.0, 2, "0", "0"), (10.0, 0, "10", "10"),
     (-3.25, 1, "−3,3", "−3.3"), (62.949, 1, "62,9", "62.9"), (100.0, 2, "100", "100")],
)  # fmt: skip
def test_numbers_have_no_needless_signs(value, decimals, sl, en):
    assert plain_number(value, "sl", decimals) == sl
    assert plain_number(value, "en", decimals) == en
