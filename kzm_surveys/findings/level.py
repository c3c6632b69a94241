"""A finding about one share."""

from __future__ import annotations

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.estimation.printed_cells import is_share
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.text import Piece, Text
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.slovene import CASES, Case, Tense


def level(
    voice: Voice, id: str, row: Estimate, *, case: Case | None = None, verb: str | None = None,
    tense: Tense = "present", **more: Piece,
) -> Finding:  # fmt: skip
    """Say how large a share is, in words where it has some, always with the number and its interval.

    Parameters
    ----------
    voice, id
        The voice, with the words ``sentence`` that take {share}, may take {n}, and take the names in `more`; ``of``
        ("prebivalcev"), where whose share it is should stand before the bracket with the number; for the box of key
        findings ``key``, which takes any of the names of ``sentence``.
    row
        A share.
    case
        In which its words stand: "accusative" in "moti dobro četrtino (26,3 %)", "nominative" in "delež je dobra
        četrtina". Without a case the number stands alone: "meni 26,3 %" is right for every share, "je menilo dobra
        četrtina" is not.
    verb, tense
        Where the share is the subject: a verb of the lexicon. The words then take {verb}, which agrees with the share:
        "dve tretjini mam menita", "31,0 % mam meni".
    more
        Other pieces of the sentence.

    Raises
    ------
    WithheldError
        The share is NaN or withheld.
    FindingError
        It is no share, or of another design; words that do not fit.

    Examples
    --------
    >>> from pathlib import Path
    >>> import kzm_surveys as kzm
    >>> from kzm_surveys.findings.script_words import ScriptWords
    >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
    >>> texts = {"harm.sentence": "Da hrup škoduje njihovemu zdravju, {verb} {share}.", "harm.of": "prebivalcev"}
    >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
    >>> share = kzm.proportion(design, "opinion_harms_health", categories=["agree", "strongly_agree"]).row()
    >>> print(level(voice, "harm", share, verb="meniti").text)
    Da hrup škoduje njihovemu zdravju, ... prebivalcev (...).
    """
    if not is_share(row.statistic):
        raise FindingError(f"{voice.survey.wave.name}: '{id}' needs a share, found '{row.statistic}'.")
    for what, given, known in (("case", case, (None, *CASES)), ("tense", tense, ("present", "past"))):
        if given not in known:
            raise FindingError(one_of(f"{voice.survey.wave.name}: '{id}': unknown {what}", str(given), map(str, known)))
    of = voice.words.texts.get(f"{id}.of", "")
    share = voice.share_in_words(row, "nominative" if verb else case, of=of, verb=verb is not None)
    values: dict[str, Piece] = {"share": share, "n": voice.base(row), **more}
    if verb is not None:
        values["verb"] = voice.share_verb(row, verb, tense)
    text = voice.say(f"{id}.sentence", optional=["n"], **values)
    key = voice.say_if_there(f"{id}.key", **values)
    return Finding(id, voice.for_participants(_capital(text)), (row,), key and voice.for_participants(_capital(key)))


def _capital(text: Text) -> Text:
    """A sentence may begin with a share in words."""
    first, *rest = text.parts
    return Text((first[:1].upper() + first[1:], *rest)) if isinstance(first, str) else text
