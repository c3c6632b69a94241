"""Files that cannot be a template: one clear message each, whatever is wrong with them."""

import io
import re
import zipfile

import pytest

from kzm_surveys import FindingError
from tests.findings.docx_sample import sample
from tests.findings.docx_schema import W, faults, parts_of


def made(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def bad_files():
    """Name of what is wrong -> content of the file, what the message says."""
    good = parts_of(sample())
    sheet = {name: part.replace(b"wordprocessingml.document", b"spreadsheetml.sheet").replace(b"wordprocessingml", b"x")
             for name, part in good.items()}  # fmt: skip
    macros = good | {"[Content_Types].xml": good["[Content_Types].xml"].replace(
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml")}  # fmt: skip
    usual, other = b"http://schemas.openxmlformats.org/officeDocument", b"http://purl.oclc.org/ooxml/officeDocument"
    strict = good | {"_rels/.rels": good["_rels/.rels"].replace(usual, other)}
    others = f'<w:styles xmlns:w="{W[1:-1]}"><w:style w:styleId="a"><w:name w:val="Besedilo"/></w:style></w:styles>'
    ole = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
    whole = sample()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    no_type = {name: part for name, part in good.items() if name != "[Content_Types].xml"}
    return {
        "empty": (b"", "is empty"),
        "text": (b"Predloga", "is no Word file"),
        "another zip": (made({"a.txt": b"a"}), "is no Word file"),
        "a sheet": (made(sheet), "is no Word file"),
        "no types": (made(no_type), "is no Word file"),
        "old": (ole, "is an old Word file"),
        "password": (ole + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        "macros": (made(macros), "holds macros"),
        "macro part": (made(good | {"word/vbaProject.bin": b"a"}), "holds macros"),
        "cut": (whole[: len(whole) // 2], "is damaged"),
        "one bit": (bytes(flipped), "is damaged"),
        "bomb": (made(good | {"word/media/a.bin": bytes(30 * 2**20)}), "unpacks to more than"),
        "outside": (made(good | {"../a.xml": b"<a/>"}), "outside the archive"),
        "strict": (made(strict), "Strict Open XML"),
        "no document": (made({name: part for name, part in good.items() if name != "word/document.xml"}), "is damaged"),
        "broken document": (made(good | {"word/document.xml": good["word/document.xml"][:-40]}), "is damaged"),
        "empty document": (made(good | {"word/document.xml": b""}), "is damaged"),
        "broken styles": (made(good | {"word/styles.xml": b"<w:styles"}), "is damaged"),
        "no styles": (
            made(good | {"word/styles.xml": f'<w:styles xmlns:w="{W[1:-1]}"/>'.encode()}),
            r"\(it has: none\)",
        ),
        "other styles": (made(good | {"word/styles.xml": others.encode()}), r"\(it has: besedilo\)"),
        "broken notes": (made(good | {"word/footnotes.xml": b"<w:footnotes"}), "is damaged"),
        "no settings": (made(good | {"word/settings.xml": b"?"}), "is damaged"),
    }


@pytest.mark.parametrize("kind", bad_files())
def test_a_file_that_is_no_template_gives_one_clear_message(tmp_path, kind):
    content, message = bad_files()[kind]
    path = tmp_path / "predloga.dotx"
    path.write_bytes(content)
    with pytest.raises(FindingError, match=message) as raised:
        sample(template=path)
    assert str(raised.value).startswith(f"the template {path}")
    assert str(raised.value).endswith(".")


def test_a_missing_template_and_a_folder_give_one_clear_message(tmp_path):
    for path in (tmp_path / "ni.dotx", tmp_path):
        with pytest.raises(FindingError, match=re.escape(f"the template {path} cannot be read")):
            sample(template=path)


def test_nothing_in_a_damaged_template_gets_past_the_check(tmp_path):
    """Every twentieth cut and flip of a good template either works or gives the one message."""
    whole = sample()
    path = tmp_path / "predloga.docx"
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        for content in (whole[:place], whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :]):
            path.write_bytes(content)
            try:
                made_anyway = sample(template=path)
            except FindingError as error:
                assert str(error).startswith("the template")  # noqa: PT017
            else:
                assert faults(made_anyway) == []
