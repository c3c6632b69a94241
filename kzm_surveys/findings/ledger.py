"""The ledger: every number printed, with the estimate it stands for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from importlib.metadata import version
from math import isclose

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError
from kzm_surveys.export.wording import asked_of
from kzm_surveys.findings.section import ReportFigure, Section, section_texts
from kzm_surveys.findings.text import Claim, Number, Text
from kzm_surveys.language.numbers import Language
from kzm_surveys.survey import Survey

_CLAIM = tuple(field.name for field in fields(Claim))


class Ledger:
    """Collects printed numbers; one printed in several places is one row with all its places.

    A row tells id, value as printed, the unrounded estimate, variable, category, group, filter (``where``; who was
    asked at all), base and n, interval and df, weighting, wording of the question, source, fingerprint of the data and
    version of the package.

    Parameters
    ----------
    surveys
        Those whose numbers are printed; their codebooks tell question and who was asked.
    lang
        Language of the document.
    """

    def __init__(self, surveys: Sequence[Survey] = (), lang: Language = "sl") -> None:
        self._rows: dict[str, dict[str, object]] = {}
        self._codebooks = {survey.wave.name: survey.codebook for survey in surveys}
        self.lang = lang

    @cached_property
    def _package(self) -> str:
        return f"kzm_surveys {version('kzm_surveys')}"

    def add(self, number: Number, place: str) -> str:
        """Record a number and return its claim id.

        Raises
        ------
        FindingError
            Another number with another value has the same id: the two could not be told apart in the document.
        """
        found = self._rows.get(number.id)
        if found is None:
            row: dict[str, object] = {"id": number.id, "value": number.text}
            row |= {name: getattr(number.claim, name) for name in _CLAIM}
            row |= self._question(number.claim)
            row |= {"printed_as": number.kind, "decimals": number.decimals, "package": self._package, "places": []}
            found = self._rows[number.id] = row
        elif found["value"] != number.text or not _same(found["estimate"], number):
            raise FindingError(
                f"{place}: two numbers bear the id '{number.id}': {found['value']} ({found['estimate']!r}) and "
                f"{number.text} ({number.claim.estimate!r}). Give one of them a statistic of its own."
            )
        places = found["places"]
        assert isinstance(places, list)
        if place not in places:
            places.append(place)
        return number.id

    def _question(self, claim: Claim) -> dict[str, object]:
        """Wording of the question behind a number and, in words, who was asked it; None where no question is known."""
        codebook = self._codebooks.get(claim.wave)
        if codebook is None or claim.variable is None or claim.variable not in codebook or claim.source is not None:
            return {"question": claim.question, "asked": None}
        variable = codebook[claim.variable]
        wording = claim.question if claim.question is not None else variable.question[self.lang]
        return {"question": wording, "asked": asked_of(variable, codebook, self.lang)}

    def add_text(self, text: Text, place: str) -> None:
        """Record all numbers of a text."""
        for number in text.numbers():
            self.add(number, place)

    def add_document(self, sections: Sequence[Section], figures: Mapping[str, ReportFigure]) -> None:
        """Record all numbers of sections and figures: text, tables, captions, alternative texts, drawings."""
        for place, number in numbers_of(sections, figures):
            self.add(number, place)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> list[dict[str, object]]:
        """All rows in the order of first printing."""
        return list(self._rows.values())

    def to_json(self, about: Mapping[str, object]) -> bytes:
        """Ledger as JSON: `about` (version, waves, data files) and the rows."""
        content = {"about": dict(about), "numbers": self.rows()}
        return (json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _same(estimate: object, number: Number) -> bool:
    """Whether two computations gave the same estimate but for rounding."""
    return isinstance(estimate, float) and isclose(estimate, number.claim.estimate, abs_tol=1e-12)


def ledger_name(lang: Language) -> str:
    """Name of the ledger's file; two languages in one folder have two.

    >>> ledger_name("sl"), ledger_name("en")
    ('ledger.json', 'ledger_en.json')
    """
    return "ledger.json" if lang == "sl" else f"ledger_{lang}.json"


def about_report(year: int, lang: Language, designs: Sequence[SurveyDesign]) -> dict[str, object]:
    """What the ledger says before its rows: year, language, package, surveys, data files and margins of the weights."""
    surveys = [design.survey for design in designs if design.survey is not None]
    return {
        "package": f"kzm_surveys {version('kzm_surveys')}",
        "year": year,
        "language": lang,
        "surveys": [survey.wave.name for survey in surveys],
        "synthetic": any(survey.source.synthetic for survey in surveys),
        "data": {
            survey.wave.name: {
                "file": survey.source.file, "sha256": survey.source.sha256, "n": len(survey),
                "synthetic": survey.source.synthetic,
            }
            for survey in surveys
        },
        "margins": {
            design.survey.wave.name: {name: dict(facts) for name, facts in design.weighting.provenance.items()}
            for design in designs
            if design.survey is not None and design.weighting is not None
        },
    }  # fmt: skip


def numbers_of(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], *, drawn: bool = True
) -> Iterator[tuple[str, Number]]:  # fmt: skip
    """All numbers of sections and figures, each with its place; without `drawn` not those that stand in pictures."""
    for section in sections:
        for place, text in section_texts(section):
            yield from ((f"{section.survey.wave.name}: {place}", number) for number in text.numbers())
    for name, figure in figures.items():
        for part in ("title", "caption", "foot", "alt"):
            yield from ((f"figure {name}: {part}", number) for number in getattr(figure, part).numbers())
        if drawn:
            yield from ((f"figure {name}: drawing", number) for number in figure.numbers)
