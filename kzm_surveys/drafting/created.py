"""New files, written all together or not at all, and what they leave to fill in."""

from __future__ import annotations

import csv
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kzm_surveys.errors import CodebookError
from kzm_surveys.toml_model import FILL_IN, Keys

#: How a text begins that a person has to write.
MARK = FILL_IN[0]


class ToFillIn(NamedTuple):
    """A fact that only a person knows: the file, its key or columns, and what to write there."""

    file: Path
    key: str
    what: str


@dataclass(frozen=True)
class Created:
    """Files that were written, and what a person must still fill in."""

    paths: tuple[Path, ...]
    to_fill_in: tuple[ToFillIn, ...]


def fill_in(what: str) -> str:
    """A text that says what to write in its place.

    >>> fill_in("year of the annual report, without quotes")
    'FILL IN: year of the annual report, without quotes'
    """
    return f"{MARK}: {what}"


def create(files: Mapping[Path, str | Path]) -> Created:
    """Write new files; none of them unless all can be written.

    Parameters
    ----------
    files
        Path -> text to write, or the file to copy there.

    Returns
    -------
    Created
        The paths, and every text that begins with the mark.

    Raises
    ------
    CodebookError
        A file of that name is there already, or the folder cannot be written.
    """
    for target in files:
        if target.exists():
            raise CodebookError(f"{target}: is there already and is not replaced. Move it away or name another folder.")
    new_folders = {folder for target in files for folder in target.resolve().parents if not folder.exists()}
    done: list[Path] = []
    try:
        with tempfile.TemporaryDirectory(prefix=".kzm-new-", dir=_nearest_folder(files)) as stage:
            staged = {target: Path(stage, str(number)) for number, target in enumerate(files)}
            for target, content in files.items():
                if isinstance(content, Path):
                    shutil.copyfile(content, staged[target])
                else:
                    staged[target].write_text(content, encoding="utf-8", newline="\n")
            for target, temporary in staged.items():
                target.parent.mkdir(parents=True, exist_ok=True)
                done.append(temporary.replace(target))
    except OSError as error:
        for target in done:
            target.unlink()
        for folder in sorted(filter(Path.is_dir, new_folders), key=lambda f: len(f.parts), reverse=True):
            folder.rmdir()
        raise CodebookError(f"{error.filename}: cannot be written ({error.strerror}). Nothing was made.") from None
    return Created(tuple(files), tuple(_left_open(files)))


def _nearest_folder(files: Mapping[Path, object]) -> Path:
    """The folder that is there already and lies nearest above the first file."""
    return next(folder for folder in next(iter(files)).resolve().parents if folder.is_dir())


def _left_open(files: Mapping[Path, str | Path]) -> Iterator[ToFillIn]:
    for path, content in files.items():
        if isinstance(content, Path):
            continue
        if path.suffix == ".toml":
            for keys, text in _marked(tomllib.loads(content)):
                yield ToFillIn(path, ".".join(map(str, keys)), text.removeprefix(f"{MARK}: "))
        else:
            rows = list(csv.DictReader(content.splitlines()))
            if columns := [name for name in rows[0] if any(row[name] == MARK for row in rows)] if rows else []:
                yield ToFillIn(path, ", ".join(columns), "the figures of this wave, in every row")


def _marked(value: object, keys: Keys = ()) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, str) and value.startswith(MARK):
        yield keys, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _marked(inner, (*keys, key))
