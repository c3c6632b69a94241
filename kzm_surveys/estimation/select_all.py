"""Test that the options of a select-all question are chosen alike in all groups."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special
from scipy.linalg import block_diag

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.codebook import NOT_SELECTED, SELECTED
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation.estimates import Base
from kzm_surveys.estimation.independence import interaction_contrasts
from kzm_surveys.estimation.test_result import TestResult, told
from kzm_surveys.estimation.variables import Where, categories_of, coded, domain_of, in_base, numbers_of, require_design
from kzm_surveys.estimation.variance import covariance, degrees_of_freedom

SelectAllTest = Literal["F", "chisq"]
#: Cells of all tables times rows: what is held at once.
_MOST_NUMBERS = 1 << 28
#: Mean design effect under which the tables count as free of sampling variance.
_NO_VARIANCE = 1e-10


def select_all_test(
    design: SurveyDesign, options: str | Sequence[str], *, by: str, test: SelectAllTest = "F", where: Where = None,
    base: Base = "answered",
) -> TestResult:  # fmt: skip
    """Design-based test that no option of a select-all question depends on the group.

    Parameters
    ----------
    design
        The design.
    options
        Name of a select-all set of the codebook, or columns of one option each: selected / not_selected, True / False,
        or 1 / 0.
    by
        Categorical column of groups.
    test
        "F": second-order correction; "chisq": first-order correction.
    where
        Boolean mask or boolean column: the domain.
    base
        "answered": those who answered the option; "asked": who was asked and gave no answer counts as not selecting.

    Returns
    -------
    TestResult
        "F": X²/tr Δ on d = (tr Δ)²/tr Δ² and d·df degrees of freedom; "chisq": `statistic` is X², its p-value that of
        X²·k/tr Δ on k = options·(groups - 1). For one option the same as
        :func:`kzm_surveys.estimation.independence.independence` of option by group.

    Raises
    ------
    EstimationError
        Unknown column or set, a column that is not of two values, an option that all or none selected, fewer than two
        groups, an empty domain, no sampling variance or degrees of freedom, an opt-in sample.

    Notes
    -----
    X² = ΣⱼXⱼ² adds Pearson's statistics of the 2 × groups tables of all options j (Decady and Thomas 2000, Biometrics
    56, p. 893; Bilder and Loughin 2004, Biometrics 60, p. 241). A person stands in every table, so the tables depend on
    each other: X² is distributed as a weighted sum of chi-squares whose weights are the eigenvalues of Δ = B⁻¹G. With
    pⱼ the cell shares of table j among its nⱼ answers, Dⱼ = diag pⱼ, C the interaction contrasts, B has the blocks
    C'Dⱼ⁻¹C/nⱼ, and G the blocks C'Dⱼ⁻¹ Cov(pⱼ, pₗ) Dₗ⁻¹C from the joint design covariance of all tables. Its trace
    and that of its square give the corrections of Rao and Scott (1984, Annals of Statistics 12, p. 46), for select-all
    questions in surveys Thomas and Decady (2004, International Journal of Testing 4, p. 43).

    Examples
    --------
    >>> frame = pd.DataFrame({"walk": [1, 1, 1, 0, 0, 0, 1, 0], "bus": [0, 1, 0, 1, 1, 1, 0, 0], "g": list("xxxxyyyy")})
    >>> found = select_all_test(SurveyDesign(frame), ["walk", "bus"], by="g")
    >>> round(found.statistic, 4), round(found.df_num, 4), round(found.df_den, 4)
    (0.875, 1.5, 10.5)
    """
    require_design(design)
    design.require_inference("select_all_test")
    if test not in ("F", "chisq"):
        raise EstimationError(one_of("unknown test", test, ("F", "chisq")))
    members = _members(design, options)
    mask, words = domain_of(design, where, f"options by {by}")
    about = told(design, f"{options if isinstance(options, str) else ', '.join(members)} by {by}", words)
    domain = design.weights > 0 if mask is None else mask & (design.weights > 0)
    names, groups = categories_of(design, by)
    if (size := 2 * len(names) * len(members) * len(design)) > _MOST_NUMBERS:
        raise EstimationError(
            f"options by '{by}': {len(members)} options in {len(names)} groups of {len(design)} rows need {size:.1g} "
            f"numbers, at most {_MOST_NUMBERS:.1g} are held. Merge groups or test fewer options at once."
        )
    df = degrees_of_freedom(design, domain)
    if df <= 0:
        raise EstimationError(f"options by '{by}': the design has {df:.0f} degrees of freedom, no test exists.")
    tables = [_table(design, member, by, groups, len(names), domain, base) for member in members]
    indicator = np.hstack([table.indicator for table in tables])
    inside = np.column_stack([table.inside for table in tables]).astype(np.float64)
    option = np.repeat(np.arange(len(tables)), [table.indicator.shape[1] for table in tables])

    def shares(weights: FloatArray) -> FloatArray:
        result: FloatArray = (weights @ indicator) / (weights @ inside)[option]
        return result

    def influence() -> FloatArray:
        result: FloatArray = (indicator - inside[:, option] * p) / (design.weights @ inside)[option]
        return result

    p = shares(design.weights)
    v = covariance(design, p, influence, shares)
    chi2, expected, projected, first = 0.0, [], [], 0
    for table in tables:
        last = first + table.indicator.shape[1]
        cells = p[first:last].reshape(2, -1)
        independent = np.outer(cells.sum(axis=1), cells.sum(axis=0))
        n = int(table.inside.sum())
        chi2 += n * float(((cells - independent) ** 2 / independent).sum())
        contrasts = interaction_contrasts(*cells.shape)
        of_cell = p[first:last, None]
        scaled = np.divide(contrasts, of_cell, out=np.zeros_like(contrasts), where=of_cell > 0)
        expected.append(contrasts.T @ scaled / n)
        projected.append(scaled)
        first = last
    projection = block_diag(*projected)
    delta = np.linalg.solve(block_diag(*expected), projection.T @ v @ projection)
    k, trace = len(delta), float(np.trace(delta))
    if not trace > _NO_VARIANCE * k:
        raise EstimationError(f"options by '{by}': no sampling variance, no test exists.")
    of_options = f"Sum of Pearson X² over {len(members)} options"
    if test == "chisq":
        p_value = float(special.chdtrc(k, chi2 * k / trace))
        method = f"{of_options} with first-order Rao-Scott correction"
        return TestResult(chi2, float(k), math.inf, p_value, method, **about)
    df_num = trace**2 / float(np.trace(delta @ delta))
    statistic = chi2 / trace
    return TestResult(
        statistic, df_num, df_num * df, float(special.fdtrc(df_num, df_num * df, statistic)),
        f"{of_options} with second-order Rao-Scott correction (F)", **about,
    )  # fmt: skip


def _members(design: SurveyDesign, options: str | Sequence[str]) -> list[str]:
    """Columns of the options."""
    if isinstance(options, str):
        if design.survey is None:
            raise EstimationError(
                f"'{options}': sets are declared in a codebook; make the design with from_survey, or give the columns."
            )
        sets = design.survey.codebook.sets
        if options not in sets:
            raise EstimationError(one_of("unknown select-all set", options, sets))
        return list(sets[options])
    members = list(options) if isinstance(options, Iterable) else []
    if not members or not all(isinstance(name, str) for name in members) or len(set(members)) < len(members):
        raise EstimationError(f"options must name one or more different columns, found {options!r}.")
    return members


@dataclass(frozen=True, eq=False)
class _Table:
    """Option by group: (n, 2·groups) cells of each row, and (n,) rows that stand in the table."""

    indicator: FloatArray
    inside: BoolArray


def _table(
    design: SurveyDesign, member: str, by: str, groups: IntArray, n_groups: int, domain: BoolArray, base: Base
) -> _Table:  # fmt: skip
    """Table of one option; groups without answers are left out."""
    chosen = _chosen(design, member)
    inside = domain & (groups >= 0) & in_base(design, member, np.where(np.isnan(chosen), -1, 0), base)
    selects = inside & (chosen == 1)
    passed = inside & ~selects
    for rows, word in ((inside, "answered"), (selects, "selected"), (passed, "passed over")):
        if not rows.any():
            raise EstimationError(f"'{member}': nobody in the domain {word} this option. Leave it out.")
    present = np.flatnonzero(np.bincount(groups[inside], minlength=n_groups))
    if len(present) < 2:
        raise EstimationError(f"'{member}' by '{by}': a test needs two groups with answers.")
    member_of = (groups[:, None] == present) & inside[:, None]
    cells = np.hstack([member_of & selects[:, None], member_of & passed[:, None]])
    return _Table(cells.astype(np.float64), inside)


def _chosen(design: SurveyDesign, member: str) -> FloatArray:
    """(n,) 1 selected, 0 not selected, NaN no answer."""
    column = design.column(member)
    if pd.api.types.is_numeric_dtype(column):
        values = numbers_of(design, member)
        known = bool(np.isin(values[~np.isnan(values)], (0, 1)).all())
    else:
        names, codes = coded(design, member)
        meaning = {SELECTED: 1.0, NOT_SELECTED: 0.0, "True": 1.0, "False": 0.0}
        known = set(names) <= set(meaning)
        values = np.array([*(meaning.get(name, np.nan) for name in names), np.nan])[codes]
    if not known:
        raise EstimationError(
            f"'{member}' is not an option: its values must be '{SELECTED}' / '{NOT_SELECTED}', True / False, or 1 / 0."
        )
    return values
