"""Contrast, Lab distance and colour-vision deficiency, from the published formulas."""

import numpy as np

#: Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
#: IEEE TVCG 15(6), severity 1.0 (the authors' table of precomputed matrices); for linear RGB.
MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour):
    """Linear RGB (0-1) of a hex colour, IEC 61966-2-1."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    """WCAG 2.1 contrast ratio, 1 to 21."""
    light, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (first, second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    """CIE Lab (D65) of linear RGB."""
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                       [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
    scaled = to_xyz @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(scaled > (6 / 29) ** 3, np.cbrt(scaled), scaled / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first, second, vision="normal"):
    """Delta E (CIE 1976) of two hex colours as seen with a kind of colour vision."""
    matrix = np.eye(3) if vision == "normal" else np.array(MACHADO[vision])
    seen = [lab((matrix @ linear(c)).clip(0, 1)) for c in (first, second)]
    return float(np.linalg.norm(seen[0] - seen[1]))
