"""What the author of the report must read before it goes out, in plain words, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kzm_surveys.design import SurveyDesign
from kzm_surveys.findings.ledger import numbers_of
from kzm_surveys.findings.section import FigureRef, ReportFigure, Section
from kzm_surveys.record import fact_in

#: A design effect above this halves the sample, and more.
_LARGE_DEFF = 2
#: Flag of an estimate -> what it means for the author.
_FLAGS = {
    "review": "must be looked at by a statistician before they are published (few degrees of freedom, or a share of "
    "exactly 0 or 100 %)",
    "small_base": "rest on a small base and are marked so",
    "imprecise": "are not precise enough by the standards for proportions and are marked so",
}


def report_warnings(sections: Sequence[Section], figures: Mapping[str, ReportFigure]) -> list[str]:
    """Return every warning about a report, in the order of its sections.

    Parameters
    ----------
    sections, figures
        What the document is written from.

    Returns
    -------
    list of str
        Invented answers, problems of the file, findings and figures that are not shown, samples without margins of
        error, costly weights, margins that are not official, and numbers whose quality is doubtful.
    """
    return [f"{section.survey.wave.name}: {line}" for section in sections for line in _of_section(section, figures)]


def _of_section(section: Section, figures: Mapping[str, ReportFigure]) -> Iterator[str]:
    survey = section.survey
    if survey.source.synthetic:
        yield (
            f"SYNTHETIC answers ({survey.source.file}), marked so on every page and in every file; no number of them "
            "may be quoted as a result."
        )
    yield from map(str, survey.problems)
    yield from (line.removeprefix(f"{survey.wave.name}: ") for line in section.warnings)
    shown = [block.id for block in section.blocks if isinstance(block, FigureRef)]
    for name in shown:
        if not len(figures[name].plotted):
            yield f"figure '{name}' is not shown: too few answers stand behind it."
    yield from _of_design(section.design)
    found = [number for _, number in numbers_of([section], {name: figures[name] for name in shown})]
    for flag, meaning in _FLAGS.items():
        # Bases and ends of intervals bear the flags of their estimate.
        told = {number.claim.slug for number in found if flag in number.claim.flag.split()
                and not number.claim.statistic.endswith((".n", ".ci_low", ".ci_high"))}  # fmt: skip
        if told:
            yield f"numbers that {meaning}: {len(told)}. They bear the flag '{flag}' in the ledger."


def _of_design(design: SurveyDesign) -> Iterator[str]:
    if design.sampling == "opt_in":
        if design.infers:
            yield (
                "people chose to take part (opt-in); intervals and tests hold only under the assumption that wave.toml "
                "gives as justification."
            )
        else:
            yield (
                "people chose to take part (opt-in): there are no intervals and no tests, and shares hold for those "
                "who took part only."
            )
    record = design.weighting
    if record is None:
        return
    if record.deff > _LARGE_DEFF:
        yield (
            f"the weights cost much: design effect {record.deff:.2f}, so n = {record.n} answers are worth about "
            f"{record.n_eff:.0f}. Do not read shares of small groups too precisely."
        )
    for name, facts in record.provenance.items():
        status = facts.get("status")
        if status != "official":
            what = "an estimate, not official" if status == "estimate" else "of unknown status"
            source = fact_in(facts, "source", "en")
            origin = f" (source: {source})" if source else ""
            yield f"the weights rest on population shares of '{name}' that are {what}{origin}."
