"""One wave of a survey: who, when, how, which file, how weighted, where reported. Read from TOML."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from kzm_surveys.codebook import STANDARD_REASONS, Codebook, read_codebook
from kzm_surveys.codebook.tables import Tables
from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.toml_model import Keys, Misfit, Name, Strict, Text, is_there, load_toml, validate


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
    """How the sample came about. ``opt_in`` forbids margins of error, unless a `justification` argues for a model."""

    kind: Literal["probability", "opt_in"]
    note: Text
    justification: Text | None = None

    @model_validator(mode="after")
    def _justified(self) -> Sampling:
        if self.justification is not None and self.kind != "opt_in":
            raise Misfit(("justification",), "goes only with kind = 'opt_in'; a probability sample needs none")
        return self


class Thresholds(Strict):
    """When an estimate is marked or withheld in print, by the rules of :mod:`kzm_surveys.estimation.quality`.

    Fewest answers of a base and of a cell that are not small; for the precision of shares the smallest effective sample
    size, the widths (0-1) of an interval that is narrow or wide, its width relative to the share, and the fewest
    degrees of freedom.
    """

    smallest_base: int = Field(default=30, gt=0)
    smallest_cell: int = Field(default=5, gt=0)
    smallest_n_eff: float = Field(default=30, gt=0)
    narrow: float = Field(default=0.05, gt=0, le=1)
    wide: float = Field(default=0.30, gt=0, le=1)
    relative_width: float = Field(default=1.30, gt=0)
    fewest_df: float = Field(default=8, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.narrow >= self.wide:
            raise Misfit(("narrow",), f"must be less than wide ({self.wide:g}), found {self.narrow:g}")
        return self


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


Codes = Annotated[tuple[str, ...], BeforeValidator(lambda found: (found,) if isinstance(found, str) else found)]
#: A half-year of the statistical office (2021H1 is 1 January, 2021H2 is 1 July), or a year.
PERIOD = r"^[0-9]{4}(H[12])?$"


class TableDimension(Strict):
    """Dimension of an official table behind a variable: which of its codes (or labels) make which category.

    Without `codes`, a variable with bands takes the ages in the labels, any other the labels of its categories.
    `totals` are codes of sums, which are never added; `left_out` those of people outside the population. For ages,
    `lowest` and `highest` bound the population where the bands do not, and `open_top` is the code of a last group
    without an upper end whose label has no plus.
    """

    dimension: str
    codes: dict[str, Codes] = {}
    totals: Codes = ()
    left_out: Codes = ()
    lowest: int | None = None
    highest: int | None = None
    open_top: str | None = None


class MarginTable(Strict):
    """A margin out of an official table: one variable, or several for a joint margin.

    `only` names one code of each further dimension that has several. `period` is that of a table other than
    half-yearly; a plain year needs its `date`.
    """

    table: str = Field(pattern=r"^[0-9A-Za-z]+$")
    variables: dict[str, TableDimension] = Field(min_length=1)
    only: dict[str, str] = {}
    use_as: Literal["count", "share"] = "count"
    population: str
    municipality_dimension: str = "OBČINE"
    period_dimension: str = "POLLETJE"
    period: str | None = Field(default=None, pattern=PERIOD)
    date: datetime.date | None = None

    @model_validator(mode="after")
    def _dated(self) -> MarginTable:
        if self.period is not None and "H" not in self.period and self.date is None:
            raise ValueError(f"period {self.period} is a whole year; say with 'date' of which day its numbers are")
        return self


class OfficialMargins(Strict):
    """Which tables of the statistical office make the margins, of which municipality and half-year.

    `municipality` is its code there, `municipality_name` its name in files that hold no codes; `period` is by default
    the half-year nearest to the fieldwork.
    """

    municipality: str = Field(pattern=r"^[0-9A-Za-z]+$")
    municipality_name: str | None = None
    period: str | None = Field(default=None, pattern=r"^[0-9]{4}H[12]$")
    tables: tuple[MarginTable, ...]

    @model_validator(mode="after")
    def _some(self) -> OfficialMargins:
        if not self.tables:  # said here, because a minimum length is also reported of tables that have faults
            raise ValueError("'tables' must hold at least one table")
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


class Disclosure(Strict):
    """What a published finding must state (AAPOR, 2021) and no other table says; what is not known stays out.

    Who paid, how people were recruited, the language of the interviews, checks of quality, further limits.
    """

    funder: Text | None = None
    recruitment: Text | None = None
    language: Text | None = None
    quality: Text | None = None
    limits: tuple[Text, ...] = ()


class Report(Strict):
    """Where the findings stand in the annual report: year, order and headings from area to activity."""

    year: int
    order: int
    headings: tuple[str, ...] = Field(min_length=1)


class KeyResult(Strict):
    """A share on which the report rests; the weighting dossier shows how far it depends on the weights.

    The `categories` of `variable` together make the share; `label` says it in a few words.
    """

    variable: str
    categories: tuple[str, ...] = Field(min_length=1)
    base: Literal["answered", "asked"] = "answered"
    label: Text


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
    margins: OfficialMargins | None = None
    report: Report
    processing: Text | None = None
    disclosure: Disclosure = Disclosure()
    dispositions: Dispositions | None = None
    key_results: tuple[KeyResult, ...] = ()
    quality: Thresholds = Thresholds()
    tables: Tables | None = None

    @property
    def name(self) -> str:
        """Survey and wave, as in messages: "noise 2021"."""
        return f"{self.survey} {self.wave}"


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
        A file is missing or wrong, the two speak of different surveys, or ``[data]`` names what the codebook has not.
    """
    folder = Path(folder)
    if not is_there(folder, "folder"):
        waves = sorted(str(p.parent) for p in folder.parent.parent.glob("*/*/wave.toml"))
        known = f" Waves here: {', '.join(waves)}." if waves else ""
        raise CodebookError(f"{folder}: there is no such wave folder.{known}")
    file = load_toml(folder / "wave.toml")
    wave = validate(file.content, Wave, lambda _: file)
    own = folder / "codebook.toml"
    described = own if is_there(own) else folder.parent / "codebook.toml"
    codebook = read_codebook(described)
    if wave.survey != codebook.survey:
        raise CodebookError(
            f"{file.path}: survey is '{wave.survey}', but {described} "
            f"describes '{codebook.survey}'. Make the two agree."
        )
    if misfits := [
        *_misfits(wave.data, codebook),
        *_unknown_results(wave, codebook),
        *_unknown_margins(wave, codebook),
        *_unknown_tables(wave, codebook),
    ]:
        listed = (f"{'.'.join(map(str, keys))}{file.place(keys)}: {words}" for keys, words in misfits)
        raise CodebookError(f"{file.path}: {'; '.join(listed)}")
    return wave, codebook


def _misfits(data: DataFile, codebook: Codebook) -> Iterator[tuple[Keys, str]]:
    """What ``[data]`` says that does not go with the kind of file or with the codebook: key and words."""
    for field in ("missing_codes", "units"):
        if field in data.model_fields_set and not data.is_enka:
            yield ("data", field), f"belongs to the exports of 1KA; this file is {data.format}"
    if data.sheet is not None and data.format != "xlsx" and not data.is_enka:  # 1KA's may be saved again as workbooks
        yield ("data", "sheet"), f"belongs to workbooks; this file is {data.format}"
    select_all = [key for key, question in codebook.questions.items() if question.kind == "multiple"]
    asked = [variable.name for variable in codebook.variables.values() if not variable.derived]
    allowed = list(codebook.questions) if data.is_enka else [*asked, *select_all]
    for name in data.columns:
        if name not in allowed:
            yield ("data", "columns", name), _no_column(name, codebook, allowed)
    if data.is_enka:  # 1KA numbers questions in their order
        columns = {name: data.columns.get(name, f"Q{n}") for n, name in enumerate(codebook.questions, start=1)}
        sets = {}
    else:
        columns = {name: data.columns.get(name, name) for name in asked}
        sets = {name: data.columns[name] for name in select_all if name in data.columns}
    yield from _twice(columns, data)
    yield from _twice(sets, data)
    if data.id in columns.values():
        holder = next(name for name, column in columns.items() if column == data.id)
        yield ("data", "id"), f"the column '{data.id}' is also that of '{holder}'; one column is one thing"
    for name in data.blank_is_unticked:
        if name not in select_all:
            yield ("data", "blank_is_unticked"), one_of("unknown select-all question", name, select_all)
    reasons = dict.fromkeys([*STANDARD_REASONS, *codebook.missing])
    for reason in data.missing_codes:
        if reason not in reasons:
            yield ("data", "missing_codes", reason), one_of("unknown reason", reason, reasons)


def _unknown_results(wave: Wave, codebook: Codebook) -> Iterator[tuple[Keys, str]]:
    """Key results of variables or categories that the codebook does not know."""
    for place, result in enumerate(wave.key_results):
        name = result.variable
        if name not in codebook:
            yield ("key_results", place, "variable"), one_of("unknown variable", name, codebook.variables)
        elif not (known := [category.name for category in codebook[name].categories]):
            yield ("key_results", place, "variable"), f"'{name}' has no categories, so it has no shares"
        else:
            for category in result.categories:
                if category not in known or result.categories.count(category) > 1:
                    fault = f"unknown or repeated category of '{name}'"
                    yield ("key_results", place, "categories"), one_of(fault, category, known)


def _unknown_margins(wave: Wave, codebook: Codebook) -> Iterator[tuple[Keys, str]]:
    """Margins of variables or categories that the codebook does not know."""
    for place, table in enumerate(wave.margins.tables if wave.margins else ()):
        for name, dimension in table.variables.items():
            here: Keys = ("margins", "tables", place, "variables", name)
            if name not in codebook:
                yield here, one_of("unknown variable", name, codebook.variables)
            elif not (known := [category.name for category in codebook[name].categories]):
                yield here, f"'{name}' has no categories; name a variable with bands or categories"
            else:
                for category in dimension.codes:
                    if category not in known:
                        yield (*here, "codes", category), one_of(f"unknown category of '{name}'", category, known)


def _unknown_tables(wave: Wave, codebook: Codebook) -> Iterator[tuple[Keys, str]]:
    """Rows, breaks, nets and means of ``[tables]`` that the codebook does not know."""
    for keys, words in wave.tables.misfits(codebook) if wave.tables else ():
        yield ("tables", *keys), words


def _no_column(name: str, codebook: Codebook, allowed: list[str]) -> str:
    """Why a name can have no column of its own in the file."""
    if name in codebook.derived or (name in codebook and codebook[name].derived):
        return f"'{name}' is derived and stands in no file; name the columns of what it is made from"
    if name in codebook.questions:
        return f"'{name}' is a battery and has a column per item; name {', '.join(codebook.members(name))}"
    if name in codebook:
        return f"'{name}' belongs to the question '{codebook[name].source}'; 1KA numbers questions: name that one"
    return one_of("unknown variable", name, allowed)


def _twice(columns: Mapping[str, str], data: DataFile) -> Iterator[tuple[Keys, str]]:
    """Columns of which two variables, questions or sets would be read."""
    holders: dict[str, str] = {}
    for name, column in columns.items():
        if (other := holders.setdefault(column, name)) != name:
            key = name if name in data.columns else other
            yield ("data", "columns", key), f"both '{other}' and '{name}' would be read from '{column}'"
