"""PNG files: a page of pixels with few colours, written in a third of the time that a filter for every row takes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

_METRES_PER_INCH = 0.0254
#: Drawings compress as well as with higher levels, and twice as fast.
_LEVEL = 3


def png(pixels: npt.NDArray[np.uint8], dpi: int, texts: Mapping[str, str], lang: str) -> bytes:
    """Return the bytes of a PNG file (ISO/IEC 15948) without transparency.

    Parameters
    ----------
    pixels
        (rows, columns, at least 3) red, green and blue, 0-255.
    dpi
        Pixels per inch, for the size in print.
    texts
        Keyword -> text, which may have any letters.
    lang
        BCP 47 tag of the language of the texts.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> content = png(np.full((2, 3, 3), 255, np.uint8), 300, {"Title": "Žaga"}, "sl")
    >>> image = Image.open(io.BytesIO(content))
    >>> image.size, image.mode, image.getpixel((2, 1)), image.text["Title"]
    ((3, 2), 'RGB', (255, 255, 255), 'Žaga')
    """
    height, width = pixels.shape[:2]
    # Each row begins with the number of its filter; 0 leaves it as it is.
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    for channel in range(3):
        rows[:, 1 + channel :: 3] = pixels[:, :, channel]
    per_metre = round(dpi / _METRES_PER_INCH)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            *(_chunk(b"iTXt", f"{key}\0\0\0{lang}\0\0{text}".encode()) for key, text in texts.items()),
            _chunk(b"IDAT", zlib.compress(rows.data, _LEVEL)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
