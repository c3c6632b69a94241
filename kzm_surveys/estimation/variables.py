"""What a variable and a domain are to an estimator: codes, numbers, bases, masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.arrays import BoolArray, CodeArray, FloatArray, IntArray, as_categories
from kzm_surveys.codebook import NOT_PUT, Codebook
from kzm_surveys.design import SurveyDesign
from kzm_surveys.design_columns import counted
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.estimates import Base
from kzm_surveys.estimation.tabulation import Coded
from kzm_surveys.survey import Survey

Where = str | npt.ArrayLike | None
#: What a domain is called whose condition is not known.
MASK = "mask"
#: More categories than this are the sign of a number, a date or a text that is no category.
MOST_CATEGORIES = 1000
#: The covariance of the cells of a table has this number squared.
MOST_CELLS = 5000
#: Larger and smaller numbers overflow or vanish when their weighted squares are added up.
_LARGEST, _SMALLEST = 1e50, 1e-50


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


def require_design(design: SurveyDesign) -> None:
    """Refuse a survey, a frame or anything else where a design is needed.

    Raises
    ------
    EstimationError
        With how to make one.
    """
    if isinstance(design, Survey):
        raise EstimationError(
            "a SurveyDesign is needed, found Survey. Make one: kzm.weight(survey), or unweighted "
            "SurveyDesign.from_survey(survey)."
        )
    if not isinstance(design, SurveyDesign):
        raise EstimationError(
            f"a SurveyDesign is needed, found {type(design).__name__}. Make one: SurveyDesign(frame, weights=...)."
        )


def column_of(design: SurveyDesign, variable: str) -> pd.Series[Any]:
    """Column of a design's frame.

    Raises
    ------
    EstimationError
        There is no such column, or the design is something else, such as a frame.
    """
    require_design(design)
    if isinstance(variable, list | tuple):
        raise EstimationError(
            f"the name of one column is needed, found {type(variable).__name__}. For groups by several variables "
            "declare a crossing in the codebook, or join the columns to one before the design is made."
        )
    if design.survey is not None and isinstance(variable, str) and variable not in design.frame.columns:
        _refuse_several(design.survey.codebook, variable)
    return design.column(variable)


def _refuse_several(codebook: Codebook, name: str) -> None:
    """Say which function is for a select-all set or a battery."""
    if name in codebook or name not in (*codebook.questions, *codebook.derived):
        return
    use = f"a battery: use battery(design, '{name}', categories)"
    if name in codebook.sets:
        use = f"a select-all set: use multiple_response(design, '{name}')"
    raise EstimationError(f"'{name}' is {use}, or one of its variables: {', '.join(codebook.members(name))}.")


def coded(design: SurveyDesign, variable: str) -> tuple[list[str], CodeArray]:
    """Names of the categories and (n,) their numbers, -1 where missing, in as few bytes as they need.

    Raises
    ------
    EstimationError
        The variable is continuous, has no answers, too many categories, or two that are written alike.
    """
    column = column_of(design, variable)
    if not isinstance(column.dtype, pd.CategoricalDtype):
        _refuse_continuous(column, variable)
        try:
            column = as_categories(column)
        except (TypeError, NotImplementedError):  # lists and other mutable objects, half-precision numbers
            raise EstimationError(
                f"'{variable}' is {column.dtype} and cannot be categories; text, whole numbers or a pandas.Categorical "
                "are needed."
            ) from None
    names = [str(name) for name in column.cat.categories]
    if not names:
        raise EstimationError(f"'{variable}' has no answers.")
    if len(names) > MOST_CATEGORIES:
        raise EstimationError(
            f"'{variable}' has {len(names)} categories; at most {MOST_CATEGORIES} can be tabulated. Merge them, or "
            "take out those without answers with .cat.remove_unused_categories()."
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise EstimationError(f"'{variable}' has two categories that are written '{twice}'. Rename one of them.")
    return names, column.array.codes


def check_size(cells: int) -> None:
    """Refuse more cells of a table than their covariance can be held for.

    Raises
    ------
    EstimationError
        With what to do.
    """
    if cells > MOST_CELLS:
        raise EstimationError(
            f"the table has {cells} cells (with those for missing answers), at most {MOST_CELLS} can be estimated "
            "together. Merge categories, or take out those without answers with .cat.remove_unused_categories()."
        )


def _refuse_continuous(column: pd.Series[Any], variable: str) -> None:
    """Raise if a column of numbers or dates has too many values, or other than whole ones, to be categories."""
    number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if not number and column.dtype.kind not in "mM":
        return
    values = column.dropna()
    count = values.nunique()
    if count > 20 or (number and not (values == values.round()).all()):
        raise EstimationError(
            f"'{variable}' is a continuous variable ({count} different values); categories are needed. Declare bands "
            "in the codebook or cut it with pandas.cut."
        )
    if number and not np.isfinite(values.to_numpy(np.complex128)).all():
        raise EstimationError(f"'{variable}' holds infinite values. Correct or drop them.")


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
    listed = list_of_names(variable, "categories", categories)
    for name in listed:
        if name not in names:
            raise EstimationError(f"{variable}: " + one_of("unknown category", name, names))
    return ["+".join(listed)], np.isin(names, listed)[None, :]


def list_of_names(where: str, what: str, names: Iterable[str]) -> list[str]:
    """The names as a list.

    Raises
    ------
    EstimationError
        One text in place of a list, no name, a name twice, or something else than text.
    """
    listed = [] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
    if not listed or not all(isinstance(name, str) for name in listed):
        raise EstimationError(f"{where}: {what} must be a list of one or more names, found {names!r}.")
    if twice := sorted({name for name in listed if listed.count(name) > 1}):
        raise EstimationError(f"{where}: {what} name {', '.join(twice)} twice.")
    return listed


def in_base(design: SurveyDesign, variable: str, codes: CodeArray, base: Base) -> BoolArray:
    """Rows that stand in the denominator: those who answered, or all who were asked."""
    if base == "answered":
        return codes >= 0
    if base != "asked":
        raise EstimationError(one_of("unknown base", base, ("answered", "asked")))
    if design.missing is None:
        return np.ones(len(codes), dtype=bool)
    if variable not in design.missing.columns:
        raise EstimationError(
            f"base='asked': '{variable}' is not in the codebook, so who was asked is not known. Declare it there, or "
            "leave base out."
        )
    return ~design.missing[variable].isin(NOT_PUT).to_numpy()


def domain_mask(design: SurveyDesign, where: Where) -> tuple[BoolArray, str | None]:
    """(n,) mask of the domain and words for it."""
    if where is None:
        return np.ones(len(design), dtype=bool), None
    if isinstance(where, str):
        if where not in design.frame.columns:
            raise EstimationError(
                one_of("where: unknown column", where, design.frame.columns) + ". For a condition give a mask in place "
                "of text, such as design.frame['sex'] == 'male'."
            )
        values = design.column(where)
    elif isinstance(where, pd.Series):
        values = where
        if len(where) == len(design) and not where.index.equals(design.frame.index):
            raise EstimationError(
                "where: the index of the mask is not that of the design's frame. Make it from that frame."
            )
    else:
        try:
            mask = np.asarray(where)
        except ValueError:  # lists of different lengths
            raise EstimationError("where: the mask is no list of True and False.") from None
        if mask.ndim == 0:
            raise EstimationError(
                f"where: a mask (True or False for every row) or the name of such a column is needed, found "
                f"{type(where).__name__}."
            )
        if mask.ndim != 1:
            raise EstimationError(
                f"where: the mask has {mask.ndim} dimensions, one is needed: True or False for every row. Or give the "
                "name of such a column."
            )
        values = pd.Series(mask)
    if len(values) != len(design):
        sizes = counted(len(values), "value"), counted(len(design), "row")
        raise EstimationError(f"where: the mask has {sizes[0]}, the design {sizes[1]}.")
    if missing := int(values.isna().sum()):
        lacking = f"{missing} {'is' if missing == 1 else 'are'} missing"
        raise EstimationError(
            f"where: needs True or False for every row, {lacking}. Say what is meant, as with .fillna(False)."
        )
    if not pd.api.types.is_bool_dtype(values):
        raise EstimationError(
            f"where: needs True or False for every row, found {values.dtype}. Compare: frame['column'] == value."
        )
    mask = values.to_numpy(bool)
    return mask, where if isinstance(where, str) else _condition(design, values.name, mask)


def _condition(design: SurveyDesign, name: object, mask: BoolArray) -> str:
    """Words for a mask: "sex=male" where it is just some categories of the column it was made from, else "mask"."""
    column = design.frame.get(name) if isinstance(name, str) else None
    if column is None or not isinstance(column.dtype, pd.CategoricalDtype):
        return MASK
    codes = column.cat.codes.to_numpy(np.int64) + 1
    size = len(column.cat.categories) + 1
    there = np.bincount(codes, minlength=size)
    inside = np.bincount(codes, weights=mask, minlength=size)
    chosen = (inside == there) & (there > 0)
    if chosen[0] or (inside[~chosen] > 0).any() or not chosen.any():
        return MASK
    return f"{name}={'+'.join(map(str, column.cat.categories[chosen[1:]]))}"


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
        raise EstimationError(f"'{what}': the domain is empty: where= holds for no row with weight.")
    return domain, words


def numbers_of(design: SurveyDesign, variable: str) -> FloatArray:
    """(n,) values of a numeric column, NaN where missing; refuses words, infinite values, and numbers out of range."""
    column = column_of(design, variable)
    if not pd.api.types.is_numeric_dtype(column) or column.dtype.kind == "c":
        if isinstance(column.dtype, pd.CategoricalDtype):
            raise EstimationError(
                f"'{variable}' is category, not a number. Use proportion; for the mean of a scale make a numeric "
                "column of its scores before the design, or give banner(means=...) the row."
            )
        raise EstimationError(
            f"'{variable}' is {column.dtype}, not a number. Use proportion for categories, or pandas.to_numeric."
        )
    values = column.to_numpy(np.float64, na_value=np.nan)
    largest = max(float(values.max()), -float(values.min()))
    if np.isnan(largest):
        largest = max(float(np.fmax.reduce(values)), -float(np.fmin.reduce(values)))
    if np.isinf(largest):
        infinite = counted(int(np.isinf(values).sum()), "infinite value")
        raise EstimationError(f"'{variable}' holds {infinite}. Correct or drop them.")
    if largest > _LARGEST or 0 < largest < _SMALLEST:
        raise EstimationError(
            f"'{variable}' holds numbers up to {largest:.3g}; between {_SMALLEST:g} and {_LARGEST:g} they can be "
            "computed with. Change the unit."
        )
    return values
