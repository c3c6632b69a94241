"""The one door for writing a survey back: a file for SPSS, a table with its codebook, or DDI."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from kzm_surveys.errors import DataError, one_of
from kzm_surveys.export.ddi import ddi_file
from kzm_surveys.export.ddi_study import file_stem
from kzm_surveys.export.table import table_files
from kzm_surveys.language.catalogue import Language
from kzm_surveys.loaders.spss_write import write_sav
from kzm_surveys.protection.files import replace_files
from kzm_surveys.survey import Survey

Format = Literal["sav", "csv", "ddi"]
#: Endings of file names that a format may have, the usual one first.
ENDINGS: Mapping[Format, tuple[str, ...]] = {"sav": (".sav", ".zsav"), "csv": (".csv",), "ddi": (".xml",)}
FOLDER = Path("build/export")


def export_survey(survey: Survey, to: Format, out: str | Path | None = None, lang: Language = "sl") -> list[Path]:
    """Write a survey as .sav, as CSV with a codebook beside it, or as DDI-Codebook 2.5.

    Everything is made in memory first and put in place last, so there is never half a file. Reading the .sav or the
    CSV back gives the same answers and reasons.

    Parameters
    ----------
    survey
        The survey.
    to
        ``"sav"``, ``"csv"`` or ``"ddi"``.
    out
        File to write; by default ``build/export/<survey>_<wave>`` with the ending of the format. A .sav may be a .zsav.
    lang
        Language of the labels; DDI holds both and takes its main title in this one.

    Returns
    -------
    list of Path
        The files written: the one named and, beside a CSV, ``<its name>_codebook.csv``.

    Raises
    ------
    DataError
        The format is unknown, the name does not have its ending, the file is the one that the survey was read from or
        another one of the wave folder, or it cannot be written.
    """
    if to not in get_args(Format):
        raise DataError(f"{survey.wave.name}: " + one_of("cannot export to", to, get_args(Format)))
    target = Path(out) if out is not None else FOLDER / (file_stem(survey.wave) + ENDINGS[to][0])
    if target.suffix.casefold() not in ENDINGS[to]:
        endings = " or ".join(ENDINGS[to])
        raise DataError(f"{survey.wave.name}: '{target}': a file for {to} ends in {endings}. Give --out such a name.")
    files = _contents(survey, to, target, lang)
    for path, content in files.items():
        _refuse_own(survey, path, content)
    return replace_files(files)


def _contents(survey: Survey, to: Format, target: Path, lang: Language) -> dict[Path, bytes]:
    if to == "csv":
        made = table_files(survey, target.stem, lang)
        return dict(zip((target, target.with_name(f"{target.stem}_codebook.csv")), made.values(), strict=True))
    if to == "ddi":
        return {target: ddi_file(survey, lang)}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / f"survey{target.suffix.casefold()}"
        write_sav(scratch, survey.responses, survey.missing, survey.codebook, survey.wave,
                  synthetic=survey.source.synthetic, lang=lang)  # fmt: skip
        return {target: scratch.read_bytes()}


def _refuse_own(survey: Survey, path: Path, content: bytes) -> None:
    """Refuse to replace a file of the wave folder, or, by other bytes, the file that the answers came from."""
    if not path.exists():
        return
    if path.is_dir():
        raise DataError(f"{survey.wave.name}: '{path}' is a folder. Give --out the name of a file.")
    inside = path.resolve().is_relative_to(Path(survey.folder).resolve())
    there = path.read_bytes()
    if inside or (hashlib.sha256(there).hexdigest() == survey.source.sha256 and there != content):
        what = "stands in the wave folder" if inside else "is the file that the answers were read from"
        raise DataError(f"{survey.wave.name}: '{path}' {what} and is never replaced. Give --out another name.")
