"""Tables of the statistical office to margins. All numbers are invented and small enough to add by hand."""

import csv
import datetime
import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from kzm_surveys import CodebookError, WeightingError
from kzm_surveys.codebook import read_codebook
from kzm_surveys.wave import Fieldwork, OfficialMargins, read_wave
from kzm_surveys.weighting.age_groups import parse_age
from kzm_surveys.weighting.population import map_population, map_tables, nearest_half_year
from kzm_surveys.weighting.population_query import table_request
from kzm_surveys.weighting.population_table import Dimension, PopulationTable
from kzm_surveys.weighting.sistat import read_population_table

WAVE = read_wave("surveys/noise/2021")
WORD = {1: "leto", 2: "leti", 3: "leta", 4: "leta"}
SINGLE = [str(age) for age in range(85)] + ["85"]
SINGLE_LABELS = [f"{age} {WORD.get(age % 100, 'let')}" for age in range(85)] + ["85 + let"]
SEX = Dimension("SPOL", "SPOL", ("1", "2"), ("Moški", "Ženske"))
SEX_AND_AGE = {
    "sex": {"dimension": "SPOL", "codes": {"male": "1", "female": "2"}, "totals": ["0", "Spol - SKUPAJ"]},
    "age_group": {"dimension": "STAROST", "totals": ["999", "Starost - SKUPAJ"]},
}  # fmt: skip


def ages(labels, codes=None):
    return Dimension("STAROST", "STAROST", tuple(codes or labels), tuple(labels))


def table(*dimensions, values, places=("050",), place_labels=("Koper/Capodistria",), periods=("2022H1",), marks=None):
    whole = (Dimension("OBČINE", "OBČINE", places, place_labels), Dimension("POLLETJE", "POLLETJE", periods, periods))
    shape = tuple(len(dimension.codes) for dimension in (*whole, *dimensions))
    filled = np.broadcast_to(np.asarray(values, float), shape).copy()
    return PopulationTable("Prebivalstvo", "SURS", "2022-05-13T10:30:00Z", (*whole, *dimensions), filled, marks or {})


def wave_with(variables, **facts):
    entry = {"table": "05C4002S", "population": "odrasli", "variables": variables} | facts
    spec = {"municipality": "050", "municipality_name": "Koper", "tables": [entry]}
    return WAVE[0].model_copy(update={"margins": OfficialMargins.model_validate(spec)})


def mapped(source, variables=None, codebook=WAVE[1], **facts):
    wave = wave_with(variables or {"age_group": SEX_AND_AGE["age_group"]}, **facts)
    (margin,) = map_population(wave, codebook, {Path("table.json"): source}).tables.values()
    return margin


def test_single_years_are_summed_to_bands_by_sex():
    men, women = np.ones(86), np.full(86, 2)
    women[85] = 10
    margin = mapped(table(SEX, ages(SINGLE_LABELS, SINGLE), values=np.stack([men, women])), SEX_AND_AGE)
    # 18-39 and 40-61: 22 years each; 62-85: 24 rows. Men 1 each; women 2 each and 10 in the open row: 23 * 2 + 10.
    assert margin.name == "sex*age_group"
    assert list(margin.targets.items()) == [
        (("male", "18_39"), 22), (("male", "40_61"), 22), (("male", "62_plus"), 24),
        (("female", "18_39"), 44), (("female", "40_61"), 44), (("female", "62_plus"), 56),
    ]  # fmt: skip
    # 18 years under 18: 18 men and 36 women.
    assert margin.provenance == {
        "population": "odrasli", "date": "2022-01-01", "status": "official",
        "source": "SURS, SiStat, 05C4002S, 2022H1, 2022-05-13", "left_out": "STAROST 0 let ... 17 let: 54",
        "total": "212",
    }  # fmt: skip


def test_totals_named_in_the_wave_are_never_added():
    sex = Dimension("SPOL", "SPOL", ("0", "1", "2"), ("Spol - SKUPAJ", "Moški", "Ženske"))
    age = ages([*SINGLE_LABELS, "Starost - SKUPAJ"], [*SINGLE, "999"])
    values = np.ones((3, 87))
    values[0], values[:, 86] = 1000, 5000
    margin = mapped(table(sex, age, values=values), SEX_AND_AGE)
    assert list(margin.targets.values()) == [22, 22, 24, 22, 22, 24]


def test_total_that_is_not_named_is_refused():
    with pytest.raises(WeightingError, match=r"from 'SKUPAJ' no ages can be read.*'totals'"):
        mapped(table(ages(["SKUPAJ", *SINGLE_LABELS]), values=1))
    sex = Dimension("SPOL", "SPOL", ("T", "1", "2"), ("Vsi", "Moški", "Ženske"))
    with pytest.raises(WeightingError, match=r"no category of 'sex' is made of T \(Vsi\)"):
        mapped(table(sex, values=1), {"sex": SEX_AND_AGE["sex"]})


def test_groups_that_hold_the_same_ages_are_not_added_twice():
    with pytest.raises(WeightingError, match="'0-17 let' and '15-17 let' hold the same ages"):
        mapped(table(ages(["0-17 let", "15-17 let", "18-39 let", "40-61 let", "62+"]), values=1))


def test_groups_that_end_where_bands_end_are_summed():
    labels = ["62 + let", "0-17 let", "18-29 let", "30–39 let", "40-61 let"]
    margin = mapped(table(ages(labels), values=[5, 1, 2, 3, 4]))
    assert margin.targets == {("18_39",): 5, ("40_61",): 4, ("62_plus",): 5}
    assert margin.provenance["left_out"] == "STAROST 0-17 let: 1"


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (["15-19 let", "20-39 let", "40-61 let", "62+"], "'15-19 let' lies across the border 18 of band '18_39'"),
        (["18-39 let", "40-64 let", "65+"], "'40-64 let' lies across the border 61 of band '40_61'"),
        (["18-39 let", "40-59 let", "60+"], r"'60\+' lies across the border 61 of band '40_61'"),
        (["18-39 let", "40-50 let", "52-61 let", "62+"], "band '40_61' needs the age 51, and"),
        (["18-39 let", "40-60 let", "62+"], "band '40_61' needs the age 61, and"),
        (["18-39 let", "40-61 let", "62-99 let"], "band '62_plus' needs the age 100 and over"),
        (["18-39 let", "40-61 let", "62 let in več"], "from '62 let in več' no ages can be read.*'open_top'"),
        (["do 17 let", "18-39 let", "40-61 let", "62+"], "from 'do 17 let' no ages can be read.*'left_out'"),
    ],
)
def test_ages_that_do_not_make_the_bands_are_refused_and_named(labels, match):
    with pytest.raises(WeightingError, match=f"table.json .*STAROST: {match}"):
        mapped(table(ages(labels), values=1))


def test_open_group_in_words_and_people_outside_can_be_named():
    labels = ["do 17 let", "18-39 let", "40-61 let", "62 let in več"]
    spec = {"dimension": "STAROST", "left_out": "do 17 let", "open_top": "62 let in več"}
    margin = mapped(table(ages(labels), values=[9, 1, 2, 3]), {"age_group": spec})
    assert list(margin.targets.values()) == [1, 2, 3]
    assert margin.provenance["left_out"] == "STAROST do 17 let: 9"


def test_band_without_a_lowest_age_needs_that_of_the_population():
    codebook = read_codebook("surveys/breastfeeding/codebook.toml")
    source = table(ages(SINGLE_LABELS), values=1)
    with pytest.raises(WeightingError, match="band 'under_30' has no lowest age"):
        mapped(source, {"age_group": {"dimension": "STAROST"}}, codebook)
    margin = mapped(source, {"age_group": {"dimension": "STAROST", "lowest": 15, "highest": 49}}, codebook)
    # 15-29, 30-34 and 35-49: 15, 5 and 15 years.
    assert margin.targets == {("under_30",): 15, ("30_34",): 5, ("35_plus",): 15}


@pytest.mark.parametrize(
    ("label", "ages"),
    [("0 let", (0, 0)), ("1 leto", (1, 1)), ("2 leti", (2, 2)), ("3 leta", (3, 3)), ("85 + let", (85, np.inf)),
     ("85+", (85, np.inf)), ("85 let +", (85, np.inf)), ("20-24 let", (20, 24)), ("20 – 24", (20, 24)),
     ("84 years", (84, 84)), ("85 years and over", None), ("85 and over", None), ("24-20", None), ("let", None),
     ("", None), ("18-39+", None)],
)  # fmt: skip
def test_ages_are_read_from_numbers_and_not_from_words(label, ages):
    assert parse_age(label) == ages


def test_withheld_cell_is_refused_with_its_mark_where_it_is_needed():
    values = np.ones(86)
    values[[40, 41]] = np.nan
    marks = {(0, 0, 40): "z", (0, 0, 41): "..."}
    with pytest.raises(
        WeightingError, match=r"2 needed cells are withheld or missing \(STAROST 40 let: 'z'; STAROST 41"
    ):
        mapped(table(ages(SINGLE_LABELS), values=values, marks=marks))


def test_withheld_cell_of_people_left_out_is_said():
    values = np.ones(86)
    values[3] = np.nan
    margin = mapped(table(ages(SINGLE_LABELS), values=values, marks={(0, 0, 3): "z"}))
    assert margin.provenance["left_out"] == "STAROST 0 let ... 17 let: ?"


def test_the_municipality_is_picked_and_another_is_refused():
    values = np.array([[[[7]], [[1]]], [[[8]], [[2]]]]).reshape(2, 2, 1) * np.ones((2, 2, 2))
    both = {"places": ("0", "050"), "place_labels": ("SLOVENIJA", "Koper/Capodistria"), "periods": ("2021H2", "2022H1")}
    assert mapped(table(SEX, values=values, **both), {"sex": SEX_AND_AGE["sex"]}).targets == {
        ("male",): 2,
        ("female",): 2,
    }
    with pytest.raises(WeightingError, match=r"OBČINE: unknown code '050'.*213 \(Ankaran/Ancarano\)"):
        mapped(table(SEX, values=1, places=("213",), place_labels=("Ankaran/Ancarano",)), {"sex": SEX_AND_AGE["sex"]})
    with pytest.raises(WeightingError, match="POLLETJE: unknown code '2022H1'"):
        mapped(table(SEX, values=1, periods=("2021H1",)), {"sex": SEX_AND_AGE["sex"]})


def test_code_and_name_of_different_municipalities_are_refused():
    places = {"places": ("050", "213"), "place_labels": ("Piran/Pirano", "Koper/Capodistria")}
    with pytest.raises(WeightingError, match=r"OBČINE: '050' is Piran/Pirano and 'Koper' is Koper/Capodistria"):
        mapped(table(SEX, values=1, **places), {"sex": SEX_AND_AGE["sex"]})


def test_negative_number_is_refused_where_it_is_needed():
    values = np.ones(86)
    values[40] = -1
    with pytest.raises(WeightingError, match="a needed cell holds -1; persons cannot be fewer than none"):
        mapped(table(ages(SINGLE_LABELS), values=values))


def test_file_without_codes_is_matched_by_labels():
    sex = Dimension("SPOL", "SPOL", ("Spol - SKUPAJ", "Moški", "Ženske"), ("Spol - SKUPAJ", "Moški", "Ženske"))
    source = table(sex, values=[30, 10, 20], places=("Koper/Capodistria",))
    assert mapped(source, {"sex": SEX_AND_AGE["sex"]}).targets == {("male",): 10, ("female",): 20}


@pytest.mark.parametrize("center", ["Koper-Center", "Koper - Center", "KOPER – CENTER"])
def test_places_are_matched_in_any_spelling_and_grouped_as_in_the_codebook(center):
    codebook = WAVE[1]
    labels = [category.label["sl"] for category in codebook["local_community"].categories]
    spelt = [center if label.replace(" ", "").replace("–", "-") == "Koper-Center" else label for label in labels]
    assert center in spelt
    place = Dimension("KS", "KRAJEVNA SKUPNOST", tuple(str(n) for n in range(len(labels))), tuple(spelt))
    margin = mapped(table(place, values=1), {"place_type": {"dimension": "KS"}}, use_as="share")
    # 5, 7 and 10 of the 22 communities are city, suburb and countryside.
    assert margin.kind == "share"
    assert [22 * share for share in margin.targets.values()] == pytest.approx([5, 7, 10])


def test_category_that_the_table_lacks_is_refused():
    one = Dimension("SPOL", "SPOL", ("1",), ("Moški",))
    with pytest.raises(WeightingError, match=r"SPOL: nothing found for category 'female'.*Allowed: 1 \(Moški\)"):
        mapped(table(one, values=1), {"sex": SEX_AND_AGE["sex"]})


def test_codes_that_are_swapped_are_refused():
    with pytest.raises(WeightingError, match="code '2' is given for category 'male', but the table calls it 'Ženske'"):
        mapped(table(SEX, values=1), {"sex": {"dimension": "SPOL", "codes": {"male": "2", "female": "1"}}})


def test_further_dimension_needs_a_choice():
    measure = Dimension("MERITVE", "MERITVE", ("1", "2"), ("Število", "Delež"))
    source = table(SEX, measure, values=[[3, 30], [4, 40]])
    with pytest.raises(WeightingError, match="dimension 'MERITVE' has 2 codes and no use"):
        mapped(source, {"sex": SEX_AND_AGE["sex"]})
    margin = mapped(source, {"sex": SEX_AND_AGE["sex"]}, only={"MERITVE": "Število"})
    assert margin.targets == {("male",): 3, ("female",): 4}


def test_unknown_dimension_is_refused():
    with pytest.raises(WeightingError, match="unknown dimension 'SPOLL'; did you mean 'SPOL'"):
        mapped(table(SEX, values=1), {"sex": SEX_AND_AGE["sex"] | {"dimension": "SPOLL"}})


def test_a_file_belongs_to_the_table_in_its_name_or_of_its_dimensions():
    entries = [{"table": "A1", "population": "x", "variables": {"sex": SEX_AND_AGE["sex"]}},
               {"table": "B2", "population": "x", "variables": {"age_group": SEX_AND_AGE["age_group"]}}]  # fmt: skip
    spec = OfficialMargins.model_validate({"municipality": "050", "tables": entries})
    wave = WAVE[0].model_copy(update={"margins": spec})
    by_sex, by_age = table(SEX, values=34), table(ages(SINGLE_LABELS), values=1)
    for names in (("x.json", "y.json"), ("a1.json", "B2_050.csv")):
        made = map_tables(wave, WAVE[1], dict(zip(map(Path, reversed(names)), (by_age, by_sex), strict=True)))
        assert [list(margin.targets.values()) for margin in made] == [[34, 34], [22, 22, 24]]
    with pytest.raises(WeightingError, match=r"several files may be table A1: x\.json, z\.json"):
        map_tables(wave, WAVE[1], {Path("x.json"): by_sex, Path("y.json"): by_age, Path("z.json"): by_sex})
    with pytest.raises(WeightingError, match=r"none of the files is table B2: x\.json"):
        map_tables(wave, WAVE[1], {Path("x.json"): by_sex})
    odd = table(Dimension("KRAJ", "KRAJ", ("a",), ("a",)), values=1)
    with pytest.raises(WeightingError, match=r"odd\.json: no table of"):
        map_tables(wave, WAVE[1], {Path("a1"): by_sex, Path("b2"): by_age, Path("odd.json"): odd})


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        ("2021-11-24", "2021-12-02", "2022H1"),
        ("2022-03-15", "2022-03-15", "2022H1"),
        ("2022-04-15", "2022-04-15", "2022H2"),
        # 1 July 2021 and 1 January 2022 are 184 days apart, and 1 October is 92 from both.
        ("2021-10-01", "2021-10-01", "2021H2"),
    ],
)
def test_default_half_year_is_the_nearest(first, last, period):
    day = datetime.date.fromisoformat
    assert nearest_half_year(Fieldwork(first=day(first), last=day(last))) == period


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_real_formats_give_the_same_margins(tmp_path, ending):
    counts = {"Moški": 1, "Ženske": 2}
    path = tmp_path / f"05C4002S.{ending}"
    if ending == "json":
        dimension = {
            "OBČINE": {"label": "OBČINE", "category": {"index": {"050": 0}, "label": {"050": "Koper/Capodistria"}}},
            "POLLETJE": {"label": "POLLETJE", "category": {"index": {"2022H1": 0}, "label": {"2022H1": "2022H1"}}},
            "SPOL": {"label": "SPOL", "category": {"index": {"1": 0, "2": 1}, "label": {"1": "Moški", "2": "Ženske"}}},
            "STAROST": {"label": "STAROST", "category": {
                "index": SINGLE, "label": dict(zip(SINGLE, SINGLE_LABELS, strict=True))}},
        }  # fmt: skip
        path.write_text(json.dumps({
            "class": "dataset", "version": "2.0", "label": "Prebivalstvo", "source": "SURS", "updated": "2022-05-13",
            "id": list(dimension), "size": [1, 1, 2, 86], "dimension": dimension, "value": [1] * 86 + [2] * 86,
        }), encoding="utf-8")  # fmt: skip
    else:
        head = '"Prebivalstvo"\n\n"OBČINE";"STAROST";' + ";".join(f'"2022H1 {sex}"' for sex in counts)
        rows = (f'"Koper/Capodistria";"{label}";1;2' for label in SINGLE_LABELS)
        path.write_bytes("\n".join([head, *rows, ""]).encode("cp1250"))
    wave = wave_with(SEX_AND_AGE)
    margins = map_population(wave, WAVE[1], {path: read_population_table(path)})
    assert list(margins.tables["sex*age_group"].targets.values()) == [22, 22, 24, 44, 44, 48]


PUBLISHED = Path("surveys/noise/2021/sources/slovenia_residents_by_age.csv")


def saved_from_sistat(counts):
    """Single years of Slovenia in every format of SiStat: name of the file -> its bytes."""
    codes, labels = ["999", *SINGLE], ["Starost - SKUPAJ", *SINGLE_LABELS]
    quoted = (",".join(f'"{text}"' for text in texts) for texts in (labels, codes))
    category = {"index": codes, "label": dict(zip(codes, labels, strict=True))}
    one = {"OBČINE": {"0": "SLOVENIJA"}, "POLLETJE": {"2021H1": "2021H1"}}
    dimension = {name: {"category": {"label": label}} for name, label in one.items()} | {
        "STAROST": {"category": category}
    }
    jsonstat = {"class": "dataset", "version": "2.0", "id": list(dimension), "size": [1, 1, 87], "value": counts,
                "dimension": dimension}  # fmt: skip
    kinds = {"OBČINE": "d", "POLLETJE": "t", "STAROST": "d", "Prebivalstvo": "c"}
    columns = [{"code": code, "text": code, "type": kind} for code, kind in kinds.items()]
    rows = [{"key": ["0", "2021H1", code], "values": [str(n)]} for code, n in zip(codes, counts, strict=True)]
    numbers = " ".join(map(str, counts))
    px = (f'CODEPAGE="windows-1250";\nSTUB="OBČINE";\nHEADING="POLLETJE","STAROST";\nVALUES("OBČINE")="SLOVENIJA";\n'
          f'CODES("OBČINE")="0";\nVALUES("POLLETJE")="2021H1";\nVALUES("STAROST")={next(quoted)};\n'
          f'CODES("STAROST")={next(quoted)};\nDATA=\n{numbers};\n')  # fmt: skip
    heading = ";".join(f'"2021H1 {label}"' for label in labels)
    wide = f'"Prebivalstvo"\r\n\r\n"OBČINE";{heading}\r\n"SLOVENIJA";{";".join(map(str, counts))}\r\n'
    lines = [f'"SLOVENIJA","2021H1","{label}",{n}' for label, n in zip(labels, counts, strict=True)]
    long = "\r\n".join(['"Prebivalstvo"', '"OBČINE","POLLETJE","STAROST","DATA"', *lines, ""])
    answer = {"columns": columns, "data": rows}
    return {
        "jsonstat.json": json.dumps(jsonstat).encode(), "answer.json": json.dumps(answer).encode(),
        "table.px": px.encode("cp1250"), "wide.csv": wide.encode("cp1250"), "long.csv": long.encode("cp1250"),
    }  # fmt: skip


def test_every_format_gives_the_published_adults_of_slovenia(tmp_path):
    # SURS: 2,108,977 residents on 1 January 2021; 0 to 17 years: the first eighteen rows of the published table.
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        counts = [int(row["population"]) for row in csv.DictReader(file)]
    children = sum(counts[:18])
    entry = {"table": "05C4003S", "population": "odrasli",
             "variables": {"age_group": SEX_AND_AGE["age_group"] | {"open_top": "85"}}}  # fmt: skip
    spec = {"municipality": "0", "municipality_name": "SLOVENIJA", "period": "2021H1", "tables": [entry]}
    wave = WAVE[0].model_copy(update={"margins": OfficialMargins.model_validate(spec)})
    for name, content in saved_from_sistat([2108977, *counts]).items():
        path = tmp_path / name
        path.write_bytes(content)
        margins = map_population(wave, WAVE[1], {path: read_population_table(path)})
        margin = margins.tables["age_group"]
        assert margins.total == 2108977 - children, name
        assert list(margin.targets.values()) == [sum(counts[18:40]), sum(counts[40:62]), sum(counts[62:])], name
        assert margin.provenance["date"] == "2021-01-01"
        assert margin.provenance["left_out"].startswith("STAROST 0 "), name
        assert margin.provenance["left_out"].endswith(f": {children}"), name


def test_query_asks_for_what_the_wave_needs():
    entries = wave_with(SEX_AND_AGE, only={"MERITVE": "1"}).margins.tables
    request = table_request("05C4002S", "050", "2021H1", "en", entries)
    assert (request.method, request.url) == (
        "POST", "https://pxweb.stat.si/SiStatData/api/v1/en/Data/05C4002S.px"
    )  # fmt: skip
    asked = {part["code"]: part["selection"] for part in request.body["query"]}
    assert asked == {
        "OBČINE": {"filter": "item", "values": ["050"]}, "POLLETJE": {"filter": "item", "values": ["2021H1"]},
        "MERITVE": {"filter": "item", "values": ["1"]}, "SPOL": {"filter": "item", "values": ["1", "2"]},
        "STAROST": {"filter": "all", "values": ["*"]},
    }  # fmt: skip
    assert request.body["response"] == {"format": "json-stat2"}


def wave_toml(tmp_path, *changes):
    """A copy of the noise wave whose wave.toml is changed."""
    folder = tmp_path / "noise" / "2021"
    folder.mkdir(parents=True)
    (folder.parent / "codebook.toml").write_bytes(Path("surveys/noise/codebook.toml").read_bytes())
    text = Path("surveys/noise/2021/wave.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "wave.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('sex = { dimension = "SPOL"', 'sexx = { dimension = "SPOL"', r"variables\.sexx .*unknown variable 'sexx'"),
        ('{ male = "1"', '{ man = "1"', r"codes\.man .*unknown category of 'sex' 'man'"),
        ("age_group = { dimension", "age = { dimension", "'age' has no categories"),
        ('table = "05C4002S"', 'table = "05C4002S"\nperiod = "2021"', "say with 'date' of which day"),
        ('table = "05C4002S"', 'table = "05C4002S"\nperiod = "lani"', r"tables\.0\.period"),
        ('municipality = "050"', 'municipality = "050"\nperiod = "2021"', r"margins\.period"),
        ('municipality = "050"', "municipality = 50", r"margins\.municipality .*a text in quotes"),
    ],
)
def test_wave_that_asks_for_what_is_not_there_is_refused(tmp_path, old, new, match):
    with pytest.raises(CodebookError, match=f"wave.toml: .*{match}"):
        read_wave(wave_toml(tmp_path, (old, new)))


def test_yearly_table_has_the_date_that_the_wave_says(tmp_path):
    yearly = 'table = "05C4002S"\nperiod = "2021"\nperiod_dimension = "LETO"\ndate = 2021-01-01'
    wave, codebook = read_wave(wave_toml(tmp_path, ('table = "05C4002S"', yearly)))
    place, time, *_ = table(SEX, values=1).dimensions
    time = Dimension("LETO", "LETO", ("2020", "2021"), ("2020", "2021"))
    values = np.stack([np.zeros((2, 86)), np.ones((2, 86))])[None]
    source = PopulationTable("", "", "20220513 10:30", (place, time, SEX, ages(SINGLE_LABELS, SINGLE)), values, {})
    (margin,) = map_population(wave, codebook, {Path("a.px"): source}).tables.values()
    assert margin.provenance["date"] == "2021-01-01"
    assert margin.provenance["source"] == "SURS, SiStat, 05C4002S, 2021, 2022-05-13"
    assert list(margin.targets.values()) == [22, 22, 24, 22, 22, 24]


def test_command_holds_nothing_that_a_shell_would_read():
    request = table_request(
        "A1", "050", "2021H1", "sl", wave_with(SEX_AND_AGE, only={'M "$x` %!&': "\\\\"}).margins.tables
    )
    words = shlex.split(request.curl)
    assert json.loads(words[words.index("--data") + 1]) == request.body
    assert not set("$`%!&|<>^") & set(request.curl)
    assert request.curl.isascii()
