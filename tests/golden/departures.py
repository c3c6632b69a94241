"""Where this package answers otherwise than R 4.1-1 on purpose, or R's number is not determined.

Each departure stands in the docstring of the function concerned. Its cases are compared in everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Case = dict[str, Any]


@dataclass(frozen=True)
class Departure:
    """Quantities (a pattern) that are not compared in some cases, and why."""

    reason: str
    quantities: str
    applies: Callable[[Case], bool]


def _is(case: Case, *, design: str = ".*", verb: str = ".*", **ask: str) -> bool:
    """The case's design, verb and further words of the question fit the patterns."""
    asked = case["ask"]
    given = {key: "" if asked.get(key) is None else str(asked[key]) for key in ask}
    return (
        re.fullmatch(design, case["design"]) is not None
        and re.fullmatch(verb, asked["verb"]) is not None
        and all(re.fullmatch(pattern, given[key]) for key, pattern in ask.items())
    )


CALIBRATED = r"(clus1|strat|noise)_(raked|rrake|linear|logit|trimmed|bounded|post|raking99)|clus2_post"

DEPARTURES = (
    Departure(
        "R counts rows of no weight in n and df of a test of independence",
        r"df|p_value|statistic",
        lambda case: _is(case, verb="crosstab", design=".*_zero"),
    ),
    Departure(
        "R counts all strata for the covariance of groups, those of the domain for the standard errors beside it",
        "covariance",
        lambda case: _is(case, design="lonely_average.*", verb="mean|total"),
    ),
    Departure(
        "R's profile ends in a spline that does not reach",
        "ci_",
        lambda case: _is(case, design="clus2", verb="proportion", ci="likelihood", variable="small"),
    ),
    Departure(
        "R's arcsine reflects at 0",
        "ci_low",
        lambda case: _is(case, design="clus1.*|given_boot", verb="proportion", ci="asin", variable="no_ell"),
    ),
    Departure(
        "In some replicates nobody has it: R's logit goes on until it stops",
        "ci_",
        lambda case: _is(case, design="clus1_jk1.*|given_boot", verb="proportion", ci="logit", variable="no_ell|small"),
    ),
    Departure(
        "R 4.1-1 takes 'mean' for 'beta' and 'xlogit' on replicates",
        "ci_|se",
        lambda case: _is(case, design=r".*_jkn|given_.*", verb="quantile", interval="beta|xlogit"),
    ),
    Departure(
        "R counts rows outside the domain of a calibrated design in the shares that score limits stand for",
        "ci_|se",
        lambda case: _is(case, design=CALIBRATED, verb="quantile", interval="score", where=".+"),
    ),
    Departure(
        "R's summary takes residuals and weights of different rows where a calibrated design misses answers",
        "dispersion",
        lambda case: _is(case, design=CALIBRATED, verb="glm", formula=".*(_m|nights|score|high).*"),
    ),
    Departure(
        "R 4.1 counts df of a model on replicates before missing answers leave",
        r"df|ci_|p_value|(f|lrt) of .*: p",
        lambda case: _is(case, design="given_boot.*|.*_jk1.*|.*_jkn", verb="glm", formula=".*_m.*"),
    ),
)


def departure(case: Case) -> Departure | None:
    """The first departure that applies to a case."""
    return next((one for one in DEPARTURES if one.applies(case)), None)
