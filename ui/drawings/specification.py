"""What to draw for an item: its "drawing:" specification, or a guess from its category and title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from recsys.schema import Item
from ui.drawings.palette import HEX, METALS, colour_from_hash, colour_from_words
from ui.drawings.patterns import PATTERNS
from ui.drawings.silhouettes import SILHOUETTES
from ui.drawings.words import JEWELLERY, details_from_words, metal_from_words, silhouette_from_words

FALLBACK = "box"


@dataclass(frozen=True)
class Specification:
    """One drawing, every value valid: a known silhouette and pattern, "#rrggbb" colours, tokens for details.

    Attributes:
        accent: Colour of trim, caps, stones; None for a shade of `colour`.
        details: Small changes a silhouette may know ("chain", "bow"); the ones it does not know do nothing.
    """

    silhouette: str
    colour: str
    accent: str | None = None
    pattern: str = "plain"
    details: frozenset[str] = frozenset()

    @property
    def metal(self) -> str:
        """The metal of the hardware."""
        return next((metal for metal in METALS if metal in self.details), "gold")


def specify(item: Item) -> Specification:
    """Decide what to draw for `item`. The address of a remote image is ignored: nothing is fetched."""
    if item.image and item.image.startswith("drawing:"):
        return _parse(item)
    silhouette = silhouette_from_words(item.category, item.title) or FALLBACK
    return Specification(silhouette, _colour(item), details=details_from_words(silhouette, item.category, item.title))


def _parse(item: Item) -> Specification:
    parts = urlsplit(item.image or "")
    values = {name: found[-1] for name, found in parse_qs(parts.query).items()}
    colour, accent = values.get("colour", ""), values.get("accent", "")
    pattern = values.get("pattern", "plain")
    silhouette = parts.path if parts.path in SILHOUETTES else FALLBACK
    asked = frozenset(re.findall(r"[a-z0-9-]+", values.get("detail", "").casefold()))
    colour = colour if HEX.match(colour) else _colour(item)
    metal = _jewellery_metal(silhouette, item)
    if metal:  # a ring "in platinum with sapphire" has the colour of its stone in the catalogue
        colour, accent = METALS[metal], colour
    return Specification(
        silhouette=silhouette,
        colour=colour,
        accent=accent if HEX.match(accent) else None,
        pattern=pattern if pattern in PATTERNS else "plain",
        details=asked | details_from_words(silhouette, item.category, item.title),
    )


def _jewellery_metal(silhouette: str, item: Item) -> str | None:
    if silhouette not in JEWELLERY or metal_from_words(item.colour or ""):
        return None
    return metal_from_words(f"{item.title} {item.material or ''}")


def _colour(item: Item) -> str:
    return colour_from_words(item.colour or "") or colour_from_words(item.title) or colour_from_hash(item.title)
