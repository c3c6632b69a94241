"""What the sections cost beyond estimates and figures: `make bench`.

The report of the latest year is built several times in one process. Time spent reading and weighting the answers, in
estimators and tests, and in drawing and saving figures is counted apart; what is left are sentences, tables, the annex
with the origin of every number, the ledger, and the Word, HTML, Markdown and Excel files. Nothing is asserted here.
"""

import functools
import gc
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kzm_surveys as kzm
from kzm_surveys.findings import figure_script, report

GOAL, RUNS = 2.0, 5


class Clock:
    """Time inside functions by kind of work; of functions that call each other the outermost counts."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.inside = False

    def timed(self, function: Callable[..., Any], work: str) -> Callable[..., Any]:
        """The function, with its time counted."""

        @functools.wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            if self.inside:
                return function(*arguments, **options)
            self.inside, start = True, time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.inside = False
                self.seconds[work] += time.perf_counter() - start

        return call


def count_apart(clock: Clock) -> None:
    """Let the clock time what is no part of the goal, wherever the engine and the scripts have it from."""
    report.designs_of_year = clock.timed(report.designs_of_year, "answers and weights")
    report.pictures = clock.timed(report.pictures, "figures")
    figure_script.FigureScript.draw = clock.timed(figure_script.FigureScript.draw, "figures")  # type: ignore[method-assign]
    estimators = {name: getattr(kzm, name) for name in kzm.__all__}
    estimators = {name: found for name, found in estimators.items() if callable(found) and not isinstance(found, type)
                  and found.__module__.startswith("kzm_surveys.estimation")}  # fmt: skip
    modules = [kzm, *(module for name, module in sys.modules.items() if name.startswith("kzm_surveys.findings"))]
    for name, found in estimators.items():
        wrapped = clock.timed(found, "estimates")
        for module in modules:
            if getattr(module, name, None) is found:
                setattr(module, name, wrapped)


def main() -> None:
    """Build, print medians and the goal."""
    gc.disable()  # as `kzm` does
    report.build_report(Path())  # the first run imports and fills caches
    clock = Clock()
    count_apart(clock)
    runs: list[dict[str, float]] = []
    for _ in range(RUNS):
        gc.collect()
        clock.seconds.clear()
        start = time.perf_counter()
        built = report.build_report(Path())
        whole = time.perf_counter() - start
        runs.append({**clock.seconds, "sections": whole - sum(clock.seconds.values()), "all": whole})
    median = {work: statistics.median(run.get(work, 0.0) for run in runs) for work in runs[-1]}
    print("; ".join(f"{work} {seconds:.2f} s" for work, seconds in median.items()))
    print(f"sections beyond estimates and figures, {built.numbers} numbers: {median['sections']:.2f} s; goal at most "
          f"{GOAL:.0f} s, used {median['sections'] / GOAL:.0%}")  # fmt: skip


if __name__ == "__main__":
    main()
