"""``kzm synthesize``: a synthetic data file for a wave."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kzm_surveys.codebook import Codebook
from kzm_surveys.errors import DataError
from kzm_surveys.loaders.kinds import file_hash, partner
from kzm_surveys.published import read_published
from kzm_surveys.synthesis.constraints import check_claims, share_constraints, unmet_claims
from kzm_surveys.synthesis.draw import Draw
from kzm_surveys.synthesis.recipe import Recipe, read_recipe
from kzm_surveys.wave import FileKind, Wave, read_wave

#: What tells synthetic files: the file label of .sav, the browser of 1KA.
MARKS = (b"SINTETICNI PODATKI", b"kzm_surveys synthetic data")
#: Kinds of file that are written: 1KA's XLS and TXT hold the same cells as its CSV.
WRITTEN: tuple[FileKind, ...] = ("spss_sav", "1ka_csv", "1ka_spss")


@dataclass(frozen=True)
class Made:
    """The file that was written: respondents, units, hash, and published numbers it does not reproduce."""

    path: Path
    n: int
    rows: int
    sha256: str
    unmet: tuple[str, ...]


def synthesize(folder: str | Path, *, seed: int, n: int | None = None, out: str | Path | None = None) -> Made:
    """Write a synthetic data file for a wave in the format that its ``wave.toml`` names.

    Parameters
    ----------
    folder
        The wave folder. ``synthesis.toml`` beside it shapes the answers; without it all categories are equally
        likely.
    seed
        Same seed, same bytes.
    n
        Respondents; default: as many as ``wave.toml`` expects. With that number the published shares are met
        exactly, with another one as nearly as counts allow.
    out
        File to write; default: the file named in ``wave.toml``.

    Returns
    -------
    Made
        What was written.

    Raises
    ------
    DataError
        The published numbers cannot be met with the expected number of respondents and this seed, `n` is too
        small, or the file to write exists and is not marked as synthetic.
    CodebookError
        A TOML file is missing or wrong.
    """
    folder = Path(folder)
    wave, codebook = read_wave(folder)
    count = wave.data.n if n is None else n
    if seed < 0:
        raise DataError(f"{wave.name}: the seed must not be negative, found {seed}.")
    if count < 10:
        raise DataError(f"{wave.name}: {count} respondents are too few for a synthetic file; give 10 or more.")
    recipe = read_recipe(folder.parent, codebook)
    published = read_published(folder)
    check_claims(published, codebook, folder / "published.toml")
    exact = count == wave.data.n
    responses, missing = Draw(codebook, recipe, count, seed, share_constraints(published), exact=exact).run()
    unmet = unmet_claims(responses, codebook, published)
    if exact and unmet:
        raise DataError(
            f"{wave.name}: the synthetic answers do not reproduce what was published: {'; '.join(unmet)}. "
            "Correct synthesis.toml or try another seed; nothing was written."
        )
    path = folder / wave.data.file if out is None else Path(out)
    if wave.data.format not in WRITTEN:
        raise DataError(
            f"{wave.name}: synthetic answers are not written as {wave.data.format}, only as {', '.join(WRITTEN)}. Name "
            "one of them as [data] format, or write .sav and export that."
        )
    if wave.data.format == "1ka_spss":
        path = path.with_name(re.sub(r"(?i)_podatki\.txt$", ".sps", path.name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".synthetic-") as name:
            rows = _write(Path(name) / path.name, responses, missing, codebook, wave, recipe, seed)
            written = sorted(Path(name).iterdir())
            for file in written:
                _refuse_real_answers(path.with_name(file.name), wave)
            for file in written:
                file.replace(path.with_name(file.name))
    except OSError as error:
        raise DataError(f"{wave.name}: cannot write {path} ({error.strerror}). Give another --out.") from None
    answers = path if wave.data.format != "1ka_spss" else partner(path)[1]
    return Made(answers, count, rows, file_hash(path, wave.data.format), tuple(unmet))


def _write(
    path: Path, responses: pd.DataFrame, missing: pd.DataFrame, codebook: Codebook, wave: Wave, recipe: Recipe,
    seed: int,
) -> int:  # fmt: skip
    """Write the file, or the two files of 1KA's pair; returns the units in it."""
    if wave.data.format == "spss_sav":
        from kzm_surveys.loaders.spss_write import write_sav

        write_sav(path, responses, missing, codebook, wave, synthetic=True)
        return len(responses)
    from kzm_surveys.synthesis.units import write_units

    return write_units(path, responses, missing, codebook, wave, recipe, seed)


def _refuse_real_answers(path: Path, wave: Wave) -> None:
    """Refuse to replace a file that does not carry the mark of synthetic answers."""
    holds_answers = path.suffix.casefold() != ".sps"
    if holds_answers and path.is_file() and not any(mark in path.read_bytes() for mark in MARKS):
        raise DataError(
            f"{wave.name}: {path} exists and has no mark of synthetic answers, so it may hold respondents' own. Give "
            "another --out, or move the file away."
        )
