"""Linear contrasts of estimates: differences, averages, and any other sum with weights."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import intervals
from kzm_surveys.estimation.estimates import COLUMNS, Estimates, column_of_words
from kzm_surveys.estimation.finish import check_level

if TYPE_CHECKING:
    from kzm_surveys.estimation.model import Model

#: Name of a row: its category, its group, both, its variable, or the term of a model.
Label = str | tuple[str, str]
Weights = Mapping[Label, float] | Sequence[float] | npt.NDArray[np.floating]
#: Weights beyond this overflow in the variance.
_LARGEST = 1e50


@dataclass(frozen=True, eq=False, repr=False)
class Contrast(Estimates):
    """Contrasts, with the estimates that they are sums of."""

    of: Estimates = field(kw_only=True)


def contrast(
    estimates: Estimates | Model, weights: Weights | Mapping[str, Weights], *, level: float | None = None
) -> Estimates:
    """Weighted sums of estimates with their standard errors.

    Parameters
    ----------
    estimates
        With known covariance between the rows that are used.
    weights
        A number per row; a (contrasts, rows) array; or a mapping from the name of a row to its weight, all others being
        zero: ``{"a": 1, "b": -1}`` is the difference of two categories or groups, ``{("yes", "men"): 1, ("yes",
        "women"): -1}`` names category and group. A mapping of names to any of these gives several named contrasts.
    level
        Of the t interval; default: that of the estimates.

    Returns
    -------
    Estimates
        Statistic "contrast", ``category`` is the contrast's name; ``n`` and ``df`` are the smallest among the rows used
        (R's ``svycontrast`` leaves df to the reader), the flags those of all of them.

    Raises
    ------
    EstimationError
        Unknown or ambiguous names, a wrong number of weights, covariance that is not known.

    Notes
    -----
    c'θ with variance c'Vc (R's ``svycontrast``).

    Examples
    --------
    >>> import pandas as pd
    >>> from kzm_surveys import SurveyDesign, mean
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0], "g": list("aabb")})
    >>> found = contrast(mean(SurveyDesign(frame), "y", by="g"), {"b": 1, "a": -1})
    >>> found.frame[["category", "estimate", "se"]].round(4).values.tolist()
    [['contrast', 3.0, 1.291]]
    """
    if not isinstance(estimates, Estimates):
        estimates = _of_model(estimates)
    level = estimates.level if level is None else level
    check_level(level)
    names, matrix = _matrix(estimates, weights)
    if not matrix.any(axis=1).all():
        raise EstimationError("contrast: every weight is zero, so nothing is compared.")
    used = matrix != 0
    values: FloatArray = np.where(np.isnan(estimates.columns["estimate"]), 0.0, estimates.columns["estimate"])
    estimate = np.where((used & np.isnan(estimates.columns["estimate"])).any(axis=1), np.nan, matrix @ values)
    covariance = np.full((len(matrix), len(matrix)), np.nan)
    rows = np.flatnonzero(used.any(axis=0))
    known = estimates.covariance[np.ix_(rows, rows)]
    exists = np.isfinite(estimates.columns["estimate"][rows])
    if estimates.design.infers and np.isnan(known[np.ix_(exists, exists)]).any():
        raise EstimationError("contrast: the covariance of these rows is not known; that between quantiles never is.")
    if estimates.design.infers:
        known = np.where(np.isnan(known), 0.0, known)  # rows without an estimate: only what uses them is lost
    covariance = matrix[:, rows] @ known @ matrix[:, rows].T
    lost = np.isnan(estimate)
    covariance[lost, :] = covariance[:, lost] = np.nan

    def smallest(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.array([column[row].min() if row.any() else 0 for row in used])

    se, df = np.sqrt(np.diag(covariance).clip(min=0)), smallest(estimates.columns["df"])
    low, high = intervals.wald(estimate, se, df, level)
    n, nothing = smallest(estimates.columns["n"]), np.full(len(matrix), np.nan)
    flags = [
        " ".join(dict.fromkeys(word for flag in estimates.columns["flag"][row] for word in flag.split()))
        for row in used
    ]
    variables = dict.fromkeys(estimates.columns["variable"])
    words = [next(iter(variables)) if len(variables) == 1 else None, names, None, None, "contrast"]
    told = [column_of_words(word, len(matrix)) for word in words]
    filled = (estimate, se, low, high, df, n, nothing, nothing, column_of_words(flags, len(matrix)))
    columns = dict(zip(COLUMNS, (*told, *filled), strict=True))
    of = estimates.of if isinstance(estimates, Contrast) else estimates
    return Contrast(columns, covariance, n, estimates.base, level, estimates.design, estimates.where, of=of)


def _matrix(estimates: Estimates, weights: Weights | Mapping[str, Weights]) -> tuple[list[str], FloatArray]:
    """Names of the contrasts and their (contrasts, rows) weights."""
    if isinstance(weights, Mapping):
        if not weights:
            raise EstimationError("contrast: no weights.")
        if all(isinstance(value, numbers.Real) for value in weights.values()):
            return ["contrast"], _vector(estimates, weights)[None]  # type: ignore[arg-type]
        named = {str(name): _vector(estimates, value) for name, value in weights.items()}  # type: ignore[arg-type]
        return list(named), np.array(list(named.values()))
    values = _numbers(weights)
    rows = np.atleast_2d(values)
    if rows.ndim != 2 or rows.shape[1] != len(estimates):
        raise EstimationError(
            f"contrast: one finite weight per estimate is needed ({len(estimates)}), found the shape {values.shape}."
        )
    return ["contrast"] if values.ndim == 1 else [f"contrast {number + 1}" for number in range(len(rows))], rows


def _vector(estimates: Estimates, weights: Weights) -> FloatArray:
    """(rows,) weights of one contrast."""
    if not isinstance(weights, Mapping):
        matrix = _matrix(estimates, weights)[1]
        if len(matrix) > 1:
            raise EstimationError("contrast: a name stands for one contrast, so for one row of weights.")
        return matrix[0]
    vector = np.zeros(len(estimates))
    columns = [estimates.columns[name].tolist() for name in ("category", "by_category", "variable")]
    labels = [{*row, row[:2]} - {None} for row in zip(*columns, strict=True)]
    for label, weight in weights.items():
        rows = [row for row, known in enumerate(labels) if label in known]
        if len(rows) != 1:
            if rows:
                raise EstimationError(f"contrast: {len(rows)} rows are called {label!r}; name (category, by_category).")
            flat = dict.fromkeys(part for known in labels for part in known if isinstance(part, str))
            raise EstimationError(one_of("contrast: no row called", str(label), flat))
        vector[rows[0]] = _numbers(weight)
    return vector


def _numbers(weights: object) -> FloatArray:
    """Weights as finite numbers."""
    try:
        values = np.asarray(weights)
    except ValueError:  # lists of different lengths
        values = np.array(None)
    if values.dtype.kind not in "biuf" or not (np.abs(values.astype(np.float64)) < _LARGEST).all():
        raise EstimationError(f"contrast: weights must be finite numbers, found {weights!r}.")
    return values.astype(np.float64)


def _of_model(model: Model) -> Estimates:
    """Coefficients as estimates."""
    if not hasattr(model, "formula"):
        raise EstimationError(
            f"contrast: estimates or a model are needed, found {type(model).__name__}. A cross-table has .estimates."
        )
    frame, p = model.frame, len(model.frame)
    nothing = np.full(p, np.nan)
    n = np.full(p, model.n)
    words = [column_of_words(word, p) for word in (model.formula, frame["term"].tolist(), None, None, "coefficient")]
    filled = [frame[name].to_numpy() for name in ("estimate", "se", "ci_low", "ci_high", "df")]
    columns = dict(zip(COLUMNS, (*words, *filled, n, nothing, nothing, column_of_words("", p)), strict=True))
    return Estimates(columns, model.covariance, n, "answered", model.level, model.design)
