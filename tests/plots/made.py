"""Estimates made by hand: numbers that a drawing can be compared with."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.estimates import COLUMNS, Estimate, Estimates, column_of_words
from kzm_surveys.plots.sheet import Frame
from kzm_surveys.wave import Thresholds
from kzm_surveys.weighting.margins import Margins
from kzm_surveys.weighting.rake import rake

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


def battery(labels, categories, shares, n=100, *, ordered=True, flag=""):
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
                    "ordered": ordered,
                    "categories": [
                        {"name": f"c{i}", "code": i, "label": both(label)} for i, label in enumerate(categories, 1)
                    ],
                    "items": [{"name": f"i{i}", "label": both(label)} for i, label in enumerate(labels)],
                }
            },
        }
    )
    survey = SimpleNamespace(codebook=codebook, wave=SimpleNamespace(quality=Thresholds()))
    return [
        estimates(
            [row(s, n=n, flag=flag, variable=f"q_i{i}", category=f"c{j}") for j, s in enumerate(shares, 1)], survey
        )
        for i in range(len(labels))
    ]


def weighted(targets, counts, *, provenance=None):
    """A design of rows without a codebook, raked to targets: margin (name or names) -> category or categories -> share.

    `counts` has the number of respondents of each combination of all variables, in the order of `names` in its key
    None: {None: ("sex", "age"), ("male", "young"): 3, ...}.
    """
    names = counts[None]
    rows = [cells for cells, n in counts.items() if cells is not None for _ in range(n)]
    design = SurveyDesign(pd.DataFrame(rows, columns=list(names)))
    return rake(design, Margins(targets, provenance))
