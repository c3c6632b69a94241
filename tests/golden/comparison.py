"""Ask this package what R was asked in r_*.json, and measure how far the answers are apart."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kzm_surveys import crosstab, mean, proportion, total
from kzm_surveys.estimation.contrast import contrast
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.estimation.estimators import ratio
from kzm_surveys.estimation.glm import glm
from kzm_surveys.estimation.goodness_of_fit import goodness_of_fit
from kzm_surveys.estimation.group_tests import ranktest, ttest
from kzm_surveys.estimation.ordinal import ordinal
from kzm_surveys.estimation.quantiles import quantile
from kzm_surveys.estimation.survival import kaplan_meier, logrank
from kzm_surveys.estimation.variance import degrees_of_freedom
from tests.golden import HERE
from tests.golden.departures import departure
from tests.golden.designs import design

FILES = (
    "means", "ratios", "degrees", "intervals", "quantiles", "contrasts", "tables", "tests", "models", "ordinal",
    "survival",
)  # fmt: skip
#: (found, expected, size below which a number counts as zero) of each quantity that a case compares.
Pairs = dict[str, tuple[Any, Any, Any]]
#: R's p-values below this are compared on this scale.
SMALLEST_P = 1e-12
CI = {"mean": "wald"}
SCORE = {"wilcoxon": "wilcoxon", "vanderWaerden": "vanderwaerden", "median": "median", "KruskalWallis": "wilcoxon"}


@functools.cache
def cases(file: str) -> list[dict[str, Any]]:
    return json.loads((HERE / f"r_{file}.json").read_text(encoding="utf-8"))


def called(case: dict[str, Any]) -> str:
    """Name of a case: its R call, with R's name of the design."""
    return f"{case['design']}: {case['call']}"


def where_of(case: dict[str, Any], name: str = "where") -> Any:
    condition = case["ask"].get(name)
    return None if condition is None else design(case["design"]).frame.eval(condition).to_numpy(bool)


def asked(case: dict[str, Any], ask: dict[str, Any]) -> Estimates:
    """The estimates that R was asked for."""
    survey_design, verb = design(case["design"]), ask["verb"]
    where = None if ask.get("where") is None else survey_design.frame.eval(ask["where"]).to_numpy(bool)
    options = {"where": where} | {key: ask[key] for key in ("by", "level", "deff") if key in ask}
    if verb == "ratio":
        return ratio(survey_design, ask["variable"], ask["denominator"], **options)
    if verb == "proportion":
        ci = CI.get(ask.get("ci"), ask.get("ci", "wald"))
        return proportion(survey_design, ask["variable"], ci=ci, **options)
    return {"mean": mean, "total": total}[verb](survey_design, ask["variable"], **options)


def pairs(case: dict[str, Any]) -> Pairs:
    """What to compare in a case."""
    return globals()[f"_{case['ask']['verb']}"](case)


def differences(case: dict[str, Any]) -> dict[str, float]:
    """Largest relative difference of each quantity; infinite where R has a number and this package none."""
    left_out = departure(case)
    return {
        name: _apart(*values)
        for name, values in pairs(case).items()
        if left_out is None or not re.match(left_out.quantities, name)
    }


def _apart(found: Any, expected: Any, size: Any) -> float:
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    known = ~np.isnan(expected)
    if np.isnan(found[known]).any():
        return math.inf
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.maximum(np.abs(expected), np.broadcast_to(np.nan_to_num(size), expected.shape))
        apart = np.abs(found - expected) / scale
    same = (found == expected) | (np.abs(found - expected) == 0)
    return float(np.where(same | ~known, 0.0, apart).max(initial=0.0))


def _numbers(values: Any) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in np.atleast_1d(values)], dtype=np.float64)


def _estimate_pairs(frame: pd.DataFrame, result: dict[str, Any]) -> Pairs:
    estimate, se = _numbers(result["estimate"]), _numbers(result["se"])
    size = np.maximum(np.abs(estimate), se)
    # A standard error of zero is 1e-16 of the estimate after rounding, and its square root 1e-8.
    # Nothing is left of the differences in a group where all numbers are equal, but for rounding.
    zero = 1e-6 * np.nanmax(size)
    out: Pairs = {
        "estimate": (frame["estimate"], estimate, np.maximum(se, zero)),
        "se": (frame["se"], se, np.maximum(1e-4 * np.abs(estimate), zero)),
    }
    for name in ("ci_low", "ci_high"):
        if name in result:
            out[name] = (frame[name], _numbers(result[name]), 1e-2 * size)
    for name in ("df", "n"):
        if name in result:
            out[name] = (frame[name], _numbers(result[name]), 0)
    if "deff" in result:
        # Without variance, of the estimate or of a simple random sample, it is 0 or infinite, and here NaN.
        deff = _numbers(result["deff"])
        deff = np.where((se > 1e-7 * np.abs(estimate)) & (deff < 1e6), deff, np.nan)
        out["deff"] = (frame["deff"], deff, 1e-3)
    return out


def _rows(case: dict[str, Any]) -> Pairs:
    result = case["result"]
    estimates = asked(case, case["ask"])
    rows = len(result["estimate"])
    words = [result.get("category", [None] * rows), result.get("by", [None] * rows)]
    frame = estimates.frame
    keys = list(zip(estimates.columns["category"], estimates.columns["by_category"], strict=True))
    order = [keys.index(key) for key in zip(*words, strict=True)]
    out = _estimate_pairs(frame.iloc[order].reset_index(drop=True), result)
    if "covariance" in result:
        se = _numbers(result["se"])
        size = np.outer(se, se) + 1e-14 * np.abs(np.outer(result["estimate"], result["estimate"]))
        out["covariance"] = (estimates.covariance[np.ix_(order, order)], np.array(result["covariance"], float), size)
    return out


_mean = _total = _ratio = _rows


def _proportion(case: dict[str, Any]) -> Pairs:
    if "ci" not in case["ask"]:
        # The interval of r_means.json is estimate ± t·se also where that leaves 0-1.
        out = _rows(case)
        for name in ("ci_low", "ci_high"):
            if name in out:
                found, expected, size = out[name]
                out[name] = (found, np.clip(expected, 0, 1), size)
        return out
    result, row = case["result"], asked(case, case["ask"]).row("1")
    out = {name: (getattr(row, name), result[name], size) for name, size in (("estimate", 0), ("se", 1e-6))}
    for name in ("ci_low", "ci_high"):
        expected = _numbers(result[name])[0]
        # R's symmetric interval leaves 0-1.
        expected = np.clip(expected, 0, 1) if case["ask"]["ci"] == "mean" else expected
        out[name] = (getattr(row, name), expected, 1e-3 * result["estimate"])
    return out


def _degrees(case: dict[str, Any]) -> Pairs:
    survey_design = design(case["design"])
    where = where_of(case)
    mask = np.ones(len(survey_design), dtype=bool) if where is None else where
    return {"df": (degrees_of_freedom(survey_design, mask), case["result"]["df"], 0)}


def _quantile(case: dict[str, Any]) -> Pairs:
    ask = case["ask"]
    found = quantile(
        design(case["design"]), ask["variable"], ask["p"], where=where_of(case), rule=ask["rule"],
        interval=ask["interval"], level=ask.get("level", 0.95),
    ).frame  # fmt: skip
    result = case["result"]
    return {name: (found[name], _numbers(result[name]), 0) for name in ("estimate", "ci_low", "ci_high", "se")}


def _contrast(case: dict[str, Any]) -> Pairs:
    result = case["result"]
    found = contrast(asked(case, case["ask"]["of"]), case["ask"]["weights"])
    se = np.array(result["se"])
    return {
        "estimate": (found.frame["estimate"], result["estimate"], se),
        "se": (found.frame["se"], se, 0),
        "covariance": (found.covariance, np.array(result["covariance"]), np.outer(se, se)),
    }


def _crosstab(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    test = crosstab(design(case["design"]), ask["row"], ask["column"], test=ask["test"], where=where_of(case)).test
    assert test is not None
    out: Pairs = {
        "statistic": (test.statistic, result["statistic"], 0),
        "df_num": (test.df_num, result["df_num"], 0),
        "p_value": (test.p_value, result["p_value"], SMALLEST_P),
    }
    if "df_den" in result:
        out["df_den"] = (test.df_den, result["df_den"], 0)
    return out


def _table(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    counts = crosstab(design(case["design"]), ask["row"], ask["column"], test=None, where=where_of(case)).counts
    found = counts.pivot_table(index="row", columns="column", values="weighted", observed=False)
    expected = np.array(result["weighted"])
    return {"weighted": (found.loc[result["rows"], result["columns"]], expected, 1e-9 * expected.sum())}


def _ttest(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    null = float(ask.get("against", 0))
    test = ttest(design(case["design"]), ask["variable"], by=ask.get("by"), null=null, where=where_of(case))
    se = abs(result["estimate"] / result["statistic"])
    return {
        "estimate": (test.estimate - null, result["estimate"], se),
        "statistic": (test.statistic, result["statistic"], 1),
        "df": (test.df_den, result["df"], 0),
        "ci_low": (test.ci_low - null, result["ci_low"], se),
        "ci_high": (test.ci_high - null, result["ci_high"], se),
        "p_value": (test.p_value, result["p_value"], SMALLEST_P),
    }


def _ranktest(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    test = ranktest(
        design(case["design"]), ask["variable"], by=ask["by"], score=SCORE[ask["score"]], where=where_of(case)
    )
    p_value: Pairs = {"p_value": (test.p_value, _numbers(result["p_value"])[0], SMALLEST_P)}
    if "chisq" in result:
        df_num = result["df_num"]
        return p_value | {
            "statistic": (test.statistic, _numbers(result["chisq"])[0] / df_num, 0),
            "df_num": (test.df_num, df_num, 0),
            "df_den": (test.df_den, result["df_den"], 0),
        }
    return p_value | {
        "estimate": (test.estimate, _numbers(result["estimate"])[0], 1e-3),
        "statistic": (test.statistic, _numbers(result["statistic"])[0], 1),
        "df": (test.df_den, result["df"], 0),
    }


def _goodness_of_fit(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    test = goodness_of_fit(design(case["design"]), ask["variable"], ask["shares"], where=where_of(case))
    return {
        "statistic": (test.statistic, result["statistic"], 0),
        "df_num": (test.df_num, result["df"], 0),
        "p_value": (test.p_value, result["p_value"], SMALLEST_P),
    }


def _as_r(name: str) -> frozenset[str]:
    """The parts of a parameter's name as R writes them: ``stype[H]:meals`` is ``stypeH:meals``, in any order."""
    if "|" in name:
        return frozenset([name])
    return frozenset(re.sub(r"\[(.*?)\]", r"\1", part) for part in name.split(":"))


def _coefficients(frame: pd.DataFrame, covariance: np.ndarray, result: dict[str, Any]) -> tuple[list[int], Pairs]:
    names = [_as_r(name) for name in frame["term"]]
    order = [names.index(_as_r(name)) for name in result["term"]]
    assert len(order) == len(names)
    frame, se = frame.iloc[order], np.array(result["se"])
    out: Pairs = {
        "estimate": (frame["estimate"], result["estimate"], se),
        "se": (frame["se"], se, 0),
        "df": (frame["df"], [result["df"]] * len(order), 0),
    }
    if "p_value" in result:
        out["p_value"] = (frame["p_value"], _numbers(result["p_value"]), SMALLEST_P)
    for name in ("ci_low", "ci_high"):
        if name in result:
            out[name] = (frame[name], result[name], se)
    if "covariance" in result:
        out["covariance"] = (covariance[np.ix_(order, order)], np.array(result["covariance"]), np.outer(se, se))
    return order, out


def _glm(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    model = glm(design(case["design"]), ask["formula"], family=ask["family"], where=where_of(case))
    order, out = _coefficients(model.frame, model.covariance, result)
    for name in ("n", "deviance", "dispersion"):
        if name in result:
            out[name] = (getattr(model, name), result[name], 0)
    for test in result.get("tests", ()):
        kind = test["kind"]
        method = "working_likelihood" if kind == "lrt" else "wald"
        found = model.term_test(test["term"], method=method, statistic="chisq" if kind == "chisq" else "F")
        out[f"{kind} of {test['term']}: p"] = (found.p_value, _numbers(test["p_value"])[0], SMALLEST_P)
        if kind != "lrt":
            out[f"{kind} of {test['term']}"] = (found.statistic, test["statistic"], 0)
            out[f"{kind} of {test['term']}: df"] = (found.df_num, test["df_num"], 0)
    if "contrast" in result:
        weights = np.zeros((len(result["contrast"]["weights"]), len(order)))
        weights[:, order] = result["contrast"]["weights"]
        found = contrast(model, weights).frame
        se = np.array(result["contrast"]["se"])
        out["contrast"] = (found["estimate"], result["contrast"]["estimate"], se)
        out["contrast's se"] = (found["se"], se, 0)
    return out


def _ordinal(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    model = ordinal(design(case["design"]), ask["formula"], where=where_of(case))
    return _coefficients(model.frame, model.covariance, result)[1]


def _kaplan_meier(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    curves = kaplan_meier(
        design(case["design"]), ask["time"], ask["event"], by=ask.get("by"), where=where_of(case),
        estimator="aalen" if ask["se"] else "product_limit",
    ).at(ask["times"])  # fmt: skip
    out: Pairs = {}
    for group, expected in zip(result["by"], result["curves"], strict=True):
        found = curves if group is None else curves[curves["by_category"] == group]
        label = "" if group is None else f" of {group}"
        # R's curve goes on after the last observation, here it is not known.
        known = found["survival"].notna().to_numpy()
        found = found[known]
        out[f"survival{label}"] = (found["survival"], _numbers(expected["surv"])[known], 0)
        if ask["se"]:
            out[f"log variance{label}"] = (
                (found["se"] / found["survival"]) ** 2, _numbers(expected["varlog"])[known], 1e-20
            )  # fmt: skip
            for name in ("ci_low", "ci_high"):
                out[name + label] = (found[name], _numbers(expected[name])[known], 0)
    return out


def _logrank(case: dict[str, Any]) -> Pairs:
    ask, result = case["ask"], case["result"]
    test = logrank(
        design(case["design"]), ask["time"], ask["event"], by=ask["by"], where=where_of(case), rho=ask.get("rho", 0)
    )
    out: Pairs = {
        "statistic": (test.statistic, result["chisq"], 0),
        "p_value": (test.p_value, result["p_value"], SMALLEST_P),
    }
    if len(result["score"]) == 1:
        out |= {"score": (test.estimate, result["score"][0], 0), "se": (test.se, result["se"][0], 0)}
    return out


def compared() -> Iterator[tuple[str, str, dict[str, float]]]:
    """(estimator, name of the case, differences) of every case in which R has an answer."""
    for file in FILES:
        for case in cases(file):
            if "error" not in case["result"]:
                yield case["ask"]["verb"], called(case), differences(case)
