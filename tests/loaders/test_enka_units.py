"""Units of a 1KA export: statuses, times, usability, break-off; what never leaves the loader; the server's .SAV."""

import math

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders.enka import finish
from kzm_surveys.loaders.enka_codes import classify, missing_codes
from kzm_surveys.loaders.enka_units import usability
from kzm_surveys.wave import read_wave
from tests.loaders.enka_files import (
    BROWSER,
    CELLS,
    EXAMPLE,
    FIRST,
    LABELS,
    META,
    META_LABELS,
    NAMES,
    PARA,
    PARA_LABELS,
    cells_of,
    csv_of,
    read,
    said,
    unit,
    wave_of,
    with_paradata,
)

INVALID = ";".join(['="-5"'] * 7)


def figures(*cells, codes=None):
    """Usability of one unit with these cells."""
    frame = pd.DataFrame([cells], columns=[f"Q{i}" for i in range(len(cells))], dtype="str")
    return usability(classify(frame, codes or missing_codes({}, {})[0])).iloc[0]


def test_usability_of_a_complete_unit():
    row = figures("1", "0", "5", "besedilo")
    assert row[["unl", "ubl", "uml", "ucl", "uil", "uaq"]].tolist() == [0, 0, 0, 1, 0, 0]
    assert row["usability"] == "usable"


def test_usability_by_hand():
    # 20 columns: 9 valid, 1 don't know, 2 not answered, 4 broken off, 3 skipped, 1 late.
    row = figures(*["1"] * 9, "-99", *["-1"] * 2, *["-3"] * 4, *["-2"] * 3, "-4")
    assert row["unl"] == pytest.approx(2 / 12)  # 2 / (9 + 1 + 2)
    assert row["ubl"] == pytest.approx(4 / 20)
    assert row["uml"] == pytest.approx(1 / 3)  # 0.2 + 0.8 / 6
    assert row["ucl"] == pytest.approx(2 / 3)
    assert row["uil"] == pytest.approx(3 / 15)  # 3 / (9 + 1 + 2 + 3)
    assert row["uaq"] == pytest.approx(1 / 20)
    assert row["usability"] == "partly_usable"


@pytest.mark.parametrize(
    ("valid", "unanswered", "usable"),
    [(4, 1, "usable"), (79, 21, "partly_usable"), (1, 1, "partly_usable"), (49, 51, "unusable"), (8, 2, "usable")],
)
def test_limits_of_usability_are_80_and_50_percent(valid, unanswered, usable):
    assert figures(*["1"] * valid, *["-1"] * unanswered)["usability"] == usable


@pytest.mark.parametrize("cells", [["-1"] * 3, ["-5"] * 3, ["-3"] * 3, ["-2"] * 3, ["-2", "-4", "-3"]])
def test_without_any_answer_a_unit_is_unusable(cells):
    row = figures(*cells)
    assert row["ucl"] == 0
    assert row["usability"] == "unusable"
    assert not row.drop("usability").astype(float).isna().any()


def test_refusals_are_of_no_substance_but_answers():
    assert figures("-97", "-98", "-99", "-1")["ucl"] == pytest.approx(0.75)


def test_codes_of_the_owner_and_of_calculations_count_as_answers():
    codes = missing_codes({}, {"own_reason": -96})[0]
    assert figures("-96", "-88", "-96", "-1", codes=codes)["ucl"] == pytest.approx(0.75)


def test_empty_cells_count_in_all_only():
    # 2 valid, 1 broken off, 1 empty: UBL = 1/4, UNL = 0.
    row = figures("1", "1", "", "-3")
    assert row["ucl"] == pytest.approx(0.75)


def of(*units, **wave):
    return lambda root: read(wave_of(root, with_paradata(*units), **wave))


def test_statuses_lurkers_and_tests_of_all_units_in_the_file(tmp_path):
    raw = of(
        unit(1, 6, cells=FIRST), unit(2, 5), unit(3, 3, lurker=1, cells=INVALID),
        unit(4, "null", lurker=1, cells=INVALID), unit(5, -1, lurker=1, cells=INVALID),
        unit(6, 5, lurker=1, cells=INVALID), unit(7, 6, test=1), unit(8, 6, test=2),
        unit(9, 6, cells=";".join(['="-1"'] * 7)),
    )(tmp_path)  # fmt: skip
    units = raw.units
    assert units.index.tolist() == list(range(1, 10))
    assert units["status"].tolist() == [6, 5, 3, pd.NA, pd.NA, 5, 6, 6, 6]
    assert units["lurker"].tolist() == [False, False, True, True, True, True, False, False, False]
    assert units["test"].tolist() == [False] * 6 + [True, True, False]
    assert units["dropped"].fillna("").tolist() == [
        "", "", "status", "status", "status", "lurker", "test_unit", "test_unit", "empty_unit",
    ]  # fmt: skip
    assert raw.dropped == {"test_unit": 2, "status": 3, "lurker": 1, "empty_unit": 1}
    assert raw.rows == 9
    assert raw.cells.index.tolist() == [1, 2]


def test_unknown_status_may_be_kept_by_the_rule(tmp_path):
    change = ("n = 2", "n = 2\n[data.units]\nstatuses = [-1, 6]")
    raw = of(unit(1, "null", cells=FIRST), unit(2, -1), unit(3, 5), change=change)(tmp_path)
    assert raw.cells.index.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [('="6"', '="5l"', "status"), ('="6";="0"', '="6";="2"', "lurker"), ('="0";="01', '="3";="01', "testdata")],
)
def test_metadata_that_1ka_does_not_write_are_an_error(tmp_path, old, new, column):
    line = unit(17, 6, cells=FIRST)
    assert old in line
    folder = wave_of(tmp_path, with_paradata(line.replace(old, new, 1), unit(2, 5)))
    assert f"error: {column}: values that 1KA does not write" in said(read(folder), "error")
    assert "(1 row: id 17)" in said(read(folder), "error")
    with pytest.raises(kzm.DataError, match=column):
        kzm.load(folder, accept=True)


def test_times_and_paradata(tmp_path):
    units = of(unit(7, 6, cells=FIRST))(tmp_path).units
    assert units.loc[7, "started"] == pd.Timestamp(2025, 4, 1, 11, 0, 0)
    assert units.loc[7, "finished"] == pd.Timestamp(2025, 4, 1, 11, 0, 30)
    assert units.loc[7, "seconds"] == 30
    assert units.loc[7, ["device", "language"]].tolist() == ["Telefon", "Slovenščina"]


@pytest.mark.parametrize("junk", ["00.00.0000 00:00:00", "30.11.-0001 00:00:00", "", "31.02.2025 11:00:00"])
def test_times_that_are_none_are_missing(tmp_path, junk):
    line = unit(1, 6, cells=FIRST).replace('="01.04.2025 11:00:00"', f'="{junk}"')
    units = of(line, unit(2, 5))(tmp_path).units
    assert units["started"].isna().tolist() == [True, False]
    assert units["seconds"].isna().tolist() == [True, False]


def broken(*cells):
    return ";".join(f'="{cell}"' for cell in cells)


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (("0", "1", "0", "-2", "-3", "-3", "-3"), "Q2a"),
        (("0", "1", "0", "-2", "4", "5", "-3"), "Q3"),
        (("0", "1", "0", "-2", "-1", "5", "-1"), None),
        (("-3",) * 7, "Q1a"),
        (("0", "1", "0", "-3", "4", "5", "tišje"), None),  # typed, for the tail is of whole questions to the end
    ],
)
def test_break_off_is_the_first_column_of_the_tail(tmp_path, cells, first):
    raw = of(unit(1, 6, cells=FIRST), unit(2, 5, cells=broken(*cells)))(tmp_path)
    assert raw.units["break_off"].tolist()[1] == first or (first is None and math.isnan(raw.units["break_off"].iloc[1]))


def test_data_only_has_units_without_status(tmp_path):
    raw = read(wave_of(tmp_path, EXAMPLE))
    assert raw.units["status"].isna().all()
    assert not raw.units["test"].any()
    assert raw.units["break_off"].tolist()[1] == "Q2a"
    assert raw.units["usability"].tolist() == ["usable", "partly_usable"]  # 1 - 3/7 = 57 %
    assert "no id, no status" in said(raw)


def test_survey_holds_the_units(tmp_path):
    survey = kzm.load(wave_of(tmp_path, with_paradata(unit(7, 6, cells=FIRST), unit(3, 5), unit(4, 3, lurker=1))))
    assert survey.units["status"].tolist() == [6, 5, 3]
    assert survey.units.loc[3, "ucl"] == pytest.approx(4 / 7)


def identified():
    """Export with password, IP and e-mail."""
    meta, labels = META.replace("recnum;", "recnum;code;"), META_LABELS.replace("number;", "number;Geslo;")
    names = meta + "email;" + NAMES + "usr_from_cms;" + PARA.replace("Browser;", "IP;Browser;", 1)
    label = labels + "E-mail;" + LABELS + "E-mail;" + PARA_LABELS.replace("Brskalnik;", "IP;Brskalnik;", 1)
    line = unit(7, 6, cells='="ana@primer.si";' + FIRST + ';="ana@primer.si"')
    line = line.replace('="7";', '="7";="gx71ab";').replace(f'="{BROWSER}"', f'="193.2.1.66";="{BROWSER}"')
    return csv_of(line, names=names, labels=label)


def test_identifiers_do_not_leave_the_loader(tmp_path):
    raw = read(wave_of(tmp_path, identified(), n=1))
    assert not {"email", "code", "usr_from_cms", "IP"} & {*raw.cells, *raw.units}
    for frame in (raw.cells, raw.units):
        assert not frame.astype("str").isin(["ana@primer.si", "gx71ab", "193.2.1.66"]).any(axis=None)
    assert "identifiers of respondents (code, email, usr_from_cms)" in said(raw)
    assert cells_of(raw)["Q3"] == ["Več d'oseb, manj  hrupa"]
    assert raw.units["ucl"].tolist() == [1]


def test_a_question_of_the_codebook_is_no_identifier(tmp_path):
    change = ("n = 2", 'n = 2\ncolumns = { change = "drugo" }')
    raw = read(wave_of(tmp_path, csv_of(FIRST, names=NAMES.replace("Q3", "drugo")), change=change))
    assert raw.cells["drugo"].tolist() == ["Več d'oseb, manj  hrupa"]
    assert "identifiers" not in said(raw)


def test_export_of_identifiers_only_is_refused(tmp_path):
    content = csv_of('="ana@primer.si";="Ana"', names="email;ime;", labels="E-mail;Ime;")
    with pytest.raises(kzm.DataError, match=r"only identifiers of respondents \(email, ime\)") as caught:
        read(wave_of(tmp_path, content))
    assert "ana@" not in str(caught.value)


def test_ids_of_another_column(tmp_path):
    raw = read(wave_of(tmp_path, identified(), n=1, change=("n = 1", 'n = 1\nid = "code"')))
    assert raw.cells.index.tolist() == ["gx71ab"]
    with pytest.raises(kzm.DataError, match="no id column 'sifra'"):
        read(wave_of(tmp_path, identified(), n=1, change=("n = 1", 'n = 1\nid = "sifra"')))


def sav_frame(**changed):
    """Cells as a .SAV of the server holds them: numbers as floats, apostrophes as backticks."""
    nan = float("nan")
    columns = {
        "status": [6.0, 5.0, 3.0], "lurker": [0.0, 0.0, 1.0], "recnum": [7.0, 3.0, 4.0],
        "Q1a": [1.0, 0.0, -5.0], "Q1b": [0.0, 1.0, -5.0], "Q1c": [1.0, 0.0, -5.0],
        "Q1c_text": ['radio; \\"Val\\" 202', "-2", "-5"], "Q2a": [4.0, -3.0, -5.0], "Q2b": [5.0, -3.0, -5.0],
        "Q3": ["Več d\\`oseb, manj  hrupa", "-3", "-5"], "Device": ["Telefon", "", ""],
        "Language_meta": ["Slovenščina", "Slovenščina", nan],
    }  # fmt: skip
    return pd.DataFrame(columns | changed)


def test_sav_of_the_server_ends_like_the_others(tmp_path):
    folder = wave_of(tmp_path)
    wave, _ = read_wave(folder)
    labels = {"Q2a": {-1.0: "Ni odgovoril", -11.0: "Ne vem", -96.0: "Drugo"}, "Q3": {"-1": "-1: Ni odgovoril"}}
    raw = finish(sav_frame(), wave, "1ka_sav", "sum 2025: a.sav", columns=list(CELLS), value_labels=labels,
                 user_missing={"Q2a": ((-99.0, -1.0),)})  # fmt: skip
    assert raw.cells.index.tolist() == [7, 3]
    assert raw.cells["Q1c_text"].tolist() == ['radio; "Val" 202', "-2"]
    assert raw.cells["Q3"].tolist() == ["Več d'oseb, manj  hrupa", "-3"]
    assert raw.cells["Q2a"].tolist() == [4.0, -3.0]
    assert raw.dropped == {"status": 1}
    assert raw.missing_codes[-11] == "dont_know"
    assert raw.missing_codes[-3] == "break_off"
    assert raw.units.loc[3, "break_off"] == "Q2a"
    assert raw.units.loc[3, "ucl"] == pytest.approx(4 / 7)
    assert raw.units["language"].notna().tolist() == [True, True, False]
    assert raw.user_missing == {"Q2a": ((-99.0, -1.0),)}
    assert {"status", "recnum", "Language"} <= raw.other_columns


def test_numbers_and_texts_are_classified_alike():
    frame = pd.DataFrame({"a": [1.0, -1.0, np.nan, -3.0], "b": ["x", "-1", "", "-3"]})
    why = classify(frame, {-1: "no_answer", -3: "break_off"})
    assert (why.of[:, 0] == why.of[:, 1]).all()
    assert why.are("no_answer")[:, 1].tolist() == [False, True, False, False]


def test_a_label_that_the_file_gives_to_another_code_frees_the_usual_one():
    # -10 is "Ni odgovoril" here, so -1 "Ni zame" is a code of the owner's and no second "no answer".
    codes, unnamed = missing_codes({-10: "Ni odgovoril", -1: "Ni zame"}, {})
    assert codes[-10] == "no_answer"
    assert -1 not in codes
    assert unnamed == {-1: "Ni zame"}
