"""Change between two independent waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from kzm_surveys.arrays import FloatArray
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.estimation import intervals
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.multiplicity import Correction, adjust_p_values

DegreesOfFreedom = Literal["welch", "sum", "smaller"]
DF_RULES = ("welch", "sum", "smaller")
#: What must be alike in two rows for them to be the same estimate in two waves.
_KEY = ["variable", "category", "by", "by_category", "statistic"]


@dataclass(frozen=True, eq=False)
class Changes:
    """Differences between two waves, later less earlier.

    Attributes
    ----------
    frame
        Columns ``variable category by by_category statistic before after difference se ci_low ci_high df p_value
        p_adjusted n_before n_after flag``; a flag of either wave stands.
    level
        Confidence level of the intervals.
    correction
        How ``p_adjusted`` was corrected for the number of rows.
    notes
        Why there is no inference, what it rests on, and which rows stand in one wave only.
    before, after
        Estimates of both waves: their designs, the base; the codebook of the later one names the rows.
    """

    frame: pd.DataFrame
    level: float
    correction: Correction
    notes: tuple[str, ...]
    before: Estimates
    after: Estimates

    def __repr__(self) -> str:
        from kzm_surveys.estimation.printed import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from kzm_surveys.estimation.printed import as_html

        return as_html(self)


def change(
    before: Estimates, after: Estimates, *, correction: Correction = "holm", df: DegreesOfFreedom = "welch",
    rows: Literal["all", "common"] = "all",
) -> Changes:  # fmt: skip
    """Compare the same estimates in two independent samples, row by row.

    Parameters
    ----------
    before, after
        Results of the same call on two waves; rows are matched by variable, category, group and statistic.
    correction
        Of the p-values for the number of rows: "holm", "benjamini_hochberg" or "none".
    df
        "welch": (v₁ + v₂)²/(v₁²/df₁ + v₂²/df₂) with v the squared standard errors (Satterthwaite 1946, Biometrics
        Bulletin 2, p. 110; Welch 1947, Biometrika 34, p. 28); "sum": df₁ + df₂, the two waves as strata of one design,
        as R has it for both samples in one ``svydesign``; "smaller": the smaller of the two.
    rows
        "all": a row that stands in one wave only is an error; "common": it is left out and named in the notes.

    Returns
    -------
    Changes
        The difference with se = √(v₁ + v₂), its t interval and test. NaN where a wave is opt-in without justification,
        where neither wave has sampling variance, and where there are no degrees of freedom.

    Raises
    ------
    EstimationError
        The two are of one sample or of different bases or levels, or their rows do not match.

    Examples
    --------
    >>> from kzm_surveys import SurveyDesign, proportion
    >>> waves = [pd.DataFrame({"q": ["yes"] * k + ["no"] * (50 - k)}) for k in (20, 32)]
    >>> found = change(*(proportion(SurveyDesign(wave), "q") for wave in waves))
    >>> found.frame[["category", "difference", "se", "df", "p_value", "p_adjusted"]].round(4).values.tolist()
    [['no', -0.24, 0.098, 97.9592, 0.0161, 0.0322], ['yes', 0.24, 0.098, 97.9592, 0.0161, 0.0322]]
    """
    for what, word, allowed in (("df", df, DF_RULES), ("rows", rows, ("all", "common"))):
        if word not in allowed:
            raise EstimationError(one_of(f"unknown {what}", word, allowed))
    for wave, given in (("before", before), ("after", after)):
        if not isinstance(given, Estimates):
            raise EstimationError(
                f"change: {wave} must be estimates, found {type(given).__name__}. A cross-table has .estimates."
            )
    if before.design.frame is after.design.frame:
        raise EstimationError(
            "change: both estimates come from the same sample, which is not independent of itself. Give two waves; "
            "within one sample compare by contrast."
        )
    for what in ("base", "level"):
        one, other = getattr(before, what), getattr(after, what)
        if one != other:
            raise EstimationError(f"change: the {what} is {one} before and {other} after; make it the same.")
    first, second, notes = _matched(before, after, rows)
    difference = second["estimate"] - first["estimate"]
    v_first, v_second = first["se"] ** 2, second["se"] ** 2
    se = np.sqrt(v_first + v_second)
    degrees = _df(v_first, v_second, first["df"], second["df"], df)
    unsure = ~(se > 0) | ~(degrees > 0)
    degrees = np.where(unsure, np.nan, degrees)
    low, high = intervals.wald(difference, se, degrees, before.level)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(unsure, np.nan, 2 * special.stdtr(degrees, -np.abs(difference / se)))
    notes += _about("before", before.design) + _about("after", after.design)
    words = {name: pd.array(first[name], dtype="str") for name in _KEY}
    numbers = {
        "before": first["estimate"], "after": second["estimate"], "difference": difference, "se": se, "ci_low": low,
        "ci_high": high, "df": degrees, "p_value": p, "p_adjusted": adjust_p_values(p, method=correction),
        "n_before": first["n"], "n_after": second["n"],
        "flag": [_either(*pair) for pair in zip(first["flag"], second["flag"], strict=True)],
    }  # fmt: skip
    return Changes(pd.DataFrame(words | numbers), before.level, correction, tuple(notes), before, after)


def _matched(
    before: Estimates, after: Estimates, rows: str
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, npt.NDArray[Any]], list[str]]:  # fmt: skip
    """Columns of the rows that stand in both, in the order of `before`, and a note of what was left out."""
    places = []
    for wave, estimates in (("before", before), ("after", after)):
        keys = zip(*(estimates.columns[name] for name in _KEY), strict=True)
        place = {key: number for number, key in enumerate(keys)}
        if len(place) < len(estimates):
            raise EstimationError(f"change: {wave} has several rows of the same name. Compare results of one call.")
        places.append(place)
    notes = []
    first, second = places
    for wave, one, other in (("before", first, second), ("after", second, first)):
        alone = ["/".join(str(word) for word in key if word is not None) for key in one if key not in other]
        if alone and rows == "all":
            raise EstimationError(
                f"change: {len(alone)} rows stand only {wave}: {', '.join(alone[:8])}. Name categories alike in the "
                "codebooks, or choose rows='common'."
            )
        if alone:
            notes.append(f"only {wave}, left out: {', '.join(alone)}")
    common = [key for key in first if key in second]
    if not common:
        raise EstimationError("change: the waves have no row in common.")
    taken = [
        {name: column[[place[key] for key in common]] for name, column in estimates.columns.items()}
        for place, estimates in zip(places, (before, after), strict=True)
    ]
    return taken[0], taken[1], notes


def _df(
    v_first: FloatArray, v_second: FloatArray, df_first: FloatArray, df_second: FloatArray, rule: DegreesOfFreedom
) -> FloatArray:  # fmt: skip
    if rule == "sum":
        return df_first + df_second
    if rule == "smaller":
        return np.minimum(df_first, df_second)
    with np.errstate(invalid="ignore", divide="ignore"):
        # A wave without sampling variance adds nothing, whatever its degrees of freedom.
        parts = [np.where(v > 0, v**2 / df, 0.0 * v) for v, df in ((v_first, df_first), (v_second, df_second))]
        welch: FloatArray = (v_first + v_second) ** 2 / (parts[0] + parts[1])
    impossible = ((v_first > 0) & ~(df_first > 0)) | ((v_second > 0) & ~(df_second > 0))
    return np.where(impossible, np.nan, welch)


def _either(one: str, other: str) -> str:
    return " ".join(dict.fromkeys([*one.split(), *other.split()]))


def _about(wave: str, design: SurveyDesign) -> list[str]:
    if not design.infers:
        return [f"no standard errors, intervals or tests: the sample {wave} is opt-in (AAPOR)"]
    return [f"inference {wave} rests on: {design.justification}"] if design.justification else []
