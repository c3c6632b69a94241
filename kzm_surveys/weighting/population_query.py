"""Requests that fetch the tables for margins from SiStat; written out for a person to run, never sent from here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kzm_surveys.language.catalogue import Language
from kzm_surveys.wave import MarginTable

#: SiStat's interface in Slovenian or English; the language is that of the labels, the codes are Slovenian in both.
ADDRESS = "https://pxweb.stat.si/SiStatData/api/v1/{lang}/Data/{table}.px"
#: SiStat's code of the Municipality of Koper, and its table of residents by municipality, half-year, age and sex.
KOPER, RESIDENTS = "050", "05C4002S"
#: Dimensions beside municipality and half-year of the tables whose codes are known; () asks for all.
KNOWN: Mapping[str, Mapping[str, Sequence[str]]] = {
    RESIDENTS: {"STAROST": (), "SPOL": ("1", "2")},
    "05C4003S": {"STAROST": ()},
}


@dataclass(frozen=True)
class Request:
    """One request: the numbers of a table (POST with a body), or its description (GET)."""

    table: str
    url: str
    body: Mapping[str, object] | None
    file: str

    @property
    def method(self) -> str:
        """POST or GET."""
        return "GET" if self.body is None else "POST"

    @property
    def curl(self) -> str:
        """Command that runs the request and writes the answer to `file`, for sh and the command prompt of Windows."""
        words = f"curl --fail --silent --show-error --output {self.file}"
        if self.body is not None:
            words += f' --header "Content-Type: application/json" --data {_quoted(json.dumps(self.body))}'
        return f"{words} {self.url}"


def _quoted(text: str) -> str:
    """JSON in double quotes; what a shell would read within them stands as an escape of JSON."""
    text = text.replace(r"\\", r"\u005c").replace(r"\"", r"\u0022")
    text = re.sub(r"[$`%!&|<>^]", lambda mark: f"\\u{ord(mark[0]):04x}", text)
    return '"' + text.replace('"', r"\"") + '"'


def table_request(
    table: str, municipality: str, period: str | None, lang: Language, entries: Sequence[MarginTable] = ()
) -> Request:
    """Request for what the margins need of one table, and no more.

    Parameters
    ----------
    table, municipality, period
        Codes of SiStat; without `period` the latest that the table has.
    lang
        Language of the labels in the answer; SiStat has no others than Slovenian and English.
    entries
        Those of ``wave.toml`` for this table; without any, all categories of a known table. Ages are asked for whole,
        because those outside the population are counted, too. A table of which nothing is known gives the request for
        its description.

    Examples
    --------
    >>> table_request("05C4010S", "050", "2021H1", "sl").url
    'https://pxweb.stat.si/SiStatData/api/v1/sl/Data/05C4010S.px'
    """
    url = ADDRESS.format(lang="sl" if lang == "sl" else "en", table=table)
    if not entries and table not in KNOWN:
        return Request(table, url, None, f"{table}_description.json")
    place, time = "OBČINE", "POLLETJE"
    dimensions: dict[str, Sequence[str]] = {} if entries else dict(KNOWN[table])
    for entry in entries:
        place, time, period = entry.municipality_dimension, entry.period_dimension, entry.period or period
        for name, code in entry.only.items():
            dimensions[name] = [*dict.fromkeys([*dimensions.get(name, ()), code])]
        for dimension in entry.variables.values():
            codes = [code for listed in dimension.codes.values() for code in listed]
            before = dimensions.get(dimension.dimension)
            all_of_it = not codes or before == ()
            codes += dimension.left_out
            dimensions[dimension.dimension] = () if all_of_it else [*dict.fromkeys([*(before or ()), *codes])]
    selections = [(place, "item", [municipality]), (time, "item", [period]) if period else (time, "top", ["1"])]
    selections += [(name, "item", list(codes)) if codes else (name, "all", ["*"]) for name, codes in dimensions.items()]
    query = [{"code": name, "selection": {"filter": kind, "values": values}} for name, kind, values in selections]
    body = {"query": query, "response": {"format": "json-stat2"}}
    return Request(table, url, body, f"{table}_{municipality}_{period or 'latest'}.json")
