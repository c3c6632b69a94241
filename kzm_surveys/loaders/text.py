"""Bytes of a text file to text: which encoding, and what went wrong in an earlier conversion."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from kzm_surveys.errors import DataError, Problem, one_of

#: Names that [data] encoding may take; Python's aliases of them (windows-1250, latin2) will do as well.
ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1252", "iso8859-2", "iso8859-1", "cp852", "mac-latin2",
)  # fmt: skip
#: UTF-32 stands before UTF-16, whose mark begins the same.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
#: A byte order mark as text; elsewhere it is a blank without width.
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_LETTERS = "čšžćđČŠŽĆĐ"
_LOST = "\N{REPLACEMENT CHARACTER}"
#: No character, but a line end in UTF-16 from which a byte is missing, as from there on all bytes pair wrongly.
_SHIFTED_LINE_END = "\u0a00"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def _mojibake_table() -> dict[str, tuple[str, str]]:
    """Sequence -> (letter it stands for, encoding that UTF-8 was taken for)."""
    table: dict[str, tuple[str, str]] = {}
    for codec, name in (
        ("cp1250", "windows-1250"), ("cp1252", "windows-1252"), ("latin-1", "ISO 8859-1"), ("iso8859-2", "ISO 8859-2"),
    ):  # fmt: skip
        for letter in _LETTERS:
            sequence = letter.encode("utf-8").decode(codec, errors="ignore")
            if len(sequence) == 2:
                table.setdefault(sequence, (letter, name))
    return table


_MOJIBAKE = _mojibake_table()
_MOJIBAKE_PATTERN = re.compile("|".join(map(re.escape, _MOJIBAKE)))


@dataclass(frozen=True)
class Decoded:
    """Text of a file without its byte order mark, the encoding (Python's name) and what was noticed."""

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


def decode(content: bytes, where: str, encoding: str | None = None) -> Decoded:
    """Decode a text file by its byte order mark, by the encoding given, or else as UTF-8, UTF-16 or windows-1250.

    Parameters
    ----------
    content
        The bytes of the file.
    where
        Begins every message: wave and file.
    encoding
        ``[data] encoding`` of ``wave.toml``; a byte order mark in the file is believed more.

    Raises
    ------
    DataError
        The encoding has no such name, the bytes are not text in it, two encodings are mixed, or letters were
        ruined by an earlier conversion.

    Examples
    --------
    >>> decode("vaše želje".encode("cp1250"), "noise 2021: answers.csv").encoding
    'cp1250'
    """
    wanted = None if encoding is None else _codec(encoding, where)
    for mark, codec in _MARKS:
        if content.startswith(mark):
            decoded = _strictly(content[len(mark) :], codec, where)
            problems = _overruled(wanted, codec)
            break
    else:
        if wanted is not None and wanted != "utf-16":
            decoded, problems = _strictly(content, wanted, where), ()
        elif (codec_16 := _utf16_without_mark(content)) is not None:
            decoded, problems = _strictly(content, codec_16, where), ()
        elif wanted is not None:
            decoded, problems = _strictly(content, "utf-16-le", where), ()
        else:
            decoded, problems = _utf8_or_cp1250(content, where)
    return _whole(decoded, content, where, problems)


def mojibake(text: str) -> tuple[str, str] | None:
    """First sequence that is a Slovenian letter of UTF-8 read in another encoding, and the letter it stands for.

    Examples
    --------
    >>> mojibake("Ĺˇolski okoliĹˇ")
    ('Ĺˇ', 'š')
    >>> mojibake("šolski okoliš, Kĺn, MÄRZ") is None
    True
    """
    found = _MOJIBAKE_PATTERN.search(text)
    return None if found is None else (found[0], _MOJIBAKE[found[0]][0])


def _codec(encoding: str, where: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = encoding
    if name == "utf-8-sig":
        return "utf-8"
    if name not in ENCODINGS:
        raise DataError(f"{where}: " + one_of("unknown encoding", encoding, ENCODINGS) + ". Correct [data] encoding.")
    return name


def _strictly(content: bytes, codec: str, where: str) -> Decoded:
    try:
        return Decoded(content.decode(codec), codec)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not text in {codec}: {_place(content, error, codec)}. It is cut short or damaged, or "
            "[data] encoding in wave.toml is wrong. Ask for the file again or correct the encoding."
        ) from None


def _place(content: bytes, error: UnicodeDecodeError, codec: str) -> str:
    line = content[: error.start].decode(codec, errors="ignore").count("\n") + 1
    return f"byte 0x{error.object[error.start]:02X} at position {error.start} (line {line})"


def _overruled(wanted: str | None, codec: str) -> tuple[Problem, ...]:
    if wanted is None or codec.startswith(wanted):
        return ()
    found = f"wave.toml says encoding {wanted}, but the file begins with the mark of {codec} and was read so"
    return (Problem("warning", "file", found, "", "take encoding out of wave.toml"),)


def _utf16_without_mark(content: bytes) -> str | None:
    """Latin letters in UTF-16 have a NUL in every second byte, and none in the others."""
    even, odd = content[0::2].count(0), content[1::2].count(0)
    if even == 0 and odd > len(content) / 4:
        return "utf-16-le"
    return "utf-16-be" if odd == 0 and even > len(content) / 4 else None


def _utf8_or_cp1250(content: bytes, where: str) -> tuple[Decoded, tuple[Problem, ...]]:
    try:
        return Decoded(content.decode("utf-8"), "utf-8"), ()
    except UnicodeDecodeError as error:
        place = _place(content, error, "utf-8")
    if any(letter.encode("utf-8") in content for letter in _LETTERS):
        raise DataError(
            f"{where} mixes UTF-8 and another encoding, or is damaged or cut short: it holds Slovenian letters in "
            f"UTF-8, but {place} is not UTF-8. Ask for the file again, or save all of it as UTF-8."
        )
    try:
        text = content.decode("cp1250")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is damaged or not text: {place} is not UTF-8, and "
            f"{_place(content, error, 'cp1250')} is not windows-1250. Ask for the file again, or give "
            "[data] encoding in wave.toml."
        ) from None
    if control := _CONTROL.search(text):
        raise DataError(f"{where} {_holds_control(text, control.start())}")
    problem = Problem(
        "warning", "file", f"the file is not UTF-8 and was read as windows-1250; {place} is not UTF-8", "",
        "look whether č, š and ž are right in the answers; if not, give [data] encoding in wave.toml",
    )  # fmt: skip
    return Decoded(text, "cp1250"), (problem,)


def _holds_control(text: str, position: int) -> str:
    return (
        f"is damaged or not text: it holds the control character 0x{ord(text[position]):02X} "
        f"(line {_line(text, position)}). Ask for the file again."
    )


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _whole(decoded: Decoded, content: bytes, where: str, problems: tuple[Problem, ...]) -> Decoded:
    """Refuse NUL characters and mojibake; take out byte order marks; note letters that are lost already."""
    text = decoded.text.lstrip(_MARK)
    if _MARK in text:
        found_mark = "byte order marks inside the file, which were left out: two files were joined"
        first = f"first in line {_line(text, text.index(_MARK))}"
        problems += (Problem("warning", "file", found_mark, first, "look for a second header row"),)
        text = text.replace(_MARK, "")
    if (nul := text.find("\x00")) >= 0:
        raise DataError(f"{where} {_holds_control(text, nul)}")
    if decoded.encoding.startswith("utf-16") and (shifted := text.find(_SHIFTED_LINE_END)) >= 0:
        raise DataError(
            f"{where} is damaged: a byte of its UTF-16 is missing before line {_line(text, shifted) + 1}. Ask for the "
            "file again."
        )
    if found := _MOJIBAKE_PATTERN.search(text):
        letter, taken_for = _MOJIBAKE[found[0]]
        stands = f"{found[0]!r} stands for '{letter}' (line {_line(text, found.start())})"
        if decoded.encoding != "utf-8" and _is_utf8(content):
            raise DataError(
                f"{where} is UTF-8, but [data] encoding in wave.toml says {decoded.encoding}: read so, {stands}. "
                "Take encoding out of wave.toml."
            )
        raise DataError(
            f"{where}: its letters are ruined: UTF-8 was read as {taken_for} and saved again; {stands}. Take the "
            "file as it was before, or export it again as UTF-8."
        )
    if lost := text.count(_LOST):
        found_lost = f"letters were lost in an earlier conversion: U+FFFD stands in their place {lost} times"
        first = f"first in line {_line(text, text.index(_LOST))}"
        problems += (Problem("warning", "file", found_lost, first, "export the file again as UTF-8"),)
    return Decoded(text, decoded.encoding, problems)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
