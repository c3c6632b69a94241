"""Every digit in the report is a number of the ledger or a quoted text."""

import json
import re
from dataclasses import replace

import pytest

from kzm_surveys.findings.section import Heading, Paragraph, Section, Table, section_texts
from kzm_surveys.findings.text import Number, Text, say
from tests.findings.digits import TOKEN, quoted, typed, typed_in_section, without


@pytest.fixture(scope="module")
def texts(designs):
    return {name: quoted(design) for name, design in designs.items()}


@pytest.mark.parametrize("name", ["noise", "breastfeeding"])
def test_no_digit_of_a_section_is_typed(sections, texts, name):
    (section,) = [s for s in sections if s.survey.wave.survey == name]
    assert typed_in_section(section, texts[name]) == []
    counted = sum(len(list(text.numbers())) for _, text in section_texts(section))
    assert counted > 30


def test_no_digit_of_caption_foot_alt_and_title_is_typed(figures, texts):
    for figure in figures.values():
        name = figure.id.partition("_")[0]
        for part in (figure.caption, figure.foot, figure.alt, figure.title):
            assert typed(part, texts[name]) == [], figure.id


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


@pytest.fixture
def section(sections):
    return sections[1]


def test_the_check_sees_a_digit_typed_into_a_paragraph(section, texts):
    for position, block in enumerate(section.blocks):
        if isinstance(block, Paragraph) and not block.box:
            wrong = Text((*block.text.parts, "7"))
            blocks = [*section.blocks[:position], Paragraph(wrong), *section.blocks[position + 1 :]]
            assert [found for _, found in typed_in_section(Section(section.survey, blocks), texts["noise"])] == [["7"]]


def test_the_check_sees_a_digit_in_cell_header_note_and_heading(section, texts):
    table = next(block for block in section.blocks if isinstance(block, Table))
    first, *rest = table.rows
    wrong = [
        replace(table, rows=[[*first[:-1], "31,0\u00a0%"], *rest]),
        replace(table, header=[*table.header[:-1], "n 2021"]),
        replace(table, notes=[*table.notes, Text(("leta 2021",))]),
        replace(table, title=Text(("Motečnost 2021",))),
        Heading("Leto 2021"),
    ]
    for block in wrong:
        assert len(typed_in_section(Section(section.survey, [block]), texts["noise"])) == 1
    assert typed_in_section(Section(section.survey, [table]), texts["noise"]) == []


def test_a_label_with_a_digit_is_quoted_only_as_it_stands(texts):
    label = "62\u00a0let ali več"
    assert label in texts["noise"]
    assert typed(say("Starih je {label}.", label=label), texts["noise"]) == []
    assert typed(say("Starih je {label}.", label="63\u00a0let ali več"), texts["noise"]) == ["63"]
    assert typed(say("Starih je {label}.", label=f"1{label}"), texts["noise"]) == ["162"]


def test_a_changed_number_is_no_longer_its_estimate(sections):
    """The printed text of every number is its estimate, rounded; a retyped one is seen."""
    seen = 0
    for section in sections:
        for _, text in section_texts(section):
            for number in text.numbers():
                assert agrees(number), number
                assert not agrees(replace(number, text=number.text.replace(number.text[0], "9" + number.text[0], 1)))
                seen += 1
    assert seen > 100


def agrees(number: Number) -> bool:
    """Whether the printed digits are the estimate to so many decimals; p values stop at 0.001."""
    value = number.claim.estimate * (100 if number.kind == "percent" else 1)
    if number.claim.statistic.endswith(".p"):
        value = max(value, 0.001)
    digits = number.text.removesuffix("\u00a0%").replace(".", "").replace(",", ".").replace("\u2212", "-")
    decimals = len(digits.partition(".")[2])
    return decimals == number.decimals and abs(float(digits) - value) <= 0.5 * 10**-decimals + 1e-9


def test_every_number_of_the_markdown_is_accounted_for(built, texts):
    """From the outside: the finished text against ledger.json, with no help from the objects."""
    words = built.files["report/findings_2022_sl.md"].decode()
    rows = json.loads(built.files["ledger.json"])["numbers"]
    known = {token for row in rows for token in TOKEN.findall(row["value"])}
    words = re.sub(r"\.\./figures/\w+\.png", "", words).replace("\\", "")
    words = re.sub(r"\*\*(Slika|Preglednica) \d+:\*\*|(slik|preglednic)\w+\u00a0\d+", "", words)
    words = re.sub(r"^#+ .*$", "", words, flags=re.MULTILINE)  # headings are those of wave.toml
    words = without(words, texts["noise"] + texts["breastfeeding"])
    tokens = TOKEN.findall(words)
    assert len(tokens) > 100
    assert [token for token in tokens if token not in known] == []
