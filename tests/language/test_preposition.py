"""The preposition s or z goes by the first sound of what is read aloud: s before p t k f s š c č h."""

import pytest

from kzm_surveys.errors import FindingError
from kzm_surveys.language.slovene import with_preposition, with_word

UNITS = (
    *("nič", "ena", "dve", "tri", "štiri", "pet", "šest", "sedem", "osem", "devet", "deset", "enajst", "dvanajst"),
    *("trinajst", "štirinajst", "petnajst", "šestnajst", "sedemnajst", "osemnajst", "devetnajst"),
)
TENS = ["", "", "dvajset", "trideset", "štirideset", "petdeset", "šestdeset", "sedemdeset", "osemdeset", "devetdeset"]


def first_word(number):
    """First word of a number below two million read aloud ("enaindvajset", "dvesto", "tisoč")."""
    if number >= 1_000_000:
        return "milijon"
    if number >= 2000:
        return first_word(number // 1000)
    if number >= 1000:
        return "tisoč"
    if number >= 100:
        return "sto" if number < 200 else UNITS[number // 100] + "sto"
    if number < 20:
        return UNITS[number]
    return UNITS[number % 10] if number % 10 else TENS[number // 10]


def test_s_or_z_by_the_first_sound_of_the_number_read_aloud():
    for number in [*range(2100), *range(2999, 2_000_000, 997)]:
        assert with_preposition(number) == ("s" if first_word(number)[0] in "ptkfsšcčh" else "z"), number


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (26.3, "s"),
        (17.8, "s"),
        (46, "s"),
        (32, "z"),
        (38, "z"),
        (4.46, "s"),
        (0, "z"),
        (0.4, "z"),
        (18, "z"),
        (100.5, "s"),
        (200.5, "z"),
        (1000, "s"),
        (2000, "z"),
        (1_000_000, "z"),
        (-3, "z"),  # minus tri
    ],
)
def test_s_or_z_of_the_reports(number, expected):
    assert with_preposition(number) == expected


@pytest.mark.parametrize("millions", [3, 50, 100])
def test_s_before_several_millions(millions):
    assert with_preposition(millions * 1_000_000) == "s"  # s tremi, s petdesetimi milijoni


@pytest.mark.parametrize("milliards", [1, 2, 8])
def test_z_before_milliards(milliards):
    assert with_preposition(milliards * 1_000_000_000) == "z"  # z milijardo, z dvema, z osmimi milijardami


@pytest.mark.parametrize(
    ("number", "decimals", "expected"),
    [(99.96, 1, "s"), (99.94, 1, "z"), (2.96, 1, "s"), (2.94, 1, "z"), (-0.04, 1, "z"), (17.8, 1, "s"), (17.8, 0, "z")],
)
def test_number_is_read_as_printed(number, decimals, expected):
    assert with_preposition(number, decimals) == expected


ORDINALS = {
    1: "prvim", 2: "drugim", 3: "tretjim", 4: "četrtim", 5: "petim", 6: "šestim", 7: "sedmim", 8: "osmim", 9: "devetim",
    10: "desetim", 11: "enajstim", 12: "dvanajstim", 14: "štirinajstim", 20: "dvajsetim", 21: "enaindvajsetim",
    24: "štiriindvajsetim", 30: "tridesetim", 31: "enaintridesetim", 100: "stotim", 101: "stoprvim", 200: "dvestotim",
    1000: "tisočim",
}  # fmt: skip


@pytest.mark.parametrize("number", ORDINALS)
def test_s_or_z_before_an_ordinal(number):
    expected = "s" if ORDINALS[number][0] in "ptkfsšcčh" else "z"
    assert with_preposition(number, ordinal=True) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *(
            (word, "s")
            for word in ("pristaniščem", "tovornjaki", "kmeti", "festivali", "sosedi", "šolo", "cesto", "čolni")
        ),
        *((word, "s") for word in ("hrupom", "Koprom", "»cestnim prometom«", "(šolo)", "TIR-i")),
        *((word, "z") for word in ("avtomobili", "glasbo", "bari", "delom", "enim", "igrišči", "jahtami", "letali")),
        *(
            (word, "z")
            for word in ("mopedi", "nočnim mirom", "odpadki", "ropotom", "ulico", "vlakom", "zabavo", "žago")
        ),
        *((word, "z") for word in ("Žusterno", "»glasbo«", "Ajdovščino", "– drugim")),
        ("62 leti ali več", "z"),  # dvainšestdesetimi
        ("46 odstotki", "s"),
        ("1.200 osebami", "s"),
        ("2.500 osebami", "z"),
        ("26,3 %", "s"),
    ],
)
def test_s_or_z_before_words(words, expected):
    assert with_word(words) == expected


@pytest.mark.parametrize("words", ["", "–", "»«", "…"])
def test_words_without_a_sound_are_refused(words):
    with pytest.raises(FindingError, match="has no first sound"):
        with_word(words)
