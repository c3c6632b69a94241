"""Model formulas: what they say, and the values of the factors they name."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.variables import categories_of, numbers_of

#: What an expression may call beside the columns; I, Q, center and standardize are patsy's.
FUNCTIONS = {"np": np, "log": np.log, "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs}
_PATSY_FUNCTIONS = ("I", "Q", "center", "standardize")


@dataclass(frozen=True)
class Formula:
    """``response ~ terms``; a term is the tuple of its factors' codes, main effects first as in R."""

    text: str
    response: str
    terms: tuple[tuple[str, ...], ...]
    intercept: bool

    @property
    def codes(self) -> list[str]:
        """Codes of the factors on the right side, each once."""
        return list(dict.fromkeys(itertools.chain.from_iterable(self.terms)))


@dataclass(frozen=True, eq=False)
class Numbers:
    """A numeric factor: (n,) values, NaN where missing; `columns` of the frame it depends on.

    `recompute` gives the values again for some rows of the frame, with numbers in place of some columns.
    """

    label: str
    values: FloatArray
    columns: tuple[str, ...]
    recompute: Callable[[pd.DataFrame], FloatArray] | None = None


@dataclass(frozen=True, eq=False)
class Categories:
    """A categorical factor: names in order, (n,) codes, -1 where missing, and the reference if the formula names it."""

    label: str
    names: list[str]
    codes: IntArray
    reference: str | None = None


Factor = Numbers | Categories


def parse(text: str, columns: Sequence[str]) -> Formula:
    """Read a formula: ``+ - : * / ( ) **``, ``1``, ``0``, columns, ``C(column)`` and Python expressions.

    Raises
    ------
    EstimationError
        Not a formula, or not with one response.

    Examples
    --------
    >>> parse("y ~ a * b - 1", ["y", "a", "b"])
    Formula(text='y ~ a * b - 1', response='y', terms=(('a',), ('b',), ('a', 'b')), intercept=False)
    """
    from patsy import EvalFactor, ModelDesc, PatsyError  # type: ignore[import-untyped]

    if not isinstance(text, str):
        raise EstimationError(f"formula: a text such as 'y ~ a + b' is needed, found {type(text).__name__}.")
    try:
        described = ModelDesc.from_formula(text)
    except PatsyError as error:
        raise EstimationError(f"formula '{text}' cannot be read: {error.message}.") from None
    left = described.lhs_termlist
    if len(left) != 1 or len(left[0].factors) != 1:
        raise EstimationError(f"formula '{text}': one response is needed left of '~', as in 'y ~ a + b'.")

    def code(factor: EvalFactor) -> str:
        return _plain(factor.code, columns) or str(factor.code)

    response = code(left[0].factors[0])
    terms = [tuple(code(factor) for factor in term.factors) for term in described.rhs_termlist]
    if any(response in term for term in terms):
        raise EstimationError(f"formula '{text}': the response '{response}' stands on the right side too.")
    if not terms:
        raise EstimationError(f"formula '{text}': nothing is left on the right side; '~ 1' fits the intercept alone.")
    by_degree = tuple(sorted((term for term in terms if term), key=len))
    return Formula(text, response, by_degree, () in terms)


def _plain(code: str, columns: Sequence[str]) -> str | None:
    """Column that a code names, also one with dots or blanks (``Q("a b")``), or None."""
    if code in columns:
        return code
    if (close := code.replace(" ", "")) in columns:
        return close
    return next((str(name) for name in columns if code in (f"Q({str(name)!r})", f'Q("{name}")')), None)


def factor_of(design: SurveyDesign, code: str) -> Factor:
    """Evaluate one factor of a formula for every row of the design.

    Numbers are numbers; words, categories, True/False and ``C(column)`` are categories.

    Raises
    ------
    EstimationError
        Unknown name, expression that cannot be computed or is not one number per row.
    """
    columns = [str(name) for name in design.frame.columns]
    if code in columns:
        column = design.column(code)
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            return Numbers(code, numbers_of(design, code), (code,))
        if column.dtype.kind in "mM":
            raise EstimationError(f"formula: '{code}' is {column.dtype}; numbers or categories are needed.")
        return Categories(code, *categories_of(design, code))
    try:
        tree = ast.parse(code, mode="eval").body
    except SyntaxError:
        raise EstimationError(f"formula: '{code}' is neither a column nor an expression.") from None
    match tree:
        case ast.Call(func=ast.Name(id="C"), args=[inner], keywords=[]):
            return _as_categories(design, code, ast.unparse(inner), columns, None)
        case ast.Call(
            func=ast.Name(id="C"),
            args=[inner, ast.Call(func=ast.Name(id="Treatment"), args=[ast.Constant(value=reference)])],
            keywords=[],
        ):
            return _as_categories(design, code, ast.unparse(inner), columns, str(reference))
        case ast.Call(func=ast.Name(id="C")):
            raise EstimationError(f"formula: '{code}': write C(column) or C(column, Treatment('reference')).")
    return _expression(design, code, tree, columns)


def _as_categories(
    design: SurveyDesign, code: str, inner: str, columns: list[str], reference: str | None
) -> Categories:  # fmt: skip
    name = _plain(inner, columns)
    if name is None:
        raise EstimationError(one_of("formula: C() of an unknown column", inner, columns))
    names, codes = categories_of(design, name)
    if reference is not None and reference not in names:
        raise EstimationError(one_of(f"formula: '{code}': unknown reference", reference, names))
    return Categories(f"C({name})", names, codes, reference)


def _expression(design: SurveyDesign, code: str, tree: ast.expr, columns: list[str]) -> Factor:
    from patsy import EvalEnvironment, EvalFactor, PatsyError

    used = dict.fromkeys(_names(tree))
    for name in used:
        if name not in columns and name not in FUNCTIONS and name not in _PATSY_FUNCTIONS:
            place = "" if name == code else f" in {code}"
            raise EstimationError(one_of(f"formula: unknown name{place}", name, [*columns, *FUNCTIONS]))
    inputs = [name for name in used if name in columns]
    frame = design.frame[inputs]
    complete = frame.notna().all(axis=1).to_numpy()
    factor = EvalFactor(code)
    state: dict[str, Any] = {}

    def computed(rows: pd.DataFrame) -> npt.NDArray[Any]:
        try:
            with np.errstate(all="ignore"):
                return np.asarray(factor.eval(state, rows))
        except PatsyError as error:
            raise EstimationError(
                f"formula: '{code}' cannot be computed from {', '.join(inputs) or 'no column'} "
                f"({type(error.__cause__ or error).__name__})."
            ) from None

    rows = frame[complete]
    try:
        for number in range(factor.memorize_passes_needed(state, EvalEnvironment([FUNCTIONS]))):
            factor.memorize_chunk(state, number, rows)
            factor.memorize_finish(state, number)
    except PatsyError:
        raise EstimationError(f"formula: '{code}' cannot be computed from {', '.join(inputs)}.") from None
    found = computed(rows)
    if found.shape != (len(rows),) or found.dtype.kind not in "biuf":
        raise EstimationError(
            f"formula: '{code}' gives {found.dtype} of shape {found.shape}; one number or True/False per row is needed."
        )
    if found.dtype.kind == "b":
        codes = np.full(len(design), -1, np.int64)
        codes[complete] = found
        return Categories(code, ["False", "True"], codes)
    if bad := int(np.count_nonzero(~np.isfinite(found))):
        raise EstimationError(f"formula: '{code}' is not a finite number for {bad} rows. Restrict or correct them.")
    values = np.full(len(design), np.nan)
    values[complete] = found
    return Numbers(code, values, tuple(inputs), lambda rows: computed(rows).astype(np.float64))


def _names(tree: ast.expr) -> Iterator[str]:
    """Names in an expression; Q("a b") names the column a b."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Q"), args=[ast.Constant(value=str(name))]):
                yield name
            case ast.Name(id=name):
                yield name
