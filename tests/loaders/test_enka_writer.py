import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kzm_surveys as kzm
from kzm_surveys.codebook import read_codebook
from kzm_surveys.loaders.enka import enka_columns, write_enka_csv
from kzm_surveys.wave import read_wave
from tests.loaders import SURVEYS, write_wave
from tests.loaders.enka_files import BOOK, BROWSER, FIRST, SECOND, unit, wave_of, with_paradata

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
