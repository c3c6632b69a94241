"""Reading .sav in a process of its own against pyreadstat in ours: seconds and memory, each in a fresh process.

Run: python -m tests.benchmarks.read_files [pairs]
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from kzm_surveys.loaders.spss import read_sav
from kzm_surveys.loaders.spss_parse import read_header
from kzm_surveys.wave import Wave
from tests.loaders import TINY, write_wave

SIZES = ((508, 200), (100_000, 200))


def write_file(path: Path, rows: int, columns: int) -> None:
    random = np.random.default_rng(1)
    answers = {f"v{place}": random.integers(1, 6, rows).astype(float) for place in range(columns - 1)}
    frame = pd.DataFrame({"id": np.arange(1.0, rows + 1), **answers})
    pyreadstat.write_sav(frame, str(path), row_compress=True)


def peak() -> int:
    """Most memory that this process has had since it started, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def measure(what: str, path: str) -> None:
    """In a fresh process: seconds of one read, memory before and at the most, that of the parser, size of the frame."""
    its_wave, before = wave(), peak()
    start = time.perf_counter()
    if what == "pyreadstat":
        frame, _ = pyreadstat.read_sav(path, user_missing=True)
    else:
        frame = read_sav(Path(path), its_wave).cells
    seconds = time.perf_counter() - start
    child = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    size = int(frame.memory_usage(index=False).sum())
    sys.stdout.write(json.dumps({"seconds": seconds, "own": peak() - before, "child": child, "frame": size}))


def wave() -> Wave:
    from kzm_surveys.wave import read_wave

    with tempfile.TemporaryDirectory() as folder:
        return read_wave(write_wave(Path(folder), TINY))[0]


def fresh(what: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.read_files", what, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main(pairs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for rows, columns in SIZES:
            path = Path(folder) / f"{rows}.sav"
            write_file(path, rows, columns)
            ours, theirs = [], []
            for _ in range(pairs):
                theirs.append(fresh("pyreadstat", path))
                ours.append(fresh("kzm_surveys", path))
            seconds = [statistics.median(run["seconds"] for run in runs) for runs in (ours, theirs)]
            parsers = len(read_header(path).shares)
            memory = statistics.median(run["own"] + parsers * run["child"] for run in ours)
            print(f"{rows} x {columns}: {seconds[0]:.2f} s, pyreadstat in process {seconds[1]:.2f} s, "
                  f"difference {seconds[0] - seconds[1]:+.2f} s, ratio {seconds[0] / seconds[1]:.2f}")  # fmt: skip
            print(f"  peak memory, ours beyond imports + {parsers} x largest parser: {memory / 2**20:.0f} MB, "
                  f"{memory / ours[0]['frame']:.2f} times the frame of {ours[0]['frame'] / 2**20:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[1], sys.argv[2])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
