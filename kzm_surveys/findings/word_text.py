"""The text of a Word part with the place of every character of it, so that a number is replaced and nothing else.

The part is never written anew from a tree: new text goes between two bytes of the old part, and all other bytes stay
(ECMA-376, part 1, 17.5.2: content controls; 17.13.5: tracked changes; 17.16: fields).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

_WORD = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",  # the strict form
}
_ALTERNATIVE = "http://schemas.openxmlformats.org/markup-compatibility/2006|Fallback"
_START_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
#: Text inside these no longer stands in the document, though the change can still be rejected.
_DELETED = {"del", "moveFrom"}
_INSTEAD = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}


@dataclass(eq=False)
class Control:
    """A content control: its tag, its text as it is seen, and the bytes in which that stands."""

    tag: str = ""
    text: str = ""
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Piece:
    """A run of text of a paragraph; `control` holds it, if one does, and `field` says that Word computes it."""

    text: str
    control: Control | None
    field: bool


@dataclass(eq=False)
class Paragraph:
    """A paragraph: its style, its pieces, the table row it stands in, whether it repeats another for old programs."""

    style: str = ""
    pieces: list[Piece] = field(default_factory=list)
    row: int | None = None
    repeated: bool = False


@dataclass(frozen=True)
class Part:
    """What stands in a part of a Word file, in its order; titles and descriptions of tables are for screen readers."""

    paragraphs: list[Paragraph]
    controls: list[Control]
    pictures: list[str]
    descriptions: list[str]


class UnreadableError(Exception):
    """The part is no XML as Word writes it."""


def read_part(content: bytes) -> Part:
    """Return paragraphs, content controls, names of pictures and descriptions of tables of a part.

    Raises
    ------
    UnreadableError
        It is not well-formed, has a document type definition, or is not in UTF-8.
    """
    reader = _Reader(content)
    return Part(reader.paragraphs, reader.controls, reader.pictures, reader.descriptions)


def with_texts(content: bytes, texts: Mapping[Control, str]) -> bytes:
    """Return the part with the text of some controls replaced; every other byte is as it was.

    The new text takes the place, and the form, of the first text of its control; what Word split off is emptied.
    """
    edits = []
    for control, text in texts.items():
        first, *others = control.spans
        edits += [(*first, escape(text).encode()), *((start, end, b"") for start, end in others)]
    out, last = [], 0
    for start, end, new in sorted(edits):
        out += [content[last:start], new]
        last = end
    return b"".join([*out, content[last:]])


def heading_styles(styles: bytes) -> set[str]:
    """Ids of the styles of headings and titles, whose names Word writes in English in every language.

    Raises
    ------
    UnreadableError
        The styles are not well-formed.
    """
    found: set[str] = set()
    current = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal current
        if _local(name) == "style":
            current = _value(attributes, "styleId")
        elif _local(name) == "name" and re.match(r"heading|title|subtitle|toc", _value(attributes, "val").casefold()):
            found.add(current)

    parser = _parser()
    parser.StartElementHandler = start
    _parse(parser, styles)
    return found


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.paragraphs: list[Paragraph] = []
        self.controls: list[Control] = []
        self.pictures: list[str] = []
        self.descriptions: list[str] = []
        self._open: list[str] = []
        self._inside: list[Paragraph] = []  # a text box holds paragraphs inside a paragraph
        self._held: list[Control] = []
        self._rows: list[int] = []
        self._row_count = self._deleted = self._fields = self._fallback = 0
        self._text: list[str] | None = None
        self._from = 0
        self._parser = _parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        _parse(self._parser, content)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local, parent = _local(name), self._open[-1] if self._open else ""
        self._open.append(local)
        if local == "p":
            row = self._rows[-1] if self._rows else None
            self._inside.append(Paragraph(row=row, repeated=self._fallback > 0))
            self.paragraphs.append(self._inside[-1])
        elif local == "tr":
            self._row_count += 1
            self._rows.append(self._row_count)
        elif local == "pStyle" and self._inside:
            self._inside[-1].style = _value(attributes, "val")
        elif local == "sdt":
            self._held.append(Control())
            self.controls.append(self._held[-1])
        elif local == "tag" and parent == "sdtPr" and self._held:
            self._held[-1].tag = _value(attributes, "val")
        elif local in ("tblCaption", "tblDescription"):
            self.descriptions.append(_value(attributes, "val"))
        elif local in _DELETED and parent != "rPr":  # there it marks the end of a paragraph
            self._deleted += 1
        elif local == "fldChar":
            kind = _value(attributes, "fldCharType")
            self._fields += {"begin": 1, "end": -1}.get(kind, 0)
        elif local == "fldSimple":
            self._fields += 1
        elif name == _ALTERNATIVE:
            self._fallback += 1
        elif local == "t":
            self._from, self._text = self._after_tag(), []
        elif local in _INSTEAD and parent == "r":
            self._add(_INSTEAD[local], None)
        elif name.endswith("|docPr") and "name" in attributes:
            self.pictures.append(attributes["name"])

    def _end(self, name: str) -> None:
        local = self._open.pop()
        parent = self._open[-1] if self._open else ""
        if local == "t" and self._text is not None:
            end = self._parser.CurrentByteIndex
            self._add("".join(self._text), (self._from, end) if end > self._from else None)
            self._text = None
        elif local == "p":
            self._inside.pop()
        elif local == "tr":
            self._rows.pop()
        elif local == "sdt":
            self._held.pop()
        elif local in _DELETED and parent != "rPr":
            self._deleted -= 1
        elif local == "fldSimple":
            self._fields -= 1
        elif name == _ALTERNATIVE:
            self._fallback -= 1

    def _characters(self, words: str) -> None:
        if self._text is not None:
            self._text.append(words)

    def _after_tag(self) -> int:
        tag = _START_TAG.match(self.content, self._parser.CurrentByteIndex)
        if tag is None:
            raise UnreadableError("a tag has no end")
        return tag.end()

    def _add(self, words: str, span: tuple[int, int] | None) -> None:
        if self._deleted or not words or not self._inside:
            return
        control = self._held[-1] if self._held else None
        self._inside[-1].pieces.append(Piece(words, control, self._fields > 0))
        if control is not None:
            control.text += words
            control.spans += [span] if span else []


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator="|")

    def refuse(*_: object) -> None:
        raise UnreadableError("it holds a document type definition, as no word processor writes it")

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.casefold() not in ("utf-8", "us-ascii"):
            raise UnreadableError(f"it is written in {encoding}, not in UTF-8")

    parser.StartDoctypeDeclHandler = refuse
    parser.XmlDeclHandler = declared
    return parser


def _parse(parser: expat.XMLParserType, content: bytes) -> None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError("it is written in UTF-16, not in UTF-8")
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise UnreadableError(str(error)) from None


def _local(name: str) -> str:
    """The name of an element of WordprocessingML; others have none here."""
    space, _, local = name.rpartition("|")
    return local if space in _WORD else ""


def _value(attributes: Mapping[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if _local(key) == name), "")
