"""DDI-Codebook 2.5: what the schema allows, in both languages, with counts and without answers."""

import csv
import dataclasses
import io
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from lxml import etree

import kzm_surveys as kzm
from kzm_surveys.export.ddi import ddi_file
from kzm_surveys.export.table import table_files
from kzm_surveys.wave import Dispositions
from tests.export import rich

NS = {"d": "ddi:codebook:2_5"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEMA = etree.DTD(str(Path(__file__).with_name("ddi_codebook_2_5.dtd")))
WAVES = ("noise/2021", "breastfeeding/2022")


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    return rich(tmp_path_factory.mktemp("rich"))


@pytest.fixture(scope="module")
def root(survey):
    return etree.fromstring(ddi_file(survey))


def texts(root, path):
    return {element.get(LANG): element.text for element in root.findall(path, NS)}


def variable(root, name):
    return root.find(f"d:dataDscr/d:var[@ID='V_{name}']", NS)


def frequencies(element):
    return [
        (category.findtext("d:catValu", None, NS), category.get("missType"), category.findtext("d:catStat", None, NS))
        for category in element.findall("d:catgry", NS)
    ]


def test_every_kind_of_variable_is_allowed_by_the_schema(root):
    assert SCHEMA.validate(root), SCHEMA.error_log


@pytest.mark.parametrize("wave", WAVES)
def test_the_shipped_waves_are_allowed_by_the_schema(wave):
    assert SCHEMA.validate(etree.fromstring(ddi_file(kzm.load(f"surveys/{wave}")))), SCHEMA.error_log


def test_the_schema_refuses_what_is_out_of_order(root):
    spoiled = etree.fromstring(etree.tostring(root))
    spoiled.append(spoiled[0])
    assert not SCHEMA.validate(spoiled)
    spoiled = etree.fromstring(etree.tostring(root))
    variable(spoiled, "sex").set("ID", "V_birth")
    assert not SCHEMA.validate(spoiled)


def test_the_root_names_standard_and_version(root):
    assert root.tag == "{ddi:codebook:2_5}codeBook"
    assert root.get("version") == "2.5"
    place = root.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation")
    assert place.split()[0] == "ddi:codebook:2_5"


def test_all_words_stand_in_both_languages(root):
    for tag in (
        "labl",
        "qstnLit",
        "preQTxt",
        "universe",
        "keyword",
        "abstract",
        "producer",
        "collMode",
        "notes",
        "txt",
    ):
        found = root.iter(f"{{ddi:codebook:2_5}}{tag}")
        languages = [element.get(LANG) for element in found]
        assert languages, tag
        assert languages == ["sl", "en"] * (len(languages) // 2), tag


@pytest.mark.parametrize(("lang", "other"), [("sl", "en"), ("en", "sl")])
def test_the_main_title_is_in_the_language_asked_for(survey, lang, other):
    statement = etree.fromstring(ddi_file(survey, lang)).find("d:stdyDscr/d:citation/d:titlStmt", NS)
    titles = {"sl": "Poskus 2025", "en": "Trial 2025"}
    assert texts(statement, "d:titl") == {lang: titles[lang]}
    assert texts(statement, "d:parTitl") == {other: titles[other]}
    assert statement.findtext("d:IDNo", None, NS) == "rich_2025"


def test_the_study_says_when_who_and_how(root, survey):
    days = [(e.get("event"), e.get("date")) for e in root.findall(".//d:sumDscr/d:collDate", NS)]
    assert days == [("start", "2025-04-01"), ("end", "2025-04-02")]
    assert texts(root, ".//d:sumDscr/d:universe") == survey.wave.population
    assert texts(root, ".//d:dataColl/d:collMode") == {"sl": "anketa", "en": "survey"}
    assert texts(root, ".//d:dataColl/d:sampProc") == {"sl": "samoizbran", "en": "self-selected"}
    assert texts(root, ".//d:dataColl/d:weight") == {"sl": "neuteženo", "en": "not weighted"}
    assert survey.source.sha256 in texts(root, ".//d:sources/d:dataSrc")["sl"]
    software = root.find("d:docDscr/d:citation/d:prodStmt/d:software", NS)
    assert (software.text, software.get("version")) == ("kzm_surveys", version("kzm_surveys"))


def test_days_that_are_approximate_are_months():
    root = etree.fromstring(ddi_file(kzm.load("surveys/breastfeeding/2022")))
    assert [e.get("date") for e in root.findall(".//d:collDate", NS)] == ["2022-03", "2022-03"]
    # 268 units in the file, 214 respondents: the unit rule of wave.toml leaves out 54.
    dropped = re.findall(r"\d+", texts(root, ".//d:cleanOps")["en"])
    assert sum(map(int, dropped)) == 268 - 214


def test_answers_and_reasons_come_with_codes_and_counts(root):
    # As counted by hand in test_described.py.
    assert frequencies(variable(root, "noise_music")) == [
        ("1", None, "2"), ("2", None, "1"), ("3", None, "1"), ("98", "dont_know", "2"),
    ]  # fmt: skip
    assert frequencies(variable(root, "hours")) == [(None, "not_asked", "3"), (None, "no_answer", "1")]
    assert frequencies(variable(root, "visit")) == [(None, "no_answer", "2")]
    assert texts(variable(root, "sex"), "d:catgry[1]/d:labl") == {"sl": "moški", "en": "men"}
    missing = variable(root, "noise_music").findall("d:catgry[@missing='Y']", NS)
    assert [element.get("missType") for element in missing] == ["dont_know"]


def test_numbers_have_ranges_and_statistics(root):
    birth = variable(root, "birth")
    assert dict(birth.find("d:valrng/d:range", NS).attrib) == {"min": "1900", "max": "2010"}
    assert [item.get("VALUE") for item in birth.findall("d:invalrng/d:item", NS)] == ["9999"]
    found = {element.get("type"): element.text for element in birth.findall("d:sumStat", NS)}
    # Mean 9890 / 5; deviation sqrt(1902 / 4) = 21.80596..., see test_described.py.
    assert found == {"vald": "5", "invd": "1", "mean": "1978", "stdev": "21.806", "min": "1950", "max": "2001"}
    assert birth.get("intrvl") == "contin"
    # Two answers to "hours": their mean and extremes would be those two.
    assert {e.get("type") for e in variable(root, "hours").findall("d:sumStat", NS)} == {"vald", "invd"}
    assert dict(variable(root, "visit").find("d:valrng/d:range", NS).attrib) == {"max": "2025-12-31"}


def test_questions_carry_wording_number_and_routing(root):
    hours = variable(root, "hours")
    assert texts(hours, "d:qstn/d:qstnLit") == {"sl": "Koliko ur na dan?", "en": "How many hours a day?"}
    assert hours.find("d:qstn", NS).get("seqNo") == "6"
    assert texts(hours, "d:qstn/d:preQTxt")["en"] == (
        "The question is put to those who answered “somewhat” or “very” to question 5 (noise: road)."
    )
    assert (
        texts(hours, "d:universe")["sl"]
        == "tisti, ki so pri vprašanju 5 (hrup: cesta) odgovorili »nekoliko« ali »zelo«"
    )
    assert texts(variable(root, "noise_road"), "d:qstn/d:qstnLit")["sl"] == "Koliko vas moti? – cesta"
    assert variable(root, "sex").find("d:universe", NS) is None


def test_batteries_and_sets_are_groups(root):
    groups = {group.get("name"): group for group in root.findall("d:dataDscr/d:varGrp", NS)}
    assert {name: group.get("type") for name, group in groups.items()} == {
        "noise": "grid", "time": "multipleResp", "annoyed": "subject", "sources": "multipleResp",
    }  # fmt: skip
    assert groups["time"].get("var").split() == ["V_time_night", "V_time_other", "V_time_never"]


def test_derived_variables_say_what_they_are_made_of(root):
    derivation = variable(root, "sex_generation").find("d:derivation", NS)
    assert derivation.get("var").split() == ["V_sex", "V_generation"]
    assert texts(derivation, "d:drvdesc/d:p")["en"].startswith("All combinations of")
    assert variable(root, "sex_generation").get("files") is None
    assert variable(root, "sex").find("d:derivation", NS) is None
    assert [p.get(LANG) for p in variable(root, "themes_traffic").findall("d:derivation/d:drvdesc/d:p", NS)] == [
        "sl", "en", "sl", "en",
    ]  # fmt: skip


def test_counts_of_a_crossing_with_small_cells_are_left_out(root):
    crossing = frequencies(variable(root, "sex_generation"))
    assert [count for _, reason, count in crossing if reason is None] == [None] * 6


@pytest.mark.parametrize("wave", WAVES)
def test_frequencies_add_up_to_the_respondents(wave):
    survey = kzm.load(f"surveys/{wave}")
    root = etree.fromstring(ddi_file(survey))
    described = root.findall("d:dataDscr/d:var", NS)[1:]  # the first is the id
    assert [element.get("ID") for element in described] == [f"V_{name}" for name in survey.codebook.variables]
    for element in described:
        found = {e.get("type"): int(float(e.text)) for e in element.findall("d:sumStat", NS)}
        assert found["vald"] + found["invd"] == len(survey)
        missing = [int(count) for _, reason, count in frequencies(element) if reason]
        assert sum(missing) == found["invd"]
        if element.get("nature"):
            assert sum(int(count) for _, _, count in frequencies(element)) == len(survey)


def test_the_files_described_are_those_that_are_written(survey, root):
    columns = next(csv.reader(io.StringIO(table_files(survey, "rich_2025")["rich_2025.csv"].decode("utf-8-sig"))))
    files = {file.get("ID"): file for file in root.findall("d:fileDscr", NS)}
    assert [file.findtext("d:fileTxt/d:fileName", None, NS) for file in files.values()] == [
        "rich_2025.sav",
        "rich_2025.csv",
    ]
    for file in files.values():
        assert file.findtext("d:fileTxt/d:dimensns/d:caseQnty", None, NS) == "6"
        assert int(file.findtext("d:fileTxt/d:dimensns/d:varQnty", None, NS)) == len(columns)
    in_files = [var.get("name") for var in root.findall("d:dataDscr/d:var[@files]", NS)]
    assert in_files == columns


def test_codes_are_those_of_the_table(survey, root):
    content = table_files(survey, "r")["r_codebook.csv"].decode("utf-8-sig")
    for name, _, kind, code, _, missing in list(csv.reader(io.StringIO(content)))[2:]:
        if not code:
            continue
        codes = {value: reason for value, reason, _ in frequencies(variable(root, name)) if value}
        assert code in codes, (name, kind)
        assert bool(codes[code]) == (missing == "1")


@pytest.mark.parametrize("wave", WAVES)
def test_no_open_answer_stands_in_it(wave):
    survey = kzm.load(f"surveys/{wave}")
    document = ddi_file(survey).decode()
    own = {word for question in survey.codebook.questions.values() for word in question.question.values()}
    for name, each in survey.codebook.variables.items():
        if each.kind == "text":
            answers = {answer for answer in survey.responses[name].dropna() if len(answer) > 12} - own
            assert answers or each.other_text_of
            assert not [answer for answer in answers if answer in document]


@pytest.mark.parametrize("wave", WAVES)
def test_invented_answers_say_so_in_title_abstract_and_notes(wave):
    root = etree.fromstring(ddi_file(kzm.load(f"surveys/{wave}")))
    assert "SINTETIČNI PODATKI" in texts(root, "d:stdyDscr/d:citation/d:titlStmt/d:titl")["sl"]
    assert "SYNTHETIC DATA" in texts(root, "d:stdyDscr/d:citation/d:titlStmt/d:parTitl")["en"]
    assert texts(root, ".//d:abstract")["en"].startswith("SYNTHETIC DATA")
    for place in ("d:stdyDscr/d:notes", "d:fileDscr/d:notes"):
        assert texts(root, place)["sl"].startswith("SINTETIČNI PODATKI")
    assert "synthetic" in " ".join(e.text for e in root.findall(".//d:dataKind", NS))


def test_real_answers_are_not_called_invented(survey):
    document = ddi_file(survey).decode()
    assert not re.search("sintet|synthetic|izmišljen[^.]|invented[^.]", document, re.IGNORECASE)


def with_dispositions(survey, **counts):
    sampling = survey.wave.sampling.model_copy(update={"kind": "probability"})
    wave = survey.wave.model_copy(update={"dispositions": Dispositions(**counts), "sampling": sampling})
    return dataclasses.replace(survey, wave=wave)


def test_response_rates_are_those_of_real_counts(survey):
    real = with_dispositions(survey, invented=False, complete=50, partial=10, refusal=40, unknown_household=100)
    rates = texts(etree.fromstring(ddi_file(real)), ".//d:anlyInfo/d:respRate")
    # RR1 = 50 / 200, RR2 = 60 / 200, RR5 = 50 / 100, RR6 = 60 / 100; nobody is ineligible, so e = 1 and RR3 = RR1.
    shown = "RR1 25.0%, RR2 30.0%, RR3 25.0%, RR4 30.0%, RR5 50.0%, RR6 60.0%"
    assert rates["en"] == f"Response rates after AAPOR's standard definitions: {shown}."
    assert "RR1 25,0\u00a0%" in rates["sl"]
    assert SCHEMA.validate(etree.fromstring(ddi_file(real)))


def test_invented_counts_and_opt_in_samples_give_no_response_rate(survey):
    invented = with_dispositions(survey, invented=True, complete=50, refusal=50)
    opt_in = dataclasses.replace(invented, wave=survey.wave.model_copy(
        update={"dispositions": Dispositions(invented=False, complete=50, refusal=50)}))  # fmt: skip
    for each in (survey, invented, opt_in, kzm.load("surveys/noise/2021"), kzm.load("surveys/breastfeeding/2022")):
        assert etree.fromstring(ddi_file(each)).find(".//d:anlyInfo", NS) is None


def test_two_runs_give_the_same_bytes(survey):
    assert ddi_file(survey) == ddi_file(survey)


def test_labels_are_escaped(tmp_path):
    survey = rich(tmp_path)
    book = survey.codebook.model_copy(update={"title": {"sl": '<a> & "b"', "en": "<b>"}})
    wave = survey.wave.model_copy(update={"title": {"sl": '<a> & "b"', "en": "x < y"}})
    root = etree.fromstring(ddi_file(dataclasses.replace(survey, codebook=book, wave=wave)))
    assert texts(root, "d:stdyDscr/d:citation/d:titlStmt/d:titl")["sl"] == '<a> & "b"'
