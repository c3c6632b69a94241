"""`kzm check`, `rates`, `codebook` and `export`: what is in one data file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from kzm_surveys.cli.app import TO_COPY, Accept, Data, Lang, Wave, app, count, new_table, out
from kzm_surveys.errors import DataError, KzmError, Problem

CHECK_EXAMPLES = """\b
The file that wave.toml names:
  kzm check surveys/noise/2021
Another one, of any kind:
  kzm check surveys/noise/2021 --data answers.xlsx
With the list as JSON:
  kzm check surveys/noise/2021 --json build/problems.json
"""
RATES_EXAMPLES = """\b
With the share of the unknown that is eligible estimated:
  kzm rates surveys/noise/2021
If half of the cases of unknown eligibility are eligible:
  kzm rates surveys/noise/2021 --e 0.5
"""
CODEBOOK_EXAMPLES = """\b
Into the folder build/codebook:   kzm codebook surveys/noise/2021
In English:                       kzm codebook surveys/noise/2021 --lang en
"""
EXPORT_EXAMPLES = """\b
For SPSS, into build/export:
  kzm export surveys/noise/2021 --to sav
For the archive, questions and frequencies only:
  kzm export surveys/noise/2021 --to ddi --out build/noise_2021.xml
"""


@app.command(short_help="List what is wrong with a data file.", epilog=CHECK_EXAMPLES)
def check(
    wave: Wave,
    data: Data = None,
    accept: Accept = False,
    target: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the list as JSON too, with the ids of all rows."),
    ] = None,
) -> None:
    """List everything that looks wrong in a data file, with the ids of the rows and what to do.

    Exit code 0: nothing, or warnings only. 1: errors that must be put right, or a file that cannot be read.
    """
    from kzm_surveys.loaders import check as check_survey
    from kzm_surveys.loaders import examine
    from kzm_surveys.wave import read_wave

    try:
        survey = examine(wave, data, accept=accept)
    except DataError as error:
        if target is not None:
            named, _ = read_wave(wave)
            file = named.data.file if data is None else data.name
            _write_problems(target, [Problem("error", "file", str(error), "", "")], wave=named.name, file=file)
        raise
    source = survey.source
    dropped = ", ".join(f"{reason} {count}" for reason, count in source.dropped.items())
    out.print(f"{survey.wave.name}: {escape(source.file)} ({source.kind}), {count(source.rows, 'unit')}, "
              f"{count(len(survey), 'respondent')}" + (f" (dropped: {dropped})" if dropped else "")
              + (", SYNTHETIC" if source.synthetic else ""), soft_wrap=True)  # fmt: skip
    problems = check_survey(survey)
    errors = sum(problem.severity == "error" for problem in problems)
    if problems:
        out.print(_problem_table(problems))
        out.print(f"Errors: {errors}, warnings: {len(problems) - errors}.")
    else:
        out.print("No problems: the file agrees with the codebook.", style="green")
    if source.sha256 != survey.wave.data.sha256:
        out.print(escape(TO_COPY.format(source.sha256)), soft_wrap=True)
    if target is not None:
        _write_problems(
            target, problems, wave=survey.wave.name, file=source.file, kind=source.kind, sha256=source.sha256,
            units=source.rows, respondents=len(survey), dropped=dict(source.dropped),
        )  # fmt: skip
    if errors:
        raise typer.Exit(1)


@app.command(short_help="Print AAPOR's response rates.", epilog=RATES_EXAMPLES)
def rates(
    wave: Wave,
    data: Data = None,
    accept: Accept = False,
    e: Annotated[
        float | None,
        typer.Option(
            "--e",
            metavar="SHARE",
            help="Share (0 to 1) of the cases of unknown eligibility that are eligible; estimated if not given.",
        ),
    ] = None,
) -> None:
    """Print AAPOR's response, cooperation, refusal and contact rates.

    The counts are those in [dispositions] of wave.toml; if there are none, those of the statuses in a 1KA export.
    """
    from kzm_surveys.loaders import examine
    from kzm_surveys.outcome import outcome_rates

    found = outcome_rates(examine(wave, data, accept=accept), e=e)
    table = new_table("Rate", "%", "Cases", "Of", "Formula")
    for row in found.rows:
        share = "no rate" if row.value is None else f"{100 * row.value:.1f}"
        of = "" if row.denominator is None else f"{row.denominator:.1f}".removesuffix(".0")
        table.add_row(row.rate, share, str(row.numerator), of, row.formula)
    out.print(table)
    out.print(escape(found.legend), soft_wrap=True)
    if found.note:
        out.print(escape(found.note), style="yellow", soft_wrap=True)


@app.command(short_help="Write a readable codebook.", epilog=CODEBOOK_EXAMPLES)
def codebook(
    wave: Wave,
    data: Data = None,
    accept: Accept = False,
    lang: Lang = "sl",
    target: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the files.")] = Path(
        "build/codebook"
    ),
) -> None:
    """Write a readable codebook (Word, HTML): wordings, routing, categories, missing answers, unweighted counts."""
    from kzm_surveys.findings.codebook_page import codebook_files
    from kzm_surveys.findings.report import write_files
    from kzm_surveys.loaders import load

    if target.suffix.casefold() in (".html", ".htm", ".docx"):
        raise typer.BadParameter(f"'{target}': name a folder; both files are written into it", param_hint="--out")
    for path in write_files(codebook_files(load(wave, data, accept=accept), lang), target):
        out.print(escape(str(path)), soft_wrap=True)


@app.command(short_help="Write a survey as SPSS, CSV or DDI.", epilog=EXPORT_EXAMPLES)
def export(
    wave: Wave,
    to: Annotated[
        Literal["sav", "csv", "ddi"],
        typer.Option("--to", help="SPSS (.sav), CSV with a codebook beside it, or DDI-Codebook 2.5 (XML)."),
    ],
    data: Data = None,
    accept: Accept = False,
    lang: Lang = "sl",
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write; default: in build/export.")
    ] = None,
) -> None:
    """Write a survey for SPSS, for a spreadsheet, or for the social science data archive (DDI-Codebook 2.5).

    A .sav and a CSV hold the respondents' answers: keep them where such data may be kept.
    """
    from kzm_surveys.export.make import export_survey
    from kzm_surveys.loaders import load

    for path in export_survey(load(wave, data, accept=accept), to, target, lang):
        out.print(escape(str(path)), soft_wrap=True)


def _write_problems(target: Path, problems: list[Problem], **about: object) -> None:
    """Write the list of ``kzm check`` as JSON; what a file that cannot be read does not tell is null."""
    keys = ("wave", "file", "kind", "sha256", "units", "respondents", "dropped")
    content = dict.fromkeys(keys) | about | {"problems": [problem.as_json() for problem in problems]}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise KzmError(f"cannot write {target} ({error.strerror}). Give another file.") from None


def _problem_table(problems: list[Problem]) -> Table:
    table = new_table("", "Variable", "Found", "Where", "To do")
    for problem in problems:
        style = "red" if problem.severity == "error" else None
        cells = (problem.severity, problem.variable, problem.found, problem.where, problem.to_do)
        table.add_row(*(escape(cell) for cell in cells), style=style)
    return table
