import copy
import json

import numpy as np
import pytest

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.sistat import read_population_table

# Two settlements x one year x two contents, in the shape of table 05C5003S: the second settlement has fewer than ten
# residents, so its detail is withheld. Sum of the published cells: 120 + 30 + 7 = 157.
SETTLEMENTS = {
    "class": "dataset",
    "version": "2.0",
    "label": "Prebivalstvo po NASELJE ,  LETO ,  MERITVE",
    "source": "Statistični urad Republike Slovenije",
    "updated": "2021-06-15T08:30:00Z",
    "id": ["OBČINA/NASELJE", "LETO", "MERITVE"],
    "size": [2, 1, 2],
    "dimension": {
        "OBČINA/NASELJE": {
            "label": "OBČINA/NASELJE",
            "category": {
                "index": {"050002": 1, "050001": 0},
                "label": {"050001": "Črni Kal", "050002": "Žusterna"},
            },
        },
        "LETO": {"label": "LETO", "category": {"label": {"2021": "2021"}}, "extension": {"show": "value"}},
        "MERITVE": {"category": {"index": ["1", "2"]}},
    },
    "value": [120, 30, 7, None],
    "status": {"3": "z"},
    "role": {"time": ["LETO"]},
    "extension": {"px": {"decimals": 0}},
}


@pytest.fixture
def read(tmp_path):
    def _read(document, **changes):
        path = tmp_path / "table.txt"  # the name tells nothing
        document = {**copy.deepcopy(document), **changes}
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return read_population_table(path)

    return _read


def test_dimensions_come_in_the_order_of_id_and_categories_in_that_of_index(read):
    table = read(SETTLEMENTS)
    assert [d.code for d in table.dimensions] == ["OBČINA/NASELJE", "LETO", "MERITVE"]
    assert table.dimensions[0].codes == ("050001", "050002")
    assert table.dimensions[0].labels == ("Črni Kal", "Žusterna")
    assert table.dimensions[1].codes == ("2021",)
    assert table.dimensions[2].text == "MERITVE"
    assert table.dimensions[2].labels == ("1", "2")
    np.testing.assert_array_equal(table.values, [[[120, 30]], [[7, np.nan]]])
    assert table.marks == {(1, 0, 1): "z"}
    assert table.title == "Prebivalstvo po NASELJE, LETO, MERITVE"
    assert (table.source, table.updated) == ("Statistični urad Republike Slovenije", "2021-06-15T08:30:00Z")


@pytest.mark.parametrize(
    ("value", "status", "marks"),
    [
        ([120, 30, 7, None], None, {(1, 0, 1): ""}),
        ({"0": 120, "1": 30, "2": 7}, None, {(1, 0, 1): ""}),
        ({"2": 7, "0": 120, "1": 30}, {"3": "..."}, {(1, 0, 1): "..."}),
        ([120, 30, 7, None], [None, "M", "", "z"], {(1, 0, 1): "z"}),
        ([120, 30, 7, None], "p", {(1, 0, 1): "p"}),
        ([120, 30, 7, None], ["p"], {(1, 0, 1): "p"}),
        (["120", "30", "7", "z"], None, {(1, 0, 1): "z"}),
        ([120, 30, 7, 0], {"3": "z"}, {(1, 0, 1): "z"}),  # a filled-in 0 under z is no count
    ],
)
def test_values_and_statuses_of_every_layout_are_read(read, value, status, marks):
    table = read(SETTLEMENTS, value=value, status=status)
    assert np.nansum(table.values) == 157
    assert table.marks == marks


@pytest.mark.parametrize("cell", [0, None])
def test_no_occurrence_and_a_published_zero_are_zero(read, cell):
    table = read(SETTLEMENTS, value=[120, 30, 7, cell], status={"3": "-"} if cell is None else None)
    assert table.values[1, 0, 1] == 0
    assert table.marks == {}


def test_old_wrapper_with_id_and_size_among_the_dimensions_is_read(read):
    inner = {key: SETTLEMENTS[key] for key in ("label", "source", "updated", "value", "status")}
    inner["dimension"] = SETTLEMENTS["dimension"] | {key: SETTLEMENTS[key] for key in ("id", "size", "role")}
    table = read({"dataset": inner})
    assert np.nansum(table.values) == 157
    assert table.dimensions[0].labels == ("Črni Kal", "Žusterna")


def changed(name, **category):
    dimension = copy.deepcopy(SETTLEMENTS["dimension"])
    dimension[name]["category"] = category
    return {"dimension": dimension}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"value": [1, 2, 3]}, "value holds 3 cells, but size makes 4"),
        ({"value": {"4": 1}}, "'4' is not a position from 0 to 3"),
        ({"value": {"01": 1}}, "'01' is not a position"),
        ({"value": [1, 2, True, 4]}, "value 2: True is not a number"),
        ({"value": [1, 2, [3], 4]}, r"value 2: \[3\] is not a number"),
        ({"value": [1, 2, "3 000", 4]}, "value 2: '3 000' is neither a number nor a mark"),
        ({"value": [1, 2, 10**400, 4]}, "value 2: a number has more digits than any count"),
        ({"value": [1, 2, 2**54, 4]}, "more than can be counted exactly"),
        ({"value": [None] * 4}, "no cell holds a number"),
        ({"value": 5}, "must be an object, found 5"),
        ({"status": {"2": "-"}}, r"'-' \(no occurrence\) stands beside the number 7"),
        ({"status": ["z", "z"]}, "status holds 2 cells"),
        ({"status": [1, 2, 3, 4]}, "status 0 must be a text"),
        ({"size": [2, 1]}, "size must hold one whole number"),
        ({"size": [2, True, 2]}, "size must hold one whole number"),
        ({"size": [2, 0, 2]}, "size must hold one whole number"),
        ({"size": [10**9, 10**9, 10**9]}, "make more than 2,000,000 cells"),
        ({"id": []}, "size must hold"),
        ({"id": ["LETO", "LETO", "LETO"], "size": [1, 1, 1], "value": [1], "status": None}, "'LETO' stands twice"),
        ({"id": ["OBČINE", "LETO", "MERITVE"]}, "dimension 'OBČINE' must be an object, found None"),
        (changed("MERITVE", index=["1", "1"]), "dimension 'MERITVE': category '1' stands twice"),
        (changed("MERITVE", index={"1": 0, "2": 2}), "must number its categories 0 to 1"),
        (changed("MERITVE", index={"1": 0, "2": False}), "must number its categories 0 to 1"),
        (changed("MERITVE", index=["1"]), "1 categories, but size says 2"),
        (changed("MERITVE", label={"1": "a", "2": "b"}), "index may be absent only where one category"),
        (changed("MERITVE", index=["1", "2"], label={"3": "c"}), "label for '3'"),
        (changed("MERITVE", index=["1", ""]), "a category without a code"),
        (changed("MERITVE", index=["1", "a\nb"]), "control character"),
        (changed("MERITVE", index=["1", "STATISTIÈNA"]), "wrong code page"),
        ({"label": 3}, "label must be a text"),
    ],
)
def test_dataset_that_contradicts_itself_is_refused(read, changes, match):
    with pytest.raises(WeightingError, match=match) as caught:
        read(SETTLEMENTS, **changes)
    assert "table.txt: " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"value": [NaN], "dimension": {}}', "NaN stands where a number"),
        ('{"value": [-Infinity]}', "-Infinity stands where"),
        ('{"value": [1', "line 1, column 13: not JSON"),
        ('{"value": 1, "value": 2}', "'value' stands twice in one object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"value": ' + "9" * 5000 + "}", "more digits than any count"),
        ("[1, 2]", "the file must be an object"),
        ('{"title": "x", "variables": []}', "description of a table, not its data"),
        ('{"query": [], "response": {"format": "json-stat2"}}', "this is the query, not its answer"),
        ('{"class": "collection", "link": {"item": []}}', "collection, which only points to tables"),
        ('{"error": "Bad Request"}', "refusal of the server"),
        ("{}", "JSON without a table"),
    ],
)
def test_json_that_is_no_table_is_refused(tmp_path, text, match):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(WeightingError, match=match):
        read_population_table(tmp_path / "a.json")


# PxWeb's own answer: Slovenia and Koper, two ages; 19565 + 19260 + 480 = 39305, the fourth is withheld.
ANSWER = {
    "columns": [
        {"code": "OBČINE", "text": "OBČINE", "comment": "<A HREF=x>opis</A>\r\n", "type": "d"},
        {"code": "POLLETJE", "text": "POLLETJE", "type": "t"},
        {"code": "STAROST", "text": "STAROST", "type": "d"},
        {"code": "Prebivalstvo", "text": "Prebivalstvo", "type": "c"},
    ],
    "comments": [{"variable": "POLLETJE", "value": "2021H1", "comment": "<b>popis</b>\r\n"}],
    "data": [
        {"key": ["0", "2021H1", "0"], "values": ["19565"]},
        {"key": ["0", "2021H1", "1"], "values": ["19260"]},
        {"key": ["050", "2021H1", "0"], "values": ["480"]},
        {"key": ["050", "2021H1", "1"], "values": ["z"]},
    ],
}


def test_answer_of_pxweb_is_read_with_codes_for_labels(read):
    table = read(ANSWER)
    assert [(d.code, d.codes) for d in table.dimensions] == [
        ("OBČINE", ("0", "050")),
        ("POLLETJE", ("2021H1",)),
        ("STAROST", ("0", "1")),
    ]
    np.testing.assert_array_equal(table.values, [[[19565, 19260]], [[480, np.nan]]])
    assert table.marks == {(1, 0, 1): "z"}
    assert (table.title, table.source, table.updated) == ("Prebivalstvo", "", "")


def test_several_contents_of_an_answer_are_the_last_dimension(read):
    columns = [
        ANSWER["columns"][0],
        {"code": "m", "text": "Moški", "type": "c"},
        {"code": "f", "text": "", "type": "c"},
    ]
    data = [{"key": ["050"], "values": ["3", "4"]}, {"key": ["0"], "values": ["5", "-"]}]
    table = read({"columns": columns, "data": data, "metadata": [{"label": "Naslov", "updated": "2021-01-01"}]})
    assert [(d.code, d.codes) for d in table.dimensions] == [("OBČINE", ("050", "0")), ("CONTENTS", ("m", "f"))]
    np.testing.assert_array_equal(table.values, [[3, 4], [5, 0]])
    assert (table.title, table.updated) == ("Naslov", "2021-01-01")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"data": []}, "holds no data"),
        ({"data": [ANSWER["data"][0]] * 2}, "entry 1: key '0, 2021H1, 0' stands twice"),
        ({"data": [{"key": ["0"], "values": ["1"]}]}, "entry 0: 3 keys and 1 values are needed"),
        ({"data": [{"key": ["0", "2021H1", "0"], "values": [True]}]}, "True is not a number"),
        ({"data": [{"key": ["0", "2021H1", 0], "values": ["1"]}]}, "entry 0, key must be a text"),
        ({"data": [{"key": [str(n)] * 3, "values": ["1"]} for n in range(200)]}, "200 x 200 x 200"),
        ({"columns": [{"code": "a", "text": "a"}]}, "type must be d, t or c, found None"),
        ({"columns": ANSWER["columns"][:3]}, "3 keys and 0 values are needed"),
    ],
)
def test_answer_that_contradicts_itself_is_refused(read, changes, match):
    with pytest.raises(WeightingError, match=match):
        read(ANSWER, **changes)
