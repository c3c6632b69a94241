"""How far the key results of a wave depend on its weights: the same shares under other ways of weighting.

The other ways follow from the wave's own weighting by a fixed rule, so that nobody chooses the ones that look best:

- no weights;
- other margins: with two margins or more, each left out in turn; with one joint margin, each of its variables alone;
  with one simple margin, none. At most :data:`MOST_MARGINS` of them, in the order of ``wave.toml``;
- other trimming: if the weighting trims nothing and a weight is above :data:`CAP` times the mean, the weights
  cut there, raked again if the margins can then still be met.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.estimation.estimators import proportion
from kzm_surveys.record import kish_deff
from kzm_surveys.wave import KeyResult
from kzm_surveys.weighting.margins import Key, Margin, Margins
from kzm_surveys.weighting.trim import trim_weights
from kzm_surveys.weighting.wave import wave_margins, weight

#: Most columns of other margins.
MOST_MARGINS = 3
#: Highest weight, in multiples of the mean, where the wave's own weighting trims nothing.
CAP = 3.0

Kind = Literal["none", "own", "without", "only", "capped", "capped_raked"]


@dataclass(frozen=True)
class Scheme:
    """One way of weighting the answers.

    Attributes
    ----------
    kind
        "none"; "own", the wave's; "without" or "only" the margin or variable `of`; "capped" at :data:`CAP` times the
        mean, "capped_raked" if then raked again.
    design
        The answers weighted so.
    of
        Margin left out, or variable raked to alone; empty for other kinds.
    """

    kind: Kind
    design: SurveyDesign
    of: str = ""

    @property
    def name(self) -> str:
        """Kind and margin in one word, for the ledger."""
        return f"{self.kind}:{self.of}" if self.of else self.kind

    @property
    def deff(self) -> float:
        """Kish design effect of the weights."""
        return kish_deff(self.design.weights)

    @property
    def n_eff(self) -> float:
        """Effective number of respondents, n / deff."""
        return float((self.design.weights > 0).sum()) / self.deff


@dataclass(frozen=True)
class Difference:
    """The widest gap of one key result between the wave's own weighting and another scheme."""

    result: KeyResult
    scheme: Scheme
    own: Estimate
    other: Estimate

    @property
    def size(self) -> float:
        """Absolute difference of the two shares (0-1)."""
        return abs(self.own.estimate - self.other.estimate)


@dataclass(frozen=True)
class Sensitivity:
    """Key results under several schemes: ``estimates[i][j]`` is result i under scheme j."""

    results: tuple[KeyResult, ...]
    schemes: tuple[Scheme, ...]
    estimates: tuple[tuple[Estimate, ...], ...]

    def widest(self, *, unweighted: bool) -> Difference | None:
        """Widest gap to the own weighting: that of no weights, or that among all other schemes.

        None if there is no such scheme or no result that has answers.
        """
        own = next(place for place, scheme in enumerate(self.schemes) if scheme.kind == "own")
        gaps = [
            Difference(result, scheme, row[own], other)
            for result, row in zip(self.results, self.estimates, strict=True)
            for scheme, other in zip(self.schemes, row, strict=True)
            if scheme.kind != "own" and (scheme.kind == "none") == unweighted and math.isfinite(other.estimate)
        ]
        return max(gaps, key=lambda gap: gap.size, default=None)


def sensitivity(design: SurveyDesign, results: Sequence[KeyResult] | None = None) -> Sensitivity:
    """Estimate the key results of a wave under other ways of weighting.

    Parameters
    ----------
    design
        The wave, weighted as its ``wave.toml`` says (:func:`kzm_surveys.weight`).
    results
        Shares to compare; by default those of ``[[key_results]]`` in ``wave.toml``.

    Returns
    -------
    Sensitivity
        A row per result, a column per scheme: no weights, the own weighting, other margins, other trimming.

    Raises
    ------
    WeightingError
        The design was not weighted as ``wave.toml`` says.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> found = sensitivity(kzm.weight(kzm.load("surveys/noise/2021")))
    >>> [scheme.name for scheme in found.schemes][:3]
    ['none', 'own', 'without:sex*age_group']
    """
    chosen = schemes(design)
    assert design.survey is not None
    wanted = design.survey.wave.key_results if results is None else tuple(results)
    rows = tuple(
        tuple(
            proportion(scheme.design, each.variable, categories=each.categories, base=each.base).row()
            for scheme in chosen
        )
        for each in wanted
    )
    return Sensitivity(wanted, chosen, rows)


def schemes(design: SurveyDesign) -> tuple[Scheme, ...]:
    """Ways of weighting to compare, by the rule above.

    Raises
    ------
    WeightingError
        The design was not weighted as ``wave.toml`` says.
    """
    survey = design.survey
    margins = None if survey is None else wave_margins(survey)
    if survey is None or margins is None or design.weighting is None:
        raise WeightingError("sensitivity compares weights; weight a survey as its wave.toml says, with kzm.weight.")
    plain = Scheme("none", SurveyDesign.from_survey(survey))
    others = [Scheme(kind, weight(survey, margins=other), of) for kind, of, other in _other_margins(margins)]
    return (plain, Scheme("own", design), *others, *_other_trimming(design, margins))


def _other_margins(margins: Margins) -> list[tuple[Kind, str, Margins]]:
    """Kind, name and margins of the schemes with other margins."""
    tables = list(margins.tables.values())
    if len(tables) > 1:
        names = [table.name for table in tables]
        without = [(name, tuple(other for other in names if other != name)) for name in names]
        return [("without", name, margins.select(kept)) for name, kept in without][:MOST_MARGINS]
    (joint,) = tables
    if len(joint.variables) == 1:
        return []
    return [("only", name, _alone(joint, name)) for name in joint.variables][:MOST_MARGINS]


def _alone(joint: Margin, variable: str) -> Margins:
    """Margin of one variable of a joint margin: the sums over the others."""
    place = joint.variables.index(variable)
    sums: dict[Key, float] = {}
    for key, target in joint.targets.items():
        sums[key[place],] = sums.get((key[place],), 0.0) + target
    return Margins({variable: sums}, {variable: joint.provenance})


def _other_trimming(design: SurveyDesign, margins: Margins) -> list[Scheme]:
    """The weights cut at :data:`CAP` times their mean."""
    record, survey = design.weighting, design.survey
    assert record is not None
    assert survey is not None
    cap = CAP * record.mean
    if record.trimmed or record.highest <= cap:
        return []
    missing = survey.wave.weighting.missing
    try:
        return [Scheme("capped_raked", trim_weights(design, upper=cap, rerake=margins, missing=missing))]
    except WeightingError:  # the margins cannot be met below the cap; the scheme then says that they are not
        return [Scheme("capped", trim_weights(design, upper=cap, strict=True))]
