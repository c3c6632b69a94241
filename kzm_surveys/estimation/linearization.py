"""Linearised (Taylor) variance of estimators from their influence values, for any SurveyDesign.

The covariance of Σ wᵢ·uᵢ over a stratified multistage design, after the calibrations the design has been
through (Särndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, sec. 4.3 and 6.6).
"""

from __future__ import annotations

import numpy as np

from kzm_surveys.arrays import BoolArray, FloatArray, IntArray
from kzm_surveys.design import LonelyPsu, SurveyDesign
from kzm_surveys.errors import EstimationError
from kzm_surveys.sampling_units import home_of, lonely_words


def covariance(design: SurveyDesign, influence: FloatArray, inside: BoolArray | None = None) -> FloatArray:
    """Covariance matrix of the estimators whose influence values are the columns of `influence`.

    Parameters
    ----------
    design
        The design; its weighting steps carry influence values back to the weights of the sample.
    influence
        (n, p) derivative of each estimator with respect to each row's weight; zero outside the domain, so
        that rows outside a domain still count in their stratum and cluster.
    inside
        (n, p) rows that each estimator is about; default all. Only ``lonely_psu="average"`` asks: it averages over the
        strata that have such rows, as R's estimates of a subset do.

    Returns
    -------
    ndarray
        (p, p).

    Raises
    ------
    EstimationError
        A stratum has one sampling unit and the design's policy is "error".
    """
    for adjustment in reversed(design.adjustments):
        influence = adjustment.carried_back(influence)
    scores = design.base_weights[:, None] * influence
    asked = inside if design.lonely_psu in ("average", "error") and not design.adjustments else None
    units = design.first_stage
    result = between_first_stage_units(design, _unit_totals(units.of_row, scores), _units_inside(units.of_row, asked))
    if design.fractions is None:
        return result
    carried = np.ones(len(design))
    for stage in range(1, design.psu.shape[1]):
        carried = carried * design.fractions[:, stage - 1]
        psu, strata = design.psu[:, stage], design.strata[:, stage]
        result += _between_units(
            _unit_totals(psu, scores), home_of(psu, strata), home_of(psu, design.fractions[:, stage]),
            home_of(psu, carried), home_of(psu, design.psu[:, stage - 1]), design.lonely_psu, _units_inside(psu, asked),
        )  # fmt: skip
    return result


def _unit_totals(unit: IntArray | None, scores: FloatArray) -> FloatArray:
    """(units, p) sums of the rows' scores; the rows themselves if each is a unit."""
    return scores if unit is None else np.column_stack([np.bincount(unit, column) for column in scores.T])


def _units_inside(unit: IntArray | None, inside: BoolArray | None) -> BoolArray | None:
    """(units, p) units that have a row of each estimator's domain."""
    return None if inside is None else _unit_totals(unit, inside.astype(np.float64)) > 0


def between_first_stage_units(design: SurveyDesign, totals: FloatArray, inside: BoolArray | None = None) -> FloatArray:
    """(p, p) covariance from the (units, p) weighted totals of influence values carried back."""
    units = design.first_stage
    stratum = np.zeros(len(totals), np.int64) if units.stratum is None else units.stratum
    fraction = units.fraction[stratum]
    parent = np.zeros(len(totals), np.int64)
    return _between_units(totals, stratum, fraction, np.ones(1), parent, design.lonely_psu, inside)


def _between_units(
    totals: FloatArray, stratum: IntArray, fraction: FloatArray, carried: FloatArray, parent: IntArray,
    policy: LonelyPsu, inside: BoolArray | None,
) -> FloatArray:  # fmt: skip
    """Between-unit variance of one stage.

    `carried` is the product of the sampling fractions of the stages above; `parent` the unit above, within which
    "average" averages. "centre" leaves the total of a lonely unit as it is (its influence values are centred already),
    as R's "adjust" does; "remove" and "certainty" take its variance as zero.
    """
    sizes = np.bincount(stratum)
    lonely = (sizes == 1)[stratum] & (fraction < 1)
    any_lonely = bool(lonely.any())
    # A lonely stratum outside the domain adds nothing, whatever its variance.
    if any_lonely and policy == "error" and ((totals != 0) if inside is None else inside)[lonely].any():
        raise EstimationError(
            f"{lonely_words(int(lonely.sum()))}, and so no variance. Merge strata, or choose "
            "lonely_psu='centre', 'average', 'remove' or 'certainty'."
        )
    counts = sizes[stratum].astype(np.float64)
    scale = np.where(counts > 1, counts / np.maximum(counts - 1, 1), 1.0) * (1 - fraction) * carried
    if len(sizes) == 1:
        deviations = totals - totals.mean(axis=0)
    else:
        means = np.column_stack([np.bincount(stratum, column, len(sizes)) for column in totals.T])
        deviations = totals - (means / np.maximum(sizes, 1)[:, None])[stratum]
    if any_lonely and policy == "centre":
        deviations[lonely] = totals[lonely]
    if any_lonely and policy == "average":
        deviations *= np.sqrt(
            _average_factors(np.ones(totals.shape, bool) if inside is None else inside, stratum, lonely, parent)
        )
    result: FloatArray = (deviations * scale[:, None]).T @ deviations
    return result


def _average_factors(inside: BoolArray, stratum: IntArray, lonely: BoolArray, parent: IntArray) -> FloatArray:
    """(units, p) strata over strata with a variance, within each parent: a lonely one counts as their average.

    Strata are those with units inside, the domain of an estimator, as in R's estimates of subsets. (R's
    ``svyby(covmat = TRUE)`` counts all strata for the covariance, not for the standard errors beside it.)
    """
    of_stratum = home_of(stratum, parent)
    alone = np.zeros(len(of_stratum), dtype=bool)
    alone[stratum[lonely]] = True
    factors = np.ones(inside.shape)
    for column, units in enumerate(inside.T):
        present = np.bincount(stratum, units) > 0
        strata, lone = np.bincount(of_stratum[present]), np.bincount(of_stratum[present & alone])
        lone = np.pad(lone, (0, len(strata) - len(lone)))
        if ((lone > 0) & (lone == strata)).any():
            raise EstimationError(
                "lonely_psu='average': every stratum has one sampling unit, there is nothing to average."
            )
        factor = strata / np.maximum(strata - lone, 1)
        factors[:, column] = np.pad(factor, (0, int(parent.max()) + 1 - len(factor)), constant_values=1.0)[parent]
    return factors


def degrees_of_freedom(design: SurveyDesign, domain: BoolArray | None) -> float:
    """First-stage units minus strata among the rows of a domain (None: all) that have weight (R's ``degf``)."""
    units = design.first_stage
    if domain is None and not design.has_zero_weights:
        return float(units.sizes.sum() - np.count_nonzero(units.sizes))
    used = design.weights > 0 if domain is None else domain & (design.weights > 0)
    if units.of_row is None:
        count = int(np.count_nonzero(used))
        if units.stratum is None:
            return float(count - (count > 0))
        return float(count - np.count_nonzero(np.bincount(units.stratum[used], minlength=1)))
    present = np.bincount(units.of_row[used], minlength=1) > 0
    strata = 1 if units.stratum is None else np.count_nonzero(np.bincount(units.stratum[: len(present)][present]))
    return float(np.count_nonzero(present) - strata) if present.any() else 0.0
