"""All that is known about one questionnaire, checked against itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from pydantic import model_validator

from kzm_surveys.codebook.derived import Derived, derived_variables
from kzm_surveys.codebook.questions import (
    SELECTED,
    STANDARD_REASONS,
    Question,
    Reason,
    Scale,
    Variable,
    reason_label,
    selection,
)
from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.language import catalogue
from kzm_surveys.toml_model import Misfit, Name, Strict, Text


class Codebook(Strict):
    """All that is known about one survey's questionnaire.

    ``codebook["annoyance_road"]`` is a :class:`Variable`; ``codebook.variables`` maps all names in the order
    of the questionnaire; ``codebook.sets`` maps each select-all set (and set of themes) to its variables.

    Raises
    ------
    CodebookError
        From :func:`read_codebook`, naming file and key.
    """

    survey: Name
    title: Text
    status: Text
    missing: dict[str, Reason] = {}
    scales: dict[str, Scale] = {}
    questions: dict[Name, Question]
    derived: dict[Name, Derived] = {}

    @model_validator(mode="after")
    def _coherent(self) -> Codebook:
        reasons = [*STANDARD_REASONS, *self.missing]
        roles: dict[str, str] = {}
        for key, question in self.questions.items():
            here = ("questions", key)
            if question.scale is not None and question.scale not in self.scales:
                raise Misfit((*here, "scale"), one_of("unknown scale", question.scale, self.scales))
            for field in ("missing", "missing_codes"):
                for reason in getattr(question, field):
                    if reason not in reasons:
                        raise Misfit((*here, field), one_of("undeclared reason", reason, dict.fromkeys(reasons)))
            if question.role is not None:
                if question.role in roles:
                    raise Misfit((*here, "role"), f"'{roles[question.role]}' has the role '{question.role}' already")
                roles[question.role] = key
        earlier: set[str] = set()
        for variable in self.variables.values():
            self._routed(variable, earlier)
            self._unambiguous(variable)
            earlier.add(variable.name)
        return self

    def _routed(self, variable: Variable, earlier: set[str]) -> None:
        """Refuse routing by what is not asked before, or by answers that do not exist."""
        for gate, answers in variable.asked_if.items():
            here = ("questions", variable.source, "asked_if")
            if gate not in earlier:
                raise Misfit(here, f"'{gate}' is not asked before it")
            known = [c.name for c in self.variables[gate].categories]
            for answer in answers:
                if answer not in known:
                    raise Misfit((*here, gate), one_of("unknown category", answer, known))

    def _unambiguous(self, variable: Variable) -> None:
        """Refuse a reason whose code could also be an answer, or two reasons with one code."""
        answers = {category.code for category in variable.categories}
        codes = list(variable.missing_codes.values())
        for reason, code in variable.missing_codes.items():
            number = variable.kind == "number" and variable.limits[0] <= code <= variable.limits[1]
            if code in answers or number or codes.count(code) > 1:
                here = ("questions", variable.source)
                raise Misfit(here, f"the code {code} of '{reason}' has another meaning too")

    def __getitem__(self, name: str) -> Variable:
        """Return the variable of that name, or raise with the nearest names."""
        if name not in self.variables:
            raise CodebookError(f"codebook {self.survey}: " + one_of("unknown variable", name, self.variables))
        return self.variables[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether the codebook has a variable of that name."""
        return name in self.variables

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """All variables by name, asked ones first, then derived ones, each after those that it rests on."""
        out: dict[str, Variable] = {}
        for key, question in self.questions.items():
            for variable in self._asked(key, question):
                if variable.name in out:
                    raise Misfit(("questions", key), f"two variables are named '{variable.name}'")
                out[variable.name] = variable
        for key, entry in self.derived.items():
            parts = [self._behind(key, name, out) for name in entry.names]
            for variable in derived_variables(key, entry, parts):
                if variable.name in out:
                    raise Misfit(("derived", key), f"two variables are named '{variable.name}'")
                out[variable.name] = variable
        return out

    def _behind(self, key: str, name: str, earlier: Mapping[str, Variable]) -> tuple[Variable, ...]:
        """Variables that `of` means by a name: the one so called, or the items of a battery or set."""
        if name in earlier:
            return (earlier[name],)
        found = tuple(v for v in earlier.values() if v.source == name and v.other_text_of is None)
        if not found:
            known = dict.fromkeys([*earlier, *(v.source for v in earlier.values())])
            raise Misfit(("derived", key, "of"), one_of("unknown variable", name, known))
        return found

    @cached_property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """Select-all sets and sets of themes: name -> names of their 0/1 variables."""
        several = {key for key, question in self.questions.items() if question.kind == "multiple"}
        several |= {key for key, entry in self.derived.items() if entry.kind in ("themes", "selected")}
        keys = dict.fromkeys(v.source for v in self.variables.values() if v.source in several)
        return {key: self.members(key) for key in keys}

    def members(self, name: str) -> tuple[str, ...]:
        """Names of the variables of a battery or set, texts of "other" left out."""
        found = tuple(v.name for v in self.variables.values() if v.source == name and v.other_text_of is None)
        if not found:
            known = [*self.questions, *self.derived]
            raise CodebookError(f"codebook {self.survey}: " + one_of("unknown question", name, known))
        return found

    def reason_labels(self, reason: str) -> Text:
        """Label of a reason for a missing answer: the codebook's own, or else that of the standard reason.

        Raises
        ------
        CodebookError
            The codebook has no such reason.

        Examples
        --------
        >>> from kzm_surveys.codebook import read_codebook
        >>> book = read_codebook("surveys/noise/codebook.toml")
        >>> book.reason_labels("no_such_source")["en"], book.reason_labels("not_asked")["en"]
        ('no such source here', 'question not asked')
        """
        if reason in self.missing:
            return self.missing[reason].label
        if reason not in STANDARD_REASONS:
            known = dict.fromkeys([*STANDARD_REASONS, *self.missing])
            raise CodebookError(f"codebook {self.survey}: " + one_of("unknown reason", reason, known))
        return reason_label(reason)

    def _asked(self, key: str, question: Question) -> Iterator[Variable]:
        """Variables of a question: one, or one per item and one per text of "other"."""
        codes = {reason: self.missing[reason].code for reason in question.missing if reason in self.missing}
        codes |= question.missing_codes
        common: dict[str, Any] = {
            "source": key,
            "question": question.question,
            "asked_if": question.asked_if,
            "missing_codes": {reason: code for reason, code in codes.items() if code is not None},
        }
        scale = self.scales[question.scale] if question.scale else None
        categories = scale.categories if scale else question.categories
        ordered = scale.ordered if scale else question.ordered
        if question.kind == "single":
            yield Variable(name=key, kind="categorical", label=question.label, categories=categories,
                           ordered=ordered, **common)  # fmt: skip
        elif question.kind in ("number", "date", "text"):
            limits = {field: getattr(question, field) for field in ("minimum", "maximum", "earliest", "latest", "role")}
            yield Variable(name=key, kind=question.kind, label=question.label, **limits, **common)
        for item in question.items:
            name = f"{key}_{item.name}"
            yield Variable(name=name, kind="categorical", label=item.label, item=item.name,
                           exclusive=item.exclusive, other=item.other, categories=categories or selection("selected"),
                           ordered=ordered and bool(categories), **common)  # fmt: skip
            if item.other:
                gate = {"asked_if": {**question.asked_if, name: (SELECTED,)}, "missing_codes": {}}
                label = catalogue.in_every_language("labels.other_text")
                yield Variable(name=f"{name}_text", kind="text", label=label, item=item.name, other_text_of=name,
                               **(common | gate))  # fmt: skip
