import csv
import io
import json
import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kzm_surveys.errors import WeightingError
from kzm_surveys.weighting import sistat
from kzm_surveys.weighting.sistat import read_population_table

WORDS = st.text("abcčšžČŠŽ", min_size=2, max_size=6)


@st.composite
def tables(draw):
    """Names, categories and cells (None: withheld) of a table that every format can hold."""
    names = [name.upper() for name in draw(st.lists(WORDS, min_size=1, max_size=3, unique_by=str.upper))]
    labels = [draw(st.lists(WORDS, min_size=1, max_size=4, unique=True)) for _ in names]
    size = math.prod(map(len, labels))
    cells = draw(st.lists(st.none() | st.integers(0, 3_000_000), min_size=size, max_size=size))
    cells[draw(st.integers(0, size - 1))] = draw(st.integers(0, 9))
    return names, labels, cells


def as_jsonstat(names, labels, cells):
    dimension = {
        name: {"category": {"index": {label: n for n, label in enumerate(group)}}}
        for name, group in zip(names, labels, strict=True)
    }
    status = {str(n): "z" for n, cell in enumerate(cells) if cell is None}
    document = {"id": names, "size": [*map(len, labels)], "dimension": dimension, "value": cells, "status": status}
    return json.dumps(document).encode()


def as_sparse_jsonstat(names, labels, cells):
    document = json.loads(as_jsonstat(names, labels, cells))
    document["value"] = {str(n): cell for n, cell in enumerate(cells) if cell is not None}
    for part in document["dimension"].values():
        part["category"]["index"] = [*part["category"]["index"]]
    return json.dumps(document, ensure_ascii=False).encode("utf-8-sig")


def rows(labels, cells):
    flat = iter(cells)

    def below(key, rest):
        if not rest:
            yield key, next(flat)
            return
        for label in rest[0]:
            yield from below((*key, label), rest[1:])

    return below((), labels)


def as_answer(names, labels, cells):
    columns = [{"code": name, "text": name, "type": "d"} for name in names]
    data = [{"key": key, "values": ["z" if cell is None else str(cell)]} for key, cell in rows(labels, cells)]
    columns.append({"code": "n", "text": "n", "type": "c"})
    return json.dumps({"columns": columns, "data": data}, ensure_ascii=False).encode()


def as_px(names, labels, cells):
    def quoted(texts):
        return ",".join(f'"{text}"' for text in texts)

    lines = ['CHARSET="ANSI";', 'CODEPAGE="windows-1250";', f"STUB={quoted(names[:-1])};" if names[1:] else ""]
    lines += [f"HEADING={quoted(names[-1:])};", 'DATASYMBOL1="z";']
    lines += [f'VALUES("{name}")={quoted(group)};' for name, group in zip(names, labels, strict=True)]
    lines += ["DATA=", " ".join('"."' if cell is None else str(cell) for cell in cells) + ";"]
    return "\r\n".join(lines).encode("cp1250")


def as_csv(names, labels, cells, separator=";", encoding="cp1250"):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([["Naslov, prvi; drugi"], [], [*names, "Število"]])
    writer.writerows([*key, "z" if cell is None else cell] for key, cell in rows(labels, cells))
    return out.getvalue().encode(encoding)


def as_comma_csv(names, labels, cells):
    return as_csv(names, labels, cells, ",", "utf-8-sig")


WRITERS = [as_jsonstat, as_sparse_jsonstat, as_answer, as_px, as_csv, as_comma_csv]


def check(table):
    assert table.values.shape == tuple(len(d.codes) for d in table.dimensions)
    assert set(table.marks) == {tuple(index) for index in np.argwhere(np.isnan(table.values)).tolist()}
    assert all(len(set(d.codes)) == len(d.codes) == len(d.labels) for d in table.dimensions)


@pytest.mark.parametrize("write", WRITERS)
@given(content=tables())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_table_written_in_any_format_is_read_equal(tmp_path, write, content):
    names, labels, cells = content
    path = tmp_path / "table"
    path.write_bytes(write(names, labels, cells))
    table = read_population_table(path)
    check(table)
    assert [(d.code, d.codes, d.labels) for d in table.dimensions] == [
        (name, tuple(group), tuple(group)) for name, group in zip(names, labels, strict=True)
    ]
    expected = np.array([math.nan if cell is None else cell for cell in cells]).reshape(table.values.shape)
    np.testing.assert_array_equal(table.values, expected)
    assert set(table.marks.values()) <= {"z"}


SMALL = (["OBČINE", "SPOL"], [["Koper", "Črnomelj", "Žalec"], ["moški", "ženske"]], [60, 66, 40, None, 0, 7])


def attempt(path):
    try:
        return read_population_table(path), ""
    except WeightingError as error:
        return None, str(error)


@pytest.mark.parametrize("write", WRITERS)
def test_changed_bytes_are_refused_or_read_in_full(tmp_path, write):
    path = tmp_path / "table"
    content = write(*SMALL)
    chance = random.Random(4)
    refused = 0
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(len(changed))
            match chance.randrange(4):
                case 0:
                    changed[start] = chance.randrange(256)
                case 1:
                    del changed[start : start + chance.randint(1, 8)]
                case 2:
                    changed[start:start] = bytes(
                        chance.choices(b'"[]{};,=-.0123456789 \n\xe8\xc8', k=chance.randint(1, 8))
                    )
                case _:
                    changed[start : start + 1] = changed[: chance.randint(1, 30)]
        path.write_bytes(changed)
        table, message = attempt(path)
        if table is None:
            refused += 1
            assert message.startswith(f"{path}: ")
            assert "\n" not in message
            assert len(message) < 600 + len(str(path))
        else:
            check(table)
    assert refused > 100


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"PK\x03\x04\x14\x00", "this is an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "this is an old Excel workbook"),
        (b"%PDF-1.7", "this is a PDF"),
        (b"\x1f\x8b\x08", "this is a gzip file"),
        (b"<!DOCTYPE html><title>404</title>", "this is a web page or XML"),
        (b"\xef\xbb\xbf <html>", "this is a web page or XML"),
        ('{"label": "Črnomelj"}'.encode("cp1250"), "the text is not in utf-8-sig"),
        (b"OB\x81INE;2020\nKoper;1\n", "the text is not in utf-8 or cp1250"),
        (b"A;2020\nKo\0per;1\n", "NUL characters"),
        (b"\xff\xfeA", "the text is not in utf-16"),
        (b"Too Many Requests", "the last line has no end"),
        (b"Too Many Requests\n", "no separator"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, content, match):
    path = tmp_path / "table.px"
    path.write_bytes(content)
    with pytest.raises(WeightingError, match=match):
        read_population_table(path)


def test_missing_file_folder_and_impossible_name_are_refused(tmp_path):
    for path in (tmp_path / "none.px", tmp_path, "a\0b"):
        with pytest.raises(WeightingError, match="there is no such file"):
            read_population_table(path)


def test_file_beyond_the_limit_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(sistat, "BYTE_LIMIT", 1_000_000)
    path = tmp_path / "table.json"
    path.write_bytes(b" " * 1_000_001)
    with pytest.raises(WeightingError, match="larger than 1 MB"):
        read_population_table(path)


def test_values_cannot_be_changed(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(as_csv(*SMALL))
    with pytest.raises(ValueError, match="read-only"):
        read_population_table(path).values[0, 0] = 1
