"""Facts read from TOML: strict models, texts in both languages, errors that name file, key and line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from kzm_surveys.errors import CodebookError, UnfilledError

#: Path of a key from the top of the file; a number is the place in an array.
Keys = tuple[str | int, ...]
#: How the texts begin that a new file leaves for a person to write.
FILL_IN = ("FILL IN", "IZPOLNI")


#: Characters that Word and XML cannot hold.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


class Words(dict[str, str]):
    """A text by language; to ask for a language that it lacks is an error that tells where to add it.

    Examples
    --------
    >>> Words(sl="hrup", en="noise")["it"]
    Traceback (most recent call last):
        ...
    kzm_surveys.errors.CodebookError: there is no text in 'it' for 'hrup' (there: sl, en). Write it = "..." beside the \
others where the survey says it (codebook.toml, wave.toml or the words of its figures).
    """

    def __missing__(self, lang: str) -> str:
        there = ", ".join(self)
        raise CodebookError(
            f"there is no text in '{lang}' for '{self['sl']}' (there: {there}). Write {lang} = \"...\" beside the "
            "others where the survey says it (codebook.toml, wave.toml or the words of its figures)."
        )


def _both_languages(text: dict[str, str]) -> dict[str, str]:
    for lang in ("sl", "en"):
        if not text.get(lang, "").strip():
            raise ValueError(f"a text in '{lang}' is missing")
    if empty := [lang for lang, words in text.items() if not words.strip()]:
        raise ValueError(f"the text in '{empty[0]}' is empty")
    if unprintable := [lang for lang, words in text.items() if CONTROL.search(words)]:
        raise ValueError(f"the text in '{unprintable[0]}' holds a control character, which no document can show")
    return Words(text)


#: A text in Slovenian and English, and in any further language (it, hu ...) by its code of two letters.
Text = Annotated[dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], str], AfterValidator(_both_languages)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


class Strict(BaseModel):
    """Base of everything read from TOML: unknown keys are errors, no value is turned into another type or changed.

    Only a whole number may stand where a decimal one is wanted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, content: Any) -> Any:
        """TOML arrays arrive as lists; frozen models hold tuples."""
        return _with_tuples(content)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(inner) for key, inner in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


class Misfit(ValueError):
    """A contradiction that a model finds, with the key below it that has to change."""

    def __init__(self, keys: Sequence[str | int], message: str) -> None:
        super().__init__(message)
        self.keys: Keys = tuple(keys)


Model = TypeVar("Model", bound=BaseModel)


class _Statement(NamedTuple):
    """Lines of a table header or of a key with its value."""

    first: int
    last: int
    header: bool


@dataclass(frozen=True)
class TomlFile:
    """A TOML file as read: its path, its text and what stands in it."""

    path: Path
    text: str
    content: dict[str, Any]

    def place(self, keys: Keys) -> str:
        """Say on which lines a key stands; nothing where that is not certain.

        Examples
        --------
        >>> text = chr(10).join(["[sex]", "label = 'x'", "codes = [", "  1,", "]"])
        >>> file = TomlFile(Path("a.toml"), text, tomllib.loads(text))
        >>> [file.place(keys) for keys in (("sex", "label"), ("sex", "codes", 0), ("sex", "kind"), ("age",))]
        [' (line 2)', ' (lines 3 to 5)', ' (table of line 1)', '']
        """
        for length in range(len(keys), 0, -1):
            found = self._statements.get(keys[:length])
            if found is None:
                continue
            if found.header and length < len(keys):
                return f" (table of line {found.first})" if length == len(keys) - 1 else ""
            return f" (line {found.first})" if found.first == found.last else f" (lines {found.first} to {found.last})"
        return ""

    @cached_property
    def _statements(self) -> dict[Keys, _Statement | None]:
        """Every table header and every key with its lines; None where several statements share a key.

        A statement is the shortest run of lines that is TOML by itself, so what looks like a header or a key inside
        an array or a text is never taken for one.
        """
        out: dict[Keys, _Statement | None] = {}
        arrays: dict[Keys, int] = {}
        table: Keys = ()
        chunk, first = "", 1
        for number, line in enumerate(self.text.split("\n"), start=1):
            first = first if chunk else number
            chunk += line + "\n"
            try:
                parsed = tomllib.loads(chunk)
            except tomllib.TOMLDecodeError:
                continue
            if chunk.lstrip().startswith("["):
                table = header_path(parsed, arrays)
                out[table] = _Statement(first, number, header=True)
            else:
                keys = table
                while isinstance(parsed, dict) and len(parsed) == 1:
                    key, parsed = next(iter(parsed.items()))
                    keys += (key,)
                    out[keys] = None if keys in out else _Statement(first, number, header=False)
            chunk = ""
        return out


def header_path(parsed: Any, arrays: dict[Keys, int]) -> Keys:
    """Path of a table header, with its places in arrays of tables; a new element is counted in `arrays`."""
    keys: Keys = ()
    while parsed:
        key, parsed = next(iter(parsed.items()))
        keys += (key,)
        if isinstance(parsed, list):
            arrays[keys] = arrays.get(keys, -1) + 1
            return (*keys, arrays[keys])
        if keys in arrays:
            keys += (arrays[keys],)
    return keys


def load_toml(path: Path) -> TomlFile:
    """Read a TOML file in which nothing is left to fill in.

    Raises
    ------
    CodebookError
        The file is missing, is not TOML or UTF-8, or holds texts that begin with "FILL IN" or "IZPOLNI" (all are
        listed).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise CodebookError(f"{path}: there is no such file. Check the path of the survey folder.") from None
    except OSError as error:
        raise CodebookError(f"{path}: cannot be read ({error.strerror}). Check who may read it.") from None
    except UnicodeDecodeError as error:
        raise CodebookError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:  # tomllib: a number of thousands of digits, endless brackets
        raise CodebookError(f"{path}: not valid TOML: {error}.") from None
    file = TomlFile(path, text, content)
    if unfilled := [_shown(keys) + file.place(keys) for keys in _unfilled(content)]:
        message = f"{path}: not yet filled in: {', '.join(unfilled)}. Write the facts in place of the marks."
        raise UnfilledError(message, content)
    return file


def _unfilled(value: Any, keys: Keys = ()) -> Iterator[Keys]:
    """Paths of all texts that are still marked."""
    if isinstance(value, str) and value.lstrip().startswith(FILL_IN):
        yield keys
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _unfilled(inner, (*keys, key))


def _shown(keys: Keys) -> str:
    return ".".join(str(key) for key in keys)


def validate(content: Mapping[str, Any], model: type[Model], owner: Callable[[Keys], TomlFile]) -> Model:
    """Fit the content of one or several files into a model; `owner` tells which file a key is from.

    Raises
    ------
    CodebookError
        All faults at once, each with its file, key and, where certain, line.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults: dict[Path, list[str]] = {}
        for fault in error.errors():
            found = fault.get("ctx", {}).get("error")
            keys: Keys = (*fault["loc"], *(found.keys if isinstance(found, Misfit) else ()))
            if keys[-1:] == ("[key]",):
                keys = keys[:-1]
            file = owner(keys)
            faults.setdefault(file.path, []).append(f"{_shown(keys) or 'file'}{file.place(keys)}: {_words(fault)}")
        raise CodebookError("; ".join(f"{path}: " + "; ".join(found) for path, found in faults.items())) from None


#: What a value has to be, by pydantic's name of the fault.
_WANTED = {
    "bool_type": "true or false", "int_type": "a whole number", "float_type": "a number",
    "string_type": "a text in quotes", "date_type": "a date such as 2025-04-01, without quotes",
    "tuple_type": "a list in square brackets", "dict_type": "a table", "model_type": "a table",
}  # fmt: skip


#: Limits and lists of values, with what they say of themselves.
_BOUNDED = {
    "greater_than": "greater than {gt:.16g}", "greater_than_equal": "at least {ge:.16g}",
    "less_than": "less than {lt:.16g}", "less_than_equal": "at most {le:.16g}",
    "finite_number": "a finite number", "literal_error": "{expected}",
}  # fmt: skip
#: What a text has to be, by its pattern.
_WRITTEN = {
    r"^[a-z]{2}$": "the code of a language, two small letters",
    r"^[a-z0-9][a-z0-9_]*$": "a name of small letters a to z, digits and '_'",
    r"^([0-9a-f]{64})?$": "a SHA-256 of 64 digits 0 to 9 and a to f, or empty",
}


def _words(fault: ErrorDetails) -> str:
    """A fault in the words of TOML."""
    kind, ctx = fault["type"], fault.get("ctx", {})
    if kind in ("missing", "extra_forbidden"):
        return "is missing" if kind == "missing" else "unknown key"
    if kind in ("too_short", "too_long"):
        bound = f"at least {ctx['min_length']}" if kind == "too_short" else f"at most {ctx['max_length']}"
        return f"must hold {bound}, found {ctx['actual_length']}"
    wanted = _WANTED.get(kind) or _BOUNDED.get(kind, "").format(**ctx) or _WRITTEN.get(ctx.get("pattern", ""))
    if wanted:
        return f"must be {wanted}, found {_found(fault['input'])}"
    return fault["msg"].removeprefix("Value error, ")


def _found(value: Any) -> str:
    if isinstance(value, dict | tuple | list):
        return "a table" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)


def is_there(path: Path, what: Literal["file", "folder"] = "file") -> bool:
    """Tell whether there is such a file or folder.

    Raises
    ------
    CodebookError
        The system does not say: no permission, a name too long.
    """
    try:
        return path.is_dir() if what == "folder" else path.is_file()
    except OSError as error:
        raise CodebookError(f"{path}: cannot be read ({error.strerror}). Check the path and who may read it.") from None


def read_toml(path: Path, model: type[Model]) -> Model:
    """Read a TOML file into a model; any fault becomes one error that names file, keys and lines.

    Raises
    ------
    CodebookError
        The file is missing, is not TOML or UTF-8, is not filled in yet, or does not fit the model.
    """
    file = load_toml(path)
    return validate(file.content, model, lambda _: file)
