"""What goes with an item: pieces of other kinds that the item itself brings, for one client.

A piece is scored by what the ranker gives it for the client's sequence that ends in the item, by the lift that the
item brings it (the score with the item minus the score without), by how often clients who bought the one kind of
thing bought the other near it, and by how well the guided attributes go together. Our own measure.

The ranker reads the whole sequence already, and the further parts are not there to guess the next purchase: on
validation purchases of another broad kind than the purchase before, pieces ordered by the ranker alone hold it among
ten in 35.8 % of cases in the demo boutique and 9.3 % on Amazon Beauty, with these weights in 32.0 % and 8.5 %. That is
what it costs that a look follows from its item: the item moves 99 % of the pieces up, by the ranker alone 94 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.catalogue import BoolArray, Catalogue
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender

_WINDOW = 5  # purchases of one client further apart than this are not taken as bought together
_SMOOTHING = 20.0  # expected pairs added to seen ones, so that a rare pair says little


@dataclass(frozen=True)
class Weights:
    """How much each part counts beside the ranker's score with the item."""

    lift: float = 0.25
    pairs: float = 0.25
    harmony: float = 0.25


WEIGHTS = Weights()


class KindPairs:
    """How much more often two kinds of things are bought near one another than by chance.

    Args:
        kinds: The kind of each item, int64, (N + 1,): the narrowest name of its category path; 0 for none.
        lift: Logarithm of pairs seen over pairs expected, float32, (K, K), symmetric; row 0 zero.
    """

    def __init__(self, kinds: IntArray, lift: FloatArray) -> None:
        self.kinds = kinds
        self.lift = lift

    @classmethod
    def fit(cls, catalogue: Catalogue, sequences: Iterable[IntArray]) -> Self:
        """Count pairs in clients' sequences of internal item ids, oldest first."""
        names = {name: number for number, name in enumerate(dict.fromkeys(map(_kind, catalogue.items)), start=1)}
        kinds = np.array([0, *(names[_kind(item)] for item in catalogue.items)], dtype=np.int64)
        pairs: Counter[tuple[int, int]] = Counter()
        for sequence in sequences:
            bought = kinds[sequence].tolist()
            for place, one in enumerate(bought):
                pairs.update((one, other) for other in bought[place + 1 : place + 1 + _WINDOW])
        seen = np.zeros((len(names) + 1, len(names) + 1), dtype=np.float64)
        for (one, other), count in pairs.items():
            seen[one, other] += count
            seen[other, one] += count
        share = seen.sum(axis=1) / max(seen.sum(), 1.0)
        expected = np.outer(share, share) * seen.sum()
        lift = np.log((seen + _SMOOTHING) / (expected + _SMOOTHING))
        lift[0], lift[:, 0] = 0.0, 0.0
        return cls(kinds, lift.astype(np.float32))

    def with_item(self, item: int) -> FloatArray:
        """Return the lift of every item's kind beside the kind of one item, float32, (N + 1,)."""
        return np.asarray(self.lift[self.kinds[item]][self.kinds], dtype=np.float32)


def _kind(item: object) -> str:
    category: tuple[str, ...] = getattr(item, "category", ())
    return category[-1].casefold() if category else ""


def other_kinds(catalogue: Catalogue, item: int) -> BoolArray:
    """Return which items are of another broad kind than one item, bool, (N + 1,); entry 0 is False."""
    own = broad_kind(catalogue, item)
    return np.array([False, *(broad_kind(catalogue, index) != own for index in range(1, len(catalogue) + 1))])


def broad_kind(catalogue: Catalogue, item: int) -> str:
    """Return the broadest name of an item's category path, "" where it has none."""
    category = catalogue.items[item - 1].category
    return category[0] if category else ""


@dataclass(frozen=True)
class Complement:
    """Scores of every item as a piece that goes with one item, float32, (N + 1,) each; padding is -inf or 0.

    Attributes:
        total: What the pieces are ordered by.
        lift: What the item brings the piece, in standard deviations of the ranking's scores.
        with_item, without_item: The ranking's scores for the sequence with and without the item.
    """

    total: FloatArray
    lift: FloatArray
    with_item: FloatArray
    without_item: FloatArray


def complement(
    recommender: Recommender, pairs: KindPairs, sequence: IntArray, item: int, weights: Weights = WEIGHTS
) -> Complement:
    """Score every item as a piece that goes with one item for one client.

    Args:
        sequence: The client's internal item ids, oldest first; the item may be among them.
        item: The internal id of the item to complete.
    """
    others = sequence[sequence != item]
    without_item, with_item = recommender.scores([others, np.append(others, item)])
    lift = np.zeros_like(with_item)
    lift[1:] = with_item[1:] - without_item[1:]
    total = with_item + weights.lift * lift + weights.pairs * pairs.with_item(item)
    if recommender.guided is not None:
        total = total + weights.harmony * harmony(recommender.guided.standard, item)
    return Complement(np.asarray(total, dtype=np.float32), lift, with_item, without_item)


def harmony(standard: FloatArray, item: int) -> FloatArray:
    """Return the cosine of every item's guided attributes to one item's, float32, (N + 1,), in [-1, 1]."""
    norms = np.linalg.norm(standard, axis=1)
    unit = standard / np.where(norms > 0, norms, 1.0)[:, None]
    return np.asarray(unit @ unit[item], dtype=np.float32)
