"""What the utility axis is measured on: choices among candidates, and the world that texts are read in.

A choice holds one client's held-out purchase among items that the ranker would have shown instead. Texts are written
for every candidate, so that the mere presence of a text says nothing about which one is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recsys.catalogue import Catalogue
from recsys.errors import NotReady
from recsys.guided.embedding import GuidedEmbeddings
from recsys.guided.sentence_scorer import SentenceEncoder
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender

Values = NDArray[np.float64]

BEST = 20  # wrong candidates are drawn from this many items
N_CANDIDATES = 5


@dataclass(frozen=True, eq=False)
class Choice:
    """One client before a few candidates.

    Attributes:
        sequence: Internal item ids that the writer saw, int64, (L,), oldest first; without the held-out purchase.
        candidates: Internal item ids, int64, (C,), distinct.
        true: Position in `candidates` of the held-out purchase.
        scores: The ranker's scores of the candidates, standardised over the catalogue, float32, (C,).
    """

    client_id: str
    sequence: IntArray
    candidates: IntArray
    true: int
    scores: FloatArray

    def __post_init__(self) -> None:
        n = len(self.candidates)
        if n < 2 or len(set(self.candidates.tolist())) != n or len(self.scores) != n or not 0 <= self.true < n:
            raise ValueError("a choice needs 2 or more distinct candidates, a score of each, and the true one's place")

    @property
    def target(self) -> int:
        """The internal id of the held-out purchase."""
        return int(self.candidates[self.true])


Texts = Sequence[Sequence[str]]
"""One list of texts a choice, in the order of its candidates; "" where a system has none to show."""


@dataclass(frozen=True, eq=False)
class World:
    """The boutique as texts are read in it.

    Attributes:
        item_rows: Encoded catalogue texts of the items, float32, (N + 1, D), unit rows; row 0 is padding and zero.
    """

    recommender: Recommender
    encoder: SentenceEncoder
    item_rows: FloatArray
    _known: dict[str, FloatArray] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(self.item_rows) != len(self.catalogue) + 1:
            raise ValueError(f"item_rows has {len(self.item_rows)} rows, not {len(self.catalogue) + 1}")

    @property
    def catalogue(self) -> Catalogue:
        """All items."""
        return self.recommender.catalogue

    @property
    def guided(self) -> GuidedEmbeddings:
        """The guided embeddings; raise NotReady where the boutique has none."""
        if self.recommender.guided is None:
            raise NotReady("the utility of texts is measured by guided scores: run 'clienteller annotate' first")
        return self.recommender.guided

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Encode texts, each distinct one once in the life of this world.

        Returns:
            float32, (B, D), unit rows; zero for a text of white space only.
        """
        new = [text for text in dict.fromkeys(texts) if text.strip() and text not in self._known]
        if new:
            self._known.update(zip(new, self.encoder.encode(new), strict=True))
        nothing = np.zeros(self.item_rows.shape[1], dtype=np.float32)
        return np.stack([self._known.get(text, nothing) for text in texts])


def draw_choice(
    recommender: Recommender,
    client_id: str,
    sequence: IntArray,
    target: int,
    rng: np.random.Generator,
    *,
    n_candidates: int = N_CANDIDATES,
    near_target: bool = False,
) -> Choice:
    """Put the held-out purchase among wrong candidates, in random order.

    Args:
        recommender: Scores the catalogue for the sequence.
        client_id: Who chooses.
        sequence: Internal item ids that the writer sees, oldest first.
        target: Internal id of the held-out purchase.
        rng: Draws the wrong candidates and the order.
        n_candidates: C, the true one included.
        near_target: Draw from BEST items among whose ranks the target's falls at a random place, instead of the BEST
            first. Most purchases rank far below the first items; among these a low score, and any text that gives it
            away, marks the true one. Here it does not.
    """
    scores = recommender.scores([sequence])[0]
    allowed = np.ones(len(scores), dtype=np.bool_)
    allowed[0] = False
    allowed[sequence] = False
    allowed[target] = True
    order = np.lexsort((np.arange(len(scores)), -scores))
    order = order[allowed[order]]
    place = int(np.flatnonzero(order == target)[0])
    order = np.delete(order, place)
    start = place - int(rng.integers(0, BEST + 1)) if near_target else 0
    start = min(max(0, start), max(0, len(order) - BEST))
    wrong = rng.choice(order[start : start + BEST], size=n_candidates - 1, replace=False)
    candidates = rng.permutation(np.append(wrong, target)).astype(np.int64)
    true = int(np.flatnonzero(candidates == target)[0])
    return Choice(client_id, sequence, candidates, true, scores[candidates].astype(np.float32))


def check_aligned(choices: Sequence[Choice], texts: Texts) -> None:
    """Raise ValueError unless there is one text for each candidate of each choice."""
    if len(choices) != len(texts):
        raise ValueError(f"{len(choices)} choices but {len(texts)} lists of texts")
    for choice, written in zip(choices, texts, strict=True):
        if len(choice.candidates) != len(written):
            raise ValueError(f"client {choice.client_id!r}: {len(choice.candidates)} candidates, {len(written)} texts")
