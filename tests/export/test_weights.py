"""Weights as files: ids as in the data, the two scales, labels, and the mark of invented answers."""

import csv
import dataclasses
import io

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import kzm_surveys as kzm
from kzm_surveys.export.weights import weight_files


@pytest.fixture(scope="module")
def noise():
    return kzm.weight(kzm.load("surveys/noise/2021"))


@pytest.fixture(scope="module")
def files(noise):
    return weight_files(noise)


def rows(content):
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))


def read_sav(content, folder):
    path = folder / "weights.sav"
    path.write_bytes(content)
    return pyreadstat.read_sav(path)


def changed(survey, *, data=None, weighting=None, **parts):
    wave = survey.wave
    wave = wave.model_copy(update={
        "data": wave.data.model_copy(update=data or {}), "weighting": wave.weighting.model_copy(update=weighting or {}),
    })  # fmt: skip
    return dataclasses.replace(survey, wave=wave, **parts)


def test_weights_have_mean_one_and_sum_to_the_population(noise, files):
    table = pd.DataFrame(rows(files["weights.csv"]))
    assert list(table.columns) == ["id", "weight", "population_weight"]
    weight, scaled = table["weight"].astype(float), table["population_weight"].astype(float)
    assert weight.mean() == pytest.approx(1, abs=1e-12)
    assert scaled.sum() == pytest.approx(44035, rel=1e-12)  # [weighting] population in wave.toml
    assert weight.to_numpy() == pytest.approx(noise.weights, rel=1e-15)
    assert scaled.to_numpy() == pytest.approx(noise.weights * 44035 / 508, rel=1e-12)


def test_ids_are_those_of_the_data_in_their_order(noise, files, tmp_path):
    assert [row["id"] for row in rows(files["weights.csv"])] == [str(each) for each in noise.frame.index]
    table, meta = read_sav(files["weights.sav"], tmp_path)
    assert table["id"].tolist() == noise.frame.index.tolist()
    assert meta.original_variable_types["id"] == "F8.0"


def test_text_ids_stay_text(noise, tmp_path):
    survey = noise.survey
    index = pd.Index([f"00{number}" for number in range(len(survey))], name="id")
    parts = {name: getattr(survey, name).set_axis(index) for name in ("responses", "missing")}
    files = weight_files(kzm.weight(changed(survey, data={"id": "sifra"}, **parts)))
    assert list(rows(files["weights.csv"])[0]) == ["sifra", "weight", "population_weight"]
    assert [row["sifra"] for row in rows(files["weights.csv"])] == list(index)
    assert read_sav(files["weights.sav"], tmp_path)[0]["sifra"].tolist() == list(index)


def test_sav_holds_the_same_with_labels_and_the_mark(files, tmp_path):
    table, meta = read_sav(files["weights.sav"], tmp_path)
    from_csv = pd.DataFrame(rows(files["weights.csv"])).astype(float)
    assert np.array_equal(table.to_numpy(), from_csv.to_numpy())
    assert meta.column_names_to_labels["weight"] == "utež (povprečje je ena)"
    assert meta.column_names_to_labels["population_weight"] == "utež, preračunana na prebivalstvo"
    assert "SYNTHETIC" in meta.file_label
    assert meta.variable_measure == {"id": "nominal", "weight": "scale", "population_weight": "scale"}


def test_codebook_beside_the_table_names_the_columns_and_the_mark(files):
    found = rows(files["weights_codebook.csv"])
    assert [row["variable"] for row in found] == ["_file", "weight", "population_weight"]
    assert "SYNTHETIC" in found[0]["label"]


def test_real_answers_carry_no_mark(noise, tmp_path):
    real = dataclasses.replace(noise.survey, source=dataclasses.replace(noise.survey.source, synthetic=False))
    files = weight_files(kzm.weight(real), "en")
    meta = read_sav(files["weights.sav"], tmp_path)[1]
    assert not meta.file_label
    assert meta.column_names_to_labels["weight"] == "weight (the mean is one)"
    assert rows(files["weights_codebook.csv"])[0]["label"] == noise.survey.wave.title["en"]


def test_unknown_population_leaves_its_column_out(noise, tmp_path):
    # The margin of places holds shares only.
    survey = changed(noise.survey, weighting={"population": None, "variables": ("place_type",)})
    files = weight_files(kzm.weight(survey))
    assert list(rows(files["weights.csv"])[0]) == ["id", "weight"]
    assert read_sav(files["weights.sav"], tmp_path)[0].columns.tolist() == ["id", "weight"]


def test_population_may_be_that_of_the_margins(noise):
    files = weight_files(kzm.weight(changed(noise.survey, weighting={"population": None})))
    total = sum(float(row["population_weight"]) for row in rows(files["weights.csv"]))
    # sex*age_group in population.csv: 7085 + 8633 + 5865 + 6469 + 8373 + 7610
    assert total == pytest.approx(44035, rel=1e-12)


def test_same_weights_same_bytes(noise, files):
    assert weight_files(kzm.weight(kzm.load("surveys/noise/2021"))) == files


def test_an_id_named_like_a_weight_is_refused(noise):
    with pytest.raises(kzm.WeightingError, match="the id column 'Weight' has the name of a weight"):
        weight_files(kzm.weight(changed(noise.survey, data={"id": "Weight"})))


def test_a_design_without_weights_is_refused(noise):
    for design in (kzm.SurveyDesign.from_survey(noise.survey), kzm.weight(kzm.load("surveys/breastfeeding/2022"))):
        with pytest.raises(kzm.WeightingError, match="not weighted"):
            weight_files(design)
    with pytest.raises(kzm.WeightingError, match="not weighted"):
        weight_files(kzm.SurveyDesign(pd.read_csv(io.StringIO("a\n1\n2"))))
