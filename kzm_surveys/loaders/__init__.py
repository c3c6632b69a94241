"""From a wave folder and its data file to a Survey."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import DataError, Problem, Severity
from kzm_surveys.loaders.assemble import assemble
from kzm_surveys.loaders.checks import check
from kzm_surveys.loaders.raw import RawTable
from kzm_surveys.survey import Source, Survey
from kzm_surveys.wave import Wave, read_wave

__all__ = ["check", "examine", "load"]


def load(folder: str | Path, data: str | Path | None = None, *, accept: bool = False) -> Survey:
    """Load a wave: the file named in its ``wave.toml``, or another of the same format.

    Parameters
    ----------
    folder
        The wave folder, for example ``surveys/noise/2021``.
    data
        Another data file in place of the one named: the respondents' own answers, or a dry run. Its hash and
        number of rows are then not compared; it counts as synthetic only if it carries the mark.
    accept
        Use the named file even if its hash or number of respondents is not the one in ``wave.toml``.

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
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    named = data is None
    if named and not accept and wave.data.sha256 and sha256 != wave.data.sha256:
        raise DataError(
            f"{wave.name}: {path} is not the file that wave.toml names: SHA-256 is {sha256[:12]}…, wave.toml says "
            f"{wave.data.sha256[:12]}…. Correct [data] sha256 and n if the new file is right, or give --accept."
        )
    raw, columns = _read(path, wave, codebook)
    responses, missing, problems = assemble(raw, codebook, columns)
    differences = _differences(wave, raw, len(responses), named=named)
    if named and not accept and differences:
        raise DataError(
            f"{wave.name}: {path} holds {' and '.join(differences)}. The file may be cut short. Correct [data] n and "
            "rows if the file is right, or give --accept."
        )
    problems += [Problem("warning", "file", words, "", "check that the file is whole") for words in differences]
    if named:
        problems += _named_problems(wave, raw, sha256)
    synthetic = raw.synthetic or (named and wave.synthetic)
    source = Source(path.name, sha256, raw.rows, synthetic, raw.dropped)
    return Survey(responses, missing, codebook, wave, source, str(folder), tuple(problems))


def _differences(wave: Wave, raw: RawTable, n: int, *, named: bool) -> list[str]:
    """Counts that are not those of ``wave.toml``; the units of another file are its own affair."""
    out = [] if n == wave.data.n else [f"{n} respondents, wave.toml says {wave.data.n}"]
    if named and wave.data.rows not in (None, raw.rows):
        out.append(f"{raw.rows} units, wave.toml says {wave.data.rows}")
    return out


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


def _read(path: Path, wave: Wave, codebook: Codebook) -> tuple[RawTable, dict[str, str]]:
    """Read the file with the reader of its format; readers are imported when needed."""
    if wave.data.format == "spss_sav":
        from kzm_surveys.loaders.sav import read_sav, sav_columns

        return read_sav(path, wave), sav_columns(codebook, wave)
    from kzm_surveys.loaders.enka import enka_columns, read_enka_csv

    return read_enka_csv(path, wave), {column.variable: column.name for column in enka_columns(codebook, wave)}
