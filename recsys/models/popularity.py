"""Most bought first: the floor that every other ranker has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.ranker import FloatArray, IntArray


@dataclass(frozen=True)
class PopularityConfig:
    """Nothing to choose but the size of the catalogue."""

    n_items: int


class PopularityRanker:
    """Scores items by the number of times they were bought, the same for every client.

    Args:
        config: Size of the catalogue.
        counts: Purchases of each item, float32, (N + 1,); row 0 is padding.
    """

    name = "popularity"

    def __init__(self, config: PopularityConfig, counts: FloatArray) -> None:
        self.config = config
        self.n_items = config.n_items
        self._counts = counts.astype(np.float32)
        self._counts[0] = -np.inf

    @classmethod
    def fit(cls, train: Sequence[IntArray], n_items: int) -> PopularityRanker:
        """Count purchases in the training sequences (internal ids 1..N)."""
        items = np.concatenate([*train, np.empty(0, dtype=np.int64)])
        return cls(PopularityConfig(n_items), np.bincount(items, minlength=n_items + 1).astype(np.float32))

    def score(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Return the counts for each sequence, float32, (B, N + 1); column 0 is -inf."""
        return np.tile(self._counts, (len(sequences), 1))

    def arrays(self) -> dict[str, FloatArray]:
        """Return the fitted arrays, for saving."""
        return {"counts": np.where(np.isneginf(self._counts), np.float32(0), self._counts)}

    @classmethod
    def from_arrays(cls, config: Mapping[str, int], arrays: Mapping[str, FloatArray]) -> PopularityRanker:
        """Rebuild a fitted ranker from `asdict(config)` and `arrays()`."""
        return cls(PopularityConfig(**config), arrays["counts"])
