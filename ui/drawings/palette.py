"""Colours of a drawing: hex arithmetic, the words people use for colours, and the tones derived from one colour."""

from __future__ import annotations

import colorsys
import re
import zlib
from dataclasses import dataclass

HEX = re.compile(r"^#[0-9a-fA-F]{6}$")

WORDS = {
    "black": "#2b2a2d", "onyx": "#2b2a2d", "charcoal": "#46474c", "graphite": "#505257", "grey": "#8f9093",
    "gray": "#8f9093", "silver": "#c3c6ca", "stone": "#b9b0a2", "white": "#f4f1eb", "ivory": "#f1e9da",
    "cream": "#efe3cc", "ecru": "#e7dcc6", "pearl": "#ece6dc", "beige": "#d9c5a5", "sand": "#d5bf9b",
    "nude": "#dcb79c", "camel": "#bf8f58", "tan": "#b98654", "caramel": "#b0763f", "cognac": "#a35a2c",
    "brown": "#74503a", "chocolate": "#56382a", "espresso": "#45322b", "taupe": "#9a8877", "bronze": "#a17545",
    "copper": "#b46f4c", "gold": "#cfa75e", "golden": "#cfa75e", "yellow": "#e8c250", "mustard": "#c99a34",
    "lemon": "#ead86a", "saffron": "#dd9d31", "orange": "#dc8244", "apricot": "#e7a978", "peach": "#efb99b",
    "coral": "#e07f6c", "terracotta": "#b9603f", "rust": "#a5512f", "red": "#b8323a", "scarlet": "#c4302f",
    "ruby": "#9c1f3c", "crimson": "#a8263a", "burgundy": "#6d2436", "bordeaux": "#6a2233", "wine": "#70283c",
    "berry": "#8d2f54", "plum": "#673a5c", "aubergine": "#4d2d47", "pink": "#e2a0b0", "blush": "#e6bdb6",
    "rose": "#d58d97", "fuchsia": "#c43d80", "magenta": "#b83678", "lilac": "#b7a3cd", "lavender": "#b3a7d4",
    "purple": "#745091", "violet": "#6f559c", "indigo": "#3f4478", "navy": "#2b3a5c", "midnight": "#272f4a",
    "denim": "#4a6a92", "cobalt": "#2f56a5", "blue": "#4a76ab", "azure": "#6d9fc8", "sky": "#9cbfd9",
    "turquoise": "#4ba6a4", "aqua": "#74b8b6", "teal": "#2c6b70", "petrol": "#265660", "mint": "#a5cdb6",
    "green": "#4e7d5a", "emerald": "#1f6b52", "forest": "#2f523f", "olive": "#75763f", "khaki": "#958c5f",
    "sage": "#a0ae90", "lime": "#a9c24e", "champagne": "#e2ceaa", "clear": "#d6e2e2", "multicolour": "#c98a6c",
}  # fmt: skip

PLEASANT = (
    "#b9603f", "#c98a6c", "#d9a45b", "#a08f5c", "#75875f", "#4e7d6a", "#3c7178", "#4a6a92", "#5a5d8f", "#7d5a8c",
    "#a5587c", "#b8505a", "#d58d97", "#8a6a55", "#6b7280", "#cbb28f",
)  # fmt: skip


def mix(first: str, second: str, share: float) -> str:
    """Blend two #rrggbb colours; `share` in [0, 1] is how much of `second` is in the result."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in pairs)


def lightness(colour: str) -> float:
    """Return the perceived lightness of a #rrggbb colour in [0, 1] (weights of ITU-R BT.601)."""
    red, green, blue = _channels(colour)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def muted(colour: str, saturation: float, light: float) -> str:
    """Return the hue of a #rrggbb colour at most at `saturation` and at `light` (HLS, each in [0, 1])."""
    hue, _, own = colorsys.rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    rgb = colorsys.hls_to_rgb(hue, light, min(own, saturation))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in rgb)


def colour_from_words(words: str) -> str | None:
    """Return the colour of the last colour word in `words` ("dark cherry red" is red), or None."""
    found = [WORDS[word] for word in re.findall(r"[a-z]+", words.casefold()) if word in WORDS]
    return found[-1] if found else None


def colour_from_hash(text: str) -> str:
    """Pick a pleasant colour for `text`: the same text always gets the same one, on every machine."""
    return PLEASANT[zlib.crc32(text.casefold().encode(errors="replace")) % len(PLEASANT)]


@dataclass(frozen=True)
class Tones:
    """Everything one drawing is coloured with, each "#rrggbb".

    Attributes:
        seam: Inner lines on `base`; lighter than it on very dark things, where a darker line would vanish.
        mark: The second colour of a pattern, always told apart from `base`.
        ground, disc: The backdrop and the round of light on it, kept apart from the product in lightness.
    """

    base: str
    light: str
    dark: str
    deep: str
    line: str
    seam: str
    mark: str
    accent: str
    accent_dark: str
    accent_light: str
    metal: str
    metal_light: str
    metal_line: str
    ground: str
    disc: str


METALS = {"gold": "#cfa75e", "silver": "#c2c7cc", "rose-gold": "#d3a08a", "gunmetal": "#6c6f76"}


def tones(colour: str, accent: str | None, metal: str = "gold") -> Tones:
    """Derive the tones of a drawing from its colour, its accent colour (None: a darker shade) and its metal."""
    base = mix(colour, "#3a3438", 0.22) if lightness(colour) < 0.1 else colour
    dark_thing = lightness(base) < 0.3
    trim = accent or (mix(base, "#f0e2c8", 0.32) if dark_thing else mix(base, "#2a1c1c", 0.3))
    plain = METALS[metal]
    ground, disc = _backdrop(base)
    return Tones(
        base=base,
        light=mix(base, "#fff6e8", 0.16 if dark_thing else 0.3),
        dark=mix(base, "#241a1e", 0.26),
        deep=mix(base, "#1d1519", 0.5),
        line=mix(base, "#1b1316", 0.56),
        seam=mix(base, "#fff6e8", 0.3) if dark_thing else mix(base, "#1b1316", 0.5),
        mark=_mark(base, accent),
        accent=trim,
        accent_dark=mix(trim, "#241a1e", 0.42),
        accent_light=mix(trim, "#fff6e8", 0.4),
        metal=plain,
        metal_light=mix(plain, "#fffaf0", 0.55),
        metal_line=mix(plain, "#2a1a0c", 0.58),
        ground=ground,
        disc=disc,
    )


def _mark(base: str, accent: str | None) -> str:
    if accent and abs(lightness(accent) - lightness(base)) > 0.16:
        return accent
    return mix(base, "#fff6e8", 0.6) if lightness(base) < 0.55 else mix(base, "#2a1c22", 0.45)


def _backdrop(base: str) -> tuple[str, str]:
    # A pale thing needs a darker ground than the paper-like one that suits everything else.
    if lightness(base) > 0.8:
        ground = mix(muted(base, 0.16, 0.76), "#d3c5b4", 0.55)
        return ground, mix(ground, "#fff9ee", 0.3)
    ground = mix(muted(base, 0.4, 0.9), "#f0e9de", 0.5)
    return ground, mix(ground, "#fffdf8", 0.62)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
