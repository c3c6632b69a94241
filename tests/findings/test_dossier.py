"""The dossier of the weights: what it says and shows, that every number is traced, and what it holds back."""

import dataclasses
import io
import json
import re
import zipfile

import numpy as np
import pytest
from docx import Document
from lxml import etree

import kzm_surveys as kzm
from kzm_surveys.findings.dossier import dossier, dossier_files
from kzm_surveys.findings.dossier_figures import dossier_figures
from kzm_surveys.findings.dossier_margins import groups
from kzm_surveys.findings.section import FigureRef, Heading, Paragraph, Table, section_texts
from kzm_surveys.findings.text import Number
from kzm_surveys.findings.voice import Voice
from tests.findings.digits import quoted, typed, typed_in_section

NBSP = "\u00a0"
FILES = {
    "dossier.docx", "dossier.md", "ledger.json", "weights_distribution.png", "weights_distribution.svg",
    "weights_margins.png", "weights_margins.svg",
}  # fmt: skip


@pytest.fixture(scope="module")
def section(noise):
    return dossier(Voice(noise))


@pytest.fixture(scope="module")
def files(noise):
    return dossier_files(noise)


def changed(survey, *, weighting=None, **wave):
    """The survey with other lines in its wave.toml."""
    if weighting is not None:
        wave["weighting"] = survey.wave.weighting.model_copy(update=weighting)
    return dataclasses.replace(survey, wave=survey.wave.model_copy(update=wave))


def kept(survey, rows):
    """The survey with some of its rows only."""
    return dataclasses.replace(survey, responses=survey.responses[rows], missing=survey.missing[rows])


def spoken(design, lang="sl"):
    """All words of the dossier's paragraphs."""
    found = dossier(Voice(design, lang))
    return " ".join(str(block.text) for block in found.blocks if isinstance(block, Paragraph))


def table(section, place):
    return [block for block in section.blocks if isinstance(block, Table)][place]


def estimates_in(row):
    return [cell.claim.estimate for cell in row if isinstance(cell, Number)]


def test_parts_stand_in_order(section):
    kinds = [type(block) for block in section.blocks]
    assert kinds[0] is Paragraph
    assert section.blocks[0].box
    assert kinds.count(Heading) == 5
    assert [block.id for block in section.blocks if isinstance(block, (Table, FigureRef))] == [
        "weights_table", "weights_margins", "weights_distribution", "weights_sensitivity",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_no_digit_is_typed_by_hand(noise, lang):
    voice = Voice(noise, lang)
    found = dossier(voice)
    texts = quoted(noise)
    if lang == "en":
        codebook, wave = noise.survey.codebook, noise.survey.wave
        texts += [wave.title["en"], "1\u00a0January\u00a02021", "1\u00a0January\u00a02024"]
        texts += [category.label["en"] for category in codebook["age_group"].categories]
        texts = sorted(texts, key=len, reverse=True)
    assert typed_in_section(found, texts) == []
    for figure in dossier_figures(voice):
        for text in (figure.title, figure.caption, figure.foot, figure.alt):
            assert typed(text, texts) == [], figure.id


def test_every_number_is_in_the_ledger(section, noise, files):
    rows = json.loads(files["ledger.json"])["numbers"]
    quoted = [row["value"] for row in rows if row["statistic"].startswith("quoted")]
    assert set(quoted) == {"18", "39", "40", "61", "62"}  # ends of the age groups, out of their labels
    known = {r["id"]: (r["value"], r["estimate"]) for r in rows if not r["statistic"].startswith("quoted")}
    printed = [number for _, text in section_texts(section) for number in text.numbers()]
    for figure in dossier_figures(Voice(noise)):
        printed += [*figure.numbers, *(n for part in (figure.title, figure.foot, figure.alt) for n in part.numbers())]
    assert len(printed) > 100
    assert {number.id for number in printed} == set(known)
    for number in printed:
        value, estimate = known[number.id]
        assert (number.text, number.claim.estimate) == (value, pytest.approx(estimate, abs=1e-12))
    assert all(row["synthetic"] is (row["source"] is None) for row in rows)


def test_the_most_different_groups_are_named_with_their_shares(noise):
    # By hand: the largest and the smallest difference of sample and population over sex, age and place.
    ages = noise.frame["age_group"].value_counts(normalize=True)
    adults = 7085 + 8633 + 5865 + 6469 + 8373 + 7610
    old, young = (5865 + 7610) / adults, (7085 + 6469) / adults
    words = spoken(noise).replace(NBSP, " ")
    percent = [f"{100 * share:.1f} %".replace(".", ",") for share in (ages["62_plus"], old, ages["18_39"], young)]
    over, under = percent[:2], percent[2:]
    assert (
        f"»62 let ali več« (starostna skupina): med anketiranimi je takih {over[0]}, v prebivalstvu {over[1]}" in words
    )
    assert f"»18–39 let« (starostna skupina): med anketiranimi je takih {under[0]}, v prebivalstvu {under[1]}" in words


def test_margins_table_holds_the_record(section, noise):
    rows = [estimates_in(row) for row in table(section, 0).rows]
    record = noise.weighting.margins
    assert [row for row in rows if row] == [
        pytest.approx([row.n, row.before, row.target, row.after]) for row in record.itertuples()
    ]
    assert sum(not row for row in rows) == 2  # a line above each margin


def test_estimates_are_called_estimates_with_date_and_source(section):
    margins = table(section, 0)
    headings = [str(row[0]) for row in margins.rows if not estimates_in(row)]
    assert all("ocena, ki ni uradni podatek" in heading for heading in headings)
    notes = " ".join(str(note) for note in margins.notes)
    assert f"1.{NBSP}januar{NBSP}2024" in notes
    assert "po objavi občine (koper.si)" in notes
    assert "niso uradni podatki" in " ".join(str(b.text) for b in section.blocks if isinstance(b, Paragraph))


def test_official_margins_are_called_official(noise):
    design = kzm.weight(changed(noise.survey, weighting={"variables": ("sex",)}))
    words = spoken(design)
    assert "Vsi ti deleži prebivalstva so uradni podatki." in words
    assert "niso uradni" not in words


def test_sensitivity_table_has_a_row_per_result_and_the_cost(section, noise):
    rows = table(section, 1).rows
    labels = [str(row[0]) for row in rows]
    assert labels[:10] == [result.label["sl"] for result in noise.survey.wave.key_results]
    assert len(labels) == 12
    weighted = kzm.proportion(noise, "disturbed_none", categories=["selected"]).row().estimate
    plain = (noise.frame["disturbed_none"] == "selected").sum() / noise.frame["disturbed_none"].notna().sum()
    row = estimates_in(rows[labels.index("hrup ne moti")])
    assert row[:2] == pytest.approx([plain, weighted])
    assert estimates_in(rows[10])[1] == pytest.approx(noise.weighting.deff)
    assert estimates_in(rows[11])[1] == pytest.approx(508 / noise.weighting.deff)


def test_numbers_of_the_schemes_have_claims_of_their_own(section):
    rows = table(section, 1).rows
    weights = [cell.claim.weight for cell in rows[0][1:]]
    assert weights == ["none", "own", "without:sex*age_group", "without:place_type", "capped"]


def test_two_runs_give_the_same_bytes(noise, files):
    assert set(files) == FILES
    again = dossier_files(kzm.weight(kzm.load("surveys/noise/2021")))
    assert {name for name in FILES if again[name] != files[name]} == set()


def test_word_file_has_captions_pictures_and_language(files):
    document = Document(io.BytesIO(files["dossier.docx"]))
    assert [p.text for p in document.paragraphs if p.style.name == "Caption"] == [
        f"Preglednica{NBSP}1: Sestava anketiranih pred uteževanjem in po njem ter sestava prebivalstva",
        f"Slika{NBSP}1: Delež skupin med anketiranimi pred uteževanjem in po njem ter v prebivalstvu",
        f"Slika{NBSP}2: Porazdelitev uteži",
        f"Preglednica{NBSP}2: Ključni rezultati ob različnih uteževanjih",
    ]
    assert [p.style.name for p in document.paragraphs if p.style.name.startswith("Heading")] == ["Heading 1"] * 5
    assert document.core_properties.language == "sl-SI"
    assert "SINTETIČNI" in document.core_properties.keywords
    assert "SINTETIČNI" in document.sections[0].header.paragraphs[1].text
    with zipfile.ZipFile(io.BytesIO(files["dossier.docx"])) as package:
        body = etree.fromstring(package.read("word/document.xml"))
    described = [node.get("descr") for node in body.iter("{*}docPr")]
    assert len(described) == 2
    assert all("Osnova: " in alt for alt in described)


def test_markdown_links_the_pictures_beside_it(files):
    text = files["dossier.md"].decode()
    assert set(re.findall(r"\(\./(.*?)\)", text)) == {"weights_margins.png", "weights_distribution.png"}
    assert text.startswith("# Uteževanje: Zaznavanje okoljskega hrupa")


def test_english_dossier_is_in_english(noise):
    files = dossier_files(noise, "en")
    text = files["dossier.md"].decode()
    assert "# Weighting: Perception of environmental noise" in text
    for facts in noise.weighting.provenance.values():  # facts of the margins file, in its language
        text = text.replace(facts["source"], "").replace(facts["population"], "")
    assert not re.search(r"[čšžČŠŽ]", text)
    assert not re.search(r"\d,\d", text)


def test_no_key_results_leave_the_table_out_and_say_so(noise):
    design = kzm.weight(changed(noise.survey, key_results=()))
    found = dossier(Voice(design))
    assert [block.id for block in found.blocks if isinstance(block, Table)] == ["weights_table"]
    assert "key\\_results" in dossier_files(design)["dossier.md"].decode()


def test_opt_in_sample_speaks_of_no_sampling_error(noise):
    sampling = noise.survey.wave.sampling.model_copy(update={"kind": "opt_in"})
    words = spoken(kzm.weight(changed(noise.survey, sampling=sampling)))
    assert "Vzorčne napake zato ni mogoče izračunati" in words
    assert "v enostavnem slučajnem vzorcu" not in words
    assert "Standardne napake in intervali zaupanja v poročilu" not in words


def test_respondents_without_a_weighting_variable_are_counted(noise):
    survey = noise.survey
    responses = survey.responses.copy()
    responses.iloc[:20, responses.columns.get_loc("age_group")] = np.nan
    design = kzm.weight(dataclasses.replace(survey, responses=responses))
    words = spoken(design)
    assert "je utež povprečna (število takih anketiranih: 20; vseh: 508)." in words
    notes = " ".join(str(note) for note in table(dossier(Voice(design)), 0).notes)
    assert f"Osnova: anketirani z vsemi podatki za uteževanje (n{NBSP}={NBSP}488)" in notes


def test_small_groups_are_withheld_with_the_next_smallest(noise):
    frame = noise.frame
    young_men = (frame["sex"] == "male") & (frame["age_group"] == "18_39")
    survey = kept(noise.survey, (~young_men | (young_men.cumsum() <= 3)).to_numpy())
    design = kzm.weight(changed(survey, weighting={"variables": ("sex*age_group",)}))
    found = dossier(Voice(design))
    rows = {str(row[0]): [str(cell) for cell in row[1:]] for row in table(found, 0).rows}
    assert rows["moški, 18–39\u00a0let"][:2] == ["z", "z"]
    assert rows["ženske, 18–39\u00a0let"][:2] == ["z", "z"]  # 24, the next smallest: the total would give 3 away
    assert rows["moški, 40–61\u00a0let"][0] == "50"
    assert any(f"z{NBSP}={NBSP}podatek je" in str(note) for note in table(found, 0).notes)
    assert "n manj kot 5" in spoken(design)
    # The young are furthest below their share, but their number would tell that of the hidden groups.
    assert "niso prikazani" in spoken(design)
    assert "»18–39" not in spoken(design)
    (figure,) = (each for each in dossier_figures(Voice(design)) if each.id == "weights_margins")
    assert [text.get_gid() for text in figure.figure.texts if "z – zaupno" in text.get_text()].count("withheld") == 2
    drawn = {number.claim.category for number in figure.numbers if number.claim.statistic == "sample_share"}
    assert drawn == {"male*40_61", "male*62_plus", "female*40_61", "female*62_plus"}


def test_single_variables_are_sums_of_joint_margins(noise):
    margins = {block.groups[0].variable: block.groups for block in groups(Voice(noise), joint=False)}
    assert list(margins) == ["sex", "age_group", "place_type"]
    counts = noise.frame["sex"].value_counts()
    assert [(group.category, group.n) for group in margins["sex"]] == [
        ("male", counts["male"]), ("female", counts["female"]),
    ]  # fmt: skip
    assert sum(group.target for group in margins["age_group"]) == pytest.approx(1)


def test_one_margin_is_called_poststratification(noise):
    words = spoken(kzm.weight(changed(noise.survey, weighting={"variables": ("place_type",)})))
    assert "uteženi s poststratifikacijo: tip kraja." in words
    assert "raking" not in words
    assert "po spremenljivkah: spol in starostna skupina hkrati; tip kraja." in spoken(noise)


def test_warnings_stand_only_where_they_belong(noise):
    # By sex and place no weight is far from the mean.
    mild = kzm.weight(changed(noise.survey, weighting={"variables": ("sex", "place_type")}))
    assert noise.weighting.deff > 2 > mild.weighting.deff
    assert "Vzorčni učinek je velik" in spoken(noise)
    assert "-kratnik povprečne: posamezni odgovori" in spoken(noise)
    assert "Vzorčni učinek je velik" not in spoken(mild)
    assert "kratnik" not in spoken(mild)
    notes = " ".join(str(note) for note in table(dossier(Voice(mild)), 1).notes)
    assert "Nobena utež ne presega 3-kratnika povprečja" in notes


def test_a_wave_without_weighting_is_refused(breastfeeding):
    with pytest.raises(kzm.WeightingError, match="breastfeeding 2022: the answers are not weighted"):
        dossier(Voice(breastfeeding))
