"""The sampling design: weights, strata, clusters, finite population, calibration, kind of sampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import FrozenInstanceError
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from kzm_surveys.adjustment import Adjustment
from kzm_surveys.arrays import FloatArray, IntArray
from kzm_surveys.design_columns import (
    HEAVIEST,
    checked_weights,
    column_names,
    counted,
    given_replicates,
    sampling_fractions,
    stage_numbers,
)
from kzm_surveys.errors import EstimationError, one_of
from kzm_surveys.record import WeightingRecord, WeightingStep
from kzm_surveys.replicate_weights import Replicates
from kzm_surveys.sampling_units import Units, units_of
from kzm_surveys.survey import Survey

SamplingKind = Literal["probability", "opt_in"]
LonelyPsu = Literal["error", "centre", "average", "remove", "certainty"]
_POLICIES = ("error", "centre", "average", "remove", "certainty")
#: Names of R's option survey.lonely.psu that differ.
_POLICIES_OF_R = {"adjust": "centre", "fail": "error"}


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
    justification
        Why inference from an opt-in sample is held to be valid (a model-based argument), or None. With it standard
        errors and tests exist, and the text is printed wherever they are.
    lonely_psu
        What to do with a stratum of one sampling unit.
    base_weights
        (n,) weights of the sampling design, before any weighting.
    adjustments
        What the variance must know of each weighting step, in order.
    replicates
        Replicate weights, or None; estimates then take their variance from them.
    weighting
        Record of the weighting, or None.
    missing
        Reasons for missing answers, shape of `frame`, or None; ``base="asked"`` needs them.
    survey
        The survey the design was made from, or None.
    """

    frame: pd.DataFrame
    weights: FloatArray
    fractions: FloatArray | None
    sampling: SamplingKind
    justification: str | None
    lonely_psu: LonelyPsu
    weighted_by_design: bool
    adjustments: tuple[Adjustment, ...]
    replicates: Replicates | None
    weighting: WeightingRecord | None
    missing: pd.DataFrame | None
    survey: Survey | None
    _stages: tuple[IntArray, IntArray, IntArray] | None

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
        justification: str | None = None,
        lonely_psu: LonelyPsu = "error",
        replicate_weights: Sequence[str] | FloatArray | None = None,
        scale: float = 1.0,
        rscales: float | Sequence[float] = 1.0,
        mse: bool = False,
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
        justification
            Only with "opt_in": the model-based argument for standard errors, intervals and tests from it.
        lonely_psu
            "error", "centre" (R's "adjust"), "average", "remove" or "certainty".
        replicate_weights
            Columns, or (n, R) array: whole weights, not factors. The variance is scale·Σ rscales·(θᵣ - θ)², with
            θ the full sample's estimate if `mse`, else the mean of the replicates.
        scale, rscales, mse
            As the documentation of the file gives them.

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
        if justification is not None and (
            sampling != "opt_in" or not isinstance(justification, str) or not justification.strip()
        ):
            raise EstimationError("justification: a text that only goes with sampling='opt_in'.")
        if lonely_psu not in _POLICIES:
            named = _POLICIES_OF_R.get(str(lonely_psu))
            hint = f". R's '{lonely_psu}' is '{named}' here." if named else ""
            raise EstimationError(one_of("unknown lonely_psu policy", lonely_psu, _POLICIES) + hint)
        if not isinstance(frame, pd.DataFrame):
            raise EstimationError(f"a pandas.DataFrame is needed, found {type(frame).__name__}.")
        n = len(frame)
        if n == 0:
            raise EstimationError("the design has no rows.")
        if not frame.columns.is_unique:
            twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
            raise EstimationError(f"column names stand twice in the frame: {', '.join(twice)}.")
        if isinstance(frame.columns, pd.MultiIndex):
            raise EstimationError("the frame's columns have several levels; name each by one text.")
        frame = frame.copy(deep=False)
        psu_names, strata_names = column_names(frame, psu, "psu"), column_names(frame, strata, "strata")
        fpc_names = column_names(frame, fpc, "fpc")
        stages = max(len(psu_names), 1)
        if len(strata_names) > stages or len(fpc_names) > stages:
            raise EstimationError(f"strata and fpc may have at most {stages} stage(s), one per psu column.")
        if weights is None and fpc_names and len(fpc_names) < stages:
            raise EstimationError(
                f"weights follow from fpc only if every stage has one: {stages} stages, {len(fpc_names)} fpc."
            )
        if psu_names or strata_names or fpc_names:
            self._set(_stages=stage_numbers(frame, strata_names, psu_names, nest=nest))
        else:
            self._set(_stages=None)
        fractions = sampling_fractions(frame, fpc_names, self.strata, self.psu) if fpc_names else None
        if weights is not None:
            values = checked_weights(frame, weights)
        elif fractions is not None:
            with np.errstate(divide="ignore", over="ignore"):
                values = 1 / fractions.prod(axis=1)
            if not values.max() < HEAVIEST:
                raise EstimationError("fpc: the weights that follow from it are too large. Check the columns.")
        else:
            values = np.ones(n)
        given = None
        if replicate_weights is not None:
            given = given_replicates(frame, replicate_weights, scale, rscales, mse=mse)
        self._set(
            frame=frame, weights=values, fractions=fractions, sampling=sampling, justification=justification,
            lonely_psu=lonely_psu, adjustments=(), replicates=given, weighting=None, missing=None, survey=None,
            weighted_by_design=weights is not None or fractions is not None,
        )  # fmt: skip

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            self.__dict__[name] = value

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"a design never changes; '{name}' is set by the verb that returns a new one.")

    @cached_property
    def strata(self) -> IntArray:
        """(n, stages) number of the stratum at each stage."""
        return _read_only(np.zeros((len(self), 1), np.int64) if self._stages is None else self._stages[0])

    @cached_property
    def psu(self) -> IntArray:
        """(n, stages) number of the sampling unit at each stage."""
        return _read_only(np.arange(len(self))[:, None] if self._stages is None else self._stages[1])

    @cached_property
    def first_stage(self) -> Units:
        """Sampling units of the first stage."""
        fraction = None if self.fractions is None else self.fractions[:, 0]
        if self._stages is None:
            return units_of(None, None, np.zeros(len(self), np.int64), fraction)
        return units_of(self.psu[:, 0], self.strata[:, 0], self._stages[2], fraction)

    @cached_property
    def has_zero_weights(self) -> bool:
        """Some rows have weight zero; they do not count in n."""
        return bool(self.weights.min() <= 0)

    @property
    def relative(self) -> bool:
        """Weights sum to about the number of rows that have one: they know no population."""
        return bool(self.weights.sum() <= 1.001 * np.count_nonzero(self.weights))

    @property
    def infers(self) -> bool:
        """Standard errors and tests exist: a probability sample, or one with a model-based justification."""
        return self.sampling == "probability" or self.justification is not None

    def require_inference(self, what: str) -> None:
        """Refuse a test or model on an opt-in sample without justification.

        Raises
        ------
        EstimationError
            With the reason.
        """
        if not self.infers:
            raise EstimationError(
                f"{what}: the sample is opt-in, so no test or margin of error exists (AAPOR). Report the estimates and "
                "n, or argue for a model, which is then printed: justification= of kzm.weight or SurveyDesign, or in "
                'wave.toml [sampling] justification = { sl = "...", en = "..." }.'
            )

    @property
    def base_weights(self) -> FloatArray:
        """(n,) weights of the sampling design, before any weighting."""
        return self.adjustments[0].before if self.adjustments else self.weights

    @classmethod
    def from_survey(
        cls, survey: Survey, *, weights: str | None = None, justification: str | None = None
    ) -> SurveyDesign:
        """Design of a loaded survey: one stage, sampling kind from ``wave.toml``, unit weights by default.

        `justification` argues for inference from an opt-in sample. Without it that of ``wave.toml`` holds,
        ``justification = { sl = "...", en = "..." }`` below ``[sampling]``: taken in English here, printed by
        documents in their own language.

        Raises
        ------
        EstimationError
            A justification for a probability sample; unknown weights.
        """
        sampling = survey.wave.sampling
        if justification is None and sampling.justification is not None:
            justification = sampling.justification["en"]
        design = cls(survey.responses, weights, sampling=sampling.kind, justification=justification)
        return design._with(missing=survey.missing, survey=survey)

    def _with(self, **changes: object) -> SurveyDesign:
        """Copy with some attributes changed."""
        new = object.__new__(SurveyDesign)
        new._set(**(self.__dict__ | changes))
        if "weights" in changes:
            new.__dict__.pop("has_zero_weights", None)  # what was remembered of the old weights
        return new

    def with_step(
        self, step: WeightingStep, adjustment: Adjustment, replicates: Replicates | None,
        provenance: Mapping[str, Mapping[str, str]] | None = None,
    ) -> SurveyDesign:  # fmt: skip
        """Copy with the weights after a step, what the variance must know of it, and the longer record."""
        record = (self.weighting or WeightingRecord(())).then(step, provenance or {})
        return self._with(
            weights=step.after, adjustments=(*self.adjustments, adjustment), replicates=replicates, weighting=record
        )

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        said, units = [counted(len(self), "row")], self.first_stage
        if units.of_row is not None:
            said.append(counted(int(units.sizes.sum()), "cluster"))
        if units.stratum is not None:
            said.append(f"{len(units.sizes)} strata")
        if self._stages is not None and self.psu.shape[1] > 1:
            said.append(f"{self.psu.shape[1]} stages")
        if self.fractions is not None:
            said.append("finite population")
        said.append(f"weights sum to {self.weights.sum():,.6g}")
        if self.sampling == "opt_in":
            said.append("opt-in sample")
        if self.replicates is not None:
            said.append(f"{len(self.replicates)} {self.replicates.method} replicates")
        return f"<SurveyDesign: {', '.join(said)}>"

    def column(self, name: str) -> pd.Series[Any]:
        """Column of the frame, or an error that lists the columns."""
        if not isinstance(name, str):
            raise EstimationError(f"the name of one column is needed, found {type(name).__name__}.")
        if name not in self.frame.columns:
            raise EstimationError(one_of("unknown column", name, self.frame.columns))
        return self.frame[name]


def _read_only(array: IntArray) -> IntArray:
    array.setflags(write=False)
    return array
