"""What a file reader hands over: codes as they stand in the file, before the codebook is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from kzm_surveys.errors import Problem


@dataclass(frozen=True)
class RawTable:
    """Units of a file after the unit rule.

    Attributes
    ----------
    cells
        One column per file column; numbers or text as in the file; index = respondent id.
    rows
        Units in the file before the unit rule; `dropped` counts those it left out, by reason.
    missing_codes
        Codes that the *format* defines, code -> reason (1KA); SPSS files use the codebook's.
    labels
        Column -> its label in the file; `value_labels` column -> {code: label}.
    synthetic
        The file carries the mark of invented answers.
    problems
        What the reader noticed.
    """

    cells: pd.DataFrame
    rows: int
    synthetic: bool
    dropped: Mapping[str, int] = field(default_factory=dict)
    missing_codes: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    other_columns: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
