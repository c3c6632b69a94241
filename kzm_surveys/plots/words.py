"""Words that a figure takes from its estimates: labels, the question, base and source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.labels import Labels
from kzm_surveys.estimation.printed_cells import base_words, weight_words
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, decimal
from kzm_surveys.plots.lettering import text_width
from kzm_surveys.plots.sheet import NUMBERS, Frame


def word(lang: Language, key: str, **values: object) -> str:
    """A text of the figures, filled in; the blanks around an equals sign do not break."""
    return catalogue.text(lang, f"plots.{key}").format(**values).replace(" = ", f"{NBSP}={NBSP}")


def withheld_words(lang: Language, room: float) -> str:
    """What stands in place of a withheld number: the longest words that fit the room (inches), or the mark alone."""
    choice = catalogue.text(lang, "withheld"), word(lang, "withheld_short")
    return next((words for words in choice if text_width(words, NUMBERS) <= room), MARKS["small_cell"])


def frame_of(
    estimates: Estimates | Sequence[Estimates], lang: Language, *, title: str = "", notes: Sequence[str] = ()
) -> Frame:
    """Words for a figure of estimates of one design, where none are given.

    Parameters
    ----------
    estimates
        What is drawn.
    lang
        Language.
    title
        What the figure shows; the label of the question if empty.
    notes
        Sentences after the base.
    """
    parts = [estimates] if isinstance(estimates, Estimates) else list(estimates)
    design, rows = parts[0].design, [row for part in parts for row in part]
    labels = Labels(design, lang)
    names = list(dict.fromkeys(row.variable for row in rows))
    whole = {labels.variable(name).partition(": ")[0] for name in names}
    head = labels.variable(names[0]) if len(names) == 1 else whole.pop() if len(whole) == 1 else ""
    return Frame(
        title=title or head[:1].upper() + head[1:],
        subtitle=question(design, names, lang), base=f"{base_line(rows, lang)}.",
        source=source_line(design, lang), mark=synthetic_mark(design, lang), notes=tuple(notes),
    )  # fmt: skip


def question(design: SurveyDesign, names: Iterable[str], lang: Language) -> str:
    """Wording of the question behind some variables; empty if they have several, or none."""
    codebook = design.survey.codebook if design.survey else None
    wordings = {codebook[name].question[lang] for name in names if codebook and name in codebook}
    return wordings.pop() if len(wordings) == 1 else ""


def base_line(rows: Sequence[Estimate], lang: Language) -> str:
    """Base with the unweighted n, or its range over several rows."""
    low, high = min(row.n for row in rows), max(row.n for row in rows)
    n = decimal(low, 0, lang) if low == high else f"{decimal(low, 0, lang)}–{decimal(high, 0, lang)}"
    text = catalogue.text(lang, "base_n").format(base=base_words(rows[0].base, rows[0].where, lang), n=n)
    return text.replace(" = ", f"{NBSP}={NBSP}")


def interval_words(level: float, lang: Language) -> str:
    """What an interval is, with its level (0-1): "95-odstotni interval zaupanja"."""
    return word(lang, "interval", level=decimal(100 * level, 0 if round(100 * level, 6).is_integer() else 1, lang))


def source_line(design: SurveyDesign, lang: Language) -> str:
    """Survey, wave and weighting; for synthetic answers also that."""
    parts = [design.survey.wave.title[lang]] if design.survey else []
    parts.append(weight_words(design, lang))
    if design.survey and design.survey.source.synthetic:
        parts.append(catalogue.text(lang, "synthetic_short"))
    return catalogue.text(lang, "source").format(source="; ".join(parts))


def synthetic_mark(design: SurveyDesign, lang: Language) -> str:
    """The visible mark of synthetic answers, empty for real ones."""
    return catalogue.text(lang, "synthetic") if design.survey and design.survey.source.synthetic else ""
