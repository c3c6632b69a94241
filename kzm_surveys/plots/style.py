"""House style: the style sheet, the sizes of a figure, and files with metadata and the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from importlib.resources import as_file, files
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import Name, PdfPages
from matplotlib.figure import Figure

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.png import png

#: Inches: the text column of an A4 page with 25 mm margins, one of two columns 5 mm apart, and the highest figure
#: that leaves room for its caption on the page.
WIDTHS = {"full": 6.3, "half": 3.05}
HIGHEST = 9.2
DPI = 300
Width = Literal["full", "half"]
PictureKind = Literal["svg", "png", "pdf"]
PROGRAM = "kzm_surveys"
PICTURE_KINDS: tuple[PictureKind, ...] = ("svg", "png", "pdf")
#: Characters that XML 1.0 forbids, and half ones: no file could be read with them in it.
_UNREADABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What matplotlib numbers itself ends in a number.
_NAMED_GROUP = re.compile(r'<g id="([a-z_]+)">')


def check_width(width: str) -> None:
    """Refuse a width that no figure has.

    Examples
    --------
    >>> check_width("third")
    Traceback (most recent call last):
        ...
    kzm_surveys.errors.FindingError: unknown width of a figure 'third'. Allowed: full, half
    """
    if width not in WIDTHS:
        raise FindingError(one_of("unknown width of a figure", width, WIDTHS))


@cache
def _sheet() -> Any:
    """The style sheet over matplotlib's own defaults, so that nobody's settings change a figure."""
    with as_file(files("kzm_surveys.plots") / "kzm.mplstyle") as path:
        settings = mpl.rc_params_from_file(path, use_default_template=True)
    return {name: value for name, value in settings.items() if not name.startswith("backend")}


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the style sheet inside the context only."""
    # To set a value takes ten times as long as to compare it.
    with mpl.rc_context({name: value for name, value in _sheet().items() if mpl.rcParams[name] != value}):
        yield


def saved(figure: Figure, kind: PictureKind, *, title: str, description: str, lang: Language = "sl") -> bytes:
    """Bytes of a figure with title, description and language in the metadata; same figure, same bytes.

    Parameters
    ----------
    figure
        The figure.
    kind
        "svg" (letters stay letters), "png" (300 dpi) or "pdf" (fonts embedded).
    title, description
        For the metadata: what a reader of the file sees as its title, and the alternative text. Control characters
        become U+FFFD.
    lang
        Language of the figure and of both.

    Raises
    ------
    FindingError
        Unknown kind.

    Examples
    --------
    >>> saved(Figure(), "png", title="Naslov", description="Opis")[1:4]
    b'PNG'
    """
    return drawn(figure, kind, title=title, description=description, lang=lang)()


def drawn(
    figure: Figure, kind: PictureKind, *, title: str, description: str, lang: Language = "sl"
) -> Callable[[], bytes]:  # fmt: skip
    """Draw a figure now, and return what makes the bytes of :func:`saved` of it: another thread may do that."""
    if kind not in PICTURE_KINDS:
        raise FindingError(one_of("unknown kind of a picture", kind, PICTURE_KINDS))
    title, description = (_UNREADABLE.sub("\ufffd", text) for text in (title, description))
    with house_style():
        if kind == "png":
            return _png(figure, title, description, lang)
        content = (_svg if kind == "svg" else _pdf)(figure, title, description, lang)
    return lambda: content


def _png(figure: Figure, title: str, description: str, lang: Language) -> Callable[[], bytes]:
    dpi, canvas = figure.dpi, FigureCanvasAgg(figure)
    try:
        figure.set_dpi(DPI)
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    finally:
        figure.set_dpi(dpi)
    texts = {"Title": title, "Description": description, "Language": lang, "Software": PROGRAM}
    return lambda: png(pixels, DPI, texts, lang)


def _svg(figure: Figure, title: str, description: str, lang: Language) -> bytes:
    """SVG whose root is one image with a name and a description for screen readers.

    Names of artists (gid) stand in many places, so they cannot be ids, which matplotlib makes of them.
    """
    out = io.BytesIO()
    words = {"Title": title, "Description": description, "Language": lang, "Creator": PROGRAM}
    figure.savefig(out, format="svg", metadata={**words, "Date": None})
    text = _NAMED_GROUP.sub(r'<g class="\1">', out.getvalue().decode())
    text = text.replace("<svg ", f'<svg role="img" xml:lang="{lang}" ', 1)
    return text.replace("<metadata>", f"<desc>{escape(description, quote=False)}</desc>\n <metadata>", 1).encode()


def _pdf(figure: Figure, title: str, description: str, lang: Language) -> bytes:
    """PDF whose catalog names the language, and lets the reader's window show the title; only PdfFile can write it."""
    out = io.BytesIO()
    words = {"Title": title, "Subject": description, "Creator": PROGRAM}
    with PdfPages(out, metadata={**words, "CreationDate": None}) as pages:
        pages.savefig(figure)
        file = pages._ensure_file()
        kind = Name("Catalog")  # type: ignore[no-untyped-call]
        catalog = {"Type": kind, "Pages": file.pagesObject, "Lang": lang}
        file.writeObject(file.rootObject, {**catalog, "ViewerPreferences": {"DisplayDocTitle": True}})
    return out.getvalue()
