"""The extreme of a catalogue: "cheapest", "most formal", "warmest" as an order over all items, not a search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.catalogue import Catalogue
from recsys.guided.attributes import AttributeSet
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray
from recsys.steering import read_moves

_CHEAPEST = re.compile(
    r"\b(?:cheapest|least (?:expensive|costly|pricey|dear)|most affordable|inexpensivest|best[- ]priced|"
    r"lowest[- ](?:priced?|cost)|lowest in price)\b"
)
_DEAREST = re.compile(
    r"\b(?:most (?:expensive|costly|pricey|exclusive)|priciest|dearest|costliest|highest[- ](?:priced?|cost)|"
    r"least (?:cheap|affordable))\b"
)
_ENDING = re.compile(r"\b([a-z]{3,}?)(i?est)\b")
_NO_SUPERLATIVE = frozenset(
    ("best", "interest", "request", "suggest", "forest", "west", "chest", "vest", "guest", "latest")
)
Sign = Literal[1, -1]


@dataclass(frozen=True)
class Superlative:
    """What to order by.

    Attributes:
        by: "price", or the name of a guided attribute.
        sign: 1 for the most of it first, -1 for the least.
        words: The words that asked for it ("cheapest"), to be left out of a search.
    """

    by: str
    sign: Sign
    words: str


def read_superlative(said: str, attributes: AttributeSet | None) -> Superlative | None:
    """Read a superlative, None where the words hold none that the boutique can order by.

    Args:
        said: For example "cheapest", "the warmest coat", "least formal".
        attributes: The guided attributes that can be ordered by; None where there are none.
    """
    text = said.casefold()
    for pattern, sign in ((_CHEAPEST, -1), (_DEAREST, 1)):
        if found := pattern.search(text):
            return Superlative("price", 1 if sign > 0 else -1, found[0])
    return _of_attribute(text, attributes) if attributes is not None else None


def _of_attribute(text: str, attributes: AttributeSet) -> Superlative | None:
    """Read "most minimal", "warmest", "best for travel" as the comparative that the attributes know."""
    phrases = [found[0] for found in re.finditer(r"\b(?:most|least) [\w-]+", text)]
    phrases += [found[0] for found in re.finditer(r"\b(?:most|least) [\w-]+ [\w-]+", text)]
    phrases += [found[0] for found in _ENDING.finditer(text) if found[0] not in _NO_SUPERLATIVE]
    phrases += [found[0] for found in re.finditer(r"\bbest (?:for|to) [\w-]+", text)]
    for phrase in phrases:
        moves, _ = read_moves(_comparative(phrase), attributes)
        if moves:
            name, move = next(iter(moves.items()))
            return Superlative(name, 1 if move > 0 else -1, phrase)
    return None


def _comparative(phrase: str) -> str:
    """Return "warmer" for "warmest", "more minimal" for "most minimal", "less formal" for "least formal"."""
    text = re.sub(r"\bmost\b", "more", re.sub(r"\bleast\b", "less", re.sub(r"\bbest\b", "better", phrase)))
    return _ENDING.sub(lambda found: found[1] + ("ier" if found[2] == "iest" else "er"), text)


def values(superlative: Superlative, catalogue: Catalogue, guided: GuidedEmbeddings | None) -> FloatArray:
    """Return by how much each item is what a superlative asks for, float32, (N + 1,); -inf where it is not known.

    Prices in another currency than the catalogue's are not compared.
    """
    if superlative.by == "price":
        known = [
            float(item.price_minor) if item.price_minor is not None and item.currency == catalogue.currency else np.nan
            for item in catalogue.items
        ]
        found = np.array([np.nan, *known], dtype=np.float64)
    elif guided is not None and superlative.by in guided.names:
        found = guided.raw[:, guided.names.index(superlative.by)].astype(np.float64)
        found[0] = np.nan
    else:
        found = np.full(len(catalogue) + 1, np.nan)
    return np.asarray(np.where(np.isnan(found), -np.inf, superlative.sign * found), dtype=np.float32)
