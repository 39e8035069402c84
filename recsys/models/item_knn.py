"""Item-based nearest neighbours: items bought by the same clients, recent purchases counting most.

A strong baseline on short sequences, and trained in a second: a sequence model has to beat it to earn its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.models.choice import best_of
from recsys.ranker import FloatArray, IntArray, Ranker

SHRINKAGES = (0.0, 10.0, 40.0)
DECAYS = (0.5, 0.7, 0.98)


@dataclass(frozen=True)
class ItemKNNConfig:
    """Settings of the neighbourhood.

    Attributes:
        shrinkage: Added to the cosine's denominator, so that one shared client is no strong evidence.
        decay: Weight of a purchase is decay ** (its number of purchases ago).
    """

    n_items: int
    shrinkage: float = 20.0
    decay: float = 0.5


class ItemKNNRanker:
    """Scores an item by its recency-weighted similarity to the items of the sequence.

    similarity(i, j) = clients of both / (sqrt(clients of i * clients of j) + shrinkage), 0 for i = j. All neighbours
    are kept: cutting to the nearest 20 to 200 was worse on the Amazon Beauty validation split and not needed for speed.

    Args:
        config: Settings.
        similarity: float32 sparse, (N + 1, N + 1), symmetric; row and column 0 empty.
    """

    name = "item_knn"

    def __init__(self, config: ItemKNNConfig, similarity: sparse.csr_array) -> None:
        self.config = config
        self.n_items = config.n_items
        self._similarity = similarity

    @classmethod
    def fit(cls, train: Sequence[IntArray], config: ItemKNNConfig) -> ItemKNNRanker:
        """Count shared clients over the training sequences (internal ids 1..N)."""
        bought = sequence_matrix(train, config.n_items, decay=1.0)
        bought.data[:] = 1.0  # a client who bought twice is still one client
        shared = (bought.T @ bought).tocoo()
        clients = bought.sum(axis=0)
        other = shared.row != shared.col
        row, column = shared.row[other], shared.col[other]
        values = shared.data[other] / (np.sqrt(clients[row] * clients[column]) + config.shrinkage)
        shape = (config.n_items + 1, config.n_items + 1)
        return cls(config, sparse.csr_array((values.astype(np.float32), (row, column)), shape=shape))

    def score(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Return recency-weighted similarities, float32, (B, N + 1); column 0 is -inf, an empty sequence scores 0."""
        recent = sequence_matrix(sequences, self.n_items, decay=self.config.decay)
        scores: FloatArray = (recent @ self._similarity).toarray()
        scores[:, 0] = -np.inf
        return scores

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fitted arrays, for saving."""
        similarity = self._similarity
        return {"values": similarity.data, "columns": similarity.indices, "rows": similarity.indptr}

    @classmethod
    def from_arrays(cls, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ItemKNNRanker:
        """Rebuild a fitted ranker from `asdict(config)` and `arrays()`."""
        settings = ItemKNNConfig(**config)
        shape = (settings.n_items + 1, settings.n_items + 1)
        similarity = sparse.csr_array((arrays["values"], arrays["columns"], arrays["rows"]), shape=shape)
        return cls(settings, similarity)


def fit_item_knn(
    train: Sequence[IntArray], n_items: int, validate: Callable[[Ranker], float]
) -> tuple[ItemKNNRanker, float]:
    """Return the ItemKNN whose shrinkage and decay validate best, and its score."""
    settings = (ItemKNNConfig(n_items, shrinkage, decay) for shrinkage, decay in product(SHRINKAGES, DECAYS))
    return best_of((ItemKNNRanker.fit(train, one) for one in settings), validate)


def sequence_matrix(sequences: Sequence[IntArray], n_items: int, decay: float) -> sparse.csr_array:
    """Return sequences as weighted rows, float32 sparse, (B, N + 1); repeats add up.

    Args:
        sequences: B sequences of internal ids, oldest first.
        n_items: Size of the catalogue, N.
        decay: The last item weighs 1, the one before it `decay`, and so on.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    columns = np.concatenate([*sequences, np.empty(0, dtype=np.int64)])
    rows = np.repeat(np.arange(len(sequences)), lengths)
    ages = np.repeat(np.cumsum(lengths), lengths) - 1 - np.arange(len(columns))
    weights = np.power(decay, ages, dtype=np.float32)
    return sparse.csr_array((weights, (rows, columns)), shape=(len(sequences), n_items + 1))
