"""`kzm tables`: the banner tables of a wave as an Excel workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from kzm_surveys.cli.app import Accept, Data, Lang, Wave, app, count, new_table, out

if TYPE_CHECKING:
    from kzm_surveys.codebook import Codebook
    from kzm_surveys.codebook.tables import Tables
    from kzm_surveys.estimation.banner_tables import Banner

TABLES_EXAMPLES = """\b
Write build/tables/noise_2021.xlsx:
  kzm tables surveys/noise/2021
With the respondents' own file, in English:
  kzm tables surveys/noise/2021 --data answers.sav --lang en --out build/real/noise.xlsx
"""


@app.command(short_help="Write tables of all questions as an Excel workbook.", epilog=TABLES_EXAMPLES)
def tables(
    wave: Wave,
    data: Data = None,
    accept: Accept = False,
    lang: Lang = "sl",
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Workbook (.xlsx) to write; default: one per wave in build/tables."),
    ] = None,
) -> None:
    """Write every question by every break as one Excel workbook: bases, percents, means, letters of differences.

    Which questions and breaks, and which answers are also added up, stands in [tables] of wave.toml. Numbers that
    rest on too few answers are withheld; the last sheet explains all marks.
    """
    from kzm_surveys.export.banner_workbook import banner_workbook, tables_of, wave_banner
    from kzm_surveys.export.ddi_study import file_stem
    from kzm_surveys.loaders import load
    from kzm_surveys.protection.files import replace_files
    from kzm_surveys.weighting.wave import weight

    if target is not None and target.suffix.casefold() != ".xlsx":
        raise typer.BadParameter(f"'{target}': name a file that ends with .xlsx", param_hint="--out")
    survey = load(wave, data, accept=accept)
    wanted = tables_of(survey)
    made = wave_banner(weight(survey))
    content = banner_workbook(made, survey, lang)
    path = Path("build/tables") / f"{file_stem(survey.wave)}.xlsx" if target is None else target
    replace_files({path: content})
    source = survey.source
    mark = ", SYNTHETIC" if source.synthetic else ""
    out.print(f"{survey.wave.name}: {escape(source.file)}, {count(len(survey), 'respondent')}{mark}", soft_wrap=True)
    _print_written(made, wanted, survey.codebook)
    _print_warnings(made)
    out.print(escape(str(path)), soft_wrap=True)


def _print_written(made: Banner, wanted: Tables, codebook: Codebook) -> None:
    """Print the sheets with their tables and bases."""
    from kzm_surveys.export.banner_workbook import tables_of_row

    by_name = {one.variable: one for one in made.tables}
    listed = new_table("Sheet", "Rows", "Tables", "Base n", "Smallest column n")
    for number, sheet in enumerate(wanted.sheets, start=1):
        held = [by_name[name] for row in sheet.rows for name in tables_of_row(row, codebook)]
        bases = sorted({int(one.n[0]) for one in held})
        shown = f"{bases[0]}–{bases[-1]}" if len(bases) > 1 else str(bases[0])
        smallest = min(int(one.n.min()) for one in held)
        listed.add_row(str(number), escape(", ".join(sheet.rows)), str(len(held)), shown, str(smallest))
    out.print(listed)
    out.print(f"by {escape(', '.join(made.breaks))}", soft_wrap=True)


def _print_warnings(made: Banner) -> None:
    """Print how many columns and cells are marked or withheld, and why an opt-in sample has no letters."""
    from kzm_surveys.estimation.quality import thresholds, withheld

    limits = thresholds(made.design)
    small: dict[str, int] = {}
    for one in made.tables:
        for n, column in zip(one.n.tolist(), made.columns, strict=True):
            if n < limits.smallest_base:
                name = f"{column.variable}={column.category}" if column.variable else "everybody"
                small[name] = small.get(name, 0) + 1
    if small:
        where = ", ".join(f"{name} in {count(tables, 'table')}" for name, tables in small.items())
        words = f"warning: bases under {limits.smallest_base}: {where}"
        out.print(escape(words), style="yellow", soft_wrap=True)
    cells = sum(one.flag.size for one in made.tables)
    hidden = sum(int(withheld(one.flag).sum()) for one in made.tables)
    if hidden:
        words = (
            f"warning: {hidden} of {cells} cells withheld: fewer than {limits.smallest_cell} answers "
            "stand behind the number or behind the rest of its base"
        )
        out.print(words, style="yellow", soft_wrap=True)
    if not made.design.infers:
        words = "note: the sample is opt-in: estimates and unweighted n only, no letters and no tests"
        out.print(words, style="yellow", soft_wrap=True)
