"""The ledger: every number printed, with the estimate it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from kzm_surveys.findings.section import ReportFigure, Section, section_texts
from kzm_surveys.findings.text import Number, Text


class Ledger:
    """Collects printed numbers; the same number printed in several places is one row with all its places."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, float], dict[str, object]] = {}
        self._ids: dict[str, int] = {}

    def add(self, number: Number, place: str) -> str:
        """Record a number and return its claim id."""
        key = (number.claim.slug, number.text, number.claim.estimate)
        if key not in self._rows:
            seen = self._ids[number.claim.slug] = self._ids.get(number.claim.slug, 0) + 1
            row: dict[str, object] = {
                "id": number.claim.slug + (f"~{seen}" if seen > 1 else ""),
                "value": number.text,
            }
            row |= asdict(number.claim)
            row |= {"printed_as": number.kind, "decimals": number.decimals, "places": []}
            self._rows[key] = row
        places = self._rows[key]["places"]
        assert isinstance(places, list)
        if place not in places:
            places.append(place)
        return str(self._rows[key]["id"])

    def add_text(self, text: Text, place: str) -> None:
        """Record all numbers of a text."""
        for number in text.numbers():
            self.add(number, place)

    def add_document(self, sections: Sequence[Section], figures: Mapping[str, ReportFigure]) -> None:
        """Record all numbers of sections and figures: text, tables, captions, alternative texts, drawings."""
        for section in sections:
            for place, text in section_texts(section):
                self.add_text(text, f"{section.survey.wave.name}: {place}")
        for name, figure in figures.items():
            for part in ("title", "caption", "foot", "alt"):
                self.add_text(getattr(figure, part), f"figure {name}: {part}")
            for number in figure.numbers:
                self.add(number, f"figure {name}: drawing")

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> list[dict[str, object]]:
        """All rows in the order of first printing."""
        return list(self._rows.values())

    def to_json(self, about: Mapping[str, object]) -> bytes:
        """Ledger as JSON: `about` (version, waves, data files) and the rows."""
        content = {"about": dict(about), "numbers": self.rows()}
        return (json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
