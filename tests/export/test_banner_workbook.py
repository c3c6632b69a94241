"""The banner workbook of a wave, read back cell by cell."""

import io
import re

import numpy as np
import openpyxl
import pytest

import kzm_surveys as kzm
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import CodebookError
from kzm_surveys.estimation.quality import withheld
from kzm_surveys.export.banner_workbook import banner_workbook, wave_banner

WAVES = {"noise": "surveys/noise/2021", "breastfeeding": "surveys/breastfeeding/2022"}


@pytest.fixture(scope="module")
def banners():
    return {name: wave_banner(kzm.weight(kzm.load(folder))) for name, folder in WAVES.items()}


@pytest.fixture(scope="module")
def books(banners):
    return {
        (name, lang): openpyxl.load_workbook(io.BytesIO(banner_workbook(made, made.design.survey, lang)))
        for name, made in banners.items()
        for lang in ("sl", "en")
    }


LABELS = [
    "sploh ne", "nekoliko", "srednje", "zelo", "izjemno", "Skupaj: zelo ali izjemno", "povprečje (lestvica 1–5)",
]  # fmt: skip


def texts(page):
    return [cell.value for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]


def rows_of(page, title, lines):
    """Rows of the table under a title (or of the sheet's only one), from its first base row."""
    column = [cell.value for cell in page["A"]]
    start = column.index(title) if title in column else 0
    first = next(row for row in range(start, len(column)) if column[row] in ("n (neuteženo)", "n (unweighted)"))
    return [[cell.value for cell in row] for row in page.iter_rows(min_row=first + 1, max_row=first + lines)]


def test_every_question_stands_on_a_sheet_of_its_block(books):
    assert books["noise", "sl"].sheetnames == [
        "Kazalo", "1 Motečnost hrupa po virih", "2 Motečnost hrupa nasploh…", "3 Kdaj hrup moti",
        "4 Zdravstvene težave zaradi…", "5 Ravnanje ob hrupu", "6 Občutljivost na hrup", "7 Stališča o hrupu",
        "8 Teme predlogov", "Oznake",
    ]  # fmt: skip
    assert all(len(book.sheetnames) in range(10, 21) for book in books.values())
    titles = [cell.value for cell in books["noise", "sl"]["1 Motečnost hrupa po virih"]["A"]]
    assert "1.1 Cestni promet" in titles
    assert "1.10 Gostinski lokali" in titles


def test_numbers_are_those_of_the_banner_unrounded_and_withheld_ones_are_a_mark(banners, books):
    made, page = banners["noise"], books["noise", "sl"]["1 Motečnost hrupa po virih"]
    (port,) = (table for table in made.tables if table.variable == "annoyance_port")
    rows = [row for row in rows_of(page, "1.2 Pristanišče", 18) if row[0]]  # rows of letters have no label
    assert rows[0] == ["n (neuteženo)", *port.n.tolist()]
    assert [rows[1][0], rows[2][0]] == ["n (uteženo)", "efektivni n"]
    # The library that writes the file keeps 16 digits.
    assert rows[1][1:] == pytest.approx(port.weighted.tolist(), rel=1e-15)
    assert rows[2][1:] == pytest.approx(port.n_eff.tolist(), rel=1e-15)
    hidden = withheld(port.flag)
    assert hidden.any()
    labels = [
        "sploh ne",
        "nekoliko",
        "srednje",
        "zelo",
        "izjemno",
        "Skupaj: zelo ali izjemno",
        "povprečje (lestvica 1–5)",
    ]
    for place, label in enumerate(labels):
        assert rows[3 + place][0] == label
        for shown, value, no in zip(rows[3 + place][1:], port.estimate[place], hidden[place], strict=True):
            assert shown == ("z" if no else pytest.approx(value, rel=1e-15))


@pytest.mark.parametrize("name", WAVES)
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_no_withheld_number_stands_anywhere_in_the_workbook(banners, books, name, lang):
    gone, kept = set(), set()
    for table in banners[name].tables:
        hidden = withheld(table.flag)
        gone |= set(table.estimate[hidden].round(12).tolist())
        kept |= set(table.estimate[~hidden].round(12).tolist())
    cells = [cell.value for page in books[name, lang] for row in page.iter_rows() for cell in row]
    numbers = {round(value, 12) for value in cells if isinstance(value, float)}
    assert gone - kept
    assert not numbers & (gone - kept)


def test_every_number_is_a_number_with_a_format(books):
    page = books["noise", "sl"]["1 Motečnost hrupa po virih"]
    kinds = {"n": "#,##0", "e": "#,##0", "p": "0.00"}  # bases, effective base, mean; all other rows are shares
    for label, *cells in page.iter_rows(min_row=7):
        for cell in cells:
            if isinstance(cell.value, str):
                assert not re.search(r"\d", cell.value), cell.coordinate
            elif cell.value is not None:
                is_base = label.value in ("n (neuteženo)", "n (uteženo)", "efektivni n", "povprečje (lestvica 1–5)")
                start = kinds[label.value[0]] if is_base else '0.0"\u00a0"%'
                assert cell.number_format.startswith(start), cell.coordinate


def test_letters_stand_below_the_numbers_and_none_points_to_a_withheld_one(banners, books):
    made = banners["noise"]
    (port,) = (table for table in made.tables if table.variable == "annoyance_port")
    assert port.letters.any()
    page = books["noise", "sl"]["1 Motečnost hrupa po virih"]
    rows = rows_of(page, "1.2 Pristanišče", 18)
    hidden = withheld(port.flag)
    shown = {rows[i - 1][0]: row for i, row in enumerate(rows) if not row[0] and any(row)}
    assert shown
    for label, row in shown.items():
        place = [
            "sploh ne",
            "nekoliko",
            "srednje",
            "zelo",
            "izjemno",
            "Skupaj: zelo ali izjemno",
            "povprečje (lestvica 1–5)",
        ].index(label)
        gone = {column.letter for column, no in zip(made.columns, hidden[place], strict=True) if no}
        for cell, told in zip(row[1:], port.letters[place], strict=True):
            assert set(cell or "") == set(told) - gone


def test_a_mark_of_a_small_base_stands_behind_the_number(banners, books):
    made = banners["noise"]
    (railway,) = (table for table in made.tables if table.variable == "annoyance_railway")
    column = next(place for place, head in enumerate(made.columns) if head.category == "18_39")
    assert railway.n[column] < 30
    page = books["noise", "sl"]["1 Motečnost hrupa po virih"]
    cells = [row[column + 1] for row in page.iter_rows() if row[0].value == "sploh ne"]
    assert '"\u00a0M' in cells[6].number_format  # the railway is the seventh source
    assert isinstance(cells[6].value, float)


BASE = "Osnova: osebe, ki so na vprašanje odgovorile"


@pytest.mark.parametrize(
    ("name", "lang", "said"),
    [
        ("noise", "sl", [BASE, "Vprašanje dobijo ", "; tip kraja)", "Povezanost z razčlenitvijo", "Holmov popravek"]),
        ("noise", "sl", ["stopnja tveganja 5\u00a0%"]),
        ("noise", "en", ["Base: respondents who answered", "Association with the break", "Holm", "error rate 5%"]),
        ("breastfeeding", "sl", [BASE, "Neuteženi podatki"]),
    ],
)
def test_base_and_method_stand_under_every_table(banners, books, name, lang, said):
    book = books[name, lang]
    tables = len(banners[name].tables)
    together = [text for page in book.worksheets[1:-1] for text in texts(page)]
    for words in said:
        assert sum(words in text for text in together) == tables, words


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("sl", ["Odprta spletna anketa", "ni dopustno posploševati", "podatki veljajo le za sodelujoče"]),
        ("en", ["must not be generalised", "the numbers hold for those who took part"]),
    ],
)
def test_what_an_opt_in_sample_allows_stands_once_on_every_sheet_before_the_tables(books, lang, said):
    for page in books["breastfeeding", lang].worksheets[1:-1]:
        told = [cell.row for cell in page["A"] if isinstance(cell.value, str) and all(w in cell.value for w in said)]
        assert told == [6]  # title, mark, links, breaks and categories stand above


def test_tables_of_several_answers_say_that_shares_need_not_add_up(books):
    sets = {
        "noise": {3: "Možnih", 4: "Možnih", 5: "Možnih", 8: "Odgovor ima lahko več tem"},
        "breastfeeding": {2: "Možnih", 3: "Možnih", 6: "Možnih", 7: "Možnih", 8: "Odgovor ima lahko več tem"},
    }
    for name, expected in sets.items():
        for number, page in enumerate(books[name, "sl"].worksheets[1:-1], start=1):
            told = [text for text in texts(page) if "ni nujno, da je vsota deležev sto odstotkov" in text]
            assert len(told) == (number in expected), page.title
            assert all(expected[number] in text for text in told)


def test_themes_say_who_is_in_the_base(books):
    (note,) = (text for text in texts(books["noise", "en"].worksheets[8]) if text.startswith("Base:"))
    assert "The question is open" in note
    assert "Only those who wrote an answer that says something are in the base." in note


def test_the_marks_say_where_letters_are_missing(books):
    told = {row[0].value: row[1].value for row in books["noise", "en"]["Marks"].iter_rows()}["A, B, C …"]
    for words in ("small base", "nought or a hundred percent", "Withheld numbers have none", "M is left out"):
        assert words in told
    assert any(
        "the sheet Marks says what is not compared" in text for text in texts(books["noise", "en"].worksheets[1])
    )


def test_an_apostrophe_stays_one_sign_in_the_name_of_a_sheet(books):
    assert "7 Mothers’ needs" in books["breastfeeding", "en"].sheetnames


def test_pages_take_two_sources_each_from_the_first_on(books):
    page = books["noise", "sl"]["1 Motečnost hrupa po virih"]
    titles = {cell.value: cell.row for cell in page["A"]}
    before = [titles[f"1.{number} {label}"] - 1 for number, label in
              ((3, "Glasbene prireditve"), (5, "Sosedje"), (7, "Železnica"), (9, "Industrija"))]  # fmt: skip
    assert [one.id for one in page.row_breaks.brk] == before
    assert page.print_area.split("!")[1].startswith("$A$4:")  # header and footer name sheet and mark


def test_the_full_wording_stands_under_the_title(books):
    page = books["noise", "sl"]["1 Motečnost hrupa po virih"]
    column = [cell.value for cell in page["A"]]
    assert column[column.index("1.1 Cestni promet") + 1].startswith(
        "Če pomislite na zadnjih 12 mesecev: koliko vas doma"
    )
    page = books["breastfeeding", "en"].worksheets[1]
    assert "Did you ever breastfeed your youngest child?" in texts(page)


def test_who_was_asked_is_said(books):
    page = books["noise", "sl"]["5 Ravnanje ob hrupu"]
    assert any("niso izbrali »hrup me ne moti«" in text for text in texts(page))


def test_an_opt_in_wave_has_estimates_and_n_only(books):
    book = books["breastfeeding", "sl"]
    for page in book.worksheets[1:-1]:
        shown = texts(page)
        assert not {"n (uteženo)", "efektivni n", "A", "B"} & set(shown)
        assert not any("p = " in text or "Črke" in text for text in shown)
        assert page.freeze_panes == "B6"
    assert not any(text.startswith("A, B") for text in texts(book["Oznake"]))


def test_all_marks_are_explained_in_one_place(books):
    marks = [row[0].value for row in books["noise", "sl"]["Oznake"].iter_rows()]
    assert marks[4:14] == [
        "A, B, C …",
        "z",
        "M",
        "~",
        "!",
        "n (neuteženo)",
        "n (uteženo)",
        "efektivni n",
        "Skupaj: …",
        "povprečje",
    ]
    method = texts(books["noise", "sl"]["Oznake"])
    assert any("tip kraja" in text and "ocena, ki ni uradni podatek" in text for text in method)
    opt_in = [row[0].value for row in books["breastfeeding", "en"]["Marks"].iter_rows()]
    assert "A, B, C …" not in opt_in
    assert "z" in opt_in


def test_the_contents_name_the_wave_and_link_to_all_tables(banners, books):
    page = books["noise", "sl"]["Kazalo"]
    assert page["A1"].value == "Preglednice: Zaznavanje okoljskega hrupa v Mestni občini Koper, 2021"
    assert "Število anketiranih: 508" in texts(page)
    assert any("24.\u00a0november\u00a02021" in text for text in texts(page))
    links = [cell for cell in page["A"] if cell.hyperlink]
    # Eight sheets and the marks; two of the sheets are batteries, of ten and of four items.
    assert len(links) == 8 + 1 + 10 + 4


SLOVENE_ONLY = re.compile("[čšžČŠŽ]")
ENGLISH = re.compile(r"\b(the|and|of|base|mean|total|Net|unweighted|weighted|Question|Page)\b")


def test_no_word_of_the_other_language(books):
    names = {"Koper", "Boršt"}
    for name in WAVES:
        for page in books[name, "sl"]:
            for text in texts(page):
                assert not ENGLISH.search(text), text
        for page in books[name, "en"]:
            for text in texts(page):
                assert not SLOVENE_ONLY.search(text) or any(one in text for one in names), text


def test_the_synthetic_mark_stands_on_every_sheet_and_only_for_synthetic_answers(books):
    for (_, lang), book in books.items():
        mark = {"sl": "SINTETIČNI PODATKI", "en": "SYNTHETIC DATA"}[lang]
        assert all(page["A2"].value.startswith(mark) for page in book)
        assert book.properties.description.startswith(mark)


def test_the_same_banner_gives_the_same_bytes(banners):
    made = banners["breastfeeding"]
    assert banner_workbook(made, made.design.survey, "sl") == banner_workbook(made, made.design.survey, "sl")


def test_nets_and_means_are_those_of_wave_toml(banners):
    (road,) = (table for table in banners["noise"].tables if table.variable == "annoyance_road")
    very, extremely, net, mean = road.estimate[3], road.estimate[4], road.estimate[5], road.estimate[6]
    assert net == pytest.approx(very + extremely)
    assert mean == pytest.approx((road.estimate[:5] * np.arange(1, 6)[:, None]).sum(axis=0))
    assert [line.kind for line in road.lines] == ["category"] * 5 + ["net", "mean"]


def test_a_design_without_a_survey_is_refused():
    frame = kzm.load(WAVES["noise"]).responses
    with pytest.raises(CodebookError, match="not made from a survey"):
        wave_banner(SurveyDesign(frame))


def test_a_wave_without_tables_is_refused():
    survey = kzm.load(WAVES["noise"])
    bare = type(survey)(**(survey.__dict__ | {"wave": survey.wave.model_copy(update={"tables": None})}))
    with pytest.raises(CodebookError, match=r"noise 2021: wave.toml has no \[tables\]"):
        wave_banner(kzm.weight(bare))
