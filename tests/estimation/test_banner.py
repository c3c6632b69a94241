"""Every number of a banner is the one that its own estimator gives; letters by one test after the other."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import special

import kzm_surveys as kzm
from kzm_surveys import EstimationError, Margins, SurveyDesign, banner
from kzm_surveys.estimation.multiplicity import adjust_p_values
from kzm_surveys.estimation.replication import replicates
from kzm_surveys.estimation.select_all import select_all_test

NETS = {"q": {"top two": ["d", "c"], "not a": ["b", "c", "d"]}}
SCORES = {"q": [0, 1, 2.5, -1]}


def answers(n=400, seed=0):
    random = np.random.default_rng(seed)
    g = random.choice(["x", "y", "z", "rare"], n, p=[0.4, 0.35, 0.2, 0.05])
    lean = np.where(g == "x", 0.55, np.where(g == "y", 0.25, 0.4))
    q = np.where(random.random(n) < lean, "a", random.choice(["b", "c", "d"], n, p=[0.6, 0.3, 0.1]))
    frame = pd.DataFrame({
        "q": pd.Categorical(np.where(random.random(n) < 0.05, None, q), categories=list("abcd")),
        "g": pd.Categorical(np.where(random.random(n) < 0.03, None, g), categories=["x", "y", "z", "rare"]),
        "h": random.choice(["old", "young"], n), "sex": random.choice(["f", "m"], n),
        "y": np.where(random.random(n) < 0.1, np.nan, random.normal(50, 10, n) + 4 * (g == "y")),
        "w": random.uniform(0.5, 4, n), "village": random.integers(0, 40, n), "inside": random.random(n) < 0.8,
    })  # fmt: skip
    frame.loc[:10, "w"] = 0.0
    frame["score"] = frame["q"].map(dict(zip("abcd", SCORES["q"], strict=True))).astype(float)
    return frame


DESIGNS = {
    "weighted": lambda f: SurveyDesign(f, "w"),
    "clustered": lambda f: SurveyDesign(f, "w", psu="village"),
    "raked": lambda f: kzm.rake(SurveyDesign(f), Margins({"sex": {"f": 0.4, "m": 0.6}})),
    "jackknife": lambda f: replicates(SurveyDesign(f, "w", psu="village")),
    "bootstrap, raked": lambda f: kzm.rake(
        replicates(SurveyDesign(f), "bootstrap", replicates=40, seed=2), Margins({"sex": {"f": 0.4, "m": 0.6}})
    ),
}  # fmt: skip


def estimates_of(design, table, line, by, *, where=None, base="answered"):
    """The line's estimates by a break (None: everybody), from the estimator that it stands for."""
    name = table.variable
    if line.kind == "mean" and name == "q":
        return kzm.mean(design, "score", by=by, where=where)
    if line.kind == "mean":
        return kzm.mean(design, name, by=by, where=where)
    categories = list(line.members) if line.kind == "net" else [line.name]
    if line.kind == "option":
        name, categories = line.name, ["selected"]
    return kzm.proportion(design, name, by=by, where=where, base=base, categories=categories)


def columns_of(found, by):
    return [place for place, column in enumerate(found.columns) if column.variable == by]


def assert_same_numbers(found, *, where=None, base="answered"):
    for table in found.tables:
        for place, line in enumerate(table.lines):
            for by in (None, *found.breaks):
                rows = estimates_of(found.design, table, line, by, where=where, base=base)
                here = columns_of(found, by)
                np.testing.assert_allclose(table.estimate[place, here], rows.frame["estimate"], rtol=1e-11)
                np.testing.assert_allclose(table.se[place, here], rows.frame["se"], rtol=1e-8, atol=1e-12)
                assert table.cell_n[place, here].tolist() == rows.cell_n.tolist()
                assert table.flag[place, here].tolist() == rows.frame["flag"].tolist()
                if place == 0:
                    assert table.n[here].tolist() == rows.frame["n"].tolist()


@pytest.mark.parametrize("name", DESIGNS)
def test_every_number_is_that_of_its_estimator(name):
    design = DESIGNS[name](answers())
    found = banner(design, ["q", "y"], ["g", "h"], nets=NETS, means=SCORES)
    assert [line.kind for line in found.tables[0].lines] == ["category"] * 4 + ["net"] * 2 + ["mean"]
    assert [(c.variable, c.category) for c in found.columns] == [
        (None, None), ("g", "x"), ("g", "y"), ("g", "z"), ("g", "rare"), ("h", "old"), ("h", "young"),
    ]  # fmt: skip
    assert_same_numbers(found)


def test_where_and_base_are_those_of_the_estimators():
    design = DESIGNS["raked"](answers())
    assert_same_numbers(banner(design, ["q", "y"], ["g"], where="inside", nets=NETS), where="inside")
    mask = answers()["inside"].to_numpy()
    assert_same_numbers(banner(design, ["q"], ["g", "h"], where=mask, base="asked"), where=mask, base="asked")


def test_bases_by_hand():
    frame = pd.DataFrame({"q": list("aab") * 2 + [None], "g": list("xyx") * 2 + ["x"], "w": [1.0, 2, 3, 0, 2, 3, 9]})
    table = banner(SurveyDesign(frame, "w"), ["q"], ["g"]).tables[0]
    # x: weights 1, 3, 3 (0 has no weight, 9 no answer); y: 2, 2.
    assert (table.n.tolist(), table.weighted.tolist()) == ([5, 3, 2], [11, 7, 4])
    assert table.n_eff.tolist() == pytest.approx([11**2 / 27, 7**2 / 19, 4**2 / 8])
    assert table.cell_n.tolist() == [[3, 1, 2], [2, 2, 0]]
    np.testing.assert_allclose(table.estimate, [[5 / 11, 1 / 7, 1], [6 / 11, 6 / 7, 0]])


def letters_one_by_one(found, table, by, *, where=None, base="answered"):
    """(lines, columns) letters: a t test by contrast for every pair and line, then the correction over all of them."""
    here = columns_of(found, by)
    design = found.design
    inside = np.ones(len(design), bool) if where is None else np.asarray(design.frame["inside"])
    tests = []
    for place, line in enumerate(table.lines):
        rows = estimates_of(design, table, line, by, where=where, base=base)
        for first, second in combinations(range(len(here)), 2):
            n = rows.frame["n"]
            certain = (rows.frame["se"].iloc[[first, second]] < 1e-9).any()
            if min(n[first], n[second]) < 30 or certain:
                continue
            weights = np.zeros(len(rows))
            weights[[first, second]] = 1, -1
            difference = kzm.contrast(rows, weights).row()
            pair = [found.columns[here[each]].category for each in (first, second)]
            both = inside & design.frame[by].isin(pair).to_numpy()
            df = kzm.proportion(design, "sex", where=both).rows[0].df
            t = difference.estimate / difference.se
            tests.append((place, first, second, t, 2 * special.stdtr(df, -abs(t))))
    corrected = adjust_p_values([test[-1] for test in tests], method=found.correction)
    letters = [[set() for _ in here] for _ in table.lines]
    for (place, first, second, t, _), p in zip(tests, corrected, strict=True):
        if p < 1 - found.level:
            higher, lower = (first, second) if t > 0 else (second, first)
            letters[place][higher].add(found.columns[here[lower]].letter)
    return [["".join(sorted(each)) for each in line] for line in letters]


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("correction", ["holm", "benjamini_hochberg", "none"])
def test_letters_are_those_of_all_pairs_tested_one_by_one(name, correction):
    design = DESIGNS[name](answers(500, 3))
    found = banner(design, ["q", "y"], ["g", "h"], nets=NETS, means=SCORES, correction=correction, level=0.9)
    for table in found.tables:
        for by in found.breaks:
            here = columns_of(found, by)
            assert table.letters[:, here].tolist() == letters_one_by_one(found, table, by)
    assert any(any(line) for line in found.tables[0].letters.tolist())


def test_letters_in_a_domain_and_among_the_asked():
    design = DESIGNS["clustered"](answers(500, 3))
    found = banner(design, ["q"], ["g"], where="inside", base="asked", level=0.8)
    table = found.tables[0]
    expected = letters_one_by_one(found, table, "g", where="inside", base="asked")
    assert table.letters[:, 1:].tolist() == expected
    assert any("".join(line) for line in expected)


def yes_no(groups, level=0.95):
    """A question where group g has yes of n people, as [(yes, n), ...]."""
    frame = pd.DataFrame(
        [("yes" if i < yes else "no", f"g{place:02d}") for place, (yes, n) in enumerate(groups) for i in range(n)],
        columns=["q", "g"],
    )
    return banner(SurveyDesign(frame), ["q"], ["g"], level=level)


def test_columns_under_thirty_get_and_give_no_letter():
    table = yes_no([(25, 29), (5, 30), (28, 30)]).tables[0]
    assert table.letters.tolist() == [["", "", "C", ""], ["", "", "", "B"]]  # no, yes
    assert "small_base" in table.flag[0, 1]
    assert "small_base" not in table.flag[0, 2]


def test_a_share_of_nothing_or_all_is_not_compared():
    table = yes_no([(0, 60), (30, 60), (60, 60)]).tables[0]
    assert not any(table.letters.ravel())


def test_a_net_of_all_answers_is_not_compared_whatever_rounding_leaves():
    random = np.random.default_rng(0)
    q = random.choice(list("abcdefgh"), 600)
    g = np.where(random.random(600) < 0.5, "x", "y")
    q[(g == "x") & (q == "h")] = "a"  # nobody in x says h, so the others are all of x
    frame = pd.DataFrame({"q": q, "g": g, "w": random.uniform(0.1, 7, 600)})
    nets = {"q": {"not h": list("abcdefg")}}
    for design in (SurveyDesign(frame, "w"), replicates(SurveyDesign(frame, "w"))):
        table = banner(design, ["q"], ["g"], nets=nets).tables[0]
        assert table.estimate[-1, 1] == pytest.approx(1)
        assert table.letters[-1].tolist() == ["", "", ""]


def test_letters_have_no_gap_and_no_m():
    found = yes_no([(2, 40)] * 12 + [(38, 40)] * 16)
    marks = [column.letter for column in found.columns[1:]]
    assert marks[:13] == list("ABCDEFGHIJKLN")
    assert len(set(marks)) == 28
    assert "M" not in "".join(marks)
    # Each of the last sixteen exceeds each of the first twelve in "yes".
    assert found.tables[0].letters[1, 13:].tolist() == ["ABCDEFGHIJKL"] * 16
    assert found.tables[0].letters[1, :13].tolist() == [""] * 13


@pytest.mark.parametrize("name", ["weighted", "clustered", "raked", "jackknife"])
def test_the_test_of_a_break_is_that_of_the_table(name):
    design = DESIGNS[name](answers())
    table = banner(design, ["q"], ["g", "h"], nets=NETS, means=SCORES, where="inside").tables[0]
    for by in ("g", "h"):
        expected = kzm.crosstab(design, "q", by, where="inside").test
        found = table.tests[by]
        for each in ("statistic", "df_num", "df_den", "p_value"):
            assert getattr(found, each) == pytest.approx(getattr(expected, each), rel=1e-8)


def test_the_test_of_a_number_is_the_wald_test_of_equal_means():
    # Adjusted Wald F with k = 1: W·(df - 1 + 1)/df = t², t of the difference of two means, df of all in the break.
    design = DESIGNS["clustered"](answers())
    found = banner(design, ["y"], ["h"]).tables[0].tests["h"]
    difference = kzm.contrast(kzm.mean(design, "y", by="h"), {"old": 1, "young": -1}).row()
    assert found.statistic == pytest.approx((difference.estimate / difference.se) ** 2, rel=1e-9)
    assert (found.df_num, found.df_den) == (1, 40 - 1)
    # k = 3 by hand, from the covariance of the means: F = W/k·(df - k + 1)/df on k and df - k + 1.
    made = kzm.mean(design, "y", by="g")
    d = np.array([[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]) @ made.frame["estimate"].to_numpy()
    c = np.array([[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]])
    wald = d @ np.linalg.inv(c @ made.covariance @ c.T) @ d
    four = banner(design, ["y"], ["g"]).tables[0].tests["g"]
    assert four.statistic == pytest.approx(wald / 3 * (39 - 2) / 39, rel=1e-8)
    assert (four.df_num, four.df_den) == (3, 37)


def test_a_table_without_a_second_row_has_no_test():
    frame = answers().assign(same="a")
    table = banner(SurveyDesign(frame), ["same"], ["h"]).tables[0]
    assert table.tests["h"] is None
    assert table.estimate.tolist() == [[1, 1, 1]]


# --- select-all sets ---


@pytest.fixture(scope="module")
def noise():
    return kzm.weight(kzm.load("surveys/noise/2021"))


@pytest.mark.parametrize("base", ["answered", "asked"])
def test_a_set_has_a_line_per_option(noise, base):
    found = banner(noise, ["coping"], ["sex", "place_type"], base=base)
    assert [line.name for line in found.tables[0].lines] == list(noise.survey.codebook.sets["coping"])
    assert_same_numbers(found, base=base)
    for by in found.breaks:
        expected = select_all_test(noise, "coping", by=by, base=base)
        assert found.tables[0].tests[by].p_value == pytest.approx(expected.p_value, rel=1e-9)


def test_letters_of_a_set_are_corrected_over_all_its_options(noise):
    found = banner(noise, ["coping", "health"], ["sex", "age_group"], level=0.6)
    for table in found.tables:
        for by in found.breaks:
            assert table.letters[:, columns_of(found, by)].tolist() == letters_one_by_one(found, table, by)


def test_nets_and_means_of_a_set_are_refused_not_ignored(noise):
    with pytest.raises(EstimationError, match="coping"):
        banner(noise, ["coping"], ["sex"], nets={"coping": {"any": ["coping_ear_plugs"]}})
    with pytest.raises(EstimationError, match="coping"):
        banner(noise, ["coping"], ["sex"], means={"coping": [1, 2]})


# --- opt-in samples, bad calls ---


def test_an_opt_in_sample_has_shares_and_n_only():
    frame = answers()
    plain = banner(SurveyDesign(frame, "w"), ["q", "y"], ["g", "h"], nets=NETS)
    found = banner(SurveyDesign(frame, "w", sampling="opt_in"), ["q", "y"], ["g", "h"], nets=NETS)
    for table, expected in zip(found.tables, plain.tables, strict=True):
        np.testing.assert_array_equal(table.estimate, expected.estimate)
        np.testing.assert_array_equal(table.n, expected.n)
        assert np.isnan(table.se).all()
        assert np.isnan(table.n_eff).all()
        assert not any(table.letters.ravel())
        assert table.tests == {"g": None, "h": None}
        assert all(flag.endswith("opt_in") for flag in table.flag.ravel())
    justified = SurveyDesign(frame, "w", sampling="opt_in", justification="matched sample")
    assert banner(justified, ["q"], ["g"]).tables[0].letters.tolist() == (
        banner(SurveyDesign(frame, "w"), ["q"], ["g"]).tables[0].letters.tolist()
    )


@pytest.mark.parametrize(
    ("rows", "columns", "more", "words"),
    [
        ("q", ["g"], {}, "rows must be a list"), (["q"], "g", {}, "columns must be a list"),
        ([], ["g"], {}, "rows must be a list"), (["q"], [], {}, "columns must be a list"),
        (["q", "q"], ["g"], {}, "rows name q twice"), (["q"], ["g", "g"], {}, "columns name g twice"),
        (["nothing"], ["g"], {}, "unknown column"), (["q"], ["nothing"], {}, "unknown column"),
        (["q"], ["y"], {}, "continuous"), (["q"], ["g"], {"nets": {"h": {"n": ["old"]}}}, "no such row"),
        (["q"], ["g"], {"nets": {"q": {"n": ["e"]}}}, "unknown category"),
        (["q"], ["g"], {"nets": {"q": {"n": []}}}, "one or more"),
        (["q"], ["g"], {"means": {"q": [1, 2]}}, "means: 'q' has 4"),
        (["q"], ["g"], {"means": {"q": [1, 2, 3, np.nan]}}, "means: 'q'"),
        (["q"], ["g"], {"means": {"q": [1, 2, 3, np.inf]}}, "means: 'q'"),
        (["q"], ["g"], {"means": {"q": ["1", "b", "c", "d"]}}, "means: 'q'"),
        (["q"], ["g"], {"correction": "bonferroni"}, "unknown correction"), (["q"], ["g"], {"base": "all"}, "base"),
        (["q"], ["g"], {"level": 95}, "level"), (["q"], ["g"], {"where": [False] * 400}, "empty"),
        (["y"], ["g"], {"base": "all"}, "base"),
    ],
)  # fmt: skip
def test_bad_calls_say_what_is_allowed(rows, columns, more, words):
    with pytest.raises(EstimationError, match=words):
        banner(SurveyDesign(answers()), rows, columns, **more)
