"""Plain numpy that computes what the estimators of kzm_surveys compute, for the designs of estimate.py and no others.

One bincount, or one matrix product, for every sum that is needed, and the textbook's formulas on those sums.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

Arrays = dict[str, Any]
#: Shares of the categories of three weighting variables.
TARGETS = {"a": [0.3, 0.4, 0.3], "b": [0.49, 0.51], "c": [0.25, 0.25, 0.25, 0.25]}
REPLICATES, ITEMS, QUESTIONS = 500, 20, 40
#: Rows taken at a time: temporary arrays of this size stay in the cache, larger ones cost more than the sums.
BLOCK = 1 << 16
#: Categories of the breaks of the banner.
BREAKS = (2, 3, 4, 2, 5, 3)


def codes(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].cat.codes.to_numpy()


def logit_interval(p: np.ndarray, se: np.ndarray, df: Any) -> tuple[np.ndarray, np.ndarray]:
    half = special.stdtrit(df, 0.975) * se / (p * (1 - p))
    return special.expit(special.logit(p) - half), special.expit(special.logit(p) + half)


def floor_table(rows: np.ndarray, columns: np.ndarray, w: np.ndarray, shape: tuple[int, int]) -> Arrays:
    """Counts, shares within rows with standard errors and intervals, Rao-Scott F; a missing answer has code -1."""
    r, c = shape
    size = (r + 1) * (c + 1)
    sums = np.zeros((3, size))
    for start in range(0, len(w), BLOCK):
        rest = slice(start, start + BLOCK)
        cell = ((rows[rest] + 1) * (c + 1) + (columns[rest] + 1)).astype(np.intp)
        weights = w[rest]
        sums += [np.bincount(cell, each, size) for each in (None, weights, weights * weights)]
    n, mass, square = sums.reshape(3, r + 1, c + 1)[:, 1:, 1:]
    N, W = len(w), mass.sum()
    base, base2, df = mass.sum(axis=1, keepdims=True), square.sum(axis=1, keepdims=True), n.sum(axis=1) - 1
    p = mass / base
    se = np.sqrt(N / (N - 1) * (square * (1 - 2 * p) + p * p * base2)) / base
    P, S = mass.ravel() / W, square.ravel()
    SP = np.outer(S, P)
    V = N / (N - 1) * (np.diag(S) - SP - SP.T + S.sum() * np.outer(P, P)) / W**2
    table = P.reshape(r, c)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    chi2 = n.sum() * ((table - expected) ** 2 / expected).sum()
    C = np.kron((np.eye(r) - 1 / r)[:, 1:], (np.eye(c) - 1 / c)[:, 1:])
    D = C / P[:, None]
    delta = np.linalg.solve(C.T @ D / n.sum(), D.T @ V @ D)
    trace = np.trace(delta)
    df_num = trace**2 / np.trace(delta @ delta)
    statistic, df_den = chi2 / trace, df_num * (n.sum() - 1)
    low, high = logit_interval(p, se, df[:, None])
    return {"n": n, "mass": mass, "p": p, "se": se, "low": low, "high": high, "F": statistic,
            "p_value": special.fdtrc(df_num, df_den, statistic)}  # fmt: skip


def floor_crosstab(frame: pd.DataFrame) -> Arrays:
    return floor_table(codes(frame, "row"), codes(frame, "column"), frame["w"].to_numpy(), (4, 4))


def between(totals: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Covariance from (clusters, p) totals of influence values."""
    m = np.bincount(stratum)
    means = np.stack([np.bincount(stratum, column) for column in totals.T], axis=1) / m[:, None]
    deviations = totals - means[stratum]
    return (deviations * (m / (m - 1))[stratum][:, None]).T @ deviations


def homes(psu: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Stratum of each cluster; every row of a cluster must agree with it."""
    home = np.zeros(psu.max() + 1, stratum.dtype)
    home[psu] = stratum
    assert (home[psu] == stratum).all()
    return home


def floor_domains(frame: pd.DataFrame) -> Arrays:
    w, y, psu = (frame[name].to_numpy() for name in ("w", "y", "psu"))
    home = homes(psu, codes(frame, "stratum"))
    m = len(home)
    by_domain = psu * 10 + codes(frame, "domain")
    by_answer = by_domain * 4 + codes(frame, "question")
    n = np.bincount(by_domain, minlength=m * 10).reshape(m, 10)
    mass, sums = (np.bincount(by_domain, weights, m * 10).reshape(m, 10) for weights in (w, w * y))
    answers = np.bincount(by_answer, w, m * 40).reshape(m, 10, 4)
    base = mass.sum(axis=0)
    mean, p = sums.sum(axis=0) / base, answers.sum(axis=0) / base[:, None]
    here = n > 0
    df = here.sum(axis=0) - np.stack([np.bincount(home, column, 10) > 0 for column in here.T], axis=1).sum(axis=0)
    mean_v = between((sums - mean * mass) / base, home)
    p_v = between(((answers - p * mass[:, :, None]) / base[:, None]).reshape(m, 40), home)
    mean_se, p_se = np.sqrt(np.diag(mean_v)), np.sqrt(np.diag(p_v)).reshape(10, 4)
    half = special.stdtrit(df, 0.975) * mean_se
    return {"mean": mean, "mean_se": mean_se, "low": mean - half, "high": mean + half, "p": p, "p_se": p_se,
            "interval": logit_interval(p, p_se, df[:, None])}  # fmt: skip


def floor_logit(frame: pd.DataFrame) -> Arrays:
    """Newton's method on (7, n) predictors, then the sandwich with cluster totals of the scores."""
    w, z, psu = (frame[name].to_numpy() for name in ("w", "z", "psu"))
    home = homes(psu, codes(frame, "stratum"))
    X = np.stack([np.ones(len(w)), *(frame[f"x{i}"].to_numpy() for i in range(1, 7))])
    beta = np.zeros(7)
    for _ in range(25):
        mu = special.expit(beta @ X)
        residual = w * (z - mu)
        information = (X * (w * mu * (1 - mu))) @ X.T
        step = np.linalg.solve(information, X @ residual)
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    totals = np.stack([np.bincount(psu, residual * x, len(home)) for x in X], axis=1)
    inverse = np.linalg.inv(information)
    return {"beta": beta, "se": np.sqrt(np.diag(inverse @ between(totals, home) @ inverse))}


def fitted(mass: np.ndarray) -> np.ndarray:
    """(24, R) factors that rake the (24, R) masses to the targets."""
    start = mass / mass.sum(axis=0)
    fit = start.reshape(3, 2, 4, -1).copy()
    a, b, c = (np.array(shares)[:, None] for shares in TARGETS.values())
    for _ in range(200):
        fit *= (a / fit.sum((1, 2)))[:, None, None]
        fit *= (b / fit.sum((0, 2)))[None, :, None]
        fit *= (c / fit.sum((0, 1)))[None, None]
        if max(np.abs(fit.sum((1, 2)) / a - 1).max(), np.abs(fit.sum((0, 2)) / b - 1).max()) < 1e-8:
            break
    return fit.reshape(mass.shape) / start


def floor_bootstrap(frame: pd.DataFrame) -> Arrays:
    """Draw n - 1 of n with replacement; 25 replicates at once: masses of the cells, factors, one matrix product."""
    random = np.random.default_rng(3)
    n, together = len(frame), 25
    a, b, c = (codes(frame, name) for name in TARGETS)
    cell = ((a * 2 + b) * 4 + c).astype(np.intp)
    w = frame["w"].to_numpy()
    Y = np.stack([codes(frame, f"q{i}_") for i in range(ITEMS)], axis=1).astype(np.float64)

    def shares(weights: np.ndarray) -> np.ndarray:
        """(R, items) shares from (R, n) weights, which are overwritten."""
        factors = fitted(np.stack([np.bincount(cell, row, 24) for row in weights], axis=1))
        for row, factor in zip(weights, factors.T, strict=True):
            row *= factor[cell]
        return weights @ Y / weights.sum(axis=1, keepdims=True)

    estimate = shares(w[None].copy())[0]
    scaled, weights, made = w * (n / (n - 1)), np.empty((together, n)), []
    for _ in range(0, REPLICATES, together):
        for row in weights:
            np.multiply(np.bincount(random.integers(0, n, n - 1), minlength=n), scaled, out=row)
        made.append(shares(weights))
    se = np.concatenate(made).std(axis=0, ddof=1)
    return {"p": estimate, "se": se, "interval": logit_interval(estimate, se, REPLICATES - 1)}


def floor_banner(frame: pd.DataFrame) -> list[Arrays]:
    """Per question and break: shares within columns, standard errors, test, and which columns exceed which (Holm)."""
    w = frame["w"].to_numpy()
    w2 = w * w
    breaks = [codes(frame, f"break{i}_") for i in range(len(BREAKS))]
    out = []
    for i in range(QUESTIONS):
        answers = codes(frame, f"q{i}_")
        for by, size in zip(breaks, BREAKS, strict=True):
            table = floor_table(by, answers, w, (size, 5))
            first, second = np.triu_indices(size, 1)
            p, v = table["p"], table["se"] ** 2
            t = (p[first] - p[second]) / np.sqrt(v[first] + v[second])
            p_values = (2 * special.stdtr(table["n"].sum() - 1, -np.abs(t))).ravel()
            order = np.argsort(p_values)
            adjusted = np.empty(len(order))
            adjusted[order] = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
            exceeds = np.where(adjusted.reshape(t.shape) < 0.05, np.sign(t), 0)
            out.append(table | {"first": first, "second": second, "exceeds": exceeds})
        everybody = table["mass"].sum(axis=0) / table["mass"].sum()
        residual2 = np.bincount(answers, w2, 5) * (1 - 2 * everybody) + w2.sum() * everybody**2
        se = np.sqrt(len(w) / (len(w) - 1) * residual2) / table["mass"].sum()
        out[-1] |= {"everybody": everybody, "everybody_se": se}
    return out
