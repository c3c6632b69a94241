"""1KA exports written as its server writes them: the CSV, and the SPSS pair.

Facts from the open source of 1KA (bleifrei/1ka, November 2021; class.SurveyExport, class.SurveyDataCollect).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd

from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.errors import DataError
from kzm_surveys.loaders.enka_metadata import AFTER, BEFORE
from kzm_surveys.loaders.enka_syntax import sanitised
from kzm_surveys.loaders.names import Column

#: 1KA's default set in the order of the .sps, with its Slovenian labels.
MISSING_LABELS_SL = {
    -1: "Ni odgovoril", -2: "Preskok (if)", -3: "Prekinjeno", -4: "Naknadno vprašanje", -5: "Prazna enota",
    -97: "Neustrezno", -98: "Zavrnil", -99: "Ne vem",
}  # fmt: skip
_CHECKBOX = {0: "ni izbran", 1: "izbran"}
_METADATA_NUMBERS = (
    "relevance",
    "invitation",
    "status",
    "lurker",
    "unx_ins_date",
    "recnum",
    "testdata",
    "Unsubscribed",
)
_COMMENT = "* Sintaksa in podatki: kzm_surveys, v obliki izvoza 1KA.\n.\n\n"


def write_enka_csv(
    path: Path, columns: Sequence[Column], cells: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]],
    after: Mapping[str, Sequence[str]], pages: int,
) -> None:  # fmt: skip
    """Write a CSV export, `;`, question texts on.

    Parameters
    ----------
    path
        The file.
    columns, cells
        Question columns and, per column name, the answer or missing code of each unit.
    before, after
        Metadata and paradata per unit by 1KA's column names; ``after`` also holds ``date_0`` ... of the pages. Both
        empty: an export of data only.
    pages
        Number of question pages.
    """
    names, labels, values = _all_columns(columns, cells, before, after, pages)
    lines = [";".join([*names, ""]), ";".join([*(label.replace(";", ",") for label in labels), ""])]
    lines += [";".join(f'="{_kept(cell).replace(";", ",")}"' for cell in unit) for unit in zip(*values, strict=True)]
    path.write_bytes(("\ufeff" + "".join(f"{line}\r\n" for line in lines)).encode())


def write_enka_spss(
    path: Path, columns: Sequence[Column], cells: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]],
    after: Mapping[str, Sequence[str]], pages: int, codebook: Codebook,
    missing_labels: Mapping[int, str] = MISSING_LABELS_SL,
) -> Path:  # fmt: skip
    """Write an export for SPSS: the syntax (.sps) and, beside it, the data (_podatki.txt), whose path is returned.

    Parameters
    ----------
    path
        The .sps.
    columns, cells, before, after, pages
        As in :func:`write_enka_csv`.
    codebook
        Says which columns are text, and gives question texts and labels of answers.
    missing_labels
        Code -> label of the survey's missing codes.
    """
    names, labels, values = _all_columns(columns, cells, before, after, pages)
    kept = [[_kept(cell) for cell in column] for column in values]
    variables = {column.name: codebook[column.variable] for column in columns}
    formats = {
        name: _format(column, number=_is_number(name, variables)) for name, column in zip(names, kept, strict=True)
    }
    spss_labels = [
        _spss_label(variables[name], label) if name in variables else _pieces(label.encode())
        for name, label in zip(names, labels, strict=True)
    ]
    stem = path.name[: -len(path.suffix)]
    data = path.with_name(f"{stem}_podatki.txt")
    out = [b"\xef\xbb\xbf", _COMMENT.encode(), _get_data(data.name, formats, codebook.title["sl"]).encode()]
    for name, text in zip(names, spss_labels, strict=True):
        out.append(b"VARIABLE LABELS " + sanitised(name).encode() + b" '" + text + b"' .\n")
    out += [b"\n", *_value_labels(columns, codebook), *_missing_values(list(variables), formats, missing_labels)]
    path.write_bytes(b"".join(out) + b"EXECUTE.\nRESTORE.")
    quoted = [[cell.replace("'", "`") for cell in column] for column in kept]
    rows = ["' '".join(unit) for unit in zip(*quoted, strict=True)]
    data.write_bytes(("\ufeff" + "".join(f"'{row}'\n" for row in rows)).encode())
    return data


def coded_cells(
    variable: Variable, answers: pd.Series[object], reasons: pd.Series[object], codes: Mapping[str, int]
) -> list[str]:
    """Answers of one variable as 1KA writes them: codes of categories, numbers, text, and codes for missing answers.

    Raises
    ------
    DataError
        `codes` has none for a reason that occurs.
    """
    code = {category.name: str(category.code) for category in variable.categories}
    if without := sorted({reason for reason in reasons.dropna().unique() if reason not in codes}):
        raise DataError(f"{variable.name}: a 1KA file has no code for {', '.join(without)}. Give one, or leave it out.")
    out = []
    for value, reason in zip(answers, reasons, strict=True):
        if isinstance(reason, str):
            out.append(str(codes[reason]))
        elif variable.kind == "number":
            out.append(repr(float(str(value))).removesuffix(".0"))
        elif variable.kind == "date":
            out.append(f"{value:%d.%m.%Y}")
        else:
            out.append(code.get(str(value), str(value)))
    return out


def _all_columns(
    columns: Sequence[Column], cells: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]],
    after: Mapping[str, Sequence[str]], pages: int,
) -> tuple[list[str], list[str], list[Sequence[str]]]:  # fmt: skip
    """Names, labels and values of all columns in the order of the export."""
    dates = {f"date_{page}": f"datum_{page}" for page in range(pages + 1)}
    tail: dict[str, str] = {}
    for name, label in AFTER.items():
        tail[name] = label
        if name == "t_edit":
            tail |= dates
    head = {name: label for name, label in BEFORE.items() if name in before}
    tail = {name: label for name, label in tail.items() if name in after}
    names = [*head, *(column.name for column in columns), *tail]
    labels = [*head.values(), *(column.label for column in columns), *tail.values()]
    return names, labels, [before[n] if n in head else cells[n] if n in cells else after[n] for n in names]


def _kept(text: str) -> str:
    r"""What 1KA keeps of an answer: newlines and bars become blanks, tags go, backslashes come before quotes.

    >>> _kept('radio; "Val"\n202 |')
    'radio; \\"Val\\" 202'
    """
    flat = re.sub(r"<(?=\S)[^>]*>?", "", re.sub(r"[\n\r|]", " ", text))
    return re.sub(r"([\"'\\])", r"\\\1", flat).strip(" \t\x0b")


def _is_number(name: str, variables: Mapping[str, Variable]) -> bool:
    return variables[name].kind in ("categorical", "number") if name in variables else name in _METADATA_NUMBERS


def _format(cells: Sequence[str], *, number: bool) -> str:
    """SPSS format: numbers at least as wide as "-99", the point not counted; text as long as the longest in bytes."""
    if not number:
        return f"A{max((len(cell.encode()) for cell in cells), default=1) or 1}"
    whole = max((len(cell.partition(".")[0]) for cell in cells), default=1)
    decimals = max((len(cell.partition(".")[2]) for cell in cells), default=0)
    return f"F{max(3, whole + decimals)}.{decimals}"


def _get_data(data: str, formats: Mapping[str, str], title: str) -> str:
    variables = "".join(f"    {sanitised(name)} {form}\n" for name, form in formats.items())
    dataset = re.sub(rb"[^a-zA-Z0-9_]", b"_", title.encode()).decode()
    return (
        "PRESERVE.\nSET LOCALE='en_US'.\nSET UNICODE ON.\nSET DECIMAL DOT.\n\n"
        f"GET DATA\n  /TYPE = TXT\n  /FILE = 'C:\\{data}'\n  /ARRANGEMENT = DELIMITED\n  /FIRSTCASE = 1\n"
        '  /IMPORTCASE = ALL\n  /DELIMITERS = " "\n  /QUALIFIER = "\'"\n  /VARIABLES = \n'
        f"{variables}    .\n\nDATASET NAME {dataset} WINDOW=FRONT.\n\n"
    )


def _spss_label(variable: Variable, label: str) -> bytes:
    """Label of a variable: the first 30 bytes of the question, which may cut a letter, and what is asked about."""
    stem = variable.question["sl"].encode()[:30]
    if variable.item is not None:
        other = " (tekst)" if variable.other_text_of is not None else ""
        return _pieces(stem + f": {label}{other}".encode())
    if variable.kind == "text":
        return _pieces(stem + f" ({label})".encode())
    return _pieces(stem if variable.kind == "number" else label.encode())


def _pieces(text: bytes) -> bytes:
    """Inside of a string: backticks for apostrophes, and pieces of 200 bytes if it is longer."""
    plain = text.replace(b"'", b"`")
    return b"'+\n'".join(plain[at : at + 200] for at in range(0, max(len(plain), 1), 200))


def _value_labels(columns: Sequence[Column], codebook: Codebook) -> list[bytes]:
    """One block per question; texts of "other" options have none."""
    out = []
    coded = [c for c in columns if codebook[c.variable].kind == "categorical"]
    for key, group in groupby(coded, key=lambda column: codebook[column.variable].source):
        block = list(group)
        variable = codebook[block[0].variable]
        checkbox = codebook.questions[key].kind == "multiple"
        options = _CHECKBOX if checkbox else {category.code: category.label["sl"] for category in variable.categories}
        out.append(f"VALUE LABELS {' '.join(sanitised(column.name) for column in block)}\n".encode())
        out += [f"{code} '".encode() + _pieces(label.encode()) + b"'\n" for code, label in options.items()]
        out.append(b".\n\n")
    return out


def _missing_values(names: Sequence[str], formats: Mapping[str, str], labels: Mapping[int, str]) -> list[bytes]:
    """The range of missing codes and their labels; one counter over both lists of names breaks the lines."""
    numbers = texts = ""
    for count, name in enumerate(names, start=1):
        entry = f"{name} " + ("\n" if count % 11 == 0 else "")
        if formats[name].startswith("F"):
            numbers += entry
        else:
            texts += entry
    clean = {code: _pieces(label.encode()) for code, label in labels.items()}
    out = []
    if numbers:
        span = f"({min(labels)} thru {max(labels)})"
        out.append(f"MISSING VALUES {numbers} {span}.\n\nADD VALUE LABELS {numbers}\n".encode())
        out += [b"%d '%s'\n" % pair for pair in clean.items()] + [b".\n\n"]
    if texts:
        out.append(f"VALUE LABELS {texts} \n".encode())
        out += [b"'%d' '%d: %s' \n" % (code, code, label) for code, label in clean.items()] + [b".\n\n"]
    return out
