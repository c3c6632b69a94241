"""The `kzm` application: its options, tables and the one way in."""

from __future__ import annotations

import gc
import io
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from typer.core import TyperGroup

from kzm_surveys.errors import KzmError
from kzm_surveys.language import catalogue

EXAMPLES = """\b
The three commonest cases:
  kzm check surveys/noise/2021 --data answers.sav   is a file that arrived right?
  kzm report --year 2022                            write the sections of the report
  kzm new surveys/noise/2023 --from 2021            prepare the next wave
"""
TO_COPY = 'If this becomes the file of the wave, write in [data] of wave.toml:\nsha256 = "{}"'
COMMANDS = (
    "report", "refresh", "figures", "check", "rates", "weight", "tables", "population", "new", "codebook", "export",
    "compare", "synthesize",
)  # fmt: skip


class InOrder(TyperGroup):
    """Commands in the order of COMMANDS, whatever module they come from."""

    def list_commands(self, ctx: object) -> list[str]:
        """Names for ``kzm --help``; one that COMMANDS lacks is an error."""
        return sorted(self.commands, key=COMMANDS.index)


app = typer.Typer(
    name="kzm",
    cls=InOrder,
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
SurveyFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--data", metavar="SURVEY=FILE", help="Data file of a survey, for example noise=answers.sav. May be repeated."
    ),
]


def known_language(lang: str) -> str:
    """Return a language that has a catalogue of texts."""
    if lang not in catalogue.languages():
        there = ", ".join(catalogue.languages())
        raise typer.BadParameter(f"there are no texts in '{lang}'; choose one of: {there}")
    return lang


Lang = Annotated[
    str, typer.Option("--lang", metavar="LANGUAGE", callback=known_language, help="Language of the texts: sl, en ...")
]


def files_by_survey(pairs: list[str] | None) -> dict[str, Path]:
    """Survey -> file, from what ``--data SURVEY=FILE`` gives."""
    files: dict[str, Path] = {}
    for pair in pairs or []:
        name, sign, path = pair.partition("=")
        if not sign:
            raise typer.BadParameter(f"'{pair}': write SURVEY=FILE, for example noise=answers.sav", param_hint="--data")
        if name in files:
            raise typer.BadParameter(f"'{name}' is given twice", param_hint="--data")
        files[name] = Path(path)
    return files


def new_table(*headers: str, title: str | None = None) -> Table:
    """Table whose cells are folded and never cut, however narrow the window or pipe."""
    return Table(*(Column(header, overflow="fold") for header in headers), title=title, title_justify="left")


def count(number: int, what: str) -> str:
    """``1 unit``, ``2 units``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def main() -> None:
    """Run a command; a problem with data or document is one message and exit code 1."""
    gc.disable()  # a run takes seconds: looking for cycles costs a tenth of it and frees next to nothing
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # where there is no č, a command that is done must not end in an error
            stream.reconfigure(errors="replace")
    try:
        app()
    except KzmError as error:
        err.print(escape(str(error)), style="red", soft_wrap=True)
        sys.exit(1)
