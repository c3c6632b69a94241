"""A finding that compares groups: it says "differs" only where the test of the design does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.estimation.multiplicity import Correction, adjust_p_values
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.findings.claims import name_of_test
from kzm_surveys.findings.distinct import ALPHA
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.ordered import Measured, Ordered, labels, measure, measured, ordered, reference, told
from kzm_surveys.findings.text import Piece, Reference, Text, join
from kzm_surveys.findings.voice import Voice
from kzm_surveys.plots.protected import beside_others

#: So many groups of the same share are named; of more it is said how many they are.
_MOST_TIED = 3


@dataclass(frozen=True)
class Compared:
    """Shares or means by the groups of one break, and the test that they are alike; None where there is no test.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> shares = kzm.proportion(design, "annoyance_port", by="place_type", categories=["very", "extremely"])
    >>> Compared(shares, kzm.crosstab(design, "highly_annoyed_port", "place_type").test).by
    'place_type'
    """

    estimates: Estimates
    test: TestResult | None = None

    @property
    def by(self) -> str:
        """The break.

        Raises
        ------
        FindingError
            The estimates are not by groups, or several stand for a group.
        """
        breaks = dict.fromkeys(self.estimates.columns["by"].tolist())
        groups = self.estimates.columns["by_category"].tolist()
        by = next(iter(breaks)) if len(breaks) == 1 else None
        if by is None or len(set(groups)) < len(groups):
            found = ", ".join(str(name) for name in breaks) or "nothing"
            raise FindingError(
                "a comparison needs one share or mean per group of one variable, as of proportion(..., by=..., "
                f"categories=[...]) or mean(..., by=...); found {len(groups)} estimates by {found}."
            )
        return str(by)


def comparison(
    voice: Voice,
    id: str,
    compared: Sequence[Compared],
    *,
    correction: Correction = "holm",
    see: Reference | None = None,
) -> Finding:
    """Say by which breaks a share or mean differs, with its highest and lowest group, and by which it does not.

    Parameters
    ----------
    voice, id
        The voice, with the words ``measure`` ("Delež prebivalcev, ki jih hrup pristanišča moti,"), for each break
        ``by.<break>`` ("po tipu kraja"), and for the box of key findings ``key`` with {high}, {most}, {low}, {least}.
    compared
        One per break, all of the same share or mean. The p-values of their tests are corrected together.
    correction
        Of the p-values for the number of breaks.
    see
        Table or figure with all groups.

    Raises
    ------
    WithheldError
        No group may be printed.
    FindingError
        Not one share or mean per group, several measures, a test of another break, estimates of another design.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> texts = {"port.measure": "Delež prebivalcev, ki jih pristanišče moti,", "by.place_type": "po tipu kraja"}
    >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
    >>> shares = kzm.proportion(design, "annoyance_port", by="place_type", categories=["very", "extremely"])
    >>> test = kzm.crosstab(design, "highly_annoyed_port", "place_type").test
    >>> print(comparison(voice, "port", [Compared(shares, test)]).text)
    Delež prebivalcev, ki jih pristanišče moti, se po tipu kraja razlikuje in je najvišji v skupini »mesto« (...).
    Razlika je statistično značilna (Rao–Scottov preizkus, ...).
    """
    _check(voice, id, compared)
    kind = measured(voice, id, [row for each in compared for row in each.estimates])
    for each in compared:
        _check_test(voice, id, kind, each)
    p = adjust_p_values([each.test.p_value if each.test else math.nan for each in compared], method=correction)
    corrected = "" if np.isfinite(p).sum() < 2 else str(voice.text(f"finding.corrected_{correction}"))
    # Another break tells the total, so a single withheld group would be what the others leave.
    parts = beside_others([each.estimates for each in compared])
    breaks = [
        _Break(voice, id, kind, Compared(part, each.test), float(q), corrected)
        for each, part, q in zip(compared, parts, p, strict=True)
        if any(row.printable for row in part)
    ]
    if not breaks:
        raise WithheldError(f"{voice.survey.wave.name}: '{id}': too few answers stand behind every group.")
    apart = [each for each in breaks if each.p < ALPHA]
    alike = [each for each in breaks if each.p >= ALPHA]
    untested = [each for each in breaks if math.isnan(each.p)]
    subject, within = measure(voice, id, kind)
    this = voice.text(f"finding.this_{kind}")
    sentences: list[Piece] = []

    def add(key: str, **values: Piece) -> None:
        sentences.append(voice.text(f"finding.{key}", see=reference(voice, None if sentences else see), **values))

    for one in apart:
        if sentences:
            add("differs_also", measure=this, by=one.by, test=one.test, ends=one.ends)
        else:
            add("differs", measure=subject, by=one.by, test=one.test, ends=one.ends)
    for one in untested:
        add("described", measure=this if sentences else subject, by=one.by, ends=one.ends)
    if alike:
        by = voice.enumerated([one.by for one in alike])
        test = alike[0].test if len(alike) == 1 else _tests(voice, alike)
        if sentences:
            add("no_difference_also", by=by, test=test)
        else:
            add("no_difference", within=within, by=by, test=test)
    if untested and voice.design.infers:
        sentences.append(voice.text("finding.not_tested", by=voice.enumerated([one.by for one in untested])))
    elif untested:
        sentences.append(voice.text("finding.not_tested_opt_in"))
    if len(breaks) < len(compared) or any(one.order.withheld for one in breaks):
        sentences.append(voice.text("finding.some_groups_withheld"))
    rows = [row for one in breaks for row in one.order.rows]
    return Finding(id, join(sentences), rows, apart[0].key if apart else None)


def _check(voice: Voice, id: str, compared: Sequence[Compared]) -> None:
    """Refuse nothing, a break twice, and several shares."""
    where = f"{voice.survey.wave.name}: '{id}'"
    if not compared:
        raise FindingError(f"{where} compares nothing.")
    breaks = [each.by for each in compared]
    if len(set(breaks)) < len(breaks):
        raise FindingError(f"{where} compares by one variable twice: {', '.join(breaks)}.")
    found = {(row.variable, row.category, row.where) for each in compared for row in each.estimates}
    if len(found) > 1:
        names = ", ".join(sorted(".".join(part for part in one if part) for one in found))
        raise FindingError(f"{where} compares several shares or means ({names}); make a finding of each.")


def _check_test(voice: Voice, id: str, kind: Measured, each: Compared) -> None:
    """Refuse a test that is not of these shares or means by this break."""
    test, by = each.test, each.by
    if test is None:
        return
    where = f"{voice.survey.wave.name}: '{id}'"
    if not voice.design.infers:
        raise FindingError(f"{where}: the sample is opt-in, so there is no test of it; found {test.method}.")
    if test.of and by not in test.of.split():
        raise FindingError(f"{where}: the estimates are by '{by}', the test is of {test.of}.")
    of_table = name_of_test(test) in ("rao_scott", "wald")
    if kind == "mean" and of_table:
        raise FindingError(f"{where}: means are tested by ttest or ranktest, found {test.method}.")
    variable = test.of.partition(" ")[0]
    if kind == "share" and of_table and variable in voice.codebook and len(voice.codebook[variable].categories) > 2:
        raise FindingError(
            f"{where}: the test is of all answers to '{variable}', not of the share that is compared. Derive a "
            "variable of two categories in codebook.toml and test that."
        )


class _Break:
    """What is said of one break."""

    def __init__(self, voice: Voice, id: str, kind: Measured, compared: Compared, p: float, corrected: str) -> None:
        self.voice, self.id, self.kind, self.p, self.corrected = voice, id, kind, p, corrected
        self.compared = compared
        self.by = voice.words[f"by.{compared.by}"]
        self.order = ordered(voice, compared.estimates, shown=1)
        self.lowest = ordered(voice, compared.estimates, shown=1, least=True)
        self.names = labels(voice, compared.estimates.rows)

    @property
    def test_word(self) -> Text:
        """Name of the test."""
        assert self.compared.test is not None
        return self.voice.text(f"finding.{name_of_test(self.compared.test)}")

    @property
    def statistic(self) -> Text:
        """Return "F(1,88; 905) = 14,28; p < 0,001"."""
        test, row = self.compared.test, self.order.rows[0]
        assert test is not None
        what: dict[str, Any] = {"variable": row.variable, "by": row.by, "category": row.category, "where": row.where}
        n = sum(each.n for each in self.compared.estimates)
        p = self.voice.p_value(self.p, f"{self.id}.p", n=n, **what) if self.corrected else None
        return self.voice.test(test, n=n, p=p, **what)

    @property
    def test(self) -> Text:
        """Name, statistic and p-value of the test."""
        return join([self.test_word, ", ", self.statistic, self.corrected and f" {self.corrected}"], "")

    @property
    def ends(self) -> Text:
        """The highest and the lowest group."""
        voice, kind, order = self.voice, self.kind, self.order
        if len(order.rows) == 1:
            shown = voice.text(f"finding.shown_{kind}")
            return voice.text("finding.ends_only", shown=shown, high=self._groups(order))
        if order.all_equal:
            equal = voice.text(f"finding.equal_{kind}")
            return voice.text("finding.ends_equal", equal=equal, value=voice.value(order.rows[0]))
        return voice.text(
            "finding.ends_shown" if order.withheld else "finding.ends", highest=voice.text(f"finding.highest_{kind}"),
            lowest=voice.text(f"finding.lowest_{kind}"), high=self._groups(order), low=self._groups(self.lowest),
        )  # fmt: skip

    def _groups(self, order: Ordered) -> Text:
        """The groups that share an end."""
        tied = order.first + order.untold
        if tied <= _MOST_TIED:
            return told(self.voice, order.named[: order.first], self.names, at=str(self.voice.text("finding.in_group")))
        count = self.voice.fact(tied, f"{self.id}.tied.{order.named[0].by}.{order.named[0].by_category}")
        return self.voice.text("finding.in_groups", n=count, value=self.voice.value(order.named[0]))

    @property
    def key(self) -> Text | None:
        """The short sentence for the box of key findings, where both ends are one group."""
        if self.order.first != 1 or self.lowest.first != 1 or self.order.withheld or self.order.all_equal:
            return None
        high, low = self.order.named[0], self.lowest.named[0]
        quoted = {
            name: self.voice.text("codebook.quoted", text=self.names[row])
            for name, row in (("high", high), ("low", low))
        }
        return self.voice.say_if_there(f"{self.id}.key", most=self._weighed(high), least=self._weighed(low), **quoted)

    def _weighed(self, row: Estimate) -> Text:
        """A share or mean, and what is weak about it."""
        return join([self.voice.value(row), *self.voice.caveats(row)], "; ")


def _tests(voice: Voice, breaks: Sequence[_Break]) -> Text:
    """Statistics of several tests, each with its break."""
    each = [join([one.by, " ", one.statistic], "") for one in breaks]
    words = voice.enumerated(list(dict.fromkeys(str(one.test_word) for one in breaks)))
    listed = join([words, ", ", voice.enumerated(each)], "")
    return (
        join([listed, "; ", voice.text("finding.p_values", corrected=breaks[0].corrected)], "")
        if breaks[0].corrected
        else listed
    )
