"""Every share and mean of the ledger, computed again from the answers."""

import json

import pytest

import kzm_surveys as kzm
from kzm_surveys.language.numbers import decimal, percent

SHARES = ("proportion", "mean")


@pytest.fixture(scope="module")
def rows(built):
    return json.loads(built.files["ledger.json"])["numbers"]


@pytest.fixture(scope="module")
def unweighted(designs):
    return {name: kzm.SurveyDesign.from_survey(design.survey) for name, design in designs.items()}


def design_of(row, designs, unweighted):
    name = row["wave"].split()[0]
    return designs[name] if row["weight"].startswith("raking") else unweighted[name]


def again(row, design):
    """The estimate through the public functions."""
    variable, category = row["variable"], row["category"]
    statistic = row["statistic"].partition(".")[0]
    if statistic == "mean":
        return kzm.mean(design, variable, by=row["by"]).row(by_category=row["by_category"])
    codebook = design.survey.codebook
    for name, members in codebook.sets.items():
        if variable in members and codebook[variable].item == category:
            return kzm.multiple_response(design, name, base=row["base"]).row(category)
    parts = category.split("+")
    estimates = kzm.proportion(design, variable, by=row["by"], base=row["base"], categories=parts)
    return estimates.row(by_category=row["by_category"])


def by_hand(row, design):
    """The estimate with nothing but pandas: sum of weights of those who said it over those who answered."""
    frame, weights = design.frame, design.weights
    answers = frame[row["variable"]]
    inside = answers.notna().to_numpy()
    if row["by"]:
        inside = inside & (frame[row["by"]] == row["by_category"]).to_numpy()
    if row["statistic"].startswith("mean"):
        values = answers.fillna(0).to_numpy()
    else:
        item = design.survey.codebook[row["variable"]].item
        chosen = ["selected"] if item == row["category"] else row["category"].split("+")
        values = answers.isin(chosen).to_numpy()
    return float((weights * values)[inside].sum() / weights[inside].sum()), int(inside.sum())


def test_shares_and_means_are_those_of_the_data(rows, designs, unweighted):
    seen = 0
    for row in rows:
        if row["statistic"] not in SHARES:
            continue
        design = design_of(row, designs, unweighted)
        assert row["estimate"] == pytest.approx(again(row, design).estimate, abs=1e-12, rel=0), row["id"]
        estimate, n = by_hand(row, design)
        assert row["estimate"] == pytest.approx(estimate, abs=1e-12, rel=0), row["id"]
        assert row["n"] == n, row["id"]
        seen += 1
    assert seen > 100


def test_printed_texts_are_those_estimates_rounded(rows, designs, unweighted):
    for row in rows:
        if row["statistic"] in SHARES:
            estimate = again(row, design_of(row, designs, unweighted)).estimate
            write = percent if row["printed_as"] == "percent" else decimal
            assert row["value"] == write(estimate, row["decimals"]), row["id"]


def test_bases_and_intervals_are_those_of_the_same_estimate(rows, designs, unweighted):
    seen = {"n": 0, "ci_low": 0, "ci_high": 0}
    for row in rows:
        statistic, _, part = row["statistic"].partition(".")
        if statistic in SHARES and part:
            estimate = again(row, design_of(row, designs, unweighted))
            assert row["estimate"] == pytest.approx(getattr(estimate, part), abs=1e-12, rel=0), row["id"]
            write = percent if row["printed_as"] == "percent" else decimal
            assert row["value"].removesuffix("\u00a0%") == write(row["estimate"], row["decimals"]).removesuffix(
                "\u00a0%"
            )
            seen[part] += 1
    assert min(seen.values()) > 10


def test_facts_are_those_of_survey_and_weighting_record(rows, designs):
    whole = (row for row in rows if row["statistic"] != "respondents" or row["variable"] is None)
    facts = {(row["wave"], row["statistic"]): row["estimate"] for row in whole}
    for design in designs.values():
        assert facts[design.survey.wave.name, "respondents"] == len(design.survey)
    noise = designs["noise"]
    assert facts["noise 2021", "kish_deff"] == pytest.approx(noise.weighting.deff, abs=1e-12)
    assert facts["noise 2021", "effective_n"] == pytest.approx(noise.weighting.n_eff, abs=1e-9)
    assert facts["noise 2021", "weight.lowest"] == noise.weights.min()
    assert facts["noise 2021", "weight.highest"] == noise.weights.max()
    test = kzm.crosstab(noise, "highly_annoyed_port", "place_type").test
    assert facts["noise 2021", "rao_scott.F"] == pytest.approx(test.statistic, abs=1e-12)
    assert facts["noise 2021", "rao_scott.p"] == pytest.approx(test.p_value, abs=1e-15)
    absent = {row["variable"]: row["estimate"] for row in rows if row["statistic"] == "no_such_source"}
    assert len(absent) == 10
    for variable, count in absent.items():
        assert count == (noise.survey.missing[variable] == "no_such_source").sum()


def test_the_web_survey_has_no_interval_in_the_ledger(rows):
    web = [row for row in rows if row["wave"] == "breastfeeding 2022"]
    assert len(web) > 100
    assert all(row["ci_low"] is None and row["ci_high"] is None and row["df"] is None for row in web)
    assert not any(row["statistic"].endswith(("ci_low", "ci_high", ".p")) for row in web)


def test_no_withheld_estimate_is_printed(rows):
    assert not any("small_cell" in row["flag"] for row in rows)
