"""1KA's SPSS pair: the syntax read as 1KA writes it, and its data."""

import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders.enka_syntax import read_syntax
from tests.loaders.enka_files import BOM, CELLS, COMMENT, PODATKI, SPS, SYNTAX, cells_of, pair_of, read, said

MISSING = {
    -1: "Ni odgovoril", -2: "Preskok (if)", -3: "Prekinjeno", -4: "Naknadno vprašanje", -5: "Prazna enota",
    -97: "Neustrezno", -98: "Zavrnil", -99: "Ne vem",
}  # fmt: skip


def syntax(content):
    return read_syntax(content, "sum 2025: a.sps")


def changed(old, new):
    assert old in SYNTAX
    return BOM + (COMMENT + SYNTAX.replace(old, new)).encode()


def test_syntax_of_the_reference():
    found = syntax(SPS)
    assert found.formats == {
        "Q1a": "F3.0", "Q1b": "F3.0", "Q1c": "F3.0", "Q1c_text": "A18", "Q2a": "F3.0", "Q2b": "F3.0", "Q3": "A25",
    }  # fmt: skip
    assert found.texts == ["Q1c_text", "Q3"]
    assert found.missing_labels == MISSING
    coded = {float(code): label for code, label in MISSING.items()}
    assert found.value_labels["Q1b"] == {0.0: "ni izbran", 1.0: "izbran"} | coded
    assert found.value_labels["Q1c_text"] == {str(code): f"{code}: {label}" for code, label in MISSING.items()}
    assert len(found.labels) == 7


@pytest.mark.parametrize(
    "content",
    [
        SPS,
        SPS[3:],  # SPSS saves without the mark
        SPS.replace(b"\n", b"\r\n"),
        BOM + SYNTAX.encode(),
        SYNTAX.encode("cp1250"),
        SYNTAX.encode("utf-16"),
        SPS + b"\n\nFREQUENCIES Q1a.\n",
    ],
    ids=["as written", "no mark", "CRLF", "no comment", "windows-1250", "UTF-16", "with a command of one's own"],
)
def test_syntax_saved_again_says_the_same(content):
    assert syntax(content) == syntax(SPS)


def test_names_wrapped_after_every_eleventh_variable():
    # As in a genuine file: one counter over numbers and texts puts the break into whichever list it falls.
    numbers = [f"Q{number}" for number in range(1, 30) if number not in (3, 11, 22)]
    texts = ["Q3", "Q11", "Q22"]
    listed = "".join(f"{name} " + ("\n" if name == "Q33" else "") for name in numbers)
    block = "".join(f"    Q{number} {'A5' if f'Q{number}' in texts else 'F3.0'}\n" for number in range(1, 30))
    text = (
        f"GET DATA\n  /VARIABLES = \n{block}    .\n\nMISSING VALUES {listed} (-99 thru -1).\n\n"
        f"ADD VALUE LABELS {listed}\n-1 'Ni odgovoril'\n.\n\n"
        "VALUE LABELS Q3 Q11 \nQ22 \n \n'-1' '-1: Ni odgovoril' \n.\n\nEXECUTE.\nRESTORE."
    )
    found = syntax(text.encode())
    assert list(found.user_missing) == numbers
    assert set(found.user_missing.values()) == {((-99.0, -1.0),)}
    assert all(found.value_labels[name] == {-1.0: "Ni odgovoril"} for name in numbers)
    assert all(found.value_labels[name] == {"-1": "-1: Ni odgovoril"} for name in texts)


def test_list_that_ends_on_a_wrap_leaves_a_blank_line():
    text = SYNTAX.replace("Q2a Q2b  (-99", "Q2a Q2b \n (-99").replace("Q1c Q2a Q2b \n-1", "Q1c Q2a Q2b \n\n-1")
    assert text != SYNTAX
    assert syntax(text.encode()) == syntax(SPS)


def test_long_labels_are_joined_also_where_a_letter_was_cut():
    content = ("Ocenite, kako " + "š" * 150).encode()  # 14 + 2 x 93 = 200 bytes: the first piece ends after a letter
    shifted = b"a" + content  # one byte more: it ends inside one
    for text in (content, shifted):
        broken = SPS.replace(
            b"'Kaj bi spremenili? (Kaj bi spremenili?)'", b"'" + text[:200] + b"'+\n'" + text[200:] + b"'"
        )
        assert syntax(broken).labels["Q3"] == text.decode()
        assert syntax(broken.replace(b"\n", b"\r\n")).labels["Q3"] == text.decode()


def test_label_cut_inside_a_letter_loses_that_letter_only():
    content = SPS.replace(b"'Ocenite kakovost okolja:: Voda'", b"'Ocenite kakovost va\xc5: Voda. Konec.'")
    assert syntax(content).labels["Q2a"] == "Ocenite kakovost va: Voda. Konec."
    assert syntax(content.replace(b"\xc5:", "\ufffd:".encode())).labels["Q2a"] == "Ocenite kakovost va: Voda. Konec."


def test_labels_hold_what_looks_like_syntax():
    content = changed("4 'dobro'", "4 'dobro. (-1 thru 5) \"ja\" + VALUE LABELS Q1a'")
    assert syntax(content).value_labels["Q2b"][4.0] == 'dobro. (-1 thru 5) "ja" + VALUE LABELS Q1a'


def test_entities_in_labels_are_undone(tmp_path):
    content = changed("-99 'Ne vem'", "-99 'Don&#39;t know'").replace(b"okolja:: Voda", b"okolja:: Voda &amp; zrak")
    raw = read(pair_of(tmp_path, content))
    assert raw.value_labels["Q2a"][-99.0] == "Don't know"
    assert raw.labels["Q2a"] == "Ocenite kakovost okolja:: Voda & zrak"
    assert raw.missing_codes[-99] == "dont_know"


def test_codes_of_answers_may_be_in_any_order_and_text():
    content = changed("1 'zelo slabo'\n2 'slabo'", "20 'zelo slabo'\n-7 'slabo'\n1.5 'vmes'\nA 'črka'")
    labels = syntax(content).value_labels["Q2a"]
    assert (labels[20.0], labels[-7.0], labels[1.5], labels["A"]) == ("zelo slabo", "slabo", "vmes", "črka")


def test_names_made_fit_for_spss_get_their_own_back(tmp_path):
    # š is two bytes, so two underscores; the lists of names have the name as it is.
    head, lists = SYNTAX.replace("Q1", "vir-š").split("MISSING VALUES")
    text = f"{head.replace('vir-š', 'vir___')}MISSING VALUES{lists}"
    change = ("n = 2", 'n = 2\ncolumns = { news = "vir-š" }')
    folder = pair_of(tmp_path, BOM + text.encode(), change=change)
    raw = read(folder)
    assert raw.cells["vir-ša"].tolist() == ["1", "0"]
    assert raw.labels["vir-šb"] == "Kje iščete novice o kraju?: Časopis"
    assert raw.value_labels["vir-šb"] == syntax(SPS).value_labels["Q1b"]
    assert raw.value_labels["vir-šc_text"] == syntax(SPS).value_labels["Q1c_text"]
    assert raw.user_missing["vir-ša"] == ((-99.0, -1.0),)
    assert kzm.load(folder).responses["news_web"].tolist() == ["selected", "not_selected"]


META = [
    ("relevance", "F3.0", "1"), ("status", "F3.0", "5"), ("lurker", "F3.0", "0"),
    ("unx_ins_date", "F10.0", "1743498030"), ("recnum", "F3.0", "2"), ("itime", "A10", "01.04.2025"),
]  # fmt: skip
PARA = [("t_insert", "A19", "01.04.2025 11:00:00"), ("t_edit", "A19", ""), ("Device", "A7", "Telefon"),
        ("Language_meta", "A11", "Slovenščina")]  # fmt: skip


def test_paradata_of_the_pair(tmp_path):
    names = "".join(f"    {name} {form}\n" for name, form, _ in META)
    after = "".join(f"    {name} {form}\n" for name, form, _ in PARA)
    content = changed("    Q1a F3.0\n", names + "    Q1a F3.0\n").replace(
        b"    Q3 A25\n", f"    Q3 A25\n{after}".encode()
    )
    content = content.replace(
        b"VALUE LABELS Q1a Q1b", b"VARIABLE LABELS Language_meta 'Jezik' .\n\nVALUE LABELS Q1a Q1b"
    )
    row = PODATKI.decode("utf-8-sig").splitlines()[1]
    values = [*(f"'{value}'" for *_, value in META), row, *(f"'{value}'" for *_, value in PARA)]
    raw = read(pair_of(tmp_path, content, BOM + f"{' '.join(values)}\n".encode()))
    assert raw.cells.index.tolist() == [2]
    assert cells_of(raw) == {name: cells[1:] for name, cells in CELLS.items()}
    assert raw.cells["Language"].tolist() == ["Slovenščina"]
    assert raw.labels["Language"] == "Jezik"
    assert raw.units.loc[2, ["status", "device", "language"]].tolist() == [5, "Telefon", "Slovenščina"]
    assert raw.units["finished"].isna().all()


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        (r"d\`oseb", "d'oseb"),
        ("bare ` backtick", "bare ` backtick"),
        (r"\\` \"", '\\` "'),
        ("", ""),
        ("- 'x", None),
    ],
)
def test_values_of_the_data(tmp_path, written, typed):
    data = PODATKI.replace(r"Več d\`oseb, manj  hrupa".encode(), written.encode())
    if typed is None:
        with pytest.raises(kzm.DataError, match=r"row 1: .*a value not written in apostrophes"):
            read(pair_of(tmp_path, data=data))
    else:
        assert read(pair_of(tmp_path, data=data)).cells["Q3"].tolist() == [typed, "-3"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"'-3' '-3' '-3'\n", b"'-3' '-3'\n", "row 2: 6 cells where the header has 7"),
        (b"'-3' '-3' '-3'\n", b"'-3' '-3' '-3' '1'\n", "row 2: 8 cells where the header has 7"),
        (b"'-3' '-3' '-3'\n", b"'-3' '-3' '-3\n", "row 2: .*apostrophes"),
        (b"'-3' '-3' '-3'\n", b"'-3' '-3' '-", "row 2: .*cut short"),
        (b"'0' '1' '0'", b"'0';'1' '0'", "row 2: 6 cells"),
    ],
)
def test_damaged_data_are_refused_by_row(tmp_path, old, new, words):
    assert old in PODATKI
    with pytest.raises(kzm.DataError, match=words) as caught:
        read(pair_of(tmp_path, data=PODATKI.replace(old, new)))
    assert "Val" not in str(caught.value)


def test_last_row_without_its_line_end_is_whole_and_noted(tmp_path):
    raw = read(pair_of(tmp_path, data=PODATKI[:-1]))
    assert cells_of(raw) == CELLS
    assert "the last line has no line end" in said(raw)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not 1KA's SPSS syntax"),
        (BOM + b"FREQUENCIES Q1.\n", "not 1KA's SPSS syntax"),
        (SPS[: SPS.index(b"    Q2a")], "not 1KA's SPSS syntax"),
        (SPS[: SPS.index(b"VALUE LABELS Q2a")], "cut short: its last line, RESTORE, is missing"),
        (SPS.replace(b"    Q1b F3.0\n", b"    Q1b\n"), "no name with a format"),
        (SPS.replace(b"    Q1b F3.0\n", b"    Q1a F3.0\n"), "column names stand twice: Q1a"),
        (SPS.replace(b"    Q1b F3.0\n", b""), "row 1: 7 cells where the header has 6"),
    ],
)
def test_damaged_syntax_is_refused(tmp_path, content, words):
    with pytest.raises(kzm.DataError, match=words):
        read(pair_of(tmp_path, syntax=content))


def test_span_over_zero_does_not_make_answers_missing():
    # An owner who numbers "Ne vem" 99 makes 1KA declare everything from -5 to 99 missing.
    content = changed("-99 'Ne vem'", "99 'Ne vem'").replace(b"(-99 thru -1)", b"(-98 thru 99)")
    content = content.replace(b"'-99' '-99:", b"'99' '99:")
    assert syntax(content).user_missing["Q2a"] == tuple(
        (c, c) for c in (-1.0, -2.0, -3.0, -4.0, -5.0, -97.0, -98.0, 99.0)
    )


def test_data_of_another_export_are_named_as_such(tmp_path):
    lines = PODATKI.rstrip(b"\r\n").split(b"\n")
    short = b"\n".join(line.rstrip(b"\r").rpartition(b" ")[0] for line in lines) + b"\n"
    with pytest.raises(kzm.DataError, match="or the two files are not of the same export"):
        read(pair_of(tmp_path, data=short))
    with pytest.raises(kzm.DataError, match="not written in apostrophes") as caught:
        read(pair_of(tmp_path, data=PODATKI.replace(b"'1' ", b"1' ", 1)))
    assert "same export" not in str(caught.value)
