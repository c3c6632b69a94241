"""What a codebook says of each variable: its codes, what they mean, and how many respondents have each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.loaders.coding import CodedColumn, coded_columns
from kzm_surveys.loaders.derive import reason_names
from kzm_surveys.loaders.names import own_columns
from kzm_surveys.loaders.raw import Code
from kzm_surveys.survey import Survey
from kzm_surveys.toml_model import Text


@dataclass(frozen=True)
class Line:
    """One answer, or one reason for a missing answer.

    `code` is what written files hold: None for an empty cell, and for the reasons of derived variables, which are in no
    file. `n` counts respondents without weights; None where it is withheld. `reason` is empty for an answer.
    """

    code: Code | None
    label: Text
    n: int | None
    reason: str = ""

    @property
    def code_text(self) -> str:
        """The code as it stands in a text file; empty if there is none."""
        return "" if self.code is None else self.code if isinstance(self.code, str) else f"{self.code:.0f}"


@dataclass(frozen=True)
class Summary:
    """Mean, standard deviation (NaN for a single answer), lowest and highest of a number, without weights."""

    mean: float
    deviation: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Described:
    """A variable with its counts.

    `column` is its name in written files, None for derived variables. `answered` and `missing` add up to the number of
    respondents. `withheld`: the counts of a crossing are left out where a cell rests on fewer respondents than
    `smallest_cell` in ``[quality]`` of ``wave.toml``, as in any table; so is the summary of fewer answers than that.
    """

    variable: Variable
    column: str | None
    lines: tuple[Line, ...]
    answered: int
    missing: int
    summary: Summary | None
    withheld: bool

    @property
    def answers(self) -> tuple[Line, ...]:
        """Lines of the answer categories."""
        return tuple(line for line in self.lines if not line.reason)

    @property
    def reasons(self) -> tuple[Line, ...]:
        """Lines of the reasons for missing answers."""
        return tuple(line for line in self.lines if line.reason)


def describe(survey: Survey) -> dict[str, Described]:
    """Count answers and reasons of all variables, in the order of the codebook.

    Parameters
    ----------
    survey
        The survey; its weights play no part.

    Returns
    -------
    dict
        Variable -> :class:`Described`. Codes are those that ``kzm export`` writes, the same in every format.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> sex = describe(kzm.load("surveys/noise/2021"))["sex"]
    >>> [(line.code_text, line.label["en"], line.reason) for line in sex.lines]
    [('1', 'men', ''), ('2', 'women', '')]
    >>> sex.answered + sex.missing
    508
    """
    responses, missing, codebook = survey.responses, survey.missing, survey.codebook
    columns, few = own_columns(codebook, survey.wave), survey.wave.quality.smallest_cell
    coded = {column.variable.name: column for column in coded_columns(responses, missing, codebook)}
    return {
        name: _described(variable, responses[name], missing[name], coded.get(name), columns.get(name), codebook, few)
        for name, variable in codebook.variables.items()
    }


def _described(
    variable: Variable, values: pd.Series[object], why: pd.Series[object], coded: CodedColumn | None,
    column: str | None, codebook: Codebook, few: int,
) -> Described:  # fmt: skip
    answered = int(values.notna().sum())
    counts = values.value_counts() if variable.categories else {}
    answers = [Line(float(c.code), c.label, int(counts.get(c.name, 0))) for c in variable.categories]
    crossing = variable.derived and codebook.derived[variable.source].cross
    withheld = crossing and any(0 < (line.n or 0) < few for line in answers)
    if withheld:
        answers = [Line(line.code, line.label, None) for line in answers]
    summary = None
    if variable.kind == "number" and answered:
        withheld = answered < few
        summary = None if withheld else _summary(values.dropna().to_numpy(np.float64))
    reasons = _reasons(why, coded, codebook)
    return Described(variable, column, (*answers, *reasons), answered, len(values) - answered, summary, withheld)


def _reasons(why: pd.Series[object], coded: CodedColumn | None, codebook: Codebook) -> list[Line]:
    """Lines of the reasons: those with a code first, then those that an empty cell stands for."""
    if coded is None:
        counts = why.value_counts()
        there = [name for name in reason_names(codebook) if counts.get(name, 0)]
        return [Line(None, codebook.reason_labels(name), int(counts[name]), name) for name in there]
    empty = coded.cells == "" if coded.is_text else np.isnan(coded.cells.astype(np.float64))
    with_code, in_empty = why[~empty].value_counts(), why[empty].value_counts()
    lines = [
        Line(code, codebook.reason_labels(reason), int(with_code.get(reason, 0)), reason)
        for reason, code in coded.missing.items()
    ]
    empties = [reason for reason in ("not_asked", "no_answer") if in_empty.get(reason, 0)]
    return lines + [Line(None, codebook.reason_labels(name), int(in_empty[name]), name) for name in empties]


def _summary(values: npt.NDArray[np.float64]) -> Summary:
    deviation = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    # A zero is added because -0.0 + 0.0 is 0.0: no codebook should print "-0".
    return Summary(float(values.mean()), deviation, float(values.min()) + 0.0, float(values.max()) + 0.0)
