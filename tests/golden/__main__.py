"""Agreement with R by estimator: `python -m tests.golden` prints cases, numbers left out, and the worst difference."""

from __future__ import annotations

from collections import Counter

from tests.golden.comparison import FILES, cases, differences
from tests.golden.departures import departure


def agreement() -> list[tuple[str, int, int, float, str]]:
    """(estimator, cases, cases with a departure, worst relative difference, of which quantity) of each estimator."""
    counts: Counter[str] = Counter()
    departing: Counter[str] = Counter()
    worst: dict[str, tuple[float, str]] = {}
    for file in FILES:
        for case in cases(file):
            if "error" in case["result"]:
                continue
            verb = case["ask"]["verb"] + (f" ({case['ask']['ci']})" if "ci" in case["ask"] else "")
            counts[verb] += 1
            departing[verb] += departure(case) is not None
            for name, value in differences(case).items():
                worst[verb] = max(worst.get(verb, (-1.0, "")), (value, name))
    return [(verb, counts[verb], departing[verb], *worst[verb]) for verb in counts]


if __name__ == "__main__":
    print(f"{'estimator':28}{'cases':>7}{'departing':>11}{'worst':>10}  of")
    for verb, count, apart, value, name in agreement():
        print(f"{verb:28}{count:7}{apart:11}{value:10.1e}  {name}")
