"""The weights of a wave as files to be joined to its answers by id."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError
from kzm_surveys.export.table import FILE_ROW, MARK, csv_bytes, number_text, safe
from kzm_surveys.language import catalogue
from kzm_surveys.language.catalogue import Language
from kzm_surveys.loaders.sidecar import HEADER
from kzm_surveys.loaders.spss_write import id_cells, write_columns
from kzm_surveys.weighting.wave import population_size


def weight_files(design: SurveyDesign, lang: Language = "sl") -> dict[str, bytes]:
    """Write the weights as ``weights.csv``, its ``weights_codebook.csv`` and ``weights.sav``.

    Each has a row per respondent, in the order of the data: the id as in the data under its own name, ``weight`` with
    mean 1 and, if the size of the population is known, ``population_weight``, which sums to it.

    Parameters
    ----------
    design
        The wave, weighted (:func:`kzm_surveys.weight`).
    lang
        Language of the labels.

    Returns
    -------
    dict
        File name -> bytes; the same design gives the same bytes.

    Raises
    ------
    WeightingError
        The design has no survey or no weighting, or the id has the name of a weight.
    """
    survey = design.survey
    if survey is None or design.weighting is None:
        raise WeightingError("the answers are not weighted, so there are no weights to write; use kzm.weight.")
    key = survey.wave.data.id or "id"
    columns: dict[str, FloatArray] = {"weight": design.weights / design.weights.mean()}
    population = population_size(survey)
    if population is not None:
        columns["population_weight"] = design.weights * (population / design.weights.sum())
    if key.casefold() in columns:
        raise WeightingError(
            f"{survey.wave.name}: the id column '{key}' has the name of a weight. Rename it in the data."
        )
    labels = {name: catalogue.text(lang, f"weight_file.{name}") for name in ("id", *columns)}
    ids = [safe(each) if isinstance(each, str) else str(each) for each in survey.responses.index]
    cells = [[number_text(value) for value in values.tolist()] for values in columns.values()]
    synthetic = survey.source.synthetic
    about = [(FILE_ROW, MARK if synthetic else survey.wave.title[lang], "file", "", "", "")]
    about += [(name, labels[name], "number", "", "", "") for name in columns]
    numbers = id_cells(survey.responses.index)
    formats = dict.fromkeys(columns, "F12.6") | ({} if isinstance(numbers, list) else {key: "F8.0"})
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "weights.sav"
        write_columns(
            scratch, {key: numbers, **columns}, survey.wave, synthetic=synthetic,
            column_labels={key: labels["id"], **{name: labels[name] for name in columns}},
            variable_format=formats,
            variable_measure={key: "nominal", **dict.fromkeys(columns, "scale")},
        )  # fmt: skip
        content = scratch.read_bytes()
    return {
        "weights.csv": csv_bytes([[key, *columns], *zip(ids, *cells, strict=True)]),
        "weights_codebook.csv": csv_bytes([HEADER, *about]),
        "weights.sav": content,
    }
