"""New values into a Word file whose prose people have edited: only the text of tagged numbers changes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from kzm_surveys.errors import FindingError
from kzm_surveys.findings.document_record import HELD, Printed, Record
from kzm_surveys.findings.number_grammar import Changing, flags_of
from kzm_surveys.findings.rewording import Reworded, reworded
from kzm_surveys.findings.untagged import Described, Untagged, stale_descriptions, untagged_in
from kzm_surveys.findings.word_file import parts_of, text_parts, with_parts, with_record
from kzm_surveys.findings.word_places import Place, places_of, restore_tags, same_words, without_references
from kzm_surveys.findings.word_text import Control, Part, UnreadableError, heading_styles, read_part, with_texts
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language


@dataclass(frozen=True)
class Change:
    """A number that got a new value: the sentence or row as it now stands, and what people must look at.

    Examples
    --------
    >>> Change("noise_2021.respondents", "508", "502", "Odgovorilo je 502 oseb.", ["grammar"]).flags
    ['grammar']
    """

    id: str
    old: str
    new: str
    sentence: str
    flags: Sequence[str]


@dataclass(frozen=True)
class Left:
    """A tagged number that was left as it is: its text, and what the report says (empty: it is no longer computed).

    Examples
    --------
    >>> Left("noise_2021.respondents", "507", "508", "Odgovorilo je 507 oseb.").now
    '508'
    """

    id: str
    text: str
    now: str
    sentence: str


@dataclass(frozen=True)
class Refreshed:
    """A refreshed document and what happened to it.

    Attributes
    ----------
    content
        The Word file.
    changes
        Numbers that got a new value.
    checked
        How many tagged numbers stand in the document.
    by_hand
        Numbers that people changed: left as they are unless forced, and where words were typed into their control.
    not_computed
        Numbers that the report no longer says: left as they are.
    untagged
        Digits that no tag holds: a tag was lost, or somebody typed them.
    reworded
        Sentences and rows of the report whose words would now differ, as far as the document still says them.
    pictures
        Figures whose picture no longer shows the numbers.
    descriptions
        Titles and descriptions of tables with digits that the report no longer says.
    notes
        What matters most: answers that are no longer synthetic, a document without a record.
    data
        Surveys whose answers are of another file than before.

    Examples
    --------
    >>> change = Change("noise_2021.respondents", "508", "509", "Odgovorilo je 509 oseb.", [])
    >>> left = Left("noise_2021.response", "41 %", "", "Odzvalo se je 41 % oseb.")
    >>> [Refreshed(b"", [change], 2, not_computed=each).needs_people for each in ([], [left])]
    [False, True]
    """

    content: bytes
    changes: Sequence[Change]
    checked: int
    by_hand: Sequence[Left] = ()
    not_computed: Sequence[Left] = ()
    untagged: Sequence[Untagged] = ()
    reworded: Sequence[Reworded] = ()
    pictures: Sequence[str] = ()
    descriptions: Sequence[Described] = ()
    notes: Sequence[str] = ()
    data: Sequence[str] = ()

    @property
    def needs_people(self) -> bool:
        """Whether somebody must look at the document."""
        flagged = any(change.flags for change in self.changes)
        lists = (self.by_hand, self.not_computed, self.untagged, self.reworded, self.pictures, self.descriptions)
        return flagged or any(lists) or bool(self.notes)


def refreshed(
    content: bytes, old: Record | None, new: Record, *, where: str, force: bool = False
) -> Refreshed:  # fmt: skip
    """Put new values into a document.

    Parameters
    ----------
    content
        The Word file.
    old, new
        The record that the document carries, if it does; the record of the report as it would be written now.
    where
        Begins every message: the name of the file.
    force
        Also replace numbers that people changed.

    Raises
    ------
    FindingError
        The file is damaged, or none of its tags belongs to the report.

    Examples
    --------
    >>> import datetime
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.docx import DocumentInfo, to_docx
    >>> from kzm_surveys.findings.section import Paragraph, Section
    >>> from kzm_surveys.findings.text import say
    >>> from kzm_surveys.findings.voice import Voice
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> n = Voice(design).fact(508, "respondents")
    >>> section = Section(design, [Paragraph(say("Odgovorilo je {n} oseb.", n=n))])
    >>> content = to_docx([section], {}, {}, DocumentInfo("Hrup", "", "", "", datetime.date(2022, 12, 31)))
    >>> about, said = {"language": "sl", "data": {}}, {"text": [f"Odgovorilo je {{{n.id}}} oseb."]}
    >>> old, new = (Record(about, {n.id: Printed(value, "count", 0)}, said, {}, {}) for value in ("508", "509"))
    >>> done = refreshed(content, old, new, where="report.docx")
    >>> [(change.old, change.new, change.sentence) for change in done.changes]
    [('508', '509', 'Odgovorilo je 509 oseb.')]
    """
    parts = parts_of(content, where)
    read = {name: _read(parts[name], name, where) for name in text_parts(parts)}
    if old is not None:
        for part in read.values():
            restore_tags(part, old)
    known = {*new.numbers, *(old.numbers if old else ())}
    tagged = [control for part in read.values() for control in part.controls if control.tag in known and control.text]
    if not tagged:
        other = any(control.tag for part in read.values() for control in part.controls)
        found = "tagged numbers, but none" if other else "no tagged number"
        raise FindingError(
            f"{where}: the document holds {found} of this report; nothing of it can be refreshed. Take the Word file "
            "that 'kzm report' wrote for this year, or a document made of it; copied as plain text it loses its tags."
        )
    places = [place for part in read.values() for place in places_of(part, known)]
    present = {control.tag for control in tagged}
    other_words = _relevant(reworded(old, new), old, places, present) if old else []
    texts: dict[Control, str] = {}
    by_hand, not_computed = [], []
    where_of = {control: place for place in places for control in place.controls}
    for control in tagged:
        now = new.numbers.get(control.tag)
        place = where_of[control]
        if now is None:
            not_computed.append(Left(control.tag, control.text, "", place.shown()))
        elif not _same(control.text, now.value):
            if control.spans and _replaceable(control, old, force=force):
                texts[control] = now.value
            else:
                by_hand.append(Left(control.tag, control.text, now.value, place.shown()))
    lang: Language = new.about["language"]
    gone = {words for each in other_words if each.ids for words in each.wording}
    kept = without_references(old.sentences) - without_references(gone) if old else set()
    changes = [_change(control, text, where_of[control], texts, new, kept, other_words, lang)
               for control, text in texts.items()]  # fmt: skip
    headings = heading_styles(parts["word/styles.xml"]) if "word/styles.xml" in parts else set()
    changed = {name: with_texts(parts[name], {c: t for c, t in texts.items() if c in part.controls})
               for name, part in read.items() if not texts.keys().isdisjoint(part.controls)}  # fmt: skip
    if old is not None:
        carried = _carried(old, new, not_computed, places)
        changed |= with_record(parts, carried.as_bytes()) if carried != old else {}
    return Refreshed(
        content=with_parts(content, changed) if changed else content,
        changes=changes,
        checked=len(tagged),
        by_hand=by_hand,
        not_computed=not_computed,
        untagged=untagged_in(places, headings, old or new, new, present, lang),
        reworded=other_words,
        pictures=_pictures(list(read.values()), old, new),
        descriptions=stale_descriptions(
            [text for part in read.values() for text in part.descriptions], old or new, new, lang
        ),
        notes=_notes(old, new, places, lang),
        data=_other_data(old, new) if old else (),
    )


def _read(content: bytes, name: str, where: str) -> Part:
    try:
        return read_part(content)
    except UnreadableError as error:
        raise FindingError(
            f"{where}: the part {name} is damaged: {error}. Open the file in Word, save it again, or take it from a "
            "backup; nothing was changed."
        ) from None


def _same(text: str, value: str) -> bool:
    """Whether two printed numbers are the same, whatever blanks stand in them."""
    return re.sub(r"\s", "", text) == re.sub(r"\s", "", value)


def _replaceable(control: Control, old: Record | None, *, force: bool) -> bool:
    """Whether the number is what the document was last given, or may go all the same; words in its control never do."""
    recorded = old.numbers.get(control.tag) if old is not None else None
    if recorded is not None and _same(control.text, recorded.value):
        return True
    return (force or recorded is None) and not re.search(r"[^\W\d_]", control.text)


def _change(
    control: Control, text: str, place: Place, texts: Mapping[Control, str], new: Record, kept: Collection[str],
    other_words: Sequence[Reworded], lang: Language,
) -> Change:  # fmt: skip
    if place.is_one_of(kept):  # the report still says these words
        return Change(control.tag, control.text, text, place.shown(texts), [])
    sentence, starts = place.filled(texts)
    numbers = [
        Changing(
            each.text, texts.get(each, each.text), new.numbers.get(each.tag, Printed(each.text, "count", 0)), start
        )
        for each, start in zip(place.controls, starts, strict=True)
    ]
    flags = flags_of(sentence, numbers, place.controls.index(control), lang)
    if any(control.tag in each.ids for each in other_words):
        flags.append("words: the report now says this in other words (see below)")
    return Change(control.tag, control.text, text, place.shown(texts), flags)


def _carried(old: Record, new: Record, not_computed: Sequence[Left], places: Sequence[Place]) -> Record:
    """The record for the refreshed document: it also knows what stays in it though the report no longer says so."""
    everything = same_words(" ".join(place.plain for place in places))
    fixed = [words for words in old.fixed if words not in new.fixed and same_words(words) in everything]
    numbers = {left.id: old.numbers[left.id] for left in not_computed}
    return replace(new, numbers={**numbers, **new.numbers}, fixed=[*new.fixed, *fixed])


def _relevant(
    found: Sequence[Reworded], old: Record, places: Sequence[Place], present: set[str]
) -> list[Reworded]:  # fmt: skip
    """The differences of words that touch what the document still says, and places that are new in the report."""
    everything = same_words(" ".join(place.shown() for place in places))

    def still_said(wording: Sequence[str]) -> bool:
        held = set(HELD.findall(" ".join(wording))) & old.numbers.keys()
        words = same_words(old.filled(" ".join(wording)))
        return 2 * len(held & present) > len(held) if held else words in everything

    return [each for each in found if still_said(each.wording or each.around)]


def _pictures(parts: Sequence[Part], old: Record | None, new: Record) -> list[str]:
    """Figures of the document whose picture was drawn from other numbers."""
    names = [name.removeprefix("figure-") for part in parts for name in part.pictures if name.startswith("figure-")]
    return [name for name in dict.fromkeys(names)
            if old is None or old.figures.get(name) != new.figures.get(name)]  # fmt: skip


def _notes(old: Record | None, new: Record, places: Sequence[Place], lang: Language) -> list[str]:
    found = []
    if old is None:
        lost = "numbers changed by hand were overwritten, and the words around numbers could not be compared"
        found.append(f"The document carries no record of its numbers: {lost}.")
    invented = [wave for wave, facts in new.about["data"].items() if facts.get("synthetic")]
    for wave, facts in old.about["data"].items() if old is not None else ():
        if wave in new.about["data"] and bool(facts.get("synthetic")) != (wave in invented):
            was, now = ("real", "SYNTHETIC") if wave in invented else ("SYNTHETIC", "real")
            found.append(f"{wave}: the answers are now {now} and were {was}: change headers, boxes, sources, pictures "
                         "and properties of the document, which say otherwise, or write the report anew.")  # fmt: skip
    mark = catalogue.text(lang, "synthetic_header").partition("{")[0].strip(" :")
    marked = dict.fromkeys(place.shown() for place in places if mark in place.words)
    if marked and not invented:
        found.append(f"The answers are real, and the document still says: {' / '.join(marked)} Take the words out.")
    if invented and not marked:
        found.append(f"The answers of {', '.join(invented)} are SYNTHETIC, and nothing in the document says so: write "
                     f'"{mark}" above every page. No number of them may be quoted as a result.')  # fmt: skip
    return found


def _other_data(old: Record, new: Record) -> list[str]:
    told = []
    for wave, facts in new.about["data"].items():
        before = old.about["data"].get(wave)
        if before is None:
            told.append(f"{wave}: the survey was not in the document.")
        elif before["sha256"] != facts["sha256"]:
            was, now = (f"{each['file']} (n = {each['n']})" for each in (before, facts))
            told.append(f"{wave}: other answers: {was} before, {now} now.")
    return told
