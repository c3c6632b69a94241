"""The `kzm` command."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kzm_surveys.errors import DataError, KzmError, Problem

EXAMPLES = """\b
The three commonest cases:
  kzm check surveys/noise/2021 --data answers.sav   is a file that arrived right?
  kzm report --year 2022                            write the sections of the report
  kzm new surveys/noise/2023 --from 2021            prepare the next wave
"""
CHECK_EXAMPLES = """\b
The file that wave.toml names:
  kzm check surveys/noise/2021
Another one, of any kind:
  kzm check surveys/noise/2021 --data answers.xlsx
With the list as JSON:
  kzm check surveys/noise/2021 --json build/problems.json
"""
REPORT_EXAMPLES = """\b
The sections of the year, into the folder build:
  kzm report --year 2022
With the respondents' own file in place of the synthetic one:
  kzm report --year 2022 --data noise=answers.sav --out build/real
"""
RATES_EXAMPLES = """\b
With the share of the unknown that is eligible estimated:
  kzm rates surveys/noise/2021
If half of the cases of unknown eligibility are eligible:
  kzm rates surveys/noise/2021 --e 0.5
"""
NEW_EXAMPLES = """\b
The next wave of a survey:
  kzm new surveys/noise/2023 --from 2021
A new survey, with a first codebook from the labels in its file:
  kzm new surveys/traffic/2024 --data answers.sav
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
COMPARE_EXAMPLES = """\b
  kzm compare surveys/noise/2021 surveys/noise/2023
"""
SYNTHESIZE_EXAMPLES = """\b
A dry run with 1000 respondents, leaving the wave's own file alone:
  kzm synthesize surveys/noise/2021 --seed 7 --n 1000 --out build/dry_run.sav
"""
TO_COPY = 'If this becomes the file of the wave, write in [data] of wave.toml:\nsha256 = "{}"'
app = typer.Typer(
    name="kzm",
    help="Od datoteke z odgovori do razdelkov letnega poročila. / From the survey file to the annual report.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
out, err = Console(highlight=False), Console(stderr=True, highlight=False)

Wave = Annotated[Path, typer.Argument(metavar="WAVE", help="Wave folder, for example surveys/noise/2021.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE", help="Another data file in place of the one named in wave.toml."),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept", help="Use the file although its SHA-256 or number of respondents is not the one in wave.toml."
    ),
]
Lang = Annotated[Literal["sl", "en"], typer.Option("--lang", help="Language of the texts.")]


@app.command(short_help="Write the findings sections of the annual report.", epilog=REPORT_EXAMPLES)
def report(
    year: Annotated[int, typer.Option("--year", metavar="YEAR", help="Year of the annual report.")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="SURVEY=FILE",
            help="Data file of a survey, for example noise=answers.sav. May be repeated.",
        ),
    ] = None,
    accept: Accept = False,
    lang: Annotated[str, typer.Option("--lang", metavar="sl", help="Language of the texts; 'sl' so far.")] = "sl",
    build: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the output.")] = Path("build"),
) -> None:
    """Write the findings sections: Word, Markdown, figures, tables and the ledger of numbers."""
    from kzm_surveys.findings.report import build_report, write_files

    files = {}
    for pair in data or []:
        name, sign, path = pair.partition("=")
        if not sign:
            raise typer.BadParameter(f"'{pair}': write SURVEY=FILE, for example noise=answers.sav", param_hint="--data")
        if name in files:
            raise typer.BadParameter(f"'{name}' is given twice", param_hint="--data")
        files[name] = Path(path)
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
    table = _table("File", "KB", title=f"{len(written)} files, {built.numbers} numbers in the ledger")
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
    out.print(f"{survey.wave.name}: {escape(source.file)} ({source.kind}), {_count(source.rows, 'unit')}, "
              f"{_count(len(survey), 'respondent')}" + (f" (dropped: {dropped})" if dropped else "")
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
    table = _table("Rate", "%", "Cases", "Of", "Formula")
    for row in found.rows:
        share = "no rate" if row.value is None else f"{100 * row.value:.1f}"
        of = "" if row.denominator is None else f"{row.denominator:.1f}".removesuffix(".0")
        table.add_row(row.rate, share, str(row.numerator), of, row.formula)
    out.print(table)
    out.print(escape(found.legend), soft_wrap=True)
    if found.note:
        out.print(escape(found.note), style="yellow", soft_wrap=True)


@app.command(short_help="Make the folder of a new wave or survey.", epilog=NEW_EXAMPLES)
def new(
    folder: Annotated[Path, typer.Argument(metavar="WAVE", help="Folder to make, for example surveys/noise/2023.")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="WAVE", help="Earlier wave of the survey, for example 2021.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FILE", help="Data file of a new survey: its labels become a first codebook."),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="Sheet of an Excel workbook with several.")
    ] = None,
) -> None:
    """Make the folder of a new wave from an earlier one, or of a new survey from its data file.

    What nobody but you can know is marked FILL IN; until it is filled in, every command lists it.
    """
    from kzm_surveys.drafting.new_survey import new_survey
    from kzm_surveys.drafting.new_wave import new_wave

    if (source is None) == (data is None):
        raise typer.BadParameter("give either --from WAVE or --data FILE", param_hint="--from / --data")
    if sheet is not None and data is None:
        raise typer.BadParameter("belongs to --data FILE", param_hint="--sheet")
    if data is not None:
        made = new_survey(folder, data, sheet=sheet)
    else:
        assert source is not None
        made = new_wave(folder, source)
    for path in made.paths:
        out.print(escape(str(path)), soft_wrap=True)
    if made.to_fill_in:
        table = _table("To fill in", "Key", "What")
        for todo in made.to_fill_in:
            table.add_row(todo.file.name, escape(todo.key), escape(todo.what))
        out.print(table)


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


@app.command(short_help="Say which questions of two waves can be compared.", epilog=COMPARE_EXAMPLES)
def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Wave folder, for example surveys/noise/2021.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later wave of the same survey.")],
) -> None:
    """Say which questions of two waves can still be compared, and what changed in the others."""
    from kzm_surveys.codebook import compare_codebooks
    from kzm_surveys.wave import read_wave

    found = compare_codebooks(read_wave(old)[1], read_wave(new)[1])
    table = _table("Variable", "", "What changed")
    for one in found:
        table.add_row(one.variable, one.verdict, escape("; ".join(one.changes)))
    out.print(table)
    verdicts = [one.verdict for one in found]
    out.print(", ".join(f"{verdict}: {verdicts.count(verdict)}" for verdict in dict.fromkeys(verdicts)), soft_wrap=True)


@app.command(short_help="Write a file of synthetic answers.", epilog=SYNTHESIZE_EXAMPLES)
def synthesize(
    wave: Wave,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="NUMBER", help="Any number; same seed, same file.")],
    n: Annotated[
        int | None, typer.Option("--n", metavar="NUMBER", help="Respondents; default: as many as wave.toml expects.")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="File to write; default: the file named in wave.toml."),
    ] = None,
) -> None:
    """Write a file of synthetic answers in the format of the wave, for a dry run or to ship without real answers."""
    from kzm_surveys.synthesis.make import synthesize as make

    made = make(wave, seed=seed, n=n, out=target)
    counts = f"{_count(made.n, 'respondent')}, {_count(made.rows, 'unit')}"
    out.print(f"{escape(str(made.path))}: {counts}, synthetic", soft_wrap=True)
    out.print(escape(TO_COPY.format(made.sha256)), soft_wrap=True)
    for line in made.unmet:
        out.print(f"not as published: {escape(line)}", style="yellow", soft_wrap=True)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _write_problems(target: Path, problems: list[Problem], **about: object) -> None:
    """Write the list of ``kzm check`` as JSON; what a file that cannot be read does not tell is null."""
    keys = ("wave", "file", "kind", "sha256", "units", "respondents", "dropped")
    content = dict.fromkeys(keys) | about | {"problems": [problem.as_json() for problem in problems]}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise KzmError(f"cannot write {target} ({error.strerror}). Give another file.") from None


def _table(*headers: str, title: str | None = None) -> Table:
    """Table whose cells are folded and never cut, however narrow the window or pipe."""
    return Table(*(Column(header, overflow="fold") for header in headers), title=title, title_justify="left")


def _problem_table(problems: list[Problem]) -> Table:
    table = _table("", "Variable", "Found", "Where", "To do")
    for problem in problems:
        style = "red" if problem.severity == "error" else None
        cells = (problem.severity, problem.variable, problem.found, problem.where, problem.to_do)
        table.add_row(*(escape(cell) for cell in cells), style=style)
    return table


def main() -> None:
    """Run a command; a problem with data or document is one message and exit code 1."""
    gc.disable()  # a run takes seconds: looking for cycles costs a tenth of it and frees next to nothing
    try:
        app()
    except KzmError as error:
        err.print(escape(str(error)), style="red", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
