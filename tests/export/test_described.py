"""Counts of answers and reasons, against the six respondents of ``tests.export.ANSWERS`` counted by hand."""

import math

import pytest

import kzm_surveys as kzm
from kzm_surveys.export.described import describe
from tests.export import ANSWERS, rich


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    return describe(rich(tmp_path_factory.mktemp("rich")))


def lines(each):
    return [(line.code_text, line.label["en"], line.n, line.reason) for line in each.lines]


def test_answers_come_with_their_codes_and_reasons_with_theirs(described):
    # Column noise_music of the six: 98, 2, 98, 1, 3, 1.
    assert lines(described["noise_music"]) == [
        ("1", "not at all", 2, ""), ("2", "somewhat", 1, ""), ("3", "very", 1, ""),
        ("98", "don't know", 2, "dont_know"),
    ]  # fmt: skip


def test_an_empty_cell_is_a_reason_without_a_code(described):
    # hours: 1, 4 are not bothered by the road, 5 gave no answer there: not asked; 6 was asked and left it empty.
    assert lines(described["hours"]) == [("", "question not asked", 3, "not_asked"), ("", "no answer", 1, "no_answer")]
    # A declared reason is listed although nobody has it.
    assert lines(described["noise_road"])[3:] == [
        ("98", "don't know", 0, "dont_know"),
        ("", "no answer", 1, "no_answer"),
    ]


def test_reasons_of_derived_variables_have_no_code(described):
    assert lines(described["annoyed_music"])[-1] == ("", "don't know", 2, "dont_know")
    assert described["annoyed_music"].column is None
    assert described["noise_music"].column == "noise_music"


def test_answered_and_missing_add_up(described):
    for each in described.values():
        assert each.answered + each.missing == 6
        assert sum(line.n for line in each.reasons) == each.missing
        if each.variable.categories and not each.withheld:
            assert sum(line.n for line in each.answers) == each.answered


def test_summary_of_a_number(described):
    # Years 1950, 1960, 1990, 1989, 2001 (9999 is refused): sum 9890, mean 1978; squares of the differences
    # 784 + 324 + 144 + 121 + 529 = 1902, divided by 4 is 475.5.
    found = described["birth"].summary
    assert (found.mean, found.lowest, found.highest) == (1978.0, 1950.0, 2001.0)
    assert found.deviation == pytest.approx(math.sqrt(475.5))


def test_a_number_with_fewer_than_five_answers_is_not_summed_up(described):
    assert described["hours"].answered == 2
    assert described["hours"].summary is None
    assert described["hours"].withheld


def test_a_crossing_with_a_small_cell_has_no_counts_and_others_keep_theirs(tmp_path, described):
    crossing = described["sex_generation"]
    assert [line.n for line in crossing.answers] == [None] * 6
    assert crossing.withheld
    assert [line.n for line in described["sex"].answers] == [2, 4]
    head, *rows = ANSWERS.splitlines()
    many = [f"{number},{row.partition(',')[2]}" for number, row in enumerate(rows * 5, start=1)]
    five = describe(rich(tmp_path, "\n".join([head, *many]) + "\n"))["sex_generation"]
    # The six give one man old and one young, two women middle and one young; times five.
    assert [line.n for line in five.answers] == [5, 0, 5, 0, 10, 5]


def test_counts_of_the_shipped_waves_are_those_of_the_frames():
    survey = kzm.load("surveys/noise/2021")
    for name, each in describe(survey).items():
        answers = survey.responses[name]
        for line, category in zip(each.answers, each.variable.categories, strict=True):
            assert line.n == (answers == category.name).sum()
        for reason in {line.reason for line in each.reasons}:
            counted = sum(line.n for line in each.reasons if line.reason == reason)
            assert counted == (survey.missing[name] == reason).sum(), name
