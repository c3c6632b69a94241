"""No digit without an origin: whatever is typed is refused, and what the files say is quoted as it stands."""

import datetime
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from kzm_surveys import FindingError
from kzm_surveys.findings.ledger import Ledger
from kzm_surveys.findings.methods import fieldwork
from kzm_surveys.findings.section import (
    FigureRef,
    Heading,
    Paragraph,
    Points,
    ReportFigure,
    Section,
    Table,
    section_texts,
)
from kzm_surveys.findings.text import Claim, Fixed, Footnote, Number, Text, say
from kzm_surveys.findings.tracing import Quoted, traced_figure, traced_section
from kzm_surveys.findings.voice import Voice

NBSP = "\u00a0"
OLD = f"62{NBSP}let ali več"
MIDDLE = f"40–61{NBSP}let"
WORDS = Text(("besede",))


@pytest.fixture(scope="module")
def quoted(noise):
    return Quoted(noise, "sl")


@pytest.fixture(scope="module")
def english(noise):
    return Quoted(noise, "en")


def traced(quoted, words):
    """What becomes of words: numbers, fixed texts, and the whole as it is read."""
    text = quoted.traced(Text((words,)), "tukaj")
    assert str(text) == words
    for part in text.parts:
        assert not isinstance(part, str) or not any(sign.isdecimal() for sign in part)
    numbers = [number.text for number in text.numbers()]
    return numbers, [part.text for part in text.parts if isinstance(part, Fixed)]


TYPED = [
    "Moti 30 % ljudi.",
    f"Moti 30{NBSP}% ljudi.",
    "2021 ljudi",
    "leta 2021",
    "Leta 2022 je bilo drugače.",
    "62 let ali več",  # an ordinary blank: the label has one that does not break
    f"63{NBSP}let ali več",
    f"162{NBSP}let ali več",
    f"1.62{NBSP}let ali več",
    f"−62{NBSP}let ali več",
    f"{OLD}7",
    f"{OLD} 7",
    f"x{OLD}",
    f"0,{MIDDLE}",
    f"39–61{NBSP}let",
    f"40-61{NBSP}let",
    f"40–{MIDDLE}",
    "Anketiranih je bilo 509 oseb",
    "Pristanišče nekoliko ali srednje moti 26,4 % anketiranih.",
    "٣ ljudi",
    "۷ ljudi",
    "３０ ljudi",
    "PM10",
    "1e5",
    "(n = 508)",
    "44035",
    "54252 prebivalcev",
    "60 decibelov",
    "30 avtomobilov",
    "4 novih predlogov",
    "7 majhnih otrok",
    "12 marljivih",
    "8 oktav",
    "3 septičnih",
    "26,3. maja",
    "24 november 2021",
    "24.november 2021",
    "32. januarja 2021",
    "124. novembra 2021",
    "0. maja",
    "januarja 508",
    "januarja 2500 ljudi",
    "24. novembra 2021 7",
    "99. 99. 2021",
    "1. 13. 2021",
    "1. 1. 508",
    "2021-13-01",
    "1. 5.",
    "responses.sav2",
    "2responses.sav",
    "368b64326d1811",
    "0368b64326d18",
    "368b64326d1",
]


@pytest.mark.parametrize("words", TYPED)
def test_typed_digits_are_refused_and_the_place_is_named(quoted, words):
    with pytest.raises(FindingError, match=r"^tukaj: the digits '\w") as refused:
        quoted.traced(Text((words,)), "tukaj")
    assert "come from no estimate and no file" in str(refused.value)


@pytest.mark.parametrize(
    "words", ["60 decibels", "12 mayors", "5 may agree", "10 marches", "8 octaves", "30 aprons", "2 novels",
              "2021 people",
              "November 508", "24. November 5000", "April 31"]
)  # fmt: skip
def test_typed_digits_are_refused_in_english(english, words):
    with pytest.raises(FindingError, match="come from no estimate"):
        english.traced(Text((words,)), "here")


@pytest.mark.parametrize("glued", ["{}7", "7{}", "{}0 %", "{} 0", "1{}", "0,{}"])
def test_a_digit_beside_a_number_with_a_claim_is_refused(quoted, glued):
    number = Number(f"30,0{NBSP}%", Claim("noise 2021", "proportion", 0.3), "percent", 1)
    before, _, after = glued.partition("{}")
    parts = tuple(part for part in (before, number, after) if part)
    with pytest.raises(FindingError):
        quoted.traced(Text(parts), "tukaj")


def test_digits_split_over_several_parts_are_refused(quoted):
    with pytest.raises(FindingError):
        quoted.traced(Text(("3", "0 %")), "tukaj")
    with pytest.raises(FindingError):  # the parts together read like a label, but none of them is one
        quoted.traced(Text(("6", f"2{NBSP}let ali več")), "tukaj")


@pytest.mark.parametrize("words", ["km²", "χ²", "CO₂", "polovica", "II. okolje", "Ⅳ. točka", "XIV", "a) naloga"])
def test_roman_numerals_and_raised_signs_are_words(quoted, words):
    assert traced(quoted, words) == ([], [])


@pytest.mark.parametrize(
    ("words", "numbers", "fixed"),
    [
        (OLD, ["62"], []),
        (f"({OLD})", ["62"], []),
        (f"»{OLD}«,", ["62"], []),
        (f"{OLD} in {MIDDLE}", ["62", "40", "61"], []),
        (f"{MIDDLE}; {MIDDLE}", ["40", "61", "40", "61"], []),
        ("motečnost hrupa nasploh (0–10)", ["0", "10"], []),
        ("Motečnost hrupa nasploh (0–10)", ["0", "10"], []),
        ("Dve tretjini anketiranih sta bili stari 62 let ali več", ["62"], []),
        ("Poročilo: Glasbene prireditve nekoliko ali srednje motijo 17,8 % anketiranih.", ["17,8"], []),
        ("Zaznavanje okoljskega hrupa v Mestni občini Koper, 2021: kratko", [], ["2021"]),
        ("Anketiranje je potekalo od 24. novembra do 2. decembra 2021.", [], ["24. novembra", "2. decembra 2021"]),
        (f"24.{NBSP}november{NBSP}2021", [], [f"24.{NBSP}november{NBSP}2021"]),
        ("24. novembra", [], ["24. novembra"]),
        ("24. novembrom in 2. decembrom 2021", [], ["24. novembrom", "2. decembrom 2021"]),
        ("marca 2022, januarja 2021", [], ["marca 2022", "januarja 2021"]),
        ("Avgusta 2022 in 31. 12. 2022", [], ["Avgusta 2022", "31. 12. 2022"]),
        ("2021-11-24", [], ["2021-11-24"]),
        ("datoteka responses.sav.", [], []),
        ("prstni odtis 368b64326d18.", [], ["368b64326d18"]),
    ],
)
def test_labels_dates_and_names_are_taken_apart(quoted, words, numbers, fixed):
    assert traced(quoted, words) == (numbers, fixed)


@pytest.mark.parametrize(
    "month", ["januar", "februar", "april", "avgust", "september", "oktober", "november", "december"]
)
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_every_case_of_a_month_is_a_date(noise, lang, month):
    stem = month.replace("ber", "br")
    soft = ("ja", "ju", "jem") if month in ("januar", "februar") else ("a", "u", "om")
    forms = [month, *(stem + ending for ending in soft)] if lang == "sl" else ["March", "May", "December"]
    for form in forms:
        day = f"24. {form} 2021" if lang == "sl" else f"24 {form} 2021"
        assert traced(Quoted(noise, lang), day) == ([], [day])


def test_english_labels_and_dates_are_taken_apart(english):
    assert traced(english, f"62{NBSP}years or more; 40–61{NBSP}years") == (["62", "40", "61"], [])
    assert traced(english, "from 24 November to 2 December 2021") == ([], ["24 November", "2 December 2021"])
    assert traced(english, "Music events annoy 17.8 % slightly or moderately") == (["17.8"], [])


def test_a_quoted_number_tells_the_file_and_the_place(quoted):
    (number,) = quoted.traced(Text((OLD,)), "p").numbers()
    claim = number.claim
    assert (claim.estimate, claim.source) == (62, "noise 2021: codebook.toml: derived.age_group.bands.62_plus.label")
    (share,) = quoted.traced(
        Text(("Glasbene prireditve nekoliko ali srednje motijo 17,8 % anketiranih.",)), "p"
    ).numbers()
    assert share.claim.source == "noise 2021: published.toml: claims.N06.sentence"
    assert (share.claim.estimate, share.kind, share.decimals) == (17.8, "decimal", 1)


def test_every_sentence_of_the_earlier_report_may_be_quoted_beside_the_others(quoted):
    """Each has a claim id of its own: with one for all of them the ledger would refuse the second."""
    claims = tomllib.loads(Path("surveys/noise/2021/published.toml").read_text(encoding="utf-8"))["claims"]
    ledger = Ledger()
    for claim in claims:
        ledger.add_text(quoted.traced(Text((claim["sentence"]["sl"],)), "p"), "p")
    values = sorted(str(row["value"]) for row in ledger.rows())
    assert values == sorted(["508", "62", "40", "61", "30", "26,3", "17,8"])


def test_several_limits_with_digits_have_ids_of_their_own(noise):
    wave = noise.survey.wave
    texts = [{"sl": f"Omejitev s {n} točkami.", "en": f"A limit with {n} points."} for n in (3, 4)]
    disclosure = wave.disclosure.model_copy(update={"limits": tuple(texts)})
    survey = replace(noise.survey, wave=wave.model_copy(update={"disclosure": disclosure}))
    found = Quoted(replace_survey(noise, survey), "sl")
    ledger = Ledger()
    for text in texts:
        ledger.add_text(found.traced(Text((text["sl"],)), "p"), "p")
    assert [row["value"] for row in ledger.rows()] == ["3", "4"]


def replace_survey(design, survey):
    """The design with another survey of the same answers."""
    from kzm_surveys import SurveyDesign

    return SurveyDesign.from_survey(survey)


@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize(
    "label", ["1,2,3 otroci", "različica 1.2.3", "2.500 ljudi", "2,500 people", "12.345,67 EUR", "007", "5"]
)
def test_labels_of_any_shape_are_quoted_and_never_crash(noise, lang, label):
    wave = noise.survey.wave
    title = dict.fromkeys(("sl", "en"), label)
    survey = replace(noise.survey, wave=wave.model_copy(update={"title": title}))
    found = Quoted(replace_survey(noise, survey), lang)
    numbers, fixed = traced(found, label)
    assert "".join(sign for sign in label if sign.isdecimal()) == "".join(
        sign for run in numbers + fixed for sign in run if sign.isdecimal()
    )


def test_a_label_that_is_a_bare_number_is_quoted_only_where_nothing_else_stands(noise):
    wave = noise.survey.wave
    survey = replace(noise.survey, wave=wave.model_copy(update={"title": {"sl": "5", "en": "5"}}))
    found = Quoted(replace_survey(noise, survey), "sl")
    assert traced(found, "5") == (["5"], [])
    assert [n.text for n in found.traced(say("Odgovor »{label}«.", label="5"), "p").numbers()] == ["5"]
    for words in ("5 oseb", "Moti 5 % ljudi", "n = 5", "5, 5"):
        with pytest.raises(FindingError):
            found.traced(Text((words,)), "p")


def test_a_label_inside_a_longer_label_gives_way_to_it(noise):
    wave = noise.survey.wave
    longer = f"{OLD} in mlajši od 18 let"
    survey = replace(noise.survey, wave=wave.model_copy(update={"title": {"sl": longer, "en": longer}}))
    found = Quoted(replace_survey(noise, survey), "sl")
    assert traced(found, longer) == (["62", "18"], [])
    assert {number.claim.source for number in found.traced(Text((longer,)), "p").numbers()} == {
        "noise 2021: wave.toml: title"
    }
    assert traced(found, f"{OLD} in mlajši") == (["62"], [])


@pytest.mark.parametrize("words", ["30 %", "508", "26,3", "60 decibelov", "24. november 2021 ali 7"])
def test_what_is_only_called_a_date_is_refused(quoted, words):
    with pytest.raises(FindingError, match="is called a date and is none"):
        quoted.traced(Text((Fixed(words, "date"),)), "tukaj")


@pytest.mark.parametrize("first", [1, 24, 30])
@pytest.mark.parametrize("last", [(2021, 11, 30), (2021, 12, 2), (2022, 1, 31)])
def test_every_wording_of_the_fieldwork_is_a_date(noise, first, last):
    wave = noise.survey.wave
    days = {"first": datetime.date(2021, 11, first), "last": datetime.date(*last)}
    for approximate in (True, False):
        when = wave.fieldwork.model_copy(update=days | {"approximate": approximate})
        survey = replace(noise.survey, wave=wave.model_copy(update={"fieldwork": when}))
        for lang in ("sl", "en"):
            told = fieldwork(Voice(replace_survey(noise, survey), lang))
            found = Quoted(replace_survey(noise, survey), lang)
            assert str(found.traced(Text((told,)), "p")) == told.text


# Where digits hide --------------------------------------------------------------------------------------------------


def table(**changes):
    return replace(Table("t", WORDS, ["a", "b"], [["x", "y"]], [WORDS]), **changes)


SEVEN = Text(("besede 7",))
HIDDEN = {
    "paragraph": Paragraph(SEVEN, id="p"),
    "box": Paragraph(SEVEN, box=True),
    "footnote": Paragraph(Text(("besede", Footnote(SEVEN)))),
    "footnote of a footnote": Paragraph(Text(("a", Footnote(Text(("b", Footnote(SEVEN))))))),
    "key finding": Points("Ključne ugotovitve", [SEVEN], ["p"]),
    "footnote of a key finding": Points("Ključne ugotovitve", [Text(("x", Footnote(SEVEN)))], ["p"]),
    "title of a table": table(title=SEVEN),
    "header": table(header=["a", "b 7"]),
    "header as a text": table(header=["a", SEVEN]),
    "cell": table(rows=[["x", "7"]]),
    "cell as a text": table(rows=[["x", SEVEN]]),
    "label of a row": table(rows=[["vrstica 7", "y"]]),
    "footnote of a cell": table(rows=[["x", Text(("y", Footnote(SEVEN)))]]),
    "note": table(notes=[WORDS, SEVEN]),
    "footnote of a note": table(notes=[Text(("x", Footnote(SEVEN)))]),
    "description": table(description=SEVEN),
}


@pytest.mark.parametrize("block", HIDDEN.values(), ids=HIDDEN)
def test_a_typed_digit_is_refused_wherever_it_hides(noise, block):
    with pytest.raises(FindingError, match=r"noise 2021: .*'7'"):
        traced_section(Section(noise, [Paragraph(WORDS), block]), "sl")


@pytest.mark.parametrize("part", ["title", "caption", "foot", "alt"])
def test_a_typed_digit_is_refused_in_every_text_of_a_figure(noise, part):
    figure = ReportFigure("f", None, WORDS, WORDS, WORDS, WORDS)
    assert str(traced_figure(figure, noise).alt) == "besede"
    with pytest.raises(FindingError, match=f"figure f: {part}: the digits '7'"):
        traced_figure(replace(figure, **{part: SEVEN}), noise)
    with pytest.raises(FindingError):
        traced_figure(replace(figure, **{part: Text(("x", Footnote(SEVEN)))}), noise)


def test_nothing_else_of_a_section_changes(noise):
    number = Number("30", Claim("noise 2021", "proportion", 0.3), "percent", 0)
    blocks = [
        Heading("Leto 2021"), Paragraph(Text(("a ", number)), id="p"), Points("T", [Text((number,))], ["k"]),
        table(rows=[["x", number]], description=WORDS), FigureRef("f"),
    ]  # fmt: skip
    section = Section(noise, blocks, warnings=["w"])
    found = traced_section(section, "sl")
    assert [str(text) for _, text in section_texts(found)] == [str(text) for _, text in section_texts(section)]
    assert [number] * 3 == [each for _, text in section_texts(found) for each in text.numbers()]
    assert (found.blocks[0], found.blocks[4], found.warnings) == (blocks[0], blocks[4], ["w"])


def test_a_table_of_many_labels_is_traced_at_once(noise):
    labels = [OLD, MIDDLE, f"18–39{NBSP}let", "motečnost hrupa nasploh (0–10)"]
    rows = [[f"{labels[i % 4]}, {labels[(i + 1) % 4]}", labels[i % 3], "besede"] for i in range(450)]
    section = Section(noise, [Table("t", WORDS, ["a", "b", "c"], rows, [WORDS])])
    start = time.perf_counter()
    traced_section(section, "sl")
    assert time.perf_counter() - start < 0.3
