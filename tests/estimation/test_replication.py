import json

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import EstimationError, Margins, SurveyDesign, WeightingError, mean, rake, replicates, total
from tests.golden import HERE, design, read

R = {case["id"]: case["result"] for case in json.loads((HERE / "r_replicates.json").read_text("utf-8"))["cases"]}
RELATIVE = 1e-8


def drawn(n=300):
    random = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "sex": random.choice(["m", "f"], n),
            "age": random.choice(["young", "old"], n),
            "w": random.uniform(1, 3, n),
            "y": random.normal(5, 2, n),
        }
    )


def test_jackknife_weights_and_scales_equal_r():
    made, expected = replicates(design("dstrat")).replicates, R["jkn_strat.repweights"]
    # R goes stratum by stratum, this package row by row: its replicate i leaves out row i.
    weights = read("rep_jkn_strat").to_numpy()
    order = (weights == 0).argmax(axis=1)
    assert sorted(order) == list(range(len(weights)))
    np.testing.assert_allclose(made.weights, weights[:, order], rtol=RELATIVE)
    np.testing.assert_allclose(made.rscales, np.array(expected["rscales"])[order], rtol=RELATIVE)
    assert (made.scale, made.mse) == (expected["scale"], expected["mse"])


def given():
    expected, weights = R["jkn_strat.repweights"], read("rep_jkn_strat").to_numpy()
    return SurveyDesign(
        read("apistrat"), "pw", replicate_weights=weights, scale=expected["scale"], rscales=expected["rscales"]
    )


@pytest.mark.parametrize("made", [lambda: replicates(design("dstrat")), given], ids=["made", "given"])
@pytest.mark.parametrize("variable", ["api00", "enroll"])
def test_estimates_from_jackknife_replicates_equal_r(made, variable):
    verbs = {"mean": mean, "total": total}
    for case_id in [k for k in R if k.endswith(f".{variable}")]:
        found, expected = verbs[case_id.split(".")[1]](made(), variable).row(), R[case_id]
        assert found.estimate == pytest.approx(expected["estimate"][variable], rel=RELATIVE)
        assert found.se == pytest.approx(expected["se"][variable], rel=RELATIVE)
        assert found.df == expected["degf"]
        assert found.ci_low == pytest.approx(expected["ci95_t_degf"]["lower"][variable], rel=RELATIVE)


def test_jackknife_of_a_mean_is_the_linearised_variance():
    # Leave-one-out means 4, 3.5, 1.5 around 3: 2/3 * (1 + 0.25 + 2.25) = 7/3. Linearised: 3/2 * (4 + 1 + 9) / 9 = 7/3.
    base = SurveyDesign(pd.DataFrame({"y": [1.0, 2.0, 6.0]}))
    assert mean(base, "y").row().se ** 2 == pytest.approx(7 / 3, rel=1e-14)
    assert mean(replicates(base), "y").row().se ** 2 == pytest.approx(7 / 3, rel=1e-14)
    assert base.replicates is None


MARGINS = Margins({"sex": {"m": 0.3, "f": 0.7}, "age": {"young": 0.6, "old": 0.4}})


@pytest.mark.parametrize(("method", "seed"), [("jackknife", None), ("bootstrap", 3)])
def test_raking_is_redone_in_every_replicate(method, seed):
    raked = rake(replicates(SurveyDesign(drawn(), "w"), method, seed=seed), MARGINS)
    weights = raked.replicates.weights
    for name, margin in MARGINS.tables.items():
        for (category,), share in margin.targets.items():
            found = weights[(raked.frame[name] == category).to_numpy()].sum(axis=0) / weights.sum(axis=0)
            np.testing.assert_allclose(found, share, rtol=1e-8)
    assert mean(raked, "y").row().se == pytest.approx(
        mean(rake(SurveyDesign(drawn(), "w"), MARGINS), "y").row().se, rel=0.1
    )


def test_bootstrap_is_found_again_by_its_seed_and_is_close_to_the_linearised_error():
    base = SurveyDesign(drawn(), "w")
    first, again, other = (replicates(base, "bootstrap", seed=seed) for seed in (1, 1, 2))
    assert (first.replicates.weights == again.replicates.weights).all()
    assert (first.replicates.weights != other.replicates.weights).any()
    assert len(first.replicates) == 500
    assert mean(first, "y").row().se == pytest.approx(mean(base, "y").row().se, rel=0.1)


@pytest.mark.parametrize("method", ["brr", "fay"])
def test_half_samples_give_the_differences_of_the_pairs(method):
    # Var(total) = Σ d² = 2² + 3² + 0 = 13, so Var(mean of 6) = 13/36.
    frame = pd.DataFrame({"h": [1, 1, 2, 2, 3, 3], "y": [1.0, 3.0, 2.0, 5.0, 4.0, 4.0]})
    made = replicates(SurveyDesign(frame, strata="h"), method)
    assert mean(made, "y").row().se ** 2 == pytest.approx(13 / 36, rel=1e-12)
    assert total(made, "y").row().se ** 2 == pytest.approx(13, rel=1e-12)
    assert mean(made, "y").row().df == 3


@pytest.mark.parametrize("bounds", [None, (0.1, 10.0)])
def test_a_replicate_without_anybody_in_a_category_is_refused_by_name(bounds):
    frame = pd.DataFrame({"sex": ["f", "m", "m", "m"], "y": [1.0, 2.0, 3.0, 5.0]})
    made = replicates(SurveyDesign(frame))
    with pytest.raises(WeightingError, match="replicate 1 has nobody in 'f' of 'sex'"):
        rake(made, Margins({"sex": {"m": 0.5, "f": 0.5}}), bounds=bounds)
    with pytest.raises(EstimationError, match="1 of 4 replicates have nobody in a group"):
        mean(made, "y", where=(frame["sex"] == "f").to_numpy())


FRAME = pd.DataFrame({"h": [1, 1, 2, 2, 2], "g": [1, 2, 2, 2, 2], "y": [1.0, 2.0, 3.0, 4.0, 5.0]})


@pytest.mark.parametrize(
    ("method", "strata", "wanted", "match"),
    [
        ("jack", None, {}, "unknown method 'jack'; did you mean 'jackknife'"),
        ("bootstrap", None, {}, "needs a seed"),
        ("bootstrap", None, {"seed": 1, "replicates": 1}, "at least 2 are needed, found 1"),
        ("jackknife", None, {"replicates": 9}, "their number follows from the design"),
        ("jackknife", "g", {}, "1 stratum has one sampling unit"),
        ("brr", "h", {}, "two sampling units in every stratum"),
    ],
)
def test_replicates_that_cannot_be_made_are_refused(method, strata, wanted, match):
    with pytest.raises(EstimationError, match=match):
        replicates(SurveyDesign(FRAME, strata=strata), method, **wanted)


def test_replicates_after_weighting_are_refused():
    with pytest.raises(EstimationError, match="make them before weighting"):
        replicates(rake(SurveyDesign(drawn(), "w"), MARGINS))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"replicate_weights": []}, "replicate_weights have the shape"),
        ({"replicate_weights": np.ones((4, 3))}, r"shape \(4, 3\); needed: a row per respondent \(5\)"),
        ({"replicate_weights": -np.ones((5, 3))}, "missing, infinite or negative"),
        ({"replicate_weights": np.full((5, 3), np.nan)}, "missing, infinite or negative"),
        ({"replicate_weights": ["r1", "r2"]}, "unknown column 'r1'"),
        ({"replicate_weights": np.ones((5, 3)), "rscales": [1.0, 1.0]}, "rscales has 2 values, there are 3 replicates"),
        ({"replicate_weights": np.ones((5, 3)), "scale": 0.0}, "scale and rscales must be positive"),
    ],
)
def test_replicate_weights_that_cannot_be_used_are_refused(changes, match):
    with pytest.raises(WeightingError, match=match):
        SurveyDesign(FRAME, **changes)
