"""Guided embeddings of items and clients in readable attribute space: standardised scores, fixed attribute order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.guided.attributes import AttributeSet
from recsys.guided.scores import GuidedScores
from recsys.ranker import FloatArray, IdMap, IntArray

CLIP = 3.0
HALF_LIFE = 6  # purchases after which one counts half in a client's taste


@dataclass(frozen=True)
class GuidedEmbeddings:
    """Item guided embeddings.

    Attributes:
        raw: Scores 0..9, float32, (N + 1, A); row 0 is padding and zero.
        standard: z-scores over the catalogue clipped to +-3, float32, (N + 1, A); row 0 zero.
    """

    attribute_set: AttributeSet
    raw: FloatArray
    standard: FloatArray
    scorer: str

    @classmethod
    def from_scores(cls, scores: GuidedScores, ids: IdMap) -> GuidedEmbeddings:
        """Align scores with the catalogue and standardise them per attribute."""
        raw = scores.aligned(ids)
        # an attribute on which all are equal has a spread of rounding errors
        spread = raw[1:].std(axis=0)
        spread = np.where((np.ptp(raw[1:], axis=0) > 0) & (spread > 0), spread, 1.0)
        standard = np.clip((raw - raw[1:].mean(axis=0)) / spread, -CLIP, CLIP)
        standard[0] = 0.0
        return cls(scores.attribute_set, raw, standard.astype(np.float32), scores.scorer)

    @property
    def names(self) -> tuple[str, ...]:
        """Attribute names in column order."""
        return self.attribute_set.names

    def taste(self, sequence: IntArray) -> FloatArray:
        """Return the client's guided embedding: recency-weighted mean of their items', float32, (A,); empty: zeros."""
        if len(sequence) == 0:
            return np.zeros(self.standard.shape[1], dtype=np.float32)
        return np.asarray(self.recency(len(sequence)) @ self.standard[sequence], dtype=np.float32)

    @staticmethod
    def recency(length: int) -> FloatArray:
        """Return the weight of each purchase of a sequence, oldest first, float32, (L,), summing to 1."""
        weights = 0.5 ** (np.arange(length - 1, -1, -1) / HALF_LIFE)
        return np.asarray(weights / weights.sum(), dtype=np.float32)
