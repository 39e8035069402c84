"""The space in which a simulated client sees items: guided attributes, and as many directions of their texts."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from recsys.evaluation.utility_choice import Values, World
from recsys.ranker import FloatArray, IntArray
from recsys.seller.evidence import LITTLE, MUCH, NOTABLE

NEAREST = 5  # items that a description brings to mind
# What can be said of anything. How close such sentences come to items is where a text begins to describe one.
SAYING_NOTHING = (
    "You will like this.",
    "We chose this for you.",
    "This is a good choice for you, based on what you bought before.",
    "We recommend this product because it suits you and other customers love it.",
    "No strong reason: it ranks well for you.",
)


class ItemSpace:
    """Items as vectors of F = 2A numbers, each of mean 0 and variance 1 over the catalogue.

    The first A are the guided attributes, which texts can claim by name. The others are the principal directions of
    the catalogue's texts: what an item is beyond those attributes.

    Args:
        world: Its guided embeddings and encoded catalogue texts.

    Attributes:
        items: float64, (N + 1, F); row 0 is padding and zero.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._imagined: dict[str, tuple[Values, float]] = {}
        guided = world.guided.standard[1:].astype(np.float64)
        texts = world.item_rows[1:].astype(np.float64)
        texts = texts - texts.mean(axis=0)
        width = min(guided.shape[1], len(texts) - 1, texts.shape[1])
        # Directions from the D x D or N x N product, whichever is the smaller: a full SVD of (N, D) is needless.
        left = _principal(texts, width)
        self.n_attributes = guided.shape[1]
        joined = np.hstack([_unit_variance(guided), _unit_variance(left)])
        self.items: Values = np.vstack([np.zeros((1, joined.shape[1])), joined])

    @cached_property
    def claimed(self) -> Values:
        """What a phrase makes her expect, (A, 2): the mean of the items it may truly be said of; high, then low."""
        guided, expected = self._world.guided, np.empty((self.n_attributes, 2))
        for column in range(self.n_attributes):
            place, raw = guided.standard[1:, column], guided.raw[1:, column]
            seen = self.items[1:, column]
            sides = ((place >= NOTABLE) & (raw >= MUCH), (place <= -NOTABLE) & (raw <= LITTLE))
            for side, (true, otherwise) in enumerate(zip(sides, (1.0, -1.0), strict=True)):
                expected[column, side] = seen[true].mean() if true.any() else otherwise
        return expected

    @cached_property
    def _floor(self) -> float:
        """How near to items a sentence comes that describes none."""
        return max(float(self._similarities(row).max()) for row in self._world.encode(SAYING_NOTHING))

    def imagine(self, text: str) -> tuple[Values, float]:
        """Return the item that a description brings to mind; each distinct text is thought through once.

        Returns:
            The mean of the NEAREST items by text, (F,), weighted by how far their likeness to the text exceeds that
            of a sentence that describes nothing; and how clear the picture is, from 0 (describes nothing) to 1.
        """
        if text not in self._imagined:
            self._imagined[text] = self._picture(text)
        return self._imagined[text]

    def _picture(self, text: str) -> tuple[Values, float]:
        similarities = self._similarities(self._world.encode([text])[0])
        nearest = np.argpartition(-similarities, min(NEAREST, len(similarities)) - 1)[:NEAREST]
        excess = np.clip((similarities[nearest] - self._floor) / (1.0 - self._floor), 0.0, 1.0)
        if excess.sum() <= 0.0:
            return np.zeros(self.items.shape[1]), 0.0
        return np.asarray(excess @ self.items[nearest + 1] / excess.sum()), float(excess.max())

    def wishes(self, sequence: IntArray, target: int) -> Values:
        """Return what she is looking for, (F,): half her taste, the held-out purchase included, half that purchase.

        The taste alone would hardly tell one purchase of eight from another; that purchase alone would leave nothing
        for her earlier ones to tell about her.
        """
        everything = np.append(sequence, target)
        taste = self._world.guided.recency(len(everything)) @ self.items[everything]
        return np.asarray((_unit(taste) + _unit(self.items[target])) / 2)

    def _similarities(self, row: FloatArray) -> FloatArray:
        return np.asarray(self._world.item_rows[1:] @ row, dtype=np.float32)


def _principal(rows: Values, width: int) -> Values:
    """Return the coordinates of centred rows on their first principal directions, (N, width)."""
    if rows.shape[0] < rows.shape[1]:
        values, vectors = np.linalg.eigh(rows @ rows.T)
        return np.asarray(vectors[:, -width:] * np.sqrt(np.maximum(values[-width:], 0.0)))
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return np.asarray(rows @ vectors[:, -width:])


def _unit_variance(columns: Values) -> Values:
    spread = columns.std(axis=0)
    centred = columns - columns.mean(axis=0)
    return np.asarray(centred / np.where(spread > 1e-9, spread, 1.0))


def _unit(vector: Values) -> Values:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector
