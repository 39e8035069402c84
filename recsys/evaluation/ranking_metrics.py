"""Ranking metrics from the rank of one held-out target among all items of the catalogue.

Protocol: every item is ranked, never a sample. Items of the input sequence are masked, so a target that the client
already owned cannot be recommended and counts as a miss (rank infinity). Ties count against the target: its rank is
one plus the number of other unmasked items that score at least as high, so a constant ranker gains nothing.

Every metric returns one value per client, float64, (U,); the figure that is reported is their mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.ranker import FloatArray, IntArray

RankArray = NDArray[np.float64]


def target_ranks(scores: FloatArray, sequences: Sequence[IntArray], targets: IntArray) -> RankArray:
    """Return the rank of each target among the items that its sequence does not contain.

    Args:
        scores: float32, (B, N + 1), column 0 padding; not changed.
        sequences: B input sequences of internal ids; repeats are masked once.
        targets: int64, (B,), internal ids.

    Returns:
        Ranks from 1, float64, (B,); infinity where the target occurs in its own sequence.
    """
    rows = np.arange(len(targets))
    at_least = scores[:, 1:] >= scores[rows, targets][:, None]
    ranks: RankArray = np.count_nonzero(at_least, axis=1).astype(np.float64)  # the target itself counts as the 1
    for row, (sequence, target) in enumerate(zip(sequences, targets, strict=True)):
        owned = np.unique(sequence)
        ranks[row] = np.inf if target in owned else ranks[row] - np.count_nonzero(at_least[row, owned - 1])
    return ranks


def recall_at_k(ranks: RankArray, k: int) -> RankArray:
    """Return 1 where the target is among the first k, else 0; with one target this is also the hit rate."""
    hits: RankArray = (ranks <= k).astype(np.float64)
    return hits


def ndcg_at_k(ranks: RankArray, k: int) -> RankArray:
    """Return 1 / log2(rank + 1) where the target is among the first k, else 0; the ideal gain is 1."""
    gains: RankArray = np.where(ranks <= k, 1.0 / np.log2(ranks + 1.0), 0.0)
    return gains


def mrr_at_k(ranks: RankArray, k: int) -> RankArray:
    """Return 1 / rank where the target is among the first k, else 0."""
    reciprocal: RankArray = np.where(ranks <= k, 1.0 / ranks, 0.0)
    return reciprocal


def mrr(ranks: RankArray) -> RankArray:
    """Return 1 / rank over the full list; 0 for a miss."""
    return 1.0 / ranks
