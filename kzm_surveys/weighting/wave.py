"""The weighting that ``wave.toml`` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError
from kzm_surveys.survey import Survey
from kzm_surveys.weighting.margins import Margins, read_margins
from kzm_surveys.weighting.rake import rake


def weight(
    survey: Survey, *, to_population: bool = False, margins: Margins | Mapping[Any, Mapping[Any, float]] | None = None,
    justification: str | None = None,
) -> SurveyDesign:  # fmt: skip
    """Weight a survey as its ``wave.toml`` says.

    Parameters
    ----------
    survey
        As loaded; its folder holds the margins file.
    to_population
        Weights sum to the population named in ``wave.toml`` in place of having mean 1.
    margins
        Other margins in place of those of ``wave.toml``, or the dict that :class:`Margins` takes; all else stays as
        it says.
    justification
        Only for an opt-in sample: the model-based argument for standard errors, intervals and tests from it, in place
        of that of ``wave.toml`` (``justification = { sl = "...", en = "..." }`` below ``[sampling]``).

    Returns
    -------
    SurveyDesign
        Raked, or with unit weights where the wave has no weighting (``design.weighting`` is then None).

    Raises
    ------
    WeightingError
        See :func:`kzm_surveys.rake`.
    EstimationError
        A justification for a probability sample.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> round(float(design.weights.mean()), 6)
    1.0
    """
    design = SurveyDesign.from_survey(survey, justification=justification)
    own = wave_margins(survey)
    if own is None:
        return design
    total = population_size(survey) if to_population else float(len(survey))
    if total is None:
        raise WeightingError(f"{survey.wave.name}: all margins are shares; name [weighting] population in wave.toml.")
    missing = survey.wave.weighting.missing
    return rake(design, own if margins is None else margins, total=total, missing=missing)


def wave_margins(survey: Survey) -> Margins | None:
    """Margins that ``wave.toml`` names, or None where the wave is not weighted."""
    spec = survey.wave.weighting
    if spec.method == "none" or spec.margins is None:
        return None
    return read_margins(Path(survey.folder) / spec.margins, spec.variables)


def population_size(survey: Survey) -> float | None:
    """Number of people the weights stand for: as ``wave.toml`` says, or the margins' total; None if neither does."""
    if survey.wave.weighting.population:
        return float(survey.wave.weighting.population)
    margins = wave_margins(survey)
    return None if margins is None else margins.total
