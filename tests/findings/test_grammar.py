"""Sentences stay right Slovenian when the number of respondents changes."""

import contextlib
import re
import runpy
from dataclasses import replace

import pytest

import kzm_surveys as kzm
from kzm_surveys.findings.section import Paragraph
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.slovene import counted_verb

NBSP = "\u00a0"


def part_of(survey, rows):
    """The survey with only these respondents."""
    return replace(survey, responses=survey.responses.iloc[rows], missing=survey.missing.iloc[rows])


def sentences(name, design):
    section = runpy.run_path(f"analyses/{name}.py")["section"](design)
    return [str(block.text) for block in section.blocks if isinstance(block, Paragraph)]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (101, "je sodelovala 101_mama"),
        (102, "sta sodelovali 102_mami"),
        (103, "so sodelovale 103_mame"),
        (104, "so sodelovale 104_mame"),
        (105, "je sodelovalo 105_mam"),
        (111, "je sodelovalo 111_mam"),
        (201, "je sodelovala 201_mama"),
    ],
)
def test_web_survey_of_n_mothers(breastfeeding, n, expected):
    design = kzm.weight(part_of(breastfeeding.survey, list(range(n))))
    opening = sentences("breastfeeding", design)[1]
    assert opening.replace(NBSP, "_").startswith(f"V spletni anketi o dojenju {expected}.")


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (201, "je sodelovala 201_oseba"),
        (302, "sta sodelovali 302_osebi"),
        (403, "so sodelovale 403_osebe"),
        (405, "je sodelovalo 405_oseb"),
    ],
)
def test_telephone_survey_of_n_persons(noise, n, expected):
    design = kzm.weight(part_of(noise.survey, list(range(n))))
    texts = [text.replace(NBSP, "_") for text in sentences("noise", design)]
    assert texts[1].startswith(f"V raziskavi {expected} (telefonska anketa; ")
    assert any(f"Število anketiranih: {n}." in text for text in texts)


def test_verb_of_those_who_answered_the_open_question(noise, breastfeeding):
    forms = {1: "je odgovorila {}_{}a", 2: "sta odgovorili {}_{}i", 3: "so odgovorile {}_{}e",
             4: "so odgovorile {}_{}e"}  # fmt: skip
    seen = set()
    for n in range(60, 76):
        design = kzm.weight(part_of(breastfeeding.survey, list(range(n))))
        count = int(design.frame["proposals"].notna().sum())
        form = forms.get(count % 100 if count > 4 else count, "je odgovorilo {}_{}")
        text = " ".join(sentences("breastfeeding", design)).replace(NBSP, "_")
        assert form.format(count, "mam") in text
        seen.add(count)
    assert len(seen) > 3


@pytest.mark.parametrize(
    ("n", "person", "mother"),
    [
        (1, "je sodelovala 1_oseba", "je sodelovala 1_mama"),
        (2, "sta sodelovali 2_osebi", "sta sodelovali 2_mami"),
        (3, "so sodelovale 3_osebe", "so sodelovale 3_mame"),
        (5, "je sodelovalo 5_oseb", "je sodelovalo 5_mam"),
        (101, "je sodelovala 101_oseba", "je sodelovala 101_mama"),
        (102, "sta sodelovali 102_osebi", "sta sodelovali 102_mami"),
        (1001, "je sodelovala 1.001_oseba", "je sodelovala 1.001_mama"),
        (2500, "je sodelovalo 2.500_oseb", "je sodelovalo 2.500_mam"),
    ],
)
def test_verb_number_and_noun_agree(voice, n, person, mother):
    for word, expected in (("oseba", person), ("mama", mother)):
        counted = voice.counted(voice.fact(n, "respondents"), word)
        phrase = f"{counted_verb(n, word, 'sodeloval')} {counted}"
        assert phrase.replace(NBSP, "_") == expected


@pytest.mark.parametrize(("n", "noun"), [(1, "odgovor"), (2, "odgovora"), (3, "odgovori"), (4, "odgovori"),
                                         (229, "odgovorov"), (101, "odgovor"), (202, "odgovora")])  # fmt: skip
def test_counted_answers(voice, n, noun):
    assert str(voice.counted(voice.fact(n, "effective_n"), "odgovor")) == f"{n}{NBSP}{noun}"


def test_months_with_decimals_take_the_genitive_singular(voice, breastfeeding):
    text = " ".join(sentences("breastfeeding", breastfeeding))
    assert re.search(rf"povprečno \d+,\d{NBSP}meseca", text)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_tiny_survey_is_written_right_or_refused_in_plain_words(breastfeeding, n):
    design = kzm.weight(part_of(breastfeeding.survey, list(range(n))))
    with contextlib.suppress(kzm.KzmError):
        assert f"{n}{NBSP}mam" in sentences("breastfeeding", design)[1]


def test_voice_of_a_part_of_the_survey(noise):
    voice = Voice(kzm.SurveyDesign.from_survey(part_of(noise.survey, [0, 1])))
    assert str(voice.counted(voice.fact(len(voice.survey), "respondents"), "oseba")) == f"2{NBSP}osebi"
