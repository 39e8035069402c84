"""The pen that every silhouette is drawn with: filled, shaded and outlined shapes in one light, on one ground.

Elements are built with xml.etree, which escapes every value; nothing here knows what a bag or a boot looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element, SubElement, tostring

from ui.drawings.palette import Tones
from ui.drawings.patterns import add_pattern

SIZE = 320
OUTLINE = 2.0
_STEP = re.compile(r"([MLQC])([^MLQC]*)")


def symmetric(half: str) -> str:
    """Close a right-hand half outline into a whole one, mirrored about the vertical middle (x = 160).

    Args:
        half: Absolute M, L, Q and C steps from the top to the bottom of the right side.
    """
    points: list[tuple[str, list[tuple[float, float]]]] = []
    for step, numbers in _STEP.findall(half):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        points.append((step, list(zip(values[::2], values[1::2], strict=True))))
    back: list[str] = [f"L{SIZE - points[-1][1][-1][0]:g} {points[-1][1][-1][1]:g}"]
    for index in range(len(points) - 1, 0, -1):
        step, through = points[index]
        stops = [*reversed(through[:-1]), points[index - 1][1][-1]]
        back.append(step + " ".join(f"{SIZE - x:g} {y:g}" for x, y in stops))
    return f"{half} {' '.join(back)} Z"


class Pen:
    """Draws one thing. Names of colours are those of `Tones`, or "white", "ink"."""

    def __init__(self, colours: Tones, pattern: str, details: frozenset[str]) -> None:
        self.colours = colours
        self.pattern = pattern
        self.details = details
        self._top = Element("g", {"stroke-linejoin": "round", "stroke-linecap": "round"})
        self._into = self._top

    def has(self, detail: str) -> bool:
        """Whether the specification asks for `detail`."""
        return detail in self.details

    def body(self, d: str, tone: str = "base") -> None:
        """Draw a main surface: colour, pattern, light and outline."""
        self._path(d, fill=self._colour(tone))
        if self.pattern != "plain":
            self._path(d, fill="url(#pattern)")
        self._path(d, fill="url(#light)")
        self._path(d, fill="none", stroke=self.colours.line, width=OUTLINE)

    def part(self, d: str, tone: str = "dark", outline: str = "line") -> None:
        """Draw a lesser surface: one tone, light and outline, no pattern."""
        self._path(d, fill=self._colour(tone))
        self._path(d, fill="url(#light)")
        self._path(d, fill="none", stroke=self._colour(outline), width=OUTLINE - 0.4)

    def metal(self, d: str) -> None:
        """Draw a piece of hardware."""
        self.part(d, "metal", "metal_line")

    def band(self, d: str, width: float, tone: str = "base", outline: str = "line") -> None:
        """Draw a strap along an open line, `width` wide."""
        self._path(d, fill="none", stroke=self._colour(outline), width=width + 2 * OUTLINE - 1)
        self._path(d, fill="none", stroke=self._colour(tone), width=width)

    def line(self, d: str, width: float = 1.8, tone: str = "seam", opacity: float = 1.0) -> None:
        """Draw an inner line."""
        self._path(d, fill="none", stroke=self._colour(tone), width=width, opacity=opacity)

    def stitch(self, d: str, tone: str = "seam", opacity: float = 0.75) -> None:
        """Draw a row of stitches."""
        self._path(d, fill="none", stroke=self._colour(tone), width=1.3, opacity=opacity, dash="4.5 3.5")

    def shade(self, d: str, opacity: float = 0.16) -> None:
        """Darken a region (the side away from the light, a fold)."""
        self._path(d, fill=self.colours.deep, opacity=opacity)

    def shine(self, d: str, opacity: float = 0.4) -> None:
        """Lighten a region (a reflection)."""
        self._path(d, fill="#fffdf6", opacity=opacity)

    def flat(self, d: str, tone: str, opacity: float = 1.0) -> None:
        """Fill a region with one tone and nothing else."""
        self._path(d, fill=self._colour(tone), opacity=opacity)

    def disc(
        self, x: float, y: float, rx: float, ry: float | None = None, tone: str = "metal", outline: str = "line"
    ) -> None:
        """Draw a round or oval surface with light and outline."""
        ry = rx if ry is None else ry
        d = f"M{x - rx:g} {y:g} A{rx:g} {ry:g} 0 1 0 {x + rx:g} {y:g} A{rx:g} {ry:g} 0 1 0 {x - rx:g} {y:g} Z"
        self.part(d, tone, outline)

    def ring(self, x: float, y: float, rx: float, ry: float, width: float, tone: str = "metal") -> None:
        """Draw an open ring, `width` thick."""
        d = f"M{x - rx:g} {y:g} A{rx:g} {ry:g} 0 1 0 {x + rx:g} {y:g} A{rx:g} {ry:g} 0 1 0 {x - rx:g} {y:g} Z"
        outline = "metal_line" if tone.startswith("metal") else "line"
        self.band(d, width, tone, outline)

    def button(self, x: float, y: float, r: float = 4.2, tone: str = "accent") -> None:
        """Draw a button with its two holes."""
        self.disc(x, y, r, tone=tone)
        for side in (-1, 1):
            self.flat(_dot(x + side * r * 0.32, y, r * 0.17), "line")

    def ground(self, x: float, y: float, rx: float) -> None:
        """Draw the shadow that a standing thing throws on the table."""
        SubElement(
            self._into,
            "ellipse",
            {"cx": f"{x:g}", "cy": f"{y:g}", "rx": f"{rx:g}", "ry": f"{rx * 0.085:g}", "fill": "url(#shadow)"},
        )

    @contextmanager
    def moved(self, transform: str) -> Iterator[None]:
        """Draw under an SVG transform."""
        outer, self._into = self._into, SubElement(self._into, "g", {"transform": transform})
        yield
        self._into = outer

    @contextmanager
    def clipped(self, name: str, d: str) -> Iterator[None]:
        """Draw only inside a region; `name` is unique within the drawing."""
        clip = SubElement(self._into, "clipPath", {"id": name})
        SubElement(clip, "path", {"d": d})
        outer, self._into = self._into, SubElement(self._into, "g", {"clip-path": f"url(#{name})"})
        yield
        self._into = outer

    def mirrored(self) -> Iterator[None]:
        """Yield twice: once as is, once mirrored about the vertical middle; for pairs (sleeves, earrings)."""
        yield
        with self.moved(f"translate({SIZE} 0) scale(-1 1)"):
            yield

    def svg(self) -> str:
        """Return the finished drawing as an SVG document, to be shown as an image (its ids are not unique)."""
        root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {SIZE} {SIZE}"})
        _add_definitions(root, self.colours)
        add_pattern(SubElement(root, "defs"), self.pattern, self.colours)
        SubElement(root, "rect", {"width": str(SIZE), "height": str(SIZE), "fill": self.colours.ground})
        SubElement(root, "circle", {"cx": "160", "cy": "160", "r": "132", "fill": self.colours.disc})
        SubElement(root, "g", {"filter": "url(#soft)"}).append(self._top)
        return tostring(root, encoding="unicode")

    def _colour(self, tone: str) -> str:
        fixed = {"white": "#fbf8f2", "ink": "#2f292c"}
        return fixed.get(tone) or str(getattr(self.colours, tone))

    def _path(
        self,
        d: str,
        fill: str,
        stroke: str | None = None,
        width: float = 0.0,
        opacity: float = 1.0,
        dash: str | None = None,
    ) -> None:
        values = {"d": d, "fill": fill}
        if stroke:
            values |= {"stroke": stroke, "stroke-width": f"{width:g}"}
        if opacity < 1:
            values["opacity"] = f"{opacity:g}"
        if dash:
            values["stroke-dasharray"] = dash
        SubElement(self._into, "path", values)


def _dot(x: float, y: float, r: float) -> str:
    return f"M{x - r:g} {y:g} A{r:g} {r:g} 0 1 0 {x + r:g} {y:g} A{r:g} {r:g} 0 1 0 {x - r:g} {y:g} Z"


def _add_definitions(root: Element, colours: Tones) -> None:
    defs = SubElement(root, "defs")
    light = SubElement(defs, "linearGradient", {"id": "light", "x1": "0", "y1": "0", "x2": "0.9", "y2": "1"})
    for offset, colour, opacity in (("0", "#fffaf0", ".26"), (".45", "#fffaf0", "0"), ("1", colours.deep, ".3")):
        SubElement(light, "stop", {"offset": offset, "stop-color": colour, "stop-opacity": opacity})
    shadow = SubElement(defs, "radialGradient", {"id": "shadow"})
    for offset, opacity in (("0", ".42"), ("1", "0")):
        SubElement(shadow, "stop", {"offset": offset, "stop-color": "#3a2a22", "stop-opacity": opacity})
    soft = SubElement(defs, "filter", {"id": "soft", "x": "-10%", "y": "-10%", "width": "120%", "height": "125%"})
    SubElement(
        soft,
        "feDropShadow",
        {"dx": "0", "dy": "5", "stdDeviation": "5", "flood-color": "#3a2a22", "flood-opacity": ".26"},
    )
