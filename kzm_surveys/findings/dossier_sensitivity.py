"""What the dossier says of the key results under other ways of weighting."""

from __future__ import annotations

from dataclasses import replace

from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.estimation.sensitivity import CAP, Scheme, Sensitivity
from kzm_surveys.findings.dossier_margins import fact, source
from kzm_surveys.findings.section import Cell, Table
from kzm_surveys.findings.text import Number, Piece, Reference, Text
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue

TABLE = "weights_sensitivity"


def widest_gaps(voice: Voice, found: Sensitivity) -> list[Text]:
    """Say which result changes most without weights, and which most under other weights."""
    texts = []
    for key, unweighted in (("gap_unweighted", True), ("gap_others", False)):
        gap = found.widest(unweighted=unweighted)
        if gap is None:
            continue
        name = f"difference_to_{gap.scheme.name}"
        size = voice.fact(
            100 * gap.size, name, decimals=1, kind="decimal", variable=gap.result.variable,
            category="+".join(gap.result.categories), n=int(gap.own.n),
        )  # fmt: skip
        words: dict[str, Piece] = {
            "label": gap.result.label[voice.lang],
            "own": voice.percent(gap.own),
            "other": _claimed(Voice(gap.scheme.design, voice.lang).percent(gap.other), gap.scheme),
            "gap": size,
        }
        if not unweighted:
            words |= {"scheme": _name(voice, gap.scheme), "table": Reference("table", TABLE)}
        texts.append(voice.text(f"dossier.{key}", **words))
    return texts


def sensitivity_table(voice: Voice, found: Sensitivity) -> Table:
    """Return the table: a row per result and two for the cost, a column per way of weighting."""
    rows: list[list[Cell]] = []
    for result, row in zip(found.results, found.estimates, strict=True):
        cells = [_cell(voice, scheme, each) for scheme, each in zip(found.schemes, row, strict=True)]
        rows.append([result.label[voice.lang], *cells])
    deffs = [_claimed(fact(voice, scheme.deff, "kish_deff"), scheme) for scheme in found.schemes]
    sizes = [_claimed(fact(voice, scheme.n_eff, "effective_n", 0), scheme) for scheme in found.schemes]
    rows.append([catalogue.text(voice.lang, "dossier.deff_row"), *deffs])
    rows.append([catalogue.text(voice.lang, "dossier.n_eff_row"), *sizes])
    header = [catalogue.text(voice.lang, "dossier.result"), *(_name(voice, scheme) for scheme in found.schemes)]
    notes = [*_bases(voice, found), *_explanations(voice, found), *voice.legend(*found.estimates), source(voice)]
    return Table(TABLE, voice.text("dossier.sensitivity_title"), header, rows, notes)


def _bases(voice: Voice, found: Sensitivity) -> list[Text]:
    own = [scheme.kind for scheme in found.schemes].index("own")
    rows = [row[own] for row in found.estimates]
    by_base = [[row for row in rows if row.base == base] for base in ("answered", "asked")]
    return [voice.base_line(part, part[0].base) for part in by_base if part]


def _explanations(voice: Voice, found: Sensitivity) -> list[Text]:
    """What the columns mean, and why there is none with capped weights."""
    kinds = {scheme.kind for scheme in found.schemes}
    cap = fact(voice, CAP, "cap", 0)
    texts = [voice.text(f"dossier.{kind}_note") for kind in ("without", "only") if kind in kinds]
    for kind in ("capped", "capped_raked"):
        if kind in kinds:
            return [*texts, voice.text(f"dossier.{kind}_note", cap=cap)]
    record = voice.design.weighting
    if record is not None and not record.trimmed:
        texts.append(voice.text("dossier.not_capped_note", cap=cap))
    return texts


def _name(voice: Voice, scheme: Scheme) -> str:
    key = "capped" if scheme.kind == "capped_raked" else scheme.kind
    words = {"margin": voice.margin_label(scheme.of)} if scheme.of else {}
    return str(voice.text(f"dossier.{key}", **words))


def _cell(voice: Voice, scheme: Scheme, row: Estimate) -> Cell:
    """A share in the table, or its mark; the number's claim names the way of weighting."""
    cell = Voice(scheme.design, voice.lang).cell(row)
    if isinstance(cell, Number):
        return _claimed(cell, scheme)
    if isinstance(cell, Text):
        return Text(tuple(_claimed(part, scheme) if isinstance(part, Number) else part for part in cell.parts))
    return str(cell)


def _claimed(number: Number, scheme: Scheme) -> Number:
    return replace(number, claim=replace(number.claim, weight=scheme.name))
