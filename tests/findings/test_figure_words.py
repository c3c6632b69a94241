"""The words of a survey's figures: every language fills in the same names, and no digit is typed."""

import string
from pathlib import Path

import pytest

from kzm_surveys.errors import CodebookError
from kzm_surveys.findings.figure_words import of_figure, read_figure_words

WHOLE = """
[a]
place = "annex"
caption = { sl = "Motečnost", en = "Annoyance" }
title = { sl = "Največ: {first} ({share})", en = "Most: {first} ({share})" }
compared = { sl = "delež po virih", en = "share by source" }
notes = [{ sl = "Ocena.", en = "An estimate." }]
other.net = { sl = "zelo", en = "very" }
"""


def read(tmp_path, text):
    path = tmp_path / "words.toml"
    path.write_text(text, encoding="utf-8")
    return read_figure_words(path)


def test_whole_words_are_read(tmp_path):
    words = read(tmp_path, WHOLE)["a"]
    assert (words.place, words.title["en"], words.subtitle) == ("annex", "Most: {first} ({share})", None)
    assert (words.notes[0]["sl"], words.other["net"]["en"]) == ("Ocena.", "very")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('en = "Most: {first} ({share})"', 'en = "Most: {first}"', r"a\.title.*'en' fills in \{first\}, 'sl'"),
        ('en = "Most: {first} ({share})"', 'en = "Most: {first"', r"a\.title.*braces"),
        ('en = "share by source"', 'en = "share of 5 sources"', r"a\.compared.*a digit is typed by hand"),
        ('{ sl = "Ocena.", en = "An estimate." }', '{ sl = "Ocena." }', r"a\.notes.*a text in 'en' is missing"),
        ('place = "annex"', 'place = "appendix"', r"a\.place.*'report' or 'annex'.*appendix"),
        ('place = "annex"', 'place = "annex"\ncolour = "red"', r"a\.colour.*unknown key"),
        ('compared = { sl = "delež po virih", en = "share by source" }', "", r"a\.compared.*is missing"),
    ],
)
def test_words_that_cannot_be_are_refused_with_file_and_key(tmp_path, old, new, said):
    assert old in WHOLE
    with pytest.raises(CodebookError, match=said) as caught:
        read(tmp_path, WHOLE.replace(old, new))
    assert "words.toml" in str(caught.value)


def test_a_figure_without_words_is_named(tmp_path):
    with pytest.raises(CodebookError, match=r"no words for the figure 'b'. Add a table \[b\]"):
        of_figure(read(tmp_path, WHOLE), "b", Path("words.toml"))


@pytest.mark.parametrize("survey", ["noise", "breastfeeding"])
def test_shipped_words_are_sentences_of_their_language(survey):
    for name, words in read_figure_words(Path(f"figures/{survey}.toml")).items():
        assert name.startswith(f"{survey}_")
        texts = [words.caption, words.title, words.compared, *words.notes, *words.other.values()]
        texts += [words.subtitle] if words.subtitle else []
        for text in texts:
            letters = set("".join(literal for literal, *_ in string.Formatter().parse(text["en"])))
            assert not letters & set("čšžČŠŽ»«"), text["en"]
            assert text["sl"] != text["en"]
        assert not words.caption["sl"].endswith(".")  # a caption follows its number
        assert not words.title["sl"].endswith(".")
        assert words.compared["sl"][0].islower()  # stands after a colon
