"""Reverse recommendation: for one item, where it stands for each of many clients. Scores only, no client data kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.catalogue import BoolArray
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender
from recsys.schema import Evidence, Filters
from recsys.steering import steer

_BATCH = 512  # clients scored at a time: bounds memory at 25 MB for 12,000 items, changes nothing


@dataclass(frozen=True)
class Kept:
    """What holds for one client in every ranking, as their conversation would apply it."""

    moves: Mapping[str, float]
    refused: Collection[int]


@dataclass(frozen=True)
class Standings:
    """Where items stand for clients; one row a client, one column an item.

    Attributes:
        place: The item's place among the available items that the client may be suggested, 1 is best; 0 where the
            client owns or refuses it, int64, (B, M).
        gain: The item's standardised score for the client minus that for somebody of whom nothing is known: what the
            client's own purchases add to it, float32, (B, M).
        n_open: How many items the place is among, int64, (B,).
    """

    place: IntArray
    gain: FloatArray
    n_open: IntArray


def stand(
    recommender: Recommender,
    sequences: Sequence[IntArray],
    items: Sequence[int],
    kept: Mapping[int, Kept] | None = None,
) -> Standings:
    """Rank items for many clients in a few batches; the same places as ranking the catalogue for each client.

    Args:
        recommender: Its ranker is asked once for each batch of clients.
        sequences: The clients' internal item ids, oldest first.
        items: Internal ids of the items asked about.
        kept: By position in `sequences`, what holds for a client in every ranking.
    """
    wanted = np.array(items, dtype=np.int64)
    empty = recommender.scores([np.zeros(0, dtype=np.int64)])[0, wanted]
    available = recommender.catalogue.mask(Filters())
    place = np.zeros((len(sequences), len(wanted)), dtype=np.int64)
    gain = np.zeros(place.shape, dtype=np.float32)
    n_open = np.zeros(len(sequences), dtype=np.int64)
    for start in range(0, len(sequences), _BATCH):
        batch = sequences[start : start + _BATCH]
        scores = recommender.scores(batch)
        gain[start : start + len(batch)] = scores[:, wanted] - empty
        for row, sequence in enumerate(batch):
            known = (kept or {}).get(start + row)
            ranked = scores[row]
            if known is not None and known.moves and recommender.guided is not None:
                ranked = steer(ranked, recommender.guided, known.moves)
            allowed = _allowed(available, sequence, known)
            place[start + row] = _places(ranked, allowed, wanted)
            n_open[start + row] = allowed.sum()
    return Standings(place, gain, n_open)


def place_without(recommender: Recommender, sequence: IntArray, item: int, cause: Evidence, known: Kept | None) -> int:
    """Return the item's place for one client with one cause removed, among the same items as in `stand`.

    Args:
        sequence: The client's internal item ids, oldest first.
        item: The internal id of the item.
        cause: A purchase is taken out of the sequence; of any other cause the measured effect is taken off the score.
        known: What holds in every ranking for the client.
    """
    remaining, effect = sequence, cause.effect
    if cause.kind == "history":
        remaining, effect = sequence[sequence != recommender.catalogue.ids.to_internal(cause.subject)], 0.0
    scores = recommender.scores([remaining])[0]
    if known is not None and known.moves and recommender.guided is not None:
        scores = steer(scores, recommender.guided, known.moves)
    scores[item] -= effect
    allowed = _allowed(recommender.catalogue.mask(Filters()), sequence, known)
    return int(_places(scores, allowed, np.array([item], dtype=np.int64))[0])


def _allowed(available: BoolArray, sequence: IntArray, known: Kept | None) -> BoolArray:
    """Return which items the client may be suggested: available, not owned, not refused."""
    allowed = available.copy()
    allowed[sequence] = False
    if known is not None:
        allowed[list(known.refused)] = False
    return allowed


def _places(scores: FloatArray, allowed: BoolArray, wanted: IntArray) -> IntArray:
    """Return the place of each wanted item among the allowed ones, ties going to the lower id; 0 if not allowed."""
    open_scores = np.where(allowed, scores, -np.inf)
    found = np.zeros(len(wanted), dtype=np.int64)
    for column, item in enumerate(wanted):
        if allowed[item]:
            better = int((open_scores > scores[item]).sum())
            found[column] = better + int((open_scores[:item] == scores[item]).sum()) + 1
    return found
