"""The whole report of a year: waves, analyses and figures of a project folder to finished files in memory."""

from __future__ import annotations

import datetime
import runpy
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import CodebookError, FindingError, KzmError, UnfilledError, one_of
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_style import DocumentInfo
from kzm_surveys.findings.ledger import Ledger
from kzm_surveys.findings.markdown import to_markdown
from kzm_surveys.findings.section import (
    Cell,
    ReportFigure,
    Section,
    Table,
    cell_text,
    numbering,
)
from kzm_surveys.findings.text import Number, say
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language
from kzm_surveys.loaders import load
from kzm_surveys.plots.style import saved
from kzm_surveys.protection.files import replace_files
from kzm_surveys.protection.workbook import Sheet, Value, workbook
from kzm_surveys.wave import read_wave
from kzm_surveys.weighting.wave import weight

Step = Callable[[str], None]
PICTURE_KINDS: tuple[Literal["png", "svg"], ...] = ("png", "svg")


@dataclass(frozen=True)
class BuiltReport:
    """Files by path below the build folder, the designs behind them, the number of ledger rows."""

    files: Mapping[str, bytes]
    designs: Sequence[SurveyDesign]
    numbers: int


def waves_of_year(root: Path, year: int) -> list[Path]:
    """Wave folders reported in a year, in the order of the report.

    Raises
    ------
    CodebookError
        There is no wave for the year; the years that exist are named.
    """
    found = []
    years = set()
    for path in sorted(root.glob("surveys/*/*/wave.toml")):
        try:
            wave, _ = read_wave(path.parent)
        except UnfilledError as unfilled:
            if unfilled.content.get("report", {}).get("year") == year:
                raise
            continue  # a wave in preparation does not stop the report of another year
        years.add(wave.report.year)
        if wave.report.year == year:
            found.append((wave.report.order, path.parent))
    if not found:
        where = f"{root / 'surveys'} has no wave reported in {year}"
        known = f" (years there: {', '.join(map(str, sorted(years)))})" if years else ""
        raise CodebookError(
            f"{where}{known}. Run the command in the project folder, or set [report] year in wave.toml."
        )
    return [folder for _, folder in sorted(found)]


def build_report(
    root: Path, year: int, *, lang: Language = "sl", data: Mapping[str, Path] | None = None, accept: bool = False,
    step: Step = lambda _: None,
) -> BuiltReport:  # fmt: skip
    """Compute the findings sections of a year; nothing is written.

    Parameters
    ----------
    root
        Project folder with ``surveys/``, ``analyses/`` and ``figures/``.
    year
        Year of the annual report.
    lang
        Language of the texts.
    data
        Survey name -> data file in place of the one named in its ``wave.toml``.
    accept
        Use files that are not the ones named.
    step
        Called with a line before each step.

    Raises
    ------
    KzmError
        The first thing that is wrong with data, weights, estimates or texts.
    """
    data = dict(data or {})
    folders = waves_of_year(root, year)
    surveys = [folder.parent.name for folder in folders]
    for name in data:
        if name not in surveys:
            raise KzmError("--data: " + one_of("unknown survey", name, surveys))
    designs = []
    for folder in folders:
        step(f"{folder}")
        designs.append(weight(load(folder, data.get(folder.parent.name), accept=accept)))
    sections, figures = [], {}
    for name, design in zip(surveys, designs, strict=True):
        step(f"analyses/{name}.py, figures/{name}.py")
        section = _run(root / "analyses" / f"{name}.py", "section")(design)
        if not isinstance(section, Section):
            raise FindingError(
                f"analyses/{name}.py: section(design) must return a Section, found {type(section).__name__}."
            )
        sections.append(section)
        drawn = _run(root / "figures" / f"{name}.py", "figures")(design)
        if not isinstance(drawn, (list, tuple)) or not all(isinstance(figure, ReportFigure) for figure in drawn):
            raise FindingError(f"figures/{name}.py: figures(design) must return a list of ReportFigure.")
        for figure in drawn:
            if figure.id in figures:
                raise FindingError(f"figures/{name}.py: a figure named '{figure.id}' exists already.")
            figures[figure.id] = figure
    step("Word, Markdown, Excel")
    return _files(sections, figures, designs, year, lang)


def _files(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], designs: Sequence[SurveyDesign], year: int,
    lang: Language,
) -> BuiltReport:  # fmt: skip
    numbers = numbering(sections)
    files = {f"figures/{name}": content for name, content in picture_files(figures.values(), lang).items()}
    pictures = {name: files[f"figures/{name}.png"] for name in figures}
    title = str(say(catalogue.text(lang, "report_title"), year=str(year)))
    waves = [section.survey.wave for section in sections]
    synthetic = any(section.survey.source.synthetic for section in sections)
    titles = [section.survey.wave.title[lang] for section in sections if section.survey.source.synthetic]
    mark = str(say(catalogue.text(lang, "synthetic_header"), surveys="; ".join(titles))) if titles else ""
    info = DocumentInfo(
        title,
        catalogue.text(lang, "report_subtitle"),
        waves[0].sponsor[lang],
        mark,
        datetime.date(year, 12, 31),
    )
    files[f"report/findings_{year}_{lang}.docx"] = to_docx(sections, figures, pictures, info, lang)
    files[f"report/findings_{year}_{lang}.md"] = to_markdown(sections, figures, title=title, lang=lang).encode()
    for section in sections:
        wave = section.survey.wave
        files[f"tables/{wave.survey}_{wave.wave}_{lang}.xlsx"] = _workbook(section, numbers, lang, info.day)
    ledger = Ledger()
    ledger.add_document(sections, figures)
    if not len(ledger):
        raise FindingError("the report prints no number at all; something is wrong with the analyses.")
    about = {
        "package": f"kzm_surveys {version('kzm_surveys')}",
        "language": lang,
        "synthetic": synthetic,
        "data": {
            s.survey.wave.name: {"file": s.survey.source.file, "sha256": s.survey.source.sha256, "n": len(s.survey)}
            for s in sections
        },
        "margins": {
            design.survey.wave.name: {name: dict(facts) for name, facts in design.weighting.provenance.items()}
            for design in designs
            if design.survey is not None and design.weighting is not None
        },
    }
    files["ledger.json"] = ledger.to_json(about)
    return BuiltReport(files, designs, len(ledger))


def picture_files(figures: Iterable[ReportFigure], lang: Language = "sl") -> dict[str, bytes]:
    """PNG and SVG of each figure, by file name."""
    out = {}
    for figure in figures:
        for kind in PICTURE_KINDS:
            content = saved(
                figure.figure, kind, lang=lang, title=str(figure.title), description=f"{figure.alt} {figure.foot}"
            )
            out[f"{figure.id}.{kind}"] = content
    return out


def write_figures(figures: Iterable[ReportFigure], folder: str | Path) -> list[Path]:
    """Write figures as PNG and SVG into a folder: what a figure script does when it runs alone."""
    return write_files(picture_files(figures), Path(folder))


def _workbook(section: Section, numbers: Mapping[str, int], lang: Language, day: datetime.date) -> bytes:
    """Tables of a section as a workbook; numbers unrounded."""
    word = catalogue.text(lang, "table")
    sheets = []
    for block in section.blocks:
        if isinstance(block, Table):
            title = f"{word} {numbers[block.id]}: {block.title.plain(numbers)}"
            notes = [note.plain(numbers) for note in block.notes]
            sheets.append(Sheet(f"{word} {numbers[block.id]}", title, *_columns(block, lang), notes))
    survey = section.survey
    mark = catalogue.text(lang, "synthetic") if survey.source.synthetic else ""
    return workbook(
        sheets, title=survey.wave.title[lang], mark=mark, contents=catalogue.text(lang, "contents"), day=day
    )


def _columns(table: Table, lang: Language) -> tuple[list[str], list[list[str | Value]]]:
    """Header and rows for a workbook: numbers as numbers, an interval as two columns."""
    header: list[str] = []
    columns: list[list[str | Value]] = []
    for name, cells in zip(table.header, zip(*table.rows, strict=True), strict=True):
        found = [list(cell_text(cell).numbers()) for cell in cells]
        if max(len(numbers) for numbers in found) == 2:
            header += [f"{name} – {catalogue.text(lang, end)}" for end in ("lower_end", "upper_end")]
            for end in (0, 1):
                columns.append([_value(n[end]) if len(n) == 2 else str(c) for n, c in zip(found, cells, strict=True)])
        else:
            header.append(name)
            columns.append([_value(cell) for cell in cells])
    return header, [list(row) for row in zip(*columns, strict=True)]


def _value(cell: Cell) -> str | Value:
    """A number with the mark beside it, if it has one; words as they are."""
    parts = cell_text(cell).parts
    if parts and isinstance(parts[0], Number) and not any(isinstance(part, Number) for part in parts[1:]):
        return Value(parts[0].claim.estimate, parts[0].kind, "".join(str(part) for part in parts[1:]))
    return str(cell_text(cell))


def _run(script: Path, function: str) -> Callable[[SurveyDesign], Any]:
    """Function of a script of the project; the scripts are not part of the package."""
    if not script.is_file():
        raise FindingError(f"there is no {script}. Write it (see the other scripts in its folder).")
    namespace = _in_script(script, lambda: runpy.run_path(str(script)))
    if function not in namespace:
        raise FindingError(f"{script} has no function '{function}'.")
    return lambda design: _in_script(script, lambda: namespace[function](design))


def _in_script(script: Path, call: Callable[[], Any]) -> Any:
    """Result of a call into a script; its own mistakes become one message that names file and line."""
    try:
        return call()
    except KzmError:
        raise
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).name == script.name]
        line = frames[-1].lineno if frames else getattr(error, "lineno", None)
        where = f"{script}, line {line}" if line else str(script)
        raise FindingError(f"{where}: {type(error).__name__}: {error}. Correct the script.") from error


def write_files(files: Mapping[str, bytes], build: Path) -> list[Path]:
    """Write files below a folder, all or none as far as the system lets.

    Raises
    ------
    DataError
        A file cannot be replaced, for instance because Word has it open; files already replaced stay.
    """
    return replace_files({build / name: content for name, content in files.items()})
