"""`kzm refresh`: new values into a report whose prose people have edited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from kzm_surveys.cli.app import Accept, SurveyFiles, app, count, err, files_by_survey, new_table, out

if TYPE_CHECKING:
    from kzm_surveys.findings.document_record import Record
    from kzm_surveys.findings.refresh import Left, Refreshed

REFRESH_EXAMPLES = """\b
Look first at what would change; nothing is written:
  kzm refresh report.docx --dry-run
Put the new values into the document:
  kzm refresh report.docx
The respondents' own file has come; keep the old document:
  kzm refresh report.docx --data noise=answers.sav --out report_new.docx
"""


@app.command(short_help="Put new values into a report that people have edited.", epilog=REFRESH_EXAMPLES)
def refresh(
    report: Annotated[Path, typer.Argument(metavar="REPORT.docx", help="The Word file, as people edited it.")],
    data: SurveyFiles = None,
    accept: Accept = False,
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a new Word file in place of the one read.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also replace numbers that people changed by hand.")] = False,
    listing: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all lists to a .json file too.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option("--year", metavar="YEAR", help="Year of the annual report; the document itself says it."),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", metavar="CODE", help="Language of the document; the document itself says it."),
    ] = None,
) -> None:
    """Put the values of today's data, weights and definitions into a report whose prose people have edited.

    Only the text of tagged numbers changes; words, pictures and all else stay as they are. A number is flagged where
    the words around it no longer fit it: noun, verb, s or z, a share word, an order, or a sentence that the report now
    words otherwise. Left alone and listed are numbers changed by hand, numbers no longer computed, digits without a
    tag, and pictures and descriptions of tables with the old numbers. Flags are told once, so keep them (--json) or
    begin with --dry-run.

    Exit code: 0 nothing is left to do, 1 somebody must look at something (or an error: nothing written), 2 wrong call.
    """
    import json
    from dataclasses import asdict

    from kzm_surveys.errors import FindingError, one_of
    from kzm_surveys.findings.document_record import read_record
    from kzm_surveys.findings.refresh import refreshed
    from kzm_surveys.findings.report import build_report
    from kzm_surveys.findings.word_file import parts_of, read_file, record_in
    from kzm_surveys.language import catalogue
    from kzm_surveys.protection.files import replace_files

    files = files_by_survey(data)
    if lang is not None and lang not in catalogue.languages():
        raise typer.BadParameter(one_of("there are no texts in", lang, catalogue.languages()), param_hint="--lang")
    if target is not None and target.suffix.casefold() != ".docx":
        raise typer.BadParameter(f"'{target}': name a file that ends with .docx", param_hint="--out")
    if listing is not None and listing.suffix.casefold() != ".json":  # never the document, however it is spelt
        raise typer.BadParameter(f"'{listing}': name a file that ends with .json", param_hint="--json")
    where = str(report)
    content = read_file(report)
    carried = record_in(parts_of(content, where))
    old = None if carried is None else read_record(carried, where)
    if old is None and year is None:
        raise FindingError(
            f"{where}: the document carries no record of its numbers, so its year is unknown. Say it: --year 2022. Its "
            "tagged numbers are then all replaced; numbers changed by hand cannot be told from others."
        )
    if old is not None and lang not in (None, old.about["language"]):
        raise FindingError(f"{where}: the document is in '{old.about['language']}', not in '{lang}'. Leave out --lang.")
    if old is not None and year not in (None, old.about["year"]):
        raise FindingError(f"{where}: the document is of {old.about['year']}, not of {year}. Leave out --year.")
    year = old.about["year"] if old is not None else year
    assert year is not None
    built = build_report(
        Path(), year, surveys=[name.rpartition(" ")[0] for name in old.about["surveys"]] if old else None,
        lang=old.about["language"] if old else lang or "sl", data=files, accept=accept,
        step=lambda line: err.print(f"… {escape(line)}", style="dim", soft_wrap=True),
    )  # fmt: skip
    made = next(file for name, file in built.files.items() if name.endswith(".docx"))
    remade = record_in(parts_of(made, "the new report"))
    assert remade is not None
    now = read_record(remade, "the new report")
    done = refreshed(content, old, now, where=where, force=force)
    outputs: dict[Path, bytes] = {}
    if not dry_run and (target is not None or done.content != content):
        outputs[target or report] = done.content
    if listing is not None:
        told = asdict(done)
        del told["content"]
        for each in told["reworded"]:
            del each["wording"], each["around"]  # how the record keeps it
        outputs[listing] = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    replace_files(outputs)
    _print(done, {*now.numbers, *(old.numbers if old is not None else ())}, now)
    if dry_run:
        out.print(f"Nothing was written ({escape(where)}).", soft_wrap=True)
    for path in outputs:
        out.print(escape(str(path)), soft_wrap=True)
    for note in done.notes:  # last, so that no table pushes them out of the window
        out.print(escape(note), style="bold magenta", soft_wrap=True)
    if done.needs_people:
        raise typer.Exit(1)


def _print(done: Refreshed, ids: Collection[str], now: Record) -> None:
    """Print what changed and what people must look at; rows of the annex, which tell a claim id, are counted."""
    from kzm_surveys.findings.document_record import names_a_number
    from kzm_surveys.findings.figure_script import file_stem

    def told(words: str) -> bool:
        return not names_a_number(words, ids)

    for line in done.data:
        out.print(escape(line), soft_wrap=True)
    out.print(f"{count(done.checked, 'tagged number')}, {len(done.changes)} changed.", soft_wrap=True)
    in_text = [change for change in done.changes if told(change.sentence)]
    if in_text:
        table = new_table("Sentence or row, as it now stands", "Numbers", "Look at", title="Changed")
        for sentence, group in groupby(in_text, key=lambda change: change.sentence):
            changes = list(group)
            numbers = "\n".join(f"{change.old} → {change.new}" for change in changes)
            flags = dict.fromkeys(flag for change in changes for flag in change.flags)
            table.add_row(escape(sentence), escape(numbers), escape("\n".join(flags)))
        out.print(table)
    _print_left("Changed by hand: left as they are (--force replaces those without words)", done.by_hand)
    _print_left("No longer in the report, perhaps withheld: left as they are, take them out",
                [each for each in done.not_computed if told(each.sentence)])  # fmt: skip
    if done.untagged:
        table = new_table("Digits", "Sentence or row", "Probably", "The report says", title="Digits without a tag")
        for each in done.untagged:
            table.add_row(*map(escape, (each.text, each.sentence, each.id or "typed by hand", each.now)))
        out.print(table)
    reworded = [one for one in done.reworded if told(one.was or one.now)]
    if reworded:
        table = new_table("Place", "Before", "Now", title="The report now says it in other words")
        for one in reworded:
            table.add_row(*map(escape, (one.place, one.was or "(nothing)", one.now or "(nothing)")))
        out.print(table)
    if done.pictures:
        out.print("Pictures that still show the old numbers, with their alternative texts:", style="bold")
        year, lang = now.about["year"], now.about["language"]
        for name in done.pictures:
            file = f"build/figures/{file_stem(name, lang, 'full')}.png (kzm report --year {year} --lang {lang})"
            what = f"put in {file}" if name in now.figures else "the report no longer shows it: take it out"
            out.print(escape(f"  {name}: {what}"), soft_wrap=True)
    if done.descriptions:
        title = "Titles and descriptions of tables with the old numbers (Table Properties, Alt Text)"
        table = new_table("In the document", "The report says", title=title)
        for described in done.descriptions:
            table.add_row(escape(described.text), escape(described.now or "–"))
        out.print(table)
    annex = [len(done.changes) - len(in_text), sum(not told(each.sentence) for each in done.not_computed),
             len(done.reworded) - len(reworded)]  # fmt: skip
    if any(annex):
        counted = "{} changed, {} no longer in the report; {}".format(*annex[:2], count(annex[2], "other row"))
        out.print(f"Annex with the list of numbers: {counted}. --json lists them.", soft_wrap=True)


def _print_left(title: str, numbers: Sequence[Left]) -> None:
    if not numbers:
        return
    table = new_table("Sentence or row", "In the document", "The report says", title=title)
    for each in numbers:
        table.add_row(*map(escape, (each.sentence, each.text, each.now or "–")))
    out.print(table)
