import io
import re

import matplotlib as mpl
import pytest
from lxml import etree
from PIL import Image

from kzm_surveys.plots.bars import bars
from kzm_surveys.plots.style import saved
from tests.plots.made import FRAME, estimates, row

NBSP = "\u00a0"
TITLE, DESCRIPTION = "Naslov čšž & <znak>", "Vodoravni stolpci: 12,3 %."


def figure():
    rows = [row(0.123, 0.1, 0.15), row(0.4, 0.3, 0.5)]
    return bars(estimates(rows), ["čakalnica", "žaga"], FRAME, withheld="z")


def bytes_of(kind, drawn=None):
    return saved(drawn or figure(), kind, title=TITLE, description=DESCRIPTION)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_same_figure_same_bytes(kind):
    drawn = figure()
    first = bytes_of(kind, drawn)
    assert bytes_of(kind, drawn) == first
    assert bytes_of(kind) == first  # also when drawn anew
    assert len(first) > 1000


def test_one_kind_does_not_change_the_next():
    drawn = figure()
    png = bytes_of("png", drawn)
    bytes_of("svg", drawn)
    bytes_of("pdf", drawn)
    assert bytes_of("png", drawn) == png


def test_png_has_title_description_and_resolution():
    image = Image.open(io.BytesIO(bytes_of("png")))
    assert image.text["Title"] == TITLE
    assert image.text["Description"] == DESCRIPTION
    assert image.text["Language"] == "sl"
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert image.width == pytest.approx(6.3 * 300, abs=1)


def test_svg_holds_words_as_text_and_says_what_it_is():
    root = etree.fromstring(bytes_of("svg"))
    spaces = {"s": "http://www.w3.org/2000/svg", "dc": "http://purl.org/dc/elements/1.1/"}
    words = ["".join(node.itertext()).strip() for node in root.findall(".//s:text", spaces)]
    assert f"12,3{NBSP}%" in words
    assert {"čakalnica", "žaga", FRAME.title, FRAME.mark} <= set(words)
    assert not any(re.search(r"\d\.\d", word) for word in words)
    assert root.find("s:title", spaces).text == TITLE
    assert root.find(".//dc:title", spaces).text == TITLE
    assert root.find(".//dc:description", spaces).text == DESCRIPTION
    assert root.find(".//dc:language", spaces).text == "sl"
    assert root.find(".//dc:date", spaces) is None


def test_pdf_has_a_title_and_no_date():
    content = bytes_of("pdf")
    assert content.startswith(b"%PDF")
    assert b"/Title" in content
    assert b"/Subject" in content
    assert b"/CreationDate" not in content


def test_global_style_is_left_alone():
    before = dict(mpl.rcParams)
    for kind in ("png", "svg", "pdf"):
        bytes_of(kind)
    assert dict(mpl.rcParams) == before
