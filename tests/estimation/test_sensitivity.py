"""Key results under other ways of weighting: which ways, and that each share is what its way gives."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.estimation.sensitivity import CAP, Sensitivity, _other_margins, schemes, sensitivity

SHARES = {
    "a": {"x": 0.5, "y": 0.5},
    "b": {"u": 0.25, "v": 0.75},
    "c": {"p": 0.1, "q": 0.9},
    "d": {"r": 0.6, "s": 0.4},
}


@pytest.fixture(scope="module")
def noise():
    return kzm.weight(kzm.load("surveys/noise/2021"))


@pytest.fixture(scope="module")
def found(noise):
    return sensitivity(noise)


def with_weighting(survey, **changes):
    """The same survey with other lines under [weighting]."""
    weighting = survey.wave.weighting.model_copy(update=changes)
    return dataclasses.replace(survey, wave=survey.wave.model_copy(update={"weighting": weighting}))


def names(found):
    return [scheme.name for scheme in found]


def poststratified(frame, targets, by, hit):
    """Share by hand: population share of each group times the share in the group, over those who answered."""
    groups = pd.DataFrame({"by": by, "hit": hit, "answered": frame.notna()})
    size = groups.groupby("by", observed=True).size()
    weights = groups["by"].map({name: targets[name] / size[name] for name in size.index}).astype(float)
    return float((weights * groups["hit"]).sum() / (weights * groups["answered"]).sum())


def test_schemes_of_the_noise_wave(found):
    assert names(found.schemes) == ["none", "own", "without:sex*age_group", "without:place_type", "capped"]


def test_several_margins_are_left_out_in_turn_three_at_most():
    found = _other_margins(kzm.Margins(SHARES))
    assert [(kind, name) for kind, name, _ in found] == [("without", "a"), ("without", "b"), ("without", "c")]
    assert [list(margins.tables) for _, _, margins in found] == [["b", "c", "d"], ["a", "c", "d"], ["a", "b", "d"]]


def test_one_joint_margin_is_taken_apart():
    joint = kzm.Margins({("a", "b"): {("x", "u"): 10, ("x", "v"): 20, ("y", "u"): 30, ("y", "v"): 40}})
    found = _other_margins(joint)
    assert [(kind, name) for kind, name, _ in found] == [("only", "a"), ("only", "b")]
    # x = 10 + 20, y = 30 + 40; u = 10 + 30, v = 20 + 40
    assert found[0][2].tables["a"].targets == {("x",): 30, ("y",): 70}
    assert found[1][2].tables["b"].targets == {("u",): 40, ("v",): 60}


def test_one_simple_margin_has_no_other():
    assert _other_margins(kzm.Margins({"a": SHARES["a"]})) == []


def test_shares_without_weights_are_counts(noise, found):
    for result, row in zip(found.results, found.estimates, strict=True):
        answers = noise.frame[result.variable]
        assert row[0].estimate == pytest.approx(
            answers.isin(result.categories).sum() / answers.notna().sum(), abs=1e-12
        )
        assert row[0].n == answers.notna().sum()


def test_shares_by_the_own_weighting_are_those_of_the_report(noise, found):
    for result, row in zip(found.results, found.estimates, strict=True):
        expected = kzm.proportion(noise, result.variable, categories=list(result.categories)).row().estimate
        assert row[1].estimate == pytest.approx(expected, abs=1e-12)


def test_leaving_one_of_two_margins_out_is_poststratification_by_the_other(noise, found):
    population = pd.read_csv("surveys/noise/2021/population.csv")
    counts = population[population["variable"] == "place_type"].set_index("category")["count"]
    targets = (counts / counts.sum()).to_dict()
    column = names(found.schemes).index("without:sex*age_group")
    for result, row in zip(found.results, found.estimates, strict=True):
        answers = noise.frame[result.variable]
        hit = answers.isin(result.categories)
        expected = poststratified(answers, targets, noise.frame["place_type"], hit)
        assert row[column].estimate == pytest.approx(expected, abs=1e-9)


def test_capped_weights_keep_their_sum_and_stay_below_the_cap(noise, found):
    (capped,) = (scheme for scheme in found.schemes if scheme.kind == "capped")
    assert noise.weights.max() > CAP
    assert capped.design.weights.max() <= CAP * (1 + 1e-9)
    assert capped.design.weights.sum() == pytest.approx(508, rel=1e-9)


def test_no_capped_weights_where_none_is_above_the_cap(noise):
    # By sex 203 men and 305 women of 508: the higher weight is 0.495 * 508 / 203 = 1.24.
    assert names(schemes(kzm.weight(with_weighting(noise.survey, variables=("sex",))))) == ["none", "own"]


def test_margins_that_cannot_hold_below_the_cap_are_left(noise):
    # 35 of 508 are young, 31 % of the population: their mean weight must be 0.308 * 508 / 35 = 4.5.
    design = kzm.weight(with_weighting(noise.survey, variables=("sex", "age_group")))
    (capped,) = (scheme for scheme in schemes(design) if scheme.kind.startswith("capped"))
    assert capped.kind == "capped"
    young = noise.frame["age_group"] == "18_39"
    assert capped.design.weights[young].max() <= 3 * (1 + 1e-9)
    assert capped.design.weights[young].sum() / 508 < 0.25


def test_margins_that_hold_below_the_cap_are_raked_again(noise):
    # With 100 of the old only, the young are 35 of 270: a mean weight of 0.308 * 270 / 35 = 2.4 is enough.
    old = (noise.frame["age_group"] == "62_plus").to_numpy()
    rows = ~old | (old.cumsum() <= 100)
    survey = with_weighting(noise.survey, variables=("sex", "age_group"))
    parts = {name: getattr(survey, name)[rows] for name in ("responses", "missing")}
    design = kzm.weight(dataclasses.replace(survey, **parts))
    assert design.weights.max() > 3
    (capped,) = (scheme for scheme in schemes(design) if scheme.kind == "capped_raked")
    assert capped.design.weights.max() <= 3 * (1 + 1e-5)
    for name in ("sex", "age_group"):
        sums = pd.Series(capped.design.weights, capped.design.frame.index).groupby(
            capped.design.frame[name], observed=True
        ).sum()  # fmt: skip
        for category, total in sums.items():
            assert total / 270 == pytest.approx(design.weighting.target(name, category), rel=1e-6)


def test_deff_is_that_of_the_weights(noise, found):
    by_name = dict(zip(names(found.schemes), found.schemes, strict=True))
    assert (by_name["none"].deff, by_name["none"].n_eff) == (1.0, 508.0)
    w = noise.weights
    assert by_name["own"].deff == pytest.approx(508 * np.sum(w**2) / np.sum(w) ** 2)
    assert by_name["own"].n_eff == pytest.approx(508 / by_name["own"].deff)


def test_widest_gaps(found):
    shares = np.array([[row.estimate for row in rows] for rows in found.estimates])
    gaps = abs(shares - shares[:, [1]])
    plain, other = found.widest(unweighted=True), found.widest(unweighted=False)
    assert plain.size == pytest.approx(gaps[:, 0].max(), abs=1e-12)
    assert plain.result == found.results[int(gaps[:, 0].argmax())]
    assert plain.scheme.kind == "none"
    assert other.size == pytest.approx(gaps[:, 2:].max(), abs=1e-12)
    assert other.scheme == found.schemes[2 + int(gaps[:, 2:].max(axis=0).argmax())]


def test_no_results_and_no_other_schemes_have_no_gap(noise, found):
    assert sensitivity(noise, []).widest(unweighted=True) is None
    two = Sensitivity(found.results, found.schemes[:2], tuple(row[:2] for row in found.estimates))
    assert two.widest(unweighted=False) is None


def test_rows_without_a_weighting_variable_follow_the_rule_of_the_wave(noise):
    survey = noise.survey
    responses = survey.responses.copy()
    responses.iloc[:20, responses.columns.get_loc("age_group")] = np.nan
    holed = kzm.weight(dataclasses.replace(survey, responses=responses))
    found = sensitivity(holed)
    by_name = dict(zip(names(found.schemes), found.schemes, strict=True))
    assert by_name["without:place_type"].design.weights[:20] == pytest.approx(1.0)
    strict = dataclasses.replace(with_weighting(survey, missing="error"), responses=responses)
    with pytest.raises(kzm.WeightingError, match="age_group"):
        kzm.weight(strict)


@pytest.mark.parametrize("design", [
    kzm.SurveyDesign(pd.DataFrame({"a": ["x", "y"]})),
    kzm.SurveyDesign.from_survey(kzm.load("surveys/noise/2021")),
    kzm.weight(kzm.load("surveys/breastfeeding/2022")),
], ids=["frame", "without weights", "method none"])  # fmt: skip
def test_a_design_without_weighting_is_refused(design):
    with pytest.raises(kzm.WeightingError, match=r"kzm\.weight"):
        sensitivity(design)
