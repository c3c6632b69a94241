"""What the whole report costs, as a ratio measured in one run: `make bench`.

The floor is a process that imports pandas and matplotlib and saves as many empty figures of the same size, as PNG and
SVG. The two commands take turns, so that a slow machine slows both. Nothing is asserted here.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIGURES = 6
FLOOR = f"""
import pandas
import matplotlib.pyplot as plt
for number in range({FIGURES}):
    figure = plt.figure(figsize=(6.3, 4.4))
    figure.savefig(f"{{number}}.png", dpi=300)
    figure.savefig(f"{{number}}.svg")
    plt.close(figure)
"""
ROOT = Path(__file__).resolve().parents[2]


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of a command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def compare(
    name: str, ours: list[str], ours_in: Path, floor: list[str], floor_in: Path, goal: float, runs: int
) -> None:
    """Run both in turn and print medians and their ratio."""
    times: list[tuple[float, float]] = []
    for _ in range(runs + 1):
        times.append((seconds(ours, ours_in), seconds(floor, floor_in)))
    ratios = [a / b for a, b in times[1:]]
    mine, theirs = (statistics.median(column) for column in zip(*times[1:], strict=True))
    print(f"{name}: {mine:.2f} s against {theirs:.2f} s, ratio {statistics.median(ratios):.2f} "
          f"({min(ratios):.2f} to {max(ratios):.2f}; goal under {goal})")  # fmt: skip


def main() -> None:
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = [python, "-m", "kzm_surveys.cli", "report", "--year", "2022", "--out", str(folder / "build")]
        compare("report", report, ROOT, [python, "-c", FLOOR], folder, goal=3, runs=7)
        ours, floor = [python, "-c", "import kzm_surveys"], [python, "-c", "import pandas"]
        compare("import kzm_surveys against import pandas", ours, folder, floor, folder, goal=1.2, runs=7)


if __name__ == "__main__":
    main()
