import json
import math
from dataclasses import replace

import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.findings.ledger import Ledger, about_report, ledger_name, numbers_of
from kzm_surveys.findings.section import FigureRef, Paragraph, Points, ReportFigure, Section, Table
from kzm_surveys.findings.text import Claim, Footnote, Number, Text
from kzm_surveys.findings.voice import Voice
from tests.findings.digits import TOKEN

CLAIM = Claim("noise 2021", "proportion", 0.3, variable="annoyance_road", category="very", base="answered", n=494)
NUMBER = Number("30,0\u00a0%", CLAIM, "percent", 1)
#: Field -> the types it may have.
SCHEMA = {
    "id": str, "value": str, "wave": str, "statistic": str, "estimate": float, "variable": (str, type(None)),
    "category": (str, type(None)), "by": (str, type(None)), "by_category": (str, type(None)),
    "where": (str, type(None)), "base": (str, type(None)), "weight": (str, type(None)), "n": (int, type(None)),
    "ci_low": (float, type(None)),
    "ci_high": (float, type(None)), "df": (float, type(None)), "flag": str, "question": (str, type(None)),
    "source": (str, type(None)), "data_sha256": (str, type(None)), "synthetic": bool, "asked": (str, type(None)),
    "since": (str, type(None)),
    "printed_as": str, "decimals": int, "package": str, "places": list,
}  # fmt: skip


def one_row(number, *surveys):
    ledger = Ledger(surveys)
    ledger.add(number, "p")
    return ledger.rows()[0]


def test_the_same_number_in_two_places_is_one_row():
    ledger = Ledger()
    first = ledger.add(NUMBER, "paragraph 1")
    assert ledger.add(replace(NUMBER), "table t") == first
    ledger.add(NUMBER, "table t")
    assert len(ledger) == 1
    assert ledger.rows()[0]["places"] == ["paragraph 1", "table t"]


def test_the_same_claim_printed_otherwise_is_another_row_with_its_own_id():
    ledger = Ledger()
    whole = Number("30\u00a0%", CLAIM, "percent", 0)
    ids = [ledger.add(number, "p") for number in (NUMBER, whole)]
    assert ids == [f"{CLAIM.slug}.percent1", f"{CLAIM.slug}.percent0"]
    assert [row["value"] for row in ledger.rows()] == ["30,0\u00a0%", "30\u00a0%"]


def test_a_row_holds_the_whole_claim():
    row = one_row(NUMBER)
    assert row["id"] == "noise_2021.annoyance_road.very.proportion.answered.percent1"
    assert (row["value"], row["estimate"], row["n"]) == ("30,0\u00a0%", 0.3, 494)
    assert (row["printed_as"], row["decimals"]) == ("percent", 1)


@pytest.mark.parametrize(("text", "estimate"), [("30,0\u00a0%", 0.3004), ("31,0\u00a0%", 0.3)])
def test_two_different_numbers_of_one_id_are_refused(text, estimate):
    ledger = Ledger()
    ledger.add(NUMBER, "p")
    with pytest.raises(FindingError, match=r"q: two numbers bear the id .* \(0\.3\) and"):
        ledger.add(replace(NUMBER, text=text, claim=replace(CLAIM, estimate=estimate)), "q")


def test_two_ways_to_compute_the_same_are_one_row():
    ledger = Ledger()
    ledger.add(replace(NUMBER, claim=replace(CLAIM, estimate=0.1 + 0.2)), "p")
    ledger.add(NUMBER, "q")
    assert len(ledger) == 1


def test_json_parses_and_refuses_nan():
    ledger = Ledger()
    ledger.add(NUMBER, "p")
    content = json.loads(ledger.to_json({"package": "x"}))
    assert content["about"] == {"package": "x"}
    assert content["numbers"][0]["estimate"] == 0.3
    ledger.add(replace(NUMBER, claim=replace(CLAIM, category="x", estimate=math.nan)), "q")
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.to_json({})


def test_a_document_is_read_whole(noise):
    def text(mark):
        return Text((Number(mark, replace(CLAIM, category=mark), "percent", 1),))

    figure = ReportFigure("f", None, text("c"), text("d"), text("e"), text("g"), [next(text("h").numbers())])
    table = Table("t", text("i"), ["x", text("j")], [["y", text("k")]], [text("l")], description=text("m"))
    note = Text((*text("a").parts, Footnote(text("b"))))
    blocks = [Paragraph(note), Points("T", [text("n")], ["first"]), table, FigureRef("f")]
    found = {number.text: place for place, number in numbers_of([Section(noise, blocks)], {"f": figure})}
    assert found == {
        "a": "noise 2021: paragraph 1", "b": "noise 2021: paragraph 1", "n": "noise 2021: key finding first",
        **dict.fromkeys("ijklm", "noise 2021: table t"), "g": "figure f: title", "c": "figure f: caption",
        "d": "figure f: foot", "e": "figure f: alt", "h": "figure f: drawing",
    }  # fmt: skip
    without = {number.text for _, number in numbers_of([Section(noise, blocks)], {"f": figure}, drawn=False)}
    assert without == set(found) - {"h"}


def test_base_and_interval_carry_all_that_their_estimate_does(noise, voice):
    estimate = kzm.proportion(noise, "annoyance_road").row("very")
    low, _, high = voice.interval(estimate).parts
    whole = one_row(voice.percent(estimate), noise.survey)
    assert whole["df"] > 100
    assert whole["ci_low"] < whole["estimate"] < whole["ci_high"]
    for number in (voice.base(estimate), low, high):
        row = one_row(number, noise.survey)
        for field in ("df", "n", "ci_low", "ci_high", "base", "weight", "question", "data_sha256", "asked"):
            assert row[field] == whole[field], field
            assert row[field] is not None, field


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (lambda frame: frame["sex"] == "female", "sex=female"),
        (lambda frame: frame["age_group"].isin(["18_39", "62_plus"]), "age_group=18_39+62_plus"),
        (lambda frame: frame["age"] > 40, "mask"),
        (lambda frame: (frame["sex"] == "female") & (frame["age"] > 40), "mask"),
        (lambda frame: ((frame["sex"] == "female") & (frame["age"] > 40)).rename("sex"), "mask"),
        (lambda frame: ((frame["sex"] == "female") | (frame["age"] > 40)).rename("sex"), "mask"),
        (lambda frame: (frame["sex"] == "female").to_numpy(), "mask"),
    ],
)
def test_the_filter_is_told_where_it_is_known(noise, voice, condition, words):
    estimate = kzm.proportion(noise, "annoyance_road", where=condition(noise.frame)).row("very")
    row = one_row(voice.percent(estimate), noise.survey)
    assert row["where"] == words
    assert f".{words}." in row["id"] or "~" in row["id"]


def test_question_and_who_was_asked_are_in_the_language_of_the_report(breastfeeding):
    estimate = kzm.proportion(breastfeeding, "first_hour").row("yes")
    for lang, wording, asked in (("sl", "uri", "so pri"), ("en", "hour", "those who answered “yes”")):
        ledger = Ledger([breastfeeding.survey], lang)
        ledger.add(Voice(breastfeeding, lang).percent(estimate), "p")
        (row,) = ledger.rows()
        assert wording in row["question"]
        assert asked in row["asked"]


def test_a_fact_about_a_variable_has_the_wording_too_but_not_one_of_a_source(noise, voice):
    fact = voice.fact(26, "no_such_source", variable="annoyance_road", n=508)
    assert one_row(fact, noise.survey)["question"] == noise.survey.codebook["annoyance_road"].question["sl"]
    quoted = voice.fact(26, "population_share", variable="sex", source="SURS")
    assert one_row(quoted, noise.survey)["question"] is None


def test_the_ledger_of_a_language_has_its_own_file():
    assert [ledger_name(lang) for lang in ("sl", "en", "it")] == ["ledger.json", "ledger_en.json", "ledger_it.json"]


def test_about_names_year_language_surveys_data_and_margins(designs):
    about = about_report(2022, "en", list(designs.values()))
    assert (about["year"], about["language"], about["synthetic"]) == (2022, "en", True)
    assert about["surveys"] == ["noise 2021", "breastfeeding 2022"]
    for design in designs.values():
        source = design.survey.source
        assert about["data"][design.survey.wave.name] == {
            "file": source.file, "sha256": source.sha256, "n": len(design.survey), "synthetic": True
        }  # fmt: skip
    assert set(about["margins"]) == {"noise 2021"}
    assert about["margins"]["noise 2021"]["place_type"]["status"] == "estimate"


@pytest.fixture(scope="module")
def content(built):
    return json.loads(built.files["ledger.json"], parse_constant=lambda word: pytest.fail(f"{word} in the ledger"))


def test_every_row_has_all_fields_of_the_right_type(content):
    for row in content["numbers"]:
        assert set(row) == set(SCHEMA)
        for field, kind in SCHEMA.items():
            assert isinstance(row[field], kind), (row["id"], field, row[field])
        assert row["places"]
        assert row["printed_as"] in ("percent", "points", "decimal", "count", "p_value")


def test_every_estimate_says_all_that_there_is_to_say(content):
    estimates = [row for row in content["numbers"] if row["statistic"].partition(".")[0] in ("proportion", "mean")]
    assert len(estimates) > 100
    for row in estimates:
        for field in ("variable", "base", "weight", "n", "question", "asked", "data_sha256"):
            assert row[field] not in (None, ""), (row["id"], field)
        if row["wave"] == "noise 2021":
            for field in ("df", "ci_low", "ci_high"):
                excused = {"review", "small_cell"} & set(row["flag"].split())
                assert row[field] is not None or excused, (row["id"], field)


def test_ids_of_the_report_are_unique(content, built):
    ids = [row["id"] for row in content["numbers"]]
    assert len(ids) == len(set(ids)) == built.numbers


def test_every_number_of_the_report_stands_in_the_ledger(content, sections, figures):
    ledger = Ledger()
    ledger.add_document(sections, figures)
    assert {(r["id"], r["value"]) for r in ledger.rows()} <= {(r["id"], r["value"]) for r in content["numbers"]}


def test_what_the_ledger_says_is_drawn_is_drawn(figures):
    figure = figures["noise_annoyance_by_source"]
    drawn = [text.get_text().removesuffix("\u00a0%") for text in figure.figure.texts if text.get_gid() != "tick"]
    printed = {found for text in drawn for found in TOKEN.findall(text)}
    shares = [number for number in figure.numbers if number.kind == "percent"]
    assert len(shares) > 40
    for number in shares:
        assert str(number).removesuffix("\u00a0%") in printed
