"""Shares of those who were asked and gave no answer, by the reason: don't know, no such source here, refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kzm_surveys.codebook import NOT_PUT
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.crossing import Crossing, results_as_estimates
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.finish import Deff, check_options
from kzm_surveys.estimation.intervals import ProportionInterval
from kzm_surveys.estimation.variables import Where, list_of_names, require_design


def missing_share(
    design: SurveyDesign, variable: str, reasons: Sequence[str], *, by: str | None = None, where: Where = None,
    ci: ProportionInterval = "logit", level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Weighted share (0-1) of those asked a question whose answer is missing for one of some reasons.

    Parameters
    ----------
    design
        A design made from a survey: only its codebook knows reasons.
    variable
        Any variable of the codebook.
    reasons
        Names of reasons, counted together, such as ``["no_such_source"]`` or ``["dont_know", "refused"]``.
    by, where, ci, level, deff
        As in :func:`kzm_surveys.proportion`.

    Returns
    -------
    Estimates
        Statistic "missing_share", base "asked"; `category` is the reasons joined by "+". With the shares of
        ``proportion(..., base="asked")`` those of all reasons sum to 1.

    Raises
    ------
    EstimationError
        A design without reasons, an unknown variable or reason, one that says that the question was not put.

    Notes
    -----
    The mean of a 0/1 variable over those asked: influence of row i (dᵢ - p)/Ŵ among them, 0 outside.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.SurveyDesign.from_survey(kzm.load("surveys/noise/2021"))
    >>> share = missing_share(design, "annoyance_railway", ["no_such_source"]).rows[0]
    >>> share.n, kzm.missing_count(design, "annoyance_railway", "no_such_source"), round(share.estimate, 4)
    (508, 122, 0.2402)
    """
    require_design(design)
    check_options(level, deff, ci)
    if design.missing is None:
        raise EstimationError("the design has no reasons for missing answers; make it with from_survey.")
    if variable not in design.missing.columns:
        raise EstimationError(one_of("unknown variable", variable, design.missing.columns))
    why = design.missing[variable]
    allowed = [name for name in why.cat.categories if name not in NOT_PUT]
    listed = list_of_names(variable, "reasons", reasons)
    for name in listed:
        if name in NOT_PUT:
            raise EstimationError(
                f"{variable}: '{name}' says that the question was not put; its share of those asked has no meaning. "
                f"Allowed: {', '.join(allowed)}"
            )
        if name not in allowed:
            raise EstimationError(f"{variable}: " + one_of("unknown reason", name, allowed))
    missing_so = why.isin(listed).to_numpy()
    codes = np.where(why.isin(NOT_PUT), -1, missing_so).astype(np.int8)
    crossing = Crossing.of(design, variable, by, where, (codes, 2))
    found = crossing.shares(np.array([[False, False, True]]), np.array([False, True, True]))
    words = {"variable": variable, "category": ["+".join(listed)], "statistic": "missing_share"}
    return results_as_estimates(crossing, found, words, base="asked", level=level, deff=deff, ci=ci)
