"""What two waves' codebooks have in common: which variables can still be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kzm_surveys.codebook.codebook import Codebook
from kzm_surveys.codebook.derived import LANGUAGES
from kzm_surveys.codebook.questions import Variable
from kzm_surveys.errors import CodebookError

Status = Literal[
    "added", "dropped", "kind", "unit", "scale", "categories", "routing", "definition", "parts", "order", "limits",
    "reasons", "options", "reworded", "recoded", "identical",
]  # fmt: skip
#: Each status with its verdict, the gravest first.
VERDICTS: Mapping[Status, str] = {
    "added": "not comparable",
    "dropped": "not comparable",
    "kind": "not comparable",
    "unit": "not comparable",
    "scale": "not comparable",
    "categories": "not comparable",
    "routing": "not comparable",
    "definition": "not comparable",
    "parts": "not comparable",
    "order": "comparable with care",
    "limits": "comparable with care",
    "reasons": "comparable with care",
    "options": "comparable with care",
    "reworded": "comparable with care",
    "recoded": "comparable",
    "identical": "comparable",
}
Change = tuple[Status, str]


@dataclass(frozen=True)
class Comparison:
    """What became of one variable from an old codebook to a new one.

    `status` is the gravest change, `changes` are all of them in words.
    """

    variable: str
    status: Status
    changes: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """One of: comparable, comparable with care, not comparable."""
        return VERDICTS[self.status]

    @property
    def comparable(self) -> bool:
        """Whether estimates of the two waves may stand side by side."""
        return self.verdict != "not comparable"

    def __str__(self) -> str:
        return f"{self.variable}: {self.verdict}" + (f" ({'; '.join(self.changes)})" if self.changes else "")


def compare_codebooks(old: Codebook, new: Codebook) -> list[Comparison]:
    """Say for every variable of two codebooks of one survey whether it can still be compared.

    Not comparable are variables that only one of the two has (a new name is not guessed), and those whose kind, unit,
    categories, steps of the scale, routing, or definition (derived ones) changed, or that rest on or are routed by such
    a variable. New wording, limits, options of the set, reasons for a missing answer, or another order of categories
    that are no scale call for care. New codes under the same names do no harm, except to a score.

    Parameters
    ----------
    old, new
        Codebooks of two waves.

    Returns
    -------
    list of Comparison
        In the order of the new codebook; at the end what it no longer has.

    Raises
    ------
    CodebookError
        The codebooks are of different surveys.

    Examples
    --------
    >>> from kzm_surveys.codebook import read_codebook
    >>> book = read_codebook("surveys/noise/codebook.toml")
    >>> print(compare_codebooks(book, book)[0])
    sex: comparable
    """
    if old.survey != new.survey:
        raise CodebookError(f"codebooks of '{old.survey}' and '{new.survey}': only waves of one survey are compared.")
    out: dict[str, Comparison] = {}
    for name, variable in new.variables.items():
        if name not in old:
            out[name] = Comparison(name, "added", ("only in the new codebook",))
            continue
        changes = list(_changes(old, new, variable, out))
        found = {status for status, _ in changes}
        gravest: Status = next((status for status in VERDICTS if status in found), "identical")
        out[name] = Comparison(name, gravest, tuple(words for _, words in changes))
    dropped = [name for name in old.variables if name not in new]
    return [*out.values(), *(Comparison(name, "dropped", ("only in the old codebook",)) for name in dropped)]


def _changes(old: Codebook, new: Codebook, after: Variable, known: Mapping[str, Comparison]) -> Iterator[Change]:
    before = old[after.name]
    kinds = (_kind(old, before), _kind(new, after))
    if kinds[0] != kinds[1]:
        yield "kind", f"was {kinds[0]}, is {kinds[1]}"
        return
    yield from _categories(before, after)
    yield from _wording(before, after)
    if after.derived:
        yield from _definition(old, new, before, after, known)
    else:
        yield from _question(old, new, before, after)
        yield from _routing(before, after, known)


def _kind(codebook: Codebook, variable: Variable) -> str:
    if variable.derived:
        return f"derived by '{codebook.derived[variable.source].kind}'"
    kind = codebook.questions[variable.source].kind
    return f"a {kind} question" if variable.other_text_of is None else f"a text of a {kind} question"


def _categories(before: Variable, after: Variable) -> Iterator[Change]:
    """Steps or categories that are not the same, and their codes."""
    status: Status = "scale" if before.ordered else "categories"
    names = ([c.name for c in before.categories], [c.name for c in after.categories])
    what = "steps of the scale" if before.ordered else "categories"
    if added := [name for name in names[1] if name not in names[0]]:
        yield status, f"{what} added: {', '.join(added)}"
    if dropped := [name for name in names[0] if name not in names[1]]:
        yield status, f"{what} dropped: {', '.join(dropped)}"
    both = [[name for name in there if name in names[0] and name in names[1]] for there in names]
    if both[0] != both[1]:
        yield "scale" if before.ordered else "order", f"{what} in another order: {', '.join(both[1])}"
    if before.ordered != after.ordered:
        yield "scale", f"was {'ordered' if before.ordered else 'not ordered'}, now the other way round"
    codes = {c.name: c.code for c in before.categories} | before.missing_codes
    moved = {c.name: c.code for c in after.categories} | after.missing_codes
    if not after.derived and (new := [name for name in moved if name in codes and moved[name] != codes[name]]):
        yield "recoded", "new codes: " + ", ".join(f"{name} {codes[name]} -> {moved[name]}" for name in new)


def _wording(before: Variable, after: Variable) -> Iterator[Change]:
    """Texts that changed, by language."""
    labels = {c.name: c.label for c in before.categories}
    for lang in LANGUAGES:
        if not after.derived and before.question[lang] != after.question[lang]:
            yield "reworded", f"question reworded in {lang}"
        if before.label[lang] != after.label[lang]:
            yield "reworded", f"label in {lang}: '{before.label[lang]}' -> '{after.label[lang]}'"
        for category in after.categories:
            text = labels.get(category.name, category.label)[lang]
            if text != category.label[lang]:
                yield "reworded", f"category {category.name} in {lang}: '{text}' -> '{category.label[lang]}'"


def _question(old: Codebook, new: Codebook, before: Variable, after: Variable) -> Iterator[Change]:
    """What else the two questions say differently: unit, limits, reasons offered, options of the set."""
    was, now = old.questions[before.source], new.questions[after.source]
    if was.unit != now.unit:
        shown = [question.unit["en"] if question.unit else "none" for question in (was, now)]
        yield "unit", f"unit: {shown[0]} -> {shown[1]}"
    for low, high in (("minimum", "maximum"), ("earliest", "latest")):
        limits = [[getattr(variable, end) for end in (low, high)] for variable in (before, after)]
        if limits[0] != limits[1]:
            shown = [" to ".join("open" if end is None else _plain(end) for end in ends) for ends in limits]
            yield "limits", f"limits: {shown[0]} -> {shown[1]}"
    reasons = [{*question.missing, *question.missing_codes} for question in (was, now)]
    yield from _more_or_less("reasons", "reasons for a missing answer", reasons[0], reasons[1])
    if now.kind == "multiple":
        options = [{item.name for item in question.items} for question in (was, now)]
        yield from _more_or_less("options", "other options", options[0], options[1])
    if (before.exclusive, before.other) != (after.exclusive, after.other):
        yield "options", "the option is exclusive or open in one of the two only"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _more_or_less(status: Status, what: str, was: set[str], now: set[str]) -> Iterator[Change]:
    for word, names in (("added", now - was), ("dropped", was - now)):
        if names:
            yield status, f"{what} {word}: {', '.join(sorted(names))}"


def _routing(before: Variable, after: Variable, known: Mapping[str, Comparison]) -> Iterator[Change]:
    """Who is asked: other people make another base."""
    gates = [{gate: sorted(answers) for gate, answers in v.asked_if.items()} for v in (before, after)]
    if gates[0] != gates[1]:
        shown = [
            " and ".join(f"{gate} = {' or '.join(answers)}" for gate, answers in there.items()) or "everyone"
            for there in gates
        ]
        yield "routing", f"asked of: {shown[0]} -> {shown[1]}; shares of those asked have different bases"
    for gate in after.asked_if:
        if gate in before.asked_if and not known[gate].comparable:
            yield "routing", f"routed by '{gate}', which is not comparable"


def _definition(
    old: Codebook, new: Codebook, before: Variable, after: Variable, known: Mapping[str, Comparison]
) -> Iterator[Change]:
    """How a derived variable is made, and what became of the variables that it is made from."""
    definitions = (_made_by(old, before), _made_by(new, after))
    for field, value in definitions[1].items():
        if value != definitions[0][field]:
            yield "definition", f"'{field}' changed"
    for part in after.rests_on:
        if part not in before.rests_on:
            continue
        became = known[part]
        if not became.comparable:
            yield "parts", f"rests on '{part}', which is not comparable"
        elif became.verdict == "comparable with care":
            yield became.status, f"rests on '{part}': {'; '.join(became.changes)}"
        if after.kind == "number" and _codes(old[part]) != _codes(new[part]):
            yield "parts", f"the score is computed from the codes of '{part}', which changed"


def _codes(variable: Variable) -> list[int]:
    return [category.code for category in variable.categories]


def _made_by(codebook: Codebook, variable: Variable) -> dict[str, Any]:
    """Definition of one derived variable, labels aside; of the themes only its own."""
    entry = codebook.derived[variable.source]
    made = entry.model_dump(exclude={"label": True, "none": True})
    made["of"] = variable.rests_on
    made["themes"] = [theme for theme in made["themes"] if theme["name"] == variable.item]
    for kind in ("bands", "groups", "themes"):
        made[kind] = {part["name"]: [_unordered(part[key]) for key in part if key != "label"] for part in made[kind]}
    made["score"] = made["score"] and {key: _unordered(value) for key, value in made["score"].items()}
    return made | {key: _unordered(made[key]) for key in ("empty_answers", "selected")}


def _unordered(value: Any) -> Any:
    """Lists of names or stems mean the same in any order."""
    return set(value) if isinstance(value, tuple) else value
