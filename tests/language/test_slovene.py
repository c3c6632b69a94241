"""Verbs that agree with what is counted or named, lists and dates in Slovenian."""

import datetime

import pytest

from kzm_surveys.errors import FindingError
from kzm_surveys.language.slovene import (
    VERBS,
    between_dates,
    counted_verb,
    in_month,
    listed,
    listed_verb,
    past,
    present,
)

#: Infinitive, masculine and feminine participle, present in the three numbers.
FORMS = """
biti bil bila je sta so
dojiti dojil dojila doji dojita dojijo
imeti imel imela ima imata imajo
izbrati izbral izbrala izbere izbereta izberejo
meniti menil menila meni menita menijo
motiti motil motila moti motita motijo
navesti navedel navedla navede navedeta navedejo
oceniti ocenil ocenila oceni ocenita ocenijo
odgovoriti odgovoril odgovorila odgovori odgovorita odgovorijo
predlagati predlagal predlagala predlaga predlagata predlagajo
slediti sledil sledila sledi sledita sledijo
sodelovati sodeloval sodelovala sodeluje sodelujeta sodelujejo
vedeti vedel vedela ve vesta vedo
želeti želel želela želi želita želijo
"""


def test_every_verb_in_all_its_forms():
    rows = [line.split() for line in FORMS.split("\n") if line]
    assert {row[0] for row in rows} == set(VERBS)
    for verb, masculine, feminine, one, two, more in rows:
        assert past(1, verb, "masculine") == f"je {masculine}"
        assert past(1, verb, "feminine") == f"je {feminine}"
        assert [present(n, verb) for n in (1, 2, 3, 4, 5, 101)] == [one, two, more, more, one, one]
        assert [listed_verb(n, verb) for n in (1, 2, 3, 5)] == [one, two, more, more]


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
    assert past(number, "odgovoriti", "feminine") == feminine
    assert past(number, "odgovoril", "masculine") == masculine
    assert past(number, "odgovoriti", "neuter") == neuter
    assert counted_verb(number, "oseba", "odgovoriti") == feminine
    assert counted_verb(number, "anketiranec", "odgovoril") == masculine
    assert counted_verb(number, "gospodinjstvo", "odgovoriti") == neuter


@pytest.mark.parametrize(
    ("number", "feminine", "masculine", "neuter"),
    [
        (1, "je navedla", "je navedel", "je navedlo"),
        (2, "sta navedli", "sta navedla", "sta navedli"),
        (3, "so navedle", "so navedli", "so navedla"),
        (5, "je navedlo", "je navedlo", "je navedlo"),
    ],
)
def test_participle_that_loses_its_e(number, feminine, masculine, neuter):
    found = [past(number, "navesti", gender) for gender in ("feminine", "masculine", "neuter")]
    assert found == [feminine, masculine, neuter]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "je odgovorila ena oseba"), (2, "sta odgovorili dve osebi"), (3, "so odgovorile tri osebe"),
     (5, "je odgovorilo pet oseb")],
)  # fmt: skip
def test_clauses_of_the_rules(number, said):
    assert said.startswith(counted_verb(number, "oseba", "odgovoriti") + " ")


def test_verbs_of_the_reports():
    assert (
        f"Anketiranih {counted_verb(505, 'prebivalec', 'biti')} 505 prebivalcev"
        == "Anketiranih je bilo 505 prebivalcev"
    )
    assert counted_verb(465, "prebivalec", "sodelovati") == "je sodelovalo"
    assert counted_verb(101, "anketirani", "sodelovati") == "je sodeloval"


def test_percentages_and_decimals_take_the_neuter_singular():
    assert (
        f"33,4 % anketiranih {past(33.4, 'odgovoriti', 'masculine', decimals=1)}" == "33,4 % anketiranih je odgovorilo"
    )
    assert counted_verb(24, "odstotek", "vedeti") == "je vedelo"  # "24 % anketiranih je vedelo" (port of Koper, 2020)
    for value in (1.0, 2.0, 3.4):
        assert past(value, "odgovoriti", "feminine", decimals=1) == "je odgovorilo"
        assert present(value, "meniti", decimals=1) == "meni"


@pytest.mark.parametrize("verb", ["skakati", "odgovorila", "", "odgovorit"])
def test_unknown_verb_is_refused(verb):
    for call in (
        lambda: past(3, verb, "feminine"), lambda: present(3, verb), lambda: listed_verb(3, verb),
        lambda: counted_verb(3, "oseba", verb),
    ):  # fmt: skip
        with pytest.raises(FindingError, match="no Slovenian forms for the verb"):
            call()


def test_verb_of_an_unknown_noun_is_refused():
    with pytest.raises(FindingError, match="no Slovenian forms for the noun 'hrup'"):
        counted_verb(3, "hrup", "odgovoriti")


def test_verb_without_a_subject_is_refused():
    with pytest.raises(FindingError, match="nothing is named"):
        listed_verb(0, "slediti")


def test_lists():
    assert listed(["cesta"]) == "cesta"
    assert listed(["cesta", "pristanišče"]) == "cesta in pristanišče"
    assert listed(["cesta", "pristanišče", "sosedje"]) == "cesta, pristanišče in sosedje"
    with pytest.raises(FindingError, match="an empty list"):
        listed([])


def test_dates():
    def printed(first, last):
        return between_dates(datetime.date(*first), datetime.date(*last)).replace("\u00a0", "_")

    assert printed((2021, 11, 24), (2021, 12, 2)) == "med 24._novembrom in 2._decembrom_2021"
    assert printed((2021, 12, 28), (2022, 1, 3)) == "med 28._decembrom_2021 in 3._januarjem_2022"
    assert printed((2022, 3, 15), (2022, 3, 15)) == "15._marca_2022"
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
