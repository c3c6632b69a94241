import json
import math
from dataclasses import replace

import pytest

from kzm_surveys.findings.ledger import Ledger
from kzm_surveys.findings.section import Paragraph, ReportFigure, Section
from kzm_surveys.findings.text import Claim, Number, Text
from tests.findings.digits import TOKEN

CLAIM = Claim("noise 2021", "proportion", 0.3, variable="annoyance_road", category="very", base="answered", n=494)
NUMBER = Number("30,0\u00a0%", CLAIM, "percent", 1)


def test_the_same_number_in_two_places_is_one_row():
    ledger = Ledger()
    first = ledger.add(NUMBER, "paragraph 1")
    assert ledger.add(replace(NUMBER), "table t") == first
    ledger.add(NUMBER, "table t")
    assert len(ledger) == 1
    assert ledger.rows()[0]["places"] == ["paragraph 1", "table t"]


def test_the_same_claim_printed_otherwise_is_another_row_with_its_own_id():
    ledger = Ledger()
    ids = [ledger.add(replace(NUMBER, text=text), "p") for text in ("30,0\u00a0%", "30\u00a0%", "30,00\u00a0%")]
    assert ids == [CLAIM.slug, f"{CLAIM.slug}~2", f"{CLAIM.slug}~3"]
    assert [row["value"] for row in ledger.rows()] == ["30,0\u00a0%", "30\u00a0%", "30,00\u00a0%"]


def test_a_row_holds_the_whole_claim():
    ledger = Ledger()
    ledger.add(NUMBER, "p")
    row = ledger.rows()[0]
    assert row["id"] == "noise_2021.annoyance_road.very.proportion.answered"
    assert (row["value"], row["estimate"], row["n"]) == ("30,0\u00a0%", 0.3, 494)
    assert (row["printed_as"], row["decimals"]) == ("percent", 1)


def test_different_estimates_that_print_alike_stay_apart():
    # For instance two masks given as where=: both are called "mask" in the slug.
    ledger = Ledger()
    ledger.add(NUMBER, "p")
    ledger.add(replace(NUMBER, claim=replace(CLAIM, estimate=0.3004)), "q")
    assert len(ledger) == 2


def test_json_parses_and_refuses_nan():
    ledger = Ledger()
    ledger.add(NUMBER, "p")
    content = json.loads(ledger.to_json({"package": "x"}))
    assert content["about"] == {"package": "x"}
    assert content["numbers"][0]["estimate"] == 0.3
    ledger.add(replace(NUMBER, claim=replace(CLAIM, estimate=math.nan)), "q")
    ledger.add(replace(NUMBER, text="x", claim=replace(CLAIM, estimate=math.nan)), "q")
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.to_json({})


def test_a_document_is_read_whole(noise):
    def text(mark):
        return Text((Number(mark, replace(CLAIM, category=mark), "percent", 1),))

    figure = ReportFigure("f", None, text("c"), text("d"), text("e"), text("g"), [next(text("h").numbers())])
    ledger = Ledger()
    ledger.add_document([Section(noise.survey, [Paragraph(text("a"))])], {"f": figure})
    places = {row["value"]: row["places"][0] for row in ledger.rows()}
    assert places == {
        "a": "noise 2021: paragraph 1", "g": "figure f: title", "c": "figure f: caption", "d": "figure f: foot",
        "e": "figure f: alt", "h": "figure f: drawing",
    }  # fmt: skip


@pytest.fixture(scope="module")
def content(built):
    return json.loads(built.files["ledger.json"], parse_constant=lambda word: pytest.fail(f"{word} in the ledger"))


def test_ids_of_the_report_are_unique(content, built):
    ids = [row["id"] for row in content["numbers"]]
    assert len(ids) == len(set(ids)) == built.numbers


def test_every_number_of_the_report_stands_in_the_ledger(content, sections, figures):
    ledger = Ledger()
    ledger.add_document(sections, figures)
    assert {(r["id"], r["value"]) for r in ledger.rows()} == {(r["id"], r["value"]) for r in content["numbers"]}


def test_about_names_data_and_margins(content, designs):
    about = content["about"]
    assert about["synthetic"] is True
    for design in designs.values():
        source = design.survey.source
        assert about["data"][design.survey.wave.name] == {
            "file": source.file, "sha256": source.sha256, "n": len(design.survey)
        }  # fmt: skip


def test_what_the_ledger_says_is_drawn_is_drawn(figures):
    figure = figures["noise_annoyance_by_source"]
    drawn = [text.get_text().removesuffix("\u00a0%") for text in figure.figure.texts if text.get_gid() != "tick"]
    printed = {found for text in drawn for found in TOKEN.findall(text)}
    shares = [number for number in figure.numbers if number.kind == "percent"]
    assert len(shares) > 40
    for number in shares:
        assert str(number).removesuffix("\u00a0%") in printed
