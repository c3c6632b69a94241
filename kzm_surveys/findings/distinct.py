"""Whether the first of several estimates stands out from the others, told by a test of each difference."""

from __future__ import annotations

import numpy as np

from kzm_surveys.estimation.differences import p_of_differences
from kzm_surveys.estimation.estimates import Estimate, Estimates
from kzm_surveys.findings.ordered import Measured, Ordered, counted_key, quoted
from kzm_surveys.findings.text import Text, join
from kzm_surveys.findings.voice import Voice

#: Corrected p-values below this are differences.
ALPHA = 0.05


def distinction(
    voice: Voice, estimates: Estimates, order: Ordered, names: dict[Estimate, str], *, kind: Measured,
    least: bool = False,
) -> list[Text]:  # fmt: skip
    """Say from which of the others the first does not stand out, or that it does from all.

    Returns
    -------
    list of Text
        Sentences; of an opt-in sample that the order holds for the participants.
    """
    if not voice.design.infers:
        return [voice.text("finding.order_of_participants")]
    first, others = order.named[: order.first], order.named[order.first :]
    if not others:
        return []
    p = p_of_differences(estimates, first, others)
    extreme = str(voice.text(f"finding.{'lowest' if least else 'highest'}_with"))
    alike = [row for row, column in zip(others, p.T, strict=True) if (column >= ALPHA).any()]
    method = "finding.by_t_test" if p.size == 1 else "finding.by_t_tests"
    sentences = []
    if alike:
        rows = voice.enumerated([quoted(voice, names[row]) for row in alike])
        key = counted_key(f"finding.indistinct_{kind}", len(alike))
        sentences.append(voice.text(key, extreme=extreme, rows=rows, test=voice.text(method)))
    if np.isnan(p).any():
        sentences.append(voice.text(f"finding.untested_{'all' if np.isnan(p).all() else 'some'}"))
    elif not alike:
        key = counted_key(f"finding.distinct_{kind}", len(others))
        sentences.append(voice.text(key, extreme=extreme, test=voice.text(method)))
    return sentences


def leader(voice: Voice, id: str, estimates: Estimates, order: Ordered, names: dict[Estimate, str]) -> Text | None:
    """Return the sentence for the box of key findings: which one is first, if a single one is.

    It says so where the first does not stand out from the second.
    """
    if order.first != 1 or len(order.rows) < 2 or order.hides_first:
        return None
    first, second = order.rows[:2]
    key = voice.say_if_there(f"{id}.key", first=quoted(voice, names[first]), share=voice.value(first))
    if key is None:
        return None
    key = voice.noted(key, voice.caveats(first))
    if not voice.design.infers:
        return voice.for_participants(key)
    p = p_of_differences(estimates, [first], [second]).item()
    if p < ALPHA:
        return key
    told = "finding.leader_indistinct" if p >= ALPHA else "finding.leader_untested"
    return join([key, voice.text(told, next=quoted(voice, names[second]))])
