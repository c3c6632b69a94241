"""How wide words are drawn, and where they break: measured with the house font before anything is drawn."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags

from kzm_surveys.errors import FindingError

FAMILY = "DejaVu Sans"
#: Height of a line of text over the size of its letters.
LEADING = 1.22
_POINTS = 72.0
#: A word of one letter with the blank after it, and what holds it to the next word while lines are broken.
_ONE_LETTER, _GLUE = re.compile(r"(?<![^\s(»“])([^\W\d_]) (?=\S)"), "\ue000"
#: Before and after blanks, and after hyphens and dashes, but not inside a range of numbers.
_BREAKS = re.compile(r"(?<=[ \t\n\r])(?=[^ \t\n\r])|(?<=[^ \t\n\r])(?=[ \t\n\r])|(?<=[–-])(?![–-]|$)(?!(?<=\d[–-])\d)")
_EM = 100.0
#: Parts of the width that a title of several lines may keep to.
_EVEN = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@cache
def _font(bold: bool, italic: bool = False) -> FT2Font:
    looks = FontProperties(family=FAMILY, weight="bold" if bold else "normal", style="italic" if italic else "normal")
    font = FT2Font(findfont(looks))
    font.set_size(_EM, int(_POINTS))
    return font


@cache
def _signs(bold: bool, italic: bool) -> frozenset[str]:
    """Characters that the house font can draw; slanted it lacks some, such as Arabic letters."""
    return frozenset(map(chr, _font(bold, italic).get_charmap()))


def drawable(text: str, *, bold: bool = False, italic: bool = False) -> str:
    """Return words as they are if the house font can draw them.

    Raises
    ------
    FindingError
        The house font has no sign for a character; the words and the character are named.

    Examples
    --------
    >>> drawable("žaga", bold=True)
    'žaga'
    """
    if lacking := next((character for character in text if character not in _signs(bold, italic)), ""):
        raise FindingError(f"'{text}': {_no_sign(lacking, italic)}")
    return text


def _no_sign(character: str, italic: bool) -> str:
    name = f"{FAMILY} Oblique" if italic else FAMILY
    return f"the font {name} has no sign for '{character}' (U+{ord(character):04X}). Take it out of the label."


@cache
def _advance(character: str, bold: bool) -> float:
    """Width of a character over the size of its letters."""
    font = _font(bold)
    if not font.get_char_index(ord(character)):
        raise FindingError(_no_sign(character, italic=False))
    return float(font.load_char(ord(character), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536 / _EM


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line of text in inches, kerning left out.

    Parameters
    ----------
    text
        The words.
    size
        Of the letters, in points.
    bold
        Bold letters are wider.

    Raises
    ------
    FindingError
        The house font has no sign for a character; the words and the character are named.

    Examples
    --------
    >>> round(text_width("čakalnica", 8), 2), round(text_width("čakalnica", 8, bold=True), 2)
    (0.52, 0.59)
    """
    return _ems(text, bold) * size / _POINTS


@lru_cache(maxsize=10_000)
def _ems(text: str, bold: bool) -> float:
    """Width of words over the size of their letters; the same words stand in many figures."""
    try:
        return sum([_advance(character, bold) for character in text])
    except FindingError as error:
        raise FindingError(f"'{text}': {error}") from None


def line_height(size: float) -> float:
    """Height of a line in inches."""
    return size * LEADING / _POINTS


def wrapped(text: str, inches: float, size: float, *, bold: bool = False) -> list[str]:
    """Break words into lines that fit a width; words that are wider than it are broken anywhere.

    Lines break at blanks and after hyphens and dashes, but not in a range of numbers, never at a no-break space, and
    not after a word of one letter, which in Slovenian stands with the next one.

    Examples
    --------
    >>> wrapped("motorji in ulični promet", 0.8, 8)
    ['motorji in', 'ulični promet']
    >>> wrapped("nenavadnodolgabeseda", 0.7, 8)
    ['nenavadnod', 'olgabeseda']
    >>> wrapped("moški, stari 18–39 let", 1.0, 8)
    ['moški, stari', '18–39 let']
    >>> wrapped("sprejemanje v javnosti", 1.0, 8)
    ['sprejemanje', 'v javnosti']
    """

    def wide(words: str) -> float:
        return text_width(words.replace(_GLUE, " "), size, bold=bold)

    lines: list[str] = []
    line, used = "", 0.0
    for piece in _BREAKS.split(_ONE_LETTER.sub(rf"\1{_GLUE}", text.strip())):
        word = " " if piece.isspace() else piece
        more = wide(word)
        if used + (0.0 if word == " " else more) <= inches:
            line, used = line + word, used + more
            continue
        if line.strip():
            lines.append(line)
        line = word.lstrip(" ")
        while wide(line) > inches and len(line) > 1:
            end = next(k for k in range(len(line) - 1, 0, -1) if k == 1 or wide(line[:k]) <= inches)
            lines.append(line[:end])
            line = line[end:]
        used = wide(line)
    return [each.replace(_GLUE, " ").rstrip(" ") for each in (*lines, line) if each.strip()]


def evenly_wrapped(text: str, inches: float, size: float, *, bold: bool = False) -> list[str]:
    """Break words as :func:`wrapped` into as many lines, about equally long: no single word below a full line.

    Examples
    --------
    >>> wrapped("tega vira tu ni", 0.7, 7.5), evenly_wrapped("tega vira tu ni", 0.7, 7.5)
    (['tega vira tu', 'ni'], ['tega vira', 'tu ni'])
    """
    lines = wrapped(text, inches, size, bold=bold)
    longest = max((text_width(word, size, bold=bold) for word in text.split(" ")), default=0.0)
    for share in _EVEN if len(lines) > 1 else ():
        narrower = wrapped(text, share * inches, size, bold=bold)
        if len(narrower) == len(lines) and longest <= share * inches:
            return narrower
    return lines
