"""Colours: at least 3:1 on white or with a dark outline, and told apart under the common colour blindnesses."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from kzm_surveys.arrays import FloatArray
from kzm_surveys.errors import FindingError

#: At least 3:1 against white and told apart under the common colour blindnesses (checked by a test).
BLUE, RED, ORANGE = "#12436D", "#801650", "#C7511A"
#: Groups of one figure, in this order; a second sign (dash, marker) always tells them apart too.
GROUPS = (BLUE, ORANGE, "#28A197", "#A285D1")
OUTLINE = "#3D3D3D"
INK, MUTED, GRID = "#1A1A1A", "#4A4A4A", "#D0D4D9"
#: Don't know, not asked, no such source: beside the scale, never a step of it.
ASIDE = "#FFFFFF"
#: Bars under an interval, and a second bar beside the first one.
BAR, PALE = "#3F74A8", "#DCE6F0"
_SEQUENTIAL = ("#E6E9ED", "#B9CBDD", "#7FA3C7", "#3F74A8", "#12436D")
_DIVERGING = ("#A34A1B", "#E3A981", "#E6E9ED", "#7FA3C7", "#12436D")
#: More steps than this cannot be told apart, however drawn.
MOST_STEPS = 12


def sequential(steps: int) -> list[str]:
    """Colours of ordered answers from the weakest to the strongest; those under 3:1 need the outline.

    Raises
    ------
    FindingError
        More than 12 steps.

    Examples
    --------
    >>> sequential(3)
    ['#e6e9ed', '#7fa3c7', '#12436d']
    """
    return _ramp(_SEQUENTIAL, np.linspace(0, 1, steps) if steps > 1 else np.ones(1))


def diverging(steps: int) -> list[str]:
    """Colours from disagreement over a neutral middle, where there is one, to agreement.

    Examples
    --------
    >>> diverging(4)
    ['#a34a1b', '#e3a981', '#7fa3c7', '#12436d']
    """
    side = steps // 2
    parts = np.linspace(0, 0.25, side) if side > 1 else np.zeros(side)
    middle = [0.5] if steps % 2 else []
    return _ramp(_DIVERGING, np.concatenate([parts, middle, 1 - parts[::-1]]))


def _ramp(anchors: tuple[str, ...], at: FloatArray) -> list[str]:
    """Colours at places 0-1 of a ramp, linear between its anchors."""
    if len(at) > MOST_STEPS:
        raise FindingError(
            f"a scale of {len(at)} steps has too many colours to tell apart; at most {MOST_STEPS}. Merge categories."
        )
    known = np.array([to_rgb(colour) for colour in anchors])
    places = np.linspace(0, 1, len(anchors))
    red, green, blue = (np.interp(at, places, channel).tolist() for channel in known.T)
    return [to_hex(colour) for colour in zip(red, green, blue, strict=True)]


def letters_on(colour: str) -> str:
    """Colour of letters on an area: white if they are easy to read on it, else black; always at least 4.5:1.

    Of two contrasts whose product is 21, the greater is at least 4.58 (WCAG 2.1, relative luminance).

    Examples
    --------
    >>> letters_on("#12436D"), letters_on("#5484b2")
    ('#FFFFFF', '#000000')
    """
    values = np.array(to_rgb(colour))
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "#FFFFFF" if 1.05 / (luminance + 0.05) >= 4.5 else "#000000"
