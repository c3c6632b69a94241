import csv
import shutil
import tomllib

import pytest

import kzm_surveys as kzm
from kzm_surveys.codebook import CodebookError
from kzm_surveys.drafting.new_wave import new_wave
from kzm_surveys.synthesis.make import synthesize
from kzm_surveys.wave import read_wave
from tests.drafting import fill_in
from tests.loaders import SURVEYS, write_wave


@pytest.fixture
def surveys(tmp_path):
    for survey in ("noise", "breastfeeding"):
        shutil.copytree(SURVEYS / survey, tmp_path / survey)
    return tmp_path


def everything(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def toml_of(folder):
    return tomllib.loads((folder / "wave.toml").read_text(encoding="utf-8"))


def made_from(root, *changes):
    """wave.toml of wave 2027 made from wave 2025 of the tiny survey, with pieces of the old one replaced."""
    old = write_wave(root)
    text = (old / "wave.toml").read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (old / "wave.toml").write_text(text, encoding="utf-8")
    new_wave(root / "tiny" / "2027", "2025")
    return (root / "tiny" / "2027" / "wave.toml").read_text(encoding="utf-8")


def test_facts_that_last_are_carried_over_and_those_of_the_old_wave_are_not(surveys):
    new_wave(surveys / "noise" / "2023", "2021")
    old, new = toml_of(surveys / "noise" / "2021"), toml_of(surveys / "noise" / "2023")
    for key in ("survey", "mode", "population", "sponsor", "conductor", "processing", "sampling"):
        assert new[key] == old[key]
    assert new["wave"] == "2023"
    assert new["title"]["sl"] == "Zaznavanje okoljskega hrupa v Mestni občini Koper, 2023"
    assert {key for key in old["data"] if new["data"][key] == old["data"][key]} == {"format", "id"}
    assert {key for key in old["weighting"] if new["weighting"][key] != old["weighting"][key]} == {"population"}
    assert {key for key in old["report"] if new["report"][key] != old["report"][key]} == {"year"}
    assert all(str(count).startswith("FILL IN: ") for count in new["dispositions"].values())
    assert list(new) == list(old)
    assert all(list(new[table]) == list(old[table]) for table in new if isinstance(new[table], dict))


def test_all_that_is_open_is_returned_and_refused_in_one_list(surveys):
    made = new_wave(surveys / "breastfeeding" / "2024", surveys / "breastfeeding" / "2022")
    assert [entry.key for entry in made.to_fill_in] == [
        "synthetic", "fieldwork.first", "fieldwork.last", "fieldwork.approximate", "data.file", "data.sha256", "data.n",
        "data.rows", "report.year",
    ]  # fmt: skip
    assert made.to_fill_in[6].what == "number of respondents, without quotes (in 2022: 214)"
    with pytest.raises(CodebookError, match="not yet filled in") as caught:
        kzm.load(surveys / "breastfeeding" / "2024")
    assert all(entry.key in str(caught.value) for entry in made.to_fill_in)


def test_every_line_that_was_copied_is_marked(surveys):
    new_wave(surveys / "breastfeeding" / "2024", "2022")
    lines = (surveys / "breastfeeding" / "2024" / "wave.toml").read_text(encoding="utf-8").splitlines()
    marked = {line.split(" = ")[0] for line in lines if line.endswith("# REVIEW: copied from 2022")}
    assert marked == {
        "mode", "population", "sponsor", "conductor", "processing", "recruitment", "kind", "note", "format", "id",
        "method", "order",
        "headings", "[data.columns] # REVIEW: copied from 2022", "[data.units] # REVIEW: copied from 2022",
        "breaks", "means", "] # REVIEW: copied from 2022", "[[tables.nets]] # REVIEW: copied from 2022",
    }  # fmt: skip
    assert "# REVIEW, copied from 2022: 1KA numbers questions in the order of the questionnaire." in lines
    assert 'age = "Q1"' in lines
    title = next(line for line in lines if line.startswith("title"))
    assert title.endswith("# REVIEW: copied from 2022, the year changed")


def test_comments_stay_and_say_where_they_come_from(surveys):
    new_wave(surveys / "noise" / "2023", "2021")
    old = (surveys / "noise" / "2021" / "wave.toml").read_text(encoding="utf-8")
    new = (surveys / "noise" / "2023" / "wave.toml").read_text(encoding="utf-8")
    for line in old.splitlines():
        if line.startswith("#"):
            assert line in new or line.replace("# ", "# REVIEW, copied from 2021: ", 1) in new
    assert "the methods paragraph counts them; REVIEW: copied from 2021\n" in new
    assert '#   extends = "../codebook.toml"\n' in new


@pytest.mark.parametrize(("survey", "old", "new"), [("noise", "2021", "2023"), ("breastfeeding", "2022", "2024")])
def test_wave_loads_once_it_is_filled_in(surveys, survey, old, new):
    folder = surveys / survey / new
    new_wave(folder, old)
    name = "responses.sav" if survey == "noise" else "export.csv"
    fill_in(folder / "wave.toml", file=f'"{name}"')
    made = synthesize(folder, seed=7)
    fill = (folder / "wave.toml").read_text(encoding="utf-8")
    fill = fill.replace('sha256 = ""', f'sha256 = "{made.sha256}"').replace("rows = 300", f"rows = {made.rows}")
    (folder / "wave.toml").write_text(fill, encoding="utf-8")
    loaded = kzm.load(folder)
    assert (len(loaded), loaded.wave.name, loaded.problems) == (300, f"{survey} {new}", ())
    assert list(loaded.codebook.variables) == list(kzm.load(surveys / survey / old).codebook.variables)


def test_margins_keep_their_rows_and_none_of_their_figures(surveys):
    made = new_wave(surveys / "noise" / "2023", "2021")
    old, new = (
        list(csv.DictReader((surveys / "noise" / wave / "population.csv").read_text(encoding="utf-8").splitlines()))
        for wave in ("2021", "2023")
    )
    kept = ("variable", "category", "use_as", "population")
    assert [[row[key] for key in kept] for row in new] == [[row[key] for key in kept] for row in old]
    assert {row[key] for row in new for key in ("count", "date", "status", "source")} == {"FILL IN"}
    assert made.to_fill_in[-1][1:] == ("count, date, status, source", "the figures of this wave, in every row")
    with pytest.raises(kzm.WeightingError, match=r"population\.csv.*FILL IN"):
        kzm.read_margins(surveys / "noise" / "2023" / "population.csv")


def test_published_numbers_and_answers_stay_behind(surveys):
    made = new_wave(surveys / "noise" / "2023", "2021")
    assert [path.name for path in made.paths] == ["wave.toml", "population.csv"]
    assert sorted(path.name for path in (surveys / "noise" / "2023").iterdir()) == ["population.csv", "wave.toml"]


def test_wave_with_questions_of_its_own_hands_them_on(surveys):
    own = surveys / "noise" / "2021" / "codebook.toml"
    own.write_text('extends = "../codebook.toml"\ndrop = ["questions.years_at_address"]\n', encoding="utf-8")
    new_wave(surveys / "noise" / "2023", "2021")
    fill_in(surveys / "noise" / "2023" / "wave.toml")
    _, codebook = read_wave(surveys / "noise" / "2023")
    assert "years_at_address" not in codebook
    assert "annoyance_road" in codebook


def test_a_third_wave_bears_the_marks_of_the_second_only(surveys):
    new_wave(surveys / "noise" / "2023", "2021")
    fill_in(surveys / "noise" / "2023" / "wave.toml")
    new_wave(surveys / "noise" / "2025", "2023")
    text = (surveys / "noise" / "2025" / "wave.toml").read_text(encoding="utf-8")
    assert "copied from 2021" not in text
    assert text.count("made from wave") == 1
    second = (surveys / "noise" / "2023" / "wave.toml").read_text(encoding="utf-8")
    assert text.count("REVIEW") == second.count("REVIEW")


def test_earlier_wave_that_is_not_filled_in_is_no_source(surveys):
    new_wave(surveys / "noise" / "2023", "2021")
    before = everything(surveys)
    with pytest.raises(CodebookError, match="not yet filled in"):
        new_wave(surveys / "noise" / "2025", "2023")
    assert everything(surveys) == before


@pytest.mark.parametrize(
    ("folder", "source", "message"),
    [
        ("noise/2021", "2021", "is there already and not empty"),
        ("noise/2023", "2020", r"unknown wave '2020'; did you mean '2021'\? Allowed: 2021\."),
        ("noise/2023", "../breastfeeding/2022", "which is of another survey. Waves of 'noise': 2021"),
        ("traffic/2023", "2021", "unknown wave"),
        ("noise/Autumn 2023", "2021", "'Autumn 2023' cannot name a survey or a wave"),
    ],
)
def test_a_folder_or_source_that_cannot_be_is_refused_and_nothing_is_written(surveys, folder, source, message):
    before = everything(surveys)
    with pytest.raises(CodebookError, match=message):
        new_wave(surveys / folder, source)
    assert everything(surveys) == before


def test_a_file_of_that_name_is_not_replaced(surveys):
    (surveys / "noise" / "2023").write_text("a note", encoding="utf-8")
    with pytest.raises(CodebookError, match="is there already and not empty"):
        new_wave(surveys / "noise" / "2023", "2021")
    assert (surveys / "noise" / "2023").read_text(encoding="utf-8") == "a note"


def test_an_empty_folder_is_taken(surveys):
    (surveys / "noise" / "2023").mkdir()
    assert new_wave(surveys / "noise" / "2023", "2021").paths[0].is_file()


def test_margins_that_cannot_be_read_are_said_and_nothing_is_written(surveys):
    (surveys / "noise" / "2021" / "population.csv").unlink()
    before = everything(surveys)
    with pytest.raises(CodebookError, match=r"population\.csv: the margins of the earlier wave cannot be read"):
        new_wave(surveys / "noise" / "2023", "2021")
    assert everything(surveys) == before


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_left(surveys, monkeypatch):
    before = everything(surveys)
    monkeypatch.setattr("pathlib.Path.replace", _full_disk)
    with pytest.raises(CodebookError, match=r"cannot be written \(No space left on device\)\. Nothing was made"):
        new_wave(surveys / "noise" / "2023", "2021")
    assert everything(surveys) == before


def _full_disk(path, target):
    raise OSError(28, "No space left on device", str(target))


def test_tables_may_be_written_inline_or_with_dotted_keys(tmp_path):
    text = made_from(
        tmp_path,
        ("[fieldwork]\nfirst = 2025-04-01\nlast = 2025-04-02\n", ""),
        ("synthetic = false\n", "synthetic = false # made up = no\nfieldwork.first = 2025-04-01\n"
                                "fieldwork.last = 2025-04-02 # was #2\n"),
        ("n = 4\n", 'n = 4\nunits = { statuses = [\n  5, # partly = 1\n  6,\n] }\ncolumns = { sex = "SP#OL" }\n'),
    )  # fmt: skip
    new = tomllib.loads(text)
    assert new["fieldwork"]["first"].startswith("FILL IN: first day of fieldwork")
    assert new["data"]["columns"] == {"sex": "SP#OL"}
    assert new["data"]["units"] == {"statuses": [5, 6]}
    assert "5, # partly = 1" in text
    assert "] } # REVIEW: copied from 2025\n" in text
    assert "# was #2; REVIEW: copied from 2025\n" in text


def test_title_may_be_a_table(tmp_path):
    inline = 'title = { sl = "Poskus 2025", en = "Trial 2025" }\n'
    text = made_from(tmp_path, (inline, ""), ("[report]", '[title]\nsl = "Poskus 2025"\nen = "Trial 2025"\n\n[report]'))
    assert tomllib.loads(text)["title"] == {"sl": "Poskus 2027", "en": "Trial 2027"}
    assert 'en = "Trial 2027" # REVIEW: copied from 2025, the year changed\n' in text


def test_title_with_another_year_or_the_name_of_the_wave_is_to_be_filled_in(tmp_path):
    both = ('{ sl = "Poskus 2025", en = "Trial 2025" }', '{ sl = "Poskus 2024/2025", en = "Trial 2025" }')
    title = tomllib.loads(made_from(tmp_path, both))["title"]
    assert title["sl"] == "FILL IN: title of the wave (in 2025: Poskus 2024/2025)"


def test_title_without_a_year_is_kept(tmp_path):
    both = ('{ sl = "Poskus 2025", en = "Trial 2025" }', '{ sl = "Poskus", en = "Trial" }')
    assert tomllib.loads(made_from(tmp_path, both))["title"] == {"sl": "Poskus", "en": "Trial"}
