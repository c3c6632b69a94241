"""Figure scripts: what they must return, what their figures become as files, and how they run alone."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

import kzm_surveys as kzm
from kzm_surveys.errors import CodebookError, FindingError
from kzm_surveys.findings.figure_script import figure_files, names_of, read_script, run_alone, sheet_of
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import Text

WORDS = """[one]
place = "annex"
caption = { sl = "Kaj", en = "What" }
title = { sl = "Naslov", en = "Title" }
compared = { sl = "delež", en = "share" }
"""
BARS = """import kzm_surveys as kzm
from kzm_surveys.plots.bars import bars

def one(sketch):
    ways = kzm.multiple_response(sketch.design, "coping")
    return sketch.drawn(bars, ways, rows=ways)

def figures(design):
    return {"one": one}
"""


def script(folder, text=BARS, words=WORDS, name="trial"):
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    if words is not None:
        path.with_suffix(".toml").write_text(words, encoding="utf-8")
    return path


def figure(name="one", lang="sl", plotted=None):
    words = {key: Text((key,)) for key in ("caption", "foot", "alt", "title")}
    table = pd.DataFrame({"estimate": [0.5]}) if plotted is None else plotted
    return ReportFigure(id=name, figure=Figure((6.3, 2)), lang=lang, plotted=table, **words)


def test_a_script_gives_its_figures_in_its_order(tmp_path, noise):
    text = BARS.replace('{"one": one}', '{"two": one, "one": one, "three": one}')
    words = WORDS + WORDS.replace("[one]", "[two]") + WORDS.replace("[one]", "[three]")
    read = read_script(script(tmp_path, text, words), noise)
    assert list(read.builds) == ["two", "one", "three"]
    assert [made.id for made in read.draw(noise)] == ["two", "one", "three"]
    assert [made.id for made in read.draw(noise, only=["three", "two"])] == ["two", "three"]
    assert read.draw(noise, only=[]) == []
    assert [made.lang for made in read.draw(noise, lang="en", only=["one"])] == ["en"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def figures(", "def pictures(", r"trial\.py has no function 'figures'"),
        ('{"one": one}', '["one"]', r"trial\.py: figures\(design\) must return a dict"),
        ('{"one": one}', '{"one": 1}', "must return a dict"),
        ('{"one": one}', "{1: one}", "must return a dict"),
        ('{"one": one}', '{"one": one, "two": one}', r"trial\.toml: there are no words for the figure 'two'"),
        ('{"one": one}', '{"one": on}', r"trial\.py, line 9: NameError: name 'on' is not defined"),
        ("plots.bars import", "plots.barz import", r"trial\.py, line 2: ModuleNotFoundError"),
        ("def one(sketch):", "def one(sketch:", r"trial\.py, line 4: SyntaxError"),
    ],
)
def test_a_script_that_cannot_be_read_is_told_with_its_place(tmp_path, noise, old, new, said):
    assert old in BARS
    with pytest.raises((FindingError, CodebookError), match=said):
        read_script(script(tmp_path, BARS.replace(old, new)), noise)


def test_a_missing_script_and_missing_words_are_named(tmp_path, noise):
    with pytest.raises(FindingError, match=r"there is no .*trial\.py. Write it"):
        read_script(tmp_path / "trial.py", noise)
    with pytest.raises(CodebookError, match=r"there is no .*trial\.toml, the words of the figures. Write it"):
        read_script(script(tmp_path, words=None), noise)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return sketch.drawn(bars, ways, rows=ways)", "1 / 0", r"trial\.py, line 6: ZeroDivisionError"),
        ("rows=ways)", "rows=ways, colour=1)", r"trial\.py, line 6: TypeError.*colour"),
        ("return sketch.drawn", "sketch.drawn", "figure 'one': its function must return a ReportFigure"),
        ('"coping"', '"copping"', "figure 'one': unknown select-all set 'copping'; did you mean 'coping'"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_told_with_its_place(tmp_path, noise, old, new, said):
    assert old in BARS
    read = read_script(script(tmp_path, BARS.replace(old, new)), noise)
    with pytest.raises(FindingError, match=said):
        read.draw(noise)


def test_two_scripts_may_not_draw_figures_of_one_name(tmp_path, noise):
    first, again = (read_script(script(tmp_path, name=name), noise) for name in ("first", "again"))
    assert names_of([first]) == ["one"]
    with pytest.raises(FindingError, match=r"again\.py: a figure named 'one' exists already"):
        names_of([first, again])


def test_files_of_a_figure_are_named_by_language_and_width():
    made = figure_files([figure(), figure("two", "en")], ["svg", "pdf"], width="half")
    assert {name: list(files) for name, files in made.items()} == {name: ["svg", "pdf", "csv"] for name in made}
    assert made["one"]["svg"][0] == "one_half.svg"
    assert made["two"]["csv"][0] == "two_en_half.csv"
    assert made["one"]["pdf"][1].startswith(b"%PDF")
    assert b"0.5" in made["one"]["csv"][1]


def test_a_figure_without_numbers_has_no_table():
    assert list(figure_files([figure(plotted=pd.DataFrame())], ["svg"])["one"]) == ["svg"]


def test_files_are_the_same_bytes_again(tmp_path, noise):
    read = read_script(script(tmp_path), noise)
    first, again = (figure_files(read.draw(noise)) for _ in range(2))
    assert first == again


def real(design):
    survey = design.survey
    return kzm.SurveyDesign.from_survey(replace(survey, source=replace(survey.source, synthetic=False)))


def test_the_sheet_says_which_answers_are_invented(noise, breastfeeding):
    files = figure_files([figure()], ["svg"])
    mark = "SINTETIČNI PODATKI"

    def sheet(*designs):
        return sheet_of([figure()], files, designs, lang="sl").decode()

    assert f'<p class="mark">{mark}' in sheet(noise, breastfeeding)
    assert mark not in sheet(real(noise), real(breastfeeding))
    assert '<p class="mark">Dojenje v Mestni občini Koper, 2022: SINTETIČNI' in sheet(real(noise), breastfeeding)


@pytest.fixture
def small(project):
    """A project folder whose noise script draws one figure."""
    script(project / "figures", name="noise")
    return project


def test_a_script_runs_alone_from_any_folder_and_writes_into_its_project(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = run_alone(small / "figures/noise.py", "surveys/noise/2021")
    assert [path.name for path in written] == ["one.svg", "one.png", "one.pdf", "one.csv"]
    assert all(path.is_file() and path.parent == small / "build/figures" for path in written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project"]


def test_a_script_that_fails_alone_says_so_in_one_message(small):
    (small / "figures/noise.toml").unlink()
    with pytest.raises(SystemExit, match=r"there is no .*noise\.toml"):
        run_alone(small / "figures/noise.py", "surveys/noise/2021")
    with pytest.raises(SystemExit, match="there is no such wave folder"):
        run_alone(small / "figures/noise.py", "surveys/noise/1999")
    assert not (small / "build").exists()


def test_the_shipped_script_runs_alone(project, tmp_path):
    ran = subprocess.run(
        [sys.executable, str(project / "figures/breastfeeding.py")], cwd=tmp_path, capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    names = [Path(line).name for line in ran.stdout.splitlines()]
    assert {"breastfeeding_support.svg", "breastfeeding_support.csv"} <= set(names)
    assert sorted(names) == sorted(path.name for path in (project / "build/figures").iterdir())
    shutil.rmtree(project / "build")


def test_unweighted_answers_have_no_figures_of_the_weighting(noise):
    bare = kzm.SurveyDesign.from_survey(noise.survey)
    weighted, unweighted = (set(read_script(Path("figures/noise.py"), design).builds) for design in (noise, bare))
    assert weighted - unweighted == {"noise_sample_and_population", "noise_pyramid", "noise_weights"}
