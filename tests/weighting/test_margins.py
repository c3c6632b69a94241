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
        (HEAD + "sex,m,-3,count\nsex,f,9,count\n", "line 2: count '-3' is negative"),
        (HEAD + "sex,m,3,persons\n", "use_as of 'sex' must be 'count' or 'share'"),
        (HEAD + "sex,m,3,count\nage,old,4,count\n", "disagree in total"),
        (HEAD, "no table given"),
        ("", "variable, category, count, use_as missing"),
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


def written(tmp_path, content, name="population.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


SEMICOLONS = "variable;category;count;use_as;source\nsex;m;0,3;share;ročno štetje\nsex;f;0,7;share;ročno štetje\n"


@pytest.mark.parametrize(
    "content",
    [
        SEMICOLONS.encode(),
        SEMICOLONS.encode("utf-8-sig"),
        SEMICOLONS.encode("cp1250"),
        SEMICOLONS.replace("\n", "\r\n").encode("cp1250"),
        SEMICOLONS.replace(";", "\t").encode(),
        ("sep=;\r\n" + SEMICOLONS).encode("utf-8-sig"),
        (SEMICOLONS + ";;;;\n\n").encode(),
        SEMICOLONS.replace("0,", '"0,').replace(";share", '";share').replace(";", ",").encode(),
        SEMICOLONS.replace("0,3", "30").replace("0,7", "70").encode(),
        SEMICOLONS.replace("0,3", "29,96").replace("0,7", "69,91").encode(),
    ],
)
def test_what_spreadsheets_save_is_read_alike(tmp_path, content):
    margin = read_margins(written(tmp_path, content)).tables["sex"]
    # 29.96 and 69.91 are rounded percentages that sum to 99.87; 29.96 / 99.87 = 0.3 to 0.0001.
    assert margin.targets == {("m",): pytest.approx(0.3, abs=1e-4), ("f",): pytest.approx(0.7, abs=1e-4)}
    assert (margin.kind, margin.provenance["source"]) == ("share", "ročno štetje")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (HEAD + "sex,m,0,06,share\nsex,f,0.94,share\n", "line 2: 5 cells, but the header has 4.*decimal comma"),
        (HEAD + "sex,m,0,06,share\nsex,f,0,94,share\n", "line 2: 5 cells"),
        (HEAD + "sex,m,3\nsex,f,4,count\n", "line 2: 3 cells"),
        (HEAD + "sex,m,,count\n", "line 2: count is empty"),
        (HEAD + "sex,m,nan,count\n", "line 2: count 'nan' is not a number"),
        (HEAD + "sex,m,inf,count\n", "line 2: count 'inf' is not a number"),
        (HEAD + "sex,,3,count\n", "line 2: a category of 'sex' has no name"),
        (HEAD + "sex*age,m*,3,count\n", r"line 2: a category of 'sex\*age' has no name"),
        (HEAD + "sex*age,m,3,count\n", r"line 2: 'm' does not name 2 categories, as 'sex\*age' needs"),
        (HEAD + ",m,3,count\n", "line 2: a variable has no name"),
        (HEAD + "sex,m,0.6,share\nsex,f,0.94,share\n", "'sex': the shares sum to 1.54, not 1"),
        (HEAD + "sex,m,49.5,share\nsex,f,40,share\n", "'sex': the percentages sum to 89.5, not 100"),
        (HEAD + "sex,m,49,count\nsex,f,51,count\n", "'sex': the counts sum to 100 as percentages do"),
        (HEAD + "sex,m,1 234,count\n", "line 2: count '1 234' is written with a mark of thousands"),
        (HEAD + "sex,FILL IN,1,count\n", r"not filled in yet \(line 2\)"),
        ("variable,category,count,count,use_as\nsex,m,1,2,count\n", "column 'count' stands twice"),
        (HEAD + 'sex,"m,3,count\n', "not readable as CSV"),
        (HEAD.encode("utf-16"), "zero bytes"),
        (HEAD.encode() + b"sex,\x83,3,count\n", "neither UTF-8 nor windows-1250"),
    ],
)
def test_what_would_be_misread_is_refused(tmp_path, text, match):
    with pytest.raises(WeightingError, match=f"population.csv.*{match}"):
        read_margins(written(tmp_path, text))


def test_share_with_three_decimals_is_no_thousand(tmp_path):
    margins = read_margins(written(tmp_path, HEAD + "sex,m,0.333,share\nsex,f,0.667,share\n"))
    assert margins.tables["sex"].targets[("m",)] == pytest.approx(0.333)


def test_only_tables_used_together_must_agree_in_total(tmp_path):
    path = written(tmp_path, HEAD + "sex,m,3,count\nage,old,4,count\n")
    with pytest.raises(WeightingError, match="disagree in total"):
        read_margins(path)
    assert read_margins(path, ["age"]).total == 4
    with pytest.raises(WeightingError, match="unknown margin 'agee'; did you mean 'age'"):
        read_margins(path, ["agee"])


TOML = """
[[margins]]
variables = ["sex", "age"]
use_as = "count"
population = "odrasli"
date = 2021-01-01
status = "official"
source = "SURS"
targets = { "m*old" = 300, "f*old" = 700 }

[[margins]]
variables = ["place"]
use_as = "share"
targets = { city = 20.5, village = 79.5 }
"""


def test_toml_gives_the_same_as_csv(tmp_path):
    margins = read_margins(written(tmp_path, TOML, "population.toml"))
    assert margins.total == 1000
    assert margins.tables["sex*age"].targets == {("m", "old"): 300, ("f", "old"): 700}
    assert margins.tables["sex*age"].provenance == {
        "population": "odrasli", "date": "2021-01-01", "status": "official", "source": "SURS", "total": "1000",
    }  # fmt: skip
    assert margins.tables["place"].targets == {("city",): pytest.approx(0.205), ("village",): pytest.approx(0.795)}


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"share"', '"part"', r"margins\.1\.use_as \(line 13\)"),
        ('"m*old" = 300', '"m" = 300', r"margins\.0\.targets\.m .*'m' does not name 2 categories"),
        ('"m*old" = 300', '"m*old" = -300', r"margins\.0\.targets\.m\*old .*at least 0"),
        ('"m*old" = 300', '"m*old" = nan', r"margins\.0\.targets\.m\*old .*finite number"),
        ("20.5", "30.5", r"margins\.1\.targets .*percentages sum to 110, not 100"),
        ("status", "statuss", r"margins\.0\.statuss .*unknown key"),
        ('["place"]', '["sex", "age"]', "does not name 2"),
        ('"SURS"', '"FILL IN"', "not yet filled in: margins.0.source"),
        ("targets = {", "targets = [", "not valid TOML"),
    ],
)
def test_damaged_toml_is_refused_by_file_and_key(tmp_path, old, new, match):
    with pytest.raises(WeightingError, match=f"population.toml: .*{match}"):
        read_margins(written(tmp_path, TOML.replace(old, new), "population.toml"))


def test_toml_fault_is_named_once_and_alone(tmp_path):
    with pytest.raises(WeightingError) as caught:
        read_margins(written(tmp_path, TOML.replace("use_as", "useas", 1), "population.toml"))
    assert "must hold" not in str(caught.value)
    with pytest.raises(WeightingError, match=r"margins .*must hold at least one table"):
        read_margins(written(tmp_path, "margins = []", "population.toml"))


def test_table_given_twice_in_toml_is_refused(tmp_path):
    table = '[[margins]]\nvariables = ["sex"]\nuse_as = "count"\ntargets = { m = 3 }\n'
    with pytest.raises(WeightingError, match=r"margins\.1\.variables .*'sex' is given twice"):
        read_margins(written(tmp_path, table + table, "population.toml"))


AGES = {"18_39": 13554, "40_61": 17006, "62_plus": 13475}


def test_merged_category_has_the_sum_and_names_its_members():
    margins = Margins({"age": AGES, "sex": {"m": 22000, "f": 22035}}, {"age": {"status": "official"}})
    merged = margins.merge("age", {"40_plus": ["40_61", "62_plus"]})
    table = merged.tables["age"]
    # 17006 + 13475 = 30481
    assert list(table.targets.items()) == [(("18_39",), 13554), (("40_plus",), 30481)]
    assert table.members == {("40_plus",): (("40_61",), ("62_plus",))}
    assert table.provenance == {"status": "official", "merged": "40_plus: 40_61, 62_plus"}
    assert merged.tables["sex"] == margins.tables["sex"]
    assert len(margins.tables["age"].targets) == 3
    assert not margins.tables["age"].members
    assert merged.select(("age",)).tables["age"] == table


def test_merging_what_is_merged_already_names_the_first_categories():
    merged = Margins({"age": AGES}).merge("age", {"40_plus": ["40_61", "62_plus"]})
    everyone = merged.merge("age", {"all": ["18_39", "40_plus"]}).tables["age"]
    assert everyone.members == {("all",): (("18_39",), ("40_61",), ("62_plus",))}
    assert everyone.targets == {("all",): 44035}


@pytest.mark.parametrize("groups", [{"m*grown": ["m*mid", "m*old"]}, {("m", "grown"): [("m", "mid"), ("m", "old")]}])
def test_joint_categories_are_named_by_star_or_tuple(groups):
    table = {("m", "mid"): 1, ("m", "old"): 2, ("f", "mid"): 3, ("f", "old"): 4}
    merged = Margins({("sex", "age"): table}).merge("sex*age", groups).tables["sex*age"]
    assert merged.targets == {("m", "grown"): 3, ("f", "mid"): 3, ("f", "old"): 4}


@pytest.mark.parametrize(
    ("name", "groups", "match"),
    [
        ("ages", {"x": ["18_39"]}, "unknown margin 'ages'; did you mean 'age'"),
        ("age", {"x": ["18_29"]}, "unknown category '18_29'; did you mean '18_39'"),
        ("age", {"x": ["18_39"], "y": ["18_39"]}, "'18_39' stands twice"),
        ("age", {"62_plus": ["18_39", "40_61"]}, "there is a category '62_plus' already"),
        ("age", {"x": "18_39"}, "as a list"),
        ("age", {"x": []}, "as a list"),
        ("age", {("x", "y"): ["18_39"]}, r"'x\*y' does not name 1 categories"),
    ],
)
def test_merging_what_is_not_there_or_twice_is_refused(name, groups, match):
    with pytest.raises(WeightingError, match=match):
        Margins({"age": AGES}).merge(name, groups)
