"""A wave's codebook that extends another: what it changes, and which file an error names."""

import pytest

from kzm_surveys.codebook import CodebookError, read_codebook
from kzm_surveys.wave import read_wave
from tests.loaders import TINY, write_wave

TEXT = '{ sl = "a", en = "a" }'
MUSIC = f'kind = "text"\nlabel = {TEXT}\nquestion = {{ sl = "Glasba?", en = "Music?" }}'


def extended(root, *layers):
    """The tiny codebook and, each in a folder inside the last, the codebooks that extend it; path of the last."""
    path = root / "codebook.toml"
    path.write_text(TINY, encoding="utf-8")
    for number, layer in enumerate(layers):
        path = path.parent / f"wave{number}" / "codebook.toml"
        path.parent.mkdir()
        path.write_text(f'extends = "../codebook.toml"\n{layer}', encoding="utf-8")
    return path


def test_nothing_changed_is_the_same_codebook(tmp_path):
    assert read_codebook(extended(tmp_path, "")) == read_codebook(tmp_path / "codebook.toml")


def test_entries_are_replaced_in_place_added_at_the_end_and_dropped(tmp_path):
    layer = f"""
title = {{ sl = "Poskus 2026", en = "Trial 2026" }}
drop = ["questions.hours", "derived.themes"]

[questions.music]
{MUSIC}

[questions.sex]
kind = "single"
label = {TEXT}
question = {{ sl = "Spol osebe?", en = "Sex of the person?" }}
categories = [{{ name = "x", code = 1, label = {TEXT} }}, {{ name = "y", code = 2, label = {TEXT} }}]

[missing.refused]
code = 99
label = {{ sl = "noče", en = "will not" }}

[scales.steps]
categories = [{{ name = "no", code = 0, label = {TEXT} }}, {{ name = "very", code = 1, label = {TEXT} }}]

[derived.annoyed]
of = "annoyance_port"
label = {TEXT}
top = 1
"""
    book = read_codebook(extended(tmp_path, layer))
    assert list(book.questions) == ["sex", "age", "annoyance", "proposals", "music"]
    assert list(book.derived) == ["age_group", "annoyed"]
    assert (book.title["en"], book.status["en"], book.survey) == ("Trial 2026", "invented", "tiny")
    # Replaced wholly: nothing of the old entry is left.
    assert [c.name for c in book["sex"].categories] == ["x", "y"]
    assert book["annoyed"].rests_on == ("annoyance_port",)
    assert [c.name for c in book["annoyance_road"].categories] == ["no", "very"]
    assert book.reason_labels("refused")["en"] == "will not"
    assert book.reason_labels("dont_know")["en"] == "don't know"


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("music", ["sex", "music", "age", "annoyance", "hours", "proposals"]),
        ("proposals", ["sex", "proposals", "age", "annoyance", "hours"]),
    ],
)
def test_entry_may_stand_behind_another(tmp_path, name, order):
    book = read_codebook(extended(tmp_path, f'[questions.{name}]\nafter = "sex"\n{MUSIC}'))
    assert list(book.questions) == order


def test_chain_of_waves_keeps_what_each_changed(tmp_path):
    first = f'[questions.music]\n{MUSIC}\n[questions.sound]\nafter = "sex"\n{MUSIC}'
    second = f'drop = ["questions.sound"]\n[questions.music]\n{MUSIC.replace("Music?", "Which music?")}'
    book = read_codebook(extended(tmp_path, first, second))
    assert list(book.questions) == ["sex", "age", "annoyance", "hours", "proposals", "music"]
    assert book["music"].question["en"] == "Which music?"


LAYERS = {
    "drops what is not there": ('drop = ["questions.musik"]', ["drop (line 2): ", "'questions.musik'"]),
    "drops with a near name": ('drop = ["questions.hour"]', ["did you mean 'questions.hours'"]),
    "drops a key of the file": ('drop = ["title.sl"]', ["drop (line 2): ", "'title.sl'"]),
    "drops an item": ('drop = ["questions.annoyance.road"]', ["'questions.annoyance.road'"]),
    "drops no list": ('drop = "questions.hours"', ["drop (line 2): must be a list"]),
    "drops and gives": (
        f'drop = ["questions.hours"]\n[questions.hours]\n{MUSIC}', ["drop (line 2): ", "dropped and given anew"]),
    "stands behind nothing": (
        f'[questions.music]\nafter = "sax"\n{MUSIC}', ["questions.music.after (line 3): ", "did you mean 'sex'"]),
    "stands behind itself": (
        f'[questions.age]\nafter = "age"\n{MUSIC}', ["questions.age.after (line 3): ", "unknown entry 'age'"]),
    "stands behind a list": (f"[questions.age]\nafter = [1]\n{MUSIC}", ["questions.age.after (line 3): "]),
    "is of another survey": ('survey = "other"', ["survey (line 2): ", "unknown key beside 'extends'"]),
    "has an unknown table": ("[question.age]\nminimum = 1", ["question: ", "did you mean 'questions'"]),
    "has a table that is none": ("questions = 3", ["questions (line 2): ", "must hold tables"]),
    "has a table that is none and drops from it": (
        'questions = 5\ndrop = ["questions.hours"]', ["questions (line 2): ", "must hold tables"]),
    "drops all questions": (
        'drop = ["questions.sex", "questions.age", "questions.annoyance", "questions.hours", "questions.proposals", '
        '"derived.age_group", "derived.annoyed", "derived.themes"]', ["questions: ", "there is no question"]),
    "has an entry that is none": ("[questions]\nage = 3", ["questions.age (line 3): "]),
    "has a bad entry": (
        f'[questions.music]\n{MUSIC}\nkinds = "x"', ["questions.music.kinds (line 6): ", "unknown key"]),
    "has a bad label": ('title = { sl = "x" }', ["title (line 2): ", "'en' is missing"]),
    "is not filled in": ('title = { sl = "FILL IN", en = "x" }', ["not yet filled in: title.sl (line 2)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_fault_of_the_wave_names_its_own_file(tmp_path, name):
    layer, words = LAYERS[name]
    path = extended(tmp_path, layer)
    with pytest.raises(CodebookError) as caught:
        read_codebook(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    for word in words:
        assert word in message


def test_fault_of_the_middle_of_a_chain_names_that_file(tmp_path):
    path = extended(tmp_path, f'[questions.music]\n{MUSIC}\nscale = "x"', "")
    with pytest.raises(CodebookError) as caught:
        read_codebook(path)
    message = str(caught.value)
    assert message.startswith(f"{path.parent.parent / 'codebook.toml'}: questions.music (line 2): ")
    assert message.endswith(f"(read together: {path} extends {path.parents[1] / 'codebook.toml'} extends "
                            f"{tmp_path / 'codebook.toml'})")  # fmt: skip


def test_fault_that_a_wave_makes_in_the_other_file_names_both(tmp_path):
    path = extended(tmp_path, 'drop = ["questions.age"]')
    with pytest.raises(CodebookError) as caught:
        read_codebook(path)
    line = TINY[: TINY.index('of = "age"')].count("\n") + 1
    message = str(caught.value)
    assert message.startswith(
        f"{tmp_path / 'codebook.toml'}: derived.age_group.of (line {line}): unknown variable 'age'"
    )
    assert str(path) in message


def test_faults_of_both_files_are_listed_at_once(tmp_path):
    path = extended(tmp_path, f"[questions.music]\n{MUSIC}\nkinds = 1")
    base = tmp_path / "codebook.toml"
    base.write_text(TINY.replace("minimum = 18", "minimun = 18"), encoding="utf-8")
    with pytest.raises(CodebookError) as caught:
        read_codebook(path)
    message = str(caught.value)
    assert f"{base}: questions.age" in message
    assert f"{path}: questions.music.kinds (line 6): " in message


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ('"../none.toml"', "extends (line 1): there is no file"),
        ('""', "extends (line 1): there is no file"),
        (f'"{300 * "a"}"', "cannot be read"),
        ("3", "extends (line 1): must be a path"),
        ('"codebook.toml"', "extends (line 1): goes round in a circle"),
        ('"../codebook.toml"', "goes round in a circle"),
    ],
)
def test_file_that_cannot_be_extended_is_refused(tmp_path, target, word):
    path = tmp_path / "wave" / "codebook.toml"
    path.parent.mkdir()
    path.write_text(f"extends = {target}\n", encoding="utf-8")
    (tmp_path / "codebook.toml").write_text('extends = "wave/codebook.toml"\n', encoding="utf-8")
    with pytest.raises(CodebookError) as caught:
        read_codebook(path)
    assert word in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("key", ['drop = ["questions.age"]', "[questions.sex2]\nafter = 'sex'\n" + MUSIC])
def test_only_a_file_that_extends_may_drop_and_place(tmp_path, key):
    (tmp_path / "codebook.toml").write_text(key + "\n" + TINY if "drop" in key else TINY + "\n" + key, encoding="utf-8")
    with pytest.raises(CodebookError, match="unknown key"):
        read_codebook(tmp_path / "codebook.toml")


def test_wave_reads_its_own_codebook_if_it_has_one(tmp_path):
    folder = write_wave(tmp_path)
    assert "music" not in read_wave(folder)[1]
    own = folder / "codebook.toml"
    own.write_text(f'extends = "../codebook.toml"\n[questions.music]\n{MUSIC}\n', encoding="utf-8")
    wave, book = read_wave(folder)
    assert wave.survey == book.survey
    assert "music" in book
    own.write_text(TINY.replace('survey = "tiny"', 'survey = "other"'), encoding="utf-8")
    with pytest.raises(CodebookError) as caught:
        read_wave(folder)
    assert f"survey is 'tiny', but {own} describes 'other'" in str(caught.value)
