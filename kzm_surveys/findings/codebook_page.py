"""The codebook as a document: what was asked, of whom, with which answers, and how many gave each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from kzm_surveys.codebook import Question
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.export.ddi_study import dropped, file_stem, weighting
from kzm_surveys.export.described import Described, Line, describe
from kzm_surveys.export.wording import asked_of, definition, empty_answers, plain_number, words
from kzm_surveys.findings.docx import page_to_docx
from kzm_surveys.findings.page import Block, Facts, Grid, Heading, Page, Paragraph, to_html
from kzm_surveys.language import catalogue, slovene
from kzm_surveys.language.numbers import Language, date
from kzm_surveys.survey import Survey

#: Room for the counts of a battery, in characters with the margins of each column.
_ROOM = 50
#: What a column holds: the reason (empty for an answer) and the code of the answer, or whether the reason has a code.
_Key = tuple[str, str]


def codebook_files(survey: Survey, lang: Language = "sl") -> dict[str, bytes]:
    """Write the codebook of a wave as Word and HTML.

    Parameters
    ----------
    survey
        The survey; counts are without weights.
    lang
        Language of the document.

    Returns
    -------
    dict
        File name -> bytes; the same survey gives the same bytes.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> list(codebook_files(kzm.load("surveys/noise/2021"), "en"))
    ['codebook_noise_2021_en.docx', 'codebook_noise_2021_en.html']
    """
    page = codebook_page(survey, lang)
    stem = f"codebook_{file_stem(survey.wave)}_{lang}"
    return {f"{stem}.docx": page_to_docx(page), f"{stem}.html": to_html(page).encode()}


def codebook_page(survey: Survey, lang: Language = "sl") -> Page:
    """Build the document: the wave's facts, every question, every derived variable."""
    writer = _Writer(survey, lang)
    wave = survey.wave
    return Page(
        title=words(lang, "codebook.title", title=wave.title[lang]),
        subtitle=words(lang, "methods.questionnaire", status=survey.codebook.status[lang]),
        author=wave.sponsor[lang],
        mark=catalogue.text(lang, "synthetic") if survey.source.synthetic else "",
        day=wave.fieldwork.last,
        lang=lang,
        blocks=tuple(writer.blocks()),
    )


class _Writer:
    def __init__(self, survey: Survey, lang: Language) -> None:
        self.survey, self.lang, self.codebook = survey, lang, survey.codebook
        self.described = describe(survey)

    def say(self, key: str, **values: object) -> str:
        return words(self.lang, f"codebook.{key}", **values)

    def blocks(self) -> Iterator[Block]:
        yield Heading(1, self.say("about"), "about")
        yield Facts(self._about())
        yield Paragraph(self.say("reading"))
        yield Heading(1, self.say("questions"), "questions")
        for number, (key, question) in enumerate(self.codebook.questions.items(), start=1):
            yield Heading(2, f"{number}. {_capital(question.label[self.lang])}", f"question-{key}")
            yield from self._question(key, question)
        if self.codebook.derived:
            yield Heading(1, self.say("derived"), "derived")
        for key, entry in self.codebook.derived.items():
            yield Heading(2, f"{_capital(entry.label[self.lang])} ({key})", f"derived-{key}")
            yield from self._derived(key)

    def _about(self) -> list[tuple[str, str]]:
        survey, lang = self.survey, self.lang
        wave, source = survey.wave, survey.source
        facts = {
            "population": wave.population[lang], "mode": wave.mode[lang], "fieldwork": self._when(),
            "sampling": wave.sampling.note[lang], "sponsor": wave.sponsor[lang], "conductor": wave.conductor[lang],
            "respondents": str(len(survey)), "file": source.file, "hash": source.sha256,
        }  # fmt: skip
        if source.dropped:
            facts["dropped"] = dropped(survey, lang)
        if wave.processing is not None:
            facts["processing"] = wave.processing[lang]
        facts["weighting"] = weighting(survey, lang)
        return [(self.say(key), value) for key, value in facts.items()]

    def _when(self) -> str:
        fieldwork = self.survey.wave.fieldwork
        first, last = fieldwork.first, fieldwork.last
        if self.lang == "sl":
            when = slovene.between_dates(first, last)
        else:
            days = [date(day, self.lang) for day in dict.fromkeys((first, last))]
            when = " – ".join(days)
        return self.say("around", when=when) if fieldwork.approximate else when

    def _question(self, key: str, question: Question) -> Iterator[Block]:
        members = [self.described[name] for name in self.codebook.members(key)]
        facts = [
            (self.say("wording"), question.question[self.lang]),
            (self.say("kind"), self._kind(question, members[0])),
            (self.say("asked"), asked_of(members[0].variable, self.codebook, self.lang)),
        ]
        if not question.items:
            yield Facts([*facts, (self.say("variable"), members[0].column or key)])
            yield from self._single(members[0], self.say("answers_table"))
            return
        yield Facts(facts)
        yield from self._several(members, "option" if question.kind == "multiple" else "item")
        for each in self.described.values():
            if each.variable.source == key and (option := each.variable.other_text_of):
                label = self.say("quoted", text=self.codebook[option].label[self.lang])
                yield self._answers(each, self.say("open_table", option=label, name=each.column))

    def _kind(self, question: Question, first: Described) -> str:
        variable, lang = first.variable, self.lang
        if question.kind == "number":
            low, high = (plain_number(limit, lang) for limit in variable.limits)
            if question.unit is None:
                return self.say("number", low=low, high=high)
            return self.say("number_unit", low=low, high=high, unit=question.unit[lang])
        if question.kind == "date":
            ends = {"first": question.earliest, "last": question.latest}
            given = {end: date(day, lang) for end, day in ends.items() if day is not None}
            key = {(): "date", ("first",): "date_from", ("last",): "date_until"}.get(tuple(given), "date_between")
            return self.say(key, **given)
        kind = self.say(question.kind)
        return self.say("ordered", kind=kind) if variable.ordered else kind

    def _derived(self, key: str) -> Iterator[Block]:
        members = [self.described[name] for name in self.codebook.members(key)]
        variables = [each.variable for each in members]
        meanings = [definition(variable, self.codebook, self.lang) for variable in variables]
        if len(members) == 1:
            facts = [(self.say("variable"), variables[0].name), (self.say("definition"), meanings[0])]
        else:
            facts = list(zip((variable.label[self.lang] for variable in variables), meanings, strict=True))
        if self.codebook.derived[key].empty_answers:
            facts.append((self.say("remark"), empty_answers(self.codebook.derived[key], self.lang)))
        yield Facts(facts)
        if len(members) == 1:
            yield from self._single(members[0], self.say("answers_table"))
        else:
            yield from self._several(members, "item")

    def _single(self, each: Described, title: str) -> Iterator[Block]:
        """The table of one variable, with the summary of a number."""
        yield self._answers(each, title)
        if each.summary is not None:
            found = each.summary
            lowest, highest = (plain_number(value, self.lang) for value in (found.lowest, found.highest))
            mean = plain_number(found.mean, self.lang, 1)
            yield Paragraph(self.say("summary", mean=mean, lowest=lowest, highest=highest))
        elif each.withheld:
            yield Paragraph(self.say("no_summary" if each.variable.kind == "number" else "no_counts"))

    def _answers(self, each: Described, title: str) -> Grid:
        rows = [self._row(line, each) for line in each.lines]
        if not each.variable.categories:
            whole = Line(None, catalogue.in_every_language("codebook.valid"), each.answered)
            rows.insert(0, (self._values(each), *self._row(whole, each)[1:]))
        header = [self.say(key) for key in ("code", "meaning", "sort", "count")]
        return Grid(title, header, rows, numbers=1, widths=(0.2, 0.42, 0.24, 0.14))

    def _values(self, each: Described) -> str:
        """What stands in a file where there is an answer to an open question."""
        if each.variable.kind != "number":
            return self.say(f"any_{each.variable.kind}")
        low, high = (plain_number(limit, self.lang) for limit in each.variable.limits)
        return self.say("between", low=low, high=high)

    def _row(self, line: Line, each: Described) -> tuple[str, ...]:
        code = line.code_text or self.say("codeless" if each.variable.derived else "no_code")
        sort = self.say("a_missing" if line.reason else "an_answer")
        return code, line.label[self.lang], sort, self._count(line.n)

    def _count(self, n: int | None) -> str:
        return MARKS["small_cell"] if n is None else str(n)

    def _several(self, members: Sequence[Described], first: str) -> Iterator[Block]:
        """Two tables of a battery or set, what the marks mean and the counts; or a table each if these do not fit."""
        columns: dict[_Key, list[Line]] = {}
        for line in (line for each in members for line in each.lines):
            columns.setdefault(_key(line), []).append(line)
        one_scale = all(each.variable.categories == members[0].variable.categories for each in members)
        if not one_scale or len(columns) * (len(str(len(self.survey))) + 2) > _ROOM:
            for each in members:
                name = each.column or each.variable.name
                label = each.variable.label[self.lang]
                yield from self._single(each, self.say("variable_table", label=label, name=name))
            return
        marks: dict[_Key, str] = {}
        legend = []
        letters = (first + second for first in ("", *ascii_lowercase) for second in ascii_lowercase)
        for key, lines in columns.items():
            codes = list(dict.fromkeys(line.code_text for line in lines))
            own = codes[0] if len(codes) == 1 else ""
            marks[key] = own if own and own not in marks.values() else next(letters)
            code, label, sort, _ = self._row(lines[0], members[0])
            code = self.say("by_variable", codes=", ".join(codes)) if len(codes) > 1 else code
            legend.append((marks[key], label, sort, code))
        header = [self.say(key) for key in ("mark", "meaning", "sort", "code")]
        yield Grid(self.say("marks_table"), header, legend, numbers=0, widths=(0.14, 0.42, 0.24, 0.2))
        rows = [self._item(each, list(marks)) for each in members]
        widths = (0.4, *[0.6 / len(marks)] * len(marks))
        yield Grid(self.say("counts_table"), [self.say(first), *marks.values()], rows, len(marks), widths)

    def _item(self, each: Described, keys: Sequence[_Key]) -> tuple[str, ...]:
        variable = each.variable
        label = variable.label[self.lang]
        if variable.exclusive:
            label = self.say("exclusive", label=label)
        counts = {_key(line): line.n for line in each.lines}
        return f"{label}\n{each.column or variable.name}", *(self._count(counts.get(key, 0)) for key in keys)


def _key(line: Line) -> _Key:
    return line.reason, ("code" if line.code is not None else "") if line.reason else line.code_text


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]
