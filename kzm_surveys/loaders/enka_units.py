"""Units of a 1KA export: who is a respondent, when, how usable the answers are and where the unit broke off.

Facts from the open source of 1KA (bleifrei/1ka, November 2021; class.SurveyUsableResp, InitClass).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kzm_surveys.errors import Problem, rows_by_id
from kzm_surveys.loaders.enka_codes import ANSWER, UNNAMED, Why, broken_off_tail
from kzm_surveys.wave import UnitRule

#: Reasons that never count as an answer; all others (codes that owners add, -88 of a calculation) do.
_NO_ANSWER = ("no_answer", "not_asked", "break_off", "added_later", "empty_unit", "blank")
#: Lower limits of 1KA's usability, in percent.
PARTLY_USABLE, USABLE = 50.0, 80.0
STATUSES = range(7)
#: What 1KA writes as status of a unit without one.
_UNKNOWN = ("-1", "null", "")
_TIME = "%d.%m.%Y %H:%M:%S"


def as_text(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    """A column of metadata as text: whole numbers without a decimal point, empty where there is nothing."""
    if name not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    column = frame[name]
    if pd.api.types.is_numeric_dtype(column):
        return pd.Series(["" if np.isnan(x) else f"{x:.15g}" for x in column], index=frame.index, dtype="str")
    return column.astype("str").fillna("").str.strip()


def describe_units(frame: pd.DataFrame, answers: pd.DataFrame, why: Why, rule: UnitRule) -> pd.DataFrame:
    """One row per unit of the file with the columns of :attr:`kzm_surveys.Survey.units`.

    The unit rule names the first reason that fits: a test unit, a status outside the rule, a lurker, or a unit
    without any answer (``empty_unit``). Without paradata only the last can be told.

    Parameters
    ----------
    frame
        All columns of the file; index = id.
    answers, why
        The question columns and what their cells are.
    rule
        ``[data.units]`` of ``wave.toml``.
    """
    written = as_text(frame, "status")
    status = pd.to_numeric(written.where(written.isin([str(code) for code in STATUSES]))).astype("Int64")
    units = pd.DataFrame({
        "status": status,
        "lurker": as_text(frame, "lurker") == "1",
        "test": ~as_text(frame, "testdata").isin(["0", ""]),
    })  # fmt: skip
    no_answer = why.others(ANSWER, UNNAMED).all(axis=1) & (answers.shape[1] > 0)
    left_out = {
        "test_unit": units["test"] & (not rule.test_units),
        "status": ~status.fillna(-1).isin(rule.statuses) & ("status" in frame),
        "lurker": units["lurker"] & (not rule.lurkers),
        "empty_unit": pd.Series(no_answer, index=frame.index) & (not rule.lurkers),
    }
    units["dropped"] = pd.Series(np.nan, index=frame.index, dtype="str")
    for reason, hit in reversed(left_out.items()):
        units["dropped"] = units["dropped"].mask(hit, reason)
    for name, source in (("started", "t_insert"), ("finished", "t_edit")):
        # Surveys that do not record times have junk here, 00.00.0000 00:00:00.
        units[name] = pd.to_datetime(as_text(frame, source), format=_TIME, errors="coerce").astype("datetime64[s]")
    units["seconds"] = (units["finished"] - units["started"]).dt.total_seconds()
    for name, source in (("device", "Device"), ("language", "Language")):
        text = as_text(frame, source)
        units[name] = text.where(text != "")
    units = pd.concat([units, usability(why).set_axis(frame.index, axis=0)], axis=1)
    tail = broken_off_tail(why)
    first = tail.argmax(axis=1) if answers.shape[1] else np.zeros(len(frame), np.int64)
    names = np.array([*answers, None], dtype=object)
    units["break_off"] = pd.Series(names[np.where(tail.any(axis=1), first, -1)], index=frame.index, dtype="str")
    return units


def usability(why: Why) -> pd.DataFrame:
    """1KA's usability figures of each unit, over all question columns.

    With v answers, s answers of no substance ("don't know", "refused", "not applicable"), n not answered, b broken
    off, i skipped and l added later among a columns in all: UNL = n / (v + s + n), UBL = b / a,
    UML = UBL + (1 - UBL) UNL, UCL = 1 - UML (0 if v + s = 0), UIL = i / (v + s + n + i), UAQ = l / a; a share of
    nothing is 0. Codes that owners add, -96 among them, and the -88 of a calculation count as answers; empty cells
    count in a only. Source: class.SurveyUsableResp of 1KA, calculateData.

    Returns
    -------
    DataFrame
        Columns ``unl ubl uml ucl uil uaq`` (0-1) and ``usability``: unusable (UCL below 50 %), partly_usable
        (below 80 %) or usable.

    Examples
    --------
    >>> kinds = ("answer", "no_answer", "break_off")
    >>> units = usability(Why(kinds, np.array([[0, 0, 0, 0, 1], [0, 0, 1, 2, 2]])))
    >>> units["ucl"].round(2).tolist(), units["usability"].tolist()  # 1 - 1/5; UBL 2/5, UNL 1/3: 0.6 x 2/3
    ([0.8, 0.4], ['usable', 'unusable'])
    """

    def count(*kinds: str) -> pd.Series[int]:
        return pd.Series(why.are(*kinds).sum(axis=1))

    def share(part: pd.Series[int], whole: pd.Series[int]) -> pd.Series[float]:
        return (part / whole.where(whole > 0)).fillna(0.0)

    columns = pd.Series(why.of.shape[1], index=range(len(why.of)))
    substance = columns - count(*_NO_ANSWER)  # answers of any kind, also those of no substance
    not_answered, broken_off = count("no_answer"), count("break_off")
    skipped, late = count("not_asked"), count("added_later")
    unl, ubl = share(not_answered, substance + not_answered), share(broken_off, columns)
    uml = ubl + (1 - ubl) * unl
    ucl = (1 - uml).where(substance > 0, 0.0)
    percent = (100 * ucl).round(9)  # 4 of 5 are 80 %, whatever their binary fraction
    return pd.DataFrame({
        "unl": unl, "ubl": ubl, "uml": uml, "ucl": ucl,
        "uil": share(skipped, substance + not_answered + skipped), "uaq": share(late, columns),
        "usability": np.select([percent < PARTLY_USABLE, percent < USABLE], ["unusable", "partly_usable"], "usable"),
    })  # fmt: skip


def metadata_problems(frame: pd.DataFrame) -> list[Problem]:
    """Metadata that 1KA does not write: such units cannot be told from respondents, so these are errors."""
    allowed = {"status": (*map(str, STATUSES), *_UNKNOWN), "lurker": ("0", "1"), "testdata": ("0", "1", "2")}
    problems = []
    for name, values in allowed.items():
        if name in frame and (bad := ~as_text(frame, name).isin(values)).any():
            known = ", ".join(value for value in values if value)
            problems.append(
                Problem("error", name, f"values that 1KA does not write (it writes {known})",
                        rows_by_id(frame.index[bad]), "export the file again from 1KA")
            )  # fmt: skip
    return problems
