"""From a wave folder and its data file to a Survey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import DataError, Problem, Severity, one_of, rows_by_id
from kzm_surveys.loaders.assemble import assemble
from kzm_surveys.loaders.checks import check
from kzm_surveys.loaders.column import days
from kzm_surveys.loaders.kinds import file_hash, kind_of
from kzm_surveys.loaders.names import enka_columns, has_enka_names, own_columns
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.survey import Source, Survey
from kzm_surveys.wave import FileKind, Wave, read_wave

__all__ = ["check", "examine", "load"]


def load(folder: str | Path, data: str | Path | None = None, *, accept: bool = False) -> Survey:
    """Load a wave: the file named in its ``wave.toml``, or another of any kind that is read.

    Parameters
    ----------
    folder
        The wave folder, for example ``surveys/noise/2021``.
    data
        Another data file in place of the one named: the respondents' own answers, or a dry run, of any kind (its
        bytes tell which). Its hash and number of rows are then not compared; it counts as synthetic only if it
        carries the mark.
    accept
        Use the named file even if its hash, kind or number of respondents is not the one in ``wave.toml``.

    Returns
    -------
    Survey
        Answers, reasons for missing answers, codebook, wave and source.

    Raises
    ------
    DataError
        The file is missing, damaged, not the one named, or disagrees with the codebook; all disagreements
        are listed at once and held in ``error.problems``.
    CodebookError
        A TOML file is missing or wrong.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> kzm.load("surveys/noise/2021")
    <Survey noise 2021: 508 respondents, 59 variables, synthetic answers>
    """
    survey = examine(folder, data, accept=accept)
    errors = [problem for problem in survey.problems if problem.severity == "error"]
    if errors:
        listed = "".join(f"\n- {problem}" for problem in errors)
        raise DataError(f"{survey.wave.name}: {survey.source.file} disagrees with the codebook:{listed}", errors)
    return survey


def examine(folder: str | Path, data: str | Path | None = None, *, accept: bool = False) -> Survey:
    """Like :func:`load`, but a disagreement with the codebook is only noted in ``survey.problems``.

    Raises
    ------
    DataError, CodebookError
        The file cannot be read at all, or is not the one named.
    """
    folder = Path(folder)
    wave, codebook = read_wave(folder)
    path = folder / wave.data.file if data is None else Path(data)
    if not path.is_file():
        raise DataError(
            f"{wave.name}: there is no data file {path}. Put it there, correct [data] file, or give --data."
        )
    named = data is None
    try:
        kind = kind_of(path, wave)
        _refuse_another(path, wave, kind, accept=accept or not named)
        sha256 = file_hash(path, kind)
    except OSError as error:
        raise DataError(f"{wave.name}: {path} cannot be read ({error.strerror}). Check who may read it.") from None
    if named and not accept and wave.data.sha256 and sha256 != wave.data.sha256:
        raise DataError(
            f"{wave.name}: {path} is not the file that wave.toml names: SHA-256 is {sha256}, wave.toml says "
            f"{wave.data.sha256}. Correct [data] sha256 and n if the new file is right, or give --accept."
        )
    raw = read_raw(path, wave, codebook, kind)
    responses, missing, problems = assemble(raw, codebook, wave)
    differences = _differences(wave, raw, len(responses), named=named)
    short = not named and not raw.counted and raw.kind in ("spss_sav", "1ka_sav") and len(responses) < wave.data.n
    if differences and not accept and (named or short):
        why = "The file may be cut short." if named else "Its header does not say how many rows it should have."
        raise DataError(
            f"{wave.name}: {path} holds {' and '.join(differences)}. {why} Correct [data] n and rows if the file is "
            "right, or give --accept."
        )
    problems += [Problem("warning", "file", words, "", "check that the file is whole") for words in differences]
    if not named and raw.kind in ("spss_sav", "1ka_sav") and not raw.counted:
        words = f"the file does not say how many rows it should have; {raw.rows} were read"
        problems.append(Problem("warning", "file", words, "", "compare with the number of respondents"))
    if named:
        problems += _named_problems(wave, raw, sha256)
    synthetic = raw.synthetic or (named and wave.synthetic)
    source = Source(path.name, sha256, raw.rows, synthetic, raw.dropped, raw.kind)
    units = _interviews(raw, wave, responses.index, problems) if raw.units is None else raw.units
    return Survey(responses, missing, codebook, wave, source, str(folder), units, tuple(problems))


def _refuse_another(path: Path, wave: Wave, kind: FileKind, *, accept: bool) -> None:
    """Refuse a named file of another kind than ``wave.toml`` says."""
    if kind != wave.data.format and not accept:
        raise DataError(
            f"{wave.name}: {path} is of the kind {kind}, wave.toml says {wave.data.format}. "
            "Correct [data] format if the file is right, or give --accept."
        )


def _differences(wave: Wave, raw: RawTable, n: int, *, named: bool) -> list[str]:
    """Counts that are not those of ``wave.toml``; the units of another file are its own affair."""
    out = [] if n == wave.data.n else [f"{n} respondent{'s' if n != 1 else ''}, wave.toml says {wave.data.n}"]
    if named and wave.data.rows not in (None, raw.rows):
        out.append(f"{raw.rows} units, wave.toml says {wave.data.rows}")
    return out


def _interviews(raw: RawTable, wave: Wave, index: pd.Index[object], problems: list[Problem]) -> pd.DataFrame | None:
    """Day and length of each interview, where ``wave.toml`` names their columns."""
    day, minutes = wave.data.interview_date, wave.data.minutes
    if day is None and minutes is None:
        return None
    units = pd.DataFrame(index=index)
    units["status"] = pd.array([pd.NA] * len(index), dtype="Int64")
    units["started"], units["seconds"] = pd.Series(pd.NaT, index=index, dtype="datetime64[s]"), np.nan
    for name, column in (("started", day), ("seconds", minutes)):
        if column is None:
            continue
        if column not in raw.cells.columns:
            raise DataError(f"{wave.name}: " + one_of("[data] names an unknown column", column, raw.cells.columns))
        cells = raw.cells[column]
        units[name] = days(cells) if name == "started" else 60 * pd.to_numeric(cells, errors="coerce").astype("float64")
        lost = units[name].isna() & cells.notna() & (cells.astype("str").str.strip() != "")
        if lost.any():
            what = "days" if name == "started" else "minutes"
            rows = rows_by_id(index[lost])
            problems.append(Problem("warning", column, f"cells that are no {what}", rows, "correct the file"))
    return units


def _named_problems(wave: Wave, raw: RawTable, sha256: str) -> list[Problem]:
    """What the file named in ``wave.toml`` and that page say differently of each other."""
    problems = []
    if not wave.data.sha256:
        found = f"wave.toml names no SHA-256; the file's is {sha256}"
        problems.append(Problem("warning", "file", found, "", "copy it to [data] sha256"))
    if raw.synthetic != wave.synthetic:
        mark = "carries the mark of synthetic answers" if raw.synthetic else "has no mark of synthetic answers"
        found = f"the file {mark}, wave.toml says synthetic = {str(wave.synthetic).lower()}"
        severity: Severity = "error" if raw.synthetic else "warning"
        problems.append(Problem(severity, "file", found, "", "correct synthetic in wave.toml"))
    return problems


def read_raw(path: Path, wave: Wave, codebook: Codebook, kind: FileKind) -> RawTable:
    """Read the file with the reader of its kind; readers are imported when needed."""
    if kind == "csv":
        from kzm_surveys.loaders.tabular import read_csv

        return read_csv(path, wave)
    expected = enka_columns(codebook, wave)
    columns = [column.name for column in expected]
    texts = {column.name for column in expected if codebook[column.variable].kind == "text"}
    own = own_columns(codebook, wave).values()
    if kind in ("spss_sav", "1ka_sav"):
        from kzm_surveys.loaders.spss import read_sav

        return read_sav(path, wave, columns, own, texts)
    if kind == "xlsx":
        from kzm_surveys.loaders.xlsx import read_xlsx

        if not wave.data.is_enka:
            return read_xlsx(path, wave)
        unnumbered = wave.model_copy(update={"data": wave.data.model_copy(update={"id": None})})
        raw = read_xlsx(path, unnumbered)
        if not has_enka_names(raw.cells.columns, columns, own):
            return read_xlsx(path, wave)
        from kzm_surveys.loaders.enka import from_workbook

        return from_workbook(raw, wave, f"{wave.name}: {path}", columns, texts)
    from kzm_surveys.loaders.enka import read_enka

    return read_enka(path, wave, kind, columns, texts)
