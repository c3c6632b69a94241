"""A survey as loaded: answers, reasons for missing answers, codebook, wave and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import Problem
from kzm_surveys.wave import Wave


@dataclass(frozen=True)
class Source:
    """Where the answers come from.

    `sha256` is of the file's bytes; `rows` units stood in the file; `dropped` counts those that the unit rule
    left out, by reason; `synthetic` tells invented answers; `kind` is the kind of file, as in ``wave.toml``.
    """

    file: str
    sha256: str
    rows: int
    synthetic: bool
    dropped: Mapping[str, int] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True)
class Survey:
    """Answers of one wave, one row per respondent.

    Attributes
    ----------
    responses
        (n, variables) frame; index = respondent id; Categorical (ordered where the scale is) of category
        *names*, or numbers, or text; NaN where there is no answer.
    missing
        Frame of the same shape: the reason where there is no answer, NaN where there is one.
    codebook, wave, source
        What the variables mean, how the wave was run, which file was read.
    folder
        The wave folder.
    units
        1KA exports with paradata: one row per unit in the *file*, those left out too; index = record number.
        Columns: `status` (0 to 6, NA unknown), `lurker`, `test`, `dropped` (reason, NaN if kept), `started`,
        `finished`, `seconds`, `device`, `language`; `unl`, `ubl`, `uml`, `ucl`, `uil`, `uaq` and `usability`
        (1KA's usability figures and class), `break_off` (first question after the last one seen, NaN if none).
        None for other files.
    problems
        What loading noticed and did not refuse; :func:`kzm_surveys.check` returns them with the rest.
    """

    responses: pd.DataFrame
    missing: pd.DataFrame
    codebook: Codebook
    wave: Wave
    source: Source
    folder: str
    units: pd.DataFrame | None = None
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.responses)

    def __repr__(self) -> str:
        mark = ", synthetic answers" if self.source.synthetic else ""
        variables = self.responses.shape[1]
        return f"<Survey {self.wave.name}: {len(self)} respondents, {variables} variables{mark}>"
