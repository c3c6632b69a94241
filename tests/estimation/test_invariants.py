import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kzm_surveys import (
    EstimationError,
    Margins,
    SurveyDesign,
    calibrate,
    crosstab,
    mean,
    poststratify,
    proportion,
    rake,
    ratio,
    total,
    trim_weights,
)
from kzm_surveys.estimation.replication import replicates

moderate = settings(deadline=None, max_examples=40)

# (stratum, cluster, weight, y, q, g); these rows make every stratum, category and group occur with weight.
FIXED = [(0, 0, 4, 1, "a", "x"), (0, 1, 3, 5, "b", "x"), (1, 0, 2, 2, "c", "y"), (1, 1, 5, 9, "a", "y")]
row = st.tuples(
    st.integers(0, 1),
    st.integers(0, 3),
    st.integers(0, 20),
    st.integers(-50, 50),
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["x", "y"]),
)
frames = st.lists(row, min_size=2, max_size=30).map(
    lambda rows: pd.DataFrame(FIXED + rows, columns=["stratum", "cluster", "weight", "y", "q", "g"])
)


def clustered(frame, **changes):
    return SurveyDesign(frame.assign(**changes), weights="weight", strata="stratum", psu="cluster", nest=True)


def everything(design):
    return [mean(design, "y"), mean(design, "y", by="g"), total(design, "y"), total(design, "q"),
            proportion(design, "q"), proportion(design, "q", by="g", ci="beta")]  # fmt: skip


def assert_same(found, expected, columns=None):
    columns = columns or list(expected.columns)
    pd.testing.assert_frame_equal(found[columns], expected[columns], rtol=1e-9, atol=1e-9, check_dtype=False)


@moderate
@given(frame=frames, seed=st.integers(0, 1000))
def test_order_of_rows_changes_nothing(frame, seed):
    shuffled = frame.sample(frac=1, random_state=seed)
    for found, expected in zip(everything(clustered(shuffled)), everything(clustered(frame)), strict=True):
        assert_same(found.frame, expected.frame)
        np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-8, atol=1e-8)


@moderate
@given(frame=frames, factor=st.sampled_from([0.01, 0.5, 3.0, 1000.0]))
def test_scale_of_weights_changes_no_share_mean_standard_error_or_df(frame, factor):
    plain, scaled = clustered(frame), clustered(frame, weight=frame["weight"] * factor)
    for estimator, variable in ((mean, "y"), (proportion, "q")):
        columns = ["estimate", "se", "ci_low", "ci_high", "df", "n"]
        assert_same(estimator(scaled, variable).frame, estimator(plain, variable).frame, columns)
        with_replacement = estimator(plain, variable, deff="with").frame
        assert_same(estimator(scaled, variable, deff="with").frame, with_replacement)


@moderate
@given(frame=frames)
def test_row_of_by_equals_row_of_where(frame):
    design = clustered(frame)
    columns = ["estimate", "se", "ci_low", "ci_high", "df", "n", "n_eff", "deff", "flag"]
    for estimator, variable in ((mean, "y"), (total, "y"), (proportion, "q")):
        by = estimator(design, variable, by="g").frame
        for group in ("x", "y"):
            where = estimator(design, variable, where=frame["g"] == group).frame
            assert_same(by[by["by_category"] == group].reset_index(drop=True), where, columns)


@moderate
@given(frame=frames)
def test_shares_sum_to_one_and_their_covariance_to_zero(frame):
    for design in (clustered(frame), rake(clustered(frame), Margins({"g": {"x": 0.4, "y": 0.6}}))):
        shares = proportion(design, "q")
        assert shares.frame["estimate"].sum() == pytest.approx(1, rel=1e-12)
        np.testing.assert_allclose(shares.covariance.sum(axis=1), 0, atol=1e-12)
        np.testing.assert_allclose(np.sqrt(np.diag(shares.covariance)), shares.frame["se"], atol=1e-12)


@moderate
@given(frame=frames)
def test_merged_categories_are_the_sum_with_the_variance_of_the_sum(frame):
    design = clustered(frame)
    parts, net = proportion(design, "q"), proportion(design, "q", categories=["a", "c"]).row()
    together = np.array([1.0, 0.0, 1.0])
    assert net.category == "a+c"
    assert net.estimate == pytest.approx(together @ parts.frame["estimate"], rel=1e-12)
    assert net.se**2 == pytest.approx(together @ parts.covariance @ together, rel=1e-9, abs=1e-12)


@moderate
@given(y=st.lists(st.integers(-100, 100), min_size=2, max_size=40))
def test_without_design_the_standard_errors_are_the_textbook_ones(y):
    y = np.array([0, 1, *y])
    n, p = len(y), np.mean(y > 0)
    design = SurveyDesign(pd.DataFrame({"y": y, "positive": np.where(y > 0, "yes", "no")}))
    found = mean(design, "y").row()
    assert found.estimate == pytest.approx(y.mean(), abs=1e-12)
    assert found.se == pytest.approx(y.std(ddof=1) / np.sqrt(n), rel=1e-10)
    assert (found.df, found.n, found.deff) == (n - 1, n, pytest.approx(1))
    assert total(design, "y").row().se == pytest.approx(np.sqrt(n) * y.std(ddof=1), rel=1e-10)
    share = proportion(design, "positive").row("yes")
    assert share.se == pytest.approx(np.sqrt(p * (1 - p) / (n - 1)), rel=1e-10)


@moderate
@given(frame=frames)
def test_standard_error_of_a_domain_is_that_of_weights_zero_outside_it(frame):
    inside = frame["g"] == "x"
    found = mean(clustered(frame), "y", where=inside).row()
    zeroed = mean(clustered(frame, weight=frame["weight"].where(inside, 0)), "y").row()
    assert (found.estimate, found.se) == pytest.approx((zeroed.estimate, zeroed.se), rel=1e-9, abs=1e-12)
    assert (found.n, found.df) == (zeroed.n, zeroed.df)


GROUPS = Margins({"g": {"x": 400, "y": 600}})
STRATA = Margins({"g": {"x": 400, "y": 600}, "stratum": {"0": 300, "1": 700}})


def every_design(frame):
    """Designs of all kinds over the same rows."""
    made, rows = clustered(frame), SurveyDesign(frame, "weight")
    return [
        SurveyDesign(frame), rows, SurveyDesign(frame, "weight", strata="stratum"), made, poststratify(made, GROUPS),
        rake(rows, STRATA, tolerance=1e-13), rake(made, STRATA, tolerance=1e-13),
        calibrate(made, {"g": {"x": 400, "y": 600}}), trim_weights(made, upper=12), replicates(made),
        rake(replicates(made), GROUPS),
    ]  # fmt: skip


# Every group and answer in every cluster or nearly, so that no margin or replicate lacks one.
STURDY = [(s, c, 3 + s, 5 * c, "abc"[(c + s) % 3], g) for s in (0, 1) for c in range(4) for g in "xy"]
sturdy = st.lists(row, min_size=2, max_size=20).map(
    lambda rows: pd.DataFrame(STURDY + rows, columns=["stratum", "cluster", "weight", "y", "q", "g"])
)
# Many estimates on many designs: making a failing example small would take minutes.
few = settings(deadline=None, max_examples=6, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@few
@given(frame=sturdy, seed=st.integers(0, 1000))
def test_order_of_rows_changes_nothing_on_any_design(frame, seed):
    order = np.random.default_rng(seed).permutation(len(frame))
    for shuffled, design in zip(every_design(frame.iloc[order]), every_design(frame), strict=True):
        for estimator, variable, more in ((mean, "y", {"by": "g"}), (proportion, "q", {}), (total, "q", {})):
            found, expected = (estimator(made, variable, **more) for made in (shuffled, design))
            assert_same(found.frame, expected.frame)
            np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-7, atol=1e-7)


@few
@given(frame=sturdy)
def test_row_of_by_equals_row_of_where_on_any_design(frame):
    columns = ["estimate", "se", "ci_low", "ci_high", "df", "n", "n_eff", "deff", "flag"]
    frame["x"] = frame["y"] + 60
    for design in every_design(frame):
        calls = [(mean, ["y"], {}), (total, ["y"], {}), (total, ["q"], {}), (ratio, ["y", "x"], {})]
        calls += [(proportion, ["q"], {"ci": ci}) for ci in ("logit", "beta", "wilson", "likelihood")]
        for estimator, variables, more in calls:
            by = estimator(design, *variables, by="g", **more)
            for group in ("x", "y"):
                where = estimator(design, *variables, where=frame["g"] == group, **more)
                same = (by.frame["by_category"] == group).to_numpy()
                assert_same(by.frame[same].reset_index(drop=True), where.frame, columns)
                np.testing.assert_allclose(by.covariance[np.ix_(same, same)], where.covariance, rtol=1e-7, atol=1e-9)


@few
@given(frame=sturdy)
def test_covariance_of_shares_adds_up_on_any_design(frame):
    together = np.array([1.0, 0.0, 1.0])
    for design in every_design(frame):
        shares = proportion(design, "q")
        assert shares.frame["estimate"].sum() == pytest.approx(1, rel=1e-12)
        np.testing.assert_allclose(shares.covariance.sum(axis=1), 0, atol=1e-10)
        np.testing.assert_allclose(np.diag(shares.covariance), shares.frame["se"] ** 2, atol=1e-14)
        net = proportion(design, "q", categories=["a", "c"]).row()
        assert net.se**2 == pytest.approx(together @ shares.covariance @ together, rel=1e-7, abs=1e-12)
        # Merging the categories before is merging them after.
        merged = design._with(frame=design.frame.assign(q=design.frame["q"].replace("c", "a")))
        one = proportion(merged, "q").row("a")
        assert (one.estimate, one.se) == pytest.approx((net.estimate, net.se), rel=1e-7, abs=1e-9)
        # 0/1 numbers are shares.
        number = mean(
            design._with(frame=design.frame.assign(a=(frame["q"] == "a") * 1.0)), "a", where=frame["q"].notna()
        )
        share = proportion(design, "q", where=frame["q"].notna()).row("a")
        assert (number.row().estimate, number.row().se, number.row().df) == pytest.approx(
            (share.estimate, share.se, share.df), rel=1e-7, abs=1e-9
        )


@few
@given(frame=sturdy)
def test_shares_of_a_crosstab_are_those_of_proportion(frame):
    columns = ["category", "by_category", "estimate", "se", "ci_low", "ci_high", "df", "n", "flag"]
    for design in every_design(frame):
        for base in ("answered", "asked"):
            table = crosstab(design, "q", "g", test=None, base=base)
            assert_same(table.estimates.frame, proportion(design, "q", by="g", base=base).frame, columns)
        rows = crosstab(design, "q", "g", percent="row", test=None).estimates.frame
        expected = proportion(design, "g", by="q").frame
        assert_same(rows, expected, ["estimate", "se", "ci_low", "ci_high", "df", "n", "flag"])
        whole = crosstab(design, "q", "g", percent="total", test=None)
        assert whole.estimates.frame["estimate"].sum() == pytest.approx(1)
        # Total percents summed over the columns are the shares of the rows among those who answered both.
        sums = np.kron(np.eye(3), np.ones(2))
        margin = proportion(design, "q", where=frame["g"].notna())
        np.testing.assert_allclose(sums @ whole.estimates.covariance @ sums.T, margin.covariance, rtol=1e-7, atol=1e-10)


@moderate
@given(frame=frames)
def test_a_category_that_nobody_gave_changes_no_other(frame):
    wide = frame.assign(q=pd.Categorical(frame["q"], categories=["a", "b", "none", "c"]))
    wide["g"] = pd.Categorical(frame["g"], categories=["nobody", "x", "y"])
    for design, wider in (
        (clustered(frame), clustered(wide)),
        (replicates(clustered(frame)), replicates(clustered(wide))),
    ):
        for found, expected in ((proportion(wider, "q", by="g"), proportion(design, "q", by="g")),
                                (mean(wider, "y", by="g"), mean(design, "y", by="g"))):  # fmt: skip
            kept = ~found.frame["category"].eq("none") & ~found.frame["by_category"].eq("nobody")
            assert_same(found.frame[kept].reset_index(drop=True), expected.frame)
            some = kept.to_numpy()
            np.testing.assert_allclose(found.covariance[np.ix_(some, some)], expected.covariance, rtol=1e-8, atol=1e-10)


@moderate
@given(y=st.lists(st.integers(-100, 100), min_size=2, max_size=30))
def test_replicates_of_weights_one_equal_the_textbook(y):
    y = np.array([0, 3, *y], float)
    n, p = len(y), np.mean(y > 0)
    frame = pd.DataFrame({"y": y, "positive": np.where(y > 0, "yes", "no")})
    design = replicates(SurveyDesign(frame))
    found = mean(design, "y").row()
    assert (found.estimate, found.se) == pytest.approx((y.mean(), y.std(ddof=1) / np.sqrt(n)), rel=1e-9, abs=1e-12)
    assert (found.df, found.deff) == (n - 1, pytest.approx(1))
    assert total(design, "y").row().se == pytest.approx(np.sqrt(n) * y.std(ddof=1), rel=1e-9)
    assert proportion(design, "positive").row("yes").se == pytest.approx(np.sqrt(p * (1 - p) / (n - 1)), rel=1e-9)
    # Every replicate the full sample: nothing varies.
    still = SurveyDesign(frame, replicate_weights=np.ones((n, 5)))
    assert mean(still, "y").row().se == pytest.approx(0, abs=1e-12)


@moderate
@given(pairs=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=12))
def test_half_samples_of_pairs_equal_the_textbook(pairs):
    # A total of H strata with two units each: variance Σ(a - b)², whatever balanced half-samples are taken.
    frame = pd.DataFrame({"y": np.ravel(pairs).astype(float), "h": np.repeat(np.arange(len(pairs)), 2)})
    expected = np.sqrt(sum((a - b) ** 2 for a, b in pairs))
    for method in ("brr", "fay", "jackknife"):
        found = total(replicates(SurveyDesign(frame, strata="h"), method), "y").row()
        assert (found.estimate, found.se) == pytest.approx((frame["y"].sum(), expected), rel=1e-9, abs=1e-9)
    assert total(SurveyDesign(frame, strata="h"), "y").row().se == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_cluster_without_members_of_the_domain_still_counts_in_its_variance():
    # The domain has y = 1, 3 in cluster A, 5, 7 in B, nobody in C. Mean 4, influence (y - 4)/4: the totals of
    # the clusters are -1, 1, 0. Three clusters: 3/2·(1 + 1 + 0) = 3. Without the rows of C: 2/1·(1 + 1) = 4.
    frame = pd.DataFrame({"c": list("AABBC"), "y": [1, 3, 5, 7, 100], "d": [True] * 4 + [False]})
    found = mean(SurveyDesign(frame, psu="c"), "y", where="d").row()
    dropped = mean(SurveyDesign(frame[frame["d"]], psu="c"), "y").row()
    assert (found.estimate, found.n, found.df) == (4, 4, 1)  # df as R's degf of the domain: 2 clusters - 1
    assert found.se == pytest.approx(np.sqrt(3))
    assert dropped.se == pytest.approx(np.sqrt(4))


def test_where_and_rows_dropped_differ_by_the_factor_of_simple_random_sampling():
    # Σ(y - mean)² = 14 either way; n/(n-1) is 6/5 for the whole sample, 3/2 for the three rows kept.
    frame = pd.DataFrame({"y": [1.0, 2.0, 6.0, 9.0, 9.0, 9.0]})
    inside = frame["y"] < 9
    kept = mean(SurveyDesign(frame), "y", where=inside).row()
    dropped = mean(SurveyDesign(frame[inside]), "y").row()
    assert kept.estimate == dropped.estimate == 3
    assert kept.se**2 == pytest.approx(6 / 5 * 14 / 9)
    assert dropped.se**2 == pytest.approx(3 / 2 * 14 / 9)


@moderate
@given(frame=frames)
def test_estimating_leaves_frame_and_design_as_they_were(frame):
    before = frame.copy()
    design = clustered(frame)
    weights, strata, psu = design.weights.copy(), design.strata.copy(), design.psu.copy()
    everything(design)
    crosstab(design, "q", "g")
    assert frame.equals(before)
    assert design.frame.equals(before)
    np.testing.assert_array_equal(design.weights, weights)
    np.testing.assert_array_equal(design.strata, strata)
    np.testing.assert_array_equal(design.psu, psu)


@pytest.mark.parametrize("name", ["weights", "strata", "psu"])
def test_arrays_of_a_design_cannot_be_written(name):
    array = getattr(clustered(pd.DataFrame(FIXED, columns=["stratum", "cluster", "weight", "y", "q", "g"])), name)
    assert not array.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 7


# Two said a, one b, one does not know, one refused, and three never met the question.
ANSWERS = ["a", "a", "b", None, None, None, None, None]
REASONS = [None, None, None, "dont_know", "refused", "not_asked", "added_later", "empty_unit"]


def asked_design():
    design = SurveyDesign(pd.DataFrame({"q": ANSWERS, "g": list("xyxyxyxy")}))
    return design._with(missing=pd.DataFrame({"q": REASONS, "g": [None] * 8}))


def test_base_answered_divides_by_those_who_answered():
    found = proportion(asked_design(), "q", base="answered")
    assert found.frame["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert (found.base, found.frame["n"].tolist()) == ("answered", [3, 3])


def test_base_asked_divides_by_those_who_were_asked():
    # 2 of 5 and 1 of 5. Domain of 5 in 8 rows: variance 8/7·p(1 - p)/5.
    found = proportion(asked_design(), "q", base="asked")
    assert found.frame["estimate"].tolist() == pytest.approx([0.4, 0.2])
    assert (found.base, found.frame["n"].tolist()) == ("asked", [5, 5])
    assert found.row("a").se == pytest.approx(np.sqrt(8 / 7 * 0.4 * 0.6 / 5))


def test_base_asked_has_no_meaning_for_a_mean():
    design = SurveyDesign(pd.DataFrame({"y": [1.0, 2.0]}))
    with pytest.raises(EstimationError, match="base='asked' has no meaning"):
        mean(design, "y", base="asked")


@moderate
@given(frame=frames)
def test_opt_in_sample_has_estimates_but_no_margin_of_error(frame):
    opt_in = SurveyDesign(frame, weights="weight", sampling="opt_in")
    probability = SurveyDesign(frame, weights="weight")
    for found, expected in zip(everything(opt_in), everything(probability), strict=True):
        assert_same(found.frame, expected.frame, ["category", "by_category", "estimate", "n"])
        assert found.frame[["se", "ci_low", "ci_high", "df", "deff", "n_eff"]].isna().all(axis=None)
        assert np.isnan(found.covariance).all()
        assert found.frame["flag"].str.contains("opt_in").all()


def test_opt_in_sample_has_no_test():
    frame = pd.DataFrame({"q": ["a", "a", "b", "b", "b", "a"], "g": list("xxxyyy")})
    assert crosstab(SurveyDesign(frame, sampling="opt_in"), "q", "g").test is None
    assert crosstab(SurveyDesign(frame), "q", "g").test is not None
