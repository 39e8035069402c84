"""SASRec over refined embeddings: readable guided columns beside trainable reduced ones, at the base's width.

Two places where the guided attributes act, both linear in an item's guided columns, so that a score splits exactly:
the network's own query (learned), and the client's guided embedding (the recency-weighted taste in closed form) times
`late_weight`. The late weight is chosen on validation: learned or fixed in training it gained nothing, because there
the trainable columns already explain the purchases that they are fitted to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from recsys.models.sasrec import SASRec, SASRecConfig, SequenceNetwork, TransformerEncoder, load_arrays
from recsys.ranker import FloatArray, IntArray

DECAY = 0.5  # weight of a purchase in the client's guided embedding, for each purchase since


@dataclass(frozen=True)
class RefinedSASRecConfig(SASRecConfig):
    """A SASRec of which the last `n_guided` columns are guided attributes."""

    n_guided: int = 16
    late_weight: float = 0.0


class RefinedItemTable(nn.Module):
    """Trainable reduced columns and frozen guided columns, the latter with a learned scale for input and for output.

    Scaling the query instead of the embeddings gives the same scores and keeps the table readable.

    Args:
        refined: Refined embeddings to start from, float32, (N + 1, D), row 0 zero.
        n_guided: Guided columns, the last ones, A.
    """

    guided: Tensor

    def __init__(self, refined: FloatArray, n_guided: int) -> None:
        super().__init__()
        columns = torch.from_numpy(refined)
        self.reduced = nn.Parameter(columns[:, :-n_guided].clone())
        self.register_buffer("guided", columns[:, -n_guided:].clone())
        self.input_scale = nn.Parameter(torch.ones(n_guided))
        self.output_scale = nn.Parameter(torch.ones(n_guided))

    def embed(self, sequences: Tensor) -> Tensor:
        """Look items up, guided columns scaled."""
        reduced = functional.embedding(sequences, self.reduced, padding_idx=0)
        return torch.cat([reduced, functional.embedding(sequences, self.guided) * self.input_scale], dim=-1)

    def query(self, hidden: Tensor) -> Tensor:
        """Scale the guided part of the encoder's output."""
        n_reduced = self.reduced.shape[1]
        return torch.cat([hidden[..., :n_reduced], hidden[..., n_reduced:] * self.output_scale], dim=-1)

    def embeddings(self) -> Tensor:
        """Return the refined embeddings."""
        return torch.cat([self.reduced, self.guided], dim=1)


class RefinedSASRec(SASRec):
    """The refined ranker; meets AttributeRanker.

    Args:
        config: Shape of the network and weight of the client's guided embedding.
        network: Built by `build` and trained by `recsys.models.training`.
    """

    name = "refined"
    config: RefinedSASRecConfig

    @classmethod
    def build(cls, config: SASRecConfig, refined: FloatArray | None = None) -> RefinedSASRec:
        """Return an untrained ranker over refined embeddings; without them, one to load saved arrays into."""
        if not isinstance(config, RefinedSASRecConfig):
            raise TypeError(f"a refined SASRec needs a RefinedSASRecConfig, got {type(config).__name__}")
        if refined is None:
            refined = np.zeros((config.n_items + 1, config.dim), dtype=np.float32)
        table = RefinedItemTable(refined, config.n_guided)
        return cls(config, SequenceNetwork(table, TransformerEncoder(config)))

    @property
    def guided(self) -> Tensor:
        """The frozen guided columns, float32, (N + 1, A)."""
        table = self.network.items
        assert isinstance(table, RefinedItemTable)
        return table.guided

    def with_late_weight(self, late_weight: float) -> RefinedSASRec:
        """Return the same trained ranker with another weight of the client's guided embedding."""
        return type(self)(replace(self.config, late_weight=late_weight), self.network)

    def score_by_guided_alone(self, items: IntArray) -> None:
        """Clear the reduced columns of items that training never saw as a purchase.

        As everlasting negatives they were only ever pushed away, and would never be suggested: on Amazon Beauty the
        median rank of such a validation target is 11,280 of 12,101 before and 524 after.
        """
        table = self.network.items
        assert isinstance(table, RefinedItemTable)
        with torch.no_grad():
            table.reduced[torch.from_numpy(items)] = 0.0

    def _queries_after(self, inputs: Tensor, last: Tensor) -> Tensor:
        """Add the client's guided embedding to the guided part of the query.

        `late_weight` is the score that a client and an item of the same direction gain. The guided columns have
        length c, not 1, hence the division.
        """
        queries = super()._queries_after(inputs, last)
        length = self.guided.norm(dim=1).max().clamp(min=1e-9)
        taste = recent_direction(functional.embedding(inputs, self.guided), last)
        queries[:, -self.config.n_guided :] += self.config.late_weight / length * taste
        return queries

    def contributions(self, sequence: IntArray, items: IntArray) -> FloatArray:
        """Return each guided attribute's part of each item's score.

        Args:
            sequence: Internal item ids, oldest first.
            items: Internal item ids, int64, (K,).

        Returns:
            float32, (K, A): what the score loses when the item's guided column is set to its catalogue mean.
        """
        query = self.queries([sequence])[0, -self.config.n_guided :]
        distance = self.guided[torch.from_numpy(items)] - self.guided[1:].mean(dim=0)
        result: FloatArray = (distance * query).numpy()
        return result

    @classmethod
    def from_arrays(cls, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> RefinedSASRec:
        """Rebuild a trained ranker from `asdict(config)` and `arrays()`."""
        ranker = cls.build(RefinedSASRecConfig(**config))
        load_arrays(ranker.network, arrays)
        return ranker


def recent_direction(guided: Tensor, last: Tensor) -> Tensor:
    """Return the direction of each client's recency-weighted guided embedding, float32, (B, A), length 1 or 0.

    Args:
        guided: Guided columns of padded sequences, (B, L, A), zero for padding.
        last: Index of each sequence's last real column, int64, (B,).
    """
    age = last[:, None] - torch.arange(guided.shape[1])  # negative for padding, whose columns are zero
    weights = DECAY ** age.clamp(min=0).float()
    return functional.normalize(torch.einsum("bl,bla->ba", weights, guided), dim=-1)
