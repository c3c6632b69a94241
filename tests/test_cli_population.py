"""kzm population from the outside: the printed request, the written margins and the exit code."""

import csv
import json
import shlex

import pytest

from kzm_surveys import read_margins

WAVE = "surveys/noise/2021"
AGES = ["0-17 let", "18-39 let", "40-61 let", "62 + let", "SKUPAJ"]


def request(out):
    """Method and address, body and command of one printed request."""
    first, _, rest = out.partition("\n")
    body, _, command = rest.partition("\n\n")[2].rpartition("\ncurl ")
    return first.split(), json.loads(body), shlex.split("curl " + command)


def saved(path, men=(9, 1, 2, 3), women=(9, 4, 5, 6), marks=None, period="2022H1"):
    """JSON-stat of invented counts of the municipality by sex and age, with a total of the ages."""
    ages = dict(zip(["a", "b", "c", "d", "999"], AGES, strict=True))
    codes = {"OBČINE": {"050": "Koper/Capodistria"}, "POLLETJE": {period: period},
             "SPOL": {"1": "Moški", "2": "Ženske"}, "STAROST": ages}  # fmt: skip
    values = [*men, 999, *women, 999]
    for place in marks or {}:
        values[int(place)] = None
    path.write_text(json.dumps({
        "class": "dataset", "version": "2.0", "label": "Prebivalstvo", "source": "SURS", "updated": "2022-05-13",
        "id": list(codes), "size": [1, 1, 2, 5], "value": values, **({"status": marks} if marks else {}),
        "dimension": {name: {"label": name, "category": {"index": list(labels), "label": labels}}
                      for name, labels in codes.items()},
    }), encoding="utf-8")  # fmt: skip
    return path


def test_plain_request_asks_for_residents_of_koper_in_the_latest_half_year(kzm):
    code, out, err = kzm("population", "--print-query")
    assert (code, err) == (0, "")
    (method, url), body, command = request(out)
    assert (method, url) == ("POST", "https://pxweb.stat.si/SiStatData/api/v1/sl/Data/05C4002S.px")
    asked = {part["code"]: part["selection"] for part in body["query"]}
    assert asked["OBČINE"] == {"filter": "item", "values": ["050"]}
    assert asked["POLLETJE"] == {"filter": "top", "values": ["1"]}
    assert (command[0], command[-1]) == ("curl", url)
    assert json.loads(command[command.index("--data") + 1]) == body


def test_request_of_a_wave_is_of_the_half_year_nearest_to_its_fieldwork(project, kzm):
    _, body, _ = request(kzm("population", WAVE, "--print-query", "--lang", "en")[1])
    asked = {part["code"]: part["selection"]["values"] for part in body["query"]}
    assert asked == {"OBČINE": ["050"], "POLLETJE": ["2022H1"], "SPOL": ["1", "2"], "STAROST": ["*"]}


def test_request_of_another_municipality_period_and_table(kzm):
    _, out, _ = kzm("population", "--print-query", "--municipality", "213", "--period", "2021H2", "--table", "05C4003S")
    (_, url), body, _ = request(out)
    asked = {part["code"]: part["selection"]["values"] for part in body["query"]}
    assert url.endswith("05C4003S.px")
    assert asked == {"OBČINE": ["213"], "POLLETJE": ["2021H2"], "STAROST": ["*"]}


def test_table_that_is_not_known_is_asked_for_its_description(kzm):
    code, out, _ = kzm("population", "--print-query", "--table", "05G2014S")
    assert code == 0
    assert out.startswith("GET https://pxweb.stat.si/SiStatData/api/v1/sl/Data/05G2014S.px\n")
    assert "--data" not in out


def test_margins_are_written_and_others_are_kept(project, kzm):
    before = (project / WAVE / "population.csv").read_text(encoding="utf-8")
    file = saved(project / "table.json")
    code, out, err = kzm("population", WAVE, "--file", file)
    assert (code, err) == (0, "")
    assert "left out: STAROST 0-17 let: 18" in out
    assert "kept as they were: sex, age_group, place_type" in out
    assert "note: wave.toml says [weighting] population = 44035, these margins sum to 21." in out
    path = project / WAVE / "population.csv"
    joint = read_margins(path, ["sex*age_group"]).tables["sex*age_group"]
    assert list(joint.targets.values()) == [1, 2, 3, 4, 5, 6]
    assert joint.provenance["source"] == "SURS, SiStat, 05C4002S, 2022H1, 2022-05-13"
    assert (joint.provenance["date"], joint.provenance["status"]) == ("2022-01-01", "official")
    kept = [row for row in csv.reader(before.splitlines()) if row[0] == "place_type"]
    now = [row for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) if row[0] == "place_type"]
    assert [row[: len(kept[0])] for row in now] == kept
    assert len(kept) == 3


def test_margins_go_where_asked(project, kzm):
    before = (project / WAVE / "population.csv").read_bytes()
    code, out, _ = kzm("population", WAVE, "--file", saved(project / "table.json"), "--out", "build/margins.csv")
    assert (code, out.splitlines()[-1]) == (0, "build/margins.csv")
    assert read_margins("build/margins.csv", ["sex*age_group"]).total == 21
    assert (project / WAVE / "population.csv").read_bytes() == before


def test_withheld_number_is_one_message_and_nothing_is_written(project, kzm):
    before = (project / WAVE / "population.csv").read_bytes()
    code, out, err = kzm("population", WAVE, "--file", saved(project / "table.json", marks={"2": "z"}))
    assert (code, out) == (1, "")
    assert "SPOL Moški, STAROST 40-61 let: 'z'" in err
    assert (project / WAVE / "population.csv").read_bytes() == before


def test_another_half_year_is_refused(project, kzm):
    code, _, err = kzm("population", WAVE, "--file", saved(project / "table.json", period="2021H1"))
    assert code == 1
    assert "unknown code '2022H1'" in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        [WAVE],
        [WAVE, "--print-query", "--file", "a.json"],
        ["--file", "a.json"],
        ["--print-query", "--period", "lani"],
        ["--print-query", "--municipality", "05/0"],
        ["--print-query", "--out", "a.csv"],
        [WAVE, "--file", "a.json", "--period", "2021H1"],
    ],
)
def test_mistyped_command_is_exit_code_two(kzm, words):
    code, out, _ = kzm("population", *words)
    assert (code, out) == (2, "")


def test_help_shows_both_steps(kzm):
    _, out, _ = kzm("population", "--help")
    assert "kzm population surveys/noise/2021 --print-query" in out
    assert "--file 05C4002S_050_2022H1.json" in out
