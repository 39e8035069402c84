"""From a client's sequence to a ranking: scores, filters, steering, and what must not be shown again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from recsys.catalogue import BoolArray, Catalogue
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray, IntArray, Ranker
from recsys.schema import Candidate, Filters, Ranking
from recsys.steering import steer


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

    def rank(
        self,
        sequence: Sequence[str],
        *,
        k: int,
        filters: Filters | None = None,
        moves: Mapping[str, float] | None = None,
        exclude: Collection[str] = (),
        among: Mapping[str, float] | None = None,
    ) -> Ranking:
        """Rank the catalogue for a client.

        Args:
            sequence: The client's item ids, oldest first; may be empty. Owned items are not suggested again.
            k: How many candidates at most.
            filters: What a candidate must satisfy.
            moves: Signed moves on guided attributes.
            exclude: Item ids that must not appear.
            among: Only these item ids, each with a bonus to its standardised score (relevance to a search).
        """
        filters, moves = filters or Filters(), dict(moves or {})
        owned = self.internal(sequence)
        scores = self.scores([owned])[0]
        if moves and self.guided is not None:
            scores = steer(scores, self.guided, moves)
        allowed = self.catalogue.mask(filters)
        allowed[owned] = False
        allowed[[self.catalogue.ids.to_internal(item_id) for item_id in exclude]] = False
        if among is not None:
            scores, allowed = self._restrict(scores, allowed, among)
        candidates = tuple(
            Candidate(self.catalogue.ids.to_external(int(index)), float(scores[index]))
            for index in _best(scores, allowed, k)
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


def _best(scores: FloatArray, allowed: BoolArray, k: int) -> IntArray:
    """Return the indices of the k best allowed scores, best first; ties go to the lower id, so a ranking is stable."""
    indices = np.flatnonzero(allowed)
    order = np.lexsort((indices, -scores[indices]))
    return indices[order[:k]]
