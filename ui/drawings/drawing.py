"""From an item to its picture: an SVG document, or the same as a data: address for an <img>."""

from __future__ import annotations

import base64
from functools import lru_cache

from recsys.schema import Item
from ui.drawings.ornaments import add_ornaments
from ui.drawings.palette import tones
from ui.drawings.pen import Pen
from ui.drawings.silhouettes import SILHOUETTES
from ui.drawings.specification import Specification, specify


def draw(item: Item) -> str:
    """Return the item's picture as an SVG document with viewBox "0 0 320 320"; the same item, the same picture."""
    return draw_specification(specify(item))


@lru_cache(maxsize=2048)
def draw_specification(specification: Specification) -> str:
    """Return the SVG document of a specification."""
    colours = tones(specification.colour, specification.accent, specification.metal)
    pen = Pen(colours, specification.pattern, specification.details)
    SILHOUETTES[specification.silhouette](pen)
    add_ornaments(pen, specification.silhouette)
    return pen.svg()


def data_uri(item: Item) -> str:
    """Return the item's picture as a data: address, which an <img> shows without any request."""
    return "data:image/svg+xml;base64," + base64.b64encode(draw(item).encode()).decode()
