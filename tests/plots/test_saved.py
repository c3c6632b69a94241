import hashlib
import io
import os
import re
import subprocess
import sys
import zlib

import matplotlib as mpl
import numpy as np
import pytest
from lxml import etree
from matplotlib.figure import Figure
from PIL import Image

from kzm_surveys import FindingError
from kzm_surveys.language.numbers import percent
from kzm_surveys.plots.palette import BLUE
from kzm_surveys.plots.png import png
from kzm_surveys.plots.rows import Row, row_plot, share_scale
from kzm_surveys.plots.style import PICTURE_KINDS, house_style, saved
from tests.plots.faults import words
from tests.plots.made import FRAME

NBSP = "\u00a0"
TITLE, DESCRIPTION = "Naslov čšž & <znak>", "Vodoravni stolpci: 12,3 % in “več”."
SVG = {"s": "http://www.w3.org/2000/svg", "dc": "http://purl.org/dc/elements/1.1/"}


def figure(width="full"):
    with house_style():
        plot = row_plot(FRAME, [Row("čakalnica"), Row("žaga")], share_scale(0.5, "sl"), width=width, columns=())
        plot.bars(plot.y, np.zeros(2), np.array([0.123, 0.4]), 0.2, BLUE, name="share", hatch="///")
        plot.write(0.123, plot.y[0], percent(0.123, 1, "sl"), name="number", gap=0.05, blank=True)
    return plot.figure


def bytes_of(kind, drawn=None, **options):
    return saved(drawn or figure(), kind, title=TITLE, description=DESCRIPTION, **options)


@pytest.mark.parametrize("kind", PICTURE_KINDS)
def test_same_figure_same_bytes(kind):
    drawn = figure()
    first = bytes_of(kind, drawn)
    assert bytes_of(kind, drawn) == first
    assert bytes_of(kind) == first  # also when drawn anew
    assert len(first) > 1000


def test_one_kind_does_not_change_the_next():
    drawn = figure()
    alone = {kind: bytes_of(kind) for kind in PICTURE_KINDS}
    for kind in ("png", "pdf", "svg", "png", "svg", "pdf"):
        assert bytes_of(kind, drawn) == alone[kind]


def test_another_process_with_another_hash_seed_writes_the_same_bytes():
    code = (
        "import hashlib; from tests.plots.test_saved import bytes_of, PICTURE_KINDS\n"
        "print(*[hashlib.sha256(bytes_of(kind)).hexdigest() for kind in PICTURE_KINDS])"
    )
    here = [hashlib.sha256(bytes_of(kind)).hexdigest() for kind in PICTURE_KINDS]
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True
        )
        assert ran.stdout.split() == here, ran.stderr


@pytest.mark.parametrize("kind", PICTURE_KINDS)
def test_settings_of_the_user_do_not_change_a_figure(kind):
    expected = bytes_of(kind)
    theirs = {
        "font.family": "serif", "font.weight": "bold", "text.color": "red", "lines.linewidth": 9, "figure.dpi": 50,
        "figure.facecolor": "black", "svg.fonttype": "path", "patch.linewidth": 4, "hatch.linewidth": 5,
    }  # fmt: skip
    with mpl.rc_context(theirs):
        assert bytes_of(kind) == expected


def test_an_unknown_kind_is_refused():
    with pytest.raises(FindingError, match="unknown kind of a picture 'gif'"):
        bytes_of("gif")


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_png_has_title_description_language_and_resolution(lang):
    content = bytes_of("png", lang=lang)
    image = Image.open(io.BytesIO(content))
    image.verify()
    image = Image.open(io.BytesIO(content))
    image.load()
    assert image.text["Title"] == TITLE
    assert image.text["Title"].lang == lang
    assert image.text["Description"] == DESCRIPTION
    assert image.text["Language"] == lang
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert (image.width, image.mode) == (6.3 * 300, "RGB")
    assert b"tIME" not in content


@pytest.mark.parametrize(("width", "inches"), [("full", 6.3), ("half", 3.05)])
def test_png_is_as_wide_as_the_text_of_the_page(width, inches):
    image = Image.open(io.BytesIO(bytes_of("png", figure(width=width))))
    assert image.width == pytest.approx(inches * 300, abs=1)


def test_png_holds_the_pixels_that_matplotlib_draws():
    drawn = figure()
    theirs = io.BytesIO()
    with house_style():
        drawn.savefig(theirs, format="png", dpi=300)
    expected = np.asarray(Image.open(theirs).convert("RGB"))
    assert (np.asarray(Image.open(io.BytesIO(bytes_of("png", drawn)))) == expected).all()
    assert drawn.dpi == 100  # as it was


def test_png_of_any_pixels_is_read_back():
    pixels = np.random.default_rng(1).integers(0, 256, (17, 5, 4), dtype=np.uint8)
    image = Image.open(io.BytesIO(png(pixels, 300, {}, "sl")))
    assert (np.asarray(image) == pixels[:, :, :3]).all()


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_svg_holds_words_as_text_and_says_what_it_is(lang):
    root = etree.fromstring(bytes_of("svg", lang=lang))
    shown = ["".join(node.itertext()).strip() for node in root.findall(".//s:text", SVG)]
    assert (f"12,3{NBSP}%") in shown
    assert {FRAME.title, FRAME.mark} <= set(shown)
    assert sorted(shown) == sorted(text.get_text() for text in figure().texts)
    assert not any(re.search(r"\d\.\d", word) for word in shown)
    assert root.get("role") == "img"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == lang
    assert [root[0].tag, root[1].tag] == [f"{{{SVG['s']}}}title", f"{{{SVG['s']}}}desc"]
    assert (root[0].text, root[1].text) == (TITLE, DESCRIPTION)
    assert root.find(".//dc:title", SVG).text == TITLE
    assert root.find(".//dc:description", SVG).text == DESCRIPTION
    assert root.find(".//dc:language", SVG).text == lang
    assert root.find(".//dc:date", SVG) is None


def test_svg_names_a_font_that_windows_has():
    content = bytes_of("svg").decode()
    families = set(re.findall(r"font-family: ([^;\"]+)", content))
    assert families == {"'DejaVu Sans', 'Verdana', sans-serif"}


def test_svg_has_every_id_once_and_keeps_the_names_of_artists():
    root = etree.fromstring(bytes_of("svg"))
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) > 0
    named = [node for node in root.iter() if node.get("class") == "label"]
    assert len(named) == len(words(figure(), "label")) > 0
    for used in re.findall(r"url\(#(\w+)\)|href=\"#(\w+)\"", etree.tostring(root).decode()):
        assert (used[0] or used[1]) in ids


def test_svg_is_not_taken_in_by_a_title_like_its_own_tags():
    words = '</title><svg onload=x> <g id="label">'
    root = etree.fromstring(saved(figure(), "svg", title=words, description=words))
    assert (root[0].text, root[1].text) == (words, words)


def objects(content):
    """Objects of a PDF by number, from its table of places."""
    table = content[int(re.search(rb"startxref\n(\d+)", content)[1]) :]
    places = [int(place) for place in re.findall(rb"^(\d{10}) \d{5} n ", table, re.M)]
    out = {}
    for place in places:
        number, body = re.match(rb"(\d+) 0 obj\n(.*?)\nendobj", content[place:], re.S).groups()
        out[int(number)] = body
    root, info = (int(re.search(rb"/%b (\d+) 0 R" % name, table)[1]) for name in (b"Root", b"Info"))
    return out, out[root], out[info]


def text_of(info, name):
    """A string of a PDF, which has an escape before brackets and backslashes."""
    raw = re.search(rb"/%b \(((?:[^\\)]|\\.)*)\)" % name, info, re.S)[1]
    codes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    raw = re.sub(rb"\\(.)", lambda found: codes.get(found[1], found[1]), raw, flags=re.S)
    return raw[2:].decode("utf-16-be") if raw.startswith(b"\xfe\xff") else raw.decode("ascii")


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_pdf_has_title_description_and_language_and_no_date(lang):
    content = bytes_of("pdf", lang=lang)
    _, catalog, info = objects(content)
    assert f"/Lang ({lang})".encode() in catalog
    assert b"/DisplayDocTitle true" in catalog
    assert b"/Type /Catalog" in catalog
    assert text_of(info, b"Title") == TITLE
    assert text_of(info, b"Subject") == DESCRIPTION
    assert b"Date" not in info


def test_pdf_has_its_fonts_inside_and_its_words_can_be_searched():
    found, _, _ = objects(bytes_of("pdf"))
    fonts = [body for body in found.values() if b"/Type /Font " in body or body.endswith(b"/Type /Font >>")]
    assert len(fonts) >= 2
    assert all(b"/CharProcs" in font and b"/ToUnicode" in font for font in fonts)
    letters = ""
    for body in found.values():
        stream = re.search(rb"stream\r?\n(.*)\r?\nendstream", body, re.S)
        content = zlib.decompress(stream[1]) if stream and b"FlateDecode" in body else b""
        for group in re.findall(rb"\[([<>0-9a-f ]+)\]", content.partition(b"beginbfrange")[2]):
            letters += bytes.fromhex(re.sub(rb"[<> ]", b"", group).decode()).decode("utf-16-be")
    assert set("čakalnicažagaNaslov12,3") <= set(letters)


def test_global_style_is_left_alone():
    before = dict(mpl.rcParams)
    for kind in PICTURE_KINDS:
        bytes_of(kind)
    assert dict(mpl.rcParams) == before


def test_a_figure_without_anything_is_saved():
    for kind in PICTURE_KINDS:
        assert len(saved(Figure(), kind, title="a", description="b")) > 100


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_no_file_may_hold_are_replaced(sign):
    made = {kind: saved(figure(), kind, title=f"a{sign}b", description=f"c{sign}d") for kind in PICTURE_KINDS}
    root = etree.fromstring(made["svg"])
    assert (root[0].text, root[1].text) == ("a\ufffdb", "c\ufffdd")
    text = Image.open(io.BytesIO(made["png"])).text
    assert (text["Title"], text["Description"]) == ("a\ufffdb", "c\ufffdd")
    info = objects(made["pdf"])[2]
    assert (text_of(info, b"Title"), text_of(info, b"Subject")) == ("a\ufffdb", "c\ufffdd")


def test_svg_has_its_description_also_without_a_title():
    root = etree.fromstring(saved(figure(), "svg", title="", description="Opis."))
    assert root.findtext("s:desc", namespaces=SVG) == "Opis."
