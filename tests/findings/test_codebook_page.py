"""The codebook as Word and HTML: what stands in it, how it is built, and that both waves can be read."""

import dataclasses
import html.parser
import io
import itertools
import re
import zipfile

import pandas as pd
import pytest
from lxml import etree

import kzm_surveys as kzm
from kzm_surveys.findings.codebook_page import codebook_files, codebook_page
from kzm_surveys.findings.page import Facts, Grid, Heading, Paragraph, to_html
from tests.export import rich
from tests.findings.docx_schema import NS, W, faults, words

WAVES = ("noise/2021", "breastfeeding/2022")
VOID = {"meta", "br", "col"}


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    return rich(tmp_path_factory.mktemp("rich"))


@pytest.fixture(scope="module")
def page(survey):
    return codebook_page(survey, "en")


def after(page, title):
    """Blocks below a heading, up to the next one."""
    starts = [i for i, block in enumerate(page.blocks) if isinstance(block, Heading)] + [len(page.blocks)]
    (start,) = [i for i in starts[:-1] if page.blocks[i].text == title]
    return page.blocks[start + 1 : starts[starts.index(start) + 1]]


def facts(blocks):
    return {name: value for block in blocks if isinstance(block, Facts) for name, value in block.rows}


def grids(blocks):
    return [block for block in blocks if isinstance(block, Grid)]


# --- what stands in it


def test_the_survey_is_described(page, survey):
    about = facts(after(page, "About the survey"))
    assert about["Population"] == "residents"
    assert about["Fieldwork"] == "1\u00a0April\u00a02025 – 2\u00a0April\u00a02025"
    assert about["Respondents"] == "6"
    assert about["File"] == "answers.csv"
    assert about["Fingerprint of the file"] == survey.source.sha256
    assert about["Weighting"] == "not weighted"
    assert page.title == "Codebook: Trial 2025"
    assert page.subtitle == "Questionnaire – invented."
    assert page.mark == ""


def test_questions_are_numbered_in_order_and_derived_variables_follow(page):
    assert [heading.text for heading in page.headings] == [
        "About the survey", "Questions", "1. Sex", "2. Year of birth", "3. Distance", "4. Last visit", "5. Noise",
        "6. Hours", "7. When it bothers", "8. Proposals", "Derived variables", "Generation (generation)",
        "Annoyed (annoyed)", "Sources that bother (sources)", "Sex and generation (sex_generation)", "Burden (burden)",
        "Themes (themes)",
    ]  # fmt: skip


def test_a_question_says_wording_kind_routing_and_name(page):
    assert facts(after(page, "6. Hours")) == {
        "Question": "How many hours a day?",
        "Kind": "number from 0 to 24",
        "Asked of": "those who answered “somewhat” or “very” to question 5 (noise: road)",
        "Variable": "hours",
    }
    assert facts(after(page, "3. Distance"))["Kind"] == "number from 0 to 30 (unit: kilometres)"
    assert facts(after(page, "4. Last visit"))["Kind"] == "date until 31\u00a0December\u00a02025"
    assert facts(after(page, "5. Noise"))["Kind"] == "several items with the same answer scale, answers in order"
    assert facts(after(page, "1. Sex"))["Asked of"] == "all respondents"


def test_answers_and_reasons_stand_with_code_and_count(page):
    (table,) = grids(after(page, "1. Sex"))
    assert table.rows == [("1", "men", "answer", "2"), ("2", "women", "answer", "4")]
    table, *_ = grids(after(page, "2. Year of birth"))
    assert table.rows == [("1900 to 2010", "valid answer", "answer", "5"), ("9999", "refused", "missing value", "1")]
    table, *_ = grids(after(page, "4. Last visit"))
    assert table.rows == [("date", "valid answer", "answer", "4"), ("empty", "no answer", "missing value", "2")]


def test_numbers_are_summed_up_unless_there_are_too_few(page):
    # 9890 / 5 = 1978; a year has no separator of thousands. Two answers to "hours" are not summed up.
    assert Paragraph("Mean: 1978; lowest value: 1950; highest value: 2001.") in after(page, "2. Year of birth")
    assert Paragraph("Mean and extremes are not shown because there are too few answers.") in after(page, "6. Hours")


def test_items_of_a_battery_stand_in_one_table_with_its_marks_explained(page):
    marks, counts = grids(after(page, "5. Noise"))
    assert marks.rows == [
        ("1", "not at all", "answer", "1"), ("2", "somewhat", "answer", "2"), ("3", "very", "answer", "3"),
        ("98", "don't know", "missing value", "98"), ("a", "no answer", "missing value", "empty"),
    ]  # fmt: skip
    assert counts.header == ["Item", "1", "2", "3", "98", "a"]
    # Columns of ANSWERS: road 1 2 3 1 - 2; port 2 2 98 1 1 3; music 98 2 98 1 3 1.
    assert counts.rows == [
        ("road\nnoise_road", "2", "2", "1", "0", "1"),
        ("port\nnoise_port", "2", "2", "1", "1", "0"),
        ("music\nnoise_music", "2", "1", "1", "2", "0"),
    ]


def test_options_say_what_excludes_others_and_where_the_open_text_is(page):
    _, counts, text = grids(after(page, "7. When it bothers"))
    assert [row[0] for row in counts.rows] == [
        "at night\ntime_night", "other\ntime_other", "never (excludes the other options)\ntime_never",
    ]  # fmt: skip
    assert text.title == "Text of the option “other” (variable time_other_text)"
    assert text.rows == [("text", "valid answer", "answer", "1"), ("empty", "question not asked", "missing value", "5")]


def test_a_reason_whose_code_differs_between_items_gets_a_letter(survey):
    # Three more reasons in one item take it past the three codes of SPSS, so all its codes are new.
    responses, missing = survey.responses.copy(), survey.missing.copy()
    for row, reason in ((2, "break_off"), (3, "refused"), (4, "not_applicable")):
        responses.loc[row, "noise_road"] = None
        missing.loc[row, "noise_road"] = reason
    changed = dataclasses.replace(survey, responses=responses, missing=missing)
    marks, counts = grids(after(codebook_page(changed, "en"), "5. Noise"))
    (row,) = [row for row in marks.rows if row[1] == "don't know"]
    assert row[0] in "abc"
    assert re.fullmatch(r"differs between variables: -\d+, 98", row[3])
    place = counts.header.index(row[0])
    assert [cells[place] for cells in counts.rows] == ["0", "1", "2"]


def test_a_battery_that_does_not_fit_has_a_table_for_each_item(survey):
    # 3 answers and 6 reasons (with and without code), each up to 1200, are more than the page has room for.
    responses, missing = survey.responses.copy(), survey.missing.copy()
    reasons = ["refused", "dont_know", "not_applicable", "break_off", "added_later", "empty_unit"]
    for row, reason in enumerate(reasons, start=1):
        responses.loc[row, "noise_port"] = None
        missing.loc[row, "noise_port"] = reason
        missing.loc[row, "noise_music"] = reasons[-row]
        responses.loc[row, "noise_music"] = None
    many = pd.concat([responses] * 200, ignore_index=True), pd.concat([missing] * 200, ignore_index=True)
    changed = dataclasses.replace(survey, responses=many[0], missing=many[1])
    tables = grids(after(codebook_page(changed, "en"), "5. Noise"))
    assert [table.title for table in tables] == [
        f"Answers and missing values: {item} (variable noise_{item})" for item in ("road", "port", "music")
    ]
    assert [sum(int(row[3]) for row in table.rows) for table in tables] == [1200, 1200, 1200]


def test_derived_variables_are_defined_in_words(page):
    assert facts(after(page, "Generation (generation)"))["Definition"].startswith("Ranges of the number in question 2")
    themes = after(page, "Themes (themes)")
    assert "say nothing" in " ".join(facts(themes).values())
    assert facts(themes)["Variable"] == "themes_traffic"
    annoyed = facts(after(page, "Annoyed (annoyed)"))
    assert list(annoyed) == ["road", "port", "music"]


def test_counts_of_a_crossing_with_small_cells_are_withheld(page):
    blocks = after(page, "Sex and generation (sex_generation)")
    (table,) = grids(blocks)
    assert {row[3] for row in table.rows if row[2] == "answer"} == {"z"}
    assert any(isinstance(block, Paragraph) and "not shown" in block.text for block in blocks)


def test_slovenian_numbers_and_days_are_slovenian(survey):
    about = facts(after(codebook_page(survey, "sl"), "O raziskavi"))
    assert about["Čas zbiranja"] == "med 1.\u00a0aprilom in 2.\u00a0aprilom\u00a02025"
    (summary,) = [b for b in after(codebook_page(survey, "sl"), "3. Razdalja") if isinstance(b, Paragraph)]
    # (0.5 + 2.25 + 30 + 1 + 7) / 5 = 8.15, printed with one decimal, halves up.
    assert summary.text == "Povprečje: 8,2; najnižja vrednost: 0,5; najvišja vrednost: 30."


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_counts_of_every_table_add_up_to_the_respondents(wave, lang):
    survey = kzm.load(f"surveys/{wave}")
    checked = 0
    for grid in grids(codebook_page(survey, lang).blocks):
        if grid.numbers == 1:
            assert sum(int(row[-1]) for row in grid.rows) == len(survey), grid
        for row in grid.rows if grid.numbers > 1 else ():
            assert sum(map(int, row[1:])) == len(survey), row
        checked += grid.numbers > 0
    assert checked >= len(survey.codebook.questions)


@pytest.mark.parametrize("wave", WAVES)
def test_no_open_answer_stands_in_it(wave):
    survey = kzm.load(f"surveys/{wave}")
    text = to_html(codebook_page(survey, "sl"))
    answers = {answer for answer in survey.responses["proposals"].dropna() if len(answer) > 12}
    assert answers
    assert not [answer for answer in answers if answer in text]


# --- HTML


class Structure(html.parser.HTMLParser):
    """Checks that tags are closed in order, and collects what tests ask for."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def parsed(content):
    structure = Structure()
    structure.feed(content)
    assert structure.open == []
    return structure


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_html_is_one_file_without_scripts(survey, lang):
    content = codebook_files(survey, lang)[f"codebook_rich_2025_{lang}.html"].decode()
    structure = parsed(content)
    names = [tag for tag, _ in structure.tags]
    assert ("html", {"lang": lang}) in structure.tags
    assert ("meta", {"charset": "utf-8"}) in structure.tags
    assert names.count("h1") == names.count("main") == names.count("nav") == names.count("title") == 1
    assert not {"script", "link", "img", "iframe", "object"} & set(names)
    assert not [attributes for _, attributes in structure.tags if any(name.startswith("on") for name in attributes)]
    assert "http" not in content


def test_html_tables_name_their_columns_and_rows(page):
    structure = parsed(to_html(page))
    tables = [tag for tag, _ in structure.tags].count("table")
    assert tables == len(grids(page.blocks)) == [tag for tag, _ in structure.tags].count("caption")
    scopes = [attributes.get("scope") for tag, attributes in structure.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    assert scopes.count("row") == sum(len(grid.rows) for grid in grids(page.blocks))


def test_html_links_lead_to_headings_and_levels_are_not_skipped(page):
    structure = parsed(to_html(page))
    ids = [attributes["id"] for _, attributes in structure.tags if "id" in attributes]
    links = [attributes["href"] for tag, attributes in structure.tags if tag == "a"]
    assert len(set(ids)) == len(ids)
    assert links == [f"#{heading.anchor}" for heading in page.headings]
    assert {link[1:] for link in links} <= set(ids)
    levels = [int(tag[1]) for tag, _ in structure.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_html_shows_labels_as_text_whatever_they_hold(survey):
    wave = survey.wave.model_copy(update={"population": {"sl": "a", "en": "<script>alert('x')</script> & \"y\""}})
    structure = parsed(to_html(codebook_page(dataclasses.replace(survey, wave=wave), "en")))
    assert "script" not in [tag for tag, _ in structure.tags]
    assert "<script>alert('x')</script> & \"y\"" in "".join(structure.text)


@pytest.mark.parametrize(("lang", "mark"), [("sl", "SINTETIČNI PODATKI"), ("en", "SYNTHETIC DATA")])
def test_invented_answers_say_so_in_title_and_on_the_page(lang, mark):
    files = codebook_files(kzm.load("surveys/noise/2021"), lang)
    content = files[f"codebook_noise_2021_{lang}.html"].decode()
    assert mark in re.search("<title>(.*)</title>", content)[1]
    assert f'<p class="mark">{mark}' in content
    with zipfile.ZipFile(io.BytesIO(files[f"codebook_noise_2021_{lang}.docx"])) as package:
        assert mark in words(etree.fromstring(package.read("word/header1.xml")))
        assert mark in words(etree.fromstring(package.read("word/document.xml")))


# --- Word


@pytest.fixture(scope="module")
def parts(survey):
    with zipfile.ZipFile(io.BytesIO(codebook_files(survey, "en")["codebook_rich_2025_en.docx"])) as package:
        assert package.testzip() is None
        return {name: etree.fromstring(package.read(name)) for name in package.namelist() if name.endswith(".xml")}


@pytest.fixture(scope="module")
def body(parts):
    return parts["word/document.xml"][0]


def style(paragraph):
    found = paragraph.find("w:pPr/w:pStyle", NS)
    return None if found is None else found.get(f"{W}val")


def test_word_has_the_headings_of_the_page(body, page):
    found = [(style(p), words(p)) for p in body.findall("w:p", NS)]
    headings = [(int(name[-1]), text) for name, text in found if name and re.fullmatch(r"Heading\d", name)]
    assert headings == [(heading.level, heading.text) for heading in page.headings]


def test_word_links_of_the_contents_lead_to_headings(body, page):
    marks = {mark.get(f"{W}name"): mark.getparent() for mark in body.iter(f"{W}bookmarkStart")}
    links = [(link.get(f"{W}anchor"), words(link)) for link in body.iter(f"{W}hyperlink")]
    assert len(links) == len(marks) == len(page.headings)
    for anchor, text in links:
        assert words(marks[anchor]) == text
    ids = [mark.get(f"{W}id") for mark in body.iter(f"{W}bookmarkStart")]
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(mark.get(f"{W}id") for mark in body.iter(f"{W}bookmarkEnd"))


def test_word_tables_repeat_their_header_and_hold_the_cells_of_the_page(body, page):
    tables = body.findall("w:tbl", NS)
    for table, grid in zip(tables, grids(page.blocks), strict=True):
        rows = [[words(cell) for cell in row.findall("w:tc", NS)] for row in table.findall("w:tr", NS)]
        assert rows == [list(grid.header), *([cell.replace("\n", " ") for cell in row] for row in grid.rows)]
        assert table.find("w:tr/w:trPr/w:tblHeader", NS) is not None
        assert table.find("w:tblPr/w:tblCaption", NS).get(f"{W}val") == grid.title
        assert sum(grid.widths) == pytest.approx(1)


def test_word_has_nothing_to_repair(survey, body):
    assert faults(codebook_files(survey, "en")["codebook_rich_2025_en.docx"]) == []
    assert body[-1].tag == f"{W}sectPr"
    assert body[-2].tag == f"{W}p"  # Word wants a paragraph after the last table


def test_word_is_in_the_language_of_the_page(parts):
    default = parts["word/styles.xml"].find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NS)
    assert default.get(f"{W}val") == "en-GB"
    core = {element.tag.rpartition("}")[2]: element.text for element in parts["docProps/core.xml"]}
    assert core["title"] == "Codebook: Trial 2025"
    assert core["language"] == "en-GB"
    assert core["created"].startswith("2025-04-02")
    footers = [words(part) for name, part in parts.items() if name.startswith("word/footer")]
    assert footers == ["Page 1 of 1"]


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_two_runs_give_the_same_bytes(survey, lang):
    assert codebook_files(survey, lang) == codebook_files(survey, lang)
