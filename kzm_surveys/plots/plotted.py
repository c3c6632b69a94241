"""The numbers behind a figure as a tidy table, and the table as CSV; what the figure withholds is empty in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

from kzm_surveys.arrays import BoolArray, FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError
from kzm_surveys.estimation.change import Changes
from kzm_surveys.estimation.crosstab import CrossTab
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.model import Model
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.estimation.quality import thresholds, withheld
from kzm_surveys.estimation.survival_curves import Survival
from kzm_surveys.export.table import csv_bytes, number_text, safe
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.margins import Weighted
from kzm_surveys.plots.protected import ROUNDING, beside_others, left_out
from kzm_surveys.plots.wave_pairs import hidden_rows
from kzm_surveys.record import WeightingRecord

#: Names with their labels, what is told of them, and why a number is missing. A table has those that it needs.
COLUMNS = (
    "variable", "variable_label", "category", "category_label", "by", "by_label", "by_category", "by_category_label",
    "statistic", "time", "estimate", "before", "target", "after", "difference", "se", "ci_low", "ci_high", "p_adjusted",
    "n", "n_before", "n_after", "flag", "base",
)  # fmt: skip
#: Flag of a number that is left out only because it would give a withheld one away.
SECONDARY = "secondary"
_RESULTS = (Estimates, CrossTab, Survival, Changes, Model, WeightingRecord, SurveyDesign)
_Row = dict[str, Any]


def plotted(data: Any, lang: Language = "sl", *, together: bool = False) -> pd.DataFrame:
    """Return the numbers of a figure, unrounded, shares on 0-1, a row each.

    Withheld numbers are empty, and so are those that would give a single withheld one away; ``flag`` says why.

    Parameters
    ----------
    data
        What the figure shows: ``Estimates``, ``CrossTab``, ``Survival``, ``Changes``, a ``Model`` (its ratios or
        differences), a ``WeightingRecord`` or the design that has one (its margins); a sequence of them, or a dataclass
        that holds them. A frame is returned as it is.
    lang
        Language of the labels.
    together
        Leave out all shares of a base in which one is withheld, as bars do that are stacked to 100 %.

    Returns
    -------
    DataFrame
        ``variable category by by_category``, each with its label beside it (``variable_label`` ...), ``statistic
        estimate se ci_low ci_high n flag base``; in place of the estimate ``before after difference`` of two waves, or
        ``before target after`` of weighting. Curves have a ``time``, and as ``n`` those under observation just before
        it.

    Raises
    ------
    FindingError
        Nothing in the data has numbers that a figure shows.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.SurveyDesign(pd.DataFrame({"q": ["yes"] * 30 + ["no"] * 70}))
    >>> plotted(kzm.proportion(design, "q"), "en")[["variable", "category", "estimate", "n"]].values.tolist()
    [['q', 'no', 0.7, 100], ['q', 'yes', 0.3, 100]]
    """
    if isinstance(data, pd.DataFrame):
        return data
    parts = list(_parts(data))
    estimates = iter(beside_others([part for part in parts if isinstance(part, Estimates)]))
    shown = [next(estimates) if isinstance(part, Estimates) else part for part in parts]
    rows = [row for part in shown for row in _rows(part, lang, together)]
    reasons = [row for row in rows if row["statistic"] == "missing_share"]
    if any("small_cell" in row["flag"].split() for row in reasons):
        # Who was asked less who answered and who gave the other reasons would be a withheld reason.
        for row in reasons:
            row["n"] = np.nan
    if not rows:
        raise FindingError(f"the table of a figure: no estimates in the data, found {type(data).__name__}.")
    found = {name for row in rows for name in row}
    return pd.DataFrame(rows, columns=[name for name in COLUMNS if name in found])


def csv_of(frame: pd.DataFrame, *, foot: str = "") -> bytes:
    """Write a table as CSV: UTF-8 with BOM, commas, RFC 4180; text cannot become a formula.

    Parameters
    ----------
    frame
        The table; missing cells are empty.
    foot
        Base, notes and source, which stand in the last column of every row: synthetic answers say so there.

    Examples
    --------
    >>> print(csv_of(pd.DataFrame({"estimate": [0.25, np.nan], "label": ["=1+1", "žaga"]}), foot="Vir.").decode())
    \ufeffestimate,label,base_and_source
    0.25,'=1+1,Vir.
    ,žaga,Vir.
    <BLANKLINE>
    """
    columns = [_cells(column) for _, column in frame.items()]
    header = [safe(str(name)) for name in frame]
    if foot:
        header.append("base_and_source")
        columns.append([safe(foot)] * len(frame))
    return csv_bytes([header, *zip(*columns, strict=True)])


def _cells(column: pd.Series[Any]) -> list[str]:
    if pd.api.types.is_numeric_dtype(column):
        return [number_text(value) for value in column.astype(np.float64).tolist()]
    return ["" if lacks else safe(str(value)) for value, lacks in zip(column.tolist(), column.isna(), strict=True)]


def _parts(data: Any) -> Iterator[Any]:
    """The results in some data, in their order."""
    if isinstance(data, _RESULTS):
        yield data
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for part in data:
            yield from _parts(part)
    elif is_dataclass(data):
        for part in (getattr(data, field.name) for field in fields(data)):
            if not isinstance(part, (WeightingRecord, SurveyDesign)):  # what the rest was computed with
                yield from _parts(part)


def _rows(data: Any, lang: Language, together: bool) -> Iterator[_Row]:
    if isinstance(data, Estimates):
        yield from _of_estimates(data, ("variable", "by", "by_category"), lang, together)
    elif isinstance(data, CrossTab):
        whole = {"column": ("by_category",), "row": ("category",), "total": ()}[data.percent]
        yield from _of_estimates(data.estimates, whole, lang, together)
    elif isinstance(data, Survival):
        yield from _of_survival(data, lang)
    elif isinstance(data, Changes):
        yield from _of_changes(data, lang)
    elif isinstance(data, Model):
        yield from _of_model(data, lang)
    elif isinstance(data, (WeightingRecord, SurveyDesign)):
        yield from _of_margins(Weighted(data, lang))


def _of_estimates(data: Estimates, whole: tuple[str, ...], lang: Language, together: bool) -> Iterator[_Row]:
    columns, labels = data.columns, Labels(data.design, lang)
    sets = list(zip(*(columns[name].tolist() for name in whole), strict=True)) if whole else [()] * len(data)
    flags = columns["flag"]
    hidden = withheld(flags)
    if all(is_share(name) for name in columns["statistic"]):
        hidden = _protected(sets, columns["estimate"], hidden, together)
    for place, row in enumerate(data.rows):
        numbers = {name: getattr(row, name) for name in ("estimate", "se", "ci_low", "ci_high")}
        names = _named(labels, row.variable, row.category, row.by, row.by_category)
        yield {**names, "statistic": row.statistic, **_shown(numbers, hidden[place]), "n": row.n,
               "flag": _flag(row.flag, hidden[place]), "base": row.base}  # fmt: skip


def _of_changes(data: Changes, lang: Language) -> Iterator[_Row]:
    """Rows of both waves, without those that the figure leaves out."""
    frame, labels = data.frame, Labels(data.after.design, lang)
    keys = frame[["variable", "category", "by", "by_category"]].astype(object)
    names = keys.where(keys.notna(), None).to_numpy().tolist()
    hidden = hidden_rows(data)
    wanted = ["before", "after", "difference", "se", "ci_low", "ci_high", "p_adjusted"]
    for place, row in enumerate(frame.itertuples(index=False)):
        numbers = {name: getattr(row, name) for name in wanted}
        yield {**_named(labels, *names[place]), "statistic": row.statistic, **_shown(numbers, hidden[place]),
               "n_before": row.n_before, "n_after": row.n_after, "flag": _flag(str(row.flag), hidden[place]),
               "base": data.after.base}  # fmt: skip


def _of_survival(data: Survival, lang: Language) -> Iterator[_Row]:
    """Curves as far as they are drawn: while enough people are under observation."""
    labels, few = Labels(data.design, lang), thresholds(data.design).smallest_cell
    size = {curve.group: int(curve.counts.sum()) for curve in data.curves}
    for row in data.frame.itertuples(index=False):
        group = None if pd.isna(row.by_category) else row.by_category
        rest = size[group] - row.n_risk
        ends = 0 < row.n_risk < few
        numbers = {"estimate": row.survival, "se": row.se, "ci_low": row.ci_low, "ci_high": row.ci_high}
        yield {**_named(labels, data.duration, None, data.by, group), "statistic": "survival", "time": row.time,
               **_shown(numbers, ends), **_shown({"n": float(row.n_risk)}, ends or 0 < rest < few),
               "flag": "small_cell" if ends or 0 < rest < few else "", "base": "answered"}  # fmt: skip


def _of_model(data: Model, lang: Language) -> Iterator[_Row]:
    """Ratios or differences, without those that rest on a handful of rows; named as in the model's printed table."""
    identity = data.link == "identity"
    table = data.frame.loc[[term is not None for term in data.terms]] if identity else data.odds_ratios
    statistic = {"identity": "difference", "logit": "odds_ratio"}.get(data.link, "rate_ratio")
    support, few = data.fit.matrix.support(), thresholds(data.design).smallest_cell
    names = dict(zip(data.names, (name for name, _ in data.grid(lang).rows), strict=True))
    for row in table.itertuples(index=False):
        hidden = 0 < support.get(row.term, few) < few
        numbers = {name: getattr(row, name) for name in ("estimate", "ci_low", "ci_high")}
        yield {"variable": row.term, "variable_label": names[row.term],
               "statistic": statistic, **_shown(numbers, hidden),
               "n": data.n, "flag": "small_cell" if hidden else "", "base": "answered"}  # fmt: skip


def _of_margins(weighted: Weighted) -> Iterator[_Row]:
    for margin in weighted.margins():
        for group in margin.groups:
            numbers = {"before": group.before, "after": group.after, "n": float(group.n)}
            yield {"variable": margin.name, "variable_label": margin.label, "category": "*".join(group.categories),
                   "category_label": group.label, "statistic": "share", **_shown(numbers, group.withheld),
                   "target": group.target, "flag": "small_cell" if group.withheld else ""}  # fmt: skip


def _named(labels: Labels, variable: str, category: str | None, by: str | None, by_category: str | None) -> _Row:
    """Names with their labels; the name of a set's option stands as a category, but is a variable in the codebook."""
    told = category is not None and labels.is_category(variable, category)
    option = labels.item(variable) if category is not None else None
    return {
        "variable": variable, "variable_label": labels.variable(variable),
        "category": category, "category_label": labels.category(variable, category or "") if told else option,
        "by": by, "by_label": None if by is None else labels.variable(by),
        "by_category": by_category,
        "by_category_label": None if by is None or by_category is None else labels.category(by, by_category),
    }  # fmt: skip


def _protected(sets: Sequence[Any], shares: FloatArray, hidden: BoolArray, together: bool) -> BoolArray:
    """Hide with a withheld share what would give it away: only in sets that add up to one is that possible."""
    out = hidden.copy()
    for name in {each for each, withheld_one in zip(sets, hidden, strict=True) if withheld_one}:
        here = np.array([each == name for each in sets])
        if abs(shares[here].sum() - 1) < ROUNDING:
            out[here] = True if together else left_out([name] * int(here.sum()), shares[here], hidden[here])
    return out


def _shown(numbers: Mapping[str, float], hidden: bool) -> dict[str, float]:
    return dict.fromkeys(numbers, np.nan) if hidden else dict(numbers)


def _flag(flag: str, hidden: bool) -> str:
    """Flag of a row; one that is hidden for another's sake says so."""
    secondary = hidden and not withheld(np.array([flag], dtype=object))[0]
    return f"{flag} {SECONDARY}".strip() if secondary else flag
