"""`kzm figures`: every figure of the report and its annex as picture files, with a contact sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from kzm_surveys.cli.app import Accept, Lang, SurveyFiles, app, count, err, files_by_survey, new_table, out

FIGURES_EXAMPLES = """\b
All figures of the latest year as SVG, PNG and PDF, with build/figures/index.html to look through them:
  kzm figures
One figure in English for half a text column, as a picture for Word:
  kzm figures --only noise_annoyance_by_place --format png --lang en --width half
"""


@app.command(short_help="Draw every figure, with a contact sheet.", epilog=FIGURES_EXAMPLES)
def figures(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Draw only these figures, joined by commas. May be repeated."),
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Kinds of picture, joined by commas: svg, png, pdf.")
    ] = "svg,png,pdf",
    lang: Lang = "sl",
    width: Annotated[
        Literal["full", "half"], typer.Option("--width", help="For the whole text column of an A4 page, or half of it.")
    ] = "full",
    year: Annotated[
        int | None, typer.Option("--year", metavar="YEAR", help="Year of the annual report; default: the latest one.")
    ] = None,
    data: SurveyFiles = None,
    accept: Accept = False,
    folder: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the files.")] = Path(
        "build/figures"
    ),
) -> None:
    """Draw every figure of the report and of its annex, each with the table of the numbers in it (CSV).

    The contact sheet, index.html, shows all figures with captions, descriptions and links to the files. English files
    end in _en, those for half a column in _half, and so do their sheets. With --only the sheet stays as it is.
    """
    from kzm_surveys.errors import one_of
    from kzm_surveys.findings.figure_script import figure_files, file_stem, names_of, read_script, sheet_of
    from kzm_surveys.findings.year import designs_of_year
    from kzm_surveys.plots.style import PICTURE_KINDS
    from kzm_surveys.protection.files import replace_files

    wanted = [name.casefold() for name in _listed([formats])]
    for name in wanted:
        if name not in PICTURE_KINDS:
            raise typer.BadParameter(one_of("unknown kind of picture", name, PICTURE_KINDS), param_hint="--format")
    kinds = [kind for kind in PICTURE_KINDS if kind in wanted]

    def step(line: str) -> None:
        err.print(f"… {escape(line)}", style="dim")

    names, designs = designs_of_year(Path(), year, data=files_by_survey(data), accept=accept, step=step)
    scripts = [read_script(Path("figures") / f"{name}.py", design) for name, design in zip(names, designs, strict=True)]
    known = names_of(scripts)
    chosen = _listed(only) if only else None
    for name in chosen or ():
        if name not in known:
            raise typer.BadParameter(one_of("unknown figure", name, known), param_hint="--only")
    drawn = []
    for script, design in zip(scripts, designs, strict=True):
        step(str(script.path))
        drawn += script.draw(design, lang=lang, width=width, only=chosen)
    made = figure_files(drawn, kinds, width=width)
    files = {folder / name: content for each in made.values() for name, content in each.values()}
    index = folder / f"{file_stem('index', lang, width)}.html"
    if not only:
        files[index] = sheet_of(drawn, made, designs, lang=lang)
    replace_files(files)
    table = new_table("Figure", "Place", "Title", title=f"{count(len(drawn), 'figure')}, {count(len(files), 'file')}")
    for figure in drawn:
        table.add_row(escape(figure.id), figure.place, escape(str(figure.title)))
    out.print(table)
    for survey in [design.survey for design in designs if design.survey is not None]:
        if survey.source.synthetic:
            words = f"SYNTHETIC answers ({escape(survey.source.file)}), marked so in every figure."
            out.print(f"{survey.wave.name}: {words}", style="bold magenta", soft_wrap=True)
        for problem in survey.problems:
            out.print(f"{survey.wave.name}: {escape(str(problem))}", soft_wrap=True)
    out.print(escape(str(folder if only else index)), soft_wrap=True)


def _listed(given: list[str]) -> list[str]:
    """All names that an option gives, repeated or joined by commas."""
    return [name.strip() for names in given for name in names.split(",")]
