"""The weighting that ``wave.toml`` asks for."""

from __future__ import annotations

from pathlib import Path

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError
from kzm_surveys.survey import Survey
from kzm_surveys.weighting.margins import read_margins
from kzm_surveys.weighting.rake import rake


def weight(survey: Survey, *, to_population: bool = False) -> SurveyDesign:
    """Weight a survey as its ``wave.toml`` says.

    Parameters
    ----------
    survey
        As loaded; its folder holds the margins file.
    to_population
        Weights sum to the population named in ``wave.toml`` in place of having mean 1.

    Returns
    -------
    SurveyDesign
        Raked, or with unit weights where the wave has no weighting (``design.weighting`` is then None).

    Raises
    ------
    WeightingError
        See :func:`kzm_surveys.rake`.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> round(float(design.weights.mean()), 6)
    1.0
    """
    design = SurveyDesign.from_survey(survey)
    spec = survey.wave.weighting
    if spec.method == "none" or spec.margins is None:
        return design
    margins = read_margins(Path(survey.folder) / spec.margins).select(spec.variables)
    population = float(spec.population) if spec.population else margins.total
    if to_population and population is None:
        raise WeightingError(f"{survey.wave.name}: all margins are shares; name [weighting] population in wave.toml.")
    return rake(design, margins, total=population if to_population else float(len(survey)), missing=spec.missing)
