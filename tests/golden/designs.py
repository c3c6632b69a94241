"""The designs of r_designs.json in this package's words; the R call of each stands there under its name."""

from __future__ import annotations

import functools
import json

import numpy as np
import pandas as pd

from kzm_surveys import Margins, SurveyDesign, calibrate, poststratify, rake, replicates, trim_weights
from tests.golden import HERE, read

R_DESIGNS = json.loads((HERE / "r_designs.json").read_text(encoding="utf-8"))
#: Text columns whose categories have an order; it is that of the alphabet.
ORDERED = ("band", "annoyed", "mood", "likes", "kind")
TIGHT = 1e-12

FILES = {
    "api_srs": ("srs", "srs_wr", "srs_by_fpc"),
    "api_strat": ("strat", "strat_wr", "strat_zero"),
    "api_clus1": ("clus1", "clus1_wr", "clus1_zero", "given_boot", "given_boot_mse", "given_uneven"),
    "api_clus2": ("clus2", "clus2_wr", "clus2_jk1"),
    "mu284": ("mu284_two",),
    "fpc": ("fpc_wr", "fpc_count", "fpc_only"),
    "hospital": ("hosp",),
    "nhanes": ("nh",),
    "three": ("stages3", "stages2"),
    "pairs": ("pair", "given_brr", "given_brr_mse", "given_fay"),
    "feeding": ("feed", "feed_fpc"),
    "noise": ("noise_base", "noise_full"),
    "scd": ("given_scd", "given_scd_mse"),
}
FILE_OF = {name: file for file, names in FILES.items() for name in names}

CALLS = {
    "srs": {"weights": "pw", "fpc": "fpc"},
    "srs_wr": {"weights": "pw"},
    "srs_by_fpc": {"fpc": "fpc"},
    "strat": {"weights": "pw", "strata": "stype", "fpc": "fpc"},
    "strat_wr": {"weights": "pw", "strata": "stype"},
    "strat_zero": {"weights": "pw0", "strata": "stype"},
    "clus1": {"weights": "pw", "psu": "dnum", "fpc": "fpc"},
    "clus1_wr": {"weights": "pw", "psu": "dnum"},
    "clus1_zero": {"weights": "pw0", "psu": "dnum"},
    "clus2": {"psu": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]},
    "clus2_wr": {"weights": "pw", "psu": ["dnum", "snum"]},
    "mu284_two": {"psu": ["id1", "id2"], "fpc": ["n1", "n2"]},
    "fpc_wr": {"weights": "weight", "psu": "psuid", "strata": "stratid", "nest": True},
    "fpc_count": {"weights": "weight", "psu": "psuid", "strata": "stratid", "fpc": "Nh", "nest": True},
    "fpc_only": {"psu": "psuid", "strata": "stratid", "fpc": "Nh", "nest": True},
    "hosp": {"weights": "weighta", "strata": "oblevel", "fpc": "tothosp"},
    "nh": {"weights": "WTMEC2YR", "psu": "SDMVPSU", "strata": "SDMVSTRA", "nest": True},
    "stages3": {"psu": ["school", "class", "pupil"], "strata": "region", "fpc": ["n_schools", "n_classes", "n_pupils"]},
    "stages2": {"psu": ["school", "class"], "strata": "region", "fpc": ["n_schools", "n_classes"]},
    "pair": {"weights": "w", "psu": "unit", "strata": "stratum", "nest": True},
    "feed": {"weights": "w", "psu": "clinic", "strata": "area"},
    "feed_fpc": {"weights": "w", "psu": "clinic", "strata": "area", "fpc": "clinics"},
    "noise_base": {"weights": "w"},
    "noise_full": {"weights": "w_full"},
    "clus2_jk1": {"weights": "pw", "psu": "dnum", "fpc": "fpc1"},
}

#: Columns of replicate weights, and how R scales their spread ("BRR": 1/R, "Fay": 1/(R(1 - rho)²)).
GIVEN = {
    "given_brr": ("w", "brr", {"scale": 1 / 8}),
    "given_brr_mse": ("w", "brr", {"scale": 1 / 8, "mse": True}),
    "given_fay": ("w", "fay", {"scale": 1 / (8 * 0.7**2)}),
    "given_boot": ("pw", "boot", {"scale": 1 / 19}),
    "given_boot_mse": ("pw", "boot", {"scale": 1 / 20, "mse": True}),
    "given_uneven": ("pw", "boot", {"scale": 0.04, "rscales": [0.5 + 0.05 * k for k in range(20)]}),
    "given_scd": (None, "scd", {"scale": 1 / 4}),
    "given_scd_mse": (None, "scd", {"scale": 1 / 4, "mse": True}),
}
MADE = {
    "srs_jk1": ("srs", "jackknife"),
    "strat_jkn": ("strat", "jackknife"),
    "clus1_jk1": ("clus1", "jackknife"),
    "clus1_wr_jk1": ("clus1_wr", "jackknife"),
    "nh_jkn": ("nh", "jackknife"),
    "pair_jkn": ("pair", "jackknife"),
    "feed_jkn": ("feed_fpc", "jackknife"),
    "pair_brr": ("pair", "brr"),
    "pair_fay": ("pair", "fay"),
    "noise_jk1": ("noise_base", "jackknife"),
}


def frame_of(name: str) -> pd.DataFrame:
    frame = read(name)
    for column in frame.columns.intersection(ORDERED):
        frame[column] = pd.Categorical(frame[column], ordered=True)
    return frame


def margins(*names: str) -> Margins:
    return Margins({name: R_DESIGNS["margins"][name] for name in names})


NOISE = ("sex", "age_group", "place")
API99 = {"population": 6194, "stype": R_DESIGNS["margins"]["stype"], "api99": 3914069}
FEEDING = Margins({"parity": {"first": 640.0, "later": 660.0}, "class": {"no": 660.0, "yes": 640.0}})


def _raked(name: str, targets: Margins, variance: str = "calibration") -> SurveyDesign:
    return rake(design(name), targets, tolerance=TIGHT, max_iterations=5000, variance=variance)


def _calibrated(name: str, **how: object) -> SurveyDesign:
    return calibrate(design(name), API99, tolerance=TIGHT, **how)


#: Weighted designs; R's rake() has a variance of its own, its calibrate(calfun = "raking") that of this package.
WEIGHTED = {
    "strat_post": lambda: poststratify(design("strat"), margins("sch_wide")),
    "clus1_post": lambda: poststratify(design("clus1"), margins("stype")),
    "clus2_post": lambda: poststratify(design("clus2"), margins("stype")),
    "clus1_jk1_post": lambda: poststratify(design("clus1_jk1"), margins("stype")),
    "clus1_linear": lambda: _calibrated("clus1"),
    "clus1_jk1_linear": lambda: _calibrated("clus1_jk1"),
    "clus1_logit": lambda: _calibrated("clus1", method="logit", bounds=(0.4, 2.6)),
    "strat_linear": lambda: _calibrated("strat"),
    "strat_bounded": lambda: _calibrated("strat", bounds=(0.9, 1.15)),
    "strat_raking99": lambda: _calibrated("strat", method="raking"),
    "clus1_raked": lambda: _raked("clus1", margins("stype", "sch_wide")),
    "clus1_jk1_raked": lambda: _raked("clus1_jk1", margins("stype", "sch_wide")),
    "clus1_rrake": lambda: _raked("clus1", margins("stype", "sch_wide"), "r_rake"),
    "strat_rrake": lambda: _raked("strat", margins("sch_wide", "comp_imp"), "r_rake"),
    "clus1_trimmed": lambda: trim_weights(design("clus1_raked"), lower=31, upper=48),
    "noise_raked": lambda: _raked("noise_base", margins(*NOISE)),
    "noise_jk1_raked": lambda: _raked("noise_jk1", margins(*NOISE)),
    "noise_rrake": lambda: _raked("noise_base", margins(*NOISE), "r_rake"),
    "noise_linear": lambda: calibrate(design("noise_base"), margins(*NOISE), tolerance=TIGHT),
    "noise_logit": lambda: calibrate(
        design("noise_full"), margins(*NOISE), method="logit", bounds=(0.5, 2.0), tolerance=TIGHT
    ),
    "noise_trimmed": lambda: trim_weights(design("noise_raked"), upper=250),
    "feed_raked": lambda: _raked("feed", FEEDING),
}


@functools.cache
def design(name: str) -> SurveyDesign:
    """The design with R's name for it."""
    if name in WEIGHTED:
        return WEIGHTED[name]()
    if name in MADE:
        base, method = MADE[name]
        return replicates(design(base), method)
    if name in GIVEN:
        weights, file, scales = GIVEN[name]
        columns = pd.read_csv(HERE / f"weights_{file}.csv").to_numpy(np.float64)
        return SurveyDesign(frame_of(FILE_OF[name]), weights, replicate_weights=columns, **scales)
    if name.startswith("lonely_"):
        _, policy, *fpc = name.split("_")
        return SurveyDesign(
            frame_of("lonely"), "w", strata="stratum", psu="unit", fpc="size" if fpc else None, lonely_psu=policy
        )
    made = SurveyDesign(frame_of(FILE_OF[name]), **CALLS[name])
    return replicates(made, "jackknife") if name == "clus2_jk1" else made
