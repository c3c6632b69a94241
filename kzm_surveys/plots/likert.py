"""What a Likert battery is to a drawing: questions on one ordered scale, checked, and the reasons that stand apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Key, Labels, row_names
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.palette import MOST_STEPS
from kzm_surveys.plots.protected import beside_others

Neutral = Literal["centred", "aside", "split"]
Order = Literal["given", "net"]
#: Variable, and the group of it where there are groups: what tells one bar from another.
Place = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Question:
    """One bar: a question or a group of its respondents.

    Attributes
    ----------
    place
        What tells it from the others.
    label
        What it is called in the figure.
    n
        Unweighted base.
    shares
        (steps,) share of each step (0-1); NaN if one of them is withheld, for the rest would give it away, or if nobody
        answered.
    withheld, small
        A share is withheld; the base is small.
    """

    place: Place
    label: str
    n: int
    shares: FloatArray
    withheld: bool
    small: bool

    @property
    def shown(self) -> bool:
        """The bar may be drawn."""
        return bool(np.isfinite(self.shares).all())


@dataclass(frozen=True)
class Battery:
    """Questions on one scale: names and labels of its steps, the questions from the top."""

    names: Sequence[str]
    labels: Sequence[str]
    questions: Sequence[Question]


@dataclass(frozen=True)
class Apart:
    """A reason for a missing answer: its label, and its share of those asked for every question."""

    label: str
    rows: Sequence[Estimate]


def listed(option: str, given: Estimates | Sequence[Estimates]) -> list[Estimates]:
    """Estimates of one call or of several as a list.

    Raises
    ------
    FindingError
        Something else.
    """
    parts = [given] if isinstance(given, Estimates) or not isinstance(given, Iterable) else list(given)
    for part in parts:
        if not isinstance(part, Estimates):
            raise FindingError(
                f"stacked_bars: {option} must be Estimates, such as kzm.proportion(design, name) gives, found "
                f"{type(part).__name__}."
            )
    return parts


def battery_of(parts: Sequence[Estimates], lang: Language) -> Battery:
    """Questions on one scale from the proportions of their steps.

    Raises
    ------
    WithheldError
        No question can be shown.
    FindingError
        No estimates, something else than proportions, questions that repeat or do not share one scale, a scale that is
        not ordered, incomplete, or has fewer than 2 or more than 12 steps.
    """
    found: dict[Place, list[Estimate]] = {}
    for row in (row for part in beside_others(parts) for row in part):
        if row.statistic != "proportion" or row.category is None:
            raise FindingError(
                f"stacked_bars: draws the shares of the steps of a scale, found the statistic '{row.statistic}' of "
                f"'{row.variable}'. Give kzm.proportion(design, name) of each question."
            )
        found.setdefault((row.variable, row.by, row.by_category), []).append(row)
    if not found:
        raise FindingError("stacked_bars: no estimates to draw. Give kzm.proportion(design, name) of each question.")
    design = parts[0].design
    words = Labels(design, lang)
    scale: list[tuple[str, str]] = []
    for (variable, _, group), rows in found.items():
        steps = [(row.category or "", words.category(variable, row.category or "")) for row in rows]
        if len(set(steps)) < len(steps):
            raise FindingError(f"stacked_bars: '{group or variable}' is given twice. Give every question once.")
        scale = scale or steps
        if steps != scale:
            names = [", ".join(label for _, label in each) for each in (scale, steps)]
            raise FindingError(
                f"stacked_bars: the questions do not share one scale: '{rows[0].variable}' has {names[1]}; the first "
                f"has {names[0]}. Draw a figure for each scale."
            )
        _check_scale(design, variable, [name for name, _ in steps])
        whole = float(sum(row.estimate for row in rows))
        if abs(whole - 1) > 1e-6:  # NaN of a question without answers is no number to compare
            raise FindingError(
                f"stacked_bars: the shares of '{group or variable}' add to {whole:.3f}, not to 1. A bar needs every "
                "step of the scale among those who answered (base='answered'); who did not answer goes into aside=."
            )
    questions = _questions(found, words)
    if not any(question.shown for question in questions):
        raise WithheldError("stacked_bars: every question is withheld or has no answers.")
    return Battery([name for name, _ in scale], [label for _, label in scale], questions)


def apart_of(parts: Sequence[Estimates], battery: Battery, lang: Language) -> list[Apart]:
    """Reasons that stand apart, in the order given, with a row for every question.

    Raises
    ------
    FindingError
        Something else than shares of those asked, a share of another question, one that is missing or given twice.
    """
    reasons: dict[str, dict[Place, Estimate]] = {}
    places = [question.place for question in battery.questions]
    for row in (row for part in parts for row in part):
        place = (row.variable, row.by, row.by_category)
        if row.statistic != "missing_share" or row.category is None:
            raise FindingError(
                f"stacked_bars: aside takes shares of reasons for a missing answer, found the statistic "
                f"'{row.statistic}' of '{row.variable}'. Give missing_share(design, name, reasons)."
            )
        of_reason = reasons.setdefault(row.category, {})
        if place not in places or place in of_reason:
            wrong = "is given twice" if place in of_reason else "belongs to no bar of the figure"
            raise FindingError(f"stacked_bars: aside: '{row.category}' of '{row.by_category or row.variable}' {wrong}.")
        of_reason[place] = row
    for reason, of_reason in reasons.items():
        if lacking := [place for place in places if place not in of_reason]:
            raise FindingError(
                f"stacked_bars: aside has no share of '{reason}' for '{lacking[0][2] or lacking[0][0]}'. Give it for "
                "every bar, or for none."
            )
    survey = parts[0].design.survey if parts else None
    return [
        Apart(
            " + ".join(survey.codebook.reason_labels(name)[lang] if survey else name for name in reason.split("+")),
            [of_reason[place] for place in places],
        )
        for reason, of_reason in reasons.items()
    ]


def _check_scale(design: SurveyDesign, variable: str, names: Sequence[str]) -> None:
    """Refuse a scale that is not ordered, not complete, too short or too long."""
    if not 2 <= len(names) <= MOST_STEPS:
        raise FindingError(
            f"stacked_bars: the scale of '{variable}' has {len(names)} step{'s' if len(names) > 1 else ''}; between 2 "
            f"and {MOST_STEPS} can be told apart. Give the shares of all categories, or merge some in the codebook."
        )
    codebook = design.survey.codebook if design.survey else None
    if codebook and variable in codebook:
        ordered = codebook[variable].ordered
        known = [category.name for category in codebook[variable].categories]
    else:
        column = design.column(variable)
        ordered = pd.api.types.is_numeric_dtype(column) or bool(getattr(column.dtype, "ordered", False))
        known = list(names)
    if list(names) != known:
        raise FindingError(
            f"stacked_bars: '{variable}' has the steps {', '.join(names)}; its scale is {', '.join(known)}. Give all "
            "of them in their order."
        )
    if len(names) > 2 and not ordered:
        raise FindingError(
            f"stacked_bars: the categories of '{variable}' have no order to stack them by. Declare the scale as "
            "ordered in the codebook, or draw them with bars."
        )


def _questions(found: dict[Place, list[Estimate]], words: Labels) -> list[Question]:
    _, labels = row_names([Key(*place[:1], None, *place[1:], "proportion") for place in found], words)
    questions = []
    for (place, rows), label in zip(found.items(), labels, strict=True):
        variable, by, group = place
        withheld = any(row.withheld for row in rows)
        shares = np.array([np.nan if withheld else row.estimate for row in rows])
        alone = words.category(by, group) if by and group else words.item(variable)
        small = "small_base" in rows[0].flag.split()
        questions.append(Question(place, label or alone, rows[0].n, shares, withheld, small))
    return questions
