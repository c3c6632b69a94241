"""Published numbers as constraints on counts: how many answers, and how many of them in some categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kzm_surveys.codebook import SELECTED, Codebook
from kzm_surveys.errors import CodebookError, DataError, one_of
from kzm_surveys.language.numbers import round_half_up
from kzm_surveys.published import Published, PublishedClaim


@dataclass(frozen=True)
class ShareConstraint:
    """Share of `categories` among those who answered `variable`, in percent, within rounding or bounds."""

    claim: str
    categories: tuple[str, ...]
    value: float | None
    decimals: int
    lowest: float
    highest: float

    def met(self, count: int, base: int) -> bool:
        """Tell whether `count` of `base` prints as published."""
        share = 100 * count / base
        if self.value is not None:
            return round_half_up(share, self.decimals) == round_half_up(self.value, self.decimals)
        return self.lowest <= share <= self.highest

    @property
    def target(self) -> float:
        """The share aimed at (0-1)."""
        return (self.value if self.value is not None else (self.lowest + self.highest) / 2) / 100

    def count(self, base: int) -> int | None:
        """Count out of `base` nearest to the target that prints as published; None if there is none."""
        near = round(self.target * base)
        fits = [count for count in range(max(near - 2, 0), min(near + 2, base) + 1) if self.met(count, base)]
        return min(fits, key=lambda count: abs(count / base - self.target)) if fits else None


def check_claims(published: Published | None, codebook: Codebook, path: Path) -> None:
    """Refuse claims about what the codebook does not have, and shares that cannot hold together.

    Raises
    ------
    CodebookError
        Naming file and claim.
    """
    shares: dict[str, list[PublishedClaim]] = {}
    for claim in published.claims if published else ():
        for name in (*claim.ranking, *([claim.variable] if claim.variable else [])):
            if name not in codebook:
                raise CodebookError(f"{path}: {claim.id}: " + one_of("unknown variable", name, codebook.variables))
            known = [category.name for category in codebook[name].categories]
            for category in claim.categories:
                if category not in known:
                    raise CodebookError(
                        f"{path}: {claim.id}: " + one_of(f"unknown category of {name}", category, known)
                    )
        if claim.variable and (claim.value is not None or claim.lowest is not None):
            shares.setdefault(claim.variable, []).append(claim)
    for variable, claims in shares.items():
        names = [category for claim in claims for category in claim.categories]
        total = sum(claim.lowest or 0 if claim.value is None else claim.value for claim in claims)
        ids = ", ".join(claim.id for claim in claims)
        if len(names) > len(set(names)):
            raise CodebookError(f"{path}: {ids}: their categories of '{variable}' overlap; they cannot all be met.")
        if total > 100:
            raise CodebookError(f"{path}: {ids}: the shares of '{variable}' sum to {total:g} %, more than 100 %.")


def share_constraints(published: Published | None) -> dict[str, list[ShareConstraint]]:
    """Constraints of the published shares by variable."""
    out: dict[str, list[ShareConstraint]] = {}
    for claim in published.claims if published else ():
        if claim.variable is None:
            continue
        bounded = claim.lowest is not None and claim.highest is not None
        if claim.value is None and not bounded:
            continue
        low, high = (claim.lowest or 0.0), (claim.highest or 100.0)
        out.setdefault(claim.variable, []).append(
            ShareConstraint(claim.id, claim.categories, claim.value, claim.decimals, low, high)
        )
    return out


def possible_base(constraints: Sequence[ShareConstraint], wanted: int, most: int) -> int | None:
    """Base nearest to `wanted`, at most `most`, at which every constraint has a count.

    Examples
    --------
    >>> possible_base([ShareConstraint("N05", ("a",), 26.3, 1, 0, 100)], wanted=508, most=508)
    506
    """
    for distance in range(most):
        for base in (wanted - distance, wanted + distance):
            if 0 < base <= most and all(c.count(base) is not None for c in constraints):
                return base
    return None


def exact_counts(
    shares: Mapping[str, float], base: int, constraints: Sequence[ShareConstraint], *, exact: bool
) -> dict[str, int]:
    """Counts of each category that add up to `base` and meet the constraints.

    Largest remainders inside and outside each constrained group of categories; groups must not overlap.

    Raises
    ------
    DataError
        `exact` and no count meets a constraint.
    """
    counts: dict[str, int] = {}
    left, free = base, list(shares)
    for constraint in constraints:
        count = constraint.count(base)
        if count is None:
            if exact:
                raise DataError(f"published claim {constraint.claim}: no count out of {base} prints as published.")
            count = round(constraint.target * base)
        counts |= _remainders({name: shares[name] for name in constraint.categories}, count)
        left -= count
        free = [name for name in free if name not in constraint.categories]
    return counts | _remainders({name: shares[name] for name in free}, left)


def _remainders(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Split a total by shares with largest remainders."""
    if not shares:
        return {}
    mass = sum(shares.values())
    quotas = {name: total * share / mass for name, share in shares.items()}
    counts = {name: int(quota) for name, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda name: quotas[name] - counts[name], reverse=True)
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return counts


def unmet_claims(responses: pd.DataFrame, codebook: Codebook, published: Published | None) -> list[str]:
    """Published numbers that the answers do not reproduce, in words; the unweighted shares are compared."""
    unmet = []
    for claim in published.claims if published else ():
        unmet += _unmet(claim, responses, codebook)
    for variable, constraints in share_constraints(published).items():
        column = responses[variable].dropna()
        for constraint in constraints:
            count = int(column.isin(constraint.categories).sum())
            if not constraint.met(count, len(column)):
                unmet.append(f"{constraint.claim}: {count} of {len(column)} is {100 * count / len(column):.2f} %")
    return unmet


def _unmet(claim: PublishedClaim, responses: pd.DataFrame, codebook: Codebook) -> list[str]:
    if claim.count is not None and claim.count != len(responses):
        return [f"{claim.id}: {len(responses)} respondents, published {claim.count}"]
    if not claim.ranking:
        return []
    source = codebook[claim.ranking[0]].source
    rivals = [v.name for v in codebook.variables.values() if v.source == source and v.other_text_of is None]
    categories = claim.categories or (SELECTED,)
    share = {name: responses[name].dropna().isin(categories).mean() for name in rivals}
    order = sorted(rivals, key=lambda name: share[name], reverse=True)
    first = order[: len(claim.ranking)]
    shares = [share[name] for name in order[: len(claim.ranking) + 1]]
    if tuple(first) != claim.ranking or len(set(shares)) < len(shares):
        return [f"{claim.id}: the order is {', '.join(first)}"]
    return []
