"""Synthesis of new surveys, and what it refuses."""

import pytest

import kzm_surveys as kzm
from kzm_surveys.codebook import CodebookError
from kzm_surveys.synthesis.make import synthesize
from tests.loaders import SURVEYS, TINY, write_wave
from tests.loaders.enka_files import BOOK
from tests.synthesis import copied

BOOKS = {
    "tiny": TINY,
    "sum": BOOK,
    "noise": (SURVEYS / "noise" / "codebook.toml").read_text(encoding="utf-8"),
    "breastfeeding": (SURVEYS / "breastfeeding" / "codebook.toml").read_text(encoding="utf-8"),
}
PUBLISHED, RECIPE = "published.toml", "../synthesis.toml"


@pytest.mark.parametrize("n", [10, 60, 2000])
@pytest.mark.parametrize("form", ["spss_sav", "1ka_csv"])
@pytest.mark.parametrize("book", BOOKS)
def test_brand_new_wave_of_nothing_but_a_codebook(tmp_path, book, form, n):
    synthetic = ("synthetic = false", "synthetic = true")
    folder = write_wave(tmp_path, BOOKS[book], form=form, file="dry", n=n, change=synthetic)
    made = synthesize(folder, seed=7)
    assert (made.n, made.unmet) == (n, ())
    survey = kzm.load(folder)
    assert len(survey) == n
    assert survey.source.synthetic
    assert {p.found[:25] for p in survey.problems} == {"wave.toml names no SHA-25"}


def test_1ka_file_of_a_one_day_fieldwork(tmp_path):
    folder = write_wave(tmp_path, form="1ka_csv", change=("last = 2025-04-02", "last = 2025-04-01"))
    assert synthesize(folder, seed=1, n=20).n == 20


def test_1ka_file_of_one_question(tmp_path):
    book = TINY[: TINY.index("[questions.age]")]
    assert synthesize(write_wave(tmp_path, book, form="1ka_csv"), seed=1, n=20).n == 20


IMPOSSIBLE = {
    "66.6 % of 508, all of whom answered": ("value = 66.5", "value = 66.6"),
    "over 100 %": ("value = 66.5", "value = 166.5"),
    "another number of respondents": ("count = 508", "count = 509"),
    "an order that the shape does not give": ('ranking = ["annoyance_road", ', 'ranking = ["annoyance_bars", '),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_published_number_that_cannot_be_met_writes_nothing(tmp_path, name):
    folder = copied(tmp_path, "noise/2021", (PUBLISHED, *IMPOSSIBLE[name]))
    before = (folder / "responses.sav").read_bytes()
    with pytest.raises(kzm.KzmError, match=r"N0[127]"):
        synthesize(folder, seed=2021)
    assert (folder / "responses.sav").read_bytes() == before
    with pytest.raises(kzm.KzmError):
        synthesize(folder, seed=2021, out=tmp_path / "out" / "a.sav")
    assert not (tmp_path / "out").exists()


BROKEN_CLAIMS = {
    "unknown variable": ('variable = "annoyance_port"', 'variable = "annoyance_prot"'),
    "unknown category": ('["slightly", "moderately"]', '["slightly", "moderatly"]'),
    "shares that sum to over 100 %": ('id = "N03"', 'id = "N03"\nvalue = 50.0'),
    "shares that overlap": (
        'variable = "annoyance_music"\ncategories = ["slightly", "moderately"]',
        'variable = "annoyance_road"\ncategories = ["moderately", "very"]'),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_CLAIMS)
def test_claim_that_cannot_be_read_is_refused(tmp_path, name):
    folder = copied(tmp_path, "noise/2021", (PUBLISHED, *BROKEN_CLAIMS[name]))
    with pytest.raises(kzm.KzmError):
        synthesize(folder, seed=2021)


AGE = '"age_group.18_39" = 0.6'
WRONG_NAMES = {
    "variable": ("[variables.sex]", "[variables.sexx]", "unknown variable 'sexx'; did you mean 'sex'"),
    "category": ("{ male = 0.40", "{ mal = 0.40", r"variables\.sex\.shares: unknown category 'mal'"),
    "option": ("morning = 0.21", "mornings = 0.21", r"variables\.disturbed\.shares: unknown category 'mornings'"),
    "band": ("18_39 = 0.069", "18_40 = 0.069", r"variables\.age\.shares: unknown category '18_40'"),
    "factor": ("{ noise = 0.55 }", "{ nois = 0.55 }", "unknown factor 'nois'"),
    "category of a shift": (AGE, '"age_group.18_40" = 0.6', r"variables\.education\.shift: unknown category '18_40'"),
    "key": ("sd = 15", "std = 15", r"variables\.years_at_address\.std"),
    "kind of units": ("factors = [", "unit = {}\nfactors = [", "unit"),
}


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_recipe_with_an_unknown_name_is_refused(tmp_path, name):
    old, new, words = WRONG_NAMES[name]
    folder = copied(tmp_path, "noise/2021", (RECIPE, old, new))
    with pytest.raises(CodebookError, match=words) as caught:
        synthesize(folder, seed=2021, out=tmp_path / "a.sav")
    assert "synthesis.toml" in str(caught.value)
    assert not (tmp_path / "a.sav").exists()


OPEN_NAMES = {
    "reason": ("{ refused = 0.01 }", "{ refusd = 0.01 }"),
    "at_most": ('at_most = "age"', 'at_most = "agee"'),
    "bands, without the file's name": ('bands = "age_group"', 'bands = "age_groups"'),
    "variable of a shift, without the file's name": (AGE, '"age_grp.18_39" = 0.6'),
    "a shift by a later answer": (AGE, '"sensitivity.very" = 0.6'),
    "a negative share": ("basic = 0.17", "basic = -0.17"),
    "more missing than asked": ("{ refused = 0.01 }", "{ refused = 1.5 }"),
}


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_recipe_that_cannot_be_followed_is_refused(tmp_path, name):
    folder = copied(tmp_path, "noise/2021", (RECIPE, *OPEN_NAMES[name]))
    with pytest.raises(CodebookError, match=r"synthesis\.toml"):
        synthesize(folder, seed=2021, out=tmp_path / "a.sav")


def test_reason_that_the_format_cannot_hold_is_refused(tmp_path):
    folder = copied(tmp_path, "noise/2021", ("wave.toml", '"spss_sav"', '"1ka_csv"'))
    with pytest.raises(kzm.KzmError, match="no_such_source"):
        synthesize(folder, seed=2021, out=tmp_path / "a.csv")


def test_missing_wave_is_said(tmp_path):
    with pytest.raises(CodebookError, match="no such wave folder"):
        synthesize(tmp_path / "noise" / "2030", seed=1)
