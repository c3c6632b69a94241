"""Estimates made by hand: numbers that a drawing can be compared with."""

from types import SimpleNamespace

import numpy as np

from kzm_surveys.codebook import Codebook
from kzm_surveys.estimation.estimates import COLUMNS, Estimate, Estimates, column_of_words
from kzm_surveys.plots.style import Frame

FRAME = Frame("Naslov pove ugotovitev", "Vprašanje", "Osnova: vsi.", "Vir: raziskava", "SINTETIČNI PODATKI")
LONG = "zelo dolga oznaka možnosti, ki ima natanko šestdeset znakov."
assert len(LONG) == 60


def row(estimate, low=np.nan, high=np.nan, *, n=100, flag="", variable="q", category="yes"):
    return Estimate(
        variable, category, None, None, "proportion", estimate, np.nan, low, high, np.nan, n, np.nan, np.nan, flag,
        "answered", None,
    )  # fmt: skip


def estimates(rows, survey=None):
    rows = tuple(rows)
    design = SimpleNamespace(survey=survey)
    columns = {name: column_of_words([getattr(row, name) for row in rows], len(rows)) for name in COLUMNS}
    return Estimates(columns, np.full((len(rows), len(rows)), np.nan), np.full(len(rows), 50), "answered", 0.95, design)


def both(text):
    return {"sl": text, "en": text}


def battery(labels, categories, shares, n=100):
    """One Estimates per label, all with these category labels and shares."""
    codebook = Codebook.model_validate(
        {
            "survey": "made",
            "title": both("Narejena"),
            "status": both("Narejena za preizkus."),
            "questions": {
                "q": {
                    "kind": "battery",
                    "label": both("vprašanje"),
                    "question": both("Vprašanje?"),
                    "categories": [
                        {"name": f"c{i}", "code": i, "label": both(label)} for i, label in enumerate(categories, 1)
                    ],
                    "items": [{"name": f"i{i}", "label": both(label)} for i, label in enumerate(labels)],
                }
            },
        }
    )
    survey = SimpleNamespace(codebook=codebook)
    return [
        estimates([row(s, n=n, variable=f"q_i{i}", category=f"c{j}") for j, s in enumerate(shares, 1)], survey)
        for i in range(len(labels))
    ]
