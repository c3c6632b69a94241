import datetime

import pytest
from babel import Locale

from kzm_surveys.errors import FindingError
from kzm_surveys.language.slovene import (
    CASES,
    CLASSES,
    LEXICON,
    between_dates,
    counted_verb,
    in_month,
    listed,
    noun,
    number_class,
    past,
)

#: Forms after 1, 2, 3-4, 5 and more (and a decimal number, where the noun stands beside one).
FORMS = {
    "anketiranec": {
        "nominative": "anketiranec anketiranca anketiranci anketirancev",
        "genitive": "anketiranca anketirancev anketirancev anketirancev",
        "dative": "anketirancu anketirancema anketirancem anketirancem",
        "accusative": "anketiranca anketiranca anketirance anketirancev",
        "locative": "anketirancu anketirancih anketirancih anketirancih",
        "instrumental": "anketirancem anketirancema anketiranci anketiranci",
    },
    "anketiranka": {
        "nominative": "anketiranka anketiranki anketiranke anketirank",
        "genitive": "anketiranke anketirank anketirank anketirank",
        "dative": "anketiranki anketirankama anketirankam anketirankam",
        "accusative": "anketiranko anketiranki anketiranke anketirank",
        "locative": "anketiranki anketirankah anketirankah anketirankah",
        "instrumental": "anketiranko anketirankama anketirankami anketirankami",
    },
    "oseba": {
        "nominative": "oseba osebi osebe oseb osebe",
        "genitive": "osebe oseb oseb oseb osebe",
        "dative": "osebi osebama osebam osebam",
        "accusative": "osebo osebi osebe oseb osebe",
        "locative": "osebi osebah osebah osebah",
        "instrumental": "osebo osebama osebami osebami",
    },
    "odstotek": {
        "nominative": "odstotek odstotka odstotki odstotkov odstotka",
        "genitive": "odstotka odstotkov odstotkov odstotkov odstotka",
        "dative": "odstotku odstotkoma odstotkom odstotkom odstotka",
        "accusative": "odstotek odstotka odstotke odstotkov odstotka",
        "locative": "odstotku odstotkih odstotkih odstotkih odstotka",
        "instrumental": "odstotkom odstotkoma odstotki odstotki odstotka",
    },
}
POINT = ["odstotna točka", "odstotni točki", "odstotne točke", "odstotnih točk", "odstotne točke"]
NUMBERS = ((1, 0), (2, 0), (3, 0), (5, 0), (33.4, 1))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("word", FORMS)
def test_declension(word, case):
    expected = FORMS[word][case].split()
    assert [noun(word, value, case, decimals) for value, decimals in NUMBERS[: len(expected)]] == expected


def test_percentage_points():
    assert [noun("odstotna točka", value, decimals=decimals) for value, decimals in NUMBERS] == POINT


@pytest.mark.parametrize(
    ("number", "decimals", "word", "case", "form"),
    [
        # SURS municipal pages, rrc-kp.si
        (173, 0, "prebivalec", "nominative", "prebivalcev"),
        (103, 0, "prebivalec", "nominative", "prebivalci"),
        (101, 0, "prebivalec", "nominative", "prebivalec"),
        (505, 0, "prebivalec", "nominative", "prebivalcev"),
        # rtvslo.si, 24ur.com
        (14.4, 1, "odstotek", "nominative", "odstotka"),
        (1.1, 1, "odstotna točka", "nominative", "odstotne točke"),
        (42.6, 1, "leto", "nominative", "leta"),
        (3, 0, "odstotna točka", "accusative", "odstotne točke"),
        (2, 0, "odstotna točka", "accusative", "odstotni točki"),
        (38, 0, "leto", "instrumental", "leti"),
        (32, 0, "odstotek", "instrumental", "odstotki"),
        # CLDR's own unit pattern has "3 let", which is wrong
        (3, 0, "leto", "nominative", "leta"),
        (0, 0, "oseba", "nominative", "oseb"),
        (508, 0, "oseba", "nominative", "oseb"),
        (101, 0, "odgovor", "nominative", "odgovor"),
        (2, 0, "mama", "nominative", "mami"),
        (5, 0, "mesec", "nominative", "mesecev"),
        (4, 0, "predlog", "accusative", "predloge"),
    ],
)
def test_official_and_plain_examples(number, decimals, word, case, form):
    assert noun(word, number, case, decimals) == form


def test_every_noun_has_five_forms_in_six_cases():
    for _, cases in LEXICON.values():
        assert tuple(cases) == CASES
        for forms in cases.values():
            assert len(forms.split("|")) == len(CLASSES)
            assert all(forms.split("|"))


@pytest.mark.parametrize("word", ["anketiranecc", "hrup", "", "osebe"])
def test_unknown_noun_is_refused(word):
    with pytest.raises(FindingError, match="no Slovenian forms for the noun"):
        noun(word, 3)
    with pytest.raises(FindingError, match="no Slovenian forms"):
        counted_verb(3, word, "odgovoril")


def test_class_of_whole_numbers_is_that_of_cldr():
    names = {"one": "one", "two": "two", "few": "few", "other": "many"}
    plural = Locale("sl").plural_form
    for number in range(2001):
        assert number_class(number) == names[plural(number)], number


def test_class_of_decimals_is_their_own():
    assert {number_class(value, 1) for value in (0.1, 1.0, 2.0, 33.4, 101.0)} == {"decimal"}
    # As printed: 0.6 without decimals is 1, 101.5 is 102.
    assert [number_class(value) for value in (0.6, 101.5, 4.4, -2)] == ["one", "two", "few", "two"]


@pytest.mark.parametrize(
    ("number", "feminine", "masculine", "neuter"),
    [
        (1, "je odgovorila", "je odgovoril", "je odgovorilo"),
        (2, "sta odgovorili", "sta odgovorila", "sta odgovorili"),
        (3, "so odgovorile", "so odgovorili", "so odgovorila"),
        (4, "so odgovorile", "so odgovorili", "so odgovorila"),
        (5, "je odgovorilo", "je odgovorilo", "je odgovorilo"),
        (0, "je odgovorilo", "je odgovorilo", "je odgovorilo"),
        (11, "je odgovorilo", "je odgovorilo", "je odgovorilo"),
        (101, "je odgovorila", "je odgovoril", "je odgovorilo"),
        (102, "sta odgovorili", "sta odgovorila", "sta odgovorili"),
        (508, "je odgovorilo", "je odgovorilo", "je odgovorilo"),
    ],
)
def test_verb_agrees_with_the_counted_noun(number, feminine, masculine, neuter):
    assert past(number, "odgovoril", "feminine") == feminine
    assert past(number, "odgovoril", "masculine") == masculine
    assert past(number, "odgovoril", "neuter") == neuter
    assert counted_verb(number, "oseba", "odgovoril") == feminine
    assert counted_verb(number, "anketiranec", "odgovoril") == masculine


def test_verb_of_the_reports():
    assert f"Anketiranih {counted_verb(505, 'prebivalec', 'bil')} 505" == "Anketiranih je bilo 505"
    assert past(465, "sodeloval", "masculine") == "je sodelovalo"


def test_lists():
    assert listed(["cesta"]) == "cesta"
    assert listed(["cesta", "pristanišče"]) == "cesta in pristanišče"
    assert listed(["cesta", "pristanišče", "sosedje"]) == "cesta, pristanišče in sosedje"


def test_dates():
    def printed(first, last):
        return between_dates(datetime.date(*first), datetime.date(*last)).replace("\u00a0", "_")

    assert printed((2021, 11, 24), (2021, 12, 2)) == "med 24._novembrom in 2._decembrom_2021"
    assert printed((2021, 12, 28), (2022, 1, 3)) == "med 28._decembrom_2021 in 3._januarjem_2022"
    assert in_month(datetime.date(2022, 3, 15)) == "marca\u00a02022"


INSTRUMENTAL = (
    "januarjem februarjem marcem aprilom majem junijem julijem avgustom septembrom oktobrom novembrom decembrom"
)
GENITIVE = "januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra decembra"


@pytest.mark.parametrize("month", range(1, 13))
def test_months(month):
    day = datetime.date(2022, month, 1)
    assert f"1.\u00a0{INSTRUMENTAL.split()[month - 1]} in" in between_dates(day, day.replace(day=9))
    assert in_month(day) == f"{GENITIVE.split()[month - 1]}\u00a02022"
