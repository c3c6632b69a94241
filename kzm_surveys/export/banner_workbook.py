"""The banner workbook of a wave: every question of ``[tables]`` by every break, as sheets of real numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kzm_surveys.codebook import Codebook
from kzm_surveys.codebook.tables import Tables, TableSheet, members, question_of
from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import CodebookError
from kzm_surveys.estimation.banner import banner
from kzm_surveys.estimation.banner_tables import Banner, BannerTable
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.printed import (
    base_rows,
    column_label,
    letter_rule,
    letter_words,
    p_values,
    shown_letters,
    weight_words,
)
from kzm_surveys.estimation.printed_cells import base_words, standing_notes
from kzm_surveys.estimation.quality import legend, marks, thresholds, withheld
from kzm_surveys.export.wording import put_to
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, date
from kzm_surveys.protection.block_workbook import block_workbook
from kzm_surveys.protection.blocks import About, Block, BlockSheet, Group, Legend, Row
from kzm_surveys.protection.workbook import Value
from kzm_surveys.survey import Survey

#: Excel's limit for the name of a sheet.
NAME_LENGTH = 31


def tables_of(survey: Survey) -> Tables:
    """What ``[tables]`` of the wave asks for.

    Raises
    ------
    CodebookError
        The wave has no ``[tables]``.
    """
    if survey.wave.tables is None:
        raise CodebookError(
            f"{survey.wave.name}: wave.toml has no [tables]. Say there which questions are wanted and by what: "
            'breaks = ["sex"] and sheets = [{ rows = ["question"] }], with names of the codebook.'
        )
    return survey.wave.tables


def wave_banner(design: SurveyDesign) -> Banner:
    """Tabulate what ``[tables]`` of a design's wave asks for.

    Raises
    ------
    CodebookError
        The design was not made from a survey, or the wave has no ``[tables]``.
    EstimationError
        The answers do not allow a table.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> made = wave_banner(kzm.weight(kzm.load("surveys/breastfeeding/2022")))
    >>> made.breaks, made.tables[0].variable, made.tables[0].n.tolist()
    (('age_group', 'parity', 'education'), 'ever_breastfed', [213, 57, 91, 65, 104, 81, 28, 4, 68, 62, 79])
    """
    if design.survey is None:
        raise CodebookError("the design was not made from a survey; make it with from_survey or weight.")
    wanted, codebook = tables_of(design.survey), design.survey.codebook
    nets: dict[str, dict[str, tuple[str, ...]]] = {}
    for net in wanted.nets:
        for name in members(net.of, codebook):
            nets.setdefault(name, {})[net.name] = net.categories
    scored = [name for row in wanted.means for name in members(row, codebook)]
    means = {name: [float(category.code) for category in codebook[name].categories] for name in scored}
    rows = [name for row in wanted.rows for name in tables_of_row(row, codebook)]
    return banner(design, rows, wanted.breaks, base=wanted.base, nets=nets, means=means)


def tables_of_row(row: str, codebook: Codebook) -> tuple[str, ...]:
    """Names of the tables that a row has: one, or one per item of a battery."""
    return (row,) if row in codebook.sets else members(row, codebook)


def banner_workbook(result: Banner, survey: Survey, lang: Language) -> bytes:
    """Write a banner of a wave as an Excel workbook.

    Parameters
    ----------
    result
        Holds a table for every row that ``[tables]`` names; sheets are as there.
    survey
        Wordings, labels and facts of the wave.
    lang
        Language of all texts.

    Returns
    -------
    bytes
        The .xlsx file; the same banner gives the same bytes.
    """
    book = _Book(result, survey, lang)
    sheets = [book.sheet(number, sheet) for number, sheet in enumerate(tables_of(survey).sheets, start=1)]
    return block_workbook(sheets, book.legend(), book.about())


class _Book:
    """Words and numbers of one workbook."""

    def __init__(self, result: Banner, survey: Survey, lang: Language) -> None:
        self.banner, self.survey, self.lang = result, survey, lang
        self.labels = Labels(result.design, lang)
        self.tables = {table.variable: table for table in result.tables}
        self.percent = "percent" if lang == "sl" else "close percent"

    def say(self, key: str, **values: object) -> str:
        """A text of the tables."""
        return self.labels.text(key, **values)

    def sheet(self, number: int, sheet: TableSheet) -> BlockSheet:
        """One sheet: all tables of its rows, numbered."""
        codebook = self.survey.codebook
        rows = [(row, name) for row in sheet.rows for name in tables_of_row(row, codebook)]
        title = _capital(sheet.title[self.lang] if sheet.title else self.labels.variable(sheet.rows[0]))
        blocks = []
        for place, (row, name) in enumerate(rows, start=1):
            label = self.labels.item(name) if len(sheet.rows) == 1 else self.labels.variable(name)
            heading = f"{number}.{place} {_capital(label)}" if len(rows) > 1 else ""
            variable = question_of(row, codebook)
            table = self.tables[name]
            notes = [self._base_note(row, table), *self._test_notes(table)]
            lines = list(self._rows(table))
            blocks.append(Block(heading, variable.question[self.lang], lines, notes))
        return BlockSheet(_sheet_name(number, title), f"{number} {title}", self._head(), blocks, self._sample_notes())

    def _head(self) -> list[Group]:
        """Breaks over their categories, all respondents first."""
        groups = []
        for name in (None, *self.banner.breaks):
            columns = [column for column in self.banner.columns if column.variable == name]
            letters = [column.letter or "" for column in columns] if self.banner.design.infers else []
            groups.append(
                Group(
                    "" if name is None else self.labels.variable(name),
                    [column_label(column.variable, column.category, self.labels) for column in columns],
                    letters if name else (),
                )
            )
        return groups

    def _rows(self, table: BannerTable) -> Iterator[Row]:
        """Bases, then the lines, each with the letters below it."""
        for label, values in base_rows(self.banner, table, self.labels):
            yield Row(label, [_value(value, "count") for value in values], "base")
        hidden, letters = withheld(table.flag), shown_letters(self.banner, table)
        for place, line in enumerate(table.lines):
            kind = "two decimals" if line.kind == "mean" else self.percent
            cells = [
                marks(flag) if no else _value(estimate, kind, marks(flag))
                for estimate, flag, no in zip(
                    table.estimate[place].tolist(), table.flag[place].tolist(), hidden[place].tolist(), strict=True
                )
            ]
            yield Row(
                self.labels.line(table.variable, line), cells, "strong" if line.kind in ("net", "mean") else "plain"
            )
            if any(letters[place]):
                yield Row("", letters[place], "letters")

    def _base_note(self, row: str, table: BannerTable) -> str:
        """Who stands in the base, who was asked, why shares need not add up, and how the numbers are weighted."""
        codebook, lang = self.survey.codebook, self.lang
        only_means = all(line.kind == "mean" for line in table.lines)  # a mean is that of the answers
        base = base_words("answered" if only_means else self.banner.base, self.banner.where, lang)
        sentences = [f"{base}.", put_to(question_of(row, codebook), codebook, lang)]
        entry = codebook.derived.get(row)
        if entry and entry.themes:
            sentences.append(self.say("themes"))
            if self.banner.base == "answered":
                sentences.append(self.say("themes_base"))
        elif row in codebook.sets:
            sentences.append(self.say("several"))
        return " ".join([*sentences, f"{_capital(weight_words(self.banner.design, lang))}."])

    def _test_notes(self, table: BannerTable) -> list[str]:
        """How differences were tested."""
        if not self.banner.design.infers:
            return []
        tests = p_values(((self.labels.variable(name), test) for name, test in table.tests.items()), self.lang)
        notes = [self.say("tests", tests=tests)] if table.tests else []
        method = self.say("letters_method", **letter_rule(self.banner, self.lang), marks=self.say("marks"))
        return [" ".join([*notes, method])]

    def _sample_notes(self) -> list[str]:
        """Why an opt-in sample has no tests, or on what its tests rest."""
        design, wave, lang = self.banner.design, self.survey.wave, self.lang
        if design.infers:
            return standing_notes(design, lang, synthetic=False)
        return [self.say("opt_in", note=wave.sampling.note[lang], population=wave.population[lang])]

    def legend(self) -> Legend:
        """The sheet that explains marks and rows, and says how the numbers were made."""
        design, rows = self.banner.design, []
        if design.infers:
            rows.append(("A, B, C …", _capital(letter_words(self.banner, self.lang))))
        flags = [flag for table in self.banner.tables for flag in table.flag.ravel().tolist()]
        plain = []
        for sentence in legend(flags, thresholds(design), self.lang):
            mark, sign, meaning = sentence.partition(f"{NBSP}={NBSP}")
            if sign:
                rows.append((mark, _capital(meaning) + "."))
            else:
                plain.append(sentence)
        rows.append((self.say("n"), self.say("n_meaning")))
        if design.infers:
            rows.append((self.say("weighted"), self.say("weighted_meaning")))
            rows.append((self.say("n_eff"), self.say("n_eff_meaning")))
        kinds = {line.kind for table in self.banner.tables for line in table.lines}
        rows += [(self.say(f"{kind}_word"), self.say(f"{kind}_meaning")) for kind in ("net", "mean") if kind in kinds]
        return Legend(self.say("marks"), self.say("marks_title"), rows, {self.say("method"): [*self._method(), *plain]})

    def _method(self) -> list[str]:
        wave, source, lang = self.survey.wave, self.survey.source, self.lang
        notes = [f"{_capital(weight_words(self.banner.design, lang))}."]
        if estimated := self._estimated_margins():
            status = catalogue.text(lang, "status.estimate")
            words = catalogue.text(lang, "estimated_population").format(variables=", ".join(estimated), status=status)
            notes.append(f"{_capital(words)}.")
        if wave.weighting.note:
            notes.append(wave.weighting.note[lang])
        notes.append(wave.sampling.note[lang])
        if self.banner.design.infers:
            notes.append(self.say("variance"))
        notes.append(self.say("missing"))
        if wave.processing:
            notes.append(wave.processing[lang])
        notes.append(catalogue.text(lang, "methods.questionnaire").format(status=self.survey.codebook.status[lang]))
        notes.append(self.say("data", file=source.file, hash=source.sha256[:12]))
        return notes

    def _estimated_margins(self) -> list[str]:
        """Labels of the variables whose margins are no official figures."""
        record = self.banner.design.weighting
        margins = record.provenance.items() if record else ()
        names = [part for name, facts in margins if facts.get("status") == "estimate" for part in name.split("*")]
        return [self.labels.variable(name) for name in dict.fromkeys(names)]

    def about(self) -> About:
        """What stands on every sheet and in the properties."""
        wave, lang = self.survey.wave, self.lang
        first, last = (date(day, lang) for day in (wave.fieldwork.first, wave.fieldwork.last))
        when = first if first == last else f"{first} – {last}"
        if wave.fieldwork.approximate:
            when = catalogue.text(lang, "codebook.around").format(when=when)
        facts = {
            "population": wave.population[lang], "mode": wave.mode[lang], "fieldwork": when,
            "respondents": self.labels.number(len(self.survey)), "weighting": weight_words(self.banner.design, lang),
            "sponsor": wave.sponsor[lang], "conductor": wave.conductor[lang],
        }  # fmt: skip
        lines = [f"{catalogue.text(lang, f'codebook.{key}')}: {value}" for key, value in facts.items()]
        synthetic = self.survey.source.synthetic
        return About(
            self.say("title", title=wave.title[lang]), catalogue.text(lang, "synthetic") if synthetic else "",
            catalogue.text(lang, "contents"), catalogue.text(lang, "page_of"), lines, wave.fieldwork.last,
        )  # fmt: skip


def _value(number: float, kind: str, mark: str = "") -> str | Value:
    """A number with its mark behind it; the mark alone where there is no number."""
    if not math.isfinite(number):
        return mark or "–"
    return Value(number, kind, f"{NBSP}{mark}" if mark else "")


def _sheet_name(number: int, title: str) -> str:
    """Number and title, cut after a whole word.

    >>> _sheet_name(7, "Želene lokacije kotičkov za dojenje"), _sheet_name(8, "Teme predlogov")
    ('7 Želene lokacije kotičkov za…', '8 Teme predlogov')
    """
    words = f"{number} {title}".split(" ")
    whole = len(words)
    while len(words) > 2 and len(" ".join(words)) + (len(words) < whole) > NAME_LENGTH:
        words.pop()
    return " ".join(words) + ("…" if len(words) < whole else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
