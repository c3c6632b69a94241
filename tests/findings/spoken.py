"""Estimates and words made by hand, so that a sentence can be typed by hand too."""

from pathlib import Path

import numpy as np

from kzm_surveys.estimation.estimates import COLUMNS, Estimates, column_of_words
from kzm_surveys.findings.script_words import ScriptWords
from kzm_surveys.findings.voice import Voice

NAN = np.nan
SOURCES = ("annoyance_road", "annoyance_port", "annoyance_music", "annoyance_motorbikes", "annoyance_neighbours")


def speaking(design, lang="sl", **texts):
    """A voice with words of a script; two underscores in a key stand for a dot."""
    words = {key.replace("__", "."): text for key, text in texts.items()}
    return Voice(design, lang, ScriptWords(Path(f"script.{lang}.toml"), lang, words))


def row(estimate, *, half=0.05, variable="annoyance_road", category="very", group=None, statistic="proportion", n=500,
        flag="", se=0.02, df=500.0, by="place_type"):  # fmt: skip
    """A row of a frame; its interval is the estimate and `half` to both sides."""
    words = (variable, category, by if group is not None else None, group, statistic)
    return (*words, estimate, se, estimate - half, estimate + half, df, n, NAN, NAN, flag)


def estimates(design, rows):
    """Independent estimates with the standard errors of their rows."""
    columns = {}
    for place, name in enumerate(COLUMNS):
        values = [each[place] for each in rows]
        columns[name] = column_of_words(values, len(rows)) if place < 5 or name == "flag" else np.array(values)
    covariance = np.diag(columns["se"] ** 2) if len(rows) else np.empty((0, 0))
    return Estimates(columns, covariance, np.full(len(rows), 50), "answered", 0.95, design)


def of_sources(design, shares, **more):
    """A share for each of the first sources of noise; a list in `more` holds a value for each."""
    given = [
        {key: value[i] if isinstance(value, list) else value for key, value in more.items()} for i in range(len(shares))
    ]
    return estimates(
        design, [row(share, variable=name, **each) for share, name, each in zip(shares, SOURCES, given, strict=False)]
    )


def of_groups(design, shares, groups=None, **more):
    groups = groups or [f"g{number}" for number in range(len(shares))]
    return estimates(design, [row(share, group=group, **more) for share, group in zip(shares, groups, strict=True)])


def plain(text):
    """The sentence with ordinary blanks."""
    return str(text).replace("\u00a0", " ")
