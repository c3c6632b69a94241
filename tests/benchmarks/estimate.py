"""Estimation against the plainest numpy that does the same sums: time, ratio, peak memory, side by side in one run.

Always from a fresh frame in memory to the answer: design, estimates, standard errors, intervals and tests are inside
the time of both; no object is used twice. The floors take one bincount (or matrix product) for every sum they need.

Run: python -m tests.benchmarks.estimate
"""

import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

import kzm_surveys as kzm
from kzm_surveys import Margins, SurveyDesign
from kzm_surveys.estimation.banner import banner
from kzm_surveys.estimation.banner_tables import Banner
from kzm_surveys.estimation.glm import glm
from tests.benchmarks.estimate_floors import (
    BREAKS,
    ITEMS,
    QUESTIONS,
    REPLICATES,
    TARGETS,
    Arrays,
    floor_banner,
    floor_bootstrap,
    floor_crosstab,
    floor_domains,
    floor_logit,
)  # fmt: skip
from tests.benchmarks.read_files import peak

SMALL, MIDDLE, LARGE, LARGEST = 508, 100_000, 1_000_000, 10_000_000
ROUNDS = {SMALL: 200, MIDDLE: 15, LARGE: 7}
FOUR = [*"abcd"]
MARGINS = Margins({v: {f"{v}{i}": share for i, share in enumerate(shares)} for v, shares in TARGETS.items()})


class Entry(NamedTuple):
    """One line of the output: the same answer twice, from the columns of a frame."""

    name: str
    columns: Callable[[int], Arrays]
    ours: Callable[[pd.DataFrame], Any]
    floor: Callable[[pd.DataFrame], Any]
    agree: Callable[[Any, Any], None]
    sizes: tuple[int, ...]


def fresh(columns: Arrays) -> pd.DataFrame:
    """A frame of its own: categories are (codes, names) pairs, so that nothing can be remembered between runs."""
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(*values) if isinstance(values, tuple) else values
            for name, values in columns.items()
        },
        copy=False,
    )


def drawn(n: int, names: dict[str, int]) -> Arrays:
    """Weights and categorical columns of so many categories each."""
    random = np.random.default_rng(1)
    made: Arrays = {"w": random.uniform(0.5, 2, n)}
    for name, size in names.items():
        made[name] = (random.integers(0, size, n, dtype=np.int8), [f"{name}{i}" for i in range(size)])
    return made


def crosstab(frame: pd.DataFrame) -> Any:
    return kzm.crosstab(SurveyDesign(frame, "w"), "row", "column", percent="row")


def agree_crosstab(ours: Any, plain: Arrays) -> None:
    found = ours.estimates.frame
    cells = found.assign(row=found["category"].str[-1].astype(int), column=found["by_category"].str[-1].astype(int))
    cells = cells.sort_values(["row", "column"])
    for name, of_ours in {"p": "estimate", "se": "se", "low": "ci_low", "high": "ci_high"}.items():
        np.testing.assert_allclose(cells[of_ours], plain[name].ravel(), rtol=1e-8)
    np.testing.assert_allclose([ours.test.statistic, ours.test.p_value], [plain["F"], plain["p_value"]], rtol=1e-7)


def clustered(n: int) -> Arrays:
    """Ten strata; at most 1 000 clusters of consecutive rows, five or more in a stratum."""
    n_psu = min(1000, n // 10)
    psu = np.arange(n) * n_psu // n
    random = np.random.default_rng(2)
    stratum = (psu * 10 // n_psu).astype(np.int8)
    predictors = {f"x{i}": random.normal(size=n) for i in range(1, 7)}
    linear = 0.3 * predictors["x1"] - 0.2 * predictors["x2"] + 0.1 * predictors["x3"] - 0.5
    return {
        **drawn(n, {"domain": 10, "question": 4}),
        "y": random.normal(50, 10, n),
        "z": (random.random(n) < special.expit(linear)).astype(np.int8),
        "psu": psu,
        "stratum": (stratum, [f"s{i}" for i in range(10)]),
        **predictors,
    }


def of_clusters(frame: pd.DataFrame) -> SurveyDesign:
    return SurveyDesign(frame, "w", strata="stratum", psu="psu")


def domains(frame: pd.DataFrame) -> Any:
    design = of_clusters(frame)
    return kzm.mean(design, "y", by="domain"), kzm.proportion(design, "question", by="domain")


def agree_domains(ours: Any, plain: Arrays) -> None:
    means, shares = ours[0].columns, ours[1].columns
    np.testing.assert_allclose(means["estimate"], plain["mean"], rtol=1e-10)
    np.testing.assert_allclose(means["se"], plain["mean_se"], rtol=1e-8)
    np.testing.assert_allclose(means["ci_low"], plain["low"], rtol=1e-8)
    np.testing.assert_allclose(shares["estimate"], plain["p"].ravel(), rtol=1e-10)
    np.testing.assert_allclose(shares["se"], plain["p_se"].ravel(), rtol=1e-8)
    np.testing.assert_allclose(shares["ci_high"], plain["interval"][1].ravel(), rtol=1e-8)


def logit(frame: pd.DataFrame) -> Any:
    return glm(of_clusters(frame), "z ~ x1 + x2 + x3 + x4 + x5 + x6", family="binomial")


def agree_logit(ours: Any, plain: Arrays) -> None:
    np.testing.assert_allclose(ours.frame["estimate"], plain["beta"], rtol=1e-6)
    np.testing.assert_allclose(ours.frame["se"], plain["se"], rtol=1e-6)


def items(n: int) -> Arrays:
    return drawn(n, {v: len(shares) for v, shares in TARGETS.items()} | {f"q{i}_": 2 for i in range(ITEMS)})


def bootstrap(frame: pd.DataFrame) -> Any:
    design = kzm.replicates(SurveyDesign(frame, "w"), "bootstrap", replicates=REPLICATES, seed=3)
    raked = kzm.rake(design, MARGINS)
    return [kzm.proportion(raked, f"q{i}_") for i in range(ITEMS)]


def agree_bootstrap(ours: Any, plain: Arrays) -> None:
    """The same shares; standard errors of other draws, each with 1/sqrt(2·500) = 3 % of noise."""
    np.testing.assert_allclose([share.columns["estimate"][1] for share in ours], plain["p"], rtol=1e-6)
    np.testing.assert_allclose([share.columns["se"][1] for share in ours], plain["se"], rtol=0.25)


def questionnaire(n: int) -> Arrays:
    breaks = {f"break{i}_": size for i, size in enumerate(BREAKS)}
    return drawn(n, {f"q{i}_": 5 for i in range(QUESTIONS)} | breaks)


def whole_banner(frame: pd.DataFrame) -> Banner:
    questions, breaks = (
        [f"{stem}{i}_" for i in range(count)] for stem, count in (("q", QUESTIONS), ("break", len(BREAKS)))
    )
    return banner(SurveyDesign(frame, "w"), questions, breaks)


def agree_banner(ours: Banner, plain: list[Arrays]) -> None:
    tables = iter(plain)
    for table in ours.tables:
        start = 1
        for name, size in zip(ours.breaks, BREAKS, strict=True):
            expected, place = next(tables), slice(start, start + size)
            np.testing.assert_allclose(table.estimate[:, place].T, expected["p"], rtol=1e-10)
            np.testing.assert_allclose(table.se[:, place].T, expected["se"], rtol=1e-8)
            assert np.isclose(table.tests[name].statistic, expected["F"], rtol=1e-8)
            heads = [column.letter for column in ours.columns[place]]
            winners = np.where(expected["exceeds"] > 0, expected["first"][:, None], expected["second"][:, None])
            losers = expected["first"][:, None] + expected["second"][:, None] - winners
            pairs, lines = np.nonzero(expected["exceeds"])
            wanted = {(heads[winners[k, i]], heads[losers[k, i]], i) for k, i in zip(pairs, lines, strict=True)}
            found = {
                (heads[column], letter, line)
                for line, words in enumerate(table.letters[:, place])
                for column, word in enumerate(words)
                for letter in heads
                if letter in word
            }
            assert found == wanted
            start += size
        np.testing.assert_allclose(table.estimate[:, 0], expected["everybody"], rtol=1e-10)
        np.testing.assert_allclose(table.se[:, 0], expected["everybody_se"], rtol=1e-8)


def timed(run: Callable[[pd.DataFrame], Any], columns: Arrays) -> float:
    frame = fresh(columns)
    start = time.perf_counter()
    run(frame)
    return 1000 * (time.perf_counter() - start)


def most_memory(run: Callable[[pd.DataFrame], Any], columns: Arrays) -> float:
    """MiB allocated at the most beyond the frame, in a run of its own."""
    frame = fresh(columns)
    tracemalloc.start()
    run(frame)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1024**2


def report(entry: Entry, n: int) -> None:
    columns = entry.columns(n)
    entry.agree(entry.ours(fresh(columns)), entry.floor(fresh(columns)))
    once = timed(entry.ours, columns) + timed(entry.floor, columns)
    rounds = max(3, min(ROUNDS[n], int(20_000 / once)))
    pairs = [(timed(entry.ours, columns), timed(entry.floor, columns)) for _ in range(rounds)]
    ours, plain = (statistics.median(times) for times in zip(*pairs, strict=True))
    goal = 3 * plain + 1 if n == SMALL else 2 * plain
    memory = most_memory(entry.ours, columns), most_memory(entry.floor, columns)
    verdict = "met" if ours <= goal else f"MISSED: goal {goal:.2f} ms"
    times = f"{ours:>10.2f} {plain:>10.2f} {ours / plain:>6.2f}"
    print(f"{entry.name:<42} {n:>10,} {times} {memory[0]:>8.1f} {memory[1]:>8.1f}  {verdict}", flush=True)


ENTRIES = (
    Entry("4 x 4 cross-table, row %, se, Rao-Scott", lambda n: drawn(n, {"row": 4, "column": 4}), crosstab,
          floor_crosstab, agree_crosstab, (SMALL, MIDDLE, LARGE)),
    Entry("mean and proportion, 10 domains, clusters", clustered, domains, floor_domains, agree_domains,
          (SMALL, LARGE)),
    Entry("logistic regression, 6 predictors", clustered, logit, floor_logit, agree_logit, (SMALL, LARGE)),
    Entry("500 bootstrap replicates, 20 shares, raked", items, bootstrap, floor_bootstrap, agree_bootstrap, (MIDDLE,)),
    Entry("banner, 40 questions x 6 breaks", questionnaire, whole_banner, floor_banner, agree_banner,
          (SMALL, MIDDLE)),
)  # fmt: skip


def growing() -> None:
    """Cost per row must not grow with the number of rows."""
    for n in (10_000, MIDDLE, LARGE, 4 * LARGE):
        columns = drawn(n, {"row": 4, "column": 4})
        times = [timed(crosstab, columns) for _ in range(7)]
        print(f"cross-table of {n:>10,} rows: {1e6 * statistics.median(times) / n:>7.1f} ns a row")


def largest() -> None:
    """In a fresh process: memory that tabulating 10 000 000 rows takes beyond the frame."""
    random = np.random.default_rng(1)
    weights = random.random(LARGEST)
    weights += 0.5
    answers = [(random.integers(0, 4, LARGEST, dtype=np.int8), FOUR) for _ in range(2)]
    frame = fresh({"w": weights, "row": answers[0], "column": answers[1]})
    crosstab(frame.head(1000))
    size, before = frame.memory_usage(index=False).sum(), peak()
    start = time.perf_counter()
    crosstab(frame)
    seconds, more = time.perf_counter() - start, peak() - before
    mib = 1024**2
    print(
        f"cross-table of {LARGEST:>10,} rows: {1000 * seconds:.0f} ms, {more / mib:.0f} MiB beyond the frame of "
        f"{size / mib:.0f} MiB  {'met' if more < size else 'MISSED: a copy'}"
    )


def main() -> None:
    print(f"{'median ms; MiB at the most beyond the frame':<42} {'rows':>10} {'ours':>10} {'numpy':>10} {'ratio':>6}"
          f" {'ours':>8} {'numpy':>8}")  # fmt: skip
    for entry in ENTRIES:
        for n in entry.sizes:
            report(entry, n)
    growing()
    subprocess.run([sys.executable, "-m", "tests.benchmarks.estimate", "largest"], check=True)


if __name__ == "__main__":
    largest() if sys.argv[1:] == ["largest"] else main()
