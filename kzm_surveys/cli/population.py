"""`kzm population`: the statistical office's tables, from the request for them to the margins of a wave."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from kzm_surveys.cli.app import Lang, app, new_table, out

if TYPE_CHECKING:
    from kzm_surveys.codebook import Codebook
    from kzm_surveys.wave import Wave
    from kzm_surveys.weighting.population_query import Request

POPULATION_EXAMPLES = """\b
1. Print the request for the residents that the wave needs, and run its last line in a terminal
   (Windows: in the command prompt):
  kzm population surveys/noise/2021 --print-query
2. Make the margins of the file that it fetched, or that you saved from the office's page:
  kzm population surveys/noise/2021 --file 05C4002S_050_2022H1.json
Another municipality and half-year (H1 is 1 January, H2 is 1 July):
  kzm population --print-query --municipality 213 --period 2021H2
"""


@app.command(short_help="Get population counts of SURS and make margins of them.", epilog=POPULATION_EXAMPLES)
def population(
    wave: Annotated[
        Path | None, typer.Argument(metavar="WAVE", help="Wave folder, for example surveys/noise/2021.")
    ] = None,
    print_query: Annotated[
        bool, typer.Option("--print-query", help="Print the requests that fetch the tables; nothing is sent.")
    ] = False,
    municipality: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Code at SURS; default: that of wave.toml, or 050 (Koper)."),
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Table of SiStat, repeatable; default: those of wave.toml, or 05C4002S."),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="PERIOD", help="Half-year, as 2021H1; default: nearest to the fieldwork, or the latest."),
    ] = None,
    lang: Lang = "sl",
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", metavar="FILE", help="Table as saved (JSON-stat, px or CSV); repeat for several."),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="CSV to write; default: the margins file of the wave."),
    ] = None,
) -> None:
    """Get population counts of the statistical office (SURS) and make the margins of a wave of them.

    With --print-query: print what to ask the office for. With --file: sum the office's table to the categories of the
    codebook, as [margins] of wave.toml says, and write them; other margins of the wave's file are kept as they are.
    Nothing is ever sent or fetched.

    Exit code 1: a table does not fit, or a number that is needed is withheld. Exit code 2: the command is mistyped.
    """
    from kzm_surveys.wave import read_wave

    if print_query == bool(file):
        raise typer.BadParameter("give either --print-query or --file (and a wave).")
    if period is not None and not re.fullmatch(r"[0-9]{4}(H[12])?", period):
        raise typer.BadParameter(f"--period {period}: write a half-year as 2021H1 (1 January) or 2021H2 (1 July).")
    for code in [*(table or ()), *([municipality] if municipality is not None else [])]:
        if not re.fullmatch(r"[0-9A-Za-z]+", code):
            raise typer.BadParameter(f"'{code}' is no code of SiStat: letters and digits only, as 05C4002S or 050.")
    if file:
        if wave is None:
            raise typer.BadParameter("--file needs the wave: kzm population surveys/noise/2021 --file FILE")
        if municipality or table or period:
            raise typer.BadParameter("with --file, wave.toml says which municipality, tables and half-year it is.")
        _write_margins(wave, *read_wave(wave), file, target)
        return
    if target is not None:
        raise typer.BadParameter("--out belongs to --file; a request is only printed.")
    described = None if wave is None else read_wave(wave)[0]
    for request in _requests(described, municipality, table, period, lang):
        _print_request(request)


def _requests(
    wave: Wave | None, municipality: str | None, tables: list[str] | None, period: str | None, lang: Lang
) -> list[Request]:
    from kzm_surveys.weighting.population import nearest_half_year
    from kzm_surveys.weighting.population_query import KOPER, RESIDENTS, table_request

    margins = None if wave is None else wave.margins
    if period is None and wave is not None:
        period = (margins and margins.period) or nearest_half_year(wave.fieldwork)
    place = municipality or (margins.municipality if margins else KOPER)
    entries = margins.tables if margins else ()
    wanted = tables or [entry.table for entry in entries] or [RESIDENTS]
    return [
        table_request(name, place, period, lang, [entry for entry in entries if entry.table == name])
        for name in dict.fromkeys(wanted)
    ]


def _print_request(request: Request) -> None:
    import json

    lines = [f"{request.method} {request.url}"]
    if request.body is None:
        lines.append("The dimensions of this table are not known here; this asks for its description.")
    else:
        lines += ["Content-Type: application/json", "", json.dumps(request.body, ensure_ascii=False, indent=2)]
    for line in [*lines, "", request.curl, ""]:
        out.print(line, markup=False, soft_wrap=True)


def _write_margins(folder: Path, wave: Wave, codebook: Codebook, files: list[Path], target: Path | None) -> None:
    from kzm_surveys.protection.files import replace_files
    from kzm_surveys.weighting.margins import margins_of
    from kzm_surveys.weighting.margins_file import csv_text, read_tables, rows_from, rows_of
    from kzm_surveys.weighting.population import map_tables
    from kzm_surveys.weighting.sistat import read_population_table

    made = map_tables(wave, codebook, {path: read_population_table(path) for path in files})
    margins = margins_of(made)
    present = folder / (wave.weighting.margins or "population.csv")
    kept: list[dict[str, str]] = []
    if present.is_file():
        toml = present.suffix.lower() == ".toml"
        rows = rows_from(read_tables(present)) if toml else [row for _, row in rows_of(present)]
        kept = [row for row in rows if row["variable"] not in margins.tables]
    path = target or present.with_suffix(".csv")
    written = replace_files({path: csv_text([*rows_from(made), *kept]).encode("utf-8")})
    shown = new_table("Variable", "Category", "Persons", title=f"Margins of {wave.name}")
    for row in rows_from(made):
        shown.add_row(*map(escape, (row["variable"], row["category"], row["count"])))
    out.print(shown)
    for name, margin in margins.tables.items():
        facts = margin.provenance
        out.print(f"{name}: {facts['total']} persons, {facts['date']}, {facts['source']}", markup=False, soft_wrap=True)
        if "left_out" in facts:
            out.print(f"{name}: left out: {facts['left_out']}", markup=False, soft_wrap=True)
    if kept:
        names = ", ".join(dict.fromkeys(row["variable"] for row in kept))
        out.print(f"kept as they were: {names}", markup=False, soft_wrap=True)
    stated = wave.weighting.population
    if stated is not None and margins.total is not None and stated != margins.total:
        found = f"wave.toml says [weighting] population = {stated}, these margins sum to {margins.total:.12g}"
        out.print(f"note: {found}. Change it if they are used.", markup=False, style="yellow", soft_wrap=True)
    for each in written:
        out.print(str(each), markup=False, soft_wrap=True)
