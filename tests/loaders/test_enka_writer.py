import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kzm_surveys as kzm
from kzm_surveys.codebook import read_codebook
from kzm_surveys.loaders.enka import read_enka
from kzm_surveys.loaders.enka_write import write_enka_csv, write_enka_spss
from kzm_surveys.loaders.names import enka_columns
from kzm_surveys.wave import read_wave
from tests.loaders import SURVEYS, write_wave
from tests.loaders.enka_files import (
    BOM,
    BOOK,
    BROWSER,
    EXAMPLE,
    FIRST,
    PODATKI,
    SECOND,
    SYNTAX,
    unit,
    wave_of,
    with_paradata,
)

#: What the two respondents of the reference's example typed or left out, by column.
CELLS = {
    "Q1a": ["1", "0"], "Q1b": ["0", "1"], "Q1c": ["1", "0"], "Q1c_text": ['radio; "Val" 202', "-2"],
    "Q2a": ["4", "-3"], "Q2b": ["5", "-3"], "Q3": ["Več d'oseb, manj\r\nhrupa", "-3"],
}  # fmt: skip


def metadata(statuses):
    n = len(statuses)
    before = {
        "relevance": ["1"] * n, "invitation": ["0"] * n, "status": statuses, "lurker": ["0"] * n,
        "unx_ins_date": ["1743498030"] * n, "recnum": [str(i + 1) for i in range(n)], "testdata": ["0"] * n,
        "itime": ["01.04.2025"] * n,
    }  # fmt: skip
    after = {
        "t_insert": ["01.04.2025 11:00:00"] * n, "t_edit": ["01.04.2025 11:00:30"] * n,
        "date_0": ["01.04.2025 11:00:04"] * n, "date_1": ["01.04.2025 11:00:30"] * n, "date_2": [""] * n,
        "date_3": [""] * n, "Browser": [BROWSER] * n, "BrowserVersion": ["Chrome 134.0"] * n, "OS": ["Android"] * n,
        "Device": ["Telefon"] * n, "Referer": ["https://primer.si/"] * n, "Unsubscribed": ["0"] * n,
        "Language": ["Slovenščina"] * n,
    }  # fmt: skip
    return before, after


@pytest.fixture(scope="module")
def wave(tmp_path_factory):
    folder = wave_of(tmp_path_factory.mktemp("enka"), b"")
    return folder, enka_columns(read_codebook(folder.parent / "codebook.toml"), read_wave(folder)[0])


def test_columns_of_the_example_are_named_and_labelled_as_1ka_does(wave):
    assert [(c.name, c.variable, c.label) for c in wave[1]] == [
        ("Q1a", "news_web", "Splet"),
        ("Q1b", "news_paper", "Časopis"),
        ("Q1c", "news_other", "Drugo:"),
        ("Q1c_text", "news_other_text", "Drugo:"),
        ("Q2a", "quality_water", "Voda"),
        ("Q2b", "quality_air", "Zrak"),
        ("Q3", "change", "Kaj bi spremenili?"),
    ]


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (2, ["Q1a", "Q1b"]),
        (26, [f"Q1{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]),
        # Over 26 items all of them get two letters: aa, ab, ..., az, ba.
        (27, [f"Q1a{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + ["Q1ba"]),
    ],
)
def test_letters_of_items(tmp_path, count, names):
    label = 'label = { sl = "a", en = "a" }'
    items = ",\n".join(f'{{ name = "i{i}", {label} }}' for i in range(count))
    old = BOOK[BOOK.index("items = [") : BOOK.index("[questions.quality]")]
    folder = write_wave(tmp_path, BOOK.replace(old, f"items = [{items}]\n"), form="1ka_csv")
    named = enka_columns(read_codebook(folder.parent / "codebook.toml"), read_wave(folder)[0])
    assert [c.name for c in named if c.variable.startswith("news")] == names


def test_names_given_by_the_wave_are_used():
    folder = SURVEYS / "breastfeeding" / "2022"
    wave, codebook = read_wave(folder)
    named = {c.variable: c.name for c in enka_columns(codebook, wave)}
    assert named["stopping_other_text"] == "Q10g_text"
    assert named["corners_other_text"] == "Q14h_text"
    assert named["corners_none"] == "Q14i"
    assert named["proposals"] == "Q16"


def test_written_bytes_are_those_of_the_reference(wave):
    folder, columns = wave
    path = folder / "anketa999001.csv"
    write_enka_csv(path, columns, CELLS, *metadata(["6", "5"]), pages=3)
    assert path.read_bytes() == with_paradata(unit(1, 6, cells=FIRST), unit(2, 5, cells=SECOND))


def test_what_was_written_reads_back(wave):
    folder, columns = wave
    write_enka_csv(folder / "back.csv", columns, CELLS, *metadata(["6", "5"]), pages=3)
    survey = kzm.load(folder, folder / "back.csv")
    assert survey.responses["news_other_text"].tolist()[0] == 'radio, "Val" 202'
    assert survey.responses["quality_water"].tolist()[0] == "good"
    assert survey.missing["change"].tolist()[1] == "break_off"
    assert not survey.source.synthetic


def lossy(text):
    """What 1KA keeps of an answer: no line breaks, bars or tags, trimmed, semicolons as commas."""
    for char in "\n\r|":
        text = text.replace(char, " ")
    while "<" in text and ">" in text[text.index("<") :]:
        start = text.index("<")
        text = text[:start] + text[text.index(">", start) + 1 :]
    return text.strip(" ").replace(";", ",")


PIECES = [
    '"',
    "\\",
    "'",
    ";",
    ",",
    "=",
    '="',
    '";="',
    "\\'",
    "\n",
    "\r\n",
    "|",
    " ",
    "<b>",
    "</b>",
    "a",
    "čšž",
    "0",
    "€",
]


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=1, max_size=5))
def test_texts_come_back_as_1ka_keeps_them(wave, texts):
    folder, columns = wave
    n = len(texts)
    cells = {c.name: ["1"] * n for c in columns} | {"Q3": texts}
    write_enka_csv(folder / "texts.csv", columns, cells, *metadata(["6"] * n), pages=3)
    survey = kzm.load(folder, folder / "texts.csv")
    back = survey.responses["change"]
    for position, text in enumerate(texts):
        if lossy(text):
            assert back.iloc[position] == lossy(text)
        else:
            assert survey.missing["change"].iloc[position] == "no_answer"


def codebook_of(folder):
    return read_codebook(folder.parent / "codebook.toml")


def test_csv_of_data_only_has_the_bytes_of_the_reference(wave):
    folder, columns = wave
    write_enka_csv(folder / "only.csv", columns, CELLS, {}, {}, pages=3)
    assert (folder / "only.csv").read_bytes() == EXAMPLE


def test_written_pair_has_the_bytes_of_the_reference(wave):
    # The comment above the first command is the server's own; 1KA names the data file after survey and day.
    folder, columns = wave
    path = folder / "anketa999001-2025-04-02.sps"
    data = write_enka_spss(path, columns, CELLS, {}, {}, 3, codebook_of(folder))
    assert data.name == "anketa999001-2025-04-02_podatki.txt"
    assert data.read_bytes() == PODATKI
    content = path.read_bytes()
    assert content.startswith(BOM + b"* ")
    assert content[content.index(b"PRESERVE.") :].decode() == SYNTAX


def test_pair_with_paradata_reads_back(wave):
    folder, columns = wave
    path = folder / "para.sps"
    before, after = metadata(["6", "5"])
    write_enka_spss(path, columns, CELLS, before, after, 3, codebook_of(folder))
    raw = read_enka(path, read_wave(folder)[0], "1ka_spss", [column.name for column in columns])
    assert raw.cells["Language"].tolist() == after["Language"]
    assert raw.cells["date_3"].tolist() == ["", ""]
    assert raw.units["status"].tolist() == [6, 5]
    assert not raw.problems
    content = path.read_text(encoding="utf-8-sig")
    assert "    unx_ins_date F10.0\n" in content
    assert "    Language_meta A13\n" in content  # 11 letters, š and č are two bytes each
    assert "VARIABLE LABELS Language_meta 'Jezik' .\n" in content
    assert "relevance" not in content[content.index("MISSING VALUES") :]


def test_names_are_wrapped_after_every_eleventh_variable(tmp_path):
    # Shipped survey: numbers and texts share one counter, and the break falls into the list of its variable.
    shipped = SURVEYS / "breastfeeding" / "2022"
    wave, codebook = read_wave(shipped)
    columns = enka_columns(codebook, wave)
    cells = {column.name: ["-1"] for column in columns}
    write_enka_spss(tmp_path / "a.sps", columns, cells, {}, {}, 0, codebook)
    content = (tmp_path / "a.sps").read_text(encoding="utf-8-sig", errors="replace")
    assert "\ufffd" in content  # a question cut inside a letter
    names = [column.name for column in columns]
    numbers = content[content.index("MISSING VALUES ") + 15 : content.index(" (-99")]
    texts = content[content.index("\nVALUE LABELS Q10g_text") + 14 : content.index("\n'-1'")]
    ends = {names[place - 1] for place in range(11, len(names) + 1, 11)}
    for listed in (numbers, texts):
        assert {line.split()[-1] for line in listed.split("\n")[:-1] if line.split()} <= ends
    assert numbers.count("\n") + texts.count(" \n") == len(names) // 11
    assert numbers.split() == [name for name in names if codebook[variable_of(columns, name)].kind != "text"]


def variable_of(columns, name):
    return next(column.variable for column in columns if column.name == name)


def test_long_labels_are_written_in_pieces_and_read_whole(tmp_path):
    long = "Voda, ki jo pijemo v ljubljanskih in okoliških stanovanjih, " * 5 + "d'accord"
    folder = wave_of(tmp_path, codebook=BOOK.replace("zelo slabo", long))
    columns = enka_columns(codebook_of(folder), read_wave(folder)[0])
    write_enka_spss(folder / "a.sps", columns, CELLS, {}, {}, 0, codebook_of(folder))
    assert b"'+\n'" in (folder / "a.sps").read_bytes()
    raw = read_enka(folder / "a.sps", read_wave(folder)[0], "1ka_spss")
    assert raw.value_labels["Q2a"][1.0] == long.replace("'", "`")


#: Texts as the server may hold them: without line breaks, bars and tags, and trimmed.
KEPT = (
    st.text(
        st.one_of(st.sampled_from("\"'\\`;,=-123 čšž&"), st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
    )
    .map(lambda text: text.replace("|", "").replace("<", "").strip())
    .filter(bool)
)
CODES = st.sampled_from(["1", "4", "0", "-1", "-2", "-3", "-99", "12.5", "-88"])


@settings(max_examples=100, deadline=None)
@given(units=st.lists(st.tuples(CODES, KEPT | CODES, KEPT | CODES), min_size=1, max_size=6))
def test_cells_come_back_equal_from_csv_and_pair(wave, units):
    folder, columns = wave
    everybody = read_wave(folder)[0].model_copy(deep=True)
    object.__setattr__(everybody.data.units, "lurkers", True)
    codes, *texts = zip(*units, strict=True)
    cells = {column.name: list(codes) for column in columns}
    cells |= {"Q1c_text": list(texts[0]), "Q3": list(texts[1])}
    names = [column.name for column in columns]
    write_enka_spss(folder / "some.sps", columns, cells, {}, {}, 0, codebook_of(folder))
    raw = read_enka(folder / "some_podatki.txt", everybody, "1ka_spss", names)
    assert {name: raw.cells[name].tolist() for name in names} == cells
    write_enka_csv(folder / "some.csv", columns, cells, {}, {}, pages=0)
    raw = read_enka(folder / "some.csv", everybody, "1ka_csv", names)
    as_csv = {name: [cell.replace(";", ",") for cell in column] for name, column in cells.items()}
    assert {name: raw.cells[name].tolist() for name in names} == as_csv
