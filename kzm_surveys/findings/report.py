"""The whole report of a year: waves, analyses and figures of a project folder to finished files in memory."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_style import DocumentInfo
from kzm_surveys.findings.figure_script import names_of, read_script
from kzm_surveys.findings.ledger import Ledger
from kzm_surveys.findings.markdown import to_markdown
from kzm_surveys.findings.script import run_script
from kzm_surveys.findings.section import (
    Cell,
    FigureRef,
    ReportFigure,
    Section,
    Table,
    cell_text,
    numbering,
    pictures,
)
from kzm_surveys.findings.text import Number, say
from kzm_surveys.findings.tracing import traced_figure, traced_section
from kzm_surveys.findings.year import Step, designs_of_year
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.style import PictureKind
from kzm_surveys.protection.files import replace_files
from kzm_surveys.protection.workbook import Sheet, Value, workbook

#: Pictures that the report writes; `kzm figures` writes all kinds, and the tables behind them.
PICTURES: tuple[PictureKind, ...] = ("png", "svg")


@dataclass(frozen=True)
class BuiltReport:
    """Files by path below the build folder, the designs behind them, the number of ledger rows."""

    files: Mapping[str, bytes]
    designs: Sequence[SurveyDesign]
    numbers: int


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
    names, designs = designs_of_year(root, year, data=data, accept=accept, step=step)
    sections, scripts = [], []
    for name, design in zip(names, designs, strict=True):
        step(f"analyses/{name}.py, figures/{name}.py")
        section = run_script(root / "analyses" / f"{name}.py", "section", design, lang)
        if not isinstance(section, Section):
            raise FindingError(
                f"analyses/{name}.py: section(design) must return a Section, found {type(section).__name__}."
            )
        sections.append(traced_section(section, lang))
        scripts.append(read_script(root / "figures" / f"{name}.py", design))
    names_of(scripts)
    shown = {block.id for section in sections for block in section.blocks if isinstance(block, FigureRef)}
    figures = {
        figure.id: traced_figure(figure, design)
        for script, design in zip(scripts, designs, strict=True)
        for figure in script.draw(design, lang=lang, only=shown)
    }
    step("Word, Markdown, Excel")
    return _files(sections, figures, designs, year, lang)


def _files(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], designs: Sequence[SurveyDesign], year: int,
    lang: Language,
) -> BuiltReport:  # fmt: skip
    numbers = numbering(sections)
    drawings = dict(zip(figures, pictures(list(figures.values()), PICTURES), strict=True))
    files = {f"figures/{name}.{kind}": file for name, each in drawings.items() for kind, file in each.items()}
    embedded = {name: each["png"] for name, each in drawings.items()}
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
    files[f"report/findings_{year}_{lang}.docx"] = to_docx(sections, figures, embedded, info, lang)
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
            header += [f"{name!s} – {catalogue.text(lang, end)}" for end in ("lower_end", "upper_end")]
            for end in (0, 1):
                columns.append([_value(n[end]) if len(n) == 2 else str(c) for n, c in zip(found, cells, strict=True)])
        else:
            header.append(str(name))
            columns.append([_value(cell) for cell in cells])
    return header, [list(row) for row in zip(*columns, strict=True)]


def _value(cell: Cell) -> str | Value:
    """A number with the mark beside it, if it has one; words as they are."""
    parts = cell_text(cell).parts
    if parts and isinstance(parts[0], Number) and not any(isinstance(part, Number) for part in parts[1:]):
        return Value(parts[0].claim.estimate, parts[0].kind, "".join(str(part) for part in parts[1:]))
    return str(cell_text(cell))


def write_files(files: Mapping[str, bytes], build: Path) -> list[Path]:
    """Write files below a folder, all or none as far as the system lets.

    Raises
    ------
    DataError
        A file cannot be replaced, for instance because Word has it open; files already replaced stay.
    """
    return replace_files({build / name: content for name, content in files.items()})
