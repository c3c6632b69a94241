"""Facts read from TOML: strict models, texts in both languages, errors that name file and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from kzm_surveys.errors import CodebookError


def _both_languages(text: dict[str, str]) -> dict[str, str]:
    for lang in ("sl", "en"):
        if not text.get(lang, "").strip():
            raise ValueError(f"a text in '{lang}' is missing")
    return text


Text = Annotated[dict[Literal["sl", "en"], str], AfterValidator(_both_languages)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


class Strict(BaseModel):
    """Base of everything read from TOML: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path, model: type[Model]) -> Model:
    """Read a TOML file into a model; any fault becomes one error that names file and keys.

    Raises
    ------
    CodebookError
        The file is missing, is not TOML or UTF-8, or does not fit the model.
    """
    try:
        content: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise CodebookError(f"{path}: there is no such file. Check the path of the survey folder.") from None
    except UnicodeDecodeError as error:
        raise CodebookError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise CodebookError(f"{path}: not valid TOML: {error}.") from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        ]
        raise CodebookError(f"{path}: " + "; ".join(faults)) from None
