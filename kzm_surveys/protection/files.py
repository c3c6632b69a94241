"""Files written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from kzm_surveys.errors import DataError

_FOLDER = "Check who may write into its folder and whether there is space, or write it to another folder"
_OPEN = "If a program has it open, close it and try again"


def replace_files(files: Mapping[Path, bytes]) -> list[Path]:
    """Write files, all or none: each under a temporary name first; only when all are written do they get their names.

    Old files step aside until the last new one is in place: one that cannot be replaced leaves all as they were.

    Raises
    ------
    DataError
        A file cannot be written, for instance because a program has it open.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = replace_files({Path(folder) / "a.txt": b"1"})
    ...     [path.read_bytes() for path in written]
    [b'1']
    """
    to_do, staged = _FOLDER, [(target, target.with_name(f".{target.name}.new")) for target in files]
    begun: list[Path] = []
    try:
        for target in files:
            to_do = _OPEN
            if target.exists():
                target.open("r+b").close()  # refused for a folder, a locked file and one that is read only
        to_do = _FOLDER
        for target, temporary in staged:
            target.parent.mkdir(parents=True, exist_ok=True)
            begun.append(temporary)
            temporary.write_bytes(files[target])
        to_do = _OPEN
        _put_in_place(staged)
    except BaseException as error:  # also where someone stops the run
        for temporary in begun:
            with suppress(OSError):
                temporary.unlink()
        if isinstance(error, OSError):
            named = (error.filename if to_do == _OPEN else None) or target
            raise DataError(f"{named}: cannot be written ({error.strerror}). {to_do}.") from None
        raise
    return list(files)


def _put_in_place(staged: Sequence[tuple[Path, Path]]) -> None:
    """Give every staged file its name; if one cannot have it, every old file gets its own back."""
    done: list[tuple[Path, Path | None]] = []
    try:
        for target, temporary in staged:
            old = target.with_name(f".{target.name}.old") if target.exists() else None
            if old is not None:
                target.replace(old)
            done.append((target, old))
            temporary.replace(target)
    except BaseException as error:
        if isinstance(error, OSError):
            error.filename = str(target)
        for target, old in reversed(done):
            with suppress(OSError):
                old.replace(target) if old is not None else target.unlink()
        raise
    for _, old in done:
        if old is not None:
            with suppress(OSError):
                old.unlink()
