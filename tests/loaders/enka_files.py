"""1KA exports written by hand, byte by byte, from the open source of 1KA (November 2021).

The survey is the reference's own example: Q1 several answers with an open "other", Q2 two rows of a grid, Q3 open text.
"""

from tests.loaders import write_wave

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
  { name = "bad", code = 1, label = { sl = "slabo", en = "bad" } },
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
#: The reference's file: answers `radio; "Val" 202` and `Več d'oseb, manj\r\nhrupa`; unit 2 broke off after page 1.
FIRST = r'="1";="0";="1";="radio, \"Val\" 202";="4";="5";="Več d\'oseb, manj  hrupa"'
SECOND = '="0";="1";="0";="-2";="-3";="-3";="-3"'
EXAMPLE = b"\xef\xbb\xbf" + f"{NAMES}\r\n{LABELS}\r\n{FIRST}\r\n{SECOND}\r\n".encode()

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
    """Bytes of an export with data and paradata."""
    lines = [META + NAMES + PARA, META_LABELS + LABELS + PARA_LABELS, *units]
    return b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in lines).encode()


def wave_of(root, content, *, n=2, codebook=BOOK, change=("", "")):
    """Wave folder with the export in it."""
    folder = write_wave(root, codebook, file="anketa999001.csv", form="1ka_csv", n=n, change=change)
    (folder / "anketa999001.csv").write_bytes(content)
    return folder
