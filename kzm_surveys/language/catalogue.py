"""The engine's texts: one TOML file per language, so that a language is added by translating a file.

``sl.toml`` says which texts there are. Every other language also has the tables of `GRAMMAR`, whose place Slovenian
grammar takes in ``slovene.py``; ``en.toml`` is the example of them.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kzm_surveys.errors import FindingError, one_of

#: Code of a language that has a catalogue; see :func:`languages`.
Language = str

FOLDER = Path(__file__).parent
#: Tables of every language but Slovenian.
GRAMMAR = ("grammar", "nouns", "past", "present", "shares")


def languages() -> tuple[Language, ...]:
    """Codes of the languages that have a catalogue.

    Examples
    --------
    >>> {"sl", "en"} <= set(languages())
    True
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("??.toml")))


@cache
def texts(lang: Language) -> Mapping[str, str]:
    """All texts of a language; keys of a table are joined by a dot.

    Raises
    ------
    FindingError
        There is no file for the language, or it is damaged: no TOML, an empty text, a digit, or other names in braces
        than the same text has in ``sl.toml``.

    Examples
    --------
    >>> texts("sl")["table"], texts("sl")["methods.n"]
    ('Preglednica', 'Število anketiranih: {n}.')
    """
    if lang not in languages():
        raise FindingError(
            f"there are no texts in '{lang}' (there: {', '.join(languages())}). Translate "
            f"kzm_surveys/language/sl.toml to {lang}.toml, with the grammar of en.toml."
        )
    name = f"{lang}.toml"
    try:
        content = tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
    except ValueError as error:
        raise FindingError(f"{name}: not valid TOML in UTF-8: {error}.") from None
    flat: dict[str, str] = {}
    for key, value in content.items():
        flat |= {f"{key}.{inner}": text for inner, text in value.items()} if isinstance(value, dict) else {key: value}
    names = {key: _checked(name, key, value) for key, value in flat.items()}
    if lang != "sl":
        for key, template in texts("sl").items():
            wanted = _fields(template)
            if key in names and names[key] != wanted:
                raise FindingError(f"{name}: '{key}' fills in {_listed(names[key])}, sl.toml {_listed(wanted)}.")
    return flat


def text(lang: Language, key: str) -> str:
    """Return one text.

    Raises
    ------
    FindingError
        There is none: the catalogue of the language lacks it, or no catalogue has it. The file and the key are named.
    """
    known = texts(lang)
    if key in known:
        return known[key]
    wanted = texts("sl") if lang == "sl" or key in texts("sl") else texts("en")
    if key in wanted:
        others = [other for other in wanted if other not in known and other != key]
        more = f" (and {len(others)} more, such as '{others[0]}')" if others else ""
        raise FindingError(f"{lang}.toml lacks the text '{key}'{more}. Translate it from sl.toml or en.toml.")
    raise FindingError(f"{lang}.toml: " + one_of(f"no text in '{lang}' for", key, known))


def in_every_language(key: str) -> dict[Language, str]:
    """Return one text in all languages that have it, Slovenian first.

    Examples
    --------
    >>> known = in_every_language("table")
    >>> list(known)[0], known["sl"], known["en"]
    ('sl', 'Preglednica', 'Table')
    """
    return {"sl": text("sl", key)} | {lang: texts(lang)[key] for lang in languages() if key in texts(lang)}


def tag(lang: Language) -> str:
    """Return the tag of a language and country, as documents carry it.

    Examples
    --------
    >>> tag("sl"), tag("en")
    ('sl-SI', 'en-GB')
    """
    return text(lang, "language.tag")


def _checked(file: str, key: str, value: object) -> frozenset[str]:
    """Names in braces of a text that can stand in a catalogue."""
    if not isinstance(value, str) or not value.strip():
        raise FindingError(f"{file}: '{key}' must be a text, found {value!r}.")
    if re.search(r"\d", value):
        raise FindingError(f"{file}: '{key}' holds a digit; numbers come from estimates. Found: '{value}'.")
    try:
        return _fields(value)
    except ValueError:
        raise FindingError(f"{file}: '{key}': the braces in '{value}' do not match.") from None


def _fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "nothing"
