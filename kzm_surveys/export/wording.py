"""Routing and definitions in words, in either language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from kzm_surveys.codebook import NOT_SELECTED, SELECTED, Band, Codebook, Derived, Variable
from kzm_surveys.codebook.derived import LANGUAGES
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import MINUS, Language, decimal_sign, round_half_up
from kzm_surveys.toml_model import Text

Case = Literal["genitive", "accusative", "locative"]


def words(lang: Language, key: str, **values: object) -> str:
    """Fill a text of the catalogue.

    Examples
    --------
    >>> words("en", "codebook.put_to", who="all")
    'The question is put to all.'
    """
    return catalogue.text(lang, key).format(**values)


def in_both(make: Callable[[Language], str]) -> Text:
    """Make a text in both languages.

    Examples
    --------
    >>> in_both(lambda lang: words(lang, "codebook.no_code"))
    {'sl': 'prazno', 'en': 'empty'}
    """
    return {lang: make(lang) for lang in LANGUAGES}


def plain_number(value: float, lang: Language, decimals: int = 2) -> str:
    """Print a number without separators of thousands (it may be a year) and without needless decimals.

    Examples
    --------
    >>> plain_number(1985.0, "sl"), plain_number(2.5, "sl"), plain_number(-2.25, "en", 1), plain_number(-0.0, "sl")
    ('1985', '2,5', '−2.3', '0')
    """
    rounded = round_half_up(value, decimals)
    shown = f"{rounded:f}".rstrip("0").rstrip(".") if decimals else f"{rounded:f}"
    shown = "0" if shown in ("-0", "") else shown.replace("-", MINUS)
    return shown.replace(".", decimal_sign(lang))


def question_number(codebook: Codebook, variable: Variable) -> int:
    """Place of a variable's question in the questionnaire, from 1."""
    return list(codebook.questions).index(variable.source) + 1


def named(variable: Variable, codebook: Codebook, lang: Language) -> str:
    """Label of a variable with that of its battery or set before it."""
    if variable.derived or variable.item is None:
        return variable.label[lang]
    return f"{codebook.questions[variable.source].label[lang]}: {variable.label[lang]}"


def refer(variable: Variable, codebook: Codebook, lang: Language, case: Case, label: str | None = None) -> str:
    """Refer to a question by number and label, or to a derived variable by name and label.

    Examples
    --------
    >>> from kzm_surveys.codebook import read_codebook
    >>> codebook = read_codebook("surveys/noise/codebook.toml")
    >>> refer(codebook["age"], codebook, "sl", "locative"), refer(codebook["age_group"], codebook, "en", "genitive")
    ('vprašanju 2 (starost)', 'variable age_group (age group)')
    """
    label = named(variable, codebook, lang) if label is None else label
    if variable.derived:
        return words(lang, f"codebook.variable_{case}", name=variable.name, label=label)
    return words(lang, f"codebook.question_{case}", number=question_number(codebook, variable), label=label)


def asked_of(variable: Variable, codebook: Codebook, lang: Language) -> str:
    """Say who is asked: everybody, or those whom the routing leads to the question.

    Examples
    --------
    >>> from kzm_surveys.codebook import read_codebook
    >>> codebook = read_codebook("surveys/breastfeeding/codebook.toml")
    >>> asked_of(codebook["first_hour"], codebook, "en")
    'those who answered “yes” to question 6 (youngest child ever breastfed)'
    >>> asked_of(codebook["age"], codebook, "sl")
    'vsi anketirani'
    """
    if not variable.asked_if:
        return words(lang, "codebook.everybody")
    conditions = [_condition(codebook[gate], answers, codebook, lang) for gate, answers in variable.asked_if.items()]
    return words(lang, "codebook.those", conditions=_joined(conditions, words(lang, "codebook.and")))


def put_to(variable: Variable, codebook: Codebook, lang: Language) -> str:
    """Say in a sentence who is asked."""
    return words(lang, "codebook.put_to", who=asked_of(variable, codebook, lang))


def _condition(gate: Variable, answers: Sequence[str], codebook: Codebook, lang: Language) -> str:
    is_option = [category.name for category in gate.categories] == [NOT_SELECTED, SELECTED]
    if is_option and len(answers) == 1:
        label = codebook.questions[gate.source].label[lang]
        option = words(lang, "codebook.quoted", text=gate.label[lang])
        question = refer(gate, codebook, lang, "locative", label)
        return words(lang, f"codebook.{answers[0]}", question=question, option=option)
    question = refer(gate, codebook, lang, "locative")
    return words(lang, "codebook.answered", question=question, answers=_answers(gate, answers, lang))


def _answers(variable: Variable, names: Iterable[str], lang: Language) -> str:
    """Answers as alternatives: "»da« ali »ne«"."""
    quoted = [words(lang, "codebook.quoted", text=variable.category_label(name, lang)) for name in names]
    return _joined(quoted, words(lang, "codebook.or"))


def _joined(parts: Sequence[str], last: str) -> str:
    """Join with commas, and with `last` before the last one."""
    *most, end = parts
    return f"{', '.join(most)} {last} {end}" if most else end


def definition(variable: Variable, codebook: Codebook, lang: Language) -> str:
    """Say how a derived variable is made.

    Examples
    --------
    >>> from kzm_surveys.codebook import read_codebook
    >>> codebook = read_codebook("surveys/noise/codebook.toml")
    >>> definition(codebook["highly_annoyed_road"], codebook, "en")[:79]
    'Answers to question 6 (noise annoyance by source: road traffic) put together: “'
    """
    entry = codebook.derived[variable.source]
    parts = [codebook[name] for name in variable.rests_on]
    base = parts[0]
    names = ", ".join(part.name for part in parts)

    def say(key: str, **values: object) -> str:
        return words(lang, f"codebook.{key}", **values)

    if entry.bands:
        bands = "; ".join(_band(band, lang) for band in entry.bands)
        return say("bands", question=refer(base, codebook, lang, "genitive"), parts=bands)
    if entry.themes:
        stems = next(theme.stems for theme in entry.themes if theme.name == variable.item)
        question = refer(base, codebook, lang, "accusative")
        return say("themes", question=question, stems=", ".join(f"{stem}-" for stem in stems))
    if entry.selected:
        answers = _answers(base, entry.selected, lang)
        if variable.exclusive:
            return say("set_none", names=names, answers=answers)
        return say("set_option", question=refer(base, codebook, lang, "locative"), answers=answers)
    if entry.cross:
        crossed = [refer(part, codebook, lang, "genitive") for part in parts]
        return say("cross", parts=_joined(crossed, say("and")))
    if entry.first_asked:
        return say("first_asked", names=names)
    if entry.score:
        sentences = [say(f"score_{entry.score.method}", names=names)]
        if turned := [part.name for part in parts if part.name in entry.reversed_items(parts)]:
            sentences.append(say("score_reversed", names=", ".join(turned)))
        needed = entry.score.at_least or len(parts)
        sentences.append(say("score_at_least", n=needed))
        if entry.score.method == "sum" and needed < len(parts):
            sentences.append(say("score_filled"))
        return " ".join(sentences)
    groups = [
        say("group", name=say("quoted", text=group.label[lang]), members=_answers(base, group.of, lang))
        for group in entry.merged(base)
    ]
    return say("groups", question=refer(base, codebook, lang, "genitive"), parts="; ".join(groups))


def empty_answers(entry: Derived, lang: Language) -> str:
    """Say which answers propose nothing and are missing for the themes of an open question.

    Examples
    --------
    >>> from kzm_surveys.codebook import read_codebook
    >>> empty_answers(read_codebook("surveys/noise/codebook.toml").derived["proposal_themes"], "en")[:31]
    'The answers “nič”, “ne vem”, “n'
    """
    quoted = [words(lang, "codebook.quoted", text=answer) for answer in entry.empty_answers]
    return words(lang, "codebook.empty_answers", answers=_joined(quoted, words(lang, "codebook.and")))


def _band(band: Band, lang: Language) -> str:
    ends = {"low": band.lowest, "high": band.highest}
    given = {end: plain_number(value, lang) for end, value in ends.items() if value is not None}
    key = {("low", "high"): "between", ("low",): "above", ("high",): "below", (): "any"}[tuple(given)]
    return words(lang, f"codebook.band_{key}", name=words(lang, "codebook.quoted", text=band.label[lang]), **given)
