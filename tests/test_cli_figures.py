"""kzm figures from the outside: what it prints, what it writes, and its exit code."""

import re

import pandas as pd
import pytest

from tests.test_report import change

ONE = "noise_annoyance_by_place"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_every_figure_in_all_kinds_with_its_numbers_and_the_contact_sheet(project, kzm):
    code, out, err = kzm("figures")
    assert code == 0
    assert "… figures/noise.py" in err
    assert out.splitlines()[-1] == "build/figures/index.html"
    assert "SYNTHETIC answers (responses.sav)" in out
    written = names(project / "build/figures")
    figures = sorted(name.removesuffix(".svg") for name in written if name.endswith(".svg"))
    assert len(figures) >= 26
    assert written == sorted(
        ["index.html", *(f"{name}.{kind}" for name in figures for kind in ("svg", "png", "pdf", "csv"))]
    )
    sheet = (project / "build/figures/index.html").read_text(encoding="utf-8")
    for name in figures:
        assert f'src="{name}.svg"' in sheet
        for kind in ("svg", "png", "pdf", "csv"):
            assert f'href="{name}.{kind}"' in sheet
    table = pd.read_csv(project / f"build/figures/{ONE}.csv")
    assert table["estimate"].between(0, 1).all()
    assert table.astype(str).apply(lambda row: row.str.contains("sintetični podatki").any(), axis=1).all()


def test_one_figure_in_english_for_half_a_column_leaves_the_sheet_alone(project, kzm):
    (project / "build/figures").mkdir(parents=True)
    (project / "build/figures/index_en_half.html").write_text("old", encoding="utf-8")
    code, out, _ = kzm("figures", "--only", ONE, "--format", "svg", "--lang", "en", "--width", "half")
    assert code == 0
    assert out.splitlines()[-1] == "build/figures"
    assert names(project / "build/figures") == ["index_en_half.html", f"{ONE}_en_half.csv", f"{ONE}_en_half.svg"]
    assert (project / "build/figures/index_en_half.html").read_text(encoding="utf-8") == "old"
    svg = (project / f"build/figures/{ONE}_en_half.svg").read_text(encoding="utf-8")
    assert "type of place" in svg
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) == pytest.approx(3.05 * 72)


def test_several_figures_may_be_named_and_stand_in_the_order_of_the_scripts(project, kzm):
    chosen = ["noise_health", "breastfeeding_needs"]
    code, out, _ = kzm("figures", "--only", chosen[0], "--only", chosen[1], "--format", "png,svg", "--out", "here")
    assert code == 0
    assert out.index("breastfeeding_needs") < out.index("noise_health")  # as in the report
    assert names(project / "here") == sorted(f"{name}.{kind}" for name in chosen for kind in ("csv", "png", "svg"))


def test_figures_may_be_joined_by_commas_too(project, kzm):
    assert (
        kzm("figures", "--only", "noise_health, breastfeeding_needs", "--format", "SVG, pdf", "--out", "here")[0] == 0
    )
    wanted = [f"{name}.{kind}" for name in ("breastfeeding_needs", "noise_health") for kind in ("csv", "pdf", "svg")]
    assert names(project / "here") == wanted


def test_another_data_file_is_drawn_in_place_of_the_named_one(project, kzm):
    assert kzm("synthesize", "surveys/noise/2021", "--seed", 5, "--n", 300, "--out", "dry.sav")[0] == 0
    code, out, _ = kzm("figures", "--only", ONE, "--format", "svg", "--data", "noise=dry.sav")
    assert code == 0
    assert "noise 2021: warning: file: 300 respondents, wave.toml says 508" in out
    drawn = pd.read_csv(project / f"build/figures/{ONE}.csv")
    assert drawn["n"].max() < 300
    code, _, err = kzm("figures", "--only", ONE, "--data", "noise=missing.sav")
    assert code == 1
    assert "missing.sav" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "noise_annoyance_by_plac"], "unknown figure 'noise_annoyance_by_plac'; did you mean"),
        (["--format", "jpg"], "unknown kind of picture 'jpg'"),
        (["--format", ""], "unknown kind of picture ''"),
        (["--width", "quarter"], "quarter"),
        (["--lang", "it"], "it"),
        (["--data", "noise"], "write SURVEY=FILE"),
    ],
)
def test_a_wrong_call_is_told_and_writes_nothing(project, kzm, words, said):
    code, _, err = kzm("figures", *words)
    assert code == 2
    assert said in err
    assert not (project / "build").exists()


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("figures/noise.py", "def by_place(sketch: Sketch) -> ReportFigure:\n", "def by_place(sketch):\n    1 / 0\n",
         r"figures.noise\.py, line \d+: ZeroDivisionError"),
        ("figures/noise.toml", "[noise_health]", "[noise_healthy]", r"no words for the figure 'noise_health'"),
        ("figures/noise.toml", 'en = "When noise disturbs"', 'en = "When 508 noises disturb"',
         "a digit is typed by hand"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_script_is_one_message_and_nothing_is_written(project, kzm, path, old, new, said):
    change(project / path, old, new)
    code, _, err = kzm("figures", "--format", "svg")
    assert code == 1
    assert re.search(said, err)
    assert not (project / "build").exists()


def test_a_folder_without_waves_is_refused(tmp_path, monkeypatch, kzm):
    monkeypatch.chdir(tmp_path)
    code, _, err = kzm("figures")
    assert code == 1
    assert "has no wave. Run the command in the project folder" in err
    code, _, err = kzm("figures", "--year", 1999)
    assert "has no wave reported in 1999" in err
