"""The preposition s or z goes by the first sound of the number as read aloud: s before p t k f s š c č h."""

import pytest

from kzm_surveys.language.slovene import with_preposition

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
        (0.4, "z"),
        (100.5, "s"),
        (1_000_000, "z"),
    ],
)
def test_s_or_z_of_the_reports(number, expected):
    assert with_preposition(number) == expected


@pytest.mark.parametrize("millions", [3, 50])
def test_s_before_several_millions(millions):
    assert with_preposition(millions * 1_000_000) == "s"  # s tremi, s petdesetimi milijoni
