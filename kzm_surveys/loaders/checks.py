"""``kzm.check``: everything that looks wrong in a survey, in one list."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from kzm_surveys.codebook import SELECTED
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.survey import Survey

#: Earliest day that an answer can be without a limit in the codebook.
FIRST_DAY = datetime.date(1875, 1, 1)
#: A completed interview shorter than this share of the median is a speeder's.
FASTEST = 1 / 3
#: Interviews with a known length below which no median is taken.
FEWEST_LENGTHS = 20
#: Items with one answer throughout that make a straight-liner: in one battery, or in two or more.
STRAIGHT_IN_ONE, STRAIGHT_IN_SEVERAL = 10, 8
#: A battery counts if its scale is ordered and has so many steps, and if so many items (and half of them) are answered.
STRAIGHT_STEPS, STRAIGHT_ANSWERS = 3, 3
#: A pattern found in more than this share of those who could show it is the usual answer, not a fault.
USUAL = 0.2
#: Answers that two respondents must share, and have no others, before the second may be a copy of the first.
IDENTICAL_ANSWERS = 15


def check(survey: Survey) -> list[Problem]:
    """List all problems of a loaded survey; never raises, never shows an answer.

    Returns
    -------
    list of Problem
        What loading noticed (codes, labels, columns, routing, ids, numbers and days outside their limits), then
        questions without any answer or with one answer only, options that exclude each other, year of birth against
        age, interviews outside the days of fieldwork, speeders (under a third of the median length), straight-liners
        (one answer throughout in every battery on an ordered scale: at least ten items in one battery, or eight in
        two or more; an end of the scale in a single battery is plausible), and respondents whose answers, fifteen or
        more, are all the same as another's. Errors come first.

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
        *_impossible_days(survey),
        *_fieldwork_days(survey),
        *_speeders(survey),
        *_straight_liners(survey),
        *_identical(survey),
    ]
    return sorted(problems, key=lambda problem: problem.severity)


def _asked(survey: Survey) -> list[str]:
    return [name for name, variable in survey.codebook.variables.items() if not variable.derived]


def _interviews(survey: Survey) -> pd.DataFrame | None:
    """Units of the respondents, in their order; ids that stand twice are no hindrance."""
    if survey.units is None:
        return None
    index, units = survey.responses.index, survey.units
    kept = units[units["dropped"].isna()] if "dropped" in units else units
    return kept if kept.index.equals(index) else kept[~kept.index.duplicated()].reindex(index)


def _empty_and_constant(survey: Survey) -> list[Problem]:
    problems = []
    for name in _asked(survey):
        column = survey.responses[name].dropna()
        option = survey.codebook[name].other_text_of
        if option is not None and not (survey.responses[option] == SELECTED).any():
            continue
        if column.empty:
            problems.append(
                Problem("warning", name, "nobody answered", "", "leave it out of tables or check the export")
            )
        elif survey.codebook[name].kind != "text" and len(column) > 10 and (column == column.iloc[0]).all():
            problems.append(Problem("warning", name, "all answers are the same", "", "check the export"))
    return problems


def _exclusive(survey: Survey) -> list[Problem]:
    """Rows in which an option such as "none" is ticked together with another one."""
    problems = []
    for members in survey.codebook.sets.values():
        for name in (name for name in members if survey.codebook[name].exclusive):
            others = [other for other in members if other != name]
            both = (survey.responses[name] == SELECTED) & (survey.responses[others] == SELECTED).any(axis=1)
            if both.any():
                problems.append(
                    Problem("warning", name, "ticked together with other options",
                            rows_by_id(survey.responses.index[both]), "decide which of the two holds")
                )  # fmt: skip
    return problems


def _birth_years(survey: Survey) -> list[Problem]:
    """Age in completed years is the year of the interview minus the year of birth, or one less.

    An interview without a day was held between the first and the last year of fieldwork.
    """
    role = {v.role: v.name for v in survey.codebook.variables.values() if v.role is not None}
    if "age" not in role or "birth_year" not in role:
        return []
    age, birth = survey.responses[role["age"]], survey.responses[role["birth_year"]]
    year = pd.Series(np.nan, index=age.index, dtype="float64")
    if (units := _interviews(survey)) is not None:
        year = units["started"].dt.year.astype("float64")
    fieldwork = survey.wave.fieldwork
    youngest, oldest = year.fillna(fieldwork.first.year) - birth - 1, year.fillna(fieldwork.last.year) - birth
    wrong = (age < youngest) | (age > oldest)
    if not wrong.any():
        return []
    found = f"age does not fit the year of birth in '{role['birth_year']}'"
    rows = rows_by_id(survey.responses.index[wrong])
    return [Problem("warning", role["age"], found, rows, "find out which of the two is right")]


def _impossible_days(survey: Survey) -> list[Problem]:
    """Days before anyone's lifetime, or after the end of fieldwork, where the codebook sets no limit."""
    problems = []
    for variable in survey.codebook.variables.values():
        if variable.kind != "date":
            continue
        days = survey.responses[variable.name]
        first, last = variable.earliest or FIRST_DAY, variable.latest or survey.wave.fieldwork.last
        wrong = (days < pd.Timestamp(first)) | (days > pd.Timestamp(last))
        if wrong.any():
            rows = rows_by_id(survey.responses.index[wrong])
            to_do = "correct the file, or set earliest and latest in the codebook"
            problems.append(Problem("warning", variable.name, f"days outside {first} to {last}", rows, to_do))
    return problems


def _fieldwork_days(survey: Survey) -> list[Problem]:
    if (units := _interviews(survey)) is None:
        return []
    fieldwork = survey.wave.fieldwork
    days = units["started"].dt.normalize()
    outside = (days < pd.Timestamp(fieldwork.first)) | (days > pd.Timestamp(fieldwork.last))
    if not outside.any():
        return []
    found = f"interviews outside fieldwork ({fieldwork.first} to {fieldwork.last} in wave.toml)"
    rows = rows_by_id(survey.responses.index[outside])
    return [Problem("warning", "fieldwork", found, rows, "correct [fieldwork], or leave out units that do not belong")]


def _speeders(survey: Survey) -> list[Problem]:
    if (units := _interviews(survey)) is None:
        return []
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
    """People who gave one answer throughout to every battery on an ordered scale that they answered.

    Two different answers within any battery acquit. A battery counts if at least half of its items, and three, are
    answered; the batteries that count must hold ten items in one of them, or eight in two or more. Who answered a
    single battery with an end of its scale may mean it (no source of noise annoys at all) and is not named; the same
    end in two or more batteries is. Where more than a fifth of those with enough items would be named, the pattern is
    the usual answer and nobody is.
    """
    n = len(survey.responses)
    items, batteries, longest = (np.zeros(n, np.int64) for _ in range(3))
    straight, at_end = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    for key, question in survey.codebook.questions.items():
        if question.kind != "battery":
            continue
        members = survey.codebook.members(key)
        steps = len(survey.codebook[members[0]].categories)
        if not survey.codebook[members[0]].ordered or steps < STRAIGHT_STEPS:
            continue
        codes = np.column_stack([survey.responses[name].cat.codes for name in members])
        answered = (codes >= 0).sum(axis=1)
        lowest, highest = np.where(codes < 0, steps, codes).min(axis=1), codes.max(axis=1)
        counts = (2 * answered >= len(members)) & (answered >= STRAIGHT_ANSWERS)
        straight &= (answered == 0) | (lowest == highest)
        at_end |= counts & np.isin(highest, [0, steps - 1])
        items += np.where(counts, answered, 0)
        longest = np.maximum(longest, np.where(counts, answered, 0))
        batteries += counts
    enough = (longest >= STRAIGHT_IN_ONE) | ((batteries >= 2) & (items >= STRAIGHT_IN_SEVERAL))
    straight &= enough & ~((batteries == 1) & at_end)
    if not straight.any() or straight.sum() > USUAL * enough.sum():
        return []
    found = f"the same answer throughout in every battery (at least {STRAIGHT_IN_SEVERAL} items)"
    rows = rows_by_id(survey.responses.index[straight])
    return [Problem("warning", "batteries", found, rows, "look at their answers before they count")]


def _identical(survey: Survey) -> list[Problem]:
    """Rows with the same answers throughout, if there are many; an option that is not ticked counts as no answer."""
    answers = survey.responses[_asked(survey)]
    options = {name for members in survey.codebook.sets.values() for name in members}
    given = np.zeros(len(answers), np.int64)
    for name in answers:
        given += (answers[name] == SELECTED if name in options else answers[name].notna()).to_numpy(bool)
    long = answers[given >= IDENTICAL_ANSWERS]
    repeated = long.astype("str").fillna("").duplicated(keep=False)
    if not repeated.any():
        return []
    rows = rows_by_id(long.index[repeated])
    return [Problem("warning", "rows", "identical answers to all questions", rows, "check for units entered twice")]
