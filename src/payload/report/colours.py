"""One colour and one letter for each experiment, the same on the terminal and on the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: capitals, digits and Greek: small Latin letters are left to the duties' names
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789αβγδεζηθικλμνξοπρστυφχψω"
#: few colours share the wheel evenly; many follow the golden angle, which leaves no two close together for long
_FEW = 12
_GOLDEN_DEGREES = 137.508
_SHADES = ((0.80, 0.115), (0.72, 0.130), (0.86, 0.090))
#: every shade above is light: one ink stands at a contrast of at least 7 to 1 on all of them
INK = "#14171c"


def colours(names: Sequence[str]) -> dict[str, str]:
    """`#rrggbb` for each name, by its place in the list; neighbours differ in lightness besides."""
    turn_degrees = 360.0 / len(names) if 0 < len(names) <= _FEW else _GOLDEN_DEGREES
    return {
        name: oklch(*_SHADES[place % len(_SHADES)], (25.0 + place * turn_degrees) % 360.0)
        for place, name in enumerate(names)
    }


def letters(names: Sequence[str]) -> dict[str, str]:
    """One character for each name; `*` for all beyond the sixtieth or so."""
    return {name: _LETTERS[place] if place < len(_LETTERS) else "*" for place, name in enumerate(names)}


def oklch(lightness: float, chroma: float, hue_degrees: float) -> str:
    """A colour of equal lightness whatever its hue, as sRGB (B. Ottosson, https://bottosson.github.io/posts/oklab/)."""
    a, b = chroma * math.cos(math.radians(hue_degrees)), chroma * math.sin(math.radians(hue_degrees))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, part)))):02x}" for part in linear)


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
