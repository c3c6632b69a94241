"""1KA's SPSS syntax (.sps): names, formats, labels and missing codes of the data file beside it.

Facts from the open source of 1KA (bleifrei/1ka, November 2021; class.SurveyExport) and a genuine file of March 2024.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kzm_surveys.errors import DataError
from kzm_surveys.loaders.raw import Code

_LOST = "\ufffd"


@dataclass(frozen=True)
class Syntax:
    """What a .sps says: `formats` has all columns in the order of the data, F for numbers and A for text.

    `user_missing` has the columns under MISSING VALUES, which are the questions with numbers; `missing_labels` the
    labels of the survey's own missing codes.
    """

    formats: Mapping[str, str]
    labels: Mapping[str, str]
    value_labels: Mapping[str, Mapping[Code, str]]
    user_missing: Mapping[str, tuple[tuple[Code, Code], ...]]
    missing_labels: Mapping[int, str]

    @property
    def texts(self) -> list[str]:
        """Columns of text."""
        return [name for name, form in self.formats.items() if form.startswith("A")]


def read_syntax(content: bytes, where: str) -> Syntax:
    """Read a .sps as the server writes it, also if SPSS saved it again.

    Raises
    ------
    DataError
        It is cut short, or does not list the variables.
    """
    text = _decode(content)
    block = re.search(r"^[ \t]*GET DATA\b.*?/VARIABLES\s*=(.*?)^[ \t]*\.[ \t]*$", text, re.M | re.S | re.I)
    if block is None:
        raise DataError(
            f"{where} has no GET DATA with /VARIABLES: it is not 1KA's SPSS syntax. Export it again from 1KA."
        )
    if not re.search(r"^[ \t]*RESTORE[ \t]*\.", text[block.end() :], re.M | re.I):
        raise DataError(f"{where} is cut short: its last line, RESTORE, is missing. Export it again from 1KA.")
    formats = _formats(block[1], where)
    labels: dict[str, str] = {}
    value_labels: dict[str, dict[Code, str]] = {}
    user_missing: dict[str, tuple[tuple[Code, Code], ...]] = {}
    missing_labels: dict[int, str] = {}

    def columns(words: Sequence[str]) -> list[str]:
        # Only /VARIABLES and the labels have 1KA's names made fit for SPSS; the lists of names have them as they are.
        fit = [word if word in formats else sanitised(word) for word in words]
        return [name for name in fit if name in formats]

    for command in _commands(text[block.end() :]):
        match [word.upper() for word in command[:3]]:
            case ["VARIABLE", "LABELS", *_]:
                for name, label in zip(command[2::2], command[3::2], strict=False):
                    labels |= dict.fromkeys(columns([name]), _unquoted(label))
            case ["VALUE", "LABELS", *_] | ["ADD", "VALUE", "LABELS"]:
                added = command[0].upper() == "ADD"
                names, coded = _coded_labels(command[3 if added else 2 :])
                for name in columns(names):
                    value_labels.setdefault(name, {}).update(coded)
                if added or all(
                    isinstance(code, str) and label.startswith(f"{code}: ") for code, label in coded.items()
                ):
                    missing_labels |= {
                        int(code): label.removeprefix(f"{code}: ")
                        for code, label in coded.items() if re.fullmatch(r"-?\d+(\.0)?", str(code))
                    }  # fmt: skip
            case ["MISSING", "VALUES", *_]:
                opening = command.index("(") if "(" in command else len(command)
                user_missing |= dict.fromkeys(columns(command[2:opening]), _ranges(command[opening:]))
    narrowed = {name: _without_answers(ranges, missing_labels) for name, ranges in user_missing.items()}
    return Syntax(formats, labels, value_labels, narrowed, missing_labels)


def sanitised(name: str) -> str:
    """A column's name as 1KA makes it fit for SPSS: every byte but letters, digits, ``_`` and ``/`` becomes ``_``.

    >>> sanitised("šola-1"), sanitised("Language")
    ('__ola_1', 'Language_meta')
    """
    fit = re.sub(rb"[^a-zA-Z0-9_/]", b"_", name.encode()).decode()
    return "Language_meta" if fit == "Language" else fit


def _decode(content: bytes) -> str:
    """Text of the file; pieces of a long string are joined as bytes, for the server cuts letters in two there."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # saved again by a text editor
        content = content.decode("utf-16", errors="replace").encode()
    joined = re.sub(rb"'[ \t]*\+[ \t]*\r?\n[ \t]*'", b"", content)
    text = joined.decode("utf-8-sig", errors="replace")
    lost = text.count(_LOST)
    if lost > sum(ord(letter) > 127 for letter in text) - lost:  # more damage than letters: it is not UTF-8 at all
        text = joined.decode("cp1250", errors="replace")
    return text.replace("\r\n", "\n")


def _formats(block: str, where: str) -> dict[str, str]:
    formats: dict[str, str] = {}
    for line in block.splitlines():
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or not re.fullmatch(r"[A-Za-z]+\d*(\.\d+)?", words[1]):
            raise DataError(f"{where}: /VARIABLES has a line that is no name with a format. Export it again from 1KA.")
        if words[0] in formats:
            raise DataError(
                f"{where}: column names stand twice: {words[0]}. Rename the question in 1KA and export again."
            )
        formats[words[0]] = words[1].upper()
    if not formats:
        raise DataError(f"{where}: /VARIABLES names no variable. Export it again from 1KA.")
    return formats


_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \.(?=[ \t]*$) | [()] | (?:(?!\.[ \t]*$)[^\s'"()])+""",
    re.MULTILINE | re.VERBOSE,
)


def _commands(text: str) -> Iterator[list[str]]:
    """Words and strings of each command; a period at the end of a line ends it."""
    command: list[str] = []
    for token in _TOKEN.findall(text):
        if token == ".":
            yield command
            command = []
        else:
            command.append(token)


def _is_string(token: str) -> bool:
    return token[0] in "'\""


def _unquoted(token: str) -> str:
    """Text of a string without its quotes and without what is left of a letter that the server cut."""
    mark = token[0]
    return token[1:-1].replace(mark * 2, mark).replace(_LOST, "") if _is_string(token) else token


def _coded_labels(tokens: Sequence[str]) -> tuple[list[str], dict[Code, str]]:
    """Names and code -> label of a VALUE LABELS command; codes are numbers, or strings for text variables."""
    first = next((at for at, token in enumerate(tokens) if _is_string(token)), len(tokens))
    as_text = first + 1 < len(tokens) and _is_string(tokens[first + 1])
    start = first if as_text else max(first - 1, 0)
    pairs = zip(tokens[start::2], tokens[start + 1 :: 2], strict=False)
    labels = {_unquoted(code) if as_text else _number(code): _unquoted(label) for code, label in pairs}
    return list(tokens[:start]), labels


def _number(word: str) -> Code:
    try:
        return float(word)
    except ValueError:
        return word


def _ranges(tokens: Sequence[str]) -> tuple[tuple[Code, Code], ...]:
    """The codes in parentheses: ``(-99 thru -1)`` as 1KA writes it, or single codes."""
    words = [word for token in tokens if token not in "()" for word in token.replace(",", " ").split()]
    if len(words) == 3 and words[1].upper() == "THRU":
        return ((_number(words[0]), _number(words[2])),)
    return tuple((_number(word), _number(word)) for word in words)


def _without_answers(
    ranges: tuple[tuple[Code, Code], ...], missing_labels: Mapping[int, str]
) -> tuple[tuple[Code, Code], ...]:
    """Single codes in place of a range over zero: 1KA spans from the least to the greatest missing code.

    If the owner of a survey gave positive numbers to missing codes, the span declares all answers missing.
    """
    if any(isinstance(high, float) and high >= 0 for _, high in ranges):
        return tuple((float(code), float(code)) for code in missing_labels)
    return ranges
