"""Survey analysis for Koper – zdravo mesto: load, weight, estimate, draw, and write the findings.

>>> import kzm_surveys as kzm
>>> sorted(kzm.__all__)[:3]
['Banner', 'Changes', 'CodebookError']

Names are loaded when first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kzm_surveys.codebook import compare_codebooks as compare_codebooks
    from kzm_surveys.codebook import read_codebook as read_codebook
    from kzm_surveys.design import SurveyDesign as SurveyDesign
    from kzm_surveys.errors import CodebookError as CodebookError
    from kzm_surveys.errors import DataError as DataError
    from kzm_surveys.errors import EstimationError as EstimationError
    from kzm_surveys.errors import FindingError as FindingError
    from kzm_surveys.errors import KzmError as KzmError
    from kzm_surveys.errors import WeightingError as WeightingError
    from kzm_surveys.estimation.banner import banner as banner
    from kzm_surveys.estimation.banner_tables import Banner as Banner
    from kzm_surveys.estimation.change import Changes as Changes
    from kzm_surveys.estimation.change import change as change
    from kzm_surveys.estimation.contrast import contrast as contrast
    from kzm_surveys.estimation.crosstab import CrossTab as CrossTab
    from kzm_surveys.estimation.crosstab import crosstab as crosstab
    from kzm_surveys.estimation.estimates import Estimates as Estimates
    from kzm_surveys.estimation.estimators import mean as mean
    from kzm_surveys.estimation.estimators import proportion as proportion
    from kzm_surveys.estimation.estimators import ratio as ratio
    from kzm_surveys.estimation.estimators import total as total
    from kzm_surveys.estimation.glm import glm as glm
    from kzm_surveys.estimation.goodness_of_fit import goodness_of_fit as goodness_of_fit
    from kzm_surveys.estimation.group_tests import ranktest as ranktest
    from kzm_surveys.estimation.group_tests import ttest as ttest
    from kzm_surveys.estimation.model import Model as Model
    from kzm_surveys.estimation.multiplicity import adjust_p_values as adjust_p_values
    from kzm_surveys.estimation.ordinal import ordinal as ordinal
    from kzm_surveys.estimation.quantiles import quantile as quantile
    from kzm_surveys.estimation.replication import replicates as replicates
    from kzm_surveys.estimation.select_all import select_all_test as select_all_test
    from kzm_surveys.estimation.sets import battery as battery
    from kzm_surveys.estimation.sets import multiple_response as multiple_response
    from kzm_surveys.estimation.survival import kaplan_meier as kaplan_meier
    from kzm_surveys.estimation.survival import logrank as logrank
    from kzm_surveys.estimation.survival_curves import Survival as Survival
    from kzm_surveys.estimation.test_result import TestResult as TestResult
    from kzm_surveys.estimation.variables import missing_count as missing_count
    from kzm_surveys.loaders import check as check
    from kzm_surveys.loaders import load as load
    from kzm_surveys.outcome import OutcomeRates as OutcomeRates
    from kzm_surveys.outcome import outcome_rates as outcome_rates
    from kzm_surveys.survey import Survey as Survey
    from kzm_surveys.weighting.calibrate import calibrate as calibrate
    from kzm_surveys.weighting.margins import Margins as Margins
    from kzm_surveys.weighting.margins import read_margins as read_margins
    from kzm_surveys.weighting.nonresponse import adjust_nonresponse as adjust_nonresponse
    from kzm_surveys.weighting.rake import poststratify as poststratify
    from kzm_surveys.weighting.rake import rake as rake
    from kzm_surveys.weighting.thin import collapse_thin as collapse_thin
    from kzm_surveys.weighting.trim import trim_weights as trim_weights
    from kzm_surveys.weighting.wave import weight as weight

_HOME = {
    "compare_codebooks": "codebook",
    "read_codebook": "codebook",
    "SurveyDesign": "design",
    "CodebookError": "errors",
    "DataError": "errors",
    "EstimationError": "errors",
    "FindingError": "errors",
    "KzmError": "errors",
    "WeightingError": "errors",
    "Banner": "estimation.banner_tables",
    "banner": "estimation.banner",
    "Changes": "estimation.change",
    "change": "estimation.change",
    "contrast": "estimation.contrast",
    "glm": "estimation.glm",
    "goodness_of_fit": "estimation.goodness_of_fit",
    "ranktest": "estimation.group_tests",
    "ttest": "estimation.group_tests",
    "Model": "estimation.model",
    "adjust_p_values": "estimation.multiplicity",
    "ordinal": "estimation.ordinal",
    "quantile": "estimation.quantiles",
    "select_all_test": "estimation.select_all",
    "kaplan_meier": "estimation.survival",
    "logrank": "estimation.survival",
    "Survival": "estimation.survival_curves",
    "TestResult": "estimation.test_result",
    "CrossTab": "estimation.crosstab",
    "crosstab": "estimation.crosstab",
    "Estimates": "estimation.estimates",
    "battery": "estimation.sets",
    "mean": "estimation.estimators",
    "multiple_response": "estimation.sets",
    "proportion": "estimation.estimators",
    "ratio": "estimation.estimators",
    "total": "estimation.estimators",
    "missing_count": "estimation.variables",
    "check": "loaders",
    "load": "loaders",
    "OutcomeRates": "outcome",
    "outcome_rates": "outcome",
    "Survey": "survey",
    "Margins": "weighting.margins",
    "read_margins": "weighting.margins",
    "poststratify": "weighting.rake",
    "rake": "weighting.rake",
    "weight": "weighting.wave",
    "calibrate": "weighting.calibrate",
    "adjust_nonresponse": "weighting.nonresponse",
    "collapse_thin": "weighting.thin",
    "trim_weights": "weighting.trim",
    "replicates": "estimation.replication",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'kzm_surveys' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"kzm_surveys.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
