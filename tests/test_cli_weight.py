"""kzm weight from the outside: what it prints, what it writes, and its exit code."""

import csv
import os
import re
import subprocess
import sys

import pytest

from kzm_surveys.findings import report

WAVE, WAVE_TOML = "surveys/noise/2021", "surveys/noise/2021/wave.toml"
FILES = {
    "dossier.docx", "dossier.md", "ledger.json", "weights.csv", "weights.sav", "weights_codebook.csv",
    "weights_distribution.png", "weights_distribution.svg", "weights_margins.png", "weights_margins.svg",
}  # fmt: skip


def written(folder):
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def line_with(out, *words):
    """Cells of the one line of a table that holds the words."""
    (line,) = (line for line in out.splitlines() if "│" in line and all(word in line for word in words))
    return [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]


def test_prints_and_writes_everything(project, kzm):
    code, out, err = kzm("weight", WAVE, "--out", "build/w")
    assert (code, err) == (0, "")
    assert written(project / "build/w") == FILES
    assert all(f"build/w/{name}" in out.splitlines() for name in FILES)
    assert "SYNTHETIC" in out
    assert line_with(out, "male*18_39", "2.2") == ["sex*age_group", "male*18_39", "11", "2.2", "16.1", "16.1"]
    assert line_with(out, "place_type", "estimate")[:4] == [
        "place_type",
        "estimate",
        "vsi prebivalci občine",
        "2024-01-01",
    ]
    for what in ("Design effect", "Effective n", "Quantile 0.25", "Trimmed", "Smallest weighting cell", "mean weight"):
        assert what in out, what
    assert "estimates, not official: sex*age_group, place_type" in out


def test_factors_stand_by_cell_and_average_to_one(project, kzm):
    _, out, _ = kzm("weight", WAVE)
    cells = [
        re.split("[│┃]", line)[1:-1] for line in out.partition("Adjustment factors")[2].splitlines() if "│" in line
    ]
    factors = [(int(n), float(factor)) for _, n, factor in (row for row in cells if len(row) == 3)]
    assert sum(n for n, _ in factors) == 508
    # Base weights are equal, so the factors have mean one over respondents; printed with four decimals.
    assert sum(n * factor for n, factor in factors) == pytest.approx(508, abs=508 * 5e-5)


def test_warnings_are_said_only_where_they_belong(project, kzm):
    _, out, _ = kzm("weight", WAVE)
    assert "warning: the design effect" in out
    assert "warning: the highest weight" in out
    path = project / WAVE_TOML
    toml = path.read_text(encoding="utf-8").replace('["sex*age_group", "place_type"]', '["sex"]')
    path.write_text(toml, encoding="utf-8")
    code, out, _ = kzm("weight", WAVE)
    assert code == 0
    assert "warning" not in out
    assert "estimates" not in out


def test_files_of_each_wave_lie_in_a_folder_of_their_own(project, kzm):
    assert kzm("weight", WAVE)[0] == 0
    assert written(project / "build/weights/noise_2021") == FILES


def test_two_runs_write_the_same_bytes(project, kzm):
    for folder in ("a", "b"):
        assert kzm("weight", WAVE, "--out", folder)[0] == 0
    assert {
        name for name in FILES if (project / "a" / name).read_bytes() != (project / "b" / name).read_bytes()
    } == set()


def test_another_file_and_language(project, kzm):
    kzm("synthesize", WAVE, "--seed", 5, "--n", 700, "--out", "dry.sav")
    code, out, err = kzm("weight", WAVE, "--data", "dry.sav", "--lang", "en", "--out", "w")
    assert (code, err) == (0, "")
    assert "dry.sav, 700 respondents, SYNTHETIC" in out
    assert (project / "w/dossier.md").read_text(encoding="utf-8").startswith("# Weighting: ")
    with (project / "w/weights.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 700


def test_a_wave_without_weighting_is_one_message_and_nothing_is_written(project, kzm):
    code, out, err = kzm("weight", "surveys/breastfeeding/2022")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "breastfeeding 2022: wave.toml says that the answers are not weighted" in err
    assert not (project / "build").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["sex*age_group", "place_type"]', '["sex*age"]', "did you mean 'sex*age_group'"),
        ('"annoyance_port"\ncategories = ["very"', '"annoyance_port"\ncategories = ["verry"', "did you mean 'very'"),
        ('variable = "annoyance_road"', 'variable = "annoyance_rod"', "did you mean 'annoyance_road'"),
        ('margins = "population.csv"', 'margins = "people.csv"', "people.csv"),
    ],
)
def test_what_is_wrong_in_wave_toml_is_one_message_and_nothing_is_written(project, kzm, old, new, said):
    path = project / WAVE_TOML
    toml = path.read_text(encoding="utf-8")
    assert old in toml
    path.write_text(toml.replace(old, new, 1), encoding="utf-8")
    code, out, err = kzm("weight", WAVE)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert said in err
    assert not (project / "build").exists()


def test_a_folder_that_cannot_be_written_is_named(project, kzm):
    (project / "w").write_text("a file, not a folder")
    code, out, err = kzm("weight", WAVE, "--out", "w")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "cannot be written" in err


@pytest.mark.parametrize("words", [[], [WAVE, "--lang", "it"], [WAVE, "--no-such-option"]])
def test_wrong_calls_have_exit_code_2(project, kzm, words):
    assert kzm("weight", *words)[0] == 2
    assert not (project / "build").exists()


@pytest.mark.parametrize("columns", ["60", "100"])
def test_nothing_is_cut_in_a_narrow_window(project, columns):
    command = [sys.executable, "-m", "kzm_surveys.cli", "weight", WAVE]
    done = subprocess.run(
        command, env=os.environ | {"COLUMNS": columns}, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "…" not in done.stdout
    together = re.sub(r"[\s│┃]", "", done.stdout)
    assert "female*62_plus" in together or columns == "60"


def test_the_report_does_not_load_the_dossier():
    code = (
        "import sys, kzm_surveys.findings.report, kzm_surveys.cli.report\n"
        "assert not {'kzm_surveys.findings.dossier', 'kzm_surveys.estimation.sensitivity', 'kzm_surveys.plots.weights',"
        " 'kzm_surveys.export.weights'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert callable(report.build_report)
