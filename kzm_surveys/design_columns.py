"""Columns of a frame as the parts of a design: checked weights, strata and units, sampling fractions, replicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kzm_surveys.arrays import FloatArray, IntArray, codes_of
from kzm_surveys.errors import EstimationError, WeightingError, one_of
from kzm_surveys.replicate_weights import Replicates
from kzm_surveys.sampling_units import home_of, numbered

#: Sums of weights beyond these overflow or vanish when they are squared.
HEAVIEST, LIGHTEST = 1e50, 1e-50


def counted(number: int, noun: str) -> str:
    """Number and noun.

    Examples
    --------
    >>> counted(1, "row"), counted(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def column_names(frame: pd.DataFrame, names: str | Sequence[str] | None, what: str) -> list[str]:
    """Names of columns that are there and have no missing values; `what` they are, for errors."""
    if names is None:
        return []
    wanted = [names] if isinstance(names, str) else list(names) if np.iterable(names) else []
    if not wanted or not all(isinstance(name, str) for name in wanted):
        raise EstimationError(f"{what}: give the names of columns, found {type(names).__name__}.")
    for name in wanted:
        if name not in frame.columns:
            raise EstimationError(one_of(f"{what}: unknown column", name, frame.columns))
        if frame[name].isna().any():
            missing = counted(int(frame[name].isna().sum()), "missing value")
            raise EstimationError(f"{what} column '{name}' has {missing}. Fill or drop those rows.")
    return wanted


def stage_numbers(
    frame: pd.DataFrame, strata_names: Sequence[str], psu_names: Sequence[str], *, nest: bool
) -> tuple[IntArray, IntArray, IntArray]:
    """Numbers of strata and sampling units at each stage, and the stratum of each unit of the first.

    Refuses units that cross strata.
    """
    n = len(frame)
    all_strata: list[IntArray] = []
    all_units: list[IntArray] = []
    homes: list[IntArray] = []
    for stage in range(max(len(psu_names), 1)):
        stratum = [codes_of(frame[strata_names[stage]])[0]] if stage < len(strata_names) else []
        above = all_units[-1:]
        strata = numbered([*above, *stratum]) if above or stratum else np.zeros(n, np.int64)
        all_strata.append(strata)
        if not psu_names:
            all_units.append(np.arange(n))
            homes.append(strata)
            break
        unit = codes_of(frame[psu_names[stage]])[0]
        units = numbered([*above, *(stratum if nest else []), unit])
        homes.append(home_of(units, strata))
        if (homes[-1][units] != strata).any():
            name = psu_names[stage]
            raise EstimationError(f"psu '{name}': units cross strata. Correct the numbers or give nest=True.")
        all_units.append(units)
    return _as_columns(all_strata), _as_columns(all_units), homes[0]


def _as_columns(columns: Sequence[IntArray]) -> IntArray:
    """(n, columns); a single one is not copied."""
    return columns[0][:, None] if len(columns) == 1 else np.column_stack(columns)


def given_replicates(
    frame: pd.DataFrame, weights: Sequence[str] | FloatArray, scale: float, rscales: float | Sequence[float],
    *, mse: bool,
) -> Replicates:  # fmt: skip
    """Checked replicate weights of the file."""
    if isinstance(weights, np.ndarray) and weights.dtype.kind in "if":
        values = np.array(weights, np.float64)
    else:
        if isinstance(weights, str) or not np.iterable(weights):
            found = type(weights).__name__
            raise WeightingError(f"replicate_weights: a list of names or an (n, R) array is needed, found {found}.")
        values = np.array([checked_weights(frame, name, "replicate_weights") for name in weights]).T
    if values.ndim != 2 or len(values) != len(frame) or values.shape[1] < 2:
        raise WeightingError(
            f"replicate_weights have the shape {values.shape}; needed: a row per respondent ({len(frame)}) and at "
            "least two columns."
        )
    if not np.isfinite(values).all() or (values < 0).any():
        raise WeightingError("replicate_weights: missing, infinite or negative values. Correct them.")
    if (largest := float(values.max())) > HEAVIEST or largest < LIGHTEST:
        raise WeightingError(
            f"replicate_weights go up to {largest:.3g}: their squares overflow or vanish. Rescale them."
        )
    try:
        size, factors = float(scale), np.asarray(rscales, np.float64)
    except (TypeError, ValueError):  # text
        raise WeightingError("scale and rscales must be positive numbers.") from None
    if factors.ndim == 0:
        factors = np.broadcast_to(factors, values.shape[1:2])
    if factors.shape != values.shape[1:]:
        raise WeightingError(f"rscales has {factors.size} values, there are {values.shape[1]} replicates.")
    if not (np.isfinite(size) and size > 0 and np.isfinite(factors).all() and (factors >= 0).all() and factors.any()):
        raise WeightingError("scale and rscales must be positive numbers.")
    return Replicates(values, "given", size, factors, mse)


def checked_weights(frame: pd.DataFrame, name: str, what: str = "weights") -> FloatArray:
    """(n,) weights of a column, refused if missing, negative, all zero, or so large that squares overflow."""
    if not isinstance(name, str):
        raise WeightingError(f"{what}: give the name of a column, found {type(name).__name__}.")
    if name not in frame.columns:
        raise WeightingError(one_of(f"{what}: unknown column", name, frame.columns))
    if not pd.api.types.is_numeric_dtype(frame[name]) or frame[name].dtype.kind == "c":
        raise WeightingError(f"{what} '{name}' are {frame[name].dtype}, not numbers.")
    # The frame is a shallow copy under copy-on-write, so a read-only view of its column can never change.
    values = frame[name].to_numpy(np.float64, na_value=np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(values.sum())
    if LIGHTEST < total < HEAVIEST and values.min() >= 0:
        return values
    for fault, bad in {"missing or infinite": ~np.isfinite(values), "negative": values < 0}.items():
        if bad.any():
            raise WeightingError(f"{what} '{name}': {int(bad.sum())} of {len(values)} are {fault}.")
    if not total > 0:
        raise WeightingError(f"{what} '{name}' are all zero.")
    raise WeightingError(f"{what} '{name}' sum to {total:.3g}, their squares cannot be computed. Rescale them.")


def sampling_fractions(frame: pd.DataFrame, names: Sequence[str], strata: IntArray, psu: IntArray) -> FloatArray:
    """Sampling fraction of each row's unit per stage; counts are divided into the units sampled."""
    out = np.zeros(psu.shape)
    for stage, name in enumerate(names):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise EstimationError(f"fpc '{name}' is {frame[name].dtype}, not a number.")
        values = frame[name].to_numpy(np.float64)
        if np.isinf(values).any():
            raise EstimationError(f"fpc '{name}' is infinite; leave fpc out for an infinite population.")
        of_stratum = home_of(strata[:, stage], values)
        if (of_stratum[strata[:, stage]] != values).any():
            raise EstimationError(f"fpc '{name}' differs within a stratum.")
        if (values <= 0).any():
            raise EstimationError(f"fpc '{name}' must be positive.")
        if (values <= 1).all():
            out[:, stage] = values
            continue
        sampled = np.bincount(home_of(psu[:, stage], strata[:, stage]), minlength=len(of_stratum))
        if (sampled > of_stratum).any():
            raise EstimationError(f"fpc '{name}': more units sampled than the population has. Check the column.")
        out[:, stage] = (sampled / of_stratum)[strata[:, stage]]
    return out
