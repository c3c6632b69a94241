"""The reference's example in all kinds of file: the same cells, labels and reasons, or a fault that is said."""

import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from tests.loaders.enka_files import (
    CELLS,
    EXAMPLE,
    PODATKI,
    SPS,
    TXT,
    XLS,
    cells_of,
    pair_of,
    read,
    said,
    wave_of,
)

ROW_LABELS = dict(
    zip(CELLS, ["Splet", "Časopis", "Drugo:", "Drugo:", "Voda", "Zrak", "Kaj bi spremenili?"], strict=True)
)


def csv_folder(root):
    return wave_of(root, EXAMPLE)


def xls_folder(root):
    return wave_of(root, XLS, file="anketa999001-2025-04-02.xls", form="1ka_xls")


def txt_folder(root, content=TXT, **wave):
    return wave_of(root, content, file="anketa999001-2025-04-02.txt", form="1ka_txt", **wave)


FOLDERS = {"csv": csv_folder, "xls": xls_folder, "spss": pair_of}


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_kind_holds_the_same_cells(tmp_path, kind):
    # Only the CSV replaces the semicolon in an answer.
    typed = 'radio, "Val" 202' if kind == "csv" else 'radio; "Val" 202'
    assert cells_of(read(FOLDERS[kind](tmp_path))) == CELLS | {"Q1c_text": [typed, "-2"]}


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_kind_gives_the_same_survey(tmp_path, kind):
    survey = kzm.load(FOLDERS[kind](tmp_path))
    assert survey.responses["news_web"].tolist() == ["selected", "not_selected"]
    assert survey.responses["quality_air"].tolist()[0] == "very_good"
    assert survey.responses["change"].tolist()[0] == "Več d'oseb, manj  hrupa"
    assert survey.missing["news_other_text"].tolist()[1] == "not_asked"
    assert survey.missing[["quality_water", "quality_air", "change"]].iloc[1].tolist() == ["break_off"] * 3
    assert survey.source.kind == f"1ka_{kind}"
    assert (survey.source.rows, survey.source.dropped) == (2, {})


@pytest.mark.parametrize("kind", ["csv", "xls"])
def test_second_row_holds_the_labels(tmp_path, kind):
    assert read(FOLDERS[kind](tmp_path)).labels == ROW_LABELS


def test_labels_of_the_pair_come_from_the_syntax(tmp_path):
    raw = read(pair_of(tmp_path))
    assert raw.labels["Q1c_text"] == "Kje iščete novice o kraju?: Drugo: (tekst)"
    assert raw.labels["Q3"] == "Kaj bi spremenili? (Kaj bi spremenili?)"
    assert raw.value_labels["Q1a"][1.0] == "izbran"
    assert raw.value_labels["Q2b"][5.0] == "zelo dobro"
    assert raw.value_labels["Q2b"][-97.0] == "Neustrezno"
    assert raw.value_labels["Q3"]["-1"] == "-1: Ni odgovoril"
    assert raw.user_missing == dict.fromkeys(["Q1a", "Q1b", "Q1c", "Q2a", "Q2b"], ((-99.0, -1.0),))


def test_text_export_reports_the_row_that_its_semicolon_splits(tmp_path):
    folder = txt_folder(tmp_path, n=1)
    raw = read(folder)
    assert cells_of(raw)["Q1a"] == ["0"]
    assert (raw.rows, raw.dropped) == (2, {"unreadable_row": 1})
    assert "rows have another number of cells than the 7 columns" in said(raw, "error")
    assert "(1 row: id 1)" in said(raw, "error")
    assert "CSV or SPSS" in said(raw, "error")
    with pytest.raises(kzm.DataError, match="holds a semicolon") as caught:
        kzm.load(folder)
    assert "Val" not in str(caught.value)
    assert len(examine(folder)) == 1


@pytest.mark.parametrize("given", [".sps", "_podatki.txt"])
def test_either_file_of_the_pair_will_do(tmp_path, given):
    folder = pair_of(tmp_path)
    assert cells_of(read(folder, file=f"anketa999001-2025-04-02{given}")) == CELLS


def test_case_of_the_extension_does_not_matter(tmp_path):
    folder = pair_of(tmp_path)
    for path in list(folder.glob("anketa*")):
        path.rename(path.with_name(path.name.replace(".sps", ".SPS").replace("_podatki.txt", "_PODATKI.TXT")))
    assert cells_of(read(folder, file="anketa999001-2025-04-02.SPS")) == CELLS


@pytest.mark.parametrize("gone", ["anketa999001-2025-04-02.sps", "anketa999001-2025-04-02_podatki.txt"])
def test_half_a_pair_is_refused(tmp_path, gone):
    folder = pair_of(tmp_path)
    (folder / gone).unlink()
    (left,) = folder.glob("anketa*")
    with pytest.raises(kzm.DataError, match=gone):
        kzm.load(folder, left)


ALL = {
    "csv": (EXAMPLE, lambda root, content: wave_of(root, content)),
    "xls": (XLS, lambda root, content: wave_of(root, content, file="a.xls", form="1ka_xls")),
    "txt": (TXT, txt_folder),
    "sps": (SPS, lambda root, content: pair_of(root, syntax=content)),
    "podatki": (PODATKI, lambda root, content: pair_of(root, data=content)),
}


@pytest.mark.parametrize("kind", ALL)
def test_file_cut_anywhere_but_between_rows_is_refused(tmp_path, kind):
    # A cut at the end of a row leaves whole rows, which only the number of units can tell; one in the labels leaves no
    # unit. Kinds with an ending of their own (</table>, RESTORE.) are refused at every cut.
    content, folder_of = ALL[kind]
    whole = cells_of(read(folder_of(tmp_path, content)))
    for length in range(0, len(content), 5 if kind == "sps" else 1):
        part = content[:length]
        try:
            raw = read(folder_of(tmp_path, part))
        except kzm.DataError:
            continue
        rows = len(raw.cells)
        assert kind in ("csv", "txt", "podatki"), length
        assert rows == 0 or (content[length:] + b"\n").startswith((b"\r\n", b"\n")) or part.endswith(b"\n"), length
        assert cells_of(raw) == {name: cells[:rows] for name, cells in whole.items()}, length


@pytest.mark.parametrize("kind", ALL)
def test_byte_that_is_not_utf8_after_the_mark_is_refused(tmp_path, kind):
    content, folder_of = ALL[kind]
    damaged = content.replace("č".encode(), b"\xe8")
    assert damaged != content
    if kind == "sps":  # labels may be cut inside a letter
        assert read(folder_of(tmp_path, damaged)).labels["Q1a"] == "Kje išete novice o kraju?: Splet"
        return
    with pytest.raises(kzm.DataError, match="mark of UTF-8, but byte"):
        read(folder_of(tmp_path, damaged))


@pytest.mark.parametrize("kind", ["csv", "xls", "txt", "podatki"])
def test_empty_file_is_refused(tmp_path, kind):
    for content in (b"", b"\xef\xbb\xbf", b"\r\n\r\n"):
        with pytest.raises(kzm.DataError, match="is empty"):
            read(ALL[kind][1](tmp_path, content))
