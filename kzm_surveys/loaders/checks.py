"""``kzm.check``: everything that looks wrong in a survey, in one list."""

from __future__ import annotations

from kzm_surveys.codebook import SELECTED
from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.survey import Survey


def _exclusive(survey: Survey) -> list[Problem]:
    """Rows in which an option such as "none" is ticked together with another one."""
    problems = []
    for key, question in survey.codebook.questions.items():
        for item in (item for item in question.items if item.exclusive):
            others = [f"{key}_{other.name}" for other in question.items if other is not item]
            both = (survey.responses[f"{key}_{item.name}"] == SELECTED) & (survey.responses[others] == SELECTED).any(
                axis=1
            )
            if both.any():
                problems.append(
                    Problem("warning", f"{key}_{item.name}", "ticked together with other options",
                            rows_by_id(survey.responses.index[both]), "decide which of the two holds")
                )  # fmt: skip
    return problems


def check(survey: Survey) -> list[Problem]:
    """List all problems of a loaded survey; never raises, never shows an answer.

    Returns
    -------
    list of Problem
        What loading noticed (codes, columns, routing, labels, ids), then questions without any answer,
        questions that everyone answered alike, and respondents whose answers are all the same as another's.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> kzm.check(kzm.load("surveys/noise/2021"))
    []
    """
    problems = list(survey.problems)
    asked = [name for name, variable in survey.codebook.variables.items() if not variable.derived]
    for name in asked:
        column = survey.responses[name].dropna()
        if survey.codebook[name].kind == "text":
            continue
        if column.empty:
            problems.append(
                Problem("warning", name, "nobody answered", "", "leave it out of tables or check the export")
            )
        elif column.nunique() == 1 and len(column) > 10:
            problems.append(Problem("warning", name, "all answers are the same", "", "check the export"))
    problems += _exclusive(survey)
    if len(survey.responses) and survey.responses[asked].notna().any(axis=None):
        repeated = survey.responses[asked].astype("str").fillna("").duplicated(keep=False)
        if repeated.any():
            ids = ", ".join(str(i) for i in survey.responses.index[repeated][:8])
            problems.append(
                Problem("warning", "rows", "identical answers to all questions",
                        f"{int(repeated.sum())} rows: id {ids}", "check for units entered twice")
            )  # fmt: skip
    return sorted(problems, key=lambda problem: problem.severity)
