"""The sampling design: weights, strata, clusters, finite population, calibration, kind of sampling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.errors import EstimationError, WeightingError, one_of
from kzm_surveys.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SamplingKind = Literal["probability", "opt_in"]
LonelyPsu = Literal["error", "centre", "average", "remove", "certainty"]


@dataclass(frozen=True)
class Calibration:
    """One step of post-stratification, raking or calibration, as the variance needs it.

    Attributes
    ----------
    cells
        (n,) number of the weighting cell of each row.
    columns
        (cells, k) value of the k calibration variables in each cell (0/1 for margins).
    base_weights
        (n,) weights before the step: the weights of the regression (Deville and Särndal 1992, JASA 87,
        p. 379, eq. 3.4 and 3.7; R's ``calibrate`` keeps the same ones).
    """

    cells: IntArray
    columns: FloatArray
    base_weights: FloatArray

    def residuals(self, values: FloatArray) -> FloatArray:
        """Residuals (n, p) of the columns of `values` (n, p) from their regression on the margins.

        Everything but the last subtraction happens on the table of cells, whatever the number of rows.
        """
        n_cells = len(self.columns)
        mass = np.bincount(self.cells, self.base_weights, n_cells)
        sums = np.column_stack([np.bincount(self.cells, self.base_weights * column, n_cells) for column in values.T])
        normal = self.columns.T @ (mass[:, None] * self.columns)
        coefficients = np.linalg.pinv(normal, rcond=1e-11, hermitian=True) @ (self.columns.T @ sums)
        return values - (self.columns @ coefficients)[self.cells]


@dataclass(frozen=True)
class WeightingStep:
    """What one weighting verb did.

    Method, iterations, worst remaining distance from a target (relative), and how many rows without a weighting
    variable were given the mean weight.
    """

    method: str
    iterations: int
    worst_margin: float
    mean_weight: int = 0


@dataclass(frozen=True)
class WeightingRecord:
    """What weighting did and cost.

    Attributes
    ----------
    margins
        Frame ``variable category n before target after``: unweighted count and the three shares (0-1) of
        each category; joint margins are named ``a*b``.
    deff
        Kish design effect of the weights, n·Σw²/(Σw)² (Kish 1965, Survey Sampling, sec. 11.7).
    n_eff
        n / deff.
    lowest, mean, highest
        Of the weights above zero.
    steps
        One :class:`WeightingStep` per verb, in order.
    provenance
        Per margin: population, date, status and source, where the margins file gives them.
    """

    margins: pd.DataFrame
    deff: float
    n_eff: float
    lowest: float
    mean: float
    highest: float
    steps: tuple[WeightingStep, ...]
    provenance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def target(self, variable: str, category: str) -> float | None:
        """Target share (0-1) of a category, summed over the others in a joint margin; None without such a margin."""
        margin = next((name for name in self.margins["variable"].unique() if variable in name.split("*")), None)
        if margin is None:
            return None
        rows = self.margins[self.margins["variable"] == margin]
        part = rows["category"].str.split("*").str[margin.split("*").index(variable)]
        return float(rows.loc[part == category, "target"].sum())


def kish_deff(weights: FloatArray) -> float:
    """Kish's design effect of unequal weights; rows of weight zero do not count.

    Examples
    --------
    >>> kish_deff(np.array([1.0, 1.0, 1.0])), kish_deff(np.array([1.0, 3.0, 0.0]))
    (1.0, 1.25)
    """
    used = weights[weights > 0]
    return float(len(used) * (used @ used) / used.sum() ** 2)


def as_categories(column: pd.Series[Any]) -> pd.Series[Any]:
    """Column as categories named by text; whole numbers are named 1, 2, ... also where missing values made them 1.0."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    column = column.astype("category")
    names = column.cat.categories
    if pd.api.types.is_float_dtype(names.dtype) and (names == names.round()).all():
        return column.cat.rename_categories([f"{name:.0f}" for name in names])
    return column


def _columns(frame: pd.DataFrame, names: str | Sequence[str] | None, what: str) -> list[str]:
    wanted = [] if names is None else [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in frame.columns:
            raise EstimationError(one_of(f"{what}: unknown column", name, frame.columns))
        if frame[name].isna().any():
            count = int(frame[name].isna().sum())
            raise EstimationError(f"{what} column '{name}' has {count} missing values. Fill or drop those rows.")
    return wanted


def _stage_codes(keys: Sequence[pd.Series[Any]]) -> IntArray:
    """Number the distinct combinations of the keys, 0 first."""
    return pd.DataFrame(dict(enumerate(keys))).groupby(list(range(len(keys))), observed=True).ngroup().to_numpy()


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """A frame of answers with its sampling design. Verbs return a new design; this one never changes.

    Attributes
    ----------
    frame
        The rows; never edited.
    weights
        (n,) current weights, zero or positive.
    strata, psu
        (n, stages) numbers of the stratum and of the sampling unit at each stage; units are numbered within
        the stages above.
    fractions
        (n, stages) sampling fraction per stage, or None without finite population correction.
    sampling
        ``opt_in`` gives NaN standard errors, intervals and degrees of freedom, and refuses tests.
    lonely_psu
        What to do with a stratum of one sampling unit.
    calibrations
        Steps that the variance must know, in order.
    weighting
        Record of the weighting, or None.
    missing
        Reasons for missing answers, shape of `frame`, or None; ``base="asked"`` needs them.
    survey
        The survey the design was made from, or None.
    """

    frame: pd.DataFrame
    weights: FloatArray
    strata: IntArray
    psu: IntArray
    fractions: FloatArray | None
    sampling: SamplingKind
    lonely_psu: LonelyPsu
    weighted_by_design: bool = False
    calibrations: tuple[Calibration, ...] = ()
    weighting: WeightingRecord | None = None
    missing: pd.DataFrame | None = None
    survey: Survey | None = None

    def __init__(
        self,
        frame: pd.DataFrame,
        weights: str | None = None,
        strata: str | Sequence[str] | None = None,
        psu: str | Sequence[str] | None = None,
        fpc: str | Sequence[str] | None = None,
        *,
        nest: bool = False,
        sampling: SamplingKind = "probability",
        lonely_psu: LonelyPsu = "error",
    ) -> None:
        """Describe the design by column names of `frame`; lists of names give several stages.

        Parameters
        ----------
        frame
            One row per respondent.
        weights
            Column of design weights; without it they follow from `fpc`, or are 1.
        strata, psu
            Columns per stage.
        fpc
            Columns per stage: population counts, or sampling fractions if all are at most 1.
        nest
            Sampling units are numbered anew in each stratum.
        sampling
            "probability" or "opt_in".
        lonely_psu
            "error", "centre", "average", "remove" or "certainty".

        Raises
        ------
        EstimationError, WeightingError
            Unknown columns, missing values, bad weights, units that cross strata, impossible fpc.

        Examples
        --------
        >>> frame = pd.DataFrame({"y": [1, 2, 4], "w": [1.0, 2.0, 1.0]})
        >>> SurveyDesign(frame, weights="w")
        <SurveyDesign: 3 rows, weights sum to 4>
        """
        if sampling not in ("probability", "opt_in"):
            raise EstimationError(one_of("unknown sampling kind", sampling, ("probability", "opt_in")))
        policies = ("error", "centre", "average", "remove", "certainty")
        if lonely_psu not in policies:
            raise EstimationError(one_of("unknown lonely_psu policy", lonely_psu, policies))
        n = len(frame)
        if n == 0:
            raise EstimationError("the design has no rows.")
        if not frame.columns.is_unique:
            twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
            raise EstimationError(f"column names stand twice in the frame: {', '.join(twice)}.")
        frame = frame.copy(deep=False)
        psu_names, strata_names = _columns(frame, psu, "psu"), _columns(frame, strata, "strata")
        fpc_names = _columns(frame, fpc, "fpc")
        stages = max(len(psu_names), 1)
        if len(strata_names) > stages or len(fpc_names) > stages:
            raise EstimationError(f"strata and fpc may have at most {stages} stage(s), one per psu column.")
        if weights is None and fpc_names and len(fpc_names) < stages:
            raise EstimationError(
                f"weights follow from fpc only if every stage has one: {stages} stages, {len(fpc_names)} fpc."
            )
        strata_codes, psu_codes = np.zeros((n, stages), np.int64), np.zeros((n, stages), np.int64)
        above: list[pd.Series[Any]] = []
        for stage in range(stages):
            stratum = [frame[strata_names[stage]]] if stage < len(strata_names) else []
            if above or stratum:
                strata_codes[:, stage] = _stage_codes([*above, *stratum])
            if not psu_names:
                psu_codes[:, 0] = np.arange(n)
                break
            nested = [*above, *(stratum if nest else []), frame[psu_names[stage]]]
            psu_codes[:, stage] = _stage_codes(nested)
            homes = pd.DataFrame({"s": strata_codes[:, stage], "p": psu_codes[:, stage]}).drop_duplicates()
            if len(homes) > homes["p"].nunique():
                name = psu_names[stage]
                raise EstimationError(f"psu '{name}': units cross strata. Correct the numbers or give nest=True.")
            above = [pd.Series(psu_codes[:, stage], index=frame.index)]
        fractions = _fractions(frame, fpc_names, strata_codes, psu_codes)
        if weights is not None:
            values = _checked_weights(frame, weights)
        elif fractions is not None:
            values = 1 / fractions.prod(axis=1)
        else:
            values = np.ones(n)
        self._set(
            frame=frame, weights=values, strata=strata_codes, psu=psu_codes, fractions=fractions,
            sampling=sampling, lonely_psu=lonely_psu, calibrations=(), weighting=None, missing=None, survey=None,
            weighted_by_design=weights is not None or fractions is not None,
        )  # fmt: skip

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    @classmethod
    def from_survey(cls, survey: Survey, *, weights: str | None = None) -> SurveyDesign:
        """Design of a loaded survey: one stage, sampling kind from ``wave.toml``, unit weights by default."""
        design = cls(survey.responses, weights, sampling=survey.wave.sampling.kind)
        return design._with(missing=survey.missing, survey=survey)

    def _with(self, **changes: object) -> SurveyDesign:
        """Copy with some attributes changed."""
        new = object.__new__(SurveyDesign)
        new._set(**(self.__dict__ | changes))
        return new

    def with_weights(
        self, weights: FloatArray, calibration: Calibration | None, record: WeightingRecord
    ) -> SurveyDesign:
        """Copy with new weights, the calibration that made them, and the record."""
        steps = (*self.weighting.steps, *record.steps) if self.weighting else record.steps
        calibrations = self.calibrations if calibration is None else (*self.calibrations, calibration)
        return self._with(weights=weights, calibrations=calibrations, weighting=replace(record, steps=steps))

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        kind = ", opt-in sample" if self.sampling == "opt_in" else ""
        return f"<SurveyDesign: {len(self)} rows, weights sum to {self.weights.sum():,.6g}{kind}>"

    def column(self, name: str) -> pd.Series[Any]:
        """Column of the frame, or an error that lists the columns."""
        if name not in self.frame.columns:
            raise EstimationError(one_of("unknown column", name, self.frame.columns))
        return self.frame[name]


def _checked_weights(frame: pd.DataFrame, name: str) -> FloatArray:
    if not isinstance(name, str):
        raise WeightingError(f"weights: give the name of a column, found {type(name).__name__}.")
    if name not in frame.columns:
        raise WeightingError(one_of("weights: unknown column", name, frame.columns))
    if not pd.api.types.is_numeric_dtype(frame[name]):
        raise WeightingError(f"weights '{name}' are {frame[name].dtype}, not numbers.")
    values = frame[name].to_numpy(np.float64, copy=True)
    faults: dict[str, Callable[[FloatArray], npt.NDArray[np.bool_]]] = {
        "missing or infinite": lambda w: ~np.isfinite(w),
        "negative": lambda w: w < 0,
    }
    for fault, test in faults.items():
        if (bad := test(values)).any():
            raise WeightingError(f"weights '{name}': {int(bad.sum())} of {len(values)} are {fault}.")
    if not values.sum() > 0:
        raise WeightingError(f"weights '{name}' are all zero.")
    return values


def _fractions(frame: pd.DataFrame, names: Sequence[str], strata: IntArray, psu: IntArray) -> FloatArray | None:
    """Sampling fraction of each row's unit per stage; counts are divided into the units sampled."""
    if not names:
        return None
    out = np.zeros(psu.shape)
    for stage, name in enumerate(names):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise EstimationError(f"fpc '{name}' is {frame[name].dtype}, not a number.")
        values = frame[name].to_numpy(np.float64)
        if np.isinf(values).any():
            raise EstimationError(f"fpc '{name}' is infinite; leave fpc out for an infinite population.")
        pairs = pd.DataFrame({"s": strata[:, stage], "p": psu[:, stage], "v": values})
        spread = pairs.groupby("s")["v"]
        if not spread.max().equals(spread.min()):
            raise EstimationError(f"fpc '{name}' differs within a stratum.")
        if (values <= 0).any():
            raise EstimationError(f"fpc '{name}' must be positive.")
        if (values <= 1).all():
            out[:, stage] = values
            continue
        sampled = pairs.groupby("s")["p"].transform("nunique").to_numpy()
        if (sampled > values).any():
            raise EstimationError(f"fpc '{name}': more units sampled than the population has. Check the column.")
        out[:, stage] = sampled / values
    return out
