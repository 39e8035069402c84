"""Pieces of inline SVG that drawings share. xml.etree escapes every value; colours are classes of the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup


def markup(root: Element) -> Markup:
    """Return a finished drawing as HTML."""
    return Markup(tostring(root, encoding="unicode"))


def line(root: Element, css: str, x1: float, y1: float, x2: float, y2: float) -> None:
    """Add a straight line of the class `css`."""
    SubElement(root, "line", {"class": css, "x1": short(x1), "y1": short(y1), "x2": short(x2), "y2": short(y2)})


def rect(root: Element, css: str, x: float, y: float, width: float, height: float) -> Element:
    """Add a box of the class `css`."""
    sizes = {"x": short(x), "y": short(y), "width": short(width), "height": short(height)}
    return SubElement(root, "rect", {"class": css, **sizes})


def circle(root: Element, css: str, x: float, y: float, radius: float) -> None:
    """Add a disc of the class `css` about a point."""
    SubElement(root, "circle", {"class": css, "cx": short(x), "cy": short(y), "r": short(radius)})


def text(root: Element, x: float, y: float, words: str, anchor: str, css: str = "") -> None:
    """Add words; `anchor` is start, middle or end."""
    marks = {"class": css} if css else {}
    SubElement(root, "text", {**marks, "x": short(x), "y": short(y), "text-anchor": anchor}).text = words


def pairs(points: Sequence[tuple[float, float]]) -> str:
    """Write points as a polyline wants them."""
    return " ".join(f"{short(x)},{short(y)}" for x, y in points)


def short(value: float) -> str:
    """Write a length with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
