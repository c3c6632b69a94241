import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kzm_surveys.errors import DataError
from kzm_surveys.loaders.text import decode, mojibake

WHERE = "tiny 2025: answers.csv"
SLOVENIAN = st.text("abcčdđeéfgšžćöü ČŠŽĆĐ0123456789,.;:!?-+*/()\"'\r\n\t–„“«»€…", max_size=60)


def refused(content, encoding=None):
    with pytest.raises(DataError) as caught:
        decode(content, WHERE, encoding)
    message = str(caught.value)
    assert message.startswith(WHERE)
    return message


@given(SLOVENIAN)
def test_slovenian_text_survives_utf_8_with_and_without_mark_and_utf_16(text):
    assert decode(text.encode("utf-8"), WHERE).text == text
    assert decode(text.encode("utf-8-sig"), WHERE).text == text
    assert decode(b"\xff\xfe" + text.encode("utf-16-le"), WHERE).text == text
    assert decode(b"\xfe\xff" + text.encode("utf-16-be"), WHERE).text == text
    assert decode(text.encode("utf-32"), WHERE).text == text


@given(SLOVENIAN)
def test_slovenian_text_survives_windows_1250(text):
    content = text.encode("cp1250")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        decoded = decode(content, WHERE)
        assert (decoded.text, decoded.encoding) == (text, "cp1250")
        assert "windows-1250" in decoded.problems[0].found
    else:
        assume(not text.isascii())  # bytes that are UTF-8 as well: nobody can tell, unless wave.toml does
        assert decode(content, WHERE, "cp1250").text == text


@given(SLOVENIAN)
def test_utf_16_without_a_mark_is_told_by_its_nul_bytes(text):
    whole = "id;question;answer;another answer;interviewer;day of the interview\r\n" + text
    for codec in ("utf-16-le", "utf-16-be"):
        decoded = decode(whole.encode(codec), WHERE)
        assert (decoded.text, decoded.encoding, decoded.problems) == (whole, codec, ())


def test_a_file_that_is_not_utf_8_says_where():
    # "žal" in windows-1250 begins with 0x9E; the letter is byte 5, in line 2.
    decoded = decode(b"a;b\n1\x9eal", WHERE)
    assert decoded.text == "a;b\n1žal"
    assert [problem.severity for problem in decoded.problems] == ["warning"]
    assert "byte 0x9E at position 5 (line 2)" in decoded.problems[0].found


@pytest.mark.parametrize("undefined", [0x81, 0x83, 0x88, 0x90, 0x98])
def test_bytes_that_windows_1250_does_not_have_are_damage(undefined):
    assert "damaged" in refused(b"a;b\n1;\xe8" + bytes([undefined]))


def test_control_characters_in_what_is_not_utf_8_are_damage():
    assert "control character 0x01 (line 2)" in refused(b"a;b\n1;\xe8\x01")
    assert "damaged or not text" in refused(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")


def test_nul_characters_are_damage_in_any_encoding():
    assert "control character 0x00 (line 2)" in refused(b"a;b\n1;\x00")
    assert "control character 0x00 (line 1)" in refused("a\x00b".encode("utf-16"))


def test_two_encodings_in_one_file_are_named():
    assert "mixes UTF-8 and another encoding" in refused("škoda\n".encode() + "škoda\n".encode("cp1250"))


def test_a_letter_cut_in_half_is_named():
    message = refused("škoda;č".encode()[:-1])
    assert "cut short" in message
    assert "byte 0xC4 at position 7" in message


@pytest.mark.parametrize("letter", "čšžćđČŠŽĆĐ")
@pytest.mark.parametrize("codec", ["cp1250", "cp1252", "latin-1", "iso8859-2"])
def test_every_letter_of_utf_8_read_in_another_encoding_is_found(letter, codec):
    try:
        ruined = letter.encode("utf-8").decode(codec)
    except UnicodeDecodeError:
        # Đ has byte 0x90 and č byte 0x8D, which these Windows code pages do not have; Windows keeps them as they are.
        ruined = letter.encode("utf-8").decode("latin-1").replace("\xc4", "Ä")
    assert mojibake(f"a{ruined}b") == (ruined, letter)
    message = refused(f"id;q\n1;a{ruined}b".encode())
    assert "UTF-8 was read as" in message
    assert f"stands for '{letter}' (line 2)" in message


def test_mojibake_is_named_for_what_it_is_and_no_answer_is_shown():
    message = refused("id;q\n1;cestni hrup in Ĺˇola\n".encode())
    assert "UTF-8 was read as windows-1250 and saved again; 'Ĺˇ' stands for 'š' (line 2)" in message
    assert "hrup" not in message


@pytest.mark.parametrize("text", ["MÄRZ", "Ängste", "Kĺn", "ĽĹ", "Åse Å", "Štampetov most", "Ä", "Å ", "¡Ä¡", "Ĺa"])
def test_foreign_letters_alone_are_no_mojibake(text):
    assert mojibake(text) is None
    assert decode(text.encode(), WHERE).problems == ()


def test_a_wrong_encoding_in_wave_toml_is_told_from_mojibake_in_the_file():
    message = refused("šola".encode(), "windows-1250")
    assert "is UTF-8, but [data] encoding in wave.toml says cp1250" in message


def test_the_given_encoding_is_followed_strictly():
    assert decode("č".encode("cp852"), WHERE, "cp852").text == "č"
    assert decode("č".encode("iso8859-2"), WHERE, "latin2").text == "č"
    assert decode("aš;".encode("utf-16-be"), WHERE, "utf-16").text == "aš;"
    assert "byte 0xE8 at position 1 (line 1)" in refused(b"a\xe8b", "utf-8")


@pytest.mark.parametrize("name", ["utf8-bom", "", "č", "hex", "unicode_escape", "a\x00b"])
def test_an_unknown_encoding_lists_the_usual_ones(name):
    message = refused(b"a", name)
    assert "unknown encoding" in message
    assert "utf-8, utf-16" in message
    assert "cp1250" in message


def test_the_mark_in_the_file_is_believed_more_than_wave_toml():
    decoded = decode("š".encode("utf-8-sig"), WHERE, "cp1250")
    assert decoded.text == "š"
    assert "wave.toml says encoding cp1250" in decoded.problems[0].found
    assert decode("š".encode("utf-16"), WHERE, "utf-16").problems == ()


def test_a_byte_missing_from_utf_16_is_damage():
    content = "a;š\r\n1;2\r\n3;4\r\n".encode("utf-16-le")
    assert "cut short or damaged" in refused(b"\xff\xfe" + content[:-1])
    # Two bytes lost in two places: in between each byte pairs with the wrong neighbour, and "\n" becomes U+0A00.
    assert "a byte of its UTF-16 is missing" in refused(b"\xff\xfe" + content[:3] + content[4:21] + content[22:])


def test_letters_lost_before_are_counted():
    decoded = decode("a\n�ola �as".encode(), WHERE)
    assert "2 times" in decoded.problems[0].found
    assert decoded.problems[0].where == "first in line 2"


def test_a_second_mark_is_not_part_of_the_first_name():
    assert decode(b"\xef\xbb\xbf\xef\xbb\xbfid", WHERE).text == "id"


def test_marks_inside_a_text_are_taken_out_and_noted():
    decoded = decode("\ufeffid;q\n1;a\n\ufeffid;q\n2;\ufeffb\n".encode(), WHERE)
    assert decoded.text == "id;q\n1;a\nid;q\n2;b\n"
    (problem,) = decoded.problems
    assert (problem.severity, problem.variable, problem.where) == ("warning", "file", "first in line 3")
    assert "two files were joined" in problem.found
    assert problem.to_do == "look for a second header row"
