"""Sentences stay right Slovenian whoever answered: other numbers of respondents, other answers, other samples."""

import re

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.findings.section import Paragraph, section_texts
from kzm_surveys.findings.voice import Voice
from tests.findings.wholeness import (
    NBSP,
    broken,
    faults_of,
    opt_in,
    part_of,
    probability,
    real,
    section_of,
    weighted,
    with_answers,
)  # fmt: skip


def test_broken_texts_are_seen():
    for words in (
        "Moti 30 % ljudi.", "Moti  ljudi.", "Moti ljudi .", "Moti (ljudi.", "Moti »ljudi.", "Moti nan ljudi.",
        "Moti {n}.",
        "Moti ljudi..", "od -3 do 5", "22,1-30,9", "the share ljudi", "Moti ( ljudi).", "(n = 5)", "Moti () ljudi.",
        "Moti,ljudi", "a, b in .",
    ):  # fmt: skip
        assert list(faults_of(words)), words
    for words in (
        f"Moti 30,0{NBSP}% ljudi (n{NBSP}={NBSP}508; 22,1–30,9{NBSP}%).",
        "a) naloga »b«",
        f"od {chr(0x2212)}3,0 do 5",
    ):
        assert not list(faults_of(words)), words


# Numbers and their words --------------------------------------------------------------------------------------------


def opening(design):
    """The first sentence on who took part."""
    section = section_of(design)
    return next(str(b.text) for b in section.blocks if isinstance(b, Paragraph) and b.id == "who").replace(NBSP, "_")


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (101, "je sodelovala 101_mama"),
        (102, "sta sodelovali 102_mami"),
        (103, "so sodelovale 103_mame"),
        (104, "so sodelovale 104_mame"),
        (105, "je sodelovalo 105_mam"),
        (111, "je sodelovalo 111_mam"),
        (112, "je sodelovalo 112_mam"),
        (201, "je sodelovala 201_mama"),
        (202, "sta sodelovali 202_mami"),
        (300, "je sodelovalo 300_mam"),
        (1001, "je sodelovala 1.001_mama"),
        (1002, "sta sodelovali 1.002_mami"),
    ],
)
def test_web_survey_of_n_mothers(breastfeeding, n, expected):
    rows = np.arange(n) % len(breastfeeding.survey)
    assert expected in opening(kzm.weight(part_of(breastfeeding.survey, rows)))


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (201, "je sodelovala 201_oseba"),
        (302, "sta sodelovali 302_osebi"),
        (403, "so sodelovale 403_osebe"),
        (404, "so sodelovale 404_osebe"),
        (405, "je sodelovalo 405_oseb"),
        (500, "je sodelovalo 500_oseb"),
        (2501, "je sodelovala 2.501_oseba"),
    ],
)
def test_telephone_survey_of_n_persons(noise, n, expected):
    rows = np.arange(n) % len(noise.survey)
    assert expected in opening(kzm.weight(part_of(noise.survey, rows)))


FORMS = {1: "je {}a {}_{}a", 2: "sta {}i {}_{}i", 3: "so {}e {}_{}e", 4: "so {}e {}_{}e"}


@pytest.mark.parametrize(("name", "stem"), [("noise", "oseb"), ("breastfeeding", "mam")])
def test_verb_of_those_who_answered_the_open_question(designs, name, stem):
    design, seen = designs[name], set()
    answered = (
        design.survey.responses[design.survey.codebook.members("proposal_themes")[0]].notna().to_numpy().nonzero()[0]
    )
    for n in (60, 99, 101, 102, 103, 104, 105, 111, 112, 201, 202):
        part = kzm.SurveyDesign.from_survey(part_of(design.survey, np.resize(answered, n)))
        members = part.survey.codebook.members("proposal_themes")
        count = int(part.survey.responses[members[0]].notna().sum())
        form = FORMS.get(count % 100)
        expected = f"je odgovorilo {count}_{stem}" if form is None else form.format("odgovoril", count, stem)
        text = " ".join(str(text) for _, text in section_texts(section_of(part))).replace(NBSP, "_")
        assert re.search(rf"{expected}\b", text), (n, count)
        seen.add(count % 100 if count % 100 < 5 else 5)
    assert seen == {0, 1, 2, 3, 4, 5} or seen == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("n", "person", "mother"),
    [
        (1, "je sodelovala 1_oseba", "je sodelovala 1_mama"),
        (2, "sta sodelovali 2_osebi", "sta sodelovali 2_mami"),
        (3, "so sodelovale 3_osebe", "so sodelovale 3_mame"),
        (5, "je sodelovalo 5_oseb", "je sodelovalo 5_mam"),
        (101, "je sodelovala 101_oseba", "je sodelovala 101_mama"),
        (2500, "je sodelovalo 2.500_oseb", "je sodelovalo 2.500_mam"),
    ],
)
def test_verb_number_and_noun_agree(voice, n, person, mother):
    for word, expected in (("oseba", person), ("mama", mother)):
        phrase = str(voice.clause(voice.fact(n, "respondents"), word, "sodelovati"))
        assert phrase.replace(NBSP, "_") == expected


@pytest.mark.parametrize(("n", "noun"), [(1, "odgovor"), (2, "odgovora"), (3, "odgovori"), (4, "odgovori"),
                                         (229, "odgovorov"), (101, "odgovor"), (202, "odgovora")])  # fmt: skip
def test_counted_answers(voice, n, noun):
    assert str(voice.counted(voice.fact(n, "effective_n"), "odgovor")) == f"{n}{NBSP}{noun}"


# The whole section --------------------------------------------------------------------------------------------------


def all_of(survey, group, category):
    return dict.fromkeys(survey.codebook.members(group), category)


def cases(noise, breastfeeding):
    """Name -> survey: what a report must live through."""
    a, b = noise.survey, breastfeeding.survey
    themes = list(a.codebook.members("proposal_themes"))
    return {
        "noise as it is": a,
        "mothers as they are": b,
        "real noise": real(a),
        "real mothers": real(b),
        "opt-in noise": opt_in(a),
        "mothers by chance": probability(b),
        "all very annoyed": with_answers(a, **all_of(a, "annoyance", "very")),
        "nobody annoyed": with_answers(a, **all_of(a, "annoyance", "not_at_all")),
        "nobody answered": with_answers(a, **all_of(a, "annoyance", None)),
        "nobody disturbed": with_answers(
            a, **(all_of(a, "disturbed", "not_selected") | {"disturbed_none": "selected"})
        ),
        "no health complaints": with_answers(a, **(all_of(a, "health", "not_selected"))),
        "all of one opinion": with_answers(a, **all_of(a, "opinion", "strongly_agree")),
        "nobody copes": with_answers(a, **all_of(a, "coping", None)),
        "no proposals": with_answers(a, **dict.fromkeys(themes)),
        "one theme": with_answers(a, **dict.fromkeys(themes, "not_selected") | {themes[0]: "selected"}),
        "no theme": with_answers(a, **dict.fromkeys(themes, "not_selected")),
        "everyone in one place": with_answers(a, place_type="city"),
        "everyone of one sex": with_answers(a, sex="female"),
        "no mother proposes": with_answers(b, **all_of(b, "proposal_themes", None)),
        "mothers of one theme": with_answers(
            b, **(all_of(b, "proposal_themes", "not_selected") | {b.codebook.members("proposal_themes")[1]: "selected"})
        ),
        "all mothers content": with_answers(b, **all_of(b, "support", "very_satisfied")),
        "no mother content": with_answers(b, **all_of(b, "support", "very_dissatisfied")),
        "no corners wanted": with_answers(b, **all_of(b, "corners", "not_selected")),
        "no needs": with_answers(b, **all_of(b, "needs", None)),
        "nobody breastfed": with_answers(b, ever_breastfed="no"),
        "mothers all agree": with_answers(b, **all_of(b, "public", "strongly_agree")),
    }


CASES = [
    "noise as it is", "mothers as they are", "real noise", "real mothers", "opt-in noise", "mothers by chance",
    "all very annoyed", "nobody annoyed", "nobody answered", "nobody disturbed", "no health complaints",
    "all of one opinion", "nobody copes", "no proposals", "one theme", "no theme", "everyone in one place",
    "everyone of one sex", "no mother proposes", "mothers of one theme", "all mothers content", "no mother content",
    "no corners wanted", "no needs", "nobody breastfed", "mothers all agree",
]  # fmt: skip


@pytest.fixture(scope="module")
def surveys(noise, breastfeeding):
    return cases(noise, breastfeeding)


@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize("weights", ["weighted", "unweighted"])
@pytest.mark.parametrize("name", CASES)
def test_a_section_of_other_answers_is_whole(surveys, name, weights, lang):
    survey = surveys[name]
    design = weighted(survey) if weights == "weighted" else kzm.SurveyDesign.from_survey(survey)
    section = section_of(design, lang)
    assert broken(section, lang) == []
    assert len(section.blocks) > 15


@pytest.mark.parametrize("name", ["noise", "breastfeeding"])
@pytest.mark.parametrize("n", [2, 3, 5, 8, 12, 20, 31, 47, 64, 101, 102, 103, 150])
def test_a_section_of_few_respondents_is_whole(designs, name, n):
    survey = designs[name].survey
    for seed in range(2):
        rows = np.random.default_rng([n, seed]).choice(len(survey), n, replace=False)
        for lang in ("sl", "en"):
            assert broken(section_of(weighted(part_of(survey, rows)), lang), lang) == [], (n, seed)


def test_a_survey_of_one_respondent_is_written_or_refused_in_plain_words(noise, breastfeeding):
    assert broken(section_of(weighted(part_of(breastfeeding.survey, [0])))) == []
    with pytest.raises(kzm.KzmError, match="one sampling unit"):
        section_of(weighted(part_of(noise.survey, [0])))


@pytest.mark.parametrize("name", ["noise", "breastfeeding"])
@pytest.mark.parametrize("seed", range(6))
def test_a_section_of_any_sample_is_whole(designs, name, seed):
    """Drawn again from the respondents, some of them many times, so that other answers come first."""
    survey, random = designs[name].survey, np.random.default_rng(seed)
    chances = random.dirichlet(np.full(len(survey), 0.1))
    rows = random.choice(len(survey), int(random.integers(200, 700)), p=chances)
    drawn = part_of(survey, rows)
    assert broken(section_of(weighted(drawn))) == []
    assert broken(section_of(weighted(opt_in(drawn) if seed % 2 else probability(drawn)), "en"), "en") == []


def test_unweighted_noise_does_not_speak_of_weights(noise):
    section = section_of(kzm.SurveyDesign.from_survey(noise.survey))
    words = " ".join(str(text) for _, text in section_texts(section))
    assert "uteženi podatki" not in words.replace("neuteženi podatki", "")


def test_real_answers_are_not_called_synthetic(noise, breastfeeding):
    for design in (noise, breastfeeding):
        words = " ".join(str(text) for _, text in section_texts(section_of(weighted(real(design.survey)))))
        assert "sintet" not in words.lower()


def test_an_opt_in_sample_has_no_intervals_tests_or_significance(noise, breastfeeding):
    for design in (weighted(opt_in(noise.survey)), breastfeeding):
        section = section_of(design)
        words = " ".join(str(text) for _, text in section_texts(section))
        assert not re.search(r"\bp\W[<=]|Rao|preizkus t\b|statistično značiln", words)
        numbers = [number for _, text in section_texts(section) for number in text.numbers()]
        assert not [n.id for n in numbers if n.claim.statistic.endswith(("ci_low", "ci_high", ".p", ".F"))]


def named_first(text):
    """The first number after a list of what is most frequent."""
    return next((number for number in text.numbers() if number.claim.statistic == "proportion"), None)


@pytest.mark.parametrize("name", ["noise", "breastfeeding"])
@pytest.mark.parametrize("n", [8, 12, 20, 31, 47])
def test_what_nobody_said_is_never_called_the_most_frequent(designs, name, n):
    """Where small numbers are withheld, a share of zero is the largest that is shown."""
    survey = designs[name].survey
    for seed in range(4):
        rows = np.random.default_rng([n, seed]).choice(len(survey), n, replace=False)
        for place, text in section_texts(section_of(weighted(part_of(survey, rows)))):
            if "by_group" in place:
                continue  # there the groups are compared, and none of them may have said it
            if re.search("najpogost|najviš|najbolj", str(text), re.IGNORECASE) and (first := named_first(text)):
                assert first.claim.estimate > 0, (n, seed, place, str(text))


@pytest.mark.parametrize(
    "name", ["nobody annoyed", "nobody disturbed", "no health complaints", "no theme", "no corners wanted"]
)
def test_what_nobody_at_all_said_is_not_called_the_most_frequent(surveys, name):
    for place, text in section_texts(section_of(weighted(surveys[name]))):
        if (
            re.search("najpogost|najbolj", str(text), re.IGNORECASE)
            and "by_group" not in place
            and (first := named_first(text))
        ):
            assert first.claim.estimate > 0, (place, str(text))


@pytest.mark.parametrize("name", ["noise", "breastfeeding"])
def test_one_thing_is_not_announced_in_the_plural(designs, name):
    survey = designs[name].survey
    for n in (12, 20, 31):
        rows = np.random.default_rng([n, 0]).choice(len(survey), n, replace=False)
        for place, text in section_texts(section_of(weighted(part_of(survey, rows)))):
            found = re.search(
                r"naslednj(?:e razloge|ih virih|ih mestih|ih delih)[^:]*: »[^«]*« \([^()]*\)(?=[.;])", str(text)
            )
            assert found is None, (n, place, str(text))


def test_no_causal_words_and_no_significance_without_a_test(noise, breastfeeding):
    for design in (noise, breastfeeding):
        for _, text in section_texts(section_of(design)):
            words = str(text)
            if "uteži" not in words and "Učinek zasnove" not in words and "učinek" not in words:
                assert not re.search(
                    r"\b(povzroč\w+|vpliva\w*|posledic\w+)\b", words.replace("glavni negativni vpliv", "")
                ), words
            if "značiln" in words and "preizkusov značilnosti" not in words:
                assert "preizkus" in words, words


def test_voice_of_a_part_of_the_survey(noise):
    voice = Voice(kzm.SurveyDesign.from_survey(part_of(noise.survey, [0, 1])))
    assert str(voice.counted(voice.fact(len(voice.survey), "respondents"), "oseba")) == f"2{NBSP}osebi"
