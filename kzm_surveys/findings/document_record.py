"""What a document says, kept inside it: every number as printed, and the words around the numbers.

`kzm refresh` compares the record of a document with that of the report as it would be written now: the values tell
which numbers change, the words whether a sentence would be told otherwise around them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from kzm_surveys.errors import FindingError
from kzm_surveys.findings.ledger import numbers_of
from kzm_surveys.findings.section import Paragraph, ReportFigure, Section, Table, cell_text, numbering, section_texts
from kzm_surveys.findings.text import Fixed, Footnote, Number, NumberKind, Reference, Text

#: Between the cells of a table's row, in a record and where a row is shown.
CELLS = " | "
_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[»„(\[]*[A-ZČŠŽĆĐ])")
#: The name of a number or reference in a wording.
HELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Printed:
    """A number as it stands in a document.

    Examples
    --------
    >>> Printed("508", "count", 0).value
    '508'
    """

    value: str
    kind: NumberKind
    decimals: int


@dataclass(frozen=True)
class Record:
    """The numbers of a document and the words around them.

    Attributes
    ----------
    about
        ``year``, ``language``, ``surveys``, ``package``, ``synthetic``; ``data``: wave -> file, sha256, n.
    numbers
        Claim id -> the number as printed.
    wording
        Place -> its sentences, with ``{claim id}`` where a number stands and ``{table:id}`` for a reference.
    tables
        Id -> its rows, written in the same way.
    figures
        Id -> fingerprint of all that the picture and its alternative text show.
    references
        ``table:id`` or ``figure:id`` -> its number in the document.
    fixed
        Words whose digits are no results: dates, names of files.

    Examples
    --------
    >>> numbers = {"n": Printed("508", "count", 0)}
    >>> record = Record({}, numbers, {"paragraph who": ["Odgovorilo je {n} oseb."]}, {"people": ["vsi | {n}"]}, {})
    >>> sorted(map(record.filled, record.sentences))
    ['Odgovorilo je 508 oseb.', 'vsi | 508']
    >>> record.as_bytes()[:40]
    b'{"about":{},"numbers":{"n":{"value":"508'
    """

    about: Mapping[str, Any]
    numbers: Mapping[str, Printed]
    wording: Mapping[str, Sequence[str]]
    tables: Mapping[str, Sequence[str]]
    figures: Mapping[str, str]
    references: Mapping[str, int] = field(default_factory=dict)
    fixed: Sequence[str] = ()

    def filled(self, wording: str) -> str:
        """A sentence with the numbers of this record in their places."""

        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            return self.numbers[name].value if name in self.numbers else str(self.references.get(name, match.group()))

        return HELD.sub(value, wording)

    @cached_property
    def sentences(self) -> Collection[str]:
        """All sentences and rows, as `wording` and `tables` hold them."""
        return {words for told in (*self.wording.values(), *self.tables.values()) for words in told}

    def as_bytes(self) -> bytes:
        """The record as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


class _Data(BaseModel):
    """What must be known of a wave; a later version may say more."""

    model_config = ConfigDict(strict=True)
    file: str
    sha256: str
    n: int
    synthetic: bool = False


class _About(BaseModel):
    """What must be known of a report to write it again."""

    model_config = ConfigDict(strict=True)
    year: int
    language: str
    surveys: list[str]
    data: dict[str, _Data]


def record_of(
    sections: Sequence[Section], figures: Mapping[str, ReportFigure], about: Mapping[str, object]
) -> bytes:  # fmt: skip
    """Return the record of a document, as it is kept inside it.

    Parameters
    ----------
    sections, figures
        What the document is written from.
    about
        ``year``, ``language`` and ``surveys`` of the report, with what the ledger says about package and data.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.ledger import about_report
    >>> from kzm_surveys.findings.text import say
    >>> from kzm_surveys.findings.voice import Voice
    >>> voice = Voice(kzm.weight(kzm.load("surveys/noise/2021")))
    >>> words = say("Odgovorilo je {n} oseb.", n=voice.fact(508, "respondents"))
    >>> section, about = Section(voice.design, [Paragraph(words, id="who")]), about_report(2022, "sl", [voice.design])
    >>> record = read_record(record_of([section], {}, about), "report.docx")
    >>> record.wording["noise 2021: paragraph who"], record.numbers["noise_2021.respondents"].value
    (['Odgovorilo je {noise_2021.respondents} oseb.'], '508')
    """
    numbers = {each.id: Printed(each.text, each.kind, each.decimals) for _, each in numbers_of(sections, figures)}
    wording: dict[str, list[str]] = {}
    tables: dict[str, list[str]] = {}
    fixed: dict[str, None] = {}
    for section in sections:
        for place, text in _prose(section):
            wording.setdefault(f"{section.survey.wave.name}: {place}", []).extend(_sentences(text))
        for block in section.blocks:
            if isinstance(block, Table):
                rows = [block.header, *block.rows]
                tables[block.id] = [CELLS.join(_words(cell_text(cell)) for cell in row) for row in rows]
        for _, text in section_texts(section):
            fixed |= dict.fromkeys(_fixed(text))
    for name, figure in figures.items():
        for part, text in (("caption", figure.caption), ("notes", figure.foot)):
            wording[f"figure {name}: {part}"] = _sentences(text)
            fixed |= dict.fromkeys(_fixed(text))
    kinds = {block.id: "table" if isinstance(block, Table) else "figure" for s in sections for block in s.blocks
             if hasattr(block, "id")}  # fmt: skip
    references = {f"{kinds[target]}:{target}": number for target, number in numbering(sections).items()}
    pictures = {name: _fingerprint(figure) for name, figure in figures.items()}
    return Record(about, numbers, wording, tables, pictures, references, list(fixed)).as_bytes()


def read_record(content: bytes, where: str) -> Record:
    """Return the record that a document carries.

    Raises
    ------
    FindingError
        It is damaged, or lacks what a record of this version has.

    Examples
    --------
    >>> read_record(b"{}", "report.docx")
    Traceback (most recent call last):
        ...
    kzm_surveys.errors.FindingError: report.docx: the record of its numbers, ... is damaged or of another version. ...
    """
    try:
        record = TypeAdapter(Record).validate_json(content)
        _About.model_validate(record.about)
    except ValueError:
        raise FindingError(
            f"{where}: the record of its numbers, which the document carries, is damaged or of another "
            "version. Write the report again with 'kzm report' and move your changes into it."
        ) from None
    return record


def names_a_number(row: str, ids: Collection[str]) -> bool:
    """Whether a row stands in the list of all numbers, where the first cell tells the claim id.

    Examples
    --------
    >>> row = "odgovorili; število noise_2021.respondents | 508"
    >>> names_a_number(row, {"noise_2021.respondents"}), names_a_number("vsi | 508", {"noise_2021.respondents"})
    (True, False)
    """
    return not set(row.partition(CELLS)[0].split()).isdisjoint(ids)


def sentences(words: str) -> list[str]:
    """Split a paragraph into its sentences.

    Examples
    --------
    >>> sentences("Odgovorilo je 508 oseb. Hrup moti 26,3 % oseb (n = 508). Ob 8. uri?")
    ['Odgovorilo je 508 oseb.', 'Hrup moti 26,3 % oseb (n = 508).', 'Ob 8. uri?']
    """
    return [sentence for sentence in _SENTENCE_END.split(words.strip()) if sentence]


def _prose(section: Section) -> Iterator[tuple[str, Text]]:
    """All texts but the cells of tables; paragraphs without a name share one place, so that none of them moves."""
    for block in section.blocks:
        if isinstance(block, Table):
            yield f"table {block.id}: title", block.title
            yield from ((f"table {block.id}: notes", note) for note in block.notes)
            yield from ([(f"table {block.id}: description", block.description)] if block.description else [])
        else:
            unnamed = isinstance(block, Paragraph) and not block.id
            for place, text in section_texts(Section(section.design, [block])):
                yield "text" if unnamed else place, text


def _sentences(text: Text) -> list[str]:
    notes = [part.text for part in text.parts if isinstance(part, Footnote)]
    return [sentence for each in (text, *notes) for sentence in sentences(_words(each))]


def _words(text: Text) -> str:
    """A text with the names of numbers and references in their places, without its footnotes."""
    out = []
    for part in text.parts:
        if isinstance(part, Number):
            out.append(f"{{{part.id}}}")
        elif isinstance(part, Reference):
            out.append(f"{{{part.kind}:{part.target}}}")
        else:
            out.append(str(part))
    return "".join(out)


def _fixed(text: Text) -> Iterator[str]:
    for part in text.parts:
        if isinstance(part, Fixed):
            yield part.text
        elif isinstance(part, Footnote):
            yield from _fixed(part.text)


def _fingerprint(figure: ReportFigure) -> str:
    shown = [str(figure.title), str(figure.alt), *map(str, figure.numbers), figure.plotted.to_csv(float_format="%.6g")]
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()
