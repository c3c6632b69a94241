"""What a variable and a domain are to an estimator: codes, numbers, bases, masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray, IntArray, as_categories
from kzm_surveys.codebook import NOT_PUT
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.estimates import Base
from kzm_surveys.estimation.tabulation import Coded

Where = str | npt.ArrayLike | None


def missing_count(design: SurveyDesign, variable: str, reason: str) -> int:
    """Unweighted count of respondents whose answer to a variable is missing for a reason.

    Raises
    ------
    EstimationError
        The design was not made from a survey, or has no such variable or reason.
    """
    if design.missing is None:
        raise EstimationError("the design has no reasons for missing answers; make it with from_survey.")
    if variable not in design.missing.columns:
        raise EstimationError(one_of("unknown variable", variable, design.missing.columns))
    why = design.missing[variable]
    if reason not in why.cat.categories:
        raise EstimationError(one_of("unknown reason", reason, why.cat.categories))
    return int((why == reason).sum())


def coded(design: SurveyDesign, variable: str) -> tuple[list[str], CodeArray]:
    """Names of the categories and (n,) their numbers, -1 where missing, in as few bytes as they need.

    Raises
    ------
    EstimationError
        The variable is continuous or has no answers.
    """
    column = design.column(variable)
    if not isinstance(column.dtype, pd.CategoricalDtype):
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            values = column.dropna()
            if values.nunique() > 20 or not (values == values.round()).all():
                raise EstimationError(
                    f"'{variable}' is a continuous variable ({values.nunique()} different values); categories are "
                    "needed. Declare bands in the codebook or cut it with pandas.cut."
                )
        column = as_categories(column)
    names = column.cat.categories
    if len(names) == 0:
        raise EstimationError(f"'{variable}' has no answers.")
    return [str(name) for name in names], column.array.codes


def categories_of(design: SurveyDesign, variable: str) -> tuple[list[str], IntArray]:
    """As :func:`coded`, with numbers wide enough to calculate with."""
    names, codes = coded(design, variable)
    return names, codes.astype(np.int64)


def with_base(design: SurveyDesign, variable: str, answers: Coded, base: Base) -> tuple[Coded, BoolArray]:
    """Answers and which of them stand in the denominator, the first place being that of the missing.

    "answered": those who gave one of the categories. "asked": all who were asked; who was asked and gave none of the
    categories becomes a last answer without name.
    """
    codes, size = answers
    if base == "answered":
        return answers, np.arange(size + 1) > 0
    silent = in_base(design, variable, codes, base) & (codes < 0)
    wide: CodeArray = np.where(silent, size, codes).astype(np.int16 if size < 1 << 14 else np.int64)
    return (wide, size + 1), np.arange(size + 2) > 0


def net_members(variable: str, names: Sequence[str], categories: Sequence[str] | None) -> tuple[list[str], BoolArray]:
    """Labels and (labels, categories) what each holds: every category, or one net of some of them.

    Raises
    ------
    EstimationError
        Unknown or repeated categories, or none.
    """
    if categories is None:
        return list(names), np.eye(len(names), dtype=bool)
    if not categories or len(set(categories)) < len(categories):
        raise EstimationError(
            f"{variable}: categories must name one or more different categories, found {list(categories)}."
        )
    for name in categories:
        if name not in names:
            raise EstimationError(f"{variable}: " + one_of("unknown category", name, names))
    return ["+".join(categories)], np.isin(names, categories)[None, :]


def in_base(design: SurveyDesign, variable: str, codes: CodeArray, base: Base) -> BoolArray:
    """Rows that stand in the denominator: those who answered, or all who were asked."""
    if base == "answered":
        return codes >= 0
    if base != "asked":
        raise EstimationError(one_of("unknown base", base, ("answered", "asked")))
    if design.missing is None:
        return np.ones(len(codes), dtype=bool)
    return ~design.missing[variable].isin(NOT_PUT).to_numpy()


def domain_mask(design: SurveyDesign, where: Where) -> tuple[BoolArray, str | None]:
    """(n,) mask of the domain and words for it."""
    if where is None:
        return np.ones(len(design), dtype=bool), None
    if isinstance(where, str):
        values = design.column(where)
    elif isinstance(where, pd.Series):
        values = where
        if len(where) == len(design) and not where.index.equals(design.frame.index):
            raise EstimationError(
                "where: the index of the mask is not that of the design's frame. Make it from that frame."
            )
    else:
        if np.ndim(where) != 1:
            raise EstimationError(f"where: the mask has {np.ndim(where)} dimensions, one is needed.")
        values = pd.Series(np.asarray(where))
    if len(values) != len(design):
        raise EstimationError(f"where: the mask has {len(values)} values, the design {len(design)} rows.")
    if values.isna().any() or not pd.api.types.is_bool_dtype(values):
        raise EstimationError(f"where: needs True or False for every row, found {values.dtype}.")
    return values.to_numpy(bool), where if isinstance(where, str) else "mask"


def domain_of(design: SurveyDesign, where: Where, what: str) -> tuple[BoolArray | None, str | None]:
    """Mask of a domain (None for everybody) and words for it; `what` names the estimate in the error.

    Raises
    ------
    EstimationError
        Nobody with weight is in the domain, or the mask does not fit.
    """
    if where is None:
        return None, None
    domain, words = domain_mask(design, where)
    if not (domain & (design.weights > 0)).any():
        raise EstimationError(f"'{what}': the domain is empty.")
    return domain, words


def numbers_of(design: SurveyDesign, variable: str) -> FloatArray:
    """(n,) values of a numeric column, NaN where missing; refuses words and infinite values."""
    column = design.column(variable)
    if not pd.api.types.is_numeric_dtype(column):
        raise EstimationError(f"'{variable}' is {column.dtype}, not a number. Use proportion for categories.")
    values = column.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise EstimationError(
            f"'{variable}' holds {int(np.isinf(values).sum())} infinite values. Correct or drop them."
        )
    return values
