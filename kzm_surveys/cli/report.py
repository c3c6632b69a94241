"""`kzm report`: the findings sections of the annual report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from kzm_surveys.cli.app import Accept, SurveyFiles, app, err, files_by_survey, new_table, out

REPORT_EXAMPLES = """\b
The sections of the year, into the folder build:
  kzm report --year 2022
With the respondents' own file in place of the synthetic one:
  kzm report --year 2022 --data noise=answers.sav --out build/real
"""


@app.command(short_help="Write the findings sections of the annual report.", epilog=REPORT_EXAMPLES)
def report(
    year: Annotated[int, typer.Option("--year", metavar="YEAR", help="Year of the annual report.")],
    data: SurveyFiles = None,
    accept: Accept = False,
    lang: Annotated[str, typer.Option("--lang", metavar="sl", help="Language of the texts; 'sl' so far.")] = "sl",
    build: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the output.")] = Path("build"),
) -> None:
    """Write the findings sections: Word, Markdown, figures, tables and the ledger of numbers."""
    from kzm_surveys.findings.report import build_report, write_files

    files = files_by_survey(data)
    if lang != "sl":
        raise typer.BadParameter(f"'{lang}': texts exist in 'sl' so far", param_hint="--lang")
    built = build_report(
        Path(),
        year,
        lang="sl",
        data=files,
        accept=accept,
        step=lambda line: err.print(f"… {escape(line)}", style="dim"),
    )
    written = write_files(built.files, build)
    table = new_table("File", "KB", title=f"{len(written)} files, {built.numbers} numbers in the ledger")
    for target in written:
        table.add_row(escape(str(target)), f"{target.stat().st_size / 1024:.0f}")
    out.print(table)
    for design in built.designs:
        survey = design.survey
        if survey is None:
            continue
        if survey.source.synthetic:
            words = f"SYNTHETIC answers ({escape(survey.source.file)}), marked so on every page."
            out.print(f"{survey.wave.name}: {words}", style="bold magenta", soft_wrap=True)
        if design.weighting is not None:
            record = design.weighting
            out.print(
                f"{survey.wave.name}: n = {len(survey)}, design effect {record.deff:.2f}, "
                f"effective n {record.n_eff:.0f}.",
                soft_wrap=True,
            )
        for problem in survey.problems:
            out.print(f"{survey.wave.name}: {escape(str(problem))}", soft_wrap=True)
