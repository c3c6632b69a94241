from dataclasses import replace

import pytest

from kzm_surveys import FindingError
from kzm_surveys.findings.markdown import to_markdown
from kzm_surveys.findings.section import (
    FigureRef,
    Heading,
    Paragraph,
    Points,
    ReportFigure,
    Section,
    Table,
    checked_figures,
    numbering,
    section_texts,
)
from kzm_surveys.findings.text import Reference, Text, say

WORDS = Text(("besede",))


def table(name="t", header=("a", "b"), rows=(("x", "y"),), notes=()):
    return Table(name, WORDS, header, rows, notes)


def figure(name="f"):
    return ReportFigure(name, None, WORDS, WORDS, WORDS, WORDS)


def section(noise, *blocks):
    return Section(noise, blocks)


@pytest.mark.parametrize("rows", [[["x"]], [["x", "y"], ["x", "y", "z"]], [[]]])
def test_a_row_of_the_wrong_length_is_refused(rows):
    with pytest.raises(FindingError, match=r"table 't': a row has \d cells, the header 2"):
        table(rows=rows)


def test_a_table_without_rows_is_refused():
    with pytest.raises(FindingError, match="table 't' has no rows"):
        table(rows=[])


def test_an_empty_header_cell_is_refused():
    with pytest.raises(FindingError):
        table(header=("", "b"))


def test_tables_and_figures_are_counted_apart_through_the_document(noise):
    first = section(noise, table("a"), FigureRef("b"), table("c"))
    second = section(noise, Paragraph(WORDS), FigureRef("d"), table("e"))
    assert numbering([first, second]) == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}


@pytest.mark.parametrize("pair", [(table("x"), table("x")), (FigureRef("x"), FigureRef("x")),
                                  (table("x"), FigureRef("x"))])  # fmt: skip
def test_ids_that_stand_twice_are_refused(noise, pair):
    for sections in ([section(noise, *pair)], [section(noise, pair[0]), section(noise, pair[1])]):
        with pytest.raises(FindingError, match="two tables or figures have the id 'x'"):
            numbering(sections)


def test_unknown_references_are_refused_with_a_near_name(noise):
    text = say("gl. preglednico {t}", t=Reference("table", "by_sourc"))
    with pytest.raises(FindingError, match=r"paragraph 1: .*table 'by_sourc'; did you mean 'by_source'"):
        checked_figures([section(noise, Paragraph(text), table("by_source"))], {})


@pytest.mark.parametrize("place", ["note", "cell", "title"])
def test_references_in_tables_are_checked_too(noise, place):
    text = say("gl. {t}", t=Reference("figure", "nowhere"))
    block = table(notes=[text]) if place == "note" else table(rows=[["x", text]])
    if place == "title":
        block = replace(table(), title=text)
    with pytest.raises(FindingError, match="nowhere"):
        checked_figures([section(noise, block)], {})


def test_references_in_captions_are_checked_too(noise):
    text = say("gl. {t}", t=Reference("table", "nowhere"))
    with pytest.raises(FindingError, match="nowhere"):
        checked_figures([section(noise, FigureRef("f"))], {"f": replace(figure(), foot=text)})


def test_a_reference_of_the_wrong_kind_is_refused(noise):
    text = say("gl. sliko {t}", t=Reference("figure", "t"))
    with pytest.raises(FindingError):
        checked_figures([section(noise, Paragraph(text), table("t"))], {})


def test_unknown_figures_are_refused(noise):
    with pytest.raises(FindingError, match="unknown figure 'road_'; did you mean 'road'"):
        checked_figures([section(noise, FigureRef("road_"))], {"road": figure("road")})


def test_texts_of_a_section_are_paragraphs_titles_cells_and_notes(noise):
    blocks = [Paragraph(Text(("p",))), Table("t", Text(("title",)), ["h"], [["cell"]], [Text(("note",))])]
    assert [str(text) for _, text in section_texts(section(noise, *blocks))] == ["p", "title", "h", "cell", "note"]


def test_places_are_named_so_that_they_outlive_a_new_order(noise):
    described = replace(table("t", notes=[Text(("note",))]), description=Text(("d",)))
    blocks = [
        Heading("H"), Paragraph(Text(("p",)), id="who"), Paragraph(Text(("q",))), Points("Box", [Text(("k",))], ["a"]),
        described, FigureRef("f"),
    ]  # fmt: skip
    places = [(place, str(text)) for place, text in section_texts(section(noise, *blocks))]
    assert places[:3] == [("paragraph who", "p"), ("paragraph 3", "q"), ("key finding a", "k")]
    assert {place for place, _ in places[3:]} == {"table t"}
    assert [words for _, words in places[3:]] == ["besede", "a", "b", "d", "x", "y", "note"]


def test_a_section_without_a_survey_is_refused(noise):
    from kzm_surveys import SurveyDesign

    bare = SurveyDesign(noise.survey.responses)
    with pytest.raises(FindingError, match=r"SurveyDesign\.from_survey"):
        _ = Section(bare, []).survey


def test_own_headings_take_the_place_of_those_of_the_wave(noise):
    assert list(section(noise).headings) == list(noise.survey.wave.report.headings)
    assert list(Section(noise, [], own_headings=["A", "B"]).headings) == ["A", "B"]


HOSTILE = "a|b *c* <d> #e _f_ `g` [h] \\"


def test_markdown_escapes_what_it_would_read_as_structure(noise):
    block = Table("t", Text((HOSTILE,)), [HOSTILE, "b"], [[HOSTILE, "x"]], [Text((HOSTILE,))])
    shown = {"f": replace(figure(), alt=Text(("slika ] ( <x>",)))}
    text = to_markdown([section(noise, Paragraph(Text((HOSTILE,))), block, FigureRef("f"))], shown)
    escaped = r"a\|b \*c\* \<d\> \#e \_f\_ \`g\` \[h\] \\"
    assert text.count(escaped) == 5
    assert "| " + escaped + " | x |" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [line.replace(r"\|", "").count("|") for line in rows] == [3, 3, 3]
    assert r"![slika ) ( \<x\>](../figures/f.png)" in text


def test_markdown_has_headings_references_and_box(noise):
    blocks = [Paragraph(Text(("Pozor.",)), box=True), Paragraph(say("gl. {t}", t=Reference("table", "t"))), table()]
    text = to_markdown([section(noise, *blocks)], {}, title="Naslov")
    lines = text.splitlines()
    assert lines[0] == "# Naslov"
    headings = noise.survey.wave.report.headings
    assert lines[2] == f"## {headings[0]}"
    assert lines[4] == f"### {headings[1]}"
    assert "> **Pozor.**" in lines
    assert "gl.\u00a01" in lines
    assert "**Preglednica 1:** besede" in lines


def test_markdown_escapes_its_title(noise):
    assert to_markdown([section(noise, Paragraph(WORDS))], {}, title="a <b> *c*").startswith(r"# a \<b\> \*c\*")


@pytest.mark.parametrize("words", ["- prvič", "+ prvič", "1. januar"])
def test_markdown_paragraphs_do_not_become_lists(noise, words):
    text = to_markdown([section(noise, Paragraph(Text((words,))))], {})
    assert words not in text.splitlines()
