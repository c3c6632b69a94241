"""kzm tables from the outside: what it prints, what it writes, and its exit code."""

import openpyxl
import pytest

from tests.test_cli import run

NOISE, MOTHERS = "surveys/noise/2021", "surveys/breastfeeding/2022"
NOISE_TOML = f"{NOISE}/wave.toml"


def book(path):
    return openpyxl.load_workbook(path)


def texts(page):
    return [cell.value for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]


def change(project, old, new):
    path = project / NOISE_TOML
    toml = path.read_text(encoding="utf-8")
    assert old in toml
    path.write_text(toml.replace(old, new, 1), encoding="utf-8")


def test_prints_and_writes_the_workbook_of_a_weighted_wave(project, kzm):
    code, out, err = kzm("tables", NOISE)
    assert (code, err) == (0, "")
    assert "noise 2021: responses.sav, 508 respondents, SYNTHETIC" in out.splitlines()
    assert out.splitlines()[-1] == "build/tables/noise_2021.xlsx"
    assert "by sex, age_group, place_type, education" in out
    assert "warning: bases under 30: age_group=18_39 in " in out
    assert "cells withheld" in out
    assert [path.name for path in (project / "build/tables").iterdir()] == ["noise_2021.xlsx"]
    found = book(project / "build/tables/noise_2021.xlsx")
    assert found.sheetnames[0] == "Kazalo"
    assert found.sheetnames[1] == "1 Motečnost hrupa po virih"
    assert found.sheetnames[-1] == "Oznake"
    assert len(found.sheetnames) == 10


def test_an_opt_in_wave_says_why_it_has_no_letters(project, kzm):
    code, out, err = kzm("tables", MOTHERS, "--lang", "en", "--out", "build/mothers.xlsx")
    assert (code, err) == (0, "")
    assert "note: the sample is opt-in" in out
    found = book(project / "build/mothers.xlsx")
    assert found.sheetnames[0] == "Contents"
    assert any("must not be generalised" in text for text in texts(found.worksheets[1]))


def test_two_runs_write_the_same_bytes(project, kzm):
    for name in ("a.xlsx", "b.xlsx"):
        assert kzm("tables", NOISE, "--out", name)[0] == 0
    assert (project / "a.xlsx").read_bytes() == (project / "b.xlsx").read_bytes()


def test_another_file(project, kzm):
    kzm("synthesize", NOISE, "--seed", 5, "--n", 700, "--out", "dry.sav")
    code, out, _ = kzm("tables", NOISE, "--data", "dry.sav", "--out", "t.xlsx")
    assert code == 0
    assert "dry.sav, 700 respondents, SYNTHETIC" in out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('breaks = ["sex"', 'breaks = ["sexx"', ["tables.breaks (line", "did you mean 'sex'", "Allowed: sex, "]),
        ('breaks = ["sex"', 'breaks = ["age"', ["tables.breaks (line", "'age'", "Allowed: sex, "]),
        ('breaks = ["sex"', 'breaks = ["sex", "sex"', ["tables.breaks", "'sex' stands twice"]),
        ('rows = ["health"]', 'rows = ["helth"]', ["tables.sheets.3.rows", "did you mean 'health'", "Allowed: "]),
        ('rows = ["health"]', 'rows = ["proposals"]', ["tables.sheets.3.rows", "unknown question 'proposals'"]),
        ('rows = ["health"]', 'rows = ["sex"]', ["tables.sheets.3.rows", "'sex' is a break"]),
        ('rows = ["health"]', 'rows = ["health", "age"]', ["tables.sheets.3.title", "needs a title"]),
        ('rows = ["health"]', "rows = []", ["tables.sheets.3.rows", "at least 1"]),
        ('means = ["annoyance"', 'means = ["health"', ["tables.means", "'health'", "Allowed: annoyance, "]),
        ('of = "opinion"', 'of = "health"', ["tables.nets.2.of", "'health'", "Allowed: "]),
        ('["agree", "strongly_agree"]', '["agree", "agre"]', ["tables.nets.2.categories", "did you mean 'agree'"]),
        ('["agree", "strongly_agree"]', '["agree", "agree"]', ["tables.nets.2.categories", "'agree'"]),
        ("[tables]\nbreaks", "[tables]\nbreak", ["tables.break", "unknown key"]),
    ],
)
def test_what_is_wrong_in_wave_toml_is_one_message_and_nothing_is_written(project, kzm, old, new, words):
    change(project, old, new)
    code, out, err = kzm("tables", NOISE)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert NOISE_TOML in err
    for word in words:
        assert word in err, word
    assert not (project / "build").exists()


def test_a_wave_without_tables_says_what_to_write(project, kzm):
    path = project / NOISE_TOML
    before, _, after = path.read_text(encoding="utf-8").partition("# What `kzm tables`")
    path.write_text(before + "# Ten results" + after.partition("# Ten results")[2], encoding="utf-8")
    code, out, err = kzm("tables", NOISE)
    assert (code, out) == (1, "")
    assert "noise 2021: wave.toml has no [tables]" in err
    assert "breaks = " in err


def test_the_next_wave_takes_the_tables_over(project, kzm):
    assert kzm("new", "surveys/noise/2023", "--from", "2021")[0] == 0
    assert 'rows = ["annoyance"]' in (project / "surveys/noise/2023/wave.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "WAVE"), ([NOISE, "--lang", "it"], "--lang"), ([NOISE, "--out", "build"], ".xlsx"),
     ([NOISE, "--out", "a.xls"], ".xlsx"), ([NOISE, "--no-such-option"], "--no-such-option")],
)  # fmt: skip
def test_wrong_calls_have_exit_code_2(project, kzm, words, said):
    code, out, err = kzm("tables", *words)
    assert code == 2
    assert said in out + err
    assert not (project / "build").exists()


@pytest.mark.parametrize(("words", "said"), [(["--data", "none.sav"], "none.sav"), (["--out", "f/t.xlsx"], "written")])
def test_what_cannot_be_read_or_written_has_exit_code_1(project, kzm, words, said):
    (project / "f").write_text("a file, not a folder")
    code, out, err = kzm("tables", NOISE, *words)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize("columns", ["50", "100"])
def test_nothing_is_cut_in_a_narrow_window(project, columns):
    done = run(project, "tables", MOTHERS, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    assert "…" not in done.stdout
    assert "build/tables/breastfeeding_2022.xlsx" in done.stdout.splitlines()
