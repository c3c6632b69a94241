"""Response, cooperation, refusal and contact rates after AAPOR, from counts in ``wave.toml`` or 1KA's statuses.

Formulas: AAPOR, Standard Definitions, 9th edition (2016), chapter on calculating rates; the same as in the R package
outcomerate, whose printed example is a test. What 1KA's statuses mean: its open source (bleifrei/1ka, November 2021).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import NamedTuple

import pandas as pd

from kzm_surveys.errors import DataError, EstimationError, one_of, rows_by_id
from kzm_surveys.survey import Survey
from kzm_surveys.wave import Dispositions, Wave

#: AAPOR's letters and the counts of :class:`kzm_surveys.wave.Dispositions` they stand for.
LETTERS = {
    "I": "complete", "P": "partial", "R": "refusal", "NC": "non_contact", "O": "other",
    "UH": "unknown_household", "UO": "unknown_other", "NE": "not_eligible",
}  # fmt: skip
#: What the formulas abbreviate: known to be eligible, and eligibility unknown.
ABBREVIATIONS = "D = I + P + R + NC + O, U = UH + UO"
#: Numerator and denominator of each rate.
FORMULAS = {
    "RR1": ("I", "D + U"),
    "RR2": ("I + P", "D + U"),
    "RR3": ("I", "D + eU"),
    "RR4": ("I + P", "D + eU"),
    "RR5": ("I", "D"),
    "RR6": ("I + P", "D"),
    "COOP1": ("I", "I + P + R + O"),
    "COOP2": ("I + P", "I + P + R + O"),
    "COOP3": ("I", "I + P + R"),
    "COOP4": ("I + P", "I + P + R"),
    "REF1": ("R", "D + U"),
    "REF2": ("R", "D + eU"),
    "REF3": ("R", "D"),
    "CON1": ("I + P + R + O", "D + U"),
    "CON2": ("I + P + R + O", "D + eU"),
    "CON3": ("I + P + R + O", "D"),
}


class Outcome(NamedTuple):
    """What a kind of 1KA unit counts as: AAPOR's code, the field of Dispositions, and why."""

    aapor: str
    counted_as: str
    reason: str


#: Every unit of a 1KA export that is not a test has exactly one line. Units with status 5 (a page posted) or 6 (end
#: reached) go by their usability, or to "lurker" if they hold no answer; all others go by their status. The lines with
#: "as 1KA" are those of 1KA's own page on response rates.
ENKA_OUTCOMES = {
    "usable": Outcome("1.1", "complete", "as 1KA: usability (UCL) of 80 % or more"),
    "partly_usable": Outcome("1.2", "partial", "as 1KA: usability of 50 to under 80 %"),
    "unusable": Outcome("2.12", "refusal", "broke off, under 50 %; 1KA's page loses these by a misspelt key"),
    "lurker": Outcome("2.1121", "refusal", "went through pages and answered nothing; 1KA's page counts them nowhere"),
    "4": Outcome("2.1121", "refusal", "as 1KA: reached the first page, no item answered"),
    "3": Outcome("2.1121", "refusal", "as 1KA: reached the introduction, no item answered"),
    "2": Outcome("3.11", "unknown_household", "as 1KA: the invitation could not be sent"),
    "1": Outcome("3.19", "unknown_household", "as 1KA: invited, nothing came back"),
    "0": Outcome("3.11", "unknown_household", "as 1KA: no invitation was sent"),
    "-1": Outcome("3.90", "unknown_other", "1KA does not know the status, and its page counts them nowhere"),
}

_INVENTED = "The counts are invented."
_OPT_IN = "Opt-in: there is no sample, so these are shares of those who opened the questionnaire, not response rates."
_ONLY_VALID = (
    "The export holds no unit with status below 5: those who opened the questionnaire and left are missing, so the "
    "rates come out too high and are not response rates. Export all units from 1KA."
)
_NOT_INVITED = (
    "1KA sent no invitations: those who never opened the questionnaire are missing, so the rates come out too high and "
    "are not response rates. Put the counts of the whole sample in [dispositions] of wave.toml."
)


class OutcomeRate(NamedTuple):
    """One rate on 0-1; `value` is None where the denominator is empty, both where e is needed and unknown."""

    rate: str
    value: float | None
    numerator: int
    denominator: float | None
    formula: str


@dataclass(frozen=True)
class OutcomeRates:
    """AAPOR's rates of one wave.

    Attributes
    ----------
    dispositions
        The counts; ``dispositions.invented`` says whether they are.
    e
        Share of the units of unknown eligibility that is counted as eligible, 0-1; None if it cannot be estimated.
    e_given
        `e` was given; otherwise it is D / (D + NE).
    rows
        One :class:`OutcomeRate` per rate, RR1 to RR6, COOP1 to COOP4, REF1 to REF3, CON1 to CON3.
    note
        What the rates are not, in a sentence or a few; empty if there is nothing to say.
    """

    dispositions: Dispositions
    e: float | None
    e_given: bool
    rows: tuple[OutcomeRate, ...]
    note: str

    def __getitem__(self, rate: str) -> float | None:
        """Value of the rate with this name, on 0-1; None if there is no such rate for these counts."""
        for row in self.rows:
            if row.rate == rate:
                return row.value
        raise EstimationError(one_of("unknown outcome rate", rate, FORMULAS))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rates as a frame with columns ``rate value numerator denominator formula``; <NA> where there is none."""
        dtypes = {"rate": "str", "value": "Float64", "numerator": "int64", "denominator": "Float64", "formula": "str"}
        return pd.DataFrame(self.rows, columns=list(dtypes)).astype(dtypes)

    @property
    def legend(self) -> str:
        """The counts, what the letters mean, and e."""
        counts = ", ".join(f"{letter} {getattr(self.dispositions, field)}" for letter, field in LETTERS.items())
        known = "unknown" if self.e is None else f"{self.e:.4f} ({'given' if self.e_given else 'D / (D + NE)'})"
        return f"{counts}; {ABBREVIATIONS}; e = {known}"

    def __repr__(self) -> str:
        lines = [self.frame.to_string(index=False), f"[{self.legend}]", self.note]
        return "\n".join(line for line in lines if line)


def outcome_rates(source: Dispositions | Wave | Survey, e: float | None = None) -> OutcomeRates:
    """Compute AAPOR's outcome rates RR1-RR6, COOP1-COOP4, REF1-REF3 and CON1-CON3.

    With D = I + P + R + NC + O (eligible) and U = UH + UO (eligibility unknown), RR1 = I / (D + U),
    RR3 = I / (D + eU), RR5 = I / D; RR2, RR4, RR6 count partial interviews too. See :data:`FORMULAS` for the rest.

    Parameters
    ----------
    source
        Counts; or a wave with ``[dispositions]``; or a survey: its wave's ``[dispositions]``, and if there are none
        the units of its 1KA export by :data:`ENKA_OUTCOMES`.
    e
        Share of U that is eligible, 0-1; by default estimated as D / (D + NE), which supposes that units of unknown
        eligibility are like the others. NE is never known from 1KA, which makes e = 1 there.

    Returns
    -------
    OutcomeRates
        A rate with an empty denominator is None. ``note`` says when these are not response rates (opt-in samples,
        exports without nonrespondents) and when the counts are invented.

    Raises
    ------
    DataError
        The source holds neither counts nor 1KA statuses.
    EstimationError
        `e` is not between 0 and 1, or `source` is something else.

    References
    ----------
    AAPOR, Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys, 9th edition, 2016.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> rates = kzm.outcome_rates(kzm.load("surveys/noise/2021"), e=0.5)
    >>> round(rates["RR4"], 4)  # (508 + 21) / (4284 + 0.5 * 640)
    0.1149
    >>> rates.note
    'The counts are invented.'
    """
    if e is not None and not (isinstance(e, Real) and 0 <= e <= 1):
        raise EstimationError(f"e is {e!r}; it is a share between 0 and 1. Leave it out to have it estimated.")
    dispositions, notes = _counts(source)
    counts = {letter: getattr(dispositions, field) for letter, field in LETTERS.items()}
    eligible = sum(counts[letter] for letter in ("I", "P", "R", "NC", "O"))
    unknown = counts["UH"] + counts["UO"]
    known = eligible + counts["NE"]
    used = e if e is not None else eligible / known if known else None
    terms = counts | {"D": eligible, "U": unknown, "eU": math.nan if used is None else used * unknown}
    rows = []
    for rate, (above, below) in FORMULAS.items():
        numerator, denominator = (sum(terms[term] for term in part.split(" + ")) for part in (above, below))
        value = numerator / denominator if denominator > 0 else None
        formula = " / ".join(f"({part})" if "+" in part else part for part in (above, below))
        rows.append(OutcomeRate(rate, value, numerator, None if math.isnan(denominator) else denominator, formula))
    if dispositions.invented:
        notes.append(_INVENTED)
    return OutcomeRates(dispositions, used, e is not None, tuple(rows), " ".join(notes))


def _counts(source: Dispositions | Wave | Survey) -> tuple[Dispositions, list[str]]:
    """Counts of a source, and what must be said about them."""
    if isinstance(source, Dispositions):
        return source, []
    if not isinstance(source, Wave | Survey):
        raise EstimationError(
            f"outcome rates need a survey, a wave or its dispositions, not a {type(source).__name__}. "
            "Give what kzm.load returns."
        )
    wave = source.wave if isinstance(source, Survey) else source
    opt_in = wave.sampling.kind == "opt_in"
    notes = [_OPT_IN] if opt_in else []
    if wave.dispositions is not None:
        return wave.dispositions, notes
    # Files of other kinds can have units too, with day and length of the interview but without statuses.
    if isinstance(source, Survey) and source.units is not None and "usability" in source.units:
        status = source.units["status"][~source.units["test"]].fillna(-1)
        if status.ge(5).all():
            notes.append(_ONLY_VALID)
        elif not opt_in and not status.isin([0, 1, 2]).any():
            notes.append(_NOT_INVITED)
        return dispositions_from_units(source.units, invented=source.source.synthetic), notes
    also = f", and {source.source.file} no 1KA statuses" if isinstance(source, Survey) else ""
    raise DataError(
        f"{wave.name}: wave.toml has no [dispositions]{also}. Add the counts ({', '.join(LETTERS.values())}) to "
        "wave.toml, or load a 1KA export of data and paradata."
    )


def dispositions_from_units(units: pd.DataFrame, *, invented: bool = False) -> Dispositions:
    """Count the units of a 1KA export by AAPOR's classes, as :data:`ENKA_OUTCOMES` says; test units are left out.

    Parameters
    ----------
    units
        One row per unit in the file (``survey.units``); columns ``status`` (-1 to 6, NA unknown), ``lurker`` and
        ``test`` (bool), ``usability`` ("usable", "partly_usable" or "unusable" by 1KA's UCL, limits 50 and 80 %).
    invented
        The units are synthetic.

    Returns
    -------
    Dispositions
        Non-contacts, others and not eligible are 0: 1KA does not know them.

    Raises
    ------
    DataError
        No unit has a status, or units have a status or a usability that 1KA does not have.

    Examples
    --------
    >>> import pandas as pd
    >>> units = pd.DataFrame({
    ...     "status": [6, 5, 5, 6, 3, 1],
    ...     "lurker": [False, False, False, True, True, True],
    ...     "test": False,
    ...     "usability": ["usable", "partly_usable", "unusable", "unusable", "unusable", "unusable"],
    ... })
    >>> counts = dispositions_from_units(units)
    >>> counts.complete, counts.partial, counts.refusal, counts.unknown_household
    (1, 1, 3, 1)
    """
    if len(units) and units["status"].isna().all():
        raise DataError(
            "1KA units: none has a status, so there are no outcome rates. Export data and paradata from 1KA."
        )
    real = units[~units["test"]]
    status = real["status"].fillna(-1).astype("int64")
    answered = status.isin([5, 6])
    kind = (
        status.astype("str").mask(answered, real["usability"].astype("str")).mask(answered & real["lurker"], "lurker")
    )
    unmapped = ~kind.isin(list(ENKA_OUTCOMES))
    if unmapped.any():
        raise DataError(
            f"1KA units: {rows_by_id(real.index[unmapped])}: a status that is not -1 to 6, or status 5 or 6 without a "
            "usability. Check the column Status of the export, and export it again from 1KA."
        )
    count = kind.map({name: outcome.counted_as for name, outcome in ENKA_OUTCOMES.items()}).value_counts()
    return Dispositions(invented=invented, **{name: int(number) for name, number in count.items()})
