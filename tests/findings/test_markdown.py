import re

import pytest

from kzm_surveys import FindingError
from kzm_surveys.findings.markdown import to_markdown
from kzm_surveys.findings.section import FigureRef, Heading, Paragraph, Points, ReportFigure, Section, Table
from kzm_surveys.findings.text import Fixed, Footnote, Reference, Text, say


@pytest.fixture
def share(voice):
    return voice.fact(26, "respondents", variable="x")


def written(design, *blocks, headings=("Okolje", "Hrup"), **options):
    return to_markdown([Section(design, blocks, headings)], options.pop("figures", {}), **options)


def test_footnotes_are_numbered_through_the_document_and_stand_at_its_end(noise, share):
    def noted(words, note):
        return Paragraph(Text((words, Footnote(note), ".")))

    text = written(noise, noted("prvi", say("Vir: {n}", n=share)), noted("drugi", say("SURS")))
    lines = text.splitlines()
    assert "prvi[^1]." in lines
    assert "drugi[^2]." in lines
    assert lines[-2:] == ["[^1]: Vir: 26", "[^2]: SURS"]


def test_notes_of_tables_have_footnotes_too(noise):
    table = Table("t", Text(("T", Footnote(say("a")))), ["x", "y"], [["z", Text(("w", Footnote(say("b"))))]], [])
    text = written(noise, table)
    assert "T[^1]" in text
    assert "w[^2]" in text
    assert text.endswith("[^1]: a\n[^2]: b\n")


def test_key_findings_are_a_quoted_list(noise, share):
    text = written(noise, Points("Ključne ugotovitve", [say("{n} *oseb*", n=share), say("b")], ["a", "b"]))
    assert "> **Ključne ugotovitve**\n>\n> - 26 \\*oseb\\*\n> - b\n\n" in f"{text}\n"


def test_headings_that_sections_share_stand_once(noise):
    sections = [Section(noise, [Heading("Viri")], ["Okolje", name]) for name in ("Hrup", "Voda")]
    lines = to_markdown(sections, {}, title="Poročilo").splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# Poročilo", "## Okolje", "### Hrup", "#### Viri", "### Voda", "#### Viri",
    ]  # fmt: skip


def test_headings_never_go_below_the_sixth_level(noise):
    lines = written(noise, Heading("g"), headings=list("abcdef")).splitlines()
    assert [line for line in lines if line.startswith("#")][-3:] == ["###### e", "###### f", "###### g"]


def test_columns_of_words_stand_left_and_numbers_right(noise):
    table = Table("t", say("T"), ["a", "b", "c"], [["x", "y", "z"]], [], words=2)
    assert "| --- | --- | ---: |" in written(noise, table)


def test_a_name_is_code_and_a_date_is_not(noise):
    text = written(noise, Paragraph(Text((Fixed("a_b.sav", "id"), " ", Fixed("24. november", "date")))))
    assert "`a_b.sav` 24. november" in text


def test_blocks_are_set_apart_by_empty_lines(noise):
    text = written(noise, Paragraph(say("a")), Paragraph(say("b"), box=True), Heading("c"), Paragraph(say("d")))
    assert re.search(r"\n\na\n\n> \*\*b\*\*\n\n#### c\n\nd\n$", text)


def test_the_mark_of_invented_answers_stands_under_the_title(noise):
    assert written(noise, title="T", mark="IZMIŠLJENO").startswith("# T\n\n> **IZMIŠLJENO**\n\n## Okolje\n")


def test_pictures_are_linked_with_alternative_text(noise, share):
    figure = ReportFigure("f", None, say("napis"), say("osnova"), say("opis {n} [a]", n=share), say("t"))
    text = written(noise, FigureRef("f"), figures={"f": figure}, picture_suffix="_en", lang="en")
    assert "![opis 26 (a)](../figures/f_en.png)" in text
    assert "**Figure 1:** napis" in text


def test_a_reference_is_the_number_of_its_table(noise):
    table = Table("t", say("T"), ["a"], [["x"]], [])
    assert "gl. 1." in written(noise, table, Paragraph(Text(("gl. ", Reference("table", "t"), "."))))
    with pytest.raises(FindingError, match="lost"):
        written(noise, Paragraph(Text((Reference("table", "lost"),))))


def test_a_tilde_strikes_nothing_through(noise):
    assert r"a \~ b \~" in written(noise, Paragraph(Text(("a ~ b ~",))))
