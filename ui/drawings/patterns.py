"""Fabric patterns as SVG tiles, drawn in the mark colour over a surface's own colour."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement

from ui.drawings.palette import Tones


def add_pattern(defs: Element, name: str, colours: Tones) -> None:
    """Add the tile of pattern `name` to `defs` under the id "pattern"; nothing for "plain"."""
    if name != "plain":
        PATTERNS[name](defs, colours)


def _tile(defs: Element, width: float, height: float, turn: float = 0) -> Element:
    values = {"id": "pattern", "width": f"{width:g}", "height": f"{height:g}", "patternUnits": "userSpaceOnUse"}
    if turn:
        values["patternTransform"] = f"rotate({turn:g})"
    return SubElement(defs, "pattern", values)


def _fill(tile: Element, d: str, colour: str, opacity: float) -> None:
    SubElement(tile, "path", {"d": d, "fill": colour, "opacity": f"{opacity:g}"})


def _stroke(tile: Element, d: str, colour: str, width: float, opacity: float) -> None:
    values = {"d": d, "fill": "none", "stroke": colour, "stroke-width": f"{width:g}", "opacity": f"{opacity:g}"}
    SubElement(tile, "path", values)


def _circle(tile: Element, x: float, y: float, r: float, colour: str, opacity: float) -> None:
    values = {"cx": f"{x:g}", "cy": f"{y:g}", "r": f"{r:g}", "fill": colour, "opacity": f"{opacity:g}"}
    SubElement(tile, "circle", values)


def _stripe(defs: Element, colours: Tones) -> None:
    _fill(_tile(defs, 18, 18), "M0 4 H18 V10 H0 Z", colours.mark, 0.85)


def _check(defs: Element, colours: Tones) -> None:
    tile = _tile(defs, 36, 36)
    _fill(tile, "M0 8 H36 V18 H0 Z M8 0 V36 H18 V0 Z", colours.mark, 0.32)
    _stroke(tile, "M0 29 H36 M29 0 V36", colours.accent, 1.6, 0.6)


def _dots(defs: Element, colours: Tones) -> None:
    tile = _tile(defs, 24, 24)
    for x, y in ((6, 6), (18, 18)):
        _circle(tile, x, y, 3.1, colours.mark, 0.9)


def _floral(defs: Element, colours: Tones) -> None:
    tile = _tile(defs, 52, 52)
    for x, y, size in ((14, 14, 4.4), (40, 38, 3.6)):
        for petal_x, petal_y in ((0, -1), (0.95, -0.31), (0.59, 0.81), (-0.59, 0.81), (-0.95, -0.31)):
            _circle(tile, x + petal_x * size, y + petal_y * size, size * 0.72, colours.mark, 0.92)
        _circle(tile, x, y, size * 0.6, colours.metal, 1)
    leaves = "M24 20 Q31 16 34 22 Q27 26 24 20 Z M28 42 Q24 48 17 46 Q21 40 28 42 Z M44 12 Q49 9 51 13 Q46 16 44 12 Z"
    _fill(tile, leaves, "#6d8a5e", 0.85)


def _herringbone(defs: Element, colours: Tones) -> None:
    steps = "".join(f"M0 {y} L8 {y - 8} L16 {y}" for y in range(0, 33, 6))
    _stroke(_tile(defs, 16, 24), steps, colours.mark, 1.7, 0.5)


def _quilt(defs: Element, colours: Tones) -> None:
    tile = _tile(defs, 30, 30)
    _stroke(tile, "M0 0 L30 30 M30 0 L0 30", colours.seam, 1.5, 0.6)
    _stroke(tile, "M1.6 -1.2 L31.6 28.8 M31.6 1.2 L1.6 31.2", "#fffaf0", 1.2, 0.22)


def _weave(defs: Element, colours: Tones) -> None:
    tile = _tile(defs, 22, 22)
    _fill(tile, "M0 1 H10 V10 H0 Z M11 12 H21 V21 H11 Z", "#fffaf0", 0.16)
    _stroke(tile, "M0 1 H10 M0 10 H10 M11 12 H21 M11 21 H21", colours.seam, 1.2, 0.6)
    _stroke(tile, "M12 0 V11 M20.5 0 V11 M1 11 V22 M9.5 11 V22", colours.seam, 1.2, 0.6)


def _monogram(defs: Element, colours: Tones) -> None:
    tile = _tile(defs, 40, 40)
    for x, y in ((0, -4.2), (4.2, 0), (0, 4.2), (-4.2, 0)):
        _circle(tile, 10 + x, 10 + y, 3.1, colours.mark, 0.75)
    _circle(tile, 10, 10, 1.9, colours.base, 1)
    _stroke(tile, "M30 22 L38 30 L30 38 L22 30 Z", colours.mark, 1.6, 0.7)
    _circle(tile, 30, 30, 2.4, colours.mark, 0.75)


PATTERNS: dict[str, Callable[[Element, Tones], None]] = {
    "stripe": _stripe,
    "check": _check,
    "dots": _dots,
    "floral": _floral,
    "herringbone": _herringbone,
    "quilt": _quilt,
    "weave": _weave,
    "monogram": _monogram,
}
