"""Reading ``codebook.toml``, and a later wave's that extends an earlier one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kzm_surveys.codebook.codebook import Codebook
from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.toml_model import Keys, TomlFile, is_there, load_toml, validate

TABLES = ("missing", "scales", "questions", "derived")


def read_codebook(path: str | Path) -> Codebook:
    """Read ``codebook.toml``, together with the one that it extends.

    A file that begins with ``extends = "../codebook.toml"`` says only what is different: each table such as
    ``[questions.age]`` replaces the whole entry of that name, in its place, or is added at the end (or behind the entry
    that its ``after = "sex"`` names); ``drop = ["questions.music"]`` leaves entries out; ``title`` and ``status`` may
    be given anew.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Codebook
        Checked: scales, reasons, routing and derived variables refer to what exists.

    Raises
    ------
    CodebookError
        With file, key and line of everything that is wrong.

    Examples
    --------
    >>> read_codebook("surveys/noise/codebook.toml")["age"].limits
    (18.0, 105.0)
    """
    chain = _chain(Path(path))
    content = dict(chain[-1].content)
    owners: dict[Keys, TomlFile] = {}
    for layer in reversed(chain[:-1]):
        content = _extended(content, layer, owners)

    def owner(keys: Keys) -> TomlFile:
        return owners.get(keys[:2]) or owners.get(keys[:1]) or chain[-1 if keys else 0]

    try:
        codebook = validate(content, Codebook, owner)
    except CodebookError as error:
        if len(chain) == 1:
            raise
        layers = " extends ".join(str(file.path) for file in chain)
        raise CodebookError(f"{error} (read together: {layers})") from None
    if not codebook.questions:
        raise _fault(chain[0], ("questions",), "there is no question; describe each in a table [questions.name]")
    return codebook


def _chain(path: Path) -> list[TomlFile]:
    """The file, the one it extends, and so on to the one that extends none."""
    chain = [load_toml(path)]
    while (target := chain[-1].content.get("extends")) is not None:
        here = f"{chain[-1].path}: extends{chain[-1].place(('extends',))}: "
        if not isinstance(target, str):
            raise CodebookError(f'{here}must be a path such as "../codebook.toml".')
        base = Path(os.path.normpath(chain[-1].path.parent / target))
        try:
            found = is_there(base)
        except CodebookError as error:
            raise CodebookError(f"{here}{error}") from None
        if not found:
            raise CodebookError(f"{here}there is no file {base}.")
        if any(base.samefile(file.path) for file in chain):
            circle = " -> ".join(str(file) for file in (*(file.path for file in chain), base))
            raise CodebookError(f"{here}goes round in a circle: {circle}. One of these must stand by itself.")
        chain.append(load_toml(base))
    return chain


def _extended(base: dict[str, Any], layer: TomlFile, owners: dict[Keys, TomlFile]) -> dict[str, Any]:
    """Content after a layer's changes; `owners` learns which entries are the layer's."""
    allowed = ("extends", "drop", "title", "status", *TABLES)
    for key in layer.content:
        if key not in allowed:
            raise _fault(layer, (key,), one_of("unknown key beside 'extends':", key, allowed))
    out = dict(base)
    given = {}
    for table in TABLES:
        out[table] = dict(_entries(base.get(table, {}), layer, table))
        given[table] = _entries(layer.content.get(table, {}), layer, table)
    for name in _dropped(layer):
        table, _, entry = name.partition(".")
        if table not in TABLES or entry not in out[table]:
            known = [f"{there}.{key}" for there in TABLES for key in out[there]]
            raise _fault(layer, ("drop",), one_of("cannot drop unknown entry", name, known))
        if entry in given[table]:
            raise _fault(
                layer, ("drop",), f"'{name}' is dropped and given anew; a new table replaces the old by itself"
            )
        del out[table][entry]
    for key in ("title", "status"):
        if key in layer.content:
            out[key] = layer.content[key]
            owners[(key,)] = layer
    for table in TABLES:
        for name, entry in given[table].items():
            out[table] = _put(out[table], name, entry, layer, (table, name))
            owners[table, name] = layer
    return out


def _fault(layer: TomlFile, keys: Keys, words: str) -> CodebookError:
    return CodebookError(f"{layer.path}: {'.'.join(map(str, keys))}{layer.place(keys)}: {words}")


def _entries(value: Any, layer: TomlFile, table: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _fault(layer, (table,), f"'{table}' must hold tables such as [{table}.name], here and in what it extends")
    return value


def _dropped(layer: TomlFile) -> list[str]:
    names = layer.content.get("drop", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _fault(layer, ("drop",), 'must be a list of entries such as ["questions.music"]')
    return names


def _put(entries: dict[str, Any], name: str, entry: Any, layer: TomlFile, keys: Keys) -> dict[str, Any]:
    """Entries with one replaced in its place, added at the end, or put behind the one it names."""
    if not isinstance(entry, dict) or "after" not in entry:
        return entries | {name: entry}
    others = {key: value for key, value in entries.items() if key != name}
    if str(entry["after"]) not in others:
        raise _fault(layer, (*keys, "after"), one_of("unknown entry", entry["after"], others))
    out: dict[str, Any] = {}
    for key, value in others.items():
        out[key] = value
        if key == entry["after"]:
            out[name] = {field: inner for field, inner in entry.items() if field != "after"}
    return out
