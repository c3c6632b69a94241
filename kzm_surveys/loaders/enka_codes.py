"""Missing codes of 1KA: which there are, what they mean, and where one may be an answer that somebody typed.

Facts from the open source of 1KA (bleifrei/1ka, November 2021; class.SurveyMissingValues, class.SurveyDataCollect).
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.reasons import MISSING_LABELS, plain

BoolArray = npt.NDArray[np.bool_]

#: 1KA's default set; -96 is not in it, and owners of a survey may renumber it and add codes.
MISSING_CODES: dict[int, str] = {
    -1: "no_answer", -2: "not_asked", -3: "break_off", -4: "added_later", -5: "empty_unit",
    -97: "not_applicable", -98: "refused", -99: "dont_know",
}  # fmt: skip
#: Written with these codes also after the owner renumbered the set: unticked "other", break-off, a second "Ne vem".
_NEVER_RENUMBERED = (-2, -3, -99)
#: Reasons of 1KA's type 2: the respondent chose an option that says nothing of substance.
NONSUBSTANTIVE = ("not_applicable", "refused", "dont_know")
#: What a question cell may be besides a missing code; "unnamed" is a code whose label 1KA does not know.
ANSWER, BLANK, UNNAMED = "answer", "blank", "unnamed"


def missing_codes(labels: Mapping[int, str], given: Mapping[str, int]) -> tuple[dict[int, str], dict[int, str]]:
    """Code -> reason for one file, and the codes whose label is not one of 1KA's.

    Parameters
    ----------
    labels
        Code -> label of the missing codes in the file; empty if the file does not tell, which means the default set.
    given
        ``[data] missing_codes`` of ``wave.toml``: reason -> code.

    Returns
    -------
    tuple
        ``codes``: a label that 1KA knows decides; a code of the default set with another label keeps its reason,
        unless the file gives that reason to another code.
        ``unnamed``: code -> label of all that have another label.

    Examples
    --------
    >>> missing_codes({-1: "Ni odgovoril", -10: "Don&#39;t know", -50: "Ni zame"}, {})
    ({-1: 'no_answer', -10: 'dont_know', -2: 'not_asked', -3: 'break_off', -99: 'dont_know'}, {-50: 'Ni zame'})
    """
    known = {plain(label): reason for label, reason in MISSING_LABELS.items()}
    codes = {} if labels else dict(MISSING_CODES)
    said = {code: known.get(plain(re.sub("[`’]", "'", html.unescape(label)))) for code, label in labels.items()}
    codes |= {code: reason for code, reason in said.items() if reason is not None}
    unnamed = {code: labels[code] for code, reason in said.items() if reason is None}
    for code in unnamed:
        usual = MISSING_CODES.get(code)
        if usual is not None and usual not in said.values():
            codes[code] = usual
    for code in _NEVER_RENUMBERED:
        codes.setdefault(code, MISSING_CODES[code])
    replaced = {code for code, reason in codes.items() if reason in given and code not in _NEVER_RENUMBERED}
    codes = {code: reason for code, reason in codes.items() if code not in replaced}
    codes |= {code: reason for reason, code in given.items()}
    return codes, {code: label for code, label in unnamed.items() if code not in given.values()}


@dataclass(frozen=True)
class Why:
    """What each question cell of each unit is: `of` (units, columns) holds positions in `kinds`."""

    kinds: tuple[str, ...]
    of: npt.NDArray[np.int8]

    def are(self, *kinds: str) -> BoolArray:
        """Mask of the cells of these kinds."""
        return np.isin(self.of, [self.kinds.index(kind) for kind in kinds if kind in self.kinds])

    def others(self, *kinds: str) -> BoolArray:
        """Mask of the cells of all other kinds."""
        return ~self.are(*kinds)


def classify(answers: pd.DataFrame, codes: Mapping[int, str], unnamed: Collection[int] = ()) -> Why:
    """Tell answers, empty cells and missing codes apart.

    Only the very text of a code is one in cells of text: ``-1.0`` is an answer.
    """
    meaning = dict.fromkeys(unnamed, UNNAMED) | dict(codes)
    kinds = (ANSWER, BLANK, *dict.fromkeys(meaning.values()))
    by_number = {float(code): kinds.index(kind) for code, kind in meaning.items()}
    by_text = {str(code): kinds.index(kind) for code, kind in meaning.items()} | {"": kinds.index(BLANK)}
    of = np.zeros(answers.shape, np.int8)
    for place in range(answers.shape[1]):
        column = answers.iloc[:, place]
        known: Mapping[float, int] | Mapping[str, int]
        known = by_number if pd.api.types.is_numeric_dtype(column) else by_text
        position, distinct = pd.factorize(column)  # -1 where the cell is NaN
        of[:, place] = np.array([*(known.get(cell, 0) for cell in distinct), kinds.index(BLANK)], np.int8)[position]
    return Why(kinds, of)


def broken_off_tail(why: Why) -> BoolArray:
    """Mask of the "broke off" cells with nothing else behind them: 1KA writes this code only as a tail of questions."""
    return np.logical_and.accumulate(why.are("break_off")[:, ::-1], axis=1)[:, ::-1]


def text_columns(answers: pd.DataFrame, why: Why, given: Collection[str]) -> list[str]:
    """Columns of open answers: those given; if none are, those that hold an answer which is no number."""
    if given:
        return [name for name in answers if name in given]
    out = []
    answered = why.are(ANSWER)
    for place, name in enumerate(answers):
        column = answers[name]
        if pd.api.types.is_numeric_dtype(column):
            continue
        distinct = column[answered[:, place]].unique()
        if name.endswith("_text") or not all(re.fullmatch(r"-?\d+([.,]\d+)?", str(text)) for text in distinct):
            out.append(name)
    return out


def doubtful_codes(
    answers: pd.DataFrame, why: Why, codes: Mapping[int, str], texts: Collection[str], completed: BoolArray
) -> Iterator[Problem]:
    """Open answers that equal a missing code where 1KA would not have written it.

    1KA writes its codes into text columns too, so a typed "-1" cannot be told from the code. Most are the code: what
    is reported is a code in a place where the server does not put it by its own rules (SurveyDataCollect):

    - "broke off" in a completed unit, or with an answer or another code behind it: 1KA writes it for whole questions
      after the last one seen;
    - "empty unit" beside any cell that is neither that nor "added later";
    - "don't know", "refused" and "not applicable", which a text question rarely offers. The text of an "other" option
      has them where its question has;
    - the text of a checkbox option: "no answer" although the option is not ticked (1KA writes "skipped"), or
      "skipped" although it is ticked. The text of a grid row: another code than the row's, or a code other than "no
      answer" although the row is answered. The text of a radio option: another code than the question's.

    "No answer" and "added later" in an ordinary text column are never doubtful; "skipped" where the routing leads to
    the question is left to the codebook. Answers that 1KA itself altered (it replaces ``-2`` by ``-5`` in texts of
    invalid units, and ``-2d`` by ``-2`` in all) cannot be found.

    Parameters
    ----------
    answers, why
        Question cells of the respondents, and what they are.
    codes
        Code -> reason.
    texts
        Names of the text columns.
    completed
        (n,) units with status 6.
    """
    tail = broken_off_tail(why)
    names = list(answers)
    whole_unit_empty = why.are("empty_unit", "added_later").all(axis=1)
    for name in texts:
        place = names.index(name)
        here = Why(why.kinds, why.of[:, place])
        doubtful = here.are("break_off") & (completed | ~tail[:, place])
        doubtful |= here.are("empty_unit") & ~whole_unit_empty
        if (parent := _parent(name, names)) is None:
            doubtful |= here.are(*NONSUBSTANTIVE)
        else:
            above = Why(why.kinds, why.of[:, names.index(parent)])
            value = pd.to_numeric(answers[parent], errors="coerce").to_numpy(np.float64, na_value=np.nan)
            doubtful |= _against_parent(here, above, value, radio=name != f"{parent}_text")
        for code, reason in codes.items():
            if (hit := doubtful & (answers[name] == str(code)).to_numpy(np.bool_)).any():
                yield Problem(
                    "warning", name,
                    f"{code} stands in a text column where 1KA does not write it; it may have been typed, and was read "
                    f"as '{reason}'", rows_by_id(answers.index[hit]),
                    "look these units up in 1KA; no kind of export tells a typed code from a missing one",
                )  # fmt: skip


def _against_parent(here: Why, above: Why, value: npt.NDArray[np.float64], *, radio: bool) -> BoolArray:
    """Codes in the text of an "other" option that do not go with the option, the row or the question above it."""
    missing, answered = here.others(ANSWER, BLANK, UNNAMED), above.are(ANSWER)
    differs = missing & above.others(ANSWER, BLANK, UNNAMED) & (here.of != above.of)
    if radio or not answered.any():
        return differs if radio else here.are(*NONSUBSTANTIVE) & differs
    if np.isin(value[answered], (0, 1)).all():  # a checkbox
        ticked = answered & (value == 1)
        wrong = here.are("no_answer") & ~ticked | here.are("not_asked") & ticked | here.are(*NONSUBSTANTIVE)
        return wrong | here.are("break_off") & above.others("break_off")
    return differs | missing & answered & here.others("no_answer")


def _parent(name: str, names: Collection[str]) -> str | None:
    """Column that an "other" text belongs to: ``Q2c`` for ``Q2c_text``, ``Q1`` for ``Q1_3_text``."""
    stem = name.removesuffix("_text")
    candidates = (stem, re.sub(r"_\d+$", "", stem)) if stem != name else ()
    return next((candidate for candidate in candidates if candidate in names), None)
