"""Sums per cell against the textbook on rows: influence values and variances are written out here a second time."""

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys import EstimationError, Margins, SurveyDesign
from kzm_surveys.estimation import tabulation
from kzm_surveys.estimation.replication import replicates
from kzm_surveys.estimation.tabulation import Tabulation
from tests.estimation.textbook import carried_back, influence_values, textbook_covariance

POPULATION = {"sex": {"f": 2600, "m": 2400}, "age": {"old": 1500, "mid": 2000, "young": 1500}}


def people(seed=0, n=240):
    """Four strata of five villages, households of four in each village, answers with gaps."""
    random = np.random.default_rng(seed)
    stratum = np.arange(n) % 4
    village = stratum * 5 + random.integers(0, 5, n)
    village[:20] = np.arange(20) % 4 * 5 + np.arange(20) // 4  # everyone occurs
    frame = pd.DataFrame({
        "stratum": stratum, "village": village, "household": village * 100 + random.integers(0, 4, n),
        "villages": 40 + 10 * stratum, "households": 30 + village, "people": 700 + 100 * stratum,
        "w": random.uniform(1, 30, n).round(1), "answered": (random.random(n) < 0.8).astype(int),
        "sex": random.choice(["f", "m"], n), "age": random.choice(["young", "mid", "old"], n, p=[0.5, 0.3, 0.2]),
        "g": random.choice(["x", "y", "z", None], n, p=[0.4, 0.3, 0.2, 0.1]),
        "q": random.choice(["a", "b", "c", None], n, p=[0.5, 0.3, 0.15, 0.05]),
        "income": random.gamma(2, 500, n).round(), "inside": random.random(n) < 0.6,
    })  # fmt: skip
    frame["y"] = np.where(random.random(n) < 0.1, np.nan, random.normal(20, 5, n) + 3 * stratum)
    frame["x"] = frame["income"] / 100 + 1
    frame["zero"] = np.where(random.random(n) < 0.15, 0.0, frame["w"])
    frame["lonely"] = np.where(np.arange(n) < 2, [7, 8] + [0] * (n - 2), stratum)
    return frame


def complex_design(frame, weights="w", **more):
    return SurveyDesign(frame, weights, strata="stratum", psu="village", **more)


def calibrated(design):
    return kzm.calibrate(design, {"population": 5000, "income": 5_100_000.0, "sex": POPULATION["sex"]})


DESIGNS = {
    "simple": SurveyDesign,
    "weighted": lambda f: SurveyDesign(f, "w"),
    "zero weights": lambda f: SurveyDesign(f, "zero"),
    "stratified": lambda f: SurveyDesign(f, "w", strata="stratum"),
    "stratified, zero weights": lambda f: SurveyDesign(f, "zero", strata="stratum"),
    "stratified, fpc": lambda f: SurveyDesign(f, strata="stratum", fpc="people"),
    "clustered": lambda f: SurveyDesign(f, "w", psu="village"),
    "stratified clustered": complex_design,
    "stratified clustered, zero weights": lambda f: complex_design(f, "zero"),
    "stratified clustered, fpc": lambda f: complex_design(f, fpc="villages"),
    "two stages": lambda f: SurveyDesign(
        f, "w", strata="stratum", psu=["village", "household"], fpc=["villages", "households"]
    ),
    "two stages, weights by fpc": lambda f: SurveyDesign(
        f, strata="stratum", psu=["village", "household"], fpc=["villages", "households"]
    ),
    "two stages, fpc of the first": lambda f: SurveyDesign(
        f, "w", strata="stratum", psu=["village", "household"], fpc="villages"
    ),
    "post-stratified": lambda f: kzm.poststratify(SurveyDesign(f), Margins({"sex": POPULATION["sex"]})),
    "post-stratified, weighted": lambda f: kzm.poststratify(
        SurveyDesign(f, "zero"), Margins({"age": POPULATION["age"]})
    ),
    "raked": lambda f: kzm.rake(SurveyDesign(f), Margins(POPULATION)),
    "raked, stratified": lambda f: kzm.rake(SurveyDesign(f, "zero", strata="stratum"), Margins(POPULATION)),
    "raked, stratified without weights": lambda f: kzm.rake(SurveyDesign(f, strata="stratum"), Margins(POPULATION)),
    "raked, clustered": lambda f: kzm.rake(complex_design(f, "zero"), Margins(POPULATION)),
    "raked, clustered, fpc": lambda f: kzm.rake(complex_design(f, fpc="villages"), Margins(POPULATION)),
    "calibrated to a number": lambda f: calibrated(SurveyDesign(f, "w")),
    "calibrated to a number, clustered": lambda f: calibrated(complex_design(f)),
    "trimmed": lambda f: kzm.trim_weights(SurveyDesign(f, "w"), upper=20),
    "raked and trimmed": lambda f: kzm.trim_weights(kzm.rake(complex_design(f), Margins(POPULATION)), upper=40),
    "nonresponse": lambda f: kzm.adjust_nonresponse(complex_design(f), "answered", cells=["age"]),
    "nonresponse and raked": lambda f: kzm.rake(
        kzm.adjust_nonresponse(SurveyDesign(f, "w"), "answered", cells=["age"]), Margins(POPULATION)
    ),
    "lonely, remove": lambda f: SurveyDesign(f, "w", strata="lonely", lonely_psu="remove"),
    "lonely, certainty": lambda f: SurveyDesign(f, "w", strata="lonely", lonely_psu="certainty"),
    "lonely, centre": lambda f: SurveyDesign(f, "w", strata="lonely", lonely_psu="centre"),
    "lonely, average": lambda f: SurveyDesign(f, "w", strata="lonely", lonely_psu="average"),
    "justified opt-in": lambda f: SurveyDesign(f, "w", sampling="opt_in", justification="matched"),
}  # fmt: skip


def questions(design):
    """Estimates and what `influence_values` needs to compute the same."""
    inside = design.frame["inside"]
    return [
        (kzm.mean(design, "y"), {"top": "y"}),
        (kzm.mean(design, "y", by="g", where="inside"), {"top": "y", "by": "g", "where": inside}),
        (kzm.total(design, "y", where="inside"), {"top": "y", "where": inside, "kind": "total"}),
        (kzm.total(design, "y", by="g"), {"top": "y", "by": "g", "kind": "total"}),
        (kzm.total(design, "q", by="sex"), {"answers": "q", "by": "sex", "kind": "total"}),
        (kzm.ratio(design, "y", "x", by="g"), {"top": "y", "bottom": "x", "by": "g"}),
        (kzm.proportion(design, "q"), {"answers": "q"}),
        (kzm.proportion(design, "q", where="inside"), {"answers": "q", "where": inside}),
        (kzm.proportion(design, "q", by="g"), {"answers": "q", "by": "g"}),
        (kzm.proportion(design, "q", by="g", base="asked"), {"answers": "q", "by": "g", "asked": True}),
        (kzm.crosstab(design, "q", "g", test=None).estimates, {"answers": "q", "by": "g"}),
    ]


@pytest.mark.parametrize("name", DESIGNS)
def test_estimates_and_covariance_are_those_of_the_rows(name):
    design = DESIGNS[name](people())
    for found, asked in questions(design):
        estimate, influence, counted = influence_values(design.frame, design.weights, **asked)
        expected = textbook_covariance(design, carried_back(design, influence), counted)
        np.testing.assert_allclose(found.frame["estimate"], estimate, rtol=1e-11)
        scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        np.testing.assert_allclose(found.covariance / scale, expected / scale, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(found.frame["se"], np.sqrt(np.diag(expected)), rtol=1e-9)


@pytest.mark.parametrize("name", DESIGNS)
def test_the_way_of_counting_changes_nothing(name, monkeypatch):
    design = DESIGNS[name](people(1))
    plain = questions(design)
    monkeypatch.setattr(tabulation, "_BLOCK", 7)
    in_blocks = questions(design)
    monkeypatch.setattr(Tabulation, "_fits", lambda *_: False)
    by_rows = questions(design)
    for expected, *others in zip(plain, in_blocks, by_rows, strict=True):
        for found in others:
            pd.testing.assert_frame_equal(found[0].frame, expected[0].frame, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(found[0].covariance, expected[0].covariance, rtol=1e-8, atol=1e-12)


def test_most_designs_need_no_row_again():
    # Otherwise the test above would compare the rows with themselves.
    def compressed(name):
        return Tabulation(DESIGNS[name](people()), []).compressed

    through_rows = {
        "two stages", "two stages, weights by fpc", "two stages, fpc of the first", "trimmed", "raked and trimmed",
        "nonresponse and raked", "nonresponse", "lonely, remove", "lonely, certainty", "lonely, centre",
        "lonely, average",
    }  # fmt: skip
    assert {name for name in DESIGNS if not compressed(name)} == through_rows


@pytest.mark.parametrize("name", ["stratified", "raked, clustered"])
def test_more_rows_than_a_block_holds(name):
    frame = people(3, 70_000)
    assert len(frame) > tabulation._BLOCK
    design = DESIGNS[name](frame)
    for found, asked in questions(design)[:2] + questions(design)[-3:-2]:
        estimate, influence, counted = influence_values(design.frame, design.weights, **asked)
        expected = textbook_covariance(design, carried_back(design, influence), counted)
        np.testing.assert_allclose(found.frame["estimate"], estimate, rtol=1e-10)
        np.testing.assert_allclose(found.frame["se"], np.sqrt(np.diag(expected)), rtol=1e-9)


@pytest.mark.parametrize(
    ("categories", "groups"),
    [(126, 2), (127, 2), (128, 2), (130, 30), (3, 127), (3, 130), (200, 3), (400, 1)],  # codes of one byte end at 127
)
def test_many_categories_and_cells(categories, groups):
    random = np.random.default_rng(categories)
    n = max(3 * categories, 2 * groups)
    q = np.arange(n) % categories
    g = random.integers(0, groups, n)
    g[:groups] = np.arange(groups)
    frame = pd.DataFrame({
        "q": pd.Categorical([f"q{code}" for code in q], categories=[f"q{i}" for i in range(categories)]),
        "g": pd.Categorical([f"g{code}" for code in g], categories=[f"g{i}" for i in range(groups)]),
        "w": random.uniform(1, 2, n),
    })  # fmt: skip
    design = SurveyDesign(frame, "w")
    tab = Tabulation(
        design, [(g.astype(np.int8 if groups < 128 else np.int16), groups), (q.astype(np.int16), categories)]
    )
    assert tab.n_cells == (groups + 1) * (categories + 1)
    counts = pd.crosstab(g, q).reindex(index=range(groups), columns=range(categories), fill_value=0).to_numpy()
    np.testing.assert_array_equal(tab.n.reshape(tab.shape)[1:, 1:], counts)
    np.testing.assert_array_equal(tab.n.reshape(tab.shape)[0], 0)
    found = kzm.proportion(design, "q", where=frame["g"] == "g0")
    weighted = frame[frame["g"] == "g0"].groupby("q", observed=False)["w"].sum()
    np.testing.assert_allclose(found.frame["estimate"], weighted / weighted.sum(), rtol=1e-12)
    _, influence, counted = influence_values(frame, design.weights, answers="q", where=frame["g"] == "g0")
    np.testing.assert_allclose(found.covariance, textbook_covariance(design, influence, counted), rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "float64", "category"])
def test_units_and_strata_may_be_numbered_in_any_type(dtype):
    frame = people()
    frame["village"] = (frame["village"] * 13 - 120).astype(dtype)  # -120 to 127
    frame["stratum"] = (frame["stratum"] * 80 - 120).astype(dtype)
    found, expected = (kzm.mean(complex_design(each), "y").row() for each in (frame, people()))
    assert (found.estimate, found.se, found.df) == (expected.estimate, expected.se, expected.df)


def test_a_table_larger_than_its_rows_goes_through_them():
    random = np.random.default_rng(5)
    frame = pd.DataFrame({"q": random.integers(0, 15, 900), "g": [f"g{i}" for i in random.integers(0, 150, 900)],
                          "s": np.arange(900) % 20, "w": random.uniform(1, 9, 900)})  # fmt: skip
    design = SurveyDesign(frame.astype({"q": "category"}), "w", strata="s")
    by = kzm.proportion(design, "q", by="g")
    assert tabulation._TABLE < 20 * 151 * 16
    group = by.frame["by_category"] == "g7"
    where = kzm.proportion(design, "q", where=frame["g"] == "g7")
    columns = ["estimate", "se", "df", "n", "deff", "ci_low", "ci_high", "flag"]
    pd.testing.assert_frame_equal(by.frame.loc[group, columns].reset_index(drop=True), where.frame[columns], rtol=1e-9)
    np.testing.assert_allclose(by.covariance[np.ix_(group, group)], where.covariance, rtol=1e-9, atol=1e-15)


def test_numbers_outside_the_domain_cost_no_accuracy_inside():
    # A code such as 999999999 in rows that `where` leaves out must not move the standard error by rounding.
    random = np.random.default_rng(1)
    y, inside = random.normal(5, 1, 100), np.arange(100) % 10 > 0
    frame = pd.DataFrame({"y": np.where(inside, y, 1e14), "inside": inside})
    found = kzm.mean(SurveyDesign(frame), "y", where="inside").row()
    m = y[inside].mean()
    assert found.estimate == pytest.approx(m, rel=1e-12)
    assert found.se == pytest.approx(np.sqrt(100 / 99 * ((y[inside] - m) ** 2).sum()) / 90, rel=1e-9)


@pytest.mark.parametrize("offset", [1e4, 1e6, 1e8])
def test_a_large_constant_in_every_number_costs_no_accuracy(offset):
    # Total of n numbers: standard error sqrt(n)·s, whatever is added to all of them. In groups A and B of equal size
    # far from each other the mean of each has sqrt(n/(n - 1)·Σ(y - m)²)/n_group.
    y = np.random.default_rng(2).integers(0, 100, 200) / 8 + offset
    group = np.tile(["A", "B"], 100)
    design = SurveyDesign(pd.DataFrame({"y": y, "apart": np.where(group == "A", y, y - offset), "g": group}))
    assert kzm.total(design, "y").row().se == pytest.approx(np.sqrt(200) * y.std(ddof=1), rel=1e-9)
    found = kzm.mean(design, "apart", by="g").frame["se"]
    within = [((y[group == g] - y[group == g].mean()) ** 2).sum() for g in "AB"]
    np.testing.assert_allclose(found, np.sqrt(200 / 199 * np.array(within)) / 100, rtol=1e-9)


# --- replicates ---


def replicated(kind, frame):
    random = np.random.default_rng(9)
    return {
        "jackknife": lambda: replicates(complex_design(frame)),
        "bootstrap of rows": lambda: replicates(SurveyDesign(frame, "zero"), "bootstrap", replicates=20, seed=1),
        "given": lambda: SurveyDesign(frame, "w", replicate_weights=random.uniform(0, 9, (len(frame), 12))),
    }[kind]()


KINDS = ["jackknife", "bootstrap of rows", "given"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("raked", [False, True])
def test_totals_of_replicates_are_the_sums_of_their_weights(kind, raked):
    frame = people()
    design = replicated(kind, frame)
    if raked:
        design = kzm.rake(design, Margins(POPULATION))
    made = design.replicates
    cells = np.random.default_rng(2).integers(0, 5, len(frame))
    here = np.equal.outer(np.arange(5), cells).astype(float)
    values = frame["income"].to_numpy(float)
    np.testing.assert_allclose(made.totals(cells, 5), here @ made.weights, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(made.totals(cells, 5, values), (here * values) @ made.weights, rtol=1e-10, atol=1e-6)
    np.testing.assert_allclose(made.totals(cells.astype(np.int8), 7)[5:], 0)


@pytest.mark.parametrize("kind", KINDS)
def test_raking_all_replicates_together_is_raking_each(kind):
    frame = people()
    design = replicated(kind, frame)
    raked = kzm.rake(design, Margins(POPULATION), tolerance=1e-13)
    for number in range(0, len(design.replicates), 7):
        alone = SurveyDesign(frame.assign(r=design.replicates.weights[:, number]), "r")
        expected = kzm.rake(alone, Margins(POPULATION), tolerance=1e-13).weights
        np.testing.assert_allclose(raked.replicates.weights[:, number], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("raked", [False, True])
def test_variance_from_replicates_is_that_of_estimates_made_one_by_one(kind, raked):
    design = replicated(kind, people())
    if raked:
        design = kzm.rake(design, Margins(POPULATION))
    made = design.replicates
    for found, asked in questions(design):
        each = np.column_stack([influence_values(design.frame, w, **asked)[0] for w in made.weights.T])
        apart = each - each.mean(axis=1, keepdims=True)
        expected = made.scale * (apart * made.rscales) @ apart.T
        np.testing.assert_allclose(found.covariance, expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("seed", range(5))
def test_a_group_without_anybody_in_a_raked_replicate_is_refused(seed):
    # All of group "big" live in village 0, which one replicate leaves out; what is left by rounding is nobody.
    random = np.random.default_rng(seed)
    village = np.concatenate([np.repeat(np.arange(6), 10), np.zeros(80, int)])
    frame = pd.DataFrame({"village": village, "sex": np.tile(["f", "m"], 70), "y": random.normal(0, 1, 140),
                          "g": np.where(village == 0, "big", np.where(village < 3, "r1", "r2")),
                          "w": random.uniform(0.5, 2, 140)})  # fmt: skip
    design = replicates(SurveyDesign(frame, "w", psu="village"))
    for made in (design, kzm.rake(design, Margins({"sex": {"f": 0.4, "m": 0.6}}))):
        for estimator, variable in ((kzm.mean, "y"), (kzm.proportion, "sex")):
            with pytest.raises(EstimationError, match="1 of 6 replicates have nobody in a group"):
                estimator(made, variable, by="g")
