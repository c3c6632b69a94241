"""Files written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kzm_surveys.errors import DataError


def replace_files(files: Mapping[Path, bytes]) -> list[Path]:
    """Write files, each under a temporary name first; only when all are written do they get their names.

    Raises
    ------
    DataError
        A file cannot be written, for instance because a program has it open.
    """
    staged: list[tuple[Path, Path]] = []
    to_do = "Check who may write into its folder and whether there is space, or write it to another folder"
    try:
        for target, content in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.new")
            staged.append((temporary, target))
            temporary.write_bytes(content)
        to_do = "If a program has it open, close it and try again"
        for temporary, target in staged:
            temporary.replace(target)
    except BaseException as error:  # also where someone stops the run
        for temporary, _ in staged:
            with suppress(OSError):
                temporary.unlink()
        if isinstance(error, OSError):
            raise DataError(f"{target}: cannot be written ({error.strerror}). {to_do}.") from None
        raise
    return list(files)
