import pandas as pd
import pytest

from kzm_surveys import Margins, SurveyDesign, WeightingError, collapse_thin, rake

AGES = Margins({"age": {"a": 10, "b": 20, "c": 30, "d": 40}})


def counted(**counts):
    return SurveyDesign(pd.DataFrame({"age": [name for name, n in counts.items() for _ in range(n)]}))


def names(margins, table):
    return ["*".join(key) for key in margins.tables[table].targets]


@pytest.mark.parametrize(
    ("counts", "fewest", "expected"),
    [
        # b (1) is the thinnest and c (2) the thinner of its neighbours; together they have 3.
        ({"a": 5, "b": 1, "c": 2, "d": 4}, 3, {"a": 10, "b+c": 50, "d": 40}),
        # b joins c (3), then d (3) is below 4 as b+c is; b+c stands first and a (9) is thicker than d.
        ({"a": 9, "b": 1, "c": 2, "d": 3}, 4, {"a": 10, "b+c+d": 90}),
        # Both neighbours of b have 2: the first in the table is taken.
        ({"a": 2, "b": 1, "c": 2, "d": 4}, 2, {"a+b": 30, "c": 30, "d": 40}),
        # The last one has a single neighbour.
        ({"a": 5, "b": 5, "c": 5, "d": 1}, 3, {"a": 10, "b": 20, "c+d": 70}),
        ({"a": 5, "b": 5, "c": 5, "d": 5}, 5, {"a": 10, "b": 20, "c": 30, "d": 40}),
    ],
)
def test_the_thinnest_joins_the_thinner_neighbour_until_none_is_thin(counts, fewest, expected):
    found = collapse_thin(counted(**counts), AGES, fewest=fewest).tables["age"].targets
    assert {"*".join(key): target for key, target in found.items()} == expected


CELLS = {"m*a": 6, "m*b": 1, "m*c": 5, "f*a": 1, "f*b": 7, "f*c": 9}
PEOPLE = pd.DataFrame([key.split("*") for key, n in CELLS.items() for _ in range(n)], columns=["sex", "age"])


def joint(order):
    return Margins({("sex", "age"): {tuple(key.split("*")): 10.0 for key in order}})


@pytest.mark.parametrize("order", [list(CELLS), ["m*a", "f*a", "m*b", "f*b", "m*c", "f*c"]])
def test_in_a_joint_table_the_other_variables_stay_apart_in_any_order_of_the_table(order):
    # m*b (1) joins m*c (5), the thinner of m*a and m*c; f*a (1) can only join f*b.
    merged = collapse_thin(SurveyDesign(PEOPLE), joint(order), fewest=2)
    assert set(names(merged, "sex*age")) == {"m*a", "m*b+c", "f*a+b", "f*c"}
    assert merged.tables["sex*age"].targets[("m", "b+c")] == 20


def test_a_category_without_neighbour_is_refused():
    with pytest.raises(WeightingError, match=r"'age' has only 4 respondents in 'a[+]b[+]c[+]d' and no neighbour"):
        collapse_thin(counted(a=1, b=1, c=1, d=1), AGES, fewest=5)
    frame = pd.DataFrame({"sex": ["m", "f", "f"], "age": ["a", "a", "a"]})
    margins = Margins({("sex", "age"): {("m", "a"): 1.0, ("f", "a"): 1.0}})
    with pytest.raises(WeightingError, match=r"only 1 respondents in 'm\*a' and no neighbour"):
        collapse_thin(SurveyDesign(frame), margins, fewest=2)


@pytest.mark.parametrize(
    ("margins", "fewest", "match"),
    [(AGES, 0, "fewest must be at least 1, found 0"), (Margins({"agee": {"a": 1}}), 1, "no column 'agee'")],
)
def test_what_cannot_be_collapsed_is_refused(margins, fewest, match):
    with pytest.raises(WeightingError, match=match):
        collapse_thin(counted(a=1), margins, fewest=fewest)


def test_raking_to_an_empty_category_works_once_merged_and_the_record_says_so():
    design = counted(a=2, c=3, d=5)
    with pytest.raises(WeightingError, match="nobody in the sample is in it"):
        rake(design, AGES)
    # b (0) joins a (2), thinner than c (3): a+b has 30 of 100 on two rows.
    raked = rake(design, collapse_thin(design, AGES, fewest=1))
    assert raked.weights.tolist() == pytest.approx([15, 15, 10, 10, 10, 8, 8, 8, 8, 8])
    assert raked.weighting.steps[0].notes == ("age: merged a + b",)
    assert AGES.tables["age"].members == {}


def test_rows_without_weight_or_without_the_variable_do_not_count():
    frame = pd.DataFrame({"age": ["a", "a", "b", "b", "c", None], "w": [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]})
    margins = Margins({"age": {"a": 1.0, "b": 1.0, "c": 1.0}})
    # a has one respondent with weight and joins b; c (1) joins a+b.
    assert names(collapse_thin(SurveyDesign(frame, "w"), margins, fewest=2), "age") == ["a+b+c"]


def test_categories_merged_before_are_counted_together():
    margins = AGES.merge("age", {"ab": ["a", "b"]})
    found = collapse_thin(counted(a=1, b=2, c=1, d=4), margins, fewest=3)
    # ab has 3; c (1) joins it, thinner than d (4).
    assert names(found, "age") == ["ab+c", "d"]
    assert found.tables["age"].members[("ab+c",)] == (("a",), ("b",), ("c",))
