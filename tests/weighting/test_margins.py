import pytest

from kzm_surveys import Margins, WeightingError, read_margins


def test_unknown_margin_in_select_is_refused():
    with pytest.raises(WeightingError, match="unknown margin 'sexx'; did you mean 'sex'"):
        Margins({"sex": {"m": 1, "f": 2}}).select(("sexx",))


def test_select_keeps_the_order_asked_for_and_the_provenance():
    margins = Margins({"sex": {"m": 1, "f": 2}, "age": {"young": 3}}, {"sex": {"status": "official"}})
    assert list(margins.select(("age", "sex")).tables) == ["age", "sex"]
    assert margins.select(("sex",)).tables["sex"].provenance == {"status": "official"}


@pytest.mark.parametrize("target", [-1.0, float("nan"), float("inf")])
def test_impossible_target_is_refused(target):
    with pytest.raises(WeightingError, match="margins for 'sex': target of m is"):
        Margins({"sex": {"m": target, "f": 2.0}})


def test_totals_that_disagree_are_refused():
    with pytest.raises(WeightingError, match="disagree in total: 'sex' 100, 'age' 101"):
        Margins({"sex": {"m": 50, "f": 50}, "age": {"young": 50, "old": 51}})


@pytest.mark.parametrize(
    ("tables", "match"),
    [
        ({}, "no table given"),
        ({"sex": {}}, "targets sum to 0"),
        ({"sex": {"m": 0, "f": 0}}, "targets sum to 0"),
        ({("sex", "age"): {"m": 1}}, "does not name 2 categories"),
        ({"age": {1: 5, "1": 6}}, "category 1 stands twice"),
    ],
)
def test_table_that_is_no_margin_is_refused(tables, match):
    with pytest.raises(WeightingError, match=match):
        Margins(tables)


HEAD = "variable,category,count,use_as\n"


def test_csv_gives_counts_shares_and_provenance(tmp_path):
    path = tmp_path / "population.csv"
    path.write_text(
        "variable,category,count,use_as,date,status\nsex,m,300,count,2021-01-01,official\nsex,f,700,count,2021-01-01,official\n"
        "sex*age,m*old,3,share,2020-01-01,estimate\nsex*age,f*old,1,share,2020-01-01,estimate\n"
    )
    margins = read_margins(path)
    assert (margins.total, margins.tables["sex"].kind) == (1000, "count")
    assert margins.tables["sex*age"].targets == {("m", "old"): 0.75, ("f", "old"): 0.25}
    assert margins.tables["sex*age"].provenance == {"date": "2020-01-01", "status": "estimate", "total": "4"}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (HEAD + "sex,m,3,count\nsex,m,4,count\n", "line 3: category 'm' of 'sex' stands twice"),
        ("variable,category,count\nsex,m,3\n", "use_as missing"),
        (HEAD + "sex,m,many,count\n", "line 2: count 'many' is not a number"),
        (HEAD + "sex,m,-3,count\nsex,f,9,count\n", "target of m is -3"),
        (HEAD + "sex,m,3,persons\n", "use_as of 'sex' must be 'count' or 'share'"),
        (HEAD + "sex,m,3,count\nage,old,4,count\n", "disagree in total"),
        (HEAD, "no table given"),
        ("", "not a readable UTF-8 CSV"),
    ],
)
def test_damaged_csv_is_refused_by_name(tmp_path, text, match):
    path = tmp_path / "population.csv"
    path.write_text(text)
    with pytest.raises(WeightingError, match=f"population.csv.*{match}"):
        read_margins(path)


def test_missing_csv_is_refused(tmp_path):
    with pytest.raises(WeightingError, match=r"nowhere\.csv: there is no such file"):
        read_margins(tmp_path / "nowhere.csv")


def test_shares_that_do_not_quite_sum_to_one_are_refused():
    with pytest.raises(WeightingError, match=r"the shares sum to 0\.999, not 1"):
        Margins({"g": {"a": 0.333, "b": 0.333, "c": 0.333}})
    assert Margins({"g": {"a": 1 / 3, "b": 1 / 3, "c": 0.3333333}}).tables["g"].kind == "share"


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ("sex,m,26.367,count,,", "mark of thousands"),
        ("sex,m,3,count,1.1.2021,", r"date '1\.1\.2021' is not of the form"),
        ("sex,m,3,count,2021-01-01,uradno", "unknown status 'uradno'"),
    ],
)
def test_facts_that_no_output_could_print_are_refused_with_their_line(tmp_path, row, match):
    path = tmp_path / "population.csv"
    path.write_text(f"variable,category,count,use_as,date,status\n{row}\n", encoding="utf-8")
    with pytest.raises(WeightingError, match=match) as caught:
        read_margins(path)
    assert "population.csv, line 2" in str(caught.value)
