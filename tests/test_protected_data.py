"""Respondents' own files stay out of git and are never overwritten."""

import shutil
import subprocess
from pathlib import Path

import pytest

import kzm_surveys as kzm
from kzm_surveys.synthesis.make import MARKS, synthesize

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("surveys/noise/2021/responses.sav", "surveys/breastfeeding/2022/anketa999001-2022-04-01.csv")


def ignored(path: str) -> bool:
    done = subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=ROOT, check=False)
    return done.returncode == 0


@pytest.mark.parametrize(
    "path",
    [
        "surveys/noise/2021/answers.sav", "surveys/noise/2021/answers.SAV", "surveys/breastfeeding/2022/export.csv",
        "surveys/breastfeeding/2022/export.CSV", "surveys/noise/2023/data.xlsx", "surveys/noise/2021/data.zip",
        "answers.sav", "answers.csv", "surveys/breastfeeding/2022/anketa1_podatki.txt", "build/ledger.json",
        "build2/a.docx", "surveys/noise/2021/sources/answers.csv",
    ],
)  # fmt: skip
def test_real_answers_are_ignored_by_git(path):
    assert ignored(path)


SOURCES = (
    "koper_local_communities", "koper_residents", "slovenia_residents_by_age", "slovenia_residents_by_sex_and_age",
)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        *SHIPPED, "surveys/noise/2021/population.csv", "tests/golden/apistrat.csv",
        *(f"surveys/noise/2021/sources/{name}.csv" for name in SOURCES),
    ],
)  # fmt: skip
def test_shipped_files_are_not(path):
    assert not ignored(path)


@pytest.mark.parametrize("path", SHIPPED)
def test_shipped_answers_carry_the_mark(path):
    assert any(mark in (ROOT / path).read_bytes() for mark in MARKS)


def test_a_file_without_the_mark_is_never_replaced(tmp_path):
    folder = tmp_path / "noise" / "2021"
    shutil.copytree(ROOT / "surveys/noise", folder.parent)
    (folder / "responses.sav").write_bytes(b"$FL2 real answers")
    with pytest.raises(kzm.DataError, match="respondents' own"):
        synthesize(folder, seed=1)
    assert (folder / "responses.sav").read_bytes() == b"$FL2 real answers"
    assert [path.name for path in folder.iterdir() if path.name.endswith(".new")] == []


def test_a_marked_file_is_replaced(tmp_path):
    folder = tmp_path / "noise" / "2021"
    shutil.copytree(ROOT / "surveys/noise", folder.parent)
    before = (folder / "responses.sav").read_bytes()
    synthesize(folder, seed=2021)
    assert (folder / "responses.sav").read_bytes() == before
