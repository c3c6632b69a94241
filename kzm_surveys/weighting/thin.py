"""Collapsing of thin categories, only when asked: by a stated rule, and recorded."""

from __future__ import annotations

import numpy as np

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting.margins import Key, Margins


def collapse_thin(design: SurveyDesign, margins: Margins, *, fewest: int) -> Margins:
    """Margins in which categories with too few respondents are merged with a neighbour.

    The rule: as long as a category has fewer than `fewest` respondents with weight, the thinnest is merged with the
    thinner of its neighbours in the order of the table. In a joint table only categories that differ in the last
    variable are neighbours, so that the other variables stay apart.

    Parameters
    ----------
    design
        Tells how many respondents each category has; rows that lack a variable do not count.
    margins
        Ordered as neighbours make sense: ages from young to old.
    fewest
        Respondents that a category must have.

    Returns
    -------
    Margins
        Merged categories are named by their parts, joined by "+"; raking to them notes it in the record.

    Raises
    ------
    WeightingError
        `fewest` below 1, an unknown variable, or a table that cannot be merged far enough.

    Examples
    --------
    >>> import pandas as pd
    >>> design = SurveyDesign(pd.DataFrame({"age": ["young", "mid", "mid", "old", "old", "old"]}))
    >>> margins = Margins({"age": {"young": 0.3, "mid": 0.4, "old": 0.3}})
    >>> [key for key, in collapse_thin(design, margins, fewest=2).tables["age"].targets]
    ['young+mid', 'old']
    """
    if fewest < 1:
        raise WeightingError(f"collapse_thin: fewest must be at least 1, found {fewest}.")
    for name, margin in list(margins.tables.items()):
        counts = _counts(design, margins, name)
        groups: list[list[Key]] = [[key] for key in margin.targets]
        while thin := [i for i, group in enumerate(groups) if sum(counts[key] for key in group) < fewest]:
            size = {i: sum(counts[key] for key in group) for i, group in enumerate(groups)}
            at = min(thin, key=lambda i: size[i])
            alike = [i for i, group in enumerate(groups) if group[0][:-1] == groups[at][0][:-1]]
            place = alike.index(at)
            near = [*alike[:place][-1:], *alike[place + 1 :][:1]]
            if not near:
                thinnest = "+".join("*".join(key) for key in groups[at])
                raise WeightingError(
                    f"collapse_thin: '{name}' has only {size[at]} respondents in '{thinnest}' "
                    f"and no neighbour to merge it with. Drop the margin, or ask for fewer than {fewest}."
                )
            other = min(near, key=lambda i: size[i])
            first, second = sorted((at, other))
            groups[first] = groups[first] + groups.pop(second)
        merged = {_named(group): ["*".join(key) for key in group] for group in groups if len(group) > 1}
        if merged:
            margins = margins.merge(name, merged)
    return margins


def merge_notes(margins: Margins) -> tuple[str, ...]:
    """What was merged, one sentence per category."""
    return tuple(
        f"{margin.name}: merged {' + '.join('*'.join(member) for member in members)}"
        for margin in margins.tables.values()
        for members in margin.members.values()
    )


def _named(group: list[Key]) -> str:
    head = group[0][:-1]
    return "*".join((*head, "+".join(key[-1] for key in group)))


def _counts(design: SurveyDesign, margins: Margins, name: str) -> dict[Key, int]:
    """Respondents with weight in each category of one margin, those without any included."""
    margin = margins.tables[name]
    lacking = [variable for variable in margin.variables if variable not in design.frame.columns]
    if lacking:
        raise WeightingError(f"collapse_thin: the data have no column '{lacking[0]}'.")
    used = design.frame[list(margin.variables)][np.asarray(design.weights > 0)].dropna().astype(str)
    found = used.value_counts().to_dict()
    return {key: int(sum(found.get(member, 0) for member in margin.members.get(key, (key,)))) for key in margin.targets}
