"""What SELLER's encoder reads of one case: the frozen sequence model's states, and what is known of the items.

SELLER (arXiv 2603.24136), our reading: a behaviour path and a semantic path. Behaviour: the state of the trained
sequence model after the whole sequence and at each of the latest purchases, the vectors of those purchases and of the
item to explain, days between purchases, and by how much the item's score falls without each of them. Semantics: the
whitened text embedding of each item's relevant metadata joined with its guided attributes, and what each attribute
adds to the score. Everything here is frozen; what is trained begins in `recsys.seller.adapter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch import Tensor

from recsys.faithfulness import Effects
from recsys.models.sequence_ranker import SequenceRanker
from recsys.ranker import FloatArray, IntArray

N_LATEST = 5  # purchases that are named to the language model and have a soft-prompt token each
N_POOLED = 20  # purchases among which the target attends
GAP_DAYS = (0, 7, 30, 90, 365)  # upper bounds of the buckets of days since the purchase before; bucket 0 is unknown
N_GAPS = len(GAP_DAYS) + 2
UNKNOWN_GAP = -1


@dataclass(frozen=True)
class Case:
    """One (sequence, item) to explain, in internal ids.

    Attributes:
        sequence: Kept purchases, oldest first, int64, (L,).
        target: The item.
        days: Days since the purchase before, int64, (L,), UNKNOWN_GAP where no time is known.
        effects: Counterfactual tests of the item's score, as `recsys.faithfulness.measure` gives them.
    """

    sequence: IntArray
    target: int
    days: IntArray
    effects: Effects


@dataclass(frozen=True)
class Features:
    """Inputs of the encoder for B cases, padding at the end of the history. K is N_LATEST, M is N_POOLED.

    Attributes:
        target: Internal id of the item, int64, (B,).
        user: State after the whole sequence, float32, (B, D).
        item: Vector of the item, float32, (B, D).
        states: State right after each of the latest purchases, oldest first, float32, (B, K, D).
        bought: Vectors of these purchases, float32, (B, K, D).
        falls: Fall of the item's score without each of them, standard deviations, float32, (B, K).
        gaps: Bucket of the days since the purchase before, int64, (B, K).
        present: Which of the K are purchases, bool, (B, K).
        whole: Falls of the score without order, and by loyalty to the house, float32, (B, 2).
        item_meaning: Semantic vector of the item, float32, (B, S).
        bought_meaning: Semantic vectors of the latest purchases, float32, (B, K, S).
        pool: Semantic vectors of up to M purchases, float32, (B, M, S).
        pooled: Which of the M are purchases, bool, (B, M).
        item_guided: Standardised guided attributes of the item, float32, (B, A).
        bought_guided: The same of the latest purchases, float32, (B, K, A).
        parts: What each attribute adds to the item's score, standard deviations, float32, (B, A).
    """

    target: Tensor
    user: Tensor
    item: Tensor
    states: Tensor
    bought: Tensor
    falls: Tensor
    gaps: Tensor
    present: Tensor
    whole: Tensor
    item_meaning: Tensor
    bought_meaning: Tensor
    pool: Tensor
    pooled: Tensor
    item_guided: Tensor
    bought_guided: Tensor
    parts: Tensor

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: Tensor | Sequence[int]) -> Self:
        """Return the features of some of the cases."""
        index = torch.as_tensor(rows, dtype=torch.int64)
        return type(self)(*(getattr(self, one.name)[index] for one in fields(self)))


class FrozenPaths:
    """The frozen half of the encoder: a sequence model and a table of item semantics, over the same items.

    Args:
        sequence_model: Trained; never changed here.
        meanings: Semantic vectors of all items, float32, (N + 1, S), row 0 zero.
        guided: Standardised guided attributes, float32, (N + 1, A), row 0 zero; A is 0 where there are none.
    """

    def __init__(self, sequence_model: SequenceRanker, meanings: FloatArray, guided: FloatArray) -> None:
        self.sequence_model = sequence_model
        self.meanings = torch.from_numpy(meanings)
        self.guided = torch.from_numpy(guided)
        self.vectors = torch.from_numpy(sequence_model.base_embeddings())

    def features(self, cases: Sequence[Case]) -> Features:
        """Return the encoder's inputs for B cases."""
        latest, present = _right_padded([case.sequence[-N_LATEST:] for case in cases], N_LATEST)
        pool, pooled = _right_padded([case.sequence[-N_POOLED:] for case in cases], N_POOLED)
        targets = torch.tensor([case.target for case in cases], dtype=torch.int64)
        user, states = self._states(cases)
        return Features(
            target=targets,
            user=user,
            item=self.vectors[targets],
            states=states,
            bought=self.vectors[latest],
            falls=self._falls(cases),
            gaps=torch.stack([_buckets(case.days[-N_LATEST:]) for case in cases]),
            present=present,
            whole=torch.tensor([[case.effects.order, case.effects.house] for case in cases], dtype=torch.float32),
            item_meaning=self.meanings[targets],
            bought_meaning=self.meanings[latest],
            pool=self.meanings[pool],
            pooled=pooled,
            item_guided=self.guided[targets],
            bought_guided=self.guided[latest],
            parts=self._parts(cases),
        )

    def _states(self, cases: Sequence[Case]) -> tuple[Tensor, Tensor]:
        """Return states after the whole sequence, (B, D), and after each of the latest purchases, (B, K, D)."""
        network = self.sequence_model.network.eval()
        inputs, last = self.sequence_model.pad([case.sequence for case in cases])
        with torch.inference_mode():
            every = network(inputs, last)
        rows = torch.arange(len(cases))
        user = every[rows, last]
        states = torch.zeros(len(cases), N_LATEST, every.shape[-1])
        for row, case in enumerate(cases):
            n = min(len(case.sequence), N_LATEST)
            states[row, :n] = every[row, int(last[row]) - n + 1 : int(last[row]) + 1]
        return user.clone(), states

    def _falls(self, cases: Sequence[Case]) -> Tensor:
        falls = torch.zeros(len(cases), N_LATEST)
        for row, case in enumerate(cases):
            for column, owned in enumerate(case.sequence[-N_LATEST:]):
                falls[row, column] = case.effects.history.get(int(owned), 0.0)
        return falls

    def _parts(self, cases: Sequence[Case]) -> Tensor:
        none = np.zeros(self.guided.shape[1], dtype=np.float32)
        found = [none if case.effects.attributes is None else case.effects.attributes for case in cases]
        return torch.from_numpy(np.stack(found))


def _right_padded(rows: Sequence[IntArray], width: int) -> tuple[Tensor, Tensor]:
    """Return internal ids, int64, (B, width), 0 behind the end, and which of them are purchases, bool."""
    ids = torch.zeros(len(rows), width, dtype=torch.int64)
    for row, one in enumerate(rows):
        ids[row, : len(one)] = torch.from_numpy(np.asarray(one, dtype=np.int64))
    return ids, ids > 0


def _buckets(days: IntArray) -> Tensor:
    """Return the bucket of each gap, int64, (K,); 0 is unknown or padding."""
    buckets = np.where(days < 0, 0, 1 + np.searchsorted(GAP_DAYS, days))
    padded = torch.zeros(N_LATEST, dtype=torch.int64)
    padded[: len(buckets)] = torch.from_numpy(buckets.astype(np.int64))
    return padded
