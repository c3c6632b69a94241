"""Scripts of a project folder, run from the engine: their own mistakes become one message with file and line."""

from __future__ import annotations

import runpy
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kzm_surveys.errors import EstimationError, FindingError, KzmError


def run_script(script: Path, function: str, *arguments: object) -> Any:
    """Return what a function of a script makes of its arguments; the scripts are not part of the package.

    Raises
    ------
    FindingError
        There is no such script or function, or it fails. Other errors of the package pass as they are.
    """
    if not script.is_file():
        raise FindingError(f"there is no {script}. Write it (see the other scripts in its folder).")
    namespace = in_script(script, lambda: runpy.run_path(str(script)))
    if function not in namespace:
        raise FindingError(f"{script} has no function '{function}'.")
    return in_script(script, lambda: namespace[function](*arguments))


def in_script(script: Path, call: Callable[[], Any]) -> Any:
    """Return the result of a call into a script; its own mistakes become one message that names file and line."""
    try:
        return call()
    except KzmError as error:
        if type(error) in (FindingError, EstimationError) and (line := _line(script, error)):
            raise type(error)(f"{error} ({script}, line {line})") from error
        raise
    except Exception as error:
        line = _line(script, error)
        where = f"{script}, line {line}" if line else str(script)
        raise FindingError(f"{where}: {type(error).__name__}: {error}. Correct the script.") from error


def _line(script: Path, error: Exception) -> int | None:
    """The line of the script that an error came through last; of a mistake in its grammar the line itself."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).name == script.name]
    found: int | None = frames[-1].lineno if frames else getattr(error, "lineno", None)
    return found
