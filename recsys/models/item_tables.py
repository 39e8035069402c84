"""Item tables: how items enter an encoder, and how its output becomes a query over all items.

Base and refined models differ in the table only. Both tables are tied: the same embeddings for input and output.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from recsys.models.encoders import INITIAL_SCALE
from recsys.ranker import FloatArray


class ItemTable(Protocol):
    """How items enter the encoder and leave it."""

    def embed(self, sequences: Tensor) -> Tensor:
        """Return input embeddings, (B, L, D), of internal ids, (B, L); zero for padding."""
        ...

    def query(self, hidden: Tensor) -> Tensor:
        """Return what is multiplied with the item embeddings, (..., D), from the encoder's output, (..., D)."""
        ...

    def embeddings(self) -> Tensor:
        """Return the item embeddings, (N + 1, D), row 0 padding and zero."""
        ...


class BaseItemTable(nn.Module):
    """One trainable vector an item.

    Args:
        n_items: Items of the catalogue, N.
        dim: Width, D.
        start: Vectors to start from, float32, (N + 1, D), row 0 zero; None: small random ones.
    """

    def __init__(self, n_items: int, dim: int, start: FloatArray | None = None) -> None:
        super().__init__()
        columns = torch.randn(n_items + 1, dim) * INITIAL_SCALE if start is None else torch.from_numpy(start).clone()
        columns[0] = 0.0
        self.weight = nn.Parameter(columns)

    def embed(self, sequences: Tensor) -> Tensor:
        """Look items up."""
        return functional.embedding(sequences, self.weight, padding_idx=0)

    def query(self, hidden: Tensor) -> Tensor:
        """Return the encoder's output as it is."""
        return hidden

    def embeddings(self) -> Tensor:
        """Return the table."""
        return self.weight


class RefinedItemTable(nn.Module):
    """Trainable reduced columns and guided columns, the latter with a learned scale for input and for output.

    Scaling the query instead of the embeddings gives the same scores and keeps the table readable.

    Args:
        refined: Refined embeddings to start from, float32, (N + 1, D), row 0 zero.
        n_guided: Guided columns, the last ones, A.
        frozen: Whether the guided columns stay what the scorer said; if not, they lose their meaning in training.
    """

    guided: Tensor

    def __init__(self, refined: FloatArray, n_guided: int, *, frozen: bool = True) -> None:
        super().__init__()
        columns = torch.from_numpy(refined)
        self.reduced = nn.Parameter(columns[:, :-n_guided].clone())
        if frozen:
            self.register_buffer("guided", columns[:, -n_guided:].clone())
        else:
            self.guided = nn.Parameter(columns[:, -n_guided:].clone())
        self.input_scale = nn.Parameter(torch.ones(n_guided))
        self.output_scale = nn.Parameter(torch.ones(n_guided))

    def embed(self, sequences: Tensor) -> Tensor:
        """Look items up, guided columns scaled."""
        reduced = functional.embedding(sequences, self.reduced, padding_idx=0)
        guided = functional.embedding(sequences, self.guided, padding_idx=0)
        return torch.cat([reduced, guided * self.input_scale], dim=-1)

    def query(self, hidden: Tensor) -> Tensor:
        """Scale the guided part of the encoder's output."""
        n_reduced = self.reduced.shape[1]
        return torch.cat([hidden[..., :n_reduced], hidden[..., n_reduced:] * self.output_scale], dim=-1)

    def embeddings(self) -> Tensor:
        """Return the refined embeddings."""
        return torch.cat([self.reduced, self.guided], dim=1)
