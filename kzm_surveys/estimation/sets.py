"""Questions of several variables: select-all sets and batteries declared in the codebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.codebook import SELECTED
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import replication, variance
from kzm_surveys.estimation.crossing import divided
from kzm_surveys.estimation.estimates import Base, Estimates
from kzm_surveys.estimation.finish import Bases, Deff, check_options, finished
from kzm_surveys.estimation.intervals import ProportionInterval
from kzm_surveys.estimation.variables import (
    Where,
    categories_of,
    domain_mask,
    domain_of,
    in_base,
    list_of_names,
    net_members,
    require_design,
)

Of = Literal["respondents", "answers"]


def multiple_response(
    design: SurveyDesign, name: str, *, percent: Of = "respondents", by: str | None = None, where: Where = None,
    base: Base = "answered", ci: ProportionInterval = "logit", level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Share of each option of a select-all set declared in the codebook.

    Parameters
    ----------
    design, by, where, base, ci, level, deff
        As in :func:`kzm_surveys.proportion`.
    name
        The set.
    percent
        "respondents": share of those in the base who chose the option; the shares may sum to more than 1. "answers":
        share of the option among all options chosen; the shares sum to 1 and n counts answers, not people.

    Returns
    -------
    Estimates
        A row per option, group after group: ``variable`` is the option's variable, ``category`` the option's name;
        statistic "proportion" or "answer_share". The covariance is that of all options together.

    Raises
    ------
    EstimationError
        A design without codebook, an unknown set, an empty domain.
    """
    require_design(design)
    if percent not in ("respondents", "answers"):
        raise EstimationError(one_of("unknown percent", percent, ("respondents", "answers")))
    if design.survey is None:
        raise EstimationError(f"'{name}': sets are declared in a codebook; make the design with from_survey.")
    codebook = design.survey.codebook
    if not isinstance(name, str) or name not in codebook.sets:
        raise EstimationError(one_of("unknown select-all set", name, codebook.sets))
    members = codebook.sets[name]
    items = [codebook[member].item for member in members]
    return _joint(
        design, name, members, [SELECTED], items, percent=percent, by=by, where=where, base=base, ci=ci, level=level,
        deff=deff,
    )  # fmt: skip


def battery(
    design: SurveyDesign, name: str, categories: Sequence[str], *, by: str | None = None, where: Where = None,
    base: Base = "answered", ci: ProportionInterval = "logit", level: float = 0.95, deff: Deff = "without",
) -> Estimates:  # fmt: skip
    """Share of some categories together for every item of a battery declared in the codebook.

    Parameters, base and errors as in :func:`kzm_surveys.proportion`.

    Returns
    -------
    Estimates
        A row per item: ``variable`` is the item's variable. The covariance is that of all items together.
    """
    require_design(design)
    if design.survey is None:
        raise EstimationError(f"'{name}': batteries are declared in a codebook; make the design with from_survey.")
    members = design.survey.codebook.members(name)
    categories = list_of_names(name, "categories", categories)
    labels = ["+".join(categories)] * len(members)
    return _joint(
        design, name, members, categories, labels, percent="respondents", by=by, where=where, base=base, ci=ci,
        level=level, deff=deff,
    )  # fmt: skip


def _joint(
    design: SurveyDesign, name: str, members: Sequence[str], categories: Sequence[str],
    labels: Sequence[str | None], *, percent: Of, by: str | None, where: Where, base: Base, ci: ProportionInterval,
    level: float, deff: Deff,
) -> Estimates:  # fmt: skip
    """Shares of several variables with their joint covariance."""
    check_options(level, deff, ci)
    _, words = domain_of(design, where, name)
    domain, weighs = domain_mask(design, where)[0], (design.weights > 0)[:, None]
    hits, bases = [], []
    for member in members:
        names, codes = categories_of(design, member)
        held = net_members(member, names, categories)[1][0]
        hits.append(np.where(codes >= 0, held[codes], False))
        bases.append(in_base(design, member, codes, base))
    hit, inside = np.column_stack(hits), np.column_stack(bases) & weighs
    groups: list[str | None] = [None]
    of_group = [domain]
    if by is not None:
        names, codes = categories_of(design, by)
        groups = list(names)
        of_group = [domain & (codes == number) for number in range(len(names))]
    top = np.column_stack([hit & inside & group[:, None] for group in of_group])
    if percent == "answers":
        # An answer is an option chosen: everybody counts as often as he or she chose.
        counts = [(hit & inside & group[:, None]).sum(axis=1) for group in of_group]
        bottom = np.column_stack([np.repeat(count[:, None], len(members), axis=1) for count in counts])
    else:
        bottom = np.column_stack([inside & group[:, None] for group in of_group])
    return _finished(
        design, top, bottom.astype(np.float64), of_group,
        words={
            "variable": [*members] * len(groups), "category": [*labels] * len(groups), "by": by,
            "by_category": [group for group in groups for _ in members],
            "statistic": "answer_share" if percent == "answers" else "proportion",
        },
        base=base, ci=ci, level=level, deff=deff, where=words,
    )  # fmt: skip


def _finished(
    design: SurveyDesign, top: BoolArray, bottom: FloatArray, of_group: Sequence[BoolArray], *,
    words: dict[str, str | Sequence[str | None] | None], base: Base, ci: ProportionInterval, level: float, deff: Deff,
    where: str | None,
) -> Estimates:  # fmt: skip
    """Ratios Σw·top/Σw·bottom of (n, p) columns."""
    mass = design.weights @ bottom

    def shares(weights: FloatArray) -> FloatArray:
        return divided(weights @ top, weights @ bottom)

    def influence() -> FloatArray:
        return (top - bottom * np.nan_to_num(p)) / np.where(mass > 0, mass, 1.0)

    p = shares(design.weights)
    logit_se = None
    if design.replicates is not None and design.infers:
        estimates = np.column_stack([shares(weights) for weights in design.replicates.weights.T])
        covariance = replication.covariance(design.replicates, estimates, p)
        logit_se = variance.replicate_logit_se(design.replicates, estimates, p)
    else:
        covariance = variance.covariance(design, p, influence, shares)
    df = np.full(len(of_group), np.nan)
    if design.infers:
        df = np.array([variance.degrees_of_freedom(design, group) for group in of_group])
    rows = [len(design) if design.adjustments else int(group.sum()) for group in of_group]
    bases = Bases(
        bottom.sum(axis=0).astype(np.int64), mass, top.sum(axis=0), lambda: design.weights**2 @ bottom, p * (1 - p),
        np.repeat(rows, top.shape[1] // len(of_group)),
    )  # fmt: skip
    return finished(
        design, p, bases.without_rounding(covariance), bases, np.repeat(df, top.shape[1] // len(of_group)), words=words,
        base=base, level=level, deff=deff, ci=ci, where=where, logit_se=logit_se,
    )  # fmt: skip
