"""The cases of r_fits.json (make_fits.R) and their designs."""

import functools
import json

import pandas as pd

from kzm_surveys import SurveyDesign, calibrate
from kzm_surveys.estimation.glm import glm
from kzm_surveys.estimation.ordinal import ordinal
from kzm_surveys.estimation.replication import replicates
from tests.golden import HERE, read

MODELS = {case["call"]: case for case in json.loads((HERE / "r_fits.json").read_text(encoding="utf-8"))}
ORDERED = ("band", "annoyed")


@functools.cache
def design(name):
    """The same designs as in make_fits.R."""
    files = {"strat": "api_strat", "clus1": "api_clus1", "clus2": "api_clus2", "nhanes_design": "nhanes",
             "noise_design": "noise"}  # fmt: skip
    if name in files:
        frame = read(files[name])
        for column in frame.columns.intersection(ORDERED):
            frame[column] = pd.Categorical(frame[column], ordered=True)
    match name:
        case "strat":
            return SurveyDesign(frame, "pw", strata="stype", fpc="fpc")
        case "clus1":
            return SurveyDesign(frame, "pw", psu="dnum", fpc="fpc")
        case "clus2":
            return SurveyDesign(frame, "pw", psu=["dnum", "snum"], fpc=["fpc1", "fpc2"])
        case "nhanes_design":
            return SurveyDesign(frame, "WTMEC2YR", psu="SDMVPSU", strata="SDMVSTRA", nest=True)
        case "noise_design":
            return SurveyDesign(frame, "w")
        case "calibrated":
            return calibrate(design("clus1"), {"population": 6194, "stype": {"E": 4421, "H": 755, "M": 1018}})
        case "jkn":
            return replicates(design("strat"))
        case "jk1":
            return replicates(design("clus1"))
    raise KeyError(name)


def where_of(survey_design, condition):
    return None if condition is None else survey_design.frame.eval(condition)


def fitted(case):
    """The model that a case describes."""
    survey_design = design(case["design"])
    where = where_of(survey_design, case["where"])
    formula = case["formula"].replace("^", "**")
    if case["kind"] == "ordinal":
        return ordinal(survey_design, formula, where=where)
    return glm(survey_design, formula, family=case["family"], where=where)
