"""The margins of the noise survey of 2021, recomputed from the published tables in surveys/noise/2021/sources.

The method of each estimate stands in the README there. Sums are plain, the fit of sex by age is solved by its odds
ratios and not by the sweeps of iterative proportional fitting; nothing of the engine is used for the numbers.
"""

import csv
import math
import tomllib
from itertools import product

import pytest
from scipy.optimize import brentq

import kzm_surveys as kzm
from tests.loaders import SURVEYS

FOLDER = SURVEYS / "noise" / "2021"
BANDS = {"18_39": (18, 39), "40_61": (40, 61), "62_plus": (62, 200)}
BROAD = {(0, 14): 14.7, (15, 64): 64.1, (65, 200): 21.2}


def rows(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ages(row):
    return int(row["age_from"]), int(row["age_to"] or 200)


def within(table, low, high):
    return sum(value for age, value in table.items() if low <= age <= high)


@pytest.fixture(scope="module")
def shipped():
    """Variable -> category -> count."""
    out = {}
    for row in rows("population.csv"):
        out.setdefault(row["variable"], {})[row["category"]] = int(row["count"])
    return out


@pytest.fixture(scope="module")
def koper():
    """(measure, sex, ages) -> value."""
    return {
        (row["measure"], row["sex"], *ages(row)): float(row["value"]) for row in rows("sources/koper_residents.csv")
    }


@pytest.fixture(scope="module")
def single():
    """Residents of Slovenia by single year."""
    return {ages(row)[0]: int(row["population"]) for row in rows("sources/slovenia_residents_by_age.csv")}


@pytest.fixture(scope="module")
def ten_years():
    """(ages) -> sex -> residents of Slovenia."""
    out = {}
    for row in rows("sources/slovenia_residents_by_sex_and_age.csv"):
        out.setdefault(ages(row), {})[row["sex"]] = int(row["population"])
    return out


@pytest.fixture(scope="module")
def men(single, ten_years):
    """Men of Slovenia by single year: the share of men is constant within a group of the published table."""
    return {
        age: single[age] * group["male"] / sum(group.values())
        for (low, high), group in ten_years.items()
        for age in single
        if low <= age <= high
    }


def share_of_men(single, men, low, high):
    return within(men, low, high) / within(single, low, high)


def test_source_tables_are_complete_and_agree(koper, single, ten_years, men):
    # SURS: 2.108.977 residents of Slovenia on 1 January 2021, 1.059.938 men and 1.049.039 women.
    assert sorted(single) == list(range(86))
    assert sum(single.values()) == 2_108_977
    assert sum(group["male"] for group in ten_years.values()) == 1_059_938
    assert sum(group["female"] for group in ten_years.values()) == 1_049_039
    assert all(within(single, *group) == sum(by_sex.values()) for group, by_sex in ten_years.items())
    assert sum(men.values()) == pytest.approx(1_059_938)
    residents = [koper["residents", sex, 0, 200] for sex in ("all", "male", "female")]
    assert residents == [53_292, 26_367, 26_925]
    assert residents[0] == residents[1] + residents[2]
    assert {group: koper["percent", "all", *group] for group in BROAD} == BROAD
    assert sum(BROAD.values()) == pytest.approx(100)


def test_sex_margin_is_the_published_one(shipped, koper):
    assert shipped["sex"] == {sex: koper["residents", sex, 0, 200] for sex in ("male", "female")}


def test_age_margin_is_the_shape_of_slovenia_in_the_published_percentages(shipped, koper, single):
    scaled = {}
    for group, percent in BROAD.items():
        people = koper["residents", "all", 0, 200] * percent / 100
        total = within(single, *group)
        scaled |= {age: people * n / total for age, n in single.items() if group[0] <= age <= group[1]}
    assert shipped["age_group"] == {name: round(within(scaled, *band)) for name, band in BANDS.items()}
    assert sum(shipped["age_group"].values()) == 44_035


def test_joint_margin_has_slovenias_odds_ratios_and_the_totals_of_the_municipality(shipped, koper, single, men):
    # A table fitted by iterative proportional fitting keeps the odds ratios of its start (Bishop, Fienberg and Holland
    # 1975, Discrete Multivariate Analysis, ch. 3): each band has the odds of men of Slovenia times one common factor,
    # which makes the men sum to their total.
    adults = shipped["age_group"]
    children = koper["residents", "all", 0, 200] - sum(adults.values())
    target = koper["residents", "male", 0, 200] - children * share_of_men(single, men, 0, 17)
    odds = {band: (p := share_of_men(single, men, *BANDS[band])) / (1 - p) for band in BANDS}

    def fitted(factor):
        return {band: n * factor * odds[band] / (1 + factor * odds[band]) for band, n in adults.items()}

    factor = brentq(lambda factor: sum(fitted(factor).values()) - target, 0.1, 10, xtol=1e-14)
    male = fitted(factor)
    assert sum(male.values()) == pytest.approx(target)
    expected = {f"male*{band}": round(n) for band, n in male.items()}
    expected |= {f"female*{band}": round(adults[band] - n) for band, n in male.items()}
    assert shipped["sex*age_group"] == expected
    # Slovenia's adults are 49,95 % men, those of the municipality by this estimate 49,01 %.
    assert math.isclose(target / sum(adults.values()), 0.4901, abs_tol=5e-5)
    assert 0.9 < factor < 1


def test_joint_margin_sums_to_the_age_groups(shipped):
    for band, n in shipped["age_group"].items():
        assert shipped["sex*age_group"][f"male*{band}"] + shipped["sex*age_group"][f"female*{band}"] == n


def test_types_of_place_are_sums_of_the_local_communities(shipped):
    with (SURVEYS / "noise" / "codebook.toml").open("rb") as file:
        codebook = tomllib.load(file)
    labels = {c["name"]: c["label"]["sl"] for c in codebook["questions"]["local_community"]["categories"]}
    published = {row["local_community"]: int(row["population"]) for row in rows("sources/koper_local_communities.csv")}
    assert set(published) == set(labels.values())
    groups = {group["name"]: group["of"] for group in codebook["derived"]["place_type"]["groups"]}
    assert shipped["place_type"] == {name: sum(published[labels[c]] for c in of) for name, of in groups.items()}
    # By hand, city: Koper-Center 6539 + Olmo-Prisoje 6074 + Semedela 4822 + Za gradom 2523 + Žusterna 5340 = 25.298.
    assert shipped["place_type"]["city"] == 25_298
    assert sum(shipped["place_type"].values()) == sum(published.values()) == 54_252


def test_facts_of_a_margin_are_those_of_its_tables():
    facts = {row["variable"]: row for row in rows("population.csv")}
    assert {name: row["status"] for name, row in facts.items()} == {
        "sex": "official", "age_group": "estimate", "sex*age_group": "estimate", "place_type": "estimate",
    }  # fmt: skip
    dates = {name: {row["date"] for row in rows(f"sources/{name}.csv")} for name in (
        "koper_residents", "slovenia_residents_by_age", "slovenia_residents_by_sex_and_age", "koper_local_communities",
    )}  # fmt: skip
    assert dates.pop("koper_local_communities") == {facts["place_type"]["date"]}
    for name in ("sex", "age_group", "sex*age_group"):
        assert all(day == {facts[name]["date"]} for day in dates.values())
    assert all(
        row["source"].startswith(("lastna ocena ", "lasten izračun "))
        for row in facts.values()
        if row["status"] == "estimate"
    )
    assert all(
        row["source"]
        for name in ("koper_residents", "slovenia_residents_by_age")
        for row in rows(f"sources/{name}.csv")
    )


def test_every_margin_that_weights_the_wave_holds_every_category():
    survey = kzm.load(FOLDER)
    margins = kzm.read_margins(FOLDER / "population.csv")
    assert survey.wave.weighting.variables == ("sex*age_group", "place_type")
    for name in survey.wave.weighting.variables:
        margin = margins.tables[name]
        levels = [list(survey.responses[variable].cat.categories) for variable in margin.variables]
        assert set(margin.targets) == set(product(*levels))
    assert survey.wave.weighting.population == sum(margins.tables["sex*age_group"].targets.values()) == 44_035


def test_weighted_survey_has_the_shares_of_the_tables(shipped):
    survey = kzm.load(FOLDER)
    design = kzm.weight(survey)
    variables = survey.wave.weighting.variables
    known = survey.responses["*".join(variables).split("*")].notna().all(axis=1).to_numpy()
    for name in variables:
        table = shipped[name]
        keys = survey.responses[name.split("*")].astype(str).agg("*".join, axis=1).to_numpy()
        for category, count in table.items():
            share = design.weights[known & (keys == category)].sum() / design.weights[known].sum()
            assert share == pytest.approx(count / sum(table.values()), abs=1e-9), (name, category)
