"""From a client's sequence to a ranking: scores, filters, steering, and what must not be shown again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from recsys.catalogue import BoolArray, Catalogue
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray, IntArray, Ranker
from recsys.schema import Candidate, Filters, Ranking
from recsys.steering import steer


@runtime_checkable
class _Embedded(Protocol):
    """A ranker that learned a vector for each item."""

    def base_embeddings(self) -> FloatArray:
        """Return the vectors, float32, (N + 1, D)."""
        ...


def standardise(scores: FloatArray) -> FloatArray:
    """Bring each row of scores to mean 0 and standard deviation 1 over the catalogue; column 0 stays -inf.

    Args:
        scores: float32, (B, N + 1), column 0 padding.
    """
    real = scores[:, 1:]
    spread = real.std(axis=1, keepdims=True)
    result = np.full_like(scores, -np.inf)
    result[:, 1:] = (real - real.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    return result


class Recommender:
    """Ranks the catalogue for a sequence. Holds the catalogue and a fitted ranker, no client data.

    Args:
        catalogue: All items.
        ranker: A fitted ranker over the same items.
        guided: Guided embeddings of the same items; None where the boutique has no guided scores, then no moves.
    """

    def __init__(self, catalogue: Catalogue, ranker: Ranker, guided: GuidedEmbeddings | None) -> None:
        if ranker.n_items != len(catalogue):
            raise ValueError(f"ranker scores {ranker.n_items} items, the catalogue has {len(catalogue)}")
        self.catalogue = catalogue
        self.ranker = ranker
        self.guided = guided

    def internal(self, sequence: Sequence[str]) -> IntArray:
        """Return the internal ids of a sequence of item ids, oldest first."""
        return np.array([self.catalogue.ids.to_internal(item_id) for item_id in sequence], dtype=np.int64)

    def scores(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Return standardised scores of all items for each sequence, float32, (B, N + 1)."""
        return standardise(self.ranker.score(sequences))

    def base_embeddings(self) -> FloatArray | None:
        """Return what the ranker learned of each item, float32, (N + 1, D), row 0 zero; None where it learns none."""
        return self.ranker.base_embeddings() if isinstance(self.ranker, _Embedded) else None

    def rank(
        self,
        sequence: Sequence[str],
        *,
        k: int,
        filters: Filters | None = None,
        moves: Mapping[str, float] | None = None,
        exclude: Collection[str] = (),
        among: Mapping[str, float] | None = None,
        first_by: FloatArray | None = None,
        scores: FloatArray | None = None,
    ) -> Ranking:
        """Rank the catalogue for a client.

        Args:
            sequence: The client's item ids, oldest first; may be empty. Owned items are not suggested again.
            k: How many candidates at most.
            filters: What a candidate must satisfy.
            moves: Signed moves on guided attributes.
            exclude: Item ids that must not appear.
            among: Only these item ids, each with a bonus to its standardised score (relevance to a search).
            first_by: Values to order by before the scores, highest first, float32, (N + 1,); an item with -inf is left
                out.
            scores: Standardised scores instead of the ranker's for the sequence, float32, (N + 1,).
        """
        filters, moves = filters or Filters(), dict(moves or {})
        owned = self.internal(sequence)
        scores = self.scores([owned])[0] if scores is None else scores
        if moves and self.guided is not None:
            scores = steer(scores, self.guided, moves)
        allowed = self.catalogue.mask(filters)
        allowed[owned] = False
        allowed[[self.catalogue.ids.to_internal(item_id) for item_id in exclude]] = False
        if among is not None:
            scores, allowed = self._restrict(scores, allowed, among)
        if first_by is not None:
            allowed = allowed & np.isfinite(first_by)
        keys = [scores] if first_by is None else [scores, first_by]
        candidates = tuple(
            Candidate(self.catalogue.ids.to_external(int(index)), float(scores[index]))
            for index in _best(keys, allowed, k)
        )
        return Ranking(candidates, self.ranker.name, moves, filters)

    def _restrict(
        self, scores: FloatArray, allowed: BoolArray, among: Mapping[str, float]
    ) -> tuple[FloatArray, BoolArray]:
        inside = np.zeros_like(allowed)
        bonus = np.zeros_like(scores)
        for item_id, value in among.items():
            index = self.catalogue.ids.to_internal(item_id)
            inside[index] = True
            bonus[index] = value
        return scores + bonus, allowed & inside


def _best(keys: Sequence[FloatArray], allowed: BoolArray, k: int) -> IntArray:
    """Return the indices of the k best allowed items, best first.

    Args:
        keys: What to order by, the last one first; ties go to the lower id, so a ranking is stable.
    """
    indices = np.flatnonzero(allowed)
    order = np.lexsort(np.stack([indices.astype(np.float64), *(-key[indices].astype(np.float64) for key in keys)]))
    return indices[order[:k]]
