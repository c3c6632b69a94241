"""`kzm new`, `compare` and `synthesize`: folders and files of a wave."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from kzm_surveys.cli.app import TO_COPY, Wave, app, count, new_table, out

NEW_EXAMPLES = """\b
The next wave of a survey:
  kzm new surveys/noise/2023 --from 2021
A new survey, with a first codebook from the labels in its file:
  kzm new surveys/traffic/2024 --data answers.sav
"""
COMPARE_EXAMPLES = """\b
  kzm compare surveys/noise/2021 surveys/noise/2023
"""
SYNTHESIZE_EXAMPLES = """\b
A dry run with 1000 respondents, leaving the wave's own file alone:
  kzm synthesize surveys/noise/2021 --seed 7 --n 1000 --out build/dry_run.sav
"""


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
        table = new_table("To fill in", "Key", "What")
        for todo in made.to_fill_in:
            table.add_row(todo.file.name, escape(todo.key), escape(todo.what))
        out.print(table)


@app.command(short_help="Say which questions of two waves can be compared.", epilog=COMPARE_EXAMPLES)
def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Wave folder, for example surveys/noise/2021.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later wave of the same survey.")],
) -> None:
    """Say which questions of two waves can still be compared, and what changed in the others."""
    from kzm_surveys.codebook import compare_codebooks
    from kzm_surveys.wave import read_wave

    found = compare_codebooks(read_wave(old)[1], read_wave(new)[1])
    table = new_table("Variable", "", "What changed")
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
    counts = f"{count(made.n, 'respondent')}, {count(made.rows, 'unit')}"
    out.print(f"{escape(str(made.path))}: {counts}, synthetic", soft_wrap=True)
    out.print(escape(TO_COPY.format(made.sha256)), soft_wrap=True)
    for line in made.unmet:
        out.print(f"not as published: {escape(line)}", style="yellow", soft_wrap=True)
