"""A third language, made by translating a file."""

import shutil

import pytest

from kzm_surveys.language import catalogue

#: What a translator would change first; the rest stays English, which no test minds.
ITALIAN = {
    'table = "Table"': 'table = "Tabella"',
    'figure = "Figure"': 'figure = "Figura"',
    '"Source: {source}"': '"Fonte: {source}"',
    'n = "Respondents: {n}."': 'n = "Persone intervistate: {n}."',
    'tag = "en-GB"': 'tag = "it-IT"',
    'and = "and"\nclause = "{counted} {verb}"': 'and = "e"\nclause = "{verb} {counted}"',
    'oseba = "person|people"': 'oseba = "persona|persone"',
    'mama = "mother|mothers"': 'mama = "madre|madri"',
    'odgovoriti = "answered|answered"': 'odgovoriti = "ha risposto|hanno risposto"',
    'meniti = "thinks|think"': 'meniti = "ritiene|ritengono"',
    'slediti = "follows|follow"': 'slediti = "segue|seguono"',
    'quarter = "a quarter"': 'quarter = "un quarto"',
    'two_thirds = "two thirds"': 'two_thirds = "due terzi"',
    'over = "just over {share}"': 'over = "poco più di {share}"',
    'verb_of_share = "plural"': 'verb_of_share = "agrees"',
    'one_in = "{share} {plural}"': 'one_in = "{share}"',
    'one_in_four = "one in four"': 'one_in_four = "una persona su quattro"',
    'between_dates = "between {first} and {last}"': 'between_dates = "tra il {first} e il {last}"',
    'in_month = "in {month}"': 'in_month = "nel {month}"',
    'with = "with"': 'with = "con"',
}


@pytest.fixture
def italian(monkeypatch, tmp_path):
    """Put it.toml beside the other catalogues; each call changes a text of it and returns its path."""
    for path in catalogue.FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    target = tmp_path / "it.toml"
    translated = (tmp_path / "en.toml").read_text(encoding="utf-8")
    for english, words in ITALIAN.items():
        assert english in translated, english
        translated = translated.replace(english, words)
    target.write_text(translated, encoding="utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    catalogue.texts.cache_clear()

    def changed(before="", after=""):
        content = target.read_text(encoding="utf-8")
        assert before in content, before
        target.write_text(content.replace(before, after, 1) if before else content, encoding="utf-8")
        catalogue.texts.cache_clear()
        return target

    yield changed
    catalogue.texts.cache_clear()
