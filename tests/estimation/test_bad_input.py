"""Every public function of the estimation on input that cannot be: one clear error, or the NaN that its page promises.

Warnings are errors in the test run, so a warning of numpy or pandas fails a test here too.
"""

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, KzmError, SurveyDesign, WeightingError

N = 40


def answers(n=N, **columns):
    random = np.random.default_rng(1)
    frame = pd.DataFrame({
        "y": random.normal(10, 2, n).round(2), "x": random.uniform(1, 5, n).round(2),
        "q": pd.Categorical(random.choice(["a", "b", "c"], n), categories=["a", "b", "c"], ordered=True),
        "g": pd.Categorical(random.choice(["men", "women"], n)), "b": random.integers(0, 2, n),
        "o": random.integers(0, 2, n), "w": random.uniform(0.5, 2, n), "months": random.integers(1, 12, n),
        "ended": random.integers(0, 2, n),
    })  # fmt: skip
    return frame.assign(**columns)


def design(**columns):
    return SurveyDesign(answers(**columns), "w")


#: What takes a number, and (optionally) groups.
OF_NUMBERS = {
    "mean": kzm.mean, "total": kzm.total, "ratio": lambda d, v, **k: kzm.ratio(d, v, "x", **k),
    "quantile": lambda d, v, **k: kzm.quantile(d, v, [0.25, 0.5], **k),
    "contrast": lambda d, v, by="g", **k: kzm.contrast(kzm.mean(d, v, by=by, **k), [1, -1]),
    "ttest": lambda d, v, by="g", **k: kzm.ttest(d, v, by=by, **k),
    "ranktest": lambda d, v, by="g", **k: kzm.ranktest(d, v, by=by, **k),
    "kaplan_meier": lambda d, v, **k: kzm.kaplan_meier(d, v, "ended", **k),
    "logrank": lambda d, v, by="g", **k: kzm.logrank(d, v, "ended", by=by, **k),
    "glm": lambda d, v, by="g", **k: kzm.glm(d, f"{v} ~ {by}", **k),
}  # fmt: skip
#: What takes categories; crosstab with each test and each percent.
OF_CATEGORIES = {
    "proportion": kzm.proportion,
    **{
        f"crosstab {test} {percent}":
            lambda d, v, by="g", t=test, p=percent, **k: kzm.crosstab(d, v, by, test=t, percent=p, **k)
        for test, percent in (("F", "column"), ("chisq", "row"), ("wald", "total"), ("adjusted_wald", "column"))
    },
    "crosstab without test": lambda d, v, by="g", **k: kzm.crosstab(d, v, by, test=None, **k),
    "goodness_of_fit": lambda d, v, **k: kzm.goodness_of_fit(d, v, [0.2, 0.3, 0.5], **k),
    "ordinal": lambda d, v, by="g", **k: kzm.ordinal(d, f"{v} ~ {by}", **k),
}  # fmt: skip
#: What takes either, or an option, or an event.
OTHERS = {
    "banner": lambda d, v, by="g", **k: kzm.banner(d, [v], [by], **k),
    "select_all_test": lambda d, v, by="g", **k: kzm.select_all_test(d, [v, "o"], by=by, **k),
    "kaplan_meier until": lambda d, v, **k: kzm.kaplan_meier(d, "months", v, **k),
}
EVERY = OF_NUMBERS | OF_CATEGORIES | OTHERS
#: Functions that have no by, or whose second column is no group.
UNGROUPED = ("goodness_of_fit",)
TAKES_LEVEL = [name for name in EVERY if name not in ("goodness_of_fit", "select_all_test", "logrank")]


def good_variable(name):
    return "y" if name in OF_NUMBERS else "q" if name in OF_CATEGORIES else "ended" if "until" in name else "b"


def codebook_design():
    return SurveyDesign.from_survey(kzm.load("surveys/noise/2021"))


@pytest.mark.parametrize("name", EVERY)
def test_every_function_works_on_good_input(name):
    EVERY[name](design(), good_variable(name))


@pytest.mark.parametrize("name", EVERY)
def test_an_unknown_column_is_named_with_the_nearest_known(name):
    with pytest.raises(EstimationError, match=r"unknown (column|name) 'monhts'; did you mean 'months'\?"):
        EVERY[name](design(), "monhts")


@pytest.mark.parametrize("name", [name for name in EVERY if name not in UNGROUPED])
def test_unknown_groups_are_named_with_the_nearest_known(name):
    with pytest.raises(EstimationError, match=r"unknown (column|name) 'endde'; did you mean 'ended'\?"):
        EVERY[name](design(), good_variable(name), by="endde")


@pytest.mark.parametrize("name", EVERY)
def test_an_unknown_column_of_the_domain_is_named(name):
    with pytest.raises(EstimationError, match=r"unknown column 'adlut'; did you mean 'adult'\?"):
        EVERY[name](design(adult=True), good_variable(name), where="adlut")


@pytest.mark.parametrize("name", OF_CATEGORIES)
@pytest.mark.parametrize("continuous", [
    "y", pytest.param(pd.date_range("2020-01-01", periods=N), id="dates"),
    pytest.param(pd.to_timedelta(range(N), unit="s"), id="times"), pytest.param(np.arange(N) * 1.0, id="floats"),
])  # fmt: skip
def test_a_continuous_variable_is_refused_where_categories_are_needed(name, continuous):
    made = design() if isinstance(continuous, str) else design(m=continuous)
    with pytest.raises(EstimationError, match=r"continuous variable|numbers or categories are needed"):
        OF_CATEGORIES[name](made, continuous if isinstance(continuous, str) else "m")


@pytest.mark.parametrize("name", [name for name in EVERY if name not in (*UNGROUPED, "glm", "ordinal")])
def test_a_continuous_variable_makes_no_groups(name):
    with pytest.raises(EstimationError, match=r"'x' is a continuous variable \(\d+ different values\)"):
        EVERY[name](design(), good_variable(name), by="x")


MISSING_NUMBERS = np.full(N, np.nan)
MISSING_CATEGORIES = pd.Categorical([None] * N, categories=["a", "b", "c"])
NOTHING = {
    "mean": None, "ratio": None, "total": None, "contrast": None, "quantile": "nobody .* has an answer",
    "ttest": "nobody .* has answers", "ranktest": "nobody .* has answers", "kaplan_meier": "domain is empty",
    "logrank": "domain is empty", "glm": "domain is empty", "kaplan_meier until": "domain is empty",
    "select_all_test": "nobody .* answered this option",
}  # fmt: skip


@pytest.mark.parametrize(("name", "words"), NOTHING.items())
def test_a_number_that_nobody_gave_is_an_error_or_nan_with_a_flag(name, words):
    made = design(m=MISSING_NUMBERS)
    if words is not None:
        with pytest.raises(EstimationError, match=words):
            EVERY[name](made, "m")
        return
    found = EVERY[name](made, "m").frame
    assert (found["n"] == 0).all()
    assert found["flag"].str.contains("empty").all()
    # A total of nothing is nothing; all else does not exist.
    np.testing.assert_array_equal(found["estimate"], 0.0 if name == "total" else np.nan)


@pytest.mark.parametrize(("name", "words"), {
    "crosstab F column": "needs two categories .* test=None", "crosstab wald total": "needs two categories",
    "crosstab adjusted_wald column": "needs two categories", "goodness_of_fit": "nobody .* has answers",
    "ordinal": "domain is empty", "select_all_test": "is not an option", "kaplan_meier until": "has the categories",
    "mean": "is category, not a number",
}.items())  # fmt: skip
def test_categories_that_nobody_gave_have_no_test(name, words):
    with pytest.raises(EstimationError, match=words):
        EVERY[name](design(m=MISSING_CATEGORIES), "m")


@pytest.mark.parametrize("name", ["proportion", "crosstab without test"])
def test_shares_among_nobody_are_nan_with_a_flag(name):
    found = OF_CATEGORIES[name](design(m=MISSING_CATEGORIES), "m")
    frame = getattr(found, "estimates", found).frame
    assert frame[["estimate", "se", "ci_low", "ci_high"]].isna().all(axis=None)
    assert frame["flag"].str.contains("empty").all()


def test_a_banner_of_nobodys_answers_has_no_number_no_letter_and_no_test():
    table = kzm.banner(design(m=MISSING_CATEGORIES), ["m"], ["g"]).tables[0]
    assert np.isnan(table.estimate).all()
    assert np.isnan(table.se).all()
    assert table.tests == {"g": None}
    assert not table.letters.any()


@pytest.mark.parametrize("name", OF_CATEGORIES)
def test_text_that_nobody_gave_has_no_categories(name):
    with pytest.raises(EstimationError, match="'m' has no answers"):
        OF_CATEGORIES[name](design(m=pd.Series([None] * N, dtype=object)), "m")


@pytest.mark.parametrize("name", [name for name in EVERY if name not in (*UNGROUPED, "glm", "ordinal")])
def test_groups_of_which_nobody_is_known_are_refused(name):
    with pytest.raises(EstimationError, match="'m' has no answers"):
        EVERY[name](design(m=pd.Series([None] * N, dtype=object)), good_variable(name), by="m")


@pytest.mark.parametrize(("name", "words"), {
    "crosstab F column": "needs two categories", "crosstab chisq row": "needs two categories",
    "goodness_of_fit": "needs two categories, it has one", "ordinal": "text, whose order is not known",
    "select_all_test": "is not an option", "kaplan_meier until": "has the categories a; needed",
}.items())  # fmt: skip
def test_one_category_has_no_test(name, words):
    with pytest.raises(EstimationError, match=words):
        EVERY[name](design(m="a"), "m")


@pytest.mark.parametrize(("name", "words"), {
    "ttest": "compares two groups, 1 have", "ranktest": "only one has answers", "logrank": "has one category",
    "glm": "one category only", "ordinal": "one category only", "select_all_test": "needs two groups",
    "crosstab wald total": "needs two categories", "contrast": "one finite weight per estimate is needed",
}.items())  # fmt: skip
def test_one_group_cannot_be_compared(name, words):
    with pytest.raises(EstimationError, match=words):
        EVERY[name](design(m="a"), good_variable(name), by="m")


def test_one_category_is_everybody_without_sampling_variance():
    found = kzm.proportion(design(m="a"), "m").row()
    assert (found.estimate, found.se) == (1.0, 0.0)
    assert np.isnan(found.deff)
    assert "review" in found.flag


@pytest.mark.parametrize("name", ["ttest", "ranktest"])
def test_answers_that_do_not_vary_have_no_test(name):
    with pytest.raises(EstimationError, match="do not vary"):
        EVERY[name](design(m=3.0), "m")


@pytest.mark.parametrize("test", ["chisq", "F"])
def test_answers_in_one_category_only_have_no_test_of_fit(test):
    made = design(m=pd.Categorical(["a"] * N, categories=["a", "b"]))
    with pytest.raises(EstimationError, match="no sampling variance"):
        kzm.goodness_of_fit(made, "m", [0.5, 0.5], test=test)


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_domain_is_refused(name):
    with pytest.raises(EstimationError, match="domain is empty"):
        EVERY[name](design(), good_variable(name), where=np.zeros(N, dtype=bool))


@pytest.mark.parametrize("name", EVERY)
def test_a_domain_of_rows_without_weight_is_refused(name):
    made = design(w=np.where(np.arange(N) < 20, 0.0, 1.0))
    with pytest.raises(EstimationError, match="domain is empty"):
        EVERY[name](made, good_variable(name), where=np.arange(N) < 20)


def test_groups_by_the_variable_itself_are_everybody_or_nobody():
    made = design()
    share = kzm.proportion(made, "q", by="q").frame
    same = share["category"] == share["by_category"]
    np.testing.assert_array_equal(share["estimate"], same.astype(float))
    mean = kzm.mean(made, "b", by="b").frame
    np.testing.assert_allclose(mean["estimate"], [0, 1], atol=1e-15)
    np.testing.assert_array_equal(mean["se"], 0)
    # Means that differ without any variance have no test.
    assert kzm.banner(made, ["b"], ["b"]).tables[0].tests["b"] is None
    with pytest.raises(EstimationError, match=r"empty, too many for a test.*test=None"):
        kzm.crosstab(made, "q", "q")


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("mask", "words"), [
    (lambda f: (f["b"] == 1)[:5], "has 5 values, the design 40 rows"),
    (lambda f: np.array([1, 2, 3]), "has 3 values"),
    (lambda f: [], "has 0 values"),
    (lambda f: f["b"], "found int64"),
    (lambda f: f["b"] * 1.0, "found float64"),
    (lambda f: f["b"].map({0: "no", 1: "yes"}), "found str"),
    (lambda f: (f["b"] == 1).astype("boolean").where(f.index > 2), "3 are missing"),
    (lambda f: (f["b"] == 1).set_axis(range(100, 100 + N)), "index of the mask"),
    (lambda f: (f["b"] == 1)[::-1], "index of the mask"),
    (lambda f: np.ones((N, 2), dtype=bool), "has 2 dimensions"),
    (lambda f: True, "name of such a column is needed, found bool"),
    (lambda f: {"g": "men"}, "found dict"),
    (lambda f: lambda row: True, "found function"),
    (lambda f: "g=='men'", r"unknown column 'g=='men''.*give a mask .*design.frame\['sex'\] == 'male'"),
    (lambda f: [[True], [True, False]], "no list of True and False"),
    (lambda f: "y", "found float64"),
], ids=["short", "numbers of rows", "empty", "int", "float", "text", "NA", "other index", "reversed", "two columns",
        "one value", "dict", "function", "condition as text", "ragged", "column"])  # fmt: skip
def test_a_mask_that_is_none_says_why(name, mask, words):
    made = design()
    with pytest.raises(EstimationError, match=f"where: .*{words}"):
        EVERY[name](made, good_variable(name), where=mask(made.frame))


@pytest.mark.parametrize("name", TAKES_LEVEL)
@pytest.mark.parametrize("level", [0, 1, 95, -0.5, np.nan, np.inf, True])
def test_a_level_outside_0_and_1_is_refused(name, level):
    with pytest.raises(EstimationError, match="level must lie between 0 and 1, found"):
        EVERY[name](design(), good_variable(name), level=level)


@pytest.mark.parametrize("name", [name for name in TAKES_LEVEL if name not in ("glm", "ordinal")])
@pytest.mark.parametrize("level", ["0.95", None, [0.95]])
def test_a_level_that_is_no_number_is_refused(name, level):
    with pytest.raises(EstimationError, match=r"level must lie between 0 and 1, found .* Write 0\.95"):
        EVERY[name](design(), good_variable(name), level=level)


def waves():
    return kzm.mean(design(), "y"), kzm.mean(SurveyDesign(answers(30)), "y")


OPTIONS = {
    "names as list": (lambda d: kzm.mean(d, ["y"]), "the name of one column is needed, found list"),
    "groups as list": (lambda d: kzm.mean(d, "y", by=["g", "q"]), "found list.*declare a crossing in the codebook, or"),
    "a survey for a design": (lambda d: kzm.mean(kzm.load("surveys/noise/2021"), "age"),
                              r"needed, found Survey. Make one: kzm.weight\(survey\)"),
    "mean of a scale": (lambda d: kzm.mean(d, "q"), r"'q' is category, not a number.*scores.*banner\(means=...\)"),
    "tests for p-values": (lambda d: kzm.adjust_p_values([kzm.ttest(d, "y", by="g")]), r"p-values are .*test.p_value"),
    "text for p-values": (lambda d: kzm.adjust_p_values("small"), "p-values are needed"),
    "groups as column": (lambda d: kzm.mean(d, "y", by=d.frame["g"]), "the name of one column is needed, found Series"),
    "a frame for a design": (lambda d: kzm.mean(d.frame, "y"), "a SurveyDesign is needed, found DataFrame"),
    "base of shares": (lambda d: kzm.proportion(d, "q", base="ask"), "unknown base 'ask'; did you mean 'asked'"),
    "base of means": (lambda d: kzm.mean(d, "y", base="all"), "unknown base 'all'"),
    "asked mean": (lambda d: kzm.mean(d, "y", base="asked"), "base='asked' has no meaning"),
    "base of totals": (lambda d: kzm.total(d, "q", base="all"), "unknown base 'all'"),
    "asked total": (lambda d: kzm.total(d, "y", base="asked"), "base='asked' has no meaning"),
    "base of quantiles": (lambda d: kzm.quantile(d, "y", 0.5, base="all"), "unknown base 'all'"),
    "base of tables": (lambda d: kzm.crosstab(d, "q", "g", base="all"), "unknown base 'all'"),
    "base of banners": (lambda d: kzm.banner(d, ["y"], ["g"], base="all"), "unknown base 'all'"),
    "base of options": (lambda d: kzm.select_all_test(d, ["b"], by="g", base="all"), "unknown base 'all'"),
    "ci": (lambda d: kzm.proportion(d, "q", ci="logi"), "unknown ci 'logi'; did you mean 'logit'"),
    "no ci": (lambda d: kzm.proportion(d, "q", ci=None), "unknown ci 'None'"),
    "ci of tables": (lambda d: kzm.crosstab(d, "q", "g", ci=["wald"]), "unknown ci"),
    "deff": (lambda d: kzm.mean(d, "y", deff=True), "unknown deff 'True'. Allowed: without, with"),
    "percent": (lambda d: kzm.crosstab(d, "q", "g", percent="col"), "unknown percent 'col'"),
    "test": (lambda d: kzm.crosstab(d, "q", "g", test="f"), "unknown test 'f'. Allowed: F, chisq"),
    "no test": (lambda d: kzm.crosstab(d, "q", "g", test=False), "unknown test 'False'"),
    "correction": (lambda d: kzm.banner(d, ["q"], ["g"], correction="bonferroni"), "unknown correction"),
    "rows": (lambda d: kzm.banner(d, "q", ["g"]), "rows must be a list of one or more names, found 'q'"),
    "columns": (lambda d: kzm.banner(d, ["q"], "g"), "columns must be a list"),
    "no rows": (lambda d: kzm.banner(d, [], ["g"]), "rows must be a list"),
    "None": (lambda d: kzm.banner(d, None, ["g"]), "rows must be a list"),
    "numbers as rows": (lambda d: kzm.banner(d, [1], ["g"]), "rows must be a list"),
    "lists as rows": (lambda d: kzm.banner(d, ["q", ["b"]], ["g"]), "rows must be a list"),
    "rows twice": (lambda d: kzm.banner(d, ["q", "q"], ["g"]), "rows name q twice"),
    "columns twice": (lambda d: kzm.banner(d, ["q"], ["g", "g"]), "columns name g twice"),
    "net of unknown": (lambda d: kzm.banner(d, ["q"], ["g"], nets={"q": {"top": ["a", "z"]}}), "unknown category 'z'"),
    "net as text": (lambda d: kzm.banner(d, ["q"], ["g"], nets={"q": {"top": "ab"}}), "categories must be a list"),
    "empty net": (lambda d: kzm.banner(d, ["q"], ["g"], nets={"q": {"top": []}}), "categories must be a list"),
    "net without name": (lambda d: kzm.banner(d, ["q"], ["g"], nets={"q": ["a", "b"]}), "must map a name to"),
    "nets as list": (lambda d: kzm.banner(d, ["q"], ["g"], nets=["q"]), "nets must map rows"),
    "net of another row": (lambda d: kzm.banner(d, ["q"], ["g"], nets={"o": {"top": ["0"]}}), "no such row 'o'"),
    "few scores": (lambda d: kzm.banner(d, ["q"], ["g"], means={"q": [1, 2]}), "has 3 categories"),
    "scores as text": (lambda d: kzm.banner(d, ["q"], ["g"], means={"q": ["a", "b", "c"]}), "has 3 categories"),
    "missing score": (lambda d: kzm.banner(d, ["q"], ["g"], means={"q": [1, 2, np.nan]}), "has 3 categories"),
    "infinite score": (lambda d: kzm.banner(d, ["q"], ["g"], means={"q": [1, 2, np.inf]}), "has 3 categories"),
    "huge score": (lambda d: kzm.banner(d, ["q"], ["g"], means={"q": [1, 2, 1e300]}), "has 3 categories"),
    "one score": (lambda d: kzm.banner(d, ["q"], ["g"], means={"q": 3}), "has 3 categories"),
    "categories as text": (lambda d: kzm.proportion(d, "q", categories="ab"), "must be a list of one or more names"),
    "one category as text": (lambda d: kzm.proportion(d, "q", categories="a"), "must be a list of one or more names"),
    "no categories": (lambda d: kzm.proportion(d, "q", categories=[]), "must be a list of one or more names"),
    "a number of categories": (lambda d: kzm.proportion(d, "q", categories=5), "must be a list of one or more names"),
    "numbers as categories": (lambda d: kzm.proportion(d, "b", categories=[1]), "must be a list of one or more names"),
    "categories twice": (lambda d: kzm.proportion(d, "q", categories=["a", "a"]), "categories name a twice"),
    "unknown category": (lambda d: kzm.proportion(d, "q", categories=["z"]), "unknown category 'z'. Allowed: a, b, c"),
    "probability": (lambda d: kzm.quantile(d, "y", 50), "numbers from 0 to 1, found 50"),
    "probability as text": (lambda d: kzm.quantile(d, "y", "median"), "numbers from 0 to 1, found 'median'"),
    "no probability": (lambda d: kzm.quantile(d, "y", []), "numbers from 0 to 1"),
    "missing probability": (lambda d: kzm.quantile(d, "y", np.nan), "numbers from 0 to 1"),
    "rule": (lambda d: kzm.quantile(d, "y", 0.5, rule=7), "unknown rule '7'. Allowed: math"),
    "interval": (lambda d: kzm.quantile(d, "y", 0.5, interval="logit"), "did you mean 'xlogit'"),
    "interval of replicates": (lambda d: kzm.quantile(d, "y", 0.5, interval="quantile"), "needs replicate weights"),
    "share sum": (lambda d: kzm.goodness_of_fit(d, "q", [0.5, 0.5, 0.5]), "sum to 1.5, they must sum to 1"),
    "few shares": (lambda d: kzm.goodness_of_fit(d, "q", [0.5, 0.5]), "2 shares for 3 categories"),
    "negative share": (lambda d: kzm.goodness_of_fit(d, "q", [-0.5, 1, 0.5]), "must lie above 0"),
    "share of nothing": (lambda d: kzm.goodness_of_fit(d, "q", [1e-300, 0.5, 0.5]), "must lie above 0"),
    "missing share": (lambda d: kzm.goodness_of_fit(d, "q", [np.nan, 0.5, 0.5]), "must lie above 0"),
    "shares as text": (lambda d: kzm.goodness_of_fit(d, "q", "abc"), "must be a list of numbers"),
    "text as shares": (lambda d: kzm.goodness_of_fit(d, "q", ["a", "b", "c"]), "must be numbers"),
    "one share": (lambda d: kzm.goodness_of_fit(d, "q", 0.5), "must be a list of numbers"),
    "no shares": (lambda d: kzm.goodness_of_fit(d, "q", None), "must be a list of numbers"),
    "shares lack": (lambda d: kzm.goodness_of_fit(d, "q", {"a": 0.5, "b": 0.5}), "shares lack c"),
    "shares of unknown": (lambda d: kzm.goodness_of_fit(d, "q", {"a": 1.0, "z": 0.0}), "unknown category 'z'"),
    "test of fit": (lambda d: kzm.goodness_of_fit(d, "q", [0.2, 0.3, 0.5], test="f"), "unknown test 'f'"),
    "null": (lambda d: kzm.ttest(d, "y", null=np.nan), "null must be a number, found nan"),
    "null as text": (lambda d: kzm.ttest(d, "y", null="0"), "null must be a number, found '0'"),
    "three groups": (lambda d: kzm.ttest(d, "y", by="q"), "compares two groups, 3 have answers"),
    "score": (lambda d: kzm.ranktest(d, "y", by="g", score="wilcox"), "did you mean 'wilcoxon'"),
    "ties": (lambda d: kzm.ranktest(d, "y", by="g", ties="average"), "unknown ties 'average'"),
    "no groups": (lambda d: kzm.ranktest(d, "y", by=None), "by= must name"),
    "unordered": (lambda d: kzm.ranktest(d, "g", by="q"), "'g' is category, not a number"),
    "set without codebook": (lambda d: kzm.select_all_test(d, "bo", by="g"), "sets are declared in a codebook"),
    "no options": (lambda d: kzm.select_all_test(d, [], by="g"), "one or more different columns"),
    "None as options": (lambda d: kzm.select_all_test(d, None, by="g"), "one or more different columns"),
    "options twice": (lambda d: kzm.select_all_test(d, ["b", "b"], by="g"), "one or more different columns"),
    "test of options": (lambda d: kzm.select_all_test(d, ["b"], by="g", test="wald"), "unknown test 'wald'"),
    "no option": (lambda d: kzm.select_all_test(d, ["q"], by="g"), "is not an option"),
    "estimator": (lambda d: kzm.kaplan_meier(d, "months", "ended", estimator="km"), "unknown estimator 'km'"),
    "event": (lambda d: kzm.kaplan_meier(d, "months", "y"), "neither 0 nor 1"),
    "rho": (lambda d: kzm.logrank(d, "months", "ended", by="g", rho=-1), "rho must be a number, 0 or larger"),
    "rho as text": (lambda d: kzm.logrank(d, "months", "ended", by="g", rho="1"), "rho must be a number"),
    "gamma": (lambda d: kzm.logrank(d, "months", "ended", by="g", gamma=np.inf), "gamma must be a number"),
    "times": (lambda d: kzm.kaplan_meier(d, "months", "ended").at("soon"), "times must be numbers"),
    "surviving": (lambda d: kzm.kaplan_meier(d, "months", "ended").quantile("half"), "must lie between 0 and 1"),
    "options of a set": (lambda d: kzm.multiple_response(d, "coping"), "make the design with from_survey"),
    "percent of a set": (lambda d: kzm.multiple_response(d, "coping", percent="people"), "unknown percent 'people'"),
    "battery": (lambda d: kzm.battery(d, "annoyance", ["a"]), "make the design with from_survey"),
    "method": (lambda d: kzm.replicates(d, "jack"), "unknown method 'jack'; did you mean 'jackknife'"),
    "number of jackknives": (lambda d: kzm.replicates(d, "jackknife", replicates=5), "follows from the design"),
    "bootstrap without seed": (lambda d: kzm.replicates(d, "bootstrap"), "needs a seed"),
    "one bootstrap": (lambda d: kzm.replicates(d, "bootstrap", replicates=1, seed=1), "at least 2 are needed"),
    "balanced": (lambda d: kzm.replicates(d, "brr"), "two sampling units in every stratum"),
    "few weights": (lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), [1]), "one finite weight per estimate"),
    "weights as text": (lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), "men"), "must be finite numbers"),
    "missing weight": (lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), {"men": np.nan}), "must be finite numbers"),
    "infinite weight": (lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), {"men": np.inf}), "must be finite numbers"),
    "zero weights": (lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), [0, 0]), "every weight is zero"),
    "unknown row": (lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), {"mne": 1}), "did you mean 'men'"),
    "ambiguous row": (lambda d: kzm.contrast(kzm.proportion(d, "q", by="g"), {"men": 1}), "3 rows are called 'men'"),
    "two in one": (lambda d: kzm.contrast(kzm.mean(d, "y", by="g"), {"a": [[1, -1], [1, 1]]}), "one row of weights"),
    "contrast of a table": (lambda d: kzm.contrast(kzm.crosstab(d, "q", "g"), [1]), "found CrossTab.*estimates"),
    "contrast of nothing": (lambda d: kzm.contrast(None, [1]), "found NoneType"),
    "change of one wave": (lambda d: kzm.change(kzm.mean(d, "y"), kzm.mean(d, "y")), "come from the same sample"),
    "change of tables": (lambda d: kzm.change(kzm.crosstab(d, "q", "g"), None), "before must be estimates.*CrossTab"),
    "df of a change": (lambda d: kzm.change(*waves(), df="welsh"), "unknown df 'welsh'; did you mean 'welch'"),
    "rows of a change": (lambda d: kzm.change(*waves(), rows="both"), "unknown rows 'both'"),
    "unlike rows": (lambda d: kzm.change(waves()[0], kzm.mean(SurveyDesign(answers(30)), "x")), "stand only before"),
    "unlike levels": (
        lambda d: kzm.change(waves()[0], kzm.mean(SurveyDesign(answers(30)), "y", level=0.9)), "level is 0.95 before",
    ),
    "family": (lambda d: kzm.glm(d, "y ~ x", family="gamma"), "unknown family 'gamma'"),
    "formula": (lambda d: kzm.glm(d, "y ~ (x"), "cannot be read"),
    "no formula": (lambda d: kzm.glm(d, None), "found NoneType"),
    "no response": (lambda d: kzm.ordinal(d, "~ x"), "one response is needed"),
    "unknown name": (lambda d: kzm.glm(d, "y ~ months + endde"), "unknown name 'endde'; did you mean 'ended'"),
    "code": (lambda d: kzm.glm(d, "y ~ __import__('os').getcwd()"), "unknown name"),
    "logarithm of 0": (lambda d: kzm.glm(d, "y ~ log(b)"), "not a finite number"),
    "separation": (lambda d: kzm.glm(d, "b ~ I(b * 2)", family="binomial"), "separation: .* no finite estimate exists"),
    "ordinal separation": (lambda d: kzm.ordinal(d, "q ~ code"), "separation: 'code'"),
    "wrong response": (lambda d: kzm.glm(d, "q ~ x", family="binomial"), "has 3 categories, a logit needs two"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), OPTIONS.values(), ids=OPTIONS)
def test_a_wrong_option_says_what_was_found_and_what_is_allowed(call, words):
    made = design()
    made = made._with(frame=made.frame.assign(code=made.frame["q"].cat.codes))
    with pytest.raises(EstimationError, match=words):
        call(made)


def test_names_may_come_from_anything_that_lists_them():
    made = design()
    expected = kzm.banner(made, ["q", "b"], ["g"])
    for rows in (pd.Index(["q", "b"]), (name for name in "qb"), np.array(["q", "b"]), {"q": 1, "b": 2}):
        assert repr(kzm.banner(made, rows, ["g"])) == repr(expected)
    one, other = (kzm.proportion(made, "q", categories=names).row() for names in (["a", "b"], np.array(["a", "b"])))
    assert (one.category, one.estimate, one.se) == (other.category, other.estimate, other.se)


@pytest.mark.parametrize(("call", "words"), [
    (lambda d: kzm.multiple_response(d, "copping"), "unknown select-all set 'copping'; did you mean 'coping'"),
    (lambda d: kzm.multiple_response(d, ["coping"]), "unknown select-all set"),
    (lambda d: kzm.multiple_response(d, "coping", by="sexx"), "unknown column 'sexx'; did you mean 'sex'"),
    (lambda d: kzm.multiple_response(d, "coping", level=95), "level must lie"),
    (lambda d: kzm.multiple_response(d, "coping", ci=None), "unknown ci"),
    (lambda d: kzm.multiple_response(d, "coping", base="all"), "unknown base"),
    (lambda d: kzm.multiple_response(d, "coping", where=np.zeros(len(d), dtype=bool)), "domain is empty"),
    (lambda d: kzm.multiple_response(d, "coping", where=[True]), "has 1 value, the design"),
    (lambda d: kzm.battery(d, "annoyanc", ["very"]), "unknown question 'annoyanc'; did you mean 'annoyance'"),
    (lambda d: kzm.battery(d, "annoyance", "very"), "must be a list of one or more names"),
    (lambda d: kzm.battery(d, "annoyance", ["vrey"]), "unknown category 'vrey'"),
    (lambda d: kzm.battery(d, "annoyance", []), "must be a list of one or more names"),
    (lambda d: kzm.battery(d, "annoyance", ["very"], where=np.zeros(len(d), dtype=bool)), "domain is empty"),
    (lambda d: kzm.select_all_test(d._with(sampling="probability"), "copping", by="sex"), "unknown select-all set"),
])  # fmt: skip
def test_sets_and_batteries_say_what_the_codebook_has(call, words):
    with pytest.raises(KzmError, match=words):
        call(codebook_design())


WEIGHTS = {
    "negative": (-1.0, "40 of 40 are negative"),
    "missing": ([np.nan] + [1.0] * (N - 1), "1 of 40 are missing or infinite"),
    "zero": (0.0, "all zero"),
    "infinite": ([np.inf] + [1.0] * (N - 1), "1 of 40 are missing or infinite"),
    "text": ("1", "are str, not numbers"),
    "objects": (pd.Series([1.0] * N, dtype=object), "are object, not numbers"),
    "categories": (pd.Categorical([1.0] * N), "are category, not numbers"),
    "NA": (pd.array([1.0] * (N - 1) + [None], dtype="Float64"), "1 of 40 are missing"),
}  # fmt: skip


@pytest.mark.parametrize(("weights", "words"), WEIGHTS.values(), ids=WEIGHTS)
def test_weights_that_cannot_be_are_refused(weights, words):
    with pytest.raises(WeightingError, match=f"weights 'w'.* {words}"):
        SurveyDesign(answers(w=weights), "w")


ONE_TO_N = np.arange(N)
DESIGNS = {
    "no frame": (lambda f: SurveyDesign(None), "a pandas.DataFrame is needed, found NoneType"),
    "a mapping": (lambda f: SurveyDesign({"y": [1, 2]}), "a pandas.DataFrame is needed, found dict"),
    "a number as stratum": (lambda f: SurveyDesign(f, strata=3), "strata: give the names of columns, found int"),
    "an array as psu": (lambda f: SurveyDesign(f, psu=f["b"].to_numpy()), "psu: give the names of columns, found nda"),
    "names of two levels": (lambda f: SurveyDesign(pd.concat({"a": f}, axis=1)), "have several levels"),
    "heavy weights": (lambda f: SurveyDesign(f.assign(w=f["w"] * 1e300), "w"), "squares cannot be computed"),
    "light weights": (lambda f: SurveyDesign(f.assign(w=f["w"] * 1e-300), "w"), "squares cannot be computed"),
    "overflowing weights": (lambda f: SurveyDesign(f.assign(w=1e308), "w"), "squares cannot be computed"),
    "complex weights": (lambda f: SurveyDesign(f.assign(w=1 + 0j), "w"), "complex128, not numbers"),
    "numeric justification": (lambda f: SurveyDesign(f, sampling="opt_in", justification=3), "justification: a text"),
    "scale as text": (lambda f: SurveyDesign(f, replicate_weights=np.ones((N, 3)), scale="a"), "must be positive"),
    "rscales of zero": (lambda f: SurveyDesign(f, replicate_weights=np.ones((N, 3)), rscales=[0] * 3), "be positive"),
    "light replicates": (lambda f: SurveyDesign(f, replicate_weights=np.zeros((N, 3))), "overflow or vanish"),
    "empty frame": (lambda f: SurveyDesign(f.iloc[:0], "w"), "no rows"),
    "columns twice": (lambda f: SurveyDesign(pd.concat([f, f[["y"]]], axis=1)), "stand twice in the frame: y"),
    "weights as array": (lambda f: SurveyDesign(f, f["w"]), "give the name of a column, found Series"),
    "unknown weights": (lambda f: SurveyDesign(f, "ww"), "did you mean 'w'"),
    "unknown strata": (lambda f: SurveyDesign(f, strata="gg"), "strata: unknown column 'gg'; did you mean 'g'"),
    "unknown psu": (lambda f: SurveyDesign(f, psu=["g", "gg"]), "psu: unknown column 'gg'; did you mean 'g'"),
    "missing stratum": (lambda f: SurveyDesign(f.assign(s=[None] + [1] * 39), strata="s"), r"has 1 missing value\."),
    "crossing": (lambda f: SurveyDesign(f.assign(s=ONE_TO_N % 2, p=ONE_TO_N // 4), strata="s", psu="p"),
                 "psu 'p': units cross strata. .*nest=True"),
    "more strata than stages": (lambda f: SurveyDesign(f, strata=["g", "q"], psu="b"), "at most 1 stage"),
    "negative fpc": (lambda f: SurveyDesign(f.assign(k=-3), fpc="k"), "must be positive"),
    "small fpc": (lambda f: SurveyDesign(f.assign(k=3), fpc="k"), "more units sampled than the population has"),
    "text fpc": (lambda f: SurveyDesign(f.assign(k="3"), fpc="k"), "fpc 'k' is str, not a number"),
    "infinite fpc": (lambda f: SurveyDesign(f.assign(k=np.inf), fpc="k"), "is infinite"),
    "changing fpc": (lambda f: SurveyDesign(f.assign(k=ONE_TO_N + 100), fpc="k"), "differs within a stratum"),
    "sampling": (lambda f: SurveyDesign(f, sampling="optin"), "did you mean 'opt_in'"),
    "policy": (lambda f: SurveyDesign(f, lonely_psu="center"), "did you mean 'centre'"),
    "justification alone": (lambda f: SurveyDesign(f, justification="because"), "only goes with sampling='opt_in'"),
    "empty justification": (lambda f: SurveyDesign(f, sampling="opt_in", justification=" "), "justification: a text"),
    "short replicates": (lambda f: SurveyDesign(f, replicate_weights=np.ones((5, 3))),
                         r"shape \(5, 3\); needed: a row per respondent \(40\)"),
    "one replicate": (lambda f: SurveyDesign(f, replicate_weights=np.ones((N, 1))), "at least two columns"),
    "a column of replicates": (lambda f: SurveyDesign(f, replicate_weights=np.ones(N)), "at least two columns"),
    "no replicates": (lambda f: SurveyDesign(f, replicate_weights=[]), "at least two columns"),
    "missing replicates": (lambda f: SurveyDesign(f, replicate_weights=np.full((N, 3), np.nan)), "missing, infinite"),
    "negative replicates": (lambda f: SurveyDesign(f, replicate_weights=-np.ones((N, 3))), "negative values"),
    "unknown replicates": (lambda f: SurveyDesign(f, replicate_weights=["w", "ww"]),
                           "^replicate_weights: unknown column 'ww'; did you mean 'w'"),
    "a name for replicates": (lambda f: SurveyDesign(f, replicate_weights="w"), "a list of names .* found str"),
    "a number for replicates": (lambda f: SurveyDesign(f, replicate_weights=4), "a list of names .* found int"),
    "policy of R": (lambda f: SurveyDesign(f, lonely_psu="adjust"), "R's 'adjust' is 'centre' here"),
    "scale": (lambda f: SurveyDesign(f, replicate_weights=np.ones((N, 3)), scale=-1), "must be positive numbers"),
    "few rscales": (lambda f: SurveyDesign(f, replicate_weights=np.ones((N, 3)), rscales=[1, 1]), "has 2 values"),
    "negative rscales": (lambda f: SurveyDesign(f, replicate_weights=np.ones((N, 3)), rscales=[1, 1, -1]),
                         "must be positive numbers"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), DESIGNS.values(), ids=DESIGNS)
def test_a_design_that_cannot_be_says_why(call, words):
    with pytest.raises(KzmError, match=words):
        call(answers())


def test_a_replicate_that_weighs_nobody_is_refused():
    made = SurveyDesign(answers(), replicate_weights=np.column_stack([np.zeros(N), np.ones(N), np.ones(N)]))
    with pytest.raises(EstimationError, match="1 of 3 replicates have nobody"):
        kzm.mean(made, "y")


HAS_VARIANCE = [name for name in EVERY if "until" not in name]


@pytest.mark.parametrize("name", HAS_VARIANCE)
def test_a_stratum_of_one_unit_is_an_error_until_a_policy_is_chosen(name):
    frame = answers(s=np.where(ONE_TO_N == 0, 0, 1 + ONE_TO_N % 3))
    with pytest.raises(EstimationError, match=r"1 stratum has one sampling unit.*'centre', 'average'"):
        EVERY[name](SurveyDesign(frame, "w", strata="s"), good_variable(name))
    for policy in ("centre", "average", "remove", "certainty"):
        EVERY[name](SurveyDesign(frame, "w", strata="s", lonely_psu=policy), good_variable(name))


#: Functions whose result would rest on no degree of freedom refuse; the others give NaN (below).
NEEDS_DF = [
    *(name for name in EVERY if name.startswith("crosstab") and "without" not in name),
    "ttest", "ranktest", "goodness_of_fit", "select_all_test",
]  # fmt: skip


@pytest.mark.parametrize("name", NEEDS_DF)
@pytest.mark.parametrize("policy", ["centre", "remove", "certainty"])
def test_without_degrees_of_freedom_there_is_no_test(name, policy):
    made = SurveyDesign(answers(row=ONE_TO_N), "w", strata="row", lonely_psu=policy)
    with pytest.raises(EstimationError, match="0 degrees of freedom"):
        EVERY[name](made, good_variable(name))


@pytest.mark.parametrize("name", ["mean", "total", "ratio", "quantile", "proportion", "contrast"])
@pytest.mark.parametrize("policy", ["centre", "remove", "certainty"])
def test_without_degrees_of_freedom_there_is_no_interval(name, policy):
    made = SurveyDesign(answers(row=ONE_TO_N), "w", strata="row", lonely_psu=policy)
    found = EVERY[name](made, good_variable(name)).frame
    assert found["estimate"].notna().all()
    assert (found["df"] == 0).all()
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)


@pytest.mark.parametrize("name", ["mean", "proportion", "quantile", "total"])
def test_an_average_over_strata_of_one_unit_needs_another_stratum(name):
    made = SurveyDesign(answers(row=ONE_TO_N), "w", strata="row", lonely_psu="average")
    with pytest.raises(EstimationError, match="every stratum has one sampling unit"):
        EVERY[name](made, good_variable(name))


def test_models_without_degrees_of_freedom_have_no_p_values():
    made = SurveyDesign(answers(p=ONE_TO_N // 20), "w", psu="p")
    found = kzm.glm(made, "y ~ x + months").frame
    assert (found["df"] <= 0).all()
    assert found[["p_value", "ci_low", "ci_high"]].isna().all(axis=None)


#: name -> column, its categories in order, and the codes they stand for in `b`.
KINDS = {
    "bool": (lambda b: b == 1, ["False", "True"]),
    "nullable bool": (lambda b: (b == 1).astype("boolean"), ["False", "True"]),
    "object bool": (lambda b: (b == 1).astype(object), ["False", "True"]),
    "int8": (lambda b: b.astype("int8"), ["0", "1"]),
    "uint8": (lambda b: b.astype("uint8"), ["0", "1"]),
    "uint64": (lambda b: b.astype("uint64"), ["0", "1"]),
    "Int8": (lambda b: b.astype("Int8"), ["0", "1"]),
    "Float32": (lambda b: b.astype("Float32"), ["0", "1"]),
    "float": (lambda b: b * 1.0, ["0", "1"]),
    "sparse": (lambda b: pd.Series(pd.arrays.SparseArray(b.to_numpy())), ["0", "1"]),
    "extreme integers": (lambda b: pd.Series(np.where(b == 1, 2**63 - 1, -(2**63))), [str(-(2**63)), str(2**63 - 1)]),
    "extreme int8": (lambda b: pd.Series(np.where(b == 1, 127, -128)).astype("int8"), ["-128", "127"]),
    "text": (lambda b: pd.Series(np.where(b == 1, "ženska", "moški")), ["moški", "ženska"]),
    "string": (lambda b: pd.Series(np.where(b == 1, "b c", "a")).astype("string"), ["a", "b c"]),
    "mixed": (lambda b: pd.Series([1 if one else "1 ali več" for one in 1 - b], dtype=object), ["1", "1 ali več"]),
    "dates": (lambda b: pd.Series(pd.date_range("2020-01-01", periods=2).take(b)), None),
    "months": (lambda b: pd.Series(pd.period_range("2020-01", periods=2, freq="M").take(b)), ["2020-01", "2020-02"]),
    "numeric categories": (lambda b: pd.Categorical(b, categories=[0, 1]), ["0", "1"]),
    "broken categories": (lambda b: pd.Categorical(b * 1.5), ["0.0", "1.5"]),
    "intervals": (lambda b: pd.cut(b, [-1, 0, 1]), ["(-1, 0]", "(0, 1]"]),
}


@pytest.mark.parametrize(("make", "names"), KINDS.values(), ids=KINDS)
def test_columns_of_every_kind_are_the_same_categories(make, names):
    frame = answers()
    made = SurveyDesign(frame.assign(m=make(frame["b"]), t=np.where(frame["b"] == 1, "t1", "t0")), "w")
    for call in (
        lambda v: kzm.proportion(made, v), lambda v: kzm.total(made, v), lambda v: kzm.mean(made, "y", by=v),
        lambda v: kzm.quantile(made, "y", 0.5, by=v), lambda v: kzm.crosstab(made, "q", v).estimates,
    ):  # fmt: skip
        if call("m").frame["category"].isna().all() and call("m").frame["by"].isna().all():
            continue  # the total of a number is one number
        one, other = call("m").frame, call("t").frame
        np.testing.assert_allclose(one[["estimate", "se", "n"]], other[["estimate", "se", "n"]], rtol=1e-12)
    if names is not None:
        assert kzm.proportion(made, "m").frame["category"].tolist() == names


def test_pyarrow_text_is_text():
    pytest.importorskip("pyarrow")
    frame = answers()
    frame["t"] = frame["g"].astype("str")
    for kind in ("string[pyarrow]", "str"):
        made = SurveyDesign(frame.assign(m=frame["t"].astype(kind)), "w")
        pd.testing.assert_frame_equal(
            kzm.mean(made, "y", by="m").frame.drop(columns="by"), kzm.mean(made, "y", by="t").frame.drop(columns="by")
        )


@pytest.mark.parametrize(("column", "words"), {
    "lists": (pd.Series([[1]] * N), "cannot be categories"),
    "mappings": (pd.Series([{}] * N), "cannot be categories"),
    "half precision": (np.zeros(N, "float16"), "cannot be categories"),
    "infinite": ([np.inf] + [1.0] * (N - 1), "infinite values"),
    "alike": (pd.Categorical([1, "1"] * (N // 2), categories=[1, "1"]), "two categories that are written '1'"),
    "many": (pd.Categorical.from_codes(ONE_TO_N, [str(i) for i in range(40_000)]), "40000 categories; at most 1000"),
    "texts": (pd.Categorical.from_codes(ONE_TO_N, [str(i) for i in range(1001)]), "remove_unused_categories"),
}.values())  # fmt: skip
@pytest.mark.parametrize("name", ["proportion", "crosstab F column", "goodness_of_fit"])
def test_columns_that_are_no_categories_are_refused(name, column, words):
    with pytest.raises(EstimationError, match=words):
        EVERY[name](design(m=column), "m")
    with pytest.raises(EstimationError, match=words):
        kzm.mean(design(m=column), "y", by="m")


@pytest.mark.parametrize(("column", "words"), {
    "text": ("a", "is str, not a number|is categorical"),
    "dates": (pd.date_range("2020-01-01", periods=N), "is datetime64.*, not a number|numbers or categories"),
    "objects": (pd.Series(range(N), dtype=object), "is object, not a number.*pandas.to_numeric|is categorical"),
    "complex": (ONE_TO_N * 1j, "is complex128, not a number"),
    "infinite": ([np.inf] + [1.0] * (N - 1), r"1 infinite value\."),
    "huge": (ONE_TO_N * 1e300, "up to 3.9e[+]301; between 1e-50 and 1e[+]50"),
    "tiny": (ONE_TO_N * 1e-300, "Change the unit"),
}.values())  # fmt: skip
@pytest.mark.parametrize("name", ["mean", "ratio", "quantile", "ttest", "ranktest", "kaplan_meier", "logrank", "glm"])
def test_columns_that_are_no_numbers_are_refused(name, column, words):
    with pytest.raises(EstimationError, match=words):
        OF_NUMBERS[name](design(m=column), "m")


def test_unused_categories_are_empty_rows():
    made = design(m=pd.Categorical(["a", "b"] * (N // 2), categories=["z", "a", "b"]))
    found = kzm.proportion(made, "m").frame
    assert found["category"].tolist() == ["z", "a", "b"]
    assert found["estimate"][0] == 0
    by = kzm.mean(made, "y", by="m").frame
    assert by.loc[0, "n"] == 0
    assert np.isnan(by.loc[0, "estimate"])
    assert "empty" in by.loc[0, "flag"]


@pytest.mark.parametrize("index", [
    [0] * N, [np.nan] * N, pd.MultiIndex.from_product([[0, 1], range(N // 2)]), pd.date_range("2020", periods=N),
], ids=["same", "missing", "two levels", "dates"])  # fmt: skip
@pytest.mark.parametrize("name", EVERY)
def test_the_index_of_the_frame_plays_no_part(name, index):
    plain, other = (SurveyDesign(frame, "w") for frame in (answers(), answers().set_axis(index)))
    found = [EVERY[name](made, good_variable(name), where=made.frame["x"] > 1.2) for made in (plain, other)]
    assert repr(found[0]) == repr(found[1])


def test_names_of_columns_may_be_any_text():
    names = {"y": "dolžina časa", "q": "kakšno je?", "g": "spol – 2", "b": "a b", "ended": "class", "months": "2d"}
    plain, named = design(), SurveyDesign(answers().rename(columns=names), "w")
    for call in (
        lambda d, n: kzm.mean(d, n("y"), by=n("g")), lambda d, n: kzm.quantile(d, n("y"), 0.5, by=n("b")),
        lambda d, n: kzm.crosstab(d, n("q"), n("g")).estimates, lambda d, n: kzm.ratio(d, n("y"), n("months")),
        lambda d, n: kzm.kaplan_meier(d, n("months"), n("ended")),
    ):  # fmt: skip
        numbers = [call(plain, str).frame, call(named, lambda name: names[name]).frame]
        np.testing.assert_array_equal(*(frame.select_dtypes("number") for frame in numbers))
    slope = [kzm.glm(plain, "y ~ b"), kzm.glm(named, "Q('dolžina časa') ~ Q('a b')")]
    np.testing.assert_array_equal(slope[0].coefficients, slope[1].coefficients)


@pytest.mark.parametrize("name", ["mean", "total", "ratio", "quantile", "proportion", "crosstab without test"])
def test_one_row_has_no_interval(name):
    made = SurveyDesign(answers().iloc[[1]], "w", lonely_psu="remove")
    found = EVERY[name](made, good_variable(name))
    frame = getattr(found, "estimates", found).frame
    # Degrees of freedom are those of each column: no row, or one.
    assert (frame["df"] <= 0).all()
    assert frame[["ci_low", "ci_high"]].isna().all(axis=None)


@pytest.mark.parametrize("name", [*NEEDS_DF, "logrank", "glm", "ordinal"])
@pytest.mark.parametrize("policy", ["error", "remove"])
def test_one_row_has_no_test_and_no_model(name, policy):
    words = "one sampling unit|degrees of freedom|one category|two categories|only one has|1 have answers|nobody"
    with pytest.raises(EstimationError, match=words):
        EVERY[name](SurveyDesign(answers().iloc[[1]], "w", lonely_psu=policy), good_variable(name))


def test_two_rows_have_the_variance_of_the_textbook():
    # y = 1, 5: mean 3, se² = s²/n = 8/2, df 1.
    found = kzm.mean(SurveyDesign(pd.DataFrame({"y": [1.0, 5.0]})), "y").row()
    assert (found.estimate, found.df, found.n) == (3.0, 1.0, 2)
    assert found.se == pytest.approx(2.0)
    with pytest.raises(EstimationError, match="1 degrees of freedom, the test needs at least 2"):
        kzm.ttest(SurveyDesign(pd.DataFrame({"y": [1.0, 5.0]})), "y")


@pytest.mark.parametrize("away", [1e3, 1e6, 1e8])
def test_groups_that_lie_far_apart_keep_the_digits_of_their_standard_errors(away):
    # Simple random sampling of n, a group of m among them: se² = n/(n - 1)·Σ(y - ȳ)²/m².
    n, m = 200, 100
    noise = np.random.default_rng(3).integers(-8, 9, n) / 8  # eighths, so that adding a constant loses nothing
    noise[:m] -= noise[:m].mean()
    y = np.round(noise * 8) / 8 + np.repeat([away, -away], m)
    found = kzm.mean(SurveyDesign(pd.DataFrame({"y": y, "g": np.repeat(["a", "b"], m)})), "y", by="g").frame
    expected = [np.sqrt(n / (n - 1) * (part - part.mean()) @ (part - part.mean())) / m for part in (y[:m], y[m:])]
    np.testing.assert_allclose(found["se"], expected, rtol=1e-8)


def categories(count, n=3000, seed=0):
    codes = np.random.default_rng(seed).integers(0, count, n)
    codes[:count] = np.arange(count)
    return pd.Categorical.from_codes(codes, [f"k{i}" for i in range(count)])


@pytest.mark.parametrize("count", [126, 127, 128, 129, 255, 256, 257])
def test_codes_of_one_byte_do_not_overflow(count):
    frame = pd.DataFrame({"m": categories(count), "y": np.arange(3000.0), "h": categories(3, seed=1)})
    made = SurveyDesign(frame)
    shares = kzm.proportion(made, "m").frame
    np.testing.assert_allclose(shares["estimate"], frame["m"].value_counts(sort=False) / 3000, rtol=1e-12)
    means = kzm.mean(made, "y", by="m").frame
    np.testing.assert_allclose(means["estimate"], frame.groupby("m", observed=False)["y"].mean(), rtol=1e-12)
    counts = kzm.crosstab(made, "m", "h", test=None).n
    np.testing.assert_array_equal(counts, pd.crosstab(frame["m"], frame["h"]))


TOO_MANY = {
    "crosstab": lambda d: kzm.crosstab(d, "p", "r"),
    "crosstab total": lambda d: kzm.crosstab(d, "p", "r", percent="total", test=None),
    "proportion by": lambda d: kzm.proportion(d, "p", by="r"),
    "total by": lambda d: kzm.total(d, "p", by="r"),
    "banner": lambda d: kzm.banner(d, ["p"], ["r"]),
    "quantile": lambda d: kzm.quantile(d, "y", np.linspace(0, 1, 100), by="p"),
}


@pytest.mark.parametrize("call", TOO_MANY.values(), ids=TOO_MANY)
def test_a_table_that_is_too_large_is_refused_before_it_is_made(call):
    made = SurveyDesign(pd.DataFrame({"p": categories(120), "r": categories(110, seed=1), "y": np.arange(3000.0)}))
    with pytest.raises(EstimationError, match=r"at most 5000 can be estimated together. Merge categories"):
        call(made)


def test_a_break_that_is_too_wide_and_a_test_that_is_too_large_are_refused():
    made = SurveyDesign(pd.DataFrame({"p": categories(60), "r": categories(60, seed=1), "wide": categories(201),
                                      "q": categories(2, seed=2)}))  # fmt: skip
    with pytest.raises(EstimationError, match="201 categories, at most 200 can stand in columns"):
        kzm.banner(made, ["q"], ["wide"])
    with pytest.raises(EstimationError, match=r"60 by 60 is too large for a test.*test=None"):
        kzm.crosstab(made, "p", "r")


@pytest.mark.parametrize("call", [
    lambda d: kzm.proportion(d, "p"), lambda d: kzm.crosstab(d, "p", "r"), lambda d: kzm.mean(d, "y", by="p"),
    lambda d: kzm.banner(d, ["p"], ["r"]), lambda d: kzm.quantile(d, "y", 0.5, by="p"),
    lambda d: kzm.ranktest(d, "y", by="p"), lambda d: kzm.logrank(d, "y", "e", by="p"),
    lambda d: kzm.select_all_test(d, ["e"], by="p"), lambda d: kzm.glm(d, "y ~ p"), lambda d: kzm.ordinal(d, "p ~ y"),
    lambda d: kzm.goodness_of_fit(d, "p", np.full(5000, 1 / 5000)),
])  # fmt: skip
def test_5000_categories_are_refused_by_name(call):
    frame = {"p": categories(5000, 6000), "r": categories(5000, 6000, 1), "y": np.arange(6000.0), "e": True}
    with pytest.raises(EstimationError, match=r"'p' has 5000 categories; at most 1000|'r' has 5000 categories"):
        call(SurveyDesign(pd.DataFrame(frame)))


@pytest.mark.parametrize(("name", "words"), {
    "coping": r"'coping' is a select-all set: use multiple_response\(design, 'coping'\), or .*coping_none",
    "annoyance": r"'annoyance' is a battery: use battery\(design, 'annoyance', categories\), or .*annoyance_port",
    "proposal_themes": "'proposal_themes' is a select-all set",
    "copin": "unknown column 'copin'; did you mean",
}.items())  # fmt: skip
@pytest.mark.parametrize("call", [
    kzm.proportion, kzm.mean, kzm.total, lambda d, v: kzm.crosstab(d, v, "sex"), lambda d, v: kzm.mean(d, "age", by=v),
], ids=["proportion", "mean", "total", "crosstab", "by"])  # fmt: skip
def test_a_set_or_a_battery_of_the_codebook_is_no_variable(name, words, call):
    with pytest.raises(EstimationError, match=words):
        call(codebook_design(), name)


def test_a_column_added_to_a_survey_is_estimated_but_not_by_who_was_asked():
    survey = kzm.load("surveys/noise/2021")
    survey.responses["older"] = survey.responses["age"] >= 62
    made = SurveyDesign.from_survey(survey)
    found = kzm.proportion(made, "older").frame
    assert found["category"].tolist() == ["False", "True"]
    assert found["estimate"][1] == (survey.responses["age"] >= 62).mean()
    with pytest.raises(EstimationError, match="base='asked': 'older' is not in the codebook"):
        kzm.proportion(made, "older", base="asked")


@pytest.mark.parametrize(
    "call",
    [
        lambda d: kzm.ttest(d, "y", by="g"), lambda d: kzm.ranktest(d, "y", by="g"), lambda d: kzm.glm(d, "y ~ g"),
        lambda d: kzm.goodness_of_fit(d, "g", [0.5, 0.5]), lambda d: kzm.battery(d, "b", ["x"]),
        lambda d: kzm.multiple_response(d, "b"), lambda d: kzm.ordinal(d, "g ~ y"), lambda d: kzm.mean(d, "y"),
        lambda d: kzm.select_all_test(d, ["b"], by="g"), lambda d: kzm.logrank(d, "y", "b", by="g"),
        lambda d: kzm.crosstab(d, "g", "b"), lambda d: kzm.quantile(d, "y", 0.5), lambda d: kzm.total(d, "y"),
    ],
)  # fmt: skip
def test_a_frame_in_place_of_a_design_is_refused(call):
    with pytest.raises(EstimationError, match="a SurveyDesign is needed, found DataFrame"):
        call(pd.DataFrame({"y": [1.0, 2.0], "g": ["a", "b"], "b": [True, False]}))
