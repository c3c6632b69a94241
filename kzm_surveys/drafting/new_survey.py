"""``kzm new ... --data``: the folder of a new survey, with a first draft of its codebook from the data file."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kzm_surveys import loaders
from kzm_surveys.codebook import Codebook
from kzm_surveys.drafting.codebook_text import codebook_text
from kzm_surveys.drafting.columns import EMPTY, describe_columns
from kzm_surveys.drafting.created import Created, create, fill_in
from kzm_surveys.drafting.draft import Draft
from kzm_surveys.drafting.grouping import group_columns
from kzm_surveys.drafting.names import slug
from kzm_surveys.drafting.new_wave import OWN_FACTS, new_name
from kzm_surveys.drafting.personal import without_personal
from kzm_surveys.drafting.toml_writer import both, toml
from kzm_surveys.errors import CodebookError, DataError
from kzm_surveys.loaders.enka_metadata import BEFORE, system_columns
from kzm_surveys.loaders.kinds import file_hash, kind_of, partner
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.loaders.spss import read_sav
from kzm_surveys.toml_model import TomlFile, validate
from kzm_surveys.wave import DataFile, Fieldwork, FileKind, Report, Sampling, Wave, Weighting

#: Names of columns that number the respondents.
ID_NAMES = frozenset({
    "id", "ident", "recnum", "record", "record_number", "respondent", "respondent_id", "resp_id", "respid", "case_id",
    "caseid", "uid", "unit", "zap", "zap_st", "zaporedna_stevilka", "st", "sifra", "enota",
})  # fmt: skip

_TEXTS: Mapping[str, tuple[str, str]] = {
    "title": ("naslov vala", "title of the wave"),
    "mode": ("način anketiranja, na primer spletna anketa", "mode, for example web survey"),
    "population": ("populacija, na primer polnoletni prebivalci občine", "population, for example adult residents"),
    "sponsor": ("naročnik", "sponsor"),
    "conductor": ("izvajalec", "conductor"),
}
_NOTES = {
    "sampling": ("kako je bil izbran vzorec", "how the sample came about"),
    "weighting": ("zakaj odgovori niso uteženi", "why answers are not weighted"),
}


@dataclass(frozen=True)
class Drafted:
    """A data file as read, and the codebook drafted from it."""

    kind: FileKind
    raw: RawTable
    id: str | None
    draft: Draft
    codebook: str


def draft_codebook(path: str | Path, survey: str, *, sheet: str | None = None) -> str:
    """Draft a codebook from the names and labels in a data file.

    Every column becomes a question or part of one: batteries, select-all sets, shared scales and reasons for missing
    answers are recognised, and what is not certain has a comment that begins with "REVIEW". Texts are the file's own
    in both languages. No answer is copied: limits of numbers are rounded, open texts are left alone.

    Parameters
    ----------
    path
        The file, of any kind that is read.
    survey
        Name of the survey.
    sheet
        The sheet of a workbook with several.

    Returns
    -------
    str
        The text of ``codebook.toml``.

    Raises
    ------
    DataError
        The file cannot be read.

    Examples
    --------
    >>> text = draft_codebook("surveys/noise/2021/responses.sav", "noise")
    >>> print(text[text.index("[questions.sex]"):text.index("[questions.age]")].strip())
    [questions.sex]
    kind = "single"
    label = { sl = "Spol anketirane osebe (vpiše anketar).", en = "Spol anketirane osebe (vpiše anketar)." }
    question = { sl = "Spol anketirane osebe (vpiše anketar).", en = "Spol anketirane osebe (vpiše anketar)." }
    categories = [
      { name = "moski", code = 1, label = { sl = "moški", en = "moški" } },
      { name = "zenske", code = 2, label = { sl = "ženske", en = "ženske" } },
    ]
    """
    return draft_file(Path(path), survey, "draft", sheet).codebook


def new_survey(folder: str | Path, data: str | Path, *, sheet: str | None = None) -> Created:
    """Make the folder of a new survey's first wave from its data file.

    Writes ``codebook.toml`` of the survey as :func:`draft_codebook` does and ``wave.toml`` of the wave, in which what
    the file does not tell is a text that begins with "FILL IN". The data file is copied into the folder if it lies
    elsewhere.

    Parameters
    ----------
    folder
        The folder of the wave, for example ``surveys/traffic/2024``; at most the data file lies in it.
    data
        The data file; of 1KA's SPSS pair either file.
    sheet
        The sheet of a workbook with several.

    Returns
    -------
    Created
        Paths of the files, and all that must be filled in.

    Raises
    ------
    CodebookError
        The survey has a codebook or the wave a ``wave.toml`` already, a name cannot be a name, or nothing can be
        written.
    DataError
        The file cannot be read.
    """
    folder, path = Path(folder), Path(data)
    wave, survey = new_name(folder), new_name(folder.resolve().parent)
    for there in (folder.parent / "codebook.toml", folder / "wave.toml"):
        if there.exists():
            raise CodebookError(
                f"{there}: is there already. For a further wave of a survey use --from with the name of an earlier one."
            )
    drafted = draft_file(path, survey, wave, sheet)
    parts = partner(path) if drafted.kind == "1ka_spss" else (path,)
    sha256 = file_hash(path, drafted.kind)
    beside = [path.with_name(f"{path.stem}_codebook.csv")] if drafted.kind == "csv" else []
    away = [part for part in (*parts, *filter(Path.is_file, beside)) if part.resolve().parent != folder.resolve()]
    return create({
        folder.parent / "codebook.toml": drafted.codebook,
        folder / "wave.toml": _wave_text(drafted, survey, wave, path.name, sha256, sheet),
        **{folder / part.name: part for part in away},
    })  # fmt: skip


def draft_file(path: Path, survey: str, wave: str, sheet: str | None = None) -> Drafted:
    """Read a data file that has no codebook and draft one.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise DataError(f"{survey} {wave}: there is no data file {path}. Correct --data.")
    reading = _provisional(survey, wave, path, sheet)
    kind = kind_of(path, reading)
    raw = loaders.read_raw(path, _of_kind(reading, kind), EMPTY, kind)
    system = system_columns(raw.cells.columns, ())
    if kind == "spss_sav" and len(system & BEFORE.keys()) > 3:
        kind = "1ka_sav"
        answers = raw.cells.drop(columns=list(system))
        texts = [name for name in answers if not pd.api.types.is_numeric_dtype(answers[name])]
        raw = read_sav(path, _of_kind(reading, kind), list(answers), texts=texts)
    return draft_table(raw, kind, survey, path.name)


def draft_table(raw: RawTable, kind: FileKind, survey: str, file: str) -> Drafted:
    """Draft a codebook for a file that was read without one.

    Raises
    ------
    DataError
        It has no columns with answers.
    """
    enka = kind.startswith("1ka")
    key = _id_column(raw, ("recnum",) if enka else raw.cells)
    columns, personal = without_personal(describe_columns(raw, left_out=[key] if key else []))
    if not columns:
        raise DataError(f"{survey}: {file} has no columns with answers. Ask for the full file.")
    draft = Draft(enka)
    for group in group_columns(columns, raw.sets, letters_only=enka):
        draft.add(group)
    text = codebook_text(draft, survey, file, personal)
    made = TomlFile(Path("codebook.toml"), text, tomllib.loads(text))
    validate(made.content, Codebook, lambda _: made)
    return Drafted(kind, raw, key, draft, text)


def _of_kind(wave: Wave, kind: FileKind) -> Wave:
    return wave.model_copy(update={"data": wave.data.model_copy(update={"format": kind})})


def _provisional(survey: str, wave: str, path: Path, sheet: str | None) -> Wave:
    """A wave of which only the file is known, for the readers."""
    day = datetime.date(2000, 1, 1)
    return Wave(
        survey=survey, wave=wave, title=both("-"), mode=both("-"), population=both("-"), sponsor=both("-"),
        conductor=both("-"), synthetic=False, fieldwork=Fieldwork(first=day, last=day),
        sampling=Sampling(kind="opt_in", note=both("-")), weighting=Weighting(method="none"),
        report=Report(year=2000, order=1, headings=("-",)),
        data=DataFile(file=path.name, format="csv", sha256="", n=1, sheet=sheet),
    )  # fmt: skip


def _id_column(raw: RawTable, candidates: Iterable[str]) -> str | None:
    """The column that numbers the respondents: named so, whole numbers, none empty, none twice."""
    for name in map(str, candidates):
        if name in raw.cells and slug(name) in ID_NAMES:
            numbers = raw.cells[name].astype("str").str.strip().str.removesuffix(".0")
            if numbers.str.fullmatch(r"\d{1,18}").all() and numbers.is_unique:
                return name
    return None


def _wave_text(drafted: Drafted, survey: str, wave: str, file: str, sha256: str, sheet: str | None) -> str:
    """``wave.toml`` with the facts that the file tells, and marks where it does not."""
    raw = drafted.raw
    lines = [
        f'# Wave {wave} of the survey "{survey}", made by `kzm new` from {" ".join(file.split())}.',
        '# Write the facts in place of every "FILL IN"; until then each command lists those that are missing.',
        "",
        f"survey = {toml(survey)}",
        f"wave = {toml(wave)}",
        *(f"{key} = {_to_translate(words)}" for key, words in _TEXTS.items()),
        f"synthetic = {toml(raw.synthetic)}",
        "",
        "[fieldwork]",
        *(f"{key} = {_own_fact('fieldwork', key)}" for key in ("first", "last")),
        "",
        "[sampling]",
        f"kind = {toml(fill_in('probability or opt_in'))}",
        f"note = {_to_translate(_NOTES['sampling'])}",
        "",
        "[data]",
        f"file = {toml(file)}",
        f"format = {toml(drafted.kind)}",
        f"sha256 = {toml(sha256)}",
        f"n = {len(raw.cells)}",
        f"rows = {raw.rows}",
    ]
    if drafted.id is not None:
        lines.append(f"id = {toml(drafted.id)}" + (" # REVIEW: guessed by its name" if not drafted.draft.enka else ""))
    if sheet is not None:
        lines.append(f"sheet = {toml(sheet)}")
    if drafted.draft.blank_is_unticked:
        lines.append(f"blank_is_unticked = {toml(drafted.draft.blank_is_unticked)}")
    if drafted.draft.columns:
        what = "Question -> its name in 1KA." if drafted.draft.enka else "Variable -> its name in the file."
        lines += ["", f"# {what}", "[data.columns]"]
        lines += [f"{name} = {toml(column)}" for name, column in drafted.draft.columns.items()]
    if drafted.draft.enka:
        dropped = ", ".join(f"{reason} {count}" for reason, count in raw.dropped.items()) or "none"
        rule = DataFile.model_fields["units"].get_default().model_dump()
        lines += ["", f"# REVIEW: which units are respondents. Left out by this rule: {dropped}.", "[data.units]"]
        lines += [f"{key} = {toml(value)}" for key, value in rule.items()]
    lines += [
        "",
        "[weighting]",
        'method = "none" # REVIEW: raking needs margins and variables',
        f"note = {_to_translate(_NOTES['weighting'])}",
        "",
        "[report]",
        f"year = {_own_fact('report', 'year')}",
        f"order = {toml(fill_in('place of the section in the report, without quotes'))}",
        f"headings = {toml([fill_in('headings of the section, from area to activity')])}",
    ]
    return "\n".join(lines) + "\n"


def _own_fact(*keys: str) -> str:
    return toml(fill_in(OWN_FACTS[keys]))


def _to_translate(words: tuple[str, str]) -> str:
    return toml({lang: fill_in(text) for lang, text in zip(("sl", "en"), words, strict=True)})
