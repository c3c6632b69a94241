from pathlib import Path

import pytest

from kzm_surveys import KzmError
from kzm_surveys.protection.files import replace_files


@pytest.fixture
def old(tmp_path):
    """Three old files; new ones go beside them."""
    for name in "abc":
        (tmp_path / name).write_text(f"old {name}")
    return tmp_path


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


NEW = {"a": b"new a", "n": b"new n", "b": b"new b", "c": b"new c"}


def locked(name, monkeypatch, step):
    """Let a step fail for one file, as Windows does while a program has it open."""
    real = getattr(Path, step)

    def refuse(path, *arguments, **options):
        if path.name == name:
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, step, refuse)


@pytest.mark.parametrize("step", ["open", "replace"])
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_a_locked_file_is_one_message_and_all_stay_as_they_were(old, monkeypatch, step, name):
    before = contents(old)
    locked(name, monkeypatch, step)
    with pytest.raises(KzmError, match=rf"{name}: cannot be written \(Permission denied\)\. If a program has it open"):
        replace_files({old / key: content for key, content in NEW.items()})
    monkeypatch.undo()
    assert contents(old) == before


def test_a_new_name_that_is_refused_late_leaves_all_as_they_were(old, monkeypatch):
    before = contents(old)
    locked(".c.new", monkeypatch, "replace")
    with pytest.raises(KzmError, match=r"/c: cannot be written"):
        replace_files({old / key: content for key, content in NEW.items()})
    monkeypatch.undo()
    assert contents(old) == before


def test_a_run_that_is_stopped_while_files_get_their_names_leaves_all_as_they_were(old, monkeypatch):
    before, real = contents(old), Path.replace

    def stopped(path, target):
        if path.name == ".c.new":
            raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        replace_files({old / key: content for key, content in NEW.items()})
    monkeypatch.undo()
    assert contents(old) == before


def test_a_locked_file_is_found_before_anything_is_written(old, monkeypatch):
    written = []
    monkeypatch.setattr(Path, "write_bytes", lambda path, _: written.append(path))
    locked("c", monkeypatch, "open")
    with pytest.raises(KzmError, match="cannot be written"):
        replace_files({old / key: content for key, content in NEW.items()})
    assert written == []


def test_nothing_but_the_files_is_left(old):
    assert replace_files({old / key: content for key, content in NEW.items()}) == [old / key for key in NEW]
    assert contents(old) == {key: content.decode() for key, content in NEW.items()}


def test_a_folder_in_the_place_of_a_file_is_refused_and_stays(old):
    (old / "d").mkdir()
    with pytest.raises(KzmError, match=r"/d: cannot be written"):
        replace_files({old / "a": b"new", old / "d": b"new"})
    assert (old / "d").is_dir()
    assert contents(old)["a"] == "old a"
