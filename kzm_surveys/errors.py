"""The errors that users of the package see: what, where, what was found, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


class KzmError(Exception):
    """Any problem that the user can put right. The message is one plain sentence or two.

    Examples
    --------
    >>> raise KzmError("noise 2021: margins for 'age_group' lack category '62_plus'.")
    Traceback (most recent call last):
        ...
    kzm_surveys.errors.KzmError: noise 2021: margins for 'age_group' lack category '62_plus'.
    """


class CodebookError(KzmError):
    """A TOML file of facts (codebook, wave, published, synthesis) says something that cannot be."""


class UnfilledError(CodebookError):
    """A TOML file that ``kzm new`` made has facts still to be filled in; `content` is what stands in it."""

    def __init__(self, message: str, content: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.content = content


class DataError(KzmError):
    """A data file is missing, damaged, not the one named, or disagrees with its codebook.

    ``problems`` holds the single findings, for programs; the message lists them all.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class WeightingError(KzmError):
    """Weights that cannot be made as asked."""


class EstimationError(KzmError):
    """An estimate or a test that the design or the variable does not allow."""


class FindingError(KzmError):
    """A sentence, table, figure or document that must not be written as it stands."""


class WithheldError(FindingError):
    """A finding rests on too few answers to be printed; the report says so in its place."""


@dataclass(frozen=True)
class Problem:
    """One finding of ``kzm.check``: never an answer, at most the ids of the rows.

    Examples
    --------
    >>> print(Problem("error", "annoyance_port", "code 6 is not in the codebook", "1 row: id 17",
    ...               "add the category or correct the file"))
    error: annoyance_port: code 6 is not in the codebook (1 row: id 17). To do: add the category or correct the file.
    """

    severity: Severity
    variable: str
    found: str
    where: str
    to_do: str

    def as_json(self) -> dict[str, object]:
        """The finding with the ids of all its rows, as JSON can hold it."""
        ids = [i if isinstance(i, str) else int(str(i)) for i in getattr(self.where, "ids", ())]
        return {"severity": self.severity, "variable": self.variable, "found": self.found, "where": str(self.where),
                "rows": ids, "to_do": self.to_do}  # fmt: skip

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.severity}: {self.variable}: {self.found}{place}. To do: {self.to_do}."


def one_of(what: str, found: object, allowed: Iterable[object]) -> str:
    """Say that `found` is not among `allowed`, with the nearest allowed name if one is near.

    Examples
    --------
    >>> one_of("unknown column", "sexx", ["sex", "age"])
    "unknown column 'sexx'; did you mean 'sex'? Allowed: sex, age"
    """
    names = [str(name) for name in allowed]
    near = difflib.get_close_matches(str(found), names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    shown = ", ".join(names[:25]) + (f" and {len(names) - 25} more" if len(names) > 25 else "")
    named = f"'{found}'" if isinstance(found, str) or str(found) not in names else f"{found!r} ({type(found).__name__})"
    return f"{what} {named}{hint} Allowed: {shown}"


class Rows(str):
    """Rows named by respondent id, as text that shows the first few; `ids` holds all of them."""

    __slots__ = ("ids",)
    ids: tuple[object, ...]


def rows_by_id(ids: Iterable[object], most: int = 8) -> Rows:
    """Name rows by respondent id; the text shows the first few.

    Examples
    --------
    >>> rows_by_id([17, 20])
    '2 rows: id 17, 20'
    >>> rows_by_id(range(100)).ids[-1]
    99
    """
    all_ids = tuple(ids)
    more = f" and {len(all_ids) - most} more" if len(all_ids) > most else ""
    shown = ", ".join(str(i) for i in all_ids[:most])
    rows = Rows(f"{len(all_ids)} row{'s' if len(all_ids) != 1 else ''}: id {shown}{more}")
    rows.ids = all_ids
    return rows
