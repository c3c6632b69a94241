"""A draft as the text of ``codebook.toml``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from kzm_surveys.drafting.draft import Draft, Question
from kzm_surveys.drafting.names import code_name, fresh, slug
from kzm_surveys.drafting.toml_writer import both, toml

Categories = tuple[tuple[int, str], ...]

_HEAD = """\
# Codebook of the survey "{survey}"
#
# DRAFT, made by `kzm new` from the names and labels in
# {file}.
# Nobody has looked at it yet: batteries, select-all sets and reasons for missing answers are guessed.
# REVIEW: all English texts are copies of those in the file. Translate them.
# REVIEW: shorten each label to a few words; the wording of the question stays in `question`.
# REVIEW: say in asked_if which answers lead to a question, and mark an option such as "none" with exclusive = true.
# Look at every line marked REVIEW below. Take the mark away when it is right.
"""


def codebook_text(draft: Draft, survey: str, file: str, left_out: Sequence[str]) -> str:
    """Write a draft as TOML, in the style of the codebooks under ``surveys/``.

    Parameters
    ----------
    draft
        The questions.
    survey, file
        Name of the survey and of the data file.
    left_out
        Columns that may identify a person and were not described.
    """
    lines = [_HEAD.format(survey=survey, file=" ".join(file.split())).rstrip()]
    if left_out:
        lines.append(f"# Not described, because they may identify a person: {', '.join(left_out)}.")
    status = {
        "sl": f"osnutek po oznakah v datoteki {file}; ni še pregledan.",
        "en": f"Draft from the labels in the file {file}; not reviewed yet.",
    }
    lines += ["", f"survey = {toml(survey)}", f"title = {toml(both(survey))} # REVIEW", f"status = {toml(status)}"]
    usual = {reason.name: reason.code for reason in draft.reasons.declared()}
    if usual:
        lines += ["", "# Reasons for a missing answer, with their usual codes in the file.", "[missing]"]
        for reason in draft.reasons.declared():
            code = {} if reason.code is None else {"code": reason.code}
            doubt = "" if reason.told else " # REVIEW: the file does not say why"
            lines.append(f"{reason.name} = {toml(code | {'label': reason.label})}{doubt}")
    scales = _scales(draft.questions)
    for categories, (name, ordered) in scales.items():
        lines += ["", f"[scales.{name}]", *_ordered(ordered, categories), *_categories(categories)]
    for question in draft.questions:
        lines += ["", *_question(question, usual, scales)]
    return "\n".join(lines) + "\n"


def _scales(questions: list[Question]) -> dict[Categories, tuple[str, bool]]:
    """Labelled categories that several questions have -> name after the first of these, and whether they are steps."""
    users: defaultdict[Categories, list[Question]] = defaultdict(list)
    for question in questions:
        if len(question.categories) > 1 and all(label for _, label in question.categories):
            users[question.categories].append(question)
    return {
        categories: (asked[0].key, any(question.kind == "battery" for question in asked))
        for categories, asked in users.items()
        if len(asked) > 1
    }


def _ordered(ordered: bool, categories: Categories) -> list[str]:
    """Whether the categories are steps; two never are."""
    if len(categories) < 3:
        return ["ordered = false"]
    doubt = (
        "false if the answers are not steps of one scale" if ordered else "true if the answers are steps of one scale"
    )
    return [f"ordered = {toml(ordered)} # REVIEW: {doubt}"]


def _question(
    question: Question, usual: Mapping[str, int | None], scales: Mapping[Categories, tuple[str, bool]]
) -> Iterator[str]:
    yield from (f"# REVIEW: {note}." for note in question.notes)
    yield f"[questions.{question.key}]"
    yield f"kind = {toml(question.kind)}"
    yield f"label = {toml(both(question.label))}"
    yield f"question = {toml(both(question.label))}"
    if question.limits is not None:
        yield f"minimum = {toml(question.limits[0])} # REVIEW: rounded from the answers"
        yield f"maximum = {toml(question.limits[1])} # REVIEW: rounded from the answers"
    shared = scales.get(question.categories)
    if shared is not None:
        yield f"scale = {toml(shared[0])}"
    elif len(question.categories) > 2:
        yield from _ordered(question.kind == "battery", question.categories)
    by_table = [reason for reason, code in question.missing.items() if code is None or usual[reason] == code]
    own = {reason: code for reason, code in question.missing.items() if reason not in by_table}
    if by_table:
        yield f"missing = {toml(by_table)}"
    if own:
        yield f"missing_codes = {toml(own)}"
    if question.categories and shared is None:
        yield from _categories(question.categories)
    if question.items:
        yield "items = ["
        for item in question.items:
            other = {"other": True} if item.other else {}
            yield f"  {toml({'name': item.name} | other | {'label': both(item.label)})},"
        yield "]"


def _categories(categories: Categories) -> Iterator[str]:
    names: list[str] = []
    yield "categories = ["
    for code, label in categories:
        bare = code_name("code", code)
        names.append(fresh((slug(label) if label else bare) or bare, names))
        category = {"name": names[-1], "code": code, "label": both(label or str(code))}
        yield f"  {toml(category)}," + ("" if label else " # REVIEW: the file has no label for it")
    yield "]"
