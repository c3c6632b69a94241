"""`kzm report`: the findings sections of the annual report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from kzm_surveys.cli.app import Accept, SurveyFiles, app, count, err, files_by_survey, new_table, out

REPORT_EXAMPLES = """\b
The sections of the latest year, into the folder build:
  kzm report
With the respondents' own file in place of the invented answers:
  kzm report --year 2022 --data noise=answers.sav --out build/real
One survey, in the look of the municipality's own Word file:
  kzm report --survey noise --template letterhead.docx --out build/noise
"""


@app.command(short_help="Write the findings sections of the annual report.", epilog=REPORT_EXAMPLES)
def report(
    year: Annotated[
        int | None, typer.Option("--year", metavar="YEAR", help="Year of the annual report; default: the latest one.")
    ] = None,
    survey: Annotated[
        list[str] | None,
        typer.Option("--survey", metavar="NAME", help="Only this survey, for example noise. May be repeated."),
    ] = None,
    lang: Annotated[
        str,
        typer.Option("--lang", metavar="CODE", help="Language of the texts: sl, en or another that has been added."),
    ] = "sl",
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE", help="Word file (.docx) whose styles, page and header are used."),
    ] = None,
    data: SurveyFiles = None,
    accept: Accept = False,
    build: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the output.")] = Path("build"),
) -> None:
    """Write the findings sections of a year: a Word file to edit, the same as a web page and as Markdown.

    Beside them stand the figures, the tables as Excel files and the ledger, which tells where every number comes from.
    Files of an earlier run are replaced, all or none. At the end come the warnings to read before the report goes out.
    """
    from kzm_surveys.errors import one_of
    from kzm_surveys.findings.report import build_report, write_files
    from kzm_surveys.language import catalogue

    def step(line: str) -> None:
        err.print(f"… {escape(line)}", style="dim", soft_wrap=True)

    files = files_by_survey(data)
    if lang not in catalogue.languages():
        raise typer.BadParameter(one_of("there are no texts in", lang, catalogue.languages()), param_hint="--lang")
    built = build_report(
        Path(), year, surveys=survey, lang=lang, template=template, data=files, accept=accept, step=step
    )
    step(f"writing to {build}")
    written = write_files(built.files, build)
    table = new_table("File", "KB", title=f"{count(len(written), 'file')}, {built.numbers} numbers in the ledger")
    for target in written:
        table.add_row(escape(str(target)), f"{target.stat().st_size / 1024:.0f}")
    out.print(table)
    if built.warnings:
        out.print("Read before the report goes out:", style="bold")
    for warning in built.warnings:
        out.print(f"- {escape(warning)}", style="magenta", soft_wrap=True)
