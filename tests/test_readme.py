"""The README's commands run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of what the examples need, so that they write nothing into this checkout."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("surveys", "analyses", "figures"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def run(command: list[str], folder: Path) -> str:
    commands = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_three_doors_and_two_commands():
    assert len(blocks("python")) == 2
    assert [line.split()[:2] for line in blocks("sh")[0].splitlines()] == [["make", "report"], ["make", "test"]]
    assert len(blocks("sh")) == 3


def test_researchers_example(project):
    out = run([sys.executable, "-c", blocks("python")[0]], project)
    assert "Rao-Scott" in out
    assert "n (unweighted)" in out
    assert "SYNTHETIC DATA" in out


def test_researchers_figures(project):
    first, figures = blocks("python")
    run([sys.executable, "-c", f"{first}\n{figures}"], project)
    assert "road" not in (project / "port.svg").read_text(encoding="utf-8")
    assert "18–39" in (project / "port.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", [1, 2], ids=["analysts", "report authors"])
def test_commands_of_the_other_doors(project, block):
    if block == 2:
        run(["kzm", "synthesize", "surveys/noise/2021", "--seed", "7", "--out", "build/dry_run.sav"], project)
    for line in blocks("sh")[block].splitlines():
        run(line.split(), project)
    expected = {1: "build/dry_run.sav", 2: "build/dry_run/report/findings_2022_sl.docx"}
    assert (project / expected[block]).is_file()


def test_windows_commands_name_the_lock_and_the_report():
    block = blocks("bat")[0]
    assert "--require-hashes -r requirements.lock" in block
    assert "kzm report --year 2022" in block


def test_picture_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target
