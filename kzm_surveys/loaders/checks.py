"""``kzm.check``: everything that looks wrong in a survey, in one list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kzm_surveys.codebook import SELECTED
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.survey import Survey

#: A completed interview shorter than this share of the median is a speeder's.
FASTEST = 1 / 3
#: Interviews with a known length below which no median is taken.
FEWEST_LENGTHS = 20
#: Items of batteries, all with the same answer, that make a straight-liner; and the batteries they must come from.
STRAIGHT_ITEMS, STRAIGHT_BATTERIES = 8, 2


def check(survey: Survey) -> list[Problem]:
    """List all problems of a loaded survey; never raises, never shows an answer.

    Returns
    -------
    list of Problem
        What loading noticed (codes, labels, columns, routing, ids, numbers and days outside their limits), then
        questions without any answer or with one answer only, options that exclude each other, year of birth against
        age, interviews outside the days of fieldwork, speeders (under a third of the median length), straight-liners
        (the same answer to at least eight items of at least two batteries), and respondents whose answers are all
        the same as another's. Errors come first.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> kzm.check(kzm.load("surveys/noise/2021"))
    []
    """
    problems = [
        *survey.problems,
        *_empty_and_constant(survey),
        *_exclusive(survey),
        *_birth_years(survey),
        *_fieldwork_days(survey),
        *_speeders(survey),
        *_straight_liners(survey),
        *_identical(survey),
    ]
    return sorted(problems, key=lambda problem: problem.severity)


def _asked(survey: Survey) -> list[str]:
    return [name for name, variable in survey.codebook.variables.items() if not variable.derived]


def _empty_and_constant(survey: Survey) -> list[Problem]:
    problems = []
    for name in _asked(survey):
        column = survey.responses[name].dropna()
        if survey.codebook[name].kind == "text":
            continue
        if column.empty:
            problems.append(
                Problem("warning", name, "nobody answered", "", "leave it out of tables or check the export")
            )
        elif len(column) > 10 and (column == column.iloc[0]).all():
            problems.append(Problem("warning", name, "all answers are the same", "", "check the export"))
    return problems


def _exclusive(survey: Survey) -> list[Problem]:
    """Rows in which an option such as "none" is ticked together with another one."""
    problems = []
    for key, question in survey.codebook.questions.items():
        for item in (item for item in question.items if item.exclusive):
            others = [f"{key}_{other.name}" for other in question.items if other is not item]
            ticked = survey.responses[f"{key}_{item.name}"] == SELECTED
            both = ticked & (survey.responses[others] == SELECTED).any(axis=1)
            if both.any():
                problems.append(
                    Problem("warning", f"{key}_{item.name}", "ticked together with other options",
                            rows_by_id(survey.responses.index[both]), "decide which of the two holds")
                )  # fmt: skip
    return problems


def _birth_years(survey: Survey) -> list[Problem]:
    """Age in completed years is the year of the interview minus the year of birth, or one less."""
    role = {v.role: v.name for v in survey.codebook.variables.values() if v.role is not None}
    if "age" not in role or "birth_year" not in role:
        return []
    year = pd.Series(survey.wave.fieldwork.last.year, index=survey.responses.index, dtype="float64")
    if survey.units is not None:
        year = survey.units["started"].reindex(year.index).dt.year.astype("float64").fillna(year)
    over = year - survey.responses[role["birth_year"]] - survey.responses[role["age"]]
    wrong = over.notna() & ~over.isin([0, 1])
    if not wrong.any():
        return []
    found = f"age does not fit the year of birth in '{role['birth_year']}'"
    rows = rows_by_id(survey.responses.index[wrong])
    return [Problem("warning", role["age"], found, rows, "find out which of the two is right")]


def _fieldwork_days(survey: Survey) -> list[Problem]:
    if survey.units is None:
        return []
    fieldwork = survey.wave.fieldwork
    days = survey.units["started"].reindex(survey.responses.index).dt.normalize()
    outside = (days < pd.Timestamp(fieldwork.first)) | (days > pd.Timestamp(fieldwork.last))
    if not outside.any():
        return []
    found = f"interviews outside fieldwork ({fieldwork.first} to {fieldwork.last} in wave.toml)"
    rows = rows_by_id(survey.responses.index[outside])
    return [Problem("warning", "fieldwork", found, rows, "correct [fieldwork], or leave out units that do not belong")]


def _speeders(survey: Survey) -> list[Problem]:
    if survey.units is None:
        return []
    units = survey.units.reindex(survey.responses.index)
    seconds = units["seconds"].astype("float64")
    complete = (units["status"].isna() | (units["status"] == 6).fillna(False)).to_numpy(bool) & (seconds > 0)
    if complete.sum() < FEWEST_LENGTHS:
        return []
    fastest = FASTEST * float(np.median(seconds[complete]))
    if not (fast := complete & (seconds < fastest)).any():
        return []
    found = f"completed in less than a third of the median time ({fastest:.0f} seconds)"
    rows = rows_by_id(survey.responses.index[fast])
    return [Problem("warning", "units", found, rows, "look at their answers before they count")]


def _straight_liners(survey: Survey) -> list[Problem]:
    """People who gave one answer throughout to every battery they answered."""
    n = len(survey.responses)
    items, batteries, straight = np.zeros(n, np.int64), np.zeros(n, np.int64), np.ones(n, dtype=bool)
    for key, question in survey.codebook.questions.items():
        if question.kind != "battery":
            continue
        codes = np.column_stack([survey.responses[name].cat.codes for name in survey.codebook.members(key)])
        answered = (codes >= 0).sum(axis=1)
        counts = answered >= max(2, codes.shape[1] // 2)
        lowest = np.where(codes < 0, codes.max(initial=0) + 1, codes).min(axis=1)
        straight &= ~counts | (lowest == codes.max(axis=1))
        items += np.where(counts, answered, 0)
        batteries += counts
    straight &= (items >= STRAIGHT_ITEMS) & (batteries >= STRAIGHT_BATTERIES)
    if not straight.any():
        return []
    found = f"the same answer throughout in every battery (at least {STRAIGHT_ITEMS} items)"
    rows = rows_by_id(survey.responses.index[straight])
    return [Problem("warning", "batteries", found, rows, "look at their answers before they count")]


def _identical(survey: Survey) -> list[Problem]:
    answers = survey.responses[_asked(survey)]
    if not len(answers) or not answers.notna().any(axis=None):
        return []
    repeated = answers.astype("str").fillna("").duplicated(keep=False)
    if not repeated.any():
        return []
    rows = rows_by_id(answers.index[repeated])
    return [Problem("warning", "rows", "identical answers to all questions", rows, "check for units entered twice")]
