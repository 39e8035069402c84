"""Sequence encoders: SASRec, GRU4Rec and BERT4Rec, each from item vectors to hidden states.

An encoder knows nothing of items. Its input has padding on the right; position 0 of a causal encoder is the begin
position, so that the first purchase is learned too and an empty sequence has a score. The bidirectional encoder has a
mask where an item is to be guessed, after the last item when it recommends.

After Kang and McAuley (2018), Hidasi et al. (2016) and Sun et al. (2019), with what is known to matter since: layer
normalisation before each sub-layer, and inputs scaled by sqrt(dim) (see `recsys.models.sequence_ranker`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

INITIAL_SCALE = 0.02

EncoderName = Literal["sasrec", "gru4rec", "bert4rec"]
ENCODERS: tuple[EncoderName, ...] = ("sasrec", "gru4rec", "bert4rec")


@dataclass(frozen=True)
class SequenceConfig:
    """Shape of a sequence network. `max_length` counts items; older ones are not seen."""

    n_items: int
    dim: int = 128
    encoder: EncoderName = "sasrec"
    n_blocks: int = 1
    n_heads: int = 2
    dropout: float = 0.5
    max_length: int = 50

    def __post_init__(self) -> None:
        if self.dim % self.n_heads:
            raise ValueError(f"{self.dim} columns cannot be shared out among {self.n_heads} heads")


class TransformerBlock(nn.Module):
    """Self-attention and a feed-forward layer, each normalised before and added to its input."""

    def __init__(self, dim: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.attention_norm = nn.LayerNorm(dim)
        self.queries_keys_values = nn.Linear(dim, 3 * dim)
        self.attention_output = nn.Linear(dim, dim)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.feed_forward = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(dim, dim))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, seen: Tensor | None = None) -> Tensor:
        """Map (B, L, D) to (B, L, D).

        Args:
            x: Vectors.
            seen: bool, (B, L), the positions that may be attended to; None: those up to and with one's own.
        """
        x = x + self.dropout(self._attend(self.attention_norm(x), seen))
        x = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return x

    def _attend(self, x: Tensor, seen: Tensor | None) -> Tensor:
        n_sequences, length, dim = x.shape
        heads = self.queries_keys_values(x).view(n_sequences, length, 3, self.n_heads, dim // self.n_heads)
        queries, keys, values = heads.permute(2, 0, 3, 1, 4)  # each (B, heads, L, dim / heads)
        mask = None if seen is None else seen[:, None, None, :]
        mixed = functional.scaled_dot_product_attention(queries, keys, values, mask, is_causal=seen is None)
        output: Tensor = self.attention_output(mixed.transpose(1, 2).reshape(n_sequences, length, dim))
        return output


class TransformerEncoder(nn.Module):
    """SASRec: learned positions counted from the begin position, causal blocks, and a last normalisation."""

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.randn(config.max_length + 1, config.dim) * INITIAL_SCALE)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(config.dim, config.n_heads, config.dropout) for _ in range(config.n_blocks)
        )
        self.norm = nn.LayerNorm(config.dim)

    def forward(self, x: Tensor, sequences: Tensor, last: Tensor) -> Tensor:
        """Map scaled input embeddings (B, L, D) to hidden states (B, L, D); t depends on positions 0..t only."""
        x = self.dropout(x + self.positions[: x.shape[1]])
        for block in self.blocks:
            x = block(x)
        hidden: Tensor = self.norm(x)
        return hidden


class GRUEncoder(nn.Module):
    """GRU4Rec: a gated recurrent unit over a learned begin vector and the items, and a last normalisation."""

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        self.begin = nn.Parameter(torch.randn(config.dim) * INITIAL_SCALE)
        self.dropout = nn.Dropout(config.dropout)
        self.recurrence = nn.GRU(config.dim, config.dim, config.n_blocks, batch_first=True)
        self.output = nn.Linear(config.dim, config.dim)
        self.norm = nn.LayerNorm(config.dim)

    def forward(self, x: Tensor, sequences: Tensor, last: Tensor) -> Tensor:
        """Map scaled input embeddings (B, L, D) to hidden states (B, L, D); t depends on positions 0..t only."""
        x = torch.cat([self.begin.expand(len(x), 1, -1), x[:, 1:]], dim=1)
        states, _ = self.recurrence(self.dropout(x))
        hidden: Tensor = self.norm(self.output(self.dropout(states)))
        return hidden


class BidirectionalEncoder(nn.Module):
    """BERT4Rec: a learned mask vector, positions counted from the end, blocks that see both sides."""

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        self.mask = nn.Parameter(torch.randn(config.dim) * INITIAL_SCALE)
        self.positions = nn.Parameter(torch.randn(config.max_length + 1, config.dim) * INITIAL_SCALE)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(config.dim, config.n_heads, config.dropout) for _ in range(config.n_blocks)
        )
        self.norm = nn.LayerNorm(config.dim)

    def forward(self, x: Tensor, sequences: Tensor, last: Tensor) -> Tensor:
        """Map scaled input embeddings (B, L, D) to hidden states (B, L, D).

        Args:
            x: Input embeddings.
            sequences: Internal ids, (B, L); 0 up to `last` is a mask, after it padding.
            last: Index of each sequence's last real column, int64, (B,).
        """
        age = last[:, None] - torch.arange(x.shape[1])
        x = torch.where((sequences == 0)[..., None], self.mask, x)
        x = self.dropout(x + self.positions[age.clamp(min=0)])
        for block in self.blocks:
            x = block(x, age >= 0)
        hidden: Tensor = self.norm(x)
        return hidden


def build_encoder(config: SequenceConfig) -> nn.Module:
    """Return an untrained encoder; weights come from torch's current random state."""
    kinds: dict[EncoderName, type[nn.Module]] = {
        "sasrec": TransformerEncoder,
        "gru4rec": GRUEncoder,
        "bert4rec": BidirectionalEncoder,
    }
    return kinds[config.encoder](config)
