"""A synthetic 1KA export: break-offs, lurkers, visitors, test entries, paradata."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.loaders.enka import MISSING_CODES, SYNTHETIC_MARK
from kzm_surveys.loaders.enka_codes import missing_codes
from kzm_surveys.loaders.enka_write import coded_cells, write_enka_csv, write_enka_spss
from kzm_surveys.loaders.names import Column, enka_columns
from kzm_surveys.synthesis.recipe import Recipe
from kzm_surveys.wave import Wave

IntArray = npt.NDArray[np.int64]
CODES = {reason: str(code) for code, reason in MISSING_CODES.items()}
DEVICES = (
    ("Mozilla/5.0 (Linux, Android 12)", "Chrome 99.0", "Android", "Telefon"),
    ("Mozilla/5.0 (iPhone, CPU iPhone OS 15_3)", "Safari 15.3", "iOS", "Telefon"),
    ("Mozilla/5.0 (Windows NT 10.0, Win64, x64)", "Firefox 98.0", "Windows 10", "Računalnik"),
)


def write_units(
    path: Path, responses: pd.DataFrame, missing: pd.DataFrame, codebook: Codebook, wave: Wave, recipe: Recipe,
    seed: int,
) -> int:  # fmt: skip
    """Write answers as a 1KA export, CSV or SPSS pair, with data and paradata; returns the units in the file.

    The respondents are `responses`; some of them break off (status 5, a tail of -3). Lurkers, visitors who saw
    the first page only and test entries are added, as an export of all units has them. Questions with
    ``added_after`` are -4 for the first units. Browser carries the mark of synthetic data.
    """
    random = np.random.default_rng(seed + 1)
    n, pages = len(responses), len(codebook.questions)
    codes = {reason: code for code, reason in missing_codes({}, wave.data.missing_codes)[0].items()}
    columns = enka_columns(codebook, wave)
    cells = {c.name: _cells(codebook[c.variable], responses, missing, codes) for c in columns}
    by_question: dict[str, list[Column]] = {}
    for column in columns:
        by_question.setdefault(codebook[column.variable].source, []).append(column)
    keys = list(by_question)
    for key in keys:
        late = int(recipe.variables[key].added_after * n) if key in recipe.variables else 0
        for column in by_question[key]:
            cells[column.name][:late] = ["-4"] * late
    complete = {name: list(values) for name, values in cells.items()}
    last_page = np.full(n, pages)
    for unit in random.choice(n, round(recipe.units.partial * n), replace=False):
        last_page[unit] = random.integers(max(pages // 3, 1), max(pages, 2))
        for key in keys[last_page[unit] :]:
            for column in by_question[key]:
                cells[column.name][unit] = "-3"
    _undo_empty(cells, complete, last_page, pages)
    kinds = ["respondent"] * n
    for kind, share in (
        ("lurker", recipe.units.lurkers),
        ("entered", recipe.units.entered),
        ("test", recipe.units.tests),
    ):
        kinds += [kind] * round(share * n)
    extra = len(kinds) - n
    for column in columns:
        filler = ["-5"] * extra
        donors = random.integers(0, n, extra)
        for position, kind in enumerate(kinds[n:]):
            if kind == "test":
                filler[position] = cells[column.name][donors[position]]
        cells[column.name] += filler
    last_page = np.concatenate([last_page, np.where(np.array(kinds[n:]) == "test", pages, 1)]).astype(int)
    status = ["6" if page == pages else "5" for page in last_page]
    status = [{"entered": "4", "lurker": "5"}.get(kind, s) for kind, s in zip(kinds, status, strict=True)]
    order = random.permutation(len(kinds))
    before, after = _paradata(kinds, status, last_page, wave, pages, random)
    shuffled = {name: [values[i] for i in order] for name, values in cells.items()}
    meta = {name: [values[i] for i in order] for name, values in before.items()}
    meta["recnum"] = [str(i + 1) for i in range(len(order))]
    para = {name: [values[i] for i in order] for name, values in after.items()}
    if wave.data.format == "1ka_csv":
        write_enka_csv(path, columns, shuffled, meta, para, pages)
    else:
        write_enka_spss(path, columns, shuffled, meta, para, pages, codebook)
    return len(order)


def _undo_empty(
    cells: Mapping[str, list[str]], complete: Mapping[str, list[str]], last_page: IntArray, pages: int
) -> None:
    """Let those who broke off before their first answer go on to the end: a respondent has an answer."""
    codes = {*CODES.values(), ""}
    for unit in range(len(last_page)):
        if all(values[unit] in codes for values in cells.values()):
            last_page[unit] = pages
            for name, values in cells.items():
                values[unit] = complete[name][unit]


def _cells(variable: Variable, responses: pd.DataFrame, missing: pd.DataFrame, codes: Mapping[str, int]) -> list[str]:
    """Answers and missing codes of one column as 1KA writes them."""
    out = coded_cells(variable, responses[variable.name], missing[variable.name], codes)
    if variable.other_text_of is not None:
        # 1KA: the text of an option that is not ticked is -2, also where the whole question is -1.
        ticked = (responses[variable.other_text_of] == "selected").tolist()
        out = [cell if tick else "-2" for cell, tick in zip(out, ticked, strict=True)]
    return out


def _paradata(
    kinds: Sequence[str], status: Sequence[str], last_page: IntArray, wave: Wave, pages: int,
    random: np.random.Generator,
) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:  # fmt: skip
    """Metadata before and paradata after the question columns."""
    days = (wave.fieldwork.last - wave.fieldwork.first).days
    start = datetime.datetime.combine(wave.fieldwork.first, datetime.time(6), tzinfo=datetime.UTC)
    minutes = random.integers(0, days * 24 * 60 + 12 * 60, len(kinds))
    starts = [start + datetime.timedelta(minutes=int(m)) for m in minutes]
    seconds = random.integers(15, 45, len(kinds))
    ends = [s + datetime.timedelta(seconds=int(p) * int(t)) for s, p, t in zip(starts, last_page, seconds, strict=True)]
    stamp = "%d.%m.%Y %H:%M:%S"
    device = [DEVICES[i] for i in random.choice(len(DEVICES), len(kinds), p=[0.5, 0.3, 0.2])]
    empty = [kind in ("lurker", "entered") for kind in kinds]
    before = {
        "relevance": ["0" if e else "1" for e in empty],
        "invitation": ["0"] * len(kinds),
        "status": list(status),
        "lurker": ["1" if e else "0" for e in empty],
        "unx_ins_date": [str(int(e.timestamp())) for e in ends],
        "recnum": [""] * len(kinds),
        "testdata": ["1" if kind == "test" else "0" for kind in kinds],
        "itime": [f"{s:%d.%m.%Y}" for s in starts],
    }
    after = {
        "t_insert": [s.strftime(stamp) for s in starts],
        "t_edit": [e.strftime(stamp) for e in ends],
        **{
            f"date_{page}": [
                (s + datetime.timedelta(seconds=int(t) * page)).strftime(stamp) if page <= last else ""
                for s, t, last in zip(starts, seconds, last_page, strict=True)
            ]
            for page in range(pages + 1)
        },
        "Browser": [f"{d[0]} {SYNTHETIC_MARK}" for d in device],
        "BrowserVersion": [d[1] for d in device],
        "OS": [d[2] for d in device],
        "Device": [d[3] for d in device],
        "Referer": [str(r) for r in random.choice(["0", "https://www.primer.si/"], len(kinds))],
        "Unsubscribed": ["0"] * len(kinds),
        "Language": ["Slovenščina"] * len(kinds),
    }
    return before, after
