import re
import string

import pytest

from kzm_surveys.errors import FindingError
from kzm_surveys.language.catalogue import text, texts


@pytest.mark.parametrize("lang", ["it", "de", "", "SL"])
def test_unknown_language_is_refused(lang):
    with pytest.raises(FindingError, match=f"there are no texts in '{lang}'"):
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


def test_no_text_holds_a_digit():
    # Numbers come from estimates; a typed digit could not be traced.
    known = texts("sl")
    assert len(known) > 40
    for key, value in known.items():
        assert not re.search(r"\d", value), key
        assert value == value.strip() != "", key


def test_fields_are_named_and_quotes_are_the_house_ones():
    for key, value in texts("sl").items():
        fields = [field for _, field, _, _ in string.Formatter().parse(value) if field is not None]
        assert all(field.isidentifier() for field in fields), key
        assert not set(value) & set('"„“”'), key
        assert value.count("»") == value.count("«"), key
