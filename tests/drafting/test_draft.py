"""Drafts of made-up files: what is recognised, what is marked, and that a draft reads its own file."""

import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kzm_surveys as kzm
from kzm_surveys.codebook import Codebook
from kzm_surveys.drafting.new_survey import draft_table
from kzm_surveys.loaders.assemble import assemble
from kzm_surveys.loaders.raw import RawTable, StoredSet
from kzm_surveys.wave import read_wave
from tests.loaders import SURVEYS

NAN = np.nan
AGREE = {1.0: "ne", 2.0: "deloma", 3.0: "da"}


def table(columns, **facts):
    """RawTable of columns of numbers (lists of numbers) and text (lists of text)."""
    cells = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    return RawTable(cells.set_axis(pd.RangeIndex(1, len(cells) + 1), axis=0), len(cells), "spss_sav", **facts)


def drafted(columns, *, kind="spss_sav", **facts):
    """The draft of a table, and its content as TOML."""
    made = draft_table(table(columns, **facts), kind, "poskus", "poskus.sav")
    return made, tomllib.loads(made.codebook)


def read_back(raw, made):
    """Answers, reasons and errors of a table read by its own draft."""
    wave, _ = read_wave(SURVEYS / "noise" / "2021")
    names = {"columns": made.draft.columns, "blank_is_unticked": tuple(made.draft.blank_is_unticked)}
    wave = wave.model_copy(update={"data": wave.data.model_copy(update={"format": made.kind, **names})})
    codebook = Codebook.model_validate(tomllib.loads(made.codebook))
    answers, missing, problems = assemble(raw, codebook, wave)
    return answers, missing, [str(problem) for problem in problems if problem.severity == "error"]


def kinds(content):
    return {key: question["kind"] for key, question in content["questions"].items()}


def of_all(names, value):
    return dict.fromkeys(names, value)


def labels(names, stem=""):
    return {name: f"{stem}{name}" for name in names}


@pytest.mark.parametrize(
    ("names", "key", "items"),
    [
        (("Q2a", "Q2b", "Q2c"), "q2", ["a", "b", "c"]),
        (("Q2A", "Q2B", "Q2C"), "q2", ["a", "b", "c"]),
        (("q2_1", "q2_2", "q2_97"), "q2", ["1", "2", "97"]),
        (("hrup.cesta", "hrup.luka", "hrup.bar"), "hrup", ["cesta", "luka", "bar"]),
        (("hrup_cesta", "hrup_luka", "hrup_ladje"), "hrup", ["cesta", "luka", "ladje"]),
    ],
)
def test_battery_by_its_names(names, key, items):
    columns = {name: [1.0, 2.0, 3.0] for name in names}
    _, content = drafted(columns, value_labels=dict.fromkeys(names, AGREE))
    assert kinds(content) == {key: "battery"}
    assert [item["name"] for item in content["questions"][key]["items"]] == items


def test_more_than_26_items_of_1ka_have_two_letters():
    names = [f"Q2{first}{second}" for first in "ab" for second in "abcdefghijklmnopqrstuvwxyz"][:30]
    columns = {name: [str(1 + place % 3), "-3"] for place, name in enumerate(names)}
    codes = {-1: "no_answer", -2: "not_asked", -3: "break_off"}
    made, content = drafted(columns, kind="1ka_csv", missing_codes=codes)
    assert kinds(content) == {"q2": "battery"}
    assert made.draft.columns == {"q2": "Q2"}
    answers, missing, errors = read_back(table(columns, missing_codes=codes), made)
    assert errors == []
    assert answers["q2_bd"].tolist()[0] == "code_3"  # the 30th item: 1 + 29 % 3
    assert missing["q2_bd"].tolist()[1] == "break_off"


def test_tables_of_1ka_are_questions_one_by_one():
    # Q4a_1 is row a, column 1: no name that the reader of 1KA files would put together again.
    columns = {"Q4a_1": ["1", "0"], "Q4a_2": ["0", "1"], "Q5_2_text": ["drugo", "-2"]}
    codes = {-1: "no_answer", -2: "not_asked"}
    made, content = drafted(columns, kind="1ka_csv", missing_codes=codes)
    assert kinds(content) == {"q4a_1": "single", "q4a_2": "single", "q5_2_text": "text"}
    assert "# REVIEW: not put to everybody" in made.codebook
    assert read_back(table(columns, missing_codes=codes), made)[2] == []


def test_battery_by_its_labels():
    names = ("V12", "V13", "V14")
    facts = {"value_labels": dict.fromkeys(names, AGREE), "labels": labels(names, "Kako pogosto se vozite: ")}
    made, content = drafted({name: [1.0, 2.0, 3.0] for name in names}, **facts)
    (question,) = content["questions"].values()
    assert (question["kind"], question["question"]["sl"]) == ("battery", "Kako pogosto se vozite")
    assert [item["label"]["sl"] for item in question["items"]] == list(names)
    assert sorted(made.draft.columns.values()) == sorted(names)


@pytest.mark.parametrize(
    "change",
    [
        {"value_labels": {"a_1": AGREE, "a_2": {1.0: "nikoli", 2.0: "včasih", 3.0: "vedno"}}},
        {"value_labels": {"a_1": AGREE, "a_2": AGREE}, "user_missing": {"a_1": ((2.0, 2.0),)}},
    ],
    ids=["other labels", "a code that is an answer there and missing here"],
)
def test_neighbours_with_other_codes_are_no_battery(change):
    _, content = drafted({"a_1": [1.0, 2.0, 3.0], "a_2": [1.0, 2.0, 3.0]}, **change)
    assert kinds(content) == {"a_1": "single", "a_2": "single"}


def test_questions_that_only_share_their_answers_share_a_scale():
    names = ("Q6", "Q7", "Q8")
    facts = {"value_labels": of_all(names, {1.0: "da", 2.0: "ne"}), "labels": labels(names, "Ali ste ")}
    _, content = drafted({name: [1.0, 2.0] for name in names}, **facts)
    assert {question["scale"] for question in content["questions"].values()} == {"q6"}
    assert content["scales"]["q6"]["ordered"] is False
    assert [category["name"] for category in content["scales"]["q6"]["categories"]] == ["da", "ne"]


def test_set_of_zeros_and_ones_with_an_open_other():
    columns = {"Q3a": [1.0, 0.0], "Q3b": [0.0, 1.0], "Q3b_text": ["", "skrivnost"], "Q3c": [0.0, 0.0]}
    made, content = drafted(columns, value_labels=of_all(("Q3a", "Q3b", "Q3c"), {0.0: "ne", 1.0: "da"}))
    assert kinds(content) == {"q3": "multiple"}
    assert [item.get("other", False) for item in content["questions"]["q3"]["items"]] == [False, True, False]
    answers, _, errors = read_back(table(columns), made)
    assert errors == []
    assert answers["q3_b_text"].tolist()[1] == "skrivnost"
    assert answers["q3_b"].tolist() == ["not_selected", "selected"]


def test_set_whose_unticked_options_are_empty():
    columns = {"q3_1": [1.0, NAN, NAN], "q3_2": [1.0, 1.0, NAN]}
    made, content = drafted(columns, value_labels=of_all(columns, {1.0: "izbrano"}))
    assert kinds(content) == {"q3": "multiple"}
    assert made.draft.blank_is_unticked == ["q3"]
    answers, missing, errors = read_back(table(columns), made)
    assert errors == []
    assert answers["q3_1"].tolist()[:2] == ["selected", "not_selected"]
    assert missing["q3_1"].tolist()[2] == "no_answer"


def test_set_stored_in_the_file_with_a_counted_value():
    columns = {"tv": [1.0, 2.0], "starost": [20.0, 70.0], "radio": [2.0, 1.0]}
    stored = {"$mediji": StoredSet("Kateri mediji?", ("tv", "radio"), 1.0)}
    named = of_all(("tv", "radio"), {1.0: "da", 2.0: "ne"})
    made, content = drafted(columns, value_labels=named, sets=stored, labels={"tv": "TV", "radio": "radio"})
    assert kinds(content) == {"mediji": "multiple", "starost": "number"}
    assert content["questions"]["mediji"]["question"]["sl"] == "Kateri mediji?"
    answers, _, errors = read_back(table(columns, value_labels=named, sets=stored), made)
    assert errors == []
    assert answers["mediji_radio"].tolist() == ["not_selected", "selected"]


def test_set_stored_as_codes_of_options():
    columns = {"prvi": [2.0, 1.0, 98.0], "drugi": [1.0, NAN, NAN]}
    options = {1.0: "avto", 2.0: "kolo", 98.0: "ne vem"}
    facts = {
        "value_labels": dict.fromkeys(columns, options),
        "sets": {"$prevoz": StoredSet("S čim se vozite?", ("prvi", "drugi"), None)},
        "user_missing": dict.fromkeys(columns, ((98.0, 98.0),)),
    }
    made, content = drafted(columns, **facts)
    assert kinds(content) == {"prevoz": "multiple"}
    answers, missing, errors = read_back(table(columns, **facts), made)
    assert errors == []
    assert answers["prevoz_avto"].tolist()[:2] == ["selected", "selected"]
    assert answers["prevoz_kolo"].tolist()[:2] == ["selected", "not_selected"]
    assert missing["prevoz_kolo"].tolist()[2] == "dont_know"


def test_missing_codes_become_reasons_by_label_or_code():
    named = {1.0: "da", 2.0: "ne", 97.0: "tega tu ni", 98.0: "Ne vem"}
    facts = {
        "value_labels": {"a": named, "b": {998.0: "ne vem"}},
        "user_missing": {"a": ((97.0, 99.0),), "b": ((-9.0, -9.0),)},
    }
    columns = {"a": [1.0, 2.0, 97.0, 98.0, 99.0], "b": [10.0, 20.0, 30.0, 998.0, -9.0]}
    made, content = drafted(columns, **facts)
    assert content["missing"]["dont_know"] == {"code": 98, "label": {"sl": "Ne vem", "en": "don't know"}}
    assert content["missing"]["tega_tu_ni"]["code"] == 97
    assert "# REVIEW: the file does not say why" in made.codebook
    assert content["questions"]["b"]["missing_codes"] == {"dont_know": 998}
    _, missing, errors = read_back(table(columns, **facts), made)
    assert errors == []
    assert missing["a"].tolist()[2:] == ["tega_tu_ni", "dont_know", "missing_99"]
    assert missing["b"].tolist()[3:] == ["dont_know", "missing_minus_9"]


def test_missing_code_among_the_answers_is_said():
    columns = {"dohodek": [500.0, 9999.0, 12000.0, 800.5]}
    facts = {"value_labels": {"dohodek": {9999.0: "brez odgovora"}}, "user_missing": {"dohodek": ((9999.0, 9999.0),)}}
    made, content = drafted(columns, **facts)
    assert "# REVIEW: the missing code 9999 lies among the answers: change it in the file." in made.codebook
    assert "missing" not in content["questions"]["dohodek"]
    _, missing, errors = read_back(table(columns, **facts), made)
    assert errors == []
    assert missing["dohodek"].tolist()[1] == "no_answer"


def test_code_without_a_label_is_a_category_to_look_at():
    made, content = drafted({"a": [1.0, 3.0, 7.0]}, value_labels={"a": AGREE})
    assert content["questions"]["a"]["categories"][-1] == {"name": "code_7", "code": 7, "label": {"sl": "7", "en": "7"}}
    line = next(line for line in made.codebook.splitlines() if "code_7" in line)
    assert line.endswith("# REVIEW: the file has no label for it")
    assert made.codebook.count("has no label for it") == 1


def test_limits_are_rounded_so_that_no_answer_shows():
    made, content = drafted({"starost": [19.0, 87.0, 45.0], "placa": [1234.5, 873.0, 98765.0]}, value_labels={})
    # A spread of 68 is rounded to tens, one of some 98,000 to ten thousands; from 0 where that is within the spread.
    assert [content["questions"]["starost"][key] for key in ("minimum", "maximum")] == [0, 90]
    assert [content["questions"]["placa"][key] for key in ("minimum", "maximum")] == [0, 100000]
    assert made.codebook.count("# REVIEW: rounded from the answers") == 4


def test_no_open_answer_gets_into_the_draft():
    columns = {"predlog": ["Manj hrupa pri Novakovih", "", "Tišina"], "dan": ["24.11.2021", "1. 12. 2021", ""]}
    made, content = drafted(columns)
    assert kinds(content) == {"predlog": "text", "dan": "date"}
    assert not any(word in made.codebook for word in ("Novak", "Tišina", "2021"))


def test_columns_that_tell_who_someone_is_are_left_out():
    columns = {"ID": [4.0, 5.0], "E-mail": ["a@b.si", ""], "Priimek": ["Novak", "Kos"], "ocena": [1.0, 2.0]}
    made, content = drafted(columns, value_labels={"ocena": AGREE})
    assert list(content["questions"]) == ["ocena"]
    assert made.id == "ID"
    assert "# Not described, because they may identify a person: E-mail, Priimek." in made.codebook


@pytest.mark.parametrize(
    "name",
    ["E-pošta", "elektronski naslov", "ulica in hišna številka", "mobilni telefon", "IP naslov", "Rojstni datum",
     "ime_otroka", "tel. št.", "eMail", "Datum rojstva", "telefon2", "priimek_matere", "date of birth"],
)  # fmt: skip
def test_names_with_a_word_of_identity_are_left_out(name):
    made, content = drafted({name: ["Ana", "Jan"], "ocena": [1.0, 2.0]}, value_labels={"ocena": AGREE})
    assert list(content["questions"]) == ["ocena"]
    assert f"may identify a person: {name}." in made.codebook


@pytest.mark.parametrize(
    "name", ["leto_rojstva", "imetje", "posta", "starost", "hisna_ljubljencka", "tip", "years_at_address"]
)
def test_other_names_are_described(name):
    made, content = drafted({name: ["prvo", "drugo"]})
    assert len(content["questions"]) == 1
    assert "identify" not in made.codebook


@pytest.mark.parametrize(
    "label",
    ["Vaš e-naslov", "Vpišite elektronsko pošto:", "Telefonska številka", "Kako je ime otroku?", "Your name",
     "Ime in priimek", "Naslov bivališča", "Datum rojstva otroka"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["1ka_csv", "spss_sav"])
def test_labels_that_ask_who_someone_is_leave_out_open_questions_and_mark_numbers(label, kind):
    columns = {"Q7": ["Ana", "Jan"], "Q8": [40123456.0, 41999111.0], "Q9": [1.0, 2.0]}
    facts = {"labels": of_all(("Q7", "Q8", "Q9"), label), "value_labels": {"Q9": AGREE}}
    made, content = drafted(columns, kind=kind, **facts)
    assert kinds(content) == {"q8": "number", "q9": "single"}
    assert "may identify a person: Q7." in made.codebook
    # The number alone is marked: three categories tell nobody from the others.
    assert made.codebook.count("# REVIEW: may identify a person") == 1
    assert made.codebook.index("# REVIEW: may identify") < made.codebook.index("[questions.q8]")


def test_categories_under_a_name_with_a_word_of_identity_are_marked():
    made, content = drafted({"ima_telefon": [1.0, 2.0]}, value_labels={"ima_telefon": AGREE})
    assert kinds(content) == {"ima_telefon": "single"}
    assert "# REVIEW: may identify a person" in made.codebook


@pytest.mark.parametrize("label", ["Kaj bi izboljšali na svoji ulici?", "Please name a problem", "Zakaj v imenu šole?"])
def test_open_questions_about_something_else_are_described(label):
    _, content = drafted({"Q7": ["Ana", "Jan"]}, labels={"Q7": label})
    assert kinds(content) == {"q7": "text"}


@pytest.mark.parametrize("ids", [[1.0, 1.0], [1.0, NAN], [1.5, 2.0]], ids=["twice", "empty", "not whole"])
def test_column_that_does_not_number_the_respondents_is_a_question(ids):
    made, content = drafted({"id": ids, "a": [1.0, 2.0]}, value_labels={"a": AGREE})
    assert made.id is None
    assert list(content["questions"]) == ["id", "a"]


def test_names_that_the_engine_cannot_use_are_mapped():
    columns = {"Spol": [1.0, 2.0], "spol": [2.0, 1.0], "Leta šolanja": [8.0, 12.0], "—": [NAN, NAN]}
    made, content = drafted(columns, value_labels=of_all(("Spol", "spol"), {1.0: "moški", 2.0: "ženske"}))
    assert list(content["questions"]) == ["spol", "spol_2", "leta_solanja", "question"]
    assert made.draft.columns == {
        "spol": "Spol", "spol_2": "spol", "leta_solanja": "Leta šolanja", "question": "—",
    }  # fmt: skip
    answers, _, errors = read_back(table(columns), made)
    assert errors == []
    assert answers["spol_2"].tolist() == ["zenske", "moski"]
    assert answers["leta_solanja"].tolist() == [8, 12]


def test_labels_may_hold_anything():
    label = 'Pot "domov" \\ nazaj\u00a0#1 = \x07 []'
    _, content = drafted({"a": [1.0, 2.0]}, labels={"a": label}, value_labels={"a": {1.0: label, 2.0: "="}})
    shown = label.replace("\x07", " ")  # what no document can show
    assert content["questions"]["a"]["question"]["sl"] == " ".join(label.split()).replace("\x07", " ")
    assert content["questions"]["a"]["categories"][0]["label"]["en"] == shown
    assert [category["name"] for category in content["questions"]["a"]["categories"]] == ["pot_domov_nazaj_1", "code_2"]


def test_file_without_answers_is_refused():
    with pytest.raises(kzm.DataError, match=r"poskus\.sav has no columns with answers"):
        drafted({"id": [1.0, 2.0]})


CODES = st.sampled_from([NAN, 0.0, 1.0, 2.0, 3.0, 7.0, 97.0, 98.0, -1.0])
NAMES = ("Q1a", "Q1b", "Q1c", "Q1c_text", "hrup_cesta", "hrup_luka", "V1", "v1", "šola 1", "id", "dan")
WORDS = st.sampled_from(["da", "ne", "ne vem", "brez odgovora", "zelo", "—", "tega tu ni", "Črni Kal", ""])


@st.composite
def tables(draw):
    names = sorted(draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=7)))
    rows = draw(st.integers(1, 5))
    cells = {}
    for name in names:
        kind = draw(st.sampled_from(["codes", "codes", "numbers", "text", "days"]))
        one = {
            "codes": CODES,
            "numbers": st.floats(-1e6, 1e6),
            "text": st.sampled_from(["", "tišina", "1", "-1"]),
            "days": st.sampled_from(["2021-11-24", ""]),
        }[kind]
        cells[name] = draw(st.lists(one, min_size=rows, max_size=rows))
    coded = [name for name in names if not isinstance(cells[name][0], str)]
    shared = draw(st.dictionaries(CODES.filter(lambda code: code == code), WORDS, max_size=5))
    return table(
        cells,
        value_labels={name: shared for name in coded if draw(st.booleans())},
        labels={name: f"Kako vas moti? {name}" for name in names if draw(st.booleans())},
        user_missing={
            name: ((code, code),) for name in coded for code in draw(st.sets(st.sampled_from([97.0, 2.0]), max_size=1))
        },
    )


@given(tables())
@settings(max_examples=200, deadline=None)
def test_draft_reads_its_own_file_and_loses_no_answer(raw):
    assume(list(raw.cells) != ["id"])
    made = draft_table(raw, "spss_sav", "poskus", "poskus.sav")
    answers, missing, errors = read_back(raw, made)
    # A codebook cannot hold a missing code that lies among numbers, unless the file says what it means.
    assert [
        error for error in errors if "knows no reason" not in error or "change it in the file" not in made.codebook
    ] == []
    assert (answers.isna() == missing.notna()).all(axis=None)
    assert not missing.isin(["unknown_code"]).any(axis=None) or errors
