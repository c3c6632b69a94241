"""Model formulas: what they name, and the model matrix they make of a design's columns."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
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
    from patsy import EvalFactor, ModelDesc, PatsyError

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
    factor, state = EvalFactor(code), {}

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


@dataclass(frozen=True)
class Column:
    """A column of the model matrix: the product of its parts, each a numeric factor or the indicator of a category."""

    name: str
    term: str | None
    parts: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, eq=False)
class ModelMatrix:
    """The model matrix of the rows that are used, as a table of its distinct rows where there are few.

    Attributes
    ----------
    layout
        The p columns.
    factors
        Code -> factor, for all rows of the design.
    rows
        (n,) mask of the rows of the design that are used, or None for all.
    cells
        (rows used,) row of `table` of each row, or None if the table has a row for each.
    values
        Code -> (g,) numbers or category codes in each row of the table.
    levels
        Code of a categorical factor -> its categories that have rows, the reference first.
    shift
        (p,) subtracted from each column, so that sums of squares keep their digits; zero without intercept.
    table
        (g, p), column after column in memory.
    """

    layout: tuple[Column, ...]
    factors: Mapping[str, Factor]
    rows: BoolArray | None
    cells: IntArray | None
    values: Mapping[str, npt.NDArray[Any]]
    levels: Mapping[str, list[int]]
    shift: FloatArray
    table: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """(p,) names of the columns."""
        return tuple(column.name for column in self.layout)

    @cached_property
    def back(self) -> FloatArray:
        """(p, p) matrix from the coefficients of the shifted columns to those of the columns themselves."""
        back = np.eye(len(self.layout))
        if self.shift.any():
            back[0] -= self.shift
        return back

    def used(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values of the rows that are used."""
        return values if self.rows is None else values[self.rows]

    def sums(self, values: FloatArray) -> FloatArray:
        """(g,) sums of the values of the rows used over each row of the table."""
        return values if self.cells is None else np.bincount(self.cells, values, len(self.table))

    def spread(self, values: FloatArray) -> FloatArray:
        """Values of the table's rows for each row used."""
        return values if self.cells is None else values[self.cells]

    def placed(self, influence: FloatArray, n: int) -> FloatArray:
        """(n, k) influence values of all rows of the design, zero for those not used."""
        if self.rows is None:
            return influence
        out = np.zeros((influence.shape[1], n)).T
        out[self.rows] = influence
        return out

    def filled(self, changed: Mapping[str, npt.NDArray[Any]]) -> FloatArray:
        """(g, p) table with other values of some factors."""
        return fill(self.layout, {**self.values, **changed}, len(self.table)) - self.shift


def fill(layout: Sequence[Column], values: Mapping[str, npt.NDArray[Any]], rows: int) -> FloatArray:
    """(rows, p) model matrix, column after column in memory."""
    out = np.empty((len(layout), rows))
    for line, column in zip(out, layout, strict=True):
        if not column.parts:
            line[:] = 1.0
        for number, (code, level) in enumerate(column.parts):
            part = values[code] if level is None else values[code] == level
            if number == 0:
                line[:] = part
            else:
                line *= part
    return out.T


def model_matrix(design: SurveyDesign, formula: Formula, inside: BoolArray) -> ModelMatrix:
    """Make the model matrix of the rows in `inside` that miss no factor.

    Categories without such a row are left out; the first that is left is the reference. Factors of an interaction
    are coded as R codes them: by all categories where the term without the factor is not in the model.

    Raises
    ------
    EstimationError
        Unknown names; no rows left; a factor with one category.
    """
    factors = {code: factor_of(design, code) for code in formula.codes}
    inside = inside & (design.weights > 0)
    for factor in factors.values():
        inside &= ~np.isnan(factor.values) if isinstance(factor, Numbers) else factor.codes >= 0
    n_rows = int(np.count_nonzero(inside))
    if n_rows == 0:
        raise EstimationError(f"'{formula.text}': the domain is empty: no row with weight answered all of it.")
    rows = None if n_rows == len(inside) else inside
    values = {code: _raw(factor) if rows is None else _raw(factor)[rows] for code, factor in factors.items()}
    levels = {
        code: _levels(factor, values[code]) for code, factor in factors.items() if isinstance(factor, Categories)
    }
    layout = tuple(_layout(formula, factors, levels))
    if len(layout) > n_rows:
        raise EstimationError(f"'{formula.text}': {len(layout)} parameters cannot be fitted to {n_rows} rows.")
    cells = None
    size = int(np.prod([float(max(found) + 1) for found in levels.values()])) if len(levels) == len(factors) else n_rows
    if size <= n_rows // 2:
        cells, values = _cells(values, {code: max(found) + 1 for code, found in levels.items()}, n_rows)
    table = fill(layout, values, n_rows if cells is None else int(cells.max()) + 1)
    shift = np.zeros(len(layout))
    if formula.intercept:
        shift[1:] = table[:, 1:].mean(axis=0)
        for line, mean in zip(table.T[1:], shift[1:], strict=True):
            line -= mean
    return ModelMatrix(layout, factors, rows, cells, values, levels, shift, table)


def _raw(factor: Factor) -> npt.NDArray[Any]:
    return factor.values if isinstance(factor, Numbers) else factor.codes


def _levels(factor: Categories, codes: IntArray) -> list[int]:
    """Codes of the categories that have rows, the reference first."""
    found = np.flatnonzero(np.bincount(codes, minlength=len(factor.names))).tolist()
    if len(found) < 2:
        raise EstimationError(
            f"'{factor.label}' has one category only in the rows used, so it cannot be a predictor. Leave it out."
        )
    if factor.reference is not None:
        reference = factor.names.index(factor.reference)
        if reference not in found:
            raise EstimationError(f"'{factor.label}': the reference '{factor.reference}' has no rows.")
        found = [reference, *(code for code in found if code != reference)]
    return found


def _layout(
    formula: Formula, factors: Mapping[str, Factor], levels: Mapping[str, list[int]]
) -> Iterator[Column]:  # fmt: skip
    if formula.intercept:
        yield Column("(Intercept)", None, ())
    present = {frozenset(term) for term in formula.terms}
    first = next((term for term in formula.terms if len(term) == 1 and term[0] in levels), None)
    for term in formula.terms:
        label = ":".join(factors[code].label for code in term)
        choices: list[list[tuple[str, tuple[str, int | None]]]] = []
        for code in term:
            factor = factors[code]
            if isinstance(factor, Numbers):
                choices.append([(factor.label, (code, None))])
                continue
            rest = frozenset(term) - {code}
            contrasts = rest in present if rest else formula.intercept or term != first
            kept = levels[code][1:] if contrasts else levels[code]
            choices.append([(f"{factor.label}[{factor.names[level]}]", (code, level)) for level in kept])
        for backwards in itertools.product(*reversed(choices)):
            parts = backwards[::-1]
            yield Column(":".join(name for name, _ in parts), label, tuple(part for _, part in parts))


def _cells(
    values: Mapping[str, npt.NDArray[Any]], sizes: Mapping[str, int], n_rows: int
) -> tuple[IntArray, dict[str, npt.NDArray[Any]]]:  # fmt: skip
    """(rows,) number of each row's combination of categories, and the categories of each combination."""
    cells = np.zeros(n_rows, np.int64)
    for code, size in sizes.items():
        cells *= size
        cells += values[code]
    count = int(np.prod(list(sizes.values()), dtype=np.int64))
    found = np.flatnonzero(np.bincount(cells, minlength=count))
    if len(found) < count:
        number = np.zeros(count, np.int64)
        number[found] = np.arange(len(found))
        cells = number[cells]
    split = np.unravel_index(found, tuple(sizes.values())) if sizes else ()
    return cells, dict(zip(sizes, split, strict=True))
