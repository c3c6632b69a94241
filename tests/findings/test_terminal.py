import pytest

from kzm_surveys.findings.section import FigureRef, Heading, Paragraph, Points, Section, Table
from kzm_surveys.findings.terminal import print_section
from kzm_surveys.findings.text import Footnote, Reference, Text, say


@pytest.fixture
def shown(noise, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    def show(*blocks, lang="sl", warnings=()):
        print_section(Section(noise, blocks, ["Okolje", "Hrup"], warnings), lang)
        return capsys.readouterr().out

    return show


def test_headings_stand_above_everything(shown):
    assert shown(Heading("Viri")) == "Okolje / Hrup\n\nViri\n"


def test_footnotes_stand_in_brackets_behind_the_paragraph(shown, voice):
    n = voice.fact(508, "respondents")
    note = Text(("Moti", Footnote(say("Vir: {n} oseb", n=n)), " vse.", Footnote(say("SURS"))))
    assert "\nMoti vse. [Vir: 508 oseb] [SURS]\n" in shown(Paragraph(note))


def test_key_findings_are_a_list_under_their_title(shown):
    assert "\nKljučne ugotovitve\n• prva\n• druga [vir]\n" in shown(
        Points("Ključne ugotovitve", [say("prva"), Text(("druga", Footnote(say("vir"))))], ["a", "b"])
    )


def test_words_in_brackets_are_no_markup_of_the_terminal(shown):
    assert "[bold]x[/bold]" in shown(Paragraph(say("[bold]x[/bold]")))


def test_a_table_has_number_title_cells_and_notes(shown):
    table = Table("t", say("Naslov"), ["a", say("b")], [["prvi", Text(("2", Footnote(say("vir"))))]], [say("Osnova.")])
    text = shown(Paragraph(Text(("gl. ", Reference("table", "t")))), table)
    for words in ("gl. 1", "Preglednica 1: Naslov", "prvi", "2 [vir]", "Osnova."):
        assert words in text


def test_columns_of_words_stand_left(shown):
    table = Table("t", say("T"), ["a", "long header", "n"], [["x", "w", "7"]], [], words=2)
    (row,) = (line for line in shown(table).splitlines() if "│ x " in line)
    assert "│ w           │ 7 │" in row


def test_a_figure_is_named_in_the_language(shown):
    assert "[Figure 1: f]" in shown(FigureRef("f"), lang="en")


def test_what_the_author_must_read_comes_last(shown):
    assert shown(Paragraph(say("a")), warnings=["noise 2021: 'x' is not shown"]).endswith(
        "\nnoise 2021: 'x' is not shown\n"
    )
