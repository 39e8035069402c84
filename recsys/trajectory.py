"""The path of a client's taste: their guided embedding after each purchase, a smooth line through it, and its spread.

Everything is in catalogue standard deviations, one column a guided attribute. Whether the taste moved for good is the
question of `recsys.drift`, not of this module: a path always wanders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.guided.embedding import HALF_LIFE, GuidedEmbeddings
from recsys.ranker import FloatArray, IntArray
from recsys.schema import Interaction

MIN_PURCHASES = 10  # fewer do not tell a path from chance
_PRIOR_PURCHASES = 4.0  # purchases that the catalogue's own spread of 1 counts as


@dataclass(frozen=True, eq=False)
class Trajectory:
    """One client's taste over time; row t is after purchase t, counted from 0.

    Attributes:
        names: Attribute names in column order.
        sequence: Internal item ids, int64, (L,), oldest first.
        dates: Day of each purchase, None where the source has only an order.
        points: What was bought, z-scores, float32, (L, A).
        path: Recency-weighted mean of the purchases so far: what was known of the taste then, float32, (L, A).
        smooth: Mean of the purchases around each, earlier and later, float32, (L, A).
        spread: Standard error of `smooth`, float32, (L, A).
    """

    names: tuple[str, ...]
    sequence: IntArray
    dates: tuple[dt.date | None, ...]
    points: FloatArray
    path: FloatArray
    smooth: FloatArray
    spread: FloatArray

    def __len__(self) -> int:
        return len(self.sequence)

    @property
    def tells(self) -> bool:
        """Whether there are enough purchases to speak of a path at all."""
        return len(self) >= MIN_PURCHASES

    def travel(self) -> FloatArray:
        """Return how far the smooth line went from first to last purchase, signed, float32, (A,); empty: zeros."""
        if not len(self):
            return np.zeros(len(self.names), dtype=np.float32)
        return np.asarray(self.smooth[-1] - self.smooth[0], dtype=np.float32)

    def most_moved(self, n: int) -> tuple[str, ...]:
        """Return the `n` attributes on which the smooth line went furthest, furthest first."""
        order = np.argsort(-np.abs(self.travel()), kind="stable")
        return tuple(self.names[int(column)] for column in order[:n])


def dated_sequence(interactions: Sequence[Interaction]) -> tuple[tuple[str, ...], tuple[dt.date | None, ...]]:
    """Return a client's kept purchases, item ids and days, oldest first; the same items as `Boutique.sequence`.

    Args:
        interactions: Everything on record of one client, oldest first.
    """
    pieces: dict[int, int] = {}  # position of a purchase to the pieces of it that are kept
    for position, row in enumerate(interactions):
        if row.kind == "purchase":
            pieces[position] = row.quantity
        elif row.kind == "return":
            left = row.quantity
            for earlier in reversed(pieces):
                if interactions[earlier].item_id == row.item_id:
                    taken = min(pieces[earlier], left)
                    pieces[earlier], left = pieces[earlier] - taken, left - taken
    kept = [interactions[position] for position, n in pieces.items() if n]
    return tuple(row.item_id for row in kept), tuple(row.at.date() if row.at else None for row in kept)


def follow(guided: GuidedEmbeddings, sequence: IntArray, dates: Sequence[dt.date | None] = ()) -> Trajectory:
    """Follow a client's taste through their purchases.

    Args:
        guided: Guided embeddings of the catalogue.
        sequence: Internal item ids, int64, oldest first; may be empty.
        dates: One a purchase, or none at all.

    Raises:
        ValueError: If there are dates, but not one for each purchase.
    """
    if len(dates) not in (0, len(sequence)):
        raise ValueError(f"{len(dates)} dates for {len(sequence)} purchases: give one each, or none")
    points = guided.standard[sequence]
    smooth, spread = _smooth(points)
    return Trajectory(
        names=guided.names,
        sequence=np.asarray(sequence, dtype=np.int64),
        dates=tuple(dates) or (None,) * len(sequence),
        points=points,
        path=_path(guided, sequence),
        smooth=smooth,
        spread=spread,
    )


def _path(guided: GuidedEmbeddings, sequence: IntArray) -> FloatArray:
    rows = [guided.taste(sequence[: end + 1]) for end in range(len(sequence))]
    return np.array(rows, dtype=np.float32).reshape(len(sequence), len(guided.names))


def _smooth(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the smooth line and its standard error, float32, (L, A) each.

    The same half-life weighs purchases in both directions of time. The spread of single purchases is estimated around
    the line and drawn towards the catalogue's, because a handful of purchases can agree by chance.
    """
    place = np.arange(len(points))
    weights = 0.5 ** (np.abs(place[:, None] - place) / (HALF_LIFE / 2))
    weights = weights / weights.sum(axis=1, keepdims=True)
    smooth = weights @ points
    n_free = max(len(points) - 1, 0)
    left = ((points - smooth) ** 2).sum(axis=0)
    variance = (left + _PRIOR_PURCHASES) / (n_free + _PRIOR_PURCHASES)
    spread = np.sqrt((weights**2).sum(axis=1)[:, None] * variance)
    return smooth.astype(np.float32), spread.astype(np.float32)
