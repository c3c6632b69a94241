"""The text of a TOML file in pieces that can be changed one by one, comments and order kept."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from kzm_surveys.toml_model import Keys, header_path


class Piece(NamedTuple):
    """Lines that are TOML by themselves: a table header, a key with its value, a comment or an empty line.

    `keys` is the path of the header or key from the top of the file, with the place in an array of tables, empty for
    comments and empty lines; `body` is the statement without the comment behind it.
    """

    keys: Keys
    header: bool
    body: str
    comment: str


def pieces(text: str) -> Iterator[Piece]:
    r"""Split a file into pieces; what looks like a key inside a text or an array is none.

    Examples
    --------
    >>> [(piece.keys, piece.comment) for piece in pieces("# who\n[data]\nn = 8 # all\nfile = 'a#b'")]
    [((), 'who'), (('data',), ''), (('data', 'n'), 'all'), (('data', 'file'), '')]
    """
    table: Keys = ()
    arrays: dict[Keys, int] = {}
    chunk = ""
    for line in text.rstrip("\n").split("\n"):
        chunk += line + "\n"
        if (parsed := _parsed(chunk)) is None:
            continue
        body, comment = _split_comment(chunk, parsed)
        header = body.startswith("[")
        if header:
            table = header_path(parsed, arrays)
        keys = table if header else (*table, *_path(_parsed(key_of(body) + "= 0"))) if body else ()
        yield Piece(keys, header, body, comment)
        chunk = ""


def key_of(body: str) -> str:
    """The part of ``key = value`` before the first sign of equality that is not inside the key."""
    signs = (match.start() for match in re.finditer("=", body))
    return next(body[:at] for at in signs if _parsed(body[:at] + "= 0") is not None)


def _split_comment(chunk: str, parsed: dict[str, Any]) -> tuple[str, str]:
    """The statement, and the comment behind it without its sign."""
    for match in re.finditer("#", chunk):
        if _parsed(chunk[: match.start()]) == parsed:
            return chunk[: match.start()].strip(), chunk[match.end() :].rstrip().removeprefix(" ")
    return chunk.strip(), ""


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _path(parsed: Any) -> Keys:
    keys: Keys = ()
    while isinstance(parsed, dict) and parsed:
        key, parsed = next(iter(parsed.items()))
        keys += (key,)
    return keys
