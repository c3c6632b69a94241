"""One figure of a report: the drawing with its title, base, source, alternative text, numbers and table."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, KzmError, WithheldError, one_of
from kzm_surveys.estimation.crosstab import CrossTab
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.findings.figure_words import FigureWords
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import Number, Piece, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.dot_blocks import DotBlock
from kzm_surveys.plots.plotted import plotted
from kzm_surveys.plots.protected import protected
from kzm_surveys.plots.sheet import Frame, empty_figure
from kzm_surveys.plots.stacked import stacked_bars
from kzm_surveys.plots.style import Width

#: What a number in a picture looks like.
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Sketch:
    """Draws one figure of a script in a language and a width.

    Attributes
    ----------
    id, words
        The figure's name, and its words from ``figures/<survey>.toml``.
    voice
        Speaks about the design in the language.
    width
        "full" or "half" of the text column.
    """

    def __init__(self, name: str, words: FigureWords, voice: Voice, width: Width = "full") -> None:
        self.id, self.words, self.voice, self.width = name, words, voice, width
        self._passed_over = False

    @property
    def design(self) -> SurveyDesign:
        """The design that the figure is about."""
        return self.voice.design

    @property
    def lang(self) -> Language:
        """Language of the words."""
        return self.voice.lang

    @property
    def caption(self) -> Text:
        """What the figure shows: the title where there is no finding to state."""
        return say(self.words.caption[self.lang])

    def said(self, key: str, **values: Piece) -> Text:
        """Return one of the figure's other words, filled in.

        Raises
        ------
        FindingError
            The figure has no such words, or the values do not fit.
        """
        if key not in self.words.other:
            raise FindingError(f"figure '{self.id}': " + one_of("no words under other for", key, self.words.other))
        return say(self.words.other[key][self.lang], **values)

    def drawn(
        self, kind: Callable[..., Figure], data: Any, *, rows: Estimates | Sequence[Estimate] = (),
        title: Mapping[str, Piece] | Text | None = None, finding: Text | None = None, base: Text | None = None,
        source: Text | None = None, notes: Sequence[Text] = (), in_picture: Sequence[Text] = (),
        names: Sequence[str] | None = None, table: Any = None, numbers: Sequence[Number] = (), **options: Any,
    ) -> ReportFigure:  # fmt: skip
        """Draw a figure with everything that comes with it.

        Parameters
        ----------
        kind
            A function of ``kzm_surveys.plots``.
        data
            Its data.
        rows
            The estimates whose highest and lowest the alternative text names, and whose base is stated.
        title
            Values for the words of the title, or the whole title.
        finding
            What the alternative text says after the title; the highest and the lowest of `rows` if None.
        base, source
            In place of the base of `rows` and the source line of the design.
        notes
            Sentences below the base, after those of ``figures/<survey>.toml``.
        in_picture
            More sentences there, which the text around the figure has in another place.
        names
            What the alternative text calls each of `rows`; from the codebook if None.
        table
            What the CSV holds, if not the data and the estimates among the options.
        numbers
            Numbers in the picture that are not estimates.
        options
            For `kind`.

        Raises
        ------
        WithheldError
            Too few answers.
        """
        rows = protected(rows) if isinstance(rows, Estimates) else rows
        head = title if isinstance(title, Text) else say(self.words.title[self.lang], **(title or {}))
        stated = base if base is not None else self.voice.base_line([row for row in rows if row.n])
        origin = source if source is not None else self.voice.source_line()
        said = [*(say(note[self.lang]) for note in self.words.notes), *notes]
        if self._passed_over:
            said.append(self.voice.text("plots.title_without_small"))
        frame = Frame(
            title=str(head), subtitle=self._subtitle(rows), base=f"{stated}.", source=str(origin),
            mark=self.voice.synthetic_mark(), notes=tuple(map(str, [*said, *in_picture])),
        )  # fmt: skip
        picture = kind(data, frame, lang=self.lang, width=self.width, **options)
        alt = self.voice.text(
            f"alt.{kind.__name__}", compared=self.words.compared[self.lang], title=head, base=stated,
            finding=finding if finding is not None else self.extremes(rows, names),
        )  # fmt: skip
        beside = [part for option in options.values() for part in _parts(option)]
        content = table if table is not None else [data, *beside] if beside else data
        shown = plotted(content, self.lang, together=kind is stacked_bars)
        drawn = [*_rows(data), *(row for part in beside for row in part), *rows]
        candidates = [
            *numbers,
            *head.numbers(),
            *alt.numbers(),
            *self._numbers(drawn, _left_out(shown)),
            *self._limits(data),
        ]
        return ReportFigure(
            id=self.id, figure=picture, caption=self.caption,
            foot=join([stated, ". ", *(piece for note in said for piece in (note, " ")), origin], ""),
            alt=Text(tuple(_without_double_blanks(alt))), title=head, numbers=_printed(picture, candidates),
            place=self.words.place, plotted=shown, lang=self.lang,
        )  # fmt: skip

    def withheld(self) -> ReportFigure:
        """Return what stands in the place of a figure that rests on too few answers."""
        words, caption = self.voice.text("withheld_figure"), self.caption
        origin = self.voice.source_line()
        frame = Frame(str(caption), str(words), "", str(origin), self.voice.synthetic_mark())
        return ReportFigure(
            id=self.id, figure=empty_figure(frame, self.width), caption=caption, foot=origin, alt=words, title=caption,
            place=self.words.place, plotted=pd.DataFrame(), lang=self.lang,
        )  # fmt: skip

    def extremes(self, rows: Estimates | Sequence[Estimate], names: Sequence[str] | None = None) -> Text:
        """Return "Največ: cestni promet (33,4 %); najmanj: letala (2,1 %)." of the rows that may be printed."""
        named = list(zip(rows, names if names is not None else self._names(list(rows)), strict=True))
        shown = [pair for pair in named if pair[0].printable]
        if len(shown) < 2:
            return Text(())
        (highest, high_name), (lowest, low_name) = (
            end(shown, key=lambda pair: pair[0].estimate) for end in (max, min)
        )  # fmt: skip
        # A withheld row may be higher or lower than any that is named.
        key = "alt.extremes_shown" if any(row.withheld for row, _ in named) else "alt.extremes"
        return self.voice.text(
            key, highest=high_name, high=self._told(highest), lowest=low_name, low=self._told(lowest),
        )  # fmt: skip

    def leading(self, rows: Estimates, *, without: Sequence[str] = ()) -> Estimate | None:
        """Return the one row that a title may call the highest.

        None if another one, shown or withheld, is as high, or all are zero.

        Raises
        ------
        WithheldError
            All are withheld or missing.
        """
        first, *others = rows.ranked(without=without)
        others += [row for row in rows if row.withheld and row.category not in without]
        return first if first.estimate > max((row.estimate for row in others), default=0.0) else None

    def ends(self, rows: Iterable[Estimate]) -> tuple[Estimate, Estimate]:
        """Return the highest and the lowest that a title may name; those of a small base only if there are no others.

        The figure then says that its title passes over groups with a small base.

        Raises
        ------
        WithheldError
            All are withheld or missing.
        """
        shown = sorted((row for row in rows if row.printable), key=lambda row: row.estimate, reverse=True)
        if not shown:
            raise WithheldError(f"figure '{self.id}': every value is withheld or missing.")
        solid = [row for row in shown if "small_base" not in row.flag.split()] or shown
        self._passed_over |= len(solid) < len(shown)
        return solid[0], solid[-1]

    def _told(self, row: Estimate) -> Text:
        """A number, and that its base is small."""
        small = "small_base" in row.flag.split()
        return join([self.number(row), *([catalogue.text(self.lang, "small_base")] if small else [])], "; ")

    def _names(self, rows: Sequence[Estimate]) -> list[str]:
        """What tells each row from the others: group, question, category, as far as they differ."""
        labels = Labels(self.design, self.lang)
        differ = {
            name: len({getattr(row, name) for row in rows}) > 1 for name in ("variable", "category", "by_category")
        }
        out = []
        for row in rows:
            words = (
                [labels.category(row.by, row.by_category)]
                if row.by and row.by_category and differ["by_category"]
                else []
            )
            words += [labels.item(row.variable)] if differ["variable"] else []
            if row.category is not None and differ["category"] and labels.is_category(row.variable, row.category):
                words.append(labels.category(row.variable, row.category))
            out.append(" – ".join(word.rstrip(".") for word in words))
        return out

    def number(self, row: Estimate, decimals: int = 1) -> Number:
        """Return a share as a percentage, a mean or a quantile in its units."""
        return self.voice.percent(row, decimals) if is_share(row.statistic) else self.voice.mean(row, decimals)

    def _numbers(self, rows: Iterable[Estimate], left_out: Container[tuple[str | None, ...]]) -> Iterator[Number]:
        """Numbers as a picture may print them: with a decimal, or whole where there is little room."""
        for row in rows:
            if row.printable and row[:4] not in left_out:
                yield from (self.number(row, 1), self.number(row, 0))
            yield self.voice.base(row)

    def _limits(self, data: Any) -> Iterator[Number]:
        """Numbers of the key: the confidence level, and from where on a base is small or a number withheld."""
        limits = self.voice.survey.wave.quality
        yield self.voice.fact(limits.smallest_base, "threshold.small_base")
        yield self.voice.fact(limits.smallest_cell, "threshold.small_cell")
        if self.design.infers:
            level = next((part.level for part in _parts(data)), 0.95)
            yield self.voice.fact(100 * level, "confidence_level")

    def _subtitle(self, rows: Estimates | Sequence[Estimate]) -> str:
        if self.words.subtitle is not None:
            return self.words.subtitle[self.lang]
        wordings = list(dict.fromkeys(self.voice.codebook[row.variable].question[self.lang] for row in rows))
        return wordings[0] if len(wordings) == 1 else ""


def draw(name: str, build: Callable[[Sketch], ReportFigure], sketch: Sketch) -> ReportFigure:
    """Return the figure that `build` makes, or one that says why it is not shown.

    Raises
    ------
    FindingError
        `build` fails, or returns something else; the figure is named.
    """
    try:
        made = build(sketch)
    except WithheldError:
        return sketch.withheld()
    except KzmError as error:
        where = f"figure '{name}': "
        raise FindingError(where + str(error).removeprefix(where)) from error
    if not isinstance(made, ReportFigure):
        raise FindingError(f"figure '{name}': its function must return a ReportFigure, found {type(made).__name__}.")
    return made


def _rows(data: Any) -> Iterator[Estimate]:
    """All estimates in the data of a figure."""
    for part in _parts(data):
        yield from part


def _parts(data: Any) -> Iterator[Estimates]:
    """All results in the data of a figure."""
    if isinstance(data, Estimates):
        yield data
    elif isinstance(data, CrossTab):
        yield data.estimates
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for part in data:
            yield from _parts(part)
    elif isinstance(data, DotBlock):
        yield from _parts([data.groups, data.total])


def _left_out(table: pd.DataFrame) -> set[tuple[str | None, ...]]:
    """Variable, category, break and group of the rows whose number the table of a figure leaves out."""
    if "estimate" not in table or table["estimate"].notna().all():
        return set()
    keys = table.reindex(columns=["variable", "category", "by", "by_category"]).astype(object)
    keys = keys.where(keys.notna(), None)
    known = table["estimate"].notna()
    shown, gone = (set(map(tuple, keys[chosen].to_numpy().tolist())) for chosen in (known, ~known))
    return gone - shown


def _printed(picture: Figure, candidates: Iterable[Number]) -> list[Number]:
    """The numbers that the picture really prints: labels that do not fit are not drawn."""
    drawn = {found for text in picture.texts if text.get_gid() != "tick" for found in NUMBER.findall(text.get_text())}
    return list(
        {
            (number.claim.slug, number.text): number
            for number in candidates
            if drawn.issuperset(NUMBER.findall(number.text))
        }.values()
    )


def _without_double_blanks(text: Text) -> Iterator[Any]:
    """Parts of a text whose empty piece left two blanks beside each other."""
    last = ""
    for part in text.parts:
        if isinstance(part, str) and last.endswith(" "):
            part = part.lstrip(" ")
        if part != "":
            yield part
            last = str(part)
