"""``kzm new ... --from``: the folder of a survey's next wave, made from the text of an earlier one."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kzm_surveys.drafting.created import MARK, Created, create, fill_in
from kzm_surveys.drafting.toml_text import Piece, key_of, pieces
from kzm_surveys.drafting.toml_writer import toml
from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.toml_model import Keys, TomlFile, load_toml, validate
from kzm_surveys.wave import Dispositions, Wave

#: Facts of one wave alone, with what to write for them in the next.
OWN_FACTS: Mapping[Keys, str] = {
    ("synthetic",): "true if the answers are invented, otherwise false, without quotes",
    ("fieldwork", "first"): "first day of fieldwork, year-month-day without quotes",
    ("fieldwork", "last"): "last day of fieldwork, year-month-day without quotes",
    ("fieldwork", "approximate"): "true if the days are not exact, otherwise false, without quotes",
    ("data", "file"): "name of the data file in this folder",
    ("data", "sha256"): "SHA-256 of the data file; with nothing between the quotes, kzm check says it",
    ("data", "n"): "number of respondents, without quotes",
    ("data", "rows"): "number of units in the file, without quotes",
    ("weighting", "population"): "number of people in the population, without quotes",
    ("report", "year"): "year of the annual report, without quotes",
    **{("dispositions", outcome): f"number of contacts with the outcome '{outcome}', without quotes"
       for outcome in Dispositions.model_fields},
    ("dispositions", "invented"):
        "true if these counts are made up, otherwise false, without quotes; delete the table if none are known",
}  # fmt: skip
#: Columns of a margins file whose cells hold figures of one year, or say where these are from.
_FIGURES = ("count", "date", "status", "source")

_HEAD = """\
# Wave {new} of the survey "{survey}", made from wave {old} by `kzm new`.
# Write the facts in place of every "FILL IN"; until then each command lists those that are missing.
# Look at every line marked REVIEW: it stands as it stood in {old}. Take the mark away when it is right.
"""
_SAME_QUESTIONS = """\
# If some questions changed, put a codebook.toml beside this file that begins with
#   extends = "../codebook.toml"
# and says only what is different: a table such as [questions.name] replaces a question or adds one,
# drop = ["questions.name"] leaves one out.
"""
_OWN_QUESTIONS = """\
# The questions are those of wave {old}: see codebook.toml beside this file.
"""
_CODEBOOK = """\
# Questions of wave {new}: those of wave {old}. Say here only what is different: a table such as [questions.name]
# replaces a question or adds one, drop = ["questions.name"] leaves one out.
extends = "../{folder}/codebook.toml"
"""
_OLD_HEAD = re.compile(r"# Wave \S+ of the survey \"\S+\", made from wave ")
_OLD_MARK = re.compile(r"(; )?REVIEW: copied from [^;,]+(, the year changed)?|REVIEW, copied from \w+: ")


def new_wave(folder: str | Path, source: str | Path) -> Created:
    """Make the folder of a survey's next wave from an earlier one.

    ``wave.toml`` keeps the text of the earlier one, its order and comments; what cannot be carried over becomes a
    text that begins with "FILL IN", and what is carried over has a comment that begins with "REVIEW". The table of
    population margins keeps its rows, and none of its figures. Published numbers and answers stay behind.

    Parameters
    ----------
    folder
        The new folder, for example ``surveys/noise/2023``; it must not exist, or be empty.
    source
        The earlier wave: the name of a folder beside it, or a path.

    Returns
    -------
    Created
        Paths of the files, and all that must be filled in.

    Raises
    ------
    CodebookError
        The folder has something in it or a name that is none; the earlier wave does not exist, is of another
        survey, is wrong or not filled in itself; or nothing can be written.

    Examples
    --------
    >>> import shutil, tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = shutil.copytree("surveys/noise", f"{place}/noise")
    ...     made = new_wave(f"{place}/noise/2023", "2021")
    >>> [path.name for path in made.paths]
    ['wave.toml', 'population.csv']
    >>> made.to_fill_in[1].key, made.to_fill_in[1].what
    ('fieldwork.first', 'first day of fieldwork, year-month-day without quotes (in 2021: 2021-11-24)')
    """
    folder = Path(folder)
    name = new_name(folder)
    earlier = _earlier(folder, source)
    file = load_toml(earlier / "wave.toml")
    wave = validate(file.content, Wave, lambda _: file)
    change = Change(wave.survey, wave.wave, name)
    own = (earlier / "codebook.toml").is_file()
    files: dict[Path, str | Path] = {folder / "wave.toml": change.text(file, own_questions=own)}
    if own:
        text = _CODEBOOK.format(new=name, old=wave.wave, folder=earlier.resolve().name)
        files[folder / "codebook.toml"] = text
    margins = wave.weighting.margins
    if margins is not None and Path(margins).name == margins:
        files[folder / margins] = _without_figures(earlier / margins)
    return create(files)


def new_name(folder: Path) -> str:
    """Name of the survey or wave whose folder is to be made.

    Raises
    ------
    CodebookError
        The name of the folder cannot name either.
    """
    name = folder.resolve().name
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", name):
        raise CodebookError(
            f"{folder}: '{name}' cannot name a survey or a wave. Use small letters a to z, digits and '_'."
        )
    return name


def _earlier(folder: Path, source: str | Path) -> Path:
    """Folder of the earlier wave, once it is certain that a new one can be made from it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CodebookError(f"{folder}: is there already and not empty. Name a folder that does not exist.")
    survey = folder.resolve().parent
    waves = sorted(path.parent.name for path in survey.glob("*/wave.toml"))
    for earlier in (survey / source, Path(source)):
        if (earlier / "wave.toml").is_file():
            break
    else:
        raise CodebookError(f"{survey}: " + one_of("unknown wave", source, waves or ["(none)"]) + ".")
    if earlier.resolve().parent != survey:
        raise CodebookError(
            f"{folder}: a wave of '{survey.name}' cannot be made from {earlier}, which is of another survey. "
            f"Waves of '{survey.name}': {', '.join(waves) or 'none'}."
        )
    return earlier


class Change(NamedTuple):
    """What becomes of a wave.toml when the wave `old` of a survey is the source of the wave `new`."""

    survey: str
    old: str
    new: str

    def text(self, file: TomlFile, *, own_questions: bool) -> str:
        """The new wave.toml.

        Raises
        ------
        CodebookError
            The new text would not say what it should.
        """
        head = _HEAD + (_OWN_QUESTIONS if own_questions else _SAME_QUESTIONS)
        lines = [head.format(new=self.new, old=self.old, survey=self.survey)]
        content = self.value((), file.content)
        commented = False
        for piece in pieces(_without_old_head(file.text)):
            if piece.keys:
                lines.append(self._statement(piece, _at(file.content, piece.keys), _at(content, piece.keys)))
            elif piece.comment:
                words = _OLD_MARK.sub("", piece.comment)
                lines.append(f"# {words}" if commented else f"# REVIEW, copied from {self.old}: {words}")
            else:
                lines.append("")
            commented = bool(piece.comment and not piece.keys)
        text = "\n".join(lines) + "\n"
        if tomllib.loads(text) != content:
            raise CodebookError(f"{file.path}: cannot be copied piece by piece. Copy the file by hand.")
        return text

    def value(self, keys: Keys, value: Any) -> Any:
        """A value of the old file as it stands in the new one."""
        if keys == ("wave",):
            return self.new
        if keys == ("title",):
            return self._title(value)
        if keys in OWN_FACTS:
            shown = "" if keys == ("data", "sha256") else f" (in {self.old}: {_shown(value)})"
            return fill_in(OWN_FACTS[keys] + shown)
        if isinstance(value, dict):
            return {key: self.value((*keys, key), inner) for key, inner in value.items()}
        return value

    def _title(self, title: dict[str, str]) -> dict[str, str]:
        """The title with the year changed; to be filled in if it names something else that may have changed."""
        years = re.fullmatch(r"\d{4}", self.old) and re.fullmatch(r"\d{4}", self.new)
        named = {lang: re.search(rf"\b(\d{{4}}|{self.old})\b", text) for lang, text in title.items()}
        if not any(named.values()):
            return title
        if years and all(match and match[0] == self.old for match in named.values()):
            return {lang: re.sub(rf"\b{self.old}\b", self.new, text) for lang, text in title.items()}
        return {lang: fill_in(f"title of the wave (in {self.old}: {text})") for lang, text in title.items()}

    def _statement(self, piece: Piece, old: Any, new: Any) -> str:
        """A header or a key with its value, as it stands in the new file."""
        body, review = piece.body, f"REVIEW: copied from {self.old}"
        if piece.header:
            marked = len(piece.keys) > 1
        else:
            marked = len(piece.keys) <= 2 and piece.keys not in (("survey",), ("wave",))
            if new != old:
                body = f"{key_of(body).strip()} = {toml(new)}"
                marked = bool(piece.comment) or (marked and MARK not in body)
                review += ", the year changed" if piece.keys[0] == "title" else ""
        notes = [_OLD_MARK.sub("", piece.comment).strip(), review if marked else ""]
        return body + (f" # {'; '.join(filter(None, notes))}" if any(notes) else "")


def _at(content: Any, keys: Keys) -> Any:
    for key in keys:
        content = content[key]
    return content


def _shown(value: object) -> str:
    return value if isinstance(value, str) else toml(value)


def _without_old_head(text: str) -> str:
    """The text without the lines that an earlier run of this function put on top."""
    return text.split("\n\n", 1)[1] if _OLD_HEAD.match(text) and "\n\n" in text else text


def _without_figures(path: Path) -> str:
    """A table of margins with its rows, and with all figures and their sources to be filled in.

    Raises
    ------
    CodebookError
        The table is missing or not readable.
    """
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CodebookError(f"{path}: the margins of the earlier wave cannot be read ({error}).") from None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(rows[:1])
    for row in filter(any, rows[1:]):
        writer.writerow([MARK if name in _FIGURES else cell for name, cell in zip(rows[0], row, strict=False)])
    return out.getvalue()
