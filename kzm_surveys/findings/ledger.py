"""The ledger: every number printed, with the estimate it stands for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from math import isclose

from kzm_surveys.errors import FindingError
from kzm_surveys.findings.section import ReportFigure, Section, section_texts
from kzm_surveys.findings.text import Number, Text


class Ledger:
    """Collects printed numbers; one printed in several places is one row with all its places.

    A row tells id, value as printed, the unrounded estimate, variable, category, group, filter (``where``), base and n,
    interval and df, weighting, wording of the question, source, fingerprint of the data and version of the package.
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, object]] = {}
        self._package = f"kzm_surveys {version('kzm_surveys')}"

    def add(self, number: Number, place: str) -> str:
        """Record a number and return its claim id.

        Raises
        ------
        FindingError
            Another number with another value has the same id: the two could not be told apart in the document.
        """
        found = self._rows.get(number.id)
        if found is None:
            row: dict[str, object] = {"id": number.id, "value": number.text, **asdict(number.claim)}
            row |= {"printed_as": number.kind, "decimals": number.decimals, "package": self._package, "places": []}
            found = self._rows[number.id] = row
        elif found["value"] != number.text or not isclose(found["estimate"], number.claim.estimate):  # type: ignore[arg-type]
            raise FindingError(
                f"{place}: two numbers bear the id '{number.id}': {found['value']} ({found['estimate']!r}) and "
                f"{number.text} ({number.claim.estimate!r}). Give one of them a statistic of its own."
            )
        places = found["places"]
        assert isinstance(places, list)
        if place not in places:
            places.append(place)
        return number.id

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


def numbers_of(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure]
) -> Iterator[tuple[str, Number]]:  # fmt: skip
    """All numbers of sections and figures, each with the place where it stands."""
    for section in sections:
        for place, text in section_texts(section):
            yield from ((f"{section.survey.wave.name}: {place}", number) for number in text.numbers())
    for name, figure in figures.items():
        for part in ("title", "caption", "foot", "alt"):
            yield from ((f"figure {name}: {part}", number) for number in getattr(figure, part).numbers())
        yield from ((f"figure {name}: drawing", number) for number in figure.numbers)
