"""The web page of the report: read back by a parser that refuses what is not closed."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.findings.html import to_html
from kzm_surveys.findings.section import FigureRef, Heading, Paragraph, Points, ReportFigure, Section, Table
from kzm_surveys.findings.text import Fixed, Footnote, Reference, Text, say
from kzm_surveys.findings.voice import Voice

VOID = {"meta", "img", "br", "col"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def all(self, tag=None):
        for child in self.children:
            if isinstance(child, Element):
                if tag in (None, child.tag):
                    yield child
                yield from child.all(tag)

    def text(self, without=()):
        return "".join(child if isinstance(child, str) else "" if child.tag in without else child.text(without)
                       for child in self.children)  # fmt: skip

    def inside(self, tag):
        return self.parent is not None and (self.parent.tag == tag or self.parent.inside(tag))


class Tree(HTMLParser):
    """Elements of a page; every element must be closed in its turn, and no attribute may stand twice."""

    def __init__(self, page):
        super().__init__()
        self.root = self.here = Element("root", {}, None)
        self.feed(page)
        self.close()
        assert self.here is self.root, f"{self.here.tag} is not closed"

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), attrs
        element = Element(tag, dict(attrs), self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> inside {self.here.tag}"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


@pytest.fixture(scope="module")
def figure(noise):
    from matplotlib.figure import Figure

    voice = Voice(noise)
    share = voice.percent(kzm.proportion(noise, "annoyance_port").row("very"))
    words = {name: say(f"{name} {{share}}", share=share) for name in ("caption", "foot", "alt", "title")}
    return ReportFigure(id="f", figure=Figure((6, 4)), **words)


@pytest.fixture(scope="module")
def section(noise):
    voice = Voice(noise)
    rows = kzm.proportion(noise, "annoyance_road")
    share = voice.percent(rows.row("very"))
    table = Table(
        "t", say("Naslov <tabele>"), ["Odgovor", "Opomba", "Delež"],
        [["zelo", "a & b", share], ["izjemno", "–", voice.percent(rows.row("extremely"))]], [say("Osnova.")], words=2,
        description=say("Kaj primerja."),
    )  # fmt: skip
    note = Footnote(say("Vir: {n} oseb", n=voice.base(rows.row("very"))))
    text = Text(("Moti ", share, note, "; gl. ", Reference("table", "t"), " in ", Reference("figure", "f"), ".",
                 Fixed("24. november 2021", "date"), Fixed("a.sav", "id")))  # fmt: skip
    blocks = [
        Paragraph(say("<script>alert()</script>"), box=True), Points("Ključno", [say("a {share}", share=share)], ["k"]),
        Paragraph(text), table, FigureRef("f"), Heading("Viri"),
    ]  # fmt: skip
    return Section(noise, blocks, ["Okolje", "Hrup"])


@pytest.fixture(scope="module")
def page(section, figure):
    return to_html([section], {"f": figure}, {"f": SVG}, title="Poročilo <1>", author="MOK", mark="SINTETIČNO")


@pytest.fixture(scope="module")
def tree(page):
    return Tree(page).root


def one(tree, tag, **attributes):
    wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
    (found,) = [each for each in tree.all(tag) if wanted.items() <= each.attributes.items()]
    return found


def test_the_page_is_whole_and_stands_alone(page, tree):
    assert page.startswith("<!DOCTYPE html>\n")
    assert one(tree, "html").attributes["lang"] == "sl-SI"
    assert one(tree, "title").text() == "Poročilo <1> – SINTETIČNO"
    assert not list(tree.all("script")) + list(tree.all("link"))
    outside = [e.attributes.get(name, "") for e in tree.all() for name in ("src", "href")]
    assert all(not target or target.startswith(("#", "data:image/svg+xml;base64,")) for target in outside)


def test_ids_are_unique_and_every_link_has_its_target(tree):
    ids = [element.attributes["id"] for element in tree.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = [element.attributes["href"] for element in tree.all("a")]
    assert len(links) > 8
    named = [name for element in tree.all() for key in ("aria-labelledby", "aria-describedby")
             for name in element.attributes.get(key, "").split()]  # fmt: skip
    assert {link.removeprefix("#") for link in links} | set(named) <= set(ids)


def levels_are_without_gaps(tree):
    levels = [int(element.tag[1]) for element in tree.all() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_headings_go_down_one_level_at_a_time(tree):
    levels_are_without_gaps(tree)
    assert [element.text() for element in tree.all("h3")] == ["Hrup"]
    assert [element.text() for element in tree.all("h4")] == ["Ključno", "Viri"]


def test_contents_name_every_heading_of_the_text(tree):
    listed = [element.text() for element in one(tree, "nav").all("a")]
    assert listed == ["Okolje", "Hrup", "Ključno", "Viri"]


def test_a_shared_heading_stands_once(noise, section):
    other = Section(noise, [Paragraph(say("b"))], ["Okolje", "Voda"])
    plain = Section(noise, [Paragraph(say("a"))], ["Okolje", "Hrup"])
    tree = Tree(to_html([plain, other], {}, {}, title="x")).root
    assert [e.text() for tag in ("h2", "h3") for e in tree.all(tag)] == ["Kazalo", "Okolje", "Hrup", "Voda"]


def test_a_number_carries_its_estimate_and_id(noise, tree):
    voice, row = Voice(noise), kzm.proportion(noise, "annoyance_road").row("very")
    found = [e for e in tree.all("data") if e.attributes["data-claim"] == voice.percent(row).id]
    assert len(found) == 3  # key finding, paragraph, table
    for element in found:
        assert float(element.attributes["value"]) == row.estimate
        assert element.text() == str(voice.percent(row))


def test_table_has_caption_scopes_and_description(tree):
    table = one(tree, "table")
    assert one(table, "caption").text() == "Preglednica 1: Naslov <tabele>"
    assert [e.attributes["scope"] for e in one(table, "thead").all("th")] == ["col"] * 3
    assert [e.attributes["scope"] for e in one(table, "tbody").all("th")] == ["row"] * 2
    assert [e.attributes.get("class") for e in one(table, "thead").all("th")] == [None, None, "number"]
    described = one(tree, "p", id=table.attributes["aria-describedby"])
    assert described.text() == "Kaj primerja."
    region = table.parent
    assert (region.attributes["role"], region.attributes["tabindex"]) == ("region", "0")


def test_figure_has_alternative_text_caption_and_size(tree, figure):
    picture = one(tree, "img")
    assert picture.attributes["alt"] == str(figure.alt)
    assert picture.attributes["data-claims"] == next(figure.alt.numbers()).id
    assert (picture.attributes["width"], picture.attributes["height"]) == ("576", "384")
    assert one(tree, "figcaption").text().startswith(f"Slika 1: {figure.caption}")


def test_footnotes_lead_there_and_back(tree):
    (mark,) = [e for e in tree.all("a") if e.attributes.get("role") == "doc-noteref"]
    note = one(tree, "li", id=mark.attributes["href"].removeprefix("#"))
    assert note.text().startswith("Vir: ")
    assert list(note.all("data"))
    back = one(note, "a")
    assert back.attributes["role"] == "doc-backlink"
    assert one(tree, "sup", id=back.attributes["href"].removeprefix("#")).text() == "1"
    assert "opombi 1" in back.attributes["aria-label"]


def test_the_mark_stands_before_the_title_and_on_every_printed_page(page, tree):
    first, second = (child for child in one(tree, "header").children if isinstance(child, Element))
    assert (first.attributes, first.text(), second.tag) == ({"class": "mark"}, "SINTETIČNO", "h1")
    assert re.search(r"@media print \{[^@]*\.mark \{ position: fixed", page)
    assert "mark" not in [e.attributes.get("class") for e in Tree(to_html([], {}, {}, title="x")).root.all()]


def test_words_of_others_are_no_markup(tree):
    box = one(tree, "p", **{"class": "box"})
    assert box.text() == "<script>alert()</script>"


def test_every_digit_of_the_text_is_a_number_a_date_or_a_count_of_the_page(tree):
    untold = {"header", "nav", "h2", "h3", "h4", "h5", "h6", "data", "code", "sup"}

    def own(found):
        label, date = found.get("class") == "label", found.get("data-kind") == "date"
        return label or date or found.get("href", "").startswith("#")

    def bare(element):
        for child in element.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in untold and not own(child.attributes):
                yield from bare(child)

    assert not re.findall(r"\d", " ".join(bare(one(tree, "body"))))


def test_without_sections_there_is_no_list_of_contents():
    assert "<nav" not in to_html([], {}, {}, title="x", lang="en")


def test_a_reference_to_nothing_is_refused(noise):
    lost = Section(noise, [Paragraph(Text((Reference("table", "lost"),)))])
    with pytest.raises(FindingError, match="lost"):
        to_html([lost], {}, {}, title="x")


def test_headings_never_go_below_the_sixth_level(noise):
    deep = Section(noise, [Heading("g")], list("abcdef"))
    tree = Tree(to_html([deep], {}, {}, title="x")).root
    assert [e.text() for e in tree.all("h6")] == ["e", "f", "g"]


@pytest.fixture(scope="module")
def whole(built):
    return Tree(built.files["report/findings_2022_sl.html"].decode()).root


def test_the_page_of_the_report_is_well_formed_and_small(whole, built):
    assert len(list(whole.all("figure"))) >= 6
    assert len(built.files["report/findings_2022_sl.html"]) < 2_000_000
    levels_are_without_gaps(whole)
    test_ids_are_unique_and_every_link_has_its_target(whole)
    test_every_digit_of_the_text_is_a_number_a_date_or_a_count_of_the_page(whole)


def test_the_style_has_no_fixed_widths_that_a_narrow_window_would_cut():
    source = Path("kzm_surveys/findings/html.py").read_text(encoding="utf-8")
    assert not re.search(r"(?<!max-)(?<!-)width: \d{2,}(px|rem)", source)
