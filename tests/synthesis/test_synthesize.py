import hashlib

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.published import read_published
from kzm_surveys.synthesis.make import synthesize
from tests.loaders import SURVEYS
from tests.synthesis import copied

NOISE, BREASTFEEDING = SURVEYS / "noise" / "2021", SURVEYS / "breastfeeding" / "2022"
SHIPPED = [(NOISE, 2021), (BREASTFEEDING, 2022)]
IDS = ["noise", "breastfeeding"]


@pytest.fixture(scope="module")
def noise():
    return kzm.load(NOISE)


@pytest.fixture(scope="module")
def breastfeeding():
    return kzm.load(BREASTFEEDING)


def share(column, *categories):
    """Percent of those who answered."""
    answered = column.dropna()
    return 100 * answered.isin(categories).sum() / len(answered)


@pytest.mark.parametrize(("folder", "seed"), SHIPPED, ids=IDS)
def test_shipped_file_is_what_the_generator_writes(tmp_path, folder, seed):
    wave = kzm.load(folder).wave
    made = synthesize(folder, seed=seed, out=tmp_path / "again")
    content = (tmp_path / "again").read_bytes()
    assert content == (folder / wave.data.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == wave.data.sha256 == made.sha256
    assert made.unmet == ()
    assert made.n == wave.data.n
    assert made.rows == (wave.data.rows or wave.data.n)


@pytest.mark.parametrize(("folder", "seed"), SHIPPED, ids=IDS)
def test_same_seed_same_bytes_and_another_seed_other_bytes(tmp_path, folder, seed):
    made = [
        synthesize(folder, seed=s, n=80, out=tmp_path / f"{i}").sha256 for i, s in enumerate((seed, seed, seed + 1))
    ]
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_published_shares_hold_for_any_seed(tmp_path, seed):
    assert synthesize(NOISE, seed=seed, out=tmp_path / "a.sav").unmet == ()


def test_noise_has_the_published_respondents(noise):
    ages = noise.responses["age"]
    assert len(noise) == 508
    assert noise.source.synthetic
    assert (ages >= 62).sum() == 338  # 338 / 508 = 66.535 %
    assert 26 <= 100 * ((ages >= 40) & (ages <= 61)).sum() / 508 <= 27
    assert ages.notna().all()
    assert ages.between(18, 105).all()
    assert (ages >= 100).sum() <= 5
    assert (ages == ages.round()).all()


def test_noise_has_the_published_shares(noise):
    annoyed = {
        source: share(noise.responses[f"annoyance_{source}"], "slightly", "moderately")
        for source in ("road", "port", "music")
    }
    assert 29.5 <= annoyed["road"] < 30.5
    assert 26.25 <= annoyed["port"] < 26.35
    assert 17.75 <= annoyed["music"] < 17.85


def test_noise_has_the_published_order_weighted_and_unweighted(noise):
    expected = ["road", "port", "motorbikes", "neighbours", "construction"]
    sources = [name for name, v in noise.codebook.variables.items() if v.source == "annoyance"]
    weights = np.asarray(kzm.weight(noise).weights)
    for weight in (np.ones(508), weights):
        much = {}
        for name in sources:
            column = noise.responses[name]
            top = column.isin(["very", "extremely"]).to_numpy()
            much[name.removeprefix("annoyance_")] = weight[top].sum() / weight[column.notna().to_numpy()].sum()
        assert sorted(much, key=much.get, reverse=True)[:5] == expected


def test_port_annoyance_goes_with_place(noise):
    place, port = noise.responses["place_type"], noise.responses["annoyance_port"]
    much = {kind: share(port[place == kind], "very", "extremely") for kind in ("city", "countryside")}
    assert much["city"] > 1.5 * much["countryside"]


@pytest.mark.parametrize("folder", [NOISE, BREASTFEEDING], ids=IDS)
def test_rows_obey_the_routing(folder):
    survey = kzm.load(folder)
    gated = {name: v for name, v in survey.codebook.variables.items() if v.asked_if and not v.derived}
    assert gated
    for name, variable in gated.items():
        for row in range(len(survey)):
            led_there = all(survey.responses[g].iloc[row] in answers for g, answers in variable.asked_if.items())
            answered = survey.missing[name].isna().iloc[row]
            reason = survey.missing[name].iloc[row]
            assert led_there or not answered, (name, row)
            if not answered and led_there:
                assert reason != "not_asked", (name, row)


@pytest.mark.parametrize("folder", [NOISE, BREASTFEEDING], ids=IDS)
def test_exclusive_options_stand_alone(folder):
    survey = kzm.load(folder)
    for key, question in survey.codebook.questions.items():
        if question.kind != "multiple":
            continue
        ticked = {item.name: survey.responses[f"{key}_{item.name}"] == "selected" for item in question.items}
        others = np.logical_or.reduce([ticked[item.name] for item in question.items if not item.exclusive])
        for item in question.items:
            if item.exclusive:
                assert not (ticked[item.name] & others).any()


def test_years_do_not_exceed_age(noise, breastfeeding):
    rows = noise.responses.dropna(subset=["years_at_address", "age"])
    assert (rows["years_at_address"] <= rows["age"]).all()
    rows = breastfeeding.responses.dropna(subset=["duration", "child_age"])
    assert len(rows) > 20
    assert (rows["duration"] <= rows["child_age"]).all()


def test_breastfeeding_file_has_what_a_1ka_export_has(breastfeeding):
    content = (BREASTFEEDING / breastfeeding.source.file).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b'"\r\n')
    lines = content.decode("utf-8-sig").split("\r\n")[:-1]
    names = lines[0].rstrip(";").split(";")
    rows = [dict(zip(names, (c[2:-1] for c in line.split(";")), strict=True)) for line in lines[2:]]
    assert len(rows) == 268
    questions = [name for name in names if name.startswith("Q")]
    cells = {row[name] for row in rows for name in questions}
    assert {"-1", "-2", "-3", "-4", "-5"} <= cells
    respondents = [r for r in rows if r["status"] in ("5", "6") and r["lurker"] == "0" and r["testdata"] == "0"]
    assert len(respondents) == len(breastfeeding) == 214
    partial = [row for row in respondents if row["status"] == "5"]
    assert len(partial) >= 10
    for row in partial:
        # -3 is always a tail of whole questions.
        codes = [row[name] == "-3" for name in questions if not name.endswith("_text")]
        assert any(codes)
        assert codes == sorted(codes)
    assert not any(row[name] == "-3" for row in respondents if row["status"] == "6" for name in questions)
    empty = [row for row in rows if row["lurker"] == "1"]
    assert len(empty) >= 20
    assert all(row[name] == "-5" for row in empty for name in questions)
    assert any(row["testdata"] != "0" for row in rows)
    assert all("kzm_surveys synthetic data" in row["Browser"] for row in rows)
    texts = [row["Q16"] for row in respondents]
    assert any(r"\"" in text for text in texts)
    # "... nekaj običajnega; manj pogledov ..." in the recipe: 1KA turns the semicolon into a comma.
    assert any("običajnega, manj" in text for text in texts)
    assert breastfeeding.responses["proposals"].str.contains('"Tukaj smo dojenju prijazni"', regex=False).any()
    late = [int(row["recnum"]) for row in respondents if row["Q15a"] == "-4"]
    assert 0 < len(late) < 30


def test_breastfeeding_leads_with_awareness_as_published(breastfeeding):
    themes = breastfeeding.codebook.sets["proposal_themes"]
    much = {name: share(breastfeeding.responses[name], "selected") for name in themes}
    assert max(much, key=much.get) == "proposal_themes_awareness"


@pytest.mark.parametrize("folder", [NOISE, BREASTFEEDING], ids=IDS)
@pytest.mark.parametrize("n", [10, 60, 2000])
def test_dry_run_of_another_size(tmp_path, folder, n):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    made = synthesize(folder, seed=5, n=n, out=tmp_path / "deep" / "dry")
    assert made.n == n
    survey = kzm.load(folder, made.path)
    assert len(survey) == n
    assert survey.source.synthetic
    assert not [p for p in kzm.check(survey) if p.severity == "error"]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_dry_run_comes_near_the_published_shares(tmp_path):
    made = synthesize(NOISE, seed=5, n=2000, out=tmp_path / "dry.sav")
    responses = kzm.load(NOISE, made.path).responses
    for claim in read_published(NOISE).claims:
        if claim.value is not None:
            assert abs(share(responses[claim.variable], *claim.categories) - claim.value) < 0.6
    assert any("N01: 2000 respondents, published 508" in line for line in made.unmet)


@pytest.mark.parametrize("n", [9, 1, 0, -5])
def test_too_few_respondents_are_refused(tmp_path, n):
    with pytest.raises(kzm.DataError, match="too few for a synthetic file"):
        synthesize(NOISE, seed=1, n=n, out=tmp_path / "a.sav")
    assert not list(tmp_path.iterdir())


def test_file_is_written_where_wave_toml_says(tmp_path):
    folder = copied(tmp_path, "noise/2021")
    (folder / "responses.sav").unlink()
    assert synthesize(folder, seed=2021).path == folder / "responses.sav"
    assert kzm.check(kzm.load(folder)) == []
