"""Numbers as objects: drawn ones are known, ids are short and tell two numbers apart, printing is one function."""

import re
from collections import defaultdict
from dataclasses import replace

import pytest

from kzm_surveys.findings.ledger import Ledger, numbers_of
from kzm_surveys.findings.text import LONGEST_ID, printed
from kzm_surveys.findings.tracing import traced_figure, traced_section
from tests.findings.digits import TOKEN, quoted, without
from tests.findings.wholeness import part_of, section_of, weighted


@pytest.fixture(scope="module")
def texts(designs):
    return {name: quoted(design) for name, design in designs.items()}


@pytest.fixture(scope="module")
def numbers(sections, figures, designs):
    traced = {name: traced_figure(figure, designs[name.partition("_")[0]]) for name, figure in figures.items()}
    return list(numbers_of([traced_section(section, "sl") for section in sections], traced))


def test_every_number_drawn_in_a_figure_is_one_of_its_numbers(figures, texts):
    for figure in figures.values():
        name = figure.id.partition("_")[0]
        known = {str(n) for part in (figure.caption, figure.foot, figure.alt, figure.title) for n in part.numbers()}
        known |= {str(n) for n in figure.numbers}
        known = {token for text in known for token in TOKEN.findall(text)}
        drawn = [text.get_text() for text in figure.figure.texts if text.get_gid() not in ("tick", "title", "subtitle")]
        around = (text.get_text() for text in figure.figure.texts if text.get_gid() in ("title", "subtitle"))
        drawn = [" ".join(drawn), " ".join(around)]
        tokens = [token for words in drawn for token in TOKEN.findall(without(words, texts[name]))]
        assert len(tokens) > 5
        assert set(tokens) <= known, figure.id


def test_ids_fit_into_word_and_hold_no_blank(numbers):
    ids = {number.id for _, number in numbers}
    assert len(ids) > 400
    for each in ids:
        assert 0 < len(each) <= LONGEST_ID == 64
        assert re.fullmatch(r"[^\s\"'<>&{}]+", each), each


def test_an_id_stands_for_one_number_and_one_claim(numbers):
    by_id = defaultdict(set)
    for _, number in numbers:
        claim = number.claim
        by_id[number.id].add((
            number.text, number.kind, number.decimals, claim.wave, claim.statistic, claim.variable, claim.category,
            claim.by, claim.by_category, claim.where, claim.base, claim.weight, round(claim.estimate, 9),
        ))  # fmt: skip
    assert [each for each in by_id.items() if len(each[1]) > 1] == []


def test_ids_do_not_depend_on_values(designs, sections):
    """Half of the respondents give other numbers with the same ids."""
    for section in sections:
        name = section.survey.wave.survey
        half = section_of(weighted(part_of(designs[name].survey, list(range(0, len(section.survey), 2)))))
        whole = {n.id: n.text for _, n in numbers_of([traced_section(section, "sl")], {})}
        other = {n.id: n.text for _, n in numbers_of([half], {})}
        shared = whole.keys() & other.keys()
        assert len(shared) > 0.8 * len(whole)
        assert sum(whole[each] != other[each] for each in shared) > 0.5 * len(shared)


def test_an_id_names_no_group_that_is_none(numbers):
    assert not [number.id for _, number in numbers if "None" in number.id]


def test_printed_texts_are_their_estimates_and_a_retyped_one_is_seen(numbers):
    for _, number in numbers:
        again = printed(number.claim.estimate, number.kind, number.decimals, "sl")
        if not number.claim.statistic.startswith("quoted"):
            assert number.text == again, number
        wrong = replace(number, text=number.text.replace(number.text[0], "9" + number.text[0], 1))
        assert wrong.text != again


def test_a_number_retyped_in_one_place_is_refused_by_the_ledger(numbers):
    from kzm_surveys import FindingError

    _, number = numbers[10]
    ledger = Ledger()
    ledger.add(number, "here")
    with pytest.raises(
        FindingError, match=r"there: two numbers bear the id '.+'.*Give one of them a statistic of its own"
    ):
        ledger.add(replace(number, text="9" + number.text), "there")
    with pytest.raises(FindingError, match="two numbers bear the id"):
        ledger.add(replace(number, claim=replace(number.claim, estimate=number.claim.estimate + 1e-6)), "there")
    ledger.add(replace(number, claim=replace(number.claim, estimate=number.claim.estimate * (1 + 1e-15))), "there")
    assert ledger.rows()[0]["places"] == ["here", "there"]
