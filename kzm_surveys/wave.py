"""One wave of a survey: who, when, how, which file, how weighted, where reported. Read from TOML."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kzm_surveys.codebook import Codebook, read_codebook
from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.toml_model import Name, Strict, Text, read_toml


class Fieldwork(Strict):
    """First and last day of data collection; `approximate` where the report gives no exact days."""

    first: datetime.date
    last: datetime.date
    approximate: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Fieldwork:
        if self.last < self.first:
            raise ValueError(f"last ({self.last}) is before first ({self.first})")
        return self


class Sampling(Strict):
    """How the sample came about. ``opt_in`` forbids margins of error."""

    kind: Literal["probability", "opt_in"]
    note: Text


class UnitRule(Strict):
    """Which units of a 1KA export are respondents."""

    statuses: tuple[int, ...] = (5, 6)
    lurkers: bool = False
    test_units: bool = False


FileKind = Literal["spss_sav", "1ka_csv", "1ka_xls", "1ka_txt", "1ka_spss", "1ka_sav", "csv", "xlsx"]


class DataFile(Strict):
    """The data file: `rows` in the file, `n` respondents after the unit rule.

    `columns` maps variables (for 1KA: questions) to names in the file. `encoding`, `sheet` and `missing_codes`
    (reason -> code, for 1KA surveys that renumbered them) are for files that do not say so themselves;
    `blank_is_unticked` names select-all questions whose unticked options are empty cells; `interview_date` and
    `minutes` name the columns with the day and the length of the interview.
    """

    file: str
    format: FileKind
    sha256: str = Field(pattern=r"^([0-9a-f]{64})?$")
    n: int = Field(gt=0)
    rows: int | None = None
    id: str | None = None
    columns: dict[str, str] = {}
    encoding: str | None = None
    sheet: str | None = None
    missing_codes: dict[str, int] = {}
    blank_is_unticked: tuple[str, ...] = ()
    interview_date: str | None = None
    minutes: str | None = None
    units: UnitRule = UnitRule()

    @property
    def is_enka(self) -> bool:
        """The file is a 1KA export, so its columns bear 1KA's names."""
        return self.format.startswith("1ka")


class Weighting(Strict):
    """Which weights the report uses; `variables` name the margins of the file, joint ones with a '*'."""

    method: Literal["raking", "none"]
    margins: str | None = None
    variables: tuple[str, ...] = ()
    population: int | None = None
    missing: Literal["error", "mean_weight"] = "error"
    note: Text | None = None

    @model_validator(mode="after")
    def _complete(self) -> Weighting:
        given = (self.margins is not None, bool(self.variables))
        if given != (self.method == "raking",) * 2:
            raise ValueError("raking needs 'margins' and 'variables'; none has neither")
        return self


class Dispositions(Strict):
    """Outcome of the contact attempts, as counts by AAPOR's classes: I, P, R, NC, O, UH, UO, NE in this order.

    `refusal` includes break-offs; `unknown_household` and `unknown_other` are units whose eligibility is unknown;
    `invented` says that the counts are made up.
    """

    invented: bool
    complete: int = Field(default=0, ge=0)
    partial: int = Field(default=0, ge=0)
    refusal: int = Field(default=0, ge=0)
    non_contact: int = Field(default=0, ge=0)
    other: int = Field(default=0, ge=0)
    unknown_household: int = Field(default=0, ge=0)
    unknown_other: int = Field(default=0, ge=0)
    not_eligible: int = Field(default=0, ge=0)


class Report(Strict):
    """Where the findings stand in the annual report: year, order and headings from area to activity."""

    year: int
    order: int
    headings: tuple[str, ...] = Field(min_length=1)


class Wave(Strict):
    """``wave.toml``."""

    survey: Name
    wave: Name
    title: Text
    mode: Text
    population: Text
    fieldwork: Fieldwork
    sampling: Sampling
    sponsor: Text
    conductor: Text
    synthetic: bool
    data: DataFile
    weighting: Weighting
    report: Report
    processing: Text | None = None
    dispositions: Dispositions | None = None

    @property
    def name(self) -> str:
        """Survey and wave, as in messages: "noise 2021"."""
        return f"{self.survey} {self.wave}"


class PublishedClaim(Strict):
    """A number or ranking that an earlier report printed.

    `variable`, `categories` and `base` say which share it is (where known); `value` is that share in percent
    as printed with `decimals`; `lowest` and `highest` bound a share given in words; `ranking` lists variables
    by falling share of `categories`.
    """

    id: str
    section: str
    sentence: Text
    variable: str | None = None
    categories: tuple[str, ...] = ()
    base: Literal["answered", "asked"] = "answered"
    value: float | None = None
    decimals: int = 0
    lowest: float | None = None
    highest: float | None = None
    ranking: tuple[str, ...] = ()
    count: int | None = None
    note: Text | None = None


class Published(Strict):
    """``published.toml``: the claims of an earlier report about this wave, with their source."""

    source: Text
    claims: tuple[PublishedClaim, ...]


def read_wave(folder: str | Path) -> tuple[Wave, Codebook]:
    """Read ``wave.toml`` of a wave folder and its codebook: the wave's own ``codebook.toml``, or the survey's.

    Parameters
    ----------
    folder
        For example ``surveys/noise/2021``.

    Returns
    -------
    tuple
        The wave and its codebook.

    Raises
    ------
    CodebookError
        A file is missing or wrong, or the two speak of different surveys.
    """
    folder = Path(folder)
    if not folder.is_dir():
        waves = sorted(str(p.parent) for p in folder.parent.parent.glob("*/*/wave.toml"))
        known = f" Waves here: {', '.join(waves)}." if waves else ""
        raise CodebookError(f"{folder}: there is no such wave folder.{known}")
    wave = read_toml(folder / "wave.toml", Wave)
    own = folder / "codebook.toml"
    described = own if own.is_file() else folder.parent / "codebook.toml"
    codebook = read_codebook(described)
    if wave.survey != codebook.survey:
        raise CodebookError(
            f"{folder / 'wave.toml'}: survey is '{wave.survey}', but {described} "
            f"describes '{codebook.survey}'. Make the two agree."
        )
    names = {*codebook.questions, *codebook.variables}
    for name in wave.data.columns:
        if name not in names:
            raise CodebookError(f"{folder / 'wave.toml'}: data.columns: " + one_of("unknown variable", name, names))
    return wave, codebook


def read_published(folder: str | Path) -> Published | None:
    """Read ``published.toml`` of a wave folder; None if the wave has none."""
    path = Path(folder) / "published.toml"
    return read_toml(path, Published) if path.is_file() else None
