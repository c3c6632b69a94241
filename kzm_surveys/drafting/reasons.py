"""Names for the missing codes of a file: a known reason by its label, or a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kzm_surveys.codebook import STANDARD_REASONS, reason_label
from kzm_surveys.drafting.columns import KNOWN_REASONS, Missing
from kzm_surveys.drafting.names import code_name, fresh, slug
from kzm_surveys.drafting.toml_writer import both
from kzm_surveys.loaders.reasons import plain


class Reason(NamedTuple):
    """A reason to declare: its usual code (None: no code of its own), its label, and whether that is the file's."""

    name: str
    code: int | None
    label: dict[str, str]
    told: bool


class Reasons:
    """The reasons of a codebook, as columns bring them up: one label is one reason throughout.

    Examples
    --------
    >>> reasons = Reasons()
    >>> reasons.of([Missing(97, "tega vira tu ni"), Missing(98, "Ne vem"), Missing(99, "")])
    {'tega_vira_tu_ni': 97, 'dont_know': 98, 'missing_99': 99}
    >>> reasons.of([Missing(998, "ne vem")])
    {'dont_know': 998}
    >>> [(reason.name, reason.code, reason.label["en"]) for reason in reasons.declared()]
    [('tega_vira_tu_ni', 97, 'tega vira tu ni'), ('dont_know', 98, "don't know"), ('missing_99', 99, 'code 99')]
    """

    def __init__(self) -> None:
        self._by_label: dict[object, str] = {}
        self._labels: dict[str, dict[str, str]] = {}
        self._codes: dict[str, Counter[int]] = {}
        self._told: set[str] = set()

    def of(self, entries: Sequence[Missing]) -> dict[str, int | None]:
        """Reason -> code for one column; two codes of a column have two reasons."""
        out: dict[str, int | None] = {}
        for code, label in entries:
            known = KNOWN_REASONS.get(plain(label))
            if known in out:
                known = None
            sign = label.casefold() or code
            name = known or self._by_label.get(sign)
            if name is None or name in out:
                wanted = slug(label) or code_name("missing", code)
                name = fresh(wanted, [*STANDARD_REASONS, *self._labels])
            self._by_label.setdefault(sign, name)
            english = {"en": reason_label(known)["en"]} if known else {}
            texts = both(label) | english if label else {"sl": f"koda {code}", "en": f"code {code}"}
            self._labels.setdefault(name, texts)
            self._told |= {name} if label else set()
            codes = self._codes.setdefault(name, Counter())
            if code is not None:
                codes[code] += 1
            out[name] = code
        return out

    def declared(self) -> Iterator[Reason]:
        """All reasons, each with the code that most columns give to it; no code stands for two reasons."""
        taken: set[int] = set()
        for name, codes in sorted(self._codes.items(), key=lambda item: min(item[1], default=0)):
            usual = next((code for code, _ in codes.most_common() if code not in taken), None)
            taken |= {usual} if usual is not None else set()
            yield Reason(name, usual, self._labels[name], name in self._told)
