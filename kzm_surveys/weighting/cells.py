"""The sample cross-classified by all weighting variables: the small table on which weighting happens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray, codes_of
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.record import MarginCells
from kzm_surveys.weighting.margins import Key, Margin, Margins

#: Tables up to this size are laid out whole; of larger ones only the cells that occur are kept.
_SMALL = 1 << 12
#: Up to this size, or four times the rows, the cells that occur are found by counting in place of sorting.
_COUNTED = 1 << 20
#: Place of a cell in a margin: lacks the variable, or has a category without a target.
LACKS, UNKNOWN = -1, -2


@dataclass(frozen=True, eq=False)
class Cells:
    """Weighting cells of a design.

    Attributes
    ----------
    rows
        (n,) cell of each row.
    mass
        (cells,) sum of the weights.
    levels
        Per margin (cells,) number of the category among `names`, or `LACKS`.
    margins, names, shares
        Per margin: the table, its categories with a positive target, their shares of the whole.
    inside
        (cells,) cells with weight that have all variables.
    variables, levels_of
        The variables and their category names; a cell's place in their product tells its label.
    place
        (cells,) place of each cell in the product.
    """

    rows: CodeArray
    mass: FloatArray
    levels: Sequence[CodeArray]
    margins: Sequence[Margin]
    names: Sequence[Sequence[Key]]
    shares: Sequence[FloatArray]
    inside: BoolArray
    variables: Sequence[str]
    levels_of: Sequence[Sequence[str]]
    place: CodeArray

    def __len__(self) -> int:
        return len(self.mass)

    def described(self) -> MarginCells:
        """The cells as the record keeps them."""
        named = [margin.name for margin in self.margins]
        return MarginCells(
            self.rows, self.place, self.levels_of, dict(zip(named, self.levels, strict=True)),
            {name: ["*".join(key) for key in keys] for name, keys in zip(named, self.names, strict=True)},
            dict(zip(named, self.shares, strict=True)),
        )  # fmt: skip

    def target_names(self) -> list[str]:
        """Margin and category of each column of :meth:`columns`."""
        pairs = zip(self.margins, self.names, strict=True)
        return [f"{margin.name} {'*'.join(key)}" for margin, keys in pairs for key in keys]

    def columns(self) -> FloatArray:
        """(cells, k) indicators of all categories of all margins; rows of zeros for cells that lack a variable."""
        parts = [
            np.equal.outer(level, np.arange(len(names))) for level, names in zip(self.levels, self.names, strict=True)
        ]
        return np.where(self.complete()[:, None], np.column_stack(parts), 0.0)

    def complete(self) -> BoolArray:
        """(cells,) cells that have all variables, with or without weight."""
        return np.logical_and.reduce([level >= 0 for level in self.levels])


def cross(design: SurveyDesign, margins: Margins, *, missing: str) -> Cells:
    """Cross-classify the rows by the variables of all margins.

    Raises
    ------
    WeightingError
        What the margins cannot cover: an unknown variable; missing values, unless the rule `missing` is
        "mean_weight"; a category in the sample without a target or with the target 0; a target without sample.
    """
    label = design.survey.wave.name + ": " if design.survey else ""
    tables = list(margins.tables.values())
    variables = list(dict.fromkeys(name for margin in tables for name in margin.variables))
    coded: list[tuple[CodeArray, list[str]]] = []
    for variable in variables:
        if variable not in design.frame.columns:
            raise WeightingError(label + one_of("unknown weighting variable", variable, design.frame.columns))
        coded.append(codes_of(design.frame[variable]))
    levels_of = [names for _, names in coded]
    shape = [len(names) + 1 for names in levels_of]
    rows, place = _joint([codes for codes, _ in coded], shape, len(design))
    mass = np.asarray(np.bincount(rows, design.weights, len(place)), np.float64)
    used = mass > 0
    axes = dict(zip(variables, np.unravel_index(place, shape), strict=True))
    levels, names, shares = [], [], []
    for margin in tables:
        level = _level(
            margin, [axes[v] for v in margin.variables], [levels_of[variables.index(v)] for v in margin.variables]
        )
        if missing == "error" and (level[used] == LACKS).any():
            _refuse_missing(design, margin, label)
        if (bad := used & (level == UNKNOWN)).any():
            _refuse_unknown(margin, [axes[v][bad] for v in margin.variables],
                            [levels_of[variables.index(v)] for v in margin.variables], label)  # fmt: skip
        levels.append(np.maximum(level, LACKS))
        names.append(list(margin.targets))
        target = np.array(list(margin.targets.values()))
        shares.append(target / target.sum())
    inside = used & np.logical_and.reduce([level >= 0 for level in levels])
    if not inside.any():
        raise WeightingError(f"{label}nobody has all weighting variables ({', '.join(variables)}).")
    for place_in_list, (margin, level, keys, share) in enumerate(zip(tables, levels, names, shares, strict=True)):
        found = np.asarray(np.bincount(level[inside], mass[inside], len(keys)), np.float64)
        if ((found > 0) != (share > 0)).any():
            _refuse_target(margin, keys, found, share, label)
        if not (share > 0).all():
            kept = np.flatnonzero(share > 0)
            new = np.full(len(keys), LACKS)
            new[kept] = np.arange(len(kept))
            levels[place_in_list] = np.where(level >= 0, new[level.clip(min=0)], LACKS)
            names[place_in_list] = [keys[i] for i in kept]
            shares[place_in_list] = share[kept]
    return Cells(rows, mass, levels, tables, names, shares, inside, variables, levels_of, place)


def _joint(codes: Sequence[CodeArray], shape: Sequence[int], n: int) -> tuple[CodeArray, CodeArray]:
    """(n,) cell of each row and (cells,) place of each cell in the product of the categories, 0 = missing."""
    size = math.prod(shape)
    if size >= 2**62:
        raise WeightingError(f"the weighting variables have {size:.2g} combinations of categories; merge some first.")
    dtype: type[np.signedinteger[Any]] = next(
        kind for kind in (np.int8, np.int16, np.int32, np.int64) if size <= np.iinfo(kind).max
    )
    flat = codes[0].astype(dtype)
    offset = 1
    for code, length in zip(codes[1:], shape[1:], strict=True):
        flat *= dtype(length)
        flat += code.astype(dtype, copy=False)
        offset = offset * length + 1
    flat += dtype(offset)
    if size <= _SMALL:
        return flat, np.arange(size)
    if size <= max(_COUNTED, 4 * n):
        occurs = np.bincount(flat, minlength=size) > 0
        return (np.cumsum(occurs) - 1)[flat], np.flatnonzero(occurs)
    place, rows = np.unique(flat, return_inverse=True)
    return rows, place.astype(np.int64)


def _level(margin: Margin, axes: Sequence[CodeArray], levels_of: Sequence[Sequence[str]]) -> CodeArray:
    """(cells,) number of the margin's category in each cell."""
    position = {key: i for i, target in enumerate(margin.targets) for key in margin.members.get(target, (target,))}
    shape = [len(names) + 1 for names in levels_of]
    lookup = np.full(shape, UNKNOWN)
    for axis in range(len(shape)):
        lookup[(slice(None),) * axis + (0,)] = LACKS
    places = [{name: i for i, name in enumerate(names, start=1)} for names in levels_of]
    for key, number in position.items():
        if all(part in where for part, where in zip(key, places, strict=True)):
            lookup[tuple(where[part] for part, where in zip(key, places, strict=True))] = number
    return lookup[tuple(axes)]


def _refuse_missing(design: SurveyDesign, margin: Margin, label: str) -> None:
    for variable in margin.variables:
        if count := int(design.frame[variable][design.weights > 0].isna().sum()):
            raise WeightingError(
                f"{label}weighting variable '{variable}' is missing for {count} of {len(design)} respondents. Fill "
                "those answers, choose another variable, or give missing='mean_weight'; they are not guessed."
            )


def _refuse_unknown(margin: Margin, axes: Sequence[CodeArray], levels_of: Sequence[Sequence[str]], label: str) -> None:
    found = sorted(
        {"*".join(names[i - 1] for names, i in zip(levels_of, at, strict=True)) for at in zip(*axes, strict=True)}
    )
    have = ", ".join("*".join(key) for key in margin.targets)
    raise WeightingError(
        f"{label}margins for '{margin.name}' lack category '{', '.join(found)}' (the sample has it; the margins have "
        f"{have}). Add it to the margins file."
    )


def _refuse_target(margin: Margin, keys: Sequence[Key], found: FloatArray, share: FloatArray, label: str) -> None:
    if none := [
        "*".join(key) for key, mass, target in zip(keys, found, share, strict=True) if mass > 0 and target == 0
    ]:
        raise WeightingError(
            f"{label}margins for '{margin.name}' have the target 0 for '{', '.join(none)}', but the sample has people "
            "there. Correct the target, or set their base weights to zero."
        )
    empty = ["*".join(key) for key, mass, target in zip(keys, found, share, strict=True) if mass == 0 and target > 0]
    raise WeightingError(
        f"{label}margins for '{margin.name}' have a target for '{', '.join(empty)}', but nobody in the sample is in it"
        ". Merge it with a neighbour: in codebook and margins, with Margins.merge, or with collapse_thin."
    )
