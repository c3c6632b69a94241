import pytest

from kzm_surveys.errors import FindingError
from kzm_surveys.language import english, slovene


def test_every_noun_of_one_language_has_forms_in_the_other():
    assert set(english.LEXICON) == set(slovene.LEXICON)


def test_a_noun_without_forms_is_refused_with_a_near_one():
    with pytest.raises(FindingError, match="no English forms for the noun 'meseci'; did you mean 'mesec'"):
        english.noun("meseci", 2)
