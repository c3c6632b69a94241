"""1KA exports written by hand, byte by byte, from the open source of 1KA (November 2021).

The survey is the reference's own example: Q1 several answers with an open "other", Q2 two rows of a grid, Q3 open text.
Unit 1 finished and typed ``radio; "Val" 202`` and ``Več d'oseb, manj`` with ``hrupa`` on a second line. Unit 2 broke
off after page 1. The same answers stand here in all five kinds of file.
"""

from kzm_surveys.loaders.enka import read_enka
from kzm_surveys.loaders.names import enka_columns
from kzm_surveys.wave import read_wave
from tests.loaders import write_wave

BOM = b"\xef\xbb\xbf"

BOOK = """
survey = "sum"
title = { sl = "Test šum", en = "Noise test" }
status = { sl = "izmišljeno", en = "invented" }

[questions.news]
kind = "multiple"
label = { sl = "novice", en = "news" }
question = { sl = "Kje iščete novice o kraju?", en = "Where do you look for local news?" }
items = [
  { name = "web", label = { sl = "Splet", en = "Web" } },
  { name = "paper", label = { sl = "Časopis", en = "Newspaper" } },
  { name = "other", other = true, label = { sl = "Drugo:", en = "Other:" } },
]

[questions.quality]
kind = "battery"
label = { sl = "okolje", en = "environment" }
question = { sl = "Ocenite kakovost okolja:", en = "Rate the environment:" }
categories = [
  { name = "very_bad", code = 1, label = { sl = "zelo slabo", en = "very bad" } },
  { name = "bad", code = 2, label = { sl = "slabo", en = "bad" } },
  { name = "fair", code = 3, label = { sl = "srednje", en = "fair" } },
  { name = "good", code = 4, label = { sl = "dobro", en = "good" } },
  { name = "very_good", code = 5, label = { sl = "zelo dobro", en = "very good" } },
]
items = [
  { name = "water", label = { sl = "Voda", en = "Water" } },
  { name = "air", label = { sl = "Zrak", en = "Air" } },
]

[questions.change]
kind = "text"
label = { sl = "spremembe", en = "changes" }
question = { sl = "Kaj bi spremenili?", en = "What would you change?" }
"""

NAMES = "Q1a;Q1b;Q1c;Q1c_text;Q2a;Q2b;Q3;"
LABELS = "Splet;Časopis;Drugo:;Drugo:;Voda;Zrak;Kaj bi spremenili?;"
FIRST = r'="1";="0";="1";="radio, \"Val\" 202";="4";="5";="Več d\'oseb, manj  hrupa"'
SECOND = '="0";="1";="0";="-2";="-3";="-3";="-3"'
EXAMPLE = BOM + f"{NAMES}\r\n{LABELS}\r\n{FIRST}\r\n{SECOND}\r\n".encode()

XLS = (
    BOM
    + (
        '<table border="1">\r\n'
        "</tr><td>Q1a</td><td>Q1b</td><td>Q1c</td><td>Q1c_text</td><td>Q2a</td><td>Q2b</td><td>Q3</td></tr>\r\n"
        "</tr><td>Splet</td><td>Časopis</td><td>Drugo:</td><td>Drugo:</td><td>Voda</td><td>Zrak</td>"
        "<td>Kaj bi spremenili?</td></tr>\r\n"
        '<tr><td align="center">1</td><td align="center">0</td><td align="center">1</td>'
        r'<td align="center">radio; \"Val\" 202</td><td align="center">4</td><td align="center">5</td>'
        r"""<td align="center">Več d\'oseb, manj  hrupa</td></tr>"""
        "\r\n"
        '<tr><td align="center">0</td><td align="center">1</td><td align="center">0</td><td align="center">-2</td>'
        '<td align="center">-3</td><td align="center">-3</td><td align="center">-3</td></tr>\r\n'
        "</table>"
    ).encode()
)

#: Unit 1 has eight cells, because its semicolon stays.
TXT = (
    BOM
    + (
        "Q1a;Q1b;Q1c;Q1c_text;Q2a;Q2b;Q3;\n"
        "Splet;Časopis;Drugo:;Drugo:;Voda;Zrak;Kaj bi spremenili?;\n"
        r"""1;0;1;radio; \"Val\" 202;4;5;Več d\'oseb, manj  hrupa"""
        "\n0;1;0;-2;-3;-3;-3\n"
    ).encode()
)

PODATKI = (
    BOM
    + (
        r"""'1' '0' '1' 'radio; \"Val\" 202' '4' '5' 'Več d\`oseb, manj  hrupa'"""
        "\n'0' '1' '0' '-2' '-3' '-3' '-3'\n"
    ).encode()
)

#: What stands above the first command; 1KA has nine lines of advice, with entities, and a line with a period.
COMMENT = "* Podatke shranite na disk C:&#353; in popravite vrstico 18, &#269;e je treba.\n" * 9 + ".\n\n"
SYNTAX = """\
PRESERVE.
SET LOCALE='en_US'.
SET UNICODE ON.
SET DECIMAL DOT.

GET DATA
  /TYPE = TXT
  /FILE = 'C:\\anketa999001-2025-04-02_podatki.txt'
  /ARRANGEMENT = DELIMITED
  /FIRSTCASE = 1
  /IMPORTCASE = ALL
  /DELIMITERS = " "
  /QUALIFIER = "'"
  /VARIABLES =·
    Q1a F3.0
    Q1b F3.0
    Q1c F3.0
    Q1c_text A18
    Q2a F3.0
    Q2b F3.0
    Q3 A25
    .

DATASET NAME Test___um WINDOW=FRONT.

VARIABLE LABELS Q1a 'Kje iščete novice o kraju?: Splet' .
VARIABLE LABELS Q1b 'Kje iščete novice o kraju?: Časopis' .
VARIABLE LABELS Q1c 'Kje iščete novice o kraju?: Drugo:' .
VARIABLE LABELS Q1c_text 'Kje iščete novice o kraju?: Drugo: (tekst)' .
VARIABLE LABELS Q2a 'Ocenite kakovost okolja:: Voda' .
VARIABLE LABELS Q2b 'Ocenite kakovost okolja:: Zrak' .
VARIABLE LABELS Q3 'Kaj bi spremenili? (Kaj bi spremenili?)' .

VALUE LABELS Q1a Q1b Q1c
0 'ni izbran'
1 'izbran'
.

VALUE LABELS Q2a Q2b
1 'zelo slabo'
2 'slabo'
3 'srednje'
4 'dobro'
5 'zelo dobro'
.

MISSING VALUES Q1a Q1b Q1c Q2a Q2b  (-99 thru -1).

ADD VALUE LABELS Q1a Q1b Q1c Q2a Q2b·
-1 'Ni odgovoril'
-2 'Preskok (if)'
-3 'Prekinjeno'
-4 'Naknadno vprašanje'
-5 'Prazna enota'
-97 'Neustrezno'
-98 'Zavrnil'
-99 'Ne vem'
.

VALUE LABELS Q1c_text Q3··
'-1' '-1: Ni odgovoril'·
'-2' '-2: Preskok (if)'·
'-3' '-3: Prekinjeno'·
'-4' '-4: Naknadno vprašanje'·
'-5' '-5: Prazna enota'·
'-97' '-97: Neustrezno'·
'-98' '-98: Zavrnil'·
'-99' '-99: Ne vem'·
.

EXECUTE.
RESTORE.""".replace("·", " ")
SPS = BOM + (COMMENT + SYNTAX).encode()

#: What the two units answered, by column; a line break has become a blank (two for CRLF).
CELLS = {
    "Q1a": ["1", "0"], "Q1b": ["0", "1"], "Q1c": ["1", "0"], "Q1c_text": ['radio; "Val" 202', "-2"],
    "Q2a": ["4", "-3"], "Q2b": ["5", "-3"], "Q3": ["Več d'oseb, manj  hrupa", "-3"],
}  # fmt: skip

META = "relevance;invitation;status;lurker;unx_ins_date;recnum;testdata;itime;"
META_LABELS = "Ustreznost;Vabilo;Status;Prazna;unx_ins_date;Record number;Testni;Datum;"
PARA = "t_insert;t_edit;date_0;date_1;date_2;date_3;Browser;BrowserVersion;OS;Device;Referer;Unsubscribed;Language;"
PARA_LABELS = (
    "začetek;konec;datum_0;datum_1;datum_2;datum_3;Brskalnik;Verzija brskalnika;Operacijski sistem;Naprava;Referer;"
    "Unsubscribed;Jezik;"
)
BROWSER = "Mozilla/5.0 (Linux, Android 14)"


def unit(recnum, status, *, lurker=0, test=0, cells=SECOND, browser=BROWSER):
    """One line of an export with paradata."""
    head = f'="{int(not lurker)}";="0";="{status}";="{lurker}";="1743498030";="{recnum}";="{test}";="01.04.2025";'
    times = '="01.04.2025 11:00:00";="01.04.2025 11:00:30";="01.04.2025 11:00:04";="01.04.2025 11:00:30";="";="";'
    tail = f'="{browser}";="Chrome 134.0";="Android";="Telefon";="https://primer.si/";="0";="Slovenščina"'
    return f"{head}{cells};{times}{tail}"


def with_paradata(*units):
    """Bytes of a CSV export with data and paradata."""
    lines = [META + NAMES + PARA, META_LABELS + LABELS + PARA_LABELS, *units]
    return BOM + "".join(f"{line}\r\n" for line in lines).encode()


def wave_of(root, content=b"", *, file="anketa999001.csv", form="1ka_csv", n=2, codebook=BOOK, change=("", "")):
    """Wave folder with the export in it."""
    folder = write_wave(root, codebook, file=file, form=form, n=n, change=change)
    (folder / file).write_bytes(content)
    return folder


def pair_of(root, syntax=SPS, data=PODATKI, **wave):
    """Wave folder with the SPSS pair in it."""
    folder = wave_of(root, syntax, file="anketa999001-2025-04-02.sps", form="1ka_spss", **wave)
    (folder / "anketa999001-2025-04-02_podatki.txt").write_bytes(data)
    return folder


def read(folder, *, texts=(), file=None):
    """RawTable of the export in a wave folder."""
    wave, codebook = read_wave(folder)
    columns = [column.name for column in enka_columns(codebook, wave)]
    return read_enka(folder / (file or wave.data.file), wave, wave.data.format, columns, texts)


def csv_of(*rows, names=NAMES, labels=LABELS):
    """Bytes of a CSV export of data only."""
    return BOM + "".join(f"{line}\r\n" for line in (names, labels, *rows)).encode()


def cells_of(raw):
    """Cells of the question columns as lists."""
    return {name: raw.cells[name].tolist() for name in raw.cells if name not in raw.other_columns}


def said(raw, severity="warning"):
    """What the reader noticed, as text."""
    return "\n".join(str(problem) for problem in raw.problems if problem.severity == severity)
