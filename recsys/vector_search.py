"""Exact nearest-neighbour search in memory: the oracle of the vector store's tests."""

from __future__ import annotations

import numpy as np

from recsys.catalogue import Catalogue
from recsys.ranker import FloatArray
from recsys.schema import Candidate, Filters


class ExactSearch:
    """Cosine search over one matrix of item vectors.

    Args:
        catalogue: The items, in row order.
        vectors: float32, (N + 1, D); row 0 padding.
    """

    def __init__(self, catalogue: Catalogue, vectors: FloatArray) -> None:
        self.catalogue = catalogue
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._unit = vectors / np.where(norms > 0, norms, 1.0)

    def nearest(self, vector: FloatArray, k: int, filters: Filters | None = None) -> list[Candidate]:
        """Return the k items most similar to `vector`, best first; scores are cosine similarities in [-1, 1]."""
        norm = float(np.linalg.norm(vector)) or 1.0
        scores = self._unit @ (vector / norm)
        indices = np.flatnonzero(self.catalogue.mask(filters or Filters(only_available=False)))
        order = np.lexsort((indices, -scores[indices]))[:k]
        return [Candidate(self.catalogue.ids.to_external(int(i)), float(scores[i])) for i in indices[order]]
