"""The words of an analysis: each fault of a file is one clear message that names file and key."""

import pytest

from kzm_surveys import CodebookError, FindingError
from kzm_surveys.findings.script_words import read_script_words
from kzm_surveys.findings.text import Claim, Number
from kzm_surveys.findings.voice import Voice

SL = 'plain = "Besede."\n[who]\ntopic = "kdo"\nsentence = "Hrup moti {share}."\n'
EN = 'plain = "Words."\n[who]\ntopic = "who"\nsentence = "Noise annoys {share}."\n'


@pytest.fixture
def script(tmp_path):
    (tmp_path / "noise.sl.toml").write_text(SL, encoding="utf-8")
    (tmp_path / "noise.en.toml").write_text(EN, encoding="utf-8")
    return tmp_path / "noise.py"


def spoil(script, lang, old, new):
    path = script.with_suffix(f".{lang}.toml")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(script, lang="sl"):
    """The one message."""
    with pytest.raises(CodebookError) as error:
        read_script_words(script, lang)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_keys_of_tables_are_joined_by_dots(script):
    words = read_script_words(script, "sl")
    assert dict(words.texts) == {"plain": "Besede.", "who.topic": "kdo", "who.sentence": "Hrup moti {share}."}
    assert read_script_words(script, "en")["who.topic"] == "who"
    assert "who.topic" in words
    assert "who" not in words


def test_tables_may_be_nested(script):
    for lang in ("sl", "en"):
        spoil(script, lang, "[who]", 'by.sex = "x"\n[a.b.c]\nd = "globoko"\n[who]')
    words = read_script_words(script, "sl")
    assert (words["a.b.c.d"], words["by.sex"]) == ("globoko", "x")


def test_a_missing_text_is_told_with_its_nearest_name(script):
    words = read_script_words(script, "sl")
    with pytest.raises(
        CodebookError, match=r"noise\.sl\.toml: there is no text 'who\.sentense'.*'who\.sentence'"
    ) as error:
        words["who.sentense"]
    assert str(error.value).endswith("? Add it to the file and its translations.")
    assert "Allowed" not in str(error.value)


def test_a_missing_language_is_told_with_those_that_there_are(script):
    message = refused(script, "it")
    assert "noise.it.toml" in message
    assert "noise.en.toml, noise.sl.toml" in message
    assert "Translate" in message


def test_no_language_at_all_is_told(tmp_path):
    message = refused(tmp_path / "air.py")
    assert "air.sl.toml" in message
    assert message.endswith("Write it (see the others in its folder).")


def test_one_language_alone_is_enough(script):
    script.with_suffix(".en.toml").unlink()
    assert read_script_words(script, "sl")["plain"] == "Besede."


@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize("spoiled", ["sl", "en"])
def test_a_text_that_one_language_lacks_is_told_in_both(script, lang, spoiled):
    spoil(script, spoiled, 'topic = "', 'subject = "')
    message = refused(script, lang)
    assert "who.topic" in message or "who.subject" in message
    assert f"noise.{spoiled}.toml" in message
    assert "Translate" in message


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_other_names_in_braces_are_told_with_file_and_key(script, lang):
    spoil(script, "en", "{share}", "{part}")
    message = refused(script, lang)
    for word in ("who.sentence", "share", "part", "noise.sl.toml", "noise.en.toml"):
        assert word in message


def test_a_name_that_one_language_leaves_out_is_told(script):
    spoil(script, "en", "{share}", "people")
    assert "share" in refused(script)
    assert "nothing" in refused(script)


@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize("digit", ["5", "٣", "３"])
def test_a_typed_digit_is_told_with_its_file(script, lang, digit):
    spoil(script, lang, "{share}", f"{{share}} od {digit}")
    message = refused(script, "sl")
    assert f"noise.{lang}.toml: who.sentence: a digit is typed by hand" in message


@pytest.mark.parametrize(
    ("new", "what"),
    [('topic = ""', "who.topic must be a text, found ''"), ('topic = "  "', "who.topic must be a text"),
     ("topic = 5", "who.topic must be a text, found 5"), ("topic = true", "who.topic must be a text, found True"),
     ('topic = ["a"]', r"who.topic must be a text, found ['a']"), ("topic = 2021-01-01", "who.topic must be a text")],
)  # fmt: skip
def test_what_is_no_text_is_told(script, new, what):
    spoil(script, "sl", 'topic = "kdo"', new)
    assert what in refused(script)


@pytest.mark.parametrize(
    "text", ["Hrup moti {share.", "Hrup moti share}.", "Hrup moti {share}}.", "Hrup moti {{share}."]
)
def test_braces_that_do_not_match_are_told(script, text):
    spoil(script, "sl", "Hrup moti {share}.", text)
    message = refused(script)
    assert "noise.sl.toml: who.sentence: the braces in" in message
    assert "do not match" in message


@pytest.mark.parametrize(
    "content", [b"this is no toml", b'a = "', b"\xff\xfe\x00", b'a = "\xe8"', b'a = "x"\na = "y"',
                b'a = "x"\n[a]\nb = "y"']
)  # fmt: skip
def test_a_damaged_file_is_told(script, content):
    script.with_suffix(".sl.toml").write_bytes(content)
    assert "noise.sl.toml" in refused(script)
    assert "noise.sl.toml" in refused(script, "en")


def test_a_folder_in_place_of_the_file_is_told(script):
    script.with_suffix(".sl.toml").unlink()
    script.with_suffix(".sl.toml").mkdir()
    assert "noise.sl.toml" in refused(script)


def test_the_voice_says_texts_and_names_file_and_key_of_a_fault(script, noise):
    voice = Voice(noise, "sl", read_script_words(script, "sl"))
    share = Number("30", Claim("noise 2021", "proportion", 0.3), "points", 0)
    assert str(voice.say("who.sentence", share=share)) == "Hrup moti 30."
    with pytest.raises(FindingError, match=r"noise\.sl\.toml: who\.sentence: no value for '\{share\}'"):
        voice.say("who.sentence")
    with pytest.raises(FindingError, match=r"noise\.sl\.toml: plain: values without a place \(share\)"):
        voice.say("plain", share=share)
    assert str(voice.say("plain", optional=["share"], share=share)) == "Besede."
    assert voice.say_if_there("who.key", share=share) is None
    assert str(voice.say_if_there("who.sentence", share=share, other="x")) == "Hrup moti 30."


@pytest.mark.parametrize("name", ["noise", "breastfeeding"])
def test_the_words_of_the_analyses_are_whole_in_both_languages(name):
    """Every text is a sentence, a clause or a label: no blank at its ends, no double blank, braces with names."""
    for lang in ("sl", "en"):
        words = read_script_words(f"analyses/{name}.py", lang)
        assert len(words.texts) > 20
        for key, text in words.texts.items():
            assert text == text.strip(), key
            assert "  " not in text, key
            assert text.count("»") == text.count("«"), key
            assert text.count("“") == text.count("”"), key
            assert text.count("(") == text.count(")"), key
