"""The respondents' own files drop in without a change of code, and then nothing calls them synthetic."""

import hashlib
import io
import re
import shutil
import zipfile
from pathlib import Path

import pyreadstat
import pytest

from kzm_surveys.findings.report import build_report

ROOT = Path(__file__).resolve().parents[1]


def name_file(wave: Path, data: Path, more: str = "") -> None:
    """Do what the README says: change [data] in wave.toml, and synthetic above it."""
    text = wave.read_text(encoding="utf-8").replace("synthetic = true", "synthetic = false")
    text = re.sub(r'(?m)^file = ".*"', f'file = "{data.name}"', text)
    text = re.sub(r'(?m)^sha256 = ".*"', f'sha256 = "{hashlib.sha256(data.read_bytes()).hexdigest()}"', text)
    wave.write_text(re.sub(r'(?m)^(id = ".*")$', rf"\1{more}", text), encoding="utf-8")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of a report on answers without the mark, one column renamed, one age refused."""
    project = tmp_path_factory.mktemp("project")
    for name in ("surveys", "analyses", "figures"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    noise = project / "surveys/noise/2021"
    frame, meta = pyreadstat.read_sav(str(noise / "responses.sav"), user_missing=True)
    frame.loc[5, "age"] = 999.0
    frame = frame.rename(columns={"annoyance_road": "V12"})
    labels = {name: labels for name, labels in meta.variable_value_labels.items() if name in frame}
    pyreadstat.write_sav(frame, str(noise / "real.sav"), variable_value_labels=labels)
    name_file(noise / "wave.toml", noise / "real.sav", '\n\n[data.columns]\nannoyance_road = "V12"')
    web = project / "surveys/breastfeeding/2022"
    shipped = next(web.glob("*.csv"))
    (web / "real.csv").write_bytes(shipped.read_bytes().replace(b" kzm_surveys synthetic data", b""))
    name_file(web / "wave.toml", web / "real.csv")
    return build_report(project, 2022).files


def test_no_file_speaks_of_synthetic_answers(files):
    for name, content in files.items():
        texts = [content]
        if name.endswith((".docx", ".xlsx")):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                texts = [archive.read(entry) for entry in archive.namelist()]
        for written in texts:
            text = re.sub(rb'"synthetic": ?false', b"", written)  # in the ledger, and in the record of the Word file
            assert b"sintet" not in text.lower(), name
            assert b"synthet" not in text.lower(), name


def test_the_refused_age_has_the_mean_weight_and_is_counted(files):
    words = files["report/findings_2022_sl.md"].decode()
    assert "je utež povprečna (število takih anketiranih: 1; vseh: 508)." in words


def test_the_renamed_column_is_read(files):
    words = files["report/findings_2022_sl.md"].decode()
    row = next(line for line in words.splitlines() if line.startswith("| cestni promet |"))
    assert "| 494 |" in row
