"""The one door: which files come out, which are never touched, and nothing half-written."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.export import make
from kzm_surveys.export.make import export_survey
from kzm_surveys.loaders import examine
from kzm_surveys.protection.files import replace_files
from tests.export import rich, rich_wave
from tests.loaders import tiny


@pytest.fixture
def survey(tmp_path):
    return rich(tmp_path)


@pytest.mark.parametrize(
    ("to", "names"),
    [("sav", ["rich_2025.sav"]), ("csv", ["rich_2025.csv", "rich_2025_codebook.csv"]), ("ddi", ["rich_2025.xml"])],
)
def test_files_stand_in_the_build_folder_unless_named(tmp_path, monkeypatch, survey, to, names):
    monkeypatch.chdir(tmp_path)
    assert export_survey(survey, to) == [Path("build/export") / name for name in names]
    assert sorted(path.name for path in (tmp_path / "build/export").iterdir()) == names


@pytest.mark.parametrize("name", ["a.sav", "a.zsav", "A.SAV", "a.csv"])
def test_a_data_file_reads_back_equal(tmp_path, name):
    folder = rich_wave(tmp_path)
    survey = examine(folder)
    out = tmp_path / "deep" / "er" / name
    to = "csv" if name.endswith("csv") else "sav"
    assert export_survey(survey, to, out, "en")[0] == out
    again = examine(folder, out)
    pd.testing.assert_frame_equal(again.responses, survey.responses, check_index_type=False)
    pd.testing.assert_frame_equal(again.missing, survey.missing, check_index_type=False)


def test_two_runs_give_the_same_bytes(tmp_path):
    survey = kzm.load("surveys/noise/2021")
    for to, name in (("sav", "a.sav"), ("csv", "a.csv"), ("ddi", "a.xml")):
        first = {path: path.read_bytes() for path in export_survey(survey, to, tmp_path / name)}
        again = {path: path.read_bytes() for path in export_survey(survey, to, tmp_path / name)}
        assert first == again


@pytest.mark.parametrize(("to", "name"), [("sav", "a.csv"), ("csv", "a.sav"), ("ddi", "a.csv"), ("csv", "a")])
def test_a_name_with_another_ending_is_refused(tmp_path, survey, to, name):
    with pytest.raises(kzm.DataError, match=rf"a file for {to} ends in \."):
        export_survey(survey, to, tmp_path / name)


def test_an_unknown_format_is_refused(survey):
    with pytest.raises(kzm.DataError, match="cannot export to 'cvs'; did you mean 'csv'"):
        export_survey(survey, "cvs")


def test_the_data_file_of_the_wave_is_never_replaced(tmp_path):
    folder = rich_wave(tmp_path)
    before = (folder / "answers.csv").read_bytes()
    with pytest.raises(
        kzm.DataError, match=r"stands in the wave folder and is never replaced. Give --out another name"
    ):
        export_survey(examine(folder), "csv", folder / "answers.csv")
    assert (folder / "answers.csv").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["answers.csv", "wave.toml"]


def test_no_file_of_the_wave_folder_is_replaced_by_any_way_to_it(tmp_path, monkeypatch):
    folder = rich_wave(tmp_path)
    survey = examine(folder)
    (folder / "x_codebook.csv").write_text("margins")
    monkeypatch.chdir(folder)
    (tmp_path / "link").symlink_to(folder)
    for out in (tmp_path / "link" / "answers.csv", "answers.csv", folder / ".." / "2025" / "x.csv"):
        with pytest.raises(kzm.DataError, match="never replaced"):
            export_survey(survey, "csv", out)
    assert (folder / "x_codebook.csv").read_text() == "margins"
    assert not (folder / "x.csv").exists()


def test_a_file_given_with_data_is_never_replaced_wherever_it_stands(tmp_path):
    folder = tiny(tmp_path)
    shutil.copy(folder / "answers.sav", tmp_path / "real.sav")
    survey = examine(folder, tmp_path / "real.sav")
    with pytest.raises(kzm.DataError, match="is the file that the answers were read from and is never replaced"):
        export_survey(survey, "sav", tmp_path / "real.sav")
    export_survey(survey, "sav", tmp_path / "other.sav")
    export_survey(survey, "sav", tmp_path / "other.sav")  # an earlier export is replaced


def test_a_folder_is_no_file(tmp_path, survey):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(kzm.DataError, match="is a folder"):
        export_survey(survey, "csv", tmp_path / "a.csv")


def test_nothing_is_left_when_a_file_cannot_be_written(tmp_path, survey):
    (tmp_path / "file").write_text("x")
    with pytest.raises(kzm.DataError, match="cannot be written"):
        export_survey(survey, "csv", tmp_path / "file" / "a.csv")
    target = tmp_path / "there" / "b.csv"
    target.parent.mkdir()
    (target.parent / ".b_codebook.csv.new").mkdir()  # the second file cannot even be begun
    with pytest.raises(kzm.DataError, match="cannot be written"):
        export_survey(survey, "csv", target)
    assert [path.name for path in target.parent.iterdir()] == [".b_codebook.csv.new"]


def test_what_to_do_about_a_file_that_cannot_be_written_depends_on_why(tmp_path, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    target = tmp_path / "a.csv"
    monkeypatch.setattr(make.Path, "replace", denied)  # as Windows does for a file that a program has open
    with pytest.raises(kzm.DataError, match=r"a\.csv: cannot .* has it open, close it"):
        replace_files({target: b"1"})
    monkeypatch.setattr(make.Path, "write_bytes", denied)
    with pytest.raises(kzm.DataError, match=r"a\.csv: cannot .* who may write into its folder"):
        replace_files({target: b"1"})
    assert list(tmp_path.iterdir()) == []


def test_files_get_their_names_only_when_all_are_written(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")
    written = []

    def replace(source, target):
        written.append(sorted(path.name for path in tmp_path.iterdir()))
        return source.rename(target)

    monkeypatch.setattr(make.Path, "replace", replace)
    replace_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert written[0] == [".a.new", ".b.new", "a"]
    assert (tmp_path / "a").read_bytes() + (tmp_path / "b").read_bytes() == b"12"


def test_a_survey_that_spss_cannot_hold_is_one_error_and_no_file(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    data = survey.wave.data.model_copy(update={"columns": {"sex": "x" * 70}})
    object.__setattr__(survey, "wave", survey.wave.model_copy(update={"data": data}))
    with pytest.raises(kzm.DataError, match="SPSS file cannot hold"):
        export_survey(survey, "sav", tmp_path / "a.sav")
    assert not (tmp_path / "a.sav").exists()


def test_a_run_that_is_stopped_leaves_nothing_half_written(tmp_path, monkeypatch):
    write = Path.write_bytes

    def stopped(path, content):
        if content == b"2":
            raise KeyboardInterrupt
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", stopped)
    with pytest.raises(KeyboardInterrupt):
        replace_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert list(tmp_path.iterdir()) == []
