"""Data, designs and expected values from R's survey package; see README.md."""

import json
from pathlib import Path

import pandas as pd

from kzm_surveys import Margins, SurveyDesign, calibrate, poststratify, rake

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "r_survey.json").read_text(encoding="utf-8"))
CASES = {case["id"]: case for case in REFERENCE["cases"]}


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"{name}.csv")


def margins(*names: str) -> Margins:
    tables = {}
    for name in names:
        (variable, categories), (_, counts) = REFERENCE["meta"]["populations"][name].items()
        tables[variable] = dict(zip(categories, counts, strict=True))
    return Margins(tables)


def totals(name: str) -> dict[str, object]:
    """R's population vector as totals; its first category is what the others leave of the intercept."""
    vector = dict(REFERENCE["meta"]["population_vectors"][name])
    population, high, middle = vector.pop("(Intercept)"), vector.pop("stypeH"), vector.pop("stypeM")
    schools = {"E": population - high - middle, "H": high, "M": middle}
    return {"population": population, "stype": schools, **vector}


def design(name: str) -> SurveyDesign:
    """Translate the R call of the design; the call stands in meta.designs."""
    match name:
        case "dstrat":
            return SurveyDesign(read("apistrat"), weights="pw", strata="stype", fpc="fpc")
        case "dstrat_wr":
            return SurveyDesign(read("apistrat"), weights="pw", strata="stype")
        case "dclus1":
            return SurveyDesign(read("apiclus1"), weights="pw", psu="dnum", fpc="fpc")
        case "dclus1_wr":
            return SurveyDesign(read("apiclus1"), weights="pw", psu="dnum")
        case "ps_clus1":
            return poststratify(design("dclus1"), margins("pop.types"))
        case "ps_strat":
            return poststratify(design("dstrat"), margins("pop.schwide"))
        case "rk_clus1":
            return rake(design("dclus1"), margins("pop.types", "pop.schwide"))
        case "rk_strat":
            return rake(design("dstrat"), margins("pop.schwide", "pop.comp"))
        case "cal_lin":
            return calibrate(design("dclus1"), totals("pt"))
        case "cal_lin_api99":
            return calibrate(design("dclus1"), totals("pt2"))
        case "cal_strat":
            return calibrate(design("dstrat"), totals("pt2"))
    raise KeyError(name)
