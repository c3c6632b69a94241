"""The engine's texts: one TOML file per language, so that a language is added by translating a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.language.numbers import Language


@cache
def texts(lang: Language) -> Mapping[str, str]:
    """All texts of a language; keys of a table are joined by a dot.

    Raises
    ------
    FindingError
        There is no file for the language.

    Examples
    --------
    >>> texts("sl")["table"], texts("sl")["methods.n"]
    ('Preglednica', 'Število anketiranih: {n}.')
    """
    path = files("kzm_surveys.language") / f"{lang}.toml"
    if not path.is_file():
        raise FindingError(f"there are no texts in '{lang}'. Translate kzm_surveys/language/sl.toml to {lang}.toml.")
    flat: dict[str, str] = {}
    for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items():
        flat |= {f"{key}.{name}": text for name, text in value.items()} if isinstance(value, dict) else {key: value}
    return flat


def text(lang: Language, key: str) -> str:
    """Return one text, or raise with the nearest key."""
    known = texts(lang)
    if key not in known:
        raise FindingError(one_of(f"no text in '{lang}' for", key, known))
    return known[key]
