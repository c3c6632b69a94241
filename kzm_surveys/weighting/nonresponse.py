"""Nonresponse adjustment: respondents' weights divided by their estimated response probability."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kzm_surveys.adjustment import ResponseModel
from kzm_surveys.arrays import CodeArray, FloatArray, codes_of
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import WeightingError, one_of
from kzm_surveys.record import WeightingStep


@dataclass(frozen=True, eq=False)
class _Cells:
    """Adjustment cells: (n,) cell of each row and the names of the cells."""

    rows: CodeArray
    names: Sequence[str]


def adjust_nonresponse(
    design: SurveyDesign, responded: str, *, cells: Sequence[str] | None = None, propensity: str | None = None,
    classes: int | None = None, fewest: int = 1,
) -> SurveyDesign:  # fmt: skip
    """Give the weight of those who did not respond to respondents like them.

    Parameters
    ----------
    design
        The whole sample, those who did not respond included; not changed. With replicates, redone in each.
    responded
        Column of True/False or 1/0.
    cells
        Columns whose combinations are the adjustment cells: weights are divided by the weighted response rate.
    propensity
        Right side of a model formula, such as ``"age + C(sex)"``: weights are divided by the response probability
        of a weighted logistic regression.
    classes
        With `propensity`: so many classes of about equal weight by estimated probability serve as cells, so that one
        small probability makes no huge weight.
    fewest
        Respondents that a cell must have.

    Returns
    -------
    SurveyDesign
        Those who did not respond have weight zero; the weights of the others sum to that of the sample (with
        `propensity` alone: about).

    Raises
    ------
    WeightingError
        Neither or both of `cells` and `propensity`; unknown columns; missing values; a cell without (enough)
        respondents; a model that cannot be fitted.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": ["y", "y", "o", "o"], "answered": [True, False, True, True]})
    >>> adjust_nonresponse(SurveyDesign(frame), "answered", cells=["age"]).weights.tolist()
    [2.0, 0.0, 1.0, 1.0]
    """
    if (cells is None) == (propensity is None):
        raise WeightingError("adjust_nonresponse: give either cells or propensity.")
    if classes is not None and (propensity is None or classes < 2):
        raise WeightingError("adjust_nonresponse: classes (2 or more) go with propensity.")
    if fewest < 1:
        raise WeightingError(f"adjust_nonresponse: fewest must be at least 1, found {fewest}.")
    answered = _answered(design, responded)
    model = None if propensity is None else _matrix(design, propensity)
    fixed = None if cells is None else _crossed(design, cells)

    def fitted(weights: FloatArray, of: str = "") -> tuple[FloatArray, CodeArray, FloatArray, _Cells | None]:
        groups = fixed
        if model is not None:
            assert propensity is not None
            p = _logistic(model, answered, weights, propensity, of)
            if classes is None:
                return p, np.arange(len(design)), model, None
            groups = _classes(p, weights, classes)
        assert groups is not None
        p = _rates(groups, answered, weights, fewest, of)
        return p, groups.rows, np.eye(len(groups.names)), groups

    p, rows, columns, groups = fitted(design.weights)
    after = np.where(answered > 0, design.weights / p, 0.0)
    replicates = design.replicates
    if replicates is not None:
        each = [
            np.where(answered > 0, weights / fitted(weights, f" in replicate {i + 1}")[0], 0.0)
            for i, weights in enumerate(replicates.weights.T)
        ]
        replicates = replicates.with_weights(np.column_stack(each))
    how = f"cells of {', '.join(cells)}" if cells else f"response probability by {propensity}"
    rate = float(design.weights @ answered / design.weights.sum())
    used = (design.weights > 0) & (answered > 0)
    notes = [f"{how}; weighted response rate {rate:.4f}; probabilities {p[used].min():.4f} to {p[used].max():.4f}"]
    if groups is not None:
        counts = np.bincount(groups.rows[used], minlength=len(groups.names))
        seen = np.flatnonzero(np.bincount(groups.rows[design.weights > 0], minlength=len(groups.names)) > 0)
        thinnest = int(seen[counts[seen].argmin()])
        notes.append(
            f"{len(seen)} cells, the smallest '{groups.names[thinnest]}' with {int(counts[thinnest])} respondents"
        )
    step = WeightingStep("nonresponse adjustment", design.weights, after, notes=tuple(notes))
    return design.with_step(step, ResponseModel(design.weights, answered, p, rows, columns), replicates)


def _answered(design: SurveyDesign, name: str) -> FloatArray:
    """(n,) 1 for respondents, 0 for others."""
    if name not in design.frame.columns:
        raise WeightingError(one_of("adjust_nonresponse: unknown column", name, design.frame.columns))
    column = design.frame[name]
    if column.isna().any():
        raise WeightingError(f"adjust_nonresponse: '{name}' is missing for {int(column.isna().sum())} rows.")
    if not pd.api.types.is_numeric_dtype(column) or not column.isin([0, 1]).all():
        raise WeightingError(f"adjust_nonresponse: '{name}' must be True/False or 1/0, found {column.dtype}.")
    values = column.to_numpy(np.float64)
    if not (values * design.weights).sum() > 0:
        raise WeightingError(f"adjust_nonresponse: nobody responded ('{name}').")
    return values


def _refuse_missing(design: SurveyDesign, names: Sequence[str]) -> None:
    for name in names:
        if name not in design.frame.columns:
            raise WeightingError(one_of("adjust_nonresponse: unknown column", name, design.frame.columns))
        if count := int(design.frame[name].isna().sum()):
            raise WeightingError(
                f"adjust_nonresponse: '{name}' is missing for {count} of {len(design)} rows; it must be known for "
                "those who did not respond too."
            )


def _crossed(design: SurveyDesign, names: Sequence[str]) -> _Cells:
    if isinstance(names, str) or not names:
        raise WeightingError(f"adjust_nonresponse: cells must be a list of columns, found {names!r}.")
    _refuse_missing(design, names)
    coded = [codes_of(design.frame[name]) for name in names]
    shape = [len(labels) for _, labels in coded]
    flat = np.ravel_multi_index(tuple(codes.astype(np.intp) for codes, _ in coded), tuple(shape))
    used, rows = np.unique(flat, return_inverse=True)
    split = zip(*np.unravel_index(used, shape), strict=True)
    return _Cells(rows, ["*".join(labels[i] for (_, labels), i in zip(coded, at, strict=True)) for at in split])


def _rates(cells: _Cells, answered: FloatArray, weights: FloatArray, fewest: int, of: str) -> FloatArray:
    """(n,) weighted response rate of each row's cell."""
    size = len(cells.names)
    everybody = np.bincount(cells.rows, weights, size)
    respondents = np.bincount(cells.rows, weights * answered, size)
    count = np.bincount(cells.rows, (weights > 0) * answered, size)
    if (thin := (everybody > 0) & (count < fewest)).any():
        named = ", ".join(f"'{cells.names[i]}' ({int(count[i])})" for i in np.flatnonzero(thin)[:10])
        raise WeightingError(
            f"adjust_nonresponse: too few respondents{of} in {named}; {fewest} needed. Use fewer or coarser cells."
        )
    rate = np.divide(respondents, everybody, out=np.ones(size), where=everybody > 0)
    return np.where(rate > 0, rate, 1.0)[cells.rows]


def _matrix(design: SurveyDesign, formula: str) -> FloatArray:
    """(n, k) model matrix of the formula's right side."""
    from statsmodels.formula.api import ols

    known = [str(name) for name in design.frame.columns if re.search(rf"(?<!\w){re.escape(str(name))}(?!\w)", formula)]
    _refuse_missing(design, known)
    frame = design.frame[known].assign(_response=0.0)
    try:
        model: Any = ols(f"_response ~ {formula.lstrip('~ ')}", frame)
    except Exception as error:  # patsy raises its own errors, and whatever the formula's code raises
        reason = str(error).splitlines()[0]
        raise WeightingError(f"adjust_nonresponse: the formula '{formula}' cannot be used: {reason}") from None
    return np.asarray(model.exog, np.float64)


def _logistic(matrix: FloatArray, answered: FloatArray, weights: FloatArray, formula: str, of: str) -> FloatArray:
    """(n,) probabilities of a weighted logistic regression."""
    import warnings

    import statsmodels.api as sm

    scaled = weights * (np.count_nonzero(weights) / weights.sum())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = sm.GLM(answered, matrix, family=sm.families.Binomial(), freq_weights=scaled).fit(tol=1e-12, maxiter=100)
        p = np.asarray(fit.predict(matrix), np.float64)
    used = weights > 0
    lowest = float(p[used].min())
    if not fit.converged or not np.isfinite(p).all() or lowest < 1e-6 or float(np.abs(fit.params).max()) > 1e6:
        raise WeightingError(
            f"adjust_nonresponse: the model '{formula}' does not converge{of} (smallest response probability "
            f"{lowest:.2g}); a variable may separate respondents from the others. Use fewer variables, or cells."
        )
    return p


def _classes(p: FloatArray, weights: FloatArray, classes: int) -> _Cells:
    """Classes of about equal weight by probability; equal probabilities stay together."""
    values, where = np.unique(p, return_inverse=True)
    mass = np.bincount(where, weights, len(values))
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    number = np.minimum((middle * classes).astype(np.intp), classes - 1)
    used, rows = np.unique(number[where], return_inverse=True)
    return _Cells(rows, [f"class {i + 1}" for i in used])
