"""Where this package answers otherwise than R 4.1-1 on purpose, or R's number is not determined.

Each departure stands in the docstring of the function concerned. Its cases are compared in everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Case = dict[str, Any]
#: What follows from the degrees of freedom.
BY_DF = r"df|ci_|p_value|f of .*: p|lrt of .*: p|statistic"
REPLICATES = r".*_(jk1|jkn|brr|fay)|.*_jk1_.*|given_.*"


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


MADE = r".*_(jk1|jkn|brr|fay)|.*_jk1_.*"
CALIBRATED = r"(clus1|strat|noise)_(raked|rrake|linear|logit|trimmed|bounded|post|raking99)|clus2_post"

DEPARTURES = (
    Departure(
        "R takes the rank of the replicate weights for df once a made replicate design is subset or weighted; "
        "here it keeps its units",
        BY_DF,
        lambda case: (
            _is(case, design=MADE, verb="degrees|mean|total|proportion|ratio|crosstab|ttest|ranktest|glm")
            and (
                any(case["ask"].get(key) for key in ("where", "by"))
                or case["design"] == "noise_jk1_raked"
                or case["ask"]["verb"] == "glm"
            )
            and not _is(case, verb="proportion", ci=".+")
        ),
    ),
    Departure(
        "R 4.1 counts df of a model on replicates before missing answers leave", BY_DF,
        lambda case: _is(case, design="given_boot.*", verb="glm", formula=".*_m.*"),
    ),
    Departure(
        "R's summary takes residuals and weights of different rows where a calibrated design misses answers",
        "dispersion",
        lambda case: _is(case, design=CALIBRATED, verb="glm", formula=".*(_m|nights|score|high).*"),
    ),
    Departure(
        "R counts rows of no weight in n and df of a test of independence",
        BY_DF,
        lambda case: _is(case, verb="crosstab", design=".*_zero") or _is(
            case, verb="crosstab", design=CALIBRATED, where=".+"
        ),
    ),
    Departure(
        "R takes n of all rows of the design for beta intervals; here of the base", "ci_",
        lambda case: _is(case, verb="proportion", ci="beta") and (
            _is(case, design=".*_zero") or _is(case, design=CALIBRATED, where=".+") or _is(case, design="clus2.*")
            or _is(case, design=MADE, where=".+")
        ),
    ),
    Departure(
        "Intervals on made replicates of a domain use its units as df", "ci_",
        lambda case: _is(case, design=MADE, verb="proportion", ci=".+", where=".+"),
    ),
    Departure(
        "R's profile ends in a spline that does not reach", "ci_",
        lambda case: _is(case, design="clus2", verb="proportion", ci="likelihood", variable="small"),
    ),
    Departure(
        "R's arcsine reflects at 0", "ci_",
        lambda case: _is(case, verb="proportion", ci="asin", variable="no_ell|small"),
    ),
    Departure(
        "In some replicates nobody has it: R's logit goes on until it stops", "ci_",
        lambda case: _is(case, design=REPLICATES, verb="proportion", ci="logit", variable="no_ell|small"),
    ),
    Departure(
        "R 4.1-1 takes 'mean' for 'beta' and 'xlogit' on replicates", "ci_|se",
        lambda case: _is(case, design=REPLICATES, verb="quantile", interval="beta|xlogit"),
    ),
    Departure(
        "R finds score limits with a tolerance on the scale of the variable", "ci_|se",
        lambda case: _is(case, verb="quantile", interval="score"),
    ),
)  # fmt: skip


def departure(case: Case) -> Departure | None:
    """The first departure that applies to a case."""
    return next((one for one in DEPARTURES if one.applies(case)), None)
