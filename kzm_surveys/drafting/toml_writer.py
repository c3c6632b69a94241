"""Values as TOML, written as the files under ``surveys/`` are: inline tables, one line."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence

from kzm_surveys.toml_model import CONTROL


def toml(value: object) -> str:
    r"""TOML of a value; tables are inline, characters that cannot be seen are escaped.

    Parameters
    ----------
    value
        Text, number, truth value, day, or mappings and sequences of these.

    Raises
    ------
    TypeError
        TOML has no such value.

    Examples
    --------
    >>> print(toml({"code": 1, "label": {"sl": 'tako "imenovani"', "en": "so-called"}, "of": ["a", 0.5, True]}))
    { code = 1, label = { sl = "tako \"imenovani\"", en = "so-called" }, of = ["a", 0.5, true] }
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(key))} = {toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(toml(item) for item in value)}]"
    raise TypeError(f"TOML has no value of the type {type(value).__name__}")


def both(text: str) -> dict[str, str]:
    """One text for both languages, without characters that no document can show."""
    visible = CONTROL.sub(" ", text)
    return {"sl": visible, "en": visible}


def _text(value: str) -> str:
    escaped = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" if ord(c) > 0xFFFF else f"\\u{ord(c):04x}"
                   for c in escaped)  # fmt: skip


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _text(name)
