"""The words of an analysis: ``analyses/<survey>.<language>.toml``, one catalogue per language beside the script."""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kzm_surveys.errors import CodebookError
from kzm_surveys.language.numbers import Language
from kzm_surveys.toml_model import is_there, load_toml


@dataclass(frozen=True)
class ScriptWords:
    """Texts of a script in one language by key; the keys of a table are joined by a dot.

    Attributes
    ----------
    path, lang
        File and language.
    texts
        Key -> text with names in braces, which the script fills in.
    """

    path: Path
    lang: Language
    texts: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        """Return a text, or raise a :class:`CodebookError` that names file and nearest key."""
        if key not in self.texts:
            near = difflib.get_close_matches(key, self.texts, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else "."
            raise CodebookError(f"{self.path}: there is no text '{key}'{hint} Add it to the file and its translations.")
        return self.texts[key]

    def __contains__(self, key: object) -> bool:
        return key in self.texts


def read_script_words(script: str | Path, lang: Language) -> ScriptWords:
    """Read the words of a script in a language.

    Parameters
    ----------
    script
        ``analyses/<survey>.py``; its words stand beside it in ``<survey>.<lang>.toml``.
    lang
        Language.

    Raises
    ------
    CodebookError
        The file is missing or damaged, a digit is typed in a text, or the languages beside the script differ in their
        keys or in the names that they fill in.

    Examples
    --------
    >>> read_script_words("analyses/noise.py", "sl").path.name
    'noise.sl.toml'
    """
    script = Path(script)
    path = script.with_suffix(f".{lang}.toml")
    others = sorted(script.parent.glob(f"{script.stem}.??.toml"))
    if not is_there(path):
        known = ", ".join(each.name for each in others)
        to_do = f"Translate one of these: {known}." if known else "Write it (see the others in its folder)."
        raise CodebookError(f"there is no {path}, the words of {script.name}. {to_do}")
    words = _read(path)
    for other in others:
        if other != path:
            _compare(path, words, other, _read(other))
    return ScriptWords(path, lang, words)


def _read(path: Path) -> Mapping[str, str]:
    words = dict(_flat(load_toml(path).content, path))
    for key, text in words.items():
        if re.search(r"\d", text):
            raise CodebookError(f"{path}: {key}: a digit is typed by hand in '{text}'; numbers come from estimates.")
        _names(path, key, text)
    return words


def _flat(content: Mapping[str, object], path: Path, before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        key = f"{before}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, path, f"{key}.")
        elif isinstance(value, str) and value.strip():
            yield key, value
        else:
            raise CodebookError(f"{path}: {key} must be a text, found {value!r}.")


def _compare(path: Path, words: Mapping[str, str], other: Path, others: Mapping[str, str]) -> None:
    """Refuse languages that do not say the same."""
    for one, first, two, second in ((path, words, other, others), (other, others, path, words)):
        if lacking := [key for key in second if key not in first]:
            raise CodebookError(f"{one} lacks the text '{lacking[0]}', which {two.name} has. Translate it.")
    for key, text in words.items():
        here, there = _names(path, key, text), _names(other, key, others[key])
        if here != there:
            raise CodebookError(
                f"{path}: {key} fills in {', '.join(sorted(here)) or 'nothing'}, {other.name} "
                f"{', '.join(sorted(there)) or 'nothing'}. Let both fill in the same."
            )


def _names(path: Path, key: str, text: str) -> frozenset[str]:
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    except ValueError as error:
        raise CodebookError(f"{path}: {key}: the braces in '{text}' do not match.") from error
