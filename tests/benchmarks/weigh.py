"""Raking against the plainest numpy that does the same sums: seconds, side by side in one run.

From a frame in memory to weights: three margins (3 x 2 x 4 cells), tolerance 1e-8, base weights. Then 500 bootstrap
replicates raked together, and the memory of 10 000 000 rows in a fresh process.

Run: python -m tests.benchmarks.weigh
"""

import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from kzm_surveys import Margins, SurveyDesign, rake
from kzm_surveys.replicate_weights import Replicates
from tests.benchmarks.read_files import peak

TARGETS = {"a": [0.3, 0.4, 0.3], "b": [0.49, 0.51], "c": [0.25, 0.25, 0.25, 0.25]}
NAMES = {"a": "xyz", "b": "mf", "c": "pqrs"}
MARGINS = Margins({name: dict(zip(NAMES[name], shares, strict=True)) for name, shares in TARGETS.items()})
GOALS = {508: 4.0, 100_000: 2.0, 1_000_000: 2.0}
TOLERANCE = 1e-8
LARGEST = 10_000_000
REPLICATES = 500


def made(n: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    chances = {"a": [0.1, 0.3, 0.6], "b": [0.5, 0.5], "c": [0.4, 0.3, 0.2, 0.1]}
    codes = {name: random.choice(len(p), n, p=p).astype(np.int8) for name, p in chances.items()}
    columns = {name: pd.Categorical.from_codes(codes[name], list(NAMES[name])) for name in codes}
    return pd.DataFrame({**columns, "w": random.uniform(0.5, 2, n)})


def cells_of(frame: pd.DataFrame) -> np.ndarray:
    a, b, c = (frame[name].cat.codes.to_numpy() for name in "abc")
    return ((a * 2 + b) * 4 + c).astype(np.intp)


def fitted(mass: np.ndarray) -> np.ndarray:
    """Factors of the 24 cells, (24,) or (24, R)."""
    start = mass / mass.sum(axis=0)
    fit = start.reshape(3, 2, 4, -1).copy()
    a, b, c = (np.array(TARGETS[name]) for name in "abc")
    for _ in range(200):
        fit *= (a[:, None] / fit.sum((1, 2)))[:, None, None]
        fit *= (b[:, None] / fit.sum((0, 2)))[None, :, None]
        fit *= (c[:, None] / fit.sum((0, 1)))[None, None]
        off = (fit.sum((1, 2)).T / a - 1, fit.sum((0, 2)).T / b - 1, fit.sum((0, 1)).T / c - 1)
        if max(np.abs(part).max() for part in off) < TOLERANCE:
            break
    return fit.reshape(mass.shape) / start


def floor(frame: pd.DataFrame) -> np.ndarray:
    cells, weights = cells_of(frame), frame["w"].to_numpy()
    mass = np.bincount(cells, weights, 24)
    return weights * fitted(mass)[cells] * (len(frame) / weights.sum())


def floor_replicates(frame: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """(n, R) raked replicate weights."""
    cells = cells_of(frame)
    mass = np.column_stack([np.bincount(cells, column, 24) for column in weights.T])
    return weights * (fitted(mass) * (len(frame) / mass.sum(axis=0)))[cells]


def pair(ours, plain, rounds: int) -> tuple[float, float]:
    """Median milliseconds of both, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    ours(), plain()
    for _ in range(rounds):
        for run, out in zip((ours, plain), times, strict=True):
            start = time.perf_counter()
            run()
            out.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def largest() -> None:
    """In a fresh process: the most memory that weighting 10 000 000 rows has taken."""
    frame = made(LARGEST)
    start = time.perf_counter()
    weights = rake(SurveyDesign(frame, "w"), MARGINS).weights
    seconds = time.perf_counter() - start
    assert abs(weights.sum() / LARGEST - 1) < 1e-9
    print(f"{LARGEST:>10,} rows: {1000 * seconds:.0f} ms, at most {peak() / 1024**3:.2f} GiB in all (goal 2)")


def main() -> None:
    for n, goal in GOALS.items():
        frame = made(n)
        assert np.allclose(rake(SurveyDesign(frame, "w"), MARGINS).weights, floor(frame), rtol=1e-6)
        ours, plain = pair(lambda f=frame: rake(SurveyDesign(f, "w"), MARGINS).weights, lambda f=frame: floor(f),
                           300 if n < 1000 else 15)  # fmt: skip
        print(f"{n:>10,} rows: {ours:.3f} ms, numpy {plain:.3f} ms, ratio {ours / plain:.2f} (goal {goal:g})")
    frame = made(100_000)
    random = np.random.default_rng(2)
    weights = frame["w"].to_numpy()[:, None] * random.poisson(1, (len(frame), REPLICATES))
    made_of = Replicates(weights, "bootstrap", 1 / (REPLICATES - 1), np.ones(REPLICATES))
    design = SurveyDesign(frame, "w")._with(replicates=made_of)
    raked = rake(design, MARGINS).replicates
    assert np.allclose(raked.weights, floor_replicates(frame, weights), rtol=1e-6)
    factors, plain = pair(lambda: rake(design, MARGINS), lambda: floor_replicates(frame, weights), 3)
    whole, _ = pair(lambda: rake(design, MARGINS).replicates.weights, lambda: None, 3)
    times = f"{factors:.0f} ms to their factors, {whole:.0f} ms to their weights, numpy {plain:.0f} ms to weights"
    print(
        f"{REPLICATES} replicates of 100,000 rows: {times}, ratios {factors / plain:.2f}, {whole / plain:.2f} (goal 2)"
    )
    subprocess.run([sys.executable, "-m", "tests.benchmarks.weigh", "largest"], check=True)


if __name__ == "__main__":
    largest() if sys.argv[1:] == ["largest"] else main()
