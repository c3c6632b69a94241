"""`kzm weight`: the weights of a wave, what they do and what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from kzm_surveys.cli.app import Accept, Data, Lang, Wave, app, count, new_table, out
from kzm_surveys.errors import WeightingError

if TYPE_CHECKING:
    from kzm_surveys.record import WeightingRecord, WeightingStep
    from kzm_surveys.survey import Survey

WEIGHT_EXAMPLES = """\b
Print, and write weights and dossier into build/weights/noise_2021:
  kzm weight surveys/noise/2021
With the respondents' own file, in English:
  kzm weight surveys/noise/2021 --data answers.sav --lang en --out build/real
"""


@app.command(short_help="Weight a wave; write weights and dossier.", epilog=WEIGHT_EXAMPLES)
def weight(
    wave: Wave,
    data: Data = None,
    accept: Accept = False,
    lang: Lang = "sl",
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Folder for the files; default: one per wave in build/weights."),
    ] = None,
) -> None:
    """Weight a wave as its wave.toml says; print margins, factors and cost; write the weights and a dossier of them.

    Files: weights.csv and weights.sav (id, weight with mean one, weight that sums to the population), dossier.docx and
    dossier.md with two figures, ledger.json with every number printed in the dossier. All are written or none.

    Exit code 1: the wave has no weighting, or its margins cannot be met.
    """
    from kzm_surveys.export.ddi_study import file_stem
    from kzm_surveys.export.weights import weight_files
    from kzm_surveys.findings.dossier import dossier_files
    from kzm_surveys.findings.report import write_files
    from kzm_surveys.loaders import load
    from kzm_surveys.weighting.wave import weight as weight_survey

    survey = load(wave, data, accept=accept)
    design = weight_survey(survey)
    record = design.weighting
    if record is None:
        raise WeightingError(
            f'{survey.wave.name}: wave.toml says that the answers are not weighted ([weighting] method = "none"). '
            "Name method, margins and variables there if they should be."
        )
    files = weight_files(design, lang) | dossier_files(design, lang)
    folder = Path("build/weights") / file_stem(survey.wave) if target is None else target
    written = write_files(files, folder)
    source = survey.source
    mark = ", SYNTHETIC" if source.synthetic else ""
    out.print(f"{survey.wave.name}: {escape(source.file)}, {count(len(survey), 'respondent')}{mark}", soft_wrap=True)
    _print_margins(record)
    for number, step in enumerate(record.steps, start=1):
        _print_step(number, step)
    _print_cost(record, survey)
    for path in written:
        out.print(escape(str(path)), soft_wrap=True)


def _print_margins(record: WeightingRecord) -> None:
    table = new_table("Variable", "Category", "n", "Before %", "Target %", "After %", title="Margins")
    for row in record.margins.itertuples(index=False):
        shares = (f"{100 * share:.1f}" for share in (row.before, row.target, row.after))
        table.add_row(escape(str(row.variable)), escape(str(row.category)), str(row.n), *shares)
    out.print(table)
    table = new_table("Margin", "Status", "Population", "Date", "Source", title="Where the margins come from")
    for name in record.margins["variable"].unique():
        facts = record.provenance.get(name, {})
        told = (facts.get(key) or "not given" for key in ("status", "population", "date", "source"))
        table.add_row(escape(str(name)), *map(escape, told))
    out.print(table)


def _print_step(number: int, step: WeightingStep) -> None:
    """Print one verb of the weighting: what it did, and its factors by cell."""
    words = f"Step {number}: {step.method}, {count(step.iterations, 'iteration')}, worst margin {step.worst_margin:.1e}"
    out.print(words, soft_wrap=True)
    if len(step.factors):
        table = new_table("Cell", "n", "Factor", title="Adjustment factors")
        for row in step.factors.itertuples(index=False):
            table.add_row(escape(str(row.cell)), str(row.n), f"{row.factor:.4f}")
        out.print(table)
    for note in step.notes:
        out.print(f"note: {escape(note)}", style="yellow", soft_wrap=True)


def _print_cost(record: WeightingRecord, survey: Survey) -> None:
    from kzm_surveys.findings.dossier import HEAVY, HIGH_DEFF

    name, n = record.smallest
    lacking = record.mean_weight
    facts = {
        "Respondents with a weight": str(record.n),
        "Design effect (Kish)": f"{record.deff:.3f}",
        "Effective n": f"{record.n_eff:.1f}",
        "Lowest weight": f"{record.lowest:.4f}",
        **{f"Quantile {share:g}": f"{value:.4f}" for share, value in record.quantiles.items()},
        "Mean weight": f"{record.mean:.4f}",
        "Highest weight": f"{record.highest:.4f}",
        "Trimmed": f"{100 * record.trimmed:.1f} %",
        "Smallest weighting cell": f"{name}, n = {n}",
        "Rows without a weighting variable (mean weight)": str(lacking),
    }
    table = new_table("Weights", "")
    for what, value in facts.items():
        table.add_row(what, escape(value))
    out.print(table)
    warnings = []
    if record.deff > HIGH_DEFF:
        warnings.append(f"the design effect {record.deff:.2f} is above {HIGH_DEFF:g}: weighting costs much precision")
    if (ratio := record.highest / record.mean) > HEAVY:
        warnings.append(f"the highest weight is {ratio:.1f} times the mean (above {HEAVY:g}): a few answers weigh much")
    for warning in warnings:
        out.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    estimates = [name for name, facts in record.provenance.items() if facts.get("status") == "estimate"]
    if estimates:
        out.print(f"estimates, not official: {escape(', '.join(estimates))}", style="yellow", soft_wrap=True)
    if survey.source.synthetic:
        out.print("SYNTHETIC answers, marked so on every page.", style="bold magenta", soft_wrap=True)
