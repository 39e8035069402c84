"""SASRec: self-attention over a client's purchases, scored against an item table.

The network is an item table and an encoder. The table says how items enter the encoder and how its output becomes a
query that is multiplied with every item's embedding; the encoder knows nothing of items. Base and refined models
differ in the table only, other sequence models in the encoder only.

After Kang and McAuley (2018), with what is known to matter since: layer normalisation before each sub-layer, input
embeddings scaled by sqrt(dim) (without it three times the epochs are needed and the result stays lower), a begin
position so that the first purchase is learned too and an empty sequence has a score, and cross-entropy over all items.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from recsys.models.batches import pad
from recsys.ranker import FloatArray, IntArray

INITIAL_SCALE = 0.02


@dataclass(frozen=True)
class SASRecConfig:
    """Shape of the network. `max_length` counts items; older ones are not seen."""

    n_items: int
    dim: int = 128
    n_blocks: int = 1
    n_heads: int = 2
    dropout: float = 0.5
    max_length: int = 50


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
    """One trainable vector an item, the same for input and output."""

    def __init__(self, n_items: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_items + 1, dim) * INITIAL_SCALE)
        with torch.no_grad():
            self.weight[0] = 0.0

    def embed(self, sequences: Tensor) -> Tensor:
        """Look items up."""
        return functional.embedding(sequences, self.weight, padding_idx=0)

    def query(self, hidden: Tensor) -> Tensor:
        """Return the encoder's output as it is."""
        return hidden

    def embeddings(self) -> Tensor:
        """Return the table."""
        return self.weight


class TransformerBlock(nn.Module):
    """Causal self-attention and a feed-forward layer, each normalised before and added to its input."""

    def __init__(self, dim: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.attention_norm = nn.LayerNorm(dim)
        self.queries_keys_values = nn.Linear(dim, 3 * dim)
        self.attention_output = nn.Linear(dim, dim)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.feed_forward = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(dim, dim))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, L, D) to (B, L, D); position t depends on positions 0..t only."""
        x = x + self.dropout(self._attend(self.attention_norm(x)))
        x = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return x

    def _attend(self, x: Tensor) -> Tensor:
        n_sequences, length, dim = x.shape
        heads = self.queries_keys_values(x).view(n_sequences, length, 3, self.n_heads, dim // self.n_heads)
        queries, keys, values = heads.permute(2, 0, 3, 1, 4)  # each (B, heads, L, dim / heads)
        mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        output: Tensor = self.attention_output(mixed.transpose(1, 2).reshape(n_sequences, length, dim))
        return output


class TransformerEncoder(nn.Module):
    """Learned positions counted from the begin position, blocks, and a last normalisation."""

    def __init__(self, config: SASRecConfig) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.randn(config.max_length + 1, config.dim) * INITIAL_SCALE)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(config.dim, config.n_heads, config.dropout) for _ in range(config.n_blocks)
        )
        self.norm = nn.LayerNorm(config.dim)

    def forward(self, x: Tensor) -> Tensor:
        """Map scaled input embeddings (B, L, D) to hidden states (B, L, D)."""
        x = self.dropout(x + self.positions[: x.shape[1]])
        for block in self.blocks:
            x = block(x)
        hidden: Tensor = self.norm(x)
        return hidden


class SequenceNetwork(nn.Module):
    """An item table around an encoder.

    Args:
        items: The item table; an nn.Module that meets ItemTable.
        encoder: Maps (B, L, D) to (B, L, D), causally.
    """

    def __init__(self, items: ItemTable, encoder: nn.Module) -> None:
        super().__init__()
        self.items = items
        self.encoder = encoder

    def forward(self, sequences: Tensor) -> Tensor:
        """Return the query after every position, (B, L, D), of padded internal ids, (B, L)."""
        x = self.items.embed(sequences)
        return self.items.query(self.encoder(x * math.sqrt(x.shape[-1])))


class SASRec:
    """The base ranker: a trained SASRec over its own item embeddings.

    Args:
        config: Shape of the network.
        network: Built by `build` and trained by `recsys.models.training`.
    """

    name = "sasrec"

    def __init__(self, config: SASRecConfig, network: SequenceNetwork) -> None:
        self.config = config
        self.network = network
        self.n_items = config.n_items

    @classmethod
    def build(cls, config: SASRecConfig) -> SASRec:
        """Return an untrained ranker; weights come from torch's current random state."""
        return cls(config, SequenceNetwork(BaseItemTable(config.n_items, config.dim), TransformerEncoder(config)))

    def score(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Return logits over all items, float32, (B, N + 1); column 0 is -inf."""
        with torch.inference_mode():
            scores = self.queries(sequences) @ self.network.items.embeddings().t()
            scores[:, 0] = -torch.inf
        result: FloatArray = scores.numpy()
        return result

    def queries(self, sequences: Sequence[IntArray]) -> Tensor:
        """Return the query after each whole sequence, float32, (B, D)."""
        self.network.eval()
        inputs, last = pad(sequences, self.config.max_length)
        with torch.inference_mode():
            return self._queries_after(inputs, last)

    def _queries_after(self, inputs: Tensor, last: Tensor) -> Tensor:
        queries: Tensor = self.network(inputs)[torch.arange(len(last)), last]
        return queries

    def base_embeddings(self) -> FloatArray:
        """Return the item embeddings, float32, (N + 1, D), row 0 zero."""
        embeddings: FloatArray = self.network.items.embeddings().detach().numpy().copy()
        return embeddings

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the trained arrays, for saving."""
        return {name: value.detach().numpy() for name, value in self.network.state_dict().items()}

    @classmethod
    def from_arrays(cls, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> SASRec:
        """Rebuild a trained ranker from `asdict(config)` and `arrays()`."""
        ranker = cls.build(SASRecConfig(**config))
        load_arrays(ranker.network, arrays)
        return ranker


def load_arrays(network: SequenceNetwork, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Copy saved arrays into a network of the same shape."""
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
