"""A second way to every linearised variance: influence values and formulas written out row by row, slowly."""

import numpy as np
import pandas as pd

from kzm_surveys.adjustment import Calibration, Rescaling, ResponseModel


def influence_values(
    frame, weights, *, top=None, bottom=None, answers=None, by=None, where=None, kind="mean", asked=False
):
    """Estimates (p,), their influence values (n, p) and (n, p) who counts: Σwt/Σwb or Σwt, group after group."""
    domain = np.ones(len(frame), bool) if where is None else np.asarray(where, bool)
    groups = [domain]
    if by is not None:
        groups = [domain & (frame[by] == name).to_numpy() for name in sorted(frame[by].dropna().unique())]
    if answers is None:
        known = frame[top].notna() & (True if bottom is None else frame[bottom].notna())
        tops = [np.where(known, frame[top], 0.0)]
        below = np.ones(len(frame)) if bottom is None else frame[bottom].to_numpy(float)
    else:
        known = frame[answers].notna() | asked
        categories = frame[answers].dtype.categories if isinstance(frame[answers].dtype, pd.CategoricalDtype) else (
            sorted(frame[answers].dropna().unique()))  # fmt: skip
        tops = [(frame[answers] == name).to_numpy(float) for name in categories]
        below = np.ones(len(frame))
    estimates, influence, counted = [], [], []
    for group in groups:
        inside = group & known.to_numpy()
        for values in tops:
            t, b = np.where(inside, values, 0.0), np.where(inside, below, 0.0)
            counted.append(inside & (weights > 0))
            if kind == "total":
                estimates.append(weights @ t)
                influence.append(t)
            else:
                estimates.append((weights @ t) / (weights @ b))
                influence.append((t - estimates[-1] * b) / (weights @ b))
    return np.array(estimates), np.column_stack(influence), np.column_stack(counted)


def carried_back(design, influence):
    """Influence values on the weights of the sample; the steps of weighting undone, last first."""
    for step in reversed(design.adjustments):
        before = step.before
        if isinstance(step, Calibration):
            # Residuals of the regression on the margins, weighted by the weights before, times the adjustment.
            x, root = step.columns[step.cells], np.sqrt(before)[:, None]
            slopes = np.linalg.lstsq(root * x, root * influence, rcond=1e-10)[0]
            influence = _factor(step.after, before) * (influence - x @ slopes)
        elif isinstance(step, Rescaling):
            influence = _factor(step.after, before) * influence
        elif isinstance(step, ResponseModel):
            # Cells: r(u - ū)/p + ū, ū the mean of those who answered in the cell.
            out = np.empty_like(influence)
            for cell in np.unique(step.cells):
                here = step.cells == cell
                r, p = step.responded[here][:, None], step.probability[here][:, None]
                mean = np.average(influence[here], axis=0, weights=before[here] * r[:, 0])
                out[here] = r * (influence[here] - mean) / p + mean
            influence = out
        else:
            raise TypeError(type(step))
    return influence


def _factor(after, before):
    return np.divide(after, before, out=np.zeros_like(after), where=before > 0)[:, None]


def textbook_covariance(design, influence, counted):
    """Σ over strata of (1 - f)·n/(n - 1)·Σ(t - t̄)(t - t̄)', t the weighted totals of the sampling units.

    The policy "average" lets strata of one unit count as the average of the others, among the strata of the domain.
    """
    scores = design.base_weights[:, None] * influence
    strata, units = design.strata[:, 0], design.psu[:, 0]
    result, alone = np.zeros((influence.shape[1],) * 2), np.zeros(len(strata), bool)
    for stratum in np.unique(strata):
        totals = pd.DataFrame(scores[strata == stratum]).groupby(units[strata == stratum]).sum().to_numpy()
        f = 0.0 if design.fractions is None else design.fractions[strata == stratum][0, 0]
        if len(totals) == 1:
            alone |= strata == stratum
            result += totals.T @ totals if design.lonely_psu == "centre" else 0.0
            continue
        result += (1 - f) * len(totals) * np.cov(totals.T, ddof=1)
    if design.lonely_psu == "average":
        present = [strata[column] for column in counted.T]
        lonely = [strata[column & alone] for column in counted.T]
        factor = [
            len(set(all_of)) / (len(set(all_of)) - len(set(some))) for all_of, some in zip(present, lonely, strict=True)
        ]
        result *= np.sqrt(np.outer(factor, factor))
    if design.fractions is not None and design.psu.shape[1] == 2:
        for unit in np.unique(units):
            here = units == unit
            totals = pd.DataFrame(scores[here]).groupby(design.psu[here, 1]).sum().to_numpy()
            if len(totals) > 1:
                f1, f2 = design.fractions[here][0]
                result += f1 * (1 - f2) * len(totals) * np.atleast_2d(np.cov(totals.T, ddof=1))
    return result
