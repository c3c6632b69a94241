"""What all figures of both surveys cost, as a ratio measured in one run: `make bench`.

The floor is what matplotlib needs to save as many empty figures of the same size. The goal is 1.5 times that plus 40 ms
a figure, where ours are computed from the weighted answers, drawn and saved. The two take turns, so that a slow machine
slows both. Nothing is asserted here.
"""

import gc
import io
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import kzm_surveys as kzm
from kzm_surveys.findings.figure_script import figure_files, read_script
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.plots.style import DPI, PICTURE_KINDS, PictureKind

WAVES = {"noise": "2021", "breastfeeding": "2022"}
RUNS, ALLOWED, EACH = 5, 1.5, 0.040


def drawn(designs: dict[str, kzm.SurveyDesign]) -> list[ReportFigure]:
    """All figures of all scripts, anew."""
    out = []
    for name, design in designs.items():
        out += read_script(Path(f"figures/{name}.py"), design).draw(design)
    return out


def empty(sizes: list[tuple[float, float]], kind: PictureKind) -> None:
    """Save empty figures as matplotlib does by itself."""
    for size in sizes:
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        figure.savefig(io.BytesIO(), format=kind, dpi=DPI)


def seconds(call: Callable[[], object]) -> float:
    """Time of a call."""
    gc.collect()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def compare(
    designs: dict[str, kzm.SurveyDesign], sizes: list[tuple[float, float]], kinds: Sequence[PictureKind]
) -> None:
    """Run both in turn for some kinds of file and print medians; every file counts as a figure."""
    times = []
    for _ in range(RUNS + 1):
        ours = seconds(lambda: figure_files(drawn(designs), kinds))
        floor = seconds(lambda: [empty(sizes, kind) for kind in kinds])
        times.append((ours, floor))
    ours, floor = (statistics.median(column) for column in zip(*times[1:], strict=True))
    goal = ALLOWED * floor + EACH * len(sizes) * len(kinds)
    print(f"{' '.join(kinds)}: {ours:.2f} s against {floor:.2f} s empty; goal {goal:.2f} s, used {ours / goal:.0%}")


def main() -> None:
    gc.disable()  # as `kzm` does
    designs = {name: kzm.weight(kzm.load(f"surveys/{name}/{wave}")) for name, wave in WAVES.items()}
    sizes = [tuple(figure.figure.get_size_inches()) for figure in drawn(designs)]
    print(f"{len(sizes)} figures; allowed are {ALLOWED} times the empty ones and {1000 * EACH:.0f} ms for each")
    for kinds in (*((kind,) for kind in PICTURE_KINDS), PICTURE_KINDS):
        compare(designs, sizes, kinds)


if __name__ == "__main__":
    main()
