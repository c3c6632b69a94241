"""No digit without an origin: what stands in a document is a number with a claim, a date, or a name of a file.

Words of codebook, ``wave.toml``, margins and the published report may hold digits ("62 let ali več"). They are quoted
as they stand: each number in them becomes a claim whose source is the file that says it. Any other digit was typed by
hand and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

from babel import Locale

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError
from kzm_surveys.findings.section import Block, Cell, Paragraph, Points, ReportFigure, Section, Table, cell_text
from kzm_surveys.findings.text import Claim, Fixed, Footnote, Number, Part, Text
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import MINUS, NBSP, Language
from kzm_surveys.published import read_outside, read_published

DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_DAY = re.compile(
    r"\b(?:[1-9]|[12]\d|3[01])\.(?!\d)|\b(?:[1-9]|[12]\d|3[01])(?= [^\W\d]{1,3} )"
)  # "1. in 5. marca", "1 al 5 marzo"
_LETTER = re.compile(r"[^\W\d_]")


class Quoted:
    """Texts of the facts about a wave that hold digits, with the place that says them."""

    def __init__(self, design: SurveyDesign, lang: Language) -> None:
        self.design, self.lang = design, lang

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Text -> where it stands, the longest first."""
        survey = self.design.survey
        if survey is None:
            return {}
        facts_of = {
            "codebook.toml": survey.codebook, "wave.toml": survey.wave, "published.toml": read_published(survey.folder),
            "outside.toml": read_outside(survey.folder),
        }  # fmt: skip
        found: dict[str, str] = {}
        for file, model in facts_of.items():
            for path, text in _texts(model.model_dump() if model else {}, self.lang):
                found.setdefault(text, f"{survey.wave.name}: {file}: {path}")
        for position, heading in enumerate(survey.wave.report.headings, start=1):
            found.setdefault(heading, f"{survey.wave.name}: wave.toml: report.headings.{position}")
        record = self.design.weighting
        for name, facts in (record.provenance if record else {}).items():
            for key, text in facts.items():
                if key != "date" and _LETTER.search(text):
                    found.setdefault(text, f"{survey.wave.name}: {survey.wave.weighting.margins}: {name}.{key}")
        held = {text: place for text, place in found.items() if DIGIT.search(text)}
        # A sentence loses its full stop, or gains a capital, where it is quoted inside another.
        held |= {text[0].upper() + text[1:]: place for text, place in held.items()}
        held |= {text.rstrip(".?!"): place for text, place in held.items()}
        return dict(sorted(held.items(), key=lambda item: -len(item[0])))

    @cached_property
    def files(self) -> Sequence[str]:
        """Names and fingerprints of the files of the wave."""
        survey = self.design.survey
        return () if survey is None else (survey.source.file, survey.source.sha256, survey.source.sha256[:12])

    def traced(self, text: Text, place: str) -> Text:
        """Return the text with every digit in a number, a date or a name.

        Raises
        ------
        FindingError
            A digit comes from nowhere.
        """
        parts: list[Part] = []
        for part in text.parts:
            if isinstance(part, Footnote):
                parts.append(Footnote(self.traced(part.text, place)))
            elif isinstance(part, str) and DIGIT.search(part):
                parts += self._split(part, place)
            else:
                if isinstance(part, Fixed) and part.kind == "date":
                    self._require_date(part.text, place)
                parts.append(part)
        return Text(tuple(parts))

    def _require_date(self, words: str, place: str) -> None:
        """Refuse what is called a date and holds other digits than those of days, months and years."""
        for pattern in (date_pattern(self.lang), _YEAR, _DAY):
            words = pattern.sub("", words)
        if DIGIT.search(words):
            raise FindingError(f"{place}: '{words.strip()}' is called a date and is none. Let an estimate print it.")

    def _split(self, words: str, place: str) -> Iterator[Part]:
        """Parts of words that hold digits."""
        for known, where in self.texts.items():
            if known not in words or not (_LETTER.search(known) or known == words.strip()):
                continue  # a label that is a bare number is quoted only where nothing else stands
            at = _alone(words, known)
            if at >= 0:
                yield from self._split_rest(words[:at], place)
                yield from self._numbers(known, where)
                yield from self._split_rest(words[at + len(known) :], place)
                return
        for name in self.files:
            before, found, after = words.partition(name)
            if found:
                yield from self._split_rest(before, place)
                yield Fixed(name, "id")
                yield from self._split_rest(after, place)
                return
        last = 0
        for match in date_pattern(self.lang).finditer(words):
            yield from self._plain(words[last : match.start()], words, place)
            yield Fixed(match.group(), "date")
            last = match.end()
        yield from self._plain(words[last:], words, place)

    def _split_rest(self, words: str, place: str) -> Iterator[Part]:
        if DIGIT.search(words):
            yield from self._split(words, place)
        elif words:
            yield words

    def _plain(self, words: str, whole: str, place: str) -> Iterator[Part]:
        if found := _NUMBER.search(words):
            raise FindingError(
                f"{place}: the digits '{found.group()}' in '{whole.strip()}' come from no estimate and no file. Let "
                "the number come out of an estimate or a fact (Voice.percent, Voice.fact ...)."
            )
        if words:
            yield words

    def _numbers(self, words: str, where: str) -> Iterator[Part]:
        """A quoted text: dates and years as such, other digits as claims of the file that says them."""
        survey = self.design.survey
        assert survey is not None
        last = count = 0
        spans = [(m.span(), True) for m in date_pattern(self.lang).finditer(words)]
        spans += [(m.span(), True) for m in _YEAR.finditer(words) if not _overlaps(m.span(), spans)]
        numbers = _number_pattern(self.lang).finditer(words)
        spans += [(m.span(), False) for m in numbers if not _overlaps(m.span(), spans)]
        for (start, end), is_date in sorted(spans):
            if words[last:start]:
                yield words[last:start]
            run, last = words[start:end], end
            if is_date:
                yield Fixed(run, "date")
                continue
            count += 1
            value, decimals = _value(run, self.lang)
            _, file, told = where.split(": ", 2)
            variable = f"{file.partition('.')[0]}.{told}"
            claim = Claim(survey.wave.name, f"quoted{count}", value, variable=variable, source=where)
            yield Number(run, claim, "decimal" if decimals else "count", decimals)
        if words[last:]:
            yield words[last:]


def traced_section(section: Section, lang: Language) -> Section:
    """Return the section with every digit of its texts in a number, a date or a name of a file.

    Raises
    ------
    FindingError
        A digit comes from nowhere; the place is named.
    """
    quoted = Quoted(section.design, lang)
    wave = section.survey.wave.name

    def cell(content: Cell, place: str) -> Cell:
        return content if isinstance(content, Number) else quoted.traced(cell_text(content), place)

    blocks: list[Block] = []
    for position, block in enumerate(section.blocks, start=1):
        if isinstance(block, Paragraph):
            text = quoted.traced(block.text, f"{wave}: paragraph {block.id or position}")
            blocks.append(replace(block, text=text))
        elif isinstance(block, Points):
            items = [quoted.traced(item, f"{wave}: key finding {name}")
                     for name, item in zip(block.ids, block.items, strict=True)]  # fmt: skip
            blocks.append(replace(block, items=items))
        elif isinstance(block, Table):
            place = f"{wave}: table {block.id}"
            blocks.append(
                replace(
                    block,
                    title=quoted.traced(block.title, place),
                    header=[cell(name, place) for name in block.header],
                    rows=[[cell(content, place) for content in row] for row in block.rows],
                    notes=[quoted.traced(note, place) for note in block.notes],
                    description=quoted.traced(block.description, place) if block.description else None,
                )
            )
        else:
            blocks.append(block)
    return replace(section, blocks=blocks)


def traced_figure(figure: ReportFigure, design: SurveyDesign) -> ReportFigure:
    """Return the figure with every digit of title, caption, foot and alternative text in a number or a date.

    Raises
    ------
    FindingError
        A digit comes from nowhere.
    """
    quoted = Quoted(design, figure.lang)

    def traced(name: str) -> Text:
        text: Text = getattr(figure, name)
        return quoted.traced(text, f"figure {figure.id}: {name}")

    return replace(figure, title=traced("title"), caption=traced("caption"), foot=traced("foot"), alt=traced("alt"))


def _texts(content: Any, lang: Language, path: str = "") -> Iterator[tuple[str, str]]:
    """All texts of a language in a nest of tables, with the keys that lead to them joined by dots."""
    if isinstance(content, Mapping):
        if isinstance(words := content.get(lang), str):
            yield path, words
            return
        name = content.get("name") or content.get("id")
        here = ".".join(part for part in (path, name) if isinstance(part, str) and part)
        for key, value in content.items():
            yield from _texts(value, lang, f"{here}.{key}".lstrip("."))
    elif isinstance(content, (list, tuple)):
        for position, value in enumerate(content, start=1):
            named = isinstance(value, Mapping) and (value.get("name") or value.get("id"))
            yield from _texts(value, lang, path if named else f"{path}.{position}")


def _alone(words: str, known: str) -> int:
    """Where a known text stands in words, not inside a longer word or number; -1 if it does not."""
    found = re.search(rf"(?<![\w{MINUS}]){re.escape(known)}(?!\w)", words)
    return found.start() if found else -1


def _overlaps(span: tuple[int, int], spans: Sequence[tuple[tuple[int, int], bool]]) -> bool:
    return any(span[0] < end and start < span[1] for (start, end), _ in spans)


def _value(run: str, lang: Language) -> tuple[float, int]:
    """A number as a file of the language writes it, and how many decimals it has.

    >>> _value("17,8", "sl"), _value("2.500", "sl"), _value("2,500", "en")
    ((17.8, 1), (2500.0, 0), (2500.0, 0))
    """
    point, group = (".", ",") if lang == "en" else (",", ".")
    whole, _, rest = run.replace(group, "").partition(point)
    return float(f"{whole}.{rest or 0}"), len(rest)


@cache
def _number_pattern(lang: Language) -> re.Pattern[str]:
    """A number as a language writes it, with groups and decimals; of "1,2,3" none is taken for a group."""
    point, group = (r"\.", ",") if lang == "en" else (",", r"\.")
    return re.compile(rf"\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d+)?(?!\d)|\d+(?:{point}\d+)?")


@cache
def date_pattern(lang: Language) -> re.Pattern[str]:
    """A day in words or digits, or a month with its year; "5. maja", and neither "4 novih" nor "60 decibelov"."""
    blank, year, day, month = f"[ {NBSP}]", r"(?:19|20)\d\d", r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
    point = r"\." if catalogue.text(lang, "language.date").startswith("d.") else ""
    names = "|".join(sorted(_months(lang), key=lambda name: -len(name)))
    return re.compile(
        rf"(?<![\w.,{MINUS}])(?:{day}{point}{blank}(?:{names})(?:{blank}{year})?|(?:{names}){blank}{year}"
        rf"|{day}\.{blank}?{month}\.{blank}?{year}|{year}-{month}-{day})(?!\w)"
    )


def _months(lang: Language) -> set[str]:
    """Names of the months, in Slovenian in all their cases, with a small letter and with a capital."""
    found = {name for form in ("format", "stand-alone") for name in Locale.parse(lang).months[form]["wide"].values()}
    if lang == "sl":
        stems = {re.sub("ber$", "br", re.sub("marec", "marc", name)) for name in found}
        found |= {stem + ending for stem in stems for ending in ("a", "u", "em", "om", "ja", "ju", "jem")}
    return found | {name.capitalize() for name in found}
