"""Surveys with other respondents or answers, and what can be seen to be wrong with a text without knowing grammar."""

import re
import runpy
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

import kzm_surveys as kzm
from kzm_surveys.findings.section import Paragraph, Points, Table, cell_text, numbering, section_texts
from kzm_surveys.findings.text import Footnote
from kzm_surveys.findings.tracing import traced_section

NBSP = "\u00a0"
SCRIPTS = {name: runpy.run_path(f"analyses/{name}.py")["section"] for name in ("noise", "breastfeeding")}


# Other respondents --------------------------------------------------------------------------------------------------


def part_of(survey, rows):
    """The survey with some of its respondents, in the given order; the same one may stand several times."""
    responses, missing = survey.responses.iloc[rows].copy(), survey.missing.iloc[rows].copy()
    responses.index = missing.index = pd.RangeIndex(1, len(rows) + 1)
    return replace(survey, responses=responses, missing=missing)


def with_answers(survey, **columns):
    """The survey with everybody's answer to some questions replaced by one category, or by none."""
    responses, missing = survey.responses.copy(), survey.missing.copy()
    two_steps = {name.replace("annoyance_", "highly_annoyed_"): each for name, each in columns.items()}
    for name, each in two_steps.items():
        if name in responses and name not in columns:  # made of the five steps
            columns[name] = each if each is None else "yes" if each in ("very", "extremely") else "no"
    for name, category in columns.items():
        dtype = responses[name].dtype
        responses[name] = pd.Series(pd.Categorical([category] * len(survey), dtype=dtype), index=responses.index)
        missing[name] = None if category is not None else "no_answer"
        missing[name] = missing[name].astype(survey.missing[name].dtype)
    return replace(survey, responses=responses, missing=missing)


def opt_in(survey):
    wave = survey.wave
    return replace(
        survey, wave=wave.model_copy(update={"sampling": wave.sampling.model_copy(update={"kind": "opt_in"})})
    )


def probability(survey):
    wave = survey.wave
    return replace(
        survey, wave=wave.model_copy(update={"sampling": wave.sampling.model_copy(update={"kind": "probability"})})
    )


def real(survey):
    return replace(survey, source=replace(survey.source, synthetic=False))


def weighted(survey):
    """The design as the report weights it; unweighted where the margins cannot be met."""
    try:
        return kzm.weight(survey)
    except kzm.KzmError:
        return kzm.SurveyDesign.from_survey(survey)


def section_of(design, lang="sl"):
    return traced_section(SCRIPTS[design.survey.wave.survey](design, lang), lang)


# What is wrong with a text ------------------------------------------------------------------------------------------

#: English words that no Slovenian word is spelt like.
ENGLISH = set(
    re.findall(
        r"\w+",
        """the and of that which with was were are not this from have has been who what when where whether than
        their they there those these share shares answered respondents people weighted unweighted between
        highest lowest most least difference detected sample about under each every more less first nan""",
    )
)
BROKEN = {
    "braces": r"[{}]",
    "nan or None": r"\b(?:nan|None|NaN|inf)\b",
    "two blanks": r"[ \u00a0]{2}",
    "blank before a mark": r"[ \u00a0][,;.?)]",
    "blank after a bracket": r"[(\u00bb][ \u00a0]",
    "two marks": r"\.\.|,,|;;|,\.|;\.|\.,|\.;|:\.|\(\)|\(;|; ?\)|, ?\)",
    "hyphen for a minus or a range": r"(?<![\w-])-\d|\d-\d",
    "ordinary blank before %": r"\d %|\d%",
    "ordinary blank around =": r"n = | = \d",
    "no blank after a mark": r"[,;:][^\W\d_]",
    "empty list": r"\b(?:in|ali|and|or) [.,;)]|, in [.,;]|: [.,;]|»«|»»",
}


def faults_of(text, lang="sl") -> Iterator[str]:
    """What is wrong with a text that can be seen without knowing the grammar."""
    words = re.sub(r"\S+\.(?:sav|csv)\b|\w+\.(?:si|com)\b", "datoteka", text)
    words = re.sub(r"(?<![\w])[a-z]\) ", "", words)  # a) b) c) count the tasks of the programme
    for name, pattern in BROKEN.items():
        if lang == "en" and name == "ordinary blank before %":
            continue
        if found := re.search(pattern, words):
            yield f"{name} ('{found.group()}')"
    for first, last in ("()", "»«", "“”", "[]"):
        if words.count(first) != words.count(last):
            yield f"{first} without {last}"
    if lang == "sl":
        plain = re.sub(r"angl\. \w+", "", words)  # the name of a method
        found = [word for word in re.findall(r"[a-zčšž]+", plain.lower()) if word in ENGLISH]
        if found:
            yield f"English words {found}"


def texts_of(section) -> Iterator[tuple[str, str]]:
    """All texts of a section and their footnotes as they are read."""
    numbers = numbering([section])
    for place, text in section_texts(section):
        yield place, text.plain(numbers)
        yield from (
            (f"{place}: footnote", part.text.plain(numbers)) for part in text.parts if isinstance(part, Footnote)
        )


def broken(section, lang="sl"):
    """Every broken text of a section, and every paragraph that does not end as a sentence does."""
    found = [f"{place}: {fault}: {text}" for place, text in texts_of(section) for fault in faults_of(text, lang)]
    numbers = numbering([section])
    for block in section.blocks:
        sentences = []
        if isinstance(block, Paragraph):
            sentences = [(f"paragraph {block.id}", block.text)]
        elif isinstance(block, Points):
            sentences = [(f"key finding {name}", item) for name, item in zip(block.ids, block.items, strict=True)]
        for place, text in sentences:
            words = text.plain(numbers)
            if not re.search(r"[.!?][«”\"]?$", words):
                found.append(f"{place}: no full stop: {words}")
            if not re.match(r"[»“(]?[A-ZČŠŽ0-9]", words):
                found.append(f"{place}: no capital: {words}")
            words = words.replace("angl. ", "")
            found += [
                f"{place}: small letter after a full stop: {words}"
                for _ in re.findall(r"[^.\W\d][a-zčšž»«)]{3,}[.!?] [a-zčšž]", words)
            ]
        if isinstance(block, Table):
            for row in block.rows:
                found += [f"table {block.id}: empty label" for cell in row[:1] if not str(cell_text(cell)).strip()]
    return found
