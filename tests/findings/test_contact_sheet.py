import re

import pytest
from lxml import html
from matplotlib.figure import Figure

from kzm_surveys import FindingError
from kzm_surveys.findings.contact_sheet import STYLE, contact_sheet
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import Text
from kzm_surveys.language.catalogue import texts
from tests.plots.colour import contrast

KINDS = ("svg", "png", "pdf", "csv")
MARK = "SINTETIČNI PODATKI"


def figure(name="noise", *, place="report", title="Naslov", caption="Kaj je na sliki", alt="Stolpci: a 50 %, b 20 %."):
    return ReportFigure(
        id=name, figure=Figure((6.3, 4)), caption=Text((caption,)), foot=Text(("Osnova in vir.",)), alt=Text((alt,)),
        title=Text((title,)), place=place,
    )  # fmt: skip


def files_of(*names):
    return {name: {kind: f"{name}.{kind}" for kind in KINDS} for name in names}


def page(figures=None, files=None, **options):
    figures = figures or [figure("noise"), figure("health", place="annex", title="Drugi")]
    options = {"title": "Slike", "lang": "sl", "mark": MARK} | options
    files = files_of(*(each.id for each in figures)) if files is None else files
    return html.document_fromstring(contact_sheet(figures, files, **options))


def words(node):
    return " ".join(node.text_content().split())


def test_the_page_has_a_language_a_title_and_one_first_heading():
    for lang in ("sl", "en"):
        made = page(lang=lang)
        assert made.get("lang") == lang
        assert made.findtext("head/title") == f"Slike – {MARK}"
        assert [words(node) for node in made.iter("h1")] == ["Slike"]


def test_the_page_needs_nothing_but_the_files_beside_it():
    content = contact_sheet([figure()], files_of("noise"), title="Slike", lang="sl")
    made = html.document_fromstring(content)
    assert not list(made.iter("script", "link", "iframe", "object", "embed"))
    assert not re.search(rb"https?:|//|@import|url\(|\son\w+=", content.replace(b"</", b"<"))
    targets = [node.get("src") or node.get("href") for node in made.iter("img", "a")]
    assert {target for target in targets if not target.startswith("#")} == {f"noise.{kind}" for kind in KINDS}


def test_invented_answers_are_marked_and_real_ones_are_not():
    assert [words(node) for node in page().find_class("mark")] == [MARK]
    assert not page(mark="").find_class("mark")
    assert page(mark="").findtext("head/title") == "Slike"


def test_each_figure_has_picture_heading_caption_base_and_description():
    made = page()
    found = list(made.iter("article"))
    assert [words(article.find("h2")) for article in found] == ["Naslov", "Drugi"]
    for article, name in zip(found, ("noise", "health"), strict=True):
        assert article.get("aria-labelledby") == article.find("h2").get("id")
        picture = article.find("figure/img")
        assert picture.get("src") == f"{name}.svg"
        assert picture.get("alt") == "Stolpci: a 50 %, b 20 %."
        assert words(article.find("figure/figcaption")) == "Kaj je na slikiOsnova in vir."
        assert words(article.find("details/p")) == "Stolpci: a 50 %, b 20 %."
        assert words(article.find("details/summary")) == "Opis slike z besedami: Kaj je na sliki"
        assert article.find("details").get("open") is None


def test_pictures_have_their_size_so_that_nothing_jumps():
    picture = next(page([figure()]).iter("img"))
    assert int(picture.get("width")) / int(picture.get("height")) == pytest.approx(6.3 / 4, abs=0.01)
    assert "max-width: 100%; height: auto" in STYLE


def test_the_place_of_a_figure_is_told():
    made = page()
    assert [words(node) for node in made.find_class("place")] == [
        "Slika v poročilu · ime: noise", "Slika v prilogi · ime: health",
    ]  # fmt: skip


def test_the_list_of_contents_leads_to_every_figure():
    made = page()
    (contents,) = (nav for nav in made.iter("nav") if nav.get("aria-labelledby") == "contents")
    assert [words(link) for link in contents.iter("a")] == ["Naslov", "Drugi (priloga)"]
    ids = [node.get("id") for node in made.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    for link in made.iter("a"):
        if link.get("href").startswith("#"):
            assert link.get("href")[1:] in ids
    for node in made.iter():
        assert node.get("aria-labelledby") in (None, *ids)


def test_the_keyboard_can_skip_to_the_figures():
    made = page()
    first = next(made.iter("a"))
    assert (first.get("class"), first.get("href")) == ("skip", "#figures")
    assert words(first) == "Preskoči na slike"
    assert made.get_element_by_id("figures").tag == "main"
    assert not [node for node in made.iter() if int(node.get("tabindex", "0")) > 0]


def test_links_to_files_are_told_apart_by_their_words():
    made = page([figure("noise", caption="Viri"), figure("health", caption="Zdravje")], sizes={"noise.svg": 15_210})
    links = [words(link) for each in made.find_class("files") for link in each.iter("a")]
    assert len(links) == len(set(links)) == 8
    assert links[0] == "Slika SVG (za spletno stran), 15 kB: Viri"
    assert links[7] == "Podatki CSV (številke na sliki): Zdravje"
    assert [each.get("aria-label") for each in made.find_class("files")] == ["Prenos: Viri", "Prenos: Zdravje"]


def test_a_small_file_is_not_nothing():
    assert ", 1 kB" in words(page([figure()], sizes={"noise.csv": 12}).find_class("files")[0])


def test_the_picture_is_a_png_where_there_is_no_svg_and_words_where_there_is_neither():
    made = page([figure()], {"noise": {"png": "noise.png", "csv": "noise.csv"}})
    assert next(made.iter("img")).get("src") == "noise.png"
    for files in ({"noise": {"pdf": "noise.pdf"}}, {}):
        made = page([figure()], files)
        assert not list(made.iter("img"))
        assert next(made.iter("details")).get("open") is not None
    assert not made.find_class("files")


def test_words_and_names_cannot_break_out_of_their_place():
    nasty = "\"><script>x</script>' & <b>"
    made = page([figure("a b\"<", title=nasty, caption=nasty, alt=nasty)], {"a b\"<": {"svg": "a\"b <.svg"}},
                title=nasty, mark=nasty)  # fmt: skip
    assert not list(made.iter("script", "b"))
    assert next(made.iter("img")).get("alt") == nasty
    assert next(made.iter("img")).get("src") == "a%22b%20%3C.svg"
    assert words(next(made.iter("h1"))) == nasty
    assert words(made.find_class("files")[0]).endswith(nasty)


def test_colours_of_words_and_of_the_focus_are_readable_on_white():
    rules = dict(re.findall(r"^([^{\n]+) \{([^}]*)\}", STYLE, re.M))
    for rule in rules.values():
        for colour in re.findall(r"(?<![\w-])color: (#\w{6})", rule):
            assert contrast(colour, "#ffffff") >= 4.5
    assert contrast("#12436d", "#dce6f0") >= 4.5  # a link under the pointer
    (focus,) = re.findall(r"outline: 3px solid (#\w{6})", rules[":focus-visible"])
    assert contrast(focus, "#ffffff") >= 3


def test_the_page_speaks_one_language():
    shown = {key.partition(".")[2]: text for key, text in texts("sl").items() if key.startswith("contact_sheet.")}
    english = words(page(lang="en"))
    for key in ("skip", "contents", "report", "annex", "alt", "svg", "png", "pdf", "csv"):
        assert shown[key] not in english, key
        assert texts("en")[f"contact_sheet.{key}"] in english


def test_the_same_figures_give_the_same_bytes():
    made = [contact_sheet([figure()], files_of("noise"), title="Slike", lang="sl") for _ in range(2)]
    assert made[0] == made[1]


def test_no_figures_or_two_of_one_name_are_refused():
    with pytest.raises(FindingError, match="at least one figure"):
        contact_sheet([], {}, title="Slike", lang="sl")
    with pytest.raises(FindingError, match="two figures are named noise"):
        page([figure(), figure()])
