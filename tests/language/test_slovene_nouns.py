"""Noun forms against a table written out by hand, and against examples from official pages."""

import csv
from pathlib import Path

import pytest
from babel import Locale

from kzm_surveys.errors import FindingError
from kzm_surveys.language.numbers import NBSP, decimal
from kzm_surveys.language.slovene import CASES, LEXICON, noun, noun_after_range, number_class

with (Path(__file__).parent / "slovene_forms.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t"))

#: Class -> numbers of it, with their decimals.
NUMBERS = {
    "one": [(1, 0), (101, 0), (501, 0), (-1, 0), (1001, 0)],
    "two": [(2, 0), (102, 0), (1202, 0)],
    "few": [(3, 0), (4, 0), (103, 0), (504, 0)],
    "many": [(0, 0), (5, 0), (10, 0), (11, 0), (12, 0), (13, 0), (20, 0), (21, 0), (22, 0), (100, 0), (508, 0)],
    "decimal": [(33.4, 1), (1.0, 1), (2.0, 1), (14.4, 1), (0.25, 2), (100.0, 1)],
}  # fmt: skip


def test_table_has_every_noun_in_every_case_and_no_gap():
    assert len(ROWS) * 5 >= 600
    assert sorted((row["noun"], row["case"]) for row in ROWS) == sorted((w, case) for w in LEXICON for case in CASES)
    assert all(form and form == form.strip() for row in ROWS for form in row.values())


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['noun']}-{row['case']}")
def test_form_beside_a_number(row, kind):
    found = {noun(row["noun"], value, row["case"], decimals) for value, decimals in NUMBERS[kind]}
    assert found == {row[kind]}


@pytest.mark.parametrize(
    ("number", "decimals", "word", "case", "printed"),
    [
        # SURS municipal pages, rrc-kp.si
        (173, 0, "prebivalec", "nominative", "173 prebivalcev"),
        (103, 0, "prebivalec", "nominative", "103 prebivalci"),
        (101, 0, "prebivalec", "nominative", "101 prebivalec"),
        (505, 0, "prebivalec", "nominative", "505 prebivalcev"),
        (465, 0, "prebivalec", "nominative", "465 prebivalcev"),
        (508, 0, "posameznik", "nominative", "508 posameznikov"),
        # rtvslo.si, 24ur.com
        (14.4, 1, "odstotek", "nominative", "14,4 odstotka"),
        (33.4, 1, "odstotek", "nominative", "33,4 odstotka"),
        (1.1, 1, "odstotna točka", "nominative", "1,1 odstotne točke"),
        (42.6, 1, "leto", "nominative", "42,6 leta"),
        (38, 0, "leto", "instrumental", "38 leti"),
        (32, 0, "odstotek", "genitive", "32 odstotkov"),
        # CLDR's own unit pattern has "3 let", which is wrong
        (3, 0, "leto", "nominative", "3 leta"),
        (0, 0, "oseba", "nominative", "0 oseb"),
        (14.4, 1, "oseba", "nominative", "14,4 osebe"),
        (2500, 0, "prebivalec", "nominative", "2.500 prebivalcev"),
        (2, 0, "mama", "accusative", "2 mami"),
        (1, 0, "otrok", "accusative", "1 otroka"),
        (8, 0, "otrok", "instrumental", "8 otroki"),
        (508, 0, "anketirani", "nominative", "508 anketiranih"),
        (5, 0, "vir hrupa", "nominative", "5 virov hrupa"),
        (4, 0, "trditev", "locative", "4 trditvah"),
        (23, 0, "krajevna skupnost", "locative", "23 krajevnih skupnostih"),
    ],
)
def test_official_and_plain_examples(number, decimals, word, case, printed):
    shown = f"{decimal(number, decimals)}{NBSP}{noun(word, number, case, decimals)}"
    assert shown.replace(NBSP, " ") == printed


@pytest.mark.parametrize(("number", "said"), [(3, "za tri odstotne točke"), (2, "za dve odstotni točki")])
def test_percentage_points_in_the_accusative_as_the_papers_write_them(number, said):
    assert said.endswith(noun("odstotna točka", number, "accusative"))  # 24ur.com


@pytest.mark.parametrize("word", ["anketiranecc", "hrup", "", "osebe", "Oseba"])
def test_unknown_noun_is_refused(word):
    with pytest.raises(FindingError, match="no Slovenian forms for the noun"):
        noun(word, 3)


def test_unknown_noun_names_a_near_one():
    with pytest.raises(FindingError, match="'prebivalci'; did you mean 'prebivalec'"):
        noun("prebivalci", 3)


@pytest.mark.parametrize(
    ("low", "high", "word", "case", "form"),
    [
        (2, 5, "odgovor", "nominative", "odgovorov"),
        (8, 10, "mesec", "nominative", "mesecev"),
        (1, 2, "oseba", "nominative", "osebi"),
        (2, 4, "predlog", "accusative", "predloge"),
        (2, 4, "predlog", "locative", "predlogih"),
        (20, 101, "oseba", "nominative", "oseba"),
        (5, 5, "oseba", "nominative", "oseb"),
    ],
)
def test_noun_after_a_range_follows_its_end(low, high, word, case, form):
    assert noun_after_range(word, low, high, case) == form


def test_decimal_range_takes_the_genitive_singular():
    assert noun_after_range("odstotek", 22.1, 30.9, "locative", decimals=1) == "odstotka"


def test_range_that_runs_backwards_is_refused():
    with pytest.raises(FindingError, match="the range 5–2 before 'odgovor' runs backwards"):
        noun_after_range("odgovor", 5, 2)


def test_class_of_whole_numbers_is_that_of_cldr():
    names = {"one": "one", "two": "two", "few": "few", "other": "many"}
    plural = Locale("sl").plural_form
    for number in range(2001):
        assert number_class(number) == names[plural(number)], number


def test_class_of_decimals_is_their_own():
    assert {number_class(value, 1) for value in (0.1, 1.0, 2.0, 33.4, 101.0)} == {"decimal"}
    # As printed: 0.6 without decimals is 1, 101.5 is 102.
    assert [number_class(value) for value in (0.6, 101.5, 4.4, -2)] == ["one", "two", "few", "two"]
