"""Sampling units and strata as numbers: what a design's stages are to the variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kzm_surveys.arrays import CodeArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Units:
    """Sampling units of the first stage.

    Attributes
    ----------
    of_row
        (n,) unit of each row; None if every row is a unit.
    stratum
        (units,) stratum of each unit; None if there is one stratum.
    sizes
        (strata,) units in each stratum.
    fraction
        (strata,) sampling fraction; 0 for an infinite population.
    """

    of_row: IntArray | None
    stratum: IntArray | None
    sizes: IntArray
    fraction: FloatArray

    @cached_property
    def lonely(self) -> bool:
        """Some stratum has one unit, and its population more."""
        return bool(((self.sizes == 1) & (self.fraction < 1)).any())

    @cached_property
    def scale(self) -> FloatArray:
        """(strata,) n/(n - 1)·(1 - f), with n/(n - 1) as 1 where n is 1."""
        return np.where(self.sizes > 1, self.sizes / np.maximum(self.sizes - 1, 1), 1.0) * (1 - self.fraction)


def units_of(
    psu: IntArray | None, strata: IntArray | None, home: IntArray, fraction: FloatArray | None
) -> Units:  # fmt: skip
    """Units from the numbers of unit and stratum of each row (None: each row a unit, one stratum).

    `home` is the (units,) stratum of each unit, `fraction` the (n,) sampling fraction of each row.
    """
    if psu is None or strata is None:
        return Units(None, None, np.array([len(home)]), np.zeros(1) if fraction is None else fraction[:1])
    of_row = None if len(home) == len(psu) else psu
    stratum = strata if of_row is None else home
    sizes = np.bincount(stratum)
    of_stratum = np.zeros(len(sizes)) if fraction is None else home_of(strata, fraction)
    return Units(of_row, stratum if len(sizes) > 1 else None, sizes, of_stratum)


def home_of(inner: IntArray, outer: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(inner numbers,) value of `outer` for each number of `inner`, taken from a row that has it."""
    home = np.zeros(int(inner.max()) + 1, outer.dtype)
    home[inner] = outer
    return home


def numbered(keys: Sequence[CodeArray]) -> IntArray:
    """(n,) number of each row's combination of codes, 0 first, without gaps.

    Examples
    --------
    >>> numbered([np.array([0, 0, 4, 4]), np.array([1, 0, 0, 1])]).tolist()
    [1, 0, 2, 3]
    """
    combined = keys[0].astype(np.int64, copy=False)
    for key in keys[1:]:
        size = int(key.max()) + 1
        if int(combined.max()) >= np.iinfo(np.int64).max // size:
            combined = np.unique(combined, return_inverse=True)[1]
        combined = combined * size + key
    largest = int(combined.max())
    if largest > 4 * len(combined) + 4096:
        return np.unique(combined, return_inverse=True)[1]
    used = np.bincount(combined, minlength=largest + 1) > 0
    if used.all():
        return combined
    numbers: IntArray = (np.cumsum(used) - 1)[combined]
    return numbers


def lonely_words(strata: int) -> str:
    """Say how many strata have one sampling unit.

    Examples
    --------
    >>> lonely_words(1), lonely_words(2)
    ('1 stratum has one sampling unit', '2 strata have one sampling unit')
    """
    return f"{'1 stratum has' if strata == 1 else f'{strata} strata have'} one sampling unit"
