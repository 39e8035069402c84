"""A boutique of twelve items in which everything can be worked out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from recsys.catalogue import Catalogue, words
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.embedding import GuidedEmbeddings
from recsys.guided.scores import GuidedScores
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender
from recsys.schema import Item
from recsys.seller.evidence import Purchase

ATTRIBUTES = AttributeSet(
    domain="small",
    stance="for tests",
    attributes=(
        GuidedAttribute(
            name="minimal",
            anchors={"0": "ornate", "9": "bare"},
            low="ornate",
            high="clean-lined",
            more=("more minimal", "simpler", "plainer"),
            less=("less minimal", "more ornate"),
        ),
        GuidedAttribute(
            name="formality",
            anchors={"0": "beach", "9": "gala"},
            low="relaxed",
            high="dressed-up",
            more=("more formal", "dressier"),
            less=("less formal", "more casual"),
        ),
        GuidedAttribute(
            name="warmth",
            anchors={"0": "summer", "9": "arctic"},
            low="light",
            high="warm",
            more=("warmer", "cosier"),
            less=("lighter", "cooler"),
        ),
    ),
)

_ROWS = [  # title, brand, category, price, colour, material, minimal, formality, warmth
    ("Alba plain tote", "Alba", ("Bags", "Totes"), 400, "navy", "calfskin", 9, 5, 2),
    ("Alba slim clutch", "Alba", ("Bags", "Clutches"), 300, "black", "calfskin", 8, 8, 2),
    ("Borea quilted bag", "Borea", ("Bags", "Shoulder bags"), 900, "red", "lambskin", 2, 6, 3),
    ("Borea jewelled clutch", "Borea", ("Bags", "Clutches"), 1200, "gold", "silk", 0, 9, 1),
    ("Cirro cashmere sweater", "Cirro", ("Knitwear", "Sweaters"), 500, "navy", "cashmere", 7, 4, 8),
    ("Cirro cable cardigan", "Cirro", ("Knitwear", "Cardigans"), 600, "cream", "wool", 3, 3, 9),
    ("Cirro fine tee", "Cirro", ("Knitwear", "Tops"), 150, "white", "cotton", 9, 2, 1),
    ("Duna linen scarf", "Duna", ("Scarves",), 120, "sand", "linen", 9, 4, 4),
    ("Duna printed silk scarf", "Duna", ("Scarves",), 250, "red", "silk", 1, 6, 2),
    ("Duna wool scarf", "Duna", ("Scarves",), 180, "navy", "wool", 6, 4, 8),
    ("Erle evening gown", "Erle", ("Dresses",), 2400, "black", "silk", 5, 9, 2),
    ("Erle sun dress", "Erle", ("Dresses",), 350, "yellow", "cotton", 4, 2, 0),
]

ITEMS = tuple(
    Item(
        item_id=f"i{number}", title=title, brand=brand, category=category, price_minor=price * 100, currency="EUR",
        colour=colour, material=material, available=title != "Erle sun dress",
    )
    for number, (title, brand, category, price, colour, material, *_) in enumerate(_ROWS, start=1)
)  # fmt: skip
CATALOGUE = Catalogue(ITEMS)
SCORES = GuidedScores(
    ATTRIBUTES, tuple(item.item_id for item in ITEMS), np.array([row[6:] for row in _ROWS], dtype=np.float32), "hand"
)
GUIDED = GuidedEmbeddings.from_scores(SCORES, CATALOGUE.ids)


class TasteRanker:
    """Scores an item by its closeness to what was bought, later purchases counting more; meets AttributeRanker."""

    name = "taste"
    n_items = len(ITEMS)

    def __init__(self, half_life: float = 2.0) -> None:
        self._half_life = half_life

    def _taste(self, sequence: IntArray) -> FloatArray:
        if len(sequence) == 0:
            return np.zeros(len(ATTRIBUTES.names), dtype=np.float32)
        weights = 0.5 ** (np.arange(len(sequence) - 1, -1, -1) / self._half_life)
        return (weights @ GUIDED.standard[sequence] / weights.sum()).astype(np.float32)

    def score(self, sequences: Sequence[IntArray]) -> FloatArray:
        scores = np.stack([GUIDED.standard @ self._taste(sequence) for sequence in sequences]).astype(np.float32)
        scores[:, 0] = -np.inf
        return scores

    def contributions(self, sequence: IntArray, items: IntArray) -> FloatArray:
        return (GUIDED.standard[items] * self._taste(sequence)).astype(np.float32)

    def house_parts(self, sequence: IntArray, items: IntArray) -> FloatArray:
        return np.zeros(len(items), dtype=np.float32)


class WordEncoder:
    """Bag-of-words sentence encoder: the same words, the same direction. Deterministic and needs no model."""

    version = "words 1"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        rows = np.zeros((len(texts), 1024), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in words(text):
                row[sum(ord(letter) * 31**place for place, letter in enumerate(word)) % 1024] += 1.0
            norm = np.linalg.norm(row)
            row /= norm if norm else 1.0
        return rows


def recommender() -> Recommender:
    return Recommender(CATALOGUE, TasteRanker(), GUIDED)


def bought(*item_ids: str) -> list[Purchase]:
    return [Purchase(item_id, dt.date(2025, 1 + month % 12, 3)) for month, item_id in enumerate(item_ids)]
