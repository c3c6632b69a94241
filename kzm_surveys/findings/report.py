"""The whole report of a year: waves, analyses and figures of a project folder to finished files in memory."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import CodebookError, FindingError
from kzm_surveys.findings.annex import annexes
from kzm_surveys.findings.document_record import record_of
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_style import DocumentInfo
from kzm_surveys.findings.docx_template import opened_template
from kzm_surveys.findings.figure_script import file_stem, names_of, read_script
from kzm_surveys.findings.html import to_html
from kzm_surveys.findings.ledger import Ledger, about_report, ledger_name
from kzm_surveys.findings.markdown import to_markdown
from kzm_surveys.findings.report_warnings import report_warnings
from kzm_surveys.findings.report_workbook import workbook_of
from kzm_surveys.findings.script import run_script
from kzm_surveys.findings.section import (
    FigureRef,
    ReportFigure,
    Section,
    Table,
    checked_figures,
    numbering,
    pictures,
)
from kzm_surveys.findings.text import say
from kzm_surveys.findings.tracing import traced_figure, traced_section
from kzm_surveys.findings.year import Step, designs_of_year
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.style import PictureKind
from kzm_surveys.protection.files import replace_files

#: Pictures that the report writes; `kzm figures` writes all kinds, and the tables behind them.
PICTURES: tuple[PictureKind, ...] = ("png", "svg")


@dataclass(frozen=True)
class BuiltReport:
    """What stands in memory before anything is written.

    Attributes
    ----------
    files
        Content by path below the build folder.
    designs
        The weighted waves behind it.
    numbers
        Number of rows of the ledger.
    warnings
        What the author must read, a line each.
    """

    files: Mapping[str, bytes]
    designs: Sequence[SurveyDesign]
    numbers: int
    warnings: Sequence[str] = ()


def build_report(
    root: Path, year: int | None = None, *, surveys: Sequence[str] | None = None, lang: Language = "sl",
    template: Path | None = None, data: Mapping[str, Path] | None = None, accept: bool = False,
    step: Step = lambda _: None,
) -> BuiltReport:  # fmt: skip
    """Compute the findings sections of a year; nothing is written.

    Parameters
    ----------
    root
        Project folder with ``surveys/``, ``analyses/`` and ``figures/``.
    year
        Year of the annual report; the latest if None.
    surveys
        Names of the surveys to include; all of the year if None.
    lang
        Language of the texts. Slovenian files are ``ledger.json`` and ``<figure>.png``; those of another language have
        it in their names, so that two languages can lie in one folder.
    template
        Word file whose styles and page the document takes.
    data
        Survey name -> data file in place of the one named in its ``wave.toml``.
    accept
        Use files that are not the ones named.
    step
        Called with a line before each step.

    Raises
    ------
    KzmError
        The first thing that is wrong with data, weights, estimates, texts or template.
    """
    catalogue.texts(lang)
    if template is not None:
        opened_template(template, 1)  # refused before anything is computed; how many headings it needs shows later
    names, designs = designs_of_year(root, year, surveys=surveys, data=data, accept=accept, step=step)
    sections, scripts = [], []
    for name, design in zip(names, designs, strict=True):
        _require_texts(design, lang)
        step(f"sentences and tables: analyses/{name}.py")
        section = run_script(root / "analyses" / f"{name}.py", "section", design, lang)
        if not isinstance(section, Section):
            raise FindingError(
                f"analyses/{name}.py: section(design, lang) must return a Section, found {type(section).__name__}."
            )
        sections.append(traced_section(section, lang))
        scripts.append(read_script(root / "figures" / f"{name}.py", design))
    names_of(scripts)
    shown = {block.id for section in sections for block in section.blocks if isinstance(block, FigureRef)}
    figures: dict[str, ReportFigure] = {}
    for script, design in zip(scripts, designs, strict=True):
        step(f"figures: figures/{script.path.name}")
        drawn = script.draw(design, lang=lang, only=shown)
        figures |= {figure.id: traced_figure(figure, design) for figure in drawn}
    checked_figures(sections, figures)
    return _built(sections, figures, designs, lang, template, step)


def _require_texts(design: SurveyDesign, lang: Language) -> None:
    """Refuse a wave whose facts are not told in the language."""
    survey = design.survey
    assert survey is not None
    for file, title in (("wave.toml", survey.wave.title), ("codebook.toml", survey.codebook.title)):
        if lang not in title:
            known = ", ".join(title)
            raise CodebookError(
                f"{survey.wave.name}: {file} has no texts in '{lang}' (there: {known}). Translate them."
            )


def _built(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], designs: Sequence[SurveyDesign], lang: Language,
    template: Path | None, step: Step,
) -> BuiltReport:  # fmt: skip
    year = sections[0].survey.wave.report.year
    drawings = dict(zip(figures, pictures(list(figures.values()), PICTURES), strict=True))
    whole = [*sections, *annexes(sections, figures, lang)]
    ledger = Ledger([section.survey for section in sections], lang)
    ledger.add_document(whole, figures)
    if not len(ledger):
        raise FindingError("the report prints no number at all; something is wrong with the analyses.")
    about = about_report(year, lang, designs)
    info = _info(sections, year, lang)
    stem = f"report/findings_{year}_{lang}"
    step(f"{stem}: Word, HTML, Markdown")
    files = {
        f"{stem}.docx": to_docx(
            whole, figures, {name: each["png"] for name, each in drawings.items()}, info, lang, template=template,
            record=record_of(whole, figures, about),
        ),
        f"{stem}.html": to_html(
            whole, figures, {name: each["svg"] for name, each in drawings.items()}, title=info.title,
            subtitle=info.subtitle, author=info.author, mark=info.mark, lang=lang,
        ).encode(),
        f"{stem}.md": to_markdown(
            whole, figures, title=info.title, mark=info.mark, picture_suffix=file_stem("", lang, "full"), lang=lang
        ).encode(),
    }  # fmt: skip
    step("tables and ledger")
    files[ledger_name(lang)] = ledger.to_json(about)
    numbers = numbering(whole)
    for section in sections:
        if any(isinstance(block, Table) for block in section.blocks):
            wave = section.survey.wave
            files[f"tables/{wave.survey}_{wave.wave}_{lang}.xlsx"] = workbook_of(section, numbers, lang, info.day)
    for name, each in drawings.items():
        files |= {f"figures/{file_stem(name, lang, 'full')}.{kind}": content for kind, content in each.items()}
    return BuiltReport(files, designs, len(ledger), report_warnings(sections, figures))


def _info(sections: Sequence[Section], year: int, lang: Language) -> DocumentInfo:
    """Title page and properties; the mark names the surveys whose answers are invented."""
    invented = [section.survey.wave.title[lang] for section in sections if section.survey.source.synthetic]
    mark = str(say(catalogue.text(lang, "synthetic_header"), surveys="; ".join(invented))) if invented else ""
    title = str(say(catalogue.text(lang, "report_title"), year=str(year)))
    author = sections[0].survey.wave.sponsor[lang]
    return DocumentInfo(title, catalogue.text(lang, "report_subtitle"), author, mark, datetime.date(year, 12, 31))


def write_files(files: Mapping[str, bytes], build: Path) -> list[Path]:
    """Write files below a folder, all or none.

    Raises
    ------
    DataError
        A file cannot be replaced, for instance because Word has it open; then all stay as they were.
    """
    return replace_files({build / name: content for name, content in files.items()})
