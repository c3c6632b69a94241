import re
import string

import pytest

from kzm_surveys.errors import FindingError
from kzm_surveys.language import catalogue
from kzm_surveys.language.catalogue import languages, tag, text, texts
from kzm_surveys.language.slovene import LEXICON, VERBS


def fields(template):
    return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}


def grammar_keys(lang):
    return {key for key in texts(lang) if key.split(".")[0] in catalogue.GRAMMAR}


@pytest.mark.parametrize("lang", ["it", "de", "", "SL", "../language/sl", "sl.toml"])
def test_unknown_language_is_refused(lang):
    message = f"there are no texts in '{lang}' (there: en, sl). Translate kzm_surveys/language/sl.toml to {lang}.toml"
    with pytest.raises(FindingError, match=re.escape(message)):
        texts(lang)
    with pytest.raises(FindingError, match="there are no texts"):
        text(lang, "table")


@pytest.mark.parametrize(("key", "near"), [("tabel", "table"), ("methods.whom", "methods.who"), ("figur", "figure")])
def test_unknown_key_is_refused_with_the_nearest(key, near):
    with pytest.raises(FindingError, match=f"no text in 'sl' for '{key}'; did you mean '{near}'"):
        text("sl", key)


def test_names_of_a_caption():
    assert (text("sl", "table"), text("sl", "figure")) == ("Preglednica", "Slika")
    assert text("sl", "source").startswith("Vir: ")


def test_tags():
    assert (tag("sl"), tag("en")) == ("sl-SI", "en-GB")


@pytest.mark.parametrize("lang", languages())
def test_no_text_holds_a_digit_or_nothing(lang):
    # Numbers come from estimates; a typed digit could not be traced.
    known = texts(lang)
    assert len(known) > 380
    for key, value in known.items():
        assert not re.search(r"\d", value), key
        assert value == value.strip() != "", key


@pytest.mark.parametrize("lang", languages())
def test_every_language_has_the_same_texts_that_fill_in_the_same(lang):
    slovene, other = texts("sl"), texts(lang)
    assert {key for key in other if key.split(".")[0] not in catalogue.GRAMMAR} == set(slovene)
    assert {key: fields(other[key]) for key in slovene} == {key: fields(value) for key, value in slovene.items()}


@pytest.mark.parametrize("lang", [lang for lang in languages() if lang != "sl"])
def test_every_language_but_slovenian_has_the_same_grammar(lang):
    known = grammar_keys(lang)
    assert known == grammar_keys("en")
    for table, words in (("nouns", LEXICON), ("past", VERBS), ("present", VERBS)):
        assert {key.removeprefix(f"{table}.") for key in known if key.startswith(f"{table}.")} == set(words)
        for word in words:
            assert [bool(form) for form in text(lang, f"{table}.{word}").split("|")] == [True, True], word


def test_slovenian_grammar_stands_in_its_modules():
    assert grammar_keys("sl") == set()


def test_fields_are_named_and_quotes_are_the_house_ones():
    for key, value in texts("sl").items():
        assert all(field.isidentifier() for field in fields(value)), key
        assert not set(value) & set('"„“”'), key
        assert value.count("»") == value.count("«"), key
    for key, value in texts("en").items():
        assert not set(value) & set('"„»«'), key
        assert value.count("“") == value.count("”"), key


FAULTS = {
    "a text that is none": ('figure = "Figura"', "figure = false", "it.toml: 'figure' must be a text, found False"),
    "a table in a table": ('[methods]', "[methods.more]", "it.toml: 'methods.more' must be a text"),
    "an empty text": ('figure = "Figura"', 'figure = " "', "it.toml: 'figure' must be a text, found ' '"),
    "a digit": ('figure = "Figura"', 'figure = "Figura 1"', "it.toml: 'figure' holds a digit"),
    "another name": ('"Fonte: {source}"', '"Fonte: {fonte}"', "it.toml: 'source' fills in {fonte}, sl.toml {source}"),
    "a lost name": ('"Fonte: {source}"', '"Fonte"', "it.toml: 'source' fills in nothing, sl.toml {source}"),
    "an open brace": ('"Fonte: {source}"', '"Fonte: {source"', "it.toml: 'source': the braces in 'Fonte: {sou"),
    "no TOML": ('figure = "Figura"', "figure = Figura", "it.toml: not valid TOML in UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_damaged_catalogue_is_one_error_that_names_file_and_key(italian, fault):
    before, after, message = FAULTS[fault]
    italian(before, after)
    with pytest.raises(FindingError, match=re.escape(message)):
        text("it", "table")


def test_catalogue_in_another_encoding_is_refused(italian):
    path = italian()
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    texts.cache_clear()
    with pytest.raises(FindingError, match=r"it\.toml: not valid TOML in UTF-8"):
        text("it", "table")


def test_missing_text_is_one_error_that_names_file_key_and_what_else_is_missing(italian):
    italian('figure = "Figura"\n', "")
    assert text("it", "table") == "Tabella"
    with pytest.raises(FindingError, match=r"it\.toml lacks the text 'figure'\. Translate it"):
        text("it", "figure")
    italian('table = "Tabella"\n', "")
    with pytest.raises(FindingError, match=r"it\.toml lacks the text 'figure' \(and 1 more, such as 'table'\)"):
        text("it", "figure")


def test_key_that_no_language_has_is_refused_in_each(italian):
    italian()
    with pytest.raises(FindingError, match=r"it\.toml: no text in 'it' for 'tabel'; did you mean 'table'"):
        text("it", "tabel")
