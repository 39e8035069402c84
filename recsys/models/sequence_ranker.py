"""Rankers made of an item table and a sequence encoder: SASRec, GRU4Rec, BERT4Rec over their own item embeddings.

The table says how items enter the encoder and how its output becomes a query that is multiplied with every item's
embedding; the encoder knows nothing of items. Inputs are scaled by sqrt(dim): without it three times the epochs are
needed and the result stays lower.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recsys.models.batches import pad, pad_and_mask_end
from recsys.models.encoders import SequenceConfig, build_encoder
from recsys.models.item_tables import BaseItemTable, ItemTable
from recsys.ranker import FloatArray, IntArray


class SequenceNetwork(nn.Module):
    """An item table around an encoder.

    Args:
        items: The item table; an nn.Module that meets ItemTable.
        encoder: Maps (B, L, D) to (B, L, D).
    """

    def __init__(self, items: ItemTable, encoder: nn.Module) -> None:
        super().__init__()
        self.items = items
        self.encoder = encoder

    def forward(self, sequences: Tensor, last: Tensor) -> Tensor:
        """Return the query at every position, (B, L, D).

        Args:
            sequences: Padded internal ids, int64, (B, L).
            last: Index of each sequence's last real column, int64, (B,).
        """
        x = self.items.embed(sequences)
        return self.items.query(self.encoder(x * math.sqrt(x.shape[-1]), sequences, last))


class SequenceRanker:
    """A base ranker: a trained sequence network over its own item embeddings.

    Args:
        config: Shape of the network.
        network: Built by `build` and trained by `recsys.models.fitting`.
    """

    def __init__(self, config: SequenceConfig, network: SequenceNetwork) -> None:
        self.config = config
        self.network = network
        self.n_items = config.n_items
        self.name: str = config.encoder

    @classmethod
    def build(cls, config: SequenceConfig, start: FloatArray | None = None) -> Self:
        """Return an untrained ranker; weights come from torch's current random state.

        Args:
            config: Shape of the network.
            start: Item embeddings to start from, float32, (N + 1, D); None: small random ones.
        """
        table = BaseItemTable(config.n_items, config.dim, start)
        return cls(config, SequenceNetwork(table, build_encoder(config)))

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
        inputs, last = self.pad(sequences)
        with torch.inference_mode():
            queries: Tensor = self.network(inputs, last)[torch.arange(len(last)), last]
        return queries

    def pad(self, sequences: Sequence[IntArray]) -> tuple[Tensor, Tensor]:
        """Return the encoder's inputs for whole sequences, and the index of the column that recommends."""
        padding = pad_and_mask_end if self.config.encoder == "bert4rec" else pad
        return padding(sequences, self.config.max_length)

    def base_embeddings(self) -> FloatArray:
        """Return the item embeddings, float32, (N + 1, D), row 0 zero."""
        embeddings: FloatArray = self.network.items.embeddings().detach().numpy().copy()
        return embeddings

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the trained arrays, for saving."""
        return {name: value.detach().numpy() for name, value in self.network.state_dict().items()}

    @classmethod
    def from_arrays(cls, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild a trained ranker from `asdict(config)` and `arrays()`."""
        ranker = cls.build(SequenceConfig(**config))
        load_arrays(ranker.network, arrays)
        return ranker


def load_arrays(network: SequenceNetwork, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Copy saved arrays into a network of the same shape."""
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
