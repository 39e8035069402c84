"""The cheapest scorer: how much closer a text lies to an attribute's high pole than to its low one, by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from recsys.guided.attributes import AttributeSet, Phrases
from recsys.guided.scorer import Scale, fingerprint, poles_of
from recsys.ranker import FloatArray

READINGS = 2


class SentenceEncoder(Protocol):
    """Turns texts into unit vectors; recsys.text_encoder.TextEncoder is one."""

    version: str

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, float32, (B, D)."""
        ...


class SentenceScorer:
    """cos(text, high poles) - cos(text, low poles), mean over the phrases of a pole.

    Every second phrase makes the first reading and the others the second, so that agreement tells whether the
    attribute survives other words for the same ends. The mean of both is the score by all phrases.
    """

    scale: Scale = "relative"
    batch = 512
    readings = READINGS
    prompt_hash = ""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._axes: dict[str, FloatArray] = {}

    @property
    def name(self) -> str:
        """Who scores."""
        return f"sentence encoder {self._encoder.version.partition('@')[0]}"

    @property
    def fingerprint(self) -> str:
        """Changes with the encoder's weights and this method."""
        return fingerprint("sentence poles 1", self._encoder.version)

    def score(self, texts: Sequence[str], attribute_set: AttributeSet) -> FloatArray:
        """Return the scores, float32, (B, 2, A)."""
        axes = self._axes_of(attribute_set)  # (2, A, D)
        return np.asarray(np.einsum("bd,rad->bra", self._encoder.encode(texts), axes), dtype=np.float32)

    def _axes_of(self, attribute_set: AttributeSet) -> FloatArray:
        key = attribute_set.scoring_hash
        if key not in self._axes:
            poles = poles_of(attribute_set)
            axes = [[self._axis(low[r::READINGS], high[r::READINGS]) for low, high in poles] for r in range(READINGS)]
            self._axes = {key: np.array(axes, dtype=np.float32)}
        return self._axes[key]

    def _axis(self, low: Phrases, high: Phrases) -> FloatArray:
        axis: FloatArray = self._encoder.encode(high).mean(axis=0) - self._encoder.encode(low).mean(axis=0)
        return axis
