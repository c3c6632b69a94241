"""``kzm synthesize``: a synthetic data file for a wave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from kzm_surveys.errors import DataError
from kzm_surveys.synthesis.constraints import check_claims, share_constraints, unmet_claims
from kzm_surveys.synthesis.draw import Draw
from kzm_surveys.synthesis.recipe import read_recipe
from kzm_surveys.wave import Wave, read_published, read_wave

#: What tells synthetic files: the file label of .sav, the browser of 1KA.
MARKS = (b"SINTETICNI PODATKI", b"kzm_surveys synthetic data")


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
    _refuse_real_answers(path, wave)
    temporary = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        if wave.data.format == "spss_sav":
            from kzm_surveys.loaders.spss_write import write_sav

            write_sav(temporary, responses, missing, codebook, wave, synthetic=True)
            rows = count
        else:
            from kzm_surveys.synthesis.units import write_units

            rows = write_units(temporary, responses, missing, codebook, wave, recipe, seed)
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"{wave.name}: cannot write {path} ({error.strerror}). Give another --out.") from None
    finally:
        if temporary.is_file():
            temporary.unlink()
    return Made(path, count, rows, hashlib.sha256(path.read_bytes()).hexdigest(), tuple(unmet))


def _refuse_real_answers(path: Path, wave: Wave) -> None:
    """Refuse to replace a file that does not carry the mark of synthetic answers."""
    if path.is_file() and not any(mark in path.read_bytes() for mark in MARKS):
        raise DataError(
            f"{wave.name}: {path} exists and has no mark of synthetic answers, so it may hold respondents' own. Give "
            "another --out, or move the file away."
        )
